"""How much a word of a name tells: STAR is borne by many ships, BAIMEI by few."""

import csv
import math
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from quaywatch.vessels.names import Kind

UNLISTED_PER_10000: Final = 0.8
"""Share taken for a word that is not in the table (of fewer than three names there)."""
MOST_BITS: Final = 24.0
"""Words of one name go together (SEA STAR): beyond this, more of them tell no more."""
_FOLLOWS: Final = 0.6
"""Share of its information that each word after the first adds."""


@cache
def word_shares() -> Mapping[tuple[Kind, str], float]:
    """Names in 10,000 that hold a word, by kind of name.

    Source:
        ``names_words.csv``: MarineCadastre AIS of 2022-01-03 (ships with an IMO number or of cargo
        and tanker types) and the OFAC SDN list of January 2023; both in the public domain.

    Examples:
        >>> word_shares()[Kind.SHIP, "STAR"] > word_shares()[Kind.SHIP, "GLORY"] > 1
        True

    """
    text = resources.files("quaywatch.vessels").joinpath("names_words.csv")
    lines = [
        line for line in text.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    return MappingProxyType(
        {(Kind(row["kind"]), row["word"]): float(row["per_10000"]) for row in csv.DictReader(lines)}
    )


def word_bits(word: str, kind: Kind) -> float:
    """Information of one word, bits: 0 where every name has it.

    Examples:
        >>> word_bits("STAR", Kind.SHIP) < word_bits("BAIMEI", Kind.SHIP)
        True

    """
    # A letter or two say little, whoever bears them.
    most = 4.7 * len(word)
    share = word_shares().get((kind, word), UNLISTED_PER_10000)
    return min(most, math.log2(10_000.0 / share))


def bits_of(words: Iterable[str], kind: Kind) -> float:
    """Information of a name, bits: its rarest word in full, of every further one a part.

    Examples:
        >>> 5 < bits_of(("SEA", "STAR"), Kind.SHIP) < bits_of(("KIND", "GLORY"), Kind.SHIP)
        True

    """
    each = sorted((word_bits(word, kind) for word in words), reverse=True)
    if not each:
        return 0.0
    return min(MOST_BITS, each[0] + _FOLLOWS * sum(each[1:]))
