"""A hull cut out of its scene and turned bow up, at one size: what two images compare.

Which end is the bow a detection does not say: a chip is cut with its upper end where the axis
points, and both ways up are kept (``Chip.turned``) until something settles it.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.detected import Detection
from quaywatch.imagery.read import Pixels, PixelWindow

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

ROWS, COLUMNS = 96, 32
"""Pixels of a chip along and across the hull."""
ALONG = 1.2
"""Length of a chip over that of the hull: a rim of water shows where the hull ends."""
ACROSS = 0.4
"""Width of a chip over the length of the hull; ships are 1/4 to 1/8 as wide as long."""
SMALLEST_SEEN = 0.8
"""Share of a chip that must have been measured, or nothing is read from it."""
FINER = 4
"""How many times as many pixels a chip has where those of the scene are finer than 1.5 m."""


@dataclass(frozen=True)
class Chip:
    """One hull, lengthwise up, in the frame of its own length."""

    values: Plane
    """(band, along, across): the first row is beyond the upper end; NaN where not seen."""
    valid: Mask
    """(along, across): measured, and clear where the sky was asked."""
    bands: tuple[str, ...]
    length_m: float
    length_sigma_m: float
    beam_m: float
    beam_sigma_m: float
    axis_deg: float
    """Where the upper end points, degrees from true north."""
    gsd_m: float
    """Of the scene, not of the chip."""
    bow_up: bool | None
    """None where which end is the bow is open."""
    cut_by_edge: bool = False
    settled_by: str | None = None
    """What settled it, where it is settled."""

    @property
    def seen(self) -> float:
        """Share of the chip that was seen."""
        return float(self.valid.mean())

    @property
    def row_m(self) -> float:
        """Metres along the hull of one row."""
        return ALONG * self.length_m / len(self.valid)

    def turned(self) -> "Chip":
        """The same hull the other way up.

        Examples:
            >>> turned = a_chip().turned()
            >>> turned.axis_deg, bool((turned.turned().values == a_chip().values).all())
            (180.0, True)

        """
        return replace(
            self,
            values=np.ascontiguousarray(self.values[:, ::-1, ::-1]),
            valid=np.ascontiguousarray(self.valid[::-1, ::-1]),
            axis_deg=(self.axis_deg + 180.0) % 360.0,
            bow_up=None if self.bow_up is None else not self.bow_up,
        )

    def laid(self, heading_deg: float, *, by: str) -> "Chip":
        """Bow up, where a heading from elsewhere (a broadcast, a wake) says which end that is."""
        apart = abs((heading_deg - self.axis_deg + 180.0) % 360.0 - 180.0)
        if abs(apart - 90.0) < 30.0:
            return self
        chip = self if apart < 90.0 else self.turned()
        return replace(chip, bow_up=True, settled_by=by)


def a_chip(*, length_m: float = 180.0, beam_m: float = 28.0, gsd_m: float = 3.0) -> Chip:
    """A plain chip, for examples: a light hull on dark water with a white house at its lower end.

    Examples:
        >>> a_chip().values.shape
        (3, 96, 32)

    """
    values = np.full((3, ROWS, COLUMNS), 0.15, np.float32)
    margin = round(ROWS * (1 - 1 / ALONG) / 2)
    half = round(COLUMNS * beam_m / (ACROSS * length_m) / 2)
    middle = COLUMNS // 2
    values[:, margin:-margin, middle - half : middle + half] = 0.45
    values[:, -margin - 12 : -margin - 2, middle - half : middle + half] = 0.9
    return Chip(
        values, np.ones((ROWS, COLUMNS), bool), ("red", "green", "blue"),
        length_m, 6.0, beam_m, 4.0, 0.0, gsd_m, bow_up=None,
    )  # fmt: skip


def window_about(detection: Detection) -> PixelWindow:
    """The pixels of a scene that a chip of a detection needs."""
    half = math.ceil(0.65 * ALONG * detection.length_m / detection.gsd_m) + 3
    return round(detection.x_px) - half, round(detection.y_px) - half, 2 * half, 2 * half


def chip_of(pixels: Pixels, hull: Detection, *, usable: Mask | None = None) -> Chip:
    """The chip of a detection.

    Args:
        pixels: a window that holds the hull, see ``window_about``.
        hull: where, how long, and along which axis.
        usable: clear of cloud and shadow, (y, x) of the window, where that is known.

    """
    x, y = hull.x_px - pixels.window[0], hull.y_px - pixels.window[1]
    per_pixel = pixels.grid.metres_per_pixel(x, y)
    good = pixels.valid if usable is None else pixels.valid & usable
    times = FINER if pixels.gsd_m < 1.5 else 1
    values, valid = rectified(
        pixels.values,
        good,
        (x, y),
        per_pixel,
        hull.heading_deg,
        hull.length_m,
        shape=(times * ROWS, times * COLUMNS),
    )
    return Chip(
        values=values,
        valid=valid,
        bands=pixels.bands,
        length_m=hull.length_m,
        length_sigma_m=hull.length_sigma_m,
        beam_m=hull.beam_m,
        beam_sigma_m=hull.beam_sigma_m,
        axis_deg=hull.heading_deg,
        gsd_m=pixels.gsd_m,
        bow_up=None,
        cut_by_edge=hull.cut_by_edge,
    )


def rectified(
    values: Plane,
    valid: Mask,
    centre_px: tuple[float, float],
    jacobian: NDArray[np.float64],
    axis_deg: float,
    length_m: float,
    *,
    shape: tuple[int, int] = (ROWS, COLUMNS),
) -> tuple[Plane, Mask]:
    """A hull turned so that its axis points up, in the frame of its own length.

    Args:
        values: (band, y, x).
        valid: (y, x).
        centre_px: x and y of the middle of the hull; the first pixel is centred on (0.5, 0.5).
        jacobian: metres east and north per pixel along x and y, (2, 2).
        axis_deg: clockwise from true north.
        length_m: of the hull.
        shape: pixels along and across of the chip.

    Returns:
        Values (band, along, across), NaN where not seen; and what was seen.

    Examples:
        >>> scene = np.zeros((1, 60, 60), np.float32)
        >>> scene[0, 28:32, 10:50] = 1.0
        >>> metres = np.array([[3.0, 0.0], [0.0, -3.0]])
        >>> chip, seen = rectified(scene, scene[0] >= 0, (30.0, 30.0), metres, 90.0, 120.0)
        >>> chip.shape, bool(seen.all()), round(float(chip[0, 48].sum()), 0)
        ((1, 96, 32), True, 8.0)

    """
    rows, columns = shape
    along = (0.5 - (np.arange(rows) + 0.5) / rows) * ALONG * length_m
    across = ((np.arange(columns) + 0.5) / columns - 0.5) * ACROSS * length_m
    angle = math.radians(axis_deg)
    east = along[:, None] * math.sin(angle) + across[None] * math.cos(angle)
    north = along[:, None] * math.cos(angle) - across[None] * math.sin(angle)
    inverse = np.linalg.inv(jacobian)
    x = inverse[0, 0] * east + inverse[0, 1] * north + centre_px[0] - 0.5
    y = inverse[1, 0] * east + inverse[1, 1] * north + centre_px[1] - 0.5
    spots = np.stack([y, x])
    seen = ndimage.map_coordinates(valid.astype(np.float32), spots, order=1, cval=0.0) > 0.99
    out = np.empty((values.shape[0], rows, columns), np.float32)
    # A hull of many pixels is averaged to the chip before it is sampled, or it would alias.
    step = ALONG * length_m / rows / math.sqrt(abs(float(np.linalg.det(jacobian))))
    blur = 0.4 * math.sqrt(max(step**2 - 1.0, 0.0))
    for band, plane in enumerate(np.nan_to_num(values)):
        smooth = ndimage.gaussian_filter(plane, blur) if blur > 0 else plane
        out[band] = ndimage.map_coordinates(smooth, spots, order=1, mode="nearest")
    out[:, ~seen] = np.nan
    return out, seen
