"""Offsets of local time, asked once for each quarter of an hour instead of once for each row."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.fast import (
    QUARTER_US,
    QUARTERS,
    ZONE_BIAS,
    ZONE_MIXED,
)
from quaywatch.ais.timestamps import local_to_utc

_SPAN = 2048
"""Quarters asked at a time: three weeks."""


def _nothing_known() -> NDArray[np.int32]:
    # Zeros are ``ZONE_UNKNOWN``, and cost no memory before they are written.
    return np.zeros(QUARTERS + 1, np.int32)


@dataclass(frozen=True, slots=True)
class Zone:
    """What is known of the offsets of one time zone."""

    timezone: str
    offsets: NDArray[np.int32] = field(default_factory=_nothing_known)
    """For each quarter of an hour of wall-clock time since 1970: local minus UTC in seconds, plus
    ``ZONE_BIAS``; or ``ZONE_UNKNOWN``; or ``ZONE_MIXED`` where not all of it has one offset."""

    def learn(self, quarter: int) -> None:
        """Ask for ``quarter`` and its neighbours.

        A quarter is taken to have one offset if its first and its last moment have the same.

        Raises:
            TimezoneUnknownError: there is no such zone.

        Examples:
            >>> zone = Zone("Europe/Paris")
            >>> zone.learn(0)
            >>> int(zone.offsets[0]) - ZONE_BIAS
            3600

        """
        first = quarter - quarter % _SPAN
        starts = np.arange(first, min(first + _SPAN, QUARTERS)) * QUARTER_US
        offsets = [self._offset(starts), self._offset(starts + QUARTER_US - 1)]
        same = (offsets[0] == offsets[1]) & (offsets[0] % 1_000_000 == 0)
        said = offsets[0] // 1_000_000 + ZONE_BIAS
        self.offsets[first : first + len(starts)] = np.where(same, said, ZONE_MIXED)

    def _offset(self, local: NDArray[np.int64]) -> NDArray[np.int64]:
        """Microseconds of local minus UTC; 1 where there is no telling."""
        at, _ = local_to_utc(pl.Series(local).cast(pl.Datetime("us")), self.timezone)
        utc = at.dt.timestamp("us").to_numpy()
        known = at.is_not_null().to_numpy()
        return np.where(known, local - np.where(known, utc, 0), 1).astype(np.int64)
