"""Scores of every test of a single track, each against other ships of its class."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.integrity.conformal import Unusual, bands, conformal
from quaywatch.ais.integrity.manoeuvres import MANOEUVRES_FRAME
from quaywatch.ais.integrity.replay import copies_of, pairs_of
from quaywatch.ais.integrity.single import TESTS, Test

SPACING_S: Final = (90.0, 180.0, 400.0, 1200.0)
"""Bounds between the bands of median seconds between stations."""
SPEED_KN: Final = (8.0, 14.0)
"""Bounds between the bands of median speed under way."""
CEILING: Final = 10.0
"""Surprise beyond which a test adds nothing to the combined score."""
SHRUNK: Final = 0.6
"""Weight of each family of properties: they share their causes (METHODS, fusion)."""
WEAK: Final = 0.2
"""Weight of the rhythm of transmission, which is the receiver's as much as the ship's."""
EVENT: Final = 8.0
"""Added where something happened that honest ships do not do."""
KEY: Final = ("mmsi", "segment", "window")


Tables = (
    tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]
    | tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]
)
"""Features, jumps, circles, and manoeuvres where they were made."""


def prepared(
    features: pl.DataFrame,
    jumps: pl.DataFrame,
    circles: pl.DataFrame,
    manoeuvres: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Features with what the other tables add to each window, and its class.

    Adds ``jump_kn`` and ``jump_score`` (0 without a jump), ``circle_off`` (null without a circle),
    ``circle_score``, ``copied`` (anchors that an earlier track has too, null if not looked for),
    ``transponder`` (0 unknown, 1 A, 2 B), ``spacing_band``, ``speed_band``.
    """
    jumped = jumps.group_by(KEY).agg(
        jump_kn=pl.col("implied_kn").max(), jump_m=pl.col("apart_m").max()
    )
    round_ = _circled(features, circles)
    whole = features.join(jumped, on=KEY, how="left", maintain_order="left").join(
        round_, on=KEY, how="left", maintain_order="left"
    )
    whole = whole.join(_copied(manoeuvres), on=KEY, how="left", maintain_order="left").with_columns(
        copied=pl.lit(None, pl.UInt32) if manoeuvres is None else pl.col("copied").fill_null(0)
    )
    return whole.with_columns(
        jump_kn=pl.col("jump_kn").fill_null(0.0),
        jump_score=(pl.col("jump_m").fill_null(0.0) / 1852.0 + 1.0).log(),
        circle_score=(-(pl.col("circle_off") + 0.002).log()).fill_null(0.0),
        transponder=pl.when(pl.col("n_class_a") + pl.col("n_class_b") == 0)
        .then(0)
        .when(pl.col("n_class_a") >= pl.col("n_class_b"))
        .then(1)
        .otherwise(2),
        spacing_band=_band("station_s", SPACING_S),
        speed_band=_band("sog_kn", SPEED_KN),
    )


def _circled(features: pl.DataFrame, circles: pl.DataFrame) -> pl.DataFrame:
    """The best circle drawn while each window lasted."""
    return (
        circles.select("mmsi", "radius_m", "off_m", begun="start", ended="end")
        .join(features.select(*KEY, "start", "end"), on="mmsi")
        .filter((pl.col("begun") <= pl.col("end")) & (pl.col("ended") >= pl.col("start")))
        .group_by(KEY)
        .agg(circle_off=(pl.col("off_m") / pl.col("radius_m")).min())
    )


def _copied(manoeuvres: pl.DataFrame | None) -> pl.DataFrame:
    """Anchors of each window that lie on those of one earlier track."""
    if manoeuvres is None:
        manoeuvres = pl.DataFrame(schema=MANOEUVRES_FRAME)
    return (
        copies_of(pairs_of(manoeuvres))
        .group_by(KEY, maintain_order=True)
        .agg(copied=pl.col("anchors").max())
    )


def _band(column: str, bounds: tuple[float, ...]) -> pl.Expr:
    value = pl.col(column).fill_null(0.0)
    return pl.sum_horizontal((value >= bound).cast(pl.Int64) for bound in bounds)


