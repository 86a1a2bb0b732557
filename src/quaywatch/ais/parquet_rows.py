"""Parquet in: our own contract's, and other providers' by the same dialects as CSV and JSON.

Columns keep their types: a number is never written out as text to be read again. ``record`` is
the number of the row, from 1. Row groups are read page by page, so that memory does not grow with
their size. A NaN says "not known" in a table of numbers, as it does in Global Fishing Watch's.
"""

import json
from collections.abc import Iterator
from typing import BinaryIO, cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from quaywatch.ais.dialects import REQUIRED, Dialect, recognise_columns
from quaywatch.ais.meaning import MMSI_MAX
from quaywatch.ais.nmea import NmeaContext
from quaywatch.ais.schema import (
    POSITIONS,
    POSITIONS_FRAME,
    REJECTS_FRAME,
    STATICS,
    STATICS_FRAME,
    AisBatch,
    conform,
)
from quaywatch.ais.tabular import interpret, no_memory
from quaywatch.ais.timestamps import implausible
from quaywatch.errors import DialectError, SourceTruncatedError

MAGIC = b"PAR1"
BATCH_ROWS = 1 << 18
_PAGE_BYTES = 1 << 20
_OURS_TO_SET = ("source_id", "record")
"""Columns of ours that a new source gives anew."""


