"""Jumps: a transponder that reports from one segment, and next from another it could not reach.

Two hulls under one MMSI, a position put elsewhere, and a receiver of satellite navigation led
astray all look like this. What tells them apart is who jumps along (``shared_jumps``).
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.integrity.features import instants
from quaywatch.ais.integrity.motion import (
    KN,
    LONGEST_ASIDE_S,
    TOLERANCE_M,
    TOLERANCE_S,
    aside_m,
    implied_kn,
    sphere_m,
)
from quaywatch.ais.integrity.windows import Windows, metres
from quaywatch.ais.track import Floats, Indices, Singles, Tracks

AGAIN_H = 24.0
"""The same two segments make one jump a day, however often they alternate."""
ASIDE_M = 1000.0
"""A step aside of its course by more than this is a jump too, however little time it needs."""
FEWEST = 3
"""Fixes that the segment on each side must hold: a stray fix is no place."""

JUMPS_FRAME: dict[str, pl.DataType] = {
    "mmsi": pl.UInt32(),
    "segment": pl.Int32(),
    "other_segment": pl.Int32(),
    "window": pl.Int32(),
    "start": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "end_lon": pl.Float64(),
    "end_lat": pl.Float64(),
    "apart_m": pl.Float64(),
    "implied_kn": pl.Float64(),
    "overlapping": pl.Boolean(),
    "first_row": pl.Int64(),
    "last_row": pl.Int64(),
}
"""One row a jump. ``segment`` and ``window`` are those of arrival, ``other_segment`` of departure;
``overlapping``: the segment left behind is heard again later, so it is two tracks at a time."""


def jumps_of(tracks: Tracks, windows: Windows) -> pl.DataFrame:
    """Every change of segment that no ship of this speed, heard late, could have made.

    Returns:
        Columns of ``JUMPS_FRAME``.

    Examples:
        >>> from quaywatch.ais.integrity.examples import steady
        >>> from quaywatch.ais.integrity.windows import windows_of
        >>> track = steady()
        >>> jumps_of(track, windows_of(track)).height
        0

    """
    if not len(windows):
        return pl.DataFrame(schema=JUMPS_FRAME)
    home = np.full(len(tracks), -1, np.int64)
    home[windows.order] = np.repeat(np.arange(len(windows)), np.diff(windows.bounds))
    pairs, sizes = _jumps(
        tracks.starts, home, windows.segment, _segment_bounds(tracks, windows),
        tracks.at_us, tracks.lon, tracks.lat, tracks.sog_kn, tracks.cog_deg,
    )  # fmt: skip
    before, after, overlapping = pairs[:, 0], pairs[:, 1], pairs[:, 2] > 0
    return pl.DataFrame(
        {
            "mmsi": tracks.mmsi[after],
            "segment": windows.segment[home[after]],
            "other_segment": windows.segment[home[before]],
            "window": windows.window[home[after]],
            "start": instants(tracks.at_us[before]),
            "end": instants(tracks.at_us[after]),
            "lon": tracks.lon[before],
            "lat": tracks.lat[before],
            "end_lon": tracks.lon[after],
            "end_lat": tracks.lat[after],
            "apart_m": sizes[:, 0],
            "implied_kn": sizes[:, 1],
            "overlapping": overlapping,
            "first_row": tracks.row[before],
            "last_row": tracks.row[after],
        },
        schema=JUMPS_FRAME,
    )


def _segment_bounds(tracks: Tracks, windows: Windows) -> NDArray[np.int64]:
    """Number and last fix of the segment of each window, shape (k, 2)."""
    first = windows.order[windows.bounds[:-1]]
    last = windows.order[windows.bounds[1:] - 1]
    mmsi = tracks.mmsi[first]
    new = np.ones(len(first), np.bool_)
    new[1:] = (mmsi[1:] != mmsi[:-1]) | (windows.segment[1:] != windows.segment[:-1])
    group = np.cumsum(new) - 1
    size = np.bincount(group, np.diff(windows.bounds)).astype(np.int64)
    end = np.empty(len(size), np.int64)
    end[group] = last
    return np.column_stack((size[group], end[group]))


@compiled
def _jumps(
    starts: Indices,
    home: Indices,
    segment: NDArray[np.int32],
    bound: NDArray[np.int64],
    at_us: Indices,
    lon: Floats,
    lat: Floats,
    sog: Singles,
    cog: Singles,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows (fix before, fix after, whether overlapping) and (metres, knots)."""
    room = 64
    pairs, sizes = np.empty((room, 3), np.int64), np.empty((room, 2))
    total = 0
    for v in range(len(starts) - 1):
        last, vessel = -1, total
        for i in range(starts[v], starts[v + 1]):
            if home[i] < 0 or bound[home[i], 0] < FEWEST:
                continue
            if last >= 0 and segment[home[last]] != segment[home[i]]:
                way, fast = _needed_kn(last, i, at_us, lon, lat, sog, cog)
                known = fast <= 0.0
                for r in range(vessel, total):
                    known = known or (
                        segment[home[pairs[r, 0]]] == segment[home[last]]
                        and segment[home[pairs[r, 1]]] == segment[home[i]]
                        and at_us[i] - at_us[pairs[r, 1]] < AGAIN_H * 3.6e9
                    )
                    if known:
                        break
                if not known:
                    if total == room:
                        room *= 2
                        wider, sized = np.empty((room, 3), np.int64), np.empty((room, 2))
                        wider[:total], sized[:total] = pairs, sizes
                        pairs, sizes = wider, sized
                    pairs[total, 0], pairs[total, 1] = last, i
                    pairs[total, 2] = 1 if at_us[bound[home[last], 1]] > at_us[i] else 0
                    sizes[total, 0], sizes[total, 1] = way, fast
                    total += 1
            last = i
    return pairs[:total].copy(), sizes[:total].copy()


@compiled
def _needed_kn(
    i: int, j: int, at_us: Indices, lon: Floats, lat: Floats, sog: Singles, cog: Singles
) -> tuple[float, float]:
    """Metres apart, and knots needed if a ship could not have done it, else 0."""
    seconds = (at_us[j] - at_us[i]) * 1e-6
    way = sphere_m(lon[i], lat[i], lon[j], lat[j])
    fast = implied_kn(way, seconds, sog[i], sog[j], np.nan)
    if fast <= 0.0 and seconds < LONGEST_ASIDE_S:
        dx, dy = metres(lon[i], lat[i], lon[j], lat[j])
        if aside_m(dx, dy, seconds, (sog[i], sog[j]), (cog[i], cog[j])) > ASIDE_M:
            fast = (way - TOLERANCE_M) / (seconds + TOLERANCE_S) / KN
    return way, fast
