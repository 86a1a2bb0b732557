"""Of what cannot all be true, which part is wrong: a posterior over the explanations there are.

``P(H | D)`` goes with ``prior(H) · Π P(evidence | H)``, in logarithms, each kind of evidence shrunk
and capped as everywhere (``evidence.likelihood``). The impossibility itself is no evidence for any
one explanation: each of them makes it possible. So where nothing else is known the answer is the
prior, and it is said that it cannot be told.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from quaywatch.errors import ProbabilityError
from quaywatch.evidence.likelihood import (
    EXPERT_LIMIT,
    GROUP_CAP,
    WITHIN_GROUP_WEIGHT,
    Group,
)
from quaywatch.evidence.wording import CEILING, phrase, term
from quaywatch.fusion.contradictions import SAID, Explanation, Kind, UnderPrior, Weighed

FALSE, OTHER, HULL, MISTAKE = (
    Explanation.BROADCAST_FALSE,
    Explanation.OTHER_BROADCASTER,
    Explanation.OTHER_HULL_SEEN,
    Explanation.MISTAKE,
)
Prior = Mapping[Explanation, float]

SEEN_PRIORS: Final[Mapping[str, Prior]] = {
    "even": {FALSE: 0.32, OTHER: 0.32, HULL: 0.32, MISTAKE: 0.04},
    "the naming of hulls doubted": {FALSE: 0.10, OTHER: 0.10, HULL: 0.70, MISTAKE: 0.10},
    "broadcasts doubted": {FALSE: 0.45, OTHER: 0.35, HULL: 0.10, MISTAKE: 0.10},
}
"""A broadcast against an image. No data stand behind them, so three are always shown."""
NUMBER_PRIORS: Final[Mapping[str, Prior]] = {
    "even": {FALSE: 0.45, OTHER: 0.45, MISTAKE: 0.10},
    "numbers often shared": {FALSE: 0.15, OTHER: 0.70, MISTAKE: 0.15},
    "broadcasts doubted": {FALSE: 0.70, OTHER: 0.20, MISTAKE: 0.10},
}
"""Runs of broadcasts under one number."""
SIGHTING_PRIORS: Final[Mapping[str, Prior]] = {
    "even": {HULL: 0.5, MISTAKE: 0.5},
    "the naming of hulls doubted": {HULL: 0.9, MISTAKE: 0.1},
    "times doubted": {HULL: 0.2, MISTAKE: 0.8},
}
"""Two sightings of one ship: no broadcast is in question."""
RARE_PRIORS: Final[Mapping[str, Prior]] = {
    "one in 1,000": {FALSE: 0.001, MISTAKE: 0.999},
    "one in 100": {FALSE: 0.01, MISTAKE: 0.99},
    "one in 10": {FALSE: 0.1, MISTAKE: 0.9},
}
"""What one test alone says of one ship among many (METHODS §10)."""
SAYS_SO: Final = frozenset({"likely", "very likely", "almost certain"})
"""Weaker words conclude nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the explanations come to."""

    posterior: tuple[UnderPrior, ...]
    concluded: Explanation | None
    term: str | None
    conclusion: str
    together: str | None


def priors_for(kind: Kind, *, of_sightings: bool = False) -> Mapping[str, Prior]:
    """The three sets of priors for a kind of contradiction.

    Examples:
        >>> sorted(priors_for(Kind.NOBODY_THERE))
        ['one in 1,000', 'one in 10', 'one in 100']

    """
    if of_sightings:
        return SIGHTING_PRIORS
    if kind in {Kind.TWO_PLACES, Kind.IN_PORT}:
        return SEEN_PRIORS
    return NUMBER_PRIORS if kind is Kind.UNREACHABLE else RARE_PRIORS


def explained(
    evidence: Sequence[Weighed], priors: Mapping[str, Prior], *, alone: bool = False
) -> Answer:
    """Weigh the explanations against each other.

    Args:
        evidence: each item with its likelihood under every explanation of ``priors``; one that
            it leaves out counts as 1. Ratios that nobody measured are cut to 5 to 1; those of one
            kind of evidence together to that kind's cap.
        priors: by name, each summing to 1 over the same explanations.
        alone: one kind of test of one ship among many. Then only that the broadcast is false can
            be concluded, and even that is said to rest on one kind of test.

    Raises:
        ProbabilityError: a prior or a likelihood is not positive, or priors do not sum to 1.

    Source:
        The three-way posterior of METHODS §4; shrinkage and caps: METHODS §10. Priors: our own.

    Examples:
        >>> likeness = Weighed(name="likeness", likelihood={FALSE: 20, OTHER: 20, HULL: 1},
        ...                    group=Group.IDENTITY, measured=True, because="Hatches agree.")
        >>> answer = explained([likeness], SEEN_PRIORS)
        >>> answer.concluded is None, answer.together[:51]
        (True, 'That the broadcast is not of the hull seen is almos')
        >>> empty = Weighed(name="empty sea", likelihood={FALSE: 40, OTHER: 1, HULL: 1},
        ...                 group=Group.IMAGERY_PRESENCE, measured=True, because="No hull there.")
        >>> explained([likeness, empty], SEEN_PRIORS).concluded.value
        'broadcast-false'

    """
    rows = tuple(_under(name, prior, evidence) for name, prior in priors.items())
    found = None
    # One test of one ship among many: that most ships are honest is no finding about this one.
    for explanation in (FALSE,) if alone else rows[0].posterior:
        words = [term(row.posterior[explanation]) for row in rows]
        word = next((w for w in words if words.count(w) >= 2 and w in SAYS_SO), None)
        if word is not None:
            found = (explanation, word)
    together = _together(rows)
    if found is None:
        unsaid = _not_alone(rows) if alone else _cannot_tell(rows)
        return Answer(rows, None, None, unsaid, together)
    explanation, word = found
    quoted = phrase(quoted_figure(rows, explanation, word))
    low, high = _range(rows, explanation)
    said = (
        f"It is {quoted} that {SAID[explanation]}; by three sets of priors {_figures(low, high)}."
    )
    if alone:
        said += " It rests on one kind of test: look for another before it is used."
    return Answer(rows, explanation, word, said, together)


def quoted_figure(rows: Sequence[UnderPrior], explanation: Explanation, word: str) -> float:
    """The probability that stands beside a word: under the first set of priors that gives it.

    Examples:
        >>> rows = [UnderPrior(name=name, prior={FALSE: 0.5, MISTAKE: 0.5},
        ...                    posterior={FALSE: p, MISTAKE: 1 - p})
        ...         for name, p in {"one": 0.7, "another": 0.9, "a third": 0.85}.items()]
        >>> quoted_figure(rows, FALSE, "very likely")
        0.9

    """
    return next(
        row.posterior[explanation] for row in rows if term(row.posterior[explanation]) == word
    )


def _under(name: str, prior: Prior, evidence: Sequence[Weighed]) -> UnderPrior:
    if abs(sum(prior.values()) - 1) > 1e-9 or min(prior.values()) <= 0:
        raise ProbabilityError(value=sum(prior.values()))
    logs = {h: math.log(p) for h, p in prior.items()}
    by_group: dict[Group, list[Weighed]] = defaultdict(list)
    for item in evidence:
        by_group[item.group].append(item)
    for group, items in by_group.items():
        weight = WITHIN_GROUP_WEIGHT if len(items) > 1 else 1.0
        parts = [_logs(item, prior) for item in items]
        total = {h: weight * sum(part[h] for part in parts) for h in prior}
        for h, value in _floored(total, GROUP_CAP[group]).items():
            logs[h] += value
    top = max(logs.values())
    weights = {h: math.exp(value - top) for h, value in logs.items()}
    whole = sum(weights.values())
    shares = {h: min(max(w / whole, 1 - CEILING), CEILING) for h, w in weights.items()}
    return UnderPrior(
        name=name, prior=dict(prior), posterior={h: round(p, 4) for h, p in shares.items()}
    )


def _logs(item: Weighed, prior: Prior) -> dict[Explanation, float]:
    asked = {h: item.likelihood.get(h, 1.0) for h in prior}
    if not all(value > 0 and math.isfinite(value) for value in asked.values()):
        raise ProbabilityError(value=min(asked.values()))
    logs = {h: math.log(value) for h, value in asked.items()}
    return logs if item.measured else _floored(logs, math.log(EXPERT_LIMIT))


def _floored(logs: Mapping[Explanation, float], cap: float) -> dict[Explanation, float]:
    """None farther below the best than ``cap``."""
    best = max(logs.values())
    return {h: max(value - best, -cap) for h, value in logs.items()}


def _together(rows: Sequence[UnderPrior]) -> str | None:
    """Broadcast false or another broadcaster: in both, the hull seen did not broadcast there."""
    if HULL not in rows[0].posterior or FALSE not in rows[0].posterior:
        return None
    sums = [min(row.posterior[FALSE] + row.posterior[OTHER], CEILING) for row in rows]
    words = [term(p) for p in sums]
    # A word on which the priors fall to either side of even would be the prior's own.
    told = min(sums) > 0.5 or max(sums) < 0.5
    word = next((w for w in words if told and words.count(w) >= 2), None)
    figures = _figures(min(sums), max(sums))
    if word is None:
        return f"That the broadcast is not of the hull seen: {figures}, by prior; no word holds."
    quoted = phrase(next(p for p in sums if term(p) == word))
    return f"That the broadcast is not of the hull seen is {quoted}; by prior {figures}."


def _cannot_tell(rows: Sequence[UnderPrior]) -> str:
    ranges = [f"{SAID[h]} ({_figures(*_range(rows, h))})" for h in rows[0].posterior]
    listed = "; ".join(ranges)
    return f"Which of these it is cannot be told from what is held here: {listed}."


def _not_alone(rows: Sequence[UnderPrior]) -> str:
    figures = _figures(*_range(rows, FALSE))
    names = f"{rows[0].name} and {rows[-1].name}"
    return (
        f"Whether {SAID[FALSE]} cannot be told from this alone: {figures}, if of ships like it "
        f"between {names} send false positions."
    )


def _range(rows: Sequence[UnderPrior], explanation: Explanation) -> tuple[float, float]:
    values = [row.posterior[explanation] for row in rows]
    return min(values), max(values)


def _figures(low: float, high: float) -> str:
    if round(100 * low) == round(100 * high):
        return phrase(low).partition("(")[2].rstrip(")")
    least = "at most 1%" if low <= 1 - CEILING else f"{100 * low:.0f}%"
    most = "at least 99%" if high >= CEILING else f"{100 * high:.0f}%"
    return f"{least} to {most}"
