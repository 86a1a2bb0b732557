"""A second look: is a ship centred in a chip of 80 by 80 pixels of 3 m?

The networks of ``network`` see pixels; this one sees a whole chip, and knows a wake, a pier and a
part of a ship from a ship. Trained on labelled chips and scenes, see ``weights/MODEL_CARD.md``.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.network import Plane, session_of, sigmoid

CHIP_PX = 80
"""Side of a chip: 240 m at 3 m; longer ships fill it."""
JUDGE_3M = "judge-rgb-3m.onnx"
SHORT_3M = "judge-short-3m.onnx"
SHORT_M, LONG_M = 105.0, 130.0
"""Metres: shapes in scenes are left to the judge of short ships below, to the other above, and
shared out between. Of the ships that the other learnt from, four in 683 are shorter than 100 m."""
CALIBRATION = 0.0
"""Added to the log odds: of what the judge learnt from, more were ships than of what it sees."""
_BATCH = 16
_THREADS = 2
"""Batches at once; each is worked out by one thread alone."""


def ship_chances(chips: Plane, file: str = SHORT_3M) -> NDArray[np.float64]:
    """The chance that a ship is centred in each chip.

    See ``ship_odds``.

    Args:
        chips: red, green and blue of a picture made for the eye, 0 to 1, (chip, band, 80, 80).
        file: which weights; default those that err least on chips of any ship. In scenes the shapes
            are shared out by length, see ``odds_by_length``.

    Examples:
        >>> sea = np.full((1, 3, 80, 80), 0.3, np.float32)
        >>> bool(ship_chances(sea)[0] < 0.1)
        True

    """
    return sigmoid(ship_odds(chips, file).astype(np.float32)).astype(np.float64)


def ship_odds(chips: Plane, file: str = JUDGE_3M) -> NDArray[np.float64]:
    """Log odds that a ship is centred in each chip: the mean over its eight turns and mirrors.

    Args:
        chips: red, green and blue of a picture made for the eye, 0 to 1, (chip, band, 80, 80).
        file: which weights.

    """
    session = session_of(file)

    def judged(first: int) -> NDArray[np.float64]:
        part = chips[first : first + _BATCH].astype(np.float32)
        total = np.zeros(len(part))
        for turns in range(4):
            turned = np.rot90(part, turns, (2, 3))
            for seen in (turned, turned[..., ::-1]):
                shown = np.ascontiguousarray(seen)
                total += session.run(None, {"pixels": shown})[0]
        return total / 8

    with ThreadPoolExecutor(_THREADS) as pool:
        parts = list(pool.map(judged, range(0, len(chips), _BATCH)))
    return np.concatenate([np.zeros(0), *parts]) + CALIBRATION


def odds_by_length(
    chips: Plane, lengths_m: Sequence[float], judge: str = JUDGE_3M, short: str | None = SHORT_3M
) -> NDArray[np.float64]:
    """Log odds that a ship is centred in each chip, each by the judge that knows its length.

    Args:
        chips: as for ``ship_odds``.
        lengths_m: of the shapes in them, metres.
        judge: weights for long shapes.
        short: weights for short ones; None: the same for all.

    Examples:
        >>> sea = np.full((2, 3, 80, 80), 0.3, np.float32)
        >>> odds = odds_by_length(sea, [60.0, 200.0])
        >>> bool(odds[0] == ship_odds(sea, SHORT_3M)[0]), bool(odds[1] == ship_odds(sea)[1])
        (True, True)

    """
    if short is None:
        return ship_odds(chips, judge)
    share = np.clip((np.asarray(lengths_m) - SHORT_M) / (LONG_M - SHORT_M), 0.0, 1.0)
    odds = np.zeros(len(chips))
    for part, weight, file in ((share > 0, share, judge), (share < 1, 1 - share, short)):
        odds[part] += weight[part] * ship_odds(chips[part], file)
    return odds


def chips_at(
    values: Plane, centres: Sequence[tuple[float, float]], lengths_px: Sequence[float]
) -> Plane:
    """Chips cut about some centres, (chip, band, 80, 80); beyond the edge its pixels go on.

    A ship longer than 64 pixels is shown smaller, so that a chip holds all of it.

    Args:
        values: (band, y, x), 0 to 1.
        centres: x and y in pixels.
        lengths_px: of what lies there.

    Examples:
        >>> picture = np.zeros((3, 200, 100), np.float32)
        >>> chips_at(picture, [(5.0, 100.0), (99.0, 0.0)], [30.0, 120.0]).shape
        (2, 3, 80, 80)

    """
    cut = np.zeros((len(centres), len(values), CHIP_PX, CHIP_PX), np.float32)
    from_middle = np.arange(CHIP_PX) - (CHIP_PX - 1) / 2
    for number, ((x, y), length) in enumerate(zip(centres, lengths_px, strict=True)):
        scale = max(1.0, length / 64.0)
        if scale == 1.0:
            rows = np.clip((round(y) + from_middle - 0.5).astype(int), 0, values.shape[1] - 1)
            columns = np.clip((round(x) + from_middle - 0.5).astype(int), 0, values.shape[2] - 1)
            cut[number] = values[:, rows[:, None], columns[None, :]]
            continue
        spots = np.stack(
            np.meshgrid(y - 0.5 + from_middle * scale, x - 0.5 + from_middle * scale, indexing="ij")
        )
        half = math.ceil(scale * CHIP_PX / 2) + 2
        top, left = max(0, round(y) - half), max(0, round(x) - half)
        near = values[:, top : round(y) + half, left : round(x) + half]
        spots -= np.array([top, left])[:, None, None]
        for band, plane in enumerate(near):
            cut[number, band] = ndimage.map_coordinates(plane, spots, order=1, mode="nearest")
    return cut
