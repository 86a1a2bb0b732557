"""The figure of a contradiction: the speed one hull would need, and which part may be wrong.

The two places and the way between them stand on the finding's map. Bars of the explanations are
drawn under each prior, since one alone would hide that the answer may turn on it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes

from quaywatch.cases import chart
from quaywatch.cases.calendar_page import MARGIN_IN, WIDTH_IN, Page, Sheet

NAMES: Final = {
    "broadcast-false": "the broadcast does not tell where the ship was",
    "other-broadcaster": "another hull broadcast under its number",
    "other-hull-seen": "the hull in the image is another",
    "mistake": "a clock, a time zone or a report is wrong, or a hull was overlooked",
}
EACH_IN: Final = 0.4
"""Height of the bars of one explanation."""
_LEFT_IN: Final = 2.55
_WIDE_IN: Final = WIDTH_IN - _LEFT_IN - MARGIN_IN - 0.45
_TONES: Final = ("#0b3c6f", "#5e97c9", "#c4d7ea")


def draw_contradiction(
    sheet: Sheet,
    *,
    needed_kn: float | None,
    allowed_kn: float | None,
    posterior: Sequence[tuple[str, Mapping[str, float]]] = (),
) -> bytes | None:
    """Speed needed against speed allowed, and the explanations under each prior, as SVG.

    Args:
        sheet: the words around it.
        needed_kn: least speed of one hull that did both; None: not known.
        allowed_kn: highest speed allowed.
        posterior: name of a prior, and the probability of each explanation under it.

    Returns:
        None where there is nothing to draw.

    Examples:
        >>> draw_contradiction(Sheet("Two", (), ()), needed_kn=None, allowed_kn=25.0) is None
        True

    """
    speeds = needed_kn is not None and allowed_kn is not None
    whys = list(dict.fromkeys(name for _, row in posterior for name in row))
    if not speeds and not whys:
        return None
    first = 0.95 if speeds else 0.0
    second = 0.3 + EACH_IN * len(whys) + 0.45 if whys else 0.0
    page = Page(sheet, first + second)
    with rc_context(chart.STYLE):
        if needed_kn is not None and allowed_kn is not None:
            _speeds(page.axes(_LEFT_IN, 0.22, _WIDE_IN, 0.5), needed_kn, allowed_kn)
        if whys:
            axes = page.axes(_LEFT_IN, first + 0.25, _WIDE_IN, EACH_IN * len(whys))
            _explanations(axes, whys, posterior)
        return page.svg()


def _bare(axes: Axes) -> None:
    for side in ("right", "top", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=2, width=0.5, labelsize=6.8, colors=chart.MUTED, pad=2)
    axes.tick_params(axis="y", length=0, labelcolor=chart.INK, labelsize=7)


def _speeds(axes: Axes, needed: float, allowed: float) -> None:
    axes.set_title("speed over ground, knots", loc="left", size=7.5, pad=4)
    axes.barh([0, 1], [allowed, needed], height=0.55, color=("#a3a3a3", chart.VERMILION))
    axes.set_yticks([0, 1], ["highest allowed for", "least that one hull would need"])
    axes.set_ylim(1.5, -0.5)
    axes.set_xlim(0, 1.12 * max(needed, allowed))
    for y, speed in enumerate((allowed, needed)):
        axes.annotate(f"{speed:.0f} kn", (speed, y), (3, 0), textcoords="offset points",
                      va="center", size=7)  # fmt: skip
    _bare(axes)


def _explanations(
    axes: Axes, whys: Sequence[str], posterior: Sequence[tuple[str, Mapping[str, float]]]
) -> None:
    axes.set_title("probability of each explanation, by prior", loc="left", size=7.5, pad=4)
    high = 0.78 / len(posterior)
    for k, (name, row) in enumerate(posterior):
        at = [y - 0.39 + high * (k + 0.5) for y in range(len(whys))]
        values = [100 * row.get(why, 0.0) for why in whys]
        axes.barh(at, values, height=high * 0.9, color=_TONES[k % 3], ec="#444444", lw=0.3,
                  label=name)  # fmt: skip
        for y, value in zip(at, values, strict=True):
            axes.annotate(f"{value:.0f}%", (value, y), (3, 0), textcoords="offset points",
                          va="center", size=6)  # fmt: skip
    axes.set_yticks(range(len(whys)), [chart.drawable(NAMES.get(why, why), 40) for why in whys])
    axes.set_ylim(len(whys) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    _bare(axes)
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.22 * 1.6 / len(whys)), ncols=3,
                frameon=False, fontsize=6.8, borderaxespad=0)  # fmt: skip
