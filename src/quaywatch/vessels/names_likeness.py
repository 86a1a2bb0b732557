"""Two names: one name written twice, or two names? A likelihood ratio, measured on listed names.

The ratio is P(so alike | one name, written by two hands) / P(so alike | names of two ships taken at
random, telling as much). It says nothing about which ship is meant: many ships bear one name, and a
ship that was renamed bears two that are not alike.

How alike two names are is counted, not modelled: `names_ratios.csv` holds, by likeness and by how
much the name tells, the logarithm of how much oftener names of one entity are so alike than names
of two. What it was measured on, and how well it holds, is in docs/benchmarks/names.md.
"""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

import numpy as np
from rapidfuzz.distance import OSA

from quaywatch.vessels.names import Kind, ReadName, read_name
from quaywatch.vessels.names_words import bits_of

METHOD: Final = "name-likeness@1"
ALIKE_EDGES: Final = (0.0, 0.3, 0.45, 0.55, 0.65, 0.75, 0.82, 0.88, 0.94, 0.995, 1.001)
"""Bins of likeness; the last holds the same letters, or letters of one sound."""
BITS_EDGES: Final = (0.0, 9.0, 12.5, 16.0, 25.0)
"""Bins of what a name tells, bits: STAR, EAGLE, KIND GLORY, four rare words."""
WORDS_ALIKE: Final = 0.8
"""Likeness from which two words count as one misspelt."""
LOG_MOST: Final = math.log(20_000.0)
"""More than the names it was measured on can bear out is not said."""


class Numbers(StrEnum):
    """How the numbers of two names compare."""

    NONE = "none"
    SAME = "same"
    ONE = "one"
    """Only one name has a number."""
    DIFFER = "differ"


NUMBER_RATIOS: Final[Mapping[Kind, Mapping[Numbers, float]]] = MappingProxyType(
    {
        Kind.SHIP: {
            Numbers.NONE: 1.0, Numbers.SAME: 10.0, Numbers.ONE: 0.039, Numbers.DIFFER: 0.0085,
        },
        Kind.COMPANY: {
            Numbers.NONE: 1.0, Numbers.SAME: 4.4, Numbers.ONE: 0.62, Numbers.DIFFER: 0.18,
        },
    }
)  # fmt: skip
"""Of names of the same letters: how much oftener one name than two has its numbers so.

Measured with the table; its file says on what.
"""


@dataclass(frozen=True, slots=True)
class Features:
    """What two names have in common."""

    spelt: float
    """Likeness of the letters, 0 to 1 (optimal string alignment over the longer)."""
    sounded: float
    """The same of what romanisations share."""
    held: float
    """Share of the longer name's information that both have."""
    bits: float
    """What the plainer of the two tells, bits."""
    numbers: Numbers

    @property
    def alike(self) -> float:
        """Likeness, 0 to 1: letters and sounds, or words where one name is part of the other."""
        return max((self.spelt + self.sounded) / 2.0, 0.9 * self.held)


@dataclass(frozen=True, slots=True)
class NameLikeness:
    """How alike two names are, and why."""

    ratio: float
    """Likelihood ratio; above 1: rather one name written twice."""
    features: Features
    because: str
    """A sentence."""


def features_of(one: ReadName, other: ReadName) -> Features:
    """Compare two names as read.

    Examples:
        >>> found = features_of(read_name("BAI MEI 8"), read_name("Bai Mai No. 8"))
        >>> round(found.spelt, 2), found.sounded, found.numbers.value
        (0.83, 1.0, 'same')

    """
    spelt, sounded = _alike(one.key, other.key), _alike(one.sounds, other.sounds)
    if sorted(one.words) == sorted(other.words):
        spelt = sounded = 1.0
    mine, theirs = bits_of(one.words, one.kind), bits_of(other.words, other.kind)
    shared = min(
        bits_of(_kept(one, other, spelt), one.kind), bits_of(_kept(other, one, spelt), other.kind)
    )
    most = max(mine, theirs)
    held = 1.0 if most == 0 else min(1.0, shared / most)
    return Features(spelt, sounded, held, min(mine, theirs), _numbers(one, other))


def _alike(one: str, other: str) -> float:
    if not one and not other:
        return 1.0
    return float(OSA.normalized_similarity(one, other))


def _kept(one: ReadName, other: ReadName, spelt: float) -> tuple[str, ...]:
    """Words of the one that the other has too, spelt alike or run together."""
    if spelt >= 0.9:
        return one.words
    key = other.key
    return tuple(
        word
        for word in one.words
        if (len(word) > 3 and word in key)
        or any(_alike(word, theirs) >= WORDS_ALIKE for theirs in other.words)
    )


