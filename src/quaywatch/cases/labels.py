"""Labels beside points, each where it covers least: no other label, marker or line."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from quaywatch.cases.chart import INK, mercator

_SPOTS = (
    (9, 0, "left", "center"),
    (-9, 0, "right", "center"),
    (0, 9, "center", "bottom"),
    (0, -9, "center", "top"),
    (7, 7, "left", "bottom"),
    (-7, 7, "right", "bottom"),
    (7, -7, "left", "top"),
    (-7, -7, "right", "top"),
    (16, 18, "left", "bottom"),
    (-16, -18, "right", "top"),
    (16, -18, "left", "top"),
    (-16, 18, "right", "bottom"),
)
"""Offsets in points, best first."""


def _overlap(a: Bbox, b: Bbox) -> float:
    wide = min(a.x1, b.x1) - max(a.x0, b.x0)
    high = min(a.y1, b.y1) - max(a.y0, b.y0)
    return float(max(wide, 0.0) * max(high, 0.0))


def _inside(box: Bbox, pixels: NDArray[np.float64]) -> int:
    if not len(pixels):
        return 0
    x, y = pixels[:, 0], pixels[:, 1]
    return int(np.sum((x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)))


def _dense(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vertices of a drawn line, no two more than about four pixels apart."""
    pieces = [pixels[:1]]
    for a, b in pairwise(pixels):
        count = int(np.hypot(*(b - a)) // 4) + 1
        pieces.append(a + (b - a) * np.linspace(0, 1, count + 1)[1:, None])
    return np.vstack(pieces)


def place_labels(
    axes: Axes,
    canvas: FigureCanvasAgg,
    points: Sequence[tuple[str, NDArray[np.float64]]],
    lines: Sequence[NDArray[np.float64]],
) -> None:
    """Write each label beside its point (lon, lat in degrees), clear of the rest.

    Equal labels on equal points are written once; no label is dropped for want of room.
    """
    renderer = cast("Any", canvas).get_renderer()  # matplotlib leaves it untyped
    bounds = axes.get_window_extent(renderer)
    to_pixels = axes.transData.transform
    spots = {label: to_pixels((p[0], mercator(p[1]))) for label, p in points}
    drawn = [
        _dense(to_pixels(np.column_stack((v[:, 0], [mercator(y) for y in v[:, 1]])))) for v in lines
    ]
    obstacles = np.vstack(drawn) if drawn else np.empty((0, 2))
    markers = [Bbox.from_bounds(x - 6, y - 6, 12, 12) for x, y in spots.values()]
    taken = [inset.get_window_extent(renderer) for inset in axes.child_axes]
    # The scale bar's corner.
    taken.append(Bbox.from_bounds(bounds.x0, bounds.y0, bounds.width * 0.26, bounds.height * 0.11))
    for label, point in dict(points).items():
        best: tuple[float, Bbox, tuple[float, float, str, str]] | None = None
        for rank, spot in enumerate(_SPOTS):
            text = axes.annotate(
                label, (point[0], mercator(point[1])), xytext=spot[:2], ha=spot[2], va=spot[3],
                textcoords="offset points", size=7.2, linespacing=1.15,
            )  # fmt: skip
            box = text.get_window_extent(renderer).padded(1.5)
            text.remove()
            cost = sum(_overlap(box, other) for other in (*taken, *markers))
            cost += 25.0 * _inside(box, obstacles) + 3.0 * rank
            cost += 4 * (box.width * box.height - _overlap(box, bounds))
            if best is None or cost < best[0]:
                best = (cost, box, spot)
        if best is None:
            continue
        taken.append(best[1])
        dx, dy, ha, va = best[2]
        axes.annotate(
            label, (point[0], mercator(point[1])), xytext=(dx, dy), ha=ha, va=va,
            textcoords="offset points", size=7.2, linespacing=1.15, color=INK, zorder=10,
            path_effects=[withStroke(linewidth=2.6, foreground="white")],
        )  # fmt: skip
