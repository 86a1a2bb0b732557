"""The falsification battery: test results of every window, and what they come to together.

A tell is a property of a track that is rare among other ships *and* of a size that matters. It is
never a finding: every tell carries the best innocent explanation, tests that could not be run say
so, and what several ships show together is put down to interference before deceit.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.events import as_events
from quaywatch.ais.integrity.combine import log_lr_of, merged, word_of
from quaywatch.ais.integrity.conformal import FEWEST_VESSELS, Unusual
from quaywatch.ais.integrity.prepare import prepared
from quaywatch.ais.integrity.receivers import NOT_RUN
from quaywatch.ais.integrity.replay import copies_of, pairs_of, same_manoeuvres
from quaywatch.ais.integrity.scores import CLOCK_S, EVENTS, SHARED_FAMILIES, judged
from quaywatch.ais.integrity.shared import shared_circles, shared_jumps
from quaywatch.ais.integrity.single import BY_NAME, TESTS, Test
from quaywatch.ais.integrity.tables import Measured, Triplet

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

METHOD: Final = "ais-integrity@1"
RARE: Final = 0.01
"""Largest conformal p of a tell."""
BEYOND: Final = 2.0
"""A property is a tell so many mean excesses of the tail past the worst other ship of its class."""
TELL, NORMAL = "tell", "within-normal"
ALONE: Final = "This alone cannot show falsification."

_NOT_RUN: Final = {
    "replay": "no tracks were given to compare with",
    "land": "no land mask was given, or nobody near shows which of these waters are sailed",
    "receiver": NOT_RUN,
    "sparse-then-regular": "no window before it, or that was as even",
    "rot-zero": "rate of turn is not in this file, or the ship did not turn",
    "heading-is-course": "fewer than 20 reports with a heading under way",
}
_NETWORK: Final = "no station of this file is one place that hears 20 other ships"
_CLASS: Final = {0: "ships", 1: "class A ships", 2: "class B craft"}


def battery(
    measured: Measured,
    *,
    reference: Measured | Triplet | None = None,
    table: pl.DataFrame | None = None,
    keep_p: float = 1.0,
) -> pl.DataFrame:
    """Run every test on every window.

    Args:
        measured: of all ships; what in it is None is not tested. Its manoeuvres are the archive's
            too.
        reference: the ships to compare with; None: these same, never with windows of one MMSI.
        table: likelihood ratios measured on injected attacks; see ``combine.log_lr_of``.
        keep_p: leave out single results above this p and those that could not be run; ``combined``
            counts them. They come out the same whenever they are asked for.

    Returns:
        Columns of ``EVENTS_FRAME``, kind ``integrity``: a row per window and test, one more
        ``combined`` per window, and those of ``shared_jumps``, ``shared_circles`` and
        ``same_manoeuvres``. ``source_id`` and ``record`` are null: ``detail`` holds ``first_row``
        and ``last_row``, rows of the frame that the features were made of.

    Examples:
        >>> from quaywatch.ais.integrity.examples import steady
        >>> from quaywatch.ais.integrity.measured import measure
        >>> found = battery(measure(steady())).filter(pl.col("test") == "smoothness")
        >>> found["applicable"].item(), found["reason"].item()
        (False, 'fewer than 19 other ships to compare with')

    """
    copies = None if measured.manoeuvres is None else copies_of(pairs_of(measured.manoeuvres))
    whole = prepared(measured, copies)
    found = judged(whole, None if reference is None else prepared(reference))
    log_lrs = np.column_stack(
        [log_lr_of(found[test.name][1].p, table=table, test=test.name) for test in TESTS]
    )
    together = whole["together"].is_not_null().to_numpy()
    for i, test in enumerate(TESTS):
        if test.family in SHARED_FAMILIES:
            # What others show too says nothing of this ship either way.
            log_lrs[together & ~np.isnan(log_lrs[:, i]), i] = 0.0
    named = measured.receivers is not None and not measured.receivers.is_empty()
    singles = pl.concat(
        _results(whole, test, *found[test.name], log_lrs[:, i], named=named).filter(_kept(keep_p))
        for i, test in enumerate(TESTS)
    )
    parts = [
        _events(singles),
        _combined(whole, singles, log_lrs),
        shared_jumps(measured.jumps),
        shared_circles(measured.circles),
    ]
    if copies is not None:
        parts.append(same_manoeuvres(copies))
    return pl.concat(parts).sort("mmsi", "start", "segment", "test", maintain_order=True)


def _kept(keep_p: float) -> pl.Expr:
    """Single results that are given back: all, or those that say something."""
    if keep_p >= 1.0:
        return pl.lit(value=True)
    # What is applicable without a verdict was put down to interference: that is worth a row.
    shared = pl.col("applicable") & pl.col("verdict").is_null()
    return (pl.col("p") <= keep_p).fill_null(value=False) | shared


def _results(
    whole: pl.DataFrame,
    test: Test,
    score: Floats,
    unusual: Unusual,
    log_lr: Floats,
    *,
    named: bool,
) -> pl.DataFrame:
    """One test of every window, before it is put into the table of events."""
    scored = ~np.isnan(score)
    ran = scored & ~np.isnan(unusual.p)
    far = unusual.surprise >= np.log(np.maximum(unusual.n, 1) + 1.0) + BEYOND
    if test.family in EVENTS:
        far = np.ones(len(score), np.bool_)  # it happened or it did not
    rare = pl.Series(ran & (unusual.p <= RARE) & far)
    return whole.select(
        "mmsi", "segment", "window", "start", "end", "lon", "lat", "end_lon", "end_lat",
        "first_row", "last_row", "transponder", "station_s",
        test=pl.lit(test.name),
        method=pl.lit(test.method),
        unit=pl.lit(test.unit),
        applicable=pl.Series(ran),
        reason=_reason(test, ran, scored, named=named),
        statistic=pl.when(pl.Series(ran)).then(pl.col(test.statistic).cast(pl.Float64)),
        items=pl.col(test.count).cast(pl.Int64),
        p=pl.Series(unusual.p),
        n=pl.when(pl.Series(ran)).then(pl.Series(unusual.n)),
        log_lr=pl.Series(log_lr),
        verdict=pl.when(~pl.Series(ran) | _explained(test)).then(None)
        .when(rare & test.worth.fill_null(value=False)).then(pl.lit(TELL))
        .otherwise(pl.lit(NORMAL)),
    )  # fmt: skip


def _explained(test: Test) -> pl.Expr:
    """Whether other ships showed the same, so that it says nothing of this one."""
    if test.family not in SHARED_FAMILIES:
        return pl.lit(value=False)
    return pl.col("together").is_not_null()


def _reason(test: Test, ran: Flags, scored: Flags, *, named: bool) -> pl.Expr:
    """Why a test was not run, or why its result is nobody's."""
    late = pl.col("clock_s") > CLOCK_S if test.timed else pl.lit(value=False)
    nothing = _NOT_RUN.get(test.name, f"fewer than {test.fewest} reports that it needs")
    if test.name == "receiver" and named:
        nothing = _NETWORK
    shared = "{} vessels showed it together: interference more likely than deceit."
    return (
        pl.when(_explained(test))
        .then(pl.format(shared, pl.col("together")))
        .when(pl.Series(ran))
        .then(None)
        .when(late)
        .then(pl.format("times of this feed err by about {} s: not run", pl.col("clock_s")))
        .when(pl.Series(scored))
        .then(pl.lit(f"fewer than {FEWEST_VESSELS} other ships to compare with"))
        .otherwise(pl.lit(nothing))
    )


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
    log_lrs: Floats,
) -> pl.DataFrame:
    """One row a window: all its tests together, and the best innocent explanation."""
    together = merged(log_lrs)
    tells = (
        singles.filter(pl.col("verdict") == TELL)
        .group_by("mmsi", "segment", "window")
        .agg(tells=pl.col("test"), told=pl.col("test").sort_by("log_lr", "test").last())
    )
    innocent = {test.name: test.innocent for test in TESTS}
    told = whole.join(tells, on=["mmsi", "segment", "window"], how="left", maintain_order="left")
    # A word is for a reader, and only a tell is shown to one.
    said = [
        word_of(value) if tell and not np.isnan(value) else (None, None)
        for value, tell in zip(together, told["tells"].is_not_null(), strict=True)
    ]
    frame = told.with_columns(
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
        innocent=pl.when(pl.col("together").is_not_null())
        .then(pl.lit("interference with satellite navigation: other ships showed the same"))
        # Of the strongest tell: what explains a result that is no tell explains nothing odd.
        .otherwise(pl.col("told").replace_strict(innocent, default=None, return_dtype=pl.String)),
    )  # fmt: skip
    return as_events(
        frame,
        detail=[
            "window", "items", "tells", "innocent", "word", "probability_at_prior_0_1",
            "first_row", "last_row",
        ],
    )  # fmt: skip
