"""The occupancy calendar: each berth on each day occupied, empty, not told, or not looked at.

A day without a look is hatched and a look that could not tell is grey, so that neither can be read
as an empty berth. Stays are drawn with both their ends: what was seen, and what may have been.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from quaywatch.cases import chart
from quaywatch.cases.calendar_looks import months_between
from quaywatch.cases.calendar_page import (
    EDGE,
    FULL,
    GREY,
    HATCH,
    MARGIN_IN,
    NOT_LOOKED,
    PALE,
    WIDTH_IN,
    Mark,
    Page,
    Sheet,
    box,
    drawn,
    wrapped,
)

DAY: Final = timedelta(days=1)
ROW_IN: Final = 0.21
_LEFT_IN: Final = 1.45
_MONTHS_A_LINE: Final = 6
SHORT_DAYS: Final = 45
"""A calendar of fewer days is drawn day by day."""
_WIDE_IN: Final = WIDTH_IN - _LEFT_IN - MARGIN_IN


class Seen(StrEnum):
    """What one look said of a berth."""

    OCCUPIED = "occupied"
    EMPTY = "empty"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BerthDays:
    """A berth's row."""

    name: str
    days: Mapping[date, tuple[Seen, ...]]
    """By UTC day, each look in order; a day not there had no look of it."""
    never: str | None = None
    """Why it can never be seen, if so: a roof over it."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A ship at a berth, as far as looks tell."""

    berth: str
    first_seen: datetime
    last_seen: datetime
    earliest: datetime | None
    """The last look before in which it was not there; None if none was usable."""
    latest: datetime | None
    """The first look after in which it was not there; None if none was usable."""
    label: str = ""


MARKS: Final[dict[str, Mark]] = {
    "occupied": box(FULL),
    "empty": box(PALE),
    "image, state not told": box(GREY),
    "no image": NOT_LOOKED,
}
FACES: Final = {Seen.OCCUPIED: FULL, Seen.EMPTY: PALE, Seen.UNKNOWN: GREY}


def told(states: Sequence[Seen]) -> tuple[Seen, ...]:
    """What a day's cell shows: every different answer in order; "not told" only if all say so.

    Examples:
        >>> told([Seen.UNKNOWN, Seen.OCCUPIED, Seen.EMPTY, Seen.EMPTY])
        (<Seen.OCCUPIED: 'occupied'>, <Seen.EMPTY: 'empty'>)

    """
    known: list[Seen] = [state for state in states if state is not Seen.UNKNOWN]
    known = known or list(states)
    return tuple(s for n, s in enumerate(known) if n == 0 or s is not known[n - 1])


def draw_occupancy(
    berths: Sequence[BerthDays],
    first: date,
    last: date,
    sheet: Sheet,
    *,
    stays: Sequence[Stay] = (),
    form: str = "svg",
) -> bytes:
    """Half a year a line, a row a berth, a column a day.

    Args:
        berths: rows, in the order drawn.
        first: of the calendar.
        last: of the calendar, included.
        sheet: the words around it.
        stays: drawn as bars over their rows, where they are known.
        form: ``svg`` or ``png``.

    Examples:
        >>> day = date(2024, 3, 1)
        >>> row = BerthDays("Berth 1", {day: (Seen.EMPTY,)})
        >>> draw_occupancy([row], day, day, Sheet("A quay", (), ()))[:5]
        b'<?xml'

    """
    lines = lines_between(first, last)
    line_in = ROW_IN * max(1, len(berths)) + 0.36
    page = Page(sheet, line_in * len(lines) + 0.3 + (0.22 if stays else 0.0))
    with rc_context(chart.STYLE):
        longest = max((end - start).days for start, end in lines)
        for number, (start, end) in enumerate(lines):
            wide = _WIDE_IN * (end - start).days / longest
            axes = page.axes(_LEFT_IN, number * line_in + 0.2, wide, line_in - 0.36)
            _line(axes, berths, (start, end), (first, last))
            for stay in stays:
                _stay(axes, stay, berths, (start, end))
        page.key(list(MARKS.items()), line_in * len(lines) + 0.02)
        if stays:
            entries = [
                ("a hull seen on both sides", _stay_mark),
                ("may have been there", _may_mark),
            ]
            page.key(entries, line_in * len(lines) + 0.24)
        return drawn(page, form)


def lines_between(first: date, last: date) -> list[tuple[date, date]]:
    """Half years from the month of one date to that of another: first day, and the day after.

    A span of a few weeks is one line of just these days, or its cells would crowd in a corner.

    Examples:
        >>> [f"{a} {b}" for a, b in lines_between(date(2023, 7, 2), date(2024, 2, 1))]
        ['2023-07-01 2024-01-01', '2024-01-01 2024-03-01']
        >>> [f"{a} {b}" for a, b in lines_between(date(2023, 7, 2), date(2023, 7, 6))]
        ['2023-07-02 2023-07-07']

    """
    if (last - first).days < SHORT_DAYS:
        return [(first, last + DAY)]
    months = months_between(first, last)
    lines: list[tuple[date, date]] = []
    for month in months:
        after = (month + 31 * DAY).replace(day=1)
        new = not lines or (month.month - 1) % _MONTHS_A_LINE == 0
        if new:
            lines.append((month, after))
        else:
            lines[-1] = lines[-1][0], after
    return lines


