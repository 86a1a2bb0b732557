"""Changes of a yard's stock over its looks, as a claim: when, how much, what else it may be."""

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Record
from quaywatch.imagery.change_checks import Trend, slow_change
from quaywatch.imagery.change_points import (
    DEFAULT,
    LEAST_LOOKS,
    METHOD,
    Change,
    Rules,
    odd_looks,
)
from quaywatch.imagery.change_points import changes as told_changes
from quaywatch.imagery.stock import NONE_BELOW

REMOVED: Final = (
    "removal by rail or belt, moving within the port, or a cover laid over it: a ship need not "
    "have loaded it."
)
BRIGHTER: Final = 1.35
"""A control so much brighter than usual is not bare."""
LEAST_LIKE: Final = 5
"""Looks of one radiometry that say what is usual."""
ODD: Final = (
    "it reads otherwise than the looks around it: shadow, thin cloud or wet ground that no mask "
    "found, or stock that came and went between them"
)
_DAY_S: Final = 86_400.0


@dataclass(frozen=True)
class _Point:
    """One look of a yard of which the dark share is known."""

    claim: Claim
    at: TimeInterval
    y: float
    sigma: float
    value: dict[str, Any]

    @property
    def day(self) -> float:
        """Days since 1970 of the middle of its capture."""
        return self.at.midpoint.timestamp() / _DAY_S


def change_claim(series: Sequence[Claim], rules: Rules = DEFAULT) -> Claim | None:
    """The changes of a yard over its looks.

    Args:
        series: ``stock`` claims of one yard, oldest first, unknown ones too.
        rules: when a change is told.

    Returns:
        A claim that names every look it rests on; without value, and with the reason, where too
        few are usable. None without any look.

    """
    if not series:
        return None
    seen = [p for p in (_point(claim) for claim in series) if p is not None]
    aside = _set_aside(seen)
    points = [p for p in seen if p.claim.id not in aside]
    first = series[0]
    times = [c.time for c in series if c.time is not None]
    base: dict[str, Any] = {
        "subject": first.subject,
        "predicate": "stock-changes",
        "time": TimeInterval(start=times[0].start, end=max(t.end for t in times)),
        "basis": Basis.INFERRED,
        "method": METHOD,
        "parameters": {"rules": asdict(rules)},
        "inputs": tuple(claim.id for claim in series),
    }
    if len(points) < LEAST_LOOKS:
        why = f"{len(points)} usable looks of {len(series)}; {LEAST_LOOKS} are needed"
        return Claim(**base, value=None, reason=why)
    days, y = [p.day for p in points], [p.y for p in points]
    sigma = [p.sigma for p in points]
    found = told_changes(days, y, sigma, rules)
    value = {
        "changes": [_change_json(change, points, series) for change in found],
        "slow": _slow(found, points),
        "looks": len(points),
        "odd_looks": [
            {"captured_at": p.at.start.isoformat(), "probability": round(odd, 3), "why": ODD}
            for p, odd in zip(points, odd_looks(days, y, sigma, rules), strict=True)
            if odd > 0.5
        ],
        "set_aside": [
            {"captured_at": p.at.start.isoformat(), "why": aside[p.claim.id]}
            for p in seen
            if p.claim.id in aside
        ],
    }
    return Claim(**base, value=json.loads(json.dumps(value)))


def again(claim: Claim, inputs: Sequence[Record]) -> Claim:
    """The changes anew from the claims of the looks."""
    rules: Any = claim.parameters["rules"]
    made = change_claim([c for c in inputs if isinstance(c, Claim)], Rules(**rules))
    return claim if made is None else made


def _point(claim: Claim) -> _Point | None:
    value = claim.value
    if not isinstance(value, dict) or claim.time is None:
        return None
    y, sigma = value.get("y"), value.get("y_repeat_sigma")
    if not isinstance(y, int | float) or not isinstance(sigma, int | float):
        return None
    return _Point(claim, claim.time, float(y), float(sigma), dict(value))


def _set_aside(points: Sequence[_Point]) -> dict[str, str]:
    """Looks whose bare control is far brighter than usual, with the reason, by claim.

    Thin cloud or snow on the control alone makes everything else seem dark.
    """
    found: dict[str, str] = {}
    for kind in {str(p.claim.parameters.get("radiometry")) for p in points}:
        own = [p for p in points if str(p.claim.parameters.get("radiometry")) == kind]
        if len(own) < LEAST_LIKE:
            continue
        usual = float(np.median([p.value["control_brightness"] for p in own]))
        for p in own:
            ratio = float(p.value["control_brightness"]) / usual
            if ratio > BRIGHTER:
                found[p.claim.id] = (
                    f"its bare control is {ratio - 1:.0%} brighter than usual: thin cloud or snow "
                    "may lie on it"
                )
    return found


