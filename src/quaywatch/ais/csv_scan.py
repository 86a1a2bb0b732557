"""The cells of plain CSV rows as numbers, straight from their bytes; compiled.

Only what needs no judgement is read here: numbers of up to 53 bits, the time formats that
providers use, words by their place. A row with anything else is marked ``ODD`` and left to
``csv_rows``, which reads every row the long way; so nothing here can reject a row, and what is
read here equals what the long way gives, to the bit (a property test holds the two together).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.meaning import MMSI_MAX
from quaywatch.geo.jit import compiled  # it lets go of the interpreter, so that writing can go on

Bytes = NDArray[np.uint8]

BLANK, PLAIN, ODD = 0, 1, 2
UNREAD, NOBODY = -1, 0
"""For an MMSI: not read, so it may be anyone's; or read, and no MMSI."""

# What a column of the file is for. Numbers from NUMBER on are a place in ``numbers``.
IGNORED, IDENTITY, MMSI, TIME, RECEIVED = 0, 1, 2, 3, 4
WORD, NUMBER = 16, 32
LON, LAT, SOG, COG, HEADING, ROT = range(6)

ISO_OFFSET, ISO_T, ISO_SPACE, DAY_FIRST, EPOCH = 1, 2, 4, 8, 16
"""Time formats, to be or-ed."""

NO_TIME: Final = np.iinfo(np.int64).min
NO_WORD: Final = -1
WORDS = 250
"""Different texts a word column may hold in a block; rows with yet others are odd."""

