"""What of a case goes into an export, and what may not leave, and why."""

import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quaywatch.cases.case import Case
from quaywatch.cases.closure import Closure, closure
from quaywatch.cases.contents import read_check
from quaywatch.cases.export_commit import SALT_BYTES, salt_for
from quaywatch.cases.export_files import hash_of
from quaywatch.cases.export_redact import Redaction, redact
from quaywatch.cases.export_terms import export_terms
from quaywatch.errors import RedactedUnknownError, RedactionLeakError
from quaywatch.evidence.record import Claim, Record, Source
from quaywatch.stores.copied import EVENT_TABLES, listed_files
from quaywatch.stores.files import land_bytes
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case_trace import Trace

SALTS_FILE = "export-salts"
"""In ``store/``: from it come the salts of what is redacted. Never in an export."""
_SITE = "site"


@dataclass(slots=True)
class Plan:
    """What goes into an export, and what does not."""

    case: Case
    redaction: Redaction
    records: dict[str, Record]
    """Under the ids that they have in the export."""
    originals: dict[str, Record]
    """Every record that was read, under its own id; not for the export."""
    objects: set[str] = field(default_factory=set)
    withheld: dict[str, dict[str, Any]] = field(default_factory=dict)
    """SHA-256 → what is known of bytes that are not in it."""
    lake: list[dict[str, Any]] = field(default_factory=list)
    sites: list[Path] = field(default_factory=list)

    @property
    def why(self) -> dict[str, str]:
        """SHA-256 → why not here."""
        return {sha256: str(one["why"]) for sha256, one in self.withheld.items()}


def plan_of(workspace: Workspace, case: Case, trace: Trace, redacting: Sequence[str]) -> Plan:
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
    plan = Plan(
        case=case.model_copy(
            update={"findings": tuple(redaction.now(one) for one in case.findings)}
        ),
        redaction=redaction,
        records=records,
        originals=everything.records,
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


def _share_objects(plan: Plan, records: Closure, trace: Trace) -> None:
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


def _share_lake(plan: Plan, files: Sequence[dict[str, Any]]) -> None:
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


def _share_sites(workspace: Workspace, plan: Plan) -> None:
    drawn = {r.sha256 for r in plan.records.values() if isinstance(r, Source) and r.media == _SITE}
    plan.sites = [
        path
        for path in sorted(workspace.sites_dir.glob("*.geojson"))
        if hash_of(path) in drawn - set(plan.withheld)
    ]
