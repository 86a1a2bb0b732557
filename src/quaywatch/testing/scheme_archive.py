"""An archive of images of a simulated sea: what a look at a broadcast position would have shown.

Whoever investigates a scheme may order an image by place and day, as ``quaywatch case next``
proposes it. The archive renders what was truly there and tells nothing else; a third of its days
are clouded, which a catalogue shows before anything is bought.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from quaywatch.testing.ground import sea_ground
from quaywatch.testing.planted import seconds
from quaywatch.testing.scene_plan import CLEAR, Planned, take_scene
from quaywatch.testing.scene_sim import Camera
from quaywatch.testing.world import World

P_CLEAR: Final = 0.65
SIDE_PX: Final = 1000
FIRST_NUMBER: Final = 0x800
"""Images are numbered, and those ordered after all that were taken anyway."""


class Archive:
    """Images of one world, by place and day."""

    def __init__(self, world: World, out_dir: Path, *, seed: int) -> None:
        self._world = world
        self._out_dir = out_dir
        self._seed = seed
        self._sold = 0

    def order(self, lon: float, lat: float, at: datetime) -> Path | None:
        """An image of 3 m about a place, 3 km wide; None where that day was clouded.

        Args:
            lon: of its middle, WGS84 degrees.
            lat: as ``lon``.
            at: when it was taken, aware; within minutes.

        """
        day = at.toordinal()
        cell = round(lon * 10), round(lat * 10)
        own = np.random.default_rng([self._seed, 78, day, *(c + 10_000 for c in cell)])
        if own.random() > P_CLEAR:
            return None
        away = timedelta(minutes=float(own.uniform(-2, 2)))
        planned = Planned("ordered", seconds(f"{at + away:%Y-%m-%dT%H:%M}Z"), CLEAR, boats=False)
        camera = Camera(sea_ground("ordered", (lon, lat), own, size=SIDE_PX), own)
        number = FIRST_NUMBER + self._sold
        self._sold += 1
        taken = take_scene(self._world, None, self._out_dir, camera, planned, own, number)
        return self._out_dir / Path(taken.file).name
