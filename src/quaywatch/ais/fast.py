"""The short way for the usual line: one compiled pass from bytes to the lake's columns.

A line is taken here only if it has the usual shape in every byte: nothing or a readable time, then
``!xxVDM,1,1,`` and one sentence with a right checksum, and nothing after it. All others are left,
listed by their place, to the general way of ``quaywatch.ais.nmea``. What is taken is read exactly
as the general way reads it; ``tests/ais/test_fast.py`` holds the two against each other.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.meaning import LAT_UNKNOWN, LON_UNKNOWN, MMSI_MAX, turn_rates
from quaywatch.ais.stamps import LOCAL, NONE, UNREADABLE, Bytes, leading_stamp
from quaywatch.ais.words import byte, checked, put, seek, sixbit, step, word

Table = NDArray[np.int64]

MARGIN = 384
"""Bytes that must follow the start of the last line: the kernel reads ahead of what it checks."""

DONE, ASK_ZONE, NO_ZONE, STRANGE = range(4)
"""Why the kernel returned: all read; an unknown quarter of an hour; a local time and no zone; too
many lines of other shapes to be worth it."""

(AT, LINE, TAKEN, REFUSED, HARD, QUARTER, WRAPPED, RAW, EARLIEST, BEFORE, ZONED, IN_BODY) = range(
    12
)
STATE = 12
"""Columns of the state: where the kernel stands, how many rows it wrote, and the bounds of time."""

PLACE, END, NUMBER = range(3)
"""Columns of the list of hard lines."""

QUARTER_US = 900_000_000
QUARTERS = 8_070_000
"""Quarters of an hour from 1970 to 2199."""
ZONE_UNKNOWN, ZONE_MIXED, ZONE_BIAS = 0, 1, 1_000_000
"""Of a quarter of an hour: not asked yet; not one known offset; and what is added to an offset."""

TOO_SHORT, BAD_MMSI, OUTSIDE, UNSUPPORTED = 0, 1, 2, 3
"""Codes of refusals; the number of an unsupported message is added to the last."""

HAS_PLACE, HAS_SOG, HAS_COG, HAS_HEADING, HAS_TURN, HAS_STATUS, HAS_SENDER, HAS_TIME = range(8)
"""Bits of ``Rows.known``."""

TURN = turn_rates(np.arange(-128, 128))
HEX = np.full(256, 255, np.uint8)
HEX[48:58], HEX[65:71], HEX[97:103] = np.arange(10), np.arange(10, 16), np.arange(10, 16)

_LEAST_BITS = 163
_LEAST_BITS_LONG_RANGE = 96
_NO_SOG, _NO_COG, _NO_HEADING, _NO_TURN, _NO_STATUS = 1023, 3600, 511, -128, 15
_NEWLINE, _RETURN, _STAR, _BANG, _COMMA = 10, 13, 42, 33, 44


def _letters(text: bytes) -> int:
    return int.from_bytes(text, "little")


_AIVDM = _letters(b"!AIVDM,1")
_VDM_MASK = _letters(b"\xff\0\0\xff\xff\0\xff")
_VDM = _letters(b"!\0\0VD\0,")
_ONE_MASK = _letters(b"\xff\xff\xff\xff\0\xff\0\0")
_ONE = _letters(b",1,,\0,\0\0")
_CLOCK = _letters(b":00:00\0\0")
_CLOCK_MASK = _letters(b"\xff\xf0\xf0\xff\xf0\xf0\0\0")
_CLOCK_LIMIT = _letters(b"\0\x0a\x06\0\x0a\x06\0\0")
_COMMA_BLANK = _letters(b", ")
_HOUR_MASK = (1 << 40) - 1
_PGHP = _letters(b"$PGHP")


class Rows(NamedTuple):
    """Position rows; every array has one element a row unless said."""

    mmsi: NDArray[np.uint32]
    at: Table
    """Microseconds since 1970."""
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    sog_kn: NDArray[np.float32]
    cog_deg: NDArray[np.float32]
    heading_deg: NDArray[np.float32]
    rot_deg_min: NDArray[np.float32]
    nav_status: Bytes
    msg_type: Bytes
    sender: NDArray[np.uint64]
    """Two words a row: an Arrow string view of ``A``, ``B`` or nothing."""
    record: NDArray[np.uint64]
    known: Bytes
    """A bit for each column that can be unknown."""


class Refusals(NamedTuple):
    """Messages that cannot be taken."""

    record: NDArray[np.uint64]
    code: Bytes
    kind: Bytes
    value: Table
    """What the detail speaks of."""
    place: NDArray[np.uint64]
    """Two words a row: an Arrow string view into ``raw``."""
    raw: Bytes
    """Texts one after the other."""


class To(NamedTuple):
    """Addresses of the arrays that a kernel writes to: ``Rows``, then ``Refusals``."""

    mmsi: int
    at: int
    lon: int
    lat: int
    sog_kn: int
    cog_deg: int
    heading_deg: int
    rot_deg_min: int
    nav_status: int
    msg_type: int
    sender: int
    record: int
    known: int
    refused_record: int
    code: int
    kind: int
    value: int
    place: int
    raw: int


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
def _header(bang: int) -> int:
    """Where the payload of a sentence that stands alone begins; -1 if the header is unusual."""
    first, second = word(bang), word(bang + 8)
    if first != _AIVDM:
        a, b, c = byte(bang + 1), byte(bang + 2), byte(bang + 5)
        if (first & _VDM_MASK) != _VDM or byte(bang + 7) != 49 or c < 77 or c > 79 or c == 78:
            return -1
        if a < 65 or a > 90 or b < 65 or b > 90:
            return -1
    if (second & _ONE_MASK) != _ONE:
        return -1
    channel = (second >> 32) & 255
    if 65 <= channel <= 90 or 48 <= channel <= 57:
        return bang + 14
    return -1


@step
def _refuse(
    out: To, n: int, used: int, start: int, end: int, said: tuple[int, int, int, int]
) -> int:
    """Note a refusal with its text; how many bytes of text there are now."""
    code, kind, value, record = said
    put(out.refused_record, n, record)
    put(out.code, n, np.uint8(code))
    put(out.kind, n, np.uint8(kind))
    put(out.value, n, value)
    size = end - start
    put(out.place, 2 * n, size | ((word(start) & 0xFFFFFFFF) << 32))
    put(out.place, 2 * n + 1, used << 32)
    for k in range(0, size, 8):
        put(out.raw + used + k, 0, word(start + k))
    return used + size


@step
def _signed28(value: int) -> int:
    return (value ^ 0x8000000) - 0x8000000


@step
def _signed27(value: int) -> int:
    return (value ^ 0x4000000) - 0x4000000


@step
def _class_a(a: int, b: int, c: int) -> tuple[int, int, int, int, int, int, int]:
    """Status, turn, speed, longitude, latitude, course, heading of messages 1 to 3."""
    turn = ((a & 63) << 2) | (b >> 46)
    return (
        (a >> 6) & 15,
        (turn ^ 128) - 128,
        (b >> 36) & 1023,
        _signed28((b >> 7) & 0xFFFFFFF),
        _signed27(((b & 127) << 20) | (c >> 28)),
        (c >> 16) & 4095,
        (c >> 7) & 511,
    )


@step
def _class_b(a: int, b: int, c: int) -> tuple[int, int, int, int, int, int, int]:
    """As ``_class_a``, of message 18."""
    return (
        _NO_STATUS,
        _NO_TURN,
        ((a & 3) << 8) | (b >> 40),
        _signed28((b >> 11) & 0xFFFFFFF),
        _signed27(((b & 0x7FF) << 16) | (c >> 32)),
        (c >> 20) & 4095,
        (c >> 11) & 511,
    )


@step
def _base_station(b: int, c: int) -> tuple[int, int, int, int, int, int, int]:
    """As ``_class_a``, of message 4."""
    lon = _signed28(((b & 0x1FFFF) << 11) | (c >> 37))
    lat = _signed27((c >> 10) & 0x7FFFFFF)
    return _NO_STATUS, _NO_TURN, _NO_SOG, lon, lat, _NO_COG, _NO_HEADING


@step
def _long_range(a: int, b: int) -> tuple[int, int, int, int, int, int, int]:
    """As ``_class_a``, of message 27, speed and course in the units of the others."""
    sog, cog = (b >> 11) & 63, (b >> 2) & 511
    lon, lat = ((a & 15) << 14) | (b >> 34), (b >> 17) & 0x1FFFF
    return (
        (a >> 4) & 15,
        _NO_TURN,
        _NO_SOG if sog == 63 else sog * 10,
        (lon ^ 0x20000) - 0x20000,
        (lat ^ 0x10000) - 0x10000,
        min(cog, 360) * 10,
        _NO_HEADING,
    )


@step
def _write(out: To, n: int, fields: tuple[int, int, int, int, int, int, int], sender: int) -> int:
    """Write what the sender said but for its place; the bits of what is known.

    ``sender`` is its class as a character, or 0.
    """
    status, turn, sog, _, _, cog, heading = fields
    put(out.sog_kn, n, np.float32(sog / 10.0))
    put(out.cog_deg, n, np.float32(cog / 10.0))
    put(out.heading_deg, n, np.float32(heading))
    put(out.rot_deg_min, n, TURN[turn + 128])
    put(out.nav_status, n, np.uint8(status))
    put(out.sender, 2 * n, (sender << 32) | (1 if sender != 0 else 0))
    put(out.sender, 2 * n + 1, 0)
    known = int(sog != _NO_SOG) << HAS_SOG
    known |= int(cog < 3600) << HAS_COG
    known |= int(heading < 360) << HAS_HEADING
    known |= int(turn != -128 and abs(turn) != 127) << HAS_TURN
    known |= int(status != _NO_STATUS) << HAS_STATUS
    return known | (int(sender != 0) << HAS_SENDER)


@step
def _position(
    out: To, n: int, kind: int, bits: int, words: tuple[int, int, int]
) -> tuple[int, int, int]:
    """Write a position row but for its time and record.

    First -1 if it was good, else a refusal's code; then what the refusal speaks of; then the bits
    of what is known.
    """
    a, b, c = words
    mmsi = (a >> 10) & 0x3FFFFFFF
    if bits < (_LEAST_BITS_LONG_RANGE if kind == 27 else _LEAST_BITS):
        return TOO_SHORT, bits, 0
    if mmsi == 0 or mmsi > MMSI_MAX:
        return BAD_MMSI, mmsi, 0
    sender, units = 0, 600_000
    if kind <= 3:
        fields = _class_a(a, b, c)
        sender = 65
    elif kind == 4:
        fields = _base_station(b, c)
    elif kind == 18:
        fields = _class_b(a, b, c)
        sender = 66
    else:
        fields = _long_range(a, b)
        units = 600
    lon, lat = fields[3], fields[4]
    given = lon != LON_UNKNOWN * units and lat != LAT_UNKNOWN * units
    if given and (abs(lon) > 180 * units or abs(lat) > 90 * units):
        return OUTSIDE, lat, 0
    put(out.mmsi, n, np.uint32(mmsi))
    put(out.msg_type, n, np.uint8(kind))
    put(out.lon, n, lon / float(units))
    put(out.lat, n, lat / float(units))
    return -1, 0, _write(out, n, fields, sender) | (int(given) << HAS_PLACE)


@step
def _sentence(bang: int) -> tuple[int, int, int, int]:
    """Payload, length, fill bits and end of the sentence alone at ``bang``; -1 if not usual."""
    payload = _header(bang)
    size, check = checked(bang + 1, _STAR)
    if size == 64:
        more, rest = checked(bang + 65, _STAR)
        size, check = 64 + more, check ^ rest
    star = bang + 1 + size
    ending = word(star - 2)
    fill = ((ending >> 8) & 255) - 48
    length = star - 2 - payload
    said = (int(HEX[(ending >> 24) & 255]) << 4) | int(HEX[(ending >> 32) & 255])
    usual = payload >= 0 and length > 0 and (ending & 0xFF) == _COMMA and 0 <= fill <= 5
    usual = usual and said == check and ((ending >> 16) & 255) == _STAR
    return (payload if usual else -1), length, fill, star + 3


@step
def _plain(payload: int, length: int) -> bool:
    """Whether all characters of a long payload after the first 32 are six-bit characters."""
    for at in range(32, length, 32):  # noqa: SIM110  # numba has no generator expressions
        if sixbit(payload + at, min(length - at, 32))[0] != 0:
            return False
    return True


@compiled
def _note_hard(buffer: Bytes, start: int, line: int, hard: Table, state: Table) -> int:
    """List the line that begins at ``start``; where the next one begins."""
    end = start
    while end < len(buffer) and buffer[end] != _NEWLINE:
        end += 1
    first = int(buffer[start]) if end > start else _RETURN
    if end - start > 1 or first != _RETURN:
        n = state[HARD]
        hard[n, PLACE], hard[n, END], hard[n, NUMBER] = start, end, line
        state[HARD] = n + 1
        wrapper = first == 36 and (word(buffer.ctypes.data + start) & _HOUR_MASK) == _PGHP
        if wrapper or first in (9, 32):
            state[WRAPPED] = 1
    return end + 1


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


@step
def _taken_here(number: int, kind: int) -> int:
    """What to do with a message: 1 a position, 0 refuse, -1 leave it to the general way."""
    if number <= 3:
        return 1 if number > 0 else 0
    if number == 4:
        return 1 if kind != NONE else -1  # else it is dated by what it says
    if number in (18, 27):
        return 1
    return -1 if number in (5, 19, 24) else 0


@compiled
def read_lines(  # noqa: PLR0915  # one loop whose state must stay in registers
    buffer: Bytes,
    size: int,
    state: Table,
    hour: Table,
    zone: NDArray[np.int32],
    columns: Table,
    hard: Table,
) -> int:
    """Read lines until one begins at ``size`` or later; why it stopped.

    To be called again with the same arguments once ``zone`` knows the quarter asked for.

    Args:
        buffer: whole lines, with ``MARGIN`` readable bytes after ``size``.
        size: where to stop.
        state: shape (``STATE``,), changed in place.
        hour: shape (3,), the last date and hour; begin with zeros.
        zone: for each quarter of an hour since 1970, the offset of its local time.
        columns: addresses of the arrays of ``Rows`` and ``Refusals``, in the order of ``To``.
        hard: shape (lines, 3), where lines for the general way are listed.

    """
    base = buffer.ctypes.data
    out = To(
        columns[0], columns[1], columns[2], columns[3], columns[4], columns[5], columns[6],
        columns[7], columns[8], columns[9], columns[10], columns[11], columns[12], columns[13],
        columns[14], columns[15], columns[16], columns[17], columns[18],
    )  # fmt: skip
    states, hours, zones = state.ctypes.data, hour.ctypes.data, zone.ctypes.data
    text, stop = base + state[AT], base + size
    line, taken, refused, raw = state[LINE], state[TAKEN], state[REFUSED], state[RAW]
    why = DONE
    while text < stop:
        before = seek(text, _BANG)
        bang = text + before
        payload, length, fill, end = _sentence(bang)
        following = end + (1 if byte(end) == _RETURN else 0)
        usual = payload >= 0 and byte(following) == _NEWLINE and before < 64
        bad, a, b, c, _ = sixbit(payload if usual else text, min(length, 32))
        usual = usual and bad == 0 and (length <= 32 or _plain(payload, length))
        kind, at = _stamp(text, before, hours) if usual else (UNREADABLE, 0)
        if kind < 0:
            kind, at = _slow_stamp(buffer, text - base, before, hour)
        usual = usual and kind != UNREADABLE
        ask = 0
        if usual:
            at, ask = _utc(kind, at, states, zones)
            if ask > 0:
                why = ask
                break
        number = a >> 42
        what = _taken_here(number, kind) if usual and ask == 0 else -1
        if what >= 0 and state[WRAPPED] != 0:
            # The first good sentence after a wrapper is the wrapper's: the general way joins them.
            state[WRAPPED] = 0
            what = -1
        if what < 0:
            if state[HARD] == len(hard):
                why = STRANGE
                break
            text = base + _note_hard(buffer, text - base, line, hard, state)
            line += 1
            continue
        code, value, known = UNSUPPORTED + number, 0, 0
        if what == 1:
            code, value, known = _position(out, taken, number, length * 6 - fill, (a, b, c))
        if code < 0:
            put(out.record, taken, line)
            put(out.at, taken, at)
            put(out.known, taken, np.uint8(known | (int(kind != NONE) << HAS_TIME)))
            taken += 1
        else:
            raw = _refuse(out, refused, raw, text, end, (code, number, value, line))
            refused += 1
        text = following + 1
        line += 1
    state[AT], state[LINE] = text - base, line
    state[TAKEN], state[REFUSED], state[RAW] = taken, refused, raw
    return why
