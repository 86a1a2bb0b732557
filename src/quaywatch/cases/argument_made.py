"""An argument made: bearings joined, each with what it adds, and what would change the answer.

Pure: the same claims in another order give the same argument. What a claim says is never counted
again through another claim that rests on it, and what shares a cause counts once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from quaywatch.cases.argument import (
    Argument,
    Counts,
    ExemptionShown,
    GroupWorking,
    Item,
    PriorRow,
    RivalOdds,
    SetMember,
    TensionShown,
)
from quaywatch.cases.argument_words import (
    assumptions_of,
    confidence_of,
    innocent_of,
    messages_of,
    refuting,
    sentence_of,
)
from quaywatch.cases.asked import AskedHypothesis
from quaywatch.evidence.bearing import Bearing
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.likelihood import (
    PRIORS,
    Evidence,
    Group,
    Joined,
    chance,
    exclusive,
    join,
    log_odds_of,
    priors_of_word,
    wording,
)
from quaywatch.evidence.record import Claim
from quaywatch.evidence.wording import bounded, term

_DIGITS: Final = 6
"""Decimals kept: enough to draw and to compare, few enough to read."""


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
    joined = join([_evidence(bears[k]) for k in counted])
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
    above = [o for o in weighed if o.stands_in and one.claim.id in o.rests_on]
    if not above:
        return "counted", None
    # Of a chain the topmost is named: the others count through it as well.
    top = [o for o in above if not any(o.claim.id in other.rests_on for other in above)]
    return (
        "through-another",
        f"It counts through {min(o.claim.id for o in top)}, which rests on it.",
    )


def _evidence(one: Bears) -> Evidence:
    bearing = one.bearing
    if bearing is None:
        msg = "only what has a ratio is joined"
        raise TypeError(msg)
    # The claim's own words take part in the name, so that no tie is broken by order.
    name = f"{one.claim.id} {bearing.because}"
    return Evidence(name, bearing.group, bearing.ratio, bearing.measured, one.cause)


def argued(brought: Brought, beside: Sequence[Brought] = ()) -> Argument:
    """A hypothesis argued from what is brought up on it.

    Args:
        brought: on it.
        beside: on each other hypothesis of its case that is a rival or excludes it.

    Raises:
        ProbabilityError: a ratio is not positive and finite.

    """
    asked = brought.asked
    bears = sorted(brought.bears, key=_order)
    standing, joined = chosen(bears)
    others = {b.asked.id: b for b in beside}
    group = [b for b in beside if asked.together and b.asked.together == asked.together]
    members = _members(brought, group)
    probability = members[0].probability if members else joined.probability(asked.prior)
    told = wording(joined.total, asked.prior)
    word, reason = told.word, told.reason
    if word is not None and word != term(bounded(probability)):
        # Rivals of the set took from it: the word of the ratios alone may not be quoted.
        word, reason = None, "Beside the hypotheses that exclude it the word no longer holds."
    items = _items(bears, standing, joined, asked)
    rivals = _rivals(asked, probability, members, others, brought.statements)
    argument = Argument(
        verdict=word or "no word holds",
        hypothesis=asked.id,
        statement=asked.statement,
        kind=str(asked.kind),
        about=asked.about,
        at=asked.at,
        period=asked.period,
        prior=asked.prior,
        prior_because=asked.prior_because or "The case gives no reason for it.",
        probability=_kept(bounded(probability)),
        log_odds=_kept(log_odds_of(min(max(probability, 1e-12), 1 - 1e-12))),
        moved=_kept(joined.total),
        word=word,
        word_reason=reason,
        sentence=sentence_of(asked.statement, bounded(probability), word, asked.prior),
        items=items,
        groups=_groups(joined),
        sensitivity=_sensitivity(joined, asked),
        even_prior=_kept(joined.even_prior),
        word_priors=_ends(priors_of_word(joined.total, asked.prior)),
        flips=_flips(items, probability),
        held_alone=_kept(bounded(_held_alone(bears, asked))),
        together=members,
        rivals=rivals,
        would_refute=refuting(asked),
        exemptions=brought.exemptions,
        tensions=brought.tensions,
        source_confidence=confidence_of(items, _documents(bears, standing)),
        messages=(),
        assumptions=assumptions_of(items, asked),
    )
    messages = messages_of(argument, _shared(bears, standing))
    return argument.model_copy(update={"messages": messages, "working": _working(argument)})


def _ends(pair: tuple[float, float]) -> tuple[float, float]:
    return _kept(pair[0]), _kept(pair[1])


def _kept(value: float) -> float:
    return round(value, _DIGITS) + 0.0  # no negative zero


def _order(one: Bears) -> tuple[str, str, bool, str]:
    start = one.claim.time.start.isoformat() if one.claim.time else ""
    return start, one.claim.id, one.expert, one.because


def _total(bears: Sequence[Bears]) -> float:
    return chosen(bears)[1].total


def _items(
    bears: Sequence[Bears],
    standing: Sequence[tuple[Counts, str | None]],
    joined: Joined,
    asked: AskedHypothesis,
) -> tuple[Item, ...]:
    base = log_odds_of(asked.prior)
    made = []
    for one, (counts, why) in zip(bears, standing, strict=True):
        bearing = one.bearing
        influence, without = 0.0, None
        if counts == "counted":
            # What it stood in for comes back without it, so all is chosen anew.
            rest = _total([b for b in bears if b.claim.id != one.claim.id])
            influence, without = joined.total - rest, _kept(bounded(chance(base + rest)))
        made.append(
            Item(
                claim=one.claim.id,
                subject=one.claim.subject,
                predicate=one.claim.predicate,
                method=one.claim.method,
                basis=one.claim.basis,
                rests_on_reports=bool(one.reports),
                group=bearing.group if bearing else Group.REPORTED,
                cause=one.cause,
                ratio=bearing.ratio if bearing else None,
                measured=bearing.measured if bearing else False,
                n=bearing.n if bearing else None,
                expert=one.expert,
                because=one.because,
                counts=counts,
                why=why,
                log_ratio=_kept(_evidence(one).log_ratio) if counts == "counted" else 0.0,
                influence=_kept(influence),
                without=without,
                tension=one.tension,
            )
        )
    return tuple(made)


def _flips(items: Sequence[Item], probability: float) -> tuple[str, ...]:
    """Claims without any one of which the conclusion would lie on the other side of even."""
    found = {
        item.claim
        for item in items
        if item.without is not None and (item.without > 0.5) != (probability > 0.5)
    }
    return tuple(sorted(found))


def _groups(joined: Joined) -> tuple[GroupWorking, ...]:
    return tuple(
        GroupWorking(
            group=one.group,
            causes=one.causes,
            raw=_kept(one.raw),
            shrunk=_kept(one.shrunk),
            cap=_kept(one.cap),
            capped=_kept(one.capped),
            applied=_kept(one.applied),
        )
        for one in joined.groups
    )


def _sensitivity(joined: Joined, asked: AskedHypothesis) -> tuple[PriorRow, ...]:
    low, high = asked.prior_range
    given = [(p, "standard", True) for p in PRIORS]
    given += [(asked.prior, "this case", False)]
    given += [(low, "lowest of this case", False), (high, "highest of this case", False)]
    seen: set[float] = set()
    rows = []
    for prior, label, counts in given:
        if prior in seen and label != "this case":
            continue
        seen.add(prior)
        p = bounded(joined.probability(prior))
        rows.append(
            PriorRow(prior=prior, label=label, probability=_kept(p), word=term(p), counts=counts)
        )
    return tuple(sorted(rows, key=lambda row: (row.prior, row.label)))


def _members(brought: Brought, group: Sequence[Brought]) -> tuple[SetMember, ...]:
    """The set of hypotheses that exclude one another, this one first; "none" last."""
    if not group:
        return ()
    whole = [brought, *sorted(group, key=lambda b: b.asked.id)]
    alone = [chance(log_odds_of(b.asked.prior) + _total(b.bears)) for b in whole]
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


def _held_alone(bears: Sequence[Bears], asked: AskedHypothesis) -> float:
    held = [one for one in bears if not one.reports]
    return chance(log_odds_of(asked.prior) + _total(held))


def _rivals(
    asked: AskedHypothesis,
    probability: float,
    members: Sequence[SetMember],
    others: Mapping[str, Brought],
    statements: Mapping[str, str],
) -> tuple[RivalOdds, ...]:
    """The best innocent explanation, then the case's own rivals, then those of its set."""
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
        theirs = chance(log_odds_of(other.asked.prior) + _total(other.bears))
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


