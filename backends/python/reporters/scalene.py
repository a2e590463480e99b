"""scalene: Scalene's interpreter runs the harness as its script. docs/backends/scalene.md

Scalene's peak covers the whole script, including its imports. The initial value is what it would have reported if
the script had ended at task_begin; without it the first stages of a task would include what was there before.
"""

from __future__ import annotations

import time

import memcg_run
from scalene.scalene_profiler import Scalene

RUNS_SCRIPT = True
BYTES_PER_MB = 1 << 20
# Scalene's own thread takes what was sampled out of a queue: many times over what it needs, 1 ms here.
QUEUE_S = 0.02


class Reporter:
    """scalene.max_footprint_bytes at task_begin; at the end it is the one in Scalene's file."""

    def __init__(self, channel: memcg_run.Channel, interval_s: float) -> None:
        channel.metric("scalene.max_footprint_bytes", memcg_run.HIGH_WATER)
        self._sender = memcg_run.Sender(channel, ("scalene.max_footprint_bytes",))

    def initial(self) -> None:
        """No sample if another version of Scalene keeps its statistics elsewhere."""
        statistics = getattr(Scalene, "_Scalene__stats", None)
        time.sleep(QUEUE_S)
        if statistics is not None:
            self._sender.send(
                time.monotonic_ns(), round(statistics.max_footprint * BYTES_PER_MB)
            )

    def begin(self) -> None:
        """Scalene samples by itself."""

    end = begin
