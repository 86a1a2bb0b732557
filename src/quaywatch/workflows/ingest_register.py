"""Registers and lists into a workspace: every entry an observation, all that it says claims.

A file is entered in batches and closed by a claim that counts it (``register-snapshot``): a process
killed on the way leaves entries without that claim, and the next run adds what is missing. A file
read twice in the same way adds nothing.
"""

import json
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from quaywatch.errors import ArgumentError, PlaceMissingError, QuaywatchError
from quaywatch.evidence.record import Basis, Claim, Record, Source
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.register import PERSON, VESSEL, RegisterEntry, Rejected
from quaywatch.vessels.register_claims import METHOD, READING, READING_METHOD, records_of_entry
from quaywatch.vessels.register_columns import mapping_of
from quaywatch.vessels.register_read import Register, open_register
from quaywatch.vessels.register_text import date_of, interval_of
from quaywatch.workflows.receive import Terms, describe, expand, keep

SUFFIXES: Final = (
    ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".xml", ".xml.gz", ".json", ".json.gz", ".jsonl",
    ".jsonl.gz", ".ndjson",
)  # fmt: skip
SNAPSHOT: Final = "register-snapshot"
SNAPSHOT_METHOD: Final = "register-snapshot@1"
METHODS: Final = (METHOD, READING_METHOD, SNAPSHOT_METHOD)
_BATCH: Final = 4_000
_KEPT_REJECTS: Final = 500
"""Rejected rows that are named one by one; all are counted, and all lie in the file's bytes."""
_KEPT_LOOSE: Final = 5_000
"""Ships without an IMO number that are named, to be looked through when a name is asked for."""
_NAMED_NOT: Final = frozenset({"person", "aircraft", "asset", "schema"})
"""Left out by rule, not for what is wrong with them: counted only."""
Report = Callable[[str, float], None]


def ingest_register(
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    known_at: datetime,
    terms: Terms,
    mapping: Path | None = None,
    list_date: str | None = None,
    report: Report,
) -> dict[str, Any]:
    """Enter registers and lists, and say what became of every row.

    A file that cannot be read lands not at all; the others still do.

    Args:
        workspace: where to.
        paths: files, or folders of files.
        known_at: now, aware UTC.
        terms: provider, licence and credit of all of them.
        mapping: TOML file that says which column of a table holds what.
        list_date: day of the snapshots, ISO 8601, as exact as is known; None: as the files say.
        report: told how far it is.

    Returns:
        ``files`` (each with ``format``, ``lists``, ``day``, ``entries``, ``vessels``,
        ``organisations``, ``rejected``, ``told``), their sums, ``seconds`` and ``failures``.

    Raises:
        ArgumentError: a day that is none or lies ahead, or a mapping that cannot be read.
        DialectError: a mapping that cannot be followed.

    """
    started = time.perf_counter()
    options: dict[str, Any] = {
        "mapping": _mapping(mapping),
        "day": _stated_day(list_date, known_at),
    }
    found = [path for path in expand(list(paths), suffixes=SUFFIXES) if not _is_beside(path)]
    totals, rejected = Counter(entries=0, vessels=0, organisations=0, records=0), Counter[str]()
    files, failures = [], []
    for number, path in enumerate(found):
        report(path.name, number / len(found))
        try:
            told = _ingest_one(
                workspace,
                path,
                options,
                terms=terms,
                known_at=known_at,
                report=_part(report, number, len(found)),
            )
        except QuaywatchError as err:
            failures.append({"file": path.name, "code": err.code, "message": str(err)})
            continue
        files.append({"file": path.name, **told})
        totals.update({name: told[name] for name in totals})
        rejected.update(told["rejected"])
    return {
        **totals,
        "rejected": dict(sorted(rejected.items())),
        "seconds": round(time.perf_counter() - started, 3),
        "files": files,
        "failures": failures,
    }


def _part(report: Report, number: int, files: int) -> Report:
    return lambda name, done: report(name, (number + done) / files)


