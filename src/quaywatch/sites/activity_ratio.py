"""How one rate compares with another: the posterior of their ratio, month by month of the year.

In each month that both periods have, activity has a level of its own that nobody knows; only the
ratio is common. Given how many calls both periods show in that month, how many of them fall to the
later is binomial, with the ratio and the two exposures and nothing else: the season cancels, and so
does cloud that goes with it. With one month, or none told apart, this is the F law of METHODS.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special, stats

from quaywatch.sites.exposure import Floats

RATIOS: Final = np.exp(np.linspace(np.log(1e-6), np.log(1e6), 1201))
"""Ratios that are summed over; 2.3 % from one to the next."""
NODES: Final = 14
"""Dwells per period where each has its own."""
SCATTER_P: Final = 0.05
"""Below it, months disagree by more than chance, and the interval is widened by as much."""


@dataclass(frozen=True)
class Strata:
    """One period's evidence, month by month (axis M), under each dwell (axis G)."""

    calls: Floats
    """Shape (M, G)."""
    exposure: Floats
    """Shape (M, G), days, all above 0."""
    log_pattern: Floats
    """Shape (G,)."""
    log_prior: Floats
    """Shape (G,): of the dwells."""


@dataclass(frozen=True)
class RatioPosterior:
    """What is believed of later over earlier."""

    chance: Floats
    """Of each of ``RATIOS``; sums to 1."""
    scatter: float
    """Pearson's sum over its degrees of freedom: how far months disagree; 1 is chance."""
    scatter_p: float | None
    """How often chance alone would disagree as much; None: there is one month."""
    widened: float
    """By how much evidence counts as less than that of ships that come by chance; 1: it does not.
    """
    p_same_dwell: float
    """That both periods have one dwell."""

    def quantile(self, p: float) -> float:
        """Ratio that the true one is below with chance ``p``."""
        total = np.cumsum(self.chance) - self.chance / 2
        return float(np.exp(np.interp(p, total, np.log(RATIOS))))

    def below(self, ratio: float) -> float:
        """Chance that the ratio is below ``ratio``; 1 asks for a decline."""
        total = np.cumsum(self.chance) - self.chance / 2
        found = np.interp(np.log(ratio), np.log(RATIOS), total, left=0.0, right=1.0)
        return float(found)


def ratio_posterior(
    earlier: Strata, later: Strata, *, shared: bool | None = None, dispersion: float = 1.0
) -> RatioPosterior | None:
    """Posterior of later over earlier rate from the same months of two periods.

    The prior of the ratio is that of Jeffreys for these binomials; of one month it gives
    ``(N2+½)/W2 ÷ (N1+½)/W1 × F(2N2+1, 2N1+1)`` exactly.

    Args:
        earlier: evidence of the earlier period.
        later: of the later one; the same months in the same order, the same dwells.
        shared: True takes one dwell for both periods, learnt from both; False one for each. None
            leaves it to the looks: even odds beforehand. Ships that begin to stay longer are seen
            more often, and under one shared dwell that would pass for more ships.
        dispersion: how much more calls vary from look to look than by chance (``look_gaps``).

    Returns:
        None if neither period shows a call in these months.

    Source:
        METHODS section 7; conditioning as in Przyborowski and Wilenski (1940),
        doi:10.1093/biomet/31.3-4.313.

    Examples:
        >>> one = Strata(np.full((1, 1), 16.0), np.full((1, 1), 160.0), np.zeros(1), np.zeros(1))
        >>> two = Strata(np.full((1, 1), 6.0), np.full((1, 1), 160.0), np.zeros(1), np.zeros(1))
        >>> found = ratio_posterior(one, two)
        >>> round(found.quantile(0.05), 2), round(found.below(1.0), 3)
        (0.17, 0.985)

    """
    first, second = _under(earlier, later, shared=shared)
    both = first.calls + second.calls
    if float(both.max(initial=0.0)) <= 0.0:
        return None
    widened = max(dispersion, 1.0)
    log = _log_weights(first, second, both, temper=1 / widened)
    chance = np.exp(log - log.max())
    posterior = chance.sum(axis=1) / chance.sum()
    dwells = chance.sum(axis=0) / chance.sum()
    scatter, p = _scatter(first, second, both, posterior, dwells)
    if p is not None and p < SCATTER_P and scatter > widened:
        widened = scatter
        log = _log_weights(first, second, both, temper=1 / scatter)
        chance = np.exp(log - log.max())
        posterior = chance.sum(axis=1) / chance.sum()
        dwells = chance.sum(axis=0) / chance.sum()
    same = {True: 1.0, False: 0.0, None: float(dwells[: earlier.calls.shape[1]].sum())}
    return RatioPosterior(posterior, scatter, p, widened, same[shared])


