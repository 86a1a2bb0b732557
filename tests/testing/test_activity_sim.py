"""Invented traffic and looks: what the benchmark of activity stands on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.testing.activity_sim import (
    berthed,
    convoys,
    gamma,
    lognormal,
    never_free,
    poisson,
    recorded_looks,
    records,
    shown,
    shown_records,
    usable_looks,
    weekly,
)
from quaywatch.testing.bench.activity import _fixed, _full


@pytest.mark.parametrize("per_year", [40, 80, 100, 140, 300])
def test_looks_are_as_many_as_asked(per_year: int) -> None:
    """Coverage is told per number of looks; another number would be another table."""
    counts = []
    for seed in range(40):
        at = usable_looks(np.random.default_rng(seed), per_year, 365.0)
        counts.append(int(((at >= 0) & (at < 365)).sum()))
        assert (np.diff(at) > 0.5).all()
    assert np.mean(counts) == pytest.approx(per_year, rel=0.06)


def test_cloud_comes_in_clusters() -> None:
    """Even looks would be easier than real ones: the gaps must vary more than by chance."""
    gaps = np.concatenate(
        [np.diff(usable_looks(np.random.default_rng(s), 140, 365.0)) for s in range(20)]
    )
    fair = 140 / 365
    assert gaps.var() > 1.2 * (1 - fair) / fair**2


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), berths=st.integers(1, 3), dwell=st.floats(0.5, 5.0))
def test_a_berth_holds_one_ship(seed: int, berths: int, dwell: float) -> None:
    """A queue that let ships overlap would not be a queue."""
    rng = np.random.default_rng(seed)
    arrivals = poisson(rng, 0.5, 60.0)
    traffic = berthed(arrivals, lognormal(dwell)(rng, len(arrivals)), berths)
    for berth in range(berths):
        own = traffic.berth == berth
        assert (traffic.arrival[own][1:] > traffic.departure[own][:-1]).all()


@pytest.mark.parametrize("come", [poisson, convoys, weekly], ids=["poisson", "convoys", "weekly"])
def test_every_way_to_come_has_the_rate_asked(come: object) -> None:
    """The truth that intervals are held against."""
    rng = np.random.default_rng(1)
    many = [come(rng, 0.15, 365.0) for _ in range(60)]  # type: ignore[operator]  # one of three
    found = np.mean([((a >= 0) & (a < 365)).sum() for a in many]) / 365
    assert found == pytest.approx(0.15, rel=0.06)


def test_never_free_is_never_free() -> None:
    """Only the handover leaves it empty."""
    traffic = never_free(np.random.default_rng(2), lognormal(2.0), 365.0)
    assert traffic.occupied(0.0, 365.0) > 0.94


def test_dwells_have_the_median_asked() -> None:
    """The table is by median dwell."""
    rng = np.random.default_rng(3)
    for draw in (lognormal(2.0, 0.9), gamma(2.0, 1.0), gamma(2.0, 4.0)):
        assert np.median(draw(rng, 20_000)) == pytest.approx(2.0, rel=0.03)


def test_looks_without_errors_show_the_truth() -> None:
    """Two ways to make records of one world must agree where nothing errs."""
    rng = np.random.default_rng(4)
    arrivals = poisson(rng, 0.5, 100.0)
    traffic = berthed(arrivals, lognormal(2.0)(rng, len(arrivals)), 2)
    looks = usable_looks(rng, 100, 100.0)
    plain = records(traffic, looks)
    again = shown_records(shown(traffic, looks, rng), looks)
    assert [r.calls for r in again] == [r.calls for r in plain]


def test_recorded_cloud_is_thinned_to_what_is_asked() -> None:
    """A denser or sparser record of cloud must still give so many usable looks."""
    rng = np.random.default_rng(5)
    at, cover = np.cumsum(rng.integers(3, 15, 68)).astype(float), rng.random(68)
    looks = np.concatenate([recorded_looks(at, cover, rng, 100, 365.0) for _ in range(20)])
    inside = ((looks >= 0) & (looks < 365)).sum() / 20
    assert inside == pytest.approx(100, rel=0.15)


def test_intervals_hold_the_truth_and_counting_does_not() -> None:
    """The benchmark in small: a year of 100 looks, dwell of two days, and a berth never free."""
    ours, known, naive = (t.row() for t in _fixed(100, 2.0, 40))
    assert ours["calls_in_90"] >= 0.8
    assert known["calls_in_90"] >= 0.78
    assert naive["calls_in_90"] <= 0.1
    assert known["calls_over_truth"] == pytest.approx(1.0, abs=0.12)
    full, counted = (t.row() for t in _full(100, 2.0, 20))
    assert full["calls_in_90"] >= 0.75
    assert counted["calls_over_truth"] < 0.6
