"""The hull at a place of a scene, cut out and read."""

from dataclasses import dataclass, replace

from quaywatch.errors import PixelWindowError
from quaywatch.imagery.detected import Detection
from quaywatch.imagery.detection import DEFAULT_DETECTOR, detect_window
from quaywatch.imagery.disc import distance_to_hull_m
from quaywatch.imagery.hull_features import HullRead, read_hull
from quaywatch.imagery.hull_frame import chip_of, window_about
from quaywatch.imagery.read import read_window
from quaywatch.imagery.reference import sky_of
from quaywatch.imagery.scene import Scene
from quaywatch.imagery.second_eye import SecondEye

WITHIN_M = 60.0
"""A hull is at a place that lies on it, or so near: a place is read off a picture by hand."""
READ_M = (900.0, 2500.0)
"""Read about the place, so that water and land can be told apart; more where nothing is found."""

FINDER = SecondEye(DEFAULT_DETECTOR)
"""Somebody says that a hull is there: a shape on the water counts where no network knows it."""


@dataclass(frozen=True)
class HullAt:
    """What a scene shows at a place."""

    hull: Detection | None
    read: HullRead | None
    reason: str | None
    """Why nothing was read."""


def hull_at(scene: Scene, lon: float, lat: float) -> HullAt:
    """The hull at a place, cut out and read; or why not.

    Args:
        scene: the capture.
        lon: on the hull, WGS84 degrees.
        lat: on the hull, WGS84 degrees.

    Raises:
        RasterUnreadableError: the pixels have gone.

    """
    near: list[tuple[float, float, Detection]] = []
    for reach_m in READ_M:
        try:
            found = detect_window(scene, _window(scene, lon, lat, reach_m), FINDER)
        except PixelWindowError:
            return HullAt(None, None, "the scene does not show that place")
        away = [(distance_to_hull_m(lon, lat, hull), -hull.score, hull) for hull in found]
        near = sorted((n for n in away if n[0] <= WITHIN_M), key=lambda n: n[:2])
        if near:
            break
    if not near:
        return HullAt(None, None, f"no hull was found within {WITHIN_M:.0f} m of that place")
    return hull_of(scene, near[0][2])


def hull_of(scene: Scene, hull: Detection) -> HullAt:
    """A hull that was found in a scene, cut out and read."""
    at_x, at_y = (float(v) for v in scene.grid.pixel_of(hull.lon, hull.lat))
    hull = replace(hull, x_px=at_x, y_px=at_y, gsd_m=scene.gsd_m)
    pixels = read_window(scene, window=window_about(hull))
    radar = scene.sensor.radar is not None
    clear = None if radar else sky_of(scene, pixels).clear
    return HullAt(hull, read_hull(chip_of(pixels, hull, usable=clear), radar=radar), None)


def _window(scene: Scene, lon: float, lat: float, reach_m: float) -> tuple[int, int, int, int]:
    """The part of a square about a place that lies in the scene.

    Raises:
        PixelWindowError: none of it does.

    """
    x, y = (float(v) for v in scene.grid.pixel_of(lon, lat))
    half = round(reach_m / scene.gsd_m)
    left, top = max(0, round(x) - half), max(0, round(y) - half)
    right = min(scene.grid.width, round(x) + half)
    bottom = min(scene.grid.height, round(y) + half)
    if not 0 <= x < scene.grid.width or not 0 <= y < scene.grid.height:
        raise PixelWindowError(scene=scene.id, window=f"{x:.0f}, {y:.0f}")
    return left, top, right - left, bottom - top
