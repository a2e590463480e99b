"""From `memcg-run -- /bin/true` to its answer, against `runc run` of the same container, in turn; and hyperfine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from context import Context
from figures import Figure, Measurement
from intervals import median, median_interval
from plain_runc import plain_runc

FIGURES = [
    Figure("oneline.none", "`memcg-run --runtime none -r 1 -w 0 -- /bin/true` to its answer, one trial, against "
           "`runc run` of /bin/true", "x"),
    Figure("oneline.runc", "the same under runc", "x"),
    Figure("oneline.none_5", "the same without a container, five trials, against five `runc run`", "x"),
    Figure("oneline.runc_5", "the same under runc, five trials, against five `runc run`", "x"),
    Figure("oneline.hyperfine", "`hyperfine -N -w 0 -r 5 /bin/true` to its answer, against five `runc run`", "x"),
]

TRUE = "/bin/true"


def run(context: Context) -> Iterator[Measurement]:
    rounds = 3 if context.quick or context.emulated else 20
    output = context.work / "oneline"
    commands = {f"{runtime}{suffix}": (words(context, output, runtime, trials), trials)
                for trials, suffix in ((1, ""), (5, "_5")) for runtime in ("none", "runc")}
    commands["hyperfine"] = (["hyperfine", "-N", "-w", "0", "-r", "5", "--style", "none", TRUE], 5)
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    ratios: dict[str, list[float]] = {name: [] for name in commands}
    alone: list[float] = []
    bundle = context.experiment("bundle", ["./wait", "600"], container={"runtime": "runc"})
    with plain_runc(context, bundle) as alone_in:
        command = alone_in.command([TRUE])
        for number in range(rounds):
            context.say(f"round {number + 1} of {rounds}")
            with context.turn():
                bare_ns = median(context.bare("spawn", 5, *command))
                alone.append(bare_ns)
                for name, (argv, trials) in commands.items():
                    wall_ns, _ = context.watch(argv)
                    seconds[name].append(wall_ns / 1e9)
                    ratios[name].append(wall_ns / (bare_ns * trials))
    for name in commands:
        yield Measurement(
            f"oneline.{name}", median(ratios[name]),
            f"median of {rounds} rounds in turn; {median(seconds[name]):.3f} s, a `runc run` "
            f"{median(alone) / 1e6:.1f} ms",
            median_interval(ratios[name]),
        )


def words(context: Context, output: Path, runtime: str, trials: int) -> list[str]:
    return [str(context.program), "-q", "-r", str(trials), "-w", "0", "--runtime", runtime, "--output", str(output),
            "--", TRUE]
