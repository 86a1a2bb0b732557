"""Looks of a port by month: how many could tell of its berths, and where none could.

Calls a month are not drawn from a claim of a whole period, which does not hold them.
"""

from collections.abc import Sequence
from typing import Final

from matplotlib import rc_context
from matplotlib.patches import Rectangle

from quaywatch.cases import chart
from quaywatch.cases.calendar_page import (
    EDGE,
    HATCH,
    MARGIN_IN,
    NOT_LOOKED,
    WIDTH_IN,
    Page,
    Sheet,
    box,
)

_LEFT_IN: Final = 0.45
_HIGH_IN: Final = 1.0


def draw_looks(months: Sequence[tuple[str, int, int]], sheet: Sheet) -> bytes | None:
    """Bars of looks, a month each, as SVG; a month in which none could tell is hatched.

    Args:
        months: "2024-03", looks, looks that could tell; in order.
        sheet: the words around it.

    Returns:
        None where there is no month.

    Examples:
        >>> draw_looks([], Sheet("A port", (), ())) is None
        True

    """
    if not months:
        return None
    page = Page(sheet, _HIGH_IN + 0.75)
    with rc_context(chart.STYLE):
        axes = page.axes(_LEFT_IN, 0.12, WIDTH_IN - _LEFT_IN - MARGIN_IN, _HIGH_IN)
        most = max(1, *(looks for _, looks, _ in months)) * 1.1
        for x, (_, looks, usable) in enumerate(months):
            if not usable:
                axes.add_patch(
                    Rectangle((x, 0), 1, most, fc="white", ec=HATCH, lw=0.2, hatch="////////")
                )
            axes.add_patch(Rectangle((x + 0.14, 0), 0.72, looks, fc="white", ec=EDGE, lw=0.5))
            axes.add_patch(Rectangle((x + 0.14, 0), 0.72, usable, fc="#4c4c4c"))
        step = max(1, -(-len(months) // 8))
        at = range(0, len(months), step)
        axes.set_xticks([x + 0.5 for x in at], [months[x][0] for x in at])
        axes.set_xlim(0, len(months))
        axes.set_ylim(0, most)
        axes.tick_params(length=2, width=0.5, labelsize=6.8, pad=2)
        axes.spines[["right", "top"]].set_visible(False)
        page.key(
            [
                ("looks that could tell", box("#4c4c4c", edge="none")),
                ("looks that could not", box("white", edge=EDGE)),
                ("no look could tell", NOT_LOOKED),
            ],
            _HIGH_IN + 0.42,
        )
        return page.svg()
