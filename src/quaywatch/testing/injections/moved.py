"""Reports that are true but for their place: teleports, offsets, and circling receivers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl

from quaywatch.testing.injections.clock import FeedClock
from quaywatch.testing.injections.plant import (
    EARTH_M,
    KNOT_M_S,
    TRIES,
    Floats,
    Injected,
    OnWater,
    as_sent,
    carried,
    injected,
    no_water,
    placed,
    refuse_land,
    sailed,
    stretch,
    tenths,
)

EXACT: Final = FeedClock()


def teleport(
    track: pl.DataFrame,
    rng: np.random.Generator,
    *,
    distance_nm: tuple[float, float] = (60.0, 400.0),
    share: tuple[float, float] = (0.2, 0.6),
    on_water: OnWater | None = None,
) -> Injected:
    """A stretch of the track carried far away, and back: the motion true, the place false.

    Args:
        track: one honest vessel; columns of ``POSITIONS``, sorted by ``at``.
        rng: which stretch, how far, which way.
        distance_nm: least and largest displacement.
        share: least and largest share of the track's duration.
        on_water: where given, the new place is at sea.

    Raises:
        InjectionError: the track is too short, or there is no water.

    """
    return _displaced(track, rng, distance_nm, share, on_water, attack="teleport")


def offset(
    track: pl.DataFrame,
    rng: np.random.Generator,
    *,
    distance_nm: tuple[float, float] = (2.0, 15.0),
    share: tuple[float, float] = (0.3, 0.8),
    on_water: OnWater | None = None,
) -> Injected:
    """A stretch displaced by a constant few miles, as if to keep out of somebody's waters.

    Args and errors as in ``teleport``; the jump at either end may be small.
    """
    return _displaced(track, rng, distance_nm, share, on_water, attack="offset")


def _displaced(
    track: pl.DataFrame,
    rng: np.random.Generator,
    distance_nm: tuple[float, float],
    share: tuple[float, float],
    on_water: OnWater | None,
    *,
    attack: str,
) -> Injected:
    part = stretch(track, rng, share=share)
    rows = placed(track[part])
    lon, lat = (track[part][name].to_numpy()[rows] for name in ("lon", "lat"))
    for _ in range(TRIES):
        away_nm, way = float(rng.uniform(*distance_nm)), float(rng.uniform(0, 2 * np.pi))
        to_lat = float(lat[0]) + np.degrees(away_nm * 1852 / EARTH_M * np.cos(way))
        narrow = np.cos(np.radians((lat[0] + to_lat) / 2))
        to_lon = float(lon[0]) + np.degrees(away_nm * 1852 / EARTH_M * np.sin(way)) / narrow
        new_lon, new_lat = carried(lon, lat, to_lon, to_lat)
        if np.abs(new_lat).max() < 85 and not refuse_land(new_lon, new_lat, on_water):
            whole = np.arange(track.height)[part][rows]
            return _replaced(track, whole, new_lon, new_lat, attack=attack, distance_nm=away_nm)
    raise no_water(attack)


def _replaced(
    track: pl.DataFrame,
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    lon: Floats,
    lat: Floats,
    *,
    attack: str,
    blame: bool = True,
    course: tuple[Floats, Floats] | None = None,
    **detail: float,
) -> Injected:
    """These rows elsewhere, and with another speed and course where ``course`` gives them."""
    put = track[rows].with_columns(
        lon=pl.Series(as_sent(lon, track["lon"])), lat=pl.Series(as_sent(lat, track["lat"]))
    )
    if course is not None:
        put = put.with_columns(sog_kn=pl.Series(course[0]), cog_deg=pl.Series(course[1]))
    keep = np.ones(track.height, np.bool_)
    keep[rows] = False
    return injected(track, put, keep, attack=attack, blame=blame, detail=detail)


def circle(
    track: pl.DataFrame,
    rng: np.random.Generator,
    *,
    radius_m: tuple[float, float] = (150.0, 1500.0),
    speed_kn: tuple[float, float] = (8.0, 30.0),
    share: tuple[float, float] = (0.2, 0.6),
    clock: FeedClock = EXACT,
) -> Injected:
    """A stretch in which the receiver of one vessel reports circles, her gyro the true heading.

    The centre is where she was. SOG and COG are those of the circle, as recorded cases show.

    Raises:
        InjectionError: the track is too short.

    """
    part = stretch(track, rng, share=share)
    rows = np.arange(track.height)[part][placed(track[part])]
    centre = (float(track["lon"][int(rows[0])]), float(track["lat"][int(rows[0])]))
    return _circling(
        track, rows, rng, centre, float(rng.uniform(*radius_m)), float(rng.uniform(*speed_kn)),
        clock, attack="circle", blame=True,
    )  # fmt: skip


def _circling(
    track: pl.DataFrame,
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    rng: np.random.Generator,
    centre: tuple[float, float],
    radius_m: float,
    speed_kn: float,
    clock: FeedClock,
    *,
    attack: str,
    blame: bool,
) -> Injected:
    sent_s = clock.sent_s(track["at"].dt.epoch("us").to_numpy()[rows], rng)
    turn = float(rng.uniform(0, 2 * np.pi)) + speed_kn * KNOT_M_S / radius_m * sent_s
    noise = 3.0 * rng.standard_normal((2, len(rows)))
    lon, lat = sailed(
        *centre, radius_m * np.sin(turn) + noise[0], radius_m * np.cos(turn) + noise[1]
    )
    sog = tenths(np.abs(speed_kn + 0.15 * rng.standard_normal(len(rows))))
    cog = tenths((np.degrees(turn) + 90 + rng.standard_normal(len(rows))) % 360) % 360
    return _replaced(
        track, rows, lon, lat, attack=attack, blame=blame, course=(sog, cog),
        radius_m=radius_m, speed_kn=speed_kn,
    )  # fmt: skip


def interference(
    tracks: Mapping[int, pl.DataFrame] | Sequence[pl.DataFrame],
    rng: np.random.Generator,
    *,
    start: datetime,
    end: datetime,
    circling: bool = True,
    radius_m: float = 600.0,
    speed_kn: float = 22.0,
    clock: FeedClock = EXACT,
) -> list[Injected]:
    """Several vessels shown at one place at once: GNSS interference, nobody's deceit.

    Args:
        tracks: honest vessels of one neighbourhood, each sorted by ``at``.
        rng: phases and noise.
        start: first moment of the interference.
        end: first moment after it.
        circling: on one circle; else all on one point, as receivers set to an airport show.
        radius_m: of the circle.
        speed_kn: along the circle.
        clock: error of the feed's times.

    Returns:
        One injection for each vessel with a position in that time; ``blame`` is False.

    """
    frames = list(tracks.values()) if isinstance(tracks, Mapping) else list(tracks)
    hit = []
    for frame in frames:
        inside = frame["at"].is_between(start, end, closed="left") & frame["lon"].is_not_null()
        rows = np.flatnonzero(inside.to_numpy())
        if len(rows):
            hit.append((frame, rows))
    if not hit:
        return []
    first, rows = hit[0]
    centre = (float(first["lon"][int(rows[0])]), float(first["lat"][int(rows[0])]))
    size, pace = (radius_m, speed_kn) if circling else (1.0, 0.0)
    return [
        _circling(
            frame, rows, rng, centre, size, pace, clock,
            attack="interference-circle" if circling else "interference-point", blame=False,
        )
        for frame, rows in hit
    ]  # fmt: skip
