"""Cells of registers: what they say comes out, and what they do not say never does."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.vessels.identifiers import imo_check
from quaywatch.vessels.register_countries import country_code, flag_of
from quaywatch.vessels.register_text import (
    company_imo_check,
    date_of,
    imo_of,
    interval_of,
    number_of,
    values_of,
)


@given(st.integers(100_000, 999_999), st.sampled_from(["IMO {}", "IMO No. {}", "{}", "imo:{}"]))
def test_an_imo_number_is_found_in_any_words(body: int, words: str) -> None:
    """Lists print it in a dozen ways; a number lost here is a ship that is on no list."""
    digits = sum(w * int(d) for w, d in zip(range(7, 1, -1), str(body), strict=True))
    number = f"{body}{digits % 10}"
    found = imo_of(words.format(number))
    assert found is not None
    assert found.value == number
    assert found.well_formed == (number not in {"1234567", "5555555"})


@given(st.integers(1_000_000, 9_999_999))
def test_a_false_check_digit_is_kept_and_said(number: int) -> None:
    """A number mended on the way in would accuse the ship whose number it became."""
    found = imo_of(str(number))
    assert found is not None
    assert found.value == str(number)
    assert bool(found.well_formed) <= imo_check(number)


def test_ship_and_company_numbers_have_checks_of_their_own() -> None:
    """Both have seven digits; golden: companies that EU act 2017/1509 prints with their number."""
    assert all(company_imo_check(n) for n in (1790183, 5342883, 5571322, 5987860))
    rigour = pytest.importorskip("rigour.ids.imo")
    for number in range(5_000_000, 5_003_000):
        digits = [int(digit) for digit in str(number)]
        assert company_imo_check(number) == rigour._company_checksum(digits)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_dates_of_every_shape_are_one_date(day: date) -> None:
    """One list in one file writes 25.6.2024 and 2026-08-07; both are days of listing."""
    shapes = [
        f"{day:%Y-%m-%d}", f"{day.day}.{day.month}.{day.year}", f"{day:%d %B %Y}",
        f"{day:%d %b. %Y}", f"{day:%B %d, %Y}", f"{day:%Y%m%d}",
    ]  # fmt: skip
    assert {date_of(text) for text in shapes} == {day.isoformat()}
    assert date_of(f"{day:%m/%d/%Y}", first="month") == day.isoformat()
    if day.day <= 12 and day.day != day.month:
        assert date_of(f"{day:%m/%d/%Y}") is None


@given(st.integers(1900, 2100), st.integers(1, 12))
def test_a_month_is_as_long_as_it_is(year: int, month: int) -> None:
    """A snapshot of "January 2023" may be of any of its days, and of no other."""
    spell = interval_of(f"{year}-{month:02d}")
    assert spell.start.month == month
    assert 28 <= spell.duration.days <= 31
    assert spell.end.day == 1


@given(st.floats(1, 9e8, allow_nan=False).map(lambda x: round(x, 1)))
def test_amounts_survive_their_thousands(amount: float) -> None:
    """99,144 t read as 99.144 t would make a tanker a dinghy."""
    assert number_of(f"{amount:,.1f} t") == amount


@given(st.lists(st.text("abc;\" '", min_size=1), max_size=4))
def test_values_in_quotes_survive(values: list[str]) -> None:
    """A company's name may hold the sign that parts values."""
    cell = "; ".join('"' + value.replace('"', '""') + '"' for value in values)
    wanted = [" ".join(value.split()) for value in values]
    assert list(values_of(cell)) == list(dict.fromkeys(v for v in wanted if v))


@pytest.mark.parametrize(
    ("printed", "country", "kind"),
    [
        ("Gambia (false flag)", "GM", "false"),
        ("Falsely flagged Cameroon", "CM", "false"),
        ("None Identified", None, "none-identified"),
        ("Unknown", None, "none-identified"),
        ("Democratic People's Republic of Korea", "KP", "stated"),
        ("Hong Kong, China (HKG)", "HK", "stated"),
        ("St. Kitts & Nevis", "KN", "stated"),
        ("Atlantis", None, "stated"),
    ],
    ids=["false-behind", "false-before", "none", "unknown", "kp", "hk", "kn", "nowhere"],
)
def test_a_flag_is_false_only_where_the_words_say_so(
    printed: str, country: str | None, kind: str
) -> None:
    """To call a flag false is an accusation: it takes a source that says it."""
    flag = flag_of(printed)
    assert flag is not None
    assert (flag.country, flag.kind, flag.printed) == (country, kind, printed)


def test_the_two_koreas_and_the_two_congos_are_never_mixed_up() -> None:
    """One letter's carelessness would put a ship under another state's flag."""
    assert [country_code(t) for t in ("Korea, Republic of", "Korea, North", "South Korea")] == [
        "KR", "KP", "KR",
    ]  # fmt: skip
    assert [country_code(t) for t in ("Congo", "DR Congo", "Niger", "Nigeria")] == [
        "CG", "CD", "NE", "NG",
    ]  # fmt: skip
