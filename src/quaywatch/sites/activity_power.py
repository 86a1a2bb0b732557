"""Evidence of none, or no evidence: what looks without a single call may be said to show.

*Evidence of no activity above r* needs looks that would have shown a call at that rate with chance
0.95, over every dwell held possible, and a rate r that was fixed beforehand: a rate read off the
same looks, or chosen when they were known, proves nothing and is refused. Otherwise the answer is
*no evidence (insufficient looks)*, with how many calls stay possible.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np
from scipy import optimize

from quaywatch.errors import ActivityInputError
from quaywatch.evidence.wording import counted
from quaywatch.sites.activity_types import Period, days_of
from quaywatch.sites.exposure import DwellGrid, Floats, covered_exposure, dwell_grid
from quaywatch.sites.pattern import BerthRecord

METHOD: Final = "evidence-of-none@2"
POWER: Final = 0.95
AT_MOST: Final = 0.95
"""Credibility of the upper bound on calls."""
HAD_THERE_BEEN: Final = (1, 3, 10)
"""Calls for which the chance of having seen one is given."""

LEAST_COVERED: Final = 1e-6
"""Share of a period below which looks cover nothing of it: what is left is the far tail of the
dwell, and rounding."""

Verdict = Literal["evidence-of-none", "no-evidence", "calls-seen"]
RateRefusal = Literal["rate-not-fixed-beforehand", "rate-from-same-looks", "rate-unnamed"]


@dataclass(frozen=True)
class FixedRate:
    """A rate to hold silence against, and where it comes from."""

    per_day: float
    provenance: str
    """A claim's id, or a published statement: who fixed it, in which document."""
    period: Period | None = None
    """Over which it was measured, which must have ended before the one examined begins; None: it
    is not a measurement."""
    looks: tuple[str, ...] = ()
    """Ids of the looks it was measured from."""
    fixed_at: datetime | None = None
    """When it was stated, aware, if it has no period; before the one examined begins."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "per_day": self.per_day,
            "provenance": self.provenance,
            "period": None
            if self.period is None
            else [self.period.start.isoformat(), self.period.end.isoformat()],
            "looks": len(self.looks),
            "fixed_at": None if self.fixed_at is None else self.fixed_at.isoformat(),
        }


@dataclass(frozen=True)
class Silence:
    """What looks say of a period in which they show nobody."""

    verdict: Verdict
    calls_seen: int
    """Ships that lay there in the period or came in it, as far as looks tell."""
    looks: int
    """Usable looks that bear on the period."""
    days: float
    covered_days: float
    """Exposure W, mean over the dwells held possible."""
    rate: FixedRate | None
    rate_refusal: RateRefusal | None
    """Why the rate could not be used."""
    power: float | None
    """Chance of at least one sighting at the rate; None: there is no usable rate."""
    calls_not_excluded: float | None
    """Calls in the period that stay possible (95 %), if none was seen; None: any number does, or
    calls were seen."""
    chance_seen: tuple[tuple[int, float], ...]
    """Of k calls, the chance that at least one would have been seen."""
    method: str = METHOD

    @property
    def statement(self) -> str:
        """For people."""
        looks = counted(self.looks, "usable look")
        if self.verdict == "calls-seen":
            seen = counted(self.calls_seen, "call")
            return f"{seen} seen in {looks}: the question of none does not arise."
        if self.verdict == "evidence-of-none" and self.rate is not None:
            return (
                f"Evidence of no activity above {self.rate.per_day * 30:.1f} calls in 30 days "
                f"(fixed beforehand: {self.rate.provenance}): {looks} in {self._days} show "
                f"none, and would have shown one with chance {_chance(self.power)}. "
                f"Up to {self._most} cannot be excluded."
            )
        said = f"No evidence (insufficient looks): 0 calls in {looks} in {self._days}; "
        said += (
            "any number of calls stays possible"
            if self.calls_not_excluded is None
            else f"up to {self._most} cannot be excluded"
        )
        if self.rate_refusal is not None:
            return f"{said}. The rate was not used: {_WHY[self.rate_refusal]}."
        if self.power is not None and self.rate is not None:
            at = f"{self.rate.per_day * 30:.1f} calls in 30 days"
            said += f"; at {at} they would have shown one with chance {_chance(self.power)}"
        return said + "."

    @property
    def _days(self) -> str:
        return counted(round(self.days), "day")

    @property
    def _most(self) -> str:
        return counted(math.floor(self.calls_not_excluded or 0.0), "call")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        most = self.calls_not_excluded
        return {
            "verdict": self.verdict,
            "calls_seen": self.calls_seen,
            "looks": self.looks,
            "days": round(self.days, 3),
            "covered_days": round(self.covered_days, 3),
            "rate": None if self.rate is None else self.rate.to_json(),
            "rate_refusal": self.rate_refusal,
            "power": None if self.power is None else round(self.power, 4),
            "calls_not_excluded": None if most is None else round(most, 2),
            "chance_seen": [{"calls": k, "chance": round(p, 4)} for k, p in self.chance_seen],
            "statement": self.statement,
            "method": self.method,
        }


_WHY: Final[dict[RateRefusal, str]] = {
    "rate-not-fixed-beforehand": "nothing says that it was fixed before the period began",
    "rate-from-same-looks": "it was computed from the looks it is held against",
    "rate-unnamed": "it names no source that fixed it",
}


def silence(
    records: Sequence[BerthRecord],
    period: Period,
    *,
    rate: FixedRate | None = None,
    look_ids: Sequence[str] = (),
    dwell: DwellGrid | None = None,
    had_there_been: Sequence[int] = HAD_THERE_BEEN,
) -> Silence:
    """Whether looks are evidence that nobody came, and how many may have come unseen.

    Args:
        records: of the berths of the group, from well before the period to well after it; from
            ``berth_records``.
        period: that is examined.
        rate: of the whole group, fixed beforehand, that silence is held against.
        look_ids: of the looks examined; a rate computed from one of them is refused.
        dwell: dwells held possible: what other evidence left of the prior, as a look without a ship
            says nothing of dwell. Default ``dwell_grid()``.
        had_there_been: calls k for ``chance_seen``.

    Bias:
        Each call is taken to be seen by a look while she lies there. Where that is not certain,
        power is lower than given here. Of several berths the one looked at least decides.

    Raises:
        ActivityInputError: the rate is not positive.

    Examples:
        >>> from datetime import UTC
        >>> from quaywatch.sites.exposure import known_dwell
        >>> june = Period(datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC))
        >>> looks = days_of(june.start) + np.array([7.5, 15.0, 22.5, 30.0])
        >>> found = silence([BerthRecord(looks, ())], june, dwell=known_dwell(2.0))
        >>> print(found.statement)  # METHODS section 7: up to 11 calls
        No evidence (insufficient looks): 0 calls in 4 usable looks in 30 days; up to 11 calls cannot be excluded.

    """  # noqa: E501  # a statement as people read it
    if rate is not None and not (math.isfinite(rate.per_day) and rate.per_day > 0):
        raise ActivityInputError(fact="the rate to hold silence against is not above 0")
    dwell = dwell or dwell_grid()
    weight = np.exp(dwell.log_weight)
    start, end = days_of(period.start), days_of(period.end)
    # A ship that lay there from before is no silence either, though none came.
    seen = sum(c.last > start and c.after < end for r in records for c in r.calls)
    each = [covered_exposure(r.looks, start, end, dwell).inside_days for r in records]
    # A group is no better watched than its least watched berth, wherever its calls may have gone.
    covered = min(each, key=lambda w: float(w @ weight), default=np.zeros(len(dwell)))
    looks = {float(t) for r in records for t in r.looks if start <= t <= end}
    refusal = None if rate is None else rate_refusal(rate, period, look_ids)
    power = None if rate is None or refusal else power_at(rate.per_day, covered, weight)
    if seen:
        verdict: Verdict = "calls-seen"
    else:
        verdict = "evidence-of-none" if power is not None and power >= POWER else "no-evidence"
    return Silence(
        verdict=verdict,
        calls_seen=seen,
        looks=len(looks),
        days=period.days,
        covered_days=float(covered @ weight),
        rate=rate,
        rate_refusal=refusal,
        power=power,
        calls_not_excluded=None if seen else calls_not_excluded(covered, weight, period.days),
        chance_seen=tuple((k, power_at(k / period.days, covered, weight)) for k in had_there_been),
    )


def rate_refusal(
    rate: FixedRate, period: Period, look_ids: Sequence[str] = ()
) -> RateRefusal | None:
    """Why a rate cannot be held against the silence of a period, if it cannot.

    Args:
        rate: with its provenance.
        period: that is examined.
        look_ids: of the looks examined.

    Examples:
        >>> from datetime import UTC
        >>> year = lambda y: Period(*(datetime(n, 1, 1, tzinfo=UTC) for n in (y, y + 1)))
        >>> rate_refusal(FixedRate(0.1, "claim a", year(2017)), year(2018)) is None
        True
        >>> rate_refusal(FixedRate(0.1, "claim a", year(2018)), year(2018))
        'rate-from-same-looks'

    """
    if not rate.provenance.strip():
        return "rate-unnamed"
    if set(rate.looks) & set(look_ids):
        return "rate-from-same-looks"
    own = rate.period
    if own is not None and own.start < period.end and period.start < own.end:
        return "rate-from-same-looks"
    known_at = rate.fixed_at if own is None else own.end
    if known_at is None or known_at > period.start:
        return "rate-not-fixed-beforehand"
    return None


def power_at(rate_per_day: float, covered_days: Floats, weight: Floats) -> float:
    """Chance of at least one sighting at a rate: ``1 - E[exp(-r W)]`` over dwells.

    Args:
        rate_per_day: calls a day.
        covered_days: exposure W under each dwell, shape (G,).
        weight: of each dwell, shape (G,), sums to 1.

    Source:
        METHODS section 7.

    Examples:
        >>> round(power_at(3 / 30, np.array([13.5]), np.ones(1)), 2)  # METHODS section 7
        0.74

    """
    return max(0.0, float(-(np.expm1(-rate_per_day * covered_days) @ weight)))


def calls_not_excluded(covered_days: Floats, weight: Floats, days: float) -> float | None:
    """Calls in the period below which the true number lies with 95 %, if none was seen.

    The rate at which seeing nobody would have had chance 0.05, times the length.

    Args:
        covered_days: exposure W under each dwell, shape (G,).
        weight: of each dwell, shape (G,), sums to 1.
        days: length of the period.

    Returns:
        None if nothing was covered, or less than ``LEAST_COVERED`` of the period.

    Source:
        METHODS section 7: ``λ_95 = 3.0 / W``.

    Examples:
        >>> round(calls_not_excluded(np.array([13.5]), np.ones(1), 30.0), 1)  # METHODS section 7
        6.7

    """
    # Rounding leaves exposures a hair below nought, which a high rate would blow up.
    covered_days = np.maximum(covered_days, 0.0)
    if float(covered_days @ weight) <= LEAST_COVERED * days:
        return None
    miss = 1 - AT_MOST

    def over(log_rate: float) -> float:
        return float(np.exp(-math.exp(log_rate) * covered_days) @ weight) - miss

    # By Jensen's inequality the mean exposure gives the least rate it can be.
    low = math.log(-math.log(miss) / float(covered_days @ weight)) - 1e-9
    high = low + 1.0
    while over(high) > 0.0:
        high += 1.0
        if high > low + 60:
            return None
    return math.exp(float(optimize.brentq(over, low, high, xtol=1e-12))) * days


def _chance(chance: float | None) -> str:
    if chance is None:
        return "unknown"
    # Never rounded up to certainty.
    return "over 0.99" if chance > 0.99 else f"{chance:.2f}"
