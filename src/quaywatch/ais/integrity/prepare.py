"""Features with what the other tables say of each window, and the class it is compared in."""

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from quaywatch.ais.integrity.land import ashore_of
from quaywatch.ais.integrity.receivers import unheard_of
from quaywatch.ais.integrity.replay import COMPANY_M, COMPANY_S, copies_of, pairs_of
from quaywatch.ais.integrity.shared import (
    beside_interference,
    shared_circles,
    shared_jumps,
)
from quaywatch.ais.integrity.tables import Measured, Triplet

SPACING_S: Final = (90.0, 180.0, 400.0, 1200.0)
"""Bounds between the bands of median seconds between stations."""
SPEED_KN: Final = (8.0, 14.0)
"""Bounds between the bands of median speed under way."""
WANDER_M_S: Final = 0.11
"""What a true ship's speed wanders by from station to station (METHODS, T5: 4 m at 1 min, 30 m at
5 min, 230 m at 30 min)."""
INLAND_SHARE: Final = 0.9
"""A transponder with more of its fixes inland is a river vessel."""
NEIGHBOURS: Final = 5
"""Other transponders near a window that show which waters are sailed."""
CELL_DEG: Final = 0.5
CELLS: Final = 720
"""Cells around the globe."""
KEY: Final = ("mmsi", "segment", "window")


def prepared(measured: Measured | Triplet, copies: pl.DataFrame | None = None) -> pl.DataFrame:
    """A row a window, in the order of the features, with columns added.

    Args:
        measured: of all windows.
        copies: of its manoeuvres, from ``copies_of``, where they are at hand.

    ``jump_kn``, ``jump_score`` (0 without a jump); ``circle_off`` (null without a circle),
    ``circle_score``; ``copied`` (anchors that one earlier track has too), ``inland``,
    ``inland_km``, ``beyond_km`` (null where not looked for); ``together`` (ships that jumped or
    circled with it, else null); ``livelier`` (times as often heard as in the window before, null
    if not more evenly); ``clock_s`` (of the whole feed); ``transponder`` (0 unknown, 1 A, 2 B),
    ``spacing_band``, ``speed_band``.
    """
    known = Measured(*measured)
    whole = _joined(
        known.features,
        known.jumps.group_by(KEY).agg(
            jump_kn=pl.col("implied_kn").max(), jump_m=pl.col("apart_m").max()
        ),
    )
    whole = _joined(whole, _circled(known))
    if copies is None and known.manoeuvres is not None:
        copies = copies_of(pairs_of(known.manoeuvres))
    whole = _with(whole, copies, _copied, {"copied": pl.UInt32()})
    whole = _with(whole, known.land, ashore_of, {"inland": pl.UInt32(), "inland_km": pl.Float64()})
    whole = _land_judged(whole, known.land)
    whole = _joined(whole, _together(known))
    whole = _joined(whole, _livelier(whole))
    if known.receivers is None:
        whole = whole.with_columns(beyond_km=pl.lit(None, pl.Float64))
    else:
        whole = _joined(whole, unheard_of(known.receivers))
    return whole.with_columns(
        jump_kn=pl.col("jump_kn").fill_null(0.0),
        jump_score=(pl.col("jump_m").fill_null(0.0) / 1852.0 + 1.0).log(),
        circle_score=(-(pl.col("circle_off") + 0.002).log()).fill_null(0.0),
        asked_land=pl.col("inland").is_not_null().cast(pl.UInt32),
        asked_replay=pl.col("copied").is_not_null().cast(pl.UInt32),
        transponder=pl.when(pl.col("n_class_a") + pl.col("n_class_b") == 0)
        .then(0)
        .when(pl.col("n_class_a") >= pl.col("n_class_b"))
        .then(1)
        .otherwise(2),
        spacing_band=_band("station_s", SPACING_S),
        speed_band=_band("sog_kn", SPEED_KN),
        clock_s=pl.lit(clock_s(known.features)),
    )


def clock_s(features: pl.DataFrame) -> float:
    """How far the times of a feed err: the median error along the way over the speed, seconds.

    What a ship's own speed wanders by is taken off first. A feed whose stations stamp reports
    seconds late shows every ship uneven, true or not; and whoever is even there has a better
    receiver, not a false track.

    Examples:
        >>> clock_s(pl.DataFrame({"along_m": [60.0], "sog_kn": [11.66], "n_second": [9],
        ...                       "station_s": [60.0]}))
        9.9

    """
    rows = features.filter((pl.col("n_second") >= 8) & (pl.col("sog_kn") > 5.0))
    noise = pl.col("along_m") ** 2 - (WANDER_M_S * pl.col("station_s")) ** 2
    late = noise.clip(0.0).sqrt() / (pl.col("sog_kn") * 1852 / 3600)
    value = rows.select(late.median()).item()
    return 0.0 if value is None else round(float(value), 1)


