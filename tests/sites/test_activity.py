"""The one entrance: what looks say of a group of berths over a period."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.errors import ArgumentError
from quaywatch.sites.activity import Detection, LookState, Period, Stay, estimate, stays_of
from quaywatch.sites.exposure import dwell_grid

START = datetime(2024, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
JUNE = Period(START, START + 30 * DAY)


def look(day: float, state: str = "empty", berth: str = "a", p: float | None = None) -> LookState:
    """A look so many days into June."""
    reason = "cloud" if state == "unknown" else None
    return LookState(START + day * DAY, berth, state, p, reason)  # type: ignore[arg-type]  # literal


def test_nothing_seen_is_not_nothing() -> None:
    """METHODS section 7's message: 4 usable looks leave about 11 calls possible at 2 days."""
    looks = [*(look(d) for d in (5.0, 12.0, 19.0, 26.0)), *(look(d, "unknown") for d in (7.0, 9.0))]
    found = estimate(looks, None, JUNE)
    assert (found.calls_seen, found.usable, found.days_without_look) == (0, 4, 26)
    assert found.calls_not_excluded == pytest.approx(11, abs=1.5)
    assert found.sentences[0].startswith("0 stays in 4 usable looks (26 days without one")
    assert "cannot be excluded at 2-day dwell" in found.sentences[0].replace("2.0", "2")
    assert not any("0 calls were made" in s for s in found.sentences)
    interval = found.calls.interval(0.9)
    assert interval is not None
    assert interval.high >= 5


@pytest.mark.parametrize(
    "looks",
    [
        [],
        [look(d, "unknown") for d in range(20)],
        [look(-9.0), look(-3.0, "occupied")],
        [look(-1.0), look(31.0)],
        [look(3.0, "not-applicable")],
    ],
    ids=["no look", "all unknown", "before", "around", "not to be observed"],
)
def test_where_no_look_tells_there_is_no_figure(looks: list[LookState]) -> None:
    """None with a reason: a rate of nought here would be a false statement."""
    found = estimate(looks, None, JUNE, berths=["a"])
    assert found.model == "none"
    assert found.posterior is None
    for figure in (found.rate_per_day, found.calls, found.dwell_days, found.chance_call_seen):
        assert figure.median is None
        assert figure.reason
    assert found.unsaid
    assert "nothing can be said" in found.sentences[0]
    json.dumps(found.to_json())


def test_one_look_says_little_and_says_so() -> None:
    """A single ship in a single look is at least one call, and perhaps a great many."""
    found = estimate([look(5.0, "occupied")], None, JUNE)
    interval = found.calls.interval(0.95)
    assert interval is not None
    assert interval.low <= 1
    assert interval.high > 30
    assert any("blind spell" in s for s in found.unsaid)


def test_repeats_and_frames_of_one_pass_count_once() -> None:
    """Two overlapping scenes of one morning are one look, however often they are entered."""
    once = [look(3.0), look(5.0, "occupied"), look(9.0)]
    again = [*once, *once, look(5.0 + 4 / 1440, "occupied"), look(9.0 + 8 / 1440)]
    few, many = estimate(once, None, JUNE), estimate(again, None, JUNE)
    assert many.usable == few.usable == 3
    assert many.calls == few.calls


def test_frames_of_one_pass_that_disagree_tell_nothing() -> None:
    """One of two frames was misread: neither a call nor a free berth may come of it."""
    found = estimate([look(5.0, "occupied"), look(5.0 + 3 / 1440)], None, JUNE)
    assert found.usable == 0
    assert found.unusable_reasons == {"looks within minutes disagree": 1}


@settings(max_examples=20, deadline=None)
@given(
    days=st.lists(st.floats(-10, 40), min_size=1, max_size=15, unique=True),
    busy=st.lists(st.booleans(), min_size=15, max_size=15),
    unknown=st.lists(st.floats(-10, 40), max_size=6),
    order=st.randoms(use_true_random=False),
)
def test_order_and_unknown_looks_change_no_figure(
    days: list[float], busy: list[bool], unknown: list[float], order: object
) -> None:
    """Unknown looks carry nothing, and a table may come in any order."""
    told = [look(d, "occupied" if b else "empty") for d, b in zip(days, busy, strict=False)]
    blind = [look(u, "unknown") for u in unknown if all(abs(u - d) * 1440 > 61 for d in days)]
    mixed = [*told, *blind]
    order.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis types randoms as object
    plain, full = estimate(told, None, JUNE), estimate(mixed, None, JUNE, berths=["a"])
    assert full.usable == plain.usable
    assert full.calls_seen == plain.calls_seen
    assert full.calls == plain.calls
    assert full.occupancy == plain.occupancy


def test_calls_at_the_edges_are_told_from_those_inside() -> None:
    """A ship that lay there when the period began may have come before it."""
    looks = [look(-4.0), look(1.0, "occupied"), look(3.0), look(29.0), look(33.0, "occupied")]
    found = estimate(looks, None, JUNE)
    assert (found.calls_seen, found.calls_seen_maybe_outside) == (2, 2)
    posterior = found.posterior
    assert posterior is not None
    assert 0 < posterior.calls_pmf[0] < posterior.calls_pmf[1]


