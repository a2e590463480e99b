"""kernel: the kernel's files about the process. docs/backends/kernel.md

The files are kept open and read into one buffer. statm and status are polled; smaps_rollup walks the
page tables, which takes longer the more the task holds, so it is read only at the marks.
"""

from __future__ import annotations

import os
import time

import memcg_run
from memcg_run_poller import Poller

BYTES_PER_KIB = 1024


class KernelFile:
    """A file of /proc, kept open. Numbers that the kernel labels kB are in KiB."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._buffer = bytearray(4096)
        self._buffers = [self._buffer]
        self._end = 0

    def read(self) -> None:
        self._end = os.preadv(self._fd, self._buffers, 0)

    def field_bytes(self, name: bytes) -> int:
        """The bytes of the line "<name>   1234 kB"."""
        start = self._buffer.index(name, 0, self._end) + len(name)
        stop = self._buffer.index(b"kB", start, self._end)
        return int(self._buffer[start:stop]) * BYTES_PER_KIB

    def second_word(self) -> int:
        start = self._buffer.index(b" ", 0, self._end) + 1
        stop = self._buffer.index(b" ", start, self._end)
        return int(self._buffer[start:stop])


class Reporter:
    """kernel.rss_bytes, hwm_bytes and statm_rss_bytes, polled; smaps_rss_bytes and pss_bytes at the marks."""

    def __init__(self, channel: memcg_run.Channel, interval_s: float) -> None:
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")
        self._statm = KernelFile("/proc/self/statm")
        self._status = KernelFile("/proc/self/status")
        self._smaps = KernelFile("/proc/self/smaps_rollup")
        channel.metric("kernel.hwm_bytes", memcg_run.HIGH_WATER)
        self._polled = memcg_run.Sender(
            channel, ("kernel.rss_bytes", "kernel.hwm_bytes", "kernel.statm_rss_bytes")
        )
        channel.metric("kernel.smaps_rss_bytes", memcg_run.AT_MARKS)
        channel.metric("kernel.pss_bytes", memcg_run.AT_MARKS)
        self._at_marks = memcg_run.Sender(channel, ("kernel.smaps_rss_bytes", "kernel.pss_bytes"))
        self._poller = Poller(self._poll, interval_s)
        self.begin = self._poller.begin

    def read(self) -> tuple[int, int, int]:
        self._status.read()
        self._statm.read()
        return (
            self._status.field_bytes(b"\nVmRSS:"),
            self._status.field_bytes(b"\nVmHWM:"),
            self._statm.second_word() * self._page_bytes,
        )

    def _poll(self) -> None:
        self._polled.send(time.monotonic_ns(), *self.read())

    def initial(self) -> None:
        self._smaps.read()
        self._at_marks.send(
            time.monotonic_ns(),
            self._smaps.field_bytes(b"\nRss:"),
            self._smaps.field_bytes(b"\nPss:"),
        )
        self._poll()

    def end(self) -> None:
        self._poller.end()
        self.initial()
