"""The chart of voyages: each ship's calls, ways and gaps in time, and how many began each month.

A gap is hollow, since nothing is known of it; a call is as long as it was seen to last, with thin
ends as far as it may have lasted. Months are bars of what is certain, topped by what may be; the
rate is a band, never a line, and over each month only as high as the ships in view then make it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from matplotlib import dates as untyped_dates
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from quaywatch.cases import chart
from quaywatch.cases.calendar_page import (
    EDGE,
    FULL,
    HALF,
    HATCH,
    MARGIN_IN,
    WIDTH_IN,
    Mark,
    Page,
    Sheet,
    box,
    drawn,
    width_in,
    wrapped,
)

dates: Any = untyped_dates
"""matplotlib leaves this module untyped."""
_LEFT_IN: Final = 1.35
_LANE_IN: Final = 0.5
_BARS_IN: Final = 1.35
_WIDE_IN: Final = WIDTH_IN - _LEFT_IN - MARGIN_IN - 0.06
_NUMBER_PT: Final = 6.4
_ZERO: Final = ["", "%Y", "%b", "%d %b", "%H:%M", "%H:%M"]
_OFFSET: Final = ["", "%Y", "%b %Y", "%b %Y", "%b %Y", "%d %b %Y"]
"""Days as everywhere else here: 3 Jun 2018. The offset is that of the last tick: no day of it."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A call in its lane."""

    place: str
    seen: tuple[datetime, datetime] | None
    """First and last seen there; None: nobody saw it."""
    may: tuple[datetime | None, datetime | None]
    """As early and as late as it may have begun and ended; None: nothing bounds it."""
    by: str = "seen"
    """``seen``, ``reported`` or ``hidden``."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One ship."""

    name: str
    stays: Sequence[Stay]
    gaps: Sequence[tuple[datetime, datetime]]
    known: tuple[datetime, datetime] | None
    """From the first to the last thing heard of it; None: no AIS."""
    why: str | None = None
    """Why nothing is heard in it; written where the lane is empty."""
    stops: Sequence[tuple[datetime, datetime]] = ()
    """When it lay still and no port is known."""


