"""Tracks of ships that are not there, written by a naive and by a careful simulator."""

from typing import Final

import numpy as np
import polars as pl

from quaywatch.ais.track import NO_STATUS
from quaywatch.testing.injections.clock import FeedClock, correlated
from quaywatch.testing.injections.plant import (
    KNOT_M_S,
    TRIES,
    Floats,
    Indices,
    Injected,
    OnWater,
    Reports,
    injected,
    no_water,
    placed,
    refuse_land,
    sailed,
    written,
)

BIN_S: Final = 900
"""Hearing is taken from the honest track by quarters of an hour."""
WANDER_M_S: Final = 0.09
"""Spread of velocity about its mean. With ``GNSS_M`` set so that the second differences of the
careful simulator lie in the middle of those of recorded ships: whoever listens can do as much."""
WANDER_S: Final = 300.0
GNSS_M: Final = 2.0
GNSS_S: Final = 60.0
EXACT: Final = FeedClock()


def interval_s(speed_kn: Floats, *, class_b: bool) -> Floats:
    """Reporting interval at a speed (ITU-R M.1371-5, tables 1 and 2), not anchored, not turning.

    Examples:
        >>> interval_s(np.array([1.0, 10.0, 18.0, 30.0]), class_b=False).tolist()
        [10.0, 10.0, 6.0, 2.0]

    """
    if class_b:
        return np.where(speed_kn <= 2, 180.0, 30.0)
    return np.select([speed_kn <= 14, speed_kn <= 23], [10.0, 6.0], 2.0)


def straight_simulator(
    track: pl.DataFrame,
    rng: np.random.Generator,
    *,
    speed_kn: tuple[float, float] = (7.0, 15.0),
    jitter_m: float = 0.5,
    clock: FeedClock = EXACT,
    on_water: OnWater | None = None,
) -> Injected:
    """The whole track replaced by a ship at constant speed on a straight line.

    Fields as a naive simulator fills them: SOG and COG constant, heading = COG rounded, under way
    using engine, message 1. Heard as the honest vessel was heard.

    Args:
        track: one honest vessel; columns of ``POSITIONS``, sorted by ``at``. It lends its start,
            its times and how well it was heard.
        rng: speed, course, jitter.
        speed_kn: least and largest.
        jitter_m: standard deviation of the position noise, each way, white.
        clock: error of the feed's times, which falsified reports suffer as true ones do.
        on_water: where given, the line lies at sea.

    Raises:
        InjectionError: the track is too short, or there is no water.

    """
    for _ in range(TRIES):
        pace, course = float(rng.uniform(*speed_kn)), float(rng.uniform(0, 360))
        at_us = heard_times(track, rng, pace)
        count = len(at_us)
        run_m = pace * KNOT_M_S * clock.sent_s(at_us, rng)
        noise = jitter_m * rng.standard_normal((2, count))
        east, north = np.sin(np.radians(course)), np.cos(np.radians(course))
        lon, lat = sailed(*_start(track), run_m * east + noise[0], run_m * north + noise[1])
        if np.abs(lat).max() < 85 and not refuse_land(lon, lat, on_water):
            steady = Reports(
                at_us, lon, lat, np.full(count, pace), np.full(count, course),
                np.full(count, round(course, 1)), np.zeros(count, np.uint8),
                np.ones(count, np.uint8),
            )  # fmt: skip
            return _instead(track, steady, attack="straight", speed_kn=pace, jitter_m=jitter_m)
    raise no_water("straight")


def ou_simulator(
    track: pl.DataFrame,
    rng: np.random.Generator,
    *,
    speed_kn: tuple[float, float] = (7.0, 15.0),
    clock: FeedClock = EXACT,
    on_water: OnWater | None = None,
) -> Injected:
    """The whole track replaced by a careful simulator's: what we do not expect to find.

    Ornstein-Uhlenbeck velocity about legs with turns, correlated GNSS noise, noisy SOG and COG, a
    heading with leeway, message types in the honest vessel's proportions.

    Args and errors as in ``straight_simulator``.

    Source:
        Motion model: d'Afflisio et al. (2018), doi:10.23919/ICIF.2018.8455391.

    """
    for _ in range(TRIES):
        pace = float(rng.uniform(*speed_kn))
        at_us = heard_times(track, rng, pace)
        at_s = clock.sent_s(at_us, rng)
        course = _legs(at_s, rng)
        wander = WANDER_M_S * correlated(at_s, WANDER_S, rng)
        east_m_s = pace * KNOT_M_S * np.sin(np.radians(course)) + wander[0]
        north_m_s = pace * KNOT_M_S * np.cos(np.radians(course)) + wander[1]
        steps = np.diff(at_s, prepend=0.0)
        noise = GNSS_M * correlated(at_s, GNSS_S, rng)
        east, north = np.cumsum(east_m_s * steps), np.cumsum(north_m_s * steps)
        lon, lat = sailed(*_start(track), east + noise[0], north + noise[1])
        if np.abs(lat).max() < 85 and not refuse_land(lon, lat, on_water):
            said = _careful(track, rng, at_us, (lon, lat), (east_m_s, north_m_s))
            return _instead(track, said, attack="ou", speed_kn=pace)
    raise no_water("ou")


