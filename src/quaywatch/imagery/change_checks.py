"""A series of levels checked, and what is held against its changes: sums, segments, a line.

None of these knows elapsed time or misread looks; they confirm and never tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quaywatch.errors import StockInputError

Floats = NDArray[np.float64]


def checked(
    days: Sequence[float], y: Sequence[float], sigma: Sequence[float]
) -> tuple[Floats, Floats, Floats]:
    """Days, levels and their errors as arrays; an error under 0.012 is not believed.

    Raises:
        StockInputError: lengths differ, times descend, or a value is not finite.

    """
    at, seen, spread = (np.asarray(list(v), np.float64) for v in (days, y, sigma))
    if not len(at) == len(seen) == len(spread):
        raise StockInputError(fact=f"{len(at)} times, {len(seen)} levels and {len(spread)} errors")
    if not (np.isfinite(at).all() and np.isfinite(seen).all() and (spread > 0).all()):
        raise StockInputError(fact="a level, a time or an error of the series is not a number")
    if (np.diff(at) < 0).any():
        raise StockInputError(fact="the looks are not in time order")
    return at, seen, np.maximum(spread, 0.012)


@dataclass(frozen=True)
class Alarm:
    """A cumulative sum that passed its bound."""

    look: int
    up: bool


def cusum(y: Floats, sigma: Floats, *, k: float = 0.5, h: float = 5.0) -> list[Alarm]:
    """Two-sided cumulative sums, online, against the mean since the last alarm.

    The baseline is the weighted mean of the first five looks after an alarm; with k = 0.5 and
    h = 5 a false alarm comes about once in 465 looks, were the baseline known.

    Source:
        Page (1954), doi:10.1093/biomet/41.1-2.100; figures of METHODS section 6.

    Examples:
        >>> y = np.array([0.1] * 8 + [0.3] * 4)
        >>> [(a.look, a.up) for a in cusum(y, np.full(12, 0.05))]
        [(9, True)]

    """
    alarms: list[Alarm] = []
    start, up, down = 0, 0.0, 0.0
    for look in range(len(y)):
        if look < start + 2:
            continue
        base = slice(start, min(start + 5, look))
        weight = 1 / sigma[base] ** 2
        mean = float((y[base] * weight).sum() / weight.sum())
        z = (y[look] - mean) / float(np.hypot(sigma[look], 1 / np.sqrt(weight.sum())))
        up, down = max(0.0, up + z - k), max(0.0, down - z - k)
        if max(up, down) > h:
            alarms.append(Alarm(look, bool(up > down)))
            start, up, down = look, 0.0, 0.0
    return alarms


def pelt_changes(y: Floats, sigma: Floats, *, least_size: int = 3) -> list[int]:
    """Indices at which a new mean begins: least weighted squares with ``3 ln n`` a change.

    Exact, by pruning. A cross-check: it knows neither time nor bad looks.

    Source:
        Killick, Fearnhead and Eckley (2012), doi:10.1080/01621459.2012.737745.

    Examples:
        >>> pelt_changes(np.array([0.1] * 6 + [0.5] * 6), np.full(12, 0.03))
        [6]

    """
    n = len(y)
    weight = 1 / sigma**2
    sums = np.concatenate([[0.0], np.cumsum(weight)])
    first = np.concatenate([[0.0], np.cumsum(weight * y)])
    second = np.concatenate([[0.0], np.cumsum(weight * y**2)])
    penalty = 3 * np.log(max(n, 2))
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    came = np.zeros(n + 1, np.int64)
    alive = np.array([0])
    for end in range(least_size, n + 1):
        cost = (
            second[end]
            - second[alive]
            - (first[end] - first[alive]) ** 2 / (sums[end] - sums[alive])
        )
        total = best[alive] + cost + penalty
        which = int(np.argmin(total))
        best[end], came[end] = total[which], alive[which]
        alive = np.append(alive[total - penalty <= best[end]], end - least_size + 1)
    found, end = [], int(came[n])
    while end > 0:
        found.append(end)
        end = int(came[end])
    return sorted(found)


@dataclass(frozen=True)
class Trend:
    """Slow change over a stretch without a jump."""

    per_30_days: float
    sigma: float
    first: int
    last: int


def slow_change(
    days: Sequence[float], y: Sequence[float], sigma: Sequence[float], *, sigmas: float = 3.0
) -> Trend | None:
    """The straight line through a stretch of looks, where it is steeper than chance.

    Needs five looks over three weeks; each counts by its error, times the scatter about the line.

    Examples:
        >>> t = slow_change(range(0, 60, 6), [0.1 + 0.01 * k for k in range(10)], [0.01] * 10)
        >>> t is not None and round(t.per_30_days, 2)
        0.05

    """
    at, seen, spread = checked(days, y, sigma)
    if len(at) < 5 or at[-1] - at[0] < 21:
        return None
    weight = 1 / spread**2
    middle = float((weight * at).sum() / weight.sum())
    level = float((weight * seen).sum() / weight.sum())
    sxx = float((weight * (at - middle) ** 2).sum())
    slope = float((weight * (at - middle) * (seen - level)).sum() / sxx)
    rest = seen - level - slope * (at - middle)
    scatter = max(1.0, float((weight * rest**2).sum() / (len(at) - 2)))
    error = float(np.sqrt(scatter / sxx))
    if abs(slope) < sigmas * error or abs(slope) * (at[-1] - at[0]) < 0.04:
        return None
    return Trend(30 * slope, 30 * error, 0, len(at) - 1)
