"""How fast silences are found, beside movingpandas on the same rows, and judged."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import polars as pl

from quaywatch.ais.chains import chains_of, silences_of
from quaywatch.ais.gaps import GapRules, gaps
from quaywatch.ais.reception import Reception, reception_counts
from quaywatch.ais.segments import segment
from quaywatch.ais.track import tracks_of
from quaywatch.testing.bench.report import peer, timed

_GAP_H: Final = 2.0


def speed_rows(frame: pl.DataFrame, peer_rows: int) -> list[dict[str, Any]]:
    """Rows a second of one core for splitting, and for the whole judgement."""
    tracks = tracks_of(frame)
    told = segment(tracks)
    counts = reception_counts(tracks, told)
    reception = Reception.of(counts)
    rules = GapRules()
    gaps(tracks, told, reception, rules=rules)
    silences_of(tracks, chains_of(tracks, None), _GAP_H)

    def split() -> object:
        return silences_of(tracks, chains_of(tracks, None), _GAP_H)

    n = len(tracks)
    return [
        _rate("splitting at gaps ≥ 2 h: quaywatch, from arrays", n, split, repeats=5),
        _rate("splitting at gaps ≥ 2 h: quaywatch, from the table", n, lambda: _split(frame)),
        *_movingpandas(frame, peer_rows),
        _rate("reception counted", n, lambda: reception_counts(tracks, told)),
        _rate("reception of the counts", n, lambda: Reception.of(counts)),
        _rate("gaps ≥ 6 h found and judged", n,
              lambda: gaps(tracks, told, reception, rules=rules)),
    ]  # fmt: skip


def _split(frame: pl.DataFrame) -> object:
    tracks = tracks_of(frame)
    return silences_of(tracks, chains_of(tracks, None), _GAP_H)


def _rate(what: str, n: int, work: Callable[[], object], *, repeats: int = 3) -> dict[str, Any]:
    middle, least, most = timed(work, repeats=repeats)
    return {"what": what, "n": n, "found": n / middle, "low": n / most, "high": n / least,
            "unit": "rows a second"}  # fmt: skip


def _movingpandas(frame: pl.DataFrame, peer_rows: int) -> list[dict[str, Any]]:
    version = peer("movingpandas")
    if version is None:
        return [{"what": "splitting at gaps ≥ 2 h: movingpandas is not installed", "n": 0}]
    # A peer that a user need not have.
    import movingpandas  # noqa: PLC0415  # type: ignore[import-untyped, unused-ignore]

    sizes = frame.filter(pl.col("lon").is_not_null()).group_by("mmsi").len().sort("mmsi")
    some = sizes.filter((pl.col("len") > 1) & (pl.col("len").cum_sum() <= peer_rows))["mmsi"]
    rows = frame.filter(pl.col("lon").is_not_null() & pl.col("mmsi").is_in(some.to_list()))
    table = rows.select("mmsi", pl.col("at").dt.replace_time_zone(None), "lon", "lat").to_pandas()

    def build() -> Any:  # noqa: ANN401  # the peer has no types
        return movingpandas.TrajectoryCollection(
            table, traj_id_col="mmsi", t="at", x="lon", y="lat", crs="EPSG:4326"
        )

    made = build()
    splitter = movingpandas.ObservationGapSplitter(made)
    name = f"movingpandas {version}, sample of whole transponders"
    return [
        _rate("splitting at gaps ≥ 2 h: quaywatch, the rows of movingpandas, from the table",
              rows.height, lambda: _split(rows)),
        _rate(f"splitting at gaps ≥ 2 h: {name}, from trajectories", rows.height,
              lambda: splitter.split(gap=timedelta(hours=_GAP_H))),
        _rate(f"splitting at gaps ≥ 2 h: {name}, from the table", rows.height,
              lambda: movingpandas.ObservationGapSplitter(build()).split(
                  gap=timedelta(hours=_GAP_H)), repeats=1),
    ]  # fmt: skip
