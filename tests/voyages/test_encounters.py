"""Encounters: whole across midnight and the antimeridian, however time is cut, and explained."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars as pl
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.ais.events import EVENTS_FRAME
from quaywatch.sites.facility import Site
from quaywatch.voyages.areas import Area
from quaywatch.voyages.bucket import bucket_voyages
from quaywatch.voyages.encounters import encounters
from quaywatch.voyages.loitering import anchoring, loitering
from quaywatch.voyages.motion import drawn, motion_of
from quaywatch.voyages.pairs import _sweep
from quaywatch.voyages.ports import port_index
from quaywatch.voyages.slow_points import slow_points
from quaywatch.voyages.spells import stationary_spells

Fixes = Sequence[tuple[float, float, float, float | None]]
M = 1.0 / 111_195.0
"""Degrees at the equator."""
LISTED = Area("grounds", shapely.box(-1.0, -1.0, 1.0, 1.0))


def drift(
    lon: float = 0.0,
    *,
    lat: float = 0.0,
    hours: float = 3.0,
    start_h: float = 0.0,
    sog: float = 0.5,
) -> Fixes:
    """A slow ship, ten minutes a fix, that goes east at its speed."""
    return [
        (start_h * 3600 + 600.0 * k, (lon + 308.667 * sog * k * M + 180) % 360 - 180, lat, sog)
        for k in range(int(hours * 6) + 1)
    ]


def points(
    ships: Mapping[int, Fixes], heading_deg: float | None = None, nav_status: int = 15
) -> pl.DataFrame:
    """Slow points of drawn ships."""
    return slow_points(motion_of(drawn(ships, heading_deg=heading_deg, nav_status=nav_status)))


def seen(found: pl.DataFrame) -> list[tuple[object, ...]]:
    """What must not depend on where or in what pieces it was looked at."""
    return sorted(found.select("test", "mmsi", "other_mmsi", "start", "end", "n").rows())


@settings(max_examples=40)
@given(shift=st.floats(-180, 179.9), start_slot=st.integers(0, 300))
def test_an_encounter_is_the_same_at_any_longitude_and_hour(shift: float, start_slot: int) -> None:
    """A peer's pipeline loses encounters near midnight UTC; ours must not, nor at 180 degrees."""
    ships = {
        k: drift((shift + k * 100 * M + 180) % 360 - 180, start_h=start_slot / 6) for k in (1, 2)
    }

    found = encounters(points(ships))

    assert found.select("mmsi", "other_mmsi", "statistic", "n").rows() == [(1, 2, 3.0, 19)]


@settings(max_examples=25)
@given(data=st.data())
def test_the_pieces_in_which_time_is_given_do_not_matter(data: st.DataObject) -> None:
    """A pass over 100 million positions goes day by day; a run over the edge is one run."""
    ships = {
        k: drift(
            data.draw(st.floats(0, 600)) * M,
            hours=data.draw(st.floats(2, 40)),
            start_h=data.draw(st.floats(0, 30)),
            sog=data.draw(st.sampled_from([0.1, 0.3])),
        )
        for k in range(1, 5)
    }
    slow = points(ships, heading_deg=90.0)
    last = int(slow["slot"].max() or 0)  # type: ignore[arg-type]  # slots are numbers
    cuts = sorted(data.draw(st.sets(st.integers(1, max(2, last)), max_size=6)))

    def pieces() -> Iterable[pl.DataFrame]:
        for low, high in zip([0, *cuts], [*cuts, last + 1], strict=True):
            yield slow.filter((pl.col("slot") >= low) & (pl.col("slot") < high))

    whole = encounters([slow], areas=[LISTED])

    assert seen(encounters(pieces(), areas=[LISTED])) == seen(whole)
    assert seen(encounters(slow, areas=[LISTED])) == seen(whole)


