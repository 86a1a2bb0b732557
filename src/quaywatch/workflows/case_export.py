"""A case as one thing to hand over: everything that another machine needs to verify it, offline.

What may not be passed on is left out under a commitment, and every number that cannot be computed
again without it is named. An export is verified before it is handed out, as its reader will.
"""

import json
import secrets as randomness
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import JsonValue

from quaywatch.cases.case import Case, read_case
from quaywatch.cases.closure import Closure, closure
from quaywatch.cases.contents import read_check
from quaywatch.cases.dossier import CASE_FILE, MANIFEST_FILE, build_dossier, seal_claim
from quaywatch.cases.export_commit import SALT_BYTES, salt_for
from quaywatch.cases.export_data import FORMATS, data_files
from quaywatch.cases.export_files import (
    CASE_DIR,
    DATA_DIR,
    LAKE_DIR,
    LEDGER_FILE,
    OBJECTS_DIR,
    README_FILE,
    RECORDS_FILE,
    SITES_DIR,
    hash_of,
    listed,
    pin,
    write_archive,
)
from quaywatch.cases.export_ledger import as_json, shown
from quaywatch.cases.export_redact import Redaction, redact
from quaywatch.cases.export_terms import export_terms
from quaywatch.cases.verify_report import VerifyReport
from quaywatch.errors import (
    ExportFormatError,
    ExportUnverifiedError,
    FileUnusableError,
    RedactedUnknownError,
    RedactionLeakError,
)
from quaywatch.evidence.record import Claim, Record, Source, canonical_json
from quaywatch.stores.copied import EVENT_TABLES, listed_files
from quaywatch.stores.files import land_bytes
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case import check_case, land_of
from quaywatch.workflows.case_trace import Trace, traced
from quaywatch.workflows.case_unpack import apart_of, check_bundle, workspace_of

