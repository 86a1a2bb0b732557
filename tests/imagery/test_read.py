"""Reading by window: only what was asked for, and never a value where nothing was measured."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from quaywatch.errors import BandMissingError, PixelWindowError, RasterUnreadableError
from quaywatch.imagery.load import load_raster
from quaywatch.imagery.read import inside, read_window, window_of

Write = Callable[..., Path]
RAMP = np.arange(1, 3 * 50 * 70 + 1, dtype=np.uint16).reshape(3, 50, 70)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    x=st.integers(-20, 69), y=st.integers(-20, 49), width=st.integers(21, 90),
    height=st.integers(21, 90), margin=st.integers(0, 9),
)  # fmt: skip
def test_a_window_is_the_same_pixels_as_the_whole(
    write: Write, x: int, y: int, width: int, height: int, margin: int
) -> None:
    """A shift of one pixel here would be three metres in every berth state."""
    raster = load_raster([write(RAMP)], sidecar={"scale": 1})
    whole = read_window(raster)
    part = read_window(raster, window=(x, y, width, height), margin_px=margin)
    x0, y0, w, h = part.window
    assert np.array_equal(part.values, whole.values[:, y0 : y0 + h, x0 : x0 + w])
    own, all_of_it = part.grid.lonlat_of(3.5, 2.5), whole.grid.lonlat_of(x0 + 3.5, y0 + 2.5)
    assert np.allclose(own, all_of_it, atol=1e-11)


def test_a_polygon_reads_its_bounding_box(write: Write) -> None:
    """Sites are drawn in degrees."""
    raster = load_raster([write(RAMP)])
    shape = raster.grid.to_lonlat(box(10.2, 5.2, 20.8, 9.9))
    assert window_of(raster.grid, shape) == (10, 5, 11, 5)
    pixels = read_window(raster, polygon=shape)
    assert pixels.window == (10, 5, 11, 5)
    assert inside(pixels, shape).sum() == pytest.approx(10.6 * 4.7, abs=12)
    assert not inside(pixels, raster.grid.to_lonlat(box(40, 40, 45, 45))).any()


def test_windows_outside_and_bands_not_there_are_refused(write: Write) -> None:
    """An empty array would pass for an empty sea."""
    raster = load_raster([write(RAMP)])
    with pytest.raises(PixelWindowError):
        read_window(raster, window=(70, 0, 5, 5))
    with pytest.raises(BandMissingError):
        read_window(raster, bands=["nir"])


def test_a_file_gone_after_loading_is_an_error_not_an_empty_sea(write: Write) -> None:
    """Objects can be lost between ingest and look."""
    path = write(RAMP)
    raster = load_raster([path])
    path.unlink()
    with pytest.raises(RasterUnreadableError):
        read_window(raster)


def test_lone_zeros_are_dark_and_areas_of_zeros_are_fill(write: Write) -> None:
    """Providers pad with zeros undeclared, while a shadow may be zero in a single pixel."""
    values = np.full((3, 30, 30), 50, np.uint8)
    values[:, 4, 4] = 0
    values[:, 10:16, 10:16] = 0
    valid = read_window(load_raster([write(values)])).valid
    assert valid[4, 4]
    assert not valid[10:16, 10:16].any()
    assert valid.sum() == 900 - 36


def test_masks_alpha_and_nan_are_not_measurements(write: Write) -> None:
    """Each way of saying nothing must be understood, in one band or all."""
    values = np.full((4, 20, 20), 90, np.uint8)
    values[3] = 255
    values[3, :, :5] = 0
    alpha = load_raster([write(values, "a.tif", photometric="RGB", alpha="YES")])
    assert alpha.band_names == ("red", "green", "blue")
    assert read_window(alpha).valid.sum() == 300
    floats = np.full((3, 20, 20), 0.1, np.float32)
    floats[1, 3, 3], floats[2, 4, 4] = np.nan, np.inf
    assert read_window(load_raster([write(floats, "b.tif")])).valid.sum() == 398


def test_infrared_marked_as_alpha_is_infrared(write: Write) -> None:
    """GDAL marks the fourth of four 8-bit bands as alpha: dark water would become nodata."""
    values = np.random.default_rng(3).integers(0, 200, (4, 40, 40)).astype(np.uint8)
    values[:3] += 1
    raster = load_raster([write(values, "20171018_175517_1005.tif")])
    assert raster.band_names == ("blue", "green", "red", "nir")
    assert read_window(raster).valid.all()
    assert read_window(raster, bands=["red"]).valid.all()


def test_dark_water_is_measured_and_fill_is_not(write: Write) -> None:
    """Atmospheric correction leaves still water at zero; fill beside land is zero too."""
    values = np.full((3, 60, 60), 9000, np.uint16)
    values[:, 20:] = 40
    values[:, 35:50, 10:30] = 0
    values[:, 2:8, 40:50] = 0
    valid = read_window(load_raster([write(values)])).valid
    assert valid[35:50, 10:30].all()
    assert not valid[2:8, 40:50].any()
