"""Finishing a run: how it grows with the number of trials."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from context import Context
from figures import Figure, Measurement

FIGURES = [
    Figure("gather.growth", "finishing a run of 10,000 trials (results.h5, summary), against 1,000", "x", at_most=11),
]


def run(context: Context) -> Iterator[Measurement]:
    few, many, rounds = (100, 1000, 2) if context.quick else (1000, 10_000, 3)
    program = context.programs / "make_results"
    for n in (few, many):
        context.say(f"making {n} trials")
        (context.work / f"gather-{n}").mkdir(parents=True)
        subprocess.run([program, "trials", context.work / f"gather-{n}", str(n)], check=True)
    times: dict[int, list[int]] = {few: [], many: []}
    for number in range(rounds):
        context.say(f"gathering, {number + 1} of {rounds}")
        for n in (few, many, few):
            times[n] += context.bare("make_results", "gather", context.work / f"gather-{n}", n)
    yield Measurement(
        "gather.growth", min(times[many]) / min(times[few]),
        f"the fastest of {len(times[many])} and {len(times[few])}, in turn: {min(times[few]) / 1e9:.2f} s for {few} "
        f"trials of 100 samples, {min(times[many]) / 1e9:.2f} s for {many}",
    )
