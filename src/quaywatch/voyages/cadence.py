"""How often: voyages, calls or shipments a month, with intervals.

Counts are Poisson at a rate that is Gamma; uncertain ones are counted by their probability, trips
that straddle a month's end by how much of their interval lies on either side, months of which
little was seen by how much was. Where counts vary more than chance lets them, the interval widens.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import gamma, nbinom

from quaywatch.errors import ArgumentError, ProbabilityError
from quaywatch.voyages.voyage import When

METHOD: Final = "cadence@2"
SHAPE: Final = 0.5
"""Jeffreys' prior of a Poisson rate: Gamma(1/2, 0)."""
MONTH_DAYS: Final = 365.2425 / 12
LEAST_MONTHS: Final = 4
"""With fewer months nothing is said of over-dispersion."""
_TIED: Final = 0.8
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Event:
    """One voyage, call or shipment, counted when it began."""

    at: When
    """Both bounds known."""
    probability: float = 1.0
    """That it happened."""


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month, or the part of it within the period."""

    start: datetime
    end: datetime
    exposure: float
    """Months' worth of time in which an event would have been counted, of all ships together."""
    least: int
    """Events certain to have happened and to belong to it."""
    most: int
    """Events that may have happened and may belong to it."""
    expected: float


@dataclass(frozen=True, slots=True)
class Cadence:
    """A rate a month, with what it rests on."""

    per_month: float | None
    """Mean of the rate, a month and ship in view; None with ``reason``."""
    low: float | None
    high: float | None
    level: float
    a_month: tuple[int, int] | None
    """What one fully seen month of one ship may hold, at the same level."""
    events: float
    """Expected number counted."""
    exposure: float
    """Months' worth of looking, of all ships together."""
    dispersion: float | None
    """Variance over mean of the monthly counts; None: too few months, or dates too vague. Above 1
    it has widened the interval."""
    months: tuple[Month, ...]
    reason: str | None
    method: str = METHOD

    def holds(self, rate: float) -> bool | None:
        """Whether a rate a month lies within the interval; None: there is none."""
        return None if self.low is None or self.high is None else self.low <= rate <= self.high


def cadence(
    events: Sequence[Event],
    *,
    first: datetime,
    last: datetime,
    seen: Sequence[float] | float = 1.0,
    ships: int = 1,
    level: float = 0.9,
) -> Cadence:
    """The rate a month from ``first`` to ``last`` and its central credible interval.

    It is a rate of what was in view: of several ships, a month and ship. What all of them do
    together when all are in view is not said, since nobody saw that.

    Args:
        events: those counted; what lies wholly outside the period is left out, and of one whose
            interval straddles an end, the part inside counts.
        first: begin of the period, aware.
        last: its end, aware, later.
        seen: share of the events that would have been counted, 0 to 1: one for all, or one a
            calendar month (from detection and looks); 0: nothing was looked at.
        ships: of which so large a share was in view; one for a place or a single ship.
        level: of the interval.

    Raises:
        ArgumentError: there is no ship, the period is empty, an event has no bounds, or ``seen`` is
            not one a month.
        ProbabilityError: a share or a probability is not between 0 and 1.

    Bias: events hidden from all looks are in the rate only as far as ``seen`` is right; the
    months are taken to be exchangeable, so a rate that changed shows as over-dispersion.

    Source:
        Gamma-Poisson with Jeffreys' prior; Poisson-binomial counts; quasi-Poisson widening,
        McCullagh & Nelder (1989), chapter 6.2.

    Examples:
        >>> day = [datetime(2025, m, 10, tzinfo=UTC) for m in (1, 1, 2, 3, 3, 3)]
        >>> found = cadence([Event(When.at(d)) for d in day],
        ...                 first=datetime(2025, 1, 1, tzinfo=UTC),
        ...                 last=datetime(2025, 4, 1, tzinfo=UTC))
        >>> round(found.per_month, 2), found.holds(2.0), [m.least for m in found.months]
        (2.2, True, [2, 1, 3])

    """
    if not 0.0 < level < 1.0:
        raise ProbabilityError(value=level)
    spans = _months(first, last)
    if ships < 1:
        fact = f"{ships} ships were looked for"
        raise ArgumentError(flag="ships", fact=fact, remedy="Give one at least.")
    shares = [share * ships for share in _shares(seen, len(spans))]
    parts = _parts(events, spans)
    exposure = np.array(
        [(b - a) / _DAY / MONTH_DAYS * s for (a, b), s in zip(spans, shares, strict=True)]
    )
    months = tuple(
        Month(
            a,
            b,
            float(exposure[k]),
            int((parts[:, k] >= 1.0 - 1e-9).sum()),
            int((parts[:, k] > 1e-9).sum()),
            float(parts[:, k].sum()),
        )
        for k, (a, b) in enumerate(spans)
    )
    total = float(exposure.sum())
    counted = parts[:, exposure > 0].sum(axis=1)
    expected = float(counted.sum())
    if total <= 0.0:
        why = "Nothing was looked at: no rate can be told."
        return Cadence(None, None, None, level, None, expected, 0.0, None, months, why)
    counts = poisson_binomial(np.clip(counted, 0.0, 1.0))
    spread = _dispersion(months)
    wide = max(1.0, spread or 1.0)
    low, high = (_quantile(counts, total, q, wide) for q in ((1 - level) / 2, (1 + level) / 2))
    mean = (expected + SHAPE) / total
    told = None
    if expected == 0.0:
        told = f"None was counted in {total:.1f} months' worth of looking."
    return Cadence(
        mean,
        low,
        high,
        level,
        _a_month(expected, total, wide, level),
        expected,
        total,
        spread,
        months,
        told,
    )


