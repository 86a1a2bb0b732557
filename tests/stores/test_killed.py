"""A writer killed at any moment loses nothing that it acknowledged and doubles nothing."""

import hashlib
import importlib.util
import os
import random
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from quaywatch.stores.workspace import Workspace

WRITER = Path(__file__).with_name("killed_writer.py")
KILLS = 100


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("killed_writer", WRITER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


writer = _load()


class Nursery:
    """The forking process, and what its writer said."""

    def __init__(self) -> None:
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, str(WRITER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        self._rest = b""

    def line(self, until: float | None = None) -> str | None:
        """The next line; None when the clock reaches ``until`` first."""
        assert self.process.stdout is not None
        while b"\n" not in self._rest:
            wait = None if until is None else max(0.0, until - time.monotonic())
            if not select.select([self.process.stdout], [], [], wait)[0]:
                return None
            more = os.read(self.process.stdout.fileno(), 65536)
            assert more, "the nursery ended"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def tell(self, line: str) -> None:
        """Send a command."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def run(self, root: Path, lifetime_s: float) -> tuple[list[int], bool]:
        """Let a writer live so long after it is ready: what it acknowledged, and whether done."""
        self.tell(f"write {root}")
        assert self.line() == "ready"
        # The only clock in this test: the moment of death is the thing being varied. Nothing is
        # expected to have happened by then; what did happen is read from the pipe.
        until = time.monotonic() + lifetime_s
        said = []
        while (line := self.line(until)) is not None and line != "done":
            said.append(line)
        done = line == "done"
        self.tell("end")
        while not (line := self.line() or "").startswith("ended"):
            said.append(line)
        return [int(s.split()[1]) for s in said if s.startswith("acked")], done or "done" in said


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    """A forking process, ended with the test."""
    made = Nursery()
    yield made
    assert made.process.stdin is not None
    assert made.process.stdout is not None
    made.process.stdin.close()
    made.process.wait()
    made.process.stdout.close()


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Workspace]:
    """The workspace of a writer that nobody killed."""
    with Workspace.create(tmp_path / "control") as made:
        for task in range(writer.TASKS):
            writer.carry_out(made, task)
        yield made


def seconds_per_task(folder: Path) -> float:
    """How long a task takes here and now, so that the kills fall inside the work anywhere."""
    with Workspace.create(folder) as made:
        writer.carry_out(made, 0)
        begin = time.perf_counter()
        for task in range(1, 5):
            writer.carry_out(made, task)
        return (time.perf_counter() - begin) / 4


def present(workspace: Workspace, control: Workspace) -> list[int]:
    """Tasks whose work is there, each proven whole; any other must have left no trace."""
    rows = dict(workspace.lake.positions().collect()["source_id"].value_counts().iter_rows())
    found = []
    for task in range(writer.TASKS):
        if task % 2:
            notes = list(workspace.evidence.find("observation", subject=f"task:{task}"))
            assert notes in ([], writer.observations(task))
            if notes:
                assert workspace.evidence.read_object(_sha256(writer.blob(task)))
                found.append(task)
            continue
        source_id = writer.source(task).id
        result = workspace.lake.ingested(source_id)
        assert result == (control.lake.ingested(source_id) if result else None)
        assert rows.pop(source_id, 0) == (result.positions if result else 0)
        assert workspace.lake.rejects(source_id).collect().height == (1 if result else 0)
        if result:
            found.append(task)
    assert not rows
    return found


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def files(workspace: Workspace) -> set[str]:
    """What lies in the lake and among the objects."""
    store = workspace.root / "store"
    return {
        str(path.relative_to(store))
        for folder in ("lake", "objects")
        for path in (store / folder).rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_lost_or_doubled(
    tmp_path: Path, nursery: Nursery, control: Workspace
) -> None:
    """An investigator's machine dies; what the program said it had kept must still be there."""
    rng = random.Random(20250203)  # noqa: S311  (moments of death, not secrets)
    longest_s = 3 * seconds_per_task(tmp_path / "timing")
    kills = mid_ingest = rounds = 0
    # On a crowded machine a hundred may all fall between tasks: then some more do not.
    while kills < KILLS or (not mid_ingest and kills < 5 * KILLS):
        root = tmp_path / f"round-{rounds}"
        Workspace.create(root).close()
        rounds += 1
        acknowledged: set[int] = set()
        done = False
        while not done:
            lifetime_s = rng.uniform(0.0, longest_s) if kills < KILLS or not mid_ingest else 60.0
            said, done = nursery.run(root, lifetime_s)
            kills += not done
            acknowledged.update(said)
            # No wait: the dead writer's lock must be gone already.
            with Workspace.open(root, lock_wait_s=0.0) as workspace:
                sound = workspace.verify()
                there = present(workspace, control)
                assert acknowledged <= set(there)
                assert there == list(range(len(there)))
                in_lake = sum(path.startswith("lake/") for path in files(workspace))
                mid_ingest += in_lake > sound.lake_files
        with Workspace.open(root) as workspace:
            # The chain's head covers every record, time and lake file hash, in order.
            assert workspace.evidence.head() == control.evidence.head()
            mine = workspace.lake.positions().collect()
            assert mine.equals(control.lake.positions().collect())
            assert files(workspace) == files(control)
    # Otherwise the kills all fell between tasks, and this test would show nothing.
    assert mid_ingest > 0
