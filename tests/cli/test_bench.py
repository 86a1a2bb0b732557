"""Benchmarks run as a user runs them: small, without the peers, and with what goes wrong."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from quaywatch.cases.roc_plot import roc_png
from quaywatch.testing.bench import ais_pass, integrity, pass_worker
from quaywatch.testing.bench.catalogue import BENCHES
from quaywatch.testing.bench.recorded import recorded

Run = Callable[..., Any]
KEYS = {"name", "data", "columns", "rows", "notes", "machine"}


def bench(run: Run, name: str, data: Path, *, size: int) -> dict[str, Any]:
    """JSON of a benchmark run in this process, where peers can be hidden."""
    answer = run("bench", name, "--data", data, "--size", size, "--json")
    assert answer.status == 0
    found: dict[str, Any] = answer.json
    assert set(found) >= KEYS
    assert found["name"] == name
    assert found["rows"]
    assert all(set(row) >= set(found["columns"]) for row in found["rows"])
    return found


def test_the_list_names_every_benchmark(run: Run) -> None:
    """A benchmark that nobody can find is never repeated."""
    listed = run("bench", "--json")
    assert listed.status == 0
    assert set(listed.json["benches"]) == set(BENCHES)


def test_an_unknown_benchmark_is_refused_with_those_known(run: Run) -> None:
    """A typing error must not look like an empty result."""
    answer = run("bench", "ais-nothing", "--json")
    assert answer.status == 2
    assert answer.json["error"]["code"] == "argument-invalid"
    assert "ais-pass" in answer.err


def test_a_folder_without_the_data_is_refused(run: Run, tmp_path: Path) -> None:
    """Figures of no data would be quoted as figures."""
    gone = run("bench", "ais-pass", "--data", str(tmp_path / "none"), "--json")
    assert gone.status == 2
    assert "--data" in gone.err
    empty = run("bench", "ais-pass", "--data", str(tmp_path), "--json")
    assert empty.status == 2
    assert empty.json["error"]["code"] == "file-missing"


def test_no_records_are_no_size(run: Run) -> None:
    """Zero records divide every figure by nothing."""
    answer = run("bench", "ais-pass", "--size", "0", "--json")
    assert answer.status == 2
    assert "--size" in answer.err


@pytest.fixture
def no_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As most readers have it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)


@pytest.fixture
def small_sea(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sixth of one recorded sea, and no coast: the rest is only more of it."""

    def sixth(data: Path, name: str) -> pl.DataFrame:
        whole = recorded(data, name)
        some = whole["mmsi"].unique(maintain_order=True)[::6]
        return whole.filter(pl.col("mmsi").is_in(some.implode()))

    monkeypatch.setattr(integrity, "recorded", sixth)
    monkeypatch.setattr(integrity, "Coast", lambda *_: None)
    monkeypatch.setattr(integrity, "WORLDS", integrity.WORLDS[:1])


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The worker of the pass in this process, once, and no coast: compiled code is shared."""

    def here(data: Path, size: int) -> dict[str, Any]:
        pass_worker.main([str(data), str(size), "1"])
        said: dict[str, Any] = json.loads(capsys.readouterr().out)
        return said

    monkeypatch.setattr(ais_pass, "_apart", here)
    monkeypatch.setattr(pass_worker, "Coast", lambda *_: None)


@pytest.mark.realdata
@pytest.mark.usefixtures("no_peers", "one_process")
def test_a_small_pass_without_peers_has_every_column(shared_data: Path, run: Run) -> None:
    """Most readers have no peer installed: theirs must still be the figures, with a note."""
    found = bench(run, "ais-pass", shared_data, size=3000)
    rows = {row["what"]: row for row in found["rows"]}
    assert {row["who"] for row in found["rows"]} == {"we"}
    assert rows["the whole pass"]["positions_per_s"] > 0
    assert {"segments", "integrity, judged", "gaps", "encounters"} <= set(rows)
    assert any("not installed" in note for note in found["notes"])


@pytest.mark.realdata
@pytest.mark.usefixtures("small_sea", "no_peers")
def test_what_is_missed_is_in_the_table(shared_data: Path, run: Run) -> None:
    """What we fail at is published beside what we find, and interference is right if unblamed."""
    found = bench(run, "ais-integrity", shared_data, size=3)
    rows = found["rows"]
    assert {"ou", "straight", "gap", "sparse", "replay", "clone"} <= {row["attack"] for row in rows}
    assert {row["heard"] for row in rows} == {"100%", "10%", "1%"}
    assert all(
        (row["right_is"] == "not blamed") == (row["attack"] == "interference") for row in rows
    )
    assert any("honest vessel-days" in note for note in found["notes"])
    (panels,) = {row["data"] for row in rows}
    picture = roc_png(integrity.curves(rows, panels), title=panels)
    assert picture.startswith(b"\x89PNG")
