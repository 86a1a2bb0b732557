"""The trained hull networks: which one fits a window of pixels, and its map of chances.

Weights, training data and licence are described in ``weights/MODEL_CARD.md``.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.read import Pixels

Plane = NDArray[np.float32]
_STEP = 16
"""Pixels: the coarsest grid of any network."""
_THREADS = 2
"""Tiles at once. Each is worked out by one thread alone, so the answer does not depend on it."""


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
    tile_px: int = 512
    """What is computed at once, pixels a side."""
    margin_px: int = 64
    """What is read about it."""
    together: int = 1
    """Tiles side by side that are computed as one, if all are wanted: less is read twice."""
    shore_only: bool = False
    """Whether tiles are left out that show no water, or nothing else."""
    judge: str | None = None
    """File of the network that looks at each shape again, see ``quaywatch.imagery.judge``."""
    judge_short: str | None = None
    """File of the one that looks at short shapes, which the first knows too few of."""
    outline_m: float = 0.0
    """Metres by which the outlines it learnt from are longer and broader than their ships: they
    were drawn about the blur, half a pixel and more all round."""

    def fits(self, pixels: Pixels) -> bool:
        """Whether it has the bands and the pixel size it was trained on."""
        has = all(band in pixels.bands for band in self.bands)
        return has and self.finest_gsd_m <= pixels.gsd_m <= self.coarsest_gsd_m

    def chances(self, pixels: Pixels, water: NDArray[np.bool_] | None = None) -> Plane:
        """The chance that a pixel is hull, (y, x); 0 where nothing valid was measured.

        Args:
            pixels: what was measured.
            water: (y, x); where given, a network for shores does not look at tiles that are all
                water or have none, and gives 0 there.

        """
        values = np.stack([pixels.values[pixels.bands.index(band)] for band in self.bands])
        if not self.display:
            values = less_haze(np.nan_to_num(values), pixels.valid)
        wanted = np.ones(values.shape[1:], bool)
        if self.shore_only and water is not None:
            wanted = at_shore(water, pixels.valid)
        chance = self._run(values, wanted, seen=_as_picture(pixels) if self.display else _clipped)
        chance[~pixels.valid] = 0.0
        return chance

    def picture(self, pixels: Pixels) -> Plane:
        """The bands as a network for pictures sees them, 0 to 1, (band, y, x)."""
        values = np.stack([pixels.values[pixels.bands.index(band)] for band in self.bands])
        return _as_picture(pixels)(values)

    def _run(
        self, values: Plane, wanted: NDArray[np.bool_], *, seen: Callable[[Plane], Plane]
    ) -> Plane:
        """Tile by tile, each with a margin, so that memory does not grow with the scene."""
        session = session_of(self.file)
        height, width = values.shape[1:]
        chance = np.zeros((height, width), np.float32)

        def work(run: tuple[int, int, int]) -> None:
            top, left, right = run
            bottom = min(height, top + self.tile_px)
            y0, x0 = max(0, top - self.margin_px), max(0, left - self.margin_px)
            y1 = min(height, top + self.tile_px + self.margin_px)
            x1 = min(width, right + self.margin_px)
            tile = seen(values[:, y0:y1, x0:x1])
            short = -(y1 - y0) % _STEP, -(x1 - x0) % _STEP
            tile = np.pad(tile, ((0, 0), (0, short[0]), (0, short[1])), mode="edge")
            logit = session.run(None, {"pixels": tile[None]})[0][0, 0]
            part = logit[top - y0 : bottom - y0, left - x0 : right - x0]
            chance[top:bottom, left:right] = sigmoid(part)

        corners = [
            (top, left)
            for top in range(0, height, self.tile_px)
            for left in range(0, width, self.tile_px)
            if wanted[top : top + self.tile_px, left : left + self.tile_px].any()
        ]
        runs = [(top, left, min(width, right)) for top, left, right in self._joined(corners)]
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(work, runs))
        return chance

    def _joined(self, corners: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
        """Neighbours in a row as one: row, first and last column."""
        runs: list[tuple[int, int, int]] = []
        for top, left in corners:
            row, first, last = runs[-1] if runs else (-1, 0, 0)
            if (row, last) == (top, left) and last - first < self.together * self.tile_px:
                runs[-1] = row, first, left + self.tile_px
            else:
                runs.append((top, left, left + self.tile_px))
        return runs


RGB_3M = Network(
    name="hulls-rgb-3m@3",
    file="hulls-rgb-3m.onnx",
    bands=("red", "green", "blue"),
    finest_gsd_m=2.2,
    coarsest_gsd_m=4.5,
    least_water=0.1,
    blocked_end=1.0,
    least_score=0.5,
    whole_shapes=False,
    display=True,
    tile_px=128,
    margin_px=48,
    together=6,
    shore_only=True,
    judge="judge-rgb-3m.onnx",
    judge_short="judge-short-3m.onnx",
)
MSI_10M = Network(
    name="unet-msi-10m@2",
    file="hulls-msi-10m.onnx",
    bands=("blue", "green", "red", "nir", "swir16"),
    finest_gsd_m=5.0,
    coarsest_gsd_m=14.0,
    least_water=0.08,
    blocked_end=1.0,
    least_score=0.5,
    whole_shapes=True,
    display=False,
    outline_m=10.0,
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


def at_shore(water: NDArray[np.bool_], valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where something other than water lies within 30 pixels or so of water, (y, x).

    Worked out on cells of 8 pixels; fewer than 6 pixels in a cell are speckle.

    Examples:
        >>> sea = np.ones((300, 300), bool)
        >>> sea[100:110, 100:140] = False
        >>> where = at_shore(sea, np.ones((300, 300), bool))
        >>> bool(where[105, 120]), bool(where[250, 250])
        (True, False)

    """
    rows, columns = -(-water.shape[0] // 8), -(-water.shape[1] // 8)
    cells = np.zeros((2, rows * 8, columns * 8), bool)
    cells[0, : water.shape[0], : water.shape[1]] = water
    cells[1, : water.shape[0], : water.shape[1]] = ~water & valid
    counts = np.add.reduceat(
        np.add.reduceat(cells, np.arange(0, rows * 8, 8), axis=1, dtype=np.int32),
        np.arange(0, columns * 8, 8),
        axis=2,
    )
    near = ndimage.binary_dilation(counts[0] >= 48, iterations=3)
    both = near & (counts[1] >= 6)
    out: NDArray[np.bool_] = np.repeat(np.repeat(both, 8, axis=0), 8, axis=1)
    return out[: water.shape[0], : water.shape[1]]


def _clipped(values: Plane) -> Plane:
    clipped: Plane = np.clip(values, np.float32(0), np.float32(1))
    return np.nan_to_num(clipped, copy=False) if np.isnan(clipped).any() else clipped


def _as_picture(pixels: Pixels) -> Callable[[Plane], Plane]:
    """What makes a picture for the eye of part of the values."""
    if pixels.radiometry == "display":
        return _clipped
    return lambda values: _clipped(stretch(np.nan_to_num(values)))


@cache
def session_of(file: str) -> Any:  # noqa: ANN401 (onnxruntime ships no types)
    """Weights, read once; one thread, so that the same pixels give the same bits."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    weights = files("quaywatch.imagery").joinpath("weights", file).read_bytes()
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def sigmoid(logit: Plane) -> Plane:
    """Log odds as chances.

    Examples:
        >>> float(sigmoid(np.zeros(1, np.float32))[0])
        0.5

    """
    chance: Plane = np.reciprocal(1 + np.exp(-np.clip(logit, -60, 60)), dtype=np.float32)
    return chance
