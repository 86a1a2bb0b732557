"""Events of the AIS lake in two times: when they hold, and since when we know them.

A pass over the lake derives all events anew. What it finds that was not in force is *added*; what
was in force and is no more (late reports filled a gap) is *ended*. Both are new rows in new files,
so nothing is rewritten, and what was known at any earlier moment is still there to be read. The
files of a pass become visible, and are sealed by their hashes, in one transaction together with
the ``ais-pass`` claim, whose inputs are the ingests and drawings that the pass went over.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

import polars as pl
import pyarrow.parquet as pq
import sqlalchemy as sa
from pydantic import JsonValue

from quaywatch.ais.events import EVENTS_FRAME, event_ids
from quaywatch.errors import IngestSessionError, LakeFileMissingError, RecordMissingError, TimeError
from quaywatch.evidence.record import Basis, Claim
from quaywatch.stores.catalogue import LAKE_FILE, LEDGER, RECORD, Catalogue
from quaywatch.stores.files import Landing, flush_files, make_folder
from quaywatch.stores.sqlite import SqliteEvidence

PASS_METHOD = "ais-pass@1"  # noqa: S105  # a name, no secret
PASS_PREDICATE = "ais-pass"  # noqa: S105  # a name, no secret
PASS_SUBJECT = "ais-lake"  # noqa: S105  # a name, no secret
EVENTS: Final = "events"
ENDED: Final = "ended-events"

VERSIONS_FRAME: Final[dict[str, pl.DataType]] = {
    "event_id": pl.String(),
    "pass_number": pl.UInt32(),
    **EVENTS_FRAME,
}
_ENDED_FRAME: Final[dict[str, pl.DataType]] = {
    "event_id": pl.String(),
    "pass_number": pl.UInt32(),
}


class EventHouse(Protocol):
    """What the events need of the lake beside which they lie."""

    root: Path
    catalogue: Catalogue
    evidence: SqliteEvidence

    def sweep(self) -> int:
        """Remove files that nobody lists."""
        ...


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the lake, as the ledger has it."""

    claim: Claim
    known_at: datetime

    @property
    def number(self) -> int:
        """1 for the first."""
        value: Any = self.claim.value
        return int(value["pass"])


