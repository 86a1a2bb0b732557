"""Medians and quantiles inside kernels, by selection instead of sorting."""

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.compiled import compiled


@compiled
def quantile(values: NDArray[np.float64], count: int, share: float) -> float:
    """The ``share`` quantile of ``values[:count]`` (a member, never interpolated); NaN of none.

    Reorders ``values[:count]``.

    Source:
        Hoare (1961), Algorithm 65: Find, doi:10.1145/366622.366647.

    Examples:
        >>> quantile(np.array([5.0, 1.0, 3.0]), 3, 0.5)
        3.0

    """
    if count == 0:
        return np.nan
    wanted = min(count - 1, int(share * count))
    low, high = 0, count - 1
    while low < high:
        pivot = values[(low + high) >> 1]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if wanted <= j:
            high = j
        elif wanted >= i:
            low = i
        else:
            break
    return float(values[wanted])


@compiled
def turn_deg(from_deg: float, to_deg: float) -> float:
    """The short way round from one direction to another, degrees in [-180, 180).

    Examples:
        >>> turn_deg(350.0, 10.0)
        20.0

    """
    return (to_deg - from_deg + 180.0) % 360.0 - 180.0
