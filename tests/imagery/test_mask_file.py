"""A provider's mask goes with its own scene and no other, and is laid where it says."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio.transform import Affine

from quaywatch.errors import QuaywatchError
from quaywatch.imagery.load import load_scene
from quaywatch.imagery.mask_file import KEY, MaskFinder, provider_over, read_mask_name
from quaywatch.imagery.read import read_window
from quaywatch.imagery.reference import sky_of
from quaywatch.imagery.registration import registered
from quaywatch.imagery.scene import Scene
from quaywatch.imagery.sensors import ProviderMask
from quaywatch.imagery.sky import Sky

Write = Callable[..., Path]
NORTH_UP = Affine(3.0, 0.0, 385_000.0, 0.0, -3.0, 3_736_000.0)
IMAGE = "20171018_175517_1005_3B_AnalyticMS_SR.tif"
MASK = "20171018_175517_1005_3B_udm2.tif"
TERMS: dict[str, Any] = {"licence": "CC0-1.0", "credit": "nobody"}
HEIGHT, WIDTH = 40, 60
SCL = {Sky.CLEAR: 6, Sky.CLOUD: 9, Sky.SHADOW: 3, Sky.HAZE: 10, Sky.SNOW_ICE: 11, Sky.NODATA: 0}
QA = {Sky.CLEAR: 64, Sky.CLOUD: 8, Sky.SHADOW: 16, Sky.HAZE: 4, Sky.SNOW_ICE: 32, Sky.NODATA: 1}
UDM2 = {Sky.CLEAR: 0, Sky.SNOW_ICE: 1, Sky.SHADOW: 2, Sky.HAZE: 3, Sky.CLOUD: 5, Sky.NODATA: 7}


def drawn(kind: ProviderMask, classes: NDArray[np.uint8]) -> NDArray[Any]:
    """A mask file that says these classes."""
    if kind is ProviderMask.UDM2:
        bands = np.zeros((8, *classes.shape), np.uint8)
        for sky, band in UDM2.items():
            bands[band] = classes == sky
        return bands
    table = QA if kind is ProviderMask.QA_PIXEL else SCL
    values = np.array([table[sky] for sky in sorted(table)])
    return values[classes][None].astype(np.uint16 if kind is ProviderMask.QA_PIXEL else np.uint8)


def picture(value: int = 60) -> NDArray[np.uint16]:
    """A scene of one brightness, four bands."""
    return np.full((4, HEIGHT, WIDTH), value, np.uint16)


def masked(write: Write, classes: NDArray[np.uint8], value: int = 60) -> Scene:
    """A scene with its eight-band mask."""
    image = write(picture(value), IMAGE)
    mask = write(drawn(ProviderMask.UDM2, classes), MASK)
    return load_scene([image], mask=mask, **TERMS)


@pytest.mark.parametrize("kind", [ProviderMask.UDM2, ProviderMask.SCL, ProviderMask.QA_PIXEL])
@pytest.mark.parametrize("coarse", [1, 2])
@settings(max_examples=8)
@given(data=st.data())
def test_a_mask_says_its_classes_on_any_window(
    tmp_path_factory: pytest.TempPathFactory, kind: ProviderMask, coarse: int, data: st.DataObject
) -> None:
    """A mask laid a pixel off tells cloud over the next berth; a moved scene takes it along."""
    seed = data.draw(st.integers(0, 999))
    shape = HEIGHT // coarse, WIDTH // coarse
    said = np.random.default_rng(seed).integers(0, 6, shape).astype(np.uint8)
    folder = tmp_path_factory.mktemp("mask")
    image = _put(folder / "a.tif", picture(), NORTH_UP)
    mask = _put(folder / "m.tif", drawn(kind, said), NORTH_UP @ Affine.scale(coarse))
    at = "2020-01-01T00:00:00Z"
    sidecar = {"mask": mask.name, "mask_kind": str(kind), "captured_at": at}
    scene = load_scene([image], sidecar=sidecar, sensor="planetscope", **TERMS)
    x = data.draw(st.integers(0, WIDTH - 2))
    y = data.draw(st.integers(0, HEIGHT - 2))
    window = x, y, data.draw(st.integers(1, WIDTH - x)), data.draw(st.integers(1, HEIGHT - y))
    whole = np.repeat(np.repeat(said, coarse, 0), coarse, 1)
    for where in (scene, registered(scene, (31.7, -12.2), None)):
        sky = sky_of(where, read_window(where, window=window))
        assert sky.method == f"provider-{kind}@1"
        assert sky.classes is not None
        assert (sky.classes == whole[y : y + window[3], x : x + window[2]]).all()


def _put(path: Path, values: NDArray[Any], transform: Affine) -> Path:
    import rasterio  # noqa: PLC0415 - one writer of files outside a fixture, for hypothesis

    count, height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=count,
        dtype=values.dtype, crs="EPSG:32611", transform=transform,
    ) as target:  # fmt: skip
        target.write(values)
    return path


@pytest.mark.parametrize(("value", "said"), [(9000, Sky.CLEAR), (300, Sky.CLOUD)])
def test_the_provider_overrules_our_tests(write: Write, value: int, said: Sky) -> None:
    """A white roof is not cloud and dark water may lie under it, if the provider says so."""
    scene = masked(write, np.full((HEIGHT, WIDTH), said, np.uint8), value)
    pixels = read_window(scene)
    told, own = sky_of(scene, pixels), sky_of(replace(scene, mask=None), pixels)
    assert told.classes is not None
    assert own.classes is not None
    assert (told.classes == said).all()
    assert not (own.classes == said).any()


def test_a_scene_with_a_mask_comes_back_from_its_item(write: Write) -> None:
    """What the catalogue keeps must name the mask by role and hash, or nobody else finds it."""
    scene = masked(write, np.zeros((HEIGHT, WIDTH), np.uint8))
    item = json.loads(json.dumps(scene.to_json()))
    asset = item["assets"][KEY]
    assert {"cloud", "data-mask"} == set(asset["roles"])
    assert asset["file:checksum"] == "1220" + scene.by_key[KEY].sha256
    again = Scene.from_stac(pystac.Item.from_dict(item))
    assert again.mask == scene.mask
    assert again.assets == scene.assets
    assert again.bands == scene.bands


def test_a_scene_without_a_mask_says_what_it_always_said(write: Write) -> None:
    """If the item changed by a key, every claim that rests on it would have another id."""
    with_mask = masked(write, np.zeros((HEIGHT, WIDTH), np.uint8))
    bare = load_scene([with_mask.assets[0].path], **TERMS)
    assert bare.mask is None
    assert bare.id == with_mask.id, "the pixels are the capture"
    item = bare.to_json()
    assert set(item["assets"]) == {"data"}
    assert set(item["assets"]["data"]) == {
        "href", "type", "file:size", "file:checksum", "bands", "roles"
    }  # fmt: skip
    assert not [key for key in item["properties"] if "mask" in key]
    assert provider_over(bare, read_window(bare)) is None


BAD: dict[str, tuple[NDArray[Any], dict[str, Any], str]] = {
    "three bands": (np.zeros((3, HEIGHT, WIDTH), np.uint8), {}, "scene-grid-mismatch"),
    "half the size": (np.zeros((8, HEIGHT // 2, WIDTH), np.uint8), {}, "scene-grid-mismatch"),
    "elsewhere": (
        np.zeros((8, HEIGHT, WIDTH), np.uint8),
        {"transform": NORTH_UP @ Affine.translation(5, 0)},
        "scene-grid-mismatch",
    ),
    "not whole numbers": (np.zeros((8, HEIGHT, WIDTH), np.float32), {}, "scene-grid-mismatch"),
    "placeless": (np.zeros((8, HEIGHT, WIDTH), np.uint8), {"crs": None}, "raster-no-crs"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_mask_that_does_not_fit_is_refused(write: Write, case: str) -> None:
    """Another scene's mask calls a hidden quay clear: no look at all is better."""
    values, more, code = BAD[case]
    mask = write(values, MASK, **more)
    with pytest.raises(QuaywatchError) as caught:
        load_scene([write(picture(), IMAGE)], mask=mask, **TERMS)
    assert caught.value.code == code
    assert MASK in str(caught.value)


