"""Scenes to be judged: recorded vessel-days, some of them falsified, each with its truth.

The unit is a vessel-day: what one transponder sent on one UTC day, under a number of its own. A
scene is the honest world with some units replaced, so that tests which compare ships with each
other see a sea around them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from quaywatch.ais.schema import POSITIONS_FRAME
from quaywatch.errors import InjectionError
from quaywatch.testing.bench.recorded import parity
from quaywatch.testing.injections.borrowed import clone, replay, same_route
from quaywatch.testing.injections.clock import FeedClock, feed_clock
from quaywatch.testing.injections.moved import circle, interference, offset, teleport
from quaywatch.testing.injections.plant import Injected, OnWater
from quaywatch.testing.injections.silence import gap, sparse
from quaywatch.testing.injections.simulated import ou_simulator, straight_simulator

Single = Callable[[pl.DataFrame, np.random.Generator], Injected]
TOGETHER = 5
"""Ships that repeat one route, and that suffer one interference."""

GAP_H = (6.0, 12.0)
"""Silences cut out: six hours is where the gap test begins to look."""


@dataclass(frozen=True, slots=True)
class World:
    """Honest vessel-days; ``mmsi`` of every frame is the number of the unit."""

    name: str
    honest: pl.DataFrame
    """Columns of ``POSITIONS``, sorted by ``mmsi``, ``at``."""
    units: pl.DataFrame
    """``unit``, ``mmsi``, ``day``, ``n``, ``archived`` (older than what is judged), ``scored``."""
    victims: Sequence[int]
    """Units that may be falsified."""
    fewest: int
    """Reports of a vessel-day that is worth falsifying."""
    on_water: OnWater
    clock: FeedClock
    """Error of the feed's times, measured on the half that tunes."""

    def of(self, unit: int) -> pl.DataFrame:
        """The reports of one unit."""
        return self.honest.filter(pl.col("mmsi") == unit)


@dataclass(frozen=True, slots=True)
class Scene:
    """The world with some units falsified."""

    attack: str
    positions: pl.DataFrame
    planted: Sequence[Injected]


def world_of(
    positions: pl.DataFrame,
    *,
    name: str,
    first_day: int,
    fewest: int,
    on_water: OnWater,
    days_unseen: bool = True,
) -> World:
    """Cut into vessel-days.

    Args:
        positions: sorted by ``mmsi``, ``at``.
        name: of the data.
        first_day: ordinal, from 0, of the first day that is judged; older ones are the archive.
        fewest: reports of a vessel-day that may be falsified.
        on_water: the sea, for false tracks.
        days_unseen: whether judged days of the tuning transponders score too; else they tune.

    """
    days = positions.with_columns(day=pl.col("at").dt.date())
    units = (
        days.group_by("mmsi", "day", maintain_order=True)
        .agg(
            n=pl.col("lon").count(),
            moving=(pl.col("sog_kn") > 3.0).mean(),
            hours=(pl.col("at").max() - pl.col("at").min()).dt.total_seconds() / 3600,
        )
        .with_row_index("unit", offset=1)
    )
    odd = pl.Series(parity(units["mmsi"].to_numpy())) == 1
    all_days = units["day"].unique().sort()
    archived = units["day"] < all_days[min(first_day, len(all_days) - 1)]
    units = units.with_columns(archived=archived, scored=odd | ~archived if days_unseen else odd)
    honest = (
        days.join(units.select("unit", "mmsi", "day"), on=["mmsi", "day"], how="left")
        .with_columns(mmsi=pl.col("unit").cast(pl.UInt32))
        .select(list(POSITIONS_FRAME))
        .sort("mmsi", "at", maintain_order=True)
    )
    fit = (
        odd & ~archived & (units["n"] >= fewest) & (units["moving"] > 0.3) & (units["hours"] >= 3.0)
    )
    tuning = honest.filter(pl.col("mmsi").is_in(units.filter(~pl.col("scored"))["unit"].to_list()))
    victims = units.filter(fit)["unit"].to_list()
    return World(name, honest, units, victims, fewest, on_water, feed_clock(tuning))


