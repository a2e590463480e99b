"""resource: getrusage(2) of this process. docs/backends/resource.md

A high-water mark needs no polling: it is read at the marks, and costs the task nothing in between.
"""

from __future__ import annotations

import time

import memcg_run
import resource

BYTES_PER_KIB = 1024  # Linux gives ru_maxrss in KiB


class Reporter:
    """resource.maxrss_bytes, at the marks."""

    def __init__(self, channel: memcg_run.Channel, interval_s: float) -> None:
        channel.metric("resource.maxrss_bytes", memcg_run.HIGH_WATER)
        self._sender = memcg_run.Sender(channel, ("resource.maxrss_bytes",))

    def begin(self) -> None:
        """Nothing is polled."""

    def read(self) -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_KIB

    def initial(self) -> None:
        self._sender.send(time.monotonic_ns(), self.read())

    end = initial
