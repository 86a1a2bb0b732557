"""How a track moves against what it says of its motion: T1, T4 and T5 of the battery.

Everything is measured between *stations*: fixes at least ``STATION_S`` apart, so that neither the
clock of a receiver nor the last digit of a position decides. Medians, so that no single fix does.

Source:
    Iphar et al. (2020), doi:10.1016/j.eswa.2020.113219, for items of consistency; robust second
    differences are our own.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.integrity.ranks import quantile, turn_deg
from quaywatch.ais.integrity.windows import Windows
from quaywatch.ais.track import Floats, Indices, Singles, Tracks

STATION_S = 50.0
"""Least time between two stations."""
LONGEST_S = 3600.0
"""Stations farther apart say nothing of each other: a ship may have turned in between."""
UNDER_WAY_KN = 3.0
IMPLIED_KN = 25.0
OWN_FACTOR = 1.5
TOLERANCE_M = 100.0
"""Off each implied way, so that noise and antenna make no speed."""
TOLERANCE_S = 60.0
"""Added to each implied time: receivers stamp what they hear, not when it was sent."""
LATE_S = 540.0
"""A report may be later than that by so much, which moves a ship along at the speed it reports:
stations pass on in bulk, their clocks disagree, and five minutes are common in recorded feeds."""
LONGEST_ASIDE_S = 600.0
ASIDE_TURN_DEG = 20.0
"""A step is judged sideways only between courses that agree within this."""
SIN_TURN = float(np.sin(np.radians(ASIDE_TURN_DEG)))

KN = 1852.0 / 3600.0
"""Metres per second in a knot."""

MOTION: Final = (
    "n", "hours", "spacing_s", "station_s", "sog_kn", "own_kn", "under_way", "path_nm",
    "implied_n", "implied_kn", "n_speed", "speed_off_kn", "speed_bias_kn", "n_course",
    "course_off_deg", "n_second", "along_m", "across_m", "n_change", "sog_change_kn",
    "cog_change_deg", "aside_m",
)  # fmt: skip
"""What ``motion`` measures of each window, NaN where there was too little.

