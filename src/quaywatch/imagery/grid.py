"""Where each pixel of a scene is on Earth, and each place in the scene.

Pixel coordinates are those of GDAL: (0, 0) is the outer corner of the first pixel, x along a row.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Geod, Transformer
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from quaywatch.sites.frame import unwrap_lon

_GEOD = Geod(ellps="WGS84")
Floats = NDArray[np.float64]
Affine6 = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Grid:
    """The pixel grid of one scene.

    Examples:
        >>> mercator = Grid("EPSG:3857", (10.0, 0.0, 0.0, 0.0, -10.0, 8_399_737.89), 100, 100)
        >>> round(mercator.gsd_m, 2)  # at 60 degrees north half of Web Mercator's 10 m
        5.01
        >>> lon, lat = mercator.lonlat_of(50.0, 50.0)
        >>> [round(float(v), 9) for v in mercator.pixel_of(lon, lat)]
        [50.0, 50.0]

    """

    crs: str
    """What PROJ understands: an authority code or WKT."""
    transform: Affine6
    """a, b, c, d, e, f: X = a x + b y + c, Y = d x + e y + f (any rotation)."""
    width: int
    height: int

    @cached_property
    def _projection(self) -> Transformer:
        return Transformer.from_crs("EPSG:4326", CRS.from_user_input(self.crs), always_xy=True)

    def lonlat_of(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Longitude and latitude of pixel coordinates, degrees, longitudes continuous.

        Not finite where the projection has no answer.
        """
        a, b, c, d, e, f = self.transform
        px, py = np.asarray(x, float), np.asarray(y, float)
        east, north = a * px + b * py + c, d * px + e * py + f
        lon, lat = self._projection.transform(east, north, direction="INVERSE")
        return unwrap_lon(np.asarray(lon, float), near=self._centre_lon), np.asarray(lat, float)

    def pixel_of(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """Pixel coordinates of longitudes and latitudes in degrees."""
        a, b, c, d, e, f = self.transform
        near = unwrap_lon(np.asarray(lon, float), near=self._centre_lon)
        if CRS.from_user_input(self.crs).is_geographic:
            east, north = near, np.asarray(lat, float)
        else:
            east, north = self._projection.transform(near, np.asarray(lat, float))
        dx, dy = np.asarray(east, float) - c, np.asarray(north, float) - f
        size = a * e - b * d
        return (e * dx - b * dy) / size, (a * dy - d * dx) / size

    @cached_property
    def _centre_lon(self) -> float:
        a, b, c, d, e, f = self.transform
        x, y = self.width / 2, self.height / 2
        lon, _ = self._projection.transform(
            a * x + b * y + c, d * x + e * y + f, direction="INVERSE"
        )
        return float(lon)

    def to_pixels(self, geometry: BaseGeometry) -> BaseGeometry:
        """A shape in degrees as a shape in pixel coordinates; edges are not densified."""

        def move(xy: Floats) -> Floats:
            return np.column_stack(self.pixel_of(xy[:, 0], xy[:, 1]))

        moved: BaseGeometry = shapely.transform(geometry, move)
        return moved

    def to_lonlat(self, geometry: BaseGeometry) -> BaseGeometry:
        """A shape in pixel coordinates as a shape in degrees; edges are not densified."""

        def move(xy: Floats) -> Floats:
            return np.column_stack(self.lonlat_of(xy[:, 0], xy[:, 1]))

        moved: BaseGeometry = shapely.transform(geometry, move)
        return moved

    def metres_per_pixel(self, x: float, y: float) -> Floats:
        """The Jacobian at a pixel: rows east and north, columns along x and along y, metres.

        True ground metres on WGS84: a Web Mercator pixel shrinks with the cosine of latitude.
        """
        lon, lat = self.lonlat_of([x - 0.5, x + 0.5, x, x], [y, y, y - 0.5, y + 0.5])
        azimuth, _, metres = _GEOD.inv(lon[[0, 2]], lat[[0, 2]], lon[[1, 3]], lat[[1, 3]])
        angle = np.radians(azimuth)
        return np.array([metres * np.sin(angle), metres * np.cos(angle)])

    @cached_property
    def gsd_m(self) -> float:
        """True ground sample distance mid-grid, metres: the root of the pixel's area."""
        jacobian = self.metres_per_pixel(self.width / 2, self.height / 2)
        return math.sqrt(abs(float(np.linalg.det(jacobian))))

    def window(self, x0: int, y0: int, width: int, height: int) -> "Grid":
        """The grid of a part of this one."""
        a, b, c, d, e, f = self.transform
        moved = (a, b, c + a * x0 + b * y0, d, e, f + d * x0 + e * y0)
        return Grid(self.crs, moved, width, height)

    def outline(self, pixels: BaseGeometry | None = None) -> BaseGeometry:
        """The shape in degrees of a shape in pixels (default: the whole grid).

        Edges are densified to 32 parts of the longer side, so that a straight edge of the raster
        stays within a small part of a pixel of its true curve on Earth.
        """
        shape = box(0, 0, self.width, self.height) if pixels is None else pixels
        return self.to_lonlat(shapely.segmentize(shape, max(self.width, self.height) / 32))


def cut_antimeridian(geometry: BaseGeometry) -> BaseGeometry:
    """A shape with continuous longitudes, cut and folded into [-180, 180] (RFC 7946, 3.1.9).

    Examples:
        >>> cut = cut_antimeridian(box(179.0, 0.0, 181.0, 1.0))
        >>> [part.bounds for part in cut.geoms]
        [(179.0, 0.0, 180.0, 1.0), (-180.0, 0.0, -179.0, 1.0)]

    """
    west, _, east, _ = geometry.bounds
    if west >= -180 and east <= 180:
        return geometry
    parts: list[Polygon] = []
    for turn in (0.0, 360.0, -360.0):
        part = geometry.intersection(box(-180 + turn, -90, 180 + turn, 90))
        moved = shapely.transform(part, lambda xy, by=turn: xy - np.array([by, 0.0]))
        parts += [p for p in shapely.get_parts(moved) if p.area > 0]
    return shapely.MultiPolygon(parts) if len(parts) > 1 else parts[0]
