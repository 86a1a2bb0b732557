"""Checks already claimed, as a scan for contradictions reads them: the last word on each, once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from quaywatch.evidence.record import Claim, Observation, Source
from quaywatch.fusion.presence import METHOD as PRESENCE_METHOD
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.scenes import scene_claims

EPISODE: Final = timedelta(days=30)
"""Absences within this of each other are one question."""
ONE_PASS: Final = timedelta(minutes=30)


class Causes:
    """What a sighting shares its errors with: its scene where held here, else its document."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._scenes = {
            source.name: claim.subject
            for claim in scene_claims(workspace)
            for source in map(workspace.evidence.get, claim.inputs)
            if isinstance(source, Source)
        }

    def of(self, sighting: Claim) -> str:
        """``scene:…``, ``source:…``, or the claim itself."""
        value: Any = sighting.value
        named = (value.get("questioned") or value).get("scene")
        if named in self._scenes:
            return self._scenes[named]
        if isinstance(named, str) and named.startswith("scene:"):
            return named
        told = self._workspace.evidence.get(sighting.inputs[0]) if sighting.inputs else None
        return told.source_id if isinstance(told, Observation) else sighting.id


def presences(workspace: Workspace) -> list[Claim]:
    """The last word on each ship in each scene; of scenes of one pass, that which says least.

    Strips minutes apart show one sea under one light: what is missed in one is missed in all.
    """
    scenes = {claim.id for claim in scene_claims(workspace)}
    last: dict[tuple[str, str], Claim] = {}
    for check in workspace.evidence.find("claim", predicate="presence"):
        if isinstance(check, Claim) and check.method == PRESENCE_METHOD:
            last[check.subject, check.inputs[1]] = check
    current = [check for (_, scene), check in last.items() if scene in scenes]
    kept: list[Claim] = []
    for check in sorted(current, key=lambda c: (c.subject, start_of(c), c.id)):
        before = kept[-1] if kept and kept[-1].subject == check.subject else None
        if before is None or not _one_absence(before, check):
            kept.append(check)
        elif _lr(check) < _lr(before):
            kept[-1] = check
    return kept


def _one_absence(one: Claim, other: Claim) -> bool:
    absent = is_verdict(one, "not-seen") and is_verdict(other, "not-seen")
    return absent and start_of(other) - start_of(one) <= ONE_PASS


def _lr(check: Claim) -> float:
    value: Any = check.value
    return float(value["lr"])


def checked(checks: Sequence[Claim], subjects: set[str] | None = None) -> Counter[str]:
    """What images say of every ship (or of these) that was expected in one, by verdict."""
    verdicts = Counter(
        str(c.value.get("verdict"))
        for c in checks
        if isinstance(c.value, dict) and (subjects is None or c.subject in subjects)
    )
    words = {"seen": "agreed", "not-seen": "contradicted", "not-observable": "not observable"}
    return Counter({f"image: {words[v]}": n for v, n in verdicts.items() if v in words})


def is_verdict(claim: Claim, verdict: str) -> bool:
    """Whether a check came to that."""
    return isinstance(claim.value, dict) and claim.value.get("verdict") == verdict


def start_of(claim: Claim) -> datetime:
    """When a claim's time begins; the first of all times where it has none."""
    return datetime.min.replace(tzinfo=UTC) if claim.time is None else claim.time.start


def episodes(checks: Sequence[Claim]) -> Iterator[list[Claim]]:
    """Checks in order of time, cut where none follows within ``EPISODE``."""
    kept: list[Claim] = []
    for check in checks:
        if kept and start_of(check) - start_of(kept[-1]) > EPISODE:
            yield kept
            kept = []
        kept.append(check)
    if kept:
        yield kept
