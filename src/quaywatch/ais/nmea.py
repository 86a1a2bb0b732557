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
    DONE,
    EARLIEST,
    HARD,
    IN_BODY,
    LINE,
    MARGIN,
    NUMBER,
    QUARTER,
    RAW,
    REFUSED,
    STATE,
    TAKEN,
    WRAPPED,
    ZONED,
    Table,
    read_lines,
)
from quaywatch.ais.fast_tables import (
    Constants,
    position_frame,
    refusals_for,
    reject_frame,
    rows_for,
)
from quaywatch.ais.general import Carry, decode_lines
from quaywatch.ais.schema import STATICS_FRAME, AisBatch
from quaywatch.ais.timestamps import EARLIEST as EARLIEST_AT
from quaywatch.ais.zones import Zone

__all__ = ["Carry", "NmeaContext", "NmeaReader", "decode_nmea"]

_FOREVER = np.iinfo(np.int64).max
_NO_OFFSETS = np.zeros(1, np.int32)
_FEW = 256
"""If more lines than one in so many bytes are hard, all go the general way."""


def _microseconds(moment: datetime | None) -> int:
    if moment is None:
        return int(_FOREVER)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


class NmeaReader:
    """Reads consecutive blocks of one log.

    Args:
        context: what the log does not say.

    """

    def __init__(self, context: NmeaContext) -> None:
        self.context = context
        self._carry = Carry()
        self._next_line = 1
        self._zone = Zone(context.timezone) if context.timezone is not None else None
        self._hour = np.zeros(3, np.int64)
        self._constants = Constants.of(
            source_id=context.source_id, receiver=context.receiver, station=None
        )

    def read(self, block: bytes) -> AisBatch:
        r"""Decode whole lines, which follow those of the block before.

        Raises:
            TimezoneMissingError: the block has local times and the context names no zone.
            TimezoneUnknownError: there is no such zone.

        Examples:
            >>> reader = NmeaReader(NmeaContext("example"))
            >>> line = b"1272412827 !AIVDM,1,1,,B,15N4cJ`005Jrek0H@9n`DW5608EP,0*13\n"
            >>> [reader.read(line).positions["record"][0] for _ in range(2)]
            [1, 2]

        """
        state = self._begin()
        rows, refusals = rows_for(len(block)), refusals_for(len(block))
        hard = np.empty((len(block) // _FEW + 64, 3), np.int64)
        columns = np.array([part.ctypes.data for part in (*rows, *refusals)])
        tail = self._run(block, state, columns, hard)
        if tail is None:
            return self._general(block, np.arange(self._next_line, self._next_line + _lines(block)))
        body, ending = hard[: state[IN_BODY]], hard[state[IN_BODY] : state[HARD]]
        pieces = [block[a:b] for a, b in body[:, :NUMBER].tolist()]
        pieces += [tail[a:b] for a, b in ending[:, :NUMBER].tolist()]
        taken, refused = int(state[TAKEN]), int(state[REFUSED])
        short = AisBatch(
            positions=position_frame(rows, taken, self._constants),
            statics=pl.DataFrame(schema=STATICS_FRAME),
            rejects=reject_frame(refusals, refused, int(state[RAW]), self._constants),
            records=taken + refused,
        )
        numbers = hard[: state[HARD], NUMBER]
        batch = _merged(short, self._general(b"\n".join(pieces), numbers)) if pieces else short
        self._next_line = int(state[LINE]) - (1 if tail and not block.endswith(b"\n") else 0)
        return batch

    def finish(self) -> AisBatch | None:
        """What the last block left: parts that stayed alone; None if nothing."""
        if not self._carry.text:
            return None
        return self._general(b"", np.empty(0, np.int64), last=True)

    def _begin(self) -> Table:
        state = np.zeros(STATE, np.int64)
        state[LINE], state[WRAPPED] = self._next_line, self._carry.announces
        state[EARLIEST] = _microseconds(EARLIEST_AT)
        state[BEFORE] = _microseconds(self.context.received_before)
        state[ZONED] = self._zone is not None
        return state

    def _run(self, block: bytes, state: Table, columns: Table, hard: Table) -> bytes | None:
        """Run the kernel over ``block``; its end, which was read with room after it.

        None if the block is not for the short way.
        """
        if not self._read(block, max(len(block) - MARGIN, 0), state, columns, hard):
            return None
        tail = block[state[AT] :]
        state[AT], state[IN_BODY] = 0, state[HARD]
        if not tail:
            return tail
        tail = tail if tail.endswith(b"\n") else tail + b"\n"
        padded = tail + bytes(MARGIN)
        return tail if self._read(padded, len(tail), state, columns, hard) else None

    def _read(self, text: bytes, size: int, state: Table, columns: Table, hard: Table) -> bool:
        """Run the kernel, telling it what it asks; False if it gave up."""
        buffer = np.frombuffer(text, np.uint8)
        offsets = self._zone.offsets if self._zone is not None else _NO_OFFSETS
        while True:
            why = read_lines(buffer, size, state, self._hour, offsets, columns, hard)
            if why == ASK_ZONE and self._zone is not None:
                self._zone.learn(int(state[QUARTER]))
            else:
                return why == DONE

    def _general(self, text: bytes, numbers: Table, *, last: bool = False) -> AisBatch:
        """Decode lines the general way, after those that were carried over."""
        line_of = np.concatenate([np.array(self._carry.lines, np.int64), numbers, [0]])
        batch, self._carry = decode_lines(
            self._carry.text + text, line_of, last=last, context=self.context
        )
        return batch


def _lines(block: bytes) -> int:
    return block.count(b"\n") + (0 if block.endswith(b"\n") else 1)


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
    return short.merge_sorted(general, "record")


def decode_nmea(blocks: Iterable[bytes], context: NmeaContext) -> Iterator[AisBatch]:
    r"""Decode an NMEA log given as consecutive blocks of whole lines.

    Args:
        blocks: bytes, each ending at the end of a line.
        context: what the file does not say.

    Yields:
        One batch per block, and a last one for parts that stayed alone.

    Raises:
        TimezoneMissingError: the log has local times and the context names no zone.

    Examples:
        >>> list(decode_nmea([b"$GPGGA,no AIS*00\n"], NmeaContext("x")))[0].rejects["reason"][0]
        'not-ais'

    """
    reader = NmeaReader(context)
    for block in blocks:
        yield reader.read(block)
    left = reader.finish()
    if left is not None:
        yield left
