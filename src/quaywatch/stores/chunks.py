"""One bucket of the lake in pieces that whole transponders fit in, in order, in bounded memory."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

_RECORD_BITS = 40
_LAST_MMSI = 2**32


def edges(files: Sequence[Path], rows_at_a_time: int) -> list[int]:
    """MMSIs between which the files have about so many rows: first included, last not.

    Told from the row groups' statistics alone. A transponder with more rows than that is a piece
    of its own; where a file has no statistics, all is one piece.
    """
    groups: list[tuple[int, int]] = []
    for file in files:
        meta = pq.read_metadata(file)
        place = meta.schema.names.index("mmsi")
        for i in range(meta.num_row_groups):
            group = meta.row_group(i)
            told = group.column(place).statistics
            if told is None or not told.has_min_max:
                return [0, _LAST_MMSI]
            groups.append((int(told.min), int(group.num_rows)))
    found, rows = [0], 0
    groups.sort()
    for i, (lowest, height) in enumerate(groups):
        if rows + height > rows_at_a_time and rows and lowest > max(found[-1], groups[i - 1][0]):
            found.append(lowest)
            rows = 0
        rows += height
    return [*found, _LAST_MMSI]


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows by ``mmsi``, ``at``, ``source_id``, ``record``; each source's come together."""
    if frame.height < 2:
        return frame
    sources = frame["source_id"].rle_id().to_numpy().astype(np.uint64)
    record = frame["record"].fill_null(2**_RECORD_BITS - 1).to_numpy()
    if record.max() >> np.uint64(_RECORD_BITS):
        return frame.sort("mmsi", "at", "source_id", "record", maintain_order=True)
    at = frame["at"].cast(pl.Int64).fill_null(np.iinfo(np.int64).min).to_numpy()
    # Its compiled loops take longer to load than commands that read no track take to answer.
    from quaywatch.stores.ordering import order_of  # noqa: PLC0415  (as said above)

    ties = (sources << np.uint64(_RECORD_BITS)) | record
    order = order_of(frame["mmsi"].to_numpy(), at, ties)
    return frame if order is None else frame[order]


def read(files: Sequence[Path], rows: pl.Expr, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Those rows of the files, one after the other."""
    if not files:
        return pl.DataFrame(schema=schema)
    scan = pl.scan_parquet(list(files), glob=False, hive_partitioning=False, schema=schema)
    return scan.filter(rows).collect()
