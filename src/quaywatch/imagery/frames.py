"""Looks as frames: every scene on one grid of true metres, north up, shown by one stretch.

Nothing is sharpened or filled. A coarser scene shows its own pixels, enlarged; a finer one is
averaged; where a scene shows nothing, so does its frame.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.warp import reproject
from shapely.geometry.base import BaseGeometry
from skimage.transform import warp

from quaywatch.errors import PixelWindowError
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.read import Pixels, read_window
from quaywatch.imagery.scene import Raster
from quaywatch.imagery.warp import GridMap
from quaywatch.sites.frame import LocalFrame

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]

METHOD = "frame@1"
COARSER = 1.4
"""A scene whose pixels are so many times those of the grid is enlarged, not interpolated."""
FINER = 0.8
"""A scene whose pixels are smaller than so many of the grid's is averaged."""
TOLERANCE_PX = 0.05
"""Largest error of the place of a pixel, in pixels of the scene."""
_SAMPLES = 40_000
"""Pixels of a frame that its percentiles are taken over."""
_LEVELS = 4096


@dataclass(frozen=True)
class Correction:
    """What registration and normalisation say of one scene; by default nothing."""

    east_m: float = 0.0
    """Metres to add to the scene's stated place, towards east."""
    north_m: float = 0.0
    """Metres to add to the scene's stated place, towards north."""
    gains: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Band → (a, b): the value of the reference is a times the scene's plus b."""


def view_grid(area: BaseGeometry, frame: LocalFrame, *, gsd_m: float, margin_m: float) -> Grid:
    """The grid of a film: square pixels of true metres about an area, north up.

    Args:
        area: what must be in view, WGS84 degrees.
        frame: local metres; true to 2 parts in a million within 20 km of its centre.
        gsd_m: metres a pixel.
        margin_m: shown around the area on every side.

    Examples:
        >>> import shapely
        >>> frame = LocalFrame(lon=31.0, lat=-29.9)
        >>> grid = view_grid(shapely.box(30.99, -29.91, 31.01, -29.89), frame, gsd_m=3.0,
        ...                  margin_m=0.0)
        >>> grid.width, grid.height, round(grid.gsd_m, 4)
        (644, 740, 3.0)

    """
    west, south, east, north = frame.to_metres(area).bounds
    width = math.ceil((east - west + 2 * margin_m) / gsd_m)
    height = math.ceil((north - south + 2 * margin_m) / gsd_m)
    left = (west + east) / 2 - width * gsd_m / 2
    top = (south + north) / 2 + height * gsd_m / 2
    return Grid(frame.proj, (gsd_m, 0.0, left, 0.0, -gsd_m, top), width, height)


def shown_bands(scene: Raster) -> tuple[str, ...]:
    """The bands that a frame of a scene shows: red, green, blue, or one for grey.

    One band: panchromatic, near infrared, or the first (VV of a radar).
    """
    names = scene.band_names
    if all(name in names for name in ("red", "green", "blue")):
        return ("red", "green", "blue")
    return (next((n for n in ("pan", "nir") if n in names), names[0]),)


