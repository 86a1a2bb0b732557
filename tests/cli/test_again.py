"""Run twice, interrupted, or fed odd names: a command may always be run again."""

import io
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from rich.console import Console

from quaywatch.cli import output

Run = Callable[..., Any]
EXECUTABLE = Path(sys.executable).with_name("quaywatch")
CSV_HEADER = "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,Length\n"


RECORDS = 150_000


def files_in(folder: Path) -> set[Path]:
    """Every file below a folder, landed or not."""
    return {path for path in folder.rglob("*") if path.is_file()}


def head_of(root: Path) -> tuple[tuple[int, str], dict[str, int]]:
    """The ledger's head and the lake's rows."""
    from quaywatch.stores.workspace import Workspace  # noqa: PLC0415 - not at collection

    with Workspace.open(root) as opened:
        return opened.evidence.head(), opened.lake.count()


def test_a_second_run_changes_nothing(run: Run, base: Path, workspace: Path) -> None:
    """Jobs are run by timers: a second run that added anything would grow without end."""
    before = head_of(workspace)
    given = base.parent
    terms = ("--licence", "CC0-1.0", "--credit", "nobody")
    here = ("--workspace", workspace)
    first = run(
        "ingest", "ais", given / "a.log", "--timezone", "Europe/Paris", *here, "--json"
    ).json
    assert (first["kept"], first["duplicates"]) == (0, first["records"])
    assert run("ingest", "imagery", next(given.glob("*.tif")), *terms, *here).status == 0
    assert run("ingest", "claims", given / "claims.toml", *here, "--json").json["new_records"] == 0
    assert run("watch", *here, "--json").json["new_records"] == 0
    assert head_of(workspace) == before


def town(path: Path, day: int) -> Path:
    """A scene where the site is drawn, with the land that one scene is laid on another by."""
    rng = np.random.default_rng(11)
    picture = np.full((200, 300), 50.0)
    for _ in range(400):
        y, x = rng.integers(0, (90, 280))
        h, w = rng.integers(4, 20, 2)
        picture[y : min(y + h, 90), x : x + w] = rng.uniform(60, 230)
    with rasterio.open(
        path, "w", driver="GTiff", width=300, height=200, count=3, dtype="uint8",
        crs="EPSG:32611", transform=Affine(3.0, 0.0, 385_000.0, 0.0, -3.0, 3_736_000.0),
    ) as target:  # fmt: skip
        noisy = picture + np.random.default_rng(day).normal(0, 1.5, picture.shape)
        target.write(np.stack([noisy, noisy * 0.95 + 6, noisy * 0.9 + 5]).astype(np.uint8))
    return path


def test_a_new_reference_is_chosen_only_where_it_is_asked_for(
    run: Run, workspace: Path, tmp_path: Path
) -> None:
    """Every berth of every look moves with its reference: never unasked, never at all sites."""
    here = ("--workspace", workspace, "--json")
    terms = ("--licence", "CC0-1.0", "--credit", "nobody")
    for day in (19, 20):
        scene = town(tmp_path / f"201710{day}_175517_1005.tif", day)
        assert run("ingest", "imagery", scene, *terms, *here).status == 0
        answer = run("watch", *here)
        assert answer.status == 0, answer.err
        assert answer.json["looks"] >= 1
    before = head_of(workspace)
    refused = run("watch", "--new-reference", *here)
    assert refused.json["error"]["code"] == "argument-invalid"
    assert "--site" in refused.json["error"]["message"]
    assert head_of(workspace) == before
    assert run("watch", "--site", "quay", *here).json["looks"] == 0
    anew = run("watch", "--site", "quay", "--new-reference", *here)
    assert anew.json["looks"] == 3, "the first scene and the two of the town, on another reference"
    assert run("watch", *here).json["looks"] == 0


def test_a_case_begun_twice_is_not_overwritten(run: Run, workspace: Path) -> None:
    """What an analyst wrote into a case file is not ours to replace."""
    file = workspace / "cases" / "one" / "case.toml"
    written = file.read_bytes()
    words = ("case", "new", "one", "--question", "Another?", "--subject", "imo:9074729")
    answer = run(*words, "--workspace", workspace, "--json")
    assert answer.json["error"]["code"] == "case-exists"
    assert file.read_bytes() == written


def test_a_workspace_made_twice_is_left_alone(run: Run, workspace: Path) -> None:
    """``init`` typed in the wrong folder must cost nothing."""
    before = head_of(workspace)
    assert run("init", workspace, "--json").json["error"]["code"] == "workspace-exists"
    assert head_of(workspace) == before


@pytest.mark.parametrize("reached", ["objects", "lake"])
def test_an_interrupted_ingest_is_completed_by_running_it_again(
    run: Run, workspace: Path, reached: str
) -> None:
    """Control-C is how people stop a long ingest; it must cost them only the time."""
    path = workspace.parent / "many.csv"
    row = "338148873,2022-01-{:02d}T{:02d}:{:02d}:{:02d},{:.5f},-117.9,0.0,280.0,511,A,,\n"
    with path.open("w", encoding="utf-8") as file:
        file.write(CSV_HEADER)
        for n in range(RECORDS):
            when = (1 + n // 86_400, n // 3600 % 24, n // 60 % 60, n % 60)
            file.write(row.format(*when, 20 + n / 1e4))
    before, files = head_of(workspace), files_in(workspace / "store" / reached)
    command = [str(EXECUTABLE), "ingest", "ais", str(path), "--workspace", str(workspace), "--json"]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while started.poll() is None and files_in(workspace / "store" / reached) == files:
        pass
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)
    # On a slow disk the signal may come when all is done.
    assert started.returncode in {0, 130}, said.decode()
    if started.returncode == 130:
        assert b"run the same command again" in said
    again = run("ingest", "ais", path, "--workspace", workspace, "--json").json
    assert again["records"] == RECORDS
    assert head_of(workspace)[1]["positions"] == before[1]["positions"] + RECORDS
    assert run("case", "verify", "one", "--workspace", workspace).status == 0


def test_names_are_printed_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names come from transponders: ``[/b]`` in one must neither vanish nor end the program."""
    shown = io.StringIO()
    monkeypatch.setattr(output, "OUT", Console(file=shown, width=100))
    odd = "SEA [bold]STAR[/b] [/]"
    output.print_table(odd, ("ship",), [[odd]])
    output.print_pairs(odd, [("name", odd)])
    output.print_line(odd, dim=True)
    output.print_table(odd, ("ship",), [])
    assert shown.getvalue().count(odd) == 6


def test_a_workspace_can_be_copied(run: Run, base: Path, tmp_path: Path) -> None:
    """It is a folder that the user owns: a copy elsewhere verifies like the first."""
    copy = shutil.copytree(base, tmp_path / "elsewhere [1]", symlinks=True)
    assert run("case", "verify", "one", "--workspace", copy).status == 0
