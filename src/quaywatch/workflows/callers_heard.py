"""What the lake holds of every merchant ship, read once to weigh them all."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl

from quaywatch.fusion.whereabouts import Fixes
from quaywatch.stores.workspace import Workspace
from quaywatch.voyages.prism import ceiling_of

MERCHANT: Final = range(70, 90)
"""AIS ship types of cargo ships and tankers; a ship that never said its type may be one."""
SHORTEST_M: Final = 40.0
TELL_WITHIN: Final = timedelta(days=5)
"""So long about a stay, what AIS alone shows of a ship's broadcasts counts."""
NEVER: Final = Fixes(np.empty(0), np.empty(0), np.empty(0))
"""Of a transponder that was never heard."""


class Heard:
    """What the lake holds of every merchant ship, read once for all stays."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        sources: Sequence[str] | None = None,
        as_of: datetime | None = None,
    ) -> None:
        self._workspace = workspace
        self._sources = sources
        passes = workspace.events.passes(as_of=as_of)
        self.as_of = passes[-1].known_at if passes else None
        """When the last pass over AIS was known on which this rests; None: there is none."""

    def _of_sources(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        if self._sources is None:
            return frame
        return frame.filter(pl.col("source_id").is_in(list(self._sources)))

    @cached_property
    def ships(self) -> pl.DataFrame:
        """The last known particulars of every transponder: mmsi, imo, name, length, beam, type."""
        said = self._of_sources(self._workspace.lake.statics()).sort("mmsi", "at", "record")
        length = (pl.col("to_bow_m") + pl.col("to_stern_m")).cast(pl.Float64)
        beam = (pl.col("to_port_m") + pl.col("to_starboard_m")).cast(pl.Float64)
        return (
            said.group_by("mmsi", maintain_order=True)
            .agg(
                pl.col("imo").drop_nulls().last(),
                pl.col("name").drop_nulls().last(),
                pl.col("ship_type").drop_nulls().last(),
                length_m=length.filter(length > 0).last(),
                beam_m=beam.filter(beam > 0).last(),
            )
            .sort("mmsi")
            .collect()
        )

    @cached_property
    def numbers(self) -> Mapping[str, str]:
        """Subject of a transponder (``mmsi:…``) → subject of its merchant ship."""
        rows = [row for row in self.ships.iter_rows(named=True) if merchant(row)]
        return {f"mmsi:{int(row['mmsi']):09d}": subject_of(row) for row in rows}

    @cached_property
    def tracks(self) -> Mapping[int, pl.DataFrame]:
        """Positions of every transponder, in time order."""
        rows = (
            self._of_sources(self._workspace.lake.positions())
            .filter(pl.col("lon").is_not_null())
            .select("mmsi", "at", "lon", "lat", "sog_kn", "record")
            .sort("mmsi", "at", "record")
            .collect()
        )
        return {int(key[0]): part for key, part in rows.partition_by("mmsi", as_dict=True).items()}

    @cached_property
    def fixes(self) -> Mapping[int, Fixes]:
        """The same as fixes."""
        return {
            mmsi: Fixes(
                rows["at"].dt.epoch("us").to_numpy() / 1e6,
                rows["lon"].to_numpy(),
                rows["lat"].to_numpy(),
            )
            for mmsi, rows in self.tracks.items()
        }

    @cached_property
    def span_s(self) -> tuple[float, float]:
        """First and last instant at which anybody was heard, seconds since 1970."""
        heard = [fixes.at_s for fixes in self.fixes.values()]
        return min(float(at[0]) for at in heard), max(float(at[-1]) for at in heard)

    @cached_property
    def events(self) -> pl.DataFrame:
        """What AIS alone shows of broadcasts: combined integrity windows, and shared numbers."""
        return self._workspace.events.known(as_of=self.as_of, kinds=["integrity", "two-tracks"])

    @cached_property
    def sources(self) -> list[str]:
        """Ids of the sources that all this was read from."""
        if self._sources is not None:
            return sorted(self._sources)
        found = self._workspace.lake.positions().select("source_id").unique().collect()
        return sorted(found["source_id"].to_list())


def merchant(row: Mapping[str, Any]) -> bool:
    """Whether a ship may load cargo."""
    long_enough = row["length_m"] is None or row["length_m"] >= SHORTEST_M
    return long_enough and (row["ship_type"] is None or row["ship_type"] in MERCHANT)


def subject_of(row: Mapping[str, Any]) -> str:
    """Its IMO number where it said one, else its MMSI."""
    return f"imo:{row['imo']}" if row["imo"] else f"mmsi:{row['mmsi']:09d}"


def ceiling_kn(heard: Heard, mmsi: int) -> float:
    """The highest speed that it may have made."""
    rows = heard.tracks.get(mmsi)
    if rows is None:
        return ceiling_of(None)
    under_way = rows.filter(pl.col("sog_kn") > 1.0)
    hours = under_way["at"].dt.truncate("1h").n_unique()
    return ceiling_of(under_way["sog_kn"].quantile(0.99), hours)


def tells(heard: Heard, mmsi: int, at: Sequence[datetime]) -> tuple[float, bool]:
    """What AIS alone says of its broadcasts about then, and whether two hulls send under it."""
    first, last = at[0] - TELL_WITHIN, at[-1] + TELL_WITHIN
    about = heard.events.filter(
        (pl.col("mmsi") == mmsi) & (pl.col("start") <= last) & (pl.col("end") >= first)
    )
    combined = about.filter((pl.col("kind") == "integrity") & (pl.col("test") == "combined"))
    strongest = combined["log_lr"].drop_nulls().max()
    tells = math.exp(strongest) if isinstance(strongest, float) else 1.0
    shared = about.filter(
        (pl.col("kind") == "two-tracks") & (pl.col("start") <= at[-1]) & (pl.col("end") >= at[0])
    )
    return tells, bool(shared.height)
