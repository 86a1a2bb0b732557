"""Looks of a site over many scenes: once each, on one reference, and again to the bit."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio.transform import Affine
from scipy import ndimage

from quaywatch.errors import BandOrderError
from quaywatch.evidence.record import Claim
from quaywatch.geo.water import WaterRouter
from quaywatch.imagery.detection import WaterContrastDetector
from quaywatch.imagery.grid import Grid
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case_recomputing import recomputing
from quaywatch.workflows.looks import LooksAgain, looks_json, looks_of, placed, watch_looks
from quaywatch.workflows.looks_reference import kept_reference
from quaywatch.workflows.scenes import find_scene, ingest_imagery, open_scene, scene_claims

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SIZE, QUAY_ROW, GSD = 400, 240, 3.0
WEST, NORTH = 400_000.0, 4_290_000.0
GRID = Grid("EPSG:32652", (GSD, 0.0, WEST, 0.0, -GSD, NORTH), SIZE, SIZE)
STATED = {"licence": "CC0-1.0", "credit": "nobody", "sensor": "planetscope"}
FIRST = datetime(2024, 3, 1, 2, 0, 0, tzinfo=UTC)
DAYS = 9
NOTHING = {"looks": 0, "berth_states": 0, "scenes_renewed": 0, "scenes_refused": {}}
"""What a run with nothing new to see counts."""


def silent(_what: str, _share: float) -> None:
    """Progress that nobody watches."""


def ground() -> NDArray[np.float64]:
    """A town above a quay, water below, counts."""
    rng = np.random.default_rng(11)
    land = 110 + 6 * ndimage.gaussian_filter(rng.standard_normal((SIZE, SIZE)), 2)
    for _ in range(500):
        y, x = rng.integers(0, SIZE, 2)
        h, w = rng.integers(4, 26, 2)
        land[y : y + h, x : x + w] = rng.uniform(60, 230)
    land[QUAY_ROW:] = 50
    soft: NDArray[np.float64] = ndimage.gaussian_filter(land, 0.6)
    return soft


GROUND = ground()
ERRORS_M = np.random.default_rng(4).normal(0, 7.0, (DAYS + 2, 2))
"""East and north, by which each scene's stated place is wrong."""


