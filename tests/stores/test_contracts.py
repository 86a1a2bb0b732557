"""The shipped contracts, kept by SQLite and Parquet and by a store of dictionaries."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.register_assert_rewrite("quaywatch.testing.contracts")

from quaywatch.errors import (  # noqa: E402  (rewriting must be asked for first)
    ObjectMissingError,
    RecordContentError,
    RecordMissingError,
    TimeError,
)
from quaywatch.evidence.ledger import (  # noqa: E402
    GENESIS,
    EvidenceStore,
    LedgerEntry,
    seal,
)
from quaywatch.evidence.record import Record  # noqa: E402
from quaywatch.stores.lake import ParquetLake  # noqa: E402
from quaywatch.stores.sqlite import SqliteEvidence  # noqa: E402
from quaywatch.stores.workspace import Workspace  # noqa: E402
from quaywatch.testing.contracts import AisLakeContract, EvidenceStoreContract  # noqa: E402


class MemoryEvidence:
    """The contract in dictionaries: what a second backend needs at least."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.ledger: list[LedgerEntry] = []
        self.objects: dict[str, bytes] = {}

    def append(self, records: Sequence[Record], *, known_at: datetime) -> int:
        """All or none."""
        if known_at.tzinfo is None:
            raise TimeError(text=known_at.isoformat())
        fresh: dict[str, tuple[Record, str]] = {}
        for record in records:
            try:
                digest = hashlib.sha256(record.canonical()).hexdigest()
            except ValueError as err:
                raise RecordContentError(kind=record.kind, fact=str(err)) from err
            if record.id not in self.records:
                fresh.setdefault(record.id, (record, digest))
        for record, digest in fresh.values():
            self.records[record.id] = record
            previous = self.ledger[-1].hash if self.ledger else GENESIS
            entry = seal(
                seq=len(self.ledger) + 1,
                known_at=known_at.astimezone(UTC),
                record_id=record.id,
                content_sha256=digest,
                previous=previous,
            )
            self.ledger.append(entry)
        return len(fresh)

    def get(self, record_id: str) -> Record:
        """By id."""
        if record_id not in self.records:
            raise RecordMissingError(record_id=record_id)
        return self.records[record_id]

    def find(
        self, kind: str, *, subject: str | None = None, predicate: str | None = None
    ) -> Iterator[Record]:
        """In ledger order."""
        for entry in self.ledger:
            record = self.records[entry.record_id]
            told = {getattr(record, name, None) for name in ("predicate", "what", "media")}
            if (
                record.kind == kind
                and subject in {None, getattr(record, "subject", None)}
                and (predicate is None or predicate in told)
            ):
                yield record

    def entries(self) -> Iterator[LedgerEntry]:
        """In order."""
        return iter(self.ledger)

    def put_object(self, data: bytes) -> str:
        """Under its hash."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.objects[sha256] = data
        return sha256

    def read_object(self, sha256: str) -> bytes:
        """By its hash."""
        if sha256 not in self.objects:
            raise ObjectMissingError(sha256=sha256)
        return self.objects[sha256]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A new workspace, which must still verify when the test is done."""
    with Workspace.create(tmp_path / "w") as created:
        yield created
        created.verify()


@pytest.fixture
def second(workspace: Workspace) -> Iterator[Callable[[], Workspace]]:
    """The same workspace, opened again."""
    opened: list[Workspace] = []

    def again() -> Workspace:
        opened.append(Workspace.open(workspace.root))
        return opened[-1]

    yield again
    for each in opened:
        each.close()


class TestSqliteEvidence(EvidenceStoreContract):
    """The default store."""

    @pytest.fixture
    def store(self, workspace: Workspace) -> SqliteEvidence:
        """Empty."""
        return workspace.evidence

    @pytest.fixture
    def reopen(self, second: Callable[[], Workspace]) -> Callable[[], EvidenceStore]:
        """Through another connection."""
        return lambda: second().evidence


class TestMemoryEvidence(EvidenceStoreContract):
    """A second backend shows that the contract asks for nothing of SQLite's."""

    @pytest.fixture
    def store(self) -> MemoryEvidence:
        """Empty."""
        return MemoryEvidence()

    @pytest.fixture
    def reopen(self, store: MemoryEvidence) -> Callable[[], EvidenceStore]:
        """Itself: memory has no other door."""
        return lambda: store


class TestParquetLake(AisLakeContract):
    """The default lake."""

    @pytest.fixture
    def lake(self, workspace: Workspace) -> ParquetLake:
        """Empty."""
        return workspace.lake

    @pytest.fixture
    def reopen_lake(self, second: Callable[[], Workspace]) -> Callable[[], ParquetLake]:
        """Through another connection."""
        return lambda: second().lake
