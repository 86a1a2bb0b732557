"""The second look at shapes: readings, edges and the judge."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery import judge as judge_module
from quaywatch.imagery import network as module
from quaywatch.imagery.detection import _less_blur
from quaywatch.imagery.edges import half_contrast, tightened, without_wake
from quaywatch.imagery.hull import Hull
from quaywatch.imagery.judge import (
    CHIP_PX,
    JUDGE_3M,
    LONG_M,
    SHORT_3M,
    SHORT_M,
    chips_at,
    odds_by_length,
    ship_chances,
    ship_odds,
)
from quaywatch.imagery.network import MSI_10M, RGB_3M, at_shore
from quaywatch.imagery.proposals import best_apart, proposed, size_odds

PER_PIXEL = np.array([[3.0, 0.0], [0.0, -3.0]])


def painted(angle: float, length: float, beam: float, size: int = 140) -> NDArray[np.bool_]:
    """A hull in the middle, sizes in pixels."""
    y, x = np.mgrid[0:size, 0:size] - (size - 1) / 2
    along, across = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    half = beam / 2 * np.clip((length / 2 - np.abs(along)) / (0.1 * length), 0.5, 1)
    hull: NDArray[np.bool_] = (np.abs(along) <= length / 2) & (np.abs(across) <= half)
    return hull


def readings(chance: NDArray[np.float32]) -> list[Hull]:
    """What is proposed where all that is no hull is water."""
    sea = chance < 0.3
    every = np.ones_like(sea)
    return proposed(chance, sea, every, PER_PIXEL, shortest_m=20.0, least_water=0.1)


@given(angle=st.floats(0, np.pi), length=st.floats(30, 100), aspect=st.floats(4.5, 8))
@settings(max_examples=30, deadline=None)
def test_a_hull_in_the_open_has_one_reading(angle: float, length: float, aspect: float) -> None:
    """A second reading of a plain ship could only make two of one."""
    hull = painted(angle, length, max(length / aspect, 6.0))
    (found,) = readings(hull.astype(np.float32) * np.float32(0.9))
    assert found.length_m == pytest.approx(3 * length, abs=9)


def test_ships_side_by_side_are_read_apart_and_together() -> None:
    """Rafted ships joined by a thin bridge of chances: the judge must be given both readings."""
    chance = np.zeros((80, 120), np.float32)
    chance[24:33, 20:100] = chance[37:46, 20:100] = 0.95
    chance[33:37, 56:60] = 0.7
    found = readings(chance)
    assert {round(h.y_px) for h in found if 200 < h.length_m < 260} >= {29, 41}


def test_of_readings_that_overlap_the_worthiest_is_kept() -> None:
    """One ship is one detection, however it was read."""
    chance = np.zeros((60, 160), np.float32)
    chance[20:33, 10:70] = chance[20:33, 74:134] = 0.9
    chance[24:29, 70:74] = 0.6
    found = readings(chance)
    alone = [3.0 if h.length_m < 200 else 1.0 for h in found]
    joined = [1.0 if h.length_m < 200 else 3.0 for h in found]
    assert sorted(round(found[i].x_px) for i in best_apart(found, alone, chance.shape)) == [40, 104]
    assert [round(found[i].x_px) for i in best_apart(found, joined, chance.shape)] == [72]
    largest = max(found, key=lambda h: h.length_m)
    assert size_odds(largest) == max(size_odds(h) for h in found)


@given(angle=st.floats(0, np.pi), beam=st.floats(8, 14), blur=st.floats(0.5, 1.2))
@settings(max_examples=25, deadline=None)
def test_length_and_beam_come_back_from_a_shape_that_is_too_fat(
    angle: float, beam: float, blur: float
) -> None:
    """Blur adds a third to a beam: a size class must not hang on it."""
    hull = painted(angle, 70, beam)
    light = ndimage.gaussian_filter(hull.astype(np.float32), blur)
    picture = (0.2 + 0.5 * np.stack([light] * 3)).astype(np.float32)
    fat = ndimage.binary_dilation(hull, iterations=2)
    chance = fat.astype(np.float32) * np.float32(0.9)
    (found,) = proposed(
        chance, ~fat, np.ones_like(fat), PER_PIXEL, shortest_m=20.0, least_water=0.1
    )
    tight = tightened(found, picture, ~fat, chance, PER_PIXEL)
    assert tight.length_m == pytest.approx(210, abs=7)
    assert tight.beam_m == pytest.approx(3 * beam, abs=4.5)
    assert tight.beam_m < found.beam_m


def wake_of(angle: float, craft: float, wake: float) -> tuple[Hull, Any, NDArray[np.bool_]]:
    """A craft of so many pixels with a fading wake, read as one hull; its picture and the water."""
    y, x = np.mgrid[0:180, 0:180] - 89.5
    along, across = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    astern = along + (craft + wake) / 2
    inside = (astern >= 0) & (astern <= craft + wake) & (np.abs(across) <= 4)
    light = np.where(astern < craft, 1.0, np.exp(-4 * (astern - craft) / wake)) * inside
    picture = (0.2 + 0.6 * np.stack([light] * 3)).astype(np.float32)
    found = readings(inside.astype(np.float32) * np.float32(0.9))[0]
    return found, picture, ~inside


@given(angle=st.floats(0, np.pi), craft=st.floats(8, 13), wake=st.floats(50, 75))
@settings(max_examples=20, deadline=None)
def test_a_wake_is_no_hull(angle: float, craft: float, wake: float) -> None:
    """A ferry of 30 m told as a ship of 250 m would be a ship that no register knows."""
    found, picture, water = wake_of(angle, craft, wake)
    cut = without_wake(found, picture, water, PER_PIXEL)
    assert found.length_m > 150
    assert cut.length_m < 3 * (craft + 0.25 * wake) + 12


@given(angle=st.floats(0, np.pi), dull=st.floats(0.25, 1.0))
@settings(max_examples=20, deadline=None)
def test_a_ship_with_a_bright_house_is_not_cut(angle: float, dull: float) -> None:
    """A house aft is far brighter than a deck: a ship cut to her house would be a boat."""
    hull = painted(angle, 70, 11, size=180)
    y, x = np.mgrid[0:180, 0:180] - 89.5
    house = hull & (x * np.cos(angle) + y * np.sin(angle) > 24)
    light = np.where(house, 0.7, 0.7 * dull) * hull
    picture = (0.2 + np.stack([light] * 3)).astype(np.float32)
    found = readings(hull.astype(np.float32) * np.float32(0.9))[0]
    assert without_wake(found, picture, ~hull, PER_PIXEL) is found


def test_where_there_is_no_water_the_shape_stays() -> None:
    """A hull in a covered dock has no edge of contrast: its chances are all there is."""
    own = painted(0.3, 50, 9)
    picture = np.full((3, *own.shape), 0.4, np.float32)
    assert np.array_equal(half_contrast(own, picture, own & False, own), own)


def test_open_sea_and_land_alone_are_not_looked_at() -> None:
    """A scene of 2,800 by 1,800 has to be done in seconds: most of it is neither."""
    water = np.zeros((400, 400), bool)
    water[:, 200:] = True
    water[100:110, 300:340] = False
    where = at_shore(water, np.ones_like(water))
    assert where[105, 320]
    assert where[200, 196]
    assert not where[200, 20]
    assert not where[300, 350]


def test_chips_show_long_ships_whole() -> None:
    """A ship of 400 m fills a chip of 240: seen smaller, both its ends are in it."""
    picture = np.zeros((3, 300, 300), np.float32)
    picture[:, 145:155, 80:220] = 1.0
    (near,) = chips_at(picture, [(150.0, 150.0)], [40.0])
    (far,) = chips_at(picture, [(150.0, 150.0)], [140.0])
    assert near[0, CHIP_PX // 2, 0] == 1.0
    assert far[0, CHIP_PX // 2, 0] == 0.0
    assert far[0, CHIP_PX // 2, CHIP_PX // 2] == 1.0


@given(
    wanted=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), unique=True),
    together=st.integers(1, 4),
)
def test_every_tile_is_computed_once(wanted: list[tuple[int, int]], together: int) -> None:
    """A tile left out would be a stretch of shore that nobody looked at."""
    tile = RGB_3M.tile_px
    corners = [(row * tile, column * tile) for row, column in sorted(wanted)]
    runs = replace(RGB_3M, together=together)._joined(corners)
    seen = [(top, left) for top, first, last in runs for left in range(first, last, tile)]
    assert seen == corners
    assert all(last - first <= together * tile for _, first, last in runs)


def test_a_chip_turned_is_judged_the_same() -> None:
    """Which way is up must not decide what is a ship."""
    hull = painted(0.5, 60, 10, size=CHIP_PX)
    chip = (0.25 + 0.4 * np.stack([hull] * 3)).astype(np.float32)[None]
    odds = [float(ship_odds(np.rot90(chip, k, (2, 3)))[0]) for k in range(4)]
    assert np.ptp(odds) < 1e-3
    assert ship_chances(chip)[0] > 0.5


def test_the_number_of_threads_does_not_change_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two machines must give the same claim for the same picture."""
    rng = np.random.default_rng(7)
    values = rng.random((3, 400, 420), np.float32)
    wanted = np.ones(values.shape[1:], bool)
    seen = []
    for threads in (1, 2, 4):
        monkeypatch.setattr(module, "_THREADS", threads)
        seen.append(RGB_3M._run(values, wanted, seen=module._clipped))
    assert np.array_equal(seen[0], seen[1])
    assert np.array_equal(seen[0], seen[2])


