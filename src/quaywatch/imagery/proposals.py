"""Several ways to read one map of chances, for a second look to choose from.

A shape may be a ship, a ship with its pier, two ships side by side or two in line. Each reading is
proposed; what may not stand together is settled by ``best_apart`` once each has a score.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.hull import (
    LONGEST_M,
    PAD,
    WIDEST_M,
    Hull,
    Mask,
    Plane,
    measured,
    rectangle,
)
from quaywatch.imagery.shapes import connected

LEVEL = 0.5
"""Chance from which a pixel belongs to a shape."""
HIGHER = (0.7, 0.85, 0.95)
"""Chances at which a shape that is not plainly one ship is tried apart."""
PEELS_PX = (1, 2, 4)
"""Pixels taken off all round to try a shape apart where it is thin."""
MOST_SHARED = 0.3
"""Two readings that share more of the smaller one are of the same ship."""


def proposed(
    chance: Plane,
    water: Mask,
    valid: Mask,
    jacobian: NDArray[np.float64],
    *,
    shortest_m: float,
    least_water: float,
) -> list[Hull]:
    """Every ship-like reading of a map of chances; those of one shape overlap.

    Args:
        chance: chance of hull, (y, x), 0 to 1.
        water: (y, x).
        valid: (y, x).
        jacobian: metres east and north per pixel along x and y, (2, 2).
        shortest_m: shorter shapes are left out.
        least_water: share of the rim that must be water.

    Examples:
        >>> chance = np.zeros((60, 120), np.float32)
        >>> chance[20:29, 10:60] = chance[20:29, 64:114] = 0.9
        >>> chance[22:26, 60:64] = 0.6
        >>> sea = chance == 0
        >>> found = proposed(chance, sea, sea | ~sea, np.diag([3.0, -3.0]), shortest_m=20.0,
        ...                  least_water=0.1)
        >>> sorted(round(h.x_px) for h in found)
        [35, 62, 89]

    """
    found: list[Hull] = []
    marks = connected(chance > LEVEL)
    least_px = shortest_m / abs(float(np.linalg.det(jacobian))) ** 0.5
    for number, (rows, columns) in enumerate(ndimage.find_objects(marks), start=1):
        if np.hypot(rows.stop - rows.start, columns.stop - columns.start) < least_px:
            continue
        top, left = max(rows.start - PAD, 0), max(columns.start - PAD, 0)
        window = slice(top, rows.stop + PAD), slice(left, columns.stop + PAD)
        own = marks[window] == number
        maps = chance[window], water[window], valid[window]
        readings: list[Hull] = []
        for part in _readings(own, maps[0], jacobian, shortest_m):
            hull = measured(part, maps, jacobian, corner=(top, left), shape=chance.shape)
            if hull.water_share < least_water or hull.own_water > 0.5:
                continue
            if not any(_same(hull, other) for other in readings):
                readings.append(hull)
            if part is own and _plainly_one(hull):
                break
        found += readings
    return found


def best_apart(hulls: Sequence[Hull], worth: Sequence[float], shape: tuple[int, ...]) -> list[int]:
    """Which readings to keep: the worthiest of each ship, best first.

    Args:
        hulls: readings.
        worth: what each is worth; the first of equals is kept.
        shape: rows and columns of the window.

    """
    taken = np.zeros(shape, bool)
    kept: list[int] = []
    for index in sorted(range(len(hulls)), key=lambda i: -worth[i]):
        hull = hulls[index]
        if taken[hull.rows, hull.columns].mean() <= MOST_SHARED:
            taken[hull.rows, hull.columns] = True
            kept.append(index)
    return kept


def ends_odds(hull: Hull) -> float:
    """What the water beyond the ends adds to the log odds: bridges and moles go on at both."""
    return -1.5 if hull.end_water[1] < 0.15 else 0.0


def size_odds(hull: Hull) -> float:
    """What the size adds when readings compete: a ship's core is as well centred as the ship."""
    return math.log(hull.length_m / 100.0)


def _plainly_one(hull: Hull) -> bool:
    """Well filled, of a ship's proportions, water at both ends: nothing else to try."""
    slim = 4.5 <= hull.length_m / hull.beam_m <= 9.0
    return slim and hull.fill >= 0.75 and hull.end_water[0] >= 0.5


def _same(one: Hull, other: Hull) -> bool:
    near = abs(one.x_px - other.x_px) + abs(one.y_px - other.y_px) < 4
    return near and abs(one.length_m - other.length_m) < 0.12 * other.length_m


def _readings(
    own: Mask, chance: Plane, jacobian: NDArray[np.float64], shortest_m: float
) -> Iterator[Mask]:
    """A shape whole, then its parts: at higher chances, and with its thin places cut."""
    if _ship_like(own, jacobian, shortest_m):
        yield own
    for level in HIGHER:
        yield from _grown(connected(own & (chance > level)), own, 2, jacobian, shortest_m)
    for peel in PEELS_PX:
        thin = connected(ndimage.binary_erosion(own, iterations=peel))
        yield from _grown(thin, own, peel, jacobian, shortest_m)


def _grown(
    marks: NDArray[np.int32],
    own: Mask,
    reach: int,
    jacobian: NDArray[np.float64],
    shortest_m: float,
) -> Iterator[Mask]:
    """The ship-like ones of some cores, given back what of the shape lies within reach."""
    pixel = abs(float(np.linalg.det(jacobian))) ** 0.5
    for number, (rows, columns) in enumerate(ndimage.find_objects(marks), start=1):
        extent = np.hypot(rows.stop - rows.start, columns.stop - columns.start)
        if (extent + 2 * reach) * pixel < shortest_m:
            continue
        part = ndimage.binary_dilation(marks == number, iterations=reach) & own
        if _ship_like(part, jacobian, shortest_m):
            yield part


def _ship_like(mask: Mask, jacobian: NDArray[np.float64], shortest_m: float) -> bool:
    length, beam, fill, _ = rectangle(mask, jacobian)
    size = shortest_m <= length <= LONGEST_M and beam <= WIDEST_M
    return size and 1.8 <= length / beam <= 12 and fill >= 0.5