def write_scene(folder: Path, day: int, *, cloudy: bool = False) -> Path:
    """One scene whose stated place is wrong by the day's error."""
    rng = np.random.default_rng(100 + day)
    picture = np.stack([GROUND, GROUND * 0.95 + 6, GROUND * 0.9 + 5]) * rng.uniform(0.85, 1.1)
    if cloudy:
        picture[:, :, : SIZE // 3] = 250
    picture += rng.normal(0, 1.5, picture.shape)
    path = folder / f"{FIRST + timedelta(days=day):%Y%m%d_%H%M%S}_1005.tif"
    east, north = ERRORS_M[day]
    with rasterio.open(
        path, "w", driver="GTiff", width=SIZE, height=SIZE, count=3, dtype="uint8",
        crs="EPSG:32652", transform=Affine(GSD, 0.0, WEST + east, 0.0, -GSD, NORTH + north),
    ) as target:  # fmt: skip
        target.write(np.clip(picture, 1, 255).astype(np.uint8))
    return path


def site() -> dict[str, Any]:
    """One berth along the quay, drawn where it is, and an anchorage that no scene reaches."""
    lon, lat = GRID.lonlat_of([150.0, 230.0], [QUAY_ROW, QUAY_ROW])
    line = [[float(x), float(y)] for x, y in zip(lon, lat, strict=True)]
    feature = {
        "type": "Feature", "properties": {"id": "b1", "kind": "berth", "side": "right"},
        "geometry": {"type": "LineString", "coordinates": line},
    }  # fmt: skip
    far = [(0, 2000), (900, 2000), (900, 2900), (0, 2000)]
    lon, lat = GRID.lonlat_of(*np.array(far, float).T)
    ring = [[float(x), float(y)] for x, y in zip(lon, lat, strict=True)]
    anchorage = {
        "type": "Feature", "properties": {"id": "a1", "kind": "anchorage"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }  # fmt: skip
    return {"type": "FeatureCollection", "id": "quay", "features": [feature, anchorage]}


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    """Without the network: what is found is not asked here, and it costs most of a look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("quaywatch.imagery.look.DEFAULT_DETECTOR", WaterContrastDetector())
        yield


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a site and its scenes, nothing looked at."""
    root = tmp_path_factory.mktemp("looks")
    with Workspace.create(root / "w") as workspace:
        (workspace.sites_dir / "quay.geojson").write_text(json.dumps(site()), encoding="utf-8")
        add(workspace, root, range(DAYS))
    return root


@pytest.fixture(scope="module")
def watched(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, looked at once. Read only."""
    target = tmp_path_factory.mktemp("watched") / "w"
    shutil.copytree(base / "w", target, symlinks=True)
    with Workspace.open(target) as workspace:
        watch_looks(workspace, now=NOW, site=None, report=silent)
    return target


@pytest.fixture
def copied(watched: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of it that a test may change."""
    shutil.copytree(watched, tmp_path / "w", symlinks=True)
    with Workspace.open(tmp_path / "w") as workspace:
        yield workspace


def add(workspace: Workspace, folder: Path, days: range) -> None:
    """Enter the scenes of some days."""
    paths = [write_scene(folder, day) for day in days]
    result = ingest_imagery(workspace, paths, known_at=NOW, stated=STATED, report=silent)
    assert result["scenes"] == len(days), result


def watch(workspace: Workspace, **more: Any) -> dict[str, Any]:  # noqa: ANN401 (flags as they come)
    """A run over every site."""
    return watch_looks(workspace, now=NOW, site=None, report=silent, **more)


def reference_of(workspace: Workspace) -> Claim:
    """The reference in force."""
    (source,) = workspace.evidence.find("source", predicate="site")
    found = kept_reference(workspace, "quay", source)  # type: ignore[arg-type]  # the only source of a site
    assert found is not None
    return found


def test_a_second_run_changes_nothing(copied: Workspace) -> None:
    """Whoever runs the watch every hour must not fill the ledger with the same words."""
    before = copied.evidence.head()
    assert watch(copied) == NOTHING
    assert copied.evidence.head() == before


def test_every_look_lies_where_it_truly_is(copied: Workspace) -> None:
    """The mean of many days takes the reference's own error out as well as each look's."""
    offset: Any = reference_of(copied).value
    assert offset["offset"]["scenes"] == DAYS
    left = []
    for look in looks_of(copied, "quay"):
        value: Any = look.value
        assert value["registration"]["accepted"], value["registration_reason"]
        assert value["normalisation"] is not None, value["normalisation_reason"]
        day = (datetime.fromisoformat(value["captured_start"]) - FIRST).days
        moved = value["registration"]["moved_x_m"], value["registration"]["moved_y_m"]
        left.append(np.add(moved, ERRORS_M[day]))
    spread = np.ptp(np.array(left), axis=0)
    assert len(left) == DAYS
    assert spread.max() < 0.6, "each lies on the others"
    assert np.hypot(*np.mean(left, axis=0)) < 3 * offset["offset"]["sigma_m"]
    assert {s["berths"][0]["state"] for s in looks_json(copied, "quay")["looks"]} == {"empty"}


def test_looks_and_reference_compute_again_to_the_bit(copied: Workspace) -> None:
    """A sealed case is proved by doing its looks again, registration and all."""
    again = LooksAgain(copied)
    reference = reference_of(copied)
    looks = looks_of(copied, "quay")
    for claim, method in ((reference, again.reference), *((c, again.look) for c in looks[:3])):
        inputs = [copied.evidence.get(i) for i in claim.inputs]
        assert method(claim, inputs).canonical() == claim.canonical()


def test_a_later_scene_leaves_the_reference_until_another_is_asked_for(
    copied: Workspace, tmp_path: Path
) -> None:
    """If the reference moved by itself, every berth of every look would move with it, unsaid."""
    before = reference_of(copied)
    add(copied, tmp_path, range(DAYS, DAYS + 1))
    assert watch(copied)["looks"] == 1
    assert reference_of(copied).id == before.id
    assert watch(copied, new_reference=True)["looks"] == DAYS + 1
    assert reference_of(copied).id != before.id
    assert watch(copied)["looks"] == 0
    assert len(looks_of(copied, "quay")) == DAYS + 1


def test_a_killed_run_goes_on_where_it_ended(base: Path, tmp_path: Path, watched: Path) -> None:
    """Hundreds of looks take hours; what was claimed before the power went must not be redone."""
    shutil.copytree(base / "w", tmp_path / "w", symlinks=True)

    def killed(_what: str, share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with Workspace.open(tmp_path / "w") as workspace:
        with pytest.raises(KeyboardInterrupt):
            watch_looks(workspace, now=NOW, site=None, report=killed)
        done = len(looks_of(workspace, "quay"))
        assert 0 < done < DAYS
        assert watch(workspace)["looks"] == DAYS - done
        mine = {look.id for look in looks_of(workspace, "quay")}
    with Workspace.open(watched) as workspace:
        assert mine == {look.id for look in looks_of(workspace, "quay")}


def test_a_look_of_an_older_version_still_opens(copied: Workspace) -> None:
    """What an earlier release claimed stays readable, and is looked at again on its own."""
    look = looks_of(copied, "quay")[0]
    value: Any = dict(look.value)  # type: ignore[arg-type]  # a look is a mapping
    for name in ("normalisation", "normalisation_reason", "normalisation_method"):
        value.pop(name)
    value |= {"registration": None, "registration_reason": "none", "method": "look@1"}
    old = look.model_copy(
        update={"value": value, "method": "look@1", "inputs": look.inputs[:2], "time": look.time}
    )
    copied.evidence.append([old], known_at=NOW)
    shown = looks_json(copied, "quay")["looks"][0]
    assert (shown["claim"], shown["registration"]) == (old.id, None)
    scene_claim = copied.evidence.get(old.inputs[0])
    assert isinstance(scene_claim, Claim)
    scene = open_scene(copied, scene_claim)
    assert placed(scene, old) == (scene, None)
    there, repeat_m = placed(scene, look)
    assert repeat_m is not None
    assert there.grid != scene.grid or look.inputs[0] == reference_of(copied).value["claim"]  # type: ignore[call-overload,index]  # a mapping


def test_a_site_that_no_scene_shows_clear_has_no_reference_and_says_so(
    tmp_path: Path,
) -> None:
    """Cloud on the only day is no ground to compare with; the look stands on its own place."""
    with Workspace.create(tmp_path / "w") as workspace:
        (workspace.sites_dir / "quay.geojson").write_text(json.dumps(site()), encoding="utf-8")
        path = write_scene(tmp_path, 0)
        with rasterio.open(path, "r+") as target:
            target.write(np.full((3, SIZE, SIZE), 252, np.uint8))
        ingest_imagery(workspace, [path], known_at=NOW, stated=STATED, report=silent)
        assert watch(workspace)["looks"] == 1
        (look,) = looks_of(workspace, "quay")
        value: Any = look.value
        assert value["registration"] is None
        assert "no reference" in value["registration_reason"]
        assert reference_of(workspace).value is None
        assert watch(workspace)["looks"] == 0
        add(workspace, tmp_path, range(1, 2))
        assert watch(workspace)["looks"] == 2
        assert reference_of(workspace).value is not None


def test_scenes_of_an_older_version_are_read_anew_and_the_old_claims_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sensor read otherwise than before must not pass for the same reading, nor vanish."""
    with Workspace.create(tmp_path / "w") as workspace:
        (workspace.sites_dir / "quay.geojson").write_text(json.dumps(site()), encoding="utf-8")
        with monkeypatch.context() as before:
            before.setattr("quaywatch.workflows.scenes.METHOD", "scene@1")
            before.setattr("quaywatch.workflows.looks_reference.SCENE_METHOD", "scene@1")
            add(workspace, tmp_path, range(2))
            assert watch(workspace)["scenes_renewed"] == 0
            old, old_reference = scene_claims(workspace), reference_of(workspace)
        assert scene_claims(workspace) == []
        assert find_scene(workspace.root, [old[0].subject]).id in old[0].subject
        counts = watch(workspace)
        assert (counts["scenes_renewed"], counts["scenes_refused"], counts["looks"]) == (2, {}, 2)
        new = scene_claims(workspace)
        assert {c.subject for c in new} == {c.subject for c in old}
        assert {c.inputs[0] for c in looks_of(workspace, "quay")} == {c.id for c in new}
        assert reference_of(workspace).id != old_reference.id
        assert watch(workspace) == NOTHING
        assert old[0].method not in recomputing(workspace, WaterRouter(tmp_path / "water"))


def test_an_older_scene_that_can_no_longer_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scene that drops out of a site's looks without a word is a silent gap."""
    with Workspace.create(tmp_path / "w") as workspace:
        with monkeypatch.context() as before:
            before.setattr("quaywatch.workflows.scenes.METHOD", "scene@1")
            add(workspace, tmp_path, range(1))
            (old,) = scene_claims(workspace)

        def refuses(*_: object, **__: object) -> None:
            raise BandOrderError(path="a.tif", fact="the order of its bands is not said")

        monkeypatch.setattr("quaywatch.workflows.scenes.load_scene", refuses)
        for _ in range(2):
            refused = watch(workspace)["scenes_refused"]
            assert list(refused) == [old.subject]
            assert refused[old.subject].startswith("band-order-unclear:")
