"""Order, and equality, of packed rows; compiled.

Rows of a transponder usually come in the order of time. So they are dealt out by transponder,
which keeps their order, and only those out of order are sorted.
"""

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.jit import compiled
from quaywatch.stores.packed import NO_TIME, Layout, Rows, Words
from quaywatch.stores.partition import bucket_of

_LONG = 64
"""Rows of one transponder at one instant that are compared pair by pair; more are hashed."""


@compiled
def _numbered(
    mmsi: NDArray[np.uint32],
    keys: NDArray[np.uint32],
    codes: NDArray[np.int32],
    out: NDArray[np.int32],
) -> int:
    """Number transponders as they come; returns how many, or -1 if they are too many to hold."""
    mask, found = len(keys) - 1, 0
    for i in range(len(mmsi)):
        slot = ((np.int64(mmsi[i]) * 0x9E3779B1) >> 9) & mask
        while codes[slot] >= 0 and keys[slot] != mmsi[i]:
            slot = (slot + 1) & mask
        if codes[slot] < 0:
            if 2 * found > mask:
                return -1
            keys[slot], codes[slot] = mmsi[i], found
            found += 1
        out[i] = codes[slot]
    return found


@compiled
def _dealt(
    rank: NDArray[np.int32],
    numbers: NDArray[np.int32],
    at: NDArray[np.int64],
    ties: NDArray[np.uint64],
    starts: NDArray[np.int64],
    order: NDArray[np.int64],
) -> None:
    """The rows' order by (rank of their transponder, time, ties), stable."""
    for i in range(len(numbers)):
        starts[rank[numbers[i]] + 1] += 1
    for v in range(len(starts) - 1):
        starts[v + 1] += starts[v]
    place = starts[:-1].copy()
    for i in range(len(numbers)):
        v = rank[numbers[i]]
        order[place[v]] = i
        place[v] += 1
    for v in range(len(starts) - 1):
        _sort_one(order[starts[v] : starts[v + 1]], at, ties)


@compiled
def _sort_one(order: NDArray[np.int64], at: NDArray[np.int64], ties: NDArray[np.uint64]) -> None:
    """Put one transponder's rows in order, in place; most are in it already."""
    for i in range(1, len(order)):
        if at[order[i]] < at[order[i - 1]]:
            mine = order.copy()
            order[:] = mine[np.argsort(at[mine], kind="mergesort")]
            break
    begin = 0
    for i in range(1, len(order) + 1):
        if i < len(order) and at[order[i]] == at[order[begin]]:
            continue
        if i - begin > 1:
            run = order[begin:i].copy()
            order[begin:i] = run[np.argsort(ties[run], kind="mergesort")]
        begin = i


@compiled
def _is_ordered(mmsi: NDArray[np.uint32], at: NDArray[np.int64], ties: NDArray[np.uint64]) -> bool:
    for i in range(1, len(at)):
        if mmsi[i] < mmsi[i - 1]:
            return False
        earlier = at[i] < at[i - 1] or (at[i] == at[i - 1] and ties[i] < ties[i - 1])
        if mmsi[i] == mmsi[i - 1] and earlier:
            return False
    return True


@compiled
def _equal(a: Words, i: int, b: Words, j: int, key_words: int) -> bool:
    same = True
    for k in range(key_words):
        same = same and a[i, k] == b[j, k]
    return same


@compiled
def _repeated(
    words: Words,
    mmsi: NDArray[np.uint32],
    at: NDArray[np.int64],
    key_words: int,
    keep: NDArray[np.bool_],
    long: NDArray[np.int64],
) -> int:
    """Unmark rows that equal an earlier one; runs too long to compare are listed in ``long``."""
    begin = listed = 0
    for i in range(1, len(at) + 1):
        if i < len(at) and at[i] == at[begin] and mmsi[i] == mmsi[begin]:
            continue
        if at[begin] != NO_TIME and i - begin > 1:
            if i - begin > _LONG:
                if listed < len(long):
                    long[listed] = begin
                listed += 1
            else:
                for j in range(begin + 1, i):
                    for k in range(begin, j):
                        if keep[k] and _equal(words, j, words, k, key_words):
                            keep[j] = False
                            break
        begin = i
    return listed


@compiled
def _held(
    words: Words,
    mmsi: NDArray[np.uint32],
    at: NDArray[np.int64],
    old: Words,
    old_mmsi: NDArray[np.uint32],
    old_at: NDArray[np.int64],
    key_words: int,
    keep: NDArray[np.bool_],
    asked: NDArray[np.bool_],
) -> None:
    """Unmark rows that are among ``old``; both in order. ``asked``: too many to compare."""
    j = 0
    for i in range(len(at)):
        if at[i] == NO_TIME or not keep[i]:
            continue
        while j < len(old_at) and (
            old_mmsi[j] < mmsi[i] or (old_mmsi[j] == mmsi[i] and old_at[j] < at[i])
        ):
            j += 1
        k = j
        while k < len(old_at) and old_mmsi[k] == mmsi[i] and old_at[k] == at[i]:
            if k - j == _LONG:
                asked[i] = True
                break
            if _equal(words, i, old, k, key_words):
                keep[i] = False
                break
            k += 1


