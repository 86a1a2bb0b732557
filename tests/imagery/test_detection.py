"""Detection: hulls where hulls are, in true metres, the same every time, and none in nothing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio.transform import Affine
from scipy import ndimage

from quaywatch.imagery import detection as module
from quaywatch.imagery.detection import (
    NetworkDetector,
    WaterContrastDetector,
    averaged,
    detect_file,
    detect_scene,
)
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.hull import hulls_in
from quaywatch.imagery.load import load_raster
from quaywatch.imagery.read import Pixels, read_window
from quaywatch.imagery.water import water_mask

Write = Callable[..., Path]
Harbour = Callable[..., NDArray[np.uint8]]
SHIP = (180, 100, 9, 60)
"""Row, column, height, width: 180 m by 27 m at 3 m, on open water."""


def hull_at(angle: float, length: float, beam: float) -> NDArray[np.float32]:
    """A chance map with one hull of the size in pixels, axis turned from the row direction."""
    y, x = np.mgrid[0:200, 0:200] - 99.5
    along = x * np.cos(angle) + y * np.sin(angle)
    across = -x * np.sin(angle) + y * np.cos(angle)
    half = beam / 2 * np.clip((length / 2 - np.abs(along)) / (0.1 * length), 0.4, 1)
    hull = (np.abs(along) <= length / 2) & (np.abs(across) <= half)
    chance: NDArray[np.float32] = 0.95 * hull.astype(np.float32)
    return chance


@given(
    angle=st.floats(0, np.pi), length=st.floats(25, 120), aspect=st.floats(4.5, 8),
    gsd=st.floats(0.5, 12),
)  # fmt: skip
def test_length_beam_and_axis_come_back(
    angle: float, length: float, aspect: float, gsd: float
) -> None:
    """METHODS asks for one and a half pixels in each dimension; a drawn hull must give that."""
    beam = max(length / aspect, 5.0)
    if length * gsd > 400 or beam * gsd > 60 or length * gsd < 20:
        return
    chance = hull_at(angle, length, beam)
    sea = chance == 0
    per_pixel = np.array([[gsd, 0.0], [0.0, -gsd]])
    (hull,) = hulls_in(chance, sea, np.ones_like(sea), per_pixel, shortest_m=15.0)
    assert hull.length_m / gsd == pytest.approx(length, abs=3.0)
    assert hull.beam_m / gsd == pytest.approx(beam, abs=1.5)
    turned = np.array([np.cos(angle), -np.sin(angle)])
    assert abs(float(np.array(hull.axis) @ turned)) > np.cos(np.radians(3))
    assert np.allclose([hull.x_px, hull.y_px], 100, atol=0.6)


def test_ships_end_to_end_are_two() -> None:
    """Two ships at a quay counted as one of 300 m would halve the port's traffic."""
    chance = np.zeros((40, 150), np.float32)
    chance[16:24, 10:70] = 0.95
    chance[16:24, 70:75] = 0.6
    chance[16:24, 75:140] = 0.95
    sea = chance == 0
    found = hulls_in(chance, sea, np.ones_like(sea), np.diag([3.0, -3.0]), shortest_m=20)
    assert [round(h.x_px / 10) for h in sorted(found, key=lambda h: h.x_px)] == [4, 11]


@pytest.mark.parametrize(("light", "rim", "found"), [(0.3, 0, 1), (0.03, 0, 0), (0.3, 6, 0)])
def test_a_white_craft_that_passes_for_water_counts_only_in_the_open(
    light: float, rim: int, found: int
) -> None:
    """SWIR pixels miss small craft; surf (hardly brighter) and what lies on land stay out."""
    noise = np.random.default_rng(7).normal(0.02, 0.002, (60, 60)).astype(np.float32)
    chance = np.zeros((60, 60), np.float32)
    chance[28:31, 20:32] = 0.9
    infrared = np.where(chance > 0, np.float32(light), noise)
    water = np.ones((60, 60), bool)
    water[31 : 31 + rim, 14:38] = False
    per_pixel = np.array([[10.0, 0.0], [0.0, -10.0]])
    hulls = hulls_in(
        chance, water, np.ones_like(water), per_pixel, shortest_m=45.0, infrared=infrared
    )
    assert len(hulls) == found


