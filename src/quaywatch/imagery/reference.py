"""The one look of a site on which all others are laid: which, what of it is stable, how far off.

A reference is no truth about places: its own geolocation error moves every look laid on it. Where
enough looks of other days lie about it, their mean says how far off it is, and how surely.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from quaywatch.errors import PixelWindowError
from quaywatch.imagery.clarity import Clarity, clarity
from quaywatch.imagery.cloud_network import kept_network
from quaywatch.imagery.mask_file import provider_over
from quaywatch.imagery.read import Pixels, inside, read_window, window_of
from quaywatch.imagery.registration import Registration, register
from quaywatch.imagery.scene import Scene
from quaywatch.imagery.water import water_mask
from quaywatch.sites.facility import FacilityKind, Site

Mask = NDArray[np.bool_]

METHOD = "site-reference@1"
AROUND_M = 450.0
"""Metres read about a site: the longest ship, and water enough to know its colour."""
SHORE_M = 9.0
"""Metres of land beside water that are not compared: fenders, tide, and the blur of the edge."""
LEAST_CLEAR = 0.5
"""Share of the site that a reference must show clear."""
LEAST_SCENES = 3
"""Other days needed before their mean says where the reference lies."""
DRAWN_SIGMA_M = 5.0
"""Standard deviation per axis of a drawn quay, metres, unless the site says ``position_sigma_m``:
a pixel or two of what it was drawn on, and that picture's own error."""
CHANGING = (
    FacilityKind.BERTH,
    FacilityKind.YARD,
    FacilityKind.ANCHORAGE,
    FacilityKind.RAIL,
    FacilityKind.CRANE,
    FacilityKind.CONVEYOR,
)
"""Parts of a site that are never compared: what stands there comes and goes."""


@dataclass(frozen=True)
class Candidate:
    """How well one scene would serve."""

    scene: str
    clear_share: float
    """Share of the site but for its anchorages that it shows clear, see ``ashore``."""
    gsd_m: float
    captured_start: datetime

    @property
    def rank(self) -> tuple[float, float, float, float, str]:
        """Greater is better: clear to a twentieth, then finer, then clearer, then earlier."""
        return (
            math.floor(20 * self.clear_share + 1e-9),
            -round(self.gsd_m, 1),
            round(self.clear_share, 3),
            -self.captured_start.timestamp(),
            self.scene,
        )


@dataclass(frozen=True)
class Offset:
    """How far off a reference lies, by the mean of looks of other days."""

    east_m: float
    """Metres to add to the place of everything that lies on the reference."""
    north_m: float
    sigma_m: float
    """Standard deviation per axis of that."""
    scenes: int
    """Looks it rests on, the reference among them, one a day."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "east_m": self.east_m,
            "north_m": self.north_m,
            "sigma_m": self.sigma_m,
            "scenes": self.scenes,
        }

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "Offset":
        """What ``to_json`` wrote."""
        return cls(said["east_m"], said["north_m"], said["sigma_m"], said["scenes"])


@dataclass(frozen=True)
class Reference:
    """The site's window in its reference look, ready to be compared with."""

    scene: str
    pixels: Pixels
    stable: Mask
    """(y, x): land seen clear, outside berths, yards and the like."""
    drawn: Mask | None
    """(y, x): of that, the site's own stable ground; None where it draws none."""
    geolocation_sigma_m: float
    offset: Offset | None = None

    def register(self, look: Pixels, usable: Mask) -> Registration:
        """Where a look lies against this."""
        return register(self.pixels, look, stable=self.stable, drawn=self.drawn, usable=usable)

    def sigma_m(self, site: Site, residual_m: float) -> float:
        """What is left of the error of a drawn place in a look laid on this, per axis, metres.

        The residual, how far the reference itself may be off, and never less than the drawing.
        """
        own = self.geolocation_sigma_m if self.offset is None else self.offset.sigma_m
        return max(math.hypot(residual_m, own), drawn_sigma_m(site))


def drawn_sigma_m(site: Site) -> float:
    """How well a site says its parts were drawn, metres per axis; else a default."""
    said = site.properties.get("position_sigma_m")
    known = isinstance(said, int | float) and not isinstance(said, bool) and 0 < said < 1000
    return float(said) if known else DRAWN_SIGMA_M  # type: ignore[arg-type]  # known is a number


def read_reference(scene: Scene, site: Site, offset: Offset | None = None) -> Reference | None:
    """The site's window of its reference look; None where the scene does not show it.

    Args:
        scene: as received, not moved.
        site: whose berths and yards are left out of the comparison.
        offset: what is known of its own error.

    Raises:
        RasterUnreadableError: the pixels have gone.

    """
    pixels = read_around(scene, site)
    if pixels is None:
        return None
    sky = sky_of(scene, pixels)
    clear = pixels.valid if sky.clear is None else pixels.valid & sky.clear
    stable = clear & land_apart(pixels) & ~_covered(pixels, site, CHANGING)
    own = site.of_kind(FacilityKind.STABLE)
    drawn = clear & _covered(pixels, site, (FacilityKind.STABLE,)) if own else None
    return Reference(scene.id, pixels, stable, drawn, scene.geolocation_sigma_m, offset)


