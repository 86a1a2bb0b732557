"""What the tests say of a scene, as one table of scores: larger is more suspicious."""

from collections.abc import Callable
from typing import Final

import polars as pl

from quaywatch.ais.gaps import gaps
from quaywatch.ais.integrity.battery import TELL, battery
from quaywatch.ais.integrity.measured import measure
from quaywatch.ais.integrity.scores import scores
from quaywatch.ais.integrity.tables import Measured
from quaywatch.ais.reception import Reception, reception_counts
from quaywatch.ais.segments import segment
from quaywatch.ais.sparsity import CHANGE, sparsity
from quaywatch.ais.track import Floats, tracks_of
from quaywatch.ais.two_tracks import jumps, two_tracks
from quaywatch.geo.coast import Coast
from quaywatch.testing.bench.attacks import World

COMBINED: Final = "combined"
SAID: Final = "tell"
"""Not a score to rank by: 1 where the battery says "tell", at the thresholds that it ships with,
or the test that is asked about the attack says what is its own word for it; else 0."""
TWO_TRACKS, GAP = "two-tracks", "gap"
JUMPED: Final = "reported-jump"
"""As ``ais.two_tracks.jumps`` reports it; the battery has a test ``jump`` besides."""
ASKED_OF: Final = {"gap": GAP, "sparse": CHANGE, "clone": TWO_TRACKS}
"""Attack → the test that is asked about it, where that is not the battery: a silence is judged
against reception, and one number in two places is no property of one track."""
WORDS: Final = {GAP: "significant", CHANGE: TELL, TWO_TRACKS: "two-places"}
"""What such a test says when it says something."""
Judge = Callable[[pl.DataFrame], pl.DataFrame]
"""Of the positions of a scene: ``unit``, ``test``, ``score``, a row per unit and test judged."""

_KEY = ("mmsi", "segment", "window", "start", "end")


def judging(coast: Coast | None) -> Callable[[World, pl.DataFrame], Judge]:
    """Judges that know the coast, or that run no test of land."""
    return lambda world, heard: judge_of(world, heard, coast)


def judge_of(world: World, heard: pl.DataFrame, coast: Coast | None = None) -> Judge:
    """All tests, with the half that tunes as the battery's reference.

    Args:
        world: honest vessel-days; those that are not scored are the battery's reference.
        heard: what is received of it; the reference is as thin as what is judged.
        coast: for the test of land.

    """
    tuning = world.units.filter(~pl.col("scored"))["unit"].to_list()
    reference, _ = _looked_at(heard.filter(pl.col("mmsi").is_in(tuning)), coast)

    def judge(positions: pl.DataFrame) -> pl.DataFrame:
        measured, events = _looked_at(positions, coast)
        told = battery(measured, reference=reference).filter(
            (pl.col("test") == COMBINED) & pl.col("verdict").is_not_null()
        )
        said = told.select("mmsi", test=pl.lit(SAID), score=pl.col("verdict") == TELL)
        return pl.concat(
            [_long(scores(measured, reference=reference)), _worst(said), _events(events)]
        )

    return judge


def said_by(test: str) -> str:
    """Name of the 0 or 1 that goes with a test.

    Examples:
        >>> said_by(COMBINED), said_by(GAP)
        ('tell', 'gap: significant')

    """
    return SAID if test == COMBINED else f"{test}: {WORDS[test]}"


def _looked_at(positions: pl.DataFrame, coast: Coast | None) -> tuple[Measured, pl.DataFrame]:
    """What the battery needs, and the events of the tests that are none of it."""
    tracks = tracks_of(positions)
    told = segment(tracks)
    reception = Reception.of(reception_counts(tracks, told))

    def depth_km(lon: Floats, lat: Floats) -> Floats:
        return -coast.signed_km(lon, lat) if coast is not None else lon

    silent = gaps(
        tracks,
        told,
        reception,
        on_land=None if coast is None else coast.on_land,
        shore_nm=None if coast is None else coast.shore_nm,
    )
    parts = [
        silent.with_columns(test=pl.lit(GAP)),
        sparsity(tracks, told, reception),
        two_tracks(tracks, told, positions).with_columns(test=pl.lit(TWO_TRACKS)),
        jumps(tracks, told, positions).with_columns(test=pl.lit(JUMPED)),
    ]
    measured = measure(
        tracks, told, land_depth_km=None if coast is None else depth_km, positions=positions
    )
    return measured, pl.concat(parts)


def _events(events: pl.DataFrame) -> pl.DataFrame:
    """Scores of events: by likelihood where there is one, else by size; and what was said."""
    # A ratio is capped: ranked by word first, then by ratio, then by messages that it rests on;
    # a change of reception has no ratio, and is ranked by its p.
    size = pl.col("statistic").log1p()
    word = pl.col("test").replace_strict(WORDS, default=None)
    said = (pl.col("verdict") == word).fill_null(value=False)
    rare = pl.coalesce("log_lr", -pl.col("p").clip(1e-12).log())
    likely = rare + 10.0 * said + 0.01 * size.clip(0.0, 20.0)
    scored = events.with_columns(
        said=said,
        score=pl.when(pl.col("test").is_in([TWO_TRACKS, JUMPED])).then(size).otherwise(likely),
    ).filter(pl.col("score").is_not_null())
    words = scored.filter(pl.col("test").is_in(list(WORDS))).select(
        "mmsi", test=pl.format("{}: {}", "test", word), score="said"
    )
    return pl.concat([_worst(scored.select("mmsi", "test", "score")), _worst(words)])


def _long(table: pl.DataFrame) -> pl.DataFrame:
    """Scores of windows as a row per unit and test, the worst window of each."""
    tests = [name for name in table.columns if name not in _KEY]
    rows = table.unpivot(tests, index="mmsi", variable_name="test", value_name="score")
    return _worst(rows.drop_nulls("score"))


def _worst(frame: pl.DataFrame) -> pl.DataFrame:
    """The highest score of each unit by test."""
    rows = frame.select("mmsi", pl.col("test"), pl.col("score").cast(pl.Float64))
    return rows.group_by(unit="mmsi", test="test").agg(pl.col("score").max())
