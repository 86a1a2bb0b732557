"""3 m hulls on recorded scenes and chips, by networks that never saw their port or week."""

import re
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.io import imread

from quaywatch.imagery.detection import Detection, NetworkDetector, detect_scene
from quaywatch.imagery.judge import JUDGE_3M, SHORT_3M, ship_odds
from quaywatch.imagery.load import load_raster
from quaywatch.imagery.network import RGB_3M
from quaywatch.testing.bench.report import BenchReport, Progress
from quaywatch.testing.bench.roc import share
from quaywatch.testing.hull_labels import Labels, completed_labels, f1, given_labels, matched

FOLDS = {
    "san-francisco": ("20170719_180901_101d",),
    "long-beach": ("20171022_175534_100e", "20171018_175517_1005"),
}
"""Port to its scenes. The networks of a fold learnt from nothing of that port's scenes, nor from
any chip within a week of them."""
SHIPPED = "long-beach"
"""The fold whose networks are the ones that ship."""
SHORTEST_M = 40.0
GSD_M = 3.0
NAMED = re.compile(r"([01])__(\d{8})_.*\.png")


@dataclass
class Tally:
    """What was found in the scenes so far."""

    right: int = 0
    false: int = 0
    missed: int = 0
    off: list[tuple[float, ...]] = field(default_factory=list)
    """Per open-water pair: errors of length, beam, axis and place over what was stated."""


def run(data: Path, progress: Progress, *, size: int = 3) -> BenchReport:
    """Detect, match and count.

    Args:
        data: folder with ``imagery/planet_scenes`` and ``imagery/planet_chips``.
        progress: told how far it is.
        size: how many scenes, up to three.

    """
    folder = data / "imagery" / "planet_scenes"
    given, complete = given_labels(folder / "scene_labels.json"), completed_labels()
    rows: list[dict[str, Any]] = []
    sums = {"given": Tally(), "completed": Tally(), "open water": Tally()}
    scenes = [(port, name) for port, names in FOLDS.items() for name in names][:size]
    for number, (port, name) in enumerate(scenes):
        progress(name, number / (len(scenes) + 1))
        (path,) = folder.glob(f"*{name}.tif")
        scene = load_raster([path])
        detector = fold_detector(port)
        began = process_time()
        found = [d for d in detect_scene(scene, detector) if d.length_m >= SHORTEST_M]
        spent = process_time() - began
        sets = {
            "given": _less_known(given[name], complete[name], found),
            "completed": complete[name],
            "open water": _only_open(complete[name]),
        }
        for kind, labels in sets.items():
            rows.append(_counted(name, kind, labels, found, sums[kind], spent))
    rows += [_total(kind, tally) for kind, tally in sums.items()]
    progress("chips", len(scenes) / (len(scenes) + 1))
    rows += _chips(data / "imagery" / "planet_chips")
    return BenchReport(
        name="imagery-hulls",
        data=f"{len(scenes)} PlanetScope scenes and the chips within a week of them, recorded",
        columns=("what", "ships", "found", "false", "recall", "precision", "f1", "cpu_s"),
        rows=rows,
        notes=_notes(sums["open water"]),
    )


def fold_detector(port: str) -> NetworkDetector:
    """The detector that knows nothing of a port's scenes."""
    network = RGB_3M
    if port != SHIPPED:
        held = files("quaywatch.testing").joinpath("weights")
        network = replace(
            RGB_3M,
            file=str(held.joinpath(f"unet-{port}.onnx")),
            judge=str(held.joinpath(f"judge-{port}.onnx")),
            judge_short=str(held.joinpath(f"judge-short-{port}.onnx")),
        )
    return NetworkDetector(networks=(network,))


def _less_known(given: Labels, complete: Labels, found: Sequence[Detection]) -> Labels:
    """The given labels, with every vessel that they lack made to count neither way."""
    lacking = [
        (ship.x_px, ship.y_px, max(40.0, 0.4 * (ship.length_m or 0.0)))
        for i, ship in enumerate(complete.ships)
        if i in matched(complete, found, GSD_M).pairs
    ]
    return Labels(given.ships, (*given.spare, *complete.spare, *lacking))


def _only_open(labels: Labels) -> Labels:
    """Ships at anchor or under way; those alongside count neither way."""
    open_water = tuple(s for s in labels.ships if s.where in {"open", "way"})
    rest = [(s.x_px, s.y_px, s.length_m or 40.0) for s in labels.ships if s not in open_water]
    return Labels(open_water, (*labels.spare, *rest))


