"""A case as FollowTheMoney entities: ships, events, documents and what is said of them.

One JSON object a line, as the tools of that field read it. Every entity names the documents that it
rests on (``proof``), and every event says in ``summary`` whether it was observed, inferred or
reported by others. Nobody is called an owner or an operator here unless a record says who says so.

Source: the FollowTheMoney schema, https://followthemoney.tech/explorer/ (schemas Vessel, Document,
Image, Event, Note).
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Container
from typing import Any

from quaywatch.cases.bind import show_number
from quaywatch.cases.closure import Closure
from quaywatch.cases.contents import read_check
from quaywatch.cases.page import REGISTERS
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Claim, Finding, Observation, Source

Properties = defaultdict[str, list[str]]
_PICTURES = {"imagery", "chip", "mask", "picture"}
_NOT_EVENTS = {
    "ais-ingest", "ais-pass", "case-sealed", "ais-reading", "site-reference", "berth-background",
    "berth-strips", "scene", "sampling-bias", "overpass-hours",
}  # fmt: skip
_FACTS = {"name": "name", "flag": "flag", "callsign": "callSign", "built": "buildDate",
          "deadweight": "deadweightTonnage"}  # fmt: skip


def entity_id(key: str) -> str:
    """The id of what a record or a subject is about: the same in every export.

    Examples:
        >>> entity_id("imo:1059149") == entity_id("imo:1059149"), entity_id("a")[:3]
        (True, 'qw-')

    """
    return "qw-" + hashlib.sha256(key.encode()).hexdigest()[:40]


def ftm_lines(whole: Closure, committed: Container[str]) -> bytes:
    """The entities of a case, one JSON object a line, in order of their ids.

    Args:
        whole: the records of the case.
        committed: ids of records that are shown in part; said of each.

    """
    entities: dict[str, dict[str, Any]] = {}
    for source in whole.sources:
        _document(entities, source)
    about = {o.subject for o in whole.observations} | {c.subject for c in whole.claims}
    for subject in sorted(about):
        if subject.startswith(("imo:", "mmsi:")):
            _vessel(entities, subject)
    for claim in whole.claims:
        _fact(entities, claim, whole)
        _event(entities, claim, whole, committed)
    for observation in whole.observations:
        _registered(entities, observation)
    for finding in whole.findings:
        _note(entities, finding, whole, committed)
    lines = [_line(entities[key]) for key in sorted(entities)]
    return b"".join(lines)


def _line(entity: dict[str, Any]) -> bytes:
    told = {
        "id": entity["id"],
        "schema": entity["schema"],
        "properties": {
            name: sorted(set(values)) for name, values in sorted(entity["properties"].items())
        },
    }
    return json.dumps(told, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _entity(entities: dict[str, dict[str, Any]], key: str, schema: str) -> Properties:
    made = entities.setdefault(
        entity_id(key), {"id": entity_id(key), "schema": schema, "properties": defaultdict(list)}
    )
    properties: Properties = made["properties"]
    return properties


def _vessel(entities: dict[str, dict[str, Any]], subject: str) -> None:
    told = _entity(entities, subject, "Vessel")
    scheme, _, number = subject.partition(":")
    if scheme == "imo":
        told["imoNumber"].append(number)
    else:
        told["mmsi"].append(number)
        told["notes"].append("A transponder: the number is not the hull's.")


def _document(entities: dict[str, dict[str, Any]], source: Source) -> None:
    told = _entity(entities, source.id, "Image" if source.media in _PICTURES else "Document")
    told["fileName"].append(source.name)
    told["title"].append(source.name)
    told["fileSize"].append(str(source.size_bytes))
    told["retrievedAt"].append(f"{source.received_at:%Y-%m-%dT%H:%M:%S}")
    told["notes"].append(f"SHA-256 {source.sha256}")
    for name, value in (("publisher", source.provider), ("sourceUrl", source.url)):
        if value:
            told[name].append(value)
    told["summary"].append(
        f"Licence: {source.licence or 'unknown'}. Credit: {source.credit or 'unknown'}."
    )


def _proofs(record_id: str, whole: Closure) -> list[str]:
    return [entity_id(source.id) for source in whole.below(record_id).sources]


def _times(told: Properties, time: TimeInterval | None) -> None:
    if time is None:
        return
    told["startDate"].append(f"{time.start:%Y-%m-%dT%H:%M:%S}")
    told["endDate"].append(f"{time.end:%Y-%m-%dT%H:%M:%S}")


def _fact(entities: dict[str, dict[str, Any]], claim: Claim, whole: Closure) -> None:
    """What a claim says a ship is called, flies or measures, as a property of the ship."""
    name = _FACTS.get(claim.predicate)
    if name is None or not claim.subject.startswith(("imo:", "mmsi:")):
        return
    value = claim.value.get(claim.predicate) if isinstance(claim.value, dict) else claim.value
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        told = _entity(entities, claim.subject, "Vessel")
        shown = value if isinstance(value, str) else f"{value:g}"
        told[name].append(shown.lower() if name == "flag" else shown)
        told["proof"].extend(_proofs(claim.id, whole))


def _event(
    entities: dict[str, dict[str, Any]], claim: Claim, whole: Closure, committed: Container[str]
) -> None:
    if claim.time is None or claim.predicate in _NOT_EVENTS:
        return
    told = _entity(entities, claim.id, "Event")
    check = read_check(claim)
    told["name"].append(f"{claim.predicate.replace('-', ' ').capitalize()}: {claim.subject}")
    told["recordId"].append(claim.id)
    _times(told, claim.time)
    words = [REGISTERS[claim.basis]]
    if check.verdict:
        words.append(f"verdict {check.verdict}")
    if claim.probability is not None:
        words.append(f"P = {show_number(claim.probability)}")
    if claim.id in committed:
        words.append("shown in part, held to a commitment")
    told["summary"].append(", ".join(words) + f" ({claim.method})")
    told["description"].extend(check.messages)
    told["proof"].extend(_proofs(claim.id, whole))
    if claim.subject.startswith(("imo:", "mmsi:")):
        told["involved"].append(entity_id(claim.subject))
    for feature in check.features:
        if feature.geometry.get("type") == "Point":
            place: Any = feature.geometry["coordinates"]
            told["location"].append(f"{place[1]:.5f}, {place[0]:.5f} ({feature.properties.role})")


def _registered(entities: dict[str, dict[str, Any]], observation: Observation) -> None:
    """An entry of a register or a list is kept in this very shape: it is passed on as it is."""
    schema, properties = observation.values.get("schema"), observation.values.get("properties")
    if observation.what != "register-entry" or not isinstance(properties, dict):
        return
    told = _entity(entities, observation.id, str(schema))
    for name, values in properties.items():
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, str):
                told[name].append(value)
    told["proof"].append(entity_id(observation.source_id))


def _note(
    entities: dict[str, dict[str, Any]], finding: Finding, whole: Closure, committed: Container[str]
) -> None:
    told = _entity(entities, finding.id, "Note")
    told["name"].append(finding.statement)
    told["description"].append(finding.argument)
    told["summary"].append(f"Source confidence: {finding.source_confidence}")
    told["notes"].extend(f"Would refute it: {text}" for text in finding.would_refute)
    told["notes"].extend(f"Rival ({r.stands}): {r.statement}" for r in finding.rivals)
    if finding.probability is not None:
        told["notes"].append(f"P = {show_number(finding.probability)}")
    if finding.id in committed:
        told["notes"].append("Shown in part, held to a commitment.")
    told["proof"].extend(_proofs(finding.id, whole))
    if finding.subject.startswith(("imo:", "mmsi:")):
        _vessel(entities, finding.subject)
        told["entity"].append(entity_id(finding.subject))
