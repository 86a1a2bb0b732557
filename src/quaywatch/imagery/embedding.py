"""How alike two hulls look: a number for a pair of chips of the same kind of image.

Two ways, see ``docs/likeness.md`` for which is used and how they compare: the angle between the
vectors that a small trained network gives to the chips, and their normalised correlation. Both are
asked both ways up, since which end is the bow may be open, and mean nothing across sensors or
pixel sizes.
"""

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.hull_frame import COLUMNS, ROWS, Chip
from quaywatch.imagery.network import session_of

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
EMBEDDED = 48
"""Numbers in a vector."""
FILE = "likeness-rgb-3m.onnx"
BANDS = ("red", "green", "blue")


def prepared(values: Plane, valid: Mask) -> Plane:
    """A chip as the network sees it: each band over the water about the hull, at one contrast.

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
    rim = valid & _RIM
    water = np.array([
        float(np.median(plane[rim])) if rim.any() else 0.0 for plane in values
    ], np.float32)  # fmt: skip
    above = np.nan_to_num(values) - water[:, None, None]
    core = valid & ~_RIM
    scale = float(np.sqrt(np.mean(above[:, core] ** 2))) + 0.02 if core.any() else 1.0
    above = np.where(valid, above / scale, 0.0)
    return np.concatenate([above, valid[None]]).astype(np.float32)


_RIM = np.ones((ROWS, COLUMNS), bool)
_RIM[6:-6, 6:-6] = False


def embedded(chips: list[Chip], file: str = FILE) -> NDArray[np.float64]:
    """The unit vectors of chips, each both ways up: (chip, way, ``EMBEDDED``)."""
    session = session_of(file)
    ways = [prepared(_picture(way), way.valid) for chip in chips for way in (chip, chip.turned())]
    runs = (np.stack(ways[first : first + 64]) for first in range(0, len(ways), 64))
    found = [session.run(None, {"pixels": run})[0] for run in runs]
    flat = np.concatenate([np.zeros((0, EMBEDDED)), *found]).astype(np.float64)
    return flat.reshape(len(chips), 2, EMBEDDED)


def _picture(chip: Chip) -> Plane:
    return chip.values[[chip.bands.index(band) for band in BANDS]]
