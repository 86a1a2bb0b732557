"""What a scan for contradictions is told of a workspace: who was seen where, and whose is which."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from shapely.geometry import Point

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Claim, Observation
from quaywatch.fusion.contradiction_frames import HOUR_US, OWNERS_FRAME, SEEN_FRAME
from quaywatch.fusion.contradiction_scan import Water
from quaywatch.geo.coast import Coast
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterRouter
from quaywatch.sites.facility import FacilityKind, Site
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.looks import sites_of

SIGHTED: Final = frozenset({"sighted-at", "loading-at"})
LIKE_FROM: Final = 5.0
"""A hull is taken as identified by its likeness alone only from this ratio on."""
IN_PORT_NM: Final = 0.5
EVER: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2262, 1, 1, tzinfo=UTC))
ALONE: Final = timedelta(days=60)
"""How long beside what it said of itself a number is taken for that ship's."""
_SEEN_M, _SEEN_S = 30.0, 5.0
_STEP_NM = 1.0

Floats = NDArray[np.float64]


def identified(workspace: Workspace) -> list[Claim]:
    """Claims that say which ship a hull in an image is, each at a point and a time.

    Reports of others and likenesses worked out here. A match is none: it was made by where the
    transponder said to be, and cannot contradict that.
    """
    return [
        claim
        for predicate in (*sorted(SIGHTED), "likeness")
        for claim in workspace.evidence.find("claim", predicate=predicate)
        if isinstance(claim, Claim) and placed(claim) is not None
    ]


def placed(claim: Claim) -> tuple[Position, TimeInterval, float] | None:
    """Where and when a claim says the hull of its ship lay, and within how many metres."""
    value: Any = claim.value
    if not isinstance(value, dict):
        return None
    if claim.predicate in SIGHTED:
        if value.get("lon") is None or claim.time is None or value.get("relative"):
            return None
        radius_m = _SEEN_M + float(value.get("radius_m") or 0.0)
        return Position(float(value["lon"]), float(value["lat"])), claim.time, radius_m
    asked = value.get("questioned") or {}
    ratio = value.get("ratio")
    if (
        claim.predicate != "likeness"
        or value.get("verdict") != "consistent"
        or not isinstance(ratio, int | float)
        or ratio < LIKE_FROM
        or asked.get("lon") is None
        or not asked.get("captured_at")
    ):
        return None
    at = TimeInterval.parse(str(asked["captured_at"]))
    return Position(float(asked["lon"]), float(asked["lat"])), at, _SEEN_M


def seen_table(workspace: Workspace, claims: Sequence[Claim]) -> pl.DataFrame:
    """The identified hulls as a scan takes them."""
    ports = [site for site, _ in sites_of(workspace).values()]
    rows = []
    for claim in claims:
        where = placed(claim)
        if where is None:
            continue
        position, time, radius_m = where
        rows.append({
            "seen": claim.id,
            "ship": claim.subject,
            "start": time.start,
            "end": time.end,
            "lon": position.lon,
            "lat": position.lat,
            "radius_m": radius_m,
            "clock_s": _SEEN_S,
            "in_port": berth_of(claim, ports) is not None,
        })  # fmt: skip
    return pl.DataFrame(rows, schema=SEEN_FRAME)


def berth_of(claim: Claim, ports: Sequence[Site]) -> str | None:
    """The port or berth at which a hull lay, by its place or by what the source says it did."""
    where = placed(claim)
    if where is None:
        return None
    point = Point(where[0].lon, where[0].lat)
    near_deg = IN_PORT_NM / 60.0
    for site in ports:
        if any(b.area.distance(point) <= near_deg for b in site.of_kind(FacilityKind.BERTH)):
            return site.name
    return "port, by the source" if claim.predicate == "loading-at" else None


