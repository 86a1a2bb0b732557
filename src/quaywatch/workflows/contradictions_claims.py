"""Claims of contradictions, made from the records they rest on, and made again from them.

``parameters["parts"]`` tells how many of a claim's inputs are its first placing, its second, and
what weighs in; so that the same function makes the claim when it is found and when it is verified.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import JsonValue

from quaywatch.errors import PlaceMissingError
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Observation, Record
from quaywatch.fusion.contradiction_evidence import (
    clocks,
    hull_there,
    likeness,
    shared_number,
    tells,
    two_tracks,
)
from quaywatch.fusion.contradiction_made import Json, Told, impossible, nobody_there
from quaywatch.fusion.contradictions import METHOD, PREDICATE, Contradiction, Kind, Weighed
from quaywatch.fusion.two_places import Fix, Separation, TwoPlaces, two_places
from quaywatch.geo.geodesic import great_circle_nm
from quaywatch.geo.water import METHOD as WATER_METHOD
from quaywatch.workflows.contradictions_tables import hours_apart, placed
from quaywatch.workflows.places import Router, place_of
from quaywatch.workflows.two_places import compare_records

STRAIGHT: Final = "no way over water was asked: straight is too far already"
_ONE_HULL: Final = (
    "The reports are as they were sent: no receiver garbled three of them the same way.",
    "One hull made all reports of either run.",
)
_IMPOSSIBLE: Final = "impossible"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a contradiction is made of."""

    kind: Kind
    one: tuple[Record, ...]
    """The broadcast, or the first of two placings."""
    other: tuple[Record, ...] = ()
    weighing: tuple[Claim, ...] = ()
    max_speed_kn: float | None = None
    shared: bool = False
    cause: str = ""
    berth: str | None = None
    with_ships: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[Record, ...]:
        """All of it in the order of a claim's inputs."""
        return (*self.one, *self.other, *self.weighing)

    def parameters(self) -> dict[str, JsonValue]:
        """What is told beside the inputs."""
        return {
            "kind": self.kind.value,
            "parts": [len(self.one), len(self.other), len(self.weighing)],
            "max_speed_kn": self.max_speed_kn,
            "shared": self.shared,
            "cause": self.cause,
            "berth": self.berth,
            "with_ships": list(self.with_ships),
        }

    @classmethod
    def of(cls, claim: Claim, inputs: Sequence[Record]) -> "Parts":
        """What a claim was made of."""
        told: Any = claim.parameters
        one, other, _ = told["parts"]
        rest = inputs[one + other :]
        return cls(
            Kind(told["kind"]),
            tuple(inputs[:one]),
            tuple(inputs[one : one + other]),
            tuple(c for c in rest if isinstance(c, Claim)),
            told["max_speed_kn"],
            told["shared"],
            told["cause"],
            told["berth"],
            tuple(told["with_ships"]),
        )


def made(parts: Parts, way: Router) -> Claim | None:
    """The claim of a contradiction; None where, looked at closely, there is none.

    Raises:
        PlaceMissingError: a record gives no place or no time.

    """
    if parts.kind is Kind.NOBODY_THERE:
        return _absent(parts)
    if isinstance(parts.one[0], Claim) and placed(parts.one[0]) is not None:
        return _two_sightings(parts)
    if parts.kind is Kind.UNREACHABLE:
        return _two_runs(parts)
    return _seen(parts, way)


def again(claim: Claim, inputs: Sequence[Record], way: Router) -> Claim:
    """The claim anew from its inputs.

    Raises:
        PlaceMissingError: they do not contradict each other.

    """
    found = made(Parts.of(claim, inputs), way)
    if found is None:
        raise PlaceMissingError(record_id=claim.id)
    return found


def _seen(parts: Parts, way: Router) -> Claim | None:
    """A broadcast against an image."""
    sighting = parts.other[0]
    if not isinstance(sighting, Claim):
        raise PlaceMissingError(record_id=sighting.id)
    said = parts.one[0]
    checked = compare_records(said, _as_sighting(sighting), way, max_speed_kn=parts.max_speed_kn)
    value: Any = checked.value
    if value["verdict"] != _IMPOSSIBLE:
        return None
    ratio, measured, evidence = _weighed(sighting, parts)
    answer = _answer(value)
    told = Told(
        sighting.subject,
        parts.cause,
        evidence=(*evidence, clocks(answer.clock_slack_h or 0.0)),
        ratio=ratio,
        measured=measured,
        shared=parts.shared,
        sisters=_sisters((sighting, *parts.weighing)),
        with_ships=parts.with_ships,
        assumptions=value["assumptions"],
        working=value["working"],
        geometry=value["geometry"],
    )
    water = {"distance": WATER_METHOD, "grid": checked.parameters["grid"]}
    return _claim(
        sighting.subject, impossible(parts.kind, answer, told), checked.time, parts, **water
    )


