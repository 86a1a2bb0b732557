"""From counted messages to rates: sums over peers, and when the feed itself was silent.

A ship that lies in a cell for a week would outweigh everyone who passes: her weight stops growing
after ``SATURATION_H`` hours. Where a speed band holds fewer than five peers, all bands of the class
are taken together in shares of the nominal rate, and then never more than those peers were heard.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.bins import (
    BAND_COUNT,
    COLUMNS,
    NOMINAL_PER_H,
    POOLED,
    RECEIVERS,
    ROWS,
    WIDE_CELLS,
    ZONE_CELLS,
)
from quaywatch.ais.track import Floats, Indices

TELLING: Final = 3.0
"""Messages due from a ship in a cell, from which it means something that none was heard."""
HEARD: Final = tuple(f"heard_{kind}" for kind in RECEIVERS)
WIDTH: Final = 10
SATURATION_H: Final = 2.0
_SEEN_H: Final = 0.1
"""Less time than this in a cell makes no peer."""
_ENOUGH: Final = 10.0
"""Messages usual in a half hour, below which their absence shows nothing about the feed."""
_DEAD: Final = 30
NOBODY: Final = 255
_TERRESTRIAL: Final = 1

Places = NDArray[np.int32]
_BILLIONTHS: Final = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class Peers:
    """Weighted sums over transponders, and each one's own part."""

    index: Places
    """Shape (cells of the earth,): place of a cell in ``cells``, or -1."""
    cells: Places
    """Shape (C,): cells in which anyone was, rising."""
    sums: Floats
    """Shape (C, 3, 6, 10): by class and band, the last being all bands together. Last axis:
    weighted messages an hour by receiver kind (3), weight, peers; and for the last band, where the
    first three are shares of the nominal rate, the weighted messages an hour (3), peers of whom at
    least
    ``TELLING`` messages were due, and those of them of whom none was heard."""
    mmsi: NDArray[np.uint32]
    """Shape (V,): transponders, rising."""
    starts: Indices
    """Shape (V + 1,): where each begins in ``own``."""
    place: Places
    """Shape (K, 3): cell (place), class, band of each own part."""
    own: Floats
    """Shape (K, 10): as the last axis of ``sums``."""


def exact_sum(value: pl.Expr) -> pl.Expr:
    """Sum of hours or messages, counted in billionths.

    Whole numbers add up to the same in every order, so on every number of threads: a judgement
    rests on these sums, and must come out to the bit when it is made again elsewhere.

    Examples:
        >>> pl.DataFrame({"h": [0.1, 0.2, 0.3]}).select(exact_sum(pl.col("h")))["h"][0]
        0.6

    """
    return (value.cast(pl.Float64) * _BILLIONTHS).round().cast(pl.Int64).sum() / _BILLIONTHS


def peer_table(counts: pl.DataFrame) -> Peers:
    """Sums of the rows ``peer`` of ``COUNTS_FRAME``."""
    rows = counts.filter((pl.col("part") == "peer") & (pl.col("hours") >= _SEEN_H))
    nominal = NOMINAL_PER_H[rows["transponder"].to_numpy(), rows["band"].to_numpy()]
    banded = _weighted(rows, rows["hours"].to_numpy())
    due = pl.col("rate") * pl.col("hours")
    pooled = (
        rows.with_columns(nominal=rows["hours"] * nominal, rate=_usual_rates(rows))
        .group_by("cell", "transponder", "mmsi")
        .agg(
            exact_sum(due).alias("due"),
            exact_sum(pl.col("hours")),
            exact_sum(pl.col("nominal")),
            *(pl.col(name).sum() for name in HEARD),
        )
        .with_columns(band=pl.lit(POOLED, pl.UInt8))
    )
    telling = pooled["due"] >= TELLING
    together = _weighted(pooled, pooled["nominal"].to_numpy()).with_columns(
        telling=telling.cast(pl.Float64),
        blind=(telling & (pooled.select(pl.sum_horizontal(HEARD)).to_series() == 0)).cast(
            pl.Float64
        ),
    )
    return _summed(pl.concat([banded, together]).sort("mmsi", "cell", "transponder", "band"))


def _usual_rates(rows: pl.DataFrame) -> pl.Series:
    """Messages an hour of everyone in the row's cell, class and band."""
    over = ["cell", "transponder", "band"]
    heard = pl.sum_horizontal(HEARD).sum().over(over)
    return rows.select(heard / exact_sum(pl.col("hours")).over(over)).to_series()


def _summed(whole: pl.DataFrame) -> Peers:
    cells = np.unique(whole["cell"].to_numpy()).astype(np.int32)
    index = np.full(ROWS * COLUMNS, -1, np.int32)
    index[cells] = np.arange(len(cells))
    place = np.column_stack(
        [index[whole["cell"].to_numpy()], whole["transponder"].to_numpy(), whole["band"].to_numpy()]
    ).astype(np.int32)
    values = whole.select(pl.exclude("mmsi", "cell", "transponder", "band")).to_numpy()
    own = np.ascontiguousarray(values, dtype=np.float64)
    mmsi, first = np.unique(whole["mmsi"].to_numpy(), return_index=True)
    sums = np.zeros((len(cells), 3, BAND_COUNT + 1, WIDTH))
    np.add.at(sums, (place[:, 0], place[:, 1], place[:, 2]), own)
    starts = np.append(first, whole.height).astype(np.int64)
    return Peers(index, cells, sums, mmsi.astype(np.uint32), starts, place, own)


