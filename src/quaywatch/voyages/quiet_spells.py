"""Times without an event, bracketed by what bounds them, and how often chance alone makes one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from quaywatch.errors import ArgumentError
from quaywatch.voyages.cadence import MONTH_DAYS, Event
from quaywatch.voyages.voyage import When, hours_between

_STEPS: Final = 2000
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietSpell:
    """A time without an event, bracketed by what bounds it."""

    began: When
    ended: When
    days: tuple[float | None, float | None]
    """Least and most length; None: it is open on that side."""
    chance: float | None
    """P(some spell at least as long as the least of it, in the whole period) at the usual rate;
    None: no rate was given."""
    compatible: int | None
    """Events that may have happened within it unseen, at 95%; None: it is not known how much
    was looked at."""
    reason: str
    method: str = "quiet-spell@1"


def quiet_spells(
    events: Sequence[Event],
    *,
    first: datetime,
    last: datetime,
    least_days: float,
    per_month: float | None = None,
    seen: float | None = None,
) -> list[QuietSpell]:
    """Spells of at least ``least_days`` for certain between events, and at both ends.

    Args:
        events: with both bounds known; those less probable than 0.5 end no spell.
        first: begin of what is known, aware.
        last: its end.
        least_days: shorter spells are not listed; counted between the nearest bounds.
        per_month: the usual rate, for how often chance alone makes such a spell.
        seen: share of the events that would have been seen within it.

    Examples:
        >>> from datetime import UTC
        >>> at = [When.at(datetime(2017, m, d, tzinfo=UTC)) for m, d in ((8, 20), (10, 13))]
        >>> found = quiet_spells([Event(w) for w in at], first=datetime(2017, 8, 1, tzinfo=UTC),
        ...                      last=datetime(2017, 10, 20, tzinfo=UTC), least_days=30)
        >>> [spell.days for spell in found]
        [(54.0, 54.0)]

    """
    sure = sorted(
        (e.at for e in events if e.probability >= 0.5 and e.at.earliest and e.at.latest),
        key=lambda w: (w.earliest or first, w.latest or last),
    )
    open_begin, open_end = When(None, first), When(last, None)
    bounds = [open_begin, *sure, open_end]
    found = []
    reached = open_begin
    for following in bounds[1:]:
        spell = _spell(reached, following, first, last, per_month, seen)
        if spell.days[0] is not None and spell.days[0] >= least_days:
            found.append(spell)
        # The one that may have happened last bounds the next spell.
        if following.latest is None or reached.latest is None or following.latest >= reached.latest:
            reached = following
    return found


def quiet_between(
    before: When, after: When, *, per_month: float | None = None, seen: float | None = None
) -> QuietSpell:
    """One spell from the last event before it to the first after it.

    Examples:
        >>> from datetime import UTC
        >>> quiet_between(When(datetime(2017, 8, 25, tzinfo=UTC), datetime(2017, 9, 5, tzinfo=UTC)),
        ...               When.at(datetime(2017, 10, 13, tzinfo=UTC))).days
        (38.0, 49.0)

    """
    first = before.earliest or before.latest
    last = after.latest or after.earliest
    if first is None or last is None:
        raise ArgumentError(
            flag="spell", fact="neither end is bounded", remedy="Bound one of them."
        )
    return _spell(before, after, first, last, per_month, seen)


def _spell(
    before: When,
    after: When,
    first: datetime,
    last: datetime,
    per_month: float | None,
    seen: float | None,
) -> QuietSpell:
    least, most = hours_between(before, after)
    days = (None if least is None else least / 24, None if most is None else most / 24)
    reasons = []
    if before.earliest is None:
        reasons.append("When it began is not known: what is known begins in it.")
    if after.latest is None:
        reasons.append("When it ended is not known: what is known ends in it.")
    chance = None
    if per_month is not None and days[0] is not None:
        chance = chance_of_spell(days[0], (last - first) / _DAY, per_month)
    compatible = None
    if seen is not None and seen > 0.0:
        # None seen of n, each seen with probability ``seen``: the largest n with 5% or more.
        compatible = 0 if seen >= 1.0 else int(math.log(0.05) / math.log1p(-seen))
        reasons.append(f"Up to {compatible} may have happened within it unseen.")
    else:
        reasons.append("How much was looked at within it is not known: absence is not shown.")
    return QuietSpell(before, after, days, chance, compatible, " ".join(reasons))


def chance_of_spell(days: float, period_days: float, per_month: float) -> float:
    """P(a Poisson process leaves some spell of ``days`` within a period, its ends included).

    With f(t) the probability of none so long in [0, t]: 1 below ``days``, and beyond it the
    integral of ``rate * exp(-rate * s) * f(t - s)`` over the first event at s below ``days``;
    solved on 2,000 steps.

    Source:
        Terminating renewal process of the first long gap: Feller (1971), volume 2, XI.7.

    Examples:
        >>> round(chance_of_spell(60, 365, 1.0), 2), round(chance_of_spell(60, 365, 4.0), 2)
        (0.89, 0.02)

    """
    rate = per_month / MONTH_DAYS
    if days > period_days:
        return 0.0
    step = period_days / _STEPS
    n = max(1, round(days / step))
    none = np.ones(_STEPS + 1)
    # The chance of the first event falling within each step.
    first = -np.diff(np.exp(-rate * step * np.arange(n + 1)))
    for k in range(n, _STEPS + 1):
        back = none[k - n : k + 1][::-1]
        none[k] = first[1:] @ (0.5 * (back[1:-1] + back[2:])) + first[0] * back[1]
    return float(1.0 - none[-1])