def test_a_berth_never_told_is_left_out_and_named() -> None:
    """The figures must not stand for a berth that nobody saw."""
    looks = [look(d) for d in (2.0, 9.0, 20.0)] + [look(9.0, "unknown", "b")]
    found = estimate(looks, None, JUNE)
    assert any(s.startswith("b: never told") for s in found.unsaid)


def test_looks_that_err_are_modelled_and_named() -> None:
    """One look in ten misread would double the calls of a berth that is seldom used."""
    looks = [look(float(d), "occupied" if d in {6, 7, 19} else "empty") for d in range(30)]
    sure = estimate(looks, None, JUNE)
    unsure = estimate(looks, None, JUNE, detection=Detection(0.9, 0.05))
    assert (sure.model, unsure.model) == ("pattern", "berth-chain")
    assert "misread" in unsure.why_model
    low, high = unsure.calls.interval(0.9), sure.calls.interval(0.9)
    assert low is not None
    assert high is not None
    assert low.low < high.low


def test_a_calibrated_chance_is_taken_at_its_word() -> None:
    """97% sure of a ship at a berth that is seldom used: the base rate must not count twice."""
    busy = set(range(3, 90, 9))
    period = Period(START, START + 90 * DAY)
    sure = [look(float(d), "occupied" if d in busy else "empty") for d in range(90)]
    told = [
        look(float(d), "occupied" if d in busy else "empty", p=0.97 if d in busy else 0.01)
        for d in range(90)
    ]
    plain, chain = estimate(sure, None, period), estimate(told, None, period)
    assert chain.model == "berth-chain"
    assert chain.calls.median is not None
    assert plain.calls.median is not None
    assert chain.calls.median == pytest.approx(plain.calls.median, rel=0.35)
    assert chain.occupancy.mean == pytest.approx(plain.occupancy.mean, rel=0.25)


def test_ships_side_by_side_are_two_calls() -> None:
    """A quay with two hulls is no berth that holds one."""
    looks = [look(3.0), look(5.0, "occupied"), look(9.0)]
    at = [k.at for k in looks]
    two = [Stay("a", at[0], at[1], at[1], at[2])] * 2
    found = estimate(looks, two, JUNE)
    assert found.calls_seen == 2
    assert found.model == "pattern"
    assert "side by side" in found.why_model


def test_stays_without_ships_told_apart() -> None:
    """Occupied passes in a row are one ship; unknown passes do not part them."""
    looks = [
        look(1.0),
        look(3.0, "occupied"),
        look(4.0, "unknown"),
        look(5.0, "occupied"),
        look(8.0),
    ]
    (stay,) = stays_of(looks)
    assert (stay.arrival_after, stay.departure_before) == (looks[0].at, looks[4].at)
    assert (stay.arrival_before, stay.departure_after) == (looks[1].at, looks[3].at)


def test_an_occupied_look_without_a_stay_is_still_a_ship() -> None:
    """A stay missing from a table must not turn a ship that was seen into none."""
    looks = [look(1.0), look(3.0, "occupied"), look(5.0), look(9.0, "occupied"), look(12.0)]
    one = Stay("a", looks[0].at, looks[1].at, looks[1].at, looks[2].at)
    found = estimate(looks, [one], JUNE)
    assert found.calls_seen == 2
    assert any("without a stay" in s for s in found.unsaid)
    assert estimate(looks, [], JUNE).calls_seen == 2


def test_share_of_looks_with_all_full() -> None:
    """Only passes that tell of every berth count, and the two counts are printed together."""
    looks = [look(float(d), "occupied", b) for d in range(1, 20) for b in "ab"]
    looks += [look(22.0, "occupied"), look(22.0, "unknown", "b"), look(25.0, "empty", "b")]
    found = estimate(looks, None, JUNE)
    assert found.looks_all_full == (19, 19)
    assert found.all_full.mean is not None
    assert 0.6 < found.all_full.mean < 0.95


def test_months_add_up() -> None:
    """The calendar accounts for every look and every day."""
    period = Period(START, START + 75 * DAY)
    found = estimate([look(float(d)) for d in range(0, 75, 4)], None, period)
    assert [m.month for m in found.months] == ["2024-06", "2024-07", "2024-08"]
    assert sum(m.days for m in found.months) == pytest.approx(75)
    assert sum(m.usable for m in found.months) == found.usable == 19


def test_same_input_same_bits() -> None:
    """A claim is recomputed to the bit by whoever verifies the case."""
    looks = [look(float(d), "occupied" if d % 7 < 2 else "empty") for d in range(30)]
    assert json.dumps(estimate(looks, None, JUNE).to_json()) == json.dumps(
        estimate(looks, None, JUNE, dwell=dwell_grid()).to_json()
    )
    posterior = estimate(looks, None, JUNE).posterior
    assert posterior is not None
    assert np.isfinite(posterior.log_likelihood).all()


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    """A swapped pair of dates must not come out as a negative rate."""
    with pytest.raises(ArgumentError, match="does not end after it starts"):
        Period(JUNE.end, JUNE.start)
