"""The files of an export, written from its plan; and every byte searched for what is redacted."""

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from quaywatch.cases.case import Case
from quaywatch.cases.closure import Closure
from quaywatch.cases.contents import read_check
from quaywatch.cases.dossier import MANIFEST_FILE, build_dossier, seal_claim
from quaywatch.cases.export_data import data_files
from quaywatch.cases.export_files import (
    CASE_DIR,
    DATA_DIR,
    LAKE_DIR,
    LEDGER_FILE,
    OBJECTS_DIR,
    RECORDS_FILE,
    SITES_DIR,
    listed,
)
from quaywatch.cases.export_ledger import as_json, shown
from quaywatch.cases.export_secrets import REDACTED
from quaywatch.errors import RedactionLeakError
from quaywatch.evidence.record import Claim, Record, Source, canonical_json
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case import land_of
from quaywatch.workflows.case_export_plan import Plan
from quaywatch.workflows.case_unpack import apart_of

_CLOCK = re.compile(rb"\d{4}-\d\d-\d\d[ t]\d\d:\d\d[\d:.]*z?$|\d\d:\d\d utc$")
_NAMED = 12
"""Of sources to redact as well, so many are named."""


class _Shown:
    """The records of an export and the bytes of the workspace, as a store to build from."""

    def __init__(self, workspace: Workspace, records: Mapping[str, Record]) -> None:
        self._evidence, self._records = workspace.evidence, records

    def get(self, record_id: str) -> Record:
        """The record as the export has it."""
        return self._records[record_id]

    def read_object(self, sha256: str) -> bytes:
        """Bytes of the workspace."""
        return self._evidence.read_object(sha256)


def write_case(workspace: Workspace, plan: Plan, case_dir: Path, into: Path, now: datetime) -> None:
    """The dossier: as it was built, or built again without what may not be shown, and sealed."""
    manifest = json.loads((case_dir / MANIFEST_FILE).read_bytes())
    pictures = {
        p.sha256
        for r in plan.records.values()
        if isinstance(r, Claim)
        for p in read_check(r).plates
    }
    if not plan.redaction.redacted and not pictures & set(plan.withheld):
        for name, path in listed(case_dir):
            shutil.copyfile(path, into / name)
        plan.records |= _seals(workspace, plan.case, (case_dir / MANIFEST_FILE).read_bytes())
        return
    store: Any = _Shown(workspace, plan.records)
    dossier = build_dossier(
        plan.case,
        store,
        land=land_of(workspace),
        built_at=datetime.fromisoformat(manifest["built_at"]),
        ledger_head=manifest["ledger_head"],
        version=manifest["version"],
        withheld=plan.why,
    )
    for name, data in dossier.files().items():
        (into / name).write_bytes(data)
    seal = seal_claim(plan.case, dossier.manifest_bytes)
    workspace.evidence.append([seal], known_at=now)
    plan.records[seal.id] = seal


def _seals(workspace: Workspace, case: Case, manifest: bytes) -> dict[str, Record]:
    seal = seal_claim(case, manifest)
    return {seal.id: workspace.evidence.get(seal.id)}


def write_store(workspace: Workspace, plan: Plan, folder: Path) -> None:
    """Records, ledger, bytes and tables."""
    plain = {i: r for i, r in plan.records.items() if not _another_case(r, plan.case)}
    plan.records = plain
    lines = [record.canonical() for _, record in sorted(plain.items())]
    (folder / RECORDS_FILE).write_bytes(b"".join(line + b"\n" for line in lines))
    entries = list(workspace.evidence.entries())
    last = max(entry.seq for entry in entries if entry.record_id in plain)
    steps = shown((e for e in entries if e.seq <= last), plain)
    text = b"".join(canonical_json(as_json(step)) + b"\n" for step in steps)
    (folder / LEDGER_FILE).write_bytes(text)
    for sha256 in sorted(plan.objects):
        into = folder / OBJECTS_DIR / sha256[:2] / sha256[2:]
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(workspace.evidence.open_object(sha256), into)
    for row in plan.lake:
        into = folder / LAKE_DIR / row["path"]
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(workspace.lake.root / row["path"], into)
    for path in plan.sites:
        (folder / SITES_DIR).mkdir(exist_ok=True)
        shutil.copyfile(path, folder / SITES_DIR / path.name)


def _another_case(record: Record, case: Case) -> bool:
    """Seals of other cases and of earlier builds say nothing that this export needs."""
    return (
        isinstance(record, Claim)
        and record.predicate == "case-sealed"
        and (record.subject != f"case:{case.id}" or record.inputs != case.findings)
    )


