"""The strategies must reach the places where geometry breaks."""

import numpy as np
from hypothesis import find, given, settings
from numpy.typing import NDArray

from quaywatch.geo.position import Position
from quaywatch.testing.sky import Weather, cloud_layers
from quaywatch.testing.strategies import positions, tracks, weathers


@given(track=tracks())
def test_tracks_are_in_time_order_and_on_earth(track: NDArray[np.float64]) -> None:
    """A strategy that made invalid tracks would test the wrong thing."""
    assert (np.diff(track[:, 0]) >= 0).all()
    assert (np.abs(track[:, 1]) <= 180).all()
    assert (np.abs(track[:, 2]) <= 90).all()


def test_the_hard_cases_are_found() -> None:
    """Equal times, the antimeridian and the poles are where code fails."""
    find(tracks(min_size=2), lambda t: bool((np.diff(t[:, 0]) == 0).any()))
    find(tracks(min_size=2), lambda t: bool((np.abs(np.diff(t[:, 1])) > 300).any()))
    assert find(positions(), lambda p: abs(p.lat) == 90) != Position(lon=0.0, lat=0.0)
    assert find(tracks(), lambda t: len(t) == 0).shape == (0, 3)


@settings(max_examples=15, deadline=None)
@given(weather=weathers())
def test_cloud_covers_what_it_was_asked_to(weather: Weather) -> None:
    """The cloud calendar is only as true as the cover of each scene."""
    opacity, shadow, _ = cloud_layers(
        (100, 120), weather.cloud, (40.0, 150.0), np.random.default_rng(1)
    )
    assert abs(float((opacity > 0.5).mean()) - weather.cloud) < 0.01
    assert shadow.shape == (100, 120)
