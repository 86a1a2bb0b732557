"""The graph of sheets of one rectangle: what the lower bound is sought on."""

from collections.abc import Sequence
from functools import lru_cache
from math import cos, pi, radians, tan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.frame import SAMPLES_TALL, Frame, sample_of
from quaywatch.geo.geodesic import great_circle_nm, great_circle_nm_many
from quaywatch.geo.jit import compiled
from quaywatch.geo.moves import MORE_MOVES
from quaywatch.geo.passages import Passage
from quaywatch.geo.position import Position
from quaywatch.geo.search import (
    LEAST_RADIUS_NM,
    NO_CELLS,
    NO_LIMITS,
    NO_MARKS,
    costs_from,
    edges_of,
    search,
)
from quaywatch.geo.sheets import MOST, STRIPS, classes, label_square, moves_of, survey
from quaywatch.geo.tiles import SAMPLES_PER_DEG, TILE, TileStore

LANDMARKS = 6
_MOST_MARKED = 2_100_000
_SIZE, _WIDER = 8, 10
_MOST_FINE = 1_300_000
_MOUTH_NM = 10.0
_FINE_NM = 0.9
"""Diagonal of the cells of 0.01 degrees to which a snap is measured."""
_MARGIN = 1.001
"""For what cells change in width along a move."""


def _eroded(store: TileStore, row: int, col: int, rows: int, cols: int) -> NDArray[np.bool_]:
    """Water, and every sample beside it (diagonals too), from sample (row, col)."""
    low, high = max(0, row - 1), min(SAMPLES_TALL, row + rows + 1)
    water = store.window(low, col - 1, high - low, cols + 2) == 0
    wide = water[:, 1:-1] | water[:, :-2] | water[:, 2:]
    out = wide.copy()
    out[1:] |= wide[:-1]
    out[:-1] |= wide[1:]
    return np.ascontiguousarray(out[row - low : row - low + rows])


def _lengths_nm(lat: NDArray[np.floating[Any]], step: float) -> NDArray[np.float64]:
    end = np.clip(lat[:, None] + MORE_MOVES[None, :, 1] * step, -90.0, 90.0)
    return great_circle_nm_many(0.0, lat[:, None], MORE_MOVES[None, :, 0] * step, end)


@lru_cache(maxsize=64)
def _costs_nm(row: int, corner_rows: int, size: int) -> tuple[NDArray[np.float64], float]:
    """Cost of each move from each row of corners: its length, less what a grid path adds.

    A straight line between two neighbouring directions that lie an angle g apart is longer by
    1/cos(g/2) at most when it follows them, so each direction is shortened by the wider of the
    angles beside it. A geodesic turns in longitude and latitude by tan(lat)/R; following it from
    corner to corner costs half a diagonal times that turn. The largest factor is the second answer.
    """
    step = size / SAMPLES_PER_DEG
    lat = -90.0 + row / SAMPLES_PER_DEG + np.arange(corner_rows) * step
    lengths = _lengths_nm(lat, step)
    factor = np.empty((corner_rows, len(MORE_MOVES)))
    for r, degrees in enumerate(lat):
        squeeze = max(cos(radians(float(degrees))), 1e-6)
        angles = np.arctan2(MORE_MOVES[:, 1], MORE_MOVES[:, 0] * squeeze)
        order = np.argsort(angles)
        gaps = np.diff(np.append(angles[order], angles[order[0]] + 2 * pi))
        wider = np.maximum(gaps, np.roll(gaps, 1))
        turn = radians(step) * min(tan(radians(min(abs(float(degrees)), 89.9))), 10.0 / step)
        factor[r, order] = (_MARGIN + 0.75 * turn) / np.cos(wider / 2.0)
    # The larger factor of a move's two ends, so that it costs the same both ways.
    other = np.clip(np.arange(corner_rows)[:, None] + MORE_MOVES[None, :, 1], 0, corner_rows - 1)
    factor = np.maximum(factor, np.take_along_axis(factor, other, axis=0))
    return lengths / factor, float(factor.max())


