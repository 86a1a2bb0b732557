"""Registers and lists into a workspace: every entry an observation, all that it says claims.

A file is entered in batches and closed by a claim that counts it (``register-snapshot``): a process
killed on the way leaves entries without that claim, and the next run adds what is missing. A file
read twice in the same way adds nothing.
"""

import json
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from quaywatch.errors import ArgumentError, QuaywatchError, SourceEmptyError
from quaywatch.evidence.record import Claim, Record, Source
from quaywatch.stores.workspace import Workspace
from quaywatch.vessels.register import RegisterEntry
from quaywatch.vessels.register_columns import mapping_of
from quaywatch.vessels.register_read import Register
from quaywatch.vessels.register_text import date_of, interval_of
from quaywatch.workflows.receive import Terms, describe, expand, keep
from quaywatch.workflows.register_snapshot import (
    Tally,
    opened,
    reading_claim,
    records_in,
    snapshot_of,
)

SUFFIXES: Final = (
    ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".xml", ".xml.gz", ".json", ".json.gz", ".jsonl",
    ".jsonl.gz", ".ndjson",
)  # fmt: skip
_BATCH: Final = 4_000
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
    register = opened(path, source, options, beside)
    reading = reading_claim(source, others, options, register)
    done = snapshot_of(workspace, reading)
    if done is not None:
        return {"already": True, "records": 0, **_shown(done, register)}
    # Read to its end once before anything lands: a list cut short would be half a list for good.
    whole = sum(1 for _ in register.entries())
    if not whole:
        # Kept, it would count as a list searched, on which no ship stands.
        raise SourceEmptyError(source=f"{path.name}, its header aside,")
    tally = Tally(register)
    batch: list[Record] = [source, *others.values(), reading]
    added = 0
    for number, item in enumerate(tally.over(register.entries())):
        if isinstance(item, RegisterEntry):
            batch += records_in(item, source, reading, register)
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
