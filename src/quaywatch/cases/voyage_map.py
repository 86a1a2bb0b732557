"""The map of voyages: what was heard as lines, what was not heard as gaps, ports by name.

Nothing is drawn where nothing was heard. A silence shows its two ends, and between them a dotted
line only where that line keeps to water; it then says that the way is not known. A long one has a
number, told below the map, so that its ends are found however far apart they lie.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from quaywatch.cases import chart
from quaywatch.cases.calendar_page import (
    MARGIN_IN,
    WIDTH_IN,
    Mark,
    Page,
    Sheet,
    drawn,
    width_in,
    wrapped,
)
from quaywatch.cases.chart import mercator
from quaywatch.cases.labels import place_labels
from quaywatch.cases.sheet import draw_graticule, draw_land, draw_scale_bar
from quaywatch.evidence.wording import counted

LandRaster = Callable[[float, float, float, float, float], NDArray[np.bool_]]
"""(lon_min, lat_min, lon_max, lat_max, resolution_deg) → 2-D, True is land, row 0 is south."""
Line = Sequence[tuple[float, float]]
"""Longitudes and latitudes in degrees."""

COLOURS: Final = (chart.BLUE, chart.VERMILION, chart.GREEN, chart.OCHRE, "#444444", "#56728f")
"""A ship each; with more ships all are of the first."""
NUMBERED: Final = 12
"""Gaps that get a number: the longest ones."""
_AROUND: Final = (
    (0, 11), (13, 0), (-13, 0), (0, -11), (12, 10), (-12, 10), (12, -10), (-12, -10),
    *((round(r * math.cos(math.pi * k / 6)), round(r * math.sin(math.pi * k / 6)))
      for r in (23, 35, 47, 59) for k in range(12)),
)  # fmt: skip
"""Where a number may stand about its mark, pixels at 100 an inch, best first."""
_LED: Final = 16.0
"""A number farther off than this is led to its mark by a line."""
_LEFT_IN: Final = 0.5
_NUMBER_PT: Final = 6.8
_LINE_PT: Final = 1.25
_SEEN: Final = 0.006
"""Of the map's width: a shorter line is too short to be seen."""
_HIDDEN: Final = "called in a silence, perhaps"


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which nothing was heard."""

    start: tuple[float, float]
    """Last heard here: longitude, latitude, degrees."""
    end: tuple[float, float]
    """Heard again here."""
    hours: float
    wet: bool
    """Whether the straight line between the two keeps to water: only then is it drawn, dotted."""
    told: str = ""
    """When it was: "6–19 Jun 2024"."""


@dataclass(frozen=True, slots=True)
class PortMark:
    """A place of call."""

    at: tuple[float, float]
    label: str
    seen: bool = True
    """False: only inferred from a silence."""


@dataclass(frozen=True, slots=True)
class ShipWays:
    """What is drawn of one ship."""

    name: str
    heard: Sequence[Line]
    silences: Sequence[Silence]
    alone: Sequence[tuple[float, float]] = ()
    """Reports that no line reaches."""
    stops: Sequence[tuple[float, float]] = ()
    """Where it lay still and no port is known."""


def draw_voyages(
    ships: Sequence[ShipWays],
    ports: Sequence[PortMark],
    sheet: Sheet,
    *,
    land: LandRaster,
    gap_hours: float,
    form: str = "svg",
) -> bytes | None:
    """The map as SVG or PNG; None where there is no place to draw.

    Args:
        ships: whose ways.
        ports: where they called; those at one place are labelled once.
        sheet: the words around the map.
        land: where land is, on the mask that the distances were computed on.
        gap_hours: a silence at least this long is a gap: it is marked, and the longest numbered.
        form: ``svg`` or ``png``.

    """
    west = _west(ships, ports)
    if west is None:
        return None
    points = np.array([(chart.unwrap(x, west), y) for x, y in _points(ships, ports)])
    frame = chart.frame_around(points, margin=0.1, min_width_deg=0.05, shape=(0.55, 1.05))
    gaps = _numbered(ships, gap_hours)
    shorter = sum(gap.hours >= gap_hours for ship in ships for gap in ship.silences) - len(gaps)
    told = _told(gaps, shorter, many=len(ships) > 1)
    wide = WIDTH_IN - _LEFT_IN - MARGIN_IN
    high = wide * frame.height / frame.width
    key = _key(ships, ports, gap_hours, least_deg=_SEEN * frame.width)
    body = high + 0.3 + 0.24 * len(key) + 0.13 * len(told) + (0.08 if told else 0.0)
    page = Page(sheet, body)
    with rc_context(chart.STYLE):
        canvas = FigureCanvasAgg(page.figure)
        axes = page.axes(_LEFT_IN, 0, wide, high)
        axes.set_xlim(frame.west, frame.east)
        axes.set_ylim(mercator(frame.south), mercator(frame.north))
        axes.set_facecolor(chart.SEA)
        draw_land(axes, frame, land)
        draw_graticule(axes, frame)
        for x, label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True):
            if x > frame.east - 0.04 * frame.width:
                label.set_horizontalalignment("right")
        for number, ship in enumerate(ships):
            # Wider below, so that ships on one way all show.
            above = sum(bool(other.heard) for other in ships[number + 1 :])
            wide = _LINE_PT + (0.55 * above if len(ships) <= len(COLOURS) else 0.0)
            _ship(axes, ship, _colour(number, len(ships)), gap_hours, west, wide)
        _ports(axes, ports, west)
        draw_scale_bar(axes, frame)
        _labels(axes, canvas, ships, ports, west)
        _numbers(axes, canvas, gaps, west)
        top = high + 0.3
        for entries in key:
            page.key(entries, top)
            top += 0.24
        _write(page, told, top + 0.06)
        return drawn(page, form)


def _colour(number: int, ships: int) -> str:
    return COLOURS[number] if ships <= len(COLOURS) else COLOURS[0]


def _points(ships: Sequence[ShipWays], ports: Sequence[PortMark]) -> list[tuple[float, float]]:
    found = [port.at for port in ports]
    for ship in ships:
        found += [point for line in ship.heard for point in line]
        found += [end for gap in ship.silences for end in (gap.start, gap.end)]
        found += [*ship.alone, *ship.stops]
    return found


def _west(ships: Sequence[ShipWays], ports: Sequence[PortMark]) -> float | None:
    found = _points(ships, ports)
    return chart.west_edge(lon for lon, _ in found) if found else None


def _xy(line: Line, west: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unwrapped: a line cut at the antimeridian joins again at the edge."""
    x = np.array([chart.unwrap(lon, west) for lon, _ in line])
    # The edge of the sheet is both its ends: a line takes the one on its own side.
    x = np.where(x - np.median(x) > 180, x - 360, np.where(np.median(x) - x > 180, x + 360, x))
    return x, np.array([mercator(lat) for _, lat in line])


