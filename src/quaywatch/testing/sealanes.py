"""Sea lanes of the simulated world: invented ports joined by waypoints over open water.

The waypoints are drawn by hand so that every leg keeps clear of land; distances along them are
those a ship would sail, never the straight line across a peninsula.
"""

import heapq
import itertools
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius; the simulator sails on a sphere, within 0.3 % of the ellipsoid."""
NM_M: Final = 1852.0

WAYPOINTS: Final[dict[str, tuple[float, float]]] = {
    "simport": (125.3980, 38.7088),
    "sim_roads": (125.3750, 38.7035),
    "reach": (125.3200, 38.6875),
    "barrage": (125.2000, 38.6950),
    "sim_mouth": (124.9000, 38.7150),
    "sim_out": (124.6000, 38.6200),
    "ys_north": (124.3500, 38.3000),
    "ys_nw": (123.7500, 37.5500),
    "ys_mid": (123.7500, 36.0000),
    "ys_south": (124.4000, 34.2000),
    "shandong": (122.9500, 37.5000),
    "shandong_se": (122.9500, 36.8500),
    "yantai": (121.4600, 37.6000),
    "yantai_out": (121.7000, 37.7500),
    "bohai_strait": (120.9500, 38.6200),
    "tianjin": (118.1500, 38.8500),
    "dalian": (121.7200, 38.8600),
    "dalian_out": (122.2000, 38.6000),
    "qd_out": (121.0000, 35.8000),
    "qingdao": (120.3700, 35.9800),
    "lianyungang": (119.6000, 34.8500),
    "lyg_out": (120.6000, 34.9500),
    "sh_out": (123.0000, 31.2000),
    "shanghai": (122.3000, 31.0000),
    "ningbo": (122.5500, 29.9500),
    "ningbo_out": (123.1000, 30.2000),
    "incheon": (126.3000, 37.1400),
    "incheon_out": (125.7500, 37.1000),
    "jeju_w": (125.7500, 33.6000),
    "jeju_strait": (126.6000, 33.6200),
    "jeju_e": (127.6500, 33.9000),
    "naval_base": (126.4870, 33.2150),
    "nb_out": (126.5000, 33.1200),
    "jeju_se": (127.3000, 33.3000),
    "geoje": (128.8500, 34.5500),
    "busan_out": (129.1500, 34.8500),
    "busan": (129.0800, 35.0300),
    "ts_n": (129.7000, 35.3500),
    "ej1": (130.1000, 37.0000),
    "ej2": (131.6000, 40.5000),
    "nakhodka_out": (132.9500, 42.5500),
    "nakhodka": (132.9300, 42.7350),
    "vlad_out": (131.8000, 42.7500),
    "vlad_in": (131.5200, 42.8600),
    "vladivostok": (131.7200, 43.0500),
    "ecs": (123.6000, 31.9000),
    "ecs_s": (123.2000, 28.8000),
    "taiwan_n": (121.2000, 26.6000),
    "ts_mid": (120.2000, 25.3000),
    "taiwan_s": (118.6000, 23.4000),
    "hk_out": (114.6000, 21.9000),
    "hong_kong": (114.3500, 22.0800),
}
"""Longitude and latitude in WGS84 degrees."""

_LEGS: Final = """
simport sim_roads reach barrage sim_mouth sim_out ys_north ys_nw ys_mid ys_south jeju_w
jeju_w jeju_strait jeju_e geoje busan_out ts_n ej1 ej2 nakhodka_out nakhodka
ys_nw shandong yantai_out yantai
ys_north shandong shandong_se qd_out qingdao
ys_mid shandong_se
yantai_out bohai_strait tianjin
yantai_out dalian_out dalian
ys_north dalian_out bohai_strait
ys_mid qd_out lyg_out lianyungang
ys_mid lyg_out
ys_south ecs sh_out shanghai
ys_mid ecs
sh_out ningbo_out ningbo
ys_nw incheon_out incheon
ys_mid incheon_out
busan_out busan
ej2 vlad_out vlad_in vladivostok
nakhodka_out vlad_out
naval_base nb_out jeju_se geoje
jeju_e jeju_se
jeju_w ecs
ningbo_out ecs_s taiwan_n ts_mid taiwan_s hk_out hong_kong
"""

NARROW: Final = frozenset(
    {"simport", "sim_roads", "reach", "barrage", "sim_mouth", "vlad_in", "jeju_w", "jeju_strait"}
)
"""Waypoints a ship passes closely; elsewhere each voyage keeps its own distance."""


def great_circle_m(a: FloatArray, b: FloatArray) -> FloatArray:
    """Great-circle distance in metres between rows of ``lon, lat`` in degrees.

    Examples:
        >>> float(np.round(great_circle_m(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]]))[0]))
        111195.0

    """
    lon_a, lat_a = np.radians(a[..., 0]), np.radians(a[..., 1])
    lon_b, lat_b = np.radians(b[..., 0]), np.radians(b[..., 1])
    half = (
        np.sin((lat_b - lat_a) / 2) ** 2
        + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    )
    metres: FloatArray = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return metres


def along_path(path: FloatArray, metres: FloatArray) -> FloatArray:
    """Positions at distances along a path of great-circle legs.

    Args:
        path: shape (n, 2), lon and lat in degrees.
        metres: distances from the start; clipped to the path.

    Returns:
        Shape (len(metres), 2), lon and lat in degrees.

    Examples:
        >>> along_path(np.array([[0.0, 0.0], [2.0, 0.0]]), np.array([111195.0])).round(3)
        array([[1., 0.]])

    """
    if len(path) == 1:
        return np.repeat(path, len(metres), axis=0)
    legs = great_circle_m(path[:-1], path[1:])
    reached = np.concatenate([[0.0], np.cumsum(legs)])
    leg = np.clip(np.searchsorted(reached, metres, side="right") - 1, 0, len(legs) - 1)
    share = np.clip((metres - reached[leg]) / np.maximum(legs[leg], 1e-9), 0.0, 1.0)
    start, end = _unit(path[leg]), _unit(path[leg + 1])
    omega = np.maximum(legs[leg] / EARTH_RADIUS_M, 1e-12)[:, None]
    weight = share[:, None]
    point = (np.sin((1 - weight) * omega) * start + np.sin(weight * omega) * end) / np.sin(omega)
    lon = np.degrees(np.arctan2(point[:, 1], point[:, 0]))
    lat = np.degrees(np.arcsin(np.clip(point[:, 2], -1.0, 1.0)))
    return np.column_stack([lon, lat])


def path_length_m(path: FloatArray) -> float:
    """Length of a path in metres."""
    return float(great_circle_m(path[:-1], path[1:]).sum()) if len(path) > 1 else 0.0


def bearing_deg(a: FloatArray, b: FloatArray) -> FloatArray:
    """Initial bearing from ``a`` to ``b``, degrees clockwise from north.

    Examples:
        >>> bearing_deg(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])).round(6)
        array([90.])

    """
    lon_a, lat_a = np.radians(a[..., 0]), np.radians(a[..., 1])
    lon_b, lat_b = np.radians(b[..., 0]), np.radians(b[..., 1])
    east = np.sin(lon_b - lon_a) * np.cos(lat_b)
    north = np.cos(lat_a) * np.sin(lat_b) - np.sin(lat_a) * np.cos(lat_b) * np.cos(lon_b - lon_a)
    bearing: FloatArray = np.degrees(np.arctan2(east, north)) % 360.0
    return bearing


def offset(place: FloatArray, east_m: FloatArray, north_m: FloatArray) -> FloatArray:
    """Positions moved by metres east and north; good to millimetres over a kilometre."""
    lat = place[..., 1] + np.degrees(north_m / EARTH_RADIUS_M)
    lon = place[..., 0] + np.degrees(east_m / (EARTH_RADIUS_M * np.cos(np.radians(lat))))
    return np.stack([lon, lat], axis=-1)


@cache
def lane(start: str, end: str) -> tuple[str, ...]:
    """Names of the waypoints of the shortest lane between two of them.

    Raises:
        KeyError: a waypoint that does not exist.

    Examples:
        >>> lane("yantai", "dalian")
        ('yantai', 'yantai_out', 'dalian_out', 'dalian')

    """
    graph = _graph()
    queue: list[tuple[float, tuple[str, ...]]] = [(0.0, (start,))]
    done: set[str] = set()
    while queue:
        length, names = heapq.heappop(queue)
        if names[-1] == end:
            return names
        if names[-1] in done:
            continue
        done.add(names[-1])
        for name, metres in graph[names[-1]].items():
            if name not in done:
                heapq.heappush(queue, (length + metres, (*names, name)))
    raise KeyError(end)


def lane_path(start: str, end: str, rng: np.random.Generator | None = None) -> FloatArray:
    """The lane as positions; with ``rng``, open-sea waypoints vary by about 2 nautical miles."""
    names = lane(start, end)
    path = np.array([WAYPOINTS[name] for name in names])
    if rng is None:
        return path
    spread_m = np.array([0.0 if _fixed(i, names) else 2.0 * NM_M for i in range(len(names))])
    east, north = (np.clip(rng.standard_normal((2, len(names))), -1.5, 1.5)) * spread_m
    return offset(path, east, north)


def _fixed(index: int, names: tuple[str, ...]) -> bool:
    """Ends of a voyage and narrow waters are passed exactly."""
    return index in {0, len(names) - 1} or names[index] in NARROW


@cache
def _graph() -> dict[str, dict[str, float]]:
    graph: dict[str, dict[str, float]] = {name: {} for name in WAYPOINTS}
    for line in _LEGS.strip().splitlines():
        names = line.split()
        for a, b in itertools.pairwise(names):
            metres = float(great_circle_m(np.array(WAYPOINTS[a]), np.array(WAYPOINTS[b])))
            graph[a][b] = graph[b][a] = metres
    return graph


def _unit(lonlat: FloatArray) -> FloatArray:
    lon, lat = np.radians(lonlat[:, 0]), np.radians(lonlat[:, 1])
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