def _opened(stream: BinaryIO, source: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(stream, buffer_size=_PAGE_BYTES, pre_buffer=False)
    except (pa.ArrowException, OSError, ValueError) as err:
        raise SourceTruncatedError(source=source, detail=_first_line(err)) from err


def _first_line(err: Exception) -> str:
    return next(iter(str(err).splitlines()), type(err).__name__)


def _contract(schema: pa.Schema) -> str | None:
    """Which of our tables has exactly these columns and types."""
    for name, ours in (("positions", POSITIONS), ("statics", STATICS)):
        same = set(schema.names) == set(ours.names) and all(
            _plain(schema.field(field.name).type) == field.type for field in ours
        )
        if same:
            return name
    return None


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type, whichever way its texts are kept."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    texts = pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return pa.string() if texts else kind


def _batches(
    file: pq.ParquetFile, columns: list[str], source: str
) -> Iterator[tuple[int, pl.DataFrame]]:
    """Frames of those columns, each with the number of its first row, from 1.

    Raises:
        SourceTruncatedError: a page is damaged.
        DialectError: a column holds what no AIS does (lists, say).
    """
    first = 1
    made = file.iter_batches(batch_size=BATCH_ROWS, columns=columns)
    while True:
        try:
            batch = next(made, None)
        except (pa.ArrowException, OSError, ValueError) as err:
            raise SourceTruncatedError(source=source, detail=_first_line(err)) from err
        if batch is None:
            return
        try:
            frame = cast("pl.DataFrame", pl.from_arrow(batch))
        except (pa.ArrowException, pl.exceptions.PolarsError, ValueError, TypeError) as err:
            fact = f"A column cannot be read as a table's: {_first_line(err)}."
            raise DialectError(fact=fact, remedy="Write it as plain numbers and texts.") from err
        yield first, frame
        first += batch.num_rows


def decode_parquet(
    stream: BinaryIO, *, source: str, dialect: Dialect | None, context: NmeaContext
) -> Iterator[AisBatch]:
    """Decode a Parquet file.

    Args:
        stream: can seek.
        source: how messages name it.
        dialect: what the columns mean; told from their names if None.
        context: what the file does not say.

    Raises:
        SourceTruncatedError: it is no whole Parquet file.
        DialectError: no known layout has its columns.

    Examples:
        >>> import io
        >>> file = io.BytesIO()
        >>> pl.DataFrame({"ssvid": ["412331104", "x"], "timestamp": [1704412120, 1704412121],
        ...               "lon": [121.5, 121.5], "lat": [38.9, float("nan")]}).write_parquet(file)
        >>> context = NmeaContext("example")
        >>> (batch,) = decode_parquet(file, source="example", dialect=None, context=context)
        >>> batch.positions.select("mmsi", "lon", "record").rows()
        [(412331104, 121.5, 1)]
        >>> batch.rejects["reason"].to_list()
        ['cell-unreadable']

    """
    stream.seek(0)
    file = _opened(stream, source)
    schema = file.schema_arrow
    table = _contract(schema) if dialect is None else None
    if table is not None:
        columns = [name for name in schema.names if name not in _OURS_TO_SET]
        for first, frame in _batches(file, columns, source):
            yield _ours(frame, table, first, context)
        return
    used = dialect or recognise_columns(schema.names)
    if used is None:
        raise DialectError(
            fact=f"No known layout has the columns {', '.join(schema.names)[:200]}.",
            remedy="Declare which columns hold mmsi, at, lon and lat.",
        )
    yield from _foreign(file, used, context, source)


def _ours(frame: pl.DataFrame, table: str, first: int, context: NmeaContext) -> AisBatch:
    """Rows of our own contract; checked, because anyone can write the column names."""
    schema = POSITIONS_FRAME if table == "positions" else STATICS_FRAME
    rows = frame.with_columns(
        pl.int_range(first, first + frame.height, dtype=pl.UInt64).alias("record"),
        pl.lit(context.source_id).alias("source_id"),
    ).select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    if context.receiver is not None:
        rows = rows.with_columns(pl.col("receiver").fill_null(context.receiver))
    early = implausible(rows["at"], received_before=context.received_before)
    rules: list[tuple[str, pl.Expr]] = [
        ("mmsi-invalid", ~pl.col("mmsi").is_between(1, MMSI_MAX).fill_null(value=False)),
        ("time-implausible", pl.lit(early)),
    ]
    floats = [name for name, dtype in schema.items() if dtype.is_float()]
    wild = pl.any_horizontal((~pl.col(name).is_finite()).fill_null(value=False) for name in floats)
    rules.append(("cell-unreadable", wild))
    if table == "positions":
        half = pl.col("lon").is_null() != pl.col("lat").is_null()
        outside = (pl.col("lon").abs() > 180) | (pl.col("lat").abs() > 90)
        rules.append(("position-out-of-range", (half | outside).fill_null(value=False)))
    bad = rows.select(pl.any_horizontal(rule for _, rule in rules)).to_series()
    rejects = pl.DataFrame(schema=REJECTS_FRAME)
    if bad.any():
        chosen = pl.coalesce(pl.when(rule).then(pl.lit(name)) for name, rule in rules)
        told = rows.select("record", chosen.alias("reason")).filter(bad)
        rejects = _rejects(told, frame.filter(bad), context)
        rows = rows.filter(~bad)
    empty = AisBatch.empty()
    return AisBatch(
        positions=rows if table == "positions" else empty.positions,
        statics=rows if table == "statics" else empty.statics,
        rejects=rejects,
        records=frame.height,
    )


def _rejects(told: pl.DataFrame, rows: pl.DataFrame, context: NmeaContext) -> pl.DataFrame:
    """``told`` is (record, reason, detail?) of ``rows``, whose cells are kept as JSON."""
    raw = [json.dumps(row, default=str, ensure_ascii=False) for row in rows.iter_rows(named=True)]
    return conform(
        told.with_columns(raw=pl.Series(raw, dtype=pl.String), source_id=pl.lit(context.source_id)),
        REJECTS_FRAME,
    )


def _foreign(
    file: pq.ParquetFile, dialect: Dialect, context: NmeaContext, source: str
) -> Iterator[AisBatch]:
    names = file.schema_arrow.names
    wanted: dict[str, str] = {}
    for ours, column in dialect.columns.items():
        theirs = next((name for name in column.names if name in names), None)
        if theirs is not None:
            wanted[ours] = theirs
    missing = [dialect.columns[ours].names[0] for ours in REQUIRED if ours not in wanted]
    if missing:
        raise DialectError(
            fact=f"The table has no column {', '.join(missing)} ({dialect.name} layout).",
            remedy=f"It has: {', '.join(names)}. Declare a mapping for these columns.",
        )
    memory = no_memory()
    for first, frame in _batches(file, sorted(set(wanted.values())), source):
        record = pl.int_range(first, first + frame.height, dtype=pl.UInt64).alias("record")
        cells = frame.select(
            *(_cells(theirs, frame.schema[theirs]).alias(ours) for ours, theirs in wanted.items()),
            record,
        )
        said = interpret(cells, dialect, context, memory)
        memory = said.memory
        refused = frame[(said.rejects["record"] - first).cast(pl.UInt32)]
        yield AisBatch(
            positions=said.positions,
            statics=said.statics,
            rejects=_rejects(said.rejects, refused, context),
            records=frame.height,
        )


def _cells(name: str, dtype: pl.DataType) -> pl.Expr:
    """The column as numbers, instants or texts."""
    column = pl.col(name)
    if dtype.is_numeric() or isinstance(dtype, pl.Datetime) or dtype == pl.String:
        return column
    if dtype == pl.Binary:
        return column.cast(pl.String, strict=False)
    if dtype.is_nested():
        fact = f"The column {name} holds {dtype}."
        raise DialectError(fact=fact, remedy="Write it as plain numbers and texts.")
    return column.cast(pl.String)
