"""The finding that an argument supports: its hypothesis worded, with rivals and what refutes it."""

from collections.abc import Sequence
from typing import Literal

from quaywatch.cases.argument import RivalOdds, argument_of
from quaywatch.evidence.record import Claim, Finding, Rival

Stands = Literal["excluded", "unlikely", "open"]
NEXT_LOOKS = "next-looks"
"""Predicate of the claim that says which image to look at next (``workflows/looking.py``)."""
PICTURE = "match-picture"
"""Predicate of the picture of a match (``workflows/match_pictured.py``)."""
CLEAR_ODDS = 9.0
"""Odds from which a rival no longer stands open; none is ever called excluded by a sum."""

EVEN = (0.95, 1.05)


def argument_finding(claim: Claim, beside: Sequence[Claim] = ()) -> Finding:
    """The finding of an argument: no probability where no word survives a change of prior.

    Args:
        claim: ``argument@1``.
        beside: claims of which the one that says what to look at next for it is named as well,
            and the pictures of matches that count.

    Raises:
        ValidationError: the claim is no argument.

    """
    argument = argument_of(claim)
    counted = [item.claim for item in argument.items if item.counts == "counted"]
    shown = [item.claim for item in argument.items if item.counts != "counted"]
    sides = [side for one in argument.tensions for side in (one.one, one.other)]
    exempt = [one.claim for one in argument.exemptions if one.claim is not None]
    nexts = [c.id for c in beside if c.predicate == NEXT_LOOKS and c.inputs[:1] == (claim.id,)]
    pictures = {c.inputs[0]: c.id for c in beside if c.predicate == PICTURE}
    # A match and its picture stand beside each other.
    seen = [i for one in counted for i in (one, pictures.get(one)) if i is not None]
    named = (claim.id, *nexts, *seen, *shown, *sides, *exempt)
    return Finding(
        subject=claim.subject,
        statement=argument.sentence,
        claims=tuple(dict.fromkeys(named)),
        argument=" ".join(argument.messages[1:]),
        assumptions=argument.assumptions,
        rivals=tuple(_rival(one) for one in argument.rivals),
        would_refute=argument.would_refute,
        probability=argument.probability if argument.word is not None else None,
        reason=None if argument.word is not None else argument.word_reason,
        source_confidence=argument.source_confidence,
    )


def _rival(rival: RivalOdds) -> Rival:
    odds = rival.odds if rival.odds is not None else 1.0
    stands: Stands = "unlikely" if odds >= CLEAR_ODDS else "open"
    if EVEN[0] < odds < EVEN[1]:
        said, least = "The two are about as probable as each other", ""
    elif odds >= 1:
        said, least = f"The hypothesis is {odds:.2g} times as probable", " or more"
    else:
        said, least = f"It is {1 / odds:.2g} times as probable as the hypothesis", " at most"
    if rival.probability is not None:
        least = ""
    return Rival(
        statement=rival.statement, stands=stands, because=f"{said}{least}. {rival.because}"
    )
