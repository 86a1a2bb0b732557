"""Voyages drawn: the map of what was heard, and the chart of calls and gaps in time."""

from collections.abc import Sequence
from typing import Final

from shapely.geometry import LineString, MultiLineString, shape
from shapely.geometry.base import BaseGeometry

from quaywatch.cases.calendar_page import Sheet
from quaywatch.cases.voyage_chart import Lane, MonthBar, Rate, draw_life
from quaywatch.cases.voyage_chart import Stay as Bar
from quaywatch.cases.voyage_map import PortMark, ShipWays, draw_voyages
from quaywatch.cases.voyage_map import Silence as MapSilence
from quaywatch.evidence.wording import counted as in_words
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.cadence import Cadence, Month
from quaywatch.voyages.gazetteer import METHOD as NAMES_METHOD
from quaywatch.voyages.heard import heard_features
from quaywatch.voyages.voyage import Call
from quaywatch.workflows.case import land_of
from quaywatch.workflows.voyage_inputs import CoastMask
from quaywatch.workflows.voyages import METHOD, gaps_of
from quaywatch.workflows.voyages_shown import (
    Ship,
    ais_credit,
    days_told,
    doubts_of,
    places_of,
    stops_of,
    why_unheard,
)
from quaywatch.workflows.voyages_silences import Unheard, features_of, silences_of

LAND_CREDIT: Final = "Land: GSHHG (Wessel and Smith 1996)"


def map_of(workspace: Workspace, ships: Sequence[Ship], *, title: str, form: str) -> bytes | None:
    """The map of some vessels' legs, SVG or PNG; None where there is no place to draw.

    Args:
        workspace: whose land and credits.
        ships: drawn.
        title: the first line; the rest is told from what is drawn.
        form: ``svg`` or ``png``.

    """
    mask = CoastMask(workspace.cache_dir / "water")
    ways = [_ways_drawn(ship, mask) for ship in ships]
    hours = workspace.config.watch.gap_hours
    sheet = Sheet(
        title=title,
        lines=_lines(ships, ways, hours),
        credits=(
            f"{ais_credit(workspace)}. {LAND_CREDIT}. Port names: World Port Index, or as drawn.",
            f"Method: {METHOD}, {NAMES_METHOD}. Times UTC. Mercator.",
        ),
        stamp="SIMULATED" if workspace.config.simulated else None,
    )
    return draw_voyages(
        ways, _marks(ships), sheet, land=land_of(workspace), gap_hours=hours, form=form
    )


def _ways_drawn(ship: Ship, mask: CoastMask) -> ShipWays:
    heard: list[list[tuple[float, float]]] = []
    alone: list[tuple[float, float]] = []
    for leg in ship.told.history.legs:
        for feature in features_of(ship, leg, mask):
            told, geometry = feature["properties"], shape(feature["geometry"])
            if told["kind"] == "heard":
                heard += [[(x, y) for x, y in line.coords] for line in _lines_in(geometry)]
            elif told["kind"] != "gap":
                alone += [(p.x, p.y) for p in geometry.geoms]
    heard += _in_port(ship, mask)
    silences = [_silence(gap) for gap in silences_of(ship, mask)]
    stops = [(stop.position.lon, stop.position.lat) for stop in stops_of(ship)]
    return ShipWays(ship.label, heard, silences, alone, stops)


def _in_port(ship: Ship, mask: CoastMask) -> list[list[tuple[float, float]]]:
    """Lines heard within reach of the ports: to where it lay, and away from there."""
    track = ship.told.known.track
    found: list[list[tuple[float, float]]] = []
    for call in ship.told.history.calls if track is not None else ():
        span = call.present
        if track is None or "ais" not in call.seen_by or span is None:
            continue
        if span.earliest is None or span.latest is None:
            continue
        own = track.between(*(round(t.timestamp() * 1e6) for t in (span.earliest, span.latest)))
        for feature in heard_features(own, land=mask):
            if feature["properties"]["kind"] == "heard":
                lines = _lines_in(shape(feature["geometry"]))
                found += [[(x, y) for x, y in line.coords] for line in lines]
    return found


def _lines_in(geometry: BaseGeometry) -> list[LineString]:
    return list(geometry.geoms) if isinstance(geometry, MultiLineString) else [geometry]


def _silence(gap: Unheard) -> MapSilence:
    return MapSilence(
        (gap.before.lon, gap.before.lat),
        (gap.after.lon, gap.after.lat),
        gap.hours,
        gap.wet,
        days_told(gap.start, gap.end),
    )


