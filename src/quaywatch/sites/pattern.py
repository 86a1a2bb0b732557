"""Rate and dwell from the pattern of looks in which each call was first and last seen.

A call first seen in look i and last in j arrives with intensity ``λ q_ij``: interval censoring,
the length bias of looks and the calls no look shows are all in it. Ships that lay there before
the first look or still lie there after the last are held in the same way.

Source: METHODS section 7. The unseen calls of the period are Poisson, given rate and dwell.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import special

from quaywatch.sites.exposure import DwellGrid, Exposure, Floats, covered_exposure
from quaywatch.sites.posterior import Posterior, mixed_poisson

RATE_PRIOR_SHAPE: Final = 0.5
"""Of the Gamma prior of a site's rate (Jeffreys); shared among its berths."""
RATES: Final = 120
"""Rates on the grid, per dwell."""
LEAST: Final = 1e-15
"""Least value of q: differences of integrals are not known closer."""
CHAIN: Final = 3
"""Most sightings in a row that are tried as one ship."""


@dataclass(frozen=True, slots=True)
class Call:
    """Between which looks a ship came and left; days."""

    after: float
    """Last look that lacks her; −∞: none."""
    first: float
    """First look that shows her."""
    last: float
    """Last look that shows her."""
    until: float
    """First look after it that lacks her; ∞: none."""


@dataclass(frozen=True)
class BerthRecord:
    """Looks at one berth and the calls in them."""

    looks: Floats
    """Instants at which the berth could be told, days, also before and after the period."""
    calls: tuple[Call, ...]
    same: tuple[float, ...] = ()
    """Chance that each call and the next are one ship, held before their times are weighed; empty:
    none can be. A ship that may have been two is given as two."""


def call_weight(call: Call, dwell: DwellGrid, start: float, end: float) -> Floats:
    """The intensity q of one call's pattern, shape (G,): see ``call_weights``."""
    one: Floats = call_weights([call], dwell, start, end)[0]
    return one


def call_weights(calls: Sequence[Call], dwell: DwellGrid, start: float, end: float) -> Floats:
    """The intensity q of calls' patterns for arrivals between ``start`` and ``end``; shape (n, G).

    Examples:
        Every arrival that a look shows has a pattern: summed over the last looks, q is its gap's
        share of W.

        >>> from quaywatch.sites.exposure import known_dwell
        >>> dwell, looks = known_dwell(2.0), [3.0, 5.0, 9.0, np.inf]
        >>> calls = [Call(0.0, 3.0, a, b) for a, b in zip(looks, looks[1:])]
        >>> q = call_weights(calls, dwell, 0.0, 9.0)
        >>> bool(np.isclose(q.sum(), dwell.integral(3.0)))
        True

    """
    told = np.array([(c.after, c.first, c.last, c.until) for c in calls], dtype=np.float64)
    if not len(told):
        return np.zeros((0, len(dwell)))
    low = np.maximum(told[:, 0], start)
    high = np.maximum(np.minimum(told[:, 1], end), low)
    gone = np.isfinite(told[:, 3])
    last, until = told[:, 2], np.where(gone, told[:, 3], 0.0)
    low = np.where(np.isneginf(low), last - 1e9, low)
    high = np.where(np.isneginf(high), low, high)
    held = dwell.integral(np.stack([last - low, last - high, until - low, until - high]))
    inside: Floats = held[0] - held[1] - np.where(gone[:, None], held[2] - held[3], 0.0)
    return np.maximum(inside, 0.0)


def pattern_posterior(
    berths: Sequence[BerthRecord],
    start: float,
    end: float,
    dwell: DwellGrid,
    *,
    prior_shape: float = RATE_PRIOR_SHAPE,
) -> Posterior | None:
    """Posterior of the rate at which ships come to a group of berths, and of their dwell.

    Args:
        berths: of the group; one ship lies at one berth.
        start: of the period, days.
        end: of the period, days.
        dwell: dwells held possible, the same at every berth.
        prior_shape: of the Gamma prior of the rate of the group; its scale is infinite.

    Returns:
        None if no look could have shown an arrival in the period.

    Bias:
        Arrivals are taken as Poisson and even over the period; ships that wait for a berth arrive
        when they berth. Where berths have different looks, the sum of their rates is taken as
        Gamma with its true mean and variance.

    Source:
        METHODS section 7: ``log L(λ,θ) = Σ_k ln(λ q_k(θ)) − λ W(θ)``.

    """
    made = (_berth(own, count, start, end, dwell) for own, count in _alike(berths))
    held = [b for b in made if b is not None]
    if not held:
        return None
    share_of_prior = prior_shape / sum(b.berths for b in held)
    moments = [_rate_moments(b, share_of_prior * b.berths) for b in held]
    mean = np.sum([m[0] for m in moments], axis=0)
    variance = np.sum([m[1] for m in moments], axis=0)
    shape, exposure = mean**2 / variance, mean / variance
    low = special.gammaincinv(shape, 1e-5)
    high = special.gammaincinv(shape, 1 - 1e-7)
    steps = np.linspace(0.0, 1.0, RATES)[:, None]
    expected = np.exp(np.log(low) + steps * np.log(high / low))
    log = shape * np.log(expected) - expected - special.gammaln(shape)
    log += np.log(np.log(high / low) / RATES) + np.sum([m[2] for m in moments], axis=0)
    rate = expected / exposure
    share = np.array([m[0] for m in moments]) / mean
    inside = np.array([b.exposure.inside_days for b in held])
    found = Posterior(dwell, rate, log, end - start, np.ones(1), (share * inside).sum(axis=0))
    unseen = mixed_poisson(rate * np.maximum(end - start - found.covered_days, 0.0), found.weight)
    return replace(found, calls_pmf=_seen(held, moments, found.dwell_weight, unseen))


