"""Which transponders can have been in which scenes at all: a cheap gate before anything is weighed.

Everything against everything: one search in time for each transponder, then one distance for each
pair. A transponder whose last report lies farther away than a ship can have come is no candidate.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.geodesic import great_circle_nm_many

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

TOP_KN: Final = 30.0
"""Faster than any merchant ship; a gate may let too much in, never too little."""
LIMIT_H: Final = 12.0
"""A report farther from the capture says next to nothing of where its ship was (8 km and more)."""
SLACK_NM: Final = 0.5
"""For positions rounded or some tens of seconds old: type 27 is right to 0.2 nm."""
NONE: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Reports:
    """Position reports of many transponders, each one's in order of time."""

    starts: Indices
    """Shape (V + 1,): where each transponder's reports begin, and the end."""
    at_us: Indices
    """Shape (N,): microseconds since 1970, UTC."""
    lon: Floats
    lat: Floats
    """Shape (N,): WGS84 degrees."""


@dataclass(frozen=True, slots=True, eq=False)
class Captures:
    """Scenes: when, and a circle that holds what was searched."""

    at_us: Indices
    """Shape (S,): middle of the capture."""
    lon: Floats
    lat: Floats
    radius_nm: Floats
    """Shape (S,) each."""


def around(reports: Reports, at_us: Indices) -> tuple[Indices, Indices]:
    """The last report at or before each instant, and the first after it.

    Args:
        reports: of V transponders.
        at_us: shape (S,).

    Returns:
        Two arrays of rows of ``reports``, shape (V, S); ``NONE`` where there is none.

    Examples:
        >>> two = Reports(np.array([0, 2, 3]), np.array([0, 10, 5]), np.zeros(3), np.zeros(3))
        >>> before, after = around(two, np.array([4, 10]))
        >>> before.tolist(), after.tolist()
        ([[0, 1], [-1, 2]], [[1, -1], [2, -1]])

    """
    count = len(reports.starts) - 1
    before = np.full((count, len(at_us)), NONE, np.int64)
    after = np.full((count, len(at_us)), NONE, np.int64)
    for v in range(count):
        low, high = int(reports.starts[v]), int(reports.starts[v + 1])
        place = low + np.searchsorted(reports.at_us[low:high], at_us, side="right")
        before[v] = np.where(place > low, place - 1, NONE)
        after[v] = np.where(place < high, place, NONE)
    return before, after


def can_meet(
    reports: Reports, captures: Captures, *, top_kn: float = TOP_KN, limit_h: float = LIMIT_H
) -> tuple[Indices, Indices, Indices, Indices]:
    """Pairs of transponder and scene in which the ship can have been in the scene.

    Both neighbours in time are asked: a ship that was far away ten minutes before is out, however
    near it is an hour later. Reports farther away in time than ``limit_h`` are no neighbours, and a
    transponder without any is in no pair.

    Args:
        reports: of V transponders.
        captures: S scenes.
        top_kn: how fast a ship may come.
        limit_h: hours on each side of a capture in which reports count.

    Returns:
        Transponder and scene of each pair, and the rows of its reports before and after, ``NONE``
        where there is none; ordered by transponder, then scene.

    Examples:
        >>> hour = 3_600_000_000
        >>> ends = np.array([0.0, 0.2])
        >>> track = Reports(np.array([0, 2]), np.array([0, hour]), ends, np.zeros(2))
        >>> there = Captures(np.array([hour // 2]), np.array([0.1]), np.zeros(1), np.ones(1))
        >>> far = Captures(np.array([hour // 2]), np.array([2.0]), np.zeros(1), np.ones(1))
        >>> [len(can_meet(track, scene)[0]) for scene in (there, far)]
        [1, 0]

    """
    before, after = around(reports, captures.at_us)
    ok = np.ones(before.shape, bool)
    seen = np.zeros(before.shape, bool)
    for rows in (before, after):
        vessel, scene = np.nonzero(rows != NONE)
        row = rows[vessel, scene]
        hours = np.abs(reports.at_us[row] - captures.at_us[scene]) / 3.6e9
        near = hours <= limit_h
        rows[vessel[~near], scene[~near]] = NONE
        vessel, scene, row, hours = vessel[near], scene[near], row[near], hours[near]
        nm = great_circle_nm_many(
            reports.lon[row], reports.lat[row], captures.lon[scene], captures.lat[scene]
        )
        seen[vessel, scene] = True
        ok[vessel, scene] &= nm <= captures.radius_nm[scene] + top_kn * hours + SLACK_NM
    vessel, scene = np.nonzero(ok & seen)
    return vessel, scene, before[vessel, scene], after[vessel, scene]
