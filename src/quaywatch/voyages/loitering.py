"""Anchoring and loitering: where ships lay, and where they hung about under way.

Both are ordinary. An event here is a fact about motion; it says nothing of why.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.events import as_events
from quaywatch.sites.facility import Site
from quaywatch.voyages.areas import Area, area_at
from quaywatch.voyages.berths import berths_of, beside
from quaywatch.voyages.motion import Motion
from quaywatch.voyages.origins import with_origins
from quaywatch.voyages.spells import SLOW, stationary_spells

ANCHORING: Final = "anchoring@1"
LOITERING: Final = "loitering@1"
LEAST_STAY_H: Final = 1.0
LEAST_LOITERING_H: Final = 4.0
OFFSHORE_NM: Final = 20.0
"""GFW looks for loitering beyond this only."""
LAY_STILL_KN: Final = 0.2
SWING_M: Final = 40.0
"""More spread than receivers and a quay give: the ship swings."""
_TURNS: Final = 0.03
"""``heading_spread`` of about 14 degrees rms: a moored ship's heading stays."""

ShoreDistance = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
"""Nautical miles from the shore for longitudes and latitudes."""


def anchoring(
    spells: pl.DataFrame,
    *,
    berths: Sequence[Site] | None = None,
    positions: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Stays of an hour or more as events of kind ``anchoring``.

    ``verdict``: ``alongside`` (a drawn berth within 300 m, and no swing), ``at-anchor``,
    ``moored`` or ``stopped`` (neither the ship nor its motion says). The ship's own word
    (navigation status) decides unless motion contradicts it: "at anchor" with position and
    heading both unchanged for six hours, or "moored" while swinging through more than 40 m and
    turning, is ``stopped`` with the reason. ``statistic`` is the time from the first to the last
    fix at rest, in hours; a silence within is in ``silent_h``.

    Args:
        spells: ``stationary_spells``.
        berths: sites whose berths are looked up.
        positions: the frame that the tracks came from; gives the ends their ``source_id``.

    Examples:
        >>> from quaywatch.voyages.motion import drawn, motion_of
        >>> still = drawn({1: [(600.0 * k, 0.0, 0.0, 0.0) for k in range(9)]}, nav_status=1)
        >>> anchoring(stationary_spells(motion_of(still))).select("verdict", "statistic").row(0)
        ('at-anchor', 1.3333333333333333)

    """
    hours = (pl.col("end") - pl.col("start")).dt.total_microseconds() / 3.6e9
    stays = spells.with_columns(statistic=hours).filter(pl.col("statistic") >= LEAST_STAY_H)
    stays = stays.hstack(beside(berths_of(berths or ()), stays["lon"], stays["lat"]))
    swings = (pl.col("spread_m") > SWING_M) & (pl.col("heading_spread").fill_null(1.0) > _TURNS)
    frozen = (
        (pl.col("spread_m") < SWING_M / 2)
        & (pl.col("heading_spread").fill_null(0.0) < 0.002)
        & pl.col("heading_spread").is_not_null()
        & (pl.col("statistic") >= 6.0)
    )
    says_anchor = pl.col("at_anchor") * 2 > pl.col("n")
    says_moored = pl.col("moored") * 2 > pl.col("n")
    says = pl.when(says_anchor).then(pl.lit("at-anchor")).when(says_moored).then(pl.lit("moored"))
    verdict = (
        pl.when(pl.col("berth_m").is_not_null() & ~swings)
        .then(pl.lit("alongside"))
        .when(says_anchor & frozen)
        .then(pl.lit("stopped"))
        .when(says_moored & swings)
        .then(pl.lit("stopped"))
        .when(says_anchor)
        .then(pl.lit("at-anchor"))
        .when(says_moored)
        .then(pl.lit("moored"))
        .when(swings & pl.col("heading_spread").is_not_null())
        .then(pl.lit("at-anchor"))
        .otherwise(pl.lit("stopped"))
    )
    against = (
        pl.when(says_anchor & frozen)
        .then(pl.lit("The ship says it is at anchor, but neither swings nor turns."))
        .when(says_moored & swings)
        .then(pl.lit("The ship says it is moored, but swings and turns."))
    )
    named = with_origins(stays, positions).with_columns(
        kind=pl.lit("anchoring"),
        verdict=verdict,
        reason=against,
        applicable=pl.lit(value=True),
        unit=pl.lit("h"),
        method=pl.lit(ANCHORING),
        ship_says=says,
        mean_lon="lon",
        mean_lat="lat",
        lon="start_lon",
        lat="start_lat",
    )
    return as_events(
        named,
        detail=[
            "mean_lon", "mean_lat", "spread_m", "heading_spread", "ship_says", "silent_h",
            "berth", "berth_m", "berths_near", "segments",
        ],
    )  # fmt: skip


def loitering(
    motion: Motion,
    *,
    shore_nm: ShoreDistance | None = None,
    areas: Sequence[Area] = (),
    positions: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Four hours or more at 2 kn or less as events of kind ``loitering``.

    ``test`` is ``offshore`` (farther than 20 nm from the shore: GFW's rule) or ``listed-area``
    (nearer, inside a listed area: near-shore lightering needs it). Elsewhere near the shore slow
    ships are traffic and no events. ``verdict`` is ``loitering``; a ship that lay still nearly
    all the time (mean speed below 0.2 kn) gets ``lay-still``: an anchor or a drifting ship.
    Where the distance to the shore is not known the offshore rule cannot be applied: ships under
    way there get a row that says so (``applicable`` false, no verdict) rather than none.

    Args:
        motion: one bucket, from ``motion_of``.
        shore_nm: distance to the shore; None where there is no land mask.
        areas: listed areas.
        positions: the frame that the tracks came from; gives the ends their ``source_id``.

    Source:
        Global Fishing Watch, loitering events (4 h, 2 kn, 20 nm).

    Examples:
        >>> from quaywatch.voyages.motion import drawn, motion_of
        >>> drift = drawn({1: [(1800.0 * k, 0.005 * k, 0.0, 0.6) for k in range(13)]})
        >>> loitering(motion_of(drift), shore_nm=lambda lon, lat: lon * 0 + 100.0).select(
        ...     "test", "verdict", "statistic").row(0)
        ('offshore', 'loitering', 6.0)

    """
    hours = (pl.col("end") - pl.col("start")).dt.total_microseconds() / 3.6e9
    slow = stationary_spells(motion, SLOW).with_columns(statistic=hours)
    slow = slow.filter(pl.col("statistic") >= LEAST_LOITERING_H)
    lon, lat = slow["lon"].to_numpy(), slow["lat"].to_numpy()
    off = shore_nm(lon, lat) if shore_nm is not None else np.full(len(lon), np.nan)
    slow = slow.with_columns(
        shore_nm=pl.Series(off, dtype=pl.Float64).fill_nan(None),
        area=pl.Series(area_at(areas, lon, lat), dtype=pl.String),
    )
    unknown = pl.col("shore_nm").is_null() & pl.col("area").is_null()
    under_way = unknown & (pl.col("mean_kn").fill_null(np.inf) >= LAY_STILL_KN)
    offshore = (pl.col("shore_nm") > OFFSHORE_NM) | under_way
    kept = slow.filter(offshore | pl.col("area").is_not_null()).with_columns(
        kind=pl.lit("loitering"),
        test=pl.when(pl.col("area").is_not_null())
        .then(pl.lit("listed-area"))
        .otherwise(pl.lit("offshore")),
        applicable=~unknown,
        reason=pl.when(unknown).then(pl.lit("Distance to the shore is not known here.")),
        verdict=pl.when(unknown)
        .then(None)
        .when(pl.col("mean_kn") < LAY_STILL_KN)
        .then(pl.lit("lay-still"))
        .otherwise(pl.lit("loitering")),
        statistic=pl.when(~unknown).then("statistic"),
        n=pl.when(~unknown).then("n"),
        unit=pl.lit("h"),
        method=pl.lit(LOITERING),
        mean_lon="lon",
        mean_lat="lat",
        lon="start_lon",
        lat="start_lat",
    )
    return as_events(
        with_origins(kept, positions),
        detail=[
            "mean_lon", "mean_lat", "shore_nm", "area", "mean_kn", "spread_m", "silent_h",
            "segments",
        ],
    )  # fmt: skip
