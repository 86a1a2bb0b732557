"""Full PlanetScope scenes as something to learn from: outlines drawn between the labelled ends.

Scenes are parted by port: a network that is scored on one bay has learnt from the other only.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from outlines import calm_water
from scipy import ndimage
from unet import Sample

from quaywatch.imagery.load import load_raster
from quaywatch.imagery.read import Pixels, read_window

PORTS = {
    "20170719_180901_101d": "san-francisco",
    "20171022_175534_100e": "long-beach",
    "20171018_175517_1005": "long-beach",
}
CRAFT_PX = 9.0
"""About small craft nothing is learnt within this; their wakes beyond it are known not to be."""


@dataclass(frozen=True)
class Drawn:
    """One scene with what is known of each pixel."""

    day: int
    """Date of capture, days since year 1."""

    pixels: NDArray[np.float32]
    """(band, y, x), 0 to 1."""
    target: NDArray[np.float32]
    """(y, x): 1 hull, 0 not, NaN unknown."""
    ships: NDArray[np.float64]
    """Centres, (ship, 2), x and y."""
    water: NDArray[np.bool_]
    """Smooth and not red: water enough to paste a ship on, (y, x)."""
    raw: Pixels
    """The same as quaywatch reads it."""

    def ids(self) -> NDArray[np.int16]:
        """The number of the ship of each pixel, 0 none, -1 unknown, (y, x)."""
        marks: NDArray[np.int16] = ndimage.label(self.target == 1)[0].astype(np.int16)
        known_rim = ndimage.binary_dilation(marks > 0, iterations=2)
        marks[np.isnan(self.target) & ~known_rim] = -1
        return marks


def drawn_hull(
    shape: tuple[int, int], ends: list[float], beam: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The pixels surely within a hull, and those at its rim: good to a pixel and a half."""
    (x0, y0), (x1, y1) = ends[:2], ends[2:]
    top, left = max(0, int(min(y0, y1) - beam) - 3), max(0, int(min(x0, x1) - beam) - 3)
    bottom = min(shape[0], int(max(y0, y1) + beam) + 4)
    right = min(shape[1], int(max(x0, x1) + beam) + 4)
    y, x = np.mgrid[top:bottom, left:right].astype(float) + 0.5
    length = float(np.hypot(x1 - x0, y1 - y0))
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    along = np.abs((x - (x0 + x1) / 2) * ux + (y - (y0 + y1) / 2) * uy)
    across = np.abs(-(x - (x0 + x1) / 2) * uy + (y - (y0 + y1) / 2) * ux)

    def within(slack: float) -> NDArray[np.bool_]:
        half, wide = length / 2 + slack, beam / 2 + slack
        taper = np.clip((half - along) / max(0.6 * beam, 1.0), 0.0, 1.0) ** 0.6
        inside = np.zeros(shape, bool)
        inside[top:bottom, left:right] = (along <= half) & (across <= wide * taper)
        return inside

    inner = within(-0.8)
    return inner, within(1.8) & ~inner


