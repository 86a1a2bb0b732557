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
    print_simulated(result)
    print_table(
        "Calls",
        ("place", "country", "in reach from", "in reach until", "at rest", "seen by", "P", "for"),
        [call_cells(call) for call in result["calls"]],
    )
    if result["calls"]:
        print_line(
            "In reach, of a call in AIS: first and last heard within 3 to 4 km of the port's "
            "points; at rest: from its first stop there to the end of the last. Of one that is "
            "reported: the bounds of its coming and going. P: the chance that it called, where "
            "nobody saw it.", dim=True,
        )  # fmt: skip
    _print_stops(result["stops"])
    print_table("Voyages", VOYAGE_COLUMNS, [voyage_cells(v) for v in result["voyages"]])
    print_voyage_words(result["voyages"])
    print_table(
        "Legs",
        ("from", "to", "left", "shortest way, nm", "heard to sail, nm", "knots", "heard", "gaps"),
        [leg_cells(leg) for leg in result["legs"]],
    )
    if result["legs"]:
        print_line(
            "Shortest way: by water between the two, not the way taken. Knots: the mean of what "
            "was heard, stops on the way included, where half the time or more was heard; else "
            "what the shortest way needed.",
            dim=True,
        )
    print_gaps(result["gaps"], result["calls"])
    print_sums(result)
    print_reasons([*result["reasons"], *result["notes"]])
    for path in result["files"]:
        print_line(f"written: {path}")


VOYAGE_COLUMNS = (
    "kind", "loaded at?", "discharged at?", "began", "ended", "P", "laden", "tonnes", "USD",
)  # fmt: skip
_LOADS = {"cargo", "discharge-unseen"}
_DISCHARGES = {"cargo", "loading-unseen", "several-discharges"}
HEARD_KN = 0.5
"""A speed is that of what was heard where at least this share of the time was."""


def print_simulated(result: dict[str, Any]) -> None:
    """That nothing here happened, where it did not."""
    if result["simulated"]:
        print_line("SIMULATED: made for practice. None of these ships or voyages exists.")


def print_voyage_words(voyages: list[dict[str, Any]]) -> None:
    """What the columns of a table of voyages mean."""
    if voyages:
        print_line(
            "P: the chance that it loaded at the one place and discharged at the other; laden: "
            "that it carried cargo between. –: not stated; of a place, no call on that side "
            "speaks for cargo. Why no tonnes or value are stated is said below.", dim=True,
        )  # fmt: skip


def _print_stops(stops: list[dict[str, Any]]) -> None:
    """Where it lay still and no port is known, or on the way."""
    if not stops:
        return
    rows = [
        [
            minute(stop["start"]), minute(stop["end"]) or "not known",
            "not known" if stop["hours"] is None else f"{stop['hours']:.1f}",
            spoken_place(stop["lon"], stop["lat"]), stop["how"] or "not known",
        ]
        for stop in stops
    ]  # fmt: skip
    head = ("still from", "still to", "hours", "near", "how")
    print_table("Stops where no port is known, or on the way", head, rows)


def spoken_place(lon: float, lat: float) -> str:
    """A position to a hundredth of a degree.

    Examples:
        >>> spoken_place(-119.21, 34.15)
        '34.15° N 119.21° W'

    """
    return f"{abs(lat):.2f}° {'S' if lat < 0 else 'N'} {abs(lon):.2f}° {'W' if lon < 0 else 'E'}"


def leg_cells(leg: dict[str, Any]) -> list[str]:
    """A leg in a row: what was sailed beside what was needed."""
    return [
        place(leg["from_name"], leg["from_call"]), place(leg["to_name"], leg["to_call"]),
        day(leg["departed_earliest"] or leg["departed_latest"]),
        "not known" if leg["water_nm"] is None else said(leg["water_nm"], digits=0),
        "not known" if leg["sailed_nm"] is None else said(leg["sailed_nm"], digits=0),
        _knots(leg),
        "not known" if leg["seen_share"] is None else f"{100 * leg['seen_share']:.0f}%",
        f"{leg['gaps']}, {leg['gap_h']:.0f} h" if leg["gaps"] else "none",
    ]  # fmt: skip


