"""Scenes matched with the AIS of a lake: from what is kept to a claim that can be made again."""

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from typer.testing import CliRunner

from quaywatch.cases.match_sheet import match_sheet
from quaywatch.cases.plates import Side
from quaywatch.cli.main import app
from quaywatch.evidence.record import Claim
from quaywatch.fusion.match import MatchVerdict, SceneMatch, match_of
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.ingest_ais import ingest_ais
from quaywatch.workflows.looks import watch_looks
from quaywatch.workflows.match import again, match_claims
from quaywatch.workflows.match_pictured import again as pictured_again
from quaywatch.workflows.match_pictured import picture_claim
from quaywatch.workflows.match_shown import draw_matches, matches_json
from quaywatch.workflows.receive import Terms
from quaywatch.workflows.scenes import ingest_imagery

NOW = datetime(2025, 6, 2, tzinfo=UTC)
CAPTURE = datetime(2017, 10, 18, 17, 55, 17, tzinfo=UTC)
QUAY = {
    "type": "FeatureCollection", "id": "quay", "name": "A quay", "features": [{
        "type": "Feature", "properties": {"id": "b1", "kind": "berth", "name": "One"},
        "geometry": {"type": "Polygon", "coordinates": [[
            [-118.2415, 33.757], [-118.239, 33.757], [-118.239, 33.7565], [-118.2415, 33.7565],
            [-118.2415, 33.757]]]},
    }],
}  # fmt: skip
HEAD = "MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,Length,Status,TransceiverClass\n"


def silent(_what: str, _share: float) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a scene of a ship at a quay and the look of it, and no AIS of that year."""
    root = tmp_path_factory.mktemp("match")
    scene = root / "20171018_175517_1005.tif"
    picture = np.random.default_rng(7).normal(50, 2, (3, 200, 300)).clip(1, 255)
    picture[:, 90:100, 60:130] = 200
    with rasterio.open(
        scene, "w", driver="GTiff", width=300, height=200, count=3, dtype="uint8",
        crs="EPSG:32611", transform=Affine(3.0, 0.0, 385_000.0, 0.0, -3.0, 3_736_000.0),
    ) as target:  # fmt: skip
        target.write(picture.astype(np.uint8))
    stated = {"licence": "CC0-1.0", "credit": "nobody"}
    with Workspace.create(root / "w") as workspace:
        (workspace.sites_dir / "quay.geojson").write_text(json.dumps(QUAY), encoding="utf-8")
        ingest_imagery(workspace, [scene], known_at=NOW, stated=stated, report=silent)
        watch_looks(workspace, now=NOW, site=None, report=silent)
    return root / "w"


@pytest.fixture
def seen(looked_at: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    target = tmp_path / "w"
    shutil.copytree(looked_at, target, symlinks=True, ignore=shutil.ignore_patterns("scenes"))
    return target


def look_hull(workspace: Workspace) -> dict[str, Any]:
    """The hull that the look of the quay shows."""
    (look,) = workspace.evidence.find("claim", predicate="look")
    value: Any = look.value  # type: ignore[attr-defined]  # a look, by its predicate
    (hull,) = value["detections"]
    return dict(hull)


def heard(
    workspace: Workspace,
    folder: Path,
    ships: Sequence[tuple[int, float, float]],
    minutes: Sequence[int] = (-65, -35, -5, 5, 35, 65),
) -> None:
    """AIS of ships that lie still at places, on both sides of the capture."""
    times = [CAPTURE + timedelta(minutes=m) for m in minutes]
    lines = [
        f"{mmsi},{at:%Y-%m-%dT%H:%M:%S},{lat:.6f},{lon:.6f},0.0,0.0,511,SHIP {mmsi % 100},,5,A\n"
        for mmsi, lon, lat in ships
        for at in times
    ]
    path = folder / "about.csv"
    path.write_text(HEAD + "".join(lines), encoding="utf-8")
    ingest_ais(workspace, [path], known_at=NOW, terms=Terms(), report=silent)


def only(workspace: Workspace) -> tuple[Claim, SceneMatch]:
    """The one scene's match."""
    (claim,) = match_claims(workspace, report=silent)
    match = match_of(claim)
    assert match is not None
    return claim, match


def test_an_empty_slice_makes_nobody_dark(seen: Path) -> None:
    """The lake holds AIS of another year: the hull at the quay is unmatched, and that is all."""
    with Workspace.open(seen) as workspace:
        _, match = only(workspace)

    (hull,) = match.hulls
    assert (match.ais_reports, hull.verdict, hull.p_dark) == (0, MatchVerdict.UNMATCHED, None)
    assert "empty slice" in hull.reason
    assert not match.bearings


