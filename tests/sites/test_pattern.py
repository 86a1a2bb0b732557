"""Rate and dwell from the looks in which calls were first and last seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from quaywatch.sites.exposure import EXPONENTIAL, Family, covered_exposure, dwell_grid, known_dwell
from quaywatch.sites.pattern import BerthRecord, Call, call_weights, pattern_posterior
from quaywatch.sites.posterior import mixed_poisson, pmf_quantile
from quaywatch.testing.activity_sim import berthed, gamma, lognormal, poisson, records, usable_looks

LOOKS = np.array([1.0, 2.5, 3.0, 7.0, 11.0, 12.0])
EDGE = [-np.inf, *LOOKS, np.inf]
ALL = [Call(EDGE[i - 1], EDGE[i], EDGE[j], EDGE[j + 1]) for i in range(1, 7) for j in range(i, 7)]


def test_patterns_add_up_to_the_exposure() -> None:
    """Every arrival a look shows has one pattern: also those there before and after all looks."""
    dwell = dwell_grid()
    exposure = covered_exposure(LOOKS, 0.0, 13.0, dwell)
    inside = call_weights(ALL, dwell, 0.0, 13.0).sum(axis=0)
    whole = call_weights(ALL, dwell, -np.inf, np.inf).sum(axis=0)
    assert inside == pytest.approx(exposure.inside_days, rel=1e-6)
    assert whole == pytest.approx(exposure.window_days, rel=1e-6)


def test_patterns_come_as_often_as_in_simulated_traffic() -> None:
    """The likelihood against brute force: every pattern's share of a million arrivals."""
    rng = np.random.default_rng(3)
    come = rng.uniform(-60, 13, 1_000_000)
    leave = come + 2.0 * np.exp(0.6 * rng.standard_normal(len(come)))
    first, last = np.searchsorted(LOOKS, come), np.searchsorted(LOOKS, leave) - 1
    dwell = dwell_grid(2.0, 0.0, families=[(Family("lognormal", 0.6), 1.0)])
    told = call_weights(ALL, dwell, -60.0, 13.0)[:, 0] / 73.0
    pairs = [(i, j) for i in range(6) for j in range(i, 6)]
    found = [float(((first == i) & (last == j)).mean()) for i, j in pairs]
    assert found == pytest.approx(told, abs=4e-4)


@pytest.mark.parametrize(
    ("rate", "mean"), [(0.10, 2.0), (0.10, 4.0), (0.15, 3.0)], ids=["2d", "4d", "3d"]
)
def test_recovers_rate_and_dwell_together(rate: float, mean: float) -> None:
    """METHODS section 7 recovered (0.10, 2.0), (0.10, 4.0), (0.15, 3.0) in medians of 60 years."""
    grid = dwell_grid(2.05, 1.2, families=[(EXPONENTIAL, 1.0)], size=41)
    draw = gamma(mean / EXPONENTIAL.mean, 1.0)
    found = []
    for seed in range(24):
        rng = np.random.default_rng([7, seed])
        arrivals = poisson(rng, rate, 365.0)
        traffic = berthed(arrivals, draw(rng, len(arrivals)), 15)
        told = pattern_posterior(records(traffic, usable_looks(rng, 140, 365.0)), 0.0, 365.0, grid)
        assert told is not None
        found.append((told.rate_quantile(0.5), told.dwell_quantile(0.5, mean=True)))
    rates, means = np.median(np.array(found), axis=0)
    assert rates == pytest.approx(rate, rel=0.12)
    assert means == pytest.approx(mean, rel=0.15)


def test_known_dwell_gives_the_gamma_of_methods() -> None:
    """METHODS section 7: λ | data ~ Gamma(0.5 + N, W)."""
    dwell = known_dwell(2.0)
    calls = (Call(1.0, 2.5, 2.5, 3.0), Call(3.0, 7.0, 7.0, 11.0))
    told = pattern_posterior([BerthRecord(LOOKS, calls)], 1.0, 12.0, dwell)
    assert told is not None
    window = covered_exposure(LOOKS, 1.0, 12.0, dwell).window_days[0]
    expected = stats.gamma.ppf([0.05, 0.5, 0.95], 2.5, scale=1 / window)
    assert told.rate_quantile([0.05, 0.5, 0.95]) == pytest.approx(expected, rel=0.01)


