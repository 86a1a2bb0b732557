"""One source into the lake: all of it, at one instant, or nothing.

Rows are sorted in runs as they come, and on ``commit`` merged into one Parquet file per table,
month and bucket, where equal messages meet and are kept once. A file exists for readers only once
its row is in ``lake_file``; those rows, the source's record and the ``ais-ingest`` claim that lists
the files with their hashes go into the catalogue in one transaction. A process killed before it
leaves files that nobody lists, which the next ingest removes.
"""

import itertools
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import sqlalchemy as sa
from pydantic import JsonValue

from quaywatch.ais.schema import REJECTS
from quaywatch.errors import IngestSessionError
from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.stores.bucket_files import (
    ROW_GROUP_ROWS,
    BucketJob,
    EarlierFile,
    LakeFile,
    write_bucket,
)
from quaywatch.stores.catalogue import LAKE_FILE, Catalogue
from quaywatch.stores.files import Landing, flush_files
from quaywatch.stores.ingested import (
    INGEST_METHOD,
    INGEST_PREDICATE,
    SPILL_ROWS,
    IngestResult,
    recorded_ingest,
    result_of,
)
from quaywatch.stores.ordering import Ordered
from quaywatch.stores.packed import LAYOUTS, Texts, Waiting
from quaywatch.stores.partition import fitted
from quaywatch.stores.record_set import RecordSet
from quaywatch.stores.runs import Run
from quaywatch.stores.sqlite import SqliteEvidence

_PARALLEL_ROWS = 300_000
"""From so many rows on, two buckets are written at a time."""


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
class _Counts:
    records: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


class IngestSession:
    """Use as ``with lake.ingest(source) as session``; see ``ParquetLake.ingest``."""

    def __init__(self, lake: LakeHouse, source: Source, *, spill_rows: int = SPILL_ROWS) -> None:
        self._lake, self._source, self._spill_rows = lake, source, spill_rows
        self._held = lake.catalogue.lock.held()
        self._open = False
        self._done: IngestResult | None = None
        self._texts = Texts()
        self._waiting = {name: Waiting(layout, spill_rows) for name, layout in LAYOUTS.items()}
        self._rejects: list[pl.DataFrame] = []
        self._rejected_rows = 0
        self._runs: dict[str, list[Run]] = {name: [] for name in LAYOUTS}
        self._files: list[LakeFile] = []
        self._counts = _Counts()
        self._seen, self._kept = RecordSet(), RecordSet()

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
            for run in itertools.chain.from_iterable(self._runs.values()):
                run.close()
            # What is listed was committed, even if an interrupt hid the acknowledgement from us;
            # so the catalogue, not this object, says which files go.
            if self._done is None and self._files:
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
                fit = fitted(frame, table, self._source.id)
                if table == "rejects":
                    self._rejects.append(fit)
                    self._rejected_rows += fit.height
                else:
                    if not self._waiting[table].has_room(fit.height):
                        self._spill()
                    self._seen.add(self._waiting[table].add(fit, self._texts)["record"])
        self._counts.records += records
        if sum(len(waiting.rows) for waiting in self._waiting.values()) >= self._spill_rows:
            self._spill()
        if self._rejected_rows >= self._spill_rows:
            self._write_rejects()

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
        self._to_runs()
        for waiting in self._waiting.values():
            waiting.let_go()
        self._write_rejects()
        for table in LAYOUTS:
            self._write_table(table)
        claim = self._claim()
        flush_files([self._lake.root / file.path for file in self._files])
        with self._lake.catalogue.writing() as connection:
            self._lake.evidence.append_within(
                connection, [self._source, claim, *extra_records], known_at=known_at
            )
            if self._files:
                connection.execute(LAKE_FILE.insert(), self._rows(claim.id))
        self._done = result_of(claim, already=False)
        return self._done

    def _rows(self, claim_id: str) -> list[dict[str, Any]]:
        names = LakeFile.__dataclass_fields__
        return [
            {name: getattr(file, name) for name in names}
            | {"source_id": self._source.id, "claim_id": claim_id}
            for file in self._files
        ]

    def _claim(self) -> Claim:
        counts = self._counts
        files: list[JsonValue] = [
            {"table": f.table_name, "path": f.path, "rows": f.rows, "sha256": f.sha256}
            for f in self._files
        ]
        rows = Counter[str]()
        for file in self._files:
            rows[file.table_name] += file.rows
        kept = self._kept.count()
        return Claim(
            subject=self._source.id,
            predicate=INGEST_PREDICATE,
            value={
                "records": counts.records,
                "kept": kept,
                "duplicates": self._seen.count() - kept,
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
        self._to_runs()
        for run in itertools.chain.from_iterable(self._runs.values()):
            run.to_disk(self._lake.root)

    def _to_runs(self) -> None:
        """Sort what waits into a run for each table."""
        for table, waiting in self._waiting.items():
            if len(waiting.rows):
                layout = LAYOUTS[table]
                ordered = Ordered(waiting.rows, layout, self._lake.buckets)
                self._runs[table].append(Run(ordered, layout))
                waiting.clear()

    def _write_table(self, table: str) -> None:
        """Write a table's runs, bucket by bucket; two at a time where that pays."""
        runs = self._runs[table]
        buckets = sorted({int(bucket) for run in runs for bucket in np.unique(run.bucket)})
        jobs = [
            BucketJob(
                root=self._lake.root,
                source_id=self._source.id,
                layout=LAYOUTS[table],
                texts=self._texts,
                runs=runs,
                bucket=bucket,
                buckets=self._lake.buckets,
                earlier=self._earlier(table, bucket),
                kept=self._kept,
            )
            for bucket in buckets
        ]
        many = sum(int(run.starts[-1]) for run in runs) > _PARALLEL_ROWS
        if many and len(jobs) > 1 and (os.cpu_count() or 1) > 1:
            with ThreadPoolExecutor(2) as pool:
                written = list(pool.map(write_bucket, jobs))
        else:
            written = [write_bucket(job) for job in jobs]
        self._files.extend(itertools.chain.from_iterable(written))
        for run in runs:
            run.close()

    def _earlier(self, table: str, bucket: int) -> list[EarlierFile]:
        """Files of earlier sources in that bucket."""
        query = sa.select(LAKE_FILE.c.path, LAKE_FILE.c.min_at, LAKE_FILE.c.max_at).where(
            LAKE_FILE.c.table_name == table,
            LAKE_FILE.c.bucket == bucket,
            LAKE_FILE.c.min_at.is_not(None),
        )
        with self._lake.catalogue.reading() as connection:
            found = connection.execute(query.order_by(LAKE_FILE.c.path)).all()
        return [EarlierFile(self._lake.root / row.path, row.min_at, row.max_at) for row in found]

    def _write_rejects(self) -> None:
        if not self._rejects:
            return
        rejects = pl.concat(self._rejects)
        self._rejects, self._rejected_rows = [], 0
        for reason, n in rejects.group_by("reason").len().iter_rows():
            self._counts.rejected[reason or "unknown"] += n
        number = sum(file.table_name == "rejects" for file in self._files)
        path = f"rejects/{self._source.id.removeprefix('source:')}-{number:04d}.parquet"
        with Landing(self._lake.root) as landing:
            pq.write_table(
                rejects.to_arrow().cast(REJECTS), landing, compression="zstd",
                row_group_size=ROW_GROUP_ROWS,
            )  # fmt: skip
            landing.land(self._lake.root / path, flush=False)
        self._files.append(
            LakeFile(path, "rejects", None, None, rejects.height, None, None, landing.sha256)
        )
