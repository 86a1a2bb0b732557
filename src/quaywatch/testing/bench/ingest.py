"""CSV and Parquet into the lake, beside DuckDB's raw read of the same file; and its memory."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from quaywatch.testing.bench.replicas import Sea, recorded, sea_of, write_csv, write_parquet
from quaywatch.testing.bench.report import BenchReport, Progress, peer

SIZE = 2_000_000
GROWTH_FROM = 10_000_000
"""From this size on the growth curve is measured too, up to the size."""
_REPEATS = 3
_COLUMNS = (
    "file", "what", "threads", "positions", "seconds", "least_s", "most_s", "cpu_s",
    "positions_per_s", "of_duckdb", "of_duckdb_cpu", "peak_mb",
)  # fmt: skip
_SAID = {
    "duckdb": "DuckDB, raw read to Arrow",
    "read": "read into the contract",
    "ingest": "ingest: read, dedupe, sort, write, hash, seal",
    "passes": "lake.passes(): every position once, in order, with statics",
    "pass": "the whole pass: every event found, sealed",
}


_NOTES = (
    (
        "DuckDB's read materialises every column of the file to Arrow. Ours also checks every "
        "cell and keeps line numbers and rejects; ingest also compares, sorts, writes and seals."
    ),
    (
        "seconds: median of the wall clock, with least and most. of_duckdb: DuckDB's seconds "
        "divided by ours, same file, same number of processors (each process is held to them); "
        "of_duckdb_cpu: the same of processor seconds, which other work on the machine bends less."
    ),
    "peak_mb: the largest resident memory of the process over all its runs.",
)


def run(data: Path, progress: Progress, *, size: int = SIZE) -> BenchReport:
    """Measure ingest on replicated rows of ``sbarc_2018``.

    Args:
        data: folder of recorded data.
        progress: told how far it is.
        size: positions; from 10 million on, the growth of time and memory up to there instead.

    Raises:
        SourceMissingError: the recorded data is not there.

    """
    progress("reading the recording", 0.0)
    base = recorded(data)
    with tempfile.TemporaryDirectory(prefix="quaywatch-bench-") as name:
        scratch = Path(name)
        if size >= GROWTH_FROM:
            rows = _growth(base, size, scratch, progress)
            sea = sea_of(base.height, size)
        else:
            sea = sea_of(base.height, size)
            rows = _compared(base, sea, scratch, progress)
    notes = [*_NOTES]
    if peer("duckdb") is None:
        notes.append("DuckDB is not installed here: no comparison (`make peers` installs it).")
    return BenchReport(
        name="ais-ingest",
        data=f"sbarc_2018 (recorded, 442,786 positions) replicated to {sea.total:,}: "
        f"{sea.fleets} fleets of other MMSIs x {sea.blocks} blocks of five days (simulated)",
        columns=_COLUMNS,
        rows=rows,
        notes=notes,
    )


def _compared(
    base: pl.DataFrame, sea: Sea, scratch: Path, progress: Progress
) -> list[dict[str, Any]]:
    csv, parquet = scratch / "sea.csv", scratch / "sea.parquet"
    foreign = scratch / "foreign.parquet"
    write_csv(base, sea, csv)
    pl.scan_csv(csv, try_parse_dates=True).sink_parquet(foreign)
    _one_file(write_parquet(base, sea, scratch), parquet)
    files = {"CSV": csv, "Parquet, our columns": parquet, "Parquet, the CSV's columns": foreign}
    kinds = [what for what in ("duckdb", "read", "ingest") if what != "duckdb" or peer("duckdb")]
    threads = [1, 2] if len(os.sched_getaffinity(0)) > 1 else [1]
    rows: list[dict[str, Any]] = []
    total = len(files) * len(threads) * len(kinds)
    for label, file in files.items():
        for count in threads:
            raw: dict[str, Any] | None = None
            for what in kinds:
                progress(f"{label}: {_SAID[what]}", len(rows) / total)
                row = _row(label, what, count, _measured(what, count, _REPEATS, scratch, [file]))
                raw = row if what == "duckdb" else raw
                if raw is not None:
                    row["of_duckdb"] = raw["seconds"] / row["seconds"]
                    row["of_duckdb_cpu"] = raw["cpu_s"] / row["cpu_s"]
                rows.append(row)
    return rows


def _one_file(paths: Sequence[Path], into: Path) -> None:
    record = pl.int_range(1, pl.len() + 1, dtype=pl.UInt64).alias("record")
    pl.scan_parquet(list(paths)).with_columns(record).sink_parquet(into, compression="zstd")


def _growth(
    base: pl.DataFrame, size: int, scratch: Path, progress: Progress
) -> list[dict[str, Any]]:
    """Seconds and memory at one, ten and a hundred million, as far as ``size`` goes."""
    rows: list[dict[str, Any]] = []
    sizes = [one for one in (1_000_000, 10_000_000, 100_000_000) if one <= size]
    for number, one in enumerate(sizes):
        with tempfile.TemporaryDirectory(dir=scratch) as name:
            inner, sea = Path(name), sea_of(base.height, one)
            progress(f"writing {sea.total:,} positions", number / len(sizes))
            files = write_parquet(base, sea, inner)
            label = f"Parquet, our columns, {len(files)} files"
            threads = min(2, len(os.sched_getaffinity(0)))
            progress(f"ingesting {sea.total:,} positions", (number + 0.3) / len(sizes))
            found = _measured("ingest", threads, 1, inner, files)
            rows.append(_row(label, "ingest", threads, found))
            progress(f"passing over {sea.total:,} positions", (number + 0.8) / len(sizes))
            found = _measured("passes", threads, 1, inner, [inner / "workspace"])
            rows.append(_row("the lake", "passes", threads, found))
            progress(f"judging {sea.total:,} positions", (number + 0.9) / len(sizes))
            found = _measured("pass", threads, 1, inner, [inner / "workspace"])
            rows.append(_row("the lake", "pass", threads, found))
    return rows


def _measured(
    what: str, threads: int, repeats: int, scratch: Path, files: Sequence[Path]
) -> dict[str, Any]:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "quaywatch.testing.bench.ingest_worker", what]
    command += [str(threads), str(repeats), str(scratch), *map(str, files)]
    environment = os.environ | {"POLARS_MAX_THREADS": str(threads)}
    done = subprocess.run(command, check=True, capture_output=True, env=environment)  # noqa: S603  # ourselves
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _row(label: str, what: str, threads: int, found: dict[str, Any]) -> dict[str, Any]:
    wall = found["wall_s"]
    seconds = median(wall)
    return {
        "file": label,
        "what": _SAID[what],
        "threads": threads,
        "positions": found["rows"],
        "seconds": round(seconds, 3),
        "least_s": round(min(wall), 3),
        "most_s": round(max(wall), 3),
        "cpu_s": round(median(found["cpu_s"]), 3),
        "positions_per_s": round(found["rows"] / seconds),
        "peak_mb": round(found["peak_mb"]),
    }