``spacing_s``, ``station_s``: median seconds between fixes, and between stations. ``sog_kn``:
median reported speed under way; ``own_kn`` its 99th percentile. ``under_way``: share of stations.
``implied_n``, ``implied_kn``: steps faster than 25 kn and 1.5 ``own_kn``, and the worst.
``aside_m``: the farthest step square to a course that did not change, less what turning explains:
a late clock moves a ship along its way, never aside.
``speed_off_kn``: median of |way made / time - mean reported speed|; ``speed_bias_kn`` its signed
median. ``course_off_deg``: median of |bearing of the way - mean reported course|.
``along_m``, ``across_m``: robust scale of the second differences, in units of the noise of one
fix, along and across the way. ``sog_change_kn``, ``cog_change_deg``: root mean square change of
the reported speed and course from station to station, each change limited to 1 kn and 10 degrees.
"""


def motion(tracks: Tracks, windows: Windows) -> dict[str, Floats]:
    """``MOTION`` of every window, each an array of its own.

    Examples:
        >>> from quaywatch.ais.integrity.examples import steady
        >>> from quaywatch.ais.integrity.windows import windows_of
        >>> track = steady()
        >>> found = motion(track, windows_of(track))
        >>> round(float(found["speed_off_kn"][0]), 2), round(float(found["across_m"][0]), 2)
        (0.0, 0.0)

    """
    table = _motion(
        windows.order, windows.bounds, windows.dt_s, windows.dx_m, windows.dy_m,
        tracks.lon, tracks.lat, tracks.sog_kn, tracks.cog_deg,
    )  # fmt: skip
    return {name: table[:, i] for i, name in enumerate(MOTION)}


@compiled
def _motion(
    order: Indices,
    bounds: Indices,
    dt: Floats,
    dx: Floats,
    dy: Floats,
    lon: Floats,
    lat: Floats,
    sog: Singles,
    cog: Singles,
) -> NDArray[np.float64]:
    """One row a window, columns of ``MOTION``."""
    out = np.full((len(bounds) - 1, 22), np.nan)
    longest = 1
    for w in range(len(bounds) - 1):
        longest = max(longest, bounds[w + 1] - bounds[w])
    buffer = np.empty(longest)
    station = np.empty((8, longest))
    for w in range(len(bounds) - 1):
        low, high = bounds[w], bounds[w + 1]
        row = out[w]
        _speeds(order[low:high], dt[low:high], dx[low:high], dy[low:high], sog, buffer, row)
        _implied(order[low:high], dt[low:high], dx[low:high], dy[low:high], lon, lat, sog, row)
        _aside(order[low:high], dt[low:high], dx[low:high], dy[low:high], sog, cog, row)
        count = _stations(
            order[low:high], dt[low:high], dx[low:high], dy[low:high], sog, cog, station
        )
        _consistency(station, count, buffer, row)
        _second(station, count, buffer, row)
        _changes(station, count, row)
    return out


@compiled
def length(x: float, y: float) -> float:
    """Length of a vector; shorter than numpy's, which guards against overflow.

    Examples:
        >>> length(3.0, 4.0)
        5.0

    """
    return float(np.sqrt(x * x + y * y))


@compiled
def _speeds(
    order: Indices,
    dt: Floats,
    dx: Floats,
    dy: Floats,
    sog: Singles,
    buffer: Floats,
    row: Floats,
) -> None:
    """Size, spacing, and the speeds that the ship itself reports."""
    n, hours, path = len(order), 0.0, 0.0
    for k in range(1, n):
        buffer[k - 1] = dt[k]
        hours += dt[k] / 3600.0
        path += length(dx[k], dy[k])
    row[0], row[1], row[7] = n, hours, path / 1852.0
    row[2] = quantile(buffer, n - 1, 0.5)
    known = 0
    for k in range(n):
        value = sog[order[k]]
        if value == value:  # noqa: PLR0124  # NaN is unknown
            buffer[known] = value
            known += 1
    row[5] = quantile(buffer, known, 0.99)
    moving = 0
    for k in range(known):
        if buffer[k] > UNDER_WAY_KN:
            buffer[moving] = buffer[k]
            moving += 1
    row[4] = quantile(buffer, moving, 0.5)


@compiled
def _implied(
    order: Indices,
    dt: Floats,
    dx: Floats,
    dy: Floats,
    lon: Floats,
    lat: Floats,
    sog: Singles,
    row: Floats,
) -> None:
    """Steps that no ship of this speed could have made, by the shortest way and a late clock."""
    count, worst = 0, 0.0
    for k in range(1, len(order)):
        way = length(dx[k], dy[k])
        if way < TOLERANCE_M + IMPLIED_KN * KN * TOLERANCE_S:
            continue
        i, j = order[k - 1], order[k]
        if way > 50_000.0:
            way = sphere_m(lon[i], lat[i], lon[j], lat[j])
        fast = implied_kn(way, dt[k], sog[i], sog[j], row[5])
        if fast > 0.0:
            count += 1
            worst = max(worst, fast)
    row[8], row[9] = count, worst


@compiled
def implied_kn(way_m: float, seconds: float, sog1: float, sog2: float, own_kn: float) -> float:
    """Speed that a step needs, if no ship of this speed has it and no late clock explains it, or 0.

    Args:
        way_m: metres, at most the true distance.
        seconds: between the two reports.
        sog1: knots reported before; NaN if unknown.
        sog2: knots reported after.
        own_kn: the highest speed this ship is known to make; NaN if unknown.

    Examples:
        >>> implied_kn(8_000.0, 10.0, 12.0, 12.0, 15.0) > 100
        True
        >>> implied_kn(3_000.0, 10.0, 12.0, 12.0, 15.0)  # eight minutes late
        0.0

    """
    own = np.fmax(np.fmax(sog1, sog2), np.fmax(own_kn, 0.0))
    limit = max(IMPLIED_KN, OWN_FACTOR * own)
    late = IMPLIED_KN
    if not np.isnan(sog1 + sog2):
        late = max(sog1, sog2)
    fast = (way_m - TOLERANCE_M - late * KN * LATE_S) / (seconds + TOLERANCE_S) / KN
    return fast if fast > limit else 0.0


@compiled
def _aside(
    order: Indices,
    dt: Floats,
    dx: Floats,
    dy: Floats,
    sog: Singles,
    cog: Singles,
    row: Floats,
) -> None:
    """The farthest step aside while under way on one course: no late clock explains it."""
    worst = np.nan
    for k in range(1, len(order)):
        i, j = order[k - 1], order[k]
        aside = aside_m(dx[k], dy[k], dt[k], (sog[i], sog[j]), (cog[i], cog[j]))
        if not np.isnan(aside):
            worst = aside if np.isnan(worst) else max(worst, aside)
    row[21] = worst


@compiled
def aside_m(
    dx: float, dy: float, seconds: float, sog: tuple[float, float], cog: tuple[float, float]
) -> float:
    """Metres that a step goes aside of an unchanged course, beyond what turning explains.

    NaN where that cannot be said: too slow, too long ago, or the course changed.

    Args:
        dx: metres east.
        dy: metres north.
        seconds: between the two reports.
        sog: knots reported before and after.
        cog: degrees reported before and after.

    Examples:
        >>> round(aside_m(3000.0, 0.0, 10.0, (12.0, 12.0), (0.0, 0.0)))
        2752

    """
    turned = turn_deg(cog[0], cog[1])
    if not (
        seconds < LONGEST_ASIDE_S
        and min(sog[0], sog[1]) > UNDER_WAY_KN
        and abs(turned) <= ASIDE_TURN_DEG
    ):
        return np.nan
    along = max(sog[0], sog[1]) * KN * (seconds + TOLERANCE_S)
    slack = TOLERANCE_M + along * SIN_TURN
    if length(dx, dy) <= slack:
        return 0.0
    course = np.radians(cog[0] + 0.5 * turned)
    return float(max(0.0, abs(dx * np.cos(course) - dy * np.sin(course)) - slack))


@compiled
def sphere_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres, never more than the geodesic: haversine on the smallest sphere of curvature."""
    a, b = np.radians(lat1), np.radians(lat2)
    h = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    return float(2 * 6_335_439.0 * np.arcsin(np.sqrt(min(1.0, h))))


