"""The short way for the usual line: one compiled pass from bytes to the lake's columns.

A line is taken here only if it has the usual shape in every byte: nothing or a readable time, then
``!xxVDM,1,1,`` and one sentence with a right checksum, and nothing after it; or if it and the next
line are so the two parts of one message. All others are left, listed by their place, to the
general way of ``quaywatch.ais.general``. What is taken is read exactly as the general way reads
it; ``tests/ais/test_fast.py`` holds the two against each other.
"""

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.fast_fields import (
    HAS_TIME,
    MISMATCH,
    UNSUPPORTED,
    Table,
    To,
    check_static,
    position,
    refuse,
    static,
    static_kind,
)
from quaywatch.ais.parts import WINDOW_LINES, WINDOW_US
from quaywatch.ais.stamps import LOCAL, NONE, UNREADABLE, Bytes, leading_stamp
from quaywatch.ais.words import byte, checked, put, seek, sixbit, step, word

MARGIN = 512
"""Bytes that must follow the start of the last line: the kernel reads ahead of what it checks."""

DONE, ASK_ZONE, NO_ZONE, LISTED, FULL, HOLD = range(6)
"""Why the kernel returned: all read; an unknown quarter of an hour; a local time and no zone; the
list of hard lines is full; no room for another row; and the last line is the first part of a
message, to be read with the next line."""

(
    AT, LINE, TAKEN, REFUSED, RAW, STATICS, HARD, QUARTER, WRAPPED, EARLIEST, BEFORE, ZONED,
    MAY_HOLD, ROWS_MAX, REFUSALS_MAX, RAW_MAX, STATICS_MAX, LOOSE_ANY,
) = range(18)  # fmt: skip
STATE = 18
"""Columns of the state: where the kernel stands, how much it wrote, bounds of time and of room, and
the line of the last part that may belong to any message."""

PLACE, END, NUMBER, COUNT = range(4)
"""Columns of the list of hard lines, a row for lines that follow each other: where they begin and
end, the number of the first, and how many they are."""

LOOSE = 11 * 256
"""Length of the table of the last lines with a part left to the general way, for each sequence
number and channel."""
LONG_AGO = -1_000_000

QUARTER_US = 900_000_000
QUARTERS = 8_070_000
"""Quarters of an hour from 1970 to 2199."""
ZONE_UNKNOWN, ZONE_MIXED, ZONE_BIAS = 0, 1, 1_000_000
"""Of a quarter of an hour: not asked yet; not one known offset; and what is added to an offset."""

HEX = np.full(256, 255, np.uint8)
HEX[48:58], HEX[65:71], HEX[97:103] = np.arange(10), np.arange(10, 16), np.arange(10, 16)

_NEWLINE, _RETURN, _STAR, _BANG, _COMMA = 10, 13, 42, 33, 44
_ALONE, _FIRST, _SECOND = 1, 2, 3
_REFUSE, _ROW, _STATIC, _BOTH = 0, 1, 2, 3


def _letters(text: bytes) -> int:
    return int.from_bytes(text, "little")


_AIVDM = _letters(b"!AIVDM,")
_SEVEN = _letters(b"\xff" * 7)
_VDM_MASK = _letters(b"\xff\0\0\xff\xff\0\xff")
_VDM = _letters(b"!\0\0VD\0,")
_ONE_MASK = _letters(b"\xff\xff\xff\xff\0\xff\0\0")
_ONE = _letters(b",1,,\0,\0\0")
_TWO_MASK = _letters(b"\xff\0\xff\0\xff\0\xff\0")
_TWO = _letters(b",\0,\0,\0,\0")
_CLOCK = _letters(b":00:00\0\0")
_CLOCK_MASK = _letters(b"\xff\xf0\xf0\xff\xf0\xf0\0\0")
_CLOCK_LIMIT = _letters(b"\0\x0a\x06\0\x0a\x06\0\0")
_COMMA_BLANK = _letters(b", ")
_HOUR_MASK = (1 << 40) - 1
_PGHP = _letters(b"$PGHP")


@step
def _clock(text: int) -> int:
    """Seconds of the ``:MM:SS`` at ``text``; -1 if it is none."""
    digits = word(text) ^ _CLOCK
    if (digits & _CLOCK_MASK) != 0 or ((digits + _CLOCK_LIMIT) & _CLOCK_MASK) != 0:
        return -1
    minutes: int = ((digits >> 8) & 15) * 10 + ((digits >> 16) & 15)
    seconds: int = ((digits >> 32) & 15) * 10 + ((digits >> 40) & 15)
    return minutes * 60 + seconds


