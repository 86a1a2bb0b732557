"""Two slow ships near each other for hours: what is seen, and what ordinarily explains it.

Two rules over the same slots. ``gfw``: nearer than 500 m and both below 2 kn for two hours;
Global Fishing Watch asks for 10 km to the nearest anchorage besides, which stands here in its own
column. ``lightering``: inside listed areas only, side by side (150 m, relative speed below
0.5 kn, headings parallel) for an hour, off any berth. An encounter says that two ships were near
each other. What they did there it does not say: most are tugs, tenders, pilots and neighbours.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import polars as pl

from quaywatch.ais.events import EVENTS_FRAME, as_events
from quaywatch.sites.facility import Site
from quaywatch.voyages.areas import Area, area_at
from quaywatch.voyages.berths import berths_of, beside
from quaywatch.voyages.innocence import ordinary
from quaywatch.voyages.pairs import OPEN_FRAME, merged, pairs_near, with_relative
from quaywatch.voyages.ports import PortIndex, away_from
from quaywatch.voyages.slow_points import SLOT_S

METHOD: Final = "encounter@1"
NEAR_M: Final = 500.0
GFW_H: Final = 2.0
OFF_ANCHORAGE_KM: Final = 10.0
SIDE_M: Final = 150.0
SIDE_H: Final = 1.0
RELATIVE_KN: Final = 0.5
PARALLEL_DEG: Final = 20.0
_DETAIL: Final = [
    "nearest_m", "mean_m", "relative_kn", "heading_apart_deg", "heading_known", "off_anchorage",
    "gfw", "area", "berth", "berths_near", "turned", "other_turned", "spread_m", "other_spread_m",
    "moored_share", "other_source_id", "other_record", "conditions_met", "conditions_known",
    "at_data_end", "ship_type", "other_ship_type",
]  # fmt: skip


def encounters(
    slow: pl.DataFrame | Iterable[pl.DataFrame],
    *,
    ports: PortIndex | None = None,
    areas: Sequence[Area] = (),
    berths: Sequence[Site] | None = None,
    ships: pl.DataFrame | None = None,
    near_anchorages: bool = False,
) -> pl.DataFrame:
    """Encounters of all transponders as events of kind ``encounter``.

    ``verdict`` is ``ordinary`` where something on record explains it (``reason`` says what), else
    ``met``: a fact, no accusation. ``statistic`` is the time together in hours, ``n`` the slots
    of ten minutes. ``lon``/``lat``: mean of the first of the two ships. For ``lightering``,
    ``conditions_met`` of ``conditions_known`` counts what speaks for a transfer between ships:
    within 150 m, parallel, no berth, four hours, turning together (as ships on one anchor do and
    ships at a quay do not); it is a count, not a probability.

    Args:
        slow: ``slow_points`` of all buckets; or pieces of it in time order, no slot in two of
            them (a day each, from disk): memory is then that of the largest piece.
        ports: where the 10 km rule counts from. Without it, ``off_anchorage`` is null.
        areas: listed lightering areas.
        berths: sites whose berths rule a transfer at anchor out.
        ships: ``mmsi``, ``ship_type`` and, if known, ``to_bow_m`` and ``to_stern_m``: antennas
            far from amidships are allowed for.
        near_anchorages: also keep encounters of the first rule nearer than 10 km to an anchorage
            and outside listed areas: every pair of neighbours in every harbour.

    Source:
        Global Fishing Watch, pipe-encounters (500 m, 2 h, 2 kn, 10 km; slots of ten minutes).

    Examples:
        >>> from quaywatch.voyages.motion import drawn, motion_of
        >>> from quaywatch.voyages.slow_points import slow_points
        >>> lies = [(600.0 * k, 0.0, 0.0, 0.3) for k in range(19)]
        >>> beside = [(600.0 * k, 0.001, 0.0, 0.3) for k in range(19)]
        >>> found = encounters(slow_points(motion_of(drawn({1: lies, 2: beside}))))
        >>> found.select("mmsi", "other_mmsi", "statistic").row(0)
        (1, 2, 3.0)

    """
    near = side = pl.DataFrame(schema=OPEN_FRAME)
    done: list[pl.DataFrame] = []
    for piece in _days(slow):
        points = _marked(piece, ports, areas, ships, near_anchorages=near_anchorages)
        # Only what lasted to within two slots of the new piece can go on in it.
        slots = piece["slot"].to_numpy()
        first = int(slots.min()) if len(slots) else 0
        for rule, held in (("gfw", near), ("lightering", side)):
            done.append(_long(held.filter(pl.col("last") < first - 2), rule))
        near = near.filter(pl.col("last") >= first - 2)
        side = side.filter(pl.col("last") >= first - 2)
        hits = with_relative(pairs_near(points, NEAR_M + 2.0 * _most_offset(points)), near)
        close = hits.filter(pl.col("nearest_m") < NEAR_M)
        beside_each = hits.filter(_side_by_side())
        near = merged(pl.concat([near, close.select(list(OPEN_FRAME))]))
        side = merged(pl.concat([side, beside_each.select(list(OPEN_FRAME))]))
        last = int(slots.max()) if len(slots) else 0
        for rule, held in (("gfw", near), ("lightering", side)):
            done.append(_long(held.filter(pl.col("last") < last - 1), rule))
        near = near.filter(pl.col("last") >= last - 1)
        side = side.filter(pl.col("last") >= last - 1)
    done += [_long(near, "gfw", ended=True), _long(side, "lightering", ended=True)]
    found = pl.concat(done)
    if not found.height:
        return pl.DataFrame(schema=EVENTS_FRAME)
    return as_events(_told(found, ports, areas, berths, ships), detail=_DETAIL)


def _days(slow: pl.DataFrame | Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    if not isinstance(slow, pl.DataFrame):
        yield from slow
        return
    days = slow.with_columns(_day=pl.col("slot") // (86_400 // SLOT_S))
    for _, day in sorted(days.partition_by("_day", as_dict=True).items()):
        yield day.drop("_day")


def _marked(
    points: pl.DataFrame,
    ports: PortIndex | None,
    areas: Sequence[Area],
    ships: pl.DataFrame | None,
    *,
    near_anchorages: bool,
) -> pl.DataFrame:
    """Points that may take part, with what the rules ask of each."""
    lon, lat = points["lon"].to_numpy(), points["lat"].to_numpy()
    inside = pl.Series([a is not None for a in area_at(areas, lon, lat)], dtype=pl.Boolean)
    off = None if ports is None else away_from(ports, lon, lat, OFF_ANCHORAGE_KM)
    marked = points.with_columns(
        listed=inside,
        off=pl.lit(None, pl.Boolean) if off is None else pl.Series(off),
        offset_m=pl.lit(0.0),
    )
    if ships is not None and {"to_bow_m", "to_stern_m"} <= set(ships.columns):
        offset = (pl.col("to_bow_m").cast(pl.Float64) - pl.col("to_stern_m")).abs() / 2.0
        each = ships.group_by("mmsi").agg(_offset=offset.filter(pl.col("to_bow_m") > 0).max())
        marked = marked.join(each, on="mmsi", how="left").with_columns(
            offset_m=pl.col("_offset").fill_null(0.0)
        )
    for name, kind in (("source_id", pl.Categorical()), ("record", pl.UInt64())):
        if name not in marked.columns:
            marked = marked.with_columns(pl.lit(None, kind).alias(name))
    if ports is None or near_anchorages:
        return marked
    return marked.filter(pl.col("off") | pl.col("listed"))


def _most_offset(points: pl.DataFrame) -> float:
    return float(points["offset_m"].to_numpy().max(initial=0.0))


def _side_by_side() -> pl.Expr:
    """METHODS section 9, at one slot; what is not known does not rule it out."""
    apart = pl.col("heading_apart_deg")
    parallel = (apart < PARALLEL_DEG) | (apart > 180.0 - PARALLEL_DEG)
    return (
        pl.col("listed")
        & (pl.col("nearest_m") <= SIDE_M + pl.col("allow_m"))
        & (pl.col("relative_kn").fill_null(0.0) < RELATIVE_KN)
        & parallel.fill_null(value=True)
    )


def _long(runs: pl.DataFrame, rule: str, *, ended: bool = False) -> pl.DataFrame:
    least = GFW_H if rule == "gfw" else SIDE_H
    hours = (pl.col("last") - pl.col("first")) * (SLOT_S / 3600.0)
    return runs.with_columns(
        statistic=hours, test=pl.lit(rule), at_data_end=pl.lit(ended, pl.Boolean)
    ).filter(pl.col("statistic") >= least)


def _told(
    runs: pl.DataFrame,
    ports: PortIndex | None,
    areas: Sequence[Area],
    berths: Sequence[Site] | None,
    ships: pl.DataFrame | None,
) -> pl.DataFrame:
    """Runs as rows of events: means, what explains them, and the count of conditions."""
    n = pl.col("n")
    told = runs.with_columns(
        lon=(pl.col("lon0") + pl.col("sum_x") / n + 540.0) % 360.0 - 180.0,
        lat=pl.col("lat0") + pl.col("sum_y") / n,
        mean_m=pl.col("sum_m") / n,
        heading_apart_deg=pl.when(pl.col("n_heading") > 0).then(
            pl.col("sum_apart") / pl.col("n_heading")
        ),
        heading_known=pl.col("n_heading") / n,
        relative_kn=pl.col("relative_most_kn"),
        moored_share=pl.col("n_moored") / n,
        **{
            f"{who}turned": pl.when(pl.col("n_heading") > 0).then(
                1.0
                - (pl.col(f"{who}sin") ** 2 + pl.col(f"{who}cos") ** 2).sqrt() / pl.col("n_heading")
            )
            for who in ("", "other_")
        },
        **{f"{who}spread_m": _spread(who) for who in ("", "other_")},
    )
    lon, lat = told["lon"].to_numpy(), told["lat"].to_numpy()
    told = told.hstack(beside(berths_of(berths or ()), told["lon"], told["lat"]))
    off = None if ports is None else away_from(ports, lon, lat, OFF_ANCHORAGE_KM)
    told = told.with_columns(
        area=pl.Series(area_at(areas, lon, lat), dtype=pl.String),
        off_anchorage=pl.lit(None, pl.Boolean) if off is None else pl.Series(off),
    )
    if berths is not None:
        # A transfer at a berth is a call, not an encounter at anchor.
        told = told.filter((pl.col("test") == "gfw") | pl.col("berth_m").is_null())
    met = _conditions(told, berths_known=berths is not None)
    told = ordinary(told.hstack(met), ships)
    slot = {"first": "start", "last": "end"}
    return told.with_columns(
        *(
            pl.from_epoch(pl.col(at).cast(pl.Int64) * SLOT_S, "s")
            .dt.replace_time_zone("UTC")
            .dt.cast_time_unit("us")
            .alias(name)
            for at, name in slot.items()
        ),
        pl.lit("encounter").alias("kind"),
        pl.lit(value=True).alias("applicable"),
        pl.lit("h").alias("unit"),
        pl.lit(METHOD).alias("method"),
        (pl.when(pl.col("test") == "gfw").then(pl.col("off_anchorage"))).alias("gfw"),
        pl.col("lon").alias("end_lon"),
        pl.col("lat").alias("end_lat"),
        pl.col("source_id", "end_source_id", "other_source_id").cast(pl.String),
    )


def _spread(who: str) -> pl.Expr:
    """Root mean square distance from the mean position, metres."""
    n = pl.col("n")
    x, y = pl.col(f"{who}sum_x") / n, pl.col(f"{who}sum_y") / n
    scale = pl.col("lat0").radians().cos()
    square = (pl.col(f"{who}sum_xx") / n - x * x) * scale**2 + pl.col(f"{who}sum_yy") / n - y * y
    return square.clip(0.0).sqrt() * 111_195.0


def _conditions(told: pl.DataFrame, *, berths_known: bool) -> pl.DataFrame:
    """How many of the five marks of a transfer are met, and how many could be judged."""
    apart = pl.col("heading_apart_deg")
    marks = [
        pl.col("mean_m") <= SIDE_M,
        (apart < PARALLEL_DEG) | (apart > 180.0 - PARALLEL_DEG),
        pl.col("berth_m").is_null() if berths_known else pl.lit(None, pl.Boolean),
        pl.col("statistic") >= 4.0,
        (pl.col("turned") > 0.03) & (pl.col("other_turned") > 0.03),
    ]
    return told.select(
        conditions_met=pl.sum_horizontal(m.fill_null(value=False).cast(pl.Int32) for m in marks),
        conditions_known=pl.sum_horizontal(m.is_not_null().cast(pl.Int32) for m in marks),
    )
