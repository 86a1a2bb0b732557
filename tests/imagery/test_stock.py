"""Stock of a yard in one look: dark beside bare ground, and unknown where it cannot be told."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from quaywatch.imagery.load import load_raster
from quaywatch.imagery.read import Pixels, read_window, window_of
from quaywatch.imagery.sensors import S2_BANDS, SENSORS
from quaywatch.imagery.stock import StockLook, StockState, Yard, measure_stock, tell_state
from quaywatch.imagery.stock_material import Material, why_no_spectrum
from quaywatch.sites.facility import FacilityKind, Site
from quaywatch.testing.bench.stock_worlds import (
    CONTROL,
    SIZE,
    YARD,
    Conditions,
    render,
    yard_of_world,
)

YARDS = Path(__file__).resolve().parents[2] / "examples" / "yards"
Floats = NDArray[np.float64]


def covered(share: float) -> Floats:
    """Coal over the left part of the yard."""
    coal = np.zeros(SIZE)
    end = YARD[1] + round(share * (YARD[3] - YARD[1]))
    coal[YARD[0] : YARD[2], YARD[1] : end] = 1.0
    return coal


def look(
    share: float = 0.4, at: Conditions | None = None, yard: Yard | None = None, seed: int = 1
) -> StockLook:
    """A look at a yard covered by so much."""
    pixels = render(covered(share), at or Conditions(), np.random.default_rng(seed))
    return measure_stock(pixels, yard or yard_of_world(), usable=pixels.valid,
                         position_sigma_m=2.0, sun_elevation_deg=45.0)  # fmt: skip


@settings(max_examples=15)
@given(
    share=st.floats(0, 0.95),
    gain=st.floats(0.8, 1.05),
    haze=st.floats(0, 0.3),
    wet=st.floats(0.75, 1),
    seed=st.integers(0, 99),
)
def test_gain_haze_and_rain_on_all_ground_do_not_move_it(
    share: float, gain: float, haze: float, wet: float, seed: int
) -> None:
    """The control is there to take out what darkens or veils everything alike."""
    found = look(share, Conditions(gain=gain, haze=haze, wet=wet, yard_wet=wet), seed=seed)
    assert found.y is not None
    assert found.y_sigma is not None
    assert found.y == pytest.approx(round(share * 80) / 80, abs=max(3 * found.y_sigma, 0.05))
    json.dumps(found.to_json(), allow_nan=False)


def test_none_some_full() -> None:
    """The plain cases, in three bands: no more than ``dark material``."""
    assert look(0.0).state is StockState.NONE
    some, full = look(0.4), look(0.9)
    assert (some.state, full.state) == (StockState.SOME, StockState.FULL)
    assert some.told.material is Material.DARK
    assert "look alike" in (some.told.reason or "")
    assert some.volume is not None
    assert some.volume.tonnes is None
    assert some.footprint_ha is not None
    assert some.footprint_ha[0] < 0.4 * 40 * 80 * 9 / 1e4 < some.footprint_ha[2]


@given(y=st.floats(-0.5, 1), sigma=st.floats(0.005, 0.3))
def test_a_state_is_told_only_when_sure(y: float, sigma: float) -> None:
    """Between two states it is unknown, and says between which."""
    state, reason = tell_state(y, sigma)
    assert (reason is None) == (state is not StockState.UNKNOWN)
    if state is StockState.NONE:
        assert y + 0.8 * sigma < 0.08
    if state is StockState.FULL:
        assert y - 0.8 * sigma > 0.6


@settings(max_examples=12)
@given(hidden=st.floats(0.0, 1.0), share=st.floats(0, 0.9))
def test_what_is_hidden_is_never_bare(hidden: float, share: float) -> None:
    """First law: a clouded yard is not empty; a part of it says so in its error."""
    pixels = render(covered(share), Conditions(), np.random.default_rng(4))
    usable = pixels.valid.copy()
    usable[:, YARD[1] : YARD[1] + round(hidden * 80)] = False
    usable[CONTROL[0] : CONTROL[2], CONTROL[1] : CONTROL[3]] = True
    found = measure_stock(pixels, yard_of_world(), usable=usable, position_sigma_m=2.0)
    if hidden > 0.42:
        assert found.state is StockState.UNKNOWN
        assert found.y is None
        assert "hidden" in (found.reason or "")
    if found.state is StockState.NONE:
        assert share < 0.15 + hidden
    if found.y_sigma is not None:
        assert found.y_sigma >= 0.28 * (1 - (found.usable_share or 0))


def test_without_a_control_in_sight_it_is_unknown() -> None:
    """Dark beside what? Gain and wetness would pass for coal."""
    yard = yard_of_world()
    assert look(yard=replace(yard, controls=())).state is StockState.UNKNOWN
    pixels = render(covered(0.4), Conditions(), np.random.default_rng(4))
    usable = pixels.valid.copy()
    usable[CONTROL[0] : CONTROL[2], CONTROL[1] : CONTROL[3]] = False
    found = measure_stock(pixels, yard, usable=usable, position_sigma_m=2.0)
    assert found.y is None
    assert "control" in (found.reason or "")


def test_snow_is_unknown_and_not_bare() -> None:
    """Snow on coal is white: a yard under it has not been cleared."""
    assert look(0.6, Conditions(snow=1.0)).state is StockState.UNKNOWN
    pixels = render(covered(0.6), Conditions(), np.random.default_rng(4))
    snow = np.zeros(SIZE, bool)
    snow[YARD[0] : YARD[2], YARD[1] : YARD[3]] = True
    found = measure_stock(
        pixels, yard_of_world(), usable=pixels.valid, snow=snow, position_sigma_m=2.0
    )
    assert found.state is StockState.UNKNOWN
    assert "snow" in (found.reason or "")


def test_bins_have_a_level_and_never_tonnes() -> None:
    """Walls hide how deep they are filled: a tonnage would be made up."""
    yard = replace(yard_of_world(), storage="bins", commodity="anthracite")
    for share, level in ((0.0, "empty"), (0.4, "part"), (0.9, "full")):
        found = look(share, yard=yard)
        assert found.level == level
        assert found.volume is None
        assert found.to_json()["tonnes"] is None


def test_a_covered_yard_is_never_told() -> None:
    """A dark roof over it is not its stock."""
    found = look(0.9, yard=replace(yard_of_world(), storage="covered"))
    assert (found.state, found.y) == (StockState.UNKNOWN, None)
    assert "covered" in (found.reason or "")


@pytest.mark.parametrize(
    ("change", "word"), [("counts", "counts"), ("radar", "optical"), ("tiny", "small")]
)
def test_what_cannot_show_it_says_why(change: str, word: str) -> None:
    """Each of these would otherwise be read as "no coal"."""
    pixels, yard = render(covered(0.4), Conditions(), np.random.default_rng(4)), yard_of_world()
    if change == "counts":
        pixels = replace(pixels, radiometry="counts")
    elif change == "radar":
        pixels = replace(pixels, bands=("vv", "vh", "hh"))
    else:
        yard = replace(yard, area_m2=100.0)
    found = measure_stock(pixels, yard, usable=pixels.valid, position_sigma_m=2.0)
    assert found.y is None
    assert word in (found.reason or "")


def test_the_site_may_name_the_commodity_and_then_says_so() -> None:
    """Tonnes rest on somebody's word then, and the reader must see whose."""
    found = look(0.4, yard=replace(yard_of_world(), commodity="anthracite"))
    assert found.volume is not None
    assert found.volume.tonnes is not None
    assert any("site's word" in said for said in found.untellable)


