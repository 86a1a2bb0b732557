"""The fictional port "Simport": its parts, drawn once, used by ships, images and the site file.

The plan is in metres in the port's own frame: x along the main quay towards the east, y inland,
origin at the middle of every image of the site. Nothing like it stands at that place.
"""

import math
from typing import Any, Final

import numpy as np

from quaywatch.testing.sealanes import EARTH_RADIUS_M, FloatArray

SITE_ID: Final = "simport"
CENTRE: Final = (125.3980, 38.7105)
"""Longitude and latitude of the origin, over real water so that sea distances mean something."""
TURN_DEG: Final = -8.0
"""The quay's direction, degrees anticlockwise from due east."""
QUAY_Y_M: Final = 60.0
"""Face of the main quay: land lies beyond it."""
PIER: Final = (-600.0, -240.0, -530.0, 60.0)
"""Covered pier: west, south, east, north."""

BERTHS: Final[dict[str, dict[str, Any]]] = {
    "coal-1": {"name": "Coal berth 1", "x": (-410.0, -180.0), "depth_m": 10.5},
    "coal-2": {"name": "Coal berth 2", "x": (-165.0, 65.0), "depth_m": 10.5},
    "general": {"name": "General cargo berth", "x": (95.0, 300.0), "depth_m": 8.5},
}
"""Berths along the main quay: from and to along the quay, in metres."""
COVERED_BERTH: Final = "covered-pier"
YARDS: Final[dict[str, tuple[str, tuple[float, float, float, float]]]] = {
    "yard-open": ("open", (-390.0, 150.0, -110.0, 290.0)),
    "yard-bins": ("bins", (-40.0, 160.0, 250.0, 230.0)),
    "yard-shed": ("covered", (330.0, 160.0, 430.0, 330.0)),
}
"""Storage and rectangle (west, south, east, north) of each yard."""
CONTROL: Final = (460.0, 75.0, 600.0, 140.0)
ANCHORAGE: Final = (-2600.0, -1250.0, -1500.0, -650.0)
STABLE: Final[dict[str, tuple[float, float, float, float]]] = {
    "stable-1": (-640.0, 370.0, -480.0, 520.0),
    "stable-2": (-340.0, 370.0, -180.0, 520.0),
    "stable-3": (-60.0, 370.0, 100.0, 520.0),
    "stable-4": (220.0, 370.0, 380.0, 520.0),
    "stable-5": (470.0, 340.0, 630.0, 490.0),
    "stable-6": (-660.0, 110.0, -500.0, 260.0),
}
BIN_COUNT: Final = 6


def to_degrees(x: FloatArray, y: FloatArray) -> FloatArray:
    """Plan metres to longitude and latitude, shape (..., 2).

    Examples:
        >>> to_degrees(np.array(0.0), np.array(0.0)).round(4)
        array([125.398 ,  38.7105])

    """
    turn = math.radians(TURN_DEG)
    east = x * math.cos(turn) - y * math.sin(turn)
    north = x * math.sin(turn) + y * math.cos(turn)
    lat = CENTRE[1] + np.degrees(north / EARTH_RADIUS_M)
    scale = EARTH_RADIUS_M * math.cos(math.radians(CENTRE[1]))
    return np.stack([CENTRE[0] + np.degrees(east / scale), lat], axis=-1)


def berth_place(berth: str, beam_m: float) -> tuple[tuple[float, float], float]:
    """Middle of a hull alongside a berth (lon, lat) and its heading in degrees.

    Raises:
        KeyError: no such berth.

    """
    if berth == COVERED_BERTH:
        x, y, along = PIER[2] + 2.0 + beam_m / 2, (PIER[1] + PIER[3]) / 2, 0.0
    else:
        west, east = BERTHS[berth]["x"]
        x, y, along = (west + east) / 2, QUAY_Y_M - 2.0 - beam_m / 2, 90.0
    lon, lat = to_degrees(np.array(x), np.array(y))
    return (float(lon), float(lat)), (along - TURN_DEG) % 360.0


def site_geojson() -> dict[str, Any]:
    """The site as a GeoJSON FeatureCollection in WGS84."""
    features = [
        _line(name, "berth", part["name"], part["x"], side="right", depth_m=part["depth_m"])
        for name, part in BERTHS.items()
    ]
    west, south, east, north = PIER
    features.append(
        _box(
            COVERED_BERTH,
            "berth",
            "Covered pier",
            (west - 10.0, south, east + 40.0, north - 5.0),
            observable=False,
            reason="a roof over the pier and its berth hides hulls and cargo",
            depth_m=7.0,
        )
    )
    for name, (storage, box) in YARDS.items():
        hidden = {"observable": False, "reason": "a closed shed"} if storage == "covered" else {}
        title = {"open": "Open coal yard", "bins": "Coal bins", "covered": "Shed"}[storage]
        features.append(_box(name, "yard", title, box, storage=storage, **hidden))
    features.append(_box("anchorage", "anchorage", "Simport roads", ANCHORAGE))
    features.append(_box("control", "control", "Bare apron", CONTROL))
    features += [_box(name, "stable", name, box) for name, box in STABLE.items()]
    features.append(_path("rail", "rail", "Coal railway", [(-700.0, 340.0), (300.0, 340.0)]))
    features.append(_path("conveyor", "conveyor", "Conveyor", [(-250.0, 150.0), (-250.0, 70.0)]))
    features.append(_point("crane-1", "crane", "Loader 1", (-295.0, 68.0)))
    features.append(_point("crane-2", "crane", "Loader 2", (-50.0, 68.0)))
    head: dict[str, Any] = {"type": "FeatureCollection", "id": SITE_ID, "name": "Simport"}
    notes = {"simulated": True, "note": "A fictional port of the simulated world."}
    return {**head, **notes, "properties": notes, "features": features}


def _feature(
    name: str, kind: str, title: str, geometry: dict[str, Any], more: dict[str, Any]
) -> dict[str, Any]:
    properties = {"id": name, "kind": kind, "name": title, "simulated": True, **more}
    return {"type": "Feature", "id": name, "properties": properties, "geometry": geometry}


def _corners(points: list[tuple[float, float]]) -> list[list[float]]:
    plan = np.array(points, dtype=np.float64)
    return [[round(float(v), 7) for v in p] for p in to_degrees(plan[:, 0], plan[:, 1])]


def _box(
    name: str, kind: str, title: str, box: tuple[float, float, float, float], **more: object
) -> dict[str, Any]:
    west, south, east, north = box
    ring = _corners([(west, south), (east, south), (east, north), (west, north), (west, south)])
    return _feature(name, kind, title, {"type": "Polygon", "coordinates": [ring]}, more)


def _line(
    name: str, kind: str, title: str, span: tuple[float, float], **more: object
) -> dict[str, Any]:
    return _path(name, kind, title, [(span[0], QUAY_Y_M), (span[1], QUAY_Y_M)], **more)


def _path(
    name: str, kind: str, title: str, points: list[tuple[float, float]], **more: object
) -> dict[str, Any]:
    line = {"type": "LineString", "coordinates": _corners(points)}
    return _feature(name, kind, title, line, more)


def _point(name: str, kind: str, title: str, place: tuple[float, float]) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": _corners([place])[0]}
    return _feature(name, kind, title, point, {})
