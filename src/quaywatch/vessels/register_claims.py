"""An entry of a register as records: the observation of it, and one claim for each thing it says.

Observation: ``what="register-entry"``, ``values`` in the shape of FollowTheMoney (``id``,
``schema``, ``properties``) with ``links``, ``listings`` and ``list`` beside it. Claims: method
``register@2``, basis *reported*, inputs the observation and the claim of the reading. Every value
carries ``list`` (``key``, ``name``, ``authority``, ``day``, ``day_from``), ``entry`` and
``schema``; ``time`` is the day of the snapshot. docs/registers.md shows every predicate.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from pydantic import JsonValue

from quaywatch.evidence.record import Basis, Claim, Observation, Record
from quaywatch.vessels.register import (
    PERSON,
    VESSEL,
    Flag,
    Listing,
    Name,
    Party,
    RegisterEntry,
    Snapshot,
    company_subject,
    subject_of_entry,
)
from quaywatch.vessels.register_text import interval_of, script_of

METHOD: Final = "register@2"
OBSERVED: Final = "register-entry"
READING_METHOD: Final = "register-reading@2"
READING: Final = "register-reading"
SNAPSHOT_METHOD: Final = "register-snapshot@2"
SNAPSHOT: Final = "register-snapshot"
NO_DAY: Final = "the file does not say of which day it is, and nobody stated it"

_PROPERTIES: Final = {
    "name": "name", "alias": "alias", "weak-alias": "weakAlias", "former": "previousName",
}  # fmt: skip
_NUMBERS: Final = {
    "imo": "imoNumber", "mmsi": "mmsi", "callsign": "callSign",
    "official-number": "registrationNumber", "company-imo": "imoNumber",
}  # fmt: skip


def records_of_entry(
    entry: RegisterEntry,
    *,
    source_id: str,
    reading_id: str,
    snapshot: Snapshot,
    key: str,
    name: str,
) -> list[Record]:
    """The observation of an entry and its claims; of a person none.

    Args:
        entry: as read.
        source_id: of the file.
        reading_id: of the claim that says how the file was read.
        snapshot: what the file is as a whole.
        key: of the list to which the entry belongs where it names none itself.
        name: of that list.

    """
    if entry.schema == PERSON:
        return []
    mine = _list_of(entry, snapshot, key, name)
    subject = subject_of_entry(entry, str(mine["key"]))
    observation = Observation(
        source_id=source_id,
        what=OBSERVED,
        subject=subject,
        locator=entry.locator,
        time=interval_of(str(mine["day"])) if mine["day"] else None,
        raw=entry.raw,
        values=_values(entry, mine),
    )
    claims = [
        Claim(
            subject=subject,
            predicate=predicate,
            value={**value, "schema": entry.schema, "entry": entry.entry_id, "list": mine},
            unit=unit,
            time=observation.time,
            basis=Basis.REPORTED,
            method=METHOD,
            inputs=(observation.id, reading_id),
        )
        for predicate, value, unit in _said(entry, str(mine["key"]))
    ]
    return [observation, *claims]


def _list_of(entry: RegisterEntry, snapshot: Snapshot, key: str, name: str) -> dict[str, JsonValue]:
    """Which list of which day says it."""
    first = entry.listings[0] if entry.listings else None
    day = entry.as_of or snapshot.day
    return {
        "key": first.list_key if first else key,
        "name": first.list_name if first else name,
        "authority": first.authority if first else None,
        "day": day,
        "day_from": snapshot.day_from if day else NO_DAY,
    }


def _said(entry: RegisterEntry, key: str) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    """Predicate, value and unit of everything an entry says."""
    if entry.schema == VESSEL or entry.names:
        for one in entry.names:
            yield "name", _name(one), None
    for flag in entry.flags:
        yield "flag", _flag(flag), None
    for party in entry.parties:
        yield party.role, {"party": _party(party, key), **_period(party)}, None
    for listing in entry.listings:
        yield "listed", _listing(listing, entry), None
    if entry.identifiers:
        yield (
            "identifiers",
            {"identifiers": [_without_none(asdict(i)) for i in entry.identifiers]},
            None,
        )
    yield from _hull(entry)


def _hull(entry: RegisterEntry) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    own = entry.particulars
    if own.deadweight_t is not None:
        # In the words that a claims file would use, so that one reader serves both.
        note = f"{own.deadweight_t:.15g} t"
        yield "deadweight", {"note": note, "deadweight_t": own.deadweight_t}, "t"
    sizes = {
        name: getattr(own, name)
        for name in ("length_m", "beam_m", "depth_m", "draught_m", "gross_tonnage")
        if getattr(own, name) is not None
    }
    if sizes:
        yield "dimensions", sizes, None
    origin: dict[str, Any] = {
        name: getattr(own, name)
        for name in ("built", "yard", "yard_country", "hull_number", "ship_type", "class_society")
        if getattr(own, name) is not None
    }
    if own.sisters:
        origin["sisters"] = list(own.sisters)
    if origin:
        yield "built", origin, None


def _name(one: Name) -> dict[str, Any]:
    return {"name": one.text, "kind": one.kind, "script": script_of(one.text), **_period(one)}


def _flag(one: Flag) -> dict[str, Any]:
    port = {} if one.port is None else {"port": one.port}
    return {"flag": one.country, "printed": one.printed, "kind": one.kind, **port, **_period(one)}


def _party(one: Party, key: str) -> dict[str, Any]:
    subject = None
    if not one.person and (one.name or one.entry_id):
        subject = company_subject(one.name or "", one.entry_id, one.company_imo, key)
    return {
        "name": None if one.person else one.name,
        "entry": one.entry_id,
        "subject": subject,
        "company_imo": one.company_imo,
        "country": None if one.person else one.country,
        "person": one.person,
        "printed": one.printed,
    }


def _listing(one: Listing, entry: RegisterEntry) -> dict[str, Any]:
    return {
        "name": entry.names[0].text if entry.names else None,
        "authority": one.authority,
        "list_key": one.list_key,
        "programme": one.programme,
        "designation": one.designation,
        "measure": one.measure,
        "listed_on": one.listed_on,
        "delisted_on": one.delisted_on,
        "reason": one.reason,
    }


def _period(one: Name | Flag | Party) -> dict[str, Any]:
    return {"from": one.start, "until": one.end}


def _values(entry: RegisterEntry, mine: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The entry in the shape of FollowTheMoney, every value a list of texts."""
    properties: dict[str, list[JsonValue]] = {}

    def add(name: str, value: str | None) -> None:
        if value and value not in properties.setdefault(name, []):
            properties[name].append(value)

    for one in entry.names:
        add(_PROPERTIES[one.kind], one.text)
    for flag in entry.flags:
        shown = flag.country.lower() if flag.country else None
        add("pastFlags" if flag.kind == "former" else "flag", shown)
    for number in entry.identifiers:
        if (name := _property(entry.schema, number.kind)) is not None:
            add(name, number.value)
    own = entry.particulars
    add("type", own.ship_type)
    add("buildDate", own.built)
    add("deadweightTonnage", _figure(own.deadweight_t))
    add("grossRegisteredTonnage", _figure(own.gross_tonnage))
    for country in entry.countries:
        add("country", country.lower())
    for listing in entry.listings:
        add("program", listing.programme)
    add("notes", entry.remarks)
    values: dict[str, JsonValue] = {
        "id": entry.entry_id,
        "schema": entry.schema,
        "properties": {name: list(found) for name, found in sorted(properties.items()) if found},
        "links": [
            _without_none({"role": p.role, **_party(p, str(mine["key"])), **_period(p)})
            for p in entry.parties
        ],
        "listings": [_without_none(asdict(listing)) for listing in entry.listings],
        "list": dict(mine),
    }
    if entry.notes:
        values["reader_notes"] = list(entry.notes)
    return values


def _property(schema: str, kind: str) -> str | None:
    """Property of that schema for a number; None where FollowTheMoney has none."""
    if kind == "company-imo" and schema == "LegalEntity":
        return "registrationNumber"
    return _NUMBERS.get(kind, None if schema == VESSEL else "idNumber")


def _figure(value: float | None) -> str | None:
    return None if value is None else f"{value:.15g}"


def _without_none(values: Mapping[str, Any]) -> dict[str, JsonValue]:
    return {name: value for name, value in values.items() if value is not None}