_SLOTS = 1024
_QUOTE, _NEWLINE, _RETURN, _BLANK_BYTE, _POINT, _MINUS = 34, 10, 13, 32, 46, 45
_MANTISSA = 1 << 53
_PRIME = np.uint64(0x100000001B3)  # FNV-1a
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
def _number(
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
def _cell_number(  # noqa: C901 - one pass over the cell
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
    if at < size and text[at] == _RETURN:
        at += 1
        if at < size and text[at] != _NEWLINE:
            return -1, 0.0
    if at < size and text[at] != delimiter and text[at] != _NEWLINE:
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
def _time(
    text: Bytes, start: int, end: int, forms: int, powers: NDArray[np.float64]
) -> tuple[bool, int, bool]:
    """Whether it could be read, microseconds since 1970, and whether it names no zone."""
    length = end - start
    if length >= 19 and length <= 32:
        if text[start + 2] == 47:
            if length != 19 or not forms & DAY_FIRST:
                return False, 0, False
            if text[start + 5] != 47 or text[start + 10] != _BLANK_BYTE:
                return False, 0, False
            days = _days(
                _digits(text, start + 6, 4), _digits(text, start + 3, 2), _digits(text, start, 2)
            )
            clock = _clock(text, start + 11)
            return days != -1_000_000 and clock >= 0, days * _DAY_US + clock, True
        return _iso(text, start, end, forms)
    if forms & EPOCH:
        read, seconds = _number(text, start, end, _POINT, powers)
        if read and abs(seconds) <= 1e9 * 4:
            value = seconds * 1e6
            return True, int(np.floor(value + 0.5) if value >= 0 else np.ceil(value - 0.5)), False
    return False, 0, False


@compiled
def _is_listed(text: Bytes, start: int, end: int, listed: Bytes, ends: NDArray[np.int64]) -> bool:
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
def _word(
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
    slot = (key ^ (key >> 10)) & (_SLOTS - 1)
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
        slot = (slot + 1) & (_SLOTS - 1)
    code = int(known[which])
    if code < WORDS:
        slots[which, slot] = code
        places[which, code, 0], places[which, code, 1] = start, end
        known[which] += 1
    return code


@compiled
def scan(  # noqa: C901, PLR0912, PLR0915 - one kernel: a call per cell costs more than the cell
    text: Bytes,
    roles: NDArray[np.int64],
    scales: NDArray[np.float64],
    delimiter: int,
    point: int,
    forms: int,
    unknown: Bytes,
    unknown_ends: NDArray[np.int64],
    digits_unknown: bool,  # noqa: FBT001 - numba kernels take positional arguments
    powers: NDArray[np.float64],
    status: NDArray[np.uint8],
    spans: NDArray[np.int64],
    mmsi: NDArray[np.int64],
    times: NDArray[np.int64],
    local: NDArray[np.uint8],
    numbers: NDArray[np.float64],
    words: NDArray[np.int16],
    places: NDArray[np.int64],
    known: NDArray[np.int64],
    identity: NDArray[np.uint64],
) -> int:
    """Read the lines of ``text``; returns how many there are, or -1 if they are more than fit.

    Args:
        text: whole lines.
        roles: what each column is for.
        scales: our unit / theirs, by place in ``numbers``.
        delimiter: byte between cells.
        point: decimal byte.
        forms: time formats, or-ed.
        unknown: texts (lower case) for "not known", one after the other.
        unknown_ends: where each of them ends.
        digits_unknown: whether one of them may be read as a number.
        powers: of ten, from 0.
        status: out, by line: ``BLANK``, ``PLAIN`` or ``ODD``.
        spans: out, by line: its first byte, and the byte after its last (the newline).
        mmsi: out; else ``UNREAD`` or ``NOBODY``.
        times: out, shape (2, lines): microseconds since 1970, ``NO_TIME`` where empty. Rows of
            this and the next three are left alone where the file has no such column.
        local: out, shape (2, lines): whether that time names no zone.
        numbers: out, shape (6, lines); NaN where not known.
        words: out, shape (columns, lines): number of the text, or ``NO_WORD``.
        places: out, shape (columns, WORDS, 2): where each different text lies.
        known: out: how many different texts each column holds.
        identity: out: 64-bit hash of the identity cells; 0 where all are empty.
    """
    size, columns, room = len(text), len(roles), len(status)
    slots = np.full((words.shape[0], _SLOTS), -1, np.int16)
    letters = np.full((words.shape[0], 256), NO_WORD, np.int16)
    ends_cell = np.zeros(256, np.uint8)
    ends_cell[delimiter] = ends_cell[_NEWLINE] = 1
    ends_cell[_QUOTE] = ends_cell[_RETURN] = 2
    at = line = 0
    while at < size:
        if line == room:
            return -1
        first = at
        mmsi[line] = UNREAD
        key, said, good, sound, column = np.uint64(0xCBF29CE484222325), False, True, True, 0
        while True:
            start = at
            role = roles[column] if column < columns else IGNORED
            if role >= NUMBER and good:
                end, value = _cell_number(text, at, size, delimiter, point, powers)
                if end >= 0:
                    numbers[role - NUMBER, line] = value * scales[role - NUMBER]
                    if not digits_unknown:
                        at = end
                        column += 1
                        if at == size or text[at] == _NEWLINE:
                            break
                        at += 1
                        continue
            elif role >= WORD and good and at + 1 < size and text[at + 1] == delimiter:
                code = letters[role - WORD, text[at]]
                if code != NO_WORD:
                    words[role - WORD, line] = code
                    at += 2
                    column += 1
                    continue
            quoted = at < size and text[at] == _QUOTE
            if quoted:
                at += 1
                start = at
                while at < size and text[at] != _QUOTE and text[at] != _NEWLINE:
                    at += 1
                end = at
                if at < size and text[at] == _QUOTE:
                    at += 1
                    if at < size and text[at] == _RETURN:
                        at += 1
                        sound = sound and (at == size or text[at] == _NEWLINE)
                    if at < size and text[at] != delimiter and text[at] != _NEWLINE:
                        sound = False
                else:
                    sound = False
                while at < size and text[at] != delimiter and text[at] != _NEWLINE:
                    at += 1
                if role == IDENTITY:
                    said = said or end > start
                    for i in range(start, end):
                        key = (key ^ np.uint64(text[i])) * _PRIME
            else:
                while at < size:
                    byte = text[at]
                    if ends_cell[byte]:
                        if ends_cell[byte] == 1:
                            break
                        if byte == _QUOTE or not (at + 1 == size or text[at + 1] == _NEWLINE):
                            sound = False
                    elif role == IDENTITY:
                        key = (key ^ np.uint64(byte)) * _PRIME
                        said = True
                    at += 1
                end = at
                if end > start and text[end - 1] == _RETURN:
                    end -= 1
            good = good and sound
            if role == IDENTITY:
                key = (key ^ np.uint64(0x1F)) * _PRIME
            elif (role != IGNORED and good) or (role == MMSI and sound):
                while start < end and text[start] == _BLANK_BYTE:
                    start += 1
                while start < end and text[end - 1] == _BLANK_BYTE:
                    end -= 1
                empty = (start == end or digits_unknown) and _is_listed(
                    text, start, end, unknown, unknown_ends
                )
                if role >= NUMBER:
                    read, value = _number(text, start, end, point, powers)
                    if empty:
                        numbers[role - NUMBER, line] = np.nan
                    elif read:
                        numbers[role - NUMBER, line] = value * scales[role - NUMBER]
                    else:
                        numbers[role - NUMBER, line] = np.nan
                        good = _is_listed(text, start, end, unknown, unknown_ends)
                elif role >= WORD:
                    which = role - WORD
                    if empty:
                        words[which, line] = NO_WORD
                    else:
                        code = _word(text, start, end, which, slots, places, known)
                        words[which, line] = code
                        good = code < WORDS
                        if end - start == 1:
                            letters[which, text[start]] = code
                elif role == MMSI:
                    read, value = _number(text, start, end, point, powers)
                    if empty:
                        mmsi[line] = NOBODY
                    elif read:
                        whole = value >= 1 and value <= MMSI_MAX and value == np.floor(value)
                        mmsi[line] = int(value) if whole else NOBODY
                    good = good and mmsi[line] > 0
                elif empty:
                    times[role - TIME, line] = NO_TIME
                    local[role - TIME, line] = 0
                else:
                    read, when, bare = _time(text, start, end, forms, powers)
                    times[role - TIME, line] = when if read else NO_TIME
                    local[role - TIME, line] = bare
                    good = read or _is_listed(text, start, end, unknown, unknown_ends)
            column += 1
            if at >= size or text[at] == _NEWLINE:
                break
            at += 1
        spans[line, 0], spans[line, 1] = first, at
        if at - first == 0 or (at - first == 1 and text[first] in (9, 11, 12, 13, 32)):
            status[line] = BLANK
        elif good and column == columns and mmsi[line] > 0:
            status[line] = PLAIN
        else:
            status[line] = ODD
        if status[line] != PLAIN:
            times[:, line], local[:, line] = NO_TIME, 0
            numbers[:, line], words[:, line] = np.nan, NO_WORD
        key = (key ^ (key >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
        identity[line] = (key | np.uint64(1)) if said else np.uint64(0)
        at += 1
        line += 1
    return line


@compiled
def settle(
    status: NDArray[np.uint8],
    numbers: NDArray[np.float64],
    long_range: NDArray[np.uint8],
) -> None:
    """Values that mean "not known" to NaN, rows off the Earth to odd; as ``tabular`` has it."""
    nan = np.nan
    for i in range(len(status)):
        if status[i] != PLAIN:
            continue
        lon, lat = numbers[LON, i], numbers[LAT, i]
        if not (lon != 181.0 and lat != 91.0) or np.isnan(lon) or np.isnan(lat):
            numbers[LON, i] = numbers[LAT, i] = nan
        elif abs(lon) > 180.0 or abs(lat) > 90.0:
            status[i] = ODD
        sog = numbers[SOG, i]
        if not (sog >= 0 and sog < 102.25) or (long_range[i] and not sog < 62.95):
            numbers[SOG, i] = nan
        if not (numbers[COG, i] >= 0 and numbers[COG, i] < 360):
            numbers[COG, i] = nan
        if not (numbers[HEADING, i] >= 0 and numbers[HEADING, i] < 360):
            numbers[HEADING, i] = nan
        if not (numbers[ROT, i] >= -710 and numbers[ROT, i] < 710):
            numbers[ROT, i] = nan


@compiled
def changes(
    status: NDArray[np.uint8],
    mmsi: NDArray[np.int64],
    identity: NDArray[np.uint64],
    keys: NDArray[np.uint32],
    seen: NDArray[np.uint64],
    counts: NDArray[np.int64],
    changed: NDArray[np.uint8],
) -> None:
    """Mark plain rows whose identity cells differ from those of the row before of that MMSI.

    Too many may be marked, never too few: after an odd row, or where the table is full, every
    row counts as changed.

    Args:
        status: by line.
        mmsi: by line.
        identity: by line; 0 for none.
        keys: table of MMSIs by open addressing; its length is a power of two.
        seen: the identity of each; 0 where it must be asked again.
        counts: how many MMSIs the table holds.
        changed: out, by line.
    """
    mask = len(keys) - 1
    room = len(keys) * 6 // 10
    for i in range(len(status)):
        if status[i] == BLANK:
            continue
        if mmsi[i] == UNREAD:
            seen[:] = 0
            continue
        if mmsi[i] == NOBODY or (status[i] == PLAIN and identity[i] == 0):
            continue
        slot = ((mmsi[i] * 0x9E3779B1) >> 7) & mask
        while keys[slot] != 0 and keys[slot] != mmsi[i]:
            slot = (slot + 1) & mask
        if keys[slot] == 0:
            if counts[0] >= room:
                changed[i] = status[i] == PLAIN
                continue
            keys[slot] = mmsi[i]
            counts[0] += 1
        if status[i] == ODD:
            seen[slot] = 0
        elif seen[slot] != identity[i]:
            seen[slot] = identity[i]
            changed[i] = 1
