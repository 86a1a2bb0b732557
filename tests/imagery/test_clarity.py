"""Clarity: what is not told to be clear is not clear, and a white ship is never cloud."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from rasterio import Affine
from shapely.geometry.base import BaseGeometry

from quaywatch.errors import BandMissingError, RasterUnreadableError
from quaywatch.imagery.clarity import RADAR_METHOD, TESTS_METHOD, clarity, cloud_mask
from quaywatch.imagery.cloud_network import kept_network
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.provider_mask import BAND_COUNT, provider_classes, read_provider
from quaywatch.imagery.read import Pixels
from quaywatch.imagery.sensors import ProviderMask
from quaywatch.imagery.sky import Sky

RGB = ("red", "green", "blue")
SIDE = 200


def window(
    values: NDArray[np.float32],
    bands: tuple[str, ...] = RGB,
    *,
    radiometry: str = "display",
    gsd_m: float = 10.0,
    sensor: str | None = None,
    valid: NDArray[np.bool_] | None = None,
) -> Pixels:
    """An array as a window in UTM, north up."""
    height, width = values.shape[1:]
    grid = Grid("EPSG:32633", (gsd_m, 0.0, 5e5, 0.0, -gsd_m, 5e6), width, height)
    seen = np.ones((height, width), bool) if valid is None else valid
    return Pixels(values, seen, bands, grid, (0, 0, width, height), radiometry, sensor, None)


def ground(count: int = 3, level: float = 0.2) -> NDArray[np.float32]:
    """Even ground."""
    return np.full((count, SIDE, SIDE), level, np.float32)


def area(pixels: Pixels, x0: int, y0: int, x1: int, y1: int) -> BaseGeometry:
    """A box drawn in pixels, in degrees."""
    from shapely.geometry import box  # noqa: PLC0415  # one use

    return pixels.grid.to_lonlat(box(x0, y0, x1, y1))


@pytest.mark.parametrize("width_px", [1, 3, 6])
@pytest.mark.parametrize("radiometry", ["display", "reflectance"])
def test_a_white_ship_or_roof_is_never_cloud(width_px: int, radiometry: str) -> None:
    """Cloud over every white ship would be a gap exactly where somebody looks."""
    values = ground(level=0.05)
    values[:, 50 : 50 + width_px, 40:80] = 0.95
    classes = clarity(window(values, radiometry=radiometry)).classes
    assert classes is not None
    assert not (classes == Sky.CLOUD).any()


def test_a_cloud_and_its_margin_hide_a_berth() -> None:
    """A berth under cloud must not be called empty."""
    values = ground()
    values[:, 40:90, 40:90] = 0.92
    pixels = window(values)
    seen = clarity(pixels)
    under = seen.shares(pixels, area(pixels, 50, 50, 70, 56))
    beside = seen.shares(pixels, area(pixels, 140, 140, 160, 146))
    assert under is not None
    assert beside is not None
    assert under["cloud"] == pytest.approx(1.0)
    assert beside["clear"] == pytest.approx(1.0)
    assert seen.method == TESTS_METHOD
    assert "snow and ice from cloud" in seen.cannot_tell


def test_the_shadow_lies_away_from_the_sun() -> None:
    """Dark ground on the sunny side is dark ground, not shadow."""
    values = ground(4, 0.2)
    values[:, 80:110, 80:110] = 0.9
    values[:, 80:110, 30:60] = 0.05  # west of the cloud
    values[:, 80:110, 130:160] = 0.05  # east of it
    bands = (*RGB, "nir")
    pixels = window(values, bands, radiometry="reflectance")
    classes = clarity(pixels, sun_azimuth_deg=90.0, sun_elevation_deg=45.0).classes
    assert classes is not None
    assert (classes[85:105, 35:55] == Sky.SHADOW).mean() > 0.8
    assert not (classes[85:105, 135:155] == Sky.SHADOW).any()


def test_snow_is_told_from_cloud_by_short_wave_infrared() -> None:
    """Snow on a yard is no cloud over it, and no clear look at coal either."""
    bands = (*RGB, "nir", "swir16")
    values = ground(5, 0.15)
    values[:4, 50:100, 50:100] = 0.7
    values[4, 50:100, 50:100] = 0.08
    classes = clarity(window(values, bands, radiometry="reflectance")).classes
    assert classes is not None
    assert (classes[55:95, 55:95] == Sky.SNOW_ICE).all()


def test_even_haze_is_haze_and_bare_ground_is_not() -> None:
    """A veil over a whole site lifts even its darkest water; a desert is light by itself."""
    veil = ground(4, 0.12)
    veil[2] = 0.15
    desert = ground(4, 0.2)
    desert[2] = 0.1
    bands = (*RGB, "nir")
    hazy = clarity(window(veil, bands, radiometry="reflectance")).classes
    bare = clarity(window(desert, bands, radiometry="reflectance")).classes
    assert hazy is not None
    assert bare is not None
    assert (hazy == Sky.HAZE).all()
    assert (bare == Sky.CLEAR).all()


@pytest.mark.parametrize(
    ("bands", "radiometry"), [(("pan",), "reflectance"), (RGB, "counts"), (("nir",), "display")]
)
def test_bands_that_cannot_tell_say_so(bands: tuple[str, ...], radiometry: str) -> None:
    """Unknown is not clear."""
    pixels = window(ground(len(bands)), bands, radiometry=radiometry)
    seen = clarity(pixels)
    assert seen.classes is None
    assert seen.clear is None
    assert seen.hidden is None
    assert seen.shares(pixels, area(pixels, 0, 0, 9, 9)) is None
    assert seen.method.startswith("none")
    assert cloud_mask(pixels) is None


def test_cloud_does_not_hide_what_a_radar_sees() -> None:
    """A radar look on a cloudy day is a look."""
    seen = clarity(window(ground(2), ("vv", "vh"), radiometry="power", sensor="sentinel-1-grd"))
    assert seen.method == RADAR_METHOD
    assert seen.clear is not None
    assert seen.clear.all()


@given(arrays(np.bool_, (20, 20)), st.sampled_from(["display", "reflectance"]))
def test_nothing_unmeasured_is_clear(valid: NDArray[np.bool_], radiometry: str) -> None:
    """Nodata taken for clear water makes an empty berth out of nothing."""
    values = np.where(valid, 0.2, np.nan).astype(np.float32)[None].repeat(3, axis=0)
    pixels = window(values, radiometry=radiometry, valid=valid)
    seen = clarity(pixels)
    assert seen.classes is not None
    assert ((seen.classes == Sky.NODATA) == ~valid).all()
    shares = seen.shares(pixels, area(pixels, -5, 2, 15, 18))
    assert shares is not None
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares["nodata"] >= 0.2


@given(st.sampled_from(list(ProviderMask)), st.integers(0, 65535))
def test_every_value_of_every_mask_has_one_class(kind: ProviderMask, value: int) -> None:
    """A value from tomorrow's processor must not pass for clear by accident."""
    mask = np.full((BAND_COUNT[kind], 2, 2), value)
    told = provider_classes(kind, mask)
    assert told.shape == (2, 2)
    assert set(np.unique(told)) <= {int(sky) for sky in Sky}
    if kind is ProviderMask.SCL and value > 11:
        assert (told == Sky.NODATA).all()


