"""One cell of a CSV row as a number, a time or the place of a word; compiled."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.jit import compiled

Bytes = NDArray[np.uint8]
ISO_OFFSET, ISO_T, ISO_SPACE, DAY_FIRST, EPOCH = 1, 2, 4, 8, 16
"""Time formats, to be or-ed."""
NO_TIME: Final = np.iinfo(np.int64).min
NO_WORD: Final = -1
WORDS = 250
"""Different texts a word column may hold in a block; rows with yet others are odd."""
SLOTS = 1024
QUOTE, NEWLINE, RETURN, BLANK_BYTE, _POINT, _MINUS = 34, 10, 13, 32, 46, 45
_MANTISSA = 1 << 53
PRIME = np.uint64(0x100000001B3)  # FNV-1a
_DAY_US = 86_400_000_000


@compiled
def _digits(text: Bytes, at: int, count: int) -> int:
    """The number of so many digits, or -1."""
    value = 0
    for i in range(at, at + count):
        digit = int(text[i]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@compiled
def plain_number(
    text: Bytes, start: int, end: int, point: int, powers: NDArray[np.float64]
) -> tuple[bool, float]:
    """A decimal number that a double holds after one exact division (Clinger 1990)."""
    at, negative = start, False
    if at < end and text[at] == _MINUS:
        negative, at = True, at + 1
    mantissa, first = 0, at
    while at < end:
        digit = int(text[at]) - 48
        if digit < 0 or digit > 9:
            break
        mantissa = mantissa * 10 + digit
        at += 1
    if at == first or at - first > 15:
        return False, 0.0
    places = 0
    if at < end:
        if text[at] != point or end - at > 17 or at + 1 == end:
            return False, 0.0
        for i in range(at + 1, end):
            digit = int(text[i]) - 48
            if digit < 0 or digit > 9:
                return False, 0.0
            mantissa = mantissa * 10 + digit
            if mantissa >= _MANTISSA:
                return False, 0.0
        places = end - at - 1
    value = mantissa / powers[places]
    return True, -value if negative else value


@compiled
def cell_number(  # noqa: C901 - one pass over the cell
    text: Bytes, start: int, size: int, delimiter: int, point: int, powers: NDArray[np.float64]
) -> tuple[int, float]:
    """The number from here to the end of the cell, and where that is; -1 if it is not so plain."""
    at, negative = start, False
    if at < size and text[at] == _MINUS:
        negative, at = True, at + 1
    mantissa, first = 0, at
    while at < size:
        digit = int(text[at]) - 48
        if digit < 0 or digit > 9:
            break
        mantissa = mantissa * 10 + digit
        at += 1
    if at == first or at - first > 15:
        return -1, 0.0
    places = 0
    if at < size and text[at] == point:
        at += 1
        fraction = at
        while at < size:
            digit = int(text[at]) - 48
            if digit < 0 or digit > 9:
                break
            mantissa = mantissa * 10 + digit
            at += 1
        places = at - fraction
        # 18 digits fit 64 bits, and more than 53 bits are not plain.
        if places == 0 or at - first > 19 or mantissa >= _MANTISSA:
            return -1, 0.0
    if at < size and text[at] == RETURN:
        at += 1
        if at < size and text[at] != NEWLINE:
            return -1, 0.0
    if at < size and text[at] != delimiter and text[at] != NEWLINE:
        return -1, 0.0
    value = mantissa / powers[places]
    return at, -value if negative else value


@compiled
def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a Gregorian date (after H. Hinnant); -1,000,000 for none."""
    if month < 1 or month > 12 or day < 1 or year < 1:
        return -1_000_000
    last = 31
    if month in (4, 6, 9, 11):
        last = 30
    elif month == 2:
        leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
        last = 29 if leap else 28
    if day > last:
        return -1_000_000
    y = year - 1 if month <= 2 else year
    era = y // 400
    of_era = y - era * 400
    shifted = month - 3 if month > 2 else month + 9
    of_year = (153 * shifted + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


@compiled
def _clock(text: Bytes, at: int) -> int:
    """Microseconds of ``HH:MM:SS`` since midnight, or -1."""
    hour, minute, second = _digits(text, at, 2), _digits(text, at + 3, 2), _digits(text, at + 6, 2)
    if text[at + 2] != 58 or text[at + 5] != 58:
        return -1
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 59:
        return -1
    return (hour * 3600 + minute * 60 + second) * 1_000_000


@compiled
def _iso(text: Bytes, start: int, end: int, forms: int) -> tuple[bool, int, bool]:
    """``YYYY-MM-DD`` and ``HH:MM:SS`` with a fraction and an offset, or neither."""
    if text[start + 4] != _MINUS or text[start + 7] != _MINUS:
        return False, 0, False
    days = _days(_digits(text, start, 4), _digits(text, start + 5, 2), _digits(text, start + 8, 2))
    clock = _clock(text, start + 11)
    if days == -1_000_000 or clock < 0:
        return False, 0, False
    at, unit, fraction = start + 19, 100_000, 0
    if at < end and text[at] == _POINT:
        at += 1
        first = at
        while at < end and 48 <= text[at] <= 57:
            fraction += (int(text[at]) - 48) * unit
            unit //= 10
            at += 1
        if at == first or at - first > 6:
            return False, 0, False
    value = days * _DAY_US + clock + fraction
    parted_by = int(text[start + 10])
    if at == end:
        form = ISO_T if parted_by == 84 else ISO_SPACE
        return (parted_by in (84, 32)) and (forms & form) != 0, value, True
    if at + 1 == end and text[at] == 90 and parted_by == 84 and forms & ISO_OFFSET:
        return True, value, False
    return False, 0, False


@compiled
def instant(
    text: Bytes, start: int, end: int, forms: int, powers: NDArray[np.float64]
) -> tuple[bool, int, bool]:
    """Whether it could be read, microseconds since 1970, and whether it names no zone."""
    length = end - start
    if length >= 19 and length <= 32:
        if text[start + 2] == 47:
            if length != 19 or not forms & DAY_FIRST:
                return False, 0, False
            if text[start + 5] != 47 or text[start + 10] != BLANK_BYTE:
                return False, 0, False
            days = _days(
                _digits(text, start + 6, 4), _digits(text, start + 3, 2), _digits(text, start, 2)
            )
            clock = _clock(text, start + 11)
            return days != -1_000_000 and clock >= 0, days * _DAY_US + clock, True
        return _iso(text, start, end, forms)
    if forms & EPOCH:
        read, seconds = plain_number(text, start, end, _POINT, powers)
        if read and abs(seconds) <= 1e9 * 4:
            value = seconds * 1e6
            return True, int(np.floor(value + 0.5) if value >= 0 else np.ceil(value - 0.5)), False
    return False, 0, False


@compiled
def is_listed(text: Bytes, start: int, end: int, listed: Bytes, ends: NDArray[np.int64]) -> bool:
    """Whether the cell, in lower case, is one of the listed ASCII texts."""
    first = 0
    for i in range(len(ends)):
        if ends[i] - first == end - start:
            same = True
            for j in range(end - start):
                byte = int(text[start + j])
                if 65 <= byte <= 90:
                    byte += 32
                if byte != listed[first + j]:
                    same = False
                    break
            if same:
                return True
        first = ends[i]
    return False


@compiled
def word_of(
    text: Bytes,
    start: int,
    end: int,
    which: int,
    slots: NDArray[np.int16],
    places: NDArray[np.int64],
    known: NDArray[np.int64],
) -> int:
    """Number of the text among those seen in this column; WORDS if there are too many."""
    key = end - start
    for i in range(start, end):
        key = (key * 31 + int(text[i])) & 0xFFFFFF
    slot = (key ^ (key >> 10)) & (SLOTS - 1)
    while slots[which, slot] >= 0:
        code = int(slots[which, slot])
        first = places[which, code, 0]
        if places[which, code, 1] - first == end - start:
            same = True
            for j in range(end - start):
                if text[first + j] != text[start + j]:
                    same = False
                    break
            if same:
                return code
        slot = (slot + 1) & (SLOTS - 1)
    code = int(known[which])
    if code < WORDS:
        slots[which, slot] = code
        places[which, code, 0], places[which, code, 1] = start, end
        known[which] += 1
    return code