def _ship(
    axes: Axes, ship: ShipWays, colour: str, gap_hours: float, west: float, wide: float
) -> None:
    for line in ship.heard:
        x, y = _xy(line, west)
        axes.plot(x, y, color=colour, lw=wide, zorder=4, solid_capstyle="round")
    if ship.stops:
        x, y = _xy(ship.stops, west)
        axes.plot(x, y, ls="none", marker="D", ms=4.2, mfc=colour, mec="white", mew=0.7, zorder=5.5)
    if ship.alone:
        x, y = _xy(ship.alone, west)
        axes.plot(x, y, ls="none", marker=".", ms=2.2, mec="none", mfc=colour, zorder=4)
    for gap in ship.silences:
        x, y = _xy((gap.start, gap.end), west)
        long = gap.hours >= gap_hours
        if gap.wet:
            axes.plot(
                x, y, color=chart.PURPLE if long else colour, lw=0.9 if long else 0.6,
                ls=(0, (1, 2.2)), zorder=3.5,
            )  # fmt: skip
        if long:
            axes.plot(
                x, y, ls="none", marker="o", ms=3.6, mfc="white", mec=chart.PURPLE, mew=0.9,
                zorder=5,
            )  # fmt: skip


def _ports(axes: Axes, ports: Sequence[PortMark], west: float) -> None:
    for port in ports:
        x, y = _xy([port.at], west)
        face = chart.INK if port.seen else "white"
        axes.plot(x, y, ls="none", marker="s", ms=4.6, mfc=face, mec=chart.INK, mew=0.9, zorder=6)


