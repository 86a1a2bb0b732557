"""Silences between consecutive position reports of one transponder.

A gap, never "switched off": whether anyone could have heard the ship there and then is not asked
here, and two reports under one MMSI need not come from one hull.
"""

from datetime import timedelta

import polars as pl

METHOD = "ais-gap@1"
DEFAULT_HOURS = 6.0
"""Shorter silences are common wherever reception is by satellite."""

SILENCES_FRAME: dict[str, pl.DataType] = {
    "mmsi": pl.UInt32(),
    "start": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "hours": pl.Float64(),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "next_lon": pl.Float64(),
    "next_lat": pl.Float64(),
    "source_id": pl.String(),
    "record": pl.UInt64(),
    "next_source_id": pl.String(),
    "next_record": pl.UInt64(),
}


def silences(positions: pl.DataFrame, *, longer_than_h: float = DEFAULT_HOURS) -> pl.DataFrame:
    """Every pause between two reports of one MMSI that is longer than so many hours.

    Reports without a position are no ends of a silence: they do not say where it began.

    Args:
        positions: columns of ``ais.schema.POSITIONS``, in any order.
        longer_than_h: hours.

    Returns:
        One row a silence, ordered by MMSI and time, columns of ``SILENCES_FRAME``.

    Examples:
        >>> from datetime import UTC, datetime
        >>> from quaywatch.ais.schema import POSITIONS_FRAME, conform
        >>> at = [datetime(2025, 1, 22, h, tzinfo=UTC) for h in (0, 1, 20)]
        >>> frame = pl.DataFrame({"mmsi": [1, 1, 1], "at": at, "lon": [0.0, 0, 0],
        ...                       "lat": [0.0, 0, 0], "record": [1, 2, 3]})
        >>> silences(conform(frame, POSITIONS_FRAME))["hours"].to_list()
        [19.0]

    """
    following = ("at", "lon", "lat", "source_id", "record")
    placed = positions.filter(pl.col("lon").is_not_null()).sort("mmsi", "at", "record")
    pairs = placed.with_columns(
        pl.col(name).shift(-1).over("mmsi").alias(f"next_{name}") for name in following
    )
    pause = pl.col("next_at") - pl.col("at")
    return (
        pairs.filter(pause > timedelta(hours=longer_than_h))
        .with_columns(
            start=pl.col("at"),
            end=pl.col("next_at"),
            hours=pause.dt.total_microseconds() / 3.6e9,
        )
        .select(pl.col(name).cast(kind) for name, kind in SILENCES_FRAME.items())
    )
