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
    claims = tuple(claims)
    wanted = _wanted(claims)
    by_name = any("/name-" in named for named in wanted)
    bearing: dict[tuple[str, str], set[str]] = defaultdict(set)
    for claim in claims:
        told = _list_of(claim)
        if told is not None:
            for named in _called(claim, str(told.get("key")), by_name=by_name):
                if named in wanted and named != claim.subject:
                    bearing[named, _day(claim, told)].add(claim.subject)
    found: dict[str, str] = {}
    for named, days in wanted.items():
        entries = [bearing.get((named, day), set()) for day in days]
        if all(entries) and len(set().union(*entries)) == 1:
            found[named] = next(iter(entries[0]))
    return found


def _wanted(claims: Iterable[Stated]) -> dict[str, set[str]]:
    """Subjects under which lists name parties, and the days on which they do."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for claim in claims:
        told = _list_of(claim)
        party = None if told is None else claim.value.get("party")
        if told is not None and isinstance(party, dict) and isinstance(party.get("subject"), str):
            wanted[party["subject"]].add(_day(claim, told))
    return wanted


def _list_of(claim: Stated) -> Mapping[str, Any] | None:
    told = claim.value.get("list") if isinstance(claim.value, dict) else None
    return told if isinstance(told, dict) else None


def _day(claim: Stated, told: Mapping[str, Any]) -> str:
    """A list of a day that nobody knows is one with itself only: with what one reading read."""
    return str(told.get("day") or (*claim.inputs, "", "")[1])


def _called(claim: Stated, key: str, *, by_name: bool) -> Iterator[str]:
    """Subjects under which the list may name what a claim is about."""
    if entry := claim.value.get("entry"):
        yield f"entry:{key}/{entry}"
    name = claim.value.get("name") if by_name else None
    # A former or a weak name is a name that another company may bear by now.
    own = claim.predicate == "listed" or (
        claim.predicate == "name" and claim.value.get("kind") == "name"
    )
    if name and own and claim.value.get("schema") != VESSEL:
        yield company_subject(str(name), None, None, key)
