"""The encoder against an independent decoder."""

from typing import Any

import numpy as np
import pyais
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.testing.nmea_writer import Positions, Static, position_lines, static_lines


def decoded(*sentences: bytes) -> Any:  # noqa: ANN401 (its class depends on the type)
    """A message as an independent decoder reads it."""
    return pyais.decode(*sentences)


def one_row(**values: float) -> Positions:
    """One report; whatever is not given is unknown."""
    full = {
        "at_s": 1.7e9,
        "lon": 0.0,
        "lat": 0.0,
        "sog_kn": np.nan,
        "cog_deg": np.nan,
        "heading_deg": np.nan,
        "rot_deg_min": np.nan,
    } | values
    columns = {name: np.array([value]) for name, value in full.items()}
    return Positions(mmsi=np.array([299106367]), nav_status=np.array([0]), **columns)


@settings(max_examples=60)
@given(
    lon=st.floats(-180.0, 180.0),
    lat=st.floats(-90.0, 90.0),
    sog=st.floats(0.0, 102.0),
    cog=st.floats(0.0, 359.9),
)
def test_what_is_written_is_what_a_stranger_reads(
    lon: float, lat: float, sog: float, cog: float
) -> None:
    """If our encoder and decoder shared a mistake, only a stranger's decoder would notice."""
    line = position_lines(one_row(lon=lon, lat=lat, sog_kn=sog, cog_deg=cog))[0]
    sentence = line.split(b", ", 1)[1]
    read = decoded(sentence)
    assert pyais.NMEAMessage(sentence).is_valid
    assert read.lon == pytest.approx(lon, abs=2e-6)
    assert read.lat == pytest.approx(lat, abs=2e-6)
    assert read.speed == pytest.approx(sog, abs=0.051)
    assert read.course == pytest.approx(cog, abs=0.051)


def test_unknown_values_become_the_reserved_codes() -> None:
    """A NaN written as a number would be a speed or a course that nobody sent."""
    read = decoded(position_lines(one_row())[0].split(b", ", 1)[1])
    assert (read.speed, read.course, read.heading) == (102.3, 360.0, 511)
    assert read.turn == -128


def test_a_static_report_survives_its_two_sentences() -> None:
    """The declared destination is evidence, so it must arrive letter for letter."""
    report = Static(
        0.0, 299106367, 3000013, "SIM001", "SIM FAR HARBOUR", 70, 116, 21, 10, 11, 7.2,
        "VLADIVOSTOK", (6, 23, 20, 0),
    )  # fmt: skip
    both = static_lines([report])[0].split(b"\n")
    read = decoded(*[line.split(b", ", 1)[1] for line in both])
    assert (read.imo, read.shipname, read.destination) == (3000013, report.name, "VLADIVOSTOK")
    assert (read.to_bow, read.to_stern, read.draught) == (116, 21, 7.2)
    assert (read.month, read.day, read.hour, read.minute) == report.eta
    assert all(line.startswith(b"1970-01-01 00:00:00, !AIVDM,2,") for line in both)


def test_no_rows_make_no_lines() -> None:
    """A quarter without messages is an empty file, not an error."""
    empty = one_row().select(np.zeros(1, bool))
    assert position_lines(empty) == []
    assert static_lines([]) == []
