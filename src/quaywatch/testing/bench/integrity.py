"""``quaywatch bench ais-integrity``: attacks injected into recorded tracks, and what is found.

Every figure is a share of planted vessel-days that score above a threshold set on honest
vessel-days of the same data at the same thinning. Nothing judged here is used to tune the tests:
the reference of the battery is the other half of the transponders on other days.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.cases.roc_plot import Curve
from quaywatch.geo.coast import Coast
from quaywatch.geo.land import RoaringLand
from quaywatch.testing.bench.attacks import Scene, World, scenes, world_of
from quaywatch.testing.bench.judged import (
    ASKED_OF,
    COMBINED,
    WORDS,
    Judge,
    judging,
    said_by,
)
from quaywatch.testing.bench.recorded import recorded
from quaywatch.testing.bench.report import BenchReport, Progress
from quaywatch.testing.bench.roc import Floats, area, curve, found_at, share, threshold
from quaywatch.testing.injections.plant import OnWater
from quaywatch.testing.injections.silence import thinned

SEED: Final = 20250203
SHARES: Final = (1.0, 0.1, 0.01)
"""Of all reports, how many the receiver hears."""
_NOT_RANKED: Final = {COMBINED, *(said_by(name) for name in (COMBINED, *WORDS))}
RATES: Final = (1.0, 10.0)
"""False alarms per 1,000 honest vessel-days at which detection is stated."""
WORLDS: Final[tuple[dict[str, Any], ...]] = (
    {"name": "sbarc_2018", "first_day": 3, "fewest": 60},
    # Too few transponders to set days aside as well: the half of even hash tunes on all days.
    {"name": "gfw_segments", "first_day": 2, "fewest": 24, "days_unseen": False},
)
COLUMNS: Final = (
    "data", "attack", "heard", "planted", "judged", "scored_by", "right_is", "right_at_1",
    "right_at_10", "auc", "said_outright", "best_test", "best_test_at_10",
)  # fmt: skip
NOT_BLAMED: Final = ("interference",)
"""What is nobody's deceit: there the right answer is that no ship is blamed."""


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
    done, said = measured(data, progress, size=size)
    progress("done", 1.0)
    return BenchReport(
        "ais-integrity",
        "; ".join(said) + " (recorded; attacks simulated)",
        COLUMNS,
        [row(one) for one in done if one.planted],
        notes(done),
    )


def measured(data: Path, progress: Progress, *, size: int) -> tuple[list[Outcome], list[str]]:
    """All outcomes, and what each data set holds; args and errors as of ``run``."""
    land = RoaringLand()
    done: list[Outcome] = []
    said = []
    with TemporaryDirectory() as cache:
        judges = judging(Coast(Path(cache), land))
        for number, options in enumerate(WORLDS):
            positions = recorded(data, options["name"])
            world = world_of(positions, on_water=sea_of(land), **options)
            told = _telling(progress, world.name, number / len(WORLDS), 1 / len(WORLDS))
            done.extend(outcomes(world, judges, count=size, seed=SEED, progress=told))
            said.append(_described(world))
    return done, said


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
    bad, good = scored(one)
    tests = by_test(one)
    best = max(tests, key=lambda name: tests[name], default=None)
    asked = ASKED_OF.get(one.attack, COMBINED)
    guilty = one.attack not in NOT_BLAMED
    said = int(np.nansum(one.attacked.get(said_by(asked), _nothing(one.planted))))
    at = [found_at(bad, good, rate) for rate in RATES]
    right = at if guilty else [share(one.planted - seen.count, one.planted) for seen in at]
    return {
        "data": one.data,
        "attack": one.attack,
        "heard": f"{one.heard:.0%}",
        "planted": one.planted,
        "judged": int((~np.isnan(bad)).sum()),
        "scored_by": asked,
        "right_is": "found" if guilty else "not blamed",
        "right_at_1": str(right[0]),
        "right_at_10": str(right[1]),
        "auc": area(bad, good) if one.planted else None,
        "said_outright": str(share(said, one.planted)),
        "best_test": best,
        "best_test_at_10": None if best is None else tests[best],
        "by_test_at_10": tests,
        "roc": _corners(*curve(bad, good)),
    }


