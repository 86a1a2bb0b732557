"""How much of a period looks could have shown: a ship that came and went between two is unseen.

Times are days as floats from one common origin; a dwell is the time from arrival to departure.
Dwells are known by their median, since what is published of them is a median, or by their mean.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

TYPICAL_MEDIAN_DAYS: Final = 2.05
"""A dry-bulk call (UNCTAD 2018, METHODS section 7)."""
TYPICAL_LOG_SD: Final = 0.6
"""How far a site's median may be from that, as standard deviation of its logarithm."""


@dataclass(frozen=True, slots=True)
class Family:
    """A form of dwell distribution, free of scale: times are in units of its median."""

    kind: str
    """``lognormal`` or ``gamma``."""
    spread: float
    """Of a lognormal the standard deviation of the logarithm, of a gamma its shape (1 is the
    exponential)."""

    @property
    def mean(self) -> float:
        """Mean in medians."""
        if self.kind == "lognormal":
            return math.exp(self.spread**2 / 2)
        return float(self.spread / special.gammaincinv(self.spread, 0.5))

    def survival(self, x: Floats) -> Floats:
        """Share still there ``x`` medians after arrival; same shape."""
        x = np.maximum(x, 0.0)
        if self.kind == "lognormal":
            with np.errstate(divide="ignore"):
                stays: Floats = special.ndtr(-np.log(x) / self.spread)
            return stays
        rate = special.gammaincinv(self.spread, 0.5)
        there: Floats = special.gammaincc(self.spread, x * rate)
        return there

    def integral(self, x: Floats) -> Floats:
        """∫ of the survival from 0 to ``x``, in medians: the mean dwell cut off at ``x``."""
        x = np.maximum(x, 0.0)
        reach = np.minimum(x, 1e9)  # beyond it everything has left; ∞ · 0 is no number
        if self.kind == "lognormal":
            with np.errstate(divide="ignore"):
                log = np.log(reach)
            early = self.mean * special.ndtr((log - self.spread**2) / self.spread)
            cut: Floats = early + reach * special.ndtr(-log / self.spread)
            return cut
        rate = special.gammaincinv(self.spread, 0.5)
        early = self.spread / rate * special.gammainc(self.spread + 1, reach * rate)
        whole: Floats = early + reach * special.gammaincc(self.spread, reach * rate)
        return whole


EXPONENTIAL: Final = Family("gamma", 1.0)
FAMILIES: Final = (
    (Family("lognormal", 0.35), 0.25),
    (Family("lognormal", 0.6), 0.5),
    (Family("lognormal", 0.9), 0.25),
)
"""Forms of dwell held possible, with their weights: the form is not known either. The exponential
is not among them: its commonest dwell is none at all, and a cargo ship that has made fast stays
for hours."""


@dataclass(frozen=True)
class DwellGrid:
    """Dwell distributions held possible, each with its weight.

    Every array over dwells has one entry per distribution (axis length G).
    """

    families: tuple[Family, ...]
    family_of: NDArray[np.int64]
    """Shape (G,)."""
    median_days: Floats
    """Shape (G,)."""
    log_weight: Floats
    """Shape (G,); natural logarithm of weights that sum to 1: the prior."""

    def __len__(self) -> int:
        return len(self.median_days)

    @property
    def mean_days(self) -> Floats:
        """Shape (G,)."""
        return np.array([f.mean for f in self.families])[self.family_of] * self.median_days

    def survival(self, days: ArrayLike) -> Floats:
        """P(dwell > days): shape of ``days`` with an axis of G added."""
        return self._each("survival", days)

    def integral(self, days: ArrayLike) -> Floats:
        """∫ of the survival from 0 to ``days``, in days: shape of ``days`` and G.

        With ∞ it is the mean dwell.
        """
        return self._each("integral", days) * self.median_days

    def _each(self, what: str, days: ArrayLike) -> Floats:
        x = np.asarray(days, dtype=np.float64)[..., None] / self.median_days
        out = np.empty_like(x)
        for number, family in enumerate(self.families):
            own = self.family_of == number
            out[..., own] = getattr(family, what)(x[..., own])
        return out

    def weighted(self, log_likelihood: Floats) -> Self:
        """The same dwells after data with that log-likelihood, shape (G,)."""
        log = self.log_weight + log_likelihood
        return replace(self, log_weight=log - special.logsumexp(log))

    def mixture_survival(self, days: ArrayLike) -> Floats:
        """P(dwell > days) over all dwells held possible; shape of ``days``."""
        mixed: Floats = self.survival(days) @ np.exp(self.log_weight)
        return mixed

    def to_json(self) -> dict[str, Any]:
        """What the prior was, in figures a reader can follow."""
        weight = np.exp(self.log_weight)
        log = np.log(self.median_days)
        centre = float(weight @ log)
        return {
            "median_days": round(math.exp(centre), 3),
            "log_sd": round(float(np.sqrt(weight @ (log - centre) ** 2)), 3),
            "forms": [
                {
                    "kind": f.kind,
                    "spread": f.spread,
                    "weight": round(float(weight[self.family_of == n].sum()), 3),
                }
                for n, f in enumerate(self.families)
            ],
        }


