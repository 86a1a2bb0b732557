"""Berths as chains: against exact counting, and against simulated berths."""

import numpy as np
import pytest
from scipy.linalg import expm

from quaywatch.sites.berth_chain import ChainLooks, fit_chain
from quaywatch.sites.exposure import Floats, dwell_grid
from quaywatch.sites.occupancy import (
    all_full_looks,
    chain_grid,
    chain_posterior,
    occupied_share,
)
from quaywatch.testing.activity_sim import (
    berthed,
    lognormal,
    never_free,
    poisson,
    shown,
    shown_chain,
    usable_looks,
)

AT = np.array([-1.0, 1.0, 2.5, 4.0, 7.0])
OCCUPIED = np.array([[1.0, 0.9, 0.8, 0.0, 0.95]])
FREE = np.array([[0.0, 0.1, 0.3, 1.0, 0.05]])
SAME = np.array([[1.0, 0.7, 1.0, 1.0]])
OTHER = np.array([[0.3, 1.0, 1.0, 1.0]])


def enumerated(share: float, mean: float, phases: int, most: int = 12) -> tuple[float, ...]:
    """Log-likelihood, mean and variance of arrivals in days 0 to 6, by keeping the count.

    The state is phase × whether the ship was there at the look before × arrivals so far.
    """
    size = phases + 1
    shape = (most + 1, 2, size)
    number = np.arange(np.prod(shape)).reshape(shape)
    arrival, rate = share / (1 - share) / mean, phases / mean
    generators: dict[bool, Floats] = {}
    for counting in (True, False):
        a = np.zeros((number.size, number.size))
        for count in range(most + 1):
            for tag in (0, 1):
                own = number[count, tag]
                to = min(count + counting, most)
                a[own[0], own[0]] -= arrival
                a[own[0], number[to, 0, 1]] += arrival
                for k in range(1, size):
                    a[own[k], own[k]] -= rate
                    after = own[k + 1] if k < phases else number[count, 0, 0]
                    a[own[k], after] += rate
        generators[counting] = a
    state = np.zeros(shape)
    state[0, 0, 0], state[0, 0, 1:] = 1 - share, share / phases
    times = sorted({*AT.tolist(), 0.0, 6.0})
    for n, t in enumerate(times):
        if n:
            inside = times[n - 1] >= 0.0 and t <= 6.0
            moved = state.ravel() @ expm(generators[inside] * (t - times[n - 1]))
            state = moved.reshape(shape)
        if t in AT:
            look = AT.tolist().index(t)
            if look:
                state[:, 1, 1:] *= SAME[0, look - 1]
                state[:, 0, 1:] *= OTHER[0, look - 1]
            state[:, 1] += state[:, 0]
            state[:, 0] = 0.0
            state[..., 0] *= FREE[0, look]
            state[..., 1:] *= OCCUPIED[0, look]
    pmf = state.sum(axis=(1, 2))
    whole = pmf.sum()
    counts = np.arange(most + 1)
    first = counts @ pmf / whole
    return float(np.log(whole)), float(first), float(counts**2 @ pmf / whole - first**2)


@pytest.mark.parametrize("phases", [1, 3])
@pytest.mark.parametrize(("share", "mean"), [(0.3, 2.0), (0.8, 1.5)], ids=["quiet", "busy"])
def test_chain_is_exact(phases: int, share: float, mean: float) -> None:
    """Looks that err, links that err, a period whose ends fall between looks: all at once."""
    fit = fit_chain(
        ChainLooks(AT, OCCUPIED, FREE, SAME, OTHER),
        0.0,
        6.0,
        share=np.array([share]),
        mean_days=np.array([mean]),
        phases=phases,
    )
    told = (fit.log_likelihood[0, 0], fit.calls_mean[0, 0], fit.calls_variance[0, 0])
    assert told == pytest.approx(enumerated(share, mean, phases), rel=2e-3, abs=1e-6)


