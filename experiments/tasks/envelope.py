"""The envelope of a synthetic 3-D seismic cube: the magnitude of its analytic signal along time.

Parameter: edge, the cube's side in samples (float32, so edge**3 * 4 bytes).
"""

from __future__ import annotations

import memcg_run
import numpy
from scipy.fft import fft, ifft


def synthetic_cube(edge: int) -> numpy.ndarray:
    """Dipping reflectors and a little noise: float32 of shape (edge, edge, edge), time last."""
    generator = numpy.random.default_rng(1)
    time = numpy.arange(edge, dtype=numpy.float32)
    dip = (numpy.arange(edge, dtype=numpy.float32) * 0.25)[:, None, None]
    cube = numpy.sin((time + dip) * 0.3) * numpy.exp(-time / edge)
    cube = numpy.repeat(cube, edge, axis=1).astype(numpy.float32, copy=False)
    cube += generator.standard_normal(cube.shape, dtype=numpy.float32) * numpy.float32(0.05)
    return cube


def envelope_of(cube: numpy.ndarray) -> numpy.ndarray:
    """Magnitude of the analytic signal along the last axis, by the discrete Hilbert transform."""
    edge = cube.shape[-1]
    weights = numpy.zeros(edge, dtype=numpy.float32)
    weights[0] = 1
    weights[1 : (edge + 1) // 2] = 2
    if edge % 2 == 0:
        weights[edge // 2] = 1
    spectrum = fft(cube, axis=-1)
    spectrum *= weights
    analytic = ifft(spectrum, axis=-1, overwrite_x=True)
    return numpy.abs(analytic)


def run() -> None:
    edge = memcg_run.parameter("edge", int, default=128)
    cube = synthetic_cube(edge)
    memcg_run.mark("cube_made")
    result = envelope_of(cube)
    memcg_run.mark("envelope_made")
    if not bool((result >= 0).all()):
        raise AssertionError("an envelope is never negative")
