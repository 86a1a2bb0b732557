"""The simulated world must not contradict its own answer sheet."""

from itertools import pairwise

import numpy as np
import pytest
from roaring_landmask import RoaringLandmask

from quaywatch.testing.planted import PlantedTruth, seconds
from quaywatch.testing.sealanes import NM_M, along_path, great_circle_m, lane_path, path_length_m
from quaywatch.testing.world import World, build_world


@pytest.fixture(scope="module")
def world() -> World:
    """One world with few background ships."""
    return build_world(seed=11, background=0.2)


@pytest.fixture(scope="module")
def truth(world: World) -> PlantedTruth:
    """Its answer sheet."""
    return world.truth()


def test_no_ship_is_in_two_true_places(world: World) -> None:
    """A true track with a jump would make an honest ship look like a forger."""
    for story in world.stories:
        for before, after in pairwise(story.itinerary.phases):
            assert before.end_s == after.start_s
            apart = great_circle_m(before.path[-1:], after.path[:1])[0]
            assert apart < 1.0, (story.hull.key, before.place, after.place)


def test_no_ship_outruns_a_merchant_ship(world: World) -> None:
    """Every honest broadcast pair must be feasible, or T1 would fire on the innocent."""
    for story in world.stories:
        for phase in story.itinerary.phases:
            if phase.kind == "sail":
                hours = (phase.end_s - phase.start_s) / 3600.0
                assert path_length_m(phase.path) / NM_M / hours < 14.0, phase.place


def test_a_berth_holds_one_ship_at_a_time(truth: PlantedTruth) -> None:
    """Two ships at one berth could not both be seen in an image."""
    for berth in {visit.berth for visit in truth.berth_visits}:
        visits = sorted(
            (v for v in truth.berth_visits if v.berth == berth), key=lambda v: v.arrived_at
        )
        for first, second in pairwise(visits):
            assert first.departed_at < second.arrived_at


def test_quiet_spells_are_quiet(truth: PlantedTruth) -> None:
    """The dated quiet spell is a planted finding; one visit inside would refute it."""
    for spell in truth.quiet_spells:
        assert not [
            v
            for v in truth.berth_visits
            if v.arrived_at < spell.end_at and v.departed_at > spell.start_at
        ]


def test_every_fake_is_away_from_the_truth(world: World, truth: PlantedTruth) -> None:
    """A fake that happens to be true would be scored as a miss."""
    assert len(truth.fakes) == 2
    for fake in truth.fakes:
        own = world.rows_of(fake.mmsi)
        start, end = seconds(fake.start_at), seconds(fake.end_at)
        own = own.select((own.at_s >= start) & (own.at_s <= end))
        true = world.by_key[fake.vessel].itinerary.lonlat(own.at_s)
        away_nm = great_circle_m(np.column_stack([own.lon, own.lat]), true) / NM_M
        assert (away_nm > 25.0).mean() > 0.9
        assert away_nm.max() == pytest.approx(fake.max_distance_nm, abs=0.1)


def test_gaps_are_silent_and_the_ship_was_elsewhere(world: World, truth: PlantedTruth) -> None:
    """A message inside a planted gap would make the answer sheet wrong."""
    assert [round(gap.hours) for gap in truth.gaps] == [311, 146, 75, 12]
    for gap in truth.gaps:
        own = world.rows_of(gap.mmsi).at_s
        inside = (own > seconds(gap.start_at)) & (own < seconds(gap.end_at))
        assert not inside.any()


def test_true_broadcasts_are_true(world: World) -> None:
    """Outside fakes and clones a report lies within a ship's length of the hull."""
    for story in world.stories:
        if story.fakes or story.hull.key.startswith("clone"):
            continue
        own = world.rows_of(story.hull.mmsi or 0)
        away = great_circle_m(np.column_stack([own.lon, own.lat]), story.itinerary.lonlat(own.at_s))
        assert away.max() < story.hull.length_m


def test_a_cloned_mmsi_is_in_two_places(world: World, truth: PlantedTruth) -> None:
    """The clone is only a clone while both hulls talk."""
    clone = truth.clones[0]
    middle = np.array([(seconds(clone.start_at) + seconds(clone.end_at)) / 2])
    first, second = (world.by_key[key].itinerary.lonlat(middle) for key in clone.vessels)
    assert great_circle_m(first, second)[0] / NM_M > 200


def test_invented_imo_numbers_pass_the_check_digit(truth: PlantedTruth) -> None:
    """A wrong digit would be thrown out as a typing error before anything is tested."""
    for vessel in truth.vessels:
        if vessel.imo is not None:
            digits = [int(d) for d in str(vessel.imo)]
            weighted = sum(d * w for d, w in zip(digits, range(7, 1, -1), strict=False))
            assert weighted % 10 == digits[6]


def test_invented_mmsis_are_no_bit_errors_of_each_other(truth: PlantedTruth) -> None:
    """Two MMSIs one bit apart would look like a garbled identity."""
    numbers = sorted({v.mmsi for v in truth.vessels if v.mmsi is not None})
    assert all((a ^ b).bit_count() > 1 for i, a in enumerate(numbers) for b in numbers[:i])


@pytest.mark.parametrize(
    ("start", "end"),
    [("simport", "qingdao"), ("simport", "yantai"), ("lianyungang", "vladivostok"),
     ("naval_base", "nakhodka"), ("simport", "hong_kong"), ("tianjin", "busan")],
)  # fmt: skip
def test_lanes_run_over_water(start: str, end: str) -> None:
    """A lane over land would hand the position-on-land test a false alarm."""
    path = lane_path(start, end)
    places = along_path(path, np.arange(0.0, path_length_m(path), 1000.0))
    on_land = RoaringLandmask.new().contains_many(places[:, 0], places[:, 1])
    assert np.flatnonzero(on_land).size == 0, places[on_land][:3]


def test_the_same_seed_gives_the_same_messages(world: World) -> None:
    """Figures quoted from the demonstration must be reproducible by whoever doubts them."""
    again = build_world(seed=11, background=0.2)
    other = build_world(seed=12, background=0.2)
    assert np.array_equal(world.table.lon, again.table.lon)
    assert again.statics == world.statics
    assert not np.array_equal(world.table.lon[:100], other.table.lon[:100])
