"""The process that ``test_killed`` kills: a nursery that forks a writer on request.

The nursery imports everything once and starts no thread, so that forking is safe and quick; each
writer is a fresh process of its own that opens the workspace and works through the same tasks.

Lines in:  ``write ROOT`` forks a writer; ``end`` kills it and reaps it.
Lines out: ``ready`` once the writer has opened the workspace and warmed up, ``acked N`` when task N
was acknowledged, ``done`` after the last, ``ended STATUS`` once reaped.
"""

import importlib
import io
import os
import signal
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from quaywatch.ais.schema import POSITIONS_FRAME, REJECTS_FRAME, STATICS_FRAME, conform
from quaywatch.evidence.record import Observation, Source
from quaywatch.stores.ordering import Ordered, first_of_equals, unmark_held
from quaywatch.stores.packed import LAYOUTS
from quaywatch.stores.record_set import RecordSet
from quaywatch.stores.workspace import Workspace

TASKS = 10
"""Even ones ingest a source, odd ones append records and keep bytes."""
ROWS = 240
START = datetime(2024, 1, 31, 22, tzinfo=UTC)


def source(task: int) -> Source:
    """The source that an even task ingests."""
    return Source(
        sha256=f"{task:064x}",
        size_bytes=task,
        name=f"{task}.nmea",
        media="ais",
        received_at=START,
        provider="simulator",
        licence="CC0-1.0",
        credit="simulated",
        redistributable=True,
        simulated=True,
    )


def positions(task: int) -> pl.DataFrame:
    """Reports over a change of month; a third of them were in the source before."""
    first = 160 * (task // 2)
    number = pl.int_range(first, first + ROWS, eager=True)
    return conform(
        pl.DataFrame(
            {
                "mmsi": 445000000 + number % 2,
                "at": pl.Series([START + timedelta(minutes=int(n)) for n in number]),
                "lon": 125.0 + number / 1000,
                "lat": 38.0 + number / 1000,
                "msg_type": number * 0 + 1,
                "record": pl.int_range(1, ROWS + 1, eager=True),
            }
        ),
        POSITIONS_FRAME,
    )


def observations(task: int) -> list[Observation]:
    """What an odd task appends."""
    return [
        Observation(source_id=f"s{task}", what="note", subject=f"task:{task}", locator=f"line {n}")
        for n in range(40)
    ]


def blob(task: int) -> bytes:
    """What an odd task keeps."""
    return f"object {task}\n".encode() * 5000


def carry_out(workspace: Workspace, task: int) -> None:
    """One task; safe to carry out again."""
    known_at = START + timedelta(days=task)
    if task % 2:
        workspace.evidence.put_object(blob(task))
        workspace.evidence.append(observations(task), known_at=known_at)
        return
    with workspace.lake.ingest(source(task), spill_rows=ROWS // 2) as session:
        if session.already:
            return
        rows = positions(task)
        static = {"mmsi": 445000001, "at": START + timedelta(days=task), "name": "YI LI 1"}
        statics = conform(pl.DataFrame([static | {"record": ROWS + 1}]), STATICS_FRAME)
        reject = {"record": ROWS + 2, "reason": "checksum", "raw": "!AIVDM"}
        rejects = conform(pl.DataFrame([reject]), REJECTS_FRAME)
        half = ROWS // 2
        session.add(rows[:half], statics, rejects, records=half + 2)
        session.add(rows[half:], statics.clear(), rejects.clear(), records=ROWS - half)
        session.commit(
            [Observation(source_id=source(task).id, what="batch", subject="x", locator="whole")],
            known_at=known_at,
        )


def say(line: str) -> None:
    """One line out, unbuffered: a killed writer leaves nothing in a buffer."""
    os.write(1, f"{line}\n".encode())


def write(root: str) -> None:
    """Open the workspace, carry out every task, acknowledge each."""
    # Whatever runs slowly the first time in a process runs here, so that the random moment of
    # the kill falls on the work and not on the warming up.
    pq.write_table(positions(0).to_arrow(), io.BytesIO())
    workspace = Workspace.open(root, lock_wait_s=0.0)
    say("ready")
    for task in range(TASKS):
        carry_out(workspace, task)
        say(f"acked {task}")
    say("done")
    signal.pause()


def warm() -> None:
    """Load the compiled kernels once, before forking; polars is left alone, for it has threads."""
    # A lake loads what writes only when it first writes: in a writer, most kills would fall there.
    importlib.import_module("quaywatch.stores.ingest")
    layout = LAYOUTS["positions"]
    rows = np.zeros(2, layout.dtype)
    ordered = Ordered(rows, layout, 4).rows
    keep = first_of_equals(ordered, layout)
    unmark_held(ordered, ordered, layout, keep)
    RecordSet().add(rows["record"])


def main() -> None:
    """Fork writers until the input ends."""
    warm()
    child = 0
    for line in sys.stdin:
        verb, _, root = line.strip().partition(" ")
        if verb == "write":
            child = os.fork()
            if child == 0:
                try:
                    write(root)
                finally:
                    os._exit(1)
        else:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            say(f"ended {status}")


if __name__ == "__main__":
    main()
