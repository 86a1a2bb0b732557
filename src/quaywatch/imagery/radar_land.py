"""Land in a radar image, told from the image alone; a harbour is newer than any coastline.

Sea is dark and, once averaged, even; land is brighter and uneven. A rough sea beside a calm one is
brighter too, but as even as the calm one, and so stays sea.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.shapes import connected, otsu

Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]

CELL_M = 30.0
AROUND_CELLS = 7
"""Cells a side whose median and spread are taken: 210 m, in which no ship is the greater part."""
APART_DB = 3.5
"""Land must be brighter than the sea by at least this."""
UNEVEN = 1.6
"""and its spread this many times that of the sea,"""
FAR_APART_DB = 9.0
"""or else so much brighter that no wind makes such a difference."""
LEAST_KM2 = 0.15
"""Smaller bright areas are not land: the greatest ship covers 0.025 square kilometres, and its
lobes in a calm sea several times that."""


def land_mask(power: Plane, valid: Mask, gsd_m: float) -> Mask:
    """Where land is, (y, x), by cells of about 30 m; shore cells are left out of it.

    All False on open sea. A window of nothing but land is all False too, for there is no sea to
    compare with: what is found there stands out of land, and its score says nothing.

    Args:
        power: backscatter, linear, any unit, (y, x).
        valid: (y, x).
        gsd_m: ground size of a pixel.

    """
    step = max(1, round(CELL_M / gsd_m))
    level, seen = _cells_db(power, valid, step)
    if seen.sum() < 4 * AROUND_CELLS**2:
        return np.zeros(power.shape, bool)
    filled = _nearest(level, seen)
    middle = ndimage.median_filter(filled, AROUND_CELLS, mode="nearest")
    apart = np.abs(filled - middle)
    spread = ndimage.median_filter(apart, AROUND_CELLS, mode="nearest")
    land = _land_cells(middle, spread, seen, step * gsd_m)
    full = np.repeat(np.repeat(land, step, axis=0), step, axis=1)
    return full[: power.shape[0], : power.shape[1]] & valid


def _cells_db(power: Plane, valid: Mask, step: int) -> tuple[NDArray[np.float64], Mask]:
    """Mean power of square cells in decibels, and which cells are at least half valid."""
    rows, columns = -(-power.shape[0] // step), -(-power.shape[1] // step)
    shape = (rows * step, columns * step)
    total, count = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    own = slice(0, power.shape[0]), slice(0, power.shape[1])
    total[own] = np.where(valid, power, 0)
    count[own] = valid
    blocks = (rows, step, columns, step)
    number = count.reshape(blocks).sum(axis=(1, 3), dtype=np.float64)
    mean = total.reshape(blocks).sum(axis=(1, 3), dtype=np.float64) / np.maximum(number, 1)
    seen = (number >= step * step / 2) & (mean > 0)
    return 10 * np.log10(np.where(seen, mean, 1.0)), seen


def _nearest(cells: NDArray[np.float64], seen: Mask) -> NDArray[np.float64]:
    """Cells that were not seen, as the nearest that was."""
    index = ndimage.distance_transform_edt(~seen, return_distances=False, return_indices=True)
    filled: NDArray[np.float64] = cells[tuple(index)]
    return filled


def _land_cells(
    middle: NDArray[np.float64], spread: NDArray[np.float64], seen: Mask, cell_m: float
) -> Mask:
    """Large bright areas that are uneven or far brighter than the sea."""
    sample = middle[seen]
    threshold = otsu(sample)
    dark, bright = seen & (middle <= threshold), seen & (middle > threshold)
    none = np.zeros(middle.shape, bool)
    if not dark.any() or not bright.any():
        return none
    sea_db = float(np.median(middle[dark]))
    calm = float(np.median(spread[dark]))
    if float(np.median(middle[bright])) - sea_db < APART_DB:
        return none
    brighter = seen & (middle > max(threshold, sea_db + APART_DB))
    marks = connected(brighter)
    count = int(marks.max())
    if count == 0:
        return none
    numbers = np.arange(1, count + 1)
    sizes = np.bincount(marks.ravel(), minlength=count + 1)[1:] * (cell_m / 1000) ** 2
    uneven = np.asarray(ndimage.median(spread, marks, numbers)) >= UNEVEN * calm
    far = np.asarray(ndimage.median(middle, marks, numbers)) >= sea_db + FAR_APART_DB
    kept = np.concatenate([[False], (sizes >= LEAST_KM2) & (uneven | far)])
    land: Mask = kept[marks]
    return land
