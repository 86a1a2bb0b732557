"""The cells of plain CSV rows as numbers, straight from their bytes; compiled.

Only what needs no judgement is read here: numbers of up to 53 bits, the time formats that
providers use, words by their place. A row with anything else is marked ``ODD`` and left to
``csv_rows``, which reads every row the long way; so nothing here can reject a row, and what is
read here equals what the long way gives, to the bit (a property test holds the two together).
"""

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.csv_cells import (
    BLANK_BYTE,
    NEWLINE,
    NO_TIME,
    NO_WORD,
    PRIME,
    QUOTE,
    RETURN,
    SLOTS,
    WORDS,
    Bytes,
    cell_number,
    instant,
    is_listed,
    plain_number,
    word_of,
)
from quaywatch.ais.meaning import MMSI_MAX
from quaywatch.geo.jit import compiled

BLANK, PLAIN, ODD = 0, 1, 2
UNREAD, NOBODY = -1, 0
"""For an MMSI: not read, so it may be anyone's; or read, and no MMSI."""
# What a column of the file is for. Numbers from NUMBER on are a place in ``numbers``.
IGNORED, IDENTITY, MMSI, TIME, RECEIVED = 0, 1, 2, 3, 4
WORD, NUMBER = 16, 32
LON, LAT, SOG, COG, HEADING, ROT = range(6)


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
    slots = np.full((words.shape[0], SLOTS), -1, np.int16)
    letters = np.full((words.shape[0], 256), NO_WORD, np.int16)
    ends_cell = np.zeros(256, np.uint8)
    ends_cell[delimiter] = ends_cell[NEWLINE] = 1
    ends_cell[QUOTE] = ends_cell[RETURN] = 2
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
                end, value = cell_number(text, at, size, delimiter, point, powers)
                if end >= 0:
                    numbers[role - NUMBER, line] = value * scales[role - NUMBER]
                    if not digits_unknown:
                        at = end
                        column += 1
                        if at == size or text[at] == NEWLINE:
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
            quoted = at < size and text[at] == QUOTE
            if quoted:
                at += 1
                start = at
                while at < size and text[at] != QUOTE and text[at] != NEWLINE:
                    at += 1
                end = at
                if at < size and text[at] == QUOTE:
                    at += 1
                    if at < size and text[at] == RETURN:
                        at += 1
                        sound = sound and (at == size or text[at] == NEWLINE)
                    if at < size and text[at] != delimiter and text[at] != NEWLINE:
                        sound = False
                else:
                    sound = False
                while at < size and text[at] != delimiter and text[at] != NEWLINE:
                    at += 1
                if role == IDENTITY:
                    said = said or end > start
                    for i in range(start, end):
                        key = (key ^ np.uint64(text[i])) * PRIME
            else:
                while at < size:
                    byte = text[at]
                    if ends_cell[byte]:
                        if ends_cell[byte] == 1:
                            break
                        if byte == QUOTE or not (at + 1 == size or text[at + 1] == NEWLINE):
                            sound = False
                    elif role == IDENTITY:
                        key = (key ^ np.uint64(byte)) * PRIME
                        said = True
                    at += 1
                end = at
                if end > start and text[end - 1] == RETURN:
                    end -= 1
            good = good and sound
            if role == IDENTITY:
                key = (key ^ np.uint64(0x1F)) * PRIME
            elif (role != IGNORED and good) or (role == MMSI and sound):
                while start < end and text[start] == BLANK_BYTE:
                    start += 1
                while start < end and text[end - 1] == BLANK_BYTE:
                    end -= 1
                empty = (start == end or digits_unknown) and is_listed(
                    text, start, end, unknown, unknown_ends
                )
                if role >= NUMBER:
                    read, value = plain_number(text, start, end, point, powers)
                    if empty:
                        numbers[role - NUMBER, line] = np.nan
                    elif read:
                        numbers[role - NUMBER, line] = value * scales[role - NUMBER]
                    else:
                        numbers[role - NUMBER, line] = np.nan
                        good = is_listed(text, start, end, unknown, unknown_ends)
                elif role >= WORD:
                    which = role - WORD
                    if empty:
                        words[which, line] = NO_WORD
                    else:
                        code = word_of(text, start, end, which, slots, places, known)
                        words[which, line] = code
                        good = code < WORDS
                        if end - start == 1:
                            letters[which, text[start]] = code
                elif role == MMSI:
                    read, value = plain_number(text, start, end, point, powers)
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
                    read, when, bare = instant(text, start, end, forms, powers)
                    times[role - TIME, line] = when if read else NO_TIME
                    local[role - TIME, line] = bare
                    good = read or is_listed(text, start, end, unknown, unknown_ends)
            column += 1
            if at >= size or text[at] == NEWLINE:
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
