"""What a benchmark compares a trial with: the same container under runc alone.

The bundle is that of a trial, taken while one stands, without what is memcg-run's own: the launcher, the channel and
the cgroup files that it shows to the task.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from context import BenchError, Context

BUNDLE = "/run/memcg-run/run-*/trial/config.json"
CGROUPS = {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
           "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]}
PEAKS = ("/sys/fs/cgroup/memory/{group}/memory.max_usage_in_bytes", "/sys/fs/cgroup/{group}/memory.peak",
         "/sys/fs/cgroup/unified/{group}/memory.peak")


class PlainRunc:
    """A bundle that runc runs, and the group that its container stands in."""

    def __init__(self, state: Path, config: dict[str, object]) -> None:
        self._state = state
        self._config = config
        self._group = f"memcg-run.slice/bench-{os.getpid()}"

    def command(self, args: Sequence[str], memory_max_bytes: int | None = None) -> list[str]:
        """The words that run it. runc removes only the last part of the container's cgroup path."""
        config = self._config
        config["process"]["args"] = list(args)
        config["linux"]["cgroupsPath"] = f"/{self._group}/container"
        if memory_max_bytes is not None:
            config["linux"].setdefault("resources", {})["memory"] = {
                "limit": memory_max_bytes, "swap": memory_max_bytes,
            }
        (self._state / "config.json").write_text(json.dumps(config))
        return ["runc", "--root", str(self._state / "runc"), "run", "--bundle", str(self._state), self._state.name]

    def peak_bytes(self, args: Sequence[str], memory_max_bytes: int) -> int:
        """Runs it to its end: the most that the kernel charged to the container's group, runc's own start included."""
        command = self.command(args, memory_max_bytes)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"runc run {args[0]} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        # The container's own group is gone: the one above it has charged the same, and is made anew each time.
        for pattern in PEAKS:
            path = Path(pattern.format(group=self._group))
            if path.exists():
                peak_bytes = int(path.read_text())
                self.remove_groups()
                return peak_bytes
        raise BenchError("the kernel keeps no peak of a group")

    def remove_groups(self) -> None:
        """In each hierarchy that runc knows."""
        for mount in ("/sys/fs/cgroup", *glob.glob("/sys/fs/cgroup/*")):
            for path in (f"{mount}/{self._group}", f"{mount}/memcg-run.slice"):
                try:
                    os.rmdir(path)
                except OSError:
                    pass


@contextmanager
def plain_runc(context: Context, experiment: Path) -> Iterator[PlainRunc]:
    """The container of an experiment whose task waits."""
    # Where the runner has its own: both in memory.
    state = Path(tempfile.mkdtemp(prefix="memcg-run-bench-", dir="/run"))
    runc = None
    try:
        with context.started(experiment):
            config = copy_bundle(state / "rootfs")
        runc = PlainRunc(state, config)
        yield runc
    finally:
        if runc:
            runc.remove_groups()
        shutil.rmtree(state)


def copy_bundle(root: Path) -> dict[str, object]:
    """Copies the root, and returns config.json for it without what is the trial's own."""
    (config_path,) = glob.glob(BUNDLE)
    run_folder = str(Path(config_path).parent.parent)
    with open(config_path, encoding="utf-8") as file:
        config = json.load(file)
    if config["root"]["path"] != f"{run_folder}/rootfs":
        raise BenchError(f"the bundle has its root in {config['root']['path']}")
    shutil.copytree(f"{run_folder}/rootfs", root, symlinks=True)
    config["root"]["path"] = str(root)
    config["mounts"] = [mount for mount in config["mounts"] if not is_of_the_trial(mount, run_folder)] + [CGROUPS]
    return config


def is_of_the_trial(mount: dict[str, object], run_folder: str) -> bool:
    return str(mount["source"]).startswith((f"{run_folder}/trial/", "/sys/fs/cgroup/")) or \
        mount["destination"] == CGROUPS["destination"]
