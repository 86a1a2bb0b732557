"""A company that one file of a list names and another file of that list has the entry of.

An extract of a list (its ships alone) names companies; the whole list of that day has an entry of
each. Within one list of one day a name is the entry's, if one entry alone bears it.
"""

from collections import defaultdict
from collections.abc import Iterable

from quaywatch.vessels.register import VESSEL, company_subject
from quaywatch.vessels.said import Stated


def entries_named(claims: Iterable[Stated]) -> dict[str, str]:
    """By the subject of a company that a list only names: the subject of its entry there.

    Args:
        claims: of registers and lists; those that name no company of a list are passed over.

    """
    bearing: dict[tuple[str, str], set[str]] = defaultdict(set)
    days: dict[str, set[str]] = defaultdict(set)
    for claim in claims:
        value = claim.value if isinstance(claim.value, dict) else {}
        told = value.get("list")
        if not isinstance(told, dict) or not told.get("day"):
            continue
        key, day = str(told.get("key")), str(told["day"])
        party = value.get("party")
        if isinstance(party, dict) and party.get("name") and not party.get("entry"):
            days[str(party.get("subject"))].add(day)
        if value.get("schema") != VESSEL and claim.predicate in {"name", "listed"}:
            named = company_subject(str(value.get("name")), None, None, key)
            if claim.subject != named and claim.subject.startswith(f"entry:{key}/"):
                bearing[named, day].add(claim.subject)
    found = {}
    for named, on in days.items():
        entries = {entry for day in on for entry in bearing.get((named, day), ())}
        if len(entries) == 1 and all(bearing.get((named, day)) for day in on):
            found[named] = next(iter(entries))
    return found
