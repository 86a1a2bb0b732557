"""All that the battery needs of a bucket of tracks, measured in one go."""

from collections.abc import Iterable

import polars as pl

from quaywatch.ais.integrity.circles import circles_of
from quaywatch.ais.integrity.features import features_of
from quaywatch.ais.integrity.jumps import jumps_of
from quaywatch.ais.integrity.land import LandDepth, land_of
from quaywatch.ais.integrity.manoeuvres import manoeuvres_of
from quaywatch.ais.integrity.receivers import receivers_of
from quaywatch.ais.integrity.tables import Measured
from quaywatch.ais.integrity.windows import Segmented, windows_of
from quaywatch.ais.track import Tracks


def measure(
    tracks: Tracks,
    segmentation: Segmented | None = None,
    *,
    land_depth_km: LandDepth | None = None,
    positions: pl.DataFrame | None = None,
) -> Measured:
    """Measure every window of these transponders; nothing is judged yet.

    Args:
        tracks: reports of any number of transponders, all of each.
        segmentation: which segment each belongs to, and which were rejected.
        land_depth_km: kilometres inside land of positions, <= 0 on water; None: no test for land.
        positions: the frame that ``tracks`` were made of, for its receiving stations; None: no
            test of receivers.

    Returns:
        Tables much smaller than the tracks; ``joined`` puts those of several buckets together.

    Examples:
        >>> from quaywatch.ais.integrity.examples import steady
        >>> found = measure(steady(hours=30))
        >>> found.features.height, found.jumps.height, found.land is None
        (2, 0, True)

    """
    windows = windows_of(tracks, segmentation)
    whole = windows if segmentation is None else windows_of(tracks)
    return Measured(
        features=features_of(tracks, windows),
        jumps=jumps_of(tracks, windows),
        circles=circles_of(tracks, whole),
        manoeuvres=manoeuvres_of(tracks, windows),
        land=None if land_depth_km is None else land_of(tracks, windows, land_depth_km),
        receivers=None if positions is None else receivers_of(positions, tracks, windows),
    )


def joined(parts: Iterable[Measured]) -> Measured:
    """The tables of several buckets as one; no transponder may be in two of them.

    Examples:
        >>> from quaywatch.ais.integrity.examples import steady
        >>> both = joined([measure(steady(mmsi=1)), measure(steady(mmsi=2))])
        >>> both.features["mmsi"].to_list()
        [1, 2]

    """
    every = list(parts)
    anchors = [part.manoeuvres for part in every if part.manoeuvres is not None]
    land = [part.land for part in every if part.land is not None]
    heard = [part.receivers for part in every if part.receivers is not None]
    return Measured(
        features=pl.concat(part.features for part in every),
        jumps=pl.concat(part.jumps for part in every),
        circles=pl.concat(part.circles for part in every),
        manoeuvres=pl.concat(anchors) if anchors else None,
        land=pl.concat(land) if land else None,
        receivers=pl.concat(heard) if heard else None,
    )