SALTS_FILE = "export-salts"
"""In ``store/``: from it come the salts of what is redacted. Never in an export."""
_SITE = "site"
_WITHOUT = "cannot be computed again without what this copy withholds"


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that was made, and what it came to when it was verified."""

    path: Path
    root: str
    """SHA-256 of its list: the one number that pins every byte of it."""
    size_bytes: int
    files: int
    report: VerifyReport
    withheld: tuple[dict[str, Any], ...]
    redacted: int


@dataclass(slots=True)
class _Plan:
    """What goes into an export, and what does not."""

    case: Case
    redaction: Redaction
    records: dict[str, Record]
    """Under the ids that they have in the export."""
    objects: set[str] = field(default_factory=set)
    withheld: dict[str, dict[str, Any]] = field(default_factory=dict)
    """SHA-256 → what is known of bytes that are not in it."""
    lake: list[dict[str, Any]] = field(default_factory=list)
    sites: list[Path] = field(default_factory=list)

    @property
    def why(self) -> dict[str, str]:
        """SHA-256 → why not here."""
        return {sha256: str(one["why"]) for sha256, one in self.withheld.items()}


def export_case(
    workspace: Workspace,
    case_id: str,
    out: Path,
    *,
    redacting: Sequence[str] = (),
    formats: Sequence[str] = FORMATS,
    now: datetime,
) -> Exported:
    """Write a case out, so that it can be verified anywhere, and verify what was written.

    Args:
        workspace: holds the built case.
        case_id: which.
        out: a folder that does not exist, or a file ending in ``.zip``.
        redacting: sources to keep in confidence: file names, or beginnings of ids.
        formats: machine-readable files to add: ``json``, ``ftm``, ``gpkg``, ``prov``.
        now: aware UTC; when the seal of a redacted dossier is learned.

    Raises:
        CaseMissingError: there is no such case.
        ExportUnverifiedError: it does not verify here.
        RedactedUnknownError: a source to redact is not one of the case's.
        RedactionLeakError: what is redacted would still stand in it.
        ExportFormatError: a format that there is none of.
        FileUnusableError: there is something at ``out`` already.

    """
    _refuse(out, formats)
    seen, trace = traced(workspace)
    report = check_case(seen, case_id)
    if not report.ok:
        raise ExportUnverifiedError(case=case_id, first=report.failures[0].what + ".")
    case_dir = workspace.cases_dir / case_id
    case = read_case((case_dir / CASE_FILE).read_text(encoding="utf-8"))
    plan = _plan(workspace, case, trace, redacting)
    with TemporaryDirectory(prefix=".export-", dir=out.absolute().parent) as name:
        folder = Path(name) / "bundle"
        (folder / CASE_DIR).mkdir(parents=True)
        _write_case(workspace, plan, case_dir, folder / CASE_DIR, now)
        _write_store(workspace, plan, folder)
        told = _told(workspace, plan, folder, formats)
        told["excused"] = _excused(folder, told, workspace.cache_dir)
        _write_data(folder, told, plan)
        _refuse_leaks(folder, told, plan)
        (folder / README_FILE).write_text(_readme(told), encoding="utf-8")
        root = pin(folder, told)
        _land(folder, out)
    final, _ = check_bundle(out, cache=workspace.cache_dir)
    if not final.ok:
        raise ExportUnverifiedError(case=case_id, first=final.failures[0].what + ".")
    parts = [out] if out.is_file() else [path for _, path in listed(out)]
    return Exported(
        path=out,
        root=root,
        size_bytes=sum(path.stat().st_size for path in parts),
        files=len(parts),
        report=final,
        withheld=tuple(plan.withheld.values()),
        redacted=len(plan.redaction.redacted),
    )


def _refuse(out: Path, formats: Sequence[str]) -> None:
    for name in formats:
        if name not in FORMATS:
            raise ExportFormatError(text=name, known=", ".join(FORMATS))
    if out.exists():
        raise FileUnusableError(path=str(out), fact="it is there already")
    if not out.absolute().parent.is_dir():
        raise FileUnusableError(path=str(out.parent), fact="there is no such folder")


def _land(folder: Path, out: Path) -> None:
    if out.suffix == ".zip":
        packed = folder.parent / "packed.zip"
        write_archive(folder, packed)
        packed.replace(out)
    else:
        folder.replace(out)


def _plan(workspace: Workspace, case: Case, trace: Trace, redacting: Sequence[str]) -> _Plan:
    """Everything that the verification read, less what may not leave."""
    files = _lake_files(workspace, trace)
    ids = dict.fromkeys((*case.findings, *trace.records))
    ids |= dict.fromkeys(str(row[name]) for row in files for name in ("source_id", "claim_id"))
    everything = closure(list(ids), workspace.evidence)
    named = sources_named(everything.sources, redacting)
    secret = secret_of(workspace) if named else bytes(SALT_BYTES)
    redaction = redact(everything.records, named, lambda item: salt_for(secret, item))
    _refuse_named(case, redaction)
    # What was only looked at, and would have to be shown in part, is not needed in part.
    wanted = closure(case.findings, workspace.evidence).records
    records = {
        now: redaction.records[now]
        for old in everything.records
        if (now := redaction.now(old)) == old or old in wanted
    }
    plan = _Plan(
        case=case.model_copy(
            update={"findings": tuple(redaction.now(one) for one in case.findings)}
        ),
        redaction=redaction,
        records=records,
    )
    shown_closure = Closure(records)
    _share_objects(plan, shown_closure, trace)
    _share_lake(plan, files)
    _share_sites(workspace, plan)
    return plan


def sources_named(sources: Sequence[Source], redacting: Sequence[str]) -> frozenset[str]:
    """Ids of the sources that file names or beginnings of ids name.

    Raises:
        RedactedUnknownError: one names none, or several.

    """
    found = set()
    for text in redacting:
        fits = [
            s.id
            for s in sources
            if text == s.name or s.id.startswith(text) or s.sha256.startswith(text)
        ]
        if not fits or (len(fits) > 1 and text not in {s.name for s in sources}):
            known = ", ".join(sorted({s.name for s in sources})[:12])
            raise RedactedUnknownError(text=text, known=known)
        found.update(fits)
    return frozenset(found)


def secret_of(workspace: Workspace) -> bytes:
    """The workspace's own 32 bytes, made the first time that something is redacted."""
    path = workspace.root / "store" / SALTS_FILE
    if not path.is_file():
        land_bytes(randomness.token_bytes(SALT_BYTES), path)
        path.chmod(0o400)
    return path.read_bytes()


def _refuse_named(case: Case, redaction: Redaction) -> None:
    for what, text in (("title", case.title), ("question", case.question)):
        if redaction.secrets.in_text(text):
            raise RedactionLeakError(fact=f"the {what} of the case names what is redacted")


