"""Comparisons, changes and choice of looks on invented ships: how often right, how often a story.

Two years of ships under looks that cloud thins, fewer in summer. What is promised is tried where it
should hold and where it need not: ships in convoys, ships on a timetable, seasons of the ships.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from quaywatch.sites.activity_changes import activity_changes
from quaywatch.sites.activity_compare import Rules, compare
from quaywatch.sites.activity_types import EPOCH, Period, days_of
from quaywatch.sites.exposure import Floats, dwell_grid
from quaywatch.sites.look_gaps import look_gaps
from quaywatch.sites.pattern import BerthRecord
from quaywatch.sites.sampling import sampling_bias
from quaywatch.testing.activity_sim import (
    Traffic,
    berthed,
    convoys,
    lognormal,
    poisson,
    records,
    usable_looks,
    weekly,
)
from quaywatch.testing.bench.report import BenchReport, Progress
from quaywatch.testing.bench.roc import share

SIZE: Final = 40
YEARS: Final = (EPOCH, EPOCH.replace(year=2001), EPOCH.replace(year=2002))
DAYS: Final = days_of(YEARS[2])
DWELL: Final = lognormal(2.0, 0.5)
COLUMNS: Final = (
    "what", "case", "runs", "told", "in_90_percent", "refused", "ours_over_truth",
    "naive_over_truth", "days_wide",
)  # fmt: skip
Arrivals = Callable[[np.random.Generator, float, float], Floats]


@dataclass(frozen=True)
class Case:
    """Two years of one kind."""

    per_year: int
    rate: float
    """Ships a day in the first year, on average."""
    ratio: float
    """Of the rate after the change."""
    season: float = 0.0
    """Swing of the ships' season, 0 to 1."""
    arrivals: Arrivals = poisson
    kind: str = "by chance"
    longer: float = 1.0
    """How much longer ships stay after the change."""

    @property
    def name(self) -> str:
        """As a table shows it."""
        said = f"{self.per_year} looks and {self.rate * 365:.0f} ships a year, {self.kind}"
        said += f", season ±{self.season:.0%}" if self.season else ""
        said += f", then × {self.ratio:g}"
        return said + (f", staying {self.longer:g} times as long" if self.longer != 1 else "")


COMPARED: Final = (
    Case(40, 0.1, 1.0),
    Case(80, 0.1, 1.0),
    Case(140, 0.15, 1.0),
    Case(140, 0.15, 1.0, season=0.7),
    Case(300, 0.15, 1.0),
    Case(80, 0.15, 0.5),
    Case(140, 0.15, 0.5, season=0.7),
    Case(300, 0.15, 0.5),
    Case(80, 0.15, 0.1),
    Case(140, 0.15, 1.0, longer=2.5),
    Case(140, 0.15, 1.0, arrivals=convoys, kind="in convoys"),
    Case(140, 0.15, 1.0, arrivals=weekly, kind="by timetable"),
)
CHANGED: Final = (
    Case(40, 0.15, 1.0),
    Case(100, 0.15, 1.0),
    Case(300, 0.3, 1.0),
    Case(140, 0.15, 1.0, arrivals=convoys, kind="in convoys"),
    Case(140, 0.15, 1.0, arrivals=weekly, kind="by timetable"),
    Case(140, 0.15, 1.0, season=0.7),
    Case(140, 0.15, 1.0, longer=2.5),
    Case(40, 0.15, 0.0),
    Case(100, 0.15, 0.0),
    Case(100, 0.15, 0.5),
    Case(300, 0.3, 0.5),
)


