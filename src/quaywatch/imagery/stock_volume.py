"""How much may lie under a dark footprint: an interval, never one number.

Nothing stands steeper than its angle of repose, so the roof of that slope over the footprint bounds
the volume from above; coal spread flat by a bulldozer is still a metre and a half deep, which
bounds it from below. How full between the two the ground is heaped cannot be seen from above.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.errors import StockInputError

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

METHOD: Final = "stock-volume@1"
REPOSE_DEG: Final = (30.0, 35.0, 38.0)
"""Least, likeliest and greatest angle of repose, degrees (METHODS section 6)."""
SPREAD_M: Final = 1.5
"""Depth of coal spread flat, metres."""
FULLNESS: Final = (0.0, 0.9, 1.0)
"""Where between spread flat and heaped to the roof: a default, for stackers heap and reclaimers
cut flat."""
DENSITY_T_M3: Final[Mapping[str, tuple[float, float, float]]] = {
    "anthracite": (0.80, 0.88, 0.96),
    "bituminous": (0.67, 0.80, 0.91),
    "coal": (0.67, 0.85, 0.96),
    "iron-ore": (1.5, 2.3, 3.5),
}
"""Loose bulk density by commodity, tonnes a cubic metre: least, likeliest, greatest.

Coal: METHODS section 6. Iron ore: about the range that the IMSBC Code prints for fines, a default
to be replaced by what a terminal states.
"""
TALLEST_M: Final = (5.0, 12.0, 20.0)
"""Height at which heaps are cut where no shadow measured it: a default, about what stackers lay."""
FULLNESS_MEASURED: Final = (0.5, 0.95, 1.0)
"""The same under a roof cut at a height that was measured: only the shape of the top is open."""
NORMAL_POINTS: Final = np.array([-1.2816, -0.5244, 0.0, 0.5244, 1.2816])
"""The 10, 30, 50, 70 and 90% points of a normal law."""
_POINTS: Final = 9
"""Quantile midpoints each uncertain quantity is summed over."""


@dataclass(frozen=True)
class Volume:
    """What may lie on a footprint."""

    m3: tuple[float, float, float]
    """5%, 50% and 95% of the volume, cubic metres."""
    most_m3: float
    """Heaped to a roof of 38° over the whole footprint, however tall: no more can stand there."""
    tonnes: tuple[float, float, float] | None
    tonnes_reason: str | None
    """Why there are no tonnes."""
    commodity: str | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "volume_m3": [round(v, 0) for v in self.m3],
            "most_m3": round(self.most_m3, 0),
            "tonnes": None if self.tonnes is None else [round(t, 0) for t in self.tonnes],
            "tonnes_reason": self.tonnes_reason,
            "commodity": self.commodity,
        }


def ridge_m3(length_m: float, width_m: float, repose_deg: float) -> float:
    """Volume of a ridge with conical ends on a base of length by width, cubic metres.

    Raises:
        StockInputError: the width is not positive, or exceeds the length.

    Source:
        METHODS section 6: ``tanθ [(L - w) w² / 4 + π w³ / 24]``.

    Examples:
        >>> round(ridge_m3(100.0, 40.0, 35.0), -2)
        22700.0

    """
    if not 0 < width_m <= length_m:
        raise StockInputError(fact=f"a ridge of {length_m} m by {width_m} m cannot be")
    slope = math.tan(math.radians(repose_deg))
    return slope * ((length_m - width_m) * width_m**2 / 4 + math.pi * width_m**3 / 24)


def cone_m3(area_m2: float, repose_deg: float) -> float:
    """Volume of one cone over an area: no heap of that area holds more, whatever its outline.

    Source:
        METHODS section 6: ``V ≤ 0.188 A^1.5 tanθ``; 1 / (3 √π) = 0.188.

    Examples:
        >>> cone_m3(1200.0, 35.0) > ridge_m3(60.0, 20.0, 35.0)
        True

    """
    cone: float = area_m2**1.5 * math.tan(math.radians(repose_deg)) / (3 * math.sqrt(math.pi))
    return cone


def shadow_height_m(
    length_m: float, *, sun_elevation_deg: float, gsd_m: float
) -> tuple[float, float]:
    """Height of an edge above level ground from its shadow, and one standard deviation, metres.

    Args:
        length_m: of the shadow on level ground, along the sun's azimuth.
        sun_elevation_deg: above the horizon.
        gsd_m: of the image; both ends of the shadow are good to about a pixel.

    Raises:
        StockInputError: the sun is not above the horizon and below the zenith.

    Source:
        METHODS section 6: length times tan(el), and 1.4 pixels times tan(el).

    Examples:
        >>> height, sigma = shadow_height_m(15.0, sun_elevation_deg=30.0, gsd_m=3.0)
        >>> round(height, 1), round(sigma, 1)
        (8.7, 2.4)

    """
    if not 0 < sun_elevation_deg < 90 or length_m < 0:
        fact = f"no height from a shadow of {length_m} m under a sun at {sun_elevation_deg}°"
        raise StockInputError(fact=fact)
    slope = math.tan(math.radians(sun_elevation_deg))
    return length_m * slope, 1.4 * gsd_m * slope


def inward_m(footprint: Mask, gsd_m: float) -> Floats:
    """Metres from each pixel of a footprint to its edge, (y, x); zero outside.

    The edge lies half a pixel outside the outermost pixels' centres. What the window cuts off
    counts as outside, so a cut footprint gives too little, never too much.
    """
    padded = np.pad(footprint, 1)
    distance = np.asarray(ndimage.distance_transform_edt(padded), np.float64)[1:-1, 1:-1]
    return np.where(footprint, (distance - 0.5) * gsd_m, 0.0)


def triangular_points(low: float, mode: float, high: float, points: int = _POINTS) -> Floats:
    """Quantile midpoints of a triangular law: a sum over them is an integral over it.

    Examples:
        >>> triangular_points(0.0, 0.5, 1.0, 3).round(2)
        array([0.29, 0.5 , 0.71])

    """
    at = (np.arange(points) + 0.5) / points
    turn = (mode - low) / (high - low)
    rising = low + np.sqrt(at * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - at) * (high - low) * (high - mode))
    return np.where(at < turn, rising, falling)


def volume_of(
    footprint: Mask,
    gsd_m: float,
    *,
    area_sigma: float = 0.0,
    commodity: str | None = None,
    height_m: tuple[float, float] | None = None,
) -> Volume:
    """The volume interval of heaps on open ground.

    Summed over the angle of repose, how full it is heaped, the error of the footprint and, for
    tonnes, the density: fixed points, so the same footprint gives the same bits.

    Args:
        footprint: (y, x), True where material lies.
        gsd_m: metres along a pixel.
        area_sigma: standard deviation of the footprint's area as a share of it.
        commodity: a key of ``DENSITY_T_M3``; None gives no tonnes.
        height_m: greatest height from a shadow with its standard deviation; heaps stop there.

    Raises:
        StockInputError: an unknown commodity, or a pixel size that is not positive.

    Bias:
        Heaps that touch at the image's resolution are taken for one, which is too much; edges
        thinner than half a pixel are lost.

    Examples:
        >>> heap = np.zeros((30, 60), bool); heap[5:25, 5:55] = True
        >>> low, mid, high = volume_of(heap, 2.0).m3
        >>> low < ridge_m3(100.0, 40.0, 35.0) < 1.2 * high
        True

    """
    if commodity is not None and commodity not in DENSITY_T_M3:
        known = ", ".join(DENSITY_T_M3)
        raise StockInputError(fact=f"{commodity!r} is none of the commodities {known}")
    if not gsd_m > 0:
        raise StockInputError(fact=f"a pixel of {gsd_m} m cannot be")
    inward = inward_m(footprint, gsd_m)[footprint]
    volumes = np.sort(_volumes(inward, gsd_m, area_sigma, height_m))
    most = float(inward.sum()) * gsd_m**2 * math.tan(math.radians(REPOSE_DEG[2]))
    most *= (1 + 1.645 * area_sigma) ** 1.5
    low, mid, high = (float(v) for v in np.quantile(volumes, (0.05, 0.5, 0.95)))
    tonnes, reason = None, None
    if commodity is None:
        reason = "what it is cannot be told, and the site names no commodity of the yard"
    else:
        density = triangular_points(*DENSITY_T_M3[commodity])
        spread = np.outer(volumes, density).ravel()
        a, b, c = (float(t) for t in np.quantile(spread, (0.05, 0.5, 0.95)))
        tonnes = (a, b, c)
    return Volume((low, mid, high), most, tonnes, reason, commodity)


def _volumes(
    inward: Floats, gsd_m: float, area_sigma: float, height_m: tuple[float, float] | None
) -> Floats:
    """Volumes at the points of the uncertain quantities, each as likely as the others."""
    cell = gsd_m**2
    tops, fullness = triangular_points(*TALLEST_M, points=5), triangular_points(*FULLNESS)
    if height_m is not None:
        tops = np.maximum(height_m[0] + NORMAL_POINTS * height_m[1], 0.3)
        fullness = triangular_points(*FULLNESS_MEASURED)
    share = np.maximum(1 + NORMAL_POINTS * area_sigma, 0.0)
    found = []
    for repose, top in itertools.product(triangular_points(*REPOSE_DEG), tops):
        roof = np.minimum(math.tan(math.radians(float(repose))) * inward, float(top))
        spread = share * float(np.minimum(roof, SPREAD_M).sum()) * cell
        # Length times width times height: a footprint k times as large holds k^1.5 times as much.
        heaped = np.maximum(share**1.5 * float(roof.sum()) * cell, spread)
        found.append((spread + fullness[:, None] * (heaped - spread)).ravel())
    return np.concatenate(found)
