"""Bearings of what AIS alone tells: odd tracks, a number in two places, a call that was heard.

What a ship broadcasts is her own word, so all of it together is capped (``evidence/likelihood``).
A gap by itself bears on nothing: that a port was in reach in it does (``bearings_of_checks``).
"""

import math
from collections.abc import Mapping
from typing import Any, Final

from quaywatch.evidence.bearing import Bearing, Hypothesis
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.likelihood import EXPERT_LIMIT, Group
from quaywatch.fusion.bearings_told import About, Told

HEARD_THERE: Final = EXPERT_LIMIT
"""Her own broadcasts put her there."""


def of_odd_track(told: Told) -> tuple[Bearing, ...]:
    """Of a track unlike those of other ships."""
    log_lr = told.value.get("log_lr")
    if told.value.get("verdict") != "tell" or not isinstance(log_lr, int | float):
        return ()
    return (
        Bearing(
            hypothesis=Hypothesis.BROADCAST_FALSE,
            about=told.claim.subject,
            ratio=math.exp(min(log_lr, math.log(100.0))),
            group=Group.AIS_INTEGRITY,
            cause=_track(told),
            because="The track is unlike those of honest ships of its kind.",
        ),
    )


def of_two_tracks(told: Told) -> tuple[Bearing, ...]:
    """Of one number heard in two places."""
    if told.value.get("verdict") not in {"two-places", "shared-mmsi"}:
        return ()
    return (
        Bearing(
            hypothesis=Hypothesis.OTHER_BROADCASTER,
            about=told.claim.subject,
            ratio=EXPERT_LIMIT,
            group=Group.AIS_INTEGRITY,
            cause=_track(told),
            because="Two hulls sent under this number at once; numbers are often shared by "
            "mistake.",
        ),
    )


def of_heard_calls(told: Told, about: About) -> tuple[Bearing, ...]:
    """Of the calls of a ship's voyages that her own broadcasts show, at the site asked about."""
    calls = told.value.get("calls")
    if about.at is None or not isinstance(calls, list):
        return ()
    name = about.at.removeprefix("site:")
    heard = [call for call in calls if _is_heard_at(call, name) and _within(call, about.period)]
    return tuple(
        Bearing(
            hypothesis=Hypothesis.CALLED,
            about=told.claim.subject,
            at=about.at,
            ratio=HEARD_THERE,
            group=Group.AIS_INTEGRITY,
            cause=f"track:{told.claim.subject}",
            because=f"By its own broadcasts it lay there until {_day(call)}.",
        )
        for call in heard
    )


def _is_heard_at(call: Mapping[str, Any], site: str) -> bool:
    return call.get("port") == site and "ais" in str(call.get("seen_by")).split("+")


def _day(call: Mapping[str, Any]) -> str:
    return str(call.get("departed_earliest") or call.get("arrived_latest") or "an unknown day")[:10]


def _within(call: Mapping[str, Any], period: TimeInterval | None) -> bool:
    """Whether a call surely touches a period."""
    first, last = call.get("arrived_latest"), call.get("departed_earliest")
    if period is None:
        return True
    if first is None or last is None or str(last) < str(first):
        return False
    stay = TimeInterval.parse(f"{first}/{last}")
    return stay.start <= period.end and period.start <= stay.end


def _track(told: Told) -> str:
    return f"track:{told.claim.subject}"
