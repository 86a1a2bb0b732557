"""JSON lines, and JSON arrays, of AIS messages.

Written for the files of Global Fishing Watch's pipelines: ``NaN`` literals mean "not in this
message", numbers may be texts, message numbers read ``AIS.18``. Keys that the dialect does not
name are ignored.
"""

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from quaywatch.ais.dialects import Dialect
from quaywatch.ais.nmea import NmeaContext
from quaywatch.ais.schema import REJECTS_FRAME, AisBatch, conform
from quaywatch.ais.tabular import Memory, interpret, no_memory

_UNREADABLE = "json-unreadable"
_ARRAY_BATCH = 50_000


def _cell(value: Any) -> str | None:  # noqa: ANN401 - whatever JSON holds
    if value is None or value != value:  # noqa: PLR0124 - NaN alone differs from itself
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _row(said: Mapping[str, Any], dialect: Dialect) -> dict[str, str | None]:
    """The cells of one object under our names; of several names the first that says something."""
    row: dict[str, str | None] = {}
    for ours, column in dialect.columns.items():
        cells = (_cell(said.get(theirs)) for theirs in column.names)
        row[ours] = next((cell for cell in cells if cell is not None), None)
    return row


def _batch(
    objects: list[tuple[int, Any, str]],
    bad: list[tuple[int, str, str]],
    dialect: Dialect,
    context: NmeaContext,
    memory: Memory,
) -> tuple[AisBatch, Memory]:
    """Interpret ``objects`` (record, object, text); ``bad`` is (record, detail, text)."""
    rows: list[dict[str, str | None]] = []
    records: list[int] = []
    texts: dict[int, str] = {}
    for record, said, text in objects:
        texts[record] = text
        if isinstance(said, dict):
            rows.append(_row(said, dialect))
            records.append(record)
        else:
            bad.append((record, "not an object", text))
    schema = dict.fromkeys(dialect.columns, pl.String)
    table = pl.DataFrame(rows, schema=schema).with_columns(
        record=pl.Series(records, dtype=pl.UInt64)
    )
    said = interpret(table, dialect, context, memory)
    found = [(r, why, detail, texts[r]) for r, why, detail in said.rejects.iter_rows()]
    found += [(record, _UNREADABLE, detail, text) for record, detail, text in bad]
    rejects = pl.DataFrame(
        sorted(found), schema=["record", "reason", "detail", "raw"], orient="row"
    ).with_columns(source_id=pl.lit(context.source_id))
    batch = AisBatch(
        positions=said.positions,
        statics=said.statics,
        rejects=conform(rejects, REJECTS_FRAME),
        records=len(rows) + len(bad),
    )
    return batch, said.memory


def decode_json_lines(
    blocks: Iterable[bytes], *, dialect: Dialect, context: NmeaContext
) -> Iterator[AisBatch]:
    """Decode JSON lines given as consecutive blocks of whole lines; ``record`` is the line.

    Examples:
        >>> from quaywatch.ais.dialects import GFW
        >>> line = b'{"type": "AIS.18", "ssvid": "200000010", "timestamp": '
        >>> line += b'"2021-01-06T07:33:48+00:00", "lon": 110.4, "lat": 20.6, "speed": NaN}'
        >>> (batch,) = decode_json_lines([line], dialect=GFW, context=NmeaContext("example"))
        >>> batch.positions.select("mmsi", "transponder", "sog_kn").row(0)
        (200000010, 'B', None)

    """
    memory, first = no_memory(), 1
    for block in blocks:
        objects: list[tuple[int, Any, str]] = []
        bad: list[tuple[int, str, str]] = []
        for i, line in enumerate(block.split(b"\n"), start=first):
            if not line.strip():
                continue
            text = line.decode("utf-8", "backslashreplace").rstrip("\r")
            try:
                objects.append((i, json.loads(text), text))
            except ValueError as err:
                bad.append((i, str(err), text))
        first += block.count(b"\n")
        batch, memory = _batch(objects, bad, dialect, context, memory)
        yield batch


def _elements(chunks: Iterable[bytes]) -> Iterator[tuple[Any, str]]:
    """The elements of a JSON array, one at a time, each with its text.

    Raises:
        ValueError: the text is no JSON array, or ends inside it.
    """
    decoder, reader = json.JSONDecoder(), codecs.getincrementaldecoder("utf-8")("backslashreplace")
    text, opened = "", False
    for chunk in chunks:
        text += reader.decode(chunk)
        at = 0
        while True:
            while at < len(text) and (text[at].isspace() or text[at] == ","):
                at += 1
            if not opened and text[at : at + 1] == "[":
                opened, at = True, at + 1
                continue
            if text[at : at + 1] == "]":
                return
            try:
                element, end = decoder.raw_decode(text, at)
            except ValueError:
                break  # the rest of this element is in the next chunk, or nowhere
            yield element, text[at:end]
            at = end
        text = text[at:]
    fact = f"the array does not end; it stops near {text[:40]!r}"
    raise ValueError(fact)


def decode_json_array(
    chunks: Iterable[bytes], *, dialect: Dialect, context: NmeaContext
) -> Iterator[AisBatch]:
    """Decode one JSON array of objects, given in pieces; ``record`` is the element, from 1.

    Raises:
        ValueError: the array does not end.

    Examples:
        >>> from quaywatch.ais.dialects import GFW
        >>> text = b'[{"ssvid": "412331104", "timestamp": 1704412120, "lat": null, "lon": 1}]'
        >>> (batch,) = decode_json_array([text], dialect=GFW, context=NmeaContext("example"))
        >>> batch.positions["lon"].to_list()
        [None]

    """
    memory = no_memory()
    objects: list[tuple[int, Any, str]] = []
    for i, (said, text) in enumerate(_elements(chunks), start=1):
        objects.append((i, said, text))
        if len(objects) == _ARRAY_BATCH:
            batch, memory = _batch(objects, [], dialect, context, memory)
            objects = []
            yield batch
    batch, _ = _batch(objects, [], dialect, context, memory)
    yield batch
