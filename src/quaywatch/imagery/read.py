"""Pixels of a part of a scene, with the mask of those that are valid. Never the whole unasked."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio
import shapely.affinity
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.errors import RasterioError
from rasterio.features import rasterize
from rasterio.windows import Window
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from quaywatch.errors import BandMissingError, PixelWindowError, RasterUnreadableError
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.scene import Asset, Band, Raster

_MARKING = threading.Lock()
PIXELS_DOUBLED = Affine(2.0, 0.0, 0.0, 0.0, 2.0, 0.0)
PixelWindow = tuple[int, int, int, int]
"""First column, first row, width, height, in pixels of the scene."""


@dataclass(frozen=True)
class Pixels:
    """Values of a window of one scene."""

    values: NDArray[np.float32]
    """(band, y, x): reflectance, or 0 to 1 for a picture made for the eye; NaN where not valid."""
    valid: NDArray[np.bool_]
    """(y, x): valid in every band that was read."""
    bands: tuple[str, ...]
    grid: Grid
    """The grid of this window."""
    window: PixelWindow
    """Where it lies in the scene."""
    radiometry: str
    """reflectance, display or counts."""
    sensor: str | None
    geolocation_sigma_m: float | None
    step: int = 1
    """Pixels of the scene along one pixel of this window."""

    @property
    def gsd_m(self) -> float:
        """True ground sample distance, metres."""
        return self.grid.gsd_m

    def band(self, name: str) -> NDArray[np.float32] | None:
        """One band (y, x), or None if it was not read."""
        return self.values[self.bands.index(name)] if name in self.bands else None


def valid_pixels(
    source: Any,  # noqa: ANN401 (rasterio ships no types)
    bands: Sequence[int],
    window: Window,
    values: NDArray[Any],
    nodata: float | None,
    *,
    measured: Sequence[int],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which pixels of a read window are declared valid, and which may be undeclared fill, (y, x).

    ``measured`` are the bands of the file that are measurements: where a writer has marked one of
    them as alpha (GDAL does so with the fourth of four 8-bit bands), its mask is not believed.

    Not valid: what the file's masks, alpha or nodata say, NaN and infinity. May be fill: zero in
    every band of a file that declares none of these; ``fill_areas`` judges it.
    """
    valid: NDArray[np.bool_] = np.isfinite(values).all(axis=0)
    zero: NDArray[np.bool_] = np.zeros(valid.shape, bool)
    if nodata is not None:
        valid &= ~(values == nodata).all(axis=0)
        return valid, zero
    undeclared = all(MaskFlags.all_valid in source.mask_flag_enums[i - 1] for i in bands)
    undeclared |= any(source.colorinterp[i - 1] is ColorInterp.alpha for i in measured)
    if undeclared:
        return valid, (values == 0).all(axis=0)
    masks: NDArray[np.uint8] = source.read_masks(list(bands), window=window)
    valid &= (masks > 0).all(axis=0)
    return valid, zero


def fill_areas(
    zero: NDArray[np.bool_], values: NDArray[np.float32] | None = None
) -> NDArray[np.bool_]:
    """Of pixels that are zero in every band, those that are fill and not a measurement, (y, x).

    A lone zero is a dark pixel; an area of at least 3 by 3 is fill, unless the pixels about it are
    nearly as dark: still water under a low sun is zero after atmospheric correction.

    Args:
        zero: zero in every band.
        values: (band, y, x), to tell how dark the surroundings are; without them all areas count.

    """
    if not zero.any():
        return zero
    areas: NDArray[np.bool_] = ndimage.binary_opening(
        np.pad(zero, 1, mode="edge"), np.ones((3, 3))
    )[1:-1, 1:-1]
    if values is None or areas.all():
        return areas
    bright = np.nan_to_num(values).max(axis=0)
    dark = 0.12 * float(np.percentile(bright[~zero], 90)) if (~zero).any() else 0.0
    marks, count = ndimage.label(ndimage.binary_dilation(areas, iterations=2))
    rim = (marks > 0) & ~zero
    if count == 0 or not rim.any():
        return areas
    median = np.nan_to_num(
        np.asarray(ndimage.median(bright, np.where(rim, marks, 0), np.arange(1, count + 1))),
        nan=np.inf,
    )
    shadowed = np.concatenate([[False], median <= dark])
    fill: NDArray[np.bool_] = areas & ~shadowed[marks]
    return fill


