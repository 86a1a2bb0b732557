"""Calls hidden in silences, on planted worlds and on recorded tracks cut; names from positions.

A ship told to have called that did not is the error that must not happen, so honest twins (same
ends, same length, no call) are counted first; calibration comes second.
"""

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from quaywatch.geo.position import Position
from quaywatch.testing.bench.reliability import reliability
from quaywatch.testing.bench.report import BenchReport, Progress
from quaywatch.testing.bench.voyage_windows import Window, judged_windows, windows_of
from quaywatch.testing.hidden_sim import habits, judged, planted, seen, twin, world
from quaywatch.voyages.gazetteer import (
    Gazetteer,
    gazetteer_of,
    kept_gazetteer,
    named_places,
    read_world_port_index,
)
from quaywatch.voyages.hidden_calls import HiddenAnswer
from quaywatch.voyages.hidden_evidence import WitnessKind

COLUMNS: Final = (
    "what", "silences", "hulls", "pairs", "base rate", "Brier", "Brier of the base rate", "ECE",
    "overstated", "said called", "of which wrong", "said likely", "likely wrong",
    "most said of an honest one",
)  # fmt: skip
WORLDS: Final = 10
VARIANTS: Final[tuple[tuple[str, tuple[WitnessKind, ...]], ...]] = (
    ("AIS only", ()),
    ("with yards", ("stock",)),
    ("with looks", ("image",)),
    ("with both", ("image", "stock")),
)
NOTES: Final = (
    (
        "Simulated worlds: six ports, 30% of the silences hide a call, looks 0.4 a day and port "
        "with 70% matches and 2% mistaken ones; the prior is counted on 60 other silences of that "
        "world."
    ),
    (
        "A pair is a silence and a port. ECE: ten bins. Overstated: its part where more was said "
        "than was true. 'Uncapped' is without the rules that the length of a silence never speaks "
        "for a call and that AIS alone stops at even odds."
    ),
    (
        "Recorded windows of 12 to 72 h: up to four around calls and six anywhere of each hull, "
        "both ends under way. The prior is counted on windows of the other half of the hulls, and "
        "on this hull's own windows that do not overlap. Distances are great circles."
    ),
)


def run(data: Path, progress: Progress, *, size: int = 300) -> BenchReport:
    """``size`` planted silences a variant (with as many honest twins), and the recorded windows."""
    rows = []
    for k, (name, kinds) in enumerate(VARIANTS):
        progress(name, 0.6 * k / len(VARIANTS))
        rows += _simulated(name, kinds, size, seed=100 + k)
    progress("recorded windows", 0.6)
    windows = windows_of(data)
    for half in (0, 1):
        rows += _recorded(windows, half)
    progress("names", 0.9)
    return BenchReport(
        name="voyages",
        data=(
            f"simulated, {WORLDS} worlds, {size} silences a row and as many twins; sbarc_2018, "
            f"recorded, 5 days, {len(windows)} windows of 12 to 72 h, "
            f"{sum(bool(one.called) for one in windows)} with a call"
        ),
        columns=COLUMNS,
        rows=rows,
        notes=[*NOTES, *_names(data)],
    )


@dataclass(slots=True)
class _Tally:
    said: list[float]
    raw: list[float]
    true: list[bool]
    called: int = 0
    wrong: int = 0
    likely: int = 0
    unlikely: int = 0
    most: float = 0.0


def _add(tally: _Tally, answer: HiddenAnswer, true: set[str]) -> None:
    for one in answer.ports:
        stated = one.stated
        tally.said.append(0.0 if stated is None else stated.probability)
        tally.raw.append(0.0 if stated is None else stated.uncapped)
        tally.true.append(one.port in true)
        if one.verdict == "called":
            tally.called += 1
            tally.wrong += one.port not in true
        if one.verdict == "likely":
            tally.likely += 1
            tally.unlikely += one.port not in true
        if not true:
            tally.most = max(tally.most, one.probability or 0.0)