def _mapping(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        remedy = "Give a TOML file as docs/registers.md shows it."
        raise ArgumentError(flag="--mapping", fact=f"{path}: {err}", remedy=remedy) from err
    mapping_of(told)  # refused before any file is touched
    plain: dict[str, Any] = json.loads(json.dumps(told, default=str))
    return plain


def _stated_day(text: str | None, now: datetime) -> str | None:
    if text is None:
        return None
    day = date_of(text)
    if day is None:
        fact, remedy = f"{text!r} is no date", "Give 2023-01-27, 2023-01 or 2023."
        raise ArgumentError(flag="--list-date", fact=fact, remedy=remedy)
    if interval_of(day).start > now:
        fact, remedy = f"{day} is still to come", "Give the day that the snapshot was taken on."
        raise ArgumentError(flag="--list-date", fact=fact, remedy=remedy)
    return day


def _is_beside(path: Path) -> bool:
    """A file that belongs to another: OFAC's other names, addresses and comments."""
    stem = path.name.casefold().split(".")[0]
    return stem in {"alt", "add", "sdn_comments", "cons_alt", "cons_add", "cons_comments"} and any(
        path.with_name(path.name.casefold().replace(stem, main)).exists()
        for main in ("sdn", "cons_prim")
    )


def _beside(path: Path) -> dict[str, Path]:
    """Other names beside OFAC's main file."""
    stem, dot, ending = path.name.partition(".")
    names = {"sdn": "alt", "cons_prim": "cons_alt"}
    other = names.get(stem.casefold())
    if other is None:
        return {}
    found = (path.with_name(f"{name}{dot}{ending}") for name in (other, other.upper()))
    return dict([("alt", one) for one in found if one.is_file()][:1])


def _ingest_one(
    workspace: Workspace,
    path: Path,
    options: Mapping[str, Any],
    *,
    terms: Terms,
    known_at: datetime,
    report: Report,
) -> dict[str, Any]:
    source = _source(workspace, path, terms=terms, known_at=known_at)
    beside = _beside(path)
    others = {
        kind: _source(workspace, one, terms=terms, known_at=known_at)
        for kind, one in beside.items()
    }
    register = _open(path, source, options, beside)
    reading = reading_claim(source, others, options, register)
    done = _snapshot_of(workspace, reading)
    if done is not None:
        return {"already": True, "records": 0, **_shown(done, register)}
    # Read to its end once before anything lands: a list cut short would be half a list for good.
    whole = sum(1 for _ in register.entries())
    tally = _Tally(register)
    batch: list[Record] = [source, *others.values(), reading]
    added = 0
    for number, item in enumerate(tally.over(register.entries())):
        if isinstance(item, RegisterEntry):
            batch += _records(item, source, reading, register)
        if len(batch) >= _BATCH:
            added += _land(workspace, batch, ((path, source), *_pairs(beside, others)), known_at)
            batch = []
            report(path.name, (number + 1) / max(whole, 1))
    snapshot = tally.claim(reading)
    batch.append(snapshot)
    added += _land(workspace, batch, ((path, source), *_pairs(beside, others)), known_at)
    return {"already": False, "records": added, **_shown(snapshot, register)}


def _pairs(
    beside: Mapping[str, Path], others: Mapping[str, Source]
) -> tuple[tuple[Path, Source], ...]:
    return tuple((beside[kind], others[kind]) for kind in beside)


def _land(
    workspace: Workspace,
    batch: Sequence[Record],
    files: Sequence[tuple[Path, Source]],
    known_at: datetime,
) -> int:
    if any(isinstance(record, Source) for record in batch):
        for path, source in files:
            keep(workspace, path, source)
    return workspace.evidence.append(batch, known_at=known_at)


def _source(workspace: Workspace, path: Path, *, terms: Terms, known_at: datetime) -> Source:
    """The file as a source; bytes that are known keep the name they came under first."""
    described = describe(workspace, path, media="register", received_at=known_at, terms=terms)
    if workspace.evidence.has(described.id):
        known = workspace.evidence.get(described.id)
        if isinstance(known, Source):
            return known
    return described


def _open(
    path: Path, source: Source, options: Mapping[str, Any], beside: Mapping[str, Path]
) -> Register:
    told = options.get("mapping")
    return open_register(
        path,
        name=source.name,
        mapped=None if told is None else mapping_of(told),
        day=options.get("day"),
        beside=beside,
    )


def _records(
    entry: RegisterEntry, source: Source, reading: Claim, register: Register
) -> list[Record]:
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


class _Tally:
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


def _snapshot_of(workspace: Workspace, reading: Claim) -> Claim | None:
    """The claim that closed this very reading, if it was finished before."""
    found = workspace.evidence.find("claim", subject=reading.subject, predicate=SNAPSHOT)
    same = (c for c in found if isinstance(c, Claim) and c.inputs == (reading.id,))
    return next(same, None)


def _shown(snapshot: Claim, register: Register) -> dict[str, Any]:
    value: Any = snapshot.value
    return {
        "format": register.snapshot.format,
        **{name: value[name] for name in (
            "day", "day_from", "lists", "entries", "vessels", "organisations", "imo_numbers",
            "imo_ill_formed", "noted", "rejected", "rejected_rows",
        )},
        "told": list(register.snapshot.told),
        "source": snapshot.subject,
        "claim": snapshot.id,
    }  # fmt: skip


class RegistersAgain:
    """Claims of registers made again from the bytes, each file read once for all of its claims."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._made: dict[str, dict[str, Claim | None]] = {}

    def again(self, claim: Claim, inputs: Sequence[Record]) -> Claim:
        """The claim anew.

        Raises:
            PlaceMissingError: the file, read again, does not make it.

        """
        readings = [c for c in inputs if isinstance(c, Claim) and c.predicate == READING]
        reading = readings[0] if readings else claim
        made = self._made.get(reading.id)
        if made is None:
            made = self._made[reading.id] = self._all(reading)
        if claim.id not in made:
            raise PlaceMissingError(record_id=claim.id)
        # Equal ids are equal contents: only ids are held, so that a file of any size fits.
        return made[claim.id] or claim

    def _all(self, reading: Claim) -> dict[str, Claim | None]:
        value: Any = reading.value
        evidence = self._workspace.evidence
        source = evidence.get(reading.subject)
        others = {kind: evidence.get(found) for kind, found in value["beside"].items()}
        beside = {
            kind: evidence.open_object(one.sha256)
            for kind, one in others.items()
            if isinstance(one, Source)
        }
        if not isinstance(source, Source):
            raise PlaceMissingError(record_id=reading.id)
        options: dict[str, Any] = dict(reading.parameters)
        register = _open(evidence.open_object(source.sha256), source, options, beside)
        kept = {kind: one for kind, one in others.items() if isinstance(one, Source)}
        fresh = reading_claim(source, kept, options, register)
        made: dict[str, Claim | None] = {fresh.id: fresh}
        tally = _Tally(register)
        for item in tally.over(register.entries()):
            if isinstance(item, RegisterEntry):
                made |= dict.fromkeys(
                    record.id for record in _records(item, source, fresh, register)
                )
        made[tally.claim(fresh).id] = None
        return made
