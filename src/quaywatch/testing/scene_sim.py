"""Images of the simulated world: ground, ships, coal, weather, misregistration and sensor.

Four 8-bit bands in the order blue, green, red, near infrared, in UTM at 3 m. The georeference is
wrong by the scene's shift, as real ones are; the sidecar says what a provider would say and that
the image is simulated, and never gives the truth away.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio import Affine

from quaywatch.testing.fleet import Hull
from quaywatch.testing.ground import (
    SHARP_M,
    Ground,
    Plane,
    smooth_noise,
)
from quaywatch.testing.hull_paint import SHADE, WATER, paint_boat, paint_hull
from quaywatch.testing.planted import iso
from quaywatch.testing.sealanes import FloatArray, offset
from quaywatch.testing.site_plan import BIN_COUNT, PIER, SITE_ID, YARDS
from quaywatch.testing.sky import Weather, cloud_layers, sun_position
from quaywatch.testing.stock_sim import lie_of_coal

SHIFT_SD_M: Final = 10.0
"""Standard deviation of the georeference error, per scene, both axes together."""
BLUR_PX: Final = 1.9 / 3.0
"""Standard deviation of the point spread, pixels."""
NOISE: Final = 1.7
"""Standard deviation of sensor noise, counts."""
FILE_ORDER: Final = (2, 1, 0, 3)
"""Bands as rendered (red, green, blue, nir) in the order of the file."""
CREDIT: Final = "Simulated by quaywatch"
"""Shown with every image, and how a sidecar says that the image is no evidence."""
BAND_NAMES: Final = ("blue", "green", "red", "nir")


@dataclass(frozen=True)
class HullInScene:
    """A ship to draw."""

    hull: Hull
    lonlat: tuple[float, float]
    heading_deg: float
    loading: bool = False
    berth: str | None = None


@dataclass(frozen=True)
class Boat:
    """A small craft to draw."""

    lonlat: tuple[float, float]
    length_m: float
    heading_deg: float


@dataclass(frozen=True)
class Rendered:
    """One image and the truth about it."""

    pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    """Shape (4, H, W), file band order."""
    cloud: Plane
    """Opacity of cloud per pixel."""
    shift_m: tuple[float, float]
    """East and north."""
    sun: tuple[float, float]


class Camera:
    """Looks at one ground again and again; what does not change is computed once."""

    def __init__(self, ground: Ground, rng: np.random.Generator) -> None:
        self.ground = ground
        self._coal: dict[str, Plane] = {}
        self._rough = smooth_noise(ground.x_plan.shape, 9.0, rng)
        if ground.site == SITE_ID:
            self._coal = _coal_orders(ground, self._rough)
        self._under_roof = _roof(ground)
        self._roof_colours = ground.fine[self._under_roof]

    def look(
        self,
        at_s: float,
        weather: Weather,
        hulls: list[HullInScene],
        boats: list[Boat],
        stock: dict[str, float],
        rng: np.random.Generator,
    ) -> Rendered:
        """Render one scene.

        Args:
            at_s: capture time, seconds since 1970.
            weather: the sky.
            hulls: ships in view.
            boats: small craft in view.
            stock: share of each yard's floor under coal.
            rng: every random choice of this scene.

        """
        ground = self.ground
        height, width = ground.height, ground.width
        middle = self._middle()
        sun = sun_position(at_s, *middle)
        shift = (rng.standard_normal(2) * SHIFT_SD_M / np.sqrt(2)).clip(-28.0, 28.0)
        canvas = np.concatenate(
            [ground.fine, np.ones((*ground.fine.shape[:2], 1), np.float32)], axis=2
        )
        self._weather_ground(canvas, weather)
        for yard, share in stock.items():
            self._paint_coal(canvas, yard, share, rng)
        for boat in boats:
            at, turn = self._pose(boat.lonlat, boat.heading_deg)
            paint_boat(canvas, at, boat.length_m, turn, fine_m=ground.fine_m)
        for ship in hulls:
            at, turn = self._pose(ship.lonlat, ship.heading_deg)
            paint_hull(
                canvas, at, ship.hull, turn,
                sun=sun, loading=ship.loading, rng=rng, fine_m=ground.fine_m,
            )  # fmt: skip
        if ground.site == SITE_ID:
            self._roof(canvas)
        coarse = _see(canvas, shift / ground.fine_m, height, width, ground.margin_px)
        lit = _light(coarse, weather, sun, rng)
        cloud, shadow, bright = cloud_layers((height, width), weather.cloud, sun, rng)
        counts = _through_air(lit, cloud, shadow, bright, weather.haze)
        counts += NOISE * rng.standard_normal(counts.shape, dtype=np.float32)
        pixels = np.clip(np.rint(counts), 1, 255).astype(np.uint8)
        ordered = np.ascontiguousarray(np.moveaxis(pixels, 2, 0)[list(FILE_ORDER)])
        return Rendered(ordered, cloud, (float(shift[0]), float(shift[1])), sun)

    def _middle(self) -> tuple[float, float]:
        """Rough longitude and latitude of the scene, for the sun."""
        ground = self.ground
        from_utm = Transformer.from_crs(f"EPSG:{ground.epsg}", "EPSG:4326", always_xy=True)
        lon, lat = from_utm.transform(
            ground.west_m + ground.width * ground.gsd_m / 2,
            ground.north_m - ground.height * ground.gsd_m / 2,
        )
        return float(lon), float(lat)

    def _pose(
        self, lonlat: tuple[float, float], heading_deg: float
    ) -> tuple[tuple[float, float], float]:
        """Fine column and row, and the heading from the image's up direction."""
        turn = np.radians(heading_deg)
        here = np.array(lonlat, dtype=np.float64)
        ahead = offset(here, np.array(100.0 * np.sin(turn)), np.array(100.0 * np.cos(turn)))
        at = self.ground.to_fine(np.stack([here, ahead]))
        step = at[1] - at[0]
        return (float(at[0, 0]), float(at[0, 1])), float(np.degrees(np.arctan2(step[0], -step[1])))

    def _weather_ground(self, canvas: Plane, weather: Weather) -> None:
        land = canvas[..., WATER] == 0.0
        if weather.wet:
            canvas[..., :4][land] *= 0.78
        if weather.snow:
            cover = (self._rough > -1.1) & land
            canvas[..., :4][cover] = 0.3 * canvas[..., :4][cover] + 0.7 * 228.0

    def _paint_coal(self, canvas: Plane, yard: str, share: float, rng: np.random.Generator) -> None:
        where = self._coal[yard] <= share if share > 0 else np.zeros(canvas.shape[:2], bool)
        count = int(where.sum())
        grain = 3.0 * rng.standard_normal((count, 1), dtype=np.float32)
        relief = 5.0 * self._rough[where][:, None]
        canvas[where, :4] = np.array([43.0, 41.0, 42.0, 49.0], np.float32) + grain + relief

    def _roof(self, canvas: Plane) -> None:
        """The covered pier hides whatever lies beneath it."""
        canvas[self._under_roof, :5] = self._roof_colours
        canvas[self._under_roof, SHADE] = 1.0


