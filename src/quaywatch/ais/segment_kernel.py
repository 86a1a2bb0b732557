"""Which open track a position report continues: the compiled walk behind ``segment``.

One transponder at a time, report by report. Distances are nautical miles on a plane around the
two reports (60 nm a degree; error below 1% within the 200 nm over which it decides), longitudes
wrap, and beyond 80 degrees of latitude, where east and north turn quickly, the sphere is used and
nothing is dead-reckoned.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes = NDArray[np.uint8]

GOOD, ARTEFACT, REPEAT, LONG_RANGE, SUPERSEDED, STRAY = range(6)
"""Codes of ``segments.REASONS``."""

LON, LAT, COS, EAST, NORTH = range(5)
"""Columns of ``place``: degrees, degrees, cosine of the latitude, knots east and north (or NaN)."""

OPEN_MAX: Final = 20
LOOK_BACK: Final = 5
HOUR_US: Final = 3_600_000_000
_LONG_RANGE_TYPE: Final = 27
_POLAR_DEG = 80.0
_PAD_SQUARE_H = 0.0625
_HOUR = 1.0 / HOUR_US
_SHORT = 10.0
_OTHER_CLASS = 0.1
_LOOK_PAST_SQUARE = 25.0
_LOOK_MARGIN = 10.0
_MOVING_KN = 1.0
_FAR_NM = 1e9
_NONE = -1


class Limits(NamedTuple):
    """``segments.SegmentRules`` as compiled code takes them."""

    hours_max: float
    speed_max_kn: float
    square_max: float
    place_nm: float
    clock_h: float
    along: float
    across: float
    drift_kn: float
    change_kn: float
    change_kn_h: float
    blind_kn: float
    ambiguity: float
    sure_h: float
    sure_nm: float


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
def between_nm(place: Floats, i: int, j: int) -> float:
    """Miles between two reports."""
    dx, dy, _ = apart_nm(
        place[i, LON], place[i, LAT], place[j, LON], place[j, LAT], place[i, COS], place[j, COS]
    )
    return math.sqrt(dx * dx + dy * dy)


@compiled
def fit_of(
    lon1: float,
    lat1: float,
    cos1: float,
    ux: float,
    uy: float,
    lon2: float,
    lat2: float,
    cos2: float,
    wx: float,
    wy: float,
    hours: float,
    near_nm: float,
    limits: Limits,
) -> tuple[float, float]:
    """How well the second report continues the first: a density, and the miss in sigmas squared.

    The ship is taken to have gone with the mean of both reported velocities. The miss along that
    course (clocks err, reports are relayed late), the miss across it and the change of velocity
    are each measured by what recorded ships show, and weighed with heavy tails, because ships do
    turn and stop. Density 0: it does not fit. All arguments are numbers, because passing arrays
    would cost more than the sum itself.
    """
    dx, dy, flat = apart_nm(lon1, lat1, lon2, lat2, cos1, cos2)
    padded = hours * hours + _PAD_SQUARE_H
    limit = min(near_nm * near_nm, limits.speed_max_kn * limits.speed_max_kn * padded)
    if not flat or math.isnan(ux) or math.isnan(wx):
        blind = limits.place_nm + limits.blind_kn * (hours + limits.clock_h)
        square = (dx * dx + dy * dy) / (blind * blind)
        if square > limits.square_max or dx * dx + dy * dy > limit:
            return 0.0, square
        return 1.0 / (blind * (1.0 + 0.5 * square)) ** 2, square
    mx, my = 0.5 * (ux + wx), 0.5 * (uy + wy)
    dx -= mx * hours
    dy -= my * hours
    fastest = math.sqrt(max(ux * ux + uy * uy, wx * wx + wy * wy))
    base = limits.place_nm + limits.drift_kn * hours * (1.0 + hours)
    sigma_across = base + limits.across * fastest * hours
    sigma_along = base + fastest * (limits.clock_h + limits.along * hours)
    along, across, mean_square = dx, dy, mx * mx + my * my
    if mean_square > 0.0:
        along, across = dx * mx + dy * my, dx * my - dy * mx
    else:
        mean_square = 1.0
    both = sigma_along * sigma_across
    # One division instead of four: (a/s)² + (b/t)² = (a²t² + b²s²) / (s²t²).
    square = (along * sigma_across) ** 2 + (across * sigma_along) ** 2
    square /= mean_square * both * both
    if square > limits.square_max or dx * dx + dy * dy > limit:
        return 0.0, square
    usual = limits.change_kn + limits.change_kn_h * hours
    change = ((ux - wx) ** 2 + (uy - wy) ** 2) / (usual * usual)
    tail = (1.0 + 0.5 * square) * (1.0 + 0.5 * (square + change))
    return 1.0 / (both * tail), square


@compiled
def mark_noise(at_us: Ints, look: Floats, kinds: Codes, bands: Floats, reason: Codes) -> None:
    """Write into ``reason`` which reports of one transponder carry no usable position.

    ``look``: lon, lat, sog, cog, heading as sent; ``kinds``: message types; ``bands``: lower and
    upper speeds to discard.
    """
    size = 2
    while size < 2 * len(at_us):
        size *= 2
    table = np.full(size, _NONE, np.int64)
    normal = np.int64(-(2**62))
    for i in range(len(at_us)):
        sog = look[i, 2]
        for b in range(len(bands)):
            if bands[b, 0] < sog < bands[b, 1]:
                reason[i] = ARTEFACT
        if kinds[i] == _LONG_RANGE_TYPE:
            if at_us[i] - normal <= HOUR_US:
                reason[i] = LONG_RANGE
            continue
        normal = at_us[i]
        j = i - 1
        while j >= 0 and kinds[j] == _LONG_RANGE_TYPE and normal - at_us[j] <= HOUR_US:
            reason[j] = LONG_RANGE
            j -= 1
        if reason[i] == GOOD and sog > _MOVING_KN and _seen_before(at_us, look, i, table):
            reason[i] = REPEAT


@compiled
def _seen_before(at_us: Ints, look: Floats, i: int, table: Ints) -> bool:
    """Whether the same report was seen within a day; if not, remember it in ``table``."""
    slot = hash((look[i, 0], look[i, 1])) & (len(table) - 1)
    while table[slot] != _NONE and not _same(look, table[slot], i):
        slot = (slot + 1) & (len(table) - 1)
    seen = table[slot]
    if seen != _NONE and at_us[i] - at_us[seen] <= 24 * HOUR_US:
        return True
    table[slot] = i
    return False


@compiled
def _same(look: Floats, i: int, j: int) -> bool:
    for k in range(5):
        a, b = look[i, k], look[j, k]
        if a != b and not (math.isnan(a) and math.isnan(b)):
            return False
    return True


@compiled
def walk(  # noqa: C901, PLR0912, PLR0915 - one kernel; calls cost in the inner loop
    at_us: Ints,
    place: Floats,
    classes: Codes,
    limits: Limits,
    sure_h: float,
    reason: Codes,
    raw: Ints,
) -> int:
    """Give every good report of one transponder the number of a track, into ``raw``.

    Args:
        at_us: times, ascending.
        place: columns ``LON`` to ``NORTH``.
        classes: transponder class, 0 unknown.
        limits: the rules.
        sure_h: silence beyond which a report must be within ``sure_nm`` of where it is expected.
        reason: reports that are not ``GOOD`` are passed over; superseded ones are marked.
        raw: filled with track numbers, -1 where none.

    Returns:
        How many tracks were opened.

    """
    last = np.full((OPEN_MAX, LOOK_BACK), _NONE, np.int64)
    # Columns: reports held, number of the track, class, reports to pass over for this one.
    state = np.zeros((OPEN_MAX, 4), np.int64)
    fits = np.zeros((OPEN_MAX, 2))
    joined = np.zeros(len(at_us))
    silence = np.int64(limits.hours_max * HOUR_US)
    opened = slots = 0
    for i in range(len(at_us)):
        if reason[i] != GOOD:
            continue
        lon, lat, cosine = place[i, LON], place[i, LAT], place[i, COS]
        east, north = place[i, EAST], place[i, NORTH]
        best, runner, chosen = 0.0, 0.0, _NONE
        s = 0
        while s < slots:
            j = last[s, 0]
            if at_us[i] - at_us[j] > silence:
                slots = _close(s, last, state, slots)
                continue
            hours = (at_us[i] - at_us[j]) * _HOUR
            near_nm = limits.sure_nm if hours > sure_h else _FAR_NM
            fit, square = fit_of(
                place[j, LON], place[j, LAT], place[j, COS], place[j, EAST], place[j, NORTH],
                lon, lat, cosine, east, north, hours, near_nm, limits,
            )  # fmt: skip
            state[s, 3] = 0
            if square >= _LOOK_PAST_SQUARE and last[s, 1] >= 0:
                fit, state[s, 3] = _look_back(i, s, at_us, place, last, joined, limits, sure_h, fit)
            if state[s, 2] and classes[i] and state[s, 2] != classes[i]:
                fit *= _OTHER_CLASS
            fits[s, 0] = fits[s, 1] = fit
            if slots > 1:
                weight = state[s, 0] / _SHORT
                fits[s, 0] *= weight / math.sqrt(1.0 + weight * weight)
            if fits[s, 0] > best:
                runner, best, chosen = best, fits[s, 0], s
            elif fits[s, 0] > runner:
                runner = fits[s, 0]
            s += 1
        if chosen != _NONE and runner * limits.ambiguity >= best:
            slots = _drop_fitting(fits, chosen, last, state, slots, limits.ambiguity)
            chosen = _NONE
        if chosen == _NONE:
            if slots == OPEN_MAX:
                slots = _drop_oldest(at_us, last, state, slots)
            last[slots, :] = _NONE
            state[slots, 0], state[slots, 1], state[slots, 2] = 0, opened, classes[i]
            chosen = slots
            opened += 1
            slots += 1
        else:
            if state[chosen, 3]:
                _pass_over(last, state, chosen, reason, raw)
            joined[i] = fits[chosen, 1]
        for k in range(LOOK_BACK - 1, 0, -1):
            last[chosen, k] = last[chosen, k - 1]
        last[chosen, 0] = i
        state[chosen, 0] += 1
        if classes[i]:
            state[chosen, 2] = classes[i]
        raw[i] = state[chosen, 1]
    return opened


@compiled
def _look_back(
    i: int,
    s: int,
    at_us: Ints,
    place: Floats,
    last: Ints,
    joined: Floats,
    limits: Limits,
    sure_h: float,
    fit: float,
) -> tuple[float, int]:
    """Fit of report ``i`` to a report before the last of track ``s``, and how many it passes over.

    Where it is far from the last report of a track, it may be that one that was wrong. To say so
    it must fit much better than that one did, and than it fits that one (``fit``).
    """
    best, bare, back, standing = fit, fit, 0, joined[last[s, 0]]
    for k in range(1, LOOK_BACK):
        j = last[s, k]
        if j < 0:
            break
        hours = (at_us[i] - at_us[j]) * _HOUR
        if hours > limits.hours_max:
            break
        near_nm = limits.sure_nm if hours > sure_h else _FAR_NM
        plain, _ = fit_of(
            place[j, LON], place[j, LAT], place[j, COS], place[j, EAST], place[j, NORTH],
            place[i, LON], place[i, LAT], place[i, COS], place[i, EAST], place[i, NORTH],
            hours, near_nm, limits,
        )  # fmt: skip
        weighed = plain / (_LOOK_MARGIN * k)
        if weighed > standing and weighed > best:
            best, bare, back = weighed, plain, k
        standing = joined[j]
    return bare, back


@compiled
def _pass_over(last: Ints, state: Ints, s: int, reason: Codes, raw: Ints) -> None:
    """Take the newest reports out of a track, as many as were found to be wrong."""
    for _ in range(state[s, 3]):
        dropped = last[s, 0]
        reason[dropped] = SUPERSEDED
        raw[dropped] = _NONE
        state[s, 0] -= 1
        for k in range(LOOK_BACK - 1):
            last[s, k] = last[s, k + 1]
        last[s, LOOK_BACK - 1] = _NONE


@compiled
def _close(s: int, last: Ints, state: Ints, slots: int) -> int:
    last[s, :] = last[slots - 1, :]
    state[s, :] = state[slots - 1, :]
    return slots - 1


@compiled
def _drop_oldest(at_us: Ints, last: Ints, state: Ints, slots: int) -> int:
    oldest = 0
    for s in range(1, slots):
        if at_us[last[s, 0]] < at_us[last[oldest, 0]]:
            oldest = s
    return _close(oldest, last, state, slots)


@compiled
def _drop_fitting(
    fits: Floats, chosen: int, last: Ints, state: Ints, slots: int, ambiguity: float
) -> int:
    """Close every track that could take the report about as well as the best one."""
    best = fits[chosen, 0]
    for s in range(slots - 1, -1, -1):
        if fits[s, 0] * ambiguity >= best:
            slots = _close(s, last, state, slots)
    return slots
