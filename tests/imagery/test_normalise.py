"""Normalisation: the planted light is taken out, change is left in, and nonsense is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.grid import Grid
from quaywatch.imagery.normalise import Normalisation, fit_line, normalise, unchanged
from quaywatch.imagery.read import Pixels

SIZE = 240
UTM = Grid("EPSG:32652", (3.0, 0.0, 400_000.0, 0.0, -3.0, 4_290_000.0), SIZE, SIZE)
BANDS = ("blue", "green", "red", "nir")
Floats = NDArray[np.float64]


def land(seed: int = 2) -> Floats:
    """Reflectance of four bands of built-up ground, (band, y, x)."""
    rng = np.random.default_rng(seed)
    plane = np.full((SIZE, SIZE), 0.2)
    for _ in range(400):
        y, x = rng.integers(0, SIZE, 2)
        h, w = rng.integers(4, 24, 2)
        plane[y : y + h, x : x + w] = rng.uniform(0.06, 0.5)
    soft = ndimage.gaussian_filter(plane, 0.7)
    return np.stack([soft * k for k in (0.8, 0.9, 1.0, 1.2)])


def pixels_of(values: Floats, bands: tuple[str, ...] = BANDS, grid: Grid = UTM) -> Pixels:
    """A window of reflectance."""
    seen = np.asarray(np.isfinite(values).all(axis=0))
    return Pixels(
        values=values.astype(np.float32), valid=seen, bands=bands,
        grid=grid, window=(0, 0, values.shape[2], values.shape[1]), radiometry="reflectance",
        sensor="planetscope", geolocation_sigma_m=7.0,
    )  # fmt: skip


LAND = land()
REFERENCE = pixels_of(LAND)


@settings(max_examples=20, deadline=None)
@given(
    a=st.floats(0.75, 1.33), b=st.floats(-0.05, 0.05), noise=st.floats(0, 0.01),
    changed=st.floats(0, 0.25), seed=st.integers(0, 99),
)  # fmt: skip
def test_the_planted_light_is_found_though_a_quarter_changed(
    a: float, b: float, noise: float, changed: float, seed: int
) -> None:
    """Stock is told from brightness: a gain wrong by a tenth is coal that was not there."""
    rng = np.random.default_rng(seed)
    look = (LAND - b) / a + rng.normal(0, noise, LAND.shape)
    wide = round(SIZE * changed)
    look[:, :, :wide] = rng.uniform(0.02, 0.6, (4, SIZE, wide))
    found = normalise(REFERENCE, pixels_of(look))
    assert found.accepted, found.reason
    for line in found.bands.values():
        assert line.a == pytest.approx(a, abs=0.04)
        assert line.a is not None
        assert line.b is not None
        assert line.a * 0.2 + line.b == pytest.approx(a * 0.2 + b, abs=0.012)
    json.dumps(found.to_json(), allow_nan=False)


@settings(max_examples=20, deadline=None)
@given(a=st.floats(0.8, 1.25), noise=st.floats(0.0, 0.05), seed=st.integers(0, 99))
def test_there_and_back_is_nothing(a: float, noise: float, seed: int) -> None:
    """Regressing noise on noise flattens a line; laid the other way it must be its inverse."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0.05, 0.6, 4000)
    x, y = truth + rng.normal(0, noise, 4000), a * truth + rng.normal(0, noise, 4000)
    there, back = fit_line(x, y), fit_line(y, x)
    if there.accepted and back.accepted:
        assert (there.a or 0) * (back.a or 0) == pytest.approx(1, abs=0.01)
        assert there.a == pytest.approx(a, rel=0.08)


@pytest.mark.parametrize(
    ("look", "word"),
    [
        (LAND / 2.5, "gain"),
        (LAND * 0 + 0.2, "one brightness"),
        (np.random.default_rng(1).uniform(0, 0.5, LAND.shape), "explains"),
        (np.where(np.arange(SIZE) < 6, LAND, np.nan), "are needed"),
    ],
    ids=["too-bright", "flat", "unrelated", "hidden"],
)
def test_what_no_change_of_light_explains_is_refused(look: Floats, word: str) -> None:
    """A line forced through it would make one look's coal another's concrete."""
    found = normalise(REFERENCE, pixels_of(look))
    assert not found.accepted
    assert found.to_json() is None
    assert word in found.reason


def test_pictures_and_reflectance_do_not_mix_and_bands_meet_by_name() -> None:
    """Eight bands of one sensor and four of another share what they share, whatever the order."""
    look = pixels_of(LAND[::-1] * 0.9, BANDS[::-1])
    found = normalise(REFERENCE, look)
    assert set(found.bands) == set(BANDS)
    assert [line.a for line in found.bands.values()] == pytest.approx([1 / 0.9] * 4, abs=0.01)
    two = normalise(REFERENCE, replace(look, values=look.values[:2], bands=("nir", "red")))
    assert set(two.bands) == {"red", "nir"}
    shown = normalise(REFERENCE, replace(look, radiometry="display"))
    assert (shown.accepted, shown.bands) == (False, {})
    assert "display" in shown.reason


def test_another_sensor_of_coarser_pixels_is_put_in_the_same_light() -> None:
    """A site is watched by whatever passes: pixels of 9 m beside pixels of 3 m."""
    cut = LAND.reshape(4, SIZE // 3, 3, SIZE // 3, 3).mean(axis=(2, 4))
    grid = Grid(UTM.crs, (9.0, 0.0, 400_006.0, 0.0, -9.0, 4_290_000.0), SIZE // 3, SIZE // 3)
    moved = np.roll(cut, -1, axis=2)  # its stated place is 6 m too far east, its content 9 m west
    found = normalise(REFERENCE, pixels_of(moved * 0.8 + 0.01, grid=grid), shift_m=(3.0, 0.0))
    assert found.accepted, found.reason
    for line in found.bands.values():
        assert line.a == pytest.approx(1.25, abs=0.06)


def test_a_refused_band_is_never_handed_on_raw() -> None:
    """Unknown is not a value: a band without a line is NaN, not itself."""
    look = LAND.copy()
    look[3] = np.random.default_rng(3).uniform(0, 0.5, (SIZE, SIZE))
    pixels = pixels_of(look)
    found = normalise(REFERENCE, pixels)
    assert not found.accepted
    out = found.apply(pixels)
    assert np.isnan(out[list(found.bands).index("nir")]).all()
    assert out[0] == pytest.approx(LAND[0], abs=0.01)
    same: Normalisation = unchanged(BANDS)
    assert same.apply(REFERENCE) == pytest.approx(REFERENCE.values)
