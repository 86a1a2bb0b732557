"""EU listings: the acts' annexes as tables, one row a listing, and the consolidated financial list.

An annex table comes in two kinds: consolidated files hold the annexes of a framework act whole,
amendment files the additions of one act. Cells are as printed, several values parted by
semicolons. An extract of ships has the file's name in its first column. One ship under two
measures stands in two rows: both are kept, as two listings of one ship.

The consolidated financial sanctions list ("FSF") has one row for each name, number or regulation
of an entity, which are put together here; it lists no ships as such, so a ship is told by an IMO
number with the right check digit or by the word vessel or ship in its remarks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from quaywatch.vessels.register import (
    VESSEL,
    Identifier,
    Listing,
    Name,
    NameKind,
    RegisterEntry,
    Rejected,
)
from quaywatch.vessels.register_countries import country_code, flag_of
from quaywatch.vessels.register_text import (
    clean,
    company_imo_of,
    date_of,
    imo_of,
    mmsi_of,
    text_identifier,
    values_of,
)

AUTHORITY: Final = "EU"
FSF: Final = ("eu/fsf", "Consolidated list of persons, groups and entities (financial sanctions)")
_SHIPPING: Final = re.compile(r"(?i)\b(?:ship\w*|vessel\w*|marine|maritime|imo)\b")
_A_SHIP: Final = re.compile(r"(?i)\b(?:vessel|ship|tanker|m/?v)\b")
_NAMES: Final[Mapping[str, NameKind]] = {
    "alias": "alias", "weakAlias": "weak-alias", "previousName": "former",
}  # fmt: skip
_IN_NAME: Final = re.compile(r"(?i)\s*\((?:ex|f\.?k\.?a\.?|formerly)[:\s]+([^()]+)\)\s*$")


def act_of(celex: str) -> tuple[str, str]:
    """Key and name of the list that an act's annexes are.

    Examples:
        >>> act_of("32017R1509.csv")
        ('eu/32017R1509', 'EU act 32017R1509')

    """
    bare = re.sub(r"(?i)\.csv(?:\.gz)?$", "", celex.strip())
    return f"eu/{bare}", f"EU act {bare}"


def read_annexes(rows: Iterable[Mapping[str, str]]) -> Iterator[RegisterEntry | Rejected]:
    """Entries of consolidated, amendment and extract files; natural persons are not kept.

    Args:
        rows: by column of the header.

    Examples:
        >>> row = {"file": "32017R1509.csv", "programKey": "EU-PRK", "annex": "XIV.B",
        ...     "measure": "Transportation restrictions", "startDate": "22.10.2018",
        ...     "name": "SHANG YUAN BAO", "imo": "8126070", "mmsi": "", "flag": ""}
        >>> entry = next(read_annexes([row]))
        >>> entry.listings[0].list_key, entry.listings[0].listed_on
        ('eu/32017R1509', '2018-10-22')
        >>> entry.first("imo").well_formed
        True

    """
    for number, row in enumerate(rows, start=2):
        raw = ",".join(str(cell or "") for cell in row.values())
        schema = clean(row.get("schema")) or VESSEL
        name = clean(row.get("name"))
        where = f"row {number}"
        if None in row:
            yield Rejected(where, "columns", "it has more cells than the header", raw)
        elif schema == "Person":
            yield Rejected(where, "person", "natural persons are not kept")
        elif schema == "Asset":
            yield Rejected(where, "asset", "neither a ship nor a company", raw)
        elif name is None:
            yield Rejected(where, "no-name-no-number", "it has no name", raw)
        else:
            yield _annex_entry(row, schema, name, where, raw)


def _annex_entry(
    row: Mapping[str, str], schema: str, name: str, where: str, raw: str
) -> RegisterEntry:
    act = row.get("amendmentCelex") or row.get("celex") or row.get("file") or "unknown"
    started = clean(row.get("startDate"))
    notes = [f"Date not read: {started}"] if started and date_of(started) is None else []
    numbers = list(_annex_numbers(row, schema, name, notes))
    names = [*_names_in(name)]
    for column, kind in _NAMES.items():
        names += [Name(text, kind) for text in values_of(row.get(column))]
    flags = [flag_of(text) for text in values_of(row.get("flag"))]
    countries = [
        code
        for column in ("jurisdiction", "country")
        for text in values_of(row.get(column))
        if (code := country_code(text))
    ]
    parts = [clean(row.get("programKey")), clean(row.get("annex"))]
    listing = Listing(
        AUTHORITY,
        *act_of(act),
        programme=", annex ".join(part for part in parts if part) or None,
        designation=clean(row.get("recordId")),
        measure=clean(row.get("measure")),
        listed_on=date_of(started),
        reason=clean(row.get("reason")),
    )
    return RegisterEntry(
        entry_id=_annex_id(row, where),
        locator=where,
        schema=schema,
        names=tuple({(one.text, one.kind): one for one in names}.values()),
        flags=tuple(flag for flag in flags if flag is not None),
        identifiers=tuple({(one.kind, one.value): one for one in numbers}.values()),
        listings=(listing,),
        countries=tuple(dict.fromkeys(countries)) if schema != VESSEL else (),
        remarks="; ".join(values_of(row.get("notes"))) or None,
        notes=tuple(notes),
        raw=raw if len(raw) <= 8_000 else None,
    )


def _annex_id(row: Mapping[str, str], where: str) -> str:
    """What tells the entry in that act: its number, else annex and IMO number, else the row."""
    annex = clean(row.get("annex")) or ""
    number = clean(row.get("recordId"))
    if number:
        return f"{annex}/{clean(row.get('schema')) or ''}/{number}".strip("/")
    printed = clean(row.get("imoNumber")) or clean(row.get("imo"))
    imo = imo_of(printed) if printed else None
    return f"{annex}/{imo.value}" if imo is not None else f"{annex}/{where}"


def _names_in(name: str) -> list[Name]:
    """The name as printed; a former one that the cell itself labels so is told apart.

    Other brackets are left alone: what stands in them the source does not say.
    """
    found = _IN_NAME.search(name)
    if found is None:
        return [Name(name)]
    return [Name(name[: found.start()].strip()), Name(found[1].strip(), "former")]


def _annex_numbers(
    row: Mapping[str, str], schema: str, name: str, notes: list[str]
) -> Iterator[Identifier]:
    for text in values_of(row.get("imoNumber") or row.get("imo")):
        one = imo_of(text) if schema == VESSEL else company_imo_of(text)
        if one is not None:
            yield one
        else:
            notes.append(f"IMO number as printed: {text}")
    for text in values_of(row.get("mmsi")):
        if (one := mmsi_of(text)) is not None:
            yield one
    about = f"{name} {row.get('reason') or ''} {row.get('notes') or ''}"
    for column in ("registrationNumber", "idNumber"):
        for text in values_of(row.get(column)):
            company = company_imo_of(text) if schema != VESSEL else None
            if company and company.well_formed and text.isdigit() and _SHIPPING.search(about):
                notes.append(f"{text} is read as an IMO company number: its check digit holds.")
                yield company
            elif (other := text_identifier("official-number", text)) is not None:
                yield other


@dataclass(slots=True)
class FsfEntity:
    """What the rows or elements of one entity say, put together."""

    entry_id: str
    kind: str = ""
    names: dict[tuple[str, NameKind], Name] = field(default_factory=dict)
    numbers: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """(kind, number) as printed → the same."""
    listings: dict[tuple[str | None, str | None], Listing] = field(default_factory=dict)
    countries: dict[str, None] = field(default_factory=dict)
    remarks: dict[str, None] = field(default_factory=dict)
    reference: str | None = None
    designated_on: str | None = None

    def entry(self, where: str) -> RegisterEntry | Rejected:
        """As an entry; of a natural person nothing."""
        if self.kind.casefold() in {"p", "person"}:
            return Rejected(where, "person", "natural persons are not kept")
        if not self.names:
            return Rejected(where, "no-name-no-number", "it has no name")
        remarks = " ".join(self.remarks) or None
        ships = [
            one
            for kind, text in self.numbers.values()
            if "imo" in f"{kind} {text}".casefold() and (one := imo_of(text)) and one.well_formed
        ]
        first = next(iter(self.names.values())).text
        ship = self.kind.casefold() in {"vessel", "ship", "v"} or (
            bool(ships) and _A_SHIP.search(f"{first} {remarks or ''}") is not None
        )
        return RegisterEntry(
            entry_id=self.entry_id,
            locator=where,
            schema=VESSEL if ship else "LegalEntity",
            names=tuple(self.names.values()),
            identifiers=tuple(self._identifiers(ship=ship)),
            listings=tuple(self.listings.values())
            or (Listing(AUTHORITY, *FSF, designation=self.reference),),
            countries=tuple(self.countries),
            remarks=remarks,
        )

    def _identifiers(self, *, ship: bool) -> Iterator[Identifier]:
        for kind, text in self.numbers.values():
            imo = "imo" in f"{kind} {text}".casefold()
            one = (imo_of if ship else company_imo_of)(text) if imo else None
            one = one or text_identifier("official-number", text)
            if one is not None:
                yield one

    def name(self, text: str | None, *, strong: bool) -> None:
        """Add a name."""
        if text:
            kind: NameKind = "name" if not self.names else "alias" if strong else "weak-alias"
            if not any(text == known for known, _ in self.names):
                self.names[text, kind] = Name(text, kind)

    def regulation(self, programme: str | None, title: str | None, on: str | None) -> None:
        """Add a regulation that lists it."""
        known = (programme, title)
        if any(known) and known not in self.listings:
            self.listings[known] = Listing(
                AUTHORITY, *FSF, programme=programme, designation=self.reference, measure=title,
                listed_on=self.designated_on or on,
            )  # fmt: skip


def read_fsf(rows: Iterable[Mapping[str, str]]) -> Iterator[RegisterEntry | Rejected]:
    """Entities of the consolidated list as CSV: rows of one entity stand together.

    Examples:
        >>> row = {"Entity_LogicalId": "13", "Entity_SubjectType": "enterprise",
        ...     "Entity_Regulation_Programme": "PRK", "NameAlias_WholeName": "EXAMPLE SHIPPING"}
        >>> next(read_fsf([row])).listings[0].programme
        'PRK'

    """
    entity, first = None, 0
    for number, raw in enumerate(rows, start=2):
        row: dict[str, Any] = {k.strip("\ufeff"): clean(v) for k, v in raw.items() if k}
        entry_id = row.get("Entity_LogicalId")
        if not entry_id:
            yield Rejected(f"row {number}", "columns", "it names no entity", str(raw)[:500])
            continue
        if entity is None or entity.entry_id != entry_id:
            if entity is not None:
                yield entity.entry(f"row {first}")
            entity, first = FsfEntity(entry_id), number
        _fsf_row(entity, row)
    if entity is not None:
        yield entity.entry(f"row {first}")


def _fsf_row(entity: FsfEntity, row: Mapping[str, str | None]) -> None:
    entity.kind = (
        row.get("Entity_SubjectType_ClassificationCode")
        or row.get("Entity_SubjectType")
        or entity.kind
    )
    entity.reference = row.get("Entity_EU_ReferenceNumber") or entity.reference
    entity.designated_on = date_of(row.get("Entity_DesignationDate")) or entity.designated_on
    if remark := row.get("Entity_Remark") or row.get("Entity_DesignationDetails"):
        entity.remarks[remark] = None
    entity.name(row.get("NameAlias_WholeName"), strong=True)
    if number := row.get("Identification_Number"):
        kind = row.get("Identification_TypeCode") or ""
        entity.numbers[kind, number] = (kind, number)
    country = row.get("Address_CountryIso2Code") or row.get("Address_CountryDescription")
    if country and (code := country_code(country)):
        entity.countries[code] = None
    entity.regulation(
        row.get("Entity_Regulation_Programme"),
        row.get("Entity_Regulation_NumberTitle"),
        date_of(row.get("Entity_Regulation_EntryIntoForceDate")),
    )
