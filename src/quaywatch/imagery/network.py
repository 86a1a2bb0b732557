"""The trained hull networks: which one fits a window of pixels, and its map of chances.

Weights, training data and licence are described in ``weights/MODEL_CARD.md``.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from quaywatch.imagery.read import Pixels

Plane = NDArray[np.float32]
_TILE, _MARGIN, _STEP = 512, 64, 8
"""Pixels: what is computed at once, what is read about it, and the network's own grid."""


@dataclass(frozen=True)
class Network:
    """One trained network and what it can be used on."""

    name: str
    file: str
    bands: tuple[str, ...]
    finest_gsd_m: float
    coarsest_gsd_m: float
    least_water: float
    """Share of a hull's rim that must be water: blur at 10 m joins a berthed hull to its quay."""
    blocked_end: float
    """What a score is multiplied by for each end that has no water beyond it: piers and quay
    corners look so, ships seldom. 1 where pixels are too coarse to tell."""
    least_score: float
    """Lower scores are not reported."""
    whole_shapes: bool
    """Whether a shape that stands clear on water counts whole once part of it is surely hull: at
    10 m large hulls at sea, of which few were learnt, are otherwise found in pieces, and white
    craft pass for water."""
    display: bool
    """Trained on pictures made for the eye; else on what ``less_haze`` makes of reflectance."""

    def fits(self, pixels: Pixels) -> bool:
        """Whether it has the bands and the pixel size it was trained on."""
        has = all(band in pixels.bands for band in self.bands)
        return has and self.finest_gsd_m <= pixels.gsd_m <= self.coarsest_gsd_m

    def chances(self, pixels: Pixels) -> Plane:
        """The chance that a pixel is hull, (y, x); 0 where nothing valid was measured."""
        values = np.stack([pixels.values[pixels.bands.index(band)] for band in self.bands])
        values = np.nan_to_num(values, nan=0.0).astype(np.float32)
        if not self.display:
            values = less_haze(values, pixels.valid)
        elif pixels.radiometry != "display":
            values = stretch(values)
        chance = _run(self.file, np.clip(values, 0, 1).astype(np.float32))
        chance[~pixels.valid] = 0.0
        return chance


RGB_3M = Network(
    name="unet-rgb-3m@1",
    file="hulls-rgb-3m.onnx",
    bands=("red", "green", "blue"),
    finest_gsd_m=2.2,
    coarsest_gsd_m=4.5,
    least_water=0.35,
    blocked_end=0.75,
    least_score=0.72,
    whole_shapes=False,
    display=True,
)
MSI_10M = Network(
    name="unet-msi-10m@1",
    file="hulls-msi-10m.onnx",
    bands=("blue", "green", "red", "nir", "swir16"),
    finest_gsd_m=5.0,
    coarsest_gsd_m=14.0,
    least_water=0.08,
    blocked_end=1.0,
    least_score=0.5,
    whole_shapes=True,
    display=False,
)
NETWORKS = (MSI_10M, RGB_3M)


def less_haze(reflectance: Plane, valid: NDArray[np.bool_] | None = None) -> Plane:
    """The root of reflectance (band, y, x) after dark-object subtraction, 0 to 1.

    The darkest per cent of the valid pixels of each band is taken to be haze alone.

    Source:
        Chavez (1988), doi:10.1016/0034-4257(88)90019-3, without its scattering model.

    Examples:
        >>> hazy = np.full((1, 10, 10), 0.05, np.float32)
        >>> hazy[0, 0, 0] = 0.30
        >>> round(float(less_haze(hazy)[0, 0, 0]), 2)
        0.5

    """
    sample = reflectance.reshape(len(reflectance), -1)
    if valid is not None and valid.any():
        sample = sample[:, valid.ravel()]
    dark = np.percentile(sample[:, :: max(1, sample.shape[1] // 200_000)], 1, axis=1)
    clear = np.clip(reflectance - dark[:, None, None].astype(np.float32), 0, 1)
    root: Plane = np.sqrt(clear, dtype=np.float32)
    return root


def stretch(reflectance: Plane) -> Plane:
    """Reflectance as a picture made for the eye, near enough to a provider's own.

    Examples:
        >>> [round(float(v), 2) for v in stretch(np.array([0.0, 0.03, 0.3], np.float32))]
        [0.0, 0.25, 1.0]

    """
    picture: Plane = np.clip(reflectance / 0.30, 0, 1) ** np.float32(0.6)
    return picture


@cache
def _session(file: str) -> Any:  # noqa: ANN401 (onnxruntime ships no types)
    """The network, read once; one thread, so that the same pixels give the same bits."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    weights = files("quaywatch.imagery").joinpath("weights", file).read_bytes()
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def _run(file: str, values: Plane) -> Plane:
    """Tile by tile, each with a margin, so that memory does not grow with the scene."""
    session = _session(file)
    height, width = values.shape[1:]
    full = (-(-height // _STEP) * _STEP, -(-width // _STEP) * _STEP)
    padded = np.pad(values, ((0, 0), (0, full[0] - height), (0, full[1] - width)), mode="edge")
    logit = np.empty(full, np.float32)
    for top in range(0, full[0], _TILE):
        for left in range(0, full[1], _TILE):
            y0, x0 = max(0, top - _MARGIN), max(0, left - _MARGIN)
            y1, x1 = min(full[0], top + _TILE + _MARGIN), min(full[1], left + _TILE + _MARGIN)
            out = session.run(None, {"pixels": padded[None, :, y0:y1, x0:x1]})[0][0, 0]
            bottom, right = min(full[0], top + _TILE), min(full[1], left + _TILE)
            part = out[top - y0 : bottom - y0, left - x0 : right - x0]
            logit[top:bottom, left:right] = part
    return sigmoid(logit[:height, :width])


def sigmoid(logit: Plane) -> Plane:
    """Log odds as chances.

    Examples:
        >>> float(sigmoid(np.zeros(1, np.float32))[0])
        0.5

    """
    chance: Plane = np.reciprocal(1 + np.exp(-np.clip(logit, -60, 60)), dtype=np.float32)
    return chance
