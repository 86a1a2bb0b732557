"""How much of the time berths were occupied, and how many ships came, by chains seen in looks.

A two-state chain per berth says how much of the time it was occupied; one on *all occupied or not*
says how much of the time none was free. With ships told apart, a chain with phased stays also says
rate, dwell and calls where a berth is seldom free or looks err: see ``berth_chain``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from scipy import special, stats

from quaywatch.sites.activity_types import Detection, Stay, days_of
from quaywatch.sites.berth_chain import ChainFit, ChainLooks, fit_chain
from quaywatch.sites.exposure import DwellGrid, Family, Floats, covered_exposure
from quaywatch.sites.look_calendar import Glance
from quaywatch.sites.posterior import Posterior

SHARES: Final = (np.arange(24) + 0.5) / 24
"""Long-run shares of time occupied that are held possible, evenly before the looks."""
SPELLS_DAYS: Final = np.geomspace(0.4, 60.0, 10)
"""Mean lengths of an occupied spell that are held possible, evenly on a logarithmic scale."""
PHASES: Final = (1, 2, 3, 6)
"""Phases of a stay: standard deviations of its logarithm 1.28, 0.80, 0.63 and 0.43."""
MEDIANS: Final = 17
WIDER: Final = 1.3
"""Factor on the variance of a share of time: berths fill together and stays are not exponential,
so that the chains alone are too sure. Set on simulated berths, not on those it is scored on."""
CERTAINLY_FREE: Final = 0.2
"""Chance of being occupied below which one berth tells that not all are."""
LINK_ERROR: Final = 0.05
"""Chance that two looks in a row are linked wrongly, once looks may err."""


@dataclass(frozen=True)
class Share:
    """A share of the period, as a Beta distribution with that mean and variance."""

    mean: float
    variance: float

    def quantile(self, p: Sequence[float]) -> Floats:
        """Quantiles, in 0 to 1."""
        least = min(max(self.mean, 1e-9), 1 - 1e-9)
        spread = max(least * (1 - least) / max(self.variance, 1e-12) - 1, 1e-3)
        found: Floats = stats.beta.ppf(p, least * spread, (1 - least) * spread)
        return found


def berth_looks(
    passes: Sequence[Glance],
    berth: str,
    stays: Sequence[Stay] | None,
    detection: Detection | None = None,
) -> ChainLooks:
    """What passes say of one berth, as a chain takes it.

    Args:
        passes: of the group.
        berth: which.
        stays: the ships in them; None: they were not told apart.
        detection: how often looks err; else the looks' own chances are used if they have any.

    Returns:
        Chances of what each look says, up to a factor per look. A calibrated chance p already holds
        how often berths are occupied; that share (the mean of p at this berth) is divided out, so
        that it does not count twice.

    """
    own = [g for g in passes if berth in g.states]
    at = np.array([days_of(g.at) for g in own], dtype=np.float64)
    busy = np.array([g.states[berth] == "occupied" for g in own], dtype=bool)
    if detection is not None:
        occupied = np.where(busy, detection.p_detect, 1 - detection.p_detect)
        free = np.where(busy, detection.p_false, 1 - detection.p_false)
    else:
        chance = chances(own, berth)
        share = min(max(float(chance.mean()), 0.05), 0.95) if len(chance) else 0.5
        total = chance / share + (1 - chance) / (1 - share)
        occupied = chance / share / total
        free = 1 - occupied
    sure = detection is None and not any(0 < g.chances.get(berth, 1.0) < 1 for g in own)
    same, other = _links(at, busy, berth, stays, 0.0 if sure else LINK_ERROR)
    return ChainLooks(at, occupied[None], free[None], same[None], other[None])


def chances(passes: Sequence[Glance], berth: str) -> Floats:
    """Calibrated chance of every pass that the berth was occupied: 0 or 1 where none is given."""
    told = [g.chances.get(berth, float(g.states[berth] == "occupied")) for g in passes]
    return np.array(told, dtype=np.float64)


def misread(
    passes: Sequence[Glance], berths: Sequence[str], detection: Detection | None = None
) -> float:
    """Looks at berths that are expected to say the wrong thing.

    Args:
        passes: of the group, of the time that matters.
        berths: of the group.
        detection: how often looks err; else what their own chances say.

    """
    wrong = 0.0
    for berth in berths:
        told = chances([g for g in passes if berth in g.states], berth)
        if detection is None:
            wrong += float(np.minimum(told, 1 - told).sum())
        else:
            busy = float((told > 0.5).sum())
            wrong += busy * (1 - detection.p_detect) + (len(told) - busy) * detection.p_false
    return wrong


def _links(
    at: Floats, busy: np.ndarray, berth: str, stays: Sequence[Stay] | None, error: float
) -> tuple[Floats, Floats]:
    """Weights of every two looks in a row, were it one ship, and were it not."""
    same, other = np.ones(max(len(at) - 1, 0)), np.ones(max(len(at) - 1, 0))
    if stays is None:
        return same, other
    spans = [
        (days_of(s.arrival_before) - 1e-6, days_of(s.departure_after) + 1e-6, s.p_same_as_next)
        for s in sorted(stays, key=lambda s: s.arrival_before)
        if s.berth == berth
    ]
    for n, (a, b) in enumerate(pairwise(at)):
        if not (busy[n] and busy[n + 1]):
            continue
        if any(low <= a and b <= high for low, high, _ in spans):
            same[n], other[n] = 1 - error, error
        else:
            doubt = max((p for _, high, p in spans if abs(high - a) < 1e-3), default=0.0)
            same[n], other[n] = max(doubt, error), 1 - max(doubt, error)
    return same, other


def occupied_share(looks: Sequence[ChainLooks], start: float, end: float) -> Share | None:
    """Mean share of the period that berths were occupied.

    Args:
        looks: of each berth.
        start: of the period, days.
        end: of the period, days.

    Returns:
        None if no look at any of them falls in the period.

    Examples:
        >>> one = np.ones((1, 9))
        >>> looks = ChainLooks(np.arange(10.0), np.ones((1, 10)), np.zeros((1, 10)), one, one)
        >>> found = occupied_share([looks], 0.0, 9.0)
        >>> found is not None and found.mean > 0.9
        True

    """
    told = [k for k in looks if ((k.at >= start) & (k.at < end)).any()]
    if not told:
        return None
    share, spell = (a.ravel() for a in np.meshgrid(SHARES, SPELLS_DAYS, indexing="ij"))
    mean = variance = 0.0
    for own in together(told):
        ones = np.ones_like(own.if_same)
        untold = replace(own, if_same=ones, if_other=ones)
        fit = fit_chain(untold, start, end, share=share, mean_days=spell, phases=1)
        log = fit.log_likelihood
        weight = np.exp(log - special.logsumexp(log, axis=0))
        days = (weight * fit.days_mean).sum(axis=0)
        mean += float(days.sum())
        variance += float((weight * (fit.days_variance + (fit.days_mean - days) ** 2)).sum())
    length = len(told) * (end - start)
    return Share(mean / length, WIDER * variance / length**2)


def all_full_looks(looks: Sequence[ChainLooks]) -> ChainLooks:
    """Instants that tell whether every berth was occupied: one free berth seen tells it is not.

    Args:
        looks: of every berth.

    """
    told: dict[float, list[float]] = {}
    for own in looks:
        total = own.given_occupied[0] + own.given_free[0]
        for t, p in zip(own.at, own.given_occupied[0] / np.maximum(total, 1e-12), strict=True):
            told.setdefault(float(t), []).append(float(p))
    kept = {
        t: math.prod(p)
        for t, p in sorted(told.items())
        if len(p) == len(looks) or min(p) < CERTAINLY_FREE
    }
    full = np.array([list(kept.values())], dtype=np.float64)
    one = np.ones((1, max(len(kept) - 1, 0)))
    return ChainLooks(np.array(list(kept), dtype=np.float64), full, 1 - full, one, one)


def chain_posterior(
    looks: Sequence[ChainLooks], start: float, end: float, dwell: DwellGrid, *, seen: int
) -> Posterior | None:
    """Rate, dwell and calls of berths that hold one ship each.

    Args:
        looks: of each berth.
        start: of the period, days.
        end: of the period, days.
        dwell: dwells held possible; taken over by mean and regularity.
        seen: calls that certainly were made in the period.

    Returns:
        None if no look at any of them falls in or about the period.

    Bias:
        A ship comes at an even rate to a free berth. Where ships queue, they come to a berth that
        has just been left more often than that; the looks then give more occupied time, and so a
        higher rate when free. The calls are bounded by the dwell, as they should be.

    """
    told = [k for k in looks if len(k.at) and k.at[-1] > start and k.at[0] < end]
    if not told:
        return None
    grid = chain_grid(dwell)
    fits = [fit_grid(own, start, end, grid) for own in together(told)]
    covered = [
        np.repeat(
            covered_exposure(k.at, start, end, grid).inside_days[:, None], len(k.given_free), 1
        )
        for k in together(told)
    ]
    return joined(fits, np.concatenate(covered, axis=1).mean(axis=1), grid, end - start, seen=seen)


def joined(
    fits: Sequence[ChainFit], covered_days: Floats, grid: DwellGrid, days: float, *, seen: int
) -> Posterior:
    """The posterior of berths whose shares of time are independent and whose dwells are alike.

    Args:
        fits: fields of shape (shares, G, B), of ``fit_grid``.
        covered_days: shape (G,), of a berth.
        grid: the dwells.
        days: length of the period.
        seen: calls that certainly were made in it.

    """
    berths = [ChainFit(*(getattr(f, n)[..., b] for n in _FIELDS)) for f in fits
              for b in range(f.log_likelihood.shape[-1])]  # fmt: skip
    log = _summed([f.log_likelihood for f in berths])
    steps = np.arange(len(log)) + len(berths) / 2
    rate = (steps / len(SHARES))[:, None] / grid.mean_days
    found = Posterior(grid, rate, log, days, np.ones(1), covered_days)
    return replace(found, calls_pmf=_calls(berths, found.dwell_weight, seen))


def together(looks: Sequence[ChainLooks]) -> list[ChainLooks]:
    """Berths of the same calendar as one, so that each transition is worked out once."""
    held: dict[bytes, list[ChainLooks]] = {}
    for own in looks:
        held.setdefault(own.at.tobytes(), []).append(own)
    return [
        ChainLooks(
            same[0].at,
            *(
                np.concatenate([getattr(k, name) for k in same])
                for name in ("given_occupied", "given_free", "if_same", "if_other")
            ),
        )
        for same in held.values()
    ]


def chain_grid(dwell: DwellGrid) -> DwellGrid:
    """The dwells of ``dwell`` as phased stays: same means, nearest spread of the logarithm."""
    weights = np.exp(dwell.log_weight)
    log_mean = np.log(dwell.mean_days)
    centre = float(weights @ log_mean)
    spread = max(float(np.sqrt(weights @ (log_mean - centre) ** 2)), 1e-3)
    steps = np.linspace(-3.0, 3.0, MEDIANS if spread > 0.02 else 3)
    share = dict.fromkeys(PHASES, 0.0)
    for number, family in enumerate(dwell.families):
        log_sd = family.spread
        if family.kind == "gamma":
            log_sd = math.sqrt(special.polygamma(1, family.spread))
        nearest = min(PHASES, key=lambda k: abs(math.sqrt(special.polygamma(1, k)) - log_sd))
        share[nearest] += float(weights[dwell.family_of == number].sum())
    phases = [k for k in PHASES if share[k] > 1e-6]
    families = tuple(Family("gamma", float(k)) for k in phases)
    log = np.log([share[k] for k in phases])[:, None] - steps**2 / 2
    means = np.exp(centre + spread * steps)
    return DwellGrid(
        families=families,
        family_of=np.repeat(np.arange(len(phases)), len(steps)),
        median_days=np.concatenate([means / f.mean for f in families]),
        log_weight=(log - special.logsumexp(log)).ravel(),
    )


def fit_grid(own: ChainLooks, start: float, end: float, grid: DwellGrid) -> ChainFit:
    """Fits of berths of one calendar at every share and dwell; fields of shape (shares, G, B)."""
    parts = []
    for number, family in enumerate(grid.families):
        means = grid.mean_days[grid.family_of == number]
        share, mean = (a.ravel() for a in np.meshgrid(SHARES, means, indexing="ij"))
        fit = fit_chain(own, start, end, share=share, mean_days=mean, phases=int(family.spread))
        parts.append([getattr(fit, f).reshape(len(SHARES), len(means), -1) for f in _FIELDS])
    return ChainFit(*(np.concatenate(p, axis=1) for p in zip(*parts, strict=True)))


_FIELDS: Final = (
    "log_likelihood",
    "calls_mean",
    "calls_variance",
    "days_mean",
    "days_variance",
)


def _summed(logs: Sequence[Floats]) -> Floats:
    """Log-likelihood of the sum of the berths' shares, each on ``SHARES``; shape (R, G)."""
    total = logs[0]
    for log in logs[1:]:
        top_a, top_b = total.max(axis=0), log.max(axis=0)
        a, b = np.exp(total - top_a), np.exp(log - top_b)
        joined = np.zeros((len(a) + len(b) - 1, a.shape[1]))
        for n, row in enumerate(b):
            joined[n : n + len(a)] += a * row
        total = np.log(np.maximum(joined, 1e-300)) + top_a + top_b
    return total


def _calls(fits: Sequence[ChainFit], dwell_weight: Floats, seen: int) -> Floats:
    """Chances of 0, 1, 2 … calls: per dwell by mean and variance, above those seen."""
    mean, variance = np.zeros(len(dwell_weight)), np.zeros(len(dwell_weight))
    for fit in fits:
        weight = np.exp(fit.log_likelihood - special.logsumexp(fit.log_likelihood, axis=0))
        own = (weight * fit.calls_mean).sum(axis=0)
        mean += own
        variance += (weight * (fit.calls_variance + (fit.calls_mean - own) ** 2)).sum(axis=0)
    extra = np.maximum(mean - seen, 1e-3) + 0.5
    spread = np.maximum(variance, 1e-3) + 1 / 12
    edges = np.arange(int((extra + 8 * np.sqrt(spread)).max()) + 3)
    below = special.gammainc(extra**2 / spread, edges[:, None] * extra / spread)
    pmf: Floats = np.concatenate([np.zeros(seen), np.diff(below, axis=0) @ dwell_weight])
    return pmf / float(pmf.sum())
