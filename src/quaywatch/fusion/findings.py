"""Findings from checks: what was found, why, what else would explain it, what would refute it.

The words are fixed here, once, so that two cases with the same numbers say the same thing. A
finding says what one hull can or cannot have done; who deceived whom is never among them.
"""

from collections.abc import Sequence
from typing import Any

from quaywatch.evidence.record import Basis, Claim, Finding, Observation, Record, Rival, Source
from quaywatch.evidence.wording import bounded

ANOTHER_HULL = Rival(
    statement="The hull in the image is another ship.",
    stands="open",
    because="The comparison of hulls decides this, and it is not part of this check.",
)
ANOTHER_SENDER = Rival(
    statement="Another ship broadcasts under this identity, by mistake or otherwise.",
    stands="open",
    because="An MMSI is a transponder's number; two hulls can carry the same one.",
)


IMAGE_HELD = (
    "Moderate. The broadcast and the image are held here and are read from their own bytes; who "
    "the hull in the image is, others report."
)
"""Confidence in the sources where the image named in a sighting is held."""


def subject_label(subject: str, name: str | None) -> str:
    """A ship as written in a sentence.

    Examples:
        >>> subject_label("imo:1059149", "YI LI 1"), subject_label("mmsi:412000001", None)
        ('YI LI 1 (IMO 1059149)', 'MMSI 412000001')
        >>> subject_label("name:Bai Mei 8", "Bai Mei 8")
        'Bai Mei 8'

    """
    kind, _, number = subject.partition(":")
    bare = f"{kind.upper()} {number}" if kind in {"imo", "mmsi"} else number
    return f"{name} ({bare})" if name and name != bare else bare


def source_confidence(inputs: Sequence[Record], sources: Sequence[Source]) -> str:
    """One sentence on the sources, apart from the likelihood (ICD-203).

    Inputs of one and the same document count once; what was only reported is said to be.
    """
    held = [r for r in inputs if not (isinstance(r, Claim) and r.basis is Basis.REPORTED)]
    documents = {s.id for s in sources if s.media == "article"}
    reported = len(inputs) - len(held)
    if not reported:
        return (
            "Moderate. The broadcast and the image are both held here and "
            "are read from their own bytes."
        )
    if not held:
        origin = (
            f"{_count(reported)} inputs come from one document and count once"
            if len(documents) == 1
            else f"{_count(reported)} inputs come from {len(documents)} documents"
        )
        return f"Low. {origin}; neither the AIS record nor the image is held here."
    return "Moderate to low. One input is held here, the other is reported by others."


def _count(number: int) -> str:
    words = {1: "One", 2: "Both", 3: "All three"}
    return words.get(number, f"All {number}")


def two_places_finding(
    claim: Claim,
    inputs: Sequence[Record],
    sources: Sequence[Source],
    *,
    label: str,
    images: Sequence[Claim] = (),
) -> Finding:
    """The finding that a two-places check supports.

    Args:
        claim: of the check.
        inputs: the broadcast and the sighting.
        sources: all that the two rest on.
        label: the ship as written in a sentence.
        images: what the images named in the sighting show, where they are held.

    """
    value = _object(claim)
    pair = f"the broadcast of {label} {told(inputs[0])} and the image of it {stamp(inputs[1])}"
    verdict = value["verdict"]
    probability: float | None = None
    reason: str | None = None
    if verdict == "cannot-compare":
        statement = f"{_upper(pair)} cannot be compared."
        argument = str(value["reason"])
        reason = "The times or places are not known well enough to compute one."
    elif verdict == "feasible":
        statement = f"One hull can have made {pair}."
        argument = _kinematics(value, "within what such a ship can do")
        probability = bounded(float(value["p_feasible"]))
    elif verdict == "implausible":
        statement = f"{_upper(pair)} are of one hull only if it is faster than most of its kind."
        argument = _kinematics(value, "more than a handy-size bulk carrier sails")
        reason = "How fast this ship can sail is not known; state it to settle the question."
    else:
        statement = f"{_upper(pair)} were not both of one hull."
        argument = _kinematics(value, "beyond what such a ship can do")
        probability = bounded(1 - float(value["p_feasible"]))
    shown = [_object(image).get("verdict") for image in images]
    if shown and not {"hull there", "berth occupied"} & set(shown):
        argument += " The image named shows no hull there that the detector could find."
        probability, reason = None, reason or "The image named does not bear the sighting out."
    return Finding(
        subject=claim.subject,
        statement=statement,
        claims=(claim.id, *(r.id for r in (*images, *inputs) if isinstance(r, Claim))),
        argument=argument,
        assumptions=tuple(value["assumptions"]),
        rivals=_two_places_rivals(value, inputs[1]),
        would_refute=(
            "A capture time, or a time of broadcast, that is wrong by the clock slack or more.",
            "A comparison of hulls that shows another ship in the image.",
            "A receiver's record that places the broadcast elsewhere.",
        ),
        probability=probability,
        reason=reason,
        source_confidence=IMAGE_HELD
        if images and isinstance(inputs[0], Observation)
        else source_confidence(inputs, sources),
    )


