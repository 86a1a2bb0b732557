"""Score the hull detector on recorded scenes with labels, and draw what it found.

    python scripts/hulls/score.py --data ../shared/data/imagery --pictures DIR
        [--fold durban,casablanca=fold.onnx ...] [--only durban]

Sentinel-2: the labels are the ship outlines of each port; with ``--fold`` a port is scored with a
network that was trained without it (see ports.py), otherwise with the one that ships.
PlanetScope: the labels are points; those not marked small count as ships of at least 60 m.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.io import imsave

from quaywatch.imagery.detection import Detection, NetworkDetector, detect_scene
from quaywatch.imagery.draw import draw_detections, picture
from quaywatch.imagery.hull import rectangle
from quaywatch.imagery.load import group_paths, load_raster
from quaywatch.imagery.network import MSI_10M, RGB_3M
from quaywatch.imagery.read import read_window
from quaywatch.imagery.scene import Raster

Label = tuple[float, float, float, float, float]
"""x, y (pixels), length, beam (metres; nan unknown), heading (degrees; nan unknown)."""


def outlines(path: Path, scene: Raster) -> list[Label]:
    """COCO outlines of one port, measured the way detections are."""
    jacobian = scene.grid.metres_per_pixel(scene.grid.width / 2, scene.grid.height / 2)
    found = []
    for annotation in json.loads(path.read_text())["annotations"]:
        height, width = annotation["segmentation"]["size"]
        runs = annotation["segmentation"]["counts"]
        flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
        mask: NDArray[np.bool_] = flat.reshape(width, height).T
        length, beam, _, axis = rectangle(mask, jacobian)
        rows, columns = np.nonzero(mask)
        heading = np.degrees(np.arctan2(*axis)) % 180
        found.append((columns.mean() + 0.5, rows.mean() + 0.5, length, beam, float(heading)))
    return found


def points(label: dict[str, Any]) -> tuple[list[Label], list[Label]]:
    """Points of one PlanetScope scene: ships of at least 60 m, and other craft."""
    nan = float("nan")
    eye = label["by_eye_points_px"]
    chips = [(c["x"], c["y"]) for c in label["dataset_chips_in_frame"] if c["label"] == 1]
    large = chips + [
        (x, y)
        for key in ("large_open", "berthed_or_dock")
        for x, y in eye.get(key, [])
        if all(np.hypot(x - a, y - b) > 12 for a, b in chips)
    ]
    small = [p for key, spots in eye.items() if key.startswith("small") for p in spots]
    return [(x, y, nan, nan, nan) for x, y in large], [(x, y, nan, nan, nan) for x, y in small]


def matched(labels: list[Label], found: list[Detection], gsd_m: float) -> dict[int, int]:
    """Label to detection, nearest pairs first: within 40 m or 0.4 of the longer hull."""
    pairs = []
    for i, (x, y, length, _, _) in enumerate(labels):
        for j, d in enumerate(found):
            apart = float(np.hypot(x - d.x_px, y - d.y_px)) * gsd_m
            if apart <= max(40.0, 0.4 * np.nanmax([length, d.length_m])):
                pairs.append((apart, i, j))
    taken: dict[int, int] = {}
    for _, i, j in sorted(pairs):
        if i not in taken and j not in taken.values():
            taken[i] = j
    return taken


def score(
    name: str, labels: list[Label], spare: list[Label], found: list[Detection], gsd_m: float
) -> dict[str, Any]:
    """Counts at 60 and 40 m; a detection on a spare label is neither right nor wrong."""
    pairs = matched(labels, found, gsd_m)
    rest = [d for j, d in enumerate(found) if j not in pairs.values()]
    excused = set(matched(spare, rest, gsd_m).values())
    row: dict[str, Any] = {"scene": name}
    for least in (60, 40):
        wanted = [i for i, label in enumerate(labels) if not label[2] < least]
        false = [d for k, d in enumerate(rest) if k not in excused and d.length_m >= least]
        hits = sum(i in pairs for i in wanted)
        row |= {f"ships_{least}": len(wanted), f"found_{least}": hits, f"false_{least}": len(false)}
    both = [(labels[i], found[j]) for i, j in pairs.items() if np.isfinite(labels[i][2])]
    row["lengths"] = [(a[2], d.length_m) for a, d in both]
    row["beams"] = [(a[3], d.beam_m) for a, d in both]
    row["turns"] = [float((d.heading_deg - a[4] + 90) % 180 - 90) for a, d in both if a[2] >= 60]
    row["apart"] = [float(np.hypot(a[0] - d.x_px, a[1] - d.y_px)) * gsd_m for a, d in both]
    return row


def scenes(data: Path) -> list[tuple[str, list[Path]]]:
    """Every labelled scene."""
    planet = [(p.stem, [p]) for p in sorted((data / "planet_scenes").glob("*.tif"))]
    ports = []
    for folder in sorted((data / "sentinel2_ports").iterdir()):
        files = sorted(p for p in folder.glob("*_B*.tiff") if folder.is_dir())
        ports += [(folder.name, list(group)) for group in group_paths(files)]
    return planet + ports


def main() -> None:
    """Print one line a scene and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--fold", action="append", default=[])
    parser.add_argument("--rgb", type=Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--least-score", type=float, default=None)
    args = parser.parse_args()
    folds = {
        p: Path(f)
        for fold in args.fold
        for ports, f in [fold.rsplit("=", 1)]
        for p in ports.split(",")
    }
    rgb = replace(RGB_3M, file=str(args.rgb.resolve())) if args.rgb else RGB_3M
    known = json.loads((args.data / "planet_scenes" / "scene_labels.json").read_text())
    rows = []
    for name, files in scenes(args.data):
        if args.only and name not in args.only:
            continue
        scene = load_raster(files)
        msi = replace(MSI_10M, file=str(folds[name].resolve())) if name in folds else MSI_10M
        detector = NetworkDetector(least_score=args.least_score, networks=(msi, rgb))
        began = time.perf_counter()
        found = detect_scene(scene, detector)
        seconds = time.perf_counter() - began
        coco = files[0].parent / f"{name}_coco.json"
        if name[:7] in known:
            labels, spare = points(known[name[:7]])
        elif coco.is_file():
            labels, spare = outlines(coco, scene), []
        else:
            labels, spare = [], []
        row = score(name, labels, spare, found, scene.gsd_m)
        rows.append(row)
        shown = {k: v for k, v in row.items() if not isinstance(v, list)}
        sys.stdout.write(f"{shown} seconds={seconds:.1f}\n")
        sys.stdout.flush()
        if args.pictures:
            drawn = draw_detections(picture(read_window(scene)), found)
            for x, y, *_ in labels:
                drawn[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2] = (0, 255, 0)
            imsave(args.pictures / f"found_{name}.png", drawn, check_contrast=False)
    summary(rows)


def summary(rows: list[dict[str, Any]]) -> None:
    """Sums over scenes of each kind."""
    planet = [r for r in rows if r["scene"].startswith("scene_")]
    ports = [r for r in rows if not r["scene"].startswith("scene_") and r["ships_40"]]
    for kind, own in (("PlanetScope", planet), ("Sentinel-2", ports)):
        if not own:
            continue
        for least in (60, 40):
            ships, hits, false = (
                sum(r[f"{key}_{least}"] for r in own) for key in ("ships", "found", "false")
            )
            recall, precision = hits / max(ships, 1), hits / max(hits + false, 1)
            sys.stdout.write(
                f"{kind} >= {least} m: recall {hits}/{ships} = {recall:.2f}, "
                f"precision {precision:.2f} ({false} false)\n"
            )
        errors(own)


def errors(rows: list[dict[str, Any]]) -> None:
    """Bias and spread of what was measured, against the outlines."""
    for word in ("lengths", "beams", "turns", "apart"):
        values = [v for row in rows for v in row[word]]
        off = np.array([v[1] - v[0] if isinstance(v, tuple) else v for v in values])
        if off.size:
            sys.stdout.write(
                f"  {word}: n {off.size} bias {off.mean():.1f} sd {off.std():.1f} "
                f"median abs {np.median(np.abs(off)):.1f}\n"
            )


if __name__ == "__main__":
    main()
