"""Bright shapes in a radar image to ships: sidelobes off, bloom taken off, errors stated."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.detected import Alongside, Detection
from quaywatch.imagery.hull import LONGEST_M, rectangle
from quaywatch.imagery.radar_echoes import Bright, arms_of_others, may_be_ghosts
from quaywatch.imagery.read import Pixels
from quaywatch.imagery.sensors import SENSORS

Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]

CLOSE_M = 12.0
"""Gaps in a hull that are closed: a ship is a row of bright points in a fine image."""
SIDELOBE_DB = 17.0
"""Thin parts in the row or the column of a bright pixel that are fainter than it by more than this
are its sidelobes: the weighting leaves them 21 dB below, and lobes of several points add up."""
TAIL_DB = 10.0
"""No part of a hull counts that is fainter than its brightest tenth by more than this."""
SHORE_M = 60.0
"""Bright masses within this of land may be ships alongside, or the quay."""
WIDEST_BLOOM_M = 110.0
LEAST_DB = 7.0
"""Shapes whose brightest tenth stands out of the sea by less are waves and wakes."""
FINE_GSD_M = 5.0
"""Finer images have one look: they are averaged over three by three pixels before the test."""
SLENDEREST = 12.0
LEAST_M = 20.0
"""Shorter ships are not told from specks, as in optical images."""
MAYBE_GHOST = 0.3
"""What the score of a shape that may be a ghost is multiplied by."""
ALONGSIDE_DB, OVER_LAND_DB, ALONGSIDE_M = 12.0, 6.0, 40.0
"""A mass at the shore is told of if it is so much brighter than sea and than usual land, and so
long,"""
ALONGSIDE_WATER = 0.15
"""and has water in this share of the 20 m about it."""
PAD = 4
_CORNERS = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Levels:
    """A window tested against its sea, all (y, x)."""

    level: Plane
    """Power over the mean of the sea around; 0 where that is not known."""
    seeds: Mask
    """Beyond chance."""
    rims: Mask
    """Brighter than nearly all sea."""
    land: Mask


def shapes(levels: Levels, pixels: Pixels, method: str) -> tuple[list[Detection], list[Alongside]]:
    """The ships of a window, highest score first, and the masses at the shore.

    Args:
        levels: what stands out.
        pixels: where it lies.
        method: name and version of what found it.

    """
    jacobian = pixels.grid.metres_per_pixel(pixels.grid.width / 2, pixels.grid.height / 2)
    shore = _shore(levels.land, pixels.gsd_m)
    alone: list[_Shape] = []
    masses: list[Alongside] = []
    bound = _bright_for_land(levels)
    for top, left, own in _blobs(levels, pixels.gsd_m):
        window = slice(top, top + own.shape[0]), slice(left, left + own.shape[1])
        level = levels.level[window]
        core = _less_lobes(own, level, pixels.gsd_m)
        if not (core & levels.seeds[window]).any():
            continue
        if (own & shore[window]).any():
            masses += _masses(own, levels, window, bound, pixels)
            continue
        bright_db = 10 * math.log10(max(float(np.percentile(level[core], 90)), 1e-9))
        length, beam, fill, axis = rectangle(core, jacobian)
        if bright_db < LEAST_DB or not _ship_like(length, beam, pixels.gsd_m):
            continue
        rows, columns = np.nonzero(core)
        x, y = float(columns.mean()) + left + 0.5, float(rows.mean()) + top + 0.5
        cut = _cut(core, pixels, top, left)
        alone.append(_Shape(x, y, length, beam, fill, axis, bright_db, cut))
    hulls = [_placed(shape, pixels, method) for shape in _judged(alone, pixels, jacobian)]
    return sorted(hulls, key=lambda d: (-d.score, d.y_px, d.x_px)), masses


def _judged(alone: list["_Shape"], pixels: Pixels, jacobian: NDArray[np.float64]) -> list["_Shape"]:
    """The shapes without the arms of others, and those that may be ghosts marked."""
    if not alone:
        return alone
    placed = [_bright(shape, jacobian) for shape in alone]
    # Arms run along rows and columns of the radar's own grid, near enough for one that looks north.
    arms = arms_of_others(placed)
    kept = [s for s, arm in zip(alone, arms, strict=True) if not arm]
    radar = SENSORS[pixels.sensor].radar if pixels.sensor is not None else None
    if radar is None:
        return kept
    ghosts = may_be_ghosts([_bright(shape, jacobian) for shape in kept], radar)
    return [replace(s, ghost=ghost) for s, ghost in zip(kept, ghosts, strict=True)]


def _bright(shape: "_Shape", jacobian: NDArray[np.float64]) -> Bright:
    """A shape in metres from the corner of the window."""
    east, north = jacobian @ (shape.x_px, shape.y_px)
    return Bright(float(east), float(north), shape.length_m, shape.bright_db, shape.axis)


def _shore(land: Mask, gsd_m: float) -> Mask:
    """Land and what lies within the reach of a quay from it."""
    if not land.any():
        return land
    reach: Mask = ndimage.distance_transform_edt(~land) * gsd_m <= SHORE_M
    return reach


def _blobs(levels: Levels, gsd_m: float) -> Iterator[tuple[int, int, Mask]]:
    """Joined rims that hold a seed, closed over small gaps: first row, first column, mask."""
    closing = round(CLOSE_M / gsd_m / 2)
    rims = levels.rims
    if closing >= 1:
        padded = np.pad(rims, closing)
        rims = ndimage.binary_closing(padded, _CORNERS, iterations=closing)
        rims = rims[closing:-closing, closing:-closing]
    marks = np.empty(rims.shape, np.int32)
    ndimage.label(rims, _CORNERS, output=marks)
    held = np.zeros(int(marks.max()) + 1, bool)
    held[np.unique(marks[levels.seeds])] = True
    held[0] = False
    for number, part in enumerate(ndimage.find_objects(marks), start=1):
        if part is None or not held[number]:
            continue
        top, left = max(part[0].start - PAD, 0), max(part[1].start - PAD, 0)
        yield top, left, marks[top : part[0].stop + PAD, left : part[1].stop + PAD] == number


def _less_lobes(own: Mask, level: Plane, gsd_m: float) -> Mask:
    """A shape without its sidelobes, faint tail and what then hangs loose."""
    values = np.where(own, level, 0)
    kept = own & (values >= float(np.percentile(values[own], 90)) * 10 ** (-TAIL_DB / 10))
    size = 2 if gsd_m >= FINE_GSD_M else 5
    thick = ndimage.binary_opening(kept, np.ones((size, size)))
    lobe = 10 ** (-SIDELOBE_DB / 10)
    row = ndimage.maximum_filter1d(values.max(axis=1), 3)[:, None]
    column = ndimage.maximum_filter1d(values.max(axis=0), 3)[None, :]
    thin = kept & ~thick & ((values < lobe * row) | (values < lobe * column))
    kept &= ~thin
    # Dim decks part the bright ends of one ship.
    kept = ndimage.binary_closing(np.pad(kept, 1), _CORNERS)[1:-1, 1:-1] & own
    marks, count = ndimage.label(kept, _CORNERS)
    if count > 1:
        power = np.asarray(ndimage.sum_labels(values, marks, np.arange(1, count + 1)))
        kept = marks == int(np.argmax(power)) + 1
    return kept if kept.any() else own


def _ship_like(length: float, beam: float, gsd_m: float) -> bool:
    """Whether a shape has a ship's size and proportions, bloom allowed for."""
    own, _ = less_bloom(length, beam, gsd_m)
    small = own < max(LEAST_M, 2.5 * gsd_m)
    great = length > LONGEST_M + 6 * gsd_m or beam > WIDEST_BLOOM_M
    return not small and not great and length / max(beam, gsd_m) <= SLENDEREST