def owners_of(spells: pl.DataFrame, mmsis: Sequence[int]) -> pl.DataFrame:
    """Which transponder is which ship's, and when.

    A number that named one ship only is that ship's for two months before and after it said so;
    where it named several, each has it from first to last, and the time between is nobody's: it
    may have been sold. Every number is also its own.

    Args:
        spells: of ``vessel_spells``, of all transponders.
        mmsis: of all transponders heard.

    Returns:
        Columns of ``OWNERS_FRAME``.

    Examples:
        >>> owners_of(pl.DataFrame(schema={"mmsi": pl.UInt32, "imo": pl.UInt32,
        ...     "vessel_id": pl.String, "first_at": pl.Datetime("us", "UTC"),
        ...     "last_at": pl.Datetime("us", "UTC")}), [412000001])["ship"].to_list()
        ['mmsi:412000001']

    """
    ever = {"start": pl.lit(EVER[0]), "end": pl.lit(EVER[1])}
    plain = pl.DataFrame({"mmsi": sorted(set(mmsis))}, schema={"mmsi": pl.UInt32()}).select(
        "mmsi",
        ship=pl.format("mmsi:{}", pl.col("mmsi").cast(pl.String).str.zfill(9)),
        shared=pl.lit(value=False),
        **ever,
    )
    kinds = pl.col("vessel_id").n_unique().over("mmsi")
    named = spells.with_columns(_alone=kinds == 1).filter(pl.col("imo").is_not_null())
    owned = named.select(
        "mmsi",
        ship=pl.format("imo:{}", "imo"),
        start=pl.when("_alone").then(pl.col("first_at") - ALONE).otherwise("first_at"),
        end=pl.when("_alone").then(pl.col("last_at") + ALONE).otherwise("last_at"),
        said_from="first_at",
        said_to="last_at",
    )
    twice = (
        owned.join(owned, on="ship", suffix="_b")
        .filter(
            (pl.col("mmsi") != pl.col("mmsi_b"))
            & (pl.col("said_from") <= pl.col("said_to_b"))
            & (pl.col("said_from_b") <= pl.col("said_to"))
        )
        .select("mmsi", "ship")
        .unique()
        .with_columns(shared=pl.lit(value=True))
    )
    marked = owned.join(twice, on=["mmsi", "ship"], how="left").with_columns(
        pl.col("shared").fill_null(value=False)
    )
    both = [t.select(pl.col(n).cast(k) for n, k in OWNERS_FRAME.items()) for t in (plain, marked)]
    return pl.concat(both)


def water_of(workspace: Workspace, router: WaterRouter) -> Water:
    """What a scan asks about land."""
    coast = Coast(workspace.cache_dir / "water")

    def bound_nm(lon: float, lat: float, to_lon: float, to_lat: float) -> float | None:
        return router.distance(Position(lon, lat), Position(to_lon, to_lat)).lower_bound_nm

    return Water(lambda *ends: open_ways(coast, *ends), bound_nm)


def open_ways(
    coast: Coast, lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats
) -> NDArray[np.bool_]:
    """Whether straight ways cross no land, sampled every mile; ends may lie at a quay.

    Bias: land narrower than the samples is overlooked; then no way round it is asked for, and the
    ship is given the straight one.
    """
    out = np.ones(len(lon), bool)
    east = (to_lon - lon + 180.0) % 360.0 - 180.0
    long_nm = 60.0 * np.hypot(to_lat - lat, east * np.cos(np.radians(lat)))
    for row in range(len(lon)):
        steps = int(long_nm[row] / _STEP_NM)
        if steps <= 1:
            continue
        share = np.arange(1, steps) / steps
        on = (lon[row] + share * east[row] + 180.0) % 360.0 - 180.0
        out[row] = not coast.on_land(on, lat[row] + share * (to_lat[row] - lat[row])).any()
    return out


def reports_of(workspace: Workspace, found: pl.DataFrame) -> dict[tuple[str, int], dict[str, Any]]:
    """The rows of the lake that a scan's findings name, by source and record."""
    wanted: set[tuple[str, int]] = set()
    kept: dict[tuple[str, int], dict[str, Any]] = {}
    for row in found.iter_rows(named=True):
        for prefix in ("", "other_"):
            wanted.update(
                zip(row[f"{prefix}source_id"] or (), row[f"{prefix}record"] or (), strict=True)
            )
    if not wanted:
        return kept
    numbers = pl.DataFrame(
        sorted(wanted), schema={"source_id": pl.String(), "record": pl.UInt64()}, orient="row"
    )
    mmsis = found["mmsi"].drop_nulls().unique().to_list()
    rows = workspace.lake.positions(mmsi=mmsis).join(
        numbers.lazy(), on=["source_id", "record"], how="semi"
    )
    for row in rows.collect().iter_rows(named=True):
        kept[row["source_id"], row["record"]] = row
    return kept


def hours_apart(one: Observation | Claim, other: Claim) -> float:
    """Between the middles of two records' times; infinite where one has none."""
    if one.time is None or other.time is None:
        return float("inf")
    return abs(one.time.midpoint - other.time.midpoint) / timedelta(microseconds=HOUR_US)