def judged(
    whole: pl.DataFrame, reference: pl.DataFrame | None = None
) -> dict[str, tuple[NDArray[np.float64], Unusual]]:
    """Score and its conformal p of every test, by name; ``whole`` and ``reference`` prepared."""
    known = whole if reference is None else reference
    both = pl.concat([whole, known], how="vertical_relaxed")
    fine = bands(both, "transponder", "spacing_band", "speed_band")
    middle = bands(both, "transponder", "spacing_band")
    coarse = np.zeros(both.height, np.int64)
    mmsi = both["mmsi"].to_numpy()
    out = {}
    for test in TESTS:
        score = score_of(both, test)
        levels = (fine, middle) if test.banded else (coarse,)
        out[test.name] = score[: whole.height], _levels(score, mmsi, levels, whole.height)
    return out


def _levels(
    score: NDArray[np.float64],
    mmsi: NDArray[np.uint32],
    levels: tuple[NDArray[np.int64], ...],
    m: int,
) -> Unusual:
    """The finest class that holds enough other vessels."""
    p, n, surprise = np.full(m, np.nan), np.zeros(m, np.int64), np.full(m, np.nan)
    for level in levels:
        asked = np.where(np.isnan(p), score[:m], np.nan)
        found = conformal(asked, mmsi[:m], level[:m], reference=(score[m:], mmsi[m:], level[m:]))
        new = ~np.isnan(found.p)
        p[new], n[new], surprise[new] = found.p[new], found.n[new], found.surprise[new]
    return Unusual(p, n, surprise)


def score_of(whole: pl.DataFrame, test: Test) -> NDArray[np.float64]:
    """Score of one test; NaN where it rests on too little."""
    enough = pl.col(test.count) >= test.fewest
    column = whole.select(
        pl.when(enough).then(test.score.cast(pl.Float64)).otherwise(None)
    ).to_series()
    return column.fill_null(float("nan")).to_numpy()


def scores(
    features: pl.DataFrame,
    jumps: pl.DataFrame,
    circles: pl.DataFrame,
    manoeuvres: pl.DataFrame | None = None,
    *,
    reference: Tables | None = None,
) -> pl.DataFrame:
    """Rank windows: one score a test and one for all, larger is more suspicious.

    A score is the surprise among other ships of the class (``Unusual.surprise``): for ranking and
    for measuring power, never to be printed of a ship.

    Args:
        features: of ``integrity.features``.
        jumps: of ``integrity.jumps``.
        circles: of ``integrity.circles``.
        manoeuvres: of ``integrity.manoeuvres``, the archive's too; None: no test for replays.
        reference: the same of the ships to compare with; None: these same, never with
            windows of the same MMSI.

    Returns:
        ``mmsi``, ``segment``, ``window``, ``start``, ``end``, then a column a test, null where it
        does not apply, and ``combined``.

    """
    whole = prepared(features, jumps, circles, manoeuvres)
    found = judged(whole, None if reference is None else prepared(*reference))
    table = whole.select(*KEY, "start", "end").with_columns(
        pl.Series(name, unusual.surprise).fill_nan(None) for name, (_, unusual) in found.items()
    )
    return table.with_columns(combined=_combined())


def _combined() -> pl.Expr:
    """Events that honest ships do not have, before properties in which they merely differ."""

    def worst(*families: str) -> pl.Expr:
        names = [test.name for test in TESTS if test.family in families]
        return pl.max_horizontal(names).fill_null(0.0).clip(upper_bound=CEILING)

    soft = SHRUNK * pl.sum_horizontal(worst(f) for f in ("consistency", "smooth", "fields"))
    soft = soft + WEAK * worst("rhythm")
    hard = pl.sum_horizontal(
        pl.when(worst(f) > 1.0).then(EVENT + worst(f)).otherwise(0.0)
        for f in ("place", "circle", "replay")
    )
    return soft + hard
