"""When did the rate of calls change? Intervals between looks, with a probability, never a date.

The rate is constant but for a few jumps; how many, and when, is summed over exactly. Between looks
nothing is known, so that a change is placed between a look that still belongs to the old rate and
one that belongs to the new. Cloud, seasons of cloud and uneven looks are in the exposure of each
look and make no change; seasons of the *ships* do, unless they are given.
"""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from quaywatch.errors import ActivityInputError
from quaywatch.evidence.wording import counted
from quaywatch.sites.activity_changed import (
    DEFAULT,
    METHOD,
    ActivityChanges,
    ChangeRules,
    RateChange,
)
from quaywatch.sites.activity_ratio import Strata, ratio_posterior
from quaywatch.sites.activity_types import EPOCH, Period, days_of
from quaywatch.sites.exposure import Floats
from quaywatch.sites.look_gaps import LookGaps, dispersion
from quaywatch.sites.rate_segments import Segments

__all__ = [
    "DEFAULT",
    "METHOD",
    "ActivityChanges",
    "ChangeRules",
    "RateChange",
    "activity_changes",
    "chance_of_telling",
    "series",
]

LEAST_LOOKS: Final = 6
MOST_LOOKS: Final = 500
"""Looks in a row are taken together where there are more: work and memory grow with the square."""
NODES: Final = 7
"""Dwells that stand for all those held possible."""
MASS: Final = 0.9


def activity_changes(
    gaps: LookGaps,
    period: Period,
    *,
    season: Sequence[float] | None = None,
    rules: ChangeRules = DEFAULT,
) -> ActivityChanges:
    """Changes of a group's rate of calls within a period.

    Args:
        gaps: of the berths of the group, from ``look_gaps``.
        period: in which changes are sought.
        season: relative rate of each month of the year (12), from other years; None: even.
        rules: when a change is told.

    Bias: arrivals between changes are taken as Poisson, and where they scatter more, as in
    convoys, as so many fewer. Convoys weeks apart still make false changes more often; ships that
    keep a timetable less. A change of how long ships stay is no change
    of the rate, but can look like one: each change is tried again with a dwell before and another
    after it (``stays_could_explain``).

    Source:
        Exact sums over segmentations: Fearnhead (2006), doi:10.1007/s11222-006-8450-8. The prior of
        their number and place is as for stock (``imagery/change_points``): even in elapsed time.

    Raises:
        ActivityInputError: a season that is not twelve positive numbers.

    Examples:
        >>> from datetime import UTC
        >>> from quaywatch.sites.exposure import known_dwell
        >>> from quaywatch.sites.look_gaps import look_gaps
        >>> from quaywatch.sites.pattern import BerthRecord, Call
        >>> year = Period(*(datetime(y, 1, 1, tzinfo=UTC) for y in (2017, 2018)))
        >>> looks = days_of(year.start) + np.arange(0.0, 365.0, 2.5)
        >>> calls = tuple(Call(*looks[[n - 1, n, n, n + 1]]) for n in range(2, 90, 3))
        >>> gaps = look_gaps([BerthRecord(looks, calls)], known_dwell(2.0))
        >>> found = activity_changes(gaps, year)
        >>> [(c.after.month, c.before.month, c.p_fewer > 0.99) for c in found.changes]
        [(8, 9, True)]

    """
    looks = gaps.between(days_of(period.start), days_of(period.end)).instants()
    at, calls, exposure, weight = series(gaps, period, season)
    seen = float(weight @ calls.sum(axis=0))
    reason = None
    if len(at) < LEAST_LOOKS:
        reason = f"{counted(looks, 'usable look')}; {LEAST_LOOKS} are the least for a change."
    elif seen <= 0:
        reason = "No call was seen, so that no change of their rate can be."
    changes: tuple[RateChange, ...] = ()
    p_at_least: tuple[float, ...] = ()
    seasonal, scatter = False, 1.0
    if reason is None:
        scatter = dispersion(calls @ weight, exposure @ weight)
        calls, exposure = calls / scatter, exposure / scatter
        log_weight = np.log(np.maximum(weight, 1e-300))
        segments = Segments.of(at, calls, exposure, log_weight, rules.most)
        p_at_least = segments.at_least()
        told = sum(p >= rules.probability for p in p_at_least)
        own = gaps.between(days_of(period.start), days_of(period.end))
        changes = tuple(_change(segments, told, k, own, scatter) for k in range(told))
        if changes and season is None:
            likely = exposure * _season_seen(at, calls @ weight, exposure @ weight)[:, None]
            beside = Segments.of(at, calls, likely, log_weight, rules.most).at_least()
            seasonal = _months_once(at) or beside[0] < rules.probability
    return ActivityChanges(
        period, looks, seen, changes, p_at_least, scatter, season is not None, seasonal, rules,
        reason,
    )  # fmt: skip


