"""Reach over many sites: an exclusion must survive everything, and cost few water routes."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.ais.events import as_events
from quaywatch.geo.geodesic import destination, great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterDistance
from quaywatch.voyages.gap_reach import gap_reach
from quaywatch.voyages.motion import drawn, motion_of
from quaywatch.voyages.prism import GapEnds, ReachSite, ceiling_of, reach_all, reach_over
from quaywatch.voyages.top_speed import ceilings, top_speeds

POSITIONS = st.builds(Position, lon=st.floats(-180, 179.9), lat=st.floats(-70, 70))


def straight(a: Position, b: Position) -> WaterDistance:
    """Open sea: the great circle is the way."""
    nm = great_circle_nm(a, b)
    return WaterDistance(nm, nm, nm, None, 0.0, 0.0, (a, b), "", "")


def winding(a: Position, b: Position) -> WaterDistance:
    """A sea where every way is half as long again, and the bound knows most of it."""
    nm = great_circle_nm(a, b)
    return WaterDistance(nm, 1.5 * nm, 1.4 * nm, None, 0.0, 0.0, (a, b), "", "")


@given(
    port=POSITIONS,
    bearings=st.tuples(st.floats(0, 359), st.floats(0, 359)),
    legs_h=st.tuples(st.floats(0, 60), st.floats(0, 60)),
    stay_h=st.floats(0, 100),
    speed_kn=st.floats(3, 40),
    edge_nm=st.floats(0, 2),
)
def test_the_port_of_a_voyage_that_was_sailed_is_never_excluded(
    port: Position,
    bearings: tuple[float, float],
    legs_h: tuple[float, float],
    stay_h: float,
    speed_kn: float,
    edge_nm: float,
) -> None:
    """The one error that must not happen: to clear a ship that was there."""
    quay = destination(port, bearings[0], edge_nm)
    before, after = (
        destination(quay, b, speed_kn * h) for b, h in zip(bearings, legs_h, strict=True)
    )
    gap = GapEnds(before, after, sum(legs_h) + stay_h + 1e-6, ceiling_of(speed_kn))

    found = reach_over(gap, [ReachSite("port", port)], straight)

    assert found[0].reach.verdict != "excluded"


@given(
    ends=st.tuples(POSITIONS, POSITIONS),
    sites=st.lists(POSITIONS, min_size=1, max_size=6),
    gap_h=st.floats(0, 2000),
    lock_h=st.floats(0, 5),
)
def test_the_shortcut_never_excludes_what_the_routes_would_not(
    ends: tuple[Position, Position], sites: list[Position], gap_h: float, lock_h: float
) -> None:
    """Great circles stand in for water routes only where they are enough."""
    gap = GapEnds(*ends, gap_h)
    listed = [ReachSite(str(k), p, lock_h=lock_h) for k, p in enumerate(sites)]

    found = reach_over(gap, listed, winding)

    for one, site in zip(found, listed, strict=True):
        legs = ((ends[0], site.position), (site.position, ends[1]))
        bounds = [winding(a, b).lower_bound_nm or 0.0 for a, b in legs]
        nm = sum(max(0.0, bound - site.radius_nm) for bound in bounds)
        late = nm / gap.ceiling_kn + lock_h - gap_h
        if abs(late) > 1e-6:
            assert (one.reach.verdict == "excluded") == (late > 0)
    weights = [one.weight for one in found if one.weight is not None]
    assert not weights or sum(weights) == pytest.approx(1.0)


@given(
    gaps=st.lists(st.tuples(POSITIONS, st.floats(0, 400), st.floats(0, 400)), max_size=6),
    sites=st.lists(POSITIONS, min_size=1, max_size=4),
)
def test_a_table_of_gaps_gives_what_each_gap_gives(
    gaps: list[tuple[Position, float, float]], sites: list[Position]
) -> None:
    """The vectorised filter is the same rule."""
    listed = [ReachSite(str(k), p) for k, p in enumerate(sites)]
    ends = [(a, destination(a, 45.0, nm), h) for a, nm, h in gaps]
    table = pl.DataFrame(
        [
            {"gap": k, "lon": a.lon, "lat": a.lat, "end_lon": b.lon, "end_lat": b.lat,
             "gap_h": h, "ceiling_kn": 15.0}
            for k, (a, b, h) in enumerate(ends)
        ],
        schema={"gap": pl.Int64, "lon": pl.Float64, "lat": pl.Float64, "end_lon": pl.Float64,
                "end_lat": pl.Float64, "gap_h": pl.Float64, "ceiling_kn": pl.Float64},
    )  # fmt: skip

    found = reach_all(table, listed, straight, most_routes=10_000)

    for k, (a, b, h) in enumerate(ends):
        mine = found.filter(pl.col("gap") == k)
        told = dict(mine.drop_nulls("site").select("site", "verdict").rows())
        each = {
            s.site: s.reach.verdict for s in reach_over(GapEnds(a, b, h, 15.0), listed, straight)
        }
        assert {s: told.get(s, "excluded") for s in each} == each
        assert mine["excluded_plain"][0] + len(told) == len(listed)


def test_when_the_routes_are_spent_the_rest_is_unknown_and_not_excluded() -> None:
    """Thrift must not clear anybody."""
    table = pl.DataFrame({"gap": [1, 2], "lon": [0.0, 0.0], "lat": [0.0, 0.0],
                          "end_lon": [1.0, 1.0], "end_lat": [0.0, 0.0], "gap_h": [48.0, 48.0],
                          "ceiling_kn": [15.0, 15.0]})  # fmt: skip
    site = [ReachSite("s", Position(0.5, 0.0))]

    found = reach_all(table, site, straight, most_routes=1)

    assert found["verdict"].to_list() == ["compatible-with-loading", "unknown"]


def test_most_pairs_need_no_route() -> None:
    """Ten thousand gaps over a hundred sites must not mean two million routes."""
    sites = [ReachSite(str(k), Position(3.6 * k - 180, 10.0)) for k in range(100)]
    gap = GapEnds(Position(0.0, 10.0), Position(1.0, 10.0), 24.0, 15.0)

    found = reach_over(gap, sites, straight)

    assert sum(one.routes for one in found) <= 8
    assert sum(one.reach.verdict == "excluded" for one in found) >= 96


def test_the_ranking_prefers_the_smaller_detour_and_the_prior() -> None:
    """Relative, and by nothing hidden."""
    gap = GapEnds(Position(0, 0), Position(4, 0), 200.0)
    near, far = ReachSite("near", Position(2, 0)), ReachSite("far", Position(2, 4))

    weights = {s.site: s.weight or 0.0 for s in reach_over(gap, [near, far], straight)}
    heavy = ReachSite("far", Position(2, 4), weight=100.0)
    turned = {s.site: s.weight or 0.0 for s in reach_over(gap, [near, heavy], straight)}

    assert weights["near"] > weights["far"] > 0
    assert turned["far"] > turned["near"]


def test_a_ship_seen_only_in_harbour_is_not_taken_for_slow() -> None:
    """Its 99th percentile says how fast it went in port, not how fast it goes."""
    assert ceiling_of(2.0, hours=100) == 10.0
    assert ceiling_of(11.8, hours=6) == 25.0
    assert ceiling_of(float("nan")) == 25.0


def test_the_speed_a_ship_has_shown_is_what_it_is_held_to() -> None:
    """A container ship taken for a 15 kn bulker would be cleared of calls that it made."""
    fast = [(60.0 * k, 0.0, 0.0, 21.0 if k % 2 else 0.1) for k in range(900)]
    quiet = [(60.0 * k, 0.0, 0.0, None) for k in range(900)]

    speeds = top_speeds(motion_of(drawn({1: fast, 2: quiet})))
    found = dict(ceilings(pl.concat([speeds, speeds])).iter_rows())

    assert speeds.rows() == [(1, 21.0, 15), (2, None, 0)]
    assert found == {1: 25.0, 2: 25.0}


def test_a_gap_is_judged_at_the_speed_of_its_ship() -> None:
    """The same silence and the same port: out of reach of one hull, within that of another."""
    start = datetime(2025, 1, 1, tzinfo=UTC)
    gap = as_events(
        pl.DataFrame(
            {"kind": ["gap"], "mmsi": [1], "lon": [0.0], "lat": [0.0], "end_lon": [0.0],
             "end_lat": [0.0], "start": [start], "end": [start + timedelta(hours=24)]}
        )
    )  # fmt: skip
    site = [ReachSite("s", Position(3.5, 0.0))]
    slow = pl.DataFrame({"mmsi": [1], "ceiling_kn": [14.0]}, schema_overrides={"mmsi": pl.UInt32})

    assert gap_reach(gap, site, straight)["verdict"].to_list() == ["possible"]
    assert gap_reach(gap, site, straight, ceilings=slow)["verdict"].to_list() == ["excluded"]
