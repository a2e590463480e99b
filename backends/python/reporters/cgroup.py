"""cgroup: what the kernel charges to the task's own cgroup. docs/backends/cgroup.md

The container shows the task its own leaf: as v2 in /sys/fs/cgroup, as v1 in /sys/fs/cgroup/memory.
"""

from __future__ import annotations

import os
import time

import memcg_run
from memcg_run_poller import Poller

# (current, peak) of v2 and of v1
FILES = (
    ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.peak"),
    (
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        "/sys/fs/cgroup/memory/memory.max_usage_in_bytes",
    ),
)


def open_files() -> tuple[int, int]:
    """Descriptors of the current use and of the peak; -1 for a peak that the kernel does not have."""
    for current, peak in FILES:
        if os.path.exists(current):
            # memory.peak exists since Linux 5.19.
            peak_fd = os.open(peak, os.O_RDONLY) if os.path.exists(peak) else -1
            return os.open(current, os.O_RDONLY), peak_fd
    raise SystemExit(
        "memcg-run: cgroup: the task does not see its memory cgroup: neither "
        + " nor ".join(current for current, _ in FILES)
        + " is there"
    )


class Reporter:
    """cgroup.current_bytes and cgroup.peak_bytes, polled."""

    def __init__(self, channel: memcg_run.Channel, interval_s: float) -> None:
        self._buffer = bytearray(32)
        self._buffers = [self._buffer]
        self._current_fd, self._peak_fd = open_files()
        metrics = ("cgroup.current_bytes",)
        if self._peak_fd >= 0:
            metrics += ("cgroup.peak_bytes",)
            channel.metric("cgroup.peak_bytes", memcg_run.HIGH_WATER)
        self._sender = memcg_run.Sender(channel, metrics)
        self._poller = Poller(self.initial, interval_s)
        self.begin = self._poller.begin

    def _read(self, fd: int) -> int:
        length = os.preadv(fd, self._buffers, 0)
        return int(self._buffer[:length])

    def read(self) -> tuple[int, ...]:
        current = self._read(self._current_fd)
        if self._peak_fd >= 0:
            return current, self._read(self._peak_fd)
        return (current,)

    def initial(self) -> None:
        now_ns = time.monotonic_ns()
        self._sender.send(now_ns, *self.read())

    def end(self) -> None:
        self._poller.end()
        self.initial()
