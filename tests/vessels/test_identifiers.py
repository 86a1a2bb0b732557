"""MMSI and IMO numbers: what their digits show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import MmsiError
from quaywatch.vessels.identifiers import MMSI_MAX, Mmsi, StationKind, imo_check, mid_countries


@pytest.mark.parametrize(
    "imo", [1078561, 1091898, 9125786, 1079345, 1059149, 1077402, 8355504, 9074729]
)
def test_published_imo_numbers_pass(imo: int) -> None:
    """Numbers of ships named in published investigations."""
    assert imo_check(imo)


@given(imo=st.integers(1_000_000, 9_999_999), place=st.integers(0, 6), digit=st.integers(0, 9))
def test_one_wrong_check_digit_fails(imo: int, place: int, digit: int) -> None:
    """Of the ten numbers that differ in the last digit, one is well formed."""
    assert sum(imo_check(imo // 10 * 10 + last) for last in range(10)) == 1


@given(imo=st.integers().filter(lambda n: not 1_000_000 <= n <= 9_999_999))
def test_seven_digits_are_needed(imo: int) -> None:
    """Transponders send 0, 1234 and unit numbers in this field."""
    assert not imo_check(imo)


@pytest.mark.parametrize(
    ("number", "kind", "country"),
    [
        (445_123_000, StationKind.SHIP, "KP"),
        (412_000_001, StationKind.SHIP, "CN"),
        (3_669_702, StationKind.COAST, "US"),
        (23_700_000, StationKind.GROUP, "GR"),
        (111_257_001, StationKind.AIRCRAFT, "NO"),
        (982_320_001, StationKind.CRAFT, "GB"),
        (992_509_976, StationKind.AID, "IE"),
        (970_123_456, StationKind.SART, None),
        (972_123_456, StationKind.MAN_OVERBOARD, None),
        (974_123_456, StationKind.EPIRB, None),
        (823_200_001, StationKind.HANDHELD, "GB"),
        (123_456_789, StationKind.UNASSIGNED, None),
        (299_999_999, StationKind.SHIP, None),
    ],
)
def test_kind_and_country(number: int, kind: StationKind, country: str | None) -> None:
    """A buoy or an aircraft taken for a ship gives a track that no ship sailed."""
    assert (Mmsi(number).kind, Mmsi(number).country) == (kind, country)


@given(number=st.integers(1, MMSI_MAX))
def test_every_mmsi_has_a_kind(number: int) -> None:
    """No number on the air may stop a run."""
    mmsi = Mmsi(number)
    assert len(str(mmsi)) == 9
    assert mmsi.kind in StationKind
    assert mmsi.mid is None or 0 <= mmsi.mid <= 999


@pytest.mark.parametrize("number", [0, -1, MMSI_MAX + 1])
def test_what_does_not_fit_nine_digits_is_refused(number: int) -> None:
    """The field has 30 bits; 74 million of its values are no MMSI."""
    with pytest.raises(MmsiError) as caught:
        Mmsi(number)
    assert caught.value.code == "mmsi-invalid"


def test_country_digits_are_those_of_m585() -> None:
    """Country digits lie between 201 and 775 and name two-letter countries."""
    assert len(mid_countries()) > 280
    assert all(201 <= mid <= 775 and len(iso2) == 2 for mid, iso2 in mid_countries().items())
