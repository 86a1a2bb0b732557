"""The questions that the simulated world poses, each with the verdict a correct method reaches."""

from typing import Final

import numpy as np

from quaywatch.testing.planted import PlantedScene, PresenceCheck, TwoPlaces, iso, seconds
from quaywatch.testing.sealanes import (
    NM_M,
    WAYPOINTS,
    great_circle_m,
    lane_path,
    path_length_m,
)
from quaywatch.testing.world import World

_PAIRS: Final = (
    # id, vessel, broadcast, sighting, waypoint between, expected, honest
    ("two-places-1", "two_places", "2025-02-03T00:09Z", "2025-02-03T00:16Z", "ys_nw", "impossible"),
    (
        "two-places-2",
        "two_places",
        "2025-03-10T01:40Z",
        "2025-03-10T05:40Z",
        "busan_out",
        "impossible",
    ),
    ("honest-twin-sea", "honest_twin", "2024-10-11T14:10Z", "2024-10-12T02:10Z", "", "feasible"),
    ("honest-twin-quay", "two_places", "2025-02-09T02:18Z", "2025-02-09T02:20Z", "", "feasible"),
)
_PRESENCE: Final = (
    ("presence-1", "two_places", "2025-01-29T01:44Z", "not-seen"),
    ("presence-2", "two_places", "2025-03-02T01:45Z", "not-seen"),
    ("presence-3", "two_places", "2025-03-04T01:32Z", "not-observable"),
    ("presence-4", "honest_anchor", "2025-03-05T01:41Z", "seen"),
    ("presence-5", "two_places", "2025-02-09T02:20Z", "seen"),
    ("presence-6", "two_places", "2024-10-20T02:24Z", "seen"),
)


def two_places_pairs(world: World, scenes: list[PlantedScene]) -> tuple[TwoPlaces, ...]:
    """Broadcast against sighting, feasible or not."""
    pairs = []
    for name, key, said_at, seen_at, waypoint, expected in _PAIRS:
        said_s, lon, lat = _message(world, key, seconds(said_at))
        scene = _scene_at(scenes, seen_at)
        hull = next(h for h in scene.hulls if h.vessel == key)
        metres = _lane_m(world, key, (lon, lat), said_s, waypoint)
        hours = abs(seconds(seen_at) - said_s) / 3600.0
        pairs.append(
            TwoPlaces(
                id=name,
                vessel=key,
                mmsi=world.by_key[key].hull.mmsi or 0,
                broadcast_at=iso(said_s),
                broadcast_lon=lon,
                broadcast_lat=lat,
                sighting_at=scene.captured_at,
                sighting_lon=hull.lon,
                sighting_lat=hull.lat,
                scene=scene.file,
                berth=hull.berth,
                lane_nm=round(metres / NM_M, 2),
                required_speed_kn=round(metres / NM_M / hours, 2),
                expected=expected,
                honest=expected == "feasible",
            )
        )
    return (*pairs, _day_only(world, pairs[0]))


def presence_checks(world: World, scenes: list[PlantedScene]) -> tuple[PresenceCheck, ...]:
    """Broadcast positions that an image shows: with the ship, without it, or under cloud."""
    asked = list(_PRESENCE)
    roads = next(s for s in scenes if s.site == "vladivostok-roads")
    asked.append(("presence-7", "far_harbour", roads.captured_at, "seen"))
    checks = []
    for name, key, seen_at, expected in asked:
        scene = _scene_at(scenes, seen_at)
        said_s, lon, lat = _message(world, key, seconds(seen_at))
        checks.append(
            PresenceCheck(
                id=name,
                vessel=key,
                mmsi=world.by_key[key].hull.mmsi or 0,
                broadcast_at=iso(said_s),
                lon=lon,
                lat=lat,
                scene=scene.file,
                expected=expected,
                honest=expected == "seen",
            )
        )
    return tuple(checks)


def _day_only(world: World, like: TwoPlaces) -> TwoPlaces:
    """A sighting known to the day only: no verdict is possible."""
    said_s, lon, lat = _message(world, "far_harbour", seconds("2024-07-10T12:00Z"))
    return TwoPlaces(
        id="day-only",
        vessel="far_harbour",
        mmsi=world.by_key["far_harbour"].hull.mmsi or 0,
        broadcast_at=iso(said_s),
        broadcast_lon=lon,
        broadcast_lat=lat,
        sighting_at="2024-07-10",
        sighting_lon=like.sighting_lon,
        sighting_lat=like.sighting_lat,
        scene=None,
        berth=None,
        lane_nm=round(_lane_m(world, "far_harbour", (lon, lat), said_s, "sh_out") / NM_M, 2),
        required_speed_kn=None,
        expected="cannot-compare",
        honest=False,
    )


def _message(world: World, key: str, at_s: float) -> tuple[float, float, float]:
    """The last message at or before an instant: time, lon, lat as received."""
    own = world.rows_of(world.by_key[key].hull.mmsi or 0)
    row = int(np.searchsorted(own.at_s, at_s, side="right")) - 1
    lon, lat = round(float(own.lon[row]) * 6e5) / 6e5, round(float(own.lat[row]) * 6e5) / 6e5
    return float(own.at_s[row]), round(lon, 7), round(lat, 7)


def _lane_m(
    world: World, key: str, here: tuple[float, float], said_s: float, waypoint: str
) -> float:
    """Way to the site along the lanes, or what truly remained of the passage."""
    if waypoint:
        first = great_circle_m(np.array(here), np.array(WAYPOINTS[waypoint]))
        return float(first) + path_length_m(lane_path(waypoint, "simport"))
    itinerary = world.by_key[key].itinerary
    phase = itinerary.phases[int(itinerary.phase_index(np.array([said_s]))[0])]
    if phase.kind != "sail":
        return 0.0
    left = (phase.end_s - said_s) / (phase.end_s - phase.start_s)
    return left * path_length_m(phase.path)


def _scene_at(scenes: list[PlantedScene], text: str) -> PlantedScene:
    at = iso(seconds(text))
    return next(scene for scene in scenes if scene.captured_at == at)