def thinned(grid: Grid, every: int) -> Grid:
    """The same view in pixels so many times as wide: enough to tell its brightness."""
    a, b, c, d, e, f = grid.transform
    wide = (a * every, b * every, c, d * every, e * every, f)
    return Grid(grid.crs, wide, max(1, grid.width // every), max(1, grid.height // every))


def on_grid(
    scene: Raster, grid: Grid, correction: Correction, *, sampled: bool = False
) -> Floats | None:
    """The bands shown of a scene on the grid of a film, (band, y, x); NaN where it shows nothing.

    Radar is given in decibels. Only the pixels under the grid are read.

    Args:
        scene: the capture.
        grid: of ``view_grid``.
        correction: its shift and gains.
        sampled: take the nearest pixel even where many lie under one of the grid.

    Returns:
        None where the scene and the grid do not meet.

    Raises:
        RasterUnreadableError: a file has gone or is damaged.

    """
    reach = math.hypot(correction.east_m, correction.north_m) + 2 * grid.gsd_m
    try:
        pixels = read_window(
            scene,
            polygon=grid.outline(),
            margin_px=math.ceil(reach / scene.gsd_m) + 4,
            bands=shown_bands(scene),
        )
    except PixelWindowError:
        return None
    values = _corrected(scene, pixels, correction)
    a, b, c, d, e, f = grid.transform
    # Moving the picture by the correction is moving the grid the other way.
    off = c - correction.east_m, f - correction.north_m
    here = Grid(grid.crs, (a, b, off[0], d, e, off[1]), grid.width, grid.height)
    nearest = sampled or scene.gsd_m > COARSER * grid.gsd_m
    way = GridMap.between(here, pixels.grid)
    if way.bent_px <= TOLERANCE_PX and (nearest or scene.gsd_m > FINER * grid.gsd_m):
        return _straight(values, way, here, order=0 if nearest else 1)
    return _bent(values, pixels.grid, here, nearest=nearest)


def _straight(values: Floats, way: GridMap, here: Grid, *, order: int) -> Floats:
    """Values through an affine map: scikit-image's loop, four times as fast as GDAL's."""
    # Grids count from the corners of pixels, scikit-image from their centres.
    start = way.linear @ np.array([0.5, 0.5]) + way.offset - 0.5
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = way.linear, start
    shape = (here.height, here.width)
    turn: Any = warp  # scikit-image ships no types
    layers = [
        turn(
            band,
            matrix,
            output_shape=shape,
            order=order,
            cval=np.nan,
            clip=False,
            preserve_range=True,
        )
        for band in values
    ]
    return np.stack(layers).astype(np.float32, copy=False)


def _bent(values: Floats, there: Grid, here: Grid, *, nearest: bool) -> Floats:
    """Values through any map, averaged where many pixels lie under one of the grid."""
    out = np.full((values.shape[0], here.height, here.width), np.nan, np.float32)
    with rasterio.Env():
        reproject(
            values,
            out,
            src_transform=Affine(*there.transform),
            src_crs=CRS.from_user_input(there.crs),
            src_nodata=np.nan,
            dst_transform=Affine(*here.transform),
            dst_crs=CRS.from_user_input(here.crs),
            dst_nodata=np.nan,
            resampling=Resampling.nearest if nearest else Resampling.bilinear,
            tolerance=TOLERANCE_PX,
            num_threads=1,
        )
    return out


def _corrected(scene: Raster, pixels: Pixels, correction: Correction) -> Floats:
    values: Floats = pixels.values
    for place, name in enumerate(pixels.bands):
        if name in correction.gains:
            a, b = correction.gains[name]
            values[place] = values[place] * np.float32(a) + np.float32(b)
    if scene.sensor is not None and scene.sensor.radar:
        floor = np.float32(1e-6)
        values = np.float32(10.0) * np.log10(np.maximum(values, floor))
    return values


@dataclass(frozen=True)
class Stretch:
    """From values to what a screen shows: one for all frames of a kind, so none is brightened."""

    low: tuple[float, ...]
    """Value shown black, a band each."""
    high: tuple[float, ...]
    """Value shown white."""
    gamma: float = 0.85
    """Below 1 lifts the dark end, where water, coal and shadow lie."""

    @classmethod
    def common(cls, percentiles: Sequence[tuple[Sequence[float], Sequence[float]]]) -> "Stretch":
        """The middle one of the percentiles of all frames.

        The median over frames leaves cloudy ones and such with a blank edge no say.

        Args:
            percentiles: of ``percentiles_of``, one a frame, all with as many bands.

        Examples:
            >>> Stretch.common([((0.0,), (1.0,)), ((0.1,), (1.2,)), ((0.8,), (9.0,))])
            Stretch(low=(0.1,), high=(1.2,), gamma=0.85)

        """
        low = np.median(np.array([p[0] for p in percentiles], float), axis=0)
        high = np.median(np.array([p[1] for p in percentiles], float), axis=0)
        high = np.maximum(high, low + 1e-6)
        return cls(tuple(float(v) for v in low), tuple(float(v) for v in high))

    def shown(self, values: Floats) -> tuple[Picture, Mask]:
        """Values (band, y, x) as red, green, blue (y, x, 3), and which pixels were seen (y, x)."""
        seen: Mask = ~np.isnan(values[0])
        curve = (np.linspace(0.0, 1.0, _LEVELS) ** self.gamma * 255.0).round().astype(np.uint8)
        drawn: Picture = np.empty((*values.shape[1:], 3), np.uint8)
        for place, band in enumerate(values):
            seen &= ~np.isnan(band)
            scale = np.float32((_LEVELS - 1) / (self.high[place] - self.low[place]))
            step = (band - np.float32(self.low[place])) * scale
            levels = np.clip(np.nan_to_num(step), 0, _LEVELS - 1).astype(np.uint16)
            drawn[..., place] = curve[levels]
        if values.shape[0] == 1:
            drawn[..., 1:] = drawn[..., :1]
        return drawn, seen


def percentiles_of(values: Floats) -> tuple[list[float], list[float]] | None:
    """The 0.5th and 99.5th percentile of each band of a frame; None where it shows nothing.

    Args:
        values: (band, y, x), NaN where not seen.

    """
    flat = values.reshape(values.shape[0], -1)
    some = flat[:, :: max(1, flat.shape[1] // _SAMPLES)]
    some = some[:, ~np.isnan(some).any(axis=0)]
    if some.shape[1] == 0:
        return None
    low, high = np.percentile(some, [0.5, 99.5], axis=1)
    return low.tolist(), high.tolist()
