"""The likest of many names, and every two of many that are at all alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from quaywatch.vessels.names import ReadName
from quaywatch.vessels.names_likeness import features_of, log_ratio

_BLOCK: Final = 512
LEAST_ALIKE: Final = 0.6
"""Likeness of letters or sounds below which two names are not compared further."""


@dataclass(frozen=True, slots=True)
class Near:
    """A name found."""

    index: int
    """Of the name among those searched."""
    ratio: float
    """Likelihood ratio of one name written twice against two names."""


def nearest(
    wanted: ReadName, names: Sequence[ReadName], *, least_ratio: float = 1.0, limit: int = 50
) -> list[Near]:
    """The names that are rather this one than another, the likest first.

    Examples:
        >>> from quaywatch.vessels.names import read_name
        >>> names = [read_name(n) for n in ("BAI MEI 8", "白梅8", "BAI MEI 9", "SEA STAR")]
        >>> [near.index for near in nearest(read_name("Bai Mai 8"), names)]
        [0, 1]

    """
    if not names:
        return []
    keys = _similar([wanted.key], [name.key for name in names])[0]
    sounds = _similar([wanted.sounds], [name.sounds for name in names])[0]
    held = np.array([_holds(wanted, name) for name in names])
    worth = np.flatnonzero((keys >= LEAST_ALIKE) | (sounds >= LEAST_ALIKE) | held)
    if not len(worth):
        return []
    found = [features_of(wanted, names[k]) for k in worth.tolist()]
    logs = np.array([log_ratio(one, wanted.kind) for one in found])
    alike = np.array([one.alike for one in found])
    order = np.lexsort((worth, -alike, -logs))[:limit]
    return [
        Near(int(worth[k]), float(np.exp(logs[k]))) for k in order if np.exp(logs[k]) >= least_ratio
    ]


def _holds(one: ReadName, other: ReadName) -> bool:
    """Whether the words of the one are all in the other, or the other way about."""
    mine, theirs = set(one.words), set(other.words)
    return bool(mine and theirs) and (mine <= theirs or theirs <= mine)


def alike_pairs(names: Sequence[ReadName], *, least: float = LEAST_ALIKE) -> NDArray[np.int64]:
    """Every two names whose letters or sounds are alike, as indices, shape (n, 2), i < j.

    Args:
        names: in any order.
        least: likeness from which two are taken, 0 to 1.

    Examples:
        >>> from quaywatch.vessels.names import read_name
        >>> alike_pairs([read_name(n) for n in ("BAI MEI 8", "SEA STAR", "PAI MEI 8")]).tolist()
        [[0, 2]]

    """
    keys = [name.key for name in names]
    sounds = [name.sounds for name in names]
    found: list[NDArray[np.int64]] = [np.empty((0, 2), np.int64)]
    for start in range(0, len(names), _BLOCK):
        block = slice(start, start + _BLOCK)
        alike = (_similar(keys[block], keys[start:]) >= least) | (
            _similar(sounds[block], sounds[start:]) >= least
        )
        i, j = np.nonzero(np.triu(alike, k=1))
        found.append(np.stack([i + start, j + start], axis=1).astype(np.int64))
    return np.concatenate(found)


def _similar(some: Sequence[str], others: Sequence[str]) -> NDArray[np.float32]:
    """Likeness of every two, shape (len(some), len(others))."""
    table: NDArray[np.float32] = process.cdist(
        some, others, scorer=OSA.normalized_similarity, dtype=np.float32, workers=1
    )
    return table
