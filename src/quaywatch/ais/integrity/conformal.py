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

FEWEST_VESSELS = 19
"""Other vessels without which nothing is said: with fewer, p could not reach 0.05."""
TAIL_SHARE = 0.15
"""Share of the reference from which the tail beyond its worst member is continued."""

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
    _, vessel, windows = np.unique(known_mmsi, return_inverse=True, return_counts=True)
    order = np.argsort(known, kind="stable")
    value, weight = known[order], (1.0 / windows[vessel])[order]
    above = np.concatenate((np.cumsum(weight[::-1])[::-1], [0.0]))
    names = np.unique(known_mmsi)
    for i in asked:
        own = known_mmsi == mmsi[i]
        others = len(names) - int(own.any())
        if others < fewest:
            continue
        at_least = above[np.searchsorted(value, score[i], side="left")]
        if own.any():
            at_least -= float(np.mean(known[own] >= score[i]))
        out.n[i] = others
        out.p[i] = min(1.0, (1.0 + max(0.0, at_least)) / (others + 1.0))
        out.surprise[i] = -np.log(out.p[i]) + _beyond(score[i], known[~own])


def _beyond(score: float, others: Floats) -> float:
    """How far past the worst other, in mean excesses of the tail."""
    worst = float(others.max())
    if score <= worst:
        return 0.0
    start = float(np.quantile(others, 1 - TAIL_SHARE))
    tail = others[others > start]
    scale = float(np.mean(tail - start)) if len(tail) else 0.0
    floor = 0.02 * max(abs(worst), 1e-6)
    return float((score - worst) / max(scale, floor))


def bands(frame: pl.DataFrame, *names: str) -> NDArray[np.int64]:
    """One number a reference class: rows that agree in all the columns ``names``.

    Examples:
        >>> bands(pl.DataFrame({"a": [1, 1, 2], "b": [0, 0, 0]}), "a", "b").tolist()
        [0, 0, 1]

    """
    return frame.select(pl.struct(*names).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
