"""Where a call can be: points of ports and anchorages, indexed so that a fix costs nanoseconds.

The table is an input: any list of ports, any analyst's own, or anchorages found in the AIS
itself (``anchorages``). A port may have many points; a polygon becomes points.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from quaywatch.ais.compiled import compiled
from quaywatch.errors import PortsTableError
from quaywatch.voyages.motion import METRES_PER_DEG, apart_m

PORTS_FRAME: Final[dict[str, pl.DataType]] = {
    "port": pl.String(),
    "name": pl.String(),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "radius_km": pl.Float64(),
    "locode": pl.String(),
}
"""One row a point. ``port``: which port the point belongs to (an id of the table's own); ``name``
as people write it; ``radius_km``: how far the port reaches around the point, 0 where it is a
point; ``locode``: UN/LOCODE, null where it has none."""

EXIT_KM = 4.0
"""Farther than this from every point, a ship has left (GFW)."""
ENTRY_KM = 3.0
"""Nearer than this to a point, a ship has arrived (GFW)."""
_CELLS = 10
"""Cells per degree of the index."""
_EARTH_KM = 6371.0


def ports_table(frame: pl.DataFrame) -> pl.DataFrame:
    """Give ``frame`` the columns of ``PORTS_FRAME``; without ``name`` the port's id is its name.

    Raises:
        PortsTableError: a column is missing, a value is null or off Earth.

    Examples:
        >>> ports_table(pl.DataFrame({"port": ["a"], "lon": [190.0], "lat": [0.0]}))["lon"].item()
        -170.0

    """
    for name in ("port", "lon", "lat"):
        if name not in frame.columns:
            raise PortsTableError(fact=f"it has no column {name!r}")
        if frame[name].null_count():
            raise PortsTableError(fact=f"{name!r} is empty in {frame[name].null_count()} rows")
    extras = {
        "name": pl.col("port"),
        "radius_km": pl.lit(0.0),
        "locode": pl.lit(None, pl.String),
    }
    whole = frame.with_columns(what.alias(k) for k, what in extras.items() if k not in frame)
    whole = whole.with_columns(
        pl.col("radius_km").cast(pl.Float64).fill_null(0.0),
        ((pl.col("lon").cast(pl.Float64) + 180.0) % 360.0 - 180.0).alias("lon"),
    )
    wrong = whole.filter(
        ~(
            pl.col("lon").is_finite()
            & pl.col("lat").cast(pl.Float64).is_between(-90, 90)
            & pl.col("radius_km").is_between(0, 50)
        )
    )
    if wrong.height:
        which = wrong["port"][0]
        raise PortsTableError(fact=f"{which!r} is off Earth, or its radius_km is not 0 to 50")
    return whole.select(pl.col(name).cast(kind) for name, kind in PORTS_FRAME.items())


def points_of(port: str, name: str, area: BaseGeometry, *, step_km: float = 1.0) -> pl.DataFrame:
    """A drawn area as rows of ``PORTS_FRAME``: points all over it, ``step_km`` apart.

    Args:
        port: id of the port.
        name: as people write it.
        area: WGS84 degrees, longitudes continuous.
        step_km: kilometres between points.

    Examples:
        >>> points_of("x", "X", shapely.box(0, 0, 0.05, 0.02)).height
        21

    """
    west, south, east, north = area.bounds
    step = step_km * 1000.0 / METRES_PER_DEG
    across = step / max(0.01, float(np.cos(np.radians((south + north) / 2))))
    lon, lat = np.meshgrid(
        west + across * np.arange(np.ceil((east - west) / across) + 1),
        south + step * np.arange(np.ceil((north - south) / step) + 1),
    )
    # Points just outside stand for the edge.
    near = shapely.dwithin(area, shapely.points(lon.ravel(), lat.ravel()), step / 2)
    rows = {"lon": lon.ravel()[near], "lat": lat.ravel()[near]}
    return ports_table(pl.DataFrame(rows).with_columns(port=pl.lit(port), name=pl.lit(name)))


@dataclass(frozen=True, slots=True)
class PortIndex:
    """A table of ports and where to look each point up."""

    table: pl.DataFrame
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    radius_m: NDArray[np.float64]
    slots: NDArray[np.int32]
    """Per cell of a tenth of a degree: 0, or one more than its place in ``offsets``."""
    offsets: NDArray[np.int64]
    members: NDArray[np.int32]
    """Points whose reach touches the cell."""


def port_index(frame: pl.DataFrame) -> PortIndex:
    """Index a table of ports. Build it once for all buckets.

    Raises:
        PortsTableError: see ``ports_table``.

    Examples:
        >>> index = port_index(pl.DataFrame({"port": ["a"], "lon": [179.99], "lat": [0.0]}))
        >>> nearest_port(index, [-179.99, 0.0], [0.0, 0.0])[0].tolist()
        [0, -1]

    """
    table = ports_table(frame)
    lon, lat = table["lon"].to_numpy(), table["lat"].to_numpy()
    radius_m = table["radius_km"].to_numpy() * 1000.0
    cells, points = _spread(lon, lat, radius_m + EXIT_KM * 1000.0)
    order = np.argsort(cells, kind="stable")
    cells, points = cells[order], points[order]
    used, first = np.unique(cells, return_index=True)
    slots = np.zeros(360 * _CELLS * 180 * _CELLS, np.int32)
    slots[used] = np.arange(1, len(used) + 1)
    offsets = np.concatenate((first, [len(points)])).astype(np.int64)
    return PortIndex(table, lon, lat, radius_m, slots, offsets, points.astype(np.int32))


def nearest_port(
    index: PortIndex, lon: Iterable[float], lat: Iterable[float]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Row of the nearest point for each position, and metres to its edge (0 inside its radius).

    Only points within ``EXIT_KM`` are looked for: -1 and inf where there is none.
    """
    lons, lats = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    which = np.empty(len(lons), np.int64)
    metres = np.empty(len(lons))
    _nearest_many(
        lons,
        lats,
        index.slots,
        index.offsets,
        index.members,
        index.lon,
        index.lat,
        index.radius_m,
        which,
        metres,
    )
    return which, metres


def away_from(
    index: PortIndex, lon: NDArray[np.float64], lat: NDArray[np.float64], km: float
) -> NDArray[np.bool_]:
    """True where no point of the table is within ``km`` (its radius counted), at any distance.

    Positions are taken to a thousandth of a degree, so ships that lie still are asked once.

    Examples:
        >>> index = port_index(pl.DataFrame({"port": ["a"], "lon": [180.0], "lat": [0.0]}))
        >>> away_from(index, np.array([-179.95, 0.0]), np.array([0.0, 0.0]), 10.0).tolist()
        [False, True]

    """
    if not len(lon) or not len(index.lon):
        return np.ones(len(lon), bool)
    cells = np.rint(lon * 1000.0).astype(np.int64) * 1_000_000 + np.rint(lat * 1000.0).astype(
        np.int64
    )
    _, first, back = np.unique(cells, return_index=True, return_inverse=True)
    tree = cKDTree(on_sphere(index.lon, index.lat))
    asked = on_sphere(lon[first], lat[first])
    free = np.ones(len(first), bool)
    for radius_m in np.unique(index.radius_m):
        mine = np.flatnonzero(index.radius_m == radius_m)
        own = tree if len(mine) == len(index.lon) else cKDTree(tree.data[mine])
        apart, _ = own.query(asked, distance_upper_bound=chord(km + radius_m / 1000.0))
        free &= np.isinf(apart)
    away: NDArray[np.bool_] = free[back]
    return away


def on_sphere(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors, shape (n, 3): neighbours in them are neighbours on Earth, everywhere."""
    x, y = np.radians(lon), np.radians(lat)
    return np.column_stack((np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)))


def chord(km: float) -> float:
    """Length of the straight line through a unit sphere between points ``km`` apart on Earth."""
    return float(2.0 * np.sin(km / _EARTH_KM / 2.0))


def anchorages(
    spells: pl.DataFrame,
    *,
    vessels: int = 20,
    within_km: float = 0.5,
    hours: float = 12.0,
) -> pl.DataFrame:
    """Where ships lie: points of ``PORTS_FRAME`` found in the spells of all buckets.

    A point stands where at least ``vessels`` transponders each lay ``hours`` or longer within
    ``within_km`` of it; the busiest are taken first, and none is taken within that distance of
    another. Quays and anchorages look the same here. A silence longer than six hours within a
    spell does not count as lying.

    Args:
        spells: columns of ``SPELLS_FRAME``, concatenated over the buckets.
        vessels: GFW's 20 suits years of worldwide data; a few days want fewer.
        within_km: radius in which they are counted.
        hours: a shorter spell does not count.

    Returns:
        ``PORTS_FRAME`` with ``vessels``, ``spells`` and ``hours`` more. ``port`` is ``anc`` and
        the position, so the same data give the same names.

    Source:
        Global Fishing Watch, pipe-anchorages.

    Examples:
        >>> from quaywatch.voyages.spells import SPELLS_FRAME
        >>> anchorages(pl.DataFrame(schema=SPELLS_FRAME)).height
        0

    """
    lain = (pl.col("end") - pl.col("start")).dt.total_seconds() / 3600.0
    known = pl.when(pl.col("silent_h") > 6.0).then(lain - pl.col("silent_h")).otherwise(lain)
    long = spells.with_columns(_hours=known).filter(pl.col("_hours") >= hours).sort("lon", "lat")
    lon, lat = long["lon"].to_numpy(), long["lat"].to_numpy()
    who, lay = long["mmsi"].to_numpy(), long["_hours"].to_numpy()
    rows: list[dict[str, object]] = []
    if len(lon):
        tree = cKDTree(on_sphere(lon, lat))
        near = tree.query_ball_point(on_sphere(lon, lat), chord(within_km))
        counts = np.array([len(np.unique(who[other])) for other in near])
        free = np.ones(len(lon), bool)
        for i in np.lexsort((lat, lon, -counts)):
            if counts[i] < vessels or not free[i]:
                continue
            free[near[i]] = False
            rows.append(
                {
                    "port": f"anc{lat[i]:+.3f}{lon[i]:+.3f}",
                    "lon": float(lon[i]),
                    "lat": float(lat[i]),
                    "vessels": int(counts[i]),
                    "spells": len(near[i]),
                    "hours": float(lay[near[i]].sum()),
                }
            )
    extra = {"vessels": pl.UInt32(), "spells": pl.UInt32(), "hours": pl.Float64()}
    given = {k: PORTS_FRAME[k] for k in ("port", "lon", "lat")}
    found = pl.DataFrame(rows, schema={**given, **extra})
    return pl.concat([ports_table(found), found.select(*extra)], how="horizontal")


def named_after(points: pl.DataFrame, ports: pl.DataFrame, *, within_km: float) -> pl.DataFrame:
    """Give each point the port, name and code of the nearest listed port, if one is near enough.

    Examples:
        >>> listed = pl.DataFrame({"port": ["p"], "name": ["Port"], "lon": [0.0], "lat": [0.0]})
        >>> found = pl.DataFrame({"port": ["anc1", "anc2"], "lon": [0.01, 1.0], "lat": [0.0, 0.0]})
        >>> named_after(found, listed, within_km=5)["name"].to_list()
        ['Port', 'anc2']

    """
    points, ports = ports_table(points), ports_table(ports)
    if not ports.height or not points.height:
        return points
    tree = cKDTree(on_sphere(ports["lon"].to_numpy(), ports["lat"].to_numpy()))
    apart, which = tree.query(on_sphere(points["lon"].to_numpy(), points["lat"].to_numpy()))
    near = pl.Series(apart <= chord(within_km))
    given = ports[which.astype(np.int64)]
    return points.with_columns(
        pl.when(near).then(given[name]).otherwise(pl.col(name)).alias(name)
        for name in ("port", "name", "locode")
    )


def _spread(
    lon: NDArray[np.float64], lat: NDArray[np.float64], reach_m: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells that each point's reach touches, as (cell, point) pairs."""
    cells: list[NDArray[np.int64]] = []
    points: list[NDArray[np.int64]] = []
    size = 1.0 / _CELLS
    for k in range(len(lon)):
        up = reach_m[k] / METRES_PER_DEG * 1.02
        edge = min(89.9, abs(lat[k]) + up)
        side = min(180.0, up / np.cos(np.radians(edge)))
        low = max(0, int(np.floor((lat[k] - up + 90.0) / size)))
        high = min(180 * _CELLS - 1, int(np.floor((lat[k] + up + 90.0) / size)))
        west = int(np.floor((lon[k] - side + 180.0) / size))
        east = int(np.floor((lon[k] + side + 180.0) / size))
        cols = np.unique(np.arange(west, min(east, west + 360 * _CELLS - 1) + 1) % (360 * _CELLS))
        grid = (np.arange(low, high + 1)[:, None] * 360 * _CELLS + cols[None, :]).ravel()
        cells.append(grid.astype(np.int64))
        points.append(np.full(len(grid), k, np.int64))
    if not cells:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(cells), np.concatenate(points)


@compiled
def cell_of(lon: float, lat: float) -> int:
    """Index of the cell of a tenth of a degree that holds the position."""
    row = min(1799, max(0, int((lat + 90.0) * 10.0)))
    col = int(((lon + 180.0) % 360.0) * 10.0) % 3600
    return row * 3600 + col


@compiled
def nearest(  # a kernel takes arrays, not objects
    lon: float,
    lat: float,
    slots: NDArray[np.int32],
    offsets: NDArray[np.int64],
    members: NDArray[np.int32],
    port_lon: NDArray[np.float64],
    port_lat: NDArray[np.float64],
    radius_m: NDArray[np.float64],
) -> tuple[int, float]:
    """The nearest point and metres to its edge; -1 and inf where none is within ``EXIT_KM``."""
    best, best_m = -1, np.inf
    slot = slots[cell_of(lon, lat)]
    if slot > 0:
        for k in range(offsets[slot - 1], offsets[slot]):
            point = members[k]
            metres = apart_m(lon, lat, port_lon[point], port_lat[point]) - radius_m[point]
            if metres < best_m:
                best, best_m = point, metres
    return best, max(0.0, best_m)


@compiled
def _nearest_many(  # a kernel takes arrays, not objects
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    slots: NDArray[np.int32],
    offsets: NDArray[np.int64],
    members: NDArray[np.int32],
    port_lon: NDArray[np.float64],
    port_lat: NDArray[np.float64],
    radius_m: NDArray[np.float64],
    which: NDArray[np.int64],
    metres: NDArray[np.float64],
) -> None:
    for i in range(len(lon)):
        which[i], metres[i] = nearest(
            lon[i], lat[i], slots, offsets, members, port_lon, port_lat, radius_m
        )
        if metres[i] > EXIT_KM * 1000.0:
            which[i], metres[i] = -1, np.inf
