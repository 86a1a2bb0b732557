"""Drawn shapes, checked: GeoJSON geometry to shapely, and a quay line to its strip of water."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import LineString, MultiPolygon, shape
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from quaywatch.errors import SiteGeometryError
from quaywatch.sites.frame import LocalFrame, unwrap


def parse_geometry(drawn: object, *, site: str, feature: str) -> BaseGeometry:
    """A checked shape in WGS84 degrees with continuous longitudes.

    A shape whose longitudes span more than half the Earth is taken to cross the antimeridian the
    short way; the parts of a MultiPolygon cut there (RFC 7946, 3.1.9) are joined again.

    Raises:
        SiteGeometryError: missing, empty, crossing itself, or not on Earth; says where.

    Examples:
        >>> ring = [[179.9, 0.0], [-179.9, 0.0], [-179.9, 0.1], [179.9, 0.1], [179.9, 0.0]]
        >>> square = {"type": "Polygon", "coordinates": [ring]}
        >>> [round(b, 3) for b in parse_geometry(square, site="s", feature="f").bounds]
        [179.9, 0.0, 180.1, 0.1]

    """
    wrong = partial(SiteGeometryError, site=site, feature=feature)
    if not isinstance(drawn, Mapping):
        raise wrong(fact="has no geometry")
    try:
        geometry: BaseGeometry = shape(drawn)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError) as err:
        raise wrong(fact=f"is not a GeoJSON geometry ({err})") from err
    if geometry.is_empty:
        raise wrong(fact="is empty")
    xy = shapely.get_coordinates(geometry)
    off = ~np.isfinite(xy).all(axis=1) | (np.abs(xy[:, 0]) > 360) | (np.abs(xy[:, 1]) > 90)
    if off.any():
        bad = xy[off][0]
        raise wrong(
            fact=f"has a corner at {bad[0]}, {bad[1]}, which is not WGS84 longitude, latitude"
        )
    if np.ptp(xy[:, 0]) > 180:
        geometry = unwrap(geometry, near=float(xy[0, 0]))
        # Parts that share the cut are no valid MultiPolygon until they are joined.
        if isinstance(geometry, MultiPolygon) and all(p.is_valid for p in geometry.geoms):
            geometry = shapely.union_all(list(geometry.geoms))
    if not geometry.is_valid:
        raise wrong(fact=f"crosses itself or is not a shape: {explain_validity(geometry)}")
    if isinstance(geometry, LineString) and not geometry.is_simple:
        raise wrong(fact="is a line that crosses itself")
    plain: BaseGeometry = shapely.force_2d(geometry)
    return plain


def berth_strip(
    quay: LineString, *, side: str, width_m: float, site: str, feature: str
) -> BaseGeometry:
    """The strip of water ``width_m`` wide on one side of a quay line.

    Args:
        quay: WGS84 degrees.
        side: left or right, looking along the line.
        width_m: metres.
        site: for the message.
        feature: for the message.

    Raises:
        SiteGeometryError: the line bends so sharply that no strip of that width exists.

    Examples:
        >>> line = LineString([(0.0, 0.0), (0.01, 0.0)])
        >>> strip = berth_strip(line, side="left", width_m=60.0, site="s", feature="f")
        >>> round(strip.bounds[3] * 110574, 0)
        60.0

    """
    middle = quay.interpolate(0.5, normalized=True)
    frame = LocalFrame(lon=middle.x, lat=middle.y)
    signed = width_m if side == "left" else -width_m
    strip = frame.to_metres(quay).buffer(
        signed, single_sided=True, cap_style="flat", join_style="mitre"
    )
    if strip.is_empty or strip.geom_type != "Polygon" or not strip.is_valid:
        fact = f"bends too sharply for a strip of {width_m:g} m; draw the berth as a polygon"
        raise SiteGeometryError(site=site, feature=feature, fact=fact)
    return frame.to_degrees(strip)
