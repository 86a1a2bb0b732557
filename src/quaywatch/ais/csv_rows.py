"""CSV in blocks of whole lines: every row is taken or rejected, and keeps its line number.

All cells are read as text, so that a bad one is a counted reject and never a guess. A cell that
contains a line break makes its row ragged: line numbers stay exact, and no provider we know
writes one. Lines that are not in the stated encoding are rejected, their bytes kept.
"""

import csv
import io
from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from quaywatch.ais.dialects import REQUIRED, Dialect
from quaywatch.ais.nmea import NmeaContext
from quaywatch.ais.schema import REJECTS_FRAME, AisBatch, conform
from quaywatch.ais.tabular import Memory, interpret, no_memory
from quaywatch.errors import DialectError

_RAGGED, _ENCODING = "row-ragged", "encoding"


def read_header(line: bytes, delimiter: str) -> list[str]:
    r"""The column names of a header line.

    Examples:
        >>> read_header(b"\xef\xbb\xbfMMSI,LAT\r\n", ",")
        ['MMSI', 'LAT']

    """
    text = line.decode("utf-8-sig", "replace").strip("\r\n")
    try:
        return [name.strip() for name in next(csv.reader([text], delimiter=delimiter), [])]
    except csv.Error:
        return [text]  # no header of any table


def _chosen(header: list[str], dialect: Dialect) -> dict[str, str]:
    """Our column → theirs, of those that the file has.

    Raises:
        DialectError: a required one is not there.
    """
    chosen: dict[str, str] = {}
    for ours, column in dialect.columns.items():
        name = next((name for name in column.names if name in header), None)
        if name is not None:
            chosen[ours] = name
    missing = [dialect.columns[ours].names[0] for ours in REQUIRED if ours not in chosen]
    if missing:
        raise DialectError(
            fact=f"The header has no column {', '.join(missing)} ({dialect.name} layout).",
            remedy=f"It has: {', '.join(header)}. Declare a mapping for these columns.",
        )
    return chosen


def _undecodable(block: bytes, encoding: str) -> tuple[bytes, list[int]]:
    """The block as UTF-8, with the lines that ``encoding`` cannot read blanked, and which."""
    try:
        return (block, []) if block.isascii() else (block.decode(encoding).encode(), [])
    except UnicodeDecodeError:
        pass
    lines, bad = block.split(b"\n"), []
    for i, line in enumerate(lines):
        try:
            lines[i] = line.decode(encoding).encode()
        except UnicodeDecodeError:
            lines[i] = b""
            bad.append(i)
    return b"\n".join(lines), bad


def _torn(block: bytes) -> tuple[bytes, list[int]]:
    """The block with the lines that leave a quote open blanked, and which.

    An open quote would swallow the rows after it.
    """
    quotes = np.flatnonzero(np.frombuffer(block, np.uint8) == ord('"'))
    if not len(quotes):
        return block, []
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))
    torn = np.flatnonzero(np.bincount(np.searchsorted(ends, quotes)) % 2).tolist()
    if not torn:
        return block, []
    lines = block.split(b"\n")
    for i in torn:
        lines[i] = b""
    return b"\n".join(lines), torn


def _parse(
    block: bytes, header: list[str], delimiter: str, wanted: dict[str, str]
) -> tuple[pl.DataFrame, list[int]]:
    """The wanted cells of the well-formed rows with their line index, and the ragged lines."""
    ragged: list[int] = []

    def skip(row: pa_csv.InvalidRow) -> str:
        ragged.append(row.number - 1)
        return "skip"

    # Headers may repeat a name; positions do not.
    names = [str(i) for i in range(len(header))]
    place = {ours: str(header.index(theirs)) for ours, theirs in wanted.items()}
    table = pa_csv.read_csv(
        io.BytesIO(block),
        read_options=pa_csv.ReadOptions(
            use_threads=False, column_names=names, block_size=max(len(block) + 1, 1024)
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=delimiter, ignore_empty_lines=False, invalid_row_handler=skip
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=sorted(set(place.values())),
            strings_can_be_null=False,
        ),
    )
    total = table.num_rows + len(ragged)
    index = pl.int_range(total, dtype=pl.UInt64, eager=True)
    index = index.filter(~index.is_in(pl.Series(ragged, dtype=pl.UInt64)))
    frame = pl.DataFrame({ours: pl.Series(table.column(at)) for ours, at in place.items()})
    return frame.with_columns(record=index), ragged


