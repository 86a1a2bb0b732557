"""The whole pass over AIS: from reports, a piece of the lake at a time, to events.

What is judged against peers needs all peers first, and calls need the ports that the ships
themselves show; so every piece is walked twice, and between the two stand the questions that need
all ships at once. Only summaries are held, and what of them is large lies on disk: the memory of a
pass is that of one piece.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from quaywatch.ais.events import as_events, settled
from quaywatch.ais.gap_company import ends_under_way, with_company
from quaywatch.ais.gaps import GapRules, gaps, with_records
from quaywatch.ais.identity_events import IdentitySummary, identities, shared_identity_events
from quaywatch.ais.integrity.battery import battery
from quaywatch.ais.integrity.measured import joined, measure
from quaywatch.ais.integrity.tables import Measured
from quaywatch.ais.reception import Reception, merged_counts, reception_counts
from quaywatch.ais.segments import Segmentation, segment
from quaywatch.ais.sparsity import SPARSE, sparsity
from quaywatch.ais.track import Floats, Tracks, tracks_of
from quaywatch.ais.two_tracks import jumps, two_tracks
from quaywatch.geo.coast import Coast
from quaywatch.sites.facility import FacilityKind, Site
from quaywatch.voyages.areas import areas_of
from quaywatch.voyages.bucket import bucket_voyages
from quaywatch.voyages.declared import declared
from quaywatch.voyages.encounters import encounters
from quaywatch.voyages.gap_reach import LEAST_GAP_H, gap_reach, reach_sites
from quaywatch.voyages.motion import motion_of
from quaywatch.voyages.port_calls import port_calls
from quaywatch.voyages.ports import PORTS_FRAME, PortIndex, anchorages, points_of, port_index
from quaywatch.voyages.prism import Distance
from quaywatch.voyages.slow_points import SLOT_S
from quaywatch.voyages.top_speed import ceilings

Piece = tuple[pl.DataFrame, pl.DataFrame]
"""Positions and statics of the same transponders, each sorted by ``mmsi``, ``at``."""
Pieces = Callable[[], Iterable[Piece]]
"""Gives the pieces of a lake anew at every call, in the same order."""
Report = Callable[[str, float], None]

_KEPT_P: Final = 0.05
"""Single tests are kept as events up to this p; the rest is counted in ``combined``."""
_DAY_SLOTS: Final = 86_400 // SLOT_S
_POINTS: Final = 200_000
"""Slow points that are held together; at least those of a day."""


@dataclass(frozen=True, slots=True)
class PassRules:
    """What a pass is told; each of it stands in its claim."""

    gap_hours: float = 6.0
    """A shorter silence is no gap."""
    anchorage_vessels: int = 5
    """So many transponders must have lain at a place for it to be one where ships lie."""
    anchorage_hours: float = 12.0


@dataclass(slots=True)
class _Held:
    """What is left of the pieces that were walked."""

    counts: list[pl.DataFrame] = field(default_factory=list)
    spells: list[pl.DataFrame] = field(default_factory=list)
    speeds: list[pl.DataFrame] = field(default_factory=list)
    shared: set[int] = field(default_factory=set)
    ships: list[pl.DataFrame] = field(default_factory=list)
    names: list[IdentitySummary] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)
    ends: list[pl.DataFrame] = field(default_factory=list)
    edges: list[pl.DataFrame] = field(default_factory=list)
    slots: list[tuple[int, int, int]] = field(default_factory=list)
    rows: int = 0


class AisPass:
    """One pass; use ``events``.

    Args:
        pieces: the lake.
        rules: thresholds.
        sites: drawn sites, whose berths and anchorages count.
        coast: distances from the coast; None: what needs them says that it was not judged.
        distance: over water; None: reach is not judged.
        scratch: an empty folder for what does not fit into memory.

    """

    def __init__(
        self,
        pieces: Pieces,
        *,
        rules: PassRules,
        sites: Sequence[Site],
        coast: Coast | None,
        distance: Distance | None,
        scratch: Path,
    ) -> None:
        self._pieces, self._rules, self._sites = pieces, rules, list(sites)
        self._coast, self._distance, self._scratch = coast, distance, scratch
        self._areas = areas_of(self._sites)
        self._held = _Held()
        self.reception: Reception | None = None
        """Known once ``events`` has come to an end."""

    def events(self, report: Report) -> Iterator[pl.DataFrame]:
        """All events, some at a time, columns of ``EVENTS_FRAME``.

        Args:
            report: told how far it is.

        """
        for number, (positions, statics) in enumerate(self._pieces()):
            report("tracks, reception, stays", 0.0)
            for found in self._first(number, positions, statics):
                yield settled(found)
        report("tests against other ships", 0.5)
        for found in self._between():
            yield settled(found)
        ports = self._ports()
        silent: list[pl.DataFrame] = []
        for number, (positions, statics) in enumerate(self._pieces()):
            report("gaps and calls", 0.6)
            for found in self._second(number, positions, statics, ports):
                gap = found["kind"] == "gap"
                silent.append(_of_its_own(found.filter(gap)))
                yield settled(found.filter(~gap))
        report("gaps and reach", 0.9)
        yield from self._silent(pl.concat(silent) if silent else as_events(pl.DataFrame()))

    def _silent(self, silent: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Gaps, beside those of all others, and what the long ones left time for."""
        if self._held.edges:
            yield settled(with_company(silent, pl.concat(self._held.edges)))
        if self._distance is None or not self._sites:
            return
        long = _long_gaps(silent)
        fastest = ceilings(pl.concat(self._held.speeds))
        yield settled(gap_reach(long, reach_sites(self._sites), self._distance, ceilings=fastest))

    def _first(
        self, number: int, positions: pl.DataFrame, statics: pl.DataFrame
    ) -> Iterator[pl.DataFrame]:
        """What one piece says by itself; leaves its summaries."""
        tracks = tracks_of(positions)
        told = segment(tracks)
        self._keep_told(number, told)
        self._held.counts.append(reception_counts(tracks, told))
        self._measure(tracks, told, positions)
        self._held.ships.append(_ships(statics))
        stays = bucket_voyages(
            tracks,
            told,
            berths=self._sites,
            areas=self._areas,
            shore_nm=None if self._coast is None else self._coast.shore_nm,
            positions=positions,
        )
        self._held.spells.append(stays.spells)
        self._held.speeds.append(stays.speeds)
        self._keep_slow(number, stays.slow)
        yield stays.events
        named, summary = identities(positions, statics)
        self._held.names.append(IdentitySummary(*map(_of_its_own, summary)))
        yield named
        both = two_tracks(tracks, told, positions)
        self._held.shared.update(both["mmsi"])
        yield both
        yield jumps(tracks, told, positions)

    def _between(self) -> Iterator[pl.DataFrame]:
        """What needs all ships at once."""
        held = self._held
        self.reception = Reception.of(merged_counts(held.counts))
        held.counts.clear()
        yield shared_identity_events(held.names)
        if held.measured:
            yield self._tested()
        ships = pl.concat(held.ships) if held.ships else None
        if held.slots:
            yield encounters(
                self._slow_days(),
                ports=self._ports(),
                areas=self._areas,
                berths=self._sites,
                ships=ships,
            )

    def _second(
        self, number: int, positions: pl.DataFrame, statics: pl.DataFrame, ports: PortIndex
    ) -> Iterator[pl.DataFrame]:
        """What is judged against peers, or against the ports that all ships show."""
        tracks = tracks_of(positions)
        told = self._told(number)
        if self.reception is not None:
            found = gaps(
                tracks,
                told,
                self.reception,
                rules=GapRules(hours=self._rules.gap_hours),
                on_land=None if self._coast is None else self._coast.on_land,
                shore_nm=None if self._coast is None else self._coast.shore_nm,
            )
            yield with_records(found, positions)
            self._held.edges.append(ends_under_way(tracks, told))
            # Not the change of reception: heard by one receiver on a river, a ship's share changes
            # with her distance (2 of 30 on recorded days), and no ship is to blame for that.
            sparse = sparsity(tracks, told, self.reception)
            yield sparse.filter(pl.col("test") == SPARSE)
        motion = motion_of(tracks, told)
        spells = self._held.spells[number]
        calls = port_calls(motion, spells, ports, berths=self._sites, positions=positions)
        yield calls
        yield declared(statics, calls, ports.table, shared=self._held.shared)

    def _measure(self, tracks: Tracks, told: Segmentation, positions: pl.DataFrame) -> None:
        measured = measure(
            tracks,
            told,
            land_depth_km=None if self._coast is None else self._land_depth_km,
            positions=positions,
        )
        # Rows are those of this piece; counted on from the pieces before they name one report.
        offset = self._held.rows
        features = measured.features.with_columns(pl.col("first_row", "last_row") + offset)
        named = pl.concat([measured.features["first_row"], measured.features["last_row"]])
        rows = named.unique().sort()
        self._held.ends.append(
            pl.DataFrame(
                {
                    "row": rows + offset,
                    "source_id": positions["source_id"].gather(rows).cast(pl.Categorical),
                    "record": positions["record"].gather(rows),
                }
            )
        )
        if measured.manoeuvres is not None:
            # By far the largest of the summaries, and not asked for until reception is known.
            number = len(self._held.measured)
            measured.manoeuvres.write_parquet(
                self._scratch / f"ways-{number:05d}.parquet", compression="uncompressed"
            )
        self._held.measured.append(measured._replace(features=features, manoeuvres=None))
        self._held.rows += positions.height

    def _tested(self) -> pl.DataFrame:
        measured = joined(self._held.measured)
        self._held.measured.clear()
        if ways := sorted(self._scratch.glob("ways-*.parquet")):
            measured = measured._replace(manoeuvres=pl.read_parquet(ways).rechunk())
        whole = battery(measured, keep_p=_KEPT_P)
        ends = pl.concat(self._held.ends)
        for prefix, key in (("", "first_row"), ("end_", "last_row")):
            row = whole["detail"].str.json_path_match(f"$.{key}").cast(pl.Int64)
            named = pl.DataFrame({"row": row}).join(
                ends, on="row", how="left", maintain_order="left"
            )
            whole = whole.with_columns(
                named["source_id"].cast(pl.String).alias(f"{prefix}source_id"),
                named["record"].alias(f"{prefix}record"),
            )
        return whole

    def _land_depth_km(self, lon: Floats, lat: Floats) -> Floats:
        if self._coast is None:
            return np.zeros(len(lon))
        return -self._coast.signed_km(lon, lat)

    def _ports(self) -> PortIndex:
        """Drawn sites first, then the places where the ships of this lake lie."""
        drawn = [
            points_of(site.id, site.name, part.area)
            for site in self._sites
            for part in site.facilities
            if part.kind in {FacilityKind.BERTH, FacilityKind.ANCHORAGE}
        ]
        spells = self._held.spells
        found = (
            anchorages(
                pl.concat(spells),
                vessels=self._rules.anchorage_vessels,
                hours=self._rules.anchorage_hours,
            ).select(*PORTS_FRAME)
            if spells
            else pl.DataFrame(schema=PORTS_FRAME)
        )
        return port_index(pl.concat([*drawn, found]))

    def _keep_told(self, number: int, told: Segmentation) -> None:
        np.savez(
            self._scratch / f"segments-{number:05d}.npz",
            segment=told.segment,
            reason=told.reason,
            found=told.found,
        )

    def _told(self, number: int) -> Segmentation:
        with np.load(self._scratch / f"segments-{number:05d}.npz") as kept:
            return Segmentation(kept["segment"], kept["reason"], kept["found"])

    def _keep_slow(self, number: int, slow: pl.DataFrame) -> None:
        if slow.is_empty():
            return
        slots = slow["slot"].to_numpy()
        self._held.slots.append((int(slots.min()), int(slots.max()), slow.height))
        slow.sort("slot").write_parquet(self._scratch / f"slow-{number:05d}.parquet")

    def _slow_days(self) -> Iterator[pl.DataFrame]:
        files = sorted(self._scratch.glob("slow-*.parquet"))
        first = min(low for low, _, _ in self._held.slots)
        last = max(high for _, high, _ in self._held.slots)
        # Years of a small feed, day by day, would cost more to open than to compare.
        days = (last - first) / _DAY_SLOTS * _POINTS / sum(rows for *_, rows in self._held.slots)
        step = max(int(days), 1) * _DAY_SLOTS
        for start in range(first, last + 1, step):
            day = pl.col("slot").is_between(start, start + step - 1)
            piece = pl.scan_parquet(files).filter(day).sort("slot", "mmsi").collect()
            if piece.height:
                yield piece


def _of_its_own(summary: pl.DataFrame) -> pl.DataFrame:
    """The same with its texts copied: a few rows would keep alive all the texts of their piece."""
    return summary.with_columns(pl.col(pl.String).cast(pl.Categorical).cast(pl.String))


def _long_gaps(events: pl.DataFrame) -> pl.DataFrame:
    """Gaps long enough to ask what they left time for."""
    long = pl.col("end") - pl.col("start") >= timedelta(hours=LEAST_GAP_H)
    return events.filter((pl.col("kind") == "gap") & long)


def _ships(statics: pl.DataFrame) -> pl.DataFrame:
    """The last known type and antenna place of each transponder."""
    known = ("ship_type", "to_bow_m", "to_stern_m")
    return (
        statics.sort("mmsi", "at")
        .group_by("mmsi", maintain_order=True)
        .agg(pl.col(name).drop_nulls().last() for name in known)
    )
