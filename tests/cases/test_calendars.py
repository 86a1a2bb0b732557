"""Calendars are read in a second: hatched is not looked at, grey is not told, neither is empty."""

import io
import itertools
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from PIL import Image

from quaywatch.cases.calendar_berths import (
    BerthDays,
    Seen,
    Stay,
    draw_occupancy,
    lines_between,
    told,
)
from quaywatch.cases.calendar_looks import Sight, draw_looks, months_between
from quaywatch.cases.calendar_page import FULL, GREY, PALE, Sheet, width_in, wrapped
from quaywatch.cases.calendar_stock import Change, Level, YardSeries, draw_stock

DAY = timedelta(days=1)
FIRST = date(2024, 3, 1)
SHEET = Sheet("A quay", ("a line",), ("a credit",))


def grey(data: bytes) -> np.ndarray:
    """A PNG as a newspaper without colour prints it."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("L"), float)


def test_the_tones_differ_without_colour() -> None:
    """One reader in twelve does not see the colours, and most printers have none."""
    tones = sorted(np.dot(to_rgb(c), (0.299, 0.587, 0.114)) for c in (FULL, GREY, PALE))
    assert min(b - a for a, b in itertools.pairwise(tones)) > 0.2


PAIRS = list(itertools.combinations(["occupied", "empty", "unknown", None], 2))


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_two_answers_never_look_alike_in_grey(pair: tuple[str | None, str | None]) -> None:
    """A berth nobody looked at, printed like an empty one, is a false statement."""
    pages = []
    for state in pair:
        days = {} if state is None else {FIRST + n * DAY: (Seen(state),) for n in range(31)}
        row = BerthDays("One", days)
        data = draw_occupancy([row], FIRST, FIRST + 30 * DAY, SHEET, form="png")
        whole = grey(data)
        pages.append(whole[: int(whole.shape[0] * 0.62)])  # above the key, which is always there
    assert np.abs(pages[0] - pages[1]).max() > 40
    assert (np.abs(pages[0] - pages[1]) > 25).mean() > 0.002


@given(states=st.lists(st.sampled_from(list(Seen)), min_size=1, max_size=6))
def test_a_day_is_not_told_only_if_no_look_told(states: list[Seen]) -> None:
    """A cloud at ten does not undo what was seen at eleven, and no answer is dropped."""
    shown = told(states)
    known: set[Seen] = {state for state in states if state is not Seen.UNKNOWN}
    assert set(shown) == (known or {Seen.UNKNOWN})


@given(first=st.dates(date(2000, 1, 1), date(2030, 1, 1)), length=st.integers(0, 1500))
def test_the_lines_of_a_calendar_hold_every_day_once(first: date, length: int) -> None:
    """A day between two lines is a silent gap."""
    last = first + length * DAY
    lines = lines_between(first, last)
    assert lines[0][0] <= first
    assert lines[-1][1] > last
    assert all(a[1] == b[0] for a, b in itertools.pairwise(lines))
    assert months_between(first, last)[0] == first.replace(day=1)


@given(text=st.text(st.characters(codec="ascii", min_codepoint=32), max_size=200))
def test_no_line_is_wider_than_its_page(text: str) -> None:
    """Words beyond the edge are not read."""
    for line in wrapped(text, 3.0, 8.0):
        assert width_in(line, 8.0) <= 3.0 or " " not in line


def test_every_sheet_repeats() -> None:
    """What a dossier hashes may not change by itself."""
    at = datetime(2024, 3, 2, tzinfo=UTC)
    yards = [
        YardSeries("Yard", (Level(at, 0.4, 0.5, 0.6), Level(at + DAY)),
                   (Change(at, at + DAY, "+0.1 ha"),), most=1.0),
        YardSeries("Shed", (), never="a roof"),
    ]  # fmt: skip
    stay = Stay("One", at, at + DAY, None, at + 3 * DAY)
    berths = [BerthDays("One", {at.date(): (Seen.OCCUPIED,)}), BerthDays("Two", {}, never="a roof")]
    last = FIRST + 40 * DAY
    for form in ("svg", "png"):
        one, other = (
            (
                draw_looks({FIRST: Sight.PARTLY}, FIRST, last, SHEET, form),
                draw_occupancy(berths, FIRST, last, SHEET, stays=[stay], form=form),
                draw_stock(yards, FIRST, last, SHEET, unit="hectares", form=form),
            )
            for _ in range(2)
        )
        assert one == other
