"""Voyages, calls, legs and gaps as rows of one table, for CSV, GeoJSON and GeoParquet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPoint, Point, shape
from shapely.geometry.base import BaseGeometry

from quaywatch.cases.tables_out import line_on_earth
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.heard import METHOD as HEARD_METHOD
from quaywatch.voyages.voyage import Call, EnRoute, Leg, Voyage, When
from quaywatch.voyages.voyage_tables import voyages_table
from quaywatch.workflows.voyage_inputs import CoastMask
from quaywatch.workflows.voyages import likeliest, plain_rows
from quaywatch.workflows.voyages_shown import UNNAMED, Ship, carried_json, stops_of
from quaywatch.workflows.voyages_silences import Unheard, features_of, silences_of


def table_of(
    workspace: Workspace, ships: Sequence[Ship]
) -> tuple[list[dict[str, Any]], list[BaseGeometry | None]]:
    """Voyages, calls, legs and gaps as rows of one table, with their geometry.

    ``what`` says which: ``voyage`` (no geometry), ``call`` (a point), ``leg`` (only the pieces
    that were heard), ``stop`` (an hour or more at rest outside every call), ``gap`` (a line only
    where it keeps to water, else its two ends; the way is not known) and ``reports`` (heard, but
    joined by no line).
    """
    mask = CoastMask(workspace.cache_dir / "water")
    rows: list[dict[str, Any]] = []
    shapes: list[BaseGeometry | None] = []
    for ship in ships:
        for row, geometry in _rows(ship, mask, gap_hours=workspace.config.watch.gap_hours):
            whose = {"what": None, "vessel": ship.subject, "name": ship.name}
            marked = {"simulated": True} if workspace.config.simulated else {}
            rows.append(whose | marked | {name: _short(value) for name, value in row.items()})
            shapes.append(geometry)
    order = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name) for name in order} for row in rows], shapes


def _short(value: object) -> object:
    """Figures to six significant digits, as in JSON."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


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
        features = [] if ship.told.known.track is None else features_of(ship, leg, mask)
        heard = [shape(f["geometry"]) for f in features if f["properties"]["kind"] == "heard"]
        yield own | _leg_row(leg), (heard[0] if heard else None)
        yield from _unjoined(own, features)
    for stop in stops_of(ship):
        yield _stop_row(stop), Point(stop.position.lon, stop.position.lat)
    for gap in silences_of(ship, mask):
        if gap.hours >= gap_hours:
            yield _gap_row(gap), _gap_shape(gap)


def _unjoined(
    own: Mapping[str, Any], features: Sequence[Mapping[str, Any]]
) -> Iterable[tuple[dict[str, Any], BaseGeometry | None]]:
    """Reports of a leg that no line reaches, one row for each reason."""
    for kind in ("heard-alone", "over-land"):
        mine = [feature for feature in features if feature["properties"]["kind"] == kind]
        if mine:
            points = np.vstack([shapely.get_coordinates(shape(f["geometry"])) for f in mine])
            told = {"what": "reports", "kind": kind, "method": mine[0]["properties"]["method"]}
            yield {**own, **told}, MultiPoint(np.unique(points, axis=0))


def _voyage_row(ship: Ship, voyage: Voyage) -> dict[str, Any]:
    row = plain_rows(voyages_table([replace(ship.told.history, voyages=(voyage,))]))[0]
    carried = carried_json(ship, voyage)
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
        "rest_from": call.at_rest.earliest if call.at_rest else None,
        "rest_to": call.at_rest.latest if call.at_rest else None,
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
        "heard_h": leg.heard_h,
        "heard_kn": leg.heard_kn,
        "speed_kn_least": leg.speed_kn[0],
        "speed_kn_most": leg.speed_kn[1],
        "reason": " ".join(leg.reasons) or None,
        "method": leg.method,
    }


def _stop_row(stop: EnRoute) -> dict[str, Any]:
    return {
        "what": "stop",
        "kind": stop.verdict,
        **_times(When.at(stop.start), When(stop.end, stop.end)),
        "hours": None if stop.end is None else (stop.end - stop.start).total_seconds() / 3600,
        "reason": " ".join(filter(None, ["No port is known there, or on the way.", stop.reason])),
        "evidence": " ".join(stop.evidence) or None,
    }


def _gap_row(gap: Unheard) -> dict[str, Any]:
    may = ", ".join(
        f"{call.place.name or UNNAMED} {call.weight:.2f}" for call in likeliest(gap.may_hold)
    )
    return {
        "what": "gap",
        **_times(When.at(gap.start), When.at(gap.end)),
        "hours": gap.hours,
        "may_hold": may or None,
        "reason": "Nothing was heard: the way is not known."
        + (" The chances are of a further call, besides those listed." if may else ""),
        "method": HEARD_METHOD,
    }


def _gap_shape(gap: Unheard) -> BaseGeometry:
    """A line only where the straight way keeps to water; else the two ends."""
    ends = [(gap.before.lon, gap.before.lat), (gap.after.lon, gap.after.lat)]
    return (line_on_earth(ends) if gap.wet else None) or MultiPoint(ends)


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
