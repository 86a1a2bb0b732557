"""What was derived from reports, in one table: events and test results, each with its working.

A row says what (``kind``, ``test``), of whom (``mmsi``, ``segment``), when and where, how strong
(``statistic``, ``n``, ``p``, ``log_lr``), whether the test could be applied at all and if not why,
by which ``method``, and which reports are its ends. What is particular to a kind stands in
``detail``, a JSON object with sorted keys and units in the names. An event is never changed: a
later, better known one is a new row (``quaywatch.stores.events``).
"""

import hashlib
from typing import Final

import polars as pl

EVENTS_FRAME: Final[dict[str, pl.DataType]] = {
    "kind": pl.String(),
    "test": pl.String(),
    "mmsi": pl.UInt32(),
    "segment": pl.UInt32(),
    "other_mmsi": pl.UInt32(),
    "other_segment": pl.UInt32(),
    "start": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "end_lon": pl.Float64(),
    "end_lat": pl.Float64(),
    "verdict": pl.String(),
    "applicable": pl.Boolean(),
    "reason": pl.String(),
    "statistic": pl.Float64(),
    "unit": pl.String(),
    "n": pl.UInt32(),
    "p": pl.Float64(),
    "log_lr": pl.Float64(),
    "method": pl.String(),
    "detail": pl.String(),
    "source_id": pl.String(),
    "record": pl.UInt64(),
    "end_source_id": pl.String(),
    "end_record": pl.UInt64(),
}
"""Columns of every event.

``kind``: ``gap``, ``jump``, ``two-tracks``, ``identity``, ``port-call``, ``anchoring``,
``loitering``, ``encounter``, ``integrity`` (then ``test`` names the test). ``segment`` counts from
0 within an MMSI. ``start``/``end``: valid time. ``lon``/``lat`` and ``end_lon``/``end_lat``: WGS84
degrees at both. ``verdict``: a word of that kind's own short list. ``applicable`` false: then
``reason`` says why and the numbers are null. ``statistic`` is in ``unit``; ``log_lr`` is natural.
``source_id``/``record`` and their ``end_`` twins: the reports at both ends.
"""

KEY: Final = (
    "kind", "test", "mmsi", "segment", "other_mmsi", "other_segment", "start", "end",
)  # fmt: skip
"""What tells one event of a pass from another."""
_SIGNIFICANT: Final = 6


def as_events(frame: pl.DataFrame, *, detail: list[str] | None = None) -> pl.DataFrame:
    """Give ``frame`` exactly the columns of ``EVENTS_FRAME``, sorted by ``mmsi`` and ``start``.

    Columns named in ``detail`` are packed into the JSON of that column, cut to six significant
    digits; NaN becomes null, because an unknown number is no number; columns that ``frame`` lacks
    become null.

    Examples:
        >>> found = as_events(pl.DataFrame({"kind": ["gap"], "mmsi": [1], "welch": [None],
        ...                                 "apart_nm": [2.5]}), detail=["welch", "apart_nm"])
        >>> found["detail"].to_list(), found["test"].to_list()
        (['{"apart_nm":2.5,"welch":null}'], [None])

    """
    packed = frame
    if detail:
        whole = [pl.col(name) for name in sorted(detail)]
        tidy = [
            column.fill_nan(None).round_sig_figs(_SIGNIFICANT)
            if packed.schema[column.meta.output_name()].is_float()
            else column
            for column in whole
        ]
        packed = packed.with_columns(detail=pl.struct(tidy).struct.json_encode())
    present = set(packed.columns)
    columns = []
    for name, kind in EVENTS_FRAME.items():
        column = pl.col(name) if name in present else pl.lit(None)
        column = column.cast(kind)
        columns.append((column.fill_nan(None) if kind.is_float() else column).alias(name))
    return packed.select(columns).sort("mmsi", "start", "kind", "test", maintain_order=True)


_ROWS: Final = r'"(?:off_row|on_row|first_row|last_row|row|end_row)":(?:-?[0-9]+|null),?'


def settled(events: pl.DataFrame) -> pl.DataFrame:
    """Events as they are kept: without what depends on where in a frame a report stood.

    Row numbers that a stage left in ``detail`` for finding its reports again are taken out, and
    figures are cut to six significant digits: the last ones are those of the order of summation,
    not of the sea.

    Examples:
        >>> one = as_events(pl.DataFrame({"kind": ["gap"], "mmsi": [1], "statistic": [1 / 3],
        ...                               "off_row": [7], "ways": [48]}),
        ...                 detail=["off_row", "ways"])
        >>> settled(one).select("statistic", "detail").row(0)
        (0.333333, '{"ways":48}')

    """
    figures = [pl.col(name).round_sig_figs(_SIGNIFICANT) for name in ("statistic", "p", "log_lr")]
    # A mean of places carries digits that depend on the order of summing: 1 cm is enough.
    places = [pl.col(name).round(7) for name in ("lon", "lat", "end_lon", "end_lat")]
    plain = pl.col("detail").str.replace_all(_ROWS, "").str.replace(",}", "}", literal=True)
    return events.with_columns(*figures, *places, plain)


def event_ids(events: pl.DataFrame) -> pl.Series:
    """An id for each event: equal where, and only where, every column is equal.

    Args:
        events: columns of ``EVENTS_FRAME``.

    Returns:
        ``event:`` and 32 hexadecimal digits (BLAKE2b of the row) each; column ``event_id``.

    Examples:
        >>> one = as_events(pl.DataFrame({"kind": ["gap", "gap"], "mmsi": [1, 2]}))
        >>> ids = event_ids(one)
        >>> ids[0] == ids[1], ids[0][:6], len(ids[0])
        (False, 'event:', 38)

    """
    columns = [
        (pl.col(name).dt.epoch("us") if isinstance(kind, pl.Datetime) else pl.col(name))
        .cast(pl.String)
        .fill_null("\x00")
        for name, kind in EVENTS_FRAME.items()
    ]
    rows = events.select(pl.concat_str(columns, separator="\x1f")).to_series()
    ids = [f"event:{hashlib.blake2b(row.encode(), digest_size=16).hexdigest()}" for row in rows]
    return pl.Series("event_id", ids, dtype=pl.String)