def run(_data: Path, progress: Progress, *, size: int = SIZE) -> BenchReport:
    """How often comparisons, changes and signs of choice are right.

    Args:
        _data: not used; every world is invented.
        progress: told what is done.
        size: worlds of each case.

    """
    rows: list[dict[str, Any]] = []
    for number, case in enumerate(COMPARED):
        progress(f"comparison, {case.name}", number / len(COMPARED) / 2)
        rows.append(_comparison(case, size))
    for number, case in enumerate(CHANGED):
        progress(f"change, {case.name}", 0.5 + number / len(CHANGED) / 3)
        rows.append(_changes(case, size))
    for name, choose in CHOICES.items():
        progress(f"choice of looks, {name}", 0.85)
        rows += [_choice(name, choose, looks, size) for looks in (60, 200)]
    return BenchReport(
        name="activity-answers",
        data=f"invented: two years of ships at one berth and {size} worlds of each case",
        columns=COLUMNS,
        rows=rows,
        notes=NOTES,
    )


NOTES: Final = (
    (
        "Comparison: `told` is the share with a direction told; where nothing changed each is "
        "false. `in_90_percent` is over all worlds, refused ones included. The second year has "
        "half the looks; `naive` is the ratio of raw counts."
    ),
    (
        "Change: `told` is the share with at least one change told; × 1 means that each is false. "
        "`in_90_percent`: of those with one change told, the interval holds the day. `refused`: of "
        "all, the share told with the warning that a season of the ships, or longer stays, would "
        "do as well."
    ),
    "Choice of looks: `told` is the share with signs, `refused` the share that cannot tell.",
)


def _world(case: Case, rng: np.random.Generator, changed: float) -> tuple[Traffic, Floats]:
    """Ships whose rate changes on a day, and looks that know nothing of them."""
    arrivals = case.arrivals(rng, case.rate * (1 + case.season), DAYS)
    level = np.where(arrivals < changed, 1.0, case.ratio)
    level = level * (1 + case.season * np.cos(2 * np.pi * (arrivals - 15.0) / 365.25))
    kept = arrivals[rng.random(len(arrivals)) < level / (1 + case.season)]
    # Four berths are one with room for whoever comes: waiting is not what is measured here.
    stays = DWELL(rng, len(kept)) * np.where(kept < changed, 1.0, case.longer)
    traffic = berthed(kept, stays, 4)
    return traffic, usable_looks(rng, case.per_year, DAYS)


def _seen(traffic: Traffic, looks: Floats) -> BerthRecord:
    held = records(traffic, looks)
    calls = sorted((c for r in held for c in r.calls), key=lambda c: (c.first, c.last))
    return BerthRecord(looks, tuple(calls))


def _comparison(case: Case, size: int) -> dict[str, Any]:
    """The second year against the first."""
    dwell = dwell_grid(size=13)
    named = [(str(n), Period(a, b)) for n, (a, b) in enumerate(pairwise(YEARS))]
    inside = told = refused = 0
    ours, naive = [], []
    for trial in range(size):
        rng = np.random.default_rng([trial, 577, case.per_year])
        traffic, looks = _world(case, rng, days_of(YEARS[1]))
        # The second year has half as many looks: what raw counts would take for a decline.
        record = _seen(traffic, looks[(looks < days_of(YEARS[1])) | (rng.random(len(looks)) < 0.5)])
        (found,) = compare([record], named, dwell=dwell, rules=Rules(widest=np.inf))
        raw = [side.calls_seen for side in (found.earlier, found.later)]
        if found.ratio is None:
            refused += 1
            continue
        inside += found.ratio.low <= case.ratio <= found.ratio.high
        told += found.verdict != "no-change-told"
        narrow = found.ratio.high <= Rules().widest * found.ratio.low
        refused += found.verdict == "no-change-told" and not narrow
        ours.append(found.ratio.median / case.ratio)
        naive.append(raw[1] / raw[0] / case.ratio if raw[0] else np.nan)
    return {
        "what": "comparison",
        "case": case.name,
        "runs": size,
        "told": str(share(told, size)),
        "in_90_percent": str(share(inside, len(ours))),
        "refused": str(share(refused, size)),
        "ours_over_truth": float(np.median(ours)) if ours else None,
        "naive_over_truth": float(np.nanmedian(naive)) if naive else None,
    }


