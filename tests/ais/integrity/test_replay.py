"""Copies of a track: found whatever number and hour they are sent under, and never invented."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.ais.integrity import measure
from quaywatch.ais.integrity.replay import copies_of, pairs_of, same_manoeuvres
from quaywatch.ais.segments import segment
from quaywatch.ais.track import Tracks

Sea = Callable[..., Tracks]


def copies(tracks: Tracks) -> pl.DataFrame:
    """Pairs of windows that lie on each other."""
    manoeuvres = measure(tracks, segment(tracks)).manoeuvres
    assert manoeuvres is not None
    return copies_of(pairs_of(manoeuvres))


def thinner(track: Tracks, share: float, seed: int) -> Tracks:
    """A random part of the reports."""
    kept = np.flatnonzero(np.random.default_rng(seed).uniform(size=len(track)) < share)
    columns = {name: getattr(track, name)[kept] for name in Tracks.__slots__ if name != "starts"}
    return Tracks(**columns, starts=np.array([0, len(kept)]))


@given(st.integers(7_200, 4_000_000), st.integers(0, 10_000))
@settings(max_examples=15)
def test_a_copy_is_found_with_its_lag(
    one_ship: Sea, all_of: Sea, later: Sea, seconds: int, seed: int
) -> None:
    """Whoever sends an archived track again chooses any hour, and is heard by other receivers."""
    track = one_ship(1, seed=seed)
    again = later(track, seconds=seconds, mmsi=2)

    found = copies(all_of([thinner(track, 0.6, 1), thinner(again, 0.6, 2)]))

    assert set(zip(found["mmsi"], found["other_mmsi"], strict=True)) == {(2, 1)}
    assert np.allclose(found["lag_s"], seconds, atol=90)
    assert (found["across_m"] < 6).all()


def test_a_copy_moved_to_another_sea_is_found_by_its_turns(
    one_ship: Sea, all_of: Sea, later: Sea
) -> None:
    """An offset of the whole track keeps every turn; the lines that it crosses change."""
    track = one_ship(1, seed=5, hours=20)
    moved = later(track, seconds=90_000, east_deg=3.456, mmsi=2)

    found = copies(all_of([track, moved]))

    assert set(found["mmsi"]) == {2}
    assert found["turns"].sum() >= 2


def ferry(put: Sea, mmsi: int, rng: np.random.Generator) -> Tracks:
    """Six crossings of fifteen miles by timetable: each a little early or late, fast or slow."""
    places, times = [], []
    for crossing in range(6):
        hour = 2.0 * crossing + rng.normal(0, 0.02)
        length = 3_600.0 * (1 + rng.normal(0, 0.02))
        share = np.arange(0.0, 1.0, 1 / 180)
        sway = np.cumsum(rng.normal(0, 2.0, 180)) + rng.normal(0, 40.0)
        along = share if crossing % 2 == 0 else 1 - share
        places.append(np.stack((27_000 * along, 3_000 * np.sin(2 * np.pi * along) + sway)))
        times.append(3_600 * hour + length * share)
    east, north = np.concatenate(places, axis=1)
    seconds = np.concatenate(times)
    speed = np.hypot(np.gradient(east, seconds), np.gradient(north, seconds))
    course = np.degrees(np.arctan2(np.gradient(east), np.gradient(north)))
    sog = np.minimum(speed * 3600 / 1852, 20.0)
    return put(seconds, east, north, mmsi=mmsi, lon=5.0, lat=40.0, sog_kn=sog, cog_deg=course)


@given(st.integers(0, 10_000))
@settings(max_examples=10)
def test_ferries_on_one_line_are_no_copies(put: Sea, all_of: Sea, seed: int) -> None:
    """The same crossing every two hours, by two sisters, is a timetable and no replay."""
    rng = np.random.default_rng(seed)

    assert copies(all_of([ferry(put, 1, rng), ferry(put, 2, rng)])).is_empty()


def test_moored_ships_are_no_copies(put: Sea, all_of: Sea) -> None:
    """Everything that lies still lies alike."""
    seconds = np.arange(0.0, 43_200.0, 60.0)
    still = np.zeros(len(seconds))
    parts = [
        put(seconds, still, still, mmsi=m, lon=5.0, lat=40.0, sog_kn=still, cog_deg=still)
        for m in (1, 2)
    ]

    assert copies(all_of(parts)).is_empty()


@pytest.mark.parametrize(("away_deg", "verdict"), [(0.001, "within-normal"), (1.0, "tell")])
def test_a_tow_keeps_company_and_an_offset_copy_does_not(
    one_ship: Sea, all_of: Sea, later: Sea, away_deg: float, verdict: str
) -> None:
    """Tug and barge turn together all day; two ships fifty miles apart never do."""
    track = one_ship(1, seed=5, hours=20)
    beside = later(track, seconds=20, east_deg=away_deg, mmsi=2)
    both = all_of([track, replace(beside, lat=beside.lat + 1e-4)])
    manoeuvres = measure(both, segment(both)).manoeuvres
    assert manoeuvres is not None

    found = same_manoeuvres(copies_of(pairs_of(manoeuvres)))

    assert set(found["verdict"]) == {verdict}
