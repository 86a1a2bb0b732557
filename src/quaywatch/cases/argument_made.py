"""An argument made: bearings joined, each with what it adds, and what would change the answer.

Pure: the same claims in another order give the same argument. What a claim says is never counted
again through another claim that rests on it, and what shares a cause counts once.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from pydantic import JsonValue

from quaywatch.cases.argument import Argument, Counts, GroupWorking, Item, PriorRow
from quaywatch.cases.argument_joined import Bears, Brought, chosen, evidence_of, total_of
from quaywatch.cases.argument_rivals import members_of, rivals_of
from quaywatch.cases.argument_words import (
    assumptions_of,
    confidence_of,
    messages_of,
    refuting,
    sentence_of,
)
from quaywatch.cases.asked import AskedHypothesis
from quaywatch.evidence.likelihood import (
    PRIORS,
    Group,
    Joined,
    chance,
    log_odds_of,
    priors_of_word,
    wording,
)
from quaywatch.evidence.wording import bounded, term

_DIGITS: Final = 6
"""Decimals kept: enough to draw and to compare, few enough to read."""


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
    members = members_of(brought, group)
    probability = members[0].probability if members else joined.probability(asked.prior)
    told = wording(joined.total, asked.prior)
    word, reason = told.word, told.reason
    bare = not any(counts == "counted" for counts, _ in standing)
    if bare:
        # A prior put into a word would read like something found.
        word, reason = None, "No claim bears on it: what stands here is the prior."
    elif word is not None and word != term(bounded(probability)):
        # Rivals of the set took from it: the word of the ratios alone may not be quoted.
        word, reason = None, "Beside the hypotheses that exclude it the word no longer holds."
    items = _items(bears, standing, joined, asked)
    rivals = rivals_of(asked, probability, members, others, brought.statements)
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
        sentence=sentence_of(asked.statement, bounded(probability), word, asked.prior, bare=bare),
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
        alone = cause = joined.total
        if counts == "counted":
            # What it stood in for comes back without it, so all is chosen anew.
            alone = total_of([b for b in bears if b.claim.id != one.claim.id])
            cause = total_of([b for b in bears if b.cause != one.cause])
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
                # Six figures: a last bit may differ from one machine to the next.
                ratio=float(f"{bearing.ratio:.6g}") if bearing else None,
                measured=bearing.measured if bearing else False,
                n=bearing.n if bearing else None,
                expert=one.expert,
                because=one.because,
                counts=counts,
                why=why,
                log_ratio=_kept(evidence_of(one).log_ratio) if counts == "counted" else 0.0,
                influence=_kept(joined.total - alone),
                without=_kept(bounded(chance(base + alone))),
                cause_influence=_kept(joined.total - cause),
                without_cause=_kept(bounded(chance(base + cause))),
                tension=one.tension,
            )
        )
    return tuple(made)


def _flips(items: Sequence[Item], probability: float) -> tuple[str, ...]:
    """Causes without any one of which the conclusion would lie on the other side of even."""
    found = {
        item.cause
        for item in items
        if item.counts == "counted" and (item.without_cause > 0.5) != (probability > 0.5)
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


def _held_alone(bears: Sequence[Bears], asked: AskedHypothesis) -> float:
    held = [one for one in bears if not one.reports]
    return chance(log_odds_of(asked.prior) + total_of(held))


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
