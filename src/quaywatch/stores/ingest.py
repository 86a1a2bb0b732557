"""One source into the lake: all of it, at one instant, or nothing.

Rows are written to Parquet files as they come, but a file exists for readers only once its row is
in ``lake_file``; those rows, the source's record and the ``ais-ingest`` claim that lists the files
with their hashes go into the catalogue in one transaction. A process killed before it leaves files
that nobody lists, which the next ingest removes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import sqlalchemy as sa
from numpy.typing import NDArray
from pydantic import JsonValue

from quaywatch.ais.schema import POSITIONS, REJECTS, STATICS
from quaywatch.errors import IngestSessionError
from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.stores.catalogue import LAKE_FILE, Catalogue
from quaywatch.stores.files import Landing, flush_files
from quaywatch.stores.partition import TABLES, fitted, message_columns, with_partition
from quaywatch.stores.sqlite import SqliteEvidence, text_of

INGEST_METHOD = "ais-ingest@1"
INGEST_PREDICATE = "ais-ingest"

SPILL_ROWS = 1_000_000
"""Rows held before they are written: about 200 MB while sorting."""

ROW_GROUP_ROWS = 65_536
"""Small enough that one vessel's rows are a small part of what is read."""

_HASHES_KEPT = 50_000_000
"""64-bit hashes of this session's rows held to spare re-reading its files: 400 MB at most."""

_ARROW = {"positions": POSITIONS, "statics": STATICS, "rejects": REJECTS}


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
class IngestResult:
    """What became of a source's records."""

    source_id: str
    claim_id: str
    """The ``ais-ingest`` claim that seals the files."""
    already: bool
    """True: it was here before, these are the counts of then, and nothing was added."""
    records: int
    """Records in the source."""
    kept: int
    """Records of which at least one row is stored."""
    duplicates: int
    """Records whose every row the lake held already."""
    rejected: Mapping[str, int]
    """Reason code → records."""
    positions: int
    """Rows stored."""
    statics: int
    """Rows stored."""


class LakeHouse(Protocol):
    """What a session needs of its lake."""

    root: Path
    buckets: int
    catalogue: Catalogue
    evidence: SqliteEvidence

    def sweep(self) -> int:
        """Remove files that nobody lists."""
        ...


@dataclass(slots=True)
class _Spilled:
    """A file written by this session, and what tells fast whether a row may be in it."""

    file: LakeFile
    hashes: NDArray[np.uint64] | None


@dataclass(slots=True)
class _Counts:
    records: int = 0
    kept: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