def _changes(case: Case, size: int) -> dict[str, Any]:
    """A change on some day between a fifth and four fifths of the two years."""
    dwell = dwell_grid(size=13)
    told = inside = single = seasonal = 0
    wide = []
    for trial in range(size):
        rng = np.random.default_rng([trial, 578, case.per_year])
        day = float(rng.uniform(0.2, 0.8) * DAYS)
        record = _seen(*_world(case, rng, day))
        found = activity_changes(look_gaps([record], dwell), Period(YEARS[0], YEARS[2]))
        told += bool(found.changes)
        seasonal += found.season_could_explain or any(
            change.stays_could_explain for change in found.changes
        )
        if len(found.changes) == 1 and case.ratio != 1.0:
            single += 1
            (change,) = found.changes
            inside += change.after <= EPOCH + timedelta(days=day) <= change.before
            wide.append((change.before - change.after).total_seconds() / 86400.0)
    return {
        "what": "change",
        "case": case.name,
        "runs": size,
        "told": str(share(told, size)),
        "refused": str(share(seasonal, size)),
        "in_90_percent": str(share(inside, single)) if single else None,
        "days_wide": float(np.median(wide)) if wide else None,
    }


def _occupied(traffic: Traffic, at: Floats) -> list[bool]:
    inside = (traffic.arrival[None] <= at[:, None]) & (at[:, None] < traffic.departure[None])
    return [bool(row.any()) for row in inside]


def _by_chance(rng: np.random.Generator, _traffic: Traffic, looks: int) -> Floats:
    return np.sort(rng.uniform(0, 365.0, looks))


def _in_bursts(rng: np.random.Generator, _traffic: Traffic, looks: int) -> Floats:
    heads = rng.uniform(0, 365.0, looks // 3)
    return np.sort((heads[:, None] + rng.exponential(1.5, (len(heads), 3))).ravel())


def _in_season(rng: np.random.Generator, _traffic: Traffic, looks: int) -> Floats:
    tried = rng.uniform(0, 365.0, 4 * looks)
    clear = rng.random(len(tried)) < 0.25 * (1 + 0.8 * np.cos(2 * np.pi * tried / 365.0))
    return np.sort(tried[clear])


def _followed(rng: np.random.Generator, traffic: Traffic, looks: int) -> Floats:
    """Every other look with a ship brings another within two days."""
    at = rng.uniform(0, 365.0, looks)
    more = at[np.array(_occupied(traffic, at)) & (rng.random(looks) < 0.5)]
    return np.sort(np.concatenate([at, more + rng.uniform(0.5, 2.0, len(more))]))


def _tipped(rng: np.random.Generator, traffic: Traffic, looks: int) -> Floats:
    """Half as many looks again, each ordered because a ship was there."""
    tried = rng.uniform(0, 365.0, 12 * looks)
    more = tried[np.array(_occupied(traffic, tried))][: looks // 2]
    return np.sort(np.concatenate([rng.uniform(0, 365.0, looks), more]))


CHOICES: Final[dict[str, Callable[[np.random.Generator, Traffic, int], Floats]]] = {
    "at any time": _by_chance,
    "in bursts that know nothing": _in_bursts,
    "few in summer": _in_season,
    "followed up": _followed,
    "tipped off": _tipped,
}


def _choice(
    name: str,
    choose: Callable[[np.random.Generator, Traffic, int], Floats],
    looks: int,
    size: int,
) -> dict[str, Any]:
    """Signs that looks cluster on ships."""
    said: list[str] = []
    for trial in range(size):
        rng = np.random.default_rng([trial, 579, looks])
        arrivals = poisson(rng, 0.15, 365.0)
        traffic = berthed(arrivals, DWELL(rng, len(arrivals)), 1)
        at = choose(rng, traffic, looks)
        said.append(sampling_bias(at, _occupied(traffic, at)).verdict)
    return {
        "what": "choice of looks",
        "case": f"{name}, {looks} looks a year",
        "runs": size,
        "told": _counted(said, "signs"),
        "refused": _counted(said, "cannot-tell"),
    }


def _counted(said: Sequence[str], verdict: str) -> str:
    return str(share(sum(one == verdict for one in said), len(said)))
