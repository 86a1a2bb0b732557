"""From the arrays that the fast decoder filled to the lake's tables, without a copy."""

import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from quaywatch.ais import fast_statics as statics_of
from quaywatch.ais import meaning
from quaywatch.ais.compiled import compiled
from quaywatch.ais.fast_fields import (
    HAS_COG,
    HAS_HEADING,
    HAS_PLACE,
    HAS_SENDER,
    HAS_SOG,
    HAS_STATUS,
    HAS_TIME,
    HAS_TURN,
    STATIC_WIDTH,
    UNSUPPORTED,
    Refusals,
    Rows,
    Statics,
    Table,
)
from quaywatch.ais.fast_statics import LAYOUTS
from quaywatch.ais.general import NO_POSITIONS, NO_REJECTS, NO_STATICS
from quaywatch.ais.schema import POSITIONS, STATICS
from quaywatch.ais.spec import LAYOUT_OF, Layout
from quaywatch.ais.stamps import Bytes
from quaywatch.ais.words import flagged

MOST_ROWS, MOST_REFUSALS, MOST_STATICS, MOST_RAW = 1 << 19, 1 << 17, 1 << 15, 8 << 20
"""Room in an arena: 32 MiB of usual lines."""
_LEAST_ROW, _LEAST_LINE = 36, 20
"""Bytes of the shortest line that gives a position row, and of the shortest line at all."""
_SLACK = 1024
"""Bytes that may be written beyond the last text."""
_ALIGNED = 64
_SHAPES: tuple[tuple[type, int], ...] = (
    (np.uint32, 1), (np.int64, 1), (np.float64, 1), (np.float64, 1), (np.float32, 1),
    (np.float32, 1), (np.float32, 1), (np.float32, 1), (np.uint8, 1), (np.uint8, 1),
    (np.uint64, 1), (np.uint8, 1), (np.uint64, 2),
    (np.uint64, 1), (np.uint8, 1), (np.uint8, 1), (np.int64, 1), (np.uint64, 2),
    (np.uint8, STATIC_WIDTH), (np.uint8, 1), (np.int64, 1), (np.uint8, 1), (np.uint64, 1),
)  # fmt: skip


