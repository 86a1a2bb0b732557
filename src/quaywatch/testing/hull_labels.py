"""Labelled vessels of recorded scenes, and which detections are of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from quaywatch.imagery.detection import Detection

PLANET_SCENES = "planet_scenes.json"
NEAR_M = 40.0
"""A detection is of a vessel if their centres lie within this, or 0.4 of the longer hull."""


@dataclass(frozen=True)
class Vessel:
    """One labelled vessel of a scene."""

    x_px: float
    y_px: float
    length_m: float | None
    """None where it was not measured."""
    beam_m: float | None
    heading_deg: float | None
    """Axis from the top of the scene, degrees in [0, 180); scenes are north up."""
    where: str
    """``open``, ``way``, ``moored`` or ``cranes``; ``given`` where a file does not say."""


@dataclass(frozen=True)
class Labels:
    """What is known of the vessels of one scene."""

    ships: tuple[Vessel, ...]
    """What a detector should find."""
    spare: tuple[tuple[float, float, float], ...]
    """x and y in pixels, and metres within which a detection counts neither way."""


@dataclass(frozen=True)
class Matched:
    """Which detections are of which vessels."""

    pairs: dict[int, int]
    """Ship to detection."""
    spare: frozenset[int]
    """Detections of what counts neither way."""
    false: tuple[int, ...]
    """Detections of nothing known."""


def completed_labels(gsd_m: float = 3.0) -> dict[str, Labels]:
    """Scene id to every vessel of at least 40 m that was seen in it by eye.

    Barges, rafts, docks, platforms and small craft are spare. Lengths are between the ends of the
    hull, good to about 1.5 pixels on open water.

    Examples:
        >>> labels = completed_labels()
        >>> sum(len(scene.ships) for scene in labels.values())
        44

    """
    text = files("quaywatch.testing").joinpath("labels", PLANET_SCENES).read_text()
    found = {}
    for name, scene in json.loads(text)["scenes"].items():
        ships = []
        for ship in scene["ships"]:
            x0, y0, x1, y1 = ship["ends_px"]
            axis = float(np.degrees(np.arctan2(x1 - x0, y0 - y1)) % 180)
            length = float(np.hypot(x1 - x0, y1 - y0)) * gsd_m
            middle = (x0 + x1) / 2, (y0 + y1) / 2
            ships.append(Vessel(*middle, length, float(ship["beam_m"]), axis, ship["where"]))
        spare = [(*s["at_px"], max(NEAR_M, 1.5 * s["length_px"])) for s in scene["doubtful"]]
        spare += [(*s["at_px"], NEAR_M) for s in scene["craft"]]
        found[name] = Labels(tuple(ships), tuple(spare))
    return found


def given_labels(path: Path) -> dict[str, Labels]:
    """Scene id to the points that came with the scenes; those marked small are spare.

    Args:
        path: ``scene_labels.json``. Its points mix exact chip centres with points set by eye.

    """
    found = {}
    for scene in json.loads(path.read_text()).values():
        eye = scene["by_eye_points_px"]
        exact = [(c["x"], c["y"]) for c in scene["dataset_chips_in_frame"] if c["label"] == 1]
        large = exact + [
            (x, y)
            for key in ("large_open", "berthed_or_dock")
            for x, y in eye.get(key, [])
            if all(np.hypot(x - a, y - b) > 12 for a, b in exact)
        ]
        small = [p for key, spots in eye.items() if key.startswith("small") for p in spots]
        found[scene["planet_scene_id"]] = Labels(
            tuple(Vessel(x, y, None, None, None, "given") for x, y in large),
            tuple((x, y, 2 * NEAR_M) for x, y in small),
        )
    return found


def matched(labels: Labels, found: Sequence[Detection], gsd_m: float) -> Matched:
    """Pair vessels and detections, nearest first; each counts once.

    A detection of what counts neither way may lie as far off as 0.6 of its own length: a wake is
    easily taken for hull.

    Examples:
        >>> matched(Labels((), ()), [], 3.0).false
        ()

    """
    near = []
    for i, ship in enumerate(labels.ships):
        for j, d in enumerate(found):
            apart = float(np.hypot(ship.x_px - d.x_px, ship.y_px - d.y_px)) * gsd_m
            if apart <= max(NEAR_M, 0.4 * max(ship.length_m or 0.0, d.length_m)):
                near.append((apart, i, j))
    pairs: dict[int, int] = {}
    for _, i, j in sorted(near):
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    rest = [j for j in range(len(found)) if j not in pairs.values()]
    spare = frozenset(j for j in rest if any(_reaches(s, found[j], gsd_m) for s in labels.spare))
    return Matched(pairs, spare, tuple(j for j in rest if j not in spare))


def _reaches(spot: tuple[float, float, float], found: Detection, gsd_m: float) -> bool:
    apart = float(np.hypot(spot[0] - found.x_px, spot[1] - found.y_px)) * gsd_m
    return apart <= max(spot[2], 0.6 * found.length_m)


def f1(right: int, false: int, missed: int) -> float:
    """Harmonic mean of precision and recall; NaN of nothing.

    Examples:
        >>> f1(9, 1, 1)
        0.9

    """
    total: Any = 2 * right + false + missed
    return 2 * right / total if total else float("nan")
