"""What lies in a yard in one look: its dark share beside that of bare ground, and what it may be.

Dark is relative to the bare control of the same look, so that gain, season and an even veil of haze
fall out. Where the control or the yard cannot be seen the stock is unknown; a covered yard has none
to be told. Light-coloured stock is never seen by it, and ``none`` means no dark stock.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.read import Pixels, inside
from quaywatch.imagery.stock_material import (
    LAWS,
    Gaussians,
    Material,
    Spectrum,
    Told,
    tell_material,
)
from quaywatch.imagery.stock_record import LEVELS, METHOD, StockLook, StockState, Yard, unknown
from quaywatch.imagery.stock_shade import Darkness, dark_pixels, darkness, snow_hides
from quaywatch.imagery.stock_volume import volume_of

__all__ = ["METHOD", "StockLook", "StockState", "Yard", "measure_stock", "tell_state", "unknown"]

Mask = NDArray[np.bool_]
Plane = NDArray[np.float64]

DRAW_CONTROL: Final = "draw a part of kind control beside the yard"
LEAST_PX: Final = 30
"""A yard of fewer pixels is mostly edge."""
LEAST_USABLE: Final = 0.6
"""Share of a yard that must be seen for a state."""
NONE_BELOW: Final = 0.08
"""A yard with a smaller difference holds nothing that can be told from stains and shadow."""
FULL_FROM: Final = 0.60
SURE: Final = 0.8
"""Probability from which a state is told."""
LOW_SUN_DEG: Final = 25.0
REPOSE_TAN: Final = math.tan(math.radians(35.0))


def measure_stock(
    pixels: Pixels,
    yard: Yard,
    *,
    usable: Mask,
    snow: Mask | None = None,
    position_sigma_m: float,
    repeat_sigma_m: float | None = None,
    sun_elevation_deg: float | None = None,
    laws: Gaussians = LAWS,
) -> StockLook:
    """The stock of one yard in one look.

    Args:
        pixels: a window around the yard and its controls; wide, so that it holds something dark.
        yard: what is looked at.
        usable: seen, and neither cloud nor shadow of cloud, (y, x).
        snow: snow or ice, (y, x), where something tells it.
        position_sigma_m: standard deviation per axis of where the pixels lie on Earth.
        repeat_sigma_m: the same from look to look: the residual of registration; default as
            ``position_sigma_m``, for looks that are not registered to one another.
        sun_elevation_deg: a low sun lengthens shadows, which are dark too.
        laws: spectra of the materials.

    Returns:
        Unknown, with the reason, where the yard is covered or hidden, too small for the pixels,
        under snow, without a control that can be seen, or between two states.

    Source:
        METHODS section 6: difference of dark fractions against a bare control quay.

    """
    own = inside(pixels, yard.area)
    why = _why_not(pixels, yard, own)
    if why is not None:
        return unknown(why)
    control = np.zeros_like(own)
    for area in yard.controls:
        control |= inside(pixels, area)
    control &= ~own
    share = _share_seen(own & usable, yard, pixels)
    if share < LEAST_USABLE:
        return unknown(
            f"only {share:.0%} of it can be used: the rest is hidden", usable_share=share
        )
    shade = darkness(pixels, control & usable, usable, yard.dark_ratio)
    if isinstance(shade, str):
        return unknown(shade, usable_share=share)
    white = snow_hides(pixels, own, control, usable, snow, sun_elevation_deg)
    if white is not None:
        return unknown(white, usable_share=share)
    seen = _Seen(pixels, yard, own & usable, control & usable, shade, share)
    shares = _shares(seen, position_sigma_m, repeat_sigma_m, sun_elevation_deg)
    return _measured(seen, shares, sun_elevation_deg, laws)


def _why_not(pixels: Pixels, yard: Yard, own: Mask) -> str | None:
    """Why nothing can be told of a yard in such pixels, whatever the weather."""
    if yard.storage == "covered":
        return "it is covered: its stock cannot be seen"
    if not any(name in pixels.bands for name in ("red", "green", "blue", "pan")):
        return "dark material is told from optical bands, and this scene has none"
    if pixels.radiometry == "counts":
        return "the values are raw counts: nothing says what they mean"
    if not yard.controls:
        return f"the site draws no bare control to compare it with: {DRAW_CONTROL}"
    count = int(own.sum())
    if yard.area_m2 < LEAST_PX * pixels.gsd_m**2:
        return (
            f"it is {yard.area_m2 / pixels.gsd_m**2:.0f} pixels: too small at {pixels.gsd_m:.0f} m"
        )
    return "the scene does not show it" if count == 0 else None


def _share_seen(seen: Mask, yard: Yard, pixels: Pixels) -> float:
    """Share of the whole yard that can be used; what the window lacks cannot."""
    return min(1.0, float(seen.sum()) * pixels.gsd_m**2 / yard.area_m2)


@dataclass(frozen=True)
class _Seen:
    """A yard that can be told about."""

    pixels: Pixels
    yard: Yard
    own: Mask
    """Usable pixels of the yard."""
    control: Mask
    """Usable pixels of its controls."""
    shade: Darkness
    usable_share: float


@dataclass(frozen=True)
class _Shares:
    dark: Mask
    yard: float
    control: float
    y: float
    sigma: float
    repeat_sigma: float


def _shares(
    seen: _Seen, position_m: float, repeat_m: float | None, sun_elevation_deg: float | None
) -> _Shares:
    """Dark shares of yard and control, and what each source of error makes of their difference."""
    dark = dark_pixels(seen.shade, seen.shade.limit)
    yard, control = _fraction(dark, seen.own), _fraction(dark, seen.control)
    longer = _shadow_growth(sun_elevation_deg)
    limit = _limit_sigma(seen.shade, seen.own)
    common = (0.29 * (1.0 - seen.usable_share), 0.5 * yard * longer / (1 + longer), 0.01)
    both = [
        math.hypot(*(_moved_sigma(dark, area, metres / seen.pixels.gsd_m)
                     for area in (seen.own, seen.control)))
        for metres in (position_m, position_m if repeat_m is None else repeat_m)
    ]  # fmt: skip
    # What counts as dark is one choice for all looks: little of its error differs between them.
    return _Shares(
        dark=dark,
        yard=yard,
        control=control,
        y=yard - control,
        sigma=math.hypot(*common, both[0], limit),
        repeat_sigma=math.hypot(*common, both[1], 0.3 * limit),
    )


def _measured(
    seen: _Seen, shares: _Shares, sun_elevation_deg: float | None, laws: Gaussians
) -> StockLook:
    """The look of a yard that can be told about."""
    yard, y, sigma = seen.yard, shares.y, shares.sigma
    state, reason = tell_state(y, sigma)
    footprint = shares.dark & seen.own
    spectrum = Spectrum.of(seen.pixels)
    told = tell_material(seen.pixels, spectrum, footprint, laws)
    bins = yard.storage == "bins"
    hectares = yard.area_m2 / 1e4
    span = (max(y - 1.645 * sigma, 0.0), max(y, 0.0), min(max(y, 0.0) + 1.645 * sigma, 1.0))
    volume = None
    if not bins and y > 0:
        heaps = footprint
        if told.material is Material.COAL and spectrum is not None:
            heaps = footprint & spectrum.coal()
        volume = volume_of(
            heaps, seen.pixels.gsd_m, area_sigma=min(sigma / max(y, 0.02), 0.9),
            commodity=yard.commodity or _commodity(told.material),
        )  # fmt: skip
    return StockLook(
        state=state,
        reason=reason,
        level=LEVELS.get(state) if bins else None,
        y=y,
        y_sigma=sigma,
        y_repeat_sigma=shares.repeat_sigma,
        yard_fraction=shares.yard,
        control_fraction=shares.control,
        control_brightness=seen.shade.control_brightness,
        usable_share=seen.usable_share,
        footprint_ha=(span[0] * hectares, span[1] * hectares, span[2] * hectares),
        volume=volume,
        told=told,
        untellable=tuple(_untellable(yard, told, sun_elevation_deg)),
    )


def _fraction(dark: Mask, where: Mask) -> float:
    return float(dark[where].mean())


def _moved_sigma(dark: Mask, where: Mask, sigma_px: float) -> float:
    """What the share would differ by, were the outline a standard deviation elsewhere."""
    step = max(1, round(sigma_px))
    here = _fraction(dark, where)
    apart = []
    for rows, columns in ((step, 0), (-step, 0), (0, step), (0, -step)):
        moved = ndimage.shift(where.astype(np.uint8), (rows, columns), order=0) > 0
        if moved.any():
            apart.append(_fraction(dark, moved) - here)
    spread = float(np.sqrt(np.mean(np.square(apart)))) if apart else 0.0
    return spread * min(sigma_px / step, 1.0) * math.sqrt(2.0)


def _limit_sigma(shade: Darkness, where: Mask) -> float:
    """Half of what the share differs by between bounds a tenth lower and higher."""
    low = _fraction(dark_pixels(shade, 0.9 * shade.limit), where)
    high = _fraction(dark_pixels(shade, 1.1 * shade.limit), where)
    return 0.5 * (high - low)


def _shadow_growth(sun_elevation_deg: float | None) -> float:
    """By which share a ridge's dark outline grows by its own shadow under a low sun.

    A ridge at repose shades its own foot only when the sun is lower than it is steep: its outline
    of width w then grows by ``w/2 (tan 35° / tan el - 1)``. An unknown sun is taken for 25°.
    """
    elevation = LOW_SUN_DEG if sun_elevation_deg is None else max(sun_elevation_deg, 5.0)
    return max(0.0, 0.5 * (REPOSE_TAN / math.tan(math.radians(elevation)) - 1.0))


def tell_state(y: float, sigma: float) -> tuple[StockState, str | None]:
    """The state that a difference of dark shares tells, or unknown and why.

    ``some`` is said of what is surely more than none, also where it may be full.

    Examples:
        >>> str(tell_state(0.3, 0.03)[0]), str(tell_state(0.0, 0.02)[0])
        ('some', 'none')
        >>> tell_state(0.08, 0.05)[1]
        'its dark share over the control, 0.08 ± 0.05, lies between none and some'

    """
    none = _normal((NONE_BELOW - y) / sigma)
    full = 1.0 - _normal((FULL_FROM - y) / sigma)
    if none >= SURE:
        return StockState.NONE, None
    if full >= SURE:
        return StockState.FULL, None
    if 1.0 - none >= SURE:
        return StockState.SOME, None
    return (
        StockState.UNKNOWN,
        f"its dark share over the control, {y:.2f} ± {sigma:.2f}, lies between none and some",
    )


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def _commodity(material: Material | None) -> str | None:
    """What density to take by what the pixels tell; ``dark material`` has none."""
    if material is Material.COAL:
        return "coal"
    return "iron-ore" if material is Material.ORE else None


def _untellable(yard: Yard, told: Told, sun_elevation_deg: float | None) -> list[str]:
    """What such a look cannot tell."""
    said = ["Light-coloured stock is not seen: only dark material is measured."]
    if told.material is Material.DARK and told.reason is not None:
        said.append(f"What it is: {told.reason}.")
    if yard.storage == "bins":
        said.append("How deep bins are filled: only the floor in view is measured.")
    elif told.material is not None:
        said.append("What is dust: ground blackened by it counts as covered.")
    if yard.commodity is not None and told.material is Material.DARK and yard.storage != "bins":
        said.append(f"Tonnes take the site's word that {yard.commodity} is kept there.")
    if sun_elevation_deg is None:
        said.append("How much of it is shadow: the sun's elevation is not known.")
    elif sun_elevation_deg < LOW_SUN_DEG:
        said.append(f"Shadow from dark material: the sun stood at {sun_elevation_deg:.0f}°.")
    return said
