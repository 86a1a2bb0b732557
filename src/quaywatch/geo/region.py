"""A rectangle of cells in which the estimate is sought, and what is sea in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.cells import (
    LAND,
    Survey,
    classify,
    usual_moves,
)
from quaywatch.geo.frame import SAMPLES_TALL, Frame
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.moves import move_lengths_nm
from quaywatch.geo.passages import Passage
from quaywatch.geo.position import Position
from quaywatch.geo.search import NO_MARKS, NO_MORE, More, components, costs_from, edges_of
from quaywatch.geo.tiles import SAMPLES_PER_DEG, TILE, TileStore

LANDMARKS = 6
_MOST_MARKED = 700_000
"""Cells beyond which landmarks cost more than the few questions asked of so large a region."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Which cells are water and which moves they allow."""

    state: NDArray[np.uint8]
    moves_ok: NDArray[np.uint64]
    label: NDArray[np.int32]
    """Connected body of water of each cell, 0 on land."""
    sizes: NDArray[np.int64]
    """Cells in each body, by label."""
    lengths: NDArray[np.float64]
    """Cost of each move by row, shape (rows, 48), nautical miles."""


class Region:
    """Cells of a frame with their layer, made when first asked for."""

    def __init__(self, frame: Frame, survey: Survey) -> None:
        self.frame, self._survey = frame, survey
        self.lat_rad = np.radians(frame.lat)
        self.lon_rad = np.radians(frame.lon)

    @classmethod
    def of_tiles(cls, store: TileStore, frame: Frame) -> "Region":
        """A region whose frame is made of whole tiles."""
        survey = Survey(frame.rows, frame.cols, frame.size)
        cells = TILE // frame.size
        for y in range(frame.rows // cells):
            for x in range(frame.cols // cells):
                tx, ty = frame.col // TILE + x, frame.row // TILE + y
                tile = store.packed(tx, ty)
                if tile is True:
                    continue
                part = (
                    Survey.all_water(cells, cells, frame.size)
                    if tile is False
                    else Survey.of(store.land(tx, ty), frame.size)
                )
                survey.put(y * cells, x * cells, part)
        return cls(frame, survey)

    @classmethod
    def of_window(cls, store: TileStore, frame: Frame) -> "Region":
        """A small region anywhere between the poles."""
        land = store.window(frame.row, frame.col, frame.rows * frame.size, frame.cols * frame.size)
        return cls(frame, Survey.of(land, frame.size))

    @cached_property
    def layer(self) -> Layer:
        """Water where at least half of the cell is, for the estimate."""
        frame = self.frame
        state, joins = classify(self._survey, wrap=frame.wrap, narrow=frame.size <= 2)
        moves_ok = usual_moves(state, joins, wrap=frame.wrap)
        lengths = move_lengths_nm(frame.row, frame.rows, frame.size, SAMPLES_PER_DEG)
        label, sizes = components(moves_ok, state, wrap=frame.wrap)
        return Layer(state, moves_ok, label, sizes, lengths)

    def rep(self, cell: int) -> tuple[float, float]:
        """Longitude (not folded) and latitude of a water sample near the middle of a cell."""
        frame = self.frame
        r, c = divmod(cell, frame.cols)
        rr, cc = divmod(int(self._survey.rep[r, c]), frame.size)
        lat = (frame.row + r * frame.size + rr + 0.5) / SAMPLES_PER_DEG - 90.0
        lon = (frame.col + c * frame.size + cc + 0.5) / SAMPLES_PER_DEG - 180.0
        return lon, lat

    def centre(self, cell: int) -> Position:
        """Centre of a cell."""
        r, c = divmod(cell, self.frame.cols)
        return Position(lon=_fold(float(self.frame.lon[c])), lat=float(self.frame.lat[r]))


def _fold(lon: float) -> float:
    return (lon + 180.0) % 360.0 - 180.0


@dataclass(frozen=True, slots=True)
class Hop:
    """A passage between two cells of a region."""

    passage: Passage
    a: int
    b: int
    nm: float


@dataclass(frozen=True, slots=True)
class Seas:
    """Bodies of water of a layer once passages join them, and which of them may lead further."""

    body: NDArray[np.int64]
    """Joined body of each label."""
    navigable: NDArray[np.bool_]
    """By label: reaches the edge of the region (or is the largest, if that is all of Earth)."""
    hops: tuple[Hop, ...]
    marks: NDArray[np.float32]
    """Cost of every cell from each landmark, shape (cells, landmarks), inf if none leads there;
    empty before ``with_landmarks``."""

    more: More = NO_MORE
    """The hops as edges, both ways."""


def _water_cell_near(layer: Layer, frame: Frame, p: Position) -> int | None:
    """The water cell nearest to a passage's end, within three cells, in the largest body there."""
    home = frame.cell(p)
    if home is None:
        return None
    best: tuple[int, float, int] | None = None
    for r in range(max(0, home[0] - 3), min(frame.rows, home[0] + 4)):
        for dc in range(-3, 4):
            c = (home[1] + dc) % frame.cols if frame.wrap else home[1] + dc
            if not 0 <= c < frame.cols or layer.state[r, c] == LAND:
                continue
            apart = (r - home[0]) ** 2 + (dc * np.cos(np.radians(p.lat))) ** 2
            key = (-int(layer.sizes[layer.label[r, c]]), float(apart), r * frame.cols + c)
            if best is None or key < best:
                best = key
    return None if best is None else best[2]


def find_seas(region: Region, passages: Sequence[Passage]) -> Seas:
    """Join bodies of water by passages and tell enclosed water from what leads further."""
    layer, frame = region.layer, region.frame
    touching = np.zeros(len(layer.sizes), np.bool_)
    whole = frame.wrap and frame.rows * frame.size >= SAMPLES_TALL
    if frame.row > 0:
        touching[layer.label[0]] = True
    if frame.row + frame.rows * frame.size < SAMPLES_TALL:
        touching[layer.label[-1]] = True
    if not frame.wrap:
        touching[layer.label[:, 0]] = True
        touching[layer.label[:, -1]] = True
    body = np.arange(len(layer.sizes))
    hops = []
    for passage in passages:
        if not passage.sea_going:
            continue
        ends = [_water_cell_near(layer, frame, p) for p in (passage.a, passage.b)]
        labels = [layer.label.flat[cell] for cell in ends if cell is not None]
        if len(labels) == 1:  # the passage leads out of the region
            touching[labels[0]] = True
        if ends[0] is None or ends[1] is None:
            continue
        body[body == body[labels[1]]] = body[labels[0]]
        cells = [region.centre(cell) for cell in ends if cell is not None]
        nm = max(passage.length_nm, great_circle_nm(*cells))
        hops.append(Hop(passage, ends[0], ends[1], nm))
    if whole:
        sizes = np.bincount(body, weights=layer.sizes)
        touching[:] = body == int(np.argmax(sizes))
    navigable = np.isin(body, body[touching])
    navigable[0] = False
    pairs = np.array([(hop.a, hop.b) for hop in hops], np.int64).reshape(-1, 2)
    hop_nm = np.array([hop.nm for hop in hops], np.float64)
    more = edges_of(layer.state.size, *_both_ways(pairs[:, 0], pairs[:, 1]), np.tile(hop_nm, 2))
    return Seas(body, navigable, tuple(hops), NO_MARKS, more)


def _both_ways(
    one: NDArray[np.int64], other: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.concatenate((one, other)), np.concatenate((other, one))


def with_landmarks(region: Region, seas: Seas) -> Seas:
    """The same seas, with landmarks where they pay: later searches look at far fewer cells."""
    return replace(seas, marks=_landmarks(region, seas))


def _landmarks(region: Region, seas: Seas) -> NDArray[np.float32]:
    """Costs from cells chosen far from one another in the largest navigable body.

    Source:
        Goldberg & Harrelson (2005), "Computing the shortest path: A* search meets graph theory".
    """
    layer = region.layer
    sizes = np.bincount(seas.body, weights=layer.sizes * seas.navigable)
    if not sizes.any() or layer.label.size > _MOST_MARKED:
        return NO_MARKS
    inside = (seas.body == int(np.argmax(sizes)))[layer.label].ravel() & (layer.label.ravel() > 0)
    at = int(np.flatnonzero(inside)[0])
    nearest = np.full(inside.size, np.inf)
    marks = np.empty((inside.size, LANDMARKS), np.float32)
    for k in range(-1, LANDMARKS):
        cost, _ = costs_from(
            layer.moves_ok, layer.lengths, np.array([at]), np.zeros(1),
            wrap=region.frame.wrap, more=seas.more,
        )  # fmt: skip
        if k >= 0:
            marks[:, k] = cost
            nearest = np.minimum(nearest, cost)
        reach = nearest if k >= 0 else cost
        at = int(np.argmax(np.where(inside & np.isfinite(reach), reach, -1.0)))
    return marks