def _kinematics(value: dict[str, Any], judged: str) -> str:
    needed = value["required_speed_at_least_kn"]
    way = (
        f"The shortest way by water is at least {value['lower_bound_nm']:.0f} nm; covering it in "
        f"the time between needs at least {needed:.0f} kn"
        if needed is not None
        else f"No way by water is known; in a straight line it needs "
        f"{value['required_speed_straight_kn']:.0f} kn"
    )
    return f"{way}, {judged} (at most {value['max_speed_kn']:g} kn)."


def _two_places_rivals(value: dict[str, Any], sighting: Record) -> tuple[Rival, ...]:
    slack = value["clock_slack_h"]
    ratio = _likelihood_ratio(sighting)
    identity = ANOTHER_HULL
    if ratio is not None:
        identity = ANOTHER_HULL.model_copy(
            update={
                "because": f"The source compared hulls; entered as a likelihood ratio of {ratio:g} "
                "for this ship against look-alikes."
            }
        )
    if slack is None:
        clock = Rival(
            statement="A clock or a date is wrong.",
            stands="open",
            because="The times are not known well enough to say by how much.",
        )
    elif slack > 0:
        clock = Rival(
            statement="A clock or a date is wrong.",
            stands="unlikely" if slack > 0.25 else "open",
            because=f"It would have to be wrong by {_hours(slack)} or more.",
        )
    else:
        return (
            Rival(
                statement="The ship sailed from the one place to the other.",
                stands="open",
                because="Nothing in speed or distance speaks against it.",
            ),
            identity,
            ANOTHER_SENDER,
        )
    false_broadcast = Rival(
        statement="The ship, or someone in its name, broadcast a position where it was not.",
        stands="open",
        because="It fits the pair; so do the explanations above, and this check cannot choose.",
    )
    return (clock, identity, ANOTHER_SENDER, false_broadcast)


def presence_finding(
    claim: Claim, inputs: Sequence[Record], sources: Sequence[Source], *, label: str
) -> Finding:
    """The finding that a presence check supports.

    Args:
        claim: of the check.
        inputs: the broadcast, and the scene or the report of one.
        sources: all that they rest on.
        label: the ship as written in a sentence.

    """
    value = _object(claim)
    where = f"at the position that {label} broadcast {stamp(inputs[0])}"
    verdict, reason = value["verdict"], None
    if verdict == "seen":
        statement = f"An image shows a hull that fits {where}."
        reason = "A hull that fits is not shown to be the ship itself."
    elif verdict == "not-seen":
        statement = f"An image shows no hull {where}."
        reason = "One image gives a likelihood ratio, not a probability; the prior is the reader's."
    else:
        statement = f"Whether a ship was {where} cannot be told from what is held here."
        reason = str(value["reason"])
    return Finding(
        subject=claim.subject,
        statement=statement,
        claims=(claim.id, *(r.id for r in inputs if isinstance(r, Claim))),
        argument=" ".join(value["messages"]),
        assumptions=tuple(value["assumptions"]),
        rivals=_presence_rivals(verdict),
        would_refute=(
            "A second image of the same place and time that shows otherwise.",
            "A receiver's record that places the broadcast elsewhere.",
        ),
        reason=reason,
        source_confidence=source_confidence(inputs, sources),
    )


