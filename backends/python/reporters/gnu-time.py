"""gnu-time: GNU time waits for this interpreter from outside. docs/backends/gnu-time.md

The initial value is what it would have printed if the task had ended at task_begin: ru_maxrss of this
process.
"""

from __future__ import annotations

import time

import memcg_run
import resource

BYTES_PER_KIB = 1024  # Linux gives ru_maxrss in KiB


class Reporter:
    """gnu-time.maxrss_bytes at task_begin; at the end it is GNU time's own."""

    def __init__(self, channel: memcg_run.Channel, interval_s: float) -> None:
        channel.metric("gnu-time.maxrss_bytes", memcg_run.HIGH_WATER)
        self._sender = memcg_run.Sender(channel, ("gnu-time.maxrss_bytes",))

    def initial(self) -> None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self._sender.send(time.monotonic_ns(), usage.ru_maxrss * BYTES_PER_KIB)

    def begin(self) -> None:
        """Nothing is polled; GNU time reports the end."""

    end = begin
