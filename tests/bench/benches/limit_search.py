"""Simulated searches for the smallest limit of tasks whose boundary is known: the table of docs/limit.md."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from context import Context
from figures import Figure, Measurement

SEARCHES = 4000
SETTINGS = {"default": "95 % survival", "quick": "90 % survival"}
BOUNDARIES = {"sharp": "sharp", "0.2 % wide": "02", "1 % wide": "1", "5 % wide": "5",
              "sharp, 1 % fail": "failing", "random peak": "random", "not monotone": "monotone"}
# What is claimed is to hold in 95 % of searches.
CONFIDENCE = 95.0
HEAD = ("settings", "boundary", "found", "claim holds", "interval holds", "said not monotone", "excess", "`search`",
        "`confirm`, `below`", "candidates")

FIGURES = [
    Figure(f"limit_search.{settings}.{key}", f"{SEARCHES} simulated searches, {text}, boundary {boundary}: claim holds",
           "%", at_least=CONFIDENCE)
    for settings, text in SETTINGS.items() for boundary, key in BOUNDARIES.items()
]


def run(context: Context) -> Iterator[Measurement]:
    n = SEARCHES // 10 if context.quick else SEARCHES
    done = subprocess.run([context.programs / "limit_simulation", str(n)], capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    print("\n".join(["", markdown(HEAD), markdown(["---"] * len(HEAD)), *(markdown(cells(row)) for row in rows), ""]),
          flush=True)
    for row in rows:
        yield Measurement(f"limit_search.{row[0]}.{BOUNDARIES[row[1]]}", float(row[3]), f"{n} searches, {row[2]} % found")


def cells(row: list[str]) -> list[str]:
    """Quantiles come in pairs: the median and that of 95 %."""
    settings, boundary, *shares = row[:6]
    pairs = [row[i:i + 2] for i in range(6, len(row), 2)]
    excess, *counts = pairs
    return [settings, boundary, *(f"{float(share):.2f} %" for share in shares),
            f"{float(excess[0]):.1f} %, {float(excess[1]):.1f} %",
            *(f"{float(median):.0f}, {float(most):.0f}" for median, most in counts)]


def markdown(texts: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(texts)} |"
