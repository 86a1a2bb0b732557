"""Areas and points: what is excluded must be excluded wherever in the area the ship was."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.errors import PlaceMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterDistance
from quaywatch.workflows.places import BOUNDARY_STEP_NM, Place, between, place_of, times_of

NOON = datetime(2025, 3, 10, 12, tzinfo=UTC)
DAY = TimeInterval(start=NOON - timedelta(hours=12), end=NOON + timedelta(hours=12))


def open_sea(one: Position, other: Position) -> WaterDistance:
    """A world without land, where every way is straight."""
    apart = great_circle_nm(one, other)
    return WaterDistance(
        great_circle_nm=apart, water_nm=apart, lower_bound_nm=apart, reason=None,
        snap_from_nm=0.0, snap_to_nm=0.0, path=(one, other), passages=(),
        method="test", grid="none",
    )  # fmt: skip


def square(lon: float, lat: float, half: float) -> tuple[Position, ...]:
    """Corners of a box in degrees."""
    return tuple(
        Position(lon + dx * half, lat + dy * half)
        for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    )


@given(
    lon=st.floats(-60, 60), lat=st.floats(-60, 60), half=st.floats(0.05, 1.0),
    east=st.floats(-3, 3), north=st.floats(-3, 3),
    inside=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_no_point_of_an_area_is_nearer_than_what_is_said(
    lon: float, lat: float, half: float, east: float, north: float, inside: tuple[float, float]
) -> None:
    """Were one nearer, a ship lying there would be wrongly excluded."""
    port = Position(lon + east, lat + north)
    somewhere = Position(lon + inside[0] * half, lat + inside[1] * half)
    found = between(Place(None, square(lon, lat, half)), Place(port), open_sea).separation
    assert found.lower_bound_nm is not None
    # Edges are straight in degrees, not along geodesics: within a degree they differ by little.
    assert found.great_circle_nm <= great_circle_nm(somewhere, port) + 0.05
    assert found.lower_bound_nm <= great_circle_nm(somewhere, port) + 0.05


@given(
    apart=st.floats(0, 3), radius_m=st.floats(0, 20_000), other_m=st.floats(0, 20_000),
    bearing=st.floats(0, 6.28), share=st.floats(0, 1),
)  # fmt: skip
def test_a_coordinate_printed_roughly_excludes_nothing_within_its_radius(
    apart: float, radius_m: float, other_m: float, bearing: float, share: float
) -> None:
    """A rounded coordinate taken as exact could make an honest ship need an impossible speed."""
    port = Position(124.0 + apart, 0.0)
    step = share * radius_m / 1852 / 60
    meant = Position(124.0 + step * math.cos(bearing), step * math.sin(bearing))
    rough = Place(Position(124.0, 0.0), radius_m=radius_m)
    found = between(rough, Place(port, radius_m=other_m), open_sea).separation
    assert found.lower_bound_nm is not None
    assert 0 <= found.lower_bound_nm <= great_circle_nm(meant, port) * 1.007 + 0.001
    assert found.great_circle_nm == pytest.approx(found.lower_bound_nm)


def test_half_a_step_is_given_away() -> None:
    """Between two tried points of an edge a nearer one may lie."""
    area, port = square(124.0, 36.0, 0.5), Position(126.0, 36.0)
    found = between(Place(None, area), Place(port), open_sea).separation
    nearest = great_circle_nm(Position(124.5, 36.0), port)
    assert nearest - BOUNDARY_STEP_NM <= found.great_circle_nm <= nearest


def test_inside_an_area_nothing_is_needed() -> None:
    """The ship may have lain just there."""
    found = between(
        Place(None, square(124.0, 36.0, 0.5)), Place(Position(124.1, 36.1)), open_sea
    ).separation
    assert (found.great_circle_nm, found.water_nm, found.lower_bound_nm) == (0, 0, 0)


def test_which_of_the_two_is_the_area_does_not_matter() -> None:
    """Broadcast or sighting may be the vaguer one; the distance is the same, the ends swap."""
    area, port = Place(None, square(124.0, 36.0, 0.5)), Place(Position(126.0, 36.0))
    there, back = between(area, port, open_sea), between(port, area, open_sea)
    assert there.separation == back.separation
    assert (there.one, there.other) == (back.other, back.one)
    assert there.path == back.path[::-1]


def test_across_the_antimeridian_the_near_way_is_taken() -> None:
    """A box at 179.5 E lies 60 miles from 179 W, not 21,000."""
    found = between(
        Place(None, square(179.4, 0.0, 0.5)), Place(Position(-179.1, 0.0)), open_sea
    ).separation
    assert found.great_circle_nm < 62


@pytest.mark.parametrize("lon", [-179.7, 180.3])
def test_an_area_may_cross_the_antimeridian(lon: float) -> None:
    """Corners at 179 and 181 E mean the two degrees between, and a point there is inside."""
    area = tuple(Position(x, y) for x, y in ((179, -1), (181, -1), (181, 1), (179, 1)))
    found = between(Place(None, area), Place(Position(lon, 0.0)), open_sea).separation
    assert found.great_circle_nm == 0


def test_two_areas_cannot_be_compared() -> None:
    """Nothing is argued from two unknown places, and one such pair must not stop the others."""
    area = Place(None, square(124.0, 36.0, 0.5))
    found = between(area, area, open_sea)

    assert found.separation.lower_bound_nm is None
    assert found.separation.reason is not None
    assert "area" in found.separation.reason


def claim(**value: object) -> Claim:
    """A reported claim."""
    return Claim(
        subject="imo:9074729", predicate="sighted-at", value=dict(value),  # type: ignore[arg-type]  # JSON
        time=DAY, basis=Basis.REPORTED, method="reading@1", inputs=(),
    )  # fmt: skip


def test_a_record_without_a_place_is_said() -> None:
    """It must not be put at 0 N 0 E."""
    with pytest.raises(PlaceMissingError):
        place_of(claim(name="HULL ONE"))


def test_a_time_told_from_another_is_laid_beside_it() -> None:
    """Four hours before the image stays four hours, whatever the clock said that day."""
    told = place_of(
        claim(lon=1.0, lat=1.0, relative={"to": "image", "hours": -4.0, "plus_minus_h": 0.5})
    )
    image = place_of(claim(lon=2.0, lat=2.0))
    first, second = times_of(told, image, other_alias="image")
    assert second.duration == timedelta(0)
    assert second.start - first.end == timedelta(hours=3.5)
    assert second.start - first.start == timedelta(hours=4.5)
    assert times_of(told, image, other_alias="another") == (DAY, DAY)
