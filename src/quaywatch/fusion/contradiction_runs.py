"""Runs of reports that one hull can have sent, and the report of each nearest to any moment.

Of a run whose reports follow from each other at a ship's speed, the report nearest in time before
a moment, and the one after it, exclude all that any of its reports exclude: who could have reached
a place from either could have reached it from the others. So two look-ups ask a whole track.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.chains import chains_of
from quaywatch.ais.segments import segment
from quaywatch.ais.track import Floats, Indices, Tracks, tracks_of
from quaywatch.fusion.two_places import PLAUSIBLE_CEILING_KN
from quaywatch.geo.geodesic import great_circle_nm_many

REPORTS_MIN: Final = 3
"""A run of fewer may be one garbled digit; nothing is held against a ship for it."""
FASTEST_KN: Final = 60.0
SPEEDS_MIN: Final = 20
MARGIN: Final = 1.2
"""A ship may be faster than its own 99th percentile by this factor (METHODS §2)."""
LONG_RANGE: Final = 27
_SPAN_MS: Final = 1 << 41
_MS: Final = 1000
_HOUR_US: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Far:
    """Where and when a ship was said to be instead."""

    lon: float
    lat: float
    at_us: int
    detour: float
    """Way over water, where that was asked, over the straight one; else 1."""
    ceiling_kn: float
    grace_h: float


@dataclass(frozen=True, slots=True)
class Runs:
    """k good reports in c runs, by transponder, run and time."""

    tracks: Tracks
    order: Indices
    """Shape (k,): index of each report in ``tracks``."""
    starts: Indices
    """Shape (c + 1,): where each run begins in ``order``."""
    vessel: Indices
    """Shape (c,): index in ``tracks.vessels``."""
    ceiling_kn: Floats
    """Shape (transponders,): highest speed allowed to each."""
    key: Indices
    """Shape (k,): run and time in one number, ascending."""
    origin_us: int

    def __len__(self) -> int:
        """Number of runs."""
        return len(self.vessel)

    def table(self) -> pl.DataFrame:
        """One row a run: ``run``, ``mmsi``, ``first_us``, ``last_us``, ``n``, ``ceiling_kn``."""
        first, last = self.order[self.starts[:-1]], self.order[self.starts[1:] - 1]
        return pl.DataFrame(
            {
                "run": np.arange(len(self)),
                "mmsi": self.tracks.vessels[self.vessel],
                "first_us": self.tracks.at_us[first],
                "last_us": self.tracks.at_us[last],
                "n": np.diff(self.starts),
                "ceiling_kn": self.ceiling_kn[self.vessel],
            }
        )

    def before(self, run: Indices, at_us: Indices) -> Indices:
        """Place in ``order`` of the last report of each run at or before a time; -1: none."""
        found = np.searchsorted(self.key, self._keys(run, at_us), side="right") - 1
        return np.where(found >= self.starts[run], found, -1)

    def after(self, run: Indices, at_us: Indices) -> Indices:
        """Place in ``order`` of the first report of each run at or after a time; -1: none."""
        found = np.searchsorted(self.key, self._keys(run, at_us), side="left")
        return np.where(found < self.starts[run + 1], found, -1)

    def around(self, place: int, count: int = REPORTS_MIN) -> Indices:
        """Rows of the frame of ``count`` reports of one run about a place, the nearest first."""
        return self.tracks.row[self._near(place, count)]

    def borne_out(self, place: int, far: "Far") -> bool:
        """Whether each of three reports of a run, not one alone, is too far from somewhere else.

        A single garbled report at the end of a run follows from it after a silence; its neighbours
        do not share its place.
        """
        chosen = self._near(place, REPORTS_MIN)
        apart = great_circle_nm_many(
            self.tracks.lon[chosen], self.tracks.lat[chosen], far.lon, far.lat
        )
        hours = np.abs(self.tracks.at_us[chosen] - far.at_us) / _HOUR_US
        spare = apart * far.detour / far.ceiling_kn - hours - far.grace_h
        return len(chosen) >= REPORTS_MIN and bool((spare > 0).all())

    def _near(self, place: int, count: int) -> Indices:
        """Indices in ``tracks`` of ``count`` reports of one run, the nearest in time first."""
        run = int(np.searchsorted(self.starts, place, side="right")) - 1
        low, high = int(self.starts[run]), int(self.starts[run + 1])
        near = np.arange(max(low, place - count + 1), min(high, place + count))
        away = np.abs(self.tracks.at_us[self.order[near]] - self.tracks.at_us[self.order[place]])
        chosen = near[np.lexsort((near, away))][:count]
        return self.order[chosen]

    def _keys(self, run: Indices, at_us: Indices) -> Indices:
        since = np.clip((at_us - self.origin_us) // _MS, -1, _SPAN_MS - 2)
        return run * _SPAN_MS + since + 1


def runs_of(positions: pl.DataFrame) -> Runs:
    """Runs of the good reports of a piece of the lake.

    Args:
        positions: columns of ``ais.schema.POSITIONS``, sorted by ``mmsi``, ``at``; whole
            transponders.

    Raises:
        TrackUnsortedError: the rows are not in that order.

    Source:
        Segments and their links: ``ais.segments``. Highest speed: METHODS §2, with a floor of
        ``PLAUSIBLE_CEILING_KN``, so that no merchant ship is called too fast.

    Bias:
        Towards innocence: what a ship says of its own speed raises what it is allowed.

    Examples:
        >>> from datetime import UTC, datetime
        >>> from quaywatch.ais.schema import POSITIONS_FRAME, conform
        >>> at = [datetime(2025, 1, 1, h, tzinfo=UTC) for h in range(4)]
        >>> frame = conform(pl.DataFrame({"mmsi": [1] * 4, "at": at, "lon": [120.0] * 4,
        ...     "lat": [35.0] * 4, "sog_kn": [0.0] * 4, "cog_deg": [0.0] * 4}), POSITIONS_FRAME)
        >>> runs = runs_of(frame)
        >>> runs.table()["n"].to_list(), runs.before(np.array([0]), runs.tracks.at_us[2:3]).item()
        ([4], 2)

    """
    tracks = tracks_of(positions)
    chains = chains_of(tracks, segment(tracks))
    at_us = tracks.at_us[chains.order]
    origin = int(at_us.min()) if len(at_us) else 0
    run = np.repeat(np.arange(len(chains)), np.diff(chains.starts))
    return Runs(
        tracks,
        chains.order,
        chains.starts,
        chains.vessel,
        _ceilings(tracks),
        run * _SPAN_MS + (at_us - origin) // _MS + 1,
        origin,
    )


def _ceilings(tracks: Tracks) -> NDArray[np.float64]:
    """Highest speed over ground allowed to each transponder, in knots."""
    found = np.full(len(tracks.starts) - 1, PLAUSIBLE_CEILING_KN)
    usable = np.isfinite(tracks.sog_kn) & (tracks.sog_kn < FASTEST_KN)
    # Only those that ever say more than could matter are looked at closely.
    fast = usable & (tracks.sog_kn * MARGIN > PLAUSIBLE_CEILING_KN)
    owner = np.repeat(np.arange(len(found)), np.diff(tracks.starts))
    for vessel in np.unique(owner[fast]):
        mine = slice(int(tracks.starts[vessel]), int(tracks.starts[vessel + 1]))
        said = tracks.sog_kn[mine][usable[mine]]
        if len(said) >= SPEEDS_MIN:
            own = MARGIN * float(np.quantile(said, 0.99))
            found[vessel] = min(max(own, PLAUSIBLE_CEILING_KN), FASTEST_KN)
    return found
