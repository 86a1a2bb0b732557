"""Transmission that is sparse beside peers, and sparse that turns regular.

A ship heard a fifth as often as others like her in the same cells may have a poor antenna, a
throttled or simulated feed, or sail through a shadow; so this is weak alone, and says only how far
from her peers she is. Both tests answer per chain of segments and give the worst window or split,
paid for by the number that was looked at.

Source:
    METHODS section 1, peer-relative sparsity.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import betainc, gammaln, ndtr

from quaywatch.ais.chains import Chains, chains_of
from quaywatch.ais.events import as_events
from quaywatch.ais.gaps import field_of, own_rows
from quaywatch.ais.reception import Reception
from quaywatch.ais.segments import Segmentation
from quaywatch.ais.sparsity_kernel import WINDOW, count_windows, find_changes
from quaywatch.ais.track import Floats, Indices, Tracks

METHOD: Final = "ais-sparsity@2"
_HOUR_US: Final = 3_600_000_000
_SHARES: Final = np.linspace(0.005, 0.295, 30)

SPARSE, CHANGE = "sparse", "reception-changed"
"""The second asks of reception what the battery's ``sparse-then-regular`` asks of intervals."""


@dataclass(frozen=True, slots=True)
class SparsityRules:
    """When sparsity is judged, and when it counts."""

    window_h: float = 6.0
    """Length of a window."""
    gap_h: float = 2.0
    """Longer silences are gaps, and judged as such."""
    reports: int = 20
    """Chains with fewer are not looked at."""
    due: float = 10.0
    """Messages that peers promise, below which nothing is said."""
    judged: float = 0.5
    """Share of the time that must be judged."""
    log_lr: float = math.log(100.0)
    p: float = 1e-3
    """Greatest p, after paying for the number of windows or splits, of a tell."""
    sparse_share: float = 0.3
    """Share of what peers promise below which a ship counts as sparse (METHODS: q up to 0.3)."""
    regular_share: float = 0.6
    """And from which as regular."""
    cap: float = math.log(1000.0)


def sparsity(
    tracks: Tracks,
    segmentation: Segmentation | None,
    reception: Reception,
    *,
    rules: SparsityRules | None = None,
) -> pl.DataFrame:
    """Two events of kind ``integrity`` for each chain of at least ``reports`` reports.

    ``sparse``: statistic, the share of what peers promise that was heard in her worst window;
    ``reception-changed``: the ratio of that share after the best split to before it. ``n``: the
    messages that it rests on; ``p`` is paid for the windows or splits that were looked at.

    Bias: shares are of what peers' rates promise, in cells of half a degree; a ship that keeps to a
    shadow inside a cell looks sparse. The share of blind passages there is allowed for.

    Args:
        tracks: the reports of a bucket.
        segmentation: of the same; None: each MMSI one ship.
        reception: of all buckets.
        rules: thresholds.

    """
    used = rules or SparsityRules()
    chains = chains_of(tracks, segmentation)
    where, windows = windows_of(tracks, chains, reception, used)
    k = _shapes(windows, reception.spread.k_between)
    parts = [
        _sparse(tracks, chains, where, windows, k, used),
        _changes(tracks, chains, where, windows, used),
    ]
    detail = ["heard", "due", "share", "windows", "window_h", "judged_share", "share_before",
              "share_after", "change_at", "due_before", "due_after"]  # fmt: skip
    whole = pl.concat(parts, how="diagonal_relaxed").with_columns(
        kind=pl.lit("integrity"), method=pl.lit(METHOD), window_h=pl.lit(used.window_h)
    )
    segment = np.zeros(len(tracks), np.int32) if segmentation is None else segmentation.segment
    ends = whole.with_columns(
        segment=pl.Series(segment[whole["first"].to_numpy()].astype(np.uint32))
    )
    return as_events(ends, detail=detail)


