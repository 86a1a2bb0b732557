"""The folder a user owns: made once, opened fast, shared by many readers and one writer."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from quaywatch.errors import (
    CatalogueError,
    StoreError,
    WorkspaceBusyError,
    WorkspaceConfigError,
    WorkspaceExistsError,
    WorkspaceMissingError,
    WorkspaceNewerError,
)
from quaywatch.stores.catalogue import METADATA, REVISIONS
from quaywatch.stores.migrations import config
from quaywatch.stores.workspace import BUCKETS, Scale, Workspace
from quaywatch.testing.contracts_given import (
    NOON,
    a_source,
    an_observation,
    bring_in,
    some_positions,
    some_records,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace, closed."""
    Workspace.create(tmp_path / "w").close()
    return tmp_path / "w"


@pytest.mark.parametrize("scale", list(BUCKETS))
def test_scale_and_simulation_stay_as_made(tmp_path: Path, scale: Scale) -> None:
    """Buckets are part of the lake's format; the simulated mark must never get lost."""
    with Workspace.create(tmp_path / "w", scale=scale, simulated=True):
        pass
    with Workspace.open(tmp_path / "w") as workspace:
        assert workspace.lake.buckets == BUCKETS[scale]
        assert workspace.config.simulated


@pytest.mark.parametrize(
    ("old", "new"), [("simulated = false", "simulated = true"), ("buckets = 4", "buckets = 5")]
)
def test_what_is_fixed_cannot_be_edited(root: Path, old: str, new: str) -> None:
    """Another number of buckets would look for vessels where they are not."""
    path = root / "quaywatch.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(WorkspaceConfigError, match="was made with"):
        Workspace.open(root)


def test_nothing_lands_outside_the_folder(tmp_path: Path) -> None:
    """The user owns one folder and can delete it."""
    with Workspace.create(tmp_path / "a" / "w") as workspace:
        workspace.evidence.append(some_records(), known_at=NOON)
        bring_in(workspace.lake, a_source(1), some_positions())
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["w"]
    names = {path.name for path in (tmp_path / "a" / "w").iterdir()}
    assert names == {"quaywatch.toml", "sites", "cases", "store", "cache"}


def test_creating_twice_changes_nothing(root: Path) -> None:
    """A second `init` must not empty a workspace."""
    before = (root / "quaywatch.toml").read_bytes()
    with pytest.raises(WorkspaceExistsError):
        Workspace.create(root, scale="large")
    assert (root / "quaywatch.toml").read_bytes() == before


def test_creating_goes_on_where_it_was_interrupted(root: Path) -> None:
    """A half-made workspace has no configuration yet, so it may be made again."""
    (root / "quaywatch.toml").unlink()
    Workspace.create(root).close()
    Workspace.open(root).close()


