"""The two-places test: it must never accuse an honest ship, and never miss a blatant pair."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import SpeedError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.fusion.two_places import Fix, Separation, TwoPlaces, two_places
from quaywatch.geo.position import Position

NAMPO = Position(125.39, 38.72)
MIDNIGHT = datetime(2025, 2, 3, tzinfo=UTC)


def compare(
    nm: float, hours: float, *, straight_nm: float | None = None, max_speed_kn: float | None = None
) -> TwoPlaces:
    """A pair so far apart in water and in time."""
    return two_places(
        Fix.broadcast(NAMPO, TimeInterval.at(MIDNIGHT)),
        Fix.sighting(NAMPO, TimeInterval.at(MIDNIGHT + timedelta(hours=hours))),
        Separation(nm if straight_nm is None else straight_nm, nm, nm),
        max_speed_kn=max_speed_kn,
    )


@given(
    speed_kn=st.floats(0, 13),
    hours=st.floats(0.01, 500),
    before=st.booleans(),
)
def test_honest_ships_are_never_called_impossible(
    speed_kn: float, hours: float, *, before: bool
) -> None:
    """A false accusation is the worst bug: any ship under its service speed must pass."""
    answer = compare(speed_kn * hours, -hours if before else hours)

    assert answer.verdict == "feasible"
    assert answer.clock_slack_h == 0


@given(nm=st.floats(0, 12_000), hours=st.floats(-1000, 1000), nearer=st.floats(0, 1))
def test_a_shorter_way_is_never_less_feasible(nm: float, hours: float, nearer: float) -> None:
    """Exclusion rests on a lower bound; if nearer were harder the bound would prove nothing."""
    far, near = compare(nm, hours), compare(nm * nearer, hours)

    assert near.p_feasible is not None
    assert far.p_feasible is not None
    assert near.p_feasible >= far.p_feasible - 1e-12
    assert (near.required_speed_kn or 0) <= (far.required_speed_kn or 0)


@given(nm=st.floats(1, 12_000), hours=st.floats(0, 1000))
def test_clocks_wrong_by_the_slack_make_it_possible(nm: float, hours: float) -> None:
    """Clock slack is quoted to sceptics, so it must be the very error that would clear the ship."""
    answer = compare(nm, hours)

    assert answer.clock_slack_h is not None
    with_slack = compare(nm, hours + answer.clock_slack_h + 1e-6)
    assert with_slack.verdict != "impossible"
    if answer.verdict == "impossible":
        assert answer.clock_slack_h > 0


def test_the_seven_minute_case_of_the_open_source_centre() -> None:
    """Back in Black (2025): 00:09 in the Yellow Sea, 00:16 at Nampo; 1.75 nm of travel at 15 kn."""
    answer = compare(149.0, 7 / 60)

    assert answer.verdict == "impossible"
    assert answer.p_feasible == pytest.approx(0, abs=1e-9)
    assert answer.required_speed_kn == pytest.approx(1178, rel=0.01)


def test_the_four_hour_case_of_the_open_source_centre() -> None:
    """METHODS 0.2: Tsushima Strait to Nampo, 320 nm straight and 458 by water, in four hours."""
    answer = compare(458.0, 4.0, straight_nm=320.0)

    assert answer.verdict == "impossible"
    assert answer.required_speed_kn == pytest.approx(114, rel=0.01)
    assert answer.required_speed_straight_kn == pytest.approx(80, rel=0.01)
    assert answer.clock_slack_h == pytest.approx(458 / 25 - 4, abs=0.05)


def test_a_day_is_not_midnight() -> None:
    """An image dated to the day says nothing against a broadcast at 00:09; it must not accuse."""
    answer = two_places(
        Fix.broadcast(NAMPO, TimeInterval.parse("2025-02-03T00:09Z")),
        Fix.sighting(NAMPO, TimeInterval.parse("2025-02-03")),
        Separation(300, 400, 390),
    )

    assert answer.verdict == "cannot-compare"
    assert answer.required_speed_kn is None
    assert "known to the day only" in answer.messages[0]


def test_no_way_by_water_is_not_an_accusation() -> None:
    """A mask may close a channel that a ship can pass: then only the straight line may exclude."""
    at = TimeInterval.at(MIDNIGHT)
    later = TimeInterval.at(MIDNIGHT + timedelta(hours=10))
    unreachable = Separation(100, None, None, "landlocked")

    slow = two_places(Fix.broadcast(NAMPO, at), Fix.sighting(NAMPO, later), unreachable)
    fast = two_places(Fix.broadcast(NAMPO, at), Fix.sighting(NAMPO, at), unreachable)

    assert slow.verdict == "cannot-compare"
    assert slow.reason is not None
    assert "landlocked" in slow.reason
    assert fast.verdict == "impossible"
    assert fast.required_speed_kn is None


def test_a_ship_known_to_be_slow_or_fast_is_judged_as_such() -> None:
    """A ferry at 35 kn is honest; a barge that never passes 8 kn is not excused by a 25 kn ship."""
    assert compare(30, 1).verdict == "impossible"
    assert compare(30, 1, max_speed_kn=35).verdict == "feasible"
    assert compare(12, 1, max_speed_kn=8).verdict == "impossible"


@pytest.mark.parametrize("short_of", [0.02, 1.0, -1.5])
def test_a_stated_top_speed_is_never_called_implausible(short_of: float) -> None:
    """A ship that can do 18 kn is not accused for needing 17.98; a stream may add two."""
    assert compare((18 - short_of) * 10, 10, max_speed_kn=18).verdict == "feasible"


@pytest.mark.parametrize("speed", [0.0, -3.0, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    """An infinite ceiling would clear everyone, a zero one accuse everyone."""
    with pytest.raises(SpeedError):
        compare(10, 1, max_speed_kn=speed)


def test_twice_the_same_question_gives_the_same_bits() -> None:
    """A dossier verifies by recomputing to the byte, so nothing random may enter."""
    assert compare(200, 14.0) == compare(200, 14.0)
