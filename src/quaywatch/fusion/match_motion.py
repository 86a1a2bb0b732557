"""Where a ship's hull was at an instant, from its reports before and after: a mixture of normals.

Velocity is an Ornstein-Uhlenbeck process about a mean, so that position is its integral. With a
report on one side the mean is the velocity reported, and the spread grows as METHODS section 4
gives it; with one on each side the path is the bridge between them (a smoother of two fixes): the
mean is the chord's velocity, and both positions and velocities are held to. A ship that lay still
on both sides lay still; one heard on one side only may have left since.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from quaywatch.fusion.match_cloud import Cloud
from quaywatch.fusion.presence import MOORED_SD_M, RELAXATION_H, VELOCITY_SD_M_S

KINDS: Final = ((0.2, 0.1), (0.25, 0.5), (0.25, 3.0), (0.2, 10.0), (0.1, 30.0))
"""Weight and spread of ships that keep their course, and of those that turn, slow and go about, as
recorded off Southern California on 1 and 2 June 2018 (docs/benchmarks/match.md). One kind with the
spread of METHODS holds 75% of ships under way in its 90%."""
TEMPER: Final = 0.5
"""Power of the likelihood by which two reports say which kind a ship is; a ship may be steady when
it reports and turn between. Learnt on the same days."""
KN: Final = 1852.0 / 3600.0
"""Metres a second of a knot."""
UNKNOWN_SPEED_KN: Final = 25.0
"""A ship that does not say how fast it goes does no more than this, any way, with 99%."""
SPEED_SIGMA_M_S: Final = 0.15
"""Standard deviation per axis of a velocity reported: 0.1 kn and 0.1 degrees at best, smoothed."""
STAYS: Final = 0.9
"""Share of ships that make no way by one report and lie indeed; the rest drift, fish or turn."""
STAY_H: Final = 20.0
"""Mean hours that a ship lies: how soon one heard on one side only may have left."""
USUAL_KN: Final = 6.0
"""Of a ship that leaves or makes for a berth, where no report says."""
LEAVING_KN: Final = 8.0
"""Per axis and hour away, where a ship that left may be."""
SWING_H: Final = 3.0
"""Hours in which a ship at anchor swings about: half a tide."""
CHAIN_M: Final = 150.0
"""Length of chain beyond the hull."""
SAME_PLACE_M: Final = 350.0
"""Two reports of a ship lying still are of one place when no farther apart."""
UNKNOWN_LENGTH_M: Final = 100.0
"""Of a ship that gives no dimensions, for how far its antenna may be from its middle."""
_SIGMAS_IN_R99: Final = 3.035


@dataclass(frozen=True, slots=True)
class Fix:
    """One report, in the local frame of a scene."""

    seconds: float
    """From the capture; negative before it."""
    x_m: float
    y_m: float
    """Of the antenna, metres east and north."""
    sog_kn: float | None
    cog_deg: float | None
    heading_deg: float | None
    still: bool
    """It says that it lies still (status, and no speed against it), or makes under half a knot."""
    anchored: bool = False
    sigma_m: float = 10.0
    """Standard deviation of the position per axis; 122 m for type 27."""


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Where the antenna stands in the hull, metres; None where it is not said."""

    to_bow_m: float | None = None
    to_stern_m: float | None = None
    to_port_m: float | None = None
    to_starboard_m: float | None = None

    @property
    def length_m(self) -> float | None:
        """Overall; None where it is not said."""
        if self.to_bow_m is None or self.to_stern_m is None:
            return None
        length = self.to_bow_m + self.to_stern_m
        return length if length > 0 else None


@dataclass(frozen=True, slots=True)
class Law:
    """How ships move: spread and memory of their velocity, mixed over steady and turning ships."""

    sd_m_s: float = VELOCITY_SD_M_S
    """Stationary standard deviation of each velocity component about its mean."""
    relaxation_h: float = RELAXATION_H
    scales: tuple[tuple[float, float], ...] = KINDS
    """Weight, and factor on ``sd_m_s``, of each kind of ship."""
    clock_s: float = 5.0
    """Standard deviation of the time of a report: at speed a miss along the course."""


