"""What the tracks of one transponder look like together: summaries, strays, neighbours.

Where hulls that share a number sail in the same waters, a silence is where one is taken for the
other: the first fell silent, the second came by. There a report after a silence has to be almost
exactly where the track was going; elsewhere there is no reason to be that strict.
"""

import math
from typing import Final

import numpy as np

from quaywatch.ais.compiled import compiled
from quaywatch.ais.segment_kernel import (
    GOOD,
    HOUR_US,
    LAT,
    LON,
    STRAY,
    Codes,
    Floats,
    Ints,
    Limits,
    between_nm,
)

FIRST, LAST, HELD = range(3)
"""Columns of ``ends``: first and last report of a track, and how many it has."""
STRAY_MAX: Final = 2
_STEPS: Final = 5
_USUAL_SHARE = 0.9
_PAD_H = 0.25
_NEIGHBOUR_MIN: Final = 6
_CHAIN_BACK: Final = 20
_CHAIN_TIMES = 3.0
_CHAIN_NM = 1.0
_CHAIN_KN = 10.0


@compiled
def summarise(raw: Ints, opened: int) -> Ints:
    """First report, last report and number of reports of each track. Shape (opened, 3)."""
    ends = np.zeros((opened, 3), np.int64)
    for i in range(len(raw)):
        r = raw[i]
        if r >= 0:
            if ends[r, HELD] == 0:
                ends[r, FIRST] = i
            ends[r, LAST] = i
            ends[r, HELD] += 1
    return ends


@compiled
def set_aside(
    at_us: Ints, place: Floats, raw: Ints, ends: Ints, limits: Limits, reason: Codes
) -> None:
    """Take out tracks of one or two reports that are at odds with a longer one.

    Those that one hull could have sent together, three or more of them, stay: a second ship that
    is seldom heard is no noise.
    """
    reach = np.int64(limits.hours_max * HOUR_US)
    longer = np.flatnonzero(ends[:, HELD] > STRAY_MAX)
    chained = _chained(at_us, place, ends, limits)
    for r in range(len(ends)):
        if not 0 < ends[r, HELD] <= STRAY_MAX or chained[r] > STRAY_MAX:
            continue
        for q in longer:
            if _at_odds(at_us, place, ends, int(q), int(r), int(reach), limits.speed_max_kn):
                ends[r, HELD] = 0
                break
    for i in range(len(raw)):
        if raw[i] >= 0 and ends[raw[i], HELD] == 0:
            raw[i] = -1
            if reason[i] == GOOD:
                reason[i] = STRAY


@compiled
def _at_odds(
    at_us: Ints, place: Floats, ends: Ints, q: int, r: int, reach: int, speed_max_kn: float
) -> bool:
    """Whether the short track ``r`` falls into the time of ``q``, or is too far from its end."""
    if at_us[ends[r, FIRST]] > at_us[ends[q, LAST]]:
        i, j = ends[q, LAST], ends[r, FIRST]
    elif at_us[ends[r, LAST]] < at_us[ends[q, FIRST]]:
        i, j = ends[r, LAST], ends[q, FIRST]
    else:
        return True
    if at_us[j] - at_us[i] > reach:
        return False
    hours = (at_us[j] - at_us[i]) / HOUR_US + _PAD_H
    return bool(between_nm(place, i, j) > speed_max_kn * hours)


@compiled
def _chained(at_us: Ints, place: Floats, ends: Ints, limits: Limits) -> Ints:
    """How many reports the chain of short tracks has that each belongs to."""
    short = np.flatnonzero((ends[:, HELD] > 0) & (ends[:, HELD] <= STRAY_MAX))
    root = np.arange(len(ends))
    total = ends[:, HELD].copy()
    used = np.zeros(len(ends), np.uint8)
    for x in range(len(short)):
        r = short[x]
        for y in range(x - 1, max(-1, x - 1 - _CHAIN_BACK), -1):
            q = short[y]
            hours = (at_us[ends[r, FIRST]] - at_us[ends[q, LAST]]) / HOUR_US
            if (
                not used[q]
                and 0.0 <= hours <= _CHAIN_TIMES * limits.hours_max
                and between_nm(place, ends[q, LAST], ends[r, FIRST])
                <= _CHAIN_NM + _CHAIN_KN * hours
            ):
                used[q] = 1
                root[r] = root[q]
                total[root[r]] += ends[r, HELD]
                break
    return total[root]


