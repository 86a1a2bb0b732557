"""A disk that fills up, or fails, at any step: a clear error, and nothing half-landed."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from quaywatch.errors import DiskFullError
from quaywatch.stores.files import TEMPORARY, Landing, room_for
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.contracts_given import (
    NOON,
    a_source,
    an_observation,
    bring_in,
    some_positions,
    some_rejects,
    some_statics,
)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with one source in it."""
    with Workspace.create(tmp_path / "w") as made:
        bring_in(made.lake, a_source(1), some_positions())
        yield made


class Breaking:
    """Steps that write, of which the one numbered ``at`` fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
        self.at, self.steps, self.error = -1, 0, error
        for owner, name in (
            (os, "fsync"),
            (Path, "mkdir"),
            (Path, "replace"),
            (Path, "chmod"),
        ):
            monkeypatch.setattr(owner, name, self._breaking(getattr(owner, name)))
        monkeypatch.setattr(Landing, "write", self._breaking_first(Landing.write))

    def _breaking(self, whole: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **named: object) -> object:
            self.steps += 1
            if self.steps == self.at:
                raise self.error
            return whole(*args, **named)

        return step

    def _breaking_first(self, whole: Callable[[Landing, bytes], int]) -> Callable[..., object]:
        # A file takes hundreds of writes; that its first one fails stands for all.
        broken = self._breaking(whole)

        def write(landing: Landing, data: bytes) -> object:
            with room_for(landing.path):  # as around the write itself, further in
                return (broken if landing.size_bytes == 0 else whole)(landing, data)

        return write


def snapshot(workspace: Workspace) -> tuple[object, ...]:
    """What anybody can see of a workspace."""
    return (
        workspace.evidence.head(),
        workspace.lake.count(),
        workspace.lake.positions().collect().sort("at", "mmsi").rows(),
    )


def a_second_ingest(workspace: Workspace) -> None:
    """Positions in two months, statics, rejects."""
    rows = some_positions(4, first=100)
    rows = rows.with_columns(pl.col("at") + timedelta(days=10) * pl.col("record"))
    bring_in(workspace.lake, a_source(2), rows, some_statics(8), some_rejects("x", first=9), step=2)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DiskFullError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_an_ingest_that_breaks_at_any_step_leaves_the_state_before(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    told: type[BaseException],
) -> None:
    """Every write an ingest makes is made to fail in turn; only the last state may differ."""
    before = snapshot(workspace)
    breaking = Breaking(monkeypatch, error)
    broken = 0
    while workspace.lake.ingested(a_source(2).id) is None:
        broken += 1
        breaking.at, breaking.steps = broken, 0
        try:
            a_second_ingest(workspace)
        except told:
            assert snapshot(workspace) == before
    breaking.at = -1
    assert broken > 20
    workspace.verify()
    store = workspace.root / "store"
    assert not list(store.rglob(f"{TEMPORARY}*"))
    assert len(list(store.rglob("*.parquet"))) == workspace.verify().lake_files


def test_bytes_that_find_no_room_are_not_there(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A cut-short image under a full image's name would be found only years later."""
    big = tmp_path / "scene.tif"
    big.write_bytes(bytes(9_000_000))
    ways: list[Callable[[], str]] = [
        lambda: workspace.evidence.put_object(b"coal"),
        lambda: workspace.evidence.put_file(big),
    ]
    for put in ways:
        with monkeypatch.context() as patch:
            breaking = Breaking(patch, OSError(errno.EDQUOT, "Quota exceeded"))
            done = False
            while not done:
                breaking.at, breaking.steps = breaking.at + 1, 0
                try:
                    sha256 = put()
                except DiskFullError:
                    continue
                done = breaking.steps < breaking.at
        assert workspace.evidence.read_object(sha256)
    assert workspace.verify().objects == 2
    assert not list((workspace.root / "store").rglob(f"{TEMPORARY}*"))


def test_a_catalogue_without_room_keeps_none_of_the_batch(workspace: Workspace) -> None:
    """SQLite's own "full" must read like ours, and undo the whole transaction."""
    before = snapshot(workspace)
    engine = workspace.lake.catalogue._engine

    def limit(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 60")

    sa.event.listen(engine, "connect", limit)
    engine.dispose()
    with pytest.raises(DiskFullError, match="Nothing was half-kept"):
        workspace.evidence.append([an_observation(n) for n in range(2000)], known_at=NOON)
    assert snapshot(workspace) == before
    sa.event.remove(engine, "connect", limit)
    engine.dispose()
    assert workspace.evidence.append([an_observation(1)], known_at=NOON) == 1
    workspace.verify()


def test_what_a_killed_writer_left_is_swept(workspace: Workspace) -> None:
    """Otherwise every crash would cost room for ever; what is listed stays."""
    store = workspace.root / "store"
    partition = next((store / "lake").rglob("*.parquet")).parent
    left = [
        store / "objects" / f"{TEMPORARY}1",
        store / "lake" / f"{TEMPORARY}1",
        partition / "unlisted.parquet",
    ]
    for path in left:
        path.write_bytes(b"half")
    workspace.evidence.put_object(b"coal")
    bring_in(workspace.lake, a_source(2), some_positions(3, first=500))
    assert not any(path.exists() for path in left)
    workspace.verify()


def test_large_files_are_kept_by_their_hash(workspace: Workspace, tmp_path: Path) -> None:
    """A scene is copied in chunks; the object is read-only and equal to the last byte."""
    scene = tmp_path / "scene.tif"
    scene.write_bytes(bytes(range(256)) * 40_000)
    sha256 = workspace.evidence.put_file(scene)
    assert workspace.evidence.put_file(scene) == sha256
    assert workspace.evidence.put_object(scene.read_bytes()) == sha256
    path = workspace.evidence.open_object(sha256)
    assert path.read_bytes() == scene.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o444
    assert workspace.verify().objects == 1
