"""The unit that is judged: up to a day of one segment of one transponder.

Only good fixes are in a window. Windows are counted from the first fix of their segment, not from
midnight, so that the same track at another hour, or in another zone, is cut in the same places.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.track import Floats, Indices, Tracks

WINDOW_H = 24.0
SHORTEST_H = 6.0
"""A last window shorter than this is joined to the one before it."""

_US_PER_H = 3_600_000_000


class Segmented(Protocol):
    """What is needed of ``quaywatch.ais.segments.Segmentation``."""

    @property
    def segment(self) -> NDArray[np.int32]:
        """Ordinal within the transponder from 0, or -1 where the fix was rejected."""
        ...


@dataclass(frozen=True, slots=True)
class Windows:
    """Good fixes by transponder, segment and time, cut into windows; k windows, m good fixes."""

    order: Indices
    """Shape (m,): index of each fix in the ``Tracks``."""
    bounds: Indices
    """Shape (k + 1,): window ``w`` is ``order[bounds[w]:bounds[w + 1]]``."""
    segment: NDArray[np.int32]
    """Shape (k,)."""
    window: NDArray[np.int32]
    """Shape (k,): ordinal within the segment, from 0."""
    rejected: NDArray[np.int64]
    """Shape (k,): rejected fixes that were heard during the window."""
    dt_s: Floats
    """Shape (m,): seconds since the fix before; NaN at the first of a window."""
    dx_m: Floats
    """Shape (m,): metres to the east since the fix before."""
    dy_m: Floats
    """Shape (m,): metres to the north since the fix before."""

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.bounds) - 1


def windows_of(tracks: Tracks, segmentation: Segmented | None = None) -> Windows:
    """Cut the good fixes of every segment into windows of a day.

    Args:
        tracks: reports of any number of transponders.
        segmentation: which segment each belongs to; None: one segment a transponder.

    Examples:
        >>> from quaywatch.ais.integrity.examples import steady
        >>> windows = windows_of(steady(hours=50, every_s=600))
        >>> windows.window.tolist(), np.diff(windows.bounds).tolist()
        ([0, 1], [144, 157])

    """
    segment = (
        np.zeros(len(tracks), np.int32)
        if segmentation is None
        else np.asarray(segmentation.segment, np.int32)
    )
    order, ends = _order(tracks.starts, segment)
    bounds, ordinal = _cut(
        order, ends, tracks.at_us, int(WINDOW_H * _US_PER_H), int(SHORTEST_H * _US_PER_H)
    )
    dt_s, dx_m, dy_m = _steps(order, bounds, tracks.at_us, tracks.lon, tracks.lat)
    return Windows(
        order=order,
        bounds=bounds,
        segment=segment[order[bounds[:-1]]],
        window=ordinal,
        rejected=_rejected(tracks.starts, segment, order, bounds),
        dt_s=dt_s,
        dx_m=dx_m,
        dy_m=dy_m,
    )


@compiled
def _order(starts: Indices, segment: NDArray[np.int32]) -> tuple[Indices, Indices]:
    """Good fixes by vessel and segment (a counting sort), and where each segment ends."""
    total = 0
    for i in range(len(segment)):
        total += segment[i] >= 0
    order = np.empty(total, np.int64)
    ends = np.empty(total, np.int64)
    base, groups = 0, 0
    for v in range(len(starts) - 1):
        most = -1
        for i in range(starts[v], starts[v + 1]):
            most = max(most, segment[i])
        place = np.zeros(most + 2, np.int64)
        for i in range(starts[v], starts[v + 1]):
            if segment[i] >= 0:
                place[segment[i] + 1] += 1
        for s in range(most + 1):
            place[s + 1] += place[s]
            if place[s + 1] > place[s]:
                ends[groups] = base + place[s + 1]
                groups += 1
        whole = place[most + 1]
        for i in range(starts[v], starts[v + 1]):
            if segment[i] >= 0:
                order[base + place[segment[i]]] = i
                place[segment[i]] += 1
        base += whole
    return order, ends[:groups]


@compiled
def _cut(
    order: Indices, ends: Indices, at_us: Indices, length_us: int, shortest_us: int
) -> tuple[Indices, NDArray[np.int32]]:
    """Where windows begin, and their ordinals in their segment."""
    bounds = np.empty(len(order) + 1, np.int64)
    ordinal = np.empty(len(order), np.int32)
    count, first = 0, 0
    for g in range(len(ends)):
        start_us, last_us = at_us[order[first]], at_us[order[ends[g] - 1]]
        current = -1
        for k in range(first, ends[g]):
            here = (at_us[order[k]] - start_us) // length_us
            if here != current and (
                current < 0 or last_us - (start_us + here * length_us) >= shortest_us
            ):
                bounds[count] = k
                ordinal[count] = here
                count += 1
                current = here
        first = ends[g]
    bounds[count] = len(order)
    return bounds[: count + 1].copy(), ordinal[:count].copy()


@compiled
def metres(lon1: float, lat1: float, lon2: float, lat2: float) -> tuple[float, float]:
    """East and north components in metres of a short step on WGS84, the short way round.

    True to 0.1% for steps below 50 km away from the poles.

    Source:
        Series of the radii of curvature, Snyder (1987), USGS Professional Paper 1395.

    Examples:
        >>> [round(part) for part in metres(179.999, 0.0, -179.999, 0.001)]
        [223, 111]

    """
    c = np.cos(np.radians(0.5 * (lat1 + lat2)))
    c2 = 2 * c * c - 1
    apart = (lon2 - lon1 + 180.0) % 360.0 - 180.0
    east = 111_412.84 * c - 93.5 * (4 * c * c * c - 3 * c)
    north = 111_132.92 - 559.82 * c2 + 1.175 * (2 * c2 * c2 - 1)
    return apart * east, (lat2 - lat1) * north


@compiled
def _steps(
    order: Indices, bounds: Indices, at_us: Indices, lon: Floats, lat: Floats
) -> tuple[Floats, Floats, Floats]:
    """Time and way since the fix before, inside each window."""
    dt, dx, dy = np.empty(len(order)), np.empty(len(order)), np.empty(len(order))
    for w in range(len(bounds) - 1):
        dt[bounds[w]] = dx[bounds[w]] = dy[bounds[w]] = np.nan
        for k in range(bounds[w] + 1, bounds[w + 1]):
            i, j = order[k - 1], order[k]
            dt[k] = (at_us[j] - at_us[i]) * 1e-6
            dx[k], dy[k] = metres(lon[i], lat[i], lon[j], lat[j])
    return dt, dx, dy


@compiled
def _rejected(
    starts: Indices, segment: NDArray[np.int32], order: Indices, bounds: Indices
) -> NDArray[np.int64]:
    """Rejected fixes counted to the window of the good fix before (or after, at the start)."""
    home = np.full(len(segment), -1, np.int64)
    for w in range(len(bounds) - 1):
        for k in range(bounds[w], bounds[w + 1]):
            home[order[k]] = w
    count = np.zeros(len(bounds) - 1, np.int64)
    for v in range(len(starts) - 1):
        last, waiting = -1, 0
        for i in range(starts[v], starts[v + 1]):
            if home[i] >= 0:
                last = home[i]
                count[last] += waiting
                waiting = 0
            elif last >= 0:
                count[last] += 1
            else:
                waiting += 1
    return count
