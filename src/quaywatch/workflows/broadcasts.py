"""AIS reports of the lake as records of the ledger, walked back to the line that holds them."""

import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO

import polars as pl
import zstandard
from pydantic import JsonValue

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Observation
from quaywatch.stores.workspace import Workspace

_KEPT = ("lon", "lat", "sog_kn", "cog_deg", "heading_deg", "nav_status", "msg_type", "transponder")
_STILL_STATUS = {1, 5, 6}
"""At anchor, moored, aground (ITU-R M.1371-5, table 45)."""
STILL_BELOW_KN = 0.5


def observations(workspace: Workspace, rows: pl.DataFrame) -> list[Observation]:
    """One observation per row, with the line of the source that says so.

    Args:
        workspace: holds the sources.
        rows: columns of ``ais.schema.POSITIONS``; those used in a check, not a whole lake.

    """
    wanted: dict[str, set[int]] = {}
    for source_id, record in rows.select("source_id", "record").iter_rows():
        wanted.setdefault(source_id, set()).add(record)
    lines = {
        (source_id, number): line
        for source_id, numbers in wanted.items()
        for number, line in _lines(workspace, source_id, numbers)
    }
    return [
        _observation(row, lines.get((row["source_id"], row["record"])))
        for row in rows.iter_rows(named=True)
    ]


def size_observation(workspace: Workspace, mmsi: int, at: datetime) -> Observation | None:
    """The static report nearest in time that gives the ship's length; None where none does."""
    length = pl.col("to_bow_m").cast(pl.Int64) + pl.col("to_stern_m")
    said = (
        workspace.lake.statics(mmsi=mmsi)
        .with_columns(
            length.alias("length_m"),
            (pl.col("to_port_m").cast(pl.Int64) + pl.col("to_starboard_m")).alias("beam_m"),
            (pl.col("at") - at).abs().alias("_away"),
        )
        .filter(pl.col("length_m") > 0)
        .collect()
        .sort("_away", "record")
        .head(1)
    )
    if said.is_empty():
        return None
    row = said.row(0, named=True)
    lines = dict(_lines(workspace, row["source_id"], {row["record"]}))
    return Observation(
        source_id=row["source_id"],
        what="ais-static",
        subject=f"mmsi:{mmsi:09d}",
        locator=f"record {row['record']}",
        time=TimeInterval.at(row["at"]),
        raw=lines.get(row["record"]),
        values={"mmsi": mmsi, "length_m": row["length_m"], "beam_m": row["beam_m"]},
    )


def _observation(row: dict[str, Any], line: str | None) -> Observation:
    values: dict[str, JsonValue] = {"mmsi": row["mmsi"]}
    for name in _KEPT:
        # Columns of 32 bits carry more digits than they know; seven are exact for all of them.
        value = row[name]
        values[name] = (
            float(f"{value:.7g}")
            if isinstance(value, float) and name not in {"lon", "lat"}
            else value
        )
    return Observation(
        source_id=row["source_id"],
        what="ais-position",
        subject=f"mmsi:{row['mmsi']:09d}",
        locator=f"record {row['record']}",
        time=TimeInterval.at(row["at"]),
        raw=line,
        values=values,
    )


def _lines(workspace: Workspace, source_id: str, numbers: set[int]) -> Iterator[tuple[int, str]]:
    """The lines of a source with these numbers, counted from 1, in one pass."""
    with workspace.evidence.open_object(source_id.removeprefix("source:")).open("rb") as raw:
        text = _plain(raw)
        at = 0
        for number in sorted(numbers):
            line = next(islice(text, number - at - 1, None), None)
            at = number
            if line is None:
                return
            yield number, line.decode("utf-8", "backslashreplace").rstrip("\r\n")


def _plain(raw: BinaryIO) -> BinaryIO:
    magic = raw.read(4)
    raw.seek(0)
    if magic[:2] == b"\x1f\x8b":
        return gzip.open(raw)  # type: ignore[return-value]  # a GzipFile reads as any binary file
    if magic == b"\x28\xb5\x2f\xfd":
        return BytesIO(zstandard.ZstdDecompressor().stream_reader(raw).read())
    return raw


def is_still(row: dict[str, Any]) -> bool:
    """The ship said that it lay still: by its status, or by a speed under half a knot."""
    speed = row["sog_kn"]
    return row["nav_status"] in _STILL_STATUS and (speed is None or speed < STILL_BELOW_KN)


def nearest_in_time(
    workspace: Workspace, mmsis: list[int], at: datetime, *, within: timedelta
) -> pl.DataFrame:
    """The last report at or before ``at`` and the first after it, of these transponders together.

    Returns:
        No row, one or two, columns of ``ais.schema.POSITIONS``.

    """
    near = (
        workspace.lake.positions(mmsi=mmsis, start=at - within, end=at + within)
        .filter(pl.col("lon").is_not_null())
        .collect()
        .sort("at", "record")
    )
    before = near.filter(pl.col("at") <= at).tail(1)
    after = near.filter(pl.col("at") > at).head(1)
    return pl.concat([before, after])