def _marks(ships: Sequence[Ship]) -> list[PortMark]:
    """A mark for every place of call, once."""
    calls = [call for ship in ships for call in ship.told.history.calls]
    marks: dict[str, PortMark] = {}
    for call, label in zip(calls, places_of(calls), strict=True):
        at = call.place.position
        if label not in marks or (not marks[label].seen and not call.hidden):
            marks[label] = PortMark((at.lon, at.lat), label, seen=not call.hidden)
    return list(marks.values())


def _lines(ships: Sequence[Ship], ways: Sequence[ShipWays], hours: float) -> tuple[str, ...]:
    calls = [call for ship in ships for call in ship.told.history.calls]
    legs = [leg for ship in ships for leg in ship.told.history.legs]
    gaps = [gap for way in ways for gap in way.silences if gap.hours >= hours]
    days = sum(gap.hours for gap in gaps) / 24
    seen = sum(not call.hidden for call in calls)
    reported = sum(call.seen_by[0] == "reported" for call in calls)
    told = f", {reported} of them as others report" if reported else ""
    first = f"{in_words(seen, 'call')}{told}, {in_words(len(legs), 'leg')}"
    stops = sum(len(stops_of(ship)) for ship in ships)
    if stops:
        first += f", {in_words(stops, 'stop')} where no port is known or on the way"
    if len(calls) > seen:
        first += f", {in_words(len(calls) - seen, 'call')} inferred from silences"
    lines = [
        f"{first}. Lines are drawn only where it was heard." if len(ships) == 1
        else f"{first}. Lines are drawn only where a ship was heard."
    ]  # fmt: skip
    if gaps:
        lines.append(
            f"{in_words(len(gaps), 'gap')} of {hours:g} h and more on the way, {days:.1f} days "
            "together: where a ship was then is not known. A gap is no transponder switched off."
        )
    for ship in ships:
        lines += [f"{ship.label}: {text}" if len(ships) > 1 else text for text in doubts_of(ship)]
    return tuple(lines)


def chart_of(
    workspace: Workspace,
    ships: Sequence[Ship],
    *,
    title: str,
    form: str,
    lines: Sequence[str] = (),
    cadence: Cadence | None = None,
    counted: str = "",
) -> bytes:
    """Calls, ways and gaps of some vessels in time, with the months of a cadence above: SVG or PNG.

    Args:
        workspace: whose credits.
        ships: a lane each.
        title: the first line.
        form: ``svg`` or ``png``.
        lines: said below the title.
        cadence: of the fleet; None: only the lanes.
        counted: what it counts.

    """
    sheet = Sheet(
        title=title,
        lines=(*lines, *(text for ship in ships for text in _told_of(ship, len(ships)))),
        credits=(
            f"{ais_credit(workspace)}. Port names: World Port Index, or as drawn. Times UTC.",
            f"Method: {', '.join([METHOD, *([cadence.method] if cadence else [])])}.",
        ),
        stamp="SIMULATED" if workspace.config.simulated else None,
    )
    months = [] if cadence is None else [_month(m) for m in cadence.months]
    names = places_of([call for ship in ships for call in ship.told.history.calls])
    lanes = []
    for ship in ships:
        mine = len(ship.told.history.calls)
        lanes.append(_lane(ship, names[:mine]))
        names = names[mine:]
    return draw_life(lanes, sheet, months=months, rate=_rate(cadence), counted=counted, form=form)


def _rate(cadence: Cadence | None) -> Rate | None:
    if cadence is None or None in {cadence.per_month, cadence.low, cadence.high}:
        return None
    return Rate(cadence.per_month or 0.0, cadence.low or 0.0, cadence.high or 0.0, cadence.level)


def _told_of(ship: Ship, ships: int) -> list[str]:
    return [f"{ship.label}: {text}" if ships > 1 else text for text in doubts_of(ship)]


def _month(month: Month) -> MonthBar:
    return MonthBar(month.start, month.end, month.least, month.most, month.expected, month.exposure)


def _lane(ship: Ship, places: Sequence[str]) -> Lane:
    known = ship.told.known
    return Lane(
        ship.label,
        [_bar(*pair) for pair in zip(ship.told.history.calls, places, strict=True)],
        [(gap.start, gap.end) for gap in gaps_of(ship.told.history)],
        None if known.first is None or known.last is None else (known.first, known.last),
        why_unheard(known),
        [(stop.start, stop.end) for stop in stops_of(ship) if stop.end is not None],
    )


def _bar(call: Call, place: str) -> Bar:
    by = "hidden" if call.hidden else "reported" if call.seen_by[0] == "reported" else "seen"
    seen = None
    if call.present is not None and call.present.earliest and call.present.latest:
        seen = call.present.earliest, call.present.latest
    return Bar(place, seen, (call.arrived.earliest, call.departed.latest), by)
