"""The posterior over joint assignments of hulls and ships, summed exactly by connected component.

Every hull is at most one ship's and every ship at most one hull's. The weight of an assignment is
the product of its pairs' weights, each relative to both being left alone. The sum over all of them
runs along one side, remembering of the other only what is still to come: exact as long as that is
little. Where it is much, the lightest partial assignments are dropped, and what they can hold at
most is said. Nothing is drawn at random.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, reverse_cuthill_mckee

Floats = NDArray[np.float64]

MOST_STATES: Final = 4096
"""Partial assignments that are held at a step of the sum."""
MOST_STEPS: Final = 2_000_000
"""Of the sum over one component: fewer states are held where pairs are many."""
NEGLIGIBLE: Final = 1e-7
"""A pair that can hold no more than this of the posterior is left out, and counted as left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Marginals of the posterior over joint assignments."""

    pairs: Floats
    """Shape (hulls, ships): P(this hull is this ship)."""
    hull_alone: Floats
    """Shape (hulls,): P(none of the ships)."""
    ship_alone: Floats
    """Shape (ships,): P(none of the hulls)."""
    component: NDArray[np.int64]
    """Shape (hulls,): which component a hull is in."""
    left_out: Floats
    """Shape (components,): upper bound on the probability left out of a component's figures."""
    sizes: tuple[int, ...]
    """Hulls and ships of each component."""


def joint_posterior(weights: Floats, *, most_states: int = MOST_STATES) -> Joint:
    """Marginal probabilities of pairs, from the weight of each pair over both being alone.

    Args:
        weights: shape (hulls, ships), 0 where a pair is outside the gate. For a hull seen at z
            ``P_d N(z) f(length) / ((1 - P_d P_in) * density of hulls that are none of these)``.
        most_states: partial assignments held at a step.

    Returns:
        Marginals; each row of ``pairs`` with ``hull_alone`` sums to 1, each column likewise.

    Bias:
        None where ``left_out`` is 0 or tiny; else figures are off by no more than it.

    Examples:
        >>> both = joint_posterior(np.array([[9.0, 1.0], [0.0, 4.0]]))
        >>> both.pairs.round(3).tolist()  # 1 + 9 + 1 + 4 + 36 = 51
        [[0.882, 0.02], [0.0, 0.784]]
        >>> float(both.left_out.max())
        0.0

    """
    hulls, ships = weights.shape
    pairs = np.zeros((hulls, ships))
    kept, dropped = _pruned(weights)
    label, count = _components(kept)
    left_out, sizes = np.zeros(count), []
    for number in range(count):
        rows = np.flatnonzero(label[:hulls] == number)
        columns = np.flatnonzero(label[hulls:] == number)
        sizes.append(len(rows) + len(columns))
        if not len(rows) or not len(columns):
            continue
        block = np.ix_(rows, columns)
        pairs[block], lost = _component(kept[block], most_states)
        left_out[number] = min(1.0, lost + float(dropped[rows].sum() + dropped[:, columns].sum()))
    return Joint(
        pairs,
        np.clip(1.0 - pairs.sum(axis=1), 0.0, 1.0),
        np.clip(1.0 - pairs.sum(axis=0), 0.0, 1.0),
        label[:hulls],
        left_out,
        tuple(sizes),
    )


def _pruned(weights: Floats) -> tuple[Floats, Floats]:
    """Weights without pairs that can hold next to nothing, and the bound on each that was dropped.

    An assignment with hull i and ship j is no heavier than ``w_ij`` times the one that lets both
    alone, and, if ship k has a strong claim on i, than ``w_ij / w_ik`` times the one in which k
    has i, and whatever k had then is left alone; summed over what k may have had this bounds P.
    """
    if not weights.size:
        return weights, np.zeros_like(weights)
    bound = np.minimum(weights, _against(weights))
    bound = np.minimum(bound, _against(weights.T).T)
    light = (bound < NEGLIGIBLE) & (weights > 0.0)
    return np.where(light, 0.0, weights), np.where(light, bound, 0.0)


def _against(weights: Floats) -> Floats:
    """Each weight over the strongest claim that another column has on its row."""
    claim = weights / (1.0 + weights.sum(axis=0) - weights)
    if claim.shape[1] < 2:
        return np.full_like(weights, np.inf)
    first = claim.argmax(axis=1)
    rows = np.arange(len(claim))
    best = claim[rows, first]
    rest = claim.copy()
    rest[rows, first] = 0.0
    other = np.where(np.arange(claim.shape[1]) == first[:, None], rest.max(axis=1)[:, None],
                     best[:, None])  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        out: Floats = np.where(other > 0.0, weights / other, np.inf)
    return out


