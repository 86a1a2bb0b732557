"""``--out FILE``: a table or a drawing, in the form that the file's ending names."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl
from pydantic import JsonValue

from quaywatch.cases.tables_out import FORMS, Geometries, table_bytes
from quaywatch.errors import ArgumentError
from quaywatch.stores.files import land_bytes

DRAWN: Final = ("png", "svg")
Draw = Callable[[str], bytes]
"""Makes the drawing as ``png`` or ``svg``."""


def form_of(path: Path, *, flag: str = "--out", forms: Sequence[str] = (*FORMS, *DRAWN)) -> str:
    """The form that a file's name asks for.

    Raises:
        ArgumentError: it ends in none that can be written.

    Examples:
        >>> form_of(Path("Legs.GeoJSON"))
        'geojson'

    """
    form = path.suffix.lower().removeprefix(".")
    if form not in forms:
        fact = f"{path.name} ends in none of {', '.join(f'.{form}' for form in forms)}"
        raise ArgumentError(flag=flag, fact=fact, remedy="Name the file so.")
    return form


def write_table(
    path: Path,
    rows: Sequence[Mapping[str, Any]] | pl.DataFrame,
    geometry: Geometries | None = None,
    *,
    about: Mapping[str, JsonValue] | None = None,
    flag: str = "--out",
) -> Path:
    """Write rows with their geometry as ``.csv``, ``.geojson`` or ``.parquet`` (GeoParquet).

    Args:
        path: file to write; whole, or not at all.
        rows: of the table (``quaywatch.cases.tables_out`` says what becomes of them).
        geometry: one a row, WGS84 degrees, longitude first; None: the table has none.
        about: what holds for all rows.
        flag: by which the user named the file.

    Raises:
        ArgumentError: the name ends otherwise.
        DiskFullError: no room.

    """
    made = table_bytes(form_of(path, flag=flag, forms=FORMS), rows, geometry, about=about)
    land_bytes(made, path.absolute())
    return path


def write_out(
    path: Path,
    rows: Sequence[Mapping[str, Any]] | pl.DataFrame,
    geometry: Geometries | None,
    draw: Draw,
    *,
    about: Mapping[str, JsonValue] | None = None,
) -> Path:
    """Write a table or, where the name ends in ``.png`` or ``.svg``, its drawing.

    Raises:
        ArgumentError: the name ends otherwise.
        DiskFullError: no room.

    """
    form = form_of(path)
    if form not in DRAWN:
        return write_table(path, rows, geometry, about=about)
    land_bytes(draw(form), path.absolute())
    return path
