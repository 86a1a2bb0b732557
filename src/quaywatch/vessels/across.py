"""One IMO number from several transponders, and numbers that are most likely one, garbled.

Both need all transponders at once, so they take summaries of pieces of the lake. What they find
has the columns of ``quaywatch.vessels.findings``.
"""

from itertools import combinations, pairwise
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from quaywatch.vessels.findings import findings
from quaywatch.vessels.identifiers import imo_message
from quaywatch.vessels.repeats import with_repeats
from quaywatch.vessels.spells import REPORTS_MIN, said

_REGULAR_TIMES: Final = 50
_MMSI_BITS: Final = 30
_SENDERS_MAX: Final = 4
_CHANCE_MAX: Final = 0.05
_BOX_DEG: Final = 0.5
_HEARD: Final[dict[str, pl.DataType]] = {
    "mmsi": pl.UInt32(),
    "n": pl.UInt32(),
    "first": pl.Datetime("us", "UTC"),
    "last": pl.Datetime("us", "UTC"),
    "west": pl.Float64(),
    "south": pl.Float64(),
    "east": pl.Float64(),
    "north": pl.Float64(),
    "source_id": pl.String(),
    "record": pl.UInt64(),
    "named": pl.Boolean(),
}


def imo_summary(statics: pl.DataFrame, positions: pl.DataFrame | None = None) -> pl.DataFrame:
    """Of one bucket: each well-formed IMO number and MMSI that sent it, first, last and ``n``.

    Concatenate those of all buckets for ``imo_on_two_mmsis``.

    Args:
        statics: columns of the lake's ``statics``.
        positions: as for ``identity_changes``.

    Examples:
        >>> from datetime import UTC, datetime
        >>> at = [datetime(2025, 1, d, tzinfo=UTC) for d in range(1, 9)]
        >>> statics = pl.DataFrame({"mmsi": [412000001] * 8, "at": at, "imo": [9125786] * 8,
        ...     "name": ["CASIO"] * 8, "callsign": ["XSAB"] * 8, "msg_type": [5] * 8,
        ...     "source_id": ["s"] * 8, "record": range(8)},
        ...     schema_overrides={"mmsi": pl.UInt32, "imo": pl.UInt32})
        >>> imo_summary(statics).select("imo", "mmsi", "n").rows()
        [(9125786, 412000001, 8)]

    """
    rows = said(with_repeats(statics, positions))
    return (
        rows.filter(pl.col("vessel_id").str.starts_with("imo:"))
        .group_by("imo", "mmsi")
        .agg(
            name=pl.col("name").drop_nulls().mode(maintain_order=True).first(),
            first=pl.col("at").min(), last=pl.col("until").max(), n=pl.col("times").sum(),
            source_id=pl.col("source_id").first(), record=pl.col("record").first(),
        )
        .sort("imo", "mmsi")
    )  # fmt: skip


