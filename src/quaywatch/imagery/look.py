"""One scene at one site: how much of each part can be used, which hulls, which berths are taken.

Where the site has a reference look, the scene is first laid on it, so that a quay is where it was
drawn; where that is refused, the scene's own error stands, and what it cannot bear is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    edge_slack_m,
    hulls_at,
    measure_strip,
    state_of_berth,
)
from quaywatch.imagery.clarity import Clarity
from quaywatch.imagery.detection import (
    DEFAULT_DETECTOR,
    TILE_PX,
    Detection,
    HullDetector,
    detect_hulls,
    detect_window,
)
from quaywatch.imagery.normalise import METHOD as NORMALISATION_METHOD
from quaywatch.imagery.normalise import Normalisation, normalise, unchanged
from quaywatch.imagery.read import Pixels, inside, read_window
from quaywatch.imagery.reference import Reference, read_around, sky_of, visible_in
from quaywatch.imagery.registration import Registration, registered
from quaywatch.imagery.scene import Scene
from quaywatch.imagery.water import water_mask
from quaywatch.sites.facility import Facility, FacilityKind, Site, Storage

METHOD = "look@2"
UNSEEN = "none: the scene does not show the site"
NO_REFERENCE = "no reference look of this site to register against"

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
    """Share of the berth that was seen clear; None where it cannot be told."""
    length_m: float | None
    beam_m: float | None
    strip: Strip | None
    hulls: tuple[Detection, ...]
    shares: Mapping[str, float] | None = None
    """Share of the berth that is clear, cloud, shadow, haze, snow or ice, and no data."""

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
            "clarity": _shares(self.shares),
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
    shares: Mapping[str, float] | None = None
    """As of a berth."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "id": self.id,
            "name": self.name,
            "storage": self.storage,
            "usable_share": _rounded(self.usable_share, 3),
            "clarity": _shares(self.shares),
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Laid:
    """How a look was laid on the reference look of its site."""

    reference: str
    """The reference's scene."""
    found: Registration
    moved_m: tuple[float, float]
    """Metres added to the scene's stated place, east and north: its shift and the reference's own
    correction; (0, 0) where registration was refused."""
    sigma_m: float
    """Standard deviation per axis of what is left between the look and the drawn site."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            **self.found.to_json(),
            "reference": self.reference,
            "moved_x_m": round(self.moved_m[0], 2),
            "moved_y_m": round(self.moved_m[1], 2),
            "sigma_m": round(self.sigma_m, 2),
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
    registration: "Laid | None"
    """Shift and residual; None without a reference look."""
    registration_reason: str
    normalisation: Normalisation | None
    """The light against the reference's; None where it was not registered."""
    normalisation_reason: str
    cloud_method: str
    """What told cloud, shadow, haze, snow and ice."""
    cannot_tell: tuple[str, ...]
    """What it takes one for the other, or does not see at all."""
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
            "registration": None if self.registration is None else self.registration.to_json(),
            "registration_reason": self.registration_reason,
            "normalisation": None if self.normalisation is None else self.normalisation.to_json(),
            "normalisation_reason": self.normalisation_reason,
            "normalisation_method": NORMALISATION_METHOD,
            "cloud_method": self.cloud_method,
            "cannot_tell": list(self.cannot_tell),
            "detector": self.detector,
            "method": METHOD,
            "detections": [d.to_json() for d in self.detections],
            "berths": [b.to_json() for b in self.berths],
            "yards": [y.to_json() for y in self.yards],
        }


def look_at(
    scene: Scene,
    site: Site,
    detector: HullDetector | None = None,
    *,
    reference: Reference | None = None,
) -> Look:
    """Look at a site in a scene.

    A scene that does not show the site at all gives a look in which everything is unknown.

    Args:
        scene: the capture.
        site: the place.
        detector: default the trained networks.
        reference: of this site, see ``read_reference``; without one the scene's place is believed
            to its stated error.

    Raises:
        RasterUnreadableError: the pixels have gone.

    """
    finder = detector or DEFAULT_DETECTOR
    seen = _Seen.read(scene, site, finder, reference)
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
        detections=() if seen is None else seen.hulls,
        berths=berths,
        yards=yards,
    )


