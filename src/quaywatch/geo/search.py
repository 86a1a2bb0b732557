"""Shortest paths over a grid of cells: A* from many starts, and which cells hang together."""

from math import acos, cos, sin

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.jit import compiled
from quaywatch.geo.moves import MOVES

# No geodesic on WGS84 is shorter than the arc between the same latitudes and longitudes on a
# sphere of the meridian's least radius of curvature, a(1-e^2) = 6335.439 km (at the equator):
# so this radius, in nautical miles, never makes the heuristic an overestimate.
LEAST_RADIUS_NM = 6335.439e3 / 1852.0

_FAR = np.inf


@compiled
def _push(
    keys: NDArray[np.float64], items: NDArray[np.int64], size: int, key: float, item: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], int]:
    if size == keys.shape[0]:
        more_keys = np.empty(2 * size, np.float64)
        more_items = np.empty(2 * size, np.int64)
        more_keys[:size] = keys
        more_items[:size] = items
        keys, items = more_keys, more_items
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if keys[up] <= key:
            break
        keys[at], items[at] = keys[up], items[up]
        at = up
    keys[at], items[at] = key, item
    return keys, items, size + 1


@compiled
def _pop(keys: NDArray[np.float64], items: NDArray[np.int64], size: int) -> int:
    """Remove the least; the caller has read it at 0. Returns the new size."""
    size -= 1
    key, item = keys[size], items[size]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        if down + 1 < size and keys[down + 1] < keys[down]:
            down += 1
        if keys[down] >= key:
            break
        keys[at], items[at] = keys[down], items[down]
        at = down
    keys[at], items[at] = key, item
    return size


@compiled
def _guess(
    cell: int,
    arc_cos: float,
    radius: float,
    allowance: float,
    marks: NDArray[np.float32],
    least: NDArray[np.float64],
    most: NDArray[np.float64],
) -> float:
    """A lower bound of what is left to the goal: the geodesic's, or that of the landmarks."""
    guess = max(0.0, radius * acos(min(1.0, max(-1.0, arc_cos))) - allowance)
    for k in range(least.shape[0]):
        far = np.float64(marks[cell, k])
        if far < np.inf:
            guess = max(guess, least[k] - far, far - most[k])
    return guess


@compiled
def search(  # noqa: C901, PLR0912, PLR0915 - one kernel; calls cost in the inner loop
    moves_ok: NDArray[np.uint64],
    moves: NDArray[np.int64],
    lengths: NDArray[np.float64],
    wrap: bool,  # noqa: FBT001 - numba kernels take positional arguments
    seeds: NDArray[np.int64],
    seed_nm: NDArray[np.float64],
    goals: NDArray[np.int64],
    goal_nm: NDArray[np.float64],
    more: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]],
    home: NDArray[np.int32],
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    target: tuple[float, float],
    radius: float,
    allowance: float,
    marks: NDArray[np.float32],
    least: NDArray[np.float64],
    most: NDArray[np.float64],
) -> tuple[float, int, NDArray[np.float64], NDArray[np.int32]]:
    """A* over cells; with no goals, Dijkstra over all that can be reached.

    ``lat``, ``lon`` are cell centres in radians, ``target`` (lon, lat) in radians. The heuristic is
    radius * angle - allowance, or that of the landmarks (Goldberg & Harrelson 2005): ``marks``,
    shape (cells, k), holds each cell's cost from landmark k; no cell lies nearer to the goal than
    ``least`` less its own cost, or its own cost less ``most``. Cell (r, c) has number
    r * cols + c; nodes beyond those lie where the cells in ``home`` do. ``more`` holds edges
    beside the moves: where each node's begin, where they lead, and their costs. Returns the least
    of cost + goal cost, its goal cell (-1: none reached), all costs, and the cell each was
    reached from.
    """
    rows, cols = moves_ok.shape
    plain = rows * cols
    total = plain + home.shape[0]
    begin, lead, lead_nm = more
    cost = np.full(total, _FAR)
    goal_cost = np.full(total, np.float32(np.inf), np.float32)
    done = np.zeros(total, np.bool_)
    parent = np.full(total, np.int32(-1), np.int32)
    aim = goals.shape[0] > 0
    for k in range(goals.shape[0]):
        goal_cost[goals[k]] = min(goal_cost[goals[k]], np.float32(goal_nm[k]))
    sin_lat, cos_lat = np.sin(lat), np.cos(lat)
    cos_lon = np.cos(lon - target[0])
    sin_t, cos_t = sin(target[1]), cos(target[1])
    count = moves.shape[0]
    keys, items, size = np.empty(4096), np.empty(4096, np.int64), 0
    for k in range(seeds.shape[0]):
        s = seeds[k]
        if seed_nm[k] < cost[s]:
            cost[s] = seed_nm[k]
            guess = 0.0
            if aim:
                at = int(home[s - plain]) if s >= plain else s
                r, c = at // cols, at % cols
                x = sin_lat[r] * sin_t + cos_lat[r] * cos_t * cos_lon[c]
                guess = _guess(s, x, radius, allowance, marks, least, most)
            keys, items, size = _push(keys, items, size, cost[s] + guess, s)
    best, best_goal = _FAR, -1
    while size > 0:
        key, here = keys[0], items[0]
        size = _pop(keys, items, size)
        if key >= best:
            break
        if done[here]:
            continue
        done[here] = True
        base = cost[here]
        if base + goal_cost[here] < best:
            best, best_goal = base + goal_cost[here], here
        at = int(home[here - plain]) if here >= plain else here
        row, col = at // cols, at % cols
        bits = moves_ok[row, col] if here < plain else np.uint64(0)
        for m in range(count):
            if (bits >> np.uint64(m)) & np.uint64(1) == 0:
                continue
            r, c = row + moves[m, 1], col + moves[m, 0]
            if wrap:
                if c < 0:
                    c += cols
                elif c >= cols:
                    c -= cols
            there = r * cols + c
            if done[there]:
                continue
            new = base + lengths[row, m]
            if new >= cost[there]:
                continue
            cost[there] = new
            parent[there] = here
            guess = 0.0
            if aim:
                x = sin_lat[r] * sin_t + cos_lat[r] * cos_t * cos_lon[c]
                guess = _guess(there, x, radius, allowance, marks, least, most)
            if new + guess < best:
                keys, items, size = _push(keys, items, size, new + guess, there)
        if begin.shape[0] == 0:
            continue
        for k in range(begin[here], begin[here + 1]):
            there = int(lead[k])
            new = base + lead_nm[k]
            if done[there] or new >= cost[there]:
                continue
            cost[there] = new
            parent[there] = here
            guess = 0.0
            if aim:
                at = int(home[there - plain]) if there >= plain else there
                r, c = at // cols, at % cols
                x = sin_lat[r] * sin_t + cos_lat[r] * cos_t * cos_lon[c]
                guess = _guess(there, x, radius, allowance, marks, least, most)
            if new + guess < best:
                keys, items, size = _push(keys, items, size, new + guess, there)
    return best, best_goal, cost, parent


