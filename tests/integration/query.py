"""What is in a run's results, for the tests: reads with h5py and nothing of this project, as a user would.

query.py RESULTS.H5 EXPRESSION             prints a Python expression over `run`
query.py RESULTS.H5 --hold CONDITION...    exit 1, and says which, unless all of them are true
query.py --serve REQUESTS                  answers requests until one is empty

Python and h5py take 0.2 s to start, and 5 s in an emulated machine, so that a file of tests starts them once.
REQUESTS is a FIFO; a line of it names a folder with the file `arguments`, each ended by NUL, and the FIFO `status`,
to which the exit code goes when the file `output` has the answer.
"""

from __future__ import annotations

import json
import os
import statistics
import sys

import h5py
import numpy

MIB = 1 << 20


class Trial:
    """One trial: its attributes as attributes, its columns as arrays."""

    def __init__(self, group: h5py.Group) -> None:
        self.group = group
        self.reference = dict(group["reference"].attrs) if "reference" in group else {}

    def __getattr__(self, name: str) -> object:
        """An attribute; None where the trial has none, as exit_code of one that was killed."""
        value = self.group.attrs.get(name)
        return value.decode() if isinstance(value, bytes) else value

    @property
    def time_ns(self) -> numpy.ndarray:
        return self.group["reference/time_ns"][:].astype("i8")

    @property
    def current_bytes(self) -> numpy.ndarray:
        return self.group["reference/current_bytes"][:].astype("i8")

    def gaps_ns(self) -> numpy.ndarray:
        """How long each gap of the reference is; empty where there is none."""
        if "reference/gaps" not in self.group:
            return numpy.array([], dtype="i8")
        gaps = self.group["reference/gaps"]
        return gaps["end_ns"][:].astype("i8") - gaps["time_ns"][:].astype("i8")

    def samples_within(self) -> numpy.ndarray:
        """The reference's samples between task_begin and task_end, in bytes."""
        time_ns = self.time_ns
        inside = (time_ns >= int(self.begin_ns)) & (time_ns <= int(self.end_ns))
        return self.current_bytes[inside]

    def stat(self, column: str) -> numpy.ndarray:
        """A column of what was read of memory.stat."""
        return self.group["reference/stat"][column][:].astype("i8")

    @property
    def stat_attrs(self) -> dict[str, object]:
        return {k: v.item() for k, v in self.group["reference/stat"].attrs.items()}

    def slow(self, channel: str, column: str) -> numpy.ndarray:
        """A column of what was read at a lower rate: slow("processes", "rss_bytes")."""
        return self.group["reference"][channel][column][:].astype("i8")

    def slow_attrs(self, channel: str) -> dict[str, object]:
        return {k: v.item() for k, v in self.group["reference"][channel].attrs.items()}

    def at_end(self, channel: str, column: str) -> int:
        """The value in the row that was read at task_end."""
        return int(self.slow(channel, column)[self.slow_attrs(channel)["end_row"]])

    def pressure(self, column: str) -> numpy.ndarray:
        """A column of what was read of memory.pressure: percent, or microseconds."""
        return self.group["reference/pressure"][column][:].astype("f8")

    def counted(self, mark: str, column: str) -> int:
        """A column of what the oracle counted at a mark: bytes, but for frames, groups and times."""
        oracle = self.group["oracle"]
        return int(oracle[column][list(oracle["mark"][()]).index(mark.encode())])

    def counted_user(self, mark: str) -> int:
        """Anonymous memory, files and tmpfs together, as counted at a mark."""
        return sum(self.counted(mark, f"{kind}_bytes") for kind in ("anon", "file", "shmem"))

    def gained(self, column: str) -> int:
        """What was counted at the mark "filled" beyond what was at task_begin."""
        return self.counted("filled", column) - self.counted("task_begin", column)

    def truth_at(self, mark: str, kind: str) -> int:
        """What the task had last declared of a kind when it sent a mark."""
        marks = self.group["marks"]
        time_ns = marks["time_ns"][list(marks["name"][()]).index(mark.encode())]
        truth = self.group["truth"][kind]
        return int(truth["bytes"][:][truth["time_ns"][:] <= time_ns][-1])

    def stat_at(self, mark: str, column: str) -> int:
        """memory.stat as it was right before the count at a mark; 0 where the kernel has no such key."""
        if column not in self.group["reference/stat"]:
            return 0
        return int(self.stat(column)[self.counted(mark, "stat_row")])

    def metric(self, name: str) -> dict[str, object]:
        return dict(self.group["metrics"][name].attrs)

    def rise(self, metric: str) -> int:
        """Peak minus initial of a metric, or of "reference", in bytes."""
        attributes = self.reference if metric == "reference" else self.metric(metric)
        if metric == "reference":
            return int(attributes["peak_bytes"]) - int(attributes["initial_bytes"])
        return int(attributes["peak"]) - int(attributes["initial"])

    def truth_peak(self) -> int:
        return int(self.group["truth/bytes"][:].max())

    def text(self, stream: str) -> str:
        return bytes(self.group[stream][()]).decode()


class Run:
    """The whole file."""

    def __init__(self, path: str) -> None:
        self.file = h5py.File(path, "r")
        self.attrs = self.file.attrs
        self.trials = [Trial(group) for _, group in sorted(self.file["trials"].items())]

    def of(self, backend: str, warmups: bool = False) -> list[Trial]:
        return [t for t in self.trials if t.backend == backend and (warmups or not t.warmup)]

    def median_rise(self, backend: str, metric: str, parameters: str = "") -> float:
        chosen = [t for t in self.of(backend) if parameters in t.parameters]
        return statistics.median(t.rise(metric) for t in chosen)


def broken(conditions: list[str], names: dict[str, object]) -> list[str]:
    """A sentence for each condition that does not hold."""
    values = ((condition, eval(condition, names)) for condition in conditions)
    return [f"does not hold: {c} (it is: {v!r})" for c, v in values if str(v) != "True"]


def answer(arguments: list[str]) -> None:
    run = Run(arguments[0])
    names = {"run": run, "MIB": MIB, "json": json, "numpy": numpy}
    if arguments[1] != "--hold":
        print(eval(arguments[1], names))
    elif sentences := broken(arguments[2:], names):
        trials = [f"{t.status} {t.exit_code} {t.signal} {t.cause}" for t in run.trials]
        sys.exit("\n".join(sentences + trials))


def serve(requests: str) -> None:
    """Each request in a process of its own, so that none meets what another left."""
    while True:
        with open(requests, encoding="utf-8") as lines:
            folder = lines.readline().rstrip("\n")
        if not folder:
            return
        child = os.fork()
        if child == 0:
            with open(f"{folder}/arguments", encoding="utf-8") as file:
                arguments = file.read().split("\0")[:-1]
            output = os.open(f"{folder}/output", os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(output, 1)
            os.dup2(output, 2)
            answer(arguments)
            return
        _, status = os.waitpid(child, 0)
        with open(f"{folder}/status", "w", encoding="utf-8") as file:
            print(os.waitstatus_to_exitcode(status), file=file)


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve(sys.argv[2])
    else:
        answer(sys.argv[1:])
