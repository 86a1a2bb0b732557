"""From the arrays that the fast decoder filled to the lake's tables, without a copy."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.fast import (
    HAS_COG,
    HAS_HEADING,
    HAS_PLACE,
    HAS_SENDER,
    HAS_SOG,
    HAS_STATUS,
    HAS_TIME,
    HAS_TURN,
    UNSUPPORTED,
    Refusals,
    Rows,
)
from quaywatch.ais.meaning import detail_of
from quaywatch.ais.schema import POSITIONS, POSITIONS_FRAME, REJECTS_FRAME
from quaywatch.ais.spec import LAYOUT_OF
from quaywatch.ais.stamps import Bytes

_LEAST_ROW = 36
"""Bytes of the shortest line that gives a position row: message 27 without a time."""
_LEAST_LINE = 20
"""Bytes of the shortest line that gives a refusal."""


def rows_for(size: int) -> Rows:
    """Room for the position rows of ``size`` bytes; what is not written is never touched.

    Examples:
        >>> rows_for(72).mmsi.shape
        (3,)

    """
    n = size // _LEAST_ROW + 1
    return Rows(
        mmsi=np.empty(n, np.uint32),
        at=np.empty(n, np.int64),
        lon=np.empty(n),
        lat=np.empty(n),
        sog_kn=np.empty(n, np.float32),
        cog_deg=np.empty(n, np.float32),
        heading_deg=np.empty(n, np.float32),
        rot_deg_min=np.empty(n, np.float32),
        nav_status=np.empty(n, np.uint8),
        msg_type=np.empty(n, np.uint8),
        sender=np.empty(2 * n, np.uint64),
        record=np.empty(n, np.uint64),
        known=np.empty(n + 8, np.uint8),
    )


def refusals_for(size: int) -> Refusals:
    """Room for the refusals of ``size`` bytes.

    Examples:
        >>> refusals_for(40).record.shape
        (3,)

    """
    n = size // _LEAST_LINE + 1
    return Refusals(
        record=np.empty(n, np.uint64),
        code=np.empty(n, np.uint8),
        kind=np.empty(n, np.uint8),
        value=np.empty(n, np.int64),
        place=np.empty(2 * n, np.uint64),
        raw=np.empty(size + 64, np.uint8),
    )


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
            texts.append(detail_of(REASONS[key[0]], LAYOUT_OF[key[1]], key[2]))
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