def test_trees_and_water_are_not_stock() -> None:
    """Both are dark, and both stand in yards that are drawn too large."""
    pixels = render(covered(0.0), Conditions(haze=0.0), np.random.default_rng(4))
    values = pixels.values.copy()
    part = (slice(None), slice(YARD[0], YARD[2]), slice(YARD[1], YARD[1] + 40))
    values[part] = np.array([0.15, 0.25, 0.12], np.float32)[:, None, None]
    found = measure_stock(Pixels(**{**vars(pixels), "values": values}), yard_of_world(),
                          usable=pixels.valid, position_sigma_m=2.0)  # fmt: skip
    assert found.y is not None
    assert found.y < 0.05


def test_bands_say_what_they_cannot() -> None:
    """Three colours never name coal."""
    assert why_no_spectrum(("blue", "green", "red", "nir"), "reflectance")
    assert why_no_spectrum(("blue", "green", "red", "nir", "swir16"), "display")


def test_landsat_tells_coal_as_sentinel_2_does() -> None:
    """The table of sensors names the bands; no sensor has code of its own."""
    assert why_no_spectrum(SENSORS["landsat"].bands[7], "reflectance") is None
    assert why_no_spectrum(tuple(S2_BANDS.values()), "reflectance") is None
    assert why_no_spectrum(SENSORS["planetscope"].bands[8], "reflectance")


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("port", "yard", "material"),
    [
        ("durban", "coal-yard", "coal-like"),
        ("gdynia", "inner-yard", "coal-like"),
        ("gdynia", "south-pier-middle", "coal-like"),
        ("gdynia", "north-pier-head", "coal-like"),
        ("hedland", "ore-west", "ore-like"),
        ("hedland", "ore-east", "ore-like"),
        ("durban", "south-sidings", "dark material"),
    ],
)
def test_recorded_yards(shared_data: Path, port: str, yard: str, material: str) -> None:
    """Coal is coal-like with SWIR, ore is not, and without SWIR neither is named."""
    site = Site.read(YARDS / f"{port}.geojson")
    folder = shared_data / "imagery" / "sentinel2_ports" / port
    raster = load_raster(sorted(folder.glob("*_B*_(Raw).tiff")))
    (part,) = [f for f in site.of_kind(FacilityKind.YARD) if f.id == yard]
    drawn = Yard(
        part.area, float(site.frame.to_metres(part.area).area), "open",
        tuple(c.area for c in site.of_kind(FacilityKind.CONTROL)),
    )  # fmt: skip
    window = window_of(raster.grid, site.outline)
    for bands in (None, ("red", "green", "blue")):
        pixels = read_window(raster, window=window, margin_px=45, bands=bands)
        found = measure_stock(pixels, drawn, usable=pixels.valid, position_sigma_m=8.0)
        assert found.told.material == (material if bands is None else "dark material")
        assert (found.y or 0) > 0.1
