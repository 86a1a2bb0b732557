"""Windows: a fix counted to the wrong window would be judged with another ship's motion."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from quaywatch.ais.integrity.examples import steady
from quaywatch.ais.integrity.windows import metres, windows_of


@dataclass(frozen=True)
class Told:
    """A segmentation that says nothing but the segments."""

    segment: NDArray[np.int32]


@given(st.lists(st.integers(-1, 3), min_size=2, max_size=300))
def test_each_good_fix_is_in_exactly_one_window(segments: list[int]) -> None:
    """A fix lost or doubled would change every count that a verdict rests on."""
    track = steady(hours=(len(segments) - 1) * 0.5, every_s=1800.0)
    told = Told(np.array(segments, np.int32))

    windows = windows_of(track, told)

    assert sorted(windows.order.tolist()) == np.flatnonzero(told.segment >= 0).tolist()
    for w in range(len(windows)):
        part = windows.order[windows.bounds[w] : windows.bounds[w + 1]]
        assert (told.segment[part] == windows.segment[w]).all()
        assert (np.diff(track.at_us[part]) >= 0).all()
    if len(windows):
        assert windows.rejected.sum() == (told.segment < 0).sum()


def test_windows_do_not_know_midnight() -> None:
    """The same track an hour later must be cut in the same places, or verdicts would move."""
    track = steady(hours=60, every_s=600)
    later = replace(track, at_us=track.at_us + 11 * 3_600_000_000)

    assert windows_of(track).bounds.tolist() == windows_of(later).bounds.tolist()


@pytest.mark.parametrize("lat", [0.0, 45.0, 70.0])
def test_a_step_over_the_antimeridian_is_short(lat: float) -> None:
    """Taken the long way round it would be the fastest ship in the world."""
    assert metres(179.99, lat, -179.99, lat) == pytest.approx(metres(10.0, lat, 10.02, lat))
