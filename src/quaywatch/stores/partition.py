"""Which file of the lake a row belongs to, and when two rows are the same message.

**Bucket.** ``splitmix64(mmsi) mod N``: the finaliser of Steele, Lea and Flood (2014),
doi:10.1145/2660193.2660195, on the MMSI as an unsigned 64-bit number. MMSIs of one flag share
their first digits and cluster; the finaliser spreads them evenly. The rule is part of the lake's
format: other readers may compute it, and it never changes.

**Period.** The UTC month of ``at``, ``YYYY-MM``; ``unknown`` where ``at`` is null.

**Same message.** Two rows are one message if every column that the transponder sent is equal,
to the bit, together with ``at``. What only says how the report came to us (``receiver``,
``station``, ``received_at``, ``source_id``, ``record``) is not compared: a second receiver adds no
second report. A row whose ``at`` is null is never a duplicate, because whether it is cannot be
known.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.schema import POSITIONS_FRAME, REJECTS_FRAME, STATICS_FRAME
from quaywatch.errors import LakeSchemaError

TABLES: Final[dict[str, dict[str, pl.DataType]]] = {
    "positions": POSITIONS_FRAME,
    "statics": STATICS_FRAME,
    "rejects": REJECTS_FRAME,
}
"""The lake's tables and their columns."""

UNKNOWN_PERIOD = "unknown"

_ORIGIN = frozenset({"receiver", "station", "received_at", "source_id", "record"})


def bucket_of(mmsi: NDArray[np.uint32], buckets: int) -> NDArray[np.uint16]:
    """Bucket of each MMSI, 0 to ``buckets`` - 1.

    Examples:
        >>> bucket_of(np.array([445123000, 445124000, 445125000], dtype=np.uint32), 16).tolist()
        [0, 12, 6]

    """
    z = mmsi.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z % np.uint64(buckets)).astype(np.uint16)


def message_columns(table: str) -> list[str]:
    """Columns that must all be equal for two rows to be one message."""
    return [name for name in TABLES[table] if name not in _ORIGIN]


def fitted(frame: pl.DataFrame, table: str, source_id: str) -> pl.DataFrame:
    """Exactly the contract's columns, of its types, under ``source_id``.

    Raises:
        LakeSchemaError: a column is not in the contract or does not fit it, an MMSI is null, a
            number is NaN or infinite, or a row says that it comes from another source.

    """
    schema = TABLES[table]
    if foreign := sorted(set(frame.columns) - set(schema)):
        raise LakeSchemaError(table=table, fact=f"unknown columns {', '.join(foreign)}")
    if table != "rejects" and (missing := sorted({"mmsi", "at"} - set(frame.columns))):
        raise LakeSchemaError(table=table, fact=f"no column {' and no '.join(missing)}")
    present = set(frame.columns)
    try:
        fit = frame.select(
            pl.col(name).cast(dtype) if name in present else pl.lit(None, dtype).alias(name)
            for name, dtype in schema.items()
        )
    except pl.exceptions.PolarsError as err:
        raise LakeSchemaError(table=table, fact=str(err).splitlines()[0]) from err
    if fit.select((pl.col("source_id") != source_id).any()).item():
        raise LakeSchemaError(table=table, fact=f"rows of another source than {source_id}")
    if table != "rejects" and fit["mmsi"].null_count():
        raise LakeSchemaError(table=table, fact="a row without mmsi belongs to no transponder")
    floats = [name for name, dtype in schema.items() if dtype.is_float()]
    if floats:
        wild = fit.select((~pl.col(floats).is_finite()).any()).row(0)
        if any(wild):
            names = ", ".join(name for name, bad in zip(floats, wild, strict=True) if bad)
            raise LakeSchemaError(table=table, fact=f"NaN or infinite numbers in {names}")
    return fit.with_columns(pl.lit(source_id).alias("source_id"))