def _as_sighting(claim: Claim) -> Claim:
    """A hull known by its likeness, in the words of a sighting."""
    where = placed(claim)
    if claim.predicate != "likeness" or where is None:
        return claim
    return Claim(
        subject=claim.subject,
        predicate="sighted-at",
        value={"lon": where[0].lon, "lat": where[0].lat},
        time=where[1],
        basis=Basis.INFERRED,
        method=claim.method,
        inputs=(claim.id,),
    )


def _answer(value: Mapping[str, Any]) -> TwoPlaces:
    names = (
        "great_circle_nm", "water_nm", "lower_bound_nm", "separation_h", "required_speed_kn",
        "required_speed_at_least_kn", "required_speed_straight_kn", "clock_slack_h", "p_feasible",
        "max_speed_kn", "verdict", "reason",
    )  # fmt: skip
    return TwoPlaces(
        **{name: value[name] for name in names},
        messages=tuple(value["messages"]),
        assumptions=tuple(value["assumptions"]),
    )


def _weighed(sighting: Claim, parts: Parts) -> tuple[float | None, bool, list[Weighed]]:
    """How well the hull is known, and everything that weighs in."""
    value: Any = sighting.value
    own = value.get("ratio" if sighting.predicate == "likeness" else "likelihood_ratio")
    ratio = float(own) if isinstance(own, int | float) else None
    measured = sighting.predicate == "likeness" and value.get("measured") is True
    source = "The comparison made here" if sighting.predicate == "likeness" else "The source"
    compared = [c for c in parts.weighing if c.predicate == "likeness"]
    evidence = []
    if ratio is not None or not compared:
        evidence.append(likeness(ratio, measured=measured, source=source, record=sighting.id))
    for claim in compared:
        told: Any = claim.value
        if isinstance(told, dict) and isinstance(told.get("ratio"), int | float):
            ratio, measured = float(told["ratio"]), told.get("measured") is True
            evidence.append(
                likeness(
                    ratio, measured=measured, source="The comparison made here", record=claim.id
                )
            )
    evidence.extend(_beside(parts.weighing, parts.one[0]))
    if parts.shared:
        evidence.append(shared_number())
    return ratio, measured, evidence


def _beside(weighing: Sequence[Claim], moment: Record) -> Iterator[Weighed]:
    """What weighs in on a broadcast; what several claims say for one reason counts once."""
    said: set[str] = set()
    for claim in weighing:
        value: Any = claim.value
        if claim.predicate == "presence":
            days = hours_apart(_timed(moment), claim) / 24
            yield hull_there(
                value["lr"], seen=value["verdict"] == "seen", days=days, record=claim.id
            )
        elif claim.predicate == "ais-integrity":
            yield tells(value["log_lr"], record=claim.id)
        elif claim.predicate == "ais-two-tracks" and claim.predicate not in said:
            said.add(claim.predicate)
            yield two_tracks(record=claim.id)


def _timed(record: Record) -> Observation | Claim:
    if not isinstance(record, Observation | Claim):
        raise PlaceMissingError(record_id=record.id)
    return record