def surface_frame(frame: Frame) -> Frame:
    """The same rectangle in squares of 0.04 degrees, where they are not too many."""
    size = frame.size
    if size == _WIDER and frame.rows * frame.cols <= _MOST_FINE:
        size = _SIZE
    per = frame.size
    return Frame(frame.row, frame.col, frame.rows * per // size, frame.cols * per // size, size)


@compiled
def _components(  # noqa: C901 - one kernel; calls cost in the inner loop
    bits: NDArray[np.uint64],
    moves: NDArray[np.int64],
    wrap: bool,  # noqa: FBT001 - numba kernels take positional arguments
    begin: NDArray[np.int32],
    lead: NDArray[np.int32],
    nodes: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Label of the connected part of each node, from 0, and how many nodes it has."""
    rows, cols = bits.shape
    label = np.full(nodes, np.int32(-1), np.int32)
    sizes = np.zeros(nodes, np.int64)
    stack = np.empty(nodes, np.int64)
    current = -1
    for start in range(nodes):
        if label[start] >= 0:
            continue
        current += 1
        label[start] = current
        stack[0], top = start, 1
        while top > 0:
            top -= 1
            here = stack[top]
            sizes[current] += 1
            if here < rows * cols:
                row, col = here // cols, here % cols
                for m in range(4):
                    if (bits[row, col] >> np.uint64(m)) & np.uint64(1) == 0:
                        continue
                    c = col + moves[m, 0]
                    if wrap:
                        c %= cols
                    there = (row + moves[m, 1]) * cols + c
                    if label[there] < 0:
                        label[there] = current
                        stack[top] = there
                        top += 1
            if begin.shape[0] > 0:
                for k in range(begin[here], begin[here + 1]):
                    there = np.int64(lead[k])
                    if label[there] < 0:
                        label[there] = current
                        stack[top] = there
                        top += 1
    return label, sizes[: current + 1].copy()


class Surface:
    """Nodes and edges over a frame.

    Node r * columns + c is the first meeting of sheets at the
    corner (r, c) of squares; further meetings there have numbers beyond those.
    """

    def __init__(
        self,
        store: TileStore,
        frame: Frame,
        kind: NDArray[np.int32],
        number: NDArray[np.uint8],
        edges: NDArray[np.uint64],
        passages: Sequence[Passage],
    ) -> None:
        self.frame, self._store, self._kind = frame, store, kind
        self._number = number
        self.shape = (frame.rows + 1, frame.cols if frame.wrap else frame.cols + 1)
        self.lat = (frame.row + np.arange(self.shape[0]) * frame.size) / SAMPLES_PER_DEG - 90.0
        self.lon = (frame.col + np.arange(self.shape[1]) * frame.size) / SAMPLES_PER_DEG - 180.0
        count, self._first, self._every = classes(
            kind, number, edges, frame.size, self.shape, frame.wrap
        )
        further = np.maximum(count.astype(np.int64).ravel() - 1, 0)
        plain = count.size
        self.home = np.repeat(np.arange(plain), further).astype(np.int32)
        self._extra = (plain + np.cumsum(further) - further - 1).reshape(count.shape)
        self.count = count
        self.bits, froms, tos, which = moves_of(
            kind, number, edges, frame.size, count, self._first, self._every, self._extra,
            STRIPS, MORE_MOVES, frame.wrap,
        )  # fmt: skip
        self.lengths, self._stretch = _costs_nm(frame.row, self.shape[0], frame.size)
        self.nodes = plain + len(self.home)
        nm = self.lengths[which // 64, which % 64]
        more = edges_of(self.nodes, froms, tos, nm)
        self.label, sizes = _components(
            self.bits, MORE_MOVES, frame.wrap, more[0], more[1], self.nodes
        )
        hops = self._hops(passages, sizes)
        self.hopped = bool(hops)
        one, other = [hop[0] for hop in hops], [hop[1] for hop in hops]
        self.more = edges_of(
            self.nodes,
            np.concatenate((froms, np.array(one + other, np.int64))),
            np.concatenate((tos, np.array(other + one, np.int64))),
            np.concatenate((nm, np.array([hop[2] for hop in hops] * 2, np.float64))),
        )
        self.label, _ = _components(
            self.bits, MORE_MOVES, frame.wrap, self.more[0], self.more[1], self.nodes
        )
        self.marks = NO_MARKS

    @classmethod
    def of_tiles(cls, store: TileStore, frame: Frame, passages: Sequence[Passage]) -> "Surface":
        """A surface whose frame is made of whole tiles."""
        cells = TILE // frame.size
        kind = np.full((frame.rows, frame.cols), -1, np.int32)
        numbers, edges, mixed = [], [], 0
        for y in range(frame.rows // cells):
            for x in range(frame.cols // cells):
                tx, ty = frame.col // TILE + x, frame.row // TILE + y
                if store.packed(tx, ty) is False:
                    continue
                part = np.empty((cells, cells), np.int32)
                water = _eroded(store, ty * TILE, tx * TILE, TILE, TILE)
                number, edge = survey(water, frame.size, part)
                part[part >= 0] += mixed
                kind[y * cells : (y + 1) * cells, x * cells : (x + 1) * cells] = part
                mixed += len(number)
                numbers.append(number)
                edges.append(edge)
        return cls(
            store, frame, kind,
            np.concatenate([np.empty(0, np.uint8), *numbers]),
            np.concatenate([np.empty((0, MOST, 4), np.uint64), *edges]),
            passages,
        )  # fmt: skip

    @classmethod
    def of_window(cls, store: TileStore, frame: Frame, passages: Sequence[Passage]) -> "Surface":
        """A small surface anywhere between the poles."""
        kind = np.empty((frame.rows, frame.cols), np.int32)
        tall, wide = frame.rows * frame.size, frame.cols * frame.size
        water = _eroded(store, frame.row, frame.col, tall, wide)
        number, edges = survey(water, frame.size, kind)
        return cls(store, frame, kind, number, edges, passages)

    def _where(self, node: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        plain = self.count.size
        at = node.copy()
        beyond = node >= plain
        at[beyond] = self.home[node[beyond] - plain]
        r, c = np.divmod(at, self.shape[1])
        return self.lon[c], self.lat[r]

    def _gaps_nm(self, nodes: NDArray[np.int64], p: Position) -> NDArray[np.float64]:
        return great_circle_nm_many(*self._where(nodes), p.lon, p.lat)

    def _near(self, p: Position, reach_nm: float) -> NDArray[np.int64]:
        """Nodes no farther from ``p`` than that."""
        home = self.frame.cell(p)
        if home is None:
            return NO_CELLS
        step = self.frame.size / SAMPLES_PER_DEG * 59.5
        tall = int(reach_nm / step) + 2
        wide = int(reach_nm / (step * max(cos(radians(min(89.0, abs(p.lat)))), 0.01))) + 2
        r = np.arange(max(0, home[0] - tall), min(self.shape[0], home[0] + tall + 2))
        c = np.unique(np.arange(home[1] - wide, home[1] + wide + 2) % self.shape[1])
        plain = (r[:, None] * self.shape[1] + c[None, :]).ravel()
        plain = plain[self.count.ravel()[plain] > 0]
        more = np.flatnonzero(np.isin(self.home, plain)) + self.count.size
        nodes = np.concatenate((plain, more)).astype(np.int64)
        return nodes[self._gaps_nm(nodes, p) <= reach_nm]

    def _hops(
        self, passages: Sequence[Passage], sizes: NDArray[np.int64]
    ) -> list[tuple[int, int, float]]:
        """Passages as edges: no longer than the geodesic between their entrances."""
        hops = []
        for passage in passages:
            one, other = (self._mouths(p, sizes) for p in (passage.a, passage.b))
            whole = great_circle_nm(passage.a, passage.b)
            hops += [(i, j, max(0.0, whole - x - y)) for i, x in one for j, y in other if i != j]
        return hops

    def _mouths(self, p: Position, sizes: NDArray[np.int64]) -> list[tuple[int, float]]:
        """Nodes next to a passage's end in the largest water there, and how near they are.

        More than one: a neck of land may part two of them, and the passage may begin at either.
        """
        reach = max(4.0 * self.frame.size / SAMPLES_PER_DEG * 60.0, _MOUTH_NM)
        nodes = self._near(p, reach)
        if not nodes.size:
            return []
        size = sizes[self.label[nodes]]
        nodes = nodes[size == size.max()]
        gaps = self._gaps_nm(nodes, p)
        close = gaps <= gaps.min() + 2.0 * self.frame.half_diagonal_nm()
        return [(int(n), float(gap)) for n, gap in zip(nodes[close], gaps[close], strict=True)]

    def _own(self, p: Position) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
        """The nearest corner of the sheet on which ``p`` lies, and its cost; None on land."""
        home = self.frame.cell(p)
        if home is None:
            return None
        r, c = home
        size, sheet = self.frame.size, 0
        at = int(self._kind[home])
        if at == -2:
            return None
        if at >= 0:
            row, col = self.frame.row + r * size, self.frame.col + c * size
            label = np.zeros(size * size, np.int64)
            label_square(_eroded(self._store, row, col, size, size), 0, 0, size, label)
            pr, pc = sample_of(p)
            # Columns wrap round Earth.
            body = int(label[(pr - row) * size + (pc - col) % (360 * SAMPLES_PER_DEG)])
            if body == 0:
                return None
            sheet = body - 1
        nodes = np.empty(4, np.int64)
        for corner, (x, y) in enumerate(((0, 0), (1, 0), (1, 1), (0, 1))):
            vr, vc = r + y, (c + x) % self.shape[1]
            name = (
                int(self._every[at, sheet, corner]) if at >= 0 else int(self._first[r, c, corner])
            )
            nodes[corner] = vr * self.shape[1] + vc if name == 0 else self._extra[vr, vc] + name
        gaps = self._gaps_nm(nodes, p)
        best = int(np.argmin(gaps))
        return nodes[best : best + 1], -gaps[best : best + 1]

    def starts(
        self, p: Position, gap_nm: float, *, own: bool = True
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Nodes where a path from ``p`` may start, and what to add: no more than d(p, node).

        For a position in water, or within a sample of it: by the triangle inequality the nearest
        corner of its sheet, less the way there. One on land may have lain in any water near it:
        then every node within twice the way to that water, less half a diagonal to a corner.
        """
        if own and (found := self._own(p)) is not None:
            return found
        half = self.frame.half_diagonal_nm()
        nodes = self._near(p, 2.0 * gap_nm + _FINE_NM + half)
        return nodes, np.full(nodes.size, -half)

    def bound_nm(self, a: Position, b: Position, gap_a_nm: float, gap_b_nm: float) -> float:
        """Lower bound of the length of every water path inside the frame; inf if none is seen."""
        for own in (True, False):
            first = self.starts(a, gap_a_nm, own=own)
            last = self.starts(b, gap_b_nm, own=own)
            nm = self._search(first, last, b)
            if nm < np.inf:
                break
        return nm

    def _search(
        self,
        first: tuple[NDArray[np.int64], NDArray[np.float64]],
        last: tuple[NDArray[np.int64], NDArray[np.float64]],
        b: Position,
    ) -> float:
        if not first[0].size or not last[0].size:
            return float("inf")
        if not np.isin(self.label[first[0]], self.label[last[0]]).any():
            return float("inf")
        marks, least, most = self._limits(last)
        # A passage may cost less than the geodesic between its nodes; the geodesic is then no
        # consistent guess, while the landmarks' costs know the passages.
        stretch = 0.0 if self.hopped else 1.0 / self._stretch
        # Goals cost less than nothing; the search wants them positive.
        shift_a, shift_b = float(-first[1].min()), float(-last[1].min())
        nm, _, _, _ = search(
            self.bits, MORE_MOVES, self.lengths, self.frame.wrap,
            first[0], first[1] + shift_a, last[0], last[1] + shift_b,
            self.more, self.home, np.radians(self.lat), np.radians(self.lon),
            (radians(b.lon), radians(b.lat)),
            LEAST_RADIUS_NM * stretch, float(self._gaps_nm(last[0], b).max()) + 0.01,
            marks, least + shift_b, most - shift_b,
        )  # fmt: skip
        return float(nm) - shift_a - shift_b

    def _limits(
        self, last: tuple[NDArray[np.int64], NDArray[np.float64]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
        """The landmarks, and how near to and far from each the goals are."""
        if not self.marks.size:
            return NO_MARKS, NO_LIMITS, NO_LIMITS
        far, nm = self.marks[last[0]].astype(np.float64), last[1][:, None]
        # Landmark costs are held in single precision: 0.01 nm makes up for the rounding.
        least = (far + nm).min(axis=0) - 0.01
        most = np.where(np.isfinite(far), far - nm, -np.inf).max(axis=0) + 0.01
        known = np.isfinite(least) & np.isfinite(most)
        marks = self.marks if known.all() else np.ascontiguousarray(self.marks[:, known])
        return marks, least[known], most[known]

    def mark(self) -> None:
        """Add landmarks (Goldberg & Harrelson 2005): later searches look at far fewer nodes."""
        if self.nodes > _MOST_MARKED:
            return
        sizes = np.bincount(self.label)
        inside = self.label == int(np.argmax(sizes))
        at = int(np.flatnonzero(inside)[0])
        nearest = np.full(self.nodes, np.inf)
        marks = np.empty((self.nodes, LANDMARKS), np.float32)
        for k in range(-1, LANDMARKS):
            cost, _ = costs_from(
                self.bits, self.lengths, np.array([at]), np.zeros(1),
                wrap=self.frame.wrap, more=self.more, home=self.home, moves=MORE_MOVES,
            )  # fmt: skip
            if k >= 0:
                marks[:, k] = cost
                nearest = np.minimum(nearest, cost)
            reach = nearest if k >= 0 else cost
            at = int(np.argmax(np.where(inside & np.isfinite(reach), reach, -1.0)))
        self.marks = marks
