"""Find the AIS sentences in a block of bytes: one compiled pass, one table row per sentence.

Around a sentence may stand what loggers add: NMEA 4 tag blocks, a leading time, the trailing
station and time of USCG and libais logs, and Gatehouse ``$PGHP`` lines that stamp the next one.
Of several times the one nearest the receiver wins: tag block, then trailing, leading, ``$PGHP``.

Source: NMEA 0183 4.10 (sentences, tag blocks), IEC 61162-1 (VDM, VDO).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.stamps import (
    NONE,
    UNREADABLE,
    UTC,
    Bytes,
    civil_us,
    digits,
    epoch_us,
    hex_byte,
    leading_stamp,
)

Table = NDArray[np.int64]

# Columns of the sentence table.
(
    LINE, START, END, PAYLOAD, LENGTH, FILL, PARTS, PART, SEQUENCE, CHANNEL, STATUS,
    STAMP_KIND, STAMP, STATION, STATION_LENGTH, STATION_HASH, GROUP, GROUP_PART,
    CONTEXT, CONTEXT_LENGTH, CONTEXT_LINE,
) = range(21)  # fmt: skip
COLUMNS = 21

REASONS = (
    "",
    "not-a-sentence",
    "not-ais",
    "checksum-missing",
    "checksum-mismatch",
    "sentence-malformed",
    "tag-block-malformed",
    "tag-block-checksum",
    "timestamp-unreadable",
    "multipart-incomplete",
    "payload-empty",
)
"""Reason codes of a rejected sentence; the index is the ``STATUS`` column, 0 is a good one."""
(
    GOOD, NOT_A_SENTENCE, NOT_AIS, NO_CHECKSUM, BAD_CHECKSUM, MALFORMED, BAD_TAG, BAD_TAG_CHECKSUM,
    BAD_STAMP, INCOMPLETE, EMPTY,
) = range(11)  # fmt: skip

_BANG, _COMMA, _STAR, _BACKSLASH, _HASH, _DOLLAR = 33, 44, 42, 92, 35, 36


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of a block, and the ``$PGHP`` line that still waits for its sentence."""

    rows: Table
    """One row per sentence or unusable line, columns as named in this module."""
    pending: tuple[int, int, int]
    """Start, length and line of the waiting ``$PGHP`` line; length 0 if there is none."""


@compiled
def _blank(c: int) -> bool:
    return c in (32, 9, 13)  # a tuple: numba would build a set anew at every call


@compiled
def _find(buffer: Bytes, start: int, end: int, byte: int) -> int:
    for i in range(start, end):
        if buffer[i] == byte:
            return i
    return -1


@compiled
def _find_sentence(buffer: Bytes, start: int, end: int) -> int:
    """Where the next ``!xxVDM,`` or ``!xxVDO,`` begins; -1 if there is none."""
    for i in range(start, end - 6):
        if (
            buffer[i] == _BANG
            and buffer[i + 6] == _COMMA
            and buffer[i + 3] == 86
            and buffer[i + 4] == 68
            and (buffer[i + 5] == 77 or buffer[i + 5] == 79)
        ):
            return i
    return -1


@compiled
def _hash(buffer: Bytes, start: int, end: int) -> int:
    """FNV-1a folded to 62 bits: equal text, equal number. 0 is kept for no text."""
    value = 1469598103934665603
    for i in range(start, end):
        value = ((value ^ int(buffer[i])) * 1099511628211) & 0x3FFFFFFFFFFFFFFF
    return value if end > start else 0


@compiled
def _xor(buffer: Bytes, start: int, end: int) -> int:
    value = 0
    for i in range(start, end):
        value ^= int(buffer[i])
    return value


