"""How long each look stands in a film, and where the film says that nothing was seen."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from quaywatch.cases.film import Gap

DAY: Final = timedelta(days=1)
LAST_S: Final = 1.5
"""Seconds that the last look stands in true time: what came after it is not known."""
LEAST_S: Final = 0.08
"""Seconds that a look stands at least: two frames of television."""
NO_IMAGE: Final = "days without an image"


class Pacing(StrEnum):
    """What a second of the film is."""

    FIXED = "fixed"
    """So many looks."""
    TRUE_TIME = "true-time"
    """So many days; where nothing usable was seen, the film says so."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing shown: a look, or the gap after it."""

    seconds: float
    look: int | None
    """Place of the look in the list, or None for a gap."""
    gap: Gap | None = None


def cut(
    usable: Sequence[datetime],
    others: Sequence[tuple[datetime, str]],
    *,
    pacing: Pacing,
    fps: float,
    days_per_second: float,
    hold_days: float,
) -> list[Step]:
    """The film as a list of looks and gaps with their lengths.

    Args:
        usable: captures of the looks to show, ascending.
        others: captures of the looks left out, with why, in any order.
        pacing: looks a second, or days a second.
        fps: looks a second, for ``fixed``.
        days_per_second: for ``true-time``.
        hold_days: in true time a look stands for at most so many days; after that the film says
            that nothing usable was seen.

    Examples:
        >>> from datetime import UTC
        >>> days = [datetime(2024, 3, d, tzinfo=UTC) for d in (1, 3, 13)]
        >>> steps = cut(days, [(days[1] + 2 * DAY, "looks clouded")], pacing=Pacing.TRUE_TIME,
        ...             fps=4.0, days_per_second=2.0, hold_days=4.0)
        >>> [(s.look, s.seconds) for s in steps]
        [(0, 1.0), (1, 2.0), (None, 3.0), (2, 1.5)]
        >>> dict(steps[2].gap.reasons)
        {'looks clouded': 1, 'days without an image': 8}

    """
    if pacing is Pacing.FIXED:
        return [Step(1.0 / fps, number) for number in range(len(usable))]
    steps = []
    for number, (at, then) in enumerate(itertools.pairwise(usable)):
        days = (then - at) / DAY
        stands = min(days, hold_days)
        steps.append(Step(max(LEAST_S, stands / days_per_second), number))
        if days > hold_days:
            gap = gap_between(at, then, others)
            steps.append(Step((days - stands) / days_per_second, None, gap))
    if usable:
        steps.append(Step(LAST_S, len(usable) - 1))
    return steps


def gap_between(start: datetime, end: datetime, others: Sequence[tuple[datetime, str]]) -> Gap:
    """The stretch between two usable looks, and what there was in it instead.

    Days are those of UTC that lie wholly between the two captures' days.

    """
    within = [(at, why) for at, why in others if start < at < end]
    counts: dict[str, int] = {}
    for _, why in sorted(within, key=lambda pair: pair[1]):
        counts[why] = counts.get(why, 0) + 1
    between = max(0, (end.date() - start.date()).days - 1)
    looked = {at.date() for at, _ in within} - {start.date(), end.date()}
    counts[NO_IMAGE] = between - len(looked)
    return Gap(start, end, (end - start) / DAY, counts)


def long_gaps(
    usable: Sequence[datetime], others: Sequence[tuple[datetime, str]], hold_days: float
) -> list[Gap]:
    """Every stretch between usable looks that is longer than a look is held."""
    return [
        gap_between(at, then, others)
        for at, then in itertools.pairwise(usable)
        if (then - at) / DAY > hold_days
    ]


def reasons_line(reasons: Mapping[str, int]) -> str:
    """Counts as a sentence says them.

    Examples:
        >>> reasons_line({"looks clouded": 3, "looks elsewhere": 0, "days without an image": 8})
        'looks clouded: 3, days without an image: 8'

    """
    return ", ".join(f"{why}: {count}" for why, count in reasons.items() if count)