def _documents(
    bears: Sequence[Bears], standing: Sequence[tuple[Counts, str | None]]
) -> frozenset[str]:
    """Documents of others on which something that counts rests."""
    counted = [b for b, (counts, _) in zip(bears, standing, strict=True) if counts == "counted"]
    return frozenset(document for one in counted for document in one.reports)


def _shared(
    bears: Sequence[Bears], standing: Sequence[tuple[Counts, str | None]]
) -> tuple[int, int, int]:
    """Items weighed, causes that several of them share, and items of such causes."""
    causes = Counter(
        one.cause
        for one, (counts, _) in zip(bears, standing, strict=True)
        if counts in {"counted", "same-cause"}
    )
    shared = [n for n in causes.values() if n > 1]
    return sum(causes.values()), len(shared), sum(shared)


def _working(argument: Argument) -> tuple[dict[str, JsonValue], ...]:
    rows: list[dict[str, JsonValue]] = [
        {
            "label": "Log-odds of the prior",
            "formula": f"ln({argument.prior:g} / (1 − {argument.prior:g}))",
            "value": round(log_odds_of(argument.prior), 3),
            "unit": None,
        }
    ]
    rows += [
        {
            "label": f"Added by {one.group}",
            "formula": f"{one.causes} that count, sum {one.raw:+.2f}, shrunk {one.shrunk:+.2f}, "
            f"at most ±{one.cap:.2f}",
            "value": round(one.applied, 3),
            "unit": None,
        }
        for one in argument.groups
    ]
    rows.append(
        {
            "label": "Probability",
            "formula": "1 / (1 + exp(−log-odds)), within 1% to 99%"
            + (", beside the hypotheses that exclude it" if argument.together else ""),
            "value": round(argument.probability, 3),
            "unit": None,
        }
    )
    return tuple(rows)