def place_at(
    before: Fix | None, after: Fix | None, size: Dimensions, law: Law | None = None
) -> Cloud:
    """Where the centre of a hull was at the capture.

    Bias: a straight way is assumed where nothing says otherwise; land is not asked about. Of a
    ship that turned between two reports far apart the spread is what its kind usually has.

    Args:
        before: the last report at or before the capture; None where there is none.
        after: the first after it.
        size: the antenna's place in the hull.
        law: how ships move.

    Raises:
        ValueError: there is neither report.

    Source:
        Integrated Ornstein-Uhlenbeck motion: Millefiori et al. (2016),
        doi:10.1109/TAES.2016.150596. The smoother of two fixes is the conditional normal law.

    Examples:
        >>> there = Fix(-600.0, 0.0, 0.0, 10.0, 90.0, 90.0, still=False, sigma_m=0.0)
        >>> alone = place_at(there, None, Dimensions(60, 60))
        >>> round(float(alone.x_m[0])), round(float(alone.sigma_m[0]))
        (3087, 85)
        >>> back = Fix(600.0, 6173.0, 0.0, 10.0, 90.0, 90.0, still=False, sigma_m=0.0)
        >>> round(float(place_at(there, back, Dimensions(60, 60)).sigma_m[0]))
        12

    """
    used = law or Law()
    fixes = [fix for fix in (before, after) if fix is not None]
    if not fixes:
        msg = "a ship without a report is nowhere"
        raise ValueError(msg)
    if before is None or after is None:
        (only,) = fixes
        cloud = _lay(only, size) if only.still else _clocked(_alone(only, used), only, 1.0, used)
        return _centred(cloud, only, size)
    near = _nearest(fixes)
    if before.still and after.still and _apart_m(before, after) <= SAME_PLACE_M:
        return _centred(_lying(before, after, size), near, size)
    share = -before.seconds / max(after.seconds - before.seconds, 1e-3)
    clock = math.hypot(1.0 - share, share)
    cloud = _clocked(_bridge(before, after, used), near, clock, used)
    if before.still or after.still:
        cloud = _lay_or_sailed(cloud, before, after, size)
    return _centred(cloud, near, size)


def _apart_m(one: Fix, other: Fix) -> float:
    return math.hypot(one.x_m - other.x_m, one.y_m - other.y_m)


def _clocked(cloud: Cloud, fix: Fix, share: float, law: Law) -> Cloud:
    """A path with the error of the reports' clocks, along the course."""
    if fix.still or fix.sog_kn is None or fix.cog_deg is None:
        return cloud
    way, angle = share * law.clock_s * fix.sog_kn * KN, math.radians(fix.cog_deg)
    return cloud.stretched(way * math.sin(angle), way * math.cos(angle))


def _lay_or_sailed(way: Cloud, before: Fix, after: Fix, size: Dimensions) -> Cloud:
    """A ship that lay still on one side of the capture (or at two places) and sailed between.

    When it cast off or came is not known: any time that leaves it enough for the way.
    """
    t1, t2 = -before.seconds, after.seconds
    apart = _apart_m(before, after)
    cruise = max(before.sog_kn or 0.0, after.sog_kn or 0.0, USUAL_KN) * KN
    spare = max(t1 + t2 - apart / cruise, 0.0)
    lies, parts = 0.0, []
    for fix, waited in ((before, t1), (after, t2)):
        if not fix.still:
            continue
        share = min(max(1.0 - waited / spare, 0.02), 0.95) if spare > 0.0 else 0.02
        share *= 0.5 if before.still and after.still else 1.0
        lies += share
        sigma = math.hypot(MOORED_SD_M, fix.sigma_m, _swing_m(fix, size))
        parts.append((share, fix.x_m, fix.y_m, sigma))
    sailing = way.wider(0.25 * apart)
    weight, x, y, sigma_m = (np.array(column) for column in zip(*parts, strict=True))
    lying = Cloud.round(weight, x, y, sigma_m)
    return Cloud(
        np.concatenate([lying.weight, (1.0 - lies) * sailing.weight]),
        np.concatenate([lying.x_m, sailing.x_m]),
        np.concatenate([lying.y_m, sailing.y_m]),
        np.concatenate([lying.cov, sailing.cov]),
        np.concatenate([lying.speed_m_s, sailing.speed_m_s]),
    )


