"""``quaywatch bench ais-segments``: hulls under one MMSI told apart, and what of it goes wrong.

The sigmas of ``SegmentRules`` were set on the transponders of ``sbarc_2018`` whose MMSI hashes
even; everything here is scored on those that hash odd, and on ``gfw_segments``, which set nothing.
"""

import gzip
import json
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.read import read_ais
from quaywatch.ais.segments import Segmentation, SegmentRules, segment
from quaywatch.ais.track import Tracks, tracks_of
from quaywatch.testing.bench.interleave import (
    HOUR_US,
    Interleaved,
    interleave,
    misplace,
    of_parity,
    take,
)
from quaywatch.testing.bench.report import BenchReport, Progress, timed

CASES: Final = 200
SEED: Final = 20180601
_AGREED: Final = 0.98
_NOISE: Final = 3
"""Reasons up to this code are noise by their own content, whatever track they are of."""
_STRICT: Final = (
    "Where hulls within reach of one another share a number, silences over 0.25 h are not bridged"
    " unless the ship is where she is expected; 'of 8 h pieces' counts that as loss."
)
_COLUMNS: Final = ("what", "of", "n", "value", "unit", "least", "most", "goal")


def run(data: Path, progress: Progress, *, size: int = CASES) -> BenchReport:
    """Purity, completeness, false splits, recall of misplaced runs, agreement, and speed.

    Args:
        data: folder of the recorded data.
        progress: told what is done.
        size: interleaved cases.

    """
    progress("reading", 0.0)
    tracks = _recorded(sorted((data / "ais" / "sbarc_2018").glob("*.csv.gz")))
    odd = of_parity(tracks, 1)
    rows: list[dict[str, Any]] = []
    segment(tracks)
    for name, work in (
        ("speed", _speed),
        ("single", _single),
        ("mixed", _mixed),
        ("moved", _moved),
    ):
        progress(name, len(rows) / 30)
        rows.extend(work(tracks, odd, size))
    progress("oracle", 0.8)
    rows.extend(_oracle(data / "ais" / "gfw_segments"))
    progress("done", 1.0)
    return BenchReport(
        name="ais-segments",
        data=f"recorded: sbarc_2018 ({len(tracks):,} positions; scored on {len(odd)} transponders"
        " of odd hash), gfw_segments; interleavings and displacements of them by seed",
        columns=_COLUMNS,
        rows=rows,
        notes=(
            f"Pieces: a recorded track cut at its own silences. {_STRICT}",
            "least and most: of cases (purity, completeness), runs (speed) or MMSIs (agreement).",
            "gfw_segments: 'expected' is another segmenter's answer, not the truth.",
        ),
    )


def _recorded(paths: list[Path]) -> Tracks:
    frames = [batch.positions for path in paths for batch in read_ais(path, source_id=path.name)]
    return tracks_of(pl.concat(frames).sort("mmsi", "at", maintain_order=True))


def _row(what: str, of: str, n: int, value: float, unit: str, **more: object) -> dict[str, Any]:
    return {"what": what, "of": of, "n": n, "value": float(value), "unit": unit, **more}


def _speed(tracks: Tracks, _odd: NDArray[np.int64], _size: int) -> list[dict[str, Any]]:
    middle, least, most = (s / len(tracks) * 1e9 for s in timed(lambda: segment(tracks), repeats=5))
    return [
        _row("processor time", "sbarc_2018", len(tracks), middle, "ns/position",
             least=least, most=most, goal="<= 250"),
    ]  # fmt: skip


def _single(tracks: Tracks, odd: NDArray[np.int64], _size: int) -> list[dict[str, Any]]:
    """Segments more than there are pieces, on tracks as recorded."""
    rows = np.concatenate([np.arange(*tracks.starts[v : v + 2]) for v in odd])
    alone = take(tracks, rows, tracks.mmsi[rows])
    told = segment(alone)
    good = told.segment >= 0
    mmsi, at = alone.mmsi[good].astype(np.int64), alone.at_us[good]
    hours = np.diff(at) / HOUR_US
    same, limit = np.diff(mmsi) == 0, SegmentRules().hours_max
    pieces = len(odd) + int((same & (hours > limit)).sum())
    under_way = float(hours[same & (hours <= limit)].sum())
    extra = np.bincount(told.found[:, 0], minlength=len(odd)) - 1
    split = int((extra > 0).sum())
    return [
        _row("false splits", f"tracks as recorded ({under_way:,.0f} vessel-hours)", len(odd),
             (len(told) - pieces) / under_way * 1000, "per 1,000 vessel-hours", goal="<= 1"),
        _row("reports rejected", "tracks as recorded", len(alone),
             100 * float((told.reason > _NOISE).mean()), "% (not noise by content)"),
        _row("transponders in several segments", "tracks as recorded", len(odd), split, "MMSIs"),
    ]  # fmt: skip


