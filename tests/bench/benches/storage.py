"""Where samples go while the task runs: raw to a spool, or to HDF5 at once."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator

from context import NS_PER_S, Context
from figures import Figure, Measurement
from intervals import median, median_interval

# What the sampler reaches here when it spins.
RATE_HZ = 1_600_000
SLOW_HZ = 10_000
SEED = 1

FIGURES = [
    Figure("storage.spool", "task's wall time beside samples at 1.6 MHz going raw to a spool, on the task's CPU, "
           "against samples that go nowhere", "x"),
    Figure("storage.hdf5", "the same, going to HDF5 at once", "x"),
]

STORES = ("spool", "hdf5")
# Longer than the task: what stores is at work from its beginning to its end.
STORING_S = 600


def run(context: Context) -> Iterator[Measurement]:
    rounds = 4 if context.quick else 15
    context.work.mkdir(parents=True, exist_ok=True)
    walls: dict[str, list[int]] = {arm: [] for arm in ("none", *STORES)}
    order = random.Random(SEED)
    for number in range(rounds):
        if number % 5 == 0:
            context.say(f"round {number + 1} of {rounds}")
        for arm in order.sample(list(walls), len(walls)):
            walls[arm].append(task_ns(context, arm))
    for store in STORES:
        seconds = 1 if context.quick else 5
        n, cpu_ns = context.bare("store_loop", store, context.work, RATE_HZ, seconds, -1)
        a_sample_ns = cpu_ns / n
        ratios = [beside / alone for beside, alone in zip(walls[store], walls["none"])]
        yield Measurement(
            f"storage.{store}", median(ratios),
            f"median of {rounds} rounds in random order, both on one CPU; a sample takes {a_sample_ns:.1f} ns of a "
            f"CPU: {share(a_sample_ns, RATE_HZ):.2f} % of it at 1.6 MHz, {share(a_sample_ns, SLOW_HZ):.3f} % at 10 kHz",
            median_interval(ratios),
        )


def share(a_sample_ns: float, rate_hz: float) -> float:
    """Percent of a CPU."""
    return a_sample_ns * rate_hz / NS_PER_S * 100


def task_ns(context: Context, arm: str) -> int:
    """The wall time of a task of page faults, beside a program that stores."""
    task = ["taskset", "--cpu-list", context.task_cpu, context.programs / "fault", 64, 40 if context.quick else 80]
    command = ["store_loop", arm, context.work, RATE_HZ, STORING_S, context.task_cpu]
    storing = subprocess.Popen([str(context.programs / command[0]), *map(str, command[1:])],
                               stdout=subprocess.DEVNULL)
    try:
        return context.bare("spawn", 1, *task)[0]
    finally:
        storing.kill()
        storing.wait()
        for left in context.work.glob("store.*"):
            subprocess.run(["rm", "-rf", left], check=True)
