"""Draw every false and every missed hull of the 3 m scenes on one plate.

    python scripts/hulls/plate.py --data ../shared/data --out plate.png

First the false ones, then the missed ones, 360 m a side. The pictures are Planet Labs PBC's, CC
BY-SA 4.0, and so is the plate; the credit is burnt in.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from quaywatch.imagery.detection import detect_scene
from quaywatch.imagery.draw import picture
from quaywatch.imagery.load import load_raster
from quaywatch.imagery.read import read_window
from quaywatch.testing.bench.imagery_hulls import FOLDS, SHORTEST_M, fold_detector
from quaywatch.testing.hull_labels import completed_labels, matched

HALF_PX, ZOOM, COLUMNS = 60, 2, 6
CREDIT = "Imagery (c) Planet Labs PBC, Planet Open California, CC BY-SA 4.0; marks quaywatch"


def main() -> None:
    """Write the plate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    false: list[Image.Image] = []
    missed: list[Image.Image] = []
    for port, names in FOLDS.items():
        for name in names:
            (path,) = (args.data / "imagery" / "planet_scenes").glob(f"*{name}.tif")
            scene = load_raster([path])
            shown = picture(read_window(scene))
            labels = completed_labels()[name]
            found = [
                d for d in detect_scene(scene, fold_detector(port)) if d.length_m >= SHORTEST_M
            ]
            pairs = matched(labels, found, 3.0)
            for j in pairs.false:
                d = found[j]
                print(name, "false", round(d.x_px), round(d.y_px), round(d.length_m), d.score)
                false.append(tile(shown, d.x_px, d.y_px, f"false {d.score:.2f}"))
            for i, ship in enumerate(labels.ships):
                if i not in pairs.pairs:
                    print(name, "missed", round(ship.x_px), round(ship.y_px), ship.where)
                    missed.append(tile(shown, ship.x_px, ship.y_px, f"missed: {ship.where}"))
    tiles = false + missed
    side, rows = 2 * HALF_PX * ZOOM + 4, -(-len(tiles) // COLUMNS)
    plate = Image.new("RGB", (COLUMNS * side, rows * side + 16))
    for number, one in enumerate(tiles):
        plate.paste(one, (number % COLUMNS * side, number // COLUMNS * side))
    ImageDraw.Draw(plate).text((4, rows * side + 2), CREDIT, fill=(255, 255, 255))
    plate.save(args.out)


def tile(shown: NDArray[np.uint8], x: float, y: float, words: str) -> Image.Image:
    """A square about a place, with a word on it."""
    wide = np.pad(shown, ((HALF_PX, HALF_PX), (HALF_PX, HALF_PX), (0, 0)))
    cut = wide[round(y) : round(y) + 2 * HALF_PX, round(x) : round(x) + 2 * HALF_PX]
    one = Image.fromarray(cut).resize((cut.shape[1] * ZOOM, cut.shape[0] * ZOOM))
    ImageDraw.Draw(one).text((3, 3), words, fill=(255, 230, 0))
    return one


if __name__ == "__main__":
    main()
