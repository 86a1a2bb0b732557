"""What a look is worth before it is taken: nothing where it is blind, and never less."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quaywatch.errors import ProbabilityError
from quaywatch.evidence.likelihood import chance, log_odds_of
from quaywatch.fusion.value_of_looking import (
    EYES,
    FITS,
    MOST_LOG_RATIO,
    Clear,
    Predicts,
    p_found,
    worth_of,
)

P = st.floats(0.0, 1.0)
INNER = st.floats(0.01, 0.99)
PREDICTS = st.builds(Predicts, own_if=P, own_else=P, other_if=P, other_else=P)


@given(PREDICTS, INNER, P, st.booleans(), P)
def test_a_look_is_never_worth_less_than_nothing(
    predicts: Predicts,
    p: float,
    found: float,
    identifies: bool,  # noqa: FBT001  # drawn
    usable: float,
) -> None:
    """A list that ranks a look below not looking would advise against evidence."""
    worth = worth_of(predicts, p=p, found=found, identifies=identifies, p_usable=usable)

    assert min(worth.shift, worth.change, worth.variance, worth.bits) >= 0.0
    assert sum(o.chance for o in worth.outcomes) == pytest.approx(1.0)


@given(PREDICTS, INNER, st.booleans())
def test_no_look_has_value_where_nothing_can_be_seen(
    predicts: Predicts,
    p: float,
    identifies: bool,  # noqa: FBT001  # drawn
) -> None:
    """Under cloud, and where no hull would be found, every image is the same."""
    clouded = worth_of(predicts, p=p, found=0.9, identifies=identifies, p_usable=0.0)
    blind = worth_of(predicts, p=p, found=0.0, identifies=identifies, p_usable=1.0)

    assert clouded.shift == clouded.bits == 0.0
    assert blind.shift == pytest.approx(0.0, abs=1e-12)


@given(INNER, P, P, st.booleans())
def test_a_look_after_the_ship_has_left_has_no_value(
    p: float,
    found: float,
    other: float,
    identifies: bool,  # noqa: FBT001  # drawn
) -> None:
    """Whoever lies there then lies there whether she called or not."""
    gone = Predicts(own_if=0.0, own_else=0.0, other_if=other, other_else=other)

    assert worth_of(gone, p=p, found=found, identifies=identifies, p_usable=1.0).shift == 0.0


@given(PREDICTS, INNER, P, st.booleans())
def test_on_average_a_look_moves_nothing(
    predicts: Predicts,
    p: float,
    found: float,
    identifies: bool,  # noqa: FBT001  # drawn
) -> None:
    """A look that is expected to confirm what one thinks already is no test of it."""
    worth = worth_of(predicts, p=p, found=found, identifies=identifies, p_usable=1.0)
    assume(all(abs(o.log_ratio) < MOST_LOG_RATIO - 1e-6 for o in worth.outcomes))

    assert sum(o.chance * o.after for o in worth.outcomes) == pytest.approx(p, abs=1e-6)


def test_pixels_of_ten_metres_tell_no_ship_from_another() -> None:
    """A Sentinel image that "fits the ship" would put a name to any hull of her size."""
    coarse = [eye for eye in EYES if eye.gsd_m > 1.0]
    there = Predicts(own_if=1.0, own_else=0.0, other_if=0.3, other_else=0.3)

    assert coarse
    for eye in coarse:
        worth = worth_of(there, p=0.2, found=0.9, identifies=eye.identifies, p_usable=1.0)
        assert FITS not in {o.shows for o in worth.outcomes}


def test_a_radar_beside_a_quay_finds_nothing() -> None:
    """Quay and hull are one echo: an absence there would be made of nothing."""
    radar = next(eye for eye in EYES if eye.radar)

    assert p_found(radar, length_m=150.0, p_open=0.94, alongside=True) == 0.0
    assert p_found(radar, length_m=150.0, p_open=0.94, alongside=False) == 0.94


@given(st.integers(0, 40), st.integers(0, 40))
def test_few_looks_leave_a_wide_chance_of_clear_sky(usable: int, more: int) -> None:
    """Three looks of one November say little of the next."""
    one, many = Clear(usable, usable + more), Clear(10 * usable, 10 * (usable + more))

    assert one.ends[0] < one.middle < one.ends[1]
    assert many.ends[1] - many.ends[0] <= one.ends[1] - one.ends[0] + 1e-9


def test_one_look_says_no_more_than_its_cap() -> None:
    """However a model rules something out, no single image is trusted beyond 100 to 1."""
    sure = Predicts(own_if=1.0, own_else=0.0, other_if=0.0, other_else=0.0)
    worth = worth_of(sure, p=0.01, found=1.0, identifies=False, p_usable=1.0)

    most = chance(log_odds_of(0.01) + MOST_LOG_RATIO)
    assert max(o.after for o in worth.outcomes) == pytest.approx(most)


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, 1.1])
def test_what_is_certain_cannot_be_moved_and_is_refused(p: float) -> None:
    """No probability here is ever 0 or 1; one that is comes from a mistake."""
    with pytest.raises(ProbabilityError):
        worth_of(Predicts(0.5, 0.5, 0.5, 0.5), p=p, found=0.5, identifies=False, p_usable=0.5)
