"""Reports of a bucket laid out for the kernels of this package: by transponder, segment and time.

A piece is one segment of one transponder, with the segments that plausibly continue it (the links
of ``quaywatch.ais.segments``); what rests on more than one segment says so (``segments_between``).
Rejected fixes and stations that are no ships are left out here, once, so that no later judgement
can use them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled
from quaywatch.ais.segments import Segmentation
from quaywatch.ais.track import Floats, Indices, Singles, Tracks

METRES_PER_DEG = 111_195.0
"""Of a great circle on a sphere of 6,371 km: within 0.6% of the ellipsoid, and used for thresholds
of a few hundred metres to a few kilometres only."""
_NO_SHIP: Final = np.isin(np.arange(256), (4, 9, 11, 21))
"""Message types that no ship sends: base station, aircraft, its reply, aid to navigation
(ITU-R M.1371-5, annex 8)."""
_AIDS_FROM = 990_000_000
"""MMSIs from here on are aids to navigation (ITU-R M.585)."""


@dataclass(frozen=True, slots=True)
class Motion:
    """Good fixes of ships, sorted by transponder, segment and time. Arrays of length n."""

    at_us: Indices
    """Microseconds since 1970-01-01T00:00Z."""
    lon: Floats
    lat: Floats
    sog_kn: Singles
    """As broadcast; NaN is unknown."""
    heading_deg: Singles
    nav_status: NDArray[np.uint8]
    speed_kn: Singles
    """Over the ground, from SOG and displacement; NaN is unknown. See ``motion_of``."""
    row: Indices
    """Row of the frame that the fix comes from."""
    starts: Indices
    """Shape (pieces + 1,)."""
    segment: NDArray[np.int32]
    """Of each fix."""
    mmsi: NDArray[np.uint32]
    """Shape (pieces,)."""


def motion_of(tracks: Tracks, segmentation: Segmentation | None = None) -> Motion:
    """Lay the good fixes of a bucket out by segment, and say how fast each was moving.

    ``speed_kn`` is SOG where it was broadcast. Where it was not, it is the lesser of the
    displacement over the ten minutes before and the ten minutes after (so that a stop begins when
    the ship stops, not ten minutes later), less 60 m of receiver noise; over a silence of more
    than six hours it stays unknown. Where a SOG of 2 kn or less is contradicted by both
    displacements by more than 1 kn, they are believed instead: a frozen field is no stop.

    Args:
        tracks: one bucket.
        segmentation: None takes each transponder as one segment with no rejects.

    Examples:
        >>> from quaywatch.voyages.motion import drawn
        >>> tracks = drawn({1: [(0, 0.0, 0.0, None), (3600, 0.0, 0.1, None)]})
        >>> motion_of(tracks).speed_kn.round(1).tolist()
        [6.0, 6.0]

    """
    segment = np.zeros(len(tracks), np.int32) if segmentation is None else segmentation.segment
    chain = segment if segmentation is None else _chains(tracks, segmentation)
    index, starts, mmsi = _pieces(tracks.mmsi, chain, tracks.msg_type, tracks.starts, len(tracks))
    whole = len(index) == len(tracks) and bool((index[1:] > index[:-1]).all())
    at_us, lon, lat, sog = tracks.at_us, tracks.lon, tracks.lat, tracks.sog_kn
    heading, status, row = tracks.heading_deg, tracks.nav_status, tracks.row
    if not whole:
        at_us, lon, lat, sog = at_us[index], lon[index], lat[index], sog[index]
        heading, status, row = heading[index], status[index], row[index]
        segment = segment[index]
    speed = np.empty(len(at_us), np.float32)
    _speeds(at_us, lon, lat, sog, starts, speed)
    return Motion(at_us, lon, lat, sog, heading, status, speed, row, starts, segment, mmsi)


def drawn(
    ships: Mapping[int, Sequence[tuple[float, float, float, float | None]]],
    *,
    heading_deg: float | None = None,
    nav_status: int = 15,
) -> Tracks:
    """Tracks from ``{mmsi: [(seconds, lon, lat, sog_kn or None), …]}``: for examples and tests.

    Examples:
        >>> len(drawn({7: [(0, 0.0, 0.0, 1.0)]}))
        1

    """
    rows = [(mmsi, *fix) for mmsi in sorted(ships) for fix in sorted(ships[mmsi])]
    n = len(rows)
    counts = np.array([len(ships[m]) for m in sorted(ships) if ships[m]], np.int64)
    unknown = np.full(n, np.nan, np.float32)
    return Tracks(
        mmsi=np.array([r[0] for r in rows], np.uint32),
        at_us=np.array([round(r[1] * 1e6) for r in rows], np.int64),
        lon=np.array([r[2] for r in rows], np.float64),
        lat=np.array([r[3] for r in rows], np.float64),
        sog_kn=np.array([np.nan if r[4] is None else r[4] for r in rows], np.float32),
        cog_deg=unknown,
        heading_deg=unknown if heading_deg is None else np.full(n, heading_deg, np.float32),
        rot_deg_min=unknown,
        nav_status=np.full(n, nav_status, np.uint8),
        msg_type=np.ones(n, np.uint8),
        transponder=np.ones(n, np.uint8),
        receiver=np.ones(n, np.uint8),
        row=np.arange(n, dtype=np.int64),
        starts=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
    )


def segments_between(motion: Motion, first: Indices, last: Indices) -> list[str | None]:
    """The segments that an event rests on, where they are more than one: "0, 2".

    Examples:
        >>> motion = motion_of(drawn({1: [(0, 0.0, 0.0, None), (60, 0.0, 0.0, None)]}))
        >>> segments_between(motion, np.array([0]), np.array([1]))
        [None]

    """
    named: list[str | None] = [None] * len(first)
    for k in np.flatnonzero(motion.segment[first] != motion.segment[last]):
        used = np.unique(motion.segment[first[k] : last[k] + 1])
        named[k] = ", ".join(str(one) for one in used)
    return named


def _chains(tracks: Tracks, segmentation: Segmentation) -> NDArray[np.int32]:
    """For each report the first segment of the chain that its own continues; -1 if rejected."""
    found, link = segmentation.found, segmentation.link
    if not (link >= 0).any():
        return segmentation.segment
    base = np.searchsorted(found[:, 0], np.arange(len(tracks.starts)))
    root = found[:, 1].copy()
    # A segment continues an earlier one, so its root is known when it is reached.
    for k in np.flatnonzero(link >= 0):
        root[k] = root[base[found[k, 0]] + link[k]]
    vessel = np.repeat(np.arange(len(tracks.starts) - 1), np.diff(tracks.starts))
    mine = base[vessel] + np.maximum(segmentation.segment, 0)
    last = max(0, len(root) - 1)
    chain = np.where(segmentation.segment < 0, -1, root[np.minimum(mine, last)])
    return chain.astype(np.int32)


@compiled
def apart_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres between two near positions; equirectangular, so within 1% to a few hundred km.

    Longitudes may lie on either side of the antimeridian.
    """
    east = lon2 - lon1
    if east > 180.0:
        east -= 360.0
    elif east < -180.0:
        east += 360.0
    x = east * np.cos(np.radians((lat1 + lat2) * 0.5))
    y = lat2 - lat1
    return METRES_PER_DEG * float(np.sqrt(x * x + y * y))


