"""How often the intervals of activity hold the truth: invented ships under looks thinned by cloud.

``quaywatch bench activity``. Every cell draws its own ships and looks per run; nothing in the
estimator was set on these seeds. Beside it the naive count: calls seen over days, with the
interval that counting alone gives.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy import stats

from quaywatch.sites.exposure import (
    EXPONENTIAL,
    FAMILIES,
    DwellGrid,
    Family,
    Floats,
    covered_exposure,
    dwell_grid,
)
from quaywatch.sites.occupancy import chain_grid, fit_grid, joined
from quaywatch.sites.pattern import BerthRecord, pattern_posterior
from quaywatch.sites.posterior import Posterior
from quaywatch.testing.activity_sim import (
    HANDOVER_DAYS,
    Traffic,
    berthed,
    convoys,
    gamma,
    lognormal,
    never_free,
    poisson,
    recorded_looks,
    records,
    shown,
    shown_chain,
    shown_records,
    usable_looks,
    weekly,
)
from quaywatch.testing.bench.report import BenchReport, Progress
from quaywatch.testing.bench.stock_worlds import real_masks

LOOKS: Final = (40, 80, 100, 140, 300)
DWELLS: Final = (1.0, 2.0, 4.0)
DAYS: Final = 365.0
RATE: Final = 0.15
"""Calls per day at the group: 55 a year."""
BERTHS: Final = 3
SEED: Final = 5100
PER_CALENDAR: Final = 25
"""Runs under one calendar where chains are fitted, which share its transitions."""


@dataclass
class Tally:
    """How one way to estimate did in one cell."""

    world: str
    looks: int | None
    dwell: str
    way: str
    held: list[tuple[float, ...]]

    def add(self, found: Posterior, rate: float, truth: int) -> None:
        """Count one run."""
        low, middle, high = found.rate_quantile([0.05, 0.5, 0.95])
        least, most = found.calls_interval(0.9)
        calls = float(found.calls_quantile(0.5))
        self.held.append(
            (
                low <= rate <= high,
                least <= truth <= most,
                middle / rate,
                calls / max(truth, 1),
                (most - least) / max(truth, 1),
            )
        )

    def add_naive(self, seen: int, rate: float, truth: int) -> None:
        """Count one run of counting what was seen, with the interval of a Poisson number."""
        low, high = stats.gamma.ppf([0.05, 0.95], [max(seen, 1e-9), seen + 1])
        self.held.append(
            (
                low <= rate * DAYS <= high,
                low <= truth <= high,
                seen / DAYS / rate,
                seen / max(truth, 1),
                (high - low) / max(truth, 1),
            )
        )

    def row(self) -> dict[str, Any]:
        """As a row of the table."""
        of = np.array(self.held, dtype=np.float64)
        mean, middle = of.mean(axis=0), np.median(of, axis=0)
        return {
            "world": self.world,
            "looks_per_year": self.looks,
            "dwell_days": self.dwell,
            "estimate": self.way,
            "runs": len(of),
            "rate_in_90": round(float(mean[0]), 3),
            "calls_in_90": round(float(mean[1]), 3),
            "rate_over_truth": round(float(middle[2]), 3),
            "calls_over_truth": round(float(middle[3]), 3),
            "width_over_truth": round(float(middle[4]), 3),
        }


def run(data: Path, progress: Progress, *, size: int = 500) -> BenchReport:
    """Coverage of 90% intervals of rate and calls, width and bias.

    Args:
        data: the folder of recorded data, for the recorded cloud; skipped if it is not there.
        progress: told how far.
        size: runs per cell.

    """
    rows: list[dict[str, Any]] = []
    cells = list(_cells(data, size))
    for number, (name, cell) in enumerate(cells):
        progress(name, number / len(cells))
        rows += [tally.row() for tally in cell()]
    return BenchReport(
        name="activity",
        data=f"simulated: {size} years per cell of {RATE:g} calls a day at {BERTHS} berths",
        columns=tuple(rows[0]),
        rows=rows,
        notes=(
            "dwell_days is the median dwell; its form is lognormal with log-sd 0.6 unless said",
            "rate_in_90, calls_in_90: runs whose 90% interval held the true rate, the true calls",
            f"two standard errors of 0.9 in {size} runs: {2 * (0.09 / size) ** 0.5:.3f}",
            "rate_over_truth and calls_over_truth: medians over runs of the middle of the interval",
        ),
    )


Cell = Callable[[], list[Tally]]


def _cells(data: Path, size: int) -> Iterator[tuple[str, Cell]]:
    for looks in LOOKS:
        yield f"drawn, {looks}", partial(_drawn, looks, size)
    for looks in LOOKS:
        for dwell in DWELLS:
            yield (
                f"{looks} looks, {dwell:g} d",
                partial(_fixed, looks, dwell, size),
            )
    for looks in LOOKS:
        for dwell in DWELLS:
            yield (
                f"never free, {looks} looks, {dwell:g} d",
                partial(_full, looks, dwell, size),
            )
    yield from _stress(data, size)


def _known(dwell: float, family: Family = FAMILIES[1][0]) -> DwellGrid:
    return dwell_grid(dwell, 0.0, families=[(family, 1.0)])


def _drawn(looks: int, size: int) -> list[Tally]:
    """Dwell and its form drawn from the prior: what a 90% interval promises."""
    ours = Tally("dwell drawn from the prior", looks, "drawn", "pattern", [])
    naive = Tally("dwell drawn from the prior", looks, "drawn", "naive", [])
    prior = dwell_grid()
    for n in range(size):
        rng = np.random.default_rng([SEED, 1, looks, n])
        pick = int(rng.choice(len(prior), p=np.exp(prior.log_weight)))
        family = prior.families[prior.family_of[pick]]
        dwell = lognormal(float(prior.median_days[pick]), family.spread)
        at = usable_looks(rng, looks, DAYS)
        arrivals = poisson(rng, RATE, DAYS)
        # As many berths as ships: who waits would come later than the rate says.
        traffic = berthed(arrivals, dwell(rng, len(arrivals)), 12)
        _count(ours, naive, traffic, records(traffic, at), RATE, prior)
    return [ours, naive]


def _fixed(looks: int, dwell: float, size: int) -> list[Tally]:
    """Dwell of 1, 2 or 4 days: not known; known from elsewhere; and counted."""
    world = f"{BERTHS} berths with a queue"
    tallies = [
        Tally(world, looks, f"{dwell:g}", way, [])
        for way in ("pattern, dwell unknown", "pattern, dwell known", "naive")
    ]
    for n in range(size):
        rng = np.random.default_rng([SEED, 2, looks, int(dwell), n])
        at = usable_looks(rng, looks, DAYS)
        arrivals = poisson(rng, RATE, DAYS)
        traffic = berthed(arrivals, lognormal(dwell)(rng, len(arrivals)), BERTHS)
        told = records(traffic, at)
        _count(tallies[0], tallies[2], traffic, told, RATE, dwell_grid())
        found = pattern_posterior(told, 0.0, DAYS, _known(dwell))
        if found is not None:
            tallies[1].add(found, RATE, traffic.calls(0, DAYS))
    return tallies


def _full(looks: int, dwell: float, size: int) -> list[Tally]:
    """A berth that is never free: the next ship makes fast as soon as one has left."""
    ours = Tally("one berth, never free", looks, f"{dwell:g}", "pattern, dwell unknown", [])
    naive = Tally("one berth, never free", looks, f"{dwell:g}", "naive", [])
    rate = 1 / (dwell * float(np.exp(0.18)) + HANDOVER_DAYS)
    for n in range(size):
        rng = np.random.default_rng([SEED, 3, looks, int(dwell), n])
        at = usable_looks(rng, looks, DAYS)
        traffic = never_free(rng, lognormal(dwell), DAYS)
        _count(ours, naive, traffic, records(traffic, at), rate, dwell_grid())
    return [ours, naive]


def _count(
    ours: Tally,
    naive: Tally,
    traffic: Traffic,
    told: Sequence[BerthRecord],
    rate: float,
    dwell: DwellGrid,
) -> None:
    found = pattern_posterior(told, 0.0, DAYS, dwell)
    truth = traffic.calls(0, DAYS)
    if found is not None:
        ours.add(found, rate, truth)
    seen = sum(0 <= c.first < DAYS for r in told for c in r.calls)
    naive.add_naive(seen, rate, truth)


def _stress(data: Path, size: int) -> Iterator[tuple[str, Cell]]:
    """What the model does not assume: at 100 looks and 2 days."""
    two, looks = lognormal(2.0), 100
    worlds = {
        "convoys of up to three": (convoys, two),
        "a timetable": (weekly, two),
        "dwell lognormal, log-sd 0.35": (poisson, lognormal(2.0, 0.35)),
        "dwell lognormal, log-sd 0.9": (poisson, lognormal(2.0, 0.9)),
        "dwell exponential": (poisson, gamma(2.0, EXPONENTIAL.spread)),
        "dwell gamma, shape 4": (poisson, gamma(2.0, 4.0)),
    }
    for world, (come, dwell) in worlds.items():
        yield world, partial(_other, world, come, dwell, size, None)
    try:
        days, masks = real_masks(data)
    except FileNotFoundError:
        days, masks = np.zeros(0), np.zeros((0, 1, 1), dtype=bool)
    if len(days):
        at = np.cumsum(np.concatenate([[0.0], np.maximum(np.diff(days) % 365.0, 1.0)]))
        sky = (at, masks.mean(axis=(1, 2)))
        yield "recorded cloud", partial(_other, "recorded cloud", poisson, two, size, sky)
    yield "links that err", partial(_links, looks, size)
    yield "looks that err", partial(_errors, looks, max(size // 4, PER_CALENDAR))


def _other(
    world: str,
    come: Callable[[np.random.Generator, float, float], Floats],
    dwell: Callable[[np.random.Generator, int], Floats],
    size: int,
    sky: tuple[Floats, Floats] | None,
) -> list[Tally]:
    ours = Tally(world, 100, "2", "pattern, dwell unknown", [])
    naive = Tally(world, 100, "2", "naive", [])
    for n in range(size):
        rng = np.random.default_rng([SEED, 4, n])
        at = recorded_looks(*sky, rng, 100, DAYS) if sky else usable_looks(rng, 100, DAYS)
        arrivals = come(rng, RATE, DAYS)
        traffic = berthed(arrivals, dwell(rng, len(arrivals)), BERTHS)
        _count(ours, naive, traffic, records(traffic, at), RATE, dwell_grid())
    return [ours, naive]


def _links(looks: int, size: int) -> list[Tally]:
    """One ship in three not known again in the next look: taken at its word, and doubted."""
    ways = {0.0: "pattern, links believed", 0.5: "pattern, links doubted"}
    tallies = {
        s: Tally("a ship not known again in 30%", looks, "4", w, []) for s, w in ways.items()
    }
    for n in range(size):
        rng = np.random.default_rng([SEED, 5, n])
        at = usable_looks(rng, looks, DAYS)
        arrivals = poisson(rng, RATE, DAYS)
        traffic = berthed(arrivals, lognormal(4.0)(rng, len(arrivals)), BERTHS)
        ids = shown(traffic, at, rng, p_split=0.3)
        for same, tally in tallies.items():
            told = shown_records(ids, at, same=same)
            found = pattern_posterior(told, 0.0, DAYS, dwell_grid())
            if found is not None:
                tally.add(found, RATE, traffic.calls(0, DAYS))
    return list(tallies.values())


def _errors(looks: int, size: int) -> list[Tally]:
    """A ship in ten missed, a ship told at three in a hundred empty berths."""
    world = "looks that err (10% missed, 3% false)"
    plain = Tally(world, looks, "2", "pattern, dwell unknown", [])
    chain = Tally(world, looks, "2", "berth chain", [])
    grid = chain_grid(dwell_grid())
    per = min(PER_CALENDAR, size)
    for c in range(size // per):
        rng = np.random.default_rng([SEED, 6, c])
        at = usable_looks(rng, looks, DAYS)
        worlds, ids = [], []
        for _ in range(per):
            arrivals = poisson(rng, RATE, DAYS)
            worlds.append(berthed(arrivals, lognormal(2.0)(rng, len(arrivals)), BERTHS))
            ids.append(shown(worlds[-1], at, rng, p_detect=0.9, p_false=0.03))
        told = shown_chain(np.concatenate(ids), at, p_detect=0.9, p_false=0.03, p_link=0.02)
        fit = fit_grid(told, 0.0, DAYS, grid)
        covered = covered_exposure(at, 0.0, DAYS, grid).inside_days
        for n, (traffic, own) in enumerate(zip(worlds, ids, strict=True)):
            truth = traffic.calls(0, DAYS)
            part = fit.of(slice(n * BERTHS, (n + 1) * BERTHS))
            chain.add(joined([part], covered, grid, DAYS, seen=0), RATE, truth)
            found = pattern_posterior(shown_records(own, at), 0.0, DAYS, dwell_grid())
            if found is not None:
                plain.add(found, RATE, truth)
    return [plain, chain]
