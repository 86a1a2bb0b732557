"""Several hulls under one MMSI told apart, and reports that belong to none kept with a reason.

A segment is a run of reports of one transponder that one hull could have sent: each continues the
one before by dead reckoning, and never over a longer silence than ``SegmentRules.hours_max``. It
does not say *which* hull. Segments are never joined silently: ``Segmentation.link`` says of each
whether it is the plausible continuation of one earlier segment ("same hull plausible"), and if
not why not, so that a silence between segments is judged along links only.
"""

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.segment_kernel import Limits
from quaywatch.ais.segment_links import COLUMNS, previous_of, sailed_km, segment_all
from quaywatch.ais.track import Indices, Tracks

METHOD: Final = "ais-segments@1"
_Scalar = TypeVar("_Scalar", bound=np.generic)

REASONS: Final[tuple[str, ...]] = (
    "",
    "sog-artefact",
    "repeat",
    "long-range-near-normal",
    "superseded",
    "stray",
)
"""Why a report belongs to no segment; the first says that it does belong to one.

``sog-artefact``: its speed is one that faulty receivers write. ``repeat``: position, speed, course
and heading are those of an earlier report of the same day, while moving (one report heard twice).
``long-range-near-normal``: message 27, good to 0.1 minutes, within an hour of a finer one.
``superseded``: a later report continues the track much better without it. ``stray``: one or two
reports that no track near in time takes, or that several could. The last two are evidence: a
cloned identity begins as strays.
"""

LINK_REASONS: Final[tuple[str, ...]] = (
    "",
    "first",
    "overlapping",
    "too-fast",
    "rivals",
    "taken",
    "shared",
)
"""Why a segment continues no other; the first says that it does.

``first``: there is none before it. ``overlapping``: those before it had not ended. ``too-fast``:
none of those that had ended could have got there. ``rivals``: several could. ``taken``: those that
could are continued by another segment already. ``shared``: hulls within reach of one another use
the number, so that position alone cannot say which one goes on after a silence.
"""


@dataclass(frozen=True, slots=True)
class SegmentRules:
    """When a report continues a track.

    The sigmas are what consecutive reports of recorded ships show (half of the transponders heard
    off Southern California in June 2018; the other half scores them in docs/benchmarks).

    Source:
        The shape (open tracks, dead reckoning, ambiguity, looking back, what to discard) is that
        of GlobalFishingWatch/gpsdio-segment at 8109193, and so are ``hours_max``,
        ``speed_max_kn`` and the bands; how a miss is weighed is our own.
    """

    hours_max: float = 8.0
    """Longest silence within a segment; beyond it, see ``Segmentation.link``."""
    speed_max_kn: float = 25.0
    """A miss of more than this times the hours (padded by a quarter) does not fit at all."""
    square_max: float = 400.0
    """Nor does a miss of more sigmas squared than this."""
    place_nm: float = 0.02
    """Sigma of a position at rest."""
    clock_h: float = 20.0 / 3600.0
    """Sigma of the time of a report: at speed it shows as a miss along the course."""
    along: float = 0.15
    """Sigma along the course, as a share of the way that the speed promises."""
    across: float = 0.1
    """Sigma across the course, as a share of that way."""
    drift_kn: float = 0.3
    """What a ship said to be at rest moves, in knots over the silence; doubled after an hour,
    because she may have sailed and stopped again."""
    change_kn: float = 1.0
    """Sigma of the change of velocity from one report to the next."""
    change_kn_h: float = 20.0
    """By how much that grows an hour."""
    blind_kn: float = 6.0
    """Sigma of the speed of a ship whose course or speed is unknown."""
    ambiguity: float = 5.0
    """A runner-up that fits at most so many times worse makes a report ambiguous."""
    sure_h: float = 0.25
    """Where neighbours share the number: a longer silence (or than nine of ten, if those are
    longer) is bridged only to a report that is within ``sure_nm`` of where it is expected."""
    sure_nm: float = 1.0
    """See ``sure_h``."""
    artefact_bands_kn: tuple[tuple[float, float], ...] = (
        (51.15, 51.25),
        (62.95, 63.05),
        (102.25, 102.35),
    )
    """Speeds over ground that are faults, not speeds."""


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Which segment each report of a ``Tracks`` belongs to (n reports), and the m segments."""

    segment: NDArray[np.int32]
    """Shape (n,): ordinal from 0 within the MMSI, by first report; -1: none."""
    reason: NDArray[np.uint8]
    """Shape (n,): index into ``REASONS``; 0 exactly where ``segment`` is not -1."""
    found: Indices
    """Shape (m, 8), by transponder and ordinal: index of the transponder in ``Tracks.vessels``,
    ordinal, index of the first and of the last report in ``Tracks``, number of reports, ordinal
    of the segment that it continues (-1: none), index into ``LINK_REASONS``, 1 where hulls within
    reach of one another share the number."""

    @property
    def link(self) -> Indices:
        """Shape (m,): ordinal within the MMSI of the segment that each continues, or -1."""
        return self.found[:, 5]

    def __len__(self) -> int:
        """Number of segments."""
        return len(self.found)


def segment(tracks: Tracks, *, rules: SegmentRules | None = None) -> Segmentation:
    """Tell the tracks within each transponder apart.

    Two hulls that keep within about 2 nm of each other at the same speed and course cannot be told
    apart by position alone; where both fit a report, both tracks end there and new ones begin.

    Examples:
        >>> from datetime import UTC, datetime, timedelta
        >>> from quaywatch.ais.schema import POSITIONS_FRAME, conform
        >>> from quaywatch.ais.track import tracks_of
        >>> at = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=m) for m in range(8)]
        >>> frame = pl.DataFrame({"mmsi": [412000001] * 8, "at": at, "lon": [120.0, 129.0] * 4,
        ...                       "lat": [35.0] * 8, "sog_kn": [0.0] * 8, "cog_deg": [0.0] * 8})
        >>> told = segment(tracks_of(conform(frame, POSITIONS_FRAME)))
        >>> told.segment.tolist(), [LINK_REASONS[why] for why in told.found[:, 6]]
        ([0, 1, 0, 1, 0, 1, 0, 1], ['first', 'overlapping'])

    """
    used = rules or SegmentRules()
    n = len(tracks)
    told = np.full(n, -1, np.int32)
    reason = np.zeros(n, np.uint8)
    found = np.empty((n, COLUMNS), np.int64)
    sog = tracks.sog_kn.astype(np.float64)
    rows = segment_all(
        tracks.starts,
        _own(tracks.at_us),
        _places(tracks, sog),
        np.column_stack((tracks.lon, tracks.lat, sog, tracks.cog_deg, tracks.heading_deg)),
        _own(tracks.msg_type),
        _own(tracks.transponder),
        np.array(used.artefact_bands_kn, np.float64).reshape(-1, 2),
        Limits(**{name: float(getattr(used, name)) for name in Limits._fields}),
        told,
        reason,
        found,
    )
    return Segmentation(segment=told, reason=reason, found=found[:rows].copy())


def _own(column: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """The column, or a copy if it is another's: of those the kernel would be compiled again."""
    return column if column.flags.writeable else column.copy()


