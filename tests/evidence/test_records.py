"""A record's id is the hash of its content, whatever road the content takes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import (
    Basis,
    Claim,
    Finding,
    Observation,
    Rival,
    Source,
    canonical_json,
    record_from_json,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC)).map(TimeInterval.at)
PROBABILITIES = st.none() | st.floats(0, 1)

OBSERVATIONS = st.builds(
    Observation, source_id=TEXT, what=TEXT, subject=TEXT, locator=TEXT, time=TIMES,
    raw=st.none() | TEXT, values=st.dictionaries(TEXT, VALUES, max_size=4),
)  # fmt: skip
CLAIMS = st.builds(
    Claim, subject=TEXT, predicate=TEXT, value=VALUES, reason=st.just("unknown"),
    unit=st.none() | TEXT, low=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    time=TIMES, probability=PROBABILITIES, basis=st.sampled_from(Basis), method=st.just("m@1"),
    parameters=st.dictionaries(TEXT, VALUES, max_size=3),
    inputs=st.lists(TEXT, max_size=3).map(tuple),
)  # fmt: skip
FINDINGS = st.builds(
    Finding, subject=TEXT, statement=TEXT, claims=st.just(("claim:1",)), argument=TEXT,
    assumptions=st.lists(TEXT, max_size=2).map(tuple),
    rivals=st.just((Rival(statement="clock", stands="open", because="?"),)),
    would_refute=st.just(("an image",)), probability=PROBABILITIES, reason=st.just("why"),
    source_confidence=TEXT,
)  # fmt: skip


@given(OBSERVATIONS | CLAIMS | FINDINGS)
def test_an_id_survives_storage(record: Observation | Claim | Finding) -> None:
    """An id that changed on the way to disk would break every link to the record."""
    again = record_from_json(record.canonical())
    assert again.id == record.id
    assert again.canonical() == record.canonical()
    assert type(again) is type(record)


@given(OBSERVATIONS, TEXT)
def test_another_content_has_another_id(record: Observation, text: str) -> None:
    """Otherwise a record could be changed under its name."""
    other = record.model_copy(update={"locator": text})
    other = Observation(**dict(other))
    assert (other.id == record.id) == (text == record.locator)


@given(st.dictionaries(TEXT, VALUES, max_size=6))
def test_the_order_of_keys_is_no_content(values: dict[str, JsonValue]) -> None:
    """Two programs that say the same must make the same record."""
    assert canonical_json(values) == canonical_json(dict(reversed(values.items())))


def a_source(**changes: Any) -> Source:  # noqa: ANN401  (any field may be changed)
    """A source with every field known."""
    fields: dict[str, Any] = {
        "sha256": "a" * 64, "size_bytes": 1, "name": "x", "media": "ais", "provider": "p",
        "received_at": datetime(2025, 2, 3, tzinfo=UTC), "licence": "CC0-1.0", "credit": "c",
        "redistributable": True,
    }  # fmt: skip
    return Source(**(fields | changes))


@pytest.mark.parametrize("name", ["provider", "licence", "credit", "redistributable"])
def test_an_unknown_licence_has_a_reason(name: str) -> None:
    """A dossier may not show what nobody has said may be shown."""
    with pytest.raises(ValidationError, match=name):
        a_source(**{name: None})
    assert a_source(**{name: None, "unknown": {name: "not stated"}}).id == a_source().id


def test_the_same_bytes_are_one_source() -> None:
    """The bytes are the identity, however they were called or when they came."""
    assert a_source(name="y", provider="q").id == a_source().id
    assert a_source(sha256="b" * 64).id != a_source().id


@pytest.mark.parametrize(
    "changes",
    [
        {"value": None},
        {"probability": 1.1},
        {"probability": float("nan")},
        {"low": float("inf")},
        {"method": "m"},
        {"basis": "guessed"},
        {"colour": "red"},
    ],
)
def test_a_claim_that_says_nothing_is_refused(changes: dict[str, Any]) -> None:
    """Unknown is not a value: without one, the reason must be given."""
    fields = {"subject": "s", "predicate": "p", "value": 1, "basis": "observed", "method": "m@1"}
    Claim.model_validate(fields)
    with pytest.raises(ValidationError):
        Claim.model_validate(fields | changes)


@pytest.mark.parametrize("lacking", ["claims", "rivals", "would_refute"])
def test_a_finding_without_a_rival_or_a_refutation_is_refused(lacking: str) -> None:
    """What nothing could refute is no finding."""
    fields: dict[str, Any] = {
        "subject": "s", "statement": "s", "claims": ["claim:1"], "argument": "a",
        "assumptions": [], "would_refute": ["x"], "reason": "r", "source_confidence": "c",
        "rivals": [{"statement": "clock", "stands": "open", "because": "?"}],
    }  # fmt: skip
    Finding.model_validate(fields)
    with pytest.raises(ValidationError):
        Finding.model_validate(fields | {lacking: []})


def test_records_cannot_be_changed() -> None:
    """A record in memory is the record on disk."""
    with pytest.raises(ValidationError, match="frozen"):
        a_source().name = "y"
