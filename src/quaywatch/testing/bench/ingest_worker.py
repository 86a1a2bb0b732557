"""One measurement of the ingest benchmark in a process of its own: its memory is its own too.

Called as ``python -m quaywatch.testing.bench.ingest_worker WHAT THREADS REPEATS SCRATCH FILE...``;
prints one JSON object.
"""

import gc
import importlib
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from quaywatch.ais.read import read_ais
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.ais_pass import AisPass, PassRules, Piece
from quaywatch.workflows.ingest_ais import ingest_ais
from quaywatch.workflows.receive import Terms
from quaywatch.workflows.watch_ais import ROWS_AT_A_TIME

KNOWN_AT = datetime(2026, 1, 1, tzinfo=UTC)
_TERMS = Terms(provider="bench", licence="none", credit="none", redistributable=False)


def _duckdb(files: list[Path], threads: int) -> int:
    """Everything in the files to Arrow, as DuckDB does it by default."""
    duckdb = importlib.import_module("duckdb")  # a peer: not always there

    connection = duckdb.connect(config={"threads": threads})
    rows = 0
    for file in files:
        call = "read_parquet" if file.suffix == ".parquet" else "read_csv"
        rows += connection.sql(f"SELECT * FROM {call}('{file}')").to_arrow_table().num_rows  # noqa: S608  # our own file's name
    return rows


def _read(files: list[Path]) -> int:
    """Everything into the contract's columns; a batch is let go of when the next one comes."""
    return sum(
        batch.positions.height
        for file in files
        for batch in read_ais(file, source_id="source:bench", received_before=KNOWN_AT)
    )


def _ingest(files: list[Path], folder: Path) -> int:
    """Everything into a new workspace: read, compared, sorted, written, hashed, sealed."""
    with Workspace.create(folder, simulated=True) as workspace:
        done = ingest_ais(workspace, files, known_at=KNOWN_AT, terms=_TERMS, report=lambda *_: None)
    return int(done["positions"])


def _passes(folder: Path) -> int:
    """Every position once, with its statics, as a pass reads them."""
    with Workspace.open(folder) as workspace:
        return sum(positions.height for positions, _ in workspace.lake.passes())


def _whole_pass(folder: Path) -> int:
    """Every event of the lake, kept; without a coast, for the copies lie on land too."""
    rows = 0
    with Workspace.open(folder) as workspace, tempfile.TemporaryDirectory() as scratch:

        def pieces() -> Iterator[Piece]:
            nonlocal rows
            rows = 0
            for piece in workspace.lake.passes(ROWS_AT_A_TIME):
                rows += piece[0].height
                yield piece

        work = AisPass(
            pieces, rules=PassRules(), sites=[], coast=None, distance=None, scratch=Path(scratch)
        )
        with workspace.events.session() as session:
            for events in work.events(lambda _what, _share: None):
                session.add(events)
            session.commit(inputs=(), parameters={}, known_at=KNOWN_AT)
    return rows


def _work(what: str, threads: int, files: list[Path], scratch: Path) -> Callable[[], int]:
    if what == "duckdb":
        return lambda: _duckdb(files, threads)
    if what == "read":
        return lambda: _read(files)
    if what == "ingest":
        return lambda: _ingest(files, scratch / "workspace")
    if what == "pass":
        return lambda: _whole_pass(files[0])
    return lambda: _passes(files[0])


def _peak_kb() -> int:
    """Largest resident memory of this process; ``getrusage`` would count who started it too."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0])
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(arguments: list[str]) -> None:
    """Measure, print."""
    what, threads, repeats = arguments[0], int(arguments[1]), int(arguments[2])
    scratch, files = Path(arguments[3]), [Path(name) for name in arguments[4:]]
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    pa.set_cpu_count(threads)
    wall, processor, rows = [], [], 0
    for number in range(repeats + (repeats > 1)):
        with tempfile.TemporaryDirectory(dir=scratch) as inner:
            work = _work(what, threads, files, Path(inner))
            gc.collect()
            began, spent = time.perf_counter(), time.process_time()
            rows = work()
            if number or repeats == 1:  # the first run loads what is compiled
                wall.append(time.perf_counter() - began)
                processor.append(time.process_time() - spent)
            if repeats == 1 and what == "ingest":
                shutil.move(str(Path(inner) / "workspace"), scratch / "workspace")
    peak = _peak_kb()
    print(  # noqa: T201  # the answer to the process that started this one
        json.dumps({"rows": rows, "wall_s": wall, "cpu_s": processor, "peak_mb": peak / 1024})
    )


if __name__ == "__main__":
    main(sys.argv[1:])