def _line(
    axes: Axes,
    berths: Sequence[BerthDays],
    line: tuple[date, date],
    whole: tuple[date, date],
) -> None:
    start, end = line
    axes.set_xlim(0, (end - start).days)
    axes.set_ylim(max(1, len(berths)), 0)
    axes.axis("off")
    pad = 0.8 * (end - start).days / 180
    for at, said in _marks(start, end):
        x = (at - start).days
        axes.plot([x, x], [-0.42, len(berths)], color=chart.INK, lw=0.5, clip_on=False, zorder=5)
        axes.text(x + pad, -0.12, said, size=6.8, color=chart.INK)
    # One size for all names: a larger one would look like a greater berth.
    small = any(len(wrapped(berth.name, _LEFT_IN - 0.25, 7.2)) > 1 for berth in berths)
    for row, berth in enumerate(berths):
        said = "\n".join(wrapped(berth.name, _LEFT_IN - 0.25, 5.6 if small else 7.2)[:2])
        axes.annotate(said, (0, row + 0.52), (-6, 0), textcoords="offset points", ha="right",
                      va="center", size=5.6 if small else 7.2, annotation_clip=False,
                      linespacing=0.95)  # fmt: skip
        _row(axes, row, berth, line, whole)


def _marks(start: date, end: date) -> list[tuple[date, str]]:
    """Where the line is marked, and with what: months, or days and weeks of a short one."""
    days = (end - start).days
    if days > SHORT_DAYS:
        return [
            (month, f"{month:%b %Y}" if month == start or month.month == 1 else f"{month:%b}")
            for month in months_between(start, end - DAY)
        ]
    step = 1 if days <= 10 else 7
    at = [start + n * DAY for n in range(0, days, step)]
    return [
        (day, f"{day.day} {day:%b %Y}" if n == 0 else f"{day.day} {day:%b}")
        for n, day in enumerate(at)
    ]


def _row(
    axes: Axes, row: int, berth: BerthDays, line: tuple[date, date], whole: tuple[date, date]
) -> None:
    """A berth over one line: runs of like days as one patch."""
    start = max(line[0], whole[0])
    end = min(line[1], whole[1] + DAY)
    top, high = row + 0.1, 0.8
    if berth.never is not None:
        x, wide = (start - line[0]).days, (end - start).days
        axes.add_patch(Rectangle((x, top), wide, high, fc="#ededed", ec=EDGE, lw=0.3))
        said = chart.drawable(f"cannot be seen: {berth.never}", 400)
        axes.text(x + wide / 2, row + 0.52, said, size=6.6, ha="center", va="center",
                  color=chart.MUTED, clip_on=True, zorder=6,
                  bbox={"facecolor": "#ededed", "edgecolor": "none", "pad": 1.5})  # fmt: skip
        return
    day = start
    while day < end:
        states = told(berth.days[day]) if day in berth.days else ()
        after = day + DAY
        while not states and after < end and after not in berth.days:
            after += DAY
        x = (day - line[0]).days
        if not states:
            axes.add_patch(
                Rectangle((x, top), (after - day).days, high, fc="white", ec=HATCH, lw=0.25,
                          hatch="////////")
            )  # fmt: skip
        for place, state in enumerate(states):
            share = 1 / len(states)
            axes.add_patch(
                Rectangle((x + place * share, top), share, high, fc=FACES[state], ec=EDGE, lw=0.2)
            )
        day = after


def _days(at: datetime, start: date) -> float:
    midnight = datetime(start.year, start.month, start.day, tzinfo=at.tzinfo)
    return (at - midnight) / DAY


def _stay(axes: Axes, stay: Stay, berths: Sequence[BerthDays], line: tuple[date, date]) -> None:
    """A stay under its row's cells: a solid bar where seen, a thin one as far as it may reach."""
    names = [berth.name for berth in berths]
    if stay.berth not in names:
        return
    end = (line[1] - line[0]).days
    y = names.index(stay.berth) + 0.94
    ends = (stay.earliest or stay.first_seen, stay.latest or stay.last_seen)
    outer = [min(max(_days(at, line[0]), 0.0), end) for at in ends]
    inner = [min(max(_days(at, line[0]), 0.0), end) for at in (stay.first_seen, stay.last_seen)]
    if outer[1] > outer[0]:
        axes.plot(outer, [y, y], color=chart.VERMILION, lw=0.7, solid_capstyle="butt", zorder=6)
    if inner[1] > inner[0]:
        axes.plot(inner, [y, y], color=chart.VERMILION, lw=2.4, solid_capstyle="butt", zorder=7)


def _stay_mark(axes: Axes, x: float, y: float, side: float) -> None:
    axes.plot([x, x + side], [y + side / 2] * 2, color=chart.VERMILION, lw=2.4)


def _may_mark(axes: Axes, x: float, y: float, side: float) -> None:
    axes.plot([x, x + side], [y + side / 2] * 2, color=chart.VERMILION, lw=0.7)
