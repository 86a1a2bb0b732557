"""Where and when silence means anything: how often ships of a kind are heard, from their peers.

``reception_counts`` sums one bucket; ``Reception.of`` the counts of all. A rate is messages heard
per hour in which a ship was there, and time in which she was there unheard counts (see
``presence_kernel``: without it, a cell at the edge of coverage looks as good as its middle). Fewer
than five peers say nothing: unknown, with that reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.bins import (
    BAND_COUNT,
    CELL_DEG,
    COLUMNS,
    NOMINAL_PER_H,
    POOLED,
    RECEIVERS,
    SLOT_US,
    cell_of,
)
from quaywatch.ais.chains import chains_of
from quaywatch.ais.presence_kernel import presence_runs
from quaywatch.ais.reception_build import (
    Peers,
    alive_table,
    exact_sum,
    peer_table,
    totals_by_slot,
)
from quaywatch.ais.reception_rates import PEERS, all_rates, without
from quaywatch.ais.reception_spread import Spread, spread
from quaywatch.ais.segments import Segmentation
from quaywatch.ais.track import Tracks

METHOD: Final = "ais-reception@1"
COUNTS_FRAME: Final[dict[str, pl.DataType]] = {
    "part": pl.String(),
    "cell": pl.Int32(),
    "slot": pl.Int32(),
    "transponder": pl.UInt8(),
    "band": pl.UInt8(),
    "mmsi": pl.UInt32(),
    "hours": pl.Float32(),
    **{f"heard_{kind}": pl.UInt32() for kind in RECEIVERS},
    **{f"usual_{kind}": pl.Float32() for kind in RECEIVERS},
}
"""Columns of ``reception_counts``.

``part`` ``peer``: one row a transponder, cell, class and band, with messages ``heard_*`` by kind of
receiver and ``hours`` present; ``slot`` null. ``part`` ``time``: one row a cell and slot of half an
hour, all transponders together, and beside what was heard what ``usual_*``ly is: each ship's hours
there times her own mean rate over her whole track. ``cell``: ``ais.bins.cell_of``.
"""

_HEARD = [f"heard_{kind}" for kind in RECEIVERS]
_USUAL = [f"usual_{kind}" for kind in RECEIVERS]


def reception_counts(tracks: Tracks, segmentation: Segmentation | None = None) -> pl.DataFrame:
    """Messages heard and hours present, of one bucket.

    Bias: a ship that is never heard leaves no hours at all, so rates are those of ships that are
    heard at least now and then.

    Args:
        tracks: the reports of a bucket; no transponder may be in two buckets.
        segmentation: which of them are good; None: all, each MMSI one ship.

    Returns:
        Columns of ``COUNTS_FRAME``.

    Examples:
        >>> from quaywatch.ais.schema import POSITIONS_FRAME
        >>> from quaywatch.ais.track import tracks_of
        >>> reception_counts(tracks_of(pl.DataFrame(schema=POSITIONS_FRAME))).height
        0

    """
    runs = _runs(tracks, segmentation)
    key = ["vessel", "cell", "transponder", "band"]
    summed = [*(pl.col(name).sum() for name in _HEARD), exact_sum(pl.col("hours"))]
    peers = runs.group_by(key).agg(summed)
    own = peers.group_by("vessel", "transponder", "band").agg(summed)
    rates = own.select(
        "vessel", "transponder", "band",
        *(
            pl.when(pl.col("hours") > 0).then(pl.col(heard) / pl.col("hours")).otherwise(0.0)
            .alias(usual)
            for heard, usual in zip(_HEARD, _USUAL, strict=True)
        ),
    )  # fmt: skip
    times = (
        runs.join(rates, on=["vessel", "transponder", "band"], how="left")
        .group_by("cell", "slot")
        .agg(summed + [exact_sum(pl.col(usual) * pl.col("hours")) for usual in _USUAL])
    )
    mmsi = tracks.vessels[peers["vessel"].to_numpy()]
    parts = (
        peers.with_columns(part=pl.lit("peer"), mmsi=pl.Series(mmsi, dtype=pl.UInt32)),
        times.with_columns(part=pl.lit("time")),
    )
    return merged_counts([_conformed(part) for part in parts])


def merged_counts(counts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One table of several, the slots of which are summed, so that memory follows the map.

    Examples:
        >>> merged_counts([]).columns == list(COUNTS_FRAME)
        True

    """
    whole = pl.concat([pl.DataFrame(schema=COUNTS_FRAME), *counts])
    key = ["part", "cell", "slot", "transponder", "band", "mmsi"]
    return (
        whole.group_by(key)
        .agg(
            *(exact_sum(pl.col(name)) for name in ("hours", *_USUAL)),
            *(pl.col(name).sum() for name in _HEARD),
        )
        .select(pl.col(name).cast(kind) for name, kind in COUNTS_FRAME.items())
        .sort(key, nulls_last=False)
    )