def windows_of(
    tracks: Tracks, chains: Chains, reception: Reception, rules: SparsityRules
) -> tuple[Indices, Floats]:
    """Windows as ``count_windows`` writes them: chain, first and last report; ``WINDOW``."""
    lengths = np.diff(chains.starts)
    window_us = round(rules.window_h * _HOUR_US)
    spans = [0]
    if len(chains):
        first, last = chains.order[chains.starts[:-1]], chains.order[chains.starts[1:] - 1]
        spans = ((tracks.at_us[last] - tracks.at_us[first]) // window_us + 2).tolist()
    room = int(np.minimum(spans, lengths + 1).sum()) if len(chains) else 1
    where, out = np.empty((room, 3), np.int64), np.empty((room, len(WINDOW)))
    made = count_windows(
        field_of(reception), chains.order, chains.starts, tracks.at_us, tracks.lon, tracks.lat,
        tracks.sog_kn, tracks.nav_status, tracks.transponder,
        own_rows(reception, tracks.vessels[chains.vessel]), reception.peers.place,
        reception.peers.own, round(rules.gap_h * _HOUR_US), window_us, rules.reports, where, out,
    )  # fmt: skip
    return where[:made], out[:made]


def _shapes(windows: Floats, k_between: float) -> Floats:
    """Shape of the gamma law of each window: of ships and of passages together."""
    due = np.maximum(windows[:, 1], 1e-9)
    shapes: Floats = 1.0 / (windows[:, 2] / due + 1.0 / k_between)
    return np.where(windows[:, 1] > 0.0, shapes, 1.0)


def negative_binomial_log(n: Floats, mu: Floats, k: Floats) -> Floats:
    """Log probability of ``n`` messages where ``mu`` were due, with gamma scatter of shape ``k``.

    Examples:
        >>> n, mu, k = np.array([0.0]), np.array([10.0]), np.array([5.0])
        >>> float(negative_binomial_log(n, mu, k).round(3)[0])
        -5.493

    """
    log: Floats = (
        gammaln(n + k) - gammaln(k) - gammaln(n + 1.0)
        + k * np.log(k / (k + mu)) + n * np.log(mu / (k + mu))
    )  # fmt: skip
    return log


def at_most(n: Floats, mu: Floats, k: Floats) -> Floats:
    """Probability of at most ``n`` messages where ``mu`` were due.

    Examples:
        >>> float(at_most(np.array([3.0]), np.array([60.0]), np.array([5.0])).round(5)[0])
        0.00012

    """
    p: Floats = betainc(k, n + 1.0, k / (k + mu))
    return p


def sparse_ratio(n: Floats, mu: Floats, k: Floats, blind: Floats) -> Floats:
    """Log likelihood ratio of "sends or is let through at most 0.3 of it" against "like her peers".

    Under the second some passages are blind, of which ``blind`` is the share.
    """
    sparse = np.exp(
        negative_binomial_log(n[:, None], mu[:, None] * _SHARES[None, :], k[:, None])
    ).mean(axis=1)
    # A blind passage is one in which nothing is heard; a few messages are no blind passage.
    none = np.where(n == 0.0, blind, 0.0)
    like = (1.0 - none) * np.exp(negative_binomial_log(n, mu, k)) + none * sparse
    ratio: Floats = np.log(np.maximum(sparse, 1e-300)) - np.log(np.maximum(like, 1e-300))
    return ratio


def _sparse(
    tracks: Tracks,
    chains: Chains,
    where: Indices,
    windows: Floats,
    k: Floats,
    rules: SparsityRules,
) -> pl.DataFrame:
    n, mu = windows[:, 0], np.maximum(windows[:, 1], 1e-9)
    blind = np.clip(windows[:, 5] / mu, 0.0, 1.0)
    none = np.where(n == 0.0, blind, 0.0)
    p = none + (1.0 - none) * at_most(n, mu, k)
    able = (windows[:, 1] >= rules.due) & (windows[:, 3] >= rules.judged * windows[:, 4])
    table = pl.DataFrame(
        {"chain": where[:, 0], "first": where[:, 1], "last": where[:, 2], "heard": n, "due": mu,
         "judged_h": windows[:, 3], "hours": windows[:, 4], "one_p": np.where(able, p, 2.0),
         "able": able, "log_lr": np.clip(sparse_ratio(n, mu, k, blind), -rules.cap, rules.cap)}
    ).with_columns(
        windows=pl.col("able").sum().over("chain"), most_due=pl.col("due").max().over("chain"),
        most_judged=(pl.col("judged_h") / pl.col("hours")).max().over("chain"),
    )  # fmt: skip
    worst = table.sort("chain", "one_p", "first").unique("chain", keep="first").sort("chain")
    applicable = pl.col("windows") > 0
    p_all = (pl.col("one_p") * pl.col("windows")).clip(0.0, 1.0)
    share = pl.col("heard") / pl.col("due")
    tell = (pl.col("log_lr") >= rules.log_lr) & (p_all <= rules.p) & (share <= rules.sparse_share)
    shown = worst.with_columns(
        applicable=applicable, share=share, statistic=share, p=p_all, n=pl.col("heard"),
        judged_share=pl.col("judged_h") / pl.col("hours"),
        verdict=pl.when(tell).then(pl.lit("tell")).otherwise(pl.lit("within-normal")),
        reason=pl.when(~applicable).then(
            pl.when(pl.col("most_judged") < rules.judged)
            .then(pl.lit("Fewer than 5 peers where this ship was; reception cannot be judged."))
            .otherwise(pl.lit("Too few messages were to be expected in any window."))
        ),
    )  # fmt: skip
    return _placed(shown, tracks, chains, test=SPARSE, unit="share of messages due")


def _changes(
    tracks: Tracks, chains: Chains, where: Indices, windows: Floats, rules: SparsityRules
) -> pl.DataFrame:
    useful = (windows[:, 1] > 0.0) & (windows[:, 3] >= rules.judged * windows[:, 4])
    some, kept = where[useful], windows[useful]
    out = np.empty((len(np.unique(some[:, 0])), 8))
    made = find_changes(np.ascontiguousarray(some[:, 0]), kept, rules.due, out)
    out = out[:made]
    first, split, end = (out[:, c].astype(np.int64) for c in range(3))
    looked = np.maximum(end - first - 1, 1)
    with np.errstate(invalid="ignore"):
        before, after = out[:, 3] / out[:, 4], out[:, 5] / out[:, 6]
        p = np.minimum(ndtr(-out[:, 7]) * looked, 1.0)
    at = some[np.minimum(split, len(some) - 1), 1] if len(some) else split
    applicable = ~np.isnan(out[:, 7])
    tell = (p <= rules.p) & (before <= rules.sparse_share) & (after >= rules.regular_share)
    table = pl.DataFrame(
        {"chain": some[first, 0], "first": some[first, 1], "last": some[end - 1, 2],
         "applicable": applicable, "share_before": before, "share_after": after,
         "due_before": out[:, 4], "due_after": out[:, 6], "statistic": after / before, "p": p,
         "n": np.where(applicable, out[:, 3] + out[:, 5], np.nan),
         "windows": end - first, "tell": tell,
         "change_at": pl.Series(tracks.at_us[at] if len(at) else at)
         .cast(pl.Datetime("us", "UTC")).dt.to_string("iso:strict")}
    )  # fmt: skip
    shown = table.with_columns(
        verdict=pl.when("tell").then(pl.lit("tell")).otherwise(pl.lit("within-normal")),
        reason=pl.when(~pl.col("applicable")).then(
            pl.lit("Too few messages were to be expected before or after any moment.")
        ),
    )
    return _placed(shown, tracks, chains, test=CHANGE, unit="ratio of shares, after to before")


def _placed(
    table: pl.DataFrame, tracks: Tracks, chains: Chains, *, test: str, unit: str
) -> pl.DataFrame:
    first, last = table["first"].to_numpy(), table["last"].to_numpy()
    stamp = pl.Datetime("us", "UTC")
    unknown = ~pl.col("applicable")
    numbers = [c for c in ("statistic", "p", "log_lr", "n", "verdict") if c in table.columns]
    infinite = pl.col("statistic").is_infinite() | pl.col("statistic").is_nan()
    return table.with_columns(
        pl.when(infinite).then(None).otherwise(pl.col("statistic")).alias("statistic"),
    ).with_columns(
        *(pl.when(unknown).then(None).otherwise(pl.col(c).fill_nan(None) if c != "verdict" else c)
          .alias(c) for c in numbers),
        test=pl.lit(test),
        unit=pl.lit(unit),
        mmsi=pl.Series(_mmsi(tracks, chains, table["chain"].to_numpy())),
        start=pl.Series(tracks.at_us[first]).cast(stamp),
        end=pl.Series(tracks.at_us[last]).cast(stamp),
        lon=pl.Series(tracks.lon[first]),
        lat=pl.Series(tracks.lat[first]),
        end_lon=pl.Series(tracks.lon[last]),
        end_lat=pl.Series(tracks.lat[last]),
    )  # fmt: skip


def _mmsi(tracks: Tracks, chains: Chains, chain: Indices) -> NDArray[np.uint32]:
    numbers: NDArray[np.uint32] = tracks.vessels[chains.vessel[chain]]
    return numbers
