"""Port calls: what was seen of each, and nothing that was not."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.ais.events import EVENTS_FRAME
from quaywatch.errors import PortsTableError
from quaywatch.sites.facility import Site
from quaywatch.voyages.berths import berths_of, beside
from quaywatch.voyages.motion import apart_m, drawn, motion_of
from quaywatch.voyages.port_calls import port_calls
from quaywatch.voyages.ports import nearest_port, points_of, port_index, ports_table
from quaywatch.voyages.spells import stationary_spells

Fixes = Sequence[tuple[float, float, float, float | None]]
KM = 1000.0 / 111_195.0
"""Degrees of latitude."""


def port(lon: float = 0.0, lat: float = 0.0, name: str = "a") -> pl.DataFrame:
    """A table of one point."""
    return pl.DataFrame({"port": [name], "lon": [lon], "lat": [lat]})


def calls(fixes: Fixes, table: pl.DataFrame | None = None, **more: object) -> pl.DataFrame:
    """Calls of one ship, their detail beside them."""
    motion = motion_of(drawn({1: fixes}))
    index = port_index(port() if table is None else table)
    found = port_calls(motion, stationary_spells(motion), index, **more)  # type: ignore[arg-type]  # passed on
    shape = pl.Struct({"confidence": pl.Int64, "port": pl.String, "longest_silence_h": pl.Float64,
                       "last_in_port": pl.String, "berth": pl.String, "berths_near": pl.String,
                       "other_ports": pl.String})  # fmt: skip
    return found.with_columns(pl.col("detail").str.json_decode(shape)).unnest("detail")


def voyage(*, stops: bool = True, silence_h: float = 0.0, shift: float = 0.0) -> Fixes:
    """In from 20 km, an hour or a silence in port, out again; ten minutes a fix."""
    inward: Fixes = [(600.0 * k, (shift + KM * (20 - 4 * k)), 0.0, 13.0) for k in range(5)]
    then = 3000.0
    stay: Fixes = [(then + 600.0 * k, shift, 0.0, 0.0 if stops else 3.0) for k in range(7)]
    then += 3600.0 + silence_h * 3600
    out: Fixes = [(then + 600.0 * k, (shift + KM * 4 * k), 0.0, 13.0) for k in range(6)]
    return [(t, (x + 180) % 360 - 180, y, s) for t, x, y, s in [*inward, *stay, *out[1:]]]


@given(shift=st.floats(-180, 179.99), start_h=st.floats(0, 48))
def test_a_call_is_the_same_at_any_longitude_and_hour(shift: float, start_h: float) -> None:
    """Midnight and the antimeridian split calls in other pipelines."""
    fixes = [(t + start_h * 3600, x, y, s) for t, x, y, s in voyage(shift=shift)]

    found = calls(fixes, port((shift + 180) % 360 - 180))

    assert found.select("verdict", "confidence").rows() == [("called", 4)]
    assert found["statistic"].item() == pytest.approx(1.0 + 1 / 6, abs=0.2)


@given(data=st.data())
def test_the_index_finds_what_looking_at_every_point_finds(data: st.DataObject) -> None:
    """The grid must lose no port: not over the antimeridian, not near a pole."""
    lats = st.floats(-88, 88)
    points = data.draw(st.lists(st.tuples(st.floats(-180, 179.9), lats), min_size=1, max_size=8))
    table = ports_table(
        pl.DataFrame({"port": [str(k) for k in range(len(points))],
                      "lon": [p[0] for p in points], "lat": [p[1] for p in points],
                      "radius_km": data.draw(st.lists(st.floats(0, 20), min_size=len(points),
                                                      max_size=len(points)))})
    )  # fmt: skip
    base = data.draw(st.sampled_from(points))
    off = st.floats(-0.2, 0.2)
    lon = (base[0] + data.draw(off) / np.cos(np.radians(base[1])) + 180) % 360 - 180
    lat = min(89.0, max(-89.0, base[1] + data.draw(off)))

    which, metres = nearest_port(port_index(table), [lon], [lat])

    each = [
        max(0.0, apart_m(lon, lat, row["lon"], row["lat"]) - row["radius_km"] * 1000)
        for row in table.iter_rows(named=True)
    ]
    if min(each) < 3990:
        assert metres[0] == pytest.approx(min(each))
        assert each[which[0]] == pytest.approx(min(each))
    elif min(each) > 4010:
        assert which[0] == -1


@given(
    way=st.lists(
        st.tuples(st.floats(-6, 6), st.floats(-6, 6), st.floats(0, 12)), min_size=2, max_size=60
    )
)
def test_the_shortcut_gives_the_visits_that_every_distance_would(
    way: list[tuple[float, float, float]],
) -> None:
    """The kernel skips distances that cannot matter; it must never skip one that does."""
    fixes: Fixes = [(600.0 * k, x * KM, y * KM, v) for k, (x, y, v) in enumerate(way)]
    table = pl.concat([port(), port(2 * KM, 0.0, "b")])

    found = calls(fixes, table)

    inside, seen, first = False, [], 0
    for k, (x, y, _) in enumerate(way):
        km = min(np.hypot(x, y), np.hypot(x - 2, y))
        if not inside and km <= 3.0:
            inside, first = True, k
        elif inside and km >= 4.0:
            inside = False
            seen.append((first, k - 1))
    if inside:
        seen.append((first, len(way) - 1))
    near = min(abs(min(np.hypot(x, y), np.hypot(x - 2, y)) - edge)
               for x, y, _ in way for edge in (3.0, 4.0))  # fmt: skip
    if near > 0.01:
        assert found["start"].dt.epoch("s").to_list() == [600 * a for a, _ in seen]


def test_a_ship_still_in_port_at_the_end_has_no_end() -> None:
    """An invented departure would be a departure on record."""
    found = calls(voyage()[:-5])

    assert found.select("end", "verdict").rows() == [(None, "called-partly-seen")]
    assert "Departure not seen" in found["reason"].item()
    assert found["last_in_port"].item() == "1970-01-01T01:50:00Z"


def test_a_ship_in_port_all_along_stayed() -> None:
    """Neither arrival nor departure was seen, and both are said."""
    found = calls([(600.0 * k, 0.0, 0.0, 0.0) for k in range(10)])

    assert found.select("verdict", "confidence").rows() == [("stayed", 2)]
    assert "Arrival not seen" in found["reason"].item()


def test_passing_by_is_no_call_and_a_silence_of_four_hours_may_be_one() -> None:
    """A ferry that passes a quay every hour would call 24 times a day."""
    passing = [(t, x + 2 * KM, y, 13.0) for t, x, y, _ in voyage(stops=False)[:5]]
    passing += [(3000.0 + 600 * k, KM * (2 - 4 * (k + 1)), 0.0, 13.0) for k in range(5)]

    assert calls(passing)["verdict"].to_list() == ["passed"]
    assert calls(voyage(stops=False, silence_h=3.0))["verdict"].to_list() == ["passed"]
    inside = [(t, x, y, v) for t, x, y, v in voyage(stops=False) if t < 4000 or abs(x) > KM]
    inside += [(4000.0 + 5 * 3600, 0.0, 0.0, 3.0)]
    inside = [(t + (5 * 3600 if 4000 <= t < 20000 else 0), x, y, v) for t, x, y, v in inside]
    silent = calls(sorted(inside))
    assert silent["verdict"].to_list() == ["called"]
    assert silent["longest_silence_h"].item() > 4


def test_a_ship_lost_after_it_passed_is_not_said_to_have_called() -> None:
    """Its next fix is far off: a hole in the coverage looks just like a call."""
    found = calls(voyage(stops=False, silence_h=5.0))

    assert found.select("verdict", "confidence").rows() == [("passed-then-silent", 4)]
    assert "Judge the gap" in found["reason"].item()


def test_between_three_and_four_kilometres_nothing_changes() -> None:
    """A ship that swings about one radius would arrive and leave all day."""
    swing: Fixes = [(600.0 * k, KM * (2.9 if k % 2 else 3.6), 0.0, 1.0) for k in range(1, 40)]

    assert calls(swing).height == 1


def test_no_ports_no_calls_and_no_failure() -> None:
    """An empty table is an answer."""
    empty = pl.DataFrame(schema={"port": pl.String, "lon": pl.Float64, "lat": pl.Float64})
    motion = motion_of(drawn({1: voyage()}))

    found = port_calls(motion, stationary_spells(motion), port_index(empty))

    assert found.schema == pl.Schema(EVENTS_FRAME)
    assert found.height == 0


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"port": ["a"], "lon": [0.0]}),
        pl.DataFrame({"port": ["a"], "lon": [0.0], "lat": [91.0]}),
        pl.DataFrame({"port": [None], "lon": [0.0], "lat": [0.0]}),
        pl.DataFrame({"port": ["a"], "lon": [0.0], "lat": [0.0], "radius_km": [500.0]}),
    ],
)
def test_a_table_that_places_nothing_is_refused(frame: pl.DataFrame) -> None:
    """A port at the wrong place makes wrong calls for every ship."""
    with pytest.raises(PortsTableError):
        ports_table(frame)


def quay(site: str, west: float, east: float) -> Site:
    """A berth of some 100 m by 30 m."""
    area = shapely.geometry.mapping(shapely.box(west, 0.0, east, 0.0003))
    drawn_site = {
        "type": "FeatureCollection",
        "id": site,
        "features": [{"type": "Feature", "properties": {"id": "b1", "kind": "berth"},
                      "geometry": area}],
    }  # fmt: skip
    return Site.from_geojson(drawn_site)


def test_a_call_names_its_berth_and_how_near_the_next_one_is() -> None:
    """Which quay decides what can have been loaded; a guess between two is no answer."""
    sites = [quay("one", 0.0, 0.001), quay("two", 0.0022, 0.0032)]

    clear = calls(voyage(), berths=sites)
    between = beside(berths_of(sites), pl.Series([0.0016, 0.0, 0.05]), pl.Series([0.0, 0.0, 0.0]))

    assert clear["berth"].to_list() == ["one/b1"]
    assert between["berth"].to_list() == [None, "one/b1", None]
    assert "two/b1" in between["berths_near"][0]
    assert between["berths_near"][2] is None


def test_a_drawn_port_reaches_as_far_as_it_is_drawn() -> None:
    """A harbour of ten kilometres is not its middle."""
    table = points_of("long", "Long", shapely.box(0, 0, 0.2, 0.01))

    found = calls([(600.0 * k, 0.2, 0.03, 0.0) for k in range(8)], table)

    assert found["port"].to_list() == ["long"]
