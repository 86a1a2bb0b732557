"""Hulls in a file, and AIS in a file: answers that need no workspace."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quaywatch.errors import SourceMissingError
from quaywatch.imagery.detection import search_scene
from quaywatch.imagery.load import load_raster
from quaywatch.workflows.looks import draw_scene


def detect_hulls_in(
    paths: Sequence[Path], *, sensor: str | None, picture: Path | None
) -> dict[str, Any]:
    """The hulls of one capture, and the masses at the shore that radar cannot part.

    Raises:
        SourceMissingError: a file is not there.
        SourceError: a file cannot be used.

    """
    for path in paths:
        if not path.is_file():
            raise SourceMissingError(path=str(path))
    started = time.perf_counter()
    raster = load_raster(paths, sensor=sensor)
    found = search_scene(raster)
    seconds = time.perf_counter() - started
    if picture is not None:
        draw_scene(raster, found.hulls, picture)
    return {
        "detections": [d.to_json() for d in found.hulls],
        "alongside": [m.to_json() for m in found.alongside],
        "seconds": round(seconds, 3),
    }
