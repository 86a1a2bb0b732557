"""Time as an interval ``[start, end)`` in UTC: what a source says is never sharper than it says."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from quaywatch.errors import TimeError


def _aware_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise TimeError(text=at.isoformat())
    return at.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_aware_utc)]
"""An aware instant, kept in UTC."""


class TimeInterval(BaseModel):
    """A half-open interval of time; an instant known exactly has ``start == end``.

    Raises:
        TimeError: an end carries no zone.

    Examples:
        >>> TimeInterval.parse("2025-02-03").duration
        datetime.timedelta(days=1)
        >>> TimeInterval.parse("2025-02-03T00:09Z").start.isoformat()
        '2025-02-03T00:09:00+00:00'

    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: Instant
    end: Instant

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end < self.start:
            msg = f"interval ends at {self.end.isoformat()}, before it starts; swap the two"
            raise ValueError(msg)
        return self

    @classmethod
    def at(cls, instant: datetime) -> Self:
        """An instant taken as known exactly."""
        return cls(start=instant, end=instant)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ISO 8601: an instant with its zone, a bare date, or ``start/end`` of either.

        A bare date is the whole UTC day, so that "3 February" is never taken for midnight.

        Raises:
            TimeError: the text is no date, or an instant without a zone.

        """
        first, slash, last = text.strip().partition("/")
        if slash:
            return cls(start=cls.parse(first).start, end=cls.parse(last).end)
        try:
            if len(first) == len("2025-02-03"):
                day = date.fromisoformat(first)
                midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
                return cls(start=midnight, end=midnight + timedelta(days=1))
            instant = datetime.fromisoformat(first)
        except (ValueError, OverflowError) as err:
            raise TimeError(text=text) from err
        if instant.tzinfo is None:
            raise TimeError(text=text)
        return cls.at(instant)

    @property
    def duration(self) -> timedelta:
        """From start to end; zero for an instant."""
        return self.end - self.start

    @property
    def midpoint(self) -> datetime:
        """Halfway; for an instant, itself."""
        return self.start + self.duration / 2
