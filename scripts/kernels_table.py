#!/usr/bin/python3
"""Writes the tables of docs/kernels.md from the results that scripts/kernels keeps.

    kernels_table.py KEPT DOCUMENT

KEPT has one folder per kernel with kernels.h5 and kernels-limit.h5. Each table is between two comments in
the document that name it; only what is between them is replaced. Values are medians over
the repetitions, warm-ups left out. Reads with h5py and nothing from this project, as a user would.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable

import h5py

MIB = 1 << 20
FOLDERS = ("native", "6.1", "6.12")
# On the host once more, with limits.swap_max unset.
SWAP_UNSET = "native/kernels-swap-unset.h5"
TASKS = ("nothing", "anonymous", "page_cache", "tmpfs", "children", "shared")
# In no trial, or not on this kernel. Never 0: that is a number.
NONE = "-"

Reader = Callable[[h5py.Group], float | None]


class Run:
    """One experiment under one kernel."""

    def __init__(self, path: str, note: str = "") -> None:
        self.file = h5py.File(path, "r")
        self.attributes = self.file.attrs
        self.doctor = json.loads(self.attributes["doctor"])
        self.release = re.match(r"Linux (\d+\.\d+)", self.attributes["kernel"]).group(1)
        self.name = f"{self.attributes['hierarchy']} on {self.release}{note}"

    def trials(self, task: str, backend: str = "none") -> list[h5py.Group]:
        return [
            trial
            for trial in self.file["trials"].values()
            if not trial.attrs["warmup"]
            and trial.attrs["backend"] == backend
            and json.loads(trial.attrs["parameters"])["task"] == task
        ]


def median(trials: Iterable[h5py.Group], read: Reader) -> float | None:
    values = [value for value in map(read, trials) if value is not None]
    return statistics.median(values) if values else None


def mib(trials: Iterable[h5py.Group], read: Reader) -> str:
    value = median(trials, read)
    return NONE if value is None else f"{value / MIB:.2f}"


def whole(trials: Iterable[h5py.Group], read: Reader) -> str:
    """A count: one number if all trials agree, otherwise the range."""
    values = {int(value) for value in map(read, trials) if value is not None}
    if not values:
        return NONE
    return str(min(values)) if len(values) == 1 else f"{min(values)} to {max(values)}"


def reference(name: str) -> Reader:
    return lambda trial: as_number(trial["reference"].attrs.get(name))


def attribute(name: str) -> Reader:
    return lambda trial: as_number(trial.attrs.get(name))


def metric(name: str, which: str) -> Reader:
    def read(trial: h5py.Group) -> float | None:
        group = trial["metrics"].get(name) if "metrics" in trial else None
        return None if group is None else as_number(group.attrs.get(which))

    return read


def stat_at_end(name: str) -> Reader:
    def read(trial: h5py.Group) -> float | None:
        column = trial.get(f"reference/stat/{name}")
        return None if column is None else as_number(column[-1])

    return read


def truth(trial: h5py.Group) -> float | None:
    return as_number(trial["truth"].attrs.get("peak_bytes")) if "truth" in trial else None


def beyond_truth(trial: h5py.Group) -> float | None:
    values = [reference("peak_bytes")(trial), reference("initial_bytes")(trial), truth(trial)]
    return None if None in values else values[0] - values[1] - values[2]


def as_number(value: object) -> float | None:
    """Signed: a difference of HDF5's unsigned values would wrap around."""
    return None if value is None else int(value)


def exact(trials: list[h5py.Group]) -> str:
    count = sum(bool(trial["reference"].attrs["peak_exact"]) for trial in trials)
    return {len(trials): "yes", 0: "no"}.get(count, f"{count} of {len(trials)}")


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * 2 + ["---:"] * (len(head) - 2), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def by_task(runs: list[Run], head: list[str], row: Callable[[Run, str], list[str]]) -> str:
    rows = []
    for task in TASKS:
        for i, run in enumerate(runs):
            rows.append([f"`{task}`" if i == 0 else "", run.name, *row(run, task)])
    return table(["task", "kernel", *head], rows)


def runs_table(runs: list[Run], limited: list[Run]) -> str:
    """Where the numbers come from."""
    rows = [
        ["kernel", *(run.attributes["kernel"].split(" ")[1] for run in runs)],
        ["memory controller", *(f"cgroup {run.attributes['hierarchy']}" for run in runs)],
        ["machine", *(machine(run) for run in runs)],
        ["transparent huge pages", *(run.doctor["memory"]["huge_pages"]["enabled"] for run in runs)],
        ["peak can be reset", *(yes_or_no(run.doctor["cgroup"]["peak"]["resets"]) for run in runs)],
        ["step of `memory.current`, measured", *(charge_batch(run) for run in runs)],
        ["Python", *(python(run) for run in runs)],
        ["runtime", *(f"{run.attributes['runtime']} {run.attributes['runtime_version']}" for run in runs)],
        ["memcg-run", *(run.attributes["tool_version"] for run in runs)],
        ["`kernels.toml` started", *(run.attributes["created"] for run in runs)],
        ["`kernels-limit.toml` started", *(run.attributes["created"] for run in limited)],
        ["trials", *(f"{gathered(run)} + {gathered(other)}" for run, other in zip(runs, limited))],
    ]
    return table(["", *(run.name for run in runs)], rows).replace("---:", "---")


def machine(run: Run) -> str:
    attributes = run.attributes
    emulated = ", emulated by qemu" if "TCG" in attributes["cpu_model"] else ""
    size_gib = attributes["memory_bytes"] / (MIB << 10)
    return f"{attributes['cpu_model']}{emulated}; {attributes['cpus']} CPUs, {size_gib:.1f} GiB"


def yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


def charge_batch(run: Run) -> str:
    size = run.doctor["measured"]["charge_batch"].get("bytes")
    return f"{size // 1024} KiB" if size else NONE


def python(run: Run) -> str:
    return ", ".join(sorted({
        trial["stdout"][()].decode().split()[1] for task in TASKS for trial in run.trials(task)
    }))


def gathered(run: Run) -> int:
    return int(run.attributes["trials_gathered"])


def account_table(runs: list[Run]) -> str:
    """What the kernel charged: backend none."""

    def row(run: Run, task: str) -> list[str]:
        trials = run.trials(task)
        names = ("initial_bytes", "peak_bytes", "final_bytes", "leaf_peak_bytes")
        initial, peak, final, leaf_peak = (mib(trials, reference(name)) for name in names)
        return [
            mib(trials, truth), initial, peak, exact(trials), final,
            mib(trials, beyond_truth), leaf_peak,
        ]

    head = ["truth", "initial", "peak", "exact", "final", "beyond truth", "leaf's peak"]
    return by_task(runs, head, row)


def stat_table(runs: list[Run]) -> str:
    """memory.stat at task_end: backend none."""
    names = ("anon_bytes", "file_bytes", "shmem_bytes", "kernel_bytes", "slab_bytes")

    def row(run: Run, task: str) -> list[str]:
        trials = run.trials(task)
        values = [mib(trials, stat_at_end(name)) for name in names]
        faults = median(trials, page_faults)
        return [
            *values, mib(trials, unexplained), mib(trials, reference("final_bytes")),
            NONE if faults is None else f"{faults:.0f}",
        ]

    def unexplained(trial: h5py.Group) -> float | None:
        parts = [stat_at_end(name)(trial) for name in ("anon_bytes", "file_bytes", "kernel_bytes")]
        return None if None in parts else reference("final_bytes")(trial) - sum(parts)

    def page_faults(trial: h5py.Group) -> float | None:
        column = trial.get("reference/stat/pgfault")
        return None if column is None else int(column[-1]) - int(column[0])

    head = [
        "anon", "file", "shmem in file", "kernel", "slab in kernel",
        "final - (anon + file + kernel)", "final", "page faults",
    ]
    return by_task(runs, head, row)


def reporters_table(runs: list[Run]) -> str:
    """What a process reports about itself, and what the task sees of its own cgroup."""

    def row(run: Run, task: str) -> list[str]:
        kernel, cgroup = run.trials(task, "kernel"), run.trials(task, "cgroup")
        return [
            mib(run.trials(task), truth),
            mib(run.trials(task), attribute("maxrss_bytes")),
            mib(kernel, metric("kernel.rss_bytes", "initial")),
            mib(kernel, metric("kernel.rss_bytes", "peak")),
            mib(kernel, metric("kernel.smaps_rss_bytes", "final")),
            mib(kernel, metric("kernel.pss_bytes", "final")),
            mib(cgroup, metric("cgroup.current_bytes", "peak")),
            mib(cgroup, metric("cgroup.peak_bytes", "peak")),
            mib(cgroup, reference("peak_bytes")),
        ]

    head = [
        "truth", "ru_maxrss", "VmRSS at the start", "VmRSS, peak", "Rss at the end", "Pss at the end",
        "`cgroup.current`, peak", "`cgroup.peak`", "reference, peak",
    ]
    return by_task(runs, head, row)


def limit_table(runs: list[Run]) -> str:
    """Under a limit that is too low for all five."""

    def row(run: Run, task: str) -> list[str]:
        trials = run.trials(task)
        return [
            outcomes(trials),
            *(whole(trials, reference(f"events_{name}")) for name in ("max", "oom", "oom_kill")),
            mib(trials, reference("leaf_peak_bytes")),
        ]

    head = ["ended", "max", "oom", "oom_kill", "leaf's peak"]
    return by_task(runs, head, row)


def outcomes(trials: list[h5py.Group]) -> str:
    counts = Counter(outcome(trial) for trial in trials)
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))


def outcome(trial: h5py.Group) -> str:
    end = f"exit {trial.attrs['exit_code']}" if "exit_code" in trial.attrs else NONE
    if "signal" in trial.attrs:
        end = f"signal {trial.attrs['signal']}"
    return f"{trial.attrs['status']} ({end})"


def replace(text: str, name: str, content: str) -> str:
    begin, end = f"<!-- {name}: made by scripts/kernels -->\n", f"<!-- {name}: end -->"
    before, found, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise SystemExit(f"kernels_table.py: the document has no place for the table {name}")
    return f"{before}{begin}{content}\n{end}{after}"


def main(kept: str, document: str) -> None:
    wanted = [f"{folder}/{name}.h5" for folder in FOLDERS for name in ("kernels", "kernels-limit")]
    missing = [path for path in (*wanted, SWAP_UNSET) if not os.path.exists(f"{kept}/{path}")]
    if missing:
        print("the tables stay as they are; there is no", ", ".join(missing), file=sys.stderr)
        return
    runs = [Run(f"{kept}/{folder}/kernels.h5") for folder in FOLDERS]
    limited = [Run(f"{kept}/{folder}/kernels-limit.h5") for folder in FOLDERS]
    with open(document, encoding="utf-8") as file:
        text = file.read()
    text = replace(text, "runs", runs_table(runs, limited))
    text = replace(text, "account", account_table(runs))
    text = replace(text, "stat", stat_table(runs))
    text = replace(text, "reporters", reporters_table(runs))
    limited.insert(1, Run(f"{kept}/{SWAP_UNSET}", ", swap_max unset"))
    text = replace(text, "limit", limit_table(limited))
    with open(document, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
