"""The same way sailed twice: an archived track sent again, or one manoeuvre by several hulls.

Candidates are near neighbours among anchors; each is then laid on the other with a free lag and a
free shift. A ferry sails the same line every hour and never within metres: a copy does. Square to
the way a copy agrees to the noise of one receiver; along it clocks add theirs. Several anchors
must agree on one lag, so that ships of one lane are no copies of each other.

Source:
    Own construction; see docs/adr/0013-integrity-battery.md.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from quaywatch.ais.events import as_events
from quaywatch.ais.integrity.manoeuvres import SAMPLES, STEP_S

REACH_M: Final = 500.0
"""Candidates differ by less than this at a quarter and at half an hour before and after."""
PLACE_M: Final = 60.0
"""And cross a line within this of each other."""
NEIGHBOURS: Final = 4
ACROSS_M: Final = 6.0
"""Median distance square to the way that a copy keeps."""
ALONG_M: Final = 150.0
"""Median distance along it: what late clocks do."""
SAME_LAG_S: Final = 60.0
"""Anchors of one copy agree on the lag within this."""
EXACT_M: Final = 2.0
EXACT_ALONG_M: Final = 6.0
"""Two anchors this close are enough: honest crews on one route kept 2 m across and 4 m along for
an hour, once in five days, and never twice with one lag."""
LOOSE_ANCHORS: Final = 3
LOOSE_S: Final = 5400.0
"""Otherwise there must be so many, spread over so long: longer than a ferry's crossing."""
SOON_S: Final = 7200.0
"""One MMSI is not compared with itself within this."""

COMPANY_S: Final = 600.0
COMPANY_M: Final = 1852.0
"""Ships this close in time and place keep each other company."""

