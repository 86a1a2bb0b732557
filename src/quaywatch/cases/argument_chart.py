"""The drawing of an argument: claims, the kinds of evidence that they are, and the hypothesis.

Blue speaks for, orange against; a claim's frame says who stands behind it. A drawing repeats what
stands in the argument; the tables beside it carry every sentence in full.
"""

import math
from collections.abc import Sequence
from textwrap import shorten
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from quaywatch.cases import chart
from quaywatch.cases.argument import Argument, GroupWorking, Item

WIDTH_IN: Final = 7.2
_ROW_IN: Final = 0.46
_MOST: Final = 12
"""Claims drawn; the rest are counted in a line."""
_FRAME: Final = {"observed": "solid", "inferred": (0, (5, 2)), "reported": (0, (1.2, 1.6))}
_CLAIMS: Final = (0.05, 3.35)
_KINDS: Final = (3.95, 5.0)
_RIGHT: Final = (5.5, 7.15)


def draw_argument(argument: Argument) -> bytes:
    """Claims, the kinds of evidence that they are, and the hypothesis, as SVG.

    Args:
        argument: with its items; those that count are drawn, strongest kinds together.

    """
    items = _drawn(argument)
    beside = _beside(argument)
    high = max(len(items) * _ROW_IN, 0.95 + sum(h for _, _, h in beside), 1.6) + 0.62
    with rc_context(chart.STYLE):
        figure = Figure(figsize=(WIDTH_IN, high))
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, WIDTH_IN)
        axes.set_ylim(high, 0)
        axes.set_axis_off()
        for (left, _), title in zip(
            (_CLAIMS, _KINDS, _RIGHT), ("Claims that count", "By kind", "Hypothesis"), strict=True
        ):
            axes.text(left, 0.14, title, size=7.5, color=chart.MUTED, va="center")
        middles = _claims(axes, items)
        top = _groups(axes, argument, items, middles)
        _hypothesis(axes, argument, top)
        _boxes(axes, beside)
        _foot(axes, argument, high)
        return chart.svg_bytes(figure)


def _drawn(argument: Argument) -> list[Item]:
    """Items that count, kind by kind in the order of the groups, the strongest first."""
    order = {one.group: k for k, one in enumerate(argument.groups)}
    counted = [item for item in argument.items if item.counts == "counted"]
    counted.sort(key=lambda i: (order[i.group], -abs(i.log_ratio), i.claim))
    return counted[:_MOST]


def _box(
    axes: Axes, x: tuple[float, float], y: tuple[float, float], *, ink: str,
    style: object = "solid", fill: str = "white", width: float = 0.9,
) -> None:  # fmt: skip
    axes.add_patch(
        FancyBboxPatch(
            (x[0], y[0]), x[1] - x[0], y[1] - y[0], boxstyle="round,pad=0,rounding_size=0.05",
            fc=fill, ec=ink, lw=width, ls=style, zorder=3,
        )
    )  # fmt: skip


def _lines(text: str, width: int, most: int) -> str:
    """Text wrapped to so many lines, cut with a mark."""
    return chart.drawable(shorten(text, width * most - 4, placeholder=" …"), width)


def colour_of(weight: float) -> str:
    """Blue for, orange against."""
    return chart.BLUE if weight >= 0 else chart.VERMILION


def _claims(axes: Axes, items: Sequence[Item]) -> list[float]:
    middles = []
    for number, item in enumerate(items):
        top = 0.28 + number * _ROW_IN
        middle = top + _ROW_IN / 2 - 0.03
        _box(
            axes, _CLAIMS, (top, top + _ROW_IN - 0.06), ink=chart.INK,
            style=_FRAME[item.basis.value],
        )  # fmt: skip
        said = _lines(item.because, 66, 2)
        axes.text(_CLAIMS[0] + 0.07, middle - 0.06, said, size=6.1, va="center", zorder=4,
                  linespacing=1.05)  # fmt: skip
        odds = math.exp(abs(item.log_ratio))
        side = "for" if item.log_ratio >= 0 else "against"
        axes.text(
            _CLAIMS[0] + 0.07, top + _ROW_IN - 0.115,
            f"{item.basis.value}, {item.predicate}: {odds:.2g} to 1 {side}"
            + ("" if item.measured else " (set)")
            + (", rests on reports" if item.rests_on_reports and item.basis != "reported" else ""),
            size=5.4, va="center", color=colour_of(item.log_ratio), zorder=4,
        )  # fmt: skip
        middles.append(middle)
    if not items:
        axes.text(_CLAIMS[0], 0.5, "No claim bears on it.", size=7, color=chart.MUTED)
    return middles


