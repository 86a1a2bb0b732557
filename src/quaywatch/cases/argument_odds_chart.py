"""The drawing of an argument's odds: what each kind of evidence adds, and how the prior matters."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from quaywatch.cases import chart
from quaywatch.cases.argument import Argument
from quaywatch.cases.argument_chart import WIDTH_IN, colour_of, percent
from quaywatch.evidence.likelihood import chance, log_odds_of
from quaywatch.evidence.wording import term

_TICKS: Final = (0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)
_BANDS: Final = (0.0, 0.05, 0.20, 0.45, 0.55, 0.80, 0.95, 1.0)


def draw_odds(argument: Argument) -> bytes:
    """What each kind adds to the prior, and how the conclusion hangs on the prior, as SVG."""
    high = 0.5 + 0.27 * (len(argument.groups) + 2) + 0.55
    high = max(high, 2.1)
    with rc_context(chart.STYLE):
        figure = Figure(figsize=(WIDTH_IN, high))
        FigureCanvasAgg(figure)
        below, above = 0.42 / high, 1 - 0.3 / high
        _steps(figure.add_axes((1.22 / WIDTH_IN, below, 2.75 / WIDTH_IN, above - below)), argument)
        _priors(figure.add_axes((4.65 / WIDTH_IN, below, 2.4 / WIDTH_IN, above - below)), argument)
        return chart.svg_bytes(figure)


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Log-odds shown: all that is reached, and 1% to 99%."""
    least = log_odds_of(0.008)
    return min([least, *(v - 0.3 for v in values)]), max([-least, *(v + 0.3 for v in values)])


def _words(axes: Axes, *, across: bool) -> None:
    """Bands of the words, every other one shaded."""
    for number, (low, high) in enumerate(pairwise(_BANDS)):
        ends = [log_odds_of(min(max(p, 1e-9), 1 - 1e-9)) for p in (low, high)]
        if number % 2 == 0:
            draw = axes.axvspan if across else axes.axhspan
            draw(*ends, color="#eef2f5", lw=0, zorder=0)


def _steps(axes: Axes, argument: Argument) -> None:
    at = log_odds_of(argument.prior)
    rows = [("prior", at, at)]
    for one in argument.groups:
        rows.append((str(one.group).replace("-", " "), at, at + one.applied))
        at += one.applied
    low, high = _span([end for _, a, b in rows for end in (a, b)] + [argument.log_odds])
    _words(axes, across=True)
    for number, (name, start, end) in enumerate(rows):
        if name == "prior":
            axes.plot([end], [number], marker="D", ms=4, color=chart.INK, zorder=4)
        else:
            axes.barh(number, end - start, left=start, height=0.5, color=colour_of(end - start),
                      zorder=3)  # fmt: skip
            axes.plot([start, start], [number - 1, number], lw=0.5, color=chart.MUTED, zorder=2)
        axes.text(low, number, f"{name} ", ha="right", va="center", size=6.8)
    _result(axes, argument, len(rows), at)
    axes.axvline(0.0, color=chart.MUTED, lw=0.6, ls=(0, (3, 2)), zorder=1)
    axes.set_xlim(low, high)
    axes.set_ylim(len(rows) + 0.6, -0.6)
    axes.set_yticks([])
    axes.set_xticks([log_odds_of(p) for p in _TICKS], [f"{100 * p:.0f}%" for p in _TICKS])
    _plain(axes, "What each kind adds, from the case's own prior")


def _result(axes: Axes, argument: Argument, row: int, at: float) -> None:
    end = argument.log_odds
    if abs(end - at) > 0.02:
        axes.plot([at, end], [row, row], lw=1.2, color=chart.PURPLE, zorder=3)
    axes.plot([at, at], [row - 1, row], lw=0.5, color=chart.MUTED, zorder=2)
    axes.plot([end], [row], marker="o", ms=5, color=chart.INK, zorder=4)
    axes.annotate(
        percent(argument.probability), (end, row), (0, 6), textcoords="offset points",
        ha="center", va="bottom", size=6.8, weight="bold", zorder=5,
    )  # fmt: skip
    axes.annotate(
        "result" if abs(end - at) <= 0.02 else "beside rivals", (0, row), (-3, 0),
        xycoords=("axes fraction", "data"), textcoords="offset points", ha="right", va="center",
        size=6.8, weight="bold",
    )  # fmt: skip


def _priors(axes: Axes, argument: Argument) -> None:
    line = np.linspace(log_odds_of(0.0005), log_odds_of(0.7), 200)
    _words(axes, across=False)
    axes.plot(line, line + argument.moved, color=chart.INK, lw=1.0, zorder=2)
    for row in argument.sensitivity:
        x = log_odds_of(row.prior)
        mark = {"standard": "o", "this case": "D"}.get(row.label, "|")
        fill = chart.BLUE if row.label == "this case" else "white"
        axes.plot([x], [x + argument.moved], marker=mark, ms=5, mec=chart.INK, mew=0.9, color=fill,
                  zorder=4)  # fmt: skip
        if row.label in {"standard", "this case"}:
            told = term(chance(x + argument.moved))
            # Toward the middle of the sheet, off its line: words at an edge would be cut.
            right = x > (line[0] + line[-1]) / 2
            axes.annotate(told, (x, x + argument.moved), (-5, 4) if right else (6, -1),
                          textcoords="offset points", size=5.8, zorder=5,
                          ha="right" if right else "left", va="bottom" if right else "top",
                          )  # fmt: skip
    low, high = _span([])
    axes.axhline(0.0, color=chart.MUTED, lw=0.6, ls=(0, (3, 2)), zorder=1)
    top = max(high, log_odds_of(0.1) + argument.moved)
    axes.set_ylim(min(low, line[0] + argument.moved) - 0.9, top)
    axes.set_xlim(line[0], line[-1] + 0.6)
    axes.set_yticks([log_odds_of(p) for p in _TICKS], [f"{100 * p:.0f}%" for p in _TICKS])
    shown = (0.001, 0.01, 0.1, 0.5)
    axes.set_xticks([log_odds_of(p) for p in shown], [f"{p:g}" for p in shown])
    _plain(axes, "What it would be under other priors")


def _plain(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", size=7.2, pad=5, color=chart.INK)
    axes.tick_params(length=2.5, width=0.5, labelsize=6.2, colors=chart.MUTED, pad=2)
    for side in ("right", "top"):
        axes.spines[side].set_visible(False)
