"""``quaywatch bench ais-integrity``: attacks injected into recorded tracks, and what is found.

Every figure is a share of planted vessel-days that score above a threshold set on honest
vessel-days of the same data at the same thinning. Nothing judged here is used to tune the tests:
the reference of the battery is the other half of the transponders on other days.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.geo.land import RoaringLand
from quaywatch.testing.bench.attacks import Scene, World, scenes, world_of
from quaywatch.testing.bench.judged import COMBINED, Judge, judge_of
from quaywatch.testing.bench.recorded import recorded
from quaywatch.testing.bench.report import BenchReport, Progress
from quaywatch.testing.bench.roc import Floats, area, curve, found_at, share, threshold
from quaywatch.testing.injections.plant import OnWater
from quaywatch.testing.injections.silence import thinned

SEED: Final = 20250203
SHARES: Final = (1.0, 0.1, 0.01)
"""Of all reports, how many the receiver hears."""
RATES: Final = (1.0, 10.0)
"""False alarms per 1,000 honest vessel-days at which detection is stated."""
WORLDS: Final = (("sbarc_2018", 3), ("gfw_segments", 4))
"""Data, and how many of its first days are archive."""
COLUMNS: Final = (
    "data", "attack", "heard", "planted", "judged", "found_at_1", "found_at_10", "auc",
    "best_test", "best_test_at_10",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """Scores of one attack at one thinning, and of the honest units they are held against."""

    data: str
    attack: str
    heard: float
    planted: int
    honest: Mapping[str, Floats]
    """By test, one score per honest vessel-day; NaN: not judged."""
    attacked: Mapping[str, Floats]
    """By test, one score per planted vessel-day."""


def run(data: Path, progress: Progress, *, size: int = 60) -> BenchReport:
    """Measure it.

    Args:
        data: the folder that docs/real-data.md describes.
        progress: told how far it is.
        size: vessel-days falsified per attack, where there are so many.

    Raises:
        SourceMissingError: the recorded tracks are not there.

    """
    sea = sea_of(RoaringLand())
    done: list[Outcome] = []
    said = []
    for number, (name, first_day) in enumerate(WORLDS):
        world = world_of(recorded(data, name), name=name, first_day=first_day, on_water=sea)
        told = _telling(progress, name, number / len(WORLDS), 1 / len(WORLDS))
        done.extend(outcomes(world, judge_of, count=size, seed=SEED, progress=told))
        said.append(_described(world))
    progress("done", 1.0)
    return BenchReport(
        "ais-integrity",
        "; ".join(said) + ". Recorded; the attacks are simulated.",
        COLUMNS,
        [row(one) for one in done],
        notes(done),
    )


def sea_of(land: RoaringLand) -> OnWater:
    """Where the mask says water."""

    def on_water(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        return ~land.contains_many(np.ascontiguousarray(lon), np.ascontiguousarray(lat))

    return on_water


def outcomes(
    world: World,
    judging: Callable[[World, pl.DataFrame], Judge],
    *,
    count: int,
    seed: int,
    progress: Progress,
) -> Iterator[Outcome]:
    """Every attack at every thinning, against the honest world at the same thinning.

    Args:
        world: honest vessel-days.
        judging: makes, of the world and of what is heard of it, what scores a scene.
        count: falsified vessel-days per attack.
        seed: decides victims, attacks and which reports are heard.
        progress: told how far it is.

    """
    planted = list(scenes(world, count=count, seed=seed))
    steps = len(SHARES) * (len(planted) + 1)
    for i, heard in enumerate(SHARES):
        rng = np.random.default_rng([seed, 1000 + i])
        honest = thinned(world.honest, rng, heard)
        judge = judging(world, honest)
        good = _by_test(judge(honest), world.units.filter("scored")["unit"].to_list())
        for k, scene in enumerate(planted):
            progress(f"{scene.attack} at {heard:.0%}", (i * (len(planted) + 1) + k) / steps)
            yield _outcome(world, scene, judge, heard, good, rng)


def _outcome(
    world: World,
    scene: Scene,
    judge: Judge,
    heard: float,
    honest: Mapping[str, Floats],
    rng: np.random.Generator,
) -> Outcome:
    units = [one.truth.mmsi for one in scene.planted]
    scores = judge(thinned(scene.positions, rng, heard)) if units else None
    attacked = {} if scores is None else _by_test(scores, units)
    tests = set(honest) | set(attacked)
    return Outcome(
        world.name,
        scene.attack,
        heard,
        len(units),
        {name: honest.get(name, _nothing(len(next(iter(honest.values()))))) for name in tests},
        {name: attacked.get(name, _nothing(len(units))) for name in tests},
    )


def _nothing(count: int) -> Floats:
    return np.full(count, np.nan)


def _by_test(scores: pl.DataFrame, units: list[int]) -> dict[str, Floats]:
    """Highest score of each unit by test, in the order of ``units``; NaN where not judged."""
    wanted = pl.DataFrame({"unit": units}, schema={"unit": pl.UInt32})
    best = scores.group_by("unit", "test").agg(pl.col("score").max())
    return {
        str(test): wanted.join(
            best.filter(pl.col("test") == test), on="unit", how="left", maintain_order="left"
        )["score"]
        .fill_null(np.nan)
        .to_numpy()
        for test in best["test"].unique().sort()
    }


def row(one: Outcome) -> dict[str, Any]:
    """A line of the table."""
    best, most = best_test(one)
    judged = int((~np.isnan(one.attacked.get(COMBINED, _nothing(0)))).sum())
    found = {rate: found_at(one.attacked[COMBINED], one.honest[COMBINED], rate) for rate in RATES}
    return {
        "data": one.data,
        "attack": one.attack,
        "heard": f"{one.heard:.0%}",
        "planted": one.planted,
        "judged": judged,
        "found_at_1": str(found[1.0]),
        "found_at_10": str(found[10.0]),
        "auc": area(one.attacked[COMBINED], one.honest[COMBINED]),
        "best_test": best,
        "best_test_at_10": most,
    }


def best_test(one: Outcome) -> tuple[str | None, float | None]:
    """Which single test finds most at 10 false alarms per 1,000 vessel-days, and how much."""
    found = {
        name: found_at(one.attacked[name], one.honest[name], 10.0).value
        for name in sorted(one.attacked)
        if name != COMBINED and one.planted
    }
    name = max(found, key=lambda test: found[test], default=None)
    return (name, found[name]) if name is not None and found[name] > 0 else (None, None)


def notes(done: list[Outcome]) -> list[str]:
    """What the thresholds rest on."""
    said = [
        "Interference is nobody's deceit: there, found means that ships were blamed.",
        "95% intervals (Clopper-Pearson) are over planted vessel-days; not judged is missed.",
    ]
    for data in dict.fromkeys(one.data for one in done):
        for heard in SHARES:
            one = next(o for o in done if (o.data, o.heard) == (data, heard))
            scores = one.honest[COMBINED]
            parts = []
            for rate in RATES:
                _, alarms = threshold(scores, rate)
                seen = share(alarms, len(scores))
                parts.append(
                    f"{alarms} alarms at the threshold for {rate:g} in 1,000 (true rate "
                    f"{1000 * seen.low:.1f} to {1000 * seen.high:.1f} in 1,000)"
                )
            judged = int((~np.isnan(scores)).sum())
            said.append(
                f"{data}, {heard:.0%} heard: {len(scores)} honest vessel-days, {judged} of them "
                f"judged: {'; '.join(parts)}."
            )
    return said


def curves(done: list[Outcome], data: str, heard: float) -> dict[str, tuple[Floats, Floats]]:
    """ROC of the combined score by attack, to be drawn."""
    return {
        one.attack: curve(one.attacked[COMBINED], one.honest[COMBINED])
        for one in done
        if (one.data, one.heard) == (data, heard) and one.planted
    }


def _described(world: World) -> str:
    scored = world.units.filter("scored").height
    return (
        f"{world.name}: {world.units.height:,} vessel-days, {world.honest.height:,} positions, "
        f"{scored:,} vessel-days scored, {len(world.victims)} fit to be falsified"
    )


def _telling(progress: Progress, name: str, begun: float, part: float) -> Progress:
    return lambda what, done: progress(f"{name}: {what}", begun + part * done)
