"""The chart of comparisons: how many times as many calls, each pair of periods as an interval.

A pair that its looks cannot carry has a hatched row and the reason, not a point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from quaywatch.cases import chart
from quaywatch.cases.calendar_page import (
    FULL,
    HATCH,
    MARGIN_IN,
    WIDTH_IN,
    Page,
    Sheet,
    drawn,
    wrapped,
)

_LEFT_IN: Final = 1.75
_ROW_IN: Final = 0.52
_SCALE: Final = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0, 16.0)
_NAMES: Final = ("1/16", "1/8", "1/4", "half", "as many", "twice", "4 times", "8 times", "16 times")


@dataclass(frozen=True, slots=True)
class RatioRow:
    """One comparison."""

    label: str
    beneath: str
    """Under the label: the looks and calls of both."""
    ratio: tuple[float, float, float] | None
    """Lower end, middle and upper end; None: refused."""
    told: str
    """What it says, or why it says nothing."""


def draw_ratios(rows: Sequence[RatioRow], sheet: Sheet, *, form: str = "svg") -> bytes:
    """A row a comparison, on one logarithmic axis: SVG or PNG.

    Args:
        rows: in the order drawn.
        sheet: the words around it.
        form: ``svg`` or ``png``.

    Examples:
        >>> row = RatioRow("2018 against 2017", "", (0.2, 0.4, 0.7), "fewer")
        >>> draw_ratios([row], Sheet("A quay", (), ()))[:5]
        b'<?xml'

    """
    high = _ROW_IN * max(len(rows), 1)
    wide = WIDTH_IN - _LEFT_IN - MARGIN_IN - 0.1
    page = Page(sheet, high + 0.62)
    with rc_context(chart.STYLE):
        axes = page.axes(_LEFT_IN, 0.22, wide, high)
        ends = [end for row in rows if row.ratio for end in (row.ratio[0], row.ratio[2])]
        low = min([0.2, *(max(end / 1.15, 1e-3) for end in ends)])
        top = max([5.0, *(min(end * 1.15, 1e3) for end in ends)])
        axes.set_xscale("log")
        axes.set_xlim(low, top)
        axes.set_ylim(len(rows), 0)
        axes.set_yticks([])
        shown = [(v, n) for v, n in zip(_SCALE, _NAMES, strict=True) if low <= v <= top]
        axes.set_xticks([v for v, _ in shown], [n for _, n in shown])
        axes.set_xticks([], minor=True)
        axes.tick_params(length=2.5, width=0.5, labelsize=6.8, colors=chart.MUTED, pad=2)
        axes.grid(visible=True, axis="x", color="#dfe5ea", lw=0.45, zorder=0)
        axes.axvline(1.0, color=chart.INK, lw=0.8, zorder=2)
        axes.set_title(
            "calls of the later over those of the earlier", loc="left", size=7.5, pad=4,
            color=chart.INK,
        )  # fmt: skip
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)
        for number, row in enumerate(rows):
            _row(axes, number, row, (low, top), wide)
        return drawn(page, form)


def _row(axes: Axes, number: int, row: RatioRow, span: tuple[float, float], wide_in: float) -> None:
    middle = number + 0.62
    axes.annotate(
        row.label, (0, number + 0.42), (-8, 0), xycoords=("axes fraction", "data"),
        textcoords="offset points", ha="right", va="center", size=7.6, annotation_clip=False,
    )  # fmt: skip
    axes.annotate(
        row.beneath, (0, number + 0.75), (-8, 0), xycoords=("axes fraction", "data"),
        textcoords="offset points", ha="right", va="center", size=6.2, color=chart.MUTED,
        annotation_clip=False,
    )  # fmt: skip
    if row.ratio is None:
        axes.add_patch(
            Rectangle((span[0], number + 0.12), span[1] - span[0], 0.8, fc="white", ec=HATCH,
                      lw=0.2, hatch="////////", zorder=3)
        )  # fmt: skip
        axes.annotate(
            "\n".join(wrapped(row.told, wide_in - 0.5, 6.6)[:2]), (0.5, number + 0.52),
            xycoords=("axes fraction", "data"), ha="center", va="center", size=6.6, zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 2.0},
        )  # fmt: skip
        return
    low, at, high = row.ratio
    ends = [max(low, span[0]), min(high, span[1])]
    axes.plot(ends, [middle] * 2, color=FULL, lw=3.2, solid_capstyle="butt", zorder=4)
    axes.plot([at], [middle], marker="o", ms=5, color="white", mec=FULL, mew=1.4, zorder=5)
    axes.annotate(
        row.told, (min(max(at, span[0] * 1.6), span[1] / 1.6), middle - 0.24), ha="center",
        va="bottom", size=6.8, zorder=6, annotation_clip=False,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.8},
    )  # fmt: skip
