"""A case as one thing to hand over: everything that another machine needs to verify it, offline.

What may not be passed on is left out under a commitment, and every number that cannot be computed
again without it is named. An export is verified before it is handed out, as its reader will.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import JsonValue

from quaywatch.cases.case import read_case
from quaywatch.cases.dossier import CASE_FILE
from quaywatch.cases.export_data import FORMATS
from quaywatch.cases.export_files import (
    CASE_DIR,
    README_FILE,
    listed,
    pin,
    write_archive,
)
from quaywatch.cases.verify_report import VerifyReport
from quaywatch.errors import (
    ExportFormatError,
    ExportUnverifiedError,
    FileUnusableError,
)
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case_check import check_case
from quaywatch.workflows.case_disclose import keep_openings
from quaywatch.workflows.case_export_plan import plan_of
from quaywatch.workflows.case_export_write import (
    readme_of,
    refuse_leaks,
    told_of,
    write_case,
    write_data,
    write_store,
)
from quaywatch.workflows.case_trace import traced
from quaywatch.workflows.case_unpack import apart_of, check_bundle, workspace_of

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
    plan = plan_of(workspace, case, trace, redacting)
    with TemporaryDirectory(prefix=".export-", dir=out.absolute().parent) as name:
        folder = Path(name) / "bundle"
        (folder / CASE_DIR).mkdir(parents=True)
        write_case(workspace, plan, case_dir, folder / CASE_DIR, now)
        write_store(workspace, plan, folder)
        told = told_of(workspace, plan, folder, formats)
        told["excused"] = _excused(folder, told, workspace.cache_dir)
        write_data(folder, told, plan)
        refuse_leaks(folder, plan)
        (folder / README_FILE).write_text(readme_of(told), encoding="utf-8")
        root = pin(folder, told)
        keep_openings(workspace, plan, root)
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
