"""The water as a surface of squares on which no path is longer than on the real water.

Land is eroded by one sample all round. Each body of water within a square of samples then gets a
copy of the whole square, its *sheet*; two sheets hang together along a side where their waters
touch. Every water path has a counterpart of the same length on this surface, and the shortest
paths of the surface turn at corners of squares only. So a grid of those corners, with moves along
strips of sheets, gives a lower bound. Both sides of a neck of land have sheets of their own: a
path cannot slip from one to the other, however large the squares are.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.jit import compiled
from quaywatch.geo.moves import MORE_MOVES

MOST = 8
"""Sheets in a square; further bodies of water are counted with the last, which only joins more."""
# Corner k of a square, from its south-west corner anticlockwise: where it lies in cells.
_CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1))


def _strips() -> NDArray[np.int64]:
    """Squares that each move passes, in order: shape (68, 3 + 3 * 7).

    A row holds the move, the number of squares, the corner of the last square where the move
    ends, and for each square its offset east and north of the start and the side by which the
    move leaves it. A move along a side may use the squares on both sides of it: two strips.
    """
    rows = []
    for m, (dx, dy) in enumerate(MORE_MOVES.tolist()):
        if m < len(_CORNERS):
            beside = [(0, 0), (0, -1)] if dy == 0 else [(0, 0), (-1, 0)]
            back = (min(dx, 0), min(dy, 0))
            strips = [[(x + back[0], y + back[1])] for x, y in beside]
        else:
            strips = [_passed(dx, dy)]
        for squares in strips:
            row = [m, len(squares), _CORNERS.index((dx - squares[-1][0], dy - squares[-1][1]))]
            for k, (x, y) in enumerate(squares):
                side = 0
                if k + 1 < len(squares):
                    onward = (squares[k + 1][0] - x, squares[k + 1][1] - y)
                    side = [(1, 0), (0, 1), (-1, 0), (0, -1)].index(onward)
                row += [x, y, side]
            rows.append(row + [0] * (3 + 21 - len(row)))
    return np.array(rows, np.int64)


def _passed(dx: int, dy: int) -> list[tuple[int, int]]:
    """Squares (by south-west corner) inside which the segment (0,0)-(dx,dy) runs, in order."""
    across = sorted(
        {k / abs(dx) for k in range(abs(dx) + 1)} | {k / abs(dy) for k in range(abs(dy) + 1)}
    )
    middles = [(s + t) / 2 for s, t in pairwise(across) if t - s > 1e-9]
    return [(int(np.floor(t * dx)), int(np.floor(t * dy))) for t in middles]


STRIPS = _strips()


@compiled
def label_square(
    water: NDArray[np.bool_], row: int, col: int, size: int, label: NDArray[np.int64]
) -> int:
    """Number the bodies of water (8-connected) in a square, from 1; how many there are."""
    stack = np.empty(size * size, np.int64)
    current = 0
    label[:] = 0
    for start in range(size * size):
        if label[start] != 0 or not water[row + start // size, col + start % size]:
            continue
        current = min(current + 1, MOST)
        top = 1
        stack[0] = start
        label[start] = current
        while top > 0:
            top -= 1
            r, c = stack[top] // size, stack[top] % size
            for rr in range(max(0, r - 1), min(size, r + 2)):
                for cc in range(max(0, c - 1), min(size, c + 2)):
                    there = rr * size + cc
                    if label[there] == 0 and water[row + rr, col + cc]:
                        label[there] = current
                        stack[top] = there
                        top += 1
    return current


@compiled
def survey(
    water: NDArray[np.bool_], size: int, kind: NDArray[np.int32]
) -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """Per square: land, full, or its place in the tables of sheets and where they touch sides."""
    rows, cols = kind.shape
    number = np.zeros(rows * cols, np.uint8)
    edges = np.zeros((rows * cols, MOST, 4), np.uint64)
    label = np.zeros(size * size, np.int64)
    one, mixed = np.uint64(1), 0
    for r in range(rows):
        for c in range(cols):
            wet = 0
            for rr in range(r * size, (r + 1) * size):
                for cc in range(c * size, (c + 1) * size):
                    wet += water[rr, cc]
            if wet == 0 or wet == size * size:
                kind[r, c] = -2 if wet == 0 else -1
                continue
            kind[r, c] = mixed
            number[mixed] = label_square(water, r * size, c * size, size, label)
            for k in range(size):
                bit = one << np.uint64(k)
                ends = (k * size + size - 1, (size - 1) * size + k, k * size, k)
                for side in range(4):
                    body = label[ends[side]]
                    if body > 0:
                        edges[mixed, body - 1, side] |= bit
            mixed += 1
    return number[:mixed].copy(), edges[:mixed].copy()


@compiled
def _sheets(kind: NDArray[np.int32], number: NDArray[np.uint8], r: int, c: int) -> int:
    if r < 0 or r >= kind.shape[0] or c < 0 or c >= kind.shape[1]:
        return 0
    at = kind[r, c]
    if at < 0:
        return int(at) + 2
    return int(number[at])


@compiled
def _edge(
    kind: NDArray[np.int32],
    edges: NDArray[np.uint64],
    full: np.uint64,
    r: int,
    c: int,
    k: int,
    side: int,
) -> np.uint64:
    at = kind[r, c]
    return edges[at, k, side] if at >= 0 else full


@compiled
def _glue(
    kind: NDArray[np.int32],
    number: NDArray[np.uint8],
    edges: NDArray[np.uint64],
    full: np.uint64,
    r: int,
    c: int,
    k: int,
    side: int,
    rr: int,
    cc: int,
) -> int:
    """Bits of the sheets of the square beyond a side that touch sheet k there."""
    mine, met = _edge(kind, edges, full, r, c, k, side), 0
    one = np.uint64(1)
    for j in range(_sheets(kind, number, rr, cc)):
        other = _edge(kind, edges, full, rr, cc, j, (side + 2) % 4)
        if mine & (other | (other << one) | (other >> one)):
            met |= 1 << j
    return met


@compiled
def _corner_water(
    kind: NDArray[np.int32],
    edges: NDArray[np.uint64],
    full: np.uint64,
    size: int,
    r: int,
    c: int,
    k: int,
    corner: int,
) -> bool:
    """Sheet k has water in the sample at a corner of its square."""
    side = 2 if corner in (0, 3) else 0
    bit = np.uint64(0 if corner < 2 else size - 1)
    return bool((_edge(kind, edges, full, r, c, k, side) >> bit) & np.uint64(1))


@compiled
def classes(  # noqa: C901, PLR0912, PLR0915 - one kernel over corners
    kind: NDArray[np.int32],
    number: NDArray[np.uint8],
    edges: NDArray[np.uint64],
    size: int,
    shape: tuple[int, int],
    wrap: bool,  # noqa: FBT001 - numba kernels take positional arguments
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Which sheets meet at each corner of squares.

    Returns the number of separate meetings per corner, and the meeting to which the first sheet
    of each square, and each sheet of each mixed square, belongs at its four corners.
    """
    rows, cols = kind.shape
    full = (np.uint64(1) << np.uint64(size)) - np.uint64(1)
    count = np.zeros(shape, np.uint8)
    first = np.zeros((rows, cols, 4), np.uint8)
    every = np.zeros((number.shape[0], 8, 4), np.uint8)
    root = np.empty(32, np.int64)
    name = np.empty(32, np.int64)
    sr, sc = np.empty(4, np.int64), np.empty(4, np.int64)
    n = np.empty(4, np.int64)
    for r in range(shape[0]):
        for c in range(shape[1]):
            plain = True
            for q in range(4):
                sr[q] = r - (1 if q >= 2 else 0)
                sc[q] = c - (1 if q in (1, 2) else 0)
                if wrap:
                    sc[q] %= cols
                n[q] = _sheets(kind, number, sr[q], sc[q])
                plain = plain and n[q] == 1 and kind[sr[q], sc[q]] == -1
            if plain:
                count[r, c] = 1
                continue
            for at in range(32):
                root[at] = at
                name[at] = -1
            for q in range(4):
                o = (q + 1) % 4
                side = (2, 3, 0, 1)[q]
                for k in range(n[q]):
                    met = 0
                    if n[o] > 0:
                        met = _glue(kind, number, edges, full, sr[q], sc[q], k, side, sr[o], sc[o])
                    x = (q + 2) % 4
                    across = q < 2 and _corner_water(kind, edges, full, size, sr[q], sc[q], k, q)
                    for to, bits in ((o, met), (x, (1 << n[x]) - 1 if across else 0)):
                        for j in range(n[to]):
                            if (bits >> j) & 1 == 0:
                                continue
                            if to == x and not _corner_water(
                                kind, edges, full, size, sr[x], sc[x], j, x
                            ):
                                continue
                            a, b = q * 8 + k, to * 8 + j
                            while root[a] != a:
                                a = root[a]
                            while root[b] != b:
                                b = root[b]
                            root[max(a, b)] = min(a, b)
            total = 0
            for q in range(4):
                for k in range(n[q]):
                    a = q * 8 + k
                    while root[a] != a:
                        a = root[a]
                    if name[a] < 0:
                        name[a] = total
                        total += 1
                    if k == 0:
                        first[sr[q], sc[q], q] = name[a]
                    if kind[sr[q], sc[q]] >= 0:
                        every[kind[sr[q], sc[q]], k, q] = name[a]
            count[r, c] = total
    return count, first, every


