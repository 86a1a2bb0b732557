"""Lists of vessels as an analyst keeps them: a column of names or numbers, a sheet, or TOML.

A list is read as it is: nothing is guessed of a vessel that it does not name, and a vessel that
stands in it twice is counted once, and said.
"""

import csv
import io
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from quaywatch.errors import CargoInputError, FleetFileError, FleetMissingError
from quaywatch.stores.files import land_bytes, make_folder
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.identifiers import imo_check
from quaywatch.voyages.figures import Figure, deadweight

FOLDER: Final = "fleets"
"""Of the workspace, where lists are saved."""
ENDINGS: Final = (".toml", ".csv", ".tsv", ".txt")
_COLUMNS: Final[Mapping[str, str]] = {
    "imo": "imo", "imono": "imo", "imonumber": "imo", "lrimo": "imo",
    "mmsi": "mmsi",
    "name": "name", "vessel": "name", "vesselname": "name", "ship": "name", "shipname": "name",
    "dwt": "dwt_t", "dwtt": "dwt_t", "deadweight": "dwt_t", "deadweightt": "dwt_t",
    "from": "from", "since": "from", "to": "to", "until": "to",
}  # fmt: skip
_IMO, _MMSI = 7, 9


@dataclass(frozen=True, slots=True)
class Member:
    """One vessel of a list."""

    text: str
    """What it is looked up by: ``imo:…``, ``mmsi:…`` or a name."""
    name: str | None
    deadweight: Figure | None
    since: datetime | None = None
    """Its voyages count from here on (aware); None: from the first."""
    until: datetime | None = None
    note: str | None = None
    """What is odd about the entry."""

    @property
    def label(self) -> str:
        """As the list has it."""
        return self.name or self.text


@dataclass(frozen=True, slots=True)
class FleetList:
    """A list of vessels."""

    name: str
    members: tuple[Member, ...]
    home: str | None = None
    """ISO 3166-1 alpha-2 of the country whose ports are not foreign."""


def read_fleet(workspace: Workspace, which: str) -> tuple[FleetList, Path]:
    """The list that a user names: a file, or one saved in the workspace.

    Raises:
        FleetMissingError: neither.
        FleetFileError: it cannot be used.

    """
    path = Path(which)
    if not path.is_file():
        folder = workspace.root / FOLDER
        saved = {p.stem: p for p in sorted(folder.glob("*")) if p.suffix.lower() in ENDINGS}
        if which not in saved:
            raise FleetMissingError(name=which, known=", ".join(saved))
        path = saved[which]
    return parse_fleet(path.read_bytes(), name=path.name), path


