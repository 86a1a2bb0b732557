"""How dark the ground of a yard is beside the bare control of the same look.

Gain, season and an even veil of haze fall out of the ratio; plants, water and snow are told by
colour and are never stock.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.read import Pixels

Mask = NDArray[np.bool_]
Plane = NDArray[np.float64]

DARK_RATIO: Final = 0.45
"""Brightness over the control's below which ground is dark; a yard's ``dark_ratio`` overrides."""
DARK_REFLECTANCE: Final = 0.12
"""Mean VNIR reflectance above which nothing is dark, however bright the control (METHODS 6)."""
LEAST_CONTROL_PX: Final = 9
LEAST_CONTRAST: Final = 0.10
"""Brightness of the control over the darkest ground, below which haze hides the difference."""
COLOUR_OF_LEVEL: Final = 0.06
"""Of the control's brightness, by which a band must stand out for a colour to count."""
MOST_SNOW: Final = 0.1
"""Share of yard and control under snow above which nothing is told."""
SNOW_SUN_DEG: Final = 50.0
"""Under a higher sun a white yard is not taken for snow."""


@dataclass(frozen=True)
class Darkness:
    """How dark each pixel is beside the control."""

    ratio: Plane
    """Brightness over the control's, haze taken off, (y, x); NaN where not valid."""
    black: Mask
    """Pixels that cannot be stock though dark: green, or water by their colours."""
    limit: float
    """Greatest ratio that is dark."""
    control_brightness: float


def darkness(
    pixels: Pixels, control: Mask, usable: Mask, dark_ratio: float = DARK_RATIO
) -> Darkness | str:
    """How dark each pixel is beside the bare control of the same look, or why it cannot be told.

    A picture made for the eye has its haze taken off by the darkest pixels of the window
    (Chavez 1988, doi:10.1016/0034-4257(88)90019-3); reflectance is taken as corrected.

    Args:
        pixels: the window.
        control: usable pixels of bare ground, (y, x).
        usable: what can be used, (y, x).
        dark_ratio: brightness over the control's below which ground is dark.

    """
    if int(control.sum()) < LEAST_CONTROL_PX:
        return "the bare control to compare it with cannot be seen"
    names = [n for n in ("blue", "green", "red", "nir", "pan") if n in pixels.bands]
    planes: dict[str, Plane] = {
        str(n): pixels.values[pixels.bands.index(n)].astype(np.float64) for n in names
    }
    raw = planes
    reflectance = pixels.radiometry == "reflectance"
    if not reflectance:
        planes = {n: _haze_off(p, control, usable) for n, p in planes.items()}
    bright = np.mean([planes[n] for n in names], axis=0)
    level = float(np.median(bright[control]))
    if level < (0.05 if reflectance else LEAST_CONTRAST):
        return (
            "its bare control is as dark as the darkest ground: haze, shadow or wet ground "
            "leaves no contrast; if it is so in every look, draw a lighter control"
        )
    limit = min(dark_ratio, DARK_REFLECTANCE / level) if reflectance else dark_ratio
    with np.errstate(invalid="ignore"):
        ratio = np.maximum(bright, 0.0) / level
        black = _not_stock(raw, level)
    return Darkness(ratio, black, limit, level)


def _haze_off(plane: Plane, control: Mask, usable: Mask) -> Plane:
    """A band less what the darkest pixels of the window have, where they are dark by comparison."""
    anchor = float(np.nanpercentile(np.where(usable, plane, np.nan), 0.5))
    bare = float(np.median(plane[control]))
    return plane - anchor if anchor < 0.6 * bare else plane


def _not_stock(planes: dict[str, Plane], level: float) -> Mask:
    """Dark pixels that plants or water explain by their colours alone.

    A colour counts only where it stands out by some of the control's brightness: near black the
    ratios of bands are noise. Haze is left on: it is nearly grey, and each band's darkest pixel is
    of another colour.
    """
    first = next(iter(planes.values()))
    black = np.zeros(first.shape, bool)
    green, nir, red = planes.get("green"), planes.get("nir"), planes.get("red")
    if green is None:
        return black
    least = COLOUR_OF_LEVEL * level
    others = [planes[n] for n in ("red", "blue") if n in planes]
    if others:
        brightest = np.maximum.reduce(others)
        black |= (green > 1.25 * brightest) & (green - brightest > least)
    if nir is not None:
        black |= (green > 1.3 * nir) & (green - nir > least)
    if nir is not None and red is not None:
        black |= (nir - red > 0.35 * (nir + red)) & (nir - red > 2 * least)
    return black


def snow_hides(
    pixels: Pixels,
    own: Mask,
    control: Mask,
    usable: Mask,
    snow: Mask | None,
    sun_elevation_deg: float | None,
) -> str | None:
    """Why snow hides what lies there, if it may.

    Without a snow mask, a white control is no bare ground, and a yard that is white under a sun
    that leaves snow lying may hide what it holds. White concrete then stays unknown, which is the
    safe side: thin cloud on the control alone makes everything else seem dark.
    """
    if snow is not None:
        both = (own | control) & usable
        share = float(snow[both].mean()) if both.any() else 0.0
        return f"snow or ice lies on {share:.0%} of it" if share > MOST_SNOW else None
    white = _white(pixels)
    if white is None:
        return None
    if float(white[control & usable].mean()) > 0.5:
        return "its bare control is white: snow or thin cloud may lie on it"
    high = sun_elevation_deg is not None and sun_elevation_deg > SNOW_SUN_DEG
    if not high and float(white[own & usable].mean()) > 0.3:
        return "much of it is white: snow may lie on it"
    return None


def _white(pixels: Pixels) -> Mask | None:
    """Pixels as bright and white as snow, (y, x); None where the bands cannot tell."""
    if not all(name in pixels.bands for name in ("red", "green", "blue")):
        return None
    colours = np.stack(
        [pixels.values[pixels.bands.index(name)] for name in ("red", "green", "blue")]
    )
    darkest, brightest = colours.min(axis=0), colours.max(axis=0)
    reflectance = pixels.radiometry == "reflectance"
    with np.errstate(invalid="ignore"):
        white: Mask = (darkest > (0.35 if reflectance else 0.72)) & (
            brightest - darkest < 0.1 * brightest
        )
    swir = pixels.band("swir16")
    if swir is not None and reflectance:
        # Snow is dark in SWIR where concrete and cloud are not: Hall and others (1995).
        white &= colours[1] - swir > 0.4 * (colours[1] + swir)
    return white


def dark_pixels(shade: Darkness, limit: float) -> Mask:
    """Pixels darker than a limit that neither plants nor water explain, (y, x)."""
    with np.errstate(invalid="ignore"):
        dark: Mask = (shade.ratio < limit) & ~shade.black
    return dark
