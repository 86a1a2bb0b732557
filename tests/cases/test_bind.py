"""How values are printed, and how printed text is tied to its record."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from quaywatch.cases.bind import Binder, at_pointer, pointer, printed, show_chance, show_number
from quaywatch.cases.page import wording_rows

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(NUMBERS)
def test_a_number_prints_the_same_after_a_round_trip_through_json(value: float) -> None:
    """A store hands 14 back for 14.0; were they printed differently, verify would cry wolf."""
    again = json.loads(json.dumps(int(value) if value.is_integer() else value))

    assert show_number(value) == show_number(again)


@given(st.floats(min_value=-9999, max_value=9999).filter(lambda x: abs(x) >= 0.01))
def test_a_printed_number_is_near_the_number(value: float) -> None:
    """Rounding for the eye may cost half of the third figure, never more."""
    shown = float(show_number(value).replace("\N{MINUS SIGN}", "-"))

    assert shown == pytest.approx(value, rel=0.006)


@given(st.floats(min_value=0, max_value=1))
def test_no_chance_is_printed_as_certain(value: float) -> None:
    """0% and 100% are claims that no evidence here can carry."""
    assert show_chance(value) not in {"0%", "100%"}


@given(st.lists(st.text(max_size=8), min_size=1, max_size=4))
def test_any_key_can_be_pointed_at(keys: list[str]) -> None:
    """A key with a slash or a tilde must not point somewhere else."""
    content: JsonValue = 7
    for key in reversed(keys):
        content = {key: content}

    assert at_pointer(content, pointer(*keys)) == 7


@pytest.mark.parametrize(
    ("value", "fmt", "text"),
    [
        ([-0.5, -33.25], "position", "33.2500°S 0.5000°W"),
        ([181.0, 0.0], "position", "0.0000°N 179.0000°W"),
        ("mmsi:563046320", "subject", "MMSI 563046320"),
        ("ais-gap", "words", "AIS gap"),
        (1_234_567, "bytes", "1.23 MB"),
        (None, "interval", "time unknown"),
        (
            {"start": "2025-02-24T00:00:00Z", "end": "2025-02-27T00:00:00Z"},
            "interval",
            "24 Feb 2025 to 26 Feb 2025 (time of day unknown)",
        ),
    ],
)
def test_values_print_as_people_write_them(value: JsonValue, fmt: str, text: str) -> None:
    """The end of a half-open interval printed as its last day would say a day too much."""
    assert printed({"r": {"v": value}}, "r", "/v", fmt) == text


def test_a_unit_is_taken_from_the_key_and_not_said_twice() -> None:
    """“Water nm 212 nm” reads like a slip in a document whose subject is slips."""
    assert printed({"r": {"water_nm": 212.4}}, "r", "/water_nm", "key") == "Water"


def test_bound_text_is_escaped() -> None:
    """A ship can be named <script>; a dossier runs none."""
    assert "<script>" not in Binder({"r": {"v": "<script>"}})("r", "/v")


def test_the_glossary_is_the_table_of_icd_203() -> None:
    """The words and the table that explains them must come from one place."""
    assert [row["range"] for row in wording_rows() if isinstance(row, dict)] == [
        "1% to 5%",
        "5% to 20%",
        "20% to 45%",
        "45% to 55%",
        "55% to 80%",
        "80% to 95%",
        "95% to 99%",
    ]
