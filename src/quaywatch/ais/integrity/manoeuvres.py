"""What a track can be recognised by: its shape around turns, and around lines that it crosses.

One row per *anchor*: a moment that belongs to the track and not to the clock, so that the same
track sent again at another time, under another number, or heard by other receivers has the same
anchors. A turn also survives a move to another place. Around each anchor the way is kept for half
an hour before and after, at steps of two minutes.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.integrity.features import instants
from quaywatch.ais.integrity.motion import length
from quaywatch.ais.integrity.ranks import turn_deg
from quaywatch.ais.integrity.windows import Windows
from quaywatch.ais.track import Floats, Indices, Tracks

HALF_S: Final = 1800.0
STEP_S: Final = 120.0
SAMPLES: Final = 31
LONGEST_S: Final = 1200.0
"""Over a longer silence the way is not known, and no anchor is taken near it."""
FEWEST: Final = 8
"""Fixes within half an hour of an anchor."""
LINE_DEG: Final = 0.1
"""Distance of the meridians and parallels whose crossing is an anchor."""
TURN_DEG: Final = 25.0
"""Change between the ways of five minutes before and after that makes a turn."""
CHORD_S: Final = 300.0
SLOWEST_M: Final = 463.0
"""Least way in five minutes before and after a turn: 3 kn."""
TURN_LINE: Final = -1_000_000

MANOEUVRES_FRAME: dict[str, pl.DataType | type[pl.DataType]] = {
    "mmsi": pl.UInt32(),
    "segment": pl.Int32(),
    "window": pl.Int32(),
    "at": pl.Datetime("us", "UTC"),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "line": pl.Int32(),
    "along_m": pl.Float64(),
    "n": pl.UInt32(),
    "way_m": pl.Array(pl.Float32, 2 * SAMPLES),
}
"""One row an anchor. ``line``: number of the line crossed, or ``TURN_LINE``; ``along_m``: where on
it; ``way_m``: metres east of the anchor at each step, then metres north."""


def manoeuvres_of(tracks: Tracks, windows: Windows) -> pl.DataFrame:
    """Every anchor of every window, with the way around it.

    Returns:
        Columns of ``MANOEUVRES_FRAME``.

    Examples:
        >>> from quaywatch.ais.integrity.examples import steady
        >>> from quaywatch.ais.integrity.windows import windows_of
        >>> track = steady(hours=4)
        >>> found = manoeuvres_of(track, windows_of(track))
        >>> found["lon"].round(3).to_list()
        [5.1, 5.2, 5.3, 5.4, 5.5, 5.6]

    """
    if not len(windows):
        return pl.DataFrame(schema=MANOEUVRES_FRAME)
    room = max(64, len(windows.order) // 20)
    while True:
        found = _anchors(
            windows.order, windows.bounds, windows.dt_s, windows.dx_m, windows.dy_m,
            tracks.lon, tracks.lat, room,
        )  # fmt: skip
        if len(found[0]) < room:
            break
        room *= 4
    which, place, way = found
    window = which[:, 0]
    start_us = tracks.at_us[windows.order[windows.bounds[window]]]
    return pl.DataFrame(
        {
            "mmsi": tracks.mmsi[windows.order[windows.bounds[window]]],
            "segment": windows.segment[window],
            "window": windows.window[window],
            "at": instants(start_us + np.rint(place[:, 0] * 1e6).astype(np.int64)),
            "lon": place[:, 1],
            "lat": place[:, 2],
            "line": which[:, 1].astype(np.int32),
            "along_m": place[:, 3],
            "n": which[:, 2].astype(np.uint32),
            "way_m": pl.Series(way, dtype=pl.Array(pl.Float32, 2 * SAMPLES)),
        },
        schema=MANOEUVRES_FRAME,
    )


@compiled
def _anchors(
    order: Indices,
    bounds: Indices,
    dt: Floats,
    dx: Floats,
    dy: Floats,
    lon: Floats,
    lat: Floats,
    room: int,
) -> tuple[NDArray[np.int64], Floats, NDArray[np.float32]]:
    """Rows (window, line, fixes), (seconds from its start, lon, lat, along), (way); < room."""
    which, place = np.empty((room, 3), np.int64), np.empty((room, 4))
    way = np.empty((room, 2 * SAMPLES), np.float32)
    longest, total = 1, 0
    for w in range(len(bounds) - 1):
        longest = max(longest, bounds[w + 1] - bounds[w])
    t, x, y = np.empty(longest), np.empty(longest), np.empty(longest)
    for w in range(len(bounds) - 1):
        low, high = bounds[w], bounds[w + 1]
        if high - low < FEWEST:
            continue
        t[0] = x[0] = y[0] = 0.0
        for k in range(1, high - low):
            t[k] = t[k - 1] + dt[low + k]
            x[k], y[k] = x[k - 1] + dx[low + k], y[k - 1] + dy[low + k]
        first = 0
        for k in range(1, high - low + 1):
            if k < high - low and dt[low + k] <= LONGEST_S:
                continue
            if t[k - 1] - t[first] >= 2 * HALF_S and k - first >= FEWEST:
                before = total
                total = _crossings(
                    order[low + first : low + k], t[first:k], x[first:k], y[first:k], lon, lat,
                    which, place, way, total,
                )  # fmt: skip
                total = _turns(
                    order[low + first : low + k], t[first:k], x[first:k], y[first:k], lon, lat,
                    which, place, way, total,
                )  # fmt: skip
                which[before:total, 0] = w
            first = k
        if total >= room - 1:
            return which, place, way  # full: asked again with more room
    return which[:total], place[:total], way[:total]


@compiled
def _crossings(
    order: Indices,
    t: Floats,
    x: Floats,
    y: Floats,
    lon: Floats,
    lat: Floats,
    which: NDArray[np.int64],
    place: Floats,
    way: NDArray[np.float32],
    total: int,
) -> int:
    """Anchors where meridians and parallels are crossed under way."""
    lines = int(np.rint(360.0 / LINE_DEG))
    for k in range(1, len(order)):
        i, j = order[k - 1], order[k]
        if np.floor(lon[i] / LINE_DEG) == np.floor(lon[j] / LINE_DEG) and np.floor(
            lat[i] / LINE_DEG
        ) == np.floor(lat[j] / LINE_DEG):
            continue
        seconds = t[k] - t[k - 1]
        speed = length(x[k] - x[k - 1], y[k] - y[k - 1]) / max(seconds, 1e-3)
        if speed < 1.5 or speed > 30.0:
            continue
        apart = turn_deg(lon[i], lon[j])
        for axis in range(2):
            a = lon[i] / LINE_DEG if axis == 0 else lat[i] / LINE_DEG
            b = (lon[i] + apart) / LINE_DEG if axis == 0 else lat[j] / LINE_DEG
            line = max(np.floor(a), np.floor(b))
            if np.floor(a) == np.floor(b) or abs(b - a) > 1.0:
                continue
            share = (line - a) / (b - a)
            name = int(line) % lines if axis == 0 else lines + int(line)
            along = lat[i] + share * (lat[j] - lat[i]) if axis == 0 else lon[i] + share * apart
            scale = 111_195.0 if axis == 0 else 111_195.0 * np.cos(np.radians(lat[i]))
            seconds = t[k - 1] + share * (t[k] - t[k - 1])
            if total < len(way) - 1 and _way(t, x, y, seconds, way[total]):
                which[total, 1] = name
                which[total, 2] = _heard(t, seconds)
                place[total, 0] = seconds
                place[total, 1] = (lon[i] + share * apart + 180.0) % 360.0 - 180.0
                place[total, 2] = lat[i] + share * (lat[j] - lat[i])
                place[total, 3] = along * scale
                if which[total, 2] >= FEWEST:
                    total += 1
    return total


@compiled
def _turns(
    order: Indices,
    t: Floats,
    x: Floats,
    y: Floats,
    lon: Floats,
    lat: Floats,
    which: NDArray[np.int64],
    place: Floats,
    way: NDArray[np.float32],
    total: int,
) -> int:
    """Anchors at the sharpest minute of each turn."""
    best, best_s, quiet = 0.0, 0.0, 0
    seconds = t[0] + CHORD_S
    back, here, ahead = 0, 0, 0
    while seconds + CHORD_S <= t[len(t) - 1]:
        back, x0, y0 = _at(t, x, y, seconds - CHORD_S, back)
        here, x1, y1 = _at(t, x, y, seconds, here)
        ahead, x2, y2 = _at(t, x, y, seconds + CHORD_S, ahead)
        turned = 0.0
        if min(length(x1 - x0, y1 - y0), length(x2 - x1, y2 - y1)) >= SLOWEST_M:
            turned = abs(
                turn_deg(
                    np.degrees(np.arctan2(x1 - x0, y1 - y0)),
                    np.degrees(np.arctan2(x2 - x1, y2 - y1)),
                )
            )
        if turned >= TURN_DEG and turned > best:
            best, best_s, quiet = turned, seconds, 0
        else:
            quiet += 1
        if best > 0.0 and (quiet >= 5 or seconds + CHORD_S + 60.0 > t[len(t) - 1]):
            if total < len(way) - 1 and _way(t, x, y, best_s, way[total]):
                k, _, _ = _at(t, x, y, best_s, 0)
                which[total, 1], which[total, 2] = TURN_LINE, _heard(t, best_s)
                place[total, 0] = best_s
                place[total, 1], place[total, 2] = lon[order[k]], lat[order[k]]
                place[total, 3] = 0.0
                if which[total, 2] >= FEWEST:
                    total += 1
            best = 0.0
        seconds += 60.0
    return total


@compiled
def _at(t: Floats, x: Floats, y: Floats, seconds: float, k: int) -> tuple[int, float, float]:
    """Index of the fix before, and the place on the way, at a time within it; ``k``: start."""
    while k < len(t) - 2 and t[k + 1] < seconds:
        k += 1
    span = t[k + 1] - t[k]
    share = 0.0 if span <= 0.0 else (seconds - t[k]) / span
    return k, x[k] + share * (x[k + 1] - x[k]), y[k] + share * (y[k + 1] - y[k])


@compiled
def _heard(t: Floats, seconds: float) -> int:
    """Fixes within half an hour of a moment."""
    return int(
        np.searchsorted(t, seconds + HALF_S, side="right") - np.searchsorted(t, seconds - HALF_S)
    )


@compiled
def _way(t: Floats, x: Floats, y: Floats, seconds: float, out: NDArray[np.float32]) -> bool:
    """Fill the way around a moment; whether the track reaches so far both ways."""
    if seconds - HALF_S < t[0] or seconds + HALF_S > t[len(t) - 1]:
        return False
    k = max(0, int(np.searchsorted(t, seconds - HALF_S)) - 1)
    _, x0, y0 = _at(t, x, y, seconds, k)
    for s in range(SAMPLES):
        k, here_x, here_y = _at(t, x, y, seconds - HALF_S + s * STEP_S, k)
        out[s], out[SAMPLES + s] = here_x - x0, here_y - y0
    return True
