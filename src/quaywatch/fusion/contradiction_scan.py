"""Every sighting against every broadcast of the ship, and every run of a number against its others.

Nothing is asked for by name. The great circle over the ceiling speed rejects nearly every pair at
once; ways over water are asked only for the rest. What is left does not hold of one hull even with
clocks an hour wrong.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.track import Floats, Indices
from quaywatch.fusion.contradiction_frames import (
    AGREED_H,
    AGREED_NM,
    AIS_CLOCK_S,
    AIS_M,
    CLOCK_H,
    DETOUR,
    HOUR_US,
    NEAR_NM,
    ROUTES_MAX,
    UNDER_WAY_KN,
    WITHIN_H,
    Scan,
    as_found,
    empty_scan,
    slack,
    with_reports,
)
from quaywatch.fusion.contradiction_numbers import among_runs
from quaywatch.fusion.contradiction_runs import LONG_RANGE, REPORTS_MIN, Far, Runs, runs_of
from quaywatch.fusion.contradictions import Kind
from quaywatch.fusion.two_places import NM_M
from quaywatch.geo.geodesic import great_circle_nm_many

_AT_A_TIME: Final = 100_000
_DAY_ONLY_H: Final = 12.0

OpenWater = Callable[[Floats, Floats, Floats, Floats], NDArray[np.bool_]]
"""Whether the straight way from lon, lat to lon, lat crosses no land; shape (n,) each."""
Bound = Callable[[float, float, float, float], float | None]
"""The least way over water in nautical miles; None where none is found."""


@dataclass(frozen=True, slots=True)
class Water:
    """What is known of land: without it only the great circle excludes."""

    is_open: OpenWater
    bound_nm: Bound


def scan(
    positions: pl.DataFrame,
    owners: pl.DataFrame,
    seen: pl.DataFrame,
    *,
    water: Water | None = None,
    runs: Runs | None = None,
) -> Scan:
    """Everything in a piece of the lake against everything seen, and against itself.

    Args:
        positions: columns of ``ais.schema.POSITIONS``, sorted by ``mmsi``, ``at``; whole
            transponders.
        owners: columns of ``OWNERS_FRAME``.
        seen: columns of ``SEEN_FRAME``.
        water: asked where the great circle leaves it open and land lies between.
        runs: those of ``positions``, where the caller has them.

    Source:
        Two places: METHODS §4, with its lower bound. That the nearest report of a run excludes
        all that the run excludes follows from the triangle inequality.

    Bias:
        Towards innocence: straight ways, fastest ships, widest errors, an hour for the clocks;
        runs of fewer than three reports, days without an hour, and numbers that several
        transponders give as theirs exclude nothing.

    Examples:
        >>> from datetime import UTC, datetime, timedelta
        >>> from quaywatch.ais.schema import POSITIONS_FRAME, conform
        >>> from quaywatch.fusion.contradiction_frames import OWNERS_FRAME, SEEN_FRAME
        >>> at = [datetime(2025, 2, 3, h, tzinfo=UTC) for h in range(6)]
        >>> rows = conform(pl.DataFrame({"mmsi": [412000001] * 6, "at": at, "lon": [124.0] * 6,
        ...     "lat": [36.5] * 6, "sog_kn": [0.0] * 6, "cog_deg": [0.0] * 6,
        ...     "source_id": ["s"] * 6, "record": range(6)}), POSITIONS_FRAME)
        >>> ever = {"start": [datetime(1970, 1, 1, tzinfo=UTC)],
        ...         "end": [datetime(2100, 1, 1, tzinfo=UTC)]}
        >>> owners = pl.DataFrame({"ship": ["imo:1059149"], "mmsi": [412000001], **ever,
        ...                        "shared": [False]}, schema_overrides=OWNERS_FRAME)
        >>> seen = pl.DataFrame({"seen": ["claim:1"], "ship": ["imo:1059149"], "start": at[2:3],
        ...     "end": at[2:3], "lon": [125.39], "lat": [38.72], "radius_m": [30.0],
        ...     "clock_s": [5.0], "in_port": [False]}, schema_overrides=SEEN_FRAME)
        >>> scan(rows, owners, seen).found.select("kind", "seen", "slack_h").rows()[0][:2]
        ('two-places', 'claim:1')

    """
    runs = runs_of(positions) if runs is None else runs
    sightings = _of_sightings(runs, positions, owners, seen, water)
    return sightings + among_runs(runs, positions, owners)


def between_sightings(seen: pl.DataFrame, *, ceiling_kn: float) -> Scan:
    """Each sighting of a ship against the next one of it.

    Args:
        seen: columns of ``SEEN_FRAME``.
        ceiling_kn: highest speed of any ship.

    Examples:
        >>> from quaywatch.fusion.contradiction_frames import SEEN_FRAME
        >>> between_sightings(pl.DataFrame(schema=SEEN_FRAME), ceiling_kn=25.0).found.height
        0

    """
    rows = _timed(seen).sort("ship", "start", "seen")
    after = rows.with_columns(pl.all().shift(-1).name.suffix("_next")).filter(
        (pl.col("ship") == pl.col("ship_next")) & (pl.col("seen") != pl.col("seen_next"))
    )
    apart = great_circle_nm_many(after["lon"], after["lat"], after["lon_next"], after["lat_next"])
    first_us, last_us = after["start"].dt.epoch("us"), after["end_next"].dt.epoch("us")
    hours = (last_us - first_us).to_numpy() / HOUR_US
    errors = ((after["radius_m"] + after["radius_m_next"]) / NM_M).to_numpy()
    clocks = ((after["clock_s"] + after["clock_s_next"]) / 3600).to_numpy()
    slack = np.maximum(apart - errors, 0.0) / ceiling_kn - hours - clocks - CLOCK_H
    told = after.select(
        "ship",
        "seen",
        kind=pl.lit(str(Kind.UNREACHABLE)),
        other_seen=pl.col("seen_next"),
        at=pl.col("start"),
        other_at=pl.col("start_next"),
        rests_on=pl.lit("great-circle"),
    ).with_columns(
        great_circle_nm=apart, bound_nm=apart, hours=hours, slack_h=slack, ceiling_kn=ceiling_kn
    )
    found = told.filter(pl.col("slack_h") > 0)
    counts = {"contradicted": found.height, "agreed": told.height - found.height}
    return Scan(as_found(found), Counter({f"two sightings: {k}": n for k, n in counts.items()}))


def _timed(seen: pl.DataFrame) -> pl.DataFrame:
    hours = (pl.col("end") - pl.col("start")).dt.total_microseconds() / HOUR_US
    return seen.filter(hours < _DAY_ONLY_H)


def _of_sightings(
    runs: Runs,
    positions: pl.DataFrame,
    owners: pl.DataFrame,
    seen: pl.DataFrame,
    water: Water | None,
) -> Scan:
    mine = runs.table()
    owned = owners.filter(pl.col("mmsi").is_in(mine["mmsi"].unique().implode()))
    here = seen.filter(pl.col("ship").is_in(owned["ship"].unique().implode()))
    timed = _timed(here)
    total = empty_scan()
    total.controls["sighting: known to the day only, not compared"] += here.height - timed.height
    for low in range(0, timed.height, _AT_A_TIME):
        total = total + _some_sightings(
            runs, positions, timed[low : low + _AT_A_TIME], owned, mine, water
        )
    return total


def _some_sightings(
    runs: Runs,
    positions: pl.DataFrame,
    seen: pl.DataFrame,
    owned: pl.DataFrame,
    mine: pl.DataFrame,
    water: Water | None,
) -> Scan:
    reach = int(WITHIN_H * HOUR_US)
    asked = (
        seen.with_columns(
            start_us=pl.col("start").dt.epoch("us"), end_us=pl.col("end").dt.epoch("us")
        )
        .join(
            owned.with_columns(
                from_us=pl.col("start").dt.epoch("us"), to_us=pl.col("end").dt.epoch("us")
            ).drop("start", "end"),
            on="ship",
        )
        .join(mine, on="mmsi")
        .filter(
            (pl.col("first_us") <= pl.col("end_us") + reach)
            & (pl.col("last_us") >= pl.col("start_us") - reach)
        )
    )  # fmt: skip
    run = asked["run"].to_numpy()
    sides = []
    for place, until in (
        (runs.before(run, asked["start_us"].to_numpy()), asked["end_us"].to_numpy()),
        (runs.after(run, asked["end_us"].to_numpy()), asked["start_us"].to_numpy()),
    ):
        sides.append(_compared(runs, asked, place, until))
    both = pl.concat(sides)
    inside = both.filter(
        pl.col("at_us").is_between(pl.col("from_us"), pl.col("to_us"))
        & (pl.col("hours") <= WITHIN_H)
    )
    enough = inside.filter(pl.col("n") >= REPORTS_MIN)
    settled, unrouted = _by_water(enough, water)
    # Where another run of the number has the ship in reach, the ship is accounted for: what is odd
    # then is the number, which is asked about by itself.
    by_run = settled.with_columns(_worst=pl.col("slack_h").max().over("seen", "mmsi", "run"))
    near = (pl.col("hours") <= AGREED_H) & (pl.col("great_circle_nm") <= AGREED_NM)
    accounted = ((pl.col("_worst") <= 0) & near).any().over("seen", "mmsi")
    alone = by_run.filter(~accounted | (pl.col("_worst") <= 0)).drop("_worst")
    told = alone.sort("slack_h", descending=True, maintain_order=True)
    one = told.unique(["seen", "mmsi"], keep="first", maintain_order=True)
    counts = _sighting_counts(one, seen, inside, unrouted)
    odd = one.filter(pl.col("slack_h") > 0)
    firm = odd.filter(
        pl.Series([_firm(runs, row) for row in odd.iter_rows(named=True)], dtype=pl.Boolean)
    )
    counts["sighting: contradicted"] = firm.height
    counts["sighting: one report at odds with its own run"] = odd.height - firm.height
    found = _rows_of_sightings(runs, positions, firm)
    return Scan(found, counts)


def _firm(runs: Runs, row: dict[str, Any]) -> bool:
    """Whether the run, and not one report of it, is too far from the hull seen."""
    at_us = (row["start_us"] + row["end_us"]) // 2
    detour = row["bound_nm"] / row["great_circle_nm"]
    far = Far(row["lon"], row["lat"], at_us, detour, row["ceiling_kn"], CLOCK_H)
    return runs.borne_out(row["place"], far)


def _compared(runs: Runs, asked: pl.DataFrame, place: Indices, until: Indices) -> pl.DataFrame:
    """Pairs with a report on that side: how far, how long, what is missing in hours."""
    has = place >= 0
    rows, at = asked.filter(pl.Series(has)), runs.order[place[has]]
    tracks = runs.tracks
    apart = great_circle_nm_many(tracks.lon[at], tracks.lat[at], rows["lon"], rows["lat"])
    radius = np.where(tracks.msg_type[at] == LONG_RANGE, 0.2 * NM_M, AIS_M)
    hours = np.abs(until[has] - tracks.at_us[at]) / HOUR_US
    errors = (radius + rows["radius_m"].to_numpy()) / NM_M
    clocks = (AIS_CLOCK_S + rows["clock_s"].to_numpy()) / 3600 + CLOCK_H
    table = rows.with_columns(
        place=place[has],
        at_us=tracks.at_us[at],
        fix_lon=tracks.lon[at],
        fix_lat=tracks.lat[at],
        sog_kn=tracks.sog_kn[at],
        great_circle_nm=apart,
        hours=hours,
        errors_nm=errors,
        allowed_h=hours + clocks,
    )
    return table.with_columns(
        bound_nm=pl.col("great_circle_nm"),
        slack_h=slack(pl.col("great_circle_nm")),
        rests_on=pl.lit("great-circle"),
    )


def _by_water(rows: pl.DataFrame, water: Water | None) -> tuple[pl.DataFrame, int]:
    """The same with ways over water where land lies between and straight on leaves it open."""
    if water is None or rows.is_empty():
        return rows, 0
    rows = rows.with_row_index("_row")
    # A ship that another report excludes is excluded: no way needs to be sailed for it.
    worst = pl.col("slack_h").max().over("seen", "mmsi")
    brisk = pl.col("great_circle_nm") * DETOUR > pl.col("ceiling_kn") * pl.col("allowed_h")
    unsure = rows.filter((worst <= 0) & (pl.col("great_circle_nm") > NEAR_NM) & brisk)
    is_open = water.is_open(
        unsure["fix_lon"].to_numpy(), unsure["fix_lat"].to_numpy(),
        unsure["lon"].to_numpy(), unsure["lat"].to_numpy(),
    )  # fmt: skip
    behind = unsure.filter(pl.Series(~is_open)).sort(
        pl.col("great_circle_nm") / pl.col("allowed_h"), descending=True, maintain_order=True
    )
    bounds = [
        water.bound_nm(*ends)
        for ends in behind.head(ROUTES_MAX).select("fix_lon", "fix_lat", "lon", "lat").iter_rows()
    ]
    routed = pl.DataFrame(
        {"_row": behind["_row"].head(ROUTES_MAX), "_nm": bounds},
        schema={"_row": rows.schema["_row"], "_nm": pl.Float64()},
    )
    longer = pl.max_horizontal("bound_nm", "_nm")
    done = rows.join(routed, on="_row", how="left").with_columns(
        bound_nm=longer,
        slack_h=slack(longer),
        rests_on=pl.when(pl.col("_nm") > pl.col("bound_nm"))
        .then(pl.lit("water"))
        .otherwise("rests_on"),
    )
    return done.drop("_row", "_nm"), max(0, behind.height - ROUTES_MAX)


def _sighting_counts(
    one: pl.DataFrame, seen: pl.DataFrame, inside: pl.DataFrame, unrouted: int
) -> Counter[str]:
    """Ships × images by outcome; what could not be compared, and why."""
    without_grace = one["slack_h"] + CLOCK_H > 0
    held = one["slack_h"] > 0
    asked = inside.select("seen").n_unique()
    thin = asked - one.select("seen").n_unique()
    return Counter(
        {
            "sighting: contradicted": int(held.sum()),
            "sighting: a clock an hour wrong explains it": int((without_grace & ~held).sum()),
            "sighting: agreed": int((~without_grace).sum()),
            "sighting: no broadcast within 48 h": seen.height - asked,
            "sighting: fewer than three reports, not compared": thin,
            "sighting: way over water not asked": unrouted,
        }
    )


def _rows_of_sightings(runs: Runs, positions: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    # NaN, the unknown speed of a track, sorts above every number.
    at_sea = pl.col("sog_kn").fill_nan(0.0).fill_null(0.0) >= UNDER_WAY_KN
    kind = pl.when(pl.col("in_port") & at_sea).then(pl.lit(str(Kind.IN_PORT)))
    told = rows.with_columns(
        kind=kind.otherwise(pl.lit(str(Kind.TWO_PLACES))),
        at=pl.from_epoch("at_us", "us").dt.replace_time_zone("UTC"),
        other_at=pl.col("start"),
        pairs=pl.lit(1),
    )
    return as_found(with_reports(runs, positions, told, "place", ""))
