"""Hulls turned bow up, and what is read off them: the same hull gives the same, however it lies."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quaywatch.imagery.embedding import alike
from quaywatch.imagery.hull_features import read_hull
from quaywatch.imagery.hull_frame import ALONG, COLUMNS, FINER, ROWS, Chip, a_chip, rectified
from quaywatch.imagery.hull_marks import hatches_in


def drawn(length_m: float, heading_deg: float, *, gsd_m: float, hatches: int = 0) -> Chip:
    """A ship on dark water, house aft, dark hatches, cut out of a north-up scene."""
    side = 2 * math.ceil(0.8 * length_m / gsd_m)
    y, x = np.mgrid[:side, :side] + 0.5
    east, north = (x - side / 2) * gsd_m, -(y - side / 2) * gsd_m
    angle = math.radians(heading_deg)
    along = (east * math.sin(angle) + north * math.cos(angle)) / length_m
    across = (east * math.cos(angle) - north * math.sin(angle)) / length_m
    light = np.full((side, side), 0.12)
    hull = (np.abs(along) <= 0.5) & (np.abs(across) <= 1 / 12)
    light[hull] = 0.45
    light[hull & (along < -0.36) & (along > -0.46)] = 0.95
    if hatches:
        step = 0.68 / hatches
        for number in range(hatches):
            middle = 0.38 - (number + 0.5) * step
            light[(np.abs(along - middle) < 0.32 * step) & (np.abs(across) < 0.05)] = 0.2
    values = np.repeat(light[None].astype(np.float32), 3, axis=0)
    times = FINER if gsd_m < 1.5 else 1
    chip, seen = rectified(
        values, np.ones((side, side), bool), (side / 2, side / 2),
        np.array([[gsd_m, 0.0], [0.0, -gsd_m]]), heading_deg, length_m,
        shape=(times * ROWS, times * COLUMNS),
    )  # fmt: skip
    return Chip(chip, seen, ("red", "green", "blue"), length_m, 5.0, length_m / 6, 3.0,
                heading_deg, gsd_m, bow_up=None)  # fmt: skip


@settings(max_examples=25)
@given(heading=st.floats(0, 179.9))
def test_a_hull_looks_the_same_however_it_lies(heading: float) -> None:
    """A likeness that depended on the anchor chain would be one of winds, not of ships."""
    still, swung = drawn(180, 0.0, gsd_m=3.0), drawn(180, heading, gsd_m=3.0)

    assert np.abs(still.values - swung.values).mean() < 0.03
    assert alike(still, swung.turned()) > 0.95


def test_turning_twice_is_nothing() -> None:
    """Both ways up are kept; neither may lose a pixel."""
    chip = drawn(180, 30.0, gsd_m=3.0)

    assert np.array_equal(chip.turned().turned().values, chip.values)


@pytest.mark.parametrize("heading", [0.0, 180.0])
def test_the_white_end_is_taken_for_the_stern(heading: float) -> None:
    """Whichever end the detector called up, the chip comes out bow up, and says by what."""
    chip = drawn(180, 0.0, gsd_m=3.0)
    read = read_hull(chip if heading == 0.0 else chip.turned())
    house = read.of("house_share")

    assert read.chip is not None
    assert read.chip.bow_up
    assert house is not None
    assert house.value == pytest.approx(0.09, abs=0.03)


def test_a_plain_deck_leaves_the_bow_open() -> None:
    """No guess where nothing tells: a bow that was guessed would carry a wrong house with it."""
    plain = a_chip()
    plain.values[plain.values > 0.8] = 0.45
    read = read_hull(plain)

    assert read.chip is not None
    assert read.chip.bow_up is None
    house = read.of("house_share")
    assert house is not None
    assert house.value is None
    assert "open" in str(house.reason)


@pytest.mark.parametrize("count", [4, 5, 7, 9])
def test_hatches_are_counted_where_pixels_show_them(count: int) -> None:
    """The count is the strongest thing that layout says; one off makes a stranger of a ship."""
    read = read_hull(drawn(180, 40.0, gsd_m=0.7, hatches=count))
    hatches = read.of("hatch_count")

    assert hatches is not None
    assert hatches.value == count


def test_three_metre_pixels_count_no_hatches() -> None:
    """What pixels do not bear is unknown with a reason, never a number."""
    hatches = read_hull(drawn(180, 40.0, gsd_m=3.0, hatches=5)).of("hatch_count")

    assert hatches is not None
    assert (hatches.value, hatches.reason) == (None, "pixels of 3 m do not show it")


def test_ten_metre_pixels_give_length_alone() -> None:
    """No identity at this resolution."""
    read = read_hull(a_chip(gsd_m=10.0))

    assert [r.name for r in read.readings if r.value is not None] == ["length_m"]
    assert all("no identity" in str(r.reason) for r in read.readings[1:])


def test_a_clouded_hull_is_not_read() -> None:
    """Cloud over a hull makes its readings unknown, not short, white or without hatches."""
    chip = a_chip()
    seen = chip.valid.copy()
    seen[:40] = False
    clouded: Any = Chip(**{**chip.__dict__, "valid": seen})

    assert all(r.value is None for r in read_hull(clouded).readings)


def test_a_deck_without_hatches_has_no_count() -> None:
    """No repeat is no count of none: covers in the deck's colour do not show."""
    chip = read_hull(drawn(180, 0.0, gsd_m=0.7)).chip

    assert chip is not None
    assert hatches_in(chip).count.value is None


def test_a_chip_reaches_beyond_the_hull() -> None:
    """The rim of water is where the hull is seen to end."""
    chip = drawn(180, 0.0, gsd_m=3.0)
    rim = round(ROWS * (1 - 1 / ALONG) / 2) - 2

    assert chip.values[:, :rim].mean() < 0.2
