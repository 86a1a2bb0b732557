"""One quay over two years: invented ships come and go under a recorded sky, looked at from above.

Smaller and quicker than the whole world of ``world``: one berth a series, with what makes berths
hard: two ships on one quay, hulls side by side, crane booms over empty water, tugs, long silence.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from quaywatch.imagery.grid import Grid
from quaywatch.imagery.read import Pixels
from quaywatch.sites.facility import Site
from quaywatch.sites.frame import LocalFrame
from quaywatch.testing.fleet import DAY_S, Hull, make_hull
from quaywatch.testing.ground import GSD_M, quay_ground
from quaywatch.testing.planted import seconds
from quaywatch.testing.scene_sim import BAND_NAMES, Boat, Camera, HullInScene, Rendered
from quaywatch.testing.sky import Look, Weather

Floats = NDArray[np.float64]

START: Final = "2023-07-01T02:00Z"
DAYS: Final = 730
SIZE_PX: Final = 230
QUAY_M: Final = 340.0
HALF_BEAM_M: Final = 13.0
FACE_M: Final = 2.0
"""Of a hull from the quay, as everywhere in the simulated world."""
RESIDUAL_PX: Final = 0.3
"""Standard deviation per axis of what registration leaves; a look that leaves more than half a
pixel is refused for berths, so this is a usual look, not a good one."""


@dataclass(frozen=True)
class Stay:
    """One hull at the quay."""

    hull: Hull
    start_s: float
    end_s: float
    along_m: float
    """Of its middle, from the middle of the quay."""
    off_m: float
    """Of its middle, from the face of the quay."""


@dataclass(frozen=True)
class SeenBerth:
    """One look and the truth about it."""

    at_s: float
    pixels: Pixels
    """Registered, but for the residual."""
    cloud_share: float
    """Of the berth's strip of water, truly hidden."""
    stays: tuple[Stay, ...]
    booms: int


