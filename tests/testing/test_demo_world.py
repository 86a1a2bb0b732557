"""The world on disk: marked as simulated, reproducible, and as its answer sheet says."""

import hashlib
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.warp import transform

from quaywatch.sites.facility import Site
from quaywatch.testing.demo_world import build_demo_world
from quaywatch.testing.planted import PlantedScene, PlantedTruth


def build(folder: Path) -> PlantedTruth:
    """A small world: few looks, few background ships."""
    return build_demo_world(
        folder, seed=5, progress=lambda *_: None, looks_per_year=6.0, background=0.1
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PlantedTruth]:
    """The small world, built once."""
    folder = tmp_path_factory.mktemp("world")
    return folder, build(folder)


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_same_seed_writes_the_same_bytes(
    made: tuple[Path, PlantedTruth], tmp_path: Path
) -> None:
    """A dossier cites hashes; a demonstration that changes them cannot be checked."""
    build(tmp_path)
    assert hashes(made[0]) == hashes(tmp_path)


def test_the_answer_sheet_survives_its_file(made: tuple[Path, PlantedTruth]) -> None:
    """Tests read the file, not the object."""
    folder, truth = made
    assert PlantedTruth.read(folder / "truth.json") == truth


def test_everything_says_that_it_is_simulated(made: tuple[Path, PlantedTruth]) -> None:
    """An invented image mistaken for evidence would be the worst this project could do."""
    folder, _ = made
    for image in (folder / "imagery").glob("*.tif"):
        sidecar = json.loads(Path(f"{image}.json").read_text())
        assert (sidecar["licence"], sidecar["credit"]) == ("CC0-1.0", "Simulated by quaywatch")
        with rasterio.open(image) as file:
            assert file.tags()["SIMULATED"] == "yes"
    assert json.loads((folder / "sites/simport.geojson").read_text())["simulated"] is True
    assert tomllib.loads((folder / "claims/identity-sightings.toml").read_text())["simulated"]
    assert all(p.name.startswith("simulated-") for p in (folder / "ais").iterdir())
    assert all("SIM" in vessel.name for vessel in PlantedTruth.read(folder / "truth.json").vessels)


def pixels_at(folder: Path, scene: PlantedScene, lon: float, lat: float) -> np.ndarray:
    """The 3 x 3 pixels where a true position appears, bands first."""
    with rasterio.open(folder / scene.file) as file:
        (east,), (north,) = transform("EPSG:4326", file.crs, [lon], [lat])
        row, column = file.index(east + scene.shift_east_m, north + scene.shift_north_m)
        data: np.ndarray = file.read()[:, row - 1 : row + 2, column - 1 : column + 2]
    return data


def test_hulls_lie_where_the_answer_sheet_says(made: tuple[Path, PlantedTruth]) -> None:
    """Detection error is measured against these positions."""
    folder, truth = made
    checked = 0
    for scene in truth.scenes:
        if scene.cloud_share > 0.01:
            continue
        for hull in scene.hulls:
            if hull.hidden or hull.vessel is None or hull.loading:
                continue
            nir = pixels_at(folder, scene, hull.lon, hull.lat)[3]
            assert nir.mean() > 60, (scene.file, hull.vessel)
            checked += 1
    assert checked >= 8


def test_an_empty_sea_is_empty(made: tuple[Path, PlantedTruth]) -> None:
    """The quantified absence is tested on these scenes."""
    folder, truth = made
    empty = [s for s in truth.scenes if s.site == "nakhodka-ghost" and s.cloud_share < 0.01]
    assert len(empty) == 2
    for scene in empty:
        assert scene.hulls == ()
        with rasterio.open(folder / scene.file) as file:
            assert file.read(4).max() < 60


def test_the_clouded_share_is_as_stated(made: tuple[Path, PlantedTruth]) -> None:
    """Cloud hides ground; where it hides everything the pixels must be white."""
    folder, truth = made
    for scene in truth.scenes:
        with rasterio.open(folder / scene.file) as file:
            blue, nir = file.read(1).astype(float), file.read(4).astype(float)
        white = ((blue > 150) & (nir > 125) & (np.abs(blue - nir) < 60)).mean()
        if not scene.snow and scene.site != "simport":
            assert white == pytest.approx(scene.cloud_share, abs=0.12)
        if scene.cloud_share == 1.0:
            assert white > 0.95


def test_the_site_loads_and_says_what_cannot_be_seen(made: tuple[Path, PlantedTruth]) -> None:
    """A covered pier left out would read as an empty one."""
    site = Site.from_geojson(json.loads((made[0] / "sites/simport.geojson").read_text()))
    hidden = {f.id: f.reason for f in site.facilities if not f.observable}
    assert set(hidden) == {"covered-pier", "yard-shed"}
    assert all(hidden.values())
    assert len([f for f in site.facilities if f.kind == "stable"]) >= 4


def test_verdicts_follow_from_the_speeds(made: tuple[Path, PlantedTruth]) -> None:
    """The expected verdicts are the point of the planted pairs."""
    _, truth = made
    for pair in truth.two_places:
        speed = pair.required_speed_kn
        if pair.expected == "impossible":
            assert speed is not None
            assert speed > 80
        elif pair.expected == "feasible":
            assert speed is not None
            assert speed < 12
        else:
            assert speed is None
    verdicts = {check.expected for check in truth.presence}
    assert verdicts == {"seen", "not-seen", "not-observable"}
    scenes = {s.file: s for s in truth.scenes}
    for check in truth.presence:
        there = any(h.vessel == check.vessel for h in scenes[check.scene].hulls)
        assert there == (check.expected == "seen")


def test_claims_quote_lines_that_exist(made: tuple[Path, PlantedTruth]) -> None:
    """A claim must be walkable back to the words it came from."""
    folder = made[0] / "claims"
    claims = tomllib.loads((folder / "identity-sightings.toml").read_text())
    notes = (folder / claims["source"]["path"]).read_text().splitlines()
    assert len({claim["id"] for claim in claims["claim"]}) == len(claims["claim"])
    for claim in claims["claim"]:
        assert notes[int(claim["lines"]) - 1]
        if "scene" in claim:
            assert (made[0] / "imagery" / claim["scene"]).is_file()
    assert [c["id"] for c in claims["claim"] if "slip" in c] == ["sighting-1"]
