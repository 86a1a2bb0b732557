"""Destination and draught: hand-typed fields, compared where they can be and not otherwise."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.ais.events import as_events
from quaywatch.ais.schema import STATICS_FRAME, conform
from quaywatch.voyages.declared import declared, destination_of, ports_named

T0 = datetime(2025, 1, 1, tzinfo=UTC)
PORTS = pl.DataFrame(
    {
        "port": ["hue", "lax", "lgb"],
        "name": ["Port Hueneme", "Los Angeles", "Long Beach"],
        "lon": [-119.2, -118.27, -118.2],
        "lat": [34.15, 33.72, 33.75],
        "locode": ["US NTD", "US LAX", "US LGB"],
    }
)


def statics(rows: Sequence[tuple[float, str | None, float | None]]) -> pl.DataFrame:
    """Day, destination, draught of one ship."""
    frame = pl.DataFrame(
        {
            "mmsi": [1] * len(rows),
            "at": [T0 + timedelta(days=r[0]) for r in rows],
            "destination": [r[1] for r in rows],
            "draught_m": [r[2] for r in rows],
            "source_id": ["s"] * len(rows),
            "record": list(range(len(rows))),
        }
    )
    return conform(frame, STATICS_FRAME)


def call(day: float, port: str, *, days: float = 1.0, verdict: str = "called") -> pl.DataFrame:
    """A call of the ship."""
    place = PORTS.filter(pl.col("port") == port)
    frame = pl.DataFrame(
        {
            "kind": ["port-call"],
            "mmsi": [1],
            "segment": [0],
            "start": [T0 + timedelta(days=day)],
            "end": [T0 + timedelta(days=day + days)],
            "lon": place["lon"],
            "lat": place["lat"],
            "verdict": [verdict],
            "port": [port],
            "last_in_port": [None],
        }
    )
    return as_events(frame, detail=["port", "last_in_port"])


def went(rows: Sequence[tuple[float, str | None, float | None]], *calls: pl.DataFrame) -> list[str]:
    """Verdicts on the destinations."""
    found = declared(statics(rows), pl.concat(calls), PORTS)
    return found.filter(pl.col("test") == "destination").sort("start")["verdict"].to_list()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("US LAX", "US LAX"),
        ("JP TYO > US LAX", "US LAX"),
        ("CNSHA>>USLAX", "USLAX"),
        ("LOS ANGELES, CA", "LOS ANGELES CA"),
        ("LOS ANGELES VIA PANAMA", "LOS ANGELES"),
        ("FOR ORDERS", None),
        ("SEA", None),
        ("", None),
        (None, None),
        ("@@@@", None),
    ],
)
def test_the_text_of_the_field_is_read_as_it_is_typed(text: str | None, place: str | None) -> None:
    """These forms are the ones that occur; a misread one accuses a ship of lying."""
    assert destination_of(text)[0] == place


@given(text=st.text(max_size=20))
def test_any_text_is_read_and_never_guessed(text: str) -> None:
    """Twenty characters of anything come over the air."""
    place, why = destination_of(text)

    assert (place is None) == (why is not None)
    if place is not None and len(place) < 3:
        assert ports_named(place, PORTS) == []


def test_a_part_of_a_name_is_no_port() -> None:
    """Long Beach is not meant by its first word."""
    assert ports_named("LONG", PORTS) == []
    assert ports_named("LONG BEACH", PORTS) == ["lgb"]
    assert ports_named("HUENEME", PORTS) == []
    assert ports_named("USNTD", PORTS) == ["hue"]


def test_a_call_near_the_declared_port_is_there() -> None:
    """Los Angeles for Long Beach is no deceit: they share a breakwater."""
    assert went([(0, "USLAX", None), (3, "USLAX", None)], call(2, "lgb")) == ["went-there"]


def test_a_call_elsewhere_is_said_with_its_dull_explanation() -> None:
    """Only a call counts, only while the text stood, and never without the innocent answer."""
    rows = [(0.0, "USLAX", None), (3.0, "USLAX", None), (4.0, "FOR ORDERS", None)]
    found = declared(statics(rows), call(2, "hue"), PORTS)

    assert found["verdict"].to_list() == ["went-elsewhere", "not-judged"]
    assert "Orders change" in found["reason"][0]
    assert found["statistic"][0] == pytest.approx(53, abs=3)
    assert went(rows, call(2, "hue", verdict="passed")) == ["not-judged", "not-judged"]
    assert went(rows, call(6, "hue")) == ["not-judged", "not-judged"]


def test_what_one_hull_said_is_not_held_against_another() -> None:
    """On a shared MMSI the destination is one hull's and the call may be the other's."""
    rows = [(0.0, "USLAX", None), (9.0, "USLAX", None)]
    twice = call(2.5, "lgb").with_columns(segment=pl.lit(1, pl.UInt32))
    found = declared(statics(rows), call(2, "hue"), PORTS, shared={1})

    assert went(rows, call(2, "hue"), twice) == ["not-judged"]
    assert found["verdict"].to_list() == ["not-judged"]


def test_an_old_text_is_not_a_lie() -> None:
    """Crews leave the last port in the field for days after they have sailed."""
    rows = [(0.5, "USLAX", None), (5.0, "USLAX", None)]

    assert went(rows, call(0, "lax"), call(3, "hue")) == ["not-judged"]


def test_a_draught_that_never_changes_is_ignored_and_says_for_how_long() -> None:
    """METHODS section 9: the field is typed by hand and often never again."""
    same = statics([(float(d), None, 7.5) for d in range(0, 215, 2)])
    found = declared(same, call(200, "hue"), PORTS).filter(pl.col("test") == "draught")

    assert found["verdict"].to_list() == ["not-judged"]
    assert found["reason"].item() == "Draught field has not changed for 214 days: ignored."


def test_a_draught_that_lives_tells_deeper_from_lighter() -> None:
    """Across the call, and not across the next one."""
    rows: list[tuple[float, str | None, float | None]] = [
        (0.0, None, 6.0), (1.0, None, 6.0), (3.5, None, 9.0), (9.0, None, 5.0),
    ]  # fmt: skip
    found = declared(statics(rows), pl.concat([call(2, "hue"), call(6, "lax")]), PORTS)

    told = found.filter(pl.col("test") == "draught").sort("start")
    assert told.select("verdict", "statistic").rows() == [("deeper", 3.0), ("lighter", -4.0)]
    alone = declared(statics(rows[:2]), call(2, "hue"), PORTS)
    assert alone["verdict"].to_list() == ["not-judged"]