def _numbers(one: ReadName, other: ReadName) -> Numbers:
    if one.numbers == other.numbers:
        return Numbers.SAME if one.numbers else Numbers.NONE
    if not one.numbers or not other.numbers:
        return Numbers.ONE
    return Numbers.DIFFER


@cache
def _ratios() -> Mapping[Kind, tuple[tuple[float, ...], ...]]:
    """Natural-log ratios of letters by kind: rows are bins of bits, columns of likeness."""
    text = resources.files("quaywatch.vessels").joinpath("names_ratios.csv")
    lines = [
        line for line in text.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    rows: dict[Kind, list[tuple[float, ...]]] = {kind: [] for kind in Kind}
    for kind, _, *told in list(csv.reader(lines))[1:]:
        rows[Kind(kind)].append(tuple(map(float, told)))
    return MappingProxyType({kind: tuple(table) for kind, table in rows.items()})


def bins_of(found: Features) -> tuple[int, int]:
    """Row (what the name tells) and column (how alike) of the table of ratios."""
    row = int(np.searchsorted(BITS_EDGES, found.bits, side="right")) - 1
    column = int(np.searchsorted(ALIKE_EDGES, found.alike, side="right")) - 1
    return min(row, len(BITS_EDGES) - 2), min(column, len(ALIKE_EDGES) - 2)


def log_ratio(found: Features, kind: Kind) -> float:
    """Natural logarithm of the likelihood ratio, within ``LOG_MOST`` either way.

    Numbers that differ turn letters that are alike into another ship of the fleet: then however
    much the letters agree, they count for nothing.
    """
    row, column = bins_of(found)
    letters = _ratios()[kind][row][column]
    if found.numbers is Numbers.DIFFER:
        letters = min(letters, 0.0)
    told = letters + math.log(NUMBER_RATIOS[kind][found.numbers])
    return min(max(told, -LOG_MOST), LOG_MOST)


def likeness(one: str, other: str, kind: Kind = Kind.SHIP) -> NameLikeness | None:
    """Whether two texts write one name; None where either names nothing.

    Examples:
        >>> likeness("BAI MEI 8", "Bai Mai No.8").ratio > 30
        True
        >>> likeness("BAI MEI 8", "BAI MEI 9").ratio < 0.1
        True
        >>> likeness("M/V YI LI 1", "YILI 1").ratio > likeness("STAR", "STAR").ratio
        True
        >>> likeness("NOT NAMED", "BAI MEI 8") is None
        True

    """
    mine, theirs = read_name(one, kind), read_name(other, kind)
    if mine is None or theirs is None:
        return None
    found = features_of(mine, theirs)
    return NameLikeness(math.exp(log_ratio(found, kind)), found, why(mine, theirs, found))


def why(one: ReadName, other: ReadName, found: Features) -> str:
    """What of two names is alike, as printed.

    Examples:
        >>> one, other = read_name("BAI MEI 8"), read_name("BAI MAI 9")
        >>> why(one, other, features_of(one, other))
        'spelt otherwise, the same in another romanisation, but number 8 against 9'
        >>> names = ("Kind Glory", "Kind Glory Shipping International 2")
        >>> one, other = (read_name(name, Kind.COMPANY) for name in names)
        >>> why(one, other, features_of(one, other))
        'both have KIND GLORY, only one has a number (2)'

    """
    if found.spelt == 1.0:
        alike = "the same letters"
    elif found.sounded == 1.0:
        alike = "spelt otherwise, the same in another romanisation"
    elif found.alike > (found.spelt + found.sounded) / 2.0 and (shared := _shared(one, other)):
        alike = f"both have {shared}"
    else:
        alike = f"{100 * found.spelt:.0f}% of the letters alike"
    numbers = {
        Numbers.NONE: "",
        Numbers.SAME: f", both number {_printed(one)}",
        Numbers.ONE: f", only one has a number ({_printed(one) or _printed(other)})",
        Numbers.DIFFER: f", but number {_printed(one)} against {_printed(other)}",
    }[found.numbers]
    return alike + numbers


def _shared(one: ReadName, other: ReadName) -> str:
    """The words that two names share letter for letter, in the order of the first."""
    return " ".join(word for word in one.words if word in other.words)


def _printed(name: ReadName) -> str:
    return " ".join(map(str, name.numbers))
