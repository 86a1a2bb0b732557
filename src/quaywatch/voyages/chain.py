"""Calls of one hull in one order, freed of what cannot be true of one hull.

Two sightings of one stay become one call. Two calls that no ship can have made both are not both
believed: a picture outweighs a broadcast, and between two broadcasts nothing is decided.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.voyages.calls import role_of
from quaywatch.voyages.prism import FASTEST_KN
from quaywatch.voyages.voyage import Call, When

SURE: Final = 0.95
"""A picture that is this surely of the hull outweighs a broadcast."""
SAME_PLACE_NM: Final = 5.0
"""Calls nearer than this to each other are at one place: a harbour is that large."""
_HALF_WAY_NM: Final = 10_820.0
"""Half a meridian: no two places are farther apart as the crow flies."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Calls that one hull can have made, in time order, and those that do not fit."""

    calls: tuple[Call, ...]
    set_aside: tuple[Call, ...]
    """Broadcast calls that a picture contradicts."""
    broken: tuple[tuple[int, int], ...]
    """Pairs of positions in ``calls`` of which one cannot be true, and nothing says which."""
    reasons: tuple[str, ...]


def chained(calls: Sequence[Call], *, fastest_kn: float = FASTEST_KN) -> Chain:
    """Calls of one vessel joined, ordered, and freed of what cannot be true beside a picture.

    Two are contradictory where the time between the last moment at the one and the first at the
    other is less than the great circle takes at ``fastest_kn``: a lower bound on a lower bound.
    """
    ordered = sorted(calls, key=_order)
    joined: list[Call] = []
    reasons: list[str] = []
    for call in ordered:
        if joined and _one_stay(joined[-1], call):
            joined[-1] = _joined(joined[-1], call)
        else:
            joined.append(call)
    pictures = [c for c in joined if "imagery" in c.seen_by and (c.probability or 1.0) >= SURE]
    aside: list[Call] = []
    for call in joined:
        if call.seen_by != ("ais",):
            continue
        against = next((c for c in pictures if _impossible(call, c, fastest_kn)), None)
        if against is not None:
            aside.append(call)
            reasons.append(
                f"A call broadcast at {_name(call)} is set aside: a picture shows the hull at "
                f"{_name(against)}, too far away for the time between."
            )
    left = [call for call in joined if not any(call is one for one in aside)]
    broken = tuple(_broken(left, fastest_kn))
    for i, k in broken:
        reasons.append(
            f"The calls at {_name(left[i])} and {_name(left[k])} cannot both be of one hull; "
            "nothing says which is."
        )
    return Chain(tuple(left), tuple(aside), broken, tuple(reasons))


def _broken(calls: Sequence[Call], fastest_kn: float) -> Iterator[tuple[int, int]]:
    """Pairs that overlap, and neighbours, that no hull can have made both.

    Where each of two neighbouring pairs can be, so can the pair of their outer ends: the ways add.
    """
    timed = [k for k, call in enumerate(calls) if call.present and call.present.latest]
    for here, i in enumerate(timed):
        for k in timed[here + 1 :]:
            one, other = calls[i].present, calls[k].present
            if one is None or other is None:
                continue
            if _impossible(calls[i], calls[k], fastest_kn):
                yield i, k
            # The rest begin later still: the first that does not overlap is the last to ask.
            if one.latest and other.earliest and other.earliest > one.latest:
                break


def _order(call: Call) -> tuple[float, float, str]:
    """By the middle of what is known of when it was there."""
    first = call.present.earliest if call.present else call.arrived.middle
    if first is None:
        first = call.arrived.latest or call.departed.earliest
    last = call.departed.earliest or first
    return (
        first.timestamp() if first else math.inf,
        last.timestamp() if last else math.inf,
        call.call_id,
    )


def _near(one: Call, other: Call) -> bool:
    if one.place.port is not None and one.place.port == other.place.port:
        return True
    return great_circle_nm(one.place.position, other.place.position) <= SAME_PLACE_NM