def _months(first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    """Calendar months (UTC) that the period touches, cut to it."""
    if first.tzinfo is None or last.tzinfo is None or last <= first:
        raise ArgumentError(
            flag="period",
            fact=f"{first.isoformat()} to {last.isoformat()} is empty, or has no time zone",
            remedy="Give aware times, the later last.",
        )
    a, b = first.astimezone(UTC), last.astimezone(UTC)
    found = []
    at = a
    while at < b:
        days = calendar.monthrange(at.year, at.month)[1]
        end = datetime(at.year, at.month, days, tzinfo=UTC) + _DAY
        found.append((at, min(end, b)))
        at = end
    return found


def _shares(seen: Sequence[float] | float, n: int) -> list[float]:
    shares = [float(seen)] * n if isinstance(seen, int | float) else [float(s) for s in seen]
    if len(shares) != n:
        raise ArgumentError(
            flag="seen",
            fact=f"{len(shares)} shares for {n} months",
            remedy="Give one share, or one for each calendar month.",
        )
    for share in shares:
        if not 0.0 <= share <= 1.0:
            raise ProbabilityError(value=share)
    return shares


def _parts(
    events: Sequence[Event], spans: Sequence[tuple[datetime, datetime]]
) -> NDArray[np.float64]:
    """Probability of each event belonging to each month, shape (events, months)."""
    found = np.zeros((len(events), len(spans)))
    for i, event in enumerate(events):
        if not 0.0 <= event.probability <= 1.0:
            raise ProbabilityError(value=event.probability)
        a, b = event.at.earliest, event.at.latest
        if a is None or b is None:
            raise ArgumentError(
                flag="event",
                fact="a bound of its time is missing",
                remedy="Leave it out, or bound it by what is known.",
            )
        for k, (start, end) in enumerate(spans):
            if a == b:
                inside = float(start <= a < end)
            else:
                inside = max(0.0, (min(b, end) - max(a, start)) / (b - a))
            found[i, k] = event.probability * inside
    return found


def poisson_binomial(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of 0 … n of n independent events.

    Examples:
        >>> poisson_binomial(np.array([0.5, 1.0])).tolist()
        [0.0, 0.5, 0.5]

    """
    found = np.ones(1)
    for share in shares.tolist():
        found = np.convolve(found, [1.0 - share, share])
    return found


def _quantile(counts: NDArray[np.float64], exposure: float, q: float, wide: float) -> float:
    """Quantile of the mixture of Gammas, one a count; over-dispersion divides what they weigh."""
    n = np.arange(len(counts))
    shape, scale = (n + SHAPE) / wide, wide / exposure

    def below(rate: float) -> float:
        return float(counts @ gamma.cdf(rate, shape, scale=scale)) - q

    top = float(gamma.ppf(1 - 1e-9, shape[-1], scale=scale)) + 1.0
    return float(brentq(below, 0.0, top, xtol=1e-10))


def _dispersion(months: Sequence[Month]) -> float | None:
    """Pearson's statistic over its degrees of freedom, of months with some exposure."""
    used = [m for m in months if m.exposure > 0]
    total = sum(m.exposure for m in used)
    expected = sum(m.expected for m in used)
    # Counts that dates do not tie to a month say nothing of how much the months differ.
    sure = sum(m.least for m in used)
    if len(used) < LEAST_MONTHS or expected <= 0.0 or sure < _TIED * expected:
        return None
    rate = expected / total
    each = [(m.expected - rate * m.exposure) ** 2 / (rate * m.exposure) for m in used]
    return sum(each) / (len(used) - 1)


def _a_month(expected: float, exposure: float, wide: float, level: float) -> tuple[int, int]:
    """Least and most that one month may hold: rate and chance together."""
    mean = (expected + SHAPE) / exposure
    variance = wide * mean * (1.0 + 1.0 / exposure)
    size = mean**2 / (variance - mean)
    spread = nbinom(size, size / (size + mean))
    low, high = spread.ppf((1 - level) / 2), spread.ppf((1 + level) / 2)
    return int(max(0.0, low)), int(high)
