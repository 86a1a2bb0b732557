"""Likeness and line-ups as a user runs them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quaywatch.imagery.grid import Grid
from quaywatch.stores.workspace import Workspace

Run = Callable[..., Any]
GRID = Grid("EPSG:32611", (3.0, 0.0, 385_000.0, 0.0, -3.0, 3_736_000.0), 300, 200)
SHIP = "imo:9074729"
MARK = "length_m=210,beam_m=30,heading_deg=90"


@pytest.fixture
def there(workspace: Path) -> str:
    """The middle of the hull in the scene of the workspace, as a user names it."""
    lon, lat = (float(v) for v in GRID.lonlat_of(95.0, 95.0))
    with Workspace.open(workspace) as store:
        (scene,) = (c.subject for c in store.evidence.find("claim", predicate="scene"))  # type: ignore[attr-defined]  # they are claims
    return f"scene={scene.removeprefix('scene:')},lon={lon:.6f},lat={lat:.6f}"


def test_a_ship_of_unknown_size_is_not_comparable(run: Run, workspace: Path, there: str) -> None:
    """No image of her, no register: no ratio, with the reason, and no even odds."""
    asked = ("--questioned", f"{there},{MARK}", "--ship", SHIP, "--workspace", workspace)
    got = run("likeness", *asked, "--json").json

    assert (got["verdict"], got["ratio"]) == ("not-comparable", None)
    assert "no register" in got["reason"]
    assert got["bearings"] == []
    assert "not comparable" in run("likeness", *asked).out.lower()


def test_asked_again_nothing_is_added(run: Run, workspace: Path, there: str) -> None:
    """The same question twice is one claim: else a case would count it twice."""
    asked = (
        "likeness", "--ship", SHIP, "--questioned", f"{there},{MARK}",
        "--reference", f"{there},{MARK}", "--workspace", workspace, "--json",
    )  # fmt: skip
    first, second = run(*asked).json, run(*asked).json

    assert first["claim"] == second["claim"]
    assert first["appearance"]["reason"] == "both are one and the same hull of one image"
    assert run("case", "verify", "one", "--workspace", workspace).status == 0


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("scene=none,lon=1.0,lat=2.0", "scene-missing"),
        ("lon=1.0,lat=2.0", "argument-invalid"),
        ("scene=none,lon=1.0", "argument-invalid"),
        ("scene=none,lon=1.0,lat=2.0,length_m=100", "argument-invalid"),
        ("scene=none,lon=1.0,lat=2.0,length_m=20,beam_m=30,heading_deg=0", "argument-invalid"),
    ],
    ids=["no-scene", "no-id", "no-lat", "half-a-mark", "beam-over-length"],
)
def test_a_place_that_cannot_be_read_is_refused(
    run: Run, workspace: Path, place: str, code: str
) -> None:
    """A bare pair or half a mark would compare another hull than was meant."""
    got = run(
        "likeness", "--ship", SHIP, "--questioned", place, "--workspace", workspace, "--json"
    )  # fmt: skip

    assert got.status == 2
    assert got.json["error"]["code"] == code


def test_water_without_a_hull_is_said(run: Run, workspace: Path, there: str) -> None:
    """No hull at the place is no hull that differs."""
    scene = there.partition(",")[0]
    lon, lat = (float(v) for v in GRID.lonlat_of(260.0, 30.0))
    got = run(
        "likeness", "--ship", SHIP, "--questioned", f"{scene},lon={lon},lat={lat}",
        "--workspace", workspace, "--json",
    )  # fmt: skip

    assert got.json["error"]["code"] == "hull-missing"


def test_a_line_up_needs_foils(run: Run, workspace: Path, there: str) -> None:
    """One hull among two is no line-up, and is not made into one."""
    got = run(
        "lineup", "new", "--ship", SHIP, "--questioned", f"{there},{MARK}",
        "--reference", f"{there},{MARK}", "--workspace", workspace, "--json",
    )  # fmt: skip

    assert got.json["error"]["code"] == "lineup"
    assert "needs 5" in got.json["error"]["message"]


def test_a_line_up_that_is_not_here_is_named(run: Run, workspace: Path) -> None:
    """A slip in the word on a sheet must not log an answer to another."""
    got = run(
        "lineup", "answer", "ab12cd34", "--choice", "1", "--examiner", "kestrel",
        "--workspace", workspace, "--json",
    )  # fmt: skip

    assert got.json["error"]["code"] == "lineup"
