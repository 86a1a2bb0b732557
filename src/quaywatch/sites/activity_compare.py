"""Was a berth, or a site, busier in one period than in another? By posterior, or not at all.

Raw counts are never compared: of each month that both periods have, calls are held against what
looks of that month could have shown (``activity_ratio``). Looks that cannot carry an answer get a
refusal with its code, and with the number of looks that would carry one. A refusal is a value and
not an error, so that of four years the two that can be compared still are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations, pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from quaywatch.errors import ActivityInputError
from quaywatch.sites.activity_comparison import (
    METHOD,
    Comparison,
    Ratio,
    Refusal,
    Side,
    Verdict,
)
from quaywatch.sites.activity_needed import (
    DEFAULT,
    SCATTER,
    Needed,
    Rules,
    chance_told,
    looks_to_carry,
    looks_to_see_change,
)
from quaywatch.sites.activity_ratio import RatioPosterior, Strata, ratio_posterior
from quaywatch.sites.activity_types import EPOCH, Period, days_of
from quaywatch.sites.exposure import DwellGrid, Floats, dwell_grid
from quaywatch.sites.look_gaps import LookGaps, dispersion, look_gaps
from quaywatch.sites.pattern import BerthRecord

__all__ = ["METHOD", "Comparison", "Ratio", "Refusal", "Rules", "Side", "compare"]


def compare(
    records: Sequence[BerthRecord],
    periods: Sequence[tuple[str, Period]],
    *,
    dwell: DwellGrid | None = None,
    shared_dwell: bool | None = None,
    matched: bool = True,
    pairs: Literal["all", "next"] = "all",
    rules: Rules = DEFAULT,
) -> tuple[Comparison, ...]:
    """Compares every two of some periods (or each with the next).

    Refused is what the looks cannot carry: no direction is told with ``rules.told``, and the
    interval of the ratio spans a factor above ``rules.widest``. Then neither "fewer" nor "about as
    many" can be said. Of several pairs each needs a surer direction, so that the chance of *any*
    false one stays what it is for a single pair (Bonferroni).

    Args:
        records: of the berths of the group, over all periods and about them; from
            ``berth_records``, days since ``EPOCH``.
        periods: name and period, earliest first.
        dwell: dwells held possible beforehand; default ``dwell_grid()``.
        shared_dwell: one dwell for both periods (True), one for each (False; ratios are wider), or
            as the looks have it, even odds beforehand (None).
        matched: compare month by month, over those months that both periods have; False compares
            them as wholes, and then a season that one of them lacks looks like a change.
        pairs: all pairs, or each period with the next.
        rules: when looks carry an answer.

    Bias:
        Every look is taken to show every ship that lay there. Within a month arrivals are Poisson;
        where calls scatter more from look to look, as in convoys, or months disagree by more than
        that, the interval is widened. A call counts in the month of the look that first shows her.

    Source:
        METHODS section 7.

    Raises:
        ActivityInputError: fewer than two periods, or out of order.

    Examples:
        >>> from datetime import UTC, datetime
        >>> from quaywatch.sites.pattern import Call
        >>> first, last = (days_of(datetime(y, 1, 1, tzinfo=UTC)) for y in (2017, 2019))
        >>> looks = np.arange(first, last, 2.0)
        >>> seen = [n for n in range(3, len(looks) - 1, 9) if n < 150 or n % 4 == 0]
        >>> calls = tuple(Call(*looks[[n - 1, n, n, n + 1]]) for n in seen)
        >>> year = lambda y: (str(y), Period(*(datetime(n, 1, 1, tzinfo=UTC) for n in (y, y + 1))))
        >>> (found,) = compare([BerthRecord(looks, calls)], [year(2017), year(2018)])
        >>> found.verdict, found.ratio.p_fewer > 0.99, len(found.months)
        ('fewer', True, 12)

    """
    if len(periods) < 2:
        raise ActivityInputError(fact="a comparison needs two periods")
    if any(b.start < a.end for (_, a), (_, b) in pairwise(periods)):
        raise ActivityInputError(fact="the periods overlap or are not in time order")
    gaps = look_gaps(records, dwell or dwell_grid())
    chosen = list(combinations(periods, 2) if pairs == "all" else pairwise(periods))
    sure = Rules(rules.mass, rules.widest, 1 - (1 - rules.told) / len(chosen), rules.change)
    return tuple(
        _compared(gaps, two, shared=shared_dwell, matched=matched, rules=sure, pairs=len(chosen))
        for two in chosen
    )


@dataclass(frozen=True)
class _Cells:
    """A period cut into months: which looks, and how long each is."""

    gaps: LookGaps
    month: NDArray[np.int64]
    """Shape (L,): month of the year of each look; 0 where months are not told apart."""
    days: dict[int, float]
    """Month of the year → days of it inside the period."""


def _cells(gaps: LookGaps, period: Period, *, matched: bool) -> _Cells:
    own = gaps.between(days_of(period.start), days_of(period.end))
    if not matched:
        return _Cells(own, np.zeros(len(own), np.int64), {0: period.days})
    month = np.array([(EPOCH + timedelta(days=t)).month for t in own.at.tolist()], np.int64)
    days: dict[int, float] = {}
    at = period.start
    while at < period.end:
        following = (at.replace(day=1) + timedelta(days=32)).replace(
            day=1, hour=0, minute=0, second=0, microsecond=0
        )
        stop = min(following, period.end)
        days[at.month] = days.get(at.month, 0.0) + (stop - at) / timedelta(days=1)
        at = stop
    return _Cells(own, month, days)


def _common(one: _Cells, two: _Cells) -> dict[int, list[int]]:
    """Month → berths that both periods have a look at in it; no month without one."""
    common = {}
    for month in sorted(set(one.days) & set(two.days)):
        berths = [set(c.gaps.berth[c.month == month].tolist()) for c in (one, two)]
        both = sorted(berths[0] & berths[1])
        if both:
            common[month] = both
    return common


@dataclass(frozen=True)
class _Held:
    """A period reduced to the months compared."""

    strata: Strata
    looks: int
    calls: float
    days: float


def _held(cells: _Cells, common: dict[int, list[int]]) -> _Held:
    parts = [
        cells.gaps.where((cells.month == month) & np.isin(cells.gaps.berth, berths))
        for month, berths in common.items()
    ]
    each = [part.group() for part in parts]
    strata = Strata(
        np.array([calls for calls, _ in each]),
        np.array([exposure for _, exposure in each]),
        np.sum([part.log_pattern.sum(axis=0) for part in parts], axis=0),
        cells.gaps.dwell.log_weight,
    )
    return _Held(
        strata,
        sum(part.instants() for part in parts),
        sum(part.counted() for part in parts),
        sum(cells.days[month] for month in common),
    )


def _compared(
    gaps: LookGaps,
    named: tuple[tuple[str, Period], tuple[str, Period]],
    *,
    shared: bool | None,
    matched: bool,
    rules: Rules,
    pairs: int,
) -> Comparison:
    cells = [_cells(gaps, period, matched=matched) for _, period in named]
    common = _common(cells[0], cells[1])
    every = set(cells[0].days) | set(cells[1].days)
    if common:
        held = [_held(own, common) for own in cells]
        found = ratio_posterior(
            held[0].strata, held[1].strata, shared=shared, dispersion=_dispersion(cells)
        )
        weight = _dwells(held[0].strata, held[1].strata)
        covered = [float(weight @ h.strata.exposure.sum(axis=0)) for h in held]
        sides = [
            Side(label, period, h.looks, h.calls, w, h.days)
            for (label, period), h, w in zip(named, held, covered, strict=True)
        ]
        # With more looks more months would have one in both: all that both periods have count.
        both = set(cells[0].days) & set(cells[1].days)
        days = sum(min(own.days[month] for own in cells) for month in both)
        refusal, chance, see = _judged(sides, found, gaps.dwell, weight, days, rules)
    else:
        found, chance, see = None, None, None
        sides = [
            Side(label, period, own.gaps.instants(), own.gaps.counted(), 0.0, 0.0)
            for (label, period), own in zip(named, cells, strict=True)
        ]
        refusal = _no_month([side.label for side in sides if not side.looks])
    ratio = None if found is None or refusal is not None else _ratio(found, rules)
    return Comparison(
        earlier=sides[0],
        later=sides[1],
        months=tuple(month for month in common if month),
        months_left_out=tuple(sorted(every - set(common))) if matched else (),
        shared_dwell=shared,
        p_same_dwell=None if found is None else found.p_same_dwell,
        ratio=ratio,
        verdict=None if ratio is None else _verdict(ratio, rules),
        refusal=refusal,
        chance_of_seeing_change=chance,
        looks_to_see_change=see,
        scatter_p=None if found is None else found.scatter_p,
        widened=1.0 if found is None else found.widened,
        rules=rules,
        pairs=pairs,
    )


def _dispersion(cells: Sequence[_Cells]) -> float:
    """Of both periods, look by look; a season or a change between them weighs little."""
    own = [cell.gaps for cell in cells]
    order = np.argsort(np.concatenate([gaps.at for gaps in own]), kind="stable")
    weight = np.exp(own[0].dwell.log_weight)
    calls = np.concatenate([gaps.calls for gaps in own]) @ weight
    exposure = np.concatenate([gaps.exposure for gaps in own]) @ weight
    return dispersion(calls[order], exposure[order])


def _judged(
    sides: Sequence[Side],
    found: RatioPosterior | None,
    dwell: DwellGrid,
    weight: Floats,
    days: float,
    rules: Rules,
) -> tuple[Refusal | None, float | None, Needed | None]:
    """A refusal, if there must be one; the chance of telling a halving, and looks that would."""
    covered = [side.covered_days for side in sides]

    def reach(gap: float) -> float:
        return float(dwell.integral(gap) @ weight)

    if found is None:
        highest = -np.log(0.05) / sum(covered)
        needed = looks_to_carry(days, highest, reach, rules)
        if needed.looks is not None:
            needed = Needed(needed.looks, needed.chance, needed.reason, at_least=True)
        reason = (
            f"No call was seen in either, in {sides[0].looks} and {sides[1].looks} usable looks: "
            f"there is nothing to compare, whether or not there was anything to see."
        )
        return Refusal("compare-no-calls", reason, needed), None, None
    earlier = (sides[0].calls_seen + 0.5) / covered[0]
    scatter = max(found.widened, SCATTER)
    means = [earlier * w / scatter for w in covered]
    chance = chance_told(means[0], rules.change * means[1], covered[0], covered[1], rules)
    see = looks_to_see_change(days, earlier, reach, rules, scatter=scatter)
    ratio = _ratio(found, rules)
    if _verdict(ratio, rules) != "no-change-told" or ratio.high <= rules.widest * ratio.low:
        return None, chance, see
    both = (sides[0].calls_seen + sides[1].calls_seen) / sum(covered)
    needed = looks_to_carry(days, both, reach, rules, scatter=scatter)
    reason = (
        f"{sides[0].looks} and {sides[1].looks} usable looks tell neither a direction nor the "
        f"ratio ({rules.mass:.0%}: {ratio.low:.2f} to {ratio.high:.2f}, a factor of "
        f"{ratio.high / ratio.low:.0f}). {_would(needed)}"
    )
    return Refusal("compare-looks-too-few", reason, needed), chance, see


def _would(needed: Needed) -> str:
    if needed.looks is None:
        return f"No number of looks would carry it: {needed.reason}."
    return f"About {needed.looks} evenly spread usable looks in each would carry it."


def _no_month(without: Sequence[str]) -> Refusal:
    if without:
        reason = f"There is no usable look in {' and '.join(without)}."
        return Refusal("compare-no-looks", reason, None)
    reason = (
        "No month of the year has a usable look at a berth in both, so that a change could not be "
        "told from the season."
    )
    return Refusal("compare-no-common-month", reason, None)


def _dwells(one: Strata, two: Strata) -> Floats:
    """Weight of each dwell after both periods, rates integrated out; shape (G,)."""
    log = one.log_prior + one.log_pattern + two.log_pattern
    for part in (one, two):
        calls, exposure = part.calls.sum(axis=0), part.exposure.sum(axis=0)
        log = log + special.gammaln(calls + 0.5) - (calls + 0.5) * np.log(exposure)
    weight: Floats = np.exp(log - special.logsumexp(log))
    return weight


def _ratio(found: RatioPosterior, rules: Rules) -> Ratio:
    low, high = (found.quantile((1 + sign * rules.mass) / 2) for sign in (-1, 1))
    return Ratio(
        found.quantile(0.5), low, high, rules.mass, found.below(1.0), found.below(rules.change)
    )


def _verdict(ratio: Ratio, rules: Rules) -> Verdict:
    if ratio.p_fewer >= rules.told:
        return "fewer"
    return "more" if ratio.p_fewer <= 1 - rules.told else "no-change-told"
