"""Simulated recall by length: recorded ships made smaller and set down in recorded scenes.

    python scripts/hulls/short.py --data ../shared/data/imagery --chips DIR --labels FILE

Ships are cut from chips within a week of a scene, resized to a length, and set on its open water or
along its shore; each scene is searched by networks that learnt from neither (imagery_hulls.FOLDS).
A ship seen from afar is not a small ship: it has too many hatches and too fine a bow for its size,
so this says what pixels allow, not what is so. Needs torch for what it shares with the training.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from afloat import Canvas, cut_ship, put, shore_of
from chips import near_scenes, read_chips
from outlines import outlined_chips
from scenes import Drawn, read_scenes
from scipy import ndimage
from unet import Sample

from quaywatch.imagery.detection import detect_hulls
from quaywatch.imagery.water import water_mask
from quaywatch.testing.bench.imagery_hulls import FOLDS, fold_detector

LENGTHS_M = (30, 40, 50, 60, 80, 100, 130, 160)
EACH = 12
"""Ships of each length in a scene, on open water and along its shore."""
Row = tuple[str, bool, int, float | None]
"""Port, alongside or not, length in metres, length of the detection or None."""


def set_down(
    canvas: Canvas, ships: list[Sample], *, beside: bool, rng: np.random.Generator
) -> list[tuple[float, float, int]]:
    """Ships of every length at places drawn at random: x, y and length of those with room."""
    quay, away, clear = shore_of(canvas)
    placed = []
    for size in [size for size in LENGTHS_M for _ in range(EACH)]:
        for _ in range(25):
            turn = rng.uniform(0, 2 * np.pi)
            axis = float(np.cos(turn)), float(np.sin(turn))
            row, column = clear[rng.integers(len(clear))].astype(float)
            if beside:
                at = int(rng.integers(len(quay)))
                axis = float(-away[at, 0]), float(away[at, 1])
                row, column = quay[at] + away[at] * (size / 13 + rng.uniform(0, 4)) / 3
            patch = cut_ship(ships[rng.integers(len(ships))], size, axis, rng)
            if put(canvas, patch, (row, column), rng, number=int(canvas.ids.max()) + 1):
                placed.append((column + 0.5, row + 0.5, size))
                break
    return placed


def sought(scene: Drawn, ships: list[Sample], port: str, seed: int) -> list[Row]:
    """What is found of the ships set down in one scene."""
    rows: list[Row] = []
    for beside in (False, True):
        rng = np.random.default_rng([seed, scene.day, beside])
        ids = scene.ids()
        free = water_mask(scene.raw) & ~ndimage.binary_dilation(ids != 0, iterations=6)
        canvas = Canvas(scene.pixels.copy(), ids, free)
        placed = set_down(canvas, ships, beside=beside, rng=rng)
        found = detect_hulls(replace(scene.raw, values=canvas.pixels), fold_detector(port))
        for x, y, size in placed:
            near = [d for d in found if np.hypot(d.x_px - x, d.y_px - y) * 3 < max(15, 0.25 * size)]
            best = max(near, key=lambda d: d.score, default=None)
            rows.append((port, beside, size, None if best is None else best.length_m))
    return rows


def main() -> None:
    """Print recall and median error of length, length by length."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--chips", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    chips = read_chips(args.chips)
    rows: list[Row] = []
    for port in FOLDS:
        ships, _ = outlined_chips(chips.only(near_scenes(chips, port)))
        for scene in read_scenes(args.data / "planet_scenes", args.labels, {port}):
            rows += sought(scene, ships, port, args.seed)
    for beside in (False, True):
        for size in LENGTHS_M:
            some = [row for row in rows if row[1] == beside and row[2] == size]
            seen = np.array([row[3] for row in some if row[3] is not None])
            off = f"{np.median(seen) - size:+.0f} m" if seen.size else "-"
            where = "alongside" if beside else "open"
            ports = ", ".join(
                f"{port} {sum(row[3] is not None for row in own)} of {len(own)}"
                for port in FOLDS
                for own in [[row for row in some if row[0] == port]]
            )
            print(f"{where} {size} m: {seen.size} of {len(some)} ({ports}), length off by {off}")


if __name__ == "__main__":
    main()
