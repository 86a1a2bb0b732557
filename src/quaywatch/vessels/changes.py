"""What a transponder said of itself that does not agree with itself, or with another transponder.

Each finding is a row with the columns of an event of kind ``identity`` (the caller packs
``DETAIL`` and adds what it lacks). Verdicts: ``rename``, ``imo-change`` (one after the other),
``two-names``, ``two-imos`` (at the same time), ``imo-check-digit``, ``flag-conflict``,
``imo-on-two-mmsis``, ``mmsi-near-regular``. All of them have innocent causes: ships are sold,
renamed and reflagged, crews mistype, bits flip. A flag is never evidence by itself.
"""

from itertools import pairwise
from typing import Any, Final

import polars as pl

from quaywatch.vessels.identifiers import MMSI_MAX, Mmsi, callsign_country, imo_check, imo_message
from quaywatch.vessels.spells import REPORTS_MIN, said

METHOD: Final = "vessel-identity@1"
DETAIL: Final = ["was", "now", "was_n", "now_n", "message"]
_TIME: Final = pl.Datetime("us", "UTC")
_FRAME: Final = {
    "kind": pl.String(),
    "mmsi": pl.UInt32(),
    "other_mmsi": pl.UInt32(),
    "start": _TIME,
    "end": _TIME,
    "verdict": pl.String(),
    "applicable": pl.Boolean(),
    "reason": pl.String(),
    "statistic": pl.Float64(),
    "unit": pl.String(),
    "n": pl.UInt32(),
    "method": pl.String(),
    "was": pl.String(),
    "now": pl.String(),
    "was_n": pl.UInt32(),
    "now_n": pl.UInt32(),
    "message": pl.String(),
    "source_id": pl.String(),
    "record": pl.UInt64(),
    "end_source_id": pl.String(),
    "end_record": pl.UInt64(),
}
_SHARE: Final = 0.05
_REGULAR_TIMES: Final = 50
_MMSI_BITS: Final = 30
NEVER_SCORED: Final = "Said, not proven: never scored alone."


def one_error(a: str, b: str) -> bool:
    """Whether one letter wrong, or the end cut off, makes one text of the other.

    Examples:
        >>> one_error("BAI MEI 8", "BAI MEH 8"), one_error("BAI MEI 8", "BAI MEI")
        (True, True)
        >>> one_error("BAI MEI 8", "CASIO")
        False

    """
    if len(a) != len(b):
        short, long = sorted((a, b), key=len)
        return bool(short) and long.startswith(short)
    return sum(x != y for x, y in zip(a, b, strict=True)) == 1


def identity_changes(
    statics: pl.DataFrame, *, flags: pl.DataFrame | None = None, reports_min: int = REPORTS_MIN
) -> pl.DataFrame:
    """What each transponder said of itself that changed, alternated or contradicts itself.

    A value counts once it was said ``reports_min`` times; one that is a single letter from a value
    said twenty times as often is taken for a garbled copy of it.

    Args:
        statics: columns of the lake's ``statics``.
        flags: ``mmsi``, ``flag`` (ISO 3166) as declared elsewhere, say in a register.
        reports_min: see above.

    Returns:
        Columns of an event; pack ``DETAIL``. ``statistic`` is the lesser number of reports.

    """
    rows = said(statics)
    found: list[dict[str, Any]] = []
    for field in ("imo", "name"):
        told = rows if field == "imo" else rows.with_columns(_one_spelling(rows))
        for mmsi, values in _values(told, field, reports_min).items():
            found.extend(_between(mmsi, field, values))
    found.extend(_check_digits(rows, reports_min))
    found.extend(_flag_conflicts(rows, flags, reports_min))
    return _frame(found)


def _frame(found: list[dict[str, Any]]) -> pl.DataFrame:
    fixed = {"kind": "identity", "applicable": True, "method": METHOD}
    return pl.DataFrame([{**fixed, **row} for row in found], schema=_FRAME)


def _one_spelling(rows: pl.DataFrame) -> pl.Series:
    """Names of which an MMSI sends several spellings, all in the most frequent one."""
    folded = pl.col("name").str.replace_all("[^A-Z0-9]", "")
    usual = pl.col("name").mode(maintain_order=True).first().over("mmsi", folded)
    return rows.select(usual.alias("name")).to_series()