def _sisters(claims: Sequence[Record]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for claim in claims:
        value: Any = claim.value if isinstance(claim, Claim) else None
        for sister in (value.get("sisters") or ()) if isinstance(value, dict) else ():
            name = sister.get("name") or sister.get("subject")
            found[str(name)] = None
    return tuple(found)


def _two_runs(parts: Parts) -> Claim | None:
    """Two runs of reports under one number."""
    one, other = (_observed(part[0]) for part in (parts.one, parts.other))
    answer = _straight(_fix(one), _fix(other), parts.max_speed_kn)
    if answer.verdict != _IMPOSSIBLE:
        return None
    answer = replace(
        answer, assumptions=(*_ONE_HULL, f"No hull is faster than {answer.max_speed_kn:g} kn.")
    )
    evidence = list(_beside(parts.weighing, one))
    if parts.shared:
        evidence.append(shared_number())
    told = Told(
        one.subject,
        parts.cause,
        evidence=(*evidence, clocks(answer.clock_slack_h or 0.0)),
        shared=parts.shared,
        with_ships=parts.with_ships,
        working=_working(answer, _time(one), _time(other)),
        geometry=_line((one, other), ("broadcast", "broadcast")),
    )
    return _claim(one.subject, impossible(parts.kind, answer, told), _span(one, other), parts)


def _two_sightings(parts: Parts) -> Claim | None:
    """Two images of one ship."""
    one, other = (record for record in (*parts.one, *parts.other) if isinstance(record, Claim))
    first, second = placed(one), placed(other)
    if first is None or second is None:
        raise PlaceMissingError(record_id=one.id)
    fixes = [Fix.sighting(where[0], where[1]) for where in (first, second)]
    answer = _straight(fixes[0], fixes[1], parts.max_speed_kn)
    if answer.verdict != _IMPOSSIBLE:
        return None
    answer = replace(
        answer,
        assumptions=(
            "Both hulls are the one named.",
            f"No hull is faster than {answer.max_speed_kn:g} kn.",
        ),
    )
    told = Told(
        one.subject,
        parts.cause,
        evidence=(clocks(answer.clock_slack_h or 0.0),),
        sisters=_sisters((one, other)),
        working=_working(answer, _time(one), _time(other)),
        geometry=_line((_as_sighting(one), _as_sighting(other)), ("sighting", "sighting")),
    )
    value = impossible(Kind.UNREACHABLE, answer, told, of_sightings=True)
    # No broadcast is in question, so nothing is brought up about broadcasts.
    value = value.model_copy(update={"bearings": ()})
    return _claim(one.subject, value, _span(one, other), parts)


def _absent(parts: Parts) -> Claim | None:
    """Images in which nobody was where the ship said it was."""
    absences = [c for c in parts.one if isinstance(c, Claim)]
    values: list[Any] = [c.value for c in absences]
    evidence = [
        hull_there(value["lr"], seen=False, record=claim.id)
        for claim, value in zip(absences, values, strict=True)
    ]
    product = 1.0
    for value in values:
        product *= float(value["lr"])
    features: list[JsonValue] = [f for value in values for f in value["geometry"]["features"]]
    geometry: Json = {"type": "FeatureCollection", "features": features}
    told = Told(
        absences[0].subject,
        parts.cause,
        evidence=evidence,
        assumptions=values[0]["assumptions"],
        working=[row for value in values for row in value["working"]],
        geometry=geometry,
        plates=[plate for value in values for plate in value.get("plates", ())],
    )
    value = nobody_there(told, lr=product, absences=len(absences), controls=len(parts.other))
    return _claim(absences[0].subject, value, _span(absences[0], absences[-1]), parts)


def _straight(first: Fix, second: Fix, max_speed_kn: float | None) -> TwoPlaces:
    apart = Separation(great_circle_nm(first.position, second.position), None, None, STRAIGHT)
    return two_places(first, second, apart, max_speed_kn=max_speed_kn)


def _fix(report: Observation) -> Fix:
    place = place_of(report)
    if place.point is None or place.time is None:
        raise PlaceMissingError(record_id=report.id)
    return Fix.broadcast(place.point, place.time, long_range=place.long_range)


def _observed(record: Record) -> Observation:
    if not isinstance(record, Observation):
        raise PlaceMissingError(record_id=record.id)
    return record


def _working(answer: TwoPlaces, first: str, second: str) -> list[Json]:
    rows: list[tuple[str, str, JsonValue, str | None]] = [
        ("First", "as received or reported", first, None),
        ("Second", "as received or reported", second, None),
        ("Time between", "middle to middle", round(answer.separation_h, 4), "h"),
        ("Great circle", "WGS84 geodesic", round(answer.great_circle_nm, 2), "nm"),
        ("Speed needed in a straight line", "(distance − r_A − r_B) / (Δt + τ_A + τ_B)",
         round(answer.required_speed_straight_kn or 0.0, 2), "kn"),
        ("Highest speed allowed", "v_max", answer.max_speed_kn, "kn"),
        ("Clock slack", "(d − r_A − r_B) / v_max − (Δt + τ_A + τ_B)",
         round(answer.clock_slack_h or 0.0, 3), "h"),
    ]  # fmt: skip
    return [
        {"label": label, "formula": formula, "value": value, "unit": unit}
        for label, formula, value, unit in rows
    ]


def _time(record: Observation | Claim) -> str:
    return "" if record.time is None else f"{record.time.start:%Y-%m-%d %H:%M:%S} UTC"


def _line(records: Sequence[Observation | Claim], roles: Sequence[str]) -> Json:
    points = [place_of(record).point for record in records]
    corners: list[JsonValue] = [[p.lon, p.lat] for p in points if p is not None]
    features: list[JsonValue] = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": corner},
            "properties": {"role": role, "label": _time(record)},
        }
        for corner, role, record in zip(corners, roles, records, strict=True)
    ]
    features.append({
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": corners},
        "properties": {"role": "great-circle", "label": ""},
    })  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def _span(*records: Observation | Claim) -> TimeInterval | None:
    times = [record.time for record in records if record.time is not None]
    if not times:
        return None
    return TimeInterval(start=min(t.start for t in times), end=max(t.end for t in times))


def _claim(
    subject: str, value: Contradiction, time: TimeInterval | None, parts: Parts, **more: JsonValue
) -> Claim:
    return Claim(
        subject=subject,
        predicate=PREDICATE,
        value=value.model_dump(mode="json"),
        time=time,
        basis=Basis.INFERRED,
        method=METHOD,
        parameters={**parts.parameters(), **more},
        inputs=tuple(record.id for record in parts.inputs),
    )
