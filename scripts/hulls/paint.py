"""Ships, piers and small craft with wakes, painted as pictures of 3 m would show them.

Few recorded ships lie alongside, under cranes or are short, and those that do are what a detector
must know. Shapes are drawn at 1 m, blurred and averaged to 3 m. Colours are paints by judgement, or
taken from the land of the picture they are painted into.
"""

import numpy as np
from afloat import Patch, Plane
from numpy.typing import NDArray
from scipy import ndimage

STEP = 3
"""Fine pixels of 1 m in one of 3 m."""
PAINTS = np.array(
    [
        (0.62, 0.36, 0.31),  # red oxide
        (0.48, 0.30, 0.27),  # worn red
        (0.27, 0.42, 0.35),  # green
        (0.36, 0.46, 0.42),  # dull green
        (0.55, 0.55, 0.53),  # grey
        (0.70, 0.69, 0.66),  # light grey
        (0.38, 0.38, 0.38),  # dark grey
        (0.20, 0.21, 0.22),  # black, coal, an open hold
        (0.32, 0.40, 0.52),  # blue
        (0.72, 0.60, 0.46),  # buff
        (0.92, 0.91, 0.88),  # white
    ],
    np.float32,
)


def colour(land: Plane, rng: np.random.Generator) -> Plane:
    """A paint, or the colour of some pixel of the land (band, n), lit a little otherwise."""
    if rng.random() < 0.35:
        chosen = land[:, rng.integers(land.shape[1])]
    else:
        chosen = PAINTS[rng.integers(len(PAINTS))]
    return np.asarray(chosen * rng.uniform(0.75, 1.2) * rng.uniform(0.94, 1.06, 3), np.float32)


def fine_grid(half_px: int) -> tuple[Plane, Plane]:
    """Metres right and down of the middle of a patch, at 1 m."""
    at = (np.arange(2 * half_px * STEP) + 0.5 - half_px * STEP).astype(np.float32)
    x, y = np.meshgrid(at, at)
    return x, y


def coarse(plane: Plane, sigma_m: float) -> Plane:
    """Blurred by the sensor and averaged to 3 m."""
    smooth = ndimage.gaussian_filter(plane.astype(np.float32), sigma_m, truncate=2.5)
    side = plane.shape[0] // STEP
    return np.asarray(smooth.reshape(side, STEP, side, STEP).mean(axis=(1, 3)), np.float32)


def painted_ship(
    length_m: float,
    beam_m: float,
    axis: tuple[float, float],
    shore: int,
    land: Plane,
    rng: np.random.Generator,
) -> Patch:
    """A merchant ship, at times under cranes.

    Args:
        length_m: between its ends.
        beam_m: at its widest.
        axis: x and y along it towards the bow.
        shore: 1 or -1 for the side the quay lies on (to the right of the axis in the picture's own
            x, y for 1), 0 at sea.
        land: colours of the land, (band, n).
        rng: what chance is drawn from.

    """
    half = int(np.ceil((length_m / 2 + 55) / STEP))
    x, y = fine_grid(half)
    u, v = x * axis[0] + y * axis[1], -x * axis[1] + y * axis[0]
    along, across = u / (length_m / 2), v / (beam_m / 2)
    bow = rng.uniform(0.12, 0.3)
    taper = np.where(along > 1 - bow, np.sqrt(np.clip((1 - along) / bow, 0, 1)), 1.0)
    taper = taper * np.where(along < -0.92, 0.85, 1.0)
    hull = (np.abs(along) <= 1) & (np.abs(across) <= taper)
    light = np.broadcast_to(colour(land, rng)[:, None, None], (3, *hull.shape)).copy()
    load = rng.random()
    middle = hull & (np.abs(across) < rng.uniform(0.6, 0.95)) & (np.abs(along) < 0.8)
    if load < 0.3:
        _hatches(light, middle, along, land, rng)
    elif load < 0.7:
        _containers(light, middle, along, across, (length_m, beam_m), land, rng)
    if rng.random() < 0.85:
        aft = rng.uniform(-0.95, -0.65) if rng.random() < 0.8 else rng.uniform(-0.5, 0.7)
        house = hull & (np.abs(along - aft) < 9 / length_m * rng.uniform(0.7, 3))
        light[:, house & (np.abs(across) < 0.9)] = (PAINTS[-1] * rng.uniform(0.6, 1.05))[:, None]
    sun = rng.uniform(0, 2 * np.pi)
    reach = rng.uniform(2, 16)
    drop = round(np.cos(sun) * reach), round(np.sin(sun) * reach)
    cover, shade = hull.copy(), np.roll(hull, drop, (1, 0)) | np.roll(hull, _half(drop), (1, 0))
    if shore and load < 0.7 and rng.random() < (0.65 if load >= 0.3 else 0.2):
        for at in _crane_places(length_m, rng):
            width, over = rng.uniform(5, 16), rng.uniform(-0.4, 1.9) * beam_m / 2 + 4
            crane = (np.abs(u - at) < width / 2) & (-v * shore < over) & (v * shore < beam_m * 0.9)
            bars = np.abs(u - at) > width / 2 - rng.uniform(1.5, 4)
            seen = crane & (bars | (np.abs(v + shore * over * 0.2) < 3))
            tint = PAINTS[-1] * rng.uniform(0.55, 1.05) if rng.random() < 0.6 else colour(land, rng)
            light[:, seen] = tint[:, None]
            cover |= seen
            shade |= np.roll(crane, (3 * drop[0], 3 * drop[1]), (1, 0))
    return _as_patch(light, cover, hull, shade & ~cover, rng)


