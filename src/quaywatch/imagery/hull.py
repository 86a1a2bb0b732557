"""Hulls as shapes: from a map of chances to one rectangle a ship, in pixels and in metres."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.shapes import connected

Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]

LEVELS = (0.5, 0.65, 0.8, 0.9, 0.96)
"""Chances at which a joined shape is tried apart, in order."""
LONGEST_M = 420.0
"""No ship is longer than 400 m (largest container ships and tankers); 420 leaves room for error."""
PAD = 6
"""Pixels about a shape that are looked at with it: its rim."""
BRIGHT_CRAFT = 30.0
"""Spreads of the water around by which a shape whose own pixels pass for water must be brighter in
the near infrared to count: SWIR pixels of 20 m miss white craft that show at 10 m; surf and foam
stay below."""
WIDEST_M = 80.0
"""No ship is wider than 69 m; rafted pairs and blur are let in up to 80."""


@dataclass(frozen=True)
class Hull:
    """One ship-like shape in a window of pixels."""

    x_px: float
    y_px: float
    """Centre, in pixels of the window."""
    length_m: float
    beam_m: float
    axis: tuple[float, float]
    """Unit vector along the hull, metres east and north."""
    score: float
    """0 to 1: mean chance of its pixels, lowered where the shape fills its rectangle poorly."""
    fill: float
    """Area over the area of its rectangle."""
    water_share: float
    """Share of its rim that is water."""
    end_water: tuple[float, float]
    """Share of water just beyond either end, the drier first: a pier has land at one."""
    own_water: float
    """Share of its own pixels that the water mask takes for water."""
    cut_by_edge: bool
    """It meets the edge of the window or pixels that are not valid: longer than it looks."""
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]


def hulls_in(
    chance: Plane,
    water: Mask,
    valid: Mask,
    jacobian: NDArray[np.float64],
    *,
    shortest_m: float,
    least_water: float = 0.3,
    most_own_water: float = 0.5,
    infrared: Plane | None = None,
) -> list[Hull]:
    """The ship-like shapes of a map of chances.

    Args:
        chance: chance of hull, (y, x), 0 to 1.
        water: (y, x).
        valid: (y, x).
        jacobian: metres east and north per pixel along x and y, (2, 2).
        shortest_m: shapes shorter than this are left out.
        least_water: share of the rim that must be water.
        most_own_water: share of its own pixels that may be: foam and surf read as water.
        infrared: near infrared; where given, a shape all round in water that is far brighter in
            it is a hull whatever the water mask says of its own pixels.

    Returns:
        Hulls, highest score first.

    Examples:
        >>> chance = np.zeros((40, 60), np.float32)
        >>> chance[18:22, 10:40] = 0.9
        >>> sea = chance == 0
        >>> per_pixel = np.array([[3.0, 0.0], [0.0, -3.0]])
        >>> (hull,) = hulls_in(chance, sea, sea | ~sea, per_pixel, shortest_m=20.0)
        >>> round(hull.x_px), round(hull.y_px), round(hull.length_m), round(hull.beam_m)
        (25, 20, 90, 12)

    """
    found: list[Hull] = []
    marks = connected(chance > LEVELS[0])
    for number, (rows, columns) in enumerate(ndimage.find_objects(marks), start=1):
        top, left = max(rows.start - PAD, 0), max(columns.start - PAD, 0)
        window = slice(top, rows.stop + PAD), slice(left, columns.stop + PAD)
        own = marks[window] == number
        for part in _parts(own, chance[window], jacobian, shortest_m):
            hull = _measure(part, own, chance[window], water[window], valid[window], jacobian)
            hull = _moved(hull, top, left, chance.shape)
            if hull.length_m < shortest_m or hull.water_share < least_water:
                continue
            if hull.own_water <= most_own_water or _bright_craft(hull, water, infrared):
                found.append(hull)
    return sorted(found, key=lambda h: (-h.score, h.y_px, h.x_px))


def _bright_craft(hull: Hull, water: Mask, infrared: Plane | None) -> bool:
    """Whether a shape with water all round outshines that water in the near infrared."""
    if infrared is None or hull.water_share < 0.9:
        return False
    top, left = max(int(hull.rows.min()) - 8, 0), max(int(hull.columns.min()) - 8, 0)
    window = slice(top, int(hull.rows.max()) + 9), slice(left, int(hull.columns.max()) + 9)
    own = np.zeros(water[window].shape, bool)
    own[hull.rows - top, hull.columns - left] = True
    near = ndimage.binary_dilation(own, iterations=7) & ~ndimage.binary_dilation(own, iterations=2)
    around = infrared[window][near & water[window]]
    if around.size < 20:
        return False
    middle = float(np.median(around))
    spread = 1.4826 * float(np.median(np.abs(around - middle))) + 1e-4
    light = float(np.percentile(infrared[window][own], 70))
    return (light - middle) / spread >= BRIGHT_CRAFT


def _beyond_ends(
    water: Mask,
    jacobian: NDArray[np.float64],
    centre: tuple[float, float],
    axis: tuple[float, float],
    length: float,
    beam: float,
) -> tuple[float, float]:
    """Share of water in a patch two to four pixels beyond each end; outside counts as water."""
    pixel = math.sqrt(abs(float(np.linalg.det(jacobian))))
    along, across = np.meshgrid(
        length / 2 + np.array([2.0, 3.0, 4.0]) * pixel, np.linspace(-0.3, 0.3, 5) * beam
    )
    inverse = np.linalg.inv(jacobian)
    shares = []
    for sign in (1.0, -1.0):
        east = sign * along * axis[0] + across * axis[1]
        north = sign * along * axis[1] - across * axis[0]
        x, y = inverse @ np.stack([east.ravel(), north.ravel()]) + np.array(centre)[:, None]
        columns, rows = np.round(x).astype(int), np.round(y).astype(int)
        there = (rows >= 0) & (columns >= 0) & (rows < water.shape[0]) & (columns < water.shape[1])
        shares.append(float(np.where(there, water[rows * there, columns * there], True).mean()))  # noqa: FBT003
    return min(shares), max(shares)


def _moved(hull: Hull, top: int, left: int, shape: tuple[int, ...]) -> Hull:
    """The hull in pixels of the whole window, with the edges of that window seen."""
    rows, columns = hull.rows + top, hull.columns + left
    # Smoothing stops a pixel short of the edge.
    edge = rows.min() <= 1 or columns.min() <= 1
    edge = edge or rows.max() >= shape[0] - 2 or columns.max() >= shape[1] - 2
    return replace(
        hull,
        x_px=hull.x_px + left,
        y_px=hull.y_px + top,
        cut_by_edge=hull.cut_by_edge or bool(edge),
        rows=rows,
        columns=columns,
    )


def measured(
    part: Mask,
    maps: tuple[Plane, Mask, Mask],
    jacobian: NDArray[np.float64],
    *,
    corner: tuple[int, int],
    shape: tuple[int, ...],
) -> Hull:
    """One part of a window measured as it is, in pixels of the whole.

    Args:
        part: (y, x) of the window.
        maps: chance, water and valid of the window.
        jacobian: metres east and north per pixel along x and y, (2, 2).
        corner: first row and column of the window.
        shape: rows and columns of the whole.

    """
    chance, water, valid = maps
    hull = _measure(part, part, chance, water, valid, jacobian, rim_px=(2, 4))
    return _moved(hull, *corner, shape)


def _parts(
    own: Mask, chance: Plane, jacobian: NDArray[np.float64], shortest_m: float, level: int = 0
) -> Iterator[Mask]:
    """A shape as it is if it is ship-like, or the ship-like parts it falls into."""
    length, beam, fill, _ = rectangle(own, jacobian)
    if length < shortest_m:
        return
    plausible = length <= LONGEST_M and beam <= WIDEST_M and 1.8 <= length / beam <= 11
    if plausible and fill >= 0.62:
        yield own
        return
    if level + 1 < len(LEVELS):
        marks = connected(own & (chance > LEVELS[level + 1]))
        count = int(marks.max())
        parts = [
            part
            for number in range(1, count + 1)
            for part in _parts(marks == number, chance, jacobian, shortest_m, level + 1)
        ]
        if parts:
            yield from parts
            return
    if plausible and fill >= 0.5:
        yield own


def rectangle(
    mask: Mask, jacobian: NDArray[np.float64]
) -> tuple[float, float, float, tuple[float, float]]:
    """Length and beam in metres, share filled, and axis of a shape.

    The axis is that of the second moments. The length is the extent along it, less one pixel in
    five hundred at each end, plus one pixel; the beam is the area over 0.92 of the length (a
    merchant hull fills about that much of its rectangle); the fill is against the full extent.
    """
    rows, columns = np.nonzero(mask)
    east, north = jacobian @ np.stack([columns, rows]).astype(float)
    pixel = math.sqrt(abs(float(np.linalg.det(jacobian))))
    area = rows.size * pixel**2
    if rows.size < 3:
        return pixel, pixel, 1.0, (1.0, 0.0)
    east, north = east - east.mean(), north - north.mean()
    _, vectors = np.linalg.eigh(np.cov(np.stack([east, north])))
    axis = vectors[:, 1]
    along, across = east * axis[0] + north * axis[1], east * axis[1] - north * axis[0]
    low, high = np.percentile(along, [0.2, 99.8])
    length = float(high - low) + pixel
    left, right = np.percentile(across, [0.5, 99.5])
    width = float(right - left) + pixel
    fill = min(1.0, area / (length * width))
    full = fill > 0.97
    beam = min(width, area / ((1.0 if full else 0.92) * length))
    return length, beam, fill, (float(axis[0]), float(axis[1]))


def _measure(
    part: Mask,
    own: Mask,
    chance: Plane,
    water: Mask,
    valid: Mask,
    jacobian: NDArray[np.float64],
    *,
    rim_px: tuple[int, int] = (1, 2),
) -> Hull:
    """One part measured; the rim that a higher level took off is given back.

    The rim that is looked at for water lies between so many pixels from the part: beyond the blur.
    """
    if part is not own and not np.array_equal(part, own):
        part = ndimage.binary_dilation(part) & own
    length, beam, fill, axis = rectangle(part, jacobian)
    rows, columns = np.nonzero(part)
    inner, outer = (ndimage.binary_dilation(part, iterations=px) for px in rim_px)
    rim = outer & ~inner
    share = float(water[rim].mean()) if rim.any() else 0.0
    mean = float(chance[part].mean())
    return Hull(
        x_px=float(columns.mean()) + 0.5,
        y_px=float(rows.mean()) + 0.5,
        length_m=length,
        beam_m=beam,
        axis=axis,
        score=round(mean * min(1.0, fill / 0.75), 4),
        fill=fill,
        water_share=share,
        end_water=_beyond_ends(water, jacobian, (columns.mean(), rows.mean()), axis, length, beam),
        own_water=float(water[part].mean()),
        cut_by_edge=bool((rim & ~valid).any()),
        rows=rows,
        columns=columns,
    )
