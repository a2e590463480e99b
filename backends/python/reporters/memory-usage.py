"""memory-usage: memory_profiler's memory_usage() around the task. docs/backends/memory-usage.md

It forks a process that polls this one, calls the function, and returns the values after the function has
returned. So the samples are sent after task_end, with the times at which they were taken.
"""

from __future__ import annotations

import os
import time

import memcg_run
import memory_profiler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

BYTES_PER_MIB = 1 << 20
NS_PER_S = 1_000_000_000
# What a look takes, and its timer's lateness, many times over: 1 ms here.
LOOK_S = 0.02


class ForkedChild(BaseException):
    """A forked child of the task has returned: memory_usage() must not continue in it."""


class Reporter:
    """memory-usage.rss_bytes."""

    def __init__(self, channel: memcg_run.Channel, interval_s: float) -> None:
        self._interval_s = interval_s
        self._sender = memcg_run.Sender(channel, ("memory-usage.rss_bytes",))
        channel.metric("memory-usage.rss_bytes", memcg_run.GAUGE)

    def initial(self) -> None:
        """Lets it read the process once."""
        time.sleep(self._interval_s + LOOK_S)

    def begin(self) -> None:
        """It reads by itself."""

    end = begin

    def around(self, measure: Callable[[], None]) -> None:
        """Calls `measure`, marks and task, once.

        Exceptions of the task are hidden from memory_usage(), which would kill this process's children
        after an Exception, and never return after a SystemExit.
        """
        process = os.getpid()
        raised: list[BaseException] = []

        def function() -> None:
            try:
                measure()
            except BaseException as error:
                raised.append(error)
            if os.getpid() != process:
                raise ForkedChild

        try:
            looks = memory_profiler.memory_usage(
                (function, (), {}), interval=self._interval_s, timestamps=True, max_iterations=1
            )
            self._send(looks)
        except ForkedChild:
            pass
        if raised:
            raise raised[0]

    def _send(self, looks: list[Any]) -> None:
        """Pairs of MiB and seconds since 1970."""
        offset_ns = time.time_ns() - time.monotonic_ns()
        last_ns = 0
        for mib, seconds in looks:
            time_ns = round(seconds * NS_PER_S) - offset_ns
            if time_ns >= last_ns:
                self._sender.send(time_ns, round(mib * BYTES_PER_MIB))
                last_ns = time_ns
