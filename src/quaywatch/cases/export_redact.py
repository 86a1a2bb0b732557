"""Take a source out of a case and keep the case: every record is copied without what it gave away.

A redacted source, what it says, and every claim that only passes its words on are replaced by
records that say that they are redacted. A claim computed from them keeps its numbers and its words,
less those that give the source away. Because a record's id is the hash of its content, an id is
itself a commitment that can be tried out; so every record above a redacted one gets the id of what
is left of it, and the ids of the originals appear nowhere. What each was is committed to with a
salt (``export_commit``).
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import JsonValue

from quaywatch.cases.closure import rests_on
from quaywatch.cases.export_commit import commitment
from quaywatch.cases.export_secrets import REDACTED, Secrets, is_pair, secrets_of
from quaywatch.errors import RedactionLeakError
from quaywatch.evidence.record import (
    Basis,
    Claim,
    Finding,
    Observation,
    Record,
    Source,
    canonical_json,
    record_from_content,
)

Salt = Callable[[str], bytes]
State = Literal["hidden", "partial"]
_WHY = "redacted: the exporter keeps this source in confidence"


@dataclass(frozen=True, slots=True)
class Redacted:
    """One record that an export shows in part or not at all."""

    id: str
    """Of the record that stands for it."""
    original: str
    """Its own id; never in an export."""
    commitment: str
    state: State


@dataclass(frozen=True)
class Redaction:
    """The records of a case after redaction."""

    records: dict[str, Record]
    """Id in the export → record, in the order of the originals."""
    renamed: dict[str, str]
    """Id of an original → id in the export; those left as they were are not in it."""
    redacted: tuple[Redacted, ...]
    secrets: Secrets = field(default_factory=Secrets)
    """What was taken out, and may stand nowhere in the export."""
    hidden_objects: frozenset[str] = frozenset()
    """SHA-256 of bytes that may not leave."""

    def now(self, record_id: str) -> str:
        """The id under which a record stands in the export."""
        return self.renamed.get(record_id, record_id)


def redact(records: Mapping[str, Record], sources: Collection[str], salt: Salt) -> Redaction:
    """The records with some sources, and all that gives them away, taken out.

    Args:
        records: id → record: a whole closure, every record that one rests on included.
        sources: ids of the sources to redact.
        salt: item → 32 bytes that nobody else can know.

    Raises:
        RedactionLeakError: a record cannot be shown without what it must not show.

    """
    order = _ground_up(records)
    hidden = _hidden(records, order, frozenset(sources))
    if not hidden:
        return Redaction(dict(records), {}, ())
    above = _above(records, order, hidden | _naming(records, hidden))
    told = secrets_of(records[i] for i in hidden)
    # What the ids and hashes of the hidden say is secret too.
    told.texts |= {i.partition(":")[2] for i in hidden}
    shared = secrets_of(
        r for i, r in records.items() if i not in above and not isinstance(r, Finding)
    )
    secrets = told.less(shared)
    renamed: dict[str, str] = {}
    made: dict[str, Record] = {}
    notes = []
    for record_id in order:
        record = records[record_id]
        if record_id not in above:
            made[record_id] = record
            continue
        fresh = (
            _stand_in(record, renamed, secrets, salt)
            if record_id in hidden
            else _less(record, renamed, secrets)
        )
        renamed[record_id] = fresh.id
        made[fresh.id] = fresh
        committed = commitment(salt(record_id), record.canonical())
        state: State = "hidden" if record_id in hidden else "partial"
        notes.append(Redacted(fresh.id, record_id, committed, state))
    by_now = {renamed.get(i, i): made[renamed.get(i, i)] for i in records}
    gone = {r.sha256 for i in hidden if isinstance(r := records[i], Source)}
    gone |= {p for i in above for p in _plates(records[i])}
    return Redaction(by_now, renamed, tuple(notes), secrets, frozenset(gone))


def _ground_up(records: Mapping[str, Record]) -> list[str]:
    """Ids, each after all that it rests on."""
    order: dict[str, None] = {}
    stack = [(i, False) for i in reversed(list(records))]
    while stack:
        record_id, ready = stack.pop()
        if record_id in order:
            continue
        if ready:
            order[record_id] = None
            continue
        stack.append((record_id, True))
        below = [i for i in rests_on(records[record_id]) if i in records and i not in order]
        stack.extend((i, False) for i in below)
    return list(order)


def _hidden(
    records: Mapping[str, Record], order: Sequence[str], sources: frozenset[str]
) -> frozenset[str]:
    """The sources, what they say, and claims that pass that on or read the bytes themselves."""
    hidden: set[str] = set()
    for record_id in order:
        record, below = records[record_id], set(rests_on(records[record_id]))
        if isinstance(record, Source):
            gone = record_id in sources
        elif isinstance(record, Observation):
            gone = bool(below & hidden)
        elif isinstance(record, Claim):
            reads = any(i in hidden and isinstance(records.get(i), Source) for i in below)
            gone = reads or (record.basis is Basis.REPORTED and bool(below & hidden))
        else:
            gone = False
        if gone:
            hidden.add(record_id)
    return frozenset(hidden)


def _above(
    records: Mapping[str, Record], order: Sequence[str], hidden: frozenset[str]
) -> frozenset[str]:
    """The hidden records and everything that rests on them."""
    above = set(hidden)
    for record_id in order:
        if above.intersection(rests_on(records[record_id])):
            above.add(record_id)
    return frozenset(above)


def _naming(records: Mapping[str, Record], hidden: frozenset[str]) -> set[str]:
    """Our own claims that name a hidden scene without resting on it: to be shown less that name."""
    scenes = {
        claim.subject.partition(":")[2].encode()
        for i in hidden
        if isinstance(claim := records[i], Claim) and claim.subject.startswith("scene:")
    }
    return {
        i
        for i, r in records.items()
        if isinstance(r, Claim)
        and r.basis is not Basis.REPORTED
        and any(name in r.canonical() for name in scenes)
    }


def _plates(record: Record) -> list[str]:
    value = record.value if isinstance(record, Claim) else None
    plates = value.get("plates") if isinstance(value, dict) else None
    if not isinstance(plates, list):
        return []
    return [str(p["sha256"]) for p in plates if isinstance(p, dict) and "sha256" in p]


def _stand_in(record: Record, renamed: Mapping[str, str], secrets: Secrets, salt: Salt) -> Record:
    """What stands for a hidden record: its kind, and that it is redacted."""
    committed = commitment(salt(record.id), record.canonical())
    if isinstance(record, Source):
        no = dict.fromkeys(("provider", "licence", "credit"), _WHY)
        return Source(
            sha256=committed,
            size_bytes=0,
            name=REDACTED,
            media=record.media,
            received_at=record.received_at.replace(
                month=1, day=1, hour=0, minute=0, second=0, microsecond=0
            ),
            redistributable=False,
            simulated=record.simulated,
            unknown=no,
        )
    if isinstance(record, Observation):
        return Observation(
            source_id=renamed[record.source_id],
            what="redacted",
            subject="redacted",
            locator=committed,
        )
    claim: Any = record
    return Claim(
        subject=REDACTED if secrets.in_text(claim.subject) else claim.subject,
        predicate=claim.predicate,
        reason=_WHY,
        basis=claim.basis,
        method=claim.method,
        parameters={"commitment": committed},
        inputs=tuple(renamed.get(i, i) for i in claim.inputs),
    )


def _less(record: Record, renamed: Mapping[str, str], secrets: Secrets) -> Record:
    """A record without what gives a hidden one away, under the new ids of what it rests on."""
    content: Any = _scrub(record.content(), renamed, secrets, key="")
    if isinstance(record, Claim):
        kept = record.content()
        for name in ("predicate", "basis", "method", "low", "high", "probability"):
            content[name] = kept[name]
        if content["time"] != kept["time"]:
            content["time"] = None
        if content["value"] is None and not content["reason"]:
            content["reason"] = _WHY
    elif isinstance(record, Finding):
        content["probability"] = record.probability
        for rival, was in zip(content["rivals"], record.rivals, strict=True):
            rival["stands"] = was.stands
    content["kind"] = record.kind
    try:
        return record_from_content(content)
    except ValueError as err:
        raise RedactionLeakError(
            fact=f"{record.kind} {record.id[:20]}… cannot be shown without it"
        ) from err


def _scrub(
    content: JsonValue, renamed: Mapping[str, str], secrets: Secrets, *, key: str
) -> JsonValue:
    if isinstance(content, dict):
        return _scrub_object(content, renamed, secrets)
    if isinstance(content, list):
        return _scrub_list(content, renamed, secrets, key=key)
    if isinstance(content, str):
        now = renamed.get(content)
        return now or (REDACTED if secrets.in_text(content) else content)
    if isinstance(content, int | float) and not isinstance(content, bool):
        return REDACTED if secrets.is_number(float(content)) else content
    return content


def _scrub_list(
    content: list[JsonValue], renamed: Mapping[str, str], secrets: Secrets, *, key: str
) -> JsonValue:
    if is_pair(content) and secrets.is_place(float(str(content[0])), float(str(content[1]))):
        return [REDACTED]
    kept = content
    if key == "plates":
        kept = []
    elif key == "features":
        kept = [part for part in content if not _shows_place(part, secrets)]
    return [_scrub(part, renamed, secrets, key="") for part in kept]


def _scrub_object(
    content: dict[str, JsonValue], renamed: Mapping[str, str], secrets: Secrets
) -> JsonValue:
    lon, lat = content.get("lon"), content.get("lat")
    near = (
        isinstance(lon, int | float)
        and isinstance(lat, int | float)
        and secrets.is_place(float(lon), float(lat))
    )
    return {
        REDACTED if secrets.in_text(name) else name: REDACTED
        if near and name in {"lon", "lat"}
        else _scrub(part, renamed, secrets, key=name)
        for name, part in content.items()
    }


def _shows_place(content: JsonValue, secrets: Secrets) -> bool:
    if isinstance(content, dict):
        return any(_shows_place(part, secrets) for part in content.values())
    if isinstance(content, list):
        if is_pair(content):
            return secrets.is_place(float(str(content[0])), float(str(content[1])))
        return any(_shows_place(part, secrets) for part in content)
    return False


def digest(content: Mapping[str, JsonValue]) -> str:
    """SHA-256 of a JSON object's canonical form."""
    return hashlib.sha256(canonical_json(dict(content))).hexdigest()
