"""What a transponder said of itself that does not agree with itself.

Verdicts: ``rename`` (something else that was sent stayed the same), ``other-name`` (nothing did:
a new name, or another hull under the number), ``two-names`` (in turn), ``imo-change``,
``two-imos`` (in turn), ``imo-check-digit``, ``flag-conflict``. All of them have innocent causes:
ships are sold, renamed and reflagged, numbers are passed on, crews mistype. None carries a
likelihood ratio, and a flag is never evidence by itself.
"""

from itertools import pairwise
from typing import Any, Final

import polars as pl

from quaywatch.vessels.findings import NEVER_SCORED, findings
from quaywatch.vessels.identifiers import (
    MMSI_MAX,
    Mmsi,
    StationKind,
    callsign_country,
    imo_check,
    imo_message,
    same_administration,
)
from quaywatch.vessels.repeats import with_repeats
from quaywatch.vessels.spells import REPORTS_MIN, said

ONE_SOURCE_EACH: Final = "each value is from a source of its own, which may write it in its own way"
_SHARE: Final = 0.05
_VALUES_MAX: Final = 4
"""A number under which more values are sent is a default or shared: told in one row."""
_KEPT: Final = {"imo": ("callsign", "size"), "name": ("imo", "callsign", "size")}


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
    statics: pl.DataFrame,
    positions: pl.DataFrame | None = None,
    *,
    flags: pl.DataFrame | None = None,
    reports_min: int = REPORTS_MIN,
) -> pl.DataFrame:
    """What each transponder said of itself that changed, alternated or contradicts itself.

    A value counts once it was said ``reports_min`` times; one that is a single letter from a value
    said twenty times as often is taken for a garbled copy of it, and one that is another cut short
    for that other, where IMO number, call sign or size stayed the same.

    Args:
        statics: columns of the lake's ``statics``.
        positions: of the same transponders, sorted by ``mmsi``, ``at``: how often was said what
            stands beside positions. Without them, each such row counts once.
        flags: ``mmsi``, ``flag`` (ISO 3166) as declared elsewhere, say in a register.
        reports_min: see above.

    Returns:
        Columns of an event and ``findings.DETAIL``. ``statistic`` is the lesser number of reports;
        ``record`` is the last to say what was, ``end_record`` the first to say what is.

    Examples:
        >>> from datetime import UTC, datetime
        >>> at = [datetime(2025, 1, d, tzinfo=UTC) for d in range(1, 9)]
        >>> statics = pl.DataFrame({"mmsi": [412000001] * 8, "at": at, "imo": [9125786] * 8,
        ...     "name": ["CASIO"] * 4 + ["CARTIER"] * 4, "callsign": ["XSAB"] * 8,
        ...     "msg_type": [5] * 8, "source_id": ["s"] * 8, "record": range(8)},
        ...     schema_overrides={"mmsi": pl.UInt32, "imo": pl.UInt32})
        >>> identity_changes(statics).select("verdict", "was", "now", "statistic").rows()
        [('rename', 'CASIO', 'CARTIER', 4.0)]

    """
    rows = said(with_repeats(statics, positions))
    found: list[dict[str, Any]] = []
    for field in ("imo", "name"):
        told = rows if field == "imo" else rows.with_columns(_one_spelling(rows))
        for mmsi, values in _values(told, field, reports_min).items():
            found.extend(_between(mmsi, field, values, reports_min))
    found.extend(_check_digits(rows, reports_min))
    found.extend(_flag_conflicts(rows, flags, reports_min))
    return findings(found)


def _one_spelling(rows: pl.DataFrame) -> pl.Series:
    """Names of which an MMSI sends several spellings, all in the most frequent one."""
    folded = pl.col("name").str.replace_all("[^A-Z0-9]", "")
    usual = pl.col("name").mode(maintain_order=True).first().over("mmsi", folded)
    return rows.select(usual.alias("name")).to_series()


