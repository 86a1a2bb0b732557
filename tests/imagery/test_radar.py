"""Radar: ships found in planted seas, none in empty ones, and no ship lost by its neighbour."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio.transform import Affine

from quaywatch.imagery import detection
from quaywatch.imagery.azimuth import azimuth_shift, flight_direction, radial_speed
from quaywatch.imagery.berth_state import BerthState
from quaywatch.imagery.clutter import clutter
from quaywatch.imagery.detection import (
    NetworkDetector,
    WaterContrastDetector,
    detect_hulls,
    detect_scene,
    search_scene,
)
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.load import load_raster, load_scene
from quaywatch.imagery.look import look_at
from quaywatch.imagery.radar import METHOD, RadarFind, backscatter, search_radar
from quaywatch.imagery.radar_land import land_mask
from quaywatch.imagery.radar_shapes import less_bloom
from quaywatch.imagery.read import Pixels
from quaywatch.imagery.sensors import SENSORS
from quaywatch.sites.facility import Site

Write = Callable[..., Path]
Sea = Callable[..., NDArray[np.float32]]
S1 = SENSORS["sentinel-1-grd"].radar
HERE = (500_000.0, 4_000_000.0)


def as_pixels(
    power: NDArray[np.float32],
    *,
    gsd_m: float = 10.0,
    bands: tuple[str, ...] = ("vv",),
    radiometry: str = "power",
) -> Pixels:
    """Power (y, x) or (band, y, x) as a window of a Sentinel-1 scene."""
    values = power if power.ndim == 3 else power[None]
    height, width = values.shape[1:]
    grid = Grid("EPSG:32631", (gsd_m, 0, HERE[0], 0, -gsd_m, HERE[1]), width, height)
    valid: NDArray[np.bool_] = np.all(np.isfinite(values), axis=0)
    return Pixels(
        values, valid, bands, grid, (0, 0, width, height), radiometry, "sentinel-1-grd", 7.0
    )


def sea(
    *ships: tuple[float, float, float, float, float],
    size: tuple[int, int] = (160, 200),
    seed: int = 0,
    looks: float = 4.4,
) -> NDArray[np.float32]:
    """Sea of so many looks, and ships: x, y (pixels), length (m), axis (degrees), decibels."""
    rng = np.random.default_rng(seed)
    power = rng.gamma(looks, 0.005 / looks, size)
    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    for x, y, length, axis, decibels in ships:
        angle = math.radians(axis)
        along = (columns - x) * math.sin(angle) - (rows - y) * math.cos(angle)
        across = (columns - x) * math.cos(angle) + (rows - y) * math.sin(angle)
        hull = (np.abs(along) * 10 < length / 2) & (np.abs(across) * 10 < max(length / 13, 8))
        power = np.where(hull, 0.005 * 10 ** (decibels / 10) * rng.gamma(2, 0.5, size), power)
    return power.astype(np.float32)


@settings(max_examples=12, deadline=None)
@given(
    x=st.floats(50, 150), y=st.floats(50, 110), length=st.floats(140, 300),
    axis=st.floats(0, 179), seed=st.integers(0, 50),
)  # fmt: skip
def test_a_planted_ship_is_found_where_it_lies(
    x: float, y: float, length: float, axis: float, seed: int
) -> None:
    """Place, axis and length decide which transponder a ship is: each within its stated error.

    Of shorter ones, two pixels wide, speckle may leave a part only: none in 300 drawn at random
    from 120 m, but one that was sought out (120 m, axis 131, seed 10).
    """
    (ship,) = detect_hulls(as_pixels(sea((x, y, length, axis, 20), seed=seed)))
    assert ship.method == METHOD
    assert math.hypot(ship.x_px - x, ship.y_px - y) < 2.0
    away = abs((ship.heading_deg - axis + 90) % 180 - 90)
    assert away < 3 * ship.heading_sigma_deg
    # The planted ship does not bloom, so what is taken off for bloom is lacking.
    bare, _ = less_bloom(length, 20.0, 10.0)
    assert abs(ship.length_m - bare) < 3 * ship.length_sigma_m


@pytest.mark.parametrize("looks", [1.0, 4.4, 20.0])
def test_empty_sea_is_empty(looks: float) -> None:
    """One false ship an image makes a dark fleet out of waves."""
    found = [
        hull
        for seed in range(3)
        for hull in detect_hulls(as_pixels(sea(size=(400, 400), seed=seed, looks=looks)))
    ]
    assert found == []


def test_a_great_neighbour_hides_no_ship() -> None:
    """An untrimmed background lets a tanker beside it hide the tug: missed at every anchorage."""
    tug, tanker = (100.0, 80.0, 70.0, 90.0, 15.0), (100.0, 68.0, 330.0, 90.0, 33.0)
    found = detect_hulls(as_pixels(sea(tug, tanker)))
    assert any(math.hypot(d.x_px - 100, d.y_px - 80) < 3 for d in found)


def test_arms_of_a_bright_point_are_no_hull() -> None:
    """A sidelobe cross would lengthen a ship along the row, or cross it with a second one."""
    power = sea((100.0, 80.0, 200.0, 30.0, 22.0))
    power[80, 60:140] += 0.005 * 10**1.2
    power[40:120, 100] += 0.005 * 10**1.2
    power[79:82, 99:102] = 0.005 * 10**3.4
    (ship,) = detect_hulls(as_pixels(power))
    assert abs((ship.heading_deg - 30 + 90) % 180 - 90) < 12
    assert ship.length_m < 260


def test_what_one_polarisation_alone_shows_is_weaker() -> None:
    """Smear of moving parts and breaking waves stand in one polarisation only."""
    ship = sea((100.0, 80.0, 200.0, 30.0, 20.0), seed=1)
    both = as_pixels(
        np.stack([ship, sea((100.0, 80.0, 200.0, 30.0, 20.0), seed=2)]), bands=("vv", "vh")
    )
    one = as_pixels(np.stack([ship, sea(seed=2)]), bands=("vv", "vh"))
    (strong,) = detect_hulls(both)
    weak = detect_hulls(one)
    assert all(d.score < strong.score for d in weak)


@given(factor=st.sampled_from([1e-6, 1.0, 1e4]), form=st.sampled_from(["amplitude", "decibel"]))
@settings(max_examples=6, deadline=None)
def test_calibration_and_form_do_not_change_what_is_found(factor: float, form: str) -> None:
    """Counts, sigma nought and decibels of one scene show the same ships."""
    power = sea((100.0, 80.0, 200.0, 30.0, 20.0))
    (plain,) = detect_hulls(as_pixels(power))
    scaled = power * np.float32(factor)
    told = np.sqrt(scaled) if form == "amplitude" else 10 * np.log10(scaled)
    # Decibels above zero everywhere would not be known as such.
    told = told - 60 if form == "decibel" and factor > 1 else told
    (other,) = detect_hulls(as_pixels(told.astype(np.float32), radiometry=form))
    assert other.length_m == pytest.approx(plain.length_m, rel=1e-3)


def harbour() -> NDArray[np.float32]:
    """Uneven land in the upper half, a ship moored at its edge, another in the open."""
    rng = np.random.default_rng(3)
    power = sea((100.0, 150.0, 180.0, 60.0, 20.0), size=(220, 220))
    blocks = np.kron(rng.lognormal(0, 0.8, (12, 28)), np.ones((8, 8)))[:90, :220]
    power[:90] = (0.06 * blocks * rng.gamma(4.4, 1 / 4.4, (90, 220))).astype(np.float32)
    power[89:94, 120:145] = 3.0
    return power


def test_at_a_quay_ships_are_told_of_and_not_told_apart() -> None:
    """Silence there reads as an empty berth; a hull there would be a guess."""
    found = search_radar(as_pixels(harbour()))
    assert 0.3 < found.land.mean() < 0.5
    assert not found.land[100:].any()
    assert [round(d.y_px / 10) for d in found.hulls] == [15]
    assert any(abs(m.x_px - 132) < 8 and abs(m.y_px - 91) < 6 for m in found.alongside)
    assert all("not separable" in m.reason for m in found.alongside)


def test_a_look_names_the_mass_at_a_berth_and_leaves_the_state_unknown(write: Write) -> None:
    """Nothing said of a quay where radar shows one bright mass would read as empty."""
    here = Affine(10, 0, 500_000, 0, -10, 4_000_000)
    path = write(harbour()[None], "x.tif", crs="EPSG:32631", transform=here)
    day = datetime(2024, 3, 1, tzinfo=UTC)
    scene = load_scene(
        [path], sensor="sentinel-1-grd", licence="CC0-1.0", credit="nobody",
        captured_at=(day, day + timedelta(days=1)),
    )  # fmt: skip
    berths = {"at": [(120.0, 95.0), (145.0, 95.0)], "off": [(20.0, 150.0), (45.0, 150.0)]}
    features = []
    for name, ends in berths.items():
        lon, lat = scene.grid.lonlat_of(*np.array(ends).T)
        line = [[float(x), float(y)] for x, y in zip(lon, lat, strict=True)]
        features.append({
            "type": "Feature", "properties": {"id": name, "kind": "berth", "side": "right"},
            "geometry": {"type": "LineString", "coordinates": line},
        })  # fmt: skip
    site = Site.from_geojson({"type": "FeatureCollection", "id": "s", "features": features})
    look = look_at(scene, site)
    assert any(abs(m.x_px - 132) < 8 for m in look.alongside)
    assert look.to_json()["alongside"][0]["extent_m"] > 100
    at, off = look.berths
    assert (at.state, off.state) == (BerthState.UNKNOWN, BerthState.UNKNOWN)
    assert "bright mass" in at.reason
    assert "bright mass" not in off.reason


def test_a_scene_tells_of_its_shore_in_parts_and_each_part_is_searched_once(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A harbour searched in parts must not lose its quays at a seam, nor cost twice."""
    wide = np.hstack([harbour(), harbour()[:, ::-1]])
    power = np.vstack([wide, sea(size=(140, 440), seed=9)])
    here = Affine(10, 0, 500_000, 0, -10, 4_000_000)
    path = write(power[None], "x.tif", crs="EPSG:32631", transform=here)
    scene = load_raster([path], sensor="sentinel-1-grd")
    searched: list[tuple[int, ...]] = []

    def counted(pixels: Pixels) -> RadarFind:
        searched.append(pixels.valid.shape)
        return search_radar(pixels)

    monkeypatch.setattr("quaywatch.imagery.radar.search_radar", counted)
    whole = search_scene(scene)
    assert searched == [(360, 440)]
    assert whole == search_scene(scene, NetworkDetector())
    assert list(whole.hulls) == detect_scene(scene)
    assert [m.extent_m for m in whole.alongside] == sorted(
        (m.extent_m for m in whole.alongside), reverse=True
    )
    assert any(math.hypot(m.x_px - 132, m.y_px - 91) < 10 for m in whole.alongside)
    searched.clear()
    monkeypatch.setattr(detection, "TILE_PX", 180)
    parts = search_scene(scene)
    assert len(searched) == 6
    assert max(max(shape) for shape in searched) < 180 + 2 * 50
    for mass in whole.alongside:
        assert any(math.hypot(m.x_px - mass.x_px, m.y_px - mass.y_px) < 5 for m in parts.alongside)


