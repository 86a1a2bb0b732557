"""Repeated hulls of the recorded 3 m chips: the same ship at anchor in strips minutes apart.

A chip's name gives its scene, so its capture time, and where its middle is. Two ships of one day
that lie within ``SAME_WITHIN_M`` of each other in two scenes are one: a strip is imaged in
overlapping scenes seconds to minutes apart, and nothing leaves and is replaced in between.
"""

import io
import math
import re
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pyproj import Transformer
from skimage.io import imread

from quaywatch.imagery.detected import Detection
from quaywatch.imagery.detection import NetworkDetector
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.hull import LEVELS
from quaywatch.imagery.hull_frame import Chip, chip_of
from quaywatch.imagery.network import RGB_3M
from quaywatch.imagery.read import Pixels

NAMED = re.compile(r"1__(\d{8}_\d{6})_(\w+?)__(-?[\d.]+)_(-?[\d.]+)\.png")
SAME_WITHIN_M = 40.0
CENTRED_WITHIN_M = 60.0
SIDE_PX = 80
GSD_M = 3.0
ZONES = ((-120.0, "EPSG:32610"), (-114.0, "EPSG:32611"))
"""East edge of each zone, degrees: the two bays that the chips show."""


@dataclass(frozen=True)
class Seen:
    """One ship in one scene."""

    name: str
    scene: str
    at: datetime
    lon: float
    lat: float
    chip: Chip

    @property
    def day(self) -> str:
        """Of its capture, UTC."""
        return f"{self.at:%Y%m%d}"


def read_ships(folder: Path) -> list[Seen]:
    """The ships of the chips in which the detector finds one in the middle, by name.

    Args:
        folder: holds ``chips.tar`` or the chips.

    """
    # A chip of 240 m shows too little water for the water mask, and the judge wants more about it.
    network = replace(RGB_3M, judge=None, shore_only=False)
    finder = NetworkDetector(least_score=0.0, networks=(network,))
    ships = []
    for name, data in sorted(_files(folder)):
        row = NAMED.fullmatch(name)
        if row is None:
            continue
        lon, lat = float(row[3]), float(row[4])
        pixels = _pixels(imread(io.BytesIO(data))[..., :3], lon, lat)
        hull = _centred(finder.detect(pixels, water=network.chances(pixels) <= LEVELS[0]))
        if hull is None:
            continue
        at = datetime.strptime(row[1], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
        ships.append(Seen(name, f"{row[1]}_{row[2]}", at, lon, lat, chip_of(pixels, hull)))
    return ships


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*.png")):
        yield path.name, path.read_bytes()
    for path in sorted(folder.glob("*.tar")):
        with tarfile.open(path) as packed:
            for member in packed:
                inner = packed.extractfile(member) if member.name.endswith(".png") else None
                if inner is not None and Path(member.name).name.startswith("1__"):
                    yield Path(member.name).name, inner.read()


def _pixels(rgb: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], lon: float, lat: float) -> Pixels:
    """A chip laid on the ground as its name says, north up in its zone."""
    crs = next((code for edge, code in ZONES if lon < edge), ZONES[-1][1])
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    height, width = rgb.shape[:2]
    transform = (GSD_M, 0.0, x - GSD_M * width / 2, 0.0, -GSD_M, y + GSD_M * height / 2)
    values = np.moveaxis(rgb, -1, 0).astype(np.float32) / np.float32(255)
    return Pixels(
        values=values,
        valid=np.ones((height, width), bool),
        bands=("red", "green", "blue"),
        grid=Grid(crs, transform, width, height),
        window=(0, 0, width, height),
        radiometry="display",
        sensor=None,
        geolocation_sigma_m=None,
    )


def _centred(hulls: Sequence[Detection]) -> Detection | None:
    """The hull in the middle of a chip, if one was found there."""
    middle = SIDE_PX / 2

    def away_m(hull: Detection) -> float:
        return GSD_M * math.hypot(hull.x_px - middle, hull.y_px - middle)

    near = [hull for hull in hulls if away_m(hull) <= CENTRED_WITHIN_M]
    return min(near, key=away_m, default=None)


def identities(ships: Sequence[Seen], *, within_m: float = SAME_WITHIN_M) -> list[int]:
    """A number per ship: the same for those that are one hull of one day by where they lie.

    Examples:
        >>> identities([])
        []

    """
    number = list(range(len(ships)))

    def root(i: int) -> int:
        while number[i] != i:
            i = number[i]
        return i

    for i, one in enumerate(ships):
        for j in range(i):
            other = ships[j]
            if other.day == one.day and other.scene != one.scene and apart_m(one, other) < within_m:
                number[root(i)] = root(j)
    return [root(i) for i in range(len(ships))]


def apart_m(one: Seen, other: Seen) -> float:
    """Metres between the middles of two chips, on a sphere: they lie close together."""
    east = math.radians(one.lon - other.lon) * math.cos(math.radians(one.lat))
    return 6_371_009.0 * math.hypot(east, math.radians(one.lat - other.lat))