def _joined(whole: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    return whole.join(found, on=KEY, how="left", maintain_order="left")


def _with(
    whole: pl.DataFrame,
    table: pl.DataFrame | None,
    judge: Callable[[pl.DataFrame], pl.DataFrame],
    columns: Mapping[str, pl.DataType],
) -> pl.DataFrame:
    """Columns judged from a table: 0 where it says nothing of a window, null without a table."""
    if table is None:
        return whole.with_columns(pl.lit(None, kind).alias(name) for name, kind in columns.items())
    found = _joined(whole, judge(table))
    return found.with_columns(
        pl.col(name).fill_null(0).cast(kind) for name, kind in columns.items()
    )


def _land_judged(whole: pl.DataFrame, land: pl.DataFrame | None) -> pl.DataFrame:
    """Fixes inland become unknown where they may well be on a river that the mask does not know.

    That is: where the transponder is nearly always inland, and where too few other ships are near
    to show which waters are sailed. Inland counts where others pass too: a tow on a river is now
    in company and now alone.
    """
    if land is None:
        return whole
    always = land.group_by("mmsi").agg(_inland=pl.col("n").sum())
    whole = whole.join(always, on="mmsi", how="left", maintain_order="left")
    share = pl.col("_inland").fill_null(0) / pl.col("n").sum().over("mmsi")
    whole = whole.with_columns(_share=share).drop("_inland")
    share = pl.col("_share")
    inland = pl.col("inland") > 0
    near = _joined(whole.filter(inland), _neighbours(whole)) if whole["inland"].sum() else None
    if near is None:
        return whole.drop("_share")
    alone = near.filter(pl.col("near").fill_null(0) < NEIGHBOURS).select(
        *KEY, alone=pl.lit(value=True)
    )
    judged = _joined(whole, alone).with_columns(
        lost=inland & (pl.col("alone").is_not_null() | (share > INLAND_SHARE))
    )
    return judged.with_columns(
        pl.when(~pl.col("lost")).then(pl.col(name)) for name in ("inland", "inland_km")
    ).drop("alone", "lost", "_share")


def _neighbours(whole: pl.DataFrame) -> pl.DataFrame:
    """Other transponders whose windows begin or end within half a degree or so of each window's."""

    def cells(lon: str, lat: str) -> pl.DataFrame:
        return whole.select(
            *KEY,
            x=(pl.col(lon) / CELL_DEG).floor().cast(pl.Int64) % CELLS,
            y=(pl.col(lat) / CELL_DEG).floor().cast(pl.Int64),
        )

    ends = pl.concat([cells("lon", "lat"), cells("end_lon", "end_lat")])
    known = ends.select("mmsi", "x", "y").unique()
    spread = pl.concat(
        known.with_columns((pl.col("x") + dx) % CELLS, pl.col("y") + dy)
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
    )
    ships = spread.group_by("x", "y").agg(near=pl.col("mmsi").n_unique() - 1)
    return ends.join(ships, on=["x", "y"]).group_by(KEY).agg(pl.col("near").max())


def _livelier(whole: pl.DataFrame) -> pl.DataFrame:
    """How many times more often a transponder is heard than in its window before.

    Only where the window before was uneven and this one is more even: sparse, then regular.
    """
    heard = whole.filter((pl.col("n") >= 5) & (pl.col("hours") >= 3.0)).sort("mmsi", "start")
    rate = pl.col("n") / pl.col("hours")
    before = pl.col("end").shift(1).over("mmsi")
    near = (pl.col("start") >= before) & (pl.col("start") - before < pl.duration(hours=48))
    evener = pl.col("even_interval") > pl.col("even_interval").shift(1).over("mmsi")
    return heard.select(
        *KEY,
        livelier=pl.when(near & evener).then(rate / rate.shift(1).over("mmsi")),
    ).with_columns(asked_livelier=pl.col("livelier").is_not_null().cast(pl.UInt32))


def _together(known: Measured) -> pl.DataFrame:
    """How many ships jumped or circled together with each window, or near it in place and time."""
    shared = pl.concat([shared_jumps(known.jumps), shared_circles(known.circles)])
    events = beside_interference(known.jumps, known.circles, shared)
    return _during(known, events).group_by(KEY).agg(pl.col("together").max())


def _circled(known: Measured) -> pl.DataFrame:
    """The best circle drawn while each window lasted."""
    events = known.circles.select(
        "mmsi", begun="start", ended="end", off=pl.col("off_m") / pl.col("radius_m")
    )
    return _during(known, events).group_by(KEY).agg(circle_off=pl.col("off").min())


def _during(known: Measured, events: pl.DataFrame) -> pl.DataFrame:
    """Events with each window of the same MMSI that they overlap."""
    return events.join(known.features.select(*KEY, "start", "end"), on="mmsi").filter(
        (pl.col("begun") <= pl.col("end")) & (pl.col("ended") >= pl.col("start"))
    )


def _copied(copies: pl.DataFrame) -> pl.DataFrame:
    """Anchors of each window that lie on those of one earlier track, company left out."""
    return (
        copies.filter((pl.col("lag_s").abs() >= COMPANY_S) | (pl.col("apart_m") >= COMPANY_M))
        .group_by(KEY, maintain_order=True)
        .agg(copied=pl.col("anchors").max())
    )


def _band(column: str, bounds: tuple[float, ...]) -> pl.Expr:
    value = pl.col(column).fill_null(0.0)
    return pl.sum_horizontal((value >= bound).cast(pl.Int64) for bound in bounds)
