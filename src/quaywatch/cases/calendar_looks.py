"""The look calendar: on which days a place could be seen at all, and on which nobody looked."""

import calendar
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from quaywatch.cases import chart
from quaywatch.cases.calendar_page import FULL, GREY, NOT_LOOKED, Mark, Page, Sheet, box, drawn

CELL_IN: Final = 0.173
_LEFT_IN: Final = 0.78


class Sight(StrEnum):
    """What of a place could be seen on a day; of several looks the best counts."""

    USABLE = "usable"
    PARTLY = "partly"
    HIDDEN = "hidden"
    NONE = "no image"


LABELS: Final = {
    Sight.USABLE: "usable look",
    Sight.PARTLY: "partly usable",
    Sight.HIDDEN: "image, but hidden by cloud, or missing it",
    Sight.NONE: "no image",
}


def draw_looks(
    days: Mapping[date, Sight], first: date, last: date, sheet: Sheet, form: str = "svg"
) -> bytes:
    """A row a month, a square a day, with how many days of each month were usable.

    Args:
        days: by UTC day; a day not there had no image.
        first: of the calendar.
        last: of the calendar, included.
        sheet: the words around it.
        form: ``svg`` or ``png``.

    Examples:
        >>> day = date(2024, 3, 1)
        >>> draw_looks({day: Sight.USABLE}, day, day, Sheet("A quay", (), ()))[:5]
        b'<?xml'

    """
    months = months_between(first, last)
    top = 0.2
    body = top + CELL_IN * len(months) + 0.42
    page = Page(sheet, body)
    with rc_context(chart.STYLE):
        axes = page.axes(_LEFT_IN, top, 31 * CELL_IN, CELL_IN * len(months))
        axes.set_xlim(0, 31)
        axes.set_ylim(len(months), 0)
        axes.axis("off")
        for column in (1, 5, 10, 15, 20, 25, 31):
            axes.text(column - 0.5, -0.3, str(column), size=6.5, ha="center", color=chart.MUTED)
        axes.text(31.5, -0.3, "days usable", size=6.5, ha="left", color=chart.MUTED)
        for row, month in enumerate(months):
            _month(axes, row, month, days, first, last)
        entries = [(LABELS[sight], MARKS[sight]) for sight in Sight]
        page.key(entries, top + CELL_IN * len(months) + 0.1)
        return drawn(page, form)


def months_between(first: date, last: date) -> list[date]:
    """The first day of every month from one date to another.

    Examples:
        >>> [f"{m:%Y-%m}" for m in months_between(date(2023, 11, 5), date(2024, 1, 2))]
        ['2023-11', '2023-12', '2024-01']

    """
    months, month = [], first.replace(day=1)
    while month <= last:
        months.append(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return months


def _month(
    axes: Axes, row: int, month: date, days: Mapping[date, Sight], first: date, last: date
) -> None:
    """One row."""
    length = calendar.monthrange(month.year, month.month)[1]
    counts: Counter[Sight] = Counter()
    for number in range(1, length + 1):
        day = month.replace(day=number)
        if first <= day <= last:
            sight = days.get(day, Sight.NONE)
            counts[sight] += 1
            MARKS[sight](axes, number - 1 + 0.06, row + 0.06, 0.88)
    named = row == 0 or month.month == 1
    if named:
        axes.text(-3.9, row + 0.54, str(month.year), size=7.6, va="center", weight="bold")
    axes.text(-0.35, row + 0.54, f"{month:%b}", size=7.2, va="center", ha="right")
    said = f"{counts[Sight.USABLE]} of {counts.total()}"
    axes.text(31.5, row + 0.54, said, size=7.0, va="center", ha="left")


def _half(axes: Axes, x: float, y: float, side: float) -> None:
    """A square that is dark below its diagonal."""
    box("white")(axes, x, y, side)
    corners = [(x, y), (x, y + side), (x + side, y + side)]
    axes.add_patch(Polygon(corners, closed=True, fc=FULL, ec="none"))


MARKS: Final[dict[Sight, Mark]] = {
    Sight.USABLE: box(FULL),
    Sight.PARTLY: _half,
    Sight.HIDDEN: box(GREY),
    Sight.NONE: NOT_LOOKED,
}
"""Dark if usable, half dark if partly, grey if hidden, hatched if nobody looked."""
