"""How often a ship that is there is found: the detector's recall by length in pixels."""

import math


def p_detect(length_m: float, gsd_m: float, sensor: str) -> float:
    """Probability that a hull in open, clear water is detected.

    Args:
        length_m: of the hull.
        gsd_m: ground size of a pixel.
        sensor: a key of ``SENSORS``.

    Examples:
        >>> p_detect(140.0, 3.0, "planetscope") > 0.9
        True

    """
    del sensor
    return 0.96 / (1 + math.exp(-(length_m / gsd_m - 10.0) / 3.0))
