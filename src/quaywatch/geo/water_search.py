"""One search of a water path: from the coarse cells around one end to those around the other."""

from dataclasses import dataclass
from math import inf, radians

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.approach import Approach
from quaywatch.geo.moves import MOVES
from quaywatch.geo.position import Position
from quaywatch.geo.region import Region, Seas
from quaywatch.geo.search import LEAST_RADIUS_NM, NO_HOMES, NO_LIMITS, NO_MARKS, search, trace


@dataclass(frozen=True, slots=True)
class Found:
    """Outcome of one search in one reading."""

    nm: float = inf
    legs: tuple[tuple[tuple[float, float], ...], ...] = ()
    """Parts of the path between passages, as longitude, latitude."""
    hops: tuple[tuple[str, float], ...] = ()
    """Name and length of the passages between the legs."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of a path in one region."""

    region: Region
    seas: Seas
    a: Approach
    b: Approach


def unreachable(ends: Ends) -> str | None:
    """Why a path cannot begin or end there; None where it can."""
    for which, end in (("first", ends.a), ("second", ends.b)):
        if end.reason is not None:
            return f"the {which} position cannot be reached by water: {end.reason}"
    return None


def same_bodies(
    fine: Region, label: NDArray[np.int32], ends: Ends, number: int
) -> NDArray[np.bool_]:
    """Bodies of a larger fine window in which the paths of both approaches start."""
    good = np.zeros(number, np.bool_)
    for end in (ends.a, ends.b):
        cell = fine.frame.cell(end.fine.centre(int(np.nanargmin(end.cost))))
        if cell is not None:
            good[label[cell]] = True
    good[0] = False
    return good


def over_grid(ends: Ends, b: Position) -> Found:
    """A* from the coarse cells around one end to those around the other."""
    region, layer = ends.region, ends.region.layer
    hops = ends.seas.hops
    marks, least, most = _limits(ends)
    nm, goal, _, parent = search(
        layer.moves_ok, MOVES, layer.lengths, region.frame.wrap,
        ends.a.coarse, ends.a.coarse_nm, ends.b.coarse, ends.b.coarse_nm,
        ends.seas.more, NO_HOMES,
        region.lat_rad, region.lon_rad, (radians(b.lon), radians(b.lat)),
        LEAST_RADIUS_NM, 0.0, marks, least, most,
    )  # fmt: skip
    if goal < 0:
        return Found()
    cells = trace(parent, goal)
    into = int(ends.a.door[np.searchsorted(ends.a.coarse, cells[0])])
    out = int(ends.b.door[np.searchsorted(ends.b.coarse, cells[-1])])
    legs, used = [ends.a.points(into)], []
    by_ends = {frozenset((hop.a, hop.b)): hop for hop in hops}
    for before, cell in zip([None, *cells], cells, strict=False):
        hop = by_ends.get(frozenset((before, cell))) if before is not None else None
        if hop is not None:
            used.append((hop.passage.name, hop.nm))
            legs.append([])
        legs[-1].append(region.rep(cell))
    legs[-1].extend(reversed(ends.b.points(out)))
    return Found(float(nm), tuple(tuple(leg) for leg in legs), tuple(used))


def _limits(
    ends: Ends,
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """The landmarks, and how near to and far from each the goals are."""
    marks = ends.seas.marks
    if not marks.size or not ends.b.coarse.size:
        return NO_MARKS, NO_LIMITS, NO_LIMITS
    far, nm = marks[ends.b.coarse].astype(np.float64), ends.b.coarse_nm[:, None]
    # Landmark costs are held in single precision: 0.01 nm makes up for the rounding.
    least = (far + nm).min(axis=0) - 0.01
    most = np.where(np.isfinite(far), far - nm, -np.inf).max(axis=0) + 0.01
    known = np.isfinite(least) & np.isfinite(most)
    return (
        np.ascontiguousarray(marks[:, known]) if not known.all() else marks,
        least[known],
        most[known],
    )
