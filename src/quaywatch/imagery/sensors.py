"""What each sensor is: one row of a table, read by everything that would otherwise ask which it is.

Figures marked [P] in the comments are published or measured (METHODS sections 4 and 5, the makers'
handbooks); the others are defaults to be replaced by measurement, and are never tighter than the
maker states. What is not known is None, and what needs it must say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

BandNames = tuple[str, ...]


class ProviderMask(StrEnum):
    """The mask that a provider delivers with its images."""

    UDM2 = "udm2"
    """Planet: eight bands, of which the first is clear."""
    UDM = "udm"
    """Planet before 2018: bits, of which the first is no data and the second cloud."""
    SCL = "scl"
    """Sentinel-2 level 2A: one class a pixel of 20 m."""
    QA_PIXEL = "qa_pixel"
    """Landsat collection 2: bits."""


@dataclass(frozen=True)
class Scaling:
    """What a count means: value = count * scale + offset."""

    scale: float
    offset: float = 0.0
    radiometry: str = "reflectance"
    """reflectance, display, counts, amplitude, power or decibel."""


@dataclass(frozen=True)
class RadarGeometry:
    """How a synthetic aperture radar looks; always truthy, so that ``sensor.radar`` is a test."""

    range_over_speed_s: tuple[float, float]
    """Slant range over the speed of the satellite, nearest and farthest, seconds."""
    incidence_deg: tuple[float, float]
    """Likewise at the ground."""
    ambiguity_m: tuple[float, float]
    """Bounds between which the first azimuth ambiguities of a bright thing are drawn."""
    looks_right: bool = True

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "range_over_speed_s": list(self.range_over_speed_s),
            "incidence_deg": list(self.incidence_deg),
            "ambiguity_m": list(self.ambiguity_m),
            "looks_right": self.looks_right,
        }


@dataclass(frozen=True)
class Sensor:
    """One kind of imager."""

    id: str
    name: str
    platform: str
    gsd_m: float
    """Nominal ground sample distance at nadir, metres."""
    geolocation_sigma_m: float
    """Standard deviation of absolute position per axis, metres, before registration."""
    time_sigma_s: float
    """Standard deviation of the stated capture time of one scene, seconds."""
    bands: Mapping[int, BandNames]
    """Common band names by number of bands in a file, in file order (STAC eo names)."""
    unclear: tuple[int, ...] = ()
    """Numbers of bands that come in more than one order: refused unless the file names them."""
    band_ids: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Band number as makers write it to common name, by generation of the sensor ("" if one)."""
    counts: Mapping[str, Scaling] = field(default_factory=dict)
    """Meaning of a count by pixel type; ``scaling`` has the rest."""
    bits: int | None = None
    """Bits of a measurement, where the files' own type is wider."""
    mask: ProviderMask | None = None
    radar: RadarGeometry | None = None
    """None for optical sensors. Ships under way are drawn off their place by a radar."""
    band_delay_s: float | None = None
    """Seconds between the first and the last of red, green and blue over one place: a ship under
    way is drawn apart in colours by this times its speed. None is not known."""
    recall: str = "optical"
    """Which curves of ``imagery.recall`` hold."""
    least_length_m: float = 0.0
    """Shorter ships are not looked for: an absence of one says nothing."""

    def scaling(self, dtype: str) -> Scaling:
        """What a count of a file of this pixel type means.

        Examples:
            >>> SENSORS["landsat"].scaling("uint16").offset
            -0.2
            >>> SENSORS["skysat"].scaling("uint8").radiometry
            'display'

        """
        return self.counts.get(dtype) or usual_scaling(dtype)

    def to_json(self) -> dict[str, Any]:
        """The sensor as plain JSON values.

        Examples:
            >>> SENSORS["sentinel-2"].to_json()["gsd_m"]
            10.0

        """
        return {
            "id": self.id,
            "name": self.name,
            "platform": self.platform,
            "gsd_m": self.gsd_m,
            "geolocation_sigma_m": self.geolocation_sigma_m,
            "time_sigma_s": self.time_sigma_s,
            "bands": {str(count): list(names) for count, names in self.bands.items()},
            "bits": self.bits,
            "mask": None if self.mask is None else str(self.mask),
            "radar": None if self.radar is None else self.radar.to_json(),
            "band_delay_s": self.band_delay_s,
            "least_length_m": self.least_length_m,
        }