@pytest.mark.parametrize(
    "sidecar",
    [{"mask": "../m.tif"}, {"mask": "m.tif"}, {"mask_kind": "fmask"}, {"mask": IMAGE}],
)
def test_a_sidecar_that_names_no_usable_mask_is_refused(
    write: Write, sidecar: dict[str, str]
) -> None:
    """A mask of an unknown kind read by a guessed table turns cloud into clear sky."""
    image = write(picture(), IMAGE)
    write(np.zeros((1, HEIGHT, WIDTH), np.uint8), "m.tif")
    with pytest.raises(QuaywatchError, match=r"mask|own") as caught:
        load_scene([image], sidecar=sidecar, **TERMS)
    assert caught.value.code == "sidecar-invalid"


@pytest.mark.parametrize(
    ("mask", "image", "kind"),
    [
        (MASK, IMAGE, ProviderMask.UDM2),
        ("20171018_175517_1005_3B_udm2_clip.tif", IMAGE, ProviderMask.UDM2),
        ("20171018_175517_1005_3B_AnalyticMS_DN_udm.tif", IMAGE, ProviderMask.UDM),
        ("harbour_udm2.tif", "harbour.tif", ProviderMask.UDM2),
        ("20200101_010101_ssc4d1_0001_udm2.tif", "20200101_010101_ssc4d1_0001_analytic.tif",
         ProviderMask.UDM2),
        ("R20m/T11SLT_20230718T182921_SCL_20m.jp2", "R10m/T11SLT_20230718T182921_B02_10m.jp2",
         ProviderMask.SCL),
        ("LC08_L2SP_041037_20180102_20200902_02_T1_QA_PIXEL.TIF",
         "LC08_L2SP_041037_20180102_20200902_02_T1_SR_B2.TIF", ProviderMask.QA_PIXEL),
    ],
)  # fmt: skip
@pytest.mark.parametrize("files", [1, 2], ids=["beside", "given"])
def test_a_mask_is_found_by_its_name(
    tmp_path: Path, mask: str, image: str, kind: ProviderMask, files: int
) -> None:
    """Nobody types a mask for each of hundreds of scenes; and it must not pass for a scene."""
    paths = [tmp_path / image, tmp_path / mask]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    finder = MaskFinder(paths[:files])
    assert finder.images == paths[:1]
    assert finder.of(paths[:1]) == paths[1]
    assert finder.alone() == []
    name = read_mask_name(paths[1].name)
    assert name is not None
    assert name.kind is kind


def test_a_mask_of_another_scene_is_not_taken(tmp_path: Path) -> None:
    """Two ports of one day bear one name in an export; a second picture a longer one."""
    export = "2023-08-21-00:00_2023-08-21-23:59_Sentinel-2_L2A_{}_(Raw).tiff"
    athens, durban = (tmp_path / n / export.format("B04") for n in ("athens", "durban"))
    mask = tmp_path / "durban" / export.format("SCL")
    finder = MaskFinder([athens, durban, mask])
    for path in (athens, durban, mask):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert finder.of([athens]) is None
    assert finder.of([durban]) == mask
    other = MaskFinder([tmp_path / "harbour_2.tif", tmp_path / "harbour_udm2.tif"])
    assert other.of(other.images) is None
    assert [path.name for path in other.alone()] == ["harbour_udm2.tif"]


def test_the_better_of_two_masks_is_taken(tmp_path: Path) -> None:
    """The old mask calls haze and shadow clear: where both came, it must not decide."""
    names = (IMAGE, "20171018_175517_1005_3B_AnalyticMS_SR_DN_udm.tif", MASK)
    paths = [tmp_path / name for name in names]
    finder = MaskFinder(paths)
    assert finder.of(finder.images) == paths[2]
    assert finder.alone() == []
