"""A pass over the AIS of a workspace: found once, known since when, and found again to verify."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from quaywatch.ais.schema import POSITIONS_FRAME, STATICS_FRAME, conform
from quaywatch.errors import PassDiffersError
from quaywatch.stores.events import digest_of
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows import watch_ais
from quaywatch.workflows.case import build_case, new_case
from quaywatch.workflows.case_check import check_case
from quaywatch.workflows.ingest_ais import ingest_ais
from quaywatch.workflows.receive import Terms
from quaywatch.workflows.vessel import vessel_json
from quaywatch.workflows.watch import watch_workspace
from quaywatch.workflows.watch_ais import events_again

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
SILENT = 412_000_003
SILENT_FROM_H, SILENT_TO_H = 30.0, 42.0
TERMS = Terms("a receiver of ours", "CC0-1.0", "us", None)
PEERS = 30
HOURS = 60
Hours = NDArray[np.float64]


def track(mmsi: int, number: int, hours: Hours) -> pl.DataFrame:
    """A ship that roams a box of two degrees at 3 to 9 kn, with speed and course that fit."""
    rng = np.random.default_rng([11, number])
    east_rate, north_rate = rng.uniform(0.08, 0.12, 2)
    a, b = rng.uniform(0, 2 * np.pi, 2)
    east_kn = 60 * np.cos(np.radians(36)) * east_rate * np.cos(east_rate * hours + a)
    north_kn = 60 * north_rate * np.cos(north_rate * hours + b)
    course = np.degrees(np.arctan2(east_kn, north_kn)) % 360
    return pl.DataFrame(
        {
            "mmsi": np.full(len(hours), mmsi),
            "at": [NOON + timedelta(hours=float(h)) for h in hours],
            "lon": np.round(124.0 + np.sin(east_rate * hours + a), 5),
            "lat": np.round(36.0 + np.sin(north_rate * hours + b), 5),
            "sog_kn": np.round(np.hypot(east_kn, north_kn), 1),
            "cog_deg": np.round(course, 1),
            "heading_deg": np.round(course) % 360,
            "nav_status": np.zeros(len(hours), np.uint8),
            "msg_type": np.ones(len(hours), np.uint8),
            "transponder": ["A"] * len(hours),
            "receiver": ["terrestrial"] * len(hours),
        },
        schema_overrides={"mmsi": pl.UInt32(), "at": pl.Datetime("us", "UTC")},
    )


def minutes(number: int) -> Hours:
    """When a ship is heard: every two minutes or so, each at other seconds."""
    rng = np.random.default_rng([7, number])
    return np.sort(np.arange(0, HOURS, 1 / 30) + rng.uniform(0, 1 / 60, 30 * HOURS))


def fleet(folder: Path) -> Path:
    """A file in which one ship of many is silent for half a day amid the others."""
    parts = []
    for number in range(PEERS + 1):
        heard = minutes(number)
        mmsi = 412_000_000 + number
        if mmsi == SILENT:
            heard = heard[(heard < SILENT_FROM_H) | (heard > SILENT_TO_H)]
        parts.append(track(mmsi, number, heard))
    path = folder / "fleet.parquet"
    conform(pl.concat(parts).sort("at"), POSITIONS_FRAME).write_parquet(path)
    return path


def late(folder: Path) -> Path:
    """What another receiver heard of the silent ship, delivered later."""
    heard = minutes(SILENT % 1000)
    inside = heard[(heard > SILENT_FROM_H) & (heard < SILENT_TO_H)]
    path = folder / "late.parquet"
    conform(track(SILENT, SILENT % 1000, inside), POSITIONS_FRAME).write_parquet(path)
    return path


def ingest(workspace: Workspace, path: Path, known_at: datetime) -> None:
    """One file into the lake."""
    done = ingest_ais(
        workspace, [path], known_at=known_at, terms=TERMS, report=lambda _what, _share: None
    )
    assert not done["failures"]


def watch(workspace: Workspace, known_at: datetime) -> dict[str, object]:
    """All that follows."""
    return watch_workspace(workspace, now=known_at, report=lambda _what, _share: None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files lie."""
    return tmp_path_factory.mktemp("fleet")


@pytest.fixture
def workspace(tmp_path: Path, folder: Path, land_cache: Path) -> Iterator[Workspace]:
    """The fleet, watched once."""
    with Workspace.create(tmp_path / "w") as made:
        (made.cache_dir / "water").symlink_to(land_cache)
        ingest(made, fleet(folder), NOON + timedelta(days=5))
        watch(made, NOON + timedelta(days=5))
        yield made


