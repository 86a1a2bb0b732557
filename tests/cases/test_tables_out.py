"""Tables for others' tools: what is unknown stays unknown, in every form, and any tool opens it."""

import csv
import io
import itertools
import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon, shape

from quaywatch.cases.tables_out import FORMS, line_on_earth, table_bytes

ROWS: list[dict[str, Any]] = [
    {"ship": "ONE", "at": datetime(2024, 3, 1, tzinfo=UTC), "t": 12.5, "by": ["ais"], "n": None},
    {"ship": "=1+1", "at": None, "t": float("nan"), "by": None, "n": None},
]
SHAPES = [Point(125.4, 38.7), None]


def test_geoparquet_carries_what_readers_need() -> None:
    """Without the geo metadata GIS programs see a blob, not a place."""
    read = pq.read_table(io.BytesIO(table_bytes("parquet", ROWS, SHAPES, about={"method": "m@1"})))
    geo = json.loads(read.schema.metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"][geo["primary_column"]] == {
        "encoding": "WKB", "geometry_types": ["Point"], "bbox": [125.4, 38.7, 125.4, 38.7],
    }  # fmt: skip
    assert json.loads(read.schema.metadata[b"quaywatch"]) == {"method": "m@1"}
    assert [None if b is None else shapely.from_wkb(b) for b in read["geometry"].to_pylist()] == (
        SHAPES
    )


def test_geoparquet_opens_in_geopandas_in_degrees() -> None:
    """A file only we can read is no export."""
    geopandas = pytest.importorskip("geopandas")
    frame = geopandas.read_parquet(io.BytesIO(table_bytes("parquet", ROWS, SHAPES)))
    assert frame.crs.to_string() == "OGC:CRS84"
    assert frame.geometry[0].equals(SHAPES[0])
    assert frame["t"].isna().tolist() == [False, True]


@pytest.mark.parametrize("form", FORMS)
def test_same_rows_same_bytes(form: str) -> None:
    """A hash of an export is quoted; it may not change with the hour."""
    assert table_bytes(form, ROWS, SHAPES) == table_bytes(form, ROWS, SHAPES)


def test_csv_leaves_unknown_empty_and_runs_nothing() -> None:
    """A NaN read as 0, or a ship whose name is a formula, would reach the spreadsheet."""
    rows = list(csv.DictReader(io.StringIO(table_bytes("csv", ROWS, SHAPES).decode())))
    assert [row["t"] for row in rows] == ["12.5", ""]
    assert rows[1]["ship"] == "'=1+1"
    assert rows[0]["geometry"] == "POINT (125.4 38.7)"
    assert rows[0]["at"] == "2024-03-01T00:00:00Z"


def test_geojson_is_that_of_the_standard() -> None:
    """QGIS and the web read RFC 7946: rings anticlockwise, null where there is no place."""
    clockwise = Polygon([(0, 0), (0, 1), (1, 1), (1, 0)])
    made = json.loads(table_bytes("geojson", ROWS, [clockwise, None]))
    assert shapely.is_ccw(shape(made["features"][0]["geometry"]).exterior)
    assert made["features"][1]["geometry"] is None
    assert made["features"][1]["properties"]["t"] is None


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_table_is_still_a_table(form: str) -> None:
    """No voyages is an answer; a file that does not open reads as a fault."""
    made = table_bytes(form, pl.DataFrame(schema={"ship": pl.String, "t": pl.Float64}), [])
    if form == "parquet":
        assert pq.read_table(io.BytesIO(made)).num_rows == 0
    elif form == "geojson":
        assert json.loads(made)["features"] == []
    else:
        assert made.decode().strip() == "ship,t,geometry"


def test_a_column_of_mixed_kinds_loses_nothing() -> None:
    """A value dropped because the one above it was a number is a silent gap."""
    made = table_bytes("csv", [{"of": 5}, {"of": "many"}]).decode().split()
    assert made == ["of", "5", "many"]


lons = st.floats(-180, 180, allow_nan=False)
lats = st.floats(-80, 80, allow_nan=False)


@given(st.lists(st.tuples(lons, lats), min_size=2, max_size=6, unique=True))
def test_no_piece_of_a_line_goes_the_long_way_round(vertices: list[tuple[float, float]]) -> None:
    """A leg across the antimeridian drawn over all of Asia would be a lie."""
    line = line_on_earth(vertices)
    assert line is not None
    pieces = line.geoms if line.geom_type == "MultiLineString" else [line]
    for piece in pieces:
        xs = [x for x, _ in piece.coords]
        assert all(abs(b - a) <= 180 for a, b in itertools.pairwise(xs))
        assert all(-180 <= x <= 180 for x in xs)
