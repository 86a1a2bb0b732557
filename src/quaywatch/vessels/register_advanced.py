"""OFAC's advanced XML (``SDN_ADVANCED.XML``), which keeps every fact behind a number.

Its tables come before its parties, and the relations and listings after them: ships and companies
are held until the end, as a few texts each; the rest of the file is let go as it is read.

Source:
    OFAC, Sanctions Data Model, "Advanced Sanctions Data Model FAQ" and ``ADVANCED_XML.xsd``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final, NamedTuple
from xml.etree import ElementTree as ET

from quaywatch.vessels.register import (
    VESSEL,
    Listing,
    Name,
    NameKind,
    Particulars,
    Party,
    RegisterEntry,
    Rejected,
)
from quaywatch.vessels.register_countries import country_code
from quaywatch.vessels.register_ofac import AUTHORITY, CONSOLIDATED, SDN, Remarks
from quaywatch.vessels.register_text import clean, number_of
from quaywatch.vessels.register_xml import bare, children, elements, text

_TABLES: Final = frozenset({
    "AliasType", "AreaCode", "Country", "DetailReference", "FeatureType", "IDRegDocType", "List",
    "PartySubType", "PartyType", "RelationType", "SanctionsProgram", "SanctionsType",
})  # fmt: skip
_READ: Final = (
    "ReferenceValueSets", "Location", "IDRegDocument", "DistinctParty", "ProfileRelationship",
    "SanctionsEntry",
)  # fmt: skip
_ALIASES: Final[dict[str, NameKind]] = {"f.k.a.": "former", "a.k.a.": "alias", "name": "name"}
Tables = dict[str, dict[str, str]]


class _Known(NamedTuple):
    """What came before the parties."""

    tables: Tables
    documents: dict[str, list[str]]
    """By identity."""
    places: dict[str, str]
    """Country, by location."""


@dataclass(slots=True)
class _Held:
    """A party until all of it is read."""

    entry: RegisterEntry
    person: bool = False
    parties: list[Party] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)


def advanced_day(file: BinaryIO) -> str | None:
    """Day of issue."""
    for element in elements(file, "DateOfIssue", "ReferenceValueSets"):
        return _date(element)
    return None


def read_advanced(file: BinaryIO) -> Iterator[RegisterEntry | Rejected]:
    """Entries of the advanced XML, in the order of its parties."""
    tables: Tables = {name: {} for name in _TABLES}
    documents: dict[str, list[str]] = {}
    held: dict[str, _Held] = {}
    places: dict[str, str] = {}
    for element in elements(file, *_READ):
        name = bare(element.tag)
        if name == "ReferenceValueSets":
            _take_tables(element, tables)
        elif name == "Location":
            _take_place(element, tables, places)
        elif name == "IDRegDocument":
            _take_document(element, tables, documents)
        elif name == "DistinctParty":
            yield from _take_party(element, _Known(tables, documents, places), held)
        elif name == "ProfileRelationship":
            _take_relation(element, tables, held)
        else:
            _take_listing(element, tables, held)
    for one in held.values():
        if not one.person:
            yield replace(
                one.entry,
                parties=tuple(one.parties),
                listings=tuple(one.listings) or _unlisted(one),
            )


def _unlisted(one: _Held) -> tuple[Listing, ...]:
    return (Listing(AUTHORITY, *SDN, designation=one.entry.entry_id),)


def _take_tables(element: ET.Element, tables: Tables) -> None:
    for table in element.iter():
        name = bare(table.tag)
        if name in tables and table.get("ID") and clean(table.text):
            tables[name][str(table.get("ID"))] = str(clean(table.text))


def _take_place(element: ET.Element, tables: Tables, places: dict[str, str]) -> None:
    for one in children(element, "LocationCountry"):
        if found := tables["Country"].get(one.get("CountryID") or ""):
            places[element.get("ID") or ""] = found
            return


def _take_document(element: ET.Element, tables: Tables, documents: dict[str, list[str]]) -> None:
    kind = tables["IDRegDocType"].get(element.get("IDRegDocTypeID") or "", "")
    number = text(element, "IDRegistrationNo")
    if number:
        documents.setdefault(element.get("IdentityID") or "", []).append(f"{kind} {number}")


def _take_party(element: ET.Element, known: _Known, held: dict[str, _Held]) -> Iterator[Rejected]:
    for profile in children(element, "Profile"):
        uid = element.get("FixedRef") or profile.get("ID") or "?"
        kind = known.tables["PartySubType"].get(profile.get("PartySubTypeID") or "", "").casefold()
        person = kind in {"individual", "person"} or (
            kind == "unknown" and not children(profile, "Feature")
        )
        if kind in {"individual", "person"}:
            yield Rejected(f"party {uid}", "person", "natural persons are not kept")
        elif kind == "aircraft":
            yield Rejected(f"party {uid}", "aircraft", "aircraft are not kept")
            continue
        entry = _party_entry(profile, uid, known, ship=kind == "vessel")
        if not entry.names and not person:
            yield Rejected(f"party {uid}", "no-name-no-number", "it has no name")
            continue
        key = profile.get("ID") or uid
        held[key] = _Held(
            # Of a person only the number is needed, to say to whom a ship is linked.
            replace(entry, names=(), parties=(), identifiers=()) if person else entry,
            person=person,
            parties=[] if person else list(entry.parties),
        )


def _party_entry(profile: ET.Element, uid: str, known: _Known, *, ship: bool) -> RegisterEntry:
    told = Remarks(ship=ship)
    own: dict[str, str] = {}
    countries: dict[str, None] = {}
    for identity in children(profile, "Identity"):
        for document in known.documents.pop(identity.get("ID") or "", ()):
            told.take(document)
    for feature in children(profile, "Feature"):
        kind = known.tables["FeatureType"].get(feature.get("FeatureTypeID") or "", "")
        for value in _details(feature, known):
            if ship and kind.upper() in {"VESSEL TYPE", "VESSEL OWNER", "VESSEL TONNAGE",
                                         "VESSEL GROSS REGISTERED TONNAGE"}:  # fmt: skip
                own.setdefault(kind.upper(), value)
            elif "flag" in kind.lower() and "vessel" not in kind.lower():
                told.take(f"Vessel Flag {value}")
            else:
                told.take(f"{kind} {value}")
            if kind.lower().startswith("nationality of registration") and (
                code := country_code(value)
            ):
                countries[code] = None
    owner = own.get("VESSEL OWNER")
    return RegisterEntry(
        entry_id=uid,
        locator=f"party {uid}",
        schema=VESSEL if ship else "Organization",
        names=tuple(_names(profile, known.tables)),
        flags=tuple(dict.fromkeys(told.flags)) if ship else (),
        identifiers=tuple({(i.kind, i.value): i for i in told.identifiers}.values()),
        parties=(
            *((Party("owner", owner, printed="Vessel Owner"),) if owner else ()),
            *told.parties,
        ),
        countries=tuple(countries),
        notes=tuple(told.notes),
        particulars=Particulars(
            ship_type=own.get("VESSEL TYPE") or next(iter(told.types), None),
            built=told.built,
            deadweight_t=number_of(own.get("VESSEL TONNAGE")),
            gross_tonnage=number_of(own.get("VESSEL GROSS REGISTERED TONNAGE")),
        )
        if ship
        else Particulars(),
    )


def _names(profile: ET.Element, tables: Tables) -> Iterator[Name]:
    aliases = children(profile, "Identity", "Alias")
    aliases.sort(key=lambda one: one.get("Primary") != "true")
    seen: set[str] = set()
    for alias in aliases:
        kind = tables["AliasType"].get(alias.get("AliasTypeID") or "", "").casefold()
        for documented in children(alias, "DocumentedName"):
            parts = children(documented, "DocumentedNamePart", "NamePartValue")
            name = " ".join(filter(None, (clean(part.text) for part in parts)))
            if name and name not in seen:
                seen.add(name)
                weak = alias.get("LowQuality") == "true"
                told: NameKind = "name" if alias.get("Primary") == "true" else "alias"
                told = "weak-alias" if weak else _ALIASES.get(kind, told)
                # Of one documented name the other scripts are other ways to write it.
                first = alias.get("Primary") == "true" and len(seen) == 1
                yield Name(name, "name" if first else "alias" if told == "name" else told)


def _details(feature: ET.Element, known: _Known) -> Iterator[str]:
    for version in children(feature, "FeatureVersion"):
        for place in children(version, "VersionLocation"):
            if found := known.places.get(place.get("LocationID") or ""):
                yield found
        for detail in children(version, "VersionDetail"):
            told = clean(detail.text)
            reference = detail.get("DetailReferenceID")
            if told is None and reference:
                told = known.tables["DetailReference"].get(reference)
            if told:
                yield told


def _take_relation(element: ET.Element, tables: Tables, held: dict[str, _Held]) -> None:
    one = held.get(element.get("From-ProfileID") or "")
    other = held.get(element.get("To-ProfileID") or "")
    if one is None or other is None or one.person:
        return
    printed = tables["RelationType"].get(element.get("RelationTypeID") or "", "linked")
    lower = printed.casefold()
    role = "owner" if "own" in lower and "control" not in lower else "linked"
    names = other.entry.names
    party = Party(
        "owner" if role == "owner" else "linked",
        None if other.person or not names else names[0].text,
        entry_id=other.entry.entry_id,
        person=other.person,
        printed=printed,
    )
    known = {(p.role, (p.name or "").casefold()) for p in one.parties}
    if other.person or (party.role, (party.name or "").casefold()) not in known:
        one.parties.append(party)


def _take_listing(element: ET.Element, tables: Tables, held: dict[str, _Held]) -> None:
    one = held.get(element.get("ProfileID") or "")
    if one is None:
        return
    name = tables["List"].get(element.get("ListID") or "", "")
    listed = SDN if not name or "SDN" in name.upper() else CONSOLIDATED
    programmes = [
        told
        for measure in children(element, "SanctionsMeasure")
        if tables["SanctionsType"].get(measure.get("SanctionsTypeID") or "") == "Program"
        and (told := text(measure, "Comment"))
    ]
    dates = [_date(one) for one in children(element, "EntryEvent", "Date")]
    known = [day for day in dates if day]
    one.listings.append(
        Listing(
            AUTHORITY,
            *listed,
            programme="; ".join(dict.fromkeys(programmes)) or None,
            designation=one.entry.entry_id,
            listed_on=min(known) if known else None,
        )
    )


def _date(element: ET.Element) -> str | None:
    year, month, day = text(element, "Year"), text(element, "Month"), text(element, "Day")
    if not year:
        return None
    parts = [year, *(f"{int(part):02d}" for part in (month, day) if part and part.isdigit())]
    return "-".join(parts)
