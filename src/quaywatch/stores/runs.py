"""Packed rows that do not fit in memory: sorted runs on disk, read back by transponder.

The file of a run has no name, so it is gone when it is closed or its process dies, however.
"""

import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
from numpy.typing import NDArray

from quaywatch.stores.files import room_for
from quaywatch.stores.ordering import Ordered
from quaywatch.stores.packed import Layout, Rows


class Run:
    """Ordered rows, in memory or on disk."""

    def __init__(self, ordered: Ordered, layout: Layout) -> None:
        self.starts, self.mmsi, self.bucket = ordered.starts, ordered.mmsi, ordered.bucket
        self._layout = layout
        self._rows: Rows | None = ordered.rows
        self._file: IO[bytes] | None = None

    def to_disk(self, folder: Path) -> None:
        """Write the rows to a nameless file beside ``folder``'s, and let go of them.

        Raises:
            DiskFullError: there is no room.

        """
        if self._rows is None:
            return
        with room_for(folder):
            file = TemporaryFile(dir=folder)  # noqa: SIM115  # closed with the run
            try:
                file.write(self._layout.words(self._rows).data)
                file.flush()
            except BaseException:
                file.close()
                raise
        self._file, self._rows = file, None

    def of_bucket(self, bucket: int) -> tuple[NDArray[np.uint32], NDArray[np.int64], int]:
        """Its transponders there, how many rows each has, and the first's number."""
        first = int(np.searchsorted(self.bucket, bucket, side="left"))
        last = int(np.searchsorted(self.bucket, bucket, side="right"))
        return self.mmsi[first:last], np.diff(self.starts[first : last + 1]), first

    def read(self, first: int, last: int) -> Rows:
        """Rows of the transponders numbered ``first`` to ``last`` - 1."""
        begin, end = int(self.starts[first]), int(self.starts[last])
        if self._rows is not None:
            return self._rows[begin:end]
        assert self._file is not None  # one or the other
        rows: Rows = np.empty(end - begin, self._layout.dtype)
        # Two buckets may be read at a time, so no thread may move the file's own place.
        view = self._layout.words(rows).data.cast("B")
        done, at = 0, begin * self._layout.dtype.itemsize
        while done < len(view):
            got = _read_at(self._file.fileno(), view[done:], at + done)
            done += got
        return rows

    def close(self) -> None:
        """Let go of the rows, wherever they are."""
        self._rows = None
        if self._file is not None:
            self._file.close()


def _read_at(descriptor: int, into: memoryview, at: int) -> int:
    got = os.preadv(descriptor, [into], at)
    if got == 0:
        fact = "a run ends before its rows do"
        raise OSError(fact)
    return got


def merged(
    runs: Sequence[Run], bucket: int, layout: Layout, *, rows_at_a_time: int, buckets: int
) -> Iterator[Rows]:
    """The rows of one bucket by transponder, time and record; no transponder in two pieces.

    A piece has about ``rows_at_a_time`` rows, or one transponder's where those are more.
    """
    places = [run.of_bucket(bucket) for run in runs]
    every = np.concatenate([mmsi for mmsi, _, _ in places]) if places else np.zeros(0, np.uint32)
    if not len(every):
        return
    counts = np.concatenate([counts for _, counts, _ in places])
    vessels, inverse = np.unique(every, return_inverse=True)
    totals = np.bincount(inverse, weights=counts).astype(np.int64)
    pieces = np.cumsum(totals) // rows_at_a_time
    edges = [0, *(np.flatnonzero(np.diff(pieces)) + 1).tolist(), len(vessels)]
    for begin, end in itertools.pairwise(edges):
        if begin == end:
            continue
        low, high = vessels[begin], vessels[end - 1]
        parts = []
        for run, (mmsi, _, first) in zip(runs, places, strict=True):
            a = first + int(np.searchsorted(mmsi, low, side="left"))
            b = first + int(np.searchsorted(mmsi, high, side="right"))
            if b > a:
                parts.append(run.read(a, b))
        if len(parts) == 1:
            yield parts[0]
        else:
            yield Ordered(layout.joined(parts), layout, buckets).rows
