"""What the tests say of a scene, as one table of scores: larger is more suspicious."""

from collections.abc import Callable
from typing import Final

import polars as pl

from quaywatch.ais.integrity.circles import circles_of
from quaywatch.ais.integrity.features import features_of
from quaywatch.ais.integrity.jumps import jumps_of
from quaywatch.ais.integrity.scores import scores
from quaywatch.ais.integrity.windows import windows_of
from quaywatch.ais.segments import segment
from quaywatch.ais.track import Tracks, tracks_of
from quaywatch.testing.bench.attacks import World

COMBINED: Final = "combined"
Judge = Callable[[pl.DataFrame], pl.DataFrame]
"""Of the positions of a scene: ``unit``, ``test``, ``score``, a row per unit and test at least."""
Triplet = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]

_KEY = ("mmsi", "segment", "window", "start", "end")


def judge_of(world: World, heard: pl.DataFrame) -> Judge:
    """The battery, with the half that tunes as its reference.

    Args:
        world: honest vessel-days; those that are not scored are the reference.
        heard: what is received of it; the reference is as thin as what is judged.

    """
    tuning = world.units.filter(~pl.col("scored"))["unit"].to_list()
    reference = measured(tracks_of(heard.filter(pl.col("mmsi").is_in(tuning))))

    def judge(positions: pl.DataFrame) -> pl.DataFrame:
        table = scores(*measured(tracks_of(positions)), reference=reference)
        return long(table)

    return judge


def measured(tracks: Tracks) -> Triplet:
    """Features, jumps and circles of every window."""
    windows = windows_of(tracks, segment(tracks))
    return features_of(tracks, windows), jumps_of(tracks, windows), circles_of(tracks, windows)


def long(table: pl.DataFrame) -> pl.DataFrame:
    """Scores of windows as a row per unit and test, the worst window of each."""
    tests = [name for name in table.columns if name not in _KEY]
    return (
        table.unpivot(tests, index="mmsi", variable_name="test", value_name="score")
        .drop_nulls("score")
        .group_by(unit="mmsi", test="test")
        .agg(pl.col("score").max())
    )
