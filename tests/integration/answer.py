"""answer.py ANSWER.JSON CONDITION...: fails, and says why, unless each Python condition about an answer of `memcg-run limit` holds.

The conditions see `points` by the name of their task, `base`, what the task "ramp" needs beside its 24 MiB, `MIB`, and
`slack`, what the kernel's account may be off by: a batch of charges for each processor.
"""

from __future__ import annotations

import json
import os
import sys

MIB = 1 << 20
PAGE = 4096
# MEMCG_CHARGE_BATCH of 64 pages (include/linux/memcontrol.h), kept by each processor.
SLACK = 64 * PAGE * (os.cpu_count() or 1)


class Point:
    """What was found of a task."""

    def __init__(self, point: dict) -> None:
        minimal = point["minimal_limit_bytes"]
        self.found = point["result"] == "found"
        self.low: int = minimal["interval"]["low"] or 0
        self.high: int = minimal["interval"]["high"] or 0
        self.n_search: int = minimal["search_trials"]
        self.floor: float = point["floor_bytes"]["value"] or 0
        self.adapts: bool = point["adapts"]
        self.dies_by: str | None = point["dies_by"]
        self.page_cache_share: float = point["page_cache_share"] or 0

    def __repr__(self) -> str:
        return (
            f"(found {self.found}, {self.low / MIB:.2f} to {self.high / MIB:.2f} MiB, {self.n_search} trials of search, "
            f"floor {self.floor / MIB:.2f} MiB, adapts {self.adapts}, dies by {self.dies_by})"
        )

    def base(self, touched: int) -> float:
        return self.floor - touched

    def holds(self, known: float) -> bool:
        """The known minimum is in the stated interval."""
        return self.found and self.low - SLACK < known <= self.high + SLACK

    def step(self, known: float) -> float:
        return max(MIB, known / 100)

    def is_sharp_at(self, known: float) -> bool:
        return self.holds(known) and self.high <= known + self.step(known) + SLACK and self.n_search <= 12


def main() -> int:
    with open(sys.argv[1]) as file:
        answer = json.load(file)
    points = {point["task"] or "": Point(point) for point in answer["points"]}
    names = {"points": points, "MIB": MIB, "slack": SLACK}
    if "ramp" in points:
        names["base"] = points["ramp"].base(24 * MIB)
    wrong = [condition for condition in sys.argv[2:] if not eval(condition, names)]
    for name, point in points.items():
        print(f"{name}: {point}")
    for condition in wrong:
        print(f"does not hold: {condition}")
    return bool(wrong)


sys.exit(main())
