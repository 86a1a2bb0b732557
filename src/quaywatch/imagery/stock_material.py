"""What dark ground in a yard may be, told by its spectrum: coal-like, ore-like, or only dark.

With a SWIR band coal parts from asphalt, shadow and wet ground by how dark it is and by its rise
from near infrared to SWIR, and from iron ore by colour. A tarred roof has coal's very spectrum.
Without SWIR nothing parts them, and the answer is ``dark material``. Reflectance only: a picture
stretched for the eye has no spectrum.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.read import Pixels

Mask = NDArray[np.bool_]
Plane = NDArray[np.float64]

METHOD: Final = "stock-material@1"
NEEDED: Final = ("blue", "green", "red", "nir", "swir16")
"""Bands without which the label is ``dark material``."""
LEAST_PX: Final = 12
"""Fewer dark pixels than these are mixed with what is beside them: a label would be of the edge."""
MOST_LN_RATIO: Final = float(np.log(20.0))
"""Pixels of one heap are one piece of evidence, and the spectra come from four ports."""


class Material(StrEnum):
    """What the dark ground of a yard looks like."""

    COAL = "coal-like"
    ORE = "ore-like"
    DARK = "dark material"


@dataclass(frozen=True)
class Rule:
    """Bounds of a spectrum, reflectances 0 to 1.

    Source:
        METHODS section 6 for the form; Mao and others (2014) for the index
        (SWIR1 - NIR) / (SWIR1 + NIR). The bounds were set on other ports than those scored:
        docs/benchmarks/imagery-stock.md.

    """

    vnir_below: float = 0.075
    """Mean of blue, green, red and NIR: weathered asphalt has 0.09 to 0.11, and coal's spectrum."""
    slope_within: float = 0.6
    """(NIR - blue) / that mean, either way: coal is flat, soil and ore are not."""
    ndwi_below: float = 0.0
    ndsi_below: float = 0.2
    ndci_above: float = 0.12
    swir_below: float = 0.20
    red_to_blue_below: float = 1.5


COAL_RULE: Final = Rule()
PRIOR_RULE: Final = Rule(
    vnir_below=0.12, slope_within=0.35, ndci_above=0.0, red_to_blue_below=np.inf
)
"""As METHODS states it, kept to measure against."""
ORE_RED_TO_BLUE: Final = 2.1
"""Red over blue from which dark ground is ore-like; salt flats reach 2.0, and are bright."""
ORE_VNIR_BELOW: Final = 0.13
ORE_NDVI_BELOW: Final = 0.15


@dataclass(frozen=True)
class Spectrum:
    """Indices of some pixels, each an array of the same shape."""

    vnir: Plane
    slope: Plane
    ndwi: Plane
    ndsi: Plane
    ndci: Plane
    swir: Plane
    red_to_blue: Plane
    ndvi: Plane

    @staticmethod
    def of(pixels: Pixels) -> "Spectrum | None":
        """The spectrum of every pixel of a window, (y, x), or None where it cannot be had.

        NaN where a pixel is not valid.
        """
        if why_no_spectrum(pixels.bands, pixels.radiometry) is not None:
            return None
        blue, green, red, nir, swir = (
            np.maximum(pixels.values[pixels.bands.index(n)].astype(np.float64), 1e-4)
            for n in NEEDED
        )
        vnir = (blue + green + red + nir) / 4.0
        return Spectrum(
            vnir=vnir,
            slope=(nir - blue) / vnir,
            ndwi=(green - nir) / (green + nir),
            ndsi=(green - swir) / (green + swir),
            ndci=(swir - nir) / (swir + nir),
            swir=swir,
            red_to_blue=red / blue,
            ndvi=(nir - red) / (nir + red),
        )

    def coal(self, rule: Rule = COAL_RULE) -> Mask:
        """Which pixels look like coal."""
        with np.errstate(invalid="ignore"):
            like: Mask = (
                (self.vnir < rule.vnir_below)
                & (np.abs(self.slope) <= rule.slope_within)
                & (self.ndwi < rule.ndwi_below)
                & (self.ndsi < rule.ndsi_below)
                & (self.ndci > rule.ndci_above)
                & (self.swir < rule.swir_below)
                & (self.red_to_blue < rule.red_to_blue_below)
            )
        return like

    def ore(self) -> Mask:
        """Which pixels look like iron ore: dark, red, bare."""
        with np.errstate(invalid="ignore"):
            like: Mask = (
                (self.vnir < ORE_VNIR_BELOW)
                & (self.red_to_blue > ORE_RED_TO_BLUE)
                & (self.ndvi < ORE_NDVI_BELOW)
                & (self.ndwi < 0.0)
            )
        return like

    def features(self, where: Mask) -> Plane:
        """What the log ratio rests on, (n, 4): ln VNIR, slope, NDCI, ln red over blue."""
        return np.column_stack(
            [np.log(self.vnir[where]), self.slope[where], self.ndci[where],
             np.log(self.red_to_blue[where])]
        )  # fmt: skip


