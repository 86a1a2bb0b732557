"""What may hold stock that left without a ship, or cargo that came without stock.

Each candidate is bounded by what is known of it, and none is chosen: the figures of a balance say
how much there is to explain, never by what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from quaywatch.voyages.draws import DRAWS, Floats, Spread

NOTHING_LEFT: Final = 0.90
"""Below this probability of a remainder, or of a surplus, nothing needs an explanation.

Chosen on simulated yards that the benchmark does not score: at 0.80, 4% of the stretches without
any planted removal had a remainder to explain, here 1.4%.
"""
MEASURED: Final = "an error of the stock's measurement"
Changes = Mapping[tuple[str, str, str], Floats]
"""By yard, first and last look: values of what it lost, tonnes."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that may hold a remainder or a surplus."""

    name: str
    statement: str
    up_to: Spread | None
    """How much of it this could hold; None: not bounded by what is known."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; the interval begins at nothing."""
        held = None if self.up_to is None else [0, round(self.up_to.high95)]
        return {"name": self.name, "statement": self.statement, "interval_95": held}


def candidates(
    over: Floats,
    under: Floats,
    each: Changes,
    unseen: Floats | None,
    chance: float,
    *,
    rail: bool | None,
    covered: Sequence[str] = (),
) -> tuple[Candidate, ...]:
    """What may hold the remainder, or the surplus, whichever there is; nothing if neither.

    Args:
        over: values of the remainder, shape (draws,).
        under: values of the surplus.
        each: what each yard lost between its looks.
        unseen: tonnes that ships nobody saw could have loaded; None: not known.
        chance: probability of a remainder.
        rail: whether the site has rail or road by which stock can leave; None: not known.
        covered: yards beside these whose stock no picture weighs.

    """
    error = np.sqrt(sum(float(np.var(drop)) for drop in each.values()))
    if chance <= 1 - NOTHING_LEFT:
        return _for_surplus(under, float(error), covered)
    if chance < NOTHING_LEFT:
        return ()
    yards = {yard: np.zeros(DRAWS) for yard, _, _ in each}
    for (yard, _, _), drop in each.items():
        yards[yard] = yards[yard] - drop
    grown = [np.maximum(growth, 0.0) for growth in yards.values()]
    elsewhere = np.asarray(np.sum(grown, axis=0), np.float64)
    # A yard that grew in few draws is one that did not: what it could hold would read as nothing.
    gained = bool(np.quantile(elsewhere, 0.975) > 0)
    found = [
        Candidate(
            "unseen-loading",
            "loading by ships that nobody saw, beyond what the looks lead one to expect"
            if unseen is not None
            else "loading by ships that nobody saw: no estimate of them is given",
            _least(over, unseen) if unseen is not None else None,
        ),
        Candidate(
            "moved-within-port",
            "moved to another yard, or rehandled within the port"
            if gained
            else "moved to where no yard is watched",
            _least(over, elsewhere) if gained else None,
        ),
        Candidate(
            "measurement",
            MEASURED,
            _least(over, np.full(DRAWS, 1.96 * float(error))),
        ),
    ]
    if rail is not False:
        found.insert(1, Candidate("rail-or-road", _by_land(rail=rail), Spread.of(over, "t")))
    if covered:
        found.insert(-1, Candidate("under-cover", _put_under(covered), Spread.of(over, "t")))
    return tuple(found)


def unbounded(*, rail: bool | None, covered: Sequence[str] = ()) -> tuple[Candidate, ...]:
    """What may hold all that left, where too little is known of the ships to bound any of it.

    Args:
        rail: as in ``candidates``.
        covered: as in ``candidates``.

    Examples:
        >>> [c.name for c in unbounded(rail=False)]
        ['loading', 'moved-within-port', 'measurement']

    """
    found = [
        Candidate("loading", "loaded by ships, seen or not", None),
        Candidate("moved-within-port", "moved within the port", None),
        Candidate("measurement", MEASURED, None),
    ]
    if rail is not False:
        found.insert(1, Candidate("rail-or-road", _by_land(rail=rail), None))
    if covered:
        found.insert(-1, Candidate("under-cover", _put_under(covered), None))
    return tuple(found)


def _by_land(*, rail: bool | None) -> str:
    told = "rail or road" if rail else "rail or road, of which nothing is known here"
    return f"carried off by {told}"


def _put_under(covered: Sequence[str]) -> str:
    return f"moved under cover ({', '.join(covered)}), where no picture weighs it"


def _for_surplus(under: Floats, error: float, covered: Sequence[str]) -> tuple[Candidate, ...]:
    whole = Spread.of(under, "t")
    beside = f"loaded from under cover ({', '.join(covered)}), where no picture weighs it"
    return (
        *((Candidate("under-cover", beside, whole),) if covered else ()),
        Candidate("straight-from-wagons", "loaded from wagons or lorries, not off a yard", whole),
        Candidate("arrivals-unseen", "stock that came and went between two looks", whole),
        Candidate("part-loads", "ships that sailed with less than a full cargo", whole),
        Candidate(
            "measurement",
            MEASURED,
            _least(under, np.full(DRAWS, 1.96 * error)),
        ),
    )


def _least(one: Floats, other: Floats) -> Spread:
    return Spread.of(np.minimum(one, other), "t")