def order_of(
    mmsi: NDArray[np.uint32], at: NDArray[np.int64], ties: NDArray[np.uint64]
) -> NDArray[np.int64] | None:
    """The order by transponder, time and ``ties``; None where the rows are in it already."""
    if _is_ordered(mmsi, at, ties):
        return None
    order, _, _ = _order(mmsi, at, ties, 1)
    return order


def _order(
    mmsi: NDArray[np.uint32], at: NDArray[np.int64], ties: NDArray[np.uint64], buckets: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]]:
    """The order by bucket, transponder, time and ``ties``; where each begins; which they are."""
    numbers = np.empty(len(mmsi), np.int32)
    keys, found = _table(mmsi, numbers)
    ranked = np.lexsort((keys, bucket_of(keys, buckets)))
    rank = np.empty(found, np.int32)
    rank[ranked] = np.arange(found, dtype=np.int32)
    starts = np.zeros(found + 1, np.int64)
    order = np.empty(len(mmsi), np.int64)
    _dealt(rank, numbers, at, ties, starts, order)
    return order, starts, keys[ranked]


class Ordered:
    """Rows sorted by bucket, transponder, time and record, with where each transponder begins."""

    def __init__(self, rows: Rows, layout: Layout, buckets: int) -> None:
        mmsi, at, record = (np.ascontiguousarray(rows[name]) for name in ("mmsi", "at", "record"))
        order, self.starts, self.mmsi = _order(mmsi, at, record, buckets)
        self.bucket = bucket_of(self.mmsi, buckets)
        words = np.take(layout.words(rows), order, axis=0)
        self.rows: Rows = words.view(layout.dtype).reshape(-1)


def _table(mmsi: NDArray[np.uint32], numbers: NDArray[np.int32]) -> tuple[NDArray[np.uint32], int]:
    size = 1 << 14
    while True:
        keys, codes = np.zeros(size, np.uint32), np.full(size, -1, np.int32)
        found = _numbered(mmsi, keys, codes, numbers)
        if found >= 0:
            held = codes >= 0
            by_number = np.empty(found, np.uint32)
            by_number[codes[held]] = keys[held]
            return by_number, found
        size *= 8


def first_of_equals(rows: Rows, layout: Layout) -> NDArray[np.bool_]:
    """True for the first of each set of equal messages; rows in order of transponder and time."""
    keep = np.ones(len(rows), np.bool_)
    if len(rows) > 1:
        words = layout.words(rows)
        mmsi, at = np.ascontiguousarray(rows["mmsi"]), np.ascontiguousarray(rows["at"])
        long = np.empty(64, np.int64)
        listed = _repeated(words, mmsi, at, layout.key_words, keep, long)
        if listed > len(long):
            long = np.empty(listed, np.int64)
            _repeated(words, mmsi, at, layout.key_words, keep, long)
        for begin in long[:listed].tolist():
            _crowded(words, layout, begin, mmsi, at, keep)
    return keep


def _crowded(
    words: Words,
    layout: Layout,
    begin: int,
    mmsi: NDArray[np.uint32],
    at: NDArray[np.int64],
    keep: NDArray[np.bool_],
) -> None:
    """One transponder says very much at one instant, as one whose clock stands still does."""
    end = begin
    while end < len(at) and at[end] == at[begin] and mmsi[end] == mmsi[begin]:
        end += 1
    said = np.ascontiguousarray(words[begin:end, : layout.key_words])
    whole = said.view(np.dtype((np.void, said.dtype.itemsize * layout.key_words))).reshape(-1)
    _, first = np.unique(whole, return_index=True)
    keep[begin:end] = False
    keep[begin + first] = True


def unmark_held(rows: Rows, old: Rows, layout: Layout, keep: NDArray[np.bool_]) -> None:
    """Unmark what is among ``old``; both in order of transponder and time."""
    theirs, since = np.ascontiguousarray(old["mmsi"]), np.ascontiguousarray(old["at"])
    mmsi, at = np.ascontiguousarray(rows["mmsi"]), np.ascontiguousarray(rows["at"])
    asked = np.zeros(len(rows), np.bool_)
    _held(
        layout.words(rows), mmsi, at, layout.words(old), theirs, since, layout.key_words, keep,
        asked,
    )  # fmt: skip
    if asked.any():
        crowd = np.isin(theirs, mmsi[asked])
        there = {row.tobytes() for row in layout.words(old)[crowd, : layout.key_words]}
        for i in np.flatnonzero(asked).tolist():
            keep[i] = layout.words(rows)[i, : layout.key_words].tobytes() not in there
