"""One party under one subject: what a list names is the entry that the list has of it.

A tie names a party by the list's own id or by its name. The entry of that id stands under an IMO
number where it prints one; an extract of a list (its ships alone) has names where the whole list of
that day has entries. Within one list of one day a name is the entry's, if one entry alone bears it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from quaywatch.vessels.register import VESSEL, company_subject
from quaywatch.vessels.said import Stated


def entries_named(claims: Iterable[Stated]) -> dict[str, str]:
    """By the subject under which a list names a party: the subject of its entry there.

    Args:
        claims: of registers and lists; those of documents are passed over.

    """
    bearing: dict[tuple[str, str], set[str]] = defaultdict(set)
    wanted: dict[str, set[str]] = defaultdict(set)
    for claim in claims:
        value = claim.value if isinstance(claim.value, dict) else {}
        told = value.get("list")
        if not isinstance(told, dict):
            continue
        # A list of a day that nobody knows is one with itself only: with what one reading read.
        day = str(told.get("day") or (*claim.inputs, "")[1])
        party = value.get("party")
        if isinstance(party, dict) and isinstance(party.get("subject"), str):
            wanted[party["subject"]].add(day)
        for named in _called(claim, value, str(told.get("key"))):
            if named != claim.subject:
                bearing[named, day].add(claim.subject)
    found: dict[str, str] = {}
    for named, days in wanted.items():
        entries = [bearing.get((named, day), set()) for day in days]
        if all(entries) and len(set().union(*entries)) == 1:
            found[named] = next(iter(entries[0]))
    return found


def _called(claim: Stated, value: Mapping[str, Any], key: str) -> Iterator[str]:
    """Subjects under which the list may name what a claim is about."""
    if entry := value.get("entry"):
        yield f"entry:{key}/{entry}"
    name = value.get("name")
    if name and value.get("schema") != VESSEL and claim.predicate in {"name", "listed"}:
        yield company_subject(str(name), None, None, key)
