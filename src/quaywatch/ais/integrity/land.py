"""Fixes inside land (T3), unless other ships pass there too: then it is a river, not a mountain."""

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.integrity.windows import Windows
from quaywatch.ais.track import Floats, Indices, Tracks

LandDepth = Callable[[Floats, Floats], Floats]
"""Kilometres to the nearest water of positions on land, <= 0 at sea; longitude, latitude."""

INLAND_KM: Final = 2.0
"""Quays, basins and channels that a land mask does not know lie within this of its water: a craft
in the harbour of Long Beach lay 1.1 km inland. The mask itself is good to 0.4 km."""
CELL_DEG: Final = 0.02
"""Ships that pass the same cell, or the next one, show a waterway."""
STEP_DEG: Final = 0.005
"""The mask is asked again when a ship has moved to another cell of this size."""

LAND_FRAME: dict[str, pl.DataType | type[pl.DataType]] = {
    "mmsi": pl.UInt32(),
    "segment": pl.Int32(),
    "window": pl.Int32(),
    "column": pl.Int32(),
    "line": pl.Int32(),
    "n": pl.UInt32(),
    "depth_km": pl.Float64(),
}
"""A row per window and cell of ``CELL_DEG`` with fixes inside land: how many, and how deep."""


def land_of(tracks: Tracks, windows: Windows, land_depth_km: LandDepth) -> pl.DataFrame:
    """Cells inside land that each window has fixes in.

    Returns:
        Columns of ``LAND_FRAME``.

    Examples:
        >>> from quaywatch.ais.integrity.examples import steady
        >>> from quaywatch.ais.integrity.windows import windows_of
        >>> track = steady(hours=1)
        >>> found = land_of(track, windows_of(track), lambda lon, lat: (lon - 5.1) * 111)
        >>> found["n"].sum(), round(found["depth_km"].max(), 1)
        (24, 10.7)

    """
    first = _new_cells(windows.order, windows.bounds, tracks.lon, tracks.lat)
    if not len(first):
        return pl.DataFrame(schema=LAND_FRAME)
    row = windows.order[first]
    depth_km = np.asarray(land_depth_km(tracks.lon[row], tracks.lat[row]), np.float64)
    runs = np.diff(np.append(first, len(windows.order)))
    window = np.searchsorted(windows.bounds, first, side="right") - 1
    deep = depth_km > INLAND_KM
    lines = np.floor(tracks.lat[row] / CELL_DEG).astype(np.int32)
    columns = np.floor(tracks.lon[row] / CELL_DEG).astype(np.int32)
    frame = pl.DataFrame(
        {
            "mmsi": tracks.mmsi[row][deep],
            "segment": windows.segment[window][deep],
            "window": windows.window[window][deep],
            "column": columns[deep],
            "line": lines[deep],
            "n": runs[deep].astype(np.uint32),
            "depth_km": depth_km[deep],
        },
        schema=LAND_FRAME,
    )
    return (
        frame.group_by("mmsi", "segment", "window", "column", "line", maintain_order=True)
        .agg(pl.col("n").sum(), pl.col("depth_km").max())
        .select(pl.col(name).cast(kind) for name, kind in LAND_FRAME.items())
    )


@compiled
def _new_cells(order: Indices, bounds: Indices, lon: Floats, lat: Floats) -> NDArray[np.int64]:
    """Places in ``order`` at which a window enters another cell of ``STEP_DEG``."""
    found = np.empty(len(order), np.int64)
    count = 0
    for w in range(len(bounds) - 1):
        x = y = -99_999.0
        for k in range(bounds[w], bounds[w + 1]):
            i = order[k]
            here_x, here_y = np.floor(lon[i] / STEP_DEG), np.floor(lat[i] / STEP_DEG)
            if here_x != x or here_y != y:
                found[count] = k
                count += 1
                x, y = here_x, here_y
    return found[:count].copy()


def ashore_of(land: pl.DataFrame, *, others: int = 2) -> pl.DataFrame:
    """Fixes of each window in cells inland that few other ships pass.

    Args:
        land: of ``land_of``, all vessels.
        others: as many other ships in a cell or one next to it make it a waterway.

    Returns:
        ``mmsi``, ``segment``, ``window``, ``inland`` (fixes), ``inland_km`` (deepest).

    """
    around = land.select("mmsi", "column", "line").unique()
    spread = pl.concat(
        around.with_columns(pl.col("column") + dx, pl.col("line") + dy)
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
    )
    used = spread.group_by("column", "line").agg(ships=pl.col("mmsi").n_unique())
    return (
        land.join(used, on=["column", "line"], how="left")
        .filter(pl.col("ships") - 1 < others)
        .group_by("mmsi", "segment", "window")
        .agg(inland=pl.col("n").sum(), inland_km=pl.col("depth_km").max())
    )
