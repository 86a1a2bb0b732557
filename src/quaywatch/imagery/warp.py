"""One plane of one scene laid on the grid of another, a window at a time.

Places go by longitude and latitude, so that any two projections, rotations and pixel sizes meet;
within a site's window the map from one grid to the other is affine to a few hundredths of a pixel
or is refined on a lattice. Own bilinear sampling (scipy), not rasterio.warp: the map is needed
anyway for the shift, and a plane that already lies on the grid is cut out, not sampled.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.grid import Grid

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

LATTICE = 9
"""Places a side at which the map between two grids is worked out."""
STRAIGHT_PX = 0.05
"""A map that is affine to this many pixels is taken as affine."""
_WHOLE_PX = 1e-3


@dataclass(frozen=True)
class GridMap:
    """Where pixels of one grid lie on another."""

    linear: Floats
    """(2, 2): change of (x, y) there for one pixel along (x, y) here."""
    offset: Floats
    """(2,): x and y there of the corner (0, 0) here."""
    bent_px: float
    """Farthest that the affine map is off on the window, pixels there."""

    @staticmethod
    def between(here: Grid, there: Grid) -> "GridMap":
        """The least-squares affine map over the window of ``here``.

        Examples:
            >>> fine = Grid("EPSG:32652", (3.0, 0.0, 0.0, 0.0, -3.0, 4_000_000.0), 90, 90)
            >>> coarse = Grid("EPSG:32652", (6.0, 0.0, 30.0, 0.0, -6.0, 4_000_000.0), 40, 40)
            >>> found = GridMap.between(fine, coarse)
            >>> found.linear.round(6).tolist(), found.offset.round(6).tolist()
            ([[0.5, 0.0], [0.0, 0.5]], [-5.0, 0.0])

        """
        x, y = _lattice(here)
        tx, ty = there.pixel_of(*here.lonlat_of(x, y))
        design = np.column_stack([x, y, np.ones_like(x)])
        found, *_ = np.linalg.lstsq(design, np.column_stack([tx, ty]), rcond=None)
        bent = np.hypot(*(design @ found - np.column_stack([tx, ty])).T).max()
        return GridMap(found[:2].T, found[2], float(bent))


def _lattice(grid: Grid) -> tuple[Floats, Floats]:
    x = np.linspace(0.0, grid.width, LATTICE)
    y = np.linspace(0.0, grid.height, LATTICE)
    columns, rows = np.meshgrid(x, y)
    return columns.ravel(), rows.ravel()


def lay(
    plane: Plane, valid: Mask, there: Grid, here: Grid, *, moved_px: tuple[float, float] = (0, 0)
) -> tuple[Plane, Mask]:
    """A plane on ``there`` as seen from the grid ``here``.

    Args:
        plane: (y, x) on ``there``; values where not valid are ignored.
        valid: (y, x); a sample that needs a pixel that is not valid is not valid.
        there: the plane's grid.
        here: the grid wanted.
        moved_px: take each sample this many pixels of ``here`` along x and y further on, so that
            a plane whose content lies that far off comes to rest.

    Returns:
        Values (0 where not valid) and validity, each (y, x) of ``here``.

    """
    way = GridMap.between(here, there)
    offset = way.offset + way.linear @ np.asarray(moved_px, float)
    size = here.height, here.width
    first = offset + way.linear @ np.array([0.5, 0.5]) - 0.5
    whole = np.allclose(way.linear, np.eye(2), atol=_WHOLE_PX / max(size)) and way.bent_px < 0.02
    if whole and np.abs(first - np.round(first)).max() < 0.02:
        return _cut(plane, valid, int(np.round(first[0])), int(np.round(first[1])), size)
    filled = np.where(valid, plane, np.float32(0.0))
    weight = valid.astype(np.float32)
    if way.bent_px <= STRAIGHT_PX:
        # scipy counts from pixel centres, in (row, column).
        matrix = way.linear[::-1, ::-1]
        start = first[::-1]

        def sample(of: Plane) -> Plane:
            out: Plane = ndimage.affine_transform(
                of, matrix, start, output_shape=size, order=1, output=np.float32
            )
            return out
    else:
        places = _places(here, there, moved_px)

        def sample(of: Plane) -> Plane:
            out: Plane = ndimage.map_coordinates(of, places, order=1, output=np.float32)
            return out

    good: Mask = sample(weight) > 0.999
    return np.where(good, sample(filled), np.float32(0.0)), good


def _places(here: Grid, there: Grid, moved_px: tuple[float, float]) -> Floats:
    """Row and column there of every pixel here, straight between the places of a lattice."""
    x, y = _lattice(here)
    tx, ty = there.pixel_of(*here.lonlat_of(x + moved_px[0], y + moved_px[1]))
    rows = (np.arange(here.height) + 0.5) / here.height * (LATTICE - 1)
    columns = (np.arange(here.width) + 0.5) / here.width * (LATTICE - 1)
    at = np.meshgrid(rows, columns, indexing="ij")
    both = [
        ndimage.map_coordinates(np.reshape(t, (LATTICE, LATTICE)) - 0.5, at, order=1)
        for t in (ty, tx)
    ]
    return np.stack(both)


def _cut(plane: Plane, valid: Mask, x0: int, y0: int, size: tuple[int, int]) -> tuple[Plane, Mask]:
    """A window of a plane; what lies beyond it is not valid."""
    out, good = np.zeros(size, np.float32), np.zeros(size, bool)
    top, left = max(0, -y0), max(0, -x0)
    bottom = min(size[0], plane.shape[0] - y0)
    right = min(size[1], plane.shape[1] - x0)
    if bottom > top and right > left:
        part = np.s_[y0 + top : y0 + bottom, x0 + left : x0 + right]
        seen = valid[part]
        good[top:bottom, left:right] = seen
        out[top:bottom, left:right] = np.where(seen, plane[part], np.float32(0.0))
    return out, good


def coarser(plane: Plane, valid: Mask, grid: Grid, step: int) -> tuple[Plane, Mask, Grid]:
    """Means of ``step`` by ``step`` pixels; a mean is valid where at least half its pixels are."""
    if step == 1:
        return plane, valid, grid
    height, width = grid.height // step, grid.width // step
    cut = np.s_[: height * step, : width * step]
    parts = (height, step, width, step)
    weight = valid[cut].astype(np.float32).reshape(parts).sum(axis=(1, 3))
    total = np.where(valid[cut], plane[cut], np.float32(0.0)).reshape(parts).sum(axis=(1, 3))
    a, b, c, d, e, f = grid.transform
    wide = Grid(grid.crs, (a * step, b * step, c, d * step, e * step, f), width, height)
    mean: Plane = (total / np.maximum(weight, 1)).astype(np.float32)
    return mean, weight >= 0.5 * step * step, wide


def moved(grid: Grid, east_m: float, north_m: float) -> Grid:
    """The same pixels said to lie so many metres farther east and north.

    Examples:
        >>> grid = Grid("EPSG:3857", (10.0, 0.0, 0.0, 0.0, -10.0, 8_399_737.89), 100, 100)
        >>> [round(v) for v in moved(grid, 5.0, 0.0).transform[2::3]]  # 60° N: half scale
        [10, 8399738]

    """
    jacobian = grid.metres_per_pixel(grid.width / 2, grid.height / 2)
    x, y = np.linalg.solve(jacobian, [east_m, north_m])
    a, b, c, d, e, f = grid.transform
    place = (a, b, c + a * float(x) + b * float(y), d, e, f + d * float(x) + e * float(y))
    return Grid(grid.crs, place, grid.width, grid.height)
