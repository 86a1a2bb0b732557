"""Outlines made from chips that carry a label only: by contrast, and by pasting ships alongside."""

from typing import Any

import numpy as np
from chips import NAMED, Chips
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import label, regionprops
from unet import Sample, jitter


def chip_hull(chip: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """The centred ship of a chip (band, y, x) by its contrast to the water, or None if unclear."""
    ring = np.ones(chip.shape[1:], bool)
    ring[8:-8, 8:-8] = False
    smooth = ndimage.gaussian_filter(chip, (0, 0.7, 0.7))
    water = smooth[:, ring]
    middle = np.median(water, axis=1)
    spread = np.maximum(1.4826 * np.median(np.abs(water - middle[:, None]), axis=1), 0.012)
    away = np.sqrt((((smooth - middle[:, None, None]) / spread[:, None, None]) ** 2).mean(axis=0))
    foreign = ndimage.binary_fill_holes(ndimage.binary_closing(away > 3.5, iterations=1))
    shadow = (smooth < (middle - 1.5 * spread)[:, None, None]).all(axis=0)
    lit = ndimage.binary_opening(ndimage.binary_fill_holes(foreign & ~shadow))
    if lit.sum() > 0.5 * foreign.sum():
        foreign = lit
    if foreign[ring].mean() > 0.15:
        return None
    marks = label(foreign)
    centre = marks[36:44, 36:44]
    if not centre.any():
        return None
    number = int(np.bincount(centre[centre > 0]).argmax())
    (ship,) = regionprops((marks == number).astype(int))
    long, short = ship.axis_major_length, max(ship.axis_minor_length, 1.0)
    if not 40 <= ship.area <= 2200 or ship.solidity < 0.75 or long / short < 2.2:
        return None
    return tightened(chip, marks == number).astype(np.float32)


def tightened(chip: NDArray[np.float32], hull: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """An outline drawn in to where the contrast is half of the best nearby.

    A threshold against the spread of the water takes in the blur all round. Dark parts of a deck
    are kept by the core of the outline.
    """
    near = ndimage.binary_dilation(hull, iterations=8) & ~ndimage.binary_dilation(
        hull, iterations=3
    )
    if not near.any():
        return hull
    water = np.median(chip[:, near], axis=1)
    away = np.sqrt(((chip - water[:, None, None]) ** 2).mean(axis=0))
    away = ndimage.gaussian_filter(away, 0.5)
    best = ndimage.maximum_filter(np.where(hull, away, 0), 7)
    core = ndimage.binary_erosion(ndimage.binary_opening(hull, iterations=2), iterations=2)
    tight = ndimage.binary_opening((hull & (away >= 0.5 * best)) | core)
    tight = ndimage.binary_fill_holes(tight)
    marks = label(tight)
    if not marks.any():
        return hull
    kept: NDArray[np.bool_] = marks == np.bincount(marks[marks > 0]).argmax()
    return kept if kept.sum() > 0.55 * hull.sum() else ndimage.binary_erosion(hull)


def outlined_chips(chips: Chips) -> tuple[list[Sample], list[Sample]]:
    """Chips with an outlined ship, and chips known to show none or an outlined part of one."""
    ships: list[Sample] = []
    others: list[tuple[str, float, float, NDArray[np.float32]]] = []
    outlined: list[tuple[str, float, float, NDArray[np.float32] | None]] = []
    for name, raw, ship in zip(chips.names, chips.pixels, chips.ship, strict=True):
        found = NAMED.fullmatch(name)
        if found is None:
            continue
        chip = raw.astype(np.float32) / 255.0
        at = (found[2] + found[3], float(found[4]), float(found[5]))
        if not ship:
            others.append((*at, chip))
            continue
        hull = chip_hull(chip)
        outlined.append((*at, hull))
        if hull is not None:
            ships.append((chip, edge_unknown(hull)))
    return ships, [(chip, carried(other, outlined)) for *other, chip in others]


def edge_unknown(hull: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same outline with its rim not learnt from: the drawn edge is good to a pixel."""
    rim = ndimage.binary_dilation(hull > 0) & ~(hull > 0)
    return np.where(rim, np.nan, hull).astype(np.float32)


def carried(
    at: list[Any], outlined: list[tuple[str, float, float, NDArray[np.float32] | None]]
) -> NDArray[np.float32]:
    """The target of a chip labelled 0: hull parts known from other chips of the same scene."""
    target = np.zeros((80, 80), np.float32)
    for scene, lon, lat, hull in outlined:
        if scene != at[0]:
            continue
        dx = round((lon - at[1]) * 111320 * np.cos(np.radians(lat)) / 3.0)
        dy = round((at[2] - lat) * 110950 / 3.0)
        if max(abs(dx), abs(dy)) >= 80:
            continue
        part = np.full((80, 80), np.nan, np.float32) if hull is None else edge_unknown(hull)
        y, x = max(dy, 0), max(dx, 0)
        rows, columns = 80 - abs(dy), 80 - abs(dx)
        source = part[max(-dy, 0) :, max(-dx, 0) :][:rows, :columns]
        place = target[y : y + rows, x : x + columns]
        np.copyto(place, source, where=np.isnan(source) | (source > 0))
    return target


def calm_water(chip: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Smooth and not red: most of it is water, which is enough to place a ship."""
    light = chip.mean(axis=0)
    mean, square = ndimage.uniform_filter(light, 5), ndimage.uniform_filter(light * light, 5)
    smooth = np.sqrt(np.maximum(square - mean * mean, 0)) < 0.02
    return ndimage.binary_opening(smooth & (chip[0] < chip[1] + 0.03), iterations=2)


def moor(sample: Sample, land: Sample, rng: np.random.Generator) -> Sample:
    """A chip with the outlined ship of another pasted where its water meets something.

    Ships alongside are rare among the outlined chips, and are what a berth needs. Where the chip
    has no such place nothing is pasted: a ship-shaped thing all on land is no ship.
    """
    hull = np.nan_to_num(sample[1]) > 0
    rows, columns = np.nonzero(ndimage.binary_dilation(hull))
    if rows.size == 0:
        return land
    water = calm_water(land[0])
    for _ in range(12):
        dy = int(rng.integers(-rows.min(), 80 - rows.max()))
        dx = int(rng.integers(-columns.min(), 80 - columns.max()))
        under = water[rows + dy, columns + dx].mean()
        if 0.25 < under < 0.98:
            break
    else:
        return land
    pixels, target = land[0].copy(), land[1].copy()
    pixels[:, rows + dy, columns + dx] = sample[0][:, rows, columns]
    target[rows + dy, columns + dx] = np.where(hull[rows, columns], 1.0, np.nan)
    return pixels, target


def chip_crops(ships: list[Sample], others: list[Sample], rng: np.random.Generator) -> Any:  # noqa: ANN401
    """Chips, half of them with a ship; a third with one pasted alongside something."""
    while True:
        kind = rng.random()
        ship = ships[rng.integers(len(ships))]
        other = others[rng.integers(len(others))]
        chosen = ship if kind < 0.3 else other if kind < 0.6 else moor(ship, other, rng)
        yield jitter(chosen, rng)
