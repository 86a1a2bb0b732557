"""How a hypothesis stands to its rivals, and to those of its case that exclude it."""

from collections.abc import Mapping, Sequence

from quaywatch.cases.argument import RivalOdds, SetMember
from quaywatch.cases.argument_joined import Brought, total_of
from quaywatch.cases.argument_words import innocent_of
from quaywatch.cases.asked import AskedHypothesis
from quaywatch.evidence.likelihood import chance, exclusive, log_odds_of
from quaywatch.evidence.wording import bounded

_DIGITS = 6


def members_of(brought: Brought, group: Sequence[Brought]) -> tuple[SetMember, ...]:
    """The set of hypotheses that exclude one another, this one first; "none" last."""
    if not group:
        return ()
    whole = [brought, *sorted(group, key=lambda b: b.asked.id)]
    alone = [chance(log_odds_of(b.asked.prior) + total_of(b.bears)) for b in whole]
    *each, none = exclusive(alone)
    left = max(0.0, 1 - sum(b.asked.prior for b in whole))
    found = [
        SetMember(
            hypothesis=b.asked.id,
            statement=b.asked.statement,
            prior=b.asked.prior,
            probability=_kept(p),
        )
        for b, p in zip(whole, each, strict=True)
    ]
    nothing = SetMember(
        hypothesis=None, statement="None of these.", prior=_kept(left), probability=_kept(none)
    )
    return (*found, nothing)


def rivals_of(
    asked: AskedHypothesis,
    probability: float,
    members: Sequence[SetMember],
    others: Mapping[str, Brought],
    statements: Mapping[str, str],
) -> tuple[RivalOdds, ...]:
    """The best innocent explanation, then the case's own rivals, then those of its set.

    Args:
        asked: the hypothesis.
        probability: of it, not yet bounded.
        members: its set, itself first; empty where it has none.
        others: what is brought up on the case's other hypotheses, by id.
        statements: of every hypothesis, by id.

    """
    given = [innocent_of(asked), *asked.rivals]
    given += [m.hypothesis for m in members[1:] if m.hypothesis is not None]
    in_set = {m.hypothesis: m.probability for m in members if m.hypothesis is not None}
    rivals = []
    for place, named in enumerate(dict.fromkeys(given)):
        rivals.append(
            _against_known(named, place == 0, probability, in_set, others[named], statements)
            if named in others
            else _against_all(named, place == 0, probability)
        )
    return tuple(rivals)


def _against_known(
    named: str,
    innocent: bool,  # noqa: FBT001  # private, and named at its one call
    probability: float,
    in_set: Mapping[str, float],
    other: Brought,
    statements: Mapping[str, str],
) -> RivalOdds:
    theirs = in_set.get(named)
    if theirs is None:
        theirs = chance(log_odds_of(other.asked.prior) + total_of(other.bears))
    theirs, ours = bounded(theirs), bounded(probability)
    return RivalOdds(
        statement=statements.get(named, other.asked.statement),
        hypothesis=named,
        innocent=innocent,
        probability=_kept(theirs),
        odds=_kept(ours / theirs),
        because="It is a hypothesis of this case, argued from the same claims.",
    )


def _against_all(
    statement: str,
    innocent: bool,  # noqa: FBT001  # as above
    probability: float,
) -> RivalOdds:
    ours = bounded(probability)
    return RivalOdds(
        statement=statement,
        innocent=innocent,
        odds=_kept(ours / (1 - ours)),
        because="It is not weighed apart: everything but the hypothesis shares what is left, so "
        "these are the least odds against it.",
    )


def _kept(value: float) -> float:
    return round(value, _DIGITS)
