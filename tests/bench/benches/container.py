"""One whole trial of a program that does nothing, against `runc run` of the same bundle alone."""

from __future__ import annotations

import glob
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from context import BenchError, Context, Finished, hierarchy
from figures import Figure, Measurement
from intervals import median, median_interval

FIGURES = [
    Figure("container.runc_v1", "whole trial of a static no-op under runc on cgroup v1, sealed file included, "
           "against `runc run` of the same bundle", "x", at_most=1.7),
    Figure("container.runc_v2", "the same on cgroup v2, in the emulated machine of tests/vm", "x", at_most=1.3),
    Figure("container.none_v1", "whole trial with runtime none on cgroup v1, against the same", "x", at_most=0.8),
    Figure("container.none_v2", "the same on cgroup v2", "x"),
]

BUNDLE = "/run/memcg-run/run-*/trial/config.json"
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
    with runc_run(context) as command:
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


@contextmanager
def runc_run(context: Context) -> Iterator[list[str]]:
    """The command that runs the bundle of a trial, taken while one stood, with the no-op as its process."""
    experiment = context.experiment("bundle", ["./wait", "600"], container={"runtime": "runc"})
    bundle = experiment.parent / "bundle"
    # Where the runner has its own: both in memory.
    state = Path(tempfile.mkdtemp(prefix="memcg-run-bench-", dir="/run"))
    group = f"memcg-run.slice/bench-{os.getpid()}"
    try:
        with context.started(experiment):
            take_bundle(bundle, state / "rootfs", str(experiment.parent / "wait"), group)
        shutil.move(bundle / "config.json", state / "config.json")
        yield ["runc", "--root", str(state / "runc"), "run", "--bundle", str(state), state.name]
    finally:
        shutil.rmtree(state)
        remove_groups(group)


def take_bundle(bundle: Path, root: Path, program: str, group: str) -> None:
    """Copies the bundle without what is the trial's own: its channel, its cgroup, its launcher's errand."""
    (config_path,) = glob.glob(BUNDLE)
    run_folder = str(Path(config_path).parent.parent)
    with open(config_path, encoding="utf-8") as file:
        config = json.load(file)
    if config["root"]["path"] != f"{run_folder}/rootfs":
        raise BenchError(f"the bundle has its root in {config['root']['path']}")
    shutil.copytree(f"{run_folder}/rootfs", root, symlinks=True)
    bundle.mkdir(exist_ok=True)
    config["root"]["path"] = str(root)
    config["process"]["args"] = [program]
    config["mounts"] = [mount for mount in config["mounts"] if not is_of_the_trial(mount["source"], run_folder)]
    config["linux"]["cgroupsPath"] = f"/{group}"
    (bundle / "config.json").write_text(json.dumps(config))


def is_of_the_trial(source: str, run_folder: str) -> bool:
    return source.startswith((f"{run_folder}/trial/", "/sys/fs/cgroup/"))


def remove_groups(group: str) -> None:
    """runc removes the last part of its path; what is above stays, in every hierarchy that it knows."""
    for mount in ("/sys/fs/cgroup", *glob.glob("/sys/fs/cgroup/*")):
        for path in (f"{mount}/{group}", f"{mount}/memcg-run.slice"):
            try:
                os.rmdir(path)
            except OSError:
                pass
