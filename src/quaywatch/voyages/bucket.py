"""Everything that one bucket says of voyages, in one call: the per-vessel half of the pass."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from quaywatch.ais.events import EVENTS_FRAME
from quaywatch.ais.segments import Segmentation
from quaywatch.ais.track import Tracks
from quaywatch.sites.facility import Site
from quaywatch.voyages.areas import Area
from quaywatch.voyages.loitering import ShoreDistance, anchoring, loitering
from quaywatch.voyages.motion import motion_of
from quaywatch.voyages.port_calls import port_calls
from quaywatch.voyages.ports import PortIndex
from quaywatch.voyages.slow_points import slow_points
from quaywatch.voyages.spells import stationary_spells
from quaywatch.voyages.top_speed import top_speeds


@dataclass(frozen=True, slots=True)
class BucketVoyages:
    """What a bucket gives to the pass."""

    events: pl.DataFrame
    """Kinds ``port-call``, ``anchoring`` and ``loitering``."""
    spells: pl.DataFrame
    """``SPELLS_FRAME``: for ``anchorages`` over all buckets."""
    slow: pl.DataFrame
    """``SLOW_POINTS_FRAME`` with origins: for ``encounters`` over all buckets."""
    speeds: pl.DataFrame
    """``top_speeds``: for the ``ceilings`` that reach excludes against."""


def bucket_voyages(
    tracks: Tracks,
    segmentation: Segmentation | None = None,
    *,
    ports: PortIndex | None = None,
    berths: Sequence[Site] | None = None,
    areas: Sequence[Area] = (),
    shore_nm: ShoreDistance | None = None,
    positions: pl.DataFrame | None = None,
) -> BucketVoyages:
    """Calls, stays and loitering of one bucket, and what the cross-vessel half needs of it.

    Args:
        tracks: one bucket.
        segmentation: of these tracks.
        ports: from ``port_index``; None: no port calls (anchorages may be found first).
        berths: sites with drawn berths.
        areas: listed areas, for loitering near the shore.
        shore_nm: distance to the shore, for loitering off it.
        positions: the frame of the tracks; gives events their ``source_id`` and ``record``.

    Examples:
        >>> from quaywatch.voyages.motion import drawn
        >>> found = bucket_voyages(drawn({1: [(600.0 * k, 0, 0, 0.0) for k in range(13)]}))
        >>> found.events["kind"].to_list(), found.spells.height, found.slow.height
        (['anchoring'], 1, 13)

    """
    motion = motion_of(tracks, segmentation)
    spells = stationary_spells(motion)
    calls = pl.DataFrame(schema=EVENTS_FRAME)
    if ports is not None:
        calls = port_calls(motion, spells, ports, berths=berths, positions=positions)
    events = pl.concat(
        [
            calls,
            anchoring(spells, berths=berths, positions=positions),
            loitering(motion, shore_nm=shore_nm, areas=areas, positions=positions),
        ]
    )
    slow = slow_points(motion, positions=positions)
    return BucketVoyages(events, spells, slow, top_speeds(motion))