def _labels(
    axes: Axes,
    canvas: FigureCanvasAgg,
    ships: Sequence[ShipWays],
    ports: Sequence[PortMark],
    west: float,
) -> None:
    named = [
        (chart.drawable(port.label, 26), np.array([chart.unwrap(port.at[0], west), port.at[1]]))
        for port in ports
        if port.label
    ]
    lines = []
    for ship in ships:
        for line in ship.heard:
            x, _ = _xy(line, west)
            lines.append(np.column_stack((x, [lat for _, lat in line])))
    place_labels(axes, canvas, named, lines)


def _numbered(ships: Sequence[ShipWays], gap_hours: float) -> list[tuple[int, str, Silence]]:
    """The longest gaps, numbered in the order in which they are told."""
    every = [(ship.name, gap) for ship in ships for gap in ship.silences if gap.hours >= gap_hours]
    longest = sorted(every, key=lambda one: -one[1].hours)[:NUMBERED]
    kept = [one for one in every if one in longest]
    return [(n + 1, name, gap) for n, (name, gap) in enumerate(kept)]


def _numbers(
    axes: Axes, canvas: FigureCanvasAgg, gaps: Sequence[tuple[int, str, Silence]], west: float
) -> None:
    """Each number at both ends of its gap, clear of the others and of the names of places."""
    taken: list[tuple[float, float]] = []
    renderer = cast("Any", canvas).get_renderer()  # matplotlib leaves it untyped
    bounds = axes.get_window_extent(renderer).padded(-8)
    names = [text.get_window_extent(renderer).padded(6) for text in axes.texts]
    for number, _, gap in gaps:
        x, y = _xy((gap.start, gap.end), west)
        ends = [axes.transData.transform((float(x[k]), float(y[k]))) for k in (0, 1)]
        once = max(abs(ends[0] - ends[1])) < 12
        for k in range(1 if once else 2):
            spots = [(ends[k][0] + dx, ends[k][1] + dy) for dx, dy in _AROUND]
            free = [
                s for s in spots
                if all(abs(s[0] - t[0]) > 13 or abs(s[1] - t[1]) > 10 for t in taken)
                and bounds.contains(*s) and not any(name.contains(*s) for name in names)
            ]  # fmt: skip
            spot = (free or spots)[0]
            taken.append(spot)
            # Pixels here are those of the figure, a hundred an inch; points are not.
            offset = (0.72 * (spot[0] - ends[k][0]), 0.72 * (spot[1] - ends[k][1]))
            axes.annotate(
                str(number), (x[k], y[k]), offset,
                textcoords="offset points", ha="center", va="center", size=_NUMBER_PT,
                color=chart.PURPLE, weight="bold", zorder=9,
                arrowprops=_leader(offset),
                path_effects=[withStroke(linewidth=2.2, foreground="white")],
            )  # fmt: skip


def _leader(offset: tuple[float, float]) -> dict[str, Any] | None:
    """A thin line to the mark of a number that stands off."""
    if math.hypot(*offset) <= _LED:
        return None
    return {"arrowstyle": "-", "color": chart.PURPLE, "lw": 0.5, "shrinkA": 0, "shrinkB": 2}


def _told(gaps: Sequence[tuple[int, str, Silence]], shorter: int, *, many: bool) -> list[str]:
    """The gaps in words, as many on a line as fit; those without a number are counted."""
    said: list[str] = []
    for number, name, gap in gaps:
        who = f"{name}, " if many else ""
        long = f"{gap.hours / 24:.1f} days" if gap.hours >= 48 else f"{gap.hours:.0f} h"
        said.append(f"{number}: {who}{gap.told + ', ' if gap.told else ''}{long}")
    if not said:
        return []
    if shorter:
        said.append(f"and {counted(shorter, 'shorter one')}, marked without a number")
    return wrapped(f"Gaps   {'   ·   '.join(said)}", WIDTH_IN - 2 * MARGIN_IN, 7.0)


def _write(page: Page, lines: Sequence[str], top: float) -> None:
    axes = page.axes(0, top, WIDTH_IN, max(0.13 * len(lines), 0.01))
    axes.set_xlim(0, WIDTH_IN)
    axes.set_ylim(max(0.13 * len(lines), 0.01), 0)
    axes.axis("off")
    for k, line in enumerate(lines):
        axes.text(MARGIN_IN, 0.13 * k + 0.065, line, size=7.0, va="center", color=chart.PURPLE)


