"""Lint an article, a draft, a claims file or a case: numbers, dates, names and identifiers."""

import codecs
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from quaywatch.cases.dossier import CASE_FILE
from quaywatch.cases.lint_claims import lint_claims, published_on
from quaywatch.cases.lint_issue import Severity, SourceIssue
from quaywatch.cases.lint_marks import OnLand
from quaywatch.cases.lint_source import lint_source
from quaywatch.errors import (
    ArgumentError,
    CaseMissingError,
    SourceEmptyError,
    SourceMissingError,
)
from quaywatch.evidence.record import Basis, Claim, Observation, Source
from quaywatch.evidence.reported import parse_claims
from quaywatch.geo.land import RoaringLand
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.gazetteer import kept_gazetteer, ports_called

FOUND = 8
"""Exit status of `quaywatch case lint` where a slip or an ambiguity was found."""


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found in one text."""

    name: str
    """Of the file or the source."""
    issues: tuple[SourceIssue, ...]

    @property
    def failing(self) -> bool:
        """Whether any of it is more than something to check."""
        return any(issue.severity is not Severity.CHECK for issue in self.issues)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {"name": self.name, "issues": [issue.to_json() for issue in self.issues]}


def lint_file(
    path: Path, *, published: date | None = None, document: Path | None = None
) -> tuple[Linted, ...]:
    """Issues of a file: text, Markdown, a draft, or a claims file together with its document.

    Args:
        path: the file.
        published: when it was published; None: as a claims file or its first lines say.
        document: of a claims file, where it is not at the path that the file names.

    Raises:
        SourceMissingError: there is no such file, or not the document of a claims file.
        SourceEmptyError: there is no word in it: that nothing is wrong in it says nothing.
        ArgumentError: it is no text.
        ClaimsFileError: it is a claims file that cannot be read.

    """
    if not path.is_file():
        raise SourceMissingError(path=str(path))
    data = path.read_bytes()
    text = _text_of(data, path.name)
    if path.suffix != ".toml" or not _is_claims(text):
        return (Linted(path.name, _lint(text, published)),)
    parsed = parse_claims(data, name=path.name)
    beside = document or path.parent / parsed.source.path
    if not beside.is_file():
        # Held against no document, the claims would pass for agreeing with it.
        raise SourceMissingError(path=str(beside))
    body = _text_of(beside.read_bytes(), beside.name)
    on = published or published_on(parsed)
    return (
        Linted(path.name, lint_claims(text, parsed, body, on_land=_inland())),
        Linted(beside.name, _lint(body, on)),
    )


def _text_of(data: bytes, name: str) -> str:
    """The text of a file: UTF-8, UTF-16 by its mark, else Windows-1252."""
    if not data.strip():
        raise SourceEmptyError(source=name)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    if data.startswith((b"%PDF", b"PK\x03\x04")) or "\0" in text:
        remedy = "Save its words as text first, as pdftotext does."
        raise ArgumentError(flag="FILE", fact=f"{name} is no plain text", remedy=remedy)
    if not re.search(r"\w", text):
        raise SourceEmptyError(source=name)
    return text


def lint_case(workspace: Workspace, case_id: str) -> tuple[Linted, ...]:
    """Issues of a case's own words, and of every document that claims about its subjects cite.

    Raises:
        CaseMissingError: there is no such case.

    """
    path = workspace.cases_dir / case_id / CASE_FILE
    if not path.is_file():
        known = sorted(p.parent.name for p in workspace.cases_dir.glob(f"*/{CASE_FILE}"))
        raise CaseMissingError(case=case_id, known=", ".join(known))
    text = path.read_text(encoding="utf-8", errors="replace")
    subjects = tomllib.loads(text).get("subjects", [])
    sources: dict[str, Source] = {}
    for claim in workspace.evidence.find("claim"):
        if isinstance(claim, Claim) and claim.basis is Basis.REPORTED and claim.subject in subjects:
            for record_id in claim.inputs:
                said = workspace.evidence.get(record_id)
                if isinstance(said, Observation) and said.what == "statement":
                    source = workspace.evidence.get(said.source_id)
                    if isinstance(source, Source):
                        sources[source.id] = source
    read = workspace.evidence.read_object
    return (
        Linted(CASE_FILE, _lint(text, None)),
        *(
            Linted(source.name, _lint(read(source.sha256).decode("utf-8", "replace"), None))
            for source in sources.values()
        ),
    )


def _is_claims(text: str) -> bool:
    try:
        return {"source", "claim"} <= set(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        return False


def _lint(text: str, published: date | None) -> tuple[SourceIssue, ...]:
    return lint_source(text, published=published, on_land=_inland(), different=_two_ports)


def _two_ports(one: str, other: str) -> bool:
    """Whether both names are ports of the gazetteer: Jintang and Jingtang are two."""
    found = [ports_called(_gazetteer(), name) for name in (one, other)]
    return bool(found[0]) and bool(found[1]) and found[0] != found[1]


_gazetteer = cache(kept_gazetteer)
_RING_DEG = 0.05
"""About 5 km: a position that near the shore may be drawn, or printed, on either side of it."""


@cache
def _inland() -> OnLand:
    """Whether a position is land all round; the coastline is loaded at the first question."""
    mask = RoaringLand()

    def inland(lon: float, lat: float) -> bool:
        around = np.linspace(0.0, 2 * np.pi, 8, endpoint=False)
        wide = _RING_DEG / max(np.cos(np.deg2rad(lat)), 0.05)
        lons = np.append(lon, lon + wide * np.cos(around))
        lats = np.clip(np.append(lat, lat + _RING_DEG * np.sin(around)), -90.0, 90.0)
        return bool(np.all(mask.contains_many((lons + 180.0) % 360.0 - 180.0, lats)))

    return inland
