"""Hulls in a file, and AIS in a file: answers that need no workspace."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quaywatch.errors import SourceMissingError
from quaywatch.imagery.detection import detect_scene
from quaywatch.imagery.load import load_raster
from quaywatch.workflows.looks import draw_scene


def detect_hulls_in(
    paths: Sequence[Path], *, sensor: str | None, picture: Path | None
) -> dict[str, Any]:
    """The hulls of one capture.

    Raises:
        SourceMissingError: a file is not there.
        SourceError: a file cannot be used.

    """
    for path in paths:
        if not path.is_file():
            raise SourceMissingError(path=str(path))
    started = time.perf_counter()
    raster = load_raster(paths, sensor=sensor)
    found = detect_scene(raster)
    seconds = time.perf_counter() - started
    if picture is not None:
        draw_scene(raster, found, picture)
    return {"detections": [d.to_json() for d in found], "seconds": round(seconds, 3)}
