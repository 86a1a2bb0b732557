"""The last 30 km: from a position to the open grid over cells of 0.01 degrees."""

from dataclasses import dataclass
from math import cos, radians
from typing import cast

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.frame import SAMPLES_ROUND, SAMPLES_TALL, Frame, sample_of
from quaywatch.geo.geodesic import great_circle_nm_many
from quaywatch.geo.position import Position
from quaywatch.geo.region import Layer, Region, Seas
from quaywatch.geo.search import NO_CELLS, costs_from, trace
from quaywatch.geo.tiles import SAMPLES_PER_DEG

FINE = 2
"""Samples in a fine cell: 0.01 degrees."""
FRAME_CELLS = 3
"""Coarse cells of overlap between the fine window and the coarse grid."""
_KM_PER_DEG = 110.5
_WIDEST_DEG = 10.0
_ENCLOSED_KM2 = 25.0


@dataclass(frozen=True, slots=True)
class Approach:
    """Costs from one position over its fine window, and the coarse cells where it joins the grid.

    ``reason`` is set, and the arrays empty, if the position has no way out.
    """

    reason: str | None
    snap_nm: float | None
    fine: Region
    cost: NDArray[np.float64]
    parent: NDArray[np.int32]
    coarse: NDArray[np.int64]
    """Numbers of coarse cells reached in the outer frame of the window."""
    coarse_nm: NDArray[np.float64]
    door: NDArray[np.int64]
    """The fine cell through which each was reached."""

    def points(self, end: int) -> list[tuple[float, float]]:
        """Longitude and latitude of the fine path from the position to a fine cell."""
        return [self.fine.rep(cell) for cell in trace(self.parent, end)]


