"""How often a static row was said, and until when.

A static message is one report. Where a source writes identity beside every position, the lake
keeps a static row only where it changes, so one row may stand for a thousand reports, or for one.
Counting rows would then never see a rename, and counting positions would take one garbled message,
copied by the source beside every position until the next one, for a hundred.
"""

from typing import Final, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.geo.jit import compiled

MESSAGE_TYPES: Final = (5, 19, 24)
_MESSAGE_S: Final = 360
"""Static messages are sent every six minutes (ITU-R M.1371-5, annex 1, table 1)."""
_SAME_S: Final = 60
"""Copies of one transmission, as several stations heard it, come within that."""
_US: Final = 1_000_000


def with_repeats(statics: pl.DataFrame, positions: pl.DataFrame | None = None) -> pl.DataFrame:
    """``statics``, sorted by ``mmsi`` and ``at``, with how often each row was said.

    Args:
        statics: columns of the lake's ``statics``; returned as it is where it was counted before.
        positions: columns of the lake's ``positions`` of the same transponders, sorted by ``mmsi``
            and ``at``. Without them a row
            beside a position counts as said once.

    Returns:
        Two columns more. ``times``: for a message 1, or 0 where it repeats within a minute
        what was just said (one transmission heard twice); for a row beside a position as
        many static messages as can have been sent while the source wrote the same, at most one a
        position. ``until``: when it was last said.

    Examples:
        >>> from datetime import UTC, datetime, timedelta
        >>> at = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * k) for k in range(5)]
        >>> positions = pl.DataFrame({"mmsi": [1] * 5, "at": at, "source_id": ["s"] * 5})
        >>> statics = pl.DataFrame({"mmsi": [1, 1], "at": [at[0], at[4]], "imo": [None] * 2,
        ...     "name": ["CASIO", "CARTIER"], "callsign": [None] * 2, "msg_type": [1, 1],
        ...     "source_id": ["s"] * 2})
        >>> with_repeats(statics, positions).select("name", "times", "until").rows()[0]
        ('CASIO', 3, datetime.datetime(2025, 1, 1, 0, 15, tzinfo=zoneinfo.ZoneInfo(key='UTC')))

    """
    if "times" in statics.columns:
        return statics
    rows = statics.sort("mmsi", "at", maintain_order=True)
    what = [name for name in ("mmsi", "msg_type", "part", "imo", "name", "callsign")
            if name in rows.columns]  # fmt: skip
    before = pl.col("at").diff().over(what)
    again = (before < pl.duration(seconds=_SAME_S)).fill_null(value=False)
    message = pl.col("msg_type").is_in(MESSAGE_TYPES).fill_null(value=False)
    rows = rows.with_columns(
        _message=message,
        times=pl.when(message & again).then(0).otherwise(1).cast(pl.UInt32),
        until=pl.col("at"),
    )
    if positions is None or rows["_message"].all():
        return rows.drop("_message")
    count, last = _held(rows, positions)
    beside = ~rows["_message"]
    held_s = (pl.col("_last") - pl.col("at").dt.epoch("us")) // _US
    return (
        rows.with_columns(_count=pl.Series(count), _last=pl.Series(last))
        .with_columns(
            times=pl.when(beside & (pl.col("_count") > 0))
            .then(pl.min_horizontal(pl.col("_count"), 1 + held_s // _MESSAGE_S))
            .otherwise("times")
            .cast(pl.UInt32),
            until=pl.when(beside & (pl.col("_count") > 0))
            .then(pl.from_epoch("_last", "us").dt.replace_time_zone("UTC"))
            .otherwise("until"),
        )
        .drop("_message", "_count", "_last")
    )


def _held(
    rows: pl.DataFrame, positions: pl.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each row beside a position: positions it stands for, and the time of the last (us)."""
    beside = rows.filter(~pl.col("_message"))
    sources = pl.Enum(beside["source_id"].unique().sort())
    wanted = positions.select("mmsi", "at", "source_id")
    index = np.flatnonzero(~rows["_message"].to_numpy())
    count, last = _walk(
        beside["mmsi"].to_numpy(), beside["at"].dt.epoch("us").to_numpy(), _codes(beside, sources),
        wanted["mmsi"].to_numpy(), wanted["at"].dt.epoch("us").to_numpy(), _codes(wanted, sources),
        len(sources.categories),
    )  # fmt: skip
    counts, lasts = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    counts[index], lasts[index] = count, last
    return counts, lasts


def _codes(frame: pl.DataFrame, sources: pl.Enum) -> NDArray[np.int64]:
    """Which source, -1 where it writes no identity."""
    known = frame["source_id"].cast(sources, strict=False)
    codes = known.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    return cast("NDArray[np.int64]", codes)


@compiled
def _walk(
    row_mmsi: NDArray[np.uint32],
    row_at: NDArray[np.int64],
    row_source: NDArray[np.int64],
    mmsi: NDArray[np.uint32],
    at: NDArray[np.int64],
    source: NDArray[np.int64],
    sources: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give each position to the row of its MMSI and source before it; both sorted alike."""
    count = np.zeros(len(row_mmsi), np.int64)
    last = np.zeros(len(row_mmsi), np.int64)
    current = np.full(sources, -1, np.int64)
    row = 0
    for i in range(len(mmsi)):
        while row < len(row_mmsi) and (
            row_mmsi[row] < mmsi[i] or (row_mmsi[row] == mmsi[i] and row_at[row] <= at[i])
        ):
            current[row_source[row]] = row
            row += 1
        if source[i] < 0:
            continue
        held = current[source[i]]
        if held >= 0 and row_mmsi[held] == mmsi[i]:
            count[held] += 1
            last[held] = at[i]
    return count, last
