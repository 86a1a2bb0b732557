"""Matching hulls with AIS: joint posteriors, where a ship was, and what may be said of a hull."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from quaywatch.fusion.match import Hearing, MatchVerdict
from quaywatch.fusion.match_bearings import Where, bearings
from quaywatch.fusion.match_gate import NONE, Captures, Reports, can_meet
from quaywatch.fusion.match_hearing import nothing_held
from quaywatch.fusion.match_joint import joint_posterior
from quaywatch.fusion.match_motion import KN, Dimensions, Fix, Law, place_at
from quaywatch.fusion.match_scene import Matched, match_scene
from quaywatch.fusion.match_weight import HeardShip, SeenHull, Sight
from quaywatch.fusion.presence import position_growth_m
from quaywatch.imagery.sensors import SENSORS

HEARD = Hearing(
    adequate=True, p_heard=0.99, per_hour=90.0, peers=30, strength=1.0, window_h=1.0, reason="Yes."
)
PORT = Sight("planetscope", 3.0, box(-5e3, -5e3, 5e3, 5e3), 7.0)
SIZE = Dimensions(160.0, 40.0, 15.0, 15.0)


def lying(x: float, y: float, *, mmsi: int = 211000001, size: Dimensions = SIZE) -> HeardShip:
    """A ship that lay still at a place before the capture and after it, bow to the east.

    The antenna stands 60 m behind the middle of the hull, which is at the place.
    """
    ends = [
        Fix(seconds, x - 60.0, y, 0.0, None, 90.0, still=True, sigma_m=5.0)
        for seconds in (-300.0, 300.0)
    ]
    return HeardShip(mmsi, ends[0], ends[1], size)


def hull(x: float = 0.0, y: float = 0.0, length_m: float = 200.0) -> SeenHull:
    """A hull as found at 3 m."""
    return SeenHull(x, y, length_m, 6.0, 10.0)


def matched(
    hulls: list[SeenHull], ships: list[HeardShip], hearing: Hearing = HEARD, sight: Sight = PORT
) -> Matched:
    """Matched under one reception."""
    return match_scene(hulls, ships, sight, [hearing] * len(hulls))


def by_hand(weights: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[list[float]]:
    """Marginals by going through every assignment."""
    hulls, ships = weights.shape
    total, pairs = 0.0, np.zeros(weights.shape)
    for chosen in itertools.product(range(-1, ships), repeat=hulls):
        used = [j for j in chosen if j >= 0]
        if len(set(used)) < len(used):
            continue
        weight = math.prod(float(weights[i, j]) for i, j in enumerate(chosen) if j >= 0)
        total += weight
        for i, j in enumerate(chosen):
            if j >= 0:
                pairs[i, j] += weight
    shares: list[list[float]] = (pairs / total).tolist()
    return shares


@given(
    st.integers(1, 4).flatmap(
        lambda ships: st.lists(
            st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e6)), min_size=ships, max_size=ships),
            min_size=1,
            max_size=4,
        )
    )
)
def test_the_sum_over_assignments_is_that_of_every_one_of_them(table: list[list[float]]) -> None:
    """Whatever is said of a hull rests on this sum; it is exact up to what it says it left out."""
    weights = np.array(table)

    found = joint_posterior(weights)

    off = np.abs(found.pairs - np.array(by_hand(weights))).max()
    assert off <= 1e-9 + float(found.left_out.max(initial=0.0))


@given(st.integers(0, 2**32 - 1))
def test_order_of_hulls_and_ships_does_not_matter(seed: int) -> None:
    """A scene read in another order is the same scene."""
    rng = np.random.default_rng(seed)
    weights = np.exp(rng.normal(0, 3, (5, 6))) * (rng.random((5, 6)) < 0.5)
    rows, columns = rng.permutation(5), rng.permutation(6)

    turned = joint_posterior(weights[np.ix_(rows, columns)]).pairs

    assert turned == pytest.approx(joint_posterior(weights).pairs[np.ix_(rows, columns)], abs=1e-6)


def test_a_crowd_that_cannot_be_summed_says_how_much_was_left_out() -> None:
    """Hulls that any of as many ships may be: no verdict may rest on a part of that sum."""
    crowd = np.exp(np.random.default_rng(1).normal(0, 1, (24, 24)))

    assert joint_posterior(crowd).left_out.max() > 0.5
    sure = crowd * 1e-9
    np.fill_diagonal(sure, 1e6)
    assert joint_posterior(sure).left_out.max() < 1e-3


@given(st.floats(1.0, 600.0))
def test_spread_from_one_report_is_that_of_the_methods_and_the_error_of_its_speed(
    minutes: float,
) -> None:
    """One law of motion in the whole tool: the presence check's, for a single kind of ship."""
    fix = Fix(-60.0 * minutes, 0.0, 0.0, 10.0, 0.0, 0.0, still=False, sigma_m=0.0)
    law = Law(scales=((1.0, 1.0),), clock_s=0.0)

    cloud = place_at(fix, None, Dimensions(50.0, 50.0), law)

    drift = 0.15 * 3600.0 * -math.expm1(-minutes / 60.0)
    expected = math.hypot(position_growth_m(minutes), drift)
    assert float(cloud.sigma_m[0]) == pytest.approx(expected, rel=1e-6)
    assert float(cloud.y_m[0]) == pytest.approx(10.0 * KN * 60.0 * minutes)


