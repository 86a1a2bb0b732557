"""Where a radar puts a ship that moves: off its wake, along the track of the satellite."""

import math
from dataclasses import dataclass

from quaywatch.imagery.sensors import RadarGeometry

EARTH_TURN_KM_S = 0.4651
"""Speed of the Earth's surface at the equator."""
ORBIT_KM_S = 6.8
"""Speed of the satellite's ground track, near enough for all low orbits."""


@dataclass(frozen=True)
class AzimuthShift:
    """How far from its true place a moving ship is drawn."""

    metres: float
    """Along the flight direction; negative is backwards."""
    east_m: float
    north_m: float
    sigma_m: float
    """Of ``metres``, from the range over speed of the satellite and the incidence angle alone."""


def radial_speed(sog_kn: float, cog_deg: float, look_deg: float, incidence_deg: float) -> float:
    """Speed of a ship away from the radar along the line of sight, m/s; negative towards it.

    Args:
        sog_kn: over ground.
        cog_deg: over ground, degrees from true north.
        look_deg: direction in which the radar looks over the ground, degrees from true north.
        incidence_deg: angle between the line of sight and the vertical at the ship.

    Examples:
        >>> round(radial_speed(10.0, 90.0, 90.0, 90.0), 2)
        5.14
        >>> round(radial_speed(10.0, 0.0, 90.0, 35.0), 2)
        0.0

    """
    away = math.cos(math.radians(cog_deg - look_deg))
    return sog_kn * 1852 / 3600 * away * math.sin(math.radians(incidence_deg))


def azimuth_shift(
    radar: RadarGeometry,
    *,
    sog_kn: float,
    cog_deg: float,
    flight_deg: float,
    incidence_deg: float | None = None,
) -> AzimuthShift:
    """How far a radar draws a ship from where it is: ``-R v_r / V`` along the flight direction.

    A ship that comes towards the radar is drawn further along the flight, one that goes away
    further back. Speed along the flight shifts nothing (it blurs).

    Args:
        radar: of the sensor.
        sog_kn: of the ship over ground.
        cog_deg: of the ship over ground, degrees from true north.
        flight_deg: direction of the satellite's ground track, degrees from true north.
        incidence_deg: at the ship; default the middle of the swath, its width in the error.

    Returns:
        The shift; add it to the true place to get the place in the image.

    Source:
        Raney (1971), doi:10.1109/TAES.1971.310292. Range over speed: METHODS section 4.

    Examples:
        >>> from quaywatch.imagery.sensors import SENSORS
        >>> s1 = SENSORS["sentinel-1-grd"].radar
        >>> north_going = azimuth_shift(s1, sog_kn=10, cog_deg=270, flight_deg=0, incidence_deg=39)
        >>> round(north_going.metres), round(north_going.north_m)  # towards a radar that looks east
        (380, 380)

    """
    side = 90.0 if radar.looks_right else -90.0
    low, high = radar.incidence_deg
    angle = (low + high) / 2 if incidence_deg is None else incidence_deg
    speed = radial_speed(sog_kn, cog_deg, flight_deg + side, angle)
    nearest, farthest = radar.range_over_speed_s
    # Range and incidence grow together across the swath.
    share = min(1.0, max(0.0, (angle - low) / (high - low)))
    seconds = nearest + share * (farthest - nearest)
    metres = -seconds * speed
    if incidence_deg is None:
        ends = [math.sin(math.radians(a)) / math.sin(math.radians(angle)) for a in (low, high)]
        spread = abs(metres) * (ends[1] * farthest - ends[0] * nearest) / seconds / math.sqrt(12)
    else:
        spread = abs(metres) * 0.02
    along = math.radians(flight_deg)
    return AzimuthShift(metres, metres * math.sin(along), metres * math.cos(along), abs(spread))


def flight_direction(lat: float, *, ascending: bool, inclination_deg: float = 98.18) -> float:
    """Direction of the ground track of a low polar orbit, degrees from true north.

    The Earth turning below is allowed for; good to a degree away from the poles.

    Raises:
        ValueError: never; beyond the highest latitude of the orbit it is 270 (or 90) degrees.

    Examples:
        >>> round(flight_direction(0.0, ascending=True))
        348
        >>> round(flight_direction(0.0, ascending=False))
        192

    """
    turn = math.cos(math.radians(inclination_deg)) / math.cos(math.radians(lat))
    east = max(-1.0, min(1.0, turn)) * ORBIT_KM_S
    north = math.sqrt(max(ORBIT_KM_S**2 - east**2, 0.0)) * (1 if ascending else -1)
    east -= EARTH_TURN_KM_S * math.cos(math.radians(lat))
    return math.degrees(math.atan2(east, north)) % 360.0
