"""What ``watch`` leaves out of account is said, in words and in JSON."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def drawn_at(site: dict[str, Any], path: Path, **changes: Any) -> None:  # noqa: ANN401 (JSON)
    """A copy of a site's drawing, changed."""
    path.write_text(json.dumps(site | changes))


def site_of(workspace: Path) -> dict[str, Any]:
    """The one site drawn in the workspace."""
    (path,) = (workspace / "sites").glob("*.geojson")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def swapped(site: dict[str, Any]) -> dict[str, Any]:
    """The same site with latitude written first."""
    text = re.sub(r"\[(-?\d+\.\d+), (-?\d+\.\d+)\]", r"[\2, \1]", json.dumps(site))
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_site_drawn_latitude_first_is_not_a_quiet_port(run: Run, workspace: Path) -> None:
    """The commonest slip in drawing a site leaves it without a scene: silence would read as calm.

    The half of the coordinates beyond 90 degrees is refused anyway; this slip is one that passes.
    """
    site = site_of(workspace)
    moved = json.loads(json.dumps(site).replace("-118.2", "-58.2"))
    drawn_at(swapped(moved), workspace / "sites" / "swapped.geojson", id="swapped")
    found = run("watch", "--workspace", workspace, "--json").json
    (off,) = found["sites_off_scenes"]
    assert off["site"] == "swapped"
    assert 1_000 < off["nearest_km"] < 20_100
    said = run("watch", "--workspace", workspace)
    assert "Site swapped: no scene shows it; the nearest is" in said.err
    assert "longitude first" in said.err


def test_a_scene_that_lies_on_no_site_is_told_of(run: Run, workspace: Path) -> None:
    """An image paid for and never looked at is a gap in coverage that its owner must hear of."""
    site = site_of(workspace)
    for path in (workspace / "sites").glob("*.geojson"):
        path.unlink()
    elsewhere = json.loads(json.dumps(site).replace("-118.2", "-58.2"))
    drawn_at(elsewhere, workspace / "sites" / "elsewhere.geojson", id="elsewhere")
    found = run("watch", "--workspace", workspace, "--json").json
    assert len(found["scenes_off_sites"]) == 1
    said = run("watch", "--workspace", workspace)
    assert "1 scene lies on no site and tells nothing:" in said.err


def test_one_quay_in_two_sites_is_told_of(run: Run, workspace: Path) -> None:
    """Whoever adds up two sites that share a berth counts each ship twice."""
    drawn_at(site_of(workspace), workspace / "sites" / "again.geojson", id="again")
    found = run("watch", "--workspace", workspace, "--json").json
    assert found["berths_shared"] == [["again/b1", "quay/b1"]]
    said = run("watch", "--workspace", workspace)
    assert "again/b1 and quay/b1 are one quay drawn twice" in said.err


def test_two_files_of_one_site_are_refused(run: Run, workspace: Path) -> None:
    """Which of two drawings counts must never depend on the names of their files."""
    drawn_at(site_of(workspace), workspace / "sites" / "zz-copy.geojson")
    answer = run("watch", "--workspace", workspace, "--json")
    assert answer.json["error"]["code"] == "site-file-invalid"
    assert "zz-copy.geojson are both the site 'quay'" in answer.json["error"]["message"]


def test_an_empty_workspace_is_said_to_be_empty(run: Run, tmp_path: Path) -> None:
    """Noughts in a table read as a result; nothing was looked at."""
    assert run("init", tmp_path / "new").status == 0
    said = run("watch", "--workspace", tmp_path / "new")
    assert said.status == 0
    assert "No AIS was entered" in said.out
    assert "No site is drawn" in said.err
    assert "No scene was entered" in said.err
