"""Everything that can be checked in a workspace, checked: chain, records, objects, lake files.

The ledger seals the records; the ``ais-ingest`` and ``ais-pass`` claims among them seal the lake's
files; objects are named by their own hash. So a changed byte anywhere is found from the head of the
chain.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from quaywatch.errors import (
    CatalogueError,
    LakeFileMissingError,
    LakeListError,
    LedgerBrokenError,
    ObjectChangedError,
    QuaywatchError,
    RecordChangedError,
)
from quaywatch.evidence.ledger import verify_chain
from quaywatch.evidence.record import Claim, Record, Source
from quaywatch.stores.catalogue import LAKE_FILE, LEDGER, OBJECT, RECORD, Catalogue
from quaywatch.stores.events import PASS_METHOD, PASS_PREDICATE
from quaywatch.stores.files import sha256_of
from quaywatch.stores.ingested import INGEST_METHOD, INGEST_PREDICATE
from quaywatch.stores.objects import ObjectFiles
from quaywatch.stores.sqlite import SqliteEvidence, rebuilt

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found sound."""

    records: int
    objects: int
    lake_files: int
    head: str
    """Hash of the ledger's last entry."""


@dataclass(frozen=True, slots=True)
class Auditor:
    """Checks a workspace's store; reads only, so it may run beside a writer."""

    catalogue: Catalogue
    evidence: SqliteEvidence
    objects: ObjectFiles
    lake_root: Path

    def verify(self) -> Audit:
        """Check everything.

        Raises:
            StoreError: the first problem found.

        """
        for problem in self.problems():
            raise problem
        with self.catalogue.reading() as connection:
            records, objects, lake_files = (
                int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
                for table in (RECORD, OBJECT, LAKE_FILE)
            )
        head = self.evidence.head()[1]
        return Audit(records=records, objects=objects, lake_files=lake_files, head=head)

    def problems(self, seen: Callable[[Record], None] | None = None) -> Iterator[QuaywatchError]:
        """Every problem, the catalogue's own first; none when sound.

        Args:
            seen: told each record that is sound, so that nobody need read them all again.

        """
        try:
            for fact in self.catalogue.integrity():
                yield CatalogueError(path=str(self.catalogue.path), fact=fact)
        except CatalogueError as err:
            yield err
            return
        try:
            verify_chain(self.evidence.entries())
        except LedgerBrokenError as err:
            yield err
        sealed: dict[str, tuple[str, int, str]] = {}
        yield from self._record_problems(sealed, seen)
        yield from self._object_problems()
        yield from self._lake_problems(sealed)

    def _record_problems(
        self, sealed: dict[str, tuple[str, int, str]], seen: Callable[[Record], None] | None
    ) -> Iterator[QuaywatchError]:
        """Check each record, and gather into ``sealed`` the lake files that claims list."""
        query = sa.select(RECORD, LEDGER.c.seq, LEDGER.c.content_sha256).outerjoin(LEDGER)
        last = ""
        while True:
            with self.catalogue.reading() as connection:
                page = query.where(RECORD.c.id > last).order_by(RECORD.c.id).limit(_CHUNK)
                rows = connection.execute(page).all()
            for row in rows:
                try:
                    record = rebuilt(row, thorough=True)
                except RecordChangedError as err:
                    yield err
                    continue
                if isinstance(record, Claim) and record.method in {INGEST_METHOD, PASS_METHOD}:
                    sealed.update(_files_of(record))
                named = f"{record.kind}:{row.content_sha256}"
                if not isinstance(record, Source) and record.id != named:
                    yield RecordChangedError(record_id=record.id, fact="is not named by its hash")
                elif seen is not None:
                    seen(record)
            if not rows:
                return
            last = rows[-1].id

    def _object_problems(self) -> Iterator[QuaywatchError]:
        with self.catalogue.reading() as connection:
            listed = sorted(connection.execute(sa.select(OBJECT.c.sha256)).scalars())
        for sha256 in listed:
            try:
                self.objects.check(sha256)
            except QuaywatchError as err:
                yield err

    def _lake_problems(self, sealed: dict[str, tuple[str, int, str]]) -> Iterator[QuaywatchError]:
        with self.catalogue.reading() as connection:
            rows = connection.execute(sa.select(LAKE_FILE).order_by(LAKE_FILE.c.path)).all()
        for row in rows:
            path = self.lake_root / row.path
            listed = (row.table_name, row.rows, row.sha256)
            if sealed.pop(row.path, None) != listed:
                yield LakeListError(
                    path=row.path, fact="is not as an ingest or a pass in the ledger lists it"
                )
            if not path.is_file():
                yield LakeFileMissingError(path=str(path))
            elif (found := sha256_of(path)) != row.sha256:
                yield ObjectChangedError(name=str(path), found=found)
        for missing in sorted(sealed):
            fact = "is in an ingest or a pass of the ledger but no longer in the lake's list"
            yield LakeListError(path=missing, fact=fact)


def _files_of(claim: Claim) -> dict[str, tuple[str, int, str]]:
    if claim.predicate not in {INGEST_PREDICATE, PASS_PREDICATE}:
        return {}
    value: Any = claim.value
    return {
        str(file["path"]): (str(file["table"]), int(file["rows"]), str(file["sha256"]))
        for file in value["files"]
    }
