"""The small network that was trained to tell hulls apart, to be measured beside correlation."""

from collections.abc import Sequence
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.embedding import picture_of, prepared
from quaywatch.imagery.hull_frame import Chip
from quaywatch.imagery.network import session_of

EMBEDDED = 48
"""Numbers in a vector."""
FILE = "likeness-rgb-3m.onnx"
Scores = NDArray[np.float64]


def embedded(chips: Sequence[Chip]) -> Scores:
    """The unit vectors of chips, each both ways up: (chip, way, number)."""
    session = session_of(str(files("quaywatch.testing").joinpath("weights", FILE)))
    ways = [prepared(picture_of(way), way.valid) for chip in chips for way in (chip, chip.turned())]
    runs = (np.stack(ways[first : first + 64]) for first in range(0, len(ways), 64))
    found = [session.run(None, {"pixels": run})[0] for run in runs]
    flat = np.concatenate([np.zeros((0, EMBEDDED)), *found]).astype(np.float64)
    return flat.reshape(len(chips), 2, EMBEDDED)


def by_network(chips: Sequence[Chip]) -> Scores:
    """Cosine of the vectors of every two chips, the better of both ways up."""
    vectors = embedded(chips)
    # einsum, not @: the same bits on one thread or many.
    best = np.maximum(*(np.einsum("ik,jk->ij", vectors[:, way], vectors[:, 0]) for way in (0, 1)))
    both: Scores = np.maximum(best, best.T)
    return both
