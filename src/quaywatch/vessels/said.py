"""A statement about a ship or a company, and who makes it: a list or a document, of which day."""

from dataclasses import dataclass
from typing import Any, Protocol

from quaywatch.evidence.interval import TimeInterval


class Stated(Protocol):
    """What is needed of a claim: of the record, or of its content as it was sealed."""

    @property
    def id(self) -> str:
        """``claim:…``."""

    @property
    def subject(self) -> str:
        """Whom it is about."""

    @property
    def predicate(self) -> str:
        """What it says of it."""

    @property
    def value(self) -> Any:  # noqa: ANN401  (any JSON value)
        """As docs/registers.md and docs/claims.md have it."""

    @property
    def time(self) -> TimeInterval | None:
        """When it holds; of a list: the day of the snapshot."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Ids of what it rests on: of a register its entry and the reading of the file."""


@dataclass(frozen=True, slots=True)
class Said:
    """Who says it: which list or document, of which day."""

    title: str
    """Name of the list, title of the document."""
    day: str | None
    """Of the snapshot or of publication, ISO 8601 as exact as known."""
    claim: str
    """Id of the claim."""
    cause: str
    """``source:…``: the bytes it shares its errors with."""

    def __str__(self) -> str:
        return f"{self.title} of {self.day or 'a day not known'}"
