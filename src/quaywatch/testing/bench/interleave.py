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
    return enough[np.array(odd, bool)]


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