def _mixed(tracks: Tracks, odd: NDArray[np.int64], size: int) -> list[dict[str, Any]]:
    """Purity and completeness of 2 to 4 hulls under one number."""
    case = interleave(tracks, odd, size, np.random.default_rng(SEED))
    told = segment(case.tracks)
    shared = told.found[:, 7].astype(bool)
    share = len(np.unique(told.found[shared, 0])) / size
    scores = scored(case, told, SegmentRules().sure_h)
    whole = scored(case, told, SegmentRules().hours_max)
    rows = [
        _row("numbers seen to be shared within reach", "2-4 hulls", size, 100 * share, "%"),
        _row("completeness", "2-4 hulls, of 8 h pieces", size, _mean(whole, "best", "n"), "share",
             **_spread(whole, "best", "n")),
    ]  # fmt: skip
    edges = (0.0, 0.5, 2.0, 10.0, 50.0, np.inf)
    bins = [(0.0, np.inf), *pairwise(edges)]
    for low, high in bins:
        near = scores.filter((pl.col("closest") >= low) & ~(pl.col("closest") >= high))
        if high == np.inf:
            near = scores.filter(pl.col("closest") >= low)
        if near.is_empty():
            continue
        label = "2-4 hulls" if (low, high) == bins[0] else f"closest {low:g} to {high:g} nm"
        for name, part, whole_of, goal in (
            ("purity", "pure", "told", ">= 0.99"), ("completeness", "best", "n", ">= 0.98")
        ):  # fmt: skip
            rows.append(
                _row(name, label, near.height, _mean(near, part, whole_of), "share",
                     **_spread(near, part, whole_of), goal=goal)
            )  # fmt: skip
    return rows


def _mean(scores: pl.DataFrame, part: str, whole: str) -> float:
    return float(scores[part].sum()) / float(scores[whole].sum())


def _spread(scores: pl.DataFrame, part: str, whole: str) -> dict[str, Any]:
    each = scores[part] / scores[whole]
    return {"least": each.min(), "most": each.max()}


def scored(case: Interleaved, told: Segmentation, piece_h: float) -> pl.DataFrame:
    """What of each case was told apart.

    ``told``: reports in a segment; ``pure``: those of the hull that most of their segment is of;
    ``n``: reports; ``best``: those in the segment that holds most of their piece; ``closest``:
    nearest approach in nm. A piece is what a hull sent between silences of more than ``piece_h``,
    in numbers that were seen to be shared within reach; elsewhere of the longest that rules allow.
    """
    tracks = case.tracks
    vessel = np.repeat(np.arange(len(tracks.vessels)), np.diff(tracks.starts))
    shared = np.zeros(len(tracks.vessels), bool)
    shared[told.found[told.found[:, 7] == 1, 0]] = True
    limit = np.where(shared, piece_h, SegmentRules().hours_max)[vessel]
    frame = pl.DataFrame(
        {"case": vessel, "hull": case.hull, "at": tracks.at_us, "segment": told.segment,
         "reason": told.reason, "limit": limit}
    ).filter(~pl.col("reason").is_between(1, _NOISE))  # fmt: skip
    silent = (pl.col("at").diff().over("case", "hull") > pl.col("limit") * HOUR_US).fill_null(
        value=False
    )
    frame = frame.with_columns(piece=silent.cum_sum().over("case", "hull"))
    good = frame.filter(pl.col("segment") >= 0)
    held = good.group_by("case", "hull", "piece", "segment").len()
    best = held.group_by("case", "hull", "piece").agg(best=pl.col("len").max())
    pure = (
        good.group_by("case", "segment", "hull").len()
        .group_by("case", "segment").agg(pure=pl.col("len").max(), told=pl.col("len").sum())
        .group_by("case").agg(pl.col("pure", "told").sum())
    )  # fmt: skip
    closest = pl.DataFrame({"case": np.arange(len(case.closest_nm)), "closest": case.closest_nm})
    return (
        frame.group_by("case").len("n")
        .join(best.group_by("case").agg(pl.col("best").sum()), on="case")
        .join(pure, on="case").join(closest, on="case").sort("case")
    )  # fmt: skip


