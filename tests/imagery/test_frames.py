"""Frames of one film lie on one grid: what moves between them has moved on the ground."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio.transform import Affine

from quaywatch.imagery.frames import (
    Correction,
    Stretch,
    on_grid,
    percentiles_of,
    thinned,
    view_grid,
)
from quaywatch.imagery.load import load_scene
from quaywatch.imagery.scene import Scene
from quaywatch.sites.frame import LocalFrame

EAST, NORTH, SIDE = 385_000.0, 3_736_000.0, 240


def smooth(side: int = SIDE) -> NDArray[np.uint8]:
    """A picture without edges, so that a shift shows as a change of level."""
    y, x = np.mgrid[:side, :side] * (240 / side)
    level = 120 + 50 * np.sin(x / 9) + 40 * np.cos(y / 11)
    return np.stack([level, level * 0.8, level * 0.6]).round().astype(np.uint8)


def scene_of(folder: Path, picture: NDArray[np.uint8], transform: Affine, crs: str) -> Scene:
    """A scene from an array."""
    path = folder / "a.tif"
    bands, height, width = picture.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=bands, dtype="uint8",
        crs=crs, transform=transform,
    ) as target:  # fmt: skip
        target.write(picture)
    at = datetime(2024, 1, 1, 10, tzinfo=UTC)
    return load_scene([path], licence="CC0-1.0", credit="x", captured_at=at, sensor="planetscope")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """UTM, 3 m."""
    place = Affine(3.0, 0.0, EAST, 0.0, -3.0, NORTH)
    return scene_of(tmp_path_factory.mktemp("s"), smooth(), place, "EPSG:32611")


def frame_of(scene: Scene) -> tuple[LocalFrame, shapely.Polygon]:
    """Metres about the middle of the scene, and an area well inside it."""
    lon, lat = scene.grid.lonlat_of(SIDE / 2, SIDE / 2)
    frame = LocalFrame(lon=float(lon), lat=float(lat))
    area = frame.to_degrees(shapely.box(-150, -150, 150, 150))
    assert isinstance(area, shapely.Polygon)
    return frame, area


def test_a_pixel_stands_over_its_own_place(scene: Scene) -> None:
    """A hull drawn ten metres off its quay is at no berth."""
    frame, area = frame_of(scene)
    grid = view_grid(area, frame, gsd_m=3.0, margin_m=0.0)
    shown = on_grid(scene, grid, Correction())
    assert shown is not None
    rows, columns = np.mgrid[5 : grid.height - 5, 5 : grid.width - 5]
    x, y = scene.grid.pixel_of(*grid.lonlat_of(columns.ravel() + 0.5, rows.ravel() + 0.5))
    scaled = 240 / SIDE
    true = (120 + 50 * np.sin((x - 0.5) * scaled / 9) + 40 * np.cos((y - 0.5) * scaled / 11)) / 255
    got = shown[0][5 : grid.height - 5, 5 : grid.width - 5].ravel()
    assert np.abs(got - true).max() < 0.012


@settings(max_examples=12)
@given(east=st.floats(-12, 12), north=st.floats(-12, 12))
def test_a_correction_moves_the_picture_and_not_its_place(
    scene: Scene, east: float, north: float
) -> None:
    """The sign of a shift: the wrong one doubles the error that registration found."""
    frame, area = frame_of(scene)
    grid = view_grid(area, frame, gsd_m=3.0, margin_m=0.0)
    a, b, c, d, e, f = scene.grid.transform
    moved = replace(scene, grid=replace(scene.grid, transform=(a, b, c - east, d, e, f - north)))
    # What a scene whose stated place is off shows, once corrected, is what the true one shows.
    corrected = on_grid(moved, grid, Correction(east, north))
    true = on_grid(scene, grid, Correction())
    assert corrected is not None
    assert true is not None
    assert np.nanmax(np.abs(corrected - true)) < 0.03


@pytest.mark.parametrize(
    ("crs", "rotation"), [("EPSG:32611", 25.0), ("EPSG:3857", 0.0), ("EPSG:4326", 0.0)]
)
def test_projection_and_rotation_do_not_show(
    tmp_path: Path, scene: Scene, crs: str, rotation: float
) -> None:
    """North is up and a metre is a metre, however the provider cut the scene."""
    frame, area = frame_of(scene)
    grid = view_grid(area, frame, gsd_m=3.0, margin_m=0.0)
    lon, lat = scene.grid.lonlat_of(SIDE / 2, SIDE / 2)
    if crs == "EPSG:32611":
        cos, sin, half = np.cos(np.radians(rotation)), np.sin(np.radians(rotation)), SIDE / 2
        a, b, d, e = 3 * cos, 3 * sin, 3 * sin, -3 * cos
        middle = EAST + 3 * half, NORTH - 3 * half
        place = Affine(a, b, middle[0] - (a + b) * half, d, e, middle[1] - (d + e) * half)
    else:
        step = 3.0 / 111_320 if crs == "EPSG:4326" else 3.6
        x, y = (float(lon), float(lat))
        if crs == "EPSG:3857":
            merc = rasterio.warp.transform("EPSG:4326", crs, [x], [y])
            x, y = merc[0][0], merc[1][0]
        place = Affine(step, 0, x - step * SIDE / 2, 0, -step, y + step * SIDE / 2)
    blob = np.full((3, SIDE, SIDE), 30, np.uint8)
    other = scene_of(tmp_path, blob, place, crs)
    at = frame.to_degrees(shapely.Point(60, 90))
    px, py = other.grid.pixel_of(at.x, at.y)
    blob[:, int(py) - 2 : int(py) + 3, int(px) - 2 : int(px) + 3] = 250
    shown = on_grid(scene_of(tmp_path, blob, place, crs), grid, Correction())
    assert shown is not None
    bright = np.argwhere(np.nan_to_num(shown[0]) > 0.5).mean(axis=0)
    x, y = (bright[1] + 0.5) * 3 - 150, 150 - (bright[0] + 0.5) * 3
    assert abs(x - 60) < 4
    assert abs(y - 90) < 4


def test_a_coarse_scene_keeps_its_own_pixels(scene: Scene) -> None:
    """Interpolated pixels look like detail that no sensor saw."""
    frame, area = frame_of(scene)
    grid = view_grid(area, frame, gsd_m=1.0, margin_m=0.0)
    shown = on_grid(scene, grid, Correction())
    assert shown is not None
    levels = np.unique(np.round(shown[0][~np.isnan(shown[0])] * 255, 3))
    assert np.allclose(levels, np.round(levels), atol=0.01)


def test_a_fine_scene_is_averaged_not_sampled(tmp_path: Path) -> None:
    """Sampling every tenth pixel makes a mast flicker through a film."""
    rng = np.random.default_rng(0)
    noise = rng.integers(1, 255, (3, SIDE, SIDE), np.uint8)
    fine = scene_of(tmp_path, noise, Affine(3.0, 0, EAST, 0, -3.0, NORTH), "EPSG:32611")
    frame, area = frame_of(fine)
    shown = on_grid(fine, view_grid(area, frame, gsd_m=15.0, margin_m=0.0), Correction())
    assert shown is not None
    assert np.nanstd(shown) < 0.12  # of single pixels: 0.29


def test_beyond_the_scene_there_is_nothing(scene: Scene) -> None:
    """What lies outside a footprint was not seen, and black would be water."""
    frame, area = frame_of(scene)
    wide = view_grid(area, frame, gsd_m=3.0, margin_m=600.0)
    shown = on_grid(scene, wide, Correction())
    assert shown is not None
    assert np.isnan(shown[:, 0, 0]).all()
    far = frame.to_degrees(shapely.box(90_000, 0, 90_300, 300))
    assert on_grid(scene, view_grid(far, frame, gsd_m=3.0, margin_m=0.0), Correction()) is None


def test_gains_are_applied_to_their_bands(scene: Scene) -> None:
    """A gain on the wrong band tints a film."""
    frame, area = frame_of(scene)
    grid = view_grid(area, frame, gsd_m=3.0, margin_m=0.0)
    plain = on_grid(scene, grid, Correction())
    gained = on_grid(scene, grid, Correction(gains={"green": (0.5, 0.1)}))
    assert plain is not None
    assert gained is not None
    assert np.allclose(gained[0], plain[0], equal_nan=True)
    assert np.allclose(gained[1], plain[1] * 0.5 + 0.1, atol=1e-5, equal_nan=True)


def test_one_cloudy_look_does_not_darken_the_film() -> None:
    """A stretch that one cloud can move hides coal in every other frame."""
    clear, cloud = ([0.1, 0.1, 0.1], [0.5, 0.5, 0.5]), ([0.6, 0.6, 0.6], [1.0, 1.0, 1.0])
    assert Stretch.common([clear] * 5 + [cloud] * 2) == Stretch.common([clear])


def test_a_stretch_is_monotone_and_says_what_was_not_seen() -> None:
    """A brighter pixel may never be shown darker; NaN is not black."""
    values = np.linspace(-0.2, 1.4, 400, dtype=np.float32).reshape(1, 20, 20).repeat(3, axis=0)
    values[:, 3, 3] = np.nan
    drawn, seen = Stretch((0.1,) * 3, (0.9,) * 3).shown(values)
    flat = drawn[..., 0].astype(int)[seen]
    assert (np.diff(flat) >= 0).all()
    assert (~seen).sum() == 1
    assert flat.min() == 0
    assert flat.max() == 255


def test_brightness_is_told_from_a_thinner_grid(scene: Scene) -> None:
    """The quick first walk over the looks must see what the second shows."""
    frame, area = frame_of(scene)
    grid = view_grid(area, frame, gsd_m=3.0, margin_m=0.0)
    whole, thin = (
        on_grid(scene, grid, Correction()),
        on_grid(scene, thinned(grid, 3), Correction(), sampled=True),
    )
    assert whole is not None
    assert thin is not None
    one, other = percentiles_of(whole), percentiles_of(thin)
    assert one is not None
    assert other is not None
    assert np.allclose(one, other, atol=0.03)
    assert percentiles_of(np.full((3, 4, 4), np.nan, np.float32)) is None
