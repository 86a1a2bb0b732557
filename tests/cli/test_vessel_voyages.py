"""``vessel V voyages`` as a user runs it, on a world whose voyages are known."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from quaywatch.evidence.record import Claim
from quaywatch.geo.water import WaterRouter
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.voyage_world import CARRIER, ROADS, UNNAMED, UNSEEN
from quaywatch.workflows.case_recomputing import recomputing

Run = Callable[..., Any]
KEYS = {
    "subject", "name", "mmsi", "known", "voyages", "calls", "legs", "gaps", "cargo", "worth",
    "reasons", "notes", "claim", "method", "contradicted_by",
}  # fmt: skip


@pytest.fixture(scope="session")
def told(sailed: Path) -> dict[str, Any]:
    """The carrier's voyages as JSON."""
    with pytest.MonkeyPatch.context() as patch:
        import sys  # noqa: PLC0415  # patched below

        from quaywatch.cli.main import main  # noqa: PLC0415  # runs in this process

        out = io.StringIO()
        patch.setattr(sys, "stdout", out)
        patch.setattr(
            sys,
            "argv",
            ["quaywatch", "vessel", CARRIER.name or "", "voyages", "--workspace",
             str(sailed / "w"), "--json"],
        )  # fmt: skip
        main()
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_calls_are_where_and_when_they_were(told: dict[str, Any]) -> None:
    """A call put at the wrong place or time is a false accusation waiting to be printed."""
    assert set(told) >= KEYS
    seen = [(c["name"], c["arrived_latest"][:13], c["seen_by"]) for c in told["calls"]]
    assert seen == [
        ("Loading roads", "2024-03-01T00", "ais"),
        ("Discharge roads", "2024-03-02T12", "ais"),
        ("Loading roads", "2024-03-06T12", "ais"),
        ("Discharge roads", "2024-03-08T00", "ais"),
    ]


def test_voyages_run_from_loading_to_discharge(told: dict[str, Any]) -> None:
    """What the draught says of each call cuts the voyages; nothing else was planted."""
    kinds = [v["kind"] for v in told["voyages"]]
    assert kinds == ["cargo", "repositioning", "cargo", "repositioning"]
    for voyage in told["voyages"][::2]:
        assert (voyage["load_name"], voyage["discharge_name"]) == (
            "Loading roads", "Discharge roads",
        )  # fmt: skip
        assert 0.5 < voyage["p_laden"] < 1


def test_a_silence_asserts_no_call(told: dict[str, Any]) -> None:
    """Two calls were planted in the silence; reach alone must not state either as likely."""
    (gap,) = told["gaps"]
    assert gap["hours"] == pytest.approx(66, abs=1)
    assert {m["name"] for m in gap["may_hold"]} == {"Loading roads", "Discharge roads"}
    assert all(m["probability"] <= 0.5 for m in gap["may_hold"])
    assert not any(c["seen_by"] == "hidden" for c in told["calls"])


def test_tonnes_are_intervals_and_no_value_is_invented(told: dict[str, Any]) -> None:
    """Deadweight is known, a price is not: tonnes as an interval, no dollars, and why."""
    cargo = told["voyages"][0]
    low, high = cargo["tonnes"]["interval_95"]
    assert low <= cargo["tonnes"]["mean"] <= high <= 13_000 * 1.1
    assert cargo["value_usd"] is None
    assert "No" in cargo["value_reason"] or "not known" in cargo["value_reason"]
    total = told["cargo"]
    assert (total["deadweight_over_voyages_t"], total["deadweight_over_ships_t"]) == (26000, 13000)


def test_a_second_run_adds_nothing(run: Run, sailed: Path, told: dict[str, Any]) -> None:
    """A ledger that grows with every look at it is no record of what was learnt."""
    with Workspace.open(sailed / "w") as workspace:
        before = workspace.evidence.head()
    again = run("vessel", told["subject"], "voyages", "--workspace", sailed / "w", "--json").json
    assert again == told
    with Workspace.open(sailed / "w") as workspace:
        assert workspace.evidence.head() == before


def test_the_claims_are_made_again(sailed: Path, told: dict[str, Any]) -> None:
    """What anyone may quote recomputes from its inputs, or is worth nothing."""
    with Workspace.open(sailed / "w") as workspace:
        claim = workspace.evidence.get(told["claim"])
        assert isinstance(claim, Claim)
        assert len(told["voyages"]) == len(claim.value["voyages"])  # type: ignore[arg-type,index,call-overload]  # a table
        router = WaterRouter(workspace.cache_dir / "water")
        make = recomputing(workspace, router)[claim.method]
        inputs = [workspace.evidence.get(record_id) for record_id in claim.inputs]
        assert make(claim, inputs).id == claim.id


