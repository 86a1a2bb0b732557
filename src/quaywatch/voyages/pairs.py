"""Pairs of ships near each other at a slot, and their runs over slots, piece of time by piece.

A run is held as sums, so that runs of two pieces join by adding: a hit is a run of one slot.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.voyages.motion import METRES_PER_DEG, apart_m
from quaywatch.voyages.slow_points import SLOT_S

BRIDGED: Final = 1
"""Slots that a run may miss between two hits."""
PAIR: Final = ("mmsi", "segment", "other_mmsi", "other_segment")
_PLACE: Final = ("sum_x", "sum_y", "sum_xx", "sum_yy")
_COUNTS: Final = ("n", "n_heading", "n_moored")
_SUMS: Final = (
    "sum_m", "sum_apart", "sin", "cos", "other_sin", "other_cos",
    *_PLACE, *(f"other_{name}" for name in _PLACE),
)  # fmt: skip
_FROM_FIRST: Final = (
    "first", "lon0", "lat0", "source_id", "record", "other_source_id", "other_record",
)  # fmt: skip
_FROM_LAST: Final = ("last", "east_m", "north_m", "end_source_id", "end_record")
OPEN_FRAME: Final[dict[str, pl.DataType]] = {
    **{name: pl.UInt32() for name in PAIR},
    "first": pl.Int32(),
    "last": pl.Int32(),
    **{name: pl.Float64() for name in ("lon0", "lat0", "east_m", "north_m")},
    "nearest_m": pl.Float64(),
    "relative_most_kn": pl.Float64(),
    **{name: pl.UInt32() for name in _COUNTS},
    **{name: pl.Float64() for name in _SUMS},
    **{
        f"{which}{name}": kind
        for which in ("", "end_", "other_")
        for name, kind in (("source_id", pl.Categorical()), ("record", pl.UInt64()))
    },
}
"""A run of hits of one pair, slots ``first`` to ``last``.

``lon0``/``lat0``: the first ship at the first slot, from where the sums of x and y count degrees.
``east_m``/``north_m``: from the first ship to the other, at the last slot.
"""


def pairs_near(points: pl.DataFrame, within_m: float) -> pl.DataFrame:
    """Hits: two transponders within ``within_m`` at one slot; the smaller MMSI comes first.

    Each slot is swept by latitude, so that ships are compared with those in a band of that
    height only; longitudes count round the Earth.

    Args:
        points: ``slow_points`` with ``offset_m``, ``listed``, ``source_id`` and ``record``.
        within_m: distance of the antennas, metres.

    Returns:
        ``OPEN_FRAME`` with ``heading_apart_deg``, ``listed``, ``allow_m`` and ``relative_kn``
        (null) more.
    """
    points = points.sort("slot", "lat", "mmsi", "segment")
    one, two = _sweep(
        points["slot"].to_numpy(),
        points["mmsi"].to_numpy(),
        points["lon"].to_numpy(),
        points["lat"].to_numpy(),
        within_m,
    )
    both = pl.concat(
        [
            points[one].rename({name: f"a_{name}" for name in points.columns}),
            points[two].rename({name: f"b_{name}" for name in points.columns}),
        ],
        how="horizontal",
    )
    east = (pl.col("b_lon") - pl.col("a_lon") + 540.0) % 360.0 - 180.0
    north = pl.col("b_lat") - pl.col("a_lat")
    across = ((pl.col("a_lat") + pl.col("b_lat")) / 2.0).radians().cos()
    turns = {"": pl.col("a_heading_deg"), "other_": pl.col("b_heading_deg")}
    apart = ((turns[""] - turns["other_"] + 540.0) % 360.0 - 180.0).abs().cast(pl.Float64)
    known = apart.is_not_null()
    origins = (("", "a"), ("end_", "a"), ("other_", "b"))
    given = both.select(
        mmsi="a_mmsi",
        segment="a_segment",
        other_mmsi="b_mmsi",
        other_segment="b_segment",
        first="a_slot",
        last="a_slot",
        lon0="a_lon",
        lat0="a_lat",
        east_m=east * across * METRES_PER_DEG,
        north_m=north * METRES_PER_DEG,
        n=pl.lit(1),
        n_heading=known,
        n_moored=pl.col("a_moored") & pl.col("b_moored"),
        heading_apart_deg=apart,
        sum_apart=apart.fill_null(0.0),
        **{
            f"{w}sin": pl.when(known).then(t.radians().sin()).otherwise(0.0)
            for w, t in turns.items()
        },
        **{
            f"{w}cos": pl.when(known).then(t.radians().cos()).otherwise(0.0)
            for w, t in turns.items()
        },
        **{name: pl.lit(0.0) for name in _PLACE},
        other_sum_x=east,
        other_sum_y=north,
        other_sum_xx=east * east,
        other_sum_yy=north * north,
        listed=pl.col("a_listed") & pl.col("b_listed"),
        allow_m=pl.col("a_offset_m") + pl.col("b_offset_m"),
        relative_kn=pl.lit(None, pl.Float64),
        **{f"{w}{name}": f"{s}_{name}" for w, s in origins for name in ("source_id", "record")},
    )
    metres = (pl.col("east_m") ** 2 + pl.col("north_m") ** 2).sqrt()
    given = given.with_columns(nearest_m=metres, sum_m=metres, relative_most_kn="relative_kn")
    extra = ("heading_apart_deg", "listed", "allow_m", "relative_kn")
    return given.select(*(pl.col(k).cast(v) for k, v in OPEN_FRAME.items()), *extra)


def with_relative(hits: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Fill ``relative_kn`` from one hit of a pair to the next; null at the first of a run.

    Args:
        hits: from ``pairs_near``.
        held: runs of the piece of time before, which may go on.
    """
    ends = [*PAIR, "last", "east_m", "north_m"]
    rows = pl.concat([held.select(ends), hits.select(ends)], how="vertical").with_columns(
        _hit=pl.Series([*[-1] * held.height, *range(hits.height)], dtype=pl.Int64)
    )
    rows = rows.sort(*PAIR, "last")
    moved = (
        (pl.col("east_m") - pl.col("east_m").shift(1)) ** 2
        + (pl.col("north_m") - pl.col("north_m").shift(1)) ** 2
    ).sqrt()
    seconds = (pl.col("last") - pl.col("last").shift(1)) * SLOT_S
    speeds = rows.with_columns(
        _kn=pl.when(~_begins("last")).then(moved / seconds * 3600.0 / 1852.0)
    ).filter(pl.col("_hit") >= 0)
    kn = speeds.sort("_hit")["_kn"]
    return hits.with_columns(relative_kn=kn, relative_most_kn=kn)


