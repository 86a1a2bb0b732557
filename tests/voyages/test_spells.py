"""Stops: found where the ship lay, however it was heard, and not where it only said so."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.ais.segments import Segmentation
from quaywatch.ais.track import Tracks
from quaywatch.voyages.motion import drawn, motion_of
from quaywatch.voyages.ports import anchorages
from quaywatch.voyages.spells import SLOW, stationary_spells

Fixes = Sequence[tuple[float, float, float, float | None]]


def stay(
    *, lon: float = 0.0, hours: float = 6.0, step_s: float = 600.0, sog: float | None = 0.0
) -> Fixes:
    """A ship that lies still."""
    return [(step_s * k, lon, 0.0, sog) for k in range(int(hours * 3600 / step_s) + 1)]


def segmentation(tracks: Tracks, segment: list[int], links: dict[int, int]) -> Segmentation:
    """A segmentation of one transponder by hand: ``links`` says which segment continues which."""
    marks = np.array(segment, np.int32)
    rows = []
    for one in sorted(set(segment) - {-1}):
        at = np.flatnonzero(marks == one)
        rows.append((0, one, at[0], at[-1], len(at), links.get(one, -1), 0))
    return Segmentation(
        segment=marks,
        reason=(marks < 0).astype(np.uint8) * 5,
        found=np.array(rows, np.int64),
    )


@given(
    turn=st.floats(-180, 179.99),
    sogs=st.lists(st.one_of(st.none(), st.floats(0, 3)), min_size=12, max_size=60),
    east=st.floats(0, 0.0005),
)
def test_where_the_antimeridian_lies_does_not_matter(
    turn: float, sogs: list[float | None], east: float
) -> None:
    """A stop at 180 degrees is a stop; folding errors would lose the ports of Fiji."""

    def found(shift: float) -> list[tuple[object, ...]]:
        fixes: Fixes = [
            (400.0 * k, (shift + east * k + 180) % 360 - 180, 0.0, sog)
            for k, sog in enumerate(sogs)
        ]
        spells = stationary_spells(motion_of(drawn({1: fixes})))
        return spells.select("start", "end", "n").rows()

    assert found(turn) == found(0.0)


@pytest.mark.parametrize("sog", [0.0, None])
def test_a_stop_begins_and_ends_with_the_ship_whether_or_not_it_says_its_speed(
    sog: float | None,
) -> None:
    """Satellite feeds often lack SOG; a stop found ten minutes late misses short calls."""
    way: Fixes = [(60.0 * k, 0.003 * (k - 60), 0.0, 10.8 if sog is not None else None)
                  for k in range(60)]  # fmt: skip
    lies: Fixes = [(3600.0 + 60.0 * k, 0.0, 0.0, sog) for k in range(121)]

    spells = stationary_spells(motion_of(drawn({1: [*way, *lies]})))

    assert spells.height == 1
    start_s = spells["start"].dt.epoch("s").item()
    assert abs(start_s - 3600) <= 120
    assert spells["end"].dt.epoch("s").item() == 10800


def test_a_frozen_speed_field_is_no_stop() -> None:
    """A transponder that sends 0.0 kn at 10 kn must not be made to have called at sea."""
    way: Fixes = [(60.0 * k, 0.003 * k, 0.0, 0.0) for k in range(180)]

    assert stationary_spells(motion_of(drawn({1: way}))).height == 0


def test_what_was_sailed_unheard_ends_a_spell() -> None:
    """Slow before and after a silence, 30 nm apart: it did not hang about in between."""
    here = stay(hours=3)
    there = [(t + 6 * 3600.0, 0.5, y, sog) for t, _, y, sog in stay(hours=3)]

    spells = stationary_spells(motion_of(drawn({1: [*here, *there]})), SLOW)

    assert spells.height == 2


def test_a_swing_at_anchor_is_one_stay_and_a_shift_of_berth_is_two() -> None:
    """A ship that yaws at 0.8 kn for a few minutes has not left; one 400 m along the quay has."""
    round_anchor = [
        (300.0 * k, 0.0015 * np.cos(k / 9), 0.0015 * np.sin(k / 9), 0.8 if k % 20 == 19 else 0.1)
        for k in range(200)
    ]
    shifted = [(t, x if t < 7200 else 0.004, y, 1.0 if 7200 <= t < 9000 else sog)
               for t, x, y, sog in stay(hours=6)]  # fmt: skip

    swung = stationary_spells(motion_of(drawn({1: round_anchor})))
    moved = stationary_spells(motion_of(drawn({1: shifted})))

    assert max(swung["n"].to_list()) > 150
    assert moved.height == 2


def test_rejected_fixes_and_other_hulls_take_no_part() -> None:
    """A clone's fix inside a stop must not end it, nor a stray begin one."""
    fixes = stay(hours=2)
    stray = [(3900.0, 5.0, 5.0, 12.0)]
    tracks = drawn({1: [*fixes, *stray]})
    marks = [-1 if lon == 5.0 else 0 for lon in tracks.lon]

    spells = stationary_spells(motion_of(tracks, segmentation(tracks, marks, {})))

    assert spells["n"].to_list() == [len(fixes)]


def test_linked_segments_are_joined_and_say_so_and_others_are_not() -> None:
    """Never silently: a stay over two segments names both; without a link it is two stays."""
    tracks = drawn({1: [*stay(hours=2), *((t + 40000, x, y, s) for t, x, y, s in stay(hours=2))]})
    marks = [0] * 13 + [1] * 13

    joined = stationary_spells(motion_of(tracks, segmentation(tracks, marks, {1: 0})))
    parted = stationary_spells(motion_of(tracks, segmentation(tracks, marks, {})))

    assert joined.select("segment", "segments").rows() == [(0, "0, 1")]
    assert parted.select("segment", "segments").rows() == [(0, None), (1, None)]


def test_ais_stations_that_are_no_ships_lie_nowhere() -> None:
    """A buoy that transmits would be the busiest anchorage of its harbour."""
    assert motion_of(drawn({993672000: stay()})).at_us.size == 0


def test_an_anchorage_needs_so_many_vessels_and_not_so_many_spells() -> None:
    """One ship that lies there every night makes no anchorage."""
    ships = {k: stay(lon=179.999 if k % 2 else -179.999, hours=13) for k in range(1, 6)}
    spells = stationary_spells(motion_of(drawn(ships)))
    nightly = pl.concat([stationary_spells(motion_of(drawn({9: stay(hours=13)})))] * 9)

    found = anchorages(spells, vessels=5)

    assert found["vessels"].to_list() == [5]
    assert anchorages(spells, vessels=6).height == 0
    assert anchorages(nightly, vessels=2).height == 0


def test_hours_of_silence_do_not_make_an_anchorage() -> None:
    """Two fixes a day apart do not show that the ship lay there in between."""
    seen_twice = {k: [(0.0, 0.0, 0.0, 0.0), (90_000.0, 0.0, 0.0, 0.0)] for k in range(1, 4)}

    spells = stationary_spells(motion_of(drawn(seen_twice)))

    assert anchorages(spells, vessels=2).height == 0
