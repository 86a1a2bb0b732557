"""Whether the station that heard a report could have heard it from there: T7 of the battery.

Where a station stands is rarely said. It is taken from the ships that it hears: the centre of the
*other* ships' reports, and how far from it nearly all of them are. A name that covers half the
world is that of a network, and says nothing.
"""

from typing import Final

import numpy as np
import polars as pl

from quaywatch.ais.integrity.windows import Windows
from quaywatch.ais.track import Tracks

FEWEST_SHIPS: Final = 20
"""Ships, beside the one asked about, that show where a station hears."""
NETWORK_KM: Final = 750.0
"""A name that hears farther than this (400 nm) is not one station's."""
DUCT_KM: Final = 370.4
"""200 nm: as far as ducting carries."""
NOT_RUN: Final = "Receiver identity is not in this file: receiver test not run."

RECEIVERS_FRAME: dict[str, pl.DataType | type[pl.DataType]] = {
    "mmsi": pl.UInt32(),
    "segment": pl.Int32(),
    "window": pl.Int32(),
    "station": pl.String(),
    "n": pl.UInt32(),
    "x": pl.Float64(),
    "y": pl.Float64(),
    "z": pl.Float64(),
}
"""A row per window and station: reports heard over land, and their mean place as a point of the
unit ball (so that neither the antimeridian nor a pole matters)."""


def receivers_of(positions: pl.DataFrame, tracks: Tracks, windows: Windows) -> pl.DataFrame:
    """Which terrestrial stations heard each window, and from where.

    Args:
        positions: the frame that ``tracks`` were made of.
        tracks: for the rows of that frame.
        windows: of the same tracks.

    Returns:
        Columns of ``RECEIVERS_FRAME``; empty where no station is named.

    """
    if not len(windows) or positions["station"].null_count() == positions.height:
        return pl.DataFrame(schema=RECEIVERS_FRAME)
    row = tracks.row[windows.order]
    home = np.repeat(np.arange(len(windows)), np.diff(windows.bounds))
    lon, lat = np.radians(tracks.lon[windows.order]), np.radians(tracks.lat[windows.order])
    frame = pl.DataFrame(
        {
            "mmsi": tracks.mmsi[windows.order],
            "segment": windows.segment[home],
            "window": windows.window[home],
            "station": positions["station"].gather(row),
            "receiver": tracks.receiver[windows.order],
            "x": np.cos(lat) * np.cos(lon),
            "y": np.cos(lat) * np.sin(lon),
            "z": np.sin(lat),
        }
    )
    return (
        frame.filter(pl.col("station").is_not_null() & (pl.col("receiver") == 1))
        .group_by("mmsi", "segment", "window", "station", maintain_order=True)
        .agg(n=pl.len(), x=pl.col("x").mean(), y=pl.col("y").mean(), z=pl.col("z").mean())
        .select(pl.col(name).cast(kind) for name, kind in RECEIVERS_FRAME.items())
    )


def unheard_of(receivers: pl.DataFrame) -> pl.DataFrame:
    """How far outside its station's reach each window claims to be.

    Args:
        receivers: of ``receivers_of``, all vessels.

    Returns:
        ``mmsi``, ``segment``, ``window``, ``beyond_km``: the worst station's distance beyond the
        farther of ducting range and of what it hears of others, 0 within; null rows absent: no
        station with enough other ships.

    """
    per_ship = receivers.group_by("station", "mmsi", maintain_order=True).agg(
        pl.col("x").mean(), pl.col("y").mean(), pl.col("z").mean()
    )
    parts = []
    for (station,), ships in per_ship.group_by("station", maintain_order=True):
        if ships.height <= FEWEST_SHIPS:
            continue
        asked = receivers.filter(pl.col("station") == station)
        place = asked.select("x", "y", "z").to_numpy()
        others = ships.select("x", "y", "z").to_numpy()
        # Medians: one false ship among twenty moves neither centre nor reach.
        centre = np.median(others, axis=0)
        centre /= np.linalg.norm(centre)
        reach_km = float(np.quantile(_km(others, centre), 0.9))
        if reach_km > NETWORK_KM:
            continue
        allowed = max(DUCT_KM, 2.0 * reach_km)
        beyond = np.maximum(0.0, _km(place, centre) - allowed)
        parts.append(
            asked.select("mmsi", "segment", "window").with_columns(beyond_km=pl.Series(beyond))
        )
    if not parts:
        return pl.DataFrame(
            schema={name: RECEIVERS_FRAME[name] for name in ("mmsi", "segment", "window")}
            | {"beyond_km": pl.Float64()}
        )
    return pl.concat(parts).group_by("mmsi", "segment", "window").agg(pl.col("beyond_km").max())


def _km(
    points: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    centre: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Great-circle kilometres from directions to a unit vector."""
    length = np.maximum(np.linalg.norm(points, axis=1), 1e-12)
    far: np.ndarray[tuple[int], np.dtype[np.float64]] = 6371.0 * np.arccos(
        np.clip(points @ centre / length, -1.0, 1.0)
    )
    return far
