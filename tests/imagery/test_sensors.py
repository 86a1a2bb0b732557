"""The table of sensors: every row whole, so that no code need ask which sensor it has."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.imagery import recall
from quaywatch.imagery.bands import name_of_description
from quaywatch.imagery.names import read_name
from quaywatch.imagery.recall import CURVES, p_detect
from quaywatch.imagery.sensors import SENSORS

DTYPES = ("uint8", "uint16", "int16", "float32", "float64")


@pytest.mark.parametrize("name", SENSORS)
def test_every_row_is_whole(name: str) -> None:
    """A row that lacks a curve or gives a band twice fails in the middle of a night's watch."""
    sensor = SENSORS[name]
    assert sensor.id == name
    assert sensor.recall in CURVES
    assert min(sensor.gsd_m, sensor.geolocation_sigma_m, sensor.time_sigma_s) > 0
    for count, names in sensor.bands.items():
        assert len(set(names)) == len(names) == count
        assert count not in sensor.unclear
    for ids in sensor.band_ids.values():
        assert len(set(ids.values())) == len(ids)
    for dtype in DTYPES:
        assert sensor.scaling(dtype).scale > 0
    if sensor.radar is not None:
        assert sensor.radar.range_over_speed_s[0] < sensor.radar.range_over_speed_s[1]
        assert sensor.radar.incidence_deg[0] < sensor.radar.incidence_deg[1]


def test_no_code_asks_which_sensor_it_has() -> None:
    """A branch on a sensor's name is a row that the next sensor will lack."""
    folder = Path(recall.__file__).parent
    for path in folder.glob("*.py"):
        if path.name not in {"sensors.py", "names.py"}:
            code = path.read_text(encoding="utf-8")
            for name in SENSORS:
                assert f'== "{name}"' not in code, path.name


@pytest.mark.parametrize(
    ("name", "band"),
    [
        ("LT05_L2SP_178079_19990801_20200805_02_T1_SR_B4.TIF", "nir"),
        ("LE07_L2SP_178079_20050801_20200805_02_T1_SR_B5.TIF", "swir16"),
        ("LC08_L2SP_178079_20230801_20230805_02_T1_SR_B4.TIF", "red"),
        ("LC09_L2SP_178079_20230801_20230805_02_T1_SR_B5.TIF", "nir"),
    ],
)
def test_landsat_numbers_its_bands_anew_from_8_on(name: str, band: str) -> None:
    """Band 4 of Landsat 5 is near infrared, of Landsat 8 red: mixed up, water is land."""
    facts = read_name(name)
    assert (facts.sensor, facts.band, facts.scale, facts.offset) == (
        "landsat", band, 2.75e-5, -0.2
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "offset", "radiometry"),
    [
        ("T33UXP_20230718T100601_B08_10m.jp2", -0.1, "reflectance"),
        ("T33UXP_20190718T100601_B08_10m.jp2", None, "counts"),
    ],
)
def test_sentinel_2_adds_a_thousand_counts_since_2022(
    name: str, offset: float | None, radiometry: str
) -> None:
    """Taken for reflectance as they are, new scenes are 0.1 brighter than old ones."""
    facts = read_name(name)
    assert (facts.scale, facts.offset, facts.radiometry) == (1e-4, offset, radiometry)


def test_radiance_is_not_taken_for_reflectance() -> None:
    """Planet's analytic products without SR are radiance: darker in winter for that alone."""
    assert read_name("20230101_012345_67_2489_3B_AnalyticMS.tif").radiometry == "counts"
    assert read_name("20230101_012345_67_2489_3B_AnalyticMS_SR.tif").radiometry == "reflectance"


@pytest.mark.parametrize(
    ("text", "sensor", "name"),
    [
        ("B08", "sentinel-2", "nir"),
        ("B8A", "sentinel-2", "nir08"),
        ("SR_B6", None, None),
        ("B6", "landsat", None),
        ("VH", None, "vh"),
        ("a harbour", "sentinel-2", None),
        ("", "planetscope", None),
    ],
)
def test_descriptions_say_a_band_or_nothing(
    text: str, sensor: str | None, name: str | None
) -> None:
    """A number that two generations read differently names no band."""
    assert name_of_description(text, SENSORS[sensor] if sensor else None) == name


@given(
    length=st.floats(5, 400), more=st.floats(0, 50), name=st.sampled_from(sorted(SENSORS)),
)  # fmt: skip
def test_recall_grows_with_length_and_is_never_sure(length: float, more: float, name: str) -> None:
    """An absence is worth only what the detector would have seen; certainty would accuse."""
    gsd = SENSORS[name].gsd_m
    here, longer = p_detect(length, gsd, name), p_detect(length + more, gsd, name)
    assert 0 <= here <= longer <= 0.98
    assert p_detect(length, 2 * gsd, name) <= here + 0.02