def test_only_radar_tells_of_masses_at_the_shore() -> None:
    """A detector that knows nothing of them says none, and stays a detector."""
    pixels = as_pixels(harbour())
    assert detection.search_hulls(pixels).alongside == search_radar(pixels).alongside
    assert detection.search_hulls(pixels, WaterContrastDetector()).alongside == ()


def test_rough_sea_beside_calm_is_no_land() -> None:
    """Half an anchorage under wind must not be masked away as land."""
    power = sea(size=(300, 300))
    power[:, :150] *= 4
    assert not land_mask(power, np.ones(power.shape, bool), 10.0).any()


def test_nothing_is_searched_where_no_sea_is_known() -> None:
    """All nodata, or one valid corner: no ship, and the mask says that nothing was looked at."""
    empty = as_pixels(np.full((50, 50), np.nan, np.float32))
    assert search_radar(empty).hulls == ()
    assert not search_radar(empty).known.any()
    assert not np.isnan(next(iter(backscatter(empty).values()))).any()


def test_the_background_is_that_of_the_sea() -> None:
    """The threshold is worth its stated chance only if mean and shape are those planted."""
    found = clutter(sea(size=(300, 300)), np.ones((300, 300), bool), 10.0)
    assert float(np.median(found.mean)) == pytest.approx(0.005, rel=0.02)
    assert float(np.median(found.shape)) == pytest.approx(4.4, rel=0.1)
    false = (sea(size=(300, 300)) > found.threshold(1e-3)).mean()
    assert 0.0003 < false < 0.003


