"""Looks: a berth is occupied, empty or unknown, and never empty where it was not seen."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry import box

from quaywatch.imagery.berth_state import BerthState
from quaywatch.imagery.clarity import cloud_mask
from quaywatch.imagery.detection import WaterContrastDetector
from quaywatch.imagery.load import load_scene
from quaywatch.imagery.look import BerthLook, Look, clear_fraction, look_at
from quaywatch.imagery.read import Pixels, read_window
from quaywatch.imagery.reference import Offset, Reference, read_reference
from quaywatch.imagery.registration import Registration
from quaywatch.imagery.scene import Scene
from quaywatch.sites.facility import Site

Write = Callable[..., Path]
Harbour = Callable[..., NDArray[np.uint8]]
SIZE = (420, 700)
QUAY_ROW = SIZE[0] // 3
MOORED = (QUAY_ROW + 1, 210, 9, 60)
"""A ship of 180 m by 27 m against the quay."""


@pytest.fixture
def scene_of(write: Write) -> Callable[[NDArray[np.uint8]], Scene]:
    """A licensed scene of an array."""
    return lambda values: load_scene([write(values)], licence="CC0-1.0", credit="nobody")


def site_in(scene: Scene, **more: object) -> Site:
    """Two berths along the quay and a yard behind it, drawn in pixels."""

    def lonlat(x: float, y: float) -> list[float]:
        lon, lat = scene.grid.lonlat_of(x, y)
        return [float(lon), float(lat)]

    def berth(name: str, x0: float, x1: float) -> dict[str, Any]:
        line = [lonlat(x0, QUAY_ROW), lonlat(x1, QUAY_ROW)]
        own = {"id": name, "kind": "berth", "side": "right", **more}
        geometry = {"type": "LineString", "coordinates": line}
        return {"type": "Feature", "properties": own, "geometry": geometry}

    corners = [lonlat(*xy) for xy in ((200, 60), (280, 60), (280, 120), (200, 120), (200, 60))]
    yard = {
        "type": "Feature",
        "properties": {"id": "yard", "kind": "yard"},
        "geometry": {"type": "Polygon", "coordinates": [corners]},
    }
    features = [berth("west", 200, 280), berth("east", 400, 480), yard]
    return Site.from_geojson({"type": "FeatureCollection", "id": "s", "features": features})


def berths(look: Look) -> dict[str, BerthLook]:
    """By id."""
    return {berth.id: berth for berth in look.berths}


def test_a_moored_ship_and_an_empty_berth(
    scene_of: Callable[[NDArray[np.uint8]], Scene], harbour: Harbour
) -> None:
    """The plain case, with a hull the detector cannot part from the quay."""
    scene = scene_of(harbour(SIZE, ships=(MOORED,)))
    look = look_at(scene, site_in(scene), WaterContrastDetector())
    west, east = berths(look)["west"], berths(look)["east"]
    assert west.state is BerthState.OCCUPIED
    assert west.evidence == "detector and strip"
    assert west.length_m == pytest.approx(180, abs=15)
    assert east.state is BerthState.EMPTY
    assert (west.p_occupied or 0) > 0.5 > (east.p_occupied or 1)
    assert look.yards[0].usable_share == pytest.approx(1, abs=0.02)
    assert look.registration is None
    assert (look.yards[0].shares or {})["clear"] > 0.97
    assert (west.shares or {})["cloud"] == 0
    assert look.cannot_tell, "what these bands do not tell is said"
    json.dumps(look.to_json(), allow_nan=False)


def test_a_ship_off_the_quay_within_the_berth_is_detected_in_it(
    scene_of: Callable[[NDArray[np.uint8]], Scene], harbour: Harbour
) -> None:
    """A ship on fenders or dolphins stands clear of the quay."""
    scene = scene_of(harbour(SIZE, ships=((QUAY_ROW + 7, 210, 9, 60),)))
    west = berths(look_at(scene, site_in(scene), WaterContrastDetector()))["west"]
    assert west.state is BerthState.OCCUPIED
    assert west.evidence == "detector and strip"
    assert len(west.hulls) == 1
    passing = scene_of(harbour(SIZE, ships=((QUAY_ROW + 80, 210, 9, 60),)))
    assert berths(look_at(passing, site_in(passing)))["west"].state is BerthState.EMPTY


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(hidden=st.sampled_from(["cloud", "nodata"]), share=st.floats(0.15, 1.0), ship=st.booleans())
def test_what_is_hidden_is_never_empty(
    scene_of: Callable[[NDArray[np.uint8]], Scene],
    harbour: Harbour,
    hidden: str,
    share: float,
    ship: bool,  # noqa: FBT001 (drawn by Hypothesis)
) -> None:
    """First law: a clouded berth is never empty, and nodata is never a ship."""
    values = harbour(SIZE, ships=(MOORED,) if ship else ())
    to = 200 + round(80 * share)
    values[:, QUAY_ROW - 40 : QUAY_ROW + 60, 100:to] = 250 if hidden == "cloud" else 0
    scene = scene_of(values)
    west = berths(look_at(scene, site_in(scene), WaterContrastDetector()))["west"]
    assert west.state in {BerthState.UNKNOWN, BerthState.OCCUPIED}
    assert (west.usable_share or 0) < 0.9
    if not ship:
        assert west.state is BerthState.UNKNOWN
        assert west.p_occupied is None
        assert "hidden" in west.reason


class Saying(Reference):
    """A reference that says of every look what a test wants."""

    said: Registration

    @classmethod
    def of(cls, scene: Scene, site: Site, said: Registration) -> "Saying":
        """The site's window of the scene, and what to say."""
        made = read_reference(scene, site)
        assert made is not None
        saying = cls("another", made.pixels, made.stable, made.drawn, made.geolocation_sigma_m)
        object.__setattr__(saying, "said", said)
        return saying

    def register(self, look: Pixels, usable: NDArray[np.bool_]) -> Registration:
        """What was wanted."""
        del look, usable
        return self.said


