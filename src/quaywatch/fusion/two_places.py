"""One ship, a broadcast and an image: could the same hull have been at both?

Only ever answers for *both true of one hull*. Which of the two is wrong (the broadcast, the name
given to the hull in the image, or a clock) is for other evidence to say.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
from scipy import stats

from quaywatch.errors import SpeedError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.geo.position import Position

METHOD = "two-places@1"
NM_M = 1852.0

PLAUSIBLE_CEILING_KN = 25.0
"""No bulk carrier, tanker or coaster is faster; "impossible" is said only against this."""
SERVICE_SPEED_KN = (14.0, 1.5)
"""Mean and standard deviation of the top speed of handy-size bulkers (METHODS §4)."""
STREAM_KN = 2.0
"""Allowed for current and stream on top of a stated top speed."""
DAY_ONLY = timedelta(hours=12)
"""An end of the pair known no better than this cannot be compared."""
IMPLAUSIBLE_BELOW = 0.05
"""P(feasible) under which the pair is called implausible."""

# A bound of 99%, as a multiple of the standard deviation: in the plane, and on a line.
_SIGMAS_IN_R99 = math.sqrt(-2 * math.log(0.01))
_SIGMAS_IN_T99 = 2.5758293035489004

Verdict = Literal["feasible", "implausible", "impossible", "cannot-compare"]


@dataclass(frozen=True, slots=True)
class Fix:
    """A ship placed somewhere, some time, with how far off both may be."""

    position: Position
    time: TimeInterval
    radius_m: float
    """99% radius of the position error."""
    clock_s: float
    """99% bound of the clock error."""

    @classmethod
    def broadcast(
        cls, position: Position, time: TimeInterval, *, long_range: bool = False
    ) -> "Fix":
        """An AIS report: 100 m and 30 s; a type 27 report is rounded to 0.2 nm."""
        return cls(position, time, 0.2 * NM_M if long_range else 100.0, 30.0)

    @classmethod
    def sighting(cls, position: Position, time: TimeInterval) -> "Fix":
        """A hull in an image: 30 m and 5 s."""
        return cls(position, time, 30.0, 5.0)


@dataclass(frozen=True, slots=True)
class Separation:
    """How far apart the two are; the two water figures are None where there is no water way."""

    great_circle_nm: float
    water_nm: float | None
    lower_bound_nm: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TwoPlaces:
    """The answer and its working."""

    great_circle_nm: float
    water_nm: float | None
    lower_bound_nm: float | None
    separation_h: float
    """Hours between the middles of the two times."""
    required_speed_kn: float | None
    """By the shortest water path as best estimated; the widest errors and the worst clocks."""
    required_speed_at_least_kn: float | None
    """By the lower bound of that path: what the verdict rests on."""
    required_speed_straight_kn: float | None
    """The same in a straight line, over land if need be."""
    clock_slack_h: float | None
    """How many hours wrong the clocks would have to be at the ceiling speed; 0 if none."""
    p_feasible: float | None
    max_speed_kn: float
    verdict: Verdict
    reason: str | None
    """Why there is no comparison."""
    messages: tuple[str, ...]
    assumptions: tuple[str, ...]


def largest_separation_h(one: TimeInterval, other: TimeInterval) -> float:
    """The most time that can lie between the two: what an innocent ship may have had.

    Examples:
        >>> a = TimeInterval.parse("2025-02-03T00:09Z")
        >>> round(largest_separation_h(a, TimeInterval.parse("2025-02-03T00:16Z")) * 60)
        7

    """
    spread = max(abs(other.end - one.start), abs(one.end - other.start))
    return spread / timedelta(hours=1)


def two_places(
    broadcast: Fix, sighting: Fix, separation: Separation, *, max_speed_kn: float | None = None
) -> TwoPlaces:
    """Test whether one hull can have made both the broadcast and the shadow in the image.

    The speed needed is ``max(0, d - r_A - r_I) / (dt + tau_A + tau_I)``, with ``d`` the water
    distance, ``r`` the 99% radii, ``tau`` the 99% clock bounds and ``dt`` the most time that the
    two intervals allow; with the lower bound of ``d`` for the verdict. P(feasible) integrates
    over the ship's top speed, N(14, 1.5) kn cut at the ceiling, and over normal position and
    clock errors.

    Args:
        broadcast: where and when the ship said it was.
        sighting: where and when an image shows it.
        separation: the distances between the two, in nautical miles.
        max_speed_kn: the top speed of this very hull where it is known; replaces both the
            ceiling of 25 kn and the distribution, which then falls off below it.

    Raises:
        SpeedError: ``max_speed_kn`` is not a positive finite number.

    Source:
        Likelihood of AIS against an independent sensor: d'Afflisio et al. (2021),
        doi:10.1109/TAES.2021.3083466. Speed and clock terms: METHODS §4, a default of our own.

    Bias:
        Towards innocence throughout: shortest path, fastest ship, widest errors.

    Examples:
        >>> fix = Fix.broadcast(Position(124.0, 36.5), TimeInterval.parse("2025-02-03T00:09Z"))
        >>> seen = Fix.sighting(Position(125.39, 38.72), TimeInterval.parse("2025-02-03T00:16Z"))
        >>> two_places(fix, seen, Separation(149.3, 190.0, 186.0)).verdict
        'impossible'

    """
    if max_speed_kn is not None and not (math.isfinite(max_speed_kn) and max_speed_kn > 0):
        raise SpeedError(value=max_speed_kn)
    ceiling = max_speed_kn or PLAUSIBLE_CEILING_KN
    for name, fix in (("broadcast", broadcast), ("sighting", sighting)):
        if fix.time.duration >= DAY_ONLY:
            return _cannot_compare(broadcast, sighting, separation, ceiling, _day_only(name, fix))
    hours = largest_separation_h(broadcast.time, sighting.time)
    hours_at_worst = hours + (broadcast.clock_s + sighting.clock_s) / 3600
    errors_nm = (broadcast.radius_m + sighting.radius_m) / NM_M
    straight_nm = max(0.0, separation.great_circle_nm - errors_nm)
    straight_kn = straight_nm / hours_at_worst
    bound_nm = separation.lower_bound_nm
    if bound_nm is None:
        if straight_kn <= ceiling:
            why = f"no way by water was found between the two positions: {separation.reason}"
            return _cannot_compare(broadcast, sighting, separation, ceiling, why)
        # Even across land it is too far: no water way is needed to say so.
        bound_nm = separation.great_circle_nm
    bound_nm = max(bound_nm, separation.great_circle_nm)
    needed_nm = max(0.0, bound_nm - errors_nm)
    needed_kn = needed_nm / hours_at_worst
    # What a stated top speed makes through the water, a stream adds to over the ground.
    limit_kn = ceiling if max_speed_kn is None else max_speed_kn + STREAM_KN
    by_water = separation.lower_bound_nm is not None and separation.water_nm is not None
    estimate_kn = max(0.0, (separation.water_nm or 0.0) - errors_nm) / hours_at_worst
    p_feasible = _p_feasible(broadcast, sighting, bound_nm, hours, max_speed_kn)
    verdict: Verdict = "feasible"
    if needed_kn > limit_kn:
        verdict = "impossible"
    elif max_speed_kn is None and p_feasible < IMPLAUSIBLE_BELOW:
        verdict = "implausible"
    return TwoPlaces(
        great_circle_nm=separation.great_circle_nm,
        water_nm=separation.water_nm,
        lower_bound_nm=separation.lower_bound_nm,
        separation_h=_middle_h(broadcast, sighting),
        required_speed_kn=estimate_kn if by_water else None,
        required_speed_at_least_kn=needed_kn if by_water else None,
        required_speed_straight_kn=straight_kn,
        clock_slack_h=max(0.0, needed_nm / limit_kn - hours_at_worst),
        p_feasible=p_feasible,
        max_speed_kn=ceiling,
        verdict=verdict,
        reason=None if by_water else separation.reason,
        messages=_messages(
            verdict, estimate_kn if by_water else None, needed_kn, straight_kn, ceiling
        ),
        assumptions=_assumptions(broadcast, sighting, max_speed_kn),
    )


def _p_feasible(
    broadcast: Fix, sighting: Fix, bound_nm: float, hours: float, max_speed_kn: float | None
) -> float:
    """P(distance less errors <= top speed * time), by quadrature: the same bits every time."""
    mean, sd = SERVICE_SPEED_KN if max_speed_kn is None else (max_speed_kn, SERVICE_SPEED_KN[1])
    ceiling = PLAUSIBLE_CEILING_KN if max_speed_kn is None else max_speed_kn + STREAM_KN
    speed = stats.truncnorm((0.0 - mean) / sd, (ceiling - mean) / sd, loc=mean, scale=sd)
    sigma_nm = math.hypot(broadcast.radius_m, sighting.radius_m) / NM_M / _SIGMAS_IN_R99
    sigma_h = math.hypot(broadcast.clock_s, sighting.clock_s) / 3600 / _SIGMAS_IN_T99
    # Equal-probability midpoints: 400 speeds by 201 clock errors is exact to about 1e-4.
    speeds = speed.ppf((np.arange(400) + 0.5) / 400)
    clock = stats.norm.ppf((np.arange(201) + 0.5) / 201) * sigma_h
    reach_nm = np.outer(speeds, np.abs(hours + clock))
    # Distances are quoted to a hair; the floor keeps an exact pair from dividing by zero.
    inside = stats.norm.cdf((reach_nm - bound_nm) / max(sigma_nm, 1e-9))
    return float(inside.mean())


def _middle_h(broadcast: Fix, sighting: Fix) -> float:
    return abs(sighting.time.midpoint - broadcast.time.midpoint) / timedelta(hours=1)


def _day_only(name: str, fix: Fix) -> str:
    span_h = fix.time.duration / timedelta(hours=1)
    known = "to the day only" if span_h == 24 else f"only within {span_h:.0f} hours"
    noun = "Capture time" if name == "sighting" else "Broadcast time"
    return f"{noun} known {known}: cannot compare."


def _cannot_compare(
    broadcast: Fix, sighting: Fix, separation: Separation, ceiling: float, why: str
) -> TwoPlaces:
    return TwoPlaces(
        great_circle_nm=separation.great_circle_nm,
        water_nm=separation.water_nm,
        lower_bound_nm=separation.lower_bound_nm,
        separation_h=_middle_h(broadcast, sighting),
        required_speed_kn=None,
        required_speed_at_least_kn=None,
        required_speed_straight_kn=None,
        clock_slack_h=None,
        p_feasible=None,
        max_speed_kn=ceiling,
        verdict="cannot-compare",
        reason=why,
        messages=(why[0].upper() + why[1:],),
        assumptions=_assumptions(broadcast, sighting, None),
    )


def _messages(
    verdict: Verdict,
    estimate_kn: float | None,
    needed_kn: float,
    straight_kn: float,
    ceiling: float,
) -> tuple[str, ...]:
    way = (
        f"about {estimate_kn:.0f} kn by water, at least {needed_kn:.0f} kn"
        if estimate_kn is not None
        else "no way by water known"
    )
    speed = f"Speed needed: {way} ({straight_kn:.0f} kn in a straight line)"
    if verdict == "impossible":
        return (
            f"{speed}; beyond {ceiling:g} kn, so not feasible for one hull.",
            (
                "This rules out only that both are true of one hull. The broadcast may be false, "
                "another hull may have made it, the hull in the image may be another, or a clock "
                "may be wrong."
            ),
        )
    if verdict == "implausible":
        return (f"{speed}; below {ceiling:g} kn, yet faster than such ships sail.",)
    return (f"{speed}; one hull can have done both. Opportunity is not evidence of a voyage.",)


def _assumptions(broadcast: Fix, sighting: Fix, max_speed_kn: float | None) -> tuple[str, ...]:
    mean, sd = SERVICE_SPEED_KN
    speed = (
        f"The hull's top speed is at most {PLAUSIBLE_CEILING_KN:g} kn (and for P(feasible) about "
        f"{mean:g} kn, standard deviation {sd:g})."
        if max_speed_kn is None
        else f"The hull's top speed is at most {max_speed_kn:g} kn, as stated by the user."
    )
    return (
        "The hull in the image is the one named.",
        speed,
        (
            f"The broadcast is right to {broadcast.radius_m:.0f} m and {broadcast.clock_s:g} s, "
            f"the image to {sighting.radius_m:.0f} m and {sighting.clock_s:g} s (99% bounds)."
        ),
    )
