"""psutil: the process as psutil.Process() shows it. docs/backends/psutil.md

memory_info() reads /proc/self/statm and is polled; memory_full_info() walks every mapping and is called
only at the marks.
"""

from __future__ import annotations

import time

import memcg_run
import psutil
from memcg_run_poller import Poller


class Reporter:
    """psutil.rss_bytes and vms_bytes, polled; uss_bytes and pss_bytes at the marks."""

    def __init__(self, channel: memcg_run.Channel, interval_s: float) -> None:
        self._process = psutil.Process()
        self.read = self._process.memory_info
        self._polled = memcg_run.Sender(channel, ("psutil.rss_bytes", "psutil.vms_bytes"))
        channel.metric("psutil.uss_bytes", memcg_run.AT_MARKS)
        channel.metric("psutil.pss_bytes", memcg_run.AT_MARKS)
        self._at_marks = memcg_run.Sender(channel, ("psutil.uss_bytes", "psutil.pss_bytes"))
        self._poller = Poller(self._poll, interval_s)
        self.begin = self._poller.begin

    def _poll(self) -> None:
        memory = self.read()
        self._polled.send(time.monotonic_ns(), memory.rss, memory.vms)

    def initial(self) -> None:
        memory = self._process.memory_full_info()
        self._at_marks.send(time.monotonic_ns(), memory.uss, memory.pss)
        self._poll()

    def end(self) -> None:
        self._poller.end()
        self.initial()
