"""The memory files of the task's cgroup, read from outside, with the names of v2 or v1."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from memcg_run_external import Trial

# current use; and of memory.stat, page cache that was not used lately, of the groups below too
NAMES = {
    "v2": ("memory.current", b"\ninactive_file "),
    "v1": ("memory.usage_in_bytes", b"\ntotal_inactive_file "),
}
STAT_SIZE = 16384  # 80 lines of 40 bytes on Linux 6.18


class Leaf:
    """Keeps its files open, so the kernel allocates nothing in the measured group."""

    def __init__(self, trial: Trial) -> None:
        current, self._inactive_file = NAMES[trial.hierarchy]
        self._current_fd = os.open(os.path.join(trial.leaf, current), os.O_RDONLY)
        self._stat_fd = os.open(os.path.join(trial.leaf, "memory.stat"), os.O_RDONLY)

    def usage_bytes(self) -> int:
        return int(os.pread(self._current_fd, 32, 0))

    def inactive_file_bytes(self) -> int:
        stat = os.pread(self._stat_fd, STAT_SIZE, 0)
        start = stat.index(self._inactive_file) + len(self._inactive_file)
        return int(stat[start : stat.index(b"\n", start)])
