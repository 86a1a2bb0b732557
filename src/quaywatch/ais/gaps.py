"""Gaps: silences of a transponder, weighed against what its peers were heard with.

Under "on, and not heard" messages arrive at the rate of the peers along some way that the ship can
have sailed; averaged over such ways, the probability that nothing came is ``p``. Under "off" it is
1. So ``log_lr`` is -ln p, at most ln 1000. It says how well reception explains a silence; never why
a transponder was silent (faults, power in port, piracy areas), and never that it was switched off.

Source:
    METHODS section 2; Peters & Hammond (2011) for paths; Welch et al. (2022), doi:10.1126/
    sciadv.abq2109, for the rule in the second column.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.ais.bins import cell_of
from quaywatch.ais.chains import Chains, chains_of, silences_of
from quaywatch.ais.gap_kernel import (
    BEFORE,
    JUDGED,
    Field,
    before_silences,
    peers_at,
    weigh,
)
from quaywatch.ais.gap_verdict import judged_events
from quaywatch.ais.prism import (
    AT_PLACE_NM,
    STEPS,
    UNDER_WAY_KN,
    WAY,
    numbers,
    points_along,
    sample_ways,
)
from quaywatch.ais.reception import Reception
from quaywatch.ais.segments import Segmentation
from quaywatch.ais.track import Floats, Indices, Tracks
from quaywatch.geo.geodesic import great_circle_nm_many

METHOD: Final = "ais-gap@3"
DEFAULT_TOP_KN: Final = 15.0
"""Highest speed of a ship that has not shown one (METHODS: handy bulkers)."""
TOP_KN: Final = 25.0
MOVES_KN: Final = 4.0
"""A ship that never did more than this while heard was only seen at rest."""
_HOUR_US: Final = 3_600_000_000
_EVERY: Final = 4
_CHUNK: Final = 2048

OnLand = Callable[[Floats, Floats], NDArray[np.bool_]]
"""(lon, lat in degrees, 1-D) → True on land."""
ShoreNm = Callable[[Floats, Floats], Floats]
"""(lon, lat in degrees, 1-D) → nautical miles from land."""


@dataclass(frozen=True, slots=True)
class GapRules:
    """When a silence is a gap, and when a gap says something."""

    hours: float = 6.0
    """Shorter silences are not looked at."""
    ways: int = 32
    """Sampled ways through each gap."""
    seed: int = 0
    """Turns the lattice of the samples."""
    expected: float = 10.0
    """With fewer messages expected a silence says nothing."""
    significant: float = math.log(100.0)
    """``log_lr`` from which, if such a silence is also rare in the track."""
    unusual: float = math.log(10.0)
    chance: float = 0.05
    """A significant gap would come about by chance in a track as long in this share of cases."""
    cap: float = math.log(1000.0)
    """Greatest ``log_lr``."""
    judged: float = 0.5
    """Share of the time that must be judged before too few messages count as not informative."""
    heard: float = 10.0
    """Messages heard of her before it: with fewer nobody knows how well she is heard at all."""
    afloat: float = 0.125
    """Share of the ways that must keep to the water before a silence is called significant."""


def gaps(  # each a different thing, all named
    tracks: Tracks,
    segmentation: Segmentation | None,
    reception: Reception,
    *,
    rules: GapRules | None = None,
    on_land: OnLand | None = None,
    shore_nm: ShoreNm | None = None,
) -> pl.DataFrame:
    """Gaps of a bucket, each weighed, as events of kind ``gap``.

    Gaps run along segments and their links; where OFF and ON lie in different segments, ``detail``
    says so. A segment that continues none although the MMSI was silent before it gives an event
    that is ``unjudged``; a track that does not come back before the data ends has no gap, and is
    in ``censored_ends``.

    Bias: ways are straight but for one turn, so where land lies between (and ``on_land`` is given)
    the ones left are short of detours; own part in the strength of the feed is not left out.

    Args:
        tracks: the reports of a bucket, with ``row`` counting the frame they came from.
        segmentation: of the same reports; None: each MMSI one ship.
        reception: of all buckets.
        rules: thresholds.
        on_land: where ways may not lead.
        shore_nm: for Welch's rule; without it that criterion is null.

    Returns:
        Events without ``source_id`` and ``record``: ``detail`` has ``off_row`` and ``on_row``
        (``Tracks.row``) from which ``with_records`` fills them.

    """
    used = rules or GapRules()
    chains = chains_of(tracks, segmentation)
    pairs = silences_of(tracks, chains, used.hours)
    order = chains.order
    off, on = order[pairs[:, 1]], order[pairs[:, 2]]
    vessel = chains.vessel[pairs[:, 0]]
    table = _ends_table(tracks, segmentation, vessel, off, on).with_columns(
        gaps_in_track=pl.Series(np.bincount(pairs[:, 0])[pairs[:, 0]]),
        at_rest=pl.Series(_at_rest(tracks, off, on)),
    )
    ends, kinds, before = silence_ends(tracks, chains, pairs, reception)
    off_us = tracks.at_us[off]
    judged = weighed(reception, tracks.mmsi[off], ends, off_us, kinds, before, used, on_land)
    numbers_of = np.column_stack([before, judged, ends[:, 5]])
    table = table.with_columns(
        **{name: numbers_of[:, k] for k, name in enumerate((*BEFORE, *JUDGED, "top_used_kn"))},
        **_welch(tracks, off, reception, table, numbers_of, shore_nm),
        **_at_off(tracks, off, reception),
    )
    rest = _unlinked(tracks, segmentation, used.hours)
    return judged_events(table, rest, used, METHOD)


def _at_rest(tracks: Tracks, off: Indices, on: Indices) -> NDArray[np.bool_]:
    """Whether a ship lay at the same place at both ends."""
    slow = ~(tracks.sog_kn[off] >= UNDER_WAY_KN) & ~(tracks.sog_kn[on] >= UNDER_WAY_KN)
    nm = great_circle_nm_many(tracks.lon[off], tracks.lat[off], tracks.lon[on], tracks.lat[on])
    still: NDArray[np.bool_] = slow & (nm < AT_PLACE_NM)
    return still


def field_of(reception: Reception) -> Field:
    """The arrays that a kernel reads; rates and blind shares are copies, for it changes them."""
    return Field(
        cells=reception.peers.index,
        sums=reception.peers.sums,
        rates=reception.rates.copy(),
        blind=reception.blind.copy(),
        level=reception.spread.level,
        k_within=reception.spread.k_within,
        usual_blind=reception.spread.blind,
        zones=reception.zones,
        alive=reception.alive,
        first_slot=reception.first_slot,
        k_between=reception.spread.k_between,
    )


def own_rows(reception: Reception, mmsi: NDArray[np.uint32]) -> Indices:
    """Rows of ``Peers.own`` of each transponder, shape (n, 2); 0, 0 where it has none."""
    peers = reception.peers
    out = np.zeros((len(mmsi), 2), np.int64)
    if not len(peers.mmsi):
        return out
    at = np.minimum(np.searchsorted(peers.mmsi, mmsi), len(peers.mmsi) - 1)
    known = peers.mmsi[at] == mmsi
    out[known, 0], out[known, 1] = peers.starts[at[known]], peers.starts[at[known] + 1]
    return out


def silence_ends(
    tracks: Tracks, chains: Chains, pairs: Indices, reception: Reception
) -> tuple[Floats, Indices, Floats]:
    """What ``weighed`` asks of silences: ends (G, 10), class and status (G, 2), ``BEFORE``."""
    mine = own_rows(reception, tracks.vessels[chains.vessel[pairs[:, 0]]])
    before = np.zeros((len(pairs), len(BEFORE)))
    before_silences(
        field_of(reception), pairs, chains.order, chains.starts, tracks.at_us, tracks.lon,
        tracks.lat, tracks.sog_kn, tracks.nav_status, tracks.transponder, tracks.receiver, mine,
        reception.peers.place, reception.peers.own, before,
    )  # fmt: skip
    off, on = chains.order[pairs[:, 1]], chains.order[pairs[:, 2]]
    hours = (tracks.at_us[on] - tracks.at_us[off]) / _HOUR_US
    top_kn = np.minimum(1.2 * before[:, 3], TOP_KN)
    top_kn = np.where(top_kn >= MOVES_KN, top_kn, DEFAULT_TOP_KN)
    ends = np.column_stack(
        [tracks.lon[off], tracks.lat[off], tracks.lon[on], tracks.lat[on], hours, top_kn,
         tracks.sog_kn[off], tracks.cog_deg[off], tracks.sog_kn[on], tracks.cog_deg[on]]
    ).astype(np.float64)  # fmt: skip
    kinds = np.column_stack([tracks.transponder[off], tracks.nav_status[off]]).astype(np.int64)
    return ends, kinds, before


def weighed(  # arrays side by side
    reception: Reception,
    mmsi: NDArray[np.uint32],
    ends: Floats,
    from_us: Indices,
    kinds: Indices,
    before: Floats,
    rules: GapRules,
    on_land: OnLand | None = None,
) -> Floats:
    """Weigh silences, each with the reception of its own peers.

    Args:
        reception: of all buckets.
        mmsi: whose silences, shape (G,), equal ones side by side.
        ends: shape (G, 10), see ``prism.sample_ways``.
        from_us: when each begins, microseconds since 1970.
        kinds: class and navigation status at the first end, shape (G, 2).
        before: ``BEFORE``, shape (G, 6).
        rules: number of ways and seed.
        on_land: where ways may not lead.

    Returns:
        Columns ``JUDGED``, shape (G, 9).

    """
    judged = np.zeros((len(ends), len(JUDGED)))
    field, mine = field_of(reception), own_rows(reception, mmsi)
    lattice = numbers(rules.ways, rules.seed)
    for start in range(0, len(ends), _CHUNK):
        part = slice(start, start + _CHUNK)
        ways = np.empty((len(ends[part]), rules.ways, WAY))
        sample_ways(ends[part], lattice, ways)
        dry, judged[part, JUDGED.index("afloat")] = _dry(ends[part], ways, on_land)
        weigh(
            field, ends[part], from_us[part], kinds[part], ways, dry, before[part], mine[part],
            reception.peers.place, reception.peers.own, judged[part],
        )  # fmt: skip
    return judged


def _dry(ends: Floats, ways: Floats, on_land: OnLand | None) -> tuple[Floats, Floats]:
    """Weight of each way: 1, or 0 where it crosses more land than one in eight of its points.

    Where none is left, all are: straight lines say nothing of such a coast. Beside it the share of
    the ways that are afloat: on a river it is next to none, and no number of it says much.
    """
    weight = np.ones(ways.shape[:2])
    if on_land is None or not len(ends):
        return weight, np.ones(len(ends))
    shape = (*ways.shape[:2], STEPS // _EVERY)
    lon, lat = np.empty(shape), np.empty(shape)
    points_along(ends, ways, _EVERY, lon, lat)
    land = on_land(lon.ravel(), lat.ravel()).reshape(shape)
    weight[land.sum(axis=2) > shape[2] // 8] = 0.0
    afloat: Floats = weight.mean(axis=1)
    weight[afloat == 0.0] = 1.0
    return weight, afloat


def _ends_table(
    tracks: Tracks, told: Segmentation | None, vessel: Indices, off: Indices, on: Indices
) -> pl.DataFrame:
    stamp = pl.Datetime("us", "UTC")
    segment = np.zeros(len(tracks), np.int32) if told is None else told.segment
    return pl.DataFrame(
        {
            "mmsi": tracks.vessels[vessel],
            "segment": segment[off].astype(np.uint32),
            "other_segment": segment[on].astype(np.uint32),
            "start": pl.Series(tracks.at_us[off]).cast(stamp),
            "end": pl.Series(tracks.at_us[on]).cast(stamp),
            "lon": tracks.lon[off],
            "lat": tracks.lat[off],
            "end_lon": tracks.lon[on],
            "end_lat": tracks.lat[on],
            "off_row": tracks.row[off],
            "on_row": tracks.row[on],
            "gap_h": (tracks.at_us[on] - tracks.at_us[off]) / _HOUR_US,
        }
    )


def _at_off(tracks: Tracks, off: Indices, reception: Reception) -> dict[str, pl.Series]:
    """Peers in the cell where the gap begins, the ship herself left out."""
    peers = reception.peers
    number = np.zeros(len(off), np.int64)
    peers_at(
        peers.index, peers.sums, peers.place, peers.own, own_rows(reception, tracks.mmsi[off]),
        tracks.lon[off], tracks.lat[off], tracks.transponder[off], number,
    )  # fmt: skip
    return {"peers": pl.Series(number)}


def _welch(
    tracks: Tracks,
    off: Indices,
    reception: Reception,
    table: pl.DataFrame,
    weighed: Floats,
    shore_nm: ShoreNm | None,
) -> dict[str, pl.Series]:
    """The criteria of Welch et al. (2022), each null where it is not known."""
    far: Any = [None] * len(off)
    if shore_nm is not None and len(off):
        far = shore_nm(tracks.lon[off], tracks.lat[off])
    told = (tracks.receiver != 0).any()
    per_day: list[float | None] = [None] * len(off)
    for g, i in enumerate(off if told else ()):
        place = reception.peers.index[cell_of(tracks.lon[i], tracks.lat[i])]
        rate = float(reception.rates[place, 1, 2, 2]) if place >= 0 else math.nan
        per_day[g] = None if math.isnan(rate) else rate * 24.0
    before = weighed[:, BEFORE.index("satellite_12h")] if told else [None] * len(off)
    return {
        "welch_hours": table["gap_h"],
        "welch_shore_nm": pl.Series(far, dtype=pl.Float64),
        "welch_per_day": pl.Series(per_day, dtype=pl.Float64),
        "welch_before_12h": pl.Series(before, dtype=pl.Float64),
    }


def _unlinked(tracks: Tracks, told: Segmentation | None, hours: float) -> pl.DataFrame:
    """Silences of an MMSI that end in a segment which continues none of those before."""
    empty = _ends_table(tracks, told, *(np.empty(0, np.int64) for _ in range(3)))
    nothing = empty.with_columns(why=pl.lit(None, pl.Int64))
    if told is None:
        return nothing
    rows, offs, latest, vessel = [], [], -1, -1
    ends, begins = tracks.at_us[told.found[:, 3]].tolist(), tracks.at_us[told.found[:, 2]].tolist()
    for m, (owner, link) in enumerate(told.found[:, [0, 5]].tolist()):
        if owner != vessel:
            vessel, latest = owner, m
            continue
        if link < 0 and begins[m] - ends[latest] >= hours * _HOUR_US:
            rows.append(m)
            offs.append(told.found[latest, 3])
        if ends[m] > ends[latest]:
            latest = m
    if not rows:
        return nothing
    which, off = np.array(rows), np.array(offs)
    table = _ends_table(tracks, told, told.found[which, 0], off, told.found[which, 2])
    return table.with_columns(why=pl.Series(told.found[which, 6]))


def censored_ends(tracks: Tracks, segmentation: Segmentation | None) -> pl.DataFrame:
    """Chains that do not come back before the data ends: no gaps, for they have no other end.

    Returns:
        ``mmsi``, ``start`` (the last report), ``lon``, ``lat``, ``hours_to_end``, by MMSI.

    """
    chains = chains_of(tracks, segmentation)
    last = chains.order[chains.starts[1:] - 1] if len(chains) else np.empty(0, np.int64)
    end = int(tracks.at_us.max()) if len(tracks) else 0
    return pl.DataFrame(
        {
            "mmsi": tracks.vessels[chains.vessel],
            "start": pl.Series(tracks.at_us[last]).cast(pl.Datetime("us", "UTC")),
            "lon": tracks.lon[last],
            "lat": tracks.lat[last],
            "hours_to_end": (end - tracks.at_us[last]) / _HOUR_US,
        }
    ).sort("mmsi", "start")


def with_records(events: pl.DataFrame, positions: pl.DataFrame) -> pl.DataFrame:
    """Fill ``source_id``, ``record`` and their ``end_`` twins from the frame behind ``Tracks``."""
    ends = {"off_row": ("source_id", "record"), "on_row": ("end_source_id", "end_record")}
    columns = []
    for key, (source, record) in ends.items():
        row = events["detail"].str.json_path_match(f"$.{key}").cast(pl.Int64).to_numpy()
        columns += [
            positions["source_id"][row].alias(source),
            positions["record"][row].alias(record),
        ]
    return events.with_columns(columns)
