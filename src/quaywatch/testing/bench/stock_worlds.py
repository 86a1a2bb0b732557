"""Yards with known stock, rendered: heaps of known volume, and two years of looks at one yard.

The ground is 8-bit as shown to the eye, in three bands at 3 m, with haze, gain, noise, blur, rain,
snow, cloud and misplacement. Nothing of it is tuned to the methods that are measured on it.
"""

import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from quaywatch.imagery.grid import Grid
from quaywatch.imagery.read import Pixels
from quaywatch.imagery.stock import StockLook, Yard, measure_stock
from quaywatch.testing.ground import smooth_noise

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]

GSD_M: Final = 3.0
SIZE: Final = (110, 150)
"""Rows and columns of the window."""
YARD: Final[Box] = (25, 30, 65, 110)
"""First row, first column, end row, end column."""
CONTROL: Final[Box] = (72, 20, 86, 60)
QUAY_ROW: Final = 90
"""Water from here down."""
COAL, FLOOR, APRON, WATER, SOIL = 0.165, 0.46, 0.68, 0.19, 0.56
"""Brightness as shown."""
GRID: Final = Grid(
    "EPSG:32651", (GSD_M, 0.0, 360_000.0, 0.0, -GSD_M, 4_286_000.0), SIZE[1], SIZE[0]
)


@dataclass(frozen=True)
class Conditions:
    """What one look suffers."""

    wet: float = 1.0
    """Brightness of wet ground over dry."""
    yard_wet: float = 1.0
    """The same of the yard alone, which may dry later."""
    snow: float = 0.0
    """Share of the ground under snow."""
    haze: float = 0.05
    gain: float = 1.0
    shift_px: tuple[float, float] = (0.0, 0.0)
    """Down and right."""
    shade: float = 1.0
    """Brightness of the yard alone under a shadow that nothing masks."""


def yard_of_world() -> Yard:
    """The yard with its control, in degrees."""

    def area(rows: Box) -> BaseGeometry:
        return GRID.to_lonlat(box(rows[1], rows[0], rows[3], rows[2]))

    rows = YARD[2] - YARD[0], YARD[3] - YARD[1]
    return Yard(area(YARD), rows[0] * rows[1] * GSD_M**2, "open", (area(CONTROL),))


def render(coal: Floats, at: Conditions, rng: np.random.Generator) -> Pixels:
    """One look: ``coal`` is the share of each pixel under coal, (y, x)."""
    ground = np.full(SIZE, SOIL) + 0.03 * smooth_noise(SIZE, 12.0, rng)
    for (r0, c0, r1, c1), level in ((YARD, FLOOR), (CONTROL, APRON)):
        ground[r0:r1, c0:c1] = level + 0.015 * rng.standard_normal((r1 - r0, c1 - c0))
    ground *= at.wet
    inside = np.zeros(SIZE, bool)
    inside[YARD[0] : YARD[2], YARD[1] : YARD[3]] = True
    ground[inside] *= at.yard_wet / at.wet if at.yard_wet != 1.0 else 1.0
    mixed = ground * (1 - coal) + (COAL + 0.015 * smooth_noise(SIZE, 4.0, rng)) * coal
    mixed[inside] *= at.shade
    white = np.zeros(SIZE, bool)
    if at.snow > 0:
        field = smooth_noise(SIZE, 9.0, rng)
        white = field >= np.quantile(field, 1 - at.snow)
        white[QUAY_ROW:] = False
    mixed[QUAY_ROW:] = WATER + 0.01 * smooth_noise((SIZE[0] - QUAY_ROW, SIZE[1]), 20.0, rng)
    tint = np.array([1.0, 0.97, 0.92])[:, None, None]
    seen = mixed[None] * tint
    seen[:, white] = 0.25 * seen[:, white] + 0.75 * 0.95
    seen = ndimage.gaussian_filter(seen, (0, 0.63, 0.63))
    if at.shift_px != (0.0, 0.0):
        seen = ndimage.shift(seen, (0.0, *at.shift_px), order=1, mode="nearest")
    values = seen * at.gain * (1 - at.haze) + 0.64 * at.haze
    values = values + 0.0067 * rng.standard_normal(values.shape)
    counts = np.clip(np.rint(values * 255), 1, 255) / 255
    return Pixels(
        values=counts.astype(np.float32),
        valid=np.ones(SIZE, bool),
        bands=("red", "green", "blue"),
        grid=GRID,
        window=(0, 0, SIZE[1], SIZE[0]),
        radiometry="display",
        sensor="planetscope",
        geolocation_sigma_m=7.0,
    )


