"""Uncertain quantities as fixed sets of equally likely values, and what a set comes to.

Each quantity has a name, and its values follow from the name alone: the deadweight of a ship is
the same 10,000 values wherever she turns up, so that what is summed over her voyages keeps her one
error, and a voyage's figure never depends on which others were computed beside it. The values are
stratified (one in each of 10,000 equal slices of probability), in an order drawn from a hash.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

DRAWS: Final = 10_000
"""METHODS section 9."""
SEED: Final = 20_250_507
"""Goes into every name; stated in the parameters of each claim."""
_LEVELS: Final = (0.025, 0.10, 0.50, 0.90, 0.975)


@lru_cache(maxsize=256)
def uniforms(name: str, *, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """Values of one quantity's probability, in (0, 1), one in each equal slice, shape (draws,).

    The raw words of Philox are fixed by its definition, so the same name gives the same bits
    under any release of NumPy; names that differ are as good as independent.

    Source:
        McKay, Beckman & Conover (1979), doi:10.1080/00401706.1979.10489755 (stratified draws);
        Salmon et al. (2011), doi:10.1145/2063384.2063405 (Philox).

    Examples:
        >>> one, other = uniforms("a"), uniforms("b")
        >>> round(float(one.mean()), 4), abs(float(np.corrcoef(one, other)[0, 1])) < 0.04
        (0.5, True)

    """
    digest = hashlib.sha256(f"{seed}|{name}".encode()).digest()
    stream = np.random.Philox(key=int.from_bytes(digest[:16], "big"))
    order = np.argsort(stream.random_raw(draws), kind="stable")
    return _kept((order + 0.5) / draws)


def triangular(at: Floats, low: float, mode: float, high: float) -> Floats:
    """Quantiles of a triangular law; a law without width is its point.

    Examples:
        >>> triangular(np.array([0.0, 0.5, 1.0]), 0.0, 0.5, 1.0)
        array([0. , 0.5, 1. ])

    """
    if not low < high:
        return np.full_like(at, mode)
    turn = (mode - low) / (high - low)
    rising = low + np.sqrt(at * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - at) * (high - low) * (high - mode))
    return np.where(at < turn, rising, falling)


def beta_shaped(at: Floats, low: float, high: float) -> Floats:
    """Quantiles of Beta(2, 2) stretched over low to high: round-topped, nothing outside.

    ``3x² - 2x³ = p`` has the root ``x = ½ - sin(asin(1 - 2p) / 3)``.

    Examples:
        >>> beta_shaped(np.array([0.0, 0.5, 1.0]), 0.85, 0.97).round(3)
        array([0.85, 0.91, 0.97])

    """
    return low + (high - low) * (0.5 - np.sin(np.arcsin(1 - 2 * at) / 3))


def normal(at: Floats) -> Floats:
    """Quantiles of the standard normal law."""
    return np.asarray(special.ndtri(at), np.float64)


def between(at: Floats, low: float, mid: float, high: float) -> Floats:
    """Values of a quantity of which the 5%, 50% and 95% points are told, never below zero.

    A normal law of another width on either side of the middle: it meets the three points, and
    says nothing more than they do.

    Examples:
        >>> between(np.array([0.05, 0.5, 0.95]), 10.0, 12.0, 20.0).round(6)
        array([10., 12., 20.])

    """
    z = normal(at) / 1.6448536269514722
    return np.maximum(np.where(z < 0, mid + z * (mid - low), mid + z * (high - mid)), 0.0)


@lru_cache(maxsize=256)
def sharing(name: str, shared: str, correlation: float) -> Floats:
    """Probabilities of one quantity that errs in part with all others that share a cause.

    Args:
        name: of the quantity.
        shared: of the cause.
        correlation: of the normal scores of any two quantities under it, 0 to 1.

    Examples:
        >>> one, other = sharing("a", "cause", 0.8), sharing("b", "cause", 0.8)
        >>> float(np.corrcoef(one, other)[0, 1]) > 0.7, float((one < 0.3).mean())
        (True, 0.3)

    """
    common, own = normal(uniforms(f"all|{shared}")), normal(uniforms(name))
    z = math.sqrt(correlation) * common + math.sqrt(1 - correlation) * own
    # Back to ranks: the share of draws below p is then p, whatever the order came out as.
    return _kept((np.argsort(np.argsort(z, kind="stable"), kind="stable") + 0.5) / len(z))


def _kept(values: Floats) -> Floats:
    """The values closed to writing: whoever asks for them again gets the same array."""
    values.flags.writeable = False
    return values


@dataclass(frozen=True, slots=True)
class Spread:
    """What a set of equally likely values comes to."""

    mean: float
    low95: float
    low80: float
    median: float
    high80: float
    high95: float
    unit: str
    """``t`` or ``USD``."""

    @classmethod
    def of(cls, values: Floats, unit: str) -> Self:
        """Mean, median and the central 80 and 95% of the values."""
        low95, low80, median, high80, high95 = (float(v) for v in np.quantile(values, _LEVELS))
        return cls(float(values.mean()), low95, low80, median, high80, high95, unit)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, whole units."""
        return {
            "mean": _whole(self.mean),
            "median": _whole(self.median),
            "interval_80": [_whole(self.low80), _whole(self.high80)],
            "interval_95": [_whole(self.low95), _whole(self.high95)],
            "unit": self.unit,
        }

    def said(self) -> str:
        """Mean and interval as printed: of a sum, the median would be too much.

        Whether a ship was laden at all can only lower a cargo, so the median of a sum lies above
        what the voyages carry on average. Where the mean is outside the 80% interval, as of one
        voyage that was laden with near certainty, the 95% interval stands beside it.

        Examples:
            >>> Spread(12.0e3, 9.0e3, 10.49e3, 12.1e3, 13.2e3, 14.0e3, "t").said()
            '12,000 t (10,500 to 13,200 t, 80%)'

        """
        low, high, level = self.low80, self.high80, "80%"
        if not low <= self.mean <= high:
            low, high, level = self.low95, self.high95, "95%"
        first = shown(low, self.unit) if self.unit != "t" else f"{rounded(low):,.0f}"
        return f"{shown(self.mean, self.unit)} ({first} to {shown(high, self.unit)}, {level})"


