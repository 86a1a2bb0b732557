"""P(occupied) from what lies at a berth: a logistic curve for each kind of evidence.

The weights were fitted on simulated series and on ports set aside for it, never on those that the
figures in docs/benchmarks/imagery-berths.md are scored on.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.berth_history import Occupancy

Floats = NDArray[np.float64]

WATER_NEEDED: Final = 0.85
"""Share of what was seen that must be water before a berth can be called empty."""
SHALLOW_M: Final = 60.0
"""Metres of quay with something next to it, see ``Occupancy.shallow_m``, that forbid it too."""
HISTORY: Final = "history"
"""Against a background learnt from the berth's own looks."""
LOOK: Final = "detector and strip"
"""Against the look's own water, with the hulls that the detector found."""
NAMES: Final = (
    "one",
    "run",
    "length",
    "solid",
    "strength",
    "edge",
    "beyond",
    "slim",
    "water",
    "hull",
)
"""What the weights are of, in order; see ``evidence``."""


@dataclass(frozen=True)
class Curve:
    """A fitted logistic curve and the bounds between which it abstains."""

    weights: tuple[float, ...]
    low: float
    """P(occupied) below which a berth is called empty."""
    high: float
    """And above which it is called occupied."""
    least: float
    """P is never said to be nearer to 0 or 1 than this: what the fit's own counts allow."""
    steps: tuple[tuple[float, float], ...] = ()
    """Knots (chance of the curve, chance said) that ``monotone`` fitted; none leaves it so."""


def evidence(found: Occupancy, hull_score: float) -> Floats:
    """What the probability is computed from, in the order of ``NAMES``.

    Args:
        found: what lies there.
        hull_score: of the best detected hull at the berth, 0 without one.

    Examples:
        >>> bare = Occupancy((), 1.0, 1.0, 0.0, 30, 1.5, 0.0, 240.0)
        >>> evidence(bare, 0.0).tolist()
        [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]

    """
    if not found.runs:
        return np.array([1.0, 0, 0, 0, 0, 0, 0, 0, found.water_share, hull_score])
    run = found.runs[0]
    slim = abs(math.log(max(run.length_m, 3.0) / max(run.beam_m, 3.0) / 5.0))
    return np.array(
        [
            1.0,
            1.0,
            min(run.length_m, 150.0) / 100,
            run.solid,
            run.strength / 10,
            min(found.edge, 15.0) / 10,
            run.beyond,
            slim,
            found.water_share,
            hull_score,
        ]
    )


def tells_empty(found: Occupancy) -> bool:
    """Whether so much is water that a low chance may be called empty.

    What is no hull by its shape may still be cloud over one, and what lies next to the quay may be
    a narrow one.

    Examples:
        >>> tells_empty(Occupancy((), 1.0, 1.0, 0.0, 30, 1.5, 0.0, 240.0))
        True

    """
    return found.water_share >= WATER_NEEDED and found.shallow_m < SHALLOW_M


def chance(x: Floats, curve: Curve) -> float:
    """P(occupied), kept off 0 and 1.

    Args:
        x: see ``evidence``.
        curve: see ``CURVES``.

    """
    z = float(np.clip(x @ np.array(curve.weights), -30.0, 30.0))
    p = 1 / (1 + math.exp(-z))
    if curve.steps:
        knots = np.array(curve.steps)
        p = float(np.interp(p, knots[:, 0], knots[:, 1]))
    return min(max(p, curve.least), 1 - curve.least)


def fitted(x: Floats, occupied: NDArray[np.bool_], weight: Floats, *, ridge: float) -> Floats:
    """Weights of a logistic curve, by Newton's method with a ridge.

    Args:
        x: (case, evidence), the first column 1.
        occupied: (case,) the truth.
        weight: (case,) how much each counts.
        ridge: penalty on every weight but the first, in cases.

    Returns:
        (evidence,)

    Examples:
        >>> x = np.array([[1.0, -1], [1, -1], [1, 1], [1, 1]])
        >>> weights = fitted(x, np.array([False, False, True, True]), np.ones(4), ridge=0.1)
        >>> bool(weights[1] > 1)
        True

    """
    penalty = np.full(x.shape[1], ridge)
    penalty[0] = 1e-6
    weights = np.zeros(x.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (weight * (p - occupied)) + penalty * weights
        curvature = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-9:
            break
    found: Floats = weights
    return found


def monotone(p: Floats, occupied: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Steps by which chances rise as the truth did: isotonic regression, pools of neighbours.

    Args:
        p: (case,) chances.
        occupied: (case,) the truth.

    Returns:
        Knots of a piecewise linear curve, mean chance and share occupied of each pool, rising.

    Source:
        Zadrozny and Elkan (2002), doi:10.1145/775047.775151; pools by Ayer et al. (1955),
        doi:10.1214/aoms/1177728423.

    Examples:
        >>> monotone(np.array([0.1, 0.2, 0.6, 0.9]), np.array([False, True, False, True]))
        [(0.1, 0.0), (0.4, 0.5), (0.9, 1.0)]

    """
    order = np.argsort(p, kind="stable")
    pools: list[list[float]] = []
    for chance_of, true in zip(p[order], occupied[order], strict=True):
        pools.append([float(chance_of), float(true), 1.0])
        while len(pools) > 1 and pools[-2][1] / pools[-2][2] >= pools[-1][1] / pools[-1][2]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    return [(total / count, true / count) for total, true, count in pools]


CURVES: Final = {
    HISTORY: Curve(
        weights=(-10.332, 0.742, 5.849, 1.855, -1.897, 6.455, -2.338, -1.935, 1.331, 0.0),
        low=0.2,
        high=0.8,
        least=0.01,
    ),
    LOOK: Curve(
        weights=(-3.188, 0.542, 1.445, 0.799, 1.067, 0.786, -0.12, -0.669, -0.483, 0.624),
        low=0.2,
        high=0.8,
        least=0.02,
        steps=((0.060, 0.0), (0.721, 0.333), (0.785, 0.833), (0.921, 1.0)),
    ),
}
"""By kind of evidence. ``scripts/fit_berths.py`` makes weights and steps; it chose by log loss with
seeds and ports left out. Bounds as METHODS section 5."""
