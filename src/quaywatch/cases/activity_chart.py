"""The chart of activity: month by month what looks could see, who was seen, and how many came.

What was seen is solid; what is inferred is a span without a bar, since no single figure is known.
A month in which no look could tell is hatched over its whole height, as on every calendar: a bar of
nought would say that nobody came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from matplotlib import dates as untyped_dates
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from quaywatch.cases import chart
from quaywatch.cases.calendar_page import (
    EDGE,
    FULL,
    HATCH,
    MARGIN_IN,
    NOT_LOOKED,
    WIDTH_IN,
    Mark,
    Page,
    Sheet,
    box,
    drawn,
)

dates: Any = untyped_dates
"""matplotlib leaves this module untyped."""
SPAN: Final = "#c4d7ea"
UNSEEN: Final = "#eef3f8"
"""Of spans without a stay seen: only their upper end is known."""
_LEFT_IN: Final = 0.45
_CALLS_IN: Final = 1.9
_LOOKS_IN: Final = 0.75
_BETWEEN_IN: Final = 0.42
_TALL: Final = 4.0
"""Spans so many times as high as the upper quartile of all are cut, and their end is written."""


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """One month, or a part of one."""

    start: datetime
    end: datetime
    looks: int
    usable: int
    """Looks that could tell of a berth."""
    seen: int
    """Stays that a look shows."""
    median: float | None
    """Of the calls made; None: none was seen, or nothing can be said."""
    low: float | None
    high: float | None
    """Ends of the 90% interval; where none was seen, nought and what is not excluded at 95%."""


@dataclass(frozen=True, slots=True)
class ChangeSpan:
    """A change of the rate, some time between two looks."""

    after: datetime
    before: datetime
    said: str


def draw_activity(
    months: Sequence[MonthFigures],
    sheet: Sheet,
    *,
    changes: Sequence[ChangeSpan] = (),
    form: str = "svg",
) -> bytes:
    """Calls above, looks below, on one axis of time: SVG or PNG.

    Args:
        months: in time order.
        sheet: the words around it.
        changes: spans in which the rate changed.
        form: ``svg`` or ``png``.

    Examples:
        >>> from datetime import timedelta
        >>> at = datetime(2025, 1, 1, tzinfo=UTC)
        >>> month = MonthFigures(at, at + timedelta(days=31), 5, 3, 1, 2.0, 1.0, 6.0)
        >>> draw_activity([month], Sheet("A quay", (), ()))[:5]
        b'<?xml'

    """
    wide = WIDTH_IN - _LEFT_IN - MARGIN_IN - 0.04
    first = 0.24
    second = first + _CALLS_IN + _BETWEEN_IN
    keys = second + _LOOKS_IN + 0.34
    rows = _keys(months, changes)
    page = Page(sheet, keys + 0.24 * len(rows))
    with rc_context(chart.STYLE):
        top = page.axes(_LEFT_IN, first, wide, _CALLS_IN)
        low = page.axes(_LEFT_IN, second, wide, _LOOKS_IN)
        _calls(top, months, changes)
        _looks(low, months)
        for axes in (top, low):
            _time_axis(axes, months, labelled=axes is low)
        for row in rows:
            page.key(row, keys)
            keys += 0.24
        return drawn(page, form)


def _x(at: datetime) -> float:
    return float(dates.date2num(at))


def _time_axis(axes: Axes, months: Sequence[MonthFigures], *, labelled: bool) -> None:
    axes.set_xlim(_x(months[0].start), _x(months[-1].end))
    locator = dates.AutoDateLocator(minticks=3, maxticks=9, tz=UTC)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=UTC, show_offset=True))
    axes.yaxis.set_major_locator(MaxNLocator(5 if not labelled else 3, integer=True))
    axes.tick_params(length=2.5, width=0.5, labelsize=6.8, colors=chart.MUTED, pad=2)
    axes.tick_params(axis="x", labelbottom=labelled)
    axes.xaxis.get_offset_text().set_fontsize(6.8)
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis="y", color="#dfe5ea", lw=0.45, zorder=0)
    for side in ("right", "top"):
        axes.spines[side].set_visible(False)


def _most(months: Sequence[MonthFigures]) -> float:
    """Top of the axis of calls: all spans, but for some that would flatten the rest."""
    highs = [m.high for m in months if m.high is not None]
    seen = max((float(m.seen) for m in months), default=0.0)
    if not highs:
        return max(seen, 1.0)
    cut = max(_TALL * float(np.quantile(highs, 0.75)), seen, 4.0)
    return max(min(max(highs), cut), seen, 1.0)


def _calls(axes: Axes, months: Sequence[MonthFigures], changes: Sequence[ChangeSpan]) -> None:
    most = _most(months)
    high = most * 1.1
    axes.set_ylim(0, high)
    axes.set_title("calls a month", loc="left", size=7.5, pad=4, color=chart.INK)
    for change in changes:
        a, b = _x(change.after), _x(change.before)
        axes.add_patch(
            Rectangle((a, 0), b - a, high, fc=chart.VERMILION, alpha=0.14, lw=0, zorder=1)
        )
        axes.annotate(
            f"rate {change.said}", ((a + b) / 2, high), (0, 1), textcoords="offset points",
            ha="center", va="bottom", size=6.6, color="#a53d00", annotation_clip=False,
        )  # fmt: skip
    for month in months:
        a, b = _x(month.start), _x(month.end)
        wide = b - a
        if not month.usable:
            _hatched(axes, a, wide, high)
        if month.low is not None and month.high is not None:
            top = min(month.high, most)
            axes.add_patch(
                Rectangle((a + 0.14 * wide, month.low), 0.72 * wide, top - month.low,
                          fc=SPAN if month.seen else UNSEEN, ec="#7c9cbb", lw=0.4, zorder=2)
            )  # fmt: skip
            if month.median is not None:
                axes.plot(
                    [a + 0.14 * wide, a + 0.86 * wide], [min(month.median, most)] * 2,
                    color=chart.INK, lw=0.9, solid_capstyle="butt", zorder=4,
                )  # fmt: skip
            if month.high > most:
                axes.annotate(
                    f"{month.high:.0f}", ((a + b) / 2, most), (0, 1), textcoords="offset points",
                    ha="center", va="bottom", size=6.2, color=chart.MUTED,
                )  # fmt: skip
        if month.seen:
            axes.add_patch(
                Rectangle((a + 0.34 * wide, 0), 0.32 * wide, month.seen, fc=FULL, zorder=3)
            )


def _hatched(axes: Axes, left: float, wide: float, high: float) -> None:
    axes.add_patch(
        Rectangle((left, 0), wide, high, fc="white", ec=HATCH, lw=0.2, hatch="////////", zorder=1.5)
    )


def _looks(axes: Axes, months: Sequence[MonthFigures]) -> None:
    most = max([1, *(month.looks for month in months)])
    axes.set_ylim(0, most * 1.12)
    axes.set_title("looks a month", loc="left", size=7.5, pad=4, color=chart.INK)
    for month in months:
        a, wide = _x(month.start), _x(month.end) - _x(month.start)
        if not month.usable:
            _hatched(axes, a, wide, most * 1.12)
        left, span = a + 0.14 * wide, 0.72 * wide
        axes.add_patch(
            Rectangle((left, 0), span, month.looks, fc="white", ec=EDGE, lw=0.5, zorder=2)
        )
        axes.add_patch(Rectangle((left, 0), span, month.usable, fc="#4c4c4c", zorder=3))


def _keys(
    months: Sequence[MonthFigures], changes: Sequence[ChangeSpan]
) -> list[list[tuple[str, Mark]]]:
    calls: list[tuple[str, Mark]] = [
        ("stays seen that may have begun then", box(FULL, edge="none"))
    ]
    if any(month.low is not None and month.seen for month in months):
        calls.append(("calls made: 90% interval and middle", _spanned))
    if any(month.low is not None and not month.seen for month in months):
        calls.append(("none seen: calls not excluded (95%)", box(UNSEEN, edge="#7c9cbb")))
    if changes:
        calls.append(("the rate changed within", box("#f7dccb", edge="none")))
    looks: list[tuple[str, Mark]] = [
        ("looks that could tell", box("#4c4c4c", edge="none")),
        ("looks that could not", box("white", edge=EDGE)),
    ]
    if any(not month.usable for month in months):
        looks.append(("no look could tell", NOT_LOOKED))
    return [calls, looks]


def _spanned(axes: Axes, x: float, y: float, side: float) -> None:
    axes.add_patch(Rectangle((x, y), side, side, fc=SPAN, ec="#7c9cbb", lw=0.4))
    axes.plot([x, x + side], [y + 0.6 * side] * 2, color=chart.INK, lw=0.9)
