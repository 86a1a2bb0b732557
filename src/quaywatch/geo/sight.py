"""Straightening a path: shortcuts along great circles that cross no land sample."""

from itertools import pairwise
from math import asin, atan2, ceil, degrees, floor, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.jit import compiled
from quaywatch.geo.tiles import TILE, TILES_X, TILES_Y, TileStore

_ALL_WATER, _ALL_LAND, _NOT_LOADED = -1, -2, -3


class Chart:
    """The land samples of some tiles, as compiled code can ask for them."""

    def __init__(self, store: TileStore, tiles: list[tuple[int, int]]) -> None:
        self.index = np.full((TILES_Y, TILES_X), _NOT_LOADED, np.int64)
        mixed: list[NDArray[np.uint8]] = []
        for tx, ty in tiles:
            bits = store.packed(tx, ty)
            if isinstance(bits, bool):
                self.index[ty, tx % TILES_X] = _ALL_LAND if bits else _ALL_WATER
            else:
                self.index[ty, tx % TILES_X] = len(mixed)
                mixed.append(bits)
        self.bits = np.stack(mixed) if mixed else np.zeros((1, TILE, TILE // 8), np.uint8)


@compiled
def _is_land(index: NDArray[np.int64], bits: NDArray[np.uint8], lon: float, lat: float) -> bool:
    col = floor((lon + 180.0) * 200.0) % 72000
    row = min(35999, max(0, floor((lat + 90.0) * 200.0)))
    tile = index[row // 2000, col // 2000]
    if tile < 0:
        return bool(tile != -1)
    byte = bits[tile, row % 2000, (col % 2000) >> 3]
    return bool(((byte >> (7 - (col & 7))) & 1) != 0)


@compiled
def _sees(
    index: NDArray[np.int64],
    bits: NDArray[np.uint8],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    step_rad: float,
) -> bool:
    """No sample of land on the great circle between two unit vectors (ends not looked at)."""
    dot = min(1.0, max(-1.0, a[0] * b[0] + a[1] * b[1] + a[2] * b[2]))
    chord = sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)
    angle = 2.0 * asin(min(1.0, chord / 2.0))
    if dot < -0.999999:
        return False  # antipodal: no one great circle
    number = ceil(angle / step_rad)
    for k in range(1, number):
        t = k / number * angle
        p, q = sin(angle - t), sin(t)
        x, y, z = p * a[0] + q * b[0], p * a[1] + q * b[1], p * a[2] + q * b[2]
        lat = degrees(atan2(z, sqrt(x * x + y * y)))
        if _is_land(index, bits, degrees(atan2(y, x)), lat):
            return False
    return True


@compiled
def _pull(
    index: NDArray[np.int64],
    bits: NDArray[np.uint8],
    xyz: NDArray[np.float64],
    step_rad: float,
) -> NDArray[np.bool_]:
    """Which points a string through the path would keep, drawn tight from the start."""
    number = xyz.shape[0]
    keep = np.zeros(number, np.bool_)
    keep[0] = keep[number - 1] = True
    here = 0
    while here < number - 1:
        good, leap = here + 1, 2
        bad = number
        while here + leap < number:
            if _sees(index, bits, xyz[here], xyz[here + leap], step_rad):
                good = here + leap
                leap *= 2
            else:
                bad = here + leap
                break
        if bad == number and good < number - 1:
            if _sees(index, bits, xyz[here], xyz[number - 1], step_rad):
                good = number - 1
            bad = number - 1 if good < number - 1 else number
        while bad - good > 1:
            middle = (good + bad) // 2
            if _sees(index, bits, xyz[here], xyz[middle], step_rad):
                good = middle
            else:
                bad = middle
        keep[good] = True
        here = good
    return keep


def _vectors(points: NDArray[np.float64]) -> NDArray[np.float64]:
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))


def _degrees(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    lat = np.degrees(np.arctan2(xyz[:, 2], np.hypot(xyz[:, 0], xyz[:, 1])))
    return np.column_stack((np.degrees(np.arctan2(xyz[:, 1], xyz[:, 0])), lat))


def _densify(xyz: NDArray[np.float64], near: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add points at the given arcs (radians) from both ends of each leg, and its middle."""
    out = [xyz[:1]]
    for a, b in pairwise(xyz):
        angle = 2.0 * asin(min(1.0, float(np.linalg.norm(a - b)) / 2.0))
        short = near[near < angle / 2.0]
        at = np.concatenate((short, [angle / 2.0], angle - short[::-1])) / max(angle, 1e-12)
        p = np.sin((1.0 - at) * angle)[:, None] * a + np.sin(at * angle)[:, None] * b
        norms = np.linalg.norm(p, axis=1, keepdims=True)
        out.append(p / np.where(norms > 0, norms, 1.0) if angle > 1e-9 else np.empty((0, 3)))
        out.append(b[None, :])
    return np.concatenate(out)


def straighten(
    chart: Chart, points: NDArray[np.float64], *, rounds: int = 4
) -> NDArray[np.float64]:
    """Draw a path tight around the land; ``points`` is (n, 2), lon then lat, degrees.

    The ends stay. Where the path itself crosses a sample of land (a cell is water if half of it
    is) that leg is kept as it is. The result is never longer than the input, up to the difference
    of sphere and ellipsoid in choosing shortcuts.
    """
    step = radians(0.0025)
    xyz = _vectors(points)
    near = np.radians(np.array([0.01, 0.03, 0.08, 0.2, 0.5, 1.2]))
    for turn in range(rounds):
        xyz = xyz[_pull(chart.index, chart.bits, xyz, step)]
        xyz = xyz[::-1]
        if turn < rounds - 1 and len(xyz) > 2:
            xyz = _densify(xyz, near)
    if rounds % 2:
        xyz = xyz[::-1]
    out = _degrees(xyz)
    out[0], out[-1] = points[0], points[-1]
    return out
