"""Where a rectangle of cells lies on Earth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.geo.tiles import SAMPLES_PER_DEG

SAMPLES_ROUND = 360 * SAMPLES_PER_DEG
SAMPLES_TALL = 180 * SAMPLES_PER_DEG


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a rectangle of cells lies; ``row``, ``col`` and ``size`` in land samples."""

    row: int
    col: int
    rows: int
    cols: int
    size: int

    @property
    def wrap(self) -> bool:
        """The rectangle goes all the way round Earth."""
        return self.cols * self.size >= SAMPLES_ROUND

    @property
    def lat(self) -> NDArray[np.float64]:
        """Latitude of cell centres, degrees, shape (rows,)."""
        samples = self.row + (np.arange(self.rows) + 0.5) * self.size
        return np.asarray(samples / SAMPLES_PER_DEG - 90.0)

    @property
    def lon(self) -> NDArray[np.float64]:
        """Longitude of cell centres, degrees, not folded, shape (cols,)."""
        samples = self.col + (np.arange(self.cols) + 0.5) * self.size
        return np.asarray(samples / SAMPLES_PER_DEG - 180.0)

    def cell(self, p: Position) -> tuple[int, int] | None:
        """Row and column of the cell that holds ``p``; None if it lies outside."""
        row, col = sample_of(p)
        r = (row - self.row) // self.size
        c = ((col - self.col) % SAMPLES_ROUND) // self.size
        return (r, c) if 0 <= r < self.rows and c < self.cols else None

    def half_diagonal_nm(self) -> float:
        """The farthest that a position can be from the centre of its cell, anywhere in it."""
        lat = float(np.abs(self.lat).min())
        half = self.size / SAMPLES_PER_DEG / 2.0
        # The widest cell is the one nearest the equator; degrees of latitude vary by 1 percent.
        corner = Position(lon=half, lat=max(lat - half, 0.0))
        return 1.005 * great_circle_nm(corner, Position(lon=0.0, lat=min(lat, 89.9)))


def sample_of(p: Position) -> tuple[int, int]:
    """Row and column of the land sample that holds ``p``."""
    row = int(np.floor((p.lat + 90.0) * SAMPLES_PER_DEG))
    col = int(np.floor((p.lon + 180.0) * SAMPLES_PER_DEG))
    return min(row, SAMPLES_TALL - 1), col % SAMPLES_ROUND
