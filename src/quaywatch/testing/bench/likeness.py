"""The same ship? How often the right hull comes first, and what the ratios are worth.

On recorded chips whose dates the mean hull and the line of ratios were not learnt from; and by
length alone on radar chips whose ships AIS names.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from quaywatch.fusion.likeness import dimensions_log_ratio
from quaywatch.fusion.likeness_appearance import MEASURED, log_ratio_of
from quaywatch.fusion.likeness_population import Member, population_of
from quaywatch.imagery.embedding import all_alike
from quaywatch.imagery.hull_readings import Reading
from quaywatch.imagery.radar import search_radar
from quaywatch.testing.bench.imagery_radar import as_pixels
from quaywatch.testing.bench.likeness_chips import Seen, identities, read_ships
from quaywatch.testing.bench.likeness_network import by_network
from quaywatch.testing.bench.likeness_pairs import Paired, Pairs, cllr, fitted, paired, ranks
from quaywatch.testing.bench.radar_chips import Chip as RadarChip
from quaywatch.testing.bench.radar_chips import read_chips
from quaywatch.testing.bench.report import BenchReport, Progress

HELD_OUT_FROM = "20171001"
"""First day of the dates scored; the mean hull, the network and the line know the days before."""
COLUMNS = ("what", "by", "n", "gallery", "rank_1", "rank_1_95", "rank_5", "c_llr", "other_above_1",
           "other_above_10", "same_below_1")  # fmt: skip
Scores = NDArray[np.float64]


def run(data: Path, progress: Progress, *, size: int = 1000) -> BenchReport:
    """Score both ways of likeness on later dates, and length alone on radar.

    Args:
        data: folder with ``imagery/planet_chips`` and ``imagery/sentinel1_ship_chips``.
        progress: told how far it is.
        size: chips of later dates looked at, at most.

    """
    progress("chips read", 0.0)
    ships = read_ships(data / "imagery" / "planet_chips")
    early = [s for s in ships if s.day < HELD_OUT_FROM]
    late = [s for s in ships if s.day >= HELD_OUT_FROM][:size]
    pairs = paired(late)
    progress("chips compared", 0.3)
    like = all_alike([s.chip for s in late])
    rows = _rows("correlation", late, like, pairs, log_ratio_of)
    progress("network", 0.6)
    line = _line(early, by_network([s.chip for s in early]))
    rows += _rows(
        "network", late, by_network([s.chip for s in late]), pairs, lambda s: _capped(line, s)
    )
    progress("radar", 0.8)
    chips = read_chips(data / "imagery" / "sentinel1_ship_chips")
    rows.append(_by_length(chips))
    return BenchReport(
        name="likeness",
        data=f"recorded: {len(late)} 3 m chips of {len({s.day for s in late})} days from "
        f"{HELD_OUT_FROM}, {len(chips)} radar chips",
        columns=COLUMNS,
        rows=rows,
        notes=_notes(early, late, pairs, like),
    )


def _line(early: Sequence[Seen], like: Scores) -> tuple[float, float]:
    pairs = paired(early)
    return fitted(_of(like, pairs.days), _of(like, pairs.other))


def _capped(line: tuple[float, float], score: float) -> float:
    cap = math.log(30.0)
    return min(max(line[0] + line[1] * score, -cap), cap)


def _of(like: Scores, pairs: Pairs) -> Scores:
    scores: Scores = like[pairs[:, 0], pairs[:, 1]]
    return scores


def _rows(
    by: str,
    ships: Sequence[Seen],
    like: Scores,
    pairs: Paired,
    ratio: Any,  # noqa: ANN401
) -> list[dict[str, Any]]:
    """Pairs minutes and days apart, each against other hulls of like length."""
    other = np.array([ratio(float(s)) for s in _of(like, pairs.other)])
    rows, number = [], identities(ships)
    for what, genuine in (("minutes to hours", pairs.minutes), ("1 to 4 days", pairs.days)):
        same = np.array([ratio(float(s)) for s in _of(like, genuine)])
        placed, gallery = ranks(ships, like, genuine)
        hulls = len({number[i] for i in genuine[:, 0]})
        rows.append({
            "what": f"same hull, {what} apart",
            "by": by,
            "n": f"{len(same)} ({hulls} hulls) / {len(other)}",
            "gallery": gallery,
            **_ranked(placed, hulls),
            **_worth(same, other),
        })  # fmt: skip
    return rows


def _ranked(placed: NDArray[np.intp], hulls: int) -> dict[str, Any]:
    first = int((placed == 1).sum())
    # Pairs of one hull are no trials apart: the interval takes each hull for one.
    share = first / len(placed)
    sure = binomtest(round(share * hulls), hulls).proportion_ci(method="exact")
    return {
        "rank_1": round(share, 3),
        "rank_1_95": f"{sure.low:.2f} to {sure.high:.2f}",
        "rank_5": round(float((placed <= 5).mean()), 3),
    }


def _worth(same: Scores, other: Scores) -> dict[str, Any]:
    return {
        "c_llr": round(cllr(same, other), 3),
        "other_above_1": round(float((other > 0).mean()), 3),
        "other_above_10": round(float((other > math.log(10)).mean()), 3),
        "same_below_1": round(float((same < 0).mean()), 3),
    }


def _by_length(chips: Sequence[RadarChip]) -> dict[str, Any]:
    """Each radar hull against the ships that AIS puts into its scene, by length alone."""
    same, other, placed = [], [], []
    galleries = []
    for scene in sorted({c.scene for c in chips}):
        own = [c for c in chips if c.scene == scene]
        read = {i: _measured(c) for i, c in enumerate(own)}
        members = [Member(str(i), None, c.length_m, None) for i, c in enumerate(own)]
        for i, seen in read.items():
            if seen is None:
                continue
            ratios = {}
            for member in members:
                crowd = population_of(members, without=member.subject, described="")
                said = Reading("length_m", member.length_m, 1.0)
                ratio = dimensions_log_ratio({"length_m": seen}, {"length_m": said}, crowd)
                ratios[int(member.subject)] = ratio or 0.0
            same.append(ratios[i])
            rest = [v for k, v in ratios.items() if k != i]
            other += rest
            placed.append(1 + sum(v >= ratios[i] for v in rest))
            galleries.append(len(members))
    row = {"what": "radar hull and the ship AIS names", "by": "length alone",
           "n": f"{len(same)} / {len(other)}", "gallery": min(galleries, default=0)}  # fmt: skip
    if not same:
        return row
    ranked = _ranked(np.array(placed, np.intp), len(placed))
    return {**row, **ranked, **_worth(np.array(same), np.array(other))}


def _measured(chip: RadarChip) -> Reading | None:
    """The length of the ship in the middle of a radar chip; None where none was found."""
    middle = chip.power.shape[1] / 2
    near = [
        hull
        for hull in search_radar(as_pixels(chip.power, 10.0, ("vh", "vv"), "power")).hulls
        if math.hypot(hull.x_px - middle, hull.y_px - middle) * 10 < max(60.0, 0.4 * chip.length_m)
    ]
    hull = max(near, key=lambda h: h.length_m, default=None)
    return None if hull is None else Reading("length_m", hull.length_m, hull.length_sigma_m)


def _notes(early: Sequence[Seen], late: Sequence[Seen], pairs: Paired, like: Scores) -> list[str]:
    repeated = _repeated(late)
    other = np.array([log_ratio_of(float(s)) for s in _of(like, pairs.other)])
    both = np.array([log_ratio_of(float(s)) for s in _of(like, pairs.days)])
    return [
        (
            f"{repeated[0]} hulls of later dates recur on their day ({repeated[1]} chips); line of "
            f"ratios from {MEASURED.n_same} pairs 1 to 4 days apart and {MEASURED.n_other} of two "
            f"hulls, {len(early)} chips of earlier dates."
        ),
        (
            "n is pairs of one hull / pairs of two. Pairs minutes apart share light and pose: what "
            "they show is an upper bound, but where a second satellite passed hours later."
        ),
        (
            "Pairs days apart are one hull by place (60 m) and length (5%), not by looks. Hulls of "
            "two lay more than 450 m apart on one day and differ by at most 12 m in length."
        ),
        "Galleries leave out other days within a week; a ship back after that counts as an error.",
        *_reliability(both, other),
        (
            "The radar chips name 187 ships by MMSI and no MMSI twice: no hull of theirs can be "
            "compared with itself, so only length against the register is scored."
        ),
    ]


def _repeated(ships: Sequence[Seen]) -> tuple[int, int]:
    _, counts = np.unique(np.array(identities(ships)), return_counts=True)
    more = counts[counts > 1]
    return len(more), int(more.sum())


def _reliability(same: Scores, other: Scores) -> list[str]:
    """At even odds, how often a chance so high was right; each kind weighs alike."""
    parts = []
    chance_same, chance_other = (1 / (1 + np.exp(-v)) for v in (same, other))
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 0.7), (0.7, 0.9), (0.9, 1.01)):
        hits = ((chance_same >= low) & (chance_same < high)).sum()
        misses = ((chance_other >= low) & (chance_other < high)).sum()
        weighed = hits / max(len(same), 1), misses / max(len(other), 1)
        if hits + misses:
            share = weighed[0] / sum(weighed)
            parts.append(f"{low:.1f} to {min(high, 1):.1f}: {share:.2f} (n {hits} + {misses})")
    return ["Reliability, correlation, days apart, at even odds: " + "; ".join(parts) + "."]
