"""Exact sums over all ways to cut a series of counts into segments of constant rate.

Position i means that the rate changes at look i: calls first seen up to it came at the old rate,
later ones at the new. Every sum is over positions and dwells; nothing is drawn.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from quaywatch.sites.exposure import Floats

SHAPE: Final = 1.0
"""Of the Gamma prior of a segment's rate about the rate of the whole: anything from none to some
three times as many."""
NO_CHANGE: Final = 0.5
"""Prior probability of none; k changes then have 2^-(k+1), the last the rest."""


@dataclass(frozen=True)
class Segments:
    """Sums over the segmentations of one series (n looks) under g dwells."""

    at: Floats
    """Shape (n,), days."""
    calls: Floats
    """Shape (n + 1, g): cumulated."""
    exposure: Floats
    """Shape (n + 1, g): cumulated, days."""
    fit: Floats
    """Shape (g, n + 1, n + 1): log evidence of looks i to j as one segment; −∞ where j ≤ i."""
    forward: Floats
    """Shape (k + 1, g, n + 1): so many changes, the last segment ends before look j."""
    backward: Floats
    """Shape (k + 1, g, n + 1): so many changes in the looks from i on."""
    log_place: Floats
    """Shape (n + 1,): prior of a change at each position; none before the first look or after the
    last."""
    log_weight: Floats
    """Shape (g,)."""

    @staticmethod
    def of(
        at: Floats, calls: Floats, exposure: Floats, log_weight: Floats, most: int
    ) -> "Segments":
        """Sums of a series.

        Args:
            at: instants of the looks, days, ascending; shape (n,).
            calls: first seen at each; shape (n, g).
            exposure: of each, days; shape (n, g).
            log_weight: of each dwell; shape (g,).
            most: changes held possible.

        """
        n, g = calls.shape
        counted = np.concatenate([np.zeros((1, g)), np.cumsum(calls, axis=0)])
        covered = np.concatenate([np.zeros((1, g)), np.cumsum(exposure, axis=0)])
        fit = _fit(counted, covered)
        place = np.zeros(n + 1)
        # A change between two looks is put at the nearer one: places weigh as their surroundings.
        place[1:n] = 0.5 * (np.append(at[2:], at[-1]) - np.append(at[0], at[: n - 2]))[: n - 1]
        with np.errstate(divide="ignore"):
            log_place = np.log(place / place.sum())
        forward = np.full((most + 1, g, n + 1), -np.inf)
        backward = np.full((most + 1, g, n + 1), -np.inf)
        forward[0], backward[0] = fit[:, 0, :], fit[:, :, n]
        for k in range(1, most + 1):
            forward[k] = _summed(forward[k - 1][:, :, None] + log_place[:, None] + fit, 1)
            backward[k] = _summed(fit + (log_place + backward[k - 1])[:, None, :], 2)
        return Segments(at, counted, covered, fit, forward, backward, log_place, log_weight)

    @property
    def most(self) -> int:
        """Changes held possible."""
        return len(self.forward) - 1

    def counts(self) -> Floats:
        """Probability of 0, 1, … changes; shape (k + 1,)."""
        k = np.arange(self.most + 1)
        prior = np.where(k < self.most, -(k + 1) * np.log(2.0), -k * np.log(2.0))
        log = special.logsumexp(self.forward[:, :, -1] + self.log_weight, axis=1)
        # Places are in order: each set of k of them is one of k! lists.
        log = log + prior + special.gammaln(k + 1)
        chance: Floats = np.exp(log - special.logsumexp(log))
        return chance

    def at_least(self) -> tuple[float, ...]:
        """Probability of at least 1, 2, … changes."""
        chance = self.counts()
        return tuple(float(chance[k:].sum()) for k in range(1, len(chance)))

    def place(self, count: int, which: int) -> Floats:
        """Probability of each look for one of ``count`` changes; shape (n,), sums to 1."""
        return np.asarray(self._joint(count, which).sum(axis=0)[1:])

    def _joint(self, count: int, which: int) -> Floats:
        """Shape (g, n + 1): dwell and place of a change."""
        log = self.forward[which] + self.log_place + self.backward[count - 1 - which]
        log = log + self.log_weight[:, None]
        joint: Floats = np.exp(log - special.logsumexp(log))
        return joint

    def rates(
        self, count: int, which: int, mass: float
    ) -> tuple[
        tuple[float, float, float],
        tuple[float, float, float],
        tuple[float, float, float],
        float,
    ]:
        """Rate before and after one of ``count`` changes, their ratio, and the chance of a fall.

        Over the place of this change and the dwell; its neighbours stay at their likeliest places.
        """
        ends = [0, len(self.at)]
        if which:
            ends[0] = int(self.place(count, which - 1).argmax()) + 1
        if which < count - 1:
            ends[1] = int(self.place(count, which + 1).argmax()) + 1
        joint = self._joint(count, which)
        inside = slice(ends[0] + 1, ends[1])
        weight = joint[:, inside].T
        weight = weight / weight.sum()
        n1 = self.calls[inside] - self.calls[ends[0]]
        w1 = self.exposure[inside] - self.exposure[ends[0]]
        n2 = self.calls[ends[1]] - self.calls[inside]
        w2 = self.exposure[ends[1]] - self.exposure[inside]
        p = (0.5, (1 - mass) / 2, (1 + mass) / 2)
        rates = np.geomspace(1e-5, 100.0, 1401)
        before = _quantiles(rates, _mixed(weight, special.gammainc, n1, w1, rates), p)
        after = _quantiles(rates, _mixed(weight, special.gammainc, n2, w2, rates), p)
        ratios = np.geomspace(1e-5, 1e5, 1401)
        kept = weight > 1e-6
        a, b, u, v, m = (x[kept] for x in (n1, n2, w1, w2, weight))
        part = ratios[:, None] * v / (u + ratios[:, None] * v)
        law = special.betainc(b + 0.5, a + 0.5, part) @ (m / m.sum())
        fall = float(np.interp(0.0, np.log(ratios), law))
        return before, after, _quantiles(ratios, law, p), fall


def _fit(counted: Floats, covered: Floats) -> Floats:
    """Log evidence of every stretch of looks as one rate, rate summed out; (g, n + 1, n + 1)."""
    n, g = counted.shape
    level = SHAPE * np.maximum(covered[-1], 1e-9) / np.maximum(counted[-1], 0.5)
    calls = counted.T[:, None, :] - counted.T[:, :, None]
    days = covered.T[:, None, :] - covered.T[:, :, None]
    later = np.triu(np.ones((n, n), bool), 1)
    calls, days = np.where(later, calls, 0.0), np.where(later, days, 0.0)
    own = level[:, None, None]
    log = special.gammaln(SHAPE + calls) - special.gammaln(SHAPE) + SHAPE * np.log(own)
    log = log - (SHAPE + calls) * np.log(own + days)
    return np.where(np.broadcast_to(later, (g, n, n)), log, -np.inf)


def _summed(terms: Floats, axis: int) -> Floats:
    """Log of a sum of exponentials, −∞ where there is nothing."""
    top = terms.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        total: Floats = np.log(np.exp(terms - top).sum(axis=axis)) + np.squeeze(top, axis)
    return total


def _mixed(weight: Floats, law: np.ufunc, n: Floats, days: Floats, grid: Floats) -> Floats:
    """Distribution of a rate on a grid, over places and dwells."""
    kept = weight > 1e-6
    share = weight[kept] / weight[kept].sum()
    return np.asarray(law(n[kept] + 0.5, np.maximum(days[kept], 1e-9) * grid[:, None]) @ share)


def _quantiles(
    grid: Floats, law: Floats, p: tuple[float, float, float]
) -> tuple[float, float, float]:
    middle, low, high = (float(np.exp(np.interp(q, law, np.log(grid)))) for q in p)
    return middle, low, high
