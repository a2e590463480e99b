"""The table of figures, for the terminal and for docs/benchmarks.md."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from figures import Figure
from lines import Line

BEGIN = "<!-- figures: made by make bench -->\n"
END = "<!-- figures: end -->"
WIDTH = 60


def measured_text(figure: Figure, line: Line) -> str:
    return figure.format(line["value"]) + (" (quick)" if line["quick"] else "")


def interval_text(figure: Figure, line: Line) -> str:
    if not line["interval"]:
        return "-"
    return " to ".join(figure.format(value) for value in line["interval"])


def met_text(line: Line) -> str:
    return {True: "yes", False: "NO", None: "-"}[line["met"]]


def cells(figure: Figure, line: Line | None) -> list[str]:
    if line is None:
        return [figure.text, figure.target, "not measured", "-", "-"]
    return [figure.text, figure.target, measured_text(figure, line), interval_text(figure, line), met_text(line)]


HEAD = ["figure", "target", "measured", "95 % interval", "met"]


def for_terminal(figures: Sequence[Figure], measured: dict[str, Line]) -> str:
    rows = [HEAD, *(cells(figure, measured.get(figure.key)) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(1, len(HEAD))]
    lines = []
    for row in rows:
        first, *others = textwrap.wrap(row[0], WIDTH)
        rest = "  ".join(text.ljust(width) for text, width in zip(row[1:], widths))
        lines.append(f"{first.ljust(WIDTH)}  {rest}".rstrip())
        lines += others
    return "\n" + "\n".join(lines) + "\n"


def for_document(figures: Sequence[Figure], measured: dict[str, Line]) -> str:
    """Machine and day, the table, and how each figure came about. A quick one is no measurement."""
    measured = {key: line for key, line in measured.items() if not line["quick"]}
    lines = [f"- {text}" for text in sorted({origin(line) for line in measured.values()})]
    lines += ["", "| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD)]
    lines += ["| " + " | ".join(cells(figure, measured.get(figure.key))) + " |" for figure in figures]
    lines += ["", "How each was measured, in that run:", "", "| figure | how | load before |", "| --- | --- | --- |"]
    for figure in figures:
        if figure.key in measured:
            line = measured[figure.key]
            lines.append(f"| {figure.text} | {line['how']} | {line['load']:.1f} |")
    return "\n".join(lines) + "\n"


def origin(line: Line) -> str:
    return f"{line['date'].split()[0]}: {line['machine']}"


def write_document(path: Path, figures: Sequence[Figure], measured: dict[str, Line]) -> None:
    """Replaces what stands between the two comments, and nothing else."""
    before, found, rest = path.read_text().partition(BEGIN)
    _, found_end, after = rest.partition(END)
    if not found or not found_end:
        raise SystemExit(f"{path} has no place for the figures: the lines {BEGIN.strip()} and {END}")
    path.write_text(f"{before}{BEGIN}{for_document(figures, measured)}\n{END}{after}")
