"""How much it says that two hulls look alike: a ratio measured on recorded pairs of chips.

Measured for one kind of image, colour pixels of 3 m; how alike two hulls look by chance was counted
on hulls of one length. Scored on later dates the ratios are worth using between images of one day
(C_llr 0.49) and not quite between images days apart (0.58, where 0.5 is the most that METHODS
section 8 lets count): there, and beyond, they say no more than an expert may.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from quaywatch.evidence.likelihood import EXPERT_LIMIT
from quaywatch.fusion.likeness import EMBEDDING_CAP, Appearance
from quaywatch.imagery.embedding import METHOD, alike, comparable
from quaywatch.imagery.hull_frame import Chip
from quaywatch.imagery.sensors import Sensor


@dataclass(frozen=True)
class Line:
    """Log ratio as a line of the score, and on how many pairs it was fitted."""

    intercept: float
    slope: float
    n_same: int
    n_other: int


MEASURED = Line(-4.99, 8.22, 67, 709)
"""Pairs 1 to 4 days apart against other hulls of like length of one day, dates before October
2017; see ``docs/benchmarks/likeness.md`` for what later dates make of it."""
MEASURED_DAYS = 0.5
"""Up to which the ratios were found worth using."""
GSD_WITHIN = 0.2
"""Share by which sizes of pixels may differ."""


def appearance(
    one: Chip,
    other: Chip,
    *,
    sensors: tuple[Sensor, Sensor],
    captured: tuple[datetime, datetime],
) -> Appearance:
    """How alike two hulls look, as a ratio; or why that is not asked.

    Args:
        one: a chip.
        other: a chip.
        sensors: of the chips.
        captured: when each was taken.

    """
    reason = _apart(one, other, sensors) or comparable(one) or comparable(other)
    if reason is not None:
        return Appearance(None, None, reason=reason)
    score = round(alike(one, other), 4)
    days = abs((captured[0] - captured[1]).total_seconds()) / 86_400
    measured = days <= MEASURED_DAYS
    return Appearance(
        score=score,
        log_ratio=log_ratio_of(score, measured=measured),
        n_same=MEASURED.n_same,
        n_other=MEASURED.n_other,
        measured=measured,
        method=METHOD,
    )


def log_ratio_of(score: float, *, measured: bool = True) -> float:
    """Log ratio of a score, within what it may say.

    Examples:
        >>> [round(math.exp(log_ratio_of(score)), 2) for score in (0.2, 0.6, 0.9)]
        [0.04, 0.94, 11.11]
        >>> round(math.exp(log_ratio_of(0.9, measured=False)), 2)
        5.0

    """
    cap = EMBEDDING_CAP if measured else math.log(EXPERT_LIMIT)
    return min(max(MEASURED.intercept + MEASURED.slope * score, -cap), cap)


def _apart(one: Chip, other: Chip, sensors: tuple[Sensor, Sensor]) -> str | None:
    if sensors[0].id != sensors[1].id:
        return f"the images are of two sensors ({sensors[0].id}, {sensors[1].id})"
    wider = max(one.gsd_m, other.gsd_m)
    if abs(one.gsd_m - other.gsd_m) > GSD_WITHIN * wider:
        return f"the images have pixels of {one.gsd_m:.1f} and {other.gsd_m:.1f} m"
    return None
