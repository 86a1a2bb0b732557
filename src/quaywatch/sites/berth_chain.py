"""A berth that holds one ship at a time, as a Markov chain seen in looks that may err.

State 0 is free; states 1…K are the phases of a stay, which lasts an Erlang time of K phases. When
free, a ship comes at an even rate: so a berth that is never free has that rate without bound, and
its calls are limited by how long ships stay, not by how many wait.

Tilting the chain gives what happened inside the period without a backward pass: if every arrival
inside weighs ``e^t``, the derivatives of the log-likelihood in ``t`` at 0 are mean and variance of
the arrivals given the looks; likewise for the days occupied.
"""

from dataclasses import dataclass, fields, replace
from functools import reduce
from itertools import pairwise
from typing import Final, Self

import numpy as np

from quaywatch.sites.exposure import Floats

TILT_CALLS: Final = 0.02
"""Step of the difference in the logarithm of an arrival's weight."""
TILT_SHARE: Final = 0.02
"""Likewise for the share of the period occupied: per day, over the length of the period."""


@dataclass(frozen=True)
class ChainLooks:
    """Looks at berths of one calendar; B berths, n looks.

    All that the chain is told: nothing else of what a look shows is used.
    """

    at: Floats
    """Shape (n,), days, ascending, no two equal."""
    given_occupied: Floats
    """Shape (B, n): chance of what the look says, were the berth occupied."""
    given_free: Floats
    """Shape (B, n): were it free. Both 1: the look says nothing."""
    if_same: Floats
    """Shape (B, n − 1): weight of what two looks in a row show, were it one ship in both.
    Looks that are not both occupied have 1 here and in ``if_other``."""
    if_other: Floats
    """Shape (B, n − 1): were it not."""

    def about(self, start: float, end: float) -> Self:
        """Those inside a period, the last before it and the first after it."""
        first = max(int(np.searchsorted(self.at, start, side="right")) - 1, 0)
        last = int(np.searchsorted(self.at, end, side="left")) + 1
        looks, pairs = slice(first, last), slice(first, max(last - 1, first))
        return replace(
            self,
            at=self.at[looks],
            given_occupied=self.given_occupied[:, looks],
            given_free=self.given_free[:, looks],
            if_same=self.if_same[:, pairs],
            if_other=self.if_other[:, pairs],
        )


@dataclass(frozen=True)
class ChainFit:
    """What the looks say at each parameter (P) and berth (B); shapes (P, B)."""

    log_likelihood: Floats
    calls_mean: Floats
    """Arrivals inside the period, given the looks."""
    calls_variance: Floats
    days_mean: Floats
    """Days occupied inside the period, given the looks."""
    days_variance: Floats

    def of(self, berths: slice) -> Self:
        """The same for some berths, the last axis."""
        return replace(self, **{f.name: getattr(self, f.name)[..., berths] for f in fields(self)})


def fit_chain(
    looks: ChainLooks,
    start: float,
    end: float,
    *,
    share: Floats,
    mean_days: Floats,
    phases: int,
) -> ChainFit:
    """Likelihood of looks, and what they say of arrivals and occupancy inside a period.

    Args:
        looks: of one calendar; those outside the period help.
        start: of the period, days.
        end: of the period, days.
        share: shape (P,), of time occupied in the long run, in (0, 1).
        mean_days: shape (P,), mean stay.
        phases: of a stay: 1 is exponential, more are more regular.

    Source:
        Jackson (2011), doi:10.18637/jss.v038.i08, for the chain seen at looks; phases after
        Asmussen, Nerman & Olsson (1996), Scand. J. Stat. 23, 419.

    Examples:
        Two looks a day apart, the first at an empty berth, the second at an occupied one:

        >>> one = np.ones((1, 1))
        >>> looks = ChainLooks(np.array([0.0, 1.0]), np.array([[0.0, 1.0]]),
        ...                    np.array([[1.0, 0.0]]), one, one)
        >>> fit = fit_chain(looks, 0.0, 1.0, share=np.array([0.5]), mean_days=np.array([2.0]),
        ...                 phases=1)
        >>> expected = 0.5 * 0.5 * (1 - np.exp(-1.0))
        >>> bool(np.isclose(fit.log_likelihood[0, 0], np.log(expected)))
        True

    """
    days = end - start
    calls, occupied = TILT_CALLS, TILT_SHARE / days
    tilts = np.array([(0, 0), (calls, 0), (-calls, 0), (0, occupied), (0, -occupied)])
    chain = _Chain.of(share, mean_days, phases, tilts)
    log = chain.run(looks, start, end)

    def moments(up: Floats, down: Floats, step: float) -> tuple[Floats, Floats]:
        spread = np.maximum((up - 2 * log[0] + down) / step**2, 0.0)
        return (up - down) / (2 * step), spread

    calls_mean, calls_variance = moments(log[1], log[2], calls)
    days_mean, days_variance = moments(log[3], log[4], occupied)
    return ChainFit(log[0], calls_mean, calls_variance, days_mean, days_variance)


