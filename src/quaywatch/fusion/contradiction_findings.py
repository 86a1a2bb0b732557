"""The finding that a contradiction supports: what cannot all be true, and which part that leaves.

Nobody is blamed by it: what is concluded is one of four explanations, and the others stand beside
it with their odds. Where no word holds under two of three priors, no probability is stated.
"""

from collections.abc import Sequence
from typing import Final, Literal

from quaywatch.evidence.record import Claim, Finding, Observation, Record, Rival, Source
from quaywatch.evidence.wording import CEILING, counted
from quaywatch.fusion.contradiction_posterior import quoted_figure
from quaywatch.fusion.contradictions import (
    SAID,
    Contradiction,
    Explanation,
    Kind,
    contradiction_of,
)
from quaywatch.fusion.findings import IMAGE_HELD, source_confidence, stamp, told

CLEAR_ODDS: Final = 9.0
"""Odds from which an explanation no longer stands open; none is excluded by a sum."""
EVEN: Final = (0.95, 1.05)
INNOCENT_FIRST: Final = (
    Explanation.MISTAKE,
    Explanation.OTHER_HULL_SEEN,
    Explanation.OTHER_BROADCASTER,
    Explanation.BROADCAST_FALSE,
)
UNSAID: Final = (
    "That one hull did both is ruled out on the assumptions named below; no one explanation "
    "stands out under two of three sets of priors."
)
UNTOLD: Final = "No one explanation stands out under two of three sets of priors."
CANNOT_TELL: Final = "What explains it cannot be told from what is held here."
NOT_BORNE_OUT: Final = "The image named does not bear the sighting out."
_HELD: Final[dict[Kind, str]] = {
    Kind.UNREACHABLE: (
        "Moderate. Both runs of broadcasts are held here and are read from their own bytes."
    ),
    Kind.NOBODY_THERE: (
        "Moderate. The broadcasts and the images are held here and are read from their own bytes."
    ),
    Kind.SAME_ROUTE: (
        "Moderate. Both routes are held here and are read from their own bytes; who sent them is "
        "not observed."
    ),
}


def contradiction_finding(
    claim: Claim,
    inputs: Sequence[Record],
    sources: Sequence[Source],
    *,
    label: str,
    images: Sequence[Claim] = (),
) -> Finding:
    """The finding that a contradiction supports.

    Args:
        claim: of the contradiction.
        inputs: the records that it names, in its order: the first placing, the second, then what
            weighs in.
        sources: all that they rest on.
        label: the ship as written in a sentence.
        images: what the images named in the sighting show, where they are held.

    Raises:
        TypeError: the claim is of no contradiction.
        ValidationError: its value is none.

    """
    odd = contradiction_of(claim)
    if odd is None:
        msg = f"{claim.id} is not the claim of a contradiction"
        raise TypeError(msg)
    one, other, _ = (int(str(n)) for n in claim.parameters["parts"])  # type: ignore[union-attr]  # a list of three counts, as written
    first = inputs[0]
    second = inputs[one] if other else first
    told_apart = odd.concluded is not None
    argument = " ".join(m for m in odd.messages if not (told_apart and m == odd.conclusion))
    conclusion = odd.conclusion if told_apart else CANNOT_TELL
    probability, reason = _probability(odd)
    shown = [image.value.get("verdict") for image in images if isinstance(image.value, dict)]
    if shown and not {"hull there", "berth occupied"} & set(shown):
        argument += " The image named shows no hull there that the detector could find."
        probability, reason = None, NOT_BORNE_OUT
    return Finding(
        subject=claim.subject,
        statement=f"{_cannot_be(odd, first, second, label, images=one)} {conclusion}",
        claims=tuple(
            dict.fromkeys((claim.id, *(r.id for r in (*images, *inputs) if isinstance(r, Claim))))
        ),
        argument=argument,
        assumptions=odd.assumptions,
        rivals=_rivals(odd),
        would_refute=odd.would_settle,
        probability=probability,
        reason=reason,
        source_confidence=_confidence(odd, first, second, sources, images),
    )


def _of_sightings(odd: Contradiction) -> bool:
    """Whether no broadcast is in question."""
    return Explanation.BROADCAST_FALSE not in odd.posterior[0].posterior


def _cannot_be(
    odd: Contradiction, first: Record, second: Record, label: str, *, images: int
) -> str:
    if odd.kind is Kind.NOBODY_THERE:
        seen = counted(images, "image")
        return f"In {seen} no hull was found where {label} broadcast that it was."
    if odd.kind is Kind.SAME_ROUTE:
        return (
            f"{label} broadcast a route that another hull broadcast too, closer than other ships' "
            "routes lie to each other."
        )
    if _of_sightings(odd):
        pair = f"The images of {label} {stamp(first)} and {stamp(second)}"
    elif odd.kind is Kind.UNREACHABLE:
        pair = f"The broadcasts of {label} {stamp(first)} and {stamp(second)}"
    else:
        pair = f"The broadcast of {label} {told(first)} and the image of it {stamp(second)}"
    return f"{pair} were not both of one hull."


def _probability(odd: Contradiction) -> tuple[float | None, str | None]:
    if odd.concluded is None or odd.term is None:
        return None, UNSAID if odd.verdict == "impossible" else UNTOLD
    return quoted_figure(odd.posterior, odd.concluded, odd.term), None


def _confidence(
    odd: Contradiction,
    first: Record,
    second: Record,
    sources: Sequence[Source],
    images: Sequence[Claim],
) -> str:
    if odd.kind in _HELD and not _of_sightings(odd):
        return _HELD[odd.kind]
    if images and isinstance(first, Observation):
        return IMAGE_HELD
    return source_confidence((first, second), sources)


def _rivals(odd: Contradiction) -> tuple[Rival, ...]:
    """Every explanation that is not concluded, the innocent ones first."""
    return tuple(
        _rival(odd, explanation)
        for explanation in INNOCENT_FIRST
        if explanation in odd.posterior[0].posterior and explanation is not odd.concluded
    )


def _rival(odd: Contradiction, explanation: Explanation) -> Rival:
    said = SAID[explanation]
    values = [row.posterior[explanation] for row in odd.posterior]
    between = f"By three sets of priors {_percent(min(values))} to {_percent(max(values))}."
    stands: Literal["unlikely", "open"] = "open"
    if odd.concluded is not None:
        odds = [row.posterior[odd.concluded] / row.posterior[explanation] for row in odd.posterior]
        least = min(odds)
        if least >= CLEAR_ODDS:
            stands = "unlikely"
        between += f" What is concluded is {_times(least)} as probable under the prior best for it."
    return Rival(statement=f"{said[0].upper()}{said[1:]}.", stands=stands, because=between)


def _times(odds: float) -> str:
    if EVEN[0] < odds < EVEN[1]:
        return "about"
    return f"{odds:.2g} times"


def _percent(p: float) -> str:
    if p >= CEILING:
        return "at least 99%"
    return "at most 1%" if p <= 1 - CEILING else f"{100 * p:.0f}%"
