"""Claims that others make, entered from a TOML file beside the document that makes them.

Each names the lines of the document that say so; the lines themselves are taken from the
document's bytes, never typed again. A slip of the source is kept as printed, with our reading.
"""

import hashlib
import tomllib
from datetime import datetime
from pathlib import PurePath
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from quaywatch.errors import ClaimsFileError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Observation, Record, Source

METHOD = "reading@1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Slip(_Part):
    """What the source prints that cannot be meant, and how we read it."""

    printed: str
    read_as: str
    because: str


class Relative(_Part):
    """A time told from another claim: "four hours before the image"."""

    to: str
    """Id of the other claim, in the same file."""
    hours: float
    """Negative before it, positive after."""
    plus_minus_h: float = Field(ge=0)
    """What the words leave open."""


class NotesEntry(_Part):
    """Notes in our own words, line for line beside a document that may not be passed on."""

    path: str
    """Relative to the claims file."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    licence: str
    credit: str


class DocumentEntry(_Part):
    """The document that the claims come from."""

    path: str
    """Relative to the claims file."""
    title: str
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """Of the document as it was read; another text under that path is refused."""
    published: str | None = None
    provider: str | None = None
    licence: str | None = None
    credit: str | None = None
    redistributable: bool | None = None
    url: str | None = None
    unknown: dict[str, str] = {}
    notes: NotesEntry | None = None
    """What may be read in place of the document where that is not at hand."""


class ClaimEntry(_Part):
    """One statement, where and when it places its subject, and the lines that make it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    """A name to call it by in a case; unique in its file."""
    subject: str = Field(pattern=r"^(imo|mmsi|site|name):.+$")
    name: str | None = None
    """What the source calls the subject."""
    predicate: str = Field(pattern=r"^[a-z][a-z-]*$")
    time: str | None = None
    """ISO 8601: an instant, a bare date, or ``start/end``."""
    relative: Relative | None = None
    """Where the source tells the time from another event; ``time`` then says the day at most."""
    lon: float | None = Field(default=None, ge=-180, le=360)
    lat: float | None = Field(default=None, ge=-90, le=90)
    radius_m: float | None = Field(default=None, gt=0)
    """How far from the point it may have been, by the source's words or the digits it prints."""
    area: list[tuple[float, float]] | None = None
    """Polygon of lon, lat: all that the source says of the place."""
    lines: str = Field(pattern=r"^\d+(-\d+)?$")
    """Line or lines of the document, counted from 1."""
    scene: str | None = None
    likelihood_ratio: float | None = Field(default=None, gt=0)
    """Of the identity, where someone compared hulls."""
    basis: str | None = None
    """What that comparison rests on."""
    length_m: float | None = Field(default=None, gt=0)
    note: str | None = None
    reading: str | None = None
    """How we read the lines where they leave something open."""
    slip: Slip | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            msg = "give lon and lat together"
            raise ValueError(msg)
        if self.lon is not None and self.area is not None:
            msg = "give either lon and lat or area, not both"
            raise ValueError(msg)
        if self.radius_m is not None and self.lon is None:
            msg = "a radius_m needs the lon and lat about which it lies"
            raise ValueError(msg)
        if self.area is not None and len(self.area) < 3:
            msg = "an area needs three corners or more"
            raise ValueError(msg)
        return self

    @property
    def first_line(self) -> int:
        """First line, counted from 1."""
        return int(self.lines.split("-")[0])

    @property
    def last_line(self) -> int:
        """Last line, counted from 1 and included."""
        return int(self.lines.split("-")[-1])


