"""The part of a scene that was searched for hulls, and how it was seen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import shapely
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry

from quaywatch.errors import PlaceMissingError
from quaywatch.evidence.record import Claim, Source
from quaywatch.fusion.match_weight import Sight
from quaywatch.imagery.azimuth import flight_direction
from quaywatch.imagery.reference import AROUND_M
from quaywatch.imagery.sensors import SENSORS, Sensor
from quaywatch.sites.facility import FacilityKind, Site
from quaywatch.sites.frame import LocalFrame, unwrap
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.look_claims import site_of

CLEAR_UNKNOWN: Final = 0.5
"""Share of a window taken as clear where the sensor's bands do not tell cloud."""
QUAY_M: Final = 40.0
"""About a drawn berth: a ship alongside has its middle in it."""
_SUN_SYNCHRONOUS_H: Final = 3.0
"""Radar of the sensors' table flies at dawn and dusk: southward at six, northward at eighteen,
local solar time; a capture farther from both says nothing of its direction."""


def drawn_sites(workspace: Workspace, looks: Sequence[Claim]) -> list[Site]:
    """The sites as drawn when they were looked at."""
    found = []
    for look in looks:
        source = workspace.evidence.get(look.inputs[1])
        if not isinstance(source, Source):
            raise PlaceMissingError(record_id=look.id)
        found.append(site_of(workspace, source))
    return found


def searched(scene: Claim, sites: Sequence[Site]) -> BaseGeometry:
    """The windows of the sites that were looked at, as far as the scene goes; degrees."""
    value: Any = scene.value
    footprint = shapely.union_all(list(shapely.get_parts(shape(value["stac"]["geometry"]))))
    windows = []
    for site in sites:
        middle = site.outline.centroid
        frame = LocalFrame(lon=float(middle.x), lat=float(middle.y))
        west, south, east, north = frame.to_metres(site.outline).bounds
        window = box(west - AROUND_M, south - AROUND_M, east + AROUND_M, north + AROUND_M)
        near = unwrap(footprint, near=frame.lon)
        windows.append(frame.to_degrees(frame.to_metres(near).intersection(window)))
    return shapely.union_all(windows)


def quays(sites: Sequence[Site], frame: LocalFrame) -> BaseGeometry:
    """Where hulls lie alongside: the berths and what is next to them, metres."""
    berths = [part.area for site in sites for part in site.facilities
              if part.kind == FacilityKind.BERTH]  # fmt: skip
    return shapely.union_all([frame.to_metres(area).buffer(QUAY_M) for area in berths])


def bounds_of(area: BaseGeometry) -> tuple[float, float, float, float]:
    """West, south, east, north of what was searched; longitudes may go on beyond 180."""
    west, south, east, north = area.bounds
    return (west, south, east, north)


def sight_of(
    scene: Claim, looks: Sequence[Claim], sites: Sequence[Site], area: BaseGeometry
) -> tuple[Sight, LocalFrame]:
    """The capture as the matcher needs it, and the frame in which it is measured."""
    stac: Any = scene.value
    own = stac["stac"]["properties"]
    sensor = SENSORS[own["quaywatch:sensor"]]
    if scene.time is None:
        raise PlaceMissingError(record_id=scene.id)
    middle = area.centroid
    frame = LocalFrame(lon=float(middle.x), lat=float(middle.y))
    sight = Sight(
        sensor=sensor.id,
        gsd_m=float(own["gsd"]),
        area=frame.to_metres(area),
        geolocation_sigma_m=float(own["quaywatch:geolocation_sigma_m"]),
        quays=quays(sites, frame),
        clear=_clear(looks, sensor),
        half_width_s=scene.time.duration.total_seconds() / 2.0,
        time_sigma_s=sensor.time_sigma_s,
        radar=sensor.radar,
        flight_deg=_flight(sensor, scene.time.midpoint, frame),
    )
    return sight, frame


def _clear(looks: Sequence[Claim], sensor: Sensor) -> float:
    """Mean share of the sites' parts that could be seen."""
    if sensor.radar is not None:
        return 1.0
    shares = []
    for look in looks:
        value: Any = look.value
        parts = (*value["berths"], *value["yards"])
        shares += [p["usable_share"] for p in parts if p["usable_share"] is not None]
    return round(sum(shares) / len(shares), 3) if shares else CLEAR_UNKNOWN


def _flight(sensor: Sensor, at: datetime, frame: LocalFrame) -> float | None:
    """Direction of a radar's ground track, from the local solar time; None where it tells none."""
    if sensor.radar is None:
        return None
    hour = (at.hour + at.minute / 60.0 + frame.lon / 15.0) % 24.0
    for ascending, due in ((False, 6.0), (True, 18.0)):
        if abs(hour - due) <= _SUN_SYNCHRONOUS_H:
            return flight_direction(frame.lat, ascending=ascending)
    return None