def imo_on_two_mmsis(summary: pl.DataFrame, *, reports_min: int = REPORTS_MIN) -> pl.DataFrame:
    """IMO numbers that more than one transponder sent, over all buckets.

    ``statistic``: hours by which the times from first to last report overlap. None is what a new
    flag looks like: a ship gets a new MMSI with it. Many are what a copied identity looks like,
    or one number typed in twice, or a second transponder of the same ship. A number that more than
    four transponders send is a default; it is told in one row.

    Args:
        summary: rows of ``imo_summary`` of all buckets.
        reports_min: pairs said fewer times are taken for slips.

    Examples:
        >>> from datetime import UTC, datetime
        >>> at = [datetime(2025, 1, d, tzinfo=UTC) for d in (1, 8)]
        >>> summary = pl.DataFrame({"imo": [9125786] * 2, "mmsi": [412000001, 750000001],
        ...     "name": ["CASIO"] * 2, "first": at[:1] * 2, "last": at[1:] * 2, "n": [8, 8],
        ...     "source_id": ["s"] * 2, "record": [1, 2]})
        >>> imo_on_two_mmsis(summary).select("statistic", "unit").rows()
        [(168.0, 'h')]

    """
    rows = summary.filter(pl.col("n") >= reports_min).filter(pl.len().over("imo") > 1)
    found: list[dict[str, Any]] = []
    for _, group in rows.sort("imo", "first", "mmsi").group_by("imo", maintain_order=True):
        senders = list(group.iter_rows(named=True))
        pairs = list(pairwise(senders))[: 1 if len(senders) > _SENDERS_MAX else None]
        for was, now in pairs:
            both = (min(was["last"], now["last"]) - now["first"]).total_seconds() / 3600.0
            message = imo_message(now["imo"])
            if len(senders) > _SENDERS_MAX:
                message += f" {len(senders)} transponders send it: a default, or typed in by many."
            found.append(
                {
                    "mmsi": was["mmsi"],
                    "other_mmsi": now["mmsi"],
                    "start": min(was["last"], now["first"]),
                    "end": max(was["last"], now["first"]),
                    "verdict": "imo-on-two-mmsis",
                    "statistic": max(0.0, both),
                    "unit": "h",
                    "n": was["n"] + now["n"],
                    "was": str(was["mmsi"]),
                    "now": str(now["mmsi"]),
                    "was_n": was["n"],
                    "now_n": now["n"],
                    "kept": "name" if was["name"] and was["name"] == now["name"] else None,
                    "values_n": len(senders),
                    "message": message,
                    "source_id": was["source_id"],
                    "record": was["record"],
                    "end_source_id": now["source_id"],
                    "end_record": now["record"],
                }
            )
    return findings(found)


def heard_summary(positions: pl.DataFrame, statics: pl.DataFrame) -> pl.DataFrame:
    """Of one bucket: each MMSI heard, how often, when, in which box, and whether it was named.

    Concatenate those of all buckets for ``mmsi_near_regular``.

    Args:
        positions: columns of the lake's ``positions``, sorted by ``mmsi``, ``at``.
        statics: columns of the lake's ``statics``.

    Returns:
        ``mmsi``, ``n``, ``first``, ``last``, ``west``, ``south``, ``east``, ``north`` (degrees; NaN
        where it never said where), ``source_id`` and ``record`` of the first, ``named``.

    Examples:
        >>> from datetime import UTC, datetime
        >>> statics = pl.DataFrame({"mmsi": [2], "at": [datetime(2025, 1, 1, tzinfo=UTC)],
        ...     "imo": [None], "name": ["CASIO"], "callsign": [None], "msg_type": [5]},
        ...     schema_overrides={"imo": pl.UInt32, "callsign": pl.String})
        >>> positions = pl.DataFrame({"mmsi": [1], "at": [datetime(2025, 1, 1, tzinfo=UTC)],
        ...     "lon": [5.0], "lat": [50.0], "source_id": ["s"], "record": [1]})
        >>> heard_summary(positions, statics).select("mmsi", "named").rows()
        [(1, False)]

    """
    mmsi = positions["mmsi"].to_numpy()
    starts = np.flatnonzero(np.diff(mmsi, prepend=0)) if len(mmsi) else np.empty(0, np.int64)
    lon, lat = (positions[name].to_numpy().astype(np.float64) for name in ("lon", "lat"))
    ends = np.append(starts[1:], len(mmsi)) - 1
    if not len(starts):
        return pl.DataFrame(schema=_HEARD)
    first = positions.select("mmsi", "at", "source_id", "record")[starts]
    named = said(statics)["mmsi"].unique().implode()
    return first.select(
        "mmsi",
        n=pl.Series(ends - starts + 1),
        first="at",
        last=positions["at"].gather(ends),
        west=pl.Series(np.fmin.reduceat(lon, starts)),
        south=pl.Series(np.fmin.reduceat(lat, starts)),
        east=pl.Series(np.fmax.reduceat(lon, starts)),
        north=pl.Series(np.fmax.reduceat(lat, starts)),
        source_id="source_id",
        record="record",
        named=pl.col("mmsi").is_in(named),
    ).cast(_HEARD)  # type: ignore[arg-type]  # a mapping of names to types is one


