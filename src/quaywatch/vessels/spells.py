"""Which vessel a transponder said it was, and when: MMSI to vessel over time.

An MMSI is a transponder, not a vessel. A vessel is named by its IMO number where the number is
well formed, else by MMSI, name and call sign together. What was said fewer times than
``REPORTS_MIN`` is taken for a slip of hand or radio, unless nothing was said more often.
"""

from typing import Final

import polars as pl

from quaywatch.vessels.identifiers import IMO_FILLERS, imo_check
from quaywatch.vessels.repeats import with_repeats

REPORTS_MIN: Final = 3
NO_STATIC: Final = "no static report within the segment"
SEVERAL: Final = "several identities within the segment"
CONCURRENT: Final = "static reports fall into concurrent segments"
NAME_FILLERS: Final = frozenset({
    "NOTNAMED", "UNNAMED", "NONAME", "NONAMED", "UNKNOWN", "NOTAVAILABLE", "NONE", "NULL",
})  # fmt: skip
"""What is written where no name is known (letters and digits of it): says nothing."""
_SPELLS: Final = {
    "mmsi": pl.UInt32(),
    "vessel_id": pl.String(),
    "imo": pl.UInt32(),
    "name": pl.String(),
    "callsign": pl.String(),
    "first_at": pl.Datetime("us", "UTC"),
    "last_at": pl.Datetime("us", "UTC"),
    "n": pl.UInt32(),
    "runs": pl.UInt32(),
}


