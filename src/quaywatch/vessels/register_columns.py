"""Which column of a register's table holds what: guessed from its header, or told by a mapping."""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final, Literal

from quaywatch.errors import DialectError
from quaywatch.vessels.register import ROLES
from quaywatch.vessels.register_text import clean, date_of

PLAIN: Final = (
    "id", "schema", "name", "alias", "former-name", "imo", "company-imo", "mmsi", "callsign",
    "official-number", "flag", "former-flag", "port", "country", "type", "built", "yard",
    "yard-country", "hull-number", "class", "sisters", "dwt-t", "gt", "length-m", "beam-m",
    "depth-m", "draught-m", "authority", "list", "programme", "measure", "listed-on",
    "delisted-on", "reason", "designation", "valid-from", "valid-until", "as-of", "remarks",
    "party", "party-role",
)  # fmt: skip
_DATED: Final = ("name", "former-name", "flag", "former-flag", *ROLES, "party")
FIELDS: Final = frozenset(
    {
        *PLAIN,
        *ROLES,
        *(f"{one}.{end}" for one in _DATED for end in ("from", "until")),
        *(f"{one}.{what}" for one in (*ROLES, "party") for what in ("imo", "country")),
    }
)
"""What a column may hold."""


_DATES: Final[Mapping[object, Literal["day", "month"] | None]] = MappingProxyType(
    {None: None, "day-first": "day", "month-first": "month"}
)


@dataclass(frozen=True, slots=True)
class Mapped:
    """How a table is to be read."""

    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Header → field, as stated; headers that are not in it are guessed."""
    guess: bool = True
    delimiter: str | None = None
    encoding: str | None = None
    separator: str = ";"
    """Between the values of a cell."""
    first: Literal["day", "month"] | None = None
    """Which of the two comes first in dates such as 03/04/2018; None: such a date is not read."""
    header_row: int | None = None
    """Counted from 1."""
    key: str | None = None
    list_name: str | None = None
    authority: str | None = None
    day: str | None = None
    designates: bool | None = None
    """Whether an entry is a designation; None: told by its columns."""


def mapping_of(told: Mapping[str, Any] | None) -> Mapped:
    """A mapping as a user states it in TOML, checked.

    Raises:
        DialectError: a key or a field that is none, or a value of the wrong kind.

    Examples:
        >>> mapping_of({"columns": {"Reg. Owner": "registered-owner"}}).columns["reg owner"]
        'registered-owner'

    """
    if not told:
        return Mapped()
    known = {
        "columns",
        "list",
        "guess",
        "delimiter",
        "encoding",
        "separator",
        "dates",
        "header-row",
    }
    _refuse(set(told) - known, "mapping", known)
    listed, columns = told.get("list", {}), told.get("columns", {})
    if not isinstance(listed, Mapping) or not isinstance(columns, Mapping):
        raise DialectError(fact="[list] and [columns] are tables.", remedy="Write them as such.")
    _refuse(set(listed) - {"key", "name", "authority", "day", "designates"}, "[list]", set())
    wrong = sorted({str(name) for name in columns.values()} - FIELDS)
    if wrong:
        raise DialectError(
            fact=f"[columns] names {', '.join(wrong)}, which no register holds.",
            remedy=f"Fields are {', '.join(sorted(FIELDS - {f for f in FIELDS if '.' in f}))}; "
            "each party and name has .from and .until, each party .imo and .country too.",
        )
    if told.get("dates") not in _DATES:
        raise DialectError(fact=f"dates = {told['dates']!r}.", remedy='Give "month-first" or none.')
    day = listed.get("day")
    if day is not None and date_of(str(day)) is None:
        raise DialectError(fact=f"[list] day = {day!r} is no date.", remedy="Give 2023-01-27.")
    return Mapped(
        columns=MappingProxyType({header_words(str(k)): str(v) for k, v in columns.items()}),
        guess=bool(told.get("guess", True)),
        delimiter=told.get("delimiter"),
        encoding=told.get("encoding"),
        separator=str(told.get("separator", ";")),
        first=_DATES.get(told.get("dates")),
        header_row=told.get("header-row"),
        key=clean(listed.get("key")),
        list_name=clean(listed.get("name")),
        authority=clean(listed.get("authority")),
        day=None if day is None else date_of(str(day)),
        designates=listed.get("designates"),
    )


def _refuse(extra: set[str], where: str, known: set[str]) -> None:
    if extra:
        remedy = f"Known are {', '.join(sorted(known))}." if known else "See docs/registers.md."
        raise DialectError(fact=f"{where} has no {', '.join(sorted(extra))}.", remedy=remedy)


def header_words(header: str) -> str:
    """A header as words in one case, without marks: ``IMO No.`` as ``imo no``.

    Examples:
        >>> header_words("Vessel_Name"), header_words("Länge ü.a. (m)")
        ('vessel name', 'lange u a m')

    """
    apart = unicodedata.normalize("NFKD", header.replace("\ufeff", ""))
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", bare).split())


def fields_of(header: Sequence[str], mapped: Mapped) -> dict[int, str]:
    """Column → field of a header; columns that nobody knows are left out.

    Examples:
        >>> fields_of(["IMO No.", "Vessel Name", "Deadweight (t)", "Colour"], Mapped())
        {0: 'imo', 1: 'name', 2: 'dwt-t'}

    """
    found: dict[int, str] = {}
    for number, cell in enumerate(header):
        words = header_words(cell)
        stated = mapped.columns.get(words)
        guessed = _headers().get(words) if mapped.guess and stated is None else None
        one = stated or guessed
        # Of two columns that look alike only the first is taken, unless the user names both.
        if one is not None and (stated is not None or one not in found.values()):
            found[number] = one
    return found


@cache
def _headers() -> Mapping[str, str]:
    """Phrase in a header → field."""
    text = (
        resources.files("quaywatch.vessels")
        .joinpath("register_headers.csv")
        .read_text(encoding="utf-8")
    )
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return MappingProxyType(
        {
            phrase: row["field"]
            for row in csv.DictReader(lines)
            for phrase in row["headers"].split("|")
        }
    )