def _nearest(fixes: list[Fix]) -> Fix:
    return min(fixes, key=lambda fix: abs(fix.seconds))


def _lying(before: Fix, after: Fix, size: Dimensions) -> Cloud:
    """Still on both sides: between the two, or the nearer one, within the swing."""
    near = _nearest([before, after])
    sigma = math.hypot(MOORED_SD_M, near.sigma_m, _swing_m(near, size))
    apart = _apart_m(before, after)
    # What it moved between the two it may have moved before the capture.
    share = abs(near.seconds) / max(after.seconds - before.seconds, 1.0)
    sigma = math.hypot(sigma, apart * math.sqrt(share * (1.0 - share)))
    return _one(near.x_m, near.y_m, sigma)


def _lay(only: Fix, size: Dimensions) -> Cloud:
    """Still on one side: there yet, or gone since (or not come yet)."""
    hours = abs(only.seconds) / 3600.0
    stays = STAYS * math.exp(-hours / STAY_H)
    sigma = math.hypot(MOORED_SD_M, only.sigma_m, _swing_m(only, size))
    gone = math.hypot(sigma, 0.5 * LEAVING_KN * 1852.0 * hours)
    return Cloud.round(
        np.array([stays, 1.0 - stays]),
        np.array([only.x_m, only.x_m]),
        np.array([only.y_m, only.y_m]),
        np.array([sigma, gone]),
    )


def _swing_m(fix: Fix, size: Dimensions) -> float:
    """How far a ship at anchor has swung since a report, per axis."""
    if not fix.anchored:
        return 0.0
    radius = (size.length_m or UNKNOWN_LENGTH_M) + CHAIN_M
    return radius / _SIGMAS_IN_R99 * (1.0 - math.exp(-abs(fix.seconds) / (3600.0 * SWING_H)))


def _velocity(fix: Fix) -> tuple[float, float, float]:
    """East and north in metres a second, and the standard deviation of each."""
    if fix.sog_kn is not None and (fix.still or fix.sog_kn < 0.5):
        return 0.0, 0.0, SPEED_SIGMA_M_S
    if fix.sog_kn is None or fix.cog_deg is None:
        return 0.0, 0.0, UNKNOWN_SPEED_KN * KN / _SIGMAS_IN_R99
    speed, angle = fix.sog_kn * KN, math.radians(fix.cog_deg)
    return speed * math.sin(angle), speed * math.cos(angle), SPEED_SIGMA_M_S


def _steps(seconds: float, sd: float, rate: float) -> tuple[float, float, float, float, float]:
    """Of an integrated OU step: a, e of the transition and the variances Q11, Q12, Q22."""
    x = rate * seconds
    e, lost = math.exp(-x), -math.expm1(-x)
    # Below 1e-3 the bracket is a difference of near equals; its series is 2/3 x^3.
    bracket = 2.0 / 3.0 * x**3 if x < 1e-3 else 2.0 * x - 3.0 + 4.0 * e - e * e
    return (
        lost / rate,
        e,
        (sd / rate) ** 2 * bracket,
        sd * sd / rate * lost * lost,
        sd * sd * -math.expm1(-2.0 * x),
    )


def _alone(only: Fix, law: Law) -> Cloud:
    """Dead reckoning from one report, before the capture or after it."""
    east, north, velocity_sigma = _velocity(only)
    parts, speeds = [], []
    for _, factor in law.scales:
        rate = 1.0 / (3600.0 * law.relaxation_h)
        a, _, q11, _, q22 = _steps(abs(only.seconds), factor * law.sd_m_s, rate)
        speeds.append((east, north, math.hypot(velocity_sigma, math.sqrt(q22))))
        known = velocity_sigma < 1.0
        # An unknown velocity does not settle to a mean of nothing: it goes on.
        drift = velocity_sigma * (a if known else abs(only.seconds))
        parts.append(math.sqrt(only.sigma_m**2 + drift**2 + q11))
    count = len(parts)
    return Cloud.round(
        np.array([weight for weight, _ in law.scales]),
        np.full(count, only.x_m - east * only.seconds),
        np.full(count, only.y_m - north * only.seconds),
        np.array(parts),
        np.array(speeds),
    )


