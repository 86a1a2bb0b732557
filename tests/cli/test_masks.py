"""A provider's mask from the file that came to the words of a look, and to the seal of a case."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio.transform import Affine

Run = Callable[..., Any]
TERMS = ("--licence", "CC0-1.0", "--credit", "nobody")
NORTH_UP = Affine(3.0, 0.0, 385_000.0, 0.0, -3.0, 3_736_000.0)
SIZE = (200, 300)
IMAGE, MASK = "20180102_175517_1005_3B_AnalyticMS.tif", "20180102_175517_1005_3B_udm2.tif"


def put(path: Path, values: NDArray[Any]) -> Path:
    """Write bands where the workspace's site is drawn."""
    count, height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=count, dtype=values.dtype,
        crs="EPSG:32611", transform=NORTH_UP @ Affine.scale(SIZE[1] / width, SIZE[0] / height),
    ) as target:  # fmt: skip
        target.write(values)
    return path


def water(seed: int = 3) -> NDArray[np.uint8]:
    """Dark water and nothing on it."""
    return np.random.default_rng(seed).normal(50, 2, (3, *SIZE)).clip(1, 255).astype(np.uint8)


def udm2(band: int) -> NDArray[np.uint8]:
    """An eight-band mask that says one thing everywhere, by band from 1."""
    mask = np.zeros((8, *SIZE), np.uint8)
    mask[band - 1] = 1
    return mask


def ingest(run: Run, workspace: Path, *paths: Path) -> dict[str, Any]:
    """Enter images as a user does."""
    answer: dict[str, Any] = run(
        "ingest", "imagery", *paths, *TERMS, "--workspace", workspace, "--json"
    ).json
    return answer


def look_of(run: Run, workspace: Path, scene: str) -> dict[str, Any]:
    """Watch, and what is then said of a scene at the site."""
    watched = run("watch", "--workspace", workspace, "--json")
    assert watched.status == 0, watched.out
    looks = run("site", "quay", "looks", "--workspace", workspace, "--json").json["looks"]
    (found,) = (look for look in looks if scene in look["scene"])
    return dict(found)


def head_of(workspace: Path) -> object:
    """The end of the ledger."""
    from quaywatch.stores.workspace import Workspace  # noqa: PLC0415 - not at collection

    with Workspace.open(workspace) as opened:
        return opened.evidence.head()


def test_a_mask_travels_with_its_scene_to_the_seal(run: Run, workspace: Path) -> None:
    """A mask decides what may be called empty: changed by a byte, the case must say so."""
    folder = workspace.parent / "order"
    folder.mkdir()
    put(folder / IMAGE, water())
    mask = put(folder / MASK, udm2(6))
    assert ingest(run, workspace, folder)["scenes"] == 1
    look = look_of(run, workspace, "20180102")
    assert look["cloud_method"] == "provider-udm2@1"
    assert look["berths"][0]["state"] == "unknown"
    before = head_of(workspace)
    # The image alone: its mask lies beside it and is found again.
    assert ingest(run, workspace, folder / IMAGE) == {
        "scenes": 0, "already": 1, "rejected": {}, "failures": [],
    }  # fmt: skip
    look_of(run, workspace, "20180102")
    assert head_of(workspace) == before
    verify = ("case", "verify", "one", "--workspace", workspace, "--json")
    assert run(*verify).json["ok"] is True
    whole = mask.read_bytes()
    (kept,) = (
        p for p in (workspace / "store").rglob("*") if p.is_file() and p.read_bytes() == whole
    )
    kept.chmod(0o644)
    kept.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert run(*verify).json["ok"] is False


