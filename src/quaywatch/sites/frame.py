"""A local frame in metres, for areas and widths at one site.

Longitudes of one site are continuous: a site astride the antimeridian has longitudes beyond 180.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry


def unwrap_lon(lon: NDArray[np.float64], *, near: float) -> NDArray[np.float64]:
    """Longitudes moved by whole turns to within half a turn of ``near``.

    Examples:
        >>> unwrap_lon(np.array([-179.0, 10.0]), near=179.0)
        array([181.,  10.])

    """
    turned: NDArray[np.float64] = lon + 360.0 * np.round((near - lon) / 360.0)
    return turned


def unwrap(geometry: BaseGeometry, *, near: float) -> BaseGeometry:
    """The same shape in longitudes that do not jump at the antimeridian."""

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([unwrap_lon(xy[:, 0], near=near), xy[:, 1]])

    moved: BaseGeometry = shapely.transform(geometry, move)
    return moved


@lru_cache(maxsize=256)
def _transformer(proj: str) -> Transformer:
    """Degrees to metres; making one takes milliseconds, and a look asks for the same one often."""
    return Transformer.from_crs("EPSG:4326", proj, always_xy=True)


@dataclass(frozen=True)
class LocalFrame:
    """Azimuthal equidistant metres about one point, WGS84.

    Distances from the centre are exact; at 20 km the scale across is wrong by less than 2e-6.

    Source:
        Snyder (1987), USGS Professional Paper 1395, doi:10.3133/pp1395, as implemented by PROJ.

    Examples:
        >>> frame = LocalFrame(lon=179.99, lat=0.0)
        >>> there = frame.to_metres(shapely.Point(-179.99, 0.0))
        >>> round(there.x, 1), round(there.y, 1)
        (2226.4, 0.0)
        >>> round(frame.to_degrees(there).x, 6)
        180.01

    """

    lon: float
    """Degrees east of the centre."""
    lat: float
    """Degrees north of the centre."""

    @property
    def _forward(self) -> Transformer:
        return _transformer(self.proj)

    @property
    def proj(self) -> str:
        """The PROJ definition of the frame."""
        return f"+proj=aeqd +lat_0={self.lat!r} +lon_0={self.lon!r} +ellps=WGS84 +units=m +type=crs"

    def to_metres(self, geometry: BaseGeometry) -> BaseGeometry:
        """Degrees to metres east and north of the centre."""

        def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack(self._forward.transform(xy[:, 0], xy[:, 1]))

        moved: BaseGeometry = shapely.transform(geometry, move)
        return moved

    def to_degrees(self, geometry: BaseGeometry) -> BaseGeometry:
        """Metres east and north of the centre to degrees, longitudes continuous."""

        def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            lon, lat = self._forward.transform(xy[:, 0], xy[:, 1], direction="INVERSE")
            return np.column_stack([unwrap_lon(np.asarray(lon), near=self.lon), lat])

        moved: BaseGeometry = shapely.transform(geometry, move)
        return moved
