"""Synthetic 3-D seismic cubes for the tasks of this folder."""

from __future__ import annotations

import memcg_run
import numpy


def shape_of_parameter(default: str) -> tuple[int, ...]:
    """The parameter shape, "96x128x192", as samples inline, crossline and in time."""
    text = memcg_run.parameter("shape", str, default=default)
    return tuple(int(edge) for edge in text.split("x"))


def synthetic_cube(shape: tuple[int, ...]) -> numpy.ndarray:
    """Dipping reflectors, a fault and a little noise: float32, time last; the same for the same shape."""
    generator = numpy.random.default_rng(1)
    cube = generator.standard_normal(shape, dtype=numpy.float32)
    cube *= numpy.float32(0.05)
    time = numpy.arange(shape[2], dtype=numpy.float32)
    line = numpy.arange(shape[1], dtype=numpy.float32)[:, None]
    for inline in range(shape[0]):
        throw = 6.0 if inline > shape[0] // 2 else 0.0
        cube[inline] += numpy.sin((time + 0.25 * inline + 0.1 * line + throw) * numpy.float32(0.3))
    return cube