def save_fleet(workspace: Workspace, path: Path, name: str) -> Path:
    """Keep a list in the workspace under a name.

    Raises:
        FleetFileError: the name is no short word, or the list cannot be used.
        DiskFullError: no room.

    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,40}", name):
        raise FleetFileError(name=name, fact="the name is no short word of a-z, 0-9 and hyphens")
    data = path.read_bytes()
    parse_fleet(data, name=path.name)
    ending = path.suffix.lower() if path.suffix.lower() in ENDINGS else ".txt"
    folder = workspace.root / FOLDER
    make_folder(folder)
    for other in folder.glob(f"{name}.*"):
        if other.suffix.lower() in ENDINGS and other.suffix.lower() != ending:
            fact = f"{other.name} is saved under that name already; remove it first"
            raise FleetFileError(name=name, fact=fact)
    target = folder / f"{name}{ending}"
    land_bytes(data, target)
    return target


def saved_fleets(workspace: Workspace) -> dict[str, FleetList]:
    """The lists saved in a workspace, by name; one that cannot be read is left out."""
    found = {}
    for path in sorted((workspace.root / FOLDER).glob("*")):
        if path.suffix.lower() in ENDINGS:
            try:
                found[path.stem] = parse_fleet(path.read_bytes(), name=path.name)
            except FleetFileError:
                continue
    return found


def parse_fleet(data: bytes, *, name: str) -> FleetList:
    """A list from its bytes, by the ending of its name.

    Raises:
        FleetFileError: it is not UTF-8, names no vessel, or a field cannot be read.

    Examples:
        >>> parse_fleet(b"IMO 1059149", name="f.txt").members[0].text
        'imo:1059149'
        >>> sheet = "name;imo;dwt".encode() + bytes([10]) + b"YI LI 1;1059149;13000"
        >>> parse_fleet(sheet, name="f.csv").members[0].deadweight.mid
        13000.0

    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise FleetFileError(name=name, fact=f"it is not in UTF-8 (byte {err.start})") from err
    stem = Path(name).stem
    if name.lower().endswith(".toml"):
        return _toml(text, name, stem)
    lines = [line for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
    rows = _rows(lines, name)
    members = tuple(_member(row, name) for row in rows)
    if not members:
        raise FleetFileError(name=name, fact="it names no vessel")
    return FleetList(stem, members)


def _toml(text: str, name: str, stem: str) -> FleetList:
    try:
        told: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise FleetFileError(name=name, fact=f"it is not TOML: {err}") from err
    rows = told.get("vessel")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
        raise FleetFileError(name=name, fact="it names no [[vessel]]")
    home = told.get("home")
    if home is not None and not re.fullmatch(r"[A-Z]{2}", str(home)):
        raise FleetFileError(name=name, fact=f"home {home!r} is no two-letter country code")
    return FleetList(str(told.get("name", stem)), tuple(_member(r, name) for r in rows), home)


def _rows(lines: Sequence[str], name: str) -> list[dict[str, Any]]:
    """Rows of a sheet by its header; without one, one vessel a line."""
    if not lines:
        return []
    mark = max(";,\t", key=lines[0].count)
    cells = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=mark))
    # "IMO 1059149" is a vessel, "IMO no." a header.
    head = [_COLUMNS.get(re.sub(r"[^a-z0-9]", "", cell.lower())) for cell in cells[0]]
    if not {"imo", "mmsi", "name"} & set(head):
        if mark in lines[0] and any(len(row) > 1 for row in cells):
            return [_headless(row) for row in cells]
        return [{"name": line.strip()} for line in lines]
    if len(set(filter(None, head))) < len(list(filter(None, head))):
        raise FleetFileError(name=name, fact="two columns of its header mean the same")
    return [
        {key: cell.strip() for key, cell in zip(head, row, strict=False) if key and cell.strip()}
        for row in cells[1:]
    ]


def _headless(row: Sequence[str]) -> dict[str, Any]:
    """A row without a header: a number of 7 or 9 digits is what it looks like, else a name."""
    found: dict[str, Any] = {}
    for cell in (cell.strip() for cell in row):
        digits = re.sub(r"(?i)^(imo|mmsi)\s*", "", cell)
        if digits.isdigit() and len(digits) in {_IMO, _MMSI}:
            found.setdefault("imo" if len(digits) == _IMO else "mmsi", digits)
        elif cell and not digits.isdigit():
            found.setdefault("name", cell)
    return found


def _member(row: Mapping[str, Any], name: str) -> Member:
    imo, mmsi, called = (_text(row.get(key)) for key in ("imo", "mmsi", "name"))
    note = None
    imo = re.sub(r"(?i)^imo\s*", "", imo) if imo else None
    if imo is not None:
        if not imo.isdigit() or len(imo) != _IMO:
            raise FleetFileError(name=name, fact=f"{imo!r} is no IMO number of 7 digits")
        if not imo_check(int(imo)):
            note = f"IMO {imo} fails its check digit: a slip, or no IMO number."
    if mmsi is not None and (not mmsi.isdigit() or len(mmsi) != _MMSI):
        raise FleetFileError(name=name, fact=f"{mmsi!r} is no MMSI of 9 digits")
    if imo is None and mmsi is None:
        if called is None:
            raise FleetFileError(name=name, fact="a row names no vessel")
        numbered = _headless([called])
        imo, mmsi = numbered.get("imo"), numbered.get("mmsi")
        called = None if numbered.get("name") is None else called
    text = f"imo:{imo}" if imo else f"mmsi:{mmsi}" if mmsi else str(called)
    return Member(
        text,
        called,
        _deadweight(row, name),
        _day(row.get("from"), name),
        _day(row.get("to"), name),
        note,
    )


def _deadweight(row: Mapping[str, Any], name: str) -> Figure | None:
    said = _text(row.get("dwt_t"))
    if said is None:
        return None
    try:
        tonnes = float(said.replace(",", "").replace(" ", ""))
        return deadweight(tonnes, _text(row.get("dwt_source")) or f"the list {name}")
    except (ValueError, CargoInputError) as err:
        raise FleetFileError(name=name, fact=f"{said!r} is no deadweight in tonnes") from err


def _day(value: object, name: str) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as err:
        raise FleetFileError(name=name, fact=f"{value!r} is no day such as 2025-02-03") from err
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _text(value: object) -> str | None:
    said = "" if value is None else str(value).strip()
    return said or None
