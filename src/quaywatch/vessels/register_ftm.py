"""FollowTheMoney entities, one JSON object a line: ships, their companies, owners and sanctions.

Files of gigabytes are read in passes, and of each only what hangs together with a ship is held:
first the ships and everything that links or sanctions, then the companies that stand at most two
links from a ship. Of natural persons the id alone is kept, where they own or run a ship.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from quaywatch.vessels.register import (
    ORGANISATIONS,
    PERSON,
    VESSEL,
    Listing,
    Particulars,
    Party,
    RegisterEntry,
    Rejected,
    Role,
)
from quaywatch.vessels.register_countries import country_code
from quaywatch.vessels.register_ftm_entity import (
    Entity,
    day_of,
    entity_of,
    flags_of,
    names_of,
    numbers_of,
    particulars_of,
)
from quaywatch.vessels.register_text import (
    company_imo_of,
    date_of,
    latest,
    role_of,
)

KEY: Final = "ftm"
_LINKS: Final[Mapping[str, tuple[str, str, Role]]] = {
    # Schema → property of the one who acts, property of what is acted on, role if none is stated.
    "Ownership": ("owner", "asset", "owner"),
    "UnknownLink": ("subject", "object", "linked"),
    "Directorship": ("director", "organization", "director"),
    "Representation": ("agent", "client", "linked"),
    "Succession": ("predecessor", "successor", "linked"),
    "Associate": ("person", "associate", "linked"),
}
_SEEN: Final = re.compile(r'"last_seen":\s*"(\d{4}-\d{2}-\d{2})')
_DAYS_HELD: Final = 10_000
HOPS: Final = 2
Lines = Callable[[], Iterator[str]]
"""The lines of the file from its start, each time anew."""


@dataclass(slots=True)
class _Graph:
    """What hangs together with ships."""

    near: set[str] = field(default_factory=set)
    """Ids at most two links from a ship."""
    links: list[tuple[str, str, Party]] = field(default_factory=list)
    """Who acts, on what, and how; the party still without its name."""
    sanctions: dict[str, list[Listing]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    persons: set[str] = field(default_factory=set)
    countries: dict[str, str] = field(default_factory=dict)
    company_imos: dict[str, str] = field(default_factory=dict)


def snapshot_day(lines: Lines) -> str | None:
    """The latest day on which any entity was seen: that of the export; None where none says."""
    # Found in the text of the line: such files are long, and parsing is what takes the time.
    days: set[str] = set()
    for line in lines():
        days.update(_SEEN.findall(line))
        if len(days) > _DAYS_HELD:
            days = {max(days)}
    return latest(day_of(day) for day in days)


def read_ftm(lines: Lines, *, listed: tuple[str, str, str]) -> Iterator[RegisterEntry | Rejected]:
    """Ships of a file, and the companies near them.

    Args:
        lines: of the file, each time from its start.
        listed: key, name and authority of the list.

    Examples:
        >>> text = [
        ...     '{"id":"v","schema":"Vessel","properties":{"name":["X"],"imoNumber":["9187629"]}}',
        ...     '{"id":"o","schema":"Ownership","properties":{"owner":["c"],"asset":["v"]}}',
        ...     '{"id":"c","schema":"Company","properties":{"name":["A LTD"]}}']
        >>> ship, company = read_ftm(lambda: iter(text), listed=("ftm", "x", "x"))
        >>> ship.parties[0].role, ship.parties[0].name, company.names[0].text
        ('owner', 'A LTD', 'A LTD')

    """
    graph = _near_ships(lines)
    for entity in _entities(lines, marks=()):
        if not isinstance(entity, Entity):
            continue
        if entity.schema == "Sanction":
            _take_sanction(entity, graph, listed)
        elif entity.id in graph.near:
            _take_near(entity, graph)
    by_target: dict[str, list[Party]] = {}
    for actor, target, party in graph.links:
        by_target.setdefault(target, []).append(_named(party, actor, graph))
    for entity in _entities(lines, marks=(VESSEL, *ORGANISATIONS), damaged=True):
        if isinstance(entity, Rejected):
            yield entity
        elif entity.schema == VESSEL or (
            entity.schema in ORGANISATIONS and entity.id in graph.near
        ):
            yield _entry(entity, by_target.get(entity.id, []), graph, listed)


def _near_ships(lines: Lines) -> _Graph:
    """Ships, what stands at most two links from one, and the links among them.

    A pass finds the ships and one more each ring of links about them: links far from any ship,
    of which such files hold millions, are never held.
    """
    graph = _Graph()
    held: dict[tuple[str, str, Party], None] = {}
    for entity in _entities(lines, marks=(VESSEL,)):
        if isinstance(entity, Entity) and entity.schema == VESSEL:
            graph.near.add(entity.id)
            held |= dict.fromkeys(_own_links(entity))
    for _ in range(HOPS):
        reached: set[str] = set()
        for entity in _entities(lines, marks=tuple(_LINKS)):
            if not isinstance(entity, Entity) or entity.schema not in _LINKS:
                continue
            for edge in _link(entity):
                if edge[0] in graph.near or edge[1] in graph.near:
                    held[edge] = None
                    reached |= {edge[0], edge[1]}
        graph.near |= reached | {actor for actor, _, _ in held}
    graph.links = list(held)
    return graph


def _entities(
    lines: Lines, *, marks: tuple[str, ...], damaged: bool = False
) -> Iterator[Entity | Rejected]:
    """Entities whose line holds one of some words; all without words.

    ``damaged``: lines that cannot be an object are told too, whatever they hold.
    """
    words = tuple(f'"{mark}"' for mark in marks)
    for number, line in enumerate(lines(), start=1):
        if words and not any(word in line for word in words):
            bare = line.strip()
            if not damaged or not bare or (bare[0] == "{" and bare[-1] == "}"):
                continue
        elif not line.strip():
            continue
        try:
            told = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            yield Rejected(f"line {number}", "not-json", "it is no JSON", line[:500])
            continue
        entity = entity_of(told) if isinstance(told, dict) else None
        yield entity or Rejected(f"line {number}", "not-ftm", "no id, schema or values", line[:500])


def _link(entity: Entity) -> Iterator[tuple[str, str, Party]]:
    actor, target, role = _LINKS[entity.schema]
    printed = entity.one("role", "ownershipType", "status")
    found = role_of(" ".join(entity.all("role", "ownershipType"))) or role
    party = Party(
        found,
        None,
        start=date_of(entity.one("startDate", "date")),
        end=date_of(entity.one("endDate")),
        printed=printed or entity.schema,
    )
    for one in entity.all(actor):
        for other in entity.all(target):
            yield one, other, party
            if entity.schema == "UnknownLink":
                # A link says nothing of who acts on whom.
                yield other, one, party


def _own_links(ship: Entity) -> Iterator[tuple[str, str, Party]]:
    """Owner and operator as the ship itself names them: an id, or a name."""
    for name, role in (("owner", "owner"), ("operator", "operator")):
        for one in ship.all(name):
            known: Role = "owner" if role == "owner" else "operator"
            yield one, ship.id, Party(known, None, printed=name)


def _take_sanction(entity: Entity, graph: _Graph, listed: tuple[str, str, str]) -> None:
    key, name, authority = listed
    stated = entity.one("authority")
    dataset = next(iter(entity.datasets), None)
    listing = Listing(
        authority=stated or authority,
        list_key=f"{key}/{dataset}" if dataset else key,
        list_name=dataset or name,
        programme="; ".join(entity.all("programId", "program")) or None,
        designation=entity.one("authorityId", "unscId", "recordId"),
        measure="; ".join(entity.all("provisions")) or None,
        listed_on=date_of(entity.one("listingDate", "startDate", "date")),
        delisted_on=date_of(entity.one("endDate")),
        reason=entity.one("reason", "summary"),
    )
    for one in graph.near.intersection(entity.all("entity")):
        graph.sanctions.setdefault(one, []).append(listing)


def _take_near(entity: Entity, graph: _Graph) -> None:
    if entity.schema == PERSON:
        graph.persons.add(entity.id)
        return
    if name := entity.one("name"):
        graph.names[entity.id] = name
    for country in entity.all("jurisdiction", "country", "mainCountry"):
        if code := country_code(country):
            graph.countries.setdefault(entity.id, code)
    for printed in entity.all("imoNumber"):
        imo = company_imo_of(printed)
        if imo is not None and imo.well_formed and entity.schema != VESSEL:
            graph.company_imos[entity.id] = imo.value


def _named(party: Party, actor: str, graph: _Graph) -> Party:
    if actor in graph.persons:
        return replace(party, entry_id=actor, person=True)
    known = actor in graph.names
    return replace(
        party,
        # What no entity explains is a name written in place of an id.
        name=graph.names.get(actor, actor if party.printed in {"owner", "operator"} else None),
        entry_id=actor if known else None,
        company_imo=graph.company_imos.get(actor),
        country=graph.countries.get(actor),
    )


def _entry(
    entity: Entity, parties: list[Party], graph: _Graph, listed: tuple[str, str, str]
) -> RegisterEntry:
    ship = entity.schema == VESSEL
    listings = graph.sanctions.get(entity.id, [])
    if not listings and "sanction" in entity.all("topics"):
        key, name, authority = listed
        listings = [Listing(authority, key, name, "; ".join(entity.all("programId")) or None)]
    notes: list[str] = []
    return RegisterEntry(
        entry_id=entity.id,
        locator=f"entity {entity.id}",
        schema=entity.schema,
        names=tuple(names_of(entity)),
        flags=tuple(flags_of(entity)) if ship else (),
        identifiers=tuple(numbers_of(entity, notes, ship=ship)),
        parties=tuple(dict.fromkeys(parties)),
        listings=tuple(dict.fromkeys(listings)),
        particulars=particulars_of(entity) if ship else Particulars(),
        countries=tuple(
            dict.fromkeys(
                code
                for one in entity.all("jurisdiction", "country")
                if not ship and (code := country_code(one))
            )
        ),
        remarks=entity.one("notes", "summary", "description"),
        notes=tuple(notes),
    )
