"""How often a ship that is there is found: the detector's recall by length, kind of sensor, pixel.

Counted on recorded scenes kept out of training (docs/benchmarks/imagery-hulls.md, -radar.md).
Small counts are taken as the mean of the Jeffreys posterior, so that 20 of 20 is 0.98, never 1.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from quaywatch.imagery.sensors import SENSORS


@dataclass(frozen=True)
class Curve:
    """Recall by length: half of the ceiling at ``half_px``, a logistic of this spread."""

    coarsest_gsd_m: float
    """Pixels up to this size."""
    finest_gsd_m: float
    """Finer pixels are averaged to this size before the search, or gain nothing."""
    half_px: float
    spread_px: float
    ceiling: float

    def recall(self, length_m: float, gsd_m: float) -> float:
        """Share of ships of a length that are found."""
        size_px = length_m / max(gsd_m, self.finest_gsd_m)
        return self.ceiling / (1 + math.exp(-(size_px - self.half_px) / self.spread_px))


CURVES: Mapping[str, tuple[Curve, ...]] = {
    # 3 m, bays the network had not seen: 21 of 21 ships of 36 pixels (108 m) and more on open
    # water, all but one of 60 pixels and more. Of recorded ships made smaller and set down there
    # 57 of 180 of 30 to 80 m, 22 of 36 of 100 m, 25 of 130 m and 34 of 160 m are found; but at one
    # of two ports none up to 80 m and 3 of 12 of 100 m, and a ship seen from afar is no small
    # ship. So the fall is set below theirs, and no absence is argued from short ones. 10 m, ports
    # the network had not seen: 5 of 8 hulls of 20 pixels and more on open water, 3 of 20 of 10 to
    # 20 pixels, 1 of 25 shorter; the rule for white craft (fitted on the same ports) is left out
    # of the count. An absence at 10 m is hardly ever assessable.
    "optical": (
        Curve(5.0, 3.0, half_px=43.0, spread_px=3.5, ceiling=0.977),
        Curve(math.inf, 3.0, half_px=18.0, spread_px=3.0, ceiling=0.61),
    ),
    # Sentinel-1: 5 of 9 shorter than 45 m, 17 of 21 from 45 to 80 m, 89 of 90 longer; but these are
    # ships that somebody had seen in the image. So the ceiling and the fall are those of a count
    # from AIS, without that choice (RADARSAT-2: 0.32 below 30 m, 0.60 to 45 m, 0.92 to 60 m, 0.95
    # above 120 m, 36 of 38; METHODS section 4), taken a little lower.
    "radar": (Curve(math.inf, 10.0, half_px=3.8, spread_px=0.9, ceiling=0.94),),
}
"""By ``Sensor.recall``: curves from fine pixels to coarse."""


def p_detect(length_m: float, gsd_m: float, sensor: str) -> float:
    """Probability that a hull in open, clear, calm water is detected.

    For clear water only: cloud and nodata are the caller's clear fraction, and a hull alongside
    others or a quay is found less often (figures in the benchmark). A radar draws a ship that is
    under way off its place (``imagery.azimuth``): look for it there.

    Args:
        length_m: of the hull.
        gsd_m: true ground size of a pixel.
        sensor: a key of ``SENSORS``.

    Examples:
        >>> [round(p_detect(length, 3.0, "planetscope"), 2) for length in (30, 60, 140, 200)]
        [0.0, 0.0, 0.72, 0.98]
        >>> [round(p_detect(length, 10.0, "sentinel-1-grd"), 2) for length in (20, 40, 140)]
        [0.0, 0.52, 0.94]

    """
    kind = SENSORS[sensor]
    if length_m < kind.least_length_m:
        return 0.0
    # Larger pixels never show more: a curve for finer ones, at its finest, is a bound.
    found = []
    for curve in CURVES[kind.recall]:
        fits = gsd_m < curve.coarsest_gsd_m
        found.append(curve.recall(length_m, gsd_m if fits else curve.finest_gsd_m))
        if fits:
            break
    return min(found)
