"""A site's window of a scene: read once, its sky told once, laid on the site's reference.

Whatever is measured in a look is measured in this one window: hulls, berths, and the strips that
their histories are made of. It is laid where the look says that it was laid, to the centimetre that
is written down, so that whoever opens the look later cuts the same strips.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.berth_strip import BerthStrip, cut_strips
from quaywatch.imagery.clarity import Clarity
from quaywatch.imagery.detected import Searched
from quaywatch.imagery.detection import TILE_PX, HullDetector, search_hulls, search_window
from quaywatch.imagery.normalise import Normalisation, normalise, unchanged
from quaywatch.imagery.read import Pixels
from quaywatch.imagery.reference import Reference, read_around, sky_of, visible_in
from quaywatch.imagery.registration import Registration, registered
from quaywatch.imagery.scene import Scene
from quaywatch.imagery.water import water_mask
from quaywatch.sites.facility import Site

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Laid:
    """How a look was laid on the reference look of its site."""

    reference: str
    """The reference's scene."""
    found: Registration
    moved_m: tuple[float, float]
    """Metres added to the scene's stated place, east and north: its shift and the reference's own
    correction, to a centimetre; (0, 0) where registration was refused."""
    sigma_m: float
    """Standard deviation per axis of what is left between the look and the drawn site."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            **self.found.to_json(),
            "reference": self.reference,
            "moved_x_m": self.moved_m[0],
            "moved_y_m": self.moved_m[1],
            "sigma_m": round(self.sigma_m, 2),
        }


@dataclass(frozen=True)
class View:
    """A site's window of a scene as received."""

    scene: Scene
    pixels: Pixels
    sky: Clarity
    _there: dict[tuple[tuple[float, float], float], "View"] = field(default_factory=dict)
    """Where it was moved to before: whoever asks again gets the same, with what is known of it."""
    _strips: dict[str, dict[str, BerthStrip]] = field(default_factory=dict)

    @cached_property
    def water(self) -> Mask:
        """(y, x): where it lies on Earth does not matter to it."""
        return water_mask(self.pixels)

    def moved(self, moved_m: tuple[float, float], sigma_m: float) -> "View":
        """The same pixels where a look was laid.

        Args:
            moved_m: metres east and north added to the scene's stated place.
            sigma_m: what is left of the error of its place, per axis.

        """
        key = (moved_m, sigma_m)
        kept = self._there.get(key)
        if kept is not None:
            return kept
        placed = registered(self.scene, moved_m, sigma_m)
        grid = placed.grid.window(*self.pixels.window)
        pixels = replace(self.pixels, grid=grid, geolocation_sigma_m=sigma_m)
        there = View(placed, pixels, self.sky)
        there.__dict__["water"] = self.water
        self._there[key] = there
        return there

    def strips(self, site: Site) -> dict[str, BerthStrip]:
        """The strips of a site's berths, cut once; none where the bands do not tell cloud."""
        if site.id not in self._strips:
            clear = None if self.scene.sensor.radar else self.sky.clear
            self._strips[site.id] = (
                {}
                if clear is None
                else cut_strips(site, self.pixels, self.pixels.valid & clear, self.water)
            )
        return self._strips[site.id]


def view_of(scene: Scene, site: Site) -> View | None:
    """The site's window of a scene and what hides it; None where the scene does not show the site.

    Raises:
        RasterUnreadableError: the pixels have gone.

    """
    pixels = read_around(scene, site)
    return None if pixels is None else View(scene, pixels, sky_of(scene, pixels))


def lay_on(view: View, site: Site, reference: Reference) -> tuple[Laid, View]:
    """A scene's window laid on the site's reference, or left where it is, with the reason.

    Args:
        view: of the scene as received.
        site: the place.
        reference: of this site.

    """
    scene = view.scene
    if scene.sensor.radar:
        why = "radar is not compared with optical ground; its place is believed"
        found = Registration(accepted=False, reason=why)
    elif reference.scene == scene.id:
        found = Registration(
            accepted=True, reason="it is the reference look", shift_x_m=0.0, shift_y_m=0.0
        )
    else:
        found = reference.register(view.pixels, visible_in(view.pixels, view.sky))
    if not found.accepted:
        return Laid(reference.scene, found, (0.0, 0.0), scene.geolocation_sigma_m), view
    off = reference.offset
    east = (found.shift_x_m or 0.0) + (0.0 if off is None else off.east_m)
    north = (found.shift_y_m or 0.0) + (0.0 if off is None else off.north_m)
    # As it is written down: what is cut later by the record lies where this lay.
    moved = round(east, 2), round(north, 2)
    sigma = round(reference.sigma_m(site, found.residual_m or 0.0), 2)
    return Laid(reference.scene, found, moved, sigma), view.moved(moved, sigma)


@dataclass(frozen=True)
class Seen:
    """What was read of a site, where it was laid."""

    view: View
    shown: Searched
    """Its hulls, and what could not be parted."""
    laid: Laid | None
    light: Normalisation | None

    @property
    def pixels(self) -> Pixels:
        """The window."""
        return self.view.pixels

    @property
    def sky(self) -> Clarity:
        """What hides it."""
        return self.view.sky

    @property
    def water(self) -> Mask:
        """(y, x): taken for water."""
        return self.view.water

    @cached_property
    def usable(self) -> Mask:
        """(y, x): measured, with nothing before it as far as the bands tell."""
        return _of(self.sky.clear, self.pixels)


def look_into(view: View, site: Site, detector: HullDetector, reference: Reference | None) -> Seen:
    """A window laid on its reference, its light compared and its hulls found.

    Args:
        view: of the scene as received.
        site: the place.
        detector: of hulls.
        reference: of this site; None leaves it where it is.

    """
    there, laid, light = view, None, None
    if reference is not None:
        laid, there = lay_on(view, site, reference)
        light = _light(view.pixels, _of(view.sky.clear, view.pixels), reference, laid)
    return Seen(there, _searched(there, detector), laid, light)


def _searched(view: View, detector: HullDetector) -> Searched:
    """What the window shows, from the pixels already read; a large window in parts."""
    if max(view.pixels.valid.shape) > TILE_PX:
        return search_window(view.scene, view.pixels.window, detector)
    found = search_hulls(view.pixels, detector, water=view.water)
    return Searched(
        tuple(sorted(found.hulls, key=lambda d: (-d.score, d.y_px, d.x_px))),
        tuple(sorted(found.alongside, key=lambda m: (-m.extent_m, m.y_px, m.x_px))),
    )


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
