"""What lies under a map's evidence: coast, graticule, scale bar."""

import math
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from quaywatch.cases import chart
from quaywatch.cases.chart import Frame, mercator

_Land = Callable[[float, float, float, float, float], NDArray[np.bool_]]
_CELLS = 480
"""Land cells across a sheet: finer than a printed hairline is wide."""
_DEGREES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30)
_MILES = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def _land_over(frame: Frame, land: _Land, step: float) -> NDArray[np.bool_]:
    """Land on the frame, asked for within ±180° and joined at the antimeridian."""
    south, north = max(frame.south, -90.0), min(frame.north, 90.0)
    pieces, west = [], frame.west
    while west < frame.east - step / 2:
        turn = 360 * math.floor((west + 180) / 360)
        east = min(frame.east, turn + 180)
        pieces.append(land(west - turn, south, east - turn, north, step))
        west = east
    rows = min(piece.shape[0] for piece in pieces)
    return np.hstack([piece[:rows] for piece in pieces])


def _softened(grid: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Binomial smoothing, 3 by 3, so that the half contour runs between cells, not along them."""
    padded = np.pad(grid.astype(float), 1, mode="edge")
    across = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
    smooth: NDArray[np.float64] = (across[:-2] + 2 * across[1:-1] + across[2:]) / 4
    return smooth


def draw_land(axes: Axes, frame: Frame, land: _Land) -> None:
    """Fill the land and line its coast; a sheet without land stays sea."""
    step = max(frame.width, frame.height) / _CELLS
    grid = _land_over(frame, land, step)
    if not grid.any() or min(grid.shape) < 2:
        return
    rows, columns = grid.shape
    x = frame.west + (np.arange(columns) + 0.5) * frame.width / columns
    lats = frame.south + (np.arange(rows) + 0.5) * (frame.north - frame.south) / rows
    y = np.array([mercator(lat) for lat in lats])
    # Cell centres stop half a cell short of the frame: stretch the border cells over it.
    x[0], x[-1], y[0], y[-1] = frame.west, frame.east, mercator(frame.south), mercator(frame.north)
    soft = _softened(grid)
    # One path fills the land and lines its coast; along the frame the line lies under the spine.
    drawn = axes.contourf(x, y, soft, levels=[0.5, 2.0], colors=[chart.LAND], zorder=1)
    drawn.set_edgecolor(chart.COAST)
    drawn.set_linewidth(0.5)


def _degree_label(value: float, step: float, names: tuple[str, str]) -> str:
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    if round(value, 6) in {0.0, 180.0}:
        return f"{abs(value):.{decimals}f}°"
    return f"{abs(value):.{decimals}f}°{names[value < 0]}"


def _multiples(low: float, high: float, step: float) -> list[float]:
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def draw_graticule(axes: Axes, frame: Frame) -> None:
    """Meridians and parallels at round degrees, labelled west and south of the sheet."""
    step = chart.nice_step(frame.width, 5, _DEGREES)
    lons = _multiples(frame.west, frame.east, step)
    lats = [v for v in _multiples(frame.south, frame.north, step) if abs(v) <= 84]
    turned = [round((lon + 180) % 360 - 180, 9) for lon in lons]
    axes.set_xticks(lons, [_degree_label(v, step, ("E", "W")) for v in turned])
    axes.set_yticks([mercator(v) for v in lats], [_degree_label(v, step, ("N", "S")) for v in lats])
    axes.grid(visible=True, color="#c9d3da", lw=0.45, zorder=2)
    axes.set_axisbelow(False)
    for line in (*axes.get_xgridlines(), *axes.get_ygridlines()):
        line.set_zorder(2)
    axes.tick_params(length=2.5, width=0.5, labelsize=6.8, colors=chart.MUTED, pad=2)


def draw_scale_bar(axes: Axes, frame: Frame) -> None:
    """A bar in nautical miles, true at the sheet's middle latitude, which it names."""
    lat = frame.middle_lat
    per_degree = 60 * math.cos(math.radians(lat))
    length_nm = chart.nice_step(frame.width * per_degree, 5, _MILES)
    share = length_nm / per_degree / frame.width
    left, bottom, high = 0.025, 0.03, 0.009
    box = Rectangle(
        (left - 0.015, bottom - 0.02), share + 0.03, 0.075, transform=axes.transAxes,
        fc="white", ec="none", alpha=0.75, zorder=7,
    )  # fmt: skip
    axes.add_patch(box)
    for k, colour in enumerate((chart.INK, "white")):
        axes.add_patch(
            Rectangle(
                (left + k * share / 2, bottom), share / 2, high, transform=axes.transAxes,
                fc=colour, ec=chart.INK, lw=0.6, zorder=8,
            )
        )  # fmt: skip
    axes.text(
        left, bottom + high + 0.012, f"{length_nm:g} nm at {_degree_label(lat, 1, ('N', 'S'))}",
        transform=axes.transAxes, size=6.6, va="bottom", zorder=8,
    )  # fmt: skip
