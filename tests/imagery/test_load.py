"""Loading: every scene is placed, dated, licensed and hashed, or refused with a code."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine

from quaywatch.errors import QuaywatchError
from quaywatch.imagery.load import group_paths, load_raster, load_scene
from quaywatch.imagery.read import read_window
from quaywatch.imagery.scene import Scene

NORTH_UP = Affine(3.0, 0.0, 385_000.0, 0.0, -3.0, 3_736_000.0)
NAME = "20171018_175517_1005.tif"
Write = Callable[..., Path]
TERMS: dict[str, Any] = {"licence": "CC-BY-SA-4.0", "credit": "Planet Labs PBC"}
FLAT = np.full((3, 40, 60), 90, np.uint8)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
@pytest.mark.parametrize("nodata", [None, 0, 7])
@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        ("EPSG:32611", NORTH_UP),
        ("EPSG:3857", Affine(10, 0, 3_447_023, 0, -10, -3_482_757)),
        ("EPSG:4326", Affine(1e-4, 0, 31.0, 0, -1e-4, -29.9)),
        ("EPSG:32611", NORTH_UP @ Affine.rotation(30)),
    ],
)
def test_every_pixel_type_nodata_and_grid_reads_back(
    write: Write, dtype: str, nodata: int | None, crs: str, transform: Affine
) -> None:
    """The footprint is of valid pixels only, and pixel and place invert each other on any grid."""
    values = np.full((3, 40, 60), 90, dtype)
    hole = 7 if nodata is None else nodata
    values[:, :, :20] = 0 if nodata is None else hole
    scene = load_scene([write(values, crs=crs, transform=transform, nodata=nodata)], **TERMS)
    pixels = read_window(scene)
    assert not pixels.valid[:, :20].any()
    assert pixels.valid[:, 20:].all()
    assert np.isnan(pixels.values[:, ~pixels.valid]).all()
    x, y = scene.grid.pixel_of(*scene.grid.lonlat_of([3.25, 55.5], [1.5, 39.0]))
    assert np.allclose([x, y], [[3.25, 55.5], [1.5, 39.0]], atol=1e-6)
    west, _, east, _ = scene.grid.to_pixels(scene.footprint).bounds
    assert (west, east) == (pytest.approx(20, abs=0.01), pytest.approx(60, abs=0.01))


def test_web_mercator_pixels_are_measured_on_the_ground(write: Write) -> None:
    """At 60 degrees north Web Mercator doubles every length: ships would be twice as long."""
    path = write(FLAT, crs="EPSG:3857", transform=Affine(10, 0, 0, 0, -10, 8_399_737.89))
    assert load_raster([path]).gsd_m == pytest.approx(5.0, abs=0.03)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(angle=st.floats(0, 359), lon=st.sampled_from([-179.999, 10.0, 179.999]))
def test_stac_round_trip_loses_nothing(write: Write, angle: float, lon: float) -> None:
    """What the catalogue keeps must be the scene that was ingested, the antimeridian included."""
    turned = Affine.translation(lon, 5.0) @ Affine.rotation(angle) @ Affine.scale(3e-5)
    scene = load_scene([write(FLAT, crs="EPSG:4326", transform=turned)], **TERMS)
    item = scene.to_stac()
    again = Scene.from_stac(pystac.Item.from_dict(json.loads(json.dumps(item.to_dict()))))
    assert again.footprint.symmetric_difference(scene.footprint).area < 1e-12
    for name in ("id", "captured_start", "captured_end", "bands", "assets", "grid", "licence"):
        assert getattr(again, name) == getattr(scene, name)
    assert item.bbox is not None
    west, south, east, north = item.bbox
    assert -180 <= west <= 180
    assert -180 <= east <= 180
    assert south < north


def test_a_scene_knows_its_bytes_and_says_what_it_does_not_know(write: Write) -> None:
    """Every number must be walked back to the bytes; an unknown sun is None with a reason."""
    path = write(FLAT)
    scene = load_scene([path], **TERMS)
    assert scene.assets[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert scene.captured_start == datetime(2017, 10, 18, 17, 55, 17, tzinfo=UTC)
    assert scene.sun_elevation_deg is None
    assert "states it" in scene.unknown["sun_elevation_deg"]
    assert list(path.parent.iterdir()) == [path], "nothing is written beside a source"


def test_flags_outrank_sidecars_outrank_names(write: Write) -> None:
    """An analyst corrects a wrong name by a sidecar, and a wrong sidecar by a flag."""
    path = write(FLAT)
    said = {
        "captured_at": "2017-10-18T18:00:00Z",
        "licence": "A",
        "credit": "B",
        "sensor": "skysat",
    }
    path.with_name(path.name + ".json").write_text(json.dumps(said))
    assert load_scene([path]).captured_start.hour == 18
    at = datetime(2017, 10, 18, 19, tzinfo=UTC)
    scene = load_scene([path], captured_at=(at, at + timedelta(days=1)), licence="C")
    assert (scene.captured_start, scene.capture_width_s) == (at, 86400)
    assert (scene.licence, scene.credit, scene.sensor.id) == ("C", "B", "skysat")


@pytest.mark.parametrize(
    ("said", "flags", "code"),
    [
        (None, {}, "licence-missing"),
        (None, {"licence": "X"}, "licence-missing"),
        (None, {"licence": " ", "credit": "me"}, "licence-missing"),
        ({"licence": "X", "credit": "Y", "sunn": 1}, {}, "sidecar-invalid"),
        ({"captured_start": "2020-01-01T00:00:00"}, TERMS, "sidecar-invalid"),
        ({"sun_elevation_deg": float("nan")}, TERMS, "sidecar-invalid"),
        ({"captured_at": "yesterday"}, TERMS, "sidecar-invalid"),
        ({"captured_at": "1949-01-01T00:00:00Z"}, TERMS, "capture-time-missing"),
        ({"captured_start": "2020-01-01T00:00:00Z"}, TERMS, "capture-time-missing"),
        (None, {**TERMS, "sensor": "box-camera"}, "sensor-unknown"),
        (None, {**TERMS, "captured_at": datetime(2020, 1, 1)}, "capture-time-missing"),  # noqa: DTZ001
    ],
)
def test_a_scene_that_may_not_be_used_is_refused(
    write: Write, said: dict[str, Any] | None, flags: dict[str, Any], code: str
) -> None:
    """A dossier shows licence, credit and time of every image: without them it is not entered."""
    path = write(FLAT)
    if said is not None:
        path.with_name(path.name + ".json").write_text(json.dumps(said))
    with pytest.raises(QuaywatchError) as caught:
        load_scene([path], **flags)
    assert caught.value.code == code


def test_equal_start_and_end_are_refused(write: Write) -> None:
    """Intervals are half open: an empty one contains no capture."""
    at = datetime(2020, 1, 1, tzinfo=UTC)
    with pytest.raises(QuaywatchError) as caught:
        load_scene([write(FLAT)], captured_at=(at, at), **TERMS)
    assert caught.value.code == "capture-time-missing"


def test_a_name_without_a_time_needs_one(write: Write) -> None:
    """The file's own date is when it was copied, not when it was taken."""
    path = write(FLAT, "harbour.tif")
    with pytest.raises(QuaywatchError) as caught:
        load_scene([path], sensor="planetscope", **TERMS)
    assert caught.value.code == "capture-time-missing"
    assert load_raster([path]).sensor is None


