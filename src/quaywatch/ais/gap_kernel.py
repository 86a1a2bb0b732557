"""Silences along chains, and what peers would have been heard with along ways through each."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.bins import (
    COLUMNS,
    NOMINAL_PER_H,
    POOLED,
    SLOT_US,
    ZONE_CELLS,
    apart_nm,
    band_of,
    cell_of,
)
from quaywatch.ais.compiled import compiled
from quaywatch.ais.prism import STEPS, step_of
from quaywatch.ais.reception_build import NOBODY, Places
from quaywatch.ais.reception_rates import Levels, Singles, leave_out, put_back
from quaywatch.ais.track import Codes, Floats, Indices

HALF_LIFE_H: Final = 24.0
"""How fast what was heard of a ship before a gap is forgotten."""
INDEPENDENT_H: Final = 6.0
"""Hours of being heard that tell as much of a ship's quality as one passage."""
BEST_QUALITY: Final = 2.0
SLOW_KN: Final = 3.0
"""A ship no faster than this before a gap is weighed by how she was heard while slow."""
ENOUGH_WAYS: Final = 16
PLAIN: Final = 0.15
"""Once the first ways alone make a silence this likely, the others cannot make it unusual."""
_DUE: Final = 5.0
_TELLING: Final = 3.0
_HOUR_US: Final = 3.6e9
_MANY: Final = 1 << 31
_SPEED_BINS: Final = 60
_ZONE_COLUMNS: Final = COLUMNS // ZONE_CELLS

BEFORE: Final = ("heard", "due", "hours", "top_kn", "own_hours", "satellite_12h")
"""What ``silences`` writes of each gap beside its ends."""
JUDGED: Final = (
    "expected", "p", "judged", "satellite", "quality", "least", "out", "ways", "afloat",
)  # fmt: skip
"""What is known of each gap once weighed; ``weigh`` writes all but the last."""


class Field(NamedTuple):
    """``Reception`` as a kernel reads it; ``rates`` and ``blind`` are changed and put back."""

    cells: Places
    sums: Floats
    rates: Singles
    blind: Singles
    level: Levels
    k_within: Floats
    usual_blind: Floats
    zones: Places
    alive: NDArray[np.uint8]
    first_slot: int
    k_between: float


