"""Files that are either wholly there or not there at all.

Bytes go to a temporary name, are flushed to the disk, and only then take their name; the folder is
flushed after that. A process killed in between leaves a temporary file, which the next writer
sweeps away.
"""

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from quaywatch.errors import DiskFullError

TEMPORARY = ".incoming-"
"""Start of the name of every file that has not landed."""

CHUNK = 4 * 1024 * 1024
"""Bytes read or written at a time."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def room_for(path: Path) -> Iterator[None]:
    """Turn the operating system's "no room" into ours, naming ``path``.

    Raises:
        DiskFullError: the disk, the quota or the file-size limit is reached.

    Examples:
        >>> try:
        ...     with room_for(Path("x")):
        ...         raise OSError(errno.ENOSPC, "No space left on device")
        ... except DiskFullError as err:
        ...     err.code
        'disk-full'

    """
    try:
        yield
    except OSError as err:
        if err.errno in _NO_ROOM:
            raise DiskFullError(path=str(path)) from err
        raise


def sync_folder(folder: Path) -> None:
    """Flush a folder's names to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, each flushed into the one above it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with room_for(folder):
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


class Landing:
    """A binary file being written under a temporary name; it hashes what passes.

    Leaving the ``with`` block without ``land`` removes it.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as name, Landing(Path(name)) as landing:
        ...     _ = landing.write(b"coal")
        ...     landing.land(Path(name) / "cargo.txt")
        ...     (landing.size_bytes, sorted(p.name for p in Path(name).iterdir()))
        (4, ['cargo.txt'])

    """

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self.path = folder / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(8)}"
        self.size_bytes = 0
        self._hash = hashlib.sha256()
        with room_for(self.path):
            self._file = self.path.open("xb")

    @property
    def sha256(self) -> str:
        """Of the bytes written so far."""
        return self._hash.hexdigest()

    @property
    def closed(self) -> bool:
        """Whether it can no longer be written to."""
        return self._file.closed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # After a full disk even closing may fail, because it flushes; the file goes either way.
        with suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)

    def write(self, data: bytes) -> int:
        """Append bytes."""
        self._hash.update(data)
        with room_for(self.path):
            written = self._file.write(data)
        self.size_bytes += written
        return written

    def flush(self) -> None:
        """Hand what is buffered to the operating system."""
        with room_for(self.path):
            self._file.flush()

    def land(self, path: Path, *, flush: bool = True) -> None:
        """Flush to the disk and take the name ``path``, read-only; the folder is flushed too.

        Args:
            path: the file's name from now on.
            flush: False leaves the flushing to a later ``flush_files``: a disk flushes many files
                together far faster than one by one. Nothing may refer to the file until then.

        """
        make_folder(path.parent)
        with room_for(path):
            self._file.flush()
            if flush:
                os.fsync(self._file.fileno())
            self._file.close()
            self.path.chmod(0o444)
            self.path.replace(path)
            if flush:
                sync_folder(path.parent)


def land_bytes(data: bytes, path: Path) -> None:
    """Write a whole file, or nothing.

    Raises:
        DiskFullError: there was no room.

    """
    with Landing(path.parent) as landing:
        landing.write(data)
        landing.land(path)


def flush_files(paths: Sequence[Path]) -> None:
    """Flush files that landed with ``flush=False``, then their folders.

    Raises:
        DiskFullError: there was no room after all.

    """
    for path in paths:
        with room_for(path):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    for folder in sorted({path.parent for path in paths}):
        with room_for(folder):
            sync_folder(folder)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in bounded memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sweep(folder: Path) -> int:
    """Remove what a killed writer left behind in ``folder``; call only as the one writer.

    Returns:
        How many files went.

    """
    left = list(folder.glob(f"{TEMPORARY}*")) if folder.is_dir() else []
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
