"""Which of many sites each gap leaves time for: the space-time prism, without many water routes.

An exclusion clears a ship, so it rests on lower bounds only: the shortest conceivable way to the
edge of the port's area, at the highest speed that this hull has shown with a fifth on top. What
is left is opportunity. The ranking among what is left is relative and says what it assumes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Final

import numpy as np
import polars as pl

from quaywatch.geo.geodesic import great_circle_nm, great_circle_nm_many
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterDistance
from quaywatch.voyages.reach import LOADING_H, Leg, Reach, reach

METHOD: Final = "reach-prism@1"
FASTEST_KN: Final = 25.0
"""No merchant ship keeps more for long; a hull that has shown more is not held to it."""
FASTEST_SHOWN_KN: Final = 45.0
"""Beyond this a broadcast speed is noise; as a ceiling it would only weaken exclusions."""
SLOWEST_CEILING_KN: Final = 10.0
"""A ship seen only in harbour shows nothing of its speed at sea."""
OVER: Final = 1.2
LEAST_HOURS: Final = 24
"""Heard under way in fewer hours than this, a hull has not shown how fast it goes: it may have
been in a speed-reduction zone, a fairway or a river all the while."""
RADIUS_NM: Final = 2.0
"""Half width of a port, where the site does not say: a call is made at its edge."""
LEAST_DIRECT_NM: Final = 50.0
"""A shorter way between the ends of the gap counts as this in the detour ratio."""
DETOUR_SCALE: Final = 1.0
"""The weight falls by e for every whole direct way that the detour adds: an assumption."""
RANKING_ASSUMES: Final = (
    "Weights compare the listed sites with each other: each site's prior weight times "
    "exp(1 - detour / direct way). They are no probability that any of them was visited."
)

Distance = Callable[[Position, Position], WaterDistance]


@dataclass(frozen=True, slots=True)
class GapEnds:
    """A silence between two fixes of one hull."""

    before: Position
    after: Position
    gap_h: float
    """The widest reading of both times."""
    ceiling_kn: float = FASTEST_KN
    """Highest sustained speed: see ``ceiling_of``."""


@dataclass(frozen=True, slots=True)
class ReachSite:
    """A place that a ship may have called at."""

    id: str
    position: Position
    radius_nm: float = RADIUS_NM
    lock_h: float = 0.0
    """Hours that locks add, both passages together."""
    loading_h: float = LOADING_H
    """Least hours alongside that are compatible with loading."""
    weight: float = 1.0
    """Prior weight among the listed sites (pi)."""


@dataclass(frozen=True, slots=True)
class SiteReach:
    """What a gap leaves time for at one site."""

    site: str
    reach: Reach
    direct_nm: float | None
    """From end to end of the gap by water; None where it was not asked: see ``detour_ratio``."""
    detour_ratio: float | None
    """Way by the site over ``direct_nm`` (50 nm at least); None where fewer than two are left."""
    weight: float | None
    """Among the sites that were not excluded, adding to 1; see ``RANKING_ASSUMES``."""
    routes: int
    """Water routes that were computed for it."""


def ceiling_of(
    p99_kn: float | None, hours: int = LEAST_HOURS, *, usual_kn: float = FASTEST_KN
) -> float:
    """The highest sustained speed to exclude against, knots.

    Args:
        p99_kn: 99th percentile of the SOG that this hull broadcast under way; None: unknown.
        hours: in how many hours of the clock it was heard under way.
        usual_kn: what is assumed of a hull that has not shown its speed. A caller who knows that
            it is a handy bulker may say 15 (``reach.CEILING_KN``).

    Returns:
        ``min(25, 1.2 * p99_kn)``, not below 10, nor below what the hull itself has shown (fast
        ferries); at least ``usual_kn`` where it is not known or was heard for too few hours.

    Examples:
        >>> ceiling_of(13.0), ceiling_of(24.0), ceiling_of(31.0), ceiling_of(4.0)
        (15.6, 25.0, 31.0, 10.0)
        >>> ceiling_of(None), ceiling_of(13.0, hours=6), ceiling_of(13.0, hours=6, usual_kn=15.0)
        (25.0, 25.0, 15.6)

    """
    if p99_kn is None or not np.isfinite(p99_kn):
        return usual_kn
    shown = max(min(FASTEST_KN, OVER * p99_kn), min(p99_kn, FASTEST_SHOWN_KN), SLOWEST_CEILING_KN)
    return shown if hours >= LEAST_HOURS else max(shown, usual_kn)


def reach_over(gap: GapEnds, sites: Sequence[ReachSite], distance: Distance) -> list[SiteReach]:
    """Verdicts for every site, asking for water routes only where they can matter.

    A site that even the great circles put out of reach is excluded with no route; one that the
    first leg's lower bound puts out of reach, with one. ``distance`` is asked in the order of
    the sites.

    Raises:
        TrackOrderError: the gap is negative.
        SpeedError: the speed is not positive.

    Source:
        Space-time prism: Peters & Hammond (2011), Journal of Navigation; METHODS section 2.

    Examples:
        >>> def straight(a, b):
        ...     nm = great_circle_nm(a, b)
        ...     return WaterDistance(nm, nm, nm, None, 0.0, 0.0, (a, b), "", "")
        >>> near, far = (ReachSite(k, Position(x, 0)) for k, x in (("near", 1.0), ("far", 50.0)))
        >>> gap = GapEnds(Position(0, 0), Position(2, 0), gap_h=48.0)
        >>> [(s.site, s.reach.verdict, s.routes) for s in reach_over(gap, [near, far], straight)]
        [('near', 'compatible-with-loading', 2), ('far', 'excluded', 0)]

    """
    found = []
    for site in sites:
        out = _out_of_reach(gap, site)
        if out is not None:
            found.append(SiteReach(site.id, out, None, None, None, 0))
            continue
        there = distance(gap.before, site.position)
        bound = there.lower_bound_nm
        if bound is not None:
            home = great_circle_nm(site.position, gap.after)
            short = _short(gap, site, bound, home)
            if short is not None:
                found.append(SiteReach(site.id, short, None, None, None, 1))
                continue
        back = distance(site.position, gap.after)
        answer = reach(
            gap_h=gap.gap_h,
            there=_leg(there, site),
            back=_leg(back, site),
            lock_h=site.lock_h,
            loading_h=site.loading_h,
            ceiling_kn=gap.ceiling_kn,
        )
        found.append(SiteReach(site.id, answer, None, None, None, 2))
    return _weighed(found, sites, gap, distance)


def reach_all(
    gaps: pl.DataFrame, sites: Sequence[ReachSite], distance: Distance, *, most_routes: int
) -> pl.DataFrame:
    """Verdicts of many gaps over many sites as one table; nothing is dropped.

    The great circles of all pairs are taken at once; what they exclude (nearly everything) never
    becomes a Python object or a route. When ``most_routes`` are spent the pairs that remain are
    ``unknown``, with that reason.

    Args:
        gaps: ``gap`` (an id), ``lon``, ``lat``, ``end_lon``, ``end_lat``, ``gap_h`` and
            ``ceiling_kn``.
        sites: the sites.
        distance: by water.
        most_routes: routes to compute at most.

    Returns:
        A row per gap and site that is not excluded by great circles: ``gap``, ``site``,
        ``verdict``, ``slack_h`` (at 12 kn), ``slack_at_ceiling_h``, ``detour_nm``,
        ``detour_ratio``, ``weight``, ``routes``, ``message``; and ``excluded_plain``: how many
        sites the great circles alone excluded for that gap (a gap with no other row has one with
        ``site`` null).

    """
    lon, lat = (np.array([getattr(s.position, k) for s in sites]) for k in ("lon", "lat"))
    give = np.array([2.0 * s.radius_nm for s in sites])
    lock = np.array([s.lock_h for s in sites])
    rows: list[dict[str, object]] = []
    spent = 0
    for chunk in gaps.iter_slices(4096):
        ends = {k: chunk[k].to_numpy()[:, None] for k in ("lon", "lat", "end_lon", "end_lat")}
        plain = great_circle_nm_many(ends["lon"], ends["lat"], lon, lat) + great_circle_nm_many(
            lon, lat, ends["end_lon"], ends["end_lat"]
        )
        ceiling = chunk["ceiling_kn"].to_numpy()[:, None]
        needed = np.maximum(0.0, plain - give) / ceiling + lock
        open_to = needed <= chunk["gap_h"].to_numpy()[:, None]
        for k, row in enumerate(chunk.iter_rows(named=True)):
            wanted = [site for site, may in zip(sites, open_to[k], strict=True) if may]
            head = {"gap": row["gap"], "excluded_plain": len(sites) - len(wanted)}
            if not wanted:
                rows.append(head)
                continue
            if spent >= most_routes:
                why = f"Reach unknown: the {most_routes} water routes allowed were spent."
                rows += [
                    {**head, "site": s.id, "verdict": "unknown", "message": why} for s in wanted
                ]
                continue
            gap = GapEnds(
                Position(row["lon"], row["lat"]),
                Position(row["end_lon"], row["end_lat"]),
                row["gap_h"],
                row["ceiling_kn"],
            )
            for one in reach_over(gap, wanted, distance):
                spent += one.routes
                rows.append(head | _row(one))
    return pl.DataFrame(rows, schema=_schema(gaps), infer_schema_length=None)


def _schema(gaps: pl.DataFrame) -> dict[str, pl.DataType]:
    figures = ("slack_h", "slack_at_ceiling_h", "detour_nm", "detour_ratio", "weight")
    return {
        "gap": gaps.schema["gap"],
        "site": pl.String(),
        "verdict": pl.String(),
        **{name: pl.Float64() for name in figures},
        "routes": pl.UInt32(),
        "message": pl.String(),
        "excluded_plain": pl.UInt32(),
    }


def _row(one: SiteReach) -> dict[str, object]:
    return {
        "site": one.site,
        "verdict": one.reach.verdict,
        "slack_h": one.reach.slack_h,
        "slack_at_ceiling_h": one.reach.slack_at_ceiling_h,
        "detour_nm": one.reach.detour_nm,
        "detour_ratio": one.detour_ratio,
        "weight": one.weight,
        "routes": one.routes,
        "message": " ".join(one.reach.messages),
    }


def _leg(found: WaterDistance, site: ReachSite) -> Leg:
    """A leg to the edge of the port: its bound is shorter by the port's radius."""
    bound = found.lower_bound_nm
    shorter = None if bound is None else max(0.0, bound - site.radius_nm)
    return Leg(found.water_nm, shorter, found.reason)


