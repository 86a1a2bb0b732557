"""Geodesics on the WGS84 ellipsoid, in nautical miles of 1852 m and degrees.

Source: Karney (2013), "Algorithms for geodesics", doi:10.1007/s00190-012-0578-z, as implemented
by PROJ. On the ellipsoid the shortest line is a geodesic; it is called great circle here because
that is the mariner's word for the same question.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

from quaywatch.geo.position import Position

METRES_PER_NM = 1852.0
_WGS84 = Geod(ellps="WGS84")


def great_circle_nm(a: Position, b: Position) -> float:
    """Length of the WGS84 geodesic from ``a`` to ``b``, in nautical miles.

    No path between the two can be shorter, over water or not.

    Source:
        Karney (2013), doi:10.1007/s00190-012-0578-z.

    Examples:
        >>> round(great_circle_nm(Position(lon=0, lat=0), Position(lon=1, lat=0)), 3)
        60.108
        >>> round(great_circle_nm(Position(lon=179.5, lat=0), Position(lon=-179.5, lat=0)), 3)
        60.108

    """
    _, _, metres = _WGS84.inv(a.lon, a.lat, b.lon, b.lat)
    return float(metres) / METRES_PER_NM


def great_circle_nm_many(
    lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike
) -> NDArray[np.float64]:
    """Lengths of WGS84 geodesics in nautical miles; the four inputs (degrees) broadcast.

    A NaN coordinate gives NaN: unknown stays unknown.

    Source:
        Karney (2013), doi:10.1007/s00190-012-0578-z.

    Examples:
        >>> great_circle_nm_many([0, 0], [0, 0], [1, 0], [0, 1]).round(2).tolist()
        [60.11, 59.71]

    """
    parts = np.broadcast_arrays(
        np.asarray(lon1, np.float64),
        np.asarray(lat1, np.float64),
        np.asarray(lon2, np.float64),
        np.asarray(lat2, np.float64),
    )
    shape = parts[0].shape
    flat = [np.ascontiguousarray(part).ravel() for part in parts]
    known = np.isfinite(flat[0] + flat[1] + flat[2] + flat[3])
    metres = np.full(flat[0].shape, np.nan)
    if known.any():
        metres[known] = _WGS84.inv(*(part[known] for part in flat))[2]
    return (metres / METRES_PER_NM).reshape(shape)


def bearing_deg(a: Position, b: Position) -> float:
    """Initial true bearing of the geodesic from ``a`` to ``b``, degrees in [0, 360).

    Equal positions have no bearing; PROJ's answer for them (180) is not meaningful.

    Source:
        Karney (2013), doi:10.1007/s00190-012-0578-z.

    Examples:
        >>> bearing_deg(Position(lon=0, lat=0), Position(lon=1, lat=0))
        90.0

    """
    forward, _, _ = _WGS84.inv(a.lon, a.lat, b.lon, b.lat)
    return float(forward) % 360.0


def destination(p: Position, bearing_deg: float, distance_nm: float) -> Position:
    """Where the geodesic that leaves ``p`` on a true bearing is after ``distance_nm``.

    Source:
        Karney (2013), doi:10.1007/s00190-012-0578-z.

    Examples:
        >>> there = destination(Position(lon=179.9, lat=0), 90.0, 60.0)
        >>> round(there.lon, 2)
        -179.1

    """
    lon, lat, _ = _WGS84.fwd(p.lon, p.lat, bearing_deg, distance_nm * METRES_PER_NM)
    return Position(lon=float(lon), lat=float(lat))
