"""What being sampled costs a task that does nothing but page faults."""

from __future__ import annotations

import random
from collections.abc import Iterator

from context import Context
from figures import Figure, Measurement
from intervals import median, median_interval

FIGURES = [
    Figure("disturbance.1khz", "task's wall time with the reference at 1 kHz, against no sampling", "x", at_most=1.01),
    Figure("disturbance.10khz", "the same at 10 kHz", "x", at_most=1.03),
]

# One sample in 11 days is none in a trial, but for the first.
ARMS = {"none": {"rate_hz": 1e-6, "stat_hz": 0}, "1khz": {"rate_hz": 1000}, "10khz": {"rate_hz": 10_000}}
SEED = 1


def run(context: Context) -> Iterator[Measurement]:
    rounds, pairs = (30, 5) if context.quick else (120, 30)
    experiments = {
        arm: context.experiment(f"disturbance-{arm}", ["./fault", "64", str(rounds)], sampler=sampler)
        for arm, sampler in ARMS.items()
    }
    walls: dict[str, list[float]] = {arm: [] for arm in ARMS}
    order = random.Random(SEED)
    for pair in range(pairs):
        if pair % 10 == 0:
            context.say(f"pair {pair + 1} of {pairs}")
        for arm in order.sample(list(ARMS), len(ARMS)):
            (trial,) = context.run(experiments[arm]).trials()
            walls[arm].append(float(trial.attrs["wall_ns"]))
    for arm in ("1khz", "10khz"):
        ratios = [sampled / bare for sampled, bare in zip(walls[arm], walls["none"])]
        yield Measurement(
            f"disturbance.{arm}", median(ratios),
            f"median of {pairs} pairs in random order, each with the task of {median(walls['none']) / 1e9:.2f} s "
            "unsampled beside it",
            median_interval(ratios),
        )
