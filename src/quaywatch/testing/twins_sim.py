"""Honest ships in every condition that makes honest ships look false, with images of them.

Each twin is one hull that broadcasts where it is, and is seen and named where it is. Whatever a
scan says against one of them is a wrong verdict. Where two hulls do share a number or an identity,
that too is innocent, and the condition says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.schema import POSITIONS_FRAME, STATICS_FRAME, conform
from quaywatch.fusion.contradiction_frames import SEEN_FRAME
from quaywatch.fusion.contradiction_runs import Runs
from quaywatch.testing.fleet import invented_imo
from quaywatch.testing.twins_faults import FAULTS, NM_DEG, Floats, Heard

BEGIN_S: Final = datetime(2025, 1, 10, tzinfo=UTC).timestamp()
DAY_S: Final = 86_400.0
DAYS: Final = 4.0
FINE_S: Final = 120.0
SEEN: Final = 3
"""Images of each ship."""
SPOKEN: Final = 6
"""Static reports of each ship: enough to be believed."""

CAPES: Final[tuple[tuple[tuple[float, float], ...], ...]] = (
    ((16.5, -34.2), (18.2, -34.75), (20.2, -35.2), (22.5, -34.7)),
    ((-7.2, 35.9), (-5.6, 35.95), (-4.4, 36.1)),
    ((0.9, 50.75), (1.45, 51.02), (1.75, 51.4), (2.2, 51.7)),
    ((128.2, 34.2), (129.15, 34.85), (129.7, 35.35), (130.4, 36.2)),
    ((122.2, 37.75), (122.95, 37.5), (122.95, 36.85), (121.6, 36.2)),
    ((-122.9, 37.7), (-122.52, 37.81), (-122.42, 37.83), (-122.37, 37.9)),
)
"""Ways round capes and through straits, as longitude, latitude over open water."""
LOCKS: Final[tuple[tuple[tuple[float, float], ...], ...]] = (
    ((8.6, 53.99), (9.13, 53.88), (9.35, 54.13), (9.68, 54.31), (10.17, 54.38), (10.35, 54.6)),
    ((28.6, 40.75), (29.0, 41.0), (29.06, 41.1), (29.13, 41.24), (29.4, 41.5)),
    ((124.6, 38.62), (124.9, 38.715), (125.2, 38.695), (125.32, 38.6875), (125.396, 38.708)),
    ((32.2, 31.6), (32.32, 31.28), (32.35, 30.6), (32.56, 29.91), (32.7, 29.4)),
)
"""Ways through locks, canals and narrows that a raster of land closes or nearly so."""
OPEN: Final = ((123.2, 37.2), (123.75, 36.0), (124.4, 34.2), (123.4, 32.6))
DATE_LINE: Final = ((176.0, -18.6), (179.4, -19.0), (182.0, -18.9), (185.0, -18.2))
FERRY: Final = ((24.96, 60.12), (24.80, 59.75), (24.76, 59.48))


@dataclass(frozen=True, slots=True)
class Sailed:
    """Where a hull truly was: seconds since 1970, degrees (longitudes run on), knots, degrees."""

    at_s: Floats
    lon: Floats
    lat: Floats

    def places(self, at_s: Floats) -> tuple[Floats, Floats]:
        """Longitude and latitude at these times."""
        return np.interp(at_s, self.at_s, self.lon), np.interp(at_s, self.at_s, self.lat)

    def motion(self, at_s: Floats) -> tuple[Floats, Floats]:
        """Speed over ground in knots and course in degrees at these times."""
        lon, lat = self.places(at_s)
        on, up = self.places(at_s + 60.0)
        east = (on - lon) * np.cos(np.radians(lat)) * NM_DEG
        north = (up - lat) * NM_DEG
        return np.hypot(east, north) * 60.0, np.degrees(np.arctan2(east, north)) % 360.0


@dataclass(frozen=True, slots=True)
class Twin:
    """One hull: what it sent, under which numbers, and where it was seen."""

    condition: str
    imo: int
    name: str
    sent: tuple[tuple[int, Heard], ...]
    """MMSI and reports, one entry a number it had."""
    seen_at: Floats
    seen_lon: Floats
    seen_lat: Floats
    day_only: bool = False
    also_says: tuple[tuple[int, Floats], ...] = ()
    """Numbers of other hulls that send this IMO number too, and when."""


@dataclass(frozen=True, slots=True)
class World:
    """Twins as a scan takes them."""

    positions: pl.DataFrame
    statics: pl.DataFrame
    seen: pl.DataFrame
    condition_of: Mapping[str, str]
    """By key of ``seen`` and by subject of each number."""


def sailing(
    way: Sequence[tuple[float, float]], speed_kn: float, rng: np.random.Generator, *, stop_h: float
) -> Sailed:
    """There and back along a way, with a stop at each end, from somewhere on it.

    Args:
        way: waypoints as longitude (running on), latitude.
        speed_kn: through the whole of it.
        rng: where on the way it begins.
        stop_h: at each end.

    """
    points = np.array(way)
    legs = np.diff(points, axis=0)
    middle = np.radians((points[1:, 1] + points[:-1, 1]) / 2)
    nm = NM_DEG * np.hypot(legs[:, 0] * np.cos(middle), legs[:, 1])
    along_h = np.concatenate(([0.0], np.cumsum(nm))) / speed_kn
    whole = along_h[-1]
    period = 2 * (whole + stop_h)
    at_s = BEGIN_S + np.arange(0.0, DAYS * DAY_S + FINE_S, FINE_S)
    phase = ((at_s - BEGIN_S) / 3600.0 + rng.uniform(0, period)) % period
    there = np.minimum(phase, whole)
    back = whole - np.clip(phase - whole - stop_h, 0.0, whole)
    hour = np.where(phase <= whole + stop_h, there, back)
    return Sailed(
        at_s, np.interp(hour, along_h, points[:, 0]), np.interp(hour, along_h, points[:, 1])
    )


def heard(
    sailed: Sailed, rng: np.random.Generator, *, every_s: float, noise_m: float = 10.0
) -> Heard:
    """What a receiver gets of a ship that sends where it is, at irregular times."""
    length = sailed.at_s[-1] - sailed.at_s[0]
    steps = every_s * (0.4 + 0.6 * rng.exponential(1.0, int(2.2 * length / every_s) + 8))
    at_s = sailed.at_s[0] + np.cumsum(steps)
    return _sent(sailed, at_s[at_s < sailed.at_s[-1] - 60.0], rng, noise_m)


def _sent(sailed: Sailed, at_s: Floats, rng: np.random.Generator, noise_m: float) -> Heard:
    lon, lat = sailed.places(at_s)
    sog, cog = sailed.motion(at_s)
    noise = noise_m / 1852.0 / NM_DEG * rng.standard_normal((2, len(at_s)))
    jitter = np.abs(sog + 0.1 * rng.standard_normal(len(at_s)))
    return Heard(at_s, lon + noise[0] / np.cos(np.radians(lat)), lat + noise[1], jitter, cog)


WAYS: Final[Mapping[str, tuple[tuple[tuple[tuple[float, float], ...], ...], float, float]]] = {
    "round capes and through straits": (CAPES, 13.0, 2.0),
    "through locks and canals": (LOCKS, 8.0, 3.0),
    "across the antimeridian": ((DATE_LINE,), 15.0, 1.0),
    "fast ferry": ((FERRY,), 36.0, 0.5),
}
"""Ways, speed in knots and hours at each end."""


def simulated_twins(count: int, *, seed: int) -> list[Twin]:
    """So many invented ships, the conditions in turn.

    Examples:
        >>> [twin.condition for twin in simulated_twins(2, seed=1)]
        ['as it is', 'late reports']

    """
    makers = [*FAULTS, *WAYS, "number re-used after a sale", "two ships of one name"]
    return [
        _twin(makers[k % len(makers)], k, np.random.default_rng([seed, k])) for k in range(count)
    ]


def _twin(condition: str, number: int, rng: np.random.Generator) -> Twin:
    mmsi = 200_000_000 + 2 * number
    if condition == "number re-used after a sale":
        return _sold(number, mmsi, rng)
    if condition in WAYS:
        ways, speed_kn, stop_h = WAYS[condition]
        sailed = sailing(ways[number % len(ways)], speed_kn, rng, stop_h=stop_h)
        sent = heard(sailed, rng, every_s=900.0)
        return _seen(condition, number, ((mmsi, sent),), sailed, rng)
    every_s, fault = FAULTS.get(condition, (1200.0, None))
    sailed = sailing(OPEN, rng.uniform(9.0, 15.0), rng, stop_h=rng.uniform(2.0, 30.0))
    sent = heard(sailed, rng, every_s=every_s)
    sent = sent if fault is None else fault(sent, rng)
    twin = _seen(condition, number, ((mmsi, sent),), sailed, rng)
    if condition == "two ships of one name":
        # Pairs of them, far apart: numbered so that neighbours of this condition share it.
        return replace(twin, name=f"SIM NAMESAKE {number // 30}")
    return replace(twin, day_only=condition == "images dated to the day")


def _sold(number: int, mmsi: int, rng: np.random.Generator) -> Twin:
    """Sold half-way: its number goes to a ship an ocean away, and it gets another.

    The ship that has the number afterwards is not itself a twin; it is only heard.
    """
    sailed = sailing(OPEN, 12.0, rng, stop_h=6.0)
    other = sailing(DATE_LINE, 12.0, rng, stop_h=6.0)
    sent = heard(sailed, rng, every_s=1200.0)
    theirs = heard(other, rng, every_s=1200.0)
    middle = BEGIN_S + DAYS * DAY_S / 2
    mine_before = _cut(sent, sent.at_s < middle)
    mine_after = _cut(sent, sent.at_s > middle + 3600.0)
    theirs_after = _cut(theirs, theirs.at_s > middle + rng.uniform(2.0, 12.0) * 3600.0)
    twin = _seen(
        "number re-used after a sale", number, ((mmsi, mine_before), (mmsi + 1, mine_after)),
        sailed, rng,
    )  # fmt: skip
    return replace(twin, sent=(*twin.sent, (-mmsi, theirs_after)))


def _cut(sent: Heard, kept: NDArray[np.bool_]) -> Heard:
    return replace(
        sent, at_s=sent.at_s[kept], lon=sent.lon[kept], lat=sent.lat[kept],
        sog_kn=sent.sog_kn[kept], cog_deg=sent.cog_deg[kept],
    )  # fmt: skip


def _seen(
    condition: str,
    number: int,
    sent: tuple[tuple[int, Heard], ...],
    sailed: Sailed,
    rng: np.random.Generator,
) -> Twin:
    at_s = np.sort(rng.uniform(sailed.at_s[0], sailed.at_s[-1] - 60.0, SEEN))
    lon, lat = sailed.places(at_s)
    noise = 10.0 / 1852.0 / NM_DEG * rng.standard_normal((2, SEEN))
    return Twin(
        condition, invented_imo(number), f"SIM HONEST {number}", sent, at_s,
        lon + noise[0], lat + noise[1],
    )  # fmt: skip


def recorded_twins(
    runs: Runs, count: int, *, seed: int, fewest: int = 30, first_number: int = 0, label: str = ""
) -> list[Twin]:
    """Ships as recorded, under numbers of their own, each with a fault in turn.

    An image is put within five minutes of a report, so that where the ship was is known.

    Args:
        runs: of recorded positions; each run of ``fewest`` reports or more is one ship.
        count: at most so many twins; each ship comes back with another fault.
        seed: of faults and images.
        fewest: reports of a run.
        first_number: of the numbers given.
        label: put before each condition.

    """
    sizes = np.diff(runs.starts)
    usable = np.flatnonzero(sizes >= fewest)
    faults = [name for name in FAULTS if name != "heard every 10 to 20 hours"]
    made: list[Twin] = []
    for k in range(min(count, len(usable) * len(faults))):
        run, fault = int(usable[k % len(usable)]), faults[(k // len(usable)) % len(faults)]
        rng = np.random.default_rng([seed, 7, k])
        made.append(_from_run(runs, run, fault, first_number + k, rng, label))
    return made


def _from_run(
    runs: Runs, run: int, fault: str, number: int, rng: np.random.Generator, label: str
) -> Twin:
    tracks = runs.tracks
    rows = runs.order[int(runs.starts[run]) : int(runs.starts[run + 1])]
    at_s = tracks.at_us[rows] / 1e6
    kept = np.concatenate(([True], np.diff(at_s) > 0))
    rows, at_s = rows[kept], at_s[kept]
    lon = np.degrees(np.unwrap(np.radians(tracks.lon[rows])))
    sailed = Sailed(at_s, lon, tracks.lat[rows])
    every_s, spoil = FAULTS[fault]
    # Thinned to about the spacing of the condition: a feed, not the transmission rate.
    picked = _thinned(at_s, every_s, rng)
    sog = np.nan_to_num(tracks.sog_kn[rows][picked].astype(np.float64))
    cog = np.nan_to_num(tracks.cog_deg[rows][picked].astype(np.float64)) % 360.0
    sent = Heard(at_s[picked], lon[picked], tracks.lat[rows][picked], sog, cog)
    sent = sent if spoil is None else spoil(sent, rng)
    near = np.sort(rng.choice(len(at_s), min(SEEN, len(at_s)), replace=False))
    seen_at = np.clip(at_s[near] + rng.uniform(-60.0, 60.0, len(near)), at_s[0], at_s[-1])
    seen_lon, seen_lat = sailed.places(seen_at)
    return Twin(
        f"{label}{fault}", invented_imo(number), f"SIM HONEST {number}",
        ((200_000_000 + 2 * number, sent),), seen_at, seen_lon, seen_lat,
        day_only=fault == "images dated to the day",
    )  # fmt: skip


def _thinned(at_s: Floats, every_s: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Reports at least about ``every_s`` apart, at irregular times."""
    wanted = np.arange(at_s[0], at_s[-1], every_s)
    wanted = wanted + rng.uniform(0, every_s / 2, len(wanted))
    picked = np.unique(np.clip(np.searchsorted(at_s, wanted), 0, len(at_s) - 1))
    return picked.astype(np.int64)


