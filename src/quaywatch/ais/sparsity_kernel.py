"""Messages heard and due of each ship by windows of some hours, and where a track changes."""

import math
from typing import Final

import numpy as np

from quaywatch.ais.bins import BAND_COUNT, NOMINAL_PER_H, apart_nm, band_of
from quaywatch.ais.compiled import compiled
from quaywatch.ais.gap_kernel import Field, heard_rate
from quaywatch.ais.reception_build import Places
from quaywatch.ais.reception_rates import leave_out, put_back
from quaywatch.ais.track import Codes, Floats, Indices, Singles

_HOUR_US: Final = 3.6e9

WINDOW: Final = ("heard", "due", "scatter", "judged_h", "hours", "blind")
"""Columns of a window: messages, those due from peers, the same over k, hours judged and present,
and the share of blind passages weighted by what was due."""


@compiled
def count_windows(  # one walk over arrays, no objects
    field: Field,
    order: Indices,
    starts: Indices,
    at_us: Indices,
    lon: Floats,
    lat: Floats,
    sog: Singles,
    status: Codes,
    transponder: Codes,
    own_rows: Indices,
    place: Places,
    own: Floats,
    longest_us: int,
    window_us: int,
    least: int,
    where: Indices,
    out: Floats,
) -> int:
    """Count chains of at least ``least`` reports into windows; the number of windows.

    Silences of ``longest_us`` and more are gaps, judged as such, and count nowhere here.

    Args:
        field: the reception; changed and put back.
        order: ``Chains.order``.
        starts: ``Chains.starts``.
        at_us: column of ``Tracks``, like the five that follow.
        lon: degrees.
        lat: degrees.
        sog: knots.
        status: navigation status.
        transponder: class.
        own_rows: shape (chains, 2): her rows of ``place`` and ``own``.
        place: ``Peers.place``.
        own: ``Peers.own``.
        longest_us: from here a silence is a gap.
        window_us: length of a window.
        least: reports that a chain needs.
        where: written, shape (capacity, 3): chain, first and last report (in ``Tracks``).
        out: written, shape (capacity, 6): ``WINDOW``.

    """
    rate = np.empty(3)
    most = 1
    for c in range(len(own_rows)):
        most = max(most, own_rows[c, 1] - own_rows[c, 0])
    kept = np.empty((most, BAND_COUNT + 1, 3), np.float32)
    last = -1
    for c in range(len(starts) - 1):
        if starts[c + 1] - starts[c] < least:
            continue
        mine = slice(own_rows[c, 0], own_rows[c, 1])
        leave_out(field.sums, NOMINAL_PER_H, field.usual_blind, field.level, place[mine],
                  own[mine], field.rates, field.blind, kept)  # fmt: skip
        window = -1
        for k in range(starts[c] + 1, starts[c + 1]):
            i, j = order[k - 1], order[k]
            if at_us[j] - at_us[i] >= longest_us:
                continue
            number = at_us[i] // window_us
            if number != window:
                window = number
                last += 1
                where[last, 0], where[last, 1] = c, i
                out[last] = 0.0
            where[last, 2] = j
            silent_h = (at_us[j] - at_us[i]) / _HOUR_US
            out[last, 4] += silent_h
            speed = sog[i]
            if math.isnan(speed) and silent_h > 0.0:
                speed = apart_nm(lon[i], lat[i], lon[j], lat[j]) / silent_h
            kind = transponder[i]
            middle_us = (at_us[i] + at_us[j]) / 2.0
            band = band_of(kind, status[i], speed)
            cell = heard_rate(field, lon[i], lat[i], middle_us, kind, band, rate)
            if cell < 0:
                continue
            due = (rate[0] + rate[1] + rate[2]) * silent_h
            out[last, 0] += 1.0
            out[last, 1] += due
            out[last, 2] += due / field.k_within[field.level[cell, kind]]
            out[last, 3] += silent_h
            out[last, 5] += due * field.blind[cell, kind]
        put_back(place[mine], field.rates, field.blind, kept)
    return last + 1


@compiled
def find_changes(chain: Indices, windows: Floats, least_due: float, out: Floats) -> int:
    """For each chain the split of its windows at which sparse turns most into regular.

    Args:
        chain: number of the chain of each window.
        windows: shape (W, 6): ``WINDOW``.
        least_due: messages due that each side needs.
        out: written, shape (chains with windows, 8): first, split and end (window numbers), heard
            and due before, heard and due after, and z, the log of the ratio of the two ratios over
            its own scatter; NaN where no split has enough on both sides.

    """
    found, first = 0, 0
    while first < len(chain):
        end = first
        while end < len(chain) and chain[end] == chain[first]:
            end += 1
        row = out[found]
        row[:] = np.nan
        row[0], row[1], row[2] = first, first, end
        total = windows[first:end].sum(axis=0)
        heard, due, scatter = 0.0, 0.0, 0.0
        for split in range(first + 1, end):
            heard += windows[split - 1, 0]
            due += windows[split - 1, 1]
            scatter += windows[split - 1, 2]
            after_heard, after_due = total[0] - heard, total[1] - due
            if due < least_due or after_due < least_due:
                continue
            few, many = split - first, end - split
            variance = 1.0 / max(heard, 0.5) + 1.0 / max(after_heard, 0.5)
            variance += scatter / due / few + (total[2] - scatter) / after_due / many
            ratio = (max(after_heard, 0.5) / after_due) / (max(heard, 0.5) / due)
            z = math.log(ratio) / math.sqrt(variance)
            if math.isnan(row[7]) or z > row[7]:
                row[1], row[3], row[4], row[5], row[6], row[7] = (
                    split, heard, due, after_heard, after_due, z,
                )  # fmt: skip
        found += 1
        first = end
    return found
