"""Train the 3 m hull network, and the folds it is judged by.

    python scripts/hulls/planet.py --chips DIR --scenes DIR --labels FILE --out planet.onnx
        [--hold-out san-francisco] [--start chips.onnx]

First from 80x80 PlanetScope chips alone, none near the dates of the scenes, whose outlines are made
by contrast and by pasting (``--start`` takes such a network ready made); then from chips and from
windows of full scenes, whose outlines are drawn between labelled ends. ``--hold-out`` leaves out
the scenes of a port and every chip within a week of them; without it everything is learnt from.
Needs torch 2.13 and onnx beside quaywatch's own dependencies. One thread, fixed seeds.
"""

import argparse
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from chips import SCENE_DATES, Chips, near_scenes, read_chips
from outlines import chip_crops, outlined_chips
from scenes import PORTS, Drawn, read_scenes, scene_window
from unet import Sample, arguments, export, jitter, loss_of, started_from, train

torch: Any = importlib.import_module("torch")
SCALES = (1, 2, 3, 4)
"""Channels of each scale over those of the finest."""
WINDOW_PX = 160
FIRST_STEPS, FIRST_BATCH = 1600, 12
"""With chips alone."""


def stacked(samples: list[Sample]) -> tuple[Any, Any]:
    """A batch of samples."""
    pixels = torch.from_numpy(np.stack([s[0] for s in samples]))
    return pixels, torch.from_numpy(np.stack([s[1] for s in samples]))[:, None]


def fit(
    crops: Iterator[Sample],
    scenes: list[Drawn],
    ships: list[Sample],
    start: Path,
    args: argparse.Namespace,
) -> Any:  # noqa: ANN401 (torch is loaded late: no types)
    """A network fitted to chips and scenes in turn, from one that knows chips."""
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(args.seed + 1)
    net = started_from(start, args.width, SCALES)
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, args.rate, total_steps=args.steps)
    mean = 0.0
    for step in range(args.steps):
        windows = [
            jitter(scene_window(scenes, ships, WINDOW_PX, rng), rng) for _ in range(args.windows)
        ]
        loss = 0.0
        for batch in (windows, [next(crops) for _ in range(args.batch)]):
            if batch:
                pixels, target = stacked(batch)
                loss = loss + loss_of(net(pixels), target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        mean = 0.97 * mean + 0.03 * float(loss.detach())
        if step % 50 == 49:
            print(step + 1, round(mean / (1 - 0.97 ** (step + 1)), 4), flush=True)
    return net.eval()


def first(chips: Chips, args: argparse.Namespace) -> Path:
    """A network fitted to chips alone, none of them near the date of any scene."""
    apart = ~np.any([near_scenes(chips, port) for port in SCENE_DATES], axis=0)
    ships, others = outlined_chips(chips.only(apart))
    print(len(ships), "outlined ships,", len(others), "other chips to begin with", flush=True)
    alone = argparse.Namespace(**vars(args) | {"steps": FIRST_STEPS, "batch": FIRST_BATCH})
    path: Path = args.out.with_suffix(".first.onnx")
    export(train(chip_crops(ships, others, np.random.default_rng(args.seed)), 3, alone), 3, path)
    return path


def main() -> None:
    """Train one network and write it as ONNX."""
    parser = arguments(__doc__)
    parser.add_argument("--chips", type=Path, required=True)
    parser.add_argument("--scenes", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--hold-out", default="")
    parser.add_argument("--windows", type=int, default=5)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.set_defaults(width=12, steps=220, batch=10)
    args = parser.parse_args()
    chips = read_chips(args.chips)
    start = args.start or first(chips, args)
    if args.hold_out:
        chips = chips.only(~near_scenes(chips, args.hold_out))
    ships, others = outlined_chips(chips)
    scenes = read_scenes(args.scenes, args.labels, set(PORTS.values()) - {args.hold_out})
    print(len(ships), "outlined ships,", len(others), "other chips,", len(scenes), "scenes")
    crops = chip_crops(ships, others, np.random.default_rng(args.seed))
    export(fit(crops, scenes, ships, start, args), 3, args.out)


if __name__ == "__main__":
    main()
