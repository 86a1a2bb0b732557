"""The tables that a scan for contradictions takes and gives, and what it is strict about."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from quaywatch.fusion.contradiction_runs import Runs

WITHIN_H: Final = 48.0
"""A broadcast farther in time from a placing says little about it."""
CLOCK_H: Final = 1.0
"""Beyond the errors of good clocks: what a late, badly stamped feed may be wrong by."""
UNDER_WAY_KN: Final = 3.0
EPISODE_D: Final = 30.0
"""Runs at odds with each other within this are one contradiction."""
THIN_SHARE, THIN_REPORTS = 0.1, 10
"""A run of fewer reports than both (a share of the other's, and so many) may be noise of it."""
TRACKS_MAX: Final = 2000
"""A number with more runs than this is nobody's: not compared, and said so."""
ROUTES_MAX: Final = 40
"""Ways over water asked for in one scan; what is left out is counted."""
DETOUR: Final = 3.0
"""A way round land is asked for only where one so many times the straight would be too long."""
AGREED_H, AGREED_NM = 3.0, 50.0
"""A run that has the ship in reach of the image, this near in time and place, accounts for it."""
NEAR_NM: Final = 2.0
"""Nearer than this no way round land is looked for."""
HOUR_US: Final = 3_600_000_000
AIS_CLOCK_S: Final = 30.0
AIS_M: Final = 100.0

SEEN_FRAME: Final[dict[str, pl.DataType]] = {
    "seen": pl.String(),
    "ship": pl.String(),
    "start": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "radius_m": pl.Float64(),
    "clock_s": pl.Float64(),
    "in_port": pl.Boolean(),
}
"""Hulls in images that somebody identified. ``seen``: id of the record that says so; ``ship``: a
key of ``OWNERS_FRAME``; ``radius_m``, ``clock_s``: 99% bounds."""
OWNERS_FRAME: Final[dict[str, pl.DataType]] = {
    "ship": pl.String(),
    "mmsi": pl.UInt32(),
    "start": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "shared": pl.Boolean(),
}
"""Which transponder is which ship's, and when; ``shared``: other transponders say the same of
themselves at that time, so that nothing it sends is held against that ship."""
FOUND_FRAME: Final[dict[str, pl.DataType]] = {
    "kind": pl.String(),
    "ship": pl.String(),
    "mmsi": pl.UInt32(),
    "seen": pl.String(),
    "other_seen": pl.String(),
    "source_id": pl.List(pl.String()),
    "record": pl.List(pl.UInt64()),
    "other_source_id": pl.List(pl.String()),
    "other_record": pl.List(pl.UInt64()),
    "at": pl.Datetime("us", "UTC"),
    "other_at": pl.Datetime("us", "UTC"),
    "great_circle_nm": pl.Float64(),
    "bound_nm": pl.Float64(),
    "hours": pl.Float64(),
    "slack_h": pl.Float64(),
    "ceiling_kn": pl.Float64(),
    "rests_on": pl.String(),
    "concurrent": pl.Boolean(),
    "shared": pl.Boolean(),
    "pairs": pl.UInt32(),
}
"""What does not go together. ``source_id``, ``record``: reports of the broadcast, the one compared
first; ``other_…``: those of the other run. ``bound_nm`` over ``ceiling_kn`` takes ``slack_h`` hours
more than the clocks, and an hour's grace, allow. ``pairs``: how many pairs of runs it stands for.
"""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found, and what it could have found and did not."""

    found: pl.DataFrame
    """Columns of ``FOUND_FRAME``."""
    controls: Counter[str] = field(default_factory=Counter)
    """Pairs by outcome, such as ``sighting: agreed``; see ``docs/benchmarks/contradict.md``."""

    def __add__(self, other: "Scan") -> "Scan":
        """Both together."""
        return Scan(pl.concat([self.found, other.found]), self.controls + other.controls)


def empty_scan() -> Scan:
    """A scan of nothing.

    Examples:
        >>> empty_scan().found.height
        0

    """
    return Scan(pl.DataFrame(schema=FOUND_FRAME))


def as_found(rows: pl.DataFrame) -> pl.DataFrame:
    """Give ``rows`` exactly the columns of ``FOUND_FRAME``; what they lack becomes null."""
    present = set(rows.columns)
    return rows.select(
        (pl.col(name) if name in present else pl.lit(None)).cast(kind).alias(name)
        for name, kind in FOUND_FRAME.items()
    )


def slack(nm: pl.Expr) -> pl.Expr:
    """Hours missing at the ceiling speed, after errors, clocks and the hour's grace."""
    needed = (nm - pl.col("errors_nm")).clip(lower_bound=0.0) / pl.col("ceiling_kn")
    return needed - pl.col("allowed_h")


def with_reports(
    runs: Runs, positions: pl.DataFrame, rows: pl.DataFrame, place: str, prefix: str
) -> pl.DataFrame:
    """The reports of a run about a place, as sources and records."""
    sources: list[list[str]] = []
    records: list[list[int]] = []
    for at in rows[place]:
        chosen = positions[runs.around(int(at)).tolist()]
        sources.append(chosen["source_id"].to_list())
        records.append(chosen["record"].to_list())
    return rows.with_columns(
        pl.Series(f"{prefix}source_id", sources, dtype=pl.List(pl.String())),
        pl.Series(f"{prefix}record", records, dtype=pl.List(pl.UInt64())),
    )
