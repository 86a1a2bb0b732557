"""A register's bytes as text: gzip or plain, in whatever encoding, in bounded memory."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from quaywatch.errors import RegisterFormatError, SourceEmptyError, SourceTruncatedError

_CHUNK: Final = 1 << 20
HEAD: Final = 65_536
"""Bytes looked at to tell a format."""
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked if it is gzip.

    Raises:
        SourceTruncatedError: the gzip ends in the middle, or is damaged.

    """
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        try:
            if packed:
                with gzip.GzipFile(fileobj=plain) as unpacked:
                    yield unpacked  # type: ignore[misc]  # a GzipFile reads as a BinaryIO does
            else:
                yield plain
        except (EOFError, gzip.BadGzipFile, zlib.error) as err:
            raise SourceTruncatedError(source=path.name, detail=str(err)) from err


def head_of(path: Path) -> bytes:
    """The first bytes, unpacked.

    Raises:
        SourceEmptyError: there are none.

    """
    with opened(path) as file:
        head = file.read(HEAD)
    if not head.strip():
        raise SourceEmptyError(source=path.name)
    return head


def encoding_of(path: Path) -> tuple[str, str | None]:
    """The encoding of a text file, and a sentence where it had to be guessed.

    UTF-8 unless a byte in it is not; then Windows-1252, in which American and European offices
    still write.
    """
    with opened(path) as file:
        chunk = file.read(_CHUNK)
        for mark, name in _BOMS:
            if chunk.startswith(mark):
                return name, None
        if b"\x00" in chunk[:4]:
            return ("utf-16-le" if chunk[1:2] == b"\x00" else "utf-16-be"), None
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk:
                decoder.decode(chunk)
                chunk = file.read(_CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252", "It is not UTF-8; it was read as Windows-1252."
    return "utf-8", None


@contextmanager
def opened_text(path: Path, encoding: str) -> Iterator[TextIO]:
    """The text of a file; a byte that the encoding does not have becomes a replacement sign.

    Raises:
        RegisterFormatError: no such encoding.

    """
    try:
        codecs.lookup(encoding)
    except LookupError as err:
        raise RegisterFormatError(source=path.name, fact=f"no encoding {encoding!r}") from err
    with opened(path) as file:
        # Newlines stay as they are: a CSV cell may hold some of its own.
        text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
        try:
            yield text
        finally:
            text.detach()
