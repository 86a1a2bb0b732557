"""Ships with planted cargoes, and yards with planted removals, to score intervals on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

from quaywatch.testing.fleet import WORLD_END, WORLD_START, make_hull
from quaywatch.testing.planted import seconds
from quaywatch.testing.sealanes import FloatArray
from quaywatch.testing.stock_sim import TAKEN, UNSEEN_T, Stocks, simulate_stock
from quaywatch.testing.world import Visit
from quaywatch.voyages.cargo import LOAD, Carriage
from quaywatch.voyages.draught import Change, Hull
from quaywatch.voyages.figures import REGISTER_SIGMA, deadweight
from quaywatch.voyages.mass_balance import Amount, Ledger, StockChange, Unseen

DAY_S: Final = 86_400.0
SHIPS, VOYAGES = 6, 18
YARD: Final = "yard-open"
CLEAR_FROM: Final = "2024-05-01T00:00Z"
"""The simulated yard lies bare before; from here on it works."""
P_LADEN: Final = 0.9


@dataclass(frozen=True)
class Trade:
    """How the planted ships sail, where it is not as the method assumes."""

    name: str
    load: tuple[float, float] = LOAD
    habit: float = 0.5
    """Share of the load's variance that all voyages of a fleet have in common."""
    part: float = 0.0
    """Share of voyages with 30 to 80% of a full cargo."""
    wrong_dwt: float = 1.0
    """A register that is this many times the truth, for one ship of the fleet."""
    field_live: float = 0.0
    """Share of loading calls about which the draught field is typed in truly."""
    field_junk: float = 0.0
    """Share about which it says something else altogether."""


TRADES: Final = (
    Trade("as assumed"),
    Trade("every load apart", habit=0.0),
    Trade("one habit for all", habit=1.0),
    Trade("light cargoes (0.75 to 0.93)", load=(0.75, 0.93)),
    Trade("one register a fifth too high", wrong_dwt=1.2),
    Trade("a fifth part loads, no draught", part=0.2),
    Trade("a fifth part loads, draught typed", part=0.2, field_live=1.0),
    Trade("draught typed, a fifth junk", field_live=0.8, field_junk=0.2),
)


@dataclass(frozen=True)
class Fleet:
    """Voyages as they are known, and what they truly carried."""

    carriages: tuple[Carriage, ...]
    tonnes: tuple[float, ...]
    part: tuple[bool, ...]


def fleet(trade: Trade, rng: np.random.Generator) -> Fleet:
    """Six ships, three voyages each."""
    true = rng.uniform(5_000, 40_000, SHIPS)
    register = true * (1 + REGISTER_SIGMA * rng.standard_normal(SHIPS))
    register[0] *= trade.wrong_dwt
    habit = rng.beta(2, 2)
    carriages, tonnes, parts = [], [], []
    for k in range(VOYAGES):
        ship = k % SHIPS
        # One habit or one's own: the mixture keeps the law of each load and shares its cause.
        own = habit if rng.random() < trade.habit else rng.beta(2, 2)
        part = bool(rng.random() < trade.part)
        share = trade.load[0] + (trade.load[1] - trade.load[0]) * own
        share *= rng.uniform(0.3, 0.8) if part else 1.0
        laden = bool(rng.random() < P_LADEN)
        carried = float(true[ship] * share) if laden else 0.0
        carriages.append(
            Carriage(
                f"v{k}", f"s{ship}", deadweight(float(register[ship]), "a register"), P_LADEN,
                draught=_field(trade, float(true[ship]), float(true[ship] * share), rng),
            )
        )  # fmt: skip
        tonnes.append(carried)
        parts.append(part)
    return Fleet(tuple(carriages), tuple(tonnes), tuple(parts))


def hull_of(dwt_t: float) -> Hull:
    """A bulker's length and beam, as simulated ships have them."""
    length = (dwt_t / 0.0044) ** (1 / 3)
    return Hull(round(length), round(length / 6.5), "bulk")


def _field(trade: Trade, dwt_t: float, cargo_t: float, rng: np.random.Generator) -> Change | None:
    """The draught field before and after a loading, to a tenth."""
    chance, hull = rng.random(), hull_of(dwt_t)
    if chance < trade.field_junk:
        before, after = sorted(rng.uniform(3.0, 12.0, 2))
        return Change(round(float(before), 1), round(float(after), 1) + 0.3, hull)
    if chance > trade.field_junk + trade.field_live:
        return None
    change_m, light = true_change(dwt_t, cargo_t, hull, rng)
    before, after = round(light, 1), round(light + change_m, 1)
    return Change(before, after, hull) if after > before else None


