"""The network about a ship as a drawing: who ran what, when, and who of them is listed.

Columns count steps from the ship asked about. A tie that has no date is dashed; a listed party has
a heavy frame and says by whom and when; a party that serves very many ships says how many.
"""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from quaywatch.cases.chart import BLUE, INK, MUTED, STYLE, VERMILION, drawable, svg_bytes

COLUMN_IN: Final = 3.1
BOX_IN: Final = 1.75
ROW_IN: Final = 0.86
MOST_IN_COLUMN: Final = 12
"""Parties drawn under each other; what is left out is said below the drawing."""
ROLE_WORDS: Final = {
    "operator": "operator", "owner": "owner", "registered-owner": "registered owner",
    "beneficial-owner": "beneficial owner", "manager": "manager", "charterer": "charterer",
    "linked": "linked, no more said", "parent": "parent", "director": "director",
    "same-name": "same name only", "same-address": "same address only",
}  # fmt: skip


@dataclass
class _Box:
    label: str
    ship: bool
    layer: int
    listed: str | None = None
    serves: int | None = None


@dataclass
class _Drawing:
    boxes: dict[str, _Box] = field(default_factory=dict)
    lines: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)
    """Between two boxes: what it says, and whether it has a date."""
    left_out: int = 0

    def add(self, key: str, label: str, layer: int) -> bool:
        """Whether the party is drawn: once, and not below the last row of its column."""
        if key not in self.boxes:
            if sum(box.layer == layer for box in self.boxes.values()) >= MOST_IN_COLUMN:
                self.left_out += 1
                return False
            ship = key.partition(":")[0] in {"imo", "mmsi"}
            self.boxes[key] = _Box(label, ship, layer)
        return True


def network_figure(
    paths: Sequence[Mapping[str, Any]],
    *,
    subject: str,
    name: str,
    ties: Sequence[Mapping[str, Any]] = (),
    listed: Sequence[Mapping[str, Any]] = (),
) -> Figure:
    """Draw the ways from a ship to the listed.

    Args:
        paths: values of ``network-path`` claims of one ship.
        subject: the ship, such as ``imo:1059149``.
        name: how it is labelled.
        ties: further direct ties of the ship (rows of ``quaywatch network --json``, ``ties``).
        listed: the ship's own listings (``listings`` there).

    Returns:
        A figure; ``figure_svg`` and ``figure_png`` make bytes of it.

    """
    drawing = _drawing(paths, subject, name, ties, listed)
    places, rows, columns = _places(drawing)
    with rc_context(STYLE):
        figure = Figure(figsize=(COLUMN_IN * (columns - 1) + BOX_IN + 0.4, ROW_IN * rows + 0.55))
        axes = figure.add_axes((0, 0, 1, 1))
        width, height = figure.get_size_inches()
        axes.set(xlim=(-BOX_IN / 2 - 0.2, width - BOX_IN / 2 - 0.2), ylim=(-0.5, height - 0.5))
        axes.set_axis_off()
        for (one, other), (text, dated) in drawing.lines.items():
            _line(axes, places[one], places[other], text, dated=dated, near=_near(drawing, other))
        for key, box in drawing.boxes.items():
            _box(axes, places[key], box, first=key == subject)
        _words(axes, drawing)
    return figure


def figure_svg(figure: Figure) -> bytes:
    """As SVG: same figure, same bytes."""
    return svg_bytes(figure)


def figure_png(figure: Figure) -> bytes:
    """As PNG, 160 dots an inch."""
    out = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(out, format="png", dpi=160, metadata={"Software": None})
    return out.getvalue()


def _drawing(
    paths: Sequence[Mapping[str, Any]],
    subject: str,
    name: str,
    ties: Sequence[Mapping[str, Any]],
    listed: Sequence[Mapping[str, Any]],
) -> _Drawing:
    drawing = _Drawing()
    drawing.boxes[subject] = _Box(name, ship=True, layer=0, listed=_listed(listed))
    for path in paths:
        _add_way(drawing, path)
    for tie in ties:
        end = "to" if tie["of"] == subject else "of"
        if drawing.add(tie[end], tie[f"{end}_name"], 1):
            drawing.lines.setdefault((subject, tie[end]), _said(tie))
    return drawing


def _add_way(drawing: _Drawing, path: Mapping[str, Any]) -> None:
    for k, step in enumerate(path["steps"]):
        if step["from"] in drawing.boxes and drawing.add(step["to"], step["to_name"], k + 1):
            drawing.lines.setdefault((step["from"], step["to"]), _said(step))
    if path["party"] in drawing.boxes:
        drawing.boxes[path["party"]].listed = _listed(path["listings"])
    for hub in path["hubs"]:
        if hub["party"] in drawing.boxes:
            drawing.boxes[hub["party"]].serves = hub["tied_to"]