def read_scenes(folder: Path, labels: Path, ports: set[str]) -> list[Drawn]:
    """The labelled scenes of some ports."""
    known = json.loads(labels.read_text())
    found = []
    for name, label in known["scenes"].items():
        if PORTS[name] not in ports:
            continue
        (path,) = folder.glob(f"*{name}.tif")
        with rasterio.open(path) as source:
            pixels = source.read([1, 2, 3]).astype(np.float32) / 255.0
        shape = pixels.shape[1:]
        target = np.zeros(shape, np.float32)
        y, x = np.ogrid[0 : shape[0], 0 : shape[1]]
        for spot in label["craft"]:
            target[np.hypot(x - spot["at_px"][0], y - spot["at_px"][1]) < CRAFT_PX] = np.nan
        for spot in label["doubtful"]:
            reach = 0.5 * spot["length_px"] + 6
            target[np.hypot(x - spot["at_px"][0], y - spot["at_px"][1]) < reach] = np.nan
        centres = []
        for ship in label["ships"]:
            inner, rim = drawn_hull(shape, ship["ends_px"], ship["beam_m"] / known["gsd_m"])
            target[rim & ~(target == 1)] = np.nan
            target[inner] = 1.0
            ends = ship["ends_px"]
            centres.append(((ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2))
        day = date.fromisoformat(name[:8]).toordinal()
        raw = read_window(load_raster([path]))
        found.append(Drawn(day, pixels, target, np.array(centres), calm_water(pixels), raw))
    return found


def scene_window(
    scenes: list[Drawn], ships: list[Sample], size: int, rng: np.random.Generator
) -> Sample:
    """A window about a ship, a shore or anything, zoomed; at times a ship pasted alongside."""
    scene = scenes[rng.integers(len(scenes))]
    read = round(size * float(np.exp(rng.uniform(np.log(0.8), np.log(1.3)))))
    height, width = scene.target.shape
    kind = rng.random()
    if kind < 0.45:
        x, y = scene.ships[rng.integers(len(scene.ships))]
        x, y = x + rng.uniform(-0.45, 0.45) * read, y + rng.uniform(-0.45, 0.45) * read
    else:
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        for _ in range(20):
            spot = scene.water[int(y) // 2 * 2 :, int(x) :][:read, :read]
            if kind > 0.95 or 0.1 < spot.mean() < 0.9:
                x, y = x + read / 2, y + read / 2
                break
            x, y = rng.uniform(0, width - 1), rng.uniform(0, height - 1)
    left = int(np.clip(x - read / 2, 0, width - read))
    top = int(np.clip(y - read / 2, 0, height - read))
    window = slice(top, top + read), slice(left, left + read)
    pixels, target = scene.pixels[:, *window].copy(), scene.target[window].copy()
    if rng.random() < 0.4:
        paste(pixels, target, scene.water[window], ships[rng.integers(len(ships))], rng)
    return resized(pixels, target, size)


def resized(pixels: NDArray[np.float32], target: NDArray[np.float32], size: int) -> Sample:
    """A window in another number of pixels: bands bilinear, known answers nearest."""
    at = (np.arange(size) + 0.5) * target.shape[0] / size - 0.5
    y, x = np.meshgrid(at, at, indexing="ij")
    spots = np.stack([y, x])
    bands = [ndimage.map_coordinates(b, spots, order=1, mode="nearest") for b in pixels]
    known = ndimage.map_coordinates(np.nan_to_num(target, nan=-1), spots, order=0, mode="nearest")
    return np.stack(bands), np.where(known < 0, np.nan, known).astype(np.float32)


def paste(
    pixels: NDArray[np.float32],
    target: NDArray[np.float32],
    water: NDArray[np.bool_],
    ship: Sample,
    rng: np.random.Generator,
) -> None:
    """Put an outlined ship where water meets something, in place; no place, no ship."""
    turns = int(rng.integers(4))
    shown, hull = np.rot90(ship[0], turns, (1, 2)), np.rot90(np.nan_to_num(ship[1]) > 0, turns)
    rows, columns = np.nonzero(ndimage.binary_dilation(hull))
    if rows.size == 0:
        return
    size = target.shape[0]
    rows, columns = rows - rows.min(), columns - columns.min()
    if rows.max() >= size - 1 or columns.max() >= size - 1:
        return
    whole = np.nonzero(ndimage.binary_dilation(hull))
    for _ in range(15):
        dy, dx = rng.integers(size - rows.max()), rng.integers(size - columns.max())
        under = water[rows + dy, columns + dx].mean()
        if 0.3 < under < 0.97 and not (target[rows + dy, columns + dx] == 1).any():
            pixels[:, rows + dy, columns + dx] = shown[:, whole[0], whole[1]]
            sure = hull[whole[0], whole[1]]
            target[rows + dy, columns + dx] = np.where(sure, 1.0, np.nan)
            return


def scene_chips(
    scene: Drawn, rng: np.random.Generator, *, near: int = 10, elsewhere: int = 500
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Chips of 80 by 80 about the ships of a scene, and about shores where there is none."""
    height, width = scene.target.shape

    def cut(x: float, y: float) -> NDArray[np.uint8]:
        rows = np.clip(np.arange(round(y) - 40, round(y) + 40), 0, height - 1)
        columns = np.clip(np.arange(round(x) - 40, round(x) + 40), 0, width - 1)
        chip = scene.pixels[:, rows[:, None], columns[None, :]]
        return np.round(chip * 255).astype(np.uint8)

    ships = [cut(*(spot + rng.normal(0, 2.0, 2))) for spot in scene.ships for _ in range(near)]
    others: list[NDArray[np.uint8]] = []
    while len(others) < elsewhere:
        x, y = rng.integers(0, width), rng.integers(0, height)
        window = slice(max(y - 20, 0), y + 20), slice(max(x - 20, 0), x + 20)
        here = scene.target[max(y - 5, 0) : y + 6, max(x - 5, 0) : x + 6]
        share = scene.water[window].mean()
        if 0.1 < share < 0.9 and (here == 0).all():
            others.append(cut(x, y))
    return np.stack(ships), np.stack(others)