def _moved(tracks: Tracks, odd: NDArray[np.int64], size: int) -> list[dict[str, Any]]:
    """Runs of reports moved elsewhere, or to another time: how many leave their track."""
    rows = []
    for kind, distances in (("teleport", (5.0, 20.0, 200.0)), ("clock jump", (2.0, 12.0))):
        for far in distances:
            moved = misplace(tracks, odd, size, np.random.default_rng(SEED), kind, far)
            told = segment(moved.tracks)
            away = _away(moved, told)
            unit = "nm" if kind == "teleport" else "h"
            rows.append(
                _row("recall", f"{kind} by {far:g} {unit}, runs of 1 to 20", len(away),
                     float(away.mean()), "share of runs", goal=">= 0.95")
            )  # fmt: skip
    return rows


def _away(moved: Interleaved, told: Segmentation) -> NDArray[np.bool_]:
    """For each run whether none of its reports is in the main segment of its track."""
    vessel = np.repeat(np.arange(len(moved.tracks.vessels)), np.diff(moved.tracks.starts))
    frame = pl.DataFrame({"vessel": vessel, "run": moved.hull, "segment": told.segment})
    main = (
        frame.filter((pl.col("run") == 0) & (pl.col("segment") >= 0))
        .group_by("vessel").agg(own=pl.col("segment").unique())
    )  # fmt: skip
    runs = frame.filter(pl.col("run") > 0).join(main, on="vessel", how="left")
    joined = pl.col("segment").is_in(pl.col("own"))
    out = runs.group_by("vessel").agg(away=(~joined.fill_null(value=False)).all())
    return out["away"].to_numpy().astype(bool)


def _oracle(folder: Path) -> list[dict[str, Any]]:
    """Adjusted pairwise agreement with another segmenter, per MMSI.

    Its answers were made with longest silences of 8 h for some MMSIs and of a day for others.
    """
    frames: list[pl.DataFrame] = []
    expected: list[tuple[str, int, str | None]] = []
    for path in sorted(folder.glob("*.json.gz")):
        frames.extend(batch.positions for batch in read_ais(path, source_id=path.name))
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            expected += [(path.name, k, json.loads(x)["expected"]) for k, x in enumerate(lines, 1)]
    positions = pl.concat(frames).sort("mmsi", "at", maintain_order=True)
    theirs = pl.DataFrame(expected, schema=["source_id", "record", "expected"], orient="row")
    theirs = theirs.with_columns(pl.col("record").cast(pl.UInt64))
    positions = positions.join(
        theirs, on=["source_id", "record"], how="left", maintain_order="left"
    )
    tracks = tracks_of(positions)
    answer = positions["expected"].gather(tracks.row)
    rows, best = [], np.zeros(len(tracks.vessels))
    for hours in (SegmentRules().hours_max, 24.0):
        told = segment(tracks, rules=SegmentRules(hours_max=hours))
        frame = pl.DataFrame({"mmsi": tracks.mmsi, "ours": told.segment, "theirs": answer})
        both = frame.filter((pl.col("ours") >= 0) & pl.col("theirs").is_not_null())
        each = [
            agreement(group["ours"], group["theirs"])
            for _, group in both.group_by("mmsi", maintain_order=True)
        ]
        best = np.maximum(best, each)
        rows.append(_agreed(f"silences up to {hours:g} h", np.array(each)))
    return [*rows, _agreed("the better of both", best)]


def _agreed(of: str, each: NDArray[np.float64]) -> dict[str, Any]:
    share = float(np.mean(each >= _AGREED))
    return _row(f"MMSIs that agree (index >= {_AGREED})", f"gfw_segments, {of}", len(each), share,
                "share", least=each.min(), most=each.max())  # fmt: skip


def agreement(one: pl.Series, two: pl.Series) -> float:
    """Adjusted Rand index of two labellings; 1 where both put everything together.

    Source:
        Hubert and Arabie (1985), doi:10.1007/BF01908075.

    Examples:
        >>> agreement(pl.Series([0, 0, 1, 1]), pl.Series(["a", "a", "b", "b"]))
        1.0

    """

    def pairs(counts: pl.Series) -> float:
        return float((counts.cast(pl.Float64) * (counts.cast(pl.Float64) - 1) / 2).sum())

    cells = pl.DataFrame({"a": one, "b": two}).group_by("a", "b").len()
    both = pairs(cells["len"])
    a, b = (pairs(cells.group_by(k).agg(pl.col("len").sum())["len"]) for k in ("a", "b"))
    total = len(one) * (len(one) - 1) / 2
    if total == 0 or a + b == 2 * a * b / total:
        return 1.0
    return (both - a * b / total) / ((a + b) / 2 - a * b / total)