def _said(tie: Mapping[str, Any]) -> tuple[str, bool]:
    dated = bool(tie["since"] or tie["until"] or tie["as_of"])
    span = f"{tie['since'] or '…'} to {tie['until'] or '…'}"
    when = span if tie["since"] or tie["until"] else f"as of {tie['as_of']}"
    if tie["role"] in {"same-name", "same-address"}:
        return ROLE_WORDS[tie["role"]], False
    role = ROLE_WORDS.get(tie["role"], tie["role"])
    return f"{role}\n{when if dated else 'no date stated'}", dated


def _listed(listings: Sequence[Mapping[str, Any]]) -> str | None:
    if not listings:
        return None
    first = listings[0]
    more = f" (+{len(listings) - 1})" if len(listings) > 1 else ""
    gone = f", off it {first['delisted_on']}" if first.get("delisted_on") else ""
    return f"listed: {first['authority']}, {first['listed_on'] or 'day not printed'}{gone}{more}"


def _places(drawing: _Drawing) -> tuple[dict[str, tuple[float, float]], int, int]:
    """Centre of each box, inches; rows and columns. Boxes stand level with those they follow."""
    layers: dict[int, list[str]] = defaultdict(list)
    for key, box in drawing.boxes.items():
        layers[box.layer].append(key)
    rows = max(len(keys) for keys in layers.values())
    places: dict[str, tuple[float, float]] = {}
    for layer in sorted(layers):
        keys = layers[layer]
        before = {
            key: [places[a][1] for a, b in drawing.lines if b == key and a in places]
            for key in keys
        }
        keys.sort(key=lambda k: (-_mean(before[k]), k))
        top = ROW_IN * (rows - 1) / 2 + ROW_IN * (len(keys) - 1) / 2
        for k, key in enumerate(keys):
            places[key] = COLUMN_IN * layer, top - ROW_IN * k + 0.15
    return places, rows, max(layers) + 1


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _near(drawing: _Drawing, other: str) -> float:
    """Where along a line its words stand: at the end where fewer lines meet."""
    arriving = sum(b == other for _, b in drawing.lines)
    return 0.56 if arriving == 1 else 0.44


def _line(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    text: str,
    *,
    dated: bool,
    near: float,
) -> None:
    if start[0] == end[0]:
        bend = start[0] - BOX_IN / 2
        xs, ys = [bend, bend - 0.12, bend - 0.12, bend], [start[1], start[1], end[1], end[1]]
    else:
        xs, ys = [start[0] + BOX_IN / 2, end[0] - BOX_IN / 2], [start[1], end[1]]
    axes.plot(xs, ys, color=MUTED, linewidth=1.0, linestyle="-" if dated else (0, (4, 2.5)))
    x, y = xs[0] + near * (xs[-1] - xs[0]), ys[0] + near * (ys[-1] - ys[0])
    axes.text(
        x, y, drawable(text, 24), fontsize=6.6, color=INK, ha="center", va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2}, linespacing=1.15,
    )  # fmt: skip


def _box(axes: Axes, centre: tuple[float, float], box: _Box, *, first: bool) -> None:
    x, y = centre
    height = 0.62
    colour = VERMILION if box.listed else BLUE if first else MUTED
    axes.add_patch(
        FancyBboxPatch(
            (x - BOX_IN / 2, y - height / 2), BOX_IN, height,
            boxstyle=f"round,pad=0,rounding_size={0.14 if box.ship else 0.02}",
            facecolor="white", edgecolor=colour, linewidth=1.8 if box.listed or first else 0.9,
            zorder=3,
        )
    )  # fmt: skip
    lines = [drawable(box.label, 27)]
    if box.serves:
        lines.append(f"tied to {box.serves} others: a weak tie")
    if box.listed:
        lines.append(drawable(box.listed, 34))
    axes.text(
        x, y, "\n".join(lines), fontsize=6.4, color=VERMILION if box.listed else INK, ha="center",
        va="center", zorder=4, linespacing=1.12,
    )  # fmt: skip


def _words(axes: Axes, drawing: _Drawing) -> None:
    left = f" {drawing.left_out} further parties are not drawn." if drawing.left_out else ""
    told = (
        "Round: ships. Square: companies, persons. Heavy: listed. Dashed: no date, or a name only."
        f"{left}"
    )
    axes.text(-BOX_IN / 2, -0.38, told, fontsize=6.2, color=MUTED, va="bottom")