@compiled
def _pieces(
    mmsi: NDArray[np.uint32],
    segment: NDArray[np.int32],
    msg_type: NDArray[np.uint8],
    vessels: NDArray[np.int64],
    n: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]]:
    """Counting sort of the good fixes of each transponder by chain; time order is kept."""
    index = np.empty(n, np.int64)
    ends = np.empty(n + 1, np.int64)
    who = np.empty(n, np.uint32)
    filled, pieces = 0, 0
    ends[0] = 0
    for v in range(len(vessels) - 1):
        start, end = vessels[v], vessels[v + 1]
        if start == end or mmsi[start] >= _AIDS_FROM:
            continue
        most = -1
        for i in range(start, end):
            most = max(most, segment[i])
        place = np.zeros(most + 2, np.int64)
        for i in range(start, end):
            if segment[i] >= 0 and not _NO_SHIP[msg_type[i]]:
                place[segment[i] + 1] += 1
        for s in range(most + 1):
            if place[s + 1] > 0:
                who[pieces] = mmsi[start]
                pieces += 1
                ends[pieces] = ends[pieces - 1] + place[s + 1]
            place[s + 1] += place[s]
        for i in range(start, end):
            if segment[i] >= 0 and not _NO_SHIP[msg_type[i]]:
                index[filled + place[segment[i]]] = i
                place[segment[i]] += 1
        filled = ends[pieces]
    return index[:filled].copy(), ends[: pieces + 1].copy(), who[:pieces].copy()


@compiled
def _speeds(
    at_us: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    sog: NDArray[np.float32],
    starts: NDArray[np.int64],
    speed: NDArray[np.float32],
) -> None:
    """Fill ``speed``; see ``motion_of``."""
    base_us, most_us = 600_000_000, 21_600_000_000
    for p in range(len(starts) - 1):
        back, ahead = starts[p], starts[p]
        for i in range(starts[p], starts[p + 1]):
            speed[i] = sog[i]
            if sog[i] > 2.0:
                continue
            while back + 1 < i and at_us[back + 1] <= at_us[i] - base_us:
                back += 1
            ahead = max(ahead, i)
            while ahead + 1 < starts[p + 1] and at_us[ahead] < at_us[i] + base_us:
                ahead += 1
            moved = np.inf
            for j in (back, ahead):
                span = abs(at_us[i] - at_us[j])
                if span < base_us // 2 or span > most_us:
                    continue
                metres = max(0.0, apart_m(lon[i], lat[i], lon[j], lat[j]) - 60.0)
                moved = min(moved, metres / span * 1e6 * 3600.0 / 1852.0)
            if moved < np.inf and (np.isnan(sog[i]) or moved > sog[i] + 1.0):
                speed[i] = moved