def test_the_contract_of_vessel_json_holds(run: Run, sailed: Path, told: dict[str, Any]) -> None:
    """Scripts read ``voyages`` of ``vessel V --json``: the same as of the view of its own."""
    got = run("vessel", told["subject"], "--workspace", sailed / "w", "--json").json
    assert got["voyages"] == told["voyages"]
    assert "voyages" not in got["reason"]


def test_one_that_broadcasts_no_identity_is_said_to(run: Run, sailed: Path) -> None:
    """A transponder is not a vessel; it has a call, no leg, and no name."""
    got = run("vessel", UNNAMED.mmsi, "voyages", "--workspace", sailed / "w", "--json").json
    assert got["name"] is None
    assert [c["name"] for c in got["calls"]] == ["Discharge roads"]
    assert any("no leg" in reason for reason in got["reasons"])


def test_one_without_ais_has_only_what_is_reported(run: Run, sailed: Path) -> None:
    """A report is somebody's word: it says so, and bounds nothing that nobody saw."""
    got = run("vessel", UNSEEN, "voyages", "--workspace", sailed / "w", "--json").json
    (call,) = got["calls"]
    assert (call["seen_by"], call["name"]) == ("reported", "Loading roads")
    assert call["arrived_earliest"] is None
    assert any("No AIS" in note for note in got["notes"])


@pytest.mark.parametrize("ending", ["csv", "geojson", "parquet"])
def test_the_same_rows_in_every_table(
    run: Run, sailed: Path, tmp_path: Path, told: dict[str, Any], ending: str
) -> None:
    """A row that one form drops is a gap that its reader never hears of."""
    path = tmp_path / f"v.{ending}"
    answer = run("vessel", told["subject"], "voyages", "--out", path, "--workspace", sailed / "w")
    assert answer.status == 0, answer.err
    rows = _rows(path)
    count = {what: sum(row["what"] == what for row in rows) for what in ("voyage", "call", "gap")}
    assert count == {"voyage": 4, "call": 4, "gap": 1}
    assert {row["method"] for row in rows if row["what"] == "voyage"} == {"voyage@1"}


def _rows(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    if path.suffix == ".geojson":
        drawn = json.loads(path.read_text(encoding="utf-8"))
        for feature in drawn["features"]:
            if feature["properties"]["what"] == "call":
                assert tuple(feature["geometry"]["coordinates"]) in {
                    _near(place, feature["geometry"]["coordinates"]) for place in ROADS.values()
                }
        return [feature["properties"] for feature in drawn["features"]]
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def _near(place: tuple[float, float], at: list[float]) -> tuple[float, float]:
    """The point itself, where it lies at the place."""
    return (at[0], at[1]) if max(abs(place[0] - at[0]), abs(place[1] - at[1])) < 0.06 else place


@pytest.mark.parametrize(("flag", "name"), [("--out", "m.png"), ("--chart", "c.svg")])
def test_drawings_open(
    run: Run, sailed: Path, tmp_path: Path, told: dict[str, Any], flag: str, name: str
) -> None:
    """The map and the chart are written whole, in the form that their name asks for."""
    path = tmp_path / name
    assert run(
        "vessel", told["subject"], "voyages", flag, path, "--workspace", sailed / "w"
    ).status == 0  # fmt: skip
    head = path.read_bytes()[:60]
    assert head.startswith(b"\x89PNG") or b"<?xml" in head


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("9074729", "voyages", "--out", "v.xlsx"), "argument-invalid"),
        (("9074729", "journeys"), "argument-invalid"),
        (("9074729", "--out", "v.csv"), "argument-invalid"),
        (("1234567", "voyages"), "vessel-unknown"),
        (("NOBODY AT ALL", "voyages"), "vessel-unknown"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    run: Run, sailed: Path, arguments: tuple[str, ...], code: str
) -> None:
    """A slip must not come back as "no voyages"."""
    answer = run("vessel", *arguments, "--workspace", sailed / "w")
    assert answer.status == 2
    assert f"error[{code}]" in answer.err


def test_before_a_pass_it_says_so(run: Run, sailed: Path, tmp_path: Path) -> None:
    """AIS that nobody has gone over yet is not a ship without calls."""
    run("init", tmp_path / "w")
    here = ("--workspace", tmp_path / "w")
    run("ingest", "ais", sailed / "ais.csv", "--timezone", "UTC", *here)
    shutil.rmtree(tmp_path / "w" / "cache" / "water", ignore_errors=True)
    got = run("vessel", CARRIER.mmsi, "voyages", *here, "--json").json
    assert got["voyages"] == []
    assert any("quaywatch watch" in note for note in got["notes"])


def test_times_are_in_order(told: dict[str, Any]) -> None:
    """A departure before its arrival would break every table that follows."""
    for call in told["calls"]:
        known = [call[k] for k in ("arrived_earliest", "arrived_latest", "departed_earliest",
                                   "departed_latest") if call[k]]  # fmt: skip
        times = [datetime.fromisoformat(t) for t in known]
        assert times == sorted(times)