class ParquetEvents:
    """The events of a workspace, beside its lake."""

    def __init__(self, lake: EventHouse) -> None:
        self._lake = lake

    def session(self) -> "EventSession":
        """Open a pass; it holds the writer's lock, and leaves nothing behind without ``commit``.

        Raises:
            WorkspaceBusyError: another process is writing (on entering the session).

        """
        return EventSession(self._lake, self)

    def passes(self, *, as_of: datetime | None = None) -> list[Pass]:
        """Every pass known at ``as_of`` (aware; now if None), the first one first.

        Raises:
            TimeError: ``as_of`` has no zone.

        """
        if as_of is not None and as_of.tzinfo is None:
            raise TimeError(text=as_of.isoformat())
        query = (
            sa.select(RECORD.c.id, LEDGER.c.known_at)
            .join(LEDGER, LEDGER.c.record_id == RECORD.c.id)
            .where(RECORD.c.kind == "claim", RECORD.c.predicate == PASS_PREDICATE)
            .order_by(LEDGER.c.seq)
        )
        with self._lake.catalogue.reading() as connection:
            rows = connection.execute(query).all()
        found = []
        for record_id, known_at in rows:
            claim = self._lake.evidence.get(str(record_id))
            if isinstance(claim, Claim):
                found.append(Pass(claim, datetime.fromisoformat(str(known_at))))
        return [one for one in found if as_of is None or one.known_at <= as_of]

    def known(
        self,
        *,
        as_of: datetime | None = None,
        mmsi: int | Sequence[int] | None = None,
        kinds: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """Events in force as we knew them at a moment.

        Args:
            as_of: known time (aware); now if None.
            mmsi: of these transponders (as first or as other ship).
            kinds: of these kinds.

        Returns:
            Columns of ``VERSIONS_FRAME`` and ``known_at``, sorted by ``mmsi``, ``start``.

        """
        passes = self.passes(as_of=as_of)
        added, ended = self._versions(passes)
        return _with_known_at(_in_force(_of(added, mmsi, kinds), ended).collect(), passes)

    def known_ids(self) -> pl.Series:
        """Ids of the events in force now: all that a new pass needs to hold of them."""
        added, ended = self._versions(self.passes())
        bare = added.select("event_id", "pass_number")
        return _in_force(bare, ended).select("event_id").collect()["event_id"]

    def history(
        self, *, mmsi: int | Sequence[int] | None = None, kinds: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Every version of every event, ``known_at`` … ``known_until`` (null: in force)."""
        passes = self.passes()
        added, ended = self._versions(passes)
        rows = _with_known_at(_of(added, mmsi, kinds).collect(), passes)
        ends = _with_known_at(ended.collect(), passes).select(
            "event_id",
            ended_in=pl.col("pass_number"),
            known_until=pl.col("known_at"),
        )
        until = (
            rows.select("event_id", "pass_number")
            .join(ends, on="event_id")
            .filter(pl.col("ended_in") > pl.col("pass_number"))
            .group_by("event_id", "pass_number")
            .agg(pl.col("known_until").min())
        )
        joined = rows.join(until, on=["event_id", "pass_number"], how="left")
        return joined.sort("mmsi", "start", "pass_number", "event_id")

    def event(self, event_id: str) -> dict[str, Any]:
        """One event, in force or not.

        Raises:
            RecordMissingError: there is none of that id.

        """
        added, _ = self._versions(self.passes())
        rows = added.filter(pl.col("event_id") == event_id).limit(1).collect()
        if rows.is_empty():
            raise RecordMissingError(record_id=event_id)
        return rows.row(0, named=True)

    def _versions(self, passes: Sequence[Pass]) -> tuple[pl.LazyFrame, pl.LazyFrame]:
        return (
            self._scan(EVENTS, VERSIONS_FRAME, passes),
            self._scan(ENDED, _ENDED_FRAME, passes),
        )

    def _scan(
        self, table: str, schema: Mapping[str, pl.DataType], passes: Sequence[Pass]
    ) -> pl.LazyFrame:
        wanted = {one.claim.id for one in passes}
        query = sa.select(LAKE_FILE.c.path, LAKE_FILE.c.claim_id)
        with self._lake.catalogue.reading() as connection:
            listed = connection.execute(query.where(LAKE_FILE.c.table_name == table)).all()
        files = [self._lake.root / path for path, claim in sorted(listed) if claim in wanted]
        for file in files:
            if not file.is_file():
                raise LakeFileMissingError(path=str(file))
        if not files:
            return pl.DataFrame(schema=dict(schema)).lazy()
        return pl.scan_parquet(files, glob=False, schema=dict(schema))


def _in_force(added: pl.LazyFrame, ended: pl.LazyFrame) -> pl.LazyFrame:
    """The last version of each event that did not end after it."""
    last_end = ended.group_by("event_id").agg(pl.col("pass_number").max().alias("_ended"))
    return (
        added.sort("pass_number")
        .unique("event_id", keep="last", maintain_order=True)
        .join(last_end, on="event_id", how="left")
        .filter(pl.col("_ended").is_null() | (pl.col("_ended") < pl.col("pass_number")))
        .drop("_ended")
    )


class EventSession:
    """Use as ``with events.session() as session``: ``add`` what the pass finds, then ``commit``."""

    def __init__(self, lake: EventHouse, events: ParquetEvents) -> None:
        self._lake, self._events = lake, events
        self._held = lake.catalogue.lock.held()
        self._open = False
        self._number = 0
        self._in_force = pl.Series("event_id", [], dtype=pl.String)
        self._seen: list[pl.Series] = []
        self._kinds: Counter[str] = Counter()
        self._files: list[dict[str, JsonValue]] = []
        self._committed = False

    def __enter__(self) -> Self:
        self._held.__enter__()
        try:
            self._lake.sweep()
            passes = self._events.passes()
            self._number = passes[-1].number + 1 if passes else 1
            self._in_force = self._events.known_ids()
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
            if not self._committed and self._files:
                self._lake.sweep()
        finally:
            self._held.__exit__(kind, value, trace)

    def add(self, events: pl.DataFrame) -> None:
        """Take some events of this pass; those in force already are not written again.

        Args:
            events: columns of ``EVENTS_FRAME``.

        Raises:
            IngestSessionError: the session is not open.
            DiskFullError: there was no room; leave the session, nothing becomes visible.

        """
        self._refuse_closed()
        if events.is_empty():
            return
        found = events.with_columns(
            event_ids(events), pl.lit(self._number, pl.UInt32).alias("pass_number")
        ).unique("event_id", keep="first", maintain_order=True)
        self._seen.append(found["event_id"])
        for kind, n in found.group_by("kind").len().iter_rows():
            self._kinds[str(kind)] += n
        fresh = found.filter(~pl.col("event_id").is_in(self._in_force.implode()))
        self._write(EVENTS, fresh.select(*VERSIONS_FRAME))

    def commit(
        self,
        *,
        inputs: Sequence[str],
        parameters: Mapping[str, JsonValue],
        known_at: datetime,
    ) -> Claim:
        """Make the pass visible, sealed in the ledger; on the disk when it returns.

        Args:
            inputs: ids of the records that the pass went over.
            parameters: what it was told.
            known_at: when this workspace learned it (aware).

        Raises:
            IngestSessionError: the session is not open.
            DiskFullError: there was no room; nothing became visible.

        """
        self._refuse_closed()
        seen = pl.concat(self._seen).unique() if self._seen else self._in_force.clear()
        gone = self._in_force.filter(~self._in_force.is_in(seen.implode()))
        ended = pl.DataFrame({"event_id": gone}).with_columns(
            pl.lit(self._number, pl.UInt32).alias("pass_number")
        )
        added = sum(int(str(file["rows"])) for file in self._files)
        self._write(ENDED, ended)
        claim = Claim(
            subject=PASS_SUBJECT,
            predicate=PASS_PREDICATE,
            value={
                "pass": self._number,
                "events": len(seen),
                "added": added,
                "ended": len(gone),
                "kinds": dict(sorted(self._kinds.items())),
                "digest": digest_of(seen),
                "files": list(self._files),
            },
            basis=Basis.INFERRED,
            method=PASS_METHOD,
            parameters=dict(parameters),
            inputs=tuple(inputs),
        )
        flush_files([self._lake.root / str(file["path"]) for file in self._files])
        with self._lake.catalogue.writing() as connection:
            self._lake.evidence.append_within(connection, [claim], known_at=known_at)
            if self._files:
                rows = [_listed(file, claim.id) for file in self._files]
                connection.execute(LAKE_FILE.insert(), rows)
        self._committed = True
        self._open = False
        return claim

    def _refuse_closed(self) -> None:
        if not self._open:
            raise IngestSessionError(fact="This pass is closed")

    def _write(self, table: str, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        path = f"{table}/{self._number:06d}-{len(self._files):04d}.parquet"
        make_folder(self._lake.root / table)
        with Landing(self._lake.root) as landing:
            pq.write_table(rows.to_arrow(), landing, compression="zstd")
            landing.land(self._lake.root / path, flush=False)
        self._files.append(
            {"table": table, "path": path, "rows": rows.height, "sha256": landing.sha256}
        )


def digest_of(event_ids_: pl.Series) -> str:
    """SHA-256 over the sorted ids: equal for the same set of events."""
    return hashlib.sha256("\n".join(event_ids_.unique().sort()).encode()).hexdigest()


def _listed(file: Mapping[str, JsonValue], claim_id: str) -> dict[str, Any]:
    return {
        "path": file["path"],
        "table_name": file["table"],
        "period": None,
        "bucket": None,
        "source_id": claim_id,
        "claim_id": claim_id,
        "rows": file["rows"],
        "min_at": None,
        "max_at": None,
        "sha256": file["sha256"],
    }


def _of(
    rows: pl.LazyFrame, mmsi: int | Sequence[int] | None, kinds: Sequence[str] | None
) -> pl.LazyFrame:
    if mmsi is not None:
        wanted = [mmsi] if isinstance(mmsi, int) else list(mmsi)
        rows = rows.filter(pl.col("mmsi").is_in(wanted) | pl.col("other_mmsi").is_in(wanted))
    if kinds is not None:
        rows = rows.filter(pl.col("kind").is_in(list(kinds)))
    return rows


def _with_known_at(rows: pl.DataFrame, passes: Sequence[Pass]) -> pl.DataFrame:
    known = pl.DataFrame(
        {
            "pass_number": [one.number for one in passes],
            "known_at": [one.known_at for one in passes],
        },
        schema={"pass_number": pl.UInt32(), "known_at": pl.Datetime("us", "UTC")},
    )
    joined = rows.join(known, on="pass_number", how="left")
    keys = [name for name in ("mmsi", "start", "kind", "test", "event_id") if name in rows.columns]
    return joined.sort(keys, maintain_order=True)
