"""proc-tree: all processes of the task's cgroup, from their smaps_rollup. docs/backends/proc-tree.md"""

from __future__ import annotations

import os

import memcg_run_external
from memcg_run_kcmp import parent_of, shares_memory

BYTES_PER_KIB = 1024
ROLLUP_SIZE = 4096
PRIVATE = (b"\nPrivate_Clean:", b"\nPrivate_Dirty:", b"\nPrivate_Hugetlb:")


def field_bytes(text: bytes, name: bytes) -> int:
    """The bytes of the line "<name>   1234 kB"."""
    start = text.index(name) + len(name)
    return int(text[start : text.index(b"kB", start)]) * BYTES_PER_KIB


def read_rollup(pid: int) -> bytes:
    """Its smaps_rollup; b"" if the process has ended or no longer has memory."""
    try:
        fd = os.open(f"/proc/{pid}/smaps_rollup", os.O_RDONLY)
    except (FileNotFoundError, ProcessLookupError):
        return b""
    try:
        return os.read(fd, ROLLUP_SIZE)
    except ProcessLookupError:
        return b""
    finally:
        os.close(fd)


class Reporter:
    """proc-tree.pss_bytes, rss_bytes, uss_bytes and processes, polled."""

    metrics = ("pss_bytes", "rss_bytes", "uss_bytes", "processes")

    def __init__(self, trial: memcg_run_external.Trial) -> None:
        self._list = os.path.join(trial.leaf, "cgroup.procs")

    def _pids(self) -> set[int]:
        """Reopened each time: on v1 a descriptor that is read again returns the list of a second before."""
        with open(self._list, "rb") as file:
            return {int(line) for line in file} - {0}  # a process of another PID namespace is 0

    def read(self) -> tuple[int, ...]:
        pss = rss = uss = processes = 0
        for pid in self._pids():
            if shares_memory(pid, parent_of(pid)):
                processes += 1
                continue
            text = read_rollup(pid)
            if not text:
                continue
            pss += field_bytes(text, b"\nPss:")
            rss += field_bytes(text, b"\nRss:")
            uss += sum(field_bytes(text, name) for name in PRIVATE)
            processes += 1
        return pss, rss, uss, processes


if __name__ == "__main__":
    memcg_run_external.run(Reporter)
