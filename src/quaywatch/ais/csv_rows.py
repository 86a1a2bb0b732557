"""CSV in blocks of whole lines: every row is taken or rejected, and keeps its line number.

All cells are read as text, so that a bad one is a counted reject and never a guess. A cell that
contains a line break makes its row ragged: line numbers stay exact, and no provider we know
writes one. Lines that are not in the stated encoding are rejected, their bytes kept.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from quaywatch.ais.csv_columns import Identities, Layout, Scanned, layout_of
from quaywatch.ais.csv_scan import ODD, PLAIN
from quaywatch.ais.dialects import REQUIRED, Dialect
from quaywatch.ais.nmea import NmeaContext
from quaywatch.ais.schema import REJECTS_FRAME, AisBatch, conform
from quaywatch.ais.tabular import Interpreted, Memory, interpret, no_memory, nothing_said
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
        if block.isascii():
            return block, []
        text = block.decode(encoding)
        return (block if encoding == "utf-8" else text.encode()), []
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


def _torn(block: bytes, delimiter: str) -> tuple[bytes, dict[int, tuple[str, str]]]:
    """The block with the lines that would swallow or split others blanked, and which and why."""
    if b'"' not in block and b"\r" not in block:
        return block, {}
    lines, parted = block.split(b"\n"), delimiter.encode()
    torn: dict[int, tuple[str, str]] = {}
    for i, line in enumerate(lines):
        if b'"' in line and (line.count(b'"') % 2 or _ends_open(line, parted)):
            torn[i] = (_RAGGED, "a quote is left open")
        elif b"\r" in line[:-1]:
            torn[i] = (_RAGGED, "a carriage return inside the line")
        else:
            continue
        lines[i] = b""
    return (b"\n".join(lines), torn) if torn else (block, {})


def _ends_open(line: bytes, delimiter: bytes) -> bool:
    """Whether the line ends inside quotes: they open at the start of a cell and nowhere else."""
    at = 0
    while True:
        if line[at : at + 1] == b'"':
            at = line.find(b'"', at + 1)
            while at >= 0 and line[at + 1 : at + 2] == b'"':
                at = line.find(b'"', at + 2)
            if at < 0:
                return True
        at = line.find(delimiter, at)
        if at < 0:
            return False
        at += len(delimiter)


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
    index = index.filter(~index.is_in(pl.Series(ragged, dtype=pl.UInt64).implode()))
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


@dataclass(frozen=True, slots=True)
class _Table:
    """What is the same for all blocks of a source."""

    header: list[str]
    wanted: dict[str, str]
    dialect: Dialect
    encoding: str
    context: NmeaContext


@dataclass(frozen=True, slots=True)
class _Said:
    """What some lines say; ``record`` is the index of the line among them."""

    said: Interpreted
    found: dict[int, tuple[str, str | None]]
    """Rejected lines: reason and detail."""
    taken: int


def _long_way(lines: bytes, table: _Table, memory: Memory) -> _Said:
    """Read every cell as text and judge it; what plain rows are spared."""
    if not lines:
        return _Said(nothing_said(memory), {}, 0)
    readable, undecodable = _undecodable(lines, table.encoding)
    readable, torn = _torn(readable, table.dialect.delimiter)
    blank = _blank_lines(readable)
    texts, ragged = _parse(readable, table.header, table.dialect.delimiter, table.wanted)
    texts = texts.filter(~texts["record"].is_in(pl.Series(blank, dtype=pl.UInt64).implode()))
    said = interpret(texts, table.dialect, table.context, memory)
    found: dict[int, tuple[str, str | None]] = {r: (w, d) for r, w, d in said.rejects.iter_rows()}
    found |= dict.fromkeys(set(ragged).difference(blank), (_RAGGED, None))
    found |= torn
    found |= dict.fromkeys(undecodable, (_ENCODING, f"not {table.encoding}"))
    return _Said(said, found, texts.height - said.rejects.height)


def _whole_block(
    block: bytes, first_line: int, table: _Table, memory: Memory
) -> tuple[AisBatch, Memory]:
    """Every line of a block by the long way."""
    read = _long_way(block, table, memory)
    shift = pl.col("record") + first_line
    rejects = _rejects(block, first_line, read.found, table.context.source_id)
    return AisBatch(
        positions=read.said.positions.with_columns(shift),
        statics=read.said.statics.with_columns(shift),
        rejects=rejects,
        records=read.taken + rejects.height,
    ), read.said.memory


def _scans(
    blocks: Iterable[bytes], table: _Table, layout: Layout, identities: Identities
) -> Iterator[tuple[bytes, Scanned]]:
    """Each block and its scan, made while the block before is being dealt with."""

    def scan(block: bytes) -> Scanned:
        readable, undecodable = _undecodable(block, table.encoding)
        scanned = Scanned(readable, layout, identities.lines_of(readable))
        scanned.status[undecodable] = ODD
        scanned.judge(table.dialect, table.context)
        return scanned

    with ThreadPoolExecutor(1) as pool:
        before: tuple[bytes, Future[Scanned]] | None = None
        for block in blocks:
            coming = pool.submit(scan, block)
            if before is not None:
                yield before[0], before[1].result()
            before = block, coming
        if before is not None:
            yield before[0], before[1].result()


def _scanned_block(
    block: bytes,
    scanned: Scanned,
    first_line: int,
    table: _Table,
    memory: Memory,
    identities: Identities,
) -> tuple[AisBatch, Memory]:
    """Plain rows by the compiled scan; odd ones, and those of a changed identity, the long way."""
    changed = identities.changed(scanned) == 1
    while True:
        lines = np.flatnonzero((scanned.status == ODD) | changed)
        picked = _picked(block, lines, scanned.spans if scanned.block is block else None)
        read = _long_way(picked, table, memory)
        refused = lines[sorted(read.found)]
        refused = refused[scanned.status[refused] == PLAIN]
        if not len(refused):
            break
        # Their identity cells cannot be taken, which the scan does not judge: nor can those of
        # any other row that has the same ones.
        told = scanned.identity[refused]
        scanned.status[(scanned.status == PLAIN) & np.isin(scanned.identity, told)] = ODD
        identities.forget(told)
    numbers = pl.Series(lines + first_line, dtype=pl.UInt64)
    placed = numbers.gather(read.said.positions["record"])
    odd = pl.Series(scanned.status[lines] == ODD).gather(read.said.positions["record"])
    positions = scanned.positions(table.context, first_line)
    if odd.any():
        more = read.said.positions.with_columns(record=placed).filter(odd)
        positions = pl.concat([positions, more]).sort("record", maintain_order=True)
    rejects = _rejects(picked, 0, read.found, table.context.source_id)
    # Rows of a changed identity were read both ways.
    twice = int(np.count_nonzero(scanned.status[lines] == PLAIN))
    plain = int(np.count_nonzero(scanned.status == PLAIN))
    return AisBatch(
        positions=positions,
        statics=_renumbered(read.said.statics, numbers),
        rejects=_renumbered(rejects, numbers),
        records=plain + read.taken - twice + rejects.height,
    ), read.said.memory


def _renumbered(rows: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    """Rows whose ``record`` is an index into ``numbers``, with the number itself."""
    return rows.with_columns(numbers.gather(rows["record"]).alias("record"))


def _picked(block: bytes, lines: NDArray[np.intp], spans: NDArray[np.int64] | None) -> bytes:
    """Those lines, each with its newline."""
    if spans is None:
        ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))
        ends = np.append(ends, len(block))
        spans = np.column_stack([np.append(0, ends[:-1] + 1), ends])
    return b"".join(block[start:end] + b"\n" for start, end in spans[lines].tolist())


def decode_csv(
    blocks: Iterable[bytes],
    *,
    header: list[str],
    dialect: Dialect,
    context: NmeaContext,
    encoding: str = "utf-8",
    fast: bool = True,
) -> Iterator[AisBatch]:
    r"""Decode CSV given as consecutive blocks of whole data lines, the header taken off.

    Args:
        blocks: lines without the header.
        header: names of all columns.
        dialect: what they mean.
        context: what the file does not say.
        encoding: of the text; lines that are not in it are rejected.
        fast: False reads every row the long way. The result is the same; the tests compare.

    Raises:
        DialectError: a required column is not in the header.
        TimezoneMissingError: it has local times and nothing names their zone.

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
    table = _Table(header, _chosen(header, dialect), dialect, encoding, context)
    layout = layout_of(header, table.wanted, dialect) if fast else None
    memory, line = no_memory(), 2
    if layout is None:
        for block in blocks:
            batch, memory = _whole_block(block, line, table, memory)
            line += block.count(b"\n")
            yield batch
        return
    identities = Identities()
    for block, scanned in _scans(blocks, table, layout, identities):
        batch, memory = _scanned_block(block, scanned, line, table, memory, identities)
        line += len(scanned.status)
        yield batch
