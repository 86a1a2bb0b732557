"""Verify a case and the workspace under it, every record read once."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from quaywatch.cases.case import Case
from quaywatch.cases.closure import closure
from quaywatch.cases.dossier import MANIFEST_FILE
from quaywatch.cases.export_ledger import Step
from quaywatch.cases.verify import verify_case
from quaywatch.cases.verify_report import Apart, Recomputed, VerifyReport
from quaywatch.errors import QuaywatchError
from quaywatch.evidence.ledger import EvidenceStore
from quaywatch.evidence.record import RECORD_KINDS, Claim, Observation, Record
from quaywatch.geo.water import WaterRouter
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.broadcasts import unread
from quaywatch.workflows.case import case_file, read_asked
from quaywatch.workflows.case_findings import argued
from quaywatch.workflows.case_recomputing import recomputing
from quaywatch.workflows.names import names_of

RESTORE = "Restore the workspace from a copy that verifies."


def check_case(
    workspace: Workspace,
    case_id: str,
    *,
    apart: Apart | None = None,
    ledger: Sequence[Step] | None = None,
    before: Recomputed | None = None,
) -> VerifyReport:
    """Verify a built case and the workspace under it: every hash, every number.

    The whole store is gone through, not only what the case cites: what was left out of a case is
    trusted as much as what is in it.

    Args:
        workspace: holds the case.
        case_id: which.
        apart: what of it is not in this copy; everything is in the workspace where it was built.
        ledger: the ledger that a copy carries; the workspace's own if None.
        before: which claims need not be computed again now; None computes each.

    Raises:
        CaseMissingError: there is no such case.

    """
    case_file(workspace, case_id)
    router = WaterRouter(workspace.cache_dir / "water")
    apart = apart or Apart()
    # A copy holds part of a workspace; its own list pins the bytes of it.
    store, problems = read_through(workspace, case_id, audited=ledger is None)
    report = verify_case(
        workspace.cases_dir / case_id,
        store,
        recompute=recomputing(workspace, router),
        apart=apart,
        ledger=ledger,
        before=before,
    )
    noted = {failure.what for failure in report.failures}
    for problem in problems:
        if str(problem) not in noted:
            report.fail(problem.code, str(problem), RESTORE)
    # A case that failed is not read further: its own file may be what is damaged.
    kept = [
        observation
        for observation in (_cited(store, read_asked(workspace, case_id)) if report.ok else [])
        if observation.source_id.partition(":")[2] not in apart.withheld
        and observation.id not in apart.committed
    ]
    for observation in unread(workspace, kept):
        what = f"{observation.id}: its source, read again, does not say so"
        report.fail("observation-changed", what, RESTORE)
    differing = (
        _argued_otherwise(workspace, store, read_asked(workspace, case_id), report)
        if report.ok
        else []
    )
    for finding_id in differing:
        if finding_id in {*apart.committed, *apart.excused}:
            report.excuse("finding-committed", f"{finding_id}: shown in part")
            continue
        what = f"{finding_id}: argued again from its checks it says something else"
        report.fail("finding-differs", what, RESTORE, record=finding_id)
    report.count("AIS reports read again from their bytes", len(kept))
    report.count("rows of the lake", sum(workspace.lake.count().values()))
    return report


class _Read:
    """The evidence of a workspace, with the records of a case that were read already."""

    def __init__(self, evidence: EvidenceStore, had: Mapping[str, Record]) -> None:
        self._evidence, self._had = evidence, had

    def get(self, record_id: str) -> Record:
        """The record of that id."""
        found = self._had.get(record_id)
        return self._evidence.get(record_id) if found is None else found

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (handed on as it is)
        return getattr(self._evidence, name)


def read_through(
    workspace: Workspace, case_id: str, *, audited: bool = True
) -> tuple[EvidenceStore, list[QuaywatchError]]:
    """Go through the records once: what is wrong in the store, and those of a case to hand.

    Args:
        workspace: holds the case.
        case_id: whose records, as its manifest lists them, are kept.
        audited: check the whole store; if not, the records are only read.

    Returns:
        The evidence, which does not read those records again; and every problem of the store.

    """
    wanted = _listed(workspace, case_id)
    had: dict[str, Record] = {}

    def keep(record: Record) -> None:
        if record.id in wanted:
            had[record.id] = record

    problems: list[QuaywatchError] = []
    if audited:
        problems = list(workspace.auditor.problems(keep))
    elif wanted:
        # The audit's own evidence: what goes by here is not what the case rests on.
        evidence = workspace.auditor.evidence
        try:
            for kind in RECORD_KINDS:
                for record in evidence.find(kind):
                    keep(record)
        except QuaywatchError:
            pass  # the record is read again below, where its damage is told
    store: Any = _Read(workspace.evidence, had)
    return store, problems


def _listed(workspace: Workspace, case_id: str) -> frozenset[str]:
    """Ids that the manifest of a case lists; none if it cannot be read, which is told later."""
    try:
        manifest = json.loads((workspace.cases_dir / case_id / MANIFEST_FILE).read_bytes())
        return frozenset(manifest["records"])
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def _argued_otherwise(
    workspace: Workspace, store: EvidenceStore, case: Case, report: VerifyReport
) -> list[str]:
    """Findings whose words and numbers do not follow from the claims that they cite.

    A ship may have been renamed since, so every name that it ever bore here is tried.
    """
    differing = []
    for finding_id in case.findings:
        finding = store.get(finding_id)
        cited = [store.get(record_id) for record_id in finding.claims]  # type: ignore[attr-defined]  # verify_case has shown that it is a finding
        claims = [record for record in cited if isinstance(record, Claim)]
        again = (
            argued(workspace, claims[0], claims[1:], name=name)
            for name in names_of(workspace, claims[0].subject)
        )
        if not any(made is not None and made.id == finding_id for made in again):
            differing.append(finding_id)
        report.count("findings argued again")
    return differing


def _cited(store: EvidenceStore, case: Case) -> list[Observation]:
    """The AIS reports on which a case rests."""
    observed = closure(case.findings, store).observations
    return [o for o in observed if o.what in {"ais-position", "ais-static"}]
