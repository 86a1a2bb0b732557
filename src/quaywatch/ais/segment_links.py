"""After the walk: stray reports set aside, segments numbered by time, each linked to the past.

A link says that one hull could have sailed from the end of the earlier segment to the start of
the later one, and that no other segment rivals it. It says no more: "same hull plausible".
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.segment_kernel import (
    GOOD,
    HOUR_US,
    STRAY,
    apart_nm,
    mark_noise,
    score_of,
    walk,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.uint8]

LINKED, FIRST, OVERLAPPING, TOO_FAST, RIVALS, TAKEN = range(6)
"""Codes of ``segments.LINK_REASONS``."""
_STRAY_MAX: Final = 2
_SHORT = 10.0


@compiled
def _summarise(raw: Ints, first: Ints, last: Ints, held: Ints) -> None:
    for i in range(len(raw)):
        r = raw[i]
        if r >= 0:
            if held[r] == 0:
                first[r] = i
            last[r] = i
            held[r] += 1


@compiled
def _set_aside(
    at_us: Ints, raw: Ints, first: Ints, last: Ints, held: Ints, hours_max: float, reason: Codes
) -> None:
    """Mark tracks of one or two reports that stand beside a longer one: it did not take them."""
    reach = np.int64(hours_max * HOUR_US)
    for r in range(len(held)):
        if not 0 < held[r] <= _STRAY_MAX:
            continue
        for q in range(len(held)):
            if (
                held[q] > _STRAY_MAX
                and at_us[first[q]] - reach <= at_us[last[r]]
                and at_us[first[r]] <= at_us[last[q]] + reach
            ):
                held[r] = 0
                break
    for i in range(len(raw)):
        if raw[i] >= 0 and held[raw[i]] == 0:
            raw[i] = -1
            if reason[i] == GOOD:
                reason[i] = STRAY


@compiled
def _link(
    s: int, ends: Ints, at_us: Ints, place: Floats, rules: Floats, taken: Codes
) -> tuple[int, int]:
    """Which earlier segment ``s`` plausibly continues (-1: none), and why none."""
    if s == 0:
        return -1, FIRST
    i = ends[s, 0]
    best, runner, chosen, why = 0.0, 0.0, -1, OVERLAPPING
    for p in range(s):
        j = ends[p, 1]
        if at_us[j] > at_us[i]:
            continue
        if taken[p]:
            if why == OVERLAPPING:
                why = TAKEN
            continue
        dx, dy, _ = apart_nm(
            place[j, 0], place[j, 1], place[i, 0], place[i, 1], place[j, 2], place[i, 2]
        )
        hours = (at_us[i] - at_us[j]) / HOUR_US
        plain = score_of(math.sqrt(dx * dx + dy * dy), hours, rules[1], rules[1])
        if plain == 0.0:
            why = TOO_FAST
            continue
        weight = ends[p, 2] / _SHORT
        plain *= weight / math.sqrt(1.0 + weight * weight)
        if plain > best:
            best, runner, chosen = plain, best, p
        elif plain > runner:
            runner = plain
    if chosen >= 0 and runner * rules[5] >= best:
        return -1, RIVALS
    return (chosen, LINKED) if chosen >= 0 else (-1, why)


@compiled
def segment_all(
    starts: Ints,
    at_us: Ints,
    place: Floats,
    look: Floats,
    kinds: Codes,
    classes: Codes,
    bands: Floats,
    rules: Floats,
    segment: NDArray[np.int32],
    reason: Codes,
    found: Ints,
) -> int:
    """Segment every transponder; rows of ``found``: vessel, ordinal, first, last, n, link, why.

    Args:
        starts: offsets of the transponders.
        at_us: as in ``Tracks``; ``place``, ``look``, ``rules``: as in ``segment_kernel``.
        kinds: message types; ``classes``: transponder classes; ``bands``: speeds to discard.
        segment: filled; ``reason``: filled; ``found``: filled, at least n rows.

    Returns:
        Rows of ``found`` in use.

    """
    rows = 0
    for v in range(len(starts) - 1):
        a, b = starts[v], starts[v + 1]
        at, where, why = at_us[a:b], place[a:b], reason[a:b]
        size = 2
        while size < 2 * (b - a):
            size *= 2
        mark_noise(at, look[a:b], kinds[a:b], bands, why, np.empty(size, np.int64))
        raw = np.full(b - a, -1, np.int64)
        opened = walk(at, where, classes[a:b], rules, why, raw)
        first = np.zeros(opened, np.int64)
        last, held = np.zeros(opened, np.int64), np.zeros(opened, np.int64)
        _summarise(raw, first, last, held)
        _set_aside(at, raw, first, last, held, rules[0], why)
        ordinal = np.full(opened, -1, np.int64)
        ends = np.zeros((opened, 3), np.int64)
        count = 0
        for i in range(b - a):
            r = raw[i]
            if r < 0:
                segment[a + i] = -1
                continue
            if ordinal[r] < 0:
                ordinal[r] = count
                ends[count, 0], ends[count, 1], ends[count, 2] = i, last[r], held[r]
                count += 1
            segment[a + i] = ordinal[r]
        taken = np.zeros(count, np.uint8)
        for s in range(count):
            link, because = _link(s, ends, at, where, rules, taken)
            if link >= 0:
                taken[link] = 1
            found[rows, 0], found[rows, 1] = v, s
            found[rows, 2], found[rows, 3] = a + ends[s, 0], a + ends[s, 1]
            found[rows, 4], found[rows, 5], found[rows, 6] = ends[s, 2], link, because
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
            if s < 0:
                previous[i] = -1
                continue
            if tail[s] >= 0:
                previous[i] = tail[s]
            elif found[base + s, 5] >= 0:
                previous[i] = found[base + found[base + s, 5], 3]
            else:
                previous[i] = -1
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
