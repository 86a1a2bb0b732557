"""``ParquetLake``: AIS as tables, one folder per month and bucket of transponders.

Readers see exactly the files that the catalogue lists at the moment they ask, so an ingest in
progress, or one that died, is invisible to them.
"""

import itertools
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
import sqlalchemy as sa

from quaywatch.errors import LakeFileMissingError, TimeError
from quaywatch.evidence.record import Source
from quaywatch.stores.catalogue import LAKE_FILE, Catalogue
from quaywatch.stores.chunks import edges, in_order, read
from quaywatch.stores.files import make_folder, sweep
from quaywatch.stores.ingested import SPILL_ROWS, IngestResult, recorded_ingest
from quaywatch.stores.partition import TABLES, UNKNOWN_PERIOD, bucket_of
from quaywatch.stores.sqlite import SqliteEvidence, text_of

if TYPE_CHECKING:
    from quaywatch.stores.ingest import IngestSession

ROWS_AT_A_TIME = 2_000_000
"""Positions of a piece of a pass: some 1.5 GB while it is read and put in order."""


class Bbox(NamedTuple):
    """A box in WGS84 degrees; ``west`` > ``east`` crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float


class ParquetLake:
    """The AIS lake of a workspace."""

    def __init__(
        self, root: Path, *, buckets: int, catalogue: Catalogue, evidence: SqliteEvidence
    ) -> None:
        self.root, self.buckets = root, buckets
        self.catalogue, self.evidence = catalogue, evidence
        make_folder(root)

    def ingest(self, source: Source, *, spill_rows: int = SPILL_ROWS) -> "IngestSession":
        """Open a session that brings one source in; it holds the writer's lock.

        Leaving the session without ``commit`` leaves nothing behind. If the source is here
        already, ``session.already`` is true and ``commit`` returns the counts of then.

        Args:
            source: the file that the rows come from.
            spill_rows: rows held in memory before they are written.

        Raises:
            WorkspaceBusyError: another process is writing (on entering the session).

        """
        # Its compiled loops take longer to load than most commands, which write nothing, to answer.
        from quaywatch.stores.ingest import IngestSession  # noqa: PLC0415  (as said above)

        return IngestSession(self, source, spill_rows=spill_rows)

    def ingested(self, source_id: str) -> IngestResult | None:
        """What became of a source's records; None if it was never ingested."""
        return recorded_ingest(self.evidence, source_id)

    def positions(
        self,
        mmsi: int | Sequence[int] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        bbox: Bbox | tuple[float, float, float, float] | None = None,
    ) -> pl.LazyFrame:
        """Position reports, columns of ``ais.schema.POSITIONS``.

        Args:
            mmsi: one transponder or several; then rows are sorted by ``mmsi``, ``at``.
            start: first instant (aware), included.
            end: first instant no longer included.
            bbox: west, south, east, north in degrees, edges included; rows without a position
                are left out.

        Raises:
            TimeError: an instant without a zone.
            LakeFileMissingError: a listed file is gone.

        """
        return self._rows("positions", mmsi, start, end, bbox)

    def statics(
        self,
        mmsi: int | Sequence[int] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> pl.LazyFrame:
        """Static reports, columns of ``ais.schema.STATICS``; arguments as for ``positions``."""
        return self._rows("statics", mmsi, start, end, None)

    def rejects(self, source_id: str | None = None) -> pl.LazyFrame:
        """Records that were not taken, with reason and raw text, in ``record`` order."""
        paths = self._paths("rejects", source_id=source_id)
        return self._scan("rejects", paths).sort("source_id", "record", maintain_order=True)

    def tracks(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        bbox: Bbox | tuple[float, float, float, float] | None = None,
        *,
        rows_at_a_time: int = ROWS_AT_A_TIME,
    ) -> Iterator[pl.DataFrame]:
        """All positions, sorted by ``mmsi``, ``at``; no vessel in two frames.

        This is how to pass over every vessel in bounded memory and without a shuffle: a frame is
        a bucket, or a part of one.

        Args:
            start: first instant (aware), included.
            end: first instant no longer included.
            bbox: as for ``positions``.
            rows_at_a_time: about how many rows a frame may have; one vessel's rows stay together
                however many they are.

        """
        box = None if bbox is None else Bbox(*bbox)
        for bucket in range(self.buckets):
            for frame, _ in self._pieces(bucket, start, end, box, rows_at_a_time):
                if frame.height:
                    yield frame

    def passes(
        self,
        rows_at_a_time: int = ROWS_AT_A_TIME,
        start: datetime | None = None,
        end: datetime | None = None,
        sources: Collection[str] | None = None,
    ) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """All positions with what the same transponders said of themselves, in bounded memory.

        Args:
            rows_at_a_time: about how many positions a piece may have; one vessel's rows stay
                together however many they are.
            start: first instant (aware) of the positions, included.
            end: first instant no longer included. Statics are of all times.
            sources: rows of these only: the lake as it was when it held no others.

        Yields:
            Positions, sorted by ``mmsi``, ``at``, and the statics of exactly their MMSIs, sorted
            likewise; no vessel in two pieces.

        """
        for bucket in range(self.buckets):
            said = self._files("statics", bucket, None, None, sources)
            for frame, within in self._pieces(bucket, start, end, None, rows_at_a_time, sources):
                if frame.height:
                    heard = frame["mmsi"].unique().implode()
                    mine = within & pl.col("mmsi").is_in(pl.lit(heard))
                    yield frame, in_order(read(said, mine, TABLES["statics"]))

    def _pieces(
        self,
        bucket: int,
        start: datetime | None,
        end: datetime | None,
        box: Bbox | None,
        rows_at_a_time: int,
        sources: Collection[str] | None = None,
    ) -> Iterator[tuple[pl.DataFrame, pl.Expr]]:
        """Positions of one bucket by whole transponders, and which MMSIs each piece is of."""
        files = self._files("positions", bucket, start, end, sources)
        wanted = _between(start, end, box)
        for low, high in itertools.pairwise(edges(files, rows_at_a_time)):
            within = (pl.col("mmsi") >= low) & (pl.col("mmsi") <= high - 1)
            frame = read(files, pl.all_horizontal(within, *wanted), TABLES["positions"])
            yield in_order(frame), within

    def _files(
        self,
        table: str,
        bucket: int,
        start: datetime | None,
        end: datetime | None,
        sources: Collection[str] | None,
    ) -> list[Path]:
        """Listed files of a bucket, those of one source after each other.

        Raises:
            TimeError: an instant without a zone.
            LakeFileMissingError: one is gone.

        """
        _refuse_naive(start, end)
        paths = self._paths(
            table, buckets=[bucket], start=start, end=end, by_source=True, sources=sources
        )
        files = [self.root / path for path in paths]
        _refuse_missing(files)
        return files

    def vessels(self) -> pl.DataFrame:
        """A row per transponder heard: ``mmsi``, ``first_at``, ``last_at``, ``positions``."""
        rows = self._rows("positions", None, None, None, None)
        summary = rows.group_by("mmsi").agg(
            pl.col("at").min().alias("first_at"),
            pl.col("at").max().alias("last_at"),
            pl.len().cast(pl.UInt64).alias("positions"),
        )
        return summary.sort("mmsi").collect()

    def count(self) -> dict[str, int]:
        """Rows in each table, from the catalogue alone."""
        query = sa.select(LAKE_FILE.c.table_name, sa.func.sum(LAKE_FILE.c.rows))
        query = query.where(LAKE_FILE.c.table_name.in_(TABLES))
        with self.catalogue.reading() as connection:
            found = connection.execute(query.group_by(LAKE_FILE.c.table_name)).all()
        return dict.fromkeys(TABLES, 0) | {str(table): int(rows) for table, rows in found}

    def sweep(self) -> int:
        """Remove files that never landed or that nobody lists; call only as the one writer."""
        with self.catalogue.reading() as connection:
            listed = set(connection.execute(sa.select(LAKE_FILE.c.path)).scalars())
        swept = sweep(self.root)
        for path in self.root.glob("*/**/*.parquet"):
            if path.relative_to(self.root).as_posix() not in listed:
                path.unlink()
                swept += 1
        return swept

    def _rows(
        self,
        table: str,
        mmsi: int | Sequence[int] | None,
        start: datetime | None,
        end: datetime | None,
        bbox: tuple[float, float, float, float] | None,
    ) -> pl.LazyFrame:
        _refuse_naive(start, end)
        wanted = [mmsi] if isinstance(mmsi, int | np.integer) else mmsi
        buckets = None
        array = np.asarray([] if wanted is None else list(wanted), dtype=np.uint32)
        if wanted is not None:
            buckets = sorted(set(bucket_of(array, self.buckets).tolist()))
        rows = self._scan(table, self._paths(table, buckets=buckets, start=start, end=end))
        if array.size == 1:
            # Compared with one number, whole row groups are skipped by their statistics.
            rows = rows.filter(pl.col("mmsi") == int(array[0]))
        elif wanted is not None:
            rows = rows.filter(pl.col("mmsi").is_in(pl.lit(pl.Series(array)).implode()))
        for wish in _between(start, end, None if bbox is None else Bbox(*bbox)):
            rows = rows.filter(wish)
        return rows if wanted is None else rows.sort("mmsi", "at", "source_id", "record")

    def _paths(
        self,
        table: str,
        *,
        buckets: list[int] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        source_id: str | None = None,
        by_source: bool = False,
        sources: Collection[str] | None = None,
    ) -> list[str]:
        query = sa.select(LAKE_FILE.c.path, LAKE_FILE.c.source_id)
        query = query.where(LAKE_FILE.c.table_name == table)
        if buckets is not None:
            query = query.where(LAKE_FILE.c.bucket.in_(buckets))
        if source_id is not None:
            query = query.where(LAKE_FILE.c.source_id == source_id)
        if start is not None:
            query = query.where(LAKE_FILE.c.max_at >= text_of(start))
        if end is not None:
            query = query.where(LAKE_FILE.c.min_at < text_of(end))
        if start is not None or end is not None:
            query = query.where(LAKE_FILE.c.period != UNKNOWN_PERIOD)
        columns = [LAKE_FILE.c.source_id] if by_source else []
        with self.catalogue.reading() as connection:
            ordered = query.order_by(*columns, LAKE_FILE.c.path)
            listed = connection.execute(ordered).all()
        return [str(path) for path, source in listed if sources is None or source in sources]

    def _scan(self, table: str, paths: list[str]) -> pl.LazyFrame:
        schema: Any = TABLES[table]
        if not paths:
            return pl.DataFrame(schema=schema).lazy()
        files = [self.root / path for path in paths]
        _refuse_missing(files)
        return pl.scan_parquet(files, glob=False, hive_partitioning=False, schema=schema)


def _refuse_naive(*instants: datetime | None) -> None:
    for instant in instants:
        if instant is not None and instant.tzinfo is None:
            raise TimeError(text=instant.isoformat())


def _refuse_missing(files: Sequence[Path]) -> None:
    for file in files:
        if not file.is_file():
            raise LakeFileMissingError(path=str(file))


def _between(start: datetime | None, end: datetime | None, box: Bbox | None) -> list[pl.Expr]:
    wanted = []
    if start is not None:
        wanted.append(pl.col("at") >= start)
    if end is not None:
        wanted.append(pl.col("at") < end)
    if box is not None:
        wanted.append(_inside(box))
    return wanted


def _inside(box: Bbox) -> pl.Expr:
    lon, lat = pl.col("lon"), pl.col("lat")
    if box.west <= box.east:
        columns = lon.is_between(box.west, box.east)
    else:
        columns = (lon >= box.west) | (lon <= box.east)
    return columns & lat.is_between(box.south, box.north)
