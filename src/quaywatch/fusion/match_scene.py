"""Hulls and ships of a scene matched: verdicts, what was missed, and what agreed beside them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.fusion.match import MATCHED_FROM, Controls, Hearing, JointSum, MatchVerdict
from quaywatch.fusion.match_joint import Joint, joint_posterior
from quaywatch.fusion.match_length import BOUND_FROM_M
from quaywatch.fusion.match_motion import KN, UNKNOWN_SPEED_KN
from quaywatch.fusion.match_weight import HeardShip, Rules, SeenHull, Sight, Weighed, weigh

Floats = NDArray[np.float64]

NEAR_MISS: Final = 6.0
"""A hull is not called dark while a ship that was not seen was expected within so many standard
deviations of it: a clock or a turn may have gone further wrong than the law of motion allows."""
FASTER: Final = 1.25
FASTER_KN: Final = 3.0
"""How much faster than either report a ship may have gone that was not seen."""
LONGER: Final = 3.5
"""Standard deviations of log length by which a hull may differ from such a ship."""
LEFT_OUT_MOST: Final = 0.01
"""More than this left out of a sum, and nothing is said of the hulls in it."""
CAUTION: Final = 3.0
"""A hull is called dark only if it still is with so many times fewer ships unheard."""


@dataclass(frozen=True, slots=True)
class HullMatch:
    """What is said of one hull."""

    verdict: MatchVerdict
    mmsi: int | None
    p_matched: float
    p_unheard: float
    p_not_bound: float
    ranked: tuple[int, ...]
    """Ships by probability, those of 0.1% and more."""
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """The posterior of a scene and what is said of it."""

    hulls: tuple[HullMatch, ...]
    pairs: Floats
    """Shape (hulls, ships)."""
    p_missed: Floats
    """Shape (ships,): P(no hull of the scene is this ship)."""
    against: Floats
    """Shape (ships,): P(scene | the ship was not where it said) / P(scene | it was)."""
    weighed: Weighed
    controls: Controls
    joint: JointSum


def match_scene(
    hulls: Sequence[SeenHull],
    ships: Sequence[HeardShip],
    sight: Sight,
    hearing: Sequence[Hearing],
    rules: Rules | None = None,
) -> Matched:
    """Match the hulls of a scene with the ships heard about its capture.

    Args:
        hulls: found in the searched area.
        ships: heard about the capture, and near enough.
        sight: the capture.
        hearing: of each hull's place.
        rules: what is assumed.

    Examples:
        >>> from shapely.geometry import box
        >>> from quaywatch.fusion.match_hearing import nothing_held
        >>> port = Sight("planetscope", 3.0, box(-3e3, -3e3, 3e3, 3e3), 7.0)
        >>> hull = SeenHull(5.0, 5.0, 120.0, 5.0, 8.0)
        >>> alone = match_scene([hull], [], port, [nothing_held()])
        >>> str(alone.hulls[0].verdict)
        'unmatched-coverage-unknown'

    """
    weighed = weigh(hulls, ships, sight, rules)
    joint = joint_posterior(weighed.weights)
    wary = joint_posterior(weighed.weights * CAUTION).hull_alone
    said = tuple(
        _said(i, hull, ships, joint, weighed, hearing[i], float(wary[i]))
        for i, hull in enumerate(hulls)
    )
    found = weighed.p_detect * sight.clear * weighed.p_in
    return Matched(
        hulls=said,
        pairs=joint.pairs,
        p_missed=joint.ship_alone,
        against=np.maximum(joint.ship_alone, 1e-3) / np.maximum(1.0 - found, 1e-3),
        weighed=weighed,
        controls=_controls(said, ships, joint, weighed, found),
        joint=_joint(joint),
    )


def _said(
    i: int,
    hull: SeenHull,
    ships: Sequence[HeardShip],
    joint: Joint,
    weighed: Weighed,
    hearing: Hearing,
    wary: float,
) -> HullMatch:
    """The verdict on one hull."""
    row = joint.pairs[i]
    ranked = tuple(int(j) for j in np.argsort(-row, kind="stable") if row[j] >= 1e-3)
    by_mmsi: dict[int, float] = {}
    for j in ranked:
        by_mmsi[ships[j].mmsi] = by_mmsi.get(ships[j].mmsi, 0.0) + float(row[j])
    alone, share = float(joint.hull_alone[i]), float(weighed.dark_share[i])
    best = max(by_mmsi, key=lambda mmsi: by_mmsi[mmsi], default=None)
    p_best = by_mmsi[best] if best is not None else 0.0
    left_out = float(joint.left_out[joint.component[i]]) if len(joint.left_out) else 0.0
    bound = float(weighed.bound[i])
    verdict, reason = _verdict(
        hull, p_best, len(by_mmsi), alone, share, bound, wary, hearing, left_out
    )
    if verdict == MatchVerdict.DARK:
        near = [
            j
            for j, ship in enumerate(ships)
            if joint.ship_alone[j] >= 0.5 and _may_have_come(ship, hull, weighed, i, j)
        ]
        if near:
            other = min(near, key=lambda j: float(weighed.distance_m[i, j]))
            verdict, reason = MatchVerdict.AMBIGUOUS, _near_miss(ships[other], weighed, i, other)
    return HullMatch(
        verdict=verdict,
        mmsi=best if verdict == MatchVerdict.MATCHED else None,
        p_matched=1.0 - alone,
        p_unheard=alone * share,
        p_not_bound=alone * (1.0 - share),
        ranked=ranked,
        reason=reason,
    )


def _verdict(
    hull: SeenHull,
    p_best: float,
    candidates: int,
    alone: float,
    share: float,
    bound: float,
    wary: float,
    hearing: Hearing,
    left_out: float,
) -> tuple[MatchVerdict, str]:
    if left_out > LEFT_OUT_MOST:
        why = f"too many ships and hulls fit each other to be summed ({100 * left_out:.0f}% left)"
        return MatchVerdict.AMBIGUOUS, f"Not decided: {why}."
    if p_best >= MATCHED_FROM:
        return MatchVerdict.MATCHED, "One ship heard accounts for it."
    if alone < MATCHED_FROM:
        if candidates > 1:
            return MatchVerdict.AMBIGUOUS, f"{candidates} ships heard could be it."
        return MatchVerdict.AMBIGUOUS, "One ship heard could be it, or none."
    return _unmatched(hull, alone, share, bound, wary, hearing)


def _unmatched(
    hull: SeenHull, alone: float, share: float, bound: float, wary: float, hearing: Hearing
) -> tuple[MatchVerdict, str]:
    """What is said of a hull for which none of the ships heard accounts."""
    none = "None of the ships heard accounts for it"
    if not hearing.adequate:
        return MatchVerdict.UNMATCHED, f"{none}. {hearing.reason}"
    if share < MATCHED_FROM:
        return MatchVerdict.NOT_BOUND, f"{none}; {_why_not_bound(hull, share, bound)}."
    if min(alone, wary) * share >= MATCHED_FROM and not hull.cut_by_edge:
        return MatchVerdict.DARK, f"{none}. {hearing.reason}"
    return MatchVerdict.AMBIGUOUS, f"{none} quite, and none is quite ruled out."


def _may_have_come(ship: HeardShip, hull: SeenHull, weighed: Weighed, i: int, j: int) -> bool:
    """Whether a ship that was not seen may be the hull after all, were the law of motion wrong."""
    length = ship.size.length_m
    if length is not None:
        sd = max(hull.length_sigma_m / hull.length_m, float(weighed.length_sd[i]), 0.05)
        if abs(math.log(hull.length_m / length)) > LONGER * sd:
            return False
    if weighed.distance_m[i, j] <= NEAR_MISS * weighed.sigma_m[i, j]:
        return True
    if ship.still and ship.sides == "both":
        return False
    fixes = [fix for fix in (ship.before, ship.after) if fix is not None]
    speeds = [UNKNOWN_SPEED_KN if fix.sog_kn is None else fix.sog_kn for fix in fixes]
    fastest = (FASTER * max(speeds) + FASTER_KN) * KN
    reach = 2.0 * hull.length_m + 100.0
    return all(
        math.hypot(fix.x_m - hull.x_m, fix.y_m - hull.y_m)
        <= fastest * (abs(fix.seconds) + 60.0) + reach
        for fix in fixes
    )


def _near_miss(ship: HeardShip, weighed: Weighed, i: int, j: int) -> str:
    away = weighed.distance_m[i, j]
    return (
        f"None of the ships heard quite accounts for it, but {ship.mmsi:09d}, expected "
        f"{away:,.0f} m away, was not seen and may have come here."
    )


def _why_not_bound(hull: SeenHull, share: float, bound: float) -> str:
    """Why a hull is not shown to be one that must broadcast."""
    long = f"{hull.length_m:.0f} m long as measured"
    if bound < MATCHED_FROM:
        return f"{long}, it need not be a ship of the {BOUND_FROM_M:.0f} m that must broadcast"
    wrong = f"{100 * (1.0 - share):.0f}% of such hulls found here are no ships"
    return f"{long}, but {wrong}, as the detector was counted: a person should look"


def _controls(
    said: Sequence[HullMatch],
    ships: Sequence[HeardShip],
    joint: Joint,
    weighed: Weighed,
    found: Floats,
) -> Controls:
    """What agreed, to be read beside what did not."""
    count = {verdict: sum(hull.verdict == verdict for hull in said) for verdict in MatchVerdict}
    sure = [
        (i, hull.ranked[0]) for i, hull in enumerate(said) if hull.verdict == MatchVerdict.MATCHED
    ]
    offsets = [float(weighed.distance_m[i, j]) for i, j in sure]
    return Controls(
        hulls=len(said),
        matched=count[MatchVerdict.MATCHED],
        ambiguous=count[MatchVerdict.AMBIGUOUS],
        dark=count[MatchVerdict.DARK],
        unmatched=count[MatchVerdict.UNMATCHED],
        not_bound=count[MatchVerdict.NOT_BOUND],
        expected=round(float(found.sum()), 2),
        found=round(float((1.0 - joint.ship_alone).sum()), 2),
        still_matched=sum(ships[j].still for _, j in sure),
        median_offset_m=round(median(offsets), 1) if offsets else None,
    )


def _joint(joint: Joint) -> JointSum:
    worst = float(joint.left_out.max()) if len(joint.left_out) else 0.0
    return JointSum(
        components=len(joint.sizes),
        largest=max(joint.sizes, default=0),
        exact=worst < 1e-6,
        left_out=round(worst, 6),
    )
