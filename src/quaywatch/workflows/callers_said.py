"""What the odds of a hull come to as a claim: rows, a sentence, and what it bears on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from pydantic import JsonValue

from quaywatch.evidence.bearing import KEY, Bearing, Hypothesis, as_values
from quaywatch.evidence.likelihood import Group
from quaywatch.evidence.wording import counted, phrase
from quaywatch.fusion.attribution import (
    P_FALSE_ANYWAY,
    P_FALSE_BROADCAST,
    P_OTHER_HULL,
    P_SILENT_HERE,
    P_UNLISTED,
    Attribution,
    Candidate,
    Weighed,
    attribute,
)
from quaywatch.workflows.callers_stays import Stay
from quaywatch.workflows.callers_there import AWAY

SHOWN: Final = 12
"""Candidates that a claim lists."""
LISTED_FROM: Final = 0.02
"""Candidates below this are not listed."""


def value_of(
    stay: Stay,
    answer: Attribution,
    candidates: Sequence[Candidate],
    names: Mapping[str, str | None],
) -> dict[str, JsonValue]:
    """The value of a claim ``attribution@2``."""
    listed = [one for one in answer.candidates if one.high >= LISTED_FROM][:SHOWN]
    where = {one.subject: one.whereabouts for one in candidates}
    rows: list[JsonValue] = [_row(one, where[one.subject], names) for one in listed]
    return {
        "berth": stay.subject.rpartition(":")[2],
        "length_m": _tenth(stay.hull.length_m),
        "length_sigma_m": _tenth(stay.hull.length_sigma_m),
        "beam_m": _tenth(stay.hull.beam_m),
        "looks": len(stay.looks),
        "ships_weighed": len(candidates),
        "candidates": rows,
        "of_size": [
            {"subject": one.subject, "size_ratio": round(one.size_ratio, 3)}
            for one in sorted(answer.candidates, key=lambda w: (-w.size_ratio, w.subject))[:SHOWN]
        ],
        "p_unlisted": round(answer.p_unlisted, 4),
        "p_unlisted_low": round(answer.p_unlisted_low, 4),
        "p_unlisted_high": round(answer.p_unlisted_high, 4),
        "named": answer.named,
        "name": names.get(answer.named or ""),
        "reason": answer.reason,
        "messages": [_sentence(answer, names, len(candidates))],
        "assumptions": [
            "The hull is the same in all looks of the stay.",
            (
                f"A ship that lies there is not heard in {100 * P_SILENT_HERE:.0f}% of cases and "
                f"is broadcast elsewhere in {100 * P_FALSE_BROADCAST:.0f}%."
            ),
            (
                "Before anything was seen, the hull was of no ship heard here with probability "
                f"{P_UNLISTED[0]:g}, {P_UNLISTED[1]:g} or {P_UNLISTED[2]:g}; the ships heard here "
                "were alike."
            ),
            (
                "A ship that lies elsewhere is broadcast from a third place in "
                f"{100 * P_FALSE_ANYWAY:.0f}% of cases. Of false tracks another hull, of like "
                f"size, sends {100 * P_OTHER_HULL:.0f}%, and lies where they say."
            ),
        ],
        KEY: as_values(_bearings(stay, answer, candidates)),
    }


def _row(one: Weighed, where: str, names: Mapping[str, str | None]) -> JsonValue:
    return {
        "subject": one.subject,
        "name": names.get(one.subject),
        "p": round(one.probability, 4),
        "p_low": round(one.low, 4),
        "p_high": round(one.high, 4),
        "size_ratio": round(one.size_ratio, 3),
        "record_ratio": round(one.record_ratio, 3),
        "likeness_ratio": round(one.likeness_ratio, 3),
        "whereabouts": where,
        "why": one.why,
    }


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _sentence(answer: Attribution, names: Mapping[str, str | None], weighed: int) -> str:
    if not answer.candidates:
        return "No ship heard here could be weighed."
    best = answer.candidates[0]
    name = names.get(best.subject) or best.subject
    of = f"of {counted(weighed, 'ship')} heard here"
    if answer.named is not None:
        return f"The hull is {name}: {phrase(best.probability)}, {of} and none of them."
    return f"The hull is not named. {answer.reason} Highest odds {of}: {name}."


def _bearings(stay: Stay, answer: Attribution, candidates: Sequence[Candidate]) -> list[Bearing]:
    """For each ship with odds to speak of: that it called, and what its broadcasts then are."""
    prior = (1.0 - P_UNLISTED[1]) / max(len(candidates), 1)
    where = {one.subject: one.whereabouts for one in candidates}
    looks = counted(len(stay.looks), "look")
    # What AIS alone tells has claims of its own, and that looks may show two hulls says nothing of
    # broadcasts. What images of the broadcast place show is in here, and counts through it.
    plain = [replace(one, tells=1.0, at_best=None) for one in candidates]
    false = {one.subject: one.probability for one in attribute(stay.hull, plain).candidates}
    found = []
    for one in answer.candidates:
        if one.high < LISTED_FROM:
            continue
        hull = f"The hull at {stay.subject.rpartition(':')[2]} in {looks}. {one.why}"
        ratio = _odds(one.probability) / _odds(prior)
        found.append(_bearing(Hypothesis.CALLED, one.subject, ratio, stay, hull))
        if where[one.subject] in AWAY:
            # Lying here and broadcast elsewhere are one event: its prior is the product.
            ratio = _odds(false[one.subject]) / _odds(prior * P_FALSE_BROADCAST)
            found.append(_bearing(Hypothesis.BROADCAST_FALSE, one.subject, ratio, stay, hull))
    return found


def _bearing(
    hypothesis: Hypothesis, subject: str, ratio: float, stay: Stay, because: str
) -> Bearing:
    return Bearing(
        hypothesis=hypothesis,
        about=subject,
        at=stay.subject if hypothesis == Hypothesis.CALLED else None,
        ratio=ratio,
        group=Group.IMAGERY_PRESENCE,
        # Sizes are measured, and what nobody measured is limited where it enters the odds.
        measured=True,
        n=None,
        # A ship was at most one of the hulls of a time: many that it might be are not many proofs.
        cause=f"hulls:{stay.subject.partition('/')[0]}",
        because=because,
    )


def _odds(probability: float) -> float:
    return probability / (1.0 - probability)
