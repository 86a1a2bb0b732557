"""How voyages are printed: a vessel's, and what a fleet's have in common with them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from quaywatch.cli.output import print_json, print_line, print_pairs, print_table, said
from quaywatch.errors import ArgumentError

VoyagesOut = Annotated[
    Path | None,
    typer.Option("--out", help="Write them: .csv, .geojson, .parquet; .png or .svg for a map."),
]
VoyagesChart = Annotated[
    Path | None, typer.Option("--chart", help="Draw calls and gaps in time: .png or .svg.")
]
Commodity = Annotated[
    str | None, typer.Option(help="What was carried, as your prices name it; else no value.")
]
PriceId = Annotated[str | None, typer.Option("--price", help="Id of the price to value it at.")]
_VIEW = "voyages"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command was told about voyages."""

    out: Path | None = None
    chart: Path | None = None
    commodity: str | None = None
    price: str | None = None
    as_json: bool = False


def print_vessel_voyages(name: str, view: str | None, workspace: Path, asked: Asked) -> None:
    """One vessel's voyages, printed.

    Raises:
        ArgumentError: another view, or a file without one.

    """
    from quaywatch.stores.workspace import Workspace
    from quaywatch.workflows.vessel_voyages import vessel_voyages
    from quaywatch.workflows.voyages_carried import Valued

    if view != _VIEW:
        fact = "--out and --chart are for voyages" if view is None else f"{view!r} is no view"
        remedy = f"Write `quaywatch vessel {name} {_VIEW}`."
        raise ArgumentError(flag="vessel", fact=fact, remedy=remedy)
    with Workspace.open(workspace) as opened:
        result = vessel_voyages(
            opened, name, now=datetime.now(UTC), out=asked.out, chart=asked.chart,
            valued=Valued(asked.commodity, asked.price),
        )  # fmt: skip
    if asked.as_json:
        print_json(result)
        return
    _print_vessel(result)


def _print_vessel(result: dict[str, Any]) -> None:
    known = result["known"]
    span = f"{day(known['from'])} to {day(known['to'])}" if known["from"] else "nothing"
    print_pairs(
        result["name"] or result["subject"],
        [
            ("subject", result["subject"]),
            ("transponders", ", ".join(f"{m:09d}" for m in result["mmsi"]) or "none heard"),
            ("known", span),
        ],
    )
    print_table(
        "Calls",
        ("place", "country", "arrived", "left", "seen by", "P", "for"),
        [call_cells(call) for call in result["calls"]],
    )
    print_table("Voyages", VOYAGE_COLUMNS, [voyage_cells(v) for v in result["voyages"]])
    print_table(
        "Legs",
        ("from", "to", "left", "nm", "kn", "heard", "gaps"),
        [
            [
                place(leg["from_name"], leg["from_call"]), place(leg["to_name"], leg["to_call"]),
                day(leg["departed_earliest"] or leg["departed_latest"]),
                said(leg["water_nm"], digits=0),
                span_of(leg["speed_kn_least"], leg["speed_kn_most"]),
                "" if leg["seen_share"] is None else f"{100 * leg['seen_share']:.0f}%",
                f"{leg['gaps']}, {leg['gap_h']:.0f} h" if leg["gaps"] else "",
            ]
            for leg in result["legs"]
        ],
    )  # fmt: skip
    print_gaps(result["gaps"])
    print_sums(result)
    print_reasons([*result["reasons"], *result["notes"]])
    for path in result["files"]:
        print_line(f"written: {path}")


VOYAGE_COLUMNS = ("kind", "loaded?", "discharged?", "from", "to", "P", "laden", "tonnes", "USD")


def voyage_cells(voyage: dict[str, Any]) -> list[str]:
    """A voyage in a row; where tonnes or value are not stated, why is said below the table."""
    return [
        voyage["kind"],
        voyage["load_name"] or "", voyage["discharge_name"] or "",
        day(voyage["began_earliest"] or voyage["began_latest"]),
        day(voyage["ended_latest"] or voyage["ended_earliest"]),
        chance(voyage["probability"]), chance(voyage["p_laden"]),
        interval(voyage["tonnes"]), interval(voyage["value_usd"]),
    ]  # fmt: skip