def test_a_ship_on_open_water_is_found_and_measured(write: Write, harbour: Harbour) -> None:
    """The one thing a detector must not miss."""
    path = write(harbour(ships=(SHIP,)))
    found = detect_scene(load_raster([path]), WaterContrastDetector())
    assert len(found) == 1
    (ship,) = found
    assert np.allclose([ship.x_px, ship.y_px], [130, 184.5], atol=1)
    assert ship.length_m == pytest.approx(180, abs=7)
    assert ship.beam_m == pytest.approx(27, abs=6)
    assert min(abs(ship.heading_deg - 90), 180 - abs(ship.heading_deg - 90)) < 3
    assert not ship.cut_by_edge


def test_the_network_finds_a_ship_and_nothing_in_an_empty_harbour(
    write: Write, harbour: Harbour
) -> None:
    """Weights and code are shipped together: a mismatch of band order or scale shows here."""
    ship = harbour(ships=(SHIP,)).astype(float)
    smooth = ndimage.gaussian_filter(ship, (0, 0.8, 0.8)).astype(np.uint8)
    found = detect_file([write(smooth)])
    assert [round(d.x_px / 10) for d in found] == [13]
    assert found[0].method.startswith("hulls-rgb-3m")
    assert detect_file([write(harbour(), "20171018_175517_1006.tif")]) == []


@pytest.mark.parametrize("fill", [0, 40, 128, 255])
def test_nothing_is_found_in_nothing(write: Write, fill: int) -> None:
    """Flat, dark or saturated pixels hold no ship; nodata is refused before."""
    values = np.full((3, 120, 120), fill, np.uint8)
    values[0, 0, 0] = 1
    assert detect_file([write(values)]) == []


def test_nodata_is_never_a_ship(write: Write, harbour: Harbour) -> None:
    """A strip of fill across the water has the shape of a hull."""
    values = harbour()
    values[:, 180:189, 100:160] = 0
    for detector in (NetworkDetector(), WaterContrastDetector()):
        assert detect_scene(load_raster([write(values)]), detector) == []


def test_a_ship_cut_by_the_edge_says_so(write: Write, harbour: Harbour) -> None:
    """Its length is a lower bound; read as a length it would name another ship."""
    path = write(harbour(ships=((180, 380, 9, 40),)))
    (ship,) = detect_scene(load_raster([path]), WaterContrastDetector())
    assert ship.cut_by_edge