def _conformed(frame: pl.DataFrame) -> pl.DataFrame:
    have = set(frame.columns)
    return frame.select(
        (pl.col(name) if name in have else pl.lit(None)).cast(kind).alias(name)
        for name, kind in COUNTS_FRAME.items()
    )


def _runs(tracks: Tracks, segmentation: Segmentation | None) -> pl.DataFrame:
    chains = chains_of(tracks, segmentation)
    ends = (int(tracks.at_us.min()), int(tracks.at_us.max())) if len(tracks) else (0, 0)
    room, written = len(tracks) // 4 + 50 * len(chains) + 1000, -1
    while written < 0:
        where = np.empty((room, 5), np.int32)
        heard, hours = np.empty((room, 3), np.int32), np.empty(room, np.float32)
        written = presence_runs(
            chains.order, chains.starts, chains.vessel, tracks.at_us, tracks.lon, tracks.lat,
            tracks.sog_kn, tracks.cog_deg, tracks.nav_status, tracks.transponder, tracks.receiver,
            ends, where, heard, hours,
        )  # fmt: skip
        room *= 3
    names = ("vessel", "cell", "slot", "transponder", "band")
    columns: dict[str, Any] = {name: where[:written, k] for k, name in enumerate(names)}
    columns |= {name: heard[:written, k] for k, name in enumerate(_HEARD)}
    return pl.DataFrame(columns | {"hours": hours[:written]})


