"""How bright the sea is in a radar image, pixel by pixel, and from where on a pixel is not sea.

Everything is relative to the clutter around: no calibration is asked for, and power in any unit
gives the same answer. The background is trimmed twice, so that neighbours, sidelobes and shore do
not raise the threshold for a ship beside them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special

Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]

INNER_M, OUTER_M = 140.0, 400.0
"""Half widths of the frame that the background is taken from, metres. The inner one is that of
Kroodsma (2022), doi:10.1038/s41598-022-23688-7; the outer is wider than its 240 m, since the
frame is trimmed and land takes parts of it."""
BLOCK_M = 240.0
TRIM_SPREADS = 6.0
"""Spreads (median to 84th percentile) above the median of its surroundings at which a pixel is
left out of the background."""
LEAST_SHARE = 0.05
"""Share of a frame that must be sea for the frame to be believed."""
ROUGHEST = 0.3
"""Least shape of the gamma law that is believed; rougher is a mixture, not a texture."""
_SHAPES = np.geomspace(ROUGHEST, 400.0, 160)


@dataclass(frozen=True)
class Clutter:
    """The sea about every pixel, (y, x)."""

    mean: Plane
    """Mean power; NaN where no sea is near."""
    shape: Plane
    """Shape of the gamma law with the same mean and variance: looks, less for a rough sea."""

    def threshold(self, false_alarms: float) -> Plane:
        """Power that the sea exceeds with this probability in one pixel.

        Source:
            Gamma law of multilook clutter with texture by its moments; see Crisp (2004),
            DSTO-RR-0272, section 4.

        """
        factors = special.gammainccinv(_SHAPES, false_alarms) / _SHAPES
        ratio: Plane = np.interp(self.shape, _SHAPES, factors).astype(np.float32)
        return self.mean * ratio


def clutter(power: Plane, water: Mask, gsd_m: float, *, rounds: int = 2) -> Clutter:
    """The background of every pixel from a frame of sea about it, bright pixels trimmed off.

    A pixel without enough sea in its frame gets that of the nearest one that has, up to the outer
    width away; beyond, the mean is NaN.

    Args:
        power: backscatter, linear, any unit, (y, x); finite on water.
        water: sea that was validly measured, (y, x).
        gsd_m: ground size of a pixel.
        rounds: times that bright pixels are taken out of the background.

    Examples:
        >>> rng = np.random.default_rng(1)
        >>> sea = rng.gamma(4.0, 0.25, (120, 120)).astype(np.float32)
        >>> alone = clutter(sea, sea > -1, 10.0)
        >>> sea[60:64, 30:90] = 500.0  # a ship as bright as 27 decibels over the sea
        >>> beside = clutter(sea, sea > -1, 10.0)
        >>> bool(abs(beside.mean[60, 40] / alone.mean[60, 40] - 1) < 0.1)
        True

    """
    sea = water & ~_outliers(power, water, gsd_m)
    inner, outer = (max(1, round(metres / gsd_m)) for metres in (INNER_M, OUTER_M))
    inner = min(inner, outer - 1)
    for number in range(rounds):
        found = _framed(power, sea, inner, outer)
        if number + 1 < rounds:
            sea = water & ~(power > found.threshold(1e-4))
    return found


def _framed(power: Plane, sea: Mask, inner: int, outer: int) -> Clutter:
    """Mean and shape of the sea in a square frame about each pixel."""
    values = np.where(sea, power, 0.0).astype(np.float32)
    scale = max(float(values.max(initial=0.0)), 1e-30)
    values /= scale  # squares of tiny powers would vanish in 32 bits
    count = _frame_sum(sea.astype(np.float32), inner, outer)
    first = _frame_sum(values, inner, outer)
    second = _frame_sum(values * values, inner, outer)
    enough = count >= max(LEAST_SHARE * (2 * outer + 1) ** 2, 24)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(enough, first / count, np.nan)
        variance = np.maximum(second / count - mean * mean, 0)
        shape = np.clip(mean * mean / np.maximum(variance, 1e-12 * mean * mean), ROUGHEST, 400)
    mean, shape = _reach_out((mean * scale).astype(np.float32), shape.astype(np.float32), outer)
    return Clutter(mean.astype(np.float32), np.nan_to_num(shape, nan=ROUGHEST).astype(np.float32))


def _frame_sum(plane: Plane, inner: int, outer: int) -> Plane:
    """Sum over the outer square less that over the inner one; nothing lies outside the window."""
    return _box_sum(plane, outer) - _box_sum(plane, inner)


def _box_sum(plane: Plane, half: int) -> Plane:
    """Sum over a square of ``2 half + 1`` pixels a side; the filter itself sums in 64 bits."""
    size = 2 * half + 1
    total: Plane = ndimage.uniform_filter(plane, size, mode="constant")
    total *= np.float32(size**2)
    return total


def _reach_out(mean: Plane, shape: Plane, outer: int) -> tuple[Plane, Plane]:
    """Fill pixels without a background from the nearest that has one, as far as the frame."""
    lacks = np.isnan(mean)
    if not lacks.any() or lacks.all():
        return mean, shape
    away, (rows, columns) = ndimage.distance_transform_edt(lacks, return_indices=True)
    near = away <= outer
    return np.where(near, mean[rows, columns], np.nan), np.where(near, shape[rows, columns], np.nan)


def _outliers(power: Plane, water: Mask, gsd_m: float) -> Mask:
    """Pixels far above the middle of their surroundings, by blocks of about 240 m."""
    step = max(4, round(BLOCK_M / gsd_m))
    middle, upper = _block_percentiles(power, water, step, (50.0, 84.0))
    known = np.isfinite(middle)
    if not known.any():
        return np.zeros(power.shape, bool)
    bound = middle + TRIM_SPREADS * (upper - middle)
    # A ship fills a good part of a block, hardly most of nine.
    bound = _median_of_nine(bound)
    index = ndimage.distance_transform_edt(
        np.isnan(bound), return_distances=False, return_indices=True
    )
    bound = bound[tuple(index)]
    full = np.repeat(np.repeat(bound, step, axis=0), step, axis=1)
    outlying: Mask = power > full[: power.shape[0], : power.shape[1]]
    return outlying


def _block_percentiles(
    power: Plane, water: Mask, step: int, at: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Percentiles of the sea in square blocks; NaN where less than a tenth of one is sea."""
    rows, columns = -(-power.shape[0] // step), -(-power.shape[1] // step)
    low, high = np.full((rows, columns), np.nan), np.full((rows, columns), np.nan)
    for row in range(rows):
        for column in range(columns):
            part = (
                slice(row * step, (row + 1) * step),
                slice(column * step, (column + 1) * step),
            )
            values = power[part][water[part]]
            if values.size >= max(8, 0.1 * water[part].size):
                low[row, column], high[row, column] = np.percentile(values, at)
    return low, high


def _median_of_nine(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """The median of a cell and its neighbours, of those that are known."""
    padded = np.pad(cells, 1, constant_values=np.nan)
    rows, columns = cells.shape
    around = np.stack([padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)])
    known = np.isfinite(around).any(axis=0)
    median = np.full(cells.shape, np.nan)
    median[known] = np.nanmedian(around[:, known], axis=0)
    return median
