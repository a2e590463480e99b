"""What every benchmark uses: running an experiment made for it, reading what came out, watching a process."""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py

MIB = 1 << 20
NS_PER_S = 10**9

# A second memcg-run is refused, and the integration tests take turns by this lock: so do we.
LOCK = "/run/lock/memcg-run-tests"
LEAVES = (
    "/sys/fs/cgroup/memory/memcg-run.slice/trial-*.slice/task/memory.usage_in_bytes",
    "/sys/fs/cgroup/**/memcg-run.slice/trial-*.slice/task/memory.current",
)
WATCH_PERIOD_S = 0.02


class BenchError(Exception):
    """A benchmark that could not be run, as one sentence."""


def toml(value: object) -> str:
    """A string, number, boolean or list of these as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return repr(value)


class Watched:
    """Follows a process until it ends: the most memory that it ever had resident, in bytes.

    With `tree`, of it and of all that it started: the sum of each one's most, though not all at one time.
    """

    def __init__(self, pid: int, tree: bool = False) -> None:
        self._pid = pid
        self._tree = tree
        self._peaks: dict[int, int] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    @property
    def peak_bytes(self) -> int:
        return sum(self._peaks.values())

    def _watch(self) -> None:
        # The kernel keeps the high-water mark: a look shortly before the end is enough, and what wait4(2)
        # gives is not, as it has that of the process that forked too.
        while not self._ended.wait(WATCH_PERIOD_S):
            self._look(self._pid)

    def _look(self, pid: int) -> None:
        try:
            lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        except (FileNotFoundError, ProcessLookupError):
            return
        for line in lines:
            if line.startswith("VmHWM:"):
                self._peaks[pid] = max(self._peaks.get(pid, 0), int(line.split()[1]) * 1024)
        for child in children if self._tree else []:
            self._look(int(child))

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()


@dataclass
class Finished:
    """A run of memcg-run: its folder, and what it took."""

    folder: Path
    wall_ns: int
    peak_bytes: int

    def results(self) -> h5py.File:
        return h5py.File(self.folder / "results.h5", "r")

    def trials(self) -> list[h5py.Group]:
        """Those that count, in the order in which they ran. One that did not end ok ends the benchmark."""
        trials = [trial for _, trial in sorted(self.results()["trials"].items())]
        for trial in trials:
            if trial.attrs["status"] != "ok":
                raise BenchError(f"{trial.name} of {self.folder}: {trial.attrs['cause']}")
        return [trial for trial in trials if not trial.attrs["warmup"]]


class Context:
    """Where things are, whether it is to be quick, and whether the machine is an emulated one."""

    def __init__(self, project: Path, build: Path, quick: bool, emulated: bool = False) -> None:
        self.project = project
        self.build = build
        self.quick = quick
        self.emulated = emulated
        self.program = build / "memcg-run"
        self.programs = build / "tests" / "bench"
        self.work = self.programs / "work"
        self.cpus = sorted(os.sched_getaffinity(0))

    @property
    def task_cpu(self) -> int:
        return self.cpus[0]

    @property
    def sampler_cpu(self) -> int:
        """Not the task's, where there are two."""
        return self.cpus[-1]

    def say(self, text: str) -> None:
        print(f"  {text}", flush=True)

    def clear(self) -> None:
        """Forgets what earlier benchmarks ran."""
        shutil.rmtree(self.work, ignore_errors=True)

    def experiment(self, name: str, command: list[str], **sections: dict[str, object]) -> Path:
        """Writes an experiment with a folder of its own, where the bare programs stand beside it.

        Without a container and a filter unless a section says otherwise: what is measured is not they.
        """
        folder = self.work / name
        folder.mkdir(parents=True, exist_ok=True)
        for program in ("wait", "fault", "spike"):
            shutil.copy2(self.programs / program, folder / program)
        sections = {
            "trials": {"repetitions": 1, "warmups": 0, "timeout_s": 600.0} | sections.pop("trials", {}),
            "container": {"runtime": "none", "seccomp": "none"} | sections.pop("container", {}),
        } | sections
        lines = [f"name = {toml(name)}", "[task]", f"command = {toml(command)}"]
        for section, keys in sections.items():
            lines.append(f"[{section}]")
            lines += [f"{key} = {toml(value)}" for key, value in keys.items()]
        path = folder / f"{name}.toml"
        path.write_text("\n".join(lines) + "\n")
        return path

    @contextmanager
    def turn(self) -> Iterator[None]:
        """No other memcg-run meanwhile."""
        with open(LOCK, "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def run(self, experiment: Path, pictures: bool = False) -> Finished:
        """Runs an experiment to its end."""
        output = experiment.parent / "output"
        options = ["--quiet", *([] if pictures else ["--no-pictures"]), "--output"]
        command = [self.program, *options, output, experiment]
        with self.turn():
            wall_ns, peak_bytes = self.watch(command)
        return Finished(newest(output), wall_ns, peak_bytes)

    def watch(self, command: list[object], tree: bool = False) -> tuple[int, int]:
        """Runs a command that must succeed: nanoseconds, and the bytes that it had at its peak."""
        begin_ns = time.monotonic_ns()
        process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        watched = Watched(process.pid, tree)
        _, errors = process.communicate()
        wall_ns = time.monotonic_ns() - begin_ns
        watched.stop()
        if process.returncode != 0:
            raise BenchError(f"{command[0]} ended with {process.returncode}: {errors.strip()}")
        return wall_ns, watched.peak_bytes

    @contextmanager
    def started(self, experiment: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
        """An experiment whose task is running, and the memory file of its leaf; ended as by Ctrl-C."""
        output = experiment.parent / "output"
        with self.turn():
            process = subprocess.Popen(
                [str(self.program), "--quiet", "--no-pictures", "--output", str(output), str(experiment)],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            )
            try:
                yield process, wait_for_leaf(process)
            finally:
                process.send_signal(signal.SIGINT)
                process.communicate()

    @contextmanager
    def leaf(self) -> Iterator[Path]:
        """The memory file of a task that does nothing, beside a sampler that looks once a second."""
        experiment = self.experiment("leaf", ["./wait", "3600"], trials={"timeout_s": 4000.0},
                                     sampler={"rate_hz": 1, "stat_hz": 0, "cpu": self.task_cpu})
        with self.started(experiment) as (_, leaf):
            yield leaf

    def bare(self, program: str, *arguments: object) -> list[int]:
        """The numbers that one of the bare programs prints."""
        command = [str(self.programs / program), *(str(argument) for argument in arguments)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"{program} ended with {done.returncode}")
        return [int(number) for number in done.stdout.split()]


def wait_for_leaf(process: subprocess.Popen[str]) -> Path:
    """The gate has opened when the leaf has a process."""
    while process.poll() is None:
        for pattern in LEAVES:
            for leaf in glob.glob(pattern, recursive=True):
                if (Path(leaf).parent / "cgroup.procs").read_text():
                    return Path(leaf)
        time.sleep(0.05)
    raise BenchError(f"the run ended before its task began: {process.stderr.read()}")


def newest(output: Path) -> Path:
    """The folder of the last run."""
    return max(output.iterdir(), key=lambda folder: folder.stat().st_mtime_ns)


def hierarchy(results: h5py.File) -> str:
    """The version of cgroups that the memory controller is on: "v1" or "v2"."""
    return results.attrs["hierarchy"]
