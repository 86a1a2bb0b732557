"""The ledger as an export carries it: whole as a chain, and silent on what is not in the export.

An entry whose record is in the export stands in full. Of every other entry only its number and its
hash are given: enough to walk the chain from its beginning to its head, and nothing about another
case or a redacted record save that there is an entry.
"""

import hashlib
import json
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from quaywatch.errors import LedgerBrokenError
from quaywatch.evidence.ledger import GENESIS, LedgerEntry


@dataclass(frozen=True, slots=True)
class ClosedEntry:
    """An entry of which an export says only that it is there."""

    seq: int
    hash: str


Step = LedgerEntry | ClosedEntry


def _hash_of(entry: LedgerEntry) -> str:
    """As ``evidence.ledger.seal`` hashes it, for whole ledgers: an entry is ASCII and an integer.

    Of such values the standard library's compact, sorted JSON is the canonical one (RFC 8785).
    """
    body = {
        "seq": entry.seq,
        "known_at": entry.known_at.isoformat(),
        "record_id": entry.record_id,
        "content_sha256": entry.content_sha256,
        "previous": entry.previous,
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def walk(steps: Iterable[Step]) -> str:
    """Walk the chain and return its head.

    Every full entry is hashed again on the hash before it; a closed one is taken as given, and is
    held by the full ones after it.

    Raises:
        LedgerBrokenError: an entry was changed, dropped or moved; names the first such entry.

    Examples:
        >>> walk([ClosedEntry(1, "a" * 64)])[:4]
        'aaaa'

    """
    head, expected = GENESIS, 1
    for step in steps:
        if isinstance(step, LedgerEntry):
            if step.seq != expected or step.previous != head or step.hash != _hash_of(step):
                raise LedgerBrokenError(seq=expected, record_id=step.record_id)
        elif step.seq != expected:
            raise LedgerBrokenError(seq=expected, record_id="an entry that is not shown")
        head, expected = step.hash, expected + 1
    return head


def shown(entries: Iterable[LedgerEntry], records: Container[str]) -> Iterator[Step]:
    """The entries, those of other records closed."""
    for entry in entries:
        yield entry if entry.record_id in records else ClosedEntry(entry.seq, entry.hash)


def as_json(step: Step) -> dict[str, JsonValue]:
    """A step as a line of ``ledger.jsonl``."""
    if isinstance(step, ClosedEntry):
        return {"seq": step.seq, "hash": step.hash}
    return {
        "seq": step.seq,
        "known_at": step.known_at.isoformat(),
        "record_id": step.record_id,
        "content_sha256": step.content_sha256,
        "hash": step.hash,
    }


def from_json(lines: Sequence[dict[str, JsonValue]]) -> list[Step]:
    """Steps as ``as_json`` wrote them; what each follows is the hash before it.

    Raises:
        ValueError, KeyError: a line is none.

    """
    steps: list[Step] = []
    previous = GENESIS
    for line in lines:
        seq, hashed = int(str(line["seq"])), str(line["hash"])
        if "record_id" in line:
            known_at = datetime.fromisoformat(str(line["known_at"]))
            record_id, content = str(line["record_id"]), str(line["content_sha256"])
            steps.append(LedgerEntry(seq, known_at, record_id, content, previous, hashed))
        else:
            steps.append(ClosedEntry(seq, hashed))
        previous = hashed
    return steps
