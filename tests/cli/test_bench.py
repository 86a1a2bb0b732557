"""Benchmarks run as a user runs them: small, without the peers, and with what goes wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quaywatch.cli.main import main
from quaywatch.testing.bench import report
from quaywatch.testing.bench.catalogue import BENCHES

Run = Callable[..., Any]
KEYS = {"name", "data", "columns", "rows", "notes", "machine"}
SIZES = {"ais-integrity": 3, "ais-pass": 3000}


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON of a command run in this process, where peers can be hidden."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out = capsys.readouterr().out
    return int(ended.value.code or 0), json.loads(out)


def test_the_list_names_every_benchmark(run: Run) -> None:
    """A benchmark that nobody can find is never repeated."""
    listed = run("bench", "--json")
    assert listed.status == 0
    assert set(listed.json["benches"]) == set(BENCHES)


def test_an_unknown_benchmark_is_refused_with_those_known(run: Run) -> None:
    """A typing error must not look like an empty result."""
    answer = run("bench", "ais-nothing", "--json")
    assert answer.status == 2
    assert answer.json["error"]["code"] == "argument"
    assert "ais-pass" in answer.err


def test_a_folder_without_the_data_is_refused(run: Run, tmp_path: Path) -> None:
    """Figures of no data would be quoted as figures."""
    gone = run("bench", "ais-pass", "--data", str(tmp_path / "none"), "--json")
    assert gone.status == 2
    assert "--data" in gone.err
    empty = run("bench", "ais-pass", "--data", str(tmp_path), "--json")
    assert empty.status == 2
    assert empty.json["error"]["code"] == "source-missing"


def test_no_records_are_no_size(run: Run) -> None:
    """Zero records divide every figure by nothing."""
    answer = run("bench", "ais-pass", "--size", "0", "--json")
    assert answer.status == 2
    assert "--size" in answer.err


@pytest.mark.realdata
@pytest.mark.parametrize("name", sorted(SIZES))
def test_a_small_run_without_peers_has_every_column(
    name: str,
    shared_data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Most readers have no peer installed: theirs must still be the figures, with a note."""
    monkeypatch.setattr(report.importlib.util, "find_spec", lambda _name: None)
    status, found = told(
        capsys, "bench", name, "--data", str(shared_data), "--size", str(SIZES[name]), "--json"
    )
    assert status == 0
    assert set(found) >= KEYS
    assert found["name"] == name
    assert found["rows"]
    for row in found["rows"]:
        assert set(row) >= set(found["columns"])
    if name == "ais-pass":
        assert {row["who"] for row in found["rows"]} == {"we"}
        assert any("not installed" in note for note in found["notes"])


@pytest.mark.realdata
def test_interference_and_the_best_simulator_are_in_the_table(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What we fail at is published beside what we find."""
    _, found = told(
        capsys, "bench", "ais-integrity", "--data", str(shared_data), "--size", "3", "--json"
    )
    attacks = {row["attack"] for row in found["rows"]}
    assert {"ou", "interference", "gap", "sparse", "replay"} <= attacks
    assert {row["heard"] for row in found["rows"]} == {"100%", "10%", "1%"}
    assert any("honest vessel-days" in note for note in found["notes"])
