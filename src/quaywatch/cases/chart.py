"""What maps and timelines share: colours, Mercator, unwrapped longitudes, bytes that repeat."""

import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from numpy.typing import NDArray

from quaywatch.cases.letters import legible

INK = "#1b1b1b"
MUTED = "#5c5c5c"
LAND = "#e7e1d3"
COAST = "#a89f8b"
SEA = "#f5f8fa"
BLUE = "#0072b2"
VERMILION = "#d55e00"
GREEN = "#00795a"
PURPLE = "#9c4f86"
OCHRE = "#8f6400"
"""Okabe and Ito's colours, some darkened until text in them reads at 4.5:1 on white."""

STYLE: Any = {
    "svg.fonttype": "path",
    "svg.hashsalt": "quaywatch",
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.6,
    "text.color": INK,
    "hatch.linewidth": 0.5,
    "path.simplify": True,
    "text.parse_math": False,  # A dollar sign in a label is a dollar sign.
}
_DECIMALS = re.compile(r"(-?\d+\.\d{2})\d+")
_PATH_DATA = re.compile(r' d="[^"]*"')
_METADATA = re.compile(r"<metadata>.*?</metadata>\s*", re.DOTALL)
_GROUP = re.compile(r'<g id="[^"]*">')
_HALO = re.compile(
    r'(<path d="([^"]*)" style="fill: [^"]*stroke: [^"]*)"/>\s*<path d="\2" style="[^"]*"/>'
)
"""A label drawn twice, with its halo and without: one path that is stroked first looks the same."""
_CORNER = re.compile(r"[ML] -?[\d.]+ -?[\d.]+ ?|z ?")
THIN_FROM = 200
"""Lines of path data from which a path is thinned: a coast, never a letter."""
THIN_PT = 0.25
"""A twelfth of a millimetre in print, half the width of the line."""
THIN_RUN = 60
MAX_MERCATOR_LAT = 84.0


@cache
def _charmap() -> frozenset[int]:
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def drawable(text: str, width: int = 32) -> str:
    """The text as a figure can show it: wrapped, and ``legible`` where our one font lacks it.

    System fonts would draw more scripts, and other bytes on every machine; the tables beside each
    figure carry the text in full.

    Examples:
        >>> drawable("남포 1, Nampo")
        'Nampo 1, Nampo'

    """
    shown = legible(text, _charmap())
    return "\n".join(part for line in shown.split("\n") for part in wrap(line, width) or [""])


def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG: same figure, same bytes, with no date and no script.

    Coordinates keep 0.01 point, a tenth of what a printer resolves.
    """
    out = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue().decode()
    text = _PATH_DATA.sub(lambda m: _DECIMALS.sub(r"\1", _thinned(m.group(0))), text)
    return _slim(text).encode()


def _slim(text: str) -> str:
    """The drawing without names of groups, which nothing refers to, and white space."""
    text = _GROUP.sub("<g>", _METADATA.sub("", text))
    text = _PATH_DATA.sub(lambda m: " " + " ".join(m.group(0).split()), text)
    return _HALO.sub(r'\1; paint-order: stroke"/>', text)


def _thinned(data: str) -> str:
    """Path data without the corners of long lines that lie on them to ``THIN_PT``.

    Coastlines come with a corner at every cell of a grid. Curves, and what a path may hold beside
    lines, are left as they are.
    """
    lines = data.splitlines()
    if len(lines) < THIN_FROM or not all(_CORNER.fullmatch(line) for line in lines[1:-1]):
        return data
    kept: list[str] = []
    run: list[tuple[float, float]] = []
    for line in lines:
        corner = line.strip().removeprefix('d="')
        if corner.startswith(("M", "L")):
            x, y = map(float, corner[1:].split())
            if corner[0] == "M":
                kept.extend(_written(run))
                run = []
            run.append((x, y))
        else:
            kept.extend(_written(run))
            run = []
            kept.append(corner)
    return ' d="' + "\n".join(kept)


def _written(run: Sequence[tuple[float, float]]) -> list[str]:
    return [
        f"{'L' if index else 'M'} {x:.1f} {y:.1f}" for index, (x, y) in enumerate(straightened(run))
    ]


def straightened(run: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The ends of straight stretches that pass every corner between them within ``THIN_PT``.

    Args:
        run: corners (x, y) in points, in order; a ring names its first again at its end.

    Examples:
        >>> straightened([(0, 0), (1, 0), (2, 0), (3, 0), (3, 4)])
        [(0, 0), (3, 0), (3, 4)]

    """
    if len(run) < 3:
        return list(run)
    kept, start = [run[0]], 0
    for end in range(2, len(run)):
        (x0, y0), (x1, y1) = run[start], run[end]
        length = math.hypot(x1 - x0, y1 - y0)
        between = run[start + 1 : end]
        # A stretch that turns back on itself is no line, however near its corners lie to it.
        if len(between) > THIN_RUN or any(
            abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) > THIN_PT * length
            or max(math.hypot(x - x0, y - y0), math.hypot(x - x1, y - y1)) > length
            for x, y in between
        ):
            start = end - 1
            kept.append(run[start])
    return [*kept, run[-1]]


