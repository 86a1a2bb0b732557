"""OFAC's lists in their delimited form: ``sdn.csv`` with ``alt.csv`` beside it, and extracts of it.

Twelve columns without a header: number, name, type, programmes, title, call sign, vessel type,
tonnage, gross registered tonnage, flag, owner, remarks; ``-0-`` stands for nothing. ``tonnage`` is
what the printed list calls DWT. What else is known of a ship stands in the remarks, parted by
semicolons: IMO number, MMSI, former flags, former names, whom she is linked to. Natural persons are
counted and nothing of them is kept.

Source:
    OFAC, "Specially Designated Nationals data formats" (data specification of the delimited files).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from quaywatch.vessels.register import (
    VESSEL,
    Flag,
    Identifier,
    Listing,
    Name,
    NameKind,
    Particulars,
    Party,
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
    number_of,
    text_identifier,
)

AUTHORITY: Final = "OFAC"
SDN: Final = ("ofac/sdn", "Specially Designated Nationals and Blocked Persons List")
CONSOLIDATED: Final = ("ofac/consolidated", "Consolidated Sanctions List (non-SDN)")
COLUMNS: Final = (
    "ent_num", "name", "type", "program", "title", "call_sign", "vessel_type", "tonnage", "grt",
    "flag", "owner", "remarks",
)  # fmt: skip
_KINDS: Final[Mapping[str, NameKind]] = {"a.k.a.": "alias", "f.k.a.": "former", "n.k.a.": "name"}
_ALIAS: Final = re.compile(
    r"(?i)^(?:alt\. )?([afn]\.k\.a\.),?\s+['\"\u2018\u201c]?(.+?)['\"\u2019\u201d]?$"
)
_FLAG: Final = re.compile(r"(?i)^(?:alt\. )?(former|other)?\s*vessel flag:?\s+(.+)$")
_REGISTRATION: Final = re.compile(r"(?i)^(?:alt\. )?vessel registration identification:?\s+(.+)$")
_MMSI: Final = re.compile(r"(?i)^(?:alt\. )?(?:maritime mobile.*\(?MMSI\)?|MMSI):?\s+(\d[\d ]*)")
_IMO: Final = re.compile(r"(?i)^(?:alt\. )?(?:IMO|vessel imo)\b.*?(\d{5,9})")
_COMPANY_IMO: Final = re.compile(r"(?i)company (?:imo|number).*?\bIMO\s*(\d{7})")
_CALLSIGN: Final = re.compile(r"(?i)^(?:alt\. )?(?:other )?vessel call sign:?\s+(\S.*)$")
_BUILT: Final = re.compile(r"(?i)^(?:alt\. )?vessel year of build:?\s+(\d{4})")
_LINKED: Final = re.compile(r"(?i)^(?:alt\. )?linked to:?\s+(.+)$")
_PERSON: Final = re.compile(r"^[A-Z][A-Z'\- ]+, [A-Z][a-z]")
"""So OFAC writes natural persons, and companies in capitals throughout."""
_TYPE: Final = re.compile(r"(?i)^(?:alt\. )?other vessel type:?\s+(\S.*)$")


class Known(NamedTuple):
    """An entry that others may be linked to."""

    entry_id: str
    person: bool


def read_sdn(
    rows: Iterable[Sequence[str]],
    *,
    others: Mapping[str, Sequence[Name]],
    known: Mapping[str, Known] = MappingProxyType({}),
    listed: tuple[str, str] = SDN,
) -> Iterator[RegisterEntry | Rejected]:
    """Entries of ``sdn.csv``, or of a list laid out like it.

    Args:
        rows: cells, the header too if there is one.
        others: names out of ``alt.csv``, by number of the entry.
        known: entries by name, to tell whom a ship is linked to; see ``known_names``.
        listed: key and name of the list.

    Examples:
        >>> row = ["15036", "ARTAVIL", "vessel", "IRAN] [IFSR", "-0- ", "T2EU4", "Tanker",
        ...     "99,144", "56,068", "Iran", "-0- ", "Former Vessel Flag Malta; Vessel "
        ...     "Registration Identification IMO 9187629; f.k.a. 'ALPHA'; Linked To: NITC."]
        >>> entry = next(read_sdn([row], others={}))
        >>> [n.text for n in entry.names], entry.particulars.deadweight_t
        (['ARTAVIL', 'ALPHA'], 99144.0)
        >>> [(f.country, f.kind) for f in entry.flags], entry.parties[0].name
        ([('IR', 'stated'), ('MT', 'former')], 'NITC')
        >>> entry.listings[0].programme
        'IRAN; IFSR'

    """
    for number, cells in enumerate(rows, start=1):
        if len(cells) < 4 or not cells[0].strip().isdigit():
            # OFAC ends its files with a control character on a line of its own.
            if number > 1 and "".join(cells).strip(" \x1a,"):
                yield Rejected(f"row {number}", "columns", "it has no number", ",".join(cells))
            continue
        row = dict(zip(COLUMNS, [*cells, *[""] * 12], strict=False))
        entry = _entry(row, number, others, listed, ",".join(cells))
        yield entry if isinstance(entry, Rejected) else _with_known(entry, known)


def read_extract(rows: Iterable[Mapping[str, str]]) -> Iterator[RegisterEntry | Rejected]:
    """Entries of an extract of ships: the same with a header, and IMO number and MMSI set apart."""
    for number, row in enumerate(rows, start=2):
        raw = ",".join(str(cell or "") for cell in row.values())
        if not clean(row.get("ent_num")) or not clean(row.get("name")):
            yield Rejected(f"row {number}", "no-name-no-number", "it has no number or no name", raw)
            continue
        entry = _entry({**row, "type": "vessel"}, number, {}, SDN, raw)
        if isinstance(entry, Rejected):
            yield entry
            continue
        found = [imo_of(row.get("imo") or ""), mmsi_of(row.get("mmsi") or "")]
        had = {(one.kind, one.value) for one in entry.identifiers}
        new = [one for one in found if one is not None and (one.kind, one.value) not in had]
        yield _with_known(replace(entry, identifiers=(*entry.identifiers, *new)), {})


def alt_names(rows: Iterable[Sequence[str]]) -> dict[str, list[Name]]:
    """Other names out of ``alt.csv``: number, number of the name, kind, name, remarks.

    Examples:
        >>> alt_names([["15036", "1", "fka", "ALPHA", "-0- "]])["15036"][0].kind
        'former'

    """
    found: dict[str, list[Name]] = {}
    for cells in rows:
        if len(cells) >= 4 and cells[0].strip().isdigit() and (text := clean(cells[3])):
            kind: NameKind = "former" if cells[2].strip().casefold() == "fka" else "alias"
            found.setdefault(cells[0].strip(), []).append(Name(text, kind))
    return found


def known_names(rows: Iterable[Sequence[str]]) -> dict[str, Known]:
    """Entries by name, but for ships, aircraft and names that two entries bear."""
    found: dict[str, Known] = {}
    twice: set[str] = set()
    for cells in rows:
        if len(cells) < 4 or not cells[0].strip().isdigit():
            continue
        name, kind = (clean(cells[1]) or "").casefold(), clean(cells[2])
        if kind in {"vessel", "aircraft"} or not name:
            continue
        twice |= {name} & found.keys()
        found[name] = Known(cells[0].strip(), kind == "individual")
    return {name: one for name, one in found.items() if name not in twice}


def _with_known(entry: RegisterEntry, known: Mapping[str, Known]) -> RegisterEntry:
    """Parties with their own entries; of a person only the id is left, in the raw text too."""
    parties: list[Party] = []
    persons: list[str] = []
    for party in entry.parties:
        name = party.name or ""
        # The full stop of an abbreviation may have been taken for the end of the remarks.
        one = known.get(name.casefold()) or known.get(f"{name}.".casefold())
        person = _PERSON.match(name) is not None if one is None else one.person
        if person:
            persons.append(name)
            number = None if one is None else one.entry_id
            parties.append(replace(party, name=None, person=True, entry_id=number))
        elif one is None:
            parties.append(party)
        else:
            parties.append(replace(party, entry_id=one.entry_id))
    if not persons:
        return replace(entry, parties=tuple(parties))
    remarks = entry.remarks or ""
    for name in persons:
        remarks = remarks.replace(name, "a natural person")
    return replace(entry, parties=tuple(parties), remarks=remarks or None, raw=None)


def programmes_of(text: object) -> str | None:
    """Programmes as OFAC brackets them: ``IRAN] [IFSR``.

    Examples:
        >>> programmes_of("[DPRK4]"), programmes_of("IRAN] [NPWMD")
        ('DPRK4', 'IRAN; NPWMD')

    """
    parts = [clean(part) for part in re.split(r"[\[\]]", str(text or ""))]
    return "; ".join(part for part in parts if part) or None


def _entry(
    row: Mapping[str, Any],
    number: int,
    others: Mapping[str, Sequence[Name]],
    listed: tuple[str, str],
    raw: str,
) -> RegisterEntry | Rejected:
    entry_id, kind = str(row["ent_num"]).strip(), clean(row.get("type"))
    where, name = f"row {number}", clean(row["name"])
    if kind == "individual":
        return Rejected(where, "person", "natural persons are not kept")
    if kind == "aircraft":
        return Rejected(where, "aircraft", "aircraft are not kept", raw)
    if name is None:
        return Rejected(where, "no-name-no-number", "it has no name", raw)
    ship = kind == "vessel"
    told = Remarks(ship=ship)
    remarks = clean(row.get("remarks"))
    for part in parts_of(remarks):
        told.take(part)
    names = [Name(name), *told.names, *others.get(entry_id, ())]
    listing = Listing(AUTHORITY, *listed, programmes_of(row.get("program")), entry_id)
    fields: dict[str, Any] = {}
    if ship:
        call = text_identifier("callsign", str(row.get("call_sign") or ""))
        flag = flag_of(row.get("flag"))
        owner = clean(row.get("owner"))
        fields = {
            "flags": tuple(dict.fromkeys([*([flag] if flag else []), *told.flags])),
            "parties": (
                *((Party("owner", owner, printed="Vessel Owner"),) if owner else ()),
                *told.parties,
            ),
            "particulars": Particulars(
                ship_type=clean(row.get("vessel_type")) or next(iter(told.types), None),
                built=told.built,
                deadweight_t=number_of(row.get("tonnage")),
                gross_tonnage=number_of(row.get("grt")),
            ),
        }
        told.identifiers[:0] = [call] if call else []
    else:
        fields = {"parties": tuple(told.parties), "countries": tuple(told.countries)}
    return RegisterEntry(
        entry_id=entry_id,
        locator=where,
        schema=VESSEL if ship else "Organization",
        names=tuple({(n.text, n.kind): n for n in names}.values()),
        identifiers=tuple({(i.kind, i.value): i for i in told.identifiers}.values()),
        listings=(listing,),
        remarks=remarks,
        notes=tuple(told.notes),
        raw=raw if len(raw) <= 8_000 else None,
        **fields,
    )


def parts_of(remarks: str | None) -> list[str]:
    """The statements of remarks; a semicolon inside brackets parts nothing.

    Examples:
        >>> parts_of("IMO 9187629; Linked To: A (B; C) CO.")
        ['IMO 9187629', 'Linked To: A (B; C) CO']

    """
    parts: list[str] = []
    depth, part = 0, ""
    for sign in remarks or "":
        depth = max(0, depth + (sign == "(") - (sign == ")"))
        if sign == ";" and depth == 0:
            parts, part = [*parts, part], ""
        else:
            part += sign
    last = part.strip()
    # The full stop closes the remarks; that of "LTD." or "CO." cannot be told from it.
    if last.endswith(".") and not re.search(r"\.[A-Za-z]\.$", last):
        last = last[:-1]
    return [one for one in (*(p.strip() for p in parts), last) if one]


class Remarks:
    """What the statements of remarks say, taken one by one."""

    def __init__(self, *, ship: bool) -> None:
        self.ship = ship
        self.names: list[Name] = []
        self.flags: list[Flag] = []
        self.identifiers: list[Identifier] = []
        self.parties: list[Party] = []
        self.types: list[str] = []
        self.countries: list[str] = []
        self.notes: list[str] = []
        self.built: str | None = None

    def take(self, part: str) -> None:
        """Read one statement; one of another kind is left in the remarks."""
        if found := _ALIAS.match(part):
            self.names.append(Name(found[2].strip(), _KINDS[found[1].lower()]))
        elif found := _LINKED.match(part):
            self.parties.append(Party("linked", found[1].strip(), printed="Linked To"))
        elif self.ship:
            self._of_ship(part)
        elif found := _COMPANY_IMO.search(part):
            self._add(company_imo_of(found[1]))
        elif found := re.match(
            r"(?i)(?:organization established date|date of formation)\s+(.+)", part
        ):
            # Of no use for ships, but a date that is misread as another's would be worse.
            self.notes += [] if date_of(found[1]) else [f"Date not read: {found[1]}"]
        elif found := re.match(r"(?i)nationality of registration\s+(.+)", part):
            country = country_code(found[1])
            self.countries += [country] if country else []

    def _of_ship(self, part: str) -> None:
        if found := _FLAG.match(part):
            flag = flag_of(found[2], former=(found[1] or "").lower() == "former")
            self.flags += [flag] if flag else []
        elif found := _REGISTRATION.match(part):
            self._registered(found[1])
        elif found := _MMSI.match(part):
            self._add(mmsi_of(found[1]))
        elif found := _IMO.match(part):
            self._add(imo_of(found[1]))
        elif found := _CALLSIGN.match(part):
            self._add(text_identifier("callsign", found[1]))
        elif found := _BUILT.match(part):
            self.built = found[1]
        elif found := _TYPE.match(part):
            self.types.append(found[1].strip())

    def _registered(self, printed: str) -> None:
        if re.search(r"(?i)\bIMO\b", printed):
            self._add(imo_of(printed))
            return
        self._add(text_identifier("official-number", printed))
        told = imo_of(printed)
        if told is not None and told.well_formed and printed.strip() == told.value:
            self.notes.append(
                f"{told.value} is printed without the word IMO; it has the check digit of one."
            )

    def _add(self, one: Identifier | None) -> None:
        if one is not None:
            self.identifiers.append(one)
