"""How busy a berth, a group of berths or a site was in a period, from uneven looks.

The one public entrance of the estimator. Unknown looks carry nothing: neither that a ship was there
nor that none was. What the looks cannot carry is None, with the reason.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from quaywatch.sites.activity_types import (
    METHOD,
    Activity,
    Detection,
    Interval,
    LookState,
    MonthLooks,
    Period,
    Quantity,
    Stay,
    days_of,
)
from quaywatch.sites.activity_words import sentences
from quaywatch.sites.berth_chain import ChainLooks
from quaywatch.sites.exposure import DwellGrid, covered_exposure, dwell_grid, known_dwell
from quaywatch.sites.look_calendar import (
    Glance,
    days_without,
    glances,
    longest_blind,
    months_of,
    stays_of,
    unlisted,
)
from quaywatch.sites.occupancy import (
    Share,
    all_full_looks,
    berth_looks,
    chain_posterior,
    misread,
    occupied_share,
)
from quaywatch.sites.pattern import BerthRecord, Call, pattern_posterior
from quaywatch.sites.posterior import MASSES, Posterior

__all__ = [
    "METHOD",
    "Activity",
    "Detection",
    "Interval",
    "LookState",
    "MonthLooks",
    "Period",
    "Quantity",
    "Stay",
    "berth_records",
    "estimate",
    "stays_of",
]

PATTERN: Final = "the looks in which each call was first and last seen give rate and dwell together"
SILENT: Final = "no look in the period could have shown an arrival"
BUSY: Final = 0.6
"""Share of its looks a berth is occupied in from which ships wait for one another."""
BUSY_UNPARTED: Final = 0.3
"""The same where ships in looks that follow one another were not told apart."""
ENOUGH: Final = 6
"""Looks at a berth from which that share counts."""
ERRS: Final = 0.05
"""Looks misread per call seen from which errors are modelled."""


def estimate(
    looks: Sequence[LookState],
    stays: Sequence[Stay] | None,
    period: Period,
    *,
    berths: Sequence[str] | None = None,
    dwell: DwellGrid | None = None,
    detection: Detection | None = None,
) -> Activity:
    """Activity of a group of berths over a period.

    Args:
        looks: of every berth, at best from well before the period to well after it; any order.
        stays: the ships in them; None: occupied looks in a row at one berth are one ship. So are
            those of which no stay is given.
        period: over which to say it.
        berths: of the group; default all that occur in the looks.
        dwell: dwells held possible before the looks; default ``dwell_grid()``.
        detection: how often a look errs; default what the looks' own chances say.

    Bias:
        Looks are taken as chosen without regard to what lay there, and arrivals as even over the
        period and over the hours of the day.

    Source:
        METHODS section 7.

    Examples:
        >>> from datetime import UTC, datetime, timedelta
        >>> june = Period(datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC))
        >>> on = [june.start + timedelta(days=d) for d in (4, 5, 19, 28)]
        >>> looks = [LookState(at, "a", "empty") for at in on]
        >>> found = estimate(looks, None, june)
        >>> found.calls_seen, found.usable, found.calls.interval(0.9).low
        (0, 4, 0.0)

    """
    dwell = dwell or dwell_grid()
    group = tuple(berths) if berths is not None else tuple(sorted({k.berth for k in looks}))
    own = [k for k in looks if k.berth in group and k.state != "not-applicable"]
    passes = glances(own)
    given = [s for s in stays or () if s.berth in group]
    lacking = unlisted(own, given)
    told = [*given, *lacking]
    start, end = days_of(period.start), days_of(period.end)
    records = berth_records(own, told, group)
    inside = [g for g in passes if period.start <= g.at < period.end]
    seen = _Seen(
        period=period,
        group=group,
        passes=passes,
        inside=inside,
        records=records,
        chains=[
            berth_looks(passes, b, None if stays is None else told, detection).about(start, end)
            for b in group
        ],
        counted=[c for r in records for c in r.calls if c.first > start and c.after < end],
        wrong=misread(inside, group, detection),
    )
    model, why = choose(
        records,
        seen.chains,
        calls=len(seen.counted),
        parted=stays is not None,
        wrong=seen.wrong,
    )
    posterior = _posterior(seen, model, dwell)
    if posterior is None:
        model, why = "none", SILENT
    untold = [b for b, c in zip(group, seen.chains, strict=True) if not c.at.size]
    found = _activity(seen, posterior, dwell, (model, why))
    return sentences(found, untold=untold, unlisted=0 if stays is None else len(lacking))


@dataclass(frozen=True)
class _Seen:
    """What looks show, made ready."""

    period: Period
    group: tuple[str, ...]
    passes: Sequence[Glance]
    inside: Sequence[Glance]
    """Those within the period."""
    records: Sequence[BerthRecord]
    chains: Sequence[ChainLooks]
    counted: Sequence[Call]
    """Calls that may have begun in the period."""
    wrong: float
    """Looks in the period that are expected to be misread."""

    @property
    def days(self) -> tuple[float, float]:
        """Start and end of the period."""
        return days_of(self.period.start), days_of(self.period.end)

    @property
    def maybe(self) -> int:
        """Counted calls that may have begun before or after the period."""
        start, end = self.days
        return sum(c.after < start or c.first > end for c in self.counted)


def _posterior(seen: _Seen, model: str, dwell: DwellGrid) -> Posterior | None:
    """Rate and dwell by the model chosen; None if no look in the period tells."""
    if not seen.counted and not any(g.states for g in seen.inside):
        return None
    if model == "berth-chain":
        certain = 0 if seen.wrong else len(seen.counted) - seen.maybe
        return chain_posterior(seen.chains, *seen.days, dwell, seen=certain)
    return pattern_posterior(seen.records, *seen.days, dwell)


def _activity(
    seen: _Seen, posterior: Posterior | None, dwell: DwellGrid, model: tuple[str, str]
) -> Activity:
    """Everything but the sentences."""
    period, inside, calls = seen.period, seen.inside, len(seen.counted)
    unusable = Counter(g.reason for g in inside if not g.states)
    figures = _figures(posterior, SILENT)
    return Activity(
        period=period,
        berths=seen.group,
        looks=len(inside),
        usable=sum(bool(g.states) for g in inside),
        usable_all=sum(len(g.states) == len(seen.group) for g in inside),
        unusable_reasons=dict(sorted(unusable.items())),
        days_without_look=days_without(seen.passes, period),
        longest_blind_days=longest_blind(seen.passes, period.start, period.end),
        months=months_of(seen.passes, len(seen.group), period),
        calls_seen=calls,
        calls_seen_maybe_outside=seen.maybe,
        naive_rate_per_day=calls / period.days,
        rate_per_day=figures["rate_per_day"],
        calls_expected=figures["calls_expected"],
        calls=figures["calls"],
        dwell_days=figures["dwell_days"],
        dwell_mean_days=figures["dwell_mean_days"],
        covered_days=figures["covered_days"],
        chance_call_seen=figures["chance_call_seen"],
        calls_not_excluded=_not_excluded(posterior, seen.records, calls, period, dwell),
        occupancy=_share(occupied_share(seen.chains, *seen.days)),
        all_full=_share(occupied_share([all_full_looks(seen.chains)], *seen.days)),
        looks_all_full=_all_full(inside, seen.group),
        model=model[0],
        why_model=model[1],
        unsaid=(),
        sentences=(),
        dwell_prior=dwell.to_json(),
        posterior=posterior,
    )


def berth_records(
    looks: Sequence[LookState], stays: Sequence[Stay], berths: Sequence[str]
) -> list[BerthRecord]:
    """Looks and stays of every berth as the estimator takes them: days since one origin.

    Args:
        looks: of all berths.
        stays: the ships in them.
        berths: whose records; one each, in that order.

    """
    passes = glances(looks)
    records = []
    for berth in berths:
        at = [days_of(g.at) for g in passes if berth in g.states]
        own = sorted((s for s in stays if s.berth == berth), key=lambda s: s.arrival_before)
        calls = tuple(
            Call(
                -math.inf if s.arrival_after is None else days_of(s.arrival_after),
                days_of(s.arrival_before),
                days_of(s.departure_after),
                math.inf if s.departure_before is None else days_of(s.departure_before),
            )
            for s in own
        )
        same = tuple(s.p_same_as_next for s in own[:-1])
        records.append(BerthRecord(np.array(at, dtype=np.float64), calls, same))
    return records


def choose(
    records: Sequence[BerthRecord],
    chains: Sequence[ChainLooks],
    *,
    calls: int,
    parted: bool,
    wrong: float,
) -> tuple[str, str]:
    """Which model the looks call for, and why.

    Args:
        records: of each berth.
        chains: looks at each berth in and about the period.
        calls: seen in the period.
        parted: ships in looks that follow one another were told apart.
        wrong: looks expected to be misread.

    """
    rafted = any(a.until > b.first for r in records for a, b in pairwise(r.calls))
    shares = [float(c.given_occupied.mean()) for c in chains if c.at.size >= ENOUGH]
    busiest = max(shares, default=0.0)
    if rafted:
        return "pattern", f"{PATTERN}; ships lie side by side or two at a quay"
    if wrong > max(ERRS * calls, 0.5):
        return "berth-chain", (
            f"about {wrong:.1f} looks are misread, for {calls} calls seen: a chain per berth that "
            "lets looks err"
        )
    if busiest > BUSY_UNPARTED and not parted:
        return "berth-chain", (
            f"a berth is occupied in {busiest:.0%} of its looks and its ships were not told apart: "
            "one that stays and two in a row look alike; a chain per berth holds both possible"
        )
    if busiest > BUSY:
        return "pattern", (
            f"{PATTERN}; a berth is occupied in {busiest:.0%} of its looks, so calls are bounded "
            "by how long ships stay, and ships that wait are not counted"
        )
    return "pattern", PATTERN


def quantity(unit: str, quantile: Callable[[Sequence[float]], Any], mean: float | None) -> Quantity:
    """A figure from its quantile function, with the intervals of ``MASSES``."""
    ends = quantile([0.5, *(p for m in MASSES for p in ((1 - m) / 2, (1 + m) / 2))])
    low, high = ends[1::2], ends[2::2]
    return Quantity(
        unit,
        float(ends[0]),
        mean,
        tuple(Interval(float(a), float(b), m) for a, b, m in zip(low, high, MASSES, strict=True)),
    )


def _unknown(unit: str, reason: str) -> Quantity:
    return Quantity(unit, None, None, (), reason)


def _share(found: Share | None) -> Quantity:
    """A share of time, or that no look tells."""
    if found is None:
        return _unknown("share", "no look in the period tells")
    return quantity("share", found.quantile, found.mean)


def _figures(posterior: Posterior | None, reason: str) -> dict[str, Quantity]:
    """What a posterior says, or why there is none."""
    units = {
        "rate_per_day": "calls/day",
        "calls_expected": "calls",
        "calls": "calls",
        "dwell_days": "days",
        "dwell_mean_days": "days",
        "covered_days": "days",
        "chance_call_seen": "share",
    }
    if posterior is None:
        return {name: _unknown(unit, reason) for name, unit in units.items()}
    weight, days = posterior.dwell_weight, posterior.days
    covered = float(weight @ posterior.covered_days)
    rate = posterior.rate_mean
    of: dict[str, tuple[Callable[[Sequence[float]], Any], float]] = {
        "rate_per_day": (posterior.rate_quantile, rate),
        "calls_expected": (posterior.calls_expected_quantile, rate * days),
        "calls": (posterior.calls_quantile, posterior.calls_mean),
        "dwell_days": (
            posterior.dwell_quantile,
            float(weight @ posterior.dwell.median_days),
        ),
        "dwell_mean_days": (
            lambda p: posterior.dwell_quantile(p, mean=True),
            float(weight @ posterior.dwell.mean_days),
        ),
        "covered_days": (posterior.covered_quantile, covered),
        "chance_call_seen": (
            lambda p: np.minimum(posterior.covered_quantile(p) / days, 1.0),
            covered / days,
        ),
    }
    return {name: quantity(units[name], *told) for name, told in of.items()}


def _not_excluded(
    posterior: Posterior | None,
    records: Sequence[BerthRecord],
    seen: int,
    period: Period,
    dwell: DwellGrid,
) -> float | None:
    """``3/W`` times length, METHODS section 7: dwell exponential, its mean the prior's middle."""
    if posterior is None or seen:
        return None
    middle = known_dwell(dwell.to_json()["median_days"])
    start, end = days_of(period.start), days_of(period.end)
    covered = [covered_exposure(r.looks, start, end, middle).inside_days for r in records]
    told = [w for w in (float(c @ np.exp(middle.log_weight)) for c in covered) if w > 0]
    least = min(told, default=0.0)
    return None if least <= 0 else -math.log(0.05) / least * period.days


def _all_full(inside: Sequence[Glance], group: Sequence[str]) -> tuple[int, int]:
    whole = [g for g in inside if group and len(g.states) == len(group)]
    return sum(all(s == "occupied" for s in g.states.values()) for g in whole), len(whole)
