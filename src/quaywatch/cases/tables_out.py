"""Tables for other people's tools: CSV, GeoJSON and GeoParquet of the same rows.

One row is one thing, at most one geometry each, in WGS84 degrees, longitude first. What is unknown
is an empty cell, null, never a number. What holds for the whole table (method, credit, that it is
simulated) travels with GeoJSON and GeoParquet under ``quaywatch``; a CSV has no place for it, so
rows carry their own ``method``.
"""

import io
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pydantic import JsonValue
from shapely.geometry import LineString, MultiLineString, mapping
from shapely.geometry.base import BaseGeometry

Geometries = Sequence[BaseGeometry | None]
FORMS: Final = ("csv", "geojson", "parquet")
GEOPARQUET: Final = "1.1.0"
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes text that begins so for a formula; a ship may call herself anything."""


def table_bytes(
    form: str,
    rows: Sequence[Mapping[str, Any]] | pl.DataFrame,
    geometry: Geometries | None = None,
    *,
    about: Mapping[str, JsonValue] | None = None,
) -> bytes:
    """Rows with their geometry as a file of one form.

    Times become ISO 8601 in UTC (a timestamp in Parquet), lists and objects JSON text (as they are
    in GeoJSON). In CSV the geometry is WKT in a column ``geometry``, and text that a spreadsheet
    would run as a formula begins with an apostrophe.

    Args:
        form: ``csv``, ``geojson`` or ``parquet``.
        rows: of one table; the columns of all of them, in order of appearance.
        geometry: one a row, or None where it has none; None: the table has none at all.
        about: what holds for all rows: method, credit, whether it is simulated.

    Raises:
        ValueError: another form, or not as many geometries as rows.

    Source:
        RFC 7946 (GeoJSON); GeoParquet 1.1.0 (WKB, coordinates in OGC:CRS84); RFC 4180 (CSV).

    Examples:
        >>> from shapely.geometry import Point
        >>> table_bytes("csv", [{"port": "A", "t": None}], [Point(1, 2)]).decode().split()
        ['port,t,geometry', 'A,,POINT', '(1', '2)']

    """
    listed = list(rows.iter_rows(named=True)) if isinstance(rows, pl.DataFrame) else list(rows)
    shapes = [None] * len(listed) if geometry is None else list(geometry)
    if len(shapes) != len(listed):
        msg = f"{len(listed)} rows, but {len(shapes)} geometries"
        raise ValueError(msg)
    shapes = [None if s is None or s.is_empty else shapely.orient_polygons(s) for s in shapes]
    if form == "geojson":
        return _geojson(listed, shapes, about or {})
    schema = rows.schema if isinstance(rows, pl.DataFrame) else None
    if form == "parquet":
        return _parquet(listed, schema, shapes if geometry is not None else None, about or {})
    if form == "csv":
        return _csv(listed, schema, shapes if geometry is not None else None)
    msg = f"{form!r} is none of {', '.join(FORMS)}"
    raise ValueError(msg)


def line_on_earth(vertices: Sequence[tuple[float, float]]) -> LineString | MultiLineString | None:
    """A line along these vertices, cut where it crosses the antimeridian (RFC 7946, 3.1.9).

    Each piece goes the shorter way round. None for fewer than two different vertices.

    Args:
        vertices: longitude and latitude in degrees, in order.

    Examples:
        >>> print(line_on_earth([(179, 0), (-179, 2)]))
        MULTILINESTRING ((179 0, 180 1), (-180 1, -179 2))
        >>> print(line_on_earth([(1, 0), (2, 0)]))
        LINESTRING (1 0, 2 0)

    """
    pieces: list[list[tuple[float, float]]] = [[]]
    for lon, lat in vertices:
        here = ((lon + 180.0) % 360.0 - 180.0 if not -180.0 <= lon <= 180.0 else lon, lat)
        if pieces[-1] and abs(here[0] - pieces[-1][-1][0]) > 180.0:
            last = pieces[-1][-1]
            side = math.copysign(180.0, last[0])
            ahead = here[0] + math.copysign(360.0, side)
            share = (side - last[0]) / (ahead - last[0])
            cut = last[1] + share * (here[1] - last[1])
            pieces[-1].append((side, cut))
            pieces.append([(-side, cut)])
        if not pieces[-1] or pieces[-1][-1] != here:
            pieces[-1].append(here)
    lines = [LineString(piece) for piece in pieces if len(set(piece)) > 1]
    if not lines:
        return None
    return lines[0] if len(lines) == 1 else MultiLineString(lines)


def _geojson(
    rows: Sequence[Mapping[str, Any]], shapes: Geometries, about: Mapping[str, JsonValue]
) -> bytes:
    names = _columns(rows)
    whole = {
        "type": "FeatureCollection",
        "quaywatch": dict(about),
        "features": [
            {
                "type": "Feature",
                "geometry": None if shape is None else mapping(shape),
                "properties": {name: _plain(row.get(name)) for name in names},
            }
            for row, shape in zip(rows, shapes, strict=True)
        ],
    }
    return (json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def _parquet(
    rows: Sequence[Mapping[str, Any]],
    schema: pl.Schema | None,
    shapes: Geometries | None,
    about: Mapping[str, JsonValue],
) -> bytes:
    table = _frame(rows, schema).to_arrow(compat_level=pl.CompatLevel.oldest())
    told = {b"quaywatch": json.dumps(dict(about), ensure_ascii=False, allow_nan=False).encode()}
    if shapes is not None:
        wkb = [None if s is None else shapely.to_wkb(s, byte_order=1) for s in shapes]
        table = table.append_column("geometry", pa.array(wkb, pa.binary()))
        told[b"geo"] = json.dumps(_geo(shapes)).encode()
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(told), out, compression="zstd")
    return out.getvalue()


def _geo(shapes: Geometries) -> dict[str, Any]:
    """The ``geo`` metadata; without a ``crs`` the coordinates are OGC:CRS84."""
    drawn = [shape for shape in shapes if shape is not None]
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted({shape.geom_type for shape in drawn}),
    }
    if drawn:
        column["bbox"] = [float(edge) for edge in shapely.total_bounds(drawn)]
        if any(shape.geom_type == "Polygon" for shape in drawn):
            column["orientation"] = "counterclockwise"
    return {"version": GEOPARQUET, "primary_column": "geometry", "columns": {"geometry": column}}


def _csv(
    rows: Sequence[Mapping[str, Any]], schema: pl.Schema | None, shapes: Geometries | None
) -> bytes:
    frame = _frame(rows, schema)
    frame = frame.with_columns(
        *(_safe(name) for name, kind in frame.schema.items() if kind == pl.String),
        *(
            pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
            for name, kind in frame.schema.items()
            if isinstance(kind, pl.Datetime)
        ),
    )
    if shapes is not None:
        wkt = [None if s is None else shapely.to_wkt(s, rounding_precision=6) for s in shapes]
        frame = frame.with_columns(geometry=pl.Series(wkt, dtype=pl.String))
    return frame.write_csv().encode()


def _safe(name: str) -> pl.Expr:
    text = pl.col(name)
    runs = pl.any_horizontal(text.str.starts_with(sign) for sign in _RUNS)
    return pl.when(runs).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name)


def _frame(rows: Sequence[Mapping[str, Any]], schema: pl.Schema | None) -> pl.DataFrame:
    """The rows as columns; one that is unknown in every row is text."""
    names = list(schema) if schema is not None else _columns(rows)
    columns = []
    for name in names:
        cells = [_cell(row.get(name)) for row in rows]
        kind = schema[name] if schema is not None else None
        if kind is None or kind.is_nested() or kind == pl.Null:
            kinds = {type(cell) for cell in cells if cell is not None}
            if len(kinds) > 1 and not kinds <= {int, float}:
                cells = [None if cell is None else str(cell) for cell in cells]
            column = pl.Series(name, cells, strict=False)
        else:
            column = pl.Series(name, cells, dtype=kind)
        columns.append(column.cast(pl.String) if column.dtype == pl.Null else column)
    return pl.DataFrame(columns)


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _cell(value: object) -> object:
    """A value of one column: numbers that are none become empty, what is nested becomes JSON."""
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: Any) -> Any:  # noqa: ANN401  # JSON is any value
    """A value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value
