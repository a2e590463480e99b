"""agreement.py RESULTS.H5: whether the kernel's account agrees with what each phenomenon declared.

Prints a line for each place where it does not, then how many it has looked at. At each mark at which a
phenomenon holds still the reference's rise since task_begin is held against the truth of the kind
charged, and so is its peak. They may differ by 256 KiB a CPU, in which the kernel charges, and by what
the phenomenon is about, as docs/phenomena.md has it.
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

# What a process costs the kernel, and by being forked: bytes of each.
PROCESS_BYTES = 192 * KIB
PROCESSES = {"fork_tree": 8, "shared": 7, "copy_on_write": 1, "child_exits": 1, "exec": 1}
# What the kernel keeps beside the bytes: a file system's own of its pages, a packet's head.
SHARE = {"page_cache": 0.06, "map_private": 0.06, "map_shared": 0.06, "sockets": 0.08}
# Python keeps an arena that it has begun.
ARENA_BYTES = {"python_objects": 1 << 20, "python_fragmented": 1 << 20}
# Inodes, dentries and open files are freed when an RCU grace period has passed: any part may be left.
FREED_LATE = {("dentries", "released")}


def beyond(name: str, stage: str, largest_bytes: int) -> float:
    """How much more than the truth may be charged, beside what comes from charging in batches."""
    share = 1.0 if (name, stage) in FREED_LATE else SHARE.get(name, 0.0)
    return (
        PROCESSES.get(name, 0) * PROCESS_BYTES + share * largest_bytes + ARENA_BYTES.get(name, 0)
    )


class Phenomenon:
    """One trial of one."""

    def __init__(self, trial: h5py.Group, cpus: int) -> None:
        self.trial = trial
        self.name = json.loads(trial.attrs["parameters"])["phenomenon"]
        self.resolution = cpus * BATCH_BYTES
        self.initial = int(trial["reference"].attrs["initial_bytes"])
        self.truth_ns = trial["truth/charged/time_ns"][:].astype("i8")
        self.truth_bytes = trial["truth/charged/bytes"][:].astype("i8")

    def check(self, what: str, found: float, truth: int) -> list[str]:
        """Nothing where they agree."""
        difference = found - self.initial - truth
        allowed = self.resolution + beyond(self.name, what, int(self.truth_bytes.max()))
        if -self.resolution <= difference <= allowed:
            return []
        return [
            f"{self.name}: {what}: {difference / KIB:+.0f} KiB from the truth, "
            f"{-self.resolution / KIB:.0f} to {allowed / KIB:+.0f} are allowed"
        ]

    def stages(self) -> Iterator[tuple[str, int, float]]:
        """Of each stage: its mark, the truth, and the median of the reference while it holds still."""
        reference = self.trial["reference"]
        time_ns = reference["time_ns"][:].astype("i8")
        names = [name.decode() for name in self.trial["marks/name"][:]]
        marks = list(zip(names, self.trial["marks/time_ns"][:].astype("i8")))
        for (name, begin_ns), (following, end_ns) in zip(marks, marks[1:]):
            inside = (time_ns > begin_ns) & (time_ns < end_ns)
            # A machine that stood still through the whole stage has no sample of it.
            if following == "stage_end" and inside.any():
                truth = int(self.truth_bytes[self.truth_ns <= begin_ns][-1])
                yield name, truth, float(numpy.median(reference["current_bytes"][:][inside]))

    def problems(self) -> list[str]:
        if self.trial.attrs["status"] != "ok":
            return [f"{self.name}: {self.trial.attrs['cause']}"]
        peak = int(self.trial["reference"].attrs["peak_bytes"])
        found = self.check("peak", peak, int(self.truth_bytes.max()))
        for mark, truth, held in self.stages():
            found += self.check(mark, held, truth)
        return found


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
