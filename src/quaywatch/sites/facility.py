"""A site and its parts, as data: a GeoJSON FeatureCollection in WGS84 degrees.

What cannot be seen says so (``observable: false`` with a reason); it is never simply left out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import shapely
from shapely.geometry import LineString, mapping
from shapely.geometry.base import BaseGeometry

from quaywatch.errors import SiteFileError
from quaywatch.sites.draw import berth_strip, parse_geometry
from quaywatch.sites.frame import LocalFrame

_E = TypeVar("_E", bound=StrEnum)

DEFAULT_STRIP_WIDTH_M = 60.0
"""Metres of water off a quay line taken for its berth: METHODS section 5 step 4 (0-60 m)."""


class FacilityKind(StrEnum):
    """What a part of a site is."""

    BERTH = "berth"
    YARD = "yard"
    ANCHORAGE = "anchorage"
    RAIL = "rail"
    CRANE = "crane"
    CONVEYOR = "conveyor"
    CONTROL = "control"
    """Bare quay that nothing is stored on, for comparison with a yard."""
    STABLE = "stable"
    """Ground that does not change, for registration."""


class Storage(StrEnum):
    """How a yard keeps its stock."""

    OPEN = "open"
    BINS = "bins"
    COVERED = "covered"


@dataclass(frozen=True)
class Facility:
    """One part of a site."""

    id: str
    kind: FacilityKind
    name: str
    geometry: BaseGeometry
    """As drawn, in WGS84 degrees with continuous longitudes."""
    area: BaseGeometry
    """The polygon that is looked at: for a quay line the strip of water beside it, else as drawn
    (lines and points stay lines and points)."""
    depth_m: float | None = None
    """Charted depth alongside, metres; None is unknown."""
    side: str | None = None
    """The side of a quay line where the water is, left or right along its direction."""
    width_m: float | None = None
    """Width of the strip of water in metres, for a quay line."""
    storage: Storage | None = None
    observable: bool = True
    reason: str | None = None
    """Why it cannot be observed, where ``observable`` is False."""
    properties: Mapping[str, Any] = field(default_factory=dict)
    """Every property as drawn."""
    drawn: Mapping[str, Any] = field(default_factory=dict)
    """The GeoJSON geometry as drawn."""

    @property
    def quay(self) -> LineString | None:
        """The quay line, if the berth was drawn as one."""
        return self.geometry if isinstance(self.geometry, LineString) else None


@dataclass(frozen=True)
class Site:
    """A named place with its parts."""

    id: str
    name: str
    facilities: tuple[Facility, ...]
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def frame(self) -> LocalFrame:
        """Metres about the middle of the site's bounding box."""
        west, south, east, north = shapely.total_bounds([f.area for f in self.facilities])
        return LocalFrame(lon=float(west + east) / 2, lat=float(south + north) / 2)

    @property
    def outline(self) -> BaseGeometry:
        """The convex hull of all parts, WGS84 degrees, longitudes continuous."""
        hull: BaseGeometry = shapely.GeometryCollection([f.area for f in self.facilities])
        return hull.convex_hull

    def of_kind(self, *kinds: FacilityKind) -> tuple[Facility, ...]:
        """The parts of the given kinds, in the order drawn."""
        return tuple(f for f in self.facilities if f.kind in kinds)

    def to_geojson(self) -> dict[str, Any]:
        """The site as it was drawn.

        Examples:
            >>> quay = {"type": "LineString", "coordinates": [[31.0, -29.9], [31.002, -29.9]]}
            >>> properties = {"id": "a", "kind": "berth", "side": "left"}
            >>> feature = {"type": "Feature", "properties": properties, "geometry": quay}
            >>> drawn = {"type": "FeatureCollection", "id": "x", "features": [feature]}
            >>> site = Site.from_geojson(drawn)
            >>> Site.from_geojson(site.to_geojson()) == site
            True

        """
        features = [
            {
                "type": "Feature",
                "id": f.id,
                "properties": dict(f.properties),
                "geometry": dict(f.drawn) or mapping(f.geometry),
            }
            for f in self.facilities
        ]
        head = {"type": "FeatureCollection", "id": self.id, "name": self.name}
        return {**head, "properties": dict(self.properties), "features": features}

    @classmethod
    def from_geojson(cls, drawn: object, *, default_id: str = "site") -> "Site":
        """A site from a parsed FeatureCollection.

        Args:
            drawn: the parsed GeoJSON.
            default_id: used where the collection has neither ``id`` nor ``properties.id``.

        Raises:
            SiteFileError: not a FeatureCollection in WGS84, empty, a kind missing, an id twice.
            SiteGeometryError: a shape crosses itself, is empty or off Earth.

        """
        if not isinstance(drawn, Mapping) or drawn.get("type") != "FeatureCollection":
            raise SiteFileError(site=default_id, fact="it is not a GeoJSON FeatureCollection")
        own = drawn.get("properties")
        properties: Mapping[str, Any] = own if isinstance(own, Mapping) else {}
        site_id = str(drawn.get("id") or properties.get("id") or default_id)
        _check_crs(drawn, site_id)
        features = drawn.get("features")
        if not isinstance(features, list) or not features:
            raise SiteFileError(site=site_id, fact="it has no features")
        facilities: list[Facility] = []
        for number, feature in enumerate(features, start=1):
            facility = _facility(feature, site_id, number)
            if any(facility.id == other.id for other in facilities):
                raise SiteFileError(site=site_id, fact=f"the id {facility.id!r} occurs twice")
            facilities.append(facility)
        name = str(drawn.get("name") or properties.get("name") or site_id)
        return cls(id=site_id, name=name, facilities=tuple(facilities), properties=properties)

    @classmethod
    def read(cls, path: Path) -> "Site":
        """A site from a GeoJSON file; the file name is its id unless it says otherwise.

        Raises:
            SiteFileError: the file cannot be read as GeoJSON, or see ``from_geojson``.
            SiteGeometryError: see ``from_geojson``.

        """
        try:
            drawn = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as err:
            raise SiteFileError(site=path.name, fact=f"it cannot be read ({err})") from err
        return cls.from_geojson(drawn, default_id=path.stem)