def _values(rows: pl.DataFrame, field: str, reports_min: int) -> dict[int, list[dict[str, Any]]]:
    """Values of a field that are more than noise, of each MMSI that said more than one."""
    begins = (pl.col(field) != pl.col(field).shift(1).over("mmsi")).fill_null(value=True)
    table = (
        rows.filter(pl.col(field).is_not_null())
        .with_columns(_begins=begins)
        .group_by("mmsi", field)
        .agg(
            first=pl.col("at").min(), last=pl.col("at").max(), n=pl.len(),
            runs=pl.col("_begins").sum(),
            imos=pl.col("imo").drop_nulls().unique(),
            source_id=pl.col("source_id").first(), record=pl.col("record").first(),
            last_source_id=pl.col("source_id").last(), last_record=pl.col("record").last(),
        )
        .filter((pl.col("n") >= reports_min) & (pl.len().over("mmsi") > 1))
        .sort("mmsi", "first")
    )  # fmt: skip
    grouped: dict[int, list[dict[str, Any]]] = {}
    for row in table.rename({field: "value"}).iter_rows(named=True):
        grouped.setdefault(row["mmsi"], []).append(row)
    return {mmsi: _without_noise(values, field) for mmsi, values in grouped.items()}


def _without_noise(values: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
    if field == "imo":  # Every wrong check digit has a row of its own.
        return [value for value in values if imo_check(value["value"])]
    return [
        value
        for value in values
        if not any(
            value["n"] < _SHARE * other["n"] and one_error(str(value["value"]), str(other["value"]))
            for other in values
        )
    ]


def _between(mmsi: int, field: str, values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Changes from each value to the next, and values said at the same time."""
    found = []
    for was, now in pairwise(values):
        together = now["first"] < was["last"]
        verdict = {
            ("imo", False): "imo-change", ("imo", True): "two-imos",
            ("name", False): "rename", ("name", True): "two-names",
        }[field, together]  # fmt: skip
        message = imo_message(now["value"]) if field == "imo" else None
        found.append(
            {
                "mmsi": mmsi,
                "start": now["first"] if together else was["last"],
                "end": min(was["last"], now["last"]) if together else now["first"],
                "verdict": verdict,
                "statistic": float(min(was["n"], now["n"])),
                "unit": "reports",
                "n": was["n"] + now["n"],
                "was": str(was["value"]),
                "now": str(now["value"]),
                "was_n": was["n"],
                "now_n": now["n"],
                "message": message,
                "source_id": was["last_source_id"],
                "record": was["last_record"],
                "end_source_id": now["source_id"],
                "end_record": now["record"],
            }
        )
    return found


def _check_digits(rows: pl.DataFrame, reports_min: int) -> list[dict[str, Any]]:
    table = (
        rows.filter(pl.col("imo").is_not_null())
        .group_by("mmsi", "imo")
        .agg(
            start=pl.col("at").min(), end=pl.col("at").max(), n=pl.len(),
            source_id=pl.col("source_id").first(), record=pl.col("record").first(),
            end_source_id=pl.col("source_id").last(), end_record=pl.col("record").last(),
        )
        .filter(pl.col("n") >= reports_min)
        .sort("mmsi", "imo")
    )  # fmt: skip
    return [
        {
            **{key: value for key, value in row.items() if key != "imo"},
            "verdict": "imo-check-digit",
            "now": str(row["imo"]),
            "now_n": row["n"],
            "statistic": float(row["n"]),
            "unit": "reports",
            "message": imo_message(row["imo"]),
        }
        for row in table.iter_rows(named=True)
        if not imo_check(row["imo"])
    ]


def _flag_conflicts(
    rows: pl.DataFrame, flags: pl.DataFrame | None, reports_min: int
) -> list[dict[str, Any]]:
    """Country digits against call sign and declared flag: told, and never scored alone."""
    declared = dict(flags.select("mmsi", "flag").iter_rows()) if flags is not None else {}
    signs = (
        rows.filter(pl.col("callsign").is_not_null())
        .group_by("mmsi", "callsign")
        .agg(
            start=pl.col("at").min(), end=pl.col("at").max(), n=pl.len(),
            source_id=pl.col("source_id").first(), record=pl.col("record").first(),
        )
        .filter(pl.col("n") >= reports_min)
        .sort("mmsi", "n", descending=[False, True])
        .unique("mmsi", keep="first", maintain_order=True)
    )  # fmt: skip
    found = []
    for row in signs.iter_rows(named=True):
        mid = Mmsi(row["mmsi"]).country if 0 < row["mmsi"] <= MMSI_MAX else None
        others = {
            "call sign": callsign_country(row["callsign"]),
            "declared flag": declared.get(row["mmsi"]),
        }
        for what, country in others.items():
            if mid is None or country is None or country == mid:
                continue
            found.append(
                {
                    **{key: value for key, value in row.items() if key != "callsign"},
                    "verdict": "flag-conflict",
                    "was": mid,
                    "now": country,
                    "now_n": row["n"],
                    "statistic": float(row["n"]),
                    "unit": "reports",
                    "reason": NEVER_SCORED,
                    "message": f"MMSI says {mid}, {what} says {country}. {NEVER_SCORED}",
                }
            )
    return found


def imo_summary(statics: pl.DataFrame) -> pl.DataFrame:
    """Of one bucket: each well-formed IMO number and MMSI that sent it, first, last and ``n``.

    Concatenate those of all buckets for ``imo_on_two_mmsis``.
    """
    rows = said(statics).filter(pl.col("vessel_id").str.starts_with("imo:"))
    return (
        rows.group_by("imo", "mmsi")
        .agg(
            first=pl.col("at").min(), last=pl.col("at").max(), n=pl.len(),
            source_id=pl.col("source_id").first(), record=pl.col("record").first(),
        )
        .sort("imo", "mmsi")
    )  # fmt: skip


def imo_on_two_mmsis(summary: pl.DataFrame, *, reports_min: int = REPORTS_MIN) -> pl.DataFrame:
    """IMO numbers that more than one transponder sent, over all buckets.

    ``statistic``: hours during which both sent it. None is what a new flag looks like: a ship
    gets a new MMSI with it. Many are what a copied identity, or one number typed in twice, does.

    Args:
        summary: rows of ``imo_summary`` of all buckets.
        reports_min: pairs said fewer times are taken for slips.

    """
    rows = summary.filter(pl.col("n") >= reports_min).filter(pl.len().over("imo") > 1)
    found = []
    for _, group in rows.sort("imo", "first", "mmsi").group_by("imo", maintain_order=True):
        for was, now in pairwise(group.iter_rows(named=True)):
            both = (min(was["last"], now["last"]) - now["first"]).total_seconds() / 3600.0
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
                    "message": imo_message(now["imo"]),
                    "source_id": was["source_id"],
                    "record": was["record"],
                    "end_source_id": now["source_id"],
                    "end_record": now["record"],
                }
            )
    return _frame(found)


def mmsi_near_regular(heard: pl.DataFrame) -> pl.DataFrame:
    """Seldom heard MMSIs that one flipped bit makes of one heard at least 50 times as often.

    Such a number is most likely that ship's own, garbled on the air, and no other vessel.

    Args:
        heard: ``mmsi``, ``n``, ``first``, ``last``, over all buckets.

    Source:
        Banyś et al. (2024), on bit errors in identities, article NM.2024.1.5.

    Examples:
        >>> from datetime import UTC, datetime
        >>> now = datetime(2025, 1, 1, tzinfo=UTC)
        >>> heard = pl.DataFrame({"mmsi": [367104030, 367104030 ^ 64], "n": [900, 1],
        ...                       "first": [now] * 2, "last": [now] * 2})
        >>> mmsi_near_regular(heard).select("mmsi", "other_mmsi", "verdict").rows()
        [(367104094, 367104030, 'mmsi-near-regular')]

    """
    counts: dict[int, int] = dict(heard.select("mmsi", "n").iter_rows())
    found = []
    for row in heard.sort("mmsi").iter_rows(named=True):
        near = [row["mmsi"] ^ (1 << bit) for bit in range(_MMSI_BITS)]
        best = max(near, key=lambda mmsi: counts.get(mmsi, 0))
        if counts.get(best, 0) >= _REGULAR_TIMES * row["n"]:
            found.append(
                {
                    "mmsi": row["mmsi"],
                    "other_mmsi": best,
                    "start": row["first"],
                    "end": row["last"],
                    "verdict": "mmsi-near-regular",
                    "statistic": counts[best] / row["n"],
                    "unit": "ratio",
                    "n": row["n"],
                    "was": str(best),
                    "now": str(row["mmsi"]),
                    "was_n": counts[best],
                    "now_n": row["n"],
                    "message": f"MMSI {row['mmsi']:09d} is one bit from {best:09d}, heard"
                    f" {counts[best]} times here.",
                }
            )
    return _frame(found)
