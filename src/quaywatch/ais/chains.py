"""Good reports in the order in which one hull plausibly sent them: chains of linked segments.

Whatever is judged over time (presence, gaps, sparsity) walks these, so that no interval joins two
segments that the segmentation did not link.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.gap_kernel import find_silences
from quaywatch.ais.segments import Segmentation
from quaywatch.ais.track import Indices, Tracks

_HOUR_US = 3_600_000_000
_VESSEL, _ORDINAL, _LINK = 0, 1, 5


@dataclass(frozen=True, slots=True)
class Chains:
    """k good reports in c chains, by transponder, chain and time."""

    order: Indices
    """Shape (k,): index of each report in ``Tracks``."""
    starts: Indices
    """Shape (c + 1,): where each chain begins in ``order``; the last is k."""
    vessel: Indices
    """Shape (c,): index in ``Tracks.vessels`` of each chain's transponder."""

    def __len__(self) -> int:
        """Number of chains."""
        return len(self.vessel)


def chains_of(tracks: Tracks, segmentation: Segmentation | None = None) -> Chains:
    """Chains of the good reports; without a segmentation each MMSI is one.

    Examples:
        >>> from quaywatch.ais.schema import POSITIONS_FRAME, conform
        >>> from quaywatch.ais.track import tracks_of
        >>> import polars as pl
        >>> from datetime import UTC, datetime
        >>> at = [datetime(2025, 1, 1, h, tzinfo=UTC) for h in (0, 1, 0)]
        >>> frame = pl.DataFrame({"mmsi": [1, 1, 2], "at": at, "lon": [0.0] * 3, "lat": [0.0] * 3})
        >>> chains_of(tracks_of(conform(frame, POSITIONS_FRAME))).starts.tolist()
        [0, 2, 3]

    """
    if segmentation is None:
        return Chains(np.arange(len(tracks)), tracks.starts, np.arange(len(tracks.starts) - 1))
    chain = _chain_of_reports(tracks.starts, segmentation.segment, segmentation.found)
    order = np.flatnonzero(chain >= 0)
    key = chain[order]
    if (key[1:] < key[:-1]).any():
        sorting = np.argsort(key, kind="stable")
        order, key = order[sorting], key[sorting]
    edges = np.flatnonzero(key[1:] != key[:-1]) + 1
    bounds = [0, *edges.tolist(), len(order)] if len(order) else [0]
    starts = np.array(bounds, np.int64)
    first = order[starts[:-1]]
    vessel = np.searchsorted(tracks.starts, first, side="right") - 1
    return Chains(order, starts, vessel.astype(np.int64))


def silences_of(tracks: Tracks, chains: Chains, hours: float) -> Indices:
    """Silences of at least so many hours, shape (G, 3): chain, places of both ends in ``order``."""
    least_us = round(hours * _HOUR_US)
    room = 1024 + len(tracks) // 100
    while True:
        out = np.empty((room, 3), np.int64)
        found = find_silences(chains.order, chains.starts, tracks.at_us, least_us, out)
        if found <= room:
            return out[:found]
        room = found


@compiled
def _chain_of_reports(
    starts: Indices, segment: NDArray[np.int32], found: Indices
) -> NDArray[np.int32]:
    """Number of the chain of each report, rising with the transponder; -1: of none."""
    root = np.arange(len(found)).astype(np.int32)
    offset = np.full(len(starts), -1, np.int64)
    for row in range(len(found)):
        vessel = found[row, _VESSEL]
        if found[row, _ORDINAL] == 0:
            offset[vessel] = row
        if found[row, _LINK] >= 0:
            root[row] = root[offset[vessel] + found[row, _LINK]]
    out = np.full(len(segment), -1, np.int32)
    for vessel in range(len(starts) - 1):
        for i in range(starts[vessel], starts[vessel + 1]):
            if segment[i] >= 0:
                out[i] = root[offset[vessel] + segment[i]]
    return out
