"""Simulated scenes over recorded tracks: hulls where ships truly were, AIS thinned, some dropped.

The truth is a ship's place between two reports close together; what a matcher is given are the
reports outside a window about the capture, of those ships that were not dropped. Lengths are
invented, since the recorded feed gives none: one a transponder, by its type, the same every time.
"""

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from shapely.geometry import box

from quaywatch.ais.chains import chains_of
from quaywatch.ais.segments import segment
from quaywatch.ais.track import tracks_of
from quaywatch.fusion.match_gate import NONE, Reports, around
from quaywatch.fusion.match_length import false_share
from quaywatch.fusion.match_motion import Dimensions, Fix
from quaywatch.fusion.match_weight import HeardShip, SeenHull, Sight
from quaywatch.imagery.azimuth import azimuth_shift
from quaywatch.imagery.recall import p_detect
from quaywatch.imagery.sensors import SENSORS

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

CLOSE_S: Final = 180.0
"""The truth is known where two reports are no farther apart than this."""
_M_PER_DEG: Final = 111_195.0
_STILL_STATUS: Final = (1, 5, 6)
_LENGTHS: Final = {
    7: (180.0, 0.35),
    8: (190.0, 0.3),
    6: (90.0, 0.6),
    3: (22.0, 0.4),
    5: (30.0, 0.4),
}
"""Median length and spread of its logarithm by first digit of the ship type."""
_OTHER: Final = (35.0, 0.6)


@dataclass(frozen=True, slots=True)
class Setting:
    """One way of thinning the AIS and of seeing ships."""

    name: str
    sensor: str
    gsd_m: float
    age_min: float
    """No report nearer to the capture than this is given."""
    sides: str = "both"
    """``both``, ``before``, ``after``."""
    dropped: float = 0.15
    """Share of ships whose AIS is withheld altogether."""
    half_side_m: float = 10_000.0
    """Of the square that is searched, half a side."""
    false_share: float | None = None
    """Of hulls; None: as counted for the sensor."""
    p_detect: float | None = None
    """Flat chance of being found; None: the recall table that the matcher believes in too."""
    long_by: float = 1.0
    """Lengths in the image are so many times too long."""
    within: tuple[float, float, float, float] | None = None
    """Scenes are laid about ships in this box only: west, south, east, north."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One simulated scene, and the truth."""

    hulls: tuple[SeenHull, ...]
    ships: tuple[HeardShip, ...]
    sight: Sight
    truth: tuple[int | None, ...]
    """MMSI of each hull; None: no ship."""
    broadcast: frozenset[int]
    """MMSIs that were there, found or not, and of which a report is given."""
    setting: Setting


@dataclass(frozen=True, slots=True, eq=False)
class Sea:
    """Recorded reports as arrays, by transponder and time."""

    reports: Reports
    mmsi: NDArray[np.uint32]
    """Shape (V,)."""
    table: pl.DataFrame
    """The rows behind ``reports``."""
    kind: NDArray[np.int64]
    """Shape (V,): ship type, 0 where not said."""


def sea_of(positions: pl.DataFrame, kinds: dict[int, int]) -> Sea:
    """Reports that can be walked, ships only.

    Args:
        positions: columns of ``ais.schema.POSITIONS``, dated.
        kinds: ship type by MMSI.

    """
    ship = pl.col("mmsi").is_between(200_000_000, 799_999_999)
    placed = pl.col("lon").is_not_null() & pl.col("lat").is_not_null()
    table = positions.filter(ship & placed).sort("mmsi", "at", maintain_order=True)
    table = table[_of_one_hull(table)]
    mmsi = table["mmsi"].to_numpy()
    first = np.flatnonzero(np.r_[True, mmsi[1:] != mmsi[:-1]]) if len(mmsi) else np.zeros(0, int)
    starts = np.r_[first, len(mmsi)].astype(np.int64)
    reports = Reports(
        starts,
        table["at"].dt.epoch("us").to_numpy(),
        table["lon"].to_numpy(),
        table["lat"].to_numpy(),
    )
    vessels = mmsi[first]
    kind = np.array([kinds.get(int(v), 0) for v in vessels], np.int64)
    return Sea(reports, vessels, table, kind)


def _of_one_hull(table: pl.DataFrame) -> Indices:
    """Rows of the longest chain of each transponder: what is no report of that hull is left out."""
    tracks = tracks_of(table)
    chains = chains_of(tracks, segment(tracks))
    sizes = np.diff(chains.starts)
    longest: dict[int, int] = {}
    for chain, vessel in enumerate(chains.vessel.tolist()):
        if vessel not in longest or sizes[chain] > sizes[longest[vessel]]:
            longest[vessel] = chain
    kept = [chains.order[chains.starts[c] : chains.starts[c + 1]] for c in longest.values()]
    return tracks.row[np.sort(np.concatenate(kept))] if kept else np.zeros(0, np.int64)


