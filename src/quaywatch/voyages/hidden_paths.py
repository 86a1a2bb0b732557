"""All ways through a silence: at sea, in a port, at sea again, on a grid of time, in log space.

A way is: straight to where the ship was heard again, or up to ``most`` calls one after another.
Each leg takes at least its lower bound at the highest speed, so a port outside the prism has no
way through it. Sums over all ways are exact on the grid (a hidden semi-Markov model), and a port,
or a time in a port, is judged by leaving it out: P = 1 - Z(without) / Z.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import lognorm

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

USUAL_KN: Final = 10.5
"""Median speed of a loaded handy bulker over a passage; the spread is ``SPEED_SIGMA``."""
SPEED_SIGMA: Final = 0.25
WAIT_SHARE: Final = 0.5
"""Share of passages that take longer than sailing needs: anchorage, weather, orders, drifting."""
WAIT_H: Final = 24.0
WAIT_SIGMA: Final = 1.3
STAY_H: Final = 30.0
"""Median stay at a port; the spread is wide, since a call may be for an hour or a fortnight."""
STAY_SIGMA: Final = 1.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Nodes 0 … ``n`` over a silence, ``step_h`` apart."""

    n: int
    step_h: float

    @classmethod
    def over(cls, hours: float, *, most: int = 96) -> "Grid":
        """Half an hour a step, at most ``most`` steps, at least 8."""
        n = int(min(most, max(8, np.ceil(hours / 0.5))))
        return cls(n, hours / n)


@lru_cache(maxsize=4096)
def mass(grid: Grid, *, median_h: float, sigma: float, least_h: float = 0.0) -> Floats:
    """Probability of each number of steps for a log-normal time; none below ``least_h``.

    Returns:
        Length n + 1; entry i is the mass within half a step of node i. What lies beyond the grid
        is not in it, so it adds to less than 1.

    Examples:
        >>> whole = mass(Grid(100, 1.0), median_h=10.0, sigma=0.3)
        >>> round(float(whole.sum()), 3), int(whole.argmax())
        (1.0, 9)

    """
    edges = (np.arange(grid.n + 2) - 0.5) * grid.step_h
    below = lognorm.cdf(np.maximum(edges, 0.0), sigma, scale=max(median_h, 1e-6))
    found: Floats = np.diff(below)
    # Rounded down: a step too many allowed excludes nobody wrongly.
    found[: int(np.floor(least_h / grid.step_h + 1e-9))] = 0.0
    found.setflags(write=False)
    return found


@lru_cache(maxsize=4096)
def passage(
    grid: Grid,
    *,
    water_nm: float,
    lower_nm: float,
    ceiling_kn: float,
    usual_kn: float = USUAL_KN,
    wait_share: float = WAIT_SHARE,
) -> Floats:
    """Mass of the steps that a leg takes: sailing, and in a share of cases waiting on top.

    Examples:
        >>> at_once = passage(Grid(40, 1.0), water_nm=120, lower_nm=118, ceiling_kn=15)
        >>> bool((at_once[:7] == 0).all()), bool((at_once[8:] > 0).all())
        (True, True)

    """
    least = lower_nm / ceiling_kn
    sails = mass(grid, median_h=max(water_nm / usual_kn, least), sigma=SPEED_SIGMA, least_h=least)
    # A hull that cannot be faster than its ceiling spends what is left below it at the ceiling.
    waits = mass(grid, median_h=WAIT_H, sigma=WAIT_SIGMA)
    slow = np.convolve(sails, waits)[: grid.n + 1]
    found: Floats = (1.0 - wait_share) * sails + wait_share * slow
    found.setflags(write=False)
    return found


@dataclass(frozen=True, slots=True)
class Ways:
    """What the sums are taken over. J ports, n + 1 nodes."""

    direct: float
    """ln of the weight of going straight on."""
    start: Floats
    """Shape (J, n + 1): ln of the weight of arriving first at port j at node i."""
    hop: Floats
    """Shape (J (n + 1), J (n + 1)), from ``hops``: weight of leaving j at a node and arriving at k
    at another."""
    stay: Floats
    """Shape (J, n + 1, n + 1): weight of lying at j from node i to node k, evidence included."""
    end: Floats
    """Shape (J, n + 1): ln of the weight of leaving j at node k and being heard at the end."""
    most: int = 3
    """Calls in one silence, at most."""

    def without(self, masks: Mapping[int, Mask]) -> "Ways":
        """The same with some stays left out: per port, True where the stay (i, k) is not."""
        stay = self.stay.copy()
        for port, mask in masks.items():
            stay[port][mask] = 0.0
        return Ways(self.direct, self.start, self.hop, stay, self.end, self.most)