def read_window(
    scene: Raster,
    *,
    polygon: BaseGeometry | None = None,
    window: PixelWindow | None = None,
    margin_px: int = 0,
    bands: Sequence[str] | None = None,
) -> Pixels:
    """The pixels of a part of a scene; without polygon and window, of all of it.

    Args:
        scene: what to read from.
        polygon: WGS84 degrees; its bounding box in pixels is read.
        window: in pixels of the scene; wins over the polygon.
        margin_px: read this much more on every side, as far as the scene goes.
        bands: names, default all.

    Raises:
        PixelWindowError: the window lies outside the scene.
        BandMissingError: the scene lacks a band asked for.
        RasterUnreadableError: a file has gone or is damaged.

    """
    if window is None and polygon is not None:
        window = window_of(scene.grid, polygon)
    clipped = _clip(scene, window or (0, 0, scene.grid.width, scene.grid.height), margin_px)
    names = tuple(bands) if bands is not None else scene.band_names
    chosen = []
    for name in names:
        found = [band for band in scene.bands if band.name == name]
        if not found:
            raise BandMissingError(scene=scene.id, needs=name, has=", ".join(scene.band_names))
        chosen.append(found[0])
    values = np.empty((len(chosen), clipped[3], clipped[2]), np.float32)
    valid = np.ones((clipped[3], clipped[2]), bool)
    zero = np.ones_like(valid)
    for key in dict.fromkeys(band.asset for band in chosen):
        own = [(place, band) for place, band in enumerate(chosen) if band.asset == key]
        part, good, empty = _read_asset(
            scene, scene.by_key[key], [band for _, band in own], clipped
        )
        values[[place for place, _ in own]] = part
        valid &= good
        zero &= empty
    valid &= ~fill_areas(zero, values)
    values[:, ~valid] = np.nan
    return Pixels(
        values=values,
        valid=valid,
        bands=names,
        grid=scene.grid.window(*clipped),
        window=clipped,
        radiometry=scene.radiometry,
        sensor=None if scene.sensor is None else scene.sensor.id,
        geolocation_sigma_m=scene.geolocation_sigma_m,
    )


def window_of(grid: Grid, polygon: BaseGeometry) -> PixelWindow:
    """The bounding box of a shape in degrees, in pixels, rounded outward; may lie outside."""
    x0, y0, x1, y1 = grid.to_pixels(polygon).bounds
    left, top = int(np.floor(x0)), int(np.floor(y0))
    return left, top, int(np.ceil(x1)) - left, int(np.ceil(y1)) - top


def _clip(scene: Raster, window: PixelWindow, margin_px: int) -> PixelWindow:
    """The part of a window that lies in the scene."""
    x0, y0 = max(window[0] - margin_px, 0), max(window[1] - margin_px, 0)
    x1 = min(window[0] + window[2] + margin_px, scene.grid.width)
    y1 = min(window[1] + window[3] + margin_px, scene.grid.height)
    if x1 <= x0 or y1 <= y0:
        asked = f"column {window[0]}, row {window[1]}, {window[2]} by {window[3]}"
        raise PixelWindowError(scene=scene.id, window=asked)
    return x0, y0, x1 - x0, y1 - y0


def _read_asset(
    scene: Raster, asset: Asset, bands: Sequence[Band], window: PixelWindow
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]:
    """The bands of one file on the scene's grid; a coarser file is repeated, not smoothed."""
    x0, y0, width, height = window
    indexes = [band.index for band in bands]
    measured = [band.index for band in scene.bands if band.asset == asset.key]
    try:
        with rasterio.Env(GDAL_PAM_ENABLED="NO"), rasterio.open(asset.path) as source:
            across, down = source.width / scene.grid.width, source.height / scene.grid.height
            if across == down == 1:
                part = Window(x0, y0, width, height)
                raw = source.read(indexes, window=part)
                valid, zero = valid_pixels(
                    source, indexes, part, raw, scene.nodata, measured=measured
                )
            else:
                part = Window(x0 * across, y0 * down, width * across, height * down)
                shape = (len(indexes), height, width)
                raw = source.read(
                    indexes, window=part, out_shape=shape, resampling=Resampling.nearest
                )
                masks = source.read_masks(
                    indexes, window=part, out_shape=shape, resampling=Resampling.nearest
                )
                valid = np.isfinite(raw).all(axis=0) & (masks > 0).all(axis=0)
                zero = (raw == 0).all(axis=0)
                if scene.nodata is not None:
                    valid &= ~(raw == scene.nodata).all(axis=0)
    except (OSError, RasterioError) as err:
        raise RasterUnreadableError(path=str(asset.path), fact=str(err)) from err
    scale = np.array([band.scale for band in bands], np.float32)[:, None, None]
    offset = np.array([band.offset for band in bands], np.float32)[:, None, None]
    return raw.astype(np.float32) * scale + offset, valid, zero


def inside(pixels: Pixels, polygon: BaseGeometry) -> NDArray[np.bool_]:
    """Which pixels of a window have their centre inside a polygon in degrees, (y, x)."""
    shape = pixels.grid.to_pixels(polygon)
    if shape.is_empty or shape.area == 0:
        return np.zeros(pixels.valid.shape, bool)
    # GDAL takes an identity transform for a missing one and warns; so a pixel is two units wide.
    doubled = shapely.affinity.scale(shape, 2.0, 2.0, origin=(0.0, 0.0))
    # Silencing that warning is not safe in threads either: one at a time.
    with _MARKING:
        marked: NDArray[np.uint8] = rasterize(
            [(doubled, 1)], out_shape=pixels.valid.shape, transform=PIXELS_DOUBLED, dtype="uint8"
        )
    return marked > 0
