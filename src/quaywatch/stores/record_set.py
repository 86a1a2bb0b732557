"""A set of record numbers, which are dense: a bit each."""

import threading
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.jit import compiled
from quaywatch.stores.packed import NO_RECORD

_PAGE: Final = 1 << 16
"""Bits of a page."""


@compiled
def _mark(page: NDArray[np.uint64], records: NDArray[np.uint64], base: int) -> None:
    for record in records:
        bit = np.int64(record) - base
        page[bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)


class RecordSet:
    """Record numbers; one that is not known counts for itself each time.

    Examples:
        >>> some = RecordSet()
        >>> some.add(np.array([1, 5, 5, NO_RECORD], np.uint64))
        >>> some.count()
        3

    """

    def __init__(self) -> None:
        self._pages: dict[int, NDArray[np.uint64]] = {}
        self._nameless = 0
        self._lock = threading.Lock()

    def add(self, records: NDArray[np.uint64]) -> None:
        """Add them."""
        records = np.ascontiguousarray(records)
        nameless = records == NO_RECORD
        if nameless.any():
            records = records[~nameless]
        with self._lock:
            self._nameless += int(np.count_nonzero(nameless))
            if not len(records):
                return
            low, high = int(records.min()) // _PAGE, int(records.max()) // _PAGE
            if low == high:
                self._mark(low, records)
            else:
                self._by_page(records)

    def _by_page(self, records: NDArray[np.uint64]) -> None:
        """Rows come nearly in the order of records, so most pages are whole pieces."""
        pages = records >> np.uint64(16)
        if (pages[1:] < pages[:-1]).any():
            records = np.sort(records)
            pages = records >> np.uint64(16)
        edges = np.flatnonzero(np.diff(pages)) + 1
        for piece in np.split(records, edges):
            self._mark(int(piece[0]) // _PAGE, piece)

    def _mark(self, page: int, records: NDArray[np.uint64]) -> None:
        if page not in self._pages:
            self._pages[page] = np.zeros(_PAGE // 64, np.uint64)
        _mark(self._pages[page], records, page * _PAGE)

    def count(self) -> int:
        """How many."""
        return self._nameless + sum(
            int(np.bitwise_count(page).sum()) for page in self._pages.values()
        )