@given(
    where=st.lists(
        st.tuples(st.integers(0, 2), st.floats(-0.01, 0.01), st.floats(-0.01, 0.01)),
        max_size=30,
    )
)
def test_the_sweep_finds_every_near_pair(where: list[tuple[int, float, float]]) -> None:
    """A band that is too narrow would lose meetings without a word."""
    rows = sorted((slot, y, (179.999 + x + 180) % 360 - 180) for slot, x, y in where)
    slot = np.array([r[0] for r in rows], np.int32)
    lat, lon = np.array([r[1] for r in rows]), np.array([r[2] for r in rows])
    mmsi = np.arange(len(rows), dtype=np.uint32)

    one, two = _sweep(slot, mmsi, lon.astype(float), lat.astype(float), 500.0)

    every = {
        (i, j)
        for i in range(len(rows))
        for j in range(i + 1, len(rows))
        if slot[i] == slot[j]
        and np.hypot(
            ((lon[i] - lon[j] + 540) % 360 - 180) * np.cos(np.radians((lat[i] + lat[j]) / 2)),
            lat[i] - lat[j],
        )
        <= 500.0 * M
    }
    assert set(zip(one.tolist(), two.tolist(), strict=True)) == every


def test_what_was_not_heard_meets_nobody() -> None:
    """Interpolated over two hours, two ships that sailed round each other would have met."""
    far = [(0.0, 0.0, 0.0, 0.5), (7201.0, 0.01, 0.0, 0.5), (14402.0, 0.02, 0.0, 0.5)]

    assert points({1: far, 2: far}).height == 0


def test_fixes_at_the_same_instant_on_a_slot_are_one_point() -> None:
    """Two stations hear one message; far apart in time, such pairs must not overrun a buffer."""
    heard = [(7200.0 * k, 0.0, 0.0, 0.1) for k in range(50) for _ in range(2)]

    assert points({1: heard}).height == 50


def test_ships_too_fast_too_far_or_too_short_do_not_meet() -> None:
    """Each threshold of the rule does its part."""
    beside = drift(100 * M)

    assert encounters(points({1: drift(), 2: drift(600 * M)})).height == 0
    assert encounters(points({1: drift(hours=1.5), 2: beside})).height == 0
    assert encounters(points({1: drift(sog=3.0), 2: drift(100 * M, sog=3.0)})).height == 0
    assert encounters(points({1: drift(), 2: beside})).height == 1


def test_ten_kilometres_from_an_anchorage_is_a_column_and_a_default() -> None:
    """The rule hides near-shore lightering, so it is said, and can be lifted."""
    slow = points({1: drift(), 2: drift(100 * M)})
    near = port_index(pl.DataFrame({"port": ["a"], "lon": [0.05], "lat": [0.0]}))
    far = port_index(pl.DataFrame({"port": ["a"], "lon": [0.5], "lat": [0.0]}))

    def off(found: pl.DataFrame) -> list[str | None]:
        return found["detail"].str.json_path_match("$.off_anchorage").to_list()

    assert encounters(slow, ports=near).height == 0
    assert off(encounters(slow, ports=near, near_anchorages=True)) == ["false"]
    assert off(encounters(slow, ports=near, areas=[LISTED]))[0] == "false"
    assert off(encounters(slow, ports=far)) == ["true"]
    assert off(encounters(slow)) == [None]


def test_lightering_is_looked_for_in_listed_areas_only_and_never_at_a_berth() -> None:
    """Without the list every harbour would be full of it."""
    slow = points({1: drift(sog=0.0), 2: drift(80 * M, sog=0.0)}, heading_deg=10.0)
    area = shapely.geometry.mapping(shapely.box(0.0, 0.0, 0.001, 0.001))
    quay = Site.from_geojson(
        {
            "type": "FeatureCollection",
            "id": "s",
            "features": [{"type": "Feature", "properties": {"id": "b", "kind": "berth"},
                          "geometry": area}],
        }
    )  # fmt: skip

    def rules(**more: object) -> list[str]:
        return encounters(slow, **more)["test"].to_list()  # type: ignore[arg-type]  # passed on

    assert rules() == ["gfw"]
    assert rules(areas=[LISTED]) == ["gfw", "lightering"]
    assert rules(areas=[LISTED], berths=[quay]) == ["gfw"]


def test_crossing_headings_are_not_side_by_side() -> None:
    """Two ships at single anchors 100 m apart do not transfer cargo."""
    one = drawn({1: drift(sog=0.0)}, heading_deg=10.0)
    two = drawn({2: drift(80 * M, sog=0.0)}, heading_deg=80.0)
    slow = pl.concat([slow_points(motion_of(one)), slow_points(motion_of(two))])

    assert encounters(slow, areas=[LISTED])["test"].to_list() == ["gfw"]