@compiled
def _read_tag(buffer: Bytes, start: int, end: int, row: Table) -> None:
    """Read the ``c``, ``s`` and ``g`` fields of one tag block, given without its backslashes."""
    star = _find(buffer, start, end, _STAR)
    if star < 0:
        row[STATUS] = BAD_TAG
        return
    if hex_byte(buffer, star + 1, end) != _xor(buffer, start, star):
        row[STATUS] = BAD_TAG_CHECKSUM
        return
    i = start
    while i < star:
        stop = _find(buffer, i, star, _COMMA)
        stop = star if stop < 0 else stop
        if stop - i > 2 and buffer[i + 1] == 58:
            _read_tag_field(buffer, i, stop, row)
        i = stop + 1


@compiled
def _read_tag_field(buffer: Bytes, start: int, end: int, row: Table) -> None:
    key, first = int(buffer[start]), start + 2
    if key == 99:  # c: time of receipt
        at = epoch_us(buffer, first, end)
        row[STAMP_KIND] = UTC if at >= 0 else UNREADABLE
        row[STAMP] = max(at, 0)
    elif key == 115:  # s: station
        row[STATION], row[STATION_LENGTH] = first, end - first
    elif key == 103:  # g: sentence-of-total-id
        dash = _find(buffer, first, end, 45)
        second = _find(buffer, dash + 1, end, 45) if dash > 0 else -1
        if second > 0:
            row[GROUP_PART] = digits(buffer, first, dash)
            row[GROUP] = _hash(buffer, second + 1, end)


@compiled
def _read_tags(buffer: Bytes, start: int, bang: int, row: Table) -> int:
    """Read the tag blocks before a sentence; where the text before them ends."""
    first = _find(buffer, start, bang, _BACKSLASH)
    i = first
    while i >= 0:
        stop = _find(buffer, i + 1, bang, _BACKSLASH)
        if stop < 0:
            row[STATUS] = BAD_TAG
            break
        _read_tag(buffer, i + 1, stop, row)
        i = _find(buffer, stop + 1, bang, _BACKSLASH)
    return first if first >= 0 else bang


@compiled
def _read_leading(buffer: Bytes, start: int, end: int, row: Table) -> None:
    """Read the time before a sentence, if nothing nearer the receiver gave one."""
    while start < end and (_blank(buffer[start]) or buffer[start] == _COMMA):
        start += 1
    while start < end and (_blank(buffer[end - 1]) or buffer[end - 1] == _COMMA):
        end -= 1
    if row[STAMP_KIND] == NONE:
        row[STAMP_KIND], row[STAMP] = leading_stamp(buffer, start, end)


@compiled
def _read_tail(buffer: Bytes, start: int, end: int, row: Table) -> None:
    """Read the comma-separated fields after the checksum: a station (r…, b…), then a time."""
    if start >= end or buffer[start] != _COMMA:
        return
    i = start + 1
    while i <= end:
        stop = _find(buffer, i, end, _COMMA)
        stop = end if stop < 0 else stop
        while stop > i and _blank(buffer[stop - 1]):
            stop -= 1
        named = stop - i > 1 and (buffer[i] == 114 or buffer[i] == 98)
        if named and row[STATION_LENGTH] == 0:
            row[STATION], row[STATION_LENGTH] = i, stop - i
        at = epoch_us(buffer, i, stop)
        if at >= 0:
            if row[STAMP_KIND] == NONE:
                row[STAMP_KIND], row[STAMP] = UTC, at
            return  # a second count is the logger's own
        i = stop + 1
        while i < end and buffer[i - 1] != _COMMA:
            i += 1


@compiled
def _walk(buffer: Bytes, bang: int, end: int, marks: Table) -> int:
    """Go once through a sentence; where its ``*`` is, or -1 if another sentence comes first.

    ``marks`` receives the places of the first seven commas, then their number and the checksum.
    """
    commas, check = 0, 0
    for i in range(bang + 1, end):
        c = int(buffer[i])
        if c == _STAR:
            marks[7], marks[8] = commas, check
            return i
        if c == _BANG and _find_sentence(buffer, i, min(i + 7, end)) == i:
            return -1
        if c == _COMMA:
            if commas < 7:
                marks[commas] = i
            commas += 1
        check ^= c
    return -1


