"""Calls, legs, voyages and fleets as tables: one row each, units in the names, null is unknown."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl

from quaywatch.voyages.gazetteer import country_name
from quaywatch.voyages.voyage import Call, History, Leg, Voyage, When

_TIME: Final = pl.Datetime("us", "UTC")
CALLS_TABLE: Final[dict[str, Any]] = {
    "vessel": pl.String(),
    "call": pl.String(),
    "port": pl.String(),
    "name": pl.String(),
    "country": pl.String(),
    "country_name": pl.String(),
    "name_km": pl.Float64(),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "berth": pl.String(),
    "seen_by": pl.String(),
    "arrived_earliest": _TIME,
    "arrived_latest": _TIME,
    "departed_earliest": _TIME,
    "departed_latest": _TIME,
    "rest_from": _TIME,
    "rest_to": _TIME,
    "stay_h_least": pl.Float64(),
    "stay_h_most": pl.Float64(),
    "probability": pl.Float64(),
    "role": pl.String(),
    "p_load": pl.Float64(),
    "p_discharge": pl.Float64(),
    "reason": pl.String(),
    "evidence": pl.String(),
    "method": pl.String(),
}
"""One row a call. ``country``: ISO 3166-1 alpha-2; ``name_km``: from the place to where the
gazetteer puts the name; ``arrived``, ``departed``: within reach of the port where AIS saw it;
``rest_from``, ``rest_to``: at rest there; ``seen_by``: parted by "+"; ``probability`` null: seen,
taken as seen; ``evidence``: ids parted by spaces."""
LEGS_TABLE: Final[dict[str, Any]] = {
    "vessel": pl.String(),
    "from_call": pl.String(),
    "to_call": pl.String(),
    "from_name": pl.String(),
    "from_country": pl.String(),
    "to_name": pl.String(),
    "to_country": pl.String(),
    "departed_earliest": _TIME,
    "departed_latest": _TIME,
    "arrived_earliest": _TIME,
    "arrived_latest": _TIME,
    "great_circle_nm": pl.Float64(),
    "water_nm": pl.Float64(),
    "lower_bound_nm": pl.Float64(),
    "hours_least": pl.Float64(),
    "hours_most": pl.Float64(),
    "speed_kn_least": pl.Float64(),
    "speed_kn_most": pl.Float64(),
    "sailed_nm": pl.Float64(),
    "heard_h": pl.Float64(),
    "heard_kn": pl.Float64(),
    "seen_share": pl.Float64(),
    "gaps": pl.UInt32(),
    "gap_h": pl.Float64(),
    "encounters": pl.UInt32(),
    "loitering": pl.UInt32(),
    "detour_ratio": pl.Float64(),
    "circuitous": pl.Boolean(),
    "reason": pl.String(),
    "method": pl.String(),
}
"""One row a leg. ``gap_h``: hours of its gaps together; ``sailed_nm``, ``heard_h`` and
``heard_kn`` (mean speed): heard pieces only. ``water_nm`` is the shortest way, which speeds rest
on: what a ship needed to make, not what it made."""
VOYAGES_TABLE: Final[dict[str, Any]] = {
    "vessel": pl.String(),
    "voyage": pl.String(),
    "kind": pl.String(),
    "load_name": pl.String(),
    "load_country": pl.String(),
    "discharge_name": pl.String(),
    "discharge_country": pl.String(),
    "began_earliest": _TIME,
    "began_latest": _TIME,
    "ended_earliest": _TIME,
    "ended_latest": _TIME,
    "stops": pl.UInt32(),
    "legs": pl.UInt32(),
    "water_nm": pl.Float64(),
    "lower_bound_nm": pl.Float64(),
    "seen_share": pl.Float64(),
    "gaps": pl.UInt32(),
    "transfers": pl.UInt32(),
    "probability": pl.Float64(),
    "p_laden": pl.Float64(),
    "cut_by_data": pl.String(),
    "reason": pl.String(),
    "method": pl.String(),
}
"""One row a voyage. ``water_nm``: of all its legs, null where one is not known; ``transfers``:
encounters in which cargo could have changed ships; ``cut_by_data``: "start", "end" or both."""
FLEET_TABLE: Final[dict[str, Any]] = {
    "vessel": pl.String(),
    "known_from": _TIME,
    "known_to": _TIME,
    "calls_seen": pl.UInt32(),
    "calls_hidden_expected": pl.Float64(),
    "foreign_ports": pl.String(),
    "cargo_voyages": pl.UInt32(),
    "discharge_unseen": pl.UInt32(),
    "loading_unseen": pl.UInt32(),
    "other_voyages": pl.UInt32(),
    "distance_nm": pl.Float64(),
    "distance_unknown_legs": pl.UInt32(),
    "gaps": pl.UInt32(),
    "gap_h": pl.Float64(),
    "reason": pl.String(),
}
"""One row a vessel. ``calls_hidden_expected``: sum of the probabilities of what its gaps may hold;
``foreign_ports``: names with countries, outside the home country asked about; ``distance_nm``:
of the legs whose way is known."""


def calls_table(histories: Iterable[History]) -> pl.DataFrame:
    """``CALLS_TABLE`` of some vessels, in their order and that of time.

    Examples:
        >>> calls_table([]).height
        0

    """
    return pl.DataFrame([_call(c) for h in histories for c in h.calls], schema=CALLS_TABLE)


def legs_table(histories: Iterable[History]) -> pl.DataFrame:
    """``LEGS_TABLE`` of some vessels.

    Examples:
        >>> legs_table([]).height
        0

    """
    return pl.DataFrame([_leg(leg) for h in histories for leg in h.legs], schema=LEGS_TABLE)


def voyages_table(histories: Iterable[History]) -> pl.DataFrame:
    """``VOYAGES_TABLE`` of some vessels.

    Examples:
        >>> voyages_table([]).height
        0

    """
    return pl.DataFrame([_voyage(v) for h in histories for v in h.voyages], schema=VOYAGES_TABLE)


def fleet_table(histories: Iterable[History], *, home: str | None = None) -> pl.DataFrame:
    """``FLEET_TABLE``: a row for each vessel, those without a call too.

    Args:
        histories: of the vessels.
        home: alpha-2 of the country whose ports are not foreign; None: every named port is
            listed.

    Examples:
        >>> fleet_table([History("imo:1", When(None, None), (), (), ())])["calls_seen"].item()
        0

    """
    return pl.DataFrame([_ship(h, home) for h in histories], schema=FLEET_TABLE)


def _call(call: Call) -> dict[str, Any]:
    place = call.place
    least, most = call.stay_h
    return {
        "vessel": call.vessel,
        "call": call.call_id,
        "port": place.port,
        "name": place.name,
        "country": place.country,
        "country_name": country_name(place.country),
        "name_km": place.apart_km,
        "lon": place.position.lon,
        "lat": place.position.lat,
        "berth": call.berth,
        "seen_by": "+".join(call.seen_by),
        **_when("arrived", call.arrived),
        **_when("departed", call.departed),
        "rest_from": call.at_rest.earliest if call.at_rest else None,
        "rest_to": call.at_rest.latest if call.at_rest else None,
        "stay_h_least": least,
        "stay_h_most": most,
        "probability": call.probability,
        "role": call.role.name,
        "p_load": call.role.p_load,
        "p_discharge": call.role.p_discharge,
        "reason": _text((*call.reasons, place.reason, call.role.reason)),
        "evidence": " ".join(call.evidence) or None,
        "method": call.method,
    }


def _leg(leg: Leg) -> dict[str, Any]:
    a, b = leg.origin, leg.destination
    detour = leg.detour
    no_water = None
    if leg.water_nm is None and leg.water_reason:
        no_water = f"Water distance not known: {leg.water_reason.rstrip('.')}."
    return {
        "vessel": leg.vessel,
        "from_call": a.call_id if a else None,
        "to_call": b.call_id if b else None,
        "from_name": a.place.name if a else None,
        "from_country": a.place.country if a else None,
        "to_name": b.place.name if b else None,
        "to_country": b.place.country if b else None,
        **_when("departed", leg.departed),
        **_when("arrived", leg.arrived),
        "great_circle_nm": leg.great_circle_nm,
        "water_nm": leg.water_nm,
        "lower_bound_nm": leg.lower_bound_nm,
        "hours_least": leg.hours[0],
        "hours_most": leg.hours[1],
        "speed_kn_least": leg.speed_kn[0],
        "speed_kn_most": leg.speed_kn[1],
        "sailed_nm": leg.sailed_nm,
        "heard_h": leg.heard_h,
        "heard_kn": leg.heard_kn,
        "seen_share": leg.seen_share,
        "gaps": len(leg.gaps),
        "gap_h": sum(gap.hours for gap in leg.gaps),
        "encounters": sum(one.kind in {"encounter", "lightering"} for one in leg.en_route),
        "loitering": sum(one.kind == "loitering" for one in leg.en_route),
        "detour_ratio": detour.ratio if detour else None,
        "circuitous": detour.circuitous if detour else None,
        "reason": _text((*leg.reasons, no_water, detour.reason if detour else None)),
        "method": leg.method,
    }


def _voyage(voyage: Voyage) -> dict[str, Any]:
    load, discharge = voyage.load, voyage.discharge
    return {
        "vessel": voyage.vessel,
        "voyage": voyage.voyage_id,
        "kind": voyage.kind,
        "load_name": load.place.name if load else None,
        "load_country": load.place.country if load else None,
        "discharge_name": discharge.place.name if discharge else None,
        "discharge_country": discharge.place.country if discharge else None,
        **_when("began", voyage.began),
        **_when("ended", voyage.ended),
        "stops": len(voyage.stops),
        "legs": len(voyage.legs),
        "water_nm": _sum([leg.water_nm for leg in voyage.legs]),
        "lower_bound_nm": _sum([leg.lower_bound_nm for leg in voyage.legs]),
        "seen_share": _share(voyage.legs),
        "gaps": len(_gaps(voyage.legs)),
        "transfers": sum(one.transfer for leg in voyage.legs for one in leg.en_route),
        "probability": voyage.probability,
        "p_laden": voyage.laden.probability,
        "cut_by_data": ", ".join(voyage.cut_by_data) or None,
        "reason": _text((*voyage.reasons, voyage.laden.reason)),
        "method": voyage.method,
    }


def _ship(history: History, home: str | None) -> dict[str, Any]:
    kinds = [voyage.kind for voyage in history.voyages]
    seen = [call for call in history.calls if not call.hidden]
    may = {c.call_id: c for leg in history.legs for gap in leg.gaps for c in gap.hidden}
    may |= {c.call_id: c for c in history.calls if c.hidden}
    named = dict.fromkeys(
        f"{c.place.name} ({c.place.country or '?'})"
        for c in seen
        if c.place.name and (home is None or c.place.country != home)
    )
    known = [leg.water_nm for leg in history.legs if leg.water_nm is not None]
    told = ("cargo", "discharge-unseen", "loading-unseen")
    return {
        "vessel": history.vessel,
        "known_from": history.known.earliest,
        "known_to": history.known.latest,
        "calls_seen": len(seen),
        "calls_hidden_expected": sum(call.weight for call in may.values()),
        "foreign_ports": ", ".join(named) or None,
        "cargo_voyages": kinds.count("cargo"),
        "discharge_unseen": kinds.count("discharge-unseen"),
        "loading_unseen": kinds.count("loading-unseen"),
        "other_voyages": sum(kind not in told for kind in kinds),
        "distance_nm": sum(known) if known else None,
        "distance_unknown_legs": len(history.legs) - len(known),
        "gaps": len(_gaps(history.legs)),
        "gap_h": sum(_gaps(history.legs).values()),
        "reason": _text(history.reasons),
    }


def _when(name: str, when: When) -> dict[str, datetime | None]:
    return {f"{name}_earliest": when.earliest, f"{name}_latest": when.latest}


def _gaps(legs: Sequence[Leg]) -> dict[tuple[datetime, datetime], float]:
    """Hours of each silence, once, though a hidden call may have cut it into two legs."""
    return {(gap.start, gap.end): gap.hours for leg in legs for gap in leg.gaps}


def _sum(parts: Sequence[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None


def _share(legs: Sequence[Leg]) -> float | None:
    """Time heard over time under way, of the legs together."""
    pairs = [(leg.seen_share, leg.hours[1]) for leg in legs]
    if any(share is None or hours is None for share, hours in pairs):
        return None
    whole = sum(hours for _, hours in pairs if hours)
    return sum((share or 0.0) * (hours or 0.0) for share, hours in pairs) / whole if whole else None


def _text(parts: Sequence[str | None]) -> str | None:
    return " ".join(dict.fromkeys(part for part in parts if part)) or None