def scored(one: Outcome) -> tuple[Floats, Floats]:
    """Scores of the planted and of the honest units by the test that is asked about this attack."""
    test = ASKED_OF.get(one.attack, COMBINED)
    bad, good = _nothing(one.planted), _nothing(len(one.honest[COMBINED]))
    return one.attacked.get(test, bad), one.honest.get(test, good)


def by_test(one: Outcome) -> dict[str, float]:
    """What each single test finds at 10 false alarms per 1,000 vessel-days of its own, if any."""
    found = {
        name: found_at(one.attacked[name], one.honest[name], RATES[1]).value
        for name in sorted(one.attacked)
        if name not in _NOT_RANKED and one.planted
    }
    return {name: share for name, share in found.items() if share > 0}


def notes(done: list[Outcome]) -> list[str]:
    """What the thresholds rest on, and what is said of honest ships."""
    said = [
        (
            "right_at_1, right_at_10: share that is right at 1 and 10 false alarms per 1,000 "
            "honest vessel-days, with its 95% interval (Clopper-Pearson); not judged counts as "
            "missed. Of interference it is right that no ship is blamed. said_outright: share of "
            "which the test says its own word at the thresholds that ship."
        ),
        (
            "best_test: the single test that finds most at a threshold of its own; which one that "
            "is was seen afterwards, so its figure is a little too good."
        ),
    ]
    for data in dict.fromkeys(one.data for one in done):
        for heard in SHARES:
            one = next(o for o in done if (o.data, o.heard) == (data, heard))
            said.append(f"{data}, {heard:.0%} heard: {_rests_on(one)}")
    return said


def _rests_on(one: Outcome) -> str:
    """How many honest scores each threshold rests on, and what was said of honest ships."""
    scores = one.honest[COMBINED]
    parts = []
    for rate in RATES:
        _, alarms = threshold(scores, rate)
        seen = share(alarms, len(scores))
        parts.append(
            f"the threshold for {rate:g} in 1,000 is the {_ordinal(alarms + 1)} highest honest "
            f"score ({alarms} above it: true rate {1000 * seen.low:.1f} to {1000 * seen.high:.1f})"
        )
    words = {said_by(name): name for name in (COMBINED, *WORDS)}
    told = [f"{name} {int(np.nansum(one.honest.get(name, _nothing(1))))}" for name in words]
    judged = int((~np.isnan(scores)).sum())
    return (
        f"{len(scores)} honest vessel-days, {judged} of them judged; {'; '.join(parts)}. "
        f"Said outright of honest vessel-days: {', '.join(told)}."
    )


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{endings.get(number if number < 20 else number % 10, 'th')}"


def _corners(rate: Floats, found: Floats) -> dict[str, list[float]]:
    """The ROC where it rises, to be drawn: the least rate at which so much is found."""
    rises = np.flatnonzero(np.diff(found, prepend=-1.0) > 0)
    return {"per_1000": rate[rises].tolist(), "found": found[rises].tolist()}


def curves(rows: Sequence[Mapping[str, Any]], data: str) -> dict[str, dict[str, Curve]]:
    """Of the rows of a report: the ROC of every attack, by how much is heard.

    Examples:
        >>> roc = {"per_1000": [0.0, 4.0], "found": [0.0, 0.5]}
        >>> row = {"data": "x", "attack": "ou", "scored_by": "combined", "heard": "1%", "roc": roc}
        >>> list(curves([row], "x"))
        ['ou']

    """
    out: dict[str, dict[str, Curve]] = {}
    for one in rows:
        if one["data"] == data:
            roc = np.array(one["roc"]["per_1000"]), np.array(one["roc"]["found"])
            by = "" if one["scored_by"] == COMBINED else f" (by {one['scored_by']})"
            if one["attack"] in NOT_BLAMED:
                by = " (lower is right)"
            panel = out.setdefault(one["attack"] + by, {})
            panel[f"{one['heard']} heard"] = roc
    return out


def _described(world: World) -> str:
    scored = world.units.filter("scored").height
    return (
        f"{world.name}: {world.units.height:,} vessel-days, {world.honest.height:,} positions, "
        f"{scored:,} vessel-days scored, {len(world.victims)} fit to be falsified"
    )


def _telling(progress: Progress, name: str, begun: float, part: float) -> Progress:
    return lambda what, done: progress(f"{name}: {what}", begun + part * done)
