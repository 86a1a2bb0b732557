"""Train the judge: a small network that says whether a ship is centred in a chip of 80 by 80.

    python scripts/hulls/judge.py folds --chips DIR --scenes DIR --labels FILE --out DIR
    python scripts/hulls/judge.py ship --chips DIR --scenes DIR --labels FILE --out judge.onnx
        [--hold-out san-francisco]

``folds`` trains one network for each block of dates without the dates within a week of it and
writes what it says of them; ``ship`` trains the one that ships, or one that knows nothing of the
scenes of a port nor of the week about them.
Needs torch 2.13 and onnx beside quaywatch's own dependencies. One thread, fixed seeds.
"""

import argparse
import importlib
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from chips import APART_DAYS, Chips, date_blocks, near_dates, near_scenes, read_chips
from numpy.typing import NDArray
from outlines import chip_hull, edge_unknown, moor
from scenes import PORTS, Drawn, read_scenes, scene_chips

torch: Any = importlib.import_module("torch")
nn: Any = torch.nn
BLOCKS = 5
Part = tuple[NDArray[np.uint8], bool]
"""Chips of one kind, (chip, band, 80, 80), and whether a ship is centred in them."""


@dataclass(frozen=True)
class Recipe:
    """How a judge is fitted."""

    shares: tuple[float, ...]
    """Of a batch, kind by kind."""
    memory: float = 0.99
    """Of the mean of the weights over the steps."""
    brief: bool = False
    """Whether numbers of 16 bits are used in the network, and of 32 for the noise."""


LONG = Recipe((0.28, 0.52, 0.08, 0.12))
"""Chips with a ship, chips without, ships alongside, shores of scenes without."""


def step(inner: int, outer: int, stride: int = 1) -> list[Any]:
    """A convolution, its scale and its bend."""
    conv = nn.Conv2d(inner, outer, 3, stride=stride, padding=1, bias=False)
    return [conv, nn.BatchNorm2d(outer), nn.ReLU()]


class Judge(nn.Module):  # type: ignore[misc]
    """In: red, green, blue in [0, 1], 80 by 80; out: logit that a ship is centred."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            *step(16, 32, 2),
            *step(32, 32),
            *step(32, 64, 2),
            *step(64, 64),
            *step(64, 96, 2),
            *step(96, 96),
        )
        self.last = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.3), nn.Linear(96 * 25, 64), nn.ReLU(), nn.Linear(64, 1)
        )

    def forward(self, x: Any) -> Any:  # noqa: ANN401 (torch is loaded late: no types)
        """Logit (n,) of chips (n, 3, 80, 80)."""
        return self.last(self.features((x - 0.4) * 4.0))[:, 0]


def varied(pixels: Any, rng: np.random.Generator, *, brief: bool = False) -> Any:  # noqa: ANN401
    """Chips turned by any angle, mirrored, zoomed, moved by a pixel or two, lit otherwise."""
    count = len(pixels)
    turn = rng.uniform(0, 2 * np.pi, count)
    zoom = np.exp(rng.uniform(np.log(0.8), np.log(1.15), count))
    flip = rng.choice([-1.0, 1.0], count)
    cos, sin = np.cos(turn) * zoom, np.sin(turn) * zoom
    move = rng.normal(0, 1.0 / 40, (2, count)).clip(-0.06, 0.06)
    affine = np.stack([[cos * flip, -sin, move[0]], [sin * flip, cos, move[1]]])
    grid = nn.functional.affine_grid(
        torch.from_numpy(affine.transpose(2, 0, 1).astype(np.float32)),
        pixels.shape,
        align_corners=False,
    )
    turned = nn.functional.grid_sample(
        pixels, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )
    gain = rng.uniform(0.75, 1.3, (count, 1, 1, 1)) * rng.uniform(0.9, 1.1, (count, 3, 1, 1))
    offset = rng.normal(0, 0.04, (count, 1, 1, 1)) + rng.normal(0, 0.02, (count, 3, 1, 1))
    grain = rng.standard_normal(turned.shape, np.float32 if brief else np.float64)
    noise = grain * rng.uniform(0, 0.012, (count, 1, 1, 1))
    lit = turned * torch.from_numpy(gain.astype(np.float32))
    return (lit + torch.from_numpy((offset + noise).astype(np.float32))).clamp(0, 1)


def moored(chips: Chips, count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Ships pasted where the water of another chip meets something, each in the centre."""
    clear = [p.astype(np.float32) / 255 for p in chips.pixels[chips.ship]]
    outlined = [(p, edge_unknown(hull)) for p in clear if (hull := chip_hull(p)) is not None]
    others = chips.pixels[~chips.ship]
    made: list[NDArray[np.uint8]] = []
    while len(made) < count:
        land = others[rng.integers(len(others))].astype(np.float32) / 255
        ship = outlined[rng.integers(len(outlined))]
        pixels, target = moor(ship, (land, np.zeros((80, 80), np.float32)), rng)
        rows, columns = np.nonzero(np.nan_to_num(target) > 0)
        if rows.size == 0:
            continue
        dy, dx = round(39.5 - rows.mean()), round(39.5 - columns.mean())
        if max(abs(dy), abs(dx)) > 24:
            continue
        wide = np.pad(pixels, ((0, 0), (24, 24), (24, 24)), mode="reflect")
        cut = wide[:, 24 - dy : 104 - dy, 24 - dx : 104 - dx]
        made.append((cut * 255).round().astype(np.uint8))
    return np.stack(made)