def call_cells(call: dict[str, Any]) -> list[str]:
    """A call in a row."""
    return [
        place(call["name"], call["call"]), call["country_name"] or call["country"] or "",
        bounds(call["arrived_earliest"], call["arrived_latest"]),
        bounds(call["departed_earliest"], call["departed_latest"]),
        call["seen_by"], chance(call["probability"]),
        "" if call["role"] == "unknown" else call["role"],
    ]  # fmt: skip


def print_gaps(gaps: list[dict[str, Any]]) -> None:
    """Gaps with what they leave time for."""
    print_table(
        "Gaps on the way",
        ("from", "to", "hours", "may hold a call at (P)"),
        [
            [minute(gap["start"]), minute(gap["end"]), f"{gap['hours']:.1f}",
             ", ".join(f"{m['name'] or 'unnamed'} {m['probability']:.2f}" for m in gap["may_hold"])]
            for gap in gaps
        ],
    )  # fmt: skip
    if any(gap["may_hold"] for gap in gaps):
        print_line("Reach is opportunity, not evidence of a call.", dim=True)


def print_sums(result: dict[str, Any]) -> None:
    """Tonnes and value of all, both sums of deadweight named; or why there are none."""
    if not result["voyages"]:
        return
    print_line(result["cargo"]["message"])
    _print_counted(result["cargo"]["unstated"])
    for total in result["worth"]["totals"]:
        value, price = total["value"], total["price"]
        print_line(
            f"Value at {price['id']}: {interval(value)} USD (95%); voyages valued: "
            f"{total['voyages_valued']}."
        )
        for caveat in total["caveats"]:
            print_line(f"  {caveat}", dim=True)
    _print_counted(result["worth"]["without_value"])


def _print_counted(reasons: dict[str, int]) -> None:
    """Reasons with how many voyages have them; those that differ only in a figure are one."""
    alike: dict[str, tuple[str, int]] = {}
    for reason, count in reasons.items():
        key = re.sub(r"[0-9]+", "0", reason)
        first, before = alike.get(key, (reason, 0))
        alike[key] = first, before + count
    for reason, count in alike.values():
        print_line(f"  {count} × {reason}", dim=True)


def print_reasons(reasons: list[str]) -> None:
    """What could not be done, each once."""
    for reason in dict.fromkeys(reasons):
        print_line(reason, dim=True)


def place(name: str | None, call: str | None) -> str:
    """A place's name; one without a name is unnamed, one not known is blank."""
    return name or ("unnamed" if call else "not known")


def bounds(earliest: str | None, latest: str | None) -> str:
    """A time as a reader wants it: a minute where both ends fall near, else both."""
    if earliest is None and latest is None:
        return "not known"
    if earliest is None:
        return f"by {minute(latest)}"
    if latest is None:
        return f"after {minute(earliest)}"
    first, last = datetime.fromisoformat(earliest), datetime.fromisoformat(latest)
    if (last - first).total_seconds() <= 3 * 3600:
        return minute(latest)
    return f"{minute(earliest)} … {minute(latest)}"


def minute(text: str | None) -> str:
    """An ISO time to the minute, UTC."""
    return "" if text is None else text[:16].replace("T", " ")


def day(text: str | None) -> str:
    """An ISO time to the day, UTC."""
    return "" if text is None else text[:10]


def chance(p: float | None) -> str:
    """A probability; blank where none is stated."""
    return "" if p is None else f"{p:.2f}"


def span_of(low: float | None, high: float | None) -> str:
    """Least and most, one figure where they agree."""
    if low is None and high is None:
        return "unknown"
    if low is None or high is None:
        return f"from {low:.1f}" if low is not None else f"to {high:.1f}"
    return f"{low:.1f}" if high - low < 0.15 else f"{low:.1f}–{high:.1f}"


def interval(spread: dict[str, Any] | None) -> str:
    """Mean with its 95% interval; a dash where none is stated."""
    if spread is None:
        return "–"
    low, high = spread["interval_95"]
    return f"{spread['mean']:,.0f} ({low:,.0f}–{high:,.0f})"
