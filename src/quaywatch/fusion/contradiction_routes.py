"""One route broadcast by several hulls, closer than ships of one lane keep to each other.

Lanes, canals and ferries make honest routes alike, so likeness alone says nothing: a leg counts
only if it lies closer to another ship's than nearly all legs of honest ships here lie to their
nearest, and only for a ship against which something else stands already (another contradiction, or
a track that was sent before). Who copied whom it does not say: the other may have sailed it.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from quaywatch.ais.track import Floats, Indices
from quaywatch.fusion.contradiction_runs import Runs

POINTS: Final = 33
"""A leg is kept as so many places, evenly spaced along it."""
LONG_NM: Final = 30.0
"""A shorter leg has too little shape to be known again."""
REPORTS_MIN: Final = 8
SILENT_H: Final = 24.0
"""Over a longer silence the way is not known."""
STILL_KN: Final = 0.7
NEAR_NM: Final = 3.0
"""Legs are compared if their ends, quarters and middle lie within this of each other."""
NEIGHBOURS: Final = 32
CLOSER_P: Final = 0.01
"""Share of honest legs that may lie as close."""
PEERS_MIN: Final = 99
"""With fewer honest legs beside another ship's, no such share can be known."""
_M_PER_DEG: Final = 60 * 1852.0
_EARTH_NM: Final = 3440.065
_HOUR_US: Final = 3_600_000_000
_KEPT: Final = [k * (POINTS - 1) // 4 for k in range(5)]

LEGS_FRAME: Final[dict[str, pl.DataType]] = {
    "mmsi": pl.UInt32(),
    "start": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "length_nm": pl.Float64(),
    "lon": pl.Array(pl.Float64(), POINTS),
    "lat": pl.Array(pl.Float64(), POINTS),
}
"""A way between two stops; ``lon`` runs on across the antimeridian."""
ROUTES_FRAME: Final[dict[str, pl.DataType]] = {
    "mmsi": pl.UInt32(),
    "start": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "other_mmsi": pl.UInt32(),
    "other_start": pl.Datetime("us", "UTC"),
    "other_end": pl.Datetime("us", "UTC"),
    "length_nm": pl.Float64(),
    "apart_m": pl.Float64(),
    "p": pl.Float64(),
    "peers": pl.UInt32(),
    "leg": pl.UInt32(),
    "other_leg": pl.UInt32(),
}
"""``apart_m``: root mean square distance of the two lines; ``p``: share of ``peers`` honest legs
that lie as close to another ship's; ``leg``, ``other_leg``: rows of the legs."""


def legs_of(runs: Runs) -> pl.DataFrame:
    """The ways between stops of every run.

    Returns:
        Columns of ``LEGS_FRAME``.

    Examples:
        >>> from datetime import UTC, datetime, timedelta
        >>> from quaywatch.ais.schema import POSITIONS_FRAME, conform
        >>> from quaywatch.fusion.contradiction_runs import runs_of
        >>> at = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=h / 2) for h in range(12)]
        >>> rows = conform(pl.DataFrame({"mmsi": [1] * 12, "at": at, "sog_kn": [12.0] * 12,
        ...     "cog_deg": [90.0] * 12, "lon": [120 + 0.1 * k for k in range(12)],
        ...     "lat": [0.0] * 12}), POSITIONS_FRAME)
        >>> legs_of(runs_of(rows))["length_nm"].round(0).to_list()
        [66.0]

    """
    tracks = runs.tracks
    at_us = tracks.at_us[runs.order]
    lon, lat = tracks.lon[runs.order], tracks.lat[runs.order]
    if len(at_us) < REPORTS_MIN:
        return pl.DataFrame(schema=LEGS_FRAME)
    run = np.repeat(np.arange(len(runs)), np.diff(runs.starts))
    east = (np.diff(lon) + 180.0) % 360.0 - 180.0
    step_nm = 60.0 * np.hypot(np.diff(lat), east * np.cos(np.radians(lat[1:])))
    hours = np.diff(at_us) / _HOUR_US
    sailing = (run[1:] == run[:-1]) & (hours <= SILENT_H) & (step_nm > STILL_KN * hours)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], sailing.astype(np.int8), [0]))))
    mmsi = tracks.mmsi[runs.order]
    rows = []
    for low, high in edges.reshape(-1, 2):
        along = np.concatenate(([0.0], np.cumsum(step_nm[low:high])))
        if high - low + 1 < REPORTS_MIN or along[-1] < LONG_NM:
            continue
        at = np.linspace(0.0, along[-1], POINTS)
        on = lon[low] + np.concatenate(([0.0], np.cumsum(east[low:high])))
        line = (np.interp(at, along, on), np.interp(at, along, lat[low : high + 1]))
        rows.append((mmsi[low], at_us[low], at_us[high], along[-1], *line))
    if not rows:
        return pl.DataFrame(schema=LEGS_FRAME)
    columns = list(zip(*rows, strict=True))
    return pl.DataFrame(
        {
            "mmsi": pl.Series(np.array(columns[0], np.uint32)),
            "start": _times(columns[1]),
            "end": _times(columns[2]),
            "length_nm": np.array(columns[3]),
            "lon": pl.Series(np.array(columns[4]), dtype=LEGS_FRAME["lon"]),
            "lat": pl.Series(np.array(columns[5]), dtype=LEGS_FRAME["lat"]),
        }
    )