@compiled
def _grown(old: NDArray[np.int64]) -> NDArray[np.int64]:
    new = np.empty(2 * old.shape[0], np.int64)
    new[: old.shape[0]] = old
    return new


@compiled
def moves_of(  # noqa: C901, PLR0912, PLR0915 - one kernel; calls cost in the inner loop
    kind: NDArray[np.int32],
    number: NDArray[np.uint8],
    edges: NDArray[np.uint64],
    size: int,
    count: NDArray[np.uint8],
    first: NDArray[np.uint8],
    every: NDArray[np.uint8],
    extra: NDArray[np.int64],
    strips: NDArray[np.int64],
    moves: NDArray[np.int64],
    wrap: bool,  # noqa: FBT001 - numba kernels take positional arguments
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Moves between the first meetings of corners as bits, and all others one by one."""
    rows, cols = kind.shape
    vr, vc = count.shape
    full = (np.uint64(1) << np.uint64(size)) - np.uint64(1)
    every_move = ~np.uint64(0)
    bits = np.zeros((vr, vc), np.uint64)
    glue = np.zeros((number.shape[0], 8, 4), np.uint8)
    east, north = (1, 0, -1, 0), (0, 1, 0, -1)
    for r in range(rows):
        for c in range(cols):
            at = kind[r, c]
            if at < 0:
                continue
            for side in range(4):
                rr, cc = r + north[side], c + east[side]
                if wrap:
                    cc %= cols
                for k in range(number[at]):
                    glue[at, k, side] = _glue(kind, number, edges, full, r, c, k, side, rr, cc)
    # Where this square and the 13 west of it are full: every corner within six cells of the
    # middle of 14 by 14 full squares has one meeting only.
    clear = np.zeros((rows, cols), np.uint8)
    for r in range(rows):
        run = 0
        for c in range(-14 if wrap else 0, cols):
            run = min(run + 1, 14) if kind[r, c] == -1 else 0
            if c >= 0:
                clear[r, c] = 1 if run == 14 else 0
    froms, tos, which = np.empty(1024, np.int64), np.empty(1024, np.int64), np.empty(1024, np.int64)
    used = 0
    for r in range(vr):
        for c in range(vc):
            if count[r, c] == 0:
                continue
            end = c + 6
            if wrap:
                end %= cols
            if r >= 7 and r + 7 <= rows and 0 <= end < cols:
                clean = True
                for rr in range(r - 7, r + 7):
                    if clear[rr, end] == 0:
                        clean = False
                        break
                if clean:
                    bits[r, c] = every_move
                    continue
            for s in range(strips.shape[0]):
                m = strips[s, 0]
                tr, tc = r + moves[m, 1], c + moves[m, 0]
                if wrap:
                    tc %= cols
                if tr < 0 or tr >= vr or tc < 0 or tc >= vc or count[tr, tc] == 0:
                    continue
                qr, qc = r + strips[s, 4], c + strips[s, 3]
                if wrap:
                    qc %= cols
                here_n = _sheets(kind, number, qr, qc)
                # The start's corner of the first square.
                corner = 0
                if strips[s, 3] == -1:
                    corner = 2 if strips[s, 4] == -1 else 1
                elif strips[s, 4] == -1:
                    corner = 3
                done = 0
                for k in range(here_n):
                    a = (
                        every[kind[qr, qc], k, corner]
                        if kind[qr, qc] >= 0
                        else first[qr, qc, corner]
                    )
                    if (done >> a) & 1:
                        continue
                    done |= 1 << a
                    mask = 0
                    for j in range(here_n):
                        b = (
                            every[kind[qr, qc], j, corner]
                            if kind[qr, qc] >= 0
                            else first[qr, qc, corner]
                        )
                        if a == b:
                            mask |= 1 << j
                    pr, pc = qr, qc
                    for step in range(1, strips[s, 1]):
                        side = strips[s, 3 * step + 2]
                        nr, nc = r + strips[s, 3 * step + 4], c + strips[s, 3 * step + 3]
                        if wrap:
                            nc %= cols
                        here, mask = mask, 0
                        at = kind[pr, pc]
                        if at >= 0:
                            for j in range(number[at]):
                                if (here >> j) & 1:
                                    mask |= int(glue[at, j, side])
                        elif nr >= 0 and nr < rows and nc >= 0 and nc < cols:
                            nat = kind[nr, nc]
                            if nat == -1:
                                mask = 1
                            elif nat >= 0:
                                for j in range(number[nat]):
                                    if edges[nat, j, (side + 2) % 4] != 0:
                                        mask |= 1 << j
                        pr, pc = nr, nc
                        if mask == 0:
                            break
                    seen = 0
                    if mask == 0:
                        continue
                    for j in range(_sheets(kind, number, pr, pc)):
                        if (mask >> j) & 1 == 0:
                            continue
                        t = (
                            every[kind[pr, pc], j, strips[s, 2]]
                            if kind[pr, pc] >= 0
                            else first[pr, pc, strips[s, 2]]
                        )
                        if (seen >> t) & 1:
                            continue
                        seen |= 1 << t
                        if a == 0 and t == 0:
                            bits[r, c] |= np.uint64(1) << np.uint64(m)
                            continue
                        if used == froms.shape[0]:
                            froms, tos, which = _grown(froms), _grown(tos), _grown(which)
                        froms[used] = r * vc + c if a == 0 else extra[r, c] + a
                        tos[used] = tr * vc + tc if t == 0 else extra[tr, tc] + t
                        which[used] = r * 64 + m
                        used += 1
    return bits, froms[:used].copy(), tos[:used].copy(), which[:used].copy()