def _usual(field: str) -> pl.Expr:
    return pl.col(field).drop_nulls().mode(maintain_order=True).first()


def _size() -> pl.Expr:
    """Length and beam as text; null where they are not known."""
    return pl.format(
        "{}x{}",
        pl.col("to_bow_m").cast(pl.Int64) + pl.col("to_stern_m"),
        pl.col("to_port_m").cast(pl.Int64) + pl.col("to_starboard_m"),
    )


def _values(rows: pl.DataFrame, field: str, reports_min: int) -> dict[int, list[dict[str, Any]]]:
    """Values of a field that are more than noise, of each MMSI that said more than one."""
    known = rows.filter(pl.col(field).is_not_null())
    several = known.filter(pl.col(field).n_unique().over("mmsi") > 1)
    sized = {"to_bow_m", "to_stern_m", "to_port_m", "to_starboard_m"} <= set(rows.columns)
    table = (
        several.with_columns(size=_size() if sized else pl.lit(None, pl.String))
        .group_by(value=field, mmsi="mmsi")
        .agg(
            first=pl.col("at").min(), last=pl.col("until").max(), n=pl.col("times").sum(),
            sources=pl.col("source_id").unique(),
            source_id=pl.col("source_id").first(), record=pl.col("record").first(),
            last_source_id=pl.col("source_id").last(), last_record=pl.col("record").last(),
            at=pl.col("at"), times=pl.col("times"),
            **{kept: _usual(kept).alias(kept) for kept in _KEPT[field]},
        )
        .filter((pl.col("n") >= reports_min) & (pl.len().over("mmsi") > 1))
        .sort("mmsi", "first", "value")
    )  # fmt: skip
    grouped: dict[int, list[dict[str, Any]]] = {}
    for row in table.iter_rows(named=True):
        grouped.setdefault(row["mmsi"], []).append(row)
    return {mmsi: _without_noise(values, field) for mmsi, values in grouped.items()}


