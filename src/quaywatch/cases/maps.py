"""The map of a finding: where it was broadcast, where it was seen, and the water between.

Land comes from the mask that the distances were computed on, so that the map cannot show another
coast than the working used. Drawn in Mercator, as charts are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from numpy.typing import NDArray

from quaywatch.cases import chart
from quaywatch.cases.chart import Frame, mercator
from quaywatch.cases.contents import ROLES, MapFeature
from quaywatch.cases.labels import place_labels
from quaywatch.cases.sheet import draw_graticule, draw_land, draw_scale_bar

LandRaster = Callable[[float, float, float, float, float], NDArray[np.bool_]]
"""(lon_min, lat_min, lon_max, lat_max, resolution_deg) → 2-D, True is land, row 0 is south."""

WIDTH_IN = 6.7
CREDIT_IN = 0.14
"""Height of the line below the legend that says whose land this is."""
WIDE_DEG = 0.12
"""No sheet is narrower, about 6 nm: a place without the coast around it says little."""
NEAR = 0.035
"""Points closer than this share of the sheet's width get an inset."""

_POINTS: dict[str, dict[str, Any]] = {
    "broadcast": {"marker": "^", "mfc": "white", "mec": chart.VERMILION, "mew": 1.6, "ms": 8},
    "sighting": {"marker": "s", "mfc": chart.BLUE, "mec": "white", "mew": 0.8, "ms": 7.5},
    "detection": {"marker": "D", "mfc": chart.BLUE, "mec": "white", "mew": 0.6, "ms": 5},
}
_OTHER_POINT: dict[str, Any] = {"marker": "o", "mfc": chart.INK, "mec": "white", "ms": 5}
_LINES: dict[str, dict[str, Any]] = {
    "great-circle": {"color": chart.INK, "lw": 0.9, "ls": (0, (1, 1.8))},
    "water-path": {"color": chart.BLUE, "lw": 1.7, "ls": "-"},
    "gap": {"color": chart.PURPLE, "lw": 1.4, "ls": (0, (6, 4))},
}
_OTHER_LINE: dict[str, Any] = {"color": chart.MUTED, "lw": 0.9, "ls": "-"}
_AREAS: dict[str, dict[str, Any]] = {
    "search-disc": {"ec": chart.VERMILION, "hatch": "////", "ls": "-"},
    "footprint": {"ec": chart.BLUE, "hatch": "", "ls": (0, (4, 2))},
    "berth": {"ec": chart.OCHRE, "hatch": "xxxx", "ls": "-"},
    "area": {"ec": chart.GREEN, "hatch": "\\\\\\\\", "ls": "-"},
    "gap": {"ec": chart.PURPLE, "hatch": "", "ls": (0, (6, 4))},
}
_NAMES = {
    "broadcast": "Position broadcast (AIS)",
    "sighting": "Ship seen in an image",
    "detection": "Hull detected in an image",
    "great-circle": "Great circle",
    "water-path": "Shortest path over water",
    "gap": "Gap: nothing heard",
    "search-disc": "Area searched",
    "area": "Area",
    "footprint": "Image footprint",
    "berth": "Berth",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One feature made ready to draw: unwrapped vertices (N, 2) in degrees."""

    role: str
    label: str
    form: str
    """``point``, ``line`` or ``area``."""
    vertices: NDArray[np.float64]


def _rings(feature: MapFeature) -> list[tuple[str, list[Any]]]:
    coordinates: Any = feature.geometry.get("coordinates")
    radius = feature.properties.radius_nm
    forms: dict[object, Callable[[], list[tuple[str, list[Any]]]]] = {
        "Point": lambda: (
            [("area", chart.disc(coordinates, radius))] if radius else [("point", [coordinates])]
        ),
        "MultiPoint": lambda: [("point", [point]) for point in coordinates],
        "LineString": lambda: [("line", coordinates)],
        "MultiLineString": lambda: [("line", part) for part in coordinates],
        "Polygon": lambda: [("area", coordinates[0])],
        "MultiPolygon": lambda: [("area", part[0]) for part in coordinates],
    }
    return forms.get(feature.geometry.get("type"), list)()


def shapes_of(features: Sequence[MapFeature]) -> list[Shape]:
    """Shapes to draw, each once, on one unwrapped range of longitude, areas first.

    Examples:
        >>> line = MapFeature.model_validate({"geometry": {"type": "LineString",
        ...     "coordinates": [[179.0, 0.0], [-179.0, 0.0]]},
        ...     "properties": {"role": "water-path"}})
        >>> shapes_of([line])[0].vertices[:, 0].tolist()
        [179.0, 181.0]

    """
    parts: list[tuple[str, str, str, list[Any]]] = []
    for feature in features:
        role, label = feature.properties.role, feature.properties.label
        for form, ring in _rings(feature):
            points = ring
            if role == "great-circle" and form == "line" and len(ring) == 2:
                points = chart.great_circle(ring[0], ring[1])
            part = (role, label, form, [(float(p[0]), float(p[1])) for p in points])
            if part not in parts:
                parts.append(part)
    if not parts:
        return []
    west = chart.west_edge(lon for *_, points in parts for lon, _ in points)
    order = {"area": 0, "line": 1, "point": 2}
    shapes = [
        Shape(role, label, form, np.array([(chart.unwrap(x, west), y) for x, y in points]))
        for role, label, form, points in parts
    ]
    return sorted(shapes, key=lambda s: (order[s.form], ROLES.index(s.role)))


def _draw_shapes(axes: Axes, shapes: Sequence[Shape]) -> None:
    for shape in shapes:
        x, y = shape.vertices[:, 0], np.array([mercator(v) for v in shape.vertices[:, 1]])
        if shape.form == "area":
            style = _AREAS.get(shape.role, _AREAS["area"])
            axes.add_patch(Polygon(np.column_stack((x, y)), fill=False, lw=0.9, zorder=3, **style))
        elif shape.form == "line":
            axes.plot(x, y, zorder=4, solid_capstyle="round", **_LINES.get(shape.role, _OTHER_LINE))
        else:
            axes.plot(x, y, ls="none", zorder=6, **_POINTS.get(shape.role, _OTHER_POINT))


def _legend(figure: Figure, shapes: Sequence[Shape]) -> None:
    handles: list[Line2D | Patch] = []
    for role in ROLES:
        of_role = [shape for shape in shapes if shape.role == role]
        if not of_role:
            continue
        form = of_role[0].form
        # What a line or an area is called is better than its kind; points carry theirs beside them.
        labels = {shape.label for shape in of_role}
        label = of_role[0].label if form != "point" and len(labels) == 1 else ""
        label = chart.drawable(label, 44) or _NAMES[role]
        if form == "area":
            style = _AREAS.get(role, _AREAS["area"])
            handles.append(Patch(fill=False, label=label, lw=0.9, **style))
        elif form == "line":
            handles.append(Line2D([], [], label=label, **_LINES.get(role, _OTHER_LINE)))
        else:
            style = _POINTS.get(role, _OTHER_POINT)
            handles.append(Line2D([], [], ls="none", label=label, **style))
    figure.legend(
        handles=handles, loc="lower left", ncols=3, frameon=False,
        bbox_to_anchor=(0.0, CREDIT_IN / figure.get_figheight()),
        handlelength=2.6, columnspacing=1.8, borderaxespad=0.2, fontsize=7.5,
    )  # fmt: skip


def _set_frame(axes: Axes, frame: Frame) -> None:
    axes.set_xlim(frame.west, frame.east)
    axes.set_ylim(mercator(frame.south), mercator(frame.north))
    axes.set_aspect("equal")
    axes.set_facecolor(chart.SEA)


def near_points(shapes: Sequence[Shape], frame: Frame) -> NDArray[np.float64] | None:
    """The first two points too close to tell apart on this sheet, shape (2, 2), or None."""
    points = [shape.vertices[0] for shape in shapes if shape.form == "point"]
    for i, first in enumerate(points):
        for second in points[i + 1 :]:
            apart = float(np.hypot(*(first - second)))
            if 1e-4 < apart < NEAR * frame.width:
                return np.array([first, second])
    return None


def _emptiest_corner(shapes: Sequence[Shape], frame: Frame) -> tuple[float, float]:
    vertices = np.vstack([shape.vertices for shape in shapes])
    x = (vertices[:, 0] - frame.west) / frame.width
    y = (np.array([mercator(v) for v in vertices[:, 1]]) - mercator(frame.south)) / frame.height
    corners = [(0.67, 0.66), (0.015, 0.66), (0.67, 0.015), (0.015, 0.09)]
    return min(
        corners,
        key=lambda c: int(
            np.sum((x > c[0] - 0.03) & (x < c[0] + 0.35) & (y > c[1] - 0.03) & (y < c[1] + 0.36))
        ),
    )


def _draw_inset(
    axes: Axes, shapes: Sequence[Shape], frame: Frame, near: NDArray[np.float64], land: LandRaster
) -> Axes:
    wide, high = 0.315, 0.325
    ratio = high * frame.height / (wide * frame.width)
    local = chart.frame_around(near, margin=0.6, min_width_deg=0.01, shape=(ratio, ratio))
    left, bottom = _emptiest_corner(shapes, frame)
    inset = axes.inset_axes((left, bottom, wide, high), zorder=9)
    inset.set_xticks([])
    inset.set_yticks([])
    _set_frame(inset, local)
    inset.set_aspect("auto")  # The frame has the box's own proportions already.
    draw_land(inset, local, land)
    _draw_shapes(inset, shapes)
    draw_scale_bar(inset, local)
    axes.indicate_inset_zoom(inset, edgecolor=chart.MUTED, lw=0.4, alpha=0.8)
    return inset


def draw_map(features: Sequence[MapFeature], *, land: LandRaster, credit: str) -> bytes | None:
    """The map as SVG bytes; None where there is nothing to draw.

    Args:
        features: GeoJSON features in WGS84 degrees, with role and label.
        land: where land is, on the mask that the distances were computed on.
        credit: whose land this is; printed under the map.

    """
    shapes = shapes_of(features)
    if not shapes:
        return None
    frame = chart.frame_around(
        np.vstack([shape.vertices for shape in shapes]), shape=(0.42, 0.58), min_width_deg=WIDE_DEG
    )
    rows = -(-len({shape.role for shape in shapes}) // 3)
    map_in = (WIDTH_IN - 0.55) * frame.height / frame.width
    below_in = 0.54 + 0.2 * rows
    height_in = map_in + below_in + 0.1
    with rc_context(chart.STYLE):
        figure = Figure(figsize=(WIDTH_IN, height_in))
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_axes(
            (0.5 / WIDTH_IN, below_in / height_in, 1 - 0.55 / WIDTH_IN, map_in / height_in)
        )
        _set_frame(axes, frame)
        draw_land(axes, frame, land)
        draw_graticule(axes, frame)
        _draw_shapes(axes, shapes)
        draw_scale_bar(axes, frame)
        points = [
            (chart.drawable(s.label), s.vertices[0])
            for s in shapes
            if s.form == "point" and s.label
        ]
        lines = [s.vertices for s in shapes if s.form == "line"]
        near = near_points(shapes, frame)
        if near is not None:
            inset = _draw_inset(axes, shapes, frame, near, land)
            local = [item for item in points if any((item[1] == q).all() for q in near)]
            place_labels(inset, canvas, local, lines)
            # On the whole sheet one label speaks for the two; the inset tells them apart.
            points = [item for item in points if all(item is not other for other in local[1:])]
        place_labels(axes, canvas, points, lines)
        _legend(figure, shapes)
        figure.text(
            0.995,
            0.02 / height_in,
            chart.drawable(credit, 90),
            ha="right",
            va="bottom",
            size=5.8,
            color=chart.MUTED,
        )
        return chart.svg_bytes(figure)
