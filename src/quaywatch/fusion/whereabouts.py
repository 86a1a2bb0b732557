"""What a ship's transponder says of it at the times at which a hull lay somewhere.

A silence leaves a ship free to have been there only if it can have come and gone, by the shortest
way over water at the highest speed that it has shown; a ship that reports from the same anchorage
before and after was there in between.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from quaywatch.fusion.attribution import Whereabouts
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position

HERE_NM: Final = 0.5
"""A broadcast so near a berth is at it: antenna offset, rounding and the quay's own length."""
HERE_WITHIN: Final = timedelta(hours=6)
"""Lying ships are heard every few hours in thin feeds."""
STILL_NM: Final = 0.5
"""Two reports so near each other are of one anchorage."""
SHORTEST_CALL: Final = timedelta(hours=6)
"""A shorter silence is no time to come alongside, work and leave."""

Bound = Callable[[Position, Position], float | None]
"""The least distance over water in nautical miles; None where no way was found."""


@dataclass(frozen=True, slots=True)
class Fixes:
    """Reports of one transponder, in time order."""

    at: Sequence[datetime]
    lon: Sequence[float]
    lat: Sequence[float]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a ship was, as far as its transponder tells, and why that is said."""

    whereabouts: Whereabouts
    why: str


def whereabouts(
    fixes: Fixes, berth: Position, seen: Sequence[datetime], *, ceiling_kn: float, bound_nm: Bound
) -> Placed:
    """Where a ship was at all the times at which one hull was seen at a berth.

    The times are of one stay: a ship that was elsewhere at any of them is not that hull.

    Args:
        fixes: of its transponder, aware UTC, WGS84 degrees.
        berth: where the hull lay.
        seen: capture times, at least one.
        ceiling_kn: the highest speed it may have made.
        bound_nm: least distance over water; asked only where a straight line leaves it open.

    Bias:
        Towards "silent" (free to have been there) where reports are thin: it excludes only what
        speed and water exclude.

    Examples:
        >>> from datetime import UTC
        >>> at = [datetime(2025, 2, 3, 0, tzinfo=UTC), datetime(2025, 2, 3, 1, tzinfo=UTC)]
        >>> sea = Fixes(at, [124.0, 124.1], [36.5, 36.6])
        >>> whereabouts(sea, Position(125.39, 38.72), [at[0]], ceiling_kn=25.0,
        ...             bound_nm=lambda a, b: None).whereabouts
        'elsewhere'

    """
    told = [_at(fixes, berth, time, ceiling_kn, bound_nm) for time in sorted(seen)]
    order: tuple[Whereabouts, ...] = ("elsewhere", "out-of-reach", "unheard", "silent", "here")
    return min(told, key=lambda placed: order.index(placed.whereabouts))


def _at(
    fixes: Fixes, berth: Position, time: datetime, ceiling_kn: float, bound_nm: Bound
) -> Placed:
    times = np.array([at.timestamp() for at in fixes.at])
    index = int(np.searchsorted(times, time.timestamp(), side="right"))
    before = index - 1 if index > 0 else None
    after = index if index < len(times) else None
    if before is None and after is None:
        return Placed("unheard", "It was never heard here.")
    ends = [i for i in (before, after) if i is not None]
    nearest = min(ends, key=lambda i: abs(times[i] - time.timestamp()))
    away = abs(fixes.at[nearest] - time)
    if away <= HERE_WITHIN and _nm(fixes, nearest, berth) <= HERE_NM:
        return Placed("here", f"It broadcast from there {_hours(away)} from the image.")
    if before is not None and after is not None:
        silence = fixes.at[after] - fixes.at[before]
        apart = great_circle_nm(_position(fixes, before), _position(fixes, after))
        still = apart <= STILL_NM and silence < 2 * SHORTEST_CALL
        if silence < SHORTEST_CALL or still:
            return Placed(
                "elsewhere",
                f"It broadcast {_nm(fixes, nearest, berth):.0f} nm away, {_hours(away)} from the "
                "image.",
            )
    for i in ends:
        hours = abs(fixes.at[i] - time) / timedelta(hours=1)
        if _out_of_reach(_position(fixes, i), berth, hours * ceiling_kn, bound_nm):
            return Placed(
                "out-of-reach",
                f"It was heard {_nm(fixes, i, berth):.0f} nm away in a straight line, {hours:.1f} "
                f"h from the image: too far at {ceiling_kn:.0f} kn.",
            )
    return Placed("silent", _silence(fixes, before, after))


def _out_of_reach(here: Position, berth: Position, reach_nm: float, bound_nm: Bound) -> bool:
    if great_circle_nm(here, berth) - HERE_NM > reach_nm:
        return True
    least = bound_nm(here, berth)
    return least is not None and least - HERE_NM > reach_nm


def _silence(fixes: Fixes, before: int | None, after: int | None) -> str:
    if before is None and after is not None:
        return f"It was not heard before {fixes.at[after]:%d %b %Y %H:%M} UTC."
    if after is None and before is not None:
        return f"It was not heard after {fixes.at[before]:%d %b %Y %H:%M} UTC."
    assert before is not None  # one of the two is known: the caller has looked
    assert after is not None  # the same
    return (
        f"It was silent from {fixes.at[before]:%d %b %Y %H:%M} to {fixes.at[after]:%d %b %H:%M} "
        "UTC, long enough to have come and gone."
    )


def _position(fixes: Fixes, index: int) -> Position:
    return Position(fixes.lon[index], fixes.lat[index])


def _nm(fixes: Fixes, index: int, berth: Position) -> float:
    return great_circle_nm(_position(fixes, index), berth)


def _hours(span: timedelta) -> str:
    minutes = span / timedelta(minutes=1)
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def silent_share(fixes: Fixes, *, longer_than: timedelta = SHORTEST_CALL) -> float | None:
    """Share of the time between a ship's first and last report that lies in silences.

    Args:
        fixes: of its transponder.
        longer_than: a shorter silence is none.

    Returns:
        0 to 1; None where it was heard fewer than three times or within one day only: too little
        to say how often it is silent.

    Examples:
        >>> from datetime import UTC
        >>> day = [datetime(2025, 2, d, tzinfo=UTC) for d in (1, 2, 3)]
        >>> silent_share(Fixes(day, [0.0] * 3, [0.0] * 3))
        1.0

    """
    if len(fixes.at) < 3 or fixes.at[-1] - fixes.at[0] < timedelta(days=1):
        return None
    times = np.array([at.timestamp() for at in fixes.at])
    steps = np.diff(times)
    long = steps[steps > longer_than / timedelta(seconds=1)]
    return float(long.sum() / (times[-1] - times[0]))
