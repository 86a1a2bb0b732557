"""Which sites each gap left time for, as events: opportunity, never evidence of a visit."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from quaywatch.ais.events import EVENTS_FRAME, as_events
from quaywatch.geo.position import Position
from quaywatch.sites.facility import FacilityKind, Site
from quaywatch.voyages.prism import FASTEST_KN, Distance, ReachSite, reach_all
from quaywatch.voyages.reach import LOADING_H

METHOD: Final = "gap-reach@1"
LEAST_GAP_H: Final = 12.0
"""A shorter gap is no time to call and load anywhere."""
MOST_ROUTES: Final = 2000
"""Water routes of one pass: at some 30 ms each, a minute."""
_DETAIL: Final = [
    "slack_h", "slack_at_ceiling_h", "detour_nm", "detour_ratio", "weight", "ceiling_kn", "gap_h",
    "lock_h", "loading_h", "message",
]  # fmt: skip


def reach_sites(sites: Sequence[Site]) -> list[ReachSite]:
    """Sites as places to call at: the middle of the berths, locks and loading as drawn.

    ``lock_h`` and ``loading_h`` of a site's properties are hours; without them 0 and 12.
    """
    found = []
    for site in sites:
        parts = site.of_kind(FacilityKind.BERTH) or site.facilities
        middles = [part.area.centroid for part in parts]
        if not middles:
            continue
        lon = sum(m.x for m in middles) / len(middles)
        lat = sum(m.y for m in middles) / len(middles)
        found.append(
            ReachSite(
                site.id,
                Position((lon + 180.0) % 360.0 - 180.0, lat),
                lock_h=float(site.properties.get("lock_h", 0.0)),
                loading_h=float(site.properties.get("loading_h", LOADING_H)),
            )
        )
    return found


def gap_reach(
    gaps: pl.DataFrame,
    sites: Sequence[ReachSite],
    distance: Distance,
    *,
    most_routes: int = MOST_ROUTES,
    ceilings: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Events of kind ``reach``: one a gap and site, ``test`` the site's id.

    ``verdict``: ``excluded``, ``possible``, ``compatible-with-loading`` or ``unknown``;
    ``statistic`` the hours to spare over the lower bound at the ship's highest speed. A site out
    of reach even as the crow flies is ``excluded`` too. Gaps shorter than 12 hours, and silences
    whose ends belong to no common hull, are not asked.

    Args:
        gaps: events of kind ``gap``; ``detail`` may hold ``speed_max_kn``.
        sites: from ``reach_sites``.
        distance: over water.
        most_routes: routes to compute at most; what is then left is ``unknown``, with that reason.
        ceilings: ``mmsi`` and ``ceiling_kn`` from ``top_speed.ceilings``. Ships that are not
            in it are taken to do 25 kn: more excludes less.

    Examples:
        >>> gap_reach(pl.DataFrame(schema=EVENTS_FRAME), [], lambda a, b: None).height
        0

    """
    hours = (pl.col("end") - pl.col("start")).dt.total_microseconds() / 3.6e9
    asked = (
        gaps.filter(pl.col("end_lon").is_not_null() & pl.col("lon").is_not_null())
        .with_columns(gap_h=hours)
        .filter((pl.col("gap_h") >= LEAST_GAP_H) & ~_apart())
        .with_row_index("gap")
        .with_columns(
            _told_kn=pl.col("detail").str.json_path_match("$.speed_max_kn").cast(pl.Float64)
        )
        .join(_ceilings(ceilings), on="mmsi", how="left")
        .with_columns(ceiling_kn=pl.coalesce("ceiling_kn", "_told_kn", pl.lit(FASTEST_KN)))
        .drop("_told_kn")
    )
    if asked.is_empty() or not sites:
        return pl.DataFrame(schema=EVENTS_FRAME)
    ends = asked.select("gap", "lon", "lat", "end_lon", "end_lat", "gap_h", "ceiling_kn")
    answered = reach_all(ends, sites, distance, most_routes=most_routes)
    plain = _out_of_sight(asked, sites, answered)
    figures = pl.DataFrame(
        {
            "site": [site.id for site in sites],
            "lock_h": [site.lock_h for site in sites],
            "loading_h": [site.loading_h for site in sites],
        }
    )
    whole = (
        pl.concat([answered.filter(pl.col("site").is_not_null()), plain], how="diagonal")
        .join(figures, on="site", how="left")
        .join(asked.drop("verdict", "reason", "detail"), on="gap", how="left")
    )
    return as_events(
        whole.with_columns(
            kind=pl.lit("reach"),
            test=pl.col("site"),
            applicable=pl.col("verdict") != "unknown",
            reason=pl.when(pl.col("verdict") == "unknown").then(pl.col("message")),
            statistic=pl.col("slack_at_ceiling_h"),
            unit=pl.lit("h to spare"),
            n=pl.lit(None),
            p=pl.lit(None),
            log_lr=pl.lit(None),
            method=pl.lit(METHOD),
        ),
        detail=_DETAIL,
    )


def _ceilings(given: pl.DataFrame | None) -> pl.DataFrame:
    if given is None:
        return pl.DataFrame(schema={"mmsi": pl.UInt32(), "ceiling_kn": pl.Float64()})
    return given.select("mmsi", "ceiling_kn")


def _apart() -> pl.Expr:
    """OFF and ON that no hull is plausibly behind: ``gaps`` says ``unjudged`` and why."""
    text = pl.col("reason").fill_null("")
    return text.str.contains("not joined", literal=True)


def _out_of_sight(
    asked: pl.DataFrame, sites: Sequence[ReachSite], answered: pl.DataFrame
) -> pl.DataFrame:
    """Pairs that the great circles alone excluded: a row each, so that none is silently absent."""
    pairs = asked.select("gap").join(
        pl.DataFrame({"site": [site.id for site in sites]}), how="cross"
    )
    rest = pairs.join(answered.select("gap", "site"), on=["gap", "site"], how="anti")
    message = "Port not reachable in the time, even as the crow flies."
    return rest.with_columns(verdict=pl.lit("excluded"), message=pl.lit(message))
