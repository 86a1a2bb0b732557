"""Silences on the way of a vessel, each once, as they are drawn and exported."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.voyages.heard import crosses_land, track_of
from quaywatch.voyages.legs import leg_features
from quaywatch.voyages.voyage import Call, Leg, LegGap
from quaywatch.workflows.voyage_inputs import CoastMask
from quaywatch.workflows.voyages import gaps_of
from quaywatch.workflows.voyages_shown import Ship


@dataclass(frozen=True, slots=True)
class Unheard:
    """A stretch in which nothing was heard, for drawing."""

    start: datetime
    end: datetime
    before: Position
    after: Position
    wet: bool
    """Whether the straight line between its ends keeps to water."""
    may_hold: tuple[Call, ...] = ()

    @property
    def hours(self) -> float:
        """Length of the silence."""
        return (self.end - self.start).total_seconds() / 3600


def silences_of(ship: Ship, mask: CoastMask) -> list[Unheard]:
    """Every silence on the way, each once: the judged gaps, and the shorter ones of the track."""
    found: dict[tuple[datetime, datetime], Unheard] = {}
    for leg in ship.told.history.legs:
        for feature in features_of(ship, leg, mask):
            told = feature["properties"]
            if told["kind"] == "gap":
                points = shapely.get_coordinates(shape(feature["geometry"]))
                start, end = (datetime.fromisoformat(told[k]) for k in ("start", "end"))
                before, after = (Position(*map(float, points[k])) for k in (0, -1))
                wet = feature["geometry"]["type"] != "MultiPoint"
                found[_whole(start), _whole(end)] = Unheard(start, end, before, after, wet)
    for gap in gaps_of(ship.told.history):
        wet = _keeps_to_water(gap, mask)
        key = _whole(gap.start), _whole(gap.end)
        found[key] = Unheard(gap.start, gap.end, gap.before, gap.after, wet, gap.hidden)
    return [found[key] for key in sorted(found)]


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _keeps_to_water(gap: LegGap, mask: CoastMask) -> bool:
    track = track_of([0, 1], [gap.before.lon, gap.after.lon], [gap.before.lat, gap.after.lat])
    nm = np.array([great_circle_nm(gap.before, gap.after)])
    return not bool(crosses_land(track, np.array([0]), nm, mask)[0])


def features_of(ship: Ship, leg: Leg, mask: CoastMask) -> list[dict[str, Any]]:
    """What was heard of a leg, as GeoJSON features; none without a track."""
    track = ship.told.known.track
    return [] if track is None else leg_features(leg, track, land=mask)
