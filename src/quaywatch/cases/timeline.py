"""Who was heard or seen when: one lane a subject and kind, gaps drawn as gaps.

A gap is hollow, since it is an absence of records and not a record; an event of which only the day
is known is a bar as long as that day, since a mark at noon would say more than the source does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from matplotlib import dates as untyped_dates
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from quaywatch.cases import chart
from quaywatch.cases.bind import FORMATS
from quaywatch.cases.closure import Closure
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Observation, Record

dates: Any = untyped_dates
"""matplotlib leaves this module untyped."""
WIDTH_IN = 6.7
_SHORT = timedelta(hours=1)
"""Intervals up to this long are marks; longer ones are bars."""

KINDS = {
    "broadcast": "Broadcast (AIS)",
    "sighting": "Ship seen",
    "look": "Images taken",
    "gap": "Gap: nothing heard",
    "reported": "Reported by others",
    "told-broadcast": "Broadcast, as reported",
    "told-sighting": "Seen, as reported",
    "told-absence": "Not seen, as reported",
    "record": "Other record",
}
_KIND_OF_WHAT = {
    "ais-position": "broadcast",
    "ais-static": "broadcast",
    "broadcast": "broadcast",
    "sighting": "sighting",
    "detection": "sighting",
    "scene": "look",
    "look": "look",
    "statement": "reported",
    "article": "reported",
}
_KIND_OF_PREDICATE = {
    "ais-broadcast-at": "told-broadcast",
    "sighted-at": "told-sighting",
    "loading-at": "told-sighting",
    "not-seen-at": "told-absence",
}
"""Of what others report; any other predicate is ``reported``."""
_COLOURS = {
    "broadcast": chart.VERMILION,
    "sighting": chart.BLUE,
    "look": chart.GREEN,
    "gap": chart.PURPLE,
    "reported": chart.MUTED,
    "told-broadcast": chart.VERMILION,
    "told-sighting": chart.BLUE,
    "told-absence": chart.MUTED,
    "record": chart.OCHRE,
}
_MARKS: dict[str, dict[str, Any]] = {
    "broadcast": {"marker": "^", "mfc": "white", "mew": 1.3, "ms": 6.5},
    "sighting": {"marker": "s", "ms": 5.5},
    "look": {"marker": "D", "ms": 4.5},
    "reported": {"marker": "o", "mfc": "white", "mew": 1.2, "ms": 5.5},
    "told-broadcast": {"marker": "^", "mfc": "white", "mew": 1.3, "ms": 6.5},
    "told-sighting": {"marker": "s", "mfc": "white", "mew": 1.2, "ms": 5.5},
    "told-absence": {"marker": "x", "mew": 1.4, "ms": 6},
    "record": {"marker": "|", "ms": 8, "mew": 1.4},
    "gap": {"marker": "|", "ms": 8},
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing on the timeline."""

    record_id: str
    kind: str
    """A key of ``KINDS``."""
    subject: str
    time: TimeInterval


def _event(record: Record) -> Event | None:
    if isinstance(record, Observation) and record.time is not None:
        kind = _KIND_OF_WHAT.get(record.what, "record")
        # Every scene is a subject of its own; the looks of a case share a lane.
        return Event(record.id, kind, "" if kind == "look" else record.subject, record.time)
    if isinstance(record, Claim) and record.time is not None and "gap" in record.predicate:
        return Event(record.id, "gap", record.subject, record.time)
    if isinstance(record, Claim) and record.time is not None and record.basis is Basis.REPORTED:
        kind = _KIND_OF_PREDICATE.get(record.predicate, "reported")
        return Event(record.id, kind, record.subject, record.time)
    return None


def events_of(closure: Closure) -> tuple[Event, ...]:
    """What a closure's records say happened when, in order of time.

    Observations with a time, what others report of a time, and claims of a gap; other claims
    restate what is already there.
    """
    events = [event for record in closure.records.values() if (event := _event(record))]
    return tuple(sorted(events, key=lambda e: (e.time.start, e.time.end, e.kind, e.record_id)))


def _lanes(events: Sequence[Event]) -> list[tuple[str, str]]:
    order = list(KINDS)
    subjects = list(dict.fromkeys(event.subject for event in events))
    lanes = {(event.subject, event.kind) for event in events}
    return sorted(lanes, key=lambda lane: (subjects.index(lane[0]), order.index(lane[1])))


def _lane_name(subject: str, kind: str) -> str:
    name = KINDS[kind].partition(":")[0]
    return f"{chart.drawable(FORMATS['subject'](subject), 26)}\n{name}" if subject else name


def _draw_bar(axes: Axes, event: Event, lane: int) -> None:
    start, end = (float(dates.date2num(t)) for t in (event.time.start, event.time.end))
    colour = _COLOURS[event.kind]
    hollow = event.kind == "gap"
    axes.broken_barh(
        [(start, end - start)], (lane - 0.24, 0.48), facecolor="white" if hollow else colour,
        edgecolor=colour, lw=1.1, ls=(0, (4, 2)) if hollow else "-",
        alpha=1.0 if hollow else 0.45, zorder=3,
    )  # fmt: skip


def _clock_labels(axes: Axes, lane: int, marks: Sequence[Event], span: timedelta) -> None:
    """Clock times beside the marks of a lane, where there is room to read them."""
    if len(marks) > 4 or span > timedelta(days=2):
        return
    for event in marks:
        axes.annotate(
            f"{event.time.start:%H:%M}", (float(dates.date2num(event.time.start)), lane),
            xytext=(0, 6), textcoords="offset points", ha="center", va="bottom", size=6.4,
        )  # fmt: skip


