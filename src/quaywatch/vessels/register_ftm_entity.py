"""An entity of FollowTheMoney, whichever way it is written, and what a ship's register has of it.

Entities may be plain (``properties``) or made of statements (``statements``, each with dates and
the data set that says it); OpenSanctions' ``statements.csv`` is put together to the latter.

Source:
    followthemoney (data model; MIT) and OpenSanctions' description of its exports.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Final, TextIO

from quaywatch.vessels.register import VESSEL, Flag, Identifier, Name, NameKind, Particulars
from quaywatch.vessels.register_countries import flag_of
from quaywatch.vessels.register_open import rows_of
from quaywatch.vessels.register_text import (
    clean,
    company_imo_of,
    date_of,
    imo_of,
    latest,
    mmsi_of,
    number_of,
    text_identifier,
)

_NAMES: Final[tuple[tuple[str, NameKind], ...]] = (
    ("name", "name"), ("alias", "alias"), ("weakAlias", "weak-alias"),
    ("previousName", "former"), ("pastNames", "former"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a property, and what a statement says of it."""

    text: str
    dataset: str | None = None
    first_seen: str | None = None
    last_seen: str | None = None


@dataclass(slots=True)
class Entity:
    """An entity, whichever way it is written."""

    id: str
    schema: str
    properties: dict[str, list[Value]] = field(default_factory=dict)
    datasets: tuple[str, ...] = ()
    last_seen: str | None = None

    def all(self, *names: str) -> list[str]:
        """Values of some properties, each once."""
        found = (value.text for name in names for value in self.properties.get(name, ()))
        return list(dict.fromkeys(found))

    def one(self, *names: str) -> str | None:
        """The first of them."""
        return next(iter(self.all(*names)), None)


def entity_of(told: Mapping[str, Any]) -> Entity | None:
    """An entity out of its JSON; None where it is none.

    Examples:
        >>> entity_of({"id": "a", "schema": "Vessel", "properties": {"name": ["X"]}}).one("name")
        'X'
        >>> statement = {"schema": "Vessel", "prop": "name", "value": "X", "dataset": "d",
        ...     "first_seen": "2023-01-27T00:00:00", "last_seen": "2024-02-01"}
        >>> entity_of({"id": "a", "statements": [statement]}).properties["name"][0].first_seen
        '2023-01-27'

    """
    entity_id = told.get("id") or told.get("canonical_id")
    if not isinstance(entity_id, str):
        return None
    statements = told.get("statements")
    if isinstance(statements, list):
        schemata = [str(told.get("schema") or "")] + [str(s.get("schema")) for s in statements]
        # A ship stays a ship whatever else is said of it.
        stated = schemata[0] or Counter(schemata[1:]).most_common(1)[0][0] if statements else ""
        entity = Entity(entity_id, VESSEL if VESSEL in schemata else stated)
        for statement in statements:
            _take_statement(entity, statement)
        return entity
    schema, properties = told.get("schema"), told.get("properties")
    if not isinstance(schema, str) or not isinstance(properties, Mapping):
        return None
    datasets = tuple(str(name) for name in told.get("datasets") or ())
    entity = Entity(entity_id, schema, datasets=datasets, last_seen=day_of(told.get("last_seen")))
    for name, values in properties.items():
        listed = values if isinstance(values, list) else [values]
        # Nested exports put the other entity in place of its id.
        found = [one.get("id") if isinstance(one, Mapping) else one for one in listed]
        entity.properties[str(name)] = [Value(_sound(one)) for one in found if one is not None]
    return entity


def _take_statement(entity: Entity, told: Mapping[str, Any]) -> None:
    name, value = told.get("prop"), told.get("value")
    if not name or name == "id" or value is None:
        return
    dataset = clean(told.get("dataset"))
    entity.properties.setdefault(str(name), []).append(
        Value(_sound(value), dataset, day_of(told.get("first_seen")), day_of(told.get("last_seen")))
    )
    if dataset and dataset not in entity.datasets:
        entity.datasets = (*entity.datasets, dataset)
    entity.last_seen = latest([entity.last_seen, day_of(told.get("last_seen"))])


def _sound(told: object) -> str:
    """A text that can be written: JSON may escape half a sign, which no encoding has."""
    return str(told).encode("utf-8", "replace").decode()


def day_of(told: object) -> str | None:
    """The day of an instant or a date; None where it is none."""
    return date_of(str(told)) if told else None


def names_of(entity: Entity) -> Iterator[Name]:
    """Its names, each once."""
    seen: set[str] = set()
    for prop, kind in _NAMES:
        for number, value in enumerate(entity.properties.get(prop, ())):
            if value.text in seen or not clean(value.text):
                continue
            seen.add(value.text)
            # Merged entities carry several names alike: none of them is former for that.
            told: NameKind = "alias" if kind == "name" and number else kind
            yield Name(value.text, told)


def flags_of(entity: Entity) -> Iterator[Flag]:
    """Its flags, present and past."""
    port = entity.one("registrationPort")
    for prop, former in (("flag", False), ("pastFlags", True)):
        for text in entity.all(prop):
            flag = flag_of(text, former=former, port=None if former else port)
            if flag is not None:
                yield flag


def numbers_of(entity: Entity, notes: list[str], *, ship: bool) -> Iterator[Identifier]:
    """Its numbers; what stands in place of an IMO number and is none goes to the notes."""
    for text in entity.all("imoNumber"):
        one = imo_of(text) if ship else company_imo_of(text)
        if one is not None:
            yield one
        else:
            notes.append(f"IMO number as printed: {text}")
    for text in entity.all("mmsi"):
        if (found := mmsi_of(text)) is not None:
            yield found
    for prop, kind in (("callSign", "callsign"), ("registrationNumber", "official-number")):
        for text in entity.all(prop):
            if (other := text_identifier(kind, text)) is not None:
                yield other


def particulars_of(entity: Entity) -> Particulars:
    """Its type, year and tonnes."""
    # ``tonnage`` is said to be any: only what is named deadweight is taken for that.
    return Particulars(
        ship_type=entity.one("type"),
        built=date_of(entity.one("buildDate")),
        deadweight_t=number_of(entity.one("deadweightTonnage")),
        gross_tonnage=number_of(entity.one("grossRegisteredTonnage")),
    )


def statements_as_lines(file: TextIO) -> Iterator[str]:
    """Rows of ``statements.csv`` as entities, one JSON object each.

    Rows of one entity stand together, as OpenSanctions writes them.
    """
    held: list[dict[str, str]] = []
    rows = rows_of(file)
    header = next(rows, [])
    for cells in rows:
        row = dict(zip_longest(header, cells[: len(header)], fillvalue=""))
        if held and row.get("canonical_id") != held[0].get("canonical_id"):
            yield _put_together(held)
            held = []
        held.append(row)
    if held:
        yield _put_together(held)


def _put_together(rows: Iterable[Mapping[str, str]]) -> str:
    listed = list(rows)
    return json.dumps({"id": listed[0].get("canonical_id"), "statements": listed})
