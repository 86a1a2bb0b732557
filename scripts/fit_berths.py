"""Fit the curves of ``quaywatch.imagery.berth_odds`` and print them.

On simulated quays (seeds 101 to 108; the benchmark scores 1 and up) and on the labels of the ports
set aside for it (``setting`` in ``quaywatch/testing/labels/berths.json``), never on those scored.

    python scripts/fit_berths.py --data ../shared/data
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.berth_history import background, borrowed, occupancy
from quaywatch.imagery.berth_odds import HISTORY, LOOK, NAMES, evidence, fitted
from quaywatch.imagery.berth_strip import BerthStrip
from quaywatch.imagery.berth_verdict import CLEAR_NEEDED
from quaywatch.imagery.detection import Detection
from quaywatch.sites.facility import Site
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
RIDGE = 1.0

Floats = NDArray[np.float64]
Case = tuple[Floats, bool]


def alone(strip: BerthStrip | None, hulls: tuple[Detection, ...]) -> Floats | None:
    """The evidence of one look without a history; None where it says nothing."""
    if strip is None or strip.usable_share < CLEAR_NEEDED:
        return None
    score = max((hull.score for hull in hulls), default=0.0)
    return evidence(occupancy(strip, borrowed(strip)), score)


def simulated(data: Path) -> tuple[list[Case], list[Case]]:
    """Cases judged by their history, and first looks judged without."""
    by_history: list[Case] = []
    by_look: list[Case] = []
    sky = recorded_sky(data)
    for seed in SEEDS:
        _, looks = series_looks(seed, sky)
        clear = [k for k in looks if k.strip is not None and k.strip.usable_share >= CLEAR_NEEDED]
        empty = background([look.strip for look in clear if look.strip is not None])
        for look in clear:
            if look.strip is not None and empty is not None:
                x = evidence(occupancy(look.strip, empty), 0.0)
                by_history.append((x, bool(look.stays)))
            if seed in ALONE and look.hulls is not None:
                x_alone = alone(look.strip, look.hulls)
                if x_alone is not None:
                    by_look.append((x_alone, bool(look.stays)))
    return by_history, by_look


def recorded(data: Path) -> Iterator[Case]:
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
                yield x, label["state"] == "occupied"


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    by_history, by_look = simulated(data)
    for kind, cases in ((HISTORY, by_history), (LOOK, [*recorded(data), *by_look])):
        x = np.array([case for case, _ in cases])
        weights = fitted(x, np.array([t for _, t in cases]), np.ones(len(cases)), ridge=RIDGE)
        print(kind, len(cases), dict(zip(NAMES, weights.round(3).tolist(), strict=True)))


if __name__ == "__main__":
    main()
