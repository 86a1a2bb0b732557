"""A map of where, and a strip of when, silence means anything.

Cells are shaded by the messages that a ship there would leave in an hour; where fewer than five
peers tell, the cell is hatched: it cannot be judged, which is not the same as deaf.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from quaywatch.cases import chart
from quaywatch.cases.chart import Frame, mercator
from quaywatch.cases.maps import LandRaster
from quaywatch.cases.sheet import draw_graticule, draw_land, draw_scale_bar

STEPS: Final = (0.0, 1.0, 5.0, 20.0, 60.0, float("inf"))
"""Bounds of the classes, messages per vessel-hour."""
COLOURS: Final = ("#f4d3c0", "#d3e3ee", "#98c1db", "#4f96c4", "#0b5a92")
NAMES: Final = (
    "under 1: ships pass here unheard",
    "1 to 5",
    "5 to 20",
    "20 to 60",
    "60 and more: heard every minute or so",
)
CELL_DEG: Final = 0.5
_WIDTH_IN = 6.7
_HATCH = "#9a9a9a"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the map shows; one element a cell."""

    lon: NDArray[np.float64]
    """West edge of each cell, WGS84 degrees."""
    lat: NDArray[np.float64]
    """South edge."""
    per_hour: NDArray[np.float64]
    """Messages per vessel-hour; NaN where fewer than five peers tell."""
    peers: NDArray[np.int64]
    """Ships that tell."""


def class_of(per_hour: float) -> int:
    """Which class of ``STEPS`` a rate falls in.

    Examples:
        >>> class_of(0.0), class_of(4.99), class_of(5.0), class_of(200.0)
        (0, 1, 2, 4)

    """
    return int(np.searchsorted(STEPS, per_hour, side="right")) - 1


def draw_reception(  # each a different thing, all named
    heard: Heard,
    *,
    land: LandRaster,
    title: str,
    credit: str,
    strength: Sequence[float] | None = None,
    times: tuple[str, str] = ("", ""),
) -> bytes | None:
    """The map as SVG bytes; None where there is no cell to draw.

    Args:
        heard: the cells.
        land: where land is.
        title: what was heard, by whom and when, in a line.
        credit: whose data it is.
        strength: for a strip below: how strongly the feed was heard in each half hour, over its
            usual strength; NaN where nobody was there to tell.
        times: labels of the first and last moment of the strip.

    """
    figure = _figure(heard, land, title, credit, strength, times)
    return None if figure is None else chart.svg_bytes(figure)


def _figure(
    heard: Heard,
    land: LandRaster,
    title: str,
    credit: str,
    strength: Sequence[float] | None,
    times: tuple[str, str],
) -> Figure | None:
    if not len(heard.lon):
        return None
    west = chart.west_edge(heard.lon.tolist())
    lon = np.array([chart.unwrap(float(x), west) for x in heard.lon])
    frame = _frame(lon, heard)
    with rc_context(chart.STYLE):
        map_high = _WIDTH_IN * 0.9 * frame.height / frame.width
        strip = 0.0 if strength is None else 0.75
        high = map_high + 1.9 + strip
        figure = Figure(figsize=(_WIDTH_IN, high))
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.065, (1.42 + strip) / high, 0.9, map_high / high))
        axes.set_xlim(frame.west, frame.east)
        axes.set_ylim(mercator(frame.south), mercator(frame.north))
        axes.set_facecolor(chart.SEA)
        _cells(axes, lon, heard)
        draw_land(axes, frame, land)
        draw_graticule(axes, frame)
        draw_scale_bar(axes, frame)
        shown = chart.drawable(title, 84)
        figure.text(0.065, 1 - 0.1 / high, shown, va="top", size=9, weight="bold")
        _legend(figure, (1.17 + strip) / high)
        if strength is not None:
            box = (0.065, 0.42 / high, 0.9, 0.34 / high)
            _strip(figure.add_axes(box), np.asarray(strength, float), times)
        figure.text(0.965, 0.05 / high, credit, ha="right", va="bottom", size=6,
                    color=chart.MUTED)  # fmt: skip
    return figure


def _frame(lon: NDArray[np.float64], heard: Heard) -> Frame:
    """The sheet: every cell with a rate; lone cells far out do not shrink the rest."""
    told = np.isfinite(heard.per_hour) & (heard.peers > 0)
    shown = told if told.any() else np.ones(len(lon), bool)
    corners = np.vstack(
        [
            np.column_stack((lon[shown], heard.lat[shown])),
            np.column_stack((lon[shown], heard.lat[shown])) + CELL_DEG,
        ]
    )
    return chart.frame_around(corners, margin=0.03, shape=(0.5, 1.1))


def _cells(axes: Axes, lon: NDArray[np.float64], heard: Heard) -> None:
    colours = ListedColormap(COLOURS)
    norm = BoundaryNorm(np.arange(len(COLOURS) + 1), len(COLOURS))
    for x, y, rate in zip(lon, heard.lat, heard.per_hour, strict=True):
        low, top = mercator(float(y)), mercator(float(y) + CELL_DEG)
        unknown = bool(np.isnan(rate))
        axes.add_patch(
            Rectangle(
                (float(x), low), CELL_DEG, top - low, zorder=0.5, lw=0.0 if unknown else 0.3,
                fc="white" if unknown else colours(norm(class_of(float(rate)))),
                ec=_HATCH if unknown else "white", hatch="/////" if unknown else None,
            )
        )  # fmt: skip


def _legend(figure: Figure, top: float) -> None:
    handles = [
        Patch(fc=colour, ec=chart.MUTED, lw=0.3, label=name)
        for colour, name in zip(COLOURS, NAMES, strict=True)
    ]
    handles.append(
        Patch(fc="white", ec=_HATCH, hatch="/////", lw=0.3,
              label="fewer than 5 ships passed: silence cannot be judged")
    )  # fmt: skip
    handles.append(
        Patch(fc=chart.SEA, ec=chart.MUTED, lw=0.3, label="no ship known to have passed")
    )
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.055, top), ncols=2, frameon=False,
        handlelength=1.8, columnspacing=2.0, borderaxespad=0.0, fontsize=7.2,
        title="Messages that a ship sailing there at 3 to 14 kn leaves in this feed in an hour",
        title_fontsize=7.5, alignment="left",
    )  # fmt: skip


def _strip(axes: Axes, strength: NDArray[np.float64], times: tuple[str, str]) -> None:
    x = np.arange(len(strength))
    known = np.isfinite(strength)
    axes.fill_between(
        x, 0, np.where(known, np.minimum(strength, 1.5), 0.0), step="mid", color=COLOURS[3], lw=0
    )
    axes.fill_between(x, 0, np.where(known, 0.0, 1.5), step="mid", fc="white", ec=_HATCH,
                      hatch="/////", lw=0.0)  # fmt: skip
    axes.set_xlim(0, max(len(strength) - 1, 1))
    axes.set_ylim(0, 1.5)
    axes.set_yticks([0, 1], ["silent", "usual"])
    axes.set_xticks([0, max(len(strength) - 1, 1)], list(times))
    labels = axes.get_xticklabels()
    labels[0].set_horizontalalignment("left")
    labels[-1].set_horizontalalignment("right")
    axes.tick_params(length=2, width=0.5, labelsize=6.8, colors=chart.MUTED, pad=2)
    axes.set_title("When: how strongly the feed was heard, by half hour", loc="left", size=7.5,
                   pad=3, color=chart.INK)  # fmt: skip
