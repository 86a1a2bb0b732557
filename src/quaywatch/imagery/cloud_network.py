"""The kept cloud model: ukis-csmask's networks for surface reflectance, run on cells of 30 m.

Wieland, Li and Martinis (2019), doi:10.1016/j.rse.2019.05.022; weights in the package
``ukis-csmask`` (Apache-2.0, German Aerospace Center), read from it and not copied.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from quaywatch.imagery.read import Pixels
from quaywatch.imagery.sky import (
    MARGIN_M,
    Classes,
    Plane,
    Sky,
    cells,
    drawn_out,
    wide_parts,
    widened,
)

CELL_M = 30.0
"""What the networks were trained on."""
_TILE, _OVERLAP = 256, 64
_SIX = ("blue", "green", "red", "nir", "swir16", "swir22")


@dataclass(frozen=True)
class CloudNetwork:
    """Networks found on this machine, for four and for six bands."""

    folder: Path
    version: str = "1.0.0"

    @property
    def name(self) -> str:
        """Name and version, as a claim carries it."""
        return f"ukis-csmask-l2a@{self.version}"

    def fits(self, pixels: Pixels) -> bool:
        """Whether the window has what it was trained on: reflectance, four bands, not coarser."""
        bands = all(name in pixels.bands for name in _SIX[:4])
        return bands and pixels.radiometry == "reflectance" and pixels.gsd_m <= 1.3 * CELL_M

    def classes(self, pixels: Pixels) -> Classes:
        """Cloud and shadow, (y, x); everything else is clear.

        Cloud that is nowhere as wide as ``NARROWEST_M`` is let off: a white ship under way is
        found as cloud. Cloud is widened by its margin, shadow by a cell.
        """
        six = all(name in pixels.bands for name in _SIX)
        names = _SIX if six else _SIX[:4]
        step = max(1, round(CELL_M / pixels.gsd_m))
        cell_m = step * pixels.gsd_m
        planes = np.stack([pixels.values[pixels.bands.index(n)] for n in names])
        coarse = cells(planes, step)
        told = _run(self.folder / f"model_{len(names)}b_l2a.onnx", coarse)
        cloud = widened(wide_parts(told == 1, cell_m), MARGIN_M, cell_m)
        shadow = widened(told == 2, cell_m, cell_m)
        out = np.where(shadow, np.uint8(Sky.SHADOW), np.uint8(Sky.CLEAR))
        out[cloud] = Sky.CLOUD
        return drawn_out(out, step, pixels.valid.shape)


@cache
def kept_network() -> CloudNetwork | None:
    """The networks of ``ukis-csmask``, if it is installed; it is not imported."""
    found = find_spec("ukis_csmask")
    if found is None or found.origin is None:
        return None
    return CloudNetwork(Path(found.origin).parent)


@cache
def _session(path: Path) -> tuple[Any, Plane, Plane]:
    """The network and its bands' means and spreads; one thread: the same bits every time."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    stated = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    mean, spread = np.array(stated["data"]["dataset_statistics"]["img"], np.float32)
    return session, mean[:, None, None], spread[:, None, None]


def _run(path: Path, planes: Plane) -> NDArray[np.uint8]:
    """0 background, 1 cloud, 2 shadow, (y, x); tiles mirrored at the edge, halves of overlaps."""
    session, mean, spread = _session(path)
    height, width = planes.shape[1:]
    filled = np.where(np.isfinite(planes), planes, 0.0).astype(np.float32)
    normal = (filled - mean) / spread
    tall, broad = max(height, _TILE), max(width, _TILE)
    normal = np.pad(normal, ((0, 0), (0, tall - height), (0, broad - width)), mode="symmetric")
    out = np.zeros((tall, broad), np.uint8)
    for top in _starts(tall):
        for left in _starts(broad):
            part = normal[None, :, top : top + _TILE, left : left + _TILE]
            told = session.run(None, {"input": part})[0][0].argmax(axis=0)
            y, x = (0 if at == 0 else _OVERLAP // 2 for at in (top, left))
            out[top + y : top + _TILE, left + x : left + _TILE] = told[y:, x:]
    return out[:height, :width]


def _starts(length: int) -> list[int]:
    """Where tiles begin; the last ends with the plane."""
    starts = list(range(0, length - _TILE, _TILE - _OVERLAP))
    return [*starts, length - _TILE]