def _bridge(before: Fix, after: Fix, law: Law) -> Cloud:
    """The smoother of two fixes, for each kind of ship."""
    t1, t2 = -before.seconds, after.seconds
    whole = max(t1 + t2, 1e-3)
    chord = (after.x_m - before.x_m) / whole, (after.y_m - before.y_m) / whole
    first, last = _velocity(before), _velocity(after)
    rate = 1.0 / (3600.0 * law.relaxation_h)
    places: tuple[list[float], list[float]] = [], []
    sigmas, logs, speeds = [], [], []
    for weight, factor in law.scales:
        sd = factor * law.sd_m_s
        a1, e1, q11, q12, q22 = _steps(t1, sd, rate)
        sx2, sv2 = before.sigma_m**2, first[2] ** 2
        prior = np.array(
            [
                [sx2 + a1 * a1 * sv2 + q11, a1 * e1 * sv2 + q12],
                [a1 * e1 * sv2 + q12, e1 * e1 * sv2 + q22],
            ]
        )
        a2, e2, r11, r12, r22 = _steps(t2, sd, rate)
        shift = np.array([[1.0, a2], [0.0, e2]])
        noise = np.array([[r11 + after.sigma_m**2, r12], [r12, r22 + last[2] ** 2]])
        seen = shift @ prior @ shift.T + noise
        gain = np.linalg.solve(seen, shift @ prior).T
        after_both = prior - gain @ shift @ prior
        sigmas.append(math.sqrt(max(after_both[0, 0], 1e-6)))
        fit, way = 0.0, []
        for axis, (start, end) in enumerate(((before.x_m, after.x_m), (before.y_m, after.y_m))):
            u = chord[axis]
            mean = np.array([start + u * t1 + a1 * (first[axis] - u), e1 * (first[axis] - u)])
            told = np.array([end - u * t2, last[axis] - u])
            off = told - shift @ mean
            best = mean + gain @ off
            places[axis].append(float(best[0]))
            way.append(float(best[1]) + u)
            # How well a kind of ship explains both reports says which kind it is.
            fit -= 0.5 * float(off @ np.linalg.solve(seen, off))
            fit -= 0.5 * math.log(float(np.linalg.det(seen)))
        logs.append(math.log(weight) + TEMPER * fit)
        speeds.append((*way, math.sqrt(max(after_both[1, 1], 1e-6))))
    share = np.exp(np.array(logs) - max(logs))
    east, north = (np.array(axis) for axis in places)
    return Cloud.round(share / share.sum(), east, north, np.array(sigmas), np.array(speeds))


def _one(x_m: float, y_m: float, sigma_m: float) -> Cloud:
    return Cloud.round(np.ones(1), np.array([x_m]), np.array([y_m]), np.array([sigma_m]))


def _centred(cloud: Cloud, fix: Fix, size: Dimensions) -> Cloud:
    """From the antenna to the hull's centre, along the heading where it is known."""
    ahead, right = 0.0, 0.0
    length = size.length_m
    if length is not None:
        ahead = (size.to_bow_m or 0.0) - length / 2.0
        if size.to_port_m is not None and size.to_starboard_m is not None:
            right = (size.to_starboard_m - size.to_port_m) / 2.0
    # An antenna at 0 metres from bow or stern of a long ship is a field left unset.
    unset = length is None or (length > 50.0 and 0.0 in (size.to_bow_m, size.to_stern_m))
    heading = fix.heading_deg
    if heading is None and not fix.still and (fix.sog_kn or 0.0) >= 2.0:
        heading = fix.cog_deg
    if unset or heading is None:
        off = 0.25 * (length or UNKNOWN_LENGTH_M) if unset else math.hypot(ahead, right)
        return cloud.wider(off / math.sqrt(2.0))
    angle = math.radians(heading)
    east = ahead * math.sin(angle) + right * math.cos(angle)
    north = ahead * math.cos(angle) - right * math.sin(angle)
    return cloud.moved(east, north)
