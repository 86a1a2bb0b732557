"""The four records that everything printed rests on: source, observation, claim, finding.

Each is immutable, and its ``id`` is the hash of its content, so that a record cannot be changed
without becoming another one, and saying the same thing twice says it once. *When we learned it*
is not content: the ledger keeps that.
"""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from quaywatch.evidence.interval import Instant, TimeInterval


class Basis(StrEnum):
    """Who stands behind a statement."""

    OBSERVED = "observed"
    """A pixel or a record says so."""
    INFERRED = "inferred"
    """We compute it, with a probability."""
    REPORTED = "reported"
    """Others say so."""


def canonical_json(content: JsonValue) -> bytes:
    """The one byte string of a JSON value (RFC 8785), to hash and to compare.

    Examples:
        >>> canonical_json({"b": 1.0, "a": None})
        b'{"a":null,"b":1}'

    """
    return rfc8785.dumps(content)


class Record(BaseModel):
    """What the ledger keeps: immutable, and named by the hash of its content."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    kind: ClassVar[str]

    def content(self) -> dict[str, JsonValue]:
        """The record as JSON values, its kind included."""
        return {"kind": self.kind, **self.model_dump(mode="json")}

    def canonical(self) -> bytes:
        """The record's one byte string."""
        return canonical_json(self.content())

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Another record with some fields changed, validated, under its own id."""
        del deep  # nothing in a record can be changed, so nothing needs a copy of its own
        return type(self).model_validate({**self.model_dump(), **(update or {})})

    @cached_property
    def id(self) -> str:
        """Kind and SHA-256 of the canonical content."""
        return f"{self.kind}:{hashlib.sha256(self.canonical()).hexdigest()}"


class Source(Record):
    """Bytes received: a file or a response, kept unchanged under their SHA-256.

    Raises:
        ValidationError: licence, credit, provider or redistribution is None with no reason given.

    """

    kind: ClassVar[str] = "source"

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int = Field(ge=0)
    name: str
    """File name as received."""
    media: str
    """What the bytes are: ``ais``, ``imagery``, ``site``, ``claims``, ``article``, …"""
    received_at: Instant
    provider: str | None = None
    licence: str | None = None
    """SPDX id, or the provider's own name for its terms."""
    credit: str | None = None
    """The line that must stand beside every use."""
    redistributable: bool | None = None
    url: str | None = None
    simulated: bool = False
    """True only for worlds made by ``quaywatch.testing``; carried onto every page."""
    unknown: dict[str, str] = {}
    """Why a field above is None: field name → reason."""

    @model_validator(mode="after")
    def _unknown_has_a_reason(self) -> Self:
        for name in ("provider", "licence", "credit", "redistributable"):
            if getattr(self, name) is None and name not in self.unknown:
                msg = f"{name} is unknown; say why in unknown[{name!r}]"
                raise ValueError(msg)
        return self

    @cached_property
    def id(self) -> str:
        """The bytes are the identity: the same bytes received twice are one source."""
        return f"source:{self.sha256}"


class Observation(Record):
    """What a source says, raw kept: an AIS report, a scene, a register entry, a sentence."""

    kind: ClassVar[str] = "observation"

    source_id: str
    what: str
    """``ais-position``, ``scene``, ``statement``, …"""
    subject: str
    """What it is about: ``mmsi:…``, ``imo:…``, ``scene:…``, ``site:…``."""
    locator: str
    """Where in the source: ``record 1042``, ``lines 88-90``, ``whole``."""
    time: TimeInterval | None = None
    raw: str | None = None
    """Verbatim, where it is text."""
    values: dict[str, JsonValue] = {}