@dataclass(frozen=True, slots=True)
class MonthBar:
    """How many began in one month, or the part of it that is known."""

    start: datetime
    end: datetime
    least: int
    """For certain, and for certain in this month."""
    most: int
    """That may have, and may have been in this month."""
    expected: float
    ships: float = 1.0
    """Ship-months in view; 0: nothing could have been seen in it."""

    @property
    def looked(self) -> bool:
        """Whether anything could have been seen in it."""
        return self.ships > 0


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate a month and ship in view as an interval."""

    mean: float
    low: float
    high: float
    level: float


def draw_life(
    lanes: Sequence[Lane],
    sheet: Sheet,
    *,
    months: Sequence[MonthBar] = (),
    rate: Rate | None = None,
    counted: str = "",
    form: str = "svg",
) -> bytes:
    """Months above, a lane a ship below, on one axis of time: SVG or PNG.

    Args:
        lanes: ships, in the order drawn.
        sheet: the words around it.
        months: bars; none: only the lanes.
        rate: band over the bars, month by month.
        counted: what the bars count: "cargo voyages begun".
        form: ``svg`` or ``png``.

    Examples:
        >>> at = datetime(2025, 1, 1, tzinfo=UTC)
        >>> lane = Lane("ONE", [], [], (at, at + timedelta(days=3)))
        >>> draw_life([lane], Sheet("One ship", (), ()))[:5]
        b'<?xml'

    """
    first, last = _span(lanes, months)
    places = list(dict.fromkeys(stay.place for lane in lanes for stay in lane.stays))
    told = _told(places)
    bars = _BARS_IN + 0.42 if months else 0.0
    high = _LANE_IN * max(1, len(lanes))
    rows = _rows(_key(lanes, months, rate))
    body = bars + 0.16 + high + 0.34 + 0.24 * len(rows) + 0.13 * len(told) + 0.06
    page = Page(sheet, body)
    with rc_context(chart.STYLE):
        if months:
            _months(page.axes(_LEFT_IN, 0.2, _WIDE_IN, _BARS_IN), months, rate, counted)
        axes = page.axes(_LEFT_IN, bars + 0.16, _WIDE_IN, high)
        _lanes(axes, lanes, places, first, last)
        if months:
            page.figure.axes[0].set_xlim(axes.get_xlim())
        top = bars + 0.16 + high + 0.34
        for row in rows:
            page.key(row, top)
            top += 0.24
        _write(page, told, top + 0.02)
        return drawn(page, form)


def _span(lanes: Sequence[Lane], months: Sequence[MonthBar]) -> tuple[datetime, datetime]:
    times = [t for lane in lanes if lane.known for t in lane.known]
    times += [
        t
        for lane in lanes
        for stay in lane.stays
        for t in (*(stay.seen or ()), *stay.may)
        if t is not None
    ]
    times += [t for month in months for t in (month.start, month.end)]
    if not times:
        now = datetime(2000, 1, 1, tzinfo=UTC)
        return now, now + timedelta(days=1)
    first, last = min(times), max(times)
    pad = max((last - first) / 60, timedelta(hours=1))
    return first - pad, last + pad


def _x(at: datetime) -> float:
    return float(dates.date2num(at))


def _lanes(
    axes: Axes, lanes: Sequence[Lane], places: Sequence[str], first: datetime, last: datetime
) -> None:
    axes.set_xlim(_x(first), _x(last))
    axes.set_ylim(max(1, len(lanes)), 0)
    axes.set_yticks([])
    locator = dates.AutoDateLocator(minticks=3, maxticks=9, tz=UTC)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        dates.ConciseDateFormatter(
            locator, tz=UTC, zero_formats=_ZERO, offset_formats=_OFFSET, show_offset=True
        )
    )
    axes.tick_params(length=2.5, width=0.5, labelsize=6.8, colors=chart.MUTED, pad=2)
    axes.xaxis.get_offset_text().set_fontsize(6.8)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.grid(visible=True, axis="x", color="#d7dde2", lw=0.45, zorder=0)
    for row, lane in enumerate(lanes):
        lines = wrapped(lane.name, _LEFT_IN - 0.25, 7.2)[:3]
        axes.annotate(
            "\n".join(lines), (0, row + 0.62), (-6, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", ha="right", va="center", size=7.2, annotation_clip=False,
        )  # fmt: skip
        _lane(axes, row, lane, places)


def _lane(axes: Axes, row: int, lane: Lane, places: Sequence[str]) -> None:
    middle = row + 0.62
    if lane.known is not None:
        x = [_x(t) for t in lane.known]
        axes.plot(x, [middle] * 2, color=HALF, lw=1.3, solid_capstyle="butt", zorder=2)
    elif lane.why and not lane.stays:
        axes.text(
            0.01, middle, lane.why, transform=axes.get_yaxis_transform(), size=6.8, va="center",
            color=chart.MUTED, style="italic", zorder=6,
        )  # fmt: skip
    for start, end in lane.stops:
        a, b = _x(start), _x(end)
        axes.add_patch(
            Rectangle((a, middle - 0.08), b - a, 0.16, fc=HALF, ec="none", alpha=0.75, zorder=2.5)
        )
    for start, end in lane.gaps:
        a, b = _x(start), _x(end)
        axes.add_patch(
            Rectangle((a, middle - 0.1), b - a, 0.2, fc="white", ec=chart.PURPLE, lw=0.7,
                      ls=(0, (3, 1.5)), zorder=3)
        )  # fmt: skip
    reached: list[float] = [float("-inf")] * 2
    width = axes.get_xlim()[1] - axes.get_xlim()[0]
    for stay in sorted(lane.stays, key=lambda s: _ends(s)[0]):
        a, b = _ends(stay)
        _stay(axes, stay, middle)
        number = str(places.index(stay.place) + 1)
        room = (width_in(number, _NUMBER_PT) + 0.04) / _WIDE_IN * width
        centre = (a + b) / 2
        level = next((k for k, end in enumerate(reached) if centre - room / 2 >= end), None)
        if level is None:
            continue
        reached[level] = centre + room / 2
        axes.annotate(
            number, (centre, middle - 0.2), (0, 1 + 7 * level), textcoords="offset points",
            ha="center", va="bottom", size=_NUMBER_PT, annotation_clip=False, zorder=7,
        )  # fmt: skip


def _ends(stay: Stay) -> tuple[float, float]:
    """Where its bar lies on the axis."""
    ends = [t for t in (stay.seen or stay.may) if t is not None]
    ends = ends or [t for t in stay.may if t is not None]
    return (_x(min(ends)), _x(max(ends))) if ends else (0.0, 0.0)


def _stay(axes: Axes, stay: Stay, middle: float) -> None:
    a, b = _ends(stay)
    outer = [_x(t) if t is not None else end for t, end in zip(stay.may, (a, b), strict=True)]
    colour = FULL if stay.by == "seen" else chart.VERMILION if stay.by == "reported" else chart.INK
    axes.plot(outer, [middle + 0.17] * 2, color=colour, lw=0.7, solid_capstyle="butt", zorder=5)
    least = 0.004 * (axes.get_xlim()[1] - axes.get_xlim()[0])
    if stay.seen is None:
        axes.add_patch(
            Rectangle((a, middle - 0.17), max(b - a, least), 0.34, fc="none", ec=EDGE, lw=0.5,
                      hatch="////", zorder=4)
        )  # fmt: skip
        return
    centre = (a + b) / 2
    wide = max(b - a, least)
    axes.add_patch(
        Rectangle((centre - wide / 2, middle - 0.17), wide, 0.34, fc=colour, ec="none", zorder=4)
    )


def _months(axes: Axes, months: Sequence[MonthBar], rate: Rate | None, counted: str) -> None:
    band = max((m.ships for m in months), default=0.0) * (rate.high if rate else 0.0)
    most = max([1.0, *(float(m.most) for m in months), band])
    axes.set_ylim(0, most * 1.12)
    for month in months:
        a, b = _x(month.start), _x(month.end)
        gap = 0.08 * (b - a)
        if not month.looked:
            axes.add_patch(
                Rectangle((a, 0), b - a, most * 1.12, fc="white", ec=HATCH, lw=0.25,
                          hatch="////////", zorder=1)
            )  # fmt: skip
            continue
        axes.add_patch(Rectangle((a + gap, 0), b - a - 2 * gap, month.least, fc=FULL, zorder=3))
        if month.most > month.least:
            axes.add_patch(
                Rectangle((a + gap, month.least), b - a - 2 * gap, month.most - month.least,
                          fc="none", ec=FULL, lw=0.7, ls=(0, (2, 1.5)), zorder=3)
            )  # fmt: skip
        if rate is not None:
            low, mean, high = (month.ships * x for x in (rate.low, rate.mean, rate.high))
            axes.add_patch(
                Rectangle((a, low), b - a, high - low, fc=chart.VERMILION, alpha=0.2, lw=0,
                          zorder=3.5)
            )  # fmt: skip
            axes.plot([a, b], [mean] * 2, color=chart.VERMILION, lw=0.9, zorder=4)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.tick_params(length=2.5, width=0.5, labelsize=6.8, colors=chart.MUTED, pad=2)
    axes.tick_params(axis="x", labelbottom=False, length=0)
    for side in ("right", "top"):
        axes.spines[side].set_visible(False)
    axes.set_title(f"{counted}, by month", loc="left", size=7.5, pad=4, color=chart.INK)


def _key(
    lanes: Sequence[Lane], months: Sequence[MonthBar], rate: Rate | None
) -> list[tuple[str, Mark]]:
    entries: list[tuple[str, Mark]] = []
    if any(month.least for month in months):
        entries.append(("for certain", box(FULL, edge="none")))
    if any(month.most > month.least for month in months):
        entries.append(("may have, in that month", _dashed(FULL)))
    if any(not month.looked for month in months):
        entries.append(("none of them in view", box("white", edge=HATCH, hatch="//////")))
    if rate is not None:
        label = f"at the rate of a ship in view, {100 * rate.level:.0f}% interval"
        entries.append((label, box("#f8dfd0", edge=chart.VERMILION)))
    return entries + _lane_key(lanes)


def _lane_key(lanes: Sequence[Lane]) -> list[tuple[str, Mark]]:
    entries: list[tuple[str, Mark]] = []
    stays = [stay for lane in lanes for stay in lane.stays]
    if any(stay.by == "seen" for stay in stays):
        entries.append(("call heard", box(FULL, edge="none")))
    if any(stay.by == "reported" for stay in stays):
        entries.append(("call reported by others", box(chart.VERMILION, edge="none")))
    if any(_wider(stay) for stay in stays):
        entries.append(("thin line: may have lasted", _thin))
    if any(stay.by == "hidden" for stay in stays):
        entries.append(("inferred from a silence", box("white", hatch="////")))
    if any(lane.gaps for lane in lanes):
        entries.append(("gap: nothing heard", _dashed(chart.PURPLE)))
    if any(lane.stops for lane in lanes):
        entries.append(("lay still, outside the calls", box(HALF, edge="none")))
    if any(lane.known for lane in lanes):
        entries.append(("heard", _line))
    return entries


def _rows(entries: Sequence[tuple[str, Mark]]) -> list[list[tuple[str, Mark]]]:
    rows: list[list[tuple[str, Mark]]] = []
    for entry in entries:
        taken = sum(width_in(label, 7.2) + 0.46 for label, _ in (*(rows[-1:] or [[]])[0], entry))
        if not rows or taken > WIDTH_IN - 2 * MARGIN_IN:
            rows.append([])
        rows[-1].append(entry)
    return rows


def _dashed(colour: str) -> Mark:
    def mark(axes: Axes, x: float, y: float, side: float) -> None:
        axes.add_patch(
            Rectangle((x, y + 0.02), side, side - 0.04, fc="white", ec=colour, lw=0.7,
                      ls=(0, (3, 1.5)))
        )  # fmt: skip

    return mark


def _line(axes: Axes, x: float, y: float, side: float) -> None:
    axes.plot([x, x + side], [y + side / 2] * 2, color=HALF, lw=1.3)


def _thin(axes: Axes, x: float, y: float, side: float) -> None:
    axes.plot([x, x + side], [y + side / 2] * 2, color=chart.INK, lw=0.7)


def _wider(stay: Stay) -> bool:
    """Whether it may have lasted an hour and more longer than it was seen to."""
    if stay.seen is None:
        return False
    hour = timedelta(hours=1)
    return any(
        t is not None and abs(t - s) > hour for t, s in zip(stay.may, stay.seen, strict=True)
    )


def _told(places: Sequence[str]) -> list[str]:
    """The places by their numbers, as many on a line as fit."""
    if not places:
        return []
    said = "   ·   ".join(f"{n + 1} {place}" for n, place in enumerate(places))
    return wrapped(f"Places (numbered where there is room)   {said}", WIDTH_IN - 2 * MARGIN_IN, 7.0)


def _write(page: Page, lines: Sequence[str], top: float) -> None:
    if not lines:
        return
    axes = page.axes(0, top, WIDTH_IN, 0.13 * len(lines))
    axes.set_xlim(0, WIDTH_IN)
    axes.set_ylim(0.13 * len(lines), 0)
    axes.axis("off")
    for k, line in enumerate(lines):
        axes.text(MARGIN_IN, 0.13 * k + 0.065, line, size=7.0, va="center", color=chart.INK)