def _out_of_reach(gap: GapEnds, site: ReachSite) -> Reach | None:
    there = great_circle_nm(gap.before, site.position)
    return _short(gap, site, there, great_circle_nm(site.position, gap.after))


def _short(gap: GapEnds, site: ReachSite, there_nm: float, back_nm: float) -> Reach | None:
    """An exclusion if both legs, each no longer than the true way, already are too long."""
    least = [max(0.0, nm - site.radius_nm) for nm in (there_nm, back_nm)]
    answer = reach(
        gap_h=gap.gap_h,
        there=Leg(there_nm, least[0]),
        back=Leg(back_nm, least[1]),
        lock_h=site.lock_h,
        loading_h=site.loading_h,
        ceiling_kn=gap.ceiling_kn,
    )
    if answer.verdict != "excluded":
        return None
    # The figures are bounds, not estimates: they must not be read as a way that was sought.
    return replace(answer, detour_nm=None, slack_h=None)


def _weighed(
    found: list[SiteReach], sites: Sequence[ReachSite], gap: GapEnds, distance: Distance
) -> list[SiteReach]:
    """Relative weights of what is left; with one site left there is nothing to compare."""
    left = {
        one.site: one.reach.detour_nm
        for one in found
        if one.reach.detour_nm is not None and one.reach.verdict not in {"excluded", "unknown"}
    }
    if len(left) < 2:
        return [replace(one, weight=1.0) if one.site in left else one for one in found]
    direct_nm = distance(gap.before, gap.after).water_nm
    if direct_nm is None:
        return found
    base = max(direct_nm, LEAST_DIRECT_NM)
    ratio = {site: max(1.0, nm / base) for site, nm in left.items()}
    prior = {site.id: site.weight for site in sites}
    raw = {site: prior[site] * exp((1.0 - r) / DETOUR_SCALE) for site, r in ratio.items()}
    total = sum(raw.values()) or 1.0
    return [
        replace(
            one, direct_nm=direct_nm, detour_ratio=ratio[one.site], weight=raw[one.site] / total
        )
        if one.site in left
        else one
        for one in found
    ]