_FLOATS = ("float32", "float64")


def usual_scaling(dtype: str) -> Scaling:
    """What a count means where no sensor says otherwise; 8 bits are a picture made for the eye.

    Examples:
        >>> usual_scaling("uint8").radiometry, usual_scaling("float32").scale
        ('display', 1.0)

    """
    if dtype == "uint8":
        return Scaling(1 / 255, radiometry="display")
    return Scaling(1.0 if dtype in _FLOATS else 1 / 65535, radiometry="counts")


_REFLECTED = {name: Scaling(1.0) for name in _FLOATS}
_TEN_THOUSANDTHS = {**_REFLECTED, "uint16": Scaling(1e-4), "int16": Scaling(1e-4)}
_LANDSAT = {**_REFLECTED, "uint16": Scaling(2.75e-5, -0.2)}
_RADAR = {
    "uint8": Scaling(1 / 255, radiometry="amplitude"),
    "uint16": Scaling(1 / 65535, radiometry="amplitude"),
    **{name: Scaling(1.0, radiometry="power") for name in _FLOATS},
}
_RGB = ("red", "green", "blue")
_BGRN = ("blue", "green", "red", "nir")
_PLANET_8 = ("coastal", "blue", "green_i", "green", "yellow", "red", "rededge", "nir")
_MAXAR_8 = ("coastal", "blue", "green", "yellow", "red", "rededge", "nir", "nir09")

S2_BANDS: dict[str, str] = {
    "B01": "coastal",
    "B02": "blue",
    "B03": "green",
    "B04": "red",
    "B05": "rededge071",
    "B06": "rededge075",
    "B07": "rededge078",
    "B08": "nir",
    "B8A": "nir08",
    "B09": "nir09",
    "B10": "cirrus",
    "B11": "swir16",
    "B12": "swir22",
}
"""Sentinel-2 band to STAC common name."""
LANDSAT_BANDS: dict[str, str] = {
    "B1": "coastal",
    "B2": "blue",
    "B3": "green",
    "B4": "red",
    "B5": "nir",
    "B6": "swir16",
    "B7": "swir22",
    "B9": "cirrus",
}
"""Landsat 8 and 9 band to STAC common name."""
LANDSAT_4_7_BANDS: dict[str, str] = {
    "B1": "blue",
    "B2": "green",
    "B3": "red",
    "B4": "nir",
    "B5": "swir16",
    "B7": "swir22",
}
"""Landsat 4, 5 and 7 band to STAC common name: the same number is another colour there."""
LANDSAT_GENERATION = {"04": "4-7", "05": "4-7", "07": "4-7", "08": "8-9", "09": "8-9"}
"""Key of ``Sensor.band_ids`` by mission."""