class Claim(Record):
    """Our reading: a value or an interval, or None with the reason it is unknown.

    Raises:
        ValidationError: no value and no reason; or a probability outside 0 to 1.

    """

    kind: ClassVar[str] = "claim"

    subject: str
    predicate: str
    value: JsonValue = None
    reason: str | None = None
    """Why ``value`` is None."""
    unit: str | None = None
    low: float | None = None
    """Lower end of the interval, in ``unit``."""
    high: float | None = None
    time: TimeInterval | None = None
    probability: float | None = Field(default=None, ge=0, le=1)
    basis: Basis
    method: str = Field(pattern=r"^[a-z0-9-]+@\d+$")
    """``name@version``: with parameters and inputs it says how to compute this again."""
    parameters: dict[str, JsonValue] = {}
    inputs: tuple[str, ...] = ()
    """Ids of the records it rests on."""

    @model_validator(mode="after")
    def _none_has_a_reason(self) -> Self:
        if self.value is None and not self.reason:
            msg = "a claim without a value must say why in `reason`"
            raise ValueError(msg)
        return self


class Rival(BaseModel):
    """Another explanation of the same claims, and how well it fits them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    statement: str
    stands: Literal["excluded", "unlikely", "open"]
    because: str


class Finding(Record):
    """Claims joined by an argument, with its rivals and what would refute it."""

    kind: ClassVar[str] = "finding"

    subject: str
    statement: str
    claims: tuple[str, ...] = Field(min_length=1)
    argument: str
    assumptions: tuple[str, ...]
    rivals: tuple[Rival, ...] = Field(min_length=1)
    """The best innocent explanation is always among them."""
    would_refute: tuple[str, ...] = Field(min_length=1)
    probability: float | None = Field(default=None, ge=0, le=1)
    reason: str | None = None
    """Why no probability is stated."""
    source_confidence: str
    """A sentence of its own, never mixed with the likelihood (ICD-203)."""

    @model_validator(mode="after")
    def _none_has_a_reason(self) -> Self:
        if self.probability is None and not self.reason:
            msg = "a finding without a probability must say why in `reason`"
            raise ValueError(msg)
        return self


RECORD_KINDS: dict[str, type[Record]] = {
    cls.kind: cls for cls in (Source, Observation, Claim, Finding)
}


def record_from_content(content: dict[str, JsonValue]) -> Record:
    """Rebuild a record from its JSON; its id must come out as it was.

    Raises:
        KeyError: the content names no known kind.
        ValidationError: the content does not satisfy that kind.

    Examples:
        >>> claim = Claim(subject="imo:1059149", predicate="cargo", reason="no image",
        ...               basis="inferred", method="cargo@1")
        >>> record_from_content(claim.content()).id == claim.id
        True

    """
    fields = dict(content)
    kind = fields.pop("kind")
    return RECORD_KINDS[str(kind)].model_validate(fields)


def record_from_json(text: str | bytes) -> Record:
    """Rebuild a record from its canonical JSON; its id must come out as it was.

    RFC 8785 writes a whole float without a fraction, so a number beyond 2**53 reads like an
    integer that no record can hold; it can only have been a float, and becomes one again.

    Raises:
        KeyError: the content names no known kind.
        ValidationError: the content does not satisfy that kind.

    Examples:
        >>> claim = Claim(subject="site:nampo", predicate="stock", value=2.0**60, unit="t",
        ...               basis="inferred", method="stock@1")
        >>> record_from_json(claim.canonical()) == claim
        True

    """
    return record_from_content(content_from_json(text))


def content_from_json(text: str | bytes) -> dict[str, JsonValue]:
    """The content of a record as its canonical JSON has it, without making a record of it.

    Examples:
        >>> content_from_json(b'{"kind":"claim","value":1}')["value"]
        1

    """
    content: dict[str, JsonValue] = _DECODER.decode(
        text if isinstance(text, str) else text.decode()
    )
    return content


def _whole_number(digits: str) -> int | float:
    number = int(digits)
    return number if abs(number) < 2**53 else float(digits)


_DECODER = json.JSONDecoder(parse_int=_whole_number)
