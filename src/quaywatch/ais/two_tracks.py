"""One number, two places: what concurrent segments and rejected reports of an MMSI show.

Neither kind of event says that anybody lied. Several ships may be set to one number by mistake, a
receiver may garble a digit, a clock may be wrong; a cloned identity looks the same. What is shown
is that the reports cannot all be of one hull, so nothing is attributed to one.
"""

import math
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.events import as_events
from quaywatch.ais.segments import LINK_REASONS, METHOD, REASONS, Segmentation, segments_table
from quaywatch.ais.track import Tracks
from quaywatch.geo.geodesic import METRES_PER_NM, great_circle_nm_many

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

APART_KM: Final = 50.0
FIXES_MIN: Final = 3
OVERLAP_RATIO: Final = 1.05
OVERLAP_H: Final = 24.0
CONCURRENT_H: Final = 1.0
"""Reports of two segments compared are at most this far apart in time."""
_HOUR_US: Final = 3_600_000_000
_EARTH_KM: Final = 6371.0088
_SAILED_KM_H: Final = 25.0 * 1.852
_JUMP_REASONS: Final = ("superseded", "stray")
JUMP_KN: Final = 50.0
JUMP_NM: Final = 2.0
CLOCK_S: Final = 30.0
"""What the clocks at both ends together may be off, so that a speed is a lower bound."""


def two_tracks(tracks: Tracks, told: Segmentation, positions: pl.DataFrame) -> pl.DataFrame:
    """Events ``two-tracks``: concurrent segments of one MMSI, and numbers used by several hulls.

    One row for each pair of segments that are more than 50 km apart (beyond what could be sailed
    between the reports compared) in at least 3 reports of each: verdict ``two-places``, statistic
    the greatest separation in km, ``n`` the lesser number of reports. One row for each MMSI whose
    segments last together at least 1.05 times as long as it was heard, with at least 24 hours
    counted twice: verdict ``shared-mmsi``, statistic that ratio.

    Args:
        tracks: one bucket.
        told: its segments.
        positions: the frame that ``tracks`` came from, for ``source_id`` and ``record``.

    Examples:
        >>> from quaywatch.ais.segments import segment
        >>> from datetime import UTC, datetime, timedelta
        >>> from quaywatch.ais.schema import POSITIONS_FRAME, conform
        >>> from quaywatch.ais.track import tracks_of
        >>> at = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=h) for h in range(6)]
        >>> lon = [120.0, 129.0] * 3
        >>> frame = conform(pl.DataFrame({"mmsi": [412000001] * 6, "at": at, "lon": lon,
        ...                 "lat": [35.0] * 6, "sog_kn": [0.0] * 6, "cog_deg": [0.0] * 6}),
        ...                 POSITIONS_FRAME)
        >>> tracks = tracks_of(frame)
        >>> found = two_tracks(tracks, segment(tracks), frame)
        >>> found.select("verdict", "segment", "other_segment", "n").rows()
        [('two-places', 0, 1, 3)]
        >>> round(found["statistic"][0])
        819

    """
    table = segments_table(tracks, told)
    pairs = _pairs(tracks, told)
    both = pl.concat([_two_places(tracks, table, pairs), _shared(table)], how="diagonal_relaxed")
    shared = pl.col("verdict") == "shared-mmsi"
    message = pl.format(
        "MMSI {} carries {} tracks; results are per segment and not attributed to one hull.",
        pl.col("mmsi").cast(pl.String).str.zfill(9),
        pl.when(shared).then(pl.format("{} overlapping", pl.col("n")))
        .otherwise(pl.lit("two simultaneous")),
    )  # fmt: skip
    both = both.with_columns(
        kind=pl.lit("two-tracks"),
        applicable=pl.lit(value=True),
        method=pl.lit(METHOD),
        message=message,
    )
    return as_events(
        _with_records(both, positions),
        detail=["message", "apart_min_km", "other_n", "overlap_h"],
    )


def _two_places(tracks: Tracks, table: pl.DataFrame, pairs: Floats) -> pl.DataFrame:
    a, b = pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)
    one, two = table[a], table[b]
    start = np.maximum(one["start"].dt.epoch("us"), two["start"].dt.epoch("us"))
    end = np.minimum(one["end"].dt.epoch("us"), two["end"].dt.epoch("us"))
    at_a, at_b = pairs[:, 6].astype(np.int64), pairs[:, 7].astype(np.int64)
    return pl.DataFrame(
        {
            "mmsi": one["mmsi"],
            "segment": one["segment"],
            "other_mmsi": one["mmsi"],
            "other_segment": two["segment"],
            "start": pl.Series(start).cast(pl.Datetime("us", "UTC")),
            "end": pl.Series(end).cast(pl.Datetime("us", "UTC")),
            "lon": tracks.lon[at_a],
            "lat": tracks.lat[at_a],
            "end_lon": tracks.lon[at_b],
            "end_lat": tracks.lat[at_b],
            "verdict": pl.Series(["two-places"] * len(pairs), dtype=pl.String),
            "statistic": pairs[:, 5],
            "unit": pl.Series(["km"] * len(pairs), dtype=pl.String),
            "n": np.minimum(pairs[:, 2], pairs[:, 3]),
            "other_n": np.maximum(pairs[:, 2], pairs[:, 3]),
            "apart_min_km": pairs[:, 4],
            "overlap_h": (end - start) / _HOUR_US,
            "row": tracks.row[at_a],
            "end_row": tracks.row[at_b],
        }
    )