def length_of(mmsi: int, kind: int) -> float:
    """An invented length for a transponder, the same in every process.

    Examples:
        >>> 60 < length_of(367000001, 70) < 500
        True

    """
    median, spread = _LENGTHS.get(kind // 10, _OTHER)
    draw = np.random.default_rng(zlib.crc32(str(mmsi).encode()))
    return float(np.clip(median * math.exp(spread * draw.standard_normal()), 12.0, 400.0))


def truths(sea: Sea, at_us: int) -> dict[int, tuple[float, float, Fix]]:
    """Where ships were at an instant: lon, lat, and the report nearest to it, by vessel."""
    before, after = (rows[:, 0] for rows in around(sea.reports, np.array([at_us])))
    found = {}
    for v in np.flatnonzero((before != NONE) & (after != NONE)):
        b, a = int(before[v]), int(after[v])
        t1, t2 = int(sea.reports.at_us[b]), int(sea.reports.at_us[a])
        if (t2 - t1) / 1e6 > CLOSE_S:
            continue
        share = (at_us - t1) / max(t2 - t1, 1)
        lon = _between(sea.reports.lon, b, a, share)
        lat = _between(sea.reports.lat, b, a, share)
        run_m = math.hypot(
            (sea.reports.lon[a] - sea.reports.lon[b]) * math.cos(math.radians(lat)),
            sea.reports.lat[a] - sea.reports.lat[b],
        ) * _M_PER_DEG  # fmt: skip
        if run_m / max((t2 - t1) / 1e6, 1.0) > 25.0:  # a position in error, no ship
            continue
        near = b if share < 0.5 else a
        found[int(v)] = (lon, lat, _fix(sea, near, at_us, lon, lat))
    return found


def _between(values: Floats, b: int, a: int, share: float) -> float:
    return float(values[b] + share * (values[a] - values[b]))


def _fix(sea: Sea, row: int, at_us: int, lon0: float, lat0: float) -> Fix:
    """A report in the frame of a place."""
    one = sea.table.row(row, named=True)
    sog = one["sog_kn"]
    said = one["nav_status"] in _STILL_STATUS and (sog is None or sog < 0.5)
    return Fix(
        seconds=(int(sea.reports.at_us[row]) - at_us) / 1e6,
        x_m=(one["lon"] - lon0) * _M_PER_DEG * math.cos(math.radians(lat0)),
        y_m=(one["lat"] - lat0) * _M_PER_DEG,
        sog_kn=sog,
        cog_deg=one["cog_deg"],
        heading_deg=one["heading_deg"],
        still=said or (sog is not None and sog < 0.5),
        anchored=one["nav_status"] == 1,
    )


def cases(
    sea: Sea, setting: Setting, times_us: Indices, *, per_time: int, seed: int
) -> Iterator[Case]:
    """Scenes of a setting: at each time, squares about ships chosen at random.

    Args:
        sea: recorded reports.
        setting: how AIS is thinned and ships are seen.
        times_us: capture times.
        per_time: scenes a time.
        seed: of the choice.

    """
    for number, at_us in enumerate(times_us.tolist()):
        rng = np.random.default_rng([seed, number])
        there = truths(sea, at_us)
        about = [v for v, (lon, lat, _) in sorted(there.items()) if _in(lon, lat, setting.within)]
        if not about:
            continue
        for v in rng.choice(about, size=per_time):
            lon, lat, _ = there[int(v)]
            moved = rng.uniform(-0.7, 0.7, 2) * setting.half_side_m / _M_PER_DEG
            middle = lon + float(moved[0]), lat + float(moved[1])
            yield _case(sea, setting, at_us, middle, there, rng)


def _in(lon: float, lat: float, within: tuple[float, float, float, float] | None) -> bool:
    if within is None:
        return True
    west, south, east, north = within
    return west <= lon <= east and south <= lat <= north


def _case(
    sea: Sea,
    setting: Setting,
    at_us: int,
    middle: tuple[float, float],
    there: dict[int, tuple[float, float, Fix]],
    rng: np.random.Generator,
) -> Case:
    lon0, lat0 = middle
    sensor = SENSORS[setting.sensor]
    half = setting.half_side_m
    flight = 192.0 if sensor.radar is not None else None
    sight = Sight(
        setting.sensor, setting.gsd_m, box(-half, -half, half, half),
        sensor.geolocation_sigma_m, radar=sensor.radar, flight_deg=flight,
    )  # fmt: skip
    hulls: list[SeenHull] = []
    truth: list[int | None] = []
    present = set()
    scale = math.cos(math.radians(lat0)) * _M_PER_DEG
    dropped = {int(m) for m in sea.mmsi[rng.random(len(sea.mmsi)) < setting.dropped]}
    off = rng.normal(0.0, sensor.geolocation_sigma_m, 2)
    for v, (lon, lat, fix) in there.items():
        length = length_of(int(sea.mmsi[v]), int(sea.kind[v]))
        x, y = _centre((lon - lon0) * scale, (lat - lat0) * _M_PER_DEG, fix, length)
        if sensor.radar is not None and flight is not None and fix.cog_deg is not None:
            shift = azimuth_shift(
                sensor.radar, sog_kn=fix.sog_kn or 0.0, cog_deg=fix.cog_deg, flight_deg=flight,
                incidence_deg=float(rng.uniform(30, 45)),
            )  # fmt: skip
            x, y = x + shift.east_m, y + shift.north_m
        if max(abs(x), abs(y)) > half:
            continue
        mmsi = int(sea.mmsi[v])
        if mmsi not in dropped:
            present.add(mmsi)
        chance = setting.p_detect or p_detect(length, setting.gsd_m, setting.sensor)
        if rng.random() < chance:
            hulls.append(_hull(x + off[0], y + off[1], length, setting, rng))
            truth.append(mmsi)
    wrong = setting.false_share
    if wrong is None:
        wrong = false_share(setting.gsd_m, radar=sensor.radar is not None)
    for _ in range(rng.poisson(wrong / (1.0 - wrong) * max(len(hulls), 0.5))):
        x, y = rng.uniform(-half, half, 2)
        length = float(np.clip(50.0 * math.exp(0.6 * rng.standard_normal()), 20.0, 300.0))
        hulls.append(_hull(x, y, length, setting, rng))
        truth.append(None)
    ships = tuple(_heard(sea, setting, at_us, middle, sorted(there), dropped))
    given = frozenset(ship.mmsi for ship in ships)
    return Case(tuple(hulls), ships, sight, tuple(truth), frozenset(present) & given, setting)


def _centre(x: float, y: float, fix: Fix, length_m: float) -> tuple[float, float]:
    """From the antenna, four fifths of the hull behind the bow, to the hull's centre."""
    heading = fix.heading_deg if fix.heading_deg is not None else fix.cog_deg
    if heading is None:
        return x, y
    angle = math.radians(heading)
    return x + 0.3 * length_m * math.sin(angle), y + 0.3 * length_m * math.cos(angle)


def _hull(
    x: float, y: float, length_m: float, setting: Setting, rng: np.random.Generator
) -> SeenHull:
    """A hull as a detector gives it."""
    sensor = SENSORS[setting.sensor]
    sd = 0.3 if sensor.radar is not None else (0.05 if setting.gsd_m < 5 else 0.15)
    own = max(0.5 * setting.gsd_m, 0.05 * length_m)
    measured = length_m * setting.long_by * math.exp(sd * rng.standard_normal())
    dx, dy = rng.normal(0.0, own, 2)
    sigma = math.hypot(own, sensor.geolocation_sigma_m)
    return SeenHull(x + float(dx), y + float(dy), measured, 0.05 * measured, sigma)


def _heard(
    sea: Sea,
    setting: Setting,
    at_us: int,
    middle: tuple[float, float],
    known: list[int],
    dropped: set[int],
) -> Iterator[HeardShip]:
    """What the matcher is given of ships that may be in view: reports outside the window.

    Ships whose true place is not known then are left out: nobody could say whether they are seen.
    """
    lon0, lat0 = middle
    away_us = int(setting.age_min * 60e6)
    first = around(sea.reports, np.array([at_us - away_us]))[0][:, 0]
    last = around(sea.reports, np.array([at_us + away_us]))[1][:, 0]
    for v in known:
        if int(sea.mmsi[v]) in dropped:
            continue
        rows = (
            first[v] if setting.sides != "after" else NONE,
            last[v] if setting.sides != "before" else NONE,
        )
        fixes = [None if r == NONE else _fix(sea, int(r), at_us, lon0, lat0) for r in rows]
        near = [f for f in fixes if f is not None and abs(f.seconds) <= 12 * 3600]
        if not near or not any(_reaches(fix, setting) for fix in near):
            continue
        kept = [f if f in near else None for f in fixes]
        length = length_of(int(sea.mmsi[v]), int(sea.kind[v]))
        size = Dimensions(0.8 * length, 0.2 * length, 0.07 * length, 0.07 * length)
        yield HeardShip(int(sea.mmsi[v]), kept[0], kept[1], size)


def _reaches(fix: Fix, setting: Setting) -> bool:
    """Whether a report leaves its ship a way into the square."""
    way_m = 30.0 * 1852.0 / 3600.0 * abs(fix.seconds) + 2000.0
    return max(abs(fix.x_m), abs(fix.y_m)) <= setting.half_side_m + way_m