def test_what_is_no_workspace_is_said_with_the_remedy(tmp_path: Path) -> None:
    """The first thing a newcomer types may be in the wrong folder."""
    with pytest.raises(WorkspaceMissingError, match=r"quaywatch init"):
        Workspace.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("schema = 2\n", WorkspaceNewerError),
        ("not toml", WorkspaceConfigError),
        ("\udcff", WorkspaceConfigError),
        ('schema = 1\nscale = "small"\n', WorkspaceConfigError),
        ('schema = 1\nscale = "small"\n[ais]\nbucket = 4\n', WorkspaceConfigError),
        ('schema = 1\nscale = "huge"\n[ais]\nbuckets = 4\n', WorkspaceConfigError),
    ],
)
def test_a_bad_configuration_names_its_line(root: Path, text: str, error: type[StoreError]) -> None:
    """A misspelt key silently ignored would be a default the user believes changed."""
    (root / "quaywatch.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(error):
        Workspace.open(root)


def test_a_catalogue_of_a_later_version_is_refused(root: Path) -> None:
    """An older program would drop what it does not know."""
    engine = sa.create_engine(f"sqlite:///{root}/store/catalogue.sqlite")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(WorkspaceNewerError, match="9999"):
        Workspace.open(root)


def test_a_missing_or_wrong_catalogue_is_not_an_empty_one(root: Path) -> None:
    """An empty catalogue made on the spot would say that nothing is known."""
    path = root / "store" / "catalogue.sqlite"
    path.unlink()
    with pytest.raises(CatalogueError, match="not there"):
        Workspace.open(root)
    path.touch()
    with pytest.raises(CatalogueError, match="no tables"):
        Workspace.open(root)
    path.write_bytes(b"not a database" * 999)
    with pytest.raises(CatalogueError):
        Workspace.open(root)


def test_a_second_writer_is_told_and_readers_go_on(root: Path) -> None:
    """Two writers at once would fork the ledger; a reader must never wait."""
    with Workspace.open(root) as one, Workspace.open(root, lock_wait_s=0.0) as other:
        one.evidence.append(some_records(), known_at=NOON)
        with one.lake.ingest(a_source(1)):
            with pytest.raises(WorkspaceBusyError):
                other.evidence.append([an_observation(9)], known_at=NOON)
            with pytest.raises(WorkspaceBusyError):
                other.evidence.put_object(b"coal")
            with pytest.raises(WorkspaceBusyError), other.lake.ingest(a_source(2)):
                pass
            assert len(list(other.evidence.entries())) == len(some_records())
            # The holder itself goes on writing.
            assert one.evidence.append([an_observation(8)], known_at=NOON) == 1
        assert other.evidence.append([an_observation(9)], known_at=NOON) == 1


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # forking is what is tested
def test_a_forked_child_does_not_keep_the_lock(root: Path) -> None:
    """A worker that outlives its parent must not lock the workspace for ever."""
    ready, told = os.pipe()
    release, go = os.pipe()
    with Workspace.open(root) as workspace, workspace.lake.ingest(a_source(1)):
        child = os.fork()
        if child == 0:
            os.write(told, b"x")
            os.read(release, 1)
            os._exit(0)
        os.read(ready, 1)
    with (root / "store" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.write(go, b"x")
    assert os.waitpid(child, 0)[1] == 0
    for descriptor in (ready, told, release, go):
        os.close(descriptor)


def test_a_copy_is_a_workspace(root: Path, tmp_path: Path) -> None:
    """A team hands a workspace over by copying the folder; no path inside may be absolute."""
    with Workspace.open(root) as workspace:
        workspace.evidence.append(some_records(), known_at=NOON)
        sha256 = workspace.evidence.put_object(b"coal")
        bring_in(workspace.lake, a_source(1), some_positions())
        head = workspace.evidence.head()
    shutil.copytree(root, tmp_path / "copy [1] *")
    shutil.rmtree(root)
    with Workspace.open(tmp_path / "copy [1] *") as copy:
        assert copy.verify().head == head[1]
        assert copy.evidence.read_object(sha256) == b"coal"
        assert copy.lake.positions(445123000).collect().height == 2


@pytest.fixture
def connection(root: Path) -> Iterator[sa.Connection]:
    """Straight to the catalogue, as an SQLite browser goes."""
    engine = sa.create_engine(f"sqlite:///{root}/store/catalogue.sqlite")
    with engine.connect() as made:
        yield made
    engine.dispose()


def test_migrations_make_the_tables_that_the_code_expects(connection: sa.Connection) -> None:
    """A forgotten migration shows only on old workspaces, which no other test has."""
    assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    script = ScriptDirectory.from_config(config())
    assert [each.revision for each in script.walk_revisions()][::-1] == list(REVISIONS)


@pytest.mark.parametrize("table", ["record", "ledger", "lake_file", "fixed"])
def test_rows_can_only_be_added(root: Path, connection: sa.Connection, table: str) -> None:
    """An editor opened by mistake must not be able to rewrite what was known."""
    with Workspace.open(root) as workspace:
        bring_in(workspace.lake, a_source(1), some_positions())
    column = {"fixed": "value", "lake_file": "sha256", "record": "content"}.get(table, "hash")
    rows = sa.table(table, sa.column(column))
    for statement in (rows.delete(), rows.update().values({column: "x"})):
        with pytest.raises(sa.exc.IntegrityError, match="can only grow"):
            connection.execute(statement)