def dwell_grid(
    median_days: float = TYPICAL_MEDIAN_DAYS,
    log_sd: float = TYPICAL_LOG_SD,
    *,
    families: Sequence[tuple[Family, float]] = FAMILIES,
    size: int = 49,
) -> DwellGrid:
    """Dwells held possible: medians lognormal about ``median_days``, of every form given.

    Args:
        median_days: centre of the prior of the median dwell.
        log_sd: standard deviation of its logarithm; 0 for a dwell that is known.
        families: forms and their weights.
        size: medians per form; a grid, not draws, so that the same input gives the same bits.

    Examples:
        >>> grid = dwell_grid(2.0, 0.0, families=[(EXPONENTIAL, 1.0)])
        >>> len(grid), round(float(grid.survival(2.0)[0]), 3)
        (1, 0.5)

    """
    steps = np.linspace(-3.2, 3.2, size) if log_sd > 0 else np.zeros(1)
    medians = median_days * np.exp(log_sd * steps)
    weight = np.exp(-(steps**2) / 2)
    weights = np.concatenate([share * weight for _, share in families])
    return DwellGrid(
        families=tuple(family for family, _ in families),
        family_of=np.repeat(np.arange(len(families)), len(steps)),
        median_days=np.tile(medians, len(families)),
        log_weight=np.log(weights / weights.sum()),
    )


def known_dwell(mean_days: float, family: Family = EXPONENTIAL) -> DwellGrid:
    """One dwell, taken as known, from its mean.

    Examples:
        >>> round(float(known_dwell(2.0).survival(2.0)[0]), 4)
        0.3679

    """
    return dwell_grid(mean_days / family.mean, 0.0, families=[(family, 1.0)])


def dwells_seen(
    days_least: ArrayLike, days_most: ArrayLike, prior: DwellGrid | None = None
) -> DwellGrid:
    """Dwells held possible after dwells that were measured whole, as by AIS.

    Args:
        days_least: of every call the least its dwell can have been, days.
        days_most: the most; ∞ if she was still there.
        prior: default ``dwell_grid()``.

    Bias:
        Only for calls that were found whether they were long or short. Calls seen in images are
        not: long ones are seen more often, which the pattern likelihood allows for.

    Examples:
        >>> grid = dwells_seen([1.9, 2.0, 2.2, 3.1, 1.4] * 8, [2.0, 2.1, 2.3, 3.2, 1.5] * 8)
        >>> 1.9 < grid.to_json()["median_days"] < 2.2
        True

    """
    prior = prior or dwell_grid()
    least, most = np.asarray(days_least, np.float64), np.asarray(days_most, np.float64)
    inside = prior.survival(least) - np.where(
        np.isinf(most)[..., None], 0.0, prior.survival(np.minimum(most, 1e9))
    )
    return prior.weighted(np.log(np.maximum(inside, 1e-12)).sum(axis=0))


@dataclass(frozen=True)
class Exposure:
    """What looks at one berth could have shown of arrivals."""

    inside_days: Floats
    """Shape (G,): ∫ over the period of the chance that a ship arriving then is in a look."""
    window_days: Floats
    """Shape (G,): the same over the period and what is needed to close it on both sides: from the
    last look before it (∞ earlier, if there is none) to the first after it."""
    looks: int
    """Looks that bear on it."""


def covered_exposure(looks: ArrayLike, start: float, end: float, dwell: DwellGrid) -> Exposure:
    """The covered exposure W of one berth over a period.

    A ship that arrives at ``s`` is seen if she stays until the next look. Of a period that ends
    between two looks the last part is covered by the look after it; without one it is not covered.
    Ships that lie there at the first look ever may have come long before: so far back reaches
    ``window_days``, and ``inside_days`` does not.

    Args:
        looks: instants of looks at which the berth could be told, days; any order, repeats count
            once. Looks before and after the period help.
        start: of the period, days.
        end: of the period, days.
        dwell: dwells held possible.

    Source:
        METHODS section 7: ``W = Σ ∫_0^{g_i} S(u) du``.

    Examples:
        METHODS section 7: seven evenly spaced looks inside 30 days, and one at their end, cover
        13.5 days at a dwell of 2 days.

        >>> looks = [30 * n / 8 for n in range(1, 9)]
        >>> round(float(covered_exposure(looks, 0.0, 30.0, known_dwell(2.0)).inside_days[0]), 1)
        13.5

    """
    at = np.unique(np.asarray(looks, dtype=np.float64))
    nothing = np.zeros(len(dwell))
    if not len(at):
        return Exposure(nothing, nothing, 0)
    first = max(int(np.searchsorted(at, start, side="right")) - 1, -1)
    last = min(int(np.searchsorted(at, end, side="left")), len(at) - 1)
    before = np.concatenate([[-np.inf], at])[first + 1 : last + 1]
    after = at[first + 1 : last + 1]
    if not len(after):
        return Exposure(nothing, nothing, 0)
    since = dwell.integral(after - np.maximum(before, start))
    until = dwell.integral(np.maximum(after - end, 0.0))
    window = dwell.integral(after - before)
    return Exposure((since - until).sum(axis=0), window.sum(axis=0), len(after) + (first >= 0))


def chance_to_see(calls: float, inside_days: float, days: float) -> float:
    """Chance that at least one is seen, if calls came at a rate of so many per period.

    Args:
        calls: expected in the period.
        inside_days: covered exposure, days.
        days: length of the period.

    Examples:
        >>> round(chance_to_see(3, 13.5, 30), 2)  # METHODS section 7
        0.74

    """
    return -math.expm1(-calls * inside_days / days)