# Heaps


@dataclass(frozen=True)
class Heap:
    """A rendered heap and its true volume."""

    coal: Floats
    volume_m3: float
    shape: str


def heaps(count: int, rng: np.random.Generator) -> list[Heap]:
    """Cones, ridges with conical ends, ridges cut flat, and several at once, at 30° to 38°."""
    return [_heap(("cone", "ridge", "flat ridge", "several")[k % 4], rng) for k in range(count)]


def _heap(shape: str, rng: np.random.Generator) -> Heap:
    """A height field on cells of 1 m, no steeper than its angle of repose."""
    cells = 3
    rows, columns = np.mgrid[0 : SIZE[0] * cells, 0 : SIZE[1] * cells]
    y, x = (rows + 0.5) / cells * GSD_M, (columns + 0.5) / cells * GSD_M
    height = np.zeros(x.shape)
    for _ in range(int(rng.integers(2, 5)) if shape == "several" else 1):
        slope = np.tan(np.radians(rng.uniform(30, 38)))
        half = rng.uniform(6, 22)
        long = 0.0 if shape == "cone" else rng.uniform(0.5, 5) * half
        top = rng.uniform(0.35, 0.85) if shape == "flat ridge" else rng.uniform(0.85, 1.0)
        middle_y = (YARD[0] + YARD[2]) / 2 * GSD_M + rng.uniform(-25, 25)
        middle_x = (YARD[1] + YARD[3]) / 2 * GSD_M + rng.uniform(-60, 60)
        turn = rng.uniform(-0.3, 0.3)
        along = (x - middle_x) * np.cos(turn) + (y - middle_y) * np.sin(turn)
        across = -(x - middle_x) * np.sin(turn) + (y - middle_y) * np.cos(turn)
        away = np.hypot(np.maximum(np.abs(along) - long, 0), across)
        height = np.maximum(height, np.minimum(slope * (half - away), top * slope * half))
    inside = np.zeros(height.shape, bool)
    inside[YARD[0] * cells : YARD[2] * cells, YARD[1] * cells : YARD[3] * cells] = True
    height = np.where(inside, np.maximum(height, 0.0), 0.0)
    covered = (height > 0.15).reshape(SIZE[0], cells, SIZE[1], cells).mean(axis=(1, 3))
    return Heap(covered, float(height.sum()) * (GSD_M / cells) ** 2, shape)


# Series


@dataclass(frozen=True)
class Series:
    """Two years of looks at one yard, and what truly happened."""

    days: Floats
    looks: tuple[StockLook, ...]
    truth: Floats
    """Share of the yard under coal at each look."""
    steps: tuple[tuple[float, float], ...]
    """Day and size of each planted step."""


def real_masks(data: Path) -> tuple[Floats, Mask]:
    """Cloud masks of 68 recorded dates: day of the year, and (date, y, x) at 10 m."""
    path = data / "imagery" / "cloud" / "eolearn_cloudstack.tar.gz"
    with tarfile.open(path) as archive:
        stamps = archive.extractfile("TestEOPatch/timestamps.json")
        masks = archive.extractfile("TestEOPatch/mask/CLM_S2C.npy")
        if stamps is None or masks is None:
            return np.zeros(0), np.zeros((0, 1, 1), bool)
        when = np.array([np.datetime64(str(t)[:10]) for t in json.load(stamps)])
        stack = np.load(BytesIO(masks.read()))
    day = (when - when.astype("datetime64[Y]")).astype(float)
    return day, stack.reshape(stack.shape[0], stack.shape[1], stack.shape[2]) > 0


def series(
    masks: tuple[Floats, Mask],
    rng: np.random.Generator,
    *,
    years: float = 2.0,
    every_days: float = 3.5,
    registered: bool = True,
    busy: bool = True,
) -> Series:
    """Looks at one yard under a recorded cloud calendar.

    Args:
        masks: of ``real_masks``.
        rng: every random choice.
        years: how long.
        every_days: mean days between passes, clouded ones included.
        registered: whether looks are laid on one another to a third of a pixel.
        busy: steps come every two months or so; False plants none, for false alarms.

    """
    days = np.sort(rng.uniform(0, 365.25 * years, int(365.25 * years / every_days)))
    level, steps = _levels(days, rng, busy=busy)
    order = _order(rng)
    yard = yard_of_world()
    sigma_px = 0.33 if registered else 2.3
    looks = []
    for day, share in zip(days.tolist(), level.tolist(), strict=True):
        at = _conditions(day, sigma_px, rng)
        pixels = render(np.asarray((order <= share).astype(np.float64)), at, rng)
        cloud = _cloud(day, masks, rng)
        values = pixels.values.copy()
        values[:, cloud] = 0.92
        if rng.random() < 0.9:
            usable = ~ndimage.binary_dilation(cloud, iterations=4)
        else:
            usable = ~ndimage.binary_erosion(cloud, iterations=2)  # a mask that misses the rim
        pixels = Pixels(**{**vars(pixels), "values": values})
        looks.append(
            measure_stock(
                pixels, yard, usable=usable, position_sigma_m=2.0 if registered else 7.0,
                repeat_sigma_m=sigma_px * GSD_M, sun_elevation_deg=_sun(day),
            )
        )  # fmt: skip
    return Series(days, tuple(looks), level, steps)