@compiled
def _read_fields(buffer: Bytes, star: int, row: Table, marks: Table) -> bool:
    """Read the six fields between ``!xxVDM,`` and ``*``; False if they are not six or not sane."""
    if marks[7] != 6:
        return False
    row[PARTS] = digits(buffer, marks[0] + 1, marks[1])
    row[PART] = digits(buffer, marks[1] + 1, marks[2])
    row[SEQUENCE] = digits(buffer, marks[2] + 1, marks[3])
    row[CHANNEL] = buffer[marks[3] + 1] if marks[4] > marks[3] + 1 else 0
    row[PAYLOAD], row[LENGTH] = marks[4] + 1, marks[5] - marks[4] - 1
    row[FILL] = 0 if star == marks[5] + 1 else digits(buffer, marks[5] + 1, star)
    sane = 1 <= row[PARTS] <= 9 and 1 <= row[PART] <= row[PARTS]
    return bool(sane and 0 <= row[FILL] <= 5)


@compiled
def _after(buffer: Bytes, start: int, end: int) -> int:
    """Where the text of a sentence ends: at the next tag block or sentence of the line."""
    for i in range(start, end):
        c = buffer[i]
        if c == _BACKSLASH or (c == _BANG and _find_sentence(buffer, i, min(i + 7, end)) == i):
            return i
    return end


@compiled
def _read_sentence(buffer: Bytes, start: int, bang: int, end: int, row: Table, marks: Table) -> int:
    """Fill ``row`` from the sentence at ``bang``; where its text ends."""
    star = _walk(buffer, bang, end, marks)
    after = _after(buffer, max(star, bang + 6), end)
    said = hex_byte(buffer, star + 1, end) if star >= 0 else -1
    if said < 0:
        row[STATUS] = NO_CHECKSUM
    elif said != marks[8]:
        row[STATUS] = BAD_CHECKSUM
    elif not _read_fields(buffer, star, row, marks):
        row[STATUS] = MALFORMED
    elif row[LENGTH] == 0:
        row[STATUS] = EMPTY
    row[START], row[END] = start, after
    while row[END] > start and _blank(buffer[row[END] - 1]):
        row[END] -= 1
    if row[STATUS] != GOOD:
        return after
    before = _read_tags(buffer, start, bang, row)
    _read_tail(buffer, star + 3, row[END], row)
    _read_leading(buffer, start, before, row)
    row[STATION_HASH] = _hash(buffer, row[STATION], row[STATION] + row[STATION_LENGTH])
    if row[STATUS] == GOOD and row[STAMP_KIND] == UNREADABLE:
        row[STATUS] = BAD_STAMP
    return after


@compiled
def _wrapper_stamp(buffer: Bytes, start: int, end: int) -> tuple[int, int]:
    """Time and announced checksum of a ``$PGHP,1`` line; -1 where it has none.

    Fields: 1, year, month, day, hour, minute, second, millisecond, country, region, station,
    online data, checksum of the sentence that follows. Source: Gatehouse, as read by gpsd and
    pyais.
    """
    values = np.full(8, -1, np.int64)
    n, i = 0, start + 6
    last = i
    star = _find(buffer, i, end, _STAR)
    star = end if star < 0 else star
    while i <= star:
        stop = _find(buffer, i, star, _COMMA)
        stop = star if stop < 0 else stop
        if n < 8:
            values[n] = digits(buffer, i, stop)
        n, last, i = n + 1, i, stop + 1
    if n < 8 or values[0] != 1 or values[7] < 0:
        return -1, -1
    at = civil_us(
        values[1], values[2], values[3], values[4], values[5], values[6], values[7] * 1000
    )
    return at, hex_byte(buffer, last, star) if n >= 13 else -1