def _whole(value: float) -> int:
    return round(value)


def rounded(value: float, digits: int = 3) -> float:
    """To so many significant digits.

    Examples:
        >>> rounded(18333.33), rounded(0.0)
        (18300.0, 0.0)

    """
    return float(f"{value:.{digits}g}")


def shown(value: float, unit: str) -> str:
    """A figure to three digits with its unit.

    Examples:
        >>> shown(18333.3, "t"), shown(33.0e6, "USD"), shown(0.0, "USD")
        ('18,300 t', '$33.0 million', '$0')

    """
    kept = rounded(value)
    if unit != "USD":
        return f"{kept:,.0f} {unit}"
    if abs(kept) >= 1e6:
        return f"${kept / 1e6:,.1f} million" if abs(kept) < 1e8 else f"${kept / 1e6:,.0f} million"
    return f"${kept:,.0f}"


@dataclass(frozen=True, slots=True)
class Driver:
    """One cause of an interval's width."""

    name: str
    variance_share: float
    """Share of the variance that this alone makes (first-order Sobol index)."""
    low: float
    """10% point of the total when this alone varies, all else at its mean."""
    high: float
    """90% point of the same."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "variance_share": round(self.variance_share, 3),
            "low": _whole(self.low),
            "high": _whole(self.high),
        }


def drivers(total: Floats, alone: dict[str, Floats]) -> tuple[Driver, ...]:
    """What makes the interval wide, the widest first; what makes none of it is left out.

    Args:
        total: the values, shape (draws,).
        alone: by cause, the values when all others stand at their means. Where the total is a
            product or a sum of products of independent causes, each such array is its
            conditional expectation, and its variance share the first-order Sobol index.

    Source:
        Sobol' (2001), doi:10.1016/S0378-4754(00)00270-6.

    """
    whole = float(np.var(total))
    found = []
    for name, values in alone.items():
        share = float(np.var(values)) / whole if whole > 0 else 0.0
        if share > 5e-4:
            low, high = (float(v) for v in np.quantile(values, (0.1, 0.9)))
            found.append(Driver(name, share, low, high))
    return tuple(sorted(found, key=lambda d: (-d.variance_share, d.name)))
