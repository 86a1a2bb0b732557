"""How many looks would carry a comparison: exact sums over what two periods might show.

Planning, not inference: dwell and rate are taken at the middle of what is believed, looks as evenly
spread. Clouds do not spread looks evenly, so that the true number is higher.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import special, stats

from quaywatch.evidence.wording import counted
from quaywatch.sites.exposure import Floats

POWER: Final = 0.8
SCATTER: Final = 1.15
"""By how much evidence usually counts as less, because ships that come by chance cannot be told
from a few convoys (``look_gaps.dispersion``)."""
MOST_PER_DAY: Final = 4.0
"""Looks a day beyond which no number is given."""


@dataclass(frozen=True)
class Rules:
    """When looks carry a comparison."""

    mass: float = 0.9
    """Probability inside the interval of the ratio."""
    widest: float = 4.0
    """Upper over lower end from which a ratio that tells no direction says nothing: known no
    better than from half to twice."""
    told: float = 0.975
    """Probability from which a direction is told: 0.025 of false alarms either way."""
    change: float = 0.5
    """Ratio that looks should be able to see: a halving."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "mass": self.mass, "widest": self.widest, "told": self.told, "change": self.change,
        }  # fmt: skip


DEFAULT: Final = Rules()


@dataclass(frozen=True)
class Needed:
    """Evenly spread usable looks in each period with which a comparison would succeed."""

    looks: int | None
    """In each period; None: no number would do, or none can be worked out."""
    chance: float
    """Of success with that many; with None, with unbroken watch."""
    reason: str | None = None
    """Why there is no number."""
    at_least: bool = False
    """No call was seen: the number is for the highest rate the looks allow, so it takes more."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "looks_each": self.looks,
            "chance": round(self.chance, 3),
            "reason": self.reason,
            "at_least": self.at_least,
        }


def told_direction(n1: Floats, n2: Floats, w1: float, w2: float, told: float) -> Floats:
    """-1 where fewer is told, 1 where more, else 0, of calls seen in two exposures.

    Args:
        n1: calls of the earlier period.
        n2: of the later; same shape.
        w1: exposure of the earlier, days.
        w2: of the later.
        told: probability from which a direction is told.

    Examples:
        >>> told_direction(np.array([20.0, 9.0]), np.array([5.0, 7.0]), 90.0, 90.0, 0.975).tolist()
        [-1.0, 0.0]

    """
    below = special.betainc(n2 + 0.5, n1 + 0.5, w2 / (w1 + w2))
    direction: Floats = np.where(below >= told, -1.0, np.where(below <= 1 - told, 1.0, 0.0))
    return direction


def span(n1: Floats, n2: Floats, mass: float) -> Floats:
    """Upper over lower end of the ratio's interval; the exposures cancel.

    Examples:
        >>> span(np.array([12.0]), np.array([12.0]), 0.9).round(1).tolist()
        [3.8]

    """
    ends = [special.betaincinv(n2 + 0.5, n1 + 0.5, p) for p in ((1 - mass) / 2, (1 + mass) / 2)]
    low, high = (p / np.maximum(1 - p, 1e-12) for p in ends)
    wide: Floats = high / np.maximum(low, 1e-12)
    return wide


def chance_told(mean1: float, mean2: float, w1: float, w2: float, rules: Rules = DEFAULT) -> float:
    """Chance that the right direction is told, of calls expected to be seen in two periods.

    Args:
        mean1: calls the earlier period is expected to show.
        mean2: the later.
        w1: exposure of the earlier, days.
        w2: of the later.
        rules: when a direction is told.

    Examples:
        >>> round(chance_told(40.0, 20.0, 200.0, 200.0), 2)
        0.75

    """
    n1, n2, chance = _outcomes(mean1, mean2)
    right = -1.0 if mean2 / w2 < mean1 / w1 else 1.0
    said = told_direction(n1, n2, w1, w2, rules.told)
    return float(chance[said == right].sum())


def chance_carried(
    mean1: float, mean2: float, w1: float, w2: float, rules: Rules = DEFAULT
) -> float:
    """Chance that the looks carry a comparison: a direction, or a ratio that is known well enough.

    Examples:
        >>> round(chance_carried(16.0, 16.0, 160.0, 160.0), 2)
        0.95

    """
    n1, n2, chance = _outcomes(mean1, mean2)
    said = told_direction(n1, n2, w1, w2, rules.told) != 0
    return float(chance[said | (span(n1, n2, rules.mass) <= rules.widest)].sum())


def looks_to_carry(
    days: float,
    rate_per_day: float,
    reach: Callable[[float], float],
    rules: Rules = DEFAULT,
    *,
    scatter: float = SCATTER,
) -> Needed:
    """Looks with which a comparison of two alike periods is carried four times in five.

    Args:
        days: that are compared of each period.
        rate_per_day: at which calls come in both.
        reach: ``∫_0^g S(u) du`` in days of a time g in days, over the dwells held possible.
        rules: when looks carry a comparison.
        scatter: by how much evidence counts as less than its calls.

    Examples:
        >>> exponential = lambda g: 2.0 * -np.expm1(-g / 2.0)
        >>> looks_to_carry(365.0, 0.1, exponential).looks
        91

    """

    def succeeds(covered: float) -> float:
        mean = rate_per_day * covered / scatter
        return chance_carried(mean, mean, covered, covered, rules)

    return _least(days, reach, succeeds)


def looks_to_see_change(
    days: float,
    rate_per_day: float,
    reach: Callable[[float], float],
    rules: Rules = DEFAULT,
    *,
    scatter: float = SCATTER,
) -> Needed:
    """Looks in each of two periods with which a halving would be told four times in five.

    Args:
        days: that are compared of each period.
        rate_per_day: of the earlier one; the later has ``rules.change`` times that.
        reach: as for ``looks_to_carry``.
        rules: when a direction is told, and which change.
        scatter: by how much evidence counts as less than its calls.

    Examples:
        >>> exponential = lambda g: 2.0 * -np.expm1(-g / 2.0)
        >>> looks_to_see_change(365.0, 0.1, exponential).looks is None  # 36 calls a year are few
        True
        >>> looks_to_see_change(365.0, 0.3, exponential).looks
        107

    """

    def succeeds(covered: float) -> float:
        mean = rate_per_day * covered / scatter
        return chance_told(mean, rules.change * mean, covered, covered, rules)

    return _least(days, reach, succeeds)


def _outcomes(mean1: float, mean2: float) -> tuple[Floats, Floats, Floats]:
    """Pairs of counts and how likely each pair is; Poisson, all but a millionth."""
    n1, n2 = (np.arange(float(stats.poisson.isf(1e-7, m)) + 2) for m in (mean1, mean2))
    chance = stats.poisson.pmf(n1, mean1)[:, None] * stats.poisson.pmf(n2, mean2)[None, :]
    first, second = np.meshgrid(n1, n2, indexing="ij")
    return first.ravel(), second.ravel(), chance.ravel()


def _least(
    days: float, reach: Callable[[float], float], succeeds: Callable[[float], float]
) -> Needed:
    """Least number of evenly spread looks from which success is likely enough."""
    most = max(int(days * MOST_PER_DAY), 1)

    def chance(looks: int) -> float:
        return succeeds(min(looks * reach(days / looks), days))

    unbroken = succeeds(days)
    if unbroken < POWER:
        whole = counted(round(days), "day")
        chance_of_it = "less than 0.01" if unbroken < 0.01 else f"only {unbroken:.2f}"
        reason = (
            f"at this rate even unbroken watch for {whole} would succeed with chance "
            f"{chance_of_it}: calls are too few, not looks"
        )
        return Needed(None, unbroken, reason)
    if chance(most) < POWER:
        return Needed(None, unbroken, f"more than {MOST_PER_DAY:.0f} looks a day would be needed")
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) >= POWER else (middle, high)
    return Needed(high, chance(high))
