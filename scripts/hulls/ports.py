"""Train the 10 m hull network and the folds it is judged by.

    python scripts/hulls/ports.py --ports DIR --hold-out durban,casablanca --out fold.onnx

Sentinel-2 port crops with COCO ship outlines, learnt whole. Needs torch 2.13 and onnx beside
quaywatch's own dependencies. One thread, fixed seeds.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from scipy import ndimage
from unet import Sample, arguments, export, jitter, train

from quaywatch.imagery.network import less_haze

S2_BANDS = ("B02", "B03", "B04", "B08", "B11")


def read_outlines(path: Path, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Every COCO run-length outline of a port, as one mask (y, x)."""
    mask = np.zeros(shape, bool)
    for annotation in json.loads(path.read_text())["annotations"]:
        height, width = annotation["segmentation"]["size"]
        flat = np.zeros(height * width, bool)
        at, on = 0, False
        for run in annotation["segmentation"]["counts"]:
            flat[at : at + run] = on
            at, on = at + run, not on
        mask |= flat.reshape(width, height).T
    return mask


def read_port(folder: Path) -> Sample:
    """All bands of one port as root reflectance, and its ships."""
    bands = []
    for name in S2_BANDS:
        (path,) = [p for p in folder.iterdir() if f"_{name}_" in p.name]
        with rasterio.open(path) as source:
            bands.append(source.read(1).astype(np.float32) / 65535.0)
    pixels = less_haze(np.stack(bands))
    hulls = read_outlines(folder / f"{folder.name}_coco.json", pixels.shape[1:])
    near = ndimage.binary_dilation(hulls) & ~hulls
    target = np.where(near, np.nan, hulls.astype(np.float32)).astype(np.float32)
    return pixels, target


def port_crops(ports: list[Sample], rng: np.random.Generator, size: int) -> Iterator[Sample]:
    """Windows about ships and about anything."""
    spots = [np.argwhere(target == 1) for _, target in ports]
    edges = [np.argwhere(shore(pixels)) for pixels, _ in ports]
    while True:
        number = int(rng.integers(len(ports)))
        pixels, target = ports[number]
        kind = rng.random()
        if kind < 0.55:
            y, x = spots[number][rng.integers(len(spots[number]))]
        elif kind < 0.85:
            y, x = edges[number][rng.integers(len(edges[number]))]
        else:
            y, x = rng.integers(target.shape[0]), rng.integers(target.shape[1])
        y = int(np.clip(y - rng.integers(size), 0, target.shape[0] - size))
        x = int(np.clip(x - rng.integers(size), 0, target.shape[1] - size))
        window = slice(y, y + size), slice(x, x + size)
        yield jitter((pixels[:, *window], target[window]), rng)


def shore(pixels: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where water (dark in SWIR, darker in NIR than in green) meets anything else."""
    water = ndimage.binary_opening((pixels[4] < 0.25) & (pixels[3] < pixels[1] + 0.03))
    return ndimage.binary_dilation(water, iterations=2) & ~water


def main() -> None:
    """Train one network and write it as ONNX."""
    parser = arguments(__doc__)
    parser.add_argument("--ports", type=Path, required=True)
    parser.add_argument("--hold-out", default="")
    args = parser.parse_args()
    held = set(args.hold_out.split(","))
    folders = sorted(p.parent for p in args.ports.glob("*/*_coco.json"))
    ports = [read_port(folder) for folder in folders if folder.name not in held]
    rng = np.random.default_rng(args.seed)
    export(train(port_crops(ports, rng, 80), len(S2_BANDS), args), len(S2_BANDS), args.out)


if __name__ == "__main__":
    main()
