"""Which berth a ship lay at: drawn quays and polygons of a site, with a tolerance.

A broadcast position is that of the antenna, up to a ship's length from the quay's middle, so a
berth is taken within 300 m, and how much nearer it is than the next one is said beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
import shapely
from shapely.geometry.base import BaseGeometry

from quaywatch.sites.facility import FacilityKind, Site
from quaywatch.sites.frame import LocalFrame

WITHIN_M: Final = 300.0
"""METHODS section 9."""
APART_M: Final = 25.0
"""Two berths whose distances differ by less are not told apart."""
_FRAME: Final[dict[str, pl.DataType]] = {
    "berth": pl.String(),
    "berth_m": pl.Float64(),
    "berth_margin_m": pl.Float64(),
    "berths_near": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Quay:
    """One berth in metres about its own middle."""

    id: str
    """``site/berth``."""
    frame: LocalFrame
    area: BaseGeometry
    reach_deg: tuple[float, float]
    """Half width and half height, in degrees, of the box beyond which it is never asked."""


def berths_of(sites: Sequence[Site]) -> list[Quay]:
    """Every berth of these sites, ready to be asked.

    Examples:
        >>> berths_of([])
        []

    """
    quays = []
    for site in sites:
        for part in site.facilities:
            if part.kind is not FacilityKind.BERTH:
                continue
            middle = part.area.centroid
            west, south, east, north = part.area.bounds
            margin = 2.0 * WITHIN_M / 111_000.0
            across = margin / max(0.01, float(np.cos(np.radians(middle.y))))
            frame = LocalFrame(lon=(middle.x + 180.0) % 360.0 - 180.0, lat=middle.y)
            quays.append(
                Quay(
                    id=f"{site.id}/{part.id}",
                    frame=frame,
                    area=frame.to_metres(part.area),
                    reach_deg=((east - west) + across, (north - south) + margin),
                )
            )
    return quays


def beside(quays: Sequence[Quay], lon: pl.Series, lat: pl.Series) -> pl.DataFrame:
    """The berth of each position: ``berth``, ``berth_m``, ``berth_margin_m``, ``berths_near``.

    ``berth`` is null where none is within 300 m, and where two are equally near (their distances
    differ by less than 25 m); ``berths_near`` names all of them with their distances, the
    nearest first. ``berth_margin_m``: how much farther the next one is.

    Examples:
        >>> beside([], pl.Series([0.0]), pl.Series([0.0])).row(0)
        (None, None, None, None)

    """
    near: list[list[tuple[float, str]]] = [[] for _ in range(len(lon))]
    x, y = lon.to_numpy(), lat.to_numpy()
    for quay in quays:
        wide, high = quay.reach_deg
        off = (x - quay.frame.lon + 540.0) % 360.0 - 180.0
        for i in np.flatnonzero((np.abs(off) <= wide) & (np.abs(y - quay.frame.lat) <= high)):
            here = quay.frame.to_metres(shapely.Point(quay.frame.lon + off[i], y[i]))
            metres = float(quay.area.distance(here))
            if metres <= WITHIN_M:
                near[i].append((metres, quay.id))
    rows = []
    for found in near:
        found.sort()
        margin = found[1][0] - found[0][0] if len(found) > 1 else None
        clear = bool(found) and (margin is None or margin >= APART_M)
        rows.append(
            {
                "berth": found[0][1] if clear else None,
                "berth_m": found[0][0] if found else None,
                "berth_margin_m": margin,
                "berths_near": ", ".join(f"{b} {m:.0f} m" for m, b in found) or None,
            }
        )
    return pl.DataFrame(rows, schema=_FRAME)
