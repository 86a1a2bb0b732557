"""After the walk: segments numbered by time, each linked to the one that it plausibly continues.

A link says that one hull could have sailed from the end of the earlier segment to the start of
the later one, and that no other segment rivals it. It says no more: "same hull plausible".
"""

import math

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.segment_kernel import (
    EAST,
    HOUR_US,
    NORTH,
    Codes,
    Floats,
    Ints,
    Limits,
    apart_nm,
    between_nm,
    mark_noise,
    walk,
)
from quaywatch.ais.segment_shared import (
    FIRST,
    HELD,
    LAST,
    neighbours,
    set_aside,
    summarise,
    usual_silence_h,
)

LINKED, FIRST_OF_ALL, OVERLAPPING, TOO_FAST, RIVALS, TAKEN, SHARED = range(7)
"""Codes of ``segments.LINK_REASONS``."""
COLUMNS = 8
"""Columns of ``Segmentation.found``."""
_PAD_SQUARE_H = 0.0625
_SHORT = 10.0
_HASTE = 1.2


@compiled
def _fastest_kn(place: Floats, i: int, j: int, limits: Limits) -> float:
    """The most that a ship is taken to make, more if she says so herself at either end."""
    fastest = limits.speed_max_kn
    for k in (i, j):
        said = _HASTE * math.sqrt(place[k, EAST] ** 2 + place[k, NORTH] ** 2)
        if said > fastest:  # noqa: PLR1730 - max() would let an unknown speed (NaN) through
            fastest = said
    return fastest


@compiled
def _link(
    s: int, ends: Ints, at_us: Ints, place: Floats, limits: Limits, taken: Codes
) -> tuple[int, int]:
    """Which earlier segment ``s`` plausibly continues (-1: none), and why none."""
    i = ends[s, FIRST]
    best, runner, chosen, why = 0.0, 0.0, -1, OVERLAPPING
    for p in range(s):
        j = ends[p, LAST]
        if at_us[j] > at_us[i]:
            continue
        if taken[p]:
            if why == OVERLAPPING:
                why = TAKEN
            continue
        hours = (at_us[i] - at_us[j]) / HOUR_US
        padded = math.sqrt(hours * hours + _PAD_SQUARE_H)
        pace = between_nm(place, j, i) / (padded * _fastest_kn(place, i, j, limits))
        if pace > 1.0:
            why = TOO_FAST
            continue
        weight = ends[p, HELD] / _SHORT
        fit = math.exp(-pace * pace) / padded * weight / math.sqrt(1.0 + weight * weight)
        if fit > best:
            best, runner, chosen = fit, best, p
        elif fit > runner:
            runner = fit
    if chosen >= 0 and runner * limits.ambiguity >= best:
        return -1, RIVALS
    return (chosen, LINKED) if chosen >= 0 else (-1, why)


@compiled
def _tracks(
    at_us: Ints, place: Floats, classes: Codes, limits: Limits, reason: Codes, raw: Ints
) -> tuple[Ints, bool]:
    """Walk one transponder, strictly where neighbours share it: ``ends``, and whether they do."""
    noise = reason.copy()
    ends = summarise(raw, walk(at_us, place, classes, limits, limits.hours_max, reason, raw))
    set_aside(at_us, place, raw, ends, limits, reason)
    if len(ends) == 1 or not neighbours(at_us, place, raw, ends, limits):
        return ends, False
    sure_h = usual_silence_h(at_us, raw, len(ends), limits.sure_h)
    reason[:] = noise
    raw[:] = -1
    ends = summarise(raw, walk(at_us, place, classes, limits, sure_h, reason, raw))
    set_aside(at_us, place, raw, ends, limits, reason)
    return ends, True


@compiled
def _number(raw: Ints, ends: Ints, segment: NDArray[np.int32]) -> Ints:
    """Number the tracks that are left by their first report; their ends in that order."""
    ordinal = np.full(len(ends), -1, np.int64)
    ordered = np.zeros((len(ends), 3), np.int64)
    count = 0
    for i in range(len(raw)):
        r = raw[i]
        if r < 0:
            segment[i] = -1
            continue
        if ordinal[r] < 0:
            ordinal[r] = count
            ordered[count, FIRST], ordered[count, LAST] = i, ends[r, LAST]
            ordered[count, HELD] = ends[r, HELD]
            count += 1
        segment[i] = ordinal[r]
    return ordered[:count]


@compiled
def segment_all(
    starts: Ints,
    at_us: Ints,
    place: Floats,
    look: Floats,
    kinds: Codes,
    classes: Codes,
    bands: Floats,
    limits: Limits,
    segment: NDArray[np.int32],
    reason: Codes,
    found: Ints,
) -> int:
    """Segment every transponder into ``segment``, ``reason`` and ``found``; how many segments.

    ``starts`` and ``at_us`` are those of ``Tracks``, ``kinds`` its message types, ``classes`` its
    transponder classes; ``place``, ``look`` and ``bands`` are as in ``segment_kernel``.
    """
    rows = 0
    for v in range(len(starts) - 1):
        a, b = starts[v], starts[v + 1]
        at, where, why = at_us[a:b], place[a:b], reason[a:b]
        mark_noise(at, look[a:b], kinds[a:b], bands, why)
        raw = np.full(b - a, -1, np.int64)
        tracks, shared = _tracks(at, where, classes[a:b], limits, why, raw)
        ends = _number(raw, tracks, segment[a:b])
        taken = np.zeros(len(ends), np.uint8)
        for s in range(len(ends)):
            link, because = -1, FIRST_OF_ALL
            if s > 0 and shared:
                because = SHARED
            elif s > 0:
                link, because = _link(s, ends, at, where, limits, taken)
            if link >= 0:
                taken[link] = 1
            found[rows, 0], found[rows, 1] = v, s
            found[rows, 2], found[rows, 3] = a + ends[s, FIRST], a + ends[s, LAST]
            found[rows, 4], found[rows, 5], found[rows, 6] = ends[s, HELD], link, because
            found[rows, 7] = shared
            rows += 1
    return rows


@compiled
def previous_of(starts: Ints, segment: NDArray[np.int32], found: Ints, previous: Ints) -> None:
    """For each report the one before it on its segment or, for a first one, over its link."""
    row = 0
    for v in range(len(starts) - 1):
        base = row
        while row < len(found) and found[row, 0] == v:
            row += 1
        tail = np.full(row - base, -1, np.int64)
        for i in range(starts[v], starts[v + 1]):
            s = segment[i]
            previous[i] = -1
            if s < 0:
                continue
            if tail[s] >= 0:
                previous[i] = tail[s]
            elif found[base + s, 5] >= 0:
                previous[i] = found[base + found[base + s, 5], 3]
            tail[s] = i


@compiled
def sailed_km(
    starts: Ints, segment: NDArray[np.int32], found: Ints, lon: Floats, lat: Floats
) -> Floats:
    """Kilometres of the straight lines between consecutive reports of each segment."""
    km = np.zeros(len(found))
    row = 0
    for v in range(len(starts) - 1):
        base = row
        while row < len(found) and found[row, 0] == v:
            row += 1
        tail = np.full(row - base, -1, np.int64)
        for i in range(starts[v], starts[v + 1]):
            s = segment[i]
            if s < 0:
                continue
            j = tail[s]
            if j >= 0:
                cosine = math.cos(math.radians(lat[i]))
                dx, dy, _ = apart_nm(lon[j], lat[j], lon[i], lat[i], cosine, cosine)
                km[base + s] += 1.852 * math.sqrt(dx * dx + dy * dy)
            tail[s] = i
    return km
