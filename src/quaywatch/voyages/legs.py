"""Legs: from call to call by water, how fast, how much of it was heard, and where it was silent.

Speeds are implied by calls whose times are intervals, so they are intervals too. A way that is
longer than needed is beside what is usual for others and beside what ordinarily explains it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.geo.land import LandMask
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterDistance
from quaywatch.voyages.heard import SILENT_H, Track, heard_features, steps_of
from quaywatch.voyages.voyage import (
    Call,
    Detour,
    EnRoute,
    Leg,
    LegGap,
    When,
    hours_between,
)

METHOD: Final = "leg@2"
GAP_H: Final = 6.0
"""A silence at least this long is a gap of the leg (``ais.gaps``)."""
LEAST_REFERENCE: Final = 20
"""With fewer legs to compare with, nothing is called circuitous."""
SHORT_NM: Final = 50.0
"""On shorter ways the ratio says how a harbour lies, not how a ship sails."""
OPEN: Final = timedelta(minutes=10)
"""What is known beyond the first or the last call by more than this is a leg of its own."""

Distance = Callable[[Position, Position], WaterDistance]


@dataclass(frozen=True, slots=True)
class Reference:
    """Ratios of the way sailed to the water distance, of other legs."""

    ratios: NDArray[np.float64]

    @property
    def usual(self) -> tuple[float, float] | None:
        """5th and 95th percentile; None where there are too few."""
        if len(self.ratios) < LEAST_REFERENCE:
            return None
        low, high = np.percentile(self.ratios, [5, 95])
        return float(low), float(high)


def legs_of(
    calls: Sequence[Call],
    distance: Distance,
    *,
    vessel: str | None,
    track: Track | None = None,
    known: When | None = None,
    gaps: Sequence[LegGap] | None = None,
    en_route: Sequence[EnRoute] = (),
    reference: Reference | None = None,
) -> list[Leg]:
    """The legs between calls in time order, and those that data cut at either end.

    Args:
        calls: of one hull, from ``chained``.
        distance: over water.
        vessel: the subject.
        track: what was heard of it; None: shares and sailed ways are not known.
        known: from the first to the last thing known of it; adds an open leg at either end where
            that lies outside the calls.
        gaps: silences, from ``gaps_from_events``; None: those of ``track``.
        en_route: what was seen on the way.
        reference: ratios to hold detours against.

    Returns:
        With no call and ``known``, one leg with neither end; with nothing at all, none. The way
        is from where it was last seen at the one call to where it was first seen at the other.

    Examples:
        >>> legs_of([], lambda a, b: None, vessel=None)
        []

    """
    ends: list[tuple[Call | None, Call | None]] = list(pairwise(calls))
    bounds = known or When(None, None)
    if calls:
        first, last = calls[0].arrived.latest, calls[-1].departed.earliest
        if bounds.earliest and first and bounds.earliest < first - OPEN:
            ends.insert(0, (None, calls[0]))
        if bounds.latest and last and bounds.latest > last + OPEN:
            ends.append((calls[-1], None))
    elif bounds.earliest and bounds.latest:
        ends.append((None, None))
    return [_leg(a, b, distance, vessel, track, bounds, gaps, en_route, reference) for a, b in ends]


_HOUR: Final = timedelta(hours=1)


def _leg(  # each a different thing
    origin: Call | None,
    destination: Call | None,
    distance: Distance,
    vessel: str | None,
    track: Track | None,
    bounds: When,
    gaps: Sequence[LegGap] | None,
    en_route: Sequence[EnRoute],
    reference: Reference | None,
) -> Leg:
    departed = origin.departed if origin else When(None, bounds.earliest)
    arrived = destination.arrived if destination else When(bounds.latest, None)
    begin = origin.departed.earliest if origin else bounds.earliest
    end = destination.arrived.latest if destination else bounds.latest
    reasons = []
    if origin is None:
        reasons.append("Where it came from is not known: what is known begins on the way.")
    if destination is None:
        reasons.append("Where it went is not known: what is known ends on the way.")
    way = _way(origin, destination, distance)
    hours = hours_between(departed, arrived) if origin and destination else (None, None)
    own = track.between(_us(begin), _us(end)) if track is not None else None
    mine = _within(own, gaps, begin, end)
    sailed, share, heard_h = _heard(own, begin, end)
    if track is None:
        reasons.append("No track was given: how much of it was heard is not known.")
    leg = Leg(
        vessel,
        origin,
        destination,
        departed,
        arrived,
        way.great_circle_nm if way else None,
        way.water_nm if way else None,
        way.lower_bound_nm if way else None,
        (way.reason if way else "One end is not known."),
        hours,
        _speeds(way, hours),
        sailed,
        share,
        tuple(mine),
        tuple(one for one in en_route if _during(one, begin, end)),
        None,
        tuple(dict.fromkeys(e for c in (origin, destination) if c for e in c.evidence)),
        tuple(reasons),
        METHOD,
        heard_h,
    )
    return replace(leg, detour=detour_of(leg, own, distance, reference))


def _way(origin: Call | None, destination: Call | None, distance: Distance) -> WaterDistance | None:
    if origin is None or destination is None:
        return None
    return distance(origin.last_seen_at, destination.first_seen_at)


def _speeds(
    way: WaterDistance | None, hours: tuple[float | None, float | None]
) -> tuple[float | None, float | None]:
    """Least and most implied speed; None where a time, or the way, is not known."""
    if way is None or way.water_nm is None or way.lower_bound_nm is None:
        return None, None
    least, most = hours
    low = way.lower_bound_nm / most if most else None
    return low, (way.water_nm / least if least else None)


def _us(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1e6)


def _at(us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(us))


def _heard(
    track: Track | None, begin: datetime | None, end: datetime | None
) -> tuple[float | None, float | None, float | None]:
    """Nautical miles, share of the time and hours in pieces that were heard."""
    if track is None:
        return None, None, None
    steps = steps_of(track)
    heard = ~steps.silent
    whole = (end - begin) / _HOUR if begin and end else None
    hours = float(steps.hours[heard].sum())
    share = min(1.0, hours / whole) if whole else None
    return float(steps.nm[heard].sum()), share, hours


def _within(
    track: Track | None,
    gaps: Sequence[LegGap] | None,
    begin: datetime | None,
    end: datetime | None,
) -> list[LegGap]:
    if gaps is not None:
        return [
            gap
            for gap in gaps
            if (end is None or gap.start < end) and (begin is None or gap.end > begin)
        ]
    return [] if track is None else gaps_of(track)


def gaps_of(track: Track, *, hours: float = GAP_H) -> list[LegGap]:
    """Silences of a track of at least so many hours.

    Examples:
        >>> from quaywatch.voyages.heard import track_of
        >>> [round(g.hours) for g in gaps_of(track_of([0, 36 * 10**9], [0, 1], [0, 0]))]
        [10]

    """
    wait = np.diff(track.at_us) / 3.6e9
    found = []
    for k in np.flatnonzero(wait >= hours).tolist():
        a, b = (Position(float(track.lon[j]), float(track.lat[j])) for j in (k, k + 1))
        found.append(LegGap(_at(track.at_us[k]), _at(track.at_us[k + 1]), a, b))
    return found


def gaps_from_events(events: pl.DataFrame) -> list[LegGap]:
    """Events of kind ``gap`` with both ends, in time order.

    Examples:
        >>> from quaywatch.ais.events import EVENTS_FRAME
        >>> gaps_from_events(pl.DataFrame(schema=EVENTS_FRAME))
        []

    """
    kept = events.filter(
        (pl.col("kind") == "gap") & pl.col("end").is_not_null() & pl.col("end_lon").is_not_null()
    ).sort("start", "end")
    return [
        LegGap(
            row["start"],
            row["end"],
            Position(row["lon"], row["lat"]),
            Position(row["end_lon"], row["end_lat"]),
            _id(row),
        )
        for row in kept.iter_rows(named=True)
    ]


def en_route_from_events(events: pl.DataFrame, *, own: Collection[int] = ()) -> list[EnRoute]:
    """Encounters, lightering, loitering and anchoring of one vessel, in time order.

    An encounter that nothing on record explains (``met``) is marked as one in which cargo could
    have changed ships. Those with a dull reason are kept, and the reason with them.

    Args:
        events: of the vessel, as first or as second ship of an encounter.
        own: her MMSIs; without them the second ship of a row is taken for the other.

    Examples:
        >>> from quaywatch.ais.events import EVENTS_FRAME
        >>> en_route_from_events(pl.DataFrame(schema=EVENTS_FRAME))
        []

    """
    kinds = ["encounter", "loitering", "anchoring"]
    kept = events.filter(pl.col("kind").is_in(kinds) & pl.col("lon").is_not_null()).sort("start")
    found = []
    for row in kept.iter_rows(named=True):
        meets = row["kind"] == "encounter"
        side = meets and row["test"] == "lightering"
        other = row["mmsi"] if row["other_mmsi"] in own else row["other_mmsi"]
        found.append(
            EnRoute(
                "lightering" if side else row["kind"],
                row["start"],
                row["end"],
                Position(row["lon"], row["lat"]),
                None if not meets or other is None else f"mmsi:{other:09d}",
                row["verdict"],
                transfer=meets and row["verdict"] == "met",
                reason=row["reason"],
                evidence=_id(row),
            )
        )
    return found


def _id(row: dict[str, Any]) -> tuple[str, ...]:
    return (row["event_id"],) if row.get("event_id") else ()


def _during(one: EnRoute, begin: datetime | None, end: datetime | None) -> bool:
    last = one.end or one.start
    return (end is None or one.start < end) and (begin is None or last > begin)


def detour_of(
    leg: Leg, track: Track | None, distance: Distance, reference: Reference | None
) -> Detour | None:
    """The way sailed against the way needed; None for a leg that has not both ends.

    Over a silence only the water distance between its ends counts, so the ratio is a lower
    bound. It is called circuitous only above the 95th percentile of at least 20 others; what
    explains it is listed beside it, looked into or not.
    """
    if leg.origin is None or leg.destination is None:
        return None
    usual = reference.usual if reference else None
    n = len(reference.ratios) if reference else 0
    why = None
    if leg.water_nm is None:
        why = f"No ratio: {leg.water_reason}."
    elif leg.water_nm < SHORT_NM:
        why = f"No ratio: the way is shorter than {SHORT_NM:g} nm."
    elif track is None or len(track) < 2:
        why = "No ratio: nothing was heard on the way."
    if why is not None or track is None or leg.water_nm is None:
        return Detour(None, usual, n, None, (), why)
    ratio = max(1.0, _way_nm(leg, track, distance) / leg.water_nm)
    if usual is None:
        why = f"Only {n} other legs to compare with; {LEAST_REFERENCE} are needed."
        return Detour(ratio, None, n, None, _explained(leg), why)
    return Detour(ratio, usual, n, ratio > usual[1], _explained(leg))


def _way_nm(leg: Leg, track: Track, distance: Distance) -> float:
    """From call to call: heard pieces as sailed, silences and both ends by water."""
    steps = steps_of(track)
    points = [Position(float(x), float(y)) for x, y in zip(track.lon, track.lat, strict=True)]
    total = float(steps.nm[~steps.silent].sum())
    hops = [(points[k], points[k + 1]) for k in np.flatnonzero(steps.silent)]
    if leg.origin is not None and leg.destination is not None:
        hops += [
            (leg.origin.last_seen_at, points[0]),
            (points[-1], leg.destination.first_seen_at),
        ]
    for a, b in hops:
        found = distance(a, b)
        total += found.lower_bound_nm if found.lower_bound_nm is not None else found.great_circle_nm
    return total


def _explained(leg: Leg) -> tuple[str, ...]:
    """What ordinarily makes a way longer: what was seen of it, then what nobody looked into."""
    told = []
    waits = [one for one in leg.en_route if one.kind in {"anchoring", "loitering"}]
    hours = sum(((one.end or one.start) - one.start) / _HOUR for one in waits)
    if hours >= 4.0:
        told.append(f"Waiting: it lay or drifted for {hours:.0f} h on the way.")
    met = [one for one in leg.en_route if one.kind in {"encounter", "lightering"}]
    if met:
        told.append(
            f"Bunkering or supply: it lay beside another vessel {len(met)} "
            f"{'time' if len(met) == 1 else 'times'}."
        )
    told.append("Weather, orders changed on the way, and traffic rules were not looked into.")
    return tuple(told)


def reference_of(legs: Sequence[Leg]) -> Reference:
    """The ratios of other legs, for ``legs_of``: give those of other vessels.

    Examples:
        >>> reference_of([]).usual is None
        True

    """
    found = [leg.detour.ratio for leg in legs if leg.detour and leg.detour.ratio is not None]
    return Reference(np.array(sorted(found), np.float64))


def leg_features(
    leg: Leg, track: Track, *, land: LandMask | None = None, silent_h: float = SILENT_H
) -> list[dict[str, Any]]:
    """GeoJSON features of one leg: see ``heard_features``; its calls are not among them.

    Examples:
        >>> from quaywatch.voyages.heard import track_of
        >>> now = datetime(2025, 1, 1, tzinfo=UTC)
        >>> leg = legs_of([], lambda a, b: None, vessel=None, known=When(now, now + 2 * _HOUR))[0]
        >>> at = [_us(now), _us(now + _HOUR / 2)]
        >>> [f["properties"]["kind"] for f in leg_features(leg, track_of(at, [0, 1], [0, 0]))]
        ['heard']

    """
    begin = leg.origin.departed.earliest if leg.origin else leg.departed.latest
    end = leg.destination.arrived.latest if leg.destination else leg.arrived.earliest
    own = track.between(_us(begin), _us(end))
    told = {
        "vessel": leg.vessel,
        "from": leg.origin.place.name if leg.origin else None,
        "to": leg.destination.place.name if leg.destination else None,
        "departed_latest": _text(leg.departed.latest),
        "arrived_earliest": _text(leg.arrived.earliest),
    }
    return heard_features(own, silent_h=silent_h, land=land, properties=told)


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