def _levels(
    days: Floats, rng: np.random.Generator, *, busy: bool
) -> tuple[Floats, tuple[tuple[float, float], ...]]:
    """The true share at each look: steps, and slow growth between them."""
    level = np.full(len(days), float(rng.uniform(0.0, 0.5)))
    steps: list[tuple[float, float]] = []
    at, now = 0.0, float(level[0])
    while busy:
        at += float(rng.exponential(60.0))
        if at > days[-1]:
            break
        target = 0.0 if rng.random() < 0.2 else float(rng.uniform(0.0, 0.85))
        if abs(target - now) < 0.05:
            continue
        steps.append((at, target - now))
        level[days >= at] = target
        now = target
    if busy:
        level += 0.02 * np.sin(days / 40.0) * (level > 0.05)
    return np.clip(level, 0.0, 0.9), tuple(steps)


def _order(rng: np.random.Generator) -> Floats:
    """In which order the pixels of the yard fill, 0 to 1; 2 outside."""
    order = np.full(SIZE, 2.0)
    rows, columns = YARD[2] - YARD[0], YARD[3] - YARD[1]
    score = np.linspace(0, 2, columns)[None, :] + 0.5 * smooth_noise((rows, columns), 10.0, rng)
    rank = np.argsort(np.argsort(score.ravel())).reshape(rows, columns) / (rows * columns)
    order[YARD[0] : YARD[2], YARD[1] : YARD[3]] = rank
    return order


def _conditions(day: float, sigma_px: float, rng: np.random.Generator) -> Conditions:
    """Weather of a day; snow in the winter only."""
    winter = (day % 365.25) < 60 or (day % 365.25) > 335
    luck = rng.random(4)
    wet = 0.78 if not winter and luck[0] < 0.15 else 1.0
    return Conditions(
        wet=wet,
        yard_wet=float(rng.uniform(0.68, 0.8)) if not winter and luck[1] < 0.05 else wet,
        snow=float(rng.uniform(0.5, 1.0)) if winter and luck[2] < 0.12 else 0.0,
        haze=float(0.03 + 0.22 * rng.random() ** 2),
        gain=float(0.95 + 0.05 * rng.standard_normal()),
        shift_px=(float(rng.normal(0, sigma_px)), float(rng.normal(0, sigma_px))),
        shade=0.55 if luck[3] < 0.02 else 1.0,
    )


def _sun(day: float) -> float:
    """Elevation at mid-morning at about 39° north, degrees; good enough to lengthen shadows."""
    return float(45.0 - 20.0 * np.cos(2 * np.pi * (day % 365.25 + 10) / 365.25))


def _cloud(day: float, masks: tuple[Floats, Mask], rng: np.random.Generator) -> Mask:
    """A piece of a recorded mask of the same season, on the window's pixels."""
    of_year, stack = masks
    apart = np.abs((of_year - day % 365.25 + 182.6) % 365.25 - 182.6)
    chosen = stack[int(rng.choice(np.argsort(apart)[:8]))]
    rows = int(np.ceil(SIZE[0] * GSD_M / 10.0)) + 1
    columns = int(np.ceil(SIZE[1] * GSD_M / 10.0)) + 1
    r0 = int(rng.integers(0, chosen.shape[0] - rows))
    c0 = int(rng.integers(0, chosen.shape[1] - columns))
    y = (np.arange(SIZE[0]) * GSD_M / 10.0).astype(int)
    x = (np.arange(SIZE[1]) * GSD_M / 10.0).astype(int)
    return np.asarray(chosen[r0 : r0 + rows, c0 : c0 + columns][np.ix_(y, x)])


def known(looks: Sequence[StockLook]) -> list[int]:
    """Which looks have a dark share."""
    return [k for k, look in enumerate(looks) if look.y is not None]
