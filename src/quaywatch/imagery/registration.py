"""How far a look lies off the reference look of its site, or why that cannot be said.

Never a guess: where chips of stable ground do not agree on one shift, there is none, and the
reason says so. A shift is what must be added to the look's stated place for it to lie on the
reference (``registered`` does so); whether either is right on Earth is another question.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.chips import (
    LEAST_SEEN,
    Chip,
    Planes,
    choose_chips,
    measure,
    sides_of,
    stacked,
)
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.read import Pixels
from quaywatch.imagery.scene import Raster
from quaywatch.imagery.warp import coarser, lay, moved

Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]
_R = TypeVar("_R", bound=Raster)

METHOD = "registration@1"
LEAST_CHIPS = 4
"""Chips that must agree (METHODS section 5 step 1)."""
LEAST_RATIO = 1.3
"""Of a chip's best peak to its next: below, the chip might lie elsewhere just as well."""
MOST_RESIDUAL_PX = 0.5
LEAST_AGREE = 0.5
"""Share of the chips with a clear peak that must lie within ``AGREE_PX`` of their median."""
AGREE_PX = 1.5
MOST_PIXELS = 4_000_000
"""A larger window is compared on coarser pixels: berths need metres, not decimetres."""
_VISIBLE = ("red", "green", "blue")


