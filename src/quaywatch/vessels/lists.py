"""Which list names a ship, of which day, and what follows from its absence: as little as possible.

A list is compared with itself only: that it no longer names a ship is said of a later snapshot of
the same list, and nothing is deleted. *Not found* is said with what was searched, list by list and
day by day; it never becomes *not listed*.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from quaywatch.evidence.wording import counted
from quaywatch.vessels.register_text import interval_of

NOT_THE_SAME: Final = "Nothing found is not the same as not listed."
Status = Literal["listed", "delisted", "no-longer-on-the-list", "listed-day-unknown"]


@dataclass(frozen=True, slots=True)
class Stated:
    """A designation in one snapshot of one list."""

    list_key: str
    list_name: str
    authority: str
    day: str | None
    """Of the snapshot; None: not known."""
    entry: str
    claim: str
    source: str
    name: str | None = None
    programme: str | None = None
    measure: str | None = None
    listed_on: str | None = None
    delisted_on: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Searched:
    """One snapshot of one list that is held here."""

    list_key: str
    list_name: str
    day: str | None
    vessels: int
    organisations: int
    claim: str
    source: str
    authority: str = ""
    designates: bool = True
    """Whether its entries are designations; a register's are not."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the snapshots of one list say of a ship, taken together."""

    stated: Stated
    """As the latest snapshot that names it says it."""
    status: Status
    days: tuple[str, ...]
    """Days of the snapshots that name it, sorted."""
    gone_by: str | None
    """Day of the first later snapshot that does not."""
    message: str
    claims: tuple[str, ...]


def standings(found: Iterable[Stated], searched: Sequence[Searched]) -> list[Standing]:
    """Where a ship stands on each list that ever named it.

    Args:
        found: every designation, of every snapshot.
        searched: every snapshot held.

    Examples:
        >>> old = Stated("eu/x", "EU act X", "EU", "2025-01-01", "1", "claim:a", "source:a")
        >>> held = [Searched("eu/x", "EU act X", day, 9, 0, "c", s)
        ...     for day, s in (("2025-01-01", "source:a"), ("2026-01-01", "source:b"))]
        >>> standings([old], held)[0].message
        'On EU act X of 2025-01-01; no longer on that list as of 2026-01-01.'

    """
    groups: dict[tuple[str, ...], list[Stated]] = {}
    for one in found:
        key = (one.list_key, one.programme or "", one.measure or "")
        groups.setdefault(key, []).append(one)
    by_list: dict[str, set[str]] = {}
    for group in groups.values():
        for one in group:
            by_list.setdefault(one.list_key, set()).add(one.source)
    return [
        _standing(group, [s for s in searched if s.list_key == key[0]], by_list[key[0]])
        for key, group in sorted(groups.items())
    ]


def _standing(group: Sequence[Stated], held: Sequence[Searched], naming: set[str]) -> Standing:
    dated = sorted((one for one in group if one.day), key=lambda one: str(one.day))
    last = dated[-1] if dated else group[-1]
    days = tuple(dict.fromkeys(str(one.day) for one in dated))
    gone = None
    if last.day is not None:
        later = sorted(
            s.day
            for s in held
            if s.day is not None
            and s.vessels
            and s.source not in naming
            and _after(s.day, last.day)
        )
        gone = later[0] if later else None
    status: Status = "listed" if last.day is not None else "listed-day-unknown"
    of = f" of {last.day}" if last.day else ", of a day that nobody states"
    message = f"On {last.list_name}{of}."
    if gone is not None:
        status = "no-longer-on-the-list"
        message = f"On {last.list_name}{of}; no longer on that list as of {gone}."
    if last.delisted_on is not None:
        status = "delisted"
        message = f"{message[:-1]}, which says it was taken off on {last.delisted_on}."
    claims = tuple(dict.fromkeys(one.claim for one in group))
    return Standing(last, status, days, gone, message, claims)


def _after(one: str, other: str) -> bool:
    """Whether all of a day, month or year lies after another."""
    return interval_of(one).start >= interval_of(other).end


def not_found(found: Iterable[Stated], searched: Sequence[Searched]) -> list[Searched]:
    """Snapshots that do not name a ship: of each list the latest.

    Of a list that ever named the ship, none: its standing says what became of it.
    """
    named = {one.list_key for one in found}
    last: dict[str, Searched] = {}
    for one in searched:
        if one.list_key in named or not one.vessels or not one.designates:
            continue
        before = last.get(one.list_key)
        if before is None or (before.day or "", before.vessels) < (one.day or "", one.vessels):
            last[one.list_key] = one
    return [one for _, one in sorted(last.items())]


def not_found_messages(missing: Sequence[Searched]) -> list[str]:
    """What was searched in vain, a sentence for each authority and day.

    Examples:
        >>> held = [Searched(f"eu/{act}", f"EU act {act}", "2026-08-22", ships, 0, "c", "s", "EU")
        ...     for act, ships in (("32014R0833", 633), ("32017R1509", 75))]
        >>> not_found_messages(held)[0][:53]
        'Not found on EU lists of 2026-08-22 (708 ship entries'
        >>> not_found_messages(held[:1])
        ['Not found on EU act 32014R0833 of 2026-08-22 (633 ship entries).']

    """
    groups: dict[tuple[str, str], list[Searched]] = {}
    for one in missing:
        groups.setdefault((one.authority, one.day or ""), []).append(one)
    said = []
    for (authority, day), group in sorted(groups.items()):
        of = f" of {day}" if day else ", of a day that nobody states,"
        ships = sum(one.vessels for one in group)
        entries = counted(ships, "ship entry", "ship entries")
        if len(group) == 1:
            said.append(f"Not found on {group[0].list_name}{of} ({entries}).")
        else:
            listed = ", ".join(one.list_name for one in group)
            said.append(f"Not found on {authority} lists{of} ({entries}: {listed}).")
    return said


def coverage_message(found: Sequence[Stated], searched: Sequence[Searched]) -> str:
    """What was searched, in a sentence; that nothing was, if so.

    Examples:
        >>> coverage_message([], [])
        'No list of designations is held here, so none was searched.'

    """
    lists = {one.list_key for one in searched if one.designates and one.vessels}
    if not lists:
        return "No list of designations is held here, so none was searched."
    on = len({one.list_key for one in found})
    said = f"Searched {counted(len(lists), 'list')} of designations; named on {on}."
    return said if on else f"{said} {NOT_THE_SAME}"


def merged(
    rows: Iterable[tuple[dict[str, Any], dict[str, Any]]],
) -> list[dict[str, Any]]:
    """Equal statements of several lists as one, each with who says it.

    Args:
        rows: what is said, and by whom.

    Examples:
        >>> merged([({"name": "A"}, {"list": "x"}), ({"name": "A"}, {"list": "y"})])
        [{'name': 'A', 'said_by': [{'list': 'x'}, {'list': 'y'}]}]

    """
    found: dict[str, dict[str, Any]] = {}
    for said, by in rows:
        one = found.setdefault(repr(sorted(said.items())), {**said, "said_by": []})
        if by not in one["said_by"]:
            one["said_by"].append(by)
    return list(found.values())
