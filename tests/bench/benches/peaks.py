"""The peak of everyday programs under memcg-run, against that of the same container under runc alone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from context import MIB, BenchError, Context
from figures import Figure, Measurement
from intervals import median, median_interval
from plain_runc import plain_runc

MEMORY_MAX_BYTES = 512 * MIB


@dataclass(frozen=True)
class Task:
    """`needs`: the program that must be installed, and is otherwise left out with a word."""

    name: str
    needs: str
    args: list[str]
    text: str
    memory_max_bytes: int = MEMORY_MAX_BYTES


# Each child holds its memory until all four do, however busy the machine is.
FORKS = """
import os
ready, release = os.pipe(), os.pipe()
for _ in range(4):
    if os.fork() == 0:
        held = bytearray(b"x") * (32 << 20)
        os.close(release[1])
        os.write(ready[1], b"1")
        os.read(release[0], 1)
        os._exit(0)
held = 0
while held < 4:
    held += len(os.read(ready[0], 4))
os.close(release[1])
for _ in range(4):
    os.wait()
"""

TASKS = [
    Task("java", "javac", ["java", "-cp", ".", "Churn"], "java, 20 MiB live and 600 MiB thrown away, in 256 MiB",
         256 * MIB),
    Task("node", "node", ["node", "-e", "a = []; for (i = 0; i < 100; i++) a.push(Buffer.alloc(1 << 20, i))"],
         "node, 100 buffers of 1 MiB"),
    Task("sort", "sort", ["sort", "--parallel=2", "-S", "128M", "-o", "/dev/null", "lines"], "sort of 50 MiB of lines"),
    Task("gcc", "gcc", ["gcc", "-O2", "-c", "-o", "/dev/null", "functions.c"], "gcc -O2 of 2000 functions"),
    Task("sqlite3", "sqlite3", ["sqlite3", ":memory:", "create table t as with recursive n(i) as (select 1 union all "
                                "select i + 1 from n where i < 1000000) select i, hex(i) from n"],
         "sqlite3, 10^6 rows in memory"),
    Task("zstd", "zstd", ["zstd", "-q", "-19", "--single-thread", "-c", "part"], "zstd -19 of 4 MiB"),
    Task("forks", "python3", ["python3", "-c", FORKS], "four children of 32 MiB at one time"),
    Task("numpy", "python3", ["python3", "-c", "import numpy; a = numpy.ones((3000, 3000)); b = a * 2 + a"],
         "NumPy, an array of 69 MiB and its temporaries"),
]

FIGURES = [Figure(f"peaks.{task.name}", f"peak of {task.text}: by how much it differs from that under runc alone",
                  "%", at_most=1.0) for task in TASKS]


def run(context: Context) -> Iterator[Measurement]:
    rounds = 3 if context.quick else 9
    for task in TASKS:
        if not shutil.which(task.needs):
            context.say(f"{task.name}: left out, {task.needs} is not installed")
            continue
        context.say(f"{task.name}, {rounds} rounds of both in turn")
        ours, alone = measure(context, task, rounds)
        ratios = [100 * (mine / plain - 1) for mine, plain in zip(ours, alone, strict=True)]
        low, high = median_interval(ratios)
        yield Measurement(
            f"peaks.{task.name}", abs(100 * (median(ours) / median(alone) - 1)),
            f"medians of {rounds}: {median(ours) / MIB:.1f} MiB, runc alone {median(alone) / MIB:.1f} MiB; round by round "
            f"{low:+.2f} % to {high:+.2f} %",
        )


def measure(context: Context, task: Task, rounds: int) -> tuple[list[int], list[int]]:
    """Peaks in bytes: of the trials, and of the same container under runc, in turn."""
    sections = {"container": {"runtime": "runc", "seccomp": "default"},
                "limits": {"memory_max": str(task.memory_max_bytes), "swap_max": "0", "cpus": "all"}}
    waiting = context.experiment("peaks", ["./wait", "600"], **sections)
    make_inputs(context, waiting.parent)
    trial = context.experiment("peaks", task.args, **sections)
    trial.rename(trial.with_name("task.toml"))
    context.experiment("peaks", ["./wait", "600"], **sections)
    ours: list[int] = []
    alone: list[int] = []
    with plain_runc(context, waiting) as plain:
        # The first of each reads the files: what it is charged of them is not the task's.
        for number in range(rounds + 1):
            (result,) = context.run(trial.with_name("task.toml")).trials()
            with context.turn():
                plain_bytes = plain.peak_bytes(task.args, task.memory_max_bytes)
            if number > 0:
                ours.append(int(result["reference"].attrs["peak_bytes"]))
                alone.append(plain_bytes)
    return ours, alone


def make_lines(folder: Path) -> None:
    """50 MiB to sort, the same bytes each time."""
    number = 1
    with open(folder / "lines", "w", encoding="ascii") as lines:
        for _ in range(50 * MIB // 16):
            number = number * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
            lines.write(f"{number >> 4:015x}\n")


def make_inputs(context: Context, folder: Path) -> None:
    """What the tasks read: the same bytes each time."""
    make_lines(folder)
    with open(folder / "lines", "rb") as lines:
        (folder / "part").write_bytes(lines.read(4 * MIB))
    (folder / "functions.c").write_text("".join(
        f"int f{i}(int *a, int n) {{ int s = {i}; for (int i = 0; i < n; i++) s += a[i] * {i + 3}; return s; }}\n"
        for i in range(2000)))
    if shutil.which("javac"):
        source = context.project / "tests" / "integration" / "tasks" / "Churn.java"
        done = subprocess.run(["javac", "-d", folder, source], check=False)
        if done.returncode != 0:
            raise BenchError(f"javac {source} ended with {done.returncode}")
