"""The falsification battery: test results of every window, and what they come to together.

A tell is a property of a track that is rare among other ships *and* of a size that matters. It is
never a finding: every tell carries the best innocent explanation, tests that could not be run say
so, and what several ships show together is put down to interference before deceit.
"""

from typing import Final

import numpy as np
import polars as pl

from quaywatch.ais.events import as_events
from quaywatch.ais.integrity.combine import log_lr_of, merged, word_of
from quaywatch.ais.integrity.conformal import FEWEST_VESSELS, Unusual
from quaywatch.ais.integrity.scores import Tables, judged, prepared
from quaywatch.ais.integrity.single import BY_NAME, TESTS, Test

METHOD: Final = "ais-integrity@1"
RARE: Final = 0.01
"""Largest conformal p of a tell."""
BEYOND: Final = 2.0
"""A tell lies so many mean excesses of the tail past the worst other ship of its class."""
TELL, NORMAL = "tell", "within-normal"
ALONE: Final = "This alone cannot show falsification."

_CLASS = {0: "ships", 1: "class A ships", 2: "class B craft"}


def battery(
    features: pl.DataFrame,
    jumps: pl.DataFrame,
    circles: pl.DataFrame,
    manoeuvres: pl.DataFrame | None = None,
    *,
    reference: Tables | None = None,
    shared: pl.DataFrame | None = None,
    table: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Run every test on every window.

    Args:
        features: of ``integrity.features``.
        jumps: of ``integrity.jumps``.
        circles: of ``integrity.circles``.
        manoeuvres: of ``integrity.manoeuvres``, the archive's too; None: no test for replays.
        reference: the same of the ships to compare with; None: these same, never with
            windows of the same MMSI.
        shared: events of the tests across vessels, appended as they are; windows that they cover
            with ``shared-jump`` or ``shared-circle`` are explained by interference.
        table: likelihood ratios measured on injected attacks; see ``combine.log_lr_of``.

    Returns:
        Columns of ``EVENTS_FRAME``, kind ``integrity``: a row per window and test, one more
        ``combined`` per window. ``source_id`` and ``record`` are null: ``detail`` holds
        ``first_row`` and ``last_row``, rows of the frame that the features were made of.

    """
    whole = prepared(features, jumps, circles, manoeuvres)
    found = judged(whole, None if reference is None else prepared(*reference))
    log_lrs = np.column_stack(
        [log_lr_of(found[test.name][1].p, table=table, test=test.name) for test in TESTS]
    )
    parts = [
        _results(whole, test, *found[test.name], log_lrs[:, i]) for i, test in enumerate(TESTS)
    ]
    singles = pl.concat(parts)
    parts = [_events(singles), _combined(whole, singles, log_lrs, shared)]
    if shared is not None:
        parts.append(shared)
    return pl.concat(parts).sort("mmsi", "start", "segment", "test", maintain_order=True)


def _results(
    whole: pl.DataFrame,
    test: Test,
    score: np.ndarray[tuple[int], np.dtype[np.float64]],
    unusual: Unusual,
    log_lr: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> pl.DataFrame:
    """One test of every window, before it is put into the table of events."""
    scored = ~np.isnan(score)
    ran = scored & ~np.isnan(unusual.p)
    far = unusual.surprise >= np.log(np.maximum(unusual.n, 1) + 1.0) + BEYOND
    rare = pl.Series(ran & (unusual.p <= RARE) & far)
    return whole.select(
        "mmsi", "segment", "window", "start", "end", "lon", "lat", "end_lon", "end_lat",
        "first_row", "last_row", "transponder", "station_s",
        test=pl.lit(test.name),
        method=pl.lit(test.method),
        unit=pl.lit(test.unit),
        applicable=pl.Series(ran),
        reason=pl.when(pl.Series(ran)).then(None).when(pl.Series(scored)).then(
            pl.lit(f"fewer than {FEWEST_VESSELS} other ships to compare with")
        ).otherwise(pl.lit(f"fewer than {test.fewest} reports that it needs")),
        statistic=pl.when(pl.Series(ran)).then(pl.col(test.statistic).cast(pl.Float64)),
        items=pl.col(test.count).cast(pl.Int64),
        p=pl.Series(unusual.p),
        n=pl.when(pl.Series(ran)).then(pl.Series(unusual.n)),
        log_lr=pl.Series(log_lr),
        verdict=pl.when(~pl.Series(ran)).then(None).when(rare & test.worth.fill_null(value=False))
        .then(pl.lit(TELL)).otherwise(pl.lit(NORMAL)),
    )  # fmt: skip


def message(test: Test, p: float, n: int, transponder: int) -> str:
    """What is said of a rare result.

    Examples:
        >>> message(BY_NAME["smoothness"], 0.004, 812, 1)[:71]
        'Track is unusually smooth (p = 0.004 among 812 class A ships like it). '

    """
    peers = f"{n} {_CLASS[transponder]} {'like it' if test.banded else 'of this data'}"
    return f"Track {test.saying} (p = {p:.2g} among {peers}). {ALONE}"


def _events(singles: pl.DataFrame) -> pl.DataFrame:
    """Results as events, with a message where the result is rare."""
    rare = (pl.col("p") <= RARE) & (pl.col("statistic").is_not_null())
    texts = [
        message(BY_NAME[row["test"]], row["p"], row["n"], row["transponder"])
        for row in singles.filter(rare).iter_rows(named=True)
    ]
    innocent = {test.name: test.innocent for test in TESTS}
    place = singles.select(pl.when(rare).then(rare.cum_sum() - 1)).to_series()
    frame = singles.with_columns(
        kind=pl.lit("integrity"),
        message=pl.Series(texts, dtype=pl.String).gather(place)
        if texts
        else pl.lit(None, dtype=pl.String),
        innocent=pl.when(rare).then(pl.col("test").replace_strict(innocent)),
    )
    return as_events(
        frame,
        detail=["window", "items", "message", "innocent", "first_row", "last_row", "station_s"],
    )


def _combined(
    whole: pl.DataFrame,
    singles: pl.DataFrame,
    log_lrs: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    shared: pl.DataFrame | None,
) -> pl.DataFrame:
    """One row a window: all its tests together, and the best innocent explanation."""
    together = np.array([merged(row) for row in log_lrs])
    worst = np.argmax(np.nan_to_num(log_lrs, nan=-np.inf), axis=1)
    said = [word_of(value) if not np.isnan(value) else (None, None) for value in together]
    tells = (
        singles.filter(pl.col("verdict") == TELL)
        .group_by("mmsi", "segment", "window")
        .agg(tells=pl.col("test"))
    )
    frame = whole.join(
        tells, on=["mmsi", "segment", "window"], how="left", maintain_order="left"
    ).with_columns(
        kind=pl.lit("integrity"),
        test=pl.lit("combined"),
        method=pl.lit(METHOD),
        unit=pl.lit("log likelihood ratio"),
        statistic=pl.Series(together),
        log_lr=pl.Series(together),
        items=pl.Series(np.sum(~np.isnan(log_lrs), axis=1)),
        applicable=pl.Series(~np.isnan(together)),
        reason=pl.when(pl.Series(np.isnan(together))).then(pl.lit("no test could be run")),
        verdict=pl.when(pl.col("tells").is_not_null()).then(pl.lit(TELL))
        .when(pl.Series(~np.isnan(together))).then(pl.lit(NORMAL)),
        word=pl.Series([word for word, _ in said], dtype=pl.String),
        probability_at_prior_0_1=pl.Series([chance for _, chance in said], dtype=pl.Float64),
        innocent=pl.when(pl.col("tells").is_not_null()).then(
            pl.Series([TESTS[i].innocent for i in worst])
        ),
    )  # fmt: skip
    if shared is not None:
        frame = _interfered(frame, shared)
    return as_events(
        frame,
        detail=[
            "window", "items", "tells", "innocent", "word", "probability_at_prior_0_1",
            "first_row", "last_row",
        ],
    )  # fmt: skip


def _interfered(frame: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """Where several ships jumped or circled together, that is the explanation offered."""
    hit = shared.filter(
        pl.col("test").is_in(["shared-jump", "shared-circle"]) & (pl.col("verdict") == TELL)
    ).select("mmsi", hit_start="start", hit_end="end")
    covered = (
        frame.select("mmsi", "segment", "window", "start", "end")
        .join(hit, on="mmsi")
        .filter((pl.col("hit_start") <= pl.col("end")) & (pl.col("hit_end") >= pl.col("start")))
        .select("mmsi", "segment", "window")
        .unique()
        .with_columns(together=pl.lit(value=True))
    )
    return frame.join(
        covered, on=["mmsi", "segment", "window"], how="left", maintain_order="left"
    ).with_columns(
        innocent=pl.when(pl.col("together"))
        .then(pl.lit("interference with satellite navigation: other ships showed the same"))
        .otherwise(pl.col("innocent"))
    )
