"""Arguments whose evidence depends on itself, as planted: does 0.8 mean 0.8?

Each invented case has a hypothesis that is true or not, and items of several kinds. Items of one
kind share part of their error, items of one cause most of it, and one in five is stated half again
as strong as it is: what makers of ratios get wrong, on purpose and known. Real cases with known
answers would be better, and there are none in number.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from quaywatch.evidence.likelihood import (
    WITHIN_GROUP_WEIGHT,
    Evidence,
    Group,
    chance,
    join,
    log_odds_of,
)
from quaywatch.evidence.wording import bounded
from quaywatch.testing.bench.reliability import reliability
from quaywatch.testing.bench.report import BenchReport, Progress

SEED: Final = 20250507
KINDS: Final = {
    Group.IDENTITY: 1.6,
    Group.GAP: 0.8,
    Group.AIS_INTEGRITY: 1.0,
    Group.IMAGERY_PRESENCE: 2.2,
    Group.REPORTED: 1.0,
}
"""How far apart an item's readings lie under the hypothesis and without it, in its own spread."""
OF_KIND: Final = 0.3
"""Share of an item's variance that all of its kind have in common."""
OF_CAUSE: Final = 0.4
"""Share that all of its cause have in common besides."""
OVERSTATED: Final = (0.2, 1.5)
"""Share of items whose logarithm is stated too large, and by how much."""
PRIORS: Final = (0.01, 0.05, 0.2, 0.5)


@dataclass(frozen=True)
class Planted:
    """One invented case."""

    true: bool
    prior: float
    items: tuple[Evidence, ...]


def planted(rng: np.random.Generator) -> Planted:
    """A case with what depends on what known."""
    prior = float(rng.choice(PRIORS))
    true = bool(rng.random() < prior)
    kinds = rng.permutation(list(KINDS))[: int(rng.integers(1, 5))]
    items: list[Evidence] = []
    for kind in kinds:
        group, apart = Group(str(kind)), KINDS[Group(str(kind))]
        shared = rng.normal()
        for cause in range(int(rng.integers(1, 4))):
            own = rng.normal()
            for number in range(int(rng.integers(1, 4))):
                reading = (
                    math.sqrt(OF_KIND) * shared
                    + math.sqrt(OF_CAUSE) * own
                    + math.sqrt(1 - OF_KIND - OF_CAUSE) * rng.normal()
                    + (apart / 2 if true else -apart / 2)
                )
                stated = apart * reading * (OVERSTATED[1] if rng.random() < OVERSTATED[0] else 1.0)
                name = f"{group}-{cause}"
                items.append(Evidence(f"{name}-{number}", group, math.exp(stated), cause=name))
    return Planted(true, prior, tuple(items))


def _product(items: Sequence[Evidence]) -> float:
    return math.fsum(item.log_ratio for item in items)


def _flat(items: Sequence[Evidence]) -> float:
    """Each kind's sum times 0.6, and no caps."""
    total = 0.0
    for group in KINDS:
        own = [item.log_ratio for item in items if item.group is group]
        total += (WITHIN_GROUP_WEIGHT if len(own) > 1 else 1.0) * math.fsum(own)
    return total


def _no_causes(items: Sequence[Evidence]) -> float:
    return join([replace(item, cause=None) for item in items]).total


RULES: Final[dict[str, Callable[[Sequence[Evidence]], float]]] = {
    "every item for itself (product)": _product,
    "0.6 of each kind's sum": _flat,
    "as here, causes not named": _no_causes,
    "as here": lambda items: join(items).total,
}


def run(data: Path, progress: Progress, *, size: int = 12_000) -> BenchReport:
    """Rules for joining evidence on invented cases: how well their probabilities hold.

    Args:
        data: not used; everything is invented.
        progress: told how far it is.
        size: cases.

    """
    del data
    rng = np.random.default_rng(SEED)
    cases = [planted(rng) for _ in range(size)]
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    for number, (name, rule) in enumerate(RULES.items()):
        progress(name, number / len(RULES))
        row, bins = _scored(name, rule, cases)
        rows.append(row)
        notes.append(f"{name}: said → true: {bins}.")
    notes.append(
        "C_llr is the cost of the ratios alone, in bits: 1 says nothing, less is better, more "
        "misleads. “Over” counts only bins where more was said than was true."
    )
    told = ", ".join(f"{p:g}" for p in PRIORS)
    return BenchReport(
        name="argument",
        data=f"{size:,} invented cases (seed {SEED}), priors {told} as often as each other",
        columns=("rule", "brier", "ece", "over", "c_llr_bits", "said_80_or_more", "true_of_those"),
        rows=rows,
        notes=notes,
    )


def _scored(
    name: str, rule: Callable[[Sequence[Evidence]], float], cases: Sequence[Planted]
) -> tuple[dict[str, Any], str]:
    totals = np.array([rule(case.items) for case in cases])
    true = np.array([case.true for case in cases])
    said = np.array(
        [
            bounded(chance(log_odds_of(case.prior) + total))
            for case, total in zip(cases, totals, strict=True)
        ]
    )
    found = reliability(said, true)
    if found is None:
        return {"rule": name}, ""
    sure = said >= 0.8
    with np.errstate(over="ignore"):
        cost = 0.5 * (
            np.mean(np.logaddexp(0.0, -totals[true])) + np.mean(np.logaddexp(0.0, totals[~true]))
        )
    bins = ", ".join(f"{told:.2f} → {held:.2f} ({n})" for told, held, n in found.bins)
    return {
        "rule": name,
        "brier": round(found.brier, 4),
        "ece": round(found.ece, 4),
        "over": round(found.over, 4),
        "c_llr_bits": round(float(cost / math.log(2)), 3),
        "said_80_or_more": int(sure.sum()),
        "true_of_those": round(float(true[sure].mean()), 3) if sure.any() else None,
    }, bins
