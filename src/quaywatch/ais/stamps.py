"""Compiled readers of numbers and times in a byte buffer, used by the sentence scanner.

Times are int64 microseconds since 1970. ``kind`` says what they count from: ``UTC``, or the
``LOCAL`` clock of whoever wrote the log, whose zone only the caller knows.
"""

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled

Bytes = NDArray[np.uint8]

NONE, UTC, LOCAL, UNREADABLE = 0, 1, 2, 3
_SECOND = 1_000_000
_ZERO, _NINE = 48, 57


@compiled
def digits(buffer: Bytes, start: int, end: int) -> int:
    """The unsigned decimal number in ``buffer[start:end]``; -1 if it is anything else."""
    if end <= start or end - start > 18:
        return -1
    value = 0
    for i in range(start, end):
        if buffer[i] < _ZERO or buffer[i] > _NINE:
            return -1
        value = value * 10 + (buffer[i] - _ZERO)
    return value


@compiled
def hex_byte(buffer: Bytes, start: int, end: int) -> int:
    """The two hexadecimal digits at ``start``; -1 if they are not there."""
    if start + 2 > end:
        return -1
    value = 0
    for i in range(start, start + 2):
        c = int(buffer[i])
        if _ZERO <= c <= _NINE:
            value = value * 16 + c - _ZERO
        elif 65 <= c <= 70:
            value = value * 16 + c - 55
        elif 97 <= c <= 102:
            value = value * 16 + c - 87
        else:
            return -1
    return value


@compiled
def fraction_us(buffer: Bytes, start: int, end: int) -> int:
    """Microseconds of the decimal digits after a point; -1 if they are not digits."""
    if end <= start:
        return -1
    value, scale = 0, 100_000
    for i in range(start, end):
        if buffer[i] < _ZERO or buffer[i] > _NINE:
            return -1
        value += scale * (buffer[i] - _ZERO)
        scale //= 10
    return value


@compiled
def epoch_us(buffer: Bytes, start: int, end: int) -> int:
    """A count since 1970 as microseconds; -1 if it is no such count.

    Nine to eleven digits are seconds (with or without a fraction), up to fourteen are
    milliseconds, more are microseconds: no reading of one is a plausible reading of another.
    """
    point = end
    for i in range(start, end):
        if buffer[i] == 46:
            point = i
            break
    whole = digits(buffer, start, point)
    n = point - start
    if whole < 0 or n < 9 or n > 17:
        return -1
    if n <= 11:
        part = fraction_us(buffer, point + 1, end) if point < end else 0
        return -1 if part < 0 else whole * _SECOND + part
    if point < end:
        return -1
    return whole * 1000 if n <= 14 else whole


@compiled
def civil_us(
    year: int, month: int, day: int, hour: int, minute: int, second: int, micro: int
) -> int:
    """Microseconds since 1970 of a date and time; -1 if there is no such moment.

    Days by the proleptic Gregorian calendar. Years outside 1970–2199 are refused.
    """
    if not (1970 <= year <= 2199 and 1 <= month <= 12 and day >= 1):
        return -1
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length = 30 + ((month + (month >> 3)) & 1) if month != 2 else (29 if leap else 28)
    if day > length or not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        return -1
    y = year - 1 if month <= 2 else year
    shifted = month - 3 if month > 2 else month + 9
    days = 365 * y + y // 4 - y // 100 + y // 400 + (153 * shifted + 2) // 5 + day - 1 - 719468
    return ((days * 24 + hour) * 60 + minute) * 60 * _SECOND + second * _SECOND + micro


@compiled
def civil_all(moments: NDArray[np.int64]) -> NDArray[np.int64]:
    """``civil_us`` of many: shape (moments, 6), year to second; -1 where there is none."""
    at = np.empty(len(moments), np.int64)
    for i in range(len(moments)):
        m = moments[i]
        at[i] = civil_us(m[0], m[1], m[2], m[3], m[4], m[5], 0)
    return at


@compiled
def _zone_us(buffer: Bytes, start: int, end: int) -> int:
    """Offset from UTC of ``+hh:mm``, ``+hhmm`` or ``+hh`` in microseconds; -1 if unreadable."""
    hours = digits(buffer, start + 1, start + 3)
    at = start + 4 if start + 3 < end and buffer[start + 3] == 58 else start + 3
    minutes = 0 if at >= end else digits(buffer, at, end)
    if hours < 0 or minutes < 0 or hours > 14 or minutes > 59:
        return -1
    return (hours * 60 + minutes) * 60 * _SECOND


@compiled
def _date_us(buffer: Bytes, start: int) -> int:
    """The nineteen characters ``YYYY-MM-DD HH:MM:SS`` as if they were UTC; -1 if unreadable."""
    dash = buffer[start + 4]
    middle = buffer[start + 10]
    separated = dash in (45, 47) and buffer[start + 7] == dash
    timed = buffer[start + 13] == 58 and buffer[start + 16] == 58
    if not (separated and timed and middle in (32, 84, 116)):
        return -1
    return civil_us(
        digits(buffer, start, start + 4),
        digits(buffer, start + 5, start + 7),
        digits(buffer, start + 8, start + 10),
        digits(buffer, start + 11, start + 13),
        digits(buffer, start + 14, start + 16),
        digits(buffer, start + 17, start + 19),
        0,
    )


@compiled
def leading_stamp(buffer: Bytes, start: int, end: int) -> tuple[int, int]:
    """``(kind, microseconds)`` of the text before a sentence, already stripped.

    Understood: ``YYYY-MM-DD HH:MM:SS`` (also with ``T``, ``/``, a fraction, ``Z`` or an offset)
    and counts since 1970. Anything else is ``UNREADABLE``.
    """
    if end <= start:
        return NONE, 0
    counted = epoch_us(buffer, start, end)
    if counted >= 0:
        return UTC, counted
    if end - start < 19:
        return UNREADABLE, 0
    at = _date_us(buffer, start)
    if at < 0:
        return UNREADABLE, 0
    i = start + 19
    if i < end and (buffer[i] == 46 or buffer[i] == 44):
        stop = i + 1
        while stop < end and _ZERO <= buffer[stop] <= _NINE:
            stop += 1
        part = fraction_us(buffer, i + 1, stop)
        if part < 0:
            return UNREADABLE, 0
        at += part
        i = stop
    while i < end and buffer[i] == 32:
        i += 1
    return _zoned(buffer, i, end, at)


@compiled
def _zoned(buffer: Bytes, i: int, end: int, at: int) -> tuple[int, int]:
    """Apply what follows the time: nothing (local), ``Z`` or ``UTC``, or an offset."""
    if i == end:
        return LOCAL, at
    c = buffer[i]
    if c in (90, 122) and i + 1 == end:
        return UTC, at
    if end - i == 3 and c == 85 and buffer[i + 1] == 84 and buffer[i + 2] == 67:
        return UTC, at
    if c in (43, 45) and end - i >= 3:
        offset = _zone_us(buffer, i, end)
        if offset >= 0:
            return UTC, (at - offset if c == 43 else at + offset)
    return UNREADABLE, 0
