"""Likelihood ratios joined into a probability, in log-odds, with the caps that keep us honest.

METHODS §10: evidence of one group is not independent, so it is shrunk inside the group and the
group's total capped; a conclusion is worded only if the word survives a change of prior.

``posterior`` joins the few ratios that one method sets by itself. ``join`` is for a case: it also
counts what shares a cause once, caps AIS as a whole, and keeps all of its working.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from quaywatch.errors import ProbabilityError
from quaywatch.evidence.wording import CEILING, bounded, term

WITHIN_GROUP_WEIGHT = 0.6
"""Shrinks each log-LR of a group that holds more than one (a starting default, METHODS §10)."""
EXPERT_LIMIT = 5.0
"""A ratio that someone set rather than measured lies between 1/5 and 5."""
PRIORS = (0.001, 0.01, 0.1)
"""Priors over which a word must hold in two of three."""


class Group(StrEnum):
    """Kinds of evidence; inside a kind, items share their causes of error."""

    IDENTITY = "identity"
    GAP = "gap"
    AIS_INTEGRITY = "ais-integrity"
    IMAGERY_PRESENCE = "imagery-presence"
    STOCK = "stock"
    CORPORATE = "corporate"
    REPORTED = "reported"


GROUP_CAP = {
    Group.IDENTITY: math.log(100),
    Group.GAP: math.log(10),
    Group.AIS_INTEGRITY: math.log(10),
    Group.IMAGERY_PRESENCE: math.log(1000),
    Group.STOCK: math.log(10),
    Group.CORPORATE: math.log(10),
    Group.REPORTED: math.log(5),
}
"""Largest log-LR that a group may add, either way. AIS alone: ln 10."""
AIS_GROUPS = frozenset({Group.GAP, Group.AIS_INTEGRITY})
AIS_CAP = math.log(10)
"""Most that all groups made of AIS alone may add together, either way."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One likelihood ratio: P(seen | hypothesis) / P(seen | its rival)."""

    name: str
    group: Group
    ratio: float
    """Above 1 favours the hypothesis."""
    measured: bool = True
    """False where an expert set it; then limited to 1/5…5."""
    cause: str | None = None
    """What it shares its errors with; None: nothing else."""

    @property
    def log_ratio(self) -> float:
        """Natural log, within 1/5…5 where it was set and not measured.

        Raises:
            ProbabilityError: the ratio is not positive and finite.

        """
        if not (self.ratio > 0 and math.isfinite(self.ratio)):
            raise ProbabilityError(value=self.ratio)
        limit = math.inf if self.measured else math.log(EXPERT_LIMIT)
        return min(max(math.log(self.ratio), -limit), limit)


def posterior(prior: float, evidence: Iterable[Evidence]) -> float:
    """Probability of the hypothesis, within 1% to 99%.

    Raises:
        ProbabilityError: the prior is not strictly between 0 and 1, or a ratio is not positive.

    Examples:
        >>> round(posterior(0.1, [Evidence("presence", Group.IMAGERY_PRESENCE, 20.0)]), 3)
        0.69
        >>> round(posterior(0.5, [Evidence("gap", Group.GAP, 1e6)]), 3)  # AIS alone is capped
        0.909

    """
    log_odds = log_odds_of(prior)
    by_group: dict[Group, list[float]] = defaultdict(list)
    for item in evidence:
        by_group[item.group].append(item.log_ratio)
    for group, ratios in by_group.items():
        weight = WITHIN_GROUP_WEIGHT if len(ratios) > 1 else 1.0
        total = weight * sum(ratios)
        log_odds += min(max(total, -GROUP_CAP[group]), GROUP_CAP[group])
    return bounded(chance(log_odds))


def chance(log_odds: float) -> float:
    """Probability of these log-odds, between 0 and 1, without overflow.

    Examples:
        >>> chance(0.0), chance(-1000.0), chance(1000.0)
        (0.5, 0.0, 1.0)

    """
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    return math.exp(log_odds) / (1 + math.exp(log_odds))


def log_odds_of(prior: float) -> float:
    """Log-odds of a prior.

    Raises:
        ProbabilityError: it is not strictly between 0 and 1.

    """
    if not 0.0 < prior < 1.0:
        raise ProbabilityError(value=prior)
    return math.log(prior / (1 - prior))


