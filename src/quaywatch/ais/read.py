"""Read AIS from a file or stream, whatever its compression and format, in bounded memory."""

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from quaywatch.ais.csv_rows import decode_csv, read_header
from quaywatch.ais.dialects import CSV_DIALECTS, GFW, Dialect, recognise
from quaywatch.ais.json_rows import decode_json_array, decode_json_lines
from quaywatch.ais.nmea import NmeaContext, decode_stream
from quaywatch.ais.parquet_rows import MAGIC, decode_parquet
from quaywatch.ais.schema import AisBatch
from quaywatch.ais.stream import named, pieces, whole_lines
from quaywatch.errors import (
    DialectError,
    FormatUnknownError,
    SourceEmptyError,
    SourceTruncatedError,
)

BLOCK_BYTES = 16 << 20
"""Bytes of text decoded at a time; peak memory is some ten times that."""
_LOOK = 1 << 16
_SENTENCE = re.compile(rb"![A-Z-]{2}VD[MO],[1-9],")


class AisFormat(StrEnum):
    """How a source is written."""

    NMEA = "nmea"
    CSV = "csv"
    JSON_LINES = "jsonl"
    JSON_ARRAY = "json"
    PARQUET = "parquet"


UNDERSTOOD = (
    "NMEA sentences (!AIVDM, with or without times and tag blocks), CSV ("
    + ", ".join(d.name for d in CSV_DIALECTS)
    + ", or any other with a declared mapping), JSON lines and JSON arrays, "
    "each plain, gzip or zstd, in UTF-8; and Parquet with the same columns or our own"
)


def _looks_like_message(said: object) -> bool:
    return isinstance(said, dict) and bool({"mmsi", "ssvid"} & said.keys()) and "timestamp" in said


def _first_object(text: str) -> object:
    """The first JSON object in ``text``, or None."""
    start = text.find("{")
    try:
        return json.JSONDecoder().raw_decode(text, start)[0] if start >= 0 else None
    except ValueError:
        return None


