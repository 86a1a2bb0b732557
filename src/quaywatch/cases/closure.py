"""Everything a case rests on: from its findings through claims and observations to the sources.

A record missing here is a number that nobody can walk back, so a missing record is an error.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from quaywatch.cases.contents import read_check
from quaywatch.evidence.ledger import EvidenceStore
from quaywatch.evidence.record import Claim, Finding, Observation, Record, Source


def rests_on(record: Record) -> tuple[str, ...]:
    """Ids of the records that this one rests on directly."""
    if isinstance(record, Finding):
        return record.claims
    if isinstance(record, Claim):
        return record.inputs
    if isinstance(record, Observation):
        return (record.source_id,)
    return ()


@dataclass(frozen=True)
class Closure:
    """The records of a case, each once, in the order in which the argument first reaches them."""

    records: dict[str, Record]
    """Id → record."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """In the case's order."""
        return tuple(r for r in self.records.values() if isinstance(r, Finding))

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Those the findings name, then those that these rest on."""
        return tuple(r for r in self.records.values() if isinstance(r, Claim))

    @cached_property
    def observations(self) -> tuple[Observation, ...]:
        """What the sources say."""
        return tuple(r for r in self.records.values() if isinstance(r, Observation))

    @property
    def sources(self) -> tuple[Source, ...]:
        """The bytes received."""
        return tuple(r for r in self.records.values() if isinstance(r, Source))

    @cached_property
    def objects(self) -> tuple[str, ...]:
        """SHA-256 of every byte string that the case needs, sorted: sources and plates."""
        plates = {p.sha256 for claim in self.claims for p in read_check(claim).plates}
        return tuple(sorted(plates | {source.sha256 for source in self.sources}))

    def below(self, record_id: str) -> "Closure":
        """The part that one record rests on, itself included."""
        return _walk((record_id,), self.records.__getitem__)


def _walk(ids: Sequence[str], get: Callable[[str], Record]) -> Closure:
    records: dict[str, Record] = {}
    # Breadth first, so that what a finding names stands before what that rests on.
    queue = list(ids)
    for record_id in queue:
        if record_id in records:
            continue
        records[record_id] = get(record_id)
        queue.extend(rests_on(records[record_id]))
    return Closure(records)


def closure(ids: Sequence[str], store: EvidenceStore) -> Closure:
    """All records reachable from ``ids``.

    Raises:
        RecordMissingError: the store lacks one of them.

    """
    return _walk(ids, store.get)
