"""The catalogue: one SQLite file in WAL mode. Its transactions are the only commit points.

Readers never wait. Writers are serialised by the workspace's lock before SQLite sees them, and
every commit is flushed to the disk (``synchronous=FULL``) before it is acknowledged.
"""

import os
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from quaywatch.errors import (
    CatalogueError,
    DiskFullError,
    StoreError,
    WorkspaceBusyError,
    WorkspaceNewerError,
)
from quaywatch.stores.lock import WriterLock

REVISIONS = ("0001",)
"""Every schema revision, oldest first; kept here so that opening need not import alembic."""

METADATA = sa.MetaData()

RECORD = sa.Table(
    "record",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text),
    sa.Column("predicate", sa.Text),
    sa.Column("time_start", sa.Text),
    sa.Column("time_end", sa.Text),
    sa.Column("content", sa.Text, nullable=False),
    sa.Index("record_by_subject", "kind", "subject", "predicate"),
    sa.Index("record_by_predicate", "kind", "predicate"),
)
"""Records; ``content`` is canonical JSON (RFC 8785), the other columns are read out of it."""

LEDGER = sa.Table(
    "ledger",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("known_at", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, sa.ForeignKey("record.id"), nullable=False, unique=True),
    sa.Column("content_sha256", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)

OBJECT = sa.Table(
    "object",
    METADATA,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("size_bytes", sa.Integer, nullable=False),
)
"""Bytes that must be in ``objects/``: a deleted file is noticed."""

LAKE_FILE = sa.Table(
    "lake_file",
    METADATA,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("table_name", sa.Text, nullable=False),
    sa.Column("period", sa.Text),
    sa.Column("bucket", sa.Integer),
    sa.Column("source_id", sa.Text, sa.ForeignKey("record.id"), nullable=False),
    sa.Column("claim_id", sa.Text, sa.ForeignKey("record.id"), nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("min_at", sa.Text),
    sa.Column("max_at", sa.Text),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Index("lake_file_by_partition", "table_name", "period", "bucket"),
    sa.Index("lake_file_by_source", "source_id"),
)
"""What the lake consists of; a Parquet file without a row here does not exist for readers."""

FIXED = sa.Table(
    "fixed",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""Choices made once, when the workspace was created."""


class Catalogue:
    """The SQLite file, its connections and its errors.

    Raises:
        CatalogueError: the file is missing, damaged or no catalogue.
        WorkspaceNewerError: a later quaywatch wrote it.

    """

    def __init__(self, path: Path, lock: WriterLock, *, create: bool = False) -> None:
        self.path, self.lock = path, lock
        self._mode = "rwc" if create else "rw"
        self._engine = sa.create_engine(
            "sqlite+pysqlite://", creator=self._connect, poolclass=sa.QueuePool
        )
        sa.event.listen(self._engine, "begin", _begin)
        _ALL.add(self)
        try:
            self._bring_up_to_date()
        except StoreError:
            self.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        uri = f"{self.path.absolute().as_uri()}?mode={self._mode}"
        # SQLAlchemy's pool hands a connection to one thread at a time, so the check is off;
        # isolation_level None leaves BEGIN to us.
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, timeout=self.lock.wait_s
        )
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            # So that INSERT OR REPLACE cannot step around the triggers that forbid DELETE.
            connection.execute("PRAGMA recursive_triggers=ON")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A consistent view that blocks nobody; keep it short, or the WAL cannot be folded in."""
        with self._own_errors(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction, flushed to the disk at its end, or undone as a whole.

        Raises:
            WorkspaceBusyError: another process is writing.
            DiskFullError: there was no room; nothing was kept.

        """
        with self.lock.held(), self._own_errors(), self._engine.connect() as plain:
            connection = plain.execution_options(quaywatch_begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close every connection; SQLite then folds the WAL into the file."""
        self._engine.dispose()

    def integrity(self) -> list[str]:
        """What SQLite itself finds wrong with the file; empty when sound."""
        with self.reading() as connection:
            rows = connection.execute(sa.text("PRAGMA integrity_check")).scalars().all()
            broken = connection.execute(sa.text("PRAGMA foreign_key_check")).all()
        found = [str(row) for row in rows if row != "ok"]
        return found + [f"{row[0]} row {row[1]} refers to no {row[2]}" for row in broken]

    def _bring_up_to_date(self) -> None:
        with self.reading() as connection:
            known = sa.inspect(connection).has_table("alembic_version")
            found = (
                connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
                if known
                else None
            )
        if found == REVISIONS[-1]:
            return
        if found is not None and found not in REVISIONS:
            raise WorkspaceNewerError(root=str(self.path), found=found, known=REVISIONS[-1])
        if found is None and self._mode == "rw":
            raise CatalogueError(path=str(self.path), fact="it holds no tables")
        # alembic costs a third of a second to import: only a catalogue that is behind pays it.
        from quaywatch.stores.migrations import upgrade  # noqa: PLC0415

        with self.writing() as connection:
            upgrade(connection)

    @contextmanager
    def _own_errors(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as err:
            raise self._own_error(err.orig) from err
        except sqlite3.Error as err:
            raise self._own_error(err) from err

    def _own_error(self, err: BaseException | None) -> StoreError:
        name = getattr(err, "sqlite_errorname", "")
        if name in {"SQLITE_FULL", "SQLITE_IOERR_WRITE"}:
            return DiskFullError(path=str(self.path))
        if name.startswith("SQLITE_BUSY"):
            return WorkspaceBusyError(path=str(self.path), waited_s=self.lock.wait_s)
        return CatalogueError(path=str(self.path), fact=str(err))


def _begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(str(options.get("quaywatch_begin", "BEGIN")))


_ALL: "weakref.WeakSet[Catalogue]" = weakref.WeakSet()


def _let_go_all() -> None:
    # A forked child must not touch its parent's SQLite connections; it opens its own.
    for catalogue in _ALL:
        catalogue._engine.dispose(close=False)  # noqa: SLF001  (the same module)


os.register_at_fork(after_in_child=_let_go_all)
