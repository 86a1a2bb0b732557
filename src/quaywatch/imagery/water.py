"""Where the water is, from the pixels of one window alone; a drawn berth does not decide it.

With SWIR or NIR the index decides; with colour alone, water is what is smooth, large, and of one
colour, or that colour in shadow. Hulls, quays, foam and cloud are not water; a black deck may pass
for shadow on water.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.read import Pixels
from quaywatch.imagery.shapes import connected, otsu

Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]
_THREADS = 2
"""Bands at once; each is worked out by one thread alone."""


def water_mask(pixels: Pixels) -> Mask:
    """Which pixels are water, (y, x); never where nothing valid was measured.

    Returns all False where there is no water or the bands cannot tell.

    Source:
        MNDWI: Xu (2006), doi:10.1080/01431160600589179. NDWI: McFeeters (1996),
        doi:10.1080/01431169608948714. Thresholds: Otsu (1979), doi:10.1109/TSMC.1979.4310076.

    """
    green, nir, swir = pixels.band("green"), pixels.band("nir"), pixels.band("swir16")
    if green is not None and swir is not None:
        return _by_index(green, swir, pixels.valid, low=0.0, high=0.35)
    if green is not None and nir is not None:
        return _by_index(green, nir, pixels.valid, low=-0.05, high=0.3)
    if all(name in pixels.bands for name in ("red", "green", "blue")):
        rgb = [pixels.values[pixels.bands.index(n)] for n in ("red", "green", "blue")]
        return _by_colour(rgb, pixels.valid, pixels.gsd_m)
    return np.zeros(pixels.valid.shape, bool)


def _by_index(green: Plane, infrared: Plane, valid: Mask, *, low: float, high: float) -> Mask:
    """Normalised difference over a threshold that Otsu finds between two bounds."""
    index = np.full(green.shape, -1.0, np.float32)
    total = green + infrared
    np.divide(green - infrared, total, out=index, where=valid & (total > 1e-6))
    sample = np.clip(index[valid], -1, 1)[:: max(1, int(valid.sum()) // 200_000)]
    if sample.size < 16 or np.ptp(sample) < 1e-3:
        return valid & (index > low)
    threshold = float(np.clip(otsu(sample), low, high))
    return valid & (index > threshold)


def _by_colour(rgb: Sequence[Plane], valid: Mask, gsd_m: float) -> Mask:
    """Smooth, large, not redder than green, of the colour of the darkest such area nearby."""
    if not valid.any():
        return valid.copy()
    whole = bool(valid.all())
    blank = np.float32(0)
    filled: list[Plane] = [b if whole else np.where(valid, b, blank) for b in rgb]
    with ThreadPoolExecutor(_THREADS) as pool:
        blur = pool.map(lambda band: ndimage.gaussian_filter(band, 0.8), filled)
        grey = _mean_of(filled)
        rough = _spread(grey, 5)
        smooth = list(blur)
        light = _mean_of(smooth)
        calm = float(np.percentile(rough[valid], 15))
        seed = valid & (rough < max(2.5 * calm, 0.012)) & (smooth[0] < smooth[1] + 0.03)
        seed = _large(ndimage.binary_opening(seed, iterations=2), 40_000 / gsd_m**2)
        if not seed.any():
            return seed
        seed = _like_the_main(seed, smooth, light)
        local, near = _local_colour(smooth, seed, gsd_m, pool)
        at = np.flatnonzero(seed)[:: max(1, int(seed.sum()) // 100_000)]
        bands = list(
            pool.map(
                lambda pair: _from_local(pair[0], pair[1], at), zip(smooth, local, strict=True)
            )
        )
    distance, shadow = _mean_of([away for away, _ in bands]), bands[0][1] & bands[1][1]
    shadow &= bands[2][1]
    shadow &= light < np.float32(0.8) * _mean_of(local)
    like = valid & near & ((distance < 16.0) | shadow)
    marks = connected(like)
    touched = np.zeros(int(marks.max()) + 1, bool)
    touched[marks[seed & like]] = True
    touched[0] = False
    joined: Mask = touched.take(marks)
    return joined


def _mean_of(bands: Sequence[Plane]) -> Plane:
    """The mean of three bands; large planes are worked on in place, which saves half the time."""
    mean = bands[0] + bands[1]
    mean += bands[2]
    mean /= np.float32(3)
    return mean


def _from_local(band: Plane, local: Plane, at: NDArray[np.intp]) -> tuple[Plane, Mask]:
    """Squared distance of a band from the water nearby, in its spreads, and where it is darker."""
    away = band - local
    sample = np.abs(away.ravel()[at])
    sigma = np.float32(max(1.4826 * float(np.median(sample)), 0.008))
    darker = away < -sigma
    away /= sigma
    away *= away
    return away, darker


def _local_colour(
    smooth: Sequence[Plane], seed: Mask, gsd_m: float, pool: ThreadPoolExecutor
) -> tuple[list[Plane], Mask]:
    """The mean colour of the seed within about 60 m, and where there is any seed that near.

    Worked out on cells of about 12 m: it varies slowly.
    """
    step = max(1, round(12.0 / gsd_m))
    weight = _cells(seed.astype(np.float32), step)
    width = max(60.0 / gsd_m / step, 2.0)
    blurred = ndimage.gaussian_filter(weight, width)

    def mean_of(band: Plane) -> Plane:
        cells = ndimage.gaussian_filter(_cells(band * seed, step), width)
        return _spread_out(cells / (blurred + 1e-6), step, seed.shape)

    near = _spread_out(blurred, step, seed.shape) > 1e-4
    return list(pool.map(mean_of, smooth)), near


def _cells(plane: Plane, step: int) -> Plane:
    """Means of square cells; the last row and column of cells may be filled up with zeros."""
    rows, columns = -(-plane.shape[0] // step), -(-plane.shape[1] // step)
    padded = np.zeros((rows * step, columns * step), np.float32)
    padded[: plane.shape[0], : plane.shape[1]] = plane
    means: Plane = padded.reshape(rows, step, columns, step).mean(axis=(1, 3))
    return means


def _spread_out(cells: Plane, step: int, shape: tuple[int, ...]) -> Plane:
    """Cells drawn out to pixels again, straight between their centres."""
    out = cells
    for axis in (0, 1):
        place = np.clip((np.arange(shape[axis]) + 0.5) / step - 0.5, 0, cells.shape[axis] - 1)
        low = np.floor(place).astype(int)
        high = np.minimum(low + 1, cells.shape[axis] - 1)
        part = (place - low).astype(np.float32)
        part = part[:, None] if axis == 0 else part[None, :]
        near, far = np.take(out, low, axis), np.take(out, high, axis)
        near *= 1 - part
        far *= part
        near += far
        out = near
    return out


def _spread(plane: Plane, size: int) -> Plane:
    """Standard deviation in a square window."""
    mean = ndimage.uniform_filter(plane, size)
    square = plane * plane
    ndimage.uniform_filter(square, size, output=square)
    mean *= mean
    square -= mean
    np.maximum(square, 0, out=square)
    spread: Plane = np.sqrt(square, out=square)
    return spread


def _large(mask: Mask, least: float) -> Mask:
    """The connected parts of at least so many pixels."""
    marks = connected(mask)
    sizes = np.bincount(marks.ravel())
    sizes[0] = 0
    kept: Mask = (sizes >= least).take(marks)
    return kept


def _like_the_main(seed: Mask, smooth: Sequence[Plane], light: Plane) -> Mask:
    """Of the smooth parts, those of the colour of the main one: large and dark."""
    marks = connected(seed)
    numbers = np.arange(1, int(marks.max()) + 1)
    sizes = np.bincount(marks.ravel())[1:]
    thin = slice(None, None, 3), slice(None, None, 3)
    bright = np.nan_to_num(ndimage.mean(light[thin], marks[thin], numbers), nan=1.0)
    main = int(np.argmax(sizes * np.maximum(0.05, 1 - 1.5 * bright)))
    colours = np.stack([ndimage.mean(band[thin], marks[thin], numbers) for band in smooth])
    apart = np.abs(colours - colours[:, main][:, None]).max(axis=0)
    kept = np.concatenate([[False], np.nan_to_num(apart, nan=1.0) < 0.12])
    chosen: Mask = kept.take(marks)
    return chosen
