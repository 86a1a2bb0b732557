"""Which reports a presence check may rest on: a ship may have cast off since it said "moored"."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from quaywatch.ais.schema import POSITIONS_FRAME, conform
from quaywatch.fusion.presence import predict
from quaywatch.workflows.presence import _with_witness

CAPTURE = datetime(2025, 3, 2, 1, 45, tzinfo=UTC)


def track(*reports: tuple[float, float, float]) -> pl.DataFrame:
    """Reports of one ship: minutes from the capture, longitude, knots; all with status moored."""
    rows = [
        {
            "mmsi": 1,
            "at": CAPTURE + timedelta(minutes=minutes),
            "lon": lon,
            "lat": 38.71,
            "sog_kn": knots,
            "nav_status": 5,
            "record": number,
        }
        for number, (minutes, lon, knots) in enumerate(reports, start=1)
    ]
    return conform(pl.DataFrame(rows), POSITIONS_FRAME)


def test_moored_an_hour_ago_alone_is_no_report_of_now() -> None:
    """Without a report after the capture the ship may be gone; an absence would accuse it."""
    assert _with_witness(track((-60, 125.39, 0.0)), CAPTURE).is_empty()


def test_moored_before_and_after_at_one_place_is_moored_in_between() -> None:
    """Moored ships report every few hours where reception is thin; both sides agree here."""
    found = _with_witness(track((-60, 125.39, 0.0), (90, 125.3901, 0.1)), CAPTURE)

    assert found["record"].to_list() == [1, 2]


@pytest.mark.parametrize(
    "after",
    [(90, 125.45, 0.0), (90, 125.39, 9.0)],
    ids=["elsewhere", "under way"],
)
def test_a_witness_that_disagrees_is_none(after: tuple[float, float, float]) -> None:
    """It has left in between, nobody knows when."""
    assert _with_witness(track((-60, 125.39, 0.0), after), CAPTURE).is_empty()


def test_a_report_of_minutes_ago_needs_no_witness() -> None:
    """Ten minutes are what the method allows a ship under way."""
    assert _with_witness(track((-4, 125.39, 9.0)), CAPTURE)["record"].to_list() == [1]


def test_a_ship_at_anchor_swings_and_a_capture_may_take_hours() -> None:
    """Both widen the disc; a disc too small calls a ship absent that lies just beside it."""
    still = predict(
        minutes_from_fix=60, moored=True, velocity_known=True, geolocation_sigma_m=10
    ).radius_m
    swinging = predict(
        minutes_from_fix=60,
        moored=True,
        velocity_known=True,
        geolocation_sigma_m=10,
        swing_m=300,
    ).radius_m

    assert swinging > 300 > still