def ashore(site: Site) -> BaseGeometry:
    """The convex hull of a site's parts but its anchorages, WGS84 degrees.

    What a reference must show: ground to lay others on; an anchorage may lie miles off.
    """
    parts = [f for f in site.facilities if f.kind is not FacilityKind.ANCHORAGE]
    return replace(site, facilities=tuple(parts)).outline if parts else site.outline


def read_around(scene: Scene, site: Site) -> Pixels | None:
    """The site's window of a scene and ``AROUND_M`` about it, and no more of it; None if outside.

    Raises:
        RasterUnreadableError: the pixels have gone.

    """
    margin = int(np.ceil(AROUND_M / scene.gsd_m))
    try:
        return read_window(scene, window=window_of(scene.grid, site.outline), margin_px=margin)
    except PixelWindowError:
        return None


def sky_of(scene: Scene, pixels: Pixels) -> Clarity:
    """What hides the ground in a window of a scene, by its provider, else by network or tests.

    Raises:
        RasterUnreadableError: the provider's mask has gone or is damaged.

    """
    return clarity(
        pixels,
        provider=provider_over(scene, pixels),
        sun_elevation_deg=scene.sun_elevation_deg,
        sun_azimuth_deg=scene.sun_azimuth_deg,
        network=kept_network(),
    )


def visible_in(pixels: Pixels, sky: Clarity) -> Mask:
    """Measured, and behind neither cloud nor shadow: haze and snow do not move the ground."""
    return pixels.valid if sky.hidden is None else pixels.valid & ~sky.hidden


def land_apart(pixels: Pixels) -> Mask:
    """Land at least ``SHORE_M`` from water, (y, x)."""
    reach = max(1, round(SHORE_M / pixels.gsd_m))
    near: Mask = ndimage.maximum_filter(water_mask(pixels), 2 * reach + 1)
    return pixels.valid & ~near


def _covered(pixels: Pixels, site: Site, kinds: Sequence[FacilityKind]) -> Mask:
    """Pixels inside any part of these kinds, (y, x)."""
    covered = np.zeros(pixels.valid.shape, bool)
    for facility in site.of_kind(*kinds):
        covered |= inside(pixels, facility.area)
    return covered


def choose(candidates: Sequence[Candidate]) -> Candidate | None:
    """The clearest, finest, earliest; None where none shows half the site clear.

    Examples:
        >>> from datetime import UTC
        >>> day = datetime(2020, 1, 1, tzinfo=UTC)
        >>> fine = Candidate("fine", 0.97, 0.5, day)
        >>> hidden = Candidate("hidden", 0.3, 0.5, day)
        >>> choose([Candidate("clear", 0.99, 3.0, day), fine, hidden]).scene
        'fine'

    """
    good = [one for one in candidates if one.clear_share >= LEAST_CLEAR]
    return max(good, key=lambda one: one.rank, default=None)


def mean_offset(
    shifts: Sequence[tuple[datetime, float, float, float]],
    captured: datetime,
    sigma_m: float,
) -> Offset | None:
    """How far off the reference lies, from the shifts of other looks onto it.

    Each look's geolocation error is its own, so their mean is near the truth: the error of the
    reference is what is common to all shifts. A day counts once, as one pass has one error. What
    all looks share (a bias of the maker's own maps) is not seen.

    Args:
        shifts: capture, metres east and north to add, and geolocation sigma per axis, of looks
            that were registered onto the reference.
        captured: when the reference was taken.
        sigma_m: its geolocation sigma per axis.

    Returns:
        None with fewer than ``LEAST_SCENES`` days.

    Examples:
        >>> from datetime import UTC, timedelta
        >>> first = datetime(2020, 1, 1, tzinfo=UTC)
        >>> nine = [(first + timedelta(days=n + 1), 4.0 + (-1) ** n, 0.0, 7.0) for n in range(8)]
        >>> mean_offset(nine, first, 7.0)
        Offset(east_m=-3.56, north_m=0.0, sigma_m=2.33, scenes=9)

    """
    days: dict[str, tuple[float, float, float]] = {captured.date().isoformat(): (0, 0, sigma_m)}
    for at, east, north, sigma in sorted(shifts):
        days.setdefault(at.date().isoformat(), (east, north, sigma))
    if len(days) < LEAST_SCENES + 1:
        return None
    rows = np.array(list(days.values()))
    weight = 1 / rows[:, 2] ** 2
    weight = weight / weight.sum()
    middle = (weight[:, None] * rows[:, :2]).sum(axis=0)
    spread = float(np.sqrt(((rows[:, :2] - middle) ** 2).sum() / (2 * (len(rows) - 1))))
    stated = float(1 / np.sqrt((1 / rows[:, 2] ** 2).sum()))
    sigma = max(stated, spread / math.sqrt(len(rows)))
    return Offset(
        0.0 - round(float(middle[0]), 2),
        0.0 - round(float(middle[1]), 2),
        round(sigma, 2),
        len(rows),
    )
