"""Voyages shown: as JSON for scripts, as one table for other tools, as a map and a chart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import shapely
from shapely.geometry import LineString, MultiLineString, MultiPoint, Point, shape
from shapely.geometry.base import BaseGeometry

from quaywatch.cases.calendar_page import Sheet, spoken
from quaywatch.cases.voyage_chart import Lane, MonthBar, Rate, draw_life
from quaywatch.cases.voyage_chart import Stay as Bar
from quaywatch.cases.voyage_map import PortMark, ShipWays, draw_voyages
from quaywatch.cases.voyage_map import Silence as MapSilence
from quaywatch.evidence.record import Claim, Source
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.cadence import Cadence, Month
from quaywatch.voyages.gazetteer import METHOD as NAMES_METHOD
from quaywatch.voyages.gazetteer import Place
from quaywatch.voyages.legs import leg_features
from quaywatch.voyages.voyage import Call, Leg, Voyage, When
from quaywatch.voyages.voyage_tables import calls_table, legs_table, voyages_table
from quaywatch.workflows.case import land_of
from quaywatch.workflows.names import name_of
from quaywatch.workflows.voyage_inputs import CoastMask
from quaywatch.workflows.voyages import METHOD, Told, plain_rows

CONTRADICTING: Final = frozenset({"impossible", "implausible", "not-seen"})
LAND_CREDIT: Final = "Land: GSHHG (Wessel and Smith 1996)"
UNNAMED: Final = "unnamed"


@dataclass(frozen=True, slots=True)
class Ship:
    """A vessel with its voyages and what they carried."""

    told: Told
    name: str | None
    claim: str
    """Id of the claim of its voyages."""
    cargo: Mapping[str, Any]
    """By voyage id, tonnes as ``workflows.cargo.cargo_of`` gives them."""
    worth: Mapping[str, Any]
    """By voyage id, value as ``workflows.cargo.worth_of`` gives it."""
    contradicted: int = 0
    """Checks in the ledger that contradict what it broadcast."""

    @property
    def subject(self) -> str:
        """Of its claims."""
        return self.told.known.subject

    @property
    def label(self) -> str:
        """Its name, else its number."""
        return self.name or self.subject


def contradictions(workspace: Workspace, told: Told) -> int:
    """How many checks in the ledger contradict what a vessel broadcast."""
    subjects = {told.known.subject, *(f"mmsi:{mmsi:09d}" for mmsi in told.known.mmsis)}
    return sum(
        isinstance(claim, Claim)
        and claim.predicate in {"two-places", "presence"}
        and isinstance(claim.value, dict)
        and claim.value.get("verdict") in CONTRADICTING
        for subject in sorted(subjects)
        for claim in workspace.evidence.find("claim", subject=subject)
    )


def label_of(workspace: Workspace, subject: str) -> str | None:
    """The name that a vessel last broadcast, or was given."""
    return name_of(workspace, subject)


def ship_json(ship: Ship) -> dict[str, Any]:
    """One vessel for scripts: its voyages with their tonnes, calls, legs and gaps."""
    history, known = ship.told.history, ship.told.known
    calls, legs = (plain_rows(t) for t in (calls_table([history]), legs_table([history])))
    return {
        "subject": ship.subject,
        "name": ship.name,
        "mmsi": list(known.mmsis),
        "known": {"from": _iso(history.known.earliest), "to": _iso(history.known.latest)},
        "voyages": voyages_json(ship),
        "calls": calls,
        "legs": legs,
        "gaps": [_gap_json(start, end, may) for start, end, may in gaps_of(ship)],
        "contradicted_by": ship.contradicted,
        "reasons": list(history.reasons),
        "notes": [*ship.told.notes, *_doubt(ship)],
        "claim": ship.claim,
        "method": METHOD,
    }


def voyages_json(ship: Ship) -> list[dict[str, Any]]:
    """Voyages with their calls by id, tonnes and value; what is unknown is null with its reason."""
    history = ship.told.history
    rows = plain_rows(voyages_table([history]))
    return [
        row | {"calls": [c.call_id for c in _calls_on(voyage)]} | _carried(ship, voyage)
        for row, voyage in zip(rows, history.voyages, strict=True)
    ]


def _carried(ship: Ship, voyage: Voyage) -> dict[str, Any]:
    cargo = ship.cargo.get(voyage.voyage_id, {})
    worth = ship.worth.get(voyage.voyage_id, {})
    return {
        "tonnes": cargo.get("tonnes"),
        "tonnes_if_laden": cargo.get("tonnes_if_laden"),
        "tonnes_reason": cargo.get("reason"),
        "cargo_notes": cargo.get("notes", []),
        "cargo_drivers": cargo.get("drivers", []),
        "value_usd": worth.get("value"),
        "value_reason": worth.get("reason"),
    }


def _calls_on(voyage: Voyage) -> list[Call]:
    ends = [leg.origin for leg in voyage.legs] + [voyage.legs[-1].destination]
    return [call for call in ends if call is not None]


def gaps_of(ship: Ship) -> list[tuple[datetime, datetime, list[Call]]]:
    """Every gap once, with what it may hold."""
    found: dict[tuple[datetime, datetime], list[Call]] = {}
    for leg in ship.told.history.legs:
        for gap in leg.gaps:
            held = found.setdefault((gap.start, gap.end), [])
            held += [call for call in gap.hidden if call not in held]
    return [(start, end, may) for (start, end), may in sorted(found.items(), key=lambda i: i[0])]


def _gap_json(start: datetime, end: datetime, may: Sequence[Call]) -> dict[str, Any]:
    """A gap; of a port asked about on both sides of a sighting, the likelier answer."""
    return {
        "start": _iso(start),
        "end": _iso(end),
        "hours": round((end - start).total_seconds() / 3600, 2),
        "may_hold": [
            {
                "port": call.place.port,
                "name": call.place.name,
                "country": call.place.country,
                "lon": call.place.position.lon,
                "lat": call.place.position.lat,
                "probability": call.probability,
                "reason": " ".join(call.reasons) or None,
                "method": call.method,
            }
            for call in likeliest(may)
        ],
    }


def likeliest(may: Iterable[Call]) -> list[Call]:
    """The likeliest hidden call at each place, the likeliest first."""
    best: dict[object, Call] = {}
    for call in may:
        key = call.place.port or call.place.position
        if key not in best or call.weight > best[key].weight:
            best[key] = call
    return sorted(best.values(), key=lambda c: (-c.weight, str(c.place.name)))


def _doubt(ship: Ship) -> list[str]:
    if not ship.contradicted:
        return []
    checks = "1 check" if ship.contradicted == 1 else f"{ship.contradicted} checks"
    said = "contradicts" if ship.contradicted == 1 else "contradict"
    shown = "lines show what was broadcast, not where it was."
    return [f"{checks} in the ledger {said} what it broadcast: {shown}"]


# One table of everything, for CSV, GeoJSON and GeoParquet.


def table_of(
    workspace: Workspace, ships: Sequence[Ship]
) -> tuple[list[dict[str, Any]], list[BaseGeometry | None]]:
    """Voyages, calls, legs and gaps as rows of one table, with their geometry.

    ``what`` says which: ``voyage`` (no geometry), ``call`` (a point), ``leg`` (only the pieces
    that were heard), ``gap`` (a line only where it keeps to water, else its two ends; the way is
    not known) and ``reports`` (heard, but joined by no line).
    """
    mask = CoastMask(workspace.cache_dir / "water")
    rows: list[dict[str, Any]] = []
    shapes: list[BaseGeometry | None] = []
    for ship in ships:
        for row, geometry in _rows(ship, mask, gap_hours=workspace.config.watch.gap_hours):
            rows.append({"what": None, "vessel": ship.subject, "name": ship.name} | row)
            shapes.append(geometry)
    order = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name) for name in order} for row in rows], shapes


def _rows(
    ship: Ship, mask: CoastMask, *, gap_hours: float
) -> Iterable[tuple[dict[str, Any], BaseGeometry | None]]:
    history = ship.told.history
    for voyage in history.voyages:
        yield _voyage_row(ship, voyage), None
    for call in history.calls:
        at = call.place.position
        yield _call_row(call), Point(at.lon, at.lat)
    voyage_by_leg = {id(leg): v.voyage_id for v in history.voyages for leg in v.legs}
    for leg in history.legs:
        own = {"voyage": voyage_by_leg.get(id(leg)), **_ends(leg)}
        features = [] if ship.told.known.track is None else _features(ship, leg, mask)
        heard = [shape(f["geometry"]) for f in features if f["properties"]["kind"] == "heard"]
        yield own | _leg_row(leg), (heard[0] if heard else None)
        for feature in features:
            told = feature["properties"]
            if told["kind"] == "gap" and told["hours"] >= gap_hours:
                yield own | _gap_row(told), shape(feature["geometry"])
            elif told["kind"] in {"heard-alone", "over-land"}:
                row = {"what": "reports", "kind": told["kind"], "method": told["method"]}
                yield own | row, shape(feature["geometry"])


def _features(ship: Ship, leg: Leg, mask: CoastMask) -> list[dict[str, Any]]:
    track = ship.told.known.track
    return [] if track is None else leg_features(leg, track, land=mask)


def _voyage_row(ship: Ship, voyage: Voyage) -> dict[str, Any]:
    row = plain_rows(voyages_table([replace(ship.told.history, voyages=(voyage,))]))[0]
    carried = _carried(ship, voyage)
    tonnes, value = carried["tonnes"] or {}, carried["value_usd"] or {}
    return {
        "what": "voyage",
        "voyage": row["voyage"],
        "kind": row["kind"],
        "from_name": row["load_name"],
        "from_country": row["load_country"],
        "to_name": row["discharge_name"],
        "to_country": row["discharge_country"],
        **_times(voyage.began, voyage.ended),
        "water_nm": row["water_nm"],
        "seen_share": row["seen_share"],
        "probability": row["probability"],
        "p_laden": row["p_laden"],
        "tonnes_mean": tonnes.get("mean"),
        "tonnes_low95": (tonnes.get("interval_95") or [None])[0],
        "tonnes_high95": (tonnes.get("interval_95") or [None])[-1],
        "tonnes_reason": carried["tonnes_reason"],
        "value_usd_mean": value.get("mean"),
        "value_usd_low95": (value.get("interval_95") or [None])[0],
        "value_usd_high95": (value.get("interval_95") or [None])[-1],
        "value_reason": carried["value_reason"],
        "reason": row["reason"],
        "method": row["method"],
    }


def _call_row(call: Call) -> dict[str, Any]:
    return {
        "what": "call",
        "call": call.call_id,
        "port_name": call.place.name,
        "port_country": call.place.country,
        "berth": call.berth,
        "seen_by": "+".join(call.seen_by),
        "role": call.role.name,
        **_times(call.arrived, call.departed),
        "probability": call.probability,
        "reason": " ".join((*call.reasons, *filter(None, [call.place.reason]))) or None,
        "evidence": " ".join(call.evidence) or None,
        "method": call.method,
    }


def _leg_row(leg: Leg) -> dict[str, Any]:
    return {
        "what": "leg",
        **_times(leg.departed, leg.arrived),
        "water_nm": leg.water_nm,
        "sailed_nm": leg.sailed_nm,
        "seen_share": leg.seen_share,
        "speed_kn_least": leg.speed_kn[0],
        "speed_kn_most": leg.speed_kn[1],
        "reason": " ".join(leg.reasons) or None,
        "method": leg.method,
    }


def _gap_row(told: Mapping[str, Any]) -> dict[str, Any]:
    start, end = (datetime.fromisoformat(told[k]) for k in ("start", "end"))
    return {
        "what": "gap",
        **_times(When.at(start), When.at(end)),
        "hours": told["hours"],
        "reason": "Nothing was heard: the way is not known.",
        "method": told["method"],
    }


def _ends(leg: Leg) -> dict[str, Any]:
    a, b = leg.origin, leg.destination
    return {
        "from_name": a.place.name if a else None,
        "from_country": a.place.country if a else None,
        "to_name": b.place.name if b else None,
        "to_country": b.place.country if b else None,
    }


def _times(first: When, then: When) -> dict[str, datetime | None]:
    return {
        "start_earliest": first.earliest,
        "start_latest": first.latest,
        "end_earliest": then.earliest,
        "end_latest": then.latest,
    }


# The map.


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
    silences: list[MapSilence] = []
    for leg in ship.told.history.legs:
        for feature in _features(ship, leg, mask):
            told, geometry = feature["properties"], shape(feature["geometry"])
            if told["kind"] == "heard":
                heard += [[(x, y) for x, y in line.coords] for line in _lines_in(geometry)]
            elif told["kind"] == "gap":
                silences.append(_silence(told, geometry))
            else:
                alone += [(p.x, p.y) for p in geometry.geoms]
    return ShipWays(ship.label, heard, silences, alone)


def _lines_in(geometry: BaseGeometry) -> list[LineString]:
    return list(geometry.geoms) if isinstance(geometry, MultiLineString) else [geometry]


def _silence(told: Mapping[str, Any], geometry: BaseGeometry) -> MapSilence:
    points = shapely.get_coordinates(geometry)
    start, end = (datetime.fromisoformat(told[k]) for k in ("start", "end"))
    return MapSilence(
        (float(points[0][0]), float(points[0][1])),
        (float(points[-1][0]), float(points[-1][1])),
        float(told["hours"]),
        not isinstance(geometry, MultiPoint),
        _days_told(start, end),
    )


def _days_told(start: datetime, end: datetime) -> str:
    first, last = start.date(), end.date()
    if first == last:
        return spoken(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{spoken(last)}"
    if first.year == last.year:
        return f"{first.day} {first:%b} – {spoken(last)}"
    return f"{spoken(first)} – {spoken(last)}"


def _marks(ships: Sequence[Ship]) -> list[PortMark]:
    """A mark for every place of call, one for those of one name within a few miles."""
    marks: dict[tuple[object, bool], PortMark] = {}
    for ship in ships:
        for call in ship.told.history.calls:
            at = call.place.position
            key = call.place.name or (round(at.lon, 1), round(at.lat, 1))
            if (key, False) in marks and not call.hidden:
                del marks[key, False]
            if (key, True) in marks or (key, not call.hidden) in marks:
                continue
            marks[key, not call.hidden] = PortMark(
                (at.lon, at.lat), place_label(call.place), seen=not call.hidden
            )
    return list(marks.values())


def place_label(place: Place) -> str:
    """A port's name for a map; "unnamed" where no name is near enough."""
    return place.name or UNNAMED


