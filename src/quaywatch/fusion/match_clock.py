"""How well a feed's reports are timed, from the reports themselves."""

from typing import Final

import numpy as np

from quaywatch.ais.track import Floats, Tracks

UNKNOWN_S: Final = 15.0
"""Where too few reports tell: receivers and collectors stamp reports up to half a minute late."""
LEAST_S: Final = 1.0
_ENOUGH: Final = 50
_WITHIN_S: Final = (60.0, 300.0)
_LEAST_KN: Final = 5.0
_STEADY_DEG: Final = 4.0
_STEADY_SHARE: Final = 0.1


def clock_sigma_s(tracks: Tracks) -> float:
    """Standard deviation of the times of reports, seconds.

    Where three reports in a row show a ship on a steady course, the middle one lies between the
    others but for its clock and theirs: the miss along the course, over the speed.

    Bias: steady ships only; a feed that is late by always the same is not found late.

    Args:
        tracks: reports of one feed.

    Returns:
        The median miss as of a normal; ``UNKNOWN_S`` where fewer than fifty reports tell.

    Examples:
        >>> from quaywatch.ais.schema import POSITIONS_FRAME
        >>> from quaywatch.ais.track import tracks_of
        >>> import polars as pl
        >>> clock_sigma_s(tracks_of(pl.DataFrame(schema=POSITIONS_FRAME)))
        15.0

    """
    if len(tracks) < _ENOUGH + 2:
        return UNKNOWN_S
    at = tracks.at_us / 1e6
    before, after = at[1:-1] - at[:-2], at[2:] - at[1:-1]
    one = (tracks.mmsi[:-2] == tracks.mmsi[2:]) & _steady(tracks)
    for wait in (before, after):
        one &= (wait >= _WITHIN_S[0]) & (wait <= _WITHIN_S[1])
    if one.sum() < _ENOUGH:
        return UNKNOWN_S
    share = (before / np.maximum(before + after, 1.0))[one]
    miss = _missed_s(tracks, one, share)
    spread = 1.4826 * float(np.median(np.abs(miss) / np.sqrt(1.0 + share**2 + (1.0 - share) ** 2)))
    return round(max(spread, LEAST_S), 1)


def _steady(tracks: Tracks) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Middle reports of three with one course and one speed."""
    sog, cog = tracks.sog_kn.astype(np.float64), tracks.cog_deg.astype(np.float64)
    ok = sog[1:-1] >= _LEAST_KN
    for other in (slice(None, -2), slice(2, None)):
        turn = np.abs((cog[other] - cog[1:-1] + 540.0) % 360.0 - 180.0)
        ok &= (turn <= _STEADY_DEG) & (np.abs(sog[other] - sog[1:-1]) <= _STEADY_SHARE * sog[1:-1])
    return np.asarray(ok)


def _missed_s(
    tracks: Tracks, one: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], share: Floats
) -> Floats:
    """How far middle reports lie ahead of the line between their neighbours, over the speed."""
    lon = np.stack([tracks.lon[:-2][one], tracks.lon[1:-1][one], tracks.lon[2:][one]])
    lat = np.stack([tracks.lat[:-2][one], tracks.lat[1:-1][one], tracks.lat[2:][one]])
    lon = lon[1] + (lon - lon[1] + 540.0) % 360.0 - 180.0
    east = (lon[1] - (lon[0] + share * (lon[2] - lon[0]))) * np.cos(np.radians(lat[1]))
    north = lat[1] - (lat[0] + share * (lat[2] - lat[0]))
    course = np.radians(tracks.cog_deg[1:-1][one].astype(np.float64))
    ahead_m = (east * np.sin(course) + north * np.cos(course)) * 111_195.0
    speed = tracks.sog_kn[1:-1][one].astype(np.float64) * 1852.0 / 3600.0
    out: Floats = ahead_m / speed
    return out
