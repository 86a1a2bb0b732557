"""Which benchmarks there are."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

from quaywatch.errors import ArgumentError
from quaywatch.testing.bench.report import BenchReport, Progress

BENCHES: Final[dict[str, tuple[str, str]]] = {
    "ais-decode": ("decode", "NMEA to typed columns, beside pyais and aiscat"),
    "ais-ingest": ("ingest", "CSV and Parquet into the lake, beside DuckDB's raw read; memory"),
    "ais-pass": ("ais_pass", "gaps, stops, speeds and the whole pass, beside movingpandas"),
    "ais-segments": ("segments", "several hulls under one MMSI told apart"),
    "ais-gaps": ("gaps", "calibration of the gap test, and gaps cut into recorded tracks"),
    "ais-reach": ("reach", "the true port inside the reach of artificial gaps"),
    "ais-integrity": (
        "integrity",
        "attacks injected into real tracks, and what of them is found",
    ),
    "imagery-clarity": (
        "imagery_clarity",
        "how often a berth under cloud or shadow is called clear, and a clear one refused",
    ),
    "imagery-look": (
        "imagery_look",
        "registration on planted shifts and a real pair; a look's cost",
    ),
    "imagery-hulls": (
        "imagery_hulls",
        "3 m hulls in recorded scenes and chips, by networks that never saw that port or week",
    ),
    "imagery-hulls-10m": ("imagery_ports", "10 m hulls in recorded ports"),
    "imagery-radar": ("imagery_radar", "ships in recorded radar tiles and chips, by size"),
    "imagery-berths": (
        "imagery_berths",
        "berth states, chances, lengths and stays: two-year series, and berths labelled by eye",
    ),
    "imagery-stock": (
        "imagery_stock",
        "coal, ore and dark ground told apart; heaps of known volume; changes over two years",
    ),
    "imagery-timelapse": (
        "imagery_timelapse",
        "a lettered film of 100 frames, beside encoding ready PNGs",
    ),
    "argument": (
        "argument",
        "does 0.8 mean 0.8: evidence joined where its dependence is planted",
    ),
    "contradict": (
        "contradict",
        "contradictions: speed over everything, honest twins, recall by kind, what explains them",
    ),
    "activity": (
        "activity",
        "how often the intervals of activity hold the planted truth, beside the naive count",
    ),
    "activity-answers": (
        "activity_answers",
        "comparisons, changes and choice of looks on invented ships: how often right",
    ),
    "activity-tracks": (
        "activity_tracks",
        "recorded port calls thinned by a recorded sky, and what is made of what is left",
    ),
    "voyages": (
        "voyages",
        "calls hidden in silences, planted and cut from recorded tracks; names from positions",
    ),
    "scheme": (
        "scheme",
        "a clone or false track, a dark caller and an honest look-alike, found blind",
    ),
    "names": (
        "names",
        "names written by two hands told from names of two ships, beside rapidfuzz and rigour",
    ),
    "match": (
        "match",
        "hulls of simulated scenes over recorded tracks matched with thinned AIS: calibration",
    ),
    "cargo": (
        "cargo",
        "intervals of tonnes on planted cargoes and yards, and what a draught field is worth",
    ),
    "likeness": (
        "likeness",
        "the same hull in recorded chips minutes and days apart: ranks, and what ratios are worth",
    ),
    "lint": (
        "lint",
        "planted slips of numbers, dates and names found in texts, and false alarms on prose",
    ),
    "verify": ("verify", "a case of 10,000 claims verified, its arithmetic cached and afresh"),
}
"""Name → module of this package with ``run(data, progress, **options)``, and what it measures."""

Run = Callable[..., BenchReport]


def named(name: str) -> tuple[str, ...]:
    """The benchmarks meant by a name: one, or all whose names begin with it and a hyphen.

    Raises:
        ArgumentError: there is none.

    Examples:
        >>> named("imagery-hulls"), len(named("imagery")) > 5
        (('imagery-hulls',), True)

    """
    if name in BENCHES:
        return (name,)
    found = tuple(key for key in BENCHES if key.startswith(f"{name}-"))
    if not found:
        raise ArgumentError(
            flag="NAME",
            fact=f"there is no benchmark {name!r}",
            remedy=f"Known: {', '.join(BENCHES)}; or the first word of some.",
        )
    return found


def bench(name: str) -> Run:
    """The benchmark of that name: ``run(data: Path, progress, **options) -> BenchReport``.

    Raises:
        ArgumentError: there is none of that name.

    """
    (only,) = named(name)
    module = importlib.import_module(f"quaywatch.testing.bench.{BENCHES[only][0]}")
    return cast("Run", module.run)


def run_bench(name: str, data: Path, progress: Progress, **options: int) -> BenchReport:
    """Run one benchmark over the recorded data in ``data``.

    Raises:
        ArgumentError: there is no such benchmark, or no data there.

    """
    run = bench(name)
    if not data.is_dir():
        raise ArgumentError(
            flag="--data",
            fact=f"{data} is no folder",
            remedy="docs/real-data.md says what it holds.",
        )
    return run(data, progress, **options)
