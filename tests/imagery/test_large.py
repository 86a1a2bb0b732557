"""Large scenes: searched in windows, so that memory does not grow with the scene."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import Affine
from rasterio.windows import Window

WIDTH, HEIGHT, PART = 9_000, 2_000, 500
MOST_MB = 1_500
"""Of which libraries alone are 400; the whole scene at once takes more."""


MEASURED = """
import atexit, pathlib, sys
from quaywatch.cli.main import main
atexit.register(lambda: sys.stderr.write(pathlib.Path("/proc/self/status").read_text()))
main()
"""
"""The command, and its own memory at the end: what a parent is told of a child holds its fork."""


def _written(path: Path) -> list[tuple[float, float]]:
    """A radar scene of 18 million pixels with ships planted across the seams of windows."""
    ships = [(4_096.0, 300.0), (4_100.0, 1_800.0), (8_192.0, 900.0), (8_700.0, 250.0)]
    rng = np.random.default_rng(4)
    rows, columns = np.mgrid[:PART, :PART] + 0.5
    with rasterio.open(
        path, "w", driver="GTiff", width=WIDTH, height=HEIGHT, count=1, dtype="uint16",
        crs="EPSG:32652", transform=Affine(10, 0, 300_000, 0, -10, 4_500_000), tiled=True,
        blockxsize=512, blockysize=512,
    ) as target:  # fmt: skip
        sea = rng.standard_gamma(4.4, (PART, PART), np.float32) * np.float32(0.005 / 4.4)
        for top in range(0, HEIGHT, PART):
            for left in range(0, WIDTH, PART):
                # Turned and shifted, the sea has no seams that would be seen.
                power = np.roll(np.rot90(sea, (top + left) // PART), (top // 7, left // 11), (0, 1))
                for x, y in ships:
                    hull = (np.abs(columns + left - x) < 12) & (np.abs(rows + top - y) < 2)
                    power = np.where(hull, 0.4, power)
                counts = np.clip(np.sqrt(power) * 1000 + 1, 1, 65535).astype(np.uint16)
                target.write(counts, 1, window=Window(left, top, PART, PART))
    return ships


def test_a_scene_larger_than_a_window_is_searched_in_windows(tmp_path: Path) -> None:
    """Ships on a seam count once, empty sea stays empty, and a laptop's memory is enough."""
    path = tmp_path / "large.tif"
    ships = _written(path)
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED, "detect", path, "--sensor", "sentinel-1-grd", "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    found = [(d["x_px"], d["y_px"]) for d in json.loads(ended.stdout)["detections"]]
    assert len(found) == len(ships)
    for x, y in ships:
        assert min(abs(x - a) + abs(y - b) for a, b in found) < 4
    most_mb = int(ended.stderr.partition("VmHWM:")[2].split()[0]) / 1024
    assert most_mb < MOST_MB
