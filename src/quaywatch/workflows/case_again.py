"""``case verify`` in a workspace: what the same code has computed again before is spared."""

from datetime import datetime

from quaywatch.cases.verify_cache import VerifiedBefore, looked_up, world_of
from quaywatch.cases.verify_report import VerifyReport
from quaywatch.stores.copied import listed_files, listed_records
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case_check import check_case

KEPT = "verified.jsonl"
"""In ``cache/``; may be deleted at any time."""


def verify_here(
    workspace: Workspace, case_id: str, *, now: datetime, afresh: bool = False
) -> VerifyReport:
    """Verify a case of this workspace, sparing arithmetic that was done before.

    Args:
        workspace: holds the case.
        case_id: which.
        now: aware UTC; its day is what a later report names.
        afresh: compute everything now; what is found is remembered all the same.

    Raises:
        CaseMissingError: there is no such case.

    """
    before = remembered(workspace, now.date().isoformat(), afresh=afresh)
    report = check_case(workspace, case_id, before=before)
    if report.ok:
        before.save()
    return report


def remembered(workspace: Workspace, today: str, *, afresh: bool) -> VerifiedBefore:
    """What this workspace remembers of earlier verifications.

    Args:
        workspace: whose cache.
        today: ISO date, UTC, under which new ones are remembered.
        afresh: as if nothing were remembered.

    """
    before = VerifiedBefore(workspace.cache_dir / KEPT, _world(workspace), today)
    return before if afresh else before.load()


def _world(workspace: Workspace) -> str:
    """Everything that a method may look up beside what a claim cites."""
    records, tables = listed_records(workspace.lake), listed_files(workspace.lake)
    ids = (i for i, predicate in records if looked_up(i, predicate))
    drawn = (f"{path.name} {path.stat().st_size}" for path in workspace.sites_dir.glob("*.geojson"))
    return world_of(ids, [*(f"{t['path']} {t['sha256']}" for t in tables), *drawn])