def _share_objects(plan: _Plan, records: Closure, trace: Trace) -> None:
    """Bytes that may leave, and why others may not."""
    hidden = plan.redaction.hidden_objects
    wanted = (trace.objects | set(records.objects)) - hidden
    for source in records.sources:
        if source.sha256 not in wanted:
            continue
        terms = export_terms(source)
        if not terms.bytes_allowed:
            plan.withheld[source.sha256] = _withheld(source, terms.why)
    for claim in records.claims:
        plates = [p.sha256 for p in read_check(claim).plates]
        if not plates:
            continue
        bad = [
            (source, terms.why)
            for source in records.below(claim.id).sources
            if not (terms := export_terms(source)).derived_allowed and source.media != _SITE
        ]
        for sha256 in plates if bad else []:
            source, why = bad[0]
            plan.withheld[sha256] = _withheld(source, why) | {
                "sha256": sha256, "what": f"a picture cut from {source.name}", "size_bytes": None,
            }  # fmt: skip
    # A stand-in of a redacted source has bytes of which only a commitment is known.
    for one in plan.redaction.redacted:
        record = plan.records.get(one.id)
        if isinstance(record, Source):
            plan.withheld[record.sha256] = {
                "sha256": record.sha256, "salted": True, "size_bytes": None,
                "what": "a redacted source", "why": "the exporter keeps it in confidence",
            }  # fmt: skip
    plan.objects = wanted - set(plan.withheld)


def _withheld(source: Source, why: str) -> dict[str, Any]:
    return {
        "sha256": source.sha256,
        "salted": False,
        "size_bytes": source.size_bytes,
        "what": source.name,
        "why": f"{why} ({source.licence or 'no licence on record'})",
    }


def _lake_files(workspace: Workspace, trace: Trace) -> list[dict[str, Any]]:
    """Rows of the lake's list, of the files that were read."""
    return [
        row
        for row in listed_files(workspace.lake)
        if row["path"] in trace.lake or (trace.events and row["table_name"] in EVENT_TABLES)
    ]


def _share_lake(plan: _Plan, files: Sequence[dict[str, Any]]) -> None:
    """Tables of sources that may be passed on; of events only where every one of them may."""
    allowed = {
        record.id
        for record in plan.records.values()
        if isinstance(record, Source)
        and (terms := export_terms(record)).bytes_allowed
        and terms.derived_allowed
    }
    for row in files:
        claim = plan.records.get(row["claim_id"])
        if not isinstance(claim, Claim):
            continue
        rests = [i for i in claim.inputs if i.startswith("source:")]
        if (
            all(i in allowed for i in (row["source_id"], *rests))
            and row["source_id"] in plan.records
        ):
            plan.lake.append(row)


def _share_sites(workspace: Workspace, plan: _Plan) -> None:
    drawn = {r.sha256 for r in plan.records.values() if isinstance(r, Source) and r.media == _SITE}
    plan.sites = [
        path
        for path in sorted(workspace.sites_dir.glob("*.geojson"))
        if hash_of(path) in drawn - set(plan.withheld)
    ]


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


def _write_case(
    workspace: Workspace, plan: _Plan, case_dir: Path, into: Path, now: datetime
) -> None:
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


def _write_store(workspace: Workspace, plan: _Plan, folder: Path) -> None:
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


def _told(
    workspace: Workspace, plan: _Plan, folder: Path, formats: Sequence[str]
) -> dict[str, JsonValue]:
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


def _excused(folder: Path, told: Mapping[str, JsonValue], cache: Path) -> dict[str, JsonValue]:
    """Claims that cannot be computed again from what is in the export, found by trying.

    Raises:
        ExportUnverifiedError: one fails though nothing is withheld.

    """
    excused: dict[str, JsonValue] = {}
    if not told["withheld"] and not told["redacted"]:
        return excused  # nothing may be excused; what was written is verified in the end
    with workspace_of(folder, told, {}, cache=cache) as (workspace, steps):
        while True:
            apart = apart_of({**told, "excused": excused})
            report = check_case(workspace, str(told["case"]), apart=apart, ledger=steps)
            if report.ok:
                return excused
            for failure in report.failures:
                known = failure.record is None or failure.record in excused
                if known or not (apart.withheld or apart.committed):
                    raise ExportUnverifiedError(case=str(told["case"]), first=failure.what + ".")
                excused[failure.record or ""] = _WITHOUT


def _write_data(folder: Path, told: Mapping[str, JsonValue], plan: _Plan) -> None:
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


def _refuse_leaks(folder: Path, told: Mapping[str, JsonValue], plan: _Plan) -> None:
    """Search every byte of the export for what it must not hold.

    Raises:
        RedactionLeakError: it is there.

    """
    if not plan.redaction.redacted:
        return
    del told
    words = sorted(plan.redaction.secrets.texts, key=len, reverse=True)
    banned = [word.encode() for word in words]
    banned += [one.original.partition(":")[2].encode() for one in plan.redaction.redacted]
    for name, path in listed(folder):
        data = path.read_bytes().lower()
        for word in banned:
            if word in data or word in name.lower().encode():
                shown_word = word.decode()[:24]
                raise RedactionLeakError(fact=f"{name} still holds “{shown_word}…”")


def _readme(told: Mapping[str, JsonValue]) -> str:
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