@pytest.mark.parametrize(
    ("images", "mask", "values", "method"),
    [
        ([f"T11SLT_20230718T182921_B0{n}_10m.tif" for n in (2, 3, 4, 8)],
         "T11SLT_20230718T182921_SCL_20m.tif", np.full((1, 100, 150), 9, np.uint8),
         "provider-scl@1"),
        ([f"LC08_L2SP_041037_20230718_20230901_02_T1_SR_B{n}.TIF" for n in (2, 3, 4, 5)],
         "LC08_L2SP_041037_20230718_20230901_02_T1_QA_PIXEL.TIF",
         np.full((1, *SIZE), 22_280, np.uint16), "provider-qa_pixel@1"),
    ],
    ids=["scl", "qa_pixel"],
)  # fmt: skip
def test_masks_of_free_sensors_are_used(
    run: Run, workspace: Path, images: list[str], mask: str, values: NDArray[Any], method: str
) -> None:
    """Sentinel-2 and Landsat are what most have: their masks come as one band of their own."""
    folder = workspace.parent / "free"
    folder.mkdir()
    for name in images:
        put(folder / name, np.full((1, *SIZE), 9000, np.uint16))
    put(folder / mask, values)
    answer = ingest(run, workspace, folder)
    assert (answer["scenes"], answer["rejected"]) == (1, {})
    assert look_of(run, workspace, images[0][:12])["cloud_method"] == method
    assert run("case", "verify", "one", "--workspace", workspace).status == 0


def test_scenes_whose_masks_and_sidecars_are_the_same_bytes(run: Run, workspace: Path) -> None:
    """Most masks of a clear month say the same: one scene must not lose its own to another's."""
    folder = workspace.parent / "month"
    folder.mkdir()
    for day in (2, 3):
        image = folder / IMAGE.replace("20180102", f"2018010{day}")
        put(image, water(day))
        put(folder / MASK.replace("20180102", f"2018010{day}"), udm2(1))
        stated = {"sun_elevation_deg": 40}
        image.with_name(f"{image.name}.json").write_text(json.dumps(stated), encoding="utf-8")
    assert ingest(run, workspace, folder)["scenes"] == 2
    for day in (2, 3):
        look = look_of(run, workspace, f"2018010{day}")
        assert look["cloud_method"] == "provider-udm2@1"
        assert look["berths"][0]["state"] == "empty"
    verified = run("case", "verify", "one", "--workspace", workspace, "--json")
    assert verified.json["ok"] is True, verified.json["failures"]


def test_a_mask_that_came_later_has_the_last_word(run: Run, workspace: Path) -> None:
    """One capture counted twice, clear and cloudy, would be a visit that nobody made."""
    image = put(workspace.parent / IMAGE, water())
    assert ingest(run, workspace, image)["scenes"] == 1
    first = look_of(run, workspace, "20180102")
    put(workspace.parent / MASK, udm2(6))
    assert ingest(run, workspace, image)["scenes"] == 1
    second = look_of(run, workspace, "20180102")
    assert (first["scene"], second["cloud_method"]) == (second["scene"], "provider-udm2@1")
    assert first["cloud_method"] != second["cloud_method"]
    assert run("case", "verify", "one", "--workspace", workspace).status == 0


def test_a_bad_mask_is_refused_with_its_scene_and_nothing_lands(run: Run, workspace: Path) -> None:
    """Taken without its mask, a scene under cloud would be judged by tests that see less."""
    image = put(workspace.parent / IMAGE, water())
    mask = put(workspace.parent / MASK, udm2(1))
    before = head_of(workspace)
    files = sorted((workspace / "store").rglob("*"))
    mask.write_bytes(mask.read_bytes()[:5000])
    assert ingest(run, workspace, image)["rejected"] == {"raster-unreadable": 1}
    put(mask, udm2(1)[:4])
    assert ingest(run, workspace, image)["rejected"] == {"scene-grid-mismatch": 1}
    lone = put(workspace.parent / "20190102_175517_1005_3B_udm2.tif", udm2(1))
    answer = ingest(run, workspace, lone)
    assert answer["rejected"] == {"mask-alone": 1}
    assert lone.name in answer["failures"][0]["message"]
    assert head_of(workspace) == before
    assert sorted((workspace / "store").rglob("*")) == files


