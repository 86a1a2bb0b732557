"""The stock chart: how much of each yard is dark, with its interval, and when that changed.

No line is drawn across a stretch in which nothing was seen. Looks that could not be used are ticks
along the foot, so that an empty stretch shows whether there was no image or only no view.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from matplotlib import dates as untyped_dates
from matplotlib import rc_context
from matplotlib.axes import Axes

from quaywatch.cases import chart
from quaywatch.cases.calendar_page import (
    FULL,
    GREY,
    MARGIN_IN,
    WIDTH_IN,
    Page,
    Sheet,
    drawn,
)

dates: Any = untyped_dates
"""matplotlib leaves this module untyped."""
DAY: Final = timedelta(days=1)
JOINED: Final = 10 * DAY
"""Usable looks farther apart are not joined by a line."""
SPAN: Final = "#f3d9b8"
"""Behind a change, from the last look before it to the first after."""
PANEL_IN: Final = 1.55
_NOTE_IN: Final = 0.3
_LEFT_IN: Final = 0.62
_LABEL_SHARE: Final = 0.065
"""Of the axis, taken by the label of a change; nearer ones stand on two heights."""
_GAP_IN: Final = 0.42


@dataclass(frozen=True, slots=True)
class Level:
    """One look at one yard."""

    at: datetime
    low: float | None = None
    """Lower end of the interval; None where the look could not be used."""
    middle: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change between two looks."""

    after: datetime
    """The last look before it."""
    before: datetime
    """The first look after it."""
    label: str


@dataclass(frozen=True, slots=True)
class YardSeries:
    """A yard's panel."""

    name: str
    levels: tuple[Level, ...]
    """By time."""
    changes: tuple[Change, ...] = ()
    most: float | None = None
    """Top of the axis: the yard's whole area, where known."""
    never: str | None = None
    """Why nothing of it can be measured, if so."""


def draw_stock(
    yards: Sequence[YardSeries], first: date, last: date, sheet: Sheet, *, unit: str, form: str
) -> bytes:
    """A panel a yard, one axis of time.

    Args:
        yards: in the order drawn.
        first: of the axis.
        last: of the axis, included.
        sheet: the words around it.
        unit: of the levels, as the axis says it.
        form: ``svg`` or ``png``.

    Examples:
        >>> at = datetime(2024, 3, 1, tzinfo=UTC)
        >>> yard = YardSeries("Yard", (Level(at, 0.5, 0.6, 0.7), Level(at + DAY)))
        >>> draw_stock([yard], at.date(), at.date(), Sheet("A quay", (), ()), unit="hectares",
        ...            form="svg")[:5]
        b'<?xml'

    """
    seen = [yard for yard in yards if yard.never is None]
    hidden = [yard for yard in yards if yard.never is not None]
    body = len(seen) * (PANEL_IN + _GAP_IN) + len(hidden) * _NOTE_IN + 0.3
    page = Page(sheet, body)
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + DAY
    with rc_context(chart.STYLE):
        wide = WIDTH_IN - _LEFT_IN - MARGIN_IN
        for number, yard in enumerate(seen):
            top = number * (PANEL_IN + _GAP_IN) + 0.22
            axes = page.axes(_LEFT_IN, top, wide, PANEL_IN)
            _panel(axes, yard, (start, end), unit)
        foot = len(seen) * (PANEL_IN + _GAP_IN)
        for number, yard in enumerate(hidden):
            axes = page.axes(MARGIN_IN, foot + number * _NOTE_IN, wide, _NOTE_IN)
            axes.axis("off")
            said = f"{yard.name}: cannot be seen: {yard.never}"
            axes.text(0, 0.5, chart.drawable(said, 400), size=7.4, va="center", color=chart.MUTED)
        page.key(
            [("look, with 90% interval", _point), ("look that could not be used", _tick),
             ("change: between the look before and the look after", _span)],
            foot + len(hidden) * _NOTE_IN,
        )  # fmt: skip
        return drawn(page, form)