class BerthSeries:
    """A quay, who lay at it, and a camera."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 4])
        self.name = f"quay-{seed}"
        self.heading_deg = float(rng.uniform(0, 360))
        middle = (121.40 + 0.02 * seed, 37.62)
        ground = quay_ground(
            self.name, middle, self.heading_deg, HALF_BEAM_M, rng, size=SIZE_PX
        )  # fmt: skip
        self.ground = ground
        self.camera = Camera(ground, rng)
        self.frame = LocalFrame(lon=middle[0], lat=middle[1])
        self.cranes = bool(rng.random() < 0.4)
        self.stays = tuple(_stays(rng))
        self.quiet = _quiet(self.stays)
        self._rng = rng

    def place(self, along_m: float, off_m: float) -> tuple[float, float]:
        """Longitude and latitude of a place along the quay and off its face."""
        turn = math.radians(self.heading_deg)
        port = HALF_BEAM_M + FACE_M - off_m
        east = along_m * math.sin(turn) - port * math.cos(turn)
        north = along_m * math.cos(turn) + port * math.sin(turn)
        point = self.frame.to_degrees(shapely.Point(east, north))
        return float(point.x), float(point.y)

    @property
    def site(self) -> Site:
        """The quay as a site of one berth."""
        line = [list(self.place(along, 0.0)) for along in (-QUAY_M / 2, QUAY_M / 2)]
        feature = {
            "type": "Feature",
            "properties": {"id": "quay", "kind": "berth", "side": "right"},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        drawn = {"type": "FeatureCollection", "id": self.name, "features": [feature]}
        return Site.from_geojson(drawn)

    def looks(self, calendar: list[Look]) -> Iterator[SeenBerth]:
        """Every look of a calendar, in time order."""
        for look, own in zip(calendar, self._rng.spawn(len(calendar)), strict=True):
            rendered, here, booms = self.take(look, own)
            left = own.normal(0.0, RESIDUAL_PX * GSD_M, 2)
            pixels = self._pixels(rendered, (float(left[0]), float(left[1])))
            yield SeenBerth(look.at_s, pixels, self._hidden(rendered), here, booms)

    def take(self, look: Look, rng: np.random.Generator) -> tuple[Rendered, tuple[Stay, ...], int]:
        """One image, who truly lay at the quay, and how many crane booms were over it."""
        here = tuple(s for s in self.stays if s.start_s <= look.at_s < s.end_s)
        boats, booms = self._boats(rng, empty=not here)
        hulls = [
            HullInScene(
                s.hull,
                self.place(s.along_m, s.off_m),
                self.heading_deg,
                loading=bool(rng.random() < 0.4),
            )
            for s in here
        ]
        return self.camera.look(look.at_s, look.weather, hulls, boats, {}, rng), here, booms

    def _boats(self, rng: np.random.Generator, *, empty: bool) -> tuple[list[Boat], int]:
        """Tugs off the berth, and crane booms over empty water: long, narrow, square to it."""
        boats = []
        for _ in range(int(rng.poisson(0.4))):
            at = self.place(float(rng.uniform(-200, 200)), float(rng.uniform(70, 170)))
            boats.append(Boat(at, float(rng.uniform(12, 30)), float(rng.uniform(0, 360))))
        booms = int(rng.integers(1, 4)) if self.cranes and empty and rng.random() < 0.5 else 0
        for _ in range(booms):
            at = self.place(float(rng.uniform(-150, 150)), 20.0)
            boats.append(Boat(at, float(rng.uniform(40, 56)), self.heading_deg + 90.0))
        return boats, booms

    def _pixels(self, rendered: Rendered, left_m: tuple[float, float]) -> Pixels:
        ground = self.ground
        west = ground.west_m - rendered.shift_m[0] + left_m[0]
        north = ground.north_m - rendered.shift_m[1] + left_m[1]
        values = rendered.pixels.astype(np.float32) / np.float32(255)
        return Pixels(
            values=values,
            valid=np.ones(values.shape[1:], bool),
            bands=BAND_NAMES,
            grid=Grid(
                f"EPSG:{ground.epsg}",
                (GSD_M, 0.0, west, 0.0, -GSD_M, north),
                ground.width,
                ground.height,
            ),
            window=(0, 0, ground.width, ground.height),
            radiometry="display",
            sensor="planetscope",
            geolocation_sigma_m=RESIDUAL_PX * GSD_M,
        )

    def _hidden(self, rendered: Rendered) -> float:
        """Share of the strip of water that cloud truly hides."""
        along, off = np.meshgrid(np.arange(-QUAY_M / 2, QUAY_M / 2, 6.0), np.arange(3.0, 60.0, 6.0))
        turn = math.radians(self.heading_deg)
        port = HALF_BEAM_M + FACE_M - off
        east = along * math.sin(turn) - port * math.cos(turn) + rendered.shift_m[0]
        north = along * math.cos(turn) + port * math.sin(turn) + rendered.shift_m[1]
        column = (SIZE_PX / 2 + east / GSD_M).astype(int).clip(0, SIZE_PX - 1)
        row = (SIZE_PX / 2 - north / GSD_M).astype(int).clip(0, SIZE_PX - 1)
        return float((rendered.cloud[row, column] > 0.5).mean())


def _stays(rng: np.random.Generator) -> list[Stay]:
    """Two years of stays: single ships, two in line, two side by side, and one long silence."""
    start, end = seconds(START), seconds(START) + DAYS * DAY_S
    idle, stay = float(rng.uniform(1.5, 9.0)), float(rng.uniform(1.5, 5.0))
    silence = start + float(rng.uniform(0.2, 0.8)) * (end - start)
    silent_days = float(rng.uniform(25, 60))
    at, number, stays = start - 3 * DAY_S, 0, list[Stay]()
    while at < end:
        at += float(rng.exponential(idle)) * DAY_S + 3 * 3600
        leave = at + float(rng.lognormal(math.log(stay), 0.5)) * DAY_S
        if at < silence + silent_days * DAY_S and leave > silence:
            at = silence + silent_days * DAY_S
            continue
        kind = float(rng.random())
        hulls = [_hull(rng, number, kind), _hull(rng, number + 1, kind)]
        number += 2
        first = hulls[0]
        if kind < 0.70:
            room = (QUAY_M - first.length_m) / 2 - 5.0
            stays.append(Stay(first, at, leave, float(rng.uniform(-room, room)), _off(first)))
        elif kind < 0.88:
            gap = float(rng.uniform(15, 35))
            left = -(gap + first.length_m) / 2 - float(rng.uniform(0, 8))
            right = (gap + hulls[1].length_m) / 2
            stays.append(Stay(first, at, leave, left, _off(first)))
            later = at + float(rng.uniform(0, 0.8)) * (leave - at)
            beyond = leave + float(rng.exponential(1.5)) * DAY_S
            stays.append(Stay(hulls[1], later, beyond, right, _off(hulls[1])))
            leave = beyond
        else:
            along = float(rng.uniform(-40, 40))
            out = FACE_M + first.beam_m + 1.5 + hulls[1].beam_m / 2
            stays.append(Stay(first, at, leave, along, _off(first)))
            stays.append(Stay(hulls[1], at, leave, along + float(rng.uniform(-10, 10)), out))
        at = leave
    return stays


def _hull(rng: np.random.Generator, number: int, kind: float) -> Hull:
    longest = 145.0 if 0.70 <= kind < 0.88 else 200.0
    shortest = 70.0 if kind < 0.10 else 90.0
    length = float(rng.uniform(shortest, longest))
    return make_hull(f"hull_{number}", number, rng, role="berth series", length_m=length)


def _off(hull: Hull) -> float:
    return FACE_M + hull.beam_m / 2


def _quiet(stays: tuple[Stay, ...]) -> tuple[float, float]:
    """The longest time without a ship: from the last departure to the next arrival."""
    edges = sorted((s.start_s, s.end_s) for s in stays)
    best, free = (0.0, 0.0), edges[0][1]
    for start, end in edges[1:]:
        if start - free > best[1] - best[0]:
            best = (free, start)
        free = max(free, end)
    return best


def sky_calendar(
    days: Floats, cover: Floats, rng: np.random.Generator, *, denser: float
) -> list[Look]:
    """Two years of looks under a recorded sky.

    Blocks of six to twelve successive dates are drawn from the record, so that clear and clouded
    spells last as they did; winter and summer are not told apart.

    Args:
        days: of each recorded date, ascending.
        cover: share of the recorded tile under cloud at each.
        rng: which blocks.
        denser: looks are so many times as frequent as in the record.

    """
    start, at = seconds(START), 0.0
    looks: list[Look] = []
    while at < DAYS:
        first = int(rng.integers(0, len(days) - 6))
        for number in range(first, min(first + int(rng.integers(6, 13)), len(days) - 1)):
            if at >= DAYS:
                break
            minute = float(rng.uniform(0, 70))
            weather = Weather(
                cloud=min(float(cover[number]), 1.0), haze=0.03 + 0.22 * float(rng.random()) ** 2
            )
            looks.append(Look(start + at * DAY_S + minute * 60, weather))
            gap = float(days[number + 1] - days[number]) / denser
            at += max(1.0, round(min(gap, 30.0 / denser)))
    return looks
