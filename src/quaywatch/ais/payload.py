"""From armoured payloads to columns of raw bits: compiled loops over whole blocks of messages.

A payload writes six bits as one character (0–39 from ``0``, 40–63 from a backquote).
Source: IEC 61162-1, table of six-bit characters; ITU-R M.1371-5, table 47 (six-bit ASCII).
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.scan import FILL, LENGTH, PAYLOAD, Table
from quaywatch.ais.spec import Bits, Kind, Text
from quaywatch.ais.stamps import Bytes

_NOT_SIXBIT = 255


@dataclass(frozen=True, slots=True)
class Payloads:
    """The first bits of many messages."""

    sixbit: NDArray[np.uint8]
    """Shape (messages, characters), values 0–63; 0 beyond the end of a message."""
    bits: NDArray[np.int64]
    """Length of each message, fill bits taken off."""
    readable: NDArray[np.bool_]
    """Whether every character taken was a six-bit character."""


@compiled
def _unarmour(character: int) -> int:
    if 48 <= character <= 87:
        return character - 48
    if 96 <= character <= 119:
        return character - 56
    return _NOT_SIXBIT


@compiled
def _gather(
    buffer: Bytes,
    rows: Table,
    heads: Table,
    following: Table,
    sixbit: Bytes,
    bits: Table,
    readable: NDArray[np.bool_],
) -> None:
    width = sixbit.shape[1]
    for m in range(len(heads)):
        row = heads[m]
        n = 0
        total = 0
        fill = 0
        good = True
        while row >= 0:
            start = rows[row, PAYLOAD]
            for i in range(rows[row, LENGTH]):
                value = _unarmour(int(buffer[start + i]))
                if value == _NOT_SIXBIT:
                    good = False
                    value = 0
                if n < width:
                    sixbit[m, n] = value
                    n += 1
            total += rows[row, LENGTH]
            fill = rows[row, FILL]
            row = following[row]
        bits[m] = total * 6 - fill
        readable[m] = good


def gather(
    block: bytes, rows: Table, heads: NDArray[np.int64], following: NDArray[np.int64], width: int
) -> Payloads:
    """Unarmour the first ``width`` characters of each message.

    Examples:
        >>> from quaywatch.ais.scan import scan
        >>> line = b"!AIVDM,1,1,,B,15N4cJ`005Jrek0H@9n`DW5608EP,0*13"
        >>> got = gather(line, scan(line).rows, np.array([0]), np.array([-1]), 2)
        >>> got.sixbit.tolist(), int(got.bits[0])
        ([[1, 5]], 168)

    """
    n = len(heads)
    sixbit = np.zeros((n, width), np.uint8)
    bits = np.zeros(n, np.int64)
    readable = np.zeros(n, np.bool_)
    buffer = np.frombuffer(block, np.uint8)
    _gather(buffer, rows, heads, following, sixbit, bits, readable)
    return Payloads(sixbit=sixbit, bits=bits, readable=readable)


@compiled
def _bits(sixbit: Bytes, offset: int, width: int) -> int:
    """The unsigned number in ``width`` bits of one message."""
    first, last = offset // 6, (offset + width - 1) // 6
    value = 0
    for i in range(first, last + 1):
        value = (value << 6) | int(sixbit[i])
    return (value >> ((last + 1) * 6 - offset - width)) & ((1 << width) - 1)


@compiled
def _numbers(sixbit: Bytes, fields: Table, out: Table) -> None:
    for m in range(sixbit.shape[0]):
        for k in range(fields.shape[0]):
            value = _bits(sixbit[m], fields[k, 0], fields[k, 1])
            if fields[k, 2] and value >> (fields[k, 1] - 1):
                value -= 1 << fields[k, 1]
            out[k, m] = value


def numbers(sixbit: NDArray[np.uint8], fields: Mapping[str, Bits]) -> dict[str, NDArray[np.int64]]:
    """Read the numeric ``fields`` of every message, unscaled, sentinels and all.

    Args:
        sixbit: shape (messages, characters), values 0–63.
        fields: name and place of each.

    Examples:
        >>> numbers(np.array([[1, 5]], np.uint8), {"type": Bits(0, 6)})["type"].tolist()
        [1]

    """
    table = np.array(
        [(f.offset, f.width, f.kind is Kind.SIGNED) for f in fields.values()], np.int64
    )
    out = np.empty((len(fields), len(sixbit)), np.int64)
    _numbers(sixbit, table, out)
    return dict(zip(fields, out, strict=True))


@compiled
def _text(sixbit: Bytes, offset: int, length: int, data: Bytes, ends: NDArray[np.int32]) -> int:
    n = 0
    place, left = offset // 6, offset % 6
    for m in range(sixbit.shape[0]):
        end = n
        for k in range(length):
            # A character lies across two of the payload's, unless they happen to begin together.
            value = int(sixbit[m, place + k]) << left & 63
            if left:
                value |= int(sixbit[m, place + k + 1]) >> (6 - left)
            if value == 0:  # "@" ends a text
                break
            data[n + k] = value + 64 if value < 32 else value
            if value != 32:
                end = n + k + 1
        n = end
        ends[m + 1] = n
    return n


def strings(data: NDArray[np.uint8], ends: NDArray[np.int32]) -> pl.Series:
    """A text column from texts one after the other; an empty one is null.

    Args:
        data: their bytes.
        ends: where each ends, after a leading 0.

    Examples:
        >>> strings(np.array([65, 66], np.uint8), np.array([0, 2, 2], np.int32)).to_list()
        ['AB', None]

    """
    n = len(ends) - 1
    given = np.packbits(np.diff(ends) > 0, bitorder="little")
    parts = [pa.py_buffer(given), pa.py_buffer(ends), pa.py_buffer(data)]
    return pl.Series(pa.Array.from_buffers(pa.string(), n, parts), dtype=pl.String)


def text(sixbit: NDArray[np.uint8], place: Text) -> pl.Series:
    """Read a text of every message: up to the first ``@``, trailing blanks off, empty is null.

    Examples:
        >>> text(np.array([[1, 2, 32, 32]], np.uint8), Text(0, 4)).to_list()
        ['AB']

    """
    n = len(sixbit)
    data = np.empty(n * place.length, np.uint8)
    ends = np.zeros(n + 1, np.int32)
    used = _text(sixbit, place.offset, place.length, data, ends)
    return strings(data[:used], ends)


@compiled
def _copy(
    buffer: Bytes,
    spans: Table,
    heads: Table,
    following: Table,
    data: Bytes,
    ends: NDArray[np.int64],
) -> None:
    n = 0
    for m in range(len(heads)):
        row = heads[m]
        while row >= 0:
            for i in range(spans[row, 0], spans[row, 1]):
                data[n] = buffer[i]
                n += 1
            row = following[row]
            if row >= 0:
                data[n] = 10
                n += 1
        ends[m + 1] = n


def raw_text(
    block: bytes, spans: NDArray[np.int64], heads: NDArray[np.int64], following: NDArray[np.int64]
) -> pl.Series:
    r"""The text of each message as received, its sentences a line each.

    Bytes that are not UTF-8 come as backslash escapes.

    Args:
        block: the bytes that ``spans`` point into.
        spans: shape (sentences, 2), start and end.
        heads: first sentence of each message.
        following: next sentence of the message, or -1.

    Examples:
        >>> raw_text(b"ab\xff", np.array([[1, 3]]), np.array([0]), np.array([-1])).to_list()
        ['b\\xff']

    """
    lengths = spans[:, 1] - spans[:, 0] + 1
    chained = following[following >= 0]
    # Chains of messages that were taken are counted too: an upper bound is enough.
    data = np.empty(int(lengths[heads].sum() + lengths[chained].sum()), np.uint8)
    ends = np.zeros(len(heads) + 1, np.int64)
    _copy(np.frombuffer(block, np.uint8), spans, heads, following, data, ends)
    used = data[: ends[-1]]
    if not len(heads):
        return pl.Series([], dtype=pl.String)
    if used.max(initial=0) >= 128:
        pieces = itertools.pairwise(ends.tolist())
        texts = [bytes(used[a:b]).decode("utf-8", "backslashreplace") for a, b in pieces]
        return pl.Series(texts, dtype=pl.String)
    packed = pa.LargeStringArray.from_buffers(len(heads), pa.py_buffer(ends), pa.py_buffer(used))
    return pl.Series(packed, dtype=pl.String)
