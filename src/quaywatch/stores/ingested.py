"""What became of a source's AIS, as its claim says: read by those who write none.

Apart from the writing (``ingest.py``), whose compiled loops take longer to load than most commands
take to answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quaywatch.evidence.record import Claim
from quaywatch.stores.sqlite import SqliteEvidence

INGEST_METHOD = "ais-ingest@1"
INGEST_PREDICATE = "ais-ingest"

SPILL_ROWS = 2_000_000
"""Rows held before they go to disk: about 160 MB, and as much again while they are sorted."""


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


def recorded_ingest(evidence: SqliteEvidence, source_id: str) -> IngestResult | None:
    """What the ledger says of a source's ingest; None if it was never ingested."""
    for record in evidence.find("claim", subject=source_id, predicate=INGEST_PREDICATE):
        if isinstance(record, Claim):
            return result_of(record, already=True)
    return None


def result_of(claim: Claim, *, already: bool) -> IngestResult:
    """The counts that an ``ais-ingest`` claim states."""
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
