"""The fast decoder's second half: from packed payload words to rows of the lake's tables.

Eight payload characters are one word of 48 bits, the first character highest, so that bit ``k`` of
a message is bit ``47 - k % 48`` of word ``k // 48``. Where each field lies and what its codes mean
is said in ``spec`` and ``meaning``; ``tests/ais/test_fast.py`` holds this against those.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.meaning import LAT_UNKNOWN, LON_UNKNOWN, MMSI_MAX, turn_rates
from quaywatch.ais.stamps import Bytes
from quaywatch.ais.words import byte, put, step, word

Table = NDArray[np.int64]

TOO_SHORT, BAD_MMSI, OUTSIDE, UNSUPPORTED, MISMATCH = 0, 1, 2, 3, 67
"""Codes of refusals; the number of an unsupported message is added to its code."""

HAS_PLACE, HAS_SOG, HAS_COG, HAS_HEADING, HAS_TURN, HAS_STATUS, HAS_SENDER, HAS_TIME = range(8)
"""Bits of ``Rows.known``."""

STATIC_WIDTH = 72
"""Characters kept of a static message: message 5 has 71."""
BOTH_TABLES = 19
"""The message that gives a position row and a static row."""
PART_B = 128
"""Added to 24 for part B in ``kind`` of ``Statics`` and ``Refusals``."""

TURN = turn_rates(np.arange(-128, 128))
SIX = np.zeros(256, np.uint8)
SIX[48:88], SIX[96:120] = np.arange(40), np.arange(40, 64)

_LEAST_BITS = 163
_LEAST_BITS_LONG_RANGE = 96
_LEAST_BITS_EXTENDED = 312
_LEAST_BITS_VOYAGE, _LEAST_BITS_A, _LEAST_BITS_B = 422, 160, 162
_NO_SOG, _NO_COG, _NO_HEADING, _NO_TURN, _NO_STATUS = 1023, 3600, 511, -128, 15


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
    record: NDArray[np.uint64]
    known: Bytes
    """A bit for each column that can be unknown."""
    sender: NDArray[np.uint64]
    """Two words a row: an Arrow string view of ``A`` or ``B``. The kernel leaves it alone: most
    logs need it for few batches or none, see ``fast_tables``."""


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


class Statics(NamedTuple):
    """Static messages, still as six-bit characters: they are few."""

    sixbit: Bytes
    """``STATIC_WIDTH`` a row, zero beyond the message."""
    kind: Bytes
    at: Table
    timed: Bytes
    record: NDArray[np.uint64]


class To(NamedTuple):
    """Addresses of the arrays that a kernel writes to, in the order of their tables."""

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
    record: int
    known: int
    refused_record: int
    code: int
    kind: int
    value: int
    place: int
    raw: int
    sixbit: int
    static_kind: int
    static_at: int
    static_timed: int
    static_record: int


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
    """As ``_class_a``, of messages 18 and 19."""
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
def _write(out: To, n: int, fields: tuple[int, int, int, int, int, int, int]) -> int:
    """Write what the sender said but for its place; the bits of what is known."""
    status, turn, sog, _, _, cog, heading = fields
    put(out.sog_kn, n, np.float32(sog / 10.0))
    put(out.cog_deg, n, np.float32(cog / 10.0))
    put(out.heading_deg, n, np.float32(heading))
    put(out.rot_deg_min, n, TURN[turn + 128])
    put(out.nav_status, n, np.uint8(status))
    known = int(sog != _NO_SOG) << HAS_SOG
    known |= int(cog < 3600) << HAS_COG
    known |= int(heading < 360) << HAS_HEADING
    known |= int(turn != -128 and abs(turn) != 127) << HAS_TURN
    return known | (int(status != _NO_STATUS) << HAS_STATUS)


@step
def position(
    out: To, n: int, kind: int, bits: int, words: tuple[int, int, int]
) -> tuple[int, int, int]:
    """Write a position row but for its time and record.

    First -1 if it was good, else a refusal's code; then what the refusal speaks of; then the bits
    of what is known.
    """
    a, b, c = words
    mmsi = (a >> 10) & 0x3FFFFFFF
    least = _LEAST_BITS
    if kind == 27:
        least = _LEAST_BITS_LONG_RANGE
    elif kind == 19:
        least = _LEAST_BITS_EXTENDED
    if bits < least:
        return TOO_SHORT, bits, 0
    if mmsi == 0 or mmsi > MMSI_MAX:
        return BAD_MMSI, mmsi, 0
    units, known = 600_000, 1 << HAS_SENDER
    if kind <= 3:
        fields = _class_a(a, b, c)
    elif kind == 4:
        fields = _base_station(b, c)
        known = 0
    elif kind in (18, 19):
        fields = _class_b(a, b, c)
    else:
        fields = _long_range(a, b)
        units, known = 600, 0
    lon, lat = fields[3], fields[4]
    given = lon != LON_UNKNOWN * units and lat != LAT_UNKNOWN * units
    if given and (abs(lon) > 180 * units or abs(lat) > 90 * units):
        return OUTSIDE, lat, 0
    put(out.mmsi, n, np.uint32(mmsi))
    put(out.msg_type, n, np.uint8(kind))
    put(out.lon, n, lon / float(units))
    put(out.lat, n, lat / float(units))
    return -1, 0, known | _write(out, n, fields) | (int(given) << HAS_PLACE)


@step
def refuse(
    out: To,
    n: int,
    used: int,
    said: tuple[int, int, int, int],
    one: tuple[int, int],
    two: tuple[int, int],
) -> int:
    """Note a refusal with its text, one span or two; how many bytes of text there are now."""
    code, kind, value, record = said
    put(out.refused_record, n, record)
    put(out.code, n, np.uint8(code))
    put(out.kind, n, np.uint8(kind))
    put(out.value, n, value)
    size = one[1] - one[0]
    for k in range(0, size, 8):
        put(out.raw + used + k, 0, word(one[0] + k))
    if two[1] > two[0]:
        put(out.raw + used + size, 0, np.uint8(10))
        size += 1
        for k in range(0, two[1] - two[0], 8):
            put(out.raw + used + size + k, 0, word(two[0] + k))
        size += two[1] - two[0]
    put(out.place, 2 * n, size | ((word(one[0]) & 0xFFFFFFFF) << 32))
    put(out.place, 2 * n + 1, used << 32)
    return used + size


@step
def static_kind(number: int, first: int) -> int:
    """The kind of a static message from its first word; 0 if it is none that we know."""
    if number != 24:
        return number if number in (5, 19) else 0
    part = (first >> 8) & 3
    if part == 0:
        return 24
    return 24 + PART_B if part == 1 else 0


@step
def check_static(kind: int, bits: int, first: int) -> tuple[int, int]:
    """As the first two results of ``position``."""
    least = _LEAST_BITS_VOYAGE
    if kind == 24:
        least = _LEAST_BITS_A
    elif kind == 24 + PART_B:
        least = _LEAST_BITS_B
    mmsi = (first >> 10) & 0x3FFFFFFF
    if bits < least:
        return TOO_SHORT, bits
    if mmsi == 0 or mmsi > MMSI_MAX:
        return BAD_MMSI, mmsi
    return -1, 0


@compiled
def static(
    out: To, n: int, said: tuple[int, int, int, int], one: tuple[int, int], two: tuple[int, int]
) -> None:
    """Keep the characters of a static message, given as places and lengths of its payloads."""
    kind, at, timed, record = said
    put(out.static_kind, n, np.uint8(kind))
    put(out.static_at, n, at)
    put(out.static_timed, n, np.uint8(timed))
    put(out.static_record, n, record)
    row = out.sixbit + n * STATIC_WIDTH
    k = min(one[1], STATIC_WIDTH)
    for i in range(k):
        put(row, i, SIX[byte(one[0] + i)])
    for i in range(min(two[1], STATIC_WIDTH - k)):
        put(row, k + i, SIX[byte(two[0] + i)])
    for i in range(k + two[1], STATIC_WIDTH):
        put(row, i, np.uint8(0))
