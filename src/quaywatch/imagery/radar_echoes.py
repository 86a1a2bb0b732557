"""What a bright ship draws again: arms along and across the track, ghosts kilometres off."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quaywatch.imagery.sensors import RadarGeometry

ARM_M = 600.0
"""How far from a bright ship pieces of its arms are looked for."""
ARM_DB = 17.0
"""Pieces of arms are fainter than their ship by at least this, see ``radar_shapes.SIDELOBE_DB``."""
ALONG = math.cos(math.radians(30.0))
TILT_DEG = 15.0
"""A grid that looks north is turned against the track of a polar orbit by up to this."""
GHOST_DB = (18.0, 40.0)
"""Ambiguities of Sentinel-1 are 18 to 40 dB below what casts them."""
GHOST_TILT_DEG = 20.0


@dataclass(frozen=True)
class Bright:
    """One bright shape: where, how great, how bright."""

    east_m: float
    north_m: float
    length_m: float
    bright_db: float
    axis: tuple[float, float] = (1.0, 0.0)
    """Unit vector along it, east and north."""


def arms_of_others(shapes: Sequence[Bright]) -> list[bool]:
    """Which shapes are pieces of the arms of a brighter one.

    Those are faint, in its row or column, and lie along it: a tug across the arm stays a ship.

    Args:
        shapes: of one window; east and north along the axes of its grid.

    Examples:
        >>> ship = Bright(0, 0, 200, 30)
        >>> arms_of_others([ship, Bright(400, 10, 30, 9), Bright(10, 400, 30, 9)])
        [False, True, False]

    """
    places = np.array([[s.east_m, s.north_m] for s in shapes]).reshape(-1, 2)
    levels = np.array([s.bright_db for s in shapes])
    axes = np.abs(np.array([s.axis for s in shapes])).reshape(-1, 2)
    found = [False] * len(shapes)
    for one in shapes:
        apart = np.abs(places - (one.east_m, one.north_m))
        near, far = apart.min(axis=1), apart.max(axis=1)
        reach = one.length_m / 2 + far * math.tan(math.radians(TILT_DEG)) / 2
        along = np.where(apart[:, 0] >= apart[:, 1], axes[:, 0], axes[:, 1]) >= ALONG
        own = (far <= ARM_M) & (near <= reach) & (levels <= one.bright_db - ARM_DB) & along
        for other in np.flatnonzero(own):
            found[int(other)] = True
    return found


def may_be_ghosts(shapes: Sequence[Bright], radar: RadarGeometry) -> list[bool]:
    """Which shapes may be azimuth ambiguities of a far brighter one kilometres along the track.

    A ship that lies so by chance is taken for a ghost too: the answer lowers a score, no more. Of
    what lies outside the window nothing is known.

    Args:
        shapes: of one window, metres east and north.
        radar: of the sensor.

    Examples:
        >>> from quaywatch.imagery.sensors import SENSORS
        >>> s1 = SENSORS["sentinel-1-grd"].radar
        >>> may_be_ghosts([Bright(0, 0, 250, 38), Bright(500, 4800, 90, 12)], s1)
        [False, True]

    """
    places = np.array([[s.east_m, s.north_m] for s in shapes]).reshape(-1, 2)
    levels = np.array([s.bright_db for s in shapes])
    nearest, farthest = radar.ambiguity_m
    found = [False] * len(shapes)
    for one in shapes:
        if one.bright_db < 25.0:  # fainter ones cast none that stands out of the sea
            continue
        east, north = np.abs(places - (one.east_m, one.north_m)).T
        away = np.hypot(east, north)
        below = one.bright_db - levels
        own = (away >= nearest) & (away <= farthest) & (below >= GHOST_DB[0])
        own &= (below <= GHOST_DB[1]) & (east <= north * math.tan(math.radians(GHOST_TILT_DEG)))
        for other in np.flatnonzero(own):
            found[int(other)] = True
    return found
