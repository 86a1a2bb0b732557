"""NMEA logs to the lake's tables: each line by the short way if it has the usual shape.

``at`` and ``received_at`` are the time at which the receiver stamped the sentence. A base station
report (message 4) in a log without times is dated by the UTC time it carries, and by nothing else.
A record without any time keeps a null ``at`` here; ``quaywatch.ais.lake.for_lake`` sets it aside.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import numpy as np
import polars as pl

from quaywatch.ais.context import NmeaContext
from quaywatch.ais.fast import (
    ASK_ZONE,
    AT,
    BEFORE,
    EARLIEST,
    FULL,
    HARD,
    LINE,
    LISTED,
    LONG_AGO,
    LOOSE,
    LOOSE_ANY,
    MARGIN,
    MAY_HOLD,
    NO_ZONE,
    QUARTER,
    RAW,
    RAW_MAX,
    REFUSALS_MAX,
    REFUSED,
    ROWS_MAX,
    STATE,
    STATICS,
    STATICS_MAX,
    TAKEN,
    WRAPPED,
    ZONED,
    read_lines,
)
from quaywatch.ais.fast_fields import BOTH_TABLES, Table
from quaywatch.ais.fast_tables import (
    Arenas,
    Constants,
    position_frame,
    reject_frame,
    static_frame,
)
from quaywatch.ais.general import Carry, decode_lines
from quaywatch.ais.schema import AisBatch
from quaywatch.ais.stream import refuse_long_line
from quaywatch.ais.timestamps import EARLIEST as EARLIEST_AT
from quaywatch.ais.zones import Zone

__all__ = ["Carry", "NmeaContext", "NmeaReader", "decode_nmea", "decode_stream"]

BATCH_BYTES = 16 << 20
"""Text to a batch where the caller does not say."""
_FOREVER = np.iinfo(np.int64).max
_NO_OFFSETS = np.zeros(2, np.int32)
_LISTED = 4096
_FEW = 16
_SMALL = 8 * MARGIN
"""A piece up to this is copied, to have ``MARGIN`` bytes after it, rather than read in two runs."""


def _microseconds(moment: datetime | None) -> int:
    if moment is None:
        return int(_FOREVER)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


class NmeaReader:
    """Reads consecutive pieces of one log, each of whole lines.

    Args:
        context: what the log does not say.
        size: bytes of text to a batch, about.

    """

    def __init__(self, context: NmeaContext, *, size: int) -> None:
        self.context = context
        self._zone = Zone(context.timezone) if context.timezone is not None else None
        self._offsets = _NO_OFFSETS if self._zone is None else self._zone.offsets
        self._constants = Constants.of(
            source_id=context.source_id, receiver=context.receiver, station=None, detail=None
        )
        self._hour = np.zeros(3, np.int64)
        self._loose = np.full(LOOSE, LONG_AGO, np.int64)
        self._state = np.zeros(STATE, np.int64)
        self._state[LINE], self._state[LOOSE_ANY] = 1, LONG_AGO
        self._state[EARLIEST] = _microseconds(EARLIEST_AT)
        self._state[BEFORE] = _microseconds(context.received_before)
        self._state[ZONED] = self._zone is not None
        self._carry = Carry()
        self.held = b""
        """The end of the last piece, if it is to be read with the next."""
        self._arenas = Arenas(size)
        self._list = np.empty((_LISTED, 4), np.int64)
        self._left: list[tuple[bytes, Table]] = []
        self._begin()

    def _begin(self) -> None:
        """Make room for a batch."""
        state, arena = self._state, self._arenas.next()
        state[[TAKEN, REFUSED, RAW, STATICS, HARD]] = 0
        state[[ROWS_MAX, REFUSALS_MAX, RAW_MAX, STATICS_MAX]] = (
            arena.rows, arena.refusals, arena.raw, arena.statics,
        )  # fmt: skip
        self._arena = arena

    def feed(self, piece: bytes | memoryview, *, hold: bool = False) -> Iterator[AisBatch]:
        r"""Read whole lines, which follow those of the piece before.

        Args:
            piece: lines.
            hold: whether to leave the last few lines, to be read with the next; see ``held``.

        Yields:
            A batch each time that there is no room for more.

        Raises:
            TimezoneMissingError: the block has local times and the context names no zone.
            TimezoneUnknownError: there is no such zone.

        Examples:
            >>> reader = NmeaReader(NmeaContext("example"), size=100)
            >>> line = b"1272412827 !AIVDM,1,1,,B,15N4cJ`005Jrek0H@9n`DW5608EP,0*13\n"
            >>> list(reader.feed(line + line)), reader.take().positions["record"].to_list()
            ([], [1, 2])

        """
        self._state[AT] = 0
        if len(piece) > _SMALL:
            yield from self._run(piece, len(piece) - MARGIN, hold=True)
            if hold:
                self.held = bytes(piece[int(self._state[AT]) :])
                return
        tail = bytes(piece[int(self._state[AT]) :])
        ended = tail if tail.endswith(b"\n") or not tail else tail + b"\n"
        yield from self._run(ended + bytes(MARGIN), len(ended), hold=hold)
        self.held = tail[int(self._state[AT]) :]

    def _run(self, text: bytes | memoryview, size: int, *, hold: bool) -> Iterator[AisBatch]:
        """Run the kernel until it has read ``size`` bytes, giving it what it asks for."""
        state, buffer = self._state, np.frombuffer(text, np.uint8)
        state[AT], state[MAY_HOLD] = 0, hold
        while True:
            why = read_lines(
                buffer,
                size,
                state,
                self._hour,
                self._offsets,
                self._loose,
                self._arena.addresses,
                self._list,
            )
            if why == ASK_ZONE and self._zone is not None:
                self._zone.learn(int(state[QUARTER]))
                continue
            self._put_aside(text)
            if why == FULL:
                yield self.take()
            elif why == NO_ZONE:
                self._leave(bytes(text[int(state[AT]) : size]))
                state[AT] = size
            elif why != LISTED:
                return

    def _put_aside(self, text: bytes | memoryview) -> None:
        """Keep the lines that the kernel listed for the general way."""
        found = self._list[: self._state[HARD]]
        self._state[HARD] = 0
        for begin, end, number, count in found.tolist():
            self._left.append((bytes(text[begin:end]), np.arange(number, number + count)))

    def _leave(self, text: bytes) -> None:
        """Leave lines with times that cannot be read to the general way, which says so."""
        first, count = int(self._state[LINE]), text.removesuffix(b"\n").count(b"\n") + 1
        self._left.append((text.removesuffix(b"\n"), np.arange(first, first + count)))
        self._state[LINE] += count

    def take(self) -> AisBatch:
        """What was read since the last call.

        Raises:
            TimezoneMissingError: there are local times and the context names no zone.

        """
        state = self._state
        rows, refusals, statics = self._arena.tables()
        counts = [int(n) for n in state[[TAKEN, REFUSED, STATICS]]]
        twice = int((statics.kind[: counts[2]] == BOTH_TABLES).sum())
        short = AisBatch(
            positions=position_frame(rows, counts[0], self._constants),
            rejects=reject_frame(refusals, counts[1], int(state[RAW]), self._constants),
            statics=static_frame(statics, counts[2], self._constants),
            records=sum(counts) - twice,
        )
        self._begin()
        if not self._left:
            return short
        text = b"\n".join(part for part, _ in self._left)
        numbers = np.concatenate([part for _, part in self._left])
        self._left = []
        return _merged(short, self._general(text, numbers))

    def finish(self) -> AisBatch | None:
        """What the log's end leaves: parts that stayed alone; None if nothing."""
        if not self._carry.text:
            return None
        return self._general(b"", np.empty(0, np.int64), last=True)

    def _general(self, text: bytes, numbers: Table, *, last: bool = False) -> AisBatch:
        """Decode lines the general way, after those that were carried over."""
        line_of = np.concatenate([np.array(self._carry.lines, np.int64), numbers, [0]])
        batch, self._carry = decode_lines(
            self._carry.text + text, line_of, last=last, context=self.context
        )
        # A stamp that waits for its sentence makes the next good one the general way's too.
        self._state[WRAPPED] = self._carry.announces
        return batch


