"""One row a window: everything that the tests of a single track need, and nothing of its size."""

import numpy as np
import polars as pl

from quaywatch.ais.integrity.fields import FIELDS, fields
from quaywatch.ais.integrity.motion import MOTION, motion
from quaywatch.ais.integrity.windows import Segmented, Windows, windows_of
from quaywatch.ais.track import Tracks

_COUNTS = frozenset(
    {
        "n", "implied_n", "n_speed", "n_course", "n_second", "n_change", "n_heading", "n_same",
        "n_rot", "n_second_of_minute", "n_interval", "n_class_a", "n_class_b", "n_long_range",
        "n_terrestrial", "n_satellite",
    }
)  # fmt: skip


def features(tracks: Tracks, segmentation: Segmented | None = None) -> pl.DataFrame:
    """Measure every window of every segment.

    Args:
        tracks: reports of any number of transponders.
        segmentation: which segment each belongs to, and which were rejected; None: one segment a
            transponder, nothing rejected.

    Returns:
        One row a window, by MMSI, segment and window: ``mmsi``, ``segment``, ``window``,
        ``start``, ``end``, ``lon``, ``lat``, ``end_lon``, ``end_lat``, ``first_row`` and
        ``last_row`` (rows of the frame behind ``tracks``), ``rejected`` (fixes), then the columns
        of ``MOTION`` and ``FIELDS``. What could not be measured is null.

    Examples:
        >>> from quaywatch.ais.integrity.examples import steady
        >>> found = features(steady(hours=30))
        >>> found.select("mmsi", "segment", "window", "n").rows()
        [(1, 0, 0, 1440), (1, 0, 1, 361)]

    """
    return features_of(tracks, windows_of(tracks, segmentation))


def features_of(tracks: Tracks, windows: Windows) -> pl.DataFrame:
    """``features``, where the windows are at hand."""
    first, last = windows.order[windows.bounds[:-1]], windows.order[windows.bounds[1:] - 1]
    measured = motion(tracks, windows) | fields(tracks, windows)
    frame = pl.DataFrame(
        {
            "mmsi": tracks.mmsi[first],
            "segment": windows.segment,
            "window": windows.window,
            "start": instants(tracks.at_us[first]),
            "end": instants(tracks.at_us[last]),
            "lon": tracks.lon[first],
            "lat": tracks.lat[first],
            "end_lon": tracks.lon[last],
            "end_lat": tracks.lat[last],
            "first_row": tracks.row[first],
            "last_row": tracks.row[last],
            "rejected": windows.rejected,
            **{name: measured[name] for name in (*MOTION, *FIELDS)},
        }
    )
    whole = [pl.col(name).fill_nan(0).cast(pl.UInt32) for name in sorted(_COUNTS)]
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None)).with_columns(whole)


def instants(at_us: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pl.Series:
    """Microseconds since 1970 as aware instants.

    Examples:
        >>> instants(np.array([0])).to_list()[0].isoformat()
        '1970-01-01T00:00:00+00:00'

    """
    return pl.Series(at_us).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
