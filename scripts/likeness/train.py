"""Train the network that tells how alike two hulls look at 3 m.

    python scripts/likeness/train.py --chips DIR --out FILE [--until 20171001] [--since 0]

Learns from the rectified ships of the chips whose date lies in ``[since, until)``, and from nothing
else: two altered copies of one chip, or two chips of one hull of one day, must lie closer than any
other in the batch (instance discrimination; Chen et al. 2020, arXiv 2002.05709). What is altered is
what changes between two images of one ship: light, haze, tint, blur, place, length measured, which
end is up, what is hidden. Needs torch and onnx beside quaywatch's own dependencies. One thread,
fixed seed; under an hour on a busy core.
"""

import argparse
import importlib
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from quaywatch.imagery.embedding import prepared
from quaywatch.testing.bench.likeness_chips import Seen, identities, read_ships
from quaywatch.testing.bench.likeness_network import EMBEDDED

torch: Any = importlib.import_module("torch")
nn: Any = torch.nn
SEED = 20261122
WARM = 0.12
"""Temperature of the contrast."""
Planes = NDArray[np.float32]


def altered(values: Planes, valid: NDArray[np.bool_], rng: np.random.Generator) -> Planes:
    """A chip as another image might show it, prepared as the network sees it."""
    bands, rows, columns = values.shape
    out = np.nan_to_num(values).copy()
    seen = valid.copy()
    if rng.random() < 0.5:
        out, seen = out[:, ::-1, ::-1], seen[::-1, ::-1]
    angle = np.radians(rng.normal(0, 1.5))
    along, across = 1 + rng.normal(0, 0.045), 1 + rng.normal(0, 0.07)
    turn = np.array(
        [[np.cos(angle) / along, -np.sin(angle)], [np.sin(angle), np.cos(angle) / across]]
    )
    middle = np.array([(rows - 1) / 2, (columns - 1) / 2])
    offset = middle - turn @ middle + rng.normal(0, [1.5, 0.7])
    out = np.stack(
        [ndimage.affine_transform(p, turn, offset, order=1, mode="nearest") for p in out]
    )
    seen = ndimage.affine_transform(seen.astype(np.float32), turn, offset, order=1, cval=0) > 0.5
    if rng.random() < 0.6:
        out = ndimage.gaussian_filter(out, (0, rng.uniform(0, 1.6), rng.uniform(0, 1.0)))
    haze = rng.uniform(0, 0.35) if rng.random() < 0.5 else 0.0
    tint = rng.normal(1, 0.10, (bands, 1, 1))
    out = (
        (1 - haze) * out ** np.exp(rng.normal(0, 0.25)) * tint + haze * rng.uniform(0.5, 1.0)
    ).astype(np.float32)
    ramp = np.linspace(-1, 1, columns) * rng.normal(0, 0.05)
    out = out * (1 + ramp[None, None]).astype(np.float32)
    out = np.clip(out + rng.normal(0, 0.012, out.shape).astype(np.float32), 0, 1)
    if rng.random() < 0.3:
        top, tall = rng.integers(0, rows - 8), rng.integers(4, 20)
        seen[top : top + tall] = False
    return prepared(out, seen)


class Net(nn.Module):  # type: ignore[misc]  # torch is loaded late: no types
    """Five convolutions, averaged over thirds of the hull; a unit vector."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        layers: list[Any] = []
        before = 4
        for scale, stride in ((1, 1), (2, 2), (3, 2), (4, 2), (4, 1)):
            after = width * scale
            layers += [
                nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
            before = after
        self.seen = nn.Sequential(*layers)
        self.parts = nn.AdaptiveAvgPool2d((6, 1))
        self.last = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(before * 6, EMBEDDED))

    def forward(self, pixels: Any) -> Any:  # noqa: ANN401
        """Unit vectors (chip, ``EMBEDDED``)."""
        return nn.functional.normalize(self.last(self.parts(self.seen(pixels))), dim=1)


def contrast(first: Any, second: Any) -> Any:  # noqa: ANN401
    """Each of the pair must pick the other out of the batch."""
    both = torch.cat([first, second])
    like = both @ both.T / WARM
    like.fill_diagonal_(-1e4)
    count = len(first)
    answer = torch.cat([torch.arange(count, 2 * count), torch.arange(count)])
    return nn.functional.cross_entropy(like, answer)


def fit(ships: list[Seen], steps: int, batch: int, seed: int) -> Any:  # noqa: ANN401
    """A network fitted to chips of some dates."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    hulls: dict[int, list[Seen]] = defaultdict(list)
    for number, ship in zip(identities(ships), ships, strict=True):
        hulls[number].append(ship)
    groups = [hulls[number] for number in sorted(hulls)]
    net = Net()
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    mean = 0.0
    for step in range(steps):
        chosen = rng.choice(len(groups), min(batch, len(groups)), replace=False)
        pairs = [(pick(groups[i], rng), pick(groups[i], rng)) for i in chosen]
        first, second = (
            torch.from_numpy(
                np.stack([altered(p[k].chip.values, p[k].chip.valid, rng) for p in pairs])
            )
            for k in (0, 1)
        )
        loss = contrast(net(first), net(second))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        mean = 0.97 * mean + 0.03 * float(loss.detach())
        if step % 50 == 49:
            print(step + 1, round(mean / (1 - 0.97 ** (step + 1)), 4), flush=True)
    return net.eval()


def pick(group: list[Seen], rng: np.random.Generator) -> Seen:
    """One of the chips of a hull."""
    return group[int(rng.integers(len(group)))]


def main() -> None:
    """Train one network and write it as ONNX."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chips", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--since", default="0")
    parser.add_argument("--until", default="20171001")
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    ships = [s for s in read_ships(args.chips) if args.since <= s.day < args.until]
    print(len(ships), "ships of", len({s.day for s in ships}), "days")
    net = fit(ships, args.steps, args.batch, args.seed)
    example = torch.zeros(1, 4, 96, 32)
    torch.onnx.export(
        net, (example,), str(args.out), input_names=["pixels"], output_names=["embedding"],
        dynamic_axes={"pixels": {0: "chip"}, "embedding": {0: "chip"}}, dynamo=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
