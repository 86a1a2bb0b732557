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

_PARTS, _BRIGHT, _FADED, _HALF_GONE = 6, 0.15, 0.2, 0.6
"""Parts along a shape; contrast to the water that foam has at its best, what is left of it in the
last part of a wake, and where a craft is taken to end."""


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


def without_wake(hull: Hull, picture: Plane, water: Mask, jacobian: NDArray[np.float64]) -> Hull:
    """A small craft without the wake that was taken for its hull; any other shape as it is.

    Foam fades steadily astern until it is water; a deck stands out to its end. So a shape whose
    contrast to the water falls part by part, from one end to the other, to a fifth or less, is a
    wake with a craft at its bright end, and is cut where the contrast first falls to 0.6 of the
    best. A ship whose deck fades so into the water behind a bright house would be cut too: none of
    622 recorded ships in the open is.

    Args:
        hull: from a map of chances.
        picture: bands as a picture made for the eye, 0 to 1, (band, y, x).
        water: (y, x).
        jacobian: metres east and north per pixel along x and y, (2, 2).

    """
    top, left = max(int(hull.rows.min()) - _PAD, 0), max(int(hull.columns.min()) - _PAD, 0)
    window = slice(top, int(hull.rows.max()) + _PAD), slice(left, int(hull.columns.max()) + _PAD)
    own = np.zeros(water[window].shape, bool)
    own[hull.rows - top, hull.columns - left] = True
    near = ndimage.binary_dilation(own, iterations=8) & ~ndimage.binary_dilation(own, iterations=3)
    sea = near & water[window]
    if sea.sum() < 20:
        return hull
    part = picture[:, *window]
    light = np.abs(part - np.median(part[:, sea], axis=1)[:, None, None]).mean(axis=0)
    east, north = jacobian @ np.stack([hull.columns + 0.5 - hull.x_px, hull.rows + 0.5 - hull.y_px])
    pixel = math.sqrt(abs(float(np.linalg.det(jacobian))))
    along = (east * hull.axis[0] + north * hull.axis[1]) / pixel
    middle = np.abs(east * hull.axis[1] - north * hull.axis[0]) <= max(hull.beam_m / 4, pixel)
    over = light[hull.rows - top, hull.columns - left]
    for astern in (along, -along):
        kept = _before_foam(astern, over, middle)
        if kept is None:
            continue
        rows, columns = hull.rows[kept], hull.columns[kept]
        length = float(np.ptp(along[kept])) * pixel + pixel
        return replace(
            hull,
            length_m=length,
            beam_m=min(hull.beam_m, rows.size * pixel**2 / length),
            x_px=float(columns.mean()) + 0.5,
            y_px=float(rows.mean()) + 0.5,
            end_water=(0.0, hull.end_water[1]),
            rows=rows,
            columns=columns,
        )
    return hull


def _before_foam(
    astern: NDArray[np.float64], over: Plane, middle: NDArray[np.bool_]
) -> NDArray[np.bool_] | None:
    """Which pixels of a shape lie ahead of the foam, or None where the contrast does not fade."""
    first, last = float(astern.min()), float(astern.max())
    steps = np.clip((astern - first) / (last - first + 1e-6) * _PARTS, 0, _PARTS - 1).astype(int)
    count = np.bincount(steps[middle], minlength=_PARTS)
    if (count == 0).any():
        return None
    parts = np.bincount(steps[middle], over[middle], _PARTS) / count
    if parts[0] < _BRIGHT or (np.diff(parts) > 0).any() or parts[-1] > _FADED * parts[0]:
        return None
    at = (astern - first).astype(int)
    number = np.maximum(np.bincount(at[middle]), 1)
    profile = ndimage.uniform_filter1d(np.bincount(at[middle], over[middle]) / number, 3)
    best = int(profile[: len(profile) // 3].argmax())
    faded = np.flatnonzero(profile[best:] < _HALF_GONE * profile[best])
    end = best + int(faded[0]) if faded.size else len(profile)
    kept: NDArray[np.bool_] = at <= end
    return kept


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
