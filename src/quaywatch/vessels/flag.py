"""Flags of a ship over time, as each source states them, and where they disagree.

The country digits of an MMSI are typed in by whoever sets up the radio: they are one statement
more, never proof of a flag and never of a false one. A flag is *denied* only where the registry of
that country says that it does not have the ship; a list or a report that calls a flag false is
quoted as saying so. A flag has no score, whichever it is.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from quaywatch.vessels.identifiers import Mmsi, same_administration
from quaywatch.vessels.register_countries import country_code, flag_of
from quaywatch.vessels.register_text import interval_of
from quaywatch.vessels.said import Said, Stated

Origin = Literal["radio", "register", "report", "registry"]
"""``registry``: the administration whose flag it is."""
Kind = Literal["stated", "former", "none-identified", "false", "denied"]
Standing = Literal["denied", "called-false", "conflicting", "stated", "none-identified", "unknown"]
DENIED: Final = "flag-denied"
"""Predicate of a registry's denial in a claims file; ``note`` names the country."""


@dataclass(frozen=True, slots=True)
class FlagStatement:
    """One source's word on a ship's flag."""

    country: str | None
    """ISO 3166 alpha-2."""
    kind: Kind
    origin: Origin
    printed: str
    since: str | None
    """ISO 8601 as exact as stated; for the radio the first and last report."""
    until: str | None
    as_of: str | None
    said: str
    """Which list of which day, or which radio."""
    claim: str | None = None

    def span(self) -> tuple[datetime | None, datetime | None]:
        """Earliest start and latest end of what it says; None is open."""
        first = self.since or (None if self.until else self.as_of)
        last = self.until or (None if self.since else self.as_of)
        return (
            interval_of(first[:10]).start if first else None,
            interval_of(last[:10]).end if last else None,
        )


@dataclass(frozen=True, slots=True)
class FlagHistory:
    """Everything said of a ship's flag."""

    statements: tuple[FlagStatement, ...]
    standing: Standing
    sentences: tuple[str, ...]
    """What agrees, what does not, what is missing; with dates."""


def radio_statement(mmsi: int, first: str, last: str) -> FlagStatement | None:
    """What an MMSI's digits state; None where they belong to no country.

    Examples:
        >>> radio_statement(445123000, "2025-01-01", "2025-02-01").country
        'KP'

    """
    country = Mmsi(mmsi).country
    if country is None:
        return None
    text = f"MMSI {mmsi:09d}"
    return FlagStatement(
        country, "stated", "radio", text, first, last, None, f"{text} as broadcast"
    )


def claimed_statement(claim: Stated, said: Said) -> FlagStatement | None:
    """What a claim of a register, a list or a claims file states of a flag; None where nothing."""
    value: dict[str, Any] = claim.value if isinstance(claim.value, dict) else {}
    day = claim.time.start.date().isoformat() if claim.time is not None else said.day
    note = str(value.get("note") or "")
    if claim.predicate == DENIED:
        country = country_code(note)
        return FlagStatement(
            country, "denied", "registry", note or "not named", None, None, day, str(said), claim.id
        )
    if claim.predicate != "flag":
        return None
    if isinstance(value.get("list"), dict):
        kind: Kind = value.get("kind") or "stated"
        return FlagStatement(
            value.get("flag"), kind, "registry" if kind == "denied" else "register",
            str(value.get("printed") or ""), value.get("from"), value.get("until"),
            said.day, str(said), claim.id,
        )  # fmt: skip
    read = flag_of(note)
    if read is None:
        return None
    # A report that a registry denied a flag is a report; the registry's own word is `flag-denied`.
    told: Kind = "false" if read.kind == "denied" else read.kind
    country = read.country or country_code(re.split(r"[,;(]", note)[0])
    return FlagStatement(
        country, told, "report", read.printed, None, None, day, str(said), claim.id
    )