def test_a_ship_heard_at_the_quay_is_matched_and_the_claim_comes_out_again(
    seen: Path, tmp_path: Path
) -> None:
    """What a case quotes must follow from its inputs, whatever the lake has learnt since."""
    with Workspace.open(seen) as workspace:
        hull = look_hull(workspace)
        heard(workspace, tmp_path, [(367000001, hull["lon"], hull["lat"])])
        claim, match = only(workspace)
        workspace.evidence.append([claim], known_at=NOW)
        inputs = [workspace.evidence.get(name) for name in claim.inputs]
        (tmp_path / "more").mkdir()
        heard(workspace, tmp_path / "more", [(367000002, hull["lon"] + 0.001, hull["lat"])])

        assert again(claim, inputs, workspace).id == claim.id
        assert match_claims(workspace, report=silent)[0].id != claim.id
        drawn = draw_matches(workspace, "quay", tmp_path / "pictures")
        shown = matches_json(workspace, "quay")

    assert [h.mmsi for h in match.hulls] == [367000001]
    assert match.controls.still_matched == 1
    assert all("record" in report for report in match.ships[0].reports)
    assert [b["hypothesis"] for b in match.bearings][:1] == ["broadcast-false"]
    assert [path.read_bytes()[:4] for path in drawn] == [b"\x89PNG"]
    assert shown["names"] == {"367000001": "SHIP 1"}


@pytest.mark.parametrize(
    ("every_min", "verdict"),
    [(60, MatchVerdict.UNMATCHED), (4, MatchVerdict.DARK)],
    ids=["heard hourly", "heard every four minutes"],
)
def test_a_hull_of_nobody_is_dark_only_where_ships_beside_it_are_heard_well(
    seen: Path, tmp_path: Path, every_min: int, verdict: MatchVerdict
) -> None:
    """The same hull, the same ships about it: what differs is how well they are received."""
    with Workspace.open(seen) as workspace:
        hull = look_hull(workspace)
        about = [(367000010 + k, hull["lon"] - 0.02 - 0.003 * k, hull["lat"]) for k in range(7)]
        heard(workspace, tmp_path, about, range(-181, 182, every_min))
        _, match = only(workspace)

    (found,) = match.hulls
    assert (found.verdict, found.hearing.peers) == (verdict, 7)
    assert (found.p_dark is None) == (verdict != MatchVerdict.DARK)


def test_a_capture_known_to_the_day_is_not_matched(seen: Path) -> None:
    """Broadcasts are of moments: a day holds every place that a ship was at."""
    with Workspace.open(seen) as workspace:
        (scene,) = workspace.evidence.find("claim", predicate="scene")
        assert isinstance(scene, Claim)
        assert scene.time is not None
        day = scene.time.model_copy(update={"end": scene.time.start + timedelta(days=1)})
        looks = list(workspace.evidence.find("claim", predicate="look"))

        made = again(scene, [scene.model_copy(update={"time": day}), *looks], workspace)

    assert made.value is None
    assert "day only" in str(made.reason)


def test_a_second_run_adds_nothing(seen: Path) -> None:
    """Watching again what is known costs no new record."""
    with Workspace.open(seen) as workspace:
        (claim,) = match_claims(workspace, report=silent)
        workspace.evidence.append([claim], known_at=NOW)

        assert match_claims(workspace, report=silent) == [claim]


def test_the_command_tells_who_each_hull_is_and_what_it_rests_on(
    seen: Path, tmp_path: Path
) -> None:
    """An analyst reads the table; a script reads the same as JSON."""
    with Workspace.open(seen) as workspace:
        hull = look_hull(workspace)
        heard(workspace, tmp_path, [(367000001, hull["lon"], hull["lat"])])
        workspace.evidence.append(match_claims(workspace, report=silent), known_at=NOW)
    asked = ["site", "quay", "matches", "--workspace", str(seen)]

    table = CliRunner().invoke(app, asked)
    told = json.loads(CliRunner().invoke(app, [*asked, "--json"]).output)

    assert table.exit_code == 0
    assert "matched" in table.output
    assert told["scenes"][0]["match"]["hulls"][0]["mmsi"] == 367000001


def test_a_picture_of_the_hulls_is_made_again_from_its_match(seen: Path) -> None:
    """A plate that nobody can make again is an illustration, not evidence."""
    with Workspace.open(seen) as workspace:
        claims = match_claims(workspace, report=silent)
        workspace.evidence.append(claims, known_at=NOW)
        found = [(c, m) for c in claims if (m := match_of(c)) is not None and m.hulls]
        for claim, match in found:
            made = picture_claim(workspace, claim, match)
            assert pictured_again(made, [claim], workspace).id == made.id
            assert made.inputs == (claim.id,)
            value: Any = made.value
            assert value["hulls"] == len(match.hulls)
            assert value["plates"][0]["licence"] == "CC0-1.0"
    assert found


@pytest.mark.parametrize(("licence", "may"), [("CC0-1.0", True), ("Planet EULA", False)])
def test_licences_decide_over_a_sheet_of_hulls(licence: str, *, may: bool) -> None:
    """A sheet is cut and lettered: an unknown licence allows neither."""
    light = np.full((3, 96, 32), 0.5, np.float32)
    side = Side("h01", light, light[0] > 0, 180.0, 216.0, "open", "2017-10-18 02:00 UTC",
                "PlanetScope, 3 m", "a provider of a long name, " * 6, licence)  # fmt: skip

    sheet, terms = match_sheet([(side, ["h01, 180 m", "matched"])], title="Hulls")

    assert (sheet is not None) is may
    assert terms