def _shared(table: pl.DataFrame) -> pl.DataFrame:
    """Numbers whose segments last longer together than the number was heard."""
    hours = (pl.col("end") - pl.col("start")).dt.total_microseconds() / _HOUR_US
    until = pl.col("end").cum_max().shift(1).over("mmsi")
    new_h = (pl.col("end") - pl.max_horizontal("start", until)).dt.total_microseconds() / _HOUR_US
    heard = (
        table.sort("mmsi", "start")
        .with_columns(hours=hours, new_h=new_h.clip(lower_bound=0.0))
        .group_by("mmsi", maintain_order=True)
        .agg(
            pl.col("hours", "new_h").sum(),
            pl.col("start", "first_lon", "first_lat", "first_row").first(),
            pl.col("end", "last_lon", "last_lat", "last_row").sort_by("end").last(),
            n=pl.len(),
        )
    )
    return heard.filter(
        (pl.col("hours") >= OVERLAP_RATIO * pl.col("new_h"))
        & (pl.col("hours") - pl.col("new_h") >= OVERLAP_H)
    ).select(
        "mmsi",
        "start",
        "end",
        "n",
        lon="first_lon",
        lat="first_lat",
        end_lon="last_lon",
        end_lat="last_lat",
        row="first_row",
        end_row="last_row",
        verdict=pl.lit("shared-mmsi"),
        statistic=pl.col("hours") / pl.col("new_h"),
        unit=pl.lit("ratio"),
        overlap_h=pl.col("hours") - pl.col("new_h"),
    )


def jumps(tracks: Tracks, told: Segmentation, positions: pl.DataFrame) -> pl.DataFrame:
    """Events ``jump``: runs of rejected reports, and segments that nothing before could have begun.

    Of a run of reports that fit no track (``stray``, ``superseded``), and of a segment whose link
    is ``too-fast``: the speed that a ship would have needed from the last good report before,
    along the great circle, both clocks allowed 30 s: a lower bound, since nobody sails straight
    through land. Reported where that is over 50 kn and 2 nm. Verdict: the reason.
    ``lon``/``lat`` are those of the report before and
    ``end_lon``/``end_lat`` those of the (first) report after it.

    Examples:
        >>> from quaywatch.ais.segments import segment
        >>> from datetime import UTC, datetime, timedelta
        >>> from quaywatch.ais.schema import POSITIONS_FRAME, conform
        >>> from quaywatch.ais.track import tracks_of
        >>> at = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=h) for h in range(6)]
        >>> lon = [120.0, 120.0, 120.0, 60.0, 120.0, 120.0]
        >>> frame = conform(pl.DataFrame({"mmsi": [412000001] * 6, "at": at, "lon": lon,
        ...                 "lat": [35.0] * 6, "sog_kn": [0.0] * 6, "cog_deg": [0.0] * 6}),
        ...                 POSITIONS_FRAME)
        >>> tracks = tracks_of(frame)
        >>> found = jumps(tracks, segment(tracks), frame)
        >>> found.select("verdict", "unit").rows(), round(found["statistic"][0])
        ([('stray', 'kn')], 2886)

    """
    before, after, count, verdict = _jumps(tracks, told)
    hours = (tracks.at_us[after] - tracks.at_us[before]) / _HOUR_US
    apart_nm_ = great_circle_nm_many(
        tracks.lon[before], tracks.lat[before], tracks.lon[after], tracks.lat[after]
    )
    segment = pl.Series(told.segment[before], dtype=pl.Int64)
    other = pl.Series(told.segment[after], dtype=pl.Int64)
    frame = pl.DataFrame(
        {
            "mmsi": tracks.mmsi[before],
            "segment": segment,
            "other_segment": other,
            "start": pl.Series(tracks.at_us[before]).cast(pl.Datetime("us", "UTC")),
            "end": pl.Series(tracks.at_us[after]).cast(pl.Datetime("us", "UTC")),
            "lon": tracks.lon[before],
            "lat": tracks.lat[before],
            "end_lon": tracks.lon[after],
            "end_lat": tracks.lat[after],
            "verdict": pl.Series(verdict, dtype=pl.String),
            "statistic": apart_nm_ / (hours + CLOCK_S / 3600.0),
            "n": count,
            "apart_km": apart_nm_ * METRES_PER_NM / 1000.0,
            "hours": hours,
            "row": tracks.row[before],
            "end_row": tracks.row[after],
        }
    ).with_columns(
        pl.when(pl.col("other_segment") >= 0).then("other_segment"),
        kind=pl.lit("jump"),
        unit=pl.lit("kn"),
        applicable=pl.lit(value=True),
        method=pl.lit(METHOD),
    )
    far = (pl.col("statistic") > JUMP_KN) & (pl.col("apart_km") > JUMP_NM * METRES_PER_NM / 1000.0)
    return as_events(_with_records(frame.filter(far), positions), detail=["apart_km", "hours"])


