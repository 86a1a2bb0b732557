"""Findings of how much moved: activity of a site, voyages of a ship, cargo and what it was worth.

These are amounts with intervals, not propositions: none has a probability. Each says what ordinary
thing is among the amount, and what would show it wrong.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from quaywatch.evidence.record import Claim, Finding, Rival
from quaywatch.evidence.wording import counted

_AMOUNT: Final = "It is an amount with an interval, not a statement that is true or not."
_LOOKS: Final = (
    "Moderate. The looks are held here and are read from their own bytes; what they could not see "
    "is in the interval as far as ships come at any hour."
)
_MIXED: Final = (
    "Moderate to low. Broadcasts are the ship's own word, and some calls rest on what others "
    "report."
)


def movement_finding(claim: Claim, *, label: str) -> Finding | None:
    """The finding of an amount; None where the claim states none.

    Args:
        claim: of predicate ``activity``, ``activity-compare``, ``voyages``, ``cargo-total`` or
            ``worth``.
        label: the subject as written in a sentence.

    """
    value = claim.value if isinstance(claim.value, dict) else {}
    made = {
        "activity": _activity,
        "activity-compare": _compared,
        "voyages": _voyages,
        "cargo-total": _cargo,
        "worth": _worth,
    }.get(claim.predicate)
    return made(claim, value, label) if made is not None and value else None


def _activity(claim: Claim, value: Mapping[str, Any], label: str) -> Finding | None:
    calls = value.get("calls")
    if claim.time is None or not isinstance(calls, dict) or calls.get("median") is None:
        return None
    low, high = _wide(calls)
    months = f"{_day(claim.time.start)} to {_day(claim.time.end)}"
    statement = (
        f"From {months} about {calls['median']:.0f} ships called at {label} ({low:.0f} to "
        f"{high:.0f}), of which looks show {value['calls_seen']:.0f}."
    )
    share = value.get("chance_call_seen") or {}
    seen = share.get("median")
    argument = (
        f"Of {counted(value['looks'], 'look')} {value['usable']} could tell; a call there had a "
        f"chance of about {seen:.2f} to be seen."
        if isinstance(seen, int | float)
        else f"Of {counted(value['looks'], 'look')} {value['usable']} could tell."
    )
    rivals = (
        Rival(
            statement="Ships that brought goods, sheltered or were repaired are among them.",
            stands="open",
            because="A hull at a berth says nothing of what it does there.",
        ),
        Rival(
            statement="Ships kept to hours at which no image is taken.",
            stands="open",
            because="The number allows for calls between looks only if ships come at any hour.",
        ),
    )
    return _finding(
        claim, statement, argument, rivals, _LOOKS,
        ("A port's own list of calls, or AIS of the whole period, outside the interval.",),
        ("Berths that cannot be seen are not in it.", "Ships come at any hour of the day."),
    )  # fmt: skip


def _compared(claim: Claim, value: Mapping[str, Any], label: str) -> Finding | None:
    statement = value.get("statement")
    if not isinstance(statement, str):
        return None
    refused = (value.get("refusal") or {}).get("reason")
    rivals = (
        Rival(
            statement="Looks, not ships, differ between the two periods.",
            stands="open" if refused else "unlikely",
            because=str(refused)
            if refused
            else "Each period is corrected for how much of it was seen.",
        ),
    )
    return _finding(
        claim, f"Calls at {label}, compared: {statement}", "The same months of each are compared.",
        rivals, _LOOKS, ("More looks of either period that move the ratio out of its interval.",),
        ("Ships stay as long in the one period as in the other, unless told.",),
    )  # fmt: skip


def _voyages(claim: Claim, value: Mapping[str, Any], label: str) -> Finding | None:
    calls, voyages = value.get("calls"), value.get("voyages")
    if not calls or not isinstance(voyages, list) or claim.time is None:
        return None
    by = [set(str(call.get("seen_by")).split("+")) for call in calls]
    own = sum("ais" in one for one in by)
    shown = sum("imagery" in one for one in by)
    reported = sum(one == {"reported"} for one in by)
    statement = (
        f"From {_day(claim.time.start)} to {_day(claim.time.end)} {label} made "
        f"{counted(len(calls), 'call')} that are known and {counted(len(voyages), 'voyage')} "
        "between or beyond them."
    )
    argument = (
        f"Its own broadcasts show {own} of the calls, images {shown}; {reported} rest on reports "
        "alone. " + " ".join(str(note) for note in value.get("notes", ()))
    )
    rivals = (
        Rival(
            statement="It called elsewhere as well, unheard and unseen.",
            stands="open",
            because="A silence long enough for a call is listed, and is no call.",
        ),
        Rival(
            statement="Some of its broadcasts are not its own.",
            stands="open",
            because="A number can be shared, by mistake or otherwise.",
        ),
    )
    return _finding(
        claim, statement, argument.strip(), rivals, _MIXED,
        ("An image or a log that puts it elsewhere during one of the calls.",),
        ("Transponders that broadcast its IMO number are its own.",),
    )  # fmt: skip


def _cargo(claim: Claim, value: Mapping[str, Any], label: str) -> Finding | None:
    message = value.get("message")
    if claim.low is None or claim.high is None or not isinstance(message, str):
        return None
    rivals = (
        Rival(
            statement="It sailed in ballast on some of these voyages.",
            stands="open",
            because="Whether it was laden is the widest part of the interval.",
        ),
    )
    return _finding(
        claim, f"What {label} can have carried: {message}",
        "Deadweight, how full and whether laden are drawn together, and kept per ship.",
        rivals, _MIXED,
        ("A bill of lading, a draught survey or weights outside the interval.",),
        ("The deadweight on record is the ship's.",),
    )  # fmt: skip


def _worth(claim: Claim, value: Mapping[str, Any], label: str) -> Finding | None:
    amount = value.get("value")
    if not isinstance(amount, dict) or amount.get("median") is None:
        return None
    low, high = amount["interval_95"]
    rivals = (
        Rival(
            statement="The price paid was another.",
            stands="open",
            because=" ".join(str(one) for one in value.get("caveats", ()))
            or "One price is applied to all of it.",
        ),
    )
    return _finding(
        claim,
        f"At the price named, what {label} can have carried was worth about "
        f"{amount['median']:,.0f} {amount['unit']} ({low:,.0f} to {high:,.0f}).",
        "Tonnes by price; the price's own spread is stated where its source has one.",
        rivals, _MIXED, ("A contract or an invoice at another price.",),
        ("The price is of the same goods, time and terms.",),
    )  # fmt: skip


def _finding(
    claim: Claim,
    statement: str,
    argument: str,
    rivals: tuple[Rival, ...],
    confidence: str,
    would_refute: tuple[str, ...],
    assumptions: tuple[str, ...],
) -> Finding:
    return Finding(
        subject=claim.subject,
        statement=statement,
        claims=(claim.id,),
        argument=argument,
        assumptions=assumptions,
        rivals=rivals,
        would_refute=would_refute,
        reason=_AMOUNT,
        source_confidence=confidence,
    )


def _wide(figure: Mapping[str, Any]) -> tuple[float, float]:
    """The widest interval stated."""
    widest = max(figure["intervals"], key=lambda one: one["mass"])
    return float(widest["low"]), float(widest["high"])


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