@compiled
def _other_stamp(buffer: Bytes, start: int, end: int) -> tuple[int, int]:
    """Any other text before a sentence, stripped as the general way strips it."""
    first = int(buffer[start])
    if first in (9, 13, 32):
        return UNREADABLE, 0  # the raw text of a reject would begin later
    while start < end and buffer[start] == _COMMA:
        start += 1
    while start < end and buffer[end - 1] in (9, 13, 32, _COMMA):
        end -= 1
    return leading_stamp(buffer, start, end)


@compiled
def _slow_stamp(buffer: Bytes, start: int, size: int, hour: Table) -> tuple[int, int]:
    """Kind and microseconds of any text before a sentence; remembers the hour of a usual one."""
    kind, at = _other_stamp(buffer, start, start + size)
    if kind == LOCAL and at % 1_000_000 == 0 and _clock(buffer.ctypes.data + start + 13) >= 0:
        text = buffer.ctypes.data + start
        hour[0], hour[1] = word(text), word(text + 8) & _HOUR_MASK
        hour[2] = at - at % 3_600_000_000
    return kind, at


@step
def _stamp(text: int, size: int, hour: int) -> tuple[int, int]:
    """Kind and microseconds of the ``size`` bytes before a sentence; -1 for the slow way.

    At ``hour`` are the last date and hour as text, two words, and as microseconds.
    """
    if size == 0:
        return NONE, 0
    separator = word(text + 19) & 0xFFFF
    dated = size == 21 and separator == _COMMA_BLANK
    if size == 20:
        dated = (separator & 0xFF) == _COMMA or (separator & 0xFF) == 32
    seconds = _clock(text + 13)
    same = word(text) == word(hour) and (word(text + 8) & _HOUR_MASK) == word(hour + 8)
    if dated and same and seconds >= 0:
        return LOCAL, word(hour + 16) + seconds * 1_000_000
    return -1, 0


