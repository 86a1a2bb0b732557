"""Points inside shorelines: a whole lattice must answer as each of its points would."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.geo.land import RoaringLand
from quaywatch.geo.shoreline import Shorelines

corners = st.lists(
    st.tuples(st.integers(-3, 12), st.integers(-3, 12)), min_size=3, max_size=9, unique=True
)


@given(corners=corners, quarter=st.sampled_from([0.0, 0.25, 0.1]))
def test_a_lattice_answers_as_each_point(corners: list[tuple[int, int]], quarter: float) -> None:
    """Corners and edges on points of the lattice are where a scan goes wrong by one point."""
    line = shapely.Polygon(corners)
    if not line.is_valid:
        line = shapely.convex_hull(line)
    if line.geom_type != "Polygon":
        return
    lon, lat = np.arange(0.0, 9.0) + quarter, np.arange(0.0, 8.0)
    found = Shorelines.of_wkb(shapely.to_wkb(line)).inside(lon, lat)
    x, y = np.meshgrid(lon, lat)
    assert found.tolist() == shapely.contains_xy(line, x, y).tolist()


def test_a_lake_and_an_island_in_it() -> None:
    """What lies inside two lines is outside again: a hole is water where the shores have holes."""
    ring = shapely.box(0, 0, 8, 8).difference(shapely.box(2, 2, 6, 6))
    both = shapely.MultiPolygon([ring, shapely.box(3, 3, 5, 5)])
    row = Shorelines.of_wkb(shapely.to_wkb(both)).inside(np.arange(-0.5, 9.0), np.array([4.1, 9.1]))
    assert row[0].astype(int).tolist() == [0, 1, 1, 0, 1, 1, 0, 1, 1, 0]
    assert not row[1].any()


@pytest.mark.parametrize(
    ("west", "south"),
    [
        pytest.param(124.0, 37.5, id="Nampo"),
        pytest.param(-180.0, 65.0, id="antimeridian"),
        pytest.param(-62.0, -65.0, id="Antarctica"),
    ],
)
def test_the_real_shores_by_lattice_and_by_point(west: float, south: float) -> None:
    """Tiles are built by lattice; the library's own test of each point is what they stand for."""
    lon = west + (np.arange(300) + 0.5) / 200
    lat = south + (np.arange(300) + 0.5) / 200
    land = RoaringLand()
    found = land.contains_lattice(lon, lat)
    asked = land.contains_many(np.tile(lon, 300), np.repeat(lat, 300)).reshape(300, 300)
    assert 0.0 < found.mean() < 1.0
    assert np.array_equal(found, asked)