def _seen(head: bytes) -> str:
    """What a source that we cannot read looks like, for the message."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text in UTF-16; save it as UTF-8"
    if head.startswith(b"PK\x03\x04"):
        return "a zip archive; unpack it first"
    if b"\x00" in head:
        return "binary data"
    line = head.lstrip().split(b"\n", 1)[0][:60].decode("utf-8", "backslashreplace").strip()
    return f"it begins {line!r}"


def detect_format(head: bytes, *, source: str) -> AisFormat:
    r"""Tell the format from the first bytes of the text.

    Raises:
        FormatUnknownError: nothing we understand.

    Examples:
        >>> detect_format(b"MMSI,BaseDateTime,LAT,LON\n", source="example")
        <AisFormat.CSV: 'csv'>

    """
    look = head[:_LOOK]
    if look.startswith(MAGIC):
        return AisFormat.PARQUET
    if b"\x00" not in look:
        start = look.lstrip(b"\xef\xbb\xbf \t\r\n")
        text = start.decode("utf-8", "replace")
        if start[:1] in {b"{", b"["} and _looks_like_message(_first_object(text)):
            return AisFormat.JSON_LINES if start[:1] == b"{" else AisFormat.JSON_ARRAY
        if _SENTENCE.search(look):
            return AisFormat.NMEA
        if recognise(read_header(start.split(b"\n", 1)[0], ",")) is not None:
            return AisFormat.CSV
    raise FormatUnknownError(source=source, found=_seen(head), understood=UNDERSTOOD)


def _csv(
    blocks: Iterator[bytes], dialect: Dialect | None, encoding: str, context: NmeaContext
) -> Iterator[AisBatch]:
    first, _, rest = next(blocks).partition(b"\n")
    header = read_header(first, dialect.delimiter if dialect else ",")
    used = dialect or recognise(header)
    if used is None:
        raise DialectError(
            fact=f"No known CSV layout has the columns {', '.join(header)[:200]}.",
            remedy="Declare which columns hold mmsi, at, lon and lat.",
        )
    data = itertools.chain([rest] if rest else [], blocks)
    return decode_csv(data, header=header, dialect=used, context=context, encoding=encoding)


def _decode(
    parts: Iterator[bytes],
    chosen: AisFormat,
    *,
    source: str,
    dialect: Dialect | None,
    encoding: str,
    context: NmeaContext,
    block_bytes: int,
) -> Iterator[AisBatch]:
    blocks = whole_lines(parts, size=block_bytes, source=source)
    match chosen:
        case AisFormat.PARQUET:
            with TemporaryFile() as spooled:
                for part in parts:
                    spooled.write(part)
                yield from decode_parquet(
                    cast("BinaryIO", spooled), source=source, dialect=dialect, context=context
                )
        case AisFormat.NMEA:
            # Columns take no more room than their text here, and larger batches cost less a line.
            yield from decode_stream(parts, context, size=2 * block_bytes, source=source)
        case AisFormat.CSV:
            yield from _csv(blocks, dialect, encoding, context)
        case AisFormat.JSON_LINES:
            yield from decode_json_lines(blocks, dialect=dialect or GFW, context=context)
        case AisFormat.JSON_ARRAY:
            try:
                yield from decode_json_array(parts, dialect=dialect or GFW, context=context)
            except ValueError as err:
                raise SourceTruncatedError(source=source, detail=str(err)) from err


def _is_parquet(stream: BinaryIO) -> bool:
    """Whether the file itself is Parquet, not compressed around it; then nothing is copied."""
    stream.seek(0)
    return stream.read(len(MAGIC)) == MAGIC


def read_ais(
    source: Path | BinaryIO,
    *,
    source_id: str,
    file_format: AisFormat | None = None,
    dialect: Dialect | None = None,
    timezone: str | None = None,
    received_before: datetime | None = None,
    receiver: str | None = None,
    encoding: str = "utf-8",
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[AisBatch]:
    r"""Read AIS reports as batches of columns.

    Nothing is taken from a source that fails: an error may come after batches were yielded, and
    whoever stores them must then undo. Records without a time have a null ``at``; pass each batch
    to ``quaywatch.ais.lake.for_lake`` before storing.

    Args:
        source: a file, or a stream of bytes (left open).
        source_id: goes into every row.
        file_format: how the text is written; told from the text if None.
        dialect: layout of CSV, JSON or Parquet; told from the header if None. A dialect without
            a format means CSV, or Parquet where the file is that.
        timezone: IANA zone of times that name none.
        received_before: a moment by which all of it had been received; later times are rejected.
        receiver: ``terrestrial`` or ``satellite``, if the provider says so.
        encoding: of CSV; lines that are not in it are rejected, their bytes kept.
        block_bytes: text decoded at a time.

    Yields:
        Batches in the order of the source.

    Raises:
        SourceEmptyError: there is no record in it.
        SourceTruncatedError: its compression or its JSON array is cut off.
        FormatUnknownError: it is nothing we understand.
        DialectError: a CSV whose required columns we cannot name.
        TimezoneMissingError: it has local times and ``timezone`` is None.

    Examples:
        >>> import io
        >>> log = io.BytesIO(b"1272412827 !AIVDM,1,1,,B,15N4cJ`005Jrek0H@9n`DW5608EP,0*13\n")
        >>> (batch,) = read_ais(log, source_id="example")
        >>> batch.positions["at"][0].isoformat()
        '2010-04-28T00:00:27+00:00'

    """
    name = named(source)
    context = NmeaContext(source_id, timezone, received_before, receiver)
    with ExitStack() as opened:
        stream = opened.enter_context(source.open("rb")) if isinstance(source, Path) else source
        parts = (part for part in pieces(stream, source=name) if part)
        head = next((part for part in parts if part.strip()), b"")
        if not head:
            raise SourceEmptyError(source=name)
        if file_format is None:
            declared = AisFormat.PARQUET if head.startswith(MAGIC) else AisFormat.CSV
            file_format = detect_format(head, source=name) if dialect is None else declared
        if file_format is AisFormat.PARQUET and isinstance(source, Path) and _is_parquet(stream):
            batches = decode_parquet(stream, source=name, dialect=dialect, context=context)
        else:
            batches = _decode(
                itertools.chain([head], parts),
                file_format,
                source=name,
                dialect=dialect,
                encoding=encoding,
                context=context,
                block_bytes=block_bytes,
            )
        records = 0
        for batch in batches:
            records += batch.records
            yield batch
        if records == 0:
            raise SourceEmptyError(source=name)
