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
from quaywatch.ais.words import byte, put, step, word

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


@step
def _number(row: int, first: int, width: int) -> int:
    """The unsigned number of ``width`` bits, at most 30, from bit ``first`` of the row at ``row``.

    0 if the width is.
    """
    at = row + first // 6
    value = 0
    for i in range(6):
        value = (value << 6) | byte(at + i)
    number: int = (value >> (36 - first % 6 - width)) & ((1 << width) - 1)
    return number


@step
def _text(row: int, first: int, length: int, to: int) -> int:
    """Write the text of ``length`` characters from bit ``first`` to ``to``; how long it is."""
    at, left = row + first // 6, first % 6
    size = 0
    for k in range(length):
        pair = (byte(at + k) << 6) | byte(at + k + 1)
        value = (pair >> (6 - left)) & 63
        if value == 0:  # "@" ends a text
            break
        put(to, k, np.uint8(value + 64 if value < 32 else value))
        size = k + 1 if value != 32 else size
    return size


@step
def _view(base: int, used: int, size: int, views: int, n: int) -> int:
    """Note the text of ``size`` bytes at ``used``; where the next one may begin."""
    text = base + used
    low = word(text) & ((1 << (8 * min(size, 4))) - 1)
    high = word(text + 4)
    if size < _INLINE:
        high &= (1 << (8 * max(size - 4, 0))) - 1
    elif size > _INLINE:
        high = used << 32
    put(views, 2 * n, size | (low << 32))
    put(views, 2 * n + 1, high)
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
    used, data = 0, out.data.ctypes.data
    value = np.zeros(len(_NUMBERS), np.int64)
    for m in range(n):
        kind, row = int(kinds[m]), sixbit.ctypes.data + m * STATIC_WIDTH
        which = _WHICH[kind]
        for k in range(len(_NUMBERS)):
            value[k] = _number(row, _PLACES[which, k, 0], _PLACES[which, k, 1])
        out.mmsi[m], out.imo[m], out.ship_type[m] = value[_MMSI], value[_IMO], value[_SHIP_TYPE]
        out.draught_m[m] = np.float32(value[_DRAUGHT] / 10.0)
        out.msg_type[m] = kind % PART_B
        known = int(timed[m] != 0) << HAS_TIME
        known |= (int(value[_IMO] != 0) << HAS_IMO) | (int(value[_SHIP_TYPE] != 0) << HAS_TYPE)
        known |= _dimensions(out, m, value, kind) | (int(value[_DRAUGHT] != 0) << HAS_DRAUGHT)
        for k, views in enumerate((out.name, out.callsign, out.destination)):
            size = _text(row, _WORDS[which, k, 0], _WORDS[which, k, 1], data + used)
            used = _view(data, used, size, views.ctypes.data, m)
            known |= int(size > 0) << (HAS_NAME + k)
        size = _eta(value, out.data, used) if kind == 5 else 0
        used = _view(data, used, size, out.eta.ctypes.data, m)
        known |= int(size > 0) << HAS_ETA
        letter = 65 if kind == 5 else 66
        out.transponder[2 * m], out.transponder[2 * m + 1] = (letter << 32) | 1, 0
        letter = 65 if kind == 24 else 66
        out.part[2 * m], out.part[2 * m + 1] = (letter << 32) | 1, 0
        known |= int(kind % PART_B == 24) << HAS_PART
        out.known[0, m], out.known[1, m] = known & 255, known >> 8
    return used
