"""One scene at one site: how much of each part can be used, which hulls, which berths are taken.

Where the site has a reference look, the scene is first laid on it, so that a quay is where it was
drawn; where that is refused, the scene's own error stands, and what it cannot bear is unknown.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from quaywatch.errors import PixelWindowError
from quaywatch.imagery.berth_state import (
    BerthState,
    StateOfBerth,
    edge_slack_m,
    hulls_at,
    measure_strip,
    state_of_berth,
)
from quaywatch.imagery.detection import DEFAULT_DETECTOR, HullDetector
from quaywatch.imagery.look_record import METHOD, BerthLook, Look, YardLook
from quaywatch.imagery.read import Pixels, inside, read_window
from quaywatch.imagery.reference import Reference, sky_of
from quaywatch.imagery.scene import Scene
from quaywatch.imagery.seen import Seen, View, look_into, view_of
from quaywatch.sites.facility import Facility, FacilityKind, Site, Storage

__all__ = ["METHOD", "BerthLook", "Look", "YardLook", "clear_fraction", "look_at", "usable_share"]

UNSEEN = "none: the scene does not show the site"
NO_REFERENCE = "no reference look of this site to register against"

Mask = NDArray[np.bool_]


def look_at(
    scene: Scene,
    site: Site,
    detector: HullDetector | None = None,
    *,
    reference: Reference | None = None,
    view: View | None = None,
) -> Look:
    """Look at a site in a scene.

    A scene that does not show the site at all gives a look in which everything is unknown.

    Args:
        scene: the capture.
        site: the place.
        detector: default the trained networks.
        reference: of this site, see ``read_reference``; without one the scene's place is believed
            to its stated error.
        view: ``view_of`` this scene and site, where the caller has it already.

    Raises:
        RasterUnreadableError: the pixels have gone.

    """
    finder = detector or DEFAULT_DETECTOR
    view = view or view_of(scene, site)
    seen = None if view is None else look_into(view, site, finder, reference)
    berths = tuple(_berth(f, site, scene, seen) for f in site.of_kind(FacilityKind.BERTH))
    yards = tuple(_yard(f, seen) for f in site.of_kind(FacilityKind.YARD))
    laid = None if seen is None else seen.laid
    light = None if seen is None else seen.light
    return Look(
        site=site.id,
        scene=scene.id,
        captured_start=scene.captured_start,
        captured_end=scene.captured_end,
        sensor=scene.sensor.id,
        gsd_m=scene.gsd_m,
        sun_elevation_deg=scene.sun_elevation_deg,
        sun_azimuth_deg=scene.sun_azimuth_deg,
        registration=laid,
        registration_reason=_registration_reason(seen, reference),
        normalisation=light,
        normalisation_reason=light.reason if light else "it is not laid on a reference",
        cloud_method=UNSEEN if seen is None else seen.sky.method,
        cannot_tell=() if seen is None else seen.sky.cannot_tell,
        detector=finder.name,
        detections=() if seen is None else seen.shown.hulls,
        alongside=() if seen is None else seen.shown.alongside,
        berths=berths,
        yards=yards,
    )


def _registration_reason(seen: Seen | None, reference: Reference | None) -> str:
    """What became of registration, in words."""
    if seen is None:
        return "the scene does not show the site"
    if reference is None or seen.laid is None:
        return NO_REFERENCE
    return seen.laid.found.reason


def _berth(facility: Facility, site: Site, scene: Scene, seen: Seen | None) -> BerthLook:
    """One berth, or why nothing can be said about it."""
    frame = site.frame
    if seen is None or not seen.view.scene.footprint.intersects(facility.area):
        return _named(facility, _unseen(facility, scene))
    laid = seen.view.strips(site).get(facility.id)
    strip = measure_strip(facility, seen.pixels, seen.water, seen.usable, frame, laid)
    shares = seen.sky.shares(seen.pixels, facility.area) if facility.observable else None
    reason = _untellable(scene, seen)
    if reason is not None and scene.sensor.radar:
        reason += _mass_at(facility, site, seen)
    if reason is not None and facility.observable:
        state = StateOfBerth(BerthState.UNKNOWN, None, reason, None, strip, (), None, None)
        return _named(facility, state, shares)
    hulls = [h for h in hulls_at(facility.area, frame, seen.shown.hulls) if h.length_m >= 30.0]
    width = facility.width_m or _width(facility.area, site)
    state = state_of_berth(
        facility, strip, hulls, gsd_m=scene.gsd_m, strip_width_m=width, shares=shares
    )
    return _named(facility, state, shares)


def _untellable(scene: Scene, seen: Seen) -> str | None:
    """Why no berth of this look can be told, if so."""
    if scene.sensor.radar:
        return "berth states are not told from radar"
    if not seen.pixels.valid.any():
        return "nothing of the site was measured in this scene (nodata)"
    if not seen.water.any():
        return "no water could be told from land in this scene"
    if seen.sky.classes is None:
        return "the bands of this scene do not tell cloud"
    return _misplaced(seen)


def _mass_at(facility: Facility, site: Site, seen: Seen) -> str:
    """What radar shows at a berth that may be a ship, in words; nothing where it shows none."""
    own = site.frame.to_metres(facility.area)
    for mass in seen.shown.alongside:
        there = site.frame.to_metres(Point(mass.lon, mass.lat))
        if own.distance(there) <= mass.extent_m / 2:
            return (
                f"; a bright mass {mass.extent_m:.0f} m long lies at it or beside it, which may be "
                "ships, the quay itself, or both"
            )
    return ""


def _misplaced(seen: Seen) -> str | None:
    """Why berths are not scored in a look that lies farther off than they can bear.

    A look that was refused as reference ground is scored where its place is stated, to its stated
    error; unless the shift found, however rough, is beyond what that error allows for.
    """
    found = None if seen.laid is None else seen.laid.found
    if found is None or found.accepted or found.shift_m is None:
        return None
    if found.shift_m <= edge_slack_m(seen.pixels):
        return None
    residual = "" if found.residual_px is None else f", residual {found.residual_px:.1f} px"
    return f"scene shifted {found.shift_m:.0f} m{residual}: berth not scored"


def _unseen(facility: Facility, scene: Scene) -> StateOfBerth:
    """The state of a berth outside the scene."""
    if not facility.observable:
        return state_of_berth(facility, None, (), gsd_m=scene.gsd_m, strip_width_m=np.inf)
    why = "it lies outside the footprint of the scene"
    return StateOfBerth(BerthState.UNKNOWN, None, why, None, None, (), None, None)


def _named(
    facility: Facility, state: StateOfBerth, shares: Mapping[str, float] | None = None
) -> BerthLook:
    """The state with the berth's name."""
    share = None if state.strip is None or not facility.observable else state.strip.usable_share
    return BerthLook(
        id=facility.id,
        name=facility.name,
        state=state.state,
        p_occupied=state.p_occupied,
        reason=state.reason,
        evidence=state.evidence,
        usable_share=share,
        length_m=state.length_m,
        beam_m=state.beam_m,
        strip=state.strip,
        hulls=state.hulls,
        shares=shares,
    )