def _one_stay(one: Call, other: Call) -> bool:
    """Whether both are sightings of one stay: same place, and no time seen away between."""
    if one.hidden != other.hidden or not _near(one, other):
        return False
    if one.present is None or other.present is None:
        return False
    left, back = one.departed.latest, other.arrived.earliest
    if one.present.latest is None or other.present.earliest is None:
        return False
    if other.present.earliest <= one.present.latest:
        return True
    # Left before, or came back after, was seen by either: two stays.
    return (left is None or left >= other.present.earliest) and (
        back is None or back <= one.present.latest
    )


def _joined(one: Call, other: Call) -> Call:
    """Two sightings of one stay: the tighter bound of each time, and all the evidence."""
    arrived = When(
        _latest(one.arrived.earliest, other.arrived.earliest, before=one.arrived.latest),
        _least(one.arrived.latest, other.arrived.latest),
    )
    departed = When(
        _most(one.departed.earliest, other.departed.earliest),
        _earliest(one.departed.latest, other.departed.latest, after=other.departed.earliest),
    )
    shares = [c.probability for c in (one, other) if c.probability is not None]
    signs = (*one.signs, *other.signs)
    reasons = [*one.reasons, *other.reasons]
    last, then = _final(one), _first(other)
    if last and then and then - last > timedelta(days=1):
        days = (then - last) / timedelta(days=1)
        reasons.append(
            f"Nothing is known of it there for {days:.0f} days between two sightings: it may have "
            "left and come back."
        )
    return replace(
        one,
        place=one.place if one.place.name or not other.place.name else other.place,
        seen_by=tuple(dict.fromkeys((*one.seen_by, *other.seen_by))),
        arrived=arrived,
        departed=departed,
        present=When(_least(_first(one), _first(other)), _most(_final(one), _final(other))),
        # Seen for certain by either is seen for certain.
        probability=max(shares) if len(shares) == 2 else None,
        evidence=tuple(dict.fromkeys((*one.evidence, *other.evidence))),
        berth=one.berth or other.berth,
        signs=signs,
        role=role_of(signs),
        reasons=tuple(dict.fromkeys(reasons)),
        left_from=(
            other if _final(other) == _most(_final(one), _final(other)) else one
        ).last_seen_at,
        came_to=(
            other if _first(other) == _least(_first(one), _first(other)) else one
        ).first_seen_at,
        at_rest=_rest(one.at_rest, other.at_rest),
    )


def _rest(one: When | None, other: When | None) -> When | None:
    if one is None or other is None:
        return one or other
    return When(_least(one.earliest, other.earliest), _most(one.latest, other.latest))


def _first(call: Call) -> datetime | None:
    return call.present.earliest if call.present else None


def _final(call: Call) -> datetime | None:
    return call.present.latest if call.present else None


def _least(*times: datetime | None) -> datetime | None:
    return min((t for t in times if t is not None), default=None)


def _most(*times: datetime | None) -> datetime | None:
    return max((t for t in times if t is not None), default=None)


def _latest(*times: datetime | None, before: datetime | None) -> datetime | None:
    """The tightest lower bound that the arrival seen allows."""
    return _most(*(t for t in times if t is not None and (before is None or t <= before)))


def _earliest(*times: datetime | None, after: datetime | None) -> datetime | None:
    return _least(*(t for t in times if t is not None and (after is None or t >= after)))


def _impossible(one: Call, other: Call, fastest_kn: float) -> bool:
    if one.present is None or other.present is None:
        return False
    spans = [(c.present.earliest, c.present.latest) for c in (one, other) if c.present]
    if any(t is None for span in spans for t in span):
        return False
    (a, b), (c, d) = spans
    wait = max(c - b, a - d)  # type: ignore[operator]  # none is None, as looked after above
    hours = wait / timedelta(hours=1)
    if hours * fastest_kn >= _HALF_WAY_NM:
        return False
    # A harbour is wide: from where it was last seen in the one to where first in the other.
    apart = min(
        great_circle_nm(p, q)
        for p in (one.place.position, one.first_seen_at, one.last_seen_at)
        for q in (other.place.position, other.first_seen_at, other.last_seen_at)
    )
    apart -= SAME_PLACE_NM
    if apart <= 0:
        return False
    return bool(hours < apart / fastest_kn)


def _name(call: Call) -> str:
    at = call.place.position
    return call.place.name or call.place.port or f"{at.lat:.2f} N {at.lon:.2f} E"