def mmsi_near_regular(heard: pl.DataFrame) -> pl.DataFrame:
    """Seldom heard MMSIs that one flipped bit makes of one heard at least 50 times as often.

    Such a number is most likely that ship's own, garbled on the air, and no other vessel. Asked
    only of numbers that named no vessel, and that were heard while and where the other was (half a
    degree around); told only where such a neighbour would be there by chance for fewer than one
    number in twenty, which ``p`` gives: from how many of the numbers two and three bits away were
    heard.

    Args:
        heard: rows of ``heard_summary`` of all buckets.

    Source:
        Banyś et al. (2024), on bit errors in identities, article NM.2024.1.5.

    Examples:
        >>> from datetime import UTC, datetime
        >>> now = datetime(2025, 1, 1, tzinfo=UTC)
        >>> heard = pl.DataFrame({"mmsi": [367104030, 367104030 ^ 64], "n": [900, 1],
        ...     "first": [now] * 2, "last": [now] * 2, "west": [5.0] * 2, "east": [5.0] * 2,
        ...     "south": [50.0] * 2, "north": [50.0] * 2, "named": [True, False],
        ...     "source_id": ["s"] * 2, "record": [1, 2]})
        >>> mmsi_near_regular(heard).select("mmsi", "other_mmsi", "verdict").rows()
        [(367104094, 367104030, 'mmsi-near-regular')]

    """
    known: dict[int, dict[str, Any]] = {r["mmsi"]: r for r in heard.iter_rows(named=True)}
    numbers = np.array(sorted(known), np.int64)
    found = []
    for mmsi, row in sorted(known.items()):
        if row["named"]:
            continue
        near = [mmsi ^ (1 << bit) for bit in range(_MMSI_BITS) if mmsi ^ (1 << bit) in known]
        best = max((known[one] for one in near), key=lambda one: one["n"], default=None)
        if best is None or best["n"] < _REGULAR_TIMES * row["n"] or not _within(row, best):
            continue
        chance = _by_chance(mmsi, numbers)
        if chance <= _CHANCE_MAX:
            found.append(_near(row, best, chance))
    return findings(found)


def _within(row: dict[str, Any], best: dict[str, Any]) -> bool:
    """Whether one was heard only while and where the other was."""
    return bool(
        best["first"] <= row["first"]
        and row["last"] <= best["last"]
        and best["west"] - _BOX_DEG <= row["west"]
        and row["east"] <= best["east"] + _BOX_DEG
        and best["south"] - _BOX_DEG <= row["south"]
        and row["north"] <= best["north"] + _BOX_DEG
    )


_TWO_OR_THREE_BITS: Final = np.array(
    [
        sum(1 << bit for bit in some)
        for bits in (2, 3)
        for some in combinations(range(_MMSI_BITS), bits)
    ],
    np.int64,
)


def _by_chance(mmsi: int, numbers: NDArray[np.int64]) -> float:
    """How likely a number of its own has a heard neighbour: from those two and three bits away.

    Args:
        mmsi: the number.
        numbers: all that were heard, sorted.

    """
    asked = mmsi ^ _TWO_OR_THREE_BITS
    place = np.minimum(np.searchsorted(numbers, asked), len(numbers) - 1)
    heard = int(np.count_nonzero(numbers[place] == asked))
    return float(1.0 - (1.0 - (heard + 1) / (len(asked) + 1)) ** _MMSI_BITS)


def _near(row: dict[str, Any], best: dict[str, Any], chance: float) -> dict[str, Any]:
    return {
        "mmsi": row["mmsi"],
        "other_mmsi": best["mmsi"],
        "start": row["first"],
        "end": row["last"],
        "verdict": "mmsi-near-regular",
        "statistic": best["n"] / row["n"],
        "unit": "ratio",
        "n": row["n"],
        "p": chance,
        "was": str(best["mmsi"]),
        "now": str(row["mmsi"]),
        "was_n": best["n"],
        "now_n": row["n"],
        "message": f"MMSI {row['mmsi']:09d} is one bit from {best['mmsi']:09d}, heard"
        f" {best['n']} times here: most likely that ship's, garbled on the air.",
        "source_id": row["source_id"],
        "record": row["record"],
    }
