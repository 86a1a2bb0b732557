"""Circles: what a jammed receiver or a playful spoofer draws, and what a swinging ship does not.

A circle is fitted to blocks of about an hour. A ship at anchor swings to and fro on an arc; here a
block counts only if its fixes lie all around the centre and keep their distance from it.

Source:
    Kasa (1976), doi:10.1109/TIM.1976.6312298, for the fit; Androjna et al. (2021),
    doi:10.3390/app11115015, for circles seen where satellite navigation was interfered with.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.integrity.windows import Windows, metres
from quaywatch.ais.track import Floats, Indices, Tracks

BLOCK_S = 3600.0
FEWEST = 12
"""Fixes in a block."""
SECTORS = 12
COVERED = 9
"""Sectors of 30 degrees around the centre that must hold a fix."""
SMALLEST_M = 50.0
ROUND = 0.08
"""Root mean square distance from the circle, as a share of its radius, above which none is kept."""

CIRCLES_FRAME: dict[str, pl.DataType] = {
    "mmsi": pl.UInt32(),
    "start": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "radius_m": pl.Float64(),
    "off_m": pl.Float64(),
    "laps": pl.Float64(),
    "n": pl.UInt32(),
}
"""One row a block that is a circle: its centre, radius, and the laps sailed (always >= 0)."""


def circles_of(tracks: Tracks, windows: Windows) -> pl.DataFrame:
    """Every block of a window whose fixes lie on a circle.

    Give it windows of all fixes, not of segments: what circles at a feigned speed is no one hull's
    motion, and segments rightly fall to pieces there.

    Returns:
        Columns of ``CIRCLES_FRAME``.

    Examples:
        >>> from quaywatch.ais.integrity.examples import steady
        >>> from quaywatch.ais.integrity.windows import windows_of
        >>> track = steady()
        >>> circles_of(track, windows_of(track)).height
        0

    """
    table, which = _circles(
        windows.order, windows.bounds, windows.dt_s, windows.dx_m, windows.dy_m,
        tracks.lon, tracks.lat,
    )  # fmt: skip
    first, last = which[:, 0], which[:, 1]
    at = tracks.at_us
    return (
        pl.DataFrame(
            {
                "mmsi": tracks.mmsi[windows.order[first]],
                "start": pl.Series(at[windows.order[first]], dtype=pl.Int64),
                "end": pl.Series(at[windows.order[last]], dtype=pl.Int64),
                "lon": table[:, 0],
                "lat": table[:, 1],
                "radius_m": table[:, 2],
                "off_m": table[:, 3],
                "laps": table[:, 4],
                "n": last - first + 1,
            }
        )
        .with_columns(pl.from_epoch("start", "us"), pl.from_epoch("end", "us"))
        .cast({name: kind for name, kind in CIRCLES_FRAME.items() if name not in {"start", "end"}})
        .with_columns(
            pl.col("start").dt.replace_time_zone("UTC"), pl.col("end").dt.replace_time_zone("UTC")
        )
    )


@compiled
def _circles(
    order: Indices,
    bounds: Indices,
    dt: Floats,
    dx: Floats,
    dy: Floats,
    lon: Floats,
    lat: Floats,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Circles as rows (lon, lat, radius, off, laps) and their (first, last, window)."""
    longest = 1
    for w in range(len(bounds) - 1):
        longest = max(longest, bounds[w + 1] - bounds[w])
    x, y = np.empty(longest), np.empty(longest)
    found = np.empty((len(order) // FEWEST + 1, 5))
    which = np.empty((len(order) // FEWEST + 1, 3), np.int64)
    total = 0
    for w in range(len(bounds) - 1):
        first = bounds[w]
        while first + FEWEST <= bounds[w + 1]:
            x[0] = y[0] = seconds = 0.0
            count = 1
            k = first + 1
            while k < bounds[w + 1] and (count < FEWEST or seconds < BLOCK_S):
                seconds += dt[k]
                x[count], y[count] = x[count - 1] + dx[k], y[count - 1] + dy[k]
                count += 1
                k += 1
            if _fit(x, y, count, found[total]):
                east, north = found[total, 0], found[total, 1]
                one_east, one_north = metres(
                    lon[order[first]],
                    lat[order[first]],
                    lon[order[first]] + 0.01,
                    lat[order[first]] + 0.01,
                )
                found[total, 0] = (
                    lon[order[first]] + 0.01 * east / one_east + 180.0
                ) % 360.0 - 180.0
                found[total, 1] = lat[order[first]] + 0.01 * north / one_north
                which[total, 0], which[total, 1], which[total, 2] = first, k - 1, w
                total += 1
            first = k
    return found[:total].copy(), which[:total].copy()


@compiled
def _fit(x: Floats, y: Floats, count: int, out: Floats) -> bool:
    """Fit a circle; fill ``out`` with centre, radius, distance from it, laps; whether it is one."""
    mean_x, mean_y = x[:count].mean(), y[:count].mean()
    xx = yy = xy = xz = yz = 0.0
    for k in range(count):
        u, v = x[k] - mean_x, y[k] - mean_y
        z = u * u + v * v
        xx += u * u
        yy += v * v
        xy += u * v
        xz += u * z
        yz += v * z
    det = xx * yy - xy * xy
    if not det > 1e-3 * (xx + yy) ** 2:  # nearly on a line
        return False
    a, b = 0.5 * (yy * xz - xy * yz) / det, 0.5 * (xx * yz - xy * xz) / det
    radius = np.sqrt(a * a + b * b + (xx + yy) / count)
    if radius < SMALLEST_M:
        return False
    off, swept, sectors, last, blind = 0.0, 0.0, 0, 0.0, False
    for k in range(count):
        u, v = x[k] - mean_x - a, y[k] - mean_y - b
        off += (np.hypot(u, v) - radius) ** 2
        angle = np.arctan2(v, u)
        sectors |= 1 << (int((angle + np.pi) / (2 * np.pi) * SECTORS) % SECTORS)
        if k:
            step = (angle - last + np.pi) % (2 * np.pi) - np.pi
            swept += step
            blind = blind or abs(step) > 0.6 * np.pi
        last = angle
    out[0], out[1], out[2] = mean_x + a, mean_y + b, radius
    out[3], out[4] = np.sqrt(off / count), abs(swept) / (2 * np.pi)
    covered = 0
    for s in range(SECTORS):
        covered += (sectors >> s) & 1
    if not blind and out[4] < 1.0:
        return False  # to and fro on an arc, or less than once round
    return bool(covered >= COVERED and out[3] <= ROUND * radius)
