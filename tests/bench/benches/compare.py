"""What `memcg-run compare` says of a task that is compared with itself, and of one that needs more: by resampling peaks
that were recorded, and of real runs."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py

from context import MIB, Context
from figures import Figure, Measurement

TASK_MIB = 256
REPETITIONS = 5
RUNS = 15  # 105 pairs
COMPARISONS = 1000
MARGIN = 0.005
INCREASES = {"half": 0.005, "one": 0.01, "two": 0.02}
# Kernel's charge in advance, for each CPU of the task: docs/method.md.
CHARGED_BYTES = 64 * 4096
FILE_MIB = 48

OF = f"of {COMPARISONS}"
ONE_PER_CENT = COMPARISONS // 100

FIGURES = [
    Figure("compare.alarms", f"{TASK_MIB} MiB, anonymous, against itself, 5 trials each: a change found", OF,
           at_most=ONE_PER_CENT),
    Figure("compare.half", "the same with +0.5 %: found to be larger", OF),
    Figure("compare.one", "the same with +1 %: found to be larger", OF, at_least=COMPARISONS - ONE_PER_CENT),
    Figure("compare.two", "the same with +2 %: found to be larger", OF, at_least=COMPARISONS - ONE_PER_CENT),
    Figure("compare.same", "the same with +1 %: said to be at most 0.5 % larger", OF, at_most=ONE_PER_CENT),
    Figure("compare.cache_alarms", "`sort` with temporary files, against itself: a change found", OF,
           at_most=ONE_PER_CENT),
    Figure("compare.cache_same", "the same with +1 %: said to be at most 0.5 % larger", OF, at_most=ONE_PER_CENT),
    Figure("compare.cache_undecided", "the same with +1 %: undecided whether it is at most 0.5 %", OF),
    Figure("compare.runs", "real runs of the first, each against each other: exit status 4", "%", at_most=1.0),
]


@dataclass(frozen=True)
class Counts:
    """What came out of COMPARISONS comparisons."""

    larger: int
    smaller: int
    within: int
    worse: int
    undecided: int

    @property
    def changes(self) -> int:
        return self.larger + self.smaller


def run(context: Context) -> Iterator[Measurement]:
    n_runs = 4 if context.quick else RUNS
    context.say(f"{n_runs} runs of {REPETITIONS} trials")
    spike = context.experiment("anonymous", ["./spike", str(TASK_MIB), "1", "0"], trials={"repetitions": REPETITIONS})
    runs = [context.run(spike).folder for _ in range(n_runs)]
    peaks = [peak for folder in runs for peak in recorded(folder)]
    yield from anonymous(context, peaks)
    yield from page_cache(context)
    yield real_runs(context, runs)


def anonymous(context: Context, peaks: list[int]) -> Iterator[Measurement]:
    how = described(peaks)
    yield Measurement("compare.alarms", float(simulated(context, peaks, 0.0).changes), how)
    for name, increase in INCREASES.items():
        counts = simulated(context, peaks, increase)
        yield Measurement(f"compare.{name}", float(counts.larger), how)
        if name == "one":
            yield Measurement("compare.same", float(counts.within), f"worse {counts.worse}, undecided {counts.undecided}")


def page_cache(context: Context) -> Iterator[Measurement]:
    n = 10 if context.quick else 40
    context.say(f"{n} trials of sort")
    experiment = context.experiment("cache", ["sort", "-S", "8M", "-T", ".", "-o", "sorted", "numbers"],
                                    trials={"repetitions": n, "warmups": 1})
    write_numbers(experiment.parent / "numbers")
    peaks = recorded(context.run(experiment).folder)
    counts = simulated(context, peaks, INCREASES["one"])
    yield Measurement("compare.cache_alarms", float(simulated(context, peaks, 0.0).changes), described(peaks))
    yield Measurement("compare.cache_same", float(counts.within), described(peaks))
    yield Measurement("compare.cache_undecided", float(counts.undecided), f"worse {counts.worse}")


def real_runs(context: Context, runs: list[Path]) -> Measurement:
    """By the program itself, as a user would."""
    context.say("each run against each other")
    codes = [subprocess.run([context.program, "compare", "-q", base, new], check=False).returncode
             for base, new in itertools.combinations(runs, 2)]
    share = 100.0 * codes.count(4) / len(codes)
    return Measurement("compare.runs", share, f"of {len(codes)} pairs: {codes.count(0)} within, {codes.count(5)} "
                       f"undecided, {codes.count(4)} worse")


def recorded(folder: Path) -> list[int]:
    """Peaks of the trials that count, in bytes."""
    with h5py.File(folder / "results.h5", "r") as results:
        return [int(trial["reference"].attrs["peak_bytes"]) for trial in results["trials"].values()
                if not trial.attrs["warmup"]]


def described(peaks: list[int]) -> str:
    return f"{len(peaks)} recorded peaks, {min(peaks) / MIB:.2f} to {max(peaks) / MIB:.2f} MiB"


def simulated(context: Context, peaks: list[int], increase: float) -> Counts:
    charged = CHARGED_BYTES * len(context.cpus)
    command = [context.programs / "compare_simulation", str(COMPARISONS), str(increase), str(MARGIN), str(charged)]
    done = subprocess.run(command, input="\n".join(map(str, peaks)), capture_output=True, text=True, check=True)
    return Counts(*map(int, done.stdout.split()))


def write_numbers(path: Path) -> None:
    """Lines in no order, the same on every machine."""
    with open(path, "w", encoding="ascii") as numbers:
        for i in range(FILE_MIB * MIB // 16):
            numbers.write(f"{i * 2654435761 % (1 << 32):015d}\n")
