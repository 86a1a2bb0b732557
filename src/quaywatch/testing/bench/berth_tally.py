"""Answers about berths against the truth: how many were right, and what their chances are worth."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.imagery.berth_state import BerthState
from quaywatch.imagery.berth_verdict import BerthVerdict

Floats = NDArray[np.float64]

BINS: Final = 10
RESAMPLES: Final = 400


@dataclass
class Tally:
    """Answers against the truth."""

    cases: list[tuple[BerthVerdict, bool]] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    """Measured less true, of single ships, metres."""

    def add(self, said: BerthVerdict, *, occupied: bool, length_m: float | None) -> None:
        """One berth in one look."""
        self.cases.append((said, occupied))
        if said.length_m is not None and length_m is not None and said.ship_count == 1:
            self.lengths.append(said.length_m - length_m)

    def row(self, part: str) -> dict[str, Any]:
        """The figures of a part."""
        told = [(v, t) for v, t in self.cases if v.state in {"occupied", "empty"}]
        wrong = [(v, t) for v, t in told if (v.state is BerthState.OCCUPIED) != t]
        unknown = [v for v, _ in self.cases if v.state is BerthState.UNKNOWN]
        hidden = sum("hidden" in v.reason for v in unknown)
        between = sum(v.p_occupied is not None for v in unknown)
        p = np.array([v.p_occupied for v, _ in self.cases if v.p_occupied is not None])
        true = np.array([t for v, t in self.cases if v.p_occupied is not None], float)
        right = len(told) - len(wrong)
        at_best = ece_if_calibrated(p) if p.size else (0.0, 0.0)
        return {
            "part": part,
            "looks": len(self.cases),
            "said": len(told),
            "right_pct": round(100 * right / len(told), 2) if told else None,
            "right_low_pct": round(100 * low_bound(right, len(told)), 2) if told else None,
            "said_empty_wrongly": sum(t for _, t in wrong),
            "said_occupied_wrongly": sum(not t for _, t in wrong),
            "unknown_hidden": hidden,
            "unknown_between": between,
            "unknown_other": len(unknown) - hidden - between,
            "ece": round(ece(p, true), 4) if p.size else None,
            "ece_high": round(_ece_high(p, true), 4) if p.size else None,
            "ece_if_calibrated": round(at_best[0], 4) if p.size else None,
            "ece_if_calibrated_high": round(at_best[1], 4) if p.size else None,
            "brier": round(float(((p - true) ** 2).mean()), 4) if p.size else None,
            "length_mae_m": round(float(np.abs(self.lengths).mean()), 1) if self.lengths else None,
            "length_n": len(self.lengths),
        }

    def reliability(self) -> list[tuple[float, float, int]]:
        """Mean chance, share occupied and number in each tenth of chances that has any."""
        p = np.array([v.p_occupied for v, _ in self.cases if v.p_occupied is not None])
        true = np.array([t for v, t in self.cases if v.p_occupied is not None], float)
        bins = np.minimum((p * BINS).astype(int), BINS - 1)
        return [
            (float(p[bins == b].mean()), float(true[bins == b].mean()), int((bins == b).sum()))
            for b in range(BINS)
            if (bins == b).any()
        ]


def low_bound(right: int, count: int) -> float:
    """Lower end of the 95% interval of a share.

    Source:
        Wilson (1927), doi:10.1080/01621459.1927.10502953.

    Examples:
        >>> round(low_bound(97, 100), 3)
        0.915

    """
    z, share = 1.96, right / count
    middle = share + z * z / (2 * count)
    spread = z * float(np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)))
    return (middle - spread) / (1 + z * z / count)


def ece(p: Floats, true: Floats) -> float:
    """Expected calibration error over ten bins of equal width.

    Source:
        Naeini, Cooper and Hauskrecht (2015), doi:10.1609/aaai.v29i1.9602.

    Examples:
        >>> ece(np.array([0.05, 0.95, 0.95]), np.array([0.0, 1.0, 1.0])).__round__(3)
        0.05

    """
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    gaps = [
        (bins == b).sum() * abs(float(p[bins == b].mean()) - float(true[bins == b].mean()))
        for b in range(BINS)
        if (bins == b).any()
    ]
    return float(sum(gaps)) / len(p)


def _ece_high(p: Floats, true: Floats) -> float:
    """Upper end of the 95% interval, by drawing the cases again."""
    rng = np.random.default_rng(11)
    drawn = rng.integers(0, len(p), (RESAMPLES, len(p)))
    return float(np.quantile([ece(p[d], true[d]) for d in drawn], 0.975))


def ece_if_calibrated(p: Floats) -> tuple[float, float]:
    """The ECE to be expected of these very chances if every one of them were exactly right.

    With few cases the share in a bin strays from the chance by luck alone, and ECE, a mean of
    absolute differences, counts that as error: it is biased upwards. What an ECE says of a method
    is what it has beyond this. The truths are drawn from the chances themselves, a fixed seed.

    Returns:
        Mean and 95% quantile over draws.

    Source:
        Gruber and Buettner (2022), arXiv:2203.07835; Roelofs et al. (2022), arXiv:2012.08668.

    Examples:
        >>> mean, high = ece_if_calibrated(np.full(40, 0.5))
        >>> round(mean, 2), high > 0.1
        (0.06, True)

    """
    rng = np.random.default_rng(12)
    drawn = [ece(p, (rng.random(len(p)) < p).astype(float)) for _ in range(RESAMPLES)]
    return float(np.mean(drawn)), float(np.quantile(drawn, 0.95))
