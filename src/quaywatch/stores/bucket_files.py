"""The files of one bucket: merged from a source's runs, without what the lake holds already."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from numpy.typing import NDArray

from quaywatch.stores.files import Landing
from quaywatch.stores.ordering import Ordered, first_of_equals, unmark_held
from quaywatch.stores.packed import (
    NO_RECORD,
    NO_TIME,
    Layout,
    Rows,
    Texts,
    arrow,
    arrow_schema,
    pack,
)
from quaywatch.stores.partition import UNKNOWN_PERIOD, message_columns
from quaywatch.stores.record_set import RecordSet
from quaywatch.stores.runs import Run, merged
from quaywatch.stores.sqlite import text_of

ROW_GROUP_ROWS = 65_536
"""Small enough that one vessel's rows are a small part of what is read."""

MERGE_ROWS = 1_000_000
"""Rows merged, compared and written at a time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PACKED_COLUMNS = ["at", "record"]
"""Sorted columns: Parquet keeps their differences, which are small."""
_DICTIONARY = [
    "mmsi", "sog_kn", "cog_deg", "heading_deg", "rot_deg_min", "nav_status", "msg_type",
    "transponder", "receiver", "station", "source_id", "imo", "name", "callsign", "ship_type",
    "to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m", "draught_m", "destination", "eta",
    "part",
]  # fmt: skip
_STATISTICS = ["mmsi", "at", "lon", "lat", "record"]
"""What readers skip row groups by."""


@dataclass(frozen=True, slots=True)
class LakeFile:
    """One file of the lake."""

    path: str
    """Relative to the lake's folder."""
    table_name: str
    period: str | None
    bucket: int | None
    rows: int
    min_at: str | None
    max_at: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class EarlierFile:
    """A file that is in the lake, and the instants between which its rows lie, as text."""

    path: Path
    min_at: str
    max_at: str


@dataclass(frozen=True, slots=True)
class BucketJob:
    """What to write, and where."""

    root: Path
    source_id: str
    layout: Layout
    texts: Texts
    runs: Sequence[Run]
    bucket: int
    buckets: int
    earlier: Sequence[EarlierFile]
    kept: RecordSet
    """Gets the records of which a row is stored."""


class _Writer:
    """One file as it grows."""

    def __init__(self, job: BucketJob, period: str, opened: ExitStack) -> None:
        folder = f"{job.layout.table}/period={period}/bucket={job.bucket:03d}"
        # The whole digest: two files can be made to share a short one, and the second would land
        # upon the first.
        self.path = f"{folder}/{job.source_id.removeprefix('source:')}-0000.parquet"
        self.period, self._job, self._opened = period, job, opened
        self.landing = opened.enter_context(Landing(job.root))
        self._parquet: pq.ParquetWriter | None = None
        self.rows, self.low, self.high = 0, np.iinfo(np.int64).max, NO_TIME

    def write(self, rows: Rows) -> None:
        job = self._job
        if self._parquet is None:
            schema = arrow_schema(job.layout)
            names = set(schema.names)
            self._parquet = pq.ParquetWriter(
                self.landing,
                schema,
                compression="zstd",
                use_dictionary=[name for name in _DICTIONARY if name in names],
                column_encoding=dict.fromkeys(_PACKED_COLUMNS, "DELTA_BINARY_PACKED"),
                write_statistics=[name for name in _STATISTICS if name in names],
                store_schema=False,
            )
            # An unclosed writer would write into its closed file when it is let go of.
            self._opened.callback(_closed, self._parquet)
        for begin in range(0, len(rows), ROW_GROUP_ROWS):  # small enough for the caches
            part = rows[begin : begin + ROW_GROUP_ROWS]
            self._parquet.write_table(arrow(part, job.layout, job.texts.all, job.source_id))
        self.rows += len(rows)
        at = rows["at"]
        self.low, self.high = min(self.low, int(at.min())), max(self.high, int(at.max()))

    def landed(self) -> LakeFile:
        if self._parquet is not None:
            self._parquet.close()
        self.landing.land(self._job.root / self.path, flush=False)
        known = self.high != NO_TIME
        return LakeFile(
            path=self.path,
            table_name=self._job.layout.table,
            period=self.period,
            bucket=self._job.bucket,
            rows=self.rows,
            min_at=_text(self.low) if known else None,
            max_at=_text(self.high) if known else None,
            sha256=self.landing.sha256,
        )


def _closed(parquet: pq.ParquetWriter) -> None:
    with suppress(Exception):  # whatever made us leave matters more
        parquet.close()


def write_bucket(job: BucketJob) -> list[LakeFile]:
    """Merge, compare and write one bucket, a file per month; in bounded memory.

    Raises:
        DiskFullError: there was no room.

    """
    writers: dict[str, _Writer] = {}
    pieces = merged(
        job.runs, job.bucket, job.layout, rows_at_a_time=MERGE_ROWS, buckets=job.buckets
    )
    with ExitStack() as opened:
        for piece in pieces:
            keep = first_of_equals(piece, job.layout)
            for old in _held(piece, job):
                unmark_held(piece, old, job.layout, keep)
            rows = piece if keep.all() else piece[keep]
            job.kept.add(rows["record"])
            for period, part in _by_period(rows):
                if period not in writers:
                    writers[period] = _Writer(job, period, opened)
                writers[period].write(part)
        return [writers[period].landed() for period in sorted(writers)]


def _held(piece: Rows, job: BucketJob) -> Iterator[Rows]:
    """What earlier sources' files hold of these transponders in this time."""
    at = piece["at"]
    dated = at[at != NO_TIME] if len(at) and at.min() == NO_TIME else at
    if not job.earlier or not len(dated):
        return
    low, high = int(dated.min()), int(dated.max())
    first, last = _text(low), _text(high)
    key = message_columns(job.layout.table)
    within = pl.col("mmsi").is_between(int(piece["mmsi"].min()), int(piece["mmsi"].max()))
    within &= pl.col("at").is_between(_instant(low), _instant(high))
    for file in job.earlier:
        if file.max_at >= first and file.min_at <= last:
            rows = pl.scan_parquet(file.path, glob=False).select(key).filter(within).collect()
            if rows.height:
                old = pack(rows, job.layout, job.texts)
                old["record"] = NO_RECORD
                # Whatever wrote it: the comparison needs this order.
                yield Ordered(old, job.layout, 1).rows


def _by_period(rows: Rows) -> Iterator[tuple[str, Rows]]:
    """Rows by UTC month."""
    if not len(rows):
        return
    at = np.ascontiguousarray(rows["at"])
    months = _months(np.array([at.min(), at.max()]))
    if months[0] == months[1]:
        yield _period(int(months[0])), rows
        return
    months = _months(at)
    for month in np.unique(months).tolist():
        yield _period(month), rows[months == month]


def _months(at: NDArray[np.int64]) -> NDArray[np.int64]:
    found = at.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    found[at == NO_TIME] = NO_TIME
    return found


def _period(month: int) -> str:
    return UNKNOWN_PERIOD if month == NO_TIME else f"{1970 + month // 12:04d}-{month % 12 + 1:02d}"


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _text(microseconds: int) -> str:
    return text_of(_instant(microseconds))
