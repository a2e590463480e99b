"""The data sheet: what it takes to make, and whether it says the same when it is made again."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from context import NS_PER_S, Context, newest
from figures import Figure, Measurement

MINUTE_S = 60

FIGURES = [
    Figure("datasheet.quick", "the whole data sheet with `--quick`, run and sheet", "s", at_most=3 * MINUTE_S),
    Figure("datasheet.whole", "the same with its 10 repetitions", "s", at_most=30 * MINUTE_S),
    Figure("datasheet.verdicts", "verdicts that are sure and others when it is made again", "differ", at_most=0),
    Figure("datasheet.medians", "median errors whose intervals do not meet when it is made again", "%", at_most=5),
]

# What is made twice: each way to be wrong, often enough for an interval.
REPETITIONS = 6
REPEATED = ["ramp", "spike_1s", "untouched", "native_malloc", "python_objects", "fork_tree", "shared", "tmpfs",
            "page_cache", "map_private"]


def run(context: Context) -> Iterator[Measurement]:
    experiment = copy(context, "datasheet")
    context.say("once, with --quick")
    yield timed("datasheet.quick", make(context, experiment, "--quick"))
    if not context.quick:
        context.say("with all its repetitions, which takes half an hour")
        yield timed("datasheet.whole", make(context, experiment))
    fewer = copy(context, "repeated", REPEATED)
    sheets = []
    for time in ("once", "twice"):
        context.say(f"{len(REPEATED)} phenomena, {time}")
        sheets.append(cells(make(context, fewer)[0]))
    yield from compare(*sheets)


def copy(context: Context, name: str, phenomena: list[str] | None = None) -> Path:
    """experiments/datasheet.toml with its task, of all phenomena or of some, which are repeated less often."""
    source = context.project / "experiments"
    folder = context.work / name
    shutil.copytree(source / "tasks", folder / "tasks", dirs_exist_ok=True)
    text = (source / "datasheet.toml").read_text(encoding="utf-8")
    if phenomena:
        names = ", ".join(f'"{phenomenon}"' for phenomenon in phenomena)
        text = re.sub(r"phenomenon = \[.*?\]", f"phenomenon = [{names}]", text, flags=re.DOTALL)
        text = re.sub(r"(?m)^repetitions = .*$", f"repetitions = {REPETITIONS}", text)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def make(context: Context, experiment: Path, *options: str) -> tuple[Path, float]:
    """The run's folder, and the seconds that run and sheet took."""
    output = experiment.parent / "output"
    with context.turn():
        run_ns, _ = context.watch([context.program, "--quiet", "--no-pictures", *options, "--output", output,
                                   experiment])
    folder = newest(output)
    sheet_ns, _ = context.watch([context.program, "--quiet", "datasheet", folder])
    return folder, (run_ns + sheet_ns) / NS_PER_S


def timed(key: str, made: tuple[Path, float]) -> Measurement:
    folder, seconds = made
    sheet = cells(folder)
    trials = {trial for cell in sheet.values() for trial in cell["trials"].split()}
    reporters = {cell["metric"] for cell in sheet.values()}
    return Measurement(key, seconds, f"{len(trials)} trials, {len(reporters)} reporters in {len(sheet)} cells")


def cells(folder: Path) -> dict[tuple[str, str, str], dict[str, str]]:
    with open(folder / "datasheet.csv", newline="", encoding="utf-8") as file:
        return {(cell["phenomenon"], cell["moment"], cell["metric"]): cell for cell in csv.DictReader(file)}


def compare(first: dict[tuple[str, str, str], dict[str, str]],
            second: dict[tuple[str, str, str], dict[str, str]]) -> Iterator[Measurement]:
    both = [(first[key], second[key]) for key in first if first[key]["verdict"] and second[key]["verdict"]]
    sure = [(a, b) for a, b in both if a["sure"] == b["sure"] == "true"]
    others = [a for a, b in sure if a["verdict"] != b["verdict"]]
    names = ", ".join(f"{cell['metric']} in {cell['phenomenon']}" for cell in others)
    yield Measurement("datasheet.verdicts", len(others),
                      f"of {len(sure)} that are sure both times, of {len(both)} in all{': ' if names else ''}{names}")
    apart = [a for a, b in both if not meet(a, b)]
    yield Measurement("datasheet.medians", 100.0 * len(apart) / len(both), f"{len(apart)} of {len(both)}")


def meet(a: dict[str, str], b: dict[str, str]) -> bool:
    """Whether the 95 % intervals of two errors have a value in common."""
    return max(float(a["error_low_bytes"]), float(b["error_low_bytes"])) <= min(
        float(a["error_high_bytes"]), float(b["error_high_bytes"]))
