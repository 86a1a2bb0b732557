"""Cloud, its shadow, haze and snow by plain tests of brightness, for what no network fits.

Cloud is bright, nearly white and wider than any ship. Its shadow is what is dark where the cloud
would throw it. Haze is where even the darkest thing within half a kilometre is light. Snow shines
in green and not in short-wave infrared.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from quaywatch.imagery.read import Pixels
from quaywatch.imagery.sky import (
    MARGIN_M,
    Classes,
    Mask,
    Plane,
    Sky,
    cells,
    drawn_out,
    wide_parts,
    widened,
)

CELL_M = 10.0
VISIBLE = ("red", "green", "blue")
SHADOW_CELL_M = 60.0
HEIGHTS_M = (200.0, 6000.0)
"""Of a cloud that throws a shadow one can see."""
_LIKELY = 0.45
"""Share of the place of a shadow that must be dark, where its direction has to be guessed."""


@dataclass(frozen=True)
class Levels:
    """What is bright and what is hazy, by how the picture was made."""

    core: float
    """Darkest visible band of a cloud's middle."""
    rim: float
    """Likewise of what hangs together with it."""
    white: float
    """Difference of the visible bands over the brightest."""
    rim_white: float
    """Likewise of what hangs together with it. Sand on a beach is yellower than cloud."""
    veil: float
    """Darkest band of the darkest thing of a square kilometre."""


LEVELS = {
    "display": Levels(core=0.70, rim=0.55, white=0.10, rim_white=0.15, veil=0.45),
    "reflectance": Levels(core=0.24, rim=0.17, white=0.18, rim_white=0.30, veil=0.075),
}
VEIL_M = 1000.0


def can_tell(pixels: Pixels) -> bool:
    """Whether the bands and their scale allow the tests: colours of a known brightness."""
    return pixels.radiometry in LEVELS and all(name in pixels.bands for name in VISIBLE)


def classes_by_tests(
    pixels: Pixels, *, sun_azimuth_deg: float | None, sun_elevation_deg: float | None
) -> Classes:
    """Every class by the tests, (y, x).

    Args:
        pixels: with red, green and blue at least.
        sun_azimuth_deg: clockwise from north; without it the direction in which the clouds'
            shadows lie is looked for.
        sun_elevation_deg: above the horizon.

    """
    step = max(1, round(CELL_M / pixels.gsd_m))
    cell_m = step * pixels.gsd_m
    coarse = cells(pixels.values, step)
    bands = {name: coarse[i] for i, name in enumerate(pixels.bands)}
    snow = _snow(bands)
    cloud = _cloud(bands, LEVELS[pixels.radiometry], cell_m) & ~snow
    toward = _toward(pixels, sun_azimuth_deg)
    shadow = _shadow(bands, cloud, cell_m, toward, sun_elevation_deg)
    out = np.where(_haze(bands, LEVELS[pixels.radiometry], cell_m), Sky.HAZE, Sky.CLEAR)
    out[shadow] = Sky.SHADOW
    out[snow] = Sky.SNOW_ICE
    out[widened(cloud, MARGIN_M, cell_m)] = Sky.CLOUD
    return drawn_out(out.astype(np.uint8), step, pixels.valid.shape)


def veil_and_snow(pixels: Pixels) -> Classes:
    """Haze and snow alone, (y, x), for where a network tells cloud and shadow."""
    step = max(1, round(CELL_M / pixels.gsd_m))
    coarse = cells(pixels.values, step)
    bands = {name: coarse[i] for i, name in enumerate(pixels.bands)}
    out = np.where(_haze(bands, LEVELS[pixels.radiometry], step * pixels.gsd_m), Sky.HAZE, 0)
    out[_snow(bands)] = Sky.SNOW_ICE
    return drawn_out(out.astype(np.uint8), step, pixels.valid.shape)


def _colours(bands: dict[str, Plane]) -> Plane:
    return np.nan_to_num(np.stack([bands[name] for name in VISIBLE]))


def _cloud(bands: dict[str, Plane], levels: Levels, cell_m: float) -> Mask:
    """Bright white that is wide somewhere, and what hangs together with it."""
    colours = _colours(bands)
    darkest, brightest = colours.min(axis=0), colours.max(axis=0)
    white = brightest - darkest < levels.white * brightest
    # Older sensors saturate in blue over thick cloud, which then is not white.
    core = (darkest > levels.core) & (white | (darkest > 1.5 * levels.core))
    rim = (darkest > levels.rim) & (brightest - darkest < levels.rim_white * brightest)
    if "swir16" in bands:
        core &= np.nan_to_num(bands["swir16"]) > 0.12
    kept = wide_parts(core, cell_m)
    near = widened(kept, 200.0, cell_m)
    grown: Mask = ndimage.binary_propagation(kept, mask=(rim | core) & near | kept)
    return grown


def _snow(bands: dict[str, Plane]) -> Mask:
    """Bright in green, dark in short-wave infrared; never without that band.

    Source:
        Hall, Riggs and Salomonson (1995), doi:10.1016/0034-4257(95)00137-P: index over 0.4 and
        near infrared over 0.11, which keeps water out.
    """
    green, nir, swir = bands["green"], bands.get("nir"), bands.get("swir16")
    if nir is None or swir is None:
        return np.zeros(green.shape, bool)
    total = np.nan_to_num(green + swir)
    index = np.divide(
        np.nan_to_num(green - swir), total, out=np.zeros_like(total), where=total > 1e-6
    )
    snow: Mask = (index > 0.4) & (np.nan_to_num(nir) > 0.20) & (np.nan_to_num(green) > 0.20)
    return snow


