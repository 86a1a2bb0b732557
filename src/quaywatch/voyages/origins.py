"""From the rows that an event rests on to the reports of the sources."""

import polars as pl

_ORIGIN = ("source_id", "record")


def with_origins(found: pl.DataFrame, positions: pl.DataFrame | None) -> pl.DataFrame:
    """Add ``source_id``, ``record`` and their ``end_`` twins from ``row`` and ``end_row``.

    Args:
        found: with ``row`` and, where events have two ends, ``end_row``.
        positions: the frame that the tracks came from; None leaves the origins out.

    Examples:
        >>> frame = pl.DataFrame({"source_id": ["a", "b"], "record": [7, 8]})
        >>> with_origins(pl.DataFrame({"row": [1], "end_row": [0]}), frame).row(0)
        (1, 0, 'b', 8, 'a', 7)

    """
    if positions is None:
        return found
    named = found
    for column, prefix in (("row", ""), ("end_row", "end_")):
        if column in found.columns:
            rows = found[column]
            named = named.with_columns(
                positions[name].gather(rows).alias(f"{prefix}{name}") for name in _ORIGIN
            )
    return named
