"""What several ships show together is interference before it is deceit."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from quaywatch.ais.integrity import battery, measure
from quaywatch.ais.segments import segment
from quaywatch.ais.track import Tracks

Sea = Callable[..., Tracks]


def jammed(track: Tracks, lon: float, lat: float, *, first: float = 1 / 3) -> Tracks:
    """Some middle hours of a track at one place."""
    n = len(track)
    inside = (np.arange(n) > n * first) & (np.arange(n) < n * (first + 1 / 6))
    noise = 1e-5 * np.random.default_rng(0).standard_normal(n)
    return replace(
        track,
        lon=np.where(inside, lon + noise, track.lon),
        lat=np.where(inside, lat + noise, track.lat),
        sog_kn=np.where(inside, np.float32(0.1), track.sog_kn).astype(np.float32),
    )


def test_ships_that_jump_together_are_not_blamed(one_ship: Sea, all_of: Sea) -> None:
    """Receivers near a jammer all show the same airport; their masters did nothing."""
    calm = [one_ship(100 + i, lon=5.0 + 0.5 * i) for i in range(120)]
    hit = [jammed(one_ship(10 + i, lon=5.0 + 0.3 * i, seed=5), 7.5, 43.0) for i in range(4)]
    tracks = all_of([*hit, *calm])

    events = battery(measure(tracks, segment(tracks)))

    shared = events.filter(pl.col("test") == "shared-jump")
    assert set(shared["mmsi"]) == {10, 11, 12, 13}
    assert shared["statistic"].max() == 4
    said = "4 vessels jumped together: interference more likely than deceit."
    assert said in shared["detail"][0]
    jumps = events.filter((pl.col("test") == "jump") & (pl.col("verdict") == "tell"))
    assert jumps.is_empty()


def test_a_ship_that_jumps_alone_is_told(one_ship: Sea, all_of: Sea) -> None:
    """The rule for interference must not hide the one ship that moved her own position."""
    calm = [one_ship(100 + i, lon=5.0 + 0.5 * i) for i in range(120)]
    tracks = all_of([jammed(one_ship(10, lon=5.0, seed=5), 7.5, 43.0), *calm])

    events = battery(measure(tracks, segment(tracks)))

    jumps = events.filter((pl.col("test") == "jump") & (pl.col("verdict") == "tell"))
    assert set(jumps["mmsi"]) == {10}


@pytest.mark.parametrize(("lon", "told"), [(7.5, set[int]()), (20.0, {20})])
def test_one_thrown_off_alone_near_where_others_were_is_excused(
    one_ship: Sea, all_of: Sea, lon: float, told: set[int]
) -> None:
    """Interference comes and goes: who is heard at another minute is its victim all the same."""
    calm = [one_ship(100 + i, lon=5.0 + 0.5 * i) for i in range(120)]
    hit = [jammed(one_ship(10 + i, lon=5.0 + 0.3 * i, seed=5), 7.5, 43.0) for i in range(4)]
    late = jammed(one_ship(20, lon=6.5, seed=8), lon, 43.0, first=0.6)
    tracks = all_of([*hit, late, *calm])

    events = battery(measure(tracks, segment(tracks)))

    jumps = events.filter((pl.col("test") == "jump") & (pl.col("verdict") == "tell"))
    assert set(jumps["mmsi"]) == told


def test_one_circle_of_several_ships_is_interference(put: Sea, one_ship: Sea, all_of: Sea) -> None:
    """Circles over a port are the mark of manipulated navigation signals, not of ships."""
    seconds = np.arange(0.0, 7200.0, 20.0)
    circling = []
    for i in range(3):
        turn = seconds / 60.0 + i
        course, speed = np.degrees(turn) + 90, np.full(len(seconds), 19.4)
        east, north = 600 * np.sin(turn), 600 * np.cos(turn)
        made = put(
            seconds, east, north, mmsi=10 + i, lon=5.0, lat=40.0, sog_kn=speed, cog_deg=course
        )
        circling.append(made)
    tracks = all_of([*circling, *[one_ship(100 + i) for i in range(20)]])

    measured = measure(tracks, segment(tracks))
    events = battery(measured)

    assert set(measured.circles["mmsi"]) == {10, 11, 12}
    assert np.allclose(measured.circles["radius_m"], 600, rtol=0.02)
    shared = events.filter(pl.col("test") == "shared-circle")
    assert set(shared["mmsi"]) == {10, 11, 12}
    told = events.filter((pl.col("verdict") == "tell") & (pl.col("test") == "circle"))
    assert told.is_empty()