def _groups(
    axes: Axes, argument: Argument, items: Sequence[Item], middles: Sequence[float]
) -> float:
    """Boxes of the kinds and the arrows to and from them; the hypothesis's middle."""
    places: list[tuple[GroupWorking, float]] = []
    last = 0.28 - 0.04
    for one in argument.groups:
        own = [m for m, item in zip(middles, items, strict=True) if item.group == one.group]
        if not own:
            continue
        middle = max(sum(own) / len(own), last + 0.2)
        last = middle + 0.2
        places.append((one, middle))
        for m, item in zip(middles, items, strict=True):
            if item.group == one.group:
                axes.plot(
                    [_CLAIMS[1], _KINDS[0]], [m, middle], lw=0.5 + 0.7 * abs(item.log_ratio),
                    color=colour_of(item.log_ratio), solid_capstyle="butt", zorder=2, alpha=0.75,
                )  # fmt: skip
    target = 0.28 + 0.42
    for one, middle in places:
        _box(axes, _KINDS, (middle - 0.16, middle + 0.16), ink=colour_of(one.applied))
        axes.text(
            sum(_KINDS) / 2, middle - 0.05, str(one.group).replace("-", " "), size=6.2,
            ha="center", va="center", zorder=4,
        )  # fmt: skip
        capped = " (capped)" if abs(one.applied) < abs(one.shrunk) - 1e-6 else ""
        axes.text(
            sum(_KINDS) / 2, middle + 0.08, f"{one.applied:+.2f}{capped}", size=6.2, ha="center",
            va="center", color=colour_of(one.applied), zorder=4,
        )  # fmt: skip
        axes.annotate(
            "", (_RIGHT[0], target), (_KINDS[1], middle), zorder=2,
            arrowprops={"arrowstyle": "-|>", "lw": 0.5 + 0.7 * abs(one.applied),
                        "color": colour_of(one.applied), "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
    return target


def _hypothesis(axes: Axes, argument: Argument, middle: float) -> None:
    _box(axes, _RIGHT, (middle - 0.42, middle + 0.42), ink=chart.INK, fill="#eef4f8", width=1.4)
    centre = sum(_RIGHT) / 2
    axes.text(
        centre, middle - 0.13, _lines(argument.statement, 30, 4), size=6.3, ha="center",
        va="center", zorder=4, linespacing=1.05,
    )  # fmt: skip
    axes.text(
        centre, middle + 0.31, f"{percent(argument.probability)}: {argument.verdict}", size=6.8,
        ha="center", va="center", weight="bold", zorder=4,
    )  # fmt: skip


def percent(p: float) -> str:
    """A probability as printed, within 1% to 99%."""
    if p >= 0.99:
        return "at least 99%"
    return "at most 1%" if p <= 0.01 else f"{100 * p:.0f}%"


def _beside(argument: Argument) -> list[tuple[str, str, float]]:
    """Under the hypothesis: the innocent explanation, exemptions, sources that disagree."""
    found = []
    for rival in argument.rivals[:1]:
        odds = rival.odds if rival.odds is not None else 1.0
        told = f"{odds:.2g} to 1 for the hypothesis" if odds >= 1 else f"{1 / odds:.2g} to 1 for it"
        found.append(("Best innocent explanation", f"{rival.statement} ({told})", chart.GREEN))
    found += [("Exempt", one.statement, chart.GREEN) for one in argument.exemptions]
    found += [("Sources disagree", one.statement, chart.OCHRE) for one in argument.tensions]
    # Height by the lines that the text needs.
    return [
        (f"{title}\n{_lines(text, 38, 5)}", ink, 0.3 + 0.1 * (_lines(text, 38, 5).count("\n") + 1))
        for title, text, ink in found
    ]


def _boxes(axes: Axes, beside: Sequence[tuple[str, str, float]]) -> None:
    top = 0.28 + 0.84 + 0.1
    for text, ink, high in beside:
        _box(axes, _RIGHT, (top, top + high - 0.08), ink=ink, width=0.8)
        title, _, body = text.partition("\n")
        axes.text(_RIGHT[0] + 0.06, top + 0.08, title, size=5.6, color=ink, va="center", zorder=4)
        axes.text(
            _RIGHT[0] + 0.06, top + 0.15, body, size=5.6, va="top", zorder=4, linespacing=1.05
        )
        top += high


def _foot(axes: Axes, argument: Argument, high: float) -> None:
    counted = sum(item.counts == "counted" for item in argument.items)
    rest = len(argument.items) - min(counted, _MOST)
    more = f"{rest} more are shown in the table and not counted again here. " if rest else ""
    axes.text(
        _CLAIMS[0], high - 0.22,
        f"{more}Frame: solid observed, dashed inferred, dotted reported by others. Figures by kind "
        "are added log-odds.",
        size=5.8, color=chart.MUTED, va="center",
    )  # fmt: skip
    axes.text(
        _CLAIMS[0], high - 0.09,
        "Blue speaks for the hypothesis, orange against; a line's width is its weight. “Set” "
        "ratios were judged, not measured, and lie within 5 to 1.",
        size=5.8, color=chart.MUTED, va="center",
    )  # fmt: skip
