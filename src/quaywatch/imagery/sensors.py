"""What each sensor is: pixel size, how far off its pixels and its clock may be, its bands.

Figures marked [P] in the comments are published or measured (METHODS sections 4 and 5); the others
are defaults to be replaced by measurement, and are never tighter than the maker states.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BandNames = tuple[str, ...]


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
    radar: bool = False

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
            "radar": self.radar,
        }


_RGB = ("red", "green", "blue")
_PLANET_8 = ("coastal", "blue", "green_i", "green", "yellow", "red", "rededge", "nir")
_OPTICAL = {1: ("pan",), 3: _RGB, 4: ("blue", "green", "red", "nir")}

# PlanetScope: RMSE about 10 m, so 7 m an axis. Sentinel-2: 12 m before its 2021 reference image
# [P Scheffler 2017], so 8 m an axis. Sentinel-1 GRD: 7 m plus the azimuth shift of movers.
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
            bands={**_OPTICAL, 8: _PLANET_8},
        ),
        Sensor(
            id="skysat",
            name="SkySat",
            platform="SkySat",
            gsd_m=0.5,
            geolocation_sigma_m=7.0,
            time_sigma_s=1.0,
            bands=_OPTICAL,
        ),
        Sensor(
            id="rapideye",
            name="RapidEye",
            platform="RapidEye",
            gsd_m=5.0,
            geolocation_sigma_m=7.0,
            time_sigma_s=1.0,
            bands={3: _RGB, 5: ("blue", "green", "red", "rededge", "nir")},
        ),
        Sensor(
            id="sentinel-2",
            name="Sentinel-2 MSI",
            platform="Sentinel-2",
            gsd_m=10.0,
            geolocation_sigma_m=8.0,
            time_sigma_s=1.0,
            bands={3: _RGB, 4: ("blue", "green", "red", "nir")},
        ),
        Sensor(
            id="landsat",
            name="Landsat 4-9",
            platform="Landsat",
            gsd_m=30.0,
            geolocation_sigma_m=12.0,
            time_sigma_s=15.0,
            bands={3: _RGB, 7: ("coastal", "blue", "green", "red", "nir", "swir16", "swir22")},
        ),
        Sensor(
            id="vhr",
            name="Very high resolution (Pléiades, WorldView)",
            platform="Pléiades or Maxar class",
            gsd_m=0.5,
            geolocation_sigma_m=5.0,
            time_sigma_s=1.0,
            bands=_OPTICAL,
        ),
        Sensor(
            id="satellogic",
            name="Satellogic NewSat",
            platform="NewSat",
            gsd_m=1.0,
            geolocation_sigma_m=10.0,
            time_sigma_s=1.0,
            bands={3: _RGB, 4: (*_RGB, "nir")},
        ),
        Sensor(
            id="sentinel-1-grd",
            name="Sentinel-1 GRD",
            platform="Sentinel-1",
            gsd_m=10.0,
            geolocation_sigma_m=7.0,
            time_sigma_s=1.0,
            bands={1: ("vv",), 2: ("vv", "vh")},
            radar=True,
        ),
    )
}
"""Every known sensor by id."""

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
    "B2": "blue",
    "B3": "green",
    "B4": "red",
    "B5": "nir",
    "B6": "swir16",
    "B7": "swir22",
}
"""Landsat 8 and 9 band to STAC common name (4 to 7 number them otherwise: name them yourself)."""
