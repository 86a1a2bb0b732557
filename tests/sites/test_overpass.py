"""Hours of overpass: what looks at one hour can never show is stated, and exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import ActivityInputError
from quaywatch.sites.overpass import local_solar_hours, overpass_bias

HOURS = st.lists(st.floats(0, 23.99), min_size=1, max_size=8)


@given(hours=HOURS, length=st.floats(0.5, 30))
def test_the_share_is_that_of_arrivals_tried_one_by_one(hours: list[float], length: float) -> None:
    """The closed form is what a reader quotes: it must be what trying every minute gives."""
    found = overpass_bias(hours, lengths_h=[length]).blind[0]
    arrivals = np.arange(0, 24, 1 / 60)
    later = np.mod(np.array(hours)[None, :] - arrivals[:, None], 24.0)
    unseen = float((later.min(axis=1) >= length).mean())
    assert found.share == pytest.approx(unseen, abs=0.005 * (len(hours) + 1))


@given(hours=HOURS, more=st.floats(0, 23.99), turn=st.floats(-24, 24))
def test_another_hour_never_blinds_and_the_clock_may_turn(
    hours: list[float], more: float, turn: float
) -> None:
    """A look at a new hour can only help, and midnight is an hour like any other."""
    one, two = overpass_bias(hours), overpass_bias([*hours, more])
    assert all(b.share <= a.share + 1e-9 for a, b in zip(one.blind, two.blind, strict=True))
    turned = overpass_bias([h + turn for h in hours])
    assert [b.share for b in turned.blind] == pytest.approx([b.share for b in one.blind], abs=1e-6)


def test_morning_passes_miss_a_night() -> None:
    """METHODS section 7: passes at 09:30 to 11:30 miss calls of the night under about 12 hours."""
    found = overpass_bias([9.5, 10.2, 11.5])
    assert found.night_blind_h == 12.0
    assert found.always_seen_h == pytest.approx(22.0)
    assert "09:30 and 11:30" in found.statement


def test_the_expected_share_follows_the_law_of_dwell() -> None:
    """Under long stays hardly a call escapes the hour; under short ones most do."""
    long = overpass_bias([10.0], survival=lambda u: np.exp(-u / 20.0)).unseen_share
    short = overpass_bias([10.0], survival=lambda u: np.exp(-u / 0.1)).unseen_share
    # One hour: E[max(0, 24 - L)] / 24 = 1 - m (1 - exp(-1/m)) for a mean of m days.
    assert long == pytest.approx(1 - 20 * (1 - np.exp(-1 / 20)), abs=1e-6)
    assert short == pytest.approx(1 - 0.1 * (1 - np.exp(-10)), abs=1e-6)


def test_no_look_says_nothing_and_warns() -> None:
    """Without looks nothing may pass for a clean bill."""
    found = overpass_bias([])
    assert found.always_seen_h is None
    assert found.warned
    assert "no usable look" in found.to_json()["statement"]


def test_an_hour_that_is_none_is_refused() -> None:
    """A missing time must not become an hour."""
    with pytest.raises(ActivityInputError):
        overpass_bias([float("nan")])


def test_solar_hours_follow_the_longitude() -> None:
    """Orbits keep to the sun, not to the clock of a country."""
    assert local_solar_hours([2.0], 125.4)[0] == pytest.approx(10.36)
    assert local_solar_hours([2.0], -120.0)[0] == pytest.approx(18.0)
