"""The 48 moves of the water grid: where each leads, what it crosses, and what it costs.

A move (dx, dy) goes from one cell centre to another along a straight line in longitude and
latitude; the primitive pairs within four cells give 48 directions. The first four are the
orthogonal ones, in the order east, north, west, south.
"""

from fractions import Fraction
from functools import lru_cache
from math import gcd

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.geodesic import great_circle_nm_many

REACH = 4
EAST, NORTH, WEST, SOUTH = range(4)


def _directions() -> list[tuple[int, int]]:
    span = range(-REACH, REACH + 1)
    others = [(dx, dy) for dx in span for dy in span if gcd(dx, dy) == 1 and abs(dx) + abs(dy) > 1]
    return [(1, 0), (0, 1), (-1, 0), (0, -1), *sorted(others)]


def _overlap(dx: int, dy: int, cell: tuple[int, int]) -> Fraction | None:
    """Share of the segment (0,0)-(dx,dy) inside a unit cell; 0 if it only touches, None if not."""
    low, high = Fraction(0), Fraction(1)
    for step, centre in ((dx, cell[0]), (dy, cell[1])):
        near, far = Fraction(2 * centre - 1, 2), Fraction(2 * centre + 1, 2)
        if step == 0:
            if not near <= 0 <= far:
                return None
            continue
        first, last = sorted((near / step, far / step))
        low, high = max(low, first), min(high, last)
    return high - low if high >= low else None


def _crossed(dx: int, dy: int) -> list[tuple[int, int]]:
    """Cells between the ends that the move passes through or grazes."""
    cells = []
    for cx in range(min(0, dx), max(0, dx) + 1):
        for cy in range(min(0, dy), max(0, dy) + 1):
            share = _overlap(dx, dy, (cx, cy))
            if (cx, cy) in {(0, 0), (dx, dy)} or share is None:
                continue
            cells.append((cx, cy))
    return cells


def _table(lists: list[list[tuple[int, int]]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    width = max(len(cells) for cells in lists)
    table = np.zeros((len(lists), width, 2), np.int64)
    for index, cells in enumerate(lists):
        table[index, : len(cells)] = np.array(cells, np.int64).reshape(-1, 2)
    return table, np.array([len(cells) for cells in lists], np.int64)


MOVES: NDArray[np.int64] = np.array(_directions(), np.int64)
"""Shape (48, 2): columns east, rows north."""
# Beside the axes the 48 leave the widest angles. Neighbours still span cells of area 1.
MORE_MOVES: NDArray[np.int64] = np.array(
    [*MOVES.tolist()]
    + [
        (sx * x, sy * y)
        for x, y in ((5, 1), (6, 1), (1, 5), (1, 6))
        for sx in (1, -1)
        for sy in (1, -1)
    ],
    np.int64,
)
"""Shape (64, 2): the 48 moves and, for the lower bound, 16 nearer to the axes."""
GRAZED, GRAZED_N = _table([_crossed(int(x), int(y)) for x, y in MOVES])


@lru_cache(maxsize=64)
def move_lengths_nm(row: int, rows: int, samples: int, per_deg: int) -> NDArray[np.float64]:
    """Geodesic length of each move from each row of cells, shape (rows, 48), nautical miles.

    ``row`` is the first row's index from the south pole in samples, ``samples`` the cell's size.
    """
    step = samples / per_deg
    lat = -90.0 + (row / samples + np.arange(rows) + 0.5) * step
    end = np.clip(lat[:, None] + MOVES[None, :, 1] * step, -90.0, 90.0)
    return great_circle_nm_many(0.0, lat[:, None], MOVES[None, :, 0] * step, end)
