"""Join the sentences of a message: an AIS payload longer than 360 bits comes in several.

Parts belong together if they agree in number of parts, sequence number, radio channel and, where
both say it, station, and lie within a window of lines and of time. A part number seen again means
that the older message was never completed. Order within a message does not matter.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.scan import (
    CHANNEL,
    GOOD,
    INCOMPLETE,
    PART,
    PARTS,
    SEQUENCE,
    STAMP,
    STAMP_KIND,
    STATION_HASH,
    STATUS,
    Table,
)

WINDOW_LINES = 200
"""Parts further apart than this are not joined: sequence numbers come round after ten."""
WINDOW_US = 30_000_000
"""Parts whose stamps differ by more microseconds than this are not joined."""
_OPEN = 512
_PARTS_MAX = 9


@dataclass(frozen=True, slots=True)
class Joined:
    """How the sentences of a block make messages."""

    heads: NDArray[np.int64]
    """For each message the row of its part 1, in the order in which messages were completed."""
    following: NDArray[np.int64]
    """For each sentence row the row of the next part; -1 at the end."""
    waiting: NDArray[np.int64]
    """Rows whose message may yet be completed by the next block."""


@compiled
def _matches(a: Table, b: Table, lines: int, window_lines: int, window_us: int) -> bool:
    """Whether two parts can be of one message."""
    if a[PARTS] != b[PARTS] or a[SEQUENCE] != b[SEQUENCE] or lines > window_lines:
        return False
    if a[CHANNEL] != b[CHANNEL] and a[CHANNEL] != 0 and b[CHANNEL] != 0:
        return False
    known = a[STATION_HASH] != 0 and b[STATION_HASH] != 0
    if known and a[STATION_HASH] != b[STATION_HASH]:
        return False
    timed = a[STAMP_KIND] == b[STAMP_KIND] and a[STAMP_KIND] != 0
    return not (timed and abs(a[STAMP] - b[STAMP]) > window_us)


@compiled
def _abandon(rows: Table, members: Table) -> None:
    for row in members:
        if row >= 0:
            rows[row, STATUS] = INCOMPLETE


@compiled
def _remove(members: Table, newest: Table, slot: int, n: int) -> None:
    """Close ``slot`` of the ``n`` open messages and move the later ones down."""
    for i in range(slot, n - 1):
        members[i, :] = members[i + 1, :]
        newest[i] = newest[i + 1]


@compiled
def _find_open(rows: Table, lines: Table, newest: Table, n: int, row: int, window: Table) -> int:
    """The open message, latest first, that ``row`` can belong to; -1 if none."""
    for slot in range(n - 1, -1, -1):
        other = newest[slot]
        apart = lines[row] - lines[other]
        if _matches(rows[other], rows[row], apart, window[0], window[1]):
            return slot
    return -1


@compiled
def _slot(
    rows: Table, lines: Table, members: Table, newest: Table, n: int, row: int, window: Table
) -> tuple[int, int]:
    """The slot of the message that ``row`` is part of, a new one if need be; how many are open."""
    slot = _find_open(rows, lines, newest, n, row, window)
    if slot >= 0 and members[slot, rows[row, PART] - 1] >= 0:
        # The same part again: the older message lost its rest.
        _abandon(rows, members[slot])
        _remove(members, newest, slot, n)
        n -= 1
        slot = -1
    if slot < 0:
        slot = n
        n += 1
        members[slot, :] = -1
    return slot, n


@compiled
def _expire(rows: Table, lines: Table, members: Table, newest: Table, n: int, line: int) -> int:
    """Abandon open messages that ``line`` has left behind; how many stay open."""
    slot = 0
    while slot < n:
        full = n == _OPEN and slot == 0
        if full or line - lines[newest[slot]] > WINDOW_LINES:
            _abandon(rows, members[slot])
            _remove(members, newest, slot, n)
            n -= 1
        else:
            slot += 1
    return n


@compiled
def _link(members: Table, parts: int, following: Table) -> bool:
    """Chain the parts of one message if all are there."""
    for k in range(parts):
        if members[k] < 0:
            return False
    for k in range(parts - 1):
        following[members[k]] = members[k + 1]
    return True


@compiled
def _join(
    rows: Table, lines: Table, following: Table, heads: Table, waiting: Table, window: Table
) -> tuple[int, int]:
    members = np.full((_OPEN, _PARTS_MAX), -1, np.int64)
    newest = np.zeros(_OPEN, np.int64)
    n_open, n_heads = 0, 0
    for row in range(len(rows)):
        if rows[row, STATUS] != GOOD:
            continue
        parts, part = rows[row, PARTS], rows[row, PART] - 1
        if parts == 1:
            heads[n_heads] = row
            n_heads += 1
            continue
        if n_open > 0:
            n_open = _expire(rows, lines, members, newest, n_open, lines[row])
        slot, n_open = _slot(rows, lines, members, newest, n_open, row, window)
        members[slot, part] = newest[slot] = row
        if _link(members[slot], parts, following):
            heads[n_heads] = members[slot, 0]
            n_heads += 1
            _remove(members, newest, slot, n_open)
            n_open -= 1
    n_waiting = 0
    for slot in range(n_open):
        for row in members[slot]:
            if row >= 0:
                waiting[n_waiting] = row
                n_waiting += 1
    return n_heads, n_waiting


def join(rows: Table, lines: NDArray[np.int64], *, last: bool) -> Joined:
    r"""Join parts into messages; parts that stay alone get the status ``INCOMPLETE`` in ``rows``.

    Args:
        rows: sentence table of one block, in file order; changed in place.
        lines: line of the source of each row.
        last: whether no further block can bring a missing part.

    Examples:
        >>> from quaywatch.ais.scan import scan
        >>> rows = scan(
        ...     b"!AIVDM,2,1,3,B,55P5TL01VIaAL@7WKO@mBplU@<PDhh000000001S;AJ::4A80?4i@E53,0*3E"
        ...     b"\n!AIVDM,2,2,3,B,1@0000000000000,2*55"
        ... ).rows
        >>> joined = join(rows, rows[:, 0], last=True)
        >>> joined.heads.tolist(), joined.following.tolist()
        ([0], [1, -1])

    """
    n = len(rows)
    following = np.full(n, -1, np.int64)
    heads = np.empty(n, np.int64)
    waiting = np.empty(min(n, _OPEN * _PARTS_MAX), np.int64)
    window = np.array([WINDOW_LINES, WINDOW_US], np.int64)
    n_heads, n_waiting = _join(rows, lines, following, heads, waiting, window)
    kept = np.sort(waiting[:n_waiting])
    if last:
        rows[kept, STATUS] = INCOMPLETE
        kept = kept[:0]
    return Joined(heads=heads[:n_heads], following=following, waiting=kept)