def said(statics: pl.DataFrame) -> pl.DataFrame:
    """The rows that name a vessel, with ``name`` and ``callsign`` tidied and a ``vessel_id``.

    Adds ``times`` and ``until`` where ``with_repeats`` has not; what it returned before it returns
    as it is. An ``@`` ends a text; a text
    without a letter or a digit other than 0, and what stands for "not known", say nothing. The two
    halves of message 24 are joined to the nearest other half of the same MMSI before and, failing
    that, after; elsewhere a missing call sign is the usual one of that name. In ``vessel_id`` a
    name is its letters and digits, because crews type "NO.6" and "NO6" in turn.
    """
    text = [
        pl.col(field)
        .str.replace(r"@.*", "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
        .str.to_uppercase()
        for field in ("name", "callsign")
    ]
    if "vessel_id" in statics.columns:
        return statics
    counted = with_repeats(statics)
    folded = pl.col("name").str.replace_all("[^A-Z0-9]", "")
    rows = (
        counted.sort("mmsi", "at", maintain_order=True)
        .with_columns(text)
        .with_columns(
            pl.when(pl.col(field).str.contains("[A-Z]|[1-9]")).then(pl.col(field)).alias(field)
            for field in ("name", "callsign")
        )
        .with_columns(
            name=pl.when(~folded.is_in(sorted(NAME_FILLERS))).then("name"),
            imo=pl.when(~pl.col("imo").is_in(sorted(IMO_FILLERS))).then("imo"),
        )
    )
    halves = pl.col("msg_type") == 24
    rows = rows.with_columns(
        pl.when(halves.fill_null(value=False))
        .then(
            pl.col(field).fill_null(strategy="forward").fill_null(strategy="backward").over("mmsi")
        )
        .otherwise(pl.col(field))
        .alias(field)
        for field in ("name", "callsign")
    )
    usual = pl.col("callsign").drop_nulls().mode(maintain_order=True).first().over("mmsi", folded)
    rows = rows.with_columns(pl.col("callsign").fill_null(usual))
    numbers = rows["imo"].drop_nulls().unique().to_list()
    formed = pl.Series([imo for imo in numbers if imo_check(imo)], dtype=pl.UInt32)
    key = (
        pl.when(pl.col("imo").is_in(formed.implode()))
        .then(pl.format("imo:{}", "imo"))
        .otherwise(
            pl.format(
                "mmsi:{}/{}/{}",
                pl.col("mmsi").cast(pl.String).str.zfill(9),
                folded.fill_null(""),
                pl.col("callsign").fill_null(""),
            )
        )
    )
    named = pl.any_horizontal(pl.col("imo", "name", "callsign").is_not_null())
    return rows.filter(named).with_columns(vessel_id=key)


def vessel_spells(
    statics: pl.DataFrame,
    positions: pl.DataFrame | None = None,
    *,
    reports_min: int = REPORTS_MIN,
) -> pl.DataFrame:
    """MMSI to vessel over time: one row for each vessel that a transponder said it was.

    Args:
        statics: columns of the lake's ``statics``, any number of transponders.
        positions: of the same transponders, for how long what stands beside them was said.
        reports_min: what was said fewer times is dropped, unless nothing was said more often.

    Returns:
        ``mmsi``, ``vessel_id``, ``imo`` (null unless well formed), ``name``, ``callsign`` (the
        most frequent), ``first_at``, ``last_at``, ``n`` reports, ``runs``: in how many
        uninterrupted runs; more than one where two vessels alternate. Sorted by ``mmsi``,
        ``first_at``.

    Examples:
        >>> from datetime import UTC, datetime
        >>> at = [datetime(2025, 1, d, tzinfo=UTC) for d in (1, 2, 3)]
        >>> statics = pl.DataFrame({"mmsi": [412000001] * 3, "at": at, "imo": [9125786] * 3,
        ...     "name": ["CASIO", "CASIO", "CASIO "], "callsign": ["BQCR"] * 3,
        ...     "msg_type": [5] * 3}, schema_overrides={"mmsi": pl.UInt32, "imo": pl.UInt32})
        >>> vessel_spells(statics).select("vessel_id", "name", "n", "runs").rows()
        [('imo:9125786', 'CASIO', 3, 1)]

    """
    rows = said(with_repeats(statics, positions))
    rows = _firm(rows, reports_min)
    begins = (pl.col("vessel_id") != pl.col("vessel_id").shift(1).over("mmsi")).fill_null(
        value=True
    )
    spells = (
        rows.with_columns(_begins=begins)
        .group_by("mmsi", "vessel_id")
        .agg(
            imo=pl.when(pl.col("vessel_id").str.starts_with("imo:")).then("imo").first(),
            name=pl.col("name").drop_nulls().mode(maintain_order=True).first(),
            callsign=pl.col("callsign").drop_nulls().mode(maintain_order=True).first(),
            first_at=pl.col("at").min(),
            last_at=pl.col("until").max(),
            n=pl.col("times").sum(),
            runs=pl.col("_begins").sum(),
        )
    )
    return spells.select(pl.col(k).cast(kind) for k, kind in _SPELLS.items()).sort(
        "mmsi", "first_at", "vessel_id"
    )


def _firm(rows: pl.DataFrame, reports_min: int) -> pl.DataFrame:
    """Without vessels said fewer times than that, unless their MMSI said none more often."""
    counts = pl.col("times").sum().over("mmsi", "vessel_id")
    return rows.with_columns(_n=counts).filter(
        (pl.col("_n") >= reports_min) | (pl.col("_n").max().over("mmsi") < reports_min)
    )


def _crowded(segments: pl.DataFrame) -> pl.DataFrame:
    """Segments with ``_crowded``: another of the same MMSI was under way during it."""
    before = pl.col("end").cum_max().shift(1).over("mmsi") >= pl.col("start")
    after = pl.col("start").shift(-1).over("mmsi") <= pl.col("end")
    return segments.sort("mmsi", "start", maintain_order=True).with_columns(
        _crowded=before.fill_null(value=False) | after.fill_null(value=False)
    )


def assign_segments(
    segments: pl.DataFrame,
    statics: pl.DataFrame,
    positions: pl.DataFrame | None = None,
    *,
    attributed: pl.DataFrame | None = None,
    reports_min: int = REPORTS_MIN,
) -> pl.DataFrame:
    """Which vessel each segment said it was, or why that is not known.

    A static report carries no position, so it belongs to a segment only where that is the one
    segment of its MMSI under way at the time, or where the source wrote both into one row. What
    was written beside positions for a while is of every segment in that time that overlaps no other
    of its MMSI.

    Args:
        segments: ``mmsi``, ``segment``, ``start``, ``end``.
        statics: columns of the lake's ``statics``.
        positions: of the same transponders, sorted by ``mmsi``, ``at``: how long was said what
            stands beside positions. Without them, each such row is of its own moment only.
        attributed: ``mmsi``, ``source_id``, ``record``, ``segment`` of position reports: a static
            report of the same record is of that segment.
        reports_min: a vessel that its MMSI named fewer times is taken for a slip, unless
            nothing was said more often.

    Returns:
        ``mmsi``, ``segment``, ``vessel_id`` (null: not known), ``vessel_n`` reports that say so,
        ``vessel_reason`` (null where known), in the order of ``segments``.

    Examples:
        >>> from datetime import UTC, datetime
        >>> at = [datetime(2025, 1, d, tzinfo=UTC) for d in (1, 2)]
        >>> segments = pl.DataFrame({"mmsi": [1, 1], "segment": [0, 1], "start": at, "end": at})
        >>> statics = pl.DataFrame({"mmsi": [1], "at": at[:1], "imo": [9125786], "name": ["CASIO"],
        ...     "callsign": [None], "msg_type": [5], "source_id": ["s"], "record": [1]},
        ...     schema_overrides={"imo": pl.UInt32, "callsign": pl.String})
        >>> assign_segments(segments, statics).rows()
        [(1, 0, 'imo:9125786', 1, None), (1, 1, None, 0, 'no static report within the segment')]

    """
    keys = ("mmsi", "segment")
    rows = _firm(said(with_repeats(statics, positions)), reports_min).select(
        "mmsi", "at", "until", "vessel_id", "source_id", "record"
    )
    direct = None
    if attributed is not None:
        inline = attributed.select(*keys, "source_id", "record")
        direct = rows.join(inline, on=["mmsi", "source_id", "record"], how="inner")
        rows = rows.join(inline, on=["mmsi", "source_id", "record"], how="anti")
    under = (
        _crowded(segments.select(*keys, "start", "end"))
        .join(rows, on="mmsi", how="inner")
        .filter((pl.col("at") <= pl.col("end")) & (pl.col("until") >= pl.col("start")))
    )
    rivals = pl.len().over("mmsi", "source_id", "record", "at")
    # Said for a while, it may have been of one segment after the other.
    spanned = pl.when(pl.col("until") > pl.col("at")).then(1 + pl.col("_crowded").cast(pl.Int64))
    under = under.with_columns(_rivals=spanned.otherwise(rivals))
    alone = under.filter(pl.col("_rivals") == 1).select(*keys, "vessel_id")
    if direct is not None:
        alone = pl.concat([alone, direct.filter(pl.col("segment") >= 0).select(alone.columns)],
                          how="vertical_relaxed")  # fmt: skip
    votes = alone.group_by(*keys).agg(
        vessel_id=pl.col("vessel_id").mode(maintain_order=True).first(),
        vessel_n=pl.len(),
        _kinds=pl.col("vessel_id").n_unique(),
    )
    torn = under.filter(pl.col("_rivals") > 1).select(keys).unique().with_columns(_torn=True)
    table = segments.select(keys).join(votes, on=keys, how="left", maintain_order="left")
    table = table.join(torn, on=keys, how="left", maintain_order="left")
    return table.with_columns(
        pl.col("vessel_n").fill_null(0).cast(pl.UInt32),
        vessel_reason=pl.when(pl.col("_kinds") > 1)
        .then(pl.lit(SEVERAL))
        .when(pl.col("_kinds").is_null() & pl.col("_torn").fill_null(value=False))
        .then(pl.lit(CONCURRENT))
        .when(pl.col("_kinds").is_null())
        .then(pl.lit(NO_STATIC)),
        vessel_id=pl.when(pl.col("_kinds") == 1).then("vessel_id"),
    ).select(*keys, "vessel_id", "vessel_n", "vessel_reason")
