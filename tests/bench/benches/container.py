"""One whole trial of a program that does nothing, against `runc run` of the same bundle alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from context import Context, Finished, hierarchy
from figures import Figure, Measurement
from intervals import median, median_interval
from plain_runc import plain_runc

FIGURES = [
    Figure("container.runc_v1", "whole trial of a static no-op under runc on cgroup v1, sealed file included, "
           "against `runc run` of the same bundle", "x", at_most=1.7),
    Figure("container.runc_v2", "the same on cgroup v2, in the emulated machine of tests/vm", "x", at_most=1.3),
    Figure("container.none_v1", "whole trial with runtime none on cgroup v1, against the same", "x", at_most=0.8),
    Figure("container.none_v2", "the same on cgroup v2", "x"),
]

RUNTIMES = ("runc", "none")


def run(context: Context) -> Iterator[Measurement]:
    # Emulated, a container takes seconds.
    rounds, trials = (3, 4) if context.quick else (5, 6) if context.emulated else (20, 10)
    experiments = {
        runtime: context.experiment(f"noop-{runtime}", ["./wait"], container={"runtime": runtime},
                                    trials={"repetitions": trials + 1})
        for runtime in RUNTIMES
    }
    version = ""
    alone: list[float] = []
    ratios: dict[str, list[float]] = {runtime: [] for runtime in RUNTIMES}
    whole: dict[str, list[float]] = {runtime: [] for runtime in RUNTIMES}
    bundle = context.experiment("bundle", ["./wait", "600"], container={"runtime": "runc"})
    with plain_runc(context, bundle) as alone_in:
        command = alone_in.command([str(bundle.parent / "wait")])
        for number in range(rounds):
            context.say(f"round {number + 1} of {rounds}")
            # A run that ends meanwhile, of somebody's, would remove the group above ours.
            with context.turn():
                bare = median(context.bare("spawn", trials, *command))
            alone.append(bare)
            for runtime in RUNTIMES:
                finished = context.run(experiments[runtime])
                version = hierarchy(finished.results())
                cycle = median(cycles_ns(finished))
                whole[runtime].append(cycle)
                ratios[runtime].append(cycle / bare)
    for runtime in RUNTIMES:
        yield Measurement(
            f"container.{runtime}_{version}", median(ratios[runtime]),
            f"median of {rounds} rounds, each {trials} of both in turn; a trial {median(whole[runtime]) / 1e6:.1f} ms, "
            f"`runc run` {median(alone) / 1e6:.1f} ms",
            median_interval(ratios[runtime]),
        )


def cycles_ns(finished: Finished) -> list[int]:
    """From one trial's gate to the next one's: all that a trial is, and its sealing."""
    gates = [int(trial.attrs["start_monotonic_ns"]) for trial in finished.trials()]
    return [later - earlier for earlier, later in itertools.pairwise(gates)]
