"""Medians and their intervals, as docs/method.md has them: percentile bootstrap, fixed seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

RESAMPLES = 10_000
SEED = 1


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of the median."""
    array = numpy.asarray(values, dtype=float)
    random = numpy.random.default_rng(SEED)
    drawn = random.integers(0, len(array), size=(RESAMPLES, len(array)))
    low, high = numpy.percentile(numpy.median(array[drawn], axis=1), [2.5, 97.5])
    return float(low), float(high)


def median(values: Sequence[float]) -> float:
    return float(numpy.median(numpy.asarray(values, dtype=float)))