def _counted(
    name: str, kind: str, labels: Labels, found: list[Detection], tally: Tally, spent: float
) -> dict[str, Any]:
    pairs = matched(labels, found, GSD_M)
    tally.right += len(pairs.pairs)
    tally.false += len(pairs.false)
    tally.missed += len(labels.ships) - len(pairs.pairs)
    for i, j in pairs.pairs.items():
        ship, d = labels.ships[i], found[j]
        if ship.length_m is None or ship.beam_m is None or ship.heading_deg is None:
            continue
        turn = (d.heading_deg - ship.heading_deg + 90) % 180 - 90
        place = np.hypot(d.x_px - ship.x_px, d.y_px - ship.y_px) * GSD_M
        tally.off.append((
            d.length_m - ship.length_m,
            d.beam_m - ship.beam_m,
            turn,
            float(place),
            (d.length_m - ship.length_m) / d.length_sigma_m,
            turn / d.heading_sigma_deg,
        ))  # fmt: skip
    right, false, of = len(pairs.pairs), len(pairs.false), len(labels.ships)
    return _row(f"{name[:8]} {kind}", right, false, of - right) | {"cpu_s": round(spent, 1)}


def _row(what: str, right: int, false: int, missed: int) -> dict[str, Any]:
    return {
        "what": what,
        "ships": right + missed,
        "found": right,
        "false": false,
        "recall": str(share(right, right + missed)),
        "precision": str(share(right, right + false)),
        "f1": f1(right, false, missed),
    }


def _total(kind: str, tally: Tally) -> dict[str, Any]:
    return _row(f"all scenes, {kind}", tally.right, tally.false, tally.missed)


def _chips(folder: Path) -> list[dict[str, Any]]:
    """Chips within a week of the scenes, by either judge of the fold that held them out."""
    return [
        _chips_by(folder, "chips, judge of long ships", JUDGE_3M, "judge"),
        _chips_by(folder, "chips, judge of short ships", SHORT_3M, "judge-short"),
    ]


def _chips_by(folder: Path, what: str, ships_with: str, stem: str) -> dict[str, Any]:
    odds, ships = [], []
    for port, names in FOLDS.items():
        scenes = np.array([date.fromisoformat(name[:8]).toordinal() for name in names])
        pixels, ship = _read_chips(folder, scenes)
        held = files("quaywatch.testing").joinpath("weights", f"{stem}-{port}.onnx")
        odds.append(ship_odds(pixels, ships_with if port == SHIPPED else str(held)))
        ships.append(ship)
    counts = np.zeros(3, int)
    for own, other in ((0, 1), (1, 0)):
        said = odds[own] > _best_level(odds[other], ships[other])
        ship = ships[own]
        counts += [(said & ship).sum(), (said & ~ship).sum(), (~said & ship).sum()]
    return _row(what, *(int(c) for c in counts))


def _best_level(odds: NDArray[np.float64], ship: NDArray[np.bool_]) -> float:
    """The log odds that part the chips of the other port best."""
    levels = np.linspace(-2, 4, 121)
    scores = [
        f1(int(((odds > t) & ship).sum()), int(((odds > t) & ~ship).sum()),
           int(((odds <= t) & ship).sum()))
        for t in levels
    ]  # fmt: skip
    best = np.flatnonzero(np.array(scores) == max(scores))
    return float(levels[best].mean())


def _read_chips(
    folder: Path, near: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Chips (chip, band, y, x) of dates within a week of some, and whether a ship is centred."""
    pixels, ship = [], []
    for name, content in _chip_files(folder):
        named = NAMED.fullmatch(name)
        if named is None:
            continue
        day = date.fromisoformat(named[2]).toordinal()
        if np.abs(near - day).min() <= 7:
            chip = imread(BytesIO(content))[..., :3]
            pixels.append(np.moveaxis(chip, -1, 0).astype(np.float32) / 255)
            ship.append(named[1] == "1")
    return np.array(pixels, np.float32).reshape(-1, 3, 80, 80), np.array(ship, bool)


def _chip_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the chips of a folder, packed or not."""
    for path in sorted(folder.rglob("*.png")):
        yield path.name, path.read_bytes()
    for path in sorted(folder.glob("*.tar")):
        with tarfile.open(path) as packed:
            for member in packed:
                content = packed.extractfile(member)
                if content is not None:
                    yield Path(member.name).name, content.read()


def _notes(tally: Tally) -> list[str]:
    off = np.array(tally.off)
    notes = [
        "given: the points that came with the scenes; vessels they lack count neither way.",
        "completed: every vessel of 40 m and more seen by eye, also under cranes.",
        "A detection counts within 40 m or 0.4 of the longer hull; intervals are exact, 95%.",
    ]
    if len(off):
        middle = np.median(np.abs(off), axis=0)
        inside = (np.abs(off[:, 4:]) <= 1.96).mean(axis=0)
        notes.append(
            f"Open water, n {len(off)}: length off by {middle[0]:.1f} m (median), bias "
            f"{off[:, 0].mean():.1f} m; beam {middle[1]:.1f} m, bias {off[:, 1].mean():.1f} m; "
            f"axis {middle[2]:.1f}°; place {middle[3]:.1f} m. Within 1.96 stated errors: length "
            f"{inside[0]:.2f}, axis {inside[1]:.2f}."
        )
    return notes
