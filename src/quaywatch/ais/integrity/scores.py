"""Scores of every test of a single track, each against other ships of its class."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.integrity.conformal import Unusual, bands, conformal
from quaywatch.ais.integrity.prepare import KEY, prepared
from quaywatch.ais.integrity.single import BY_NAME, TESTS, Test
from quaywatch.ais.integrity.tables import Measured, Triplet

CLOCK_S: Final = 2.0
"""Error of the times of a feed above which tests of timing are not run."""
SHARED_FAMILIES: Final = ("place", "circle")
"""What interference with satellite navigation looks like."""
EVENTS: Final = ("place", "circle", "land", "receiver", "replay")
"""Families of what happens or does not, unlike properties that every ship has more or less of."""
CEILING: Final = 10.0
"""Surprise beyond which a test adds nothing to the combined score."""
SHRUNK: Final = 0.6
"""Weight of each family of properties: they share their causes (METHODS, fusion)."""
WEAK: Final = 0.2
"""Weight of the rhythm of transmission, which is the receiver's as much as the ship's."""
EVENT: Final = 8.0
"""Added where something happened that honest ships do not do."""

Floats = NDArray[np.float64]


def judged(
    whole: pl.DataFrame, reference: pl.DataFrame | None = None
) -> dict[str, tuple[Floats, Unusual]]:
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
    score: Floats,
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


def score_of(whole: pl.DataFrame, test: Test) -> Floats:
    """Score of one test; NaN where it rests on too little, or on times that are not true."""
    enough = pl.col(test.count) >= test.fewest
    if test.timed:
        enough &= pl.col("clock_s") <= CLOCK_S
    column = whole.select(
        pl.when(enough).then(test.score.cast(pl.Float64)).otherwise(None)
    ).to_series()
    return column.fill_null(float("nan")).to_numpy()


def scores(
    measured: Measured,
    *,
    reference: Measured | Triplet | None = None,
) -> pl.DataFrame:
    """Rank windows: one score a test and one for all, larger is more suspicious.

    A score is the surprise among other ships of the class (``Unusual.surprise``): for ranking and
    for measuring power, never to be printed of a ship. Windows in which several ships jumped or
    circled together score nothing for that: it is interference before deceit.

    Args:
        measured: of all ships; what in it is None is not tested.
        reference: the ships to compare with; None: these same, never with windows of one MMSI.

    Returns:
        ``mmsi``, ``segment``, ``window``, ``start``, ``end``, then a column a test, null where it
        does not apply, and ``combined``.

    Examples:
        >>> from quaywatch.ais.integrity.examples import steady
        >>> from quaywatch.ais.integrity.measured import measure
        >>> table = scores(measure(steady()))
        >>> table["combined"].to_list(), table["smoothness"].to_list()  # nobody to compare with
        ([0.0], [None])

    """
    whole = prepared(measured)
    found = judged(whole, None if reference is None else prepared(reference))
    table = whole.select(*KEY, "start", "end")
    alone = whole["together"].is_null()
    for name, (_, unusual) in found.items():
        column = pl.Series(name, unusual.surprise).fill_nan(None)
        if BY_NAME[name].family in SHARED_FAMILIES:
            column = table.select(pl.when(alone).then(column).otherwise(0.0)).to_series()
        # What is rare but too small to matter is no event.
        worth = whole.select(BY_NAME[name].worth.fill_null(value=False)).to_series()
        if BY_NAME[name].family in EVENTS:
            small = column.clip(0.0, 1.0)
            column = table.select(pl.when(worth).then(column).otherwise(small)).to_series()
        table = table.with_columns(column.alias(name))
    return table.with_columns(combined=_combined())


def _combined() -> pl.Expr:
    """Events that honest ships do not have, before properties in which they merely differ."""

    def worst(*families: str) -> pl.Expr:
        names = [test.name for test in TESTS if test.family in families]
        return pl.max_horizontal(names).fill_null(0.0).clip(upper_bound=CEILING)

    soft = SHRUNK * pl.sum_horizontal(worst(f) for f in ("consistency", "smooth", "fields"))
    soft += WEAK * worst("rhythm")
    hard = pl.sum_horizontal(
        pl.when(worst(f) > 1.0).then(EVENT + worst(f)).otherwise(0.0) for f in EVENTS
    )
    return soft + hard
