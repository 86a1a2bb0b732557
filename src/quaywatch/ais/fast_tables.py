"""From the arrays that the fast decoder filled to the lake's tables, without a copy."""

import sys
from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

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
    PART_B,
    STATIC_WIDTH,
    UNSUPPORTED,
    Refusals,
    Rows,
    Statics,
)
from quaywatch.ais.payload import numbers, text
from quaywatch.ais.schema import POSITIONS, POSITIONS_FRAME, REJECTS_FRAME, STATICS_FRAME
from quaywatch.ais.spec import LAYOUT_OF, STATIC_B, Layout
from quaywatch.ais.stamps import Bytes
from quaywatch.ais.timestamps import AT

ROWS, REFUSALS, STATICS, RAW_BYTES = 1 << 18, 1 << 16, 1 << 15, 8 << 20
"""Room in an arena: 16 MiB of usual lines."""
_LEAST_ROW, _LEAST_LINE = 36, 20
"""Bytes of the shortest line that gives a position row, and of the shortest line at all."""
_SLACK = 1024
"""Bytes that may be written beyond the last text."""
_ALIGNED = 64
_SHAPES: tuple[tuple[type, int], ...] = (
    (np.uint32, 1), (np.int64, 1), (np.float64, 1), (np.float64, 1), (np.float32, 1),
    (np.float32, 1), (np.float32, 1), (np.float32, 1), (np.uint8, 1), (np.uint8, 1),
    (np.uint64, 2), (np.uint64, 1), (np.uint8, 1),
    (np.uint64, 1), (np.uint8, 1), (np.uint8, 1), (np.int64, 1), (np.uint64, 2),
    (np.uint8, STATIC_WIDTH), (np.uint8, 1), (np.int64, 1), (np.uint8, 1), (np.uint64, 1),
)  # fmt: skip