def stable_term(evidence: Iterable[Evidence]) -> str | None:
    """The ICD-203 term on which two of the three priors agree, else None: nothing to quote."""
    items = tuple(evidence)
    words = [term(posterior(prior, items)) for prior in PRIORS]
    agreed = [word for word in words if words.count(word) >= 2]
    return agreed[0] if agreed else None


@dataclass(frozen=True, slots=True)
class GroupSum:
    """What one kind of evidence comes to, natural logs."""

    group: Group
    causes: int
    """Items that count: one for and one against a cause at most."""
    raw: float
    """Their sum, limits of set ratios applied."""
    shrunk: float
    cap: float
    capped: float
    applied: float
    """After the cap on AIS as a whole."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Evidence joined: what it adds to log-odds, and how that came about."""

    total: float
    """Natural log; add it to the log-odds of a prior."""
    groups: tuple[GroupSum, ...]
    """In the order of ``Group``; those without evidence are left out."""
    stands_for: tuple[int | None, ...]
    """Per item: None where it counts, else the index of the item that counts in its place."""

    def probability(self, prior: float) -> float:
        """Of the hypothesis, not yet bounded.

        Raises:
            ProbabilityError: the prior is not strictly between 0 and 1.

        """
        return chance(log_odds_of(prior) + self.total)

    @property
    def even_prior(self) -> float:
        """The prior at which the conclusion is even: with less of one, rather not than so.

        Examples:
            >>> round(join([Evidence("seen", Group.IMAGERY_PRESENCE, 99.0)]).even_prior, 3)
            0.01

        """
        return chance(-self.total)


def join(items: Sequence[Evidence]) -> Joined:
    """Evidence joined into what it adds to log-odds.

    Of one cause the strongest item for the hypothesis and the strongest against it count. Inside
    a group, all for it come to the strongest of them or 0.6 of their sum, whichever is more, and
    likewise all against it: a weak item never takes from a strong one of its own side, and never
    waters down what speaks for innocence. Each group is capped, and so is all of AIS together.
    Where items of one cause are of several kinds, the one that its kind lets count most stands.

    Args:
        items: in any order; the result does not depend on it.

    Raises:
        ProbabilityError: a ratio is not positive and finite.

    Examples:
        >>> one = Evidence("likeness", Group.IDENTITY, 20.0, cause="scene:a")
        >>> two = Evidence("layout", Group.IDENTITY, 8.0, cause="scene:a")
        >>> far = Evidence("gap", Group.GAP, 0.5)
        >>> joined = join([one, two, far])
        >>> round(math.exp(joined.total), 2), joined.stands_for
        (10.0, (None, 0, None))

    """
    stands_for = _of_one_cause(items)
    sums = []
    for group in Group:
        counted = [
            item.log_ratio
            for item, other in zip(items, stands_for, strict=True)
            if item.group is group and other is None
        ]
        if counted:
            sums.append(_group_sum(group, counted))
    sums = _ais_capped(sums)
    return Joined(math.fsum(one.applied for one in sums), tuple(sums), stands_for)


def _of_one_cause(items: Sequence[Evidence]) -> tuple[int | None, ...]:
    """Per item the index of the one that counts for its cause and its side; None: itself."""
    best: dict[tuple[str, bool], int] = {}
    # By what its kind lets it add, then by name: another order gives the same choice.
    ranked = sorted(range(len(items)), key=lambda k: _strength(items[k]))
    for index in ranked:
        cause = items[index].cause
        if cause is not None:
            best.setdefault((cause, items[index].log_ratio > 0), index)
    found: list[int | None] = []
    for index, item in enumerate(items):
        first = None if item.cause is None else best[item.cause, item.log_ratio > 0]
        found.append(None if first in {None, index} else first)
    return tuple(found)


def _strength(item: Evidence) -> tuple[float, float, float, str, str]:
    """Sorts the strongest first, as far as its kind lets it count."""
    cap = min(GROUP_CAP[item.group], AIS_CAP if item.group in AIS_GROUPS else math.inf)
    size = abs(item.log_ratio)
    return -min(size, cap), -cap, -size, item.group, item.name


