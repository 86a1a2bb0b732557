"""Which ports a silence leaves time for. Opportunity is not evidence of a visit."""

from dataclasses import dataclass
from typing import Literal

from quaywatch.errors import SpeedError, TrackOrderError

METHOD = "reach@1"

CRUISE_KN = 12.0
"""Speed at which the slack is quoted (METHODS §2: a default of our own)."""
CEILING_KN = 15.0
"""Highest sustained speed of a handy bulker; an exclusion is made only against this."""
LOADING_H = 12.0
"""Least time alongside that is compatible with loading a bulk cargo."""

Verdict = Literal["excluded", "possible", "compatible-with-loading", "unknown"]


@dataclass(frozen=True, slots=True)
class Leg:
    """One way over water; both figures None, with the reason, where there is none."""

    water_nm: float | None
    lower_bound_nm: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """What a gap leaves time for."""

    gap_h: float
    detour_nm: float | None
    """Last position to port to next position, by water."""
    slack_h: float | None
    """Hours to spare at ``CRUISE_KN``, lock passages paid; negative where too short."""
    slack_at_ceiling_h: float | None
    """The same over the lower bound at the highest speed: an exclusion is made on this."""
    verdict: Verdict
    messages: tuple[str, ...]


def reach(
    *,
    gap_h: float,
    there: Leg,
    back: Leg,
    lock_h: float = 0.0,
    loading_h: float = LOADING_H,
    ceiling_kn: float = CEILING_KN,
) -> Reach:
    """Whether a ship could have called at a port between two broadcasts.

    Args:
        gap_h: hours between the two.
        there: last position before the gap to the port.
        back: port to the first position after it.
        lock_h: hours that locks on the way add, both passages together.
        loading_h: hours alongside that loading needs at least.
        ceiling_kn: highest sustained speed of this hull.

    Raises:
        TrackOrderError: the gap is negative.
        SpeedError: the speed is not positive.

    Source:
        Space-time prism: Peters & Hammond (2011), Journal of Navigation; over water and
        with slack as in METHODS §2.

    Examples:
        >>> leg = Leg(water_nm=300.0, lower_bound_nm=295.0)
        >>> answer = reach(gap_h=281, there=leg, back=leg, lock_h=4)
        >>> answer.verdict, round(answer.slack_h)
        ('compatible-with-loading', 227)

    """
    if gap_h < 0:
        raise TrackOrderError(hours=gap_h)
    if not ceiling_kn > 0:
        raise SpeedError(value=ceiling_kn)
    if (
        there.water_nm is None
        or back.water_nm is None
        or there.lower_bound_nm is None
        or back.lower_bound_nm is None
    ):
        why = there.reason or back.reason or "no way by water"
        return Reach(gap_h, None, None, None, "unknown", (f"Reach unknown: {why}.",))
    detour_nm = there.water_nm + back.water_nm
    slack_h = gap_h - detour_nm / CRUISE_KN - lock_h
    at_ceiling_h = gap_h - (there.lower_bound_nm + back.lower_bound_nm) / ceiling_kn - lock_h
    if at_ceiling_h < 0:
        verdict: Verdict = "excluded"
        message = f"Port not reachable: {-at_ceiling_h:.1f} h too short even at {ceiling_kn:g} kn."
    elif at_ceiling_h < loading_h:
        verdict = "possible"
        message = f"Port reachable, {at_ceiling_h:.1f} h to spare at most: too short to load."
    else:
        verdict = "compatible-with-loading"
        message = (
            f"Port reachable with {at_ceiling_h / 24:.1f} days to spare at most; reachability is "
            "opportunity, not evidence of a visit."
        )
    return Reach(gap_h, detour_nm, slack_h, at_ceiling_h, verdict, (message,))
