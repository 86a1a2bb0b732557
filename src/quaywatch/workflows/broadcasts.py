"""AIS reports of the lake as records of the ledger, walked back to the line that holds them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import polars as pl
from pydantic import JsonValue

from quaywatch.ais.read import BLOCK_BYTES, read_ais
from quaywatch.ais.schema import AisBatch
from quaywatch.ais.stream import pieces, whole_lines
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Claim, Observation
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.ingest_ais import reader_options

_KEPT = ("lon", "lat", "sog_kn", "cog_deg", "heading_deg", "nav_status", "msg_type", "transponder")
_STILL_STATUS = {1, 5, 6}
"""At anchor, moored, aground (ITU-R M.1371-5, table 45)."""
STILL_BELOW_KN = 0.5
STATICS_WITHIN = timedelta(days=30)
"""A size broadcast longer ago may be another hull's."""
LONGEST_M = 460
"""No ship is longer."""


def observations(workspace: Workspace, rows: pl.DataFrame) -> list[Observation]:
    """One observation per row, with the line of the source that says so.

    Args:
        workspace: holds the sources.
        rows: columns of ``ais.schema.POSITIONS``; those used in a check, not a whole lake.

    """
    lines = _lines_of(workspace, rows.select("source_id", "record").iter_rows())
    return [
        _observation(row, lines.get((row["source_id"], row["record"])))
        for row in rows.iter_rows(named=True)
    ]


def size_observations(
    workspace: Workspace, wanted: Sequence[Observation]
) -> dict[str, Observation | None]:
    """For each position report, the static report nearest in time that gives the ship's length.

    Args:
        workspace: holds the lake and the sources.
        wanted: position reports.

    Returns:
        By id of the position report; None where no static report of that ship gives a length.

    """
    sized: dict[str, pl.DataFrame] = {}
    rows: dict[str, dict[str, Any] | None] = {}
    for one in wanted:
        if one.subject not in sized:
            mmsi = int(one.subject.partition(":")[2])
            length = pl.col("to_bow_m").cast(pl.Int64) + pl.col("to_stern_m")
            told = length.is_between(1, LONGEST_M)
            sized[one.subject] = workspace.lake.statics(mmsi=mmsi).filter(told).collect()
        rows[one.id] = None if one.time is None else _nearest(sized[one.subject], one.time.midpoint)
    found = [row for row in rows.values() if row is not None]
    lines = _lines_of(workspace, ((row["source_id"], row["record"]) for row in found))
    return {
        record_id: None if row is None else _size(row, lines.get((row["source_id"], row["record"])))
        for record_id, row in rows.items()
    }


def _nearest(statics: pl.DataFrame, at: datetime) -> dict[str, Any] | None:
    """The nearest in time; None where the transponder gives two lengths: then two hulls use it."""
    away = (pl.col("at") - at).abs()
    near = statics.filter(away <= STATICS_WITHIN)
    lengths = near["to_bow_m"].cast(pl.Int64) + near["to_stern_m"]
    shortest, longest = lengths.min(), lengths.max()
    if not isinstance(shortest, int) or not isinstance(longest, int):
        return None
    if longest > 1.1 * shortest:
        return None
    nearest = near.sort(away, "record").head(1)
    return None if nearest.is_empty() else nearest.row(0, named=True)


def _lines_of(
    workspace: Workspace, wanted: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], str]:
    """Lines by source and number, each source read once."""
    numbers: dict[str, set[int]] = {}
    for source_id, record in wanted:
        numbers.setdefault(source_id, set()).add(record)
    return {
        (source_id, number): line
        for source_id, chosen in numbers.items()
        for number, line in _lines(workspace, source_id, chosen)
    }


def _size(row: dict[str, Any], line: str | None) -> Observation | None:
    """The size that a static report gives; None where it gives no length."""
    along, across = (
        None if None in pair else sum(pair)
        for pair in (
            (row["to_bow_m"], row["to_stern_m"]),
            (row["to_port_m"], row["to_starboard_m"]),
        )
    )
    if not along:
        return None
    return Observation(
        source_id=row["source_id"],
        what="ais-static",
        subject=f"mmsi:{row['mmsi']:09d}",
        locator=f"record {row['record']}",
        time=TimeInterval.at(row["at"]),
        raw=line,
        values={"mmsi": row["mmsi"], "length_m": along, "beam_m": across},
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
    path = workspace.evidence.open_object(source_id.removeprefix("source:"))
    with path.open("rb") as raw:
        blocks = whole_lines(pieces(raw, source=source_id), size=BLOCK_BYTES, source=source_id)
        lines = (line for block in blocks for line in block.removesuffix(b"\n").split(b"\n"))
        at = 0
        for number in sorted(numbers):
            line = next(islice(lines, number - at - 1, None), None)
            at = number
            if line is None:
                return
            yield number, line.decode("utf-8", "backslashreplace").rstrip("\r")


def unread(workspace: Workspace, kept: Sequence[Observation]) -> Iterator[Observation]:
    """Those AIS observations that reading their sources again does not give.

    Each source is decoded anew from its bytes, as it was when it was ingested; the lake is not
    asked. What is yielded no longer says what its bytes say.
    """
    by_source: dict[str, list[Observation]] = {}
    for observation in kept:
        if observation.what in {"ais-position", "ais-static"}:
            by_source.setdefault(observation.source_id, []).append(observation)
    for source_id, wanted in by_source.items():
        found = _read_again(workspace, source_id, {_record(o) for o in wanted})
        yield from (o for o in wanted if o.id not in found)


def _read_again(workspace: Workspace, source_id: str, numbers: set[int]) -> set[str]:
    """Ids of the observations that these records of a source give."""
    path = workspace.evidence.open_object(source_id.removeprefix("source:"))
    readings = workspace.evidence.find("claim", subject=source_id, predicate="ais-reading")
    stated = next((c.value for c in readings if isinstance(c, Claim)), None)
    options = reader_options(stated if isinstance(stated, dict) else {})
    lines = dict(_lines(workspace, source_id, numbers))
    last, ids = max(numbers), set[str]()
    for batch in read_ais(path, source_id=source_id, **options):
        for frame, make in ((batch.positions, _observation), (batch.statics, _size)):
            chosen = frame.filter(
                pl.col("record").is_in(list(numbers)) & pl.col("at").is_not_null()
            )
            rows = chosen.iter_rows(named=True)
            ids.update(made.id for row in rows if (made := make(row, lines.get(row["record"]))))
        if batch.records and _passed(batch, last):
            break
    return ids


def _passed(batch: AisBatch, last: int) -> bool:
    """Whether a batch reaches beyond the last record wanted."""
    highest = [frame["record"].max() for frame in (batch.positions, batch.statics)]
    return any(isinstance(record, int) and record > last for record in highest)


def _record(observation: Observation) -> int:
    return int(observation.locator.removeprefix("record "))


def is_still(row: dict[str, Any]) -> bool:
    """The ship said that it lay still: by its status, and no speed speaks against it."""
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
