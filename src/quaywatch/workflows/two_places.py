"""The two-places check over records: the claim it makes, and makes again when verified."""

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Observation, Record
from quaywatch.fusion.two_places import METHOD, Fix, TwoPlaces, two_places
from quaywatch.geo.position import Position
from quaywatch.geo.water import METHOD as WATER_METHOD
from quaywatch.workflows.places import Between, Place, Router, between, place_of, times_of

ENGLISH = {"cannot-compare": "cannot compare"}


def answer_json(answer: TwoPlaces) -> dict[str, Any]:
    """The numbers of an answer, rounded to what they can carry."""
    return {
        "verdict": answer.verdict,
        "reason": answer.reason,
        "great_circle_nm": _rounded(answer.great_circle_nm, 2),
        "water_nm": _rounded(answer.water_nm, 2),
        "lower_bound_nm": _rounded(answer.lower_bound_nm, 2),
        "separation_h": _rounded(answer.separation_h, 4),
        "required_speed_kn": _rounded(answer.required_speed_kn, 2),
        "required_speed_at_least_kn": _rounded(answer.required_speed_at_least_kn, 2),
        "required_speed_straight_kn": _rounded(answer.required_speed_straight_kn, 2),
        "max_speed_kn": answer.max_speed_kn,
        "clock_slack_h": _rounded(answer.clock_slack_h, 3),
        "p_feasible": _rounded(answer.p_feasible, 6),
        "messages": list(answer.messages),
        "assumptions": list(answer.assumptions),
    }


def check_two_places(
    said_position: Position,
    said_time: TimeInterval,
    seen_position: Position,
    seen_time: TimeInterval,
    router: Router,
    *,
    max_speed_kn: float | None = None,
) -> dict[str, Any]:
    """Check two positions that a user typed.

    Raises:
        SpeedError: ``max_speed_kn`` is no speed.

    """
    said = Place(said_position, time=said_time)
    ways = between(said, Place(seen_position, time=seen_time), router)
    answer = two_places(
        Fix.broadcast(said_position, said_time),
        Fix.sighting(seen_position, seen_time),
        ways.separation,
        max_speed_kn=max_speed_kn,
    )
    return answer_json(answer)


def compare_records(
    broadcast: Record, sighting: Record, router: Router, *, max_speed_kn: float | None = None
) -> Claim:
    """Check a broadcast against a sighting, and claim what came out.

    The same records, grids and version give the same claim, byte for byte.

    Raises:
        PlaceMissingError: a record gives no place or no time.

    """
    said, seen = place_of(broadcast), place_of(sighting)
    ways = between(said, seen, router)
    said_time, seen_time = _times(broadcast, sighting, said, seen)
    answer = two_places(
        Fix.broadcast(ways.one, said_time, long_range=said.long_range),
        Fix.sighting(ways.other, seen_time),
        ways.separation,
        max_speed_kn=max_speed_kn,
    )
    value: dict[str, JsonValue] = {
        **answer_json(answer),
        "working": _working(answer, _clock(said, said_time), _clock(seen, seen_time)),
        "geometry": _geometry(broadcast, sighting, said, ways),
    }
    value["assumptions"] = [
        *answer.assumptions,
        *_identity_assumptions(broadcast, sighting),
        *_place_assumptions(said, seen),
    ]
    return Claim(
        subject=_subject(sighting),
        predicate="two-places",
        value=value,
        # The times as told: those laid beside each other to compare are no one's words.
        time=_span(said.time or said_time, seen.time or seen_time),
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={
            "max_speed_kn": max_speed_kn,
            "distance": WATER_METHOD,
            "grid": ways.grid,
        },
        inputs=(broadcast.id, sighting.id),
    )


def again(claim: Claim, inputs: Sequence[Record], router: Router) -> Claim:
    """Make the claim anew from its inputs, to be compared with what was recorded."""
    speed = claim.parameters.get("max_speed_kn")
    return compare_records(
        inputs[0],
        inputs[1],
        router,
        max_speed_kn=float(speed) if isinstance(speed, int | float) else None,
    )


def _times(
    broadcast: Record, sighting: Record, said: Place, seen: Place
) -> tuple[TimeInterval, TimeInterval]:
    said_time, seen_time = times_of(said, seen, other_alias=_alias(sighting))
    if seen.relative_to is not None:
        seen_time, said_time = times_of(seen, said, other_alias=_alias(broadcast))
    return said_time, seen_time


def _alias(record: Record) -> str | None:
    alias = record.parameters.get("alias") if isinstance(record, Claim) else None
    return alias if isinstance(alias, str) else None


def _subject(record: Record) -> str:
    return record.subject if isinstance(record, Claim | Observation) else record.id