class Arena:
    """Memory for the tables of one batch, in one piece, so that it can be used again.

    Args:
        size: bytes of text that it is for.

    """

    def __init__(self, size: int) -> None:
        self.rows = min(ROWS, size // _LEAST_ROW + 1)
        self.refusals = min(REFUSALS, size // _LEAST_LINE + 1)
        self.statics = min(STATICS, size // _LEAST_LINE + 1)
        self.raw = min(RAW_BYTES, size)
        counts = [self.rows] * 13 + [self.refusals] * 5 + [self.statics] * 5
        sizes = [
            -(-(n * wide * np.dtype(kind).itemsize + 8) // _ALIGNED) * _ALIGNED
            for n, (kind, wide) in zip(counts, _SHAPES, strict=True)
        ]
        self._memory = np.empty(sum(sizes) + self.raw + _SLACK + _ALIGNED, np.uint8)
        begin = -self._memory.ctypes.data % _ALIGNED
        self._begins = np.concatenate([[0], np.cumsum(sizes)]) + begin
        places = self._memory.ctypes.data + self._begins
        # The texts of refusals, whose length is in bytes, come last and are named sixth.
        self.addresses = np.concatenate([places[:18], places[23:], places[18:23]])
        self._counts = counts

    @property
    def free(self) -> bool:
        """Whether no table made from it is alive."""
        return sys.getrefcount(self._memory) == _ALONE

    def _column(self, k: int) -> NDArray[Any]:
        kind, wide = _SHAPES[k]
        begin = int(self._begins[k])
        count = self._counts[k] * wide
        extra = 8 if k == _KNOWN else 0
        return self._memory[begin : begin + count * np.dtype(kind).itemsize + extra].view(kind)

    def tables(self) -> tuple[Rows, Refusals, Statics]:
        """Its memory as arrays."""
        columns = [self._column(k) for k in range(23)]
        raw = self._memory[int(self._begins[23]) :]
        return Rows(*columns[:13]), Refusals(*[*columns[13:18], raw]), Statics(*columns[18:])


_KNOWN = 12
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
def _transpose(known: Bytes, maps: Bytes) -> None:
    """Turn a byte of eight flags a row into eight bitmaps, each a row of ``maps``.

    Source: Warren, Hacker's Delight, 2nd edition (2013), section 7-3.
    """
    for k in range(maps.shape[1]):
        x = np.uint64(0)
        for j in range(8):
            x |= np.uint64(known[8 * k + j]) << np.uint64(8 * j)
        t = (x ^ (x >> np.uint64(7))) & np.uint64(0x00AA00AA00AA00AA)
        x = x ^ t ^ (t << np.uint64(7))
        t = (x ^ (x >> np.uint64(14))) & np.uint64(0x0000CCCC0000CCCC)
        x = x ^ t ^ (t << np.uint64(14))
        t = (x ^ (x >> np.uint64(28))) & np.uint64(0x00000000F0F0F0F0)
        x = x ^ t ^ (t << np.uint64(28))
        for j in range(8):
            maps[j, k] = np.uint8((x >> np.uint64(8 * j)) & np.uint64(255))


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
    _made: dict[str, pl.Series]

    @classmethod
    def of(cls, **values: str | None) -> "Constants":
        """Nothing is made before it is asked for."""
        return cls(values, {})

    def column(self, name: str, length: int) -> pl.Series:
        """The column ``name`` at ``length``.

        Examples:
            >>> Constants.of(source_id="x").column("source_id", 2).to_list()
            ['x', 'x']

        """
        made = self._made.get(name)
        if made is None or len(made) < length:
            one = pl.Series(name, [self.values[name]], dtype=pl.String)
            made = self._made[name] = one.new_from_index(0, length)
        return made.slice(0, length)


def _series(
    name: str, kind: pa.DataType, values: NDArray[np.generic], n: int, bits: Bytes | None
) -> pl.Series:
    """A column over ``values`` as they lie."""
    valid = None if bits is None else pa.py_buffer(bits)
    return pl.Series(name, pa.Array.from_buffers(kind, n, [valid, pa.py_buffer(values)]))


def position_frame(rows: Rows, n: int, constants: Constants) -> pl.DataFrame:
    """The first ``n`` rows as a table of ``schema.POSITIONS``, over the same memory.

    Args:
        rows: as the kernel filled it.
        n: how many rows it filled.
        constants: with ``receiver``, ``station`` and ``source_id``.

    """
    if n == 0:
        return pl.DataFrame(schema=POSITIONS_FRAME)
    rows.known[n : n + 7] = 0
    maps = np.empty((8, -(-n // 8)), np.uint8)
    _transpose(rows.known, maps)
    held: dict[str, NDArray[np.generic]] = {
        **rows._asdict(),
        "received_at": rows.at,
        "transponder": rows.sender,
    }
    columns = []
    for field in POSITIONS:
        name = field.name
        if name in constants.values:
            columns.append(constants.column(name, n))
            continue
        kind = pa.string_view() if name == "transponder" else field.type
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


def _details(refusals: Refusals, n: int) -> pl.Series:
    """What is said beside the reason; few rows have it, and most of those say the same."""
    speaking = np.flatnonzero(refusals.code[:n] < UNSUPPORTED)
    said: dict[tuple[int, int, int], int] = {}
    texts: list[str | None] = [None]
    which = np.zeros(n, np.uint32)
    for row in speaking.tolist():
        key = (int(refusals.code[row]), int(refusals.kind[row]), int(refusals.value[row]))
        if key not in said:
            said[key] = len(texts)
            texts.append(meaning.detail_of(REASONS[key[0]], _layout(key[1]), key[2]))
        which[row] = said[key]
    return pl.Series("detail", texts, dtype=pl.String).gather(which)


def reject_frame(refusals: Refusals, n: int, used: int, constants: Constants) -> pl.DataFrame:
    """The first ``n`` refusals as a table of ``schema.REJECTS``.

    Args:
        refusals: as the kernel filled it.
        n: how many.
        used: bytes of their texts.
        constants: with ``source_id``.

    """
    if n == 0:
        return pl.DataFrame(schema=REJECTS_FRAME)
    parts = [None, pa.py_buffer(refusals.place), pa.py_buffer(refusals.raw[:used])]
    return pl.DataFrame(
        [
            constants.column("source_id", n),
            _series("record", pa.uint64(), refusals.record, n, None),
            pl.Series("reason", REASONS).gather(refusals.code[:n]),
            _details(refusals, n),
            pl.Series("raw", pa.Array.from_buffers(pa.string_view(), n, parts)),
        ]
    )


def _layout(kind: int) -> Layout:
    return STATIC_B if kind == 24 + PART_B else LAYOUT_OF[kind]


def _static_rows(
    statics: Statics, chosen: NDArray[np.intp], kind: int, constants: Constants
) -> pl.DataFrame:
    """The static messages ``chosen``, all of one kind."""
    layout, n = _layout(kind), len(chosen)
    characters = statics.sixbit.reshape(-1, STATIC_WIDTH)[chosen]
    columns = meaning.statics(numbers(characters, layout.numbers))
    columns |= {name: text(characters, place) for name, place in layout.texts.items()}
    at = meaning.known(statics.at[chosen], statics.timed[chosen] != 0).cast(AT)
    columns |= {"at": at, "received_at": at, "record": pl.Series(statics.record[chosen])}
    columns["msg_type"] = pl.Series(np.full(n, kind % PART_B, np.uint8))
    same = {"transponder": layout.transponder, "part": layout.part}
    return pl.DataFrame(
        [
            columns[name].alias(name)
            if name in columns
            else constants.column(name, n)
            if name in constants.values
            else pl.Series(name, [same.get(name)], dtype=dtype).new_from_index(0, n)
            for name, dtype in STATICS_FRAME.items()
        ]
    )


def static_frame(statics: Statics, n: int, constants: Constants) -> pl.DataFrame:
    """The first ``n`` static messages as a table of ``schema.STATICS``.

    Args:
        statics: as the kernel filled it.
        n: how many.
        constants: with ``receiver``, ``station`` and ``source_id``.

    """
    if n == 0:
        return pl.DataFrame(schema=STATICS_FRAME)
    kinds = statics.kind[:n]
    frames = [
        _static_rows(statics, np.flatnonzero(kinds == kind), kind, constants)
        for kind in np.unique(kinds).tolist()
    ]
    return frames[0] if len(frames) == 1 else pl.concat(frames).sort("record", maintain_order=True)
