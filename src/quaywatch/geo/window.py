"""Which tiles a question needs, and land as a picture of them."""

from math import asin, cos, degrees, floor, pi, radians, sin

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.frame import Frame
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.geo.search import LEAST_RADIUS_NM
from quaywatch.geo.tiles import TILE, TILE_DEG, TILES_X, TILES_Y, TileStore

_CELL_SIZES = (10, 20, 40)
"""Coarse cells in samples: 0.05 degrees, or 0.1 and 0.2 where the region is very large."""
_MOST_CELLS = 3_000_000
_MARGIN_DEG = 1.0


def needed_box(a: Position, b: Position, budget: float) -> tuple[float, float, float, float]:
    """West, south, width, north (degrees) of a box that holds {x: d(a,x) + d(x,b) <= budget}.

    Such an x is within (budget + d(a,b)) / 2 of both, so the boxes of both circles are crossed.
    """
    reach = (budget + great_circle_nm(a, b)) / 2.0 / LEAST_RADIUS_NM
    south = max(-90.0, max(a.lat, b.lat) - degrees(reach) - _MARGIN_DEG)
    north = min(90.0, min(a.lat, b.lat) + degrees(reach) + _MARGIN_DEG)
    apart = (b.lon - a.lon + 180.0) % 360.0 - 180.0
    spans = []
    for p in (a, b):
        if reach >= pi / 2 - radians(abs(p.lat)):
            return (-180.0, south, 360.0, north)
        spans.append(degrees(asin(sin(reach) / cos(radians(p.lat)))) + _MARGIN_DEG)
    west = max(-spans[0], apart - spans[1])
    east = min(spans[0], apart + spans[1])
    if max(spans) >= 180.0 - abs(apart) / 2.0:
        return (-180.0, south, 360.0, north)
    return (a.lon + west, south, east - west, north)


def frame_of(needed: tuple[float, float, float, float]) -> Frame:
    """Whole tiles that cover the box, in the finest cells that are not too many."""
    west, south, width, north = needed
    tx0 = floor((west + 180.0) / TILE_DEG)
    tx1 = floor((west + width + 180.0) / TILE_DEG)
    ty0, ty1 = floor((south + 90.0) / TILE_DEG), floor((north + 90.0 - 1e-9) / TILE_DEG)
    ntx, nty = tx1 - tx0 + 1, ty1 - ty0 + 1
    if ntx >= TILES_X:
        tx0, ntx = 0, TILES_X
    for size in _CELL_SIZES:
        rows, cols = nty * TILE // size, ntx * TILE // size
        if rows * cols <= _MOST_CELLS:
            break
    return Frame(ty0 * TILE, (tx0 % TILES_X) * TILE, rows, cols, size)


def holds(frame: Frame, needed: tuple[float, float, float, float]) -> bool:
    """The frame holds the whole box."""
    west, south, width, north = needed
    if south < frame.row / 200.0 - 90.0 or north > (frame.row + frame.rows * frame.size) / 200 - 90:
        return False
    if frame.wrap:
        return True
    left = (west + 180.0 - frame.col / 200.0) % 360.0
    return left + width <= frame.cols * frame.size / 200.0


def tiles_of(frame: Frame) -> list[tuple[int, int]]:
    """The tiles that a frame is made of, columns not folded."""
    return [
        (frame.col // TILE + x, frame.row // TILE + y)
        for y in range(frame.rows * frame.size // TILE)
        for x in range(frame.cols * frame.size // TILE)
    ]


def land_grid(
    store: TileStore, *, west: float, south: float, east: float, north: float, step_deg: float
) -> NDArray[np.bool_]:
    """Land as a raster for drawing: row 0 is the north, column 0 the west; True where land.

    Each pixel takes the sample (0.005 degrees) at its centre. ``east`` below ``west`` means that
    the box crosses the antimeridian.
    """
    width = (east - west) % 360.0 or 360.0
    rows, cols = max(1, round((north - south) / step_deg)), max(1, round(width / step_deg))
    lat = north - (np.arange(rows) + 0.5) * (north - south) / rows
    lon = west + (np.arange(cols) + 0.5) * width / cols
    row = np.clip(np.floor((lat + 90.0) * 200.0).astype(int), 0, TILE * TILES_Y - 1)
    col = np.floor((lon + 180.0) * 200.0).astype(int)
    out = np.zeros((rows, cols), np.bool_)
    for ty in np.unique(row // TILE):
        for tx in np.unique(col // TILE):
            r, c = np.flatnonzero(row // TILE == ty), np.flatnonzero(col // TILE == tx)
            tile = store.land(int(tx), int(ty))
            out[np.ix_(r, c)] = tile[np.ix_(row[r] % TILE, col[c] % TILE)]
    return out
