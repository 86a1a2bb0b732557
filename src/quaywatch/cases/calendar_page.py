"""A sheet for print: a title that says the finding, lines that say what cannot be seen, credits.

Every calendar and chart of a site is drawn on one. What is drawn can be told apart without colour:
by lightness first, and by hatching where nobody looked. Same data, same bytes.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from quaywatch.cases import chart
from quaywatch.cases.film import font

WIDTH_IN: Final = 7.1
"""A page's width within its margins."""
MARGIN_IN: Final = 0.12
DPI: Final = 250
"""Of the PNG."""
FULL: Final = "#0b3c6f"
"""Darkest: what was found, or was usable."""
HALF: Final = "#5e97c9"
PALE: Final = "#f4e7c3"
"""Lightest but one: seen, and nothing there."""
GREY: Final = "#a3a3a3"
"""Looked, and could not tell."""
EDGE: Final = "#8a8a8a"
HATCH: Final = "#bdbdbd"
KEY_IN: Final = 0.22
"""Height of the row of a key, inches."""
Mark = Callable[[Axes, float, float, float], None]
"""Draws a square at x, y (downward) of so long a side."""
_TITLE_PT: Final = 12.5
_LINE_PT: Final = 8.0
_FOOT_PT: Final = 6.3


@dataclass(frozen=True, slots=True)
class Sheet:
    """The words around a drawing."""

    title: str
    lines: tuple[str, ...]
    credits: tuple[str, ...]
    """Sources and method, a line each."""
    stamp: str | None = None
    """SIMULATED, where it is."""


class Page:
    """A figure with its words set and a place left for the drawing.

    Args:
        sheet: the words.
        body_in: height of the drawing with its key, inches.

    """

    def __init__(self, sheet: Sheet, body_in: float) -> None:
        self.sheet = sheet
        wide = WIDTH_IN - 2 * MARGIN_IN
        room = wide - (1.2 if sheet.stamp else 0.0)
        self._title = wrapped(sheet.title, room, _TITLE_PT, bold=True)
        self._lines = [part for line in sheet.lines for part in wrapped(line, wide, _LINE_PT)]
        self._credits = [part for line in sheet.credits for part in wrapped(line, wide, _FOOT_PT)]
        self._head = 0.16 + 0.22 * len(self._title) + 0.145 * len(self._lines) + 0.1
        self._foot = 0.14 + 0.115 * len(self._credits)
        self.height_in = self._head + body_in + self._foot
        self.body_in = body_in
        with rc_context(chart.STYLE):
            self.figure = Figure(figsize=(WIDTH_IN, self.height_in), facecolor="white")
            self._words()

    def _words(self) -> None:
        y = 0.1
        for line in self._title:
            self._text(MARGIN_IN, y, line, size=_TITLE_PT, weight="bold", color=chart.INK)
            y += 0.22
        for line in self._lines:
            self._text(MARGIN_IN, y + 0.03, line, size=_LINE_PT, color=chart.MUTED)
            y += 0.145
        y = self.height_in - self._foot + 0.06
        for line in self._credits:
            self._text(MARGIN_IN, y, line, size=_FOOT_PT, color=chart.MUTED)
            y += 0.115
        if self.sheet.stamp:
            self.figure.text(
                1 - MARGIN_IN / WIDTH_IN, 1 - 0.1 / self.height_in, self.sheet.stamp,
                size=9, weight="bold", color="white", ha="right", va="top",
                bbox={"facecolor": "#b01414", "edgecolor": "none", "pad": 3},
            )  # fmt: skip

    def _text(self, x_in: float, y_in: float, text: str, **style: Any) -> None:  # noqa: ANN401  # matplotlib's own names
        self.figure.text(x_in / WIDTH_IN, 1 - y_in / self.height_in, text, va="top", **style)

    def axes(self, left_in: float, top_in: float, width_in: float, height_in: float) -> Axes:
        """Axes at so many inches from the left and from the top of the drawing's place."""
        bottom = self.height_in - self._head - top_in - height_in
        return self.figure.add_axes(
            (left_in / WIDTH_IN, bottom / self.height_in, width_in / WIDTH_IN,
             height_in / self.height_in)
        )  # fmt: skip

    def key(self, entries: Sequence[tuple[str, Mark]], top_in: float) -> None:
        """The key in a row, so many inches below the top of the drawing's place.

        Args:
            entries: label, and what draws its mark in a square on axes in inches, y downward.
            top_in: inches.

        """
        axes = self.axes(0, top_in, WIDTH_IN, KEY_IN)
        axes.set_xlim(0, WIDTH_IN)
        axes.set_ylim(KEY_IN, 0)
        axes.axis("off")
        x, side = MARGIN_IN, 0.15
        for label, mark in entries:
            mark(axes, x, (KEY_IN - side) / 2, side)
            axes.text(x + side + 0.07, KEY_IN / 2, label, size=7.2, va="center")
            x += side + 0.07 + width_in(label, 7.2) + 0.24

    def svg(self) -> bytes:
        """As SVG: letters as shapes, so that it looks alike everywhere; no date, no script."""
        return chart.svg_bytes(self.figure)

    def png(self) -> bytes:
        """As PNG at 250 dots an inch."""
        out = io.BytesIO()
        with rc_context(chart.STYLE):
            self.figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
        return out.getvalue()


def drawn(page: Page, form: str) -> bytes:
    """The page as ``svg`` or ``png``."""
    return page.svg() if form == "svg" else page.png()


def box(face: str, *, edge: str = EDGE, hatch: str | None = None) -> Mark:
    """A square of one tone."""

    def mark(axes: Axes, x: float, y: float, side: float) -> None:
        axes.add_patch(Rectangle((x, y), side, side, fc=face, ec=edge, lw=0.3, hatch=hatch))

    return mark


NOT_LOOKED: Final = box("white", edge=HATCH, hatch="////////")
"""What nobody looked at, everywhere alike."""


def width_in(text: str, points: float, *, bold: bool = False) -> float:
    """Width of a line in inches, in the one font.

    Examples:
        >>> round(width_in("no image", 7.2), 1)
        0.5

    """
    return font(100, bold=bold).getlength(text) / 100 * points / 72


def wrapped(text: str, width: float, points: float, *, bold: bool = False) -> list[str]:
    """A text as lines no wider than so many inches, as far as its words allow."""
    lines: list[str] = []
    for word in chart.drawable(text, 10_000).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_in(longer, points, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def spoken(day: date) -> str:
    """A day as a newspaper writes it.

    Examples:
        >>> spoken(date(2024, 3, 2))
        '2 Mar 2024'

    """
    return f"{day.day} {day:%b %Y}"