def as_world(twins: Sequence[Twin]) -> World:
    """Twins as tables.

    Examples:
        >>> world = as_world(simulated_twins(3, seed=2))
        >>> world.seen.height, world.positions["mmsi"].n_unique()
        (9, 3)

    """
    positions, statics, seen = [], [], []
    named: dict[str, str] = {}
    for twin in twins:
        for mmsi, sent in twin.sent:
            positions.append(_positions(abs(mmsi), sent))
            other = mmsi < 0
            imo = invented_imo(60_000 + (abs(mmsi) - 200_000_000) // 2) if other else twin.imo
            name = "SIM LATER OWNER" if other else twin.name
            statics.append(_statics(abs(mmsi), imo, name, sent.at_s))
            named[f"mmsi:{abs(mmsi):09d}"] = twin.condition
        statics.extend(_statics(mmsi, twin.imo, twin.name, at_s) for mmsi, at_s in twin.also_says)
        named[f"imo:{twin.imo}"] = twin.condition
        seen.append(_sightings(twin))
    frame = pl.concat(positions).sort("mmsi", "at", maintain_order=True)
    return World(
        conform(frame.with_columns(source_id=pl.lit("sim"), record=pl.int_range(pl.len())),
                POSITIONS_FRAME),
        conform(pl.concat(statics).with_columns(source_id=pl.lit("sim"),
                                                record=pl.int_range(pl.len())), STATICS_FRAME),
        pl.concat(seen).select(pl.col(n).cast(k) for n, k in SEEN_FRAME.items()),
        named,
    )  # fmt: skip


def _positions(mmsi: int, sent: Heard) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "mmsi": np.full(len(sent.at_s), mmsi, np.uint32),
            "at": _stamps(sent.at_s),
            "lon": (sent.lon + 180.0) % 360.0 - 180.0,
            "lat": sent.lat,
            "sog_kn": sent.sog_kn.astype(np.float32),
            "cog_deg": sent.cog_deg.astype(np.float32),
            "msg_type": np.full(len(sent.at_s), sent.msg_type, np.uint8),
        }
    )


