"""working-set: container_memory_working_set_bytes of cAdvisor and the kubelet. docs/backends/working-set.md"""

from __future__ import annotations

import memcg_run_external
from memcg_run_leaf import Leaf


class Reporter:
    """working-set.used_bytes, and the two that it is computed from."""

    metrics = ("used_bytes", "usage_bytes", "inactive_file_bytes")

    def __init__(self, trial: memcg_run_external.Trial) -> None:
        self._leaf = Leaf(trial)

    def read(self) -> tuple[int, ...]:
        usage = self._leaf.usage_bytes()
        inactive = self._leaf.inactive_file_bytes()
        # cAdvisor's own rule: never below 0.
        return max(0, usage - inactive), usage, inactive


if __name__ == "__main__":
    memcg_run_external.run(Reporter)
