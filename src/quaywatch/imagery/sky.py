"""What may stand between a pixel and the ground, and work on cells coarser than pixels."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]
Classes = NDArray[np.uint8]

NARROWEST_M = 110.0
"""Metres: the widest ship is 69 m, and smoke, foam and roofs are mostly narrower."""
MARGIN_M = 60.0
"""Metres about a cloud that are not trusted either."""


class Sky(IntEnum):
    """One class a pixel; only ``CLEAR`` is trusted."""

    CLEAR = 0
    CLOUD = 1
    SHADOW = 2
    """Of a cloud."""
    HAZE = 3
    """Seen through: hulls may show, colours are not to be believed."""
    SNOW_ICE = 4
    NODATA = 5


def cells(planes: Plane, step: int) -> Plane:
    """Means of square cells of the last two axes; cells cut by the edge count what they have.

    Values that are not finite are left out; a cell without any is NaN.

    Examples:
        >>> cells(np.array([[1.0, 3.0, 5.0]], np.float32), 2).tolist()
        [[2.0, 5.0]]

    """
    if step == 1:
        return planes
    lead, (height, width) = planes.shape[:-2], planes.shape[-2:]
    rows, columns = -(-height // step), -(-width // step)
    around = [(0, 0)] * len(lead) + [(0, rows * step - height), (0, columns * step - width)]
    padded = np.pad(planes.astype(np.float32), around, constant_values=np.nan)
    there = np.isfinite(padded)
    parts = (*lead, rows, step, columns, step)
    count = there.reshape(parts).sum(axis=(-3, -1))
    total = np.where(there, padded, 0).reshape(parts).sum(axis=(-3, -1))
    means: Plane = np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
    return means


def drawn_out(coarse: Classes, step: int, shape: tuple[int, ...]) -> Classes:
    """Cells repeated to pixels again."""
    if step == 1:
        return coarse
    wide: Classes = np.repeat(np.repeat(coarse, step, axis=0), step, axis=1)[: shape[0], : shape[1]]
    return wide


def wide_parts(mask: Mask, cell_m: float, narrowest_m: float = NARROWEST_M) -> Mask:
    """The connected parts that somewhere hold a square as wide as that: no ship, no roof.

    Args:
        mask: (y, x).
        cell_m: metres along a cell.
        narrowest_m: side of the square.

    Examples:
        >>> both = np.zeros((9, 20), bool)
        >>> both[4:6, 1:10] = True  # a ship of 20 by 90 m
        >>> both[1:8, 12:19] = True
        >>> wide_parts(both, 10.0, 60.0).sum()
        np.int64(49)

    """
    side = max(2, round(narrowest_m / cell_m))
    core = ndimage.binary_opening(mask, np.ones((side, side)))
    kept: Mask = ndimage.binary_propagation(core, mask=mask)
    return kept


def widened(mask: Mask, metres: float, cell_m: float) -> Mask:
    """With a margin of so many metres, at least a cell."""
    steps = max(1, round(metres / cell_m))
    wider: Mask = ndimage.binary_dilation(mask, iterations=steps)
    return wider
