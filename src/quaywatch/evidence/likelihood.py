"""Likelihood ratios joined into a probability, in log-odds, with the caps that keep us honest.

METHODS §10: evidence of one group is not independent, so it is shrunk inside the group and the
group's total capped; a conclusion is worded only if the word survives a change of prior.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from quaywatch.errors import ProbabilityError
from quaywatch.evidence.wording import bounded, term

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


@dataclass(frozen=True, slots=True)
class Evidence:
    """One likelihood ratio: P(seen | hypothesis) / P(seen | its rival)."""

    name: str
    group: Group
    ratio: float
    """Above 1 favours the hypothesis."""
    measured: bool = True
    """False where an expert set it; then limited to 1/5…5."""


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
    if not 0.0 < prior < 1.0:
        raise ProbabilityError(value=prior)
    by_group: dict[Group, list[float]] = defaultdict(list)
    for item in evidence:
        if not (item.ratio > 0 and math.isfinite(item.ratio)):
            raise ProbabilityError(value=item.ratio)
        log_ratio = math.log(item.ratio)
        if not item.measured:
            limit = math.log(EXPERT_LIMIT)
            log_ratio = min(max(log_ratio, -limit), limit)
        by_group[item.group].append(log_ratio)
    log_odds = math.log(prior / (1 - prior))
    for group, ratios in by_group.items():
        weight = WITHIN_GROUP_WEIGHT if len(ratios) > 1 else 1.0
        total = weight * sum(ratios)
        log_odds += min(max(total, -GROUP_CAP[group]), GROUP_CAP[group])
    if log_odds >= 0:
        return bounded(1 / (1 + math.exp(-log_odds)))
    return bounded(math.exp(log_odds) / (1 + math.exp(log_odds)))


def stable_term(evidence: Iterable[Evidence]) -> str | None:
    """The ICD-203 term on which two of the three priors agree, else None: nothing to quote."""
    items = tuple(evidence)
    words = [term(posterior(prior, items)) for prior in PRIORS]
    agreed = [word for word in words if words.count(word) >= 2]
    return agreed[0] if agreed else None
