"""PlanetScope chips with a label each: read, dated, and parted into blocks of dates.

The same anchored ship recurs in strips minutes and days apart, so chips are never split at random:
a fold is a run of dates, and what lies within a week of any of them is not learnt from.
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from skimage.io import imread

NAMED = re.compile(r"([01])__(\d{8})_(\w+?)__(-?[\d.]+)_(-?[\d.]+)\.png")
SCENE_DATES = {
    "san-francisco": (date(2017, 7, 19),),
    "long-beach": (date(2017, 10, 18), date(2017, 10, 22)),
}
"""Capture dates of the full scenes that the networks are scored on, by port."""
APART_DAYS = 7
"""Anchored ships stay for days: dates nearer than this are one."""


@dataclass(frozen=True)
class Chips:
    """Chips in the order of their file names."""

    names: tuple[str, ...]
    pixels: NDArray[np.uint8]
    """(chip, band, y, x): red, green, blue."""
    ship: NDArray[np.bool_]
    """Whether a ship is centred in it."""
    day: NDArray[np.int64]
    """Date of capture, days since year 1."""
    place: NDArray[np.float64]
    """Longitude and latitude of the centre, (chip, 2)."""

    def only(self, chosen: NDArray[np.bool_]) -> "Chips":
        """Some of them."""
        names = tuple(n for n, keep in zip(self.names, chosen, strict=True) if keep)
        arrays = (a[chosen] for a in (self.pixels, self.ship, self.day, self.place))
        return Chips(names, *arrays)


def read_chips(folder: Path) -> Chips:
    """Every labelled chip under a folder."""
    paths = [p for p in sorted(folder.rglob("*.png")) if NAMED.fullmatch(p.name)]
    rows = [found for p in paths if (found := NAMED.fullmatch(p.name))]
    return Chips(
        tuple(p.name for p in paths),
        np.stack([np.moveaxis(imread(p)[..., :3], -1, 0) for p in paths]),
        np.array([row[1] == "1" for row in rows]),
        np.array([date.fromisoformat(row[2]).toordinal() for row in rows]),
        np.array([(float(row[4]), float(row[5])) for row in rows]),
    )


def near_dates(chips: Chips, days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which chips lie within a week of any of some dates."""
    apart = np.abs(chips.day[:, None] - np.unique(days)[None])
    near: NDArray[np.bool_] = apart.min(axis=1) <= APART_DAYS
    return near


def near_scenes(chips: Chips, port: str) -> NDArray[np.bool_]:
    """Which chips lie within a week of a scene of a port."""
    return near_dates(chips, np.array([day.toordinal() for day in SCENE_DATES[port]]))


def date_blocks(chips: Chips, count: int) -> list[NDArray[np.bool_]]:
    """Runs of dates with about as many ships each; every chip is in one of them."""
    days, at = np.unique(chips.day, return_inverse=True)
    ships = np.cumsum(np.bincount(at, weights=chips.ship, minlength=days.size))
    block = np.minimum((ships - 1e-9) / ships[-1] * count, count - 1).astype(int)
    return [block[at] == number for number in range(count)]