AT_A_TIME: Final = 20_000
"""Anchors compared at a time, so that memory does not follow their number."""
_COARSE: Final = [
    k + half for half in (0, SAMPLES) for k in (0, SAMPLES // 4, 3 * SAMPLES // 4, SAMPLES - 1)
]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

PAIRS_FRAME: dict[str, pl.DataType] = {
    "mmsi": pl.UInt32(),
    "segment": pl.Int32(),
    "window": pl.Int32(),
    "other_mmsi": pl.UInt32(),
    "other_segment": pl.Int32(),
    "other_window": pl.Int32(),
    "at": pl.Datetime("us", "UTC"),
    "other_at": pl.Datetime("us", "UTC"),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "other_lon": pl.Float64(),
    "other_lat": pl.Float64(),
    "lag_s": pl.Float64(),
    "across_m": pl.Float64(),
    "along_m": pl.Float64(),
    "turning": pl.Boolean(),
    "n": pl.UInt32(),
}
"""Two anchors with nearly the same way around them; the later one first. ``lag_s``: how much
later; ``across_m``, ``along_m``: medians of what is left; ``n``: fixes behind the sparser one."""


def pairs_of(manoeuvres: pl.DataFrame) -> pl.DataFrame:
    """Pairs of anchors whose ways fit on each other; not yet judged.

    A pair may come twice, once from either side.

    Args:
        manoeuvres: of all vessels, and of the archive to look in.

    Returns:
        Columns of ``PAIRS_FRAME``, one row a pair.

    Examples:
        >>> from quaywatch.ais.integrity.manoeuvres import MANOEUVRES_FRAME
        >>> pairs_of(pl.DataFrame(schema=MANOEUVRES_FRAME)).height
        0

    """
    keys = manoeuvres.drop("way_m").with_row_index("place")
    rows = keys.sort("at", "mmsi", "line", maintain_order=True)
    if rows.height < 2:
        return pl.DataFrame(schema=PAIRS_FRAME)
    way = manoeuvres["way_m"].to_numpy()
    place = rows["place"].to_numpy()
    tree = cKDTree(_signature(rows, way[place][:, _COARSE]))
    parts = [_near_pairs(rows, way, place, tree, low) for low in range(0, rows.height, AT_A_TIME)]
    return pl.concat(parts)


def _signature(rows: pl.DataFrame, coarse: Singles) -> Floats:
    """What near anchors agree in, each within ``REACH_M``; shape (n, 10)."""
    line = rows["line"].to_numpy().astype(np.float64)
    along = rows["along_m"].to_numpy() * (REACH_M / PLACE_M)
    return np.column_stack((line * 10.0 * REACH_M, along, coarse))


def _near_pairs(
    rows: pl.DataFrame, way: Singles, place: NDArray[np.uint32], tree: cKDTree, low: int
) -> pl.DataFrame:
    """Pairs of some anchors with earlier ones, laid on each other; those that fit at all."""
    asked = np.arange(low, min(low + AT_A_TIME, rows.height))
    _, near = tree.query(
        tree.data[asked], k=min(NEIGHBOURS, rows.height), p=np.inf, distance_upper_bound=REACH_M
    )
    first, second = np.repeat(asked, near.shape[1]), near.ravel()
    kept = (second < rows.height) & (second != first)
    pairs = np.column_stack(
        (np.minimum(first[kept], second[kept]), np.maximum(first[kept], second[kept]))
    )
    early, late = np.unique(pairs, axis=0).T if len(pairs) else pairs.T
    mmsi, at_s = rows["mmsi"].to_numpy(), rows["at"].dt.epoch("us").to_numpy() * 1e-6
    apart = (mmsi[early] != mmsi[late]) | (at_s[late] - at_s[early] > SOON_S)
    early, late = early[apart], late[apart]
    one, two = way[place[early]].astype(np.float64), way[place[late]].astype(np.float64)
    lag_s, across_m, along_m = _laid(
        one[:, :SAMPLES], one[:, SAMPLES:], two[:, :SAMPLES], two[:, SAMPLES:],
        at_s[late] - at_s[early],
    )  # fmt: skip
    fits = (across_m <= ACROSS_M) & (along_m <= ALONG_M)
    early, late = early[fits], late[fits]
    names = ("mmsi", "segment", "window", "at", "lon", "lat")
    older = rows.select(names)[early].rename({name: f"other_{name}" for name in names})
    n = rows["n"].to_numpy()
    found = pl.concat([rows.select(names)[late], older], how="horizontal").with_columns(
        lag_s=pl.Series(lag_s[fits], dtype=pl.Float64),
        across_m=pl.Series(across_m[fits], dtype=pl.Float64),
        along_m=pl.Series(along_m[fits], dtype=pl.Float64),
        turning=pl.Series(rows["line"].to_numpy()[late] < 0, dtype=pl.Boolean),
        n=pl.Series(np.minimum(n[early], n[late]), dtype=pl.UInt32),
    )
    laid: pl.DataFrame = found.select(list(PAIRS_FRAME))
    return laid


def _laid(
    east1: Floats, north1: Floats, east2: Floats, north2: Floats, lag_s: Floats
) -> tuple[Floats, Floats, Floats]:
    """Lay the second way on the first: lag, and what is left across and along, medians in m.

    Least squares in a lag and a shift, once; then medians of what remains.
    """
    if not len(lag_s):
        return lag_s, lag_s, lag_s
    v_east, v_north = np.gradient(east2, STEP_S, axis=1), np.gradient(north2, STEP_S, axis=1)
    d_east, d_north = east1 - east2, north1 - north2

    def centred(part: Floats) -> Floats:
        return np.asarray(part - part.mean(axis=1, keepdims=True))

    ce, cn = centred(v_east), centred(v_north)
    top = (ce * centred(d_east) + cn * centred(d_north)).sum(axis=1)
    bottom = (ce**2 + cn**2).sum(axis=1)
    # On a straight way a lag and a shift are the same thing: leave the lag at the anchors'.
    curved = bottom > SAMPLES * 0.5**2
    late = np.where(curved, top / np.where(curved, bottom, 1.0), 0.0)
    late = np.clip(late, -120.0, 120.0)
    e = d_east - late[:, None] * v_east
    n = d_north - late[:, None] * v_north
    e, n = e - np.median(e, axis=1, keepdims=True), n - np.median(n, axis=1, keepdims=True)
    speed = np.maximum(np.hypot(v_east, v_north), 1e-3)
    across = np.median(np.abs(e * v_north - n * v_east) / speed, axis=1)
    along = np.median(np.abs(e * v_east + n * v_north) / speed, axis=1)
    return lag_s + late, across, along


def copies_of(pairs: pl.DataFrame) -> pl.DataFrame:
    """Windows of which several anchors lie on those of another with one lag.

    Args:
        pairs: of ``pairs_of``.

    Returns:
        One row per pair of windows, the later one first: its columns and those of the ``other``,
        ``start`` and ``end`` of what agrees, ``lag_s`` (median), ``anchors``, ``turns`` (of them),
        ``n`` (fixes), ``across_m``, ``along_m`` (medians), ``apart_m`` (how far it was moved).

    """
    good = pairs.unique(["mmsi", "at", "other_mmsi", "other_at", "turning"], maintain_order=True)
    key = ["mmsi", "segment", "window", "other_mmsi", "other_segment", "other_window"]
    middle = good.with_columns(middle=pl.col("lag_s").median().over(key))
    agreed = middle.filter((pl.col("lag_s") - pl.col("middle")).abs() <= SAME_LAG_S)
    east = (
        ((pl.col("lon") - pl.col("other_lon") + 180.0) % 360.0 - 180.0)
        * 111_195.0
        * pl.col("lat").radians().cos()
    )
    north = (pl.col("lat") - pl.col("other_lat")) * 111_195.0
    return (
        agreed.with_columns(apart_m=(east**2 + north**2).sqrt())
        .group_by(key, maintain_order=True)
        .agg(
            pl.col("at").min().alias("start"),
            pl.col("at").max().alias("end"),
            pl.col("lon").first(),
            pl.col("lat").first(),
            pl.col("lag_s").median(),
            anchors=pl.col("at").n_unique(),
            turns=pl.col("turning").sum(),
            n=pl.col("n").sum(),
            across_m=pl.col("across_m").median(),
            along_m=pl.col("along_m").median(),
            apart_m=pl.col("apart_m").median(),
        )
        .filter(
            (pl.col("anchors") >= 2)
            & (pl.col("across_m") <= EXACT_M)
            & (pl.col("along_m") <= EXACT_ALONG_M)
            | (pl.col("anchors") >= LOOSE_ANCHORS)
            & ((pl.col("end") - pl.col("start")).dt.total_seconds() >= LOOSE_S)
        )
    )


def same_manoeuvres(copies: pl.DataFrame) -> pl.DataFrame:
    """Tracks that lie on each other within metres, as events that name the pair.

    Two numbers that keep together at one time are one hull, a tow or an escort: no tell.

    Args:
        copies: of ``copies_of``.

    Returns:
        Events, ``test`` ``same-manoeuvre``: a row per pair of windows, the later one's ``mmsi``.

    Examples:
        >>> from quaywatch.ais.integrity.manoeuvres import MANOEUVRES_FRAME
        >>> same_manoeuvres(copies_of(pairs_of(pl.DataFrame(schema=MANOEUVRES_FRAME)))).height
        0

    """
    company = (pl.col("lag_s").abs() < COMPANY_S) & (pl.col("apart_m") < COMPANY_M)
    return as_events(
        copies.with_columns(
            kind=pl.lit("integrity"),
            test=pl.lit("same-manoeuvre"),
            method=pl.lit("same-manoeuvre@1"),
            statistic=pl.col("across_m"),
            unit=pl.lit("m"),
            applicable=pl.lit(value=True),
            verdict=pl.when(company).then(pl.lit("within-normal")).otherwise(pl.lit("tell")),
            innocent=pl.when(company)
            .then(pl.lit("two transponders on one hull, a tow or an escort"))
            .otherwise(pl.lit("the same data stored under two numbers")),
        ),
        detail=["lag_s", "anchors", "turns", "along_m", "apart_m", "innocent"],
    )
