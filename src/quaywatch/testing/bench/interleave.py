"""Recorded tracks of single hulls put under one MMSI, and reports misplaced on purpose.

Nothing here is drawn from a model of ships: positions, speeds, courses and times are as recorded;
what is made up is that several hulls share a number, or that a run of reports says somewhere else
or some other time. Everything follows from the seed.
"""

import zlib
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.track import Tracks

_CASE_MMSI: Final = 900_000_000
_CONCURRENT_US: Final = 1_800_000_000
HOUR_US: Final = 3_600_000_000
_MOVING_KN: Final = 5.0


@dataclass(frozen=True, slots=True)
class Interleaved:
    """Tracks in which each MMSI is a case, and what is true of them."""

    tracks: Tracks
    hull: NDArray[np.int64]
    """Shape (n,): which recorded hull each report is of."""
    closest_nm: NDArray[np.float64]
    """Shape (cases,): how near two of its hulls came while both were heard."""


def of_parity(tracks: Tracks, parity: int, *, at_least: int = 200) -> NDArray[np.int64]:
    """Transponders with enough reports whose MMSI hashes to that parity: 0 tunes, 1 scores."""
    enough = np.flatnonzero(np.diff(tracks.starts) >= at_least)
    odd = [zlib.crc32(str(tracks.vessels[v]).encode()) % 2 == parity for v in enough]
    return enough.compress(np.array(odd, bool))


def take(tracks: Tracks, rows: NDArray[np.int64], mmsi: NDArray[np.uint32]) -> Tracks:
    """The reports ``rows`` under new numbers, sorted again by number and time."""
    order = np.lexsort((tracks.at_us[rows], mmsi))
    rows, mmsi = rows[order], mmsi[order]
    cut = np.flatnonzero(mmsi[1:] != mmsi[:-1]) + 1
    return replace(
        tracks,
        mmsi=mmsi,
        starts=np.concatenate(([0], cut, [len(mmsi)])).astype(np.int64),
        **{
            name: getattr(tracks, name)[rows]
            for name in (
                "at_us", "lon", "lat", "sog_kn", "cog_deg", "heading_deg", "rot_deg_min",
                "nav_status", "msg_type", "transponder", "receiver", "row",
            )
        },
    )  # fmt: skip


def closest_nm(tracks: Tracks, a: int, b: int) -> float:
    """How near two transponders came while both were heard within half an hour of each other."""
    x, y = slice(*tracks.starts[a : a + 2]), slice(*tracks.starts[b : b + 2])
    ta, tb = tracks.at_us[x], tracks.at_us[y]
    after = np.clip(np.searchsorted(tb, ta), 1, len(tb) - 1)
    near = (np.abs(tb[after] - ta) < _CONCURRENT_US) & (np.abs(tb[after - 1] - ta) < _CONCURRENT_US)
    if not near.any():
        return float("inf")
    east = np.interp(ta, tb, tracks.lon[y]) - tracks.lon[x]
    north = np.interp(ta, tb, tracks.lat[y]) - tracks.lat[x]
    apart = np.hypot(east * np.cos(np.radians(tracks.lat[x])), north) * 60.0
    return float(apart[near].min())


def interleave(
    tracks: Tracks, hulls: NDArray[np.int64], cases: int, rng: np.random.Generator
) -> Interleaved:
    """Put 2 to 4 hulls under one number, so many times; every other case among near neighbours."""
    rows, mmsi, hull, closest = [], [], [], []
    for case in range(cases):
        first = int(rng.choice(hulls))
        pool = hulls[hulls != first]
        if case % 2:
            some = rng.choice(pool, min(40, len(pool)), replace=False)
            near = np.array([closest_nm(tracks, first, int(v)) for v in some])
            pool = some[np.argsort(near)[:6]]
        chosen = [first, *rng.choice(pool, int(rng.integers(1, 4)), replace=False).tolist()]
        closest.append(
            min(closest_nm(tracks, a, b) for k, a in enumerate(chosen) for b in chosen[:k])
        )
        for v in chosen:
            own = np.arange(tracks.starts[v], tracks.starts[v + 1])
            rows.append(own)
            mmsi.append(np.full(len(own), _CASE_MMSI + case, np.uint32))
            hull.append(np.full(len(own), v))
    all_rows, all_mmsi, all_hulls = map(np.concatenate, (rows, mmsi, hull))
    order = np.lexsort((tracks.at_us[all_rows], all_mmsi))
    return Interleaved(
        take(tracks, all_rows, all_mmsi), all_hulls[order], np.array(closest, np.float64)
    )


