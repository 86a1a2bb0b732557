"""The table of name ratios, counted from pairs of one entity and of two.

A list's aliases are one name written by two hands, or two names of one ship; no list says which.
Unrelated aliases are alike as names of two entities are: the share of aliases among the least
alike, over the share of impostors there, is the share of aliases that are unrelated (a mixture
whose other part is hardly ever so unlike). They are taken out before the ratio is formed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.testing.bench.names_pairs import genuine_pairs, impostors, population
from quaywatch.vessels.names import ReadName
from quaywatch.vessels.names_likeness import (
    ALIKE_EDGES,
    BITS_EDGES,
    LOG_MOST,
    Features,
    Numbers,
    bins_of,
    features_of,
)

UNLIKE: Final = 2
"""Bins of likeness in which one name written twice hardly ever falls (below 0.45)."""
NUMBERS_FROM: Final = 9
"""Bin of likeness from which numbers are counted: the same letters or sounds."""
_ROWS, _COLUMNS = len(BITS_EDGES) - 1, len(ALIKE_EDGES) - 1
Pairs = Sequence[tuple[ReadName, ReadName]]
MOST_FOR_NUMBERS: Final = 10.0
"""A common number is one more word at most, however seldom it was met by chance."""


@dataclass(frozen=True, slots=True)
class Group:
    """Pairs of one kind of names."""

    genuine: Sequence[Features]
    """Of pairs of one entity."""
    impostor: Sequence[Features]
    """Of pairs of two."""
    stands_for: NDArray[np.float64]
    """How many pairs each impostor stands for, shape (len(impostor),)."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What was counted."""

    table: NDArray[np.float64]
    """Natural-log ratios of letters, shape (bins of bits, bins of likeness)."""
    related: tuple[float, ...]
    """Share of each group's aliases that are one name written twice."""
    numbers: dict[Numbers, float]
    """Ratios of numbers, of names whose letters are alike."""


def counted(pairs: Pairs) -> list[Features]:
    """Features of every pair."""
    return [features_of(one, other) for one, other in pairs]


def fit(groups: Sequence[Group]) -> Fit:
    """Count the table.

    Args:
        groups: kinds of names, each with its own impostors; the first's are those that the ratio
            compares with. (Persons' aliases tell how clerks spell, but persons share surnames.)

    """
    same, related = np.zeros(_COLUMNS), []
    for group in groups:
        mine, share = _of_one(group)
        same += mine
        related.append(share)
    same = (same + 0.5) / (same + 0.5).sum()
    others = _histogram(groups[0])
    # Half a pair more in every bin: what was never seen is rare, not impossible.
    rare = (others + 0.5) / (others.sum(axis=1, keepdims=True) + 0.5 * _COLUMNS)
    table = np.log(same)[None, :] - np.log(rare)
    weights = np.sqrt(same[None, :] * rare)
    table = np.stack([_rising(row, weight) for row, weight in zip(table, weights, strict=True)])
    # Nor may the same likeness say more of a plainer name than of a rarer one.
    table = np.minimum.accumulate(table[::-1], axis=0)[::-1]
    return Fit(np.clip(table, -LOG_MOST, LOG_MOST), tuple(related), _numbers(groups))


def _histogram(group: Group) -> NDArray[np.float64]:
    """Impostors whose numbers do not differ, by what the name tells and how alike they are."""
    others = np.zeros((_ROWS, _COLUMNS))
    for found, weight in zip(group.impostor, group.stands_for, strict=True):
        if found.numbers is not Numbers.DIFFER:
            others[bins_of(found)] += weight
    return others


def _of_one(group: Group) -> tuple[NDArray[np.float64], float]:
    """Aliases that are one name written twice, by likeness, and their share of all aliases."""
    columns = np.zeros(_COLUMNS)
    for found in group.genuine:
        columns[bins_of(found)[1]] += 1
    by_likeness = _histogram(group).sum(axis=0)
    by_likeness /= by_likeness.sum()
    unlike = columns[:UNLIKE].sum() / by_likeness[:UNLIKE].sum()
    unrelated = min(0.9, unlike / len(group.genuine))
    left = np.maximum(columns - unrelated * len(group.genuine) * by_likeness, 0.0)
    # Below what one name written twice falls to, what is left over is chance.
    left[:UNLIKE] = 0.0
    return left, 1.0 - unrelated


