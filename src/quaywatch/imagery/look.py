"""One scene at one site: how much of each part can be used, which hulls, which berths are taken."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from quaywatch.errors import PixelWindowError
from quaywatch.imagery.berth_state import (
    METHOD as STATE_METHOD,
)
from quaywatch.imagery.berth_state import (
    BerthState,
    StateOfBerth,
    Strip,
    hulls_at,
    measure_strip,
    state_of_berth,
)
from quaywatch.imagery.cloud import CLOUD_METHOD, cloud_mask
from quaywatch.imagery.detection import (
    DEFAULT_DETECTOR,
    Detection,
    HullDetector,
    detect_window,
)
from quaywatch.imagery.read import Pixels, inside, read_window, window_of
from quaywatch.imagery.scene import Scene
from quaywatch.imagery.water import water_mask
from quaywatch.sites.facility import Facility, FacilityKind, Site, Storage

METHOD = "look@1"
NO_REFERENCE = "no reference look of this site to register against"
AROUND_M = 450.0
"""Metres read about the site: the longest ship, and water enough to know its colour."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class BerthLook:
    """One berth in one look."""

    id: str
    name: str
    state: BerthState
    p_occupied: float | None
    reason: str
    evidence: str | None
    """What the probability rests on: hull and strip, hull, strip, empty."""
    usable_share: float | None
    """Share of the berth that was seen and is not cloud; None where it cannot be told."""
    length_m: float | None
    beam_m: float | None
    strip: Strip | None
    hulls: tuple[Detection, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        strip = self.strip
        return {
            "id": self.id,
            "name": self.name,
            "state": str(self.state),
            "p_occupied": self.p_occupied,
            "reason": self.reason,
            "evidence": self.evidence,
            "usable_share": _rounded(self.usable_share, 3),
            "length_m": _rounded(self.length_m, 1),
            "beam_m": _rounded(self.beam_m, 1),
            "water_share": None if strip is None else _rounded(strip.water_share, 3),
            "filled_run_m": None if strip is None else _rounded(strip.run_m, 1),
            "filled_depth_m": None if strip is None else _rounded(strip.depth_m, 1),
            "detections": [hull.to_json() for hull in self.hulls],
            "method": STATE_METHOD,
        }


@dataclass(frozen=True)
class YardLook:
    """One yard in one look."""

    id: str
    name: str
    storage: str | None
    usable_share: float | None
    reason: str | None
    """Why its share is not known, or why it cannot be seen at all."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "id": self.id,
            "name": self.name,
            "storage": self.storage,
            "usable_share": _rounded(self.usable_share, 3),
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Look:
    """One scene at one site."""

    site: str
    scene: str
    captured_start: datetime
    captured_end: datetime
    sensor: str
    gsd_m: float
    sun_elevation_deg: float | None
    sun_azimuth_deg: float | None
    registration: None
    """Shift and residual; None until there is a reference look."""
    registration_reason: str
    cloud_method: str
    """What the usable shares were told by."""
    detector: str
    detections: tuple[Detection, ...]
    """Every hull about the site, at a berth or not."""
    berths: tuple[BerthLook, ...]
    yards: tuple[YardLook, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "site": self.site,
            "scene": self.scene,
            "captured_start": self.captured_start.isoformat(),
            "captured_end": self.captured_end.isoformat(),
            "sensor": self.sensor,
            "gsd_m": round(self.gsd_m, 3),
            "sun_elevation_deg": self.sun_elevation_deg,
            "sun_azimuth_deg": self.sun_azimuth_deg,
            "registration": self.registration,
            "registration_reason": self.registration_reason,
            "cloud_method": self.cloud_method,
            "detector": self.detector,
            "method": METHOD,
            "detections": [d.to_json() for d in self.detections],
            "berths": [b.to_json() for b in self.berths],
            "yards": [y.to_json() for y in self.yards],
        }


def look_at(scene: Scene, site: Site, detector: HullDetector | None = None) -> Look:
    """Look at a site in a scene.

    A scene that does not show the site at all gives a look in which everything is unknown.

    Args:
        scene: the capture.
        site: the place.
        detector: default the trained networks.

    Raises:
        RasterUnreadableError: the pixels have gone.

    """
    finder = detector or DEFAULT_DETECTOR
    seen = _Seen.read(scene, site, finder)
    berths = tuple(_berth(f, scene, site, seen) for f in site.of_kind(FacilityKind.BERTH))
    yards = tuple(_yard(f, seen) for f in site.of_kind(FacilityKind.YARD))
    return Look(
        site=site.id,
        scene=scene.id,
        captured_start=scene.captured_start,
        captured_end=scene.captured_end,
        sensor=scene.sensor.id,
        gsd_m=scene.gsd_m,
        sun_elevation_deg=scene.sun_elevation_deg,
        sun_azimuth_deg=scene.sun_azimuth_deg,
        registration=None,
        registration_reason=NO_REFERENCE,
        cloud_method=_cloud_method(seen),
        detector=finder.name,
        detections=() if seen is None else seen.hulls,
        berths=berths,
        yards=yards,
    )


@dataclass(frozen=True)
class _Seen:
    """What was read of a site."""

    pixels: Pixels
    water: Mask
    cloud: Mask | None
    hulls: tuple[Detection, ...]

    @property
    def usable(self) -> Mask:
        return self.pixels.valid if self.cloud is None else self.pixels.valid & ~self.cloud

    @staticmethod
    def read(scene: Scene, site: Site, detector: HullDetector) -> "_Seen | None":
        margin = int(np.ceil(AROUND_M / scene.gsd_m))
        window = window_of(scene.grid, site.outline)
        try:
            pixels = read_window(scene, window=window, margin_px=margin)
        except PixelWindowError:
            return None
        hulls = tuple(detect_window(scene, pixels.window, detector))
        return _Seen(pixels, water_mask(pixels), cloud_mask(pixels), hulls)


def _cloud_method(seen: _Seen | None) -> str:
    """The name of the test, or why there was none."""
    if seen is None:
        return "none: the scene does not show the site"
    return CLOUD_METHOD if seen.cloud is not None else "none: the bands do not tell cloud"


def _berth(facility: Facility, scene: Scene, site: Site, seen: _Seen | None) -> BerthLook:
    """One berth, or why nothing can be said about it."""
    frame = site.frame
    if seen is None or not scene.footprint.intersects(facility.area):
        return _named(facility, _unseen(facility, scene))
    strip = measure_strip(facility, seen.pixels, seen.water, seen.usable, frame)
    reason = _untellable(scene, seen)
    if reason is not None and facility.observable:
        state = StateOfBerth(BerthState.UNKNOWN, None, reason, None, strip, (), None, None)
        return _named(facility, state)
    hulls = [h for h in hulls_at(facility.area, frame, seen.hulls) if h.length_m >= 30.0]
    width = facility.width_m or _width(facility.area, site)
    state = state_of_berth(facility, strip, hulls, gsd_m=scene.gsd_m, strip_width_m=width)
    return _named(facility, state)


def _untellable(scene: Scene, seen: _Seen) -> str | None:
    """Why no berth of this look can be told, if so."""
    if scene.sensor.radar:
        return "berth states are not told from radar"
    if not seen.water.any():
        return "no water could be told from land in this scene"
    if seen.cloud is None:
        return "the bands of this scene do not tell cloud"
    return None


def _unseen(facility: Facility, scene: Scene) -> StateOfBerth:
    """The state of a berth outside the scene."""
    if not facility.observable:
        return state_of_berth(facility, None, (), gsd_m=scene.gsd_m, strip_width_m=np.inf)
    why = "it lies outside the footprint of the scene"
    return StateOfBerth(BerthState.UNKNOWN, None, why, None, None, (), None, None)


def _named(facility: Facility, state: StateOfBerth) -> BerthLook:
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
    )


def _width(area: BaseGeometry, site: Site) -> float:
    """Metres across a polygon: the shorter side of its rectangle."""
    box = site.frame.to_metres(area).minimum_rotated_rectangle
    corners = np.asarray(box.exterior.coords)[:3]
    return float(np.hypot(*np.diff(corners, axis=0).T).min())


def _yard(facility: Facility, seen: _Seen | None) -> YardLook:
    """How much of one yard can be used."""
    storage = None if facility.storage is None else str(facility.storage)
    reason: str | None = None
    share: float | None = None
    if not facility.observable:
        reason = facility.reason
    elif facility.storage is Storage.COVERED:
        reason = "it is covered: its stock cannot be seen"
    elif seen is None:
        reason = "the scene does not show it"
    else:
        share = usable_share(seen.pixels, facility.area, seen.usable)
    return YardLook(facility.id, facility.name, storage, share, reason)


def usable_share(pixels: Pixels, area: BaseGeometry, usable: Mask) -> float:
    """Share of a polygon in degrees that was seen and is usable; what the window lacks is not."""
    own = inside(pixels, area)
    shape = pixels.grid.to_pixels(area)
    return min(1.0, float((own & usable).sum()) / max(float(shape.area), 1.0))


def clear_fraction(scene: Scene, area: BaseGeometry) -> float:
    """Share of a search area that the scene shows clear: inside, valid, not cloud.

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
    cloud = cloud_mask(pixels)
    if cloud is None:
        return 0.0
    return usable_share(pixels, area, pixels.valid & ~cloud)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