def _jumps(tracks: Tracks, told: Segmentation) -> tuple[Indices, Indices, Indices, list[str]]:
    """Good report before, first report after, how many reports, and why, of every jump."""
    last_good = np.where(told.segment >= 0, np.arange(len(tracks)), -1)
    last_good = np.maximum.accumulate(last_good) if len(tracks) else last_good
    own_start = np.repeat(tracks.starts[:-1], np.diff(tracks.starts))
    codes = [REASONS.index(reason) for reason in _JUMP_REASONS]
    out = np.isin(told.reason, codes) & (last_good >= own_start)
    first = out.copy()
    first[1:] &= ~(out[:-1] & (last_good[1:] == last_good[:-1]))
    runs = np.flatnonzero(first)
    label = np.cumsum(first) - 1
    length = np.bincount(label[out], minlength=len(runs)) if len(runs) else np.empty(0, np.int64)
    fast = told.found[told.found[:, 6] == LINK_REASONS.index("too-fast")]
    begun = fast[:, 2]
    ended = np.full(len(begun), -1, np.int64)
    for k, index in enumerate(begun):
        earlier = last_good[index - 1] if index > own_start[index] else -1
        ended[k] = earlier if earlier >= own_start[index] else -1
    kept = ended >= 0
    reasons = [REASONS[code] for code in told.reason[runs]] + ["too-fast"] * int(kept.sum())
    return (
        np.concatenate((last_good[runs], ended[kept])),
        np.concatenate((runs, begun[kept])),
        np.concatenate((length, fast[kept, 4])).astype(np.int64),
        reasons,
    )


def _with_records(frame: pl.DataFrame, positions: pl.DataFrame) -> pl.DataFrame:
    """Replace ``row`` and ``end_row`` by the source and record of those rows of the lake."""
    ids = positions.select("source_id", "record")
    first, last = ids[frame["row"].to_list()], ids[frame["end_row"].to_list()]
    return frame.with_columns(
        first["source_id"],
        first["record"],
        last["source_id"].alias("end_source_id"),
        last["record"].alias("end_record"),
    )


def _pairs(tracks: Tracks, told: Segmentation) -> Floats:
    """Pairs of segments of one number in two places.

    Rows of ``found`` of both; reports of each that are apart; least and greatest separation of
    those in km; the two reports at the greatest. Shape (pairs, 8).
    """
    rows = []
    found = told.found
    start, end = tracks.at_us[found[:, 2]], tracks.at_us[found[:, 3]]
    for a in range(len(found)):
        if found[a, 4] < FIXES_MIN:
            continue
        for b in range(a + 1, len(found)):
            if found[b, 0] != found[a, 0] or start[b] >= end[a]:
                break
            if found[b, 4] < FIXES_MIN:
                continue
            one, two = _reports(told, a), _reports(told, b)
            there = _apart(one, two, tracks.at_us, tracks.lon, tracks.lat)
            back = _apart(two, one, tracks.at_us, tracks.lon, tracks.lat)
            if min(there[0], back[0]) >= FIXES_MIN:
                least, most = min(there[1], back[1]), max(there[2], back[2])
                ends = there[3:] if there[2] >= back[2] else back[:2:-1]
                rows.append((a, b, there[0], back[0], least, most, *ends))
    return np.array(rows, np.float64).reshape(-1, 8)


def _reports(told: Segmentation, row: int) -> Indices:
    """Indices of the reports of one segment, in time."""
    first, last = told.found[row, 2], told.found[row, 3]
    span: Indices = np.arange(first, last + 1)
    return span.compress(told.segment[first : last + 1] == told.segment[first])


@compiled
def _apart(
    one: Indices, two: Indices, at_us: Indices, lon: Floats, lat: Floats
) -> tuple[int, float, float, int, int]:
    """Reports of ``one`` that are apart from the nearest in time of ``two``.

    How many; least and greatest separation (km, on a sphere, within 0.6%); the two reports at the
    greatest. What a ship could have sailed between the two times does not count as apart.
    """
    count, least, most, i_most, j_most = 0, 1e9, 0.0, 0, 0
    k = 0
    for i in one:
        while k + 1 < len(two) and abs(at_us[two[k + 1]] - at_us[i]) <= abs(
            at_us[two[k]] - at_us[i]
        ):
            k += 1
        j = two[k]
        hours = abs(at_us[i] - at_us[j]) / _HOUR_US
        if hours > CONCURRENT_H:
            continue
        north = math.radians(lat[j] - lat[i])
        east = math.radians(lon[j] - lon[i])
        half = math.sin(north / 2) ** 2
        half += (
            math.cos(math.radians(lat[i]))
            * math.cos(math.radians(lat[j]))
            * math.sin(east / 2) ** 2
        )
        km = 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(half)))
        if km - hours * _SAILED_KM_H > APART_KM:
            count += 1
            least = min(least, km)
            if km > most:
                most, i_most, j_most = km, i, j
    return count, least, most, i_most, j_most
