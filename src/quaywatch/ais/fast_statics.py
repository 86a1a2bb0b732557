"""The fast decoder's static messages: from six-bit characters to columns, a row at a time.

Where the fields lie is taken from ``spec``; what they mean is said in ``meaning`` and ``payload``,
against which ``tests/ais/test_fast.py`` holds this.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.fast_fields import PART_B, STATIC_WIDTH, Table
from quaywatch.ais.spec import CLASS_B_EXTENDED, STATIC_A, STATIC_B, VOYAGE, Layout
from quaywatch.ais.stamps import Bytes

LAYOUTS: dict[int, Layout] = {
    5: VOYAGE, 19: CLASS_B_EXTENDED, 24: STATIC_A, 24 + PART_B: STATIC_B,
}  # fmt: skip
"""By kind, as the kernel numbers them."""

_NUMBERS = (
    "mmsi", "imo", "ship_type", "to_bow", "to_stern", "to_port", "to_starboard", "draught",
    "eta_month", "eta_day", "eta_hour", "eta_minute",
)  # fmt: skip
_TEXTS = ("name", "callsign", "destination")
(
    _MMSI, _IMO, _SHIP_TYPE, _BOW, _STERN, _PORT, _STARBOARD, _DRAUGHT, _MONTH, _DAY, _HOUR, _MINUTE
) = range(12)  # fmt: skip

(
    HAS_TIME, HAS_IMO, HAS_NAME, HAS_CALLSIGN, HAS_DESTINATION, HAS_TYPE, HAS_LENGTH, HAS_BEAM,
    HAS_DRAUGHT, HAS_ETA, HAS_PART,
) = range(11)  # fmt: skip
"""Bits of ``known``: eight in its first byte, the rest in its second."""

_KINDS = list(LAYOUTS)
_WHICH = np.zeros(256, np.int64)
_WHICH[_KINDS] = range(len(_KINDS))
_PLACES = np.zeros((len(_KINDS), len(_NUMBERS), 2), np.int64)
_WORDS = np.zeros((len(_KINDS), len(_TEXTS), 2), np.int64)
for _row, _layout in enumerate(LAYOUTS.values()):
    for _k, _name in enumerate(_NUMBERS):
        if _name in _layout.numbers:
            _PLACES[_row, _k] = _layout.numbers[_name].offset, _layout.numbers[_name].width
    for _k, _name in enumerate(_TEXTS):
        if _name in _layout.texts:
            _WORDS[_row, _k] = _layout.texts[_name].offset, _layout.texts[_name].length
_LONGEST = 64
"""More bytes than the texts of one message have."""
_INLINE = 12
_AUXILIARY = 98


class Columns(NamedTuple):
    """Static rows; texts are Arrow string views into ``data``, two words each."""

    mmsi: NDArray[np.uint32]
    imo: NDArray[np.uint32]
    ship_type: Bytes
    to_bow_m: NDArray[np.uint16]
    to_stern_m: NDArray[np.uint16]
    to_port_m: NDArray[np.uint16]
    to_starboard_m: NDArray[np.uint16]
    draught_m: NDArray[np.float32]
    msg_type: Bytes
    name: NDArray[np.uint64]
    callsign: NDArray[np.uint64]
    destination: NDArray[np.uint64]
    eta: NDArray[np.uint64]
    transponder: NDArray[np.uint64]
    part: NDArray[np.uint64]
    data: Bytes
    known: Bytes
    """Shape (2, rows and 64 more)."""


def columns(n: int) -> Columns:
    """Room for ``n`` rows.

    Examples:
        >>> columns(3).name.shape
        (6,)

    """
    a, b, c, d = (np.empty(n, np.uint16) for _ in range(4))
    t, u, v, w, x, y = (np.empty(2 * n, np.uint64) for _ in range(6))
    return Columns(
        mmsi=np.empty(n, np.uint32),
        imo=np.empty(n, np.uint32),
        ship_type=np.empty(n, np.uint8),
        to_bow_m=a,
        to_stern_m=b,
        to_port_m=c,
        to_starboard_m=d,
        draught_m=np.empty(n, np.float32),
        msg_type=np.empty(n, np.uint8),
        name=t,
        callsign=u,
        destination=v,
        eta=w,
        transponder=x,
        part=y,
        data=np.empty((n + 1) * _LONGEST, np.uint8),
        known=np.empty((2, n + _LONGEST), np.uint8),
    )


@compiled
def _number(six: Bytes, row: int, place: Table) -> int:
    """The unsigned number at ``place``, a first bit and a width; 0 if the width is."""
    if place[1] == 0:
        return 0
    first, last = place[0] // 6, (place[0] + place[1] - 1) // 6
    value = 0
    for i in range(first, last + 1):
        value = (value << 6) | int(six[row + i])
    over = (last + 1) * 6 - place[0] - place[1]
    number: int = (value >> over) & ((1 << place[1]) - 1)
    return number


@compiled
def _text(six: Bytes, row: int, place: Table, data: Bytes, used: int) -> int:
    """Write the text at ``place``, a first bit and a length, to ``data``; how long it is."""
    first, left = row + place[0] // 6, place[0] % 6
    size = 0
    for k in range(place[1]):
        value = (int(six[first + k]) << left) & 63
        if left:
            value |= int(six[first + k + 1]) >> (6 - left)
        if value == 0:  # "@" ends a text
            break
        data[used + k] = value + 64 if value < 32 else value
        if value != 32:
            size = k + 1
    return size


@compiled
def _view(data: Bytes, used: int, size: int, views: NDArray[np.uint64], n: int) -> int:
    """Note the text of ``size`` bytes at ``used``; where the next one may begin."""
    low, high = np.uint64(size), np.uint64(0)
    for k in range(min(size, 4)):
        low |= np.uint64(data[used + k]) << np.uint64(32 + 8 * k)
    if size > _INLINE:
        high = np.uint64(used) << np.uint64(32)
    else:
        for k in range(4, size):
            high |= np.uint64(data[used + k]) << np.uint64(8 * (k - 4))
    views[2 * n], views[2 * n + 1] = low, high
    return used + (size if size > _INLINE else 0)


@compiled
def _eta(value: Table, data: Bytes, used: int) -> int:
    """``MM-DD HH:MM`` or ``MM-DD`` or nothing; how long it is."""
    month, day, hour, minute = value[_MONTH], value[_DAY], value[_HOUR], value[_MINUTE]
    if month < 1 or month > 12 or day < 1:
        return 0
    for k, number in ((0, month), (3, day), (6, hour), (9, minute)):
        data[used + k], data[used + k + 1] = 48 + number // 10, 48 + number % 10
    data[used + 2], data[used + 5], data[used + 8] = 45, 32, 58
    return 11 if hour < 24 and minute < 60 else 5


@compiled
def _dimensions(out: Columns, n: int, value: Table, kind: int) -> int:
    """Write four distances; the bits of the axes that are known."""
    out.to_bow_m[n], out.to_stern_m[n] = value[_BOW], value[_STERN]
    out.to_port_m[n], out.to_starboard_m[n] = value[_PORT], value[_STARBOARD]
    # An auxiliary craft says its mother ship there.
    if kind == 24 + PART_B and value[_MMSI] // 10_000_000 == _AUXILIARY:
        return 0
    known = int((value[_BOW] | value[_STERN]) != 0) << HAS_LENGTH
    return known | (int((value[_PORT] | value[_STARBOARD]) != 0) << HAS_BEAM)


@compiled
def read_statics(sixbit: Bytes, kinds: Bytes, timed: Bytes, n: int, out: Columns) -> int:
    """Fill ``out`` from ``n`` static messages; how many bytes of ``out.data`` are used.

    Args:
        sixbit: ``STATIC_WIDTH`` values a message, with a few readable ones after the last.
        kinds: keys of ``LAYOUTS``.
        timed: whether the time is known.
        n: how many.
        out: room for them, and for ``_LONGEST`` bytes of text each and once more.

    """
    used = 0
    value = np.zeros(len(_NUMBERS), np.int64)
    for m in range(n):
        kind, row = int(kinds[m]), m * STATIC_WIDTH
        which = _WHICH[kind]
        for k in range(len(_NUMBERS)):
            value[k] = _number(sixbit, row, _PLACES[which, k])
        out.mmsi[m], out.imo[m], out.ship_type[m] = value[_MMSI], value[_IMO], value[_SHIP_TYPE]
        out.draught_m[m] = np.float32(value[_DRAUGHT] / 10.0)
        out.msg_type[m] = kind % PART_B
        known = int(timed[m] != 0) << HAS_TIME
        known |= (int(value[_IMO] != 0) << HAS_IMO) | (int(value[_SHIP_TYPE] != 0) << HAS_TYPE)
        known |= _dimensions(out, m, value, kind) | (int(value[_DRAUGHT] != 0) << HAS_DRAUGHT)
        for k, views in enumerate((out.name, out.callsign, out.destination)):
            size = _text(sixbit, row, _WORDS[which, k], out.data, used)
            used = _view(out.data, used, size, views, m)
            known |= int(size > 0) << (HAS_NAME + k)
        size = _eta(value, out.data, used) if kind == 5 else 0
        used = _view(out.data, used, size, out.eta, m)
        known |= int(size > 0) << HAS_ETA
        letter = 65 if kind == 5 else 66
        out.transponder[2 * m], out.transponder[2 * m + 1] = (letter << 32) | 1, 0
        letter = 65 if kind == 24 else 66
        out.part[2 * m], out.part[2 * m + 1] = (letter << 32) | 1, 0
        known |= int(kind % PART_B == 24) << HAS_PART
        out.known[0, m], out.known[1, m] = known & 255, known >> 8
    return used