def test_a_mask_named_by_the_sidecar_is_no_scene(run: Run, workspace: Path) -> None:
    """Files renamed by hand are common: the sidecar says which is the mask, and its kind."""
    folder = workspace.parent / "renamed"
    folder.mkdir()
    image = put(folder / "20180102_175517_1005.tif", water())
    put(folder / "sky.tif", udm2(1))
    sidecar = {"mask": "sky.tif", "mask_kind": "udm2"}
    image.with_name(f"{image.name}.json").write_text(json.dumps(sidecar), encoding="utf-8")
    answer = ingest(run, workspace, folder)
    assert (answer["scenes"], answer["rejected"]) == (1, {})
    look = look_of(run, workspace, "20180102")
    assert look["cloud_method"] == "provider-udm2@1"
    assert look["berths"][0]["state"] == "empty"
    assert run("case", "verify", "one", "--workspace", workspace).status == 0


def test_a_mask_that_is_not_to_be_believed_is_left_aside_and_that_is_kept(
    run: Run, workspace: Path
) -> None:
    """A mask that calls a clear day cloud hides a ship; who sets it aside must say so."""
    folder = workspace.parent / "wrong"
    folder.mkdir()
    put(folder / IMAGE, water())
    put(folder / MASK, udm2(6))
    assert ingest(run, workspace, folder)["scenes"] == 1
    said = ("--no-mask", "--workspace", workspace, "--json")
    answer = run("ingest", "imagery", folder, *TERMS, *said).json
    assert (answer["scenes"], answer["rejected"]) == (1, {})
    look = look_of(run, workspace, "20180102")
    assert look["cloud_method"] == "clarity-tests@1"
    assert look["berths"][0]["state"] == "empty"
    from quaywatch.stores.workspace import Workspace  # noqa: PLC0415 - not at collection
    from quaywatch.workflows.scenes import again, scene_claims  # noqa: PLC0415 - not at collection

    with Workspace.open(workspace) as opened:
        (claim,) = (c for c in scene_claims(opened) if "20180102" in c.subject)
        stated: Any = claim.parameters["stated"]
        assert stated["mask"] == "ours"
        inputs = [opened.evidence.get(record_id) for record_id in claim.inputs]
        assert again(claim, inputs, opened).id == claim.id


def test_the_folders_of_a_product_are_one_scene(run: Run, workspace: Path) -> None:
    """Short-wave infrared lies in another folder than green: apart, neither tells snow or coal."""
    home = workspace.parent / "GRANULE" / "IMG_DATA"
    tile = "T11SLT_20230718T182921_{}_{}.tif"
    for resolution, bands in {"10m": (2, 3, 4, 8), "20m": (2, 3, 4, 11, 12)}.items():
        (home / f"R{resolution}").mkdir(parents=True)
        shape = SIZE if resolution == "10m" else (SIZE[0] // 2, SIZE[1] // 2)
        for band in bands:
            name = tile.format(f"B{band:02}", resolution)
            put(home / f"R{resolution}" / name, np.full((1, *shape), 3000, np.uint16))
        for extra in ("TCI", "AOT", "WVP"):
            name = tile.format(extra, resolution)
            put(home / f"R{resolution}" / name, np.full((1, *shape), 1, np.uint8))
    (home.parent / "QI_DATA").mkdir()
    put(home.parent / "QI_DATA" / "MSK_CLDPRB_20m.tif", np.full((1, *SIZE), 1, np.uint8))
    answer = ingest(run, workspace, home.parent)
    assert (answer["scenes"], answer["rejected"]) == (1, {})
    alone = run("ingest", "imagery", home / "R10m" / tile.format("TCI", "10m"), "--json")
    assert alone.status != 0, "a picture that is named is tried, and refused aloud"
    from quaywatch.stores.workspace import Workspace  # noqa: PLC0415 - not at collection
    from quaywatch.workflows.scenes import open_scene, scene_claims  # noqa: PLC0415

    with Workspace.open(workspace) as opened:
        (claim,) = (c for c in scene_claims(opened) if "T11SLT" in c.subject)
        scene = open_scene(opened, claim)
    assert sorted(scene.band_names) == ["blue", "green", "nir", "red", "swir16", "swir22"]
    assert {asset.path.name[-7:] for asset in scene.assets} == {"10m.tif", "20m.tif"}
    assert scene.gsd_m == pytest.approx(3.0, abs=0.01)
