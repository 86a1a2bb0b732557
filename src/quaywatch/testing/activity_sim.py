"""Invented ships at invented berths, under looks that cloud thins: activity with a known truth.

Days are floats from the start of the period; ships and looks begin well before it and end after.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from quaywatch.sites.berth_chain import ChainLooks
from quaywatch.sites.exposure import Floats
from quaywatch.sites.pattern import BerthRecord, Call

Draw = Callable[[np.random.Generator, int], Floats]
BEFORE: Final = 90.0
AFTER: Final = 40.0
LOOK_HOUR: Final = 2.0 / 24
"""UTC, as days: about 11 in the morning in Korea."""
HANDOVER_DAYS: Final = 0.1
"""Between one ship's leaving and the next at a berth that is never free: two and a half hours."""


@dataclass(frozen=True)
class Traffic:
    """Who lay where; days from the start of the period, ascending by arrival."""

    arrival: Floats
    departure: Floats
    berth: NDArray[np.int64]
    berths: int

    def calls(self, start: float, end: float) -> int:
        """Arrivals at a berth in a period: the truth."""
        return int(((self.arrival >= start) & (self.arrival < end)).sum())

    def occupied(self, start: float, end: float) -> float:
        """Share of the berths' time occupied in a period."""
        spent = np.clip(self.departure, start, end) - np.clip(self.arrival, start, end)
        return float(spent.sum() / (self.berths * (end - start)))


def lognormal(median_days: float, log_sd: float = 0.6) -> Draw:
    """Dwells by median and standard deviation of the logarithm."""
    return lambda rng, n: median_days * np.exp(log_sd * rng.standard_normal(n))


def gamma(median_days: float, shape: float) -> Draw:
    """Dwells of a gamma distribution, by median; shape 1 is the exponential."""
    return lambda rng, n: rng.gamma(shape, median_days / float(special.gammaincinv(shape, 0.5)), n)


def poisson(rng: np.random.Generator, rate: float, days: float) -> Floats:
    """Ships that come without regard to one another."""
    start, end = -BEFORE, days + AFTER
    return np.sort(rng.uniform(start, end, rng.poisson(rate * (end - start))))


def convoys(rng: np.random.Generator, rate: float, days: float) -> Floats:
    """Ships that come two or three at a time, within a day."""
    heads = poisson(rng, rate / 2.0, days)
    sizes = rng.integers(1, 4, len(heads))
    return np.sort(np.repeat(heads, sizes) + rng.uniform(0, 1, int(sizes.sum())))


def weekly(rng: np.random.Generator, rate: float, days: float) -> Floats:
    """A timetable: ships due at even spacing, each up to 12 hours early or late."""
    due = np.arange(-BEFORE + rng.uniform(0, 1 / rate), days + AFTER, 1 / rate)
    return np.sort(due + rng.uniform(-0.5, 0.5, len(due)))


def berthed(arrivals: Floats, dwells: Floats, berths: int) -> Traffic:
    """Ships take the first berth that is free, and wait where none is."""
    free = np.full(berths, -math.inf)
    where = np.zeros(len(arrivals), dtype=np.int64)
    start = np.empty(len(arrivals))
    for n, (at, dwell) in enumerate(zip(arrivals, dwells, strict=True)):
        open_now = np.flatnonzero(free <= at)
        berth = int(open_now[0]) if len(open_now) else int(np.argmin(free))
        start[n] = max(at, free[berth] + HANDOVER_DAYS)
        free[berth] = start[n] + dwell
        where[n] = berth
    order = np.argsort(start, kind="stable")
    return Traffic(start[order], (start + dwells)[order], where[order], berths)


def never_free(rng: np.random.Generator, dwell: Draw, days: float, berths: int = 1) -> Traffic:
    """Ships wait at anchor without end: each leaves her berth to the next at once."""
    parts = []
    for _ in range(berths):
        stays = dwell(rng, 64)
        while stays.sum() + HANDOVER_DAYS * len(stays) < BEFORE + AFTER + days:
            stays = np.concatenate([stays, dwell(rng, 64)])
        starts = -BEFORE - rng.uniform(0, 20) + np.cumsum(stays + HANDOVER_DAYS) - stays
        parts.append((starts, starts + stays))
    arrival = np.concatenate([p[0] for p in parts])
    order = np.argsort(arrival, kind="stable")
    where = np.repeat(np.arange(berths), [len(p[0]) for p in parts])[order]
    return Traffic(arrival[order], np.concatenate([p[1] for p in parts])[order], where, berths)


def usable_looks(rng: np.random.Generator, per_year: float, days: float) -> Floats:
    """Instants of usable looks: morning passes, thinned by weather that lasts and has seasons.

    A two-state chain of days, clear with a share that falls by a quarter in July and August; of
    the clear days so many have a pass that ``per_year`` are usable on average.
    """
    clear = max(0.6, per_year / 365.25 / 0.95)
    taken = per_year / 365.25 / clear
    length = int(BEFORE + days + AFTER)
    day = np.arange(length) - BEFORE
    summer = np.isin(((day % 365.25) / 30.44).astype(int), (6, 7))
    share = np.where(summer, 0.75 * clear, clear * (1 + 0.25 * 2 / 10))
    share = np.minimum(share, 0.97)
    luck, sun = rng.random(length), rng.random(length)
    fine = np.empty(length, dtype=bool)
    now = bool(luck[0] < share[0])
    for n in range(length):
        stays = 0.65 + 0.35 * share[n]
        now = bool(luck[n] < (stays if now else (1 - stays) * share[n] / (1 - share[n])))
        fine[n] = now
    on = day[fine & (sun < taken)]
    return np.sort(on + LOOK_HOUR + rng.uniform(0, 0.03, len(on)))