def _blank_lines(block: bytes) -> list[int]:
    """Which lines have nothing in them."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))
    starts = np.concatenate([[0], ends + 1])
    lengths = np.concatenate([ends, [len(block)]]) - starts
    short = np.flatnonzero(lengths <= 1)
    return [i for i in short.tolist() if not block[starts[i] : starts[i] + lengths[i]].strip()]


def _rejects(
    block: bytes, first_line: int, found: dict[int, tuple[str, str | None]], source_id: str
) -> pl.DataFrame:
    """Rejected rows with their text, by index of the line in the block."""
    if not found:
        return pl.DataFrame(schema=REJECTS_FRAME)
    lines = block.split(b"\n")
    order = sorted(found)
    return conform(
        pl.DataFrame(
            {
                "record": [first_line + i for i in order],
                "reason": [found[i][0] for i in order],
                "detail": pl.Series([found[i][1] for i in order], dtype=pl.String),
                "raw": [lines[i].rstrip(b"\r").decode("utf-8", "backslashreplace") for i in order],
            }
        ).with_columns(source_id=pl.lit(source_id)),
        REJECTS_FRAME,
    )


def decode_rows(
    block: bytes,
    *,
    first_line: int,
    header: list[str],
    dialect: Dialect,
    encoding: str,
    context: NmeaContext,
    memory: Memory,
) -> tuple[AisBatch, Memory]:
    """Decode a block of whole data lines.

    Args:
        block: lines without the header.
        first_line: number of its first line in the source, from 1.
        header: names of all columns.
        dialect: what they mean.
        encoding: of the text; lines that are not in it are rejected.
        context: what the file does not say.
        memory: what the previous call returned.

    Raises:
        DialectError: a required column is not in the header.
    """
    readable, undecodable = _undecodable(block, encoding)
    readable, torn = _torn(readable)
    blank = _blank_lines(readable)
    texts, ragged = _parse(readable, header, dialect.delimiter, _chosen(header, dialect))
    texts = texts.filter(~texts["record"].is_in(pl.Series(blank, dtype=pl.UInt64)))
    said = interpret(texts, dialect, context, memory)
    found: dict[int, tuple[str, str | None]] = {r: (w, d) for r, w, d in said.rejects.iter_rows()}
    found |= dict.fromkeys(set(ragged).difference(blank), (_RAGGED, None))
    found |= dict.fromkeys(torn, (_RAGGED, "a quote is left open"))
    found |= dict.fromkeys(undecodable, (_ENCODING, f"not {encoding}"))
    shift = pl.col("record") + first_line
    rejects = _rejects(block, first_line, found, context.source_id)
    return AisBatch(
        positions=said.positions.with_columns(shift),
        statics=said.statics.with_columns(shift),
        rejects=rejects,
        records=texts.height - said.rejects.height + rejects.height,
    ), said.memory


def decode_csv(
    blocks: Iterable[bytes],
    *,
    header: list[str],
    dialect: Dialect,
    context: NmeaContext,
    encoding: str = "utf-8",
) -> Iterator[AisBatch]:
    r"""Decode CSV given as consecutive blocks of whole data lines, the header taken off.

    Examples:
        >>> from quaywatch.ais.dialects import SBARC
        >>> header = ["timestamp", "mmsi", "lon", "lat"]
        >>> rows = b"2018-06-01T00:00:00Z,355658000,-111.9,21.9\n,355658000,x,1\nonly one\n"
        >>> (batch,) = decode_csv(
        ...     [rows], header=header, dialect=SBARC, context=NmeaContext("example")
        ... )
        >>> batch.records, batch.rejects["reason"].to_list()
        (3, ['cell-unreadable', 'row-ragged'])

    """
    memory, line = no_memory(), 2
    for block in blocks:
        batch, memory = decode_rows(
            block,
            first_line=line,
            header=header,
            dialect=dialect,
            encoding=encoding,
            context=context,
            memory=memory,
        )
        line += block.count(b"\n")
        yield batch