@step
def _utc(kind: int, at: int, state: int, zone: int) -> tuple[int, int]:
    """The instant of a stamp, and 0; else -1 for a hard line or what to ask."""
    if kind == LOCAL:
        if word(state + 8 * ZONED) == 0:
            return 0, NO_ZONE
        offset = word(zone + 4 * (at // QUARTER_US)) & 0xFFFFFFFF
        if offset == ZONE_UNKNOWN:
            put(state, QUARTER, at // QUARTER_US)
            return 0, ASK_ZONE
        if offset == ZONE_MIXED:
            return 0, -1
        at -= (offset - ZONE_BIAS) * 1_000_000
    if kind != NONE and (at < word(state + 8 * EARLIEST) or at >= word(state + 8 * BEFORE)):
        return 0, -1
    return at, 0


@compiled
def _plain(payload: int, length: int) -> bool:
    """Whether all characters of a payload are six-bit characters."""
    for at in range(0, length, 32):  # noqa: SIM110  # numba has no generator expressions
        if sixbit(payload + at, min(length - at, 32))[0] != 0:
            return False
    return True


@step
def _header(bang: int) -> tuple[int, int, int]:
    """Where the payload begins, which part it is, and sequence number and channel as one number.

    The part is 0 if the header is unusual.
    """
    first, second = word(bang), word(bang + 8)
    if (first & _SEVEN) != _AIVDM:
        a, b, c = byte(bang + 1), byte(bang + 2), byte(bang + 5)
        if (first & _VDM_MASK) != _VDM or c < 77 or c > 79 or c == 78:
            return bang, 0, 0
        if a < 65 or a > 90 or b < 65 or b > 90:
            return bang, 0, 0
    count = (first >> 56) & 255
    if count == 49 and (second & _ONE_MASK) == _ONE:
        channel = (second >> 32) & 255
        if 65 <= channel <= 90 or 48 <= channel <= 57:
            return bang + 14, _ALONE, 0
    if count == 50 and (second & _TWO_MASK) == _TWO:
        part, sequence = ((second >> 8) & 255) - 48, ((second >> 24) & 255) - 48
        channel = (second >> 40) & 255
        named = 65 <= channel <= 90 or 48 <= channel <= 57
        if named and 0 <= sequence <= 9 and 1 <= part <= 2:
            return bang + 15, _ALONE + part, sequence * 256 + channel
    return bang, 0, 0


@step
def _sentence(bang: int) -> tuple[int, int, int, int, int, int]:
    """The sentence at ``bang``: payload, length, fill bits, end, part, mark.

    The part is 0 if anything is unusual, and negative if it is only the checksum that is wrong.
    """
    payload, part, mark = _header(bang)
    size, check = checked(bang + 1, _STAR)
    if size == 64:
        more, rest = checked(bang + 65, _STAR)
        size, check = 64 + more, check ^ rest
    star = bang + 1 + size
    ending = word(star - 2)
    fill = ((ending >> 8) & 255) - 48
    length = star - 2 - payload
    high, low = int(HEX[(ending >> 24) & 255]), int(HEX[(ending >> 32) & 255])
    usual = length > 0 and (ending & 0xFF) == _COMMA and 0 <= fill <= 5
    usual = usual and ((ending >> 16) & 255) == _STAR and (high | low) < 16
    part = part if ((high << 4 | low) ^ check) == 0 else -part
    return payload, length, fill, star + 3, (part if usual else 0), mark


@step
def _line(text: int) -> tuple[int, int, int, int, int, int, int]:
    """The line at ``text``: as ``_sentence``, and how much stands before it.

    The part is 0 if anything is unusual but, perhaps, the payload and what stands before.
    """
    before = seek(text, _BANG)
    payload, length, fill, end, part, mark = _sentence(text + before)
    following = end + (1 if byte(end) == _RETURN else 0)
    if byte(following) != _NEWLINE or before == 64:
        part = 0
    return payload, length, fill, end, part, mark, before


@compiled
def _mark_loose(text: int, end: int, line: int, loose: Table, state: Table) -> None:
    """Remember which messages a line that is left to the general way may have parts of."""
    at = text
    while at < end - 7:
        if byte(at) == _BANG and byte(at + 3) == 86 and byte(at + 4) == 68 and byte(at + 6) == 44:
            part, mark = _header(at)[1:]
            if part >= _FIRST:
                loose[mark] = line
            elif byte(at + 7) != 49 or byte(at + 8) != _COMMA:
                state[LOOSE_ANY] = line
        at += 1


@compiled
def _note_hard(
    text: tuple[int, int, int], line: int, hard: Table, loose: Table, state: Table
) -> int:
    """List the line that begins at ``text``, given with base and end; where the next begins."""
    base, start, limit = text
    end = start
    while end < limit and byte(end) != _NEWLINE:
        end += 1
    first = byte(start) if end > start else _RETURN
    if end - start > 1 or first != _RETURN:
        n = state[HARD]
        follows = n > 0 and hard[n - 1, END] + 1 == start - base
        if follows and hard[n - 1, NUMBER] + hard[n - 1, COUNT] == line:
            hard[n - 1, END] = end - base
            hard[n - 1, COUNT] += 1
        else:
            hard[n, PLACE], hard[n, END] = start - base, end - base
            hard[n, NUMBER], hard[n, COUNT] = line, 1
            state[HARD] = n + 1
        if first in (9, 32) or (word(start) & _HOUR_MASK) == _PGHP:
            state[WRAPPED] = 1
        _mark_loose(start, end, line, loose, state)
    return end + 1


@step
def _task(number: int, part: int, kind: int, first: int) -> int:
    """What to do with a message; -1 to leave it to the general way."""
    task = _REFUSE
    if number in (1, 2, 3, 18, 27):
        task = _ROW
    elif number == 4:
        task = _ROW if kind != NONE else -1  # else it is dated by what it says
    elif number == 5:
        task = _STATIC
    elif number == 19:
        task = _BOTH
    elif number == 24:
        task = _STATIC if static_kind(number, first) != 0 else -1
    # Of the messages in two parts that we read, only number 5 is usual.
    return -1 if part == _FIRST and task != _REFUSE and number != 5 else task


@compiled
def _second(text: int, wanted: int) -> tuple[int, int, int, int, int]:
    """The second part of a message at ``text``, with the mark ``wanted``.

    Payload, length, fill bits and end, which is 0 if it is not that part; how much stands before.
    """
    payload, length, fill, end, part, mark, before = _line(text)
    if part != _SECOND or mark != wanted or not _plain(payload, length):
        end = 0
    return payload, length, fill, end, before


@step
def _next(end: int) -> int:
    """Where the line after the one whose text ends at ``end`` begins."""
    return end + (2 if byte(end) == _RETURN else 1)


@compiled
def read_lines(  # noqa: C901, PLR0912, PLR0915  # one loop whose state must stay in registers
    buffer: Bytes,
    size: int,
    state: Table,
    hour: Table,
    zone: NDArray[np.int32],
    loose: Table,
    columns: Table,
    hard: Table,
) -> int:
    """Read lines until one begins at ``size`` or later; why it stopped.

    To be called again with the same arguments once ``zone`` knows the quarter asked for, or there
    is room again.

    Args:
        buffer: whole lines, with ``MARGIN`` readable bytes after ``size``.
        size: where to stop.
        state: shape (``STATE``,), changed in place.
        hour: shape (3,), the last date and hour; begin with zeros.
        zone: for each quarter of an hour since 1970, the offset of its local time.
        loose: shape (``LOOSE``,), begin with ``LONG_AGO``.
        columns: addresses of the arrays to write to, in the order of ``To``.
        hard: shape (any, 4), where lines for the general way are listed.

    """
    base = buffer.ctypes.data
    out = To(
        columns[0], columns[1], columns[2], columns[3], columns[4], columns[5], columns[6],
        columns[7], columns[8], columns[9], columns[10], columns[11], columns[12], columns[13],
        columns[14], columns[15], columns[16], columns[17], columns[18], columns[19], columns[20],
        columns[21], columns[22],
    )  # fmt: skip
    states, hours, zones = state.ctypes.data, hour.ctypes.data, zone.ctypes.data
    text, stop = base + state[AT], base + size
    line, taken, refused, raw = state[LINE], state[TAKEN], state[REFUSED], state[RAW]
    statics = state[STATICS]
    rows_max, refusals_max = state[ROWS_MAX], state[REFUSALS_MAX]
    raw_max, statics_max = state[RAW_MAX], state[STATICS_MAX]
    why = DONE
    while text < stop:
        if taken >= rows_max or refused >= refusals_max or raw >= raw_max or statics >= statics_max:
            why = FULL
            break
        payload, length, fill, end, part, mark, before = _line(text)
        usual = part not in (0, _SECOND)
        bad, a, b, c, _ = sixbit(payload if usual else text, min(length, 32))
        usual = usual and bad == 0 and (length <= 32 or _plain(payload, length))
        kind, stamp = _stamp(text, before, hours) if usual else (UNREADABLE, 0)
        if kind < 0:
            kind, stamp = _slow_stamp(buffer, text - base, before, hour)
        at, ask, task = stamp, -1, -1
        if part < 0 and kind != UNREADABLE:
            task = _REFUSE
        elif kind != UNREADABLE:
            at, ask = _utc(kind, stamp, states, zones)
            if ask > 0:
                why = ask
                break
        number = a >> 42
        following = second = _next(end)
        other, more, rest, last = text, 0, fill, 0
        if ask == 0:
            task = _task(number, part, kind, a)
            if part == _FIRST and task >= 0:
                if following >= stop:
                    if state[MAY_HOLD] != 0:
                        why = HOLD
                        break
                    task = -1
                else:
                    other, more, rest, last, before = _second(second, mark)
                    also, heard = _stamp(second, before, hours) if last != 0 else (kind, stamp)
                    if also < 0:
                        also, heard = _slow_stamp(buffer, second - base, before, hour)
                    near = max(loose[mark], state[LOOSE_ANY]) + WINDOW_LINES
                    apart = also != kind or (kind != NONE and abs(heard - stamp) > WINDOW_US)
                    if last == 0 or apart or line <= near or length < 8:
                        task = -1
                    following = _next(last) if last != 0 else following
        if task >= 0 and part > 0 and state[WRAPPED] != 0:
            # The first good sentence after a wrapper is the wrapper's: the general way joins them.
            state[WRAPPED] = 0
            task = -1
        if task < 0:
            if state[HARD] == len(hard):
                why = LISTED
                break
            text = _note_hard((base, text, base + len(buffer)), line, hard, loose, state)
            line += 1
            continue
        code, value, known = (UNSUPPORTED + number if part > 0 else MISMATCH), 0, 0
        bits = (length + more) * 6 - rest
        if task in (_ROW, _BOTH):
            code, value, known = position(out, taken, number, bits, (a, b, c))
            if code < 0:
                put(out.record, taken, line)
                put(out.at, taken, at)
                put(out.known, taken, np.uint8(known | (int(kind != NONE) << HAS_TIME)))
                taken += 1
        if task == _STATIC:
            number = static_kind(number, a)
            code, value = check_static(number, bits, a)
        if task >= _STATIC and code < 0:
            timed = int(kind != NONE)
            static(out, statics, (number, at, timed, line), (payload, length), (other, more))
            statics += 1
        if code >= 0:
            said = (code, number, value, line)
            raw = refuse(out, refused, raw, said, (text, end), (second, max(last, second)))
            refused += 1
        text = following
        line += 1 if last == 0 else 2
    state[AT], state[LINE] = text - base, line
    state[TAKEN], state[REFUSED], state[RAW], state[STATICS] = taken, refused, raw, statics
    return why