@dataclass(frozen=True)
class _Held:
    """Berths of one calendar made ready: their exposure and the weights of their calls."""

    berths: int
    exposure: Exposure
    log_q: dict[int, Floats]
    """Number of ships its sightings may be → shape (G,), logarithm of their patterns' weights."""
    outside: tuple[Floats, ...]
    """Of each call that may have come before or after the period, shape (G,), the chance of it."""


def _alike(berths: Sequence[BerthRecord]) -> list[tuple[BerthRecord, int]]:
    """Berths of one calendar as one, with how many they are: given the rates, no ship is lost.

    Berths with doubted links stay by themselves, since links join one berth's calls in order.
    """
    found: dict[bytes, tuple[BerthRecord, int]] = {}
    for number, own in enumerate(berths):
        times = np.array([(c.after, c.first, c.last, c.until) for c in own.calls]).ravel()
        looks = np.unique(np.concatenate([own.looks, times[np.isfinite(times)]]))
        key = looks.tobytes() + (number.to_bytes(4, "big") if any(own.same) else b"")
        before, count = found.get(key, (BerthRecord(looks, ()), 0))
        found[key] = BerthRecord(looks, before.calls + own.calls, own.same), count + 1
    return list(found.values())


def _berth(
    record: BerthRecord, berths: int, start: float, end: float, dwell: DwellGrid
) -> _Held | None:
    """None: no look could have shown an arrival in the period."""
    exposure = covered_exposure(record.looks, start, end, dwell)
    if not exposure.looks or float(exposure.inside_days.max()) <= 0.0:
        return None
    linked = any(record.same)
    same = record.same if linked else (0.0,) * max(len(record.calls) - 1, 0)
    kept = [k for k, c in enumerate(record.calls) if c.first > start and c.after < end]
    calls = [record.calls[k] for k in kept]
    links = [same[k] if k + 1 in kept else 0.0 for k in kept[:-1]]
    edge = [c for c in calls if c.after < start or c.first > end]
    whole = call_weights(edge, dwell, -np.inf, np.inf)
    inside = call_weights(edge, dwell, start, end)
    outside = tuple(np.clip(1 - inside / np.maximum(whole, LEAST), 0.0, 1.0))
    return _Held(berths, exposure, _patterns(calls, links, dwell), outside)


def _patterns(calls: Sequence[Call], links: Sequence[float], dwell: DwellGrid) -> dict[int, Floats]:
    """Weights of all ways to read sightings as ships, by the number of ships."""
    alone = np.log(np.maximum(call_weights(calls, dwell, -np.inf, np.inf), LEAST))
    if not any(links):
        return {len(calls): alone.sum(axis=0)}
    ways: list[dict[int, Floats]] = [{0: np.zeros(len(dwell))}]
    for k in range(len(calls)):
        here: dict[int, list[Floats]] = {}
        for run in range(1, min(CHAIN, k + 1) + 1):
            apart = 1 - links[k - run] if run <= k else 1.0
            held = math.prod(links[k - run + 1 : k]) * apart
            if held <= 0.0:
                continue
            q = alone[k]
            if run > 1:
                first = calls[k - run + 1]
                one = Call(first.after, first.first, calls[k].last, calls[k].until)
                q = np.log(np.maximum(call_weights([one], dwell, -np.inf, np.inf)[0], LEAST))
            for n, before in ways[k - run + 1].items():
                here.setdefault(n + 1, []).append(before + q + math.log(held))
        ways.append({n: special.logsumexp(terms, axis=0) for n, terms in here.items()})
    return ways[-1]


def _rate_moments(berth: _Held, prior: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean, variance and log marginal of a berth's rate, shape (G,); and (ships, G) their chances.

    The chances are by the number of ships, in ascending order.
    """
    window = np.maximum(berth.exposure.window_days, LEAST)
    numbers = np.array(sorted(berth.log_q), dtype=np.float64)[:, None] + prior
    log = np.array([berth.log_q[n] for n in sorted(berth.log_q)])
    log = log + special.gammaln(numbers) - numbers * np.log(window)
    marginal = special.logsumexp(log, axis=0)
    chance = np.exp(log - marginal)
    mean = (chance * numbers).sum(axis=0) / window
    second = (chance * numbers * (numbers + 1)).sum(axis=0) / window**2
    return mean, second - mean**2, marginal, chance


def _seen(
    held: Sequence[_Held],
    moments: Sequence[tuple[Floats, Floats, Floats, Floats]],
    dwell_weight: Floats,
    pmf: Floats,
) -> Floats:
    """Chances of the calls made: those seen that came in the period added to those unseen."""
    for berth, moment in zip(held, moments, strict=True):
        numbers = sorted(berth.log_q)
        ships = np.zeros(numbers[-1] + 1)
        ships[numbers] = moment[3] @ dwell_weight
        for chance in berth.outside:
            out = float(chance @ dwell_weight)
            ships = ships * (1 - out) + np.append(ships[1:], 0.0) * out
        pmf = np.convolve(pmf, ships)
    whole: Floats = pmf / pmf.sum()
    return whole
