"""Pictures as arrays: a window of pixels for the eye, with hulls and shapes drawn on it."""

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from skimage import draw as raster

from quaywatch.imagery.detection import Detection
from quaywatch.imagery.read import Pixels

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

RED: Colour = (255, 40, 40)
GREEN: Colour = (60, 230, 90)
GREY: Colour = (190, 190, 190)
YELLOW: Colour = (255, 220, 0)


def picture(pixels: Pixels) -> Picture:
    """A window as red, green, blue (y, x, 3), stretched for the eye; black where not valid.

    A window without these three bands is drawn grey from its first.
    """
    names = ("red", "green", "blue")
    chosen = names if all(n in pixels.bands for n in names) else (pixels.bands[0],) * 3
    values = np.nan_to_num(np.stack([pixels.values[pixels.bands.index(n)] for n in chosen]))
    if pixels.radiometry == "reflectance":
        values = np.clip((values - 0.01) / 0.25, 0, 1) ** 0.65
    elif pixels.radiometry == "counts" and pixels.valid.any():
        low, high = np.percentile(values[:, pixels.valid], [1, 99])
        values = (values - low) / max(float(high - low), 1e-9)
    drawn: Picture = (np.clip(values, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0).copy()
    return drawn


def draw_detections(
    base: Picture,
    detections: Sequence[Detection],
    *,
    origin: tuple[int, int] = (0, 0),
    gsd_m: float | None = None,
    north_up_deg: float = 0.0,
    colour: Colour = RED,
) -> Picture:
    """The picture with a box about each hull.

    Args:
        base: red, green, blue, (y, x, 3); is not changed.
        detections: with pixels of the scene.
        origin: first column and row of the picture in the scene.
        gsd_m: metres a pixel of the picture, default that of each detection's scene.
        north_up_deg: bearing of the picture's up direction.
        colour: of the boxes.

    """
    drawn = base.copy()
    for d in detections:
        gsd = gsd_m or d.gsd_m
        angle = math.radians(d.heading_deg - north_up_deg)
        along = np.array([math.sin(angle), -math.cos(angle)]) * (d.length_m / gsd / 2 + 2)
        across = np.array([math.cos(angle), math.sin(angle)]) * (d.beam_m / gsd / 2 + 2)
        centre = np.array([d.x_px - origin[0], d.y_px - origin[1]])
        corners = [centre + i * along + j * across for i, j in ((1, 1), (1, -1), (-1, -1), (-1, 1))]
        _ring(drawn, corners, colour)
    return drawn


def draw_shapes(
    base: Picture, pixels: Pixels, shapes: Iterable[tuple[BaseGeometry, Colour]]
) -> Picture:
    """The picture of a window with the outlines of shapes in WGS84 degrees."""
    drawn = base.copy()
    for shape, colour in shapes:
        for part in shapely.get_parts(pixels.grid.to_pixels(shape)):
            line = part.exterior if part.geom_type == "Polygon" else part
            if line.geom_type in {"LineString", "LinearRing"}:
                corners = [np.asarray(xy) for xy in line.coords]
                for a, b in itertools.pairwise(corners):
                    _line(drawn, a, b, colour)
    return drawn


def _ring(drawn: Picture, corners: Sequence[NDArray[np.float64]], colour: Colour) -> None:
    """A closed line in place."""
    for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
        _line(drawn, a, b, colour)


def _line(
    drawn: Picture, start: NDArray[np.float64], end: NDArray[np.float64], colour: Colour
) -> None:
    """One straight line in place, as far as it lies in the picture."""
    x0, y0, x1, y1 = (round(float(v)) for v in (*start[:2], *end[:2]))
    trace: Any = raster.line_aa  # scikit-image ships no types
    rows, columns, strength = trace(y0, x0, y1, x1)
    inside = (rows >= 0) & (rows < drawn.shape[0]) & (columns >= 0) & (columns < drawn.shape[1])
    rows, columns, part = rows[inside], columns[inside], strength[inside][:, None]
    mixed = drawn[rows, columns] * (1 - part) + np.array(colour) * part
    drawn[rows, columns] = mixed.astype(np.uint8)
