"""``fleet F`` as a user runs it: a list with a ship twice, one without a name, one unknown."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quaywatch.errors import FleetFileError
from quaywatch.evidence.record import Claim
from quaywatch.geo.water import WaterRouter
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.voyage_world import CARRIER, UNNAMED
from quaywatch.workflows.case_recomputing import recomputing
from quaywatch.workflows.fleet_list import parse_fleet

Run = Callable[..., Any]
KEYS = {
    "fleet", "listed", "found", "missing", "totals", "vessels", "ports", "cadence", "voyages",
    "calls", "reasons", "notes", "claim", "method",
}  # fmt: skip


@pytest.fixture
def told(run: Run, sailed: Path) -> dict[str, Any]:
    """The fleet as JSON."""
    answer = run("fleet", sailed / "three-ships.csv", "--workspace", sailed / "w", "--json")
    assert answer.status == 0, answer.err
    found: dict[str, Any] = answer.json
    return found


def test_each_hull_counts_once_and_it_is_said(told: dict[str, Any]) -> None:
    """A ship listed by two numbers, counted twice, doubles every sum that is quoted."""
    assert set(told) >= KEYS
    assert (told["listed"], told["found"]) == (5, 3)
    assert [v["vessel"] for v in told["vessels"]] == [
        f"imo:{CARRIER.imo}", f"mmsi:{UNNAMED.mmsi:09d}", "imo:9301134",
    ]  # fmt: skip
    assert any("counted once" in note for note in told["notes"])


def test_one_that_is_not_found_is_named(told: dict[str, Any]) -> None:
    """Left out in silence, it would read as a ship that did not sail."""
    (missing,) = told["missing"]
    assert missing["vessel"] == "SIM NOBODY"
    assert "absence of data" in missing["reason"]


def test_both_sums_are_there_and_named(told: dict[str, Any]) -> None:
    """A "combined deadweight" is two figures: over voyages, and over ships."""
    cargo = told["totals"]["cargo"]
    assert (cargo["deadweight_over_voyages_t"], cargo["deadweight_over_ships_t"]) == (26000, 13000)
    assert "over voyages" in cargo["message"]
    assert "over ships" in cargo["message"]
    assert told["totals"]["worth"]["totals"] == []


def test_cadence_is_an_interval_over_what_was_known(told: dict[str, Any]) -> None:
    """Two voyages in eight days are no "eight a month": the interval says how little that is."""
    cadence = told["cadence"]["cargo_voyages"]
    assert cadence["low"] < cadence["per_ship_month"] < cadence["high"]
    assert cadence["high"] > 3 * cadence["low"]
    assert 0 < cadence["ship_months_in_view"] < 0.9
    assert sum(m["possible"] for m in cadence["months"]) == 2


def test_ports_carry_name_country_and_how_often(told: dict[str, Any]) -> None:
    """A roadstead on the open sea has no country, and none is given to it."""
    assert [(p["name"], p["country"], p["calls"]) for p in told["ports"]] == [
        ("Discharge roads", None, 3), ("Loading roads", None, 3),
    ]  # fmt: skip


def test_a_second_run_adds_nothing_and_the_claim_is_made_again(
    run: Run, sailed: Path, told: dict[str, Any]
) -> None:
    """The figures of a fleet are as good as those of its ships: made again from their claims."""
    with Workspace.open(sailed / "w") as workspace:
        before = workspace.evidence.head()
    here = ("--workspace", sailed / "w")
    assert run("fleet", sailed / "three-ships.csv", *here, "--json").json == told
    with Workspace.open(sailed / "w") as workspace:
        assert workspace.evidence.head() == before
        claim = workspace.evidence.get(told["claim"])
        assert isinstance(claim, Claim)
        inputs = [workspace.evidence.get(record_id) for record_id in claim.inputs]
        make = recomputing(workspace, WaterRouter(workspace.cache_dir / "water"))[claim.method]
        assert make(claim, inputs).id == claim.id


def test_a_saved_fleet_is_found_by_name_and_overlaps_are_said(
    run: Run, sailed: Path, tmp_path: Path
) -> None:
    """Two lists that share a ship must not be added up; the workspace knows that they do."""
    copy = tmp_path / "w"
    shutil.copytree(sailed / "w", copy)
    here = ("--workspace", copy)
    assert run("fleet", sailed / "three-ships.csv", "--save", "three", *here).status == 0
    other = tmp_path / "other.txt"
    other.write_text(f"IMO {CARRIER.imo}  \n# nobody else\n", encoding="utf-8")
    got = run("fleet", other, *here, "--json").json
    assert any("saved fleet three" in note for note in got["notes"])
    assert run("fleet", "three", *here, "--json").json["found"] == 3


def test_a_member_counts_only_while_it_is_one(run: Run, sailed: Path, tmp_path: Path) -> None:
    """A ship sold out of a fleet takes her later voyages with her."""
    listed = tmp_path / "f.toml"
    listed.write_text(
        f'name = "early"\nhome = "CN"\n[[vessel]]\nimo = {CARRIER.imo}\ndwt_t = 13000\n'
        "to = 2024-03-05\n",
        encoding="utf-8",
    )
    got = run("fleet", listed, "--workspace", sailed / "w", "--json").json
    assert got["totals"]["voyages_by_kind"] == {"cargo": 1, "repositioning": 1}
    assert got["totals"]["cargo"]["deadweight_over_voyages_t"] == 13000


@pytest.mark.parametrize("name", ["f.geojson", "f.png", "f.svg"])
def test_files_open(run: Run, sailed: Path, tmp_path: Path, name: str) -> None:
    """Table, map and chart are written whole."""
    path, chart = tmp_path / name, tmp_path / "chart.png"
    answer = run(
        "fleet", sailed / "three-ships.csv", "--out", path, "--chart", chart, "--workspace",
        sailed / "w",
    )  # fmt: skip
    assert answer.status == 0, answer.err
    assert chart.read_bytes().startswith(b"\x89PNG")
    if name.endswith("geojson"):
        drawn = json.loads(path.read_text(encoding="utf-8"))
        assert {f["properties"]["what"] for f in drawn["features"]} >= {"voyage", "call", "leg"}
        assert drawn["quaywatch"]["simulated"] is False


def test_no_fleet_of_that_name(run: Run, sailed: Path) -> None:
    """The remedy names what there is."""
    answer = run("fleet", "nowhere", "--workspace", sailed / "w")
    assert answer.status == 2
    assert "error[fleet-missing]" in answer.err


LISTS: list[tuple[str, str, list[str]]] = [
    ("a.txt", "9074729\n\n# note\nSIM ONE\n", ["imo:9074729", "SIM ONE"]),
    ("a.txt", "IMO 9074729\nMMSI 299000010\n", ["imo:9074729", "mmsi:299000010"]),
    ("a.csv", "\ufeffName;IMO No.;Flag\nSIM ONE;9074729;XX\n", ["imo:9074729"]),
    ("a.csv", "SIM ONE,9074729\nSIM TWO,299000010\n", ["imo:9074729", "mmsi:299000010"]),
    ("a.tsv", "mmsi\tname\n299000010\tSIM ONE\n", ["mmsi:299000010"]),
    ("a.toml", '[[vessel]]\nname = "SIM ONE"\n', ["SIM ONE"]),
]


@pytest.mark.parametrize(("name", "text", "expected"), LISTS, ids=[str(n) for n in range(6)])
def test_lists_as_analysts_keep_them(name: str, text: str, expected: list[str]) -> None:
    """A list that is misread asks about other ships than its reader thinks."""
    members = parse_fleet(text.encode(), name=name).members
    assert [member.text for member in members] == expected


BAD: list[tuple[str, bytes, str]] = [
    ("a.csv", b"imo\n12345\n", "no IMO number"),
    ("a.csv", b"mmsi,name\n12,X\n", "no MMSI"),
    ("a.csv", b"imo,dwt\n9074729,heavy\n", "no deadweight"),
    ("a.csv", b"imo,IMO number\n9074729,9074729\n", "mean the same"),
    ("a.txt", b"# nobody\n", "names no vessel"),
    ("a.txt", b"\xff\xfe", "UTF-8"),
    ("a.toml", b"x = ", "not TOML"),
    ("a.toml", b"name = 'x'\n", "no [[vessel]]"),
]


@pytest.mark.parametrize(("name", "data", "fact"), BAD, ids=[str(n) for n in range(8)])
def test_a_list_that_cannot_be_read_is_refused(name: str, data: bytes, fact: str) -> None:
    """Nothing of it is used: half a fleet would pass for the whole."""
    with pytest.raises(FleetFileError, match=fact.replace("[", r"\[")):
        parse_fleet(data, name=name)


def test_a_bad_check_digit_is_said_not_mended() -> None:
    """One digit off is another ship, or none."""
    (member,) = parse_fleet(b"imo\n9074728\n", name="a.csv").members
    assert member.text == "imo:9074728"
    assert member.note is not None
    assert "check digit" in member.note
