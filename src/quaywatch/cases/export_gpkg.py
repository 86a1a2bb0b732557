"""A case for a GIS: one GeoPackage, WGS84 longitude and latitude, a layer for each kind.

Every row names the record it was read from, its time in UTC and its register. Source: OGC 12-128,
GeoPackage Encoding Standard 1.4.
"""

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyogrio
import shapely
from pyogrio import raw
from shapely.geometry.base import BaseGeometry

from quaywatch.cases.chart import disc, great_circle
from quaywatch.cases.closure import Closure
from quaywatch.cases.contents import MapFeature, read_check
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Claim

LAYERS = {
    "broadcast": "positions",
    "sighting": "sightings",
    "detection": "hulls",
    "hull": "hulls",
    "berth": "berths",
    "water-path": "water_paths",
    "great-circle": "great_circles",
    "gap": "gaps",
    "search-disc": "areas",
    "area": "areas",
    "footprint": "footprints",
}
"""Role of a feature → layer. ``contradictions`` joins the two places of a check of two."""
_CONTRADICTS = {"two-places", "contradiction"}
_TEXTS = ("record", "subject", "kind", "role", "label", "register", "method", "verdict", "shown")
_OLD_DAY = "1980-01-01T00:00:00Z"
_UTC = 100
"""GDAL's time-zone flag of UTC."""


@dataclass(frozen=True, slots=True)
class _Row:
    layer: str
    shape: BaseGeometry
    texts: tuple[str | None, ...]
    time: TimeInterval | None
    probability: float | None


def gpkg_bytes(whole: Closure, committed: Container[str]) -> bytes | None:
    """The GeoPackage; None where the case is about no place.

    Args:
        whole: the records of the case.
        committed: ids of records that are shown in part; said in the column ``shown``.

    """
    layers: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    for row in _rows(whole, committed):
        layers[row.layer, _family(row.shape)].append(row)
    if not layers:
        return None
    names = [layer for layer, _ in layers]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "case.gpkg"
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _OLD_DAY})
        for (layer, family), rows in sorted(layers.items()):
            name = layer if names.count(layer) == 1 else f"{layer}_{family.lower()}s"
            _write(path, name, family, rows, append=path.exists())
        return path.read_bytes()


def _family(shape: BaseGeometry) -> str:
    kind = str(shape.geom_type)
    return {"LineString": "Line", "MultiLineString": "Line", "MultiPolygon": "Polygon",
            "MultiPoint": "Point"}.get(kind, kind)  # fmt: skip


def _write(path: Path, layer: str, family: str, rows: list[_Row], *, append: bool) -> None:
    kind = {"Line": "MultiLineString", "Polygon": "MultiPolygon", "Point": "Point"}[family]
    shapes = np.empty(len(rows), dtype=object)
    shapes[:] = [shapely.to_wkb(_many(row.shape)) for row in rows]
    columns = [np.array([row.texts[i] for row in rows], dtype=object) for i in range(len(_TEXTS))]
    chances = np.array([np.nan if r.probability is None else r.probability for r in rows])
    starts, ends = (
        np.array([_stamp(row.time, end) for row in rows], dtype="datetime64[ms]")
        for end in ("start", "end")
    )
    zones = np.full(len(rows), _UTC, dtype=np.int32)
    raw.write(
        str(path),
        shapes,
        [*columns, chances, starts, ends],
        [*_TEXTS, "probability", "start_utc", "end_utc"],
        layer=layer,
        driver="GPKG",
        geometry_type=kind,
        crs="EPSG:4326",
        append=append,
        nan_as_null=True,
        gdal_tz_offsets={"start_utc": zones, "end_utc": zones},
    )


def _many(shape: BaseGeometry) -> BaseGeometry:
    """A line or an area as the only one of several; a layer holds one type."""
    made: BaseGeometry = shape
    if shape.geom_type == "LineString":
        made = shapely.MultiLineString([shape])
    elif shape.geom_type == "Polygon":
        made = shapely.MultiPolygon([shape])
    return made


