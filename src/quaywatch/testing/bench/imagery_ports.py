"""Hulls at 10 m: seven recorded Sentinel-2 ports, each scored by a network that has not seen it."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from quaywatch.imagery.detected import Detection
from quaywatch.imagery.detection import NetworkDetector, detect_scene
from quaywatch.imagery.load import group_paths, load_raster
from quaywatch.imagery.network import MSI_10M
from quaywatch.imagery.scene import Raster
from quaywatch.testing.bench.port_truth import Count, count, f1, interval, outlined, reviewed
from quaywatch.testing.bench.report import BenchReport, Progress

NAME = "imagery-hulls-10m"
PORTS = ("cartagena", "casablanca", "durban", "gdynia", "genoa", "hedland", "klang")
LEAST_M = 60.0


def run(
    data: Path, progress: Progress, *, size: int = len(PORTS), folds: Path | None = None
) -> BenchReport:
    """Scores the first ``size`` ports against both truths.

    Args:
        data: the folder that holds ``imagery/sentinel2_ports``.
        progress: told as ports are done.
        size: how many ports.
        folds: a folder with ``PORT.onnx`` for every port, trained without it
            (``scripts/hulls/ports.py --hold-out PORT``). Without it the network that ships is run,
            which has seen these ports: no measure of a new one, and the notes say so.

    """
    rows: list[dict[str, Any]] = []
    truths: dict[str, list[Count]] = {"outlines": [], "by eye": []}
    for done, port in enumerate(PORTS[:size]):
        progress(port, done / size)
        folder = data / "imagery" / "sentinel2_ports" / port
        scene = scene_of(folder)
        began = time.process_time()
        found = found_in(scene, port, folds)
        spent = time.process_time() - began
        coco = folder / f"{port}_coco.json"
        known = {
            "outlines": outlined(coco, scene.grid, least_m=LEAST_M),
            "by eye": reviewed(port, coco, scene.grid, least_m=LEAST_M),
        }
        for truth, vessels in known.items():
            result = count(vessels, found, scene.gsd_m, least_m=LEAST_M)
            truths[truth].append(result)
            rows.append(_row(port, truth, [result]) | {"cpu_s": round(spent, 1)})
    rng = np.random.default_rng(20240517)
    for truth, counts in truths.items():
        low, high = interval(counts, rng)
        rows.append(_row("together", truth, counts) | {"f1_95": f"{low:.2f} to {high:.2f}"})
    return BenchReport(
        name=NAME,
        data=f"{size} recorded Sentinel-2 ports, one date each, vessels of 60 m and more",
        columns=tuple(rows[-1] | rows[0]),
        rows=rows,
        notes=_notes(folds),
    )


def scene_of(folder: Path) -> Raster:
    """The bands of one port."""
    ((*files,),) = group_paths(sorted(folder.glob("*_B*.tiff")))
    return load_raster(files)


def found_in(scene: Raster, port: str, folds: Path | None) -> list[Detection]:
    """Detections of a port: by the network trained without it, or by the one that ships."""
    network = MSI_10M
    if folds is not None:
        network = replace(network, file=str((folds / f"{port}.onnx").resolve()))
    return detect_scene(scene, NetworkDetector(networks=(network,)))


def _row(port: str, truth: str, counts: Sequence[Count]) -> dict[str, Any]:
    precision, recall, both = f1(counts)
    off = np.array([b - a for c in counts for a, b in c.lengths])
    return {
        "port": port,
        "truth": truth,
        "vessels": sum(c.asked for c in counts),
        "found": sum(c.found for c in counts),
        "false": sum(c.false for c in counts),
        "precision": round(precision, 2),
        "recall": round(recall, 2),
        "f1": round(both, 2),
        "length_mae_m": round(float(np.abs(off).mean()), 1) if off.size else None,
        "length_bias_m": round(float(off.mean()), 1) if off.size else None,
        "length_median_abs_m": round(float(np.median(np.abs(off))), 1) if off.size else None,
    }


def _notes(folds: Path | None) -> list[str]:
    """What must be known to not misread the figures."""
    said = (
        "each port by a network that has not seen it"
        if folds
        else "the network that ships HAS SEEN these ports: this is no measure of a new port"
    )
    return [
        said,
        "'outlines': every outline of 60 m and more, small craft in their wakes among them",
        "'by eye': ships of 60 m and more, doubtful ones left out",
        "F1 interval: ports drawn again with replacement",
    ]