def lay_on(
    scene: Scene, site: Site, pixels: Pixels, usable: Mask, reference: Reference
) -> tuple[Laid, Scene, Pixels]:
    """A scene and its window laid on the site's reference, or left where they are, with the reason.

    Args:
        scene: as received.
        site: the place.
        pixels: the site's window of the scene.
        usable: (y, x): valid and clear.
        reference: of this site.

    """
    if scene.sensor.radar:
        why = "radar is not compared with optical ground; its place is believed"
        found = Registration(accepted=False, reason=why)
    elif reference.scene == scene.id:
        found = Registration(
            accepted=True, reason="it is the reference look", shift_x_m=0.0, shift_y_m=0.0
        )
    else:
        found = reference.register(pixels, usable)
    if not found.accepted:
        laid = Laid(reference.scene, found, (0.0, 0.0), scene.geolocation_sigma_m)
        return laid, scene, pixels
    off = reference.offset
    east = (found.shift_x_m or 0.0) + (0.0 if off is None else off.east_m)
    north = (found.shift_y_m or 0.0) + (0.0 if off is None else off.north_m)
    sigma = reference.sigma_m(site, found.residual_m or 0.0)
    placed = registered(scene, (east, north), sigma)
    grid = placed.grid.window(*pixels.window)
    window = replace(pixels, grid=grid, geolocation_sigma_m=sigma)
    return Laid(reference.scene, found, (east, north), sigma), placed, window


@dataclass(frozen=True)
class _Seen:
    """What was read of a site."""

    scene: Scene
    """Where it was laid."""
    pixels: Pixels
    water: Mask
    sky: Clarity
    hulls: tuple[Detection, ...]
    laid: Laid | None
    light: Normalisation | None

    @property
    def usable(self) -> Mask:
        return _of(self.sky.clear, self.pixels)

    @staticmethod
    def read(
        scene: Scene, site: Site, detector: HullDetector, reference: Reference | None
    ) -> "_Seen | None":
        raw = read_around(scene, site)
        if raw is None:
            return None
        sky = sky_of(scene, raw)
        placed, pixels, laid, light = scene, raw, None, None
        if reference is not None:
            laid, placed, pixels = lay_on(scene, site, raw, visible_in(raw, sky), reference)
            light = _light(raw, _of(sky.clear, raw), reference, laid)
        water = water_mask(pixels)
        hulls = _hulls(placed, pixels, water, detector)
        return _Seen(placed, pixels, water, sky, hulls, laid, light)


def _hulls(
    scene: Scene, pixels: Pixels, water: Mask, detector: HullDetector
) -> tuple[Detection, ...]:
    """The hulls of the window, from the pixels already read; a large window in parts."""
    if max(pixels.valid.shape) > TILE_PX:
        return tuple(detect_window(scene, pixels.window, detector))
    found = detect_hulls(pixels, detector, water=water)
    return tuple(sorted(found, key=lambda d: (-d.score, d.y_px, d.x_px)))


def _of(mask: Mask | None, pixels: Pixels) -> Mask:
    """A mask of what was measured; all that was measured where the bands tell nothing."""
    return pixels.valid if mask is None else pixels.valid & mask


def _light(pixels: Pixels, usable: Mask, reference: Reference, laid: Laid) -> Normalisation | None:
    """The light of a registered look against the reference's."""
    found = laid.found
    if found.shift_x_m is None or found.shift_y_m is None or not found.accepted:
        return None
    if found.residual_px is None:
        return unchanged(pixels.bands)
    shift = found.shift_x_m, found.shift_y_m
    return normalise(
        reference.pixels, pixels, stable=reference.stable, usable=usable, shift_m=shift
    )


def _registration_reason(seen: _Seen | None, reference: Reference | None) -> str:
    """What became of registration, in words."""
    if seen is None:
        return "the scene does not show the site"
    if reference is None or seen.laid is None:
        return NO_REFERENCE
    return seen.laid.found.reason


def _berth(facility: Facility, site: Site, scene: Scene, seen: _Seen | None) -> BerthLook:
    """One berth, or why nothing can be said about it."""
    frame = site.frame
    if seen is None or not seen.scene.footprint.intersects(facility.area):
        return _named(facility, _unseen(facility, scene))
    strip = measure_strip(facility, seen.pixels, seen.water, seen.usable, frame)
    shares = seen.sky.shares(seen.pixels, facility.area) if facility.observable else None
    reason = _untellable(scene, seen)
    if reason is not None and facility.observable:
        state = StateOfBerth(BerthState.UNKNOWN, None, reason, None, strip, (), None, None)
        return _named(facility, state, shares)
    hulls = [h for h in hulls_at(facility.area, frame, seen.hulls) if h.length_m >= 30.0]
    width = facility.width_m or _width(facility.area, site)
    state = state_of_berth(facility, strip, hulls, gsd_m=scene.gsd_m, strip_width_m=width)
    return _named(facility, state, shares)


def _untellable(scene: Scene, seen: _Seen) -> str | None:
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


def _misplaced(seen: _Seen) -> str | None:
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


def _yard(facility: Facility, seen: _Seen | None) -> YardLook:
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


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _shares(shares: Mapping[str, float] | None) -> dict[str, float] | None:
    return None if shares is None else {name: round(share, 3) for name, share in shares.items()}