def _change_json(
    change: Change, points: Sequence[_Point], series: Sequence[Claim]
) -> dict[str, Any]:
    """A change as JSON values, in words too."""
    last, first = points[change.after], points[change.before]
    hectares = _hectares(points)
    span = 1.645 * change.sigma
    area = [round((change.delta + k * span) * hectares, 3) for k in (-1, 0, 1)]
    known = {p.claim.id for p in points}
    unseen = [
        c for c in series
        if c.id not in known and c.time and last.at.end <= c.time.start < first.at.start
    ]  # fmt: skip
    alternatives = _alternatives(change, last, first, points)
    return {
        "after": last.at.start.isoformat(),
        "before": first.at.start.isoformat(),
        **change.to_json(),
        "likeliest": {
            "after": points[change.likeliest[0]].at.start.isoformat(),
            "before": points[change.likeliest[0] + 1].at.start.isoformat(),
            "probability": round(change.likeliest[1], 4),
        },
        "delta_ha": area,
        "kind": _kind(change, last, first),
        "detected_at": points[change.detected].at.start.isoformat(),
        "unseen_looks": len(unseen),
        "alternatives": alternatives,
        "message": _message(change, points, area, alternatives),
    }


def _hectares(points: Sequence[_Point]) -> float:
    """Area of the yard: that of a footprint by the share that it is."""
    for point in points:
        footprint = point.value.get("footprint_ha")
        if footprint and point.y > 0.02:
            return float(footprint[1]) / point.y
    return math.nan


def _kind(change: Change, last: _Point, first: _Point) -> str:
    """What the change did to the yard."""
    if change.delta > 0:
        return "appeared" if last.y < NONE_BELOW <= first.y else "grew"
    return "vanished" if first.y < NONE_BELOW <= last.y else "shrank"


def _message(
    change: Change, points: Sequence[_Point], area: Sequence[float], others: Sequence[str]
) -> str:
    """A sentence or three for a reader."""
    verb = "grew" if change.delta > 0 else "shrank"
    said = (
        f"Dark area {verb} by {abs(area[1]):.1f} ha "
        f"{_between(points, change.after, change.before)} (P {change.probability:.2f})."
    )
    best, odds = change.likeliest
    if change.before - change.after > 1:
        said += f" Most likely {_between(points, best, best + 1)} (P {odds:.2f})."
    return f"{said} Also possible: {others[0]}" if others else said


def _between(points: Sequence[_Point], after: int, before: int) -> str:
    return (
        f"between the looks of {_when(points[after].at.start)} and {_when(points[before].at.start)}"
    )


def _when(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"


def _alternatives(
    change: Change, last: _Point, first: _Point, points: Sequence[_Point]
) -> list[str]:
    """What else may have made the dark share differ; the likeliest first."""
    said = []
    darker = _darker_control(last if change.delta < 0 else first, points)
    if darker is not None:
        day = _when((last if change.delta < 0 else first).at.start)
        said.append(
            f"rain or shadow: in the look of {day} the bare control was {darker:.0%} darker than "
            "usual, so wet ground is a live alternative."
        )
    if change.delta > 0:
        said += _growth_rivals(first)
    else:
        said += _loss_rivals(last)
    if any(p.claim.parameters.get("registered") is False for p in (last, first)):
        said.append("the looks were not laid on one another, and the outline may lie elsewhere.")
    if darker is None:
        said.append(
            "rain between the looks: the weather is not known here. The control is about as "
            "bright as usual, which speaks against it; a yard may dry later than a quay."
        )
    return said


def _growth_rivals(first: _Point) -> list[str]:
    said = []
    if first.value.get("material") == "dark material":
        said.append("something else dark: slag, scrap, wagons or equipment, soot after work.")
    said += [s.replace("Shadow from dark material: ", "longer shadows: ")
             for s in first.value.get("untellable", []) if s.startswith("Shadow")]  # fmt: skip
    said.append("material moved within the port rather than brought to it.")
    return said


def _loss_rivals(last: _Point) -> list[str]:
    said = [REMOVED]
    said += [s.replace("Shadow from dark material: ", "shorter shadows than before: ")
             for s in last.value.get("untellable", []) if s.startswith("Shadow")]  # fmt: skip
    said.append("thin snow, dust or light material over it.")
    return said


def _darker_control(point: _Point, points: Sequence[_Point]) -> float | None:
    """By how much the bare control was darker than in most looks, if by more than a fifth."""
    kind = point.claim.parameters.get("radiometry")
    levels = [
        float(p.value["control_brightness"])
        for p in points
        if p.claim.parameters.get("radiometry") == kind
    ]
    share = 1.0 - float(point.value["control_brightness"]) / float(np.median(levels))
    return share if share > 0.2 else None


def _slow(found: Sequence[Change], points: Sequence[_Point]) -> list[dict[str, Any]]:
    """Stretches between changes over which the level drifted."""
    cuts = [0, *(c.before for c in found), len(points)]
    said = []
    for first, end in itertools.pairwise(cuts):
        part = points[first:end]
        trend = slow_change([p.day for p in part], [p.y for p in part], [p.sigma for p in part])
        if trend is not None:
            said.append(_slow_json(trend, part))
    return said


def _slow_json(trend: Trend, part: Sequence[_Point]) -> dict[str, Any]:
    start, end = part[0].at.start, part[-1].at.start
    hectares = trend.per_30_days * _hectares(part)
    return {
        "from": start.isoformat(),
        "to": end.isoformat(),
        "per_30_days": round(trend.per_30_days, 4),
        "sigma": round(trend.sigma, 4),
        "message": f"Dark area drifted by {hectares:+.2f} ha a month between {_when(start)} and "
        f"{_when(end)}, in no step that can be dated.",
    }
