"""What the scripts of this folder share: a small experiment, its runs, and what must be true after each."""

from __future__ import annotations

import fcntl
import glob
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py

PROJECT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", PROJECT / "build")).resolve()
PROGRAM = BUILD / "memcg-run"

# A second memcg-run is refused, and the integration tests take turns by this lock: so do we.
LOCK = "/run/lock/memcg-run-tests"

# Of a trial: what the plan says of it, and no measurement.
PLANNED = ("backend", "task", "parameters", "point", "repetition", "warmup", "order", "status")


class Fault(Exception):
    """Something that must hold does not."""


@contextmanager
def turn(needed: bool) -> Iterator[None]:
    """The machine to ourselves, where the caller has not seen to that."""
    if not needed:
        yield
        return
    with open(LOCK, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise Fault(what)


# ---- the machine


# The memcg-run of this script, by their process IDs: what others left, or have under way, is not asked about.
STARTED: set[int] = set()


def traces() -> list[str]:
    """Cgroups, mounts, processes and files that runs make, whosever they are: a line each."""
    left = []
    for name in ("trial-*.slice", "doctor-*.slice", "run-*.slice"):
        left += glob.glob(f"/sys/fs/cgroup/**/{name}", recursive=True)
    for line in Path("/proc/self/mounts").read_text().splitlines():
        if re.search(r" (/run/memcg-run|/sys/fs/cgroup\S*memcg-run)", line):
            left.append(line)
    for place in ("run-*", "journal-*", "runc/memcg-run-[0-9]*", "crun/memcg-run-[0-9]*"):
        left += glob.glob(f"/run/memcg-run/{place}")
    of_a_run = re.compile(
        rb"^((/run|%b)\S*/memcg-run/launcher|\./hostile_\w+)\0" % re.escape(os.fsencode(BUILD))
    )
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        process = Path(path).parent
        try:
            if of_a_run.match(Path(path).read_bytes()):
                parent, began = (process / "stat").read_text().rpartition(") ")[2].split()[1:20:18]
                groups = (process / "cgroup").read_text().replace("\n", " ")
                left.append(f"{path} run-{parent} {began} {groups}")
        except (FileNotFoundError, ProcessLookupError):
            continue
    return left


# What was there before this script began.
BEFORE = frozenset(traces())


def words_of_others() -> set[str]:
    """By which the traces of another's runs are known: what the journals of their processes name."""
    words = set()
    for path in glob.glob("/run/memcg-run/journal-*"):
        pid = path.split("journal-")[1].split("-")[0]
        if pid.isdigit() and int(pid) in STARTED:
            continue
        words |= {path, f"run-{pid}"}
        try:
            entries = Path(path).read_bytes().decode(errors="replace").split("\0")
        except FileNotFoundError:
            continue
        for entry in entries:
            if match := re.match(r"(?:slice|container [a-z]+|folder) (.+)", entry):
                words.add(match[1])
    return words


def left_behind() -> list[str]:
    """What this script's runs made and did not remove, none of which is alive when this is asked."""
    others = words_of_others()
    left = [trace for trace in traces() if trace not in BEFORE]
    others |= words_of_others()
    return [t for t in left if not any(re.search(rf"{re.escape(w)}(?![\w.-])", t) for w in others)]


def nothing_is_left() -> None:
    """Within ten seconds: systemd removes the groups of a dead scope in its own time."""
    until = time.monotonic() + 10
    while (left := left_behind()) and time.monotonic() < until:
        time.sleep(0.1)
    expect(not left, "left behind: " + ", ".join(left))


# ---- runs


def memcg_run(*arguments: str | Path, **more: object) -> subprocess.Popen[str]:
    """Starts it with its output kept."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **more}
    process = subprocess.Popen([PROGRAM, *arguments], text=True, **streams)
    STARTED.add(process.pid)
    return process


def finish(process: subprocess.Popen[str], codes: tuple[int, ...]) -> str:
    """Waits for it; what it printed. Its exit code must be one of these."""
    printed, _ = process.communicate(timeout=300)
    expect(process.returncode in codes, f"exit code {process.returncode}: {printed}")
    return printed


@dataclass(frozen=True)
class Sealed:
    """A trial as its file has it: which it is, and when its task began."""

    planned: tuple[object, ...]
    start_realtime_ns: int


def sealed_of(group: h5py.Group) -> Sealed:
    """Reads every column and attribute of it."""

    def read(_name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            item[()]
        dict(item.attrs)

    group.visititems(read)
    planned = tuple(str(group.attrs[name]) for name in PLANNED)
    return Sealed(planned, int(group.attrs.get("start_realtime_ns", 0)))


def sealed_trials(run: Path) -> dict[int, Sealed]:
    """Those in trials/ that were not interrupted."""
    trials = {}
    for path in sorted(run.glob("trials/[0-9]*.h5")):
        with h5py.File(path) as file:
            trial = sealed_of(file)
            if re.fullmatch(r"\d{6}\.h5", path.name) and file.attrs["status"] != "interrupted":
                trials[int(path.name[:6])] = trial
    return trials


@dataclass(frozen=True)
class Results:
    """A results.h5, read whole."""

    complete: bool
    trials: dict[int, Sealed]
    interrupted: dict[str, Sealed]
    rows: int


def results_of(run: Path) -> Results:
    with h5py.File(run / "results.h5") as file:
        cut = file["interrupted"] if "interrupted" in file else {}
        return Results(
            bool(file.attrs["complete"]),
            {int(name): sealed_of(group) for name, group in file["trials"].items()},
            {name: sealed_of(group) for name, group in cut.items()},
            len(file["summary"]),
        )


def is_whole(run: Path, reference: Results, sealed: dict[int, Sealed]) -> Results:
    """The run is as the one that nobody ended, and has what was sealed on the way as it was."""
    results = results_of(run)
    expect(results.complete, "it is not complete")
    plan = {number: trial.planned for number, trial in results.trials.items()}
    expect(plan == {n: t.planned for n, t in reference.trials.items()}, f"not the plan: {plan}")
    expect(results.rows == reference.rows, f"{results.rows} rows in /summary")
    for number, trial in sealed.items():
        expect(results.trials[number] == trial, f"trial {number} was sealed, and is another now")
    starts = [t.start_realtime_ns for t in (*results.trials.values(), *results.interrupted.values())]
    began = [start for start in starts if start]
    expect(len(set(began)) == len(began), "a trial is in it twice")
    left = [p.name for p in run.rglob("*") if p.name == "trials" or p.suffix in (".part", ".spool")]
    expect(not left, f"in the run's folder: {left}")
    return results


# Exit codes that a command on a run may have; 4 and 5 are compare's verdicts.
CODES_ON_RUNS = (0, 1, 2, 3, 4, 5)

# What some of them need beside the RUN, for experiments that vary in n.
_OPTIONS_ON_RUNS = {
    "compare": ["--by", "n", "--picture"],
    "fit": ["--x", "n"],
    "resume": ["--no-pictures", "--force"],
}


def options_on_runs(command: str) -> list[str]:
    return _OPTIONS_ON_RUNS.get(command, [])


def commands_on_runs() -> list[str]:
    """Those whose operand is a RUN, in the words of the program itself."""
    usage = subprocess.run([PROGRAM, "help"], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^  (\w+) RUN\b", usage, re.MULTILINE)
    expect(found != [], "`help` names no command whose operand is a RUN")
    return found


def run_folder(output: Path) -> Path | None:
    """The one run in an output folder, if it has begun."""
    folders = [path for path in output.glob("2*") if (path / "run.json").exists()]
    expect(len(folders) <= 1, f"more than one run: {folders}")
    return folders[0] if folders else None


def leave_a_journal(run: Path) -> None:
    """As a run that was killed leaves it: whose process is dead, and names this folder."""
    dead = subprocess.Popen(["true"])
    dead.wait()
    working = Path(f"/run/memcg-run/run-{dead.pid}")
    working.mkdir(mode=0o700, parents=True)
    status = run.stat()
    (working / "run-folder").write_text(f"{status.st_dev} {status.st_ino} 0 0 0 {run}")
    journal = Path(f"/run/memcg-run/journal-{dead.pid}-1")
    journal.write_text(f"title odd, process {dead.pid}\0folder {working}\0")


class Tally:
    """Counts what passed and what failed, and ends the script."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def passes(self) -> None:
        self.passed += 1

    def fails(self, what: str, fault: BaseException) -> None:
        self.failed += 1
        print(f"{what}: {fault}", flush=True)

    def end(self) -> None:
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)
