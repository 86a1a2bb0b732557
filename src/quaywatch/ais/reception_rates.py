"""What one transponder's peers say: rates and blind shares with herself left out, as kernels.

Where a speed band holds fewer than five peers, all bands of the class are taken together in shares
of the nominal rate, and then never more than those peers were heard.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from quaywatch.ais.bins import BAND_COUNT, NOMINAL_PER_H, POOLED
from quaywatch.ais.compiled import compiled
from quaywatch.ais.reception_build import WIDTH, Places
from quaywatch.ais.track import Floats

PEERS: Final = 5
"""Fewer other transponders than this say nothing."""
PRIOR_SHIPS: Final = 4.0
"""How many ships the blind share of cells alike weighs in that of one cell."""
_WEIGHT, _COUNT, _RATE, _TELLING, _BLIND = 3, 4, 5, 8, 9

Singles = NDArray[np.float32]
Levels = NDArray[np.uint8]


@compiled
def rates_of(sums: Floats, nominal: Floats, out: Singles) -> None:
    """Messages an hour from the sums of a cell and class, shape (6, WIDTH), into (5, 3).

    NaN where neither the band nor all bands together hold five peers.
    """
    for band in range(BAND_COUNT):
        for kind in range(3):
            if sums[band, _COUNT] >= PEERS:
                out[band, kind] = sums[band, kind] / sums[band, _WEIGHT]
            elif sums[POOLED, _COUNT] >= PEERS:
                weight = sums[POOLED, _WEIGHT]
                share = sums[POOLED, kind] / weight * nominal[band]
                out[band, kind] = min(share, sums[POOLED, _RATE + kind] / weight)
            else:
                out[band, kind] = np.nan


@compiled
def blind_of(sums: Floats, usual: float) -> float:
    """Share of ships in a cell of whom nothing is heard though messages were due.

    Cells of half a degree at the edge of coverage have a silent part; a rate over the whole cell
    hides it. Shrunk towards the ``usual`` share of cells alike.
    """
    pooled = sums[POOLED]
    return float((pooled[_BLIND] + PRIOR_SHIPS * usual) / (pooled[_TELLING] + PRIOR_SHIPS))


@compiled
def all_rates(sums: Floats, nominal: Floats, out: Singles) -> None:
    """``rates_of`` for every cell and class: (C, 3, 6, WIDTH) into (C, 3, 5, 3)."""
    for cell in range(len(sums)):
        for kind in range(3):
            rates_of(sums[cell, kind], nominal[kind], out[cell, kind])


@compiled
def leave_out(  # a kernel
    sums: Floats,
    nominal: Floats,
    usual: Floats,
    level: Levels,
    place: Places,
    own: Floats,
    rates: Singles,
    blind: Singles,
    kept: Singles,
) -> None:
    """Take one transponder out of ``rates`` and ``blind``; what was there goes to ``kept``.

    Args:
        sums: of all, shape (C, 3, 6, WIDTH).
        nominal: ``NOMINAL_PER_H``.
        usual: blind share by level.
        level: shape (C, 3): how well a cell is heard.
        place: her rows of ``Peers.place``, by cell and class.
        own: the same rows of ``Peers.own``.
        rates: changed in place, shape (C, 3, 5, 3).
        blind: changed in place, shape (C, 3).
        kept: written, shape (rows, 6, 3): at the first row of each cell and class.

    """
    rest = np.empty((BAND_COUNT + 1, WIDTH))
    k = 0
    while k < len(place):
        cell, kind = place[k, 0], place[k, 1]
        kept[k, :BAND_COUNT] = rates[cell, kind]
        kept[k, BAND_COUNT, 0] = blind[cell, kind]
        kept[k, BAND_COUNT, 1] = 1.0
        rest[:] = sums[cell, kind]
        first = k
        while k < len(place) and place[k, 0] == cell and place[k, 1] == kind:
            for column in range(WIDTH):
                rest[place[k, 2], column] -= own[k, column]
            k += 1
        rates_of(rest, nominal[kind], rates[cell, kind])
        blind[cell, kind] = blind_of(rest, usual[level[cell, kind]])
        for row in range(first + 1, k):
            kept[row, BAND_COUNT, 1] = 0.0


@compiled
def put_back(place: Places, rates: Singles, blind: Singles, kept: Singles) -> None:
    """Undo ``leave_out``."""
    for k in range(len(place)):
        if kept[k, BAND_COUNT, 1] == 1.0:
            rates[place[k, 0], place[k, 1]] = kept[k, :BAND_COUNT]
            blind[place[k, 0], place[k, 1]] = kept[k, BAND_COUNT, 0]


def without(sums: Floats, place: Places, own: Floats) -> Floats:
    """Messages an hour by cell, class, band and kind of receiver with own parts left out."""
    rest = sums.copy()
    np.subtract.at(rest, tuple(place.T), own)
    out = np.empty((len(sums), 3, BAND_COUNT, 3), np.float32)
    all_rates(rest, NOMINAL_PER_H, out)
    return out.astype(np.float64)