def _key(
    ships: Sequence[ShipWays], ports: Sequence[PortMark], gap_hours: float, *, least_deg: float
) -> list[list[tuple[str, Mark]]]:
    """Rows of the key; only what is on the map."""
    entries: list[tuple[str, Mark]] = []
    many = 1 < len(ships) <= len(COLOURS)
    if many:
        entries += [
            (chart.drawable(f"{ship.name}, heard", 60), _line_mark(_colour(k, len(ships))))
            for k, ship in enumerate(ships)
            if ship.heard or ship.alone
        ]
    elif any(ship.heard for ship in ships):
        entries.append(("heard (AIS)", _line_mark(COLOURS[0])))
    every = [gap for ship in ships for gap in ship.silences]
    if any(ship.alone for ship in ships):
        entries.append(("heard, joined by no line", _dot_mark(chart.MUTED if many else COLOURS[0])))
    if any(gap.hours < gap_hours and gap.wet and _long(gap) >= least_deg for gap in every):
        plain = chart.MUTED if many else COLOURS[0]
        entries.append((f"silent for less than {gap_hours:g} h", _line_mark(plain, dotted=True)))
    if any(gap.hours >= gap_hours for gap in every):
        entries.append(("gap: last and next heard; the way is not known", _gap_mark))
    entries += _mark_key(ships, ports, many=many)
    rows: list[list[tuple[str, Mark]]] = [[]]
    room = WIDTH_IN - 2 * MARGIN_IN
    for entry in entries:
        taken = sum(width_in(label, 7.2) + 0.46 for label, _ in (*rows[-1], entry))
        if rows[-1] and taken > room:
            rows.append([])
        rows[-1].append(entry)
    return rows if entries else []


def _mark_key(
    ships: Sequence[ShipWays], ports: Sequence[PortMark], *, many: bool
) -> list[tuple[str, Mark]]:
    entries: list[tuple[str, Mark]] = []
    if any(ship.stops for ship in ships):
        face = chart.MUTED if many else COLOURS[0]
        entries.append(("lay still, outside the calls", _stop_mark(face)))
    if any(port.seen for port in ports):
        entries.append(("place of call, heard or reported", _port_mark(chart.INK)))
    if any(not port.seen for port in ports):
        entries.append((_HIDDEN, _port_mark("white")))
    return entries


def _line_mark(colour: str, *, dotted: bool = False) -> Mark:
    def mark(axes: Axes, x: float, y: float, side: float) -> None:
        style: dict[str, Any] = {"lw": 0.8, "ls": (0, (1, 2))} if dotted else {"lw": 1.6}
        axes.plot([x, x + side], [y + side / 2] * 2, color=colour, **style)

    return mark


def _long(gap: Silence) -> float:
    """Degrees between its ends, on the map."""
    east = (gap.end[0] - gap.start[0] + 180) % 360 - 180
    return math.hypot(east, gap.end[1] - gap.start[1])


def _dot_mark(colour: str) -> Mark:
    def mark(axes: Axes, x: float, y: float, side: float) -> None:
        axes.plot([x + side / 2], [y + side / 2], ls="none", marker=".", ms=3, mec="none",
                  mfc=colour)  # fmt: skip

    return mark


def _stop_mark(colour: str) -> Mark:
    def mark(axes: Axes, x: float, y: float, side: float) -> None:
        axes.plot([x + side / 2], [y + side / 2], ls="none", marker="D", ms=4.2, mec="white",
                  mew=0.7, mfc=colour)  # fmt: skip

    return mark


def _gap_mark(axes: Axes, x: float, y: float, side: float) -> None:
    axes.plot(
        [x + 0.02, x + side - 0.02], [y + side / 2] * 2, color=chart.PURPLE, lw=0.9,
        ls=(0, (1, 2)), marker="o", ms=3.2, mfc="white", mec=chart.PURPLE, mew=0.9,
    )  # fmt: skip


def _port_mark(face: str) -> Mark:
    def mark(axes: Axes, x: float, y: float, side: float) -> None:
        axes.plot(
            [x + side / 2], [y + side / 2], ls="none", marker="s", ms=4.6, mfc=face,
            mec=chart.INK, mew=0.9,
        )  # fmt: skip

    return mark