def toeplitz(steps: Floats) -> Floats:
    """Matrix (i, k) of the mass of k - i steps; zero below the diagonal.

    Examples:
        >>> toeplitz(np.array([0.1, 0.2, 0.3])).tolist()
        [[0.1, 0.2, 0.3], [0.0, 0.1, 0.2], [0.0, 0.0, 0.1]]

    """
    n = len(steps)
    ahead = np.arange(n)[None, :] - np.arange(n)[:, None]
    found: Floats = np.where(ahead >= 0, steps[np.maximum(ahead, 0)], 0.0)
    return found


def hops(steps: Floats) -> Floats:
    """Matrix of all ways from port to port, from the mass of steps of each; none from j to j.

    Args:
        steps: shape (J, J, n + 1).

    Returns:
        Shape (J (n + 1), J (n + 1)); row: port and node left, column: port and node arrived at.

    Examples:
        >>> hops(np.ones((2, 2, 1))).tolist()
        [[0.0, 1.0], [1.0, 0.0]]

    """
    ports, _, n = steps.shape
    found = np.zeros((ports, n, ports, n))
    for j in range(ports):
        for k in range(ports):
            if j != k:
                found[j, :, k, :] = toeplitz(steps[j, k])
    return found.reshape(ports * n, ports * n)


def _hopped(logs: Floats, hop: Floats) -> Floats:
    """ln(exp(logs) @ hop) over all ports together, shape (J, n + 1)."""
    return _log_times(logs.reshape(1, -1), hop).reshape(logs.shape)


def _stayed(logs: Floats, stay: Floats) -> Floats:
    """ln(exp(logs[j]) @ stay[j]) for each port j."""
    return _log_times(logs[:, None, :], stay)[:, 0, :]


def _log_times(logs: Floats, kernel: Floats) -> Floats:
    """Shifted so that nothing overflows; what is e^700 times rarer than the rest is lost."""
    top = float(logs.max()) if logs.size else -np.inf
    if not np.isfinite(top):
        shape = np.broadcast_shapes(logs.shape[:-2], kernel.shape[:-2])
        return np.full((*shape, logs.shape[-2], kernel.shape[-1]), -np.inf)
    with np.errstate(divide="ignore"):
        found: Floats = np.log(np.exp(logs - top) @ kernel) + top
    return found


def _forward(ways: Ways) -> tuple[list[Floats], list[Floats]]:
    """Weights (ln) of the m-th arrival and departure, each of shape (J, n + 1)."""
    arrive, leave = [ways.start], []
    for m in range(ways.most):
        leave.append(_stayed(arrive[m], ways.stay))
        if m + 1 < ways.most:
            arrive.append(_hopped(leave[m], ways.hop))
    return arrive, leave


def log_total(ways: Ways) -> tuple[float, float]:
    """Sum (ln) over all ways, and over those with a call.

    Examples:
        >>> none = np.full((1, 3), -np.inf)
        >>> log_total(Ways(0.0, none, np.zeros((3, 3)), np.ones((1, 3, 3)), none))
        (0.0, -inf)

    """
    if not len(ways.start):
        return ways.direct, -np.inf
    _, leave = _forward(ways)
    calls = float(logsumexp([logsumexp(left + ways.end) for left in leave]))
    return float(np.logaddexp(ways.direct, calls)), calls


def stays_posterior(ways: Ways, log_z: float) -> Floats:
    """Expected number of stays at j from node i to node k: shape (J, n + 1, n + 1).

    Forward and backward sums meet at each stay; ``log_z`` is that of everything it is a share of.
    """
    arrive, _ = _forward(ways)
    tails = [ways.end]
    for _ in range(1, ways.most):
        back = _stayed(tails[-1], ways.stay.transpose(0, 2, 1))
        tails.append(np.logaddexp(ways.end, _hopped(back, ways.hop.T)))
    found = np.zeros_like(ways.stay)
    for m in range(ways.most):
        tail = tails[ways.most - 1 - m]
        both = arrive[m][:, :, None] + tail[:, None, :] - log_z
        found += np.exp(np.minimum(both, 700.0)) * ways.stay
    return found