def _half(drop: tuple[int, int]) -> tuple[int, int]:
    return drop[0] // 2, drop[1] // 2


def _crane_places(length_m: float, rng: np.random.Generator) -> NDArray[np.float64]:
    count = int(rng.integers(1, max(2, round(length_m / 35)) + 1))
    return np.asarray(rng.uniform(-0.42, 0.42, count) * length_m)


def _hatches(
    light: Plane, middle: NDArray[np.bool_], along: Plane, land: Plane, rng: np.random.Generator
) -> None:
    phase = ((along + 1) / 2 * int(rng.integers(3, 11)) * 1.3) % 1
    light[:, middle & (phase < rng.uniform(0.4, 0.85))] = colour(land, rng)[:, None]


def _containers(
    light: Plane,
    middle: NDArray[np.bool_],
    along: Plane,
    across: Plane,
    size: tuple[float, float],
    land: Plane,
    rng: np.random.Generator,
) -> None:
    bays, rows = max(3, round(size[0] / rng.uniform(7, 15))), max(2, round(size[1] / 5))
    bay = np.clip(((along + 1) / 2 * bays).astype(int), 0, bays - 1)
    row = np.clip(((across + 1) / 2 * rows).astype(int), 0, rows - 1)
    few = np.stack([colour(land, rng) for _ in range(int(rng.integers(2, 7)))])
    box = few[rng.integers(len(few), size=bays * rows)]
    box = box * rng.uniform(0.8, 1.2, (bays * rows, 1)).astype(np.float32)
    full = (rng.random(bays) < 0.85)[bay] & (rng.random(bays * rows) < 0.9)[bay * rows + row]
    at = middle & full
    light[:, at] = box[(bay * rows + row)[at]].T


def painted_pier(
    length_m: float, beam_m: float, axis: tuple[float, float], land: Plane, rng: np.random.Generator
) -> Patch:
    """A pier or dock with what stands on it: a rectangle in the colours of the land."""
    half = int(np.ceil((length_m / 2 + 20) / STEP))
    x, y = fine_grid(half)
    u, v = x * axis[0] + y * axis[1], -x * axis[1] + y * axis[0]
    base = (np.abs(u) <= length_m / 2) & (np.abs(v) <= beam_m / 2)
    tint = land[:, rng.integers(land.shape[1])] * rng.uniform(0.85, 1.15)
    light = np.broadcast_to(tint[:, None, None], (3, *base.shape)).astype(np.float32)
    for _ in range(int(rng.integers(0, 6))):
        at, to = rng.uniform(-0.5, 0.5) * length_m, rng.uniform(-0.3, 0.3) * beam_m
        wide, deep = rng.uniform(0.04, 0.4) * length_m, rng.uniform(0.2, 1.3) * beam_m
        house = (np.abs(u - at) < wide / 2) & (np.abs(v - to) < deep / 2)
        base |= house
        light[:, house] = colour(land, rng)[:, None]
    return _as_patch(light, base, base & False, np.roll(base, (-3, -3), (0, 1)) & ~base, rng)


def painted_craft(
    length_m: float, axis: tuple[float, float], wake_m: float, rng: np.random.Generator
) -> Patch:
    """A small craft under way and its wake: foam that fades, spreads and is never hull."""
    half = int(np.ceil((wake_m + length_m + 10) / STEP))
    x, y = fine_grid(half)
    u, v = x * axis[0] + y * axis[1], -x * axis[1] + y * axis[0]
    beam = length_m / rng.uniform(2.5, 4.5)
    hull = (np.abs(u) <= length_m / 2) & (np.abs(v) <= beam / 2 * np.clip(1.4 - u / length_m, 0, 1))
    behind = -u - 0.3 * length_m
    wide = beam * rng.uniform(0.5, 1.1) + np.maximum(behind, 0) * rng.uniform(0.01, 0.12)
    foam = np.exp(-((v / wide) ** 2)) * np.exp(-np.maximum(behind, 0) / (0.5 * wake_m))
    arms = np.exp(-(((np.abs(v) - 0.3 * np.maximum(behind, 0)) / (2 + 0.03 * wake_m)) ** 2))
    foam = np.maximum(foam, rng.uniform(0, 0.5) * arms * np.exp(-np.maximum(behind, 0) / wake_m))
    grain = ndimage.gaussian_filter(rng.standard_normal(foam.shape, np.float32), 3)
    foam = foam * (behind > 0) * (behind < wake_m) * np.clip(1 + 3 * grain, 0.2, 2)
    cover = np.where(hull, 1.0, np.clip(foam * rng.uniform(0.3, 1.0), 0, 0.95)).astype(np.float32)
    tint = np.where(hull, rng.uniform(0.6, 0.95), rng.uniform(0.6, 0.9)).astype(np.float32)
    light = np.stack([tint * cover] * 3)
    return Patch(
        np.stack([coarse(band, 2.2) for band in light]),
        coarse(cover, 2.2),
        coarse(hull.astype(np.float32), 2.2),
    )


def _as_patch(
    light: Plane,
    cover: NDArray[np.bool_],
    hull: NDArray[np.bool_],
    shade: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Patch:
    sigma = rng.uniform(1.6, 3.0)
    grain = 1 + rng.uniform(0, 0.25) * ndimage.gaussian_filter(
        rng.standard_normal(cover.shape, np.float32), 2.0
    ) * 5  # fmt: skip
    return Patch(
        np.stack([coarse(band * cover * grain, sigma) for band in light]).clip(0, 1),
        coarse(cover.astype(np.float32), sigma),
        coarse(hull.astype(np.float32), sigma),
        coarse(shade.astype(np.float32), sigma),
    )
