"""The benchmarks of activity: that truth is truth, and that a thinned world loses only ships."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.sites.exposure import dwell_grid
from quaywatch.testing.bench import activity_answers
from quaywatch.testing.bench.activity_tracks import Place, places_of, seen_calls, thinned


def place(seed: int, vessels: int = 4) -> Place:
    """Stays of some vessels, none of which is in two places."""
    rng = np.random.default_rng(seed)
    rows = []
    for mmsi in range(vessels):
        ends = np.sort(rng.uniform(0, 24, 6))
        rows += [(mmsi, a, b) for a, b in ends.reshape(3, 2)]
    rows.sort(key=lambda row: row[1])
    return Place(
        "p", "others", 0, tuple(r[0] for r in rows),
        np.array([r[1] for r in rows]), np.array([r[2] for r in rows]), 24.0, 1.0,
    )  # fmt: skip


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), looks=st.integers(0, 40))
def test_looks_show_no_ship_that_was_not_there(seed: int, looks: int) -> None:
    """A thinned world that invents ships would flatter the estimator."""
    own = place(seed)
    at = np.sort(np.random.default_rng(seed + 1).uniform(0, 24, looks))
    calls = seen_calls(own, at)
    assert len(calls) <= len(own.arrival)
    for call in calls:
        assert call.after < call.first <= call.last < call.until
        there = (own.arrival <= call.first) & (own.departure > call.first)
        assert there.any()


def test_looks_without_end_recover_every_arrival() -> None:
    """Looked at all the time, the estimate is the truth: the yardstick is not bent."""
    own = place(3)
    result = thinned(own, np.arange(0.005, 24.0, 0.01), dwell_grid())
    assert result["low"] <= result["truth"] == result["seen"] <= result["high"]
    assert result["high"] - result["low"] <= 2


def test_no_look_has_no_answer() -> None:
    """A port nobody looked at counts as not judged, never as covered."""
    assert thinned(place(3), np.zeros(0), dwell_grid())["low"] is None


def test_every_case_of_the_answers_runs() -> None:
    """Figures that nobody can produce again are worth nothing."""
    report = activity_answers.run(Path(), lambda _what, _share: None, size=1)
    cases = len(activity_answers.COMPARED) + len(activity_answers.CHANGED)
    assert len(report.rows) == cases + 2 * len(activity_answers.CHOICES)
    assert set().union(*report.rows) <= set(report.columns)


@pytest.mark.realdata
def test_the_recorded_ports_are_what_the_page_says(shared_data: Path) -> None:
    """The page names ports and numbers of arrivals: they must not drift unseen."""
    places = places_of(shared_data)
    cargo = [p for p in places if p.who == "cargo ships"]
    assert sum(p.truth for p in cargo) == 45
    assert {p.name for p in cargo} == {"Long Beach", "Los Angeles", "San Diego"}
    assert sum(p.truth for p in places) == 202
