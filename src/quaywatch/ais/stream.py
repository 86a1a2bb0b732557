"""Open a source whatever its compression, and cut it into blocks of whole lines."""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard

from quaywatch.errors import FormatUnknownError, SourceTruncatedError

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_PIECE = 1 << 20
_LONGEST_LINE = 64 << 20


def _zstd_pieces(stream: BinaryIO, head: bytes, source: str) -> Iterator[bytes]:
    """Frame after frame; a last frame without its end is an error, which zstd readers let pass."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    fed = False
    piece = head
    while piece:
        yield frame.decompress(piece)
        fed = True
        piece = b""
        if frame.eof:
            piece = frame.unused_data
            frame, fed = zstandard.ZstdDecompressor().decompressobj(), False
        piece = piece or stream.read(_PIECE)
    if fed:
        raise SourceTruncatedError(source=source, detail="the zstd frame does not end")


class _Headed:
    """A stream with its first bytes put back."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self.head, self.stream = head, stream

    def read(self, size: int = -1) -> bytes:
        if not self.head:
            return self.stream.read(size)
        taken = self.head if size < 0 else self.head[:size]
        self.head = self.head[len(taken) :]
        return taken + self.stream.read() if size < 0 else taken

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation


def _gzip_pieces(stream: BinaryIO, head: bytes) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=_Headed(head, stream), mode="rb") as unzipped:
        while piece := unzipped.read(_PIECE):
            yield piece


def _plain_pieces(stream: BinaryIO, head: bytes) -> Iterator[bytes]:
    piece = head
    while piece:
        yield piece
        piece = stream.read(_PIECE)


def pieces(stream: BinaryIO, *, source: str) -> Iterator[bytes]:
    """The bytes of ``stream``, decompressed (plain, gzip or zstd, told by the first bytes).

    Args:
        stream: open for reading bytes; need not be seekable.
        source: how messages name it.

    Yields:
        Pieces of at most a few MiB.

    Raises:
        SourceTruncatedError: the compressed data is cut off or damaged. It comes when the damage
            is met, after sound pieces were yielded: whoever stores must undo.

    Examples:
        >>> import gzip, io
        >>> b"".join(pieces(io.BytesIO(gzip.compress(b"!AIVDM")), source="example"))
        b'!AIVDM'

    """
    head = stream.read(_PIECE)
    try:
        if head.startswith(_GZIP):
            yield from _gzip_pieces(stream, head)
        elif head.startswith(_ZSTD):
            yield from _zstd_pieces(stream, head, source)
        else:
            yield from _plain_pieces(stream, head)
    except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as err:
        raise SourceTruncatedError(source=source, detail=str(err)) from err


def refuse_long_line(length: int, *, source: str) -> None:
    """Raise if a line that has not ended yet is too long to be one of a log.

    Raises:
        FormatUnknownError: it is longer than 64 MiB.

    """
    if length > _LONGEST_LINE:
        raise FormatUnknownError(
            source=source, found="a line of more than 64 MiB", understood="text of short lines"
        )


def whole_lines(parts: Iterator[bytes], *, size: int, source: str) -> Iterator[bytes]:
    r"""Regroup pieces into blocks of about ``size`` bytes that end at the end of a line.

    Raises:
        FormatUnknownError: a line is longer than any log's (64 MiB).

    Examples:
        >>> list(whole_lines(iter([b"a\nb", b"c\nd"]), size=1, source="example"))
        [b'a\n', b'bc\n', b'd']

    """
    held: list[bytes | memoryview] = []
    length = unended = 0
    for part in parts:
        view, start = memoryview(part), 0
        while length + len(part) - start >= size:
            room = start + max(size - length, 0)
            cut = part.rfind(b"\n", start, room)
            cut = cut if cut >= 0 else part.find(b"\n", room)
            if cut < 0:
                break
            # The one copy of the bytes on their way from the file to the decoder.
            yield b"".join([*held, view[start : cut + 1]])
            held, length, start = [], 0, cut + 1
        held.append(view[start:])
        length += len(part) - start
        last = part.rfind(b"\n")
        unended = unended + len(part) if last < 0 else len(part) - 1 - last
        refuse_long_line(unended, source=source)
    if length:
        yield b"".join(held)


def named(source: Path | BinaryIO) -> str:
    """How messages name a source.

    Examples:
        >>> named(Path("a/b.csv"))
        'b.csv'

    """
    if isinstance(source, Path):
        return source.name
    return str(getattr(source, "name", "the stream"))
