"""The charts of activity: what nobody could see is never drawn as nought."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from quaywatch.cases import activity_chart
from quaywatch.cases.activity_chart import ChangeSpan, MonthFigures, draw_activity
from quaywatch.cases.activity_ratio_chart import RatioRow, draw_ratios
from quaywatch.cases.calendar_page import Sheet

SHEET = Sheet("A quay", ("a line",), ("a credit",))
START = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = timedelta(days=30)


def month(number: int, *, usable: int = 3, high: float | None = 6.0) -> MonthFigures:
    """One of some months in a row."""
    start = START + number * DAYS
    low, middle = (None, None) if high is None else (0.0, high / 2)
    return MonthFigures(start, start + DAYS, 5, usable, 1, middle, low, high)


def patterns(svg: bytes) -> int:
    """Shapes filled with a pattern: hatched."""
    return len(re.findall(rb"fill: url\(#", svg))


def test_a_month_without_a_look_is_hatched() -> None:
    """Drawn as nought it would say that nobody came."""
    plain = draw_activity([month(0), month(1)], SHEET)
    blind = draw_activity([month(0), month(1, usable=0, high=None)], SHEET)
    assert patterns(plain) == 0
    assert patterns(blind) >= 3, "in both panels, and in the key"


def test_one_wide_span_does_not_flatten_the_rest() -> None:
    """A month of one look has no upper end worth a page; its number is written instead."""
    months = [*(month(n) for n in range(8)), month(8, high=400.0)]
    assert activity_chart._most(months) < 50
    assert draw_activity(months, SHEET, form="png")[:4] == b"\x89PNG"


def test_the_same_figures_give_the_same_bytes() -> None:
    """A chart that changes by itself cannot be sealed."""
    change = ChangeSpan(START + DAYS, START + 2 * DAYS, "x0.40")
    made = [draw_activity([month(n) for n in range(4)], SHEET, changes=[change]) for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.parametrize("form", ["svg", "png"])
def test_a_refused_comparison_is_hatched_and_has_no_point(form: str) -> None:
    """A point that nobody may quote would be quoted."""
    refused = RatioRow("2018 against 2017", "5 looks", None, "Not compared.")
    told = RatioRow("2018 against 2017", "90 looks", (0.2, 0.4, 0.7), "fewer")
    both = [draw_ratios([row], SHEET, form=form) for row in (refused, told)]
    assert both[0] != both[1]
    if form == "svg":
        assert patterns(both[0]) == 1
        assert patterns(both[1]) == 0


def test_a_ratio_far_off_stays_on_the_page() -> None:
    """A stop has a ratio near nought; a logarithm has no place for nought."""
    assert draw_ratios([RatioRow("a", "", (0.0, 0.001, 5000.0), "fewer")], SHEET)[:5] == b"<?xml"