def _simulated(
    name: str, kinds: tuple[WitnessKind, ...], size: int, *, seed: int
) -> list[dict[str, Any]]:
    """Planted silences as they come, and the twins of those with a call."""
    plain, twins = _Tally([], [], []), _Tally([], [], [])
    n = 0
    for number in range(WORLDS):
        rng = np.random.default_rng([seed, number])
        here = world(rng)
        prior = habits(here, rng)
        for _ in range(size // WORLDS):
            one = planted(here, rng)
            answer = judged(one, here, prior, seen(one, here, kinds, rng))
            true = set() if one.port is None else {here.ports[one.port].site.id}
            _add(plain, answer, true)
            while one.port is None:
                one = planted(here, rng)
            still = twin(one)
            _add(twins, judged(still, here, prior, seen(still, here, kinds, rng)), set())
            n += 1
    return [
        _row(f"{name}, planted", n, None, plain),
        _row(f"{name}, planted, uncapped", n, None, plain, raw=True),
        _row(f"{name}, honest twins", n, None, twins),
    ]


def _recorded(windows: list[Window], half: int) -> list[dict[str, Any]]:
    """Windows of one half of the hulls, by the habits of the other."""
    tally = _Tally([], [], [])
    mine = [one for one in windows if one.half == half]
    for window, answer in judged_windows(mine, [one for one in windows if one.half != half]):
        _add(tally, answer, set(window.called))
    hulls = len({one.mmsi for one in mine})
    name = f"recorded, half {half}"
    return [
        _row(name, len(mine), hulls, tally),
        _row(f"{name}, uncapped", len(mine), hulls, tally, raw=True),
    ]


def _row(
    name: str, n: int, hulls: int | None, tally: _Tally, *, raw: bool = False
) -> dict[str, Any]:
    found = reliability(np.array(tally.raw if raw else tally.said), np.array(tally.true, bool))
    return {
        "what": name,
        "silences": n,
        "hulls": hulls,
        "pairs": found.n if found else 0,
        "base rate": found.base if found else None,
        "Brier": found.brier if found else None,
        "Brier of the base rate": found.brier_base if found else None,
        "ECE": found.ece if found else None,
        "overstated": found.over if found else None,
        "said called": None if raw else tally.called,
        "of which wrong": None if raw else tally.wrong,
        "said likely": None if raw else tally.likely,
        "likely wrong": None if raw else tally.unlikely,
        "most said of an honest one": None if raw else tally.most,
    }


def world_port_index(data: Path) -> pl.DataFrame:
    """The recorded World Port Index as gazetteer rows, those without a country left out."""
    with gzip.open(data / "registry" / "wpi" / "UpdatedPub150.csv.gz") as told:
        whole = pl.read_csv(told.read(), infer_schema=False)
    return read_world_port_index(whole).filter(pl.col("country").is_not_null())


@dataclass(frozen=True, slots=True)
class Named:
    """How positions near listed ports came out."""

    country: str
    n: int
    right: int
    """Named in the right country, without a doubt stated."""
    doubted: int
    """Named with a doubt as to the country."""
    none: int
    wrong: int
    """Named in another country, without a doubt stated."""


def names_by_country(listed: pl.DataFrame, gazetteer: Gazetteer, *, away_km: float) -> list[Named]:
    """Positions ``away_km`` from every listed port, in four directions, named by a gazetteer."""
    rows = []
    for north, east in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        lat = (listed["lat"] + north * away_km / 111.2).clip(-89.9, 89.9)
        lon = listed["lon"] + east * away_km / 111.2 / np.cos(np.radians(lat.to_numpy()))
        at = [Position(x, y) for x, y in zip(((lon + 180) % 360 - 180).to_list(), lat, strict=True)]
        for place, country in zip(named_places(gazetteer, at), listed["country"], strict=True):
            rows.append(
                (country, place.name is None, place.reason is not None, place.country == country)
            )
    found = []
    for country in sorted({row[0] for row in rows}):
        mine = [row for row in rows if row[0] == country]
        none = sum(row[1] for row in mine)
        doubted = sum(not row[1] and row[2] for row in mine)
        right = sum(not row[1] and not row[2] and row[3] for row in mine)
        found.append(
            Named(country, len(mine), right, doubted, none, len(mine) - none - doubted - right)
        )
    return found


def _names(data: Path) -> list[str]:
    """Lines on names: 5 km from every port of the index, with the index itself and with ours."""
    listed = world_port_index(data)
    lines = []
    for name, gazetteer in (
        ("the whole World Port Index", gazetteer_of(listed, source="WPI")),
        ("the kept gazetteer", kept_gazetteer()),
    ):
        found = names_by_country(listed, gazetteer, away_km=5.0)
        n = sum(one.n for one in found)
        shares = [
            sum(getattr(one, what) for one in found) / n for what in ("right", "doubted", "none")
        ]
        wrong = [f"{one.country} {one.wrong}/{one.n}" for one in found if one.wrong]
        lines.append(
            f"Names 5 km from each of {listed.height:,} listed ports with {name}: right country "
            f"{shares[0]:.1%}, doubt stated {shares[1]:.1%}, no name {shares[2]:.1%}, wrong "
            f"country without a doubt {sum(one.wrong for one in found)} of {n:,}"
            + (f" ({', '.join(wrong)})." if wrong else ".")
        )
    return lines