def _components(weights: Floats) -> tuple[NDArray[np.int64], int]:
    """Component of each hull, then of each ship, and how many there are."""
    hulls, ships = weights.shape
    row, column = np.nonzero(weights)
    size = hulls + ships
    graph = csr_matrix((np.ones(len(row)), (row, column + hulls)), shape=(size, size))
    count, label = connected_components(graph, directed=False)
    return label.astype(np.int64), int(count)


def _component(weights: Floats, most_states: int) -> tuple[Floats, float]:
    """Marginals of one component and the bound on what was left out."""
    flipped = _width(weights.T) < _width(weights)
    table = weights.T if flipped else weights
    order = _order(table)
    pairs, lost = _along(table[order], most_states)
    back = np.empty_like(pairs)
    back[order] = pairs
    return (back.T if flipped else back), lost


def _order(weights: Floats) -> NDArray[np.int64]:
    """Rows in an order in which those that share columns come soon after each other."""
    shared = csr_matrix((weights > 0.0).astype(np.float64))
    near = csr_matrix(shared @ shared.T)
    return np.asarray(reverse_cuthill_mckee(near, symmetric_mode=True), np.int64)


def _width(weights: Floats) -> int:
    """Columns that must be remembered at most when rows are gone through in order."""
    used = weights[_order(weights)] > 0.0
    first = used.argmax(axis=0)
    last = len(used) - 1 - used[::-1].argmax(axis=0)
    steps = np.arange(len(used))[:, None]
    return int(((first <= steps) & (last > steps)).sum(axis=1).max())


State = dict[int, float]


def _along(weights: Floats, most_states: int) -> tuple[Floats, float]:
    """Forward and backward over rows; a state is the set of columns taken that are yet to come."""
    rows, columns = weights.shape
    used = weights > 0.0
    last = rows - 1 - used[::-1].argmax(axis=0)
    options = [
        [(1 << c, float(weights[r, c]), c) for c in np.flatnonzero(used[r]).tolist()]
        for r in range(rows)
    ]
    most_states = max(64, min(most_states, MOST_STEPS // max(int(used.sum()), 1)))
    over = last.tolist()
    keep = [~sum(1 << c for c in range(columns) if over[c] == r) for r in range(rows)]
    rest = _completions(weights)
    forward, scale, lost = [State({0: 1.0})], 0.0, -math.inf
    for r in range(rows):
        found: State = {}
        for state, weight in forward[-1].items():
            base = state & keep[r]
            found[base] = found.get(base, 0.0) + weight
            for bit, w, _ in options[r]:
                if not state & bit:
                    after = (state | bit) & keep[r]
                    found[after] = found.get(after, 0.0) + weight * w
        if len(found) > most_states:
            ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
            dropped = math.log(sum(weight for _, weight in ranked[most_states:]))
            lost = float(np.logaddexp(lost, scale + dropped + rest[r + 1]))
            found = dict(ranked[:most_states])
        most = max(found.values())
        scale += math.log(most)
        forward.append({state: weight / most for state, weight in found.items()})
    pairs = _marginals(forward, options, keep, weights.shape)
    total = scale + math.log(sum(forward[-1].values()))
    return pairs, math.exp(lost - float(np.logaddexp(total, lost)))


def _completions(weights: Floats) -> Floats:
    """Upper bound, from each row on, of the logarithm of the weight of all that may follow."""
    rows = len(weights)
    out = np.zeros(rows + 1)
    for r in range(rows):
        by_row = np.log1p(weights[r:].sum(axis=1)).sum()
        by_column = np.log1p(weights[r:].sum(axis=0)).sum()
        out[r] = min(by_row, by_column)
    return out


def _marginals(
    forward: Sequence[State],
    options: Sequence[Sequence[tuple[int, float, int]]],
    keep: Sequence[int],
    shape: tuple[int, ...],
) -> Floats:
    """P of each pair from the sums up to a row and those from it on."""
    pairs = np.zeros(shape)
    backward: State = dict.fromkeys(forward[-1], 1.0)
    for r in range(shape[0] - 1, -1, -1):
        alone, before, taken = 0.0, State(), dict[int, float]()
        for state, weight in forward[r].items():
            after = backward.get(state & keep[r], 0.0)
            alone += weight * after
            for bit, w, c in options[r]:
                if not state & bit:
                    held = w * backward.get((state | bit) & keep[r], 0.0)
                    after += held
                    taken[c] = taken.get(c, 0.0) + weight * held
            before[state] = after
        total = alone + sum(taken.values())
        for c, held in taken.items():
            pairs[r, c] = held / total
        most = max(before.values())
        backward = {state: weight / most for state, weight in before.items()}
    return pairs
