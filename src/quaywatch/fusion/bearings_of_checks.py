"""Bearings of the older checks: two places, presence, reported absence, reach.

Every ratio that is not computed from measured detection is set, small, and marked as set; whoever
joins them holds those to 1/5…5.
"""

from typing import Final

from quaywatch.evidence.bearing import Bearing, Hypothesis
from quaywatch.evidence.likelihood import EXPERT_LIMIT, Group
from quaywatch.evidence.record import Claim
from quaywatch.fusion.bearings_told import Told, reported_ratio
from quaywatch.voyages.witnesses import FALSIFIED

P_SLIP: Final = 0.05
"""Of a clock, a time zone or a number typed in wrongly being behind such a pair."""
CONTROL: Final = 0.5
"""A hull that fits, once, where the broadcast puts it. Not less: some of a ship's broadcasts may
be true and others not."""
BARE_REPORT: Final = 2.0
"""Others say so and show nothing that could be checked."""
SHIPS_COUNTED: Final = 21
"""Ships of the count on which the recall of 3 m images rests (``imagery/recall.py``)."""
SILENT_IN_REACH: Final = 2.0
"""A silence that reception does not explain, with the port in reach: ships that call unheard are
silent more often than ships that do not. Set, small: opportunity is not a visit."""
OUT_OF_REACH: Final = 1 / EXPERT_LIMIT
"""No time to call, if the reports at both ends are true."""


def of_two_places(told: Told) -> tuple[Bearing, ...]:
    """Of a pair that one hull cannot have made: each explanation against all the others.

    How much it says for a false broadcast depends on how well the hull in the image is known; with
    no comparison of hulls the pair says almost as much for another hull.
    """
    verdict = told.value.get("verdict")
    if verdict not in {"impossible", "implausible"}:
        return ()
    named = _named(told)
    other_hull = 1 / (1 + named)
    strength = 1.0 if verdict == "impossible" else 0.5
    ratios = {
        Hypothesis.BROADCAST_FALSE: 1 / (other_hull + P_SLIP),
        Hypothesis.OTHER_BROADCASTER: 1 / (FALSIFIED + other_hull + P_SLIP),
        Hypothesis.OTHER_HULL_SEEN: 1 / (named * (FALSIFIED + P_SLIP)),
    }
    compared = (
        f"the source's comparison of hulls is taken as {named:g} to 1"
        if named > 1
        else "nobody says by what the hull was known"
    )
    return tuple(
        Bearing(
            hypothesis=hypothesis,
            about=told.claim.subject,
            ratio=ratio**strength,
            group=Group.IMAGERY_PRESENCE,
            cause=told.seen_cause,
            because=f"One hull cannot have made this broadcast and lain in this image; {compared}.",
        )
        for hypothesis, ratio in ratios.items()
        if ratio > 1
    )


def _named(told: Told) -> float:
    """How well the hull in the image is known, as a set ratio of 1 to 5."""
    given = [reported_ratio(record) for record in told.inputs if isinstance(record, Claim)]
    stated = [ratio for ratio in given if ratio is not None]
    return min(max(max(stated, default=1.0), 1.0), EXPERT_LIMIT)


def of_presence(told: Told) -> tuple[Bearing, ...]:
    """Of nobody, or of a hull that fits, where a broadcast puts a ship."""
    verdict, ratio = told.value.get("verdict"), told.value.get("lr")
    if verdict == "not-seen" and isinstance(ratio, int | float) and ratio > 0:
        return (_broadcast_false(
            told, float(ratio), "No hull lay where the broadcast puts the ship, and it would "
            "have been seen.", measured=True,
        ),)  # fmt: skip
    if verdict == "seen":
        return (_broadcast_false(
            told, CONTROL, "A hull that fits lay where the broadcast puts the ship.",
        ),)  # fmt: skip
    return ()


def of_reported_absence(told: Told) -> tuple[Bearing, ...]:
    """Of an absence that others report, the image not being held."""
    because = "Others report no ship where the broadcast puts it; the image is not held here."
    return (
        _broadcast_false(told, BARE_REPORT, because).model_copy(
            update={"group": Group.REPORTED, "cause": told.said_cause}
        ),
    )


def _broadcast_false(told: Told, ratio: float, because: str, *, measured: bool = False) -> Bearing:
    return Bearing(
        hypothesis=Hypothesis.BROADCAST_FALSE,
        about=told.claim.subject,
        ratio=ratio,
        group=Group.IMAGERY_PRESENCE,
        measured=measured,
        n=SHIPS_COUNTED if measured else None,
        cause=told.seen_cause,
        because=because,
    )


def of_reach(told: Told) -> tuple[Bearing, ...]:
    """Of a gap that left time, or none, to call at a site."""
    verdict = told.value.get("verdict")
    gap = told.inputs[0] if told.inputs and isinstance(told.inputs[0], Claim) else None
    if told.site is None or gap is None:
        return ()
    if verdict == "excluded":
        ratio = OUT_OF_REACH
        because = "The gap left no time to call there, if the reports at both ends are true."
    elif verdict in {"possible", "compatible-with-loading"} and _unexplained(gap):
        ratio = SILENT_IN_REACH
        because = "A silence that reception does not explain left time to call there."
    else:
        return ()
    return (
        Bearing(
            hypothesis=Hypothesis.CALLED,
            about=told.claim.subject,
            at=told.site,
            ratio=ratio,
            group=Group.GAP,
            cause=gap.id,
            because=because,
        ),
    )


def _unexplained(gap: Claim) -> bool:
    """Whether reception does not explain a silence, of a ship that did not lie still."""
    value = gap.value if isinstance(gap.value, dict) else {}
    detail = value.get("detail")
    at_rest = isinstance(detail, dict) and bool(detail.get("at_rest"))
    return value.get("verdict") == "significant" and not at_rest
