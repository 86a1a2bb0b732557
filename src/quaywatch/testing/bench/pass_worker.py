"""The pass over AIS, measured in a process of its own that is held to one thread.

Called as ``python -m quaywatch.testing.bench.pass_worker DATA SIZE REPEATS``; prints one JSON
object.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import polars as pl

from quaywatch.ais.chains import chains_of, silences_of
from quaywatch.ais.schema import STATICS_FRAME
from quaywatch.ais.segments import segment
from quaywatch.ais.track import Tracks, tracks_of
from quaywatch.geo.coast import Coast
from quaywatch.testing.bench.recorded import recorded, replicated
from quaywatch.workflows import ais_pass
from quaywatch.workflows.ais_pass import AisPass, PassRules

BUCKET: Final = 450_000
"""Positions that are in memory at a time, about, as in the lake."""
GAP_H: Final = 1.0
WHOLE: Final = "the whole pass"
COASTAL: Final = "the whole pass, with distances from the coast"
SPLIT: Final = "gap splitting"
PAIRWISE: Final = "pairwise gap splitting"
SILENCES: Final = "pairwise gap splitting, arrays or table made before"
REST: Final = "the rest: summaries kept on disk"
STAGES: Final = {
    "tracks_of": "arrays",
    "segment": "segments",
    "reception_counts": "reception",
    "merged_counts": "reception",
    "measure": "integrity, measured",
    "battery": "integrity, judged",
    "bucket_voyages": "stays: calls, anchoring, loitering",
    "port_calls": "stays: calls, anchoring, loitering",
    "motion_of": "stays: calls, anchoring, loitering",
    "anchorages": "stays: calls, anchoring, loitering",
    "declared": "stays: calls, anchoring, loitering",
    "encounters": "encounters",
    "two_tracks": "two tracks, jumps",
    "jumps": "two tracks, jumps",
    "identities": "identity",
    "shared_identity_events": "identity",
    "gaps": "gaps",
    "with_records": "gaps",
    "sparsity": "sparsity",
    "settled": "events put in order",
}
"""Functions that the pass calls, and the stage that each is charged to."""


def as_run(pieces: list[pl.DataFrame], coast: Coast | None = None) -> int:
    """The pass as the workflow runs it; the number of events."""
    statics = pl.DataFrame(schema=STATICS_FRAME)
    with TemporaryDirectory() as scratch:
        one = AisPass(
            lambda: ((piece, statics) for piece in pieces),
            rules=PassRules(),
            sites=[],
            coast=coast,
            distance=None,
            scratch=Path(scratch),
        )
        return sum(found.height for found in one.events(lambda _what, _done: None))


def by_stage(pieces: list[pl.DataFrame]) -> dict[str, float]:
    """Processor seconds of one pass by stage; what no stage is charged with comes last."""
    with charged() as spent:
        whole = clocked(lambda: as_run(pieces))
    return dict(spent) | {REST: whole - sum(spent.values())}


@contextmanager
def charged() -> Iterator[dict[str, float]]:
    """Put a clock before every function in ``STAGES``, where the pass looks it up.

    That way it is the pass itself that is measured, not a copy of it; the process ends after.
    """
    spent: dict[str, float] = defaultdict(float)
    plain = {name: getattr(ais_pass, name) for name in STAGES}
    try:
        for name, function in plain.items():
            setattr(ais_pass, name, _charging(function, STAGES[name], spent))
        yield spent
    finally:
        for name, function in plain.items():
            setattr(ais_pass, name, function)


def _charging(
    function: Callable[..., object], stage: str, spent: dict[str, float]
) -> Callable[..., object]:
    def timed(*args: object, **named: object) -> object:
        begun = time.process_time()
        try:
            return function(*args, **named)
        finally:
            spent[stage] += time.process_time() - begun

    return timed


def split(piece: pl.DataFrame) -> int:
    """What a gap splitter does, and hulls under one number told apart besides."""
    return len(segment(tracks_of(piece)).found)


def pairwise(piece: pl.DataFrame) -> int:
    """Silences longer than ``GAP_H`` between one report and the next of each MMSI, no more."""
    return silences(tracks_of(piece))


def silences(tracks: Tracks) -> int:
    """The same of arrays that are there already."""
    return len(silences_of(tracks, chains_of(tracks, None), GAP_H))


def pieces_of(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Whole vessels, about ``BUCKET`` rows each."""
    sizes = frame.group_by("mmsi", maintain_order=True).len()
    piece = (sizes["len"].cum_sum() - 1) // BUCKET
    cuts = sizes.with_columns(piece=piece).group_by("piece", maintain_order=True)
    lengths = cuts.agg(pl.col("len").sum())["len"].to_list()
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1])).tolist()
    return [frame.slice(start, length) for start, length in zip(starts, lengths, strict=True)]


def clocked(work: Callable[[], object]) -> float:
    """Processor seconds of all threads."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def measured(data: Path, size: int, repeats: int) -> dict[str, Any]:
    """All figures of one process: ``seconds`` by name, a number per run.

    Raises:
        SourceMissingError: the recorded tracks are not there.

    """
    once = recorded(data, "sbarc_2018")
    frame = replicated(once, size)
    pieces = pieces_of(frame)
    with TemporaryDirectory() as cache:
        coast = Coast(Path(cache))
        arrays = [tracks_of(piece) for piece in pieces]
        found = as_run(pieces, coast)  # compiles, and reads the land mask of these waters
        works: dict[str, Callable[[], object]] = {
            WHOLE: lambda: as_run(pieces),
            COASTAL: lambda: as_run(pieces, coast),
            SPLIT: lambda: [split(piece) for piece in pieces],
            PAIRWISE: lambda: [pairwise(piece) for piece in pieces],
            SILENCES: lambda: [silences(tracks) for tracks in arrays],
        }
        pairwise(pieces[0])
        seconds: dict[str, list[float]] = defaultdict(list)
        for _ in range(repeats):
            for name, spent in by_stage(pieces).items():
                seconds[name].append(spent)
            for name, work in works.items():
                seconds[name].append(clocked(work))
    return {
        "recorded": once.height,
        "positions": frame.height,
        "vessels": frame["mmsi"].n_unique(),
        "events": found,
        "seconds": seconds,
    }


def main(arguments: list[str]) -> None:
    """Measure, print."""
    data, size, repeats = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    print(json.dumps(measured(data, size, repeats)))  # noqa: T201  # this is how it answers


if __name__ == "__main__":
    main(sys.argv[1:])
