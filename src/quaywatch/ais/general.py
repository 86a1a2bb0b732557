"""The general way from NMEA lines to the lake's tables: every shape of line that we understand.

Blocks of bytes in, columns out, no loop over messages. Lines of the usual shape go the short way
(``quaywatch.ais.fast``), which must read them as they are read here.

``at`` and ``received_at`` are the time at which the receiver stamped the sentence. A base station
report (message 4) in a log without times is dated by the UTC time it carries, and by nothing else.
A record without any time keeps a null ``at`` here; ``quaywatch.ais.lake.for_lake`` sets it aside.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais import meaning
from quaywatch.ais.context import NmeaContext
from quaywatch.ais.parts import Joined, join
from quaywatch.ais.payload import Payloads, gather, numbers, raw_text, text
from quaywatch.ais.scan import (
    CONTEXT,
    CONTEXT_LENGTH,
    CONTEXT_LINE,
    END,
    GOOD,
    GROUP,
    GROUP_PART,
    LINE,
    REASONS,
    STAMP,
    STAMP_KIND,
    START,
    STATION,
    STATION_HASH,
    STATION_LENGTH,
    STATUS,
    Sentences,
    scan,
)
from quaywatch.ais.schema import (
    POSITIONS_FRAME,
    REJECTS_FRAME,
    STATICS_FRAME,
    AisBatch,
    conform,
)
from quaywatch.ais.spec import LAYOUTS, PART_NUMBER, Layout
from quaywatch.ais.stamps import LOCAL, NONE
from quaywatch.ais.timestamps import AT, implausible, instants, local_to_utc

Numbers = NDArray[np.int64]

NO_POSITIONS, NO_STATICS, NO_REJECTS = (
    pl.DataFrame(schema=schema) for schema in (POSITIONS_FRAME, STATICS_FRAME, REJECTS_FRAME)
)
"""Empty tables: to make one anew takes longer than to decode a thousand lines."""


@dataclass(frozen=True, slots=True)
class Carry:
    """Lines whose message the next block may complete, and their line numbers."""

    text: bytes = b""
    lines: tuple[int, ...] = ()

    @property
    def announces(self) -> bool:
        """Whether a ``$PGHP`` line in it may be waiting for its sentence."""
        return b"$" in self.text


@dataclass(frozen=True, slots=True)
class _Messages:
    """The messages of a block, one element each, in the order of their first line."""

    heads: Numbers
    following: Numbers
    at: pl.Series
    reason: NDArray[np.object_]
    """Why the message cannot be taken, or ""."""
    detail: NDArray[np.object_]
    record: Numbers
    station: pl.Series


def _inherited(rows: Numbers, heads: Numbers) -> None:
    """Give a stamp to messages whose tag block group says the time in an earlier sentence."""
    lacking = heads[(rows[heads, STAMP_KIND] == NONE) & (rows[heads, GROUP_PART] > 1)]
    if not len(lacking):
        return
    leaders = np.flatnonzero((rows[:, GROUP_PART] == 1) & (rows[:, STAMP_KIND] != NONE))
    for row in lacking:
        before = leaders[(leaders < row) & (rows[leaders, GROUP] == rows[row, GROUP])]
        if len(before):
            taken = [STAMP_KIND, STAMP, STATION, STATION_LENGTH, STATION_HASH]
            rows[row, taken] = rows[before[-1], taken]


def _stations(block: bytes, rows: Numbers) -> pl.Series:
    """Names of the receiving stations; each distinct one is read once."""
    distinct, first, inverse = np.unique(
        rows[:, STATION_HASH], return_index=True, return_inverse=True
    )
    starts, lengths = rows[first, STATION], rows[first, STATION_LENGTH]
    names = [
        block[s : s + n].decode("utf-8", "backslashreplace") if mark else None
        for mark, s, n in zip(distinct.tolist(), starts.tolist(), lengths.tolist(), strict=True)
    ]
    return pl.Series(names, dtype=pl.String).gather(inverse)


def _times(rows: Numbers, context: NmeaContext) -> tuple[pl.Series, NDArray[np.object_]]:
    """UTC instants of sentences, and why a time cannot be used."""
    kind = rows[:, STAMP_KIND]
    stamps = rows[:, STAMP]
    at = instants(stamps, (kind != NONE) & (kind != LOCAL))
    reason = np.full(len(rows), "", object)
    if (kind == LOCAL).any():
        local = pl.Series(stamps).set(pl.Series(kind != LOCAL), None).cast(pl.Datetime("us"))
        resolved, why = local_to_utc(local, context.timezone)
        at = at.zip_with(pl.Series(kind != LOCAL), resolved)
        unresolved = why.is_not_null().to_numpy()
        reason[unresolved] = why.drop_nulls().to_numpy()
    early = implausible(at, received_before=context.received_before).to_numpy()
    reason[early] = "time-implausible"
    return at, reason


def _messages(
    block: bytes, rows: Numbers, lines: Numbers, joined: Joined, context: NmeaContext
) -> _Messages:
    _inherited(rows, joined.heads)
    heads = joined.heads[np.argsort(lines[joined.heads], kind="stable")]
    if not len(heads):
        nothing = np.empty(0, object)
        lacking = pl.Series(dtype=pl.String)
        at = pl.Series(dtype=AT)
        return _Messages(heads, joined.following, at, nothing, nothing, lines[heads], lacking)
    at, reason = _times(rows[heads], context)
    return _Messages(
        heads=heads,
        following=joined.following,
        at=at,
        reason=reason,
        detail=np.full(len(heads), "", object),
        record=lines[heads],
        station=_stations(block, rows[heads]),
    )


def _select(types: Numbers, parts: Numbers, layout: Layout) -> Numbers:
    chosen = np.isin(types, layout.types)
    if layout.part is not None:
        chosen &= parts == (0 if layout.part == "A" else 1)
    return np.flatnonzero(chosen)


def _check(
    messages: _Messages, chosen: Numbers, payloads: Payloads, raw: meaning.Raw, layout: Layout
) -> NDArray[np.bool_]:
    """Note why a message cannot be taken; which can. The first reason found stands."""
    short = payloads.bits < layout.least_bits
    mmsi = raw["mmsi"]
    checks = [
        ("payload-characters", ~payloads.readable, None),
        ("payload-too-short", short, payloads.bits),
        ("mmsi-invalid", (mmsi == 0) | (mmsi > meaning.MMSI_MAX), mmsi),
    ]
    if layout.is_position:
        _, outside = meaning.position_mask(raw, layout.position_units)
        checks.append(("position-out-of-range", outside, raw["lat"]))
    good = np.array(messages.reason[chosen] == "", np.bool_)
    for reason, failed, value in checks:
        found = np.flatnonzero(failed & good)
        messages.reason[chosen[found]] = reason
        good[found] = False
        if value is not None:
            said = value[found].tolist()
            messages.detail[chosen[found]] = [meaning.detail_of(reason, layout, v) for v in said]
    return good


def _frame(
    messages: _Messages,
    kept: Numbers,
    types: Numbers,
    layout: Layout,
    columns: dict[str, pl.Series],
    context: NmeaContext,
) -> pl.DataFrame:
    """Join what a message says with where it comes from."""
    at = messages.at.gather(kept)
    return pl.DataFrame(
        {
            **columns,
            "at": columns.get("at", at),
            "msg_type": pl.Series(types[kept].astype(np.uint8)),
            "station": messages.station.gather(kept),
            "received_at": at,
            "record": pl.Series(messages.record[kept].astype(np.uint64)),
        }
    ).with_columns(
        transponder=pl.lit(layout.transponder, dtype=pl.String),
        part=pl.lit(layout.part, dtype=pl.String),
        receiver=pl.lit(context.receiver, dtype=pl.String),
        source_id=pl.lit(context.source_id),
    )


def _decode_layout(
    block: bytes,
    rows: Numbers,
    messages: _Messages,
    chosen: Numbers,
    types: Numbers,
    layout: Layout,
    context: NmeaContext,
) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    """The position and the static rows of the ``chosen`` messages, which share ``layout``."""
    width = -(-layout.least_bits // 6)
    payloads = gather(block, rows, messages.heads[chosen], messages.following, width)
    raw = numbers(payloads.sixbit, layout.numbers)
    good = _check(messages, chosen, payloads, raw, layout)
    kept = chosen[good]
    if not len(kept):
        return None, None
    raw = {name: values[good] for name, values in raw.items()}
    sixbit = payloads.sixbit[good]
    where = what = None
    if layout.is_position:
        columns = meaning.positions(raw, layout)
        if "year" in raw and messages.at.gather(kept).null_count():
            said = instants(*meaning.own_time(raw))
            early = implausible(said, received_before=context.received_before)
            columns["at"] = messages.at.gather(kept).fill_null(said.set(early, None))
        where = _frame(messages, kept, types, layout, columns, context)
    if layout.is_static:
        columns = meaning.statics(raw)
        columns |= {name: text(sixbit, place) for name, place in layout.texts.items()}
        what = _frame(messages, kept, types, layout, columns, context)
    return where, what


def _stack(frames: list[pl.DataFrame], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """One table in the order of the source."""
    return pl.concat([conform(frame, schema) for frame in frames]).sort(
        "record", maintain_order=True
    )


def _rejects(
    block: bytes, rows: Numbers, lines: Numbers, messages: _Messages, source: str
) -> pl.DataFrame:
    """The sentences and the messages that were not taken."""
    bad = np.flatnonzero(rows[:, STATUS] != GOOD)
    lost = np.flatnonzero(messages.reason != "")
    alone = np.full(len(rows), -1, np.int64)
    spans = rows[:, [START, END]]
    whole = raw_text(block, spans, messages.heads[lost], messages.following)
    single = raw_text(block, spans, bad, alone)
    reasons = np.array(REASONS, object)[rows[bad, STATUS]]
    said = np.concatenate([reasons, messages.reason[lost]]).tolist()
    details = [None] * len(bad) + [d or None for d in messages.detail[lost]]
    record = np.concatenate([lines[bad], messages.record[lost]]).astype(np.uint64)
    # Built without an expression: most blocks have a line or two, and would pay for more.
    frame = pl.DataFrame(
        [
            pl.Series("source_id", [source], dtype=pl.String).new_from_index(0, len(record)),
            pl.Series("record", record),
            pl.Series("reason", said, dtype=pl.String),
            pl.Series("detail", details, dtype=pl.String),
            pl.concat([single, whole]).rename("raw"),
        ]
    )
    in_order = bool((record[1:] >= record[:-1]).all())
    return frame if in_order else frame.sort("record", maintain_order=True)


def _carry(
    block: bytes, found: Sentences, lines: Numbers, line_of: Numbers, waiting: Numbers
) -> Carry:
    """The lines that the next block needs: parts alone, and a time without its sentence."""
    pieces: list[tuple[int, bytes]] = []
    for row in waiting.tolist():
        start, size, line = found.rows[row, [CONTEXT, CONTEXT_LENGTH, CONTEXT_LINE]].tolist()
        if size:
            pieces.append((int(line_of[line]), block[start : start + size]))
        first, end = found.rows[row, [START, END]].tolist()
        pieces.append((int(lines[row]), block[first:end]))
    start, size, line = found.pending
    if size:
        pieces.append((int(line_of[line]), block[start : start + size]))
    return Carry(
        text=b"".join(piece + b"\n" for _, piece in pieces),
        lines=tuple(line for line, _ in pieces),
    )


def _tables(
    block: bytes, rows: Numbers, messages: _Messages, context: NmeaContext
) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """Position and static rows, a table for each layout; notes the messages that we do not read."""
    if not len(messages.heads):
        return [], []
    head = gather(block, rows, messages.heads, messages.following, 7).sixbit
    types, parts = head[:, 0].astype(np.int64), numbers(head, {"part": PART_NUMBER})["part"]
    where: list[pl.DataFrame] = []
    what: list[pl.DataFrame] = []
    unread = np.ones(len(messages.heads), np.bool_)
    for layout in LAYOUTS:
        chosen = _select(types, parts, layout)
        unread[chosen] = False
        if len(chosen):
            a, b = _decode_layout(block, rows, messages, chosen, types, layout, context)
            where += [] if a is None else [a]
            what += [] if b is None else [b]
    unread &= messages.reason == ""
    for number in np.unique(types[unread]):
        name = "unsupported-part" if number == 24 else f"unsupported-type-{number}"
        messages.reason[unread & (types == number)] = name
    return where, what


def decode_lines(
    block: bytes, line_of: Numbers, *, last: bool, context: NmeaContext
) -> tuple[AisBatch, Carry]:
    """Decode the whole lines in ``block``, those carried over from an earlier block first.

    Args:
        block: whole lines.
        line_of: for each its number in the source, from 1, and one more if the last line ends
            with a newline.
        last: whether the source ends here.
        context: what the file does not say.

    Raises:
        TimezoneMissingError: the block has local times and the context names no zone.

    Examples:
        >>> line = b"!AIVDM,1,1,,B,15N4cJ`005Jrek0H@9n`DW5608EP,0*13,b003669710,1272412827"
        >>> batch, _ = decode_lines(line, np.array([7]), last=True, context=NmeaContext("example"))
        >>> batch.positions.select("mmsi", "lat", "station", "record").row(0)
        (367078250, 42.38415, 'b003669710', 7)

    """
    found = scan(block)
    rows = found.rows
    lines = line_of[rows[:, LINE]]
    joined = join(rows, lines, last=last)
    if not len(joined.heads) and (rows[:, STATUS] == GOOD).all():
        batch = AisBatch(NO_POSITIONS.clone(), NO_STATICS.clone(), NO_REJECTS.clone(), records=0)
        return batch, _carry(block, found, lines, line_of, joined.waiting)
    messages = _messages(block, rows, lines, joined, context)
    where, what = _tables(block, rows, messages, context)
    rejects = _rejects(block, rows, lines, messages, context.source_id)
    batch = AisBatch(
        positions=_stack(where, POSITIONS_FRAME) if where else NO_POSITIONS.clone(),
        statics=_stack(what, STATICS_FRAME) if what else NO_STATICS.clone(),
        rejects=rejects,
        records=int((messages.reason == "").sum()) + rejects.height,
    )
    return batch, _carry(block, found, lines, line_of, joined.waiting)
