"""Sites: what is drawn is what is looked at, and what is drawn wrong is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from quaywatch.errors import SiteFileError, SiteGeometryError
from quaywatch.sites.facility import FacilityKind, Site, Storage


def feature(
    kind: object = "berth", geometry: object = None, **properties: object
) -> dict[str, Any]:
    """One feature; by default a quay line of 200 m with water on its left."""
    line = {"type": "LineString", "coordinates": [[31.0, -29.9], [31.002, -29.9]]}
    own = {"id": "a", "side": "left", **({"kind": kind} if kind else {}), **properties}
    return {"type": "Feature", "properties": own, "geometry": geometry or line}


def collection(*features: dict[str, Any], **more: object) -> dict[str, Any]:
    """A FeatureCollection."""
    return {"type": "FeatureCollection", "id": "s", "features": list(features), **more}


def polygon(*corners: tuple[float, float]) -> dict[str, Any]:
    """A closed polygon."""
    return {"type": "Polygon", "coordinates": [[*map(list, corners), list(corners[0])]]}


@given(
    lon=st.floats(-180, 180),
    lat=st.floats(-75, 75),
    width=st.floats(20, 120),
    side=st.sampled_from(["left", "right"]),
)
def test_a_quay_line_becomes_a_strip_of_its_length_and_width(
    lon: float, lat: float, width: float, side: str
) -> None:
    """The strip is what occupancy is read from; anywhere on Earth it must be as wide as stated."""
    line = {"type": "LineString", "coordinates": [[lon, lat], [lon, lat + 0.002]]}
    site = Site.from_geojson(collection(feature(geometry=line, side=side, width_m=width)))
    (berth,) = site.facilities
    length = site.frame.to_metres(berth.geometry).length
    area = site.frame.to_metres(berth.area).area
    assert area == pytest.approx(length * width, rel=1e-3)
    centre = berth.area.centroid.x
    assert (centre < lon) == (side == "left")  # drawn northward: left is west


def test_a_site_astride_the_antimeridian_is_small() -> None:
    """Longitudes 179.999 and -179.999 are 200 m apart, not once round the Earth."""
    square = polygon((179.999, 0), (-179.999, 0), (-179.999, 0.002), (179.999, 0.002))
    site = Site.from_geojson(collection(feature("anchorage", square)))
    assert site.frame.to_metres(site.outline).area == pytest.approx(222 * 221, rel=0.02)


def test_a_multipolygon_cut_at_the_antimeridian_is_one_shape() -> None:
    """RFC 7946 tells writers to cut there; a yard in two halves would have two stocks."""
    parts = [
        polygon((179.999, 0), (180, 0), (180, 0.002), (179.999, 0.002))["coordinates"],
        polygon((-180, 0), (-179.999, 0), (-179.999, 0.002), (-180, 0.002))["coordinates"],
    ]
    cut = {"type": "MultiPolygon", "coordinates": parts}
    site = Site.from_geojson(collection(feature("yard", cut)))
    assert site.facilities[0].area.geom_type == "Polygon"
    assert site.facilities[0].storage is Storage.OPEN


def test_a_polygon_that_crosses_itself_names_feature_and_place() -> None:
    """The analyst has to find the crossing again in the drawing."""
    bow_tie = polygon((0, 0), (1, 1), (1, 0), (0, 1))
    with pytest.raises(SiteGeometryError, match=r"feature 1 \(a\).*0\.5 0\.5") as caught:
        Site.from_geojson(collection(feature("yard", bow_tie)))
    assert caught.value.code == "site-geometry-invalid"


@pytest.mark.parametrize(
    ("drawn", "fact"),
    [
        ([], "not a GeoJSON FeatureCollection"),
        ({"type": "Feature"}, "not a GeoJSON FeatureCollection"),
        (collection(), "no features"),
        (collection(feature(kind=None)), "no kind"),
        (collection(feature(kind="pub")), "unknown 'pub'"),
        (collection(feature(), feature()), "occurs twice"),
        (collection(feature(side=None)), "without side"),
        (collection(feature(observable=False)), "gives no reason"),
        (collection(feature(observable="no")), "not true or false"),
        (collection(feature(depth_m=-3)), "depth_m is -3"),
        (collection(feature("yard", storage="heap")), "unknown 'heap'"),
        (collection(feature(geometry={"type": "Point", "coordinates": [0, 0]})), "neither"),
        (
            collection(feature(), crs={"properties": {"name": "urn:ogc:def:crs:EPSG::32611"}}),
            "not in WGS84",
        ),
        (collection({"type": "Point"}), "not a GeoJSON Feature"),
    ],
)
def test_a_site_that_cannot_be_used_says_why(drawn: object, fact: str) -> None:
    """A site half understood would be half watched without anyone knowing."""
    with pytest.raises(SiteFileError, match=fact):
        Site.from_geojson(drawn)


@pytest.mark.parametrize(
    ("geometry", "fact"),
    [
        ({"type": "Polygon", "coordinates": [[[0, 0], [0, 1]]]}, "not a GeoJSON geometry"),
        ({"type": "Polygon", "coordinates": []}, "is empty"),
        ({"type": "LineString", "coordinates": [[500000, 4e6], [500100, 4e6]]}, "not WGS84"),
        ({"type": "LineString", "coordinates": [[0, 0], [0, 95]]}, "not WGS84"),
        ({"type": "Bench"}, "not a GeoJSON geometry"),
        ({"type": "LineString", "coordinates": [[0, 0], [1, 1], [1, 0], [0, 1]]}, "crosses itself"),
        ("here", "no geometry"),
    ],
)
def test_a_shape_that_cannot_be_used_says_why(geometry: object, fact: str) -> None:
    """Metres where degrees belong is the commonest slip; it must not become a place off Africa."""
    drawn = feature()
    drawn["geometry"] = geometry
    with pytest.raises(SiteGeometryError, match=fact):
        Site.from_geojson(collection(drawn))


def test_what_cannot_be_seen_keeps_its_reason() -> None:
    """A covered pier left out of the site would read as a pier without ships."""
    site = Site.from_geojson(collection(feature(observable=False, reason="roofed over")))
    assert site.facilities[0].reason == "roofed over"


def test_files_that_are_no_json_are_refused(tmp_path: Path) -> None:
    """Empty, binary and truncated files all end in one error with a remedy."""
    for number, raw in enumerate([b"", b"\xff\xfe\x00", b'{"type": "Feat', b"[1, 2]"]):
        path = tmp_path / f"{number}.geojson"
        path.write_bytes(raw)
        with pytest.raises(SiteFileError) as caught:
            Site.read(path)
        assert caught.value.code == "site-file-invalid"


def test_the_examples_are_sites_and_survive_a_round_trip() -> None:
    """The examples are what a newcomer copies."""
    folder = Path(__file__).resolve().parents[2] / "examples" / "sites"
    for path in sorted(folder.glob("*.geojson")):
        site = Site.read(path)
        again = Site.from_geojson(json.loads(json.dumps(site.to_geojson())))
        assert again == site
        berths = site.of_kind(FacilityKind.BERTH)
        assert site.facilities
        strips = [site.frame.to_metres(b.area) for b in berths]
        for number, strip in enumerate(strips):
            others = shapely.union_all(strips[:number])
            assert strip.intersection(others).area < 0.05 * strip.area, berths[number].id