def _haze(bands: dict[str, Plane], levels: Levels, cell_m: float) -> Mask:
    """Where the darkest thing of a square kilometre is light, and not for being bare ground.

    Source:
        Dark objects: Chavez (1988), doi:10.1016/0034-4257(88)90019-3; taken locally as in He, Sun
        and Tang (2011), doi:10.1109/TPAMI.2010.168. Ground that is lighter in red than in blue is
        bare, not hazy.
    """
    step = max(1, round(40.0 / cell_m))
    names = [n for n in (*VISIBLE, "nir") if n in bands]
    planes = cells(np.stack([bands[n] for n in names]), step)
    filled = np.where(np.isfinite(planes), planes, 1.0)
    size = max(3, round(VEIL_M / (step * cell_m)))
    # A dark thing is three cells wide: one dark pixel, or the shade of a shed, does not count.
    low = np.stack([ndimage.minimum_filter(ndimage.uniform_filter(p, 3), size) for p in filled])
    hazy = (low.min(axis=0) > levels.veil) & (low[2] >= low[0])
    shape = bands["green"].shape
    return drawn_out(hazy.astype(np.uint8), step, shape).astype(bool)


def _toward(pixels: Pixels, sun_azimuth_deg: float | None) -> tuple[float, float] | None:
    """The direction of shadows as a unit step (down, across) in pixels, if the sun's is known."""
    if sun_azimuth_deg is None:
        return None
    grid = pixels.grid
    jacobian = grid.metres_per_pixel(grid.width / 2, grid.height / 2)
    away = np.radians(sun_azimuth_deg + 180.0)
    across, down = np.linalg.solve(jacobian, [np.sin(away), np.cos(away)])
    size = float(np.hypot(across, down))
    return float(down) / size, float(across) / size


def _shadow(
    bands: dict[str, Plane],
    cloud: Mask,
    cell_m: float,
    toward: tuple[float, float] | None,
    sun_elevation_deg: float | None,
) -> Mask:
    """What is dark where the clouds would throw their shadow, at the distance that fits best."""
    if not cloud.any():
        return np.zeros_like(cloud)
    step = max(1, round(SHADOW_CELL_M / cell_m))
    light = bands.get("nir")
    light = _colours(bands).mean(axis=0) if light is None else np.nan_to_num(light)
    coarse = cells(light, step)
    hidden = cells(cloud.astype(np.float32), step) > 0.5
    size = cell_m * step
    dark = _dark(coarse, hidden, size)
    low, high = (_reach(height, sun_elevation_deg) for height in HEIGHTS_M)
    turns = (
        [toward] if toward is not None
        else [(np.sin(a), np.cos(a)) for a in np.arange(0, 2 * np.pi, np.pi / 9)]
    )  # fmt: skip
    best, cast = 0.0, np.zeros_like(hidden)
    for down, across in turns:
        for metres in np.arange(low, min(high, 4000.0) + size, size):
            moved = _moved(hidden, round(down * metres / size), round(across * metres / size))
            open_ = moved & ~hidden
            fit = float(dark[open_].mean()) if open_.sum() >= 0.2 * hidden.sum() else 0.0
            if fit > best:
                best, cast = fit, moved
    if toward is None and best < _LIKELY:
        near = widened(hidden, 1000.0, size) & dark
    else:
        near = cast | (widened(cast, 200.0, size) & dark)
    near = drawn_out(near.astype(np.uint8), step, cloud.shape).astype(bool)
    shadow: Mask = near & ~cloud
    return shadow


def _reach(height_m: float, sun_elevation_deg: float | None) -> float:
    """Metres along the ground between a cloud and its shadow; 45 degrees where not known."""
    angle = 45.0 if sun_elevation_deg is None else max(sun_elevation_deg, 10.0)
    return height_m / float(np.tan(np.radians(angle)))


def _dark(light: Plane, hidden: Mask, cell_m: float) -> Mask:
    """Well below the mean of what is open about it."""
    seen = np.isfinite(light) & ~hidden
    weight = ndimage.gaussian_filter(seen.astype(np.float32), 800.0 / cell_m)
    total = ndimage.gaussian_filter(np.where(seen, light, 0.0).astype(np.float32), 800.0 / cell_m)
    dark: Mask = seen & (light < 0.75 * total / np.maximum(weight, 1e-3))
    return dark


def _moved(mask: Mask, down: int, across: int) -> Mask:
    """Shifted, with nothing coming in at the edge."""
    out = np.zeros_like(mask)
    height, width = mask.shape
    if abs(down) >= height or abs(across) >= width:
        return out
    ys, yd = slice(max(-down, 0), height - max(down, 0)), slice(max(down, 0), height + min(down, 0))
    xs, xd = (
        slice(max(-across, 0), width - max(across, 0)),
        slice(max(across, 0), width + min(across, 0)),
    )
    out[yd, xd] = mask[ys, xs]
    return out