@pytest.mark.parametrize(
    ("east", "scored"), [(14.0, False), (6.0, True)], ids=["beyond-slack", "within-slack"]
)
def test_a_refused_shift_beyond_what_a_berth_bears_leaves_it_unscored(
    scene_of: Callable[[NDArray[np.uint8]], Scene],
    harbour: Harbour,
    east: float,
    scored: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    """A box two pixels into the quay is always full: a false ship. The hulls still stand."""
    scene = scene_of(harbour(SIZE, ships=((QUAY_ROW + 7, 210, 9, 60),)))
    site = site_in(scene)
    said = Registration(
        accepted=False, reason="off", shift_x_m=east, shift_y_m=0.0, residual_px=2.1, pixel_m=3.0
    )
    look = look_at(scene, site, WaterContrastDetector(), reference=Saying.of(scene, site, said))
    west, east_berth = berths(look)["west"], berths(look)["east"]
    assert len(look.detections) == 1
    if scored:
        assert (west.state, east_berth.state) == (BerthState.OCCUPIED, BerthState.EMPTY)
    else:
        assert {west.state, east_berth.state} == {BerthState.UNKNOWN}
        assert west.reason == "scene shifted 14 m, residual 2.1 px: berth not scored"
    json.dumps(look.to_json(), allow_nan=False)


def test_berths_are_read_where_the_reference_has_them(
    scene_of: Callable[[NDArray[np.uint8]], Scene], harbour: Harbour
) -> None:
    """A scene whose stated place is 30 m off reads land for water, unless it is laid right."""
    scene = scene_of(harbour(SIZE, ships=((QUAY_ROW + 7, 210, 9, 60),)))
    site = site_in(scene)
    a, b, c, d, e, f = scene.grid.transform
    wrong = replace(scene, id="wrong", grid=replace(scene.grid, transform=(a, b, c, d, e, f - 30)))
    reference = read_reference(scene, site)
    assert reference is not None
    look = look_at(wrong, site, WaterContrastDetector(), reference=reference)
    laid = look.registration
    assert laid is not None
    assert laid.found.accepted, laid.found.reason
    # Metres are true east and north; the grid's north is 0.7 degrees off them here.
    assert laid.moved_m == pytest.approx((-0.36, 30), abs=0.3)
    assert (berths(look)["west"].state, berths(look)["east"].state) == ("occupied", "empty")
    (hull,) = look.detections
    (true,) = look_at(scene, site, WaterContrastDetector()).detections
    assert (hull.lon, hull.lat) == pytest.approx((true.lon, true.lat), abs=1e-5)
    assert look.normalisation is not None


def test_what_the_mean_of_many_days_says_moves_the_reference_too(
    scene_of: Callable[[NDArray[np.uint8]], Scene], harbour: Harbour
) -> None:
    """The reference is one capture among many, as wrong as any; its error must not be baked in."""
    scene = scene_of(harbour(SIZE))
    site = site_in(scene)
    reference = read_reference(scene, site, Offset(4.0, -8.0, 2.0, 12))
    look = look_at(scene, site, WaterContrastDetector(), reference=reference)
    assert look.registration is not None
    assert look.registration.moved_m == (4.0, -8.0)
    assert look.registration.sigma_m == 5.0, "never better than the drawing"
    known = replace(site, properties={"position_sigma_m": 1.0})
    better = look_at(scene, known, WaterContrastDetector(), reference=reference)
    assert better.registration is not None
    assert better.registration.sigma_m == 2.0


def test_a_look_of_nothing_but_nodata_says_so(
    scene_of: Callable[[NDArray[np.uint8]], Scene], harbour: Harbour
) -> None:
    """The footprint may cover a site of which no pixel was measured."""
    values = harbour(SIZE)
    scene = scene_of(values)
    site = site_in(scene)
    reference = read_reference(scene, site)
    values[:, :, 60:640] = 0
    look = look_at(replace(scene_of(values), id="fill"), site, reference=reference)
    assert {b.state for b in look.berths} == {BerthState.UNKNOWN}
    assert not look.detections or look.registration is not None
    assert "clear" in look.registration_reason or "land" in look.registration_reason


def test_crane_booms_over_an_empty_quay_are_no_ship(
    scene_of: Callable[[NDArray[np.uint8]], Scene], harbour: Harbour
) -> None:
    """Booms reach as far over the water as a ship is wide; between them is water."""
    booms = tuple((QUAY_ROW + 1, 215 + 12 * n, 16, 4) for n in range(4))
    scene = scene_of(harbour(SIZE, ships=booms))
    west = berths(look_at(scene, site_in(scene), WaterContrastDetector()))["west"]
    assert west.state is not BerthState.OCCUPIED


def test_what_cannot_be_seen_is_not_applicable(
    scene_of: Callable[[NDArray[np.uint8]], Scene], harbour: Harbour
) -> None:
    """A roofed berth has no state from above, whatever the pixels show."""
    scene = scene_of(harbour(SIZE))
    for berth in look_at(scene, site_in(scene, observable=False, reason="roofed")).berths:
        assert (berth.state, berth.reason) == (BerthState.NOT_APPLICABLE, "roofed")
        assert berth.p_occupied is None


def test_outside_the_footprint_everything_is_unknown(
    scene_of: Callable[[NDArray[np.uint8]], Scene], harbour: Harbour
) -> None:
    """A scene of the next port says nothing about this one."""
    scene = scene_of(harbour(SIZE))
    site = site_in(scene)
    grid = scene.grid.window(5000, 5000, SIZE[1], SIZE[0])
    elsewhere = replace(scene, grid=grid, footprint=grid.outline())
    look = look_at(elsewhere, site)
    assert {b.state for b in look.berths} == {BerthState.UNKNOWN}
    assert {b.usable_share for b in look.berths} == {None}
    assert look.yards[0].usable_share is None


def test_pixels_too_coarse_for_a_berth_say_so(
    scene_of: Callable[[NDArray[np.uint8]], Scene], harbour: Harbour
) -> None:
    """Landsat cannot tell a berth of 60 m; two pixels of water are not an empty berth."""
    scene = scene_of(harbour(SIZE))
    site = site_in(scene, width_m=8)
    assert {b.state for b in look_at(scene, site).berths} == {BerthState.UNKNOWN}


def test_clear_fraction_counts_cloud_nodata_and_beyond_as_hidden(
    scene_of: Callable[[NDArray[np.uint8]], Scene], harbour: Harbour
) -> None:
    """An absence claim rests on this share: it must never be too large."""
    values = harbour(SIZE)
    values[:, 200:300, 100:200] = 0
    values[:, 200:300, 400:500] = 250
    scene = scene_of(values)
    share = {
        name: clear_fraction(scene, scene.grid.to_lonlat(box(*bounds)))
        for name, bounds in {
            "sea": (250, 220, 330, 280), "fill": (120, 220, 180, 280), "half": (150, 220, 250, 280),
            "cloud": (420, 220, 480, 280), "edge": (650, 220, 750, 280), "out": (900, 0, 950, 50),
        }.items()
    }  # fmt: skip
    assert share["sea"] == pytest.approx(1, abs=0.02)
    assert share["half"] == pytest.approx(0.5, abs=0.03)
    assert share["edge"] == pytest.approx(0.5, abs=0.03)
    assert share["fill"] == share["cloud"] == share["out"] == 0


def test_a_white_ship_is_not_cloud(
    scene_of: Callable[[NDArray[np.uint8]], Scene], harbour: Harbour
) -> None:
    """A cruise ship is as white as a cloud, and much narrower."""
    values = harbour(SIZE)
    values[:, 250:265, 100:200] = 255
    mask = cloud_mask(read_window(scene_of(values)))
    assert mask is not None
    assert not mask.any()
