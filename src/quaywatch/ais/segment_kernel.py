"""Which open track a position report continues: the compiled walk behind ``segment``.

One transponder at a time, report by report. Distances are nautical miles on a plane around the
two reports (a sphere of 60 nm a degree; error below 1% within the 200 nm over which it decides),
longitudes wrap, and beyond 80 degrees of latitude, where east and north turn quickly, the sphere
is used and nothing is dead-reckoned.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.uint8]

GOOD, ARTEFACT, REPEAT, LONG_RANGE, SUPERSEDED, STRAY, AMBIGUOUS = range(7)
"""Codes of ``segments.REASONS``."""

OPEN_MAX: Final = 20
LOOK_BACK: Final = 5
HOUR_US: Final = 3_600_000_000
_POLAR_DEG = 80.0
_SHORT = 10.0
_EMPTY = -1


@compiled
def apart_nm(
    lon1: float, lat1: float, lon2: float, lat2: float, cos1: float, cos2: float
) -> tuple[float, float, bool]:
    """Miles east and north from the first to the second; and whether directions mean anything."""
    east = lon2 - lon1
    if east > 180.0:
        east -= 360.0
    elif east < -180.0:
        east += 360.0
    if abs(lat1) < _POLAR_DEG and abs(lat2) < _POLAR_DEG:
        return east * 30.0 * (cos1 + cos2), (lat2 - lat1) * 60.0, True
    half = math.sin(math.radians(lat2 - lat1) / 2) ** 2
    half += cos1 * cos2 * math.sin(math.radians(east) / 2) ** 2
    return math.degrees(2 * math.asin(min(1.0, math.sqrt(half)))) * 60.0, 0.0, False


@compiled
def miss_nm(place: Floats, i: int, j: int, hours: float, damped: float, shape: float) -> float:
    """How badly report ``j`` continues report ``i``: miles, the least of three readings.

    The mean of dead reckoning forward from ``i`` and back from ``j``; ``shape`` times the plain
    displacement (it stayed put); ``shape`` times the mean miss across the course, where ``j`` lies
    ahead within what the speed allows. Where a course or speed is unknown: the displacement.
    """
    dx, dy, flat = apart_nm(
        place[i, 0], place[i, 1], place[j, 0], place[j, 1], place[i, 2], place[j, 2]
    )
    plain = math.sqrt(dx * dx + dy * dy)
    ux, uy, wx, wy = place[i, 3], place[i, 4], place[j, 3], place[j, 4]
    if not flat or math.isnan(ux) or math.isnan(wx):
        return plain
    ahead = math.sqrt((dx - ux * damped) ** 2 + (dy - uy * damped) ** 2)
    astern = math.sqrt((dx - wx * damped) ** 2 + (dy - wy * damped) ** 2)
    least = min(0.5 * (ahead + astern), shape * plain)
    before, after = math.sqrt(ux * ux + uy * uy), math.sqrt(wx * wx + wy * wy)
    if before > 0.0 and after > 0.0:
        along = (dx * ux + dy * uy) / before
        along_after = (dx * wx + dy * wy) / after
        if 0.0 < along <= before * hours and 0.0 < along_after <= after * hours:
            across = abs(dx * uy - dy * ux) / before + abs(dx * wy - dy * wx) / after
            least = min(least, shape * 0.5 * across)
    return least


@compiled
def score_of(miss: float, hours: float, speed_max: float, speed_usual: float) -> float:
    """How well a miss over so many hours fits; 0 is not at all."""
    padded = math.sqrt(hours * hours + 0.0625)
    if miss > speed_max * padded:
        return 0.0
    return math.exp(-((miss / (speed_usual * padded)) ** 2)) / padded


@compiled
def mark_noise(
    at_us: Ints, look: Floats, kinds: Codes, bands: Floats, reason: Codes, table: Ints
) -> None:
    """Reports of one transponder that carry no usable position, into ``reason``.

    ``look``: lon, lat, sog, cog, heading as sent; ``table``: scratch of a power of two, at least
    twice the reports.
    """
    size = len(table)
    table[:] = _EMPTY
    normal = np.int64(-(2**62))
    for i in range(len(at_us)):
        sog = look[i, 2]
        for b in range(len(bands)):
            if bands[b, 0] < sog < bands[b, 1]:
                reason[i] = ARTEFACT
        if kinds[i] == 27:
            if at_us[i] - normal <= HOUR_US:
                reason[i] = LONG_RANGE
            continue
        normal = at_us[i]
        j = i - 1
        while j >= 0 and kinds[j] == 27 and normal - at_us[j] <= HOUR_US:
            reason[j] = LONG_RANGE
            j -= 1
        if reason[i] == GOOD and sog > 1.0:
            slot = hash((look[i, 0], look[i, 1])) & (size - 1)
            while table[slot] != _EMPTY and not _same(look, table[slot], i):
                slot = (slot + 1) & (size - 1)
            seen = table[slot]
            if seen != _EMPTY and at_us[i] - at_us[seen] <= 24 * HOUR_US:
                reason[i] = REPEAT
            else:
                table[slot] = i


@compiled
def _same(look: Floats, i: int, j: int) -> bool:
    for k in range(5):
        a, b = look[i, k], look[j, k]
        if a != b and not (math.isnan(a) and math.isnan(b)):
            return False
    return True


@compiled
def walk(
    at_us: Ints, place: Floats, classes: Codes, rules: Floats, reason: Codes, raw: Ints
) -> int:
    """Give every good report of one transponder the number of a track, into ``raw``.

    Args:
        at_us: times, ascending.
        place: lon, lat, cos(lat), miles per hour east and north (NaN unknown).
        classes: transponder class, 0 unknown.
        rules: hours_max, speed_max_kn, speed_usual_kn, damping_h, shape, ambiguity.
        reason: codes; reports that are not ``GOOD`` are passed over, superseded ones marked.
        raw: filled with track numbers, -1 where none.

    Returns:
        How many tracks were opened.

    """
    hours_max = rules[0]
    last = np.full((OPEN_MAX, LOOK_BACK), _EMPTY, np.int64)
    held = np.zeros(OPEN_MAX, np.int64)
    number = np.full(OPEN_MAX, _EMPTY, np.int64)
    kind = np.zeros(OPEN_MAX, np.uint8)
    fits = np.zeros(OPEN_MAX)
    backs = np.zeros(OPEN_MAX, np.int64)
    bare = np.zeros(OPEN_MAX)
    fit_of = np.zeros(len(at_us))
    opened = 0
    slots = 0
    for i in range(len(at_us)):
        if reason[i] != GOOD:
            continue
        best, runner, chosen = 0.0, 0.0, -1
        s = 0
        while s < slots:
            if (at_us[i] - at_us[last[s, 0]]) / HOUR_US > hours_max:
                slots -= 1
                _move(slots, s, last, held, number, kind)
                continue
            fit, back, plain = _fit(i, at_us, place, last[s], fit_of, rules)
            if fit > 0.0 and kind[s] and classes[i] and kind[s] != classes[i]:
                fit *= 0.1
                plain *= 0.1
            weight = held[s] / _SHORT
            fits[s] = plain * weight / math.sqrt(1.0 + weight * weight)
            backs[s], bare[s] = back, plain
            if fits[s] > best:
                runner, best, chosen = best, fits[s], s
            elif fits[s] > runner:
                runner = fits[s]
            s += 1
        if chosen >= 0 and runner * rules[5] >= best:
            s = 0
            while s < slots:
                if fits[s] * rules[5] >= best:
                    slots -= 1
                    _move(slots, s, last, held, number, kind)
                    fits[s] = fits[slots]
                    continue
                s += 1
            chosen = -1
        if chosen < 0:
            if slots == OPEN_MAX:
                oldest = 0
                for t in range(1, slots):
                    if at_us[last[t, 0]] < at_us[last[oldest, 0]]:
                        oldest = t
                slots -= 1
                _move(slots, oldest, last, held, number, kind)
            last[slots, :] = _EMPTY
            last[slots, 0] = i
            held[slots] = 1
            kind[slots] = classes[i]
            number[slots] = opened
            raw[i] = opened
            opened += 1
            slots += 1
            continue
        for _ in range(backs[chosen]):
            dropped = last[chosen, 0]
            reason[dropped] = SUPERSEDED
            raw[dropped] = -1
            held[chosen] -= 1
            for k in range(LOOK_BACK - 1):
                last[chosen, k] = last[chosen, k + 1]
            last[chosen, LOOK_BACK - 1] = _EMPTY
        for k in range(LOOK_BACK - 1, 0, -1):
            last[chosen, k] = last[chosen, k - 1]
        last[chosen, 0] = i
        held[chosen] += 1
        if classes[i]:
            kind[chosen] = classes[i]
        fit_of[i] = bare[chosen]
        raw[i] = number[chosen]
    return opened


@compiled
def _move(source: int, to: int, last: Ints, held: Ints, number: Ints, kind: Codes) -> None:
    last[to, :] = last[source, :]
    held[to], number[to], kind[to] = held[source], number[source], kind[source]


@compiled
def _fit(
    i: int, at_us: Ints, place: Floats, last: Ints, fit_of: Floats, rules: Floats
) -> tuple[float, int, float]:
    """Best fit of report ``i`` to one track: weighed, how many reports it passes over, bare."""
    hours_max, speed_max, usual, damping, shape = rules[0], rules[1], rules[2], rules[3], rules[4]
    best, bare, back, standing = 0.0, 0.0, 0, 0.0
    for k in range(LOOK_BACK):
        j = last[k]
        if j < 0:
            break
        hours = (at_us[i] - at_us[j]) / HOUR_US
        if hours > hours_max:
            break
        damped = hours / (1.0 + math.sqrt(hours / damping))
        miss = miss_nm(place, j, i, hours, damped, shape)
        plain = score_of(miss, hours, speed_max, usual)
        weighed = plain / max(1, 2 * k)
        if weighed > standing and weighed > best:
            best, bare, back = weighed, plain, k
        if k == 0 and plain * math.sqrt(hours * hours + 0.0625) >= 0.5:
            break
        standing = fit_of[j]
    return best, back, bare
