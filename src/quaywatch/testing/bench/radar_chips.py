"""Sentinel-1 chips about ships that AIS names, out of their zips; labels need not be good XML."""

import math
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod
from rasterio.io import MemoryFile

from quaywatch.imagery.azimuth import azimuth_shift, flight_direction
from quaywatch.imagery.raster_file import quiet_gdal
from quaywatch.imagery.sensors import SENSORS

_GEOD = Geod(ellps="WGS84")
LEAST_SOG_KN = 3.0
LONGEST_WAIT_S = 600.0


@dataclass(frozen=True)
class Chip:
    """One ship in one image."""

    scene: str
    power: NDArray[np.float32]
    """(VH then VV, y, x), sigma nought."""
    length_m: float
    """By registers, or as broadcast."""
    axis_deg: float
    """Of the ship as drawn by hand, clockwise from the top of the chip."""
    lon: float
    lat: float
    seen_at: float
    """Seconds since 1970."""
    said_lon: float | None
    said_lat: float | None
    said_at: float | None
    sog_kn: float | None
    cog_deg: float | None
    incidence_deg: float | None


def read_chips(folder: Path) -> list[Chip]:
    """The chips of all ground range scenes of a folder whose ship has a length.

    Products in slant range have other pixels and are left out.
    """
    chips = []
    for path in sorted(folder.glob("*GRDH*.zip")):
        with zipfile.ZipFile(path) as packed:
            names = {Path(n).name: n for n in packed.namelist() if "/Patch_Cal/" in f"/{n}"}
            labels = next(n for n in packed.namelist() if n.endswith("Ship.xml"))
            text = packed.read(labels).decode("utf-8", errors="replace")
            for ship in text.split("<ship>")[1:]:
                chip = _chip(ship, path.name[17:32], names, packed)
                if chip is not None:
                    chips.append(chip)
    return chips


def _chip(ship: str, scene: str, names: dict[str, str], packed: zipfile.ZipFile) -> Chip | None:
    """One ship's chip, if its file is there and its length known."""
    x, y = _text(ship, "Center_x"), _text(ship, "Center_y")
    file = next((n for short, n in names.items() if short.endswith(f"_x{x}_y{y}.tif")), None)
    length = _number(ship, "Length_overall") or _number(ship, "Length")
    ends = [_number(ship, key) for key in ("Head_x", "Head_y", "Tail_x", "Tail_y")]
    lon, lat = _number(ship, "Center_longitude"), _number(ship, "Center_latitude")
    at = _text(ship, "Time_UTC")
    if file is None or not length or lon is None or lat is None or at is None or None in ends:
        return None
    with quiet_gdal(), MemoryFile(packed.read(file)) as memory, memory.open() as source:
        power = source.read().astype(np.float32)
    head_x, head_y, tail_x, tail_y = (float(e or 0) for e in ends)
    sog, cog = _number(ship, "Sog"), _number(ship, "Cog")
    return Chip(
        scene=scene,
        power=power,
        length_m=length,
        axis_deg=math.degrees(math.atan2(head_x - tail_x, tail_y - head_y)) % 180,
        lon=lon,
        lat=lat,
        seen_at=datetime.strptime(at, "%Y/%m/%d.%H:%M:%S").replace(tzinfo=UTC).timestamp(),
        said_lon=_number(ship, "Longitude"),
        said_lat=_number(ship, "Latitude"),
        said_at=_number(ship, "Time"),
        sog_kn=None if sog is None or sog > 400 else sog / 10,
        cog_deg=None if cog is None or cog >= 3600 else cog / 10,
        incidence_deg=_number(ship, "Incidence"),
    )


def _text(ship: str, key: str) -> str | None:
    found = re.search(f"<{key}>([^<]*)<", ship)
    return None if found is None else found[1].strip()


def _number(ship: str, key: str) -> float | None:
    try:
        return float(_text(ship, key) or "")
    except ValueError:
        return None


def shift_left(chip: Chip) -> tuple[float, float] | None:
    """Metres along the flight between a ship and its broadcast, run on: as seen, and unshifted.

    None where it lay still, the broadcast is old, or does not say enough.
    """
    radar = SENSORS["sentinel-1-grd"].radar
    if radar is None or chip.sog_kn is None or chip.cog_deg is None or chip.said_at is None:
        return None
    if chip.said_lon is None or chip.said_lat is None or chip.sog_kn <= LEAST_SOG_KN:
        return None
    wait_s = chip.seen_at - chip.said_at
    if abs(wait_s) > LONGEST_WAIT_S:
        return None
    run_m = chip.sog_kn * 1852 / 3600 * wait_s
    lon, lat, _ = _GEOD.fwd(chip.said_lon, chip.said_lat, chip.cog_deg, run_m)
    bearing, _, away_m = _GEOD.inv(lon, lat, chip.lon, chip.lat)
    # The orbit crosses the equator northward at 18 h of the local sun.
    hour = (datetime.fromtimestamp(chip.seen_at, UTC).hour + chip.lon / 15) % 24
    flight = flight_direction(chip.lat, ascending=hour >= 12)
    shift = azimuth_shift(
        radar,
        sog_kn=chip.sog_kn,
        cog_deg=chip.cog_deg,
        flight_deg=flight,
        incidence_deg=chip.incidence_deg,
    )
    along = away_m * math.cos(math.radians(bearing - flight))
    return along, along - shift.metres