def _merged(short: AisBatch, general: AisBatch) -> AisBatch:
    return AisBatch(
        positions=_both(short.positions, general.positions),
        statics=_both(short.statics, general.statics),
        rejects=_both(short.rejects, general.rejects),
        records=short.records + general.records,
    )


def _both(short: pl.DataFrame, general: pl.DataFrame) -> pl.DataFrame:
    """Two tables, each in the order of the source, as one; no record is in both."""
    if general.is_empty() or short.is_empty():
        return short if general.is_empty() else general
    if general.height > _FEW:
        return short.merge_sorted(general, "record")
    # A few rows between many: cut there, and nothing is copied.
    cuts = np.searchsorted(short["record"].to_numpy(), general["record"].to_numpy())
    pieces, done = [], 0
    for row, cut in enumerate(cuts.tolist()):
        pieces += (
            [short[done:cut], general[row : row + 1]] if cut > done else [general[row : row + 1]]
        )
        done = cut
    return pl.concat([*pieces, short[done:]], rechunk=False)


def decode_nmea(blocks: Iterable[bytes], context: NmeaContext) -> Iterator[AisBatch]:
    r"""Decode an NMEA log given as consecutive blocks of whole lines.

    Args:
        blocks: bytes, each ending at the end of a line.
        context: what the file does not say.

    Yields:
        One batch per block (more if it is large), and a last one for parts that stayed alone.

    Raises:
        TimezoneMissingError: the log has local times and the context names no zone.

    Examples:
        >>> list(decode_nmea([b"$GPGGA,no AIS*00\n"], NmeaContext("x")))[0].rejects["reason"][0]
        'not-ais'

    """
    reader = NmeaReader(context, size=BATCH_BYTES)
    for block in blocks:
        yield from reader.feed(block)
        yield reader.take()
    left = reader.finish()
    if left is not None:
        yield left


def decode_stream(
    parts: Iterable[bytes], context: NmeaContext, *, size: int, source: str
) -> Iterator[AisBatch]:
    r"""Decode an NMEA log given in pieces that may end anywhere.

    Args:
        parts: bytes.
        context: what the file does not say.
        size: bytes of text to a batch, about; at least the length of a part.
        source: how messages name it.

    Yields:
        Batches, the last of them for parts of messages that stayed alone.

    Raises:
        TimezoneMissingError: the log has local times and the context names no zone.
        FormatUnknownError: a line is longer than any log's.

    Examples:
        >>> halves = [b"$GPGGA,no", b" AIS*00\n"]
        >>> [b.records for b in decode_stream(halves, NmeaContext("x"), size=99, source="x")]
        [1]

    """
    reader = NmeaReader(context, size=size)
    held, length = b"", 0
    for part in parts:
        start = part.find(b"\n") + 1
        if start == 0:
            held += part
            refuse_long_line(len(held), source=source)
            continue
        yield from reader.feed(held + part[:start])
        last = max(part.rfind(b"\n") + 1, start)
        yield from reader.feed(memoryview(part)[start:last], hold=True)
        held = reader.held + part[last:]
        length += len(part)
        if length >= size:
            yield reader.take()
            length = 0
    if held:
        yield from reader.feed(held)
    batch = reader.take()
    if batch.records:
        yield batch
    left = reader.finish()
    if left is not None:
        yield left
