"""Areas that an analyst has listed: lightering grounds, anchorages, roads. In WGS84 degrees."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from quaywatch.sites.facility import FacilityKind, Site


@dataclass(frozen=True)
class Area:
    """A listed area; where it crosses the antimeridian its longitudes run on (181, not -179)."""

    id: str
    shape: BaseGeometry


def areas_of(sites: Sequence[Site]) -> list[Area]:
    """The anchorages that sites draw, as areas.

    Examples:
        >>> areas_of([])
        []

    """
    return [
        Area(f"{site.id}/{part.id}", part.area)
        for site in sites
        for part in site.facilities
        if part.kind is FacilityKind.ANCHORAGE
    ]


def area_at(
    areas: Sequence[Area], lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> list[str | None]:
    """The first listed area that holds each position, or None.

    Examples:
        >>> east = Area("lane", shapely.box(179.0, -1.0, 181.0, 1.0))
        >>> area_at([east], np.array([-179.5, 0.0]), np.array([0.0, 0.0]))
        ['lane', None]

    """
    found: list[str | None] = [None] * len(lon)
    for area in areas:
        shapely.prepare(area.shape)
        inside = np.zeros(len(lon), bool)
        for turn in (-360.0, 0.0, 360.0):
            inside |= shapely.contains_xy(area.shape, lon + turn, lat)
        for i in np.flatnonzero(inside):
            found[i] = found[i] or area.id
    return found
