"""Where and how a message was sent, as the small numbers by which reception is counted.

Cells of half a degree, half-hour slots, transponder classes and the speed bands over which the
reporting interval of the standard changes.

Source:
    ITU-R M.1371-5, tables 1 and 2 (reporting intervals).
"""

import math
from typing import Final

import numpy as np

from quaywatch.ais.compiled import compiled

CELL_DEG: Final = 0.5
COLUMNS: Final = 720
ROWS: Final = 360
ZONE_CELLS: Final = 4
"""Cells along a side of a zone (2 degrees), over which it is asked whether a feed was alive."""
WIDE_CELLS: Final = 20
"""The same for the wider zone (10 degrees) that answers where the first holds too little."""
SLOT_US: Final = 1_800_000_000
BANDS: Final = ("at rest", "slow", "3 to 14 kn", "14 to 23 kn", "above 23 kn")
"""Speed bands. ``at rest``: no faster than 3 kn (class B: 2 kn) and, class A, said to be moored.
``slow``: no faster than 3 kn, and not said to be moored."""
BAND_COUNT: Final = 5
POOLED: Final = 5
"""Stands for all bands together."""
CLASSES: Final = ("unknown", "A", "B")
RECEIVERS: Final = ("unknown", "terrestrial", "satellite")

NOMINAL_PER_H: Final = np.array(
    [
        [20.0, 360.0, 360.0, 600.0, 1800.0],
        [20.0, 360.0, 360.0, 600.0, 1800.0],
        [20.0, 20.0, 120.0, 120.0, 120.0],
    ]
)
"""Messages that a transponder sends in an hour, by class and band, on a straight course.

A transponder whose class is not known is taken for class A, and one of class B for carrier-sense:
only ratios between bands are used, and only downwards.
"""

_AT_REST = (1, 5, 6)
_REST_A_KN, _REST_B_KN = 3.0, 2.0
_FAST_KN, _FASTEST_KN = 14.0, 23.0
NM_PER_DEG: Final = 60.04


@compiled
def cell_of(lon: float, lat: float) -> int:
    """Number of the cell that holds a position in degrees, rows from the south, columns from 180 W.

    Examples:
        >>> cell_of(-180.0, -90.0), cell_of(179.9, 89.9), cell_of(180.0, 90.0)
        (0, 259199, 258480)

    """
    column = math.floor((lon + 180.0) / CELL_DEG) % COLUMNS
    row = min(max(math.floor((lat + 90.0) / CELL_DEG), 0), ROWS - 1)
    return row * COLUMNS + column


@compiled
def band_of(transponder: int, status: int, sog_kn: float) -> int:
    """Speed band, an index into ``BANDS``; unknown speed counts as 3 to 14 kn.

    Examples:
        >>> band_of(1, 5, 0.1), band_of(1, 0, 0.1), band_of(2, 15, 0.1), band_of(1, 0, 15.0)
        (0, 1, 0, 3)

    """
    if transponder == 2 and sog_kn <= _REST_B_KN:  # CLASS_B: a kernel reads no enumeration
        return 0
    if sog_kn <= _REST_A_KN:
        return 0 if status in _AT_REST and transponder != 2 else 1
    if sog_kn > _FASTEST_KN:
        return 4
    return 3 if sog_kn > _FAST_KN else 2


@compiled
def apart_nm(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Distance on the sphere in nautical miles; within 0.5% of the geodesic.

    Examples:
        >>> round(apart_nm(179.5, 0.0, -179.5, 0.0), 2)
        60.04

    """
    half_lat = math.radians(lat2 - lat1) / 2.0
    half_lon = math.radians(lon2 - lon1) / 2.0
    across = math.cos(math.radians(lat1)) * math.cos(math.radians(lat2))
    chord = math.sin(half_lat) ** 2 + across * math.sin(half_lon) ** 2
    return 2.0 * math.degrees(math.asin(math.sqrt(min(chord, 1.0)))) * NM_PER_DEG


@compiled
def east_of(lon1: float, lon2: float) -> float:
    """Degrees from ``lon1`` to ``lon2`` the short way, positive eastward.

    Examples:
        >>> east_of(179.0, -179.0)
        2.0

    """
    return (lon2 - lon1 + 540.0) % 360.0 - 180.0
