"""Words follow the number, in ICD-203's order, and never claim certainty."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import ProbabilityError
from quaywatch.evidence.wording import CEILING, bounded, phrase, term

ORDER = [
    "almost no chance", "very unlikely", "unlikely", "roughly even chance", "likely",
    "very likely", "almost certain",
]  # fmt: skip
PROBABILITIES = st.floats(0, 1)


@given(PROBABILITIES, PROBABILITIES)
def test_a_higher_probability_never_takes_a_weaker_word(p: float, q: float) -> None:
    """A reader ranks claims by their words."""
    low, high = sorted((p, q))
    assert ORDER.index(term(low)) <= ORDER.index(term(high))


@given(PROBABILITIES)
def test_no_phrase_claims_more_than_99_percent(p: float) -> None:
    """Nothing that we compute is certain, and no tool may print that it is."""
    assert 1 - CEILING <= bounded(p) <= CEILING
    text = phrase(p)
    assert text.startswith(term(p))
    assert "100%" not in text
    assert "(0%" not in text


@given(PROBABILITIES)
def test_for_and_against_use_mirrored_words(p: float) -> None:
    """The rival of a likely claim is unlikely, by exactly as much."""
    mirrored = ORDER[len(ORDER) - 1 - ORDER.index(term(1 - p))]
    # 1 - p is rounded; on a boundary the two may fall on its two sides.
    at_boundary = any(math.isclose(p, b) for b in (0.05, 0.2, 0.45, 0.55, 0.8, 0.95))
    assert at_boundary or term(p) == mirrored


@pytest.mark.parametrize(
    ("p", "word"),
    [
        (0.0, "almost no chance"),
        (0.049, "almost no chance"),
        (0.05, "very unlikely"),
        (0.20, "unlikely"),
        (0.45, "roughly even chance"),
        (0.5, "roughly even chance"),
        (0.55, "roughly even chance"),
        (0.551, "likely"),
        (0.80, "likely"),
        (0.95, "very likely"),
        (0.951, "almost certain"),
        (1.0, "almost certain"),
    ],
)
def test_a_boundary_takes_the_weaker_claim(p: float, word: str) -> None:
    """Where two words fit, the one nearer to even odds is said."""
    assert term(p) == word


@pytest.mark.parametrize("p", [-0.01, 1.01, float("nan"), float("inf")])
def test_what_is_no_probability_has_no_word(p: float) -> None:
    """A NaN worded "almost certain" would be printed."""
    with pytest.raises(ProbabilityError):
        phrase(p)
