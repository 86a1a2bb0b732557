"""How long a case of 10,000 claims takes to verify, afresh and after its arithmetic is cached.

The claims are of the cheapest method there is, because what is cached is not computed: what is
measured is what is done every time, which is to walk the ledger, hash every record, object and page
again and compare everything that is printed.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from quaywatch.cases.case import Case
from quaywatch.cases.dossier import build_dossier, seal_claim
from quaywatch.cases.verify import verify_case
from quaywatch.cases.verify_report import VerifyReport
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Basis, Claim, Finding, Observation, Record, Rival, Source
from quaywatch.geo.water import WaterRouter
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.bench.report import BenchReport, Progress
from quaywatch.workflows.case_again import remembered
from quaywatch.workflows.case_check import read_through
from quaywatch.workflows.case_recomputing import recomputing
from quaywatch.workflows.reported import absence_claim

CLAIMS = 10_000
_NOW = datetime(2025, 6, 1, tzinfo=UTC)
_SHIP = "imo:9074729"
_PER_FINDING = 500


def run(data: Path, progress: Progress, *, size: int = CLAIMS) -> BenchReport:
    """Measure; ``data`` is not used, the case is made here.

    Args:
        data: ignored.
        progress: told how far it is.
        size: claims of the case.

    """
    del data
    with TemporaryDirectory() as name, Workspace.create(Path(name) / "w") as workspace:
        progress("making the case", 0.05)
        _built(workspace, size)
        rows: list[dict[str, Any]] = []
        for told, afresh, day in (
            ("computed afresh", True, "2025-06-01"),
            ("arithmetic cached", False, "2025-06-02"),
            ("arithmetic cached", False, "2025-06-03"),
        ):
            progress(told, 0.3 + 0.2 * len(rows))
            wall, cpu, report = _timed(partial(_verified, workspace, day, afresh=afresh))
            rows.append(
                {
                    "what": told,
                    "claims": size,
                    "cpu_s": round(cpu, 2),
                    "wall_s": round(wall, 2),
                    "computed_now": report.checked.get("claims recomputed", 0),
                    "from_cache": sum(report.cached.values()),
                    "printed_texts": report.checked["printed texts and numbers"],
                    "holds": report.ok,
                }
            )
    return BenchReport(
        "verify",
        f"one case of {size:,} claims and {size // 2:,} quotations, made for this",
        tuple(rows[0]),
        rows,
        notes=(
            "CPU seconds of this process, the audit of the whole workspace included.",
            "The claims are cheap to compute: afresh, a real case takes as long as its images do.",
        ),
    )


def _timed(work: Callable[[], VerifyReport]) -> tuple[float, float, VerifyReport]:
    wall, cpu = time.perf_counter(), time.process_time()
    report = work()
    return time.perf_counter() - wall, time.process_time() - cpu, report


def _verified(workspace: Workspace, day: str, *, afresh: bool) -> VerifyReport:
    before = remembered(workspace, day, afresh=afresh)
    router = WaterRouter(workspace.cache_dir / "water")
    store, problems = read_through(workspace, "many")
    report = verify_case(
        workspace.cases_dir / "many",
        store,
        recompute=recomputing(workspace, router),
        before=before,
    )
    for problem in problems:
        report.fail(problem.code, str(problem))
    if report.ok:
        before.save()
    return report


def _built(workspace: Workspace, size: int) -> None:
    """A case of so many claims: half what a text says, half what each comes to."""
    lines = [f"Image {k}: no ship at the position broadcast." for k in range(size // 2)]
    text = "\n".join(lines).encode()
    no = dict.fromkeys(("licence", "redistributable"), "made for a measurement")
    source = Source(
        sha256=workspace.evidence.put_object(text), size_bytes=len(text), name="said.txt",
        media="article", received_at=_NOW, provider="nobody", credit="nobody", simulated=True,
        unknown=no,
    )  # fmt: skip
    place: dict[str, Any] = {"lon": 124.0, "lat": 36.5}
    heard = Observation(
        source_id=source.id, what="statement", subject=_SHIP, locator="line 1", raw=lines[0],
        time=TimeInterval.at(_NOW), values=place,
    )  # fmt: skip
    records: list[Record] = [source, heard]
    checks: list[Claim] = []
    for k, line in enumerate(lines):
        said = Observation(
            source_id=source.id, what="statement", subject=_SHIP, locator=f"line {k + 1}",
            raw=line, time=TimeInterval.at(_NOW + timedelta(minutes=k)), values=place,
        )  # fmt: skip
        told = Claim(
            subject=_SHIP, predicate="not-seen-at", value=place, basis=Basis.REPORTED,
            time=said.time, method="reported@1", inputs=(said.id,),
        )  # fmt: skip
        checks.append(absence_claim(heard, told))
        records += [said, told, checks[-1]]
    findings = [
        _finding(checks[first : first + _PER_FINDING])
        for first in range(0, len(checks), _PER_FINDING)
    ]
    workspace.evidence.append([*records, *findings], known_at=_NOW)
    _sealed(workspace, tuple(finding.id for finding in findings))


def _finding(checks: list[Claim]) -> Finding:
    return Finding(
        subject=_SHIP,
        statement=f"Reports of {checks[0].time.start:%H:%M} and after cannot be checked."
        if checks[0].time
        else "Reports cannot be checked.",
        claims=tuple(claim.id for claim in checks),
        argument="The images are not held.",
        assumptions=(),
        rivals=(Rival(statement="It was not there.", stands="open", because="It may be so."),),
        would_refute=("The images.",),
        reason="No image is held.",
        source_confidence="Low.",
    )


def _sealed(workspace: Workspace, findings: tuple[str, ...]) -> None:
    case = Case(id="many", title="Many", question="How long?", findings=findings, simulated=True)
    dossier = build_dossier(
        case,
        workspace.evidence,
        land=lambda *_: np.zeros((2, 2), dtype=bool),
        built_at=_NOW,
        ledger_head=workspace.evidence.head()[1],
        version="0",
    )
    folder = workspace.cases_dir / "many"
    folder.mkdir(parents=True)
    for name, data in dossier.files().items():
        (folder / name).write_bytes(data)
    workspace.evidence.append([seal_claim(case, dossier.manifest_bytes)], known_at=_NOW)
