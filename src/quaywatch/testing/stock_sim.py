"""How much coal lies in each yard at every hour: trains bring it, ships and loaders take it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.testing.fleet import HOUR_S, WORLD_END, WORLD_START
from quaywatch.testing.ground import Plane
from quaywatch.testing.planted import StockPoint, iso, seconds
from quaywatch.testing.sealanes import FloatArray
from quaywatch.testing.world import Visit

CAPACITY_T: Final = {"yard-open": 60_000.0, "yard-bins": 24_000.0}
TRAIN_T: Final = {"yard-open": 1050.0, "yard-bins": 620.0}
"""Mean delivery, tonnes a day."""
TAKEN: Final = {"yard-open": 0.55, "yard-bins": 0.30}
"""Share of a ship's cargo that each yard gives; the rest comes straight off the train."""
EMPTY_FROM: Final = "2023-10-22T00:00Z"
EMPTY_TO: Final = "2024-04-03T00:00Z"
"""The open yard lies bare between these, then coal reappears."""
STEP_AT: Final = "2024-06-21T04:00Z"
STEP_T: Final = 24_000.0
"""A planted step between the looks of 20 and 22 June 2024."""
UNSEEN_T: Final = 16_000.0
"""Coal that leaves the open yard without any ship alongside."""


@dataclass(frozen=True)
class Stocks:
    """Tonnes per yard on an hourly grid."""

    hours_s: FloatArray
    tonnes: dict[str, FloatArray]
    events: tuple[StockPoint, ...]

    def at(self, yard: str, at_s: float) -> float:
        """Tonnes in a yard at an instant."""
        return float(np.interp(at_s, self.hours_s, self.tonnes[yard]))

    def covered_share(self, yard: str, at_s: float) -> float:
        """Share of the yard's floor under coal: area grows as volume to the power 2/3."""
        full = self.at(yard, at_s) / CAPACITY_T[yard]
        return round(0.88 * full ** (2 / 3), 4) if full > 0.004 else 0.0

    def points(self) -> tuple[StockPoint, ...]:
        """One point per yard and day, and every planted event, in time order."""
        daily = [
            StockPoint(
                yard=yard,
                at=iso(at),
                tonnes=round(self.at(yard, at), 0),
                covered_share=self.covered_share(yard, at),
            )
            for yard in self.tonnes
            for at in self.hours_s[::24].tolist()
        ]
        return tuple(sorted([*daily, *self.events], key=lambda p: (p.at, p.yard)))


def simulate_stock(visits: tuple[Visit, ...], rng: np.random.Generator) -> Stocks:
    """Hourly stock of every coal yard over the world's two years."""
    start_s, end_s = seconds(WORLD_START), seconds(WORLD_END)
    hours = np.arange(start_s, end_s + HOUR_S, HOUR_S)
    into = {yard: _trains(hours, per_day, rng) for yard, per_day in TRAIN_T.items()}
    out = {yard: _loadings(hours, visits, share) for yard, share in TAKEN.items()}
    into["yard-open"][np.searchsorted(hours, seconds(STEP_AT))] += STEP_T
    tonnes = {yard: _fill(hours, yard, into[yard], out[yard]) for yard in CAPACITY_T}
    unseen_s = _unwatched_moment(hours, tonnes["yard-open"], visits)
    out["yard-open"][np.searchsorted(hours, unseen_s)] += UNSEEN_T
    tonnes["yard-open"] = _fill(hours, "yard-open", into["yard-open"], out["yard-open"])
    stocks = Stocks(hours, tonnes, ())
    return Stocks(hours, tonnes, _events(stocks, unseen_s))


def lie_of_coal(inside: NDArray[np.bool_], first: Plane, rough: Plane) -> Plane:
    """Order in which a yard's floor fills, 0 to 1, the same in every image; 2 outside.

    Args:
        inside: pixels of the yard.
        first: small where coal is tipped first.
        rough: noise of unit standard deviation that makes the edges of piles uneven.

    """
    order = np.full(inside.shape, 2.0, np.float32)
    score = first[inside] + 0.35 * rough[inside]
    rank = np.empty(len(score), np.float32)
    rank[np.argsort(score, kind="stable")] = np.linspace(0.0, 1.0, len(score), dtype=np.float32)
    order[inside] = rank
    return order


def _trains(hours: FloatArray, per_day: float, rng: np.random.Generator) -> FloatArray:
    """Deliveries in lumps: a train every day or two, each unloaded within the hour."""
    arrives = rng.random(len(hours)) < 0.7 / 24
    load: FloatArray = arrives * per_day / 0.7 * rng.uniform(0.6, 1.4, len(hours))
    return load


def _loadings(hours: FloatArray, visits: tuple[Visit, ...], share: float) -> FloatArray:
    """Coal taken by ships, evenly from six hours after arrival to four before departure."""
    taken = np.zeros(len(hours))
    for visit in visits:
        start, end = loading_span(visit)
        rows = (hours >= start) & (hours < end)
        if visit.cargo_t > 0 and rows.any():
            taken[rows] += share * visit.cargo_t / rows.sum()
    return taken


def loading_span(visit: Visit) -> tuple[float, float]:
    """When a ship is loading: its stay less time to make fast and to clear."""
    ends = min(6 * HOUR_S, 0.25 * (visit.end_s - visit.start_s))
    return visit.start_s + ends, visit.end_s - ends * 2 / 3


def _fill(hours: FloatArray, yard: str, into: FloatArray, out: FloatArray) -> FloatArray:
    """Running stock, never below nothing nor above capacity; a full yard orders fewer trains."""
    empty_from, empty_to = seconds(EMPTY_FROM), seconds(EMPTY_TO)
    capacity, bare = CAPACITY_T[yard], yard == "yard-open"
    level, levels = 0.4 * capacity, np.empty(len(hours))
    for row, at in enumerate(hours.tolist()):
        ordered = 1.0 if into[row] >= STEP_T else max(1.9 - 2.2 * level / capacity, 0.0)
        level = min(max(level + ordered * float(into[row]) - float(out[row]), 0.0), capacity)
        if bare and empty_from <= at < empty_to:
            level = max(level - 1500.0, 0.0) if at < empty_from + 48 * HOUR_S else 0.0
        levels[row] = level
    return levels


def _unwatched_moment(hours: FloatArray, tonnes: FloatArray, visits: tuple[Visit, ...]) -> float:
    """The hour of late 2024 with most coal and no ship at a coal berth for two days around."""
    allowed = (hours >= seconds("2024-08-15T00:00Z")) & (hours < seconds("2024-12-10T00:00Z"))
    for visit in visits:
        if visit.berth.startswith("coal"):
            margin = 24 * HOUR_S
            allowed &= (hours < visit.start_s - margin) | (hours > visit.end_s + margin)
    if not allowed.any():
        allowed = hours == seconds("2024-10-01T00:00Z")
    return float(hours[int(np.argmax(np.where(allowed, tonnes, -1.0)))])


def _events(stocks: Stocks, unseen_s: float) -> tuple[StockPoint, ...]:
    def point(at_s: float, event: str) -> StockPoint:
        yard = "yard-open"
        share = stocks.covered_share(yard, at_s)
        return StockPoint(yard, iso(at_s), round(stocks.at(yard, at_s), 0), share, event)

    return (
        point(seconds(EMPTY_FROM), "yard cleared; bare from two days later"),
        point(seconds(EMPTY_TO), "coal reappears"),
        point(seconds(STEP_AT), f"step of {STEP_T:.0f} t"),
        point(unseen_s, f"{UNSEEN_T:.0f} t leave with no ship alongside"),
    )