def scenes(world: World, *, count: int, seed: int) -> Iterator[Scene]:
    """One scene per attack, with up to ``count`` falsified vessel-days in each.

    The victims of an attack are drawn anew for each; the same seed draws the same.
    """
    sea, clock = world.on_water, world.clock
    single: dict[str, Single] = {
        "teleport": lambda t, r: teleport(t, r, on_water=sea),
        "offset": lambda t, r: offset(t, r, on_water=sea),
        "straight": lambda t, r: straight_simulator(t, r, clock=clock, on_water=sea),
        "ou": lambda t, r: ou_simulator(t, r, clock=clock, on_water=sea),
        "circle": lambda t, r: circle(t, r, clock=clock),
        "gap": lambda t, r: gap(t, r, hours=GAP_H),
        "sparse": sparse,
    }
    for number, (name, attack) in enumerate(single.items()):
        rng = np.random.default_rng([seed, number])
        done: list[Injected] = []
        for unit in _drawn(world, rng):
            if len(done) >= count:
                break
            try:
                done.append(attack(world.of(unit), rng))
            except InjectionError:
                continue
        yield _scene(world, name, done)
    yield _clones(world, count, np.random.default_rng([seed, 100]))
    yield _replays(world, count, np.random.default_rng([seed, 101]))
    yield _repeated(world, count, np.random.default_rng([seed, 102]))
    yield _jammed(world, count, np.random.default_rng([seed, 103]))


def _drawn(world: World, rng: np.random.Generator) -> list[int]:
    return [int(unit) for unit in rng.permutation(np.array(world.victims, np.int64))]


def _scene(
    world: World, attack: str, done: Sequence[Injected], *, gone: Sequence[int] = ()
) -> Scene:
    """The honest world without the units that were replaced or that lent their track."""
    out = [one.truth.mmsi for one in done] + list(gone)
    frame = pl.concat(
        [world.honest.filter(~pl.col("mmsi").is_in(out)), *(one.positions for one in done)]
    )
    return Scene(attack, frame.sort("mmsi", "at", maintain_order=True), done)


def _clones(world: World, count: int, rng: np.random.Generator) -> Scene:
    """Half of the units lend their track to the others, and their own number falls silent."""
    done: list[Injected] = []
    gone: list[int] = []
    day = dict(world.units.select("unit", "day").iter_rows())
    free = _drawn(world, rng)
    while len(free) > 1 and len(done) < count:
        unit = free.pop()
        for other in [u for u in free if day[u] == day[unit]]:
            try:
                done.append(clone(world.of(unit), world.of(other)))
            except InjectionError:
                continue
            gone.append(other)
            free.remove(other)
            break
    return _scene(world, "clone", done, gone=gone)


def _replays(world: World, count: int, rng: np.random.Generator) -> Scene:
    """Archived vessel-days under way, sent again under other numbers."""
    lenders = world.units.filter("archived").filter(
        (pl.col("n") >= world.fewest) & (pl.col("moving") > 0.3)
    )["unit"]
    done: list[Injected] = []
    for unit in _drawn(world, rng)[:count] if len(lenders) else []:
        track = world.of(unit)
        for lender in rng.permutation(lenders.to_numpy())[:10].tolist():
            try:
                done.append(replay(track, world.of(lender)))
                break
            except InjectionError:
                continue
    return _scene(world, "replay", done)


def _repeated(world: World, count: int, rng: np.random.Generator) -> Scene:
    """In each five, four hulls repeat what the first one did."""
    done: list[Injected] = []
    free = _drawn(world, rng)
    while len(free) >= TOGETHER and len(done) < count:
        group = [world.of(free.pop()) for _ in range(TOGETHER)]
        done.extend(same_route(group[0], group[1:], rng))
    return _scene(world, "same-route", done)


def _jammed(world: World, count: int, rng: np.random.Generator) -> Scene:
    """Two hours in which the receivers of whatever sails there show one circle, or one point."""
    done: list[Injected] = []
    free = world.units.filter(~pl.col("archived") & (pl.col("n") >= world.fewest))["unit"].to_list()
    taken: set[int] = set()
    for _ in range(40):
        if len(done) >= count or not free:
            break
        first = world.of(int(rng.choice(free)))
        start = first["at"][int(rng.integers(first.height))]
        end = start + timedelta(hours=2)
        near = _near(world, first, start, end) if first["lon"].count() else []
        near = [unit for unit in near if unit in free and unit not in taken][: 2 * TOGETHER]
        if len(near) < TOGETHER:
            continue
        taken.update(near)
        hit = [world.of(unit) for unit in near]
        done.extend(
            interference(
                hit, rng, start=start, end=end, circling=bool(rng.integers(2)), clock=world.clock
            )
        )
    return _scene(world, "interference", done)


def _near(world: World, first: pl.DataFrame, start: datetime, end: datetime) -> list[int]:
    """Units with twelve reports within about 30 nm of the first ship in that time."""
    here = first.filter(pl.col("at") >= start).drop_nulls("lon").head(1)
    if here.is_empty():
        return []
    lon, lat = float(here["lon"][0]), float(here["lat"][0])
    around = world.honest.filter(
        pl.col("at").is_between(start, end, closed="left")
        & ((pl.col("lat") - lat).abs() < 0.5)
        & ((pl.col("lon") - lon).abs() < 0.5)
    )
    counts = around.group_by("mmsi", maintain_order=True).len()
    return counts.filter(pl.col("len") >= 12)["mmsi"].to_list()
