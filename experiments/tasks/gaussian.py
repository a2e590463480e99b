"""A Gaussian filter over a synthetic 3-D seismic cube.

Parameter: shape, as "96x128x192" (float32, so 4 bytes a sample).
"""

from __future__ import annotations

import memcg_run
from scipy.ndimage import gaussian_filter
from seismic import shape_of_parameter, synthetic_cube

SIGMA = 2.0


def run() -> None:
    cube = synthetic_cube(shape_of_parameter("96x128x192"))
    memcg_run.mark("cube_made")
    smooth = gaussian_filter(cube, SIGMA)
    memcg_run.mark("smooth_made")
    if not float(smooth.std()) < float(cube.std()):
        raise AssertionError("a filter that smooths makes no cube rougher")
