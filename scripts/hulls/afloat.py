"""Recorded ships cut from their chips, resized, and set down in recorded scenes."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from unet import Sample

Plane = NDArray[np.float32]
Shore = tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]
"""Spots by the shore, the way to open water from each, and spots well off it; all y, x."""


@dataclass(frozen=True)
class Patch:
    """Something to be mixed into a picture, its middle in the middle."""

    light: Plane
    """Colour times share, (band, y, x)."""
    cover: Plane
    """Share of each pixel that it hides, (y, x)."""
    hull: Plane
    """Share of each pixel that is hull, (y, x)."""
    shade: Plane | None = None
    """Share of each pixel in its shadow, (y, x); None: it casts none."""


@dataclass
class Canvas:
    """A scene while ships are set down in it."""

    pixels: Plane
    """(band, y, x), 0 to 1."""
    ids: NDArray[np.int16]
    """Number of the ship of a pixel, 0 none, -1 unknown, (y, x)."""
    sea: NDArray[np.bool_]
    """Water with nothing on it, (y, x)."""


def shore_of(canvas: Canvas) -> Shore:
    """Spots a pixel off the shore, the way to open water there (y, x), and spots well off it."""
    shade = ndimage.gaussian_filter(canvas.sea.astype(np.float32), 4)
    down, right = np.gradient(shade)
    depth = ndimage.distance_transform_edt(canvas.sea)
    steep = np.hypot(down, right)
    quay = np.argwhere((depth >= 1) & (depth < 2) & (steep > 0.05))
    away = np.stack([down, right], axis=-1)[quay[:, 0], quay[:, 1]]
    away = away / np.hypot(away[:, 0], away[:, 1])[:, None]
    return quay, away, np.argwhere(depth > 25)


def cut_ship(
    sample: Sample, size_m: float, axis: tuple[float, float], rng: np.random.Generator
) -> Patch:
    """A recorded ship of about a length: never drawn out by more than a quarter."""
    hull = np.nan_to_num(sample[1]) > 0
    rows, columns = np.nonzero(hull)
    own = 3.0 * float(np.hypot(np.ptp(rows), np.ptp(columns)))
    scale = float(np.clip(size_m / own, 0.22, 1.25))
    sign = rng.choice([-1.0, 1.0])
    patch = recorded_ship(sample[0], hull, (sign * axis[0], sign * axis[1]), scale)
    gain = rng.uniform(0.85, 1.15)
    return replace(patch, light=np.clip(patch.light * gain, 0, 1).astype(np.float32))


def recorded_ship(
    chip: Plane, hull: NDArray[np.bool_], axis: tuple[float, float], scale: float
) -> Patch:
    """A ship cut out of a chip (band, y, x), turned so that it lies along an axis, and resized."""
    rows, columns = np.nonzero(hull)
    middle = np.array([rows.mean(), columns.mean()])
    _, vectors = np.linalg.eigh(np.cov(np.stack([columns, rows])))
    own = vectors[:, 1]
    turn = np.arctan2(axis[1], axis[0]) - np.arctan2(own[1], own[0])
    half = int(np.ceil(scale * 50)) + 4
    back = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / scale
    soft = ndimage.gaussian_filter(hull.astype(np.float32), 0.7)
    soft = np.clip(1.6 * soft, 0, 1)
    offset = middle - back @ np.array([half - 0.5, half - 0.5])
    shape = (2 * half, 2 * half)

    def turned(plane: Plane) -> Plane:
        calm = ndimage.gaussian_filter(plane, 0.5 * (1 / scale - 1)) if scale < 0.8 else plane
        return np.asarray(
            ndimage.affine_transform(calm, back, offset, shape, order=1), np.float32
        )  # fmt: skip

    cover = turned(soft)
    light = np.stack([turned(band * soft) for band in chip])
    return Patch(light, cover, turned(hull.astype(np.float32)))


def put(
    canvas: Canvas,
    patch: Patch,
    at: tuple[float, float],
    rng: np.random.Generator,
    *,
    number: int,
) -> bool:
    """Mix a ship in, unless too much of it would lie on land or on another."""
    window = room_for(canvas, patch.hull > 0.5, at)
    if window is None:
        return False
    mix(canvas, patch, window, rng, number=number)
    return True


def room_for(
    canvas: Canvas, whole: NDArray[np.bool_], at: tuple[float, float], most_dry: float = 0.12
) -> tuple[slice, slice] | None:
    """The window of a patch about a spot (y, x), or None where there is no room.

    Args:
        canvas: what is painted on.
        whole: what must not lie on another, nor by more than ``most_dry`` off the water, (y, x).
        at: row and column of its middle.
        most_dry: share.

    """
    half = whole.shape[0] // 2
    top, left = round(at[0]) - half, round(at[1]) - half
    height, width = canvas.sea.shape
    if min(top, left) < 0 or top + 2 * half > height or left + 2 * half > width:
        return None
    window = slice(top, top + 2 * half), slice(left, left + 2 * half)
    if not whole.any() or (~canvas.sea[window])[whole].mean() > most_dry:
        return None
    return None if (canvas.ids[window][whole] != 0).any() else window


def mix(
    canvas: Canvas,
    patch: Patch,
    window: tuple[slice, slice],
    rng: np.random.Generator,
    *,
    number: int,
) -> None:
    """Mix a patch into a window; ``number`` 0: it is no ship."""
    lit = canvas.pixels[:, *window]
    noise = rng.normal(0, 0.012, lit.shape) * patch.cover
    mixed = lit * (1 - patch.cover) + patch.light + noise
    canvas.pixels[:, *window] = np.clip(mixed, 0, 1)
    canvas.ids[window] = np.where(
        (patch.hull > 0.45) & (canvas.ids[window] == 0), number, canvas.ids[window]
    )
    canvas.sea[window] &= patch.cover < 0.1
