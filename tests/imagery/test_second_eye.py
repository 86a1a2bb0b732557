"""A second eye for absences: a network that misses a ship must not let us say nobody was there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from quaywatch.imagery.detected import Detection
from quaywatch.imagery.detection import WaterContrastDetector
from quaywatch.imagery.disc import search_disc
from quaywatch.imagery.load import load_scene
from quaywatch.imagery.read import Pixels
from quaywatch.imagery.scene import Scene
from quaywatch.imagery.second_eye import SecondEye

SHIP = (180, 100, 8, 46)
"""Row, column, height and width in pixels of 3 m, on open water."""


@dataclass(frozen=True)
class Blind:
    """A detector that has learnt nothing like this ship."""

    name: str = "blind@1"

    def detect(self, pixels: Pixels) -> list[Detection]:
        """Nothing."""
        del pixels
        return []


@pytest.fixture
def scene(
    write: Callable[..., Path], harbour: Callable[..., NDArray[np.uint8]]
) -> Iterator[Callable[..., Scene]]:
    """A harbour with these ships, as a scene."""

    def made(*ships: tuple[int, int, int, int]) -> Scene:
        stated: Any = {"licence": "CC0-1.0", "credit": "nobody"}
        return load_scene([write(harbour(ships=ships))], **stated)

    yield made  # noqa: PT022  # a generator, so that mypy knows what a test is given


def place(scene: Scene, row: float, column: float) -> tuple[float, float]:
    """Longitude and latitude of a pixel."""
    lon, lat = scene.grid.lonlat_of(column, row)
    return float(lon), float(lat)


def test_a_ship_that_the_network_misses_keeps_an_absence_from_being_called(
    scene: Callable[..., Scene],
) -> None:
    """An honest ship on open water was once said not to be there: the worst thing to print."""
    taken = scene(SHIP)
    lon, lat = place(taken, SHIP[0] + 4, SHIP[1] + 23)

    found = search_disc(
        taken, lon=lon, lat=lat, radius_m=90.0, reach_m=0.0, detector=SecondEye(Blind())
    )

    assert len(found.detections) == 1
    assert found.detections[0].length_m == pytest.approx(138, abs=15)
    assert found.detector == "blind@1 and water-contrast@1"


def test_open_water_stays_empty(scene: Callable[..., Scene]) -> None:
    """A second eye that sees ghosts would never let an absence be called at all."""
    empty = scene()
    lon, lat = place(empty, 200, 150)

    found = search_disc(
        empty, lon=lon, lat=lat, radius_m=90.0, reach_m=0.0, detector=SecondEye(Blind())
    )

    assert found.detections == found.around == ()


def test_a_hull_that_both_see_is_one(scene: Callable[..., Scene]) -> None:
    """Counted twice it would double the density of ships, and with it the odds of chance."""
    taken = scene(SHIP)
    lon, lat = place(taken, SHIP[0] + 4, SHIP[1] + 23)
    both = SecondEye(WaterContrastDetector())

    found = search_disc(taken, lon=lon, lat=lat, radius_m=90.0, reach_m=0.0, detector=both)

    assert len(found.around) == 1
