"""Maps and timelines: same bytes, right place, nothing said more sharply than known."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import JsonValue

from quaywatch.cases import chart
from quaywatch.cases.closure import Closure, closure
from quaywatch.cases.contents import MapFeature
from quaywatch.cases.maps import draw_map, near_points, shapes_of
from quaywatch.cases.timeline import Event, draw_timeline, events_of
from quaywatch.evidence.interval import TimeInterval
from quaywatch.evidence.record import Observation

LON = st.floats(min_value=-180, max_value=180)
LAT = st.floats(min_value=-80, max_value=80)


def feature(role: str, kind: str, coordinates: JsonValue, label: str = "") -> MapFeature:
    """One feature of a check."""
    return MapFeature.model_validate(
        {
            "geometry": {"type": kind, "coordinates": coordinates},
            "properties": {"role": role, "label": label},
        }
    )


def sea(
    lon_min: float, lat_min: float, lon_max: float, lat_max: float, step: float
) -> NDArray[np.bool_]:
    """No land anywhere, and proof that land is asked for within the world."""
    assert -180 <= lon_min < lon_max <= 180.0000001
    assert -90 <= lat_min < lat_max <= 90
    rows, columns = (
        max(2, int((b - a) / step)) for a, b in ((lat_min, lat_max), (lon_min, lon_max))
    )
    return np.zeros((rows, columns), dtype=bool)


@settings(max_examples=12, deadline=None)
@given(st.tuples(LON, LAT), st.tuples(LON, LAT))
def test_any_two_places_can_be_drawn(a: tuple[float, float], b: tuple[float, float]) -> None:
    """A case at the antimeridian or in the far north is a case like any other."""
    svg = draw_map(
        [
            feature("broadcast", "Point", list(a), "heard"),
            feature("sighting", "Point", list(b), "seen"),
            feature("great-circle", "LineString", [list(a), list(b)]),
        ],
        land=sea,
        credit="none",
    )

    assert svg is not None
    ET.fromstring(svg)  # noqa: S314 (our own bytes)


@given(st.lists(LON, min_size=1, max_size=8))
def test_unwrapping_keeps_places_and_tears_nothing_wide(lons: list[float]) -> None:
    """A path torn at the antimeridian would be drawn once around the world."""
    west = chart.west_edge(lons)
    unwrapped = [chart.unwrap(lon, west) for lon in lons]

    assert all(
        abs((u - lon + 180) % 360 - 180) < 1e-6 for u, lon in zip(unwrapped, lons, strict=True)
    )
    gaps = 360 / len(lons)
    assert max(unwrapped) - min(unwrapped) <= 360 - gaps + 1e-6


def test_the_same_map_has_the_same_bytes(world: SimpleNamespace) -> None:
    """A dossier built twice must hash the same, or its manifest proves nothing."""
    features = [feature("broadcast", "Point", [124.0, 36.5], "a $ and a $ b")]

    first, second = (draw_map(features, land=world.land, credit="c") for _ in range(2))

    assert first == second
    assert first is not None
    assert b"<dc:date>" not in first
    assert (
        b"http"
        not in re.sub(rb'(?:xmlns(?::\w+)?|rdf:\w+|PUBLIC|about)="[^"]*"', b"", first).split(
            b"<defs>"
        )[-1]
    )


def test_near_points_get_an_inset(world: SimpleNamespace) -> None:
    """Two hulls at neighbouring berths drawn as one mark would hide the very question."""
    features = [
        feature("broadcast", "Point", [124.0, 36.5], "far"),
        feature("sighting", "Point", [125.39, 38.72], "one"),
        feature("detection", "Point", [125.41, 38.715], "two"),
    ]
    shapes = shapes_of(features)
    frame = chart.frame_around(np.vstack([shape.vertices for shape in shapes]))

    assert near_points(shapes, frame) is not None
    assert draw_map(features, land=world.land, credit="c") is not None


def test_nothing_to_draw_is_no_map() -> None:
    """An empty sheet in a dossier would look like a finding."""
    assert draw_map([], land=sea, credit="c") is None
    assert draw_timeline([]) is None


def test_only_the_day_known_is_a_bar(world: SimpleNamespace) -> None:
    """A mark at noon would be sharper than the source."""
    events = events_of(closure(world.case.findings, world.store))

    assert {e.kind for e in events} == {"broadcast", "sighting", "look", "reported", "gap"}
    assert [e.time.duration for e in events if e.kind == "look"] == [timedelta(days=1)]
    assert draw_timeline(events) == draw_timeline(events)


@pytest.mark.parametrize("minutes", [0, 7, 60 * 24 * 400])
def test_a_timeline_of_any_length_can_be_drawn(minutes: int) -> None:
    """Equal times and years apart are both ordinary."""
    start = datetime(2025, 2, 3, 0, 9, tzinfo=UTC)
    events = [
        Event("observation:1", "broadcast", "mmsi:1", TimeInterval.at(start)),
        Event(
            "observation:2",
            "sighting",
            "imo:1",
            TimeInterval.at(start + timedelta(minutes=minutes)),
        ),
    ]

    assert draw_timeline(events)


def test_a_name_in_another_script_draws_without_a_warning(world: SimpleNamespace) -> None:
    """Ships are named in Chinese and Korean; the table beside the map has the name in full."""
    features = [feature("broadcast", "Point", [124.0, 36.5], "义利1 백매8")]

    assert draw_map(features, land=world.land, credit="c") is not None


def test_eighty_images_share_one_lane() -> None:
    """A lane for each scene would bury the two records that matter."""
    scenes = [
        Observation(
            source_id="source:0",
            what="scene",
            subject=f"scene:{n}",
            locator="whole",
            time=TimeInterval.at(datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=n)),
        )
        for n in range(80)
    ]

    events = events_of(Closure({scene.id: scene for scene in scenes}))

    assert len({(event.subject, event.kind) for event in events}) == 1


def _off(point: tuple[float, float], line: list[tuple[float, float]]) -> float:
    """Distance of a point from the nearest of a line's stretches."""
    x, y = point
    found = []
    for (x0, y0), (x1, y1) in pairwise(line):
        square = (x1 - x0) ** 2 + (y1 - y0) ** 2
        along = 0.0 if square == 0 else ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / square
        t = min(1.0, max(0.0, along))
        found.append(float(np.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0))))
    return min(found)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=3, max_size=60))
def test_a_thinned_coast_passes_every_corner(corners: list[tuple[int, int]]) -> None:
    """A coast that moved on the page would put a ship ashore."""
    run = [(0.4 * x, 0.4 * y) for x, y in corners]
    kept = chart.straightened(run)
    assert kept[0] == run[0]
    assert kept[-1] == run[-1]
    assert set(kept) <= set(run)
    assert max(_off(point, kept) for point in run) <= chart.THIN_PT + 1e-9


def test_a_straight_coast_is_two_corners() -> None:
    """Most of a page's bytes were corners on straight lines."""
    assert chart.straightened([(float(x), 2.0) for x in range(50)]) == [(0.0, 2.0), (49.0, 2.0)]