def _width(area: BaseGeometry, site: Site) -> float:
    """Metres across a polygon: the shorter side of its rectangle."""
    box = site.frame.to_metres(area).minimum_rotated_rectangle
    corners = np.asarray(box.exterior.coords)[:3]
    return float(np.hypot(*np.diff(corners, axis=0).T).min())


def _yard(facility: Facility, seen: Seen | None) -> YardLook:
    """How much of one yard can be used."""
    storage = None if facility.storage is None else str(facility.storage)
    reason: str | None = None
    share: float | None = None
    shares: Mapping[str, float] | None = None
    if not facility.observable:
        reason = facility.reason
    elif facility.storage is Storage.COVERED:
        reason = "it is covered: its stock cannot be seen"
    elif seen is None:
        reason = "the scene does not show it"
    else:
        share = usable_share(seen.pixels, facility.area, seen.usable)
        shares = seen.sky.shares(seen.pixels, facility.area)
    return YardLook(facility.id, facility.name, storage, share, reason, shares)


def usable_share(pixels: Pixels, area: BaseGeometry, usable: Mask) -> float:
    """Share of a polygon in degrees that was seen and is usable; what the window lacks is not."""
    own = inside(pixels, area)
    shape = pixels.grid.to_pixels(area)
    return min(1.0, float((own & usable).sum()) / max(float(shape.area), 1.0))


def clear_fraction(scene: Scene, area: BaseGeometry) -> float:
    """Share of a search area that the scene shows clear: inside, measured, nothing before it.

    Args:
        scene: the capture.
        area: polygon, WGS84 degrees.

    Returns:
        0 to 1; 0 where the scene does not show it, or where its bands cannot tell cloud.

    """
    margin = int(np.ceil(200.0 / scene.gsd_m))
    try:
        pixels = read_window(scene, polygon=area, margin_px=margin)
    except PixelWindowError:
        return 0.0
    clear = sky_of(scene, pixels).clear
    if clear is None:
        return 0.0
    return usable_share(pixels, area, pixels.valid & clear)
