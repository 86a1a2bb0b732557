"""A small U-Net, its loss, its training loop and its way to ONNX; shared by both pixel sizes.

Needs torch and onnx, which are no dependency of quaywatch. One thread, fixed seeds.
"""

import argparse
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

torch: Any = importlib.import_module("torch")
nn: Any = torch.nn

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
    """Skip connections at some scales; in: bands in [0, 1], out: logit of hull."""

    def __init__(self, bands: int, width: int, scales: tuple[int, ...] = (1, 2, 3, 4)) -> None:
        super().__init__()
        sizes = [width * scale for scale in scales]
        self.down = nn.ModuleList(
            [block(a, b) for a, b in zip([bands, *sizes[:-1]], sizes, strict=True)]
        )
        self.up = nn.ModuleList(
            [block(a + b, b) for a, b in zip(sizes[:0:-1], sizes[-2::-1], strict=True)]
        )
        self.last = nn.Conv2d(width, 1, 1)

    def forward(self, x: Any) -> Any:  # noqa: ANN401
        """Logit of hull (n, 1, y, x); y and x must divide by two at every scale."""
        kept = []
        for number, step in enumerate(self.down):
            x = step(x if number == 0 else nn.functional.max_pool2d(x, 2))
            kept.append(x)
        x = kept.pop()
        for step in self.up:
            x = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = step(torch.cat([x, kept.pop()], dim=1))
        return self.last(x)


def started_from(path: Path, width: int, scales: tuple[int, ...]) -> Any:  # noqa: ANN401
    """A network with the weights of an exported one, whose normalisation is folded into them."""
    onnx: Any = importlib.import_module("onnx")
    graph = onnx.load(path).graph
    kept = {i.name: onnx.numpy_helper.to_array(i) for i in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    net = SmallUNet(kept[convolutions[0].input[1]].shape[1], width, scales)
    for part in [*net.down, *net.up]:
        for number, layer in enumerate(part):
            if isinstance(layer, nn.BatchNorm2d):
                part[number] = nn.Identity()
    places = [part[at] for part in [*net.down, *net.up] for at in (0, 3)] + [net.last]
    for place, node in zip(places, convolutions, strict=True):
        weight, bias = (torch.from_numpy(kept[name].copy()) for name in node.input[1:3])
        place.weight.data, place.bias.data = weight, bias
    return net


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


def export(net: Any, bands: int, path: Path) -> None:  # noqa: ANN401
    """Write a network as ONNX; any number of windows of any size that is a multiple of 8."""
    axes = {"pixels": {0: "n", 2: "y", 3: "x"}, "logit": {0: "n", 2: "y", 3: "x"}}
    torch.onnx.export(
        net,
        (torch.zeros(1, bands, 64, 64),),
        path,
        input_names=["pixels"],
        output_names=["logit"],
        dynamic_axes=axes,
        dynamo=False,
        opset_version=17,
    )


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """What every training script asks for."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--width", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20240517)
    return parser
