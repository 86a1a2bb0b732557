"""Read a register or a list, whatever its layout: told by its content, never by its name.

A file is opened anew for each pass over it and read as a stream. What it is as a whole, of which
day above all, is known before its first entry.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO, Final
from xml.etree import ElementTree as ET

from quaywatch.errors import RegisterFormatError, SourceTruncatedError
from quaywatch.vessels import register_ftm as ftm
from quaywatch.vessels.register import RegisterEntry, Rejected, Snapshot
from quaywatch.vessels.register_advanced import advanced_day, read_advanced
from quaywatch.vessels.register_columns import Mapped
from quaywatch.vessels.register_eu import FSF, act_of, read_annexes, read_fsf
from quaywatch.vessels.register_ftm_entity import statements_as_lines
from quaywatch.vessels.register_ofac import (
    CONSOLIDATED,
    SDN,
    alt_names,
    known_names,
    read_extract,
    read_sdn,
)
from quaywatch.vessels.register_open import (
    encoding_of,
    head_of,
    opened,
    opened_text,
    refuse_foreign,
    rows_of,
)
from quaywatch.vessels.register_simple import read_maritime, read_targets
from quaywatch.vessels.register_table import (
    delimiter_of,
    header_of,
    read_table,
    told_of,
)
from quaywatch.vessels.register_text import clean, date_of, latest
from quaywatch.vessels.register_xml import (
    UN,
    read_fsf_xml,
    read_sdn_xml,
    read_un_xml,
    root_of,
    sdn_day,
)

Item = RegisterEntry | Rejected
UNDERSTOOD: Final = (
    "ofac-sdn-csv", "ofac-extract", "ofac-xml", "ofac-advanced-xml", "eu-annexes", "eu-fsf-csv",
    "eu-fsf-xml", "un-xml", "ftm", "ftm-statements", "opensanctions-maritime",
    "opensanctions-targets", "table",
)  # fmt: skip
_HEADERS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("eu-annexes", frozenset({"programKey", "annex", "measure", "name"})),
    ("eu-fsf-csv", frozenset({"Entity_LogicalId", "NameAlias_WholeName"})),
    ("opensanctions-maritime", frozenset({"type", "caption", "imo", "datasets"})),
    ("opensanctions-targets", frozenset({"id", "schema", "name", "aliases", "identifiers"})),
    ("ftm-statements", frozenset({"canonical_id", "schema", "prop", "value"})),
    ("ofac-extract", frozenset({"ent_num", "name", "call_sign", "remarks"})),
)
_ROOTS: Final = {
    "sdnList": "ofac-xml", "Sanctions": "ofac-advanced-xml", "CONSOLIDATED_LIST": "un-xml",
    "export": "eu-fsf-xml",
}  # fmt: skip
_OFAC_TYPES: Final = frozenset({"-0-", "individual", "vessel", "aircraft", "entity", ""})
_OFAC_CELLS: Final = 12
_DATED_NAME: Final = re.compile(r"[-_. ]*(?:\d{4}[-_.]?\d{2}(?:[-_.]?\d{2})?|\d{4})$")
_STATED: Final = "stated when it was ingested"


@dataclass(frozen=True, slots=True)
class Register:
    """A file recognised: what it is, and its entries anew each time they are asked for."""

    snapshot: Snapshot
    listed: tuple[str, str, str]
    """Key, name and authority of the list to which entries belong that name none themselves."""
    entries: Callable[[], Iterator[Item]]


def open_register(
    path: Path,
    *,
    name: str,
    mapped: Mapped | None = None,
    day: str | None = None,
    beside: Mapping[str, Path] | None = None,
) -> Register:
    """Recognise a file.

    Args:
        path: of its bytes.
        name: as received; a register without a name of its own is called by it.
        mapped: how the columns of a table are to be read; None: told by the layout or guessed.
        day: of the snapshot, as stated by a user.
        beside: files that belong to it: ``alt`` for OFAC's other names.

    Raises:
        RegisterFormatError: no layout fits, or the file is damaged.
        SourceEmptyError: there is nothing in it.
        SourceTruncatedError: it is packed, and ends in the middle.

    """
    kind = kind_of(path, name=name, mapped=mapped)
    try:
        opener = _Opener(path, name, kind, mapped or Mapped(), dict(beside or {}))
        own = opener.day()
    except csv.Error as err:
        raise RegisterFormatError(source=name, fact=f"no table: {err}") from err
    told: list[str] = list(opener.told)
    if day is not None and own is not None and not (own.startswith(day) or day.startswith(own)):
        told.append(f"The file itself says {own}.")
    if day is not None:
        chosen, day_from = day, _STATED
    elif own is not None:
        chosen, day_from = own, opener.day_from
    else:
        chosen, day_from = None, "the file does not say of which day it is, and nobody stated it"
    snapshot = Snapshot(kind, chosen, day_from, {opener.listed[0]: opener.listed[1]}, tuple(told))
    return Register(snapshot, opener.listed, opener.entries)


def kind_of(path: Path, *, name: str, mapped: Mapped | None = None) -> str:
    """Layout of a file by its first bytes; a table if a mapping is given.

    Raises:
        RegisterFormatError: none fits.
        SourceEmptyError: there is nothing in it.

    """
    head = head_of(path)
    refuse_foreign(head, name)
    encoding = (mapped.encoding if mapped else None) or encoding_of(path)[0]
    text = head.decode(encoding, errors="replace").lstrip("\ufeff \r\n\t")
    if mapped is not None:
        return "table"
    if text.startswith("<"):
        return _kind_of_xml(path, name)
    if text.startswith("{"):
        if '"schema"' in text and ('"properties"' in text or '"statements"' in text):
            return "ftm"
        fact = "its JSON has no schema and properties, as FollowTheMoney has"
        raise RegisterFormatError(source=name, fact=fact)
    if text.startswith("["):
        fact = "a JSON array; give one entity a line"
        raise RegisterFormatError(source=name, fact=fact)
    delimiter = delimiter_of(text)
    try:
        lines = io.StringIO(text.replace("\0", ""), newline="")
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error as err:
        raise RegisterFormatError(source=name, fact=f"no table: {err}") from err
    if not rows:
        raise RegisterFormatError(source=name, fact="there is nothing in its lines")
    header = {cell.strip() for cell in rows[0]}
    for kind, needed in _HEADERS:
        if needed <= header:
            return kind
    return "ofac-sdn-csv" if _looks_ofac(rows[:-1] or rows) else "table"


def _looks_ofac(rows: list[list[str]]) -> bool:
    looked = [row for row in rows[:12] if row[0].strip().isdigit()]
    return bool(looked) and all(
        len(row) == _OFAC_CELLS and row[2].strip() in _OFAC_TYPES for row in looked
    )


def _kind_of_xml(path: Path, name: str) -> str:
    try:
        with opened(path) as file:
            root = root_of(file)[""]
    except ET.ParseError as err:
        raise RegisterFormatError(source=name, fact=f"it is no XML: {err}") from err
    if root not in _ROOTS:
        raise RegisterFormatError(source=name, fact=f"XML whose outermost element is {root}")
    return _ROOTS[root]


class _Opener:
    """Day, list and entries of a file of a known layout."""

    def __init__(
        self, path: Path, name: str, kind: str, mapped: Mapped, beside: dict[str, Path]
    ) -> None:
        self.path, self.name, self.kind, self.mapped = path, name, kind, mapped
        self.beside = beside
        self.told: list[str] = []
        self.day_from = "the file itself says so"
        self.encoding = mapped.encoding or "utf-8"
        if not kind.endswith("xml"):
            found, guessed = encoding_of(path)
            self.encoding = mapped.encoding or found
            self.told += [guessed] if guessed and not mapped.encoding else []
        self.delimiter = mapped.delimiter or self._delimiter()
        self.header = self._header() if kind == "table" else None
        self.listed = self._listed()

    def day(self) -> str | None:
        """Day of the snapshot as the file says it; None where it does not."""
        if self.kind == "table":
            return self.mapped.day
        if self.kind.endswith("xml"):
            with self._xml() as file:
                return self._xml_day(file)
        if self.kind in {"ftm", "ftm-statements"}:
            self.day_from = "the latest day on which the file saw any of its entities"
            return ftm.snapshot_day(self._lines)
        if self.kind == "opensanctions-targets":
            self.day_from = "the latest day on which the file saw any of its entities"
            with self._dicts() as rows:
                return latest(date_of(row.get("last_seen")) for row in rows)
        if self.kind == "eu-fsf-csv":
            with self._dicts() as rows:
                first = next(iter(rows), {})
            return date_of((first.get("fileGenerationDate") or "").split("T")[0])
        return None

    def entries(self) -> Iterator[Item]:
        """Entries and rejected rows, from the start of the file."""
        try:
            yield from self._entries()
        except csv.Error as err:
            # A quote that is not closed swallows the rows behind it, and a file cut off lacks them:
            # refused, for they would be missing without a word.
            open_quote = "a quote does not close" if "end of data" in str(err) else str(err)
            raise SourceTruncatedError(source=self.name, detail=open_quote) from err

    def _entries(self) -> Iterator[Item]:
        if self.kind.endswith("xml"):
            yield from self._xml_entries()
        elif self.kind in {"ftm", "ftm-statements"}:
            yield from ftm.read_ftm(self._lines, listed=self.listed)
        elif self.kind == "ofac-sdn-csv":
            yield from self._sdn()
        elif self.kind == "table":
            yield from self._table()
        else:
            read: Mapping[str, Callable[..., Iterator[Item]]] = {
                "eu-annexes": read_annexes, "eu-fsf-csv": read_fsf, "ofac-extract": read_extract,
                "opensanctions-maritime": read_maritime, "opensanctions-targets": read_targets,
            }  # fmt: skip
            with self._dicts() as rows:
                yield from read[self.kind](rows)

    def _sdn(self) -> Iterator[Item]:
        others: dict[str, Any] = {}
        if "alt" in self.beside:
            with opened_text(self.beside["alt"], encoding_of(self.beside["alt"])[0]) as file:
                others = alt_names(rows_of(file))
        with opened_text(self.path, self.encoding) as file:
            known = known_names(rows_of(file))
        with opened_text(self.path, self.encoding) as file:
            listed = (self.listed[0], self.listed[1])
            yield from read_sdn(rows_of(file), others=others, known=known, listed=listed)

    def _table(self) -> Iterator[Item]:
        header = self.header
        if header is None:
            return
        _, fields, first = header
        with opened_text(self.path, self.encoding) as file:
            rows = rows_of(file, self.delimiter)
            for _ in range(first):
                next(rows)
            yield from read_table(
                rows, fields, mapped=self.mapped, first_row=first + 1, listed=self.listed
            )

    def _xml_entries(self) -> Iterator[Item]:
        read: Mapping[str, Callable[[BinaryIO], Iterator[Item]]] = {
            "ofac-advanced-xml": read_advanced, "un-xml": read_un_xml, "eu-fsf-xml": read_fsf_xml,
            "ofac-xml": lambda file: read_sdn_xml(
                file, consolidated=self.listed[0] == CONSOLIDATED[0]
            ),
        }  # fmt: skip
        with self._xml() as file:
            yield from read[self.kind](file)

    def _xml_day(self, file: BinaryIO) -> str | None:
        if self.kind == "ofac-xml":
            return sdn_day(file)
        if self.kind == "ofac-advanced-xml":
            return advanced_day(file)
        root = root_of(file)
        stamp = root.get("dateGenerated") or root.get("generationDate") or ""
        return date_of(stamp.split("T")[0].split("+")[0])

    @contextmanager
    def _xml(self) -> Iterator[BinaryIO]:
        try:
            with opened(self.path) as file:
                yield file
        except ET.ParseError as err:
            raise SourceTruncatedError(source=self.name, detail=f"XML: {err}") from err

    @contextmanager
    def _dicts(self) -> Iterator[Iterator[dict[str, str]]]:
        with opened_text(self.path, self.encoding) as file:
            rows = rows_of(file, self.delimiter)
            header = [cell.strip() for cell in next(rows, [])]
            yield (
                dict(zip_longest(header, row[: len(header)], fillvalue="")) for row in rows if row
            )

    def _lines(self) -> Iterator[str]:
        with opened_text(self.path, self.encoding) as file:
            last = ""
            for last in statements_as_lines(file) if self.kind == "ftm-statements" else file:
                yield last
            if last.strip() and not last.endswith("\n") and not last.rstrip().endswith("}"):
                detail = "its last line ends inside an entity"
                raise SourceTruncatedError(source=self.name, detail=detail)

    def _delimiter(self) -> str:
        if self.kind.endswith("xml") or self.kind == "ftm":
            return ","
        return delimiter_of(head_of(self.path).decode(self.encoding, errors="replace"))

    def _header(self) -> tuple[list[str], dict[int, str], int]:
        with opened_text(self.path, self.encoding) as file:
            found = header_of(rows_of(file, self.delimiter), self.mapped)
        if found is None:
            fact = "no line of its first ones names a ship's number or name and one thing more"
            raise RegisterFormatError(source=self.name, fact=fact)
        self.told += told_of(found[0], found[1], self.mapped)
        return found

    def _listed(self) -> tuple[str, str, str]:
        stem = stem_of(self.name)
        title = self.mapped.list_name or stem
        other = self.name.casefold().startswith("cons")
        own = {
            "ofac": (*(CONSOLIDATED if other else SDN), "OFAC"),
            "un": (*UN, "UN"),
            "eu": (*(FSF if "fsf" in self.kind else act_of(self.name)), "EU"),
            "ftm": (ftm.KEY, f"FollowTheMoney file {stem}", f"as collected in {stem}"),
            "opensanctions": ("opensanctions", "OpenSanctions", "as collected by OpenSanctions"),
        }
        table = (self.mapped.key or f"register/{stem}", title, self.mapped.authority or title)
        return own.get(self.kind.partition("-")[0], table)


def stem_of(name: str) -> str:
    """A file's name without its endings and without a date behind it.

    Examples:
        >>> stem_of("panama_2024-01-31.csv.gz"), stem_of("fleet.tsv")
        ('panama', 'fleet')

    """
    bare = re.sub(r"(?i)(?:\.(?:csv|tsv|txt|json|jsonl|ndjson|ijson|gz))+$", "", name)
    return clean(_DATED_NAME.sub("", bare)) or bare