def why_no_spectrum(bands: tuple[str, ...], radiometry: str) -> str | None:
    """Why the bands of a scene do not tell coal from other dark ground; None where they do.

    Examples:
        >>> why_no_spectrum(("red", "green", "blue"), "reflectance")
        '3 bands without SWIR: coal, wet slag, asphalt and shadow look alike'
        >>> why_no_spectrum(NEEDED, "reflectance") is None
        True

    """
    if "swir16" not in bands:
        return f"{len(bands)} bands without SWIR: coal, wet slag, asphalt and shadow look alike"
    missing = [name for name in NEEDED if name not in bands]
    if missing:
        return f"no {' and no '.join(missing)} band, so no spectrum"
    if radiometry != "reflectance":
        return f"values are {radiometry}, not reflectance, so there is no spectrum"
    return None


@dataclass(frozen=True)
class Gaussians:
    """Normal laws of the features of coal, ore and other dark ground, with one spread for all."""

    names: tuple[str, ...]
    means: Plane
    """(class, feature)."""
    covariance: Plane
    """(feature, feature): within patches plus between patches, so that a new port fits in."""

    def ln_likelihoods(self, features: Plane) -> Plane:
        """Of each pixel under each class, (n, class), up to a constant."""
        inverse = np.linalg.inv(self.covariance)
        apart = features[:, None, :] - self.means[None, :, :]
        return np.asarray(-0.5 * np.einsum("nci,ij,ncj->nc", apart, inverse, apart))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "names": list(self.names),
            "means": self.means.round(4).tolist(),
            "covariance": self.covariance.round(5).tolist(),
        }


LAWS: Final = Gaussians(
    names=("coal", "ore", "other"),
    means=np.array(
        [
            [-3.222, 0.262, 0.249, 0.020],
            [-2.439, 0.922, 0.167, 0.931],
            [-2.410, 0.469, 0.079, 0.232],
        ]
    ),
    covariance=np.array(
        [
            [0.2876, 0.0616, -0.0084, 0.0623],
            [0.0616, 0.1703, -0.0128, 0.0634],
            [-0.0084, -0.0128, 0.0129, -0.0009],
            [0.0623, 0.0634, -0.0009, 0.0496],
        ]
    ),
)
"""Fitted to patches of Durban, Gdynia, Genoa and Port Hedland (2023) by ``bench.stock_spectra``."""


@dataclass(frozen=True)
class Told:
    """What the dark ground of a yard is told to be."""

    material: Material | None
    reason: str | None
    """Why no more is told than ``dark material``, or nothing at all."""
    ln_ratio: float | None
    """Natural log of coal against the likelier of ore and other dark ground, ± ln 20 at most."""
    coal_share: float | None
    """Share of the dark pixels that look like coal, each on its own."""
    ore_share: float | None


def tell_material(pixels: Pixels, spectrum: Spectrum | None, dark: Mask, laws: Gaussians) -> Told:
    """What the dark pixels of a yard are.

    Args:
        pixels: the window.
        spectrum: of the window; None where it has none.
        dark: the dark pixels of the yard, (y, x).
        laws: of the classes.

    """
    if not dark.any():
        return Told(None, "nothing dark lies in it", None, None, None)
    why = why_no_spectrum(pixels.bands, pixels.radiometry)
    if spectrum is None or why is not None:
        return Told(Material.DARK, why, None, None, None)
    count = int(dark.sum())
    if count < LEAST_PX:
        return Told(Material.DARK, f"only {count} dark pixels: too few apart from edges",
                    None, None, None)  # fmt: skip
    coal = float(spectrum.coal()[dark].mean())
    ore = float(spectrum.ore()[dark].mean())
    ratio = ln_ratio(laws.ln_likelihoods(spectrum.features(dark)), laws.names.index("coal"))
    if coal >= 0.5 and ratio > 0:
        return Told(Material.COAL, None, ratio, coal, ore)
    if ore >= 0.5:
        return Told(Material.ORE, None, ratio, coal, ore)
    why = f"{coal:.0%} of the dark pixels look like coal and {ore:.0%} like ore: neither is half"
    return Told(Material.DARK, why, ratio, coal, ore)


def ln_ratio(likelihoods: Plane, which: int) -> float:
    """Median over pixels of one class's log likelihood over the best other one's, capped.

    Examples:
        >>> ln_ratio(np.array([[0.0, -1.0], [0.0, -2.0], [0.0, -90.0]]), 0)
        2.0

    """
    others = np.delete(likelihoods, which, axis=1).max(axis=1)
    middle = float(np.median(likelihoods[:, which] - others))
    return round(float(np.clip(middle, -MOST_LN_RATIO, MOST_LN_RATIO)), 3)
