"""Lines on a map: only where a ship was heard, never over land, never around the world."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from quaywatch.errors import TrackUnsortedError
from quaywatch.voyages.heard import (
    Track,
    heard_features,
    pieces_of,
    split_at_antimeridian,
    steps_of,
    track_of,
)

HOUR_US = 3_600_000_000


class Stripe:
    """Land between 1 and 1.2 degrees east, everywhere."""

    version = "stripe-1"

    def contains_many(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """True on the stripe."""
        return (lon >= 1.0) & (lon <= 1.2) & (lat < 90.0)


tracks = st.lists(
    st.tuples(st.floats(0, 3), st.floats(-180, 179.9), st.floats(-80, 80)), min_size=0, max_size=12
).map(
    lambda fixes: track_of(
        np.cumsum([round(h * HOUR_US) for h, _, _ in fixes]),
        [x for _, x, _ in fixes],
        [y for _, _, y in fixes],
    )
)
near_land = st.lists(
    st.tuples(st.floats(0, 0.9), st.floats(0.5, 1.7), st.floats(-0.2, 0.2)), min_size=2, max_size=12
).map(
    lambda fixes: track_of(
        np.cumsum([round(h * HOUR_US) for h, _, _ in fixes]),
        [x for _, x, _ in fixes],
        [y for _, _, y in fixes],
    )
)


@given(tracks)
def test_every_report_is_drawn_once(track: Track) -> None:
    """A report lost on the map is a place nobody will look at; a doubled one is two ships."""
    steps = steps_of(track)
    lines, alone = pieces_of(track, steps)
    drawn = [tuple(p) for p in (*(p for line in lines for p in line), *alone) if abs(p[0]) < 180.0]
    wanted = [(float(x), float(y)) for x, y in zip(track.lon, track.lat, strict=True)]
    assert sorted(p for p in drawn if p in set(wanted)) == sorted(
        p for p in wanted if abs(p[0]) < 180
    )


@given(tracks)
def test_no_line_goes_around_the_world(track: Track) -> None:
    """A line from 179 E to 179 W drawn the long way is a voyage across every ocean."""
    for line in pieces_of(track, steps_of(track))[0]:
        assert np.abs(np.diff([p[0] for p in line])).max() <= 180.0


@given(near_land)
def test_no_line_crosses_land(track: Track) -> None:
    """A leg over land is the first thing a reader will show to discredit a map."""
    for feature in heard_features(track, land=Stripe()):
        shape = feature["geometry"]
        if shape["type"] == "MultiPoint":
            continue
        lines = [shape["coordinates"]] if shape["type"] == "LineString" else shape["coordinates"]
        for line in lines:
            for (x0, _), (x1, _) in pairwise(line):
                assert max(x0, x1) < 1.0 or min(x0, x1) > 1.2


def test_a_silence_is_its_own_feature_and_says_that_the_way_is_unknown() -> None:
    """Gaps drawn like tracks are the map's way of lying."""
    track = track_of([0, HOUR_US // 2, 40 * HOUR_US], [2.0, 2.1, 4.0], [0.0, 0.0, 0.0])

    kinds = {f["properties"]["kind"]: f for f in heard_features(track, land=Stripe())}

    assert kinds["heard"]["geometry"]["type"] == "MultiLineString"
    assert kinds["gap"]["properties"]["way"] == "unknown"
    assert kinds["gap"]["properties"]["hours"] == 39.5
    assert kinds["gap"]["geometry"]["type"] == "LineString"


def test_a_silence_across_land_is_two_points() -> None:
    """The straight line over a peninsula is the one way that it did not sail."""
    track = track_of([0, 40 * HOUR_US], [0.5, 2.0], [0.0, 0.0])

    gap = next(f for f in heard_features(track, land=Stripe()) if f["properties"]["kind"] == "gap")

    assert gap["geometry"]["type"] == "MultiPoint"


def test_without_a_mask_no_silence_gets_a_line() -> None:
    """What was not looked at may not be drawn as if it were water."""
    track = track_of([0, 40 * HOUR_US], [0.5, 2.0], [0.0, 0.0])

    shapes = {f["properties"]["kind"]: f["geometry"]["type"] for f in heard_features(track)}

    assert shapes["gap"] == "MultiPoint"


@pytest.mark.parametrize("n", [0, 1])
def test_a_track_of_nothing_or_one_report(n: int) -> None:
    """No line can be drawn; one report is still a place."""
    features = heard_features(track_of([0] * n, [5.0] * n, [5.0] * n))

    assert [f["properties"]["kind"] for f in features] == ["heard-alone"] * n


def test_time_that_falls_is_refused() -> None:
    """A track out of order gives speeds and gaps that never were."""
    with pytest.raises(TrackUnsortedError):
        track_of([10, 0], [0, 0], [0, 0])


def test_a_line_along_the_antimeridian_is_kept() -> None:
    """Points at exactly 180 must neither vanish nor leave an empty part."""
    parts = split_at_antimeridian([[179.0, 0.0], [-179.0, 0.0], [179.0, 1.0]])

    assert all(len(part) >= 2 for part in parts)
    assert parts[0][-1][0] == 180.0
    assert parts[1][0][0] == -180.0