class ClaimsFile(_Part):
    """A claims file as parsed."""

    simulated: bool = False
    source: DocumentEntry
    claim: list[ClaimEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_unique(self) -> Self:
        names = [entry.id for entry in self.claim]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"claim id used twice: {', '.join(twice)}"
            raise ValueError(msg)
        return self


def parse_claims(text: bytes, *, name: str) -> ClaimsFile:
    """Read a claims file.

    Raises:
        ClaimsFileError: not UTF-8 TOML, or a field is missing, unknown or out of range.

    """
    try:
        return ClaimsFile.model_validate(tomllib.loads(text.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise ClaimsFileError(name=name, what=f"not TOML in UTF-8: {err}") from err
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise ClaimsFileError(name=name, what=f"{where}: {first['msg']}") from err


def records_of(
    parsed: ClaimsFile,
    *,
    name: str,
    claims_bytes: bytes,
    document: bytes,
    received_at: datetime,
) -> list[Record]:
    """The records of a claims file: its document, itself, and per claim the lines and our reading.

    Args:
        parsed: the file as parsed.
        name: of the claims file.
        claims_bytes: its bytes.
        document: bytes of the document it names.
        received_at: when both were received, aware UTC.

    Raises:
        ClaimsFileError: a line number that the document does not have.
        TimeError: a time that cannot be read.

    """
    source = _source_of(parsed, document, name, received_at)
    reading = Source(
        sha256=hashlib.sha256(claims_bytes).hexdigest(),
        size_bytes=len(claims_bytes),
        name=name,
        media="claims",
        received_at=received_at,
        provider="the analyst",
        credit="the analyst",
        redistributable=True,
        simulated=parsed.simulated,
        unknown={"licence": "the analyst's own reading of the document"},
    )
    lines = document.decode("utf-8", errors="replace").splitlines()
    records: list[Record] = [source, reading]
    for claim in parsed.claim:
        if claim.last_line > len(lines) or not 0 < claim.first_line <= claim.last_line:
            what = f"claim {claim.id}: lines {claim.lines}, but the document has {len(lines)}"
            raise ClaimsFileError(name=name, what=what)
        verbatim = "\n".join(lines[claim.first_line - 1 : claim.last_line])
        records.extend(_statement_and_reading(claim, source, reading, verbatim))
    return records


def _source_of(parsed: ClaimsFile, document: bytes, name: str, received_at: datetime) -> Source:
    """The document, or the notes beside it, whichever these bytes are."""
    entry, digest = parsed.source, hashlib.sha256(document).hexdigest()
    notes = entry.notes if entry.notes is not None and entry.notes.sha256 == digest else None
    if notes is None and entry.sha256 not in {None, digest}:
        what = f"the document hashes to {digest}, but was read as {entry.sha256}"
        raise ClaimsFileError(name=name, what=what)
    given = PurePath(entry.path if notes is None else notes.path).name
    return Source(
        sha256=digest,
        size_bytes=len(document),
        name=given,
        media="article",
        received_at=received_at,
        provider=entry.provider,
        licence=entry.licence if notes is None else notes.licence,
        credit=entry.credit if notes is None else notes.credit,
        redistributable=entry.redistributable if notes is None else True,
        url=entry.url,
        simulated=parsed.simulated,
        unknown={
            field: why
            for field, why in _reasons(entry).items()
            if notes is None or field not in {"licence", "credit", "redistributable"}
        },
    )


def _reasons(entry: DocumentEntry) -> dict[str, str]:
    unstated = {
        field: "not stated in the claims file"
        for field in ("provider", "licence", "credit", "redistributable")
        if getattr(entry, field) is None
    }
    return {**unstated, **entry.unknown}


def _statement_and_reading(
    entry: ClaimEntry, source: Source, reading: Source, verbatim: str
) -> tuple[Observation, Claim]:
    time = None if entry.time is None else TimeInterval.parse(entry.time)
    statement = Observation(
        source_id=source.id,
        what="statement",
        subject=entry.subject,
        locator=f"lines {entry.first_line}-{entry.last_line}",
        time=None,
        raw=verbatim,
    )
    said: dict[str, Any] = {
        key: getattr(entry, key)
        for key in (
            "name", "lon", "lat", "radius_m", "scene", "likelihood_ratio", "basis", "length_m",
            "note",
        )
        if getattr(entry, key) is not None
    }  # fmt: skip
    if entry.relative is not None:
        said["relative"] = entry.relative.model_dump(mode="json")
    if entry.area is not None:
        said["area"] = [list(corner) for corner in entry.area]
    if entry.slip is not None:
        said["slips"] = [entry.slip.model_dump(mode="json")]
    parameters: dict[str, JsonValue] = {"alias": entry.id}
    if entry.reading is not None:
        parameters["reading"] = entry.reading
    claim = Claim(
        subject=entry.subject,
        predicate=entry.predicate,
        value=said,
        time=time,
        basis=Basis.REPORTED,
        method=METHOD,
        parameters=parameters,
        inputs=(statement.id, reading.id),
    )
    return statement, claim
