"""Train the two small hull networks that quaywatch ships, and the folds they are judged by.

Needs torch 2.13 and onnx beside quaywatch's own dependencies, in an environment of their own
(they are no dependency of quaywatch): ``pip install torch==2.13.0 onnx``. One thread, fixed seeds.

    python scripts/train_hulls.py s2 --ports DIR --hold-out durban,casablanca --out fold.onnx
    python scripts/train_hulls.py planet --chips DIR --out planet.onnx

``s2``: Sentinel-2 port crops with COCO ship outlines, learnt whole.
``planet``: 80x80 PlanetScope chips with a label each. The outline of a labelled ship is drawn by
its contrast to the water in its own chip, and carried to the chips of the same scene that show a
part of it; chips whose date is within a week of a date used for scoring are left out.
"""

import argparse
import importlib
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from scipy import ndimage
from skimage.io import imread
from skimage.measure import label, regionprops

from quaywatch.imagery.network import less_haze

torch: Any = importlib.import_module("torch")
nn: Any = torch.nn

S2_BANDS = ("B02", "B03", "B04", "B08", "B11")
SCORED_DATES = (date(2017, 7, 19), date(2017, 10, 18), date(2017, 10, 22))
Sample = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Pixels (band, y, x), and the target (y, x): 1 hull, 0 not, NaN do not learn from it."""


def block(inner: int, outer: int) -> Any:  # noqa: ANN401 (torch is loaded late: no types)
    """Two 3x3 convolutions."""
    return nn.Sequential(
        nn.Conv2d(inner, outer, 3, padding=1),
        nn.BatchNorm2d(outer),
        nn.ReLU(),
        nn.Conv2d(outer, outer, 3, padding=1),
        nn.BatchNorm2d(outer),
        nn.ReLU(),
    )


class SmallUNet(nn.Module):  # type: ignore[misc]
    """Four scales, skip connections; in: bands in [0, 1], out: logit of hull."""

    def __init__(self, bands: int, width: int) -> None:
        super().__init__()
        sizes = [width, width * 2, width * 3, width * 4]
        self.down = nn.ModuleList(
            [block(a, b) for a, b in zip([bands, *sizes[:-1]], sizes, strict=True)]
        )
        self.up = nn.ModuleList(
            [block(a + b, b) for a, b in zip(sizes[:0:-1], sizes[-2::-1], strict=True)]
        )
        self.last = nn.Conv2d(width, 1, 1)

    def forward(self, x: Any) -> Any:  # noqa: ANN401
        """Logit of hull (n, 1, y, x); y and x must be multiples of 8."""
        kept = []
        for number, step in enumerate(self.down):
            x = step(x if number == 0 else nn.functional.max_pool2d(x, 2))
            kept.append(x)
        x = kept.pop()
        for step in self.up:
            x = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = step(torch.cat([x, kept.pop()], dim=1))
        return self.last(x)


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


def chip_hull(chip: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """The centred ship of a chip (band, y, x) by its contrast to the water, or None if unclear."""
    ring = np.ones(chip.shape[1:], bool)
    ring[8:-8, 8:-8] = False
    smooth = ndimage.gaussian_filter(chip, (0, 0.7, 0.7))
    water = smooth[:, ring]
    middle = np.median(water, axis=1)
    spread = np.maximum(1.4826 * np.median(np.abs(water - middle[:, None]), axis=1), 0.012)
    away = np.sqrt((((smooth - middle[:, None, None]) / spread[:, None, None]) ** 2).mean(axis=0))
    foreign = ndimage.binary_fill_holes(ndimage.binary_closing(away > 3.5, iterations=1))
    shadow = (smooth < (middle - 1.5 * spread)[:, None, None]).all(axis=0)
    lit = ndimage.binary_opening(ndimage.binary_fill_holes(foreign & ~shadow))
    if lit.sum() > 0.5 * foreign.sum():
        foreign = lit
    if foreign[ring].mean() > 0.15:
        return None
    marks = label(foreign)
    centre = marks[36:44, 36:44]
    if not centre.any():
        return None
    number = int(np.bincount(centre[centre > 0]).argmax())
    (ship,) = regionprops((marks == number).astype(int))
    long, short = ship.axis_major_length, max(ship.axis_minor_length, 1.0)
    if not 40 <= ship.area <= 2200 or ship.solidity < 0.75 or long / short < 2.2:
        return None
    return (marks == number).astype(np.float32)


def read_chips(folder: Path) -> tuple[list[Sample], list[Sample]]:
    """Chips with an outlined ship, and chips known to show none or an outlined part of one."""
    named = re.compile(r"([01])__(\d{8})_(\w+?)__(-?[\d.]+)_(-?[\d.]+)\.png")
    ships: list[Sample] = []
    others: list[tuple[str, float, float, NDArray[np.float32]]] = []
    outlined: list[tuple[str, float, float, NDArray[np.float32] | None]] = []
    for path in sorted(folder.rglob("*.png")):
        found = named.fullmatch(path.name)
        if found is None:
            continue
        day = date.fromisoformat(found[2])
        if any(abs((day - scored).days) <= 7 for scored in SCORED_DATES):
            continue
        chip = np.moveaxis(imread(path)[..., :3], -1, 0).astype(np.float32) / 255.0
        at = (found[2] + found[3], float(found[4]), float(found[5]))
        if found[1] == "1":
            hull = chip_hull(chip)
            outlined.append((*at, hull))
            if hull is not None:
                ships.append((chip, edge_unknown(hull)))
        else:
            others.append((*at, chip))
    return ships, [(chip, carried(other, outlined)) for *other, chip in others]


def edge_unknown(hull: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same outline with its rim not learnt from: the drawn edge is good to a pixel."""
    rim = ndimage.binary_dilation(hull > 0) & ~(hull > 0)
    return np.where(rim, np.nan, hull).astype(np.float32)


