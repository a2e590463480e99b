"""psutil-tree: a process and its descendants, added up through psutil. docs/backends/psutil-tree.md"""

from __future__ import annotations

import memcg_run_external
import psutil
from memcg_run_kcmp import shares_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Iterator

# A process that ended between being listed and being read is in no sum.
GONE = (psutil.NoSuchProcess, psutil.ZombieProcess)


class Reporter:
    """psutil-tree.rss_bytes and processes, polled; uss_bytes and pss_bytes at the marks."""

    metrics = ("rss_bytes", "processes")
    mark_metrics = ("uss_bytes", "pss_bytes")

    def __init__(self, trial: memcg_run_external.Trial) -> None:
        self._trial = trial

    def _processes(self) -> list[psutil.Process]:
        try:
            process = psutil.Process(self._trial.pid)
            return [process, *process.children(recursive=True)]
        except GONE:
            return []

    def _each(self, read: Callable[[psutil.Process], tuple]) -> Iterator[tuple | None]:
        """None for one that shares its parent's memory: it is a process, but already in the sum."""
        for process in self._processes():
            try:
                yield None if shares_memory(process.pid, process.ppid()) else read(process)
            except GONE:
                pass

    def read(self) -> tuple[int, ...]:
        memory = list(self._each(lambda process: process.memory_info()))
        return sum(m.rss for m in memory if m), len(memory)

    def read_at_marks(self) -> tuple[int, ...]:
        memory = [m for m in self._each(lambda process: process.memory_full_info()) if m]
        return sum(m.uss for m in memory), sum(m.pss for m in memory)


if __name__ == "__main__":
    memcg_run_external.run(Reporter)