def _check_crs(drawn: Mapping[str, Any], site_id: str) -> None:
    """RFC 7946 knows WGS84 only; the older ``crs`` member must agree."""
    crs = drawn.get("crs")
    if crs is None:
        return
    name = str(crs.get("properties", {}).get("name", crs)) if isinstance(crs, Mapping) else str(crs)
    if not any(word in name.upper() for word in ("CRS84", "EPSG::4326", "EPSG:4326")):
        raise SiteFileError(site=site_id, fact=f"its coordinates are in {name}, not in WGS84")


def _facility(feature: object, site_id: str, number: int) -> Facility:
    """One feature, checked."""
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature":
        raise SiteFileError(site=site_id, fact=f"feature {number} is not a GeoJSON Feature")
    own = feature.get("properties")
    properties: Mapping[str, Any] = own if isinstance(own, Mapping) else {}
    facility_id = str(properties.get("id") or feature.get("id") or f"feature-{number}")
    label = f"feature {number} ({facility_id})"
    kind = _choice(FacilityKind, properties.get("kind"), "kind", label, site_id)
    observable, reason = _observable(properties, label, site_id)
    storage = None
    if kind is FacilityKind.YARD:
        storage = _choice(Storage, properties.get("storage", "open"), "storage", label, site_id)
    drawn = feature.get("geometry")
    geometry = parse_geometry(drawn, site=site_id, feature=label)
    depth_m = _number(properties, "depth_m", label, site_id)
    side, width_m, area = None, None, geometry
    if kind is FacilityKind.BERTH:
        if isinstance(geometry, LineString):
            side = str(properties.get("side"))
            if side not in {"left", "right"}:
                fact = f"{label} is a quay line without side 'left' or 'right' (of its direction)"
                raise SiteFileError(site=site_id, fact=fact)
            width_m = _number(properties, "width_m", label, site_id) or DEFAULT_STRIP_WIDTH_M
            area = berth_strip(geometry, side=side, width_m=width_m, site=site_id, feature=label)
        elif geometry.area == 0:
            fact = f"{label} is a berth but neither a quay line nor a polygon"
            raise SiteFileError(site=site_id, fact=fact)
    return Facility(
        id=facility_id,
        kind=kind,
        name=str(properties.get("name") or facility_id),
        geometry=geometry,
        area=area,
        depth_m=depth_m,
        side=side,
        width_m=width_m,
        storage=storage,
        observable=observable,
        reason=reason,
        properties=dict(properties),
        drawn=dict(drawn) if isinstance(drawn, Mapping) else {},
    )


def _observable(properties: Mapping[str, Any], label: str, site_id: str) -> tuple[bool, str | None]:
    """Whether it can be seen; a covered pier must say why not."""
    observable = properties.get("observable", True)
    if not isinstance(observable, bool):
        raise SiteFileError(site=site_id, fact=f"{label}: observable is not true or false")
    reason = str(properties.get("reason") or "").strip() or None
    if not observable and reason is None:
        raise SiteFileError(site=site_id, fact=f"{label} is not observable and gives no reason")
    return observable, None if observable else reason


def _choice(kinds: type[_E], value: object, field_name: str, label: str, site_id: str) -> _E:
    """A member of the enumeration, or an error that lists them."""
    try:
        return kinds(str(value))
    except ValueError as err:
        known = ", ".join(kinds)
        given = "no" if value is None else f"the unknown {value!r} as"
        fact = f"{label} has {given} {field_name} (one of {known})"
        raise SiteFileError(site=site_id, fact=fact) from err


def _number(
    properties: Mapping[str, Any], field_name: str, label: str, site_id: str
) -> float | None:
    """A positive number, or None where it is not given."""
    value = properties.get(field_name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e5:
        fact = f"{label}: {field_name} is {value!r}, not a positive number of metres"
        raise SiteFileError(site=site_id, fact=fact)
    return float(value)
