"""Position reports as arrays in the order in which kernels walk them: by transponder, then time.

A frame of the lake (``ParquetLake.tracks``) becomes one ``Tracks``; compiled loops then run over
``starts[v]:starts[v + 1]``, one transponder after another, with no shuffle and no Python object a
row. Inside these arrays NaN stands for "not known" (``sog_kn``, ``cog_deg``, ``heading_deg``);
whatever leaves a kernel for a table turns it back into null.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.errors import TrackUnsortedError

UNKNOWN = 0
"""Code of a transponder class or receiver kind that is not known."""
CLASS_A, CLASS_B = 1, 2
TERRESTRIAL, SATELLITE = 1, 2
NO_STATUS = 15
"""Navigation status "not defined" (ITU-R M.1371-5), also where the report carries none."""

_PLACED: Final = ("at", "lon", "lat")
_WALKED: Final = (
    "mmsi", *_PLACED, "sog_kn", "cog_deg", "heading_deg", "rot_deg_min", "nav_status", "msg_type",
    "transponder", "receiver",
)  # fmt: skip

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Codes = NDArray[np.uint8]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tracks:
    """Reports with a position and a time, sorted by ``mmsi`` and ``at_us``. All of length n."""

    mmsi: NDArray[np.uint32]
    at_us: Indices
    """Microseconds since 1970-01-01T00:00Z."""
    lon: Floats
    """WGS84 degrees, -180 to 180."""
    lat: Floats
    sog_kn: Singles
    cog_deg: Singles
    heading_deg: Singles
    rot_deg_min: Singles
    nav_status: Codes
    msg_type: Codes
    """0 where unknown."""
    transponder: Codes
    """0 unknown, 1 class A, 2 class B."""
    receiver: Codes
    """0 unknown, 1 terrestrial, 2 satellite."""
    row: Indices
    """Row of the frame that they come from: its ``source_id``, ``record``, ``station``."""
    starts: Indices
    """Shape (transponders + 1,): where each transponder begins; the last is n."""

    @property
    def vessels(self) -> NDArray[np.uint32]:
        """MMSI of each transponder, in order."""
        return self.mmsi[self.starts[:-1]]

    def __len__(self) -> int:
        """Number of reports."""
        return len(self.mmsi)


def tracks_of(positions: pl.DataFrame) -> Tracks:
    """Arrays of the reports that have a position and a time.

    Args:
        positions: columns of ``ais.schema.POSITIONS``, sorted by ``mmsi``, ``at``.

    Raises:
        TrackUnsortedError: the rows are not in that order.

    Examples:
        >>> from datetime import UTC, datetime
        >>> from quaywatch.ais.schema import POSITIONS_FRAME, conform
        >>> at = [datetime(2025, 1, 1, h, tzinfo=UTC) for h in (0, 1, 0)]
        >>> frame = pl.DataFrame({"mmsi": [1, 1, 2], "at": at, "lon": [0.0, None, 5.0],
        ...                       "lat": [0.0, None, 5.0]})
        >>> tracks = tracks_of(conform(frame, POSITIONS_FRAME))
        >>> tracks.vessels.tolist(), tracks.starts.tolist(), tracks.row.tolist()
        ([1, 2], [0, 1, 2], [0, 2])

    """
    frame = positions.select(_WALKED).with_row_index("row")
    if any(frame[name].null_count() for name in _PLACED):
        frame = frame.drop_nulls(_PLACED)
    mmsi = frame["mmsi"].to_numpy()
    at_us = frame["at"].dt.epoch("us").to_numpy()
    _refuse_unsorted(mmsi, at_us)
    return Tracks(
        mmsi=mmsi,
        at_us=at_us,
        lon=frame["lon"].to_numpy(),
        lat=frame["lat"].to_numpy(),
        sog_kn=_singles(frame["sog_kn"]),
        cog_deg=_singles(frame["cog_deg"]),
        heading_deg=_singles(frame["heading_deg"]),
        rot_deg_min=_singles(frame["rot_deg_min"]),
        nav_status=frame["nav_status"].fill_null(NO_STATUS).to_numpy(),
        msg_type=frame["msg_type"].fill_null(UNKNOWN).to_numpy(),
        transponder=_codes(frame["transponder"], "A", "B"),
        receiver=_codes(frame["receiver"], "terrestrial", "satellite"),
        row=frame["row"].cast(pl.Int64).to_numpy(),
        starts=_starts(mmsi),
    )


def _singles(column: pl.Series) -> Singles:
    return column.fill_null(float("nan")).to_numpy().astype(np.float32, copy=False)


def _codes(column: pl.Series, first: str, second: str) -> Codes:
    one, two = (column == first).fill_null(value=False), (column == second).fill_null(value=False)
    return (one.cast(pl.UInt8) + two.cast(pl.UInt8) * 2).to_numpy()


def _starts(mmsi: NDArray[np.uint32]) -> Indices:
    if not len(mmsi):
        return np.zeros(1, np.int64)
    changes = np.flatnonzero(mmsi[1:] != mmsi[:-1]) + 1
    return np.concatenate(([0], changes, [len(mmsi)])).astype(np.int64)


def _refuse_unsorted(mmsi: NDArray[np.uint32], at_us: Indices) -> None:
    back = (mmsi[1:] < mmsi[:-1]) | ((mmsi[1:] == mmsi[:-1]) & (at_us[1:] < at_us[:-1]))
    if back.any():
        raise TrackUnsortedError(row=int(np.argmax(back)) + 1)