def _stamp(time: TimeInterval | None, end: str) -> np.datetime64:
    if time is None:
        return np.datetime64("NaT", "ms")
    return np.datetime64(getattr(time, end).replace(tzinfo=None), "ms")


def _rows(whole: Closure, committed: Container[str]) -> Iterator[_Row]:
    for observation in whole.observations:
        lon, lat = observation.values.get("lon"), observation.values.get("lat")
        if isinstance(lon, int | float) and isinstance(lat, int | float):
            texts = (
                observation.id, observation.subject, observation.what, "broadcast"
                if observation.what == "ais-position" else "sighting", observation.locator,
                "observed", None, None, _shown(observation.id, committed),
            )  # fmt: skip
            layer = "positions" if observation.what == "ais-position" else "sightings"
            yield _Row(layer, shapely.Point(lon, lat), texts, observation.time, None)
    for claim in whole.claims:
        yield from _of_claim(claim, committed)


def _of_claim(claim: Claim, committed: Container[str]) -> Iterator[_Row]:
    check = read_check(claim)
    places = []
    for feature in check.features:
        role = feature.properties.role
        for shape in _shapes(feature):
            texts = (
                claim.id, claim.subject, claim.predicate, role, feature.properties.label,
                claim.basis.value, claim.method, check.verdict, _shown(claim.id, committed),
            )  # fmt: skip
            yield _Row(LAYERS.get(role, "other"), shape, texts, claim.time, claim.probability)
            if shape.geom_type == "Point" and role in {"broadcast", "sighting", "detection"}:
                places.append(shape)
    if claim.predicate in _CONTRADICTS and len(places) > 1:
        ends = [(place.x, place.y) for place in places[:2]]
        shape = _unwrapped(great_circle(ends[0], ends[1]))
        joined = (
            claim.id, claim.subject, claim.predicate, "contradiction", check.verdict,
            claim.basis.value, claim.method, check.verdict, _shown(claim.id, committed),
        )  # fmt: skip
        yield _Row("contradictions", shape, joined, claim.time, claim.probability)


def _shown(record_id: str, committed: Container[str]) -> str:
    return "in part, committed" if record_id in committed else "whole"


def _shapes(feature: MapFeature) -> list[BaseGeometry]:
    radius, place = feature.properties.radius_nm, feature.geometry.get("coordinates")
    if feature.geometry.get("type") == "Point" and radius:
        return [shapely.Polygon(disc(place, radius))]  # type: ignore[arg-type]  # a GeoJSON pair
    geometry = {"type": feature.geometry.get("type"), "coordinates": place}
    try:
        return [shapely.geometry.shape(geometry)]
    except (ValueError, TypeError, shapely.errors.ShapelyError):
        return []


def _unwrapped(points: Sequence[tuple[float, float]]) -> BaseGeometry:
    """A line in two parts where it crosses the antimeridian, as a GIS wants it."""
    parts: list[list[tuple[float, float]]] = [[]]
    last = None
    for lon, lat in points:
        wrapped = (lon + 180) % 360 - 180
        if last is not None and abs(wrapped - last) > 180:
            parts.append([])
        parts[-1].append((wrapped, lat))
        last = wrapped
    kept = [part for part in parts if len(part) > 1]
    return shapely.MultiLineString(kept) if kept else shapely.LineString(points)


def layers_of(data: bytes) -> dict[str, list[tuple[Any, ...]]]:
    """What a GeoPackage says: layer → rows, each its shape as WKB and its columns."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "case.gpkg"
        path.write_bytes(data)
        found = {}
        for name, _ in pyogrio.list_layers(path):
            meta, _, shapes, columns = raw.read(str(path), layer=name, datetime_as_string=True)
            told = [tuple(meta["fields"]), meta["geometry_type"], meta["crs"]]
            rows = list(zip(shapes, *(map(str, column) for column in columns), strict=True))
            found[str(name)] = [tuple(told), *rows]
        return found


def same_layers(made: bytes, other: bytes) -> bool:
    """Whether two GeoPackages say the same, whatever version of the library wrote them."""
    if made == other:
        return True
    try:
        return layers_of(made) == layers_of(other)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, ValueError):
        return False
