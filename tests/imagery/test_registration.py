"""Registration: the shift that was planted, or a refusal that says why; never a confident guess."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.grid import Grid
from quaywatch.imagery.load import load_raster
from quaywatch.imagery.read import Pixels, read_window
from quaywatch.imagery.registration import Registration, register, registered
from quaywatch.imagery.warp import lay, moved

SIZE = 420
GSD = 3.0
UTM = Grid("EPSG:32652", (GSD, 0.0, 400_000.0, 0.0, -GSD, 4_290_000.0), SIZE, SIZE)
Plane = NDArray[np.float64]


def town(seed: int = 3, size: int = SIZE, margin: int = 40) -> Plane:
    """Blocks of roofs and yards of many sizes, at four samples a pixel side, with a margin."""
    rng = np.random.default_rng(seed)
    side = 2 * (size + 2 * margin)
    ground = 0.35 + 0.03 * ndimage.gaussian_filter(rng.standard_normal((side, side)), 3)
    for _ in range(side * side // 700):
        y, x = rng.integers(0, side, 2)
        h, w = rng.integers(6, 50, 2)
        ground[y : y + h, x : x + w] = rng.uniform(0.1, 0.9)
    made: Plane = ground
    return made


def seen(ground: Plane, east: float, south: float, size: int = SIZE, margin: int = 40) -> Plane:
    """What a camera sees whose picture has moved by so many pixels along x and down y."""
    blurred = ndimage.gaussian_filter(ground, 1.2)
    at = 2.0 * (np.arange(size) + margin) + 0.5
    rows, columns = at - 2.0 * south, at - 2.0 * east
    places = np.meshgrid(rows, columns, indexing="ij")
    picture: Plane = ndimage.map_coordinates(blurred, places, order=3, mode="nearest")
    return picture


def pixels_of(
    picture: Plane, *, valid: NDArray[np.bool_] | None = None, grid: Grid = UTM
) -> Pixels:
    """A window of one visible band."""
    good = np.ones(picture.shape, bool) if valid is None else valid
    values = np.where(good, picture, np.nan).astype(np.float32)[None]
    return Pixels(
        values=values, valid=good, bands=("red",), grid=grid,
        window=(0, 0, picture.shape[1], picture.shape[0]), radiometry="reflectance",
        sensor="planetscope", geolocation_sigma_m=7.0,
    )  # fmt: skip


GROUND = town()
REFERENCE = pixels_of(seen(GROUND, 0, 0))


def off_px(found: Registration, east: float, south: float) -> float:
    """How far a found shift is from what undoes the planted one, pixels."""
    assert found.shift_x_px is not None
    assert found.shift_y_px is not None
    return float(np.hypot(found.shift_x_px + east, found.shift_y_px + south))


@settings(max_examples=25, deadline=None)
@given(
    east=st.floats(-12, 12), south=st.floats(-12, 12), gain=st.floats(0.5, 2.0),
    lift=st.floats(-0.2, 0.2), noise=st.floats(0, 0.04), seed=st.integers(0, 9),
)  # fmt: skip
def test_a_planted_shift_is_found_whatever_the_light(
    east: float, south: float, gain: float, lift: float, noise: float, seed: int
) -> None:
    """Every later look is moved by this number: a third of a pixel wrong is a metre of quay."""
    rng = np.random.default_rng(seed)
    picture = seen(GROUND, east, south) * gain + lift + rng.normal(0, noise * gain, (SIZE, SIZE))
    found = register(REFERENCE, pixels_of(picture))
    assert found.accepted, found.reason
    assert off_px(found, east, south) < 0.15
    assert found.shift_x_m == pytest.approx(-east * UTM.gsd_m, abs=0.6)
    assert found.shift_y_m == pytest.approx(south * UTM.gsd_m, abs=0.6)
    json.dumps(found.to_json(), allow_nan=False)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), share=st.floats(0, 0.97), masked=st.booleans())
def test_cloud_and_changed_ground_never_give_a_wrong_shift(
    seed: int,
    share: float,
    masked: bool,  # noqa: FBT001 (drawn by Hypothesis)
) -> None:
    """Cloud that the mask missed has texture of its own; it may cost the look, not its place."""
    rng = np.random.default_rng(seed)
    east, south = rng.uniform(-10, 10, 2)
    picture = seen(GROUND, east, south)
    soft = ndimage.gaussian_filter(rng.standard_normal((SIZE, SIZE)), 25)
    cloud = soft > np.quantile(soft, 1 - share)
    picture[cloud] = (
        0.8 + 0.1 * ndimage.gaussian_filter(rng.standard_normal((SIZE, SIZE)), 2)[cloud]
    )
    for _ in range(30):  # ships and stacks that came and went
        y, x = rng.integers(0, SIZE - 60, 2)
        picture[y : y + rng.integers(5, 12), x : x + rng.integers(20, 60)] = rng.uniform(0, 1)
    usable = ~ndimage.binary_dilation(cloud, iterations=3) if masked else None
    found = register(REFERENCE, pixels_of(picture), usable=usable)
    if found.accepted:
        assert off_px(found, east, south) < 0.5
    else:
        assert found.reason
    if share < 0.3 and masked:
        assert found.accepted, found.reason


@pytest.mark.parametrize("period", [7, 11, 16])
def test_a_repeated_pattern_is_refused(period: int) -> None:
    """Rows of containers fit as well one row further on: a confident answer would be a guess."""
    row = (np.arange(SIZE) % period < period / 2).astype(float)
    pattern = 0.3 + 0.3 * np.add.outer(row, row)
    rng = np.random.default_rng(period)
    noisy = [pattern + rng.normal(0, 0.02, pattern.shape) for _ in range(2)]
    found = register(pixels_of(noisy[0]), pixels_of(np.roll(noisy[1], 3, 1)))
    assert not found.accepted
    assert found.shift_x_m is None
    assert "peak" in found.reason


def _nothing(picture: Plane) -> Plane:
    return np.full_like(picture, 0.1)


def _waves(picture: Plane) -> Plane:
    rng = np.random.default_rng(5)
    waves: Plane = 0.1 + 0.02 * ndimage.gaussian_filter(rng.standard_normal(picture.shape), 1.5)
    return waves


@pytest.mark.parametrize("make", [_nothing, _waves], ids=["flat", "waves"])
def test_water_alone_is_refused(make: object) -> None:
    """A look of open water has nothing to hold on to."""
    assert callable(make)
    found = register(REFERENCE, pixels_of(make(seen(GROUND, 0, 0))))
    assert (found.accepted, found.shift_x_m) == (False, None)


@pytest.mark.parametrize(
    ("look", "stable", "usable", "word"),
    [
        (REFERENCE, np.zeros((SIZE, SIZE), bool), None, "no stable land"),
        (REFERENCE, None, np.zeros((SIZE, SIZE), bool), "nothing of the site was seen clear"),
        (replace(REFERENCE, bands=("vh",)), None, None, "no band to compare"),
        (
            replace(REFERENCE, grid=UTM.window(9000, 0, SIZE, SIZE)),
            None,
            None,
            "no ground in common",
        ),
    ],
    ids=["all-water", "all-cloud", "no-common-band", "elsewhere"],
)
def test_what_cannot_be_compared_says_why(
    look: Pixels, stable: NDArray[np.bool_] | None, usable: NDArray[np.bool_] | None, word: str
) -> None:
    """The reason is printed beside the look: an analyst must know whether to wait or to redraw."""
    found = register(REFERENCE, look, stable=stable, usable=usable)
    assert not found.accepted
    assert word in found.reason


def test_a_bent_look_is_refused_with_the_shift_it_found() -> None:
    """A look stretched by several pixels has no one shift; the rough one must still be told."""
    at = 2.0 * (np.arange(SIZE) + 40) + 0.5
    rows, columns = np.meshgrid(at, at, indexing="ij")
    stretch = 2.0 * 2.6 * (np.arange(SIZE) - SIZE / 2) / SIZE
    bent = ndimage.map_coordinates(
        ndimage.gaussian_filter(GROUND, 1.2), [rows, columns - 10.0 + stretch[None, :]], order=1
    )
    found = register(REFERENCE, pixels_of(bent))
    assert not found.accepted
    assert "residual" in found.reason
    assert found.shift_x_m == pytest.approx(-5 * GSD, abs=GSD)
    assert (found.residual_px or 0) > 0.5


@settings(max_examples=8, deadline=None)
@given(east=st.floats(-20, 20), north=st.floats(-20, 20), turn=st.floats(-0.4, 0.4))
def test_other_grids_are_laid_on_the_reference_first(
    east: float, north: float, turn: float
) -> None:
    """Sensors come with their own pixel size, rotation and projection; the metres must agree."""
    cos, sin = 2.0 * GSD * np.cos(turn), 2.0 * GSD * np.sin(turn)
    middle = 0.5 * SIZE * GSD
    c = 400_000.0 + middle - 0.5 * 200 * (cos - sin)
    f = 4_290_000.0 - middle - 0.5 * 200 * (sin + -cos) * 1.0
    coarse = Grid("EPSG:32652", (cos, -sin, c, -sin, -cos, f), 200, 200)
    picture, good = lay(
        REFERENCE.values[0], REFERENCE.valid, REFERENCE.grid, coarse, moved_px=(0, 0)
    )
    look = pixels_of(picture.astype(float), valid=good, grid=moved(coarse, east, north))
    found = register(REFERENCE, look)
    assert found.accepted, found.reason
    assert found.shift_x_m == pytest.approx(-east, abs=1.5)
    assert found.shift_y_m == pytest.approx(-north, abs=1.5)
    assert found.pixel_m == pytest.approx(2 * GSD, abs=0.02)


def test_drawn_ground_is_used_first_and_found_ground_when_it_does_not_do() -> None:
    """A site's own stable ground is the analyst's word; too little of it must not stop the look."""
    look = pixels_of(seen(GROUND, 2.0, 1.0))
    drawn = np.zeros((SIZE, SIZE), bool)
    drawn[:, :260] = True
    assert register(REFERENCE, look, drawn=drawn).ground == "drawn"
    drawn[12:] = False
    found = register(REFERENCE, look, drawn=drawn)
    assert (found.accepted, found.ground) == (True, "found")


@pytest.mark.realdata
def test_a_registered_scene_lies_on_the_reference(shared_data: Path) -> None:
    """What is moved is the grid, so boxes, hulls and pictures all follow from one number."""
    path = next((shared_data / "imagery" / "planet_scenes").glob("scene_3_*.tif"))
    scene = load_raster([path])
    placed = registered(scene, (12.0, -6.0), 1.5)
    lon, lat = scene.grid.lonlat_of(600, 600)
    x, y = placed.grid.pixel_of(lon, lat)
    assert [float(x), float(y)] == pytest.approx([596, 598], abs=0.1)
    assert placed.geolocation_sigma_m == 1.5
    window = (900, 200, 500, 500)
    again = register(read_window(scene, window=window), read_window(placed, window=window))
    assert [again.shift_x_m, again.shift_y_m] == pytest.approx([-12, 6], abs=0.2)


@pytest.mark.realdata
def test_long_beach_four_days_apart_agree_both_ways(shared_data: Path) -> None:
    """Two real scenes, ships and containers changed: the way back must undo the way there."""
    folder = shared_data / "imagery" / "planet_scenes"
    scenes = {n: load_raster([next(folder.glob(f"scene_{n}_*.tif"))]) for n in (2, 3)}
    first = read_window(scenes[3], window=(1442, 0, 951, 1437))
    later = read_window(scenes[2], window=(0, 150, 951, 1437))
    there, back = register(first, later), register(later, first)
    assert there.accepted
    assert back.accepted
    assert (there.residual_px or 9) <= 0.5
    assert there.shift_x_m == pytest.approx(-(back.shift_x_m or 0), abs=0.5)
    assert there.shift_y_m == pytest.approx(-(back.shift_y_m or 0), abs=0.5)
    assert (there.shift_m or 9) < 3.0
