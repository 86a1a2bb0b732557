"""What a ship's transponder says of it at the times at which a hull lay somewhere.

A silence leaves a ship free to have been there only if it can have come and gone, by the shortest
way over water at the highest speed that it has shown; a ship that reports from the same anchorage
before and after was there in between.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.fusion.attribution import Whereabouts
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position

HERE_BESIDE_M: Final = 40.0
"""A broadcast so far off the end of a berth may still come from it: antenna and rounding."""
HERE_WITHIN: Final = timedelta(hours=6)
"""Lying ships are heard every few hours in thin feeds."""
BOUND_SLACK_NM: Final = 0.5
"""Allowed on every exclusion for where the hull lay and where the antenna stands."""
STILL_NM: Final = 0.5
"""Two reports so near each other are of one anchorage."""
M_IN_NM: Final = 1852.0
SHORTEST_CALL: Final = timedelta(hours=6)
"""A shorter silence is no time to come alongside, work and leave."""

Bound = Callable[[Position, Position], float | None]
"""The least distance over water in nautical miles; None where no way was found."""


@dataclass(frozen=True, slots=True)
class Fixes:
    """Reports of one transponder, in time order: three arrays of shape (n,)."""

    at_s: NDArray[np.float64]
    """Seconds since 1970."""
    lon: NDArray[np.float64]
    """Degrees WGS84, as ``lat``."""
    lat: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a ship was, as far as its transponder tells, and why that is said."""

    whereabouts: Whereabouts
    """At the time that excludes most: the looks are of one hull."""
    why: str
    at_best: Whereabouts
    """At the time that excludes least, should the looks be of two hulls."""


@dataclass(frozen=True, slots=True)
class Alongside:
    """Where a hull was seen."""

    middle: Position
    half_m: float
    """Half the length of the berth, or of the hull where it lies at none."""


def whereabouts(
    fixes: Fixes,
    berth: Alongside,
    seen: Sequence[datetime],
    *,
    ceiling_kn: float,
    bound_nm: Bound,
) -> Placed:
    """Where a ship was at all the times at which one hull was seen at a berth.

    The times are of one stay: a ship that was elsewhere at any of them is not that hull.

    Args:
        fixes: of its transponder, aware UTC, WGS84 degrees.
        berth: where the hull lay.
        seen: capture times, at least one.
        ceiling_kn: the highest speed it may have made.
        bound_nm: least distance over water; asked only where a straight line leaves it open.

    A ship heard only before all of it, or only after, is "unheard" then: where our reports of it
    begin or end tells of what we hold, not of the ship.

    Bias:
        Towards "silent" (free to have been there) where reports are thin: it excludes only what
        speed and water exclude; and towards "unheard" at the ends of what is held.

    Examples:
        >>> at = datetime(2025, 2, 3, tzinfo=UTC)
        >>> seconds = at.timestamp() + np.array([0.0, 3600.0])
        >>> sea = Fixes(seconds, np.array([124.0, 124.1]), np.array([36.5, 36.6]))
        >>> whereabouts(sea, Alongside(Position(125.39, 38.72), 100.0), [at], ceiling_kn=25.0,
        ...             bound_nm=lambda a, b: None).whereabouts
        'elsewhere'

    """
    told = [_at(fixes, berth, time, ceiling_kn, bound_nm) for time in sorted(seen)]
    worst = min(told, key=lambda placed: _ORDER.index(placed.whereabouts))
    best = max(told, key=lambda placed: _ORDER.index(placed.whereabouts))
    return replace(worst, at_best=best.whereabouts)


_ORDER: Final[tuple[Whereabouts, ...]] = ("elsewhere", "out-of-reach", "unheard", "silent", "here")
"""From what speaks most against a ship to what speaks most for it."""


def _placed(where: Whereabouts, why: str) -> Placed:
    return Placed(where, why, where)


