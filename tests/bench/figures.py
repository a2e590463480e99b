"""What a benchmark measures: a figure has a target, a measurement is what one run says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from context import Context

# How a number of each unit is written. "x" is a ratio.
FORMATS = {"x": "{:.3g} x", "%": "{:.2f} %", "bytes": "{:.2f}", "s": "{:.2f} s", "MiB": "{:.1f} MiB"}


@dataclass(frozen=True)
class Figure:
    """`at_least` or `at_most` is its target; neither: it is told for comparison."""

    key: str
    text: str
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    def format(self, value: float) -> str:
        """A value with its unit; of a unit that is not known, "20 of 20", the count alone."""
        if self.unit in FORMATS:
            return FORMATS[self.unit].format(value)
        return f"{value:g} {self.unit}"

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f"at least {self.format(self.at_least)}"
        if self.at_most is not None:
            return f"at most {self.format(self.at_most)}"
        return "-"

    def met(self, value: float) -> bool | None:
        """None: there is no target."""
        if self.at_least is not None:
            return value >= self.at_least
        if self.at_most is not None:
            return value <= self.at_most
        return None


@dataclass(frozen=True)
class Measurement:
    """`interval` is a 95 % one of `value`; `how` says in a sentence what was done, with its numbers."""

    key: str
    value: float
    how: str
    interval: tuple[float, float] | None = None


class Bench(Protocol):
    """A module of benches/."""

    FIGURES: list[Figure]

    def run(self, context: Context) -> Iterator[Measurement]:
        """Measures, and yields each figure as soon as it is known."""
