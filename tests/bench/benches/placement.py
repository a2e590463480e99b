"""Where the sampler runs: beside the task, which then has every CPU, or on a CPU that the task does without."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from benches.peaks import make_lines
from context import MIB, Context
from figures import Figure, Measurement
from intervals import median, median_interval

TASKS = {
    "sort": ["sort", "-o", "/dev/null", "lines"],
    "numpy": ["python3", "-c", "import numpy; a = numpy.ones((1500, 1500)); b = a @ a; c = b @ a"],
    # One thread that only causes page faults: what a sampler takes from a task that would not have used its CPU.
    "fault": ["./fault", "64", "10"],
}
TEXTS = {"sort": "`sort` of 50 MiB", "numpy": "NumPy, two products of matrices", "fault": "one thread of page faults"}
RATES = {"1khz": 1000, "10khz": 10_000}
PLACES = ("apart", "beside")
SEED = 1

FIGURES = [
    *[Figure(f"placement.{task}.peak", f"peak of {text} with every CPU, against one CPU fewer", "x")
      for task, text in TEXTS.items()],
    *[Figure(f"placement.{task}.{rate}.wall", f"wall time of {text}, the sampler beside it at {hz / 1000:g} kHz, "
             "against a CPU of the sampler's own", "x") for task, text in TEXTS.items() for rate, hz in RATES.items()],
    *[Figure(f"placement.missed.{rate}.{place}", f"deadlines missed at {hz / 1000:g} kHz, the sampler "
             f"{'beside `sort` on every CPU' if place == 'beside' else 'on a CPU of its own'}", "%")
      for rate, hz in RATES.items() for place in PLACES],
]

# A round is an arm of each kind, in random order: (task, rate, place).
Arm = tuple[str, str, str]


def run(context: Context) -> Iterator[Measurement]:
    rounds = 3 if context.quick else 15
    arms: list[Arm] = [(task, rate, place) for task in TASKS for rate in RATES for place in PLACES]
    peaks: dict[Arm, list[float]] = {arm: [] for arm in arms}
    walls: dict[Arm, list[float]] = {arm: [] for arm in arms}
    missed: dict[Arm, list[float]] = {arm: [] for arm in arms}
    order = random.Random(SEED)
    # The first round reads the files: what a task is charged of them is not its own.
    for number in range(rounds + 1):
        context.say(f"round {number} of {rounds}")
        for arm in order.sample(arms, len(arms)):
            peak, wall, part = measure(context, *arm)
            if number > 0:
                peaks[arm].append(peak)
                walls[arm].append(wall)
                missed[arm].append(part)
    yield from compare(peaks, walls, rounds)
    for rate in RATES:
        for place in PLACES:
            parts = [100 * part for part in missed["sort", rate, place]]
            yield Measurement(f"placement.missed.{rate}.{place}", median(parts),
                              f"median of {rounds} trials of sort, at most {max(parts):.2f} %", median_interval(parts))


def compare(peaks: dict[Arm, list[float]], walls: dict[Arm, list[float]], rounds: int) -> Iterator[Measurement]:
    for task in TASKS:
        apart, beside = peaks[task, "1khz", "apart"], peaks[task, "1khz", "beside"]
        yield ratio(f"placement.{task}.peak", beside, apart,
                    f"medians of {rounds} at 1 kHz: {median(beside) / MIB:.1f} MiB, {median(apart) / MIB:.1f} MiB")
        for rate in RATES:
            apart, beside = walls[task, rate, "apart"], walls[task, rate, "beside"]
            yield ratio(f"placement.{task}.{rate}.wall", beside, apart,
                        f"medians of {rounds}: {median(beside) / 1e6:.0f} ms, {median(apart) / 1e6:.0f} ms")


def ratio(key: str, mine: Sequence[float], other: Sequence[float], how: str) -> Measurement:
    """Of the two of each round, which the machine's load meets alike."""
    ratios = [a / b for a, b in zip(mine, other, strict=True)]
    return Measurement(key, median(ratios), how, median_interval(ratios))


def measure(context: Context, task: str, rate: str, place: str) -> tuple[float, float, float]:
    """The peak in bytes, the wall time in nanoseconds, and the part of the deadlines that were missed."""
    sampler: dict[str, object] = {"rate_hz": RATES[rate], "mode": "sleep"}
    if place == "apart":
        sampler["cpu"] = context.sampler_cpu
    experiment = context.experiment(f"placement-{task}-{rate}-{place}", TASKS[task], sampler=sampler,
                                    limits={} if place == "apart" else {"cpus": "all"})
    if task == "sort" and not (experiment.parent / "lines").exists():
        make_lines(experiment.parent)
    (trial,) = context.run(experiment).trials()
    reference = trial["reference"].attrs
    return (float(reference["peak_bytes"]), float(trial.attrs["wall_ns"]),
            int(reference["missed"]) / int(reference["scheduled"]))