def true_change(
    dwt_t: float, cargo_t: float, hull: Hull, rng: np.random.Generator
) -> tuple[float, float]:
    """Change of draught when ballast goes out and cargo comes in, and the draught before, m."""
    block = rng.triangular(0.80, 0.83, 0.85)
    waterline = hull.length_m * rng.uniform(0.95, 1.0)
    plane = rng.uniform(1.0, 1.027) * (0.67 * block + 0.33) * waterline * hull.beam_m
    ballast = dwt_t * rng.triangular(0.15, 0.28, 0.40)
    return float((cargo_t - ballast) / plane), float(hull.length_m / 30)


@dataclass(frozen=True)
class YardWindow:
    """A stretch between two looks at a simulated yard."""

    ledger: Ledger
    left_t: float
    """What truly left the yard."""
    shipped_t: float
    """Of it, by ships."""
    unseen_removal: bool
    """Whether the planted removal without a ship lies in it."""


def yard_windows(rng: np.random.Generator, *, seen: float, between_d: float) -> list[YardWindow]:
    """A year and a half of one yard, cut at looks.

    Args:
        rng: random numbers.
        seen: share of calls that a look shows; the others are expected, as a number.
        between_d: mean days between looks.

    """
    visits = _visits(rng)
    stocks = simulate_stock(visits, rng)
    start, end = seconds(CLEAR_FROM), seconds(WORLD_END)
    looks = start + np.cumsum(np.maximum(rng.exponential(between_d * DAY_S, 400), DAY_S))
    looks = looks[looks < end]
    levels = _levels(stocks, looks, rng)
    events = [seconds(p.at) for p in stocks.events if f"{UNSEEN_T:.0f}" in (p.event or "")]
    shown = rng.random(len(visits)) < seen
    found = []
    for first, last in zip(looks[:-1].tolist(), looks[1:].tolist(), strict=True):
        found.append(
            _window(
                stocks, (first, last), levels, list(zip(visits, shown, strict=True)),
                seen=seen, removed=any(first <= at < last for at in events),
            )
        )  # fmt: skip
    return found


def _visits(rng: np.random.Generator) -> tuple[Visit, ...]:
    at = seconds(WORLD_START)
    found: list[Visit] = []
    while at < seconds(WORLD_END):
        at += float(rng.exponential(12.0)) * DAY_S
        stay = float(rng.lognormal(np.log(2.05), 0.4)) * DAY_S
        hull = make_hull(f"h{len(found)}", len(found), rng, role="bulker")
        cargo = hull.dwt_t * float(rng.uniform(*LOAD))
        found.append(Visit(hull, "coal-1", at, at + stay, cargo, broadcasting=False))
        at += stay
    return tuple(found)


def _levels(stocks: Stocks, looks: FloatArray, rng: np.random.Generator) -> Mapping[float, Amount]:
    """Stock as looks measure it: a slope and density error of the yard, and each look's own."""
    shared = float(rng.normal(0.0, 0.16))
    levels = {}
    for at in looks.tolist():
        told = stocks.at(YARD, at) * float(np.exp(shared + rng.normal(0.0, 0.08)))
        levels[at] = Amount(told * 0.745, told, told * 1.342)
    return levels


def _window(
    stocks: Stocks,
    span: tuple[float, float],
    levels: Mapping[float, Amount],
    visits: list[tuple[Visit, np.bool_]],
    *,
    seen: float,
    removed: bool,
) -> YardWindow:
    first, last = span
    hours = (stocks.hours_s >= first) & (stocks.hours_s < last)
    step = np.diff(stocks.tonnes[YARD][hours])
    inside = [(v, s) for v, s in visits if v.start_s < last and v.end_s > first]
    missed = [v for v, s in inside if not s]
    days = (last - first) / DAY_S
    expected = (1 - seen) * days / 14.0
    mean = 21_000.0
    ledger = Ledger(
        changes=[
            StockChange(YARD, _day(first), _day(last), levels[first], levels[last],
                        ship_seen=any(s for _, s in inside)),
        ],
        seen=[
            Carriage(f"c{k}", v.hull.key, deadweight(v.hull.dwt_t, "a register"), 1.0)
            for k, (v, s) in enumerate(inside) if s
        ],
        unseen=Unseen(
            Amount(0.0, expected, expected + 1.645 * float(np.sqrt(expected)) + 0.3),
            Amount(0.3 * mean, mean, 1.7 * mean),
        ),
        from_yards=(TAKEN[YARD], TAKEN[YARD], TAKEN[YARD]),
        rail=True,
    )  # fmt: skip
    left = float(-step[step < 0].sum())
    return YardWindow(ledger, left, left - (UNSEEN_T if removed else 0.0), removed and not missed)


def _day(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat()
