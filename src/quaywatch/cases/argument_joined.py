"""What is brought up on a hypothesis, and what of it counts.

What a claim says is never counted again through another claim that rests on it, and what shares a
cause counts once for the hypothesis and once against it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quaywatch.cases.argument import Counts, ExemptionShown, TensionShown
from quaywatch.cases.asked import AskedHypothesis
from quaywatch.evidence.bearing import Bearing
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.likelihood import Evidence, Joined, join
from quaywatch.evidence.record import Claim


@dataclass(frozen=True)
class Bears:
    """One claim that bears on a hypothesis, and what it shares with others."""

    claim: Claim
    bearing: Bearing | None
    """None: named by the case without a ratio, or one side of a tension; shown only."""
    because: str
    cause: str
    rests_on: frozenset[str] = frozenset()
    """Ids of every record under it."""
    stands_in: bool = True
    """What it rests on does not count beside it; False of a claim that says many things."""
    reports: frozenset[str] = frozenset()
    """Documents on which it rests whose authors, not we, say so."""
    expert: bool = False
    tension: str | None = None
    late: bool = False
    """Outside the hypothesis's period."""
    why: str | None = None
    """Where it is shown only: why."""


@dataclass(frozen=True)
class Brought:
    """All that is brought up on one hypothesis."""

    asked: AskedHypothesis
    bears: tuple[Bears, ...]
    exemptions: tuple[ExemptionShown, ...] = ()
    tensions: tuple[TensionShown, ...] = ()
    statements: Mapping[str, str] = field(default_factory=dict)
    """Id → statement of every hypothesis of the case."""


def within(claim: Claim, asked: AskedHypothesis) -> bool:
    """Whether a claim speaks of the time that a hypothesis is about; untimed ones do."""
    if asked.period is None or claim.time is None:
        return True
    period = TimeInterval.parse(asked.period)
    return claim.time.start <= period.end and period.start <= claim.time.end


def chosen(bears: Sequence[Bears]) -> tuple[list[tuple[Counts, str | None]], Joined]:
    """Which items count, why the others do not, and what those that count come to.

    Args:
        bears: all that is brought up on one hypothesis.

    Returns:
        Per item its standing and the reason for it, and the joined evidence of those that count.

    """
    weighed = [one for one in bears if one.bearing is not None and not one.late]
    said = {one.claim.id for one in weighed if not one.expert}
    standing = [_standing(one, weighed, said) for one in bears]
    counted = [k for k, (counts, _) in enumerate(standing) if counts == "counted"]
    joined = join([evidence_of(bears[k]) for k in counted])
    for place, other in zip(counted, joined.stands_for, strict=True):
        if other is not None:
            stronger = bears[counted[other]].claim.id
            standing[place] = ("same-cause", f"It shares its cause with {stronger}.")
    return standing, joined


def _standing(one: Bears, weighed: Sequence[Bears], said: set[str]) -> tuple[Counts, str | None]:
    if one.late:
        return "other-time", "It is of another time than the hypothesis."
    if one.bearing is None:
        return "not-weighed", one.why or "The case names it without a ratio."
    if one.expert and one.claim.id in said:
        return "not-weighed", "The claim itself says how much it weighs."
    above = [o for o in weighed if _told_by(o, one) and not _two_images(one, o)]
    if not above:
        return "counted", None
    # Of a chain the topmost is named: the others count through it as well.
    top = [o for o in above if not any(o.claim.id in other.rests_on for other in above)]
    return (
        "through-another",
        f"It counts through {min(o.claim.id for o in top)}, which tells it.",
    )


def _told_by(other: Bears, one: Bears) -> bool:
    """Whether what a claim says is already in another: made from it, or from the same sighting."""
    if not other.stands_in or other.claim.id == one.claim.id:
        return False
    if one.claim.id in other.rests_on:
        return True
    # A contradiction weighs the pair anew that a check of two places weighed before it.
    pair = one.claim.predicate == "two-places" and other.claim.predicate == "contradiction"
    return pair and set(one.claim.inputs[1:2]) <= other.rests_on


def _two_images(one: Bears, other: Bears) -> bool:
    """Whether two items are of two images: then they are two things seen, whoever cites whom."""
    return one.cause != other.cause and all(
        item.cause.startswith("scene:") for item in (one, other)
    )


def evidence_of(one: Bears) -> Evidence:
    """A bearing as it is joined.

    Raises:
        TypeError: it has no ratio.

    """
    bearing = one.bearing
    if bearing is None:
        msg = "only what has a ratio is joined"
        raise TypeError(msg)
    # The claim's own words take part in the name, so that no tie is broken by order.
    name = f"{one.claim.id} {bearing.because}"
    return Evidence(name, bearing.group, bearing.ratio, bearing.measured, one.cause)


def total_of(bears: Sequence[Bears]) -> float:
    """What all that counts adds to the log-odds of a prior."""
    return chosen(bears)[1].total
