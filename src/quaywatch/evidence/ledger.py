"""The ledger: every record in the order in which we learned it, each entry hashed to the last.

Appending is the only operation. A changed, dropped or reordered entry breaks every hash after it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from quaywatch.errors import LedgerBrokenError
from quaywatch.evidence.record import Record, canonical_json

GENESIS = "0" * 64
"""The hash before the first entry."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of the ledger."""

    seq: int
    """1 for the first entry, then without holes."""
    known_at: datetime
    """When this workspace learned it (aware UTC): the second time axis beside a claim's own."""
    record_id: str
    content_sha256: str
    """SHA-256 of the record's canonical content."""
    previous: str
    hash: str


def seal(
    *, seq: int, known_at: datetime, record_id: str, content_sha256: str, previous: str
) -> LedgerEntry:
    """The entry that follows ``previous``."""
    body = canonical_json(
        {
            "seq": seq,
            "known_at": known_at.isoformat(),
            "record_id": record_id,
            "content_sha256": content_sha256,
            "previous": previous,
        }
    )
    return LedgerEntry(
        seq, known_at, record_id, content_sha256, previous, hashlib.sha256(body).hexdigest()
    )


def verify_chain(entries: Iterable[LedgerEntry]) -> str:
    """Walk the chain and return its head.

    Raises:
        LedgerBrokenError: an entry was changed, dropped or moved; names the first such entry.

    """
    head, expected_seq = GENESIS, 1
    for entry in entries:
        resealed = seal(
            seq=expected_seq,
            known_at=entry.known_at,
            record_id=entry.record_id,
            content_sha256=entry.content_sha256,
            previous=head,
        )
        if resealed != entry:
            raise LedgerBrokenError(seq=expected_seq, record_id=entry.record_id)
        head, expected_seq = entry.hash, expected_seq + 1
    return head


class EvidenceStore(Protocol):
    """Where records and bytes rest. ``testing.contracts`` verifies any implementation."""

    def append(self, records: Sequence[Record], *, known_at: datetime) -> int:
        """Add those records not yet here, all or none; returns how many were new."""
        ...

    def get(self, record_id: str) -> Record:
        """The record of that id.

        Raises:
            RecordMissingError: there is none.

        """
        ...

    def find(
        self,
        kind: str,
        *,
        subject: str | None = None,
        predicate: str | None = None,
    ) -> Iterator[Record]:
        """Records of a kind in ledger order; ``predicate`` matches ``what`` of observations."""
        ...

    def entries(self) -> Iterator[LedgerEntry]:
        """The whole ledger in order."""
        ...

    def put_object(self, data: bytes) -> str:
        """Keep bytes under their SHA-256, which is returned."""
        ...

    def read_object(self, sha256: str) -> bytes:
        """Bytes kept earlier, checked against their name.

        Raises:
            ObjectMissingError: no such bytes.
            ObjectChangedError: the bytes no longer hash to their name.

        """
        ...