def train(chips: Chips, scenes: list[Drawn], args: argparse.Namespace) -> Any:  # noqa: ANN401
    """A judge fitted to some chips and scenes."""
    rng = np.random.default_rng(args.seed)
    beside = moored(chips, args.moored, rng) if args.moored else chips.pixels[:0]
    cut = [scene_chips(scene, rng) for scene in scenes]
    beside = np.concatenate([beside, *[ships for ships, _ in cut]])
    shores = np.concatenate([chips.pixels[:0], *[others for _, others in cut]])
    parts = [
        (chips.pixels[chips.ship], True),
        (chips.pixels[~chips.ship], False),
        (beside, True),
        (shores, False),
    ]
    return fitted(parts, LONG, args, rng)


def fitted(
    parts: list[Part], recipe: Recipe, args: argparse.Namespace, rng: np.random.Generator
) -> Any:  # noqa: ANN401
    """A judge fitted to some kinds of chips."""
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    pixels = torch.from_numpy(np.concatenate([part for part, _ in parts]))
    truth = torch.from_numpy(np.concatenate([np.full(len(p), ship) for p, ship in parts])).float()
    starts = np.cumsum([0] + [len(part) for part, _ in parts])
    kinds = [np.arange(first, last) for first, last in pairwise(starts)]
    layout = torch.channels_last if recipe.brief else torch.contiguous_format
    net = Judge().to(memory_format=layout)
    mean_net = torch.optim.swa_utils.AveragedModel(
        net,
        multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(recipe.memory),
        use_buffers=True,
    )
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=2e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=args.steps)
    trouble = np.ones(len(truth))
    mean = 0.0
    for number in range(args.steps):
        chosen = drawn(kinds, trouble, recipe.shares, args.batch, rng)
        batch = varied(pixels[chosen].float() / 255, rng, brief=recipe.brief)
        goal = truth[chosen] * 0.98 + 0.01
        with torch.autocast("cpu", dtype=torch.bfloat16) if recipe.brief else nullcontext():
            logit = net(batch.to(memory_format=layout))
        loss = nn.functional.binary_cross_entropy_with_logits(logit.float(), goal, reduction="none")
        optimiser.zero_grad()
        loss.mean().backward()
        optimiser.step()
        schedule.step()
        mean_net.update_parameters(net)
        trouble[chosen] = 0.5 * trouble[chosen] + 0.5 * loss.detach().numpy()
        mean = 0.97 * mean + 0.03 * float(loss.detach().mean())
        if number % 100 == 99:
            print(number + 1, round(mean / (1 - 0.97 ** (number + 1)), 4), flush=True)
    return mean_net.module.eval()


def drawn(
    kinds: list[NDArray[np.intp]],
    trouble: NDArray[np.float64],
    shares: tuple[float, ...],
    batch: int,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """A batch: some of each kind; those that it errs on come oftener."""
    parts = []
    for kind, share in zip(kinds, shares, strict=True):
        count = round(batch * share)
        if kind.size == 0:
            continue
        weight = 0.05 + np.minimum(trouble[kind], 1.0)
        parts.append(rng.choice(kind, count, p=weight / weight.sum()))
    return np.concatenate(parts)


def verdicts(net: Any, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:  # noqa: ANN401
    """Mean logit over the eight turns and mirrors of each chip."""
    out = np.zeros(len(pixels))
    with torch.no_grad():
        for at in range(0, len(pixels), 64):
            part = torch.from_numpy(pixels[at : at + 64]).float() / 255
            for turns in range(4):
                seen = torch.rot90(part, turns, (2, 3))
                out[at : at + 64] += (net(seen) + net(seen.flip(3))).double().numpy() / 8
    return out


def export(net: Any, path: Path) -> None:  # noqa: ANN401
    """Write a judge as ONNX; any number of chips at once."""
    axes = {"pixels": {0: "n"}, "logit": {0: "n"}}
    torch.onnx.export(
        net.to(memory_format=torch.contiguous_format),
        (torch.zeros(1, 3, 80, 80),),
        path,
        input_names=["pixels"],
        output_names=["logit"],
        dynamic_axes=axes,
        dynamo=False,
        opset_version=17,
    )


def main() -> None:
    """Train the folds, or the judge that ships."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["folds", "ship"])
    parser.add_argument("--chips", type=Path, required=True)
    parser.add_argument("--scenes", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hold-out", default="")
    parser.add_argument("--only", type=int, action="append")
    parser.add_argument("--steps", type=int, default=1400)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--moored", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20240517)
    args = parser.parse_args()
    chips = read_chips(args.chips)
    if args.what == "ship":
        if args.hold_out:
            chips = chips.only(~near_scenes(chips, args.hold_out))
        ports = set(PORTS.values()) - {args.hold_out}
        export(train(chips, read_scenes(args.scenes, args.labels, ports), args), args.out)
        return
    scenes = read_scenes(args.scenes, args.labels, set(PORTS.values()))
    for number, held in enumerate(date_blocks(chips, BLOCKS)):
        if args.only and number not in args.only:
            continue
        learnt = ~near_dates(chips, chips.day[held])
        print("block", number, int(chips.ship[held].sum()), "ships held,", flush=True)
        print(int(chips.ship[learnt].sum()), "of", int(learnt.sum()), "learnt", flush=True)
        apart = [s for s in scenes if np.abs(chips.day[held] - s.day).min() > APART_DAYS]
        net = train(chips.only(learnt), apart, args)
        export(net, args.out / f"judge-{number}.onnx")
        logit = verdicts(net, chips.pixels[held])
        np.savez(args.out / f"judge-{number}.npz", at=np.flatnonzero(held), logit=logit)
        wrong = (logit > 0) != chips.ship[held]
        print("block", number, "wrong", int(wrong.sum()), "of", int(held.sum()), flush=True)


if __name__ == "__main__":
    main()
