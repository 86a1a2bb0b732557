"""A changed byte anywhere in the store is found, and named."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from quaywatch.errors import (
    CatalogueError,
    LakeFileMissingError,
    LakeListError,
    LedgerBrokenError,
    ObjectChangedError,
    ObjectMissingError,
    QuaywatchError,
    RecordChangedError,
)
from quaywatch.stores.workspace import Workspace
from quaywatch.testing.contracts_given import (
    NOON,
    a_source,
    bring_in,
    some_positions,
    some_records,
    some_rejects,
    some_statics,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with one of everything, closed."""
    with Workspace.create(tmp_path / "w") as workspace:
        workspace.evidence.append(some_records(), known_at=NOON)
        workspace.evidence.put_object(b"coal" * 999)
        rejects = some_rejects("checksum", first=8)
        bring_in(workspace.lake, a_source(1), some_positions(), some_statics(7), rejects)
        workspace.verify()
    return tmp_path / "w"


def problems(root: Path) -> list[type[QuaywatchError]]:
    """Kinds of problem found; ``verify`` must raise the first."""
    with Workspace.open(root) as workspace:
        found = list(workspace.auditor.problems())
        if found:
            with pytest.raises(type(found[0])):
                workspace.verify()
        return [type(problem) for problem in found]


def tampered(root: Path, *statements: str) -> None:
    """Change the catalogue as someone would who means to: triggers off first."""
    connection = sqlite3.connect(root / "store" / "catalogue.sqlite")
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        assert connection.execute(statement).rowcount > 0
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE record SET content = replace(content, '114', '11')", RecordChangedError),
        ("UPDATE record SET subject = 'imo:9999999' WHERE kind = 'claim'", RecordChangedError),
        ("UPDATE record SET time_start = NULL WHERE kind = 'claim'", RecordChangedError),
        ("UPDATE ledger SET known_at = '2020-01-01T00:00:00+00:00' WHERE seq = 2",
         LedgerBrokenError),
        ("UPDATE ledger SET known_at = replace(known_at, '+00:00', 'Z') WHERE seq = 2",
         LedgerBrokenError),
        ("UPDATE ledger SET known_at = 'yesterday' WHERE seq = 2", LedgerBrokenError),
        ("UPDATE ledger SET hash = previous WHERE seq = 3", LedgerBrokenError),
        ("DELETE FROM ledger WHERE seq = 3", LedgerBrokenError),
        ("DELETE FROM record WHERE kind = 'finding'", CatalogueError),
        ("INSERT INTO record VALUES ('claim:0', 'claim', '', '', '', '', '{}')",
         RecordChangedError),
        ("UPDATE lake_file SET rows = rows + 1 WHERE bucket = 0", LakeListError),
        ("DELETE FROM lake_file WHERE table_name = 'statics'", LakeListError),
        ("UPDATE lake_file SET sha256 = sha256 || '0' WHERE bucket IS NULL", LakeListError),
    ],
)  # fmt: skip
def test_a_changed_row_is_found(root: Path, statement: str, error: type[QuaywatchError]) -> None:
    """Each of these could turn a refutation into a finding."""
    tampered(root, statement)
    assert error in problems(root)


def test_a_changed_record_is_never_handed_out(root: Path) -> None:
    """Reading verifies by itself: nobody has to remember to."""
    claim = some_records()[2]
    tampered(root, "UPDATE record SET content = replace(content, '114', '11') WHERE kind = 'claim'")
    with Workspace.open(root) as workspace:
        with pytest.raises(RecordChangedError):
            workspace.evidence.get(claim.id)
        with pytest.raises(RecordChangedError):
            list(workspace.evidence.find("claim"))
        with pytest.raises(RecordChangedError):
            list(workspace.evidence.contents("claim"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET subject = 'imo:9999999' WHERE kind = 'claim'",
        "UPDATE record SET predicate = 'listed' WHERE kind = 'claim'",
    ],
)
def test_contents_are_those_of_the_records(root: Path, statement: str) -> None:
    """Who and network read contents, not records: they must see neither more nor else."""
    with Workspace.open(root) as workspace:
        for kind in ("source", "observation", "claim", "finding"):
            whole = {record.id: record.content() for record in workspace.evidence.find(kind)}
            assert dict(workspace.evidence.contents(kind)) == whole
    tampered(root, statement)
    with Workspace.open(root) as workspace, pytest.raises(RecordChangedError):
        list(workspace.evidence.contents("claim"))


def stored(root: Path) -> Iterator[Path]:
    """Every file that holds evidence."""
    for folder in ("lake", "objects"):
        for path in sorted((root / "store" / folder).rglob("*")):
            if path.is_file():
                yield path


def test_one_changed_byte_in_any_file_is_found(root: Path) -> None:
    """Size and date can be kept while a byte is changed; the hash cannot."""
    for path in stored(root):
        data = path.read_bytes()
        for at in {0, len(data) // 2, len(data) - 1}:
            path.chmod(0o644)
            path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            assert problems(root) == [ObjectChangedError]
        path.write_bytes(data)
    assert problems(root) == []


def test_a_missing_file_is_found(root: Path) -> None:
    """A lake that lost a file would answer with fewer ships."""
    for path in stored(root):
        data = path.read_bytes()
        path.unlink()
        in_lake = "lake" in path.relative_to(root / "store").parts
        assert problems(root) == [LakeFileMissingError if in_lake else ObjectMissingError]
        path.write_bytes(data)
    with Workspace.open(root) as workspace:
        for file in (root / "store" / "lake").rglob("*.parquet"):
            file.unlink()
        with pytest.raises(LakeFileMissingError):
            workspace.lake.positions()


def test_a_damaged_page_of_the_catalogue_is_found(root: Path) -> None:
    """A dying disk must not pass for an empty ledger."""
    path = root / "store" / "catalogue.sqlite"
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(CatalogueError):
        problems(root)


def test_a_cut_short_object_is_mended_by_putting_it_again(root: Path) -> None:
    """The remedy that the message names must work."""
    with Workspace.open(root) as workspace:
        sha256 = workspace.evidence.put_object(b"stock")
        path = workspace.evidence.open_object(sha256)
        path.chmod(0o644)
        path.write_bytes(b"sto")
        with pytest.raises(ObjectChangedError):
            workspace.evidence.read_object(sha256)
        workspace.evidence.put_object(b"stock")
        assert workspace.evidence.read_object(sha256) == b"stock"
