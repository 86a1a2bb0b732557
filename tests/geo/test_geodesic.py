"""Geodesics: what every speed and every bound rests on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.geo.geodesic import (
    bearing_deg,
    destination,
    great_circle_nm,
    great_circle_nm_many,
)
from quaywatch.geo.position import Position

positions = st.builds(
    Position,
    lon=st.floats(-180, 180, exclude_max=True),
    lat=st.floats(-90, 90),
)


@given(a=positions, b=positions, c=positions)
def test_distance_is_a_metric(a: Position, b: Position, c: Position) -> None:
    """A distance that broke the triangle rule could make a detour shorter than the straight way."""
    assert great_circle_nm(a, b) == pytest.approx(great_circle_nm(b, a), abs=1e-6)
    assert great_circle_nm(a, c) <= great_circle_nm(a, b) + great_circle_nm(b, c) + 1e-6


@given(p=positions, bearing=st.floats(0, 360), nm=st.floats(0, 5000))
def test_destination_is_as_far_as_asked(p: Position, bearing: float, nm: float) -> None:
    """Reach circles are drawn with it; one too small would exclude a ship wrongly."""
    assert great_circle_nm(p, destination(p, bearing, nm)) == pytest.approx(nm, abs=1e-6)


def test_many_agrees_with_one_and_keeps_unknown_unknown() -> None:
    """A NaN that became a number would be a position made up."""
    many = great_circle_nm_many([130.28, np.nan], [42.2, 1.0], 125.39, 38.72)
    one = great_circle_nm(Position(lon=130.28, lat=42.2), Position(lon=125.39, lat=38.72))
    assert many[0] == pytest.approx(one)
    assert np.isnan(many[1])


def test_bearing_crosses_the_antimeridian_eastwards() -> None:
    """The short way from Fiji to Samoa is east, not round the world."""
    assert bearing_deg(Position(lon=179, lat=0), Position(lon=-179, lat=0)) == pytest.approx(90)
