"""A disc of a scene searched for hulls: what is there, and how much of it could be seen at all."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from quaywatch.errors import PixelWindowError
from quaywatch.imagery.detection import (
    DEFAULT_DETECTOR,
    Detection,
    HullDetector,
    detect_scene,
    detect_window,
)
from quaywatch.imagery.draw import (
    GREY,
    YELLOW,
    Picture,
    draw_detections,
    draw_shapes,
    picture,
)
from quaywatch.imagery.look import usable_share
from quaywatch.imagery.read import Pixels, inside, read_window, window_of
from quaywatch.imagery.reference import sky_of
from quaywatch.imagery.scene import Raster, Scene
from quaywatch.imagery.second_eye import SecondEye
from quaywatch.imagery.water import water_mask
from quaywatch.sites.frame import LocalFrame

AROUND_M = 900.0
"""Read about the disc, to know the colour of the water and how many hulls lie about."""
DRAWN_M = 350.0
"""Drawn about the disc, so that the reader sees what lies next to it."""
SMALL_PX = 4_000_000
"""A scene of so few pixels is searched for hulls as a whole, once, however many discs it has."""
Found = dict[str, list[Detection]]
"""Hulls of small scenes already searched, by scene."""


@dataclass(frozen=True)
class DiscLook:
    """What a scene shows of a disc."""

    clear_fraction: float
    """Share of the disc that is in the scene, valid and not cloud; 0 where cloud cannot be told."""
    open_fraction: float
    """Share of what is clear that is water or a hull found there."""
    inside_scene: bool
    detections: tuple[Detection, ...]
    """Hulls any part of which lies in the inner disc."""
    around: tuple[Detection, ...]
    """Every hull found in the window that was read about the disc."""
    hulls_per_km2: float
    """Of the water read about the disc, to judge chance."""
    cloud_method: str
    detector: str


def disc_around(lon: float, lat: float, radius_m: float) -> BaseGeometry:
    """A disc as a polygon in WGS84 degrees.

    Examples:
        >>> round(disc_around(0.0, 0.0, 111_195).bounds[2], 2)
        1.0

    """
    frame = LocalFrame(lon=lon, lat=lat)
    return frame.to_degrees(Point(0.0, 0.0).buffer(radius_m, quad_segs=24))


def distance_to_hull_m(lon: float, lat: float, hull: Detection) -> float:
    """From a point to the nearest part of a hull's axis, less half its beam; 0 inside it.

    A broadcast gives the place of the antenna, which on a bulk carrier stands near the stern, so
    the middle of the hull may lie half a length away.
    """
    frame = LocalFrame(lon=lon, lat=lat)
    centre = frame.to_metres(Point(hull.lon, hull.lat))
    angle = math.radians(hull.heading_deg)
    along = np.array([math.sin(angle), math.cos(angle)]) * hull.length_m / 2
    middle = np.array([centre.x, centre.y])
    axis = LineString([middle - along, middle + along])
    return max(0.0, float(axis.distance(Point(0.0, 0.0))) - hull.beam_m / 2)


def search_disc(
    scene: Scene,
    *,
    lon: float,
    lat: float,
    radius_m: float,
    reach_m: float,
    detector: HullDetector | None = None,
    found: Found | None = None,
) -> DiscLook:
    """Search a disc of a scene for a hull whose antenna lies in it.

    Args:
        scene: the capture.
        lon: centre, WGS84 degrees.
        lat: centre, WGS84 degrees.
        radius_m: of the inner disc, which holds the antenna.
        reach_m: how far the hull may stretch beyond its antenna; that much more must be clear.
        detector: default the trained networks and a second eye for shapes on water.
        found: hulls found in small scenes before; what is found is added.

    Raises:
        RasterUnreadableError: the pixels have gone.

    """
    finder = detector or SecondEye(DEFAULT_DETECTOR)
    disc = disc_around(lon, lat, radius_m + reach_m)
    try:
        pixels = _pixels(scene, disc)
    except PixelWindowError:
        return DiscLook(
            clear_fraction=0.0,
            open_fraction=0.0,
            inside_scene=False,
            detections=(),
            around=(),
            hulls_per_km2=0.0,
            cloud_method="none: the scene does not show the disc",
            detector=finder.name,
        )
    sky = sky_of(scene, pixels)
    usable = np.zeros_like(pixels.valid) if sky.clear is None else sky.clear & pixels.valid
    hulls = _hulls(scene, pixels, finder, {} if found is None else found)
    water = water_mask(pixels)
    within = [d for d in hulls if distance_to_hull_m(lon, lat, d) <= radius_m]
    own = inside(pixels, disc) & usable
    open_water = water | _under(pixels, hulls)
    # A share of nothing is nothing: where no pixel is clear, none is known to be open.
    share = float((own & open_water).sum() / own.sum()) if own.any() else 0.0
    water_km2 = float((water & usable).sum()) * (pixels.gsd_m / 1000) ** 2
    others = len(hulls) - len(within)
    return DiscLook(
        clear_fraction=usable_share(pixels, disc, usable),
        open_fraction=share,
        inside_scene=bool(scene.footprint.buffer(1e-9).contains(disc)),
        detections=tuple(within),
        around=tuple(hulls),
        hulls_per_km2=(others + 0.5) / max(water_km2, 1e-3),
        cloud_method=sky.method,
        detector=finder.name,
    )


def draw_disc(
    scene: Raster,
    hulls: Sequence[Detection],
    *,
    lon: float,
    lat: float,
    radius_m: float,
    reach_m: float,
) -> Picture | None:
    """The inner disc and its surroundings with the hulls found; None where the scene misses it."""
    inner, disc = (disc_around(lon, lat, m) for m in (radius_m, radius_m + reach_m))
    try:
        pixels = _pixels(scene, disc, around_m=DRAWN_M)
    except PixelWindowError:
        return None
    base = draw_shapes(picture(pixels), pixels, [(inner, YELLOW), (scene.footprint, GREY)])
    return draw_detections(base, hulls, origin=pixels.window[:2], gsd_m=scene.gsd_m)


def _pixels(scene: Raster, disc: BaseGeometry, *, around_m: float = AROUND_M) -> Pixels:
    margin = math.ceil(around_m / scene.gsd_m)
    return read_window(scene, window=window_of(scene.grid, disc), margin_px=margin)


def _hulls(scene: Raster, pixels: Pixels, finder: HullDetector, found: Found) -> list[Detection]:
    """The hulls of the window; a small scene is searched whole, so that neighbours share it."""
    if scene.grid.width * scene.grid.height > SMALL_PX:
        return detect_window(scene, pixels.window, finder)
    if scene.id not in found:
        found[scene.id] = detect_scene(scene, finder)
    left, top, width, height = pixels.window
    return [
        d for d in found[scene.id] if left <= d.x_px < left + width and top <= d.y_px < top + height
    ]


def _under(
    pixels: Pixels, hulls: list[Detection]
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Pixels under the hulls found, with a margin of their position error."""
    covered = np.zeros(pixels.valid.shape, bool)
    for hull in hulls:
        reach_m = hull.length_m / 2 + 2 * pixels.gsd_m
        covered |= inside(pixels, disc_around(hull.lon, hull.lat, reach_m))
    return covered


def shape_of(disc: BaseGeometry) -> list[list[float]]:
    """Corners of a disc as lon, lat, rounded to about a metre."""
    corners = shapely.get_coordinates(disc)
    return [[round(float(x), 5), round(float(y), 5)] for x, y in corners]
