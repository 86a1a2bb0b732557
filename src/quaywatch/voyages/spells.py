"""Times at rest: one walk over each segment that finds where a ship stayed slow, and how.

The same walk finds stops (GFW: begin below 0.2 kn, end above 0.5 kn) and slow running (2 kn). A
silence inside a spell is kept in the open: ``silent_h`` says how long nothing was heard.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.voyages.motion import METRES_PER_DEG, Motion, apart_m, segments_between

SPELLS_FRAME: Final[dict[str, pl.DataType]] = {
    "mmsi": pl.UInt32(),
    "segment": pl.UInt32(),
    "chain": pl.UInt32(),
    "segments": pl.String(),
    "start": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "before": pl.Datetime("us", "UTC"),
    "after": pl.Datetime("us", "UTC"),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "n": pl.UInt32(),
    "spread_m": pl.Float64(),
    "heading_spread": pl.Float64(),
    "mean_kn": pl.Float64(),
    "at_anchor": pl.UInt32(),
    "moored": pl.UInt32(),
    "silent_h": pl.Float64(),
    "row": pl.Int64(),
    "end_row": pl.Int64(),
    "start_lon": pl.Float64(),
    "start_lat": pl.Float64(),
    "end_lon": pl.Float64(),
    "end_lat": pl.Float64(),
}
"""A spell at rest, one row.

