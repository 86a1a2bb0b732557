"""What hides the ground, for each pixel of a window and over each berth and yard, and who told.

A provider's mask where there is one; else the kept networks where the bands are theirs; else plain
tests of our own. Whatever is not told to be clear is not clear.
"""

from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from quaywatch.imagery.cloud_network import CloudNetwork, kept_network
from quaywatch.imagery.cloud_tests import can_tell, classes_by_tests, veil_and_snow
from quaywatch.imagery.provider_mask import CANNOT_TELL
from quaywatch.imagery.read import Pixels, inside
from quaywatch.imagery.sensors import SENSORS, ProviderMask
from quaywatch.imagery.sky import Classes, Mask, Sky

TESTS_METHOD = "clarity-tests@1"
"""Our own tests of brightness."""
NOT_TOLD = "none: the bands do not tell cloud"
RADAR_METHOD = "radar@1: cloud does not hide what a radar sees"


@dataclass(frozen=True)
class Clarity:
    """What stands between the ground and each pixel of one window."""

    classes: Classes | None
    """(y, x) values of ``Sky``; None where the bands cannot tell."""
    method: str
    """Name and version of what told, or ``none`` and why."""
    cannot_tell: tuple[str, ...]
    """What this method takes one for the other, or does not see at all."""

    @property
    def clear(self) -> Mask | None:
        """(y, x): nothing in the way. What an empty berth may rest on."""
        return None if self.classes is None else self.classes == Sky.CLEAR

    @property
    def hidden(self) -> Mask | None:
        """(y, x): cloud, its shadow or no data: nothing is to be said of these."""
        if self.classes is None:
            return None
        return np.isin(self.classes, (Sky.CLOUD, Sky.SHADOW, Sky.NODATA))

    def shares(self, pixels: Pixels, area: BaseGeometry) -> dict[str, float] | None:
        """The share of each class over a berth or a yard; together 1.

        Args:
            pixels: the window that was judged.
            area: polygon, WGS84 degrees. What of it lies beyond the window is no data.

        Returns:
            By class name in lower case; None where the bands cannot tell.

        """
        if self.classes is None:
            return None
        own = self.classes[inside(pixels, area)]
        whole = max(float(pixels.grid.to_pixels(area).area), float(own.size), 1.0)
        counts = np.bincount(own, minlength=len(Sky)) / whole
        counts[Sky.NODATA] = max(0.0, 1.0 - float(counts.sum() - counts[Sky.NODATA]))
        return {sky.name.lower(): float(counts[sky]) for sky in Sky}


def clarity(
    pixels: Pixels,
    *,
    provider: tuple[ProviderMask, Classes] | None = None,
    sun_elevation_deg: float | None = None,
    sun_azimuth_deg: float | None = None,
    network: CloudNetwork | None = None,
) -> Clarity:
    """What hides the ground in a window.

    Args:
        pixels: the window; a margin of a kilometre helps to tell haze, shadow and large cloud.
        provider: the kind of the provider's mask and what it says on these very pixels
            (``provider_mask.read_provider``).
        sun_elevation_deg: above the horizon, degrees.
        sun_azimuth_deg: clockwise from north, degrees; shadows are then looked for on the other
            side only.
        network: the kept model (``kept_network()``), or None for our own tests alone.

    Examples:
        >>> from quaywatch.imagery.grid import Grid
        >>> grid = Grid("EPSG:32633", (10.0, 0.0, 5e5, 0.0, -10.0, 5e6), 120, 120)
        >>> values = np.full((3, 120, 120), 0.2, np.float32)
        >>> values[:, 20:60, 20:60] = 0.9
        >>> seen = clarity(Pixels(values, np.ones((120, 120), bool), ("red", "green", "blue"),
        ...                       grid, (0, 0, 120, 120), "display", None, None))
        >>> seen.method, int(seen.classes[40, 40]), int(seen.classes[100, 100])
        ('clarity-tests@1', 1, 0)

    """
    sensor = None if pixels.sensor is None else SENSORS.get(pixels.sensor)
    if sensor is not None and sensor.radar:
        return Clarity(_with_nodata(np.zeros(pixels.valid.shape, np.uint8), pixels), RADAR_METHOD,
                       ("rain cells",))  # fmt: skip
    if provider is not None and provider[0] is not ProviderMask.UDM:
        kind, told = provider
        return Clarity(_with_nodata(told.copy(), pixels), f"provider-{kind}@1", CANNOT_TELL[kind])
    own = _own(pixels, sun_elevation_deg, sun_azimuth_deg, network)
    if provider is None:
        return own
    # The old mask calls haze and shadow clear: where it says clear, ours is asked as well.
    kind, told = provider
    if own.classes is None:
        return Clarity(_with_nodata(told.copy(), pixels), f"provider-{kind}@1", CANNOT_TELL[kind])
    both = np.where(told == Sky.CLEAR, own.classes, told)
    return Clarity(_with_nodata(both, pixels), f"provider-{kind}@1 and {own.method}",
                   own.cannot_tell)  # fmt: skip


def _own(
    pixels: Pixels,
    sun_elevation_deg: float | None,
    sun_azimuth_deg: float | None,
    network: CloudNetwork | None,
) -> Clarity:
    """Network or tests."""
    if not can_tell(pixels):
        return Clarity(None, NOT_TOLD, ("anything",))
    if network is not None and network.fits(pixels):
        told, other = network.classes(pixels), veil_and_snow(pixels)
        classes = np.where(told == Sky.CLEAR, other, told)
        classes[other == Sky.SNOW_ICE] = Sky.SNOW_ICE
        method = f"{network.name} and {TESTS_METHOD}"
    else:
        classes = classes_by_tests(
            pixels, sun_azimuth_deg=sun_azimuth_deg, sun_elevation_deg=sun_elevation_deg
        )
        method = TESTS_METHOD
    return Clarity(_with_nodata(classes, pixels), method, _blind(pixels, method))


def _blind(pixels: Pixels, method: str) -> tuple[str, ...]:
    """What these bands and this method do not tell."""
    blind = ["cirrus so thin that the ground shows through", "cloud narrower than a ship is wide"]
    if "swir16" not in pixels.bands or "nir" not in pixels.bands:
        blind.append("snow and ice from cloud")
    if pixels.radiometry == "display":
        blind.append("thin haze: the picture was stretched for the eye")
    if method == TESTS_METHOD:
        blind.append("shadow on water, and thin cloud away from thick cloud")
    return tuple(blind)


def _with_nodata(classes: Classes, pixels: Pixels) -> Classes:
    """No data wherever nothing valid was measured."""
    classes[~pixels.valid] = Sky.NODATA
    return classes


def cloud_mask(pixels: Pixels, network: CloudNetwork | None = None) -> Mask | None:
    """Which pixels cloud or its shadow hides, (y, x), or None where the bands cannot tell.

    Short for callers that ask of nothing else; the kept network is used where it is installed.
    """
    seen = clarity(pixels, network=network or kept_network()).hidden
    return None if seen is None else seen & pixels.valid