def _places(tracks: Tracks, sog: NDArray[np.float64]) -> NDArray[np.float64]:
    course = np.radians(tracks.cog_deg.astype(np.float64))
    east, north = sog * np.sin(course), sog * np.cos(course)
    still = sog == 0.0
    east[still] = north[still] = 0.0
    return np.column_stack((tracks.lon, tracks.lat, np.cos(np.radians(tracks.lat)), east, north))


def predecessors(tracks: Tracks, told: Segmentation) -> Indices:
    """For each report the index of the one that the same hull plausibly sent before it, or -1.

    Within a segment that is the report before; for the first report of a segment the last one of
    the segment that it is linked to, if any (then ``told.segment`` differs between the two).
    Reports in no segment have none and are none. Shape (n,).

    Examples:
        >>> from datetime import UTC, datetime, timedelta
        >>> from quaywatch.ais.schema import POSITIONS_FRAME, conform
        >>> from quaywatch.ais.track import tracks_of
        >>> at = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=h) for h in (0, 1, 20)]
        >>> frame = conform(pl.DataFrame({"mmsi": [412000001] * 3, "at": at, "lon": [120.0] * 3,
        ...                 "lat": [35.0] * 3, "sog_kn": [0.0] * 3, "cog_deg": [0.0] * 3}),
        ...                 POSITIONS_FRAME)
        >>> tracks = tracks_of(frame)
        >>> told = segment(tracks)
        >>> told.segment.tolist(), predecessors(tracks, told).tolist()
        ([0, 0, 1], [-1, 0, 1])

    """
    previous = np.empty(len(tracks), np.int64)
    previous_of(tracks.starts, told.segment, told.found, previous)
    return previous


def segments_table(tracks: Tracks, told: Segmentation) -> pl.DataFrame:
    """One row a segment: when, where, how many reports, how far, and what it continues.

    ``km`` sums the straight lines between consecutive reports (on a sphere, within 0.6%): with
    noise in it, more than was sailed; over silences, less. ``previous`` is the ordinal of the
    linked segment, null with ``link_reason`` where there is none.

    Examples:
        >>> from datetime import UTC, datetime, timedelta
        >>> from quaywatch.ais.schema import POSITIONS_FRAME, conform
        >>> from quaywatch.ais.track import tracks_of
        >>> at = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=h) for h in (0, 1, 20)]
        >>> frame = conform(pl.DataFrame({"mmsi": [412000001] * 3, "at": at, "lon": [120.0] * 3,
        ...                 "lat": [35.0] * 3, "sog_kn": [0.0] * 3, "cog_deg": [0.0] * 3}),
        ...                 POSITIONS_FRAME)
        >>> tracks = tracks_of(frame)
        >>> table = segments_table(tracks, segment(tracks))
        >>> table.select("segment", "n", "previous", "link_reason").rows()
        [(0, 2, None, 'first'), (1, 1, 0, '')]

    """
    first, last = told.found[:, 2], told.found[:, 3]
    reasons = np.array(LINK_REASONS)[told.found[:, 6]]
    link = pl.Series(told.link, dtype=pl.Int64)
    return pl.DataFrame(
        {
            "mmsi": tracks.vessels[told.found[:, 0]],
            "segment": told.found[:, 1].astype(np.uint32),
            "start": pl.Series(tracks.at_us[first]).cast(pl.Datetime("us", "UTC")),
            "end": pl.Series(tracks.at_us[last]).cast(pl.Datetime("us", "UTC")),
            "n": told.found[:, 4].astype(np.uint32),
            "first_lon": tracks.lon[first],
            "first_lat": tracks.lat[first],
            "last_lon": tracks.lon[last],
            "last_lat": tracks.lat[last],
            "previous": pl.select(pl.when(link >= 0).then(link).cast(pl.UInt32)).to_series(),
            "link_reason": pl.Series(reasons.tolist(), dtype=pl.String),
            "km": sailed_km(tracks.starts, told.segment, told.found, tracks.lon, tracks.lat),
            "first_row": tracks.row[first],
            "last_row": tracks.row[last],
        }
    )
