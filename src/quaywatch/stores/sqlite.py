"""``SqliteEvidence``: records and their ledger in the catalogue, bytes beside it.

Records and ledger entries are written in one transaction, so that neither can be without the
other. Nothing is read back without being hashed again.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from pydantic import JsonValue

from quaywatch.errors import (
    LedgerBrokenError,
    ObjectMissingError,
    RecordChangedError,
    RecordContentError,
    RecordMissingError,
    TimeError,
)
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.ledger import GENESIS, LedgerEntry, seal
from quaywatch.evidence.record import (
    Claim,
    Finding,
    Observation,
    Record,
    content_from_json,
    record_from_json,
)
from quaywatch.stores.catalogue import LEDGER, OBJECT, RECORD, Catalogue
from quaywatch.stores.objects import ObjectFiles

_CHUNK = 500
"""Rows per query: below SQLite's limit on bound variables, and short for the WAL's sake."""


def text_of(at: datetime) -> str:
    """An instant as text that sorts as time does.

    Examples:
        >>> text_of(datetime(2025, 2, 3, 0, 9, tzinfo=UTC))
        '2025-02-03T00:09:00.000000+00:00'

    """
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class SqliteEvidence:
    """An ``EvidenceStore`` in a workspace. Safe for threads; several processes may read."""

    def __init__(self, catalogue: Catalogue, objects: ObjectFiles) -> None:
        self._catalogue, self._objects = catalogue, objects

    def append(self, records: Sequence[Record], *, known_at: datetime) -> int:
        """Add those records not yet here, all or none; returns how many were new.

        When it returns, they are on the disk.

        Raises:
            TimeError: ``known_at`` carries no zone.
            RecordContentError: a record has no canonical form; none was added.
            WorkspaceBusyError: another process is writing.
            DiskFullError: there was no room; none was added.

        """
        rows = _rows(records)
        with self._catalogue.writing() as connection:
            return _append_rows(connection, rows, known_at=known_at)

    def append_within(
        self, connection: sa.Connection, records: Sequence[Record], *, known_at: datetime
    ) -> int:
        """As ``append``, inside a transaction of the caller's (the lake's, on commit)."""
        return _append_rows(connection, _rows(records), known_at=known_at)

    def get(self, record_id: str) -> Record:
        """The record of that id, hashed again.

        Raises:
            RecordMissingError: there is none.
            RecordChangedError: it is no longer what the ledger sealed.

        """
        with self._catalogue.reading() as connection:
            row = connection.execute(_JOINED.where(RECORD.c.id == record_id)).one_or_none()
        if row is None:
            raise RecordMissingError(record_id=record_id)
        return rebuilt(row)

    def has(self, record_id: str) -> bool:
        """Whether a record of that id is here."""
        query = sa.select(RECORD.c.id).where(RECORD.c.id == record_id)
        with self._catalogue.reading() as connection:
            return connection.execute(query).one_or_none() is not None

    def find(
        self,
        kind: str,
        *,
        subject: str | None = None,
        predicate: str | None = None,
    ) -> Iterator[Record]:
        """Records of a kind in ledger order, as the store stood at the first ``next``.

        ``predicate`` matches ``what`` of observations and ``media`` of sources.

        Raises:
            RecordChangedError: one is no longer what the ledger sealed.

        """
        yield from self._numbered(self._numbers(kind, subject, predicate))

    def claims_naming(self, name: str) -> Iterator[Record]:
        """Claims whose value has this ``name``, in any case, in ledger order.

        Only these are read: lists name tens of thousands of others.

        Raises:
            RecordChangedError: one is no longer what the ledger sealed.

        """
        content = sa.case((sa.func.json_valid(RECORD.c.content), RECORD.c.content))
        named = sa.func.json_extract(content, "$.value.name")
        query = sa.select(LEDGER.c.seq, named).join(RECORD).where(RECORD.c.kind == "claim")
        upper = name.upper()
        with self._catalogue.reading() as connection:
            rows = connection.execute(query).all()
        # Upper case as Python knows it: SQLite's is that of ASCII.
        yield from self._numbered(sorted(k for k, said in rows if str(said or "").upper() == upper))

    def contents(
        self, kind: str, *, subject: str | None = None, predicate: str | None = None
    ) -> Iterator[tuple[str, dict[str, JsonValue]]]:
        """As ``find``, ids and contents only: to make records takes twice as long as the rest."""
        for row in self._rows_of(self._numbers(kind, subject, predicate)):
            yield str(row.id), _sealed_content(row)

    def _numbered(self, found: Sequence[int]) -> Iterator[Record]:
        """Records by their numbers in the ledger."""
        for row in self._rows_of(found):
            yield rebuilt(row)

    def _numbers(self, kind: str, subject: str | None, predicate: str | None) -> list[int]:
        """Numbers in the ledger of the records of a kind, with that subject and predicate."""
        query = sa.select(LEDGER.c.seq).join(RECORD).where(RECORD.c.kind == kind)
        if subject is not None:
            query = query.where(RECORD.c.subject == subject)
        if predicate is not None:
            query = query.where(RECORD.c.predicate == predicate)
        with self._catalogue.reading() as connection:
            return sorted(connection.execute(query).scalars())

    def _rows_of(self, found: Sequence[int]) -> Iterator[sa.Row[tuple[str, ...]]]:
        # Only the numbers are held; contents follow in short reads, so that a caller who takes
        # its time does not keep the WAL from being folded in.
        for first in range(0, len(found), _CHUNK):
            wanted = _SEALED.where(LEDGER.c.seq.in_(found[first : first + _CHUNK]))
            with self._catalogue.reading() as connection:
                rows = connection.execute(wanted.order_by(LEDGER.c.seq)).all()
            yield from rows

    def entries(self) -> Iterator[LedgerEntry]:
        """The whole ledger in order.

        Raises:
            LedgerBrokenError: an entry's time is not as it was written.

        """
        last = 0
        while True:
            query = sa.select(LEDGER).where(LEDGER.c.seq > last).order_by(LEDGER.c.seq)
            with self._catalogue.reading() as connection:
                rows = connection.execute(query.limit(_CHUNK)).all()
            for row in rows:
                yield _entry(row)
            if not rows:
                return
            last = rows[-1].seq

    def head(self) -> tuple[int, str]:
        """Number and hash of the last entry: quote it, and nobody can shorten the ledger unseen."""
        with self._catalogue.reading() as connection:
            return _head(connection)

    def put_object(self, data: bytes) -> str:
        """Keep bytes under their SHA-256, which is returned; on the disk when it returns.

        Raises:
            DiskFullError: there was no room.

        """
        with self._catalogue.lock.held() as outermost:
            if outermost:
                self._objects.sweep()
            sha256 = self._objects.put(data)
            self._list_object(sha256, len(data))
        return sha256

    def put_file(self, path: Path, *, expected: str | None = None) -> str:
        """Keep a copy of a file of any size under its SHA-256, which is returned.

        Args:
            path: the file.
            expected: what it was hashed to a moment ago, to spare a reading; the copy is hashed.

        Raises:
            DiskFullError: there was no room.

        """
        with self._catalogue.lock.held() as outermost:
            if outermost:
                self._objects.sweep()
            sha256, size_bytes = self._objects.put_file(path, expected=expected)
            self._list_object(sha256, size_bytes)
        return sha256

    def read_object(self, sha256: str) -> bytes:
        """Bytes kept earlier, checked against their name.

        Raises:
            ObjectMissingError: no such bytes.
            ObjectChangedError: the bytes no longer hash to their name.

        """
        return self._objects.read(sha256)

    def open_object(self, sha256: str) -> Path:
        """The read-only file of those bytes, for readers by window; not hashed here.

        Raises:
            ObjectMissingError: no such bytes.

        """
        path = self._objects.path(sha256)
        if not path.is_file():
            raise ObjectMissingError(sha256=sha256)
        return path

    def _list_object(self, sha256: str, size_bytes: int) -> None:
        with self._catalogue.reading() as connection:
            query = sa.select(OBJECT.c.sha256).where(OBJECT.c.sha256 == sha256)
            if connection.execute(query).one_or_none() is not None:
                return
        with self._catalogue.writing() as connection:
            connection.execute(OBJECT.insert().values(sha256=sha256, size_bytes=size_bytes))


_JOINED = sa.select(RECORD, LEDGER.c.seq, LEDGER.c.content_sha256).outerjoin(LEDGER)
_SEALED = sa.select(RECORD, LEDGER.c.seq, LEDGER.c.content_sha256).join(LEDGER)
"""By number of the ledger: an outer join would go over every record for each chunk."""


def columns_of(record: Record) -> dict[str, str | None]:
    """What the catalogue shows of a record beside its content, to find it by."""
    subject = getattr(record, "subject", None)
    predicate = record.predicate if isinstance(record, Claim) else None
    if isinstance(record, Observation):
        predicate = record.what
    elif not isinstance(record, Claim | Finding):
        predicate = getattr(record, "media", None)
    time: TimeInterval | None = getattr(record, "time", None)
    return {
        "id": record.id,
        "kind": record.kind,
        "subject": subject,
        "predicate": predicate,
        "time_start": text_of(time.start) if time else None,
        "time_end": text_of(time.end) if time else None,
    }


def rebuilt(row: sa.Row[tuple[str, ...]], *, thorough: bool = False) -> Record:
    """The record of a joined row, after hashing it again.

    Args:
        row: of a record with what the ledger sealed of it.
        thorough: also write the record out anew, as an audit does, and take its id from that. Else
            a record named by the very hash that its bytes just gave has this as its id: what is
            left unseen is content sealed in another form than the canonical one.

    Raises:
        RecordChangedError: it is no longer what the ledger sealed.

    """
    content = _sealed_text(row)
    values = row._mapping  # noqa: SLF001  (SQLAlchemy's public name for it)
    record_id = str(values["id"])
    record = record_from_json(content)
    if not thorough and record_id == f"{record.kind}:{values['content_sha256']}":
        # Where ``cached_property`` keeps it: writing a record out takes most of reading it.
        record.__dict__["id"] = record_id
    for name, value in columns_of(record).items():
        if values[name] != value:
            fact = f"was changed: its column {name} contradicts its content"
            raise RecordChangedError(record_id=record_id, fact=fact)
    return record


def _sealed_text(row: sa.Row[tuple[str, ...]]) -> str:
    """The content of a joined row as it was sealed."""
    record_id, content = str(row.id), str(row.content)
    if row.content_sha256 is None:
        raise RecordChangedError(record_id=record_id, fact="has no ledger entry")
    if hashlib.sha256(content.encode()).hexdigest() != row.content_sha256:
        raise RecordChangedError(record_id=record_id, fact="was changed after it was sealed")
    return content


def _sealed_content(row: sa.Row[tuple[str, ...]]) -> dict[str, JsonValue]:
    """The same as JSON values, found under what it is about."""
    content = content_from_json(_sealed_text(row))
    columns = {"kind": row.kind, "subject": row.subject, "predicate": row.predicate}
    for name, column in columns.items():
        if content.get(name, column) != column:
            fact = f"was changed: its column {name} contradicts its content"
            raise RecordChangedError(record_id=str(row.id), fact=fact)
    return content


def _rows(records: Sequence[Record]) -> list[dict[str, str | None]]:
    rows = []
    for record in records:
        try:
            content = record.canonical().decode()
        except ValueError as err:  # rfc8785's own errors are ValueErrors, as is a bad surrogate
            raise RecordContentError(kind=record.kind, fact=str(err)) from err
        rows.append({**columns_of(record), "content": content})
    return rows


def _append_rows(
    connection: sa.Connection, rows: Sequence[dict[str, str | None]], *, known_at: datetime
) -> int:
    if known_at.tzinfo is None:
        raise TimeError(text=known_at.isoformat())
    fresh = _new_among(connection, {str(row["id"]): row for row in reversed(rows)}, rows)
    seq, previous = _head(connection)
    ledger = []
    for row in fresh:
        entry = seal(
            seq=seq + 1,
            known_at=known_at.astimezone(UTC),
            record_id=str(row["id"]),
            content_sha256=hashlib.sha256(str(row["content"]).encode()).hexdigest(),
            previous=previous,
        )
        ledger.append(_ledger_row(entry))
        seq, previous = entry.seq, entry.hash
    if fresh:
        connection.execute(RECORD.insert(), fresh)
        connection.execute(LEDGER.insert(), ledger)
    return len(fresh)


def _new_among(
    connection: sa.Connection,
    by_id: dict[str, dict[str, str | None]],
    rows: Sequence[dict[str, str | None]],
) -> list[dict[str, str | None]]:
    ids = list(dict.fromkeys(str(row["id"]) for row in rows))
    here: set[str] = set()
    for first in range(0, len(ids), _CHUNK):
        query = sa.select(RECORD.c.id).where(RECORD.c.id.in_(ids[first : first + _CHUNK]))
        here.update(connection.execute(query).scalars())
    return [by_id[record_id] for record_id in ids if record_id not in here]


def _head(connection: sa.Connection) -> tuple[int, str]:
    query = sa.select(LEDGER.c.seq, LEDGER.c.hash).order_by(LEDGER.c.seq.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return (row.seq, row.hash) if row is not None else (0, GENESIS)


def _ledger_row(entry: LedgerEntry) -> dict[str, str | int]:
    return {
        "seq": entry.seq,
        "known_at": entry.known_at.isoformat(),
        "record_id": entry.record_id,
        "content_sha256": entry.content_sha256,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _entry(row: sa.Row[tuple[object, ...]]) -> LedgerEntry:
    values = row._mapping  # noqa: SLF001  (SQLAlchemy's public name for it)
    seq, record_id, text = int(values["seq"]), str(values["record_id"]), str(values["known_at"])
    try:
        known_at = datetime.fromisoformat(text)
    except ValueError as err:
        raise LedgerBrokenError(seq=seq, record_id=record_id) from err
    # Another spelling of the same instant is a change too: bytes are what we vouch for.
    if known_at.isoformat() != text:
        raise LedgerBrokenError(seq=seq, record_id=record_id)
    hashes = (str(values[name]) for name in ("content_sha256", "previous", "hash"))
    return LedgerEntry(seq, known_at, record_id, *hashes)