def test_the_judges_give_the_same_bits_on_any_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second look is part of the same claim."""
    chips = np.random.default_rng(8).random((37, 3, CHIP_PX, CHIP_PX), np.float32)
    lengths = np.linspace(60, 180, 37).tolist()
    seen = []
    for threads in (1, 2, 4):
        monkeypatch.setattr(judge_module, "_THREADS", threads)
        seen.append(odds_by_length(chips, lengths))
    assert np.array_equal(seen[0], seen[1])
    assert np.array_equal(seen[0], seen[2])


NOISE = np.random.default_rng(9).random((4, 3, CHIP_PX, CHIP_PX), np.float32)
BY_LONG, BY_SHORT = ship_odds(NOISE, JUDGE_3M), ship_odds(NOISE, SHORT_3M)


@given(lengths=st.lists(st.floats(20, 400), min_size=4, max_size=4))
@settings(max_examples=20, deadline=None)
def test_each_shape_is_judged_by_what_knows_its_length(lengths: list[float]) -> None:
    """A judge that never saw short ships calls them none; the other is worse at long ones."""
    odds = odds_by_length(NOISE, lengths)
    for number, length in enumerate(lengths):
        share = np.clip((length - SHORT_M) / (LONG_M - SHORT_M), 0, 1)
        both = share * BY_LONG[number] + (1 - share) * BY_SHORT[number]
        assert odds[number] == pytest.approx(both, abs=1e-4)


@pytest.mark.parametrize("at", [SHORT_M, LONG_M])
def test_no_length_changes_a_verdict_at_once(at: float) -> None:
    """A ship a metre longer must not be another thing: its length is only good to some."""
    low, high = (odds_by_length(NOISE, [at + step] * 4) for step in (-0.01, 0.01))
    assert np.abs(low - high).max() < 1e-3 * (1 + np.abs(BY_LONG - BY_SHORT).max())


def test_one_judge_alone_judges_every_length() -> None:
    """A network without a second judge must not be given one in silence."""
    assert np.array_equal(odds_by_length(NOISE, [50, 110, 120, 300], short=None), BY_LONG)
    assert odds_by_length(NOISE[:0], []).shape == (0,)


@given(length=st.floats(10, 400), aspect=st.floats(1, 9), gsd=st.floats(5, 14))
def test_blur_is_taken_off_both_sizes_and_leaves_a_ship(
    length: float, aspect: float, gsd: float
) -> None:
    """Outlines about the blur make every ship longer; what is left is a hull, however small."""
    (hull,) = readings(painted(0.0, 60, 10).astype(np.float32) * np.float32(0.9))
    seen = replace(hull, length_m=length, beam_m=length / aspect)
    less = _less_blur(seen, MSI_10M, gsd)
    assert 0 < less.beam_m <= less.length_m
    assert less.length_m == pytest.approx(max(length - MSI_10M.outline_m, gsd))
    assert less.beam_m == pytest.approx(
        min(max(seen.beam_m - MSI_10M.outline_m, gsd), less.length_m)
    )
    assert (less.x_px, less.y_px, less.axis) == (seen.x_px, seen.y_px, seen.axis)
    assert _less_blur(seen, RGB_3M, gsd) is seen
