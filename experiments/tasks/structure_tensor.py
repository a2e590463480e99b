"""The gradient structure tensor of a synthetic 3-D seismic cube, and from it how planar each place is.

The tensor is the smoothed outer product of the gradient with itself: six volumes, as it is symmetric. Its
eigenvalues l1 >= l2 >= l3 give (l1 - l2) / l1, 1 where all layers nearby are parallel and less along a fault.

Parameter: shape, as "96x128x192" (float32, so 4 bytes a sample).
"""

from __future__ import annotations

import memcg_run
import numpy
from scipy.ndimage import gaussian_filter
from seismic import shape_of_parameter, synthetic_cube

GRADIENT_SIGMA = 1.0
TENSOR_SIGMA = 2.0
# Row and column of each of the six volumes.
ENTRIES = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


def gradients_of(cube: numpy.ndarray) -> list[numpy.ndarray]:
    """Derivatives of the smoothed cube along its three axes."""
    return [
        gaussian_filter(cube, GRADIENT_SIGMA, order=[int(axis == along) for axis in range(3)])
        for along in range(3)
    ]


def structure_tensor_of(cube: numpy.ndarray) -> list[numpy.ndarray]:
    gradients = gradients_of(cube)
    return [gaussian_filter(gradients[i] * gradients[j], TENSOR_SIGMA) for i, j in ENTRIES]


def eigenvalues_of(entries: list[numpy.ndarray]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The two largest eigenvalues of symmetric 3x3 matrices, given as six arrays, in closed form.

    O. K. Smith, "Eigenvalues of a symmetric 3x3 matrix", Communications of the ACM 4 (1961), 168.
    """
    xx, xy, xz, yy, yz, zz = entries
    mean = (xx + yy + zz) / 3
    xx, yy, zz = xx - mean, yy - mean, zz - mean
    spread = numpy.sqrt((xx**2 + yy**2 + zz**2 + 2 * (xy**2 + xz**2 + yz**2)) / 6)
    determinant = xx * (yy * zz - yz**2) - xy * (xy * zz - yz * xz) + xz * (xy * yz - yy * xz)
    cosine = determinant / numpy.maximum(2 * spread**3, numpy.float32(1e-30))
    angle = numpy.arccos(numpy.clip(cosine, -1, 1)) / 3
    largest = mean + 2 * spread * numpy.cos(angle)
    least = mean + 2 * spread * numpy.cos(angle + numpy.float32(2 * numpy.pi / 3))
    return largest, 3 * mean - largest - least


def planarity_of(tensor: list[numpy.ndarray]) -> numpy.ndarray:
    """(l1 - l2) / l1 of every sample, inline by inline: the eigenvalues of one at a time are held."""
    planarity = numpy.empty(tensor[0].shape, dtype=numpy.float32)
    for inline in range(planarity.shape[0]):
        largest, middle = eigenvalues_of([entry[inline] for entry in tensor])
        planarity[inline] = (largest - middle) / numpy.maximum(largest, numpy.float32(1e-12))
    return planarity


def run() -> None:
    cube = synthetic_cube(shape_of_parameter("64x96x128"))
    memcg_run.mark("cube_made")
    tensor = structure_tensor_of(cube)
    memcg_run.mark("tensor_made")
    planarity = planarity_of(tensor)
    memcg_run.mark("planarity_made")
    if not 0.5 < float(numpy.median(planarity)) <= 1.0:
        raise AssertionError("a cube of layers is planar nearly everywhere")
