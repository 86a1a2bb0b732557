"""Water distance on Earth: routes whose length two independent land masks agree on."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from quaywatch.geo.land import RoaringLand
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterRouter


class Refuses(RoaringLand):
    """The real mask's version, without the mask."""

    def contains_many(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Fail the test: the tiles were to be enough."""
        message = f"the land mask was asked for {lon.size} points near latitude {lat[0]}"
        raise AssertionError(message)

    contains_lattice = contains_many


NAMPO = Position(lon=125.39, lat=38.72)
RAJIN = Position(lon=130.28, lat=42.20)


@pytest.mark.parametrize(
    ("start", "least", "most"),
    [
        pytest.param(RAJIN, 870, 895, id="Rajin"),
        pytest.param(Position(lon=132.90, lat=42.78), 925, 955, id="Nakhodka"),
        pytest.param(Position(lon=129.30, lat=34.60), 445, 460, id="Tsushima Strait"),
    ],
)
def test_routes_to_nampo(earth: WaterRouter, start: Position, least: float, most: float) -> None:
    """The founding case turns on these: by water Rajin is three times as far as it looks."""
    found = earth.distance(start, NAMPO)
    assert found.water_nm is not None
    assert found.lower_bound_nm is not None
    assert least <= found.water_nm <= most
    assert found.great_circle_nm <= found.lower_bound_nm <= found.water_nm
    assert found.lower_bound_nm > 0.955 * found.water_nm
    assert found.path[0] == start
    assert found.path[-1] == NAMPO


def test_the_caspian_is_not_reachable(earth: WaterRouter) -> None:
    """A ship of the Caspian cannot have been at sea off Korea."""
    found = earth.distance(Position(lon=50.5, lat=42.0), Position(lon=49.5, lat=41.0))
    assert found.water_nm is None
    assert found.lower_bound_nm is None
    assert found.reason


def test_across_the_antimeridian(earth: WaterRouter) -> None:
    """Fiji to Samoa is a short trip, not one round the world."""
    found = earth.distance(Position(lon=178.6, lat=-18.2), Position(lon=-171.7, lat=-13.7))
    assert found.water_nm is not None
    assert found.water_nm == pytest.approx(found.great_circle_nm, rel=0.03)


def test_a_new_process_answers_from_the_cache(earth: WaterRouter, earth_cache: Path) -> None:
    """The same question in another process gives the same numbers without the land mask."""
    expected = earth.distance(RAJIN, NAMPO)
    again = WaterRouter(earth_cache, land=Refuses(), landmarks=False).distance(RAJIN, NAMPO)
    assert again == expected
