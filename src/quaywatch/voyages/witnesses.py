"""How much looks at a site, its yards and a typed draught say of a call that nobody heard.

All ratios are of "the hull lay there then" to "it did not". They are set, not measured, and small:
a hull as long as she is may be any of her size, a yard may be emptied by rail, a draught is typed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from quaywatch.errors import ProbabilityError
from quaywatch.evidence.likelihood import EXPERT_LIMIT, Evidence, Group, posterior

METHOD: Final = "call-witnesses@1"
ALONGSIDE: Final = 0.8
"""Share of the time in a port that a ship lies at one of its berths; the rest she waits off it."""
BUSY: Final = 0.5
"""Share of the time that a berth has some ship at it, where she is not there."""
SURE: Final = 0.98
"""A state in a look counts as no surer than this."""
SIZES_M: Final = (60.0, 240.0)
"""Lengths of the ships that may lie there instead, taken as equally usual."""
LENGTH_SIGMA: Final = (5.0, 0.05)
"""Metres and share of her length by which a measured length of one ship differs at the least:
cranes and cloud edges shorten hulls, and transponders are set up carelessly."""
STRANGE: Final = 0.1
"""However badly a length fits, it speaks no more against her than this."""
DRAUGHT_M: Final = 0.3
"""A smaller change of the draught field is none."""
FALSIFIED: Final = 0.1
"""Of broadcasts that some check contradicts being false, before the checks are weighed."""


@dataclass(frozen=True, slots=True)
class BerthSeen:
    """One berth in one look that could tell."""

    p_occupied: float
    lengths: tuple[tuple[float, float], ...] = ()
    """Of each hull there, metres and their standard deviation; empty: none, or not measured."""


def look_log_ratio(
    berths: Sequence[BerthSeen], *, drawn: int, length_m: float | None
) -> float | None:
    """Ln of P(look | the hull lay at the site) / P(look | it did not); None: the look cannot tell.

    Args:
        berths: those that the look tells of; what it cannot tell is left out and says nothing.
        drawn: berths of the site, those that cannot be seen too: she may have lain at one.
        length_m: of the hull; None: an occupied berth then says nothing.

    Raises:
        ProbabilityError: a chance is out of range.

    Bias: ships that call at one berth are of one size, so a length that fits says less than
    ``SIZES_M`` has it; the cap on ``hull`` witnesses is for that.

    Examples:
        >>> free, same = BerthSeen(0.01), BerthSeen(0.99, ((146.0, 5.0),))
        >>> [round(look_log_ratio(b, drawn=2, length_m=145.0), 2)
        ...     for b in ([free, free], [free], [free, same], [BerthSeen(0.99), same])]
        [-1.46, -0.48, 1.61, 1.61]
        >>> look_log_ratio([], drawn=2, length_m=145.0) is None
        True

    """
    if not berths:
        return None
    there = ALONGSIDE * len(berths) / max(drawn, len(berths))
    mean = sum(_berth_ratio(one, length_m) for one in berths) / len(berths)
    limit = math.log(EXPERT_LIMIT)
    return min(max(math.log(1.0 - there + there * mean), -limit), limit)


def _berth_ratio(berth: BerthSeen, length_m: float | None) -> float:
    """P(what one berth shows | she lies at it) / P(… | she does not)."""
    if not 0.0 <= berth.p_occupied <= 1.0:
        raise ProbabilityError(value=berth.p_occupied)
    share = min(max(berth.p_occupied, 1.0 - SURE), SURE)
    factor = share / (1.0 - share)
    occupied = factor / (BUSY * factor + 1.0 - BUSY)
    if occupied <= 1.0:
        return occupied
    if length_m is None or not berth.lengths:
        return 1.0
    fits = [_length_ratio(length_m, *one) for one in berth.lengths]
    return occupied * sum(fits) / len(fits)


def _length_ratio(length_m: float, measured_m: float, sigma_m: float) -> float:
    sigma = math.hypot(sigma_m, max(LENGTH_SIGMA[0], LENGTH_SIGMA[1] * length_m))
    off = (measured_m - length_m) / sigma
    density = math.exp(-0.5 * off * off) / (sigma * math.sqrt(2.0 * math.pi))
    return max(STRANGE, density * (SIZES_M[1] - SIZES_M[0]))


def stock_log_ratio(delta: float, probability: float) -> float | None:
    """What a change of a yard says of a ship lying beside it then; None: nothing.

    A fall doubles the odds at most: rail, rehandling or a cover explain it as well. A rise says
    nothing: stock comes by land too.

    Args:
        delta: change of its dark share.
        probability: that it changed.

    Raises:
        ProbabilityError: the probability is out of range.

    Examples:
        >>> round(stock_log_ratio(-0.2, 0.97), 2), stock_log_ratio(0.2, 0.97)
        (0.68, None)

    """
    if not 0.0 <= probability <= 1.0:
        raise ProbabilityError(value=probability)
    return math.log1p(probability) if delta < 0.0 else None


def p_falsified(checks: Sequence[tuple[str, str]]) -> float:
    """Probability that broadcasts are false, from the checks that contradict them.

    Args:
        checks: predicate (``two-places``, ``presence``) and verdict of each, once an occasion.

    Returns:
        0 without a check.

    Bias: that a sighting was of another ship is in none of it: the more so where the name rests
    on one report.

    Examples:
        >>> one, two = ("two-places", "impossible"), ("presence", "not-seen")
        >>> [round(p_falsified(c), 2) for c in ([], [one], [one, two])]
        [0.0, 0.36, 0.74]

    """
    groups = {"two-places": Group.AIS_INTEGRITY, "presence": Group.IMAGERY_PRESENCE}
    ratio = {"impossible": EXPERT_LIMIT, "not-seen": EXPERT_LIMIT}
    told = [
        Evidence(verdict, groups[predicate], ratio.get(verdict, 2.0), measured=False)
        for predicate, verdict in checks
    ]
    return posterior(FALSIFIED, told) if told else 0.0
