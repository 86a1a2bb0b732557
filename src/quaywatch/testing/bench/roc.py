"""How much is found at how many false alarms, with what is known of either from so few."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, and between which bounds the true share lies with 95%."""

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share seen; NaN of none."""
        return self.count / self.of if self.of else float("nan")

    def __str__(self) -> str:
        """As a table shows it.

        Examples:
            >>> str(share(3, 60))
            '0.05 (0.01–0.14)'

        """
        return f"{self.value:.2f} ({self.low:.2f}–{self.high:.2f})" if self.of else "–"


def share(count: int, of: int) -> Share:
    """A share with its exact 95% interval.

    Source:
        Clopper & Pearson (1934), doi:10.1093/biomet/26.4.404.

    Examples:
        >>> none = share(0, 1000)
        >>> round(none.low, 4), round(none.high, 4)
        (0.0, 0.0037)

    """
    if of == 0:
        return Share(0, 0, 0.0, 1.0)
    low = float(beta.ppf(0.025, count, of - count + 1)) if count else 0.0
    high = float(beta.ppf(0.975, count + 1, of - count)) if count < of else 1.0
    return Share(count, of, low, high)


def threshold(honest: Floats, per_1000: float) -> tuple[float, int]:
    """The score above which at most ``per_1000`` of a thousand honest units lie, and how many do.

    An alarm is a score *above* the threshold, so ties never add alarms. NaN (not judged) is below
    everything. With fewer than 1000 / ``per_1000`` units no alarm is allowed and the threshold is
    the highest honest score.

    Examples:
        >>> threshold(np.arange(1000.0), 1.0)
        (998.0, 1)
        >>> threshold(np.arange(500.0), 1.0)
        (499.0, 0)

    """
    scores = np.sort(np.where(np.isnan(honest), -np.inf, honest))[::-1]
    if not len(scores):
        return float("inf"), 0
    allowed = int(len(scores) * per_1000 / 1000)
    level = float(scores[min(allowed, len(scores) - 1)])
    return level, int((scores > level).sum())


def found_at(attacked: Floats, honest: Floats, per_1000: float) -> Share:
    """How many attacked units score above that threshold.

    Examples:
        >>> found_at(np.array([5.0, np.nan]), np.array([1.0, 2.0]), 1.0).count
        1

    """
    level, _ = threshold(honest, per_1000)
    return share(int((np.nan_to_num(attacked, nan=-np.inf) > level).sum()), len(attacked))


def curve(attacked: Floats, honest: Floats) -> tuple[Floats, Floats]:
    """The ROC: false alarms per 1,000 honest units, and the share found, at every threshold.

    Examples:
        >>> rate, found = curve(np.array([2.0]), np.array([1.0, 3.0]))
        >>> rate.tolist(), found.tolist()
        ([0.0, 500.0, 500.0, 1000.0], [0.0, 0.0, 1.0, 1.0])

    """
    bad = np.nan_to_num(attacked, nan=-np.inf)
    good = np.nan_to_num(honest, nan=-np.inf)
    levels = np.unique(np.concatenate((bad, good)))[::-1]
    levels = levels[np.isfinite(levels)]
    over_good = np.searchsorted(np.sort(-good), -levels, side="right") / max(len(good), 1)
    over_bad = np.searchsorted(np.sort(-bad), -levels, side="right") / max(len(bad), 1)
    return np.concatenate(([0.0], over_good * 1000)), np.concatenate(([0.0], over_bad))


def area(attacked: Floats, honest: Floats) -> float:
    """Area under the ROC: the chance that an attacked unit scores above an honest one.

    Ties, and pairs of which neither was judged, count half.

    Examples:
        >>> area(np.array([1.0, np.nan]), np.array([0.0, np.nan]))
        0.625

    """
    bad = np.nan_to_num(attacked, nan=-np.inf)
    good = np.sort(np.nan_to_num(honest, nan=-np.inf))
    if not len(bad) or not len(good):
        return float("nan")
    below = np.searchsorted(good, bad, side="left")
    upto = np.searchsorted(good, bad, side="right")
    return float((below + upto).mean() / 2 / len(good))
