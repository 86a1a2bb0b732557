"""Fit the curves of ``quaywatch.imagery.berth_odds`` and print them.

On simulated quays (seeds 101 to 108; the benchmark scores 1 and up) and on the labels of the ports
set aside for it (``setting`` in ``quaywatch/testing/labels/berths.json``), never on those scored.
How well a choice does is told by leaving out one seed or one port at a time: the ridge, and whether
monotone steps (isotonic regression) after the logistic curve help.

    python scripts/fit_berths.py --data ../shared/data

Three minutes of one processor. ``--cases FILE.npz`` keeps the evidence, to fit again without
looking at every scene again.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.berth_history import background, borrowed, occupancy
from quaywatch.imagery.berth_odds import CURVES, HISTORY, LOOK, NAMES, evidence, fitted, monotone
from quaywatch.imagery.berth_strip import BerthStrip
from quaywatch.imagery.berth_verdict import CLEAR_NEEDED
from quaywatch.imagery.detection import Detection
from quaywatch.sites.facility import Site
from quaywatch.testing.bench.berth_tally import ece, ece_if_calibrated
from quaywatch.testing.bench.imagery_berths import (
    LABELS,
    SITES,
    recorded_sky,
    seen_of,
    series_looks,
)

SEEDS = range(101, 109)
ALONE = range(101, 105)
"""Seeds whose first looks, searched by the detector, are among those judged without a history."""
RIDGES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
KINDS = (HISTORY, LOOK)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cases:
    """Evidence and truth of one kind."""

    x: Floats
    """(case, evidence)"""
    occupied: NDArray[np.bool_]
    group: NDArray[np.str_]
    """Seed or port that each is of: what is left out together."""


Row = tuple[str, str, Floats, bool]
"""Kind, group, evidence, whether occupied."""


def alone(strip: BerthStrip | None, hulls: tuple[Detection, ...]) -> Floats | None:
    """The evidence of one look without a history; None where it says nothing."""
    if strip is None or strip.usable_share < CLEAR_NEEDED:
        return None
    score = max((hull.score for hull in hulls), default=0.0)
    return evidence(occupancy(strip, borrowed(strip)), score)


def simulated(data: Path) -> Iterator[Row]:
    """Looks judged by their history, and first looks judged without."""
    sky = recorded_sky(data)
    for seed in SEEDS:
        _, looks = series_looks(seed, sky)
        clear = [k for k in looks if k.strip is not None and k.strip.usable_share >= CLEAR_NEEDED]
        empty = background([look.strip for look in clear if look.strip is not None])
        for look in clear:
            if look.strip is not None and empty is not None:
                x = evidence(occupancy(look.strip, empty), 0.0)
                yield HISTORY, f"seed {seed}", x, bool(look.stays)
            if seed in ALONE and look.hulls is not None:
                x_alone = alone(look.strip, look.hulls)
                if x_alone is not None:
                    yield LOOK, f"seed {seed}", x_alone, bool(look.stays)


def recorded(data: Path) -> Iterator[Row]:
    """Labelled berths of the setting ports."""
    labels = json.loads(LABELS.read_text(encoding="utf-8"))["labels"]
    mine = [lab for lab in labels if lab["split"] == "setting" and lab["state"] != "doubtful"]
    sites = {site.id: site for site in map(Site.read, sorted(SITES.glob("*.geojson")))}
    for name, scene in sorted({(lab["site"], lab["scene"]) for lab in mine}):
        own = [lab for lab in mine if (lab["site"], lab["scene"]) == (name, scene)]
        single = data / "imagery" / own[0]["folder"] / scene
        paths = [single] if single.is_file() else sorted(single.glob("*_B*.tiff"))
        seen = seen_of(paths, sites[name])
        for label in own:
            strip, hulls = seen[label["berth"]]
            x = alone(strip, hulls)
            if x is not None:
                yield LOOK, name, x, label["state"] == "occupied"


def gathered(data: Path, kept: Path | None) -> dict[str, Cases]:
    """The cases of each kind, from the file if there is one."""
    if kept is not None and kept.is_file():
        with np.load(kept) as held:
            rows = {name: held[name] for name in ("kind", "group", "x", "occupied")}
    else:
        found = [*recorded(data), *simulated(data)]
        rows = {
            "kind": np.array([row[0] for row in found]),
            "group": np.array([row[1] for row in found]),
            "x": np.array([row[2] for row in found]),
            "occupied": np.array([row[3] for row in found]),
        }
        if kept is not None:
            np.savez_compressed(kept, **rows)
    return {
        kind: Cases(*(rows[name][rows["kind"] == kind] for name in ("x", "occupied", "group")))
        for kind in KINDS
    }


def fit(cases: Cases, ridge: float) -> Floats:
    """Weights from all cases alike."""
    return fitted(cases.x, cases.occupied, np.ones(len(cases.x)), ridge=ridge)


def raw_chance(x: Floats, weights: Floats) -> Floats:
    """P(occupied) by the logistic curve alone, (case,)."""
    p: Floats = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
    return p


def left_out(cases: Cases, ridge: float) -> tuple[Floats, Floats]:
    """P of each case by a curve that never saw its group, without and with monotone steps.

    The steps of a fold are fitted on chances that are themselves of left-out groups, or they would
    learn how well the curve knows its own cases.
    """
    plain, stepped = np.zeros(len(cases.x)), np.zeros(len(cases.x))
    for own in np.unique(cases.group):
        mine = cases.group == own
        rest = Cases(cases.x[~mine], cases.occupied[~mine], cases.group[~mine])
        plain[mine] = raw_chance(cases.x[mine], fit(rest, ridge))
        inner = _chances_left_out(rest, ridge)
        steps = monotone(inner, rest.occupied)
        stepped[mine] = np.interp(plain[mine], [p for p, _ in steps], [q for _, q in steps])
    return plain, stepped


def _chances_left_out(cases: Cases, ridge: float) -> Floats:
    p = np.zeros(len(cases.x))
    for own in np.unique(cases.group):
        mine = cases.group == own
        rest = Cases(cases.x[~mine], cases.occupied[~mine], cases.group[~mine])
        p[mine] = raw_chance(cases.x[mine], fit(rest, ridge))
    return p


def scores(p: Floats, occupied: NDArray[np.bool_], least: float) -> str:
    """ECE beside what chance alone would make it, Brier score and log loss, in words."""
    p = np.clip(p, least, 1 - least)
    true = occupied.astype(np.float64)
    loss = -(true * np.log(p) + (1 - true) * np.log(1 - p)).mean()
    brier = ((p - true) ** 2).mean()
    return (
        f"ECE {ece(p, true):.4f} ({ece_if_calibrated(p)[0]:.4f} if calibrated), "
        f"Brier {brier:.4f}, log loss {loss:.4f}"
    )


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cases", type=Path, help="keep the evidence here, or take it from here")
    given = parser.parse_args()
    for kind, cases in gathered(given.data, given.cases).items():
        least = CURVES[kind].least
        print(f"{kind}: {len(cases.x)} cases, {int(cases.occupied.sum())} occupied")
        for ridge in RIDGES:
            plain, stepped = left_out(cases, ridge)
            print(f"  ridge {ridge:g}, left out: {scores(plain, cases.occupied, least)}")
            print(f"    with monotone steps: {scores(stepped, cases.occupied, least)}")
            weights = fit(cases, ridge).round(3).tolist()
            print(f"    {dict(zip(NAMES, weights, strict=True))}")
            steps = monotone(_chances_left_out(cases, ridge), cases.occupied)
            print(f"    steps {[(round(p, 3), round(q, 3)) for p, q in steps]}")


if __name__ == "__main__":
    main()