def flag_history(statements: Iterable[FlagStatement]) -> FlagHistory:
    """Weigh nothing; set statements beside each other, and say where they disagree and when.

    Examples:
        >>> radio = radio_statement(750123000, "2025-01-01", "2025-03-01")
        >>> flag_history([radio]).standing
        'unknown'
        >>> said = FlagStatement("GY", "denied", "registry", "Guyana", None, None, "2025-02-01",
        ...                      "a letter of 2025-02-01")
        >>> flag_history([radio, said]).standing
        'denied'

    """
    told = tuple(sorted(statements, key=lambda s: (s.since or s.as_of or "", s.origin, s.said)))
    current = [one for one in told if one.kind != "former"]
    denied = _denials(current)
    false = [_called_false(one) for one in current if one.kind == "false"]
    apart = _conflicts([one for one in current if one.kind == "stated"])
    none = [one for one in current if one.kind == "none-identified"]
    registered = [one for one in current if one.kind == "stated" and one.origin != "radio"]
    sentences = [*denied, *false, *apart]
    sentences += [f"No flag is identified in {one.said}." for one in none]
    if not denied and (false or none or apart):
        sentences.append(
            "No statement of a registry is here: whether a flag is false is not shown."
        )
    if not registered and any(one.origin == "radio" for one in current):
        sentences.append(
            "Only the digits of its radio name a country: that is what was typed in, not a flag."
        )
    return FlagHistory(told, _standing(denied, false, apart, none, registered), tuple(sentences))


def _standing(
    denied: Sequence[str],
    false: Sequence[str],
    apart: Sequence[str],
    none: Sequence[FlagStatement],
    registered: Sequence[FlagStatement],
) -> Standing:
    by_rank: tuple[tuple[Standing, Sequence[object]], ...] = (
        ("denied", denied), ("called-false", false), ("conflicting", apart),
        ("stated", registered), ("none-identified", none),
    )  # fmt: skip
    return next((standing for standing, found in by_rank if found), "unknown")


def _denials(statements: Sequence[FlagStatement]) -> list[str]:
    """Denials of registries, each with who stated that flag all the same, and when."""
    found = []
    for no in (one for one in statements if one.kind == "denied"):
        who = [
            f"{one.said} ({_when(one)})"
            for one in statements
            if one.kind in {"stated", "false"} and _same(one.country, no.country)
        ]
        claimed = f" {no.country} is stated by {'; '.join(who)}." if who else ""
        found.append(
            f"The registry of {no.country or no.printed} says that it does not have the ship "
            f"({no.said}, {_when(no)}).{claimed}"
        )
    return found


def _called_false(one: FlagStatement) -> str:
    return f"{one.said} calls the flag {one.printed!r}; that is its word, not the registry's."


def _conflicts(statements: Sequence[FlagStatement]) -> list[str]:
    """Every two countries stated for times that meet, said once with both dates."""
    found: dict[tuple[str, str], str] = {}
    for k, one in enumerate(statements):
        for other in statements[k + 1 :]:
            if one.country is None or other.country is None or _same(one.country, other.country):
                continue
            if _meet(one, other):
                pair = (min(one.country, other.country), max(one.country, other.country))
                found.setdefault(
                    pair,
                    f"{one.said} says {one.country} ({_when(one)}), {other.said} says "
                    f"{other.country} ({_when(other)}).",
                )
    return list(found.values())


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and same_administration(one, other)


def _meet(one: FlagStatement, other: FlagStatement) -> bool:
    """Whether two statements are of times that meet; a day of a snapshot holds for that day."""
    (a, b), (c, d) = one.span(), other.span()
    return (a is None or d is None or a < d) and (c is None or b is None or c < b)


def _when(one: FlagStatement) -> str:
    if one.since or one.until:
        return f"{one.since or 'start not stated'} to {one.until or 'end not stated'}"
    return f"as of {one.as_of}" if one.as_of else "no date stated"