# The chart.


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
    lanes = [_lane(ship) for ship in ships]
    return draw_life(lanes, sheet, months=months, rate=_rate(cadence), counted=counted, form=form)


def _rate(cadence: Cadence | None) -> Rate | None:
    if cadence is None or None in {cadence.per_month, cadence.low, cadence.high}:
        return None
    return Rate(cadence.per_month or 0.0, cadence.low or 0.0, cadence.high or 0.0, cadence.level)


def _told_of(ship: Ship, ships: int) -> list[str]:
    return [f"{ship.label}: {text}" if ships > 1 else text for text in _doubt(ship)]


def _month(month: Month) -> MonthBar:
    return MonthBar(
        month.start, month.end, month.least, month.most, month.expected, month.exposure > 0
    )


def _lane(ship: Ship) -> Lane:
    known = ship.told.known
    return Lane(
        ship.label,
        [_bar(call) for call in ship.told.history.calls],
        [(start, end) for start, end, _ in gaps_of(ship)],
        None if known.first is None or known.last is None else (known.first, known.last),
    )


def _bar(call: Call) -> Bar:
    by = "hidden" if call.hidden else "reported" if call.seen_by[0] == "reported" else "seen"
    seen = None
    if call.present is not None and call.present.earliest and call.present.latest:
        seen = call.present.earliest, call.present.latest
    place = place_label(call.place)
    if call.place.name is None:
        at = call.place.position
        place = f"{UNNAMED} ({at.lat:.1f}, {at.lon:.1f})"
    return Bar(place, seen, (call.arrived.earliest, call.departed.latest), by)


