"""The recorded AIS that benchmarks run on, read once into the lake's columns."""

import zlib
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.read import read_ais
from quaywatch.errors import SourceMissingError

WEST_DEG: Final = 3.3
"""Between copies: wider than the recorded waters, so that a ship never meets her own copy."""


def recorded(data: Path, name: str) -> pl.DataFrame:
    """Positions of one folder of ``data/ais``, dated, sorted by ``mmsi`` and ``at``.

    Args:
        data: the folder that docs/real-data.md describes.
        name: ``sbarc_2018`` or ``gfw_segments``.

    Raises:
        SourceMissingError: it is not there.

    """
    files = sorted((data / "ais" / name).glob("*.gz"))
    if not files:
        raise SourceMissingError(path=str(data / "ais" / name))
    parts = [batch.positions for path in files for batch in read_ais(path, source_id=path.name)]
    return pl.concat(parts).drop_nulls("at").sort("mmsi", "at", maintain_order=True)


def parity(mmsi: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Which half a transponder belongs to: 0 tunes, 1 scores.

    Examples:
        >>> parity(np.array([366999663, 366999664, 366999665], np.uint32)).tolist()
        [1, 0, 0]

    """
    numbers, back = np.unique(mmsi, return_inverse=True)
    odd = [zlib.crc32(str(number).encode()) % 2 for number in numbers.tolist()]
    return np.array(odd, np.uint8)[back]


def replicated(positions: pl.DataFrame, size: int) -> pl.DataFrame:
    """At least ``size`` rows: the same ships again further west, under other MMSIs; sorted.

    Elsewhere, because a copy in its place is a replay, and the pass would spend its time on that.
    With fewer rows than there are, the first whole vessels that make up ``size``.

    Examples:
        >>> rows = pl.DataFrame({"mmsi": [1, 1, 5], "lon": [9.0, 9.5, -179.0]})
        >>> rows = rows.with_columns(pl.col("mmsi").cast(pl.UInt32))
        >>> replicated(rows, 5)["mmsi"].to_list(), replicated(rows, 1)["mmsi"].to_list()
        ([1, 1, 5, 7, 7, 11], [1, 1])
        >>> replicated(rows, 5)["lon"].round(1).to_list()
        [9.0, 9.5, -179.0, 5.7, 6.2, 177.7]

    """
    if size < positions.height:
        return positions.filter(pl.col("mmsi") <= positions["mmsi"][size - 1])
    times = -(-size // positions.height)
    span = int(positions["mmsi"].max()) + 1  # type: ignore[arg-type]  # numbers have a greatest
    if span * times >= 2**32:
        numbers = positions["mmsi"].rank("dense").cast(pl.UInt32)
        positions = positions.with_columns(mmsi=numbers)
        span = int(numbers.max()) + 1  # type: ignore[arg-type]  # as above
    copies = [
        positions.with_columns(
            pl.col("mmsi") + pl.lit(k * span, pl.UInt32),
            (pl.col("lon") + 180.0 - k * WEST_DEG) % 360.0 - 180.0,
        )
        for k in range(1, times)
    ]
    return pl.concat([positions, *copies])
