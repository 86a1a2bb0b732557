"""Sun, clouds with their shadows, haze, and which days were clear."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from scipy import ndimage

from quaywatch.testing.ground import GSD_M, Plane
from quaywatch.testing.planted import seconds

COARSE_M: Final = 12.0
HIDES: Final = 0.5
"""Cloud opacity from which the ground counts as hidden."""


@dataclass(frozen=True)
class Weather:
    """The sky over one scene."""

    cloud: float
    """Share of the scene to be hidden by cloud, 0 to 1."""
    haze: float
    """Opacity of an even veil, 0 to 1."""
    wet: bool = False
    snow: bool = False


@dataclass(frozen=True)
class Look:
    """One planned acquisition."""

    at_s: float
    weather: Weather


def sun_position(at_s: float, lon: float, lat: float) -> tuple[float, float]:
    """Elevation and azimuth of the sun in degrees; good to about half a degree.

    Source:
        Low-precision solar coordinates of the Astronomical Almanac, after Michalsky (1988),
        doi:10.1016/0038-092X(88)90045-X.

    Examples:
        >>> elevation, azimuth = sun_position(seconds("2025-06-21T03:38Z"), 125.4, 38.71)
        >>> round(elevation), 170 < azimuth < 190
        (75, True)

    """
    days = at_s / 86400.0 + 2440587.5 - 2451545.0
    mean_lon, anomaly = 280.460 + 0.9856474 * days, np.radians(357.528 + 0.9856003 * days)
    ecliptic = np.radians(mean_lon + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    tilt = np.radians(23.439 - 4e-7 * days)
    right = np.degrees(np.arctan2(np.cos(tilt) * np.sin(ecliptic), np.cos(ecliptic)))
    declination = np.arcsin(np.sin(tilt) * np.sin(ecliptic))
    sidereal = 6.697375 + 0.0657098242 * days + (at_s % 86400.0) / 3600.0
    hour = np.radians((sidereal * 15.0 + lon - right + 180.0) % 360.0 - 180.0)
    phi = np.radians(lat)
    up = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour)
    east = -np.cos(declination) * np.sin(hour)
    north = np.cos(phi) * np.sin(declination) - np.sin(phi) * np.cos(declination) * np.cos(hour)
    return float(np.degrees(np.arcsin(up))), float(np.degrees(np.arctan2(east, north)) % 360.0)


def cloud_layers(
    shape: tuple[int, int],
    cover: float,
    sun: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[Plane, Plane, Plane]:
    """Opacity of cloud, darkness of its shadow, and cloud brightness; each of ``shape``.

    The opacity reaches one half on exactly the asked share of the pixels, up to rounding.
    """
    zeros = np.zeros(shape, np.float32)
    if cover <= 0.0:
        return zeros, zeros, zeros
    per = int(COARSE_M / GSD_M)
    height_m = float(rng.uniform(350.0, 900.0))
    reach = min(height_m / np.tan(np.radians(max(sun[0], 15.0))), 1500.0)
    away = np.radians(sun[1] + 180.0)
    move = (-reach * np.cos(away) / COARSE_M, reach * np.sin(away) / COARSE_M)
    margin = int(1500.0 / COARSE_M) + 2
    coarse = _fractal((shape[0] // per + 2 * margin + 3, shape[1] // per + 2 * margin + 3), rng)
    field = _window(coarse, margin, (0.0, 0.0), shape, per)
    if cover >= 0.999:
        level, width = float(field.min()) - 1.0, 0.8
    else:
        level, width = float(np.quantile(field, 1.0 - cover)), 0.45
    opacity = np.clip(0.5 + (field - level) / width, 0.0, 1.0)
    cast = _window(coarse, margin, (-move[0], -move[1]), shape, per)
    shadow = np.clip(0.5 + (cast - level) / width, 0.0, 1.0)
    bright = (226.0 + 10.0 * np.clip(field - level, -1.0, 2.0)).astype(np.float32)
    return opacity.astype(np.float32), shadow.astype(np.float32), bright


def _fractal(shape: tuple[int, int], rng: np.random.Generator) -> Plane:
    """Noise with the steep spectrum of a cloud field, unit standard deviation."""
    rows = np.fft.fftfreq(shape[0])[:, None]
    columns = np.fft.rfftfreq(shape[1])[None, :]
    spectrum = np.hypot(rows, columns)
    spectrum[0, 0] = 1.0
    gain = np.maximum(spectrum, 1.2 / min(shape)) ** -1.55
    gain[0, 0] = 0.0
    white = np.fft.rfft2(rng.standard_normal(shape))
    field: Plane = np.fft.irfft2(white * gain, s=shape).astype(np.float32)
    return field / float(field.std())


def _window(
    coarse: Plane, margin: int, move: tuple[float, float], shape: tuple[int, int], per: int
) -> Plane:
    """The part of the coarse field over the scene, moved, at full resolution."""
    top, left = margin + round(move[0]), margin + round(move[1])
    part = coarse[top : top + shape[0] // per + 2, left : left + shape[1] // per + 2]
    full: Plane = ndimage.zoom(part, per, order=1)[: shape[0], : shape[1]]
    return full


def acquisition_calendar(
    start: str, end: str, rng: np.random.Generator, *, looks_per_year: float
) -> list[Look]:
    """Morning overpasses on some days, with weather that lasts: cloud comes in clusters.

    About two looks in five are clouded over more than 30 % of the scene, more in July and August;
    the site's weather, not the look, decides, so neighbouring looks share it.
    """
    first = datetime.fromtimestamp(seconds(start), tz=UTC)
    days = round((seconds(end) - seconds(start)) / 86400.0)
    cloudy = bool(rng.random() < 0.4)
    looks: list[Look] = []
    wanted = rng.random(days) < looks_per_year / 365.25
    for day in range(days):
        date = first + timedelta(days=day)
        share = {6: 0.52, 7: 0.62, 8: 0.55}.get(date.month, 0.36)
        stays = 0.68
        leaves = share * (1 - stays) / (1 - share)
        cloudy = bool(rng.random() < (stays if cloudy else leaves))
        weather = _weather(date, rng, cloudy=cloudy)
        minute = float(rng.uniform(95, 165))
        if wanted[day]:
            looks.append(Look(float(int(date.timestamp() + minute * 60.0)), weather))
    return looks


def _weather(date: datetime, rng: np.random.Generator, *, cloudy: bool) -> Weather:
    """Weather of one day; four numbers are always drawn, so that days do not disturb each other."""
    amount, small, haze, luck = rng.random(4)
    if cloudy:
        cloud = 1.0 if amount > 0.72 else 0.3 + 0.9 * float(amount)
    else:
        cloud = 0.22 * float(small) if amount > 0.7 else 0.0
    winter = date.month in {12, 1, 2}
    return Weather(
        cloud=min(cloud, 1.0),
        haze=0.03 + 0.22 * float(haze) ** 2,
        wet=not winter and bool(luck < (0.3 if cloudy else 0.08)),
        snow=winter and bool(luck > 0.93),
    )
