"""The AIS about a scene: who was heard near it about its capture, and how ships there are heard."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl
from shapely.geometry import Point

from quaywatch.ais.chains import Chains, chains_of
from quaywatch.ais.reception import Reception, merged_counts, reception_counts
from quaywatch.ais.segments import segment
from quaywatch.ais.track import NO_STATUS, Tracks, tracks_of
from quaywatch.fusion.match_clock import clock_sigma_s
from quaywatch.fusion.match_gate import LIMIT_H, NONE, Captures, Reports, can_meet
from quaywatch.fusion.match_motion import Dimensions, Fix
from quaywatch.fusion.match_weight import UNKNOWN_SIZE, HeardShip
from quaywatch.sites.frame import LocalFrame
from quaywatch.stores.workspace import Workspace
from quaywatch.workflows.broadcasts import LONGEST_M, STATICS_WITHIN, STILL_BELOW_KN
from quaywatch.workflows.expected import LONG_RANGE_SIGMA_M

AROUND_DEG: Final = 2.0
"""Beyond a scene, for ships that sail into it and for those that show how ships are heard."""
BLOCK: Final = timedelta(days=2)
"""Scenes of one block of days are matched with one slice."""
AROUND: Final = timedelta(days=4)
"""On each side of a block, to learn how ships are heard there."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT: Final = 2
_STILL: Final = (1, 5, 6)
_AT_ANCHOR, _LONG_RANGE = 1, 27
_SHIPS: Final = (200_000_000, 799_999_999)
"""MMSIs of ships; stations ashore, aircraft, aids to navigation and beacons are no hulls."""


Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """What was heard about a scene."""

    tracks: Tracks
    chains: Chains
    table: pl.DataFrame
    """The rows behind ``tracks``."""
    reception: Reception | None
    """None: nothing was heard."""
    clock_s: float
    sizes: Mapping[int, Dimensions]
    """By MMSI, as said nearest to the middle of it; none where two lengths are said."""
    sources: tuple[str, ...]
    """That all of it is from."""

    def reports_near(self, at: datetime) -> int:
        """Reports within ``LIMIT_H`` of an instant."""
        away = np.abs(self.tracks.at_us - round(at.timestamp() * 1e6))
        return int((away <= LIMIT_H * 3.6e9).sum())


