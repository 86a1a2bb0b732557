"""A register's bytes as text: gzip or plain, in whatever encoding, in bounded memory."""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from quaywatch.errors import RegisterFormatError, SourceEmptyError, SourceTruncatedError

_CHUNK: Final = 1 << 20
HEAD: Final = 65_536
"""Bytes looked at to tell a format."""
_FOREIGN: Final = (
    (b"%PDF", "it is a PDF; save the table in it as CSV"),
    (b"PK\x03\x04", "it is a workbook or an archive; save its sheet as CSV, or unpack it"),
    (b"\xd0\xcf\x11\xe0", "it is an office document; save its table as CSV"),
    (b"7z\xbc\xaf", "it is a 7z archive; unpack it"),
    (b"\x28\xb5\x2f\xfd", "it is zstd; unpack it"),
    (b"BZh", "it is bzip2; unpack it"), (b"\xfd7zXZ", "it is xz; unpack it"),
    (b"\x89PNG", "it is a picture"), (b"\xff\xd8\xff", "it is a picture"),
    (b"SQLite format", "it is a database; write its table out as CSV"),
    (b"PAR1", "it is Parquet; write it out as CSV"),
)  # fmt: skip
"""First bytes → what to say of the file."""
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
            return "cp1252", (
                "It is not UTF-8; it was read as Windows-1252. Where names look wrong, state the "
                "encoding in a mapping."
            )
    return "utf-8", None


def refuse_foreign(head: bytes, name: str) -> None:
    """Say what a file is that no reader of text can read.

    Raises:
        RegisterFormatError: it begins as a PDF, a workbook, an archive or a picture does.

    """
    for mark, what in _FOREIGN:
        if head.startswith(mark):
            raise RegisterFormatError(source=name, fact=what)


class _Ends:
    """Lines as they pass, and whether the last of them ended."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines, self.ended = lines, True

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.ended = line.endswith(("\n", "\r"))
            yield line.replace("\0", "")


def rows_of(lines: Iterable[str], delimiter: str = ",") -> Iterator[list[str]]:
    r"""Rows of a delimited file, whose cells may hold line ends.

    Raises:
        csv.Error: a quote does not close, or the file ends inside its last row.

    Examples:
        >>> list(rows_of(["imo,name\n", "9187629,ARTAVIL"]))
        [['imo', 'name'], ['9187629', 'ARTAVIL']]
        >>> list(rows_of(["imo,name\n", "91876"]))
        Traceback (most recent call last):
        ...
        _csv.Error: the last row ends after 1 of 2 cells, without a line end

    """
    passing, width, last = _Ends(lines), 0, list[str]()
    for row in csv.reader(passing, delimiter=delimiter, strict=True):
        yield row
        # Archives of OFAC end with the sign by which DOS ended files.
        if any(cell.strip("\x1a ") for cell in row):
            width, last = len(last), row
    if not passing.ended and 0 < len(last) < width:
        fact = f"the last row ends after {len(last)} of {width} cells, without a line end"
        raise csv.Error(fact)


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