@dataclass(frozen=True)
class Registration:
    """Where a look lies against its reference."""

    accepted: bool
    reason: str
    """In words, whether accepted or not."""
    shift_x_m: float | None = None
    """Metres to add to the look's stated place, towards east, for it to lie on the reference."""
    shift_y_m: float | None = None
    """The same towards north."""
    shift_x_px: float | None = None
    """The same in pixels of the comparison, along its rows (x)."""
    shift_y_px: float | None = None
    """Down its columns."""
    residual_px: float | None = None
    """Root mean square distance of the agreeing chips from the median shift: what local
    distortion and the measurement leave after correction. Not the error of the median itself,
    which is smaller by about the root of their number."""
    pixel_m: float | None = None
    """True size of a pixel of the comparison: the coarser of the two."""
    chips_used: int = 0
    chips_ambiguous: int = 0
    """Rejected for a peak ratio under ``LEAST_RATIO``."""
    chips_apart: int = 0
    """Rejected for lying farther than ``AGREE_PX`` from the others."""
    peak_ratio: float | None = None
    """Median over the chips used."""
    ground: str | None = None
    """``drawn`` (the site's stable parts) or ``found`` (land outside its berths and yards)."""
    method: str = METHOD

    @property
    def residual_m(self) -> float | None:
        """The residual in metres."""
        if self.residual_px is None or self.pixel_m is None:
            return None
        return self.residual_px * self.pixel_m

    @property
    def shift_m(self) -> float | None:
        """Length of the shift, metres."""
        if self.shift_x_m is None or self.shift_y_m is None:
            return None
        return math.hypot(self.shift_x_m, self.shift_y_m)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; the shift is already rounded to the centimetre that is used."""
        return {
            "accepted": self.accepted,
            "shift_x_m": self.shift_x_m,
            "shift_y_m": self.shift_y_m,
            "shift_x_px": self.shift_x_px,
            "shift_y_px": self.shift_y_px,
            "residual_px": self.residual_px,
            "pixel_m": self.pixel_m,
            "chips_used": self.chips_used,
            "chips_ambiguous": self.chips_ambiguous,
            "chips_apart": self.chips_apart,
            "peak_ratio": self.peak_ratio,
            "ground": self.ground,
            "method": self.method,
        }


def registered(scene: _R, shift_m: tuple[float, float], sigma_m: float | None) -> _R:
    """The scene moved by a shift: grid, footprint and what is left of its geolocation error.

    Args:
        scene: as received.
        shift_m: metres to add, east and north, see ``Registration``.
        sigma_m: what is left of its geolocation error per axis; None keeps the scene's own.

    """
    grid = moved(scene.grid, *shift_m)
    sigma = scene.geolocation_sigma_m if sigma_m is None else sigma_m
    footprint = grid.to_lonlat(scene.grid.to_pixels(scene.footprint))
    return replace(scene, grid=grid, footprint=footprint, geolocation_sigma_m=sigma)


def register(
    reference: Pixels,
    look: Pixels,
    *,
    stable: Mask | None = None,
    drawn: Mask | None = None,
    usable: Mask | None = None,
) -> Registration:
    """The shift of a look against the reference of its site.

    Args:
        reference: the site's window in the reference look.
        look: the site's window in the look, on any grid.
        stable: (y, x) of the reference: ground that may be compared; default all that is valid.
        drawn: (y, x) of the reference: ground that the site declares stable; tried first.
        usable: (y, x) of the look: valid and clear; default all that is valid.

    Returns:
        Accepted with the shift, or refused with the reason and, where chips agreed on one, the
        shift found. Never accepted on fewer than four agreeing chips.

    Source:
        Phase correlation on stable chips, METHODS section 5; gradients by orientation, Fitch et
        al. (2002), doi:10.5244/C.16.11; sub-pixel peak by an upsampled Fourier transform,
        Guizar-Sicairos et al. (2008), doi:10.1364/OL.33.000156.

    """
    planes = _comparable(reference, look, stable, drawn, usable)
    if isinstance(planes, str):
        return Registration(accepted=False, reason=planes)
    tried: list[Registration] = []
    least = LEAST_CHIPS * LEAST_SEEN * min(sides_of(planes.stable.shape, planes.grid.gsd_m)) ** 2
    if planes.drawn is not None and planes.drawn.sum() >= 0.5 * least:  # chips may overlap by half
        tried.append(_by_chips(planes, planes.drawn, "drawn"))
    if not tried or not tried[0].accepted:
        tried.append(_by_chips(planes, planes.stable, "found"))
    return next((one for one in tried if one.accepted), tried[-1])


def _comparable(
    reference: Pixels,
    look: Pixels,
    stable: Mask | None,
    drawn: Mask | None,
    usable: Mask | None,
) -> Planes | str:
    """Both as one plane on one grid, or why not."""
    bands = shared_bands(reference, look)
    if not bands[0]:
        return (
            f"no band to compare: the reference has {', '.join(reference.bands)}, "
            f"the look {', '.join(look.bands)}"
        )
    valid = reference.valid if stable is None else reference.valid & stable
    clear = look.valid if usable is None else look.valid & usable
    if not clear.any():
        return "nothing of the site was seen clear in this look"
    if not valid.any():
        return "the reference shows no stable land"
    step, look_step = _steps(reference, look)
    bright, seen = brightness(reference, bands[0]), reference.valid
    plane, good, grid = coarser(bright, seen, reference.grid, step)
    other, other_good, other_grid = coarser(brightness(look, bands[1]), clear, look.grid, look_step)
    moving, moving_good = lay(other, other_good, other_grid, grid)
    if not moving_good.any():
        return "the look and the reference show no ground in common"
    ground = coarser(bright, valid, reference.grid, step)[1]
    own = None
    if drawn is not None and drawn.any():
        own = coarser(bright, drawn & seen, reference.grid, step)[1]
    return Planes(plane, good, moving, moving_good, ground, own, grid)


def shared_bands(reference: Pixels, look: Pixels) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The bands of each that are compared: the visible ones both have, else any one, else pan."""
    common = tuple(b for b in _VISIBLE if b in reference.bands and b in look.bands)
    if common:
        return common, common
    seen = {
        name: ("pan",) if "pan" in p.bands else tuple(b for b in _VISIBLE if b in p.bands)
        for name, p in (("reference", reference), ("look", look))
    }
    if seen["reference"] and seen["look"]:
        return seen["reference"], seen["look"]
    one = tuple(b for b in reference.bands if b in look.bands)[:1]
    return one, one


def brightness(pixels: Pixels, bands: Sequence[str]) -> Plane:
    """Mean of the named bands, (y, x); NaN where not valid."""
    planes = [pixels.values[pixels.bands.index(name)] for name in bands]
    total = planes[0] if len(planes) == 1 else planes[0] + planes[1]
    for plane in planes[2:]:
        total = total + plane
    mean: Plane = total * np.float32(1.0 / len(planes))
    return mean