def _log_weights(first: Strata, second: Strata, both: Floats, *, temper: float) -> Floats:
    """Shape (ratios, G): likelihood and priors, up to a factor."""
    log_ratio = np.log(RATIOS)[:, None]
    log = np.zeros((len(RATIOS), both.shape[1]))
    information = np.zeros_like(log)
    for n1, n2, w1, w2 in zip(
        first.calls, second.calls, first.exposure, second.exposure, strict=True
    ):
        n = n1 + n2
        if float(n.max()) <= 0.0:
            continue
        seen = w1 + RATIOS[:, None] * w2
        part = RATIOS[:, None] * w2 / seen
        log += n2 * log_ratio - n * np.log(seen)
        information += n * part * (1 - part)
    # The level of each month has the prior 1/s, so that its scale does not speak for a dwell.
    told = special.gammaln(np.maximum(both, 1e-3)).sum(axis=0)
    pattern = first.log_pattern + second.log_pattern
    weighted: Floats = (
        temper * log
        + 0.5 * np.log(np.maximum(information, 1e-300))
        + (pattern + told + first.log_prior)
        + (1 - temper) * log.max(axis=0)
    )
    return weighted


def _scatter(
    first: Strata, second: Strata, both: Floats, posterior: Floats, dwells: Floats
) -> tuple[float, float | None]:
    """How far months disagree about the ratio, at the middle of what is believed."""
    n, n2 = both @ dwells, second.calls @ dwells
    w1, w2 = first.exposure @ dwells, second.exposure @ dwells
    ratio = float(np.exp(posterior @ np.log(RATIOS)))
    part = ratio * w2 / (w1 + ratio * w2)
    # A month with hardly a call tells nothing of scatter, and its square would be wild.
    held = n * part * (1 - part) > 0.2
    degrees = int(held.sum()) - 1
    if degrees < 1:
        return 1.0, None
    spread = (n * part * (1 - part))[held]
    pearson = float((((n2 - n * part)[held]) ** 2 / spread).sum())
    return pearson / degrees, float(stats.chi2.sf(pearson, degrees))


def _under(earlier: Strata, later: Strata, *, shared: bool | None) -> tuple[Strata, Strata]:
    """Both periods under every dwell that they may share, and every two that they may have."""
    if shared:
        return earlier, later
    first, second = _crossed(earlier, later)
    if shared is False:
        return first, second
    half = np.log(0.5)
    return (
        Strata(
            np.concatenate([earlier.calls, first.calls], axis=1),
            np.concatenate([earlier.exposure, first.exposure], axis=1),
            np.concatenate([earlier.log_pattern, first.log_pattern]),
            np.concatenate([earlier.log_prior, first.log_prior]) + half,
        ),
        Strata(
            np.concatenate([later.calls, second.calls], axis=1),
            np.concatenate([later.exposure, second.exposure], axis=1),
            np.concatenate([later.log_pattern, second.log_pattern]),
            np.concatenate([later.log_prior, second.log_prior]),
        ),
    )


def _crossed(earlier: Strata, later: Strata) -> tuple[Strata, Strata]:
    """Both periods under every pair of dwells, of which a few stand for all."""
    one, two = _gathered(earlier), _gathered(later)
    a, b = one.calls.shape[1], two.calls.shape[1]
    first = Strata(
        np.repeat(one.calls, b, axis=1),
        np.repeat(one.exposure, b, axis=1),
        np.repeat(one.log_pattern, b),
        np.repeat(one.log_prior, b) + np.tile(two.log_prior, a),
    )
    second = Strata(
        np.tile(two.calls, (1, a)),
        np.tile(two.exposure, (1, a)),
        np.tile(two.log_pattern, a),
        np.zeros(a * b),
    )
    return first, second


def _gathered(period: Strata) -> Strata:
    """Dwells that cover about as much gathered into a few, weighted as the period weighs them."""
    n, w = period.calls.sum(axis=0), period.exposure.sum(axis=0)
    log = period.log_prior + period.log_pattern - n * np.log(w)
    evidence = float(special.logsumexp(log))
    weight = np.exp(log - evidence)
    order = np.argsort(w, kind="stable")
    middle = np.cumsum(weight[order]) - weight[order] / 2
    node = np.minimum((middle * NODES).astype(np.int64), NODES - 1)
    kept = np.unique(node)
    share = np.zeros((len(order), len(kept)))
    for k, number in enumerate(kept):
        own = order[node == number]
        share[own, k] = weight[own]
    mass = share.sum(axis=0)
    share = share / np.maximum(mass, 1e-300)
    calls, exposure = period.calls @ share, period.exposure @ share
    # What the exposure already says of a dwell must not be counted again.
    log_mass = np.log(np.maximum(mass, 1e-300)) + evidence
    whole = calls.sum(axis=0) * np.log(exposure.sum(axis=0))
    return Strata(calls, exposure, whole, log_mass)
