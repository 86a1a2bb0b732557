"""Compile the kernels of the pass beforehand: ``python -m quaywatch.testing.warm``.

The machine code is kept beside the source, so whoever passes over AIS next finds it there. It takes
about a minute, once per installation; what runs it beside other work loses none of that.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from quaywatch.ais.schema import POSITIONS_FRAME, STATICS_FRAME, conform
from quaywatch.workflows.ais_pass import AisPass, PassRules

SHIPS, HOURS = 8, 40
_START = datetime(2025, 1, 1, tzinfo=UTC)


def small_fleet() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Positions and statics of a few ships: two lie side by side, one is silent, one jumps.

    Examples:
        >>> positions, statics = small_fleet()
        >>> statics.height, positions["mmsi"].n_unique()
        (8, 8)

    """
    hours = np.arange(0.0, HOURS, 0.1)
    parts = []
    for ship in range(SHIPS):
        still = ship < 2
        angle = 0.1 * hours + ship
        lon = 124.0 + (0.0005 * ship if still else np.sin(angle))
        lat = 36.0 + (0.0 if still else 1.0) * np.cos(angle) + np.zeros(len(hours))
        lat = lat + np.where((ship == 3) & (hours > 30), 2.0, 0.0)  # one jumps
        heard = (hours < 10.0) | (hours > 20.0) if ship == 2 else hours >= 0.0
        parts.append(
            pl.DataFrame(
                {
                    "mmsi": np.full(len(hours), 412_000_000 + ship, np.uint32),
                    "at": [_START + timedelta(hours=float(h)) for h in hours],
                    "lon": np.broadcast_to(lon, hours.shape),
                    "lat": lat,
                    "sog_kn": np.full(len(hours), 0.0 if still else 6.0, np.float32),
                    "cog_deg": np.degrees(angle) % 360,
                    "heading_deg": np.floor(np.degrees(angle) % 360),
                    "nav_status": np.full(len(hours), 5 if still else 0, np.uint8),
                    "msg_type": np.ones(len(hours), np.uint8),
                }
            ).filter(pl.Series(heard))
        )
    whole = pl.concat(parts).with_columns(transponder=pl.lit("A"), source_id=pl.lit("warm"))
    positions = conform(whole.with_row_index("record"), POSITIONS_FRAME).sort("mmsi", "at")
    said = positions.group_by("mmsi", maintain_order=True).agg(pl.col("at").first())
    named = said.with_columns(name=pl.lit("WARM"), msg_type=pl.lit(5), source_id=pl.lit("warm"))
    return positions, conform(named, STATICS_FRAME)


def warm() -> None:
    """One pass over ``small_fleet``; what it finds is thrown away."""
    fleet = small_fleet()
    with TemporaryDirectory() as scratch:
        work = AisPass(
            lambda: [fleet],
            rules=PassRules(),
            sites=[],
            coast=None,
            distance=None,
            scratch=Path(scratch),
        )
        for _ in work.events(lambda _what, _share: None):
            pass


if __name__ == "__main__":
    warm()
