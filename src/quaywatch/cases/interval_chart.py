"""Amounts and chances as intervals, a row each: cargo of a ship, candidates for a hull."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib import rc_context

from quaywatch.cases import chart
from quaywatch.cases.calendar_page import MARGIN_IN, WIDTH_IN, Page, Sheet

_LEFT_IN: Final = 2.1
_ROW_IN: Final = 0.34


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """One amount."""

    label: str
    middle: float | None
    inner: tuple[float, float] | None
    """The narrower interval; None: there is none."""
    outer: tuple[float, float] | None = None


def draw_intervals(
    rows: Sequence[IntervalRow], sheet: Sheet, *, unit: str, most: float | None = None
) -> bytes | None:
    """Rows with a thick inner and a thin outer interval and a mark for the middle, as SVG.

    Args:
        rows: from the top.
        sheet: the words around it.
        unit: of the axis.
        most: end of the axis; None: just beyond the highest end.

    Returns:
        None where there is no row.

    Examples:
        >>> draw_intervals([], Sheet("None", (), ()), unit="t") is None
        True

    """
    if not rows:
        return None
    high = _ROW_IN * len(rows)
    page = Page(sheet, high + 0.6)
    with rc_context(chart.STYLE):
        axes = page.axes(_LEFT_IN, 0.1, WIDTH_IN - _LEFT_IN - MARGIN_IN - 0.15, high)
        for y, row in enumerate(rows):
            if row.outer:
                axes.plot(row.outer, [y, y], color="#0b3c6f", lw=0.8)
            if row.inner:
                axes.plot(row.inner, [y, y], color="#5e97c9", lw=6, solid_capstyle="butt")
            if row.middle is not None:
                axes.plot([row.middle], [y], marker="|", ms=11, mew=1.6, color=chart.INK)
        ends = [e for r in rows for e in (*(r.inner or ()), *(r.outer or ()), r.middle or 0.0)]
        axes.set_xlim(0, most if most is not None else 1.05 * max(*ends, 1.0))
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_yticks(range(len(rows)), [chart.drawable(row.label, 34) for row in rows])
        axes.set_xlabel(unit, size=7)
        axes.tick_params(length=2, width=0.5, labelsize=6.8, pad=2)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.grid(visible=True, axis="x", color="#dfe5ea", lw=0.45)
        axes.set_axisbelow(True)
        for side in ("right", "top", "left"):
            axes.spines[side].set_visible(False)
        return page.svg()