def _statics(mmsi: int, imo: int, name: str, at_s: Floats) -> pl.DataFrame:
    times = np.linspace(at_s[0], at_s[-1], SPOKEN) if len(at_s) else np.empty(0)
    return pl.DataFrame(
        {
            "mmsi": np.full(len(times), mmsi, np.uint32),
            "at": _stamps(times),
            "imo": np.full(len(times), imo, np.uint32),
            "name": [name] * len(times),
            "msg_type": np.full(len(times), 5, np.uint8),
        }
    )


def _sightings(twin: Twin) -> pl.DataFrame:
    start = np.floor(twin.seen_at / DAY_S) * DAY_S if twin.day_only else twin.seen_at
    end = start + DAY_S if twin.day_only else start
    n = len(start)
    return pl.DataFrame(
        {
            "seen": [f"seen:{twin.imo}/{k}" for k in range(n)],
            "ship": [f"imo:{twin.imo}"] * n,
            "start": _stamps(start),
            "end": _stamps(end),
            "lon": (twin.seen_lon + 180.0) % 360.0 - 180.0,
            "lat": twin.seen_lat,
            "radius_m": [30.0] * n,
            "clock_s": [5.0] * n,
            "in_port": [False] * n,
        }
    )


def _stamps(at_s: Floats) -> pl.Series:
    return pl.Series((at_s * 1e6).astype(np.int64)).cast(pl.Datetime("us", "UTC"))