def _panel(axes: Axes, yard: YardSeries, span: tuple[datetime, datetime], unit: str) -> None:
    usable = [level for level in yard.levels if level.middle is not None]
    top = max([level.high or 0.0 for level in usable], default=1.0)
    top = 1.24 * max(top if yard.most is None else max(yard.most, top), 1e-6)
    low = -0.09 * top
    axes.set_xlim(dates.date2num(span[0]), dates.date2num(span[1]))
    axes.set_ylim(low, top)
    room = (span[1] - span[0]) * _LABEL_SHARE
    lowered, reach = False, span[0] - DAY
    for change in yard.changes:
        middle = change.after + (change.before - change.after) / 2
        lowered = middle - room / 2 < reach and not lowered
        reach = middle + room / 2
        _changed(axes, change, top * (0.91 if lowered else 1.0))
    for one, other in itertools.pairwise(usable):
        if other.at - one.at <= JOINED:
            x = [dates.date2num(level.at) for level in (one, other)]
            axes.plot(x, [one.middle or 0.0, other.middle or 0.0], color=FULL, lw=0.6, zorder=3)
    x = [dates.date2num(level.at) for level in usable]
    axes.vlines(x, [v.low or 0.0 for v in usable], [v.high or 0.0 for v in usable], color=FULL,
                lw=0.9, zorder=4)  # fmt: skip
    axes.plot(x, [v.middle or 0.0 for v in usable], "o", ms=2.3, color=FULL, mec="white", mew=0.2,
              zorder=5)  # fmt: skip
    lost = [dates.date2num(level.at) for level in yard.levels if level.middle is None]
    axes.vlines(lost, low, low * 0.35, color=GREY, lw=0.7, zorder=4)
    axes.axhline(0, color=chart.MUTED, lw=0.5, zorder=2)
    axes.set_title(chart.drawable(yard.name, 400), loc="left", size=8.4, weight="bold", pad=4)
    axes.set_title(unit, loc="right", size=6.8, color=chart.MUTED, pad=4)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.yaxis.set_major_locator(_ticks(top))
    axes.grid(axis="y", color="#dcdcdc", lw=0.4, zorder=0)
    axes.set_axisbelow(True)
    locator = dates.AutoDateLocator(minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))
    axes.tick_params(length=2.5, width=0.5, labelsize=7.0, colors=chart.INK, pad=2)
    axes.tick_params(axis="y", length=0)


def _ticks(top: float) -> Any:  # noqa: ANN401  # matplotlib's locators are untyped
    from matplotlib.ticker import FixedLocator  # noqa: PLC0415  # beside its only use

    step = chart.nice_step(top, 4, (0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100))
    return FixedLocator([k * step for k in range(int(top / step) + 1)])


def _changed(axes: Axes, change: Change, top: float) -> None:
    """The stretch in which it changed, and by how much, written at a height."""
    x = [dates.date2num(at) for at in (change.after, change.before)]
    axes.axvspan(x[0], x[1], color=SPAN, lw=0, zorder=1)
    axes.text(sum(x) / 2, top, change.label, size=6.3, ha="center", va="top", zorder=6,
              color=chart.INK, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6,
                                     "alpha": 0.8})  # fmt: skip


def _point(axes: Axes, x: float, y: float, side: float) -> None:
    middle = x + side / 2
    axes.plot([middle, middle], [y, y + side], color=FULL, lw=0.9)
    axes.plot([middle], [y + side / 2], "o", ms=2.6, color=FULL)


def _tick(axes: Axes, x: float, y: float, side: float) -> None:
    axes.plot([x + side / 2] * 2, [y + 0.3 * side, y + side], color=GREY, lw=0.9)


def _span(axes: Axes, x: float, y: float, side: float) -> None:
    axes.fill_between([x, x + side], y, y + side, color=SPAN, lw=0)