def _knots(leg: dict[str, Any]) -> str:
    heard, share = leg["heard_kn"], leg["seen_share"]
    least, most = leg["speed_kn_least"], leg["speed_kn_most"]
    if heard is not None and (least is None or (share or 0.0) >= HEARD_KN):
        return f"{heard:.1f} heard"
    if least is None and most is None:
        return "not known"
    return f"{span_of(least, most)} needed"


def voyage_cells(voyage: dict[str, Any]) -> list[str]:
    """A voyage in a row; where tonnes or value are not stated, why is said below the table."""
    kind = voyage["kind"]
    return [
        kind,
        voyage["load_name"] or ("unnamed" if kind in _LOADS else "–"),
        voyage["discharge_name"] or ("unnamed" if kind in _DISCHARGES else "–"),
        day(voyage["began_earliest"] or voyage["began_latest"]),
        day(voyage["ended_latest"] or voyage["ended_earliest"]),
        chance(voyage["probability"]), chance(voyage["p_laden"]),
        interval(voyage["tonnes"]), interval(voyage["value_usd"]),
    ]  # fmt: skip


def call_cells(call: dict[str, Any]) -> list[str]:
    """A call in a row."""
    return [
        place(call["name"], call["call"]),
        call["country_name"] or call["country"] or "not known",
        bounds(call["arrived_earliest"], call["arrived_latest"]),
        bounds(call["departed_earliest"], call["departed_latest"]),
        _rest(call),
        call["seen_by"], "seen" if call["probability"] is None else chance(call["probability"]),
        "not known" if call["role"] == "unknown" else call["role"],
    ]  # fmt: skip


def _rest(call: dict[str, Any]) -> str:
    first, last = call["rest_from"], call["rest_to"]
    if first is None or last is None:
        return "not known"
    if first[:10] == last[:10]:
        return f"{minute(first)} to {last[11:16]}"
    return f"{minute(first)} to {minute(last)}"


def print_gaps(gaps: list[dict[str, Any]], calls: list[dict[str, Any]]) -> None:
    """Gaps with the calls known in them, and what further ones they leave time for."""
    print_table(
        "Gaps on the way",
        ("last heard", "next heard", "hours", "call known in it", "a further call at (chance)"),
        [
            [
                minute(gap["start"]), minute(gap["end"]), f"{gap['hours']:.1f}",
                ", ".join(place(c["name"], c["call"]) for c in _within(gap, calls)) or "none",
                ", ".join(
                    f"{m['name'] or 'unnamed'} {m['probability']:.2f}" for m in gap["may_hold"]
                ) or "none listed",
            ]
            for gap in gaps
        ],
    )  # fmt: skip
    if any(gap["may_hold"] for gap in gaps):
        print_line(
            "The chances are of a further call, besides those listed, in the time that is left. "
            "Reach is opportunity, not evidence of a call.", dim=True,
        )  # fmt: skip


def _within(gap: dict[str, Any], calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Calls that somebody else saw while nothing was heard."""
    first, last = gap["start"], gap["end"]
    return [
        call for call in calls
        if call["arrived_latest"] and call["departed_earliest"]
        and first <= call["arrived_latest"] and call["departed_earliest"] <= last
        and call["seen_by"] not in {"ais", "hidden"}
    ]  # fmt: skip


def print_sums(result: dict[str, Any]) -> None:
    """Tonnes and value of all, both sums of deadweight named; or why there are none."""
    if not result["voyages"]:
        return
    if not result["cargo"]["voyages"]:
        print_line("No call speaks for cargo on any of these voyages: no tonnes, no value.")
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
    """A place's name; one without a name is unnamed, and one not known says so."""
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
    """A probability; a dash where none is stated."""
    return "–" if p is None else f"{p:.2f}"


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
