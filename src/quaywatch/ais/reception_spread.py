"""How much ships and cells differ in how well they are heard: what a silence is weighed against.

A count of messages is far from Poisson. Ships differ (antennas, wear, class), and so do passages of
one ship through one cell, most where reception ends inside the cell. Both are measured from peers:
a gamma law each, and the share of passages in which nothing at all is heard.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from quaywatch.ais.bins import POOLED
from quaywatch.ais.reception_build import HEARD, SATURATION_H, TELLING, Peers, exact_sum
from quaywatch.ais.reception_rates import PEERS, PRIOR_SHIPS, Levels, Singles
from quaywatch.ais.track import Floats

DEFAULT_K: Final = 5.0
"""Shape of the gamma law where the data cannot tell (METHODS: a starting default)."""
DEFAULT_BLIND: Final = (0.02, 0.2, 0.5)
"""Share of blind passages by level where the data cannot tell: our own guess, on the safe side."""
LEVELS: Final = 3
"""Cells heard at half the best rate or more, at a fifth or more, and worse."""
_BEST, _GOOD = 0.5, 0.2
_LEAST_K, _MOST_K = 0.3, 20.0
_ENOUGH: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Laws of what is heard around what peers promise."""

    k_between: float
    """Shape of the gamma law of ships' quality."""
    k_within: Floats
    """Shape (3,): the same for passages of one ship that are not blind, by level of the cell."""
    blind: Floats
    """Shape (3,): share of passages in which nothing is heard, by level."""
    level: Levels
    """Shape (C, 3): level of each cell and class."""

    def blind_shares(self, peers: Peers) -> Singles:
        """Shape (C, 3): share of blind passages of each cell and class."""
        pooled = peers.sums[:, :, POOLED]
        usual = self.blind[self.level]
        shares = (pooled[..., 9] + PRIOR_SHIPS * usual) / (pooled[..., 8] + PRIOR_SHIPS)
        return shares.astype(np.float32)


def spread(counts: pl.DataFrame, peers: Peers) -> Spread:
    """Measure the spread; where fewer than 20 ships or passages can tell, the defaults stand."""
    level = levels(peers)
    table = _promised(counts, peers)
    where = level[table["place"].to_numpy(), table["transponder"].to_numpy()]
    table = table.with_columns(level=pl.Series(where))
    best = table.filter((pl.col("level") == 0) & (pl.col("mu") > 1.0))
    # Summed exactly and kept in order: the last digits of a mean are those of its order.
    ships = best.group_by("mmsi", maintain_order=True).agg(
        exact_sum(pl.col("n")), exact_sum(pl.col("mu"))
    )
    ships = ships.filter(pl.col("mu") >= _ENOUGH)
    between = _shape(ships)
    inside = table.join(
        ships.select("mmsi", quality=(pl.col("n") / pl.col("mu")).clip(0.1, 10.0)),
        on="mmsi", how="left",
    ).with_columns(mu=pl.col("mu") * pl.col("quality").fill_null(1.0))  # fmt: skip
    inside = inside.filter(pl.col("mu") >= TELLING)
    k_within, blind = np.full(LEVELS, DEFAULT_K), np.array(DEFAULT_BLIND)
    for number in range(LEVELS):
        here = inside.filter(pl.col("level") == number)
        k_within[number] = _shape(here.filter(pl.col("n") > 0))
        if here.height >= _ENOUGH:
            blind[number] = (here.filter(pl.col("n") == 0).height + 0.5) / (here.height + 1.0)
    return Spread(between, k_within, blind, level)


def levels(peers: Peers) -> Levels:
    """How well each cell and class is heard beside the best cells of the class."""
    pooled = peers.sums[:, :, POOLED]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(pooled[..., 4] >= PEERS, pooled[..., :3].sum(axis=2) / pooled[..., 3], 0.0)
    out = np.full(share.shape, LEVELS - 1, np.uint8)
    for kind in range(share.shape[1]):
        known = share[:, kind][share[:, kind] > 0]
        if len(known):
            best = np.percentile(known, 95)
            out[:, kind] = np.where(
                share[:, kind] >= _BEST * best, 0, np.where(share[:, kind] >= _GOOD * best, 1, 2)
            )
    return out


def _promised(counts: pl.DataFrame, peers: Peers) -> pl.DataFrame:
    """Each ship and bin with what was heard, ``n``, and what its other peers promise, ``mu``."""
    rows = counts.filter((pl.col("part") == "peer") & (pl.col("hours") >= 0.2))
    place = peers.index[rows["cell"].to_numpy()]
    kind, band = rows["transponder"].to_numpy(), rows["band"].to_numpy()
    hours = rows["hours"].to_numpy().astype(np.float64)
    n = rows.select(pl.sum_horizontal(HEARD)).to_series().to_numpy().astype(np.float64)
    weight = hours / (1.0 + hours / SATURATION_H)
    sums = peers.sums[place, kind, band]
    good = (place >= 0) & (sums[:, 4] > PEERS)
    others = np.where(good, sums[:, 3] - weight, 1.0)
    mu = hours * np.maximum(sums[:, :3].sum(axis=1) - weight * n / hours, 0.0) / others
    return pl.DataFrame(
        {"mmsi": rows["mmsi"], "place": place, "transponder": kind, "hours": hours, "n": n,
         "mu": mu}
    ).filter(pl.Series(good))  # fmt: skip


def _shape(table: pl.DataFrame) -> float:
    """Shape of the gamma law behind counts ``n`` with means ``mu``: excess over Poisson."""
    if table.height < _ENOUGH:
        return DEFAULT_K
    mu = table["mu"].to_numpy()
    ratio = table["n"].to_numpy() / mu
    middle = ratio.mean()
    scatter = float(np.mean((ratio / middle - 1.0) ** 2 - 1.0 / mu))
    return float(np.clip(1.0 / max(scatter, 1e-6), _LEAST_K, _MOST_K))
