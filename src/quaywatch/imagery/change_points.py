"""When did a level change? Intervals between looks, with a probability, never a date.

The level of a yard keeps, drifts a little, or jumps. Jumps come at a constant hazard in elapsed
time, not per look, so that a month without a look is a month in which something may have happened.
Looks err by a Student law, and a few may say anything, so that one bad look is a bad look and not
a change that undid itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.change_checks import checked, cusum, pelt_changes

Floats = NDArray[np.float64]

METHOD: Final = "stock-change@1"
NU: Final = 4.0
"""Degrees of freedom of a look's error."""
LEVELS: Final = np.round(np.arange(-0.20, 1.1001, 0.01), 2)
"""Levels that are summed over: a difference of two shares, with room for error."""
LEAST_LOOKS: Final = 3
MOST_MERGED: Final = 6
"""Spans between looks that one change may be spread over; more is slow, and no step."""


@dataclass(frozen=True)
class Rules:
    """How changes are told."""

    tau_days: float = 60.0
    """Mean days between jumps: ``H = 1 - exp(-Δt / τ)``."""
    drift_per_root_day: float = 0.010
    """Standard deviation of slow change, a share per square root of a day."""
    misread: float = 0.05
    """Share of looks that may say anything: shadow or thin cloud that no mask found. So one look
    alone moves nothing; the next one must bear it out."""
    probability: float = 0.9
    """A change is told from here on."""
    least: float = 0.05
    """A change is told only if the dark share surely moved by more than this, one way."""


DEFAULT: Final = Rules()


@dataclass(frozen=True)
class Change:
    """A change of level between two looks."""

    after: int
    """Index of the last look before it."""
    before: int
    """Index of the first look after it."""
    delta: float
    """Level after less level before."""
    sigma: float
    """One standard deviation of it."""
    probability: float
    """That the level jumped at least once between the two looks, given every look."""
    likeliest: tuple[int, float]
    """Index of the last look before the span that most likely holds it, and how likely that is."""
    detected: int
    """Index of the look with which the probability first passed the rule's."""
    confirmed_by: tuple[str, ...]
    """Which of the cross-checks place a change there too: pelt, cusum."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, indices aside."""
        return {
            "delta": round(self.delta, 4),
            "delta_sigma": round(self.sigma, 4),
            "probability": round(self.probability, 4),
            "confirmed_by": list(self.confirmed_by),
        }


def hazard(days: Floats, tau_days: float) -> Floats:
    """Chance of a jump within so many days.

    Examples:
        >>> hazard(np.array([0.0, 60.0]), 60.0).round(3)
        array([0.   , 0.632])

    """
    chance: Floats = -np.expm1(-days / tau_days)
    return chance


def changes(
    days: Sequence[float], y: Sequence[float], sigma: Sequence[float], rules: Rules = DEFAULT
) -> list[Change]:
    """Changes of a level seen at uneven times.

    The model of Bayesian online change-point detection (Adams and MacKay 2007) with a Student
    likelihood, summed over the level on a grid in place of the run length: the same sums in
    order n, and backwards as well, so that later looks sharpen when an earlier change came about.

    Args:
        days: of each usable look, ascending.
        y: level at each look.
        sigma: its standard deviation.
        rules: when a change is told.

    Returns:
        In time order; none with fewer than ``LEAST_LOOKS`` looks.

    Raises:
        StockInputError: lengths differ, times descend, or a value is not finite.

    Source:
        Adams and MacKay (2007), arXiv:0710.3742.

    Examples:
        >>> found = changes(range(0, 40, 4), [0.1] * 5 + [0.5] * 5, [0.03] * 10)
        >>> [(c.after, c.before, round(c.delta, 1), c.probability > 0.95) for c in found]
        [(4, 5, 0.4, True)]

    """
    at, seen, spread = checked(days, y, sigma)
    if len(at) < LEAST_LOOKS:
        return []
    spread = spread * noise_factor(seen, spread)
    model = _Model.of(at, seen, spread, rules)
    pelt = pelt_changes(seen, spread)
    alarms = [alarm.look for alarm in cusum(seen, spread)]
    found = []
    for first, end in _spans(model, rules):
        moved = model.change(first, end)
        by = []
        if any(first - 1 <= p - 1 <= end + 1 for p in pelt):
            by.append("pelt")
        if any(end + 1 <= a <= end + 5 for a in alarms):
            by.append("cusum")
        found.append(
            Change(
                after=first,
                before=end + 1,
                delta=moved.delta,
                sigma=moved.sigma,
                probability=model.jumped(first, end),
                likeliest=model.likeliest(first, end),
                detected=model.detected(first, end, rules.probability),
                confirmed_by=tuple(by),
            )
        )
    return found


