"""Registers as tables, one row a ship or one row a fact about her: CSV, TSV or the like.

Which column holds what is guessed from the header and said, or stated by a mapping. Several values
may share a cell; a row may bear the dates between which it held.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from quaywatch.vessels.register import (
    ROLES,
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
    Role,
)
from quaywatch.vessels.register_columns import Mapped, fields_of, header_words
from quaywatch.vessels.register_countries import country_code, flag_of
from quaywatch.vessels.register_text import (
    clean,
    company_imo_of,
    date_of,
    imo_of,
    mmsi_of,
    number_of,
    role_of,
    text_identifier,
    values_of,
)

_DESIGNATING: Final = frozenset({"programme", "measure", "listed-on", "designation", "reason"})
_ANCHORS: Final = frozenset({"name", "imo", "mmsi", "callsign"})
_TWO_WAYS: Final = re.compile(r"\D*[1-9]\d{0,2}\.\d{3}\D*")
_PERSON: Final = re.compile(r"(?i)^(?:mr|mrs|ms|capt(?:ain)?|dr)\.? ")
SEARCHED_ROWS: Final = 15
"""Lines among which a header is looked for, since offices print titles above their tables."""


def delimiter_of(text: str) -> str:
    r"""The sign that parts the cells: the one that the first lines hold oftenest and evenly.

    Examples:
        >>> delimiter_of("imo;name, as registered\n1;A\n2;B\n"), delimiter_of("imo\tname\n")
        (';', '\t')

    """
    lines = [line for line in text.splitlines()[:SEARCHED_ROWS] if line.strip()]
    if not lines:
        return ","

    def score(sign: str) -> tuple[int, int]:
        counts = [line.count(sign) for line in lines]
        return sum(count > 0 for count in counts), sum(counts)

    return max((",", ";", "\t", "|"), key=score)


def header_of(
    rows: Iterator[list[str]], mapped: Mapped
) -> tuple[list[str], dict[int, str], int] | None:
    """The header, its fields and its row counted from 1; None where no row is one.

    A header names at least two fields, one of which tells the ship.
    """
    for number, row in enumerate(rows, start=1):
        if mapped.header_row is not None and number < mapped.header_row:
            continue
        fields = fields_of(row, mapped)
        named = set(fields.values())
        if len(named) >= 2 and named & _ANCHORS:
            return [cell.strip() for cell in row], fields, number
        if mapped.header_row is not None or number >= SEARCHED_ROWS:
            return None
    return None


def told_of(header: Sequence[str], fields: Mapping[int, str], mapped: Mapped) -> tuple[str, ...]:
    """What was guessed of a header, in sentences."""
    guessed = [
        f"{header[number]!r} is taken for {name}"
        for number, name in fields.items()
        if header_words(header[number]) not in mapped.columns
    ]
    taken = {header_words(header[number]) for number in fields}
    left = [
        f"{cell!r}{' (another of that name)' if header_words(cell) in taken else ''}"
        for number, cell in enumerate(header)
        if number not in fields and cell
    ]
    said = [f"Columns guessed: {', '.join(guessed)}."] if guessed else []
    return (*said, *([f"Columns not read: {', '.join(left)}."] if left else []))


def read_table(
    rows: Iterable[Sequence[str]],
    fields: Mapping[int, str],
    *,
    mapped: Mapped,
    first_row: int,
    listed: tuple[str, str, str],
) -> Iterator[RegisterEntry | Rejected]:
    """Entries of a table.

    Args:
        rows: those below the header.
        fields: column → field.
        mapped: how cells are to be read.
        first_row: number of the first of them.
        listed: key, name and authority of the list.

    Examples:
        >>> entry = next(read_table([["9187629", "ARTAVIL", "99144"]],
        ...     {0: "imo", 1: "name", 2: "dwt-t"}, mapped=Mapped(), first_row=2,
        ...     listed=("register/x", "X", "X")))
        >>> entry.particulars.deadweight_t, entry.listings
        (99144.0, ())

    """
    designates = mapped.designates
    if designates is None:
        designates = bool(_DESIGNATING & set(fields.values()))
    last = max(fields, default=0)
    for number, cells in enumerate(rows, start=first_row):
        raw = ",".join(cells)
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) <= min(last, max(n for n, f in fields.items() if f in _ANCHORS)):
            yield Rejected(f"row {number}", "columns", "it has fewer cells than the header", raw)
            continue
        row = _Row(cells, fields, mapped)
        entry = row.entry(number, raw)
        if isinstance(entry, Rejected) or not designates:
            yield entry
        else:
            yield replace(entry, listings=(row.listing(listed),))


class _Row:
    """The cells of a row by their fields."""

    def __init__(self, cells: Sequence[str], fields: Mapping[int, str], mapped: Mapped) -> None:
        self.mapped = mapped
        self.cells: dict[str, list[str]] = {}
        for number, name in fields.items():
            if number < len(cells) and cells[number].strip():
                self.cells.setdefault(name, []).append(cells[number])
        self.notes: list[str] = []

    def one(self, name: str) -> str | None:
        """The first value of a field."""
        return next((text for cell in self.cells.get(name, ()) if (text := clean(cell))), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        values = chain(*(values_of(c, self.mapped.separator) for c in self.cells.get(name, ())))
        return tuple(dict.fromkeys(values))

    def date(self, name: str) -> str | None:
        """A date, or None and a note where it cannot be read."""
        text = self.one(name)
        found = date_of(text, first=self.mapped.first)
        if text is not None and found is None:
            self.notes.append(f"{name}: the date {text!r} can be read two ways, or none.")
        return found

    def period(self, name: str) -> tuple[str | None, str | None]:
        """From when until when a field holds, by its own dates or the row's."""
        start = self.date(f"{name}.from") or self.date("valid-from")
        return start, self.date(f"{name}.until") or self.date("valid-until")

    def entry(self, number: int, raw: str) -> RegisterEntry | Rejected:
        """The row as an entry."""
        where = f"row {number}"
        schema = self._schema()
        identifiers = tuple(self._identifiers(schema))
        names = tuple(self._names())
        if schema == "Person":
            return Rejected(where, "person", "natural persons are not kept")
        if not names and not identifiers:
            return Rejected(where, "no-name-no-number", "it has neither a name nor a number", raw)
        ship = schema == VESSEL
        return RegisterEntry(
            entry_id=self.one("id") or self.one("designation") or where,
            locator=where,
            schema=schema,
            names=names,
            flags=tuple(self._flags()) if ship else (),
            identifiers=identifiers,
            parties=tuple(self._parties()),
            particulars=self._particulars() if ship else Particulars(),
            countries=tuple(
                code for text in self.all("country") if not ship and (code := country_code(text))
            ),
            remarks=self.one("remarks"),
            as_of=self.date("as-of"),
            notes=tuple(dict.fromkeys(self.notes)),
            raw=raw if len(raw) <= 8_000 else None,
        )

    def listing(self, listed: tuple[str, str, str]) -> Listing:
        """The row as a designation."""
        key, name, authority = listed
        own = self.one("list")
        return Listing(
            authority=self.one("authority") or authority,
            list_key=key if own is None else f"{key}/{header_words(own).replace(' ', '-')}",
            list_name=own or name,
            programme="; ".join(self.all("programme")) or None,
            designation=self.one("designation"),
            measure="; ".join(self.all("measure")) or None,
            listed_on=self.date("listed-on"),
            delisted_on=self.date("delisted-on"),
            reason=self.one("reason"),
        )

    def _schema(self) -> str:
        told = (self.one("schema") or VESSEL).casefold()
        if told in {"company", "organization", "organisation", "legalentity", "entity"}:
            return "Organization"
        # "Ship" and "Vessel" are left, and tables that say nothing: a register is of ships.
        return "Person" if told in {"person", "individual"} else VESSEL

    def _names(self) -> Iterator[Name]:
        kinds: tuple[tuple[str, NameKind], ...] = (
            ("name", "name"), ("alias", "alias"), ("former-name", "former"),
        )  # fmt: skip
        for column, kind in kinds:
            start, end = self.period(column) if column != "alias" else (None, None)
            for text in self.all(column):
                yield Name(text, kind, start, end)

    def _flags(self) -> Iterator[Flag]:
        for column, former in (("flag", False), ("former-flag", True)):
            start, end = self.period(column) if column in self.cells else (None, None)
            # "Unknown" is a placeholder elsewhere; of a flag it is a statement.
            parts = chain(*(c.split(self.mapped.separator) for c in self.cells.get(column, ())))
            for text in dict.fromkeys(parts):
                port = None if former else self.one("port")
                flag = flag_of(text, former=former, start=start, end=end, port=port)
                if flag is not None:
                    yield flag

    def _amount(self, name: str) -> float | None:
        """Tonnes; None and a note where nobody can tell a thousand's stop from a decimal's."""
        text = self.one(name)
        if text is not None and _TWO_WAYS.fullmatch(text):
            self.notes.append(f"{name}: {text!r} can be read two ways, a thousandfold apart.")
            return None
        return number_of(text)

    def _identifiers(self, schema: str) -> Iterator[Identifier]:
        for column, of in (("imo", imo_of), ("mmsi", mmsi_of), ("company-imo", company_imo_of)):
            read = company_imo_of if column == "imo" and schema != VESSEL else of
            for text in self.all(column):
                one = read(text)
                if one is not None:
                    yield one
                else:
                    self.notes.append(f"{column} as printed: {text}")
        for column in ("callsign", "official-number", "hull-number"):
            for text in self.all(column):
                if (one := text_identifier(column, text)) is not None:
                    yield one

    def _parties(self) -> Iterator[Party]:
        for role in ROLES:
            yield from self._party(role, role, None)
        if told := self.one("party-role"):
            yield from self._party("party", role_of(told) or "linked", told)

    def _party(self, column: str, role: Role, printed: str | None) -> Iterator[Party]:
        names = self.all(column)
        if not names:
            return
        start, end = self.period(column)
        # A number and a country are of one company: with several, nobody knows of which.
        number = self.one(f"{column}.imo") if len(names) == 1 else None
        imo = company_imo_of(number) if number else None
        country = country_code(self.one(f"{column}.country")) if len(names) == 1 else None
        for text in names:
            person = _PERSON.match(text) is not None
            yield Party(
                role=role,
                name=None if person else text,
                company_imo=imo.value if imo is not None and imo.well_formed else None,
                country=None if person else country,
                person=person,
                start=start,
                end=end,
                printed=printed,
            )

    def _particulars(self) -> Particulars:
        return Particulars(
            ship_type=self.one("type"),
            built=self.date("built"),
            yard=self.one("yard"),
            yard_country=country_code(self.one("yard-country")),
            hull_number=self.one("hull-number"),
            class_society=self.one("class"),
            sisters=self.all("sisters"),
            deadweight_t=self._amount("dwt-t"),
            gross_tonnage=self._amount("gt"),
            length_m=number_of(self.one("length-m")),
            beam_m=number_of(self.one("beam-m")),
            depth_m=number_of(self.one("depth-m")),
            draught_m=number_of(self.one("draught-m")),
        )
