"""One entry of a register or a list of designations: what it says of a ship or of a company.

Nothing here is weighed or mended: a number that fails its check digit is kept and said to fail, a
name is kept as printed, and what a list does not say is empty, never filled in from another list.
Dates are ISO 8601 as far as the source knows them: ``2018``, ``2018-03`` or ``2018-03-30``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

VESSEL: Final = "Vessel"
PERSON: Final = "Person"
ORGANISATIONS: Final = frozenset({"Company", "Organization", "LegalEntity", "PublicBody"})
"""Schemata of FollowTheMoney that own, manage and operate."""

NameKind = Literal["name", "alias", "weak-alias", "former"]
FlagKind = Literal["stated", "former", "none-identified", "false", "denied"]
"""``denied`` and ``false`` only where the source itself says so; no digit of an MMSI ever does."""
Role = Literal[
    "owner", "registered-owner", "beneficial-owner", "manager", "operator", "charterer", "linked",
    "parent", "director", "insurer", "class",
]  # fmt: skip
"""``linked``: the source says no more than that there is a link."""
ROLES: Final[tuple[Role, ...]] = (
    "owner", "registered-owner", "beneficial-owner", "manager", "operator", "charterer", "linked",
    "parent", "director", "insurer", "class",
)  # fmt: skip
IdentifierKind = Literal[
    "imo", "company-imo", "mmsi", "callsign", "official-number", "hull-number", "other"
]


@dataclass(frozen=True, slots=True)
class Name:
    """A name, and when it was borne as far as the source says."""

    text: str
    kind: NameKind = "name"
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag, and when it was flown as far as the source says."""

    printed: str
    country: str | None
    """ISO 3166 alpha-2; None: none is meant, or the words are not known here."""
    kind: FlagKind = "stated"
    start: str | None = None
    end: str | None = None
    port: str | None = None
    """Port of registry."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number or sign by which the source knows its subject."""

    kind: IdentifierKind
    value: str
    """Digits only for ``imo``, ``company-imo`` and ``mmsi``; as printed otherwise."""
    printed: str
    well_formed: bool | None = None
    """Whether the check digit holds, or the form; None where there is no such test."""
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """Someone who owns, manages or operates the subject, or is linked with it, by the source.

    A person is kept by the source's own id and nothing else.
    """

    role: Role
    name: str | None
    entry_id: str | None = None
    """Id of that party's own entry in the same file, where the source gives one."""
    company_imo: str | None = None
    country: str | None = None
    """ISO 3166 alpha-2."""
    person: bool = False
    start: str | None = None
    end: str | None = None
    printed: str | None = None
    """The words of the source for the relation."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A designation: by whom, under what, since when, why as reported."""

    authority: str
    list_key: str
    """``ofac/sdn``, ``eu/32017R1509``: what is compared from one snapshot to the next."""
    list_name: str
    programme: str | None = None
    designation: str | None = None
    """The list's own number of the entry."""
    measure: str | None = None
    listed_on: str | None = None
    delisted_on: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """Sizes and origin of a hull, as far as the source says; None is unknown."""

    ship_type: str | None = None
    built: str | None = None
    yard: str | None = None
    yard_country: str | None = None
    hull_number: str | None = None
    class_society: str | None = None
    sisters: tuple[str, ...] = ()
    deadweight_t: float | None = None
    gross_tonnage: float | None = None
    length_m: float | None = None
    beam_m: float | None = None
    depth_m: float | None = None
    draught_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEntry:
    """What one list says of one subject.

    Examples:
        >>> entry = RegisterEntry(entry_id="15036", locator="row 11", schema="Vessel",
        ...     names=(Name("ARTAVIL"),),
        ...     identifiers=(Identifier("imo", "9187629", "IMO 9187629", True),))
        >>> subject_of_entry(entry, "ofac/sdn")
        'imo:9187629'

    """

    entry_id: str
    """The source's own id of the entry, else ``row N``."""
    locator: str
    """Where in the source it stands."""
    schema: str
    """Of FollowTheMoney: ``Vessel``, ``Company``, ``Organization``, ``LegalEntity``, ``Person``."""
    names: tuple[Name, ...] = ()
    flags: tuple[Flag, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    parties: tuple[Party, ...] = ()
    listings: tuple[Listing, ...] = ()
    particulars: Particulars = Particulars()
    countries: tuple[str, ...] = ()
    """Of a company, ISO 3166 alpha-2."""
    remarks: str | None = None
    """What the source says beyond its columns, as printed."""
    notes: tuple[str, ...] = ()
    """What the reader could not make out of it, in sentences."""
    raw: str | None = None
    """The row or the element, where it is text of a sensible length."""
    as_of: str | None = None
    """Day for which this very entry holds, where the source dates each entry."""

    def first(self, kind: IdentifierKind) -> Identifier | None:
        """The first identifier of a kind; of IMO numbers a well-formed one before others."""
        found = [one for one in self.identifiers if one.kind == kind]
        return next((one for one in found if one.well_formed), found[0] if found else None)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be read, kept with the reason."""

    locator: str
    code: str
    """``no-name-no-number``, ``columns``, ``not-json``, …"""
    reason: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a file is as a whole: whose list, of which day."""

    format: str
    """``table``, ``ofac-sdn-csv``, ``eu-journal``, ``ftm``, …"""
    day: str | None
    """ISO 8601, as exact as is known; None: not known."""
    day_from: str
    """What the day rests on, or why there is none."""
    lists: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Lists that the file holds whole, by key: from its absence in one, something follows."""
    told: tuple[str, ...] = ()
    """What was guessed in reading it, in sentences."""


def company_subject(name: str, entry_id: str | None, company_imo: str | None, key: str) -> str:
    """The subject under which a company stands: its IMO number, else its entry in that list.

    Two lists that name a company alike are not joined here: whether they mean one company is for
    whoever compares names.
    """
    if company_imo:
        return f"company:{company_imo}"
    if entry_id:
        return f"entry:{key}/{entry_id}"
    return f"entry:{key}/name-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def subject_of_entry(entry: RegisterEntry, key: str) -> str:
    """The subject of an entry's claims.

    A ship goes by a well-formed IMO number, else by an MMSI, else by its entry: a name is no
    subject, for many ships bear one.

    Args:
        entry: a ship or a company.
        key: of its list, such as ``ofac/sdn``.

    """
    if entry.schema != VESSEL:
        imo = entry.first("company-imo")
        return company_subject(
            entry.names[0].text if entry.names else "",
            entry.entry_id,
            imo.value if imo is not None and imo.well_formed else None,
            key,
        )
    imo = entry.first("imo")
    if imo is not None and imo.well_formed:
        return f"imo:{int(imo.value)}"
    mmsi = entry.first("mmsi")
    if imo is None and mmsi is not None and mmsi.well_formed:
        return f"mmsi:{mmsi.value}"
    return f"entry:{key}/{entry.entry_id}"