def odd_looks(
    days: Sequence[float], y: Sequence[float], sigma: Sequence[float], rules: Rules = DEFAULT
) -> list[float]:
    """How likely each look is to be misread, given all the others.

    An unmasked shadow, thin cloud or a yard that dries late reads otherwise than the looks around
    it; so does stock that came and went between them. Which of these it is nobody can tell.

    Args:
        days: of each usable look, ascending.
        y: level at each look.
        sigma: its standard deviation.
        rules: as for ``changes``.

    Returns:
        A probability a look; the prior share where there are too few looks to say more.

    Raises:
        StockInputError: see ``changes``.

    Examples:
        >>> odd = odd_looks(range(0, 28, 4), [0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1], [0.03] * 7)
        >>> [round(p, 1) for p in odd]
        [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]

    """
    at, seen, spread = checked(days, y, sigma)
    if len(at) < LEAST_LOOKS:
        return [rules.misread] * len(at)
    model = _Model.of(at, seen, spread * noise_factor(seen, spread), rules)
    others = model.forward / model.likelihood * model.backward
    anything = rules.misread / float(np.ptp(LEVELS))
    share = anything * others.sum(axis=1) / (others * model.likelihood).sum(axis=1)
    return [float(p) for p in np.clip(share, 0.0, 1.0)]


def noise_factor(y: Floats, sigma: Floats) -> float:
    """How much more the looks scatter than their errors say; never less than 1, nor over 3.

    From the lower third of neighbouring differences, which true changes hardly reach.

    Examples:
        >>> noise_factor(np.array([0.1, 0.1, 0.1, 0.6, 0.6]), np.full(5, 0.03))
        1.0

    """
    if len(y) < 5:
        return 1.0
    apart = np.abs(np.diff(y)) / np.hypot(sigma[1:], sigma[:-1])
    # 0.4307 is the point below which a third of a normal law's absolute values lie.
    return float(np.clip(np.quantile(apart, 1 / 3) / 0.4307, 1.0, 3.0))


@dataclass(frozen=True)
class _Moved:
    delta: float
    sigma: float