@given(st.floats(60.0, 7200.0), st.floats(60.0, 7200.0), st.floats(1.0, 20.0))
def test_a_second_report_never_makes_a_ships_place_less_certain(
    before_s: float, after_s: float, knots: float
) -> None:
    """Reports on both sides are the best there is: their bridge is narrower than either way."""
    law = Law(scales=((1.0, 1.0),), clock_s=0.0)
    run = knots * KN
    one = Fix(-before_s, -run * before_s, 0.0, knots, 90.0, 90.0, still=False)
    two = Fix(after_s, run * after_s, 0.0, knots, 90.0, 90.0, still=False)

    both = place_at(one, two, SIZE, law).spread_m

    assert both <= place_at(one, None, SIZE, law).spread_m + 1e-6
    assert both <= place_at(None, two, SIZE, law).spread_m + 1e-6


@pytest.mark.parametrize("heading", [0.0, 90.0, 200.0], ids=["north", "east", "south-south-west"])
def test_the_hull_lies_ahead_of_its_antenna(heading: float) -> None:
    """On a bulk carrier the antenna stands far aft; half a hull is more than a berth's error."""
    before, after = (Fix(s, 0.0, 0.0, 0.0, None, heading, still=True) for s in (-60.0, 60.0))

    cloud = place_at(before, after, SIZE)

    x, y = cloud.mean
    angle = math.radians(heading)
    assert (x, y) == pytest.approx((60.0 * math.sin(angle), 60.0 * math.cos(angle)), abs=1e-6)


def test_a_hull_where_a_ship_says_it_lies_is_that_ship_and_no_other() -> None:
    """The positive control: the plain case must come out, with the ship next to it on its own."""
    found = matched([hull(), hull(400.0)], [lying(0, 0), lying(400.0, 0, mmsi=211000002)])

    assert [one.mmsi for one in found.hulls] == [211000001, 211000002]
    assert found.controls.matched == found.controls.still_matched == 2
    borne = list(bearings(found, [lying(0, 0), lying(400.0, 0)], Where("scene:a", {0: "site:q"})))
    assert [b.ratio < 0.1 for b in borne if b.hypothesis == "broadcast-false"] == [True, True]
    assert [b.at for b in borne if b.hypothesis == "called"] == ["site:q"]


def test_one_hull_that_two_ships_could_be_names_neither() -> None:
    """A tug alongside, or two transponders in one hull: a winner would accuse the other."""
    found = matched([hull()], [lying(0, 0), lying(5.0, 0, mmsi=211000002)])

    assert found.hulls[0].verdict == MatchVerdict.AMBIGUOUS
    assert found.hulls[0].mmsi is None
    assert len(found.hulls[0].ranked) == 2


def test_length_decides_between_two_ships_at_one_place() -> None:
    """A tug's transponder beside that of the ship it is made fast to."""
    tug = lying(5.0, 0, mmsi=211000002, size=Dimensions(10.0, 20.0, 4.0, 4.0))
    found = matched([hull()], [lying(0, 0), tug])

    assert found.hulls[0].mmsi == 211000001


def test_a_long_hull_that_no_ship_heard_accounts_for_is_dark_only_where_it_would_be_heard() -> None:
    """A silent gap in coverage must never read as a ship that was silent."""
    ships = [lying(2000.0, 0)]

    assert matched([hull(), hull(2000.0)], ships).hulls[0].verdict == MatchVerdict.DARK
    deaf = matched([hull(), hull(2000.0)], ships, nothing_held())
    assert deaf.hulls[0].verdict == MatchVerdict.UNMATCHED
    assert "empty slice" in deaf.hulls[0].reason


