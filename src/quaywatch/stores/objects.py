"""Bytes under their own SHA-256: ``objects/ab/cdef…``. What a name promises can be checked."""

import hashlib
import stat
from pathlib import Path

from quaywatch.errors import ObjectChangedError, ObjectMissingError
from quaywatch.stores.files import CHUNK, Landing, make_folder, sha256_of, sweep


class ObjectFiles:
    """A folder of content-addressed, read-only files.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as name:
        ...     objects = ObjectFiles(Path(name))
        ...     objects.read(objects.put(b"coal"))
        b'coal'

    """

    def __init__(self, root: Path) -> None:
        self.root = root
        make_folder(root)

    def path(self, sha256: str) -> Path:
        """Where those bytes rest, or would."""
        return self.root / sha256[:2] / sha256[2:]

    def sweep(self) -> int:
        """Remove files that never landed; call only as the one writer."""
        return sweep(self.root)

    def has(self, sha256: str, size_bytes: int) -> bool:
        """Whether a file of that name and size is here: a cut-short one is replaced, not kept."""
        path = self.path(sha256)
        return path.is_file() and path.stat().st_size == size_bytes

    def put(self, data: bytes) -> str:
        """Keep bytes; returns their SHA-256.

        Raises:
            DiskFullError: there was no room.

        """
        sha256 = hashlib.sha256(data).hexdigest()
        if not self.has(sha256, len(data)):
            with Landing(self.root) as landing:
                landing.write(data)
                landing.land(self.path(sha256))
        return sha256

    def put_file(self, source: Path, *, expected: str | None = None) -> tuple[str, int]:
        """Keep a copy of a file, in bounded memory; returns its SHA-256 and size in bytes.

        The bytes are hashed as they are copied, so that a file that changes meanwhile is kept
        under the hash of what was in fact copied.

        Args:
            source: any file.
            expected: what it was hashed to a moment ago; then a file that is not here is read
                once, not twice.

        Raises:
            DiskFullError: there was no room.

        """
        status = source.stat()
        new = expected is not None and not self.has(expected, status.st_size)
        if stat.S_ISREG(status.st_mode) and not new:
            # A file that is here already costs one reading and no writing.
            sha256 = sha256_of(source)
            if self.has(sha256, status.st_size):
                return sha256, status.st_size
        with source.open("rb") as file, Landing(self.root) as landing:
            while chunk := file.read(CHUNK):
                landing.write(chunk)
            landing.land(self.path(landing.sha256))
            return landing.sha256, landing.size_bytes

    def read(self, sha256: str) -> bytes:
        """Bytes kept earlier, checked against their name.

        Raises:
            ObjectMissingError: no such bytes.
            ObjectChangedError: the bytes no longer hash to their name.

        """
        try:
            data = self.path(sha256).read_bytes()
        except FileNotFoundError as err:
            raise ObjectMissingError(sha256=sha256) from err
        found = hashlib.sha256(data).hexdigest()
        if found != sha256:
            raise ObjectChangedError(name=sha256, found=found)
        return data

    def check(self, sha256: str) -> None:
        """Hash the file in bounded memory.

        Raises:
            ObjectMissingError: no such bytes.
            ObjectChangedError: the bytes no longer hash to their name.

        """
        path = self.path(sha256)
        if not path.is_file():
            raise ObjectMissingError(sha256=sha256)
        found = sha256_of(path)
        if found != sha256:
            raise ObjectChangedError(name=sha256, found=found)