def test_unknown_looks_carry_nothing() -> None:
    """A look that says nothing must leave every figure as it was."""
    at = np.sort([*AT.tolist(), 3.0])
    gap = int(np.searchsorted(at, 3.0))
    ones = np.ones((1, 1))
    with_it = ChainLooks(
        at,
        np.insert(OCCUPIED, gap, 1.0, axis=1),
        np.insert(FREE, gap, 1.0, axis=1),
        np.ones((1, 5)),
        np.ones((1, 5)),
    )
    without = ChainLooks(AT, OCCUPIED, FREE, np.repeat(ones, 4, 1), np.repeat(ones, 4, 1))
    found = []
    for looks in (with_it, without):
        fit = fit_chain(looks, 0.0, 6.0, share=np.array([0.4]), mean_days=np.array([2.0]), phases=2)
        found.append((fit.log_likelihood[0, 0], fit.calls_mean[0, 0], fit.days_mean[0, 0]))
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_snapshots_forget_as_the_two_state_chain_does() -> None:
    """METHODS section 7: P(occ→occ, Δ) = π + (1−π)·exp(−(a+b)Δ)."""
    share, mean = 0.4, 2.0
    one = np.ones((1, 1))
    looks = ChainLooks(np.array([0.0, 3.0]), np.ones((1, 2)), np.zeros((1, 2)), one, one)
    fit = fit_chain(looks, 0.0, 3.0, share=np.array([share]), mean_days=np.array([mean]), phases=1)
    rate = (1 / mean) / (1 - share)
    expected = share * (share + (1 - share) * np.exp(-rate * 3.0))
    assert np.exp(fit.log_likelihood[0, 0]) == pytest.approx(expected)


def test_occupied_share_covers_the_truth() -> None:
    """The share of time occupied, at 60 looks a year: 90% intervals over 40 berths."""
    held = []
    for seed in range(40):
        rng = np.random.default_rng([11, seed])
        arrivals = poisson(rng, 0.15, 365.0)
        traffic = berthed(arrivals, lognormal(2.0)(rng, len(arrivals)), 1)
        at = usable_looks(rng, 60, 365.0)
        own = shown_chain(shown(traffic, at, rng), at, p_detect=1.0, p_false=0.0)
        found = occupied_share([own.about(0.0, 365.0)], 0.0, 365.0)
        assert found is not None
        low, high = found.quantile([0.05, 0.95])
        held.append(low <= traffic.occupied(0.0, 365.0) <= high)
    assert sum(held) >= 31


def test_one_free_berth_tells_that_not_all_are_full() -> None:
    """A berth under cloud must not hide that another was free, nor stand for a full one."""
    full = ChainLooks(
        np.array([1.0, 2.0]), np.ones((1, 2)), np.zeros((1, 2)), *[np.ones((1, 1))] * 2
    )
    other = ChainLooks(
        np.array([2.0, 3.0]), np.zeros((1, 2)), np.ones((1, 2)), *[np.ones((1, 1))] * 2
    )
    told = all_full_looks([full, other])
    assert told.at.tolist() == [2.0, 3.0]
    assert told.given_occupied.tolist() == [[0.0, 0.0]]


def test_a_berth_never_free_is_bounded_by_its_stays() -> None:
    """Without ships told apart, the calls of a full berth follow from how long ships stay."""
    rng = np.random.default_rng(5)
    traffic = never_free(rng, lognormal(2.0), 365.0)
    at = usable_looks(rng, 100, 365.0)
    ids = shown(traffic, at, rng)
    parted = shown_chain(ids, at, p_detect=1.0, p_false=0.0)
    found = chain_posterior([parted], 0.0, 365.0, dwell_grid(), seen=0)
    assert found is not None
    low, high = found.calls_interval(0.95)
    assert low <= traffic.calls(0.0, 365.0) <= high
    blurred = ChainLooks(
        at, parted.given_occupied, parted.given_free, *[np.ones_like(parted.if_same)] * 2
    )
    wide = chain_posterior([blurred], 0.0, 365.0, dwell_grid(), seen=0)
    assert wide is not None
    assert wide.calls_interval(0.95)[1] > high


def test_chain_grid_keeps_the_prior() -> None:
    """The prior of the dwell must not shift with the model that is used."""
    prior = dwell_grid()
    grid = chain_grid(prior)
    mean = np.exp(prior.log_weight) @ np.log(prior.mean_days)
    assert np.exp(grid.log_weight) @ np.log(grid.mean_days) == pytest.approx(mean, abs=0.01)
