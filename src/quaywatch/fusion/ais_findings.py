"""Findings from AIS alone: what was measured, what ordinarily explains it, what would refute it.

AIS alone never carries a conclusion above "likely", so none of these states a probability: each
gives its ratio, and leaves the prior to the reader. A gap is not a transponder switched off, a
meeting is not a transfer, an odd track is not a false one.
"""

import math
from typing import Any

from quaywatch.evidence.record import Claim, Finding, Rival

AIS_HELD = (
    "Moderate. The reports are held here and are read from their own bytes; what a ship broadcasts "
    "is her own word."
)
LEAST_LOG_LR = math.log(3.0)
"""All tests of a window together must weigh as much before a dossier speaks of its track."""
_REFUTE_TRACK = (
    "An image, or a receiver of known place, that shows the ship where her reports put her.",
    "Reports of another receiver for the same hours.",
)


def ais_finding(claim: Claim, *, label: str) -> Finding | None:
    """The finding that an event supports; None where it says too little to argue.

    Args:
        claim: of an event (``ais-gap``, ``ais-two-tracks``, ``ais-integrity``, ``ais-encounter``).
        label: the ship as written in a sentence.

    """
    value = claim.value if isinstance(claim.value, dict) else {}
    made = {
        "ais-gap": _gap,
        "ais-two-tracks": _two_tracks,
        "ais-integrity": _integrity,
        "ais-encounter": _encounter,
    }.get(claim.predicate)
    return made(claim, value, label) if made is not None else None


def _gap(claim: Claim, value: dict[str, Any], label: str) -> Finding | None:
    # "Unusual" comes about by chance in one gap of ten: a list may carry it, a dossier may not.
    if value.get("verdict") != "significant" or claim.time is None:
        return None
    hours = claim.time.duration.total_seconds() / 3600
    silent = f"{label} was silent for {_span(hours)} {_from_to(claim)}"
    statement = f"{silent}, and reception does not explain it."
    at_rest = bool(value["detail"].get("at_rest"))
    resting = Rival(
        statement="She lay in port or at anchor with her power off.",
        stands="open",
        because="She was heard at the same place before and after it; ships there often are."
        if at_rest
        else "Where she was in the gap is not known.",
    )
    faulty = Rival(
        statement="The transponder or its antenna failed.",
        stands="open",
        because="Nothing in AIS tells a fault from a switch.",
    )
    unheard = Rival(
        statement="She sent, and nobody heard her.",
        stands="unlikely",
        because=f"Ships like her on the ways that she can have sailed would have left about "
        f"{value['statistic']:.0f} messages here.",
    )
    return _made(claim, value, statement, (resting, faulty, unheard), (
        "Reports of another receiver inside the gap.",
        "A log or a port's record that puts her out of reach of every receiver.",
    ))  # fmt: skip


def _two_tracks(claim: Claim, value: dict[str, Any], label: str) -> Finding:
    if value.get("verdict") == "two-places":
        statement = (
            f"Reports under the number of {label} put it in two places, up to "
            f"{value['statistic']:.0f} km apart, at the same time {_from_to(claim)}."
        )
    else:
        statement = (
            f"Reports under the number of {label} are of more than one hull {_from_to(claim)}."
        )
    rivals = (
        Rival(
            statement="Another transponder was set to this number by mistake.",
            stands="open",
            because="Shared numbers are common, most of all among small craft and new sets.",
        ),
        Rival(
            statement="A receiver garbled a digit of another ship's number.",
            stands="open",
            because="The checksum lets few errors through, and several reports agree.",
        ),
        Rival(
            statement="Another ship used this number knowingly.",
            stands="open",
            because="It fits; so do the explanations above, and AIS cannot choose between them.",
        ),
    )
    return _made(claim, value, statement, rivals, _REFUTE_TRACK)


def _integrity(claim: Claim, value: dict[str, Any], label: str) -> Finding | None:
    # A tell may weigh next to nothing once all tests are put together: that is for a list.
    if float(value.get("log_lr") or 0.0) < LEAST_LOG_LR:
        return None
    tells = value["detail"].get("tells") or []
    named = ", ".join(str(tell).replace("-", " ") for tell in tells)
    statement = f"The track of {label} {_from_to(claim)} is unlike those of other ships: {named}."
    innocent = value["detail"].get("innocent") or "an ordinary cause that was not thought of"
    rivals = (
        Rival(
            statement=f"It is {innocent}.",
            stands="open",
            because="That is the best innocent explanation of what is odd about it.",
        ),
        Rival(
            statement="The positions broadcast are not those of a ship that sailed so.",
            stands="open",
            because="It fits; AIS alone cannot show it.",
        ),
    )
    return _made(claim, value, statement, rivals, _REFUTE_TRACK)


def _encounter(claim: Claim, value: dict[str, Any], label: str) -> Finding:
    other = f"MMSI {int(value['other_mmsi']):09d}"
    statement = (
        f"{label} and {other} were near each other for {_span(float(value['statistic']))} "
        f"{_from_to(claim)}."
    )
    rivals = (
        Rival(
            statement="They waited, drifted or worked near each other.",
            stands="open",
            because="Most ships that lie near each other do nothing else.",
        ),
        Rival(
            statement="Cargo or stores went from one to the other.",
            stands="open",
            because="The meeting leaves time for it; AIS does not show it.",
        ),
    )
    refute = ("An image of that time and place that shows water between them.",)
    return _made(claim, value, statement, rivals, refute)


def _made(
    claim: Claim,
    value: dict[str, Any],
    statement: str,
    rivals: tuple[Rival, ...],
    would_refute: tuple[str, ...],
) -> Finding:
    return Finding(
        subject=claim.subject,
        statement=statement,
        claims=(claim.id,),
        argument=" ".join(value["messages"]) or "The figures stand in its working.",
        assumptions=tuple(value["assumptions"]),
        rivals=rivals,
        would_refute=would_refute,
        reason="AIS alone gives a ratio, not a probability; the prior is the reader's.",
        source_confidence=AIS_HELD,
    )


def _span(hours: float) -> str:
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"


def _from_to(claim: Claim) -> str:
    if claim.time is None:
        return "at an unknown time"
    start, end = claim.time.start, claim.time.end
    until = f"{end:%H:%M} UTC on {end.day} {end:%B %Y}"
    return f"from {start:%H:%M} on {start.day} {start:%B %Y} to {until}"
