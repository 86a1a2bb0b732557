"""Where a transponder leaves its ship free to have been."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.fusion.whereabouts import Alongside, Fixes, silent_share, whereabouts
from quaywatch.geo.position import Position

BERTH = Alongside(Position(125.398, 38.7105), 115.0)
LOOK = datetime(2025, 2, 3, 0, 16, tzinfo=UTC)


def fixes(*rows: tuple[float, float, float]) -> Fixes:
    """Reports as hours from the look, longitude and latitude."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return Fixes(LOOK.timestamp() + 3600.0 * table[:, 0], table[:, 1], table[:, 2])


def found(track: Fixes, *, bound_nm: float | None = None, ceiling_kn: float = 25.0) -> str:
    """Where the ship of a track was."""
    return whereabouts(
        track, BERTH, [LOOK], ceiling_kn=ceiling_kn, bound_nm=lambda _a, _b: bound_nm
    ).whereabouts


@given(st.floats(0.1, 60), st.floats(0.1, 60), st.floats(0, 3), st.floats(0, 3))
def test_a_silence_frees_a_ship_only_within_its_speed(
    before_h: float, after_h: float, west: float, south: float
) -> None:
    """To weigh a ship that cannot have been there would be to accuse it."""
    away = (125.398 - west, 38.7105 - south)
    track = fixes((-before_h, *away), (after_h, *away))
    nm = 60 * np.hypot(west * np.cos(np.radians(38.7)), south)
    if found(track) == "silent":
        assert nm <= 25.0 * min(before_h, after_h) + 1.5


def test_water_excludes_what_a_straight_line_leaves_open() -> None:
    """A ship on the other coast is near in a straight line only."""
    track = fixes((-20.0, 130.3, 42.2), (20.0, 130.3, 42.2))
    assert found(track) == "silent"
    assert found(track, bound_nm=860.0) == "out-of-reach"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "unheard"),
        ([(-1.0, 125.3975, 38.7103), (1.0, 125.3975, 38.7103)], "here"),
        ([(-1.0, 125.2, 38.65), (1.0, 125.2, 38.65)], "elsewhere"),
        ([(-5.0, 125.2, 38.65), (5.5, 125.2001, 38.65)], "elsewhere"),
        ([(-30.0, 124.0, 36.5), (30.0, 124.0, 36.5)], "silent"),
        # Where our reports of a ship end tells of what we hold, not of the ship.
        ([(-30.0, 124.0, 36.5)], "unheard"),
    ],
    ids=["never", "alongside", "heard-elsewhere", "anchored-elsewhere", "gap", "never-again"],
)
def test_what_reports_about_a_look_say(
    rows: list[tuple[float, float, float]], expected: str
) -> None:
    """Each word is what an analyst would say of such reports."""
    assert found(fixes(*rows)) == expected


def test_a_ship_heard_elsewhere_at_one_look_is_not_the_hull_of_all() -> None:
    """A stay is one hull's: one alibi holds for all its looks, the freest is told beside it."""
    track = fixes((-30.0, 124.0, 36.5), (20.0, 124.0, 36.5), (24.0, 124.3, 36.9))
    placed = whereabouts(
        track,
        BERTH,
        [LOOK, LOOK + timedelta(hours=22)],
        ceiling_kn=25.0,
        bound_nm=lambda _a, _b: None,
    )
    assert (placed.whereabouts, placed.at_best) == ("elsewhere", "silent")


@given(st.lists(st.floats(0, 100), max_size=30))
def test_silence_before_and_after_counts(hours: list[float]) -> None:
    """A ship heard in one week of a year is silent for the rest: its silence then says little."""
    at = np.sort(np.array(hours)) * 3600.0
    track = Fixes(at, np.zeros(len(at)), np.zeros(len(at)))
    whole = silent_share(track, 0.0, 100 * 3600.0)
    longer = silent_share(track, -1000 * 3600.0, 1100 * 3600.0)
    assert whole is not None
    assert longer is not None
    assert 0.0 <= whole <= 1.0
    assert longer > 0.8
