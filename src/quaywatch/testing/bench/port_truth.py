"""What is known of the ships in the recorded Sentinel-2 ports, and how detections are held to it.

Two truths. The outlines that come with the data, any craft. And vessels of 60 m and more as read
off the pictures by eye (``testing/labels/port_hulls.json``): outlined
ships, less the small craft whose outline takes in wake and blur, and with ships nobody outlined;
doubtful ones are neither asked for nor held against a detector.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.detected import Detection
from quaywatch.imagery.grid import Grid
from quaywatch.imagery.hull import rectangle

BLUR_M = 10.0
"""An outline takes in about half a native pixel at either end."""


@dataclass(frozen=True)
class Vessel:
    """One vessel of a truth."""

    x_px: float
    y_px: float
    length_m: float
    beam_m: float | None
    heading_deg: float | None
    asked: bool
    """Whether a detector must find it; else it may, without harm."""


def mask_of(segmentation: Mapping[str, Any]) -> NDArray[np.bool_]:
    """A COCO run-length outline as a mask (y, x): runs go down the columns, the first is empty.

    Examples:
        >>> mask_of({"size": [2, 2], "counts": [1, 2, 1]}).astype(int).tolist()
        [[0, 1], [1, 0]]

    """
    height, width = segmentation["size"]
    runs = segmentation["counts"]
    flat: NDArray[np.bool_] = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return flat.reshape(width, height).T


def outlines(path: Path) -> list[NDArray[np.bool_]]:
    """Every outline of a COCO file, a mask (y, x) each."""
    return [mask_of(a["segmentation"]) for a in json.loads(path.read_text())["annotations"]]


def outlined(path: Path, grid: Grid, *, least_m: float) -> list[Vessel]:
    """The outlines as vessels, lengths freed of blur; those outlined shorter may be found."""
    jacobian = grid.metres_per_pixel(grid.width / 2, grid.height / 2)
    vessels = []
    for mask in outlines(path):
        length, beam, _, axis = rectangle(mask, jacobian)
        rows, columns = np.nonzero(mask)
        heading = float(np.degrees(np.arctan2(*axis)) % 180)
        vessels.append(
            Vessel(
                float(columns.mean()) + 0.5,
                float(rows.mean()) + 0.5,
                length - BLUR_M,
                beam - BLUR_M,
                heading,
                length >= least_m,
            )
        )
    return vessels


def reviewed(port: str, path: Path, grid: Grid, *, least_m: float) -> list[Vessel]:
    """Vessels by eye: ships of a length asked for, the rest may be found."""
    known = outlined(path, grid, least_m=0.0)
    label = files("quaywatch.testing").joinpath("labels", "port_hulls.json")
    vessels = []
    for row in json.loads(label.read_text())["ports"][port]:
        length = float(row["length_m"])
        asked = row["kind"] == "ship" and length >= least_m
        if row["outline"] is None:
            x, y = grid.pixel_of(row["lon"], row["lat"])
            vessels.append(Vessel(float(x), float(y), length, None, None, asked))
            continue
        own = known[row["outline"] - 1]
        whole = abs(own.length_m - length) < 15
        vessels.append(
            Vessel(
                own.x_px,
                own.y_px,
                length,
                own.beam_m if whole else None,
                own.heading_deg if whole else None,
                asked,
            )
        )
    return vessels


def matched(vessels: Sequence[Vessel], found: Sequence[Detection], gsd_m: float) -> dict[int, int]:
    """Vessel to detection, nearest first: within 40 m or 0.4 of the longer; each counts once.

    Vessels that are asked for come before those that are not.
    """
    pairs = []
    for i, vessel in enumerate(vessels):
        for j, d in enumerate(found):
            apart = float(np.hypot(vessel.x_px - d.x_px, vessel.y_px - d.y_px)) * gsd_m
            if apart <= max(40.0, 0.4 * max(vessel.length_m, d.length_m)):
                pairs.append((not vessel.asked, apart, i, j))
    taken: dict[int, int] = {}
    for _, _, i, j in sorted(pairs):
        if i not in taken and j not in taken.values():
            taken[i] = j
    return taken


@dataclass(frozen=True)
class Count:
    """How one port came out."""

    asked: int
    found: int
    false: int
    lengths: tuple[tuple[float, float], ...]
    """True and measured, of those found whose length is known from an outline."""
    beams: tuple[tuple[float, float], ...]
    turns_deg: tuple[float, ...]
    apart_m: tuple[float, ...]
    missed_m: tuple[float, ...]
    """Lengths of the vessels missed."""


def count(
    vessels: Sequence[Vessel], found: Sequence[Detection], gsd_m: float, *, least_m: float
) -> Count:
    """Holds detections to a truth; only detections of ``least_m`` and more can be false."""
    pairs = matched(vessels, found, gsd_m)
    used = set(pairs.values())
    asked = [i for i, v in enumerate(vessels) if v.asked]
    hits = [(vessels[i], found[pairs[i]]) for i in asked if i in pairs]
    whole = [(v, d) for v, d in hits if v.heading_deg is not None and v.beam_m is not None]
    return Count(
        asked=len(asked),
        found=len(hits),
        false=sum(j not in used and d.length_m >= least_m for j, d in enumerate(found)),
        lengths=tuple((v.length_m, d.length_m) for v, d in whole),
        beams=tuple((v.beam_m or 0.0, d.beam_m) for v, d in whole),
        turns_deg=tuple((d.heading_deg - (v.heading_deg or 0) + 90) % 180 - 90 for v, d in whole),
        apart_m=tuple(float(np.hypot(v.x_px - d.x_px, v.y_px - d.y_px)) * gsd_m for v, d in whole),
        missed_m=tuple(vessels[i].length_m for i in asked if i not in pairs),
    )


def f1(counts: Sequence[Count]) -> tuple[float, float, float]:
    """Precision, recall and F1 of some ports together.

    Examples:
        >>> f1([Count(4, 3, 1, (), (), (), (), ())])
        (0.75, 0.75, 0.75)

    """
    hits = sum(c.found for c in counts)
    precision = hits / max(hits + sum(c.false for c in counts), 1)
    recall = hits / max(sum(c.asked for c in counts), 1)
    both = 2 * precision * recall / max(precision + recall, 1e-9)
    return precision, recall, both


def interval(counts: Sequence[Count], rng: np.random.Generator) -> tuple[float, float]:
    """95% of F1 when ports are drawn again with replacement."""
    drawn = rng.integers(len(counts), size=(4000, len(counts)))
    values = [f1([counts[i] for i in row])[2] for row in drawn]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
