"""Ways a ship can have sailed between two reports: samples of the space-time prism.

Each way goes straight to one turning point, stays there for what is left of the time and goes on
straight to the next report. Turning points lie ahead on the course of the last report, behind on
that of the next one, or anywhere that the speed allows; so a ship that was leaving the covered area
can have left it. The same numbers for every gap: an answer does not hang on who was asked before.

Source:
    Sampling of paths in a prism: Peters & Hammond (2011), J. Navigation; here with our own, simpler
    ways.
"""

import math
from typing import Final

import numpy as np

from quaywatch.ais.bins import NM_PER_DEG, apart_nm, east_of
from quaywatch.ais.compiled import compiled
from quaywatch.ais.track import Floats

UNDER_WAY_KN: Final = 3.0
AT_PLACE_NM: Final = 2.0
"""Ends closer than this, and slow at both: she may have stayed."""
STEPS: Final = 32
_LEG: Final = 12
WAY: Final = 6
"""Numbers of a way: longitude and latitude of the turning point, speed, hours there, 1 where
it is one of staying, and hours on the way there."""
KINDS: Final = 8


def numbers(ways: int, seed: int) -> Floats:
    """Evenly spread numbers in [0, 1), shape (ways, 3): a lattice, turned by the seed.

    Source:
        The R3 sequence of Roberts (2018), a generalised golden ratio lattice.

    Examples:
        >>> numbers(2, 0).shape
        (2, 3)

    """
    golden = 1.2207440846057596
    steps = np.array([1 / golden, 1 / golden**2, 1 / golden**3])
    start = np.random.Generator(np.random.PCG64(seed)).random(3)
    lattice: Floats = (start + np.arange(1, ways + 1)[:, None] * steps) % 1.0
    return lattice


@compiled
def sample_ways(ends: Floats, spread: Floats, out: Floats) -> None:
    """Ways of each gap.

    Args:
        ends: shape (G, 10): lon, lat of both ends, hours, highest speed (kn), speed and course at
            the first end, and at the second; NaN where not known.
        spread: ``numbers``, shape (J, 3).
        out: written, shape (G, J, WAY).

    """
    for g in range(len(ends)):
        for j in range(len(spread)):
            _way(ends[g], spread[j], j, out[g, j])


@compiled
def _way(end: Floats, u: Floats, j: int, out: Floats) -> None:
    lon1, lat1, lon2, lat2, hours, top_kn = end[0], end[1], end[2], end[3], end[4], end[5]
    narrow = max(math.cos(math.radians((lat1 + lat2) / 2.0)), 0.05)
    bx = east_of(lon1, lon2) * narrow * NM_PER_DEG
    by = (lat2 - lat1) * NM_PER_DEG
    direct = math.hypot(bx, by)
    reach = max(top_kn * hours, direct * 1.001)
    slow = not (end[6] >= UNDER_WAY_KN) and not (end[8] >= UNDER_WAY_KN)
    still = slow and direct < AT_PLACE_NM
    kind = j % KINDS
    x, y, stay = bx * u[0], by * u[0], 0.0
    if still and kind < KINDS // 2:
        x, y, stay = 0.0, 0.0, 1.0
    elif kind == 2 and end[6] >= UNDER_WAY_KN and not math.isnan(end[7]):
        sx, sy = math.sin(math.radians(end[7])), math.cos(math.radians(end[7]))
        ahead = u[0] * (reach**2 - direct**2) / (2.0 * max(reach - sx * bx - sy * by, 1e-6))
        x, y = ahead * sx, ahead * sy
    elif kind == 3 and end[8] >= UNDER_WAY_KN and not math.isnan(end[9]):
        sx, sy = -math.sin(math.radians(end[9])), -math.cos(math.radians(end[9]))
        back = u[0] * (reach**2 - direct**2) / (2.0 * max(reach + sx * bx + sy * by, 1e-6))
        x, y = bx + back * sx, by + back * sy
    elif kind >= 2:
        x, y = _in_ellipse(bx, by, direct, reach, u)
    out[0] = (lon1 + x / NM_PER_DEG / narrow + 540.0) % 360.0 - 180.0
    out[1] = min(max(lat1 + y / NM_PER_DEG, -89.9), 89.9)
    nm1 = apart_nm(lon1, lat1, out[0], out[1])
    nm = nm1 + apart_nm(out[0], out[1], lon2, lat2)
    least = nm / hours
    straight = kind < 2 and stay == 0.0
    speed = least if straight else least + u[2] * max(top_kn - least, 0.0)
    out[2] = speed
    out[3] = hours if stay == 1.0 or speed <= 0.0 else max(hours - nm / speed, 0.0)
    out[4] = stay
    out[5] = (hours - out[3]) * (nm1 / nm if nm > 0.0 else 0.5)


@compiled
def _in_ellipse(
    bx: float, by: float, direct: float, reach: float, u: Floats
) -> tuple[float, float]:
    """A point from which both ends can be reached, evenly over the area."""
    along = reach / 2.0
    across = math.sqrt(max(reach**2 - direct**2, 0.0)) / 2.0
    r, turn = math.sqrt(u[0]), 2.0 * math.pi * u[1]
    a, b = along * r * math.cos(turn), across * r * math.sin(turn)
    ux, uy = (bx / direct, by / direct) if direct > 1e-9 else (1.0, 0.0)
    return bx / 2.0 + a * ux - b * uy, by / 2.0 + a * uy + b * ux


@compiled
def step_of(end: Floats, way: Floats, s: int, out: Floats) -> None:
    """Step ``s`` of ``STEPS``: lon, lat, hours into the gap, hours that it lasts, speed (kn)."""
    hours, rest_h = end[4], way[3]
    lon1, lat1, lon2, lat2 = end[0], end[1], end[2], end[3]
    turn_lon, turn_lat, first_h = way[0], way[1], way[5]
    if s < _LEG:
        share = (s + 0.5) / _LEG
        out[0] = lon1 + share * east_of(lon1, turn_lon)
        out[1] = lat1 + share * (turn_lat - lat1)
        out[2], out[3], out[4] = share * first_h, first_h / _LEG, way[2]
    elif s < STEPS - _LEG:
        share = (s - _LEG + 0.5) / (STEPS - 2 * _LEG)
        out[0], out[1] = turn_lon, turn_lat
        out[2], out[3], out[4] = first_h + share * rest_h, rest_h / (STEPS - 2 * _LEG), 0.0
    else:
        share = (s - (STEPS - _LEG) + 0.5) / _LEG
        second_h = hours - rest_h - first_h
        out[0] = turn_lon + share * east_of(turn_lon, lon2)
        out[1] = turn_lat + share * (lat2 - turn_lat)
        out[2] = hours - second_h + share * second_h
        out[3], out[4] = second_h / _LEG, way[2]


@compiled
def points_along(ends: Floats, ways: Floats, every: int, lon: Floats, lat: Floats) -> None:
    """Positions at every so many steps of each way, shape (G, J, STEPS // every)."""
    step = np.empty(5)
    for g in range(len(ends)):
        for j in range(ways.shape[1]):
            for k in range(lon.shape[2]):
                step_of(ends[g], ways[g, j], k * every + every // 2, step)
                lon[g, j, k] = (step[0] + 540.0) % 360.0 - 180.0
                lat[g, j, k] = step[1]
