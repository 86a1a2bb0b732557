"""Which points of a lattice lie inside shorelines: a whole tile at the price of its coast.

A row of points crosses few shorelines, and between two crossings nothing changes. So a point is on
land where the number of crossings west of it is odd. Which side of a shoreline a point lies on is
decided exactly wherever rounding could decide it, so the answer is that of a robust test of each
point by itself. A point on a shoreline is not on land.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import shapely
from numpy.typing import NDArray

from quaywatch.geo.jit import compiled

Floats = NDArray[np.float64]
_DOUBT_DEG = 1e-9
"""A crossing this near to a point is worked out exactly; rounding errs by some 1e-13 degrees."""


@compiled
def _cross(  # noqa: C901 - one kernel over edges
    xy: NDArray[np.float64],
    spans: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    doubt: float,
    toggles: NDArray[np.uint8],
    doubtful: NDArray[np.int64],
) -> int:
    """Note in ``toggles`` where each row changes sides; list the crossings in doubt.

    An edge crosses a row at its lower end and not at its upper one. A crossing in doubt is not
    noted; ``doubtful`` holds its edge, row and column, as many as fit; their number is returned.
    """
    rows, cols = lat.shape[0], lon.shape[0]
    row_step = (lat[rows - 1] - lat[0]) / (rows - 1)
    col_step = (lon[cols - 1] - lon[0]) / (cols - 1)
    found = 0
    for span in range(spans.shape[0]):
        for i in range(spans[span, 0], spans[span, 1] - 1):
            y1, y2 = xy[i, 1], xy[i + 1, 1]
            low, high = min(y1, y2), max(y1, y2)
            if high < lat[0] or low > lat[rows - 1]:
                continue
            x1, x2 = xy[i, 0], xy[i + 1, 0]
            if min(x1, x2) > lon[cols - 1] + doubt:
                continue
            first = max(0, int(np.floor((low - lat[0]) / row_step)) - 1)
            last = min(rows - 1, int(np.ceil((high - lat[0]) / row_step)) + 1)
            for r in range(first, last + 1):
                y = lat[r]
                if y < low or y > high:
                    continue
                # A level edge changes no side, but points may lie on it.
                level = y1 == y2
                x = min(x1, x2) if level else x1 + (y - y1) * (x2 - x1) / (y2 - y1)
                end = max(x1, x2) if level else x
                c = min(max(int(np.floor((x - lon[0]) / col_step)) + 1, 0), cols)
                while c > 0 and lon[c - 1] > x:
                    c -= 1
                while c < cols and lon[c] <= x:
                    c += 1
                if (c > 0 and x - lon[c - 1] < doubt) or (c < cols and lon[c] - end < doubt):
                    if found < doubtful.shape[0]:
                        doubtful[found, 0], doubtful[found, 1], doubtful[found, 2] = i, r, c
                    found += 1
                elif y < high:
                    toggles[r, c] ^= 1
    return found


@dataclass(frozen=True, slots=True)
class Shorelines:
    """Closed lines around land, as coordinates one after another.

    Args:
        xy: longitude and latitude in degrees, shape (n, 2); each line ends where it begins.
        spans: first and past-the-last row of each line in ``xy``, shape (lines, 2).
        bounds: west, south, east, north of each line, shape (lines, 4).

    """

    xy: Floats
    spans: NDArray[np.int64]
    bounds: Floats

    @classmethod
    def of_wkb(cls, wkb: bytes) -> "Shorelines":
        """Read polygons in well-known binary.

        Examples:
            >>> square = shapely.box(0.0, 0.0, 2.0, 1.0)
            >>> Shorelines.of_wkb(shapely.to_wkb(square)).bounds.tolist()
            [[0.0, 0.0, 2.0, 1.0]]

        """
        lines = shapely.get_rings(shapely.get_parts(shapely.from_wkb(wkb)))
        ends = np.cumsum(shapely.get_num_coordinates(lines))
        spans = np.column_stack((np.concatenate(([0], ends[:-1])), ends)).astype(np.int64)
        return cls(shapely.get_coordinates(lines), spans, shapely.bounds(lines))

    def inside(self, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        """Whether each point of a lattice lies inside a line, shape (rows, columns).

        Args:
            lon: evenly spaced and rising, degrees, two or more.
            lat: the same.

        Examples:
            >>> island = Shorelines.of_wkb(shapely.to_wkb(shapely.box(0.0, 0.0, 2.0, 1.0)))
            >>> island.inside(np.array([-1.0, 0.0, 1.0, 2.0]), np.array([0.5, 1.5])).tolist()
            [[False, False, True, False], [False, False, False, False]]

        """
        west, south, east, north = self.bounds.T
        meets = (west <= lon[-1]) & (east >= lon[0]) & (south <= lat[-1]) & (north >= lat[0])
        spans = self.spans[meets]
        toggles = np.zeros((len(lat), len(lon) + 1), np.uint8)
        doubtful = np.empty((4096, 3), np.int64)
        while (found := _cross(self.xy, spans, lon, lat, _DOUBT_DEG, toggles, doubtful)) > len(
            doubtful
        ):
            toggles[:] = 0
            doubtful = np.empty((found, 3), np.int64)
        on_line = self._settle(doubtful[:found], lon, lat, toggles)
        out = np.bitwise_xor.accumulate(toggles[:, :-1], axis=1).astype(np.bool_)
        for row, col in on_line:
            out[row, col] = False
        return out

    def _settle(
        self, doubtful: NDArray[np.int64], lon: Floats, lat: Floats, toggles: NDArray[np.uint8]
    ) -> list[tuple[int, int]]:
        """Note the crossings in doubt by exact arithmetic; the points that lie on a line."""
        on_line: list[tuple[int, int]] = []
        for edge, row, near in doubtful.tolist():
            (x1, y1), (x2, y2) = self.xy[edge].tolist(), self.xy[edge + 1].tolist()
            y = float(lat[row])
            if y1 == y2:
                on_line += [(row, int(c)) for c in np.flatnonzero(_between(lon, x1, x2))]
                continue
            x = Fraction(x1) + (Fraction(y) - Fraction(y1)) * (Fraction(x2) - Fraction(x1)) / (
                Fraction(y2) - Fraction(y1)
            )
            col = max(near - 1, 0)
            while col < len(lon) and Fraction(float(lon[col])) < x:
                col += 1
            # The first point that is not west of the crossing; it may lie on it.
            if col < len(lon) and Fraction(float(lon[col])) == x:
                on_line.append((row, col))
            if min(y1, y2) <= y < max(y1, y2):
                toggles[row, col] ^= 1
        return on_line


def _between(lon: Floats, one: float, other: float) -> NDArray[np.bool_]:
    return np.asarray((lon >= min(one, other)) & (lon <= max(one, other)))
