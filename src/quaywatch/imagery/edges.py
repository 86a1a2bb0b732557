"""A hull's edge, drawn where its contrast to the water nearby is half: length and beam from that.

A map of chances takes in the blur of a pixel or two all round, which is a third of a beam.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.hull import Hull, Mask, Plane, rectangle
from quaywatch.imagery.shapes import connected

_PAD = 14
"""Pixels about a hull that are looked at for water."""
_ENDS_PX = 1.5
"""Pixels that a pointed bow and a low stern lose at half contrast, both together: ends marked by
eye on 20 anchored ships lie 2.8 pixels further out, of which about one is their own blur."""
_REACH, _LEAST_CHANCE = 3, 0.1
"""Pixels beyond a hull in which its edge is looked for, and the chance of hull it takes."""


def tightened(
    hull: Hull, picture: Plane, water: Mask, chance: Plane, jacobian: NDArray[np.float64]
) -> Hull:
    """The same hull measured within its edges of half contrast.

    Where a hull meets a quay there is no such edge: there the chances decide, as before. Dark parts
    of a deck are kept by the core of the shape.

    Args:
        hull: from a map of chances.
        picture: bands as a picture made for the eye, 0 to 1, (band, y, x).
        water: (y, x).
        chance: chance of hull, (y, x): the edge is looked for a little beyond the hull where a
            hull is not out of the question.
        jacobian: metres east and north per pixel along x and y, (2, 2).

    """
    top, left = max(int(hull.rows.min()) - _PAD, 0), max(int(hull.columns.min()) - _PAD, 0)
    window = slice(top, int(hull.rows.max()) + _PAD), slice(left, int(hull.columns.max()) + _PAD)
    own = np.zeros(water[window].shape, bool)
    own[hull.rows - top, hull.columns - left] = True
    core = ndimage.binary_erosion(ndimage.binary_opening(own, iterations=2), iterations=2)
    own |= ndimage.binary_dilation(own, iterations=_REACH) & (chance[window] > _LEAST_CHANCE)
    tight = half_contrast(own, picture[:, *window], water[window], core)
    length, beam, _, axis = rectangle(tight, jacobian)
    rows, columns = np.nonzero(tight)
    if tight.sum() < 0.4 * own.sum() or length < 0.7 * hull.length_m:
        return hull
    if axis[0] * hull.axis[0] + axis[1] * hull.axis[1] < 0:
        axis = -axis[0], -axis[1]
    return replace(
        hull,
        length_m=length + _ENDS_PX * math.sqrt(abs(float(np.linalg.det(jacobian)))),
        beam_m=beam,
        axis=axis,
        x_px=left + float(columns.mean()) + 0.5,
        y_px=top + float(rows.mean()) + 0.5,
    )


def half_contrast(own: Mask, picture: Plane, water: Mask, core: Mask) -> Mask:
    """The part of a shape that stands out at least half as much as the best near it.

    Args:
        own: the shape, (y, x).
        picture: (band, y, x).
        water: (y, x).
        core: what belongs to it whatever its contrast, (y, x).

    Returns:
        The largest part left; the shape itself where no water is near.

    Examples:
        >>> own = np.zeros((40, 60), bool)
        >>> own[14:26, 8:52] = True
        >>> picture = np.full((3, 40, 60), 0.2)
        >>> picture[:, 16:24, 10:50] = 0.8
        >>> int(half_contrast(own, picture, ~own, own & False).sum())
        316

    """
    near = ndimage.binary_dilation(own, iterations=8) & ~ndimage.binary_dilation(own, iterations=3)
    sea = near & water
    if sea.sum() < 20:
        return own
    colour = np.median(picture[:, sea], axis=1)
    away = np.sqrt(((picture - colour[:, None, None]) ** 2).mean(axis=0))
    away = ndimage.gaussian_filter(away, 0.5)
    best = ndimage.maximum_filter(np.where(own, away, 0), 7)
    tight = ndimage.binary_opening((own & (away >= 0.5 * best)) | core)
    tight = ndimage.binary_fill_holes(tight)
    marks = connected(tight)
    if not marks.any():
        return own
    kept: Mask = marks == int(np.bincount(marks[marks > 0]).argmax())
    return kept
