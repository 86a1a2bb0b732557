"""How a register's file was read and what it holds, as the two claims that open and close it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.register import PERSON, VESSEL, RegisterEntry, Rejected
from quaywatch.vessels.register_claims import (
    READING,
    READING_METHOD,
    SNAPSHOT,
    SNAPSHOT_METHOD,
    records_of_entry,
)
from quaywatch.vessels.register_columns import mapping_of
from quaywatch.vessels.register_read import Register, open_register
from quaywatch.vessels.register_text import interval_of

_KEPT_REJECTS: Final = 500
"""Rejected rows that are named one by one; all are counted, and all lie in the file's bytes."""
_KEPT_LOOSE: Final = 5_000
"""Ships without an IMO number that are named, to be looked through when a name is asked for."""
_NAMED_NOT: Final = frozenset({"person", "aircraft", "asset", "schema"})
"""Left out by rule, not for what is wrong with them: counted only."""


def opened(
    path: Path, source: Source, options: Mapping[str, Any], beside: Mapping[str, Path]
) -> Register:
    """The register in a file, opened as the options say.

    Args:
        path: where the bytes lie.
        source: what they are.
        options: ``mapping`` and ``day``, as stated when it was ingested.
        beside: files that belong to it, by kind.

    """
    told = options.get("mapping")
    return open_register(
        path,
        name=source.name,
        mapped=None if told is None else mapping_of(told),
        day=options.get("day"),
        beside=beside,
    )


def records_in(
    entry: RegisterEntry, source: Source, reading: Claim, register: Register
) -> list[Record]:
    """What an entry becomes: an observation and its claims."""
    key, name, _ = register.listed
    return records_of_entry(
        entry,
        source_id=source.id,
        reading_id=reading.id,
        snapshot=register.snapshot,
        key=key,
        name=name,
    )


def reading_claim(
    source: Source, others: Mapping[str, Source], options: Mapping[str, Any], register: Register
) -> Claim:
    """How a file was read and of which day it is, as a claim, so that it can be read so again."""
    snapshot = register.snapshot
    stated = {name: value for name, value in options.items() if value is not None}
    value: dict[str, JsonValue] = {
        "format": snapshot.format,
        "list": {"key": register.listed[0], "name": register.listed[1], "day": snapshot.day},
        "day_from": snapshot.day_from,
        "told": list(snapshot.told),
        "beside": {kind: other.id for kind, other in sorted(others.items())},
    }
    return Claim(
        subject=source.id,
        predicate=READING,
        value=value,
        time=None if snapshot.day is None else interval_of(snapshot.day),
        basis=Basis.OBSERVED,
        method=READING_METHOD,
        parameters=json.loads(json.dumps(stated)),
        inputs=(source.id, *(other.id for _, other in sorted(others.items()))),
    )


class Tally:
    """Counts of a file, and the first of its rejected rows."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.schemata: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.lists: dict[str, dict[str, Any]] = {}
        self.named: list[dict[str, JsonValue]] = []
        self.imos: set[str] = set()
        self.ill_formed: list[JsonValue] = []
        self.loose: list[dict[str, Any]] = []
        self.noted = 0

    def over(self, items: Iterator[RegisterEntry | Rejected]) -> Iterator[RegisterEntry | Rejected]:
        """The same items, each counted as it passes."""
        for item in items:
            if isinstance(item, Rejected):
                self._reject(item)
            elif item.schema == PERSON:
                self.rejected["person"] += 1
            else:
                self._count(item)
            yield item

    def _reject(self, item: Rejected) -> None:
        self.rejected[item.code] += 1
        if item.code not in _NAMED_NOT and len(self.named) < _KEPT_REJECTS:
            self.named.append(
                {"where": item.locator, "code": item.code, "reason": item.reason,
                 "raw": item.raw[:200]}
            )  # fmt: skip

    def _count(self, entry: RegisterEntry) -> None:
        self.schemata[entry.schema] += 1
        self.noted += bool(entry.notes)
        for listing in entry.listings:
            known = self.lists.setdefault(
                listing.list_key,
                {"name": listing.list_name, "authority": listing.authority, "vessels": 0,
                 "organisations": 0},
            )  # fmt: skip
            known["vessels" if entry.schema == VESSEL else "organisations"] += 1
        if entry.schema != VESSEL:
            return
        imo = entry.first("imo")
        if (imo is None or not imo.well_formed) and len(self.loose) < _KEPT_LOOSE:
            self.loose.append(
                {
                    "entry": entry.entry_id,
                    "lists": list(dict.fromkeys(one.list_key for one in entry.listings)),
                    "names": list(dict.fromkeys(one.text for one in entry.names)),
                    "numbers": list(dict.fromkeys(one.value for one in entry.identifiers)),
                }
            )
        if imo is not None and imo.well_formed:
            self.imos.add(imo.value)
        elif imo is not None and len(self.ill_formed) < _KEPT_REJECTS:
            self.ill_formed.append({"where": entry.locator, "printed": imo.printed})

    def claim(self, reading: Claim) -> Claim:
        """What the file holds, as a claim: which lists, how many of what, what was left out."""
        key, name, authority = self.register.listed
        vessels = self.schemata[VESSEL]
        lists = self.lists or {
            key: {"name": name, "authority": authority, "vessels": vessels,
                  "organisations": self.schemata.total() - vessels}
        }  # fmt: skip
        value: dict[str, Any] = {
            "day": self.register.snapshot.day,
            "day_from": self.register.snapshot.day_from,
            "lists": dict(sorted(lists.items())),
            "designates": bool(self.lists),
            "entries": self.schemata.total(),
            "vessels": vessels,
            "organisations": self.schemata.total() - vessels,
            "imo_numbers": len(self.imos),
            "imo_ill_formed": self.ill_formed,
            "without_imo": self.loose,
            "noted": self.noted,
            "rejected": dict(sorted(self.rejected.items())),
            "rejected_rows": self.named,
        }
        return Claim(
            subject=reading.subject,
            predicate=SNAPSHOT,
            value=json.loads(json.dumps(value)),
            time=reading.time,
            basis=Basis.OBSERVED,
            method=SNAPSHOT_METHOD,
            inputs=(reading.id,),
        )


def snapshot_of(workspace: Workspace, reading: Claim) -> Claim | None:
    """The claim that closed this very reading, if it was finished before."""
    found = workspace.evidence.find("claim", subject=reading.subject, predicate=SNAPSHOT)
    same = (c for c in found if isinstance(c, Claim) and c.inputs == (reading.id,))
    return next(same, None)