def _without_noise(values: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
    """Without garbled and cut copies of what was said more often."""
    if field == "imo":  # Every wrong check digit has a row of its own.
        values = [value for value in values if imo_check(value["value"])]
    return [
        value
        for value in values
        if not any(_copy(value, other, field) for other in values if other is not value)
    ]


def _copy(value: dict[str, Any], other: dict[str, Any], field: str) -> bool:
    one, two = str(value["value"]), str(other["value"])
    if not one_error(one, two):
        return False
    cut = len(one) < len(two) and bool(_kept(value, other, field))
    return cut or value["n"] < _SHARE * other["n"]


def _kept(was: dict[str, Any], now: dict[str, Any], field: str) -> list[str]:
    """What else was said with both values."""
    return [kept for kept in _KEPT[field] if was[kept] is not None and was[kept] == now[kept]]


def _between(
    mmsi: int, field: str, values: list[dict[str, Any]], reports_min: int
) -> list[dict[str, Any]]:
    """Changes from each value to the next, and values said in turn."""
    if len(values) > _VALUES_MAX:
        most, second = sorted(values, key=lambda value: -value["n"])[:2]
        row = _pair(mmsi, field, most, second, together=True)
        row["message"] = (
            f"{len(values)} {'IMO numbers' if field == 'imo' else 'names'} were sent under this"
            " number: a default, or one shared by many."
        )
        row["start"] = min(value["first"] for value in values)
        row["end"] = max(value["last"] for value in values)
        return [{**row, "values_n": len(values)}]
    found = []
    for was, now in pairwise(values):
        after = sum(
            times for at, times in zip(was["at"], was["times"], strict=True) if at > now["first"]
        )
        together = after >= reports_min or (was["last"] > now["last"])
        found.append({**_pair(mmsi, field, was, now, together=together), "values_n": len(values)})
    return found


def _pair(
    mmsi: int, field: str, was: dict[str, Any], now: dict[str, Any], *, together: bool
) -> dict[str, Any]:
    kept = _kept(was, now, field)
    verdict, message = _words(field, now["value"], kept, together=together)
    apart = together and not set(was["sources"]) & set(now["sources"])
    return {
        "mmsi": mmsi,
        "start": now["first"] if together else min(was["last"], now["first"]),
        "end": min(was["last"], now["last"]) if together else max(was["last"], now["first"]),
        "verdict": None if apart else verdict,
        "applicable": not apart,
        "reason": ONE_SOURCE_EACH if apart else None,
        "statistic": None if apart else float(min(was["n"], now["n"])),
        "unit": "reports",
        "n": was["n"] + now["n"],
        "was": str(was["value"]),
        "now": str(now["value"]),
        "was_n": was["n"],
        "now_n": now["n"],
        "kept": ", ".join(kept) or None,
        "message": message,
        "source_id": was["last_source_id"],
        "record": was["last_record"],
        "end_source_id": now["source_id"],
        "end_record": now["record"],
    }


def _words(field: str, now: int | str, kept: list[str], *, together: bool) -> tuple[str, str]:
    """Verdict, and what it does and does not show."""
    if field == "imo":
        tail = (
            "What else was sent stayed the same; a hull keeps its IMO number for life, so one of"
            " the two is not hers, by mistake or not."
            if kept
            else "Nothing else that was sent ties both to one hull: the number may have passed on."
        )
        return "two-imos" if together else "imo-change", f"{imo_message(int(now))} {tail}"
    if together:
        return (
            "two-names",
            "Both names were sent in turn: two stations or hulls, or a crew's habit.",
        )
    if kept:
        return "rename", "What else was sent stayed the same. Ships are renamed lawfully."
    return "other-name", "Nothing else ties both names to one hull: renamed, or another hull."


def _check_digits(rows: pl.DataFrame, reports_min: int) -> list[dict[str, Any]]:
    table = (
        rows.filter(pl.col("imo").is_not_null())
        .group_by("mmsi", "imo")
        .agg(
            start=pl.col("at").min(), end=pl.col("until").max(), n=pl.col("times").sum(),
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
            "message": f"{imo_message(row['imo'])} Most such numbers are typed in wrong or never"
            " set.",
        }
        for row in table.iter_rows(named=True)
        if not imo_check(row["imo"])
    ]


def _flag_conflicts(
    rows: pl.DataFrame, flags: pl.DataFrame | None, reports_min: int
) -> list[dict[str, Any]]:
    """Country digits against call sign and declared flag: told, and never scored alone."""
    declared = dict(flags.select("mmsi", "flag").iter_rows()) if flags is not None else {}
    folded = pl.col("name").fill_null("").str.replace_all("[^A-Z0-9]", "")
    # Yachts send their name, or a word of it, as the call sign.
    signs = (
        rows.filter(~folded.str.contains(pl.col("callsign"), literal=True))
        .group_by("mmsi", "callsign")
        .agg(
            start=pl.col("at").min(), end=pl.col("until").max(), n=pl.col("times").sum(),
            source_id=pl.col("source_id").first(), record=pl.col("record").first(),
            end_source_id=pl.col("source_id").last(), end_record=pl.col("record").last(),
        )
        .filter(pl.col("n") >= reports_min)
        .sort("mmsi", "n", descending=[False, True])
        .unique("mmsi", keep="first", maintain_order=True)
    )  # fmt: skip
    found = []
    for row in signs.iter_rows(named=True):
        mid = _flag_of(row["mmsi"])
        others = {
            f"call sign {row['callsign']}": callsign_country(row["callsign"]),
            "declared flag": declared.get(row["mmsi"]),
        }
        for what, country in others.items():
            if mid is None or country is None or same_administration(country, mid):
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


def _flag_of(mmsi: int) -> str | None:
    """Country of a ship's number; None for what is no ship or names nobody."""
    if not 0 < mmsi <= MMSI_MAX:
        return None
    station = Mmsi(mmsi)
    return station.country if station.kind is StationKind.SHIP else None