def test_a_provider_mask_outranks_ours_and_is_named() -> None:
    """Whoever told the cloud stands in the record."""
    pixels = window(ground(), sensor="planetscope")
    udm2 = np.zeros((8, SIDE, SIDE), np.uint8)
    udm2[0] = 1
    udm2[0, :10] = 0
    udm2[3, :10] = 1
    told = provider_classes(ProviderMask.UDM2, udm2)
    seen = clarity(pixels, provider=(ProviderMask.UDM2, told))
    assert seen.method == "provider-udm2@1"
    assert seen.classes is not None
    assert (seen.classes[:10] == Sky.HAZE).all()
    assert (seen.classes[10:] == Sky.CLEAR).all()


def test_the_old_planet_mask_is_not_believed_about_shadow() -> None:
    """It calls shadow and haze clear, and says so in its specification."""
    values = ground()
    values[:, 40:90, 40:90] = 0.92
    told = provider_classes(ProviderMask.UDM, np.zeros((1, SIDE, SIDE), np.uint8))
    seen = clarity(window(values), provider=(ProviderMask.UDM, told))
    assert seen.classes is not None
    assert seen.classes[60, 60] == Sky.CLOUD
    assert seen.method == f"provider-udm@1 and {TESTS_METHOD}"


def test_a_mask_file_is_laid_on_the_window(write: Callable[..., Path]) -> None:
    """A mask of 20 m over pixels of 10 m, and nothing is clear where the file ends."""
    mask = np.full((1, 50, 100), 6, np.uint8)
    mask[0, :10] = 9
    path = write(mask, crs="EPSG:32633", transform=Affine(20.0, 0.0, 5e5, 0.0, -20.0, 5e6))
    told = read_provider(path, ProviderMask.SCL, window(ground()).grid)
    assert (told[:20] == Sky.CLOUD).all()
    assert (told[20:100] == Sky.CLEAR).all()
    assert (told[100:] == Sky.NODATA).all()


def test_a_mask_file_that_is_none_is_refused(write: Callable[..., Path], tmp_path: Path) -> None:
    """A three-band picture is not an eight-band mask; a missing file is not a clear sky."""
    path = write(np.zeros((3, 10, 10), np.uint8))
    grid = window(ground()).grid
    with pytest.raises(BandMissingError):
        read_provider(path, ProviderMask.UDM2, grid)
    with pytest.raises(RasterUnreadableError):
        read_provider(tmp_path / "gone.tif", ProviderMask.SCL, grid)
    bare = tmp_path / "bare.tif"
    with rasterio.open(
        bare, "w", driver="GTiff", width=4, height=4, count=1, dtype="uint8",
        transform=Affine(1.0, 0.0, 1.0, 0.0, -1.0, 1.0),
    ) as target:  # fmt: skip
        target.write(np.zeros((1, 4, 4), np.uint8))
    with pytest.raises(RasterUnreadableError):
        read_provider(bare, ProviderMask.SCL, grid)


def test_the_kept_network_gives_the_same_bits_twice() -> None:
    """A claim must recompute."""
    network = kept_network()
    if network is None:
        pytest.skip("ukis-csmask is not installed")
    rng = np.random.default_rng(4)
    values = rng.uniform(0, 0.3, (4, 120, 150)).astype(np.float32)
    values[:, 30:60, 30:60] = 0.8
    pixels = window(values, ("blue", "green", "red", "nir"), radiometry="reflectance", gsd_m=20.0)
    first, second = clarity(pixels, network=network), clarity(pixels, network=network)
    assert first.classes is not None
    assert second.classes is not None
    assert first.classes.tobytes() == second.classes.tobytes()
    assert first.method.startswith(network.name)