def _month(at: Floats) -> NDArray[np.int64]:
    return np.array([(EPOCH + timedelta(days=t)).month for t in at.tolist()], np.int64)


def _months_once(at: Floats) -> bool:
    """Whether some month of the year with a look occurs in one year only."""
    whole = {(EPOCH + timedelta(days=t)).strftime("%Y-%m") for t in at.tolist()}
    names = [month[-2:] for month in whole]
    return any(names.count(name) < 2 for name in set(names))


def _season_seen(at: Floats, calls: Floats, exposure: Floats) -> Floats:
    """Relative rate of the month of each look, as all years together suggest it; shape (n,).

    Drawn to evenness by as many calls as would be chance anyway.
    """
    month = _month(at) - 1
    seen = np.bincount(month, calls, 12)
    expected = np.bincount(month, exposure, 12) * calls.sum() / exposure.sum()
    relative: Floats = (seen + 1.0) / (expected + 1.0)
    return relative[month]


def chance_of_telling(
    gaps: LookGaps,
    period: Period,
    rate_per_day: float,
    *,
    ratio: float,
    changed_at: datetime,
    season: Sequence[float] | None = None,
    rules: ChangeRules = DEFAULT,
    draws: int = 200,
) -> tuple[float, int]:
    """Chance that these looks would tell one change of the rate; ratio 1 gives false alarms.

    Counts are drawn anew over the exposure that the looks truly have, so that clouds, seasons of
    cloud and uneven looks are in it; the seed comes from the looks.

    Args:
        gaps: of the berths of the group.
        period: in which the change is sought.
        rate_per_day: before the change.
        ratio: after over before; 0 is a stop.
        changed_at: when.
        season: as for ``activity_changes``.
        rules: when a change is told.
        draws: how often.

    Returns:
        Share of draws in which a change is told, and the number of draws.

    Examples:
        >>> from datetime import UTC
        >>> from quaywatch.sites.exposure import known_dwell
        >>> from quaywatch.sites.look_gaps import look_gaps
        >>> from quaywatch.sites.pattern import BerthRecord
        >>> year = Period(*(datetime(y, 1, 1, tzinfo=UTC) for y in (2017, 2018)))
        >>> looks = days_of(year.start) + np.arange(0.0, 365.0, 4.0)
        >>> gaps = look_gaps([BerthRecord(looks, ())], known_dwell(2.0))
        >>> august = datetime(2017, 8, 1, tzinfo=UTC)
        >>> stops, _ = chance_of_telling(gaps, year, 0.2, ratio=0.0, changed_at=august, draws=40)
        >>> stops > 0.9
        True

    """
    at, _, exposure, weight = series(gaps, period, season)
    if len(at) < LEAST_LOOKS:
        return 0.0, 0
    before, change = np.concatenate([[-np.inf], at])[: len(at)], days_of(changed_at)
    # Of the time between looks in which the rate changes, the part after it counts at the new one.
    width = np.where(np.isfinite(before), at - before, 1.0)
    late = np.clip((at - change) / np.maximum(width, 1e-9), 0.0, 1.0)
    mean = rate_per_day * (exposure @ weight) * (1 - late + ratio * late)
    seed = zlib.crc32(at.tobytes() + mean.tobytes())
    drawn = np.random.default_rng(seed).poisson(mean, (draws, len(at)))
    log_weight = np.log(np.maximum(weight, 1e-300))
    told = 0
    for counts in drawn:
        scatter = dispersion(counts.astype(np.float64), exposure @ weight)
        calls = np.repeat(counts[:, None] / scatter, exposure.shape[1], axis=1)
        if counts.sum():
            told += (
                Segments.of(at, calls, exposure / scatter, log_weight, rules.most).at_least()[0]
                >= rules.probability
            )
    return told / draws, draws


