"""What several ships show together: interference, before deceit is thought of.

Source:
    The rule that a jump is kept as one ship's own only if no others share its ends follows
    published searches for spoofed AIS; the clustering here is our own.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from quaywatch.ais.events import as_events

TOGETHER: Final = 3
"""Ships that make it shared."""
JUMP_KM: Final = 5.0
JUMP_S: Final = 1800.0
CENTRE_KM: Final = 1.0
CIRCLE_S: Final = 3600.0
RADIUS_SHARE: Final = 0.2
"""Radii of one circle agree within this share."""
REGION_KM: Final = 50.0
REGION_S: Final = 6 * 3600.0
"""Near what several ships showed, what one shows alone is put down to the same cause."""
SHARED_JUMP, SHARED_CIRCLE = "shared-jump", "shared-circle"


def shared_jumps(jumps: pl.DataFrame) -> pl.DataFrame:
    """Jumps from or to one place at one time by at least ``TOGETHER`` ships.

    Args:
        jumps: of all vessels.

    Returns:
        Events, ``test`` ``shared-jump``: a row per jump, ``statistic`` the number of ships, no
        verdict: nothing is held against any of them.

    Examples:
        >>> from quaywatch.ais.integrity.jumps import JUMPS_FRAME
        >>> shared_jumps(pl.DataFrame(schema=JUMPS_FRAME)).height
        0

    """
    at_s = jumps["end"].dt.epoch("us").to_numpy() * 1e-6
    mmsi = jumps["mmsi"].to_numpy()
    ships = np.zeros(jumps.height, np.int64)
    for lon, lat in (("end_lon", "end_lat"), ("lon", "lat")):
        point = np.column_stack((_ball(jumps[lon], jumps[lat]) / JUMP_KM, at_s[:, None] / JUMP_S))
        ships = np.maximum(ships, _together(point, mmsi))
    return _told(jumps, ships, SHARED_JUMP, "jumped together")


def shared_circles(circles: pl.DataFrame) -> pl.DataFrame:
    """One circle drawn by at least ``TOGETHER`` ships within an hour.

    Returns:
        Events, ``test`` ``shared-circle``, as ``shared_jumps`` gives them.

    Examples:
        >>> from quaywatch.ais.integrity.circles import CIRCLES_FRAME
        >>> shared_circles(pl.DataFrame(schema=CIRCLES_FRAME)).height
        0

    """
    middle_s = (
        circles.select((pl.col("start").dt.epoch("us") + pl.col("end").dt.epoch("us")) / 2e6)
        .to_series()
        .to_numpy()
    )
    radius = np.maximum(circles["radius_m"].to_numpy(), 1.0)
    point = np.column_stack(
        (
            _ball(circles["lon"], circles["lat"]) / CENTRE_KM,
            np.log(radius) / RADIUS_SHARE,
            middle_s / CIRCLE_S,
        )
    )
    ships = _together(point, circles["mmsi"].to_numpy())
    return _told(
        circles.with_columns(end_lon=pl.col("lon"), end_lat=pl.col("lat")),
        ships,
        SHARED_CIRCLE,
        "drew one circle",
    )


def beside_interference(
    jumps: pl.DataFrame, circles: pl.DataFrame, shared: pl.DataFrame
) -> pl.DataFrame:
    """Jumps and circles near, in place and time, to what several ships showed together.

    Interference comes and goes, and ships are heard at other moments: one that was thrown off
    alone, an hour after three others, was thrown off by the same cause sooner than by a deceiver.
    Bias: a deceiver who jumps within 50 km and six hours of interference is excused with them.

    Args:
        jumps: of all vessels.
        circles: of all vessels.
        shared: events of ``shared_jumps`` and ``shared_circles``.

    Returns:
        ``mmsi``, ``begun``, ``ended``, ``together`` (ships): a row per excused jump or circle.

    Examples:
        >>> from quaywatch.ais.events import EVENTS_FRAME
        >>> from quaywatch.ais.integrity.circles import CIRCLES_FRAME
        >>> from quaywatch.ais.integrity.jumps import JUMPS_FRAME
        >>> nothing = (pl.DataFrame(schema=f) for f in (JUMPS_FRAME, CIRCLES_FRAME, EVENTS_FRAME))
        >>> beside_interference(*nothing).columns
        ['mmsi', 'begun', 'ended', 'together']

    """
    whole = ("mmsi", "start", "end")
    own = pl.concat(
        [
            jumps.select(*whole, "lon", "lat", at="start"),
            jumps.select(*whole, lon="end_lon", lat="end_lat", at="end"),
            circles.select(*whole, "lon", "lat", at="start"),
            circles.select(*whole, "lon", "lat", at="end"),
        ]
    )
    marks = pl.concat(
        [
            shared.select("n", "lon", "lat", at="start"),
            shared.select("n", lon="end_lon", lat="end_lat", at="end"),
        ]
    ).drop_nulls()
    ships = np.zeros(own.height, np.int64)
    if marks.height and own.height:
        near = cKDTree(_region(marks)).query_ball_point(_region(own), 1.0, p=np.inf)
        known = marks["n"].to_numpy()
        ships = np.array([known[group].max(initial=0) for group in near], np.int64)
    return (
        own.with_columns(together=pl.Series(ships, dtype=pl.Int64))
        .filter(pl.col("together") > 0)
        .select("mmsi", begun="start", ended="end", together="together")
    )


def _region(rows: pl.DataFrame) -> NDArray[np.float64]:
    at_s = rows["at"].dt.epoch("us").to_numpy() * 1e-6
    where = _ball(rows["lon"], rows["lat"]) / REGION_KM
    return np.column_stack((where, at_s[:, None] / REGION_S))


def _ball(lon: pl.Series, lat: pl.Series) -> NDArray[np.float64]:
    """Kilometres in space: no antimeridian, no pole."""
    x, y = np.radians(lon.to_numpy()), np.radians(lat.to_numpy())
    return 6371.0 * np.column_stack((np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)))


def _together(point: NDArray[np.float64], mmsi: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Different ships within 1 of each point in every coordinate, itself counted."""
    if not len(point):
        return np.zeros(0, np.int64)
    near = cKDTree(point).query_ball_point(point, 1.0, p=np.inf)
    return np.array([len(np.unique(mmsi[group])) for group in near], np.int64)


def _told(rows: pl.DataFrame, ships: NDArray[np.int64], test: str, what: str) -> pl.DataFrame:
    found = rows.with_columns(ships=pl.Series(ships)).filter(pl.col("ships") >= TOGETHER)
    return as_events(
        found.with_columns(
            kind=pl.lit("integrity"),
            test=pl.lit(test),
            method=pl.lit(f"{test}@1"),
            statistic=pl.col("ships").cast(pl.Float64),
            unit=pl.lit("ships"),
            n=pl.col("ships"),
            applicable=pl.lit(value=True),
            message=pl.format(
                "{} vessels {}: interference more likely than deceit.", "ships", pl.lit(what)
            ),
        ),
        detail=["message"],
    )
