"""Time is an interval: what a source says is never made sharper."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quaywatch.errors import TimeError
from quaywatch.evidence.interval import TimeInterval

INSTANTS = st.datetimes(
    min_value=datetime(1900, 1, 2),  # noqa: DTZ001  (the zone is drawn beside it)
    max_value=datetime(2199, 12, 30),  # noqa: DTZ001
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)


@given(INSTANTS, INSTANTS)
def test_an_interval_survives_text_and_zone(first: datetime, second: datetime) -> None:
    """The same instant written in two zones must be one instant."""
    start, end = sorted((first, second))
    interval = TimeInterval.parse(f"{start.isoformat()}/{end.isoformat()}")
    assert (interval.start, interval.end) == (start, end)
    assert interval.start.tzinfo is UTC
    assert TimeInterval.model_validate(interval.model_dump(mode="json")) == interval
    assert interval.start <= interval.midpoint <= interval.end


@given(st.dates(datetime(1900, 1, 1).date(), datetime(2199, 12, 30).date()).map(str))  # noqa: DTZ001
def test_a_bare_date_is_the_whole_day(day: str) -> None:
    """Taken for midnight, "3 February" would be a sighting nine minutes before a broadcast."""
    interval = TimeInterval.parse(day)
    assert interval.duration == timedelta(days=1)
    assert interval.start.isoformat() == f"{day}T00:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2025-02-03T00:09", "2025-02-30", "2025-13-01", "9999-12-31", "a/b", "/"],
)
def test_what_names_no_instant_is_refused(text: str) -> None:
    """A time without its zone may be nine hours off Korea."""
    with pytest.raises(TimeError):
        TimeInterval.parse(text)


def test_an_end_before_its_start_is_refused() -> None:
    """Swapped silently, it would be another claim."""
    with pytest.raises(ValidationError, match="before it starts"):
        TimeInterval.parse("2025-02-04/2025-02-02")
    with pytest.raises(TimeError):
        TimeInterval.at(datetime(2025, 2, 3))  # noqa: DTZ001  (a missing zone is the point)
