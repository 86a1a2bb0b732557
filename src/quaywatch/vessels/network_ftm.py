"""The network as FollowTheMoney entities: ships, companies, ownerships, links, sanctions.

Source: FollowTheMoney, https://followthemoney.tech (schemata of version 4). Every entity of a
statement carries who publishes it and when; nothing is said twice under two ids.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Final

from quaywatch.vessels.network import SAME_ADDRESS, SAME_NAME, Listing, Network, Party, Tie

Entity = dict[str, Any]
OWNS: Final = frozenset({"owner", "registered-owner", "beneficial-owner", "parent"})
"""Roles that are an Ownership; all others are an UnknownLink with the role in words."""


def entities(network: Network, parties: Iterable[str] | None = None) -> list[Entity]:
    """The network as entities, each ``{"id", "schema", "properties"}``, parties first.

    Args:
        network: all of it.
        parties: those to keep; None keeps all. A tie is kept where both its ends are.

    """
    kept = set(network.parties) if parties is None else set(parties) & set(network.parties)
    made = [_party(network.parties[key]) for key in sorted(kept)]
    made += [_tie(tie, network) for tie in network.ties if tie.of in kept and tie.to in kept]
    made += [_sanction(one) for one in network.listings if one.party in kept]
    return list({entity["id"]: entity for entity in made}.values())


def entity_id(party: str) -> str:
    """A party's id as FollowTheMoney may have it.

    Examples:
        >>> entity_id("imo:1059149"), entity_id("name:KIND GLORY SHIPPING")
        ('imo-1059149', 'name-kind-glory-shipping-cc8f376d')

    """
    plain = re.sub(r"[^a-z0-9.-]+", "-", party.lower()).strip("-")
    if re.fullmatch(r"(?:imo|mmsi|company):\d+", party):
        return plain
    return f"{plain[:60]}-{hashlib.sha256(party.encode()).hexdigest()[:8]}"


def _party(party: Party) -> Entity:
    kind, _, number = party.id.partition(":")
    properties: dict[str, list[str]] = {"name": list(party.names[:1]) or [party.label]}
    if party.names[1:]:
        properties["alias"] = list(party.names[1:])
    if party.former:
        properties["previousName"] = list(party.former)
    if kind == "imo" or (kind == "company" and number.isdigit()):
        properties["imoNumber"] = [number]
    if kind == "mmsi":
        properties["mmsi"] = [number]
    if party.countries and party.schema not in {"Vessel", "Person"}:
        properties["country"] = [country.lower() for country in party.countries]
    # An owner has to be a legal entity; a schema that is not known to be one becomes that.
    schema = party.schema if party.schema in {"Vessel", "Person", "Company"} else "Company"
    return {"id": entity_id(party.id), "schema": schema, "properties": properties}


def _tie(tie: Tie, network: Network) -> Entity:
    of, to = entity_id(tie.of), entity_id(tie.to)
    properties: dict[str, list[str]] = {"role": [tie.role], "publisher": [tie.said.title]}
    for name, day in (("startDate", tie.since), ("endDate", tie.until), ("date", tie.as_of)):
        if day:
            properties[name] = [day]
    if tie.note:
        properties["summary"] = [tie.note]
    owner = network.parties[tie.to].schema
    if tie.role in OWNS and owner != "Vessel":
        schema = "Ownership"
        properties |= {"owner": [to], "asset": [of]}
    else:
        schema = "UnknownLink"
        properties |= {"subject": [to], "object": [of]}
        if tie.role in {SAME_NAME, SAME_ADDRESS}:
            properties["summary"] = ["That the two are one is not shown."]
    key = f"{tie.of}|{tie.to}|{tie.role}|{tie.since}|{tie.until}|{tie.said.claim}"
    return {"id": f"tie-{_hash(key)}", "schema": schema, "properties": properties}


def _sanction(one: Listing) -> Entity:
    properties = {
        "entity": [entity_id(one.party)], "authority": [one.authority],
        "publisher": [one.said.title],
    }  # fmt: skip
    for name, value in (
        ("listingDate", one.listed_on), ("endDate", one.delisted_on), ("program", one.programme),
        ("retrievedAt", one.said.day),
    ):  # fmt: skip
        if value:
            properties[name] = [value]
    key = f"{one.party}|{one.authority}|{one.list_name}|{one.listed_on}|{one.said.claim}"
    return {"id": f"sanction-{_hash(key)}", "schema": "Sanction", "properties": properties}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]
