"""Land samples every 0.005 degrees, in tiles of 10 by 10 degrees, kept on disk.

Everything else (cells, masks, lines of sight) derives from these samples, so the land mask is
asked once per tile and workspace. Rows run south to north, columns west to east; sample (0, 0) is
centred 0.0025 degrees north-east of 180 W 90 S. A tile is one .npz whose zip checksums find a
damaged file; such a file is built again.
"""

import contextlib
import hashlib
import os
import re
import tempfile
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quaywatch.geo.land import LandMask, LatticeMask

SAMPLES_PER_DEG = 200
TILE_DEG = 10
TILE = SAMPLES_PER_DEG * TILE_DEG
TILES_X, TILES_Y = 360 // TILE_DEG, 180 // TILE_DEG
_SCHEME = "samples-1"
_KEPT_IN_MEMORY = 400

Packed = NDArray[np.uint8]


class TileStore:
    """The samples of one land mask in one cache folder.

    Reading is safe beside other processes: files appear whole, by renaming.
    """

    def __init__(self, cache_dir: Path, land: LandMask) -> None:
        self._land = land
        safe = re.sub(r"[^A-Za-z0-9.]+", "-", land.version)
        digest = hashlib.sha256(f"{_SCHEME}|{land.version}".encode()).hexdigest()[:10]
        self.grid_id = f"{safe}-{digest}"
        self._folder = cache_dir / "water" / self.grid_id
        self._memory: OrderedDict[tuple[int, int], Packed | bool] = OrderedDict()

    def packed(self, tx: int, ty: int) -> Packed | bool:
        """Samples of a tile as bits, shape (2000, 250); True if all land, False if all water."""
        key = (tx % TILES_X, ty)
        if key in self._memory:
            self._memory.move_to_end(key)
            return self._memory[key]
        path = self._folder / f"tile_{key[0]:02d}_{key[1]:02d}.npz"
        bits = _read(path)
        if bits is None:
            bits = self._build(*key)
            _write(path, bits)
        tile: Packed | bool = bits
        if not bits.any():
            tile = False
        elif bits.min() == np.iinfo(np.uint8).max:
            tile = True
        self._memory[key] = tile
        if len(self._memory) > _KEPT_IN_MEMORY:
            self._memory.popitem(last=False)
        return tile

    def land(self, tx: int, ty: int) -> NDArray[np.uint8]:
        """Samples of a tile, shape (2000, 2000), 1 where land."""
        tile = self.packed(tx, ty)
        if isinstance(tile, bool):
            return np.full((TILE, TILE), int(tile), np.uint8)
        return np.unpackbits(tile, axis=1)

    def window(self, row: int, col: int, rows: int, cols: int) -> NDArray[np.uint8]:
        """Samples from (row, col), shape (rows, cols), 1 where land; columns wrap round Earth.

        Rows must lie between the poles.
        """
        out = np.empty((rows, cols), np.uint8)
        for ty in range(row // TILE, (row + rows - 1) // TILE + 1):
            r0, r1 = max(row, ty * TILE), min(row + rows, (ty + 1) * TILE)
            for tx in range(col // TILE, (col + cols - 1) // TILE + 1):
                c0, c1 = max(col, tx * TILE), min(col + cols, (tx + 1) * TILE)
                part = self._part(tx, ty, slice(r0 - ty * TILE, r1 - ty * TILE))
                out[r0 - row : r1 - row, c0 - col : c1 - col] = part[
                    :, c0 - tx * TILE : c1 - tx * TILE
                ]
        return out

    def _part(self, tx: int, ty: int, rows: slice) -> NDArray[np.uint8]:
        tile = self.packed(tx, ty)
        if isinstance(tile, bool):
            return np.full((rows.stop - rows.start, TILE), int(tile), np.uint8)
        return np.unpackbits(tile[rows], axis=1)

    def _build(self, tx: int, ty: int) -> Packed:
        lon = -180.0 + TILE_DEG * tx + (np.arange(TILE) + 0.5) / SAMPLES_PER_DEG
        if isinstance(self._land, LatticeMask):
            whole = -90.0 + TILE_DEG * ty + (np.arange(TILE) + 0.5) / SAMPLES_PER_DEG
            return np.packbits(self._land.contains_lattice(lon, whole), axis=1)
        bits = np.empty((TILE, TILE // 8), np.uint8)
        step = 250
        for start in range(0, TILE, step):
            rows = np.arange(start, start + step)
            lat = -90.0 + TILE_DEG * ty + (rows + 0.5) / SAMPLES_PER_DEG
            answer = self._land.contains_many(np.tile(lon, step), np.repeat(lat, TILE))
            land = np.asarray(answer, bool).reshape(step, TILE)
            bits[start : start + step] = np.packbits(land, axis=1)
        return bits


def _read(path: Path) -> Packed | None:
    """The samples in a file; None if it is absent or damaged (then it is built again)."""
    try:
        # The file is opened here: numpy would leave it open if it is no archive.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            bits: Packed = archive["bits"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    if bits.shape != (TILE, TILE // 8) or bits.dtype != np.uint8:
        return None
    return bits


def _write(path: Path, bits: Packed) -> None:
    """Write whole or not at all. A cache that cannot be written costs time, not the answer."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez_compressed(file, bits=bits)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
