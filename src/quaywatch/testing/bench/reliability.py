"""How well probabilities hold: Brier score, calibration error, and a table of bins."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Reliability:
    """Probabilities against what was true."""

    n: int
    base: float
    """Share that was true."""
    brier: float
    brier_base: float
    """Of always saying ``base``: what knowing nothing else would score."""
    ece: float
    """Mean distance of said and true share over ten bins of equal width, by their size."""
    over: float
    """The same, counting only bins where more was said than was true."""
    bins: tuple[tuple[float, float, int], ...]
    """Mean said, share true, number; empty bins left out."""


def reliability(said: NDArray[np.float64], true: NDArray[np.bool_]) -> Reliability | None:
    """None where there is nothing.

    Examples:
        >>> found = reliability(np.array([0.1, 0.1, 0.9, 0.9]), np.array([0, 0, 1, 1], bool))
        >>> round(found.brier, 3), round(found.ece, 3), round(found.over, 3)
        (0.01, 0.1, 0.05)

    """
    if not len(said):
        return None
    base = float(true.mean())
    which = np.minimum((said * 10).astype(int), 9)
    bins, ece, over = [], 0.0, 0.0
    for k in range(10):
        mine = which == k
        if mine.any():
            told, held, share = (
                float(said[mine].mean()),
                float(true[mine].mean()),
                float(mine.mean()),
            )
            bins.append((told, held, int(mine.sum())))
            ece += share * abs(told - held)
            over += share * max(0.0, told - held)
    return Reliability(
        len(said),
        base,
        float(np.mean((said - true) ** 2)),
        base * (1.0 - base),
        ece,
        over,
        tuple(bins),
    )
