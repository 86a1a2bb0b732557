"""Rows of the lake as records of fixed width, so that sorting and comparing move whole rows.

A record holds what makes a row the same message first (``partition.message_columns``), then what
only says how it came to us. Two rows are one message exactly if the first part is equal byte for
byte: unknown numbers are one NaN or -1, and texts are numbers of one table of texts.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from quaywatch.ais.schema import POSITIONS, STATICS
from quaywatch.stores.partition import TABLES, message_columns

Rows = NDArray[np.void]
"""Records of one table's dtype."""
Words = NDArray[np.uint64]
"""The same records, shape (rows, 8-byte words)."""

NO_TIME = np.iinfo(np.int64).min
NO_RECORD = np.iinfo(np.uint64).max
_NO_TEXT = -1
_CACHED_ROWS = 1 << 13
"""So many records stay in the processor's cache while their columns are filled one by one."""
_STORED: dict[Any, str] = {
    pl.UInt8(): "<i2", pl.UInt16(): "<i4", pl.UInt32(): "<i8", pl.UInt64(): "<u8",
    pl.Float32(): "<f4", pl.Float64(): "<f8", pl.String(): "<i4",
    pl.Datetime("us", "UTC"): "<i8",
}  # fmt: skip
_ARROW: dict[str, pa.Schema] = {"positions": POSITIONS, "statics": STATICS}


