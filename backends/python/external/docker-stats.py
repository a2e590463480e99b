"""docker-stats: what `docker stats` prints as MEM USAGE. docs/backends/docker-stats.md"""

from __future__ import annotations

import memcg_run_external
from memcg_run_leaf import Leaf


class Reporter:
    """docker-stats.used_bytes, and the two that it is computed from."""

    metrics = ("used_bytes", "usage_bytes", "inactive_file_bytes")

    def __init__(self, trial: memcg_run_external.Trial) -> None:
        self._leaf = Leaf(trial)

    def read(self) -> tuple[int, ...]:
        usage = self._leaf.usage_bytes()
        inactive = self._leaf.inactive_file_bytes()
        # Docker's own rule: if it exceeds the usage, nothing is subtracted.
        used = usage - inactive if inactive < usage else usage
        return used, usage, inactive


if __name__ == "__main__":
    memcg_run_external.run(Reporter)