def test_berths_of_one_calendar_are_as_one() -> None:
    """Where a ship lay must not change how many there were."""
    calls = [Call(1.0, 2.5, 2.5, 3.0), Call(3.0, 7.0, 11.0, 12.0)]
    apart = [BerthRecord(LOOKS, (calls[0],)), BerthRecord(LOOKS, (calls[1],))]
    one = pattern_posterior([BerthRecord(LOOKS, tuple(calls))], 0.0, 12.0, dwell_grid())
    two = pattern_posterior(apart, 0.0, 12.0, dwell_grid())
    assert one is not None
    assert two is not None
    assert two.rate_quantile([0.1, 0.9]) == pytest.approx(one.rate_quantile([0.1, 0.9]))
    assert two.calls_pmf == pytest.approx(one.calls_pmf, abs=1e-9)


def test_a_sure_link_is_one_ship_and_a_doubted_one_lies_between() -> None:
    """Two sightings that may be one ship must widen what is said, not double it."""
    parts = (Call(1.0, 2.5, 2.5, 3.0), Call(2.5, 3.0, 7.0, 11.0))
    means = []
    for same in (0.0, 0.5, 1.0):
        told = pattern_posterior([BerthRecord(LOOKS, parts, (same,))], 0.0, 12.0, dwell_grid())
        assert told is not None
        means.append(told.calls_mean)
    whole = BerthRecord(LOOKS, (Call(1.0, 2.5, 7.0, 11.0),))
    joined = pattern_posterior([whole], 0.0, 12.0, dwell_grid())
    assert joined is not None
    assert means[2] == pytest.approx(joined.calls_mean)
    assert means[0] > means[1] > means[2]


@settings(max_examples=25, deadline=None)
@given(shift=st.floats(-4000, 9000), seed=st.integers(0, 1000))
def test_the_date_does_not_matter(shift: float, seed: int) -> None:
    """Days count from an arbitrary origin."""
    rng = np.random.default_rng(seed)
    arrivals = poisson(rng, 0.2, 40.0)
    traffic = berthed(arrivals, lognormal(2.0)(rng, len(arrivals)), 3)
    looks = np.sort(rng.uniform(-5, 45, 12))
    told = records(traffic, looks)
    moved = [
        BerthRecord(
            r.looks + shift,
            tuple(
                Call(c.after + shift, c.first + shift, c.last + shift, c.until + shift)
                for c in r.calls
            ),
        )
        for r in told
    ]
    here = pattern_posterior(told, 0.0, 40.0, dwell_grid(size=9))
    there = pattern_posterior(moved, shift, 40.0 + shift, dwell_grid(size=9))
    assert (here is None) == (there is None)
    if here is not None and there is not None:
        assert there.rate_quantile(0.5) == pytest.approx(here.rate_quantile(0.5), rel=1e-3)
        certain = sum(c.after >= 0 and c.first <= 40 for r in told for c in r.calls)
        assert here.calls_interval(0.95)[0] >= certain


def test_calls_made_are_wider_than_calls_expected_only_by_chance() -> None:
    """The three intervals differ: seen calls are certain, unseen ones vary about the rate."""
    looks = np.arange(0.0, 366.0, 0.5)
    calls = tuple(Call(a - 0.5, a, a + 1.5, a + 2.0) for a in np.arange(5.0, 360.0, 10.0))
    told = pattern_posterior([BerthRecord(looks, calls)], 0.0, 365.0, dwell_grid())
    assert told is not None
    low, high = told.calls_interval(0.9)
    assert low == high == len(calls)
    expected = told.calls_expected_quantile([0.05, 0.95])
    assert expected[1] - expected[0] > 15


def test_mixed_poisson_keeps_mean_and_spread() -> None:
    """Gathering means in cells must not narrow the count."""
    mean = np.geomspace(0.1, 40, 500)
    weight = np.full(500, 1 / 500)
    pmf = mixed_poisson(mean, weight)
    number = np.arange(len(pmf))
    assert number @ pmf == pytest.approx(mean.mean(), rel=1e-4)
    variance = number**2 @ pmf - (number @ pmf) ** 2
    assert variance == pytest.approx(mean.mean() + mean.var(), rel=2e-3)
    assert pmf_quantile(pmf, [0.0, 1.0]).tolist()[0] == 0


def test_no_look_says_nothing() -> None:
    """Silence without looks is no rate of nought."""
    assert pattern_posterior([BerthRecord(np.zeros(0), ())], 0.0, 30.0, dwell_grid()) is None
    assert pattern_posterior([BerthRecord(np.array([-3.0]), ())], 0.0, 30.0, dwell_grid()) is None