def test_detection_is_the_same_every_time_and_in_parts(
    write: Write, harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim recomputes to the bit; a large scene is searched in parts and must lose no ship."""
    ships = (SHIP, (210, 250, 8, 50), (150, 330, 9, 45))
    raster = load_raster([write(harbour((520, 900), ships=(*ships, (400, 500, 9, 60))))])
    whole = detect_scene(raster, WaterContrastDetector())
    assert whole == detect_scene(raster, WaterContrastDetector())
    monkeypatch.setattr(module, "TILE_PX", 300)
    parts = detect_scene(raster, WaterContrastDetector())
    assert len(parts) == len(whole) >= 3
    key = [(round(d.x_px), round(d.y_px)) for d in whole]
    assert sorted(key) == sorted((round(d.x_px), round(d.y_px)) for d in parts)


@pytest.mark.parametrize("turn", [0.0, 35.0, 90.0, 200.0])
def test_a_turned_grid_turns_the_heading(write: Write, harbour: Harbour, turn: float) -> None:
    """Heading is from true north, whatever way the raster lies."""
    here = Affine.translation(385_000, 3_736_000) @ Affine.rotation(-turn) @ Affine.scale(3, -3)
    (ship,) = detect_scene(
        load_raster([write(harbour(ships=(SHIP,)), transform=here)]), WaterContrastDetector()
    )
    off = (ship.heading_deg - (90 + turn) + 90) % 180 - 90
    assert abs(off) < 3  # grid north is within a degree of true north here


def test_finer_pixels_are_averaged_to_the_networks_size(write: Write, harbour: Harbour) -> None:
    """A SkySat picture must not go unsearched because it is better."""
    fine = np.repeat(np.repeat(harbour(ships=(SHIP,)), 4, axis=1), 4, axis=2)
    path = write(fine, transform=Affine(0.75, 0, 385_000, 0, -0.75, 3_736_000))
    found = detect_file([path], sensor="skysat")
    assert [round(d.x_px / 40) for d in found] == [13]
    assert found[0].length_m == pytest.approx(180, abs=15)


@given(step=st.integers(2, 5))
def test_averaging_keeps_the_place(step: int) -> None:
    """Coarser pixels of the same window have the same corner."""
    values = np.random.default_rng(0).random((3, 41, 37)).astype(np.float32)
    pixels = Pixels(
        values=values,
        valid=np.ones((41, 37), bool),
        bands=("red", "green", "blue"),
        grid=Grid("EPSG:32611", (0.7, 0, 4e5, 0, -0.7, 3.7e6), 37, 41),
        window=(0, 0, 37, 41),
        radiometry="display",
        sensor=None,
        geolocation_sigma_m=None,
    )
    small = averaged(pixels, step)
    assert np.allclose(small.grid.lonlat_of(2, 3), pixels.grid.lonlat_of(2 * step, 3 * step))
    assert small.values[0, 0, 0] == pytest.approx(values[0, :step, :step].mean(), rel=1e-5)


def test_water_is_water_and_land_is_not(write: Write, harbour: Harbour) -> None:
    """Berth states rest on this mask."""
    pixels = read_window(load_raster([write(harbour(ships=(SHIP,)))]))
    water = water_mask(pixels)
    assert water[100:].mean() > 0.93
    assert water[:80].mean() < 0.02
    assert water[181:188, 103:157].mean() < 0.02


@pytest.mark.parametrize("gsd_m", [0.75, 3.0, 4.9, 10.0])
def test_water_that_is_known_already_changes_no_bit(harbour: Harbour, gsd_m: float) -> None:
    """A look hands its own mask over: a hull that came or went by it would be the mask's doing.

    In turn: averaged first, the network of 3 m, none that fits, the network of 10 m.
    """
    ships = ((180, 100, 4, 22), (210, 250, 4, 18)) if gsd_m == 10.0 else (SHIP, (210, 250, 8, 50))
    drawn = harbour(ships=ships).astype(np.float32) / np.float32(255)
    drawn = ndimage.gaussian_filter(drawn, (0, 0.8, 0.8))
    if gsd_m < 1:
        drawn = np.repeat(np.repeat(drawn, 4, axis=1), 4, axis=2)
    bands: tuple[str, ...] = ("red", "green", "blue")
    if gsd_m == 10.0:
        dark = np.where(drawn[:1] < 0.3, np.float32(0.02), drawn[:1])
        drawn, bands = np.concatenate([drawn, dark, dark]), (*bands, "nir", "swir16")
    height, width = drawn.shape[1:]
    pixels = Pixels(
        values=drawn,
        valid=np.ones((height, width), bool),
        bands=bands,
        grid=Grid("EPSG:32611", (gsd_m, 0, 4e5, 0, -gsd_m, 3.7e6), width, height),
        window=(0, 0, width, height),
        radiometry="reflectance" if gsd_m == 10.0 else "display",
        sensor=None,
        geolocation_sigma_m=None,
    )
    water = water_mask(pixels)
    given = water.copy()
    found = NetworkDetector().detect(pixels)
    assert found
    assert NetworkDetector().detect(pixels, water=given) == found
    assert (given == water).all(), "the caller goes on with it"
    if gsd_m != 0.75:
        # That it is used at all: where nothing is water there is no ship.
        assert NetworkDetector().detect(pixels, water=np.zeros_like(water)) == []


def test_with_infrared_the_index_decides(write: Write) -> None:
    """Bright turbid water is water where the near infrared is dark."""
    values = np.full((4, 60, 60), 60, np.uint8)
    values[:, :30] = np.array([90, 110, 120, 40])[:, None, None]
    values[:, 30:] = np.array([60, 80, 70, 160])[:, None, None]
    water = water_mask(read_window(load_raster([write(values)])))
    assert water[:30].all()
    assert not water[30:].any()
