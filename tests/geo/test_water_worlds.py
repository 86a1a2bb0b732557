"""Water distance in made-up worlds whose answers can be worked out by hand."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.land import LandMask
from quaywatch.geo.passages import Passage
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterDistance, WaterRouter

Worlds = Callable[[str], WaterRouter]
Lands = Callable[[str], LandMask]

# On both sides of the walls at 5 E, not inside them.
nearby = st.builds(
    Position,
    lon=st.one_of(st.floats(1.0, 4.74), st.floats(5.26, 9.0)),
    lat=st.floats(1.0, 9.0),
)
quiet = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def _ordered(found: WaterDistance) -> bool:
    """Straight line, bound and estimate stand in their order, all of them numbers."""
    if found.water_nm is None or found.lower_bound_nm is None:
        return False
    return found.great_circle_nm <= found.lower_bound_nm <= found.water_nm


@pytest.mark.parametrize("name", ["ocean", "gap", "thin"])
@quiet
@given(a=nearby, b=nearby)
def test_bound_lies_between_straight_line_and_estimate(
    world: Worlds, name: str, a: Position, b: Position
) -> None:
    """Exclusion rests on this order: a bound above a real path excludes wrongly."""
    assert _ordered(world(name).distance(a, b))


@quiet
@given(a=nearby, b=nearby)
def test_the_bound_holds_before_it_is_clamped(world: Worlds, a: Position, b: Position) -> None:
    """The clamp to the estimate would hide a bound that is none; so it is looked at unclamped."""
    router = world("gap")
    found = router.distance(a, b)
    region = router._region(a, b, found.water_nm or 0.0)
    assert found.water_nm is not None
    assert router._bound(region, a, b) <= found.water_nm + 1e-6


def test_landmarks_change_the_time_and_not_the_answer(
    world: Worlds, tmp_path: Path, land_of: Lands
) -> None:
    """A guess that overestimates would make the search miss the shortest way."""
    plain = WaterRouter(tmp_path, land=land_of("gap"), passages=(), landmarks=False)
    for lat in (1.0, 5.0, 8.5):
        a, b = Position(lon=2.2, lat=lat), Position(lon=8.1, lat=9.6 - lat)
        world("gap").distance(a, b)  # the second question of a region makes its landmarks
        marked, bare = world("gap").distance(a, b), plain.distance(a, b)
        assert marked.water_nm == pytest.approx(bare.water_nm, rel=0.002)
        assert marked.lower_bound_nm == pytest.approx(bare.lower_bound_nm, abs=0.05)


@quiet
@given(a=nearby, b=nearby)
def test_the_way_back_is_as_long(world: Worlds, a: Position, b: Position) -> None:
    """A difference would mean that one of the two is not the shortest."""
    out, back = world("gap").distance(a, b), world("gap").distance(b, a)
    assert out.water_nm is not None
    assert back.water_nm is not None
    assert out.water_nm == pytest.approx(back.water_nm, rel=0.01, abs=0.6)


@quiet
@given(a=nearby, b=nearby, c=nearby)
def test_a_stop_on_the_way_is_never_a_short_cut(
    world: Worlds, a: Position, b: Position, c: Position
) -> None:
    """If a detour by c were shorter, the direct distance was not the shortest."""
    router = world("gap")
    legs = [router.distance(p, q).water_nm for p, q in ((a, b), (b, c), (a, c))]
    first, second, direct = (leg if leg is not None else np.nan for leg in legs)
    # 1 percent for discretisation; twice a snap, since a stop on land is left where it was met.
    assert direct <= 1.01 * (first + second) + 1.2


@quiet
@given(a=nearby, b=nearby)
def test_open_sea_is_the_straight_line(world: Worlds, a: Position, b: Position) -> None:
    """With nothing in the way the estimate must not carry the grid's zigzag."""
    found = world("ocean").distance(a, b)
    assert found.water_nm == pytest.approx(found.great_circle_nm, rel=1e-4, abs=0.01)
    assert found.lower_bound_nm == pytest.approx(found.great_circle_nm, rel=1e-9)


@quiet
@given(lat=st.floats(4.0, 9.0), west=st.floats(1.5, 4.0), east=st.floats(6.0, 8.5))
def test_through_the_gap_in_a_wall(world: Worlds, lat: float, west: float, east: float) -> None:
    """The shortest way through the gap is known: straight to its two northern corners."""
    a, b = Position(lon=west, lat=lat), Position(lon=east, lat=lat)
    near, far = Position(lon=4.75, lat=3.2), Position(lon=5.25, lat=3.2)
    exact = great_circle_nm(a, near) + great_circle_nm(near, far) + great_circle_nm(far, b)
    found = world("gap").distance(a, b)
    assert found.water_nm == pytest.approx(exact, rel=0.005, abs=0.6)
    assert found.lower_bound_nm is not None
    assert found.lower_bound_nm <= exact
    assert found.lower_bound_nm >= 0.85 * exact


def test_a_lake_has_no_way_out(world: Worlds) -> None:
    """A ship cannot be carried over land; "cannot be reached" is an answer, not a large number."""
    lake, sea = Position(lon=5, lat=5), Position(lon=0.5, lat=5)
    found = world("lake").distance(lake, sea)
    assert found.water_nm is None
    assert found.lower_bound_nm is None
    assert found.reason is not None
    assert "enclosed" in found.reason
    assert "first" in found.reason