# PlanetScope: RMSE about 10 m, so 7 m an axis. Sentinel-2: 12 m before its 2021 reference image
# [P Scheffler 2017], so 8 m an axis; 1.0 s between its blue and its red [P ESA MSI guide].
# Sentinel-1 GRD: 7 m. Its slant ranges of 800 to 960 km over 7.6 km/s [P]; incidence 29 to 46
# degrees [P ESA]; ambiguities at range * wavelength * pulse rate / (2 speed), 4.2 to 5.4 km.
SENSORS: dict[str, Sensor] = {
    s.id: s
    for s in (
        Sensor(
            id="planetscope",
            name="PlanetScope",
            platform="PlanetScope",
            gsd_m=3.0,
            geolocation_sigma_m=7.0,
            time_sigma_s=1.0,
            bands={1: ("pan",), 3: _RGB, 4: _BGRN, 8: _PLANET_8},
            counts=_TEN_THOUSANDTHS,
            bits=12,
            mask=ProviderMask.UDM2,
            least_length_m=20.0,
        ),
        Sensor(
            id="skysat",
            name="SkySat",
            platform="SkySat",
            gsd_m=0.5,
            geolocation_sigma_m=7.0,
            time_sigma_s=1.0,
            bands={1: ("pan",), 3: _RGB, 4: _BGRN},
            counts=_REFLECTED,
            bits=11,
            mask=ProviderMask.UDM2,
            least_length_m=20.0,
        ),
        Sensor(
            id="rapideye",
            name="RapidEye",
            platform="RapidEye",
            gsd_m=5.0,
            geolocation_sigma_m=7.0,
            time_sigma_s=1.0,
            bands={3: _RGB, 5: ("blue", "green", "red", "rededge", "nir")},
            counts=_TEN_THOUSANDTHS,
            bits=12,
            mask=ProviderMask.UDM,
            least_length_m=22.5,
        ),
        Sensor(
            id="sentinel-2",
            name="Sentinel-2 MSI",
            platform="Sentinel-2",
            gsd_m=10.0,
            geolocation_sigma_m=8.0,
            time_sigma_s=1.0,
            bands={3: _RGB, 4: _BGRN},
            band_ids={"": S2_BANDS},
            counts=_TEN_THOUSANDTHS,
            bits=12,
            mask=ProviderMask.SCL,
            band_delay_s=1.0,
            least_length_m=45.0,
        ),
        Sensor(
            id="landsat",
            name="Landsat 4-9",
            platform="Landsat",
            gsd_m=30.0,
            geolocation_sigma_m=12.0,
            time_sigma_s=15.0,
            bands={
                3: _RGB,
                6: ("blue", "green", "red", "nir", "swir16", "swir22"),
                7: ("coastal", "blue", "green", "red", "nir", "swir16", "swir22"),
            },
            band_ids={"4-7": LANDSAT_4_7_BANDS, "8-9": LANDSAT_BANDS},
            counts=_LANDSAT,
            bits=12,
            mask=ProviderMask.QA_PIXEL,
            least_length_m=135.0,
        ),
        Sensor(
            id="vhr",
            name="Very high resolution (Pléiades, WorldView)",
            platform="Pléiades or Maxar class",
            gsd_m=0.5,
            geolocation_sigma_m=5.0,
            time_sigma_s=1.0,
            # Pléiades writes four bands from red to blue, Maxar from blue to red.
            bands={1: ("pan",), 3: _RGB, 8: _MAXAR_8},
            unclear=(4,),
            counts=_REFLECTED,
            bits=12,
            least_length_m=20.0,
        ),
        Sensor(
            id="satellogic",
            name="Satellogic NewSat",
            platform="NewSat",
            gsd_m=1.0,
            geolocation_sigma_m=10.0,
            time_sigma_s=1.0,
            bands={3: _RGB, 4: (*_RGB, "nir")},
            counts=_REFLECTED,
            least_length_m=20.0,
        ),
        Sensor(
            id="sentinel-1-grd",
            name="Sentinel-1 GRD",
            platform="Sentinel-1",
            gsd_m=10.0,
            geolocation_sigma_m=7.0,
            time_sigma_s=1.0,
            bands={1: ("vv",), 2: ("vv", "vh")},
            counts=_RADAR,
            bits=16,
            radar=RadarGeometry(
                range_over_speed_s=(105.0, 126.0),
                incidence_deg=(29.0, 46.0),
                ambiguity_m=(3900.0, 5700.0),
            ),
            recall="radar",
            least_length_m=30.0,
        ),
    )
}
"""Every known sensor by id."""