def _weighted(rows: pl.DataFrame, exposure: Floats) -> pl.DataFrame:
    hours = rows["hours"].to_numpy().astype(np.float64)
    weight = hours / (1.0 + hours / SATURATION_H)
    columns = {}
    for name, per in (("share", exposure), ("rate", hours)):
        for kind in HEARD:
            heard = rows[kind].to_numpy().astype(np.float64)
            columns[f"{name}_{kind}"] = weight * heard / per
    shares, rates = (
        {name: column for name, column in columns.items() if name.startswith(first)}
        for first in ("share", "rate")
    )
    return rows.select("mmsi", "cell", "transponder", "band").with_columns(
        **shares, weight=weight, peers=np.ones(rows.height), **rates,
        telling=np.zeros(rows.height), blind=np.zeros(rows.height),
    )  # fmt: skip


def alive_table(counts: pl.DataFrame) -> tuple[Places, NDArray[np.uint8], int]:
    """When and where the feed itself was silent.

    What was heard in a zone and half hour, over what the ships there usually give: at a cell's own
    average this is 1, so geography is in the rates and only the time is here. Too few ships in the
    zone: ask the wider zone, then three hours of it; else nobody was there to tell.

    Returns:
        Place of each 2-degree zone (or -1), hundredths by zone, slot and receiver kind
        (``NOBODY``: nobody was there to tell), and the first slot.

    """
    rows = counts.filter(pl.col("part") == "time")
    columns = COLUMNS // ZONE_CELLS
    zones = np.full((ROWS // ZONE_CELLS) * columns, -1, np.int32)
    if rows.is_empty():
        return zones, np.zeros((0, 0, 3), np.uint8), 0
    cell, slot = rows["cell"].to_numpy(), rows["slot"].to_numpy()
    first, slots = int(slot.min()), int(slot.max() - slot.min() + 1)
    zone = (cell // COLUMNS // ZONE_CELLS) * columns + (cell % COLUMNS) // ZONE_CELLS
    present = np.unique(zone)
    zones[present] = np.arange(len(present))
    wide_columns = COLUMNS // WIDE_CELLS
    ratio = WIDE_CELLS // ZONE_CELLS
    of_zone = (present // columns // ratio) * wide_columns + (present % columns) // ratio
    # One wide zone after another, so that memory does not grow with the map times the time.
    wide_of = of_zone[zones[zone]]
    parts = [
        (np.flatnonzero(wide_of == wide), np.flatnonzero(of_zone == wide))
        for wide in np.unique(of_zone)
    ]
    alive = np.full((len(present), slots, 3), NOBODY, np.uint8)
    for k, kind in enumerate(RECEIVERS):
        heard = rows[f"heard_{kind}"].to_numpy().astype(np.float64)
        if not heard.any():
            alive[:, :, k] = 0
            continue
        usual = _at_cell_average(cell, heard, rows[f"usual_{kind}"].to_numpy())
        for part, members in parts:
            near = np.zeros((2, len(members), slots))
            at = (np.searchsorted(members, zones[zone[part]]), slot[part] - first)
            np.add.at(near[0], at, heard[part])
            np.add.at(near[1], at, usual[part])
            alive[members, :, k] = _strength(near, spread_out=k <= _TERRESTRIAL)
    return zones, alive, first


def totals_by_slot(counts: pl.DataFrame) -> Floats:
    """Messages heard, and usual at each cell's own average, by half hour: shape (2, slots)."""
    rows = counts.filter(pl.col("part") == "time")
    if rows.is_empty():
        return np.zeros((2, 0))
    slot = rows["slot"].to_numpy() - int(rows["slot"].to_numpy().min())
    heard = rows.select(pl.sum_horizontal(HEARD)).to_series().to_numpy().astype(np.float64)
    usual = rows.select(pl.sum_horizontal(f"usual_{kind}" for kind in RECEIVERS)).to_series()
    usual_here = _at_cell_average(rows["cell"].to_numpy(), heard, usual.to_numpy())
    return np.stack([np.bincount(slot, heard), np.bincount(slot, usual_here)])


def _at_cell_average(cell: Places, heard: Floats, usual: Floats) -> Floats:
    _, at = np.unique(cell, return_inverse=True)
    both = np.bincount(at, heard), np.bincount(at, usual)
    level = both[0] / np.maximum(both[1], 1e-9)
    scaled: Floats = usual * level[at]
    return scaled


def _strength(near: Floats, *, spread_out: bool) -> NDArray[np.uint8]:
    """Hundredths from (heard, usual), of the narrowest surroundings that hold enough."""
    out = np.full(near.shape[1:], NOBODY, np.uint8)
    far = near.sum(axis=1, keepdims=True)
    for heard, usual in (_three_hours(far), far, near):
        share = np.minimum(heard / np.maximum(usual, 1e-9), 1.0)
        known = np.broadcast_to(usual >= _ENOUGH, out.shape)
        np.copyto(out, np.rint(100 * share).astype(np.uint8), where=known)
    if not spread_out:
        return out
    # A silence of the feed ends inside a slot: the slots beside a dead one are dead too.
    dead = out < _DEAD
    beside = dead.copy()
    beside[:, 1:] |= dead[:, :-1]
    beside[:, :-1] |= dead[:, 1:]
    out[beside & ~dead] = 0
    return out


def _three_hours(both: Floats) -> Floats:
    total = np.cumsum(np.pad(both, ((0, 0), (0, 0), (4, 3))), axis=2)
    summed: Floats = total[:, :, 7:] - total[:, :, :-7]
    return summed
