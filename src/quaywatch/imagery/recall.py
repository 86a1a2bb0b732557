"""How often a ship that is there is found: the detector's recall by length in pixels.

Counted on recorded scenes kept out of training (docs/benchmarks/imagery.md). Small counts are
taken as the mean of the Jeffreys posterior, so that 20 of 20 is 0.98 and never 1.
"""

import math

LENGTH_3M_PX = 17.0
"""Pixels of length at which half are found at 3 m: 32 of 33 craft of 20 pixels and more were
found on open water, none of the 3 that were shorter or too faint to measure."""
SPREAD_3M_PX = 1.5
CEILING_3M = 0.956
LENGTH_10M_PX = 18.0
"""Likewise at 10 m, at ports the network had not seen: 5 of 8 hulls of 20 pixels and more on open
water, 3 of 20 of 10 to 20 pixels, 1 of 25 shorter; the rule for white craft (fitted on the same
ports) is left out of the count. An absence at 10 m is hardly ever assessable."""
SPREAD_10M_PX = 3.0
CEILING_10M = 0.61
COARSER_THAN_M = 5.0


def p_detect(length_m: float, gsd_m: float, sensor: str) -> float:
    """Probability that a hull in open, clear, calm water is detected.

    For clear water only: cloud and nodata are the caller's clear fraction, and a hull alongside
    others or a quay is found less often (figures in the benchmark).

    Args:
        length_m: of the hull.
        gsd_m: true ground size of a pixel.
        sensor: a key of ``SENSORS``; a radar is not searched, so the answer there is 0.

    Examples:
        >>> [round(p_detect(length, 3.0, "planetscope"), 2) for length in (30, 60, 140)]
        [0.01, 0.84, 0.96]
        >>> p_detect(140.0, 10.0, "sentinel-1-grd")
        0.0

    """
    if sensor == "sentinel-1-grd":
        return 0.0
    fine = gsd_m < COARSER_THAN_M
    half, spread, ceiling = (
        (LENGTH_3M_PX, SPREAD_3M_PX, CEILING_3M)
        if fine
        else (LENGTH_10M_PX, SPREAD_10M_PX, CEILING_10M)
    )
    size_px = length_m / max(gsd_m, 3.0)
    return ceiling / (1 + math.exp(-(size_px - half) / spread))
