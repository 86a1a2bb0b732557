"""``case verify`` in a workspace: what the same code has computed again before is spared."""

from datetime import datetime

import sqlalchemy as sa

from quaywatch.cases.verify import VerifyReport
from quaywatch.cases.verify_cache import VerifiedBefore, looked_up, world_of
from quaywatch.stores.catalogue import LAKE_FILE, RECORD
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.case import check_case

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
    before = VerifiedBefore(workspace.cache_dir / KEPT, _world(workspace), now.date().isoformat())
    if not afresh:
        before.load()
    report = check_case(workspace, case_id, before=before)
    if report.ok:
        before.save()
    return report


def _world(workspace: Workspace) -> str:
    """Everything that a method may look up beside what a claim cites."""
    with workspace.lake.catalogue.reading() as connection:
        records = connection.execute(sa.select(RECORD.c.id, RECORD.c.predicate)).all()
        tables = connection.execute(sa.select(LAKE_FILE.c.path, LAKE_FILE.c.sha256)).all()
    ids = (str(i) for i, predicate in records if looked_up(str(i), predicate))
    drawn = (f"{path.name} {path.stat().st_size}" for path in workspace.sites_dir.glob("*.geojson"))
    return world_of(ids, [*(f"{path} {sha256}" for path, sha256 in tables), *drawn])
