"""agreement.py RESULTS.H5: whether the kernel's account agrees with what each phenomenon declared.

Prints a line for each place where it does not, then how many it has looked at. At each stage, in which a
phenomenon holds still, the reference's rise since task_begin is held against the truth of the kind
charged, and so is its peak; where the oracle has counted, its count against the kind unique. They may differ
by 256 KiB a CPU, in which the kernel charges (a count has no such), and by what the phenomenon is about, as
docs/phenomena.md has it.
"""

from __future__ import annotations

import json
import sys

import h5py
import numpy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

KIB = 1 << 10
BATCH_BYTES = 256 * KIB
# What a task touches on its way: its stack, its data, its libraries.
FEW_BYTES = 128 * KIB
# What a process costs the kernel, and by being forked: bytes of each. Of that, pages of its own.
PROCESS_BYTES = 192 * KIB
PROCESS_PAGES_BYTES = 64 * KIB
PROCESSES = {"fork_tree": 8, "shared": 7, "copy_on_write": 1, "vfork": 1, "child_exits": 1, "exec": 1}
# Eight, each with what the kernel keeps of it.
THREADS_BYTES = {"thread_stacks": 8 * 16 * KIB}
# What the kernel keeps beside the bytes: a file system's own of its pages, a packet's head, a pipe's table.
FILES = {"page_cache", "map_private", "map_shared"}
SHARE = {**dict.fromkeys(FILES, 0.06), "sockets": 0.08, "pipes": 0.03, "dentries": 0.06}
# Python keeps an arena in which anything else lives: the one that had been begun, whose rest the objects touch, and the
# last, where what comes after them is put. Of 3.13, sys._debugmallocstats counts one arena more after them than before,
# whatever was allocated earlier. How much of the two is charged depends on that: on the length of paths, for example.
ARENA_BYTES = {"python_objects": 2 << 20, "python_fragmented": 2 << 20}
# Inodes, dentries and open files are freed when an RCU grace period has passed: any part may be left.
FREED_LATE = {("dentries", "released")}


class Truth:
    """What a task has declared of one kind."""

    def __init__(self, trial: h5py.Group, kind: str) -> None:
        time_ns = trial[f"truth/{kind}/time_ns"][:].astype("i8")
        # As they came: what a child says may be overtaken by what its parent says after it.
        order = numpy.argsort(time_ns, kind="stable")
        self.time_ns = time_ns[order]
        self.bytes = trial[f"truth/{kind}/bytes"][:].astype("i8")[order]

    def at(self, time_ns: int) -> int:
        return int(self.bytes[self.time_ns <= time_ns][-1])

    def peak(self) -> int:
        return int(self.bytes.max())


class Phenomenon:
    """One trial of one."""

    def __init__(self, trial: h5py.Group, cpus: int) -> None:
        self.trial = trial
        self.name = json.loads(trial.attrs["parameters"])["phenomenon"]
        self.resolution = cpus * BATCH_BYTES
        self.charged = Truth(trial, "charged")
        self.unique = Truth(trial, "unique")

    def less_bytes(self) -> float:
        """How much of what was there may be gone: the kernel takes clean pages of files back."""
        return SHARE[self.name] * self.charged.peak() if self.name in FILES else 0.0

    def more_bytes(self, stage: str) -> float:
        """How much more than the truth may be charged, beside what comes from charging in batches."""
        share = 1.0 if (self.name, stage) in FREED_LATE else SHARE.get(self.name, 0.0)
        return (
            FEW_BYTES
            + PROCESSES.get(self.name, 0) * PROCESS_BYTES
            + THREADS_BYTES.get(self.name, 0)
            + share * self.charged.peak()
            + ARENA_BYTES.get(self.name, 0)
        )

    def compare(self, what: str, difference: float, least: float, most: float) -> list[str]:
        """Nothing where they agree."""
        if least <= difference <= most:
            return []
        return [
            f"{self.name}: {what}: {difference / KIB:+.0f} KiB from the truth, "
            f"{least / KIB:+.0f} to {most / KIB:+.0f} are allowed"
        ]

    def stages(self) -> Iterator[tuple[str, int, float]]:
        """Of each stage: its mark, when it began, and the median of the reference while it holds still."""
        reference = self.trial["reference"]
        time_ns = reference["time_ns"][:].astype("i8")
        names = [name.decode() for name in self.trial["marks/name"][:]]
        marks = list(zip(names, self.trial["marks/time_ns"][:].astype("i8")))
        for (name, begin_ns), (following, end_ns) in zip(marks, marks[1:]):
            inside = (time_ns > begin_ns) & (time_ns < end_ns)
            # A machine that stood still through the whole stage has no sample of it.
            if following == "stage_end" and inside.any():
                yield name, begin_ns, float(numpy.median(reference["current_bytes"][:][inside]))

    def reference_problems(self) -> list[str]:
        reference = self.trial["reference"].attrs
        initial = int(reference["initial_bytes"])
        values = [(name, held, self.charged.at(time_ns)) for name, time_ns, held in self.stages()]
        values.append(("peak", float(reference["peak_bytes"]), self.charged.peak()))
        least = -self.resolution - self.less_bytes()
        return [
            problem
            for stage, value, truth in values
            for problem in self.compare(
                stage, value - initial - truth, least, self.resolution + self.more_bytes(stage)
            )
        ]

    def oracle_problems(self) -> list[str]:
        if "oracle" not in self.trial:
            return []
        oracle = self.trial["oracle"]
        names = [name.decode() for name in oracle["mark"][:]]
        kinds = ("anon_bytes", "file_bytes", "shmem_bytes")
        counts = sum(oracle[kind][:].astype("i8") for kind in kinds)
        initial = int(counts[names.index("task_begin")])
        most = (
            FEW_BYTES
            + PROCESSES.get(self.name, 0) * PROCESS_PAGES_BYTES
            + ARENA_BYTES.get(self.name, 0)
        )
        return [
            problem
            for name, time_ns, count in zip(names, oracle["time_ns"][:].astype("i8"), counts)
            if not name.startswith("task_")
            for problem in self.compare(
                f"{name}, counted",
                int(count) - initial - self.unique.at(time_ns),
                -FEW_BYTES - self.less_bytes(),
                most,
            )
        ]

    def problems(self) -> list[str]:
        if self.trial.attrs["status"] != "ok":
            return [f"{self.name}: {self.trial.attrs['cause']}"]
        return self.reference_problems() + self.oracle_problems()


def main() -> None:
    with h5py.File(sys.argv[1]) as run:
        cpus = int(run.attrs["cpus"])
        # A reporter in the task takes memory of its own.
        trials = [t for t in run["trials"].values() if t.attrs["backend"] == "none"]
        phenomena = [Phenomenon(trial, cpus) for trial in trials]
        for phenomenon in phenomena:
            for problem in phenomenon.problems():
                print(problem)
        print(f"{len({p.name for p in phenomena})} phenomena")


main()
