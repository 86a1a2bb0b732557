"""Slow ships on a common clock: positions every ten minutes, so that ships can be compared.

The clock counts ten-minute slots from 1970, so midnight is a slot like any other.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.voyages.motion import Motion

SLOT_S: Final = 600
SLOW_POINTS_FRAME: Final[dict[str, pl.DataType]] = {
    "slot": pl.Int32(),
    "mmsi": pl.UInt32(),
    "segment": pl.UInt32(),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "heading_deg": pl.Float32(),
    "moored": pl.Boolean(),
    "row": pl.Int64(),
}
"""A slow ship at one slot (``slot`` times 600 s since 1970). ``lon``/``lat``: between the fix
before and the fix after, at most an hour apart, of one segment. ``heading_deg`` and ``moored``
(navigation status 5): of the nearer fix. ``row``: the fix before, in the frame of the tracks."""


def slow_points(
    motion: Motion, *, below_kn: float = 2.0, positions: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Where the slow ships of one bucket were, every ten minutes: ``SLOW_POINTS_FRAME``.

    A ship is slow at a slot if the faster of the two fixes around it and the way between them are
    all below ``below_kn``; where both speeds are unknown the way decides. Only between two fixes
    of the same segment, at most an hour apart: what was not heard meets nobody.

    Args:
        motion: one bucket.
        below_kn: GFW's encounters take 2 kn.
        positions: the frame of the tracks: adds ``source_id`` (categorical) and ``record``.

    Examples:
        >>> from quaywatch.voyages.motion import drawn, motion_of
        >>> slow_points(motion_of(drawn({1: [(0, 179.999, 0, 0.5), (1200, -179.999, 0, 0.5)]})))[
        ...     "lon"].round(3).to_list()
        [179.999, -180.0, -179.999]

    """
    where, which, back = _resample(
        motion.at_us,
        motion.lon,
        motion.lat,
        motion.speed_kn,
        motion.heading_deg,
        motion.starts,
        motion.segment,
        below_kn,
    )
    near, piece = back[:, 1], back[:, 2]
    frame = pl.DataFrame(
        {
            "slot": which,
            "mmsi": motion.mmsi[piece],
            "segment": motion.segment[back[:, 0]],
            "lon": where[:, 0],
            "lat": where[:, 1],
            "heading_deg": motion.heading_deg[near],
            "moored": motion.nav_status[near] == 5,
            "row": motion.row[back[:, 0]],
        }
    ).with_columns(pl.col("heading_deg").fill_nan(None))
    frame = frame.select(pl.col(name).cast(kind) for name, kind in SLOW_POINTS_FRAME.items())
    if positions is None:
        return frame
    return frame.with_columns(
        positions["source_id"].gather(frame["row"]).cast(pl.Categorical).alias("source_id"),
        positions["record"].gather(frame["row"]).alias("record"),
    )


@compiled
def _resample(
    at: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    speed: NDArray[np.float32],
    heading: NDArray[np.float32],
    starts: NDArray[np.int64],
    segment: NDArray[np.int32],
    below_kn: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Positions (lon, lat), slots, and (fix before, nearer fix, piece) of each slow slot."""
    step, most = 600_000_000, 3_600_000_000
    # A pair of fixes is at most seven slots; pages that are not written cost nothing.
    room = 0
    for i in range(len(at) - 1):
        if 0 <= at[i + 1] - at[i] <= most:
            room += at[i + 1] // step - at[i] // step + (at[i] % step == 0)
    room += len(starts)
    where = np.empty((room, 2))
    which = np.empty(room, np.int64)
    back = np.empty((room, 3), np.int64)
    found = 0
    for p in range(len(starts) - 1):
        last = -1
        for i in range(starts[p], starts[p + 1] - 1):
            span = at[i + 1] - at[i]
            first = int(-(-at[i] // step))
            if first * step > at[i + 1] or span > most or segment[i] != segment[i + 1]:
                continue
            if speed[i] >= below_kn or speed[i + 1] >= below_kn:
                continue
            east = (lon[i + 1] - lon[i] + 540.0) % 360.0 - 180.0
            north = lat[i + 1] - lat[i]
            across = east * np.cos(np.radians(lat[i]))
            metres = 111_195.0 * np.sqrt(across * across + north * north)
            # Two fixes seconds apart differ by receiver noise, so 60 m are allowed for it.
            if span > 0 and (metres - 60.0) * 3.6e9 / 1852.0 > below_kn * span:
                continue
            for slot in range(first, int(at[i + 1] // step) + 1):
                if slot == last:
                    continue
                last = slot
                share = (slot * step - at[i]) / span if span > 0 else 0.0
                where[found, 0] = (lon[i] + share * east + 540.0) % 360.0 - 180.0
                where[found, 1] = lat[i] + share * north
                which[found] = slot
                back[found, 0], back[found, 2] = i, p
                back[found, 1] = i if share < 0.5 or np.isnan(heading[i + 1]) else i + 1
                found += 1
    return where[:found].copy(), which[:found].copy(), back[:found].copy()
