"""What is believed of a site's arrivals after looks: a rate and a dwell together, on a grid.

Three intervals are told apart: of the rate, of the calls *expected* at that rate, and of the calls
that *were* made in the period (those seen are certain, those unseen follow chance): the last is
what a count in an article means.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from quaywatch.sites.exposure import DwellGrid, Floats

MASSES: Final = (0.8, 0.9, 0.95)
"""Probability inside each interval that is given; its ends leave out as much on either side."""


@dataclass(frozen=True)
class Posterior:
    """Weights on a grid of rates and dwells, and the number of calls that follows.

    Axis 0 are rates (R), axis 1 dwells (G). Two periods of one site share the dwells: given a
    dwell, their rates are independent.
    """

    dwell: DwellGrid
    """The dwells held possible, with their prior weights."""
    rate_per_day: Floats
    """Shape (R, G); every dwell has its own axis of rates."""
    log_likelihood: Floats
    """Shape (R, G): of the looks at that rate and dwell, times the prior of the rate and the width
    of its cell; without the prior of the dwell."""
    days: float
    """Length of the period."""
    calls_pmf: Floats
    """Shape (K,): chance that 0, 1, 2 … calls were made in the period."""
    covered_days: Floats
    """Shape (G,): exposure W inside the period at each dwell."""

    @cached_property
    def weight(self) -> Floats:
        """Shape (R, G), sums to 1."""
        log = self.log_likelihood + self.dwell.log_weight
        weights: Floats = np.exp(log - special.logsumexp(log))
        return weights

    @cached_property
    def dwell_weight(self) -> Floats:
        """Shape (G,): of every dwell after the looks."""
        weights: Floats = self.weight.sum(axis=0)
        return weights

    @cached_property
    def _rates(self) -> tuple[Floats, Floats]:
        return _cumulated(self.rate_per_day, self.weight)

    def rate_quantile(self, p: ArrayLike) -> Floats:
        """Rate that the true one is below with chance ``p``; calls per day."""
        return _at(p, self._rates[1], self._rates[0])

    @property
    def rate_mean(self) -> float:
        """Mean of the rate, calls per day."""
        return float((self.rate_per_day * self.weight).sum())

    def rate_below(self, rate_per_day: ArrayLike) -> Floats:
        """Chance that the rate is below each of those given."""
        values, share = self._rates
        return _at(rate_per_day, values, share)

    def calls_expected_quantile(self, p: ArrayLike, days: float | None = None) -> Floats:
        """Quantile of rate times length: calls expected, not calls made."""
        return self.rate_quantile(p) * (self.days if days is None else days)

    def calls_quantile(self, p: ArrayLike) -> NDArray[np.int64]:
        """Least number of calls that those made in the period do not exceed with chance ``p``."""
        return pmf_quantile(self.calls_pmf, p)

    def calls_interval(self, mass: float) -> tuple[int, int]:
        """Interval of the calls made in the period, as much chance left out on either side."""
        low, high = self.calls_quantile([(1 - mass) / 2, (1 + mass) / 2])
        return int(low), int(high)

    @property
    def calls_mean(self) -> float:
        """Mean of the calls made in the period."""
        return float(np.arange(len(self.calls_pmf)) @ self.calls_pmf)

    def calls_elsewhere(self, days: float) -> Floats:
        """Chances of 0, 1, 2 … calls in another period of that length at the same rate."""
        return mixed_poisson(self.rate_per_day * days, self.weight)

    def dwell_quantile(self, p: ArrayLike, *, mean: bool = False) -> Floats:
        """Quantile of the site's median dwell (or of its mean), days."""
        days = self.dwell.mean_days if mean else self.dwell.median_days
        values, share = _cumulated(days, self.dwell_weight)
        return _at(p, share, values)

    def dwell_survival(self, days: ArrayLike) -> Floats:
        """Chance that a call lasts longer, over every dwell held possible; shape of ``days``."""
        stays: Floats = self.dwell.survival(days) @ self.dwell_weight
        return stays

    def covered_quantile(self, p: ArrayLike) -> Floats:
        """Quantile of the covered exposure W, days."""
        values, share = _cumulated(self.covered_days, self.dwell_weight)
        return _at(p, share, values)


def _cumulated(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Values in order, and the share of the weight up to the middle of each."""
    order = np.argsort(values, axis=None, kind="stable")
    sorted_weights = weights.ravel()[order]
    return values.ravel()[order], np.cumsum(sorted_weights) - sorted_weights / 2


def _at(x: ArrayLike, known: Floats, values: Floats) -> Floats:
    """Linear between what is known, its ends beyond."""
    found: Floats = np.interp(np.asarray(x, dtype=np.float64), known, values)
    return found


def pmf_quantile(pmf: Floats, p: ArrayLike) -> NDArray[np.int64]:
    """Least whole number whose cumulated chance reaches ``p``.

    Examples:
        >>> pmf_quantile(np.array([0.5, 0.3, 0.2]), [0.5, 0.9]).tolist()
        [0, 2]

    """
    total = np.cumsum(pmf)
    found = np.searchsorted(total / total[-1], np.asarray(p) - 1e-12, side="left")
    return np.minimum(found, len(pmf) - 1).astype(np.int64)


def mixed_poisson(mean: Floats, weight: Floats, *, cells: int = 240) -> Floats:
    """Chances of 0, 1, 2 … for a Poisson number whose mean is uncertain.

    Means are gathered in cells of equal width on a logarithmic scale, each replaced by its own
    weighted mean, so that the mean of the whole is kept exactly.

    Args:
        mean: of the Poisson number; any shape.
        weight: of each, same shape.
        cells: how many to gather them in.

    Returns:
        Shape (K,): to where one in ten million is left out.

    Examples:
        >>> mixed_poisson(np.array([1.0]), np.array([1.0]))[:2].round(3).tolist()
        [0.368, 0.368]

    """
    flat, share = mean.ravel(), weight.ravel() / weight.sum()
    kept = share > 1e-12
    flat, share = flat[kept], share[kept]
    most = float(flat.max(initial=0.0))
    if most <= 0.0:
        return np.ones(1)
    floor = max(most * 1e-6, 1e-9)
    place = np.log(np.maximum(flat, floor) / floor) / max(np.log(most / floor), 1e-9)
    cell = np.minimum((place * cells).astype(np.int64), cells - 1)
    gathered = np.asarray(np.bincount(cell, weights=share, minlength=cells), np.float64)
    sums = np.asarray(np.bincount(cell, weights=share * flat, minlength=cells), np.float64)
    held = gathered > 0
    means: Floats = sums[held] / gathered[held]
    top = int(most + 6 * np.sqrt(most) + 12)
    number: Floats = np.arange(top + 1, dtype=np.float64)
    log = special.xlogy(number, means[:, None]) - means[:, None] - special.gammaln(number + 1)
    chance: Floats = np.exp(log)
    pmf: Floats = gathered[held] @ chance
    keep = int(np.searchsorted(np.cumsum(pmf), (1 - 1e-7) * pmf.sum())) + 1
    kept_pmf: Floats = pmf[:keep] / pmf[:keep].sum()
    return kept_pmf