@pytest.mark.parametrize("kept", [0, 10, 200, 0.5, 0.97])
def test_files_cut_short_are_refused(write: Write, kept: float) -> None:
    """A download that broke off must not become a harbour that is empty at its lower end."""
    rng = np.random.default_rng(1)
    path = write(rng.integers(1, 255, (3, 300, 300), np.uint8), tiled=True, compress="deflate")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if kept < 1 else int(kept)])
    with pytest.raises(QuaywatchError) as caught:
        load_raster([path])
    assert caught.value.code == "raster-unreadable"


def test_what_is_no_raster_is_refused(tmp_path: Path) -> None:
    """Missing, a folder, text: one code."""
    text = tmp_path / "a.tif"
    text.write_text("not an image")
    for path in (tmp_path / "missing.tif", tmp_path, text):
        with pytest.raises(QuaywatchError) as caught:
            load_raster([path])
        assert caught.value.code == "raster-unreadable"


@pytest.mark.parametrize(
    ("crs", "transform", "values", "code"),
    [
        (None, NORTH_UP, FLAT, "raster-no-crs"),
        ("EPSG:32611", Affine.identity(), FLAT, "raster-no-crs"),
        ("EPSG:4326", Affine(1, 0, 0, 0, -1, 120), FLAT, "raster-no-crs"),
        ("EPSG:32611", NORTH_UP, np.zeros_like(FLAT), "raster-empty"),
        ("EPSG:32611", NORTH_UP, np.full((1, 9, 9), np.nan, np.float32), "raster-empty"),
    ],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_rasters_without_place_or_pixels_are_refused(
    write: Write, crs: str | None, transform: Affine, values: np.ndarray[Any, Any], code: str
) -> None:
    """A position read off an unplaced image would be an invention."""
    path = write(values, crs=crs, transform=transform)
    with pytest.raises(QuaywatchError) as caught:
        load_raster([path])
    assert caught.value.code == code


def test_one_file_a_band_makes_one_scene(write: Write) -> None:
    """A Sentinel-2 export has five files; five scenes would be five looks of one morning."""
    day = "d/2023-08-21-00:00_2023-08-21-23:59_Sentinel-2_L2A_{}_(Raw).tiff"
    fine, coarse = np.full((1, 40, 40), 6553, np.uint16), np.full((1, 20, 20), 13107, np.uint16)
    half = NORTH_UP @ Affine.scale(2)
    paths = [write(fine, day.format("B08")), write(coarse, day.format("B11"), transform=half)]
    assert group_paths([*paths, Path("x.tif")]) == [tuple(sorted(paths)), (Path("x.tif"),)]
    scene = load_scene(sorted(paths), **TERMS)
    assert scene.band_names == ("nir", "swir16")
    values = read_window(scene, window=(5, 5, 10, 10)).values
    assert np.allclose(values[0], 0.1, atol=1e-4)
    assert np.allclose(values[1], 0.2, atol=1e-4)


def test_files_of_different_places_are_no_scene(write: Write) -> None:
    """Two ports of one day have the same file names; their bands must not be mixed."""
    day = "{}/2023-08-21-00:00_2023-08-21-23:59_Sentinel-2_L2A_{}_(Raw).tiff"
    one = write(FLAT[:1], day.format("a", "B08"))
    other = write(FLAT[:1], day.format("b", "B04"), transform=NORTH_UP @ Affine.translation(50, 0))
    assert len(group_paths([one, other])) == 2
    with pytest.raises(QuaywatchError) as caught:
        load_scene([one, other], **TERMS)
    assert caught.value.code == "scene-grid-mismatch"


def test_the_same_scene_has_the_same_name(write: Write) -> None:
    """Ingesting twice must add nothing, so the id follows from the bytes."""
    path = write(FLAT)
    assert load_scene([path], **TERMS).id == load_scene([path], **TERMS).id
    assert load_scene([path], **TERMS).id.startswith(NAME.removesuffix(".tif"))