class IngestSession:
    """Use as ``with lake.ingest(source) as session``; see ``ParquetLake.ingest``."""

    def __init__(self, lake: LakeHouse, source: Source, *, spill_rows: int = SPILL_ROWS) -> None:
        self._lake, self._source, self._spill_rows = lake, source, spill_rows
        self._held = lake.catalogue.lock.held()
        self._open = False
        self._done: IngestResult | None = None
        self._waiting: dict[str, list[pl.DataFrame]] = {name: [] for name in TABLES}
        self._waiting_rows = 0
        self._spilled: list[_Spilled] = []
        self._hashes_kept = 0
        self._counts = _Counts()

    def __enter__(self) -> Self:
        self._held.__enter__()
        try:
            self._done = recorded_ingest(self._lake.evidence, self._source.id)
            self._lake.sweep()
        except BaseException:
            self._held.__exit__(None, None, None)
            raise
        self._open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open = False
        try:
            # What is listed was committed, even if an interrupt hid the acknowledgement from us;
            # so the catalogue, not this object, says which files go.
            if self._done is None and self._spilled:
                self._lake.sweep()
        finally:
            self._held.__exit__(kind, value, trace)

    @property
    def already(self) -> bool:
        """Whether this source is in the lake: then there is nothing to add."""
        return self._done is not None

    def add(
        self,
        positions: pl.DataFrame,
        statics: pl.DataFrame,
        rejects: pl.DataFrame,
        *,
        records: int,
    ) -> None:
        """Take the next records of the source; all rows of one record belong in one call.

        Args:
            positions: columns of ``ais.schema.POSITIONS``; missing ones become null.
            statics: columns of ``ais.schema.STATICS``.
            rejects: columns of ``ais.schema.REJECTS``.
            records: how many records these are, rejects included.

        Raises:
            LakeSchemaError: a table does not fit the contract.
            DiskFullError: there was no room; leave the session, nothing becomes visible.
            IngestSessionError: the session is not open, or the source is here already.

        """
        if not self._open or self._done is not None:
            fact = "This session is closed, or its source is in the lake already"
            raise IngestSessionError(fact=fact)
        for table, frame in (("positions", positions), ("statics", statics), ("rejects", rejects)):
            if frame.height:
                self._waiting[table].append(fitted(frame, table, self._source.id))
                self._waiting_rows += frame.height
        self._counts.records += records
        if self._waiting_rows >= self._spill_rows:
            self._spill()

    def commit(self, extra_records: Sequence[Record] = (), *, known_at: datetime) -> IngestResult:
        """Make the source visible, sealed in the ledger; on the disk when it returns.

        Args:
            extra_records: records to add in the same transaction.
            known_at: when this workspace learned it (aware).

        Raises:
            DiskFullError: there was no room; nothing became visible.
            IngestSessionError: the session is not open.

        """
        if not self._open:
            raise IngestSessionError(fact="This session is closed")
        if self._done is not None:
            if extra_records:
                self._lake.evidence.append(extra_records, known_at=known_at)
            return self._done
        self._spill()
        claim = self._claim()
        flush_files([self._lake.root / spilled.file.path for spilled in self._spilled])
        with self._lake.catalogue.writing() as connection:
            self._lake.evidence.append_within(
                connection, [self._source, claim, *extra_records], known_at=known_at
            )
            if self._spilled:
                connection.execute(LAKE_FILE.insert(), self._rows(claim.id))
        self._done = _result(claim, already=False)
        return self._done

    def _rows(self, claim_id: str) -> list[dict[str, Any]]:
        names = LakeFile.__dataclass_fields__
        return [
            {name: getattr(spilled.file, name) for name in names}
            | {"source_id": self._source.id, "claim_id": claim_id}
            for spilled in self._spilled
        ]

    def _claim(self) -> Claim:
        counts = self._counts
        files: list[JsonValue] = [
            {"table": f.table_name, "path": f.path, "rows": f.rows, "sha256": f.sha256}
            for f in (spilled.file for spilled in self._spilled)
        ]
        rows = Counter[str]()
        for spilled in self._spilled:
            rows[spilled.file.table_name] += spilled.file.rows
        return Claim(
            subject=self._source.id,
            predicate=INGEST_PREDICATE,
            value={
                "records": counts.records,
                "kept": counts.kept,
                "duplicates": counts.duplicates,
                "rejected": dict(sorted(counts.rejected.items())),
                "positions": rows["positions"],
                "statics": rows["statics"],
                "files": files,
            },
            basis=Basis.OBSERVED,
            method=INGEST_METHOD,
            parameters={"buckets": self._lake.buckets},
            inputs=(self._source.id,),
        )

    def _spill(self) -> None:
        waiting = {name: pl.concat(frames) for name, frames in self._waiting.items() if frames}
        self._waiting = {name: [] for name in TABLES}
        self._waiting_rows = 0
        seen, stored = [], []
        for table in ("positions", "statics"):
            if table not in waiting:
                continue
            frame = waiting.pop(table)
            fresh = self._write_partitions(table, frame)
            seen.append(frame["record"])
            stored.append(fresh)
        if seen:
            kept = _distinct(pl.concat(stored))
            self._counts.kept += kept
            self._counts.duplicates += _distinct(pl.concat(seen)) - kept
        if "rejects" in waiting:
            rejects = waiting["rejects"]
            for reason, n in rejects.group_by("reason").len().iter_rows():
                self._counts.rejected[reason or "unknown"] += n
            self._write("rejects", rejects, period=None, bucket=None)

    def _write_partitions(self, table: str, frame: pl.DataFrame) -> pl.Series:
        """Write what is new, a file per partition; returns the record numbers of what was."""
        stored = [frame["record"].clear()]
        split = with_partition(frame, self._lake.buckets).partition_by(
            "period", "bucket", as_dict=True, include_key=False, maintain_order=True
        )
        for (period, bucket), part in sorted(split.items(), key=lambda item: item[0]):
            fresh = self._fresh(table, str(period), int(bucket), part)
            if fresh.height:
                stored.append(fresh["record"])
                ordered = fresh.sort("mmsi", "at", "record", maintain_order=True)
                self._write(table, ordered, period=str(period), bucket=int(bucket))
        return pl.concat(stored)

    def _fresh(self, table: str, period: str, bucket: int, part: pl.DataFrame) -> pl.DataFrame:
        """Rows of ``part`` that are not in the lake, the first of each set of equals."""
        key = message_columns(table)
        dated = part.filter(pl.col("at").is_not_null())
        if dated.is_empty():
            return part
        dated = dated.unique(key, keep="first", maintain_order=True)
        first, last = text_of(dated["at"].min()), text_of(dated["at"].max())  # type: ignore[arg-type]  # polars types min of any column
        for path in self._overlapping(table, period, bucket, first, last, dated.select(key)):
            dated = dated.join(
                self._key_rows(path, dated, key),
                on=key,
                how="anti",
                nulls_equal=True,
                maintain_order="left",
            )
            if dated.is_empty():
                break
        undated = part.filter(pl.col("at").is_null())
        return pl.concat([dated, undated]) if undated.height else dated

    def _key_rows(self, path: str, rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
        low, high = rows["at"].min(), rows["at"].max()
        scan = pl.scan_parquet(self._lake.root / path, glob=False)
        return scan.filter(pl.col("at").is_between(low, high)).select(key).collect()

    def _overlapping(
        self, table: str, period: str, bucket: int, first: str, last: str, rows: pl.DataFrame
    ) -> list[str]:
        """Files that may hold one of ``rows``: earlier sources', then this session's own."""
        query = sa.select(LAKE_FILE.c.path).where(
            LAKE_FILE.c.table_name == table,
            LAKE_FILE.c.period == period,
            LAKE_FILE.c.bucket == bucket,
            LAKE_FILE.c.max_at >= first,
            LAKE_FILE.c.min_at <= last,
        )
        with self._lake.catalogue.reading() as connection:
            found = sorted(connection.execute(query).scalars())
        own = [
            spilled
            for spilled in self._spilled
            if (spilled.file.table_name, spilled.file.period, spilled.file.bucket)
            == (table, period, bucket)
            and (spilled.file.max_at or "") >= first
            and (spilled.file.min_at or "") <= last
        ]
        hashes = _hashes(rows) if own else np.empty(0, dtype=np.uint64)
        for spilled in own:
            # Equal rows have equal hashes, so a file without one of ours need not be read; where
            # hashes meet, the rows themselves decide. A collision costs time, never a row.
            if spilled.hashes is None or np.isin(hashes, spilled.hashes, kind="sort").any():
                found.append(spilled.file.path)
        return found

    def _write(
        self, table: str, frame: pl.DataFrame, *, period: str | None, bucket: int | None
    ) -> None:
        folder = table
        if period is not None:
            folder = f"{table}/period={period}/bucket={bucket:03d}"
        # The whole digest: two files can be made to share a short one, and the second would land
        # upon the first.
        digest = self._source.id.removeprefix("source:")
        number = sum(spilled.file.path.startswith(f"{folder}/") for spilled in self._spilled)
        path = f"{folder}/{digest}-{number:04d}.parquet"
        arrow = frame.to_arrow().cast(_ARROW[table])
        target = self._lake.root / path
        with Landing(self._lake.root) as landing:
            pq.write_table(arrow, landing, compression="zstd", row_group_size=ROW_GROUP_ROWS)
            landing.land(target, flush=False)
        at = frame["at"] if period is not None else None
        low, high = (at.min(), at.max()) if at is not None else (None, None)
        file = LakeFile(
            path=path,
            table_name=table,
            period=period,
            bucket=bucket,
            rows=frame.height,
            min_at=text_of(low) if isinstance(low, datetime) else None,
            max_at=text_of(high) if isinstance(high, datetime) else None,
            sha256=landing.sha256,
        )
        hashes = None
        if period is not None and self._hashes_kept + frame.height <= _HASHES_KEPT:
            hashes = _hashes(frame.select(message_columns(table)))
            self._hashes_kept += frame.height
        self._spilled.append(_Spilled(file, hashes))


def recorded_ingest(evidence: SqliteEvidence, source_id: str) -> IngestResult | None:
    """What the ledger says of a source's ingest; None if it was never ingested."""
    for record in evidence.find("claim", subject=source_id, predicate=INGEST_PREDICATE):
        if isinstance(record, Claim):
            return _result(record, already=True)
    return None


def _result(claim: Claim, *, already: bool) -> IngestResult:
    value: Any = claim.value
    return IngestResult(
        source_id=claim.subject,
        claim_id=claim.id,
        already=already,
        records=value["records"],
        kept=value["kept"],
        duplicates=value["duplicates"],
        rejected=value["rejected"],
        positions=value["positions"],
        statics=value["statics"],
    )


def _distinct(records: pl.Series) -> int:
    # Rows without a record number cannot be told to be one record, so each counts.
    return records.drop_nulls().n_unique() + records.null_count()


def _hashes(rows: pl.DataFrame) -> NDArray[np.uint64]:
    # Stable within a process, which is as long as a session lasts.
    return np.sort(rows.hash_rows(0).to_numpy())
