"""What ``vessel V voyages`` and ``fleet F`` say: no figure that its own rows contradict."""

import csv
import io
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from quaywatch.cli.fleet import _month_cells
from quaywatch.cli.voyages import _knots, _within, call_cells, voyage_cells
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.position import Position
from quaywatch.geo.water import WaterDistance
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.voyage_world import CARRIER
from quaywatch.voyages.calls import calls_from_events
from quaywatch.voyages.gazetteer import Place, kept_gazetteer
from quaywatch.voyages.heard import track_of
from quaywatch.voyages.history import history_of
from quaywatch.voyages.legs import legs_of
from quaywatch.voyages.motion import drawn, motion_of
from quaywatch.voyages.port_calls import port_calls
from quaywatch.voyages.ports import port_index
from quaywatch.voyages.spells import stationary_spells
from quaywatch.voyages.voyage import Call, EnRoute, History, When
from quaywatch.workflows.fleet_figures import figures_of

Run = Callable[..., Any]
HOUR = timedelta(hours=1)


def straight(one: Position, other: Position) -> WaterDistance:
    """The great circle, over open sea."""
    nm = great_circle_nm(one, other)
    return WaterDistance(nm, nm, nm, None, 0.0, 0.0, (one, other), "", "")


def call(first: datetime, last: datetime, at: tuple[float, float] = (124.0, 36.0)) -> Call:
    """A call heard from ``first`` to ``last``."""
    return Call(
        "imo:1", Place(Position(*at), "p", "Port"), ("ais",), When.at(first), When.at(last),
        When(first, last), None,
    )  # fmt: skip


def month(number: int, day: int = 1) -> datetime:
    """A day of 2024."""
    return datetime(2024, number, day, tzinfo=UTC)


@pytest.fixture
def cadence() -> dict[str, Any]:
    """Of three ships, one at a time in view, four calls in each month of January, March, April."""
    pairs = []
    for ship, number in enumerate((1, 3, 4)):
        calls = tuple(call(month(number, d), month(number, d + 1)) for d in (2, 9, 16, 23))
        known = When(month(number), month(number + 1))
        pairs.append((History(f"imo:{ship}", known, calls, (), ()), When(None, None)))
    told: dict[str, Any] = figures_of(pairs, home=None)["cadence"]["calls"]
    return told


def test_no_rate_contradicts_the_months(cadence: dict[str, Any]) -> None:
    """Twelve calls a month of "all in view" is what nobody saw: four were the most there were."""
    most = max(m["possible"] for m in cadence["months"] if m["possible"] is not None)
    assert most == 4
    assert cadence["expected"] == pytest.approx(12)
    assert cadence["seen_per_month"] == pytest.approx(4.0, abs=0.1)
    assert cadence["seen_per_month"] <= most + 0.1
    assert cadence["per_ship_month"] == pytest.approx(12.5 / cadence["ship_months_in_view"])
    assert cadence["low"] < 4 < cadence["high"]


def test_a_month_without_a_ship_in_view_holds_no_nought(cadence: dict[str, Any]) -> None:
    """A nought of a month that nobody looked at is an absence that nobody saw."""
    (blind,) = [m for m in cadence["months"] if not m["ship_months_in_view"]]
    assert blind["start"].startswith("2024-02")
    assert (blind["expected"], blind["certain"], blind["possible"]) == (None, None, None)
    assert "No ship" in blind["reason"]
    assert _month_cells(blind) == ["2024-02", "not looked at", "not known", "none"]


def test_a_leg_heard_whole_has_the_speed_that_was_sailed() -> None:
    """An excursion from a port and back to it is no crossing at 0.2 knots."""
    begin = month(6)
    hours = [1 + k / 6 for k in range(25)]
    lon = [124.0 + 0.25 * (2 - abs(2 - (h - 1))) for h in hours]
    at = [round((begin + h * HOUR).timestamp() * 1e6) for h in hours]
    calls = [call(begin, begin + HOUR), call(begin + 5 * HOUR, begin + 6 * HOUR)]
    (leg,) = legs_of(
        calls, straight, vessel="imo:1", track=track_of(at, lon, [36.0] * len(at)), gaps=[]
    )
    assert leg.water_nm == pytest.approx(0.0, abs=0.01)
    assert leg.sailed_nm is not None
    assert leg.sailed_nm == pytest.approx(4 * 0.25 * 60 * 0.809, rel=0.01)
    assert leg.heard_kn == pytest.approx(leg.sailed_nm / 4, rel=0.01)
    row = {"heard_kn": leg.heard_kn, "seen_share": 1.0, "speed_kn_least": 0.0,
           "speed_kn_most": 0.0}  # fmt: skip
    assert _knots(row) == "12.2 heard"
    assert _knots(row | {"seen_share": 0.1, "speed_kn_most": 9.0}) == "0.0–9.0 needed"


