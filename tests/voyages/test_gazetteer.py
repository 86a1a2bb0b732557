"""Names of places: right where the list knows, doubtful at borders, none where nothing is near."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import PortsTableError
from quaywatch.geo.position import Position
from quaywatch.testing.bench.voyages import names_by_country, world_port_index
from quaywatch.voyages.gazetteer import (
    GAZETTEER_FRAME,
    countries,
    gazetteer_of,
    kept_gazetteer,
    named_place,
    named_places,
    ports_called,
)

KEPT = kept_gazetteer()


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Dalian", "CN"),
        ("Jingtang", "CN"),
        ("Binhai", "CN"),
        ("Yantai", "CN"),
        ("Gaogang", "CN"),
        ("Ningbo", "CN"),
        ("Nampo", "KP"),
        ("Nampho", "KP"),
        ("Rason", "KP"),
        ("Nakhodka", "RU"),
        ("Qingdao", "CN"),
    ],
)
def test_ports_of_the_published_cases_have_a_country(text: str, country: str) -> None:
    """These are the names that published cases quote; one unknown would leave a voyage nameless."""
    assert [port.country for port in ports_called(KEPT, text)] == [country]


@given(
    lon=st.floats(-180, 180, allow_nan=False),
    lat=st.floats(-90, 90, allow_nan=False),
    within=st.floats(0.1, 500),
)
def test_a_name_is_within_reach_or_absent_with_a_reason(
    lon: float, lat: float, within: float
) -> None:
    """A far name would move a ship to a port that it never saw."""
    place = named_place(KEPT, Position(lon, lat), within_km=within)

    if place.name is None:
        assert place.reason is not None
        assert place.country is None
    else:
        assert place.apart_km is not None
        assert place.apart_km <= within
        assert all(place.apart_km <= other.apart_km <= within for other in place.alternatives)


def test_a_border_nearby_makes_the_country_doubtful() -> None:
    """Rajin and Posyet lie on either side of a border that a case may turn on."""
    list_of_two = gazetteer_of(
        pl.DataFrame({"name": ["A", "B"], "lon": [0.0, 0.1], "lat": [0, 0], "country": ["X", "Y"]}),
        source="drawn",
    )

    place = named_place(list_of_two, Position(0.04, 0.0))

    assert place.name == "A"
    assert place.reason is not None
    assert "doubtful" in place.reason


def test_names_reach_across_the_antimeridian() -> None:
    """Fiji lies on both sides of 180 degrees."""
    here = gazetteer_of(
        pl.DataFrame({"name": ["Q"], "lon": [179.99], "lat": [-17.0]}), source="drawn"
    )

    assert named_place(here, Position(-179.99, -17.0)).name == "Q"


def test_nothing_to_look_in_and_nothing_to_look_up() -> None:
    """An empty list names nothing and says so; no positions give no places."""
    empty = gazetteer_of(
        pl.DataFrame(schema={k: GAZETTEER_FRAME[k] for k in ("name", "lon", "lat")}), source="none"
    )

    assert named_place(empty, Position(0, 0)).reason == "The gazetteer is empty."
    assert named_places(KEPT, []) == []


def test_a_list_without_positions_is_refused() -> None:
    """Silently skipped rows would look like ports that do not exist."""
    with pytest.raises(PortsTableError, match="lat"):
        gazetteer_of(pl.DataFrame({"name": ["a"], "lon": [0.0], "lat": [None]}), source="x")
    with pytest.raises(PortsTableError, match="no column"):
        gazetteer_of(pl.DataFrame({"name": ["a"]}), source="x")


def test_kept_ports_are_facts_with_a_country_and_a_source() -> None:
    """A row without either could not be checked by anyone."""
    table = KEPT.table

    assert table.select(
        pl.all_horizontal(pl.col("country", "source", "name").is_not_null().all())
    ).item()
    assert set(table["country"]) <= set(countries().values())


@pytest.mark.realdata
def test_every_listed_port_is_named_in_its_country(shared_data: Path) -> None:
    """Five kilometres from every port of the World Port Index, never silently in the wrong country.

    Measured: 98.6% right and 1.4% doubtful of 15,056 positions, none wrong.
    """
    listed = world_port_index(shared_data)

    found = names_by_country(listed, gazetteer_of(listed, source="WPI"), away_km=5.0)

    assert sum(one.wrong for one in found) == 0
    assert sum(one.right for one in found) >= 0.98 * sum(one.n for one in found)


@pytest.mark.realdata
def test_the_kept_list_rarely_names_the_wrong_country(shared_data: Path) -> None:
    """It knows 28% of the ports; what it does not know it must not misname.

    Measured: wrong without a doubt 13 of 15,056; in East Asia (CN, JP, KP, KR, TW) none of 1,060,
    99.6% right.
    """
    found = names_by_country(world_port_index(shared_data), KEPT, away_km=5.0)
    east = [one for one in found if one.country in {"CN", "JP", "KP", "KR", "TW"}]

    assert sum(one.wrong for one in found) <= 20
    assert sum(one.wrong for one in east) == 0
    assert sum(one.right for one in east) >= 0.95 * sum(one.n for one in east)


@pytest.mark.realdata
def test_places_where_ships_lie_get_the_names_of_the_full_index(shared_data: Path) -> None:
    """Anchorages are where calls are found; the kept list must agree with the whole index there.

    Measured on every 50th of 69,717 points: 710 of 1,395 are named by both, all 710 in the same
    country and 699 by the same name.
    """
    path = shared_data / "registry" / "gfw_anchorages" / "points_105-150E_5-50N.csv.gz"
    points = pl.read_csv(path).gather_every(50)
    at = [Position(x, y) for x, y in points.rows()]
    whole = named_places(gazetteer_of(world_port_index(shared_data), source="WPI"), at)
    ours = named_places(KEPT, at)

    both = [(a, b) for a, b in zip(ours, whole, strict=True) if a.name and b.name]

    assert len(both) >= 0.5 * len(at)
    assert sum(a.country == b.country for a, b in both) >= 0.99 * len(both)
