"""Drawing a trial of 10^8 samples, one of which is a spike."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from context import MIB, NS_PER_S, Context
from figures import Figure, Measurement
from intervals import median

FIGURES = [
    Figure("report.time", "`memcg-run report` on 10^8 samples, all pictures", "s", at_most=10),
    Figure("report.memory", "its peak memory, gnuplot's too", "MiB", at_most=256),
    Figure("report.spike", "a spike of one sample in 10^8, in what the picture is drawn from", "of 1", at_least=1),
]

SPIKE_BYTES = 1024 * MIB


def run(context: Context) -> Iterator[Measurement]:
    n, repetitions = (10**7, 2) if context.quick else (10**8, 3)
    folder = context.work / "report"
    folder.mkdir(parents=True)
    context.say(f"making {n:.0e} samples")
    subprocess.run([context.programs / "make_results", "samples", folder, str(n), str(n * 618 // 1000)], check=True)
    taken = []
    for number in range(repetitions):
        context.say(f"report {number + 1} of {repetitions}")
        taken.append(context.watch([context.program, "report", "--quiet", folder], tree=True))
    size = (folder / "results.h5").stat().st_size
    yield Measurement("report.time", median([wall_ns for wall_ns, _ in taken]) / NS_PER_S,
                      f"median of {repetitions}; {n:.0e} samples in {size / 1e6:.0f} MB, in the page cache")
    yield Measurement("report.memory", max(peak for _, peak in taken) / MIB, "VmHWM, the sum of all its processes'; the largest of them")
    yield Measurement("report.spike", float(spikes(folder)), "its value stands in the picture's data once")


def spikes(folder: Path) -> int:
    (data,) = (folder / "plots").glob("*-reference.dat")
    return len(re.findall(rf"^\S+ {SPIKE_BYTES}$", data.read_text(), flags=re.MULTILINE))