def _span(one: TimeInterval, other: TimeInterval) -> TimeInterval:
    return TimeInterval(start=min(one.start, other.start), end=max(one.end, other.end))


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _working(answer: TwoPlaces, said: str, seen: str) -> list[JsonValue]:
    shown = answer_json(answer)
    rows: list[tuple[str, str, JsonValue, str | None]] = [
        ("Broadcast made", "as received or reported", said, None),
        ("Image taken", "as named or reported", seen, None),
        ("Time between", "middle to middle", shown["separation_h"], "h"),
        ("Great circle", "WGS84 geodesic", shown["great_circle_nm"], "nm"),
        ("By water", "shortest path on the land mask", shown["water_nm"], "nm"),
        (
            "By water, lower bound d",
            "shortest path with land shrunk; no way is shorter",
            shown["lower_bound_nm"],
            "nm",
        ),
        (
            "Speed needed by water",
            "(distance − r_A − r_I) / (Δt + τ_A + τ_I)",
            shown["required_speed_kn"],
            "kn",
        ),
        (
            "Speed needed at least",
            "the same with the lower bound d",
            shown["required_speed_at_least_kn"],
            "kn",
        ),
        (
            "Speed needed in a straight line",
            "the same with the great circle",
            shown["required_speed_straight_kn"],
            "kn",
        ),
        ("Highest speed allowed", "v_max", shown["max_speed_kn"], "kn"),
        (
            "Clock slack",
            "(d − r_A − r_I) / v_max − (Δt + τ_A + τ_I), not below 0",
            shown["clock_slack_h"],
            "h",
        ),
        (
            "P(feasible)",
            "P(d − errors ≤ v · time) over speed, position and clock errors",
            shown["p_feasible"],
            "probability",
        ),
    ]
    return [
        {"label": label, "formula": formula, "value": value, "unit": unit}
        for label, formula, value, unit in rows
    ]


def _clock(place: Place, time: TimeInterval) -> str:
    """A time as printed in the working: as told, never as laid out to compare."""
    if place.relative_to is not None:
        side = "before" if place.relative_h < 0 else "after"
        low = abs(place.relative_h) - place.plus_minus_h
        high = abs(place.relative_h) + place.plus_minus_h
        hours = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        return f"{hours} h {side} the other"
    if place.time is not None and place.time != time:
        return f"{place.time.start:%Y-%m-%d}, time not told"
    form = "%Y-%m-%d %H:%M:%S UTC"
    if time.start == time.end:
        return time.start.strftime(form)
    return f"{time.start.strftime(form)} to {time.end.strftime(form)}"


def _identity_assumptions(broadcast: Record, sighting: Record) -> list[str]:
    """That a transponder is a ship is never certain: an MMSI may be shared, an IMO mistyped."""
    said, seen = _subject(broadcast), _subject(sighting)
    if said == seen:
        return []
    kind, _, number = said.partition(":")
    return [
        (
            f"The transponder {kind.upper()} {number} is that of the ship sighted: it "
            "broadcast that ship's IMO number. Another hull may have used it."
        )
    ]


def _place_assumptions(said: Place, seen: Place) -> list[str]:
    listed = []
    for name, place in (("broadcast", said), ("sighting", seen)):
        if place.point is None:
            listed.append(
                f"The {name} is known only to an area; every point of it is at least as far as "
                "the one used."
            )
        if place.relative_to is not None:
            low = abs(place.relative_h) - place.plus_minus_h
            high = abs(place.relative_h) + place.plus_minus_h
            listed.append(
                f"The source tells the time of the {name} only from the other event; "
                f"{low:g} to {high:g} hours are allowed for."
            )
    return listed


def _geometry(broadcast: Record, sighting: Record, said: Place, ways: Between) -> JsonValue:
    features = [
        _feature("Point", [ways.one.lon, ways.one.lat], "broadcast", _stamp(broadcast, "AIS")),
        _feature("Point", [ways.other.lon, ways.other.lat], "sighting", _stamp(sighting, "Image")),
        _feature(
            "LineString",
            [[ways.one.lon, ways.one.lat], [ways.other.lon, ways.other.lat]],
            "great-circle",
            "",
        ),
    ]
    if len(ways.path) > 1:
        line: JsonValue = [[round(p.lon, 4), round(p.lat, 4)] for p in ways.path]
        features.append(_feature("LineString", line, "water-path", ""))
    if said.area:
        ring: JsonValue = [[[c.lon, c.lat] for c in (*said.area, said.area[0])]]
        features.append(_feature("Polygon", ring, "area", "broadcast somewhere in here"))
    return {"type": "FeatureCollection", "features": features}


def _feature(kind: str, coordinates: JsonValue, role: str, label: str) -> JsonValue:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {"role": role, "label": label},
    }


def _stamp(record: Record, what: str) -> str:
    time = record.time if isinstance(record, Claim | Observation) else None
    if time is None:
        return what
    form = "%d %b %Y" if time.duration.days else "%d %b %Y %H:%M UTC"
    return f"{what} {time.start.strftime(form)}"
