"""Checks over what others report: pairs that they claim, and absences that they claim."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from pydantic import JsonValue

from quaywatch.errors import PlaceMissingError
from quaywatch.evidence.record import Basis, Claim, Observation, Record, Source
from quaywatch.evidence.reported import METHOD, parse_claims, records_of
from quaywatch.fusion.presence import P_FALSE_ALARM
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.places import Place, place_of

READING_METHOD = METHOD
ABSENCE_METHOD = "reported-absence@1"
PAIRED_WITHIN = timedelta(hours=48)
"""A broadcast farther from a sighting in time says little about it."""
SUPPOSED = (0.80, 0.95, 0.98)
"""Values of P(would have seen it) for which the ratio is shown, since none can be computed."""


def pairs(claims: Sequence[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Each sighting with the broadcast of the same ship that lies nearest in time.

    A broadcast whose time is told from the sighting belongs to it, whatever the clock says.
    """
    sightings = [c for c in claims if c.predicate in {"sighted-at", "loading-at"} and _placed(c)]
    broadcasts = [c for c in claims if c.predicate == "ais-broadcast-at" and _placed(c)]
    for sighting in sightings:
        same = [b for b in broadcasts if b.subject == sighting.subject]
        # An alias names a claim of its own file; the same word elsewhere is another claim.
        told = [
            b
            for b in same
            if b.inputs[1:] == sighting.inputs[1:]
            and place_of(b).relative_to == sighting.parameters.get("alias")
        ]
        if told:
            yield from ((broadcast, sighting) for broadcast in told)
            continue
        near = [(_apart(b, sighting), b) for b in same if place_of(b).relative_to is None]
        near = [(apart, b) for apart, b in near if apart <= PAIRED_WITHIN]
        if near:
            yield min(near, key=lambda pair: (pair[0], pair[1].id))[1], sighting


def absences(claims: Sequence[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Each reported absence with the broadcast of the same ship that lies nearest in time."""
    broadcasts = [c for c in claims if c.predicate == "ais-broadcast-at" and _placed(c)]
    for absence in (c for c in claims if c.predicate == "not-seen-at" and _placed(c)):
        # Where the image itself is named it is checked by its pixels, not by what is said of it.
        if isinstance(absence.value, dict) and absence.value.get("scene"):
            continue
        same = [(_apart(b, absence), b) for b in broadcasts if b.subject == absence.subject]
        near = [(apart, b) for apart, b in same if apart <= PAIRED_WITHIN]
        if near:
            yield min(near, key=lambda pair: (pair[0], pair[1].id))[1], absence


def reading_again(claim: Claim, inputs: Sequence[Record], workspace: Workspace) -> Claim:
    """A reported claim anew from the bytes of its claims file and of the document it reads.

    Raises:
        PlaceMissingError: the file does not make it.

    """
    statement, reading = inputs
    if not isinstance(statement, Observation) or not isinstance(reading, Source):
        raise PlaceMissingError(record_id=claim.id)
    text = workspace.evidence.read_object(reading.sha256)
    records = records_of(
        parse_claims(text, name=reading.name),
        name=reading.name,
        claims_bytes=text,
        document=workspace.evidence.read_object(statement.source_id.removeprefix("source:")),
        received_at=reading.received_at,
    )
    alias = claim.parameters.get("alias")
    for record in records:
        if isinstance(record, Claim) and record.parameters.get("alias") == alias:
            return record
    raise PlaceMissingError(record_id=claim.id)


def absence_claim(broadcast: Record, absence: Record) -> Claim:
    """What a reported absence comes to while the image is not held: how much, under what.

    P(would have seen it) cannot be computed without the pixels, so no ratio is stated; the ratios
    that it would have are shown beside the values it would need.
    """
    if not isinstance(absence, Claim):
        msg = "an absence is entered as a claim"
        raise TypeError(msg)
    value: dict[str, JsonValue] = {
        "verdict": "not-observable",
        "reason": "The image is not held here: its clear share, the size of a hull in it and the "
        "time to the nearest broadcast cannot be checked.",
        "p_would_have_seen": None,
        "lr": None,
        "working": [_row(p, round((1 - P_FALSE_ALARM) / (1 - p), 1)) for p in SUPPOSED],
        "messages": [
            (
                "Others report that an image shows no ship at the position broadcast. What that "
                "weighs depends on the chance that the ship would have been seen; it cannot be "
                "computed from what is held here."
            )
        ],
        "assumptions": [
            "The report is of an image of the very place and time of the broadcast.",
            (
                "A ratio in the table holds only if the image was clear over the search area, the "
                "nearest broadcast was at most 10 minutes off or the ship lay still, and no other "
                "hull lay there."
            ),
        ],
        "geometry": {
            "type": "FeatureCollection",
            "features": [
                _feature(place_of(record), role, record)
                for record, role in ((broadcast, "broadcast"), (absence, "area"))
            ],
        },
    }
    return Claim(
        subject=absence.subject,
        predicate="presence",
        value=value,
        time=absence.time,
        basis=Basis.INFERRED,
        method=ABSENCE_METHOD,
        inputs=(broadcast.id, absence.id),
    )


def _row(p: float, ratio: float) -> JsonValue:
    return {
        "label": f"Likelihood ratio if P(would have seen it) were {p:g}",
        "formula": "(1 − P_fa) / (1 − P)",
        "value": ratio,
        "unit": None,
    }


def _feature(place: Place, role: str, record: Record) -> dict[str, Any]:
    time = record.time.start if isinstance(record, Claim) and record.time else None
    day = "" if time is None else f"{time.day} {time:%b %Y}"
    label = f"Broadcast {day}" if role == "broadcast" else f"Reported empty {day}"
    geometry: dict[str, Any]
    if place.point is not None:
        geometry = {"type": "Point", "coordinates": [place.point.lon, place.point.lat]}
        drawn = "broadcast" if role == "broadcast" else "sighting"
    else:
        ring = [[c.lon, c.lat] for c in (*place.area, place.area[0])]
        geometry, drawn = {"type": "Polygon", "coordinates": [ring]}, "area"
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"role": drawn, "label": label.strip()},
    }


def _placed(claim: Claim) -> bool:
    value = claim.value
    return (
        claim.time is not None
        and isinstance(value, dict)
        and (value.get("lon") is not None or bool(value.get("area")))
    )


def _apart(one: Claim, other: Claim) -> timedelta:
    """Between the two intervals; zero where they overlap."""
    if one.time is None or other.time is None:
        return timedelta.max
    if one.time.start <= other.time.end and other.time.start <= one.time.end:
        return abs(one.time.midpoint - other.time.midpoint) / 1000
    return min(abs(one.time.start - other.time.end), abs(other.time.start - one.time.end))