def test_a_call_lies_where_the_hull_lay() -> None:
    """The first fix within reach is miles off and at full speed: she never lay there."""
    way = [(600.0 * k, 124.0 + 0.03 * (10 - k), 36.0, 12.0) for k in range(10)]
    still = [(6000.0 + 600 * k, 124.0, 36.001, 0.0) for k in range(12)]
    back = [(13200.0 + 600 * k, 124.0 + 0.03 * (k + 1), 36.0, 12.0) for k in range(8)]
    motion = motion_of(drawn({1: [*way, *still, *back]}))
    index = port_index(pl.DataFrame({"port": ["a"], "lon": [124.0], "lat": [36.0]}))
    events = port_calls(motion, stationary_spells(motion), index)
    (found,) = calls_from_events(events, kept_gazetteer(), vessel="imo:1")
    at = found.place.position
    assert great_circle_nm(at, Position(124.0, 36.001)) < 0.1
    assert great_circle_nm(found.first_seen_at, at) > 1.0
    assert found.at_rest is not None
    assert found.at_rest.earliest is not None
    assert found.arrived.latest is not None
    assert found.at_rest.earliest > found.arrived.latest


def test_half_an_hour_heard_after_the_last_call_is_a_leg() -> None:
    """Thirty miles out of port at 31 knots must not vanish since the hour was not full."""
    begin = month(6)
    known = When(begin, begin + timedelta(minutes=92))
    legs = legs_of([call(begin, begin + HOUR)], straight, vessel="imo:1", known=known)
    assert [(leg.origin is None, leg.destination is None) for leg in legs] == [(False, True)]


def test_a_stop_where_no_port_is_known_is_said() -> None:
    """Ten hours moored are no "no call is known of it" and nothing more."""
    begin = month(6)
    stop = EnRoute("anchoring", begin, begin + 10 * HOUR, Position(-119.2, 34.15), verdict="moored")
    history = history_of(
        "imo:1", [], straight, known=When(begin - HOUR, begin + 11 * HOUR), en_route=[stop]
    )
    (reason,) = history.reasons
    assert "port known here" in reason
    assert "lay still elsewhere: 1 time" in reason


def test_a_gap_names_the_call_known_in_it() -> None:
    """A chance of 0.03 of a further call must not read as one of the call that is known."""
    gap = {"start": "2024-06-06T19:59:00+00:00", "end": "2024-06-19T19:00:00+00:00"}
    known = {"name": "Simport", "arrived_latest": "2024-06-16T02:10:00+00:00",
             "departed_earliest": "2024-06-17T02:05:00+00:00", "seen_by": "reported"}  # fmt: skip
    later = known | {"arrived_latest": "2024-07-16T02:10:00+00:00",
                     "departed_earliest": "2024-07-17T02:05:00+00:00"}  # fmt: skip
    assert _within(gap, [known, later]) == [known]


def test_tables_have_no_blank_cells(run: Run, sailed: Path) -> None:
    """A blank reads as none, as not asked, or as zero: each cell says which."""
    told = run("vessel", CARRIER.name, "voyages", "--workspace", sailed / "w", "--json").json
    assert told["stops"] == []
    assert all(cell for one in told["calls"] for cell in call_cells(one))
    assert all(cell for one in told["voyages"] for cell in voyage_cells(one))
    words = run("vessel", CARRIER.name, "voyages", "--workspace", sailed / "w").out
    assert "a further call at (chance)" in words.replace("\n", " ")
    assert "P: the chance that it loaded" in words
    assert "in reach from" in words


def test_practice_is_marked_in_text_and_tables(
    run: Run, sailed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table cut out of its workspace must still say that none of it happened."""
    # The mark is fixed when a workspace is made; here one is marked afterwards.
    monkeypatch.setattr(Workspace, "_check_fixed", lambda _: None)
    copy = tmp_path / "w"
    shutil.copytree(sailed / "w", copy)
    config = copy / "quaywatch.toml"
    told = config.read_text(encoding="utf-8")
    config.write_text(told.replace("simulated = false", "simulated = true"), encoding="utf-8")
    for command in (("vessel", CARRIER.name, "voyages"), ("fleet", sailed / "three-ships.csv")):
        path = tmp_path / "v.csv"
        answer = run(*command, "--out", path, "--workspace", copy)
        assert answer.status == 0, answer.err
        assert "SIMULATED" in answer.out
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
        assert {row["simulated"].lower() for row in rows} == {"true"}


def test_overlap_is_found_however_a_ship_is_named(run: Run, sailed: Path, tmp_path: Path) -> None:
    """One list has her by number, the other by name: it is one hull, said once."""
    copy = tmp_path / "w"
    shutil.copytree(sailed / "w", copy)
    here = ("--workspace", copy)
    assert run("fleet", sailed / "three-ships.csv", "--save", "three", *here).status == 0
    other = tmp_path / "other.txt"
    other.write_text(f"{CARRIER.name}\n", encoding="utf-8")
    got = run("fleet", other, *here, "--json").json
    (note,) = [note for note in got["notes"] if "saved fleet three" in note]
    assert note.count(CARRIER.name) == 1


def test_a_file_of_nothing_is_refused_after_the_reasons(
    run: Run, sailed: Path, tmp_path: Path
) -> None:
    """Refused before the table, the reader never learns why nothing was found."""
    listed = tmp_path / "nobody.txt"
    listed.write_text("SIM NOBODY\nSIM NOBODY\n", encoding="utf-8")
    answer = run("fleet", listed, "--out", tmp_path / "f.png", "--workspace", sailed / "w")
    assert answer.status == 2
    assert "0 of 1 vessel found (2 entries in the list)" in answer.out
    assert "not found: SIM NOBODY" in answer.out
    assert "argument-invalid" in answer.err
    assert not (tmp_path / "f.png").exists()
