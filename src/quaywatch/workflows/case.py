"""Cases: asked, argued from the checks of a workspace, sealed, and verified to the byte."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import ValidationError

from quaywatch.ais import silence as gap_method
from quaywatch.cases import argument as argument_method
from quaywatch.cases.argument_finding import argument_finding
from quaywatch.cases.asked import EXAMPLES
from quaywatch.cases.case import Case, case_toml, read_case
from quaywatch.cases.closure import closure
from quaywatch.cases.dossier import CASE_FILE, Dossier, build_dossier, seal_claim
from quaywatch.cases.export_ledger import Step
from quaywatch.cases.verify import verify_case
from quaywatch.cases.verify_report import Apart, Recomputed, VerifyReport
from quaywatch.errors import CaseExistsError, CaseFileError, CaseMissingError, FindingsMissingError
from quaywatch.evidence.record import Claim, Finding, Observation, Record
from quaywatch.fusion import attribution as attribution_method
from quaywatch.fusion import contradictions as contradiction_method
from quaywatch.fusion import match as match_method
from quaywatch.fusion import presence as presence_method
from quaywatch.fusion import two_places as two_places_method
from quaywatch.fusion import value_of_looking as looking_method
from quaywatch.fusion.ais_findings import ais_finding
from quaywatch.fusion.contradiction_findings import contradiction_finding
from quaywatch.fusion.findings import (
    presence_finding,
    reach_finding,
    subject_label,
    two_places_finding,
)
from quaywatch.fusion.movement_findings import movement_finding
from quaywatch.geo.water import WaterRouter
from quaywatch.imagery import change_points as change_method
from quaywatch.imagery import reference as reference_method
from quaywatch.imagery import stock as stock_method
from quaywatch.stores.files import land_bytes
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages import reach as reach_method
from quaywatch.workflows import (
    activity,
    activity_compared,
    argument,
    berth_claims,
    berth_stays,
    callers,
    cargo_claims,
    case_contradictions,
    contradictions,
    contradictions_shown,
    event_claims,
    fleet_claims,
    gaps,
    likeness_again,
    looking,
    looks,
    match,
    network,
    presence,
    register_again,
    reported,
    scenes,
    sightings,
    stock,
    stock_changes,
    two_places,
    voyages,
    voyages_carried,
    watch_ais,
)
from quaywatch.workflows.broadcasts import unread
from quaywatch.workflows.names import name_of, names_of

Recompute = Callable[[Claim, Sequence[Record]], Claim]
Land = Callable[[float, float, float, float, float], NDArray[np.bool_]]

MOVED = frozenset({"activity", "activity-compare", "voyages", "cargo-total", "worth"})
"""Amounts of which a dossier tells, where they are of its subjects."""
RESTORE = "Restore the workspace from a copy that verifies."
TOLD = {
    "impossible": 0,
    "implausible": 1,
    "not-seen": 2,
    "two-places": 3,
    "shared-mmsi": 3,
    "closer-than-peers": 4,
    "tell": 4,
    "significant": 5,
    "unusual": 6,
    "met": 6,
    "compatible-with-loading": 7,
    "possible": 8,
    "excluded": 9,
    "feasible": 10,
    "seen": 11,
}
"""Order in which a dossier argues its checks; the rest come last."""


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


def build_case(workspace: Workspace, case_id: str, *, now: datetime) -> tuple[Case, Dossier]:
    """Argue the case from every check of its subjects, write the dossier and seal it.

    Raises:
        CaseMissingError: there is no such case.
        FindingsMissingError: no check is about its subjects.
        CaseLintError: its words go further than its evidence.

    """
    case = _read(workspace, case_id)
    taken = event_claims.event_claims(workspace, case.subjects)
    workspace.evidence.append(taken, known_at=now)
    workspace.evidence.append(network.paths_about(workspace, case.subjects), known_at=now)
    arguments = argument.argument_claims(workspace, case)
    workspace.evidence.append(arguments, known_at=now)
    next_looks = looking.looking_claims(workspace, case, arguments, today=now.date())
    workspace.evidence.append(next_looks, known_at=now)
    findings = [argument_finding(claim, next_looks) for claim in arguments]
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
    _case_file(workspace, case_id)
    router = WaterRouter(workspace.cache_dir / "water")
    apart = apart or Apart()
    report = verify_case(
        workspace.cases_dir / case_id,
        workspace.evidence,
        recompute=recomputing(workspace, router),
        apart=apart,
        ledger=ledger,
        before=before,
    )
    noted = {failure.what for failure in report.failures}
    # A copy holds part of a workspace; its own list pins the bytes of it.
    for problem in workspace.auditor.problems() if ledger is None else ():
        if str(problem) not in noted:
            report.fail(problem.code, str(problem), RESTORE)
    # A case that failed is not read further: its own file may be what is damaged.
    kept = [
        observation
        for observation in (_cited(workspace, _read(workspace, case_id)) if report.ok else [])
        if observation.source_id.partition(":")[2] not in apart.withheld
        and observation.id not in apart.committed
    ]
    for observation in unread(workspace, kept):
        what = f"{observation.id}: its source, read again, does not say so"
        report.fail("observation-changed", what, RESTORE)
    differing = _argued_otherwise(workspace, _read(workspace, case_id), report) if report.ok else []
    for finding_id in differing:
        if finding_id in {*apart.committed, *apart.excused}:
            report.excuse("finding-committed", f"{finding_id}: shown in part")
            continue
        what = f"{finding_id}: argued again from its checks it says something else"
        report.fail("finding-differs", what, RESTORE, record=finding_id)
    report.count("AIS reports read again from their bytes", len(kept))
    report.count("rows of the lake", sum(workspace.lake.count().values()))
    return report


def _argued_otherwise(workspace: Workspace, case: Case, report: VerifyReport) -> list[str]:
    """Findings whose words and numbers do not follow from the claims that they cite.

    A ship may have been renamed since, so every name that it ever bore here is tried.
    """
    differing = []
    for finding_id in case.findings:
        finding = workspace.evidence.get(finding_id)
        cited = [workspace.evidence.get(record_id) for record_id in finding.claims]  # type: ignore[attr-defined]  # verify_case has shown that it is a finding
        claims = [record for record in cited if isinstance(record, Claim)]
        again = (
            _argued(workspace, claims[0], claims[1:], name=name)
            for name in names_of(workspace, claims[0].subject)
        )
        if not any(made is not None and made.id == finding_id for made in again):
            differing.append(finding_id)
        report.count("findings argued again")
    return differing


def _cited(workspace: Workspace, case: Case) -> list[Observation]:
    """The AIS reports on which a case rests."""
    observed = closure(case.findings, workspace.evidence).observations
    return [o for o in observed if o.what in {"ais-position", "ais-static"}]


def recomputing(workspace: Workspace, router: WaterRouter) -> Mapping[str, Recompute]:
    """By method, the very functions that made the claims."""
    way = router.distance
    passes = watch_ais.PassesAgain(workspace)
    seen = looks.LooksAgain(workspace)
    lying = berth_claims.BerthsAgain(workspace)
    sailed = voyages.VoyagesAgain(workspace, way)
    odd = contradictions.ContradictionsAgain(workspace, router)
    registers = register_again.RegistersAgain(workspace)
    argued = argument.ArgumentsAgain(workspace)
    return {
        two_places_method.METHOD: lambda claim, inputs: two_places.again(claim, inputs, way),
        presence_method.METHOD: lambda claim, inputs: presence.again(claim, inputs, workspace),
        match_method.METHOD: lambda claim, inputs: match.again(claim, inputs, workspace),
        reported.ABSENCE_METHOD: lambda _, inputs: reported.absence_claim(inputs[0], inputs[1]),
        scenes.METHOD: lambda claim, inputs: scenes.again(claim, inputs, workspace),
        looks.METHOD: seen.look,
        reference_method.METHOD: seen.reference,
        reported.READING_METHOD: lambda claim, inputs: reported.reading_again(
            claim, inputs, workspace
        ),
        looks.STATE_METHOD: looks.state_again,
        "berth-state@1": looks.state_again,
        berth_claims.STRIPS_METHOD: lying.strips,
        berth_claims.BACKGROUND_METHOD: lying.background,
        berth_claims.STATE_METHOD: lying.state,
        berth_stays.VISITS_METHOD: berth_stays.again,
        attribution_method.METHOD: lambda claim, inputs: callers.again(
            claim, inputs, workspace, voyages_carried.router_of(workspace)
        ),
        **dict.fromkeys(
            activity.METHODS, lambda claim, inputs: activity.again(claim, inputs, workspace)
        ),
        activity_compared.METHOD: lambda claim, inputs: activity_compared.again(
            claim, inputs, workspace
        ),
        stock_method.METHOD: stock.StockAgain(workspace).again,
        change_method.METHOD: stock_changes.again,
        sightings.METHOD: lambda claim, inputs: sightings.again(claim, inputs, workspace),
        gap_method.METHOD: lambda claim, _: gaps.gap_again(claim, workspace),
        event_claims.METHOD: lambda claim, _: passes.again(claim),
        contradiction_method.METHOD: odd.again,
        watch_ais.METHOD: lambda claim, _: passes.pass_again(claim),
        argument_method.METHOD: argued.again,
        looking_method.METHOD: looking.again,
        reach_method.METHOD: lambda claim, inputs: gaps.reach_again(claim, inputs, workspace, way),
        voyages.METHOD: sailed.again,
        network.PATH_METHOD: lambda claim, inputs: network.again(claim, inputs, workspace),
        fleet_claims.METHOD: lambda claim, inputs: fleet_claims.again(claim, inputs, sailed),
        **dict.fromkeys(register_again.METHODS, registers.again),
        **cargo_claims.recomputing(workspace),
        **likeness_again.recomputing(workspace),
    }


def next_looks(workspace: Workspace, case_id: str, *, today: date) -> list[dict[str, Any]]:
    """Per hypothesis of a case, the looks that would move it most; nothing is written.

    Args:
        workspace: holds the case.
        case_id: which.
        today: images of earlier days are asked of an archive, later ones ordered.

    Raises:
        CaseMissingError: there is no such case.

    """
    case = _read(workspace, case_id)
    arguments = argument.argument_claims(workspace, case)
    claims = looking.looking_claims(workspace, case, arguments, today=today)
    return [
        {"statement": asked.statement, **_told(claim)}
        for asked, claim in zip(case.hypothesis, claims, strict=True)
    ]


def _told(claim: Claim) -> dict[str, Any]:
    return dict(claim.value) if isinstance(claim.value, dict) else {}


def findings_about(workspace: Workspace, subjects: Sequence[str]) -> list[Finding]:
    """A finding for every check about these subjects, the strongest contradictions first."""
    about = [
        claim
        for subject in dict.fromkeys(subjects)
        for claim in workspace.evidence.find("claim", subject=subject)
        if isinstance(claim, Claim)
        and claim.predicate not in {argument_method.PREDICATE, looking.PREDICATE}
    ]
    about += _in_force(workspace, subjects, {claim.id for claim in about})
    about = case_contradictions.weighed_anew(
        [*about, *case_contradictions.of_transponders(workspace, subjects)]
    )
    argued: list[tuple[tuple[int, str, str], Finding]] = []
    for claim in _latest(about):
        verdict = str(claim.value.get("verdict")) if isinstance(claim.value, dict) else ""
        at = claim.time.start.isoformat() if claim.time else ""
        finding = _finding(workspace, claim, about)
        if finding is not None:
            argued.append(((TOLD.get(verdict, len(TOLD)), at, claim.id), finding))
    return [finding for _, finding in sorted(argued, key=lambda pair: pair[0])]


def _in_force(workspace: Workspace, subjects: Sequence[str], had: set[str]) -> list[Claim]:
    """Claims of AIS events of these ships' transponders, as far as the last pass bears them out.

    A case about an IMO number argues what was found of every transponder that broadcast it.
    """
    found = event_claims.event_claims(workspace, subjects)
    return [claim for claim in found if claim.id not in had and workspace.evidence.has(claim.id)]


def _latest(about: Sequence[Claim]) -> list[Claim]:
    """Checks without those that a later one of the same question supersedes.

    More AIS may give a check a nearer report or another neighbour: what was claimed before stays
    in the ledger, and only the last word is argued.
    """
    last: dict[tuple[str, ...], Claim] = {}
    for claim in about:
        asked = claim.inputs[:2] if claim.predicate == "two-places" else claim.inputs[1:2]
        if claim.predicate in MOVED:
            # The same amount of the same time, told anew with more looks or another method.
            asked = (str(claim.time),)
        elif claim.predicate == contradiction_method.PREDICATE:
            asked = contradictions_shown.question(claim)
        elif claim.predicate not in {"two-places", "presence"}:
            asked = (claim.id,)
        last[claim.predicate, claim.subject, *asked] = claim
    return list(last.values())


def _filled(workspace: Workspace, gap_id: str) -> bool:
    """Whether the lake now holds a report inside a gap: then it is one no more."""
    gap = workspace.evidence.get(gap_id)
    if not isinstance(gap, Claim) or gap.time is None:
        return False
    start = gap.time.start + timedelta(microseconds=1)
    mmsi = int(gap.subject.partition(":")[2])
    inside = workspace.lake.positions(mmsi=mmsi, start=start, end=gap.time.end)
    return bool(inside.filter(pl.col("lon").is_not_null()).limit(1).collect().height)


def _holds(workspace: Workspace, claim: Claim) -> bool:
    """Whether the event of a claim is still in force."""
    mmsi = int(claim.subject.partition(":")[2])
    return claim.parameters["event"] in workspace.events.known(mmsi=mmsi)["event_id"]


def _finding(workspace: Workspace, claim: Claim, about: Sequence[Claim]) -> Finding | None:
    """The finding that a check supports; None where the claim is no check, or holds no more."""
    if claim.predicate == "reach" and _filled(workspace, claim.inputs[0]):
        return None
    if claim.method == event_claims.METHOD and not _holds(workspace, claim):
        return None
    of_number = claim.subject.startswith("mmsi:") and claim.method in {
        event_claims.METHOD,
        contradiction_method.METHOD,
    }
    named = not of_number or not _of_two_hulls(workspace, claim)
    name = name_of(workspace, claim.subject) if named else None
    return _argued(workspace, claim, about, name=name)


def _of_two_hulls(workspace: Workspace, claim: Claim) -> bool:
    """Whether several hulls send under the number: then no name is that of the ship meant."""
    mmsi = int(claim.subject.partition(":")[2])
    return not workspace.events.known(mmsi=mmsi, kinds=["two-tracks"]).is_empty()


def _argued(
    workspace: Workspace, claim: Claim, about: Sequence[Claim], *, name: str | None
) -> Finding | None:
    """The finding that a check, an event, an amount or an argument supports."""
    label = subject_label(claim.subject, name)
    if claim.method == argument_method.METHOD:
        return argument_finding(claim, about)
    if claim.method == event_claims.METHOD:
        return ais_finding(claim, label=label)
    if claim.predicate in MOVED:
        return movement_finding(claim, label=label)
    if claim.predicate in {"two-places", "presence", "reach", contradiction_method.PREDICATE}:
        return _of_check(workspace, claim, about, label)
    return None


def _of_check(
    workspace: Workspace, claim: Claim, about: Sequence[Claim], label: str
) -> Finding | None:
    inputs = [workspace.evidence.get(record_id) for record_id in claim.inputs]
    sources = closure(claim.inputs, workspace.evidence).sources
    if claim.predicate == "presence":
        return presence_finding(claim, inputs, sources, label=label)
    if claim.predicate == "two-places":
        return two_places_finding(
            claim, inputs, sources, label=label, images=_images_of(inputs[1], about)
        )
    if claim.predicate == contradiction_method.PREDICATE:
        shown = [image for record in inputs for image in _images_of(record, about)]
        return contradiction_finding(claim, inputs, sources, label=label, images=shown)
    inside = _seen_in(claim, about)
    return reach_finding(claim, inside, label=label) if inside else None


def _images_of(sighting: Record, about: Sequence[Claim]) -> list[Claim]:
    """What the images named in a sighting show, where they are held."""
    return [c for c in about if c.predicate == "sighting-image" and c.inputs[0] == sighting.id]


def _seen_in(gap: Claim, about: Sequence[Claim]) -> list[Claim]:
    """Sightings that fall into a gap: without one, that a port was in reach is no finding."""
    return [
        c
        for c in about
        if c.predicate in {"sighted-at", "loading-at"}
        and c.time is not None
        and gap.time is not None
        and gap.time.start <= c.time.start
        and c.time.end <= gap.time.end
    ]


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


def _case_file(workspace: Workspace, case_id: str) -> Path:
    path = workspace.cases_dir / case_id / CASE_FILE
    if not path.is_file():
        known = sorted(p.parent.name for p in workspace.cases_dir.glob(f"*/{CASE_FILE}"))
        raise CaseMissingError(case=case_id, known=", ".join(known))
    return path


def _read(workspace: Workspace, case_id: str) -> Case:
    try:
        return read_case(_case_file(workspace, case_id).read_text(encoding="utf-8"))
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
