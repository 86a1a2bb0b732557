"""Ships in radar images: what stands out of the sea around, measured, with the doubt stated.

Nothing is trained but the correction for bloom. A ship alongside is one bright mass with its quay;
such masses are given as ``alongside``, never as hulls and never as empty water.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.clutter import clutter
from quaywatch.imagery.detected import Alongside, Detection, Searched
from quaywatch.imagery.radar_land import land_mask
from quaywatch.imagery.radar_shapes import FINE_GSD_M, Levels, shapes
from quaywatch.imagery.read import Pixels

Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]

METHOD = "radar-cfar@1"
SEED_ALARMS, HULL_ALARMS = 1e-9, 1e-3
"""Chance that sea passes for the core of a ship, and for its rim, in one pixel."""


@dataclass(frozen=True)
class RadarFind:
    """What a window of a radar image shows."""

    hulls: tuple[Detection, ...]
    alongside: tuple[Alongside, ...]
    land: Mask
    """(y, x) of the window."""
    known: Mask
    """(y, x): sea was near enough to compare with; elsewhere nothing was searched."""


@dataclass(frozen=True)
class RadarDetector:
    """Ships brighter than the sea about them by more than chance, any radar."""

    least_score: float = 0.0

    @property
    def name(self) -> str:
        """Method and version."""
        return METHOD

    def detect(self, pixels: Pixels) -> list[Detection]:
        """The hulls of a window, highest score first."""
        return list(self.search(pixels).hulls)

    def search(self, pixels: Pixels, *, water: Mask | None = None) -> Searched:
        """The hulls of a window, highest score first, and the masses at its shore."""
        del water  # of optical bands; a radar tells its own land
        found = search_radar(pixels)
        hulls = tuple(d for d in found.hulls if d.score >= self.least_score)
        return Searched(hulls, found.alongside)


def backscatter(pixels: Pixels) -> dict[str, Plane]:
    """Power by polarisation, linear, 0 where not valid.

    Decibels are known by being negative, counts of 8 or 16 bits are amplitudes (as in GRD products)
    and are squared; floating point counts are power.
    """
    powers = {}
    for name, plane in zip(pixels.bands, pixels.values, strict=True):
        values = np.nan_to_num(plane, nan=0.0)
        sample = values[pixels.valid]
        if sample.size and float(np.median(sample[:: max(1, sample.size // 100_000)])) < 0:
            values = np.power(np.float32(10), values / np.float32(10))
        elif pixels.radiometry in {"display", "amplitude"}:
            values = values * values
        powers[name] = np.where(pixels.valid, np.maximum(values, 0), 0).astype(np.float32)
    return powers


def search_radar(pixels: Pixels) -> RadarFind:
    """The ships of a window of a radar image, and the masses at the shore.

    Polarisations are each divided by their own sea and multiplied: what only one shows (sidelobes,
    smear of moving parts, breaking waves) loses against what all show.

    Args:
        pixels: one band or several polarisations.

    """
    powers = [p for p in backscatter(pixels).values() if p.any()]
    if not powers or not pixels.valid.any():
        nothing = np.zeros(pixels.valid.shape, bool)
        return RadarFind((), (), nothing, nothing)
    gsd = pixels.gsd_m
    land = land_mask(_together(powers, pixels.valid), pixels.valid, gsd)
    water = pixels.valid & ~land
    if len(powers) > 1:
        means = [clutter(p, water, gsd, rounds=1).mean for p in powers]
        together = _together([p / m for p, m in zip(powers, means, strict=True)], pixels.valid)
    else:
        together = powers[0]
    smooth = together
    if gsd < FINE_GSD_M:
        smooth = ndimage.uniform_filter(together, 3, mode="nearest")
    sea = clutter(smooth, water & (smooth > 0), gsd)
    known = pixels.valid & np.isfinite(sea.mean)
    with np.errstate(invalid="ignore"):
        seeds = known & (smooth > sea.threshold(SEED_ALARMS))
        rims = known & (smooth > sea.threshold(HULL_ALARMS))
    level = np.where(known, smooth / np.where(known, sea.mean, 1.0), 0.0).astype(np.float32)
    hulls, masses = shapes(Levels(level, seeds, rims, land), pixels, METHOD)
    return RadarFind(tuple(hulls), tuple(masses), land, known)


def _together(powers: Sequence[Plane], valid: Mask) -> Plane:
    """The geometric mean of the polarisations."""
    if len(powers) == 1:
        return powers[0]
    product = np.ones(valid.shape, np.float32)
    for power in powers:
        product *= np.where(valid, power, 0)
    root: Plane = np.power(product, np.float32(1 / len(powers)))
    return root