@dataclass(frozen=True)
class _Chain:
    """Generators made ready; leading axes: tilts (T), parameters (P)."""

    share: Floats
    phase_rate: Floats
    phases: int
    tilts: Floats
    values: Floats
    vectors: Floats
    inverse: Floats

    @classmethod
    def of(cls, share: Floats, mean_days: Floats, phases: int, tilts: Floats) -> "_Chain":
        phase_rate = phases / mean_days
        arrival = share / (1 - share) / mean_days
        size = phases + 1
        a = np.zeros((len(tilts), len(share), size, size))
        a[:, :, 0, 0] = -arrival
        a[:, :, 0, 1] = arrival * np.exp(tilts[:, 0])[:, None]
        for k in range(1, size):
            a[:, :, k, k] = -phase_rate + tilts[:, 1][:, None]
            a[:, :, k, (k + 1) % size] += phase_rate
        values, vectors = np.linalg.eig(a)
        return cls(share, phase_rate, phases, tilts, values, vectors, np.linalg.inv(vectors))

    def over(self, days: float, *, inside: bool) -> Floats:
        """Transition over so many days: shape (T or 1, P, K+1, K+1); tilted if inside."""
        which = slice(None) if inside else slice(0, 1)
        grown = self.vectors[which] * np.exp(self.values[which] * days)[..., None, :]
        moved: Floats = np.real(grown @ self.inverse[which])
        return moved

    def same(self, days: float, days_inside: float) -> Floats:
        """One ship throughout: shape (T, P, K, K), upper triangular."""
        steps = self.phase_rate * days
        ahead = [np.exp(-steps)]
        for k in range(1, self.phases):
            ahead.append(ahead[-1] * steps / k)
        held = np.zeros((len(self.share), self.phases, self.phases))
        for i in range(self.phases):
            for j in range(i, self.phases):
                held[:, i, j] = ahead[j - i]
        return held * np.exp(self.tilts[:, 1] * days_inside)[:, None, None, None]

    def step(self, a: float, b: float, start: float, end: float) -> tuple[Floats, Floats]:
        """Transition from ``a`` to ``b``: whole, and of one ship throughout."""
        cuts = sorted({a, b, *(c for c in (start, end) if a < c < b)})
        pieces = [self.over(d - c, inside=start <= c and d <= end) for c, d in pairwise(cuts)]
        whole = reduce(np.matmul, pieces)
        inside = max(0.0, min(b, end) - max(a, start))
        return whole, self.same(b - a, inside)

    def run(self, looks: ChainLooks, start: float, end: float) -> Floats:
        """Log-likelihoods; shape (T, P, B)."""
        berths = len(looks.given_free)
        shape = (len(self.tilts), len(self.share), berths, self.phases + 1)
        state = np.empty(shape)
        state[..., 0] = (1 - self.share)[:, None]
        state[..., 1:] = (self.share / self.phases)[:, None, None]
        at = looks.at
        total = np.zeros(shape[:3])
        if len(at) and start < at[0]:
            state = state @ self.step(start, float(at[0]), start, end)[0]
        for n in range(len(at)):
            if n:
                whole, same = self.step(float(at[n - 1]), float(at[n]), start, end)
                one, other = looks.if_same[:, n - 1, None], looks.if_other[:, n - 1, None]
                moved = state @ whole
                moved[..., 1:] = other * moved[..., 1:] + (one - other) * (state[..., 1:] @ same)
                np.maximum(moved, 0.0, out=moved)
                state = moved
            state[..., 0] *= looks.given_free[:, n]
            state[..., 1:] *= looks.given_occupied[:, n, None]
            scale = np.maximum(state.sum(axis=-1), 1e-300)
            total += np.log(scale)
            state /= scale[..., None]
        last = max(float(at[-1]) if len(at) else start, start)
        if last < end:
            state = state @ self.step(last, end, start, end)[0]
        whole_log: Floats = total + np.log(np.maximum(state.sum(axis=-1), 1e-300))
        return whole_log