@dataclass(frozen=True, slots=True, eq=False)
class Reception:
    """Rates by cell, class, speed band and receiver kind, and the half hours of a silent feed."""

    peers: Peers
    rates: NDArray[np.float32]
    """Shape (C, 3, 5, 3): messages an hour by cell (of ``peers.cells``), class, band and receiver
    kind; NaN where fewer than five transponders tell."""
    zones: NDArray[np.int32]
    """Shape (zones of the earth,): place of a 2-degree zone in ``alive``, or -1."""
    alive: NDArray[np.uint8]
    """Shape (Z, slots, 3): hundredths of its usual strength at which a zone was heard, by half hour
    and receiver kind; 255: nobody was there to tell."""
    first_slot: int
    """Half hours since 1970 of the first slot."""
    totals: NDArray[np.float64]
    """Shape (2, slots): messages heard, and those usual, over all zones and receivers."""
    spread: Spread
    """How much ships and passages differ."""
    blind: NDArray[np.float32]
    """Shape (C, 3): share of ships in a cell of whom nothing is heard though messages were due."""
    method: str = METHOD

    @classmethod
    def of(cls, counts: pl.DataFrame) -> "Reception":
        """The reception that ``counts`` of all buckets show (``merged_counts``).

        Examples:
            >>> nothing = Reception.of(merged_counts([]))
            >>> nothing.spread.k_between, nothing.rates.shape
            (5.0, (0, 3, 5, 3))

        """
        peers = peer_table(counts)
        rates = np.empty((len(peers.cells), 3, BAND_COUNT, 3), np.float32)
        all_rates(peers.sums, NOMINAL_PER_H, rates)
        ships = spread(counts, peers)
        when = (*alive_table(counts), totals_by_slot(counts))
        return cls(peers, rates, *when, ships, ships.blind_shares(peers))

    def rows_of(self, mmsi: int) -> slice:
        """Where the own part of a transponder stands in ``peers.own``; empty where it has none."""
        v = int(np.searchsorted(self.peers.mmsi, mmsi))
        if v == len(self.peers.mmsi) or self.peers.mmsi[v] != mmsi:
            return slice(0, 0)
        return slice(int(self.peers.starts[v]), int(self.peers.starts[v + 1]))

    def rate_for(self, mmsi: int, bins: pl.DataFrame) -> pl.DataFrame:
        """Messages an hour that this transponder's peers are heard with, herself left out.

        Args:
            mmsi: whom to leave out.
            bins: ``lon``, ``lat`` in degrees, ``transponder`` (0 unknown, 1 A, 2 B), ``band``
                (``ais.bins.BANDS``).

        Returns:
            ``bins`` with ``per_hour`` (all receivers), ``per_hour_*`` by kind, ``peers`` (other
            transponders in the band, or where they are fewer than five, in all bands) and
            ``reason``, which says why the numbers are null.

        """
        rows = self.rows_of(mmsi)
        place, own = self.peers.place[rows], self.peers.own[rows]
        rates = without(self.peers.sums, place, own)
        counted = self.peers.sums[..., 4].copy()
        np.subtract.at(counted, tuple(place.T), own[:, 4])
        lon, lat = bins["lon"].to_numpy(), bins["lat"].to_numpy()
        cells = np.array([cell_of(x, y) for x, y in zip(lon, lat, strict=True)], np.int64)
        at = self.peers.index[cells]
        kind, band = bins["transponder"].to_numpy(), bins["band"].to_numpy()
        here = at >= 0
        found = np.full((len(at), 3), np.nan)
        found[here] = rates[at[here], kind[here], band[here]]
        number = np.zeros(len(at), np.int64)
        in_band, in_all = counted[at, kind, band], counted[at, kind, POOLED]
        number[here] = np.where(in_band >= PEERS, in_band, in_all)[here]
        columns = {f"per_hour_{name}": found[:, k] for k, name in enumerate(RECEIVERS)}
        whole = pl.Series("per_hour", found.sum(axis=1))
        return bins.with_columns(
            whole,
            *(pl.Series(name, column) for name, column in columns.items()),
            pl.Series("peers", number),
            pl.Series("reason", [too_few(int(n)) for n in number], dtype=pl.String),
        ).with_columns(pl.col("per_hour", *columns).fill_nan(None))

    def map_table(self, transponder: int = 1) -> pl.DataFrame:
        """Per cell: messages an hour of a ship at 3 to 14 kn, and how many peers say so.

        Returns:
            ``lon``, ``lat`` (south-west corner, degrees), ``per_hour`` (null under five peers),
            ``peers``.

        """
        counted = self.peers.sums[:, transponder, :, 4]
        in_band, in_all = counted[:, 2], counted[:, POOLED]
        number = np.where(in_band >= PEERS, in_band, in_all).astype(np.int64)
        rate = self.rates[:, transponder, 2].sum(axis=1).astype(np.float64)
        return pl.DataFrame(
            {
                "lon": (self.peers.cells % COLUMNS) * CELL_DEG - 180.0,
                "lat": (self.peers.cells // COLUMNS) * CELL_DEG - 90.0,
                "per_hour": rate,
                "peers": number,
            }
        ).with_columns(pl.col("per_hour").fill_nan(None))

    def over_time(self) -> pl.DataFrame:
        """How strongly the whole feed was heard in each half hour, over its usual strength.

        Returns:
            ``at`` (start of the half hour) and ``strength``: messages heard over those that the
            ships there usually give; null where nobody was there to tell.

        """
        with np.errstate(divide="ignore", invalid="ignore"):
            strength = np.where(self.totals[1] > 0.0, self.totals[0] / self.totals[1], np.nan)
        slots = self.first_slot + np.arange(len(strength), dtype=np.int64)
        return pl.DataFrame(
            {
                "at": pl.Series(slots * SLOT_US).cast(pl.Datetime("us", "UTC")),
                "strength": strength,
            }
        ).with_columns(pl.col("strength").fill_nan(None))


def too_few(peers: int) -> str | None:
    """Why so few peers allow no judgement; None where they are enough.

    Examples:
        >>> too_few(2)
        'Only 2 peers in this cell; reception cannot be judged.'
        >>> too_few(5) is None
        True

    """
    if peers >= PEERS:
        return None
    if peers == 0:
        return "No peers in this cell; reception cannot be judged."
    one = "1 peer" if peers == 1 else f"{peers} peers"
    return f"Only {one} in this cell; reception cannot be judged."
