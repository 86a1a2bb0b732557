"""What goes from the measuring of single tracks to the judging of all of them."""

from typing import NamedTuple

import polars as pl


class Measured(NamedTuple):
    """Tables of any number of transponders, much smaller than their positions."""

    features: pl.DataFrame
    """A row a window: ``integrity.features``."""
    jumps: pl.DataFrame
    """Columns of ``integrity.jumps.JUMPS_FRAME``."""
    circles: pl.DataFrame
    """Columns of ``integrity.circles.CIRCLES_FRAME``."""
    manoeuvres: pl.DataFrame | None = None
    """Columns of ``integrity.manoeuvres.MANOEUVRES_FRAME``; None: replays were not looked for."""
    land: pl.DataFrame | None = None
    """Columns of ``integrity.land.LAND_FRAME``; None: there was no land mask."""
    receivers: pl.DataFrame | None = None
    """Columns of ``integrity.receivers.RECEIVERS_FRAME``; None: stations were not given."""


Triplet = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]
"""Features, jumps and circles: the least that can be judged."""
