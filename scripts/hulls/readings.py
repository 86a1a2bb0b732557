"""Readings of a hull network's map of chances over scenes whose ships are known: right or wrong.

What the judge sees in earnest is what the network proposes; so it learns from that, over painted
copies that the network did not learn from.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from painted_scenes import UNKNOWN, painted_copy
from scenes import Drawn
from unet import Sample

from quaywatch.imagery.hull import Hull
from quaywatch.imagery.judge import chips_at
from quaywatch.imagery.network import session_of, sigmoid
from quaywatch.imagery.proposals import proposed
from quaywatch.imagery.water import water_mask

PER_PIXEL = np.array([[3.0, 0.0], [0.0, -3.0]])
RIGHT, WRONG = 0.6, 0.4
"""Share that a reading and a ship have in common of both together: right from, wrong up to."""
TILE, MARGIN = 256, 48
POWERS = (1.0, 0.4, 2.5)
"""Of the chances: what a bolder and a more timid network would propose is judged too."""


@dataclass(frozen=True)
class Read:
    """Chips about what was read."""

    pixels: NDArray[np.uint8]
    """(chip, band, 80, 80)."""
    right: NDArray[np.bool_]


def chances_of(pixels: NDArray[np.float32], unet: Path) -> NDArray[np.float32]:
    """The chance of hull, (y, x), tile by tile."""
    session = session_of(str(unet.resolve()))
    height, width = pixels.shape[1:]
    short = -height % TILE, -width % TILE
    wide = np.pad(
        pixels, ((0, 0), (MARGIN, MARGIN + short[0]), (MARGIN, MARGIN + short[1])), mode="edge"
    )
    out = np.zeros((height + short[0], width + short[1]), np.float32)
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            tile = wide[:, top : top + TILE + 2 * MARGIN, left : left + TILE + 2 * MARGIN]
            logit = session.run(None, {"pixels": np.ascontiguousarray(tile)[None]})[0][0, 0]
            inner = logit[MARGIN : MARGIN + TILE, MARGIN : MARGIN + TILE]
            out[top : top + TILE, left : left + TILE] = sigmoid(inner)
    return out[:height, :width]


def judged(hull: Hull, ids: NDArray[np.int16], areas: NDArray[np.intp]) -> bool | None:
    """Whether a reading is a ship, or None where that cannot be said."""
    under = ids[hull.rows, hull.columns]
    if (under == UNKNOWN).mean() > 0.4:
        return None
    counts = np.bincount(under[under > 0], minlength=len(areas))
    number = int(counts.argmax())
    shared = counts[number] / (areas[number] + hull.rows.size - counts[number])
    return True if shared >= RIGHT else False if shared <= WRONG else None


def readings_of(
    scene: Drawn, ships: list[Sample], unet: Path, *, seed: int, copies: int
) -> list[Read]:
    """What the network reads in a scene and in painted copies of it, lit in several ways."""
    found = []
    for copy in range(copies + 1):
        rng = np.random.default_rng([seed, scene.day, 100 + copy])
        pixels, ids = scene.pixels, scene.ids()
        if copy:
            canvas = painted_copy(pixels, ids, scene.water, ships, rng)
            pixels, ids = canvas.pixels, canvas.ids
        areas = np.bincount(np.maximum(ids, 0).ravel())
        areas[0] = 1_000_000_000
        for _ in range(3):
            gain = rng.uniform(0.8, 1.25) * rng.uniform(0.94, 1.06, (3, 1, 1))
            lit = np.clip(pixels * gain + rng.normal(0, 0.03), 0, 1).astype(np.float32)
            chance = chances_of(lit, unet)
            water = water_mask(replace(scene.raw, values=lit))
            found += [read(lit, chance ** np.float32(p), water, ids, areas) for p in POWERS]
        print("readings", copy, sum(len(r.right) for r in found), flush=True)
    return found


def read(
    lit: NDArray[np.float32],
    chance: NDArray[np.float32],
    water: NDArray[np.bool_],
    ids: NDArray[np.int16],
    areas: NDArray[np.intp],
) -> Read:
    """The readings of one map of chances, each right or wrong."""
    valid = np.ones(chance.shape, bool)
    hulls = proposed(chance, water, valid, PER_PIXEL, shortest_m=20.0, least_water=0.1)
    verdicts = [judged(h, ids, areas) for h in hulls]
    kept = [(h, v) for h, v in zip(hulls, verdicts, strict=True) if v is not None]
    lengths = [h.length_m / 3.0 for h, _ in kept]
    chips = chips_at(lit, [(h.x_px, h.y_px) for h, _ in kept], lengths)
    return Read((chips * 255).round().astype(np.uint8), np.array([v for _, v in kept], bool))