def _rising(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest values that never fall (pool adjacent violators)."""
    blocks: list[list[float]] = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            value2, weight2, n2 = blocks.pop()
            value1, weight1, n1 = blocks.pop()
            total = weight1 + weight2
            blocks.append([(value1 * weight1 + value2 * weight2) / total, total, n1 + n2])
    return np.concatenate([np.full(int(n), value) for value, _, n in blocks])


def _numbers(groups: Sequence[Group]) -> dict[Numbers, float]:
    """Ratios of numbers, of names whose letters are the same, each with half a pair more."""
    mine = _seen(groups[0].genuine)
    theirs = _seen(groups[0].impostor)
    beside = (Numbers.NONE, Numbers.SAME, Numbers.ONE)

    def share(kind: Numbers, seen: list[Numbers], among: Sequence[Numbers]) -> float:
        return (0.5 + seen.count(kind)) / (0.5 * len(among) + sum(map(seen.count, among)))

    differ = share(Numbers.DIFFER, mine, tuple(Numbers)) / share(
        Numbers.DIFFER, theirs, tuple(Numbers)
    )
    told = {kind: share(kind, mine, beside) / share(kind, theirs, beside) for kind in beside}
    return {
        Numbers.NONE: 1.0,
        Numbers.SAME: min(told[Numbers.SAME], MOST_FOR_NUMBERS),
        Numbers.ONE: min(told[Numbers.ONE], 1.0),
        Numbers.DIFFER: differ,
    }


def _seen(of: Sequence[Features]) -> list[Numbers]:
    return [found.numbers for found in of if bins_of(found)[1] >= NUMBERS_FROM]


def ratios_csv(data: Path, *, easy: int = 20_000) -> str:
    """The table that ships, ``vessels/names_ratios.csv``, from all pairs; and what numbers weigh.

    Args:
        data: folder of recorded data.
        easy: pairs of unlike names drawn for each kind of names.

    """
    pairs, names = genuine_pairs(data), population(data)
    groups = {}
    for k, group in enumerate(("ship", "person", "entity")):
        drawn, weights = impostors(names[group], rng=np.random.default_rng(k), easy=easy)
        own = [(pair.one, pair.other) for pair in pairs if pair.group == group]
        groups[group] = Group(counted(own), counted(drawn), weights)
    fits = {
        "ship": fit([groups["ship"], groups["person"]]),
        "company": fit([groups["entity"]]),
    }
    lines = [
        "# Natural-log likelihood ratios: names of one entity so alike, against names of two.",
        "# Rows: what the plainer name tells (bins of bits); columns: likeness from.",
        *(
            f"# {kind}: one name written twice {', '.join(f'{s:.2f}' for s in learnt.related)} of "
            f"aliases; numbers {', '.join(f'{n.value} {r:.3g}' for n, r in learnt.numbers.items())}"
            for kind, learnt in fits.items()
        ),
        "kind,bits_bin," + ",".join(f"alike_{edge}" for edge in ALIKE_EDGES[:-1]),
        *(
            f"{kind},{k}," + ",".join(f"{value:.3f}" for value in row)
            for kind, learnt in fits.items()
            for k, row in enumerate(learnt.table.tolist())
        ),
    ]
    return "\n".join(lines) + "\n"


def c_llr(
    genuine: NDArray[np.float64], impostor: NDArray[np.float64], stands_for: NDArray[np.float64]
) -> float:
    """Cost of log-likelihood ratios, bits: 0 perfect, 1 as good as saying nothing.

    Source: Brümmer and du Preez (2006), doi:10.1016/j.csl.2005.08.001.

    Examples:
        >>> round(c_llr(np.array([0.0]), np.array([0.0]), np.array([1.0])), 3)
        1.0

    """
    one = np.logaddexp(0.0, -genuine).mean()
    other = np.average(np.logaddexp(0.0, impostor), weights=stands_for)
    return float((one + other) / (2 * np.log(2)))