def _careful(
    track: pl.DataFrame,
    rng: np.random.Generator,
    at_us: Indices,
    where: tuple[Floats, Floats],
    velocity: tuple[Floats, Floats],
) -> Reports:
    """Fields with the noise that true ones have."""
    count = len(at_us)
    speed = np.hypot(*velocity) / KNOT_M_S
    course = np.degrees(np.arctan2(*velocity))
    leeway = 2.0 * correlated((at_us - at_us[0]) / 1e6, 1800.0, rng)[0]
    said = track.filter(pl.col("sog_kn") > 3.0)
    kinds = (said if said.height else track)["msg_type"].to_numpy()
    kinds = kinds[kinds != 27] if (kinds != 27).any() else kinds
    status = (said if said.height else track)["nav_status"].fill_null(NO_STATUS).mode()
    return Reports(
        at_us,
        *where,
        np.abs(speed + 0.06 * rng.standard_normal(count)),
        course + 0.5 * rng.standard_normal(count),
        course + leeway + 0.5 * rng.standard_normal(count),
        np.full(count, int(status.min()), np.uint8),  # type: ignore[arg-type]  # codes are numbers
        rng.choice(kinds, count).astype(np.uint8),
    )


def heard_times(track: pl.DataFrame, rng: np.random.Generator, speed_kn: float) -> Indices:
    """Times at which a ship at this speed would have been heard where ``track`` was.

    Times wander by half an interval, as slots, latency and the feed's clock together make them;
    each report is heard with the share of the honest vessel's own due reports that arrived in that
    quarter of an hour. Both ends of the track are heard.

    Raises:
        InjectionError: the track has fewer than twelve positions.

    """
    track = track[placed(track)]
    at_us = track["at"].dt.epoch("us").to_numpy()
    class_b = bool((track["transponder"] == "B").any())
    own = interval_s(track["sog_kn"].fill_null(0.0).to_numpy().astype(np.float64), class_b=class_b)
    at_anchor = track["nav_status"].is_in([1, 5]).fill_null(value=False).to_numpy()
    own[at_anchor & (track["sog_kn"].fill_null(0.0).to_numpy() <= 3)] = 180.0
    slot = (at_us - at_us[0]) // (BIN_S * 1_000_000)
    heard = np.bincount(slot, weights=own) / BIN_S
    step = float(interval_s(np.array([speed_kn]), class_b=class_b)[0])
    due_s = np.arange(0.0, (at_us[-1] - at_us[0]) / 1e6, step)
    due_s += step * rng.uniform(-0.5, 0.5, len(due_s))
    bins = np.clip((due_s // BIN_S).astype(np.int64), 0, len(heard) - 1)
    kept = due_s[rng.uniform(size=len(due_s)) < np.minimum(heard[bins], 1.0)]
    inner = at_us[0] + (np.sort(kept) * 1e6).astype(np.int64)
    inner = inner[(inner > at_us[0]) & (inner < at_us[-1])]
    return np.concatenate(([at_us[0]], inner, [at_us[-1]])).astype(np.int64)


def _start(track: pl.DataFrame) -> tuple[float, float]:
    row = int(placed(track)[0])
    return float(track["lon"][row]), float(track["lat"][row])


def _instead(track: pl.DataFrame, reports: Reports, *, attack: str, **detail: float) -> Injected:
    put = written(track, reports)
    return injected(track, put, np.zeros(track.height, np.bool_), attack=attack, detail=detail)


def _legs(at_s: Floats, rng: np.random.Generator) -> Floats:
    """A course that turns by up to 50 degrees now and then, at no more than 20 degrees a minute."""
    course, turn_at = float(rng.uniform(0, 360)), 0.0
    said = np.full(len(at_s), course)
    while turn_at < at_s[-1]:
        turn_at += float(rng.exponential(5400.0)) + 600.0
        change = float(rng.uniform(-50, 50))
        lasts = abs(change) / 20.0 * 60.0
        said += change * np.clip((at_s - turn_at) / lasts, 0.0, 1.0)
    return said