def mercator(lat: float) -> float:
    """Mercator ordinate in degrees, clipped to ±84°."""
    phi = math.radians(max(-MAX_MERCATOR_LAT, min(MAX_MERCATOR_LAT, lat)))
    return math.degrees(math.log(math.tan(math.pi / 4 + phi / 2)))


def inverse_mercator(y: float) -> float:
    """Latitude in degrees of a Mercator ordinate in degrees."""
    return math.degrees(2 * math.atan(math.exp(math.radians(y))) - math.pi / 2)


def west_edge(lons: Iterable[float]) -> float:
    """The longitude from which to unwrap: the east end of the widest empty stretch.

    Examples:
        >>> west_edge([179.0, -179.0, -175.0])
        179.0

    """
    ordered = sorted({(lon + 180) % 360 - 180 for lon in lons})
    gaps = [
        ((following - lon) % 360 or 360, following)
        for lon, following in zip(ordered, [*ordered[1:], ordered[0]], strict=True)
    ]
    return max(gaps)[1]


def unwrap(lon: float, west: float) -> float:
    """The longitude at or east of ``west``, less than a turn away.

    Examples:
        >>> unwrap(-179.0, 179.0)
        181.0

    """
    # The rounding keeps the edge itself from landing a whole turn away.
    return west + round((lon - west) % 360, 9) % 360


def great_circle(
    start: Sequence[float], end: Sequence[float], steps: int = 96
) -> list[tuple[float, float]]:
    """Points (lon, lat in degrees) along the sphere's great circle, for drawing only."""
    vectors = []
    for lon, lat in (start[:2], end[:2]):
        lam, phi = math.radians(lon), math.radians(lat)
        across = math.cos(phi)
        vectors.append((across * math.cos(lam), across * math.sin(lam), math.sin(phi)))
    a, b = (np.asarray(v) for v in vectors)
    angle = math.acos(max(-1.0, min(1.0, float(a @ b))))
    if angle < 1e-9 or math.pi - angle < 1e-9:
        return [(start[0], start[1]), (end[0], end[1])]
    t = np.linspace(0.0, 1.0, steps)[:, None]
    points = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / math.sin(angle)
    lons = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    lats = np.degrees(np.arcsin(np.clip(points[:, 2], -1, 1)))
    return [(float(lon), float(lat)) for lon, lat in zip(lons, lats, strict=True)]


def disc(centre: Sequence[float], radius_nm: float, corners: int = 72) -> list[tuple[float, float]]:
    """A circle on the sphere as a closed ring of (lon, lat), degrees."""
    lon0, lat0 = math.radians(centre[0]), math.radians(centre[1])
    arc = math.radians(radius_nm / 60)
    ring = []
    for k in range(corners + 1):
        bearing = 2 * math.pi * k / corners
        lat = math.asin(
            math.sin(lat0) * math.cos(arc) + math.cos(lat0) * math.sin(arc) * math.cos(bearing)
        )
        lon = lon0 + math.atan2(
            math.sin(bearing) * math.sin(arc) * math.cos(lat0),
            math.cos(arc) - math.sin(lat0) * math.sin(lat),
        )
        ring.append((math.degrees(lon), math.degrees(lat)))
    return ring


@dataclass(frozen=True, slots=True)
class Frame:
    """What a map shows: unwrapped longitudes (``east`` may pass 180) and latitudes, degrees."""

    west: float
    south: float
    east: float
    north: float

    @property
    def width(self) -> float:
        """Degrees of longitude."""
        return self.east - self.west

    @property
    def height(self) -> float:
        """Mercator degrees."""
        return mercator(self.north) - mercator(self.south)

    @property
    def middle_lat(self) -> float:
        """Latitude at mid-height of the sheet."""
        return inverse_mercator((mercator(self.north) + mercator(self.south)) / 2)


def frame_around(
    points: NDArray[np.float64],
    *,
    margin: float = 0.16,
    min_width_deg: float = 0.02,
    shape: tuple[float, float] = (0.55, 1.0),
) -> Frame:
    """The sheet around unwrapped points, shape (N, 2): lon, lat in degrees.

    Args:
        points: what must be on the sheet.
        margin: empty border, as a share of the larger side.
        min_width_deg: never narrower than this.
        shape: least and greatest height over width.

    """
    west, east = float(points[:, 0].min()), float(points[:, 0].max())
    low, high = (mercator(float(f(points[:, 1]))) for f in (np.min, np.max))
    side = max(east - west, high - low, min_width_deg / (1 + 2 * margin))
    width = max(east - west + 2 * margin * side, min_width_deg)
    height = max(high - low + 2 * margin * side, min_width_deg * shape[0])
    height = max(height, width * shape[0])
    width = max(width, height / shape[1])
    mid_x, mid_y = (west + east) / 2, (low + high) / 2
    return Frame(
        mid_x - width / 2,
        inverse_mercator(mid_y - height / 2),
        mid_x + width / 2,
        inverse_mercator(mid_y + height / 2),
    )


def nice_step(span: float, parts: int, steps: Sequence[float]) -> float:
    """The step of ``steps`` that cuts ``span`` into about ``parts``."""
    return min(steps, key=lambda step: abs(math.log(span / parts / step)))