def test_antennas_far_from_amidships_are_allowed_for() -> None:
    """Ships side by side, bow to stern, may have their antennas 250 m apart."""
    slow = points({1: drift(sog=0.0), 2: drift(250 * M, sog=0.0)}, heading_deg=10.0)
    ships = pl.DataFrame({"mmsi": [1, 2], "ship_type": [70, 70], "to_bow_m": [180, 180],
                          "to_stern_m": [20, 20]})  # fmt: skip

    assert encounters(slow, areas=[LISTED])["test"].to_list() == ["gfw"]
    assert encounters(slow, areas=[LISTED], ships=ships)["test"].to_list() == ["gfw", "lightering"]


def test_a_tug_and_moored_neighbours_are_ordinary_and_two_tankers_are_only_met() -> None:
    """Tugs, pilots and neighbours are nearly all of what is found; none may look like a deed."""
    ships = pl.DataFrame({"mmsi": [1, 2, 3], "ship_type": [80, 52, 80]})
    under_way = {k: drift(k * 100 * M) for k in (1, 2, 3)}

    found = encounters(points(under_way), ships=ships)
    moored = encounters(points({1: drift(sog=0.0), 3: drift(90 * M, sog=0.0)}, nav_status=5))
    unknown = encounters(points({1: drift(), 3: drift(90 * M)}))

    verdicts = dict(zip(found.select("mmsi", "other_mmsi").rows(), found["verdict"], strict=True))
    assert verdicts == {(1, 2): "ordinary", (1, 3): "met", (2, 3): "ordinary"}
    assert moored["verdict"].to_list() == ["ordinary"]
    assert unknown["verdict"].to_list() == ["met"]
    assert "not on record" in unknown["reason"].item()


def test_no_points_no_encounters() -> None:
    """An empty lake is an answer."""
    found = encounters(points({1: drift(hours=0)}).clear())

    assert found.schema == pl.Schema(EVENTS_FRAME)


def test_an_empty_bucket_gives_empty_tables() -> None:
    """Some buckets of a small workspace hold nothing."""
    index = port_index(pl.DataFrame({"port": ["a"], "lon": [0.0], "lat": [0.0]}))

    found = bucket_voyages(drawn({}), ports=index, areas=[LISTED], shore_nm=lambda x, _: x)

    assert (found.events.height, found.spells.height, found.slow.height) == (0, 0, 0)


def test_loitering_is_offshore_or_in_a_listed_area_or_not_judged() -> None:
    """Near the shore slow ships are traffic; where the shore is unknown nothing is claimed."""
    motion = motion_of(drawn({1: drift(hours=6, sog=1.0)}))

    def judged(shore: float | None, areas: list[Area]) -> list[tuple[object, ...]]:
        def far(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
            return lon * 0 + (shore or 0.0)

        found = loitering(motion, shore_nm=None if shore is None else far, areas=areas)
        return found.select("test", "verdict", "applicable").rows()

    assert judged(30.0, []) == [("offshore", "loitering", True)]
    assert judged(5.0, []) == []
    assert judged(5.0, [LISTED]) == [("listed-area", "loitering", True)]
    assert judged(None, []) == [("offshore", None, False)]


def test_a_ship_that_says_moored_while_it_swings_is_neither() -> None:
    """Navigation status is set by hand; motion that contradicts it is said, not overruled."""
    turn = np.linspace(0, 4 * np.pi, 100)
    circle: Fixes = [(300.0 * k, 150 * M * np.cos(a), 150 * M * np.sin(a), 0.1)
                     for k, a in enumerate(turn)]  # fmt: skip

    def verdicts(status: int) -> list[str]:
        spells = stationary_spells(motion_of(drawn({1: circle}, nav_status=status)))
        return anchoring(spells)["verdict"].to_list()

    assert verdicts(1) == ["at-anchor"]
    assert verdicts(5) == ["stopped"]


def test_ships_that_swing_together_are_not_neighbours_at_a_quay() -> None:
    """A transfer at anchor, with both set to "moored", must not be explained away."""
    turn = np.linspace(0, 2 * np.pi, 37)
    ships: dict[int, Fixes] = {
        k: [
            (600.0 * i, (150 + 60 * k) * M * np.cos(a), (150 + 60 * k) * M * np.sin(a), 0.2)
            for i, a in enumerate(turn)
        ]
        for k in (1, 2)
    }

    found = encounters(points(ships, nav_status=5), areas=[LISTED])

    assert set(found["verdict"]) == {"met"}
    assert set(found["test"]) == {"gfw", "lightering"}
