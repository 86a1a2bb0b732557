"""Motion against fields: late messages move a ship along, never aside."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.ais.integrity import features
from quaywatch.ais.integrity.land import ashore_of
from quaywatch.ais.integrity.measured import measure
from quaywatch.ais.integrity.prepare import prepared
from quaywatch.ais.integrity.ranks import quantile
from quaywatch.ais.track import Tracks

Sea = Callable[..., Tracks]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=80), st.floats(0.0, 1.0))
def test_quantile_is_a_member_of_the_right_rank(values: list[float], share: float) -> None:
    """Every statistic of the battery is one of these."""
    wanted = sorted(values)[min(len(values) - 1, int(share * len(values)))]

    assert quantile(np.array(values), len(values), share) == wanted


@given(st.integers(0, 10_000))
def test_late_messages_are_no_speed(one_ship: Sea, seed: int) -> None:
    """Stations pass reports on minutes late; ships of honest feeds would all be spoofed."""
    track = one_ship(1, seed=seed, hours=6)
    rng = np.random.default_rng(seed)
    late = np.where(rng.uniform(size=len(track)) < 0.1, rng.uniform(0, 300, len(track)), 0.0)
    order = np.argsort(track.at_us + late * 1e6, kind="stable")
    heard = replace(
        track,
        **{
            name: getattr(track, name)[order]
            for name in ("lon", "lat", "sog_kn", "cog_deg", "heading_deg")
        },
        at_us=np.sort(track.at_us + (late * 1e6).astype(np.int64)),
    )

    found = features(heard)

    assert found["implied_n"].sum() == 0


def test_a_step_aside_is_seen_however_late_the_clock(one_ship: Sea) -> None:
    """A track moved three miles at once hides from speeds in a late feed, not from its course."""
    track = one_ship(1, seed=3, hours=6)
    half = np.arange(len(track)) >= len(track) // 2
    course = np.radians(float(track.cog_deg[len(track) // 2]) + 90.0)
    moved = replace(
        track,
        lon=track.lon + half * 0.05 * np.sin(course) / np.cos(np.radians(40.0)),
        lat=track.lat + half * 0.05 * np.cos(course),
    )

    assert features(track)["aside_m"][0] < 300
    assert features(moved)["aside_m"][0] > 4000


def test_fixes_in_a_river_that_others_use_are_not_ashore(one_ship: Sea, all_of: Sea) -> None:
    """Masks know few rivers; ships that follow each other know them all."""
    alone = one_ship(9, lon=60.0, hours=3)
    river = [one_ship(1, hours=3), *[replace(one_ship(1, hours=3)) for _ in range(2)]]
    named = [replace(t, mmsi=np.full(len(t), i + 1, np.uint32)) for i, t in enumerate(river)]
    tracks = all_of([*named, alone])

    found = measure(tracks, land_depth_km=lambda lon, _: np.full(len(lon), 5.0)).land
    assert found is not None

    assert set(found["mmsi"]) == {1, 2, 3, 9}
    assert set(ashore_of(found)["mmsi"]) == {9}
    assert ashore_of(found)["inland"].sum() == pytest.approx(len(alone))


def test_a_river_ship_that_sails_alone_for_a_while_is_not_ashore(
    one_ship: Sea, all_of: Sea
) -> None:
    """On one night of the Mississippi forty tows sailed a reach that no other did: no tell."""
    river = [replace(one_ship(1, hours=3)) for _ in range(12)]
    named = [replace(t, mmsi=np.full(len(t), i + 1, np.uint32)) for i, t in enumerate(river)]
    farther = one_ship(1, hours=6)
    tow = replace(farther, mmsi=np.full(len(farther), 99, np.uint32))
    found = measure(all_of([*named, tow]), land_depth_km=lambda lon, _: np.full(len(lon), 5.0))
    assert found.land is not None
    assert 99 in set(ashore_of(found.land)["mmsi"])

    judged = prepared(found).filter(pl.col("mmsi") == 99)

    assert judged["inland"].null_count() == judged.height