@compiled
def heard_rate(
    field: Field, lon: float, lat: float, at_us: float, kind: int, band: int, out: Floats
) -> int:
    """Messages an hour due there and then by receiver kind into ``out``; place of the cell, or -1.

    -1 where fewer than five peers tell, or nobody was near to show that the feed was alive.
    """
    cell = cell_of(lon, lat)
    place = field.cells[cell]
    out[:] = 0.0
    if place < 0 or math.isnan(field.rates[place, kind, band, 0]):
        return -1
    zone = (cell // COLUMNS // ZONE_CELLS) * _ZONE_COLUMNS + (cell % COLUMNS) // ZONE_CELLS
    at = field.zones[zone]
    slot = int(at_us // SLOT_US) - field.first_slot
    if at < 0 or slot < 0 or slot >= field.alive.shape[1]:
        return -1
    told = False
    for receiver in range(3):
        strength = field.alive[at, slot, receiver]
        if strength != NOBODY:
            told = True
            out[receiver] = field.rates[place, kind, band, receiver] * strength / 100.0
    return place if told else -1


@compiled
def find_silences(
    order: Indices, starts: Indices, at_us: Indices, least_us: int, out: Indices
) -> int:
    """Find consecutive reports of a chain at least so far apart; how many there are.

    ``out``, shape (capacity, 3), takes what fits: chain, and places of both ends in ``order``.
    """
    found = 0
    for c in range(len(starts) - 1):
        for k in range(starts[c] + 1, starts[c + 1]):
            if at_us[order[k]] - at_us[order[k - 1]] >= least_us:
                if found < len(out):
                    out[found, 0], out[found, 1], out[found, 2] = c, k - 1, k
                found += 1
    return found


@compiled
def before_silences(  # one walk over arrays, no objects
    field: Field,
    pairs: Indices,
    order: Indices,
    starts: Indices,
    at_us: Indices,
    lon: Floats,
    lat: Floats,
    sog: Singles,
    status: Codes,
    transponder: Codes,
    receiver: Codes,
    own_rows: Indices,
    place: Places,
    own: Floats,
    out: Floats,
) -> None:
    """How well each ship was heard before each of her silences, beside her peers.

    Args:
        field: the reception.
        pairs: from ``find_silences``, by chain and time.
        order: ``Chains.order``.
        starts: ``Chains.starts``.
        at_us: column of ``Tracks``, like the six that follow.
        lon: degrees.
        lat: degrees.
        sog: knots.
        status: navigation status.
        transponder: class.
        receiver: kind of receiver.
        own_rows: shape (pairs, 2): her rows of ``place`` and ``own``.
        place: ``Peers.place``.
        own: ``Peers.own``.
        out: written, shape (pairs, 6): ``BEFORE``.

    """
    speeds = np.zeros(_SPEED_BINS, np.int64)
    known = np.zeros((2, 3))
    rate = np.empty(3)
    kept = np.empty((min(200000, len(place)), 5, 3), np.float32)
    p = 0
    while p < len(pairs):
        c, q = pairs[p, 0], p
        while q < len(pairs) and pairs[q, 0] == c:
            q += 1
        mine = slice(own_rows[p, 0], own_rows[p, 1])
        leave_out(field.sums, NOMINAL_PER_H, field.usual_blind, field.level, place[mine], own[mine],
                  field.rates, field.blind, kept)  # fmt: skip
        # A transponder at rest may send at another interval than its peers: two memories.
        known[:] = 0.0
        own_hours = 0.0
        speeds[:] = 0
        first = p
        for k in range(starts[c] + 1, starts[c + 1]):
            i, j = order[k - 1], order[k]
            silent_h = (at_us[j] - at_us[i]) / _HOUR_US
            if sog[i] < 30.0:
                speeds[int(sog[i] * 2.0)] += 1
            if p < q and pairs[p, 1] == k - 1:
                out[p, :3] = known[1 if sog[i] > SLOW_KN else 0]
                out[p, 5] = _satellite_before(order, starts[c], k - 1, at_us, receiver)
                p += 1
                continue
            own_hours += silent_h
            if p == q:
                continue
            speed = sog[i]
            if math.isnan(speed) and silent_h > 0.0:
                speed = apart_nm(lon[i], lat[i], lon[j], lat[j]) / silent_h
            band = band_of(transponder[i], status[i], speed)
            middle_us = (at_us[i] + at_us[j]) / 2.0
            if heard_rate(field, lon[i], lat[i], middle_us, transponder[i], band, rate) < 0:
                continue
            fade = 0.5 ** (silent_h / HALF_LIFE_H)
            state = 1 if speed > SLOW_KN else 0
            known *= fade
            known[state, 0] += 1.0
            known[state, 1] += (rate[0] + rate[1] + rate[2]) * silent_h
            known[state, 2] += silent_h
        top_kn = _top(speeds)
        for r in range(first, q):
            out[r, 3], out[r, 4] = top_kn, own_hours
        put_back(place[mine], field.rates, field.blind, kept)
        p = q


@compiled
def peers_at(  # a kernel
    cells: Places,
    sums: Floats,
    place: Places,
    own: Floats,
    own_rows: Indices,
    lon: Floats,
    lat: Floats,
    kinds: Codes,
    out: Indices,
) -> None:
    """Other transponders of the class in the cell of each position, into ``out``."""
    for g in range(len(lon)):
        at = cells[cell_of(lon[g], lat[g])]
        if at < 0:
            continue
        number = sums[at, kinds[g], POOLED, 4]
        for row in range(own_rows[g, 0], own_rows[g, 1]):
            if place[row, 0] == at and place[row, 1] == kinds[g] and place[row, 2] == POOLED:
                number -= own[row, 4]
        out[g] = round(number)


@compiled
def _top(speeds: Indices) -> float:
    """99th percentile of the speeds over ground, knots, from half-knot bins; NaN for under 20."""
    total = speeds.sum()
    if total < 20:
        return np.nan
    passed = 0
    for b in range(len(speeds)):
        passed += speeds[b]
        if passed >= 0.99 * total:
            return (b + 1) / 2.0
    return np.nan


@compiled
def _satellite_before(order: Indices, first: int, k: int, at_us: Indices, receiver: Codes) -> float:
    """Satellite reports in the 12 hours up to report ``k``."""
    found = 0.0
    end = at_us[order[k]]
    while k >= first and end - at_us[order[k]] <= 12 * _HOUR_US:
        if receiver[order[k]] == 2:  # SATELLITE
            found += 1.0
        k -= 1
    return found


@compiled
def weigh(  # one walk over arrays, no objects
    field: Field,
    ends: Floats,
    from_us: Indices,
    kinds: Indices,
    ways: Floats,
    dry: Floats,
    before: Floats,
    own_rows: Indices,
    place: Places,
    own: Floats,
    out: Floats,
) -> None:
    """Probability of each silence under "on, and not heard", over ways.

    Args:
        field: the reception.
        ends: shape (G, 10), see ``prism.sample_ways``.
        from_us: when each gap begins.
        kinds: shape (G, 2): class, and navigation status at the first end.
        ways: shape (G, J, WAY).
        dry: shape (G, J): weight of each way, 0 where it crosses land.
        before: shape (G, 6): ``BEFORE``.
        own_rows: shape (G, 2).
        place: ``Peers.place``.
        own: ``Peers.own``.
        out: written, shape (G, 9): ``JUDGED``, all but the last.

    """
    kept = np.empty((min(200000, len(place)), 5, 3), np.float32)
    found = np.empty(5)
    last = -1
    for g in range(len(ends)):
        mine = slice(own_rows[g, 0], own_rows[g, 1])
        owner = own_rows[g, 0] * _MANY + own_rows[g, 1]
        if owner != last:
            leave_out(field.sums, NOMINAL_PER_H, field.usual_blind, field.level, place[mine],
                      own[mine], field.rates, field.blind, kept)  # fmt: skip
            last = owner
        quality, k_ship = _quality(field, before[g, 0], before[g, 1], before[g, 2])
        total, p, expected, judged, satellite, out_of = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        least = np.inf
        for j in range(ways.shape[1]):
            weight = dry[g, j]
            if weight <= 0.0:
                continue
            _along(field, ends[g], from_us[g], kinds[g, 0], kinds[g, 1], ways[g, j], found)
            mu = quality * found[0]
            k = 1.0 / (found[1] + 1.0 / k_ship)
            gamma = (1.0 + mu / k) ** (-k)
            p += weight * (found[2] + (1.0 - found[2]) * gamma)
            expected += weight * mu
            judged += weight * found[3]
            satellite += weight * quality * found[4]
            out_of += weight * (mu < _TELLING)
            least = min(least, mu)
            total += weight
            if j == ENOUGH_WAYS - 1 and p > PLAIN * ways.shape[1]:
                break
        out[g, 0], out[g, 1] = expected / total, p / total
        out[g, 2] = judged / total
        out[g, 3] = satellite / expected if expected > 0.0 else 0.0
        out[g, 4], out[g, 5], out[g, 6], out[g, 7] = quality, least, out_of / total, total
        if g + 1 == len(ends) or own_rows[g + 1, 0] * _MANY + own_rows[g + 1, 1] != owner:
            put_back(place[mine], field.rates, field.blind, kept)
            last = -1


@compiled
def _quality(field: Field, heard: float, due: float, hours: float) -> tuple[float, float]:
    """How well a ship is heard beside peers, shrunk to 1, and the shape of what is left open."""
    if due < _DUE:
        return 1.0, field.k_between
    known = field.k_within[0] * hours / INDEPENDENT_H
    shape = known + field.k_between
    return min((known * heard / due + field.k_between) / shape, BEST_QUALITY), shape


@compiled
def _along(
    field: Field, end: Floats, from_us: int, kind: int, status: int, way: Floats, out: Floats
) -> None:
    """What peers promise along a way.

    Into ``out``: messages due, 1/k of their scatter, least share of blind passages of the cells,
    share of the time that could be judged, and messages due by satellite.
    """
    step, rate = np.empty(5), np.empty(3)
    due, scatter, blind, judged_h, satellite = 0.0, 0.0, 2.0, 0.0, 0.0
    patchy = 0.0
    here, here_due, lasted = -1, 0.0, 0.0
    for s in range(STEPS):
        step_of(end, way, s, step)
        if step[3] <= 0.0:
            continue
        lasted += step[3]
        moored = status if way[4] == 1.0 else 1
        band = band_of(kind, moored if step[4] == 0.0 else 0, step[4])
        at_us = from_us + step[2] * _HOUR_US
        place = heard_rate(field, step[0], step[1], at_us, kind, band, rate)
        if place != here:
            here, here_due = place, 0.0
        if place < 0:
            continue
        judged_h += step[3]
        mu = (rate[0] + rate[1] + rate[2]) * step[3]
        due += mu
        here_due += mu
        satellite += rate[2] * step[3]
        scatter += mu / field.k_within[field.level[place, kind]]
        patchy += mu * field.blind[place, kind]
        if here_due >= _TELLING:
            blind = min(blind, field.blind[place, kind])
    out[0] = due
    out[1] = scatter / due if due > 0.0 else 1.0
    if blind > 1.0 and due > 0.0:
        blind = patchy / due
    # Where she lay she was heard: no silent part of the cell explains a stay.
    out[2] = 0.0 if way[4] == 1.0 or due <= 0.0 else blind
    out[3] = judged_h / lasted if lasted > 0.0 else 0.0
    out[4] = satellite