def _presence_rivals(verdict: str) -> tuple[Rival, ...]:
    if verdict == "seen":
        return (
            Rival(
                statement="Another ship lay there.",
                stands="open",
                because="At this resolution a hull is not identified.",
            ),
        )
    missed = Rival(
        statement="The ship was there and the image or the detector missed it.",
        stands="open",
        because="The probability that it would have been seen says how often that happens."
        if verdict == "not-seen"
        else "Nothing held here speaks against it.",
    )
    faulty = Rival(
        statement="The receiver or the ship's own positioning was in error.",
        stands="open",
        because="One position may be wrong without anyone's doing; several in a row less so.",
    )
    return (missed, faulty, ANOTHER_SENDER)


def reach_finding(claim: Claim, sightings: Sequence[Claim], *, label: str) -> Finding:
    """The finding that a gap left, or did not leave, time for what was seen in it.

    Args:
        claim: of the reach check.
        sightings: of the ship, inside the gap.
        label: the ship as written in a sentence.

    """
    value = _object(claim)
    site, hours = value["site"], float(value["gap_h"])
    gap = f"a gap of {hours / 24:.1f} days in the broadcasts of {label}"
    ends = {
        "compatible-with-loading": f"{gap} leaves time to call at {site} and load",
        "possible": f"{gap} leaves time to call at {site}, too little to load",
        "excluded": f"{gap} leaves no time to call at {site}",
        "unknown": f"whether {gap} leaves time to call at {site} cannot be told",
    }
    times = ", ".join(stamp(sighting) for sighting in sightings)
    return Finding(
        subject=claim.subject,
        statement=f"{_upper(ends[value['verdict']])}; it is reported seen {times}, in that gap.",
        claims=(claim.id, *(sighting.id for sighting in sightings)),
        argument=" ".join(value["messages"]),
        assumptions=tuple(value["assumptions"]),
        rivals=(
            Rival(
                statement="The transponder was on and nobody heard it.",
                stands="open",
                because="How well ships are heard there and then is not judged in this version.",
            ),
            Rival(
                statement="The ship lay or sailed elsewhere.",
                stands="open",
                because="A gap leaves time for every port within reach.",
            ),
            ANOTHER_HULL,
        ),
        would_refute=(
            "A report from another receiver that places the ship elsewhere in the gap.",
            "A comparison of hulls that shows another ship in the images.",
        ),
        reason="That a port is in reach is opportunity, not evidence of a visit.",
        source_confidence=(
            "Moderate to low. The broadcasts on both sides of the gap are held here; that the "
            "ship was seen in between is reported by others."
        ),
    )


def _object(claim: Claim) -> dict[str, Any]:
    if not isinstance(claim.value, dict):
        msg = f"{claim.id} is not the claim of a check"
        raise TypeError(msg)
    return claim.value


def _likelihood_ratio(record: Record) -> float | None:
    value = record.value if isinstance(record, Claim) else None
    ratio = value.get("likelihood_ratio") if isinstance(value, dict) else None
    return float(ratio) if isinstance(ratio, int | float) else None


def told(record: Record) -> str:
    """The time of a broadcast as the source tells it, which may be from the image."""
    value = record.value if isinstance(record, Claim) else None
    relative = value.get("relative") if isinstance(value, dict) else None
    if not isinstance(relative, dict):
        return stamp(record)
    hours = float(str(relative["hours"]))
    apart = abs(hours)
    long = apart >= 48 and apart % 24 == 0
    said = f"{apart / 24:g} days" if long else f"{apart:g} hours"
    return f"{said} {'before' if hours < 0 else 'after'} it"


def stamp(record: Record) -> str:
    """When a record was, as written in a sentence: to the minute, or the day where only that."""
    time = record.time if isinstance(record, Claim | Observation) else None
    if time is None:
        return "at an unknown time"
    if time.duration.total_seconds() >= 12 * 3600:
        return f"on {time.start.day} {time.start.strftime('%B %Y')}"
    return f"at {time.start.strftime('%H:%M')} UTC on {time.start.day} {time.start:%B %Y}"


def _hours(hours: float) -> str:
    return f"{60 * hours:.0f} minutes" if hours < 2 else f"{hours:.1f} hours"


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
