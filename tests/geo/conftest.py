"""Made-up worlds of land and sea with known answers, and one router over the real land."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from quaywatch.geo.water import WaterRouter

Land = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]


class World:
    """A land mask given by a rule; counts how often it is asked."""

    def __init__(self, name: str, land: Land) -> None:
        self.version, self._land, self.asked = f"world-{name}", land, 0

    def contains_many(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """True where the rule says land."""
        self.asked += 1
        return self._land(lon, lat)


def _ocean(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.zeros(lon.shape, np.bool_)


def _gap(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """A wall half a degree thick from pole to pole at 5 E, open between 3 N and 3.2 N."""
    return (np.abs(lon - 5.0) < 0.25) & ~((lat > 3.0) & (lat < 3.2))


def _lake(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """An island from 2 to 8 E, 2 to 8 N, with a round lake of 1 degree at its middle."""
    inside = (np.abs(lon - 5.0) < 3.0) & (np.abs(lat - 5.0) < 3.0)
    return inside & (np.hypot(lon - 5.0, lat - 5.0) > 1.0)


def _channel(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """A wall 2 degrees thick at 5 E with one channel 0.02 degrees wide along 3.013 N."""
    return (np.abs(lon - 5.0) < 1.0) & (np.abs(lat - 3.013) > 0.01)


def _date_line(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """A wall across the antimeridian, 4 degrees long on either side, half a degree thick."""
    return (np.abs(np.abs(lon) - 180.0) < 4.0) & (np.abs(lat) < 0.25)


def _thin(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """A wall far thinner than a cell (0.015 degrees) at 5 E, from 4 S to 4 N."""
    return (np.abs(lon - 5.013) < 0.0075) & (np.abs(lat) < 4.0)


WORLDS: dict[str, Land] = {
    "ocean": _ocean,
    "gap": _gap,
    "lake": _lake,
    "channel": _channel,
    "date-line": _date_line,
    "thin": _thin,
}


@pytest.fixture(scope="session")
def land_of() -> Callable[[str], World]:
    """A fresh land mask of the made-up world of that name."""
    return lambda name: World(name, WORLDS[name])


@pytest.fixture(scope="session")
def world(
    tmp_path_factory: pytest.TempPathFactory, land_of: Callable[[str], World]
) -> Callable[[str], WaterRouter]:
    """Routers over the made-up worlds, one each for the whole session."""
    cache = tmp_path_factory.mktemp("worlds")
    routers: dict[str, WaterRouter] = {}

    def router(name: str) -> WaterRouter:
        if name not in routers:
            routers[name] = WaterRouter(
                cache, land=land_of(name), passages=(), landmarks=name == "gap"
            )
        return routers[name]

    return router


@pytest.fixture(scope="session")
def earth_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the real tiles of this session are kept."""
    return tmp_path_factory.mktemp("earth")


@pytest.fixture(scope="session")
def earth(earth_cache: Path) -> WaterRouter:
    """A router over the real land; its first use builds the tiles of north-east Asia."""
    return WaterRouter(earth_cache, landmarks=False)
