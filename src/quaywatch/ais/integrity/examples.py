"""Small tracks to try the tests on: what a doctest or a reader at the prompt needs, no more."""

import numpy as np

from quaywatch.ais.track import NO_STATUS, Tracks

START_US = 1_735_689_600_000_000
"""2025-01-01T00:00Z."""


def steady(
    *,
    mmsi: int = 1,
    hours: float = 10.0,
    every_s: float = 60.0,
    sog_kn: float = 12.0,
    lon: float = 5.0,
    lat: float = 0.0,
) -> Tracks:
    """A ship that sails due east at one speed: simulated, and as smooth as only a machine is.

    Examples:
        >>> track = steady(hours=1)
        >>> len(track), round(float(track.lon[-1] - track.lon[0]), 3)
        (61, 0.2)

    """
    count = int(hours * 3600 / every_s) + 1
    seconds = np.arange(count) * every_s
    reach = sog_kn * 1852 / 3600 * seconds / (111_319.49 * np.cos(np.radians(lat)))
    same = np.ones(count, np.float32)
    return Tracks(
        mmsi=np.full(count, mmsi, np.uint32),
        at_us=(START_US + seconds * 1e6).astype(np.int64),
        lon=(lon + reach + 180.0) % 360.0 - 180.0,
        lat=np.full(count, lat),
        sog_kn=same * np.float32(sog_kn),
        cog_deg=same * 90,
        heading_deg=same * 90,
        rot_deg_min=same * np.nan,
        nav_status=np.full(count, NO_STATUS, np.uint8),
        msg_type=np.ones(count, np.uint8),
        transponder=np.ones(count, np.uint8),
        receiver=np.zeros(count, np.uint8),
        row=np.arange(count),
        starts=np.array([0, count]),
    )