def misplace(
    tracks: Tracks,
    hulls: NDArray[np.int64],
    cases: int,
    rng: np.random.Generator,
    kind: str,
    far: float,
) -> Interleaved:
    """One run of 1 to 20 reports of a moving ship, moved; ``hull`` is 1 for its reports, else 0.

    ``teleport``: ``far`` nautical miles in a drawn direction. ``clock jump``: the time of the run
    is off by ``far`` hours, early or late. The ship makes at least 5 kn and was heard on both
    sides of the new place in time, so that the run contradicts the rest of her track.
    """
    rows, mmsi, hull, at, lon, lat = [], [], [], [], [], []
    case = 0
    while case < cases:
        v = int(rng.choice(hulls))
        own = np.arange(tracks.starts[v], tracks.starts[v + 1])
        length = int(rng.integers(1, 21))
        first = int(rng.integers(0, len(own) - length))
        run = np.zeros(len(own), np.int64)
        run[first : first + length] = 1
        moved = run == 1
        when, x, y = tracks.at_us[own].copy(), tracks.lon[own].copy(), tracks.lat[own].copy()
        angle = float(rng.uniform(0, 2 * np.pi))
        if kind == "teleport":
            y[moved] += far / 60 * np.cos(angle)
            x[moved] += far / 60 * np.sin(angle) / np.cos(np.radians(y[moved]))
        else:
            when[moved] += int(far * HOUR_US) * (1 if angle > np.pi else -1)
        if not _contradicts(tracks, own, moved, when, kind):
            continue
        rows.append(own)
        mmsi.append(np.full(len(own), _CASE_MMSI + case, np.uint32))
        hull.append(run)
        at.append(when)
        lon.append(x)
        lat.append(y)
        case += 1
    parts = [np.concatenate(part) for part in (rows, mmsi, hull, at, lon, lat)]
    changed = replace(
        take(tracks, parts[0], np.sort(parts[1])),
        at_us=parts[3], lon=parts[4], lat=parts[5],
    )  # fmt: skip
    order = np.lexsort((parts[3], parts[1]))
    return Interleaved(take(changed, order, parts[1][order]), parts[2][order], np.empty(0))


def _contradicts(
    tracks: Tracks,
    own: NDArray[np.int64],
    moved: NDArray[np.bool_],
    when: NDArray[np.int64],
    kind: str,
) -> bool:
    """Whether the moved run is at odds with what the rest of the track says of that time."""
    sog = tracks.sog_kn[own][moved]
    if not (sog > _MOVING_KN).all() or moved.all():
        return False
    rest, middle = tracks.at_us[own][~moved], when[moved][0]
    after = int(np.searchsorted(rest, middle))
    if not 0 < after < len(rest) or rest[after] - rest[after - 1] > HOUR_US:
        return False
    if kind == "teleport":
        return True
    there = (
        np.interp(middle, rest, tracks.lon[own][~moved]),
        np.interp(middle, rest, tracks.lat[own][~moved]),
    )
    east = (tracks.lon[own][moved][0] - there[0]) * np.cos(np.radians(there[1]))
    return float(np.hypot(east, tracks.lat[own][moved][0] - there[1])) * 60 > _MOVING_KN