def carried(
    at: list[Any], outlined: list[tuple[str, float, float, NDArray[np.float32] | None]]
) -> NDArray[np.float32]:
    """The target of a chip labelled 0: hull parts known from other chips of the same scene."""
    target = np.zeros((80, 80), np.float32)
    for scene, lon, lat, hull in outlined:
        if scene != at[0]:
            continue
        dx = round((lon - at[1]) * 111320 * np.cos(np.radians(lat)) / 3.0)
        dy = round((at[2] - lat) * 110950 / 3.0)
        if max(abs(dx), abs(dy)) >= 80:
            continue
        part = np.full((80, 80), np.nan, np.float32) if hull is None else edge_unknown(hull)
        y, x = max(dy, 0), max(dx, 0)
        rows, columns = 80 - abs(dy), 80 - abs(dx)
        source = part[max(-dy, 0) :, max(-dx, 0) :][:rows, :columns]
        place = target[y : y + rows, x : x + columns]
        np.copyto(place, source, where=np.isnan(source) | (source > 0))
    return target


def calm_water(chip: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Smooth and not red: most of it is water, which is enough to place a ship."""
    light = chip.mean(axis=0)
    mean, square = ndimage.uniform_filter(light, 5), ndimage.uniform_filter(light * light, 5)
    smooth = np.sqrt(np.maximum(square - mean * mean, 0)) < 0.02
    return ndimage.binary_opening(smooth & (chip[0] < chip[1] + 0.03), iterations=2)


def moor(sample: Sample, land: Sample, rng: np.random.Generator) -> Sample:
    """A chip with the outlined ship of another pasted where its water meets something.

    Ships alongside are rare among the outlined chips, and are what a berth needs. Where the chip
    has no such place nothing is pasted: a ship-shaped thing all on land is no ship.
    """
    hull = np.nan_to_num(sample[1]) > 0
    rows, columns = np.nonzero(ndimage.binary_dilation(hull))
    if rows.size == 0:
        return land
    water = calm_water(land[0])
    for _ in range(12):
        dy = int(rng.integers(-rows.min(), 80 - rows.max()))
        dx = int(rng.integers(-columns.min(), 80 - columns.max()))
        under = water[rows + dy, columns + dx].mean()
        if 0.25 < under < 0.98:
            break
    else:
        return land
    pixels, target = land[0].copy(), land[1].copy()
    pixels[:, rows + dy, columns + dx] = sample[0][:, rows, columns]
    target[rows + dy, columns + dx] = np.where(hull[rows, columns], 1.0, np.nan)
    return pixels, target


def jitter(sample: Sample, rng: np.random.Generator) -> Sample:
    """Turned, mirrored, and lit otherwise."""
    pixels, target = sample
    turns = int(rng.integers(4))
    pixels, target = np.rot90(pixels, turns, (1, 2)), np.rot90(target, turns)
    if rng.random() < 0.5:
        pixels, target = pixels[:, :, ::-1], target[:, ::-1]
    gain = rng.uniform(0.8, 1.25) * rng.uniform(0.93, 1.07, (pixels.shape[0], 1, 1))
    offset = rng.normal(0, 0.03) + rng.normal(0, 0.015, (pixels.shape[0], 1, 1))
    noise = rng.normal(0, rng.uniform(0, 0.01), pixels.shape)
    return np.clip(pixels * gain + offset + noise, 0, 1).astype(np.float32), target.copy()


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


def chip_crops(ships: list[Sample], others: list[Sample], rng: np.random.Generator) -> Any:  # noqa: ANN401
    """Chips, half of them with a ship; a third with one pasted alongside something."""
    while True:
        kind = rng.random()
        ship = ships[rng.integers(len(ships))]
        other = others[rng.integers(len(others))]
        chosen = ship if kind < 0.3 else other if kind < 0.6 else moor(ship, other, rng)
        yield jitter(chosen, rng)


def loss_of(logit: Any, target: Any) -> Any:  # noqa: ANN401
    """Cross-entropy plus soft Dice over the pixels with a known answer."""
    known = ~torch.isnan(target)
    truth = torch.nan_to_num(target)
    entropy = nn.functional.binary_cross_entropy_with_logits(logit, truth, reduction="none")
    chance = torch.sigmoid(logit) * known
    dice = 1 - (2 * (chance * truth).sum() + 1) / (chance.sum() + (truth * known).sum() + 1)
    return (entropy * known).sum() / known.sum() + dice


def train(crops: Iterator[Sample], bands: int, args: argparse.Namespace) -> Any:  # noqa: ANN401
    """A network fitted to the crops."""
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    net = SmallUNet(bands, args.width)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=args.steps)
    mean = 0.0
    for step in range(args.steps):
        batch = [next(crops) for _ in range(args.batch)]
        pixels = torch.from_numpy(np.stack([b[0] for b in batch]))
        target = torch.from_numpy(np.stack([b[1] for b in batch]))[:, None]
        loss = loss_of(net(pixels), target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        mean = 0.97 * mean + 0.03 * float(loss.detach())
        if step % 50 == 49:
            print(step + 1, round(mean / (1 - 0.97 ** (step + 1)), 4), flush=True)
    return net.eval()


def main() -> None:
    """Train one network and write it as ONNX."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["s2", "planet"])
    parser.add_argument("--ports", type=Path)
    parser.add_argument("--hold-out", default="")
    parser.add_argument("--chips", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--width", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20240517)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    if args.what == "s2":
        held = set(args.hold_out.split(","))
        folders = sorted(p.parent for p in args.ports.glob("*/*_coco.json"))
        ports = [read_port(folder) for folder in folders if folder.name not in held]
        net, bands = train(port_crops(ports, rng, 80), len(S2_BANDS), args), len(S2_BANDS)
    else:
        ships, others = read_chips(args.chips)
        print(len(ships), "outlined ships,", len(others), "other chips", flush=True)
        net, bands = train(chip_crops(ships, others, rng), 3, args), 3
    axes = {"pixels": {0: "n", 2: "y", 3: "x"}, "logit": {0: "n", 2: "y", 3: "x"}}
    torch.onnx.export(
        net,
        (torch.zeros(1, bands, 64, 64),),
        args.out,
        input_names=["pixels"],
        output_names=["logit"],
        dynamic_axes=axes,
        dynamo=False,
        opset_version=17,
    )


if __name__ == "__main__":
    main()