def _group_sum(group: Group, counted: Sequence[float]) -> GroupSum:
    shrunk = _one_side([x for x in counted if x > 0]) - _one_side([-x for x in counted if x < 0])
    cap = GROUP_CAP[group]
    capped = min(max(shrunk, -cap), cap)
    return GroupSum(group, len(counted), math.fsum(counted), shrunk, cap, capped, capped)


def _one_side(strengths: Sequence[float]) -> float:
    """What items that all point one way come to; none below 0."""
    if not strengths:
        return 0.0
    return max(*strengths, WITHIN_GROUP_WEIGHT * math.fsum(strengths))


def _ais_capped(sums: Sequence[GroupSum]) -> list[GroupSum]:
    """The same with everything made of AIS alone held to its cap, in proportion."""
    together = math.fsum(one.capped for one in sums if one.group in AIS_GROUPS)
    if abs(together) <= AIS_CAP:
        return list(sums)
    share = AIS_CAP / abs(together)
    return [
        replace(one, applied=one.capped * share) if one.group in AIS_GROUPS else one for one in sums
    ]


@dataclass(frozen=True, slots=True)
class Wording:
    """Whether a word may be quoted."""

    word: str | None
    """The one on which two of the three standard priors and the case's own agree."""
    reason: str
    standard: tuple[str, ...]
    """The words under the three standard priors."""


def wording(total: float, prior: float) -> Wording:
    """The word that survives a change of prior.

    Args:
        total: of ``Joined``.
        prior: the case's own.

    Raises:
        ProbabilityError: the prior is not strictly between 0 and 1.

    Examples:
        >>> wording(math.log(2000.0), 0.05).word
        'almost certain'
        >>> wording(math.log(20.0), 0.05).reason
        'Priors of 0.001, 0.01 and 0.1 give three words: it hangs on the prior.'

    """
    words = tuple(term(bounded(chance(log_odds_of(p) + total))) for p in PRIORS)
    own = term(bounded(chance(log_odds_of(prior) + total)))
    agreed = next((word for word in words if words.count(word) > 1), None)
    told = f"Priors of {PRIORS[0]:g}, {PRIORS[1]:g} and {PRIORS[2]:g}"
    if agreed is None:
        return Wording(None, f"{told} give three words: it hangs on the prior.", words)
    if own != agreed:
        said = f"{told} agree on “{agreed}”, the case's own prior of {prior:g} says “{own}”."
        return Wording(None, said, words)
    kept = "all three" if words.count(agreed) == len(words) else "two of three"
    return Wording(agreed, f"{told} give the same word {kept} times, as the case's own.", words)


def priors_of_word(total: float, prior: float) -> tuple[float, float]:
    """Between which priors the word under ``prior`` stays the same.

    Examples:
        >>> low, high = priors_of_word(0.0, 0.6)
        >>> round(low, 3), round(high, 3)
        (0.55, 0.8)

    """
    word = term(bounded(chance(log_odds_of(prior) + total)))

    def edge(outside: float) -> float:
        inside = log_odds_of(prior)
        if term(bounded(chance(outside + total))) == word:
            return chance(outside)
        for _ in range(60):
            middle = (inside + outside) / 2
            if term(bounded(chance(middle + total))) == word:
                inside = middle
            else:
                outside = middle
        return chance(inside)

    return edge(log_odds_of(1e-6)), edge(log_odds_of(1 - 1e-6))


def exclusive(probabilities: Sequence[float]) -> tuple[float, ...]:
    """Probabilities of hypotheses of which one at most is true, and of none of them, last.

    Each comes from its own ratios against all that would make it untrue. Ratios that agree with
    each other leave a sum of 1 at most; where they do not, all are scaled down in proportion.
    What speaks against one of them lifts the others only as far as their own ratios do.

    Examples:
        >>> [[round(p, 3) for p in exclusive(given)] for given in ([0.6, 0.1], [0.9, 0.9])]
        [[0.6, 0.1, 0.3], [0.495, 0.495, 0.01]]

    """
    total = math.fsum(probabilities)
    most = min(total, CEILING)
    scale = most / total if total > 0 else 1.0
    scaled = tuple(p * scale for p in probabilities)
    return (*scaled, 1.0 - most)