def _steps(reference: Pixels, look: Pixels) -> tuple[int, int]:
    """How many pixels of each are averaged to one: the coarser decides."""
    size = reference.grid.width * reference.grid.height
    pixel = max(reference.gsd_m, look.gsd_m, reference.gsd_m * math.sqrt(size / MOST_PIXELS))
    step = max(1, round(pixel / reference.gsd_m))
    if size > step * step * MOST_PIXELS:
        step += 1
    return step, max(1, round(step * reference.gsd_m / look.gsd_m))


def _by_chips(planes: Planes, ground: Mask, name: str) -> Registration:
    """The shift on which the chips of this ground agree: large chips, or else small ones."""
    said = Registration(accepted=False, reason="", ground=name)
    for side in sides_of(ground.shape, planes.grid.gsd_m):
        chips = choose_chips(planes, ground, side)
        if len(chips) < LEAST_CHIPS:
            why = (
                f"{len(chips)} chips of textured land are seen clear in both; "
                f"{LEAST_CHIPS} are needed"
            )
            found = replace(said, reason=why, pixel_m=round(planes.grid.gsd_m, 3))
        else:
            first, peak = stacked(planes, ground, chips, side)
            measured = measure(planes, ground, chips, side, first)
            found = _agreed(measured, peak, planes.grid, name)
        # Small chips stand in where there is room for few large ones, not where these disagree.
        enough = len(chips) >= 2 * LEAST_CHIPS
        if found.accepted or (enough and not said.reason):
            return found
        if said.shift_x_m is None:
            said = found
    return said


def _agreed(found: Sequence[Chip], peak: float, grid: Grid, name: str) -> Registration:
    """What the measured chips say together."""
    clear = [chip for chip in found if chip.ratio >= LEAST_RATIO]
    said = Registration(
        accepted=False,
        reason="",
        pixel_m=round(grid.gsd_m, 3),
        chips_ambiguous=len(found) - len(clear),
        ground=name,
    )
    if len(clear) < LEAST_CHIPS:
        why = (
            f"{len(clear)} of {len(found)} chips have one clear peak (the next at least "
            f"{LEAST_RATIO} times lower); {LEAST_CHIPS} are needed"
        )
        return replace(said, reason=why)
    places = np.array([chip.shift for chip in clear])
    near = np.hypot(*(places - np.median(places, axis=0)).T) <= AGREE_PX
    middle = np.median(places[near], axis=0) if near.any() else np.zeros(2)
    near = np.hypot(*(places - middle).T) <= AGREE_PX
    said = replace(said, chips_used=int(near.sum()), chips_apart=int((~near).sum()))
    if near.sum() < LEAST_CHIPS or near.mean() < LEAST_AGREE or peak < LEAST_RATIO:
        why = (
            f"{int(near.sum())} of {len(clear)} chips agree on a shift; "
            f"{LEAST_CHIPS} and half of them are needed"
            if peak >= LEAST_RATIO
            else "all chips together fit two shifts almost equally well"
        )
        return replace(said, reason=why, chips_used=int(near.sum()))
    # Chips say where the look's content went; what must be added to its place is the opposite.
    middle = np.median(places[near], axis=0)
    residual = float(np.sqrt((np.hypot(*(places[near] - middle).T) ** 2).mean()))
    east, north = grid.metres_per_pixel(grid.width / 2, grid.height / 2) @ -middle
    ratios = [chip.ratio for chip, ok in zip(clear, near, strict=True) if ok]
    said = replace(
        said,
        shift_x_m=round(float(east), 2),
        shift_y_m=round(float(north), 2),
        shift_x_px=round(0.0 - float(middle[0]), 3),
        shift_y_px=round(0.0 - float(middle[1]), 3),
        residual_px=round(residual, 3),
        peak_ratio=round(float(np.median(ratios)), 2),
    )
    off = f"scene shifted {math.hypot(east, north):.1f} m, residual {residual:.2f} px"
    if residual > MOST_RESIDUAL_PX:
        why = f"{off}: more than the {MOST_RESIDUAL_PX} px that are accepted"
        return replace(said, reason=why)
    return replace(said, accepted=True, reason=f"{off} over {said.chips_used} chips")