def test_the_planted_silence_is_told_and_nobody_is_accused(workspace: Workspace) -> None:
    """Thirty ships heard all the time make one silence mean something, and only that one."""
    gaps = workspace.events.known(kinds=["gap"])
    assert gaps["mmsi"].to_list() == [SILENT]
    row = gaps.row(0, named=True)
    assert row["verdict"] == "significant"
    assert row["n"] >= 5
    assert 100 < row["statistic"] < 500  # 12 hours at one report in two minutes, by peers
    assert (row["end"] - row["start"]) / timedelta(hours=1) == pytest.approx(12, abs=0.2)
    assert "tell" not in workspace.events.known(kinds=["integrity"])["verdict"].to_list()


def test_a_second_run_adds_nothing(workspace: Workspace) -> None:
    """A nightly run over the same lake must leave the ledger as it is."""
    head = workspace.evidence.head()
    assert watch(workspace, NOON + timedelta(days=6))["new_records"] == 0
    assert workspace.evidence.head() == head


def test_a_newer_method_judges_anew(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an upgrade that accuses less, what an older version said must not stay in force."""
    monkeypatch.setattr(watch_ais, "_METHODS", ("another@9",))
    watch(workspace, NOON + timedelta(days=6))
    assert len(workspace.events.passes()) == 2
    with pytest.raises(PassDiffersError):
        events_again(workspace, workspace.events.passes()[0].claim)


def test_what_a_killed_pass_left_is_swept(workspace: Workspace, folder: Path) -> None:
    """A nightly run that is killed each night must not fill the disk."""
    left = workspace.cache_dir / "pass-killed"
    left.mkdir()
    (left / "segments-00000.npz").write_bytes(b"x")
    ingest(workspace, late(folder), NOON + timedelta(days=9))
    watch(workspace, NOON + timedelta(days=9))
    assert not list(workspace.cache_dir.glob("pass-*"))


def test_late_reports_end_the_gap_and_the_old_report_still_stands(
    workspace: Workspace, folder: Path
) -> None:
    """What a report said last month must be shown, and recomputed, as it was known then."""
    then, now = NOON + timedelta(days=5), NOON + timedelta(days=9)
    ingest(workspace, late(folder), now)
    watch(workspace, now)
    assert workspace.events.known(kinds=["gap"]).is_empty()
    assert workspace.events.known(as_of=then, kinds=["gap"])["mmsi"].to_list() == [SILENT]
    (held,) = workspace.events.history(kinds=["gap"]).iter_rows(named=True)
    assert (held["known_at"], held["known_until"]) == (then, now)
    first = workspace.events.passes()[0].claim
    value = first.value
    assert isinstance(value, dict)
    assert digest_of(events_again(workspace, first)["event_id"]) == value["digest"]


def test_a_case_argues_the_gap_and_verifies_after_late_reports(
    workspace: Workspace, folder: Path
) -> None:
    """A dossier handed over must verify from its own inputs, whatever was learned since."""
    subject = f"mmsi:{SILENT}"
    new_case(workspace, "silence", title="A silence", question="Was it?", subjects=[subject])
    case, _ = build_case(workspace, "silence", now=NOON + timedelta(days=6))
    statements = [workspace.evidence.get(found).statement for found in case.findings]  # type: ignore[attr-defined]  # findings, by their ids
    assert any("reception does not explain it" in said for said in statements)
    assert check_case(workspace, "silence").ok
    ingest(workspace, late(folder), NOON + timedelta(days=9))
    watch(workspace, NOON + timedelta(days=9))
    report = check_case(workspace, "silence")
    assert report.ok, [str(failure) for failure in report.failures]


def test_a_vessel_shows_its_gap_as_judged(workspace: Workspace) -> None:
    """The page of a vessel must not say less than the pass found."""
    shown = vessel_json(workspace, str(SILENT))
    (gap,) = shown["gaps"]
    assert gap["judged"] == "significant"
    assert gap["expected_messages"] > 100
    assert shown["port_calls"] == []
    assert "port_calls" not in shown["reason"]


def test_a_lake_without_positions_makes_no_pass_fail(tmp_path: Path, folder: Path) -> None:
    """Statics alone are AIS too; a pass over them finds nothing and says so."""
    path = folder / "statics.parquet"
    row = pl.DataFrame({"mmsi": [SILENT], "at": [NOON], "name": ["SILENCE"], "msg_type": [5]})
    conform(row, STATICS_FRAME).write_parquet(path)
    with Workspace.create(tmp_path / "w") as workspace:
        ingest(workspace, path, NOON + timedelta(days=1))
        found = watch(workspace, NOON + timedelta(days=1))
        assert found["gaps"] == 0
        assert workspace.events.known(kinds=["gap", "port-call"]).is_empty()
