"""Which contradictions a case argues, and which checks of two places they take the place of."""

from collections.abc import Sequence
from typing import Any

from quaywatch.evidence.record import Claim
from quaywatch.fusion.contradictions import PREDICATE
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.contradictions_checks import is_verdict
from quaywatch.workflows.names import mmsis_of

TWO_PLACES = "two-places"


def of_transponders(workspace: Workspace, subjects: Sequence[str]) -> list[Claim]:
    """Contradictions of the numbers under which these ships broadcast, as far as not named."""
    numbers = {f"mmsi:{mmsi:09d}" for subject in subjects for mmsi in mmsis_of(workspace, subject)}
    return [
        claim
        for number in sorted(numbers - set(subjects))
        for claim in workspace.evidence.find("claim", subject=number, predicate=PREDICATE)
        if isinstance(claim, Claim)
    ]


def weighed_anew(about: Sequence[Claim]) -> list[Claim]:
    """Claims without the checks of two places whose pair a contradiction weighs again.

    A contradiction says what the check says, and what explains it: argued beside each other they
    would look like two findings. Of received broadcasts it may cite others of the same run than
    the check; a transponder's broadcasts against one image are one question.
    """
    pairs = {pair for claim in about if claim.predicate == PREDICATE for pair in _pairs(claim)}
    heard = {
        (claim.subject, seen)
        for claim in about
        if claim.predicate == PREDICATE and _received(claim)
        for _, seen in _pairs(claim)
    }
    return [claim for claim in about if not _stands_in(claim, pairs, heard)]


def _pairs(claim: Claim) -> list[tuple[str, str]]:
    told: Any = claim.parameters
    one, other, _ = told["parts"]
    return [(said, seen) for said in claim.inputs[:one] for seen in claim.inputs[one : one + other]]


def _received(claim: Claim) -> bool:
    return claim.inputs[0].startswith("observation:")


def _stands_in(claim: Claim, pairs: set[tuple[str, str]], heard: set[tuple[str, str]]) -> bool:
    if claim.predicate != TWO_PLACES or not is_verdict(claim, "impossible"):
        return False
    said, seen = claim.inputs[:2]
    return (said, seen) in pairs or (_received(claim) and (claim.subject, seen) in heard)
