"""tracemalloc: what Python's allocators handed out. docs/backends/tracemalloc.md

_tracemalloc is the tool itself; the module tracemalloc only adds snapshots and printing, which
are not used here and take 1.3 MiB. Started before the task's script is read, with one frame per trace.
"""

from __future__ import annotations

import time

import _tracemalloc
import memcg_run
from memcg_run_poller import Poller


class Reporter:
    """tracemalloc.traced_bytes, peak_bytes (since task_begin) and overhead_bytes (the tool's own)."""

    def __init__(self, channel: memcg_run.Channel, interval_s: float) -> None:
        channel.metric("tracemalloc.peak_bytes", memcg_run.HIGH_WATER)
        self._polled = memcg_run.Sender(
            channel, ("tracemalloc.traced_bytes", "tracemalloc.peak_bytes")
        )
        channel.metric("tracemalloc.overhead_bytes", memcg_run.AT_MARKS)
        self._at_marks = memcg_run.Sender(channel, ("tracemalloc.overhead_bytes",))
        self.read = _tracemalloc.get_traced_memory
        self._poller = Poller(self._poll, interval_s)
        self.begin = self._poller.begin
        _tracemalloc.start(1)

    def _poll(self) -> None:
        current, peak = self.read()
        self._polled.send(time.monotonic_ns(), current, peak)

    def initial(self) -> None:
        _tracemalloc.reset_peak()
        self._snapshot()

    def end(self) -> None:
        self._poller.end()
        self._snapshot()

    def _snapshot(self) -> None:
        self._at_marks.send(time.monotonic_ns(), _tracemalloc.get_tracemalloc_memory())
        self._poll()