def recorded_looks(
    at: Floats, cover: Floats, rng: np.random.Generator, per_year: float, days: float
) -> Floats:
    """Instants of usable looks by a recorded series of cloud, joined in blocks of 6 to 12 dates.

    Args:
        at: days of the record, ascending.
        cover: share under cloud at each; usable under 0.3.
        rng: which blocks, and the minutes.
        per_year: usable looks on average.
        days: length of the period.

    """
    span = float(at[-1] - at[0])
    denser = per_year / 365.25 * span / max(float((cover < 0.3).sum()), 1.0)
    now, looks = -BEFORE, []
    while now < days + AFTER:
        first = int(rng.integers(0, len(at) - 6))
        for n in range(first, min(first + int(rng.integers(6, 13)), len(at) - 1)):
            if cover[n] < 0.3:
                looks.append(now + LOOK_HOUR + float(rng.uniform(0, 0.03)))
            now += min(float(at[n + 1] - at[n]), 40.0) / denser
    return np.array(looks)


def records(traffic: Traffic, looks: Floats) -> list[BerthRecord]:
    """Looks that err in nothing: what they show of every berth."""
    edge = np.concatenate([[-np.inf], looks, [np.inf]])
    first = np.searchsorted(looks, traffic.arrival, side="left")
    last = np.searchsorted(looks, traffic.departure, side="left") - 1
    shown = np.flatnonzero((last >= first) & (first < len(looks)))
    out = []
    for berth in range(traffic.berths):
        own = shown[traffic.berth[shown] == berth]
        calls = tuple(
            Call(edge[i], looks[i], looks[j], edge[j + 2])
            for i, j in zip(first[own], last[own], strict=True)
        )
        out.append(BerthRecord(looks, calls))
    return out


def shown(
    traffic: Traffic,
    looks: Floats,
    rng: np.random.Generator,
    *,
    p_detect: float = 1.0,
    p_false: float = 0.0,
    p_merge: float = 0.0,
    p_split: float = 0.0,
) -> NDArray[np.int64]:
    """Which ship each look shows at each berth: shape (berths, looks), −1 for none.

    Args:
        traffic: the truth.
        looks: days.
        rng: which looks err.
        p_detect: chance that a ship there is told.
        p_false: chance that one is told at an empty berth, never the same one twice.
        p_merge: chance that a ship is taken for the one in the look before.
        p_split: chance that a ship is not known again.

    """
    ids = np.full((traffic.berths, len(looks)), -1, dtype=np.int64)
    for ship, (berth, a, d) in enumerate(
        zip(traffic.berth, traffic.arrival, traffic.departure, strict=True)
    ):
        ids[berth, np.searchsorted(looks, a) : np.searchsorted(looks, d)] = ship
    luck = rng.random((4, *ids.shape))
    fresh = len(traffic.arrival)
    for berth, own in enumerate(ids):
        before, true_before, name = -1, -1, -1
        for n, true in enumerate(own.copy()):
            if true < 0:
                now = fresh + n if luck[0, berth, n] < p_false else -1
            elif luck[0, berth, n] >= p_detect:
                now = -1
            elif true == true_before and before >= 0:
                split = luck[1, berth, n] < p_split
                now = fresh + len(looks) + n if split else before
            elif before >= 0 and luck[2, berth, n] < p_merge:
                now = before
            else:
                now = int(true) if true != name else fresh + 2 * len(looks) + n
            name = int(true) if true >= 0 else name
            own[n] = before = now
            true_before = int(true) if now >= 0 else -1
        fresh += 4 * len(looks)
    return ids


def shown_records(ids: NDArray[np.int64], looks: Floats, *, same: float = 0.0) -> list[BerthRecord]:
    """Calls as looks show them: one as long as the same ship is in every look.

    Args:
        ids: of ``shown``.
        looks: days.
        same: chance held that two calls without a free look between them are one ship.

    """
    edge = np.concatenate([[-np.inf], looks, [np.inf]])
    out = []
    for own in ids:
        cuts = np.flatnonzero(np.diff(own)) + 1
        starts, ends = np.concatenate([[0], cuts]), np.concatenate([cuts, [len(own)]])
        runs = [(int(i), int(j) - 1) for i, j in zip(starts, ends, strict=True) if own[i] >= 0]
        calls = tuple(Call(edge[i], looks[i], looks[j], edge[j + 2]) for i, j in runs)
        links = tuple(same * (j + 1 == k) for (_, j), (k, _) in pairwise(runs))
        out.append(BerthRecord(looks, calls, links if same else ()))
    return out


def shown_chain(
    ids: NDArray[np.int64], looks: Floats, *, p_detect: float, p_false: float, p_link: float = 0.0
) -> ChainLooks:
    """The same as a chain takes it."""
    busy = ids >= 0
    both = busy[:, 1:] & busy[:, :-1]
    alike = ids[:, 1:] == ids[:, :-1]
    return ChainLooks(
        at=looks,
        given_occupied=np.where(busy, p_detect, 1 - p_detect),
        given_free=np.where(busy, p_false, 1 - p_false),
        if_same=np.where(both, np.where(alike, 1 - p_link, p_link), 1.0),
        if_other=np.where(both, np.where(alike, p_link, 1 - p_link), 1.0),
    )
