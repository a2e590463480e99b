"""memray: its tracker around the task, as `memray run` puts it around a script. docs/backends/memray.md

The tracker's files do not contain the peak: memray computes it from everything traced, which needs memory in
the task's cgroup. So it is read after task_end has been sent, outside the measurement.
"""

from __future__ import annotations

import os
import time

import memcg_run
import memray

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable


class Reporter:
    """memray.peak_bytes: 0 at task_begin, where tracing has just begun."""

    def __init__(self, channel: memcg_run.Channel, interval_s: float) -> None:
        channel.metric("memray.peak_bytes", memcg_run.HIGH_WATER)
        self._sender = memcg_run.Sender(channel, ("memray.peak_bytes",))
        self._traces = os.path.join(os.environ["MEMCG_RUN_PROFILER"], "memray.bin")
        self._end_ns = 0

    def initial(self) -> None:
        self._sender.send(time.monotonic_ns(), 0)

    def begin(self) -> None:
        """It traces already."""

    def end(self) -> None:
        self._end_ns = time.monotonic_ns()

    def around(self, measure: Callable[[], None]) -> None:
        """Calls `measure`, marks and task, under the tracker; a forked child that returns sends nothing."""
        process = os.getpid()
        # The default of `memray run`.
        destination = memray.FileDestination(
            path=self._traces, overwrite=False, compress_on_exit=True
        )
        try:
            with memray.Tracker(destination=destination, native_traces=False):
                measure()
        finally:
            if os.getpid() == process:
                self._tell_peak()

    def _tell_peak(self) -> None:
        """The "peak_memory" of `memray stats`."""
        with memray.FileReader(self._traces) as reader:
            self._sender.send(self._end_ns, reader.metadata.peak_memory)