class Arena:
    """Memory for the tables of one batch, in one piece, so that it can be used again.

    Args:
        size: bytes of text that it is for.

    """

    def __init__(self, size: int) -> None:
        self.rows = min(MOST_ROWS, size // _LEAST_ROW + 1)
        self.refusals = min(MOST_REFUSALS, size // _LEAST_LINE + 1)
        self.statics = min(MOST_STATICS, size // _LEAST_LINE + 1)
        self.raw = min(MOST_RAW, size)
        counts = [self.rows] * 13 + [self.refusals] * 5 + [self.statics] * 5
        sizes = [
            -(-(n * wide * np.dtype(kind).itemsize) // _ALIGNED) * _ALIGNED
            for n, (kind, wide) in zip(counts, _SHAPES, strict=True)
        ]
        self._memory = np.empty(sum(sizes) + self.raw + _SLACK + _ALIGNED, np.uint8)
        begin = -self._memory.ctypes.data % _ALIGNED
        self._begins = np.concatenate([[0], np.cumsum(sizes)]) + begin
        places = self._memory.ctypes.data + self._begins
        # As in ``To``: without the sender, and the texts of refusals, which lie last, in between.
        self.addresses = np.concatenate([places[:12], places[13:18], places[23:], places[18:23]])
        self._counts = counts

    @property
    def free(self) -> bool:
        """Whether no table made from it is alive."""
        return sys.getrefcount(self._memory) == _ALONE

    def _column(self, k: int) -> NDArray[Any]:
        kind, wide = _SHAPES[k]
        begin = int(self._begins[k])
        count = self._counts[k] * wide
        return self._memory[begin : begin + count * np.dtype(kind).itemsize].view(kind)

    def tables(self) -> tuple[Rows, Refusals, Statics]:
        """Its memory as arrays."""
        columns = [self._column(k) for k in range(23)]
        raw = self._memory[int(self._begins[23]) :]
        return Rows(*columns[:13]), Refusals(*[*columns[13:18], raw]), Statics(*columns[18:])


_ALONE = 2
"""References to an array that only its owner knows, one being the question's own."""


class Arenas:
    """A few arenas that are used in turn: fresh memory costs more than to fill it.

    Args:
        size: bytes of text that each is for.

    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: deque[Arena] = deque(maxlen=_TURNS)

    def next(self) -> Arena:
        """One whose tables are gone, or a new one."""
        for arena in self._held:
            if arena.free:
                return arena
        self._held.append(Arena(self._size))
        return self._held[-1]


_TURNS = 3


@compiled
def _bitmaps(known: Bytes, maps: Table) -> None:
    """Turn a byte of eight flags a row into eight bitmaps, each a row of ``maps``."""
    address = known.ctypes.data
    for k in range(maps.shape[1]):
        for j in range(8):
            maps[j, k] = flagged(address + 64 * k, 1 << j)


def _maps(known: Bytes, n: int) -> Table:
    """Eight bitmaps of ``n`` rows; there are 64 bytes to read after the last."""
    maps = np.empty((8, -(-n // 64)), np.int64)
    _bitmaps(known, maps)
    return maps


_FLAG = {
    "at": HAS_TIME,
    "received_at": HAS_TIME,
    "lon": HAS_PLACE,
    "lat": HAS_PLACE,
    "sog_kn": HAS_SOG,
    "cog_deg": HAS_COG,
    "heading_deg": HAS_HEADING,
    "rot_deg_min": HAS_TURN,
    "nav_status": HAS_STATUS,
    "transponder": HAS_SENDER,
}
"""Which bit says that a column is known."""


@dataclass
class Constants:
    """Columns that say the same in every row, made once and cut to length."""

    values: dict[str, str | None]
    _made: dict[str, pl.Series] = field(default_factory=dict)
    _class_a: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))

    @classmethod
    def of(cls, **values: str | None) -> "Constants":
        """Nothing is made before it is asked for."""
        return cls(values)

    def column(self, name: str, length: int) -> pl.Series:
        """The column ``name`` at ``length``.

        Examples:
            >>> Constants.of(source_id="x").column("source_id", 2).to_list()
            ['x', 'x']

        """
        made = self._made.get(name)
        if made is None or len(made) < length:
            one = pl.Series(name, [self.values[name]], dtype=pl.String)
            # With something to spare: the next batch may be a little larger.
            made = self._made[name] = one.new_from_index(0, length + length // 8)
        return made.slice(0, length)

    def class_a(self, length: int) -> NDArray[np.uint64]:
        """Arrow string views of ``length`` times ``A``.

        Examples:
            >>> Constants.of().class_a(1)[:2].tolist() == [1 | ord("A") << 32, 0]
            True

        """
        if len(self._class_a) < 2 * length:
            self._class_a = np.zeros(2 * (length + length // 8), np.uint64)
            self._class_a[::2] = 1 | ord("A") << 32
        return self._class_a


def _series(
    name: str,
    kind: pa.DataType,
    values: NDArray[np.generic],
    n: int,
    bits: NDArray[np.generic] | None,
    texts: Bytes | None = None,
) -> pl.Series:
    """A column over ``values`` as they lie; string views point into ``texts``."""
    parts = [None if bits is None else pa.py_buffer(bits), pa.py_buffer(values)]
    if texts is not None:
        parts.append(pa.py_buffer(texts))
    return pl.Series(name, pa.Array.from_buffers(kind, n, parts))


@compiled
def _letters(numbers: Bytes, n: int, views: NDArray[np.uint64]) -> None:
    """Write the class of each sender as an Arrow string view."""
    for k in range(n):
        letter = 66 if numbers[k] == 18 or numbers[k] == 19 else 65
        views[2 * k], views[2 * k + 1] = (letter << 32) | 1, 0


def _senders(rows: Rows, n: int, constants: Constants) -> NDArray[np.uint64]:
    """Views of the class of each sender; where it is not known, of any."""
    numbers = rows.msg_type[:n]
    if ((numbers == 18) | (numbers == 19)).any():
        _letters(numbers, n, rows.sender)
        return rows.sender
    return constants.class_a(n)


def position_frame(rows: Rows, n: int, constants: Constants) -> pl.DataFrame:
    """The first ``n`` rows as a table of ``schema.POSITIONS``, over the same memory.

    Args:
        rows: as the kernel filled it.
        n: how many rows it filled.
        constants: with ``receiver``, ``station`` and ``source_id``.

    """
    if n == 0:
        return NO_POSITIONS.clone()
    maps = _maps(rows.known, n)
    held: dict[str, NDArray[np.generic]] = {
        **rows._asdict(),
        "received_at": rows.at,
        "transponder": _senders(rows, n, constants),
    }
    columns = []
    for said in POSITIONS:
        name = said.name
        if name in constants.values:
            columns.append(constants.column(name, n))
            continue
        kind = pa.string_view() if name == "transponder" else said.type
        bits = maps[_FLAG[name]] if name in _FLAG else None
        columns.append(_series(name, kind, held[name], n, bits))
    return pl.DataFrame(columns)


REASONS = (
    "payload-too-short",
    "mmsi-invalid",
    "position-out-of-range",
    *(f"unsupported-type-{number}" for number in range(64)),
    "checksum-mismatch",
)
"""Reason codes of refusals, as numbered by the kernel."""


_REASON_TEXT = "".join(REASONS).encode()
_REASON_BYTES = np.frombuffer(_REASON_TEXT, np.uint8)


def _views(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Arrow string views of texts that lie one after the other, shape (texts, 2)."""
    views = np.zeros((len(texts), 2), np.uint64)
    begin = 0
    for row, text in enumerate(texts):
        said = text.encode()
        views[row, 0] = len(said) | int.from_bytes(said[:4], "little") << 32
        short = len(said) <= _INLINE
        views[row, 1] = int.from_bytes(said[4:], "little") if short else begin << 32
        begin += len(said)
    return views


_INLINE = 12
_REASON_VIEWS = _views(REASONS)


def _details(refusals: Refusals, n: int, constants: Constants) -> pl.Series:
    """What is said beside the reason; few rows have it, and most of those say the same."""
    speaking = np.flatnonzero(refusals.code[:n] < UNSUPPORTED)
    if not len(speaking):
        return constants.column("detail", n)
    keys = [
        (REASONS[code], kind, value)
        for code, kind, value in zip(
            refusals.code[speaking].tolist(),
            refusals.kind[speaking].tolist(),
            refusals.value[speaking].tolist(),
            strict=True,
        )
    ]
    said = {key: meaning.detail_of(key[0], _layout(key[1]), key[2]) for key in set(keys)}
    texts = [said[key] for key in keys]
    views = np.zeros((n, 2), np.uint64)
    views[speaking] = _views(texts)
    known = np.zeros(n, np.bool_)
    known[speaking] = True
    bits = np.packbits(known, bitorder="little")
    letters = np.frombuffer("".join(texts).encode(), np.uint8)
    return _series("detail", pa.string_view(), views, n, bits, letters)


@compiled
def _reasons(code: Bytes, n: int, texts: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Take the view of each code; faster than NumPy for two words."""
    views = np.empty((n, 2), np.uint64)
    for k in range(n):
        views[k, 0], views[k, 1] = texts[code[k], 0], texts[code[k], 1]
    return views


def reject_frame(refusals: Refusals, n: int, used: int, constants: Constants) -> pl.DataFrame:
    """The first ``n`` refusals as a table of ``schema.REJECTS``.

    Args:
        refusals: as the kernel filled it.
        n: how many.
        used: bytes of their texts.
        constants: with ``source_id``.

    """
    if n == 0:
        return NO_REJECTS.clone()
    view = pa.string_view()
    reasons = _reasons(refusals.code, n, _REASON_VIEWS)
    return pl.DataFrame(
        [
            constants.column("source_id", n),
            _series("record", pa.uint64(), refusals.record, n, None),
            _series("reason", view, reasons, n, None, _REASON_BYTES),
            _details(refusals, n, constants),
            _series("raw", view, refusals.place, n, None, refusals.raw[:used]),
        ]
    )


def _layout(kind: int) -> Layout:
    return LAYOUTS[kind] if kind in LAYOUTS else LAYOUT_OF[kind]


_STATIC_FLAG = {
    "at": statics_of.HAS_TIME,
    "received_at": statics_of.HAS_TIME,
    "imo": statics_of.HAS_IMO,
    "name": statics_of.HAS_NAME,
    "callsign": statics_of.HAS_CALLSIGN,
    "destination": statics_of.HAS_DESTINATION,
    "ship_type": statics_of.HAS_TYPE,
    "to_bow_m": statics_of.HAS_LENGTH,
    "to_stern_m": statics_of.HAS_LENGTH,
    "to_port_m": statics_of.HAS_BEAM,
    "to_starboard_m": statics_of.HAS_BEAM,
    "draught_m": statics_of.HAS_DRAUGHT,
    "eta": statics_of.HAS_ETA,
    "part": statics_of.HAS_PART,
}


def static_frame(statics: Statics, n: int, constants: Constants) -> pl.DataFrame:
    """The first ``n`` static messages as a table of ``schema.STATICS``.

    Args:
        statics: as the kernel filled it.
        n: how many.
        constants: with ``receiver``, ``station`` and ``source_id``.

    """
    if n == 0:
        return NO_STATICS.clone()
    made = statics_of.columns(n)
    used = statics_of.read_statics(statics.sixbit, statics.kind, statics.timed, n, made)
    maps = np.concatenate([_maps(made.known[0], n), _maps(made.known[1], n)])
    # Copied, so that who keeps these few rows does not keep the memory of a whole batch.
    at = statics.at[:n].copy()
    held = {**made._asdict(), "at": at, "received_at": at, "record": statics.record[:n].copy()}
    columns = []
    for said in STATICS:
        name = said.name
        if name in constants.values:
            columns.append(constants.column(name, n))
            continue
        bits = maps[_STATIC_FLAG[name]] if name in _STATIC_FLAG else None
        texts = made.data[: max(used, 1)] if pa.types.is_string(said.type) else None
        kind = pa.string_view() if texts is not None else said.type
        columns.append(_series(name, kind, held[name], n, bits, texts))
    return pl.DataFrame(columns)
