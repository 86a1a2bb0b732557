"""``quaywatch bench ais-pass``: what a position costs, stage by stage, beside movingpandas.

The peer is asked for gaps, stops and speeds; we do the whole pass over the same rows: segments,
reception, gaps, the integrity battery, two tracks under one number, port calls, anchoring,
loitering and encounters. Both begin with columns in memory, on one thread.
"""

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from quaywatch.testing.bench.pass_worker import (
    BUCKET,
    COASTAL,
    GAP_H,
    PAIRWISE,
    SILENCES,
    SPLIT,
    clocked,
)
from quaywatch.testing.bench.recorded import recorded
from quaywatch.testing.bench.report import BenchReport, Progress, peer

if TYPE_CHECKING:
    import movingpandas as mpd
    import pandas as pd

REPEATS: Final = 3
PEER_ROWS: Final = 20_000
"""About so many positions go to the peer, as every so manieth vessel: it needs minutes for all."""
GAP: Final = timedelta(hours=GAP_H)
STOP: Final = timedelta(minutes=30)
STOP_M: Final = 200
PEER_WHOLE: Final = "gap, stop and speed"
COLUMNS: Final = (
    "what", "who", "positions", "ns_per_position", "least_ns", "most_ns", "positions_per_s",
    "times_peer",
)  # fmt: skip


def run(data: Path, progress: Progress, *, size: int = 2_000_000) -> BenchReport:
    """Measure it.

    Args:
        data: the folder that docs/real-data.md describes.
        progress: told how far it is.
        size: positions, replicated from those recorded.

    Raises:
        SourceMissingError: the recorded tracks are not there.

    """
    once = recorded(data, "sbarc_2018")
    progress("stages and the whole pass", 0.05)
    found = _apart(data, size)
    n = found["positions"]
    rows = [_row(name, "we", seconds, n) for name, seconds in found["seconds"].items()]
    notes = [
        (
            f"Processor time of one process that is held to one thread: median, least and most "
            f"of {REPEATS} runs after one that compiles. The stages are clocks inside the pass "
            "itself; each is one part of the whole pass."
        ),
        (
            f"{found['vessels']:,} vessels in pieces of about {BUCKET:,} positions, "
            f"{found['events']:,} events. The copies of the recorded days lie side by side under "
            "other MMSIs, so that no ship meets or replays her own copy. No static reports, no "
            "drawn sites, no reach over water."
        ),
    ]
    _beside_peers(rows, notes, once.head(min(size, once.height)), progress)
    return BenchReport(
        "ais-pass",
        f"{n:,} positions replicated from the {found['recorded']:,} of sbarc_2018 (recorded)",
        COLUMNS,
        rows,
        notes,
    )


def _apart(data: Path, size: int) -> dict[str, Any]:
    """In a process of its own with one thread."""
    command = [sys.executable, "-m", "quaywatch.testing.bench.pass_worker"]
    command += [str(data), str(size), str(REPEATS)]
    environment = os.environ | {"POLARS_MAX_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, capture_output=True, env=environment)  # noqa: S603  # ourselves
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _row(what: str, who: str, seconds: list[float], positions: int) -> dict[str, Any]:
    each = [1e9 * spent / positions for spent in seconds]
    return {
        "what": what,
        "who": who,
        "positions": positions,
        "ns_per_position": median(each),
        "least_ns": min(each),
        "most_ns": max(each),
        "positions_per_s": 1e9 / max(median(each), 1e-9),
        "times_peer": None,
    }


def _beside_peers(
    rows: list[dict[str, Any]],
    notes: list[str],
    whole: pl.DataFrame,
    progress: Progress,
) -> None:
    """Add the peers' rows, and how many times faster we are."""
    version = peer("movingpandas")
    if version is None:
        notes.append("movingpandas is not installed: `make peers`.")
        return
    sample = _every(whole, -(-whole.height // PEER_ROWS))
    progress("movingpandas, gaps", 0.6)
    works = _peer_works(sample)
    table = _table(whole)
    who = "pandas, groupby and diff"
    works[PAIRWISE] = (who, REPEATS, lambda: _diff(_table(whole)))
    works[SILENCES] = (who, REPEATS, lambda: _diff(table))
    sizes = {PAIRWISE: whole.height, SILENCES: whole.height}
    theirs: dict[str, dict[str, Any]] = {}
    for name, (who, repeats, work) in works.items():
        progress(f"{who}: {name}", 0.6 + 0.1 * len(theirs))
        seconds = [clocked(work) for _ in range(repeats)]
        theirs[name] = _row(name, who, seconds, sizes.get(name, sample.height))
    by_name = {row["what"]: row for row in rows}
    for name, row in theirs.items():
        ours = by_name.get(name, by_name[COASTAL])["ns_per_position"]
        rows.append(row | {"times_peer": row["ns_per_position"] / ours})
    notes.append(
        f"movingpandas {version} on {sample.height:,} of the same positions, whole vessels: gaps "
        f"of {GAP}, stops of {STOP} within {STOP_M} m. times_peer: the peer's time for a position "
        "over ours; for gap, stop and speed ours is the whole pass, with the coast."
    )


def _peer_works(sample: pl.DataFrame) -> dict[str, tuple[str, int, Callable[[], object]]]:
    """What the peers do, each from columns in memory, and how often."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what else the peer could use
        import geopandas as gpd  # noqa: PLC0415  # a peer is imported where it is measured
        import movingpandas as mpd  # noqa: PLC0415  # as above

    def collection() -> "mpd.TrajectoryCollection":
        table = _table(sample)
        points = gpd.points_from_xy(table["lon"], table["lat"])
        frame = gpd.GeoDataFrame(table[["mmsi"]], geometry=points, crs=4326)
        return mpd.TrajectoryCollection(frame, "mmsi")

    def gaps_only() -> object:
        return mpd.ObservationGapSplitter(collection()).split(gap=GAP)

    def everything() -> object:
        parts = mpd.ObservationGapSplitter(collection()).split(gap=GAP)
        parts.add_speed()
        return mpd.TrajectoryStopDetector(parts).get_stop_time_ranges(
            min_duration=STOP, max_diameter=STOP_M
        )

    return {
        SPLIT: ("movingpandas", REPEATS, gaps_only),
        PEER_WHOLE: ("movingpandas", 2, everything),
    }


def _table(positions: pl.DataFrame) -> "pd.DataFrame":
    """As pandas has it: indexed by time."""
    import pandas as pd  # noqa: PLC0415  # a peer is imported where it is measured

    placed = positions.drop_nulls("lon")
    columns = {name: placed[name].to_numpy() for name in ("mmsi", "lon", "lat")}
    at = placed["at"].dt.replace_time_zone(None).to_numpy()
    return pd.DataFrame(columns, index=pd.DatetimeIndex(at, name="at"))


def _diff(table: "pd.DataFrame") -> object:
    """Numbers of the stretches between silences, the shortest way to have them in pandas."""
    step = table.index.to_series().groupby(table["mmsi"].to_numpy()).diff()
    return (step > GAP).cumsum()


def _every(frame: pl.DataFrame, step: int) -> pl.DataFrame:
    """Every so manieth vessel."""
    chosen = frame["mmsi"].unique(maintain_order=True)[::step]
    return frame.filter(pl.col("mmsi").is_in(chosen.implode()))
