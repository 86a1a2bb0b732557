"""Contradictions as a table, as JSON and as GeoJSON, with what agreed beside them."""

from collections import Counter
from datetime import datetime
from typing import Any, Final

from quaywatch.errors import ArgumentError
from quaywatch.evidence.record import Claim
from quaywatch.fusion.contradictions import PREDICATE, Kind, contradiction_of
from quaywatch.fusion.findings import subject_label
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.contradictions_checks import checked, presences
from quaywatch.workflows.names import mmsis_of, name_of

NOT_SCANNED: Final = "nothing was scanned yet: `quaywatch watch` does"
SHOWN_STEPS: Final = ("kind", "verdict", "concluded", "term")


def contradictions_json(
    workspace: Workspace,
    *,
    kinds: tuple[str, ...] = (),
    subject: str | None = None,
    since: datetime | None = None,
) -> dict[str, Any]:
    """Contradictions claimed so far, the last word on each, and the checks that agreed.

    Args:
        workspace: whose.
        kinds: of these kinds; all if empty.
        subject: of this ship (or of its transponders); all if None.
        since: that ended at or after this instant, aware.

    Raises:
        ArgumentError: a kind that is none.

    """
    known = [kind.value for kind in Kind]
    for kind in kinds:
        if kind not in known:
            fact = f"{kind!r} is no kind of contradiction"
            raise ArgumentError(flag="--kind", fact=fact, remedy=f"Known: {', '.join(known)}.")
    subjects = None
    if subject is not None:
        subjects = {subject, *(f"mmsi:{m:09d}" for m in mmsis_of(workspace, subject))}
    last: dict[tuple[str, ...], Claim] = {}
    for claim in workspace.evidence.find("claim", predicate=PREDICATE):
        if isinstance(claim, Claim):
            last[question(claim)] = claim
    listed = [
        shown(workspace, claim)
        for claim in last.values()
        if (subjects is None or claim.subject in subjects)
        and (not kinds or claim.parameters["kind"] in kinds)
        and (since is None or claim.time is None or claim.time.end >= since)
    ]
    return {
        "subject": subject,
        "reason": None if last or workspace.events.passes() else NOT_SCANNED,
        "contradictions": sorted(listed, key=lambda c: (str(c["start"]), c["claim"])),
        "controls": dict(sorted(_controls(workspace, subjects).items())),
    }


def question(claim: Claim) -> tuple[str, ...]:
    """What a claim answers: later evidence weighs it anew, and the last word is told."""
    told: Any = claim.parameters
    one, other, _ = told["parts"]
    if told["kind"] == Kind.NOBODY_THERE:
        return (told["kind"], claim.subject, claim.inputs[0])
    if told["kind"] == Kind.UNREACHABLE:
        return (told["kind"], claim.subject, claim.inputs[0], claim.inputs[one])
    return ("seen", claim.subject, *claim.inputs[one : one + other])


def shown(workspace: Workspace, claim: Claim) -> dict[str, Any]:
    """One contradiction for scripts: what cannot be, and what explains it."""
    told = contradiction_of(claim)
    if told is None:
        msg = "a contradiction has a value"
        raise TypeError(msg)
    return {
        "subject": claim.subject,
        "ship": subject_label(claim.subject, name_of(workspace, claim.subject)),
        "kind": told.kind.value,
        "verdict": told.verdict,
        "concluded": None if told.concluded is None else told.concluded.value,
        "term": told.term,
        "conclusion": told.conclusion,
        "together": told.together,
        "posterior": {
            row.name: {h.value: p for h, p in row.posterior.items()} for row in told.posterior
        },
        "start": claim.time.start.isoformat() if claim.time else None,
        "end": claim.time.end.isoformat() if claim.time else None,
        "rests_on": told.rests_on,
        "great_circle_nm": told.great_circle_nm,
        "lower_bound_nm": told.lower_bound_nm,
        "hours": told.hours,
        "required_speed_kn": told.required_speed_kn,
        "max_speed_kn": told.max_speed_kn,
        "clock_slack_h": told.clock_slack_h,
        "lr": told.lr,
        "sisters": list(told.sisters),
        "with_ships": list(told.with_ships),
        "messages": list(told.messages),
        "would_settle": list(told.would_settle),
        "evidence": [e.model_dump(mode="json") for e in told.evidence],
        "geometry": told.geometry,
        "claim": claim.id,
    }


def _controls(workspace: Workspace, subjects: set[str] | None) -> Counter[str]:
    """Checks that could have contradicted, by what they came to."""
    counts = checked(presences(workspace), subjects)
    words = {
        "feasible": "agreed", "impossible": "contradicted", "implausible": "hardly possible",
        "cannot-compare": "not compared",
    }  # fmt: skip
    for claim in workspace.evidence.find("claim", predicate="two-places"):
        value = claim.value if isinstance(claim, Claim) else None
        if not isinstance(claim, Claim) or not isinstance(value, dict):
            continue
        word = words.get(str(value.get("verdict")))
        if word is not None and (subjects is None or claim.subject in subjects):
            counts[f"broadcast against sighting: {word}"] += 1
    return counts


def contradictions_geojson(result: dict[str, Any]) -> dict[str, Any]:
    """All places and ways of a result, each feature naming its contradiction.

    Examples:
        >>> contradictions_geojson({"contradictions": []})["features"]
        []

    """
    features = []
    for one in result["contradictions"]:
        about = {name: one[name] for name in (*SHOWN_STEPS, "subject", "start", "end", "claim")}
        for feature in one["geometry"].get("features", ()):
            properties = {**feature.get("properties", {}), **about}
            features.append({**feature, "properties": properties})
    return {"type": "FeatureCollection", "features": features}