def test_far_inland_is_unreachable_and_a_quay_is_not(world: Worlds) -> None:
    """Ten kilometres is a generous quay; more is another place."""
    sea = Position(lon=0.5, lat=5)
    inland = world("lake").distance(sea, Position(lon=2.5, lat=3.5))
    assert inland.water_nm is None
    assert inland.reason is not None
    assert "within 10 km" in inland.reason
    quay = world("lake").distance(sea, Position(lon=2.03, lat=3.5))
    assert quay.water_nm is not None
    assert quay.snap_from_nm == 0.0
    assert quay.snap_to_nm == pytest.approx(2.1, abs=0.6)


def test_a_channel_thinner_than_a_cell_is_found(world: Worlds) -> None:
    """A strait closed by coarse cells would make the distance too long."""
    a, b = Position(lon=3, lat=3.01), Position(lon=7, lat=3.01)
    found = world("channel").distance(a, b)
    assert found.water_nm == pytest.approx(found.great_circle_nm, rel=0.01)


def test_a_wall_thinner_than_a_cell_is_not_jumped(world: Worlds) -> None:
    """A path through a barrage that no ship passes would make the impossible look possible."""
    a, b = Position(lon=4.5, lat=0), Position(lon=5.5, lat=0)
    corner = Position(lon=5.013, lat=4.0)
    exact = great_circle_nm(a, corner) + great_circle_nm(corner, b)
    assert world("thin").distance(a, b).water_nm == pytest.approx(exact, rel=0.01)


def test_a_wall_across_the_antimeridian(world: Worlds) -> None:
    """Longitude 180 is a line on a map, not a coast and not a hole in one."""
    a, b = Position(lon=179.5, lat=-1), Position(lon=-179.5, lat=1)
    found = world("date-line").distance(a, b)
    corner = [Position(lon=-176, lat=-0.25), Position(lon=-176, lat=0.25)]
    mirrored = [Position(lon=176, lat=-0.25), Position(lon=176, lat=0.25)]
    exact = min(
        great_circle_nm(a, one) + great_circle_nm(one, two) + great_circle_nm(two, b)
        for one, two in (corner, mirrored)
    )
    assert found.water_nm == pytest.approx(exact, rel=0.01)
    assert _ordered(found)


@pytest.mark.parametrize("name", ["ocean", "lake"])
def test_a_position_is_no_distance_from_itself(world: Worlds, name: str) -> None:
    """Two sightings of one place need no speed, wherever the place is."""
    p = Position(lon=5, lat=5)
    found = world(name).distance(p, p)
    assert (found.water_nm, found.lower_bound_nm, found.great_circle_nm) == (0.0, 0.0, 0.0)


def test_across_the_pole(world: Worlds) -> None:
    """The way over the pole is short; a grid cut open there would go round it."""
    found = world("ocean").distance(Position(lon=10, lat=89.9), Position(lon=-150, lat=89.9))
    assert _ordered(found)
    assert found.water_nm == pytest.approx(found.great_circle_nm, rel=0.02, abs=0.5)


def test_a_passage_opens_a_wall_for_estimate_and_bound(tmp_path: Path, land_of: Lands) -> None:
    """A canal left out of the bound would call a transit impossible."""
    canal = Passage(
        "cut", Position(lon=4.6, lat=8), Position(lon=5.4, lat=8), length_nm=60, sea_going=True
    )
    a, b = Position(lon=4, lat=8), Position(lon=6, lat=8)
    shut = WaterRouter(tmp_path, land=land_of("gap"), passages=(), landmarks=False).distance(a, b)
    router = WaterRouter(tmp_path, land=land_of("gap"), passages=(canal,), landmarks=False)
    found = router.distance(a, b)
    assert found.passages == ("cut",)
    sailed = great_circle_nm(a, canal.a) + 60 + great_circle_nm(canal.b, b)
    assert found.water_nm == pytest.approx(sailed, abs=2.0)
    assert found.lower_bound_nm == pytest.approx(found.great_circle_nm, rel=0.05)
    assert shut.water_nm is not None
    assert shut.water_nm > 500


def test_a_canal_mouth_beside_the_ship_is_seen(tmp_path: Path, land_of: Lands) -> None:
    """A ship waiting at the mouth leaves through the canal without coming near open sea."""
    canal = Passage("cut", Position(lon=4.7, lat=8), Position(lon=5.3, lat=8), length_nm=40)
    router = WaterRouter(tmp_path, land=land_of("gap"), passages=(canal,), landmarks=False)
    a, b = Position(lon=4.7, lat=8.05), Position(lon=6.3, lat=8)
    found = router.distance(a, b)
    sailed = great_circle_nm(a, canal.a) + 40 + great_circle_nm(canal.b, b)
    assert found.passages == ("cut",)
    assert found.water_nm == pytest.approx(sailed, abs=3.0)
    assert router._bound(router._region(a, b, 300.0), a, b) <= sailed


def test_a_river_passage_lowers_the_bound_only(tmp_path: Path, land_of: Lands) -> None:
    """A way that some craft can take must not shorten the estimate for a sea-going ship."""
    river = Passage(
        "river", Position(lon=4.6, lat=8), Position(lon=5.4, lat=8), length_nm=60, sea_going=False
    )
    router = WaterRouter(tmp_path, land=land_of("gap"), passages=(river,), landmarks=False)
    found = router.distance(Position(lon=4, lat=8), Position(lon=6, lat=8))
    assert found.water_nm is not None
    assert found.lower_bound_nm is not None
    assert found.water_nm > 500
    assert found.lower_bound_nm < 130


def test_land_grid_is_north_up_and_crosses_the_antimeridian(world: Worlds) -> None:
    """A map drawn upside down would put a ship on the wrong side of a coast."""
    router = world("date-line")
    grid = router.land_grid(west=175, south=-1, east=-175, north=3, step_deg=0.5)
    assert grid.shape == (8, 20)
    assert np.flatnonzero(grid.any(axis=1)).tolist() in ([5, 6], [6], [5])
