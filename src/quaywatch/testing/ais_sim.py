"""What the simulated ships' transponders say: position and static reports with honest noise.

A true transmission samples the hull's motion at irregular times with receiver noise. A ghost
transmission samples a fiction: sparse, evenly spaced, without noise, heading equal to course.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from quaywatch.testing.fleet import HOUR_S, Hull
from quaywatch.testing.itinerary import Itinerary, Phase
from quaywatch.testing.nmea_writer import Positions, Static
from quaywatch.testing.sealanes import FloatArray, offset
from quaywatch.testing.story import GHOST_STEP_S, Transmission

MOVING_STEP_S: Final = 600.0
"""Mean spacing of received reports under way: a thinned feed, not the transmission rate."""
LYING_STEP_S: Final = 2.0 * HOUR_S
STATIC_STEP_S: Final = 8.0 * HOUR_S
GPS_M: Final = 3.0
ANTENNA_SHARE: Final = 0.35
"""The antenna stands on the bridge, this share of the length aft of the middle."""


def positions(sends: Iterable[Transmission], rng: np.random.Generator) -> Positions:
    """Every position report, in time order."""
    parts = []
    for send in sends:
        own = rng.spawn(1)[0]
        at_s = _ghost_times(send) if send.style == "ghost" else _heard_times(send, own)
        if len(at_s):
            parts.append(_report(send, at_s, own))
    table = Positions.concat(parts)
    return table.select(np.lexsort((table.mmsi, table.at_s)))


def statics(sends: Iterable[Transmission], rng: np.random.Generator) -> list[Static]:
    """Every static report, in time order, with the destination declared at that time."""
    reports: list[Static] = []
    for send in sends:
        own = rng.spawn(1)[0]
        step = STATIC_STEP_S * (3.0 if send.style == "ghost" else 1.0)
        at = send.start_s + float(own.uniform(0, 600))
        while at < send.end_s:
            reports.append(_static(send, at))
            at += step * float(own.uniform(0.8, 1.2))
    return sorted(reports, key=lambda r: (r.at_s, r.mmsi))


def _heard_times(send: Transmission, rng: np.random.Generator) -> FloatArray:
    """Irregular reports, denser under way; both ends of the window are heard."""
    times: list[FloatArray] = [np.array([send.start_s, *send.extra_s])]
    for phase in send.itinerary.phases:
        start, end = max(phase.start_s, send.start_s), min(phase.end_s, send.end_s)
        if end <= start:
            continue
        mean = MOVING_STEP_S if phase.kind == "sail" else LYING_STEP_S
        count = int((end - start) / mean * 1.6) + 8
        steps = mean * (0.4 + 0.6 * rng.exponential(1.0, count))
        at = start + np.cumsum(steps)
        times.append(at[at < end])
    times.append(np.array([send.end_s - 1.0]))
    return np.unique(np.floor(np.concatenate(times)))


def _ghost_times(send: Transmission) -> FloatArray:
    """Evenly spaced reports, and those that are certain."""
    regular = np.arange(send.start_s, send.end_s - GHOST_STEP_S / 2, GHOST_STEP_S)
    certain = np.array(send.extra_s)
    apart = np.abs(regular[:, None] - certain[None, :]).min(axis=1) > HOUR_S
    return np.unique(np.floor(np.concatenate([regular[apart], certain])))


def _report(send: Transmission, at_s: FloatArray, rng: np.random.Generator) -> Positions:
    state = send.itinerary.state(at_s)
    count = len(at_s)
    lying = np.array([p.kind != "sail" for p in send.itinerary.phases])[state.phase.astype(np.intp)]
    berthed = np.array([p.kind == "berth" for p in send.itinerary.phases])[
        state.phase.astype(np.intp)
    ]
    status = np.where(berthed, 5, np.where(lying, 1, 0))
    if send.style == "ghost":
        lonlat, sog, cog = state.lonlat, state.sog_kn, state.cog_deg
        heading, rot = np.round(cog), np.zeros(count)
    else:
        aft = -ANTENNA_SHARE * send.hull.length_m
        turn = np.radians(state.heading_deg)
        noise = GPS_M * rng.standard_normal((2, count))
        lonlat = offset(state.lonlat, aft * np.sin(turn) + noise[0], aft * np.cos(turn) + noise[1])
        jitter = 0.08 * rng.standard_normal(count)
        sog = np.abs(np.where(lying, 0.0, state.sog_kn) + jitter)
        any_way = rng.uniform(0, 360, count)
        cog = np.where(lying, any_way, state.cog_deg + 0.8 * rng.standard_normal(count)) % 360
        heading = (state.heading_deg + 1.5 * rng.standard_normal(count)) % 360
        rot = np.where(lying, 0.0, np.round(2.0 * rng.standard_normal(count), 1))
    return Positions(
        at_s=at_s,
        mmsi=np.full(count, send.mmsi, np.int64),
        lon=lonlat[:, 0],
        lat=lonlat[:, 1],
        sog_kn=np.where(lying & (send.style == "ghost"), 0.0, sog),
        cog_deg=np.where(lying & (send.style == "ghost"), 20.0, cog),
        heading_deg=np.where(lying & (send.style == "ghost"), 20.0, heading),
        rot_deg_min=rot,
        nav_status=status.astype(np.int64),
    )


def _static(send: Transmission, at_s: float) -> Static:
    hull = send.hull
    phase = _phase_at(send.itinerary, at_s)
    bow = round((0.5 + ANTENNA_SHARE) * hull.length_m)
    eta = np.datetime64(int(phase.end_s), "s").item()
    return Static(
        at_s=float(int(at_s)),
        mmsi=send.mmsi,
        imo=hull.imo or 0,
        callsign=hull.callsign,
        name=hull.name,
        ship_type=hull.ship_type,
        to_bow_m=bow,
        to_stern_m=round(hull.length_m) - bow,
        to_port_m=int(hull.beam_m / 2),
        to_starboard_m=round(hull.beam_m) - int(hull.beam_m / 2),
        draught_m=draught_of(hull, send.itinerary, at_s),
        destination=declared(phase),
        eta=(eta.month, eta.day, eta.hour, eta.minute) if phase.kind == "sail" else (0, 0, 24, 60),
    )


def declared(phase: Phase) -> str:
    """The destination a ship declares: what it says, or truly where it goes."""
    return (phase.declared or phase.place).replace("_", " ").upper()[:20]


def draught_of(hull: Hull, itinerary: Itinerary, at_s: float) -> float:
    """Hand-entered draught: laden on every other leg, whatever truly happened."""
    number = int(itinerary.phase_index(np.array([at_s]))[0])
    return round(hull.draught_m * (1.0 if number % 4 < 2 else 0.68), 1)


def _phase_at(itinerary: Itinerary, at_s: float) -> Phase:
    return itinerary.phases[int(itinerary.phase_index(np.array([at_s]))[0])]
