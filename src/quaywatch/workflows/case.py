"""Cases: asked, argued from the checks of a workspace, and sealed."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from quaywatch.cases.argument_finding import argument_finding
from quaywatch.cases.asked import EXAMPLES
from quaywatch.cases.case import Case, case_toml, read_case
from quaywatch.cases.dossier import CASE_FILE, Dossier, build_dossier, seal_claim
from quaywatch.errors import (
    CaseExistsError,
    CaseFileError,
    CaseMissingError,
    FindingsMissingError,
    SiteMissingError,
)
from quaywatch.evidence.record import Claim
from quaywatch.geo.water import WaterRouter
from quaywatch.stores.files import land_bytes
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows import argument, event_claims, looking, match_pictured, network
from quaywatch.workflows.case_findings import findings_about
from quaywatch.workflows.looks import sites_of
from quaywatch.workflows.names import subject_of

Land = Callable[[float, float, float, float, float], NDArray[np.bool_]]


def new_case(
    workspace: Workspace, case_id: str, *, title: str, question: str, subjects: Sequence[str]
) -> Case:
    """Ask a question: a folder in ``cases/`` with a ``case.toml`` to edit.

    Raises:
        CaseExistsError: there is a case of that id.
        CaseFileError: the id is no short word of a-z, 0-9 and hyphens.

    """
    try:
        case = Case(
            id=case_id,
            title=title,
            question=question,
            subjects=tuple(subjects),
            simulated=workspace.config.simulated,
        )
    except ValidationError as err:
        first = err.errors()[0]
        fact = f"{'.'.join(map(str, first['loc']))} {first['input']!r}: {first['msg']}"
        if first["loc"] == ("id",):
            fact = f"the id {case_id!r} is no short word of a-z, 0-9 and hyphens"
        raise CaseFileError(fact=fact) from err
    path = workspace.cases_dir / case_id / CASE_FILE
    if path.exists():
        raise CaseExistsError(case=case_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    land_bytes((case_toml(case) + EXAMPLES).encode(), path)
    path.chmod(0o644)
    return case


def subject_asked(workspace: Workspace, text: str) -> str:
    """What a case is to be about: a site of the workspace as ``site:…``, or a ship.

    Raises:
        SiteMissingError: there is no such site.
        VesselUnknownError: nothing in the workspace is called so, or several ships are.

    """
    kind, colon, name = text.strip().partition(":")
    if not colon or kind.lower() != "site":
        return subject_of(workspace, text)
    known = sites_of(workspace)
    if name not in known:
        raise SiteMissingError(name=name, known=", ".join(known))
    return f"site:{name}"


def build_case(workspace: Workspace, case_id: str, *, now: datetime) -> tuple[Case, Dossier]:
    """Argue the case from every check of its subjects, write the dossier and seal it.

    Raises:
        CaseMissingError: there is no such case.
        FindingsMissingError: no check is about its subjects.
        CaseLintError: its words go further than its evidence.

    """
    case = read_asked(workspace, case_id)
    taken = event_claims.event_claims(workspace, case.subjects)
    workspace.evidence.append(taken, known_at=now)
    workspace.evidence.append(network.paths_about(workspace, case.subjects), known_at=now)
    arguments = argument.argument_claims(workspace, case)
    workspace.evidence.append(arguments, known_at=now)
    next_looks = looking.looking_claims(workspace, case, arguments, today=now.date())
    workspace.evidence.append(next_looks, known_at=now)
    pictures = match_pictured.pictures_of(workspace, arguments)
    workspace.evidence.append(pictures, known_at=now)
    findings = [argument_finding(claim, [*next_looks, *pictures]) for claim in arguments]
    findings += findings_about(workspace, case.subjects)
    if not findings:
        raise FindingsMissingError(
            case=case_id,
            subjects=", ".join(case.subjects) or "none",
            built_before=(workspace.cases_dir / case_id / "dossier.html").exists(),
        )
    workspace.evidence.append(findings, known_at=now)
    case = case.model_copy(update={"findings": tuple(f.id for f in findings)})
    dossier = build_dossier(
        case,
        workspace.evidence,
        land=land_of(workspace),
        built_at=now,
        ledger_head=workspace.evidence.head()[1],
        version=version("quaywatch"),
    )
    seal = seal_claim(case, dossier.manifest_bytes)
    for name, data in dossier.files().items():
        land_bytes(data, workspace.cases_dir / case_id / name)
    workspace.evidence.append([seal], known_at=now)
    return case, dossier


def next_looks(workspace: Workspace, case_id: str, *, today: date) -> list[dict[str, Any]]:
    """Per hypothesis of a case, the looks that would move it most; nothing is written.

    Args:
        workspace: holds the case.
        case_id: which.
        today: images of earlier days are asked of an archive, later ones ordered.

    Raises:
        CaseMissingError: there is no such case.

    """
    case = read_asked(workspace, case_id)
    arguments = argument.argument_claims(workspace, case)
    claims = looking.looking_claims(workspace, case, arguments, today=today)
    return [
        {"statement": asked.statement, **_told(claim)}
        for asked, claim in zip(case.hypothesis, claims, strict=True)
    ]


def _told(claim: Claim) -> dict[str, Any]:
    return dict(claim.value) if isinstance(claim.value, dict) else {}


def land_of(workspace: Workspace) -> Land:
    """Land for maps, from the grids on which the distances were computed; row 0 is the south."""
    router = WaterRouter(workspace.cache_dir / "water")

    def raster(
        west: float, south: float, east: float, north: float, step_deg: float
    ) -> NDArray[np.bool_]:
        grid: NDArray[np.bool_] = router.land_grid(
            west=west, south=south, east=east, north=north, step_deg=step_deg
        )
        return grid[::-1]

    return raster


def case_file(workspace: Workspace, case_id: str) -> Path:
    """The ``case.toml`` of a case.

    Raises:
        CaseMissingError: there is no such case.

    """
    path = workspace.cases_dir / case_id / CASE_FILE
    if not path.is_file():
        known = sorted(p.parent.name for p in workspace.cases_dir.glob(f"*/{CASE_FILE}"))
        raise CaseMissingError(case=case_id, known=", ".join(known))
    return path


def read_asked(workspace: Workspace, case_id: str) -> Case:
    """What a case asks, as its file says now.

    Raises:
        CaseMissingError: there is no such case.
        CaseFileError: its file cannot be used.

    """
    try:
        return read_case(case_file(workspace, case_id).read_text(encoding="utf-8"))
    except UnicodeDecodeError as err:
        raise CaseFileError(fact=f"it is not in UTF-8 ({err.reason} at byte {err.start})") from err


def case_json(case: Case, dossier: Dossier, folder: str) -> dict[str, Any]:
    """What a built case comes to, for scripts."""
    return {
        "case": case.id,
        "findings": len(case.findings),
        "dossier": f"{folder}/dossier.html",
        "manifest": dossier.manifest["counts"],
    }