@dataclass(frozen=True)
class _Model:
    """The forward and backward sums of a series."""

    likelihood: Floats
    """(look, level)."""
    forward: Floats
    """P(level at a look | looks up to it), rows sum to 1."""
    backward: Floats
    """Up to a factor: P(later looks | level)."""
    jump: Floats
    """Chance of a jump in each span before the data, (look - 1)."""
    drifts: tuple[Floats, ...]
    """What each span's drift does, (level, level)."""

    @staticmethod
    def of(at: Floats, y: Floats, sigma: Floats, rules: Rules) -> "_Model":
        likelihood = student(y[:, None], LEVELS[None, :], sigma[:, None])
        likelihood = (1 - rules.misread) * likelihood + rules.misread / float(np.ptp(LEVELS))
        spans = np.diff(at)
        jump = hazard(spans, rules.tau_days)
        drifts = tuple(_drift(rules.drift_per_root_day * np.sqrt(max(s, 1e-3))) for s in spans)
        forward = np.empty_like(likelihood)
        forward[0] = likelihood[0] / likelihood[0].sum()
        for k in range(1, len(at)):
            ahead = _step(forward[k - 1], jump[k - 1], drifts[k - 1]) * likelihood[k]
            forward[k] = ahead / ahead.sum()
        backward = np.empty_like(likelihood)
        backward[-1] = 1.0
        for k in range(len(at) - 2, -1, -1):
            after = backward[k + 1] * likelihood[k + 1]
            back = (1 - jump[k]) * drifts[k] @ after + jump[k] * after.mean()
            backward[k] = back / back.sum()
        return _Model(likelihood, forward, backward, jump, drifts)

    def jumped(self, first: int, end: int) -> float:
        """P(at least one jump in the spans from ``first`` to ``end``, both counted | all looks)."""
        kept, whole = self._kept(first, end)
        return float(np.clip(1 - kept @ self.backward[end + 1] / (whole @ self.backward[end + 1]),
                             0.0, 1.0))  # fmt: skip

    def _kept(self, first: int, end: int) -> tuple[Floats, Floats]:
        """At look ``end + 1``: the weight of no jump since ``first``, and of everything."""
        kept = self.forward[first].copy()
        whole = kept.copy()
        for k in range(first, end + 1):
            kept = (1 - self.jump[k]) * (kept @ self.drifts[k]) * self.likelihood[k + 1]
            whole = _step(whole, self.jump[k], self.drifts[k]) * self.likelihood[k + 1]
            total = whole.sum()
            kept, whole = kept / total, whole / total
        return kept, whole

    def law(self, look: int) -> Floats:
        """Probability of each level at a look, given every look."""
        law = self.forward[look] * self.backward[look]
        return np.asarray(law / law.sum())

    def change(self, first: int, end: int) -> _Moved:
        """How far the level moved over some spans; the levels taken as independent."""
        before, after = self.law(first), self.law(end + 1)
        means = float(before @ LEVELS), float(after @ LEVELS)
        spread = float(before @ (LEVELS - means[0]) ** 2 + after @ (LEVELS - means[1]) ** 2)
        return _Moved(means[1] - means[0], float(np.sqrt(max(spread, 1e-8))))

    def surely_moved(self, first: int, end: int, rules: Rules) -> bool:
        """Whether the level ended higher, or lower, by more than the least that is told."""
        before, after = self.law(first), self.law(end + 1)
        steps = round(rules.least / (LEVELS[1] - LEVELS[0]))
        below = np.concatenate([[0.0], np.cumsum(before)])
        higher = float(after[steps:] @ below[: len(after) - steps])
        below = np.concatenate([[0.0], np.cumsum(after)])
        lower = float(before[steps:] @ below[: len(before) - steps])
        return max(higher, lower) >= rules.probability

    def likeliest(self, first: int, end: int) -> tuple[int, float]:
        """The span that most likely holds a jump, by the look before it."""
        odds = [self.jumped(k, k) for k in range(first, end + 1)]
        best = int(np.argmax(odds))
        return first + best, odds[best]

    def detected(self, first: int, end: int, probability: float) -> int:
        """The look with which the change was first as likely as asked, knowing none later."""
        kept, whole = self._kept(first, end)
        for look in range(end + 1, len(self.forward)):
            if look > end + 1:
                span = look - 1
                kept = _step(kept, self.jump[span], self.drifts[span]) * self.likelihood[look]
                whole = _step(whole, self.jump[span], self.drifts[span]) * self.likelihood[look]
                kept, whole = kept / whole.sum(), whole / whole.sum()
            if 1 - kept.sum() / whole.sum() >= probability:
                return look
        return len(self.forward) - 1


def _spans(model: _Model, rules: Rules) -> list[tuple[int, int]]:
    """First and last span of each change: the fewest neighbouring spans that surely hold it."""
    single = np.array([model.jumped(k, k) for k in range(len(model.jump))])
    taken = np.zeros(len(single), bool)
    found: list[tuple[int, int]] = []
    for width in range(1, MOST_MERGED + 1):
        starts = range(len(single) - width + 1)
        # The likeliest first, so that a sharp change is not swallowed by a wide neighbour.
        for first in sorted(starts, key=lambda k: (-single[k : k + width].sum(), k)):
            own = slice(first, first + width)
            if taken[own].any() or single[own].sum() < 0.8 * rules.probability:
                continue
            end = first + width - 1
            if model.jumped(first, end) < rules.probability:
                continue
            # A level that jumps and comes back within the bracket has moved nothing.
            if model.surely_moved(first, end, rules):
                taken[own] = True
                found.append((first, first + width - 1))
    return sorted(found)


def student(y: Floats, mean: Floats, scale: Floats) -> Floats:
    """Density of Student's law with ``NU`` = 4 degrees of freedom.

    Examples:
        >>> round(float(student(np.array(2.0), np.array(0.0), np.array(1.0))), 4)
        0.0663

    """
    density: Floats = 0.375 * (1 + ((y - mean) / scale) ** 2 / NU) ** (-(NU + 1) / 2) / scale
    return density


def _drift(sigma: float) -> Floats:
    """Rows: where a level drifts to; each sums to 1."""
    apart = (LEVELS[None, :] - LEVELS[:, None]) / max(sigma, 1e-4)
    weight = np.exp(-0.5 * np.minimum(apart**2, 80.0))
    weight /= weight.sum(axis=1, keepdims=True)
    return np.asarray(weight)


def _step(law: Floats, jump: float, drift: Floats) -> Floats:
    """One span on: kept and drifted, or anywhere."""
    return np.asarray((1 - jump) * (law @ drift) + jump * law.sum() / len(LEVELS))
