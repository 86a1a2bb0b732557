"""Pairs of recorded chips of one hull and of two, by where the ships lay and never by their looks.

One hull: a day's strips that overlap, within 40 m; or 1 to 4 days apart within 60 m and of one
length to 5%, which an anchored ship is and a newcomer to her berth of the same length would pass
for. Two hulls: a day's chips that lie farther apart than any ship is long. What may be one hull or
two (other days) is neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quaywatch.testing.bench.likeness_chips import Seen, apart_m, identities

DAYS_APART = 4.5
LAIN_WITHIN_M = 60.0
LENGTH_WITHIN = 0.05
TWO_BEYOND_M = 450.0
LIKE_LENGTH_M = 12.0
"""Other hulls are hard where they are as long: what their length says is counted elsewhere."""
UNSURE_DAYS = 7.0
Pairs = NDArray[np.intp]


@dataclass(frozen=True)
class Paired:
    """Pairs of places in a list of ships, (pair, 2)."""

    minutes: Pairs
    """One hull, strips of one day."""
    days: Pairs
    """One hull, 1 to 4 days apart."""
    other: Pairs
    """Two hulls of like length, one day."""


def paired(ships: Sequence[Seen]) -> Paired:
    """The pairs of some ships."""
    number = identities(ships)
    minutes, days, other = [], [], []
    for i, one in enumerate(ships):
        for j in range(i):
            two = ships[j]
            if one.scene == two.scene and number[i] == number[j]:
                continue
            lengths = one.chip.length_m, two.chip.length_m
            if one.day == two.day:
                if number[i] == number[j]:
                    minutes.append((i, j))
                elif (
                    abs(lengths[0] - lengths[1]) <= LIKE_LENGTH_M
                    and apart_m(one, two) > TWO_BEYOND_M
                ):
                    other.append((i, j))
            elif _lay_there(one, two):
                days.append((i, j))
    return Paired(*(np.array(p, np.intp).reshape(-1, 2) for p in (minutes, days, other)))


def _lay_there(one: Seen, two: Seen) -> bool:
    lengths = one.chip.length_m, two.chip.length_m
    return (
        days_between(one, two) <= DAYS_APART
        and apart_m(one, two) <= LAIN_WITHIN_M
        and abs(lengths[0] - lengths[1]) <= LENGTH_WITHIN * max(lengths)
    )


def days_between(one: Seen, two: Seen) -> float:
    """Days between two captures."""
    return abs((one.at - two.at).total_seconds()) / 86_400


def ranks(
    ships: Sequence[Seen], like: NDArray[np.float64], genuine: Pairs
) -> tuple[NDArray[np.intp], int]:
    """The rank of the true hull of each pair, both ways, in a gallery of one chip a hull.

    The gallery holds every other hull of the ships but those that may be the same one: of other
    days within a week. The same ship back after months still counts as an error, so ranks are a
    little better than these.

    Returns:
        Ranks from 1, and the size of the smallest gallery.

    """
    number = np.array(identities(ships))
    found, smallest = [], len(ships)
    firsts = [int(np.flatnonzero(number == n)[0]) for n in np.unique(number)]
    for i, j in [(a, b) for a, b in genuine] + [(b, a) for a, b in genuine]:
        one = ships[i]
        gallery = [
            k
            for k in firsts
            if number[k] not in {number[i], number[j]}
            and (ships[k].day == one.day or days_between(ships[k], one) > UNSURE_DAYS)
            and not _may_be(ships[k], ships[j])
        ]
        smallest = min(smallest, len(gallery) + 1)
        found.append(1 + int((like[i, gallery] >= like[i, j]).sum()))
    return np.array(found, np.intp), smallest


def _may_be(other: Seen, true: Seen) -> bool:
    """Whether a chip of another day may show the true hull."""
    return other.day != true.day and days_between(other, true) <= UNSURE_DAYS


def cllr(genuine: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Cost of log likelihood ratios, bits: 0 is perfect, 1 says nothing.

    Args:
        genuine: natural log ratios of pairs of one hull.
        other: of pairs of two.

    Source:
        Brümmer and du Preez (2006), doi:10.1016/j.csl.2005.08.001.

    Examples:
        >>> round(cllr(np.zeros(5), np.zeros(7)), 3)
        1.0

    """
    return float((np.log2(1 + np.exp(-genuine)).mean() + np.log2(1 + np.exp(other)).mean()) / 2)


def fitted(
    genuine: NDArray[np.float64], other: NDArray[np.float64], *, shrink: float = 1.0
) -> tuple[float, float]:
    """Log ratio as a line of the score: intercept and slope, by logistic regression.

    Each kind weighs as much as the other, so that the line is a ratio whatever their numbers.

    Examples:
        >>> low, high = fitted(np.linspace(0.6, 1.0, 50), np.linspace(-0.2, 0.7, 50))
        >>> high > 0 > low
        True

    """
    scores = np.concatenate([genuine, other])
    same = np.concatenate([np.ones(genuine.size), np.zeros(other.size)])
    weight = np.where(same > 0, 0.5 / genuine.size, 0.5 / other.size) * min(
        genuine.size, other.size
    )
    design = np.stack([np.ones_like(scores), scores], axis=1)
    line = np.zeros(2)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ line))
        gradient = design.T @ (weight * (same - chance)) - shrink * np.array([0.0, 0.02]) * line
        curve = (design * (weight * chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(curve + np.diag([1e-9, 0.02 * shrink]), gradient)
        line = line + step
        if np.abs(step).max() < 1e-9:
            break
    return float(line[0]), float(line[1])