def told_of(
    workspace: Workspace, plan: Plan, folder: Path, formats: Sequence[str]
) -> dict[str, JsonValue]:
    """What an export says of itself: its list, save the hashes and what could not be computed."""
    manifest = json.loads((folder / CASE_DIR / MANIFEST_FILE).read_bytes())
    redacted: list[JsonValue] = [
        {"id": one.id, "commitment": one.commitment, "salted": True, "state": one.state}
        for one in sorted(plan.redaction.redacted, key=lambda one: one.id)
        if one.id in plan.records
    ]
    withheld: list[JsonValue] = [plan.withheld[sha256] for sha256 in sorted(plan.withheld)]
    lake: list[JsonValue] = list(plan.lake)
    return {
        "case": plan.case.id,
        "title": plan.case.title,
        "built_at": manifest["built_at"],
        "ledger_head": manifest["ledger_head"],
        "made_by": f"quaywatch {manifest['version']}",
        "workspace": {
            "scale": workspace.config.scale,
            "simulated": workspace.config.simulated,
        },
        "withheld": withheld,
        "redacted": redacted,
        "lake": lake,
        "formats": list(formats),
    }


def write_data(folder: Path, told: Mapping[str, JsonValue], plan: Plan) -> None:
    """The files for machines."""
    formats = [str(name) for name in told["formats"]]  # type: ignore[union-attr]  # a list, above
    store: Any = _Kept(plan.records)
    made = data_files(store, folder / CASE_DIR, apart_of(told), formats=formats)
    (folder / DATA_DIR).mkdir()
    for name, file in made.items():
        (folder / DATA_DIR / name).write_bytes(file.data)


class _Kept:
    def __init__(self, records: Mapping[str, Record]) -> None:
        self._records = records

    def get(self, record_id: str) -> Record:
        """The record as the export has it."""
        return self._records[record_id]


def refuse_leaks(folder: Path, plan: Plan) -> None:
    """Search every byte of the export for what it must not hold.

    Raises:
        RedactionLeakError: it is there.

    """
    if not plan.redaction.redacted:
        return
    words = sorted(plan.redaction.secrets.texts, key=len, reverse=True)
    banned = [word.encode() for word in words]
    banned += [one.original.partition(":")[2].encode() for one in plan.redaction.redacted]
    heard = {r.sha256 for r in plan.records.values() if isinstance(r, Source) and r.media == "ais"}
    hits = []
    for name, path in listed(folder):
        data, called = path.read_bytes().lower(), name.lower().encode()
        sought = told_by_no_clock(banned) if _object_of(name) in heard else banned
        hits += [(name, word) for word in sought if word in data or word in called]
    if not hits:
        return
    name, word = hits[0]
    raise RedactionLeakError(
        fact=f"{name} still holds “{word.decode()[:24]}…”{_restated(plan, hits)}"
    )


def told_by_no_clock(words: Sequence[bytes]) -> list[bytes]:
    """Words without times of day: a log of AIS has every minute, whoever else names one.

    Examples:
        >>> told_by_no_clock([b"2025-03-10 01:40", b"2025-03-10t01:40:00z", b"the western jetty"])
        [b'the western jetty']

    """
    return [word for word in words if not _CLOCK.match(word)]


def _object_of(name: str) -> str:
    """SHA-256 of the bytes that a file of an export holds, if it is one of the objects."""
    return name.removeprefix(f"{OBJECTS_DIR}/").replace("/", "")


def _restated(plan: Plan, hits: Sequence[tuple[str, bytes]]) -> str:
    """Which sources, left in, lead to what still holds a word: all those to redact as well.

    All at once: whoever was told of one, and tried again, would be told of the next.
    """
    words = {word for _, word in hits}
    objects = {_object_of(name) for name, _ in hits}
    kept = Closure(plan.records)
    names = set()
    for record_id, record in plan.records.items():
        held = isinstance(record, Source) and record.sha256 in objects
        text = record.canonical().lower()
        if held or any(word in text for word in words):
            names |= {source.name for source in kept.below(record_id).sources}
    names.discard(REDACTED)
    if not names:
        return ""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f". Redact with it, or reword: {', '.join(sorted(names)[:_NAMED])}{more}"


def readme_of(told: Mapping[str, JsonValue]) -> str:
    """What a person who finds the export reads first."""
    lines = [
        f"This is case {told['case']} of quaywatch, to be read and to be checked.",
        "",
        "Read:    case/dossier.html or case/dossier.pdf",
        "Verify:  quaywatch case verify PATH-OF-THIS-FOLDER-OR-ARCHIVE",
        "",
        "It needs no network and no workspace. It hashes every byte, walks the ledger, computes",
        "every number again that can be computed from what is here, and says which cannot.",
        "bundle.sha256 names the one hash that pins all of it: quote that.",
    ]
    withheld: Any = told["withheld"]
    redacted: Any = told["redacted"]
    if withheld or redacted:
        lines += [
            "",
            f"Not here: {len(withheld)} files or pictures; in part: {len(redacted)} records.",
            "bundle.json says which, why, and what each is committed to.",
        ]
    return "\n".join(lines) + "\n"
