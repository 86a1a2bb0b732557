"""What a transponder called itself over time. An MMSI is a transponder, not a vessel."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

_FIELDS = ("imo", "name", "callsign", "ship_type")


@dataclass(frozen=True, slots=True)
class Identity:
    """One spell during which a field said one thing."""

    field: str
    """``imo``, ``name``, ``callsign`` or ``ship_type``."""
    value: str | int
    first_at: datetime
    last_at: datetime
    reports: int


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Size as broadcast, with the antenna's place; None is unknown."""

    length_m: int | None
    beam_m: int | None


def identity_spells(statics: pl.DataFrame) -> tuple[Identity, ...]:
    """Every value of every identity field of one transponder, each with when it was said.

    Args:
        statics: rows of one MMSI, columns of the AIS lake's ``statics``.

    Examples:
        >>> from datetime import UTC, datetime
        >>> at = [datetime(2025, 1, d, tzinfo=UTC) for d in (1, 2, 3)]
        >>> statics = pl.DataFrame({"at": at, "imo": [None, 9125786, 9125786],
        ...     "name": ["CASIO", "CASIO", "CARTIER"], "callsign": [None] * 3,
        ...     "ship_type": [70] * 3})
        >>> [(s.field, s.value, s.reports) for s in identity_spells(statics)]
        [('imo', 9125786, 2), ('name', 'CASIO', 2), ('name', 'CARTIER', 1), ('ship_type', 70, 3)]

    """
    spells: list[Identity] = []
    for field in _FIELDS:
        said = (
            statics.filter(pl.col(field).is_not_null())
            .group_by(field)
            .agg(
                pl.col("at").min().alias("first_at"),
                pl.col("at").max().alias("last_at"),
                pl.len().alias("reports"),
            )
            .sort("first_at", field)
        )
        spells.extend(
            Identity(field, row[field], row["first_at"], row["last_at"], row["reports"])
            for row in said.iter_rows(named=True)
        )
    return tuple(spells)


def dimensions_at(statics: pl.DataFrame, at: datetime) -> Dimensions:
    """The size broadcast nearest in time to ``at``.

    Args:
        statics: rows of one MMSI.
        at: aware UTC.

    Examples:
        >>> from datetime import UTC, datetime
        >>> now = datetime(2025, 1, 1, tzinfo=UTC)
        >>> dimensions_at(pl.DataFrame({"at": [now], "to_bow_m": [100], "to_stern_m": [40],
        ...     "to_port_m": [None], "to_starboard_m": [None]}), now)
        Dimensions(length_m=140, beam_m=None)

    """
    sizes = statics.with_columns(
        (pl.col("to_bow_m").cast(pl.Int64) + pl.col("to_stern_m")).alias("length_m"),
        (pl.col("to_port_m").cast(pl.Int64) + pl.col("to_starboard_m")).alias("beam_m"),
    ).with_columns((pl.col("at") - at).abs().alias("_away"))

    def nearest(column: str) -> int | None:
        said = sizes.filter(pl.col(column) > 0).sort("_away", "at")
        return None if said.is_empty() else int(said[column][0])

    return Dimensions(nearest("length_m"), nearest("beam_m"))