``segment``: of its first fix; ``segments``: all of them where they are more than one; ``chain``:
the first of the segments that continue each other.
``before``/``after``: the fixes of the segment next to it (null at the segment's ends), so the
spell lasted from ``end - start`` to ``after - before``. ``lon``/``lat``: mean position. ``n``
fixes; ``spread_m``: their rms distance from it. ``heading_spread``: 0 where the heading never
changed to 1 where it turned evenly through the compass (one minus the resultant length; null
without headings). ``mean_kn``: mean speed. ``at_anchor``/``moored``: fixes that said so
(navigation status 1/5). ``silent_h``: the longest time between two of its fixes.
"""


@dataclass(frozen=True, slots=True)
class SpellRules:
    """When a ship counts as slow. Speeds in knots."""

    begin_kn: float
    """A spell begins below this."""
    end_kn: float
    """It may end above this."""
    join_h: float
    """A faster time shorter than this does not end it, if the ship is where it was."""
    radius_m: float = float("inf")
    """Farther from its mean position than this, the ship has left."""
    silence_h: float = float("inf")
    """A longer silence ends it."""


STOP: Final = SpellRules(begin_kn=0.2, end_kn=0.5, join_h=1.0, radius_m=1000.0)
"""GFW's stop, held together over an hour's swing of an anchored ship."""
SLOW: Final = SpellRules(begin_kn=2.0, end_kn=2.0, join_h=1 / 6, silence_h=6.0)
"""GFW's loitering speed."""


def stationary_spells(motion: Motion, rules: SpellRules = STOP) -> pl.DataFrame:
    """Where each ship stayed, segment by segment: columns of ``SPELLS_FRAME``.

    A spell begins with a fix below ``begin_kn`` and ends with the last fix before the speed rose
    above ``end_kn``, the ship left the radius, or the segment ended. After a rise it goes on
    where, within ``join_h``, the ship is again below ``begin_kn`` not farther from the mean
    position than three times its spread so far plus 100 m: a swing, not a shift of berth.

    Bias: a silence does not end a stop. A ship that left and came back to the same spot unheard
    reads as one stop with ``silent_h``; judge it as a gap.

    Source:
        Thresholds: Global Fishing Watch, pipe-anchorages (port events).

    Examples:
        >>> from quaywatch.voyages.motion import drawn, motion_of
        >>> there = [(600.0 * k, 0.0, 0.0, 0.1) for k in range(7)]
        >>> away = [(4200.0 + 600 * k, 0.03 * k, 0.0, 10.0) for k in range(1, 4)]
        >>> spells = stationary_spells(motion_of(drawn({1: there + away})))
        >>> spells.select("n", (pl.col("end") - pl.col("start")).dt.total_hours()).row(0)
        (7, 1)

    """
    figures, rows = _walk(
        motion.at_us,
        motion.lon,
        motion.lat,
        motion.speed_kn,
        motion.heading_deg,
        motion.nav_status,
        motion.starts,
        rules.begin_kn,
        rules.end_kn,
        round(rules.join_h * 3.6e9),
        rules.radius_m,
        min(rules.silence_h, 1e6) * 3.6e9,
    )
    piece, first, last = rows[:, 0], rows[:, 1], rows[:, 2]
    at, starts = motion.at_us, motion.starts
    has_before, has_after = first > starts[piece], last + 1 < starts[piece + 1]
    ends = len(at) - 1
    frame = pl.DataFrame(
        {
            "mmsi": motion.mmsi[piece],
            "segment": motion.segment[first],
            "chain": motion.segment[starts[piece]],
            "segments": segments_between(motion, first, last),
            "start": at[first],
            "end": at[last],
            "before": at[np.maximum(first - 1, 0)],
            "after": at[np.minimum(last + 1, ends)],
            "lon": figures[:, 0],
            "lat": figures[:, 1],
            "n": rows[:, 3],
            "spread_m": figures[:, 2],
            "heading_spread": figures[:, 3],
            "mean_kn": figures[:, 4],
            "at_anchor": rows[:, 4],
            "moored": rows[:, 5],
            "silent_h": figures[:, 5],
            "row": motion.row[first],
            "end_row": motion.row[last],
            "start_lon": motion.lon[first],
            "start_lat": motion.lat[first],
            "end_lon": motion.lon[last],
            "end_lat": motion.lat[last],
            "_before": has_before,
            "_after": has_after,
        },
        schema_overrides={"segments": pl.String},
    )
    return frame.with_columns(
        pl.from_epoch("start", "us").dt.replace_time_zone("UTC"),
        pl.from_epoch("end", "us").dt.replace_time_zone("UTC"),
        pl.when("_before").then(pl.from_epoch("before", "us").dt.replace_time_zone("UTC")),
        pl.when("_after").then(pl.from_epoch("after", "us").dt.replace_time_zone("UTC")),
        pl.col("heading_spread", "mean_kn").fill_nan(None),
    ).select(pl.col(name).cast(kind) for name, kind in SPELLS_FRAME.items())


@compiled
def _walk(  # noqa: C901, PLR0912, PLR0915  # one kernel over all fixes
    at: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    speed: NDArray[np.float32],
    heading: NDArray[np.float32],
    status: NDArray[np.uint8],
    starts: NDArray[np.int64],
    begin_kn: float,
    end_kn: float,
    join_us: int,
    radius_m: float,
    silence_us: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Spells as figures (lon, lat, spread, heading spread, mean kn, silent h) and rows.

    Rows are piece, first and last fix, n, fixes at anchor, fixes moored.
    """
    # At most a spell a fix; pages that are not written cost nothing.
    figures = np.empty((len(at) + 1, 6))
    rows = np.empty((len(at) + 1, 6), np.int64)
    found, long_us = 0, 600_000_000
    for p in range(len(starts) - 1):
        is_open, first, last, pending = False, 0, 0, -1
        n, sx, sy, sq, hs, hc, hn = 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0
        vs, vn, anchored, moored, silent = 0.0, 0, 0, 0, 0
        scale = 1.0
        for i in range(starts[p], starts[p + 1] + 1):
            done = i == starts[p + 1]
            if is_open:
                closes, takes = done, False
                if not done:
                    x = (lon[i] - lon[first] + 540.0) % 360.0 - 180.0
                    x, y = x * scale, (lat[i] - lat[first]) * METRES_PER_DEG
                    mx, my = sx / n, sy / n
                    away = np.sqrt((x - mx) ** 2 + (y - my) ** 2)
                    v = speed[i]
                    silence = at[i] - at[last]
                    gone = 0.0
                    if silence >= long_us:
                        gone = apart_m(lon[i], lat[i], lon[last], lat[last]) - 60.0
                    # What was sailed unheard counts as sailed.
                    fast = gone * 3.6e9 / 1852.0 > end_kn * silence
                    if away > radius_m or silence > silence_us or fast:
                        closes = True
                    elif pending >= 0:
                        if at[i] - at[last] > join_us:
                            closes = True
                        elif v < begin_kn:
                            spread = np.sqrt(max(0.0, sq / n - mx * mx - my * my))
                            takes = away <= 3.0 * spread + 100.0 or radius_m == np.inf
                            closes = not takes
                    elif v > end_kn:
                        pending = i
                    else:
                        takes = True
                if closes:
                    mx, my = sx / n, sy / n
                    mean_lon = (lon[first] + mx / scale + 540.0) % 360.0 - 180.0
                    figures[found, 0] = mean_lon
                    figures[found, 1] = lat[first] + my / METRES_PER_DEG
                    figures[found, 2] = np.sqrt(max(0.0, sq / n - mx * mx - my * my))
                    figures[found, 3] = np.nan
                    if hn > 0:
                        figures[found, 3] = max(0.0, 1.0 - np.sqrt(hs * hs + hc * hc) / hn)
                    figures[found, 4] = vs / vn if vn > 0 else np.nan
                    figures[found, 5] = silent / 3.6e9
                    rows[found, 0], rows[found, 1], rows[found, 2] = p, first, last
                    rows[found, 3], rows[found, 4], rows[found, 5] = n, anchored, moored
                    found += 1
                    is_open = False
                elif takes:
                    silent = max(silent, at[i] - at[last])
                    last, pending = i, -1
                    n += 1
                    sx += x
                    sy += y
                    sq += x * x + y * y
            if done:
                break
            if not is_open and speed[i] < begin_kn:
                is_open, first, last, pending = True, i, i, -1
                n, sx, sy, sq, hs, hc, hn = 1, 0.0, 0.0, 0.0, 0.0, 0.0, 0
                vs, vn, anchored, moored, silent = 0.0, 0, 0, 0, 0
                scale = METRES_PER_DEG * max(1e-6, np.cos(np.radians(lat[i])))
            if is_open and last == i:
                if not np.isnan(speed[i]):
                    vs += speed[i]
                    vn += 1
                if not np.isnan(heading[i]):
                    turn = np.radians(heading[i])
                    hs += np.sin(turn)
                    hc += np.cos(turn)
                    hn += 1
                anchored += status[i] == 1
                moored += status[i] == 5
    return figures[:found].copy(), rows[:found].copy()
