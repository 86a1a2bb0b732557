"""From land samples to grid cells: what is water, and which moves stay on it.

A cell is open if at least half of it is one
body of water, a strait if less; long moves cross open cells only, and neighbours are joined only
where their water touches, so that a wall thinner than a cell still parts the sea and a channel
thinner than a cell still joins it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from quaywatch.geo.jit import compiled
from quaywatch.geo.moves import GRAZED, GRAZED_N, MOVES

LAND, STRAIT, OPEN = 0, 1, 2

_ONE = np.uint64(1)


@compiled
def _body(
    land: NDArray[np.uint8],
    row: int,
    col: int,
    size: int,
    label: NDArray[np.int64],
    stack: NDArray[np.int64],
) -> tuple[int, int]:
    """Label the bodies of water (8-connected) in a block; the largest one's label and count."""
    best, best_count, current = 0, 0, 0
    label[:] = 0
    for start in range(size * size):
        if label[start] != 0 or land[row + start // size, col + start % size] != 0:
            continue
        current += 1
        count, top = 0, 1
        stack[0] = start
        label[start] = current
        while top > 0:
            top -= 1
            here = stack[top]
            count += 1
            r, c = here // size, here % size
            for rr in range(max(0, r - 1), min(size, r + 2)):
                for cc in range(max(0, c - 1), min(size, c + 2)):
                    there = rr * size + cc
                    if label[there] == 0 and land[row + rr, col + cc] == 0:
                        label[there] = current
                        stack[top] = there
                        top += 1
        if count > best_count:
            best, best_count = current, count
    return best, best_count


@compiled
def _survey(  # noqa: C901, PLR0912 - one kernel over samples
    land: NDArray[np.uint8],
    size: int,
    count: NDArray[np.int32],
    rep: NDArray[np.int32],
    edges: NDArray[np.uint64],
) -> None:
    """Fill the per-cell facts; see ``survey_cells``."""
    rows, cols = count.shape
    label = np.zeros(size * size, np.int64)
    stack = np.zeros(size * size, np.int64)
    one = np.uint64(1)
    middle = (size - 1) / 2.0
    for r in range(rows):
        for c in range(cols):
            dry = 0
            for rr in range(r * size, (r + 1) * size):
                for cc in range(c * size, (c + 1) * size):
                    dry += land[rr, cc]
            if dry == size * size:
                continue
            if dry == 0:
                count[r, c] = size * size
                rep[r, c] = (size - 1) // 2 * (size + 1)
                for side in range(4):
                    edges[side, r, c] = (one << np.uint64(size)) - one
                continue
            main, total = _body(land, r * size, c * size, size, label, stack)
            count[r, c] = total
            nearest = 1e18
            for at in range(size * size):
                rr, cc = at // size, at % size
                if label[at] != main:
                    continue
                apart = (rr - middle) ** 2 + (cc - middle) ** 2
                if apart < nearest:
                    nearest = apart
                    rep[r, c] = at
                if cc == size - 1:
                    edges[0, r, c] |= one << np.uint64(rr)
                if rr == size - 1:
                    edges[1, r, c] |= one << np.uint64(cc)
                if cc == 0:
                    edges[2, r, c] |= one << np.uint64(rr)
                if rr == 0:
                    edges[3, r, c] |= one << np.uint64(cc)


class Survey:
    """Facts about a block of cells: all that later steps need of the samples.

    Arrays have shape (rows, cols): ``count`` of samples in the largest body of water, ``rep``
    (index in the cell of that body's sample nearest the centre) and, with a leading axis of four
    sides, ``edges``: bit k is set where that body touches the side at sample k.
    """

    def __init__(self, rows: int, cols: int, size: int) -> None:
        self.size = size
        self.count = np.zeros((rows, cols), np.int32)
        self.rep = np.zeros((rows, cols), np.int32)
        self.edges = np.zeros((4, rows, cols), np.uint64)

    @classmethod
    def of(cls, land: NDArray[np.uint8], size: int) -> "Survey":
        """Survey samples (1 where land) in cells of ``size`` (even, at most 62)."""
        out = cls(land.shape[0] // size, land.shape[1] // size, size)
        if not land.all():
            _survey(land, size, out.count, out.rep, out.edges)
        return out

    @classmethod
    def all_water(cls, rows: int, cols: int, size: int) -> "Survey":
        """The survey of open sea, without looking at samples."""
        out = cls(rows, cols, size)
        out.count[:] = size * size
        middle = (size - 1) // 2
        out.rep[:] = middle * size + middle
        out.edges[:] = np.uint64((1 << size) - 1)
        return out

    def put(self, row: int, col: int, part: "Survey") -> None:
        """Lay a smaller survey into this one."""
        rows, cols = part.count.shape
        at = (slice(row, row + rows), slice(col, col + cols))
        self.count[at] = part.count
        self.rep[at] = part.rep
        self.edges[(slice(None), *at)] = part.edges


def _touching(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Where the water of two facing sides meets, diagonally included."""
    spread = other | (other << _ONE) | (other >> _ONE)
    met: NDArray[np.bool_] = (one & spread) != 0
    return met


def _wide(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Where the water of two facing sides meets over two samples (about 1 km) or more."""
    both = one & other
    return np.asarray((both & (both - _ONE)) != 0)


def _spanning(
    east: NDArray[np.bool_],
    north: NDArray[np.bool_],
    narrow_east: NDArray[np.bool_],
    narrow_north: NDArray[np.bool_],
) -> None:
    """Add narrow joins where they reach water that has no other way, and nowhere else.

    So a river mouth stays open, and a gut of a few hundred metres between islands, which ships
    do not use to cut a corner, stays shut.
    """
    rows, cols = east.shape
    number = np.arange(rows * cols).reshape(rows, cols)
    r, c = np.nonzero(east)
    r2, c2 = np.nonzero(north)
    ends = np.concatenate((number[r, c], number[r2, c2]))
    others = np.concatenate((number[r, (c + 1) % cols], number[r2 + 1, c2]))
    graph = coo_array((np.ones(len(ends), np.int8), (ends, others)), shape=(number.size,) * 2)
    label = connected_components(graph, directed=False)[1]
    root: dict[int, int] = {}

    def find(body: int) -> int:
        while (above := root.get(body, body)) != body:
            body = above
        return body

    for joins, narrow, down, right in ((east, narrow_east, 0, 1), (north, narrow_north, 1, 0)):
        for row, col in zip(*np.nonzero(narrow), strict=True):
            one = find(int(label[number[row, col]]))
            two = find(int(label[number[row + down, (col + right) % cols]]))
            if one != two:
                root[max(one, two)] = min(one, two)
                joins[row, col] = True


def classify(
    survey: Survey, *, wrap: bool, narrow: bool
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """State (land, strait, open) and joins (bit k: joined to the neighbour on side k) per cell.

    ``narrow``: joins of one sample count as well as wider ones. If not, they count only where
    there is no other way.
    """
    count, size = survey.count, survey.size
    state = np.where(count * 2 >= size * size, OPEN, np.where(count > 0, STRAIT, LAND))
    state = state.astype(np.uint8)
    sides = survey.edges[0], np.roll(survey.edges[2], -1, axis=1)
    rises = survey.edges[1, :-1], survey.edges[3, 1:]
    east, north = _touching(*sides), np.zeros(state.shape, np.bool_)
    north[:-1] = _touching(*rises)
    if not wrap:
        east[:, -1] = False
    if not narrow:
        slim_east, slim_north = east & ~_wide(*sides), north.copy()
        slim_north[:-1] &= ~_wide(*rises)
        east &= ~slim_east
        north &= ~slim_north
        _spanning(east, north, slim_east, slim_north)
    # Two open cells parted by a thin wall: long moves must not pass them, so they turn straits.
    is_open = state == OPEN
    parted_east = is_open & np.roll(is_open, -1, axis=1) & ~east
    if not wrap:
        parted_east[:, -1] = False
    parted_north = np.zeros_like(north)
    parted_north[:-1] = is_open[:-1] & is_open[1:] & ~north[:-1]
    parted = parted_east | np.roll(parted_east, 1, axis=1) | parted_north
    parted[1:] |= parted_north[:-1]
    state[parted] = STRAIT
    return state, _sides(east, north)


def _sides(east: NDArray[np.bool_], north: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Joins to the east and north of each cell, told to the cells on both sides of them."""
    joins = east.astype(np.uint8) | (north.astype(np.uint8) << 1)
    joins |= np.roll(east, 1, axis=1).astype(np.uint8) << 2
    joins[1:] |= north[:-1].astype(np.uint8) << 3
    return joins.astype(np.uint8)


@compiled
def _clear(
    state: NDArray[np.uint8],
    row: int,
    col: int,
    cells: NDArray[np.int64],
    number: int,
    wrap: bool,  # noqa: FBT001 - numba kernels take positional arguments
) -> bool:
    rows, cols = state.shape
    for k in range(number):
        r, c = row + cells[k, 1], col + cells[k, 0]
        if r < 0 or r >= rows:
            return False
        if c < 0 or c >= cols:
            if not wrap:
                return False
            c %= cols
        if state[r, c] != 2:
            return False
    return True


@compiled
def _moves(
    state: NDArray[np.uint8],
    joins: NDArray[np.uint8],
    moves: NDArray[np.int64],
    cover: NDArray[np.int64],
    cover_n: NDArray[np.int64],
    wrap: bool,  # noqa: FBT001 - numba kernels take positional arguments
) -> NDArray[np.uint64]:
    rows, cols = state.shape
    out = np.zeros((rows, cols), np.uint64)
    one = np.uint64(1)
    for r in range(rows):
        for c in range(cols):
            if state[r, c] == 0:
                continue
            bits = np.uint64(joins[r, c])
            if state[r, c] == 2:
                for m in range(4, moves.shape[0]):
                    end = moves[m : m + 1]
                    if _clear(state, r, c, end, 1, wrap) and _clear(
                        state, r, c, cover[m], cover_n[m], wrap
                    ):
                        bits |= one << np.uint64(m)
            out[r, c] = bits
    return out


def usual_moves(
    state: NDArray[np.uint8], joins: NDArray[np.uint8], *, wrap: bool
) -> NDArray[np.uint64]:
    """Per cell, bit m set where move m stays on water; grazed corners count as crossed."""
    return _moves(state, joins, MOVES, GRAZED, GRAZED_N, wrap)
