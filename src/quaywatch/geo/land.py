"""Land or water at a point. The mask is a port: anything that answers for arrays will do."""

from importlib.metadata import version
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class LandMask(Protocol):
    """Says for each position whether it is on land."""

    @property
    def version(self) -> str:
        """Name and version of the mask; part of every cache key."""
        ...

    def contains_many(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """True where land; ``lon`` in [-180, 180), ``lat`` in degrees, one-dimensional."""
        ...


class RoaringLand:
    """GSHHG at full resolution, from the roaring-landmask library.

    Lakes, the Caspian among them, count as land. Loading takes 7 to 12 s, so it happens at the
    first question and not at construction: with a warm tile cache it never happens.

    Source:
        Wessel & Smith (1996), doi:10.1029/96JB00104.

    Examples:
        >>> RoaringLand().version.startswith("roaring-landmask-")
        True

    """

    def __init__(self) -> None:
        self._mask: Any = None

    @property
    def version(self) -> str:
        """Library name and version; the GSHHG edition is compiled into it."""
        return f"roaring-landmask-{version('roaring-landmask')}"

    def contains_many(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """True where land."""
        if self._mask is None:
            # Imported here: the library and its 7 s load are wanted only to build a tile.
            from roaring_landmask import RoaringLandmask  # noqa: PLC0415

            self._mask = RoaringLandmask.new()
        answer: NDArray[np.bool_] = self._mask.contains_many_par(lon, lat)
        return answer
