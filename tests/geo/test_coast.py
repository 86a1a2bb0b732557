"""Distances from the coast decide whether a fix is on land and whether Welch's rule applies."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from quaywatch.geo.coast import FARTHEST_KM, KM_PER_DEG, Coast

Rule = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]


class World:
    """A land mask given by a rule."""

    def __init__(self, name: str, rule: Rule) -> None:
        self.version, self._rule = f"coast-{name}", rule

    def contains_many(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """True where the rule says land."""
        return self._rule(lon, lat)


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Coast:
    """Land from 179.6 E across the antimeridian to 179.6 W, at every latitude."""
    world = World("wall", lambda lon, _: np.abs(lon) > 179.6)
    return Coast(tmp_path_factory.mktemp("coast"), world)


@given(lon=st.floats(178.0, 180.0), lat=st.floats(-5.0, 5.0), side=st.sampled_from([-1.0, 1.0]))
def test_a_straight_coast_is_as_far_as_it_is(
    wall: Coast, lon: float, lat: float, side: float
) -> None:
    """Near the antimeridian a wrong fold would put a ship ashore, or a coast out of reach."""
    got = float(wall.signed_km(np.array([side * lon]), np.array([lat]))[0])
    true = (179.6 - lon) * KM_PER_DEG * np.cos(np.radians(lat))
    assert got == pytest.approx(np.clip(true, -FARTHEST_KM, FARTHEST_KM), abs=1.2)


def test_open_ocean_is_far_and_never_on_land(tmp_path: Path) -> None:
    """An open sea that came out as land would accuse every ship on it."""
    coast = Coast(tmp_path, World("ocean", lambda lon, _: np.zeros(lon.shape, np.bool_)))
    lon, lat = np.array([-180.0, 0.0, 180.0, 12.3]), np.array([-89.9, 0.0, 89.9, -45.0])
    assert coast.signed_km(lon, lat).tolist() == [FARTHEST_KM] * 4
    assert not coast.on_land(lon, lat).any()
    assert coast.signed_km(np.empty(0), np.empty(0)).shape == (0,)


def test_a_known_place_on_the_real_coast(earth_cache: Path) -> None:
    """Golden: Santa Cruz Island's middle is land, the Santa Barbara Channel is water (charts)."""
    coast = Coast(earth_cache)
    km = coast.signed_km(np.array([-119.75, -119.75]), np.array([34.02, 34.2]))
    assert -8.0 < km[0] < -2.0
    assert 10.0 < km[1] < 20.0
