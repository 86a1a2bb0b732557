"""How fast each transponder has shown itself to go: what an exclusion by reach is made against."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.voyages.motion import Motion
from quaywatch.voyages.prism import ceiling_of

UNDER_WAY_KN = 0.5
_BINS = 1024
"""Tenths of a knot, as AIS sends them."""


def top_speeds(motion: Motion) -> pl.DataFrame:
    """99th percentile of the SOG broadcast under way: ``mmsi``, ``p99_kn``, ``hours``.

    ``hours``: hours of the clock in which it was heard under way.
    All segments of a transponder together: the faster of two hulls under one MMSI counts, which
    excludes less.

    Examples:
        >>> from quaywatch.voyages.motion import drawn, motion_of
        >>> top_speeds(motion_of(drawn({1: [(60.0 * k, 0, 0, 12.0) for k in range(300)]}))).row(0)
        (1, 12.0, 5)

    """
    vessels, back = np.unique(motion.mmsi, return_inverse=True)
    p99, hours = _count(
        motion.at_us, motion.sog_kn, motion.starts, back.astype(np.int64), len(vessels)
    )
    return pl.DataFrame(
        {"mmsi": vessels, "p99_kn": p99, "hours": hours},
        schema={"mmsi": pl.UInt32(), "p99_kn": pl.Float64(), "hours": pl.UInt32()},
    ).with_columns(pl.col("p99_kn").fill_nan(None))


def ceilings(speeds: pl.DataFrame) -> pl.DataFrame:
    """The highest sustained speed of each transponder: ``mmsi``, ``ceiling_kn``.

    Args:
        speeds: ``top_speeds`` of all pieces, concatenated; the fastest piece of a ship counts.

    Examples:
        >>> told = pl.DataFrame({"mmsi": [1, 1], "p99_kn": [12.0, 10.0], "hours": [20, 20]})
        >>> ceilings(told).row(0)
        (1, 14.399999999999999)

    """
    each = speeds.group_by("mmsi").agg(pl.col("p99_kn").max(), pl.col("hours").sum()).sort("mmsi")
    kn = [ceiling_of(p99, hours) for _, p99, hours in each.iter_rows()]
    return each.select("mmsi", ceiling_kn=pl.Series(kn, dtype=pl.Float64))


@compiled
def _count(
    at: NDArray[np.int64],
    sog: NDArray[np.float32],
    starts: NDArray[np.int64],
    vessel: NDArray[np.int64],
    vessels: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Percentile and hours per vessel; the pieces of one vessel follow each other."""
    p99 = np.full(vessels, np.nan)
    hours = np.zeros(vessels, np.int64)
    fixes, last = 0, -1
    bins = np.zeros(_BINS, np.int64)
    for p in range(len(vessel)):
        for i in range(starts[p], starts[p + 1]):
            if sog[i] > UNDER_WAY_KN:
                bins[min(_BINS - 1, int(sog[i] * 10.0 + 0.5))] += 1
                fixes += 1
                hour = at[i] // 3_600_000_000
                hours[vessel[p]] += hour != last
                last = hour
        if p + 1 < len(vessel) and vessel[p + 1] == vessel[p]:
            continue
        wanted, seen = 0.99 * fixes, 0
        for b in range(_BINS):
            seen += bins[b]
            if seen >= wanted and seen > 0:
                p99[vessel[p]] = b / 10.0
                break
        bins[:] = 0
        fixes, last = 0, -1
    return p99, hours
