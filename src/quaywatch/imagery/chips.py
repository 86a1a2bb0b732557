"""Chips of stable ground: which to compare, and how far each has moved.

A chip is turned into the directions of its gradients, weakened where they are no stronger than the
noise: what the light, the season or another sensor does to brightness then hardly matters, and what
is masked weighs nothing. Plain phase correlation gives every frequency the same say, noise as well,
and has been seen to return zero for smooth images that had moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from quaywatch.imagery.grid import Grid

Plane = NDArray[np.float32]
Place = tuple[int, int]
Mask = NDArray[np.bool_]
Complexes = NDArray[np.complex64]
Floats = NDArray[np.float64]

REACH_M = 280.0
"""Metres a side wanted of a chip: the largest shift looked for is two fifths of it."""
SIDES = (32, 48, 64, 96, 128, 192, 256)
"""Pixels a side that a chip may have: quick to transform."""
MOST_CHIPS = 24
LEAST_SEEN = 0.35
"""Share of a chip that must be stable ground seen in both."""
LEAST_CORNERS = 0.15
"""Least weight of the weaker direction of a chip's gradients against the stronger: along a single
straight edge a shift cannot be told."""
UPSAMPLING = 20
"""Parts of a pixel to which a peak is found (METHODS section 5 step 1)."""
SMOOTH_PX = 0.8
PEAK_PX = 4
"""Within so many pixels of a peak the next one is the same."""


@dataclass(frozen=True)
class Planes:
    """Two planes on one grid, and what of them may be compared; all (y, x)."""

    fixed: Plane
    fixed_good: Mask
    moving: Plane
    moving_good: Mask
    stable: Mask
    drawn: Mask | None
    grid: Grid


@dataclass(frozen=True)
class Chip:
    """One chip and where it went."""

    shift: tuple[float, float]
    """Pixels along x and y that its content lies farther on in the moving plane."""
    ratio: float
    """Its best peak over the next."""


def sides_of(shape: tuple[int, ...], gsd_m: float) -> tuple[int, ...]:
    """Pixels a side of the chips to try: ``REACH_M`` but four across the window, then half that.

    Examples:
        >>> sides_of((1245, 1459), 3.0), sides_of((260, 300), 10.0), sides_of((900, 900), 1.0)
        ((96, 48), (64, 32), (192, 96))

    """
    most = min(shape) / 4
    fitting = [side for side in SIDES if side <= most] or [SIDES[0]]
    wanted = max(64.0, REACH_M / gsd_m)
    side = min(fitting, key=lambda one: abs(one - wanted))
    return (side, side // 2) if side // 2 >= SIDES[0] else (side,)


def choose_chips(planes: Planes, ground: Mask, side: int) -> list[Place]:
    """First column and row of the chips with most texture, none covering much of another.

    Texture is the weaker direction of the gradients of the reference, on ground that is stable
    and seen in both.
    """
    step = max(2, side // 16)
    height, width = (n // step for n in ground.shape)
    if min(ground.shape) < side:
        return []
    cut, parts = np.s_[: height * step, : width * step], (height, step, width, step)

    def cells(of: Plane | Mask) -> Plane:
        means: Plane = of[cut].astype(np.float32).reshape(parts).mean(axis=(1, 3))
        return means

    seen = cells(ground & planes.fixed_good & planes.moving_good)
    dim = cells(np.where(planes.fixed_good, planes.fixed, 0.0))
    gy, gx = np.gradient(dim)
    sure = ndimage.minimum_filter(cells(planes.fixed_good), 3) > 0.99
    weak = sure & (ndimage.minimum_filter(seen, 3) > 0.5)
    gx, gy = np.where(weak, gx, 0), np.where(weak, gy, 0)
    over = max(1, side // step)
    box = np.stack([gx * gx, gy * gy, gx * gy, seen])
    sums = ndimage.uniform_filter(box, (0, over, over), mode="constant")
    half, spread = (sums[0] + sums[1]) / 2, np.hypot((sums[0] - sums[1]) / 2, sums[2])
    corners = np.maximum(half - spread, 0)
    bad = (sums[3] < LEAST_SEEN) | (corners < LEAST_CORNERS * (half + spread)) | (half <= 0)
    score = np.where(bad, 0.0, corners)
    edge = -(-over // 2)
    score[:edge] = score[-edge:] = 0
    score[:, :edge] = score[:, -edge:] = 0
    return _apart(score, over, step, side, ground.shape)


def _apart(
    score: NDArray[np.floating], over: int, step: int, side: int, shape: tuple[int, ...]
) -> list[Place]:
    """The best places, each at least three quarters of a chip from the others."""
    left = score.copy()
    away = max(1, round(0.75 * over))
    found: list[Place] = []
    while len(found) < MOST_CHIPS:
        row, column = np.unravel_index(int(np.argmax(left)), left.shape)
        if left[row, column] <= 0:
            break
        left[max(0, row - away) : row + away + 1, max(0, column - away) : column + away + 1] = 0
        x = int(np.clip(round((column + 0.5) * step - side / 2), 0, shape[1] - side))
        y = int(np.clip(round((row + 0.5) * step - side / 2), 0, shape[0] - side))
        found.append((x, y))
    return found


def stacked(planes: Planes, ground: Mask, chips: Sequence[Place], side: int) -> tuple[Place, float]:
    """The whole-pixel shift that fits all chips together, and its peak over the next."""
    window = _hann(side)
    total = np.zeros((side, side), np.float32)
    for x, y in chips:
        fixed = _directions(planes.fixed, planes.fixed_good, x, y, side, ground)
        moving = _directions(planes.moving, planes.moving_good, x, y, side, None)
        total += _surface(_cross(fixed * window, moving * window))
    return _peak(total)


def measure(
    planes: Planes,
    ground: Mask,
    chips: Sequence[Place],
    side: int,
    first: Place,
) -> list[Chip]:
    """Each chip against the place where all together lie; chips that leave the window are out."""
    window = _hann(side)
    found = []
    for x, y in chips:
        there_x, there_y = x + first[0], y + first[1]
        inside = 0 <= there_x <= ground.shape[1] - side and 0 <= there_y <= ground.shape[0] - side
        if not inside:
            continue
        fixed = _directions(planes.fixed, planes.fixed_good, x, y, side, ground)
        moving = _directions(planes.moving, planes.moving_good, there_x, there_y, side, None)
        seen = float(((np.abs(fixed) > 0) & (np.abs(moving) > 0)).mean())
        if seen < 0.5 * LEAST_SEEN:
            continue
        cross = _cross(fixed * window, moving * window)
        (dx, dy), ratio = _peak(_surface(cross))
        fine_x, fine_y = _upsampled(cross, dx, dy)
        found.append(Chip((first[0] + fine_x, first[1] + fine_y), ratio))
    return found


def _hann(side: int) -> Plane:
    """Hann window: chips end softly, so that their edges do not correlate."""
    one = np.hanning(side + 2)[1:-1].astype(np.float32)
    return np.outer(one, one)


def _directions(
    plane: Plane, good: Mask, x: int, y: int, side: int, ground: Mask | None
) -> Complexes:
    """Gradient directions of a chip as complex numbers of length under one, (y, x).

    Zero where not stable, not seen, or beside what was not seen; the mean is taken out, so that
    the shape of a mask does not correlate with itself.
    """
    halo = 3
    top, left = min(halo, y), min(halo, x)
    part = np.s_[y - top : y + side + halo, x - left : x + side + halo]
    inner = np.s_[top : top + side, left : left + side]
    seen = good[part]
    smooth = ndimage.gaussian_filter(plane[part], SMOOTH_PX, truncate=2.5)
    gy, gx = np.gradient(smooth)
    field: Complexes = (gx + 1j * gy).astype(np.complex64)[inner]
    sure = seen if seen.all() else ndimage.minimum_filter(seen, 5)
    sure = sure[inner] if ground is None else sure[inner] & ground[part][inner]
    count = int(sure.sum())
    if count < 16:
        return np.zeros((side, side), np.complex64)
    size = np.abs(field)
    typical = float(np.median(size[sure]))
    field = np.where(sure, field / (size + np.float32(2.0 * typical + 1e-12)), 0).astype(
        np.complex64
    )
    field[sure] -= field[sure].mean()
    return field


def _cross(fixed: Complexes, moving: Complexes) -> Complexes:
    """Cross spectrum, every frequency weighing by the root of its strength."""
    a, b = fft.fft2(fixed), fft.fft2(moving)
    product = b * np.conj(a)
    size = np.sqrt(np.abs(product))
    middle = float(size.mean())
    weighed: Complexes = product / np.maximum(size, np.float32(0.1 * middle + 1e-20))
    return weighed


def _surface(cross: Complexes) -> Plane:
    surface: Plane = fft.ifft2(cross).real.astype(np.float32)
    return surface


def _peak(surface: Plane) -> tuple[Place, float]:
    """Lag of the best peak along x and y, and its height over the next one's.

    A windowed chip weakens far lags; without that a row of equal things would look like one clear
    peak, so every height is taken as if all lags overlapped alike. Lags of more than two fifths
    of the chip are not looked at.
    """
    side = surface.shape[0]
    fair = surface / _overlap(side)
    row, column = np.unravel_index(int(np.argmax(fair)), fair.shape)
    best = float(fair[row, column])
    apart = np.arange(-PEAK_PX, PEAK_PX + 1)
    fair[np.ix_((int(row) + apart) % side, (int(column) + apart) % side)] = -np.inf
    following = float(fair.max())
    lag_x = int(column) - side if column >= side / 2 else int(column)
    lag_y = int(row) - side if row >= side / 2 else int(row)
    ratio = best / following if following > 0 and np.isfinite(following) else 1.0
    return (lag_x, lag_y), ratio


@lru_cache(maxsize=16)
def _overlap(side: int) -> Plane:
    """How much of two windowed chips overlaps at each lag, as the root of their product sees it."""
    one = np.hanning(side + 2)[1:-1]
    full = np.correlate(one, one, "full")[side - 1 :] / (one * one).sum()
    lags = np.abs(np.rint(fft.fftfreq(side, 1 / side))).astype(int)
    line = np.where(lags <= 0.4 * side, np.sqrt(full[np.minimum(lags, side - 1)]), np.inf)
    return np.outer(line, line).astype(np.float32)


def _upsampled(cross: Complexes, dx: int, dy: int) -> tuple[float, float]:
    """The peak near a whole lag, to a ``UPSAMPLING``-th of a pixel and between by a parabola."""
    side = cross.shape[0]
    frequency = fft.fftfreq(side)
    reach = np.arange(-UPSAMPLING, UPSAMPLING + 1) / UPSAMPLING
    across = np.exp(2j * np.pi * np.outer(frequency, dx + reach)).astype(np.complex64)
    down = np.exp(2j * np.pi * np.outer(dy + reach, frequency)).astype(np.complex64)
    # einsum, not @: BLAS starts threads for a product this small, and they cost more than it.
    fine = np.einsum("ij,jk->ik", np.einsum("ij,jk->ik", down, cross), across).real
    row, column = np.unravel_index(int(np.argmax(fine)), fine.shape)
    return (
        dx + float(reach[column]) + _vertex(fine[row], int(column)) / UPSAMPLING,
        dy + float(reach[row]) + _vertex(fine[:, column], int(row)) / UPSAMPLING,
    )


def _vertex(line: Floats, at: int) -> float:
    """Offset of the top of a parabola through three neighbours, within half a step."""
    if not 0 < at < len(line) - 1:
        return 0.0
    low, mid, high = line[at - 1 : at + 2]
    bend = low - 2 * mid + high
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (low - high) / bend, -0.5, 0.5))