def _layout(table: str) -> tuple[np.dtype[np.void], int]:
    """The record's dtype, and how many 8-byte words make the message."""
    key = message_columns(table)
    rest = [name for name in TABLES[table] if name not in key and name != "source_id"]
    names: list[str] = []
    formats: list[str] = []
    offsets: list[int] = []
    at = 0
    for part in (key, rest):
        stored = {name: "<u4" if name == "mmsi" else _STORED[TABLES[table][name]] for name in part}
        for name in sorted(part, key=lambda name: -np.dtype(stored[name]).itemsize):
            names.append(name)
            formats.append(stored[name])
            offsets.append(at)
            at += np.dtype(stored[name]).itemsize
        at += -at % 8
        if part is key:
            words = at // 8
    dtype: np.dtype[np.void] = np.dtype(
        {"names": names, "formats": formats, "offsets": offsets, "itemsize": at}
    )
    return dtype, words


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table's rows are packed."""

    table: str
    dtype: np.dtype[np.void]
    key_words: int
    """Words from the start that make the message."""

    def words(self, rows: Rows) -> Words:
        """The rows as 8-byte words, the same memory."""
        return rows.view(np.uint64).reshape(len(rows), self.dtype.itemsize // 8)

    def joined(self, parts: Sequence[Rows]) -> Rows:
        """Several as one; numpy's own joining would drop the bytes between the columns."""
        if len(parts) == 1:
            return parts[0]
        words = np.concatenate([self.words(part) for part in parts])
        return words.view(self.dtype).reshape(-1)


LAYOUTS = {table: Layout(table, *_layout(table)) for table in ("positions", "statics")}


class Texts:
    """A number for each different text of a session; they are few beside the rows."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._lock = threading.Lock()
        self.all: list[str] = []

    def numbers(self, column: pl.Series) -> NDArray[np.int32] | int:
        """The number of each text, -1 for null; one number where all are the same."""
        if column.null_count() == len(column):
            return _NO_TEXT
        first = column[0]
        if first is not None and not column.null_count() and bool((column == first).all()):
            return self._of(first)
        different = column.unique(maintain_order=True)
        known = [None if text is None else self._of(text) for text in different.to_list()]
        codes = column.replace_strict(
            different, pl.Series(known, dtype=pl.Int32), return_dtype=pl.Int32
        )
        numbers: NDArray[np.int32] = codes.fill_null(_NO_TEXT).to_numpy()
        return numbers

    def _of(self, text: str) -> int:
        with self._lock:
            number = self._number.setdefault(text, len(self.all))
            if number == len(self.all):
                self.all.append(text)
        return number


def pack(frame: pl.DataFrame, layout: Layout, texts: Texts, into: Rows | None = None) -> Rows:
    """Rows of the contract as records.

    Args:
        frame: columns of the table, as ``partition.fitted`` leaves them, or its message columns.
        layout: of the table.
        texts: the session's.
        into: records to fill, as many as rows; zero, or filled by this function before.

    """
    # Zeros, because the bytes between columns are compared too.
    rows: Rows = np.zeros(frame.height, layout.dtype) if into is None else into
    columns = {
        name: _packed(frame[name], layout.dtype[name], texts)
        for name in layout.dtype.names or ()
        if name in frame.columns
    }
    for begin in range(0, len(rows), _CACHED_ROWS):
        end = begin + _CACHED_ROWS
        for name, values in columns.items():
            rows[name][begin:end] = values[begin:end] if isinstance(values, np.ndarray) else values
    return rows


class Waiting:
    """Records that wait to be sorted, in one piece of memory that is used again."""

    def __init__(self, layout: Layout, most: int) -> None:
        self._layout, self._most = layout, most
        # Zeros that are not touched take no room.
        self._room: Rows = np.zeros(0, layout.dtype)
        self._used = 0

    @property
    def rows(self) -> Rows:
        """What waits."""
        return self._room[: self._used]

    def has_room(self, more: int) -> bool:
        """Whether so many can be added; to none they always can."""
        return self._used == 0 or self._used + more <= len(self._room)

    def add(self, frame: pl.DataFrame, texts: Texts) -> Rows:
        """Pack rows of the contract; returns them."""
        if self._used == 0 and len(self._room) < max(frame.height, self._most):
            self._room = np.zeros(
                max(2 * frame.height, self._most + frame.height), self._layout.dtype
            )
        added = self._room[self._used : self._used + frame.height]
        self._used += frame.height
        return pack(frame, self._layout, texts, into=added)

    def clear(self) -> None:
        """They were taken."""
        self._used = 0

    def let_go(self) -> None:
        """Nothing more comes."""
        self._room, self._used = np.zeros(0, self._layout.dtype), 0


def _packed(column: pl.Series, stored: "np.dtype[Any]", texts: Texts) -> NDArray[Any] | float:
    if column.dtype == pl.String:
        return texts.numbers(column)
    missing: int | float = -1
    if column.dtype.is_float():
        missing = float("nan")
    elif isinstance(column.dtype, pl.Datetime):
        column, missing = column.cast(pl.Int64), NO_TIME
    elif column.dtype == pl.UInt64:
        missing = NO_RECORD
    elif column.null_count():
        column = column.cast(pl.Int64)
    if column.null_count() == len(column):
        return missing
    filled: NDArray[Any] = column.fill_null(missing).to_numpy()
    if column.dtype.is_float():
        # -0.0 and 0.0 are one value; as bits they would be two messages.
        filled = filled + filled.dtype.type(0)
    return filled.astype(stored, copy=False)


def arrow(rows: Rows, layout: Layout, texts: Sequence[str], source_id: str) -> pa.Table:
    """Records as a table of the contract; texts as dictionaries, which Parquet writes as such."""
    columns = []
    for field in _ARROW[layout.table]:
        if field.name == "source_id":
            columns.append(_dictionary(np.zeros(len(rows), np.int32), [source_id]))
        else:
            columns.append(_column(np.ascontiguousarray(rows[field.name]), field.type, texts))
    return pa.Table.from_arrays(columns, schema=arrow_schema(layout))


def arrow_schema(layout: Layout) -> pa.Schema:
    """The schema of ``arrow``."""
    coded = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(
        [
            pa.field(field.name, coded if pa.types.is_string(field.type) else field.type)
            for field in _ARROW[layout.table]
        ]
    )


def _column(values: NDArray[Any], kind: pa.DataType, texts: Sequence[str]) -> pa.Array:
    if pa.types.is_string(kind):
        return _dictionary(values, texts)
    missing = _missing(values, kind)
    if missing.any():
        if missing.all():
            return pa.nulls(len(values), kind)
        mask = missing
    else:
        mask = None
    if pa.types.is_timestamp(kind):
        return pa.array(values, pa.int64(), mask=mask).cast(kind)
    return pa.array(values.astype(kind.to_pandas_dtype(), copy=False), kind, mask=mask)


def _missing(values: NDArray[Any], kind: pa.DataType) -> NDArray[np.bool_]:
    missing: NDArray[np.bool_] = np.zeros(0, np.bool_)
    if pa.types.is_floating(kind):
        missing = np.isnan(values)
    elif pa.types.is_timestamp(kind):
        missing = values == NO_TIME
    elif values.dtype == np.uint64:
        missing = values == NO_RECORD
    elif values.dtype.kind == "i":
        missing = values < 0
    return missing


def _dictionary(codes: NDArray[np.int32], texts: Sequence[str]) -> pa.Array:
    low, high = int(codes.min(initial=_NO_TEXT)), int(codes.max(initial=_NO_TEXT))
    if high < 0:
        return pa.nulls(len(codes), pa.dictionary(pa.int32(), pa.string()))
    if low == high:
        used, codes = np.array([low]), np.zeros(len(codes), np.int32)
    else:
        used = np.flatnonzero(np.bincount(codes + 1, minlength=high + 2)[1:])
        places = np.full(high + 2, -1, np.int32)
        places[used] = np.arange(len(used), dtype=np.int32)
        codes = places[codes]
    mask = codes < 0
    numbers = pa.array(codes, mask=mask if mask.any() else None)
    return pa.DictionaryArray.from_arrays(numbers, pa.array([texts[i] for i in used], pa.string()))