def fine_frame(p: Position, radius_km: float, coarse: int) -> Frame:
    """Fine cells around ``p``, aligned to coarse cells of ``coarse`` samples."""
    overlap = FRAME_CELLS + 1
    row, col = sample_of(p)
    tall = int(radius_km / _KM_PER_DEG * SAMPLES_PER_DEG) // coarse + overlap
    squeeze = max(cos(radians(min(89.0, abs(p.lat)))), 0.01)
    wide_deg = min(radius_km / _KM_PER_DEG / squeeze, _WIDEST_DEG)
    wide = int(wide_deg * SAMPLES_PER_DEG) // coarse + overlap
    low = max(0, (row // coarse - tall) * coarse)
    high = min(SAMPLES_TALL, (row // coarse + tall + 1) * coarse)
    left = (col // coarse - wide) * coarse
    return Frame(low, left, (high - low) // FINE, (2 * wide + 1) * coarse // FINE, FINE)


def _doors(fine: Region, region: Region, seas: Seas) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (coarse cell, fine cell) where the two grids meet, in the window's outer frame.

    Sides that lie on a pole are not sides: nothing leaves there. The ends of a passage count too,
    wherever they lie, since a path may leave by one without crossing the frame.
    """
    big, small, layer = region.frame, fine.frame, region.layer
    per = big.size // FINE
    rows, cols = small.rows // per, small.cols // per
    coarse_out, fine_out = [], []
    gates = {cell for hop in seas.hops for cell in (hop.a, hop.b)}
    for r in range(rows):
        lower = r < FRAME_CELLS and small.row > 0
        upper = r >= rows - FRAME_CELLS and small.row + small.rows * FINE < SAMPLES_TALL
        br = (small.row - big.row) // big.size + r
        if not 0 <= br < big.rows:
            continue
        for c in range(cols):
            framed = lower or upper or c < FRAME_CELLS or c >= cols - FRAME_CELLS
            if not framed and not gates:
                continue
            bc = ((small.col - big.col) % SAMPLES_ROUND) // big.size + c
            if big.wrap:
                bc %= big.cols
            elif bc >= SAMPLES_ROUND // big.size:
                bc -= SAMPLES_ROUND // big.size
            if bc >= big.cols or not seas.navigable[layer.label[br, bc]]:
                continue
            coarse = br * big.cols + bc
            if not framed and coarse not in gates:
                continue
            for cell in _meeting(fine, region, coarse):
                coarse_out.append(coarse)
                fine_out.append(cell)
    return np.array(coarse_out, np.int64), np.array(fine_out, np.int64)


def _meeting(fine: Region, region: Region, coarse: int) -> list[int]:
    """The fine cell that counts as being at a coarse cell's centre: one at its body of water."""
    lon, lat = region.rep(coarse)
    cell = fine.frame.cell(Position(lon=(lon + 180.0) % 360.0 - 180.0, lat=lat))
    if cell is None or not fine.layer.state[cell]:
        return []
    return [cell[0] * fine.frame.cols + cell[1]]


def _gaps_nm(fine: Region, cells: NDArray[np.int64], p: Position) -> NDArray[np.float64]:
    r, c = np.divmod(cells, fine.frame.cols)
    return great_circle_nm_many(fine.frame.lon[c], fine.frame.lat[r], p.lon, p.lat)


def snap(
    fine: Region, layer: Layer, good: NDArray[np.bool_], p: Position, limit_nm: float
) -> tuple[int, float] | str:
    """The fine cell in which a path from ``p`` starts and how far away it is; or why there is none.

    ``good`` says by label which bodies of water lead out.
    """
    home = cast("tuple[int, int]", fine.frame.cell(p))
    label = layer.label[home]
    if good[label]:
        return home[0] * fine.frame.cols + home[1], 0.0
    cell_km2 = (fine.frame.size / SAMPLES_PER_DEG * _KM_PER_DEG) ** 2 * cos(radians(p.lat))
    if label and layer.sizes[label] * cell_km2 > _ENCLOSED_KM2:
        return "the water there is enclosed: no way over water leads out of it"
    cells = np.flatnonzero(good[layer.label])
    if cells.size:
        gaps = _gaps_nm(fine, cells, p)
        nearest = int(np.argmin(gaps))
        if gaps[nearest] <= limit_nm:
            return int(cells[nearest]), float(gaps[nearest])
    return f"no navigable water within {limit_nm * 1.852:.0f} km of it"


def starts(
    fine: Region,
    good: NDArray[np.bool_],
    p: Position,
    limit_nm: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64], float] | str:
    """Cells where a path from ``p`` may start, what they cost, and the snap; or why none."""
    layer = fine.layer
    found = snap(fine, layer, good, p, limit_nm)
    if isinstance(found, str):
        return found
    cell, gap = found
    cells = np.array([cell], np.int64)
    return cells, _gaps_nm(fine, cells, p), gap


def approach(
    fine: Region,
    region: Region,
    seas: Seas,
    p: Position,
    limit_nm: float,
) -> Approach:
    """Work out one end of a path: the snap, the fine costs, and where it joins the coarse grid."""
    layer = fine.layer
    coarse, door = _doors(fine, region, seas)
    good = np.zeros(len(layer.sizes), np.bool_)
    good[layer.label.flat[door]] = True
    good[0] = False
    begun = starts(fine, good, p, limit_nm)
    if isinstance(begun, str):
        empty = np.empty(0)
        return Approach(begun, None, fine, empty, np.empty(0, np.int32), NO_CELLS, empty, NO_CELLS)
    cells, costs, gap = begun
    cost, parent = costs_from(layer.moves_ok, layer.lengths, cells, costs, wrap=fine.frame.wrap)
    reached = np.isfinite(cost[door])
    coarse, door = coarse[reached], door[reached]
    nm = cost[door]
    big = region.frame
    r, c = np.divmod(coarse, big.cols)
    fr, fc = np.divmod(door, fine.frame.cols)
    nm = nm + great_circle_nm_many(big.lon[c], big.lat[r], fine.frame.lon[fc], fine.frame.lat[fr])
    coarse, nm, door = _least(coarse, nm, door)
    return Approach(None, gap, fine, cost, parent, coarse, nm, door)


def _least(
    coarse: NDArray[np.int64], nm: NDArray[np.float64], door: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """For each coarse cell the cheapest of its doors."""
    order = np.lexsort((nm, coarse))
    coarse, nm, door = coarse[order], nm[order], door[order]
    first = np.ones(len(coarse), np.bool_)
    first[1:] = coarse[1:] != coarse[:-1]
    return coarse[first], nm[first], door[first]