class Slices:
    """Slices of a lake, the last few kept: scenes of one site and one day or two share theirs."""

    def __init__(self, workspace: Workspace, *, sources: Sequence[str] | None = None) -> None:
        self._workspace, self._sources = workspace, sources
        self._kept: dict[tuple[Box, datetime], Slice] = {}

    def about(self, at: datetime, bbox: Sequence[float]) -> Slice:
        """Reports of ships about a scene, told apart by hull.

        Args:
            at: of the capture.
            bbox: of what was searched, degrees; longitudes may go on beyond 180.

        """
        west, south, east, north = bbox
        box = (
            _turned(math.floor(west - AROUND_DEG)),
            max(math.floor(south - AROUND_DEG), -90.0),
            _turned(math.ceil(east + AROUND_DEG)),
            min(math.ceil(north + AROUND_DEG), 90.0),
        )
        start = _EPOCH + BLOCK * ((at - _EPOCH) // BLOCK)
        key = (box, start)
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = slice_of(self._workspace, start, box, sources=self._sources)
        return self._kept[key]


def slice_of(
    workspace: Workspace, start: datetime, box: Box, *, sources: Sequence[str] | None = None
) -> Slice:
    """Reports of ships in a box and the days about a block of days, told apart by hull.

    Args:
        workspace: whose lake.
        start: of the block.
        box: west, south, east, north, degrees; west above east crosses the antimeridian.
        sources: rows of these only: the lake as it was when it held no others.

    """
    wanted = pl.col("mmsi").is_between(*_SHIPS)
    if sources is not None:
        wanted &= pl.col("source_id").is_in(list(sources))
    lazy = workspace.lake.positions(start=start - AROUND, end=start + BLOCK + AROUND, bbox=box)
    rows = lazy.filter(wanted).collect().sort("mmsi", "at", "source_id", "record")
    tracks = tracks_of(rows)
    told = segment(tracks)
    heard = None
    if len(tracks):
        heard = Reception.of(merged_counts([reception_counts(tracks, told)]))
    mmsis = [int(mmsi) for mmsi in tracks.vessels]
    statics = _statics(workspace, mmsis, start + BLOCK / 2, sources)
    used = {*rows["source_id"].unique(), *statics["source_id"].unique()}
    return Slice(
        tracks,
        chains_of(tracks, told),
        rows,
        heard,
        clock_sigma_s(tracks),
        dict(_said(statics)),
        tuple(sorted(used)),
    )


def _turned(lon: float) -> float:
    return (lon + 180.0) % 360.0 - 180.0


@dataclass(frozen=True, slots=True)
class Caller:
    """A ship heard, with what of the lake that rests on."""

    ship: HeardShip
    reports: tuple[str, ...]
    """``source:… record n`` of each report used."""


def callers(heard: Slice, at: datetime, frame: LocalFrame, radius_m: float) -> list[Caller]:
    """Ships that may have been in a circle about the frame's middle at the capture.

    Args:
        heard: about the scene.
        at: of the capture.
        frame: of the scene.
        radius_m: of a circle that holds what was searched.

    """
    pairs = _pairs(heard, at, frame, radius_m)
    vessels = heard.tracks.vessels[heard.chains.vessel]
    counted: dict[int, int] = {}
    for c, _, _ in pairs:
        counted[int(vessels[c])] = counted.get(int(vessels[c]), 0) + 1
    found = []
    for c, before, after in pairs:
        mmsi = int(vessels[c])
        ends = [None if row == NONE else _row(heard, row) for row in (before, after)]
        fixes = [None if end is None else _fix(end, at, frame) for end in ends]
        ship = HeardShip(
            mmsi,
            fixes[0],
            fixes[1],
            heard.sizes.get(mmsi, UNKNOWN_SIZE),
            long_range=all(end["msg_type"] == _LONG_RANGE for end in ends if end is not None),
            shared=counted[mmsi] > 1,
        )
        used = tuple(f"{e['source_id']} record {e['record']}" for e in ends if e is not None)
        found.append(Caller(ship, used))
    return found


def _pairs(
    heard: Slice, at: datetime, frame: LocalFrame, radius_m: float
) -> list[tuple[int, int, int]]:
    """Chain, and places in its order of the reports before and after, of ships near enough."""
    order = heard.chains.order
    tracks = heard.tracks
    reports = Reports(
        heard.chains.starts, tracks.at_us[order], tracks.lon[order], tracks.lat[order]
    )
    captures = Captures(
        np.array([round(at.timestamp() * 1e6)]),
        np.array([_turned(frame.lon)]),
        np.array([frame.lat]),
        np.array([radius_m / 1852.0]),
    )
    chain, _, before, after = can_meet(reports, captures)
    return [
        (int(c), *(NONE if row == NONE else int(order[row]) for row in (int(b), int(a))))  # type: ignore[misc]  # two rows
        for c, b, a in zip(chain, before, after, strict=True)
    ]


def _row(heard: Slice, row: int) -> dict[str, Any]:
    return heard.table.row(int(heard.tracks.row[row]), named=True)


def _fix(row: dict[str, Any], at: datetime, frame: LocalFrame) -> Fix:
    """A report of the lake in the frame of a scene."""
    place = frame.to_metres(Point(row["lon"], row["lat"]))
    status = NO_STATUS if row["nav_status"] is None else row["nav_status"]
    speed = row["sog_kn"]
    slow = speed is not None and speed < STILL_BELOW_KN
    long_range = row["msg_type"] == _LONG_RANGE
    return Fix(
        seconds=(row["at"] - at) / timedelta(seconds=1),
        x_m=float(place.x),
        y_m=float(place.y),
        sog_kn=speed,
        cog_deg=row["cog_deg"],
        heading_deg=row["heading_deg"],
        still=slow or (status in _STILL and speed is None),
        anchored=status == _AT_ANCHOR,
        sigma_m=LONG_RANGE_SIGMA_M if long_range else 10.0,
    )


def _statics(
    workspace: Workspace, mmsis: list[int], at: datetime, sources: Sequence[str] | None
) -> pl.DataFrame:
    """What ships said of their size about the capture, nearest first."""
    length = pl.col("to_bow_m").cast(pl.Int64) + pl.col("to_stern_m")
    wanted = length.is_between(1, LONGEST_M)
    if sources is not None:
        wanted &= pl.col("source_id").is_in(list(sources))
    lazy = workspace.lake.statics(
        mmsi=mmsis or [0], start=at - STATICS_WITHIN, end=at + STATICS_WITHIN
    )
    told = lazy.filter(wanted).with_columns(length=length, away=(pl.col("at") - at).abs())
    return told.collect().sort("mmsi", "away", "source_id", "record")


def _said(told: pl.DataFrame) -> Iterator[tuple[int, Dimensions]]:
    for (mmsi,), rows in told.group_by("mmsi", maintain_order=True):
        lengths = rows["length"].to_list()
        if max(lengths) > 1.1 * min(lengths):
            continue
        one = rows.row(0, named=True)
        sides = (one["to_port_m"], one["to_starboard_m"])
        port, starboard = sides if None not in sides and any(sides) else (None, None)
        yield int(str(mmsi)), Dimensions(one["to_bow_m"], one["to_stern_m"], port, starboard)
