"""Land or water at a point. The mask is a port: anything that answers for arrays will do."""

from functools import cache
from importlib.metadata import version
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.shoreline import Shorelines


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


@runtime_checkable
class LatticeMask(LandMask, Protocol):
    """A mask that answers for a whole lattice at once, as it would for each of its points."""

    def contains_lattice(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """True where land, shape (``lat``, ``lon``); both evenly spaced and rising, degrees."""
        ...


class RoaringLand:
    """GSHHG at full resolution, from the roaring-landmask library.

    Lakes, the Caspian among them, count as land. Nothing is loaded at construction: the first
    lattice loads the shorelines (some 3 s), the first single positions the library's index over
    them (some 5 s), each once in a process. With a warm tile cache neither is loaded.

    Source:
        Wessel & Smith (1996), doi:10.1029/96JB00104.

    Examples:
        >>> RoaringLand().version.startswith("roaring-landmask-")
        True

    """

    @property
    def version(self) -> str:
        """Library name and version; the GSHHG edition is compiled into it."""
        return f"roaring-landmask-{version('roaring-landmask')}"

    def contains_many(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """True where land."""
        answer: NDArray[np.bool_] = _index().contains_many_par(lon, lat)
        return answer

    def contains_lattice(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """True where land, shape (``lat``, ``lon``); the same as each point by itself."""
        # The library turns longitudes so before it looks, which moves the last bit of some.
        return _shorelines().inside(np.fmod(lon + 180.0, 360.0) - 180.0, lat)


@cache
def _index() -> Any:  # noqa: ANN401 - the library has no types
    # Imported here: the library and its load are wanted only where no tile is kept.
    from roaring_landmask import RoaringLandmask  # noqa: PLC0415

    return RoaringLandmask.new()


@cache
def _shorelines() -> Shorelines:
    from roaring_landmask import LandmaskProvider, Shapes  # noqa: PLC0415  # as above

    return Shorelines.of_wkb(Shapes.wkb(LandmaskProvider.Gshhg))
