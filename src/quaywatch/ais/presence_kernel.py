"""Where ships were while they were heard, and while they were not: the exposure of reception.

A ship's time in a cell is known only while she is heard there, so a rate over heard time alone
would say how well ships are heard *when they are heard*, and cells at the edge of coverage would
look as good as its middle. Three kinds of time are therefore counted:

1. *heard*: between consecutive reports up to ``CAP_H`` apart, along the line between;
2. *crossed in silence*: longer intervals, up to ``CROSSING_H``, whose ends say where she was: she
   lay still at both, or the distance made good is what her speed at the ends would give;
3. *sailed on*: after any other last report, and before any other first one, she is carried on
   along her course at her speed for ``CARRIED_H`` at most, never past half the silence.

What is left out is time of which nothing is known. A ship that switches off lowers the rate of
her peers' cells: that is the safe direction.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.bins import NM_PER_DEG, SLOT_US, apart_nm, band_of, cell_of, east_of
from quaywatch.ais.compiled import compiled
from quaywatch.ais.track import Codes, Floats, Indices, Singles

CAP_H: Final = 1.0
CROSSING_H: Final = 12.0
CARRIED_H: Final = 3.0
CARRIED_REPORTS: Final = 10
CARRIED_US: Final = 1_800_000_000
STEP_H: Final = 0.25
STILL_NM: Final = 1.0
UNDER_WAY_KN: Final = 3.0
LIKE: Final = (0.6, 1.5)
"""Speed made good over speed at the ends, between which a silence was sailed straight."""
_HOUR_US: Final = 3.6e9


@compiled
def presence_runs(  # noqa: C901  # one pass over arrays, no objects
    order: Indices,
    starts: Indices,
    vessel: Indices,
    at_us: Indices,
    lon: Floats,
    lat: Floats,
    sog: Singles,
    cog: Singles,
    status: Codes,
    transponder: Codes,
    receiver: Codes,
    data_ends: tuple[int, int],
    where: NDArray[np.int32],
    heard: NDArray[np.int32],
    hours: NDArray[np.float32],
) -> int:
    """Write runs of presence; the number written, or -1 where the arrays are too short.

    Args:
        order: ``Chains.order``.
        starts: ``Chains.starts``.
        vessel: ``Chains.vessel``.
        at_us: column of ``Tracks``, like the seven that follow.
        lon: degrees.
        lat: degrees.
        sog: knots.
        cog: degrees.
        status: navigation status.
        transponder: class.
        receiver: kind of receiver.
        data_ends: first and last moment of the data, beyond which nobody is carried.
        where: written, shape (capacity, 5): transponder, cell, slot, class, band.
        heard: written, shape (capacity, 3): messages by receiver kind.
        hours: written, shape (capacity,): hours present.

    """
    last = -1
    room = len(hours)
    cell_j, slot_j = 0, 0
    for c in range(len(vessel)):
        v = vessel[c]
        # A few stray reports, or a garbled number, are no ship that sails on.
        born, gone = at_us[order[starts[c]]], at_us[order[starts[c + 1] - 1]]
        known = starts[c + 1] - starts[c] >= CARRIED_REPORTS and gone - born >= CARRIED_US
        for k in range(starts[c], starts[c + 1]):
            i = order[k]
            first, final = k == starts[c], k + 1 == starts[c + 1]
            j = i if final else order[k + 1]
            kind = transponder[i]
            if room - last < 120:
                return -1
            if first:
                band = band_of(kind, status[i], sog[i])
                cell_j, slot_j = cell_of(lon[i], lat[i]), at_us[i] // SLOT_US
                last = _add(where, heard, hours, last, v, cell_j, slot_j, kind, band, 0.0)
                heard[last, receiver[i]] += 1
                span = (at_us[i] - data_ends[0]) / _HOUR_US
                on_h = min(span, CARRIED_H) * known
                last = _carry(where, heard, hours, last, v, kind, status[i], lon[i], lat[i],
                              sog[i], cog[i], at_us[i], on_h, -1.0)  # fmt: skip
            if final:
                span = (data_ends[1] - at_us[i]) / _HOUR_US
                on_h = min(span, CARRIED_H) * known
                last = _carry(where, heard, hours, last, v, kind, status[i], lon[i], lat[i],
                              sog[i], cog[i], at_us[i], on_h, 1.0)  # fmt: skip
                continue
            silent_h = (at_us[j] - at_us[i]) / _HOUR_US
            speed = float(sog[i])
            if math.isnan(speed) and silent_h > 0.0:
                speed = apart_nm(lon[i], lat[i], lon[j], lat[j]) / silent_h
            band = band_of(kind, status[i], speed)
            cell_i, slot_i = cell_j, slot_j
            cell_j, slot_j = cell_of(lon[j], lat[j]), at_us[j] // SLOT_US
            if silent_h <= CAP_H and slot_j - slot_i <= 1:
                if cell_i == cell_j and slot_i == slot_j:
                    last = _add(where, heard, hours, last, v, cell_i, slot_i, kind, band, silent_h)
                else:
                    half = silent_h / 2.0
                    last = _add(where, heard, hours, last, v, cell_i, slot_i, kind, band, half)
                    last = _add(where, heard, hours, last, v, cell_j, slot_j, kind, band, half)
            elif silent_h <= CAP_H or _crossed(
                lon[i], lat[i], lon[j], lat[j], sog[i], sog[j], silent_h
            ):
                if silent_h > CAP_H:
                    made_kn = apart_nm(lon[i], lat[i], lon[j], lat[j]) / silent_h
                    band = band_of(kind, status[i], made_kn)
                last = _line(where, heard, hours, last, v, kind, band, lon[i], lat[i],
                             lon[j], lat[j], at_us[i], silent_h)  # fmt: skip
            else:
                on_h = min(silent_h / 2.0, CARRIED_H)
                last = _carry(where, heard, hours, last, v, kind, status[i], lon[i], lat[i],
                              sog[i], cog[i], at_us[i], on_h, 1.0)  # fmt: skip
                last = _carry(where, heard, hours, last, v, kind, status[j], lon[j], lat[j],
                              sog[j], cog[j], at_us[j], on_h, -1.0)  # fmt: skip
            last = _add(where, heard, hours, last, v, cell_j, slot_j, kind, band, 0.0)
            heard[last, receiver[j]] += 1
    return last + 1


@compiled
def _crossed(
    lon1: float, lat1: float, lon2: float, lat2: float, sog1: float, sog2: float, silent_h: float
) -> bool:
    if silent_h > CROSSING_H:
        return False
    nm = apart_nm(lon1, lat1, lon2, lat2)
    if math.isnan(sog1) or math.isnan(sog2):
        return False
    if sog1 < UNDER_WAY_KN and sog2 < UNDER_WAY_KN:
        return nm < STILL_NM
    usual = (sog1 + sog2) / 2.0
    return LIKE[0] * usual <= nm / silent_h <= LIKE[1] * usual


@compiled
def _add(  # a kernel
    where: NDArray[np.int32],
    heard: NDArray[np.int32],
    hours: NDArray[np.float32],
    last: int,
    vessel: int,
    cell: int,
    slot: int,
    kind: int,
    band: int,
    present_h: float,
) -> int:
    """Add time to the run at ``last``, or to a new one where anything differs."""
    if (
        last < 0
        or where[last, 1] != cell
        or where[last, 2] != slot
        or where[last, 4] != band
        or where[last, 3] != kind
        or where[last, 0] != vessel
    ):
        last += 1
        where[last, 0] = vessel
        where[last, 1] = cell
        where[last, 2] = slot
        where[last, 3] = kind
        where[last, 4] = band
        heard[last, 0] = heard[last, 1] = heard[last, 2] = 0
        hours[last] = 0.0
    hours[last] += present_h
    return last


@compiled
def _line(  # a kernel
    where: NDArray[np.int32],
    heard: NDArray[np.int32],
    hours: NDArray[np.float32],
    last: int,
    vessel: int,
    kind: int,
    band: int,
    lon1: float,
    lat1: float,
    lon2: float,
    lat2: float,
    from_us: int,
    silent_h: float,
) -> int:
    steps = max(math.ceil(silent_h / STEP_H), 1)
    part_h = silent_h / steps
    east, north = east_of(lon1, lon2), lat2 - lat1
    for s in range(steps):
        share = (s + 0.5) / steps
        slot = int(from_us + share * silent_h * _HOUR_US) // SLOT_US
        cell = cell_of(lon1 + share * east, lat1 + share * north)
        last = _add(where, heard, hours, last, vessel, cell, slot, kind, band, part_h)
    return last


@compiled
def _carry(  # a kernel
    where: NDArray[np.int32],
    heard: NDArray[np.int32],
    hours: NDArray[np.float32],
    last: int,
    vessel: int,
    kind: int,
    status: int,
    lon: float,
    lat: float,
    sog: float,
    cog: float,
    at_us: int,
    on_h: float,
    sense: float,
) -> int:
    """Carry a ship under way on (``sense`` 1) or back (-1) at her speed along her course."""
    if not (sog >= UNDER_WAY_KN) or math.isnan(cog) or on_h <= 0.0:
        return last
    nm = sense * sog * on_h
    lat2 = min(max(lat + nm * math.cos(math.radians(cog)) / NM_PER_DEG, -89.9), 89.9)
    narrow = max(math.cos(math.radians((lat + lat2) / 2.0)), 0.01)
    lon2 = lon + nm * math.sin(math.radians(cog)) / NM_PER_DEG / narrow
    band = band_of(kind, status, sog)
    steps = max(math.ceil(on_h / STEP_H), 1)
    for s in range(steps):
        share = (s + 0.5) / steps
        slot = int(at_us + sense * share * on_h * _HOUR_US) // SLOT_US
        cell = cell_of(lon + share * (lon2 - lon), lat + share * (lat2 - lat))
        last = _add(where, heard, hours, last, vessel, cell, slot, kind, band, on_h / steps)
    return last