@pytest.mark.parametrize("length_m", [15.0, 30.0, 44.0])
def test_a_small_craft_is_never_called_dark(length_m: float) -> None:
    """It need not broadcast at all, and its verdict says so."""
    small = matched([hull(length_m=length_m), hull(2000.0)], [lying(2000.0, 0)]).hulls[0]

    assert small.verdict == MatchVerdict.NOT_BOUND
    assert "must broadcast" in small.reason


def test_a_hull_that_the_detector_often_invents_is_never_called_dark() -> None:
    """At 10 m half of what is found is no ship: a person must look before anybody is accused."""
    coarse = replace(PORT, sensor="sentinel-2", gsd_m=10.0)
    found = matched([hull(), hull(2000.0)], [lying(2000.0, 0)], sight=coarse).hulls[0]

    assert found.verdict == MatchVerdict.NOT_BOUND
    assert "a person should look" in found.reason


def test_a_hull_cut_by_the_edge_is_never_called_dark() -> None:
    """Its length is not known."""
    cut = replace(hull(), cut_by_edge=True)

    assert matched([cut, hull(2000.0)], [lying(2000.0, 0)]).hulls[0].verdict != MatchVerdict.DARK


def test_a_ship_not_seen_beside_a_hull_of_nobody_keeps_it_from_being_dark() -> None:
    """A clock a minute wrong puts an honest ship four cables off; it must not be accused."""
    ahead = Fix(-60.0, -900.0, 0.0, 12.0, 90.0, 90.0, still=False, sigma_m=5.0)
    ship = HeardShip(211000003, ahead, None, SIZE)

    found = matched([hull(), hull(2000.0)], [ship, lying(2000.0, 0)]).hulls[0]

    assert found.verdict != MatchVerdict.DARK


def test_reports_after_the_capture_alone_are_enough() -> None:
    """A feed may begin after the scene."""
    after = replace(lying(0, 0), before=None)

    assert matched([hull()], [after]).hulls[0].mmsi == 211000001
    assert after.sides == "after"


def test_a_position_rounded_to_a_tenth_of_a_minute_claims_less() -> None:
    """Type 27 is right to two cables: of two hulls side by side it names neither."""
    wide = [Fix(s, -60.0, 0.0, 0.0, None, 90.0, still=True, sigma_m=122.0) for s in (-300.0, 300.0)]
    ship = HeardShip(211000001, wide[0], wide[1], SIZE, long_range=True)

    found = matched([hull(), hull(0.0, 120.0)], [ship])

    assert [one.mmsi for one in found.hulls] == [None, None]


def test_radar_draws_a_ship_off_its_place_and_the_match_follows() -> None:
    """Ten knots towards the radar are 380 m along the flight; without the shift nobody matches."""
    radar = SENSORS["sentinel-1-grd"].radar
    sea = Sight("sentinel-1-grd", 10.0, box(-5e3, -5e3, 5e3, 5e3), 7.0, radar=radar, flight_deg=0.0)
    passing = Fix(-60.0, 10.0 * KN * 60.0, 0.0, 10.0, 270.0, 270.0, still=False)
    ship = HeardShip(211000001, passing, None, Dimensions(100.0, 100.0, 15.0, 15.0))

    found = matched([hull(0.0, 380.0), hull(0.0, -380.0)], [ship], sight=sea).hulls

    assert [one.mmsi for one in found] == [211000001, None]


def test_a_number_that_several_hulls_send_says_nothing_of_either() -> None:
    """Which of them lies there is not known, so the match bears on no hypothesis."""
    shared = replace(lying(0, 0), shared=True)
    found = matched([hull()], [shared])

    assert list(bearings(found, [shared], Where("scene:a", {}))) == []


@given(st.floats(-180.0, 179.9), st.floats(-70.0, 70.0))
def test_the_gate_lets_nobody_out_who_can_have_come(lon: float, lat: float) -> None:
    """A gate that closes too early is a silent gap; the antimeridian is no wall."""
    hour = 3_600_000_000
    east = (lon + 0.3 + 180.0) % 360.0 - 180.0
    reports = Reports(
        np.array([0, 2]), np.array([0, 2 * hour]), np.array([lon, lon]), np.array([lat, lat])
    )
    scene = Captures(np.array([hour]), np.array([east]), np.array([lat]), np.array([1.0]))

    chain, _, before, after = can_meet(reports, scene)

    assert chain.tolist() == [0]  # 18 nm in an hour, and back
    assert (before.tolist(), after.tolist()) == ([0], [1])
    late = Captures(np.array([20 * hour]), np.array([east]), np.array([lat]), np.array([1.0]))
    assert not len(can_meet(reports, late)[0])
    assert NONE == -1
