"""Where cloud may hide the ground: a simple test that errs towards cloud.

Thin cirrus and cloud shadow are not found by it. A roof wider than any ship may be taken for
cloud; a ship never is, because nothing narrower than ``NARROWEST_M`` counts.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.read import Pixels

Mask = NDArray[np.bool_]

CLOUD_METHOD = "bright-white-blobs@1"
"""Name and version of the test, kept with each look."""
NARROWEST_M = 110.0
"""Metres: the widest ship is 69 m, and smoke, foam and roofs are mostly narrower."""
MARGIN_M = 60.0
"""Metres about a cloud that are not trusted either."""
_VISIBLE = ("red", "green", "blue")


def cloud_mask(pixels: Pixels) -> Mask | None:
    """Which pixels may be cloud, (y, x), or None where the bands cannot tell.

    Bright in every visible band and nearly white over at least ``NARROWEST_M`` either way, with a
    margin. With a SWIR band snow and bright water are let off: cloud is bright there too.
    """
    if not all(name in pixels.bands for name in _VISIBLE) or pixels.radiometry == "counts":
        return None
    colours = np.stack([pixels.values[pixels.bands.index(name)] for name in _VISIBLE])
    colours = np.nan_to_num(colours)
    dim = 0.70 if pixels.radiometry == "display" else 0.24
    darkest, brightest = colours.min(axis=0), colours.max(axis=0)
    white = (darkest > dim) & (brightest - darkest < 0.18 * brightest)
    swir = pixels.band("swir16")
    if swir is not None:
        white &= np.nan_to_num(swir) > 0.12
    step = max(1, round(10.0 / pixels.gsd_m))
    cells = _share(white, step) >= 0.7
    side = max(2, round(NARROWEST_M / (step * pixels.gsd_m)))
    core = ndimage.binary_opening(cells, np.ones((side, side)))
    margin = max(1, round(MARGIN_M / (step * pixels.gsd_m)))
    wide = ndimage.binary_dilation(core, iterations=margin)
    full: Mask = np.kron(wide, np.ones((step, step), bool))[: white.shape[0], : white.shape[1]]
    return full & pixels.valid


def _share(mask: Mask, step: int) -> NDArray[np.float64]:
    """Share of each square cell; cells cut by the edge count what they have."""
    rows, columns = -(-mask.shape[0] // step), -(-mask.shape[1] // step)
    padded = np.zeros((rows * step, columns * step), np.float64)
    there = np.zeros_like(padded)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    there[: mask.shape[0], : mask.shape[1]] = 1
    parts = (rows, step, columns, step)
    sums: NDArray[np.float64] = padded.reshape(parts).sum(axis=(1, 3))
    counts: NDArray[np.float64] = there.reshape(parts).sum(axis=(1, 3))
    return sums / np.maximum(counts, 1)