@compiled
def neighbours(at_us: Ints, place: Floats, raw: Ints, ends: Ints, limits: Limits) -> bool:
    """Whether two tracks of six reports or more were under way at once within reach."""
    held = np.flatnonzero(ends[:, HELD] >= _NEIGHBOUR_MIN)
    if len(held) < 2 or not _concurrent(at_us, ends, held):
        return False
    box = _boxes(place, raw, ends)
    reach = limits.hours_max * limits.speed_max_kn
    for x in range(len(held)):
        for y in range(x):
            r, q = held[x], held[y]
            if (
                at_us[ends[r, FIRST]] < at_us[ends[q, LAST]]
                and at_us[ends[q, FIRST]] < at_us[ends[r, LAST]]
                and _boxes_apart_nm(place, ends, box, r, q) < reach
            ):
                return True
    return False


@compiled
def _concurrent(at_us: Ints, ends: Ints, held: Ints) -> bool:
    until = np.int64(-(2**62))
    for r in held:
        if at_us[ends[r, FIRST]] < until:
            return True
        until = max(until, at_us[ends[r, LAST]])
    return False


@compiled
def _boxes(place: Floats, raw: Ints, ends: Ints) -> Floats:
    """West, east, south, north of each track, in miles from its first report."""
    box = np.zeros((len(ends), 4))
    for i in range(len(raw)):
        r = raw[i]
        if r < 0:
            continue
        j = ends[r, FIRST]
        east = place[i, LON] - place[j, LON]
        east -= 360.0 * round(east / 360.0)
        box[r, 0], box[r, 1] = min(box[r, 0], east), max(box[r, 1], east)
        north = place[i, LAT] - place[j, LAT]
        box[r, 2], box[r, 3] = min(box[r, 2], north), max(box[r, 3], north)
    return box


@compiled
def _boxes_apart_nm(place: Floats, ends: Ints, box: Floats, r: int, q: int) -> float:
    i, j = ends[r, FIRST], ends[q, FIRST]
    dx = place[j, LON] - place[i, LON]
    dx -= 360.0 * round(dx / 360.0)
    dy = place[j, LAT] - place[i, LAT]
    dx = max(0.0, dx + box[q, 0] - box[r, 1], box[r, 0] - dx - box[q, 1])
    dy = max(0.0, dy + box[q, 2] - box[r, 3], box[r, 2] - dy - box[q, 3])
    cosine = math.cos(math.radians(0.5 * (place[i, LAT] + place[j, LAT])))
    return 60.0 * math.sqrt((dx * cosine) ** 2 + dy * dy)


@compiled
def usual_silence_h(at_us: Ints, raw: Ints, opened: int, sure_h: float) -> float:
    """``sure_h``, doubled until nine of ten steps within tracks are shorter (at most 16 times)."""
    tail = np.full(opened, -1, np.int64)
    shorter = np.zeros(_STEPS, np.int64)
    steps = 0
    for i in range(len(raw)):
        r = raw[i]
        if r < 0:
            continue
        if tail[r] >= 0:
            steps += 1
            hours = (at_us[i] - at_us[tail[r]]) / HOUR_US
            for k in range(_STEPS):
                if hours <= sure_h * 2**k:
                    shorter[k] += 1
        tail[r] = i
    for k in range(_STEPS):
        if shorter[k] >= _USUAL_SHARE * steps:
            return float(sure_h * 2**k)
    return float(sure_h * 2 ** (_STEPS - 1))
