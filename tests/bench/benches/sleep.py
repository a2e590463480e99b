"""10 kHz by sleeping, for a minute: deadlines met, and CPU used."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import h5py

from context import Context, newest
from figures import Figure, Measurement

FIGURES = [
    Figure("sleep.met", "10 kHz deadlines met in sleep mode over 60 s", "%", at_least=99.5),
    Figure("sleep.cpu", "CPU used by the sampler at 10 kHz, against a bare loop of sleeping and reading",
           "x", at_most=1.25),
]

RATE_HZ = 10_000
# The runner's start and end are not the sampler's.
SETTLE_S = 1.0


def run(context: Context) -> Iterator[Measurement]:
    seconds, bare_s = (5, 3) if context.quick else (60, 20)
    before, before_met = bare(context, bare_s)
    met, scheduled, share, total = sampled(context, seconds)
    after, after_met = bare(context, bare_s)
    yield Measurement(
        "sleep.met", met * 100.0,
        f"{scheduled} deadlines; the bare loop met {before_met * 100:.2f} % for {bare_s} s before, "
        f"{after_met * 100:.2f} % after: what is missing there is not the sampler's",
    )
    yield Measurement(
        "sleep.cpu", share / ((before + after) / 2),
        f"the sampler's thread {share * 100:.2f} % of a CPU (the whole runner {total * 100:.2f} %); the bare loop "
        f"{before * 100:.2f} % for {bare_s} s before, {after * 100:.2f} % after, on the same CPU",
    )


def bare(context: Context, seconds: float) -> tuple[float, float]:
    """The part of a CPU that the bare loop takes, and the part of its deadlines that it meets."""
    context.say(f"the bare loop for {seconds} s")
    with context.leaf() as leaf:
        n, elapsed_ns, cpu_ns = context.bare("sleep_loop", leaf, seconds, context.sampler_cpu, RATE_HZ)
    return cpu_ns / elapsed_ns, n / (seconds * RATE_HZ)


def sampled(context: Context, seconds: float) -> tuple[float, int, float, float]:
    """Deadlines met as a part, how many there were, and the CPU of the sampler and of the whole runner."""
    experiment = context.experiment(
        "sleep", ["./wait", str(seconds + 2 * SETTLE_S)],
        sampler={"rate_hz": RATE_HZ, "mode": "sleep", "cpu": context.sampler_cpu},
        limits={"cpus": str(context.task_cpu)},
    )
    context.say(f"10 kHz for {seconds} s")
    with context.started(experiment) as (process, _):
        time.sleep(SETTLE_S)
        begin_ns, begin = time.monotonic_ns(), cpu_times(process)
        time.sleep(seconds)
        elapsed_ns, end = time.monotonic_ns() - begin_ns, cpu_times(process)
        process.wait()
    used = {thread: end[thread] - begin.get(thread, 0) for thread in end}
    threads = sum(ns for thread, ns in used.items() if thread != process.pid)
    met, scheduled = deadlines(newest(experiment.parent / "output"))
    return met, scheduled, threads / elapsed_ns, sum(used.values()) / elapsed_ns


def cpu_times(process: subprocess.Popen[str]) -> dict[int, int]:
    """Nanoseconds on a CPU, of each thread of the runner. The main one's number is the process's."""
    tasks = Path(f"/proc/{process.pid}/task")
    return {int(task.name): int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()}


def deadlines(folder: Path) -> tuple[float, int]:
    with h5py.File(folder / "results.h5", "r") as results:
        (trial,) = results["trials"].values()
        reference = trial["reference"].attrs
        scheduled = int(reference["scheduled"])
        return 1 - int(reference["missed"]) / scheduled, scheduled
