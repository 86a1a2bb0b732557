"""A router over water, with its land grid in the workspace's cache where there is one."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quaywatch.geo.water import WaterRouter
from quaywatch.stores.workspace import CONFIG_NAME


@contextmanager
def water_router(workspace_dir: Path) -> Iterator[tuple[WaterRouter, bool]]:
    """A router, and whether its grids are kept.

    In a workspace the grids are built once and kept in its ``cache/``. Elsewhere they go to a
    temporary folder that is removed: nothing is written where the user did not ask for it.
    """
    if (workspace_dir / CONFIG_NAME).exists():
        yield WaterRouter(workspace_dir / "cache" / "water"), True
        return
    folder = Path(tempfile.mkdtemp(prefix="quaywatch-"))
    try:
        yield WaterRouter(folder), False
    finally:
        shutil.rmtree(folder, ignore_errors=True)
