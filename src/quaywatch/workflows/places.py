"""Where and when a record puts its subject, as exactly as the record itself says.

A record may give a point or only an area ("in the Yellow Sea"); an instant, a day, or hours
before something else. Distances are taken between the nearest points that the words allow, so
that what is excluded is excluded wherever in the area the ship was.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from shapely.geometry import Point, Polygon

from quaywatch.errors import PlaceMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Claim, Observation, Record
from quaywatch.fusion.two_places import Separation
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterDistance

Router = Callable[[Position, Position], WaterDistance]

METRES_PER_NM = 1852.0
BOUNDARY_STEP_NM = 5.0
"""Spacing of the points of an area's edge that are tried; half of it is given away."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point, or an area somewhere in which."""

    point: Position | None
    area: tuple[Position, ...] = ()
    """Corners, where only an area is known."""
    radius_m: float = 0.0
    """How far from the point the ship may have been."""
    time: TimeInterval | None = None
    relative_to: str | None = None
    """Alias of the claim from which the time is told."""
    relative_h: float = 0.0
    plus_minus_h: float = 0.0
    long_range: bool = False
    """True for an AIS report of type 27, which is rounded to a tenth of a minute."""


@dataclass(frozen=True, slots=True)
class Between:
    """The nearest pair of points, and the ways between them."""

    separation: Separation
    one: Position
    other: Position
    path: tuple[Position, ...]
    """By water; empty where there is none."""
    grid: str


def place_of(record: Record) -> Place:
    """Where and when a record puts its subject.

    Raises:
        PlaceMissingError: it puts it nowhere.

    """
    values: dict[str, Any] = {}
    if isinstance(record, Observation):
        values = dict(record.values)
    elif isinstance(record, Claim) and isinstance(record.value, dict):
        values = dict(record.value)
    time = record.time if isinstance(record, Observation | Claim) else None
    relative = values.get("relative") or {}
    told: dict[str, Any] = {
        "time": time,
        "relative_to": relative.get("to"),
        "relative_h": relative.get("hours", 0.0),
        "plus_minus_h": relative.get("plus_minus_h", 0.0),
        "long_range": values.get("msg_type") == 27,
    }
    if values.get("lon") is not None and values.get("lat") is not None:
        radius_m = float(values.get("radius_m") or 0.0)
        return Place(Position(values["lon"], values["lat"]), radius_m=radius_m, **told)
    if values.get("area"):
        return Place(None, tuple(Position(lon, lat) for lon, lat in values["area"]), **told)
    raise PlaceMissingError(record_id=record.id)


def times_of(one: Place, other: Place, *, other_alias: str | None) -> tuple[TimeInterval, ...]:
    """The two times to compare; a time told from the other is laid beside it.

    Where the source tells only how far apart the two are, both are laid on the middle of the
    other's day: the clock time then matters no more, only the hours between.
    """
    if one.time is None or other.time is None:
        raise PlaceMissingError(record_id="a record without a time")
    if one.relative_to is None or one.relative_to != other_alias:
        return one.time, other.time
    anchor = other.time.midpoint
    told = anchor + timedelta(hours=one.relative_h)
    spread = timedelta(hours=one.plus_minus_h)
    return TimeInterval(start=told - spread, end=told + spread), TimeInterval.at(anchor)


def between(one: Place, other: Place, router: Router) -> Between:
    """Distances between the nearest points that two places allow.

    The edge of an area is tried every ``BOUNDARY_STEP_NM``; half a step is taken off every
    distance, since a nearer point may lie between two that were tried. So are the radii of points.
    """
    found = _nearest(one, other, router)
    give = (one.radius_m + other.radius_m) / METRES_PER_NM
    return replace(found, separation=_less(found.separation, give)) if give else found


def _less(apart: Separation, give_nm: float) -> Separation:
    def less(nm: float | None) -> float | None:
        return None if nm is None else max(0.0, nm - give_nm)

    return replace(
        apart,
        great_circle_nm=max(0.0, apart.great_circle_nm - give_nm),
        water_nm=less(apart.water_nm),
        lower_bound_nm=less(apart.lower_bound_nm),
    )


def _nearest(one: Place, other: Place, router: Router) -> Between:
    if one.point is not None and other.point is not None:
        return _between_points(one.point, other.point, router)
    if one.point is None and other.point is None:
        unknown = Separation(0.0, None, None, "both places are known only to an area")
        return Between(unknown, one.area[0], other.area[0], (), "")
    if one.point is None:
        return _from_area(one.area, _known(other), router)
    turned = _from_area(other.area, _known(one), router)
    return replace(turned, one=turned.other, other=turned.one, path=turned.path[::-1])


def _known(place: Place) -> Position:
    if place.point is None:
        raise PlaceMissingError(record_id="a place without a point")
    return place.point


def _between_points(one: Position, other: Position, router: Router) -> Between:
    found = router(one, other)
    separation = Separation(
        found.great_circle_nm, found.water_nm, found.lower_bound_nm, found.reason
    )
    return Between(separation, one, other, found.path, found.grid)


def _from_area(corners: Sequence[Position], point: Position, router: Router) -> Between:
    outline = _continuous(corners)
    inside_of = Polygon(outline)
    if any(inside_of.contains(Point(point.lon + turn, point.lat)) for turn in (-360, 0, 360)):
        inside = router(point, point)
        return Between(Separation(0.0, 0.0, 0.0), point, point, (), inside.grid)
    edge = sorted(_edge(outline), key=lambda p: great_circle_nm(p, point))
    best: Between | None = None
    for candidate in edge:
        # Water is never shorter than the great circle: none further on can be nearer.
        if best is not None and great_circle_nm(candidate, point) >= _bound(best):
            break
        tried = _between_points(candidate, point, router)
        if tried.separation.lower_bound_nm is None:
            continue
        if best is None or _bound(tried) < _bound(best):
            best = tried
    if best is None:
        return _between_points(edge[0], point, router)
    give = BOUNDARY_STEP_NM / 2
    return replace(
        best,
        separation=Separation(
            great_circle_nm=max(0.0, great_circle_nm(edge[0], point) - give),
            water_nm=best.separation.water_nm,
            lower_bound_nm=max(0.0, _bound(best) - give),
        ),
    )


def _bound(found: Between) -> float:
    bound = found.separation.lower_bound_nm
    return float("inf") if bound is None else bound


def _continuous(corners: Sequence[Position]) -> list[tuple[float, float]]:
    """Corners as lon, lat whose longitudes run on across the antimeridian: 181, not -179."""
    outline = [(corners[0].lon, corners[0].lat)]
    for corner in corners[1:]:
        last = outline[-1][0]
        outline.append((last + (corner.lon - last + 180) % 360 - 180, corner.lat))
    return outline


def _edge(outline: Sequence[tuple[float, float]]) -> Iterator[Position]:
    for start, end in pairwise([*outline, outline[0]]):
        apart_nm = great_circle_nm(Position(*start), Position(*end))
        steps = max(1, int(np.ceil(apart_nm / BOUNDARY_STEP_NM)))
        for share in np.arange(steps) / steps:
            yield Position(
                float(start[0] + share * (end[0] - start[0])),
                float(start[1] + share * (end[1] - start[1])),
            )