@given(
    sog=st.floats(0, 25), cog=st.floats(0, 360), flight=st.floats(0, 360),
    incidence=st.floats(29, 46),
)  # fmt: skip
def test_the_azimuth_shift_is_along_the_flight_and_turns_with_the_ship(
    sog: float, cog: float, flight: float, incidence: float
) -> None:
    """A sign mistaken doubles the miss of a moving ship instead of mending it."""
    assert S1 is not None
    there, back = (
        azimuth_shift(S1, sog_kn=sog, cog_deg=c, flight_deg=flight, incidence_deg=incidence)
        for c in (cog, cog + 180)
    )
    assert there.metres == pytest.approx(-back.metres, abs=1e-6)
    assert math.hypot(there.east_m, there.north_m) == pytest.approx(abs(there.metres), abs=1e-6)
    along = there.east_m * math.sin(math.radians(flight)) + there.north_m * math.cos(
        math.radians(flight)
    )
    assert along == pytest.approx(there.metres, abs=1e-6)
    away = radial_speed(sog, cog, flight + 90, incidence)
    assert (there.metres > 0) == (away < 0) or abs(away) < 1e-9
    assert abs(there.metres) <= 126 * abs(away) + 1e-6


def test_the_azimuth_shift_of_a_recorded_kind() -> None:
    """5, 10 and 15 kn straight at the radar, mid swath: 0.18, 0.37 and 0.55 km (METHODS 4)."""
    assert S1 is not None
    shifts = [
        azimuth_shift(S1, sog_kn=v, cog_deg=258, flight_deg=348, incidence_deg=38).metres
        for v in (5, 10, 15)
    ]
    assert shifts == pytest.approx([183, 367, 550], rel=0.03)
    assert flight_direction(38.0, ascending=True) == pytest.approx(347, abs=2)
    assert flight_direction(38.0, ascending=False) == pytest.approx(193, abs=2)
