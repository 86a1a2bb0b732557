"""Train the judge of short ships: the network of judge.py, taught also on painted copies of scenes.

    python scripts/hulls/judge_short.py --chips DIR --scenes DIR --labels FILE --unet unet.onnx
        --out judge.onnx [--hold-out san-francisco]

Learns from chips, and from what a hull network (``--unet``, see planet.py) takes for ships in
scenes and in copies of them with ships of 36 m and more, piers and wakes painted in (readings.py,
painted_scenes.py). ``--hold-out`` leaves out the scenes of a port and every chip within a week of
them; the hull network must have been trained without them too.
Needs torch 2.13 and onnx beside quaywatch's own dependencies. One thread, fixed seeds.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from chips import Chips, near_scenes, read_chips
from judge import Part, Recipe, export, fitted, moored
from outlines import outlined_chips
from readings import readings_of
from scenes import PORTS, Drawn, read_scenes, scene_chips

from quaywatch.imagery.water import water_mask

SHORT = Recipe((0.24, 0.38, 0.08, 0.1, 0.1, 0.1), memory=0.995, brief=True)
"""Chips with a ship, without, with one pasted alongside; right readings of scenes and of their
painted copies, wrong ones; shores of scenes without a ship."""


def material(chips: Chips, scenes: list[Drawn], args: argparse.Namespace) -> list[Part]:
    """What is learnt from, kind by kind as in ``SHORT``."""
    rng = np.random.default_rng(args.seed)
    ships = outlined_chips(chips)[0]
    beside = moored(chips, args.moored, rng)
    read = [
        part
        for scene in scenes
        for part in readings_of(scene, ships, args.unet, seed=args.seed, copies=args.copies)
    ]
    shores = np.concatenate([chips.pixels[:0], *[scene_chips(s, rng)[1] for s in scenes]])
    right = np.concatenate([r.pixels[r.right] for r in read])
    wrong = np.concatenate([r.pixels[~r.right] for r in read])
    print(len(right), "right readings,", len(wrong), "wrong", flush=True)
    return [
        (chips.pixels[chips.ship], True),
        (chips.pixels[~chips.ship], False),
        (beside, True),
        (right, True),
        (wrong, False),
        (shores, False),
    ]


def main() -> None:
    """Train one judge and write it as ONNX."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chips", type=Path, required=True)
    parser.add_argument("--scenes", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--unet", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hold-out", default="")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--copies", type=int, default=1, help="painted copies of each scene")
    parser.add_argument("--moored", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20240517)
    args = parser.parse_args()
    chips = read_chips(args.chips)
    if args.hold_out:
        chips = chips.only(~near_scenes(chips, args.hold_out))
    scenes = read_scenes(args.scenes, args.labels, set(PORTS.values()) - {args.hold_out})
    # Ships are painted wherever the detector sees water, also where it is red or rough.
    scenes = [replace(scene, water=water_mask(scene.raw)) for scene in scenes]
    parts = material(chips, scenes, args)
    export(fitted(parts, SHORT, args, np.random.default_rng(args.seed)), args.out)


if __name__ == "__main__":
    main()
