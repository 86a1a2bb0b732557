"""How far from the coast a position lies: at sea from land, on land from water.

Derived from the samples of ``geo.tiles`` (0.005 degrees, about 0.5 km), a degree by a degree, and
kept in memory; so the land mask is asked once per tile and workspace.
"""

from collections import OrderedDict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from quaywatch.geo.land import LandMask, RoaringLand
from quaywatch.geo.tiles import SAMPLES_PER_DEG, TileStore

KM_PER_DEG = 111.195
"""Kilometres in a degree of latitude on the sphere of 6371 km."""
FARTHEST_KM = 100.0
"""What is farther than this from any coast is said to be this far: enough for 50 nm (93 km)."""
_MARGIN_DEG = 0.95
_NARROWEST = 0.1
_LAST_ROW = 180 * SAMPLES_PER_DEG
_KEPT = 4000
_METRES = 1000.0 / 10.0

Floats = NDArray[np.float64]


class Coast:
    """Signed distances to the nearest coast.

    Bias: exact to about 0.4 km, the half diagonal of a sample; lakes count as land; above 84
    degrees of latitude distances along the parallel are not searched far enough, and come out too
    long. The distance is that on the plane of the degree square, true to 2% within 100 km.

    Args:
        cache_dir: where tiles of samples are kept.
        land: the land mask; GSHHG at full resolution by default.

    Examples:
        >>> class Half:
        ...     version = "west-is-land"
        ...     def contains_many(self, lon, lat):
        ...         return lon < 0
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     coast = Coast(Path(folder), Half())
        ...     km = coast.signed_km(np.array([0.5, -0.5]), np.array([0.2, 0.2]))
        >>> [round(float(value)) for value in km]
        [56, -55]

    """

    def __init__(self, cache_dir: Path, land: LandMask | None = None) -> None:
        self._store = TileStore(cache_dir, land or RoaringLand())
        self._blocks: OrderedDict[tuple[int, int], NDArray[np.int16]] = OrderedDict()
        self.method = f"coast@1 {self._store.grid_id}"

    def signed_km(self, lon: Floats, lat: Floats) -> Floats:
        """Kilometres to the nearest coast: positive at sea, negative on land, at most 100.

        Args:
            lon: WGS84 degrees, -180 to 180, shape (n,).
            lat: WGS84 degrees, shape (n,).

        """
        out = np.empty(len(lon))
        if not len(lon):
            return out
        row = np.clip(np.floor((lat + 90.0) * SAMPLES_PER_DEG).astype(np.int64), 0, _LAST_ROW - 1)
        col = np.floor((lon + 180.0) * SAMPLES_PER_DEG).astype(np.int64) % (360 * SAMPLES_PER_DEG)
        block = (row // SAMPLES_PER_DEG) * 360 + col // SAMPLES_PER_DEG
        order = np.argsort(block, kind="stable")
        edges = np.flatnonzero(np.diff(block[order])) + 1
        for part in np.split(order, edges):
            y, x = divmod(int(block[part[0]]), 360)
            inside = self._block(y, x)
            out[part] = inside[row[part] % SAMPLES_PER_DEG, col[part] % SAMPLES_PER_DEG]
        return out / _METRES

    def on_land(self, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        """Whether each position is on land, by the sample that holds it."""
        return self.signed_km(lon, lat) < 0

    def shore_nm(self, lon: Floats, lat: Floats) -> Floats:
        """Nautical miles from land; 0 on land; 54 stands for that and everything farther."""
        return np.maximum(self.signed_km(lon, lat), 0.0) / 1.852

    def _block(self, y: int, x: int) -> NDArray[np.int16]:
        """Distances in a square of one degree, in units of 10 m, shape (200, 200)."""
        key = (y, x)
        if key in self._blocks:
            self._blocks.move_to_end(key)
            return self._blocks[key]
        found = self._measure(y, x)
        self._blocks[key] = found
        if len(self._blocks) > _KEPT:
            self._blocks.popitem(last=False)
        return found

    def _measure(self, y: int, x: int) -> NDArray[np.int16]:
        narrow = max(float(np.cos(np.radians(y + 0.5 - 90.0))), _NARROWEST)
        margin = round(_MARGIN_DEG * SAMPLES_PER_DEG)
        beside = min(round(margin / narrow), 80 * SAMPLES_PER_DEG)
        first = max(y * SAMPLES_PER_DEG - margin, 0)
        last = min((y + 1) * SAMPLES_PER_DEG + margin, _LAST_ROW)
        left = (x * SAMPLES_PER_DEG - beside) % (360 * SAMPLES_PER_DEG)
        land = self._store.window(first, left, last - first, SAMPLES_PER_DEG + 2 * beside) > 0
        step_km = KM_PER_DEG / SAMPLES_PER_DEG
        inner = slice(y * SAMPLES_PER_DEG - first, (y + 1) * SAMPLES_PER_DEG - first)
        square = (inner, slice(beside, beside + SAMPLES_PER_DEG))
        km = np.full((SAMPLES_PER_DEG, SAMPLES_PER_DEG), FARTHEST_KM)
        if not land.any():
            pass
        elif land.all():
            km[:] = -FARTHEST_KM
        else:
            spacing = (step_km, step_km * narrow)
            to_land = distance_transform_edt(~land, sampling=spacing)[square]
            to_water = distance_transform_edt(land, sampling=spacing)[square]
            # A sample stands for a cell: its edge, where the coast is taken to be, is half a
            # step nearer than the next sample.
            km = np.where(land[square], -(to_water - step_km / 2), to_land - step_km / 2)
        near: NDArray[np.int16] = np.rint(np.clip(km, -FARTHEST_KM, FARTHEST_KM) * _METRES).astype(
            np.int16
        )
        return near