def _draw_lane(axes: Axes, lane: int, kind: str, events: Sequence[Event], span: timedelta) -> None:
    axes.axhline(lane, color="#d8d8d8", lw=0.5, zorder=1)
    marks = [e for e in events if e.kind != "gap" and e.time.duration <= _SHORT]
    for event in events:
        if event not in marks:
            _draw_bar(axes, event, lane)
    if marks:
        style = {"mec": _COLOURS[kind], "mfc": _COLOURS[kind], **_MARKS[kind]}
        at = [float(dates.date2num(event.time.midpoint)) for event in marks]
        axes.plot(at, [lane] * len(at), ls="none", zorder=4, **style)
        _clock_labels(axes, lane, marks, span)


def _legend(figure: Figure, events: Sequence[Event]) -> None:
    handles: list[Line2D | Patch] = []
    for kind, name in KINDS.items():
        if not any(event.kind == kind for event in events):
            continue
        colour = _COLOURS[kind]
        if kind == "gap":
            handles.append(Patch(fc="white", ec=colour, ls=(0, (4, 2)), label=name))
        elif all(e.time.duration > _SHORT for e in events if e.kind == kind):
            handles.append(Patch(fc=colour, alpha=0.45, label=name))
        else:
            style = {"mec": colour, "mfc": colour, **_MARKS[kind]}
            handles.append(Line2D([], [], ls="none", label=name, **style))
    if any(e.kind != "gap" and e.time.duration > _SHORT for e in events):
        handles.append(Patch(fc=chart.MUTED, alpha=0.45, label="Bar: no sharper time known"))
    figure.legend(
        handles=handles, loc="lower left", ncols=3, frameon=False, bbox_to_anchor=(0, 0),
        borderaxespad=0.2, columnspacing=1.8, fontsize=7.5,
    )  # fmt: skip


def _window(events: Sequence[Event]) -> tuple[datetime, datetime]:
    """What to show: all, or only the marks where these would fall together on the full axis.

    Bars then run off the sheet on both sides, as what is known no sharper should; where one lies
    wholly beside the marks, all is shown.
    """
    first, last = min(e.time.start for e in events), max(e.time.end for e in events)
    marks = [e.time.midpoint for e in events if e.kind != "gap" and e.time.duration <= _SHORT]
    together = len(marks) > 1 and timedelta(0) < (max(marks) - min(marks)) < (last - first) / 20
    if together and all(e.time.start <= max(marks) and e.time.end >= min(marks) for e in events):
        first, last = min(marks), max(marks)
        pad = (last - first) * 0.6
    else:
        # Marks sit on the ends: leave room for them, and for their clock times.
        pad = max(last - first, timedelta(minutes=10)) * 0.06
    return first - pad, last + pad


def _time_axis(axes: Axes, start: datetime, end: datetime) -> None:
    axes.set_xlim(float(dates.date2num(start)), float(dates.date2num(end)))
    locator = dates.AutoDateLocator(minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    # The date stands below each tick at which the day, or for long axes the year, is new.
    formatter = dates.ConciseDateFormatter(
        locator,
        formats=["%Y", "%b", "%-d %b", "%H:%M", "%H:%M", "%H:%M:%S"],
        zero_formats=["", "%b\n%Y", "%-d %b", "%H:%M\n%-d %b", "%H:%M", "%H:%M"],
        show_offset=False,
    )
    axes.xaxis.set_major_formatter(formatter)
    axes.grid(visible=True, axis="x", color="#dfe4e8", lw=0.45, zorder=0)


def _days(start: datetime, end: datetime) -> str:
    first, last = (f"{at.day} {at:%b} {at.year}" for at in (start, end))
    return f"{first}, UTC" if first == last else f"{first} to {last}, UTC"


def draw_timeline(events: Sequence[Event]) -> bytes | None:
    """The timeline as SVG bytes, in UTC; None where nothing has a time."""
    if not events:
        return None
    lanes = _lanes(events)
    kinds = {event.kind for event in events}
    rows = -(-(len(kinds) + 1) // 3)
    below_in = 0.46 + 0.19 * rows
    height_in = 0.34 * len(lanes) + below_in + 0.16
    with rc_context(chart.STYLE):
        figure = Figure(figsize=(WIDTH_IN, height_in))
        left = 1.62 / WIDTH_IN
        axes = figure.add_axes(
            (left, below_in / height_in, 0.985 - left, 1 - (below_in + 0.1) / height_in)
        )
        start, end = _window(events)
        _time_axis(axes, start, end)
        for lane, (subject, kind) in enumerate(lanes):
            own = [e for e in events if (e.subject, e.kind) == (subject, kind)]
            _draw_lane(axes, lane, kind, own, end - start)
        axes.set_yticks(range(len(lanes)), [_lane_name(*lane) for lane in lanes])
        axes.set_ylim(len(lanes) - 0.4, -0.75)
        axes.tick_params(length=2.5, width=0.5, labelsize=6.6, colors=chart.MUTED)
        axes.tick_params(axis="y", length=0)
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)
        figure.text(0.995, 0.02, _days(start, end), ha="right", size=6.6, color=chart.MUTED)
        _legend(figure, events)
        return chart.svg_bytes(figure)
