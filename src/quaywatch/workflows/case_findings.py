"""What a case finds: one finding for each check about its subjects, the strongest first."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from quaywatch.cases import argument as argument_method
from quaywatch.cases.argument_finding import argument_finding
from quaywatch.cases.closure import closure
from quaywatch.evidence.record import Claim, Finding, Record
from quaywatch.fusion import contradictions as contradiction_method
from quaywatch.fusion.ais_findings import ais_finding
from quaywatch.fusion.contradiction_findings import contradiction_finding
from quaywatch.fusion.findings import (
    presence_finding,
    reach_finding,
    subject_label,
    two_places_finding,
)
from quaywatch.fusion.movement_findings import movement_finding
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows import case_contradictions, contradictions_shown, event_claims, looking
from quaywatch.workflows.names import name_of

MOVED = frozenset({"activity", "activity-compare", "voyages", "cargo-total", "worth"})
"""Amounts of which a dossier tells, where they are of its subjects."""
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
    return argued(workspace, claim, about, name=name)


def _of_two_hulls(workspace: Workspace, claim: Claim) -> bool:
    """Whether several hulls send under the number: then no name is that of the ship meant."""
    mmsi = int(claim.subject.partition(":")[2])
    return not workspace.events.known(mmsi=mmsi, kinds=["two-tracks"]).is_empty()


def argued(
    workspace: Workspace, claim: Claim, about: Sequence[Claim], *, name: str | None
) -> Finding | None:
    """The finding that a check, an event, an amount or an argument supports.

    Args:
        workspace: whose records the claim rests on.
        claim: a check, an event, an amount or an argument.
        about: the other claims that the finding may name.
        name: of the ship, as the finding is to call it.

    """
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
