"""How a hull's length in an image and by AIS agree, and which lengths must broadcast at all."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BOUND_FROM_M: Final = 45.0
"""Ships of 300 gross tonnage and more on international voyages must carry class A AIS (SOLAS
V/19.2.4); such a ship is about this long. Fishing vessels, national trade, navies and government
ships may not have to, whatever their length."""
ODD_SHARE: Final = 0.03
"""Broadcast dimensions that are simply wrong."""
BROADCAST_SD: Final = 0.02
"""Of the logarithm of a broadcast length that is right: whole metres, and roundings."""
TYPICAL_M, TYPICAL_SD = 110.0, 0.65
"""Median length of ships in a port or its roads and standard deviation of its logarithm: a prior
of our own, for ships that do not say how long they are."""
FALSE_M, FALSE_SD = 50.0, 0.6
"""The same of what is no ship (wakes, moles, sand): of 22 false in recorded radar tiles 9 are
shorter than 45 m, 16 than 80 m and 21 than 150 m (docs/benchmarks/imagery-radar.md)."""


def length_sd(gsd_m: float, *, radar: bool) -> float:
    """Standard deviation of log measured length, by kind of sensor.

    Source:
        METHODS section 4: 0.04 at 3 m, 0.15 at 10 m, 0.30 for Sentinel-1 (0.31 for RADARSAT-2,
        n = 40, counted anew in docs/benchmarks/match.md).

    Examples:
        >>> [length_sd(3.0, radar=False), length_sd(10.0, radar=False), length_sd(10.0, radar=True)]
        [0.04, 0.15, 0.3]

    """
    if radar:
        return 0.30
    return 0.04 if gsd_m < 5.0 else 0.15 * max(1.0, gsd_m / 10.0)


def false_share(gsd_m: float, *, radar: bool) -> float:
    """Share of hulls found that are no ships, as counted on recorded scenes.

    Source:
        docs/benchmarks: 2 of 31 at 3 m (imagery-hulls.md), 83 of 161 at 10 m
        (imagery-hulls-10m.md), 22 of 44 in radar tiles (imagery-radar.md).

    Examples:
        >>> [false_share(3.0, radar=False), false_share(10.0, radar=False)]
        [0.065, 0.5]

    """
    return 0.065 if gsd_m < 5.0 and not radar else 0.5


def typical(length_m: Floats, sd: Floats) -> Floats:
    """Density of measured log length for a ship of which nothing is known."""
    return _normal(np.log(length_m / TYPICAL_M), np.hypot(TYPICAL_SD, sd))


def false_lengths(length_m: Floats) -> Floats:
    """Density of log length of what is no ship."""
    return _normal(np.log(length_m / FALSE_M), np.full_like(length_m, FALSE_SD))


def fit(length_m: Floats, sd: Floats, broadcast_m: float | None) -> Floats:
    """Density of measured log length given the length broadcast, shape (hulls,).

    Args:
        length_m: measured, shape (hulls,).
        sd: of its logarithm, shape (hulls,).
        broadcast_m: None: as of any ship.

    Examples:
        >>> one = np.array([100.0])
        >>> [round(float(fit(one, np.array([0.1]), said)[0]), 2) for said in (100, 150, None)]
        [3.81, 0.02, 0.6]

    """
    anyone = typical(length_m, sd)
    if broadcast_m is None:
        return anyone
    right = _normal(np.log(length_m / broadcast_m), np.hypot(sd, BROADCAST_SD))
    mixed: Floats = (1.0 - ODD_SHARE) * right + ODD_SHARE * anyone
    return mixed


def bound_share(length_m: float, sd: float) -> float:
    """P(as long as a ship that must carry class A | measured length), with a flat prior.

    Examples:
        >>> [round(bound_share(length, 0.15), 2) for length in (25.0, 45.0, 60.0, 120.0)]
        [0.0, 0.5, 0.97, 1.0]

    """
    return 0.5 * math.erfc(-math.log(length_m / BOUND_FROM_M) / (sd * math.sqrt(2.0)))


def _normal(off: Floats, sd: Floats) -> Floats:
    density: Floats = np.exp(-0.5 * (off / sd) ** 2) / (sd * math.sqrt(2.0 * math.pi))
    return density