@compiled
def _stations(
    order: Indices,
    dt: Floats,
    dx: Floats,
    dy: Floats,
    sog: Singles,
    cog: Singles,
    station: NDArray[np.float64],
) -> int:
    """Fill ``station`` (8, count) with what happened since the station before.

    Rows: seconds, east and north metres, mean reported speed, its value at the station, reported
    course there, mean of both courses, way sailed.
    """
    count = 0
    t = x = y = area = sailed = 0.0
    last = sog[order[0]]
    last_cog = cog[order[0]]
    for k in range(1, len(order)):
        i = order[k]
        t += dt[k]
        x += dx[k]
        y += dy[k]
        sailed += length(dx[k], dy[k])
        area += 0.5 * (last + sog[i]) * dt[k]
        last = sog[i]
        if t < STATION_S:
            continue
        station[0, count], station[1, count], station[2, count] = t, x, y
        station[3, count], station[4, count] = area / t, sog[i]
        station[5, count] = cog[i]
        station[6, count] = last_cog + 0.5 * turn_deg(last_cog, cog[i])
        station[7, count] = sailed
        last_cog = cog[i]
        count += 1
        t = x = y = area = sailed = 0.0
    return count


@compiled
def _consistency(station: NDArray[np.float64], count: int, buffer: Floats, row: Floats) -> None:
    """Speed and course made good against those reported."""
    for k in range(count):
        buffer[k] = station[0, k]
    row[3] = quantile(buffer, count, 0.5)
    moving, n_speed = 0, 0
    for k in range(count):
        way = length(station[1, k], station[2, k])
        if way > UNDER_WAY_KN * KN * station[0, k]:
            moving += 1
        if station[3, k] > UNDER_WAY_KN and station[0, k] <= LONGEST_S:
            buffer[n_speed] = way / station[0, k] / KN - station[3, k]
            n_speed += 1
    row[6] = moving / count if count else np.nan
    row[10] = n_speed
    row[12] = quantile(buffer, n_speed, 0.5)
    for k in range(n_speed):
        buffer[k] = abs(buffer[k])
    row[11] = quantile(buffer, n_speed, 0.5)
    n_course = 0
    for k in range(count):
        way = length(station[1, k], station[2, k])
        if station[3, k] > UNDER_WAY_KN and way > 150.0 and station[0, k] <= LONGEST_S:
            bearing = np.degrees(np.arctan2(station[1, k], station[2, k]))
            off = abs(turn_deg(station[6, k], bearing))
            if off == off:  # noqa: PLR0124  # NaN is unknown
                buffer[n_course] = off
                n_course += 1
    row[13] = n_course
    row[14] = quantile(buffer, n_course, 0.5)


@compiled
def _second(station: NDArray[np.float64], count: int, buffer: Floats, row: Floats) -> None:
    """Robust scale of what is left when each station is put on the line through its neighbours.

    Divided by what independent noise of size 1 on each fix would leave, so that uneven spacing
    does not matter. Stations are taken while under way only: a moored ship is rightly still.
    """
    for axis in range(2):
        kept = 0
        for k in range(1, count):
            before, after = station[0, k - 1], station[0, k]
            if max(before, after) > min(LONGEST_S, 4.0 * min(before, after)):
                continue
            x = station[1, k - 1] + station[1, k]
            y = station[2, k - 1] + station[2, k]
            way = length(x, y)
            if way < UNDER_WAY_KN * KN * (before + after):
                continue
            share = before / (before + after)
            off_x = station[1, k - 1] - share * x
            off_y = station[2, k - 1] - share * y
            off = off_x * x + off_y * y if axis == 0 else off_x * y - off_y * x
            noise = np.sqrt(1.0 + share * share + (1.0 - share) ** 2)
            buffer[kept] = abs(off) / way / noise
            kept += 1
        row[15] = kept
        row[16 + axis] = 1.4826 * quantile(buffer, kept, 0.5)


@compiled
def _changes(station: NDArray[np.float64], count: int, row: Floats) -> None:
    """How much reported speed and course change from station to station under way."""
    kept = 0
    speed = course = 0.0
    for k in range(1, count):
        if not (station[4, k] > UNDER_WAY_KN and station[4, k - 1] > UNDER_WAY_KN):
            continue
        if station[0, k] > LONGEST_S:
            continue
        turned = turn_deg(station[5, k - 1], station[5, k])
        if turned == turned:  # noqa: PLR0124  # NaN is unknown
            speed += min(1.0, abs(station[4, k] - station[4, k - 1])) ** 2
            course += min(10.0, abs(turned)) ** 2
            kept += 1
    row[18] = kept
    if kept:
        row[19], row[20] = np.sqrt(speed / kept), np.sqrt(course / kept)
