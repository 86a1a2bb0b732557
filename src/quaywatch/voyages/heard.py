"""Heard pieces of a track, and what lies between them: lines where it was heard, never elsewhere.

A line is drawn between two reports only if no silence and no land lies between them. A silence is
a feature of its own: its two ends, and a line between them only where that line keeps to water;
even then it says that the way is not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.errors import TrackUnsortedError
from quaywatch.geo.geodesic import METRES_PER_NM, great_circle_nm_many
from quaywatch.geo.land import LandMask

METHOD: Final = "heard-pieces@1"
SILENT_H: Final = 1.0
"""Two reports farther apart than this are not joined by a line."""
STEP_M: Final = 250.0
"""How often a line is held against the land."""

Path = list[list[float]]


@dataclass(frozen=True, slots=True)
class Track:
    """Reports of one hull in time order; arrays of length n, WGS84 degrees."""

    at_us: NDArray[np.int64]
    """Microseconds since 1970-01-01T00:00Z, not falling."""
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.at_us)

    def between(self, first_us: int | None, last_us: int | None) -> "Track":
        """The reports from one instant to another, both included; None: no bound."""
        low = 0 if first_us is None else int(np.searchsorted(self.at_us, first_us, "left"))
        high = len(self) if last_us is None else int(np.searchsorted(self.at_us, last_us, "right"))
        high = max(low, high)
        return Track(self.at_us[low:high], self.lon[low:high], self.lat[low:high])


def track_of(at_us: object, lon: object, lat: object) -> Track:
    """A track from three sequences.

    Raises:
        TrackUnsortedError: time falls somewhere.

    Examples:
        >>> len(track_of([0, 60_000_000], [0.0, 0.1], [0.0, 0.0]))
        2

    """
    at = np.asarray(at_us, np.int64)
    if (np.diff(at) < 0).any():
        raise TrackUnsortedError(row=int(np.argmax(np.diff(at) < 0)) + 1)
    east = np.asarray(lon, np.float64)
    folded = np.where((east >= -180.0) & (east < 180.0), east, (east + 180.0) % 360.0 - 180.0)
    return Track(at, folded, np.asarray(lat, np.float64))


@dataclass(frozen=True, slots=True)
class Steps:
    """What lies between each report and the next; arrays of length n - 1."""

    hours: NDArray[np.float64]
    nm: NDArray[np.float64]
    silent: NDArray[np.bool_]
    over_land: NDArray[np.bool_] | None
    """Whether the straight line crosses land, for those that are not silent; None: no mask."""


def steps_of(track: Track, *, silent_h: float = SILENT_H, land: LandMask | None = None) -> Steps:
    """Length and hours between reports, which of them are silences, and which lines cross land.

    Args:
        track: the reports.
        silent_h: two reports farther apart in time are not joined.
        land: the mask; None: lines are not held against the land, and the answer says so.

    Examples:
        >>> hour = 3_600_000_000
        >>> found = steps_of(track_of([0, hour, 5 * hour], [0, 0.2, 0.4], [0, 0, 0]))
        >>> found.nm.round(0).tolist(), found.silent.tolist()
        ([12.0, 12.0], [False, True])

    """
    if len(track) < 2:
        none = np.empty(0)
        return Steps(none, none, none.astype(bool), None if land is None else none.astype(bool))
    hours = np.diff(track.at_us) / 3.6e9
    nm = great_circle_nm_many(track.lon[:-1], track.lat[:-1], track.lon[1:], track.lat[1:])
    silent = hours > silent_h
    over = None
    if land is not None:
        over = np.zeros(len(nm), bool)
        asked = np.flatnonzero(~silent)
        over[asked] = crosses_land(track, asked, nm[asked], land)
    return Steps(hours, nm, silent, over)


def crosses_land(
    track: Track, steps: NDArray[np.int64], nm: NDArray[np.float64], land: LandMask
) -> NDArray[np.bool_]:
    """Whether the straight line of each step has a point on land, ends included."""
    count = np.maximum(2, np.ceil(nm * METRES_PER_NM / STEP_M).astype(np.int64) + 1)
    which = np.repeat(np.arange(len(steps)), count)
    within = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    share = within / (count[which] - 1)
    i = steps[which]
    east = (track.lon[i + 1] - track.lon[i] + 180.0) % 360.0 - 180.0
    lon = (track.lon[i] + share * east + 180.0) % 360.0 - 180.0
    lat = track.lat[i] + share * (track.lat[i + 1] - track.lat[i])
    hit = land.contains_many(np.ascontiguousarray(lon), np.ascontiguousarray(lat))
    over: NDArray[np.bool_] = np.bincount(which[hit], minlength=len(steps)) > 0
    return over


def pieces_of(track: Track, steps: Steps) -> tuple[list[Path], list[tuple[float, float]]]:
    """Lines that may be drawn, split at the antimeridian, and the reports that stand alone.

    Returns:
        Lines of two points or more (longitude, latitude), and single reports that no line
        reaches: one heard alone, or one that the mask shows on land.

    Examples:
        >>> west = track_of([0, 60_000_000], [179.9, -179.9], [0.0, 0.0])
        >>> pieces_of(west, steps_of(west))
        ([[[179.9, 0.0], [180.0, 0.0]], [[-180.0, 0.0], [-179.9, 0.0]]], [])

    """
    drawn = ~steps.silent if steps.over_land is None else ~steps.silent & ~steps.over_land
    lines: list[Path] = []
    alone: list[tuple[float, float]] = []
    begin = 0
    for k in range(len(track)):
        if k < len(drawn) and drawn[k]:
            continue
        if k > begin:
            lines += split_at_antimeridian(
                np.column_stack((track.lon[begin : k + 1], track.lat[begin : k + 1])).tolist()
            )
        elif len(track):
            alone.append((float(track.lon[k]), float(track.lat[k])))
        begin = k + 1
    return lines, alone


def split_at_antimeridian(path: Path) -> list[Path]:
    """A line cut where it crosses 180 degrees, so that no map draws it around the world.

    Examples:
        >>> split_at_antimeridian([[170.0, 0.0], [-170.0, 10.0]])
        [[[170.0, 0.0], [180.0, 5.0]], [[-180.0, 5.0], [-170.0, 10.0]]]

    """
    parts: list[Path] = [[path[0]]]
    for (lon0, lat0), (lon1, lat1) in pairwise(path):
        if abs(lon1 - lon0) > 180.0:
            edge = 180.0 if lon0 > 0 else -180.0
            to = lon1 + 360.0 if edge > 0 else lon1 - 360.0
            share = (edge - lon0) / (to - lon0) if to != lon0 else 0.0
            lat = lat0 + share * (lat1 - lat0)
            if parts[-1][-1] != [edge, lat]:
                parts[-1].append([edge, lat])
            parts.append([[-edge, lat]])
            if [lon1, lat1] == [-edge, lat]:
                continue
        parts[-1].append([lon1, lat1])
    return [part for part in parts if len(part) > 1]


def heard_features(
    track: Track,
    *,
    silent_h: float = SILENT_H,
    land: LandMask | None = None,
    properties: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """GeoJSON features (RFC 7946) of a track: what was heard, and each silence apart.

    Args:
        track: the reports.
        silent_h: two reports farther apart in time are not joined.
        land: the mask that lines are held against.
        properties: put on every feature.

    Returns:
        ``kind`` ``heard``: one MultiLineString; ``heard-alone``: a MultiPoint of reports that no
        line reaches; ``gap``: one feature a silence, ``way`` always ``unknown``, a LineString (or
        MultiLineString at the antimeridian) only where the straight line keeps to water, else a
        MultiPoint of both ends; ``over-land``: reports near in time whose straight line crosses
        land, as a MultiPoint. ``held_against_land`` says whether a mask was given.

    Examples:
        >>> found = heard_features(track_of([0, 60_000_000, 10**11], [0, 0.1, 3], [0, 0, 0]))
        >>> [(f["properties"]["kind"], f["geometry"]["type"]) for f in found]
        [('heard', 'MultiLineString'), ('heard-alone', 'MultiPoint'), ('gap', 'MultiPoint')]

    """
    steps = steps_of(track, silent_h=silent_h, land=land)
    lines, alone = pieces_of(track, steps)
    base = {**(properties or {}), "method": METHOD, "held_against_land": land is not None}
    features = []
    if lines:
        features.append(_feature("MultiLineString", lines, {**base, "kind": "heard"}))
    if alone:
        features.append(
            _feature("MultiPoint", [list(p) for p in alone], {**base, "kind": "heard-alone"})
        )
    silences = np.flatnonzero(steps.silent)
    wet = _keeps_to_water(track, silences, steps, land)
    for k, water in zip(silences.tolist(), wet, strict=True):
        features.append(_gap(track, k, steps, water=water, base=base))
    for k in np.flatnonzero(steps.over_land).tolist() if steps.over_land is not None else ():
        both = _ends(track, k)
        features.append(_feature("MultiPoint", both, {**base, "kind": "over-land"}))
    return features


def _keeps_to_water(
    track: Track, silences: NDArray[np.int64], steps: Steps, land: LandMask | None
) -> Sequence[bool]:
    """Whether the straight line over each silence is known to keep to water."""
    if land is None or not len(silences):
        return [False] * len(silences)
    dry: list[bool] = crosses_land(track, silences, steps.nm[silences], land).tolist()
    return [not one for one in dry]


def _gap(
    track: Track, k: int, steps: Steps, *, water: bool, base: dict[str, Any]
) -> dict[str, Any]:
    told = {
        **base,
        "kind": "gap",
        "way": "unknown",
        "hours": round(float(steps.hours[k]), 3),
        "straight_nm": round(float(steps.nm[k]), 2),
        "start": _iso(track.at_us[k]),
        "end": _iso(track.at_us[k + 1]),
    }
    ends = _ends(track, k)
    if not water:
        return _feature("MultiPoint", ends, told)
    parts = split_at_antimeridian(ends)
    if len(parts) == 1:
        return _feature("LineString", parts[0], told)
    return _feature("MultiLineString", parts, told) if parts else _feature("MultiPoint", ends, told)


def _ends(track: Track, k: int) -> Path:
    return [[float(track.lon[j]), float(track.lat[j])] for j in (k, k + 1)]


def _iso(at_us: np.int64) -> str:
    return f"{np.datetime64(int(at_us) // 1_000_000, 's')}Z"


def _feature(kind: str, coordinates: object, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    }
