"""What looks could have shown of arrivals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from quaywatch.sites.exposure import (
    EXPONENTIAL,
    Family,
    chance_to_see,
    covered_exposure,
    dwell_grid,
    dwells_seen,
    known_dwell,
)

FORMS = [Family("lognormal", 0.4), Family("lognormal", 0.9), EXPONENTIAL, Family("gamma", 3.0)]


@pytest.mark.parametrize("family", FORMS, ids=["narrow", "wide", "exponential", "gamma"])
@pytest.mark.parametrize("x", [0.05, 0.9, 4.0, 30.0])
def test_integral_is_that_of_the_survival(family: Family, x: float) -> None:
    """W is made of these integrals; a wrong one is a wrong rate."""
    told = float(family.integral(np.array([x]))[0])
    found, _ = integrate.quad(lambda u: float(family.survival(np.array([u]))[0]), 0, x, limit=200)
    assert told == pytest.approx(found, rel=1e-6)
    assert float(family.survival(np.array([1.0]))[0]) == pytest.approx(0.5)
    assert float(family.integral(np.array([np.inf]))[0]) == pytest.approx(family.mean)


@pytest.mark.parametrize(("mean_days", "chance"), [(2.0, 0.43), (1.0, 0.24)])
def test_ninety_looks_a_year_see_less_than_half(mean_days: float, chance: float) -> None:
    """METHODS section 0: 0.43 of 2-day calls and 0.25 of 1-day calls."""
    looks = np.arange(1, 91) * 365 / 90
    covered = covered_exposure(looks, 0.0, 365.0, known_dwell(mean_days)).inside_days
    assert float(covered[0]) / 365 == pytest.approx(chance, abs=0.006)


def test_silence_of_seven_looks_in_a_month() -> None:
    """METHODS section 7: W = 13.5 d, so 6.7 calls remain, and three would be seen with 0.74."""
    looks = np.arange(1, 9) * 30 / 8
    covered = float(covered_exposure(looks, 0.0, 30.0, known_dwell(2.0)).inside_days[0])
    assert covered == pytest.approx(13.5, abs=0.06)
    assert 3.0 / covered * 30 == pytest.approx(6.7, abs=0.06)
    assert chance_to_see(3, covered, 30) == pytest.approx(0.74, abs=0.005)


@given(
    looks=st.lists(st.floats(-20, 50), max_size=12),
    more=st.floats(-20, 50),
    median=st.floats(0.3, 8),
)
def test_a_look_more_never_covers_less(looks: list[float], more: float, median: float) -> None:
    """A look can only show ships; a rate that rose with looks would be an artefact."""
    dwell = dwell_grid(median, 0.0)
    few = covered_exposure(looks, 0.0, 30.0, dwell)
    many = covered_exposure([*looks, more], 0.0, 30.0, dwell)
    assert (many.inside_days >= few.inside_days - 1e-9).all()
    assert (many.inside_days <= 30.0 + 1e-9).all()
    assert (few.window_days >= few.inside_days - 1e-9).all()


@given(looks=st.lists(st.floats(-20, 60), min_size=1, max_size=12), cut=st.floats(1, 29))
def test_two_halves_cover_what_the_whole_does(looks: list[float], cut: float) -> None:
    """Months must add up to their year."""
    dwell = known_dwell(2.0)
    parts = [covered_exposure(looks, a, b, dwell).inside_days for a, b in ((0.0, cut), (cut, 30.0))]
    assert sum(parts) == pytest.approx(covered_exposure(looks, 0.0, 30.0, dwell).inside_days)


def test_exposure_is_the_share_of_simulated_arrivals_seen() -> None:
    """The formula against counting: ships that lie there in a look, of all that came."""
    rng = np.random.default_rng(1)
    looks = np.sort(rng.uniform(-10, 40, 14))
    come = rng.uniform(0, 30, 400_000)
    leave = come + 2.0 * np.exp(0.6 * rng.standard_normal(len(come)))
    seen = np.searchsorted(looks, leave) > np.searchsorted(looks, come)
    dwell = dwell_grid(2.0, 0.0, families=[(Family("lognormal", 0.6), 1.0)])
    covered = covered_exposure(looks, 0.0, 30.0, dwell).inside_days
    assert float(seen.mean()) == pytest.approx(float(covered[0]) / 30, abs=0.003)


def test_dwells_measured_whole_narrow_the_prior() -> None:
    """A berth's own history says more of its dwell than the world's bulk trade."""
    rng = np.random.default_rng(2)
    days = 4.0 * np.exp(0.6 * rng.standard_normal(60))
    told = dwells_seen(days * 0.98, days * 1.02).to_json()
    assert told["median_days"] == pytest.approx(4.0, rel=0.2)
    assert told["log_sd"] < 0.15