def write_scene(path: Path, rendered: Rendered, ground: Ground, at_s: float) -> None:
    """Write the GeoTIFF and its sidecar ``<file>.json``."""
    profile = {
        "driver": "GTiff",
        "dtype": "uint8",
        "count": 4,
        "width": ground.width,
        "height": ground.height,
        "crs": f"EPSG:{ground.epsg}",
        "transform": Affine(ground.gsd_m, 0.0, ground.west_m, 0.0, -ground.gsd_m, ground.north_m),
        "nodata": 0,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
        "zlevel": 5,
        "predictor": 2,
        "interleave": "band",
        "photometric": "minisblack",
    }
    with rasterio.open(path, "w", **profile) as file:
        file.write(rendered.pixels)
        file.descriptions = BAND_NAMES
        file.update_tags(SIMULATED="yes", LICENCE="CC0-1.0", CREDIT=CREDIT)
    start, end = iso(at_s), iso(at_s + 1.0)
    sidecar = {
        "licence": "CC0-1.0",
        "credit": CREDIT,
        "sensor": "planetscope" if ground.gsd_m > SHARP_M else "skysat",
        "bands": list(BAND_NAMES),
        "radiometry": "display",
        "captured_start": start,
        "captured_end": end,
        "sun_elevation_deg": round(rendered.sun[0], 2),
        "sun_azimuth_deg": round(rendered.sun[1], 2),
    }
    Path(f"{path}.json").write_text(json.dumps(sidecar, indent=1) + "\n", encoding="utf-8")


