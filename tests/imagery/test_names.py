"""File names: what they say is read to the second, what they do not say stays unknown."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.imagery.names import NameFacts, read_name


@pytest.mark.parametrize(
    ("name", "sensor", "start", "seconds", "band"),
    [
        ("20171022_175534_100e.tif", "planetscope", "2017-10-22T17:55:34", 1, None),
        ("scene_2_20171022_175534_100e.tif", "planetscope", "2017-10-22T17:55:34", 1, None),
        (
            "20230101_012345_67_2489_3B_Visual.tif",
            "planetscope", "2023-01-01T01:23:45.670000", 1, None,
        ),
        ("20200613_081201_ssc4d2_0012_pansharpened.tif", "skysat", "2020-06-13T08:12:01", 1, None),
        (
            "S2A_MSIL2A_20230718T100601_N0509_R022_T33UXP_20230718T160200.tif",
            "sentinel-2", "2023-07-18T10:06:01", 600, None,
        ),
        ("T33UXP_20230718T100601_B08_10m.jp2", "sentinel-2", "2023-07-18T10:06:01", 600, "nir"),
        (
            "2023-08-21-00:00_2023-08-21-23:59_Sentinel-2_L2A_B11_(Raw).tiff",
            "sentinel-2", "2023-08-21T00:00:00", 86400, "swir16",
        ),
        (
            "2023-04-26-00_00_2023-04-26-23_59_Sentinel-2_L2A_B02_(Raw).tiff",
            "sentinel-2", "2023-04-26T00:00:00", 86400, "blue",
        ),
        (
            "LC08_L2SP_178079_20230801_20230805_02_T1_SR_B5.TIF",
            "landsat", "2023-08-01T00:00:00", 86400, "nir",
        ),
        (
            "S1A_IW_GRDH_1SDV_20160131T101646_20160131T101715_009737_00E392_36F7.tif",
            "sentinel-1-grd", "2016-01-31T10:16:46", 30, None,
        ),
        (
            "s1a-iw-grd-vh-20160131t101646-20160131t101715-009737-00e392-002.tiff",
            "sentinel-1-grd", "2016-01-31T10:16:46", 30, "vh",
        ),
    ],
)  # fmt: skip
def test_known_names_are_read(
    name: str, sensor: str, start: str, seconds: float, band: str | None
) -> None:
    """The capture time decides two-places verdicts; a name is often all there is of it."""
    facts = read_name(name)
    assert facts.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert facts.end is not None
    assert facts.end - facts.start == timedelta(seconds=seconds)
    assert (facts.sensor, facts.band) == (sensor, band)


@pytest.mark.parametrize(
    "name",
    [
        "harbour.tif", "20171399_175534_100e.tif", "20171022_179934_100e.tif",
        "1620171022_175534_100e.tif",
    ],
)  # fmt: skip
def test_names_that_do_not_fit_say_nothing(name: str) -> None:
    """A thirteenth month is not a date: no time is better than an invented one."""
    assert read_name(name) == NameFacts()


@given(at=st.datetimes(datetime(2009, 1, 1), datetime(2049, 1, 1)))  # noqa: DTZ001 (made aware below)
def test_planetscope_names_give_their_second(at: datetime) -> None:
    """Any second of forty years comes back unchanged."""
    second = at.replace(microsecond=0, tzinfo=UTC)
    assert read_name(f"x_{second:%Y%m%d_%H%M%S}_0f4a_y.tif").start == second
