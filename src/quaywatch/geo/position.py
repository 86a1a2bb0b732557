"""A position on the WGS84 ellipsoid. Constructing one proves that it is finite and on Earth."""

import math
from dataclasses import dataclass

from quaywatch.errors import PositionError


@dataclass(frozen=True, slots=True)
class Position:
    """A point in WGS84 degrees; longitude is folded into [-180, 180).

    Raises:
        PositionError: a coordinate is not finite, or the latitude is beyond a pole, or the
            longitude beyond 360 degrees.

    Examples:
        >>> Position(lon=190.0, lat=10.0)
        Position(lon=-170.0, lat=10.0)

    """

    lon: float
    """Degrees east, in [-180, 180)."""
    lat: float
    """Degrees north, in [-90, 90]."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lon) and math.isfinite(self.lat)):
            raise PositionError(lon=self.lon, lat=self.lat)
        if abs(self.lat) > 90 or abs(self.lon) > 360:
            raise PositionError(lon=self.lon, lat=self.lat)
        folded = (self.lon + 180.0) % 360.0 - 180.0
        if not -180.0 <= self.lon < 180.0:
            object.__setattr__(self, "lon", folded)
