"""A spike of 256 MiB, all of it there for one millisecond: who sees it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy

from context import MIB, Context
from figures import Figure, Measurement

SPIKE_MIB = 256
TIMES = 20

FIGURES = [
    Figure("spike.peak", "a 1 ms spike of 256 MiB in a task of 1 s: seen by the peak", f"of {TIMES}", at_least=TIMES),
    Figure("spike.samples", "the same, by the samples at 10 kHz", f"of {TIMES}", at_least=TIMES),
    Figure("spike.mprof", "the same, by `mprof run` at its default interval", f"of {TIMES}"),
]

TASK = ["./spike", str(SPIKE_MIB), "1", "1"]


def run(context: Context) -> Iterator[Measurement]:
    experiment = context.experiment("spike", TASK, trials={"repetitions": TIMES}, sampler={"rate_hz": 10_000},
                                    container={"runtime": "runc", "seccomp": "default"})
    context.say(f"{TIMES} trials at 10 kHz")
    references = [trial["reference"] for trial in context.run(experiment).trials()]
    peaks = [int(reference.attrs["peak_bytes"]) for reference in references]
    samples = [int(numpy.max(reference["current_bytes"])) for reference in references]
    yield Measurement("spike.peak", float(count_seen(peaks)), f"smallest peak {min(peaks) / MIB:.1f} MiB")
    yield Measurement("spike.samples", float(count_seen(samples)),
                      f"smallest of the largest samples {min(samples) / MIB:.1f} MiB")
    seen = [mprof_peak_bytes(context, experiment.parent) for _ in progress(context)]
    yield Measurement("spike.mprof", float(count_seen(seen)),
                      f"`mprof run`, every 0.1 s, without memcg-run: largest value {max(seen) / MIB:.1f} MiB")


def progress(context: Context) -> Iterator[int]:
    context.say(f"{TIMES} times under mprof")
    yield from range(TIMES)


def count_seen(values: list[int]) -> int:
    """How many have all of it, but for a step of the kernel's counter on each of a few CPUs."""
    return sum(value >= (SPIKE_MIB - 1) * MIB for value in values)


def mprof_peak_bytes(context: Context, folder: Path) -> int:
    """What it wrote: lines "MEM 256.125000 1700000000.1234", in MiB."""
    data = folder / "mprof.dat"
    data.unlink(missing_ok=True)
    subprocess.run(["/usr/bin/python3", "-m", "mprof", "run", "--nopython", "--output", data, *TASK],
                   cwd=folder, check=True, stdout=subprocess.DEVNULL)
    values = [float(line.split()[1]) for line in data.read_text().splitlines() if line.startswith("MEM ")]
    return int(max(values, default=0.0) * MIB)