NO_MARKS = np.empty((0, 0), np.float32)
NO_LIMITS = np.empty(0, np.float64)
NO_CELLS = np.empty(0, np.int64)
NO_COSTS = np.empty(0, np.float64)
NO_HOMES = np.empty(0, np.int32)
More = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]
NO_MORE: More = (NO_HOMES, NO_HOMES, NO_COSTS)


def edges_of(
    nodes: int, froms: NDArray[np.int64], tos: NDArray[np.int64], nm: NDArray[np.float64]
) -> More:
    """Edges beside the moves in the order in which ``search`` reads them."""
    if not froms.size:
        return NO_MORE
    order = np.lexsort((tos, froms))
    begin = np.zeros(nodes + 1, np.int32)
    begin[1:] = np.cumsum(np.bincount(froms, minlength=nodes))
    return begin, tos[order].astype(np.int32), np.ascontiguousarray(nm[order])


def costs_from(
    moves_ok: NDArray[np.uint64],
    lengths: NDArray[np.float64],
    seeds: NDArray[np.int64],
    seed_nm: NDArray[np.float64],
    *,
    wrap: bool,
    more: More = NO_MORE,
    home: NDArray[np.int32] = NO_HOMES,
    moves: NDArray[np.int64] = MOVES,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Cost of every cell from the seeds (inf if none leads there), and whence it was reached."""
    rows, cols = moves_ok.shape
    _, _, cost, parent = search(
        moves_ok, moves, lengths, wrap, seeds, seed_nm, NO_CELLS, NO_COSTS, more, home,
        np.zeros(rows), np.zeros(cols), (0.0, 0.0), 0.0, 0.0, NO_MARKS, NO_LIMITS, NO_LIMITS,
    )  # fmt: skip
    return cost, parent


@compiled
def _components(
    moves_ok: NDArray[np.uint64],
    state: NDArray[np.uint8],
    moves: NDArray[np.int64],
    wrap: bool,  # noqa: FBT001 - numba kernels take positional arguments
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    rows, cols = state.shape
    label = np.zeros((rows, cols), np.int32)
    sizes = np.zeros(rows * cols + 1, np.int64)
    stack = np.empty(rows * cols, np.int64)
    current = 0
    for start in range(rows * cols):
        if state[start // cols, start % cols] == 0 or label[start // cols, start % cols] != 0:
            continue
        current += 1
        label[start // cols, start % cols] = current
        stack[0] = start
        top = 1
        while top > 0:
            top -= 1
            row, col = stack[top] // cols, stack[top] % cols
            sizes[current] += 1
            # Long moves join nothing that orthogonal ones do not: grazed corners must be open.
            for m in range(4):
                if (moves_ok[row, col] >> np.uint64(m)) & np.uint64(1) == 0:
                    continue
                r, c = row + moves[m, 1], col + moves[m, 0]
                if wrap:
                    c %= cols
                if label[r, c] == 0:
                    label[r, c] = current
                    stack[top] = r * cols + c
                    top += 1
    return label, sizes[: current + 1].copy()


def components(
    moves_ok: NDArray[np.uint64], state: NDArray[np.uint8], *, wrap: bool
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Label of each water cell's connected body (0: land) and the cells in each label."""
    return _components(moves_ok, state, MOVES, wrap)


def trace(parent: NDArray[np.int32], end: int) -> list[int]:
    """Cells from a start to ``end``."""
    cells = [end]
    while (before := int(parent[cells[-1]])) >= 0:
        cells.append(before)
    return cells[::-1]
