"""As fast as possible for a minute: what is stored against what could be read, and what it needs."""

from __future__ import annotations

from collections.abc import Iterator

from context import MIB, NS_PER_S, Context, Finished
from figures import Figure, Measurement

FIGURES = [
    Figure("spin.rate", "samples/s stored in spin mode over 60 s, against a bare loop of pread and clock_gettime",
           "x", at_least=0.7),
    Figure("spin.dropped", "samples dropped meanwhile", "dropped", at_most=0),
    Figure("memory.growth", "the runner's peak memory with 10^8 samples, against 10^6", "x", at_most=1.05),
    Figure("memory.peak", "the runner's peak memory with 10^8 samples", "MiB", at_most=64),
]

# How fast the sampler is beside the bare loop, for choosing a duration. What it was is in the result.
LIKELY_RATIO = 0.8
LONGEST_S = 120.0


def run(context: Context) -> Iterator[Measurement]:
    bare_s = 2 if context.quick else 20
    before = bare_rate(context, bare_s)
    many = 5e6 if context.quick else 1.02e8
    seconds = min(LONGEST_S, max(5.0 if context.quick else 60.0, many / (LIKELY_RATIO * before)))
    few = spin(context, "few", 1.2e6 / (LIKELY_RATIO * before))
    context.say(f"spinning for {seconds:.0f} s")
    finished = spin(context, "many", seconds)
    after = bare_rate(context, bare_s)
    reference = finished.trials()[0]["reference"].attrs
    stored = len(finished.trials()[0]["reference/time_ns"])
    elapsed_s = float(finished.trials()[0].attrs["wall_ns"]) / NS_PER_S
    bare = (before + after) / 2
    yield Measurement(
        "spin.rate", stored / elapsed_s / bare,
        f"{stored / elapsed_s / 1e6:.2f} M/s for {elapsed_s:.0f} s; the bare loop {before / 1e6:.2f} M/s for "
        f"{bare_s} s before and {after / 1e6:.2f} M/s after, on the same CPU and the same kind of cgroup",
    )
    yield Measurement("spin.dropped", float(reference["dropped"]), f"of {reference['samples']} taken")
    yield from memory(few, finished)


def memory(few: Finished, many: Finished) -> Iterator[Measurement]:
    n_few, n_many = (len(finished.trials()[0]["reference/time_ns"]) for finished in (few, many))
    how = (f"VmHWM of the whole run, sealing and drawing included: {few.peak_bytes / MIB:.1f} MiB with "
           f"{n_few:.3g} samples, {many.peak_bytes / MIB:.1f} MiB with {n_many:.3g}")
    yield Measurement("memory.growth", many.peak_bytes / few.peak_bytes, how)
    yield Measurement("memory.peak", many.peak_bytes / MIB, "VmHWM, as above")


def bare_rate(context: Context, seconds: float) -> float:
    context.say(f"the bare loop for {seconds} s")
    with context.leaf() as leaf:
        n, elapsed_ns = context.bare("read_loop", leaf, seconds, context.sampler_cpu)
    return n / elapsed_ns * NS_PER_S


def spin(context: Context, name: str, seconds: float) -> Finished:
    experiment = context.experiment(
        f"spin-{name}", ["./wait", f"{seconds:.3f}"],
        sampler={"rate_hz": "max", "cpu": context.sampler_cpu}, limits={"cpus": str(context.task_cpu)},
    )
    return context.run(experiment, pictures=True)