def _cut(core: Mask, pixels: Pixels, top: int, left: int) -> bool:
    """Whether a shape meets the edge of the window or pixels that are not valid."""
    rows, columns = np.nonzero(ndimage.binary_dilation(np.pad(core, 1), _CORNERS))
    rows, columns = rows + top - 1, columns + left - 1
    height, width = pixels.valid.shape
    if rows.min() < 0 or columns.min() < 0 or rows.max() >= height or columns.max() >= width:
        return True
    return not bool(pixels.valid[rows, columns].all())


def _bright_for_land(levels: Levels) -> float:
    """Level that quays, cranes and hulls reach and hardly any other land."""
    ashore = levels.level[levels.land & (levels.level > 0)]
    usual = float(np.median(ashore[:: max(1, ashore.size // 100_000)])) if ashore.size else 0.0
    return max(10 ** (ALONGSIDE_DB / 10), usual * 10 ** (OVER_LAND_DB / 10))


def _masses(
    own: Mask, levels: Levels, window: tuple[slice, slice], bound: float, pixels: Pixels
) -> list[Alongside]:
    """The brightest parts of a shape at the shore that have water at their side."""
    jacobian = pixels.grid.metres_per_pixel(pixels.grid.width / 2, pixels.grid.height / 2)
    bright = own & (levels.level[window] > bound)
    reach = max(1, round(20.0 / pixels.gsd_m))
    open_water = ~levels.rims[window] & ~levels.land[window]
    marks, _ = ndimage.label(ndimage.binary_closing(np.pad(bright, 2), _CORNERS)[2:-2, 2:-2])
    found = []
    for number, part in enumerate(ndimage.find_objects(marks), start=1):
        rows, columns = np.nonzero(marks[part] == number)
        if rows.size < 4:
            continue
        near = tuple(slice(max(s.start - reach, 0), s.stop + reach) for s in part)
        here = marks[near] == number
        rim = ndimage.binary_dilation(here, _CORNERS, iterations=reach) & ~here
        length, *_ = rectangle(here, jacobian)
        if length < ALONGSIDE_M or not rim.any() or open_water[near][rim].mean() < ALONGSIDE_WATER:
            continue
        y = float(rows.mean()) + part[0].start + window[0].start + 0.5
        x = float(columns.mean()) + part[1].start + window[1].start + 0.5
        found.append(_alongside(x, y, length, pixels))
    return found


def _alongside(x: float, y: float, extent_m: float, pixels: Pixels) -> Alongside:
    """A mass on Earth."""
    lon, lat = pixels.grid.lonlat_of(x, y)
    left, top = pixels.window[:2]
    return Alongside(
        (float(lon) + 180) % 360 - 180,
        float(lat),
        left + x * pixels.step,
        top + y * pixels.step,
        extent_m,
    )


@dataclass(frozen=True)
class _Shape:
    """One shape, measured in its window."""

    x_px: float
    y_px: float
    length_m: float
    beam_m: float
    fill: float
    axis: tuple[float, float]
    bright_db: float
    cut: bool
    ghost: bool = False


def _placed(shape: _Shape, pixels: Pixels, method: str) -> Detection:
    """A shape as a ship on Earth, bloom taken off, with its errors."""
    lon, lat = pixels.grid.lonlat_of(shape.x_px, shape.y_px)
    gsd = pixels.gsd_m
    length, beam = less_bloom(shape.length_m, shape.beam_m, gsd)
    heading = math.degrees(math.atan2(shape.axis[0], shape.axis[1])) % 180.0
    left, top = pixels.window[:2]
    sigma = pixels.geolocation_sigma_m
    return Detection(
        lon=(float(lon) + 180) % 360 - 180,
        lat=float(lat),
        x_px=left + shape.x_px * pixels.step,
        y_px=top + shape.y_px * pixels.step,
        length_m=length,
        beam_m=beam,
        heading_deg=0.0 if heading >= 180.0 else heading,
        score=_score(shape),
        position_sigma_m=None if sigma is None else math.hypot(sigma, gsd),
        length_sigma_m=math.hypot(15.0, 0.1 * length),
        beam_sigma_m=max(6.0, 0.3 * beam),
        heading_sigma_deg=min(52.0, math.degrees(math.atan2(20.0, length)) + 2.0),
        cut_by_edge=shape.cut,
        gsd_m=gsd / pixels.step,
        method=method,
    )


def _score(shape: _Shape) -> float:
    """0 to 1 by how far it stands out (7 to 25 dB) and how well it fills its rectangle."""
    stands = min(1.0, max(0.0, (shape.bright_db - LEAST_DB) / 18.0))
    doubt = MAYBE_GHOST if shape.ghost else 1.0
    return round((0.2 + 0.8 * stands) * min(1.0, shape.fill / 0.6) * doubt, 4)


def less_bloom(length_m: float, beam_m: float, gsd_m: float) -> tuple[float, float]:
    """Length and beam of the ship whose bright shape measures so much, metres.

    Fitted (Theil and Sen) to 63 ships of one Sentinel-1 scene whose size is known from AIS and
    registers. The beam is hardly resolved at 10 m: half of it is what ships of that length have.
    In finer images the bright shape exceeds the ship by about the same length.

    Args:
        length_m: of the bright shape.
        beam_m: of the bright shape.
        gsd_m: ground size of a pixel.

    Examples:
        >>> [round(m) for m in less_bloom(230.0, 64.0, 10.0)]
        [200, 27]

    """
    length = max(0.96 * length_m - 20.4, 0.4 * length_m)
    usual = 0.132 * length + 2.3
    seen = 0.47 * beam_m - 4.8 if gsd_m >= FINE_GSD_M else 0.7 * beam_m
    return length, min(max((seen + usual) / 2, 0.08 * length), length)
