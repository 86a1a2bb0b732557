"""Everything new, end to end: looks, berth states, a pass over the AIS, checks; each as a claim.

What was claimed before is not claimed again, so a second run with nothing new adds nothing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from quaywatch.errors import ArgumentError
from quaywatch.evidence.record import Claim, Record
from quaywatch.fusion.findings import subject_label
from quaywatch.fusion.two_places import DAY_ONLY
from quaywatch.fusion.two_places import METHOD as TWO_PLACES_METHOD
from quaywatch.geo.water import METHOD as WATER_METHOD
from quaywatch.geo.water import WaterRouter
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows import berths, looks, match, presence, reported, stock, two_places
from quaywatch.workflows.before import made_before
from quaywatch.workflows.broadcasts import nearest_in_time, observations
from quaywatch.workflows.contradictions import find_contradictions
from quaywatch.workflows.event_claims import event_claims
from quaywatch.workflows.gaps import reach_claims
from quaywatch.workflows.names import mmsis_of, name_of
from quaywatch.workflows.places import place_of
from quaywatch.workflows.scenes import scene_claims
from quaywatch.workflows.sightings import sighting_claims
from quaywatch.workflows.unmet import unmet
from quaywatch.workflows.watch_ais import watch_ais

Report = Callable[[str, float], None]
AIS_WITHIN = timedelta(hours=48)
"""A broadcast farther from a sighting in time says little about it."""
CONTRADICTING = {"impossible", "implausible", "not-seen"}


def watch_workspace(
    workspace: Workspace,
    *,
    now: datetime,
    report: Report,
    site: str | None = None,
    new_reference: bool = False,
) -> dict[str, Any]:
    """Claim what follows from everything here.

    Args:
        workspace: what to watch.
        now: when this is learned, aware UTC.
        report: told how far it is.
        site: looks of this site only.
        new_reference: choose that site's reference look anew, and look at all its scenes again.

    Returns:
        Counts of what was claimed; ``new_records``; ``contradictions``; ``ais``, whether there is
        any here; ``sites`` and ``scenes``, how many, and what of them does not meet, see ``unmet``.

    Raises:
        ArgumentError: a new reference without a site.

    """
    if new_reference and site is None:
        # Every berth of every look moves with its reference: never at all sites by a slip.
        remedy = "Name the one site with --site."
        raise ArgumentError(flag="--new-reference", fact="no site is named", remedy=remedy)
    before = workspace.evidence.head()[0]
    counts = looks.watch_looks(
        workspace,
        now=now,
        site=site,
        report=_part(report, 0.0, 0.45),
        new_reference=new_reference,
    )
    judged = berths.berth_pass(workspace, now=now, site=site, report=_part(report, 0.45, 0.5))
    counts["berths_judged"] = judged["states"]
    counts |= stock.watch_stock(workspace, now=now, site=site, report=_part(report, 0.5, 0.6))
    made = watch_ais(workspace, now=now, report=_part(report, 0.6, 0.75))
    matched = match.match_claims(workspace, report=_part(report, 0.74, 0.75))
    workspace.evidence.append(matched, known_at=now)
    report("two places", 0.75)
    router = WaterRouter(workspace.cache_dir / "water")
    claims = [c for c in workspace.evidence.find("claim") if isinstance(c, Claim)]
    sightings = _sightings(claims)
    pairs = two_places_claims(workspace, claims, sightings, router)
    workspace.evidence.append(pairs, known_at=now)
    report("sightings", 0.8)
    named = sorted({sighting.subject for sighting in sightings})
    workspace.evidence.append(event_claims(workspace, named), known_at=now)
    reached = list(reach_claims(workspace, named, router.distance))
    shown = list(sighting_claims(workspace, sightings))
    workspace.evidence.append([*reached, *shown], known_at=now)
    report("presence", 0.85)
    present = [
        *_reported_absences(workspace),
        *presence.presence_claims(workspace, report=_part(report, 0.85, 0.95)),
    ]
    workspace.evidence.append(present, known_at=now)
    report("contradictions", 0.95)
    odd = find_contradictions(workspace, router, report=_part(report, 0.95, 1.0))
    workspace.evidence.append(odd.records, known_at=now)
    report("watch", 1.0)
    checks = [c for c in (*pairs, *present) if isinstance(c, Claim)]
    drawn = {name: site for name, (site, _) in looks.sites_of(workspace).items()}
    return {
        **counts,
        "sites": len(drawn),
        "scenes": len(scene_claims(workspace)),
        **unmet(drawn, scene_claims(workspace)),
        "ais": made is not None,
        **_passed(made),
        "reach": len(reached),
        "sightings": len(shown),
        "two_places": sum(c.predicate == "two-places" for c in checks),
        "matches": len(matched),
        "presence": sum(c.predicate == "presence" for c in checks),
        "new_records": workspace.evidence.head()[0] - before,
        "contradictions": [_shown(workspace, c) for c in checks if _contradicts(c)],
        "cannot_all_be_true": [_shown(workspace, c) for c in odd.claims],
        "controls": dict(sorted(odd.controls.items())),
    }


def _passed(made: Claim | None) -> dict[str, Any]:
    """What the last pass over the AIS found, by kind; zeros where there is no AIS."""
    value: Any = {} if made is None else made.value
    kinds = value.get("kinds", {})
    return {"gaps": kinds.get("gap", 0), "events": value.get("events", 0), "kinds": kinds}


def two_places_claims(
    workspace: Workspace,
    claims: Sequence[Claim],
    sightings: Sequence[Claim],
    router: WaterRouter,
) -> list[Record]:
    """Each sighting against the broadcasts nearest to it, reported or received."""
    way = router.distance
    before = made_before(workspace, "two-places", TWO_PLACES_METHOD, distance=WATER_METHOD)
    records: list[Record] = [
        before.get((said.id, seen.id)) or two_places.compare_records(said, seen, way)
        for said, seen in reported.pairs(claims)
    ]
    for sighting in sightings:
        at = place_of(sighting).time
        mmsis = mmsis_of(workspace, sighting.subject)
        if at is None or not mmsis:
            continue
        rows = nearest_in_time(workspace, mmsis, at.midpoint, within=AIS_WITHIN)
        for said in observations(workspace, rows):
            made = before.get((said.id, sighting.id))
            records.extend((said, made or two_places.compare_records(said, sighting, way)))
    return records


def _reported_absences(workspace: Workspace) -> list[Claim]:
    claims = [c for c in workspace.evidence.find("claim") if isinstance(c, Claim)]
    return [reported.absence_claim(said, empty) for said, empty in reported.absences(claims)]


def _sightings(claims: Sequence[Claim]) -> list[Claim]:
    return [
        c
        for c in claims
        if c.predicate in {"sighted-at", "loading-at"}
        and isinstance(c.value, dict)
        and (c.value.get("lon") is not None or c.value.get("area"))
    ]


def _contradicts(claim: Claim) -> bool:
    return isinstance(claim.value, dict) and claim.value.get("verdict") in CONTRADICTING


def _shown(workspace: Workspace, claim: Claim) -> dict[str, Any]:
    value = claim.value if isinstance(claim.value, dict) else {}
    return {
        "subject": subject_label(claim.subject, name_of(workspace, claim.subject)),
        "check": claim.predicate,
        "verdict": value.get("verdict"),
        "at": _when(claim),
        "claim": claim.id,
    }


def _when(claim: Claim) -> str:
    """Start of a claim's time, to the day where no more is known."""
    if claim.time is None:
        return ""
    return claim.time.start.isoformat()[: 10 if claim.time.duration >= DAY_ONLY else 16]


def _part(report: Report, low: float, high: float) -> Report:
    return lambda what, share: report(what, low + share * (high - low))