def merged(rows: pl.DataFrame) -> pl.DataFrame:
    """Join runs of one pair that follow each other, bridging one missing slot."""
    rows = rows.sort(*PAIR, "first").with_columns(_run=_begins("first").cum_sum())
    east = (pl.col("lon0") - pl.col("lon0").first().over("_run") + 540.0) % 360.0 - 180.0
    rows = rows.with_columns(_x=east, _y=pl.col("lat0") - pl.col("lat0").first().over("_run"))
    for who in ("", "other_"):
        rows = rows.with_columns(
            pl.col(f"{who}sum_{axis}{axis}")
            + 2.0 * pl.col(f"_{axis}") * pl.col(f"{who}sum_{axis}")
            + pl.col("n") * pl.col(f"_{axis}") ** 2
            for axis in ("x", "y")
        ).with_columns(
            pl.col(f"{who}sum_{axis}") + pl.col("n") * pl.col(f"_{axis}") for axis in ("x", "y")
        )
    joined = rows.group_by("_run", maintain_order=True).agg(
        pl.col(*PAIR, *_FROM_FIRST).first(),
        pl.col(*_FROM_LAST).last(),
        pl.col("nearest_m").min(),
        pl.col("relative_most_kn").max(),
        pl.col(*_COUNTS, *_SUMS).sum(),
    )
    return joined.select(pl.col(name).cast(kind) for name, kind in OPEN_FRAME.items())


def _begins(slot: str) -> pl.Expr:
    """True where a row, sorted by pair and slot, does not go on from the one before it."""
    other = pl.any_horizontal(pl.col(name) != pl.col(name).shift(1) for name in PAIR)
    late = pl.col(slot) - pl.col("last").shift(1) > BRIDGED + 1
    return (other | late).fill_null(value=True)


@compiled
def _sweep(
    slot: NDArray[np.int32],
    mmsi: NDArray[np.uint32],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    within_m: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of near pairs of different transponders; rows sorted by slot and latitude."""
    high = within_m / METRES_PER_DEG
    one = np.empty(0, np.int64)
    two = np.empty(0, np.int64)
    # Counted first, then written: a harbour at night has more pairs than ships.
    for writes in (False, True):
        found = 0
        for i in range(len(slot)):
            for j in range(i + 1, len(slot)):
                if slot[j] != slot[i] or lat[j] - lat[i] > high:
                    break
                if mmsi[i] == mmsi[j]:
                    continue
                if apart_m(lon[i], lat[i], lon[j], lat[j]) > within_m:
                    continue
                if writes:
                    first = mmsi[i] < mmsi[j]
                    one[found] = i if first else j
                    two[found] = j if first else i
                found += 1
        if not writes:
            one = np.empty(found, np.int64)
            two = np.empty(found, np.int64)
    return one, two