def _times(values: tuple[int, ...]) -> pl.Series:
    return pl.Series(np.array(values, np.int64)).cast(pl.Datetime("us", "UTC"))


def same_routes(legs: pl.DataFrame, suspects: frozenset[int]) -> tuple[pl.DataFrame, int]:
    """Legs of suspects that lie closer to another ship's than honest legs do.

    Args:
        legs: columns of ``LEGS_FRAME``, of all ships.
        suspects: MMSIs against which something else stands already. The others are the honest
            ones: whatever they hide makes the test weaker, never stronger.

    Returns:
        Columns of ``ROUTES_FRAME``, the closest first; and how many honest legs have another
        ship's beside them: under ``PEERS_MIN`` nothing is judged.

    Source:
        Inductive conformal p-value: Laxhammar (2014), thesis, Skövde; the distance is our own.

    Examples:
        >>> same_routes(pl.DataFrame(schema=LEGS_FRAME), frozenset({1}))[1]
        0

    """
    legs = legs.with_row_index("leg").sort("mmsi", "start")
    if legs.height < 2:
        return pl.DataFrame(schema=ROUTES_FRAME), 0
    shape = np.stack((legs["lon"].to_numpy(), legs["lat"].to_numpy()), axis=2)
    index = _index(shape[:, _KEPT])
    mmsi = legs["mmsi"].to_numpy()
    held = np.isin(mmsi, np.array(sorted(suspects), np.uint32))
    peers = _nearest_of_peers(shape, index, mmsi, np.flatnonzero(~held))
    if len(peers) < PEERS_MIN or not held.any():
        return pl.DataFrame(schema=ROUTES_FRAME), len(peers)
    tree = cKDTree(index)
    rows = []
    for one in np.flatnonzero(held):
        near = np.array(tree.query_ball_point(index[one], NEAR_NM, p=np.inf), np.int64)
        other = near[mmsi[near] != mmsi[one]]
        apart = np.array([_apart_m(shape[one], shape[k]) for k in other])
        for k, metres in zip(other, apart, strict=True):
            p = (1 + int((peers <= metres).sum())) / (len(peers) + 1)
            if p <= CLOSER_P:
                rows.append((int(one), int(k), float(metres), p))
    return _as_routes(legs, rows, len(peers)), len(peers)


def _index(points: Floats) -> Floats:
    """Places on a sphere in nautical miles, side by side; shape (legs, 3 × places)."""
    lon, lat = np.radians(points[..., 0]), np.radians(points[..., 1])
    ball = np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), axis=-1)
    return _EARTH_NM * ball.reshape(len(points), -1)


def _nearest_of_peers(
    shape: Floats, index: Floats, mmsi: NDArray[np.uint32], honest: Indices
) -> Floats:
    """How close each honest leg lies to the closest of another honest ship; those that have one."""
    if len(honest) < 2:
        return np.empty(0)
    tree = cKDTree(index[honest])
    _, near = tree.query(
        index[honest], k=min(NEIGHBOURS, len(honest)), p=np.inf, distance_upper_bound=NEAR_NM
    )
    found = []
    for row, places in enumerate(near):
        one = honest[row]
        others = [honest[k] for k in places if k < len(honest) and mmsi[honest[k]] != mmsi[one]]
        if others:
            found.append(min(_apart_m(shape[one], shape[k]) for k in others))
    return np.array(found)


def _apart_m(one: Floats, other: Floats) -> float:
    """Root mean square distance between two lines, the worse of both ways round, in metres."""
    turn = 360.0 * np.round((one[0, 0] - other[0, 0]) / 360.0)
    moved = other + np.array([turn, 0.0])
    return max(_to_line_m(one, moved), _to_line_m(moved, one))


def _to_line_m(points: Floats, line: Floats) -> float:
    scale = np.cos(np.radians(points[:, 1]))[:, None]
    start = line[None, :-1] - points[:, None]
    step = np.diff(line, axis=0)[None]
    sx, sy = start[..., 0] * scale, start[..., 1]
    dx, dy = step[..., 0] * scale, np.broadcast_to(step[..., 1], sx.shape)
    share = np.clip(-(sx * dx + sy * dy) / np.maximum(dx**2 + dy**2, 1e-18), 0.0, 1.0)
    squared = ((sx + share * dx) ** 2 + (sy + share * dy) ** 2).min(axis=1)
    return float(_M_PER_DEG * np.sqrt(squared.mean()))


def _as_routes(
    legs: pl.DataFrame, rows: list[tuple[int, int, float, float]], peers: int
) -> pl.DataFrame:
    if not rows:
        return pl.DataFrame(schema=ROUTES_FRAME)
    one, other = [row[0] for row in rows], [row[1] for row in rows]
    mine, theirs = legs[one], legs[other]
    table = mine.select("mmsi", "start", "end", "length_nm", "leg").with_columns(
        other_mmsi=theirs["mmsi"],
        other_start=theirs["start"],
        other_end=theirs["end"],
        other_leg=theirs["leg"],
        apart_m=pl.Series([row[2] for row in rows]),
        p=pl.Series([row[3] for row in rows]),
        peers=pl.lit(peers),
    )
    kept = table.sort("apart_m", "mmsi", "start", "other_mmsi").unique(
        ["mmsi", "other_mmsi"], keep="first", maintain_order=True
    )
    return kept.select(pl.col(name).cast(kind) for name, kind in ROUTES_FRAME.items())