def _lines(ships: Sequence[Ship], ways: Sequence[ShipWays], hours: float) -> tuple[str, ...]:
    calls = [call for ship in ships for call in ship.told.history.calls]
    legs = [leg for ship in ships for leg in ship.told.history.legs]
    gaps = [gap for way in ways for gap in way.silences if gap.hours >= hours]
    days = sum(gap.hours for gap in gaps) / 24
    seen = sum(not call.hidden for call in calls)
    first = f"{_count(seen, 'call')} seen, {_count(len(legs), 'leg')}"
    if len(calls) > seen:
        first += f", {_count(len(calls) - seen, 'call')} inferred from silences"
    lines = [
        f"{first}. Lines are drawn only where it was heard." if len(ships) == 1
        else f"{first}. Lines are drawn only where a ship was heard."
    ]  # fmt: skip
    if gaps:
        lines.append(
            f"{_count(len(gaps), 'gap')} of {hours:g} h and more on the way, {days:.1f} days "
            "together: where a ship was then is not known. A gap is no transponder switched off."
        )
    for ship in ships:
        lines += [f"{ship.label}: {text}" if len(ships) > 1 else text for text in _doubt(ship)]
    return tuple(lines)


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def title_of(ship: Ship) -> str:
    """A headline of what is known of one vessel."""
    history = ship.told.history
    seen = [call for call in history.calls if not call.hidden]
    places = {call.place.name or call.place.position for call in seen}
    first, last = history.known.earliest, history.known.latest
    when = "" if first is None or last is None else f", {_days_told(first, last)}"
    return f"{ship.label}: {_count(len(seen), 'call')} at {_count(len(places), 'place')}{when}"


def ais_credit(workspace: Workspace) -> str:
    """Whose AIS it is, as the sources say."""
    named = {
        one.credit or one.provider
        for one in workspace.evidence.find("source")
        if isinstance(one, Source) and one.media == "ais"
    }
    known = sorted(name for name in named if name)
    return f"AIS: {', '.join(known)}" if known else "AIS: credit not stated"


def about(ships: Sequence[Ship], workspace: Workspace) -> dict[str, Any]:
    """What holds for a whole table of voyages."""
    return {
        "method": METHOD,
        "claims": [ship.claim for ship in ships],
        "ais": ais_credit(workspace),
        "simulated": workspace.config.simulated,
        "notes": [
            f"{ship.label}: {note}"
            for ship in ships
            for note in (*ship.told.history.reasons, *ship.told.notes, *_doubt(ship))
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