def _roof(ground: Ground) -> NDArray[np.bool_]:
    """Fine pixels under the roof of the covered pier; none elsewhere than at the site."""
    west, south, east, north = PIER
    x, y = ground.x_plan, ground.y_plan
    under: NDArray[np.bool_] = (x >= west - 12) & (x < east + 36) & (y >= south) & (y < north + 12)
    return under if ground.site == SITE_ID else np.zeros_like(under)


def _coal_orders(ground: Ground, rough: Plane) -> dict[str, Plane]:
    """Which part of each coal yard fills first."""
    x, y = ground.x_plan, ground.y_plan
    west, south, east, north = YARDS["yard-open"][1]
    inside = (x >= west) & (x < east) & (y >= south) & (y < north)
    ridges = np.abs(((y - south) / (north - south) * 2.0) % 1.0 - 0.5) * 2.2
    orders = {"yard-open": lie_of_coal(inside, (x - west) / (east - west) * 1.6 + ridges, rough)}
    west, south, east, north = YARDS["yard-bins"][1]
    pitch = (east - west) / BIN_COUNT
    inside = (x >= west) & (x < east - 3) & (y >= south) & (y < north - 3)
    inside &= (x - west) % pitch >= 3.0
    number = np.floor((x - west) / pitch)
    deep = (y - south) / (north - south)
    orders["yard-bins"] = lie_of_coal(inside, -1.4 * deep + 0.25 * (number % 3), rough)
    return orders


def _see(canvas: Plane, shift: FloatArray, height: int, width: int, margin: int) -> Plane:
    """Blur, shift and halve the fine canvas in one separable pass; the water edge blurs with it."""
    ready = canvas[..., :5].copy()
    ready[..., :4] *= canvas[..., SHADE:]
    tall = np.zeros((height, ready.shape[1], 5), np.float32)
    for start, weight in _taps(float(shift[1])):
        first = margin + start
        tall += np.float32(weight) * ready[first : first + 2 * height : 2]
    seen = np.zeros((height, width, 5), np.float32)
    for start, weight in _taps(-float(shift[0])):
        first = margin + start
        seen += np.float32(weight) * tall[:, first : first + 2 * width : 2]
    return seen


def _taps(move: float) -> list[tuple[int, float]]:
    """Offsets and weights of the fine pixels under one pixel whose content moved by ``move``."""
    centre = 0.5 + move
    first = int(np.floor(centre)) - 2
    taps = np.arange(first, first + 6)
    weight = np.exp(-0.5 * ((taps - centre) / (2 * BLUR_PX)) ** 2)
    weight /= weight.sum()
    return [(int(t), float(w)) for t, w in zip(taps, weight, strict=True)]


def _light(
    coarse: Plane, weather: Weather, sun: tuple[float, float], rng: np.random.Generator
) -> Plane:
    """Illumination, season, water texture and swell."""
    shape = coarse.shape[:2]
    gain = 0.86 + 0.16 * np.sin(np.radians(max(sun[0], 8.0))) + 0.03 * rng.standard_normal()
    cast = 1.0 + 0.02 * rng.standard_normal(4)
    lit: Plane = coarse[..., :4] * (gain * cast).astype(np.float32)
    water = coarse[..., 4]
    murk = smooth_noise(shape, 60.0, rng) * float(rng.uniform(0.5, 2.2)) + float(rng.normal(0, 3.0))
    chop = smooth_noise(shape, 2.0, rng) * float(rng.uniform(0.4, 2.0) * (1 + weather.haze))
    tint = np.array([0.9, 1.1, 0.8, 0.35], np.float32)
    lit += (water * (murk + chop))[..., None] * tint
    return lit


def _through_air(lit: Plane, cloud: Plane, shadow: Plane, bright: Plane, haze: float) -> Plane:
    """Shadow, haze and cloud over the ground, in that order."""
    shaded = lit * (1.0 - 0.45 * shadow * (1.0 - cloud))[..., None]
    veil = np.array([150.0, 162.0, 176.0, 128.0], np.float32)
    hazy = shaded * np.float32(1.0 - haze) + veil * np.float32(haze)
    white = bright[..., None] * np.array([1.0, 1.0, 1.01, 0.98], np.float32)
    opaque = cloud[..., None]
    counts: Plane = hazy * (1.0 - opaque) + white * opaque
    return counts.astype(np.float32)