@compiled
def _is_wrapper(buffer: Bytes, start: int, end: int) -> bool:
    if end - start < 8 or buffer[start] != _DOLLAR or buffer[start + 5] != _COMMA:
        return False
    return bool(
        buffer[start + 1] == 80
        and buffer[start + 2] == 71
        and buffer[start + 3] == 72
        and buffer[start + 4] == 80
    )


@compiled
def _apply_wrapper(buffer: Bytes, row: Table, pending: Table) -> None:
    """Stamp ``row`` from the ``$PGHP`` line before it, if that line announced this sentence."""
    at, announced = _wrapper_stamp(buffer, pending[0], pending[0] + pending[1])
    star = _find(buffer, row[PAYLOAD], row[END], _STAR)
    said = hex_byte(buffer, star + 1, row[END]) if star >= 0 else -1
    if at >= 0 and (announced < 0 or announced == said):
        row[CONTEXT], row[CONTEXT_LENGTH], row[CONTEXT_LINE] = pending[0], pending[1], pending[2]
        if row[STAMP_KIND] == NONE:
            row[STAMP_KIND], row[STAMP] = UTC, at
    pending[1] = 0


@compiled
def _read_line(
    buffer: Bytes, start: int, end: int, line: int, rows: Table, n: int, pending: Table
) -> int:
    """Append the sentences of one line to ``rows``; the new number of rows."""
    at = start
    while True:
        bang = _find_sentence(buffer, at, end)
        if bang < 0:
            break
        row = rows[n]
        row[:] = 0
        row[LINE] = line
        at = _read_sentence(buffer, at, bang, end, row, pending[3:])
        if pending[1] > 0 and row[STATUS] == GOOD:
            _apply_wrapper(buffer, row, pending)
        n += 1
    while at < end and _blank(buffer[at]):
        at += 1
    if at == end or at > start:
        return n
    if _is_wrapper(buffer, at, end):
        pending[0], pending[1], pending[2] = at, end - at, line
        return n
    rows[n, :] = 0
    rows[n, LINE], rows[n, START], rows[n, END] = line, start, end
    other = buffer[at] == _DOLLAR or buffer[at] == _BANG or buffer[at] == _BACKSLASH
    rows[n, STATUS] = NOT_AIS if other else NOT_A_SENTENCE
    return n + 1


@compiled
def _scan(buffer: Bytes, ends: Table, rows: Table, pending: Table) -> int:
    n, start = 0, 0
    for line in range(len(ends)):
        end = ends[line]
        stop, first = end, start
        while stop > first and _blank(buffer[stop - 1]):
            stop -= 1
        while first < stop and _blank(buffer[first]):
            first += 1
        if stop > first and buffer[first] != _HASH:
            n = _read_line(buffer, first, stop, line, rows, n, pending)
        start = end + 1
    return n


def scan(block: bytes) -> Sentences:
    """Find the sentences of ``block``, whole lines of an NMEA log.

    Blank lines and lines that begin with ``#`` are no records. Any other line without a sentence
    gives a row whose ``STATUS`` says why.

    Args:
        block: bytes that end at the end of a line (the last newline may be missing).

    Returns:
        Rows in file order; ``LINE`` counts lines of the block from 0.

    Examples:
        >>> found = scan(b"!AIVDM,1,1,,B,15N4cJ`005Jrek0H@9n`DW5608EP,0*13")
        >>> REASONS[found.rows[0, STATUS]], int(found.rows[0, LENGTH])
        ('', 28)

    """
    buffer = np.frombuffer(block, np.uint8)
    # Each row consumes a line, or the VDM or VDO that opens it.
    capacity = block.count(b"\n") + block.count(b"VD") + 1
    rows = np.empty((capacity, COLUMNS), np.int64)
    pending = np.zeros(3 + 9, np.int64)  # and room for the marks of one sentence
    ends = np.append(np.flatnonzero(buffer == ord("\n")), len(buffer))
    n = _scan(buffer, ends, rows, pending)
    return Sentences(rows=rows[:n], pending=(int(pending[0]), int(pending[1]), int(pending[2])))