def series(
    gaps: LookGaps, period: Period, season: Sequence[float] | None = None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Looks of a period as one series under a few dwells.

    Args:
        gaps: of the berths of the group.
        period: whose looks are taken.
        season: relative rate of each month of the year.

    Returns:
        Instants (n,), the last of each where several are taken together; calls first seen (n, g);
        exposure in days at the group's rate (n, g); weight of each dwell (g,), from what the
        patterns of the calls say of it.

    Raises:
        ActivityInputError: a season that is not twelve positive numbers.

    """
    own = gaps.between(days_of(period.start), days_of(period.end))
    at, where = np.unique(own.at, return_inverse=True)
    together = max(-(-len(at) // MOST_LOOKS), 1)
    where = where // together
    at = at[np.minimum(np.arange(len(at))[::together] + together, len(at)) - 1]
    berths = max(len(set(gaps.berth.tolist())), 1)
    calls = np.zeros((len(at), len(gaps.dwell)))
    exposure = np.zeros_like(calls)
    np.add.at(calls, where, own.calls)
    # Berths share the group's calls evenly; one that no look shows there counts as not covered.
    np.add.at(exposure, where, own.exposure / berths)
    if season is not None:
        relative = np.asarray(season, np.float64)
        if relative.shape != (12,) or not (np.isfinite(relative).all() and (relative > 0).all()):
            raise ActivityInputError(fact="a season is not twelve positive numbers")
        relative = relative / relative.mean()
        exposure *= relative[_month(at) - 1][:, None]
    whole, days = calls.sum(axis=0), np.maximum(exposure.sum(axis=0), 1e-12)
    log = gaps.dwell.log_weight + own.log_pattern.sum(axis=0)
    log = log + special.gammaln(whole + 0.5) - (whole + 0.5) * np.log(days)
    share = _nodes(days, np.exp(log - special.logsumexp(log)))
    mass = share.sum(axis=0)
    return at, calls @ (share / mass), exposure @ (share / mass), mass


def _nodes(days: Floats, weight: Floats) -> Floats:
    """Shape (G, g): dwells that cover about as much gathered into a few."""
    order = np.argsort(days, kind="stable")
    middle = np.cumsum(weight[order]) - weight[order] / 2
    node: NDArray[np.int64] = np.minimum((middle * NODES).astype(np.int64), NODES - 1)
    kept = [k for k in range(NODES) if float(weight[order[node == k]].sum()) > 1e-9]
    share = np.zeros((len(order), len(kept)))
    for column, k in enumerate(kept):
        own = order[node == k]
        share[own, column] = weight[own]
    return share


def _change(
    segments: Segments, count: int, which: int, gaps: LookGaps, scatter: float
) -> RateChange:
    """One of so many changes, with its interval."""
    place = segments.place(count, which)
    at, total = segments.at, np.cumsum(place)
    low = int(np.searchsorted(total, (1 - MASS) / 2))
    high = min(int(np.searchsorted(total, (1 + MASS) / 2)), len(at) - 1)
    best = int(place.argmax())
    before, after, ratio, p_fewer = segments.rates(count, which, MASS)
    return RateChange(
        after=_when(at[max(low - 1, 0)]),
        before=_when(at[min(high + 1, len(at) - 1)]),
        likeliest_after=_when(at[max(best - 1, 0)]),
        likeliest_before=_when(at[min(best + 1, len(at) - 1)]),
        mass=MASS,
        rate_before=before,
        rate_after=after,
        ratio=ratio,
        p_fewer=p_fewer,
        stays_could_explain=_stays_explain(segments, count, which, gaps, scatter),
    )


def _stays_explain(
    segments: Segments, count: int, which: int, gaps: LookGaps, scatter: float
) -> bool:
    """Whether no direction is left at the likeliest place, if each side may have its own dwell."""
    at = [float(segments.at[int(segments.place(count, k).argmax())]) for k in range(count)]
    ends = [-np.inf, *at, np.inf]
    sides = [gaps.between(a, b) for a, b in pairwise(ends[which : which + 3])]
    strata = []
    for side in sides:
        calls, exposure = side.group()
        if not len(side) or float(exposure.min()) <= 0.0:
            return True
        pattern = side.log_pattern.sum(axis=0)
        strata.append(Strata(calls[None], exposure[None], pattern, gaps.dwell.log_weight))
    found = ratio_posterior(strata[0], strata[1], dispersion=scatter)
    return found is None or not abs(found.below(1.0) - 0.5) >= MASS / 2


def _when(days: float) -> datetime:
    return EPOCH + timedelta(days=float(days))