def _at(
    fixes: Fixes, berth: Alongside, time: datetime, ceiling_kn: float, bound_nm: Bound
) -> Placed:
    at_s = time.timestamp()
    after = int(np.searchsorted(fixes.at_s, at_s, side="right"))
    ends = [i for i in (after - 1, after) if 0 <= i < len(fixes.at_s)]
    if not ends:
        return _placed("unheard", "It was never heard here.")
    nearest = min(ends, key=lambda i: abs(fixes.at_s[i] - at_s))
    away = timedelta(seconds=abs(float(fixes.at_s[nearest]) - at_s))
    if away <= HERE_WITHIN and _nm(fixes, nearest, berth) * M_IN_NM <= berth.half_m + HERE_BESIDE_M:
        return _placed("here", f"It broadcast from there {_hours(away)} from the image.")
    if len(ends) == 2 and _stayed(fixes, *ends):
        return _placed(
            "elsewhere",
            (
                f"It broadcast {_nm(fixes, nearest, berth):.1f} nm away, {_hours(away)} from the "
                "image."
            ),
        )
    for i in ends:
        hours = abs(float(fixes.at_s[i]) - at_s) / 3600.0
        if _out_of_reach(_position(fixes, i), berth.middle, hours * ceiling_kn, bound_nm):
            return _placed(
                "out-of-reach",
                f"It was heard {_nm(fixes, i, berth):.0f} nm away in a straight line, {hours:.1f} "
                f"h from the image: too far at {ceiling_kn:.0f} kn.",
            )
    if len(ends) == 1:
        # Nobody knows whether it was silent or our reports begin or end there.
        return _placed("unheard", _silence(fixes, ends, at_s))
    return _placed("silent", _silence(fixes, ends, at_s))


def _stayed(fixes: Fixes, before: int, after: int) -> bool:
    """Whether a silence is too short for a call, or both its ends are of one anchorage."""
    silence = timedelta(seconds=float(fixes.at_s[after] - fixes.at_s[before]))
    apart = great_circle_nm(_position(fixes, before), _position(fixes, after))
    return silence < SHORTEST_CALL or (apart <= STILL_NM and silence < 2 * SHORTEST_CALL)


def _out_of_reach(here: Position, berth: Position, reach_nm: float, bound_nm: Bound) -> bool:
    if great_circle_nm(here, berth) - BOUND_SLACK_NM > reach_nm:
        return True
    least = bound_nm(here, berth)
    return least is not None and least - BOUND_SLACK_NM > reach_nm


def _silence(fixes: Fixes, ends: Sequence[int], at_s: float) -> str:
    stamps = [datetime.fromtimestamp(float(fixes.at_s[i]), tz=UTC) for i in ends]
    if len(stamps) == 2:
        return (
            f"It was silent from {stamps[0]:%d %b %Y %H:%M} to {stamps[1]:%d %b %H:%M} UTC, long "
            "enough to have come and gone."
        )
    side = "after" if fixes.at_s[ends[0]] < at_s else "before"
    return f"It was not heard {side} {stamps[0]:%d %b %Y %H:%M} UTC."


def _position(fixes: Fixes, index: int) -> Position:
    return Position(float(fixes.lon[index]), float(fixes.lat[index]))


def _nm(fixes: Fixes, index: int, berth: Alongside) -> float:
    return great_circle_nm(_position(fixes, index), berth.middle)


def _hours(span: timedelta) -> str:
    minutes = span / timedelta(minutes=1)
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def silent_share(
    fixes: Fixes, first_s: float, last_s: float, *, longer_than: timedelta = SHORTEST_CALL
) -> float | None:
    """Share of a period that lies in a ship's silences, those before and after it was heard too.

    Args:
        fixes: of its transponder.
        first_s: begin of the period over which anybody was heard, seconds since 1970.
        last_s: its end.
        longer_than: a shorter silence is none.

    Returns:
        0 to 1; None where the period is shorter than a day: too little to say how often a ship is
        silent.

    Examples:
        >>> day = np.arange(4) * 86400.0
        >>> silent_share(Fixes(day[1:3], day[1:3], day[1:3]), day[0], day[3])
        1.0

    """
    if last_s - first_s < 86400.0:
        return None
    steps = np.diff(np.concatenate([[first_s], fixes.at_s, [last_s]]))
    long = steps[steps > longer_than / timedelta(seconds=1)]
    return float(min(long.sum() / (last_s - first_s), 1.0))
