"""How alike two hulls look: a number for two chips of the same kind of image.

The mean hull is taken off each chip, so that what all ships share does not count, and the rest is
correlated, over small shifts and stretches and both ways up: lengths are measured to a few per
cent, and which end is the bow may be open. A small network trained to tell hulls apart is no better
on dates that neither had seen (``docs/likeness.md``); the simpler of the two is used. The number
means nothing across sensors or sizes of pixels.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.hull_frame import COLUMNS, ROWS, Chip

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
METHOD = "registered-correlation@1"
MEAN = "likeness-mean-3m.npy"
"""Mean of prepared chips of the dates learnt from, both ways up; see ``scripts/likeness``."""
BANDS = ("red", "green", "blue")
STRETCHES = (0.92, 1.0, 1.08)
SHIFTS = tuple((along, across) for along in (-2, -1, 0, 1, 2) for across in (-1, 0, 1))
"""In pixels of the halved chip."""

_RIM = np.ones((ROWS, COLUMNS), bool)
_RIM[6:-6, 6:-6] = False
_CORE = np.s_[..., 2:-2, 2:-2]


def prepared(values: Plane, valid: Mask) -> Plane:
    """A chip over the water about the hull, at one contrast, its colours kept.

    Args:
        values: red, green and blue, 0 to 1, (band, along, across).
        valid: (along, across).

    Returns:
        Four planes: the bands, 0 where not seen, and what was seen.

    Examples:
        >>> chip = np.full((3, ROWS, COLUMNS), 0.2, np.float32)
        >>> prepared(chip, chip[0] > 0).shape
        (4, 96, 32)

    """
    rim, core = valid & _RIM, valid & ~_RIM
    water = [float(np.median(plane[rim])) if rim.any() else 0.0 for plane in values]
    above = np.nan_to_num(values) - np.array(water, np.float32)[:, None, None]
    scale = float(np.sqrt(np.mean(above[:, core] ** 2))) + 0.02 if core.any() else 1.0
    above = np.where(valid, above / scale, 0.0)
    return np.concatenate([above, valid[None]]).astype(np.float32)


def comparable(chip: Chip) -> str | None:
    """Why how a chip looks cannot be compared, or None where it can.

    Examples:
        >>> from quaywatch.imagery.hull_frame import a_chip
        >>> comparable(a_chip()), comparable(a_chip(gsd_m=10.0))
        (None, 'likeness was measured for colour pixels of 2.5 to 4.5 m only')

    """
    if not 2.5 <= chip.gsd_m <= 4.5 or not set(BANDS) <= set(chip.bands):
        return "likeness was measured for colour pixels of 2.5 to 4.5 m only"
    if chip.seen < 0.8:
        return f"only {100 * chip.seen:.0f}% of a hull and its rim was seen"
    if chip.cut_by_edge:
        return "a hull is cut by the edge of what was seen"
    return None


def alike(one: Chip, other: Chip) -> float:
    """How alike two hulls look, -1 to 1; the same whichever comes first.

    Examples:
        >>> from quaywatch.imagery.hull_frame import a_chip
        >>> round(alike(a_chip(), a_chip()), 2), round(alike(a_chip(), a_chip().turned()), 2)
        (1.0, 1.0)

    """
    return float(max((_ways(a) @ _plain(b)).max() for a, b in ((one, other), (other, one))))


def all_alike(chips: list[Chip]) -> NDArray[np.float64]:
    """``alike`` of every two of some chips, (chip, chip)."""
    plain = np.stack([_plain(chip) for chip in chips])
    best = np.stack([(_ways(chip) @ plain.T).max(axis=0) for chip in chips])
    both: NDArray[np.float64] = np.maximum(best, best.T).astype(np.float64)
    return both


def _ways(chip: Chip) -> Plane:
    """A chip both ways up, stretched and shifted a little: unit vectors, (way, number)."""
    found = []
    middle = (ROWS - 1) / 2
    for turned in (chip, chip.turned()):
        planes = prepared(picture_of(turned), turned.valid)[:3]
        for stretch in STRETCHES:
            factor = (1.0, 1.0 / stretch, 1.0)
            start = (0.0, middle - middle / stretch, 0.0)
            laid = (
                planes
                if stretch == 1.0
                else ndimage.affine_transform(planes, factor, start, order=1, mode="nearest")
            )
            small = _halved(laid)
            found += [np.roll(small, shift, (1, 2)) for shift in SHIFTS]
    return _units(np.stack(found))


def _plain(chip: Chip) -> Plane:
    """A chip as it lies: one unit vector."""
    planes = prepared(picture_of(chip), chip.valid)[:3]
    one: Plane = _units(_halved(planes)[None])[0]
    return one


def _units(planes: Plane) -> Plane:
    flat = (planes - _halved(mean_hull()))[_CORE].reshape(len(planes), -1)
    units: Plane = flat / (np.linalg.norm(flat, axis=1, keepdims=True) + np.float32(1e-9))
    return units


def _halved(planes: Plane) -> Plane:
    smooth = ndimage.gaussian_filter(planes, (0, 0.8, 0.8))
    small: Plane = smooth[:, ::2, ::2]
    return small


@cache
def mean_hull() -> Plane:
    """What all hulls learnt from share, (band, along, across)."""
    with (files("quaywatch.imagery") / "weights" / MEAN).open("rb") as source:
        mean: Plane = np.load(source, allow_pickle=False).astype(np.float32)
    return mean


def picture_of(chip: Chip) -> Plane:
    """Red, green and blue of a chip."""
    return chip.values[[chip.bands.index(band) for band in BANDS]]
