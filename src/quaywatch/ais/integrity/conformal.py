"""How unusual a window is among those of other ships like it: conformal p-values.

Exchangeable are vessels, not windows: each other vessel counts once however many of its windows
are in the class, and a vessel is never its own reference. So p is never below 1 / (n + 1), with n
the number of other vessels, and n is stated beside it.

Source:
    Laxhammar & Falkman (2014), doi:10.1109/TPAMI.2013.172, for detectors; Vovk, Gammerman & Shafer
    (2005), Algorithmic Learning in a Random World, doi:10.1007/b106715, for validity.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled

FEWEST_VESSELS = 19
"""Other vessels without which nothing is said: with fewer, p could not reach 0.05."""
TAIL_SHARE = 0.15
"""Share of the reference from which the tail beyond its worst member is continued."""
LEAST_SCALE = 0.05
"""Of a tail, in units of the score: a class without spread is no licence to be sure."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unusual:
    """How unusual each of m windows is; NaN and 0 where there were too few others."""

    p: Floats
    """Shape (m,): share of others at least as extreme, themselves counted in."""
    n: NDArray[np.int64]
    """Shape (m,): vessels compared with."""
    surprise: Floats
    """Shape (m,): -ln p, continued past the worst other by an exponential tail: for ranking only,
    never for a claim."""


def conformal(
    score: Floats,
    mmsi: NDArray[np.uint32],
    band: NDArray[np.int64],
    *,
    reference: tuple[Floats, NDArray[np.uint32], NDArray[np.int64]] | None = None,
    fewest: int = FEWEST_VESSELS,
) -> Unusual:
    """Compare each window with those of other vessels in the same class.

    Args:
        score: shape (m,), larger is more suspicious; NaN where the test does not apply.
        mmsi: shape (m,).
        band: shape (m,), the reference class of each.
        reference: score, MMSI and class of the windows to compare with; None: these same.
        fewest: other vessels that a class must hold.

    Examples:
        >>> score = np.arange(40.0)
        >>> found = conformal(score, np.arange(40, dtype=np.uint32), np.zeros(40, np.int64))
        >>> float(found.p[39]), int(found.n[39]), float(found.p[0])
        (0.025, 39, 1.0)

    """
    known, known_mmsi, known_band = reference if reference is not None else (score, mmsi, band)
    out = Unusual(
        np.full(len(score), np.nan), np.zeros(len(score), np.int64), np.full(len(score), np.nan)
    )
    for one in np.unique(band[~np.isnan(score)]):
        asked = np.flatnonzero((band == one) & ~np.isnan(score))
        given = np.flatnonzero((known_band == one) & ~np.isnan(known))
        _class(score, mmsi, asked, known[given], known_mmsi[given], out, fewest)
    return out


def _class(
    score: Floats,
    mmsi: NDArray[np.uint32],
    asked: NDArray[np.int64],
    known: Floats,
    known_mmsi: NDArray[np.uint32],
    out: Unusual,
    fewest: int,
) -> None:
    """Fill ``out`` for one class."""
    vessels, vessel, windows = np.unique(known_mmsi, return_inverse=True, return_counts=True)
    place = np.minimum(np.searchsorted(vessels, mmsi[asked]), max(len(vessels) - 1, 0))
    own = vessels[place] == mmsi[asked] if len(vessels) else np.zeros(len(asked), np.bool_)
    others = len(vessels) - own
    kept = others >= fewest
    asked, place, own, others = asked[kept], place[kept], own[kept], others[kept]
    if not len(asked):
        return
    order = np.argsort(known, kind="stable")
    weight = (1.0 / windows[vessel])[order]
    above = np.concatenate((np.cumsum(weight[::-1])[::-1], [0.0]))
    at_least = above[np.searchsorted(known[order], score[asked], side="left")]
    by_vessel = np.lexsort((known, vessel))
    ends = np.cumsum(windows)
    at_least -= _own_share(
        score[asked], np.where(own, place, -1), known[by_vessel], ends - windows, ends
    )
    out.n[asked] = others
    out.p[asked] = np.minimum(1.0, (1.0 + np.maximum(0.0, at_least)) / (others + 1.0))
    worst = np.maximum.reduceat(known[by_vessel], ends - windows)
    out.surprise[asked] = -np.log(out.p[asked]) + _beyond(
        score[asked], np.where(own, place, -1), worst, known
    )


@compiled
def _own_share(
    score: Floats,
    place: NDArray[np.int64],
    known: Floats,
    first: NDArray[np.int64],
    end: NDArray[np.int64],
) -> Floats:
    """Share of a vessel's own windows that are at least as extreme; 0 where it has none."""
    out = np.zeros(len(score))
    for i in range(len(score)):
        v = place[i]
        if v < 0:
            continue
        for k in range(first[v], end[v]):
            out[i] += known[k] >= score[i]
        out[i] /= end[v] - first[v]
    return out


def _beyond(score: Floats, place: NDArray[np.int64], worst: Floats, known: Floats) -> Floats:
    """How far past the worst other vessel, in mean excesses of the tail of all."""
    most = int(np.argmax(worst))
    second = np.partition(worst, -2)[-2] if len(worst) > 1 else worst[most]
    limit = np.where(place == most, second, worst[most])
    start = float(np.quantile(known, 1 - TAIL_SHARE))
    tail = known[known > start]
    scale = float(np.mean(tail - start)) if len(tail) else 0.0
    scale = max(scale, LEAST_SCALE)
    beyond: Floats = np.maximum(0.0, score - limit) / scale
    return beyond


def bands(frame: pl.DataFrame, *names: str) -> NDArray[np.int64]:
    """One number a reference class: rows that agree in all the columns ``names``.

    Examples:
        >>> bands(pl.DataFrame({"a": [1, 1, 2], "b": [0, 0, 0]}), "a", "b").tolist()
        [0, 0, 1]

    """
    return frame.select(pl.struct(*names).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
